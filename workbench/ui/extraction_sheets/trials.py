"""What a sheet says of the trials: arms, what is filled in, what its rows disagree on, what is still missing."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from workbench.extraction_sheets import Imported, ImportedTrial
from workbench.forms import Form, TableField, paths, rows
from workbench.forms.tables import ARMS
from workbench.ui import parts, text

SHOWN = 12


def show(imported: Imported, forms: Mapping[str, Form]) -> None:
    """The trials' forms that would come in."""
    if not imported.trials:
        return
    st.subheader("About the trials", anchor=False)
    apart = sum(bool(trial.disagreements) for trial in imported.trials)
    said = (
        f"The rows of {apart} disagree on something: it is left empty there, and each cell is among the problems below."
        if apart
        else "All rows of each trial agree."
    )
    number = len(imported.trials)
    parts.quiet(
        f"{number} trial{'' if number == 1 else 's'} from all rows of each study. {said} What is still missing can be "
        "filled in later on the page “Studies and extraction”."
    )
    shown = imported.trials[:SHOWN]
    _table(shown, forms, caption=f"The first {len(shown)} trials" if number > SHOWN else "The trials")
    if number > SHOWN:
        with st.expander(f"All {number} trials"):
            _table(imported.trials, forms, caption="All trials")


def _table(trials: tuple[ImportedTrial, ...], forms: Mapping[str, Form], *, caption: str) -> None:
    parts.show(
        text.table(
            ("Trial", "Arms", "Answers", "Rows disagree on", "Still missing"),
            (_line(trial, forms[trial.form]) for trial in trials),
            caption=caption,
            numbers=(2,),
        )
    )


def _line(trial: ImportedTrial, form: Form) -> tuple[object, ...]:
    arms = [str(row.get("label") or "not named") for row in rows(trial.answers, ARMS)]
    missing = dict.fromkeys(_label(key, form) for key in trial.missing)
    return (
        text.one_line(trial.study, 40),
        text.one_line("; ".join(arms), 110),
        len(paths(trial.answers)),
        text.one_line("; ".join(trial.disagreements) or "–", 120),
        text.one_line("; ".join(missing) or "–", 160),
    )


def _label(key: str, form: Form) -> str:
    """A field's label; of a column with its table."""
    name, _, column = key.partition(".")
    field = form.field(name)
    if column and isinstance(field, TableField):
        return f"{field.label}: {field.column(column).label}"
    return field.label
