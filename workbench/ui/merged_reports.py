"""Reports of several records: what each field was taken from, every record as it came, take one out, undo, redo."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from ingest.merging import Merged
from workbench.store import SYSTEM, Store
from workbench.store.links import Act, LinkedReport
from workbench.ui import context, faults, parts, record_card, text
from workbench.ui.duplicate_pairs import EVERY, hangs_on

PER_PAGE = 20
MOST_FOUND = 2000  # records that a search for words looks through
LAST_ACT = "duplicates:last-act"
_UNTOLD = ("source", "source_id", "notes", "version")  # not worth a line in the table of origins


def merged_reports(store: Store, reports: list[LinkedReport], *, empty: str) -> None:
    """A page of reports of several records, and one of them in full."""
    last_act()
    if not reports:
        parts.empty(empty, then="They appear here after duplicates were looked for.", command="workbench dedupe")
        return
    chosen = _filtered(store, reports)
    if not chosen:
        parts.empty("No merged report is of this kind.", then="Choose another rule or source, or fewer words.")
        return
    pages = math.ceil(len(chosen) / PER_PAGE)
    number = st.pagination(pages, key=f"merged:page:{len(chosen)}") if pages > 1 else 1
    shown = chosen[(number - 1) * PER_PAGE : number * PER_PAGE]
    titles = {record.key: record for record in store.records_of([report.key for report in shown])}
    key = st.selectbox(
        "Look at one report",
        [report.key for report in shown],
        index=None,
        placeholder="Choose a report of this page",
        format_func=lambda item: text.one_line(f"{titles[item].title or item} ({titles[item].year or 'no year'})"),
        key=f"merged:chosen:{number}",
    )
    if key:
        report_detail(store, key)
    first = (number - 1) * PER_PAGE + 1
    parts.show(
        text.table(
            ("Title", "Records", "Rule", "Merged"),
            (
                (
                    text.one_line(titles[report.key].title or report.key, 140),
                    _sources(report),
                    text.one_line("; ".join(_rules(report)), 90),
                    text.day(report.links[-1].at),
                )
                for report in shown
            ),
            caption=f"Reports {first} to {first + len(shown) - 1} of {parts.spaced_number(len(chosen))}, latest first",
            numbers=(3,),
        )
    )


def _filtered(store: Store, reports: list[LinkedReport]) -> list[LinkedReport]:
    rules = sorted({rule for report in reports for rule in _rules(report)})
    sources = sorted({key.partition(":")[0] for report in reports for key in report.record_keys})
    words_column, rule_column, source_column = st.columns([2, 2, 1])
    words = words_column.text_input("Search words", key="merged:words")
    rule = rule_column.selectbox(
        "Merged by the rule",
        [EVERY, *rules],
        format_func=lambda item: item or "Every rule",
        key="merged:rule",
    )
    source = source_column.selectbox(
        "With a record from", [EVERY, *sources], format_func=lambda item: item or "Every source", key="merged:source"
    )
    if words.strip():
        found = {record.key for record in store.records(words, limit=MOST_FOUND)}
        reports = [report for report in reports if not found.isdisjoint(report.record_keys)]
    return [
        report
        for report in reports
        if (not rule or rule in _rules(report))
        and (not source or any(key.partition(":")[0] == source for key in report.record_keys))
    ]


def _rules(report: LinkedReport) -> list[str]:
    return list(dict.fromkeys(reason for link in report.links for reason in link.reasons))


def _sources(report: LinkedReport) -> str:
    names = [key.partition(":")[0] for key in report.record_keys]
    counted = {name: names.count(name) for name in dict.fromkeys(names)}
    listed = ", ".join(f"{name} × {count}" if count > 1 else name for name, count in counted.items())
    return f"{len(names)}: {text.one_line(listed, 60)}"


# --- one report -------------------------------------------------------------------------------------------------------


def report_detail(store: Store, key: str) -> None:
    """A report as merged, where each field is from, its records, and what was done about it."""
    merged = store.merged(key)
    with st.container(border=True):
        record_card.show_record(merged.record, level="h3")
        _contradictions(merged)
        with st.expander("Where each field is from", key=f"origins:{key}"):
            parts.show(_origins(merged))
        _records(store, merged)
        _acts(store, key)


def _contradictions(merged: Merged) -> None:
    if not merged.conflicts:
        return
    lines = [
        Markup('<div class="wb-problem">The records contradict each other in {}: {}</div>').format(
            record_card.field_label(conflict.field),
            "; ".join(f"{text.one_line(value, 90)} ({key})" for key, value in conflict.says[:6]),
        )
        for conflict in merged.conflicts
    ]
    parts.show(text.join(lines))


def _origins(merged: Merged) -> Markup:
    rows = []
    for field, keys in merged.origins.items():
        if field in _UNTOLD:
            continue
        value = getattr(merged.record, field)
        if isinstance(value, tuple):
            value = f"{len(value)} entries" if field == "links" else "; ".join(value)
        said = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
        rows.append((record_card.field_label(field), text.one_line(said, 80), keys[0], len(keys) - 1 or ""))
    return text.table(("Field", "Value", "From", "Also in"), rows, caption="The best of each field")


def _records(store: Store, merged: Merged) -> None:
    st.subheader(f"Its {len(merged.keys)} records", anchor=False)
    by = context.known_reviewer_name()
    for record in store.records_of(merged.keys):
        label = f"{record_card.source_name(record)}: {text.one_line(record.title, 90)} ({record.key})"
        with st.expander(text.literal(label), key=f"source:{record.key}"):
            record_card.show_record(record, level="h3")
            own = [decision for decision in store.decisions(report=record.key) if decision.report == record.key]
            parts.quiet(
                "Taken out, this record is a report of its own again"
                + (
                    f" and keeps the {len(own)} decisions that were made on it. "
                    if own
                    else " and waits to be screened. "
                )
                + "Nothing is deleted, and it can be undone."
            )
            st.button(
                "Take this record out",
                key=f"take-out:{record.key}",
                on_click=_take_out,
                args=(record.key, by),
            )


def _acts(store: Store, key: str) -> None:
    """What was done about duplicates of this report, each act with its way back."""
    acts = store.acts(key)
    if not acts:
        return
    st.subheader("What was done", anchor=False)
    by = context.known_reviewer_name()
    latest = acts[-30:]
    parts.show(
        text.table(
            ("When", "Who", "What", "Records", "Why"),
            (
                (
                    text.when(act.at),
                    context.display_name(act.by),
                    text.join((act.what, "" if act.stands else text.badge("no longer stands")), " "),
                    text.one_line(", ".join(act.records), 80),
                    text.one_line("; ".join(reason for reason in act.reasons if reason), 120),
                )
                for act in reversed(latest)
            ),
            caption="Latest first",
        )
    )
    with st.container(horizontal=True, gap="small"):
        for act in reversed(latest):
            if act.stands:
                st.button(
                    _undo_label(act),
                    key=f"undo-act:{act.id}",
                    on_click=_undo,
                    args=(act.id, by),
                    help=_effect(store, act),
                )


def _undo_label(act: Act) -> str:
    when = f"{act.at:%Y-%m-%d %H:%M}"
    if act.undoes is not None:
        return f"Redo what was undone {when}"
    return f"Undo the merge of {when}" if act.joined and not act.parted else f"Undo what was said {when}"


def _effect(store: Store, act: Act) -> str:
    """What pressing it does, before it is pressed."""
    carried = [f"{key}: {said}" for key in act.records[:6] if (said := hangs_on(store, key))]
    told = "Nothing is deleted; decisions and studies stay with the records they name."
    if act.by == SYSTEM and act.joined:
        told = f"These {len(act.records)} records come apart and are not merged again by the rules. {told}"
    return text.literal(told + (f" Now: {'; '.join(dict.fromkeys(carried))}." if carried else ""))


def take_out(key: str, by: str, reasons: Sequence[str] = ()) -> None:
    """Take a record out of its report, and offer to take that back."""
    store = context.store()
    others = store.unlink_duplicate(key, by, reasons)
    if others:
        stay = f"the other {len(others)} stay together" if len(others) > 1 else f"{others[0]} stays"
        remember(store.acts(key)[-1].id, f"{key} was taken out and is a report of its own; {stay}.")


def undo(id: int, by: str) -> None:
    """Undo an act, and offer to take that back."""
    act = context.store().undo_act(id, by)
    remember(act.id, f"Undone, for {', '.join(act.records[:4])}{' and others' if len(act.records) > 4 else ''}.")


@faults.callback
def _take_out(key: str, by: str) -> None:
    take_out(key, by)


@faults.callback
def _undo(id: int, by: str) -> None:
    undo(id, by)


def remember(id: int, said: str) -> None:
    """Keep what was just done, for `last_act` to show."""
    st.session_state[LAST_ACT] = (id, said)


def last_act() -> None:
    """What was just done, with the way to take it back."""
    id, said = st.session_state.get(LAST_ACT, (None, ""))
    if id is None:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        parts.show(Markup('<p class="wb-quiet" role="status">{}</p>').format(text.clean(said)))
        st.button("Take that back", key=f"take-back:{id}", on_click=_undo, args=(id, context.known_reviewer_name()))
