"""Answers to a form: empty, "not reported" and a value are three different things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

NOT_REPORTED: Final[dict[str, bool]] = {"not_reported": True}
"""The answer "the report does not say": asked and looked for, unlike an empty field."""

Answers = Mapping[
    str, Any
]  # field key -> str | int | float | list[str] | NOT_REPORTED; an absent key, None, "" or [] is empty


def is_not_reported(value: object) -> bool:
    """Whether this answer is "not reported"."""
    return isinstance(value, Mapping) and dict(value) == NOT_REPORTED


def is_empty(value: object) -> bool:
    """Whether nothing was answered (zero is an answer)."""
    return (
        value is None
        or (isinstance(value, str) and not value.strip())
        or (isinstance(value, list | tuple) and not value)
    )


def answered(answers: Answers, key: str) -> bool:
    """Whether a value stands there: neither empty nor "not reported"."""
    value = answers.get(key)
    return not is_empty(value) and not is_not_reported(value)


def number(answers: Answers, key: str) -> float | None:
    """The number answered, or None where it is empty, not reported or no number."""
    value = answers.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def text(answers: Answers, key: str) -> str:
    """The text or choice answered, stripped; "" where it is empty or not reported."""
    value = answers.get(key)
    return value.strip() if isinstance(value, str) else ""


def words(answers: Answers, key: str) -> tuple[str, ...]:
    """The choices answered to a multi-choice field; () where it is empty or not reported."""
    value = answers.get(key)
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else ()
