"""Filling in an appraisal: one domain after the other, with the proposal beside the answers."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from workbench.extraction import Study
from workbench.risk_of_bias import (
    ANSWERS,
    DIRECTIONS,
    OVERALL,
    Appraisal,
    Assessment,
    Domain,
    Judgement,
    Question,
    Risk,
    asked,
    judge,
    missing,
    standing,
    variant,
    variants,
)
from workbench.store import Store
from workbench.ui import parts, text
from workbench.ui.risk_of_bias import quoting, saving, words
from workbench.ui.risk_of_bias.saving import PROPOSED, Desk


def show(store: Store, study: Study, desk: Desk, labels: dict[str, str], *, design: str = "") -> None:
    """The draft of one person. labels: of the study's results, by id. design: as the trial's form records it."""
    now = saving.opened(desk, store)
    if desk.stale_key in st.session_state:
        st.error(text.literal(st.session_state[desk.stale_key]))
        st.button("Load the newer answers", key=desk.key("load"), on_click=saving.load_newer, args=(desk,))
    _variant(desk, now, design)
    if now is None:
        _copy(store, desk, labels)
        return
    known = variant(now.variant)
    if known.provisional:
        st.warning(text.literal(known.provisional))
    parts.quiet(
        text.join(
            (f"The prompts are short. Official wording and guidance: {known.source}, ", _official(known.address), ".")
        )
    )
    judged = {one.domain: one for one in judge(now)}
    codes = [*(domain.code for domain in known.domains), OVERALL]
    at = desk.key(now.variant, "domain")
    parts.hold(at, codes, codes[0])
    chosen = st.radio(
        "Domain",
        codes,
        format_func=lambda code: _mark(judged[code]),
        horizontal=True,
        key=at,
    )
    domain = None if chosen == OVERALL else known.domain(chosen)
    reading_on = quoting.is_open(desk.reviewer)
    left = st.container()
    if reading_on:
        left, right = st.columns([1, 1], gap="medium")
        with right:
            quoting.pane(store, study, desk, now, domain)
    with left:
        if domain is None:
            _overall(desk, now, judged)
        else:
            _domain(store, study, desk, now, domain, judged[chosen], reading_on=reading_on)
            following = codes[codes.index(chosen) + 1]
            label = f"Next: {judged[following].title}"
            st.button(label, key=desk.key("next", chosen), on_click=_go, args=(at, following))
        _finish(desk, now)


def _official(address: str) -> Markup:
    return text.link(address, "riskofbias.info")


def _mark(one: Judgement) -> str:
    code = "Overall" if one.domain == OVERALL else one.domain
    return f"{code}: {words.said(one.risk) if one.risk is not None else 'open'}"


def _go(widget: str, code: str) -> None:
    st.session_state[widget] = code


def _variant(desk: Desk, now: Assessment | None, design: str) -> None:
    known = {one.key: one for one in variants()}
    widget = desk.key("variant")
    if widget not in st.session_state and now is not None:
        st.session_state[widget] = now.variant
    st.selectbox(
        "Variant of RoB 2",
        list(known),
        index=None,
        format_func=lambda key: f"{known[key].title}{' (provisional)' if known[key].provisional else ''}",
        placeholder="Choose the design and the effect of interest",
        key=widget,
        on_change=saving.choose_variant,
        args=(desk,),
        help="When it changes, answers to questions that both variants ask alike are kept",
    )
    if design:
        parts.quiet(f"Recorded design of this trial: {design}.")


def _copy(store: Store, desk: Desk, labels: dict[str, str]) -> None:
    """Begin with one's own answers about another result of this study."""
    mine = {
        one.result: one
        for one in _own(store, desk)
        if one.result != desk.result and one.result in labels and one.role == "appraiser"
    }
    if not mine:
        return
    chosen = st.selectbox(
        "Or copy my answers from another result of this study",
        list(mine),
        index=None,
        format_func=lambda result: text.one_line(labels[result]),
        placeholder="Choose a result",
        key=desk.key("copy"),
    )
    if chosen is not None:
        st.button("Copy as a start", key=desk.key("copy-now"), on_click=saving.copy_from, args=(desk, mine[chosen]))


def _own(store: Store, desk: Desk) -> tuple[Appraisal, ...]:
    """This person's newest appraisal of each result of the study."""
    by_result: dict[str, list[Appraisal]] = {}
    for one in store.appraisals(study=desk.study):
        if one.appraiser == desk.reviewer:
            by_result.setdefault(one.result, []).append(one)
    return tuple(one for group in by_result.values() for one in standing(group))


def _domain(
    store: Store, study: Study, desk: Desk, now: Assessment, domain: Domain, judged: Judgement, *, reading_on: bool
) -> None:
    st.subheader(f"{domain.code} {domain.title}", anchor=False)
    states = asked(domain, now.answers)
    closed = [question.key for question in domain.questions if states[question.key] is False]
    on_screen = [question for question in domain.questions if states[question.key]]
    found = quoting.checked(store, study, now.quotes, [question.key for question in on_screen])
    for question in on_screen:
        with st.container(border=True):
            _question(desk, now, question)
            quoting.source(study, desk, now, question, found.get(question.key), reading_on=reading_on)
    if closed:
        parts.quiet(f"Not asked after these answers: {', '.join(closed)}.")
    _judgement(desk, now, judged)


def _question(desk: Desk, now: Assessment, question: Question) -> None:
    widget = desk.key(now.variant, question.key, "answer")
    if widget not in st.session_state:
        st.session_state[widget] = now.answers.get(question.key)
    st.radio(
        text.literal(f"{question.key} {question.prompt}"),
        question.answers,
        index=None,
        format_func=lambda code: ANSWERS[code],
        horizontal=True,
        key=widget,
        on_change=saving.answer,
        args=(desk, question.key, widget),
    )
    if question.help:
        parts.quiet(question.help)


def _judgement(desk: Desk, now: Assessment, judged: Judgement) -> None:
    """The proposal with its reason, one's own judgement, and the direction."""
    proposal = judged.proposal
    if proposal.risk is not None:
        parts.show(
            Markup('<p role="status">Proposed: {} {}</p>').format(
                words.badge(proposal.risk), text.clean(proposal.words)
            )
        )
    elif proposal.choices:
        parts.show(Markup('<p role="status">{}</p>').format(text.clean(_capital(proposal.words))))
    elif proposal.missing:
        what = "Judge first" if judged.domain == OVERALL else "No proposal yet; still to answer"
        parts.quiet(f"{what}: {', '.join(proposal.missing)}.")
    risk, reason = desk.key(now.variant, judged.domain, "risk"), desk.key(now.variant, judged.domain, "reason")
    override = now.overrides.get(judged.domain)
    if risk not in st.session_state:
        st.session_state[risk] = str(override.risk) if override else PROPOSED
    if reason not in st.session_state:
        st.session_state[reason] = override.reason if override else ""
    must = bool(proposal.choices)
    st.selectbox(
        "My judgement",
        [PROPOSED, *(str(one) for one in Risk)],
        format_func=lambda item: "still to decide" if must and item == PROPOSED else item,
        key=risk,
        on_change=saving.judgement,
        args=(desk, judged.domain, risk, reason),
    )
    if st.session_state[risk] != PROPOSED:
        st.text_area(
            "Why (needed)",
            key=reason,
            max_chars=2000,
            height=90,
            on_change=saving.judgement,
            args=(desk, judged.domain, risk, reason),
        )
        if not (st.session_state[reason] or "").strip():
            parts.quiet("Your judgement counts once you say why.")
    widget = desk.key(now.variant, judged.domain, "direction")
    if widget not in st.session_state:
        st.session_state[widget] = now.directions.get(judged.domain)
    st.selectbox(
        "Direction of bias, if it can be foretold",
        list(DIRECTIONS),
        index=None,
        format_func=lambda key: DIRECTIONS[key],
        placeholder="Not said",
        key=widget,
        on_change=saving.direction,
        args=(desk, judged.domain, widget),
    )


def _capital(words_: str) -> str:
    return words_[:1].upper() + words_[1:]


def _overall(desk: Desk, now: Assessment, judged: dict[str, Judgement]) -> None:
    st.subheader("Overall", anchor=False)
    parts.show(words.judged_table(tuple(judged.values())[:-1], "Judgements of the domains"))
    _judgement(desk, now, judged[OVERALL])


def _finish(desk: Desk, now: Assessment) -> None:
    unsaid = missing(now)
    if unsaid:
        with st.expander(f"Still to do: {len(unsaid)}"):
            for line in unsaid:
                parts.quiet(f"{_capital(line)}.")
    st.button(
        "Finish my appraisal",
        type="primary",
        key=desk.key("finish"),
        disabled=bool(unsaid),
        on_click=saving.finish,
        args=(desk,),
    )
    parts.quiet("Every change is saved as a draft. Nobody else sees it before it is finished.")
