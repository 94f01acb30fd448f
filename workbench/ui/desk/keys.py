"""One table of keys: what each does, on the buttons, in the legend and in the guide.

Streamlit keeps C and R for itself. Its buttons listen to the whole page except boxes one types in; what they lack is in
`SCRIPT`: a held key is one press, a double click is one click, letters rest while a dialog is open, N leads into the
note, Escape out of it, whoever presses buttons by Enter stays on the same button with the next record, a record begins
at its top, and screen readers are told the keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st
from markupsafe import Markup

from workbench.screening import Stage, Verdict
from workbench.ui import parts, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key and what it does."""

    letter: str
    label: str
    explanation: str


INCLUDE: Final = Key(letter="I", label="Include", explanation="include")
EXCLUDE: Final = Key(letter="E", label="Exclude", explanation="exclude")
MAYBE: Final = Key(letter="M", label="Maybe", explanation="maybe: the full text will tell")
UNDO: Final = Key(letter="U", label="Undo", explanation="take back your latest decision and show its record")
NOTE: Final = Key(letter="N", label="Note", explanation="write a note; Esc leads out of it")
NEXT: Final = Key(letter="J", label="Next", explanation="the next record; this one comes again later")
PREVIOUS: Final = Key(letter="K", label="Previous", explanation="back through what you decided")
KEYS: Final = (INCLUDE, EXCLUDE, MAYBE, UNDO, NOTE, NEXT, PREVIOUS)
VERDICTS: Final = {Verdict.INCLUDE: INCLUDE, Verdict.EXCLUDE: EXCLUDE, Verdict.MAYBE: MAYBE}
TALKED_OVER: Final = "maybe: to be talked over"  # no later stage tells what a full text does not
REASONS: Final = 9
"""So many reasons have a digit of their own."""


def letter(key: Key, *, on: bool) -> str | None:
    """The shortcut of a button."""
    return key.letter if on else None


def digit(position: int, *, on: bool) -> str | None:
    """The shortcut of the reason at a position (from 1)."""
    return str(position) if on and position <= REASONS else None


def legend(stage: Stage, *, on: bool) -> None:
    """What each key does."""
    if not on:
        parts.quiet("Single keys are off: Tab leads to the buttons, Enter presses them.")
        return
    said = {MAYBE: TALKED_OVER} if stage is Stage.FULL_TEXT else {}
    rows = [(key.letter, said.get(key, key.explanation)) for key in KEYS]
    rows.insert(3, (f"1–{REASONS}", "exclude with a reason"))
    lines = (Markup("<dt><kbd>{}</kbd></dt><dd>{}</dd>").format(*row) for row in rows)
    parts.show(Markup('<dl class="wb-keys">{}</dl>').format(text.join(lines)))


SCRIPT: Final = """<script>
(() => {
  if (window.wbDesk) return;
  window.wbDesk = true;
  const ACTS = ".st-key-decide button, .st-key-reasons button";
  const box = (event) => (event.composedPath()[0] || event.target).closest?.(
    "textarea, select, [contenteditable=true], input:not([type=radio]):not([type=checkbox]):not([type=button])");
  const tell = (words) => {
    const line = document.querySelector(".wb-desk-status");
    if (line) { line.textContent = words; line.classList.add("warning"); }
  };
  const NOTE = ".st-key-note textarea";
  const named = (button) => (button.closest('[class*="st-key-"]')?.className || "")
    .match(/st-key-(reason-[^- ]+|open-note|[A-Za-z]+)-/)?.[1];
  let wantsNote = 0, shown = null, pressedAct = "";
  window.addEventListener("keydown", (event) => {
    if (!document.querySelector(".st-key-decide") || event.isComposing) return;
    const typing = box(event);
    if (typing) {
      if (event.key === "Escape" && typing.tagName === "TEXTAREA") typing.blur();
      return;
    }
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const stop = () => { event.stopImmediatePropagation(); event.preventDefault(); };
    const letter = /^[a-z0-9]$/i.test(event.key);
    const pressed = (event.key === "Enter" || event.key === " ") && event.target.closest?.(ACTS);
    if (letter && document.querySelector('[data-testid="stDialog"]')) event.stopImmediatePropagation();
    else if (event.repeat && (letter || pressed)) { stop(); tell("A key that is held counts once."); }
    else if (pressed) pressedAct = named(pressed) || "";
    else if (letter) {
      pressedAct = "";
      if (event.key.toLowerCase() !== "n") return;
      const note = document.querySelector(NOTE);
      if (note && document.querySelector('[aria-keyshortcuts="n"]')) { stop(); note.focus(); }
      else wantsNote = Date.now();
    }
  }, true);
  window.addEventListener("click", (event) => {
    if (event.detail > 0) pressedAct = "";
    if (event.detail > 1 && event.target.closest?.(ACTS)) {
      event.stopImmediatePropagation();
      event.preventDefault();
      tell("A double click counts once.");
    }
  }, true);
  const look = () => {
    const record = document.querySelector(".wb-record");
    const key = record && record.dataset.shown;
    if (key && key !== shown) {
      const main = document.querySelector('[data-testid="stMain"]');
      const above = record.getBoundingClientRect().top - (main ? main.getBoundingClientRect().top : 0);
      if (shown !== null && above < 0) record.scrollIntoView({ block: "start" });
      shown = key;
    }
    for (const button of document.querySelectorAll(ACTS)) {
      const hint = button.querySelector("kbd");
      const name = hint ? hint.textContent.trim().toLowerCase() : "";
      if ((button.getAttribute("aria-keyshortcuts") || "") === name) continue;
      if (name) button.setAttribute("aria-keyshortcuts", name);
      else button.removeAttribute("aria-keyshortcuts");
    }
    if (pressedAct && document.activeElement === document.body) {
      const same = [...document.querySelectorAll(ACTS)].find((button) => named(button) === pressedAct);
      if (same && !same.disabled) same.focus({ preventScroll: true });
    }
    if (wantsNote && Date.now() - wantsNote < 3000) {
      const note = document.querySelector(NOTE);
      if (note) { wantsNote = 0; note.focus(); }
    }
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
})();
</script>"""
"""Ours alone: nothing of a record is ever put into it. Where a server forbids it, `deciding` still ignores what is
pressed too soon."""


def listen() -> None:
    """Have the browser tell a held key from a pressed one; once a run of the page, outside of the part that reruns."""
    st.html(SCRIPT, unsafe_allow_javascript=True)
