"""What a sheet gives under its mapping: the first results with their effects, problems by cell, what was not read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from markupsafe import Markup

from workbench.effects import MEASURES
from workbench.extraction_sheets import CELL_STATES, CellProblem, Imported, ImportedResult
from workbench.extraction_sheets.effects import effect_of
from workbench.extraction_sheets.writing import csv_table
from workbench.forms import Form
from workbench.forms import text as answer_text
from workbench.plots.numbers import effect_text
from workbench.reports import spreadsheet_text
from workbench.review import ReviewDefinition
from workbench.ui import analyses, parts, text

SHOWN = 12  # results
PROBLEMS = 60
CELLS = 8  # with the same problem that are named
COMPUTED = 400  # results whose effects are worked out for the count
_COLUMNS = ("sheet", "cell", "value", "level", "message", "mend", "field")
_TONES: Mapping[str, text.Tone] = {"error": "error", "warning": "warning", "note": "plain"}
_SAID = {"error": "not taken", "warning": "look again", "note": "note"}


def show(imported: Imported, forms: Mapping[str, Form], review: ReviewDefinition) -> None:
    """The results that would come in."""
    st.subheader("What would come in", anchor=False)
    effects = [effect_of(result, forms[result.form], review) for result in imported.results[:COMPUTED]]
    given = sum(not isinstance(effect, str) for effect in effects)
    some = f" of the first {COMPUTED}" if len(imported.results) > COMPUTED else ""
    finals = sum(result.can_be_final for result in imported.results)
    if imported.results:
        parts.quiet(
            f"{parts.spaced_number(len(imported.results))} results of {len(imported.studies)} studies from "
            f"{parts.spaced_number(imported.rows)} rows. {given}{some} give an effect; {finals} are complete, the "
            "others come in as drafts. Rows without an effect come in as far as they go."
        )
    for note in imported.notes:
        parts.quiet(note)
    if not imported.results and imported.trials:
        parts.quiet("The sheet describes trials and gives no results.")
    elif not imported.results:
        parts.empty("No row gives a result yet.", then="Say above which columns hold the study and its numbers.")
    else:
        lines = zip(imported.results[:SHOWN], effects[:SHOWN], strict=False)
        parts.show(
            text.table(
                ("Row", "Study", "Result", "Form", "Effect", "State"),
                (_line(result, effect, forms, review) for result, effect in lines),
                caption=f"The first {min(SHOWN, len(imported.results))} results",
            )
        )
    _without_effect(imported, effects)


def show_problems(imported: Imported, *, key: str) -> None:
    """What is wrong, by cell, and what was not read."""
    _problems(imported, key=key)
    _not_read(imported, key=key)


def _line(
    result: ImportedResult, effect: object, forms: Mapping[str, Form], review: ReviewDefinition
) -> tuple[object, ...]:
    return (
        ", ".join(map(str, result.rows)),
        text.one_line(result.study, 40),
        text.one_line(result.label, 70),
        forms[result.form].title,
        _effect(result, effect, review),
        text.badge("complete", "good") if result.can_be_final else text.badge("draft", "warning"),
    )


def _effect(result: ImportedResult, effect: object, review: ReviewDefinition) -> Markup:
    if isinstance(effect, str):
        return Markup('<span class="wb-quiet">none: {}</span>').format(text.one_line(effect, 110))
    from workbench.synthesis import EffectRow

    assert isinstance(effect, EffectRow)
    measure = review.outcome(answer_text(result.answers, "outcome")).measure
    low, high = analyses.row_interval(effect, review.model.level)
    return text.safe(f"{measure} {effect_text(effect.yi, low, high, ratio=MEASURES[measure].ratio)}")


def _without_effect(imported: Imported, effects: Sequence[object]) -> None:
    reasons: dict[str, list[str]] = {}
    for result, effect in zip(imported.results, effects, strict=False):
        if isinstance(effect, str):
            reasons.setdefault(effect, []).append(str(result.rows[0]))
    if reasons:
        with st.expander(f"Results without an effect ({sum(map(len, reasons.values()))})"):
            parts.show(
                text.table(
                    ("Why", "Rows"),
                    ((text.one_line(why, 160), _few(rows)) for why, rows in reasons.items()),
                    caption="They come in as far as they go",
                )
            )


def _few(rows: list[str]) -> str:
    return ", ".join(rows[:20]) + (f" and {len(rows) - 20} more" if len(rows) > 20 else "")


def _problems(imported: Imported, *, key: str) -> None:
    counts = {level: len(imported.problems_of(level)) for level in ("error", "warning", "note")}
    st.subheader("Problems by cell", anchor=False)
    if not imported.problems:
        parts.quiet("None: every cell of the columns that are read was taken as it stands.")
        return
    parts.quiet(
        f"{counts['error']} cells were not taken, {counts['warning']} answers are missing or deserve another look, "
        f"{counts['note']} notes. Mend them in the mapping above, or in the sheet, and upload it again."
    )
    together: dict[tuple[str, str, str, str], list[CellProblem]] = {}
    for item in imported.problems:
        together.setdefault((item.level, item.value, item.message, item.mend), []).append(item)
    listed = list(together.values())[:PROBLEMS]
    cells = sum(len(items) for items in listed)
    parts.show(
        text.table(
            ("Cells", "", "What stands there", "What about it", "How to mend it"),
            (_problem(items) for items in listed),
            caption=f"{cells} of {parts.spaced_number(len(imported.problems))}, the gravest first; the same in several "
            "cells once",
        )
    )
    rows = [{name: getattr(item, name) for name in _COLUMNS} for item in imported.problems]
    st.download_button(
        "Download all problems (CSV)",
        data=csv_table(_COLUMNS, rows, spreadsheet_text),
        file_name="problems.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"{key}:problems",
    )


def _problem(items: Sequence[CellProblem]) -> tuple[object, ...]:
    first = items[0]
    cells = list(dict.fromkeys(item.cell for item in items))
    return (
        ", ".join(cells[:CELLS]) + (f" and {len(cells) - CELLS} more" if len(cells) > CELLS else ""),
        text.badge(_SAID[first.level], _TONES[first.level]),
        text.one_line(first.value, 50),
        text.one_line(first.message, 200),
        text.one_line(first.mend, 200),
    )


def _not_read(imported: Imported, *, key: str) -> None:
    with st.expander("Every cell accounted for, and what is not read", key=f"{key}:accounted"):
        counted = [(words, imported.counts.get(state, 0)) for state, words in CELL_STATES.items()]
        parts.show(
            text.table(
                ("Cells with something in them", "Number"),
                (
                    *((words[0].upper() + words[1:], count) for words, count in counted if count),
                    ("In all", _all(imported)),
                ),
                caption="What became of the cells",
                numbers=(1,),
            )
        )
        if imported.left_out_columns:
            parts.show(
                text.table(
                    ("Column", "Heading", "Cells", "Why"),
                    (
                        (item.column, text.one_line(item.label, 60), item.cells, item.reason)
                        for item in imported.left_out_columns
                    ),
                    caption="Columns that are not read",
                    numbers=(2,),
                )
            )
        rows = (*imported.left_out_rows, *imported.rows_without_result)
        if rows:
            parts.show(
                text.table(
                    ("Row", "Why", "What stands there"),
                    ((item.row, item.reason, text.one_line(item.text, 120)) for item in rows[:PROBLEMS]),
                    caption=f"Rows that are not read ({len(rows)})",
                )
            )


def _all(imported: Imported) -> int:
    return sum(imported.counts.values())
