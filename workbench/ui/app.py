"""The app as a whole: who is working, the pages, and what surrounds them."""

from __future__ import annotations

import streamlit as st

from workbench.forms import SettingsError
from workbench.review.reading import FORMS
from workbench.store.values import Reviewer
from workbench.ui import context, faults, parts, refreshing, text, theme
from workbench.ui.pages import (
    calculator,
    extraction_sheets,
    form_editor,
    full_texts,
    overview,
    prisma,
    records,
    results,
    risk_of_bias,
    screening,
    studies,
    teamwork,
)

PAGES = {
    "": ((overview.page, "Overview", "overview"),),
    "Find and screen": (
        (records.page, "Records and searches", "records"),
        (screening.page, "Title and abstract screening", "screening"),
        (full_texts.page, "Full texts", "full-texts"),
        (teamwork.page, "Screening team", "team"),
    ),
    "Extract": (
        (studies.page, "Studies and extraction", "studies"),
        (risk_of_bias.page, "Risk of bias", "risk-of-bias"),
        (extraction_sheets.page, "Extraction sheets", "extraction-sheets"),
        (calculator.page, "Effect size calculator", "calculator"),
        (form_editor.page, "Extraction forms", "forms"),
    ),
    "Report": (
        (results.page, "Results", "results"),
        (prisma.page, "PRISMA flow", "prisma"),
    ),
}
"""The pages as the sidebar groups them: what draws each, its title, its address."""


def main() -> None:
    """Draw the page that the address names."""
    st.set_page_config(page_title="rTMS Pain Evidence Workbench", layout="wide", initial_sidebar_state="auto")
    st.html(theme.STYLE)
    faults.guarded(_with_review)()


def _with_review() -> None:
    try:
        review = context.review()
    except SettingsError as error:
        _mending(error)
        return
    person = context.known_reviewer()
    pages = {
        group: [
            st.Page(
                faults.guarded(page if person is not None else choose_reviewer),
                title=title,
                url_path=path,
                default=page is overview.page,
            )
            for page, title, path in members
        ]
        for group, members in PAGES.items()
    }
    if person is None:  # every address asks first, and leads to its page afterwards
        st.navigation(pages, position="hidden").run()
        return
    chosen = st.navigation(pages)
    wanted = st.session_state.pop(context.GO_TO, None)
    for group, members in PAGES.items():
        for page, (_, _, path) in zip(pages[group], members, strict=True):
            if path == wanted and page is not chosen:
                st.switch_page(page, query_params={context.REVIEWER: person.name})
    with st.sidebar:
        st.subheader(text.literal(review.title), anchor=False)
        refreshing.sidebar()
        _who_works(person)
    chosen.run()


def _mending(error: SettingsError) -> None:
    """The settings cannot be read: what is wrong, and for faults in forms the page on which they can be mended."""
    about_forms = any(fault.file.startswith(f"{FORMS}/") for fault in error.faults)
    if not about_forms or context.known_reviewer() is None:
        raise error
    form_editor.page()


def _who_works(person: Reviewer) -> None:
    parts.quiet(f"Working as {context.display(person)} ({person.role})")
    st.button("Change reviewer", on_click=context.sign_out, type="tertiary")


def choose_reviewer() -> None:
    """Say who is working. On one's own machine the name is enough; decisions are recorded under it."""
    parts.heading("Who is working?")
    people = context.store().reviewers()
    if people:
        st.write("Decisions and extractions are recorded under the name chosen here.")
        for person in people:
            st.button(
                text.literal(context.display(person)),
                key=f"reviewer:{person.name}",
                on_click=context.sign_in,
                args=(person.name,),
                width="stretch",
            )
    else:
        parts.empty("Nobody works on this review yet.", then="Add the first reviewer: the first one leads the review.")
    with (
        st.expander("Add a reviewer", expanded=not people),
        st.form("add-reviewer", clear_on_submit=True, border=False),
    ):
        name = st.text_input("Short name", max_chars=40, help="Stands beside every decision, such as initials")
        shown = st.text_input("Full name", max_chars=100)
        if st.form_submit_button("Add", type="primary"):
            _add(name, shown, first=not people)


def _add(name: str, shown: str, *, first: bool) -> None:
    store = context.store()
    short = " ".join(name.split())
    if short in {person.name for person in store.reviewers()}:
        st.warning("This short name is taken: choose another.")
        return
    store.add_reviewer(Reviewer(name=short, display=" ".join(shown.split()), role="lead" if first else "reviewer"))
    context.sign_in(short)
    st.rerun()
