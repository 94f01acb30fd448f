"""What a team settles about its screening: hidden fields, marked words, the ranking, and who reads what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from workbench.review import ReviewDefinition
from workbench.review.definition import Highlights
from workbench.screening import ScreeningError, ScreeningPlan, Stage, screening_plan
from workbench.screening.plan import HIDDEN_FIELDS, HIDE, HIGHLIGHT, RANKING, SHARES
from workbench.screening.word_lists import read_words
from workbench.store import Queue, Store
from workbench.ui import context, faults, parts, text
from workbench.ui.teamwork import words

OPENED = "settings:opened"
NAMES = {
    HIDE: "Hidden while screening",
    HIGHLIGHT: "Marked words",
    RANKING: "Ranking",
    SHARES: "Assignment",
}
MOST_WEIGHT = 100.0


def show() -> None:
    """What holds, and for a lead the forms that change it."""
    store, review = context.store(), context.review()
    settings = store.review_settings()
    from_files = screening_plan(review, {})
    lead = words.is_lead()
    parts.quiet(
        "The review's file review.yaml says these first; what is set here holds instead, for everybody, from the next "
        f"report on. Votes a report needs: {from_files.needed} (only in the file)."
    )
    if not lead:
        words.leads_only("Changing the settings")
    forms: Mapping[str, Callable[[ScreeningPlan], None]] = {
        HIDE: _hide,
        HIGHLIGHT: _highlight,
        RANKING: _ranking,
        SHARES: lambda seen: _shares(store, review, seen),
    }
    for key, form in forms.items():
        st.header(NAMES[key], anchor=False)
        held = settings.get(key)
        try:
            plan = _plan_of(review, key, held)
        except ScreeningError as error:  # kept by another version: it can be taken back here
            st.warning(text.literal(str(error)))
            if lead:
                st.session_state.setdefault(OPENED, {})[key] = held
                _back(key)
            continue
        now, by_file = _said(key, plan), _said(key, from_files)
        parts.show(text.facts((("Holds now", now), ("By the file", "the same" if now == by_file else by_file))))
        if key == SHARES and plan.shares:
            _falls(store, review, plan.shares)
        if lead:
            _change(store, review, key, held, form)
    _history(store, review)


def _change(store: Store, review: ReviewDefinition, key: str, held: Any, form: Callable[[ScreeningPlan], None]) -> None:
    """The form of one setting, as it stood when it was opened; a change by somebody else is said, and refused."""
    opened: dict[str, Any] = st.session_state.setdefault(OPENED, {})
    seen = opened.setdefault(key, held)
    if words.mark(seen) != words.mark(held):
        st.warning(
            text.literal(
                f"{_who_changed(store, key)} changed this while you had it open. When you opened it: "
                f"{_said_plainly(review, key, seen)}. What holds now stands above."
            )
        )
        if st.button("Show me what holds now", key=f"settings:again:{key}"):
            opened.pop(key, None)
            st.rerun()
    form(_plan_of(review, key, seen))
    if held is not None:
        _back(key)


def _back(key: str) -> None:
    if st.button("Back to the file's value", key=f"settings:back:{key}"):
        _set(key, None)


def _plan_of(review: ReviewDefinition, key: str, value: Any) -> ScreeningPlan:
    return screening_plan(review, {} if value is None else {key: value})


def _who_changed(store: Store, key: str) -> str:
    return next((context.display_name(by) for name, _, by, _ in store.setting_history() if name == key), "Somebody")


@faults.act
def _set(key: str, value: Any) -> None:
    """Record a setting if what was there when its form was opened is there still."""
    words.need_lead()
    opened: dict[str, Any] = st.session_state[OPENED]
    screening_plan(context.review(), {} if value is None else {key: value})  # never keep what cannot be read
    context.store().set_review_setting(key, value, by=context.known_reviewer_name(), expected=opened.get(key))
    opened.pop(key, None)
    st.rerun()


def _widget(key: str, part: str) -> str:
    """A widget's name, another one for each state in which its form was opened."""
    return f"{key}:{part}:{words.mark(st.session_state[OPENED].get(key))}"


# --- the forms --------------------------------------------------------------------------------------------------------


def _hide(seen: ScreeningPlan) -> None:
    with st.form("settings:hide"):
        chosen = st.multiselect(
            "Keep from reviewers at title and abstract, so that it does not sway them",
            HIDDEN_FIELDS,
            default=[name for name in HIDDEN_FIELDS if name in seen.hidden],
            key=_widget(HIDE, "fields"),
        )
        if st.form_submit_button("Save what is hidden"):
            _set(HIDE, [name for name in HIDDEN_FIELDS if name in chosen])


def _highlight(seen: ScreeningPlan) -> None:
    parts.quiet("One word or phrase a line; * at its end stands for any ending. A reviewer can turn the marks off.")
    with st.form("settings:highlight"):
        left, right = st.columns(2)
        typed = {
            name: column.text_area(
                label, "\n".join(getattr(seen.highlights, name)), height=220, key=_widget(HIGHLIGHT, name)
            )
            for name, label, column in (
                ("include", "Words that speak for a record", left),
                ("exclude", "Words that speak against it", right),
            )
        }
        if st.form_submit_button("Save the words"):
            _save_words(typed["include"], typed["exclude"])


@faults.act
def _save_words(include: str, exclude: str) -> None:
    lists = read_words(include, exclude)
    _set(HIGHLIGHT, {"include": list(lists.include), "exclude": list(lists.exclude)})


def _ranking(seen: ScreeningPlan) -> None:
    with st.form("settings:ranking"):
        on = st.toggle("Show the likeliest reports first", value=seen.ranking, key=_widget(RANKING, "on"))
        parts.quiet("The ranking changes the order alone. It hides nothing and excludes nothing.")
        if st.form_submit_button("Save the order"):
            _set(RANKING, on)


def _shares(store: Store, review: ReviewDefinition, seen: ScreeningPlan) -> None:
    people = list(dict.fromkeys([*(person.name for person in store.reviewers()), *seen.shares]))
    shared = st.segmented_control(
        "Who is given which report",
        ["Open queue", "Shares"],
        default="Shares" if seen.shares else "Open queue",
        required=True,
        key=_widget(SHARES, "way"),
    )
    if shared == "Open queue":
        parts.quiet("Whoever asks is given the next report that misses a vote and that nobody else has before them.")
        if st.button("Save: open queue", key="settings:open-queue"):
            _set(SHARES, {} if seen.shares else None)
        return
    parts.quiet(
        "Each report falls to reviewers by a draw from its key, in proportion to the weights; a weight of 0 is no "
        "share. Changing a weight moves only the reports that must move. Votes that were given stay."
    )
    with st.form("settings:shares"):
        weights = {
            name: st.number_input(
                text.literal(f"Weight of {context.display_name(name)}"),
                min_value=0.0,
                max_value=MOST_WEIGHT,
                value=float(seen.shares.get(name, 0.0) if seen.shares else 1.0),
                step=0.5,
                key=_widget(SHARES, f"weight:{name}"),
            )
            for name in people
        }
        tried = st.form_submit_button("Show what would fall to each")
        if st.form_submit_button("Save the shares"):
            _save_shares(review, weights)
    if tried:
        _falls(store, review, {name: weight for name, weight in weights.items() if weight > 0})


@faults.act
def _save_shares(review: ReviewDefinition, weights: Mapping[str, float]) -> None:
    given = {name: weight for name, weight in weights.items() if weight > 0}
    needed = review.screening.reviewers_needed
    if len(given) < needed:
        st.warning(f"Each report needs {needed} votes: give a weight above 0 to {needed} reviewers or more.")
        return
    _set(SHARES, given)


def _falls(store: Store, review: ReviewDefinition, shares: Mapping[str, float]) -> None:
    """How many of the reports that wait fall to each reviewer."""
    if not shares:
        parts.quiet("No weight is above 0: that is an open queue.")
        return
    plan = replace(screening_plan(review, {}), shares=dict(shares))
    parts.show(
        text.table(
            ("Reviewer", "Weight", "Reports that wait"),
            (
                (context.display_name(name), f"{weight:g}", parts.spaced_number(_waiting(store, name, plan)))
                for name, weight in sorted(shares.items())
            ),
            caption="What falls to each",
            numbers=(1, 2),
        )
    )


def _waiting(store: Store, name: str, plan: ScreeningPlan) -> int:
    return store.progress_of(Queue(reviewer=name, stage=Stage.TITLE_ABSTRACT, plan=plan)).remaining


# --- in words ---------------------------------------------------------------------------------------------------------


def _said(key: str, plan: ScreeningPlan) -> str:
    if key == HIDE:
        return ", ".join(name for name in HIDDEN_FIELDS if name in plan.hidden) or "nothing is hidden"
    if key == HIGHLIGHT:
        return _word_lists(plan.highlights)
    if key == RANKING:
        return "the likeliest reports first" if plan.ranking else "in the order in which reports were first seen"
    if not plan.shares:
        return "open queue"
    return "shares: " + ", ".join(
        f"{context.display_name(name)} {weight:g}" for name, weight in sorted(plan.shares.items())
    )


def _word_lists(lists: Highlights) -> str:
    said = [
        f"{name}: {', '.join(terms)}" for name, terms in (("for", lists.include), ("against", lists.exclude)) if terms
    ]
    return "; ".join(said) or "no words"


def _said_plainly(review: ReviewDefinition, key: str, value: Any) -> str:
    said = _said(key, _plan_of(review, key, value))
    return f"{said} (the file's value)" if value is None else said


def _history(store: Store, review: ReviewDefinition) -> None:
    changes = [change for change in store.setting_history() if change[0] in NAMES]
    if not changes:
        return
    with st.expander(f"Who changed what: {len(changes)}"):
        parts.show(
            text.table(
                ("When", "Who", "Setting", "Became"),
                (
                    (text.when(at), context.display_name(by), NAMES[key], _kept(review, key, value))
                    for key, value, by, at in changes
                ),
                caption="Changes, the latest first",
            )
        )


def _kept(review: ReviewDefinition, key: str, value: Any) -> str:
    try:
        return _said_plainly(review, key, value)
    except ScreeningError:
        return repr(value)
