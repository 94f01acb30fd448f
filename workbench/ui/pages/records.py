"""Records and searches: the ledger of searches, the records they brought, and which of them are one report."""

from __future__ import annotations

import math

import streamlit as st

from ingest.record import Record
from workbench.ui import context, parts, record_card, text
from workbench.ui.pages import duplicates, importing, searches

PER_PAGE = 50
VIEWS = ("Records", "Searches", "Import files", "Duplicates")


def page() -> None:
    """Show one of four views of what the searches brought."""
    parts.heading("Records and searches")
    view = st.segmented_control("Show", VIEWS, default=VIEWS[0], required=True, key="records:view", bind="query-params")
    if view == "Searches":
        searches.view()
    elif view == "Import files":
        importing.view()
    elif view == "Duplicates":
        duplicates.view()
    else:
        records()


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


def record_detail(key: str) -> None:
    """One record with its versions, the searches that found it and the records it is one report with."""
    store = context.store()
    with st.container(border=True):
        record_card.show_record(store.record(key))
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
                record_card.linked(other)
