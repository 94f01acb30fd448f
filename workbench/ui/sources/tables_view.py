"""The tables of a document as grids: numbers to copy, cells to put into a quote; of a PDF page by page, when asked."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from markupsafe import Markup

from workbench.sources import SourceTable, SourceText
from workbench.ui import faults, parts, text
from workbench.ui.sources import attaching, components, documents, finding
from workbench.ui.sources.shown import Reading


def show(reading: Reading, source: SourceText, *, height: int) -> None:
    """One of the tables that were read, and for a PDF the button that reads those of a page."""
    if reading.document.is_pdf:
        _read_page(reading, source)
    if not source.tables:
        if not reading.document.is_pdf:
            parts.empty("This document has no tables that can be read.", then="A table may be a picture, or text.")
        return
    labels = [table.label for table in source.tables]
    by_label = dict(zip(labels, source.tables, strict=True))
    widget = reading.key("table")
    if st.session_state.get(widget) not in by_label:
        st.session_state[widget] = labels[0]
    picked = st.selectbox(
        "Table",
        labels,
        format_func=lambda label: text.one_line(by_label[label].heading, 100) if label in by_label else label,
        key=widget,
    )
    table = by_label.get(picked or "", source.tables[0])
    parts.show(
        Markup("<div><strong>{}</strong> {}</div>{}").format(
            text.clean(table.label),
            text.clean(table.caption),
            Markup('<p class="wb-quiet">{}</p>').format(text.clean(table.note)) if table.note else "",
        )
    )
    if table.rows:
        key = reading.key(f"grid:{labels.index(table.label)}")
        components.show_table(
            table, height=height, attach=_attacher(reading, table, key) if reading.on_quote else None, key=key
        )
    if table.footnotes:
        lines = (Markup("<p>{}</p>").format(text.clean(line)) for line in table.footnotes)
        parts.show(Markup('<div class="wb-quiet">{}</div>').format(text.join(lines)))


def _read_page(reading: Reading, source: SourceText) -> None:
    """Tables of a PDF take about a second a page: read when somebody asks, and kept for all."""
    labels = [page.label for page in source.pages]
    widget = reading.key("table-page")
    open_page = st.session_state.get(f"{finding.page_key(reading)}:kept")
    if st.session_state.get(widget) not in labels:
        st.session_state[widget] = open_page if open_page in labels else _first_with_a_table(source)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox("Page of the PDF", labels, key=widget)
        st.button(
            "Read the tables of this page", key=reading.key("read-tables"), on_click=_read, args=(reading, widget)
        )
    said = st.session_state.get(reading.key("tables-said"))
    parts.quiet(said or "Tables are read from a page when you ask for it. Compare their numbers with the PDF.")


def _first_with_a_table(source: SourceText) -> str:
    """The first page on which a line begins with "Table 1" or the like, else the first."""
    for page in source.pages:
        if any(line.lstrip().startswith(("Table 1", "TABLE 1", "Table I", "Tab. 1")) for line in page.text.split("\n")):
            return page.label
    return source.pages[0].label


@faults.callback
def _read(reading: Reading, widget: str) -> None:
    page = st.session_state.get(widget) or ""
    problem = documents.read_tables(reading.store, reading.document, page)
    found = [each for each in documents.text_of(reading.store, reading.document).tables if each.page == page]
    if found:
        st.session_state[reading.key("table")] = found[0].label
    count = f"{len(found)} table{'s' if len(found) != 1 else ''} on {page}." if found else f"No table found on {page}."
    st.session_state[reading.key("tables-said")] = f"{count} {problem}".strip()


def _attacher(reading: Reading, table: SourceTable, widget: str) -> Callable[[], None]:
    @faults.callback
    def attach() -> None:
        sent = components.chosen_cells(widget)
        if sent is None or sent[0] != table.label or reading.on_quote is None:
            return
        quote = attaching.of_cells(table, sent[1], reading.document)
        if quote is not None:
            attaching.attach(reading.on_quote, quote)

    return attach
