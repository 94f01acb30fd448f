"""The browser's side of the table whose cells are chosen: markup without content, and the script that fills it.

It puts cells on the page through `textContent` only, and sends back which of them were chosen.
"""

from __future__ import annotations

from typing import Final

HTML: Final = """<div class="wb-reader">
<div class="wb-reader-bar"><button type="button" class="attach" disabled>Put these cells into the quote</button>
<span class="numbers"></span><span class="wb-reader-said" role="status"></span></div>
<div class="wb-reader-scroll"></div>
<p class="wb-reader-hint">A click on a cell copies its number and chooses the cell; with the keys: arrows move, Enter or
space chooses, Escape lets go of all.</p></div>"""

SCRIPT: Final = """
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
  if (state.attached !== undefined && state.attached !== data.attached) said.textContent = "Put into the quote.";
  state.attached = data.attached;
  button.onclick = () => {
    if (!state.chosen.size) return;
    said.textContent = "Attaching …";
    state.send(Array.from(state.chosen, (at) => at.split(",").map(Number)));
  };
}
"""
