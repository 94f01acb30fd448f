"""From answers to a proposal for each domain and over all: which rule holds, and which answers led to it.

The rules are in the question set (`tools/*.yaml`). A question that is not asked counts as "not applicable", whatever
was answered before an earlier answer closed it. Source: Sterne 2019, BMJ 366:l4898, and its guidance of 22 August 2019.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.risk_of_bias.question_set import Domain, Variant, When
from workbench.risk_of_bias.values import ANSWERS, GROUPS, SEVERITY, Risk, RiskOfBiasError


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """One rule that held."""

    risk: Risk
    text: str  # the rule in words
    answers: tuple[tuple[str, str], ...]  # (question, answer) that led to it, in the order of the rule

    @property
    def words(self) -> str:
        """For example "1.2 no: those who enrolled could foresee the next assignment"."""
        said = ", ".join(f"{key} {ANSWERS[answer]}" for key, answer in self.answers)
        return f"{said}: {self.text}" if said else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the rules make of the answers in one domain, or over all."""

    domain: str  # code, or OVERALL
    risk: Risk | None  # None: answers are missing, or the reviewer must decide
    because: tuple[Because, ...] = ()  # the rules that held, one for each part of the domain
    missing: tuple[str, ...] = ()  # questions that are asked and have no answer yet
    choices: tuple[Risk, ...] = ()  # what the reviewer must choose among, if the rules leave it open

    @property
    def words(self) -> str:
        """Why, in one text."""
        return "; ".join(reason.words for reason in self.because)


def propose(variant: Variant, answers: Mapping[str, str]) -> tuple[Proposal, ...]:
    """A proposal for each domain, in the variant's order. Unknown questions and answers raise `RiskOfBiasError`."""
    check(variant, answers)
    return tuple(propose_domain(domain, answers) for domain in variant.domains)


def propose_domain(domain: Domain, answers: Mapping[str, str]) -> Proposal:
    """A proposal for one domain."""
    effective, missing = _effective(domain, answers)
    if missing:
        return Proposal(domain=domain.code, risk=None, missing=missing)
    held = []
    for part in domain.parts:
        for rule in part.rules:
            if _fits(rule.when, effective):
                led = tuple((key, effective[key]) for key in rule.when if effective[key] != "NA" or key in answers)
                held.append(Because(risk=rule.risk, text=rule.because, answers=led))
                break
        else:  # the tests try every combination of every domain
            raise RiskOfBiasError(f"the rules of {domain.title!r} say nothing about these answers: tell its makers")
    worst = max((reason.risk for reason in held), key=SEVERITY.__getitem__)
    decisive = tuple(reason for reason in held if reason.risk is worst)
    return Proposal(domain=domain.code, risk=worst, because=decisive)


def propose_overall(risks: Mapping[str, Risk | None]) -> Proposal:
    """The judgement over all domains, from the judgement of each (by code; None: not judged yet).

    Two or more domains with some concerns leave the choice between some concerns and high to the reviewer.
    """
    missing = tuple(code for code, risk in risks.items() if risk is None)
    if missing:
        return Proposal(domain="overall", risk=None, missing=missing)
    named = {risk: [code for code, judged in risks.items() if judged is risk] for risk in Risk}
    if named[Risk.HIGH]:
        text = f"high risk in {_and(named[Risk.HIGH])}"
        return Proposal(domain="overall", risk=Risk.HIGH, because=(Because(risk=Risk.HIGH, text=text, answers=()),))
    if not named[Risk.SOME]:
        text = "low risk in every domain"
        return Proposal(domain="overall", risk=Risk.LOW, because=(Because(risk=Risk.LOW, text=text, answers=()),))
    text = f"some concerns in {_and(named[Risk.SOME])}"
    if len(named[Risk.SOME]) == 1:
        text += " alone"
        return Proposal(domain="overall", risk=Risk.SOME, because=(Because(risk=Risk.SOME, text=text, answers=()),))
    text += ": decide whether together they lower confidence in the result substantially (high) or not, and say why"
    return Proposal(
        domain="overall",
        risk=None,
        because=(Because(risk=Risk.SOME, text=text, answers=()),),
        choices=(Risk.SOME, Risk.HIGH),
    )


def asked(domain: Domain, answers: Mapping[str, str]) -> dict[str, bool | None]:
    """Whether each question of a domain is asked; None: that depends on a question without an answer."""
    known: dict[str, str | None] = {}
    found: dict[str, bool | None] = {}
    for question in domain.questions:
        found[question.key] = is_asked = _any(question.asked_if, known)
        known[question.key] = "NA" if is_asked is False else answers.get(question.key) or None
        if is_asked is None:
            known[question.key] = None
    return found


def relevant(variant: Variant, answers: Mapping[str, str]) -> dict[str, str]:
    """The answers to questions that are asked; those that an earlier answer has closed are left out."""
    return {
        key: answers[key]
        for domain in variant.domains
        for key, is_asked in asked(domain, answers).items()
        if is_asked is not False and answers.get(key)
    }


def check(variant: Variant, answers: Mapping[str, str]) -> None:
    """Refuse questions that the variant does not have, and answers that a question does not offer."""
    questions = {question.key: question for question in variant.questions}
    for key, answer in answers.items():
        if key not in questions:
            raise RiskOfBiasError(f"{variant.title} has no question {str(key)[:20]!r}")
        if answer not in questions[key].answers:
            offered = ", ".join(questions[key].answers)
            raise RiskOfBiasError(f"question {key} can be answered with {offered}, not with {str(answer)[:20]!r}")


def _effective(domain: Domain, answers: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The answers with NA where a question is not asked, and the questions that want an answer."""
    states = asked(domain, answers)
    effective = {key: "NA" if state is False else answers.get(key, "") for key, state in states.items()}
    return effective, tuple(key for key, state in states.items() if state and not effective[key])


def _fits(when: When, answers: Mapping[str, str]) -> bool:
    return all(GROUPS[answers[key]] in groups for key, groups in when.items())


def _any(alternatives: Sequence[When], answers: Mapping[str, str | None]) -> bool | None:
    """Whether one of several conditions holds, as far as the answers tell."""
    if not alternatives:
        return True
    states = [_holds(when, answers) for when in alternatives]
    return True if True in states else None if None in states else False


def _holds(when: When, answers: Mapping[str, str | None]) -> bool | None:
    open_ones = False
    for key, groups in when.items():
        answer = answers[key]
        if answer is None:
            open_ones = True
        elif GROUPS[answer] not in groups:
            return False
    return None if open_ones else True


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
