"""The review's forms at a glance, and a new one."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from workbench.forms import Form, FormError, form_path, load_forms, shipped_forms
from workbench.review import ReviewDefinition
from workbench.ui import faults, parts, text
from workbench.ui.form_editor import words
from workbench.ui.form_editor.filled import Filled
from workbench.ui.form_editor.work import begin, folder

OPEN = "form-editor:open"
EMPTY = "\0empty"


def table(forms: Mapping[str, Form], there: Mapping[str, Filled], review: ReviewDefinition | None) -> None:
    """One line for each form that can be read."""
    rows = []
    for name, form in forms.items():
        held = there.get(name)
        older = 0 if held is None else sum(n for version, n in held.by_version().items() if version < form.version)
        rows.append(
            (
                form.title,
                words.KINDS.get(form.kind, form.kind),
                form.version,
                len(form.keys),
                0 if held is None else held.results,
                older,
                _offered(form, review),
            )
        )
    head = ("Form", "For", "Version", "Questions", "Filled in", "Under older versions", "Offered for")
    parts.show(text.table(head, rows, caption=f"Forms of this review: {len(rows)}", numbers=(2, 3, 4, 5)))


def _offered(form: Form, review: ReviewDefinition | None) -> str:
    if form.scope == "trial":
        return "every study"
    if review is None:
        return ""
    named = [item.short for item in review.indications if form.form in item.forms]
    if len(named) == len(review.indications):
        return "every indication"
    return ", ".join(named) or "nothing yet: name it under “forms” of an indication"


def new_form(forms: Mapping[str, Form], reviewer: str) -> None:
    """Begin a form as a copy of another, or empty."""
    with st.expander("New form"):
        sources = _sources(forms)
        source = st.selectbox(
            "Begin with a copy of",
            [*sources, EMPTY],
            format_func=lambda name: (
                "nothing (a form that is filled in once for the trial)"
                if name == EMPTY
                else text.literal(sources[name].title)
                if name in sources
                else name
            ),
            key="form-editor:new:source",
        )
        title = st.text_input("Title of the new form", max_chars=300, key="form-editor:new:title").strip()
        name = st.text_input(
            "Its name",
            max_chars=60,
            key="form-editor:new:name",
            help="Small letters, digits and _; the file is called so, and exports name it",
        ).strip()
        parts.quiet(
            "A form of results keeps the kind of the one it is a copy of: effects are computed from its numbers."
        )
        st.button(
            "Begin the new form",
            key="form-editor:new:now",
            disabled=not title or not name,
            on_click=_begin,
            args=(sources.get(source), title, name, reviewer),
        )


def _sources(forms: Mapping[str, Form]) -> dict[str, Form]:
    """The review's own forms, then shipped ones that it does not have."""
    found = dict(forms)
    try:
        shipped = load_forms(shipped_forms())
    except FormError:
        shipped = {}
    return found | {name: form for name, form in shipped.items() if name not in found}


@faults.callback
def _begin(source: Form | None, title: str, name: str, reviewer: str) -> None:
    form_path(folder(), name)  # refuses what is no plain name
    settings = {"form": name, "title": title, "version": 1}
    if source is not None:
        form = source.model_copy(update=settings)
    else:
        first = {"type": "text", "key": "first_question", "label": "First question"}
        section = {"key": "first_section", "title": "First section", "fields": [first]}
        form = Form.model_validate({**settings, "kind": "trial", "scope": "trial", "sections": [section]})
    begin(form, reviewer)
    st.session_state[f"{OPEN}:next"] = name
