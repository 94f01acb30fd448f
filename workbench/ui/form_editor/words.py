"""How kinds of forms and fields, and their settings, are said."""

from __future__ import annotations

from workbench.forms import Form, FormField

KINDS = {
    "parallel_means": "two groups with means",
    "crossover_means": "crossover with means",
    "arm_means": "several arms with means",
    "events": "counts of people",
    "rates": "events over time",
    "one_arm": "one arm alone",
    "estimate": "an estimate as printed",
    "trial": "the trial, filled in once",
}
TYPES = {
    "text": "one line of text",
    "long_text": "several lines of text",
    "number": "number",
    "count": "whole number",
    "choice": "one of several answers",
    "multi_choice": "several of several answers",
    "yes_no_unclear": "yes, no or unclear",
    "date": "day",
    "quote": "quote with its page",
    "calculated": "calculated from other answers",
    "table": "table",
}
COLUMN_TYPES = tuple(name for name in TYPES if name not in ("multi_choice", "quote", "table"))
"""What a column of a table can be."""


def fields_of(form: Form) -> int:
    """How many questions it has."""
    return len(form.keys)


def about(field: FormField) -> str:
    """A field's type and what hangs on it, in a few words."""
    said = [TYPES[field.type]]
    unit = getattr(field, "unit", "")
    if unit:
        said.append(str(unit))
    if field.required:
        said.append("required")
    if field.show_if or field.hide_if:
        said.append("asked under a condition")
    return ", ".join(said)
