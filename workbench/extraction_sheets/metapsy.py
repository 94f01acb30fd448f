"""The Metapsy data standard: one row for each comparison, under the variable names that its tools expect.

docs.metapsy.org, "Data Format". Its CSV files have semicolons between cells, commas as decimal marks and NA for what is
missing; names are in snake_case, and texts hold no semicolon.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from workbench.effects import EffectError, sd_from_ci_half_width, sd_from_se
from workbench.extraction_sheets.wide import own_effect
from workbench.review import ReviewDefinition
from workbench.synthesis import Contrast

DESIGN = (
    *("study", "condition_arm1", "condition_arm2", "multi_arm1", "multi_arm2"),
    *("outcome_type", "instrument", "time", "time_weeks", "rating"),
)
EFFECT_DATA = (
    *("mean_arm1", "mean_arm2", "sd_arm1", "sd_arm2", "n_arm1", "n_arm2"),
    *("mean_change_arm1", "mean_change_arm2", "sd_change_arm1", "sd_change_arm2", "n_change_arm1", "n_change_arm2"),
    *("event_arm1", "event_arm2", "totaln_arm1", "totaln_arm2"),
    *("precalc_g", "precalc_g_se", "precalc_log_rr", "precalc_log_rr_se"),
)
COMPUTED = (
    *(".id", ".g", ".g_se", ".log_rr", ".log_rr_se"),
    *(".event_arm1", ".event_arm2", ".totaln_arm1", ".totaln_arm2"),
)
ADDITIONAL = (
    *("indication", "outcome", "year", "target", "frequency_hz", "sham_type", "certainty", "baseline_m_arm1"),
    *("baseline_sd_arm1", "baseline_m_arm2", "baseline_sd_arm2", "study_id", "result_id"),
)
COLUMNS = (*DESIGN, *EFFECT_DATA, *COMPUTED, *ADDITIONAL)
TEXTS = frozenset(
    {*DESIGN, ".id", "indication", "outcome", "target", "sham_type", "certainty", "study_id", "result_id"}
    - {"time_weeks"}
)
"""Variables that hold text; all others hold numbers."""
DICTIONARY = {
    "study": "First author and year: “Smith, 2011”",
    "condition_arm1": "Condition of the first (active) arm: the review's word for its intervention",
    "condition_arm2": "Condition of the second arm: sham, cau (usual care, waiting list), other, dose (another dose)",
    "multi_arm1": "The active arm's name where the trial has several; else NA",
    "multi_arm2": "The comparator arm's name where the trial has several arms; else NA",
    "outcome_type": "msd (means), change (changes from baseline), response (responders), or the outcome's key",
    "instrument": "The instrument as the report names it",
    "time": "post (less than 7 days after the last session), follow-up, or NA",
    "time_weeks": "Weeks after randomisation: weeks of treatment and days after it, where both are extracted; else NA",
    "rating": "self-report or clinician, by the instrument; NA where that is not known",
    "mean_arm1": "Mean of the outcome, first arm, as printed",
    "sd_arm1": "Its standard deviation (worked out from a standard error or an interval where that was printed)",
    "n_arm1": "Participants analysed, first arm",
    "mean_change_arm1": "Mean change from baseline, first arm, as printed",
    "sd_change_arm1": "Standard deviation of the change, first arm (worked out as sd_arm1)",
    "n_change_arm1": "Participants analysed for the change, first arm",
    "event_arm1": "Participants with the event, first arm",
    "totaln_arm1": "Participants analysed for the event, first arm",
    "precalc_g": "Hedges' g from an estimate as printed, turned as .g",
    "precalc_g_se": "Its standard error",
    "precalc_log_rr_se": "Its standard error",
    "precalc_log_rr": "Logarithm of a risk ratio as printed",
    ".id": "Identifies the row: study, result and comparison",
    ".g": "Hedges' g, first arm minus second; below zero favours the first arm where lower is better",
    ".g_se": "Its standard error",
    ".log_rr": "Logarithm of the risk ratio, first arm over second",
    ".log_rr_se": "Its standard error",
    ".event_arm1": "As event_arm1",
    ".totaln_arm1": "As totaln_arm1",
    "indication": "The review's indication (the main one)",
    "outcome": "The review's outcome",
    "year": "Year of the study's main report",
    "target": "Stimulation target of the active arm",
    "frequency_hz": "Frequency of the active arm's stimulation, Hz",
    "sham_type": "What the comparator arm got, in the review's words",
    "certainty": "arm data, approximate, or sensitivity only (never pool these)",
    "baseline_m_arm1": "Mean before treatment, first arm",
    "baseline_sd_arm1": "Standard deviation before treatment, first arm",
    "study_id": "The study's id in the review",
    "result_id": "The result's id in the review",
}
_CLINICIAN = re.compile(r"hdrs|ham-?d|hamd|madrs|cgi|ham-?a\b|hama\b", re.IGNORECASE)
_SELF = re.compile(
    r"\bvas\b|\bnrs\b|bpi|mpq|fiqr?\b|bdi|hads|sf-?36|midas|hit-?6|diary|\bpdi\b|eq-?5d|pgic|pain|days|attacks",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?P<author>.*?)[\s,(]+(?P<year>(?:19|20)\d\d[a-z]?)\)?\??\s*$")


def metapsy_rows(contrasts: Iterable[Contrast], review: ReviewDefinition) -> Iterator[dict[str, Any]]:
    """Every settled contrast under COLUMNS; None stands for NA."""
    for contrast in contrasts:
        if contrast.waits_for:
            continue
        row: dict[str, Any] = dict.fromkeys(COLUMNS)
        row |= _design(contrast, review) | _numbers(contrast) | _computed(contrast, review) | _additional(contrast)
        yield {key: _plain(value) for key, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        text = " ".join(value.replace(";", ",").split())
        return text or None
    return value


def _design(contrast: Contrast, review: ReviewDefinition) -> dict[str, Any]:
    label = _LABEL.match(contrast.study_label)
    several = contrast.design == "multi-arm" or contrast.shared_comparator
    intervention = re.sub(r"[^a-z0-9]+", "_", review.question.intervention_short.lower()).strip("_")
    days, weeks = contrast.days_after_treatment, contrast.stimulation.get("weeks")
    return {
        "study": f"{label['author'].rstrip(' ,')}, {label['year']}" if label else contrast.study_label,
        "condition_arm1": intervention or "intervention",
        "condition_arm2": _comparator(contrast),
        "multi_arm1": contrast.active_label if several else None,
        "multi_arm2": contrast.comparator_label if several else None,
        "outcome_type": _outcome_type(contrast),
        "instrument": contrast.instrument or contrast.outcome,
        "time": None if days is None else "post" if days < 7 else "follow-up",
        "time_weeks": (None if days is None or not isinstance(weeks, int | float) else round(weeks + days / 7, 2)),
        "rating": _rating(contrast),
    }


def _comparator(contrast: Contrast) -> str | None:
    """NA where nobody said what the comparator got."""
    if not contrast.sham_type:
        return None
    kinds = {
        "no sham: usual care or waiting list": "cau",
        "no sham: another treatment": "other",
        "no sham: another dose": "dose",
    }
    return kinds.get(contrast.sham_type, "sham")


def _outcome_type(contrast: Contrast) -> str:
    if contrast.kind == "events" or contrast.measure_printed in ("OR", "RR", "RD"):
        return "response" if "respond" in contrast.outcome else contrast.outcome
    return "change" if contrast.statistic in ("change from baseline", "percent change") else "msd"


def _rating(contrast: Contrast) -> str | None:
    if _CLINICIAN.search(contrast.instrument):
        return "clinician"
    return "self-report" if _SELF.search(contrast.instrument) else None


def _numbers(contrast: Contrast) -> dict[str, Any]:
    """The one group of variables that the row's data belong to; the others stay NA.

    Medians and changes in percent have no variables in the standard: such a row has its effect precalculated.
    """
    held = contrast.numbers
    if contrast.centre_kind == "median" or contrast.statistic == "percent change":
        return {}
    if contrast.kind in ("parallel_means", "arm_means"):
        changed = contrast.statistic == "change from baseline"
        kind = "_change" if changed else ""
        found: dict[str, Any] = {}
        for number, arm in ((1, "active"), (2, "comparator")):
            found[f"mean{kind}_arm{number}"] = held.get(f"mean_{arm}")
            found[f"sd{kind}_arm{number}"] = _sd(contrast, arm)
            found[f"n{kind}_arm{number}"] = held.get(f"n_{arm}")
        return found
    if contrast.kind == "events":
        names = ("event_arm1", "event_arm2", "totaln_arm1", "totaln_arm2")
        keys = ("events_active", "events_comparator", "n_active", "n_comparator")
        return {name: held.get(key) for name, key in zip(names, keys, strict=True)}
    return {}


def _sd(contrast: Contrast, arm: str) -> float | None:
    spread, n = contrast.numbers.get(f"spread_{arm}"), contrast.numbers.get(f"n_{arm}")
    if spread is None or n is None:
        return None
    try:
        match contrast.spread_kind:
            case "SD":
                return spread
            case "SE":
                return sd_from_se(spread, n)
            case "95% CI half-width":
                return sd_from_ci_half_width(spread, n)
    except EffectError:
        return None
    return None


def _computed(contrast: Contrast, review: ReviewDefinition) -> dict[str, Any]:
    parts = (contrast.id, contrast.active_label, contrast.outcome, contrast.instrument, contrast.time_label)
    found: dict[str, Any] = {".id": "_".join(part for part in parts if part)}
    g, rr = own_effect(contrast, review, "SMD"), own_effect(contrast, review, "RR")
    ready = not _numbers(contrast)  # no raw numbers under standard names
    if not isinstance(g, str):
        found |= {".g": g.yi, ".g_se": math.sqrt(g.vi)}
        found |= {"precalc_g": g.yi, "precalc_g_se": math.sqrt(g.vi)} if ready else {}
    if not isinstance(rr, str):
        found |= {".log_rr": rr.yi, ".log_rr_se": math.sqrt(rr.vi)}
        found |= {"precalc_log_rr": rr.yi, "precalc_log_rr_se": math.sqrt(rr.vi)} if ready else {}
    if contrast.kind == "events":
        held = _numbers(contrast)
        found |= {f".{name}": value for name, value in held.items()}
    return found


def _additional(contrast: Contrast) -> dict[str, Any]:
    label = _LABEL.match(contrast.study_label)
    stimulation, held = contrast.stimulation, contrast.numbers
    return {
        "indication": contrast.primary_indication,
        "outcome": contrast.outcome,
        "year": int(label["year"][:4]) if label else None,
        "target": stimulation.get("target"),
        "frequency_hz": stimulation.get("frequency_hz"),
        "sham_type": contrast.sham_type,
        "certainty": contrast.certainty,
        "baseline_m_arm1": held.get("baseline_mean_active"),
        "baseline_sd_arm1": held.get("baseline_sd_active"),
        "baseline_m_arm2": held.get("baseline_mean_comparator"),
        "baseline_sd_arm2": held.get("baseline_sd_comparator"),
        "study_id": contrast.study,
        "result_id": contrast.result,
    }


def explained(name: str) -> str:
    """What a variable holds, in words: the second arm's are explained with the first one's."""
    return DICTIONARY.get(name) or DICTIONARY.get(name.replace("_arm2", "_arm1"), "").replace("first arm", "second arm")


def faults_of(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """What about a table is not as the standard has it; () for a sound one."""
    faults = [f"the variable {name} is missing" for name in (*DESIGN, *EFFECT_DATA, *COMPUTED) if name not in columns]
    faults += [f"{name!r} is no allowed name" for name in columns if not re.fullmatch(r"\.?[a-z][a-z0-9_]*", name)]
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        for name, value in row.items():
            if value is None:
                continue
            if (name in TEXTS) != isinstance(value, str):
                faults.append(f"row {number}: {name} must be a {'text' if name in TEXTS else 'number'}")
            elif isinstance(value, str) and (";" in value or value != value.strip()):
                faults.append(f"row {number}: {name} holds a semicolon or spaces at its ends")
        for name in ("study", "condition_arm1", "condition_arm2", "outcome_type", "instrument"):
            if row.get(name) is None:
                faults.append(f"row {number}: {name} must not be missing")
        if str(row.get(".id")) in seen:
            faults.append(f"row {number}: .id is there twice")
        seen.add(str(row.get(".id")))
    return tuple(faults)
