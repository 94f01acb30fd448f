"""Records and searches: the ledger of searches, the records they brought, and which of them are one report."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from functools import partial

import streamlit as st

from ingest.exports import EXPORTS, write_records
from ingest.record import Record
from workbench.store import Store
from workbench.ui import context, parts, record_detail, text
from workbench.ui.pages import duplicates, importing, searches

PER_PAGE = 50
BATCH = 500  # records read at a time for a download
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
            parts.empty(
                "No records yet.",
                then="Run the review's strategies on PubMed, or import files of records.",
                command="workbench refresh",
            )
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
    _download(store, words or "", indication, total)
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
        record_detail.show(chosen)


def _download(store: Store, words: str, indication: str | None, total: int) -> None:
    """The records that are found, all pages of them, as a file for other programs."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="records:download"):
        chosen = st.selectbox(
            "Download as",
            list(EXPORTS),
            format_func=lambda key: EXPORTS[key].name if key in EXPORTS else key,
            key="records:format",
            width=220,
        )
        export = EXPORTS[chosen or next(iter(EXPORTS))]
        st.download_button(
            f"Download {'this record' if total == 1 else f'these {parts.spaced_number(total)} records'}",
            partial(_written, store, words, indication, chosen or next(iter(EXPORTS))),
            file_name=f"records{export.suffix}",
            mime=export.mime,
            on_click="ignore",
            key="records:get",
        )


def _written(store: Store, words: str, indication: str | None, format: str) -> bytes:
    out = io.StringIO(newline="")
    write_records(_all(store, words, indication), out, format)
    return out.getvalue().encode(EXPORTS[format].encoding, "replace")


def _all(store: Store, words: str, indication: str | None) -> Iterator[Record]:
    offset = 0
    while page := store.records(words, indication, offset=offset, limit=BATCH):
        yield from page
        offset += len(page)


def _record_line(record: Record) -> tuple[object, ...]:
    marks = text.badge("retracted", "error") if record.retracted else ""
    return (
        text.join((text.one_line(record.title, 160), marks), " "),
        text.authors(record.authors, 2),
        record.journal,
        record.year,
        text.join((record.key, text.record_links(record)), " "),
    )
