"""Between an answer and what its widget holds."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from workbench.forms import (
    NOT_REPORTED,
    CountField,
    DateField,
    FormField,
    MultiChoiceField,
    NumberField,
    is_empty,
    is_not_reported,
)

SILENT = "not reported"
"""What stands in a cell of a grid whose answer is "not reported"."""

_SILENT = re.compile(r"^\s*(?:n\.?\s?/?r\.?|not reported)\s*$", re.IGNORECASE)
_NUMBER = re.compile(r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$")


def as_shown(field: FormField, answer: Any) -> Any:
    """A saved answer as its widget holds it; one that the field cannot hold (an older form's) shows as empty."""
    if is_empty(answer) or is_not_reported(answer):
        return [] if isinstance(field, MultiChoiceField) else "" if is_text(field) else None
    if isinstance(field, CountField):
        return int(answer) if is_number(answer) and float(answer).is_integer() else None
    if isinstance(field, NumberField):
        return float(answer) if is_number(answer) else None
    if isinstance(field, DateField):
        try:
            return date.fromisoformat(str(answer))
        except ValueError:
            return None
    if isinstance(field, MultiChoiceField):
        return [str(item) for item in answer] if isinstance(answer, list | tuple) else [str(answer)]
    return str(answer)


def as_answer(field: FormField, shown: Any) -> Any:
    """What a widget holds, as an answer to keep."""
    if isinstance(field, DateField) and isinstance(shown, date):
        return shown.isoformat()
    if isinstance(field, MultiChoiceField):
        return list(shown or ())
    if isinstance(shown, str):
        return shown.strip()
    return shown


def as_cell(field: FormField, answer: Any) -> Any:
    """A saved answer as the cell of a grid holds it: text, or the option chosen."""
    if is_not_reported(answer):
        return SILENT
    if is_empty(answer):
        return None if field.type in ("choice", "yes_no_unclear") else ""
    if is_number(answer):
        return f"{answer:.12g}" if isinstance(answer, float) else str(answer)
    return str(answer)


def cell_answer(field: FormField, shown: Any) -> Any:
    """What the cell of a grid holds, as an answer; what is no number stays as typed, for the checks to say so."""
    if not isinstance(shown, str) or not shown.strip():
        return None
    typed = shown.strip()
    if _SILENT.match(typed):
        return dict(NOT_REPORTED)
    if isinstance(field, CountField | NumberField):
        plain = typed.replace("\u2212", "-").replace("\u2013", "-")
        if _NUMBER.match(plain):
            value = float(plain)
            return int(value) if isinstance(field, CountField) and value.is_integer() else value
    return typed


def is_text(field: FormField) -> bool:
    """Whether the field's widget holds a text."""
    return field.type in ("text", "long_text", "quote")


def is_number(answer: Any) -> bool:
    """Whether an answer is a number (True is none)."""
    return isinstance(answer, int | float) and not isinstance(answer, bool)
