"""A result that was filled in under an older version of its form: what changed, and what has no place any more."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st
from markupsafe import Markup

from workbench.extraction import CurrentForms, Extraction, latest_revisions
from workbench.forms import Form, check_answers, kept_earlier
from workbench.store import Store
from workbench.ui import context, form_widgets, parts, text
from workbench.ui.worklists import ResultLine


def show(store: Store, line: ResultLine, form: Form, reviewer: str) -> None:
    """Said where any answers that this reviewer may see were given under an older version; nothing otherwise."""
    current = context.current_forms()
    everybody = line.open_to(reviewer)
    seen = [
        item
        for item in latest_revisions(store.extractions(result=line.slot.id))
        if everybody or item.extractor == reviewer
    ]
    older = [item for item in seen if current.earlier(item) is not None]
    if older:
        _banner(older, form, current)
    _kept_aside([current.bring(item) for item in seen], form)


def _banner(older: list[Extraction], form: Form, current: CurrentForms) -> None:
    first = min(older, key=lambda item: item.form_version)
    change = current.change(first)
    versions = ", ".join(dict.fromkeys(str(item.form_version) for item in older))
    unanswered = [
        problem.message for problem in check_answers(form, current.bring(older[-1]).answers) if problem.level == "error"
    ]
    st.info(
        text.literal(
            f"Filled in under version {versions} of “{form.title}”, which is version {form.version} now. The answers "
            "are read as the form asks today; what was stored stays as it was."
        )
    )
    if change is None:
        return
    with st.expander(f"What changed in the form ({len(change.changes)})"):
        parts.show(_list(change.words))
        if unanswered:
            parts.quiet("Not answered, or not as the form asks today. Change your own answers to fill it in:")
            parts.show(_list(unanswered))


def _list(lines: Iterable[str]) -> Markup:
    return Markup("<ul>{}</ul>").format(text.join(Markup("<li>{}</li>").format(text.clean(line)) for line in lines))


def _kept_aside(items: list[Extraction], form: Form) -> None:
    rows = [
        (context.display_name(item.extractor), version, place, form_widgets.shown_answer(None, value))
        for item in items
        for version, places in kept_earlier(item.answers).items()
        for place, value in places.items()
    ]
    if rows:
        with st.expander(f"Kept aside from earlier versions of the form ({len(rows)})"):
            parts.quiet("These answers have no place in the form of today. They stay with the extraction.")
            parts.show(text.table(("Who", "Version", "Question", "Answer"), rows, caption=f"Kept aside, {form.title}"))
