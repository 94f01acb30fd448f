"""Risk of bias: appraise results with RoB 2, settle what two appraisers judge differently, see the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from markupsafe import Markup

from workbench.extraction import ResultState
from workbench.results.risk_of_bias import AppraisedResult, appraised_results
from workbench.review import ReviewDefinition
from workbench.risk_of_bias import Appraisal, standing
from workbench.store import Store
from workbench.ui import context, parts, text
from workbench.ui.extraction.quoting import beside as beside_report
from workbench.ui.extraction.words import TONES
from workbench.ui.risk_of_bias import abandoned, beside, comparing, figures, filling, opening_again, saving, words
from workbench.ui.risk_of_bias.saving import Desk

APPRAISE, FIGURES = "Appraise", "Figures"
TO_DO, WAITING, CONFLICT, SETTLED, ALL = "To do by me", "Waiting for others", "In conflict", "Agreed or settled", "All"


def page() -> None:
    """Choose a result, then appraise it, compare, or read; or look at the figures."""
    parts.heading("Risk of bias")
    store, review, reviewer = context.store(), context.review(), context.known_reviewer_name()
    results = appraised_results(store, review, context.forms(), current=context.current_forms())
    if not results:
        parts.empty(
            "There is no result to appraise yet.", then="Results are added on the page “Studies and extraction”."
        )
        return
    view = st.segmented_control(
        "Show", (APPRAISE, FIGURES), default=APPRAISE, required=True, key="rob:view", label_visibility="collapsed"
    )
    if view == FIGURES:
        mine = _own_states(store, reviewer)
        held = {result for result, one in mine.items() if one.state == "draft"}
        figures.show(results, review, held=frozenset(held))
    else:
        _appraise(store, review, reviewer, results)


def _appraise(store: Store, review: ReviewDefinition, reviewer: str, results: Sequence[AppraisedResult]) -> None:
    states = _own_states(store, reviewer)
    needed = review.extraction.extractors_needed
    begun = _appraisers(store)
    groups: dict[str, list[AppraisedResult]] = {name: [] for name in (TO_DO, WAITING, CONFLICT, SETTLED, ALL)}
    for one in results:
        groups[_group(one, states.get(one.slot.id), begun.get(one.slot.id, 0), needed)].append(one)
        groups[ALL].append(one)
    parts.hold("rob:group", groups, TO_DO if groups[TO_DO] else ALL)
    group = st.radio(
        "Worklist",
        list(groups),
        format_func=lambda name: f"{name} ({len(groups[name])})",
        horizontal=True,
        key="rob:group",
    )
    by_id = {one.slot.id: one for one in groups[group]}
    chosen_before = st.session_state.get("rob:chosen")
    if chosen_before is not None and chosen_before not in by_id:  # it has just moved on to another list
        by_id |= {one.slot.id: one for one in results if one.slot.id == chosen_before}
    if not by_id:
        parts.empty("Nothing is in this list.")
        return
    parts.hold("rob:chosen", by_id, None)
    chosen = st.selectbox(
        "Result",
        list(by_id),
        index=None,
        format_func=lambda key: f"{text.one_line(by_id[key].name)} – {words.STATES[by_id[key].settled.state]}",
        placeholder="Choose a result",
        key="rob:chosen",
    )
    if chosen is None:
        rows = [(one.study.label, one.label, _badge(one)) for one in groups[group]]
        parts.show(text.table(("Study", "Result", "State"), rows, caption=f"{group}: {len(rows)}"))
        return
    labels = {one.slot.id: one.label or one.study.label for one in results if one.study.id == by_id[chosen].study.id}
    _one(store, needed, reviewer, by_id[chosen], states.get(chosen), begun.get(chosen, 0), labels)


def _one(
    store: Store,
    needed: int,
    reviewer: str,
    one: AppraisedResult,
    mine: Appraisal | None,
    begun: int,
    labels: Mapping[str, str],
) -> None:
    parts.show(Markup("<p>{} {}</p>").format(_badge(one), text.clean(one.name)))
    known = beside.known(store, one.study.id, one.slot.id, reviewer)
    beside.show(known)
    desk = Desk(study=one.study.id, result=one.slot.id, reviewer=reviewer)
    state = one.settled.state
    abandoned.own(store, desk, state)
    # who holds a draft goes on with it unseeing, whatever the others have finished; a consensus takes no more answers
    if _group(one, mine, begun, needed) == TO_DO:
        if state is not ResultState.SETTLED:
            filling.show(store, one.study, desk, dict(labels), design=known.design)
    else:
        _read(store, needed, reviewer, one)
        if mine is not None and mine.state == "final" and state is not ResultState.SETTLED:
            st.button("Take my appraisal back to draft", key=desk.key("reopen"), on_click=saving.reopen, args=(desk,))
    abandoned.of_others(store.appraisals(result=one.slot.id), one.slot.id, reviewer)


def _read(store: Store, needed: int, reviewer: str, one: AppraisedResult) -> None:
    """What this reviewer may see of the others, to be compared, settled or read."""
    visible = store.visible_appraisals(one.slot.id, reviewer, appraisers_needed=needed)
    finals = tuple(other for other in visible if other.role == "appraiser" and other.state == "final")
    if one.settled.state is not ResultState.CONFLICT:
        opening_again.say_not_recorded(
            Desk(study=one.study.id, result=one.slot.id, reviewer=reviewer, role="consensus")
        )
    if finals or one.settled.usable:
        with beside_report(store, one.study, reviewer):
            comparing.show(store, one.settled, finals, reviewer)
        opening_again.show(store, one.slot.id, reviewer)
    else:
        parts.quiet("Others are at work on this result.")


def _badge(one: AppraisedResult) -> Markup:
    return text.badge(words.STATES[one.settled.state], TONES[one.settled.state])


def _group(one: AppraisedResult, mine: Appraisal | None, begun: int, needed: int) -> str:
    """The list that a result stands in for this reviewer; a draft of one's own comes first."""
    state = one.settled.state
    if mine is not None and mine.state == "draft":
        return TO_DO
    if state in (ResultState.AGREED, ResultState.SETTLED):
        return SETTLED
    if state is ResultState.CONFLICT:
        return CONFLICT
    return TO_DO if mine is None and begun < needed else WAITING


def _own_states(store: Store, reviewer: str) -> dict[str, Appraisal]:
    """This reviewer's standing appraisal of each result."""
    return {one.result: one for one in _standing(store) if one.appraiser == reviewer and one.role == "appraiser"}


def _appraisers(store: Store) -> dict[str, int]:
    """How many have begun each result."""
    found: dict[str, int] = {}
    for one in _standing(store):
        if one.role == "appraiser":
            found[one.result] = found.get(one.result, 0) + 1
    return found


def _standing(store: Store) -> list[Appraisal]:
    by_result: dict[str, list[Appraisal]] = {}
    for one in store.appraisals():
        by_result.setdefault(one.result, []).append(one)
    return [one for group in by_result.values() for one in standing(group)]
