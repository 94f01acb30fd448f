"""What is extracted, as files."""

from __future__ import annotations

from pathlib import PurePath

import streamlit as st

from workbench.extraction_sheets.export_facts import visible_to
from workbench.extraction_sheets.exporting import FILES, KINDS, MEDIA, export_files
from workbench.reports import spreadsheet_text
from workbench.ui import context, parts, text

MADE = "sheets:made"


def view() -> None:
    """Choose, make, download."""
    store, review = context.store(), context.review()
    if not store.results():
        st.session_state.pop(MADE, None)
        parts.empty(
            "Nothing is extracted yet.", then="Open a result on the page “Studies and extraction”, or import a sheet."
        )
        return
    parts.quiet("Texts can never run as formulas in a spreadsheet program. Each file can be made again at any time.")
    with st.form("sheets:export", border=False):
        chosen = [
            kind
            for kind, words in KINDS.items()
            if st.checkbox(words, value=kind != "json", key=f"sheets:export:{kind}")
        ]
        go = st.form_submit_button("Make the files", type="primary")
    if go and not chosen:
        st.error("Choose at least one kind of file.")
    elif go:
        with st.spinner("Making the files"):
            needed = review.extraction.extractors_needed
            facts = store.extraction_facts(extractors_needed=needed, current=context.current_forms())
            seen = visible_to(facts, context.known_reviewer_name(), needed=needed)
            files = export_files(seen, review, context.forms(), guard=spreadsheet_text, what=tuple(chosen))
        st.session_state[MADE] = (files, seen.hidden, len(seen.results))
    made = st.session_state.get(MADE)
    if isinstance(made, tuple):
        _downloads(*made)


def _downloads(files: dict[str, bytes], hidden: int, results: int) -> None:
    if hidden:
        st.info(
            f"Of {hidden} of {results} results, others' answers are kept back: somebody still extracts them unseen."
        )
    explained = {name: words for kind, words in KINDS.items() for name in FILES[kind]}
    for name, body in files.items():
        ending = PurePath(name).suffix
        st.download_button(
            f"Download {name} ({len(body) / 1024:.0f} kB)",
            data=body,
            file_name=name,
            mime=MEDIA.get(ending, "application/octet-stream"),
            help=text.literal(explained.get(name, "")),
            on_click="ignore",
            key=f"sheets:download:{name}",
        )
