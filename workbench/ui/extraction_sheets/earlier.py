"""The imports so far; one of them can be taken back as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.extraction import ResultState
from workbench.store.sheet_files import SheetImport
from workbench.ui import context, faults, parts, text

SHOWN = 50
FINISHED = (ResultState.CONFLICT, ResultState.AGREED, ResultState.SETTLED)
"""States in which nobody is to extract a result unseen any more."""
TOLD = "sheets:undone"


def view() -> None:
    """The list, and what an import can be undone with."""
    told = st.session_state.pop(TOLD, None)
    if isinstance(told, list):
        st.success(text.literal(told[0]))
        for line in told[1:]:
            st.warning(text.literal(line))
    store = context.store()
    imports = store.sheet_imports()[::-1]
    if not imports:
        parts.empty("No sheet was imported yet.", then="Upload one under “Import”.")
        return
    parts.show(
        text.table(
            ("Sheet", "Imported", "By", "As", "Rows", "Results", "Studies made", "Now"),
            (_line(item) for item in imports[:SHOWN]),
            caption=f"Newest first ({min(SHOWN, len(imports))} of {len(imports)})",
            numbers=(4, 5, 6),
        )
    )
    _file(imports)
    _undo(imports)


def _line(item: SheetImport) -> tuple[object, ...]:
    now = text.badge("stands", "good")
    if item.undone_at is not None:
        why = text.one_line(item.undone_because, 60)
        now = text.badge(f"taken back by {context.display_name(item.undone_by)}: {why}", "warning")
    return (
        text.one_line(item.sheet.name, 60),
        text.when(item.at),
        context.display_name(item.by),
        "final where complete" if item.state == "final" else "drafts",
        item.counts.get("rows"),
        len(item.results),
        len(item.studies),
        now,
    )


def _label(item: SheetImport) -> str:
    return text.literal(f"{text.one_line(item.sheet.name, 60)}, {text.when(item.at)}")


def _file(imports: Sequence[SheetImport]) -> None:
    known = {item.sheet.id: [each for each in imports if each.sheet.id == item.sheet.id] for item in imports}
    sheets = {sheet: read[0] for sheet, read in known.items() if _may_see(read)}
    if len(sheets) < len(known):
        parts.quiet("A sheet that somebody else imported is given out once nobody is to extract its results any more.")
    if not sheets:
        return
    chosen = st.selectbox(
        "The file of",
        list(sheets),
        index=None,
        placeholder="Choose an import",
        format_func=lambda sheet: _label(sheets[sheet]) if sheet in sheets else sheet,
        key="sheets:earlier:file",
    )
    if chosen is not None:
        st.download_button(
            "Download the file as it was uploaded",
            data=context.store().sheet_bytes(chosen),
            file_name="sheet.xlsx" if sheets[chosen].sheet.name.lower().endswith(".xlsx") else "sheet.csv",
            mime="application/octet-stream",
            on_click="ignore",
            key=f"sheets:earlier:download:{chosen}",
        )


def _may_see(readings: Sequence[SheetImport]) -> bool:
    """Whether a file is this reviewer's own, or holds nothing that anybody has yet to read unseen.

    readings: every import of the file, each of one worksheet; what they say of the trials counts as well.
    """
    if all(item.by == context.known_reviewer_name() for item in readings):
        return True
    needed = context.review().extraction.extractors_needed
    found = context.store().settled_results(extractors_needed=needed, current=context.current_forms())
    finished = {one.result for one in found if one.state in FINISHED}
    standing = [item for item in readings if item.undone_at is None]
    filled = {slot for item in standing for slot in (*item.results, *item.trials)}
    return bool(standing) and filled <= finished


def _undo(imports: Sequence[SheetImport]) -> None:
    person = context.known_reviewer()
    mine = {
        item.id: item
        for item in imports
        if item.undone_at is None and person is not None and (item.by == person.name or person.role == "lead")
    }
    if not mine:
        parts.quiet("Whoever imported a sheet, or a lead, can take the import back.")
        return
    with st.form("sheets:undo", border=True):
        st.markdown("**Take an import back**")
        chosen = st.selectbox(
            "Import",
            list(mine),
            index=None,
            placeholder="Choose an import",
            format_func=lambda each: _label(mine[each]) if each in mine else each,
            key="sheets:undo:which",
        )
        reason = st.text_input("Why", max_chars=500, key="sheets:undo:why")
        parts.quiet(
            "Its extractions are withdrawn, its results and the studies it made leave the review; what another import "
            "says of them stands again. Nothing is deleted, and what somebody worked on since is left alone."
        )
        if st.form_submit_button("Take it back"):
            faults.act(_take_back)(chosen, reason)


def _take_back(chosen: str | None, reason: str) -> None:
    if chosen is None or not reason.strip():
        st.error("Choose an import and say why it is taken back.")
        return
    done = context.store().undo_sheet_import(chosen, reason=reason, by=context.known_reviewer_name())
    again = f" {done.restored} stand again as another import reads them." if done.restored else ""
    lines = [
        f"The import is taken back: {done.withdrawn} results.{again}" if done.withdrawn else "The import is taken back."
    ]
    st.session_state[TOLD] = [*lines, *(f"Left alone: {line}" for line in done.left_alone)]
    st.rerun()
