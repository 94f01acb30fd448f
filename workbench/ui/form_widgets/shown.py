"""Between an answer and what its widget holds."""

from __future__ import annotations

import math
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
        return [] if isinstance(field, MultiChoiceField) else "" if is_typed(field) else None
    if isinstance(field, CountField | NumberField):
        return written(answer) if is_number(answer) else str(answer)
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
    if isinstance(field, CountField | NumberField) and isinstance(shown, str):
        return typed_number(shown, whole=isinstance(field, CountField))
    if isinstance(shown, str):
        return shown.strip()
    return shown


def typed_number(typed: str, *, whole: bool = False) -> Any:
    """The number that was typed or pasted; what is none stays as it was typed, for the checks to say so.

    Boxes for numbers are boxes for text: a browser's own ones drop what they do not know, and make 44 of "4,4" and 0.5
    of "−0.5" without a word. The minus signs of papers are read; a decimal comma, or two numbers, are not guessed at.
    """
    plain = typed.strip().replace("\u2212", "-").replace("\u2013", "-")
    if not plain:
        return None
    if not _NUMBER.match(plain):
        return typed.strip()
    value = float(plain)
    if not math.isfinite(value):
        return typed.strip()
    return int(value) if whole and value.is_integer() else value


def written(answer: float) -> str:
    """A number as it stands in its box: as short as it can be read back the same."""
    if isinstance(answer, int):
        return str(answer)
    return next((short for digits in (12, 15) if float(short := f"{answer:.{digits}g}") == answer), repr(answer))


def as_cell(field: FormField, answer: Any) -> Any:
    """A saved answer as the cell of a grid holds it: text, or the option chosen."""
    if is_not_reported(answer):
        return SILENT
    if is_empty(answer):
        return None if field.type in ("choice", "yes_no_unclear") else ""
    return written(answer) if is_number(answer) else str(answer)


def cell_answer(field: FormField, shown: Any) -> Any:
    """What the cell of a grid holds, as an answer; what is no number stays as typed, for the checks to say so."""
    if not isinstance(shown, str) or not shown.strip():
        return None
    typed = shown.strip()
    if _SILENT.match(typed):
        return dict(NOT_REPORTED)
    if isinstance(field, CountField | NumberField):
        return typed_number(typed, whole=isinstance(field, CountField))
    return typed


def is_typed(field: FormField) -> bool:
    """Whether the field's widget holds what was typed: a text, or a number as its digits."""
    return is_text(field) or isinstance(field, CountField | NumberField)


def is_text(field: FormField) -> bool:
    """Whether the field's widget holds a text."""
    return field.type in ("text", "long_text", "quote")


def is_number(answer: Any) -> bool:
    """Whether an answer is a number (True is none)."""
    return isinstance(answer, int | float) and not isinstance(answer, bool)
