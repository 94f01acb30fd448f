"""How many days after the last session the times of a sheet are, where their words leave it open ("week 4")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from workbench.extraction_sheets import Use
from workbench.extraction_sheets.cell_text import as_number, is_missing, is_not_reported_text, number_text, part_of
from workbench.forms import NOT_REPORTED, Form, is_not_reported
from workbench.ui import faults, parts, text
from workbench.ui.extraction_sheets import fields, opened
from workbench.ui.extraction_sheets.opened import Opened

DAYS, SILENT = "days_after_treatment", "not reported"
MOST_TIMES = 60  # that are listed


def show_times(held: Opened, forms: Mapping[str, Form]) -> None:
    """A field for each time whose days the words do not tell; nothing where they all do."""
    if fields.field_of(DAYS, held.mapping, forms) is None:
        return
    found = [(use, time) for use in held.mapping.uses if use.field == DAYS and use.part for time in _unclear(held, use)]
    if not found:
        return
    st.subheader("When the times are", anchor=False)
    parts.quiet(
        "Days after the last session of treatment; 0 is its end. Results stay drafts until you say it. If the time "
        "counts from randomisation and the trials treat for different lengths, leave it open here and finish each "
        "result. “not reported” is for what the reports do not tell."
    )
    left, right = st.columns(2)
    for place, (use, time) in enumerate(found[:MOST_TIMES]):
        known, answer = use.stands_for(time)
        key = f"sheets:time:{held.file_id}:{held.mapping.sheet}:{use.column}:{use.block}:{time[:80]}"
        st.session_state[key] = _shown(answer) if known else ""
        (left if place % 2 == 0 else right).text_input(
            f"“{text.literal(text.one_line(time, 60))}”",
            placeholder="days, or: not reported",
            max_chars=40,
            key=key,
            on_change=_say,
            args=(held.file_id, use.column, time, key),
        )
    if len(found) > MOST_TIMES:
        parts.quiet(f"The first {MOST_TIMES} of {len(found)} times are shown. A column with so many may be free text.")


def _unclear(held: Opened, use: Use) -> list[str]:
    column = held.table.column(use.column)
    if column is None:
        return []
    return [
        cell
        for cell in held.table.texts(column)
        if not part_of(cell, use.part) and not is_missing(cell, held.mapping.missing)
    ]


def _shown(answer: Any) -> str:
    if is_not_reported(answer):
        return SILENT
    return number_text(answer) if isinstance(answer, int | float) else ""


@faults.callback
def _say(file_id: str, column: str, time: str, key: str) -> None:
    held, typed = opened.current(), str(st.session_state.get(key) or "").strip()
    if held is None or held.file_id != file_id:
        return
    answer: Any = None
    if typed:
        answer = dict(NOT_REPORTED) if is_not_reported_text(typed) else as_number(typed)
        if answer is None:
            st.session_state[faults.PENDING] = f"“{typed[:60]}” is not a number of days."
            return
    opened.change(held.mapping.with_words(column, DAYS, {time: answer}))
