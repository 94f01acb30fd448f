"""Risk of bias of the review's results: what stands for each, as figures and as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.extraction import Study
from workbench.forms import Form
from workbench.plots.risk_of_bias import RiskColumn, RiskFigure, RiskRow
from workbench.results.figures import EXAMPLE
from workbench.results.files import csv_bytes
from workbench.review import ReviewDefinition
from workbench.risk_of_bias import ANSWERS, DIRECTIONS, OVERALL, SettledAppraisal, Variant, relevant, variant, variants
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


def appraised_results(store: Store, review: ReviewDefinition, forms: Mapping[str, Form]) -> tuple[AppraisedResult, ...]:
    """Every result that has a risk of bias, by study; forms about the whole trial are none."""
    studies = {study.id: study for study in store.studies()}
    settled = {
        one.result: one for one in store.settled_appraisals(appraisers_needed=review.extraction.extractors_needed)
    }
    short = {item.key: item.short for item in review.indications}
    found = []
    for slot in store.results():
        form = forms.get(slot.form)
        if slot.id in settled and not (form is not None and form.scope == "trial"):
            label = slot.label or short.get(slot.indication or "", "")
            found.append(AppraisedResult(study=studies[slot.study], slot=slot, label=label, settled=settled[slot.id]))
    order = {study: place for place, study in enumerate(studies)}
    return tuple(sorted(found, key=lambda one: order[one.study.id]))


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
    """(columns, rows): one row for each result; judgements only where they are agreed or settled."""
    codes = (*_columns(_variants([one for one in results if one.settled.usable])), OVERALL)
    columns = ["study", "result", "state", "variant", "provisional"]
    for code in codes:
        columns += [code, f"{code} why", f"{code} judged otherwise than proposed", f"{code} direction"]
    rows = []
    for one in results:
        row: dict[str, Any] = {"study": one.study.label, "result": one.label, "state": str(one.settled.state)}
        if one.settled.usable and one.settled.assessment is not None:
            known = variant(one.settled.assessment.variant, one.settled.version)
            row |= {"variant": known.title, "provisional": "yes" if known.provisional else "no"}
            for judgement in one.settled.judgements:
                code = judgement.domain
                row[code] = str(judgement.risk or "")
                row[f"{code} why"] = judgement.reason
                row[f"{code} judged otherwise than proposed"] = "yes" if judgement.overridden else "no"
                row[f"{code} direction"] = DIRECTIONS.get(judgement.direction, "")
        rows.append(row)
    return tuple(columns), tuple(rows)


def risk_csv(results: Sequence[AppraisedResult]) -> bytes:
    """The judgements as a table for a spreadsheet."""
    return csv_bytes(*risk_rows(results))


def answers_csv(results: Sequence[AppraisedResult]) -> bytes:
    """Every answer behind the judgements with its source, one a row; agreed and settled results only."""
    columns = ("study", "result", "variant", "question", "prompt", "answer", "page", "quote", "appraisers")
    return csv_bytes(columns, _answers(results))


def _answers(results: Sequence[AppraisedResult]) -> Iterator[dict[str, Any]]:
    for one in results:
        said = one.settled.assessment
        if said is None or not one.settled.usable:
            continue
        known = variant(said.variant, one.settled.version)
        given = relevant(known, said.answers)
        for question in known.questions:
            if question.key in given:
                quote = said.quotes.get(question.key)
                yield {
                    "study": one.study.label,
                    "result": one.label,
                    "variant": known.title,
                    "question": question.key,
                    "prompt": question.prompt,
                    "answer": ANSWERS[given[question.key]],
                    "page": quote.page if quote else "",
                    "quote": quote.quote if quote else "",
                    "appraisers": ", ".join(one.settled.appraisers),
                }
