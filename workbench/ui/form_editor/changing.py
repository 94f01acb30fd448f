"""The view in which a form is changed: a place is chosen, its settings are shown, each change is one step."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st
from markupsafe import Markup

from workbench.forms import (
    ChangeField,
    ChangeForm,
    ChangeSection,
    Form,
    FormField,
    RemoveField,
    RemoveSection,
    Section,
    TableField,
)
from workbench.review import ReviewDefinition
from workbench.ui import faults, parts, text
from workbench.ui.form_editor import adding, columns, conditions, field_settings, words
from workbench.ui.form_editor.places import WHOLE, Place, field_named, home_of, moved, place_key, place_named, places
from workbench.ui.form_editor.work import Work

KEEP = "Keep these changes"


def show(work: Work, review: ReviewDefinition | None, shared: Mapping[str, str], *, disabled: bool) -> None:
    """shared: key of a section -> what is to be said about the block that it is included from."""
    form = work.form
    names = places(form)
    key = place_key(work.name)
    if f"{key}:next" in st.session_state:  # a widget's own key cannot be set once it is drawn
        st.session_state[key] = st.session_state.pop(f"{key}:next")
    if st.session_state.get(key) not in names:  # another view was shown, or it is gone
        left = st.session_state.get(f"{key}:left")
        st.session_state[key] = left if left in names else str(WHOLE)
    chosen = st.selectbox(
        "Section or question",
        list(names),
        format_func=lambda name: text.literal(names.get(name, name)),
        key=key,
    )
    st.session_state[f"{key}:left"] = chosen
    place = place_named(form, chosen)
    prefix = f"fe:{work.name}:{work.drawn}:{place}"
    if not disabled:
        _buttons(work, place, prefix, key)
    if place.kind == "form":
        _form(work, prefix, disabled=disabled)
    elif place.kind == "section":
        section = next(item for item in form.sections if item.key == place.key)
        _shared(section, shared)
        _section(work, section, review, prefix, key, disabled=disabled)
    else:
        _shared(home_of(form, place.key), shared)
        field = field_named(form, place)
        if field is not None:
            _field(work, field, review, prefix, key, disabled=disabled)
    if not disabled:
        adding.show(work, place, prefix, key)
    outline(form, shared)


def outline(form: Form, shared: Mapping[str, str]) -> None:
    """The whole form at a glance."""
    with st.expander(f"All {words.fields_of(form)} questions"):
        rows = [
            (
                f"{section.title} (shared)" if section.key in shared else section.title,
                field.label,
                field.key,
                words.about(field),
            )
            for section in form.sections
            for field in section.fields
        ]
        head = ("Section", "Question", "Key", "Answer")
        parts.show(text.table(head, rows, caption=f"Questions of “{form.title}”"))


def _shared(section: Section, shared: Mapping[str, str]) -> None:
    if section.key in shared:
        parts.quiet(shared[section.key])


def _buttons(work: Work, place: Place, prefix: str, chosen_key: str) -> None:
    form = work.form
    if place.kind == "form":
        return
    with st.container(horizontal=True, gap="small"):
        for label, by in (("Move up", -1), ("Move down", 1)):
            step = moved(form, place, by)  # type: ignore[arg-type]
            st.button(
                label,
                key=f"{prefix}:{label}",
                disabled=step is None,
                on_click=_step,
                args=(work, step, str(place), chosen_key),
            )
        what = "question" if place.kind == "field" else "section with its questions"
        only = len(form.sections) == 1 and (place.kind == "section" or len(form.sections[0].fields) == 1)
        gone = RemoveField(key=place.key) if place.kind == "field" else RemoveSection(key=place.key)
        st.button(
            f"Take out the {what}",
            key=f"{prefix}:remove",
            disabled=only,
            help="A form has at least one question" if only else None,
            on_click=_step,
            args=(work, gone, _beside(form, place), chosen_key),
        )


def _beside(form: Form, place: Place) -> str:
    """What is chosen once a place is gone: the one before it."""
    names = list(places(form))
    at = names.index(str(place))
    return names[max(at - 1, 0)]


@faults.callback
def _step(work: Work, step: Any, then: str, chosen_key: str) -> None:
    if step is not None:
        work.edit(step)
        st.session_state[chosen_key] = then


def _field(
    work: Work, field: FormField, review: ReviewDefinition | None, prefix: str, chosen_key: str, *, disabled: bool
) -> None:
    st.subheader(text.literal(field.label), anchor=False)
    _type(work, field, prefix, disabled=disabled)
    where = field_settings.source(prefix, field, work.form, disabled=disabled)
    with st.form(f"{prefix}:settings", border=True):
        found = field_settings.show(prefix, field, where=where, table=None, disabled=disabled)
        if st.form_submit_button(KEEP, disabled=disabled):
            faults.act(_keep_field)(work, field, found, chosen_key)
    if isinstance(field, TableField):
        columns.show(work, field, review, prefix, disabled=disabled)
    st.markdown("**When it is asked**")
    change = partial(_condition_of_field, work, field.key)
    conditions.show(prefix, field, work.form, review, change, disabled=disabled)


def _condition_of_field(work: Work, key: str, settings: Mapping[str, Any]) -> None:
    work.edit(ChangeField(key=key, settings=settings))


def _keep_field(work: Work, field: FormField, found: Mapping[str, Any], chosen_key: str) -> None:
    before = work.drawn
    work.edit(ChangeField(key=field.key, settings=found))
    if work.drawn == before:
        st.info("Nothing is otherwise than before.")
        return
    st.session_state[f"{chosen_key}:next"] = f"field:{found['key']}"
    st.rerun()


def _type(work: Work, field: FormField, prefix: str, *, disabled: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        wanted = st.selectbox(
            "Type of answer",
            list(words.TYPES),
            index=list(words.TYPES).index(field.type),
            format_func=lambda name: words.TYPES.get(name, name),
            key=f"{prefix}:type",
            disabled=disabled,
        )
        st.button(
            "Change the type",
            key=f"{prefix}:change-type",
            disabled=disabled or wanted == field.type,
            on_click=_change_type,
            args=(work, field, wanted),
        )


@faults.callback
def _change_type(work: Work, field: FormField, wanted: str) -> None:
    settings: dict[str, Any] = {"type": wanted}
    if wanted in ("choice", "multi_choice") and not getattr(field, "options", ()):
        settings["options"] = ["first answer"]
    if wanted == "calculated":
        settings |= {"expression": "0", "required": None}
    if wanted == "table":
        settings["columns"] = [{"type": "text", "key": "label", "label": "Name", "names_row": True}]
    work.edit(ChangeField(key=field.key, settings=settings))


def _section(
    work: Work, section: Section, review: ReviewDefinition | None, prefix: str, chosen_key: str, *, disabled: bool
) -> None:
    st.subheader(text.literal(section.title), anchor=False)
    with st.form(f"{prefix}:settings", border=True):
        title = st.text_input(
            "Title", value=section.title, max_chars=300, key=f"{prefix}:title", disabled=disabled
        ).strip()
        key = st.text_input("Key", value=section.key, max_chars=60, key=f"{prefix}:key", disabled=disabled).strip()
        help_ = st.text_area(
            "Help", value=section.help, max_chars=2000, key=f"{prefix}:help", height=90, disabled=disabled
        ).strip()
        if st.form_submit_button(KEEP, disabled=disabled):
            faults.act(_keep_section)(work, section.key, {"title": title, "key": key, "help": help_}, chosen_key)
    st.markdown("**When it is asked**")
    change = partial(_condition_of_section, work, section.key)
    conditions.show(prefix, section, work.form, review, change, disabled=disabled)


def _condition_of_section(work: Work, key: str, settings: Mapping[str, Any]) -> None:
    work.edit(ChangeSection(key=key, settings=settings))


def _keep_section(work: Work, key: str, settings: Mapping[str, Any], chosen_key: str) -> None:
    work.edit(ChangeSection(key=key, settings=settings))
    st.session_state[f"{chosen_key}:next"] = f"section:{settings['key']}"
    st.rerun()


def _form(work: Work, prefix: str, *, disabled: bool) -> None:
    form = work.form
    parts.show(
        Markup("<p>{} {}</p>").format(
            text.badge(words.KINDS.get(form.kind, form.kind)), text.badge(f"version {form.version}")
        )
    )
    with st.form(f"{prefix}:settings", border=True):
        title = st.text_input(
            "Title", value=form.title, max_chars=300, key=f"{prefix}:title", disabled=disabled
        ).strip()
        help_ = st.text_area(
            "Help", value=form.help, max_chars=2000, key=f"{prefix}:help", height=90, disabled=disabled
        ).strip()
        if st.form_submit_button(KEEP, disabled=disabled):
            faults.act(_keep_form)(work, {"title": title, "help": help_})


def _keep_form(work: Work, settings: Mapping[str, Any]) -> None:
    work.edit(ChangeForm(settings=settings))
    st.rerun()
