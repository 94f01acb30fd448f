"""A new question, in a section that is there or in a new one."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import streamlit as st

from workbench.forms import AddField, AddSection
from workbench.ui import faults
from workbench.ui.form_editor import lines, words
from workbench.ui.form_editor.places import Place, after
from workbench.ui.form_editor.work import Work

HERE, NEW_SECTION = "after what is chosen", "in a new section at the end"


def key_from(label: str, taken: tuple[str, ...]) -> str:
    """A key made of a label's first words: small letters, digits and _, none that is taken."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40].strip("_")
    stem = stem if stem[:1].isalpha() else f"field_{stem}".strip("_")
    found, number = stem, 2
    while found in taken:
        found, number = f"{stem}_{number}", number + 1
    return found


def show(work: Work, place: Place, prefix: str, chosen_key: str) -> None:
    """The panel; what it adds is chosen afterwards."""
    with st.expander("Add a question"):
        kind = st.selectbox(
            "Type of answer",
            list(words.TYPES),
            format_func=lambda name: words.TYPES.get(name, name),
            key=f"{prefix}:add:type",
        )
        label = st.text_input("Question", max_chars=300, key=f"{prefix}:add:label").strip()
        settings: dict[str, Any] = {"type": kind, "label": label}
        if kind in ("choice", "multi_choice"):
            options = st.text_area("Answers, one a line", key=f"{prefix}:add:options", help="value | what is shown")
            settings["options"] = lines.read_options(options or "")
        elif kind == "calculated":
            settings["expression"] = st.text_input("Expression", max_chars=500, key=f"{prefix}:add:expression").strip()
        elif kind == "table":
            st.caption("It begins with a column that names the rows; choose the table to add others.")
            settings["columns"] = [{"type": "text", "key": "label", "label": "Name", "names_row": True}]
        where = st.radio("Where", (HERE, NEW_SECTION), horizontal=True, key=f"{prefix}:add:where")
        title = ""
        if where == NEW_SECTION:
            title = st.text_input("Title of the section", max_chars=300, key=f"{prefix}:add:section").strip()
        st.button(
            "Add the question",
            key=f"{prefix}:add:now",
            type="primary",
            disabled=not label or (where == NEW_SECTION and not title),
            on_click=_add,
            args=(work, place, settings, title, chosen_key),
        )


@faults.callback
def _add(work: Work, place: Place, settings: dict[str, Any], title: str, chosen_key: str) -> None:
    form = work.form
    key = key_from(settings["label"], form.keys)
    made = {**settings, "key": key}
    if title:
        section = key_from(title, tuple(item.key for item in form.sections))
        work.edit(AddSection(section={"key": section, "title": title, "fields": [made]}))
    else:
        section, before = after(form, place)
        work.edit(AddField(section=section, field=made, before=before))
    st.session_state[chosen_key] = f"field:{key}"
