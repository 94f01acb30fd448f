"""A form that is being changed: its steps with a way back, kept for the lead over a reload of the browser.

Nothing is written to the form's file before it is saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from workbench.forms import Edit, Fault, Form, FormError, edited, file_hash, form_path, kept_form
from workbench.forms.reading import read_form
from workbench.forms.writing import Draft
from workbench.ui import context
from workbench.ui.form_editor.files import folder

PREFERENCE = "form-editor:"
NEW = "form-editor-new"
MOST_STEPS = 200


@dataclass(slots=True, kw_only=True)
class Work:
    """One form in the editor. Lives in the session; `keep` puts it beside the lead's preferences."""

    name: str
    reviewer: str
    began: Form | None  # as the file had it when the work began; None for a new form, or a file that cannot be read
    expected: str | None  # `file_hash` of that file; None for a new form
    steps: list[Form] = field(default_factory=list)
    at: int = 0
    resumed: bool = False  # brought back from before a reload
    drawn: int = 0  # goes up with every step in whatever direction, so that widgets begin with what stands now
    draft: tuple[object, Draft] | None = None  # the last one made, under what it was made of

    @property
    def form(self) -> Form:
        """As it stands now."""
        return self.steps[self.at]

    @property
    def changed(self) -> bool:
        """Whether it is otherwise than the file."""
        return self.began is None or self.form != self.began

    def edit(self, edit: Edit) -> None:
        """One step further; FormError where the change cannot be made."""
        self.put(edited(self.form, edit))

    def put(self, form: Form) -> None:
        """Another form as the next step; what was taken back before is forgotten."""
        if form == self.form:
            return
        self.steps = [*self.steps[: self.at + 1], form][-MOST_STEPS:]
        self.at = len(self.steps) - 1
        self.drawn += 1
        self.keep()

    def go(self, by: int) -> None:
        """A step back (-1) or forth again (1)."""
        self.at = min(max(self.at + by, 0), len(self.steps) - 1)
        self.drawn += 1
        self.keep()

    def keep(self) -> None:
        """Keep what is not saved yet for after a reload; nothing where it is as the file."""
        held: dict[str, Any] | None = None
        if self.changed:
            # with its blocks written out: one that somebody changes meanwhile must not change what was typed here
            base = None if self.began is None else self.began.model_dump_json()
            held = {"expected": self.expected, "form": self.form.model_dump_json(), "base": base}
        context.store().set_preference(self.reviewer, PREFERENCE + self.name, held)

    def forget(self) -> None:
        """Leave the editor: what is not saved is gone."""
        context.store().set_preference(self.reviewer, PREFERENCE + self.name, None)
        st.session_state.pop(key_of(self.name), None)


def key_of(name: str) -> str:
    """The session's entry for a form in work."""
    return f"form-editor:work:{name}"


def opened(name: str, reviewer: str) -> Work | None:
    """The form in work: as this session has it, else as it was left before a reload, else as the file has it.

    None where the file cannot be read and nothing was begun.
    """
    held = st.session_state.get(key_of(name))
    if isinstance(held, Work) and held.reviewer == reviewer:
        return held
    path = form_path(folder(), name)
    form, faults = read_form(path) if path.is_file() else (None, ())
    began = None if faults else form
    work = Work(name=name, reviewer=reviewer, began=began, expected=file_hash(path))
    work.steps = [began] if began is not None else []
    left = context.store().preference(reviewer, PREFERENCE + name)
    if isinstance(left, Mapping):
        unsaved = _held(left.get("form"), name)
        if unsaved is not None and unsaved != began:
            work.expected = left.get("expected")
            # what the file said when the work began, which may be otherwise by now
            work.began = _held(left.get("base"), name) or began
            work.steps = [form for form in (work.began, unsaved) if form is not None]
            work.at = len(work.steps) - 1
            work.resumed = True
    if not work.steps:
        return None
    st.session_state[key_of(name)] = work
    return work


def _held(content: object, name: str) -> Form | None:
    """A form as `Work.keep` kept it, also one with faults that are still to be mended; None where it cannot be read."""
    if not isinstance(content, str):
        return None
    try:
        return kept_form(content, name)
    except FormError:
        return None


def begin(form: Form, reviewer: str) -> Work:
    """A new form in work. FormError where a form of that name is there."""
    path = form_path(folder(), form.form)
    if path.exists():
        message = "there is a form of this name already: choose another name, or open that form"
        raise FormError([Fault(file=f"{form.form}.yaml", message=message)])
    work = Work(name=form.form, reviewer=reviewer, began=None, expected=None, steps=[form])
    st.session_state[key_of(form.form)] = work
    work.keep()
    store = context.store()
    store.set_preference(reviewer, NEW, [*dict.fromkeys((*(store.preference(reviewer, NEW) or ()), form.form))])
    return work


def begin_anew(form: Form, reviewer: str) -> Work:
    """A form whose file cannot be read, from text that can."""
    path = form_path(folder(), form.form)
    work = Work(name=form.form, reviewer=reviewer, began=None, expected=file_hash(path), steps=[form])
    st.session_state[key_of(form.form)] = work
    work.keep()
    return work


def left_unsaved(reviewer: str) -> tuple[str, ...]:
    """New forms that this reviewer began and never saved."""
    store = context.store()
    return tuple(
        name
        for name in store.preference(reviewer, NEW) or ()
        if store.preference(reviewer, PREFERENCE + name) is not None and not form_path(folder(), name).exists()
    )
