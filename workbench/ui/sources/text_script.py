"""The browser's side of the text from which a part is selected: markup without content, and the script that fills it.

It puts `data.text` on the page through text nodes only, and sends back which part of it was chosen.
"""

from __future__ import annotations

from typing import Final

HTML: Final = """<div class="wb-reader">
<div class="wb-reader-bar"><button type="button" class="attach" disabled>Attach as quote</button>
<span class="wb-reader-said" role="status"></span></div>
<div class="wb-reader-text" role="region" tabindex="0"></div>
<p class="wb-reader-hint">Select with the mouse; or with the keys, in the text: → and ← take a sentence, Shift with them
more or less of it, Enter attaches.</p></div>"""

SCRIPT: Final = """
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
  area.style.maxHeight = data.height + "px";
  area.setAttribute("aria-label", "Text: " + data.page);
  root.classList.toggle("reading-only", !data.attach);
  button.hidden = !data.attach;
  root.querySelector(".wb-reader-hint").hidden = !data.attach;

  const letters = (text) => Array.from(text).length;
  const tell = () => {
    button.disabled = !state.chosen;
    said.textContent = state.chosen ? letters(state.chosen.text) + " characters selected"
      : data.attach ? "Select words in the text." : "";
    if (state.attached !== undefined && state.attached !== data.attached) said.textContent = "Attached as quote.";
    state.attached = data.attached;
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
    if (selection.isCollapsed) { if (state.chosen) { state.chosen = null; tell(); } return; }
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
    const held = state.chosen;
    state.chosen = text.trim() ? { start, end: start + letters(text), text: text.slice(0, 6000) } : null;
    if (!held || !state.chosen || held.start !== state.chosen.start || held.end !== state.chosen.end) tell();
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
    if (event.key === "Enter") { event.preventDefault(); select(); send(); return; }
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
