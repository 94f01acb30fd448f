"""Risk of bias of the review's results: what stands for each, as figures and as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.extraction import CurrentForms, Study
from workbench.forms import Form
from workbench.plots.risk_of_bias import RiskColumn, RiskFigure, RiskRow
from workbench.results.figures import EXAMPLE
from workbench.results.files import csv_bytes
from workbench.review import ReviewDefinition
from workbench.risk_of_bias import (
    ANSWERS,
    DIRECTIONS,
    GROUPS,
    OVERALL,
    Judgement,
    Quote,
    SettledAppraisal,
    Variant,
    assessment_of,
    judge,
    relevant,
    variant,
    variants,
)
from workbench.store import ResultSlot, Store

SOURCE = "RoB 2: Sterne 2019, BMJ 366:l4898"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppraisedResult:
    """One result and what stands for its risk of bias."""

    study: Study
    slot: ResultSlot
    label: str  # of the result within its study
    settled: SettledAppraisal

    @property
    def name(self) -> str:
        """Study and result on one line."""
        return f"{self.study.label}: {self.label}" if self.label else self.study.label


def appraised_results(
    store: Store, review: ReviewDefinition, forms: Mapping[str, Form], *, current: CurrentForms | None = None
) -> tuple[AppraisedResult, ...]:
    """Every result that has a risk of bias, by study; forms about the whole trial are none.

    A result that was given no label of its own is called by outcome and time of its agreed answers, else by its
    indication. current: older answers are read as these forms ask today.
    """
    studies = {study.id: study for study in store.studies()}
    needed = review.extraction.extractors_needed
    settled = {one.result: one for one in store.settled_appraisals(appraisers_needed=needed)}
    slots = [
        slot
        for slot in store.results()
        if slot.id in settled and not ((form := forms.get(slot.form)) is not None and form.scope == "trial")
    ]
    agreed: dict[str, Mapping[str, Any]] = {}
    if not all(slot.label for slot in slots):
        known = store.settled_results(extractors_needed=needed, current=current)
        agreed = {one.result: one.answers for one in known if one.usable}
    short = {item.key: item.short for item in review.indications}
    outcomes = {item.key: item.label for item in review.outcomes}
    found = []
    for slot in slots:
        label = slot.label or _called(agreed.get(slot.id, {}), outcomes) or short.get(slot.indication or "", "")
        found.append(AppraisedResult(study=studies[slot.study], slot=slot, label=label, settled=settled[slot.id]))
    order = {study: place for place, study in enumerate(studies)}
    return tuple(sorted(found, key=lambda one: order[one.study.id]))


def _called(answers: Mapping[str, Any], outcomes: Mapping[str, str]) -> str:
    """A result by its outcome and time, as "Pain intensity, week 4"; "" where the outcome is not said."""
    outcome, time, days = (answers.get(key) for key in ("outcome", "time_label", "days_after_treatment"))
    if not isinstance(outcome, str) or not outcome.strip():
        return ""
    if not isinstance(time, str):
        time = f"{days:g} days after treatment" if isinstance(days, int | float) else ""
    return ", ".join(part for part in (outcomes.get(outcome, outcome), time.strip()) if part)


def risk_figure(results: Sequence[AppraisedResult], review: ReviewDefinition) -> RiskFigure:
    """What the two figures show: the results that are agreed or settled. None of them: `PlotError`."""
    shown = [one for one in results if one.settled.usable]
    used = _variants(shown)
    titles = {domain.code: domain.title for known in used for domain in known.domains}
    shorts = _columns(used)
    notes = [review.notice, *(f"{known.title}: {known.provisional}" for known in used if known.provisional), SOURCE]
    return RiskFigure(
        title=f"Risk of bias: {review.title}",
        columns=(
            *(RiskColumn(code=code, title=titles[code]) for code in shorts),
            RiskColumn(code="Overall", title="Overall risk of bias"),
        ),
        rows=tuple(
            RiskRow(
                label=one.name,
                risks={
                    "Overall" if judgement.domain == OVERALL else judgement.domain: judgement.risk
                    for judgement in one.settled.judgements
                },
            )
            for one in shown
        ),
        notes=tuple(note for note in notes if note),
        example_notice=EXAMPLE if review.example else None,
    )


def _variants(results: Sequence[AppraisedResult]) -> tuple[Variant, ...]:
    """Those in use, each once."""
    used = {
        (one.settled.assessment.variant, one.settled.version): None
        for one in results
        if one.settled.assessment is not None
    }
    return tuple(variant(key, version) for key, version in used)


ORDER = tuple(dict.fromkeys(["D1", "D1b", "DS", *(d.code for v in variants() for d in v.domains)]))


def _columns(used: Sequence[Variant]) -> tuple[str, ...]:
    present = {domain.code for known in used for domain in known.domains}
    return tuple(code for code in ORDER if code in present)


def risk_rows(results: Sequence[AppraisedResult]) -> tuple[tuple[str, ...], tuple[dict[str, Any], ...]]:
    """(columns, rows): one row for each result; judgements only where they are agreed or settled.

    Reasons and directions on which two who agree on a judgement differ are told by name.
    """
    codes = (*_columns(_variants([one for one in results if one.settled.usable])), OVERALL)
    columns = ["study", "result", "state", "variant", "provisional"]
    for code in codes:
        columns += [code, f"{code} why", f"{code} judged otherwise than proposed", f"{code} direction"]
    columns.append("judged after seeing the others'")
    rows = []
    for one in results:
        row: dict[str, Any] = {"study": one.study.label, "result": one.label, "state": str(one.settled.state)}
        if one.settled.usable and one.settled.assessment is not None:
            known = variant(one.settled.assessment.variant, one.settled.version)
            row |= {"variant": known.title, "provisional": "yes" if known.provisional else "no"}
            row["judged after seeing the others'"] = "; ".join(one.settled.changed_after_seeing)
            for judgement in one.settled.judgements:
                code = judgement.domain
                row[code] = str(judgement.risk or "")
                row[f"{code} why"] = told(one.settled, code, lambda found: found.reason)
                row[f"{code} judged otherwise than proposed"] = told(
                    one.settled, code, lambda found: "yes" if found.overridden else "no"
                )
                row[f"{code} direction"] = told(one.settled, code, lambda found: DIRECTIONS.get(found.direction, ""))
        rows.append(row)
    return tuple(columns), tuple(rows)


def told(
    settled: SettledAppraisal, code: str, say: Callable[[Judgement], str], named: Callable[[str], str] = str
) -> str:
    """What those whose judgement of a domain stands say of it: once if all say the same, else by name."""
    said = {
        vote.appraiser: say(found)
        for vote in settled.basis
        for found in judge(assessment_of(vote), vote.tool_version)
        if found.domain == code
    }
    if len(set(said.values())) <= 1:
        return next(iter(said.values()), "")
    return "; ".join(f"{named(name)}: {words or 'not said'}" for name, words in said.items())


def risk_csv(results: Sequence[AppraisedResult]) -> bytes:
    """The judgements as a table for a spreadsheet."""
    return csv_bytes(*risk_rows(results))


ANSWER_COLUMNS = (
    "study", "result", "state", "variant", "question", "prompt", "answer", "page", "quote", "full_text", "appraiser",
    "role", "answered differently",
)  # fmt: skip


def answers_csv(results: Sequence[AppraisedResult]) -> bytes:
    """Every answer behind the judgements with its source; agreed and settled results only.

    One row for each question and each appraiser whose judgement stands: two who agree on a judgement may have answered
    differently, which is marked. Of a settled result it is the consensus.
    """
    return csv_bytes(ANSWER_COLUMNS, _answers(results))


def _answers(results: Sequence[AppraisedResult]) -> Iterator[dict[str, Any]]:
    for one in results:
        said = [(vote, assessment_of(vote)) for vote in one.settled.basis] if one.settled.usable else []
        given = [relevant(variant(words.variant, vote.tool_version), words.answers) for vote, words in said]
        for question in variant(said[0][1].variant, one.settled.version).questions if said else ():
            answers = [each.get(question.key) for each in given]
            groups = {GROUPS.get(answer or "NA") for answer in answers}
            for (vote, words), answer in zip(said, answers, strict=True):
                if not any(answers):
                    continue
                quote = words.quotes.get(question.key) or Quote()
                yield {
                    "study": one.study.label,
                    "result": one.label,
                    "state": str(one.settled.state),
                    "variant": variant(words.variant, vote.tool_version).title,
                    "question": question.key,
                    "prompt": question.prompt,
                    "answer": ANSWERS[answer] if answer else "not asked",
                    "page": quote.page if answer else "",
                    "quote": quote.quote if answer else "",
                    "full_text": quote.full_text if answer else "",
                    "appraiser": vote.appraiser,
                    "role": vote.role,
                    "answered differently": "yes" if len(groups) > 1 else "no",
                }
