"""A calculated field on the page: its value, or what is missing for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st
from markupsafe import Markup

from workbench.forms import Answers, number, rows
from workbench.forms.expression import NoValue, parse, work_out
from workbench.forms.fields import CalculatedField
from workbench.ui import text


def show(field: CalculatedField, answers: Answers, row: Mapping[str, Any] | None = None) -> None:
    """The field's label with what comes out. row: the table's row it stands in, whose cells come first."""
    inputs = _Inputs(answers, row or {})
    try:
        value = work_out(parse(field.expression), inputs)
        said = "" if value is not None else f"needs {', '.join(inputs.missing)}"
    except NoValue as reason:
        value, said = None, str(reason)
    unit = f" {field.unit}" if field.unit else ""
    shown = said if value is None else f"{value:.{field.decimals}f}{unit}"
    st.html(
        str(
            Markup('<div class="wb-calculated"><span>{}</span><strong class="{}">{}</strong></div>').format(
                text.clean(field.label), "wb-quiet" if value is None else "", text.clean(shown)
            )
        )
    )


class _Inputs:
    """The answers as an expression sees them; remembers what was missing."""

    def __init__(self, answers: Answers, row: Mapping[str, Any]) -> None:
        self._answers, self._row = answers, row
        self.missing: list[str] = []

    def value(self, key: str) -> float | None:
        found = number(self._row, key)
        found = number(self._answers, key) if found is None else found
        if found is None:
            self._lacks(key)
        return found

    def column(self, table: str, column: str) -> list[float] | None:
        found = [number(row, column) for row in rows(self._answers, table)]
        known = [value for value in found if value is not None]
        if not known or len(known) < len(found):
            self._lacks(f"{table} {column}")
            return None
        return known

    def _lacks(self, key: str) -> None:
        said = key.replace("_", " ")
        if said not in self.missing:
            self.missing.append(said)
