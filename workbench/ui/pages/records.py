"""Records and searches: the ledger of searches, the records they brought, and which of them are one report."""

from __future__ import annotations

import math

import streamlit as st
from markupsafe import Markup

from ingest.record import Record
from workbench.store.values import SearchRun, UnsurePair
from workbench.ui import context, faults, parts, text

PER_PAGE = 50
LEDGER_SHOWN = 40
LAST_WORD = "records:last-word"
VIEWS = ("Records", "Searches", "Duplicates")


def page() -> None:
    """Show one of three views of what the searches brought."""
    parts.heading("Records and searches")
    view = st.segmented_control("Show", VIEWS, default=VIEWS[0], required=True, key="records:view", bind="query-params")
    if view == "Searches":
        searches()
    elif view == "Duplicates":
        duplicates()
    else:
        records()


def searches() -> None:
    """The ledger: what was asked, how PubMed understood it, and what came of it."""
    runs = sorted(context.store().searches(), key=lambda run: run.id, reverse=True)
    if not runs:
        parts.empty(
            "No search was run yet.", then="Run the review's strategies on PubMed.", command="workbench refresh"
        )
        return
    parts.show(
        text.table(
            ("Strategy", "Started", "Status", "Found", "New", "Changed", "Withdrawn", "Retracted", "Requests"),
            (_ledger_line(run) for run in runs[:LEDGER_SHOWN]),
            caption=f"Searches, newest first ({min(len(runs), LEDGER_SHOWN)} of {len(runs)})",
            numbers=range(3, 9),
        )
    )
    chosen = st.selectbox(
        "Look at one search",
        runs,
        format_func=lambda run: f"{run.strategy} – {text.when(run.started)} – {run.status}",
        key="records:search",
    )
    if chosen is not None:
        parts.show(
            text.facts(
                {
                    "Source": chosen.source,
                    "Started by": context.display_name(chosen.by),
                    "Started": text.when(chosen.started),
                    "Finished": text.when(chosen.finished),
                    "Query as sent": Markup('<div class="wb-quote">{}</div>').format(text.clean(chosen.query)),
                    "As the source read it": Markup('<div class="wb-quote">{}</div>').format(
                        text.clean(chosen.translation or "not given")
                    ),
                    "Error": chosen.error,
                }
            )
        )


def _ledger_line(run: SearchRun) -> tuple[object, ...]:
    tones: dict[str, text.Tone] = {"complete": "good", "failed": "error", "running": "warning"}
    return (
        run.strategy,
        text.when(run.started),
        text.badge(run.status, tones[run.status]),
        run.count,
        run.new,
        run.changed,
        run.withdrawn,
        run.retracted,
        run.requests,
    )


def records() -> None:
    """A page of the records, found by words and by indication, and one of them in full."""
    store, review = context.store(), context.review()
    words_column, indication_column = st.columns([3, 2])
    words = words_column.text_input(
        "Search words",
        key="records:words",
        help="In title, authors, journal, year, identifiers and abstract",
        live=True,
    )
    labels = {indication.key: indication.label for indication in review.indications}
    indication = indication_column.selectbox(
        "Found for",
        [None, *labels],
        format_func=lambda key: "Every indication" if key is None else labels.get(key, key),
        key="records:indication",
    )
    total = store.count_records(words or "", indication)
    if not total:
        if store.counts().records:
            parts.empty("No record holds all these words.", then="Use fewer words, or another indication.")
        else:
            parts.empty("No records yet.", then="Run the review's strategies on PubMed.", command="workbench refresh")
        return
    pages = math.ceil(total / PER_PAGE)
    number = st.pagination(pages, key=f"records:page:{words}:{indication}") if pages > 1 else 1
    shown = store.records(words or "", indication, offset=(number - 1) * PER_PAGE, limit=PER_PAGE)
    first = (number - 1) * PER_PAGE + 1
    parts.show(
        text.table(
            ("Title", "Authors", "Journal", "Year", "Source"),
            (_record_line(record) for record in shown),
            caption=f"Records {first} to {first + len(shown) - 1} of {parts.spaced_number(total)}",
        )
    )
    titles = {record.key: text.one_line(f"{record.title} ({record.year or 'no year'})") for record in shown}
    chosen = st.selectbox(
        "Look at one record",
        [record.key for record in shown],
        index=None,
        placeholder="Choose a record of this page",
        format_func=lambda key: titles.get(key, key),
        key=f"records:chosen:{words}:{indication}:{number}",
    )
    if chosen:
        record_detail(chosen)


def _record_line(record: Record) -> tuple[object, ...]:
    marks = text.badge("retracted", "error") if record.retracted else ""
    return (
        text.join((text.one_line(record.title, 160), marks), " "),
        text.authors(record.authors, 2),
        record.journal,
        record.year,
        text.join((record.key, text.record_links(record)), " "),
    )


def show_record(record: Record, *, level: str = "h2") -> None:
    """A record as its source gave it: title, authors, place, types, links, abstract."""
    tag = Markup("<{0} class='wb-title'>{1}</{0}>") if level == "h3" else Markup("<h2 class='wb-title'>{1}</h2>")
    marks = [text.badge(kind) for kind in record.publication_types]
    if record.retracted:
        marks.insert(0, text.badge("Retracted", "error"))
    if record.retraction_notice:
        marks.insert(0, text.badge("Notice of a retraction", "warning"))
    parts.show(
        text.join(
            (
                tag.format(Markup("h3"), text.clean(record.title or "No title in the source")),
                Markup("<div>{}</div>").format(text.authors(record.authors)),
                Markup('<div class="wb-quiet">{}</div>').format(text.citation(record)),
                Markup("<div>{} {}</div>").format(text.join(marks, " "), text.record_links(record)),
                text.abstract(record.abstract),
            )
        )
    )


def record_detail(key: str) -> None:
    """One record with its versions, the searches that found it and the records it is one report with."""
    store = context.store()
    with st.container(border=True):
        show_record(store.record(key))
        found = store.found_by(key)
        parts.show(
            text.table(
                ("Strategy", "Run", "First found"),
                ((item.strategy, item.run, text.when(item.at)) for item in found),
                caption="Found by",
            )
        )
        versions = store.record_versions(key)
        parts.show(
            text.table(
                ("Version", "From", "Title", "Retracted"),
                (
                    (
                        v.number,
                        text.when(v.at),
                        text.one_line(v.record.title, 120),
                        "yes" if v.record.retracted else "no",
                    )
                    for v in versions
                ),
                caption="Versions",
            )
        )
        report = store.report_of(key)
        others = [other for other in report.record_keys if other != key]
        if others:
            st.subheader("One report with", anchor=False)
            for other in others:
                _linked(other)


def _linked(other: str) -> None:
    """Another record of the same report, which can be taken out again."""
    record = context.store().record(other)
    parts.show(
        Markup("<div>{} {} {}</div>").format(
            text.one_line(record.title, 160), text.badge(other), text.record_links(record)
        )
    )
    st.button(
        "Not this report: take it out",
        key=f"unlink:{other}",
        on_click=_unlink,
        args=(other, context.known_reviewer_name()),
    )


@faults.callback
def _unlink(key: str, by: str) -> None:
    context.store().unlink_duplicate(key, by)


def duplicates() -> None:
    """Pairs that may be one report: both records side by side, and the person who looks says which."""
    store = context.store()
    counts = store.counts()
    parts.quiet(
        f"{counts.records} records describe {counts.reports} reports. Duplicates linked: {counts.duplicates}. "
        f"Pairs that need a person's eye: {counts.unsure_pairs}."
    )
    _last_word()
    pairs = store.unsure_pairs()
    if not pairs:
        parts.empty(
            "No pair of records is waiting to be judged.",
            then="Pairs appear here after duplicates are looked for.",
            command="workbench dedupe",
        )
    else:
        position = st.number_input("Pair", 1, len(pairs), 1, key="records:pair", width=160) if len(pairs) > 1 else 1
        _unsure(pairs[int(position) - 1])
    _settled_pairs()


def _unsure(pair: UnsurePair) -> None:
    store, by = context.store(), context.known_reviewer_name()
    parts.show(
        Markup("<p>May be one report because: {}</p>").format(text.join((text.badge(r) for r in pair.reasons), " "))
    )
    for key, column in zip((pair.first, pair.second), st.columns(2), strict=True):
        with column, st.container(border=True):
            parts.quiet(key)
            show_record(store.record(key), level="h3")
    with st.container(horizontal=True):
        for label, same in (("Same report", True), ("Different reports", False)):
            st.button(
                label,
                key=f"unsure:{pair.first}:{pair.second}:{same}",
                on_click=_settle_pair,
                args=(pair.first, pair.second, same, by),
                type="primary" if same else "secondary",
            )


@faults.callback
def _settle_pair(first: str, second: str, same: bool, by: str) -> None:
    context.store().settle_unsure(first, second, same=same, by=by)
    st.session_state[LAST_WORD] = (first, second, same)


def _last_word() -> None:
    """What was just said of a pair, with the way to take it back."""
    said = st.session_state.get(LAST_WORD)
    if said is None:
        return
    first, second, same = said
    words = ("one report", "different reports")
    parts.quiet(f"Recorded: {first} and {second} are {words[not same]}.")
    st.button(
        f"Undo: they are {words[same]}",
        key=f"take-back:{first}:{second}:{same}",
        on_click=_settle_pair,
        args=(first, second, not same, context.known_reviewer_name()),
    )


def _settled_pairs() -> None:
    """Reports of several records, each of which can be taken apart again."""
    store = context.store()
    linked = [report for report in store.reports() if len(report.record_keys) > 1]
    if not linked:
        return
    st.subheader("Linked as one report", anchor=False)
    chosen = st.selectbox(
        "Report",
        [report.key for report in linked],
        index=None,
        placeholder="Choose a report to see its records",
        format_func=lambda key: text.one_line(store.record(key).title),
        key="records:linked",
    )
    if chosen:
        parts.quiet(f"First record: {chosen}")
        show_record(store.record(chosen), level="h3")
        for other in store.report_of(chosen).record_keys:
            if other != chosen:
                _linked(other)
