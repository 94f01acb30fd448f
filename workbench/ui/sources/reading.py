"""The reading pane beside a form: the documents of a study, a quote from them with a few presses.

`pane` is drawn as a fragment: turning pages and searching do not draw the form again. A quote goes to `on_quote`, in a
callback; then the whole page is drawn. What is before the reader is view state of the session, nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from markupsafe import Markup

from workbench.extraction import Study
from workbench.sources import SourceError, SourceText, find_quote
from workbench.store import Store, StoreError
from workbench.ui import faults, parts, text
from workbench.ui.full_texts import fetching, uploading, viewing
from workbench.ui.sources import documents, finding, tables_view, text_view
from workbench.ui.sources.attaching import RERUN, OnQuote
from workbench.ui.sources.documents import Document
from workbench.ui.sources.shown import Reading

TEXT, LOOK, TABLES = "Text", "PDF", "Tables"
HEIGHTS = {"Low": 300, "Middle": 480, "High": 720, "Very high": 1100}
"""Pixels of the text, by the names that the viewer of full texts keeps for a reviewer."""


def pane(store: Store, study: Study, reviewer: str, *, on_quote: OnQuote | None = None) -> None:
    """The documents of a study to read, search and quote from; upload in place where there is none.

    on_quote: called with an `AttachedQuote` within a callback, before the page is drawn again; it may set the state of
    the form's widgets. None: reading only.
    """
    with st.container(key="reading"):
        _pane(store, study, reviewer, on_quote)


def open_at(study: str, *, quote: str, page: str = "", full_text: str = "") -> None:
    """Have the pane of a study open at a quote the next time it is drawn, as for tracing a number to its source."""
    st.session_state[_request(study)] = {"quote": quote, "page": page, "full_text": full_text}


def _request(study: str) -> str:
    return f"sources:{study}:request"


@st.fragment
def _pane(store: Store, study: Study, reviewer: str, on_quote: OnQuote | None) -> None:
    if st.session_state.pop(RERUN, False):
        st.rerun()
    pending = st.session_state.get(faults.PENDING)
    if pending:
        faults.show(st.session_state.pop(faults.PENDING))
    found = documents.documents_of(store, study)
    if st.session_state.get(uploading.DONE) or st.session_state.get(uploading.SAID):
        _open_new(study)
        uploading.outcome()
    request = st.session_state.pop(_request(study.id), None)
    chosen = _choose(study, found, request)
    if chosen is None:
        parts.empty("This study has no report to read.")
        return
    reading = Reading(store=store, study=study, reviewer=reviewer, document=chosen, on_quote=on_quote)
    if not any(document.full_text for document in found):
        parts.quiet(
            "No full text is here yet: this is the abstract. Add the file below, or read it elsewhere and paste."
        )
    try:
        with st.spinner("Reading the document"):
            source, problem = documents.text_of(store, chosen), ""
    except (SourceError, StoreError) as error:
        source, problem = None, str(error)
    if isinstance(request, dict):
        _go_to(store, reading, found, request)
    _views(reading, source, problem)
    _links(reading)
    _more(reading, found)


def _open_new(study: Study) -> None:
    """A file that was just added is what its reader wants to see."""
    new = [done.text.id for done in st.session_state.get(uploading.DONE, []) if done.text is not None]
    if new:
        st.session_state[f"sources:{study.id}:document-kept"] = new[-1]
        st.session_state.pop(f"sources:{study.id}:document", None)


def _choose(study: Study, found: Sequence[Document], request: Any) -> Document | None:
    """The document that is open: the one asked for, the one chosen before, or the first full text."""
    if not found:
        return None
    by_id = {document.id: document for document in found}
    widget, kept = f"sources:{study.id}:document", f"sources:{study.id}:document-kept"
    if isinstance(request, dict) and request.get("full_text") in by_id:
        st.session_state[widget] = request["full_text"]
    if st.session_state.get(widget) not in by_id:
        before = st.session_state.get(kept)
        st.session_state[widget] = before if before in by_id else found[0].id
    if len(found) == 1:
        st.session_state[kept] = found[0].id
        parts.quiet(found[0].name)
        return found[0]
    picked = st.selectbox(
        "Document", list(by_id), format_func=lambda item: by_id[item].name if item in by_id else item, key=widget
    )
    st.session_state[kept] = picked
    return by_id.get(picked, found[0])


def _go_to(store: Store, reading: Reading, found: Sequence[Document], request: dict[str, str]) -> None:
    """Show the place of a quote: in the document asked for, or in the first one that has it."""
    named = request.get("full_text", "")
    order = [reading.document, *(document for document in found if document.id != reading.document.id and not named)]
    for document in order:
        try:
            source = documents.text_of(store, document)
        except (SourceError, StoreError):
            continue
        match = find_quote(source, request.get("quote", ""), page=request.get("page", ""))
        if match.found == "no" and document is not order[-1]:
            continue
        target = replace(reading, document=document)
        finding.show_place(target, match)
        st.session_state[target.key("view")] = TEXT
        if document.id != reading.document.id:
            kept = f"sources:{reading.study.id}:document-kept"
            st.session_state[kept] = document.id
            st.session_state.pop(f"sources:{reading.study.id}:document", None)
            st.rerun()
        return


def _views(reading: Reading, source: SourceText | None, problem: str) -> None:
    views = [TEXT] if source is not None else []
    views += [LOOK] if reading.document.is_pdf else []
    views += [TABLES] if source is not None and reading.document.full_text is not None else []
    if problem:
        st.warning(text.literal(problem))
    if not views:
        finding.unread(reading)
        return
    widget = reading.key("view")
    if st.session_state.get(widget) not in views:
        st.session_state[widget] = views[0]
    view = st.segmented_control("View", views, required=True, key=widget, label_visibility="collapsed")
    if view == LOOK and reading.document.full_text is not None:
        viewing.show_full_text(reading.document.full_text, key=reading.key("pdf"))
        if source is None:
            finding.unread(reading)
    elif view == TABLES and source is not None:
        tables_view.show(reading, source, height=HEIGHTS["Middle"])
    elif source is not None:
        if source.notes:
            parts.quiet(" ".join(source.notes))
        text_view.show(reading, source, height=_height(reading))
    if source is not None and view != TABLES:
        finding.paste(reading, source)


def _height(reading: Reading) -> int:
    """How much of the text is on the page, as the reviewer chose it for the viewer of full texts."""
    kept = reading.store.preference(reading.reviewer, viewing.HEIGHT)
    return HEIGHTS.get(str(kept), HEIGHTS["Middle"])


def _links(reading: Reading) -> None:
    """Where the article can be read; opened by the browser, never fetched by the server."""
    links = text.record_links(reading.document.record)
    if links:
        parts.show(Markup('<p class="wb-quiet">Elsewhere: {}</p>').format(links))


def _more(reading: Reading, found: Sequence[Document]) -> None:
    """Another file for one of the study's reports."""
    with st.expander("Add a full text", expanded=not any(document.full_text for document in found)):
        records = {document.record.key: document.record for document in found}
        report = next(iter(records))
        if len(records) > 1:
            report = (
                st.selectbox(
                    "Report",
                    list(records),
                    format_func=lambda key: text.one_line(records[key].title, 90) if key in records else key,
                    key=f"sources:{reading.study.id}:report",
                )
                or report
            )
        held = [each.full_text.name for each in found if each.full_text is not None]
        fetching.one(records[report], reading.reviewer, held=held)
        uploading.one(report, reading.reviewer)
        parts.quiet("Other open-access articles are behind the DOI: save the file there, and add it here.")


def name_of(store: Store, full_text: str) -> str:
    """What a full text is called, for whoever shows a quote; "" where there is none."""
    try:
        return text.one_line(store.full_text(full_text).name, 60) if full_text else ""
    except StoreError:
        return ""
