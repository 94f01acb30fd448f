"""The note and the indications that go with a decision; what is being written is kept until it is decided on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import streamlit as st

from workbench.store import Seat
from workbench.ui import faults, text
from workbench.ui.desk.session import Desk

LONGEST_NOTE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is on screen beside the decision."""

    note: str = ""
    indications: tuple[str, ...] = ()


def draft(desk: Desk, seat: Seat) -> Draft:
    """What stands there now: on screen, else as it was left, else as last decided, else what the report was found for.

    Fills in the widgets of a report that is shown anew.
    """
    report = _report(seat)
    tags, note = _widgets(desk, report)
    if tags not in st.session_state:
        first = _left(desk, seat)
        known = [item.key for item in desk.review.indications]
        st.session_state[tags] = [key for key in known if key in first.indications]
        if first.note:
            st.session_state.setdefault(note, first.note)
    return on_screen(desk, report)


def _left(desk: Desk, seat: Seat) -> Draft:
    """What was being written belongs to the words said until then: a later decision, in any window, replaces it."""
    kept = desk.store.preference(desk.reviewer, _kept(desk, _report(seat)))
    if isinstance(kept, dict) and kept.get("said") == len(seat.words):
        return _read(kept)
    for word in reversed(seat.words):  # an undone decision leaves its note and tags behind, to be decided on again
        if word.verdict is not None:
            return Draft(note=word.note, indications=word.indications)
    return Draft(indications=tuple(seat.found_for))


def _read(kept: dict[str, Any]) -> Draft:
    listed = kept.get("indications")
    return Draft(
        note=str(kept.get("note", "")), indications=tuple(map(str, listed)) if isinstance(listed, list) else ()
    )


def on_screen(desk: Desk, report: str) -> Draft:
    """The note and the tags as they stand in the widgets."""
    tags, note = _widgets(desk, report)
    return Draft(
        note=str(st.session_state.get(note) or "").strip(),
        indications=tuple(sorted(st.session_state.get(tags) or ())),
    )


def tags(desk: Desk, seat: Seat) -> None:
    """The indications the report belongs to."""
    labels = {item.key: item.short for item in desk.review.indications}
    report = _report(seat)
    st.pills(
        "Indications it belongs to",
        list(labels),
        selection_mode="multi",
        format_func=lambda key: text.literal(labels[key]),
        key=_widgets(desk, report)[0],
        wrap=True,
        on_change=_keep,
        args=(desk, report, len(seat.words)),
    )


def note(desk: Desk, seat: Seat) -> None:
    """The note, as soon as somebody opened it or wrote one."""
    report = _report(seat)
    key = _widgets(desk, report)[1]
    if desk.recall("note-open") != report and not st.session_state.get(key):
        return
    with st.container(key="note"):
        st.text_area(
            "Note",
            key=key,
            height=96,
            max_chars=LONGEST_NOTE,
            placeholder="Why, or what to look at in the full text",
            on_change=_keep,
            args=(desk, report, len(seat.words)),
            help="Kept with your decision; others see it once all have decided. Esc leads back to the keys.",
        )


def open_note(desk: Desk, report: str) -> None:
    """Open the note, or close it again if it is empty."""
    desk.remember("note-open", None if desk.recall("note-open") == report else report)


@faults.callback
def _keep(desk: Desk, report: str, said: int) -> None:
    desk.store.set_preference(desk.reviewer, _kept(desk, report), asdict(on_screen(desk, report)) | {"said": said})


def _kept(desk: Desk, report: str) -> str:
    return f"draft:{desk.stage.value}:{report}"


def _widgets(desk: Desk, report: str) -> tuple[str, str]:
    """The session's entries for tags and note of a report."""
    return f"{desk.slot('tags')}:{report}", f"{desk.slot('note')}:{report}"


def _report(seat: Seat) -> str:
    if seat.report is None:
        raise ValueError("nothing lies on the desk")
    return seat.report.key
