"""The review's forms at a glance, and a new one."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from workbench.forms import Form, form_path
from workbench.review import ReviewDefinition
from workbench.ui import faults, parts, text
from workbench.ui.form_editor import files, words
from workbench.ui.form_editor.filled import Filled
from workbench.ui.form_editor.work import begin

OPEN = "form-editor:open"
EMPTY = "\0empty"


def table(forms: Mapping[str, Form], there: Mapping[str, Filled], review: ReviewDefinition | None) -> None:
    """One line for each form that can be read."""
    if not forms:
        parts.empty("There is no form that can be read.", then="Begin one below; shipped forms can be copied.")
        return
    rows = [
        (
            form.title,
            words.KINDS.get(form.kind, form.kind),
            form.version,
            len(form.keys),
            _filled(there.get(name), form),
            _offered(form, review),
        )
        for name, form in forms.items()
    ]
    head = ("Form", "For", "Version", "Questions", "Filled in", "Offered for")
    parts.show(text.table(head, rows, caption=f"Forms of this review: {len(rows)}", numbers=(2, 3)))
    parts.quiet("A form of results is offered for an indication once its name stands under “forms” in its settings.")
    _older(forms, there)


def _filled(held: Filled | None, form: Form) -> str:
    """How many results, and under which versions where not all are under this one."""
    found = {} if held is None else held.by_version()
    if not found or held is None:
        return "0"
    if list(found) == [form.version]:
        return str(held.results)
    return f"{held.results} ({', '.join(f'version {version}: {count}' for version, count in found.items())})"


def _older(forms: Mapping[str, Form], there: Mapping[str, Filled]) -> None:
    """Which studies were filled in under versions before the one of today."""
    rows = [
        (form.title, version, ", ".join(studies))
        for name, form in forms.items()
        if name in there
        for version, studies in there[name].older(form).items()
    ]
    if rows:
        with st.expander(f"Filled in under older versions: {len(rows)}"):
            parts.quiet("These answers are read as the form asks today; what was stored stays as it was.")
            parts.show(text.table(("Form", "Version", "Studies"), rows, caption="Under older versions", numbers=(1,)))


def _offered(form: Form, review: ReviewDefinition | None) -> str:
    if form.scope == "trial":
        return "every study"
    if review is None:
        return ""
    named = [item.short for item in review.indications if form.form in item.forms]
    if len(named) == len(review.indications):
        return "every indication"
    return ", ".join(named) or "none yet"


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
    return {**files.shipped(), **forms}


@faults.callback
def _begin(source: Form | None, title: str, name: str, reviewer: str) -> None:
    form_path(files.folder(), name)  # refuses what is no plain name
    settings = {"form": name, "title": title, "version": 1}
    if source is not None:
        form = source.model_copy(update=settings)
    else:
        first = {"type": "text", "key": "first_question", "label": "First question"}
        section = {"key": "first_section", "title": "First section", "fields": [first]}
        form = Form.model_validate({**settings, "kind": "trial", "scope": "trial", "sections": [section]})
    begin(form, reviewer)
    st.session_state[f"{OPEN}:next"] = name
