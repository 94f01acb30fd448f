"""The choices between two appraisals as they stand on screen; they survive a reload and appraisals that changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import streamlit as st

from workbench.risk_of_bias import (
    OVERALL,
    Appraisal,
    Assessment,
    Choice,
    Override,
    Risk,
    SettledAppraisal,
    assessment_of,
    choices_kept,
    judge,
    relevant,
    variant,
)
from workbench.ui.risk_of_bias.saving import PROPOSED, Desk

OWN = "another judgement"
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What there is to choose between."""

    finals: tuple[Appraisal, ...]
    codes: tuple[str, ...]  # domains judged differently: one has to be chosen
    alike: tuple[str, ...]  # domains judged alike from other answers or directions: the first's, unless chosen
    overall: bool  # the overall judgements differ

    @property
    def domains(self) -> tuple[str, ...]:
        """All that can be chosen, in the tool's order."""
        order = [domain.code for domain in variant(assessment_of(self.finals[0]).variant).domains]
        return tuple(sorted((*self.codes, *self.alike), key=order.index))


def case_of(settled: SettledAppraisal, finals: tuple[Appraisal, ...]) -> Case:
    """What differs between these final appraisals; all of them with the same variant."""
    known = variant(assessment_of(finals[0]).variant, finals[0].tool_version)
    codes = tuple(domain.code for domain in known.domains if domain.code in settled.differences)
    other = {
        domain.code
        for domain in known.domains
        if domain.code in settled.differing_directions
        or any(question.key in settled.differing_answers for question in domain.questions)
    }
    alike = tuple(domain.code for domain in known.domains if domain.code in other and domain.code not in codes)
    return Case(finals=finals, codes=codes, alike=alike, overall=OVERALL in settled.differences)


def take_key(desk: Desk, code: str) -> str:
    """The session's key of the choice for one domain."""
    return desk.key(code, "take")


def own_key(desk: Desk, code: str) -> str:
    """The session's key of another judgement of one domain."""
    return desk.key(code, "own")


def overall_key(desk: Desk) -> str:
    """The session's key of the overall judgement."""
    return desk.key("overall")


def why_key(desk: Desk) -> str:
    """The session's key of the reason."""
    return desk.key("why")


def asked_again_key(desk: Desk, code: str) -> str:
    """The session's entry: who changed the domain after it was chosen."""
    return desk.key(code, "asked-again")


def offered(case: Case) -> tuple[str, ...]:
    """What can be chosen for a domain."""
    return (*(one.id for one in case.finals), OWN)


def preset(desk: Desk, case: Case, known: Mapping[str, Appraisal], held: Mapping[str, Any]) -> None:
    """Put choices on screen: what stands there, or else what was saved, as far as it still means the same.

    known: all revisions by id. held: the saved draft, or the consensus that was opened again. An appraiser who finished
    with the same words on a domain again is still chosen; where they changed, the choice is asked for again.
    """
    kept = choices_kept(held)
    for code in case.domains:
        choice = kept.get(code)
        saved = None if choice is None else choice.appraisal or (OWN if choice.risk is not None else None)
        was = st.session_state.get(take_key(desk, code), saved)
        now = was if was in offered(case) else _of_today(case, known, was, code)
        if was is not None and now is None and was in known:
            st.session_state[asked_again_key(desk, code)] = known[was].appraiser
        st.session_state[take_key(desk, code)] = case.finals[0].id if now is None and code in case.alike else now
        if choice is not None and choice.risk is not None:
            st.session_state.setdefault(own_key(desk, code), str(choice.risk))
    overall = kept.get(OVERALL)
    if overall is not None:
        st.session_state.setdefault(overall_key(desk), PROPOSED if overall.risk is None else str(overall.risk))


def _of_today(case: Case, known: Mapping[str, Appraisal], was: object, code: str) -> str | None:
    """The standing appraisal of the one who was chosen, if it says the same on the domain; None means no choice."""
    old = known.get(was) if isinstance(was, str) else None
    new = next((one for one in case.finals if old is not None and one.appraiser == old.appraiser), None)
    if old is None or new is None:
        return None
    return new.id if _said(old, code) == _said(new, code) else None


def _said(appraisal: Appraisal, code: str) -> tuple[object, ...]:
    """All that an appraisal says about a domain, but for where it stands."""
    said = assessment_of(appraisal)
    known = variant(said.variant, appraisal.tool_version)
    if code not in {domain.code for domain in known.domains}:
        return (said.variant,)
    keys = [question.key for question in known.domain(code).questions]
    given = relevant(known, said.answers)
    return (said.variant, [given.get(key) for key in keys], said.overrides.get(code), said.directions.get(code))


def on_screen(desk: Desk, case: Case) -> dict[str, Choice]:
    """The choices made; another judgement that is still to be given is none."""
    ids = {one.id for one in case.finals}
    found: dict[str, Choice] = {}
    for code in case.domains:
        take = st.session_state.get(take_key(desk, code))
        if take in ids:
            found[code] = Choice(appraisal=take)
        elif take == OWN and st.session_state.get(own_key(desk, code)) in tuple(Risk):
            found[code] = Choice(risk=Risk(st.session_state[own_key(desk, code)]))
    overall = st.session_state.get(overall_key(desk))
    if overall in tuple(Risk):
        found[OVERALL] = Choice(risk=Risk(overall))
    elif overall == PROPOSED:
        found[OVERALL] = Choice()
    return found


def open_codes(case: Case, choices: Mapping[str, Choice]) -> tuple[str, ...]:
    """The domains that are still to be chosen."""
    return tuple(code for code in case.codes if code not in choices)


def made(case: Case, choices: Mapping[str, Choice], why: str) -> Assessment:
    """The consensus as far as it is chosen.

    Where the appraisers agree, and where nothing is chosen yet, the first one's answers stand. A domain is taken whole:
    answers, sources, direction. The overall judgement follows the domains, but where it is asked for.
    """
    by_id = {one.id: assessment_of(one) for one in case.finals}
    first = by_id[case.finals[0].id]
    known = variant(first.variant)
    found = first
    for code in case.domains:
        choice = choices.get(code)
        if choice is None:
            continue
        if choice.appraisal in by_id:
            found = _with_domain(found, by_id[choice.appraisal], code, [q.key for q in known.domain(code).questions])
        elif choice.risk is not None:
            found = replace(found, overrides={**found.overrides, code: Override(risk=choice.risk, reason=why)})
    overrides = {code: one for code, one in found.overrides.items() if code != OVERALL}
    found = replace(found, overrides=overrides, directions=_directions(found, list(by_id.values())))
    chosen = choices.get(OVERALL)
    if chosen is not None and chosen.risk is not None and overall_options(case, found):
        return replace(found, overrides={**overrides, OVERALL: Override(risk=chosen.risk, reason=why)})
    agreed = {one.overrides[OVERALL].risk if OVERALL in one.overrides else None for one in by_id.values()}
    if not case.overall and len(agreed) == 1 and OVERALL in first.overrides:  # what both decided stands
        return replace(found, overrides={**overrides, OVERALL: first.overrides[OVERALL]})
    return found


def _directions(found: Assessment, said: list[Assessment]) -> dict[str, str]:
    """An overall direction on which the appraisers differ is nobody's: it is left out."""
    kept = {code: direction for code, direction in found.directions.items() if code != OVERALL}
    overall = {one.directions.get(OVERALL, "") for one in said} - {""}
    return kept | ({OVERALL: overall.pop()} if len(overall) == 1 else {})


def overall_options(case: Case, found: Assessment) -> tuple[str, ...]:
    """What the overall judgement can be, if it is asked for; empty: it follows from the domains."""
    proposal = judge(found)[-1].proposal
    if proposal.choices:
        return tuple(str(risk) for risk in proposal.choices)
    return (PROPOSED, *(str(risk) for risk in Risk)) if case.overall else ()


def _with_domain(found: Assessment, other: Assessment, code: str, keys: list[str]) -> Assessment:
    return replace(
        found,
        answers=_taken(found.answers, other.answers, keys),
        quotes=_taken(found.quotes, other.quotes, keys),
        overrides=_taken(found.overrides, other.overrides, [code]),
        directions=_taken(found.directions, other.directions, [code]),
    )


def _taken(mine: Mapping[str, V], theirs: Mapping[str, V], names: list[str]) -> dict[str, V]:
    kept = {key: value for key, value in mine.items() if key not in names}
    return kept | {key: value for key, value in theirs.items() if key in names}
