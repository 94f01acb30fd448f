"""Rows of the shared data as answers to the shipped forms, for tests of the plausibility rules.

More of each row is typed than `trial_answers.typed` needs: p, percentages and the sentence itself, the stimulation, the
condition, whoever was randomised. Trials are entered under names that no rule can know; one author stays one author.
"""

from __future__ import annotations

import csv
import functools
import gzip
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.shared_data import shared
from tests.trial_answers import Bench, trial_rows, typed
from workbench.forms import check_answers, load_forms, shipped_forms
from workbench.forms.plausible import findings
from workbench.plausibility import Finding

FORMS = load_forms(shipped_forms())
STIMULATION = {"frequency_hz": "stim_frequency_hz", "pulses_per_session": "stim_pulses_session"}
MEASURES = (("Cohen", "SMD"), ("d of", "SMD"), ("odds ratio", "OR"), ("risk difference", "RD"), ("more likely", "RR"))
_RANDOMISED = re.compile(r"(?<!and )\b(\d+) (?:randomised|patients|allocated|enrolled|survivors)\b(?! to each)")
_NUMBER = re.compile(r"^-?[\d.]+$")


def entered(row_id: str, **changes: Any) -> tuple[str, dict[str, Any]]:
    """(form, answers) of a row with everything it tells; `changes` are what only a reader of the report would know."""
    row = trial_rows()[row_id]
    form, answers = typed(row_id)
    answers |= {"indication_detail": row["indication"], "stim_target": row["target"], "sham_type": "sham coil"}
    if "[" not in row["study"]:
        answers["active_label"] = f"rTMS {row['target']} {row['frequency_hz']}".strip()
    answers |= {key: float(row[column]) for column, key in STIMULATION.items() if _NUMBER.match(row[column])}
    if _NUMBER.match(row["sessions"]):
        answers["stim_sessions"] = int(row["sessions"])
    randomised = _RANDOMISED.search(row["as_reported"])
    if randomised:
        answers["n_randomised"] = int(randomised[1])
    if row["direction"].startswith("larger") or "decrease" in row["measure"]:
        answers["direction"] = "higher is better"
    if "percent" in row["outcome"] or "percent" in row["measure"]:
        answers["statistic"] = "percent change"
    elif "decrease" in row["measure"] or row["measure"] == "mean change":
        answers["statistic"] = "change from baseline"
    if "0-10" not in row["outcome"] and "pain intensity" not in row["outcome"]:
        for key in ("scale_low", "scale_high", "instrument"):
            answers.pop(key, None)
        answers["outcome"] = row["outcome"]
    if row["p_value"]:
        answers["check_p"] = row["p_value"]
    if row["yi"] or row["measure"].startswith("Cohen d"):
        form = "estimate"
        answers |= _estimate(row)
    return form, {key: value for key, value in {**answers, **changes}.items() if value not in (None, "")}


def _estimate(row: dict[str, str]) -> dict[str, Any]:
    size = row["yi"] or re.findall(r"d = ([\d.]+)", row["as_reported"])[0]
    kind = row["yi_kind"] or row["measure"]
    answers = {
        "estimate_measure": next((measure for word, measure in MEASURES if word in kind), "MD"),
        "estimate": float(size),
        "estimate_low": float(row["ci_low"]) if row["ci_low"] else None,
        "estimate_high": float(row["ci_high"]) if row["ci_high"] else None,
        "estimate_p": float(row["p_value"]) if _NUMBER.match(row["p_value"]) else None,
    }
    return {key: value for key, value in answers.items() if value is not None}


def found(answers: dict[str, Any]) -> list[Finding]:
    """What the rules find in the answers of one result."""
    return list(findings(answers))


def codes(answers: dict[str, Any]) -> set[str]:
    """The codes of it."""
    return {finding.code for finding in found(answers)}


def warned(form: str, answers: dict[str, Any]) -> str:
    """What the form says at its fields, warnings and errors of the rules on numbers together."""
    known = {key: value for key, value in answers.items() if key in FORMS[form].keys}
    said = {finding.message for finding in found(known)}
    return " | ".join(item.message for item in check_answers(FORMS[form], known) if item.message in said)


def review_of(bench: Bench, rows: Iterable[tuple[str, str, dict[str, Any]]]) -> None:
    """(result, form, answers) into a review, each trial under a name that only tells authors and years apart."""
    authors: dict[str, str] = {}
    for result, form, answers in rows:
        label = str(answers["study_label"])
        author, _, year = label.rpartition(" ")
        author = re.sub(r"\(.*?\)", "", author or label).strip()
        name = f"{authors.setdefault(author, f'Author{len(authors)}')} {year if year[:2] in ('19', '20') else 2020}"
        bench.add(name, result, form, {**answers, "study_label": name})


def flags(bench: Bench, code: str) -> set[str]:
    """The results that carry this flag."""
    return {contrast.result for contrast in bench.contrasts() if contrast.flag(code)}


@functools.cache
def cochrane_rows() -> tuple[dict[str, str], ...]:
    """Every row of the 12 Cochrane reviews; the rows of a study in one analysis are numbered as arms."""
    rows: list[dict[str, str]] = []
    again: Counter[tuple[str, ...]] = Counter()
    for path in sorted(shared("data/cochrane_pain").glob("*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                name = path.name.removesuffix(".csv.gz")
                again[(name, row["Analysis.group"], row["Analysis.number"], row["Study"])] += 1
                arm = again[(name, row["Analysis.group"], row["Analysis.number"], row["Study"])]
                rows.append({**row, "file": name, "arm": str(arm)})
    return tuple(rows)


_SCALE = re.compile(r"\((?:scale )?(-?\d+)\s*(?:to|-|–)\s*(\d+)(?![\d.])", re.IGNORECASE)


def cochrane_answers(row: dict[str, str]) -> tuple[str, dict[str, Any]] | None:
    """(form, answers) of a row of a Cochrane review with its printed effect beside the arms; None where it has no arms.

    No column says which measure the effect is: the one that the arms give is taken, so that a wrong effect is not seen
    here (that each is right is tested with the effects). The scale is that of the analysis's name, where it has one.
    """
    number = {key: float(value) for key, value in row.items() if re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", value or "")}
    n1, n2 = number.get("Experimental.N", 0), number.get("Control.N", 0)
    effect = {"check_difference": "Mean", "check_low": "CI.start", "check_high": "CI.end"}
    answers: dict[str, Any] = {
        "study_label": row["Study"],
        "design": "parallel",
        "outcome": f"{row['file']}-{row['Analysis.group']}-{row['Analysis.number']}",
        "time_label": row["Subgroup"] if re.search(r"\d", row["Subgroup"]) else "",
        "active_label": f"experimental {row['arm']}",
        "comparator_label": f"control {row['arm']}",
        "instrument": row["Analysis.name"],
        "direction": "lower is better",
        "statistic": "final value",
        "n_active": _whole(n1),
        "n_comparator": _whole(n2),
        **{key: number[column] for key, column in effect.items() if column in number},
    }
    means = [number.get(f"{arm}.mean", 0) for arm in ("Experimental", "Control")]
    sds = [number.get(f"{arm}.SD", 0) for arm in ("Experimental", "Control")]
    cases = [number.get(f"{arm}.cases", 0) for arm in ("Experimental", "Control")]
    if min(n1, n2) < 2:
        return None
    if min(sds) > 0:
        scale = _SCALE.search(row["Analysis.name"])
        if scale is not None and float(scale[1]) < float(scale[2]):
            answers |= {"scale_low": float(scale[1]), "scale_high": float(scale[2])}
        if min(means) < 0:
            answers["statistic"] = "change from baseline"
        arms = zip(("active", "comparator"), means, sds, strict=True)
        for arm, mean, sd in arms:
            answers |= {f"mean_{arm}": mean, f"spread_{arm}": sd}
        is_md = abs(means[0] - means[1] - answers.get("check_difference", 0)) < 1e-4 * max(1, abs(means[0]))
        answers |= {"spread_kind": "SD", "check_measure": "MD" if is_md else "SMD"}
        return "parallel_means", answers
    if max(cases) > 0 and max(sds) == 0 and "check_difference" in answers:
        a, c = cases
        answers |= {"events_active": _whole(a), "events_comparator": _whole(c), "event_is": "bad"}
        for key in ("direction", "statistic"):
            del answers[key]
        if 0 < a < n1 and 0 < c < n2:
            gives = {"RR": a / n1 / (c / n2), "OR": a / (n1 - a) * (n2 - c) / c, "RD": a / n1 - c / n2}
            nearest = min(gives, key=lambda name: abs(gives[name] - answers["check_difference"]))
            # what none of them gives is Peto's odds ratio
            fits = abs(gives[nearest] - answers["check_difference"]) < 1e-5 * abs(gives[nearest])
            answers["check_measure"] = nearest if fits else "OR"
        else:
            answers["check_measure"] = "RD" if answers.get("check_low", 1) <= 0 else "RR"
        return "events", answers
    return None


def _whole(number: float) -> float:
    """A count; a share of a divided comparator stays what it is."""
    return int(number) if number == int(number) else number
