"""Two components of our own: text from which a part is selected, and a table whose cells are chosen.

They are Streamlit components of the second version: plain JavaScript on the page, no frame and no network. Nothing of a
document is ever part of this code or of markup: it arrives as data and is put on the page through `textContent`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from workbench.sources import Page, SourceTable, numbers_in
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
.wb-reader-text {{ white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.5; overflow-y: auto;
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

_TEXT_HTML: Final = """<div class="wb-reader">
<div class="wb-reader-bar"><button type="button" class="attach" disabled>Attach as quote</button>
<span class="wb-reader-said" role="status"></span></div>
<div class="wb-reader-text" role="region" tabindex="0"></div>
<p class="wb-reader-hint">Select with the mouse; or with the keys, in the text: → and ← take a sentence, Shift with them
more or less of it, Enter attaches.</p></div>"""

_TEXT_SCRIPT: Final = """
const inside = new WeakMap();
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".wb-reader");
  const area = root.querySelector(".wb-reader-text");
  const button = root.querySelector(".attach");
  const said = root.querySelector(".wb-reader-said");
  const state = inside.get(root) || { drawn: "", chosen: null };
  inside.set(root, state);
  state.data = data;
  state.send = (chosen) => setTriggerValue("attach", { ...chosen, page: state.data.page });
  area.style.height = data.height + "px";
  area.setAttribute("aria-label", "Text: " + data.page);
  root.classList.toggle("reading-only", !data.attach);
  button.hidden = !data.attach;
  root.querySelector(".wb-reader-hint").hidden = !data.attach;

  const letters = (text) => Array.from(text).length;
  const tell = () => {
    button.disabled = !state.chosen;
    said.textContent = state.chosen ? letters(state.chosen.text) + " characters selected"
      : data.attach ? "Select words in the text." : "";
  };
  const drawn = JSON.stringify([data.page, data.text, data.marks]);
  if (drawn !== state.drawn) {
    state.drawn = drawn;
    state.chosen = null;
    const all = Array.from(data.text);
    const pieces = document.createDocumentFragment();
    let at = 0, now = null;
    for (const [start, end, kind] of data.marks) {
      if (start < at || end <= start) continue;
      pieces.append(document.createTextNode(all.slice(at, start).join("")));
      const mark = document.createElement("mark");
      mark.className = kind;
      mark.textContent = all.slice(start, end).join("");
      pieces.append(mark);
      if (kind === "now" || (kind === "quote" && !now)) now = mark;
      at = end;
    }
    pieces.append(document.createTextNode(all.slice(at).join("")));
    area.replaceChildren(pieces);
    area.scrollTop = now ? Math.max(0, now.offsetTop - data.height / 3) : 0;
  }
  tell();

  const select = () => {
    const selection = document.getSelection();
    if (!selection.rangeCount || !area.isConnected) return;
    const range = selection.getRangeAt(0);
    if (!range.intersectsNode(area) || (selection.isCollapsed && !area.contains(range.startContainer))) return;
    if (selection.isCollapsed) { state.chosen = null; tell(); return; }
    const own = document.createRange();
    own.selectNodeContents(area);
    if (own.compareBoundaryPoints(Range.START_TO_START, range) < 0) {
      own.setStart(range.startContainer, range.startOffset);
    }
    if (own.compareBoundaryPoints(Range.END_TO_END, range) > 0) own.setEnd(range.endContainer, range.endOffset);
    const before = document.createRange();
    before.selectNodeContents(area);
    before.setEnd(own.startContainer, own.startOffset);
    const text = own.toString(), start = letters(before.toString());
    state.chosen = text.trim() ? { start, end: start + letters(text), text: text.slice(0, 6000) } : null;
    tell();
  };
  const send = () => {
    if (!state.chosen || !state.data.attach) return;
    said.textContent = "Attaching …";
    state.send(state.chosen);
  };
  const sentences = () => {
    const text = area.textContent;
    if (window.Intl && Intl.Segmenter) {
      return Array.from(new Intl.Segmenter("en", { granularity: "sentence" }).segment(text))
        .map((each) => [each.index, each.index + each.segment.trimEnd().length]).filter(([a, b]) => b > a);
    }
    return Array.from(text.matchAll(/[^.!?\\n]+[.!?]*/g)).map((m) => [m.index, m.index + m[0].length]);
  };
  const place = (offset) => {
    const walker = document.createTreeWalker(area, NodeFilter.SHOW_TEXT);
    let node = walker.nextNode(), left = offset;
    while (node && left > node.length) { left -= node.length; node = walker.nextNode(); }
    return node ? [node, left] : [area, area.childNodes.length];
  };
  const take = (start, end) => {
    document.getSelection().setBaseAndExtent(...place(start), ...place(end));
    const box = document.getSelection().getRangeAt(0).getBoundingClientRect(), own = area.getBoundingClientRect();
    if (box.top < own.top || box.bottom > own.bottom) area.scrollTop += box.top - own.top - own.height / 3;
  };
  const offsets = () => {
    const selection = document.getSelection();
    if (!selection.rangeCount || !area.contains(selection.getRangeAt(0).startContainer)) return null;
    const range = selection.getRangeAt(0), before = document.createRange();
    before.selectNodeContents(area);
    before.setEnd(range.startContainer, range.startOffset);
    const start = before.toString().length;
    return [start, start + range.toString().length];
  };
  if (state.select) document.removeEventListener("selectionchange", state.select);
  state.select = select;
  document.addEventListener("selectionchange", select);
  button.onmousedown = (event) => event.preventDefault();
  button.onclick = send;
  area.onkeydown = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !state.data.attach) return;
    if (event.key === "Enter") { event.preventDefault(); send(); return; }
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    event.preventDefault();
    event.stopPropagation();
    const all = sentences(), now = offsets(), forward = event.key === "ArrowRight";
    if (!all.length) return;
    if (!now) { take(...all[0]); return; }
    const [start, end] = now;
    if (event.shiftKey) {
      const within = all.filter(([a, b]) => b > start && a < end);
      const next = all.find(([a]) => a >= end);
      if (forward && next) take(start, next[1]);
      if (!forward && within.length > 1) take(start, within[within.length - 2][1]);
      return;
    }
    const next = forward ? all.find(([a]) => a >= end) : all.filter(([, b]) => b <= start).pop();
    if (next) take(...next);
  };
  return () => document.removeEventListener("selectionchange", select);
}
"""

_TABLE_HTML: Final = """<div class="wb-reader">
<div class="wb-reader-bar"><button type="button" class="attach" disabled>Put these cells into the quote</button>
<span class="numbers"></span><span class="wb-reader-said" role="status"></span></div>
<div class="wb-reader-scroll"></div>
<p class="wb-reader-hint">A click on a cell copies its number and chooses the cell; with the keys: arrows move, Enter or
space chooses, Escape lets go of all.</p></div>"""

_TABLE_SCRIPT: Final = """
const inside = new WeakMap();
export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".wb-reader");
  const scroll = root.querySelector(".wb-reader-scroll");
  const button = root.querySelector(".attach");
  const numbers = root.querySelector(".numbers");
  const said = root.querySelector(".wb-reader-said");
  const state = inside.get(root) || { drawn: "", chosen: new Set() };
  inside.set(root, state);
  state.send = (cells) => setTriggerValue("cells", { cells, table: data.label });
  button.hidden = !data.attach;
  scroll.style.maxHeight = data.height + "px";

  const copy = async (text) => {
    let done = false;
    try { await navigator.clipboard.writeText(text); done = true; } catch {
      const box = document.createElement("textarea");
      box.value = text; box.style.position = "fixed"; box.style.opacity = "0";
      document.body.append(box); box.select();
      try { done = document.execCommand("copy"); } catch { done = false; }
      box.remove();
    }
    said.textContent = done ? "Copied: " + text : "Could not copy " + text + ": the browser does not allow it.";
  };
  const update = () => {
    for (const cell of scroll.querySelectorAll("[data-at]")) {
      cell.setAttribute("aria-selected", state.chosen.has(cell.dataset.at) ? "true" : "false");
    }
    button.disabled = !state.chosen.size;
  };
  const offer = (values) => {
    numbers.replaceChildren(...(values.length > 1 ? values : []).map((value) => {
      const each = document.createElement("button");
      each.type = "button"; each.className = "plain"; each.textContent = "Copy " + value;
      each.addEventListener("click", () => copy(value));
      return each;
    }));
  };
  const choose = (cell) => {
    const at = cell.dataset.at, on = !state.chosen.has(at);
    if (on) state.chosen.add(at); else state.chosen.delete(at);
    update();
    const values = JSON.parse(cell.dataset.numbers);
    offer(on ? values : []);
    if (on && values.length) copy(values[0]); else said.textContent = "";
  };
  const drawn = JSON.stringify([data.label, data.cells]);
  if (drawn !== state.drawn) {
    state.drawn = drawn;
    state.chosen = new Set();
    numbers.replaceChildren();
    said.textContent = "";
    const table = document.createElement("table");
    table.setAttribute("role", "grid");
    table.setAttribute("aria-label", data.label);
    table.setAttribute("aria-multiselectable", "true");
    const rows = Array.from({ length: data.rows }, () => document.createElement("tr"));
    for (const [row, column, height, width, head, text, values] of data.cells) {
      const cell = document.createElement(head ? "th" : "td");
      cell.setAttribute("role", head ? "columnheader" : "gridcell");
      if (head) cell.scope = "col";
      if (height > 1) cell.rowSpan = height;
      if (width > 1) cell.colSpan = width;
      cell.dataset.at = row + "," + column;
      cell.dataset.numbers = JSON.stringify(values);
      cell.textContent = text;
      cell.tabIndex = -1;
      cell.addEventListener("click", () => { rove(cell); choose(cell); });
      rows[row].append(cell);
    }
    table.append(...rows);
    scroll.replaceChildren(table);
    const first = table.querySelector("[data-at]");
    if (first) first.tabIndex = 0;
    table.addEventListener("keydown", (event) => {
      const cell = event.target.closest("[data-at]");
      if (!cell || event.ctrlKey || event.altKey || event.metaKey) return;
      const moves = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] };
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(cell); }
      else if (event.key === "Escape") { state.chosen.clear(); offer([]); update(); }
      else if (moves[event.key]) {
        event.preventDefault();
        event.stopPropagation();
        const [down, right] = moves[event.key], [row, column] = cell.dataset.at.split(",").map(Number);
        const next = neighbour(row, column, down, right, cell);
        if (next) { rove(next); next.focus(); next.scrollIntoView({ block: "nearest", inline: "nearest" }); }
      }
    });
  }
  function covers(cell, row, column) {
    const [top, left] = cell.dataset.at.split(",").map(Number);
    return top <= row && row < top + cell.rowSpan && left <= column && column < left + cell.colSpan;
  }
  function neighbour(row, column, down, right, cell) {
    row += down > 0 ? cell.rowSpan : down;
    column += right > 0 ? cell.colSpan : right;
    while (row >= 0 && row < data.rows && column >= 0 && column < data.columns) {
      const found = Array.from(scroll.querySelectorAll("[data-at]")).find((each) => covers(each, row, column));
      if (found) return found;
      row += down; column += right;
    }
    return null;
  }
  function rove(cell) {
    for (const each of scroll.querySelectorAll('[tabindex="0"]')) each.tabIndex = -1;
    cell.tabIndex = 0;
  }
  update();
  button.onclick = () => {
    if (!state.chosen.size) return;
    said.textContent = "Attaching …";
    state.send(Array.from(state.chosen, (at) => at.split(",").map(Number)));
  };
}
"""

Mark = tuple[int, int, str]  # start, end, "hit", "now" or "quote"

_text = st.components.v2.component(
    "workbench_reading_text", html=_TEXT_HTML, css=_STYLE, js=_TEXT_SCRIPT, isolate_styles=False
)
_table = st.components.v2.component(
    "workbench_reading_table", html=_TABLE_HTML, css=_STYLE, js=_TABLE_SCRIPT, isolate_styles=False
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
