"""The bar of keys at the bottom: what became of the last act, the verdicts, and the ways back and on."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from workbench.screening import Stage, Verdict
from workbench.store import Seat
from workbench.ui import parts
from workbench.ui.desk import deciding, keys, tagging
from workbench.ui.desk.session import Desk


def show(desk: Desk, seat: Seat) -> None:
    """The bar stays in sight however long the abstract is; without a report it offers the way back."""
    on = desk.own.single_keys
    report = seat.report.key if seat.report is not None else None
    with st.bottom, st.container(key="decide", gap="xsmall"):
        _status(desk)
        with st.container(key="decide-keys", horizontal=True, gap="small", vertical_alignment="center"):
            if report is not None:
                for verdict, key in keys.VERDICTS.items():
                    st.button(
                        key.label,
                        key=f"{verdict}:{desk.stage.value}:{report}:{len(seat.words)}",
                        shortcut=keys.letter(key, on=on),
                        on_click=deciding.vote,
                        args=(desk, report, verdict, None, len(seat.words)),
                        help=_needs_reason(desk, verdict),
                    )
            st.button(
                keys.UNDO.label,
                key=f"undo:{desk.stage.value}:{seat.last.id if seat.last else ''}",
                shortcut=keys.letter(keys.UNDO, on=on),
                disabled=seat.last is None,
                type="tertiary",
                on_click=deciding.undo,
                args=(desk, seat.last),
            )
            if report is not None:
                st.button(
                    keys.NOTE.label,
                    key=f"open-note:{desk.stage.value}:{report}",
                    shortcut=keys.letter(keys.NOTE, on=on),
                    type="tertiary",
                    on_click=tagging.open_note,
                    args=(desk, report),
                )
            for key, by in ((keys.PREVIOUS, -1), (keys.NEXT, 1)):
                st.button(
                    key.label,
                    key=f"{key.label}:{desk.stage.value}:{report}",
                    shortcut=keys.letter(key, on=on),
                    type="tertiary",
                    disabled=report is None and by > 0,
                    on_click=deciding.step,
                    args=(desk, report, seat.waiting, by),
                )


def _needs_reason(desk: Desk, verdict: Verdict) -> str | None:
    if desk.stage is Stage.FULL_TEXT and verdict is Verdict.EXCLUDE:
        return "A full text is excluded for a reason: press its number"
    return None


def _status(desk: Desk) -> None:
    """A line that screen readers speak when it changes. Numbered, so that the same words twice are two."""
    said = deciding.notice(desk)
    number = desk.recall("said", 0) + bool(said.words)
    desk.remember("said", number)
    parts.show(
        Markup('<p class="wb-desk-status {}" role="status" data-number="{}">{}</p>').format(
            said.tone, number, said.words
        )
    )
