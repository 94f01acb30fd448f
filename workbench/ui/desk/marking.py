"""The words that are marked in titles and abstracts: how they look, what they mean, and the lists they come from."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from markupsafe import Markup
from pydantic import ValidationError

from workbench.review.definition import Highlights
from workbench.screening.highlighting import Highlighter, highlighter
from workbench.screening.plan import HIGHLIGHT
from workbench.ui import context, text
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
    team, own = desk.plan.highlights, desk.own
    with st.form("desk:marked-words", border=False):
        boxes: dict[tuple[str, str], str] = {}
        for whose, lists in (("team", team), ("own", own)):
            st.subheader("The team's" if whose == "team" else "Your own", anchor=False)
            for column, (kind, meaning) in zip(st.columns(2), KINDS.items(), strict=True):
                with column:
                    boxes[whose, kind] = st.text_area(
                        f"{'The team’s' if whose == 'team' else 'Your'} words that {meaning}",
                        "\n".join(getattr(lists, kind)),
                        height=150,
                        disabled=whose == "team" and not lead,
                        key=f"desk:words:{whose}:{kind}:{desk.reviewer}",
                    )
        if not lead:
            st.caption("The lead edits the team's words.")
        if st.form_submit_button("Save", type="primary"):
            _save(desk, boxes, lead=lead)


def _save(desk: Desk, boxes: dict[tuple[str, str], str], *, lead: bool) -> None:
    try:
        team, own = (_lists(boxes, whose) for whose in ("team", "own"))
    except ValidationError as error:
        fault = error.errors()[0]
        st.error(text.literal(f"These words cannot be kept: {fault['msg']} ({fault.get('input')!s:.90})"))
        return
    if lead and team != desk.plan.highlights:
        desk.store.set_review_setting(HIGHLIGHT, team.model_dump(mode="json"), by=desk.reviewer)
    if (own.include, own.exclude) != (desk.own.include, desk.own.exclude):
        preferences.keep(context.store(), desk.reviewer, include=own.include, exclude=own.exclude)
    st.rerun()


def _lists(boxes: dict[tuple[str, str], str], whose: str) -> Highlights:
    return Highlights(**{kind: preferences.terms(boxes[whose, kind].splitlines()) for kind in KINDS})
