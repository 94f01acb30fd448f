"""Two components of our own: text from which a part is selected, and a table whose cells are chosen.

They are Streamlit components of the second version: plain JavaScript on the page, no frame and no network. Nothing of a
document is ever part of this code or of markup: it arrives as data and is put on the page through `textContent`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from workbench.sources import Page, SourceTable, numbers_in
from workbench.ui.sources import table_script, text_script
from workbench.ui.sources.attaching import attached
from workbench.ui.theme import ACCENT, INK, LINE, QUIET

LONGEST: Final = 60_000  # characters of one page that are sent
MOST_CELLS: Final = 4000

_STYLE: Final = f"""
.wb-reader {{ color: {INK}; font-size: .95rem; }}
.wb-reader-bar {{ display: flex; flex-wrap: wrap; gap: .3rem .6rem; align-items: center; padding: 0 0 .4rem; }}
.wb-reader-bar button {{ font: inherit; font-size: .9rem; min-height: 2.1rem; padding: .15rem .7rem; cursor: pointer;
  border: 1px solid {ACCENT}; border-radius: 4px; background: {ACCENT}; color: #fff; }}
.wb-reader-bar button.plain {{ background: #fff; color: {ACCENT}; }}
.wb-reader-bar button:disabled {{ background: #f1f4f7; color: {QUIET}; border-color: {LINE}; cursor: default; }}
.wb-reader button:focus-visible, .wb-reader [tabindex]:focus-visible {{ outline: 2px solid {ACCENT};
  outline-offset: 1px; }}
.wb-reader-said {{ color: {QUIET}; font-size: .85rem; }}
.wb-reader-text {{ white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.5; overflow-y: auto; min-height: 5rem;
  border: 1px solid {LINE}; border-radius: 4px; padding: .6rem .8rem; position: relative; }}
.wb-reader-text mark {{ background: #fdf3dc; color: {INK}; }}
.wb-reader-text mark.now {{ background: #f6d98a; outline: 1.5px solid #8a5a00; }}
.wb-reader-text mark.quote {{ background: #e3eef6; text-decoration: underline solid 1.5px {ACCENT};
  text-underline-offset: .18em; }}
.wb-reader-hint {{ color: {QUIET}; font-size: .82rem; margin: .3rem 0 0; }}
.wb-reader-scroll {{ overflow: auto; border: 1px solid {LINE}; border-radius: 4px; max-width: 100%; }}
.wb-reader table {{ border-collapse: collapse; font-size: .88rem; }}
.wb-reader th, .wb-reader td {{ border: 1px solid {LINE}; padding: .2rem .45rem; text-align: left; vertical-align: top;
  cursor: pointer; font-weight: 400; }}
.wb-reader th {{ background: #f1f4f7; font-weight: 600; }}
.wb-reader [aria-selected="true"] {{ background: #e3eef6; box-shadow: inset 0 0 0 2px {ACCENT}; }}
"""

Mark = tuple[int, int, str]  # start, end, "hit", "now" or "quote"

_text = st.components.v2.component(
    "workbench_reading_text", html=text_script.HTML, css=_STYLE, js=text_script.SCRIPT, isolate_styles=False
)
_table = st.components.v2.component(
    "workbench_reading_table", html=table_script.HTML, css=_STYLE, js=table_script.SCRIPT, isolate_styles=False
)


def show_text(page: Page, marks: Sequence[Mark], *, height: int, attach: Any, key: str) -> None:
    """A page of text. attach: a callback that reads `chosen_text`, or None where nothing is attached."""
    shown = page.text[:LONGEST]
    data = {
        "page": page.label,
        "text": shown,
        "marks": [list(mark) for mark in without_overlaps(marks) if mark[1] <= len(shown)],
        "height": height,
        "attach": attach is not None,
        "attached": attached(),
    }
    _text(key=key, data=data, on_attach_change=attach or _nothing)


def show_table(table: SourceTable, *, height: int, attach: Any, key: str) -> None:
    """A table. attach: a callback that reads `chosen_cells`, or None."""
    cells = [
        [
            cell.row,
            cell.column,
            cell.rows,
            cell.columns,
            cell.header or cell.row < table.header_rows,
            cell.text,
            [f"{number.value:f}" for number in numbers_in(cell.text)][:8],
        ]
        for cell in table.cells[:MOST_CELLS]
    ]
    data = {
        "label": table.label,
        "rows": table.rows,
        "columns": table.columns,
        "cells": cells,
        "height": height,
        "attach": attach is not None,
        "attached": attached(),
    }
    _table(key=key, data=data, on_cells_change=attach or _nothing)


def _nothing() -> None:
    """No callback."""


def without_overlaps(marks: Sequence[Mark]) -> list[Mark]:
    """In order; of marks that lie over each other the more telling one."""
    rank = {"now": 0, "quote": 1, "hit": 2}
    kept: list[Mark] = []
    for mark in sorted(marks, key=lambda each: (rank[each[2]], each[0])):
        if mark[0] < mark[1] and all(mark[1] <= other[0] or other[1] <= mark[0] for other in kept):
            kept.append(mark)
    return sorted(kept)


def chosen_text(key: str) -> tuple[int, int, str, str] | None:
    """In the callback: start and end on the page, the text and the page's label, as the browser sent them."""
    sent = _sent(key, "attach")
    start, end, text, page = sent.get("start"), sent.get("end"), sent.get("text"), sent.get("page")
    if not (isinstance(start, int) and isinstance(end, int) and isinstance(text, str) and isinstance(page, str)):
        return None
    return start, end, text, page


def chosen_cells(key: str) -> tuple[str, list[tuple[int, int]]] | None:
    """In the callback: the table's label and the places of the cells, as the browser sent them."""
    sent = _sent(key, "cells")
    label, cells = sent.get("table"), sent.get("cells")
    if not isinstance(label, str) or not isinstance(cells, list):
        return None
    places = [(cell[0], cell[1]) for cell in cells[:MOST_CELLS] if _is_place(cell)]
    return label, places


def _is_place(cell: Any) -> bool:
    return isinstance(cell, list) and len(cell) == 2 and all(isinstance(each, int) for each in cell)


def _sent(key: str, name: str) -> dict[str, Any]:
    state = st.session_state.get(key)
    sent = state.get(name) if state is not None else None
    return dict(sent) if sent is not None else {}
