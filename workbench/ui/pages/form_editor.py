"""Extraction forms: what they ask, changed by a lead with a look and a check before anything is saved."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from markupsafe import Markup

from workbench.forms import Form, SettingsError, form_path
from workbench.forms.sharing import shared_sections, shared_with
from workbench.review import ReviewDefinition
from workbench.ui import context, faults, parts, text
from workbench.ui.form_editor import as_text, changing, filled, listing, preview, saving, to_mend
from workbench.ui.form_editor import files as files_now
from workbench.ui.form_editor.files import Files, folder
from workbench.ui.form_editor.filled import Filled
from workbench.ui.form_editor.places import VIEW
from workbench.ui.form_editor.work import Work, left_unsaved, opened

VIEWS = ("Questions", "Preview", "Check and save", "Text")


def page() -> None:
    """The list, and the form that is open."""
    review = _review()
    _heading()
    person = context.known_reviewer()
    reviewer = context.known_reviewer_name()
    lead = person is not None and person.role == "lead"
    said = st.session_state.pop(saving.SAID, None)
    if said:
        st.success(text.literal(said))
    files = files_now.now()
    forms, wrong = files.forms, files.faults
    there = filled.filled(context.store())
    if wrong:
        said = f"Faults in the files of forms: {len(wrong)}. Until they are mended, the review cannot be worked on."
        st.error(text.literal(said))
        to_mend.in_text(wrong, "Faults in forms", files=True)
    names = _names(forms, reviewer)
    if f"{listing.OPEN}:next" in st.session_state:
        st.session_state[listing.OPEN] = st.session_state.pop(f"{listing.OPEN}:next")
    if st.session_state.get(listing.OPEN) not in names:
        st.session_state[listing.OPEN] = None
    chosen = st.selectbox(
        "Form",
        list(names),
        index=None,
        format_func=lambda name: text.literal(names.get(name, name)),
        placeholder="Choose a form to look at or change",
        key=listing.OPEN,
    )
    if chosen is None:
        if not lead:
            parts.quiet("You can look at the forms and try changes; only a lead can save them.")
        listing.table(forms, there, review)
        if lead:
            listing.new_form(forms, reviewer)
        return
    work = opened(chosen, reviewer)
    if work is None:
        as_text.show_broken(chosen, reviewer, lead=lead)
        return
    _one(work, there.get(chosen) or Filled(form=chosen, labels={}), review, files, lead=lead)


def _review() -> ReviewDefinition | None:
    """None where the settings cannot be read: a form among them may be what is to be mended here."""
    try:
        return context.review()
    except SettingsError:
        return None


def _heading() -> None:
    try:
        parts.heading("Extraction forms")
    except SettingsError:
        st.title("Extraction forms", anchor=False)


def _names(forms: Mapping[str, Form], reviewer: str) -> dict[str, str]:
    """Forms that can be read, files that cannot, and new ones that were never saved."""
    found = {name: f"{form.title} (version {form.version})" for name, form in forms.items()}
    for path in sorted(folder().glob("*.yaml")):
        found.setdefault(path.stem, f"{path.name}: cannot be read")
    return found | {name: f"{name}: new, not saved" for name in left_unsaved(reviewer)}


def _one(work: Work, there: Filled, review: ReviewDefinition | None, files: Files, *, lead: bool) -> None:
    kept = filled.kept_texts(context.store(), work.name)
    _state(work, there)
    saving.show_stale(work)
    _steps(work)
    view = st.segmented_control("Show", VIEWS, default=VIEWS[0], required=True, key=VIEW, label_visibility="collapsed")
    made = saving.checked(work, kept)
    if made.faults and view != "Check and save":
        to_mend.show(work.name, made, files.blocks)
    if view == "Preview":
        preview.show(work.form, review, f"form-preview:{work.name}:{work.drawn}")
    elif view == "Check and save":
        saving.show(work, made, there, kept, lead=lead)
    elif view == "Text":
        as_text.show(work, made.text, disabled=False)
    else:
        changing.show(work, review, _shared(work.form, files), disabled=False)


def _shared(form: Form, files: Files) -> dict[str, str]:
    """Sections that stand in a file of their own, which other forms include: key -> what is said about that."""
    titles = {section.key: section.title for section in form.sections}
    said: dict[str, str] = {}
    for key, item in shared_sections(form, files.blocks).items():
        others = shared_with(item.block, files.forms, files.blocks, but=form.form)
        whom = f" with {', '.join(f'“{title}”' for title in others)}" if others else ""
        said[key] = (
            f"“{titles[key]}” comes from blocks/{item.block}.yaml and is shared{whom}. What you change here is changed "
            "in this form alone, which then no longer shares it."
        )
        if item.without:
            said[key] += f" This form leaves out: {', '.join(item.without)}."
    return said


def _state(work: Work, there: Filled) -> None:
    badges = [
        text.badge("not saved", "warning") if work.changed else text.badge("as in the file", "good"),
        text.badge(f"version {work.form.version}"),
        text.badge(f"{there.results} filled in"),
    ]
    parts.show(Markup("<p>{}</p>").format(text.join(badges, " ")))
    if work.resumed and work.changed:
        parts.quiet("Your changes from before are here again; they are not saved yet.")
    older = there.older(work.form)
    if older:
        lines = [(version, len(studies), ", ".join(studies)) for version, studies in older.items()]
        with st.expander(f"Filled in under older versions: {sum(len(studies) for studies in older.values())} studies"):
            parts.quiet(
                "Their answers are read as the form asks today. What has no place any more is kept with the extraction "
                "and shown there."
            )
            parts.show(text.table(("Version", "Studies", "Which"), lines, caption="Under older versions", numbers=(1,)))


def _steps(work: Work) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button("Undo", key=f"fe:{work.name}:undo", disabled=work.at == 0, on_click=_go, args=(work, -1))
        st.button(
            "Redo",
            key=f"fe:{work.name}:redo",
            disabled=work.at == len(work.steps) - 1,
            on_click=_go,
            args=(work, 1),
        )
        with st.popover("Leave without saving", disabled=not work.changed):
            st.write("All changes since the form was last saved are forgotten.")
            st.button("Forget my changes", key=f"fe:{work.name}:forget", on_click=_forget, args=(work,))


@faults.callback
def _go(work: Work, by: int) -> None:
    work.go(by)


@faults.callback
def _forget(work: Work) -> None:
    work.forget()
    if not form_path(folder(), work.name).exists():
        st.session_state[f"{listing.OPEN}:next"] = None
