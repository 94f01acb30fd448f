"""Two appraisals side by side: only what is judged differently, and the consensus that is made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import streamlit as st

from workbench.extraction import ResultState
from workbench.risk_of_bias import (
    ANSWERS,
    OVERALL,
    Appraisal,
    Assessment,
    Override,
    Risk,
    SettledAppraisal,
    as_json,
    assessment_of,
    judge,
    missing,
    relevant,
    variant,
)
from workbench.risk_of_bias.settling import VARIANT
from workbench.store import Store
from workbench.ui import parts, text
from workbench.ui.faults import callback
from workbench.ui.risk_of_bias import saving, words
from workbench.ui.risk_of_bias.saving import PROPOSED, Desk

OWN = "another judgement"
Finals = tuple[Appraisal, ...]
V = TypeVar("V")


def show(store: Store, settled: SettledAppraisal, finals: Finals, reviewer: str) -> None:
    """What stands, or the differences and the consensus."""
    if settled.judgements:
        who = ", ".join(words.named(name) for name in settled.appraisers)
        parts.show(words.judged_table(settled.judgements, f"What stands, by {who}"))
    if settled.state is ResultState.SETTLED and settled.changed_after_consensus:
        st.warning("An appraiser finished again after the consensus: look whether it still holds.")
    if len(finals) > 1:
        _answers(finals, settled.differing_answers)
    if settled.state is ResultState.CONFLICT and len(finals) > 1:
        _consensus(store, settled, finals, reviewer)


def _answers(finals: Finals, keys: tuple[str, ...]) -> None:
    """The questions that were answered differently."""
    if not keys:
        return
    said = [assessment_of(one) for one in finals]
    known = variant(said[0].variant, finals[0].tool_version)
    given = [relevant(known, one.answers) for one in said]
    prompts = {question.key: question.prompt for question in known.questions}
    rows = []
    for key in keys:
        cells = []
        for one, answers in zip(said, given, strict=True):
            quote = one.quotes.get(key)
            place = " – ".join(part for part in (quote.page, quote.quote) if part) if quote else ""
            answer = ANSWERS[answers[key]] if key in answers else "not asked"
            cells.append(f"{answer} ({text.one_line(place, 200)})" if place else answer)
        rows.append((f"{key} {prompts[key]}", *cells))
    names = tuple(words.named(one.appraiser) for one in finals)
    parts.show(text.table(("Question", *names), rows, caption=f"Answered differently: {len(keys)}"))


def _consensus(store: Store, settled: SettledAppraisal, finals: Finals, reviewer: str) -> None:
    if VARIANT in settled.differences:
        st.error("The appraisers used different variants. Agree on one; whoever used the other changes their own.")
        return
    desk = Desk(study=settled.study, result=settled.result, reviewer=reviewer, role="consensus")
    saved = desk.saved(store)
    st.session_state[desk.revision_key] = saved.revision if saved is not None else 0
    judged = [judge(assessment_of(one), one.tool_version) for one in finals]
    codes = tuple(code for code in settled.differences if code != OVERALL)
    st.subheader(f"Judged differently: {len(settled.differences)}", anchor=False)
    names = {one.id: words.named(one.appraiser) for one in finals}
    for code in codes:
        with st.container(border=True):
            mine = [next(one for one in group if one.domain == code) for group in judged]
            rows = [
                (names[final.id], words.badge(one.risk), one.reason) for final, one in zip(finals, mine, strict=True)
            ]
            parts.show(text.table(("Appraiser", "Judgement", "Why"), rows, caption=f"{code} {mine[0].title}"))
            st.radio(
                f"Take for {code}",
                [*names, OWN],
                index=None,
                format_func=lambda key: text.literal(names.get(key, key)),
                horizontal=True,
                key=desk.key(code, "take"),
            )
            if st.session_state.get(desk.key(code, "take")) == OWN:
                st.selectbox(
                    f"Judgement of {code}", [str(risk) for risk in Risk], index=None, key=desk.key(code, "own")
                )
    why = st.text_area("Why (needed)", key=desk.key("why"), max_chars=2000) or ""
    made = _made(desk, finals, codes, why.strip())
    if made is None:
        parts.quiet("Choose for every domain that was judged differently.")
    else:
        overall = judge(made)[-1]
        if overall.proposal.choices or OVERALL in settled.differences:
            options = [PROPOSED, *(str(risk) for risk in Risk)]
            if overall.proposal.choices:
                options = [str(risk) for risk in overall.proposal.choices]
            first = None if overall.proposal.choices else 0
            st.selectbox("Overall judgement", options, index=first, key=desk.key("overall"))
            made = _made(desk, finals, codes, why.strip()) or made
        parts.show(words.judged_table(judge(made), "The consensus as it would be recorded"))
    ready = made is not None and bool(why.strip()) and not missing(made)
    if made is not None and not why.strip():
        parts.quiet("Say why.")
    st.button(
        "Record the consensus",
        type="primary",
        key=desk.key("record"),
        disabled=not ready,
        on_click=_record,
        args=(desk, finals, codes),
    )


def _made(desk: Desk, finals: Finals, codes: tuple[str, ...], why: str) -> Assessment | None:
    """The consensus from the choices on screen; None while one is open.

    Where the appraisers agree, the first one's answers stand. A domain is taken whole: answers, sources, direction.
    """
    by_id = {one.id: assessment_of(one) for one in finals}
    made = by_id[finals[0].id]
    known = variant(made.variant)
    for code in codes:
        take = st.session_state.get(desk.key(code, "take"))
        if take in by_id:
            made = _with_domain(made, by_id[take], code, [q.key for q in known.domain(code).questions])
        elif take == OWN and st.session_state.get(desk.key(code, "own")):
            risk = Risk(st.session_state[desk.key(code, "own")])
            made = replace(made, overrides={**made.overrides, code: Override(risk=risk, reason=why)})
        else:
            return None
    overrides = {code: one for code, one in made.overrides.items() if code != OVERALL}
    chosen = st.session_state.get(desk.key("overall"))
    if chosen in tuple(Risk):
        overrides[OVERALL] = Override(risk=Risk(chosen), reason=why)
    else:  # not asked for: what the appraisers agreed on stands
        agreed = {one.overrides[OVERALL].risk for one in by_id.values() if OVERALL in one.overrides}
        if len(agreed) == 1 and all(OVERALL in one.overrides for one in by_id.values()):
            overrides[OVERALL] = by_id[finals[0].id].overrides[OVERALL]
    return replace(made, overrides=overrides)


def _with_domain(made: Assessment, other: Assessment, code: str, keys: list[str]) -> Assessment:
    return replace(
        made,
        answers=_taken(made.answers, other.answers, keys),
        quotes=_taken(made.quotes, other.quotes, keys),
        overrides=_taken(made.overrides, other.overrides, [code]),
        directions=_taken(made.directions, other.directions, [code]),
    )


def _taken(mine: Mapping[str, V], theirs: Mapping[str, V], names: list[str]) -> dict[str, V]:
    kept = {key: value for key, value in mine.items() if key not in names}
    return kept | {key: value for key, value in theirs.items() if key in names}


@callback
def _record(desk: Desk, finals: Finals, codes: tuple[str, ...]) -> None:
    why = (st.session_state.get(desk.key("why")) or "").strip()
    made = _made(desk, finals, codes, why)
    if made is not None and why and not missing(made):
        saving.save(desk, as_json(made), "final", note=why)
