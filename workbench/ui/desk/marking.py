"""The words that are marked in titles and abstracts: how they look, what they mean, and the lists they come from."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from markupsafe import Markup
from pydantic import ValidationError

from workbench.review.definition import Highlights
from workbench.screening.highlighting import Highlighter, highlighter
from workbench.screening.plan import HIGHLIGHT
from workbench.ui import faults, text
from workbench.ui.desk import preferences
from workbench.ui.desk.session import Desk

_LOOK = {"include": Markup('<mark class="wb-for">{}</mark>'), "exclude": Markup('<mark class="wb-against">{}</mark>')}
KINDS = {"include": "speak for a record", "exclude": "speak against it"}


def words(desk: Desk) -> Highlighter:
    """What is to be marked for this reviewer: the team's words and their own; nothing where they turned it off."""
    if not desk.own.marks:
        return highlighter((), ())
    team = desk.plan.highlights
    return highlighter((*team.include, *desk.own.include), (*team.exclude, *desk.own.exclude))


def marker(found: Highlighter) -> Callable[[str], Markup]:
    """Makes markup of running text, with the words in it marked."""

    def mark(running: str) -> Markup:
        pieces: list[object] = []
        end = 0
        for each in found.marks(running):
            pieces += [running[end : each.start], _LOOK[each.kind].format(running[each.start : each.end])]
            end = each.end
        return text.join([*pieces, running[end:]])

    return mark


def legend(found: Highlighter) -> Markup:
    """Which look means what; nothing where nothing is marked."""
    if not found:
        return Markup("")
    return Markup('<p class="wb-legend">Marked words: {} {}, {} {}</p>').format(
        _LOOK["include"].format("solid line"), "speaks for", _LOOK["exclude"].format("dashed line"), "speaks against"
    )


@st.dialog("Marked words", width="large")
def edit(desk: Desk) -> None:
    """The team's lists (the lead edits them) and one's own."""
    st.write("One word or phrase a line. A * at the end stands for any ending: random* finds randomised.")
    lead = any(person.name == desk.reviewer and person.role == "lead" for person in desk.store.reviewers())
    with st.form("desk:marked-words", border=False):
        for whose, lists in (("team", desk.plan.highlights), ("own", desk.own)):
            st.subheader("The team's" if whose == "team" else "Your own", anchor=False)
            for column, (kind, meaning) in zip(st.columns(2), KINDS.items(), strict=True):
                with column:
                    st.text_area(
                        f"{'The team’s' if whose == 'team' else 'Your'} words that {meaning}",
                        "\n".join(getattr(lists, kind)),
                        height=150,
                        disabled=whose == "team" and not lead,
                        key=_box(desk, whose, kind),
                    )
        if not lead:
            st.caption("The lead edits the team's words.")
        if st.form_submit_button("Save", type="primary", on_click=_save, args=(desk, lead)):
            fault = desk.recall("words-fault")
            if fault is None:
                st.rerun()
            st.error(text.literal(fault))


def _box(desk: Desk, whose: str, kind: str) -> str:
    return f"desk:words:{whose}:{kind}:{desk.reviewer}"


@faults.callback
def _save(desk: Desk, lead: bool) -> None:
    """Keep what was typed: all of it, or none if a line cannot be used."""
    desk.remember("words-fault", None)
    try:
        team, own = (_typed(desk, whose) for whose in ("team", "own"))
    except ValidationError as error:
        fault = error.errors()[0]
        desk.remember("words-fault", f"These words cannot be kept: {fault['msg']} ({fault.get('input')!s:.90})")
        return
    if lead and team != desk.plan.highlights:
        desk.store.set_review_setting(HIGHLIGHT, team.model_dump(mode="json"), by=desk.reviewer)
    if (own.include, own.exclude) != (desk.own.include, desk.own.exclude):
        preferences.keep(desk.store, desk.reviewer, include=own.include, exclude=own.exclude)


def _typed(desk: Desk, whose: str) -> Highlights:
    lines = {kind: str(st.session_state.get(_box(desk, whose, kind)) or "").splitlines() for kind in KINDS}
    return Highlights(**{kind: preferences.terms(typed) for kind, typed in lines.items()})
