"""What another sheet of the same person said of a result, where a later sheet says otherwise or says less.

The later sheet stands, so that a corrected one can be brought under any name; nothing is replaced without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.extraction import Extraction
from workbench.extraction_sheets.imported import ImportedResult
from workbench.forms import RESERVED, Form, is_empty
from workbench.store.sheet_files import NOTE, KeptSheet

_MOST = 4  # fields that are named
_OF_THE_PLACE = {*RESERVED, "quote", "page", "notes", "certainty_note"}
"""Answers that say where the others stand, or repeat the row."""


def said_otherwise(earlier: Extraction, sheet: KeptSheet, worksheet: str, result: ImportedResult, form: Form) -> str:
    """The line that names what an earlier sheet gave otherwise, or alone; "" if it was this sheet, or says the same."""
    source = earlier.note.removeprefix(NOTE)
    name, _, rest = source.partition(" [")
    place = f"], worksheet {worksheet}, row " if worksheet else "], row "
    if not earlier.note.startswith(NOTE) or (name == sheet.name and rest[8:].startswith(place)):
        return ""
    before, now = _answers(earlier.answers), _answers(result.answers)
    changed = [key for key in before if key in now and now[key] != before[key]]
    alone = [key for key in before if key not in now]
    if not changed and not alone:
        return ""
    parts = [f"says otherwise on {_labels(form, changed)}"] if changed else []
    parts += [f"says alone: {_labels(form, alone)}"] if alone else []
    return (
        f"{result.study}, {result.label or form.title}: {name} {' and '.join(parts)}. This sheet stands now; take its "
        "import back and the other one stands again"
    )


def _answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answers.items() if key not in _OF_THE_PLACE and not is_empty(value)}


def _labels(form: Form, keys: list[str]) -> str:
    labels = {field.key: field.label for field in form.fields if hasattr(field, "label")}
    shown = ", ".join(f"“{labels.get(key, key)}”" for key in keys[:_MOST])
    return shown + (f" and {len(keys) - _MOST} more" if len(keys) > _MOST else "")
