"""The sheet that somebody has before them: its cells, the mapping as it is now, and what that gives."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from workbench.extraction_sheets import (
    Grid,
    Imported,
    SheetMapping,
    Table,
    apply_mapping,
    find_table,
    propose_mapping,
    read_grid,
)
from workbench.extraction_sheets.remembered import recalled
from workbench.forms import Form
from workbench.review import ReviewDefinition
from workbench.store import Store

OPEN = "sheets:open"
_READ = "sheets:read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One uploaded sheet."""

    file_id: str
    name: str
    body: bytes
    grid: Grid
    mapping: SheetMapping
    origin: str  # "remembered" or "proposed": what the mapping began as

    @property
    def table(self) -> Table:
        """The table that is read."""
        sheet = self.grid.sheet(self.mapping.sheet)
        return find_table(sheet, self.mapping.header_rows, self.mapping.left_out_rows)


def open_sheet(
    file_id: str, name: str, body: bytes, store: Store, forms: dict[str, Form], review: ReviewDefinition
) -> Opened:
    """The upload with the mapping that is remembered for its headings, else a proposed one; kept in the session."""
    held = st.session_state.get(OPEN)
    if isinstance(held, Opened) and held.file_id == file_id:
        return held
    grid = read_grid(body, name)
    opened = _with_mapping(Opened(**_start(file_id, name, body, grid)), None, store, forms, review)
    st.session_state[OPEN] = opened
    return opened


def _start(file_id: str, name: str, body: bytes, grid: Grid) -> dict[str, Any]:
    empty = SheetMapping(sheet=grid.sheets[0].name, columns=(), forms=(), uses=())
    return {"file_id": file_id, "name": name, "body": body, "grid": grid, "mapping": empty, "origin": "proposed"}


def choose_sheet(opened: Opened, sheet: str, store: Store, forms: dict[str, Form], review: ReviewDefinition) -> Opened:
    """Another sheet of the same file, with a mapping of its own."""
    changed = _with_mapping(opened, sheet, store, forms, review)
    st.session_state[OPEN] = changed
    return changed


def _with_mapping(
    opened: Opened, sheet: str | None, store: Store, forms: dict[str, Form], review: ReviewDefinition
) -> Opened:
    proposed = propose_mapping(opened.grid, forms, review, sheet=sheet)
    table = find_table(opened.grid.sheet(proposed.sheet))
    kept = store.sheet_mapping(table.headers)
    fitting = recalled(kept, table, forms) if kept is not None else None
    if fitting is not None:
        return replace(opened, mapping=fitting, origin="remembered")
    return replace(opened, mapping=proposed, origin="proposed")


def current() -> Opened | None:
    """The sheet that is open."""
    held = st.session_state.get(OPEN)
    return held if isinstance(held, Opened) else None


def change(mapping: SheetMapping) -> None:
    """Read the open sheet with another mapping from now on."""
    held = current()
    if held is not None:
        st.session_state[OPEN] = replace(held, mapping=mapping)


def close() -> None:
    """Put the sheet away."""
    for key in (OPEN, _READ):
        st.session_state.pop(key, None)


def result_of(opened: Opened, forms: dict[str, Form]) -> Imported:
    """What the sheet gives under its mapping; worked out once for each mapping."""
    key = (opened.file_id, json.dumps(opened.mapping.as_dict(), sort_keys=True), tuple(sorted(forms)))
    held = st.session_state.get(_READ)
    if isinstance(held, tuple) and held[0] == key and isinstance(held[1], Imported):
        return held[1]
    imported = apply_mapping(opened.grid, opened.mapping, forms)
    st.session_state[_READ] = (key, imported)
    return imported
