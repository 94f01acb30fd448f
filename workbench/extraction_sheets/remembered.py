"""A mapping that was remembered for a sheet's headings, made to fit the sheet that is open now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from workbench.extraction_sheets.mapping import TARGETS, SheetMapping
from workbench.extraction_sheets.table_finding import Table
from workbench.extraction_sheets.trial_places import field_at, is_trial_target, trial_place
from workbench.forms import Form


def recalled(mapping: SheetMapping, table: Table, forms: Mapping[str, Form]) -> SheetMapping | None:
    """The mapping for this table, or None where it would not mean the same there.

    table: as found by itself. Columns may have moved: they are known by their headings. A column without a heading is
    known by its place only, so that with one of these nothing may have moved. Forms may have changed since: a field
    that is gone makes a new proposal the better beginning.
    """
    labels = {column.label: column for column in table.columns}
    if any(use.column not in labels for use in mapping.uses):
        return None
    nameless = any(not labels[use.column].named for use in mapping.uses)
    if nameless and mapping.columns != tuple(labels):
        return None
    if any(name not in forms for name in (*mapping.forms, *mapping.trial_forms)):
        return None
    known = {key for name in mapping.forms for key in forms[name].keys} | set(TARGETS)
    for key in (*(use.field for use in mapping.uses), *mapping.constants):
        if key not in known and not (is_trial_target(key) and field_at(trial_place(key), forms) is not None):
            return None
    return replace(
        mapping,
        sheet=table.sheet.name,
        columns=tuple(labels),
        header_rows=None,
        left_out_rows=(),
        fill_down=tuple(label for label in mapping.fill_down if label in labels),
    )
