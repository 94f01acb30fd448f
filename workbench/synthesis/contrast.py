"""From settled extractions to contrasts: the form's answers put in their places, nothing computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast, get_args

from ingest.notices import Notice
from workbench.extraction import ResultState, SettledResult, Study
from workbench.forms import QUOTES, Answers, Form, contradictions, is_not_reported, number, text, words
from workbench.review import ReviewDefinition
from workbench.synthesis import several_arms
from workbench.synthesis.flags import flagged
from workbench.synthesis.trial_facts import completed, is_about_a_trial, trial_answers
from workbench.synthesis.values import AnswerQuote, Certainty, Contrast

NUMBERS = (
    *("n_active", "mean_active", "spread_active", "n_comparator", "mean_comparator", "spread_comparator"),
    *("baseline_mean_active", "baseline_sd_active", "baseline_mean_comparator", "baseline_sd_comparator"),
    *("n_analysed", "correlation", "washout_days", "events_active", "events_comparator", "n_randomised"),
    *("estimate", "estimate_se", "estimate_low", "estimate_high", "estimate_level", "estimate_p", "estimate_df"),
    *("estimate_t", "scale_low", "scale_high"),
    *(f"{part}_{arm}" for part in ("median", "q1", "q3", "min", "max", "percent") for arm in ("active", "comparator")),
    *("difference_mean", "difference_spread", "paired_t", "paired_p", "icc", "cluster_mean_size", "clusters"),
    *("time_active", "time_comparator", "outcome_sd"),
)
"""Number fields that a contrast keeps."""

STIMULATION = "stim_"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReady:
    """A result that cannot be analysed yet, and what it waits for."""

    study: str
    result: str
    reason: str
    study_label: str = ""
    outcome: str = ""  # as far as the extractors agree on it; "" where they do not or nothing final is there
    indications: tuple[str, ...] = ()


_WAITS_FOR = {
    ResultState.EMPTY: "nothing is extracted yet",
    ResultState.DRAFT: "only drafts are there",
    ResultState.WAITING: "the second extractor has not finished",
    ResultState.CONFLICT: "the extractors differ",
}


def not_ready(
    settled: Iterable[SettledResult], studies: Iterable[Study] = (), forms: Mapping[str, Form] | None = None
) -> tuple[NotReady, ...]:
    """The results that are not agreed or settled and so are never pooled, and what each waits for.

    forms: those that are filled in once for a trial are left out; they give no result.
    """
    labels = {study.id: study.label for study in studies}
    return tuple(
        NotReady(
            study=item.study,
            result=item.result,
            reason=_waits_for(item),
            study_label=labels.get(item.study, "") or text(item.answers, "study_label") or item.study,
            outcome=text(item.answers, "outcome"),
            indications=_indications(item.answers),
        )
        for item in settled
        if not item.usable and not is_about_a_trial(item, forms or {})
    )


def _waits_for(item: SettledResult) -> str:
    return "" if item.usable else _WAITS_FOR.get(item.state, item.state)


def _indications(answers: Mapping[str, Any]) -> tuple[str, ...]:
    """The primary one first."""
    listed = (text(answers, "primary_indication"), *words(answers, "indications"))
    return tuple(dict.fromkeys(key for key in listed if key))


def contrasts(
    settled: Iterable[SettledResult],
    studies: Iterable[Study],
    review: ReviewDefinition,
    forms: Mapping[str, Form],
    *,
    unsettled: bool = False,
    notices: Mapping[str, Sequence[Notice]] | None = None,
) -> tuple[Contrast, ...]:
    """One contrast for every agreed or settled result, in the order given, with its flags.

    A result with several arms gives one for each active arm. What was filled in once for a trial is no result; it adds
    what its results leave empty (`trial_facts`).

    unsettled: also those that wait for a second extractor or a consensus and have answers; each says so in `waits_for`,
    has no flags, raises none in others, and is excluded from every analysis as "not settled". What has no final
    answers, or no agreed outcome or indication, belongs to no analysis: `not_ready` lists it.

    notices: what was published about the reports of each study (by its id) since: retractions, corrections, ...

    forms: by name. A result whose form is not among them keeps kind "" and is excluded, with that reason, from every
    analysis; nothing is dropped here.
    """
    known = {study.id: study for study in studies}
    given = list(settled)
    trials = trial_answers(given, forms)
    found = [
        contrast
        for item in given
        if (item.usable or (unsettled and item.answers)) and not is_about_a_trial(item, forms)
        for contrast in _of_result(
            item,
            known.get(item.study),
            review,
            forms.get(item.form),
            tuple((notices or {}).get(item.study, ())),
            trials.get(item.study, {}),
        )
    ]
    marked = {item.id: item for item in flagged([item for item in found if not item.waits_for], review)}
    return tuple(item if item.waits_for else marked[item.id] for item in found)


def _of_result(
    item: SettledResult,
    study: Study | None,
    review: ReviewDefinition,
    form: Form | None,
    notices: tuple[Notice, ...],
    trial: Answers,
) -> Iterator[Contrast]:
    answers: Mapping[str, Any] = item.answers
    if form is not None:
        # what stands in a field that does not apply to the other answers is not part of the result
        hidden = {field.key for field in form.fields} - {field.key for field in form.asked(answers)}
        answers = {key: value for key, value in answers.items() if key not in hidden}
    kind = form.kind if form is not None else ""
    if kind != "arm_means":
        yield _contrast(item, study, review, kind, notices, completed(answers, trial))
        return
    groups = several_arms.as_two_groups(answers)
    for arm, group in groups.items():
        yield _contrast(item, study, review, "parallel_means", notices, completed(group, trial), arm=arm)
    if not groups:  # counted, and left out with a reason: the numbers of the arms are missing
        yield _contrast(item, study, review, "parallel_means", notices, completed(answers, trial))


def _contrast(
    item: SettledResult,
    study: Study | None,
    review: ReviewDefinition,
    kind: str,
    notices: tuple[Notice, ...],
    answers: Answers,
    *,
    arm: str = "",
) -> Contrast:
    days = number(answers, "days_after_treatment")
    window = review.window_at(days)
    primary = text(answers, "primary_indication")
    indications = _indications(answers)
    certainty = text(answers, "certainty") or "arm data"
    note = text(answers, "certainty_note")
    if certainty == "arm data" and kind in _WORKED_OUT:
        why = _WORKED_OUT[kind](answers)
        if why:
            certainty, note = "approximate", f"{note} {why}".strip()
    return Contrast(
        id=f"{item.study}/{item.result}" + (f"#{arm}" if arm else ""),
        study=item.study,
        study_label=(study.label if study is not None else "") or text(answers, "study_label") or item.study,
        result=item.result,
        indications=indications,
        primary_indication=primary or (indications[0] if indications else ""),
        outcome=text(answers, "outcome"),
        kind=kind,
        numbers={key: value for key in NUMBERS if (value := number(answers, key)) is not None},
        not_reported=frozenset(key for key in NUMBERS if is_not_reported(answers.get(key))),
        measure_printed=text(answers, "estimate_measure"),
        direction=text(answers, "direction"),
        event_is=text(answers, "event_is"),
        favours=text(answers, "estimate_favours"),
        statistic=text(answers, "statistic"),
        spread_kind=text(answers, "spread_kind"),
        centre_kind=text(answers, "centre_kind"),
        periods=text(answers, "periods"),
        cluster_adjusted=text(answers, "cluster_adjusted"),
        difference_spread_kind=text(answers, "difference_spread_kind"),
        means_adjusted=text(answers, "means_adjusted"),
        estimate_adjusted=text(answers, "estimate_adjusted"),
        instrument=text(answers, "instrument"),
        design=text(answers, "design"),
        analysis_set=text(answers, "analysis_set"),
        active_label=text(answers, "active_label"),
        comparator_label=text(answers, "comparator_label"),
        sham_type=text(answers, "sham_type"),
        indication_detail=text(answers, "indication_detail"),
        days_after_treatment=days,
        window=window.key if window is not None else None,
        time_label=text(answers, "time_label"),
        stimulation=_stimulation(answers),
        shared_comparator=text(answers, "comparator_shared") == "yes",
        comparator_split=text(answers, "comparator_split"),
        certainty=cast(Certainty, certainty if certainty in get_args(Certainty) else "sensitivity only"),
        certainty_note=note,
        quote=text(answers, "quote"),
        page=text(answers, "page"),
        source_address=text(answers, "source_address"),
        full_text=_whole_quote(item.answers).get("full_text", ""),
        answer_quotes=_answer_quotes(item.answers),
        reports=study.reports if study is not None else (),
        notices=notices,
        extraction_ids=item.extraction_ids,
        form=item.form,
        form_version=item.form_version,
        country=text(answers, "country"),
        registry_id=text(answers, "registry_id"),
        contradictions=contradictions(answers),
        waits_for=_waits_for(item),
    )


def _quotes(answers: Answers) -> dict[str, dict[str, str]]:
    held = answers.get(QUOTES)
    entries = held.items() if isinstance(held, Mapping) else ()
    return {
        str(path): {key: value for key, value in entry.items() if isinstance(value, str)}
        for path, entry in entries
        if isinstance(entry, Mapping)
    }


def _whole_quote(answers: Answers) -> dict[str, str]:
    """Where the result's own quote was taken from; nothing where it was typed, or typed over since."""
    entry = _quotes(answers).get("", {})
    return entry if entry.get("quote") == text(answers, "quote") else {}


def _answer_quotes(answers: Answers) -> tuple[AnswerQuote, ...]:
    return tuple(
        AnswerQuote(
            path=path,
            quote=entry["quote"],
            page=entry.get("page", ""),
            full_text=entry.get("full_text", ""),
            found=entry.get("found", ""),
        )
        for path, entry in _quotes(answers).items()
        if path and entry.get("quote")
    )


def _paired_without_r(answers: Answers) -> str:
    """Why the effect of a crossover rests on an assumption; "" where the report gives what is needed."""
    if text(answers, "periods") == "first":
        return _from_medians(answers)
    own = any(number(answers, key) is not None for key in ("correlation", "difference_spread", "paired_t", "paired_p"))
    return "" if own else "The correlation between the periods is the review's assumption."


def _from_medians(answers: Answers) -> str:
    return "Means and SDs are worked out from medians." if text(answers, "centre_kind") == "median" else ""


def _from_a_test(answers: Answers) -> str:
    return "" if number(answers, "estimate") is not None else "The effect is worked out from a test."


def _from_percentages(answers: Answers) -> str:
    counted = all(number(answers, f"events_{arm}") is not None for arm in ("active", "comparator"))
    return "" if counted else "Counts are worked out from percentages."


_WORKED_OUT = {
    "crossover_means": _paired_without_r,
    "parallel_means": _from_medians,
    "events": _from_percentages,
    "estimate": _from_a_test,
}
"""Kind -> why its effect is worked out although the extractor typed what is printed."""


def _stimulation(answers: Mapping[str, Any]) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    for key, value in answers.items():
        if key.startswith(STIMULATION) and not is_not_reported(value):
            as_number, as_text = number(answers, key), text(answers, key)
            if as_number is not None or as_text:
                found[key.removeprefix(STIMULATION)] = as_text or cast(float, as_number)
    return found
