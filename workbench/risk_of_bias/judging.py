"""From an assessment to its judgements; reading an assessment from, and writing it as, plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.risk_of_bias.basis import CONSENSUS
from workbench.risk_of_bias.proposing import Proposal, asked, check, propose_domain, propose_overall
from workbench.risk_of_bias.question_set import LATEST, variant
from workbench.risk_of_bias.values import DIRECTIONS, OVERALL, Assessment, Override, Quote, Risk, RiskOfBiasError

TEXT_LIMIT = 5000  # characters of one quote or reason
PARTS = ("variant", "answers", "quotes", "overrides", "directions", CONSENSUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What stands for one domain, or over all."""

    domain: str  # code, or OVERALL
    title: str
    proposal: Proposal
    risk: Risk | None  # None: not judged yet
    reason: str  # why: the rule, or the appraiser's own reason
    overridden: bool  # the appraiser judges otherwise than the rules propose
    direction: str = ""  # a key of DIRECTIONS


def judge(assessment: Assessment, version: int = LATEST) -> tuple[Judgement, ...]:
    """The judgement of each domain, and last that over all. Overrides without a reason do not count yet."""
    known = variant(assessment.variant, version)
    check(known, assessment.answers)
    found = [
        _judgement(assessment, domain.code, domain.title, propose_domain(domain, assessment.answers))
        for domain in known.domains
    ]
    overall = propose_overall({judgement.domain: judgement.risk for judgement in found})
    return (*found, _judgement(assessment, OVERALL, "Overall", overall))


def _judgement(assessment: Assessment, code: str, title: str, proposal: Proposal) -> Judgement:
    override = assessment.overrides.get(code)
    counts = override is not None and bool(override.reason.strip())
    risk = override.risk if override is not None and counts else proposal.risk
    return Judgement(
        domain=code,
        title=title,
        proposal=proposal,
        risk=risk,
        reason=override.reason if override is not None and counts else proposal.words,
        overridden=counts and proposal.risk is not None and risk is not proposal.risk,
        direction=assessment.directions.get(code, ""),
    )


def missing(assessment: Assessment, version: int = LATEST) -> tuple[str, ...]:
    """What is still to be said before the assessment can be final, as sentences; empty: it is complete."""
    known = variant(assessment.variant, version)
    said = []
    for domain in known.domains:
        states = asked(domain, assessment.answers)
        wanted = [key for key, state in states.items() if state and not assessment.answers.get(key)]
        if wanted:
            plural = "s" if len(wanted) > 1 else ""
            said.append(f"{domain.code} {domain.title}: answer question{plural} {', '.join(wanted)}")
    for code, override in assessment.overrides.items():
        if not override.reason.strip():
            what = "the overall judgement" if code == OVERALL else f"the judgement of {code}"
            said.append(f"say why {what} is {override.risk}")
    overall = judge(assessment, version)[-1]
    if overall.risk is None and overall.proposal.choices and OVERALL not in assessment.overrides:
        said.append("several domains raise some concerns: decide on the overall judgement and say why")
    return tuple(said)


def as_json(assessment: Assessment) -> dict[str, Any]:
    """An assessment as plain data; nothing that is empty is kept."""
    return {
        "variant": assessment.variant,
        "answers": {key: answer for key, answer in assessment.answers.items() if answer},
        "quotes": {
            key: {"quote": quote.quote.strip(), "page": quote.page.strip(), "full_text": quote.full_text}
            for key, quote in assessment.quotes.items()
            if quote
        },
        "overrides": {
            code: {"risk": str(override.risk), "reason": override.reason.strip()}
            for code, override in assessment.overrides.items()
        },
        "directions": {code: direction for code, direction in assessment.directions.items() if direction},
    }


def read_assessment(data: Mapping[str, Any], version: int = LATEST) -> Assessment:
    """An assessment from plain data, whoever wrote it; `RiskOfBiasError` says what it cannot be."""
    for key in data:
        if key not in PARTS:
            raise RiskOfBiasError(f"an assessment has no part {str(key)[:20]!r}")
    known = variant(_text(data.get("variant", "")), version)
    answers = {key: _text(answer) for key, answer in _mapping(data, "answers").items()}
    check(known, answers)
    questions = {question.key for question in known.questions}
    codes = {domain.code for domain in known.domains} | {OVERALL}
    return Assessment(
        variant=known.key,
        answers=answers,
        quotes={key: _quote(_one_of(key, questions), value) for key, value in _mapping(data, "quotes").items()},
        overrides={key: _override(_one_of(key, codes), value) for key, value in _mapping(data, "overrides").items()},
        directions={
            _one_of(key, codes): _one_of(_text(value), set(DIRECTIONS))
            for key, value in _mapping(data, "directions").items()
        },
    )


def _quote(key: str, value: object) -> Quote:
    if not isinstance(value, Mapping):
        raise RiskOfBiasError(f"the source of {key} must have a quote and a page")
    return Quote(
        quote=_text(value.get("quote", "")),
        page=_text(value.get("page", "")),
        full_text=_text(value.get("full_text", "")),
    )


def _override(code: str, value: object) -> Override:
    if not isinstance(value, Mapping) or value.get("risk") not in tuple(Risk):
        raise RiskOfBiasError(f"the judgement of {code} must be one of {', '.join(Risk)}")
    return Override(risk=Risk(value["risk"]), reason=_text(value.get("reason", "")))


def _mapping(data: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    value = data.get(part, {})
    if not isinstance(value, Mapping):
        raise RiskOfBiasError(f"the {part} of an assessment must be a mapping")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > TEXT_LIMIT:
        raise RiskOfBiasError(f"a text of at most {TEXT_LIMIT} characters is wanted, not {str(value)[:20]!r}")
    return value


def _one_of(key: str, known: set[str]) -> str:
    if key not in known:
        raise RiskOfBiasError(f"{str(key)[:20]!r} is none of {', '.join(sorted(known))}")
    return key
