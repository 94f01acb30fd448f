"""Every effect that metafor gave for the published rTMS trials, reproduced by a recipe: no row is passed over.

Which recipe a row goes through is read from the row itself: its measure, its `method` and what the source printed.
"""

from __future__ import annotations

import csv
import functools
import gzip
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tests.metafor_reference import close
from tests.shared_data import shared
from tests.trial_answers import expected, trial_rows
from workbench.calculation import RECIPES, Derivation

Row = dict[str, str]
Asked = tuple[str, str, dict[str, Any]]  # recipe, measure, inputs
LOWER = {"lower = better", "more negative = better"}


def arms(row: Row, trial: Row, **changes: Any) -> dict[str, Any]:
    columns = {"mean": "mean_treat", "sd": "sd_treat", "n": "n_treat"}
    values = {f"{key}_active": trial[column] for key, column in columns.items()}
    values |= {f"{key}_comparator": trial[column.replace("treat", "ctrl")] for key, column in columns.items()}
    for arm, column in (("active", "n_treat"), ("comparator", "n_ctrl")):
        values[f"n_{arm}"] = row.get(column) or trial[column]
    return values | changes


def means(row: Row, trial: Row) -> Asked:
    return "means_sd", row["measure"], arms(row, trial)


def events(row: Row, trial: Row) -> Asked:
    values = {"events_active": trial["events_treat"], "n_active": trial["n_treat"]}
    values |= {"events_comparator": trial["events_ctrl"], "n_comparator": trial["n_ctrl"]}
    return "events", row["measure"].removeprefix("log "), values


def halved(row: Row, trial: Row) -> Asked:
    share = float(trial["n_ctrl"]) / float(row["n_ctrl"])
    return "shared_comparator", row["measure"], arms({}, trial, share=share)


def p_of_a_test(row: Row, trial: Row) -> Asked:
    assert trial["direction"] == "favours rTMS" or trial["direction"] in LOWER
    better = "higher" if trial["outcome"].startswith("SF-36") else "lower"
    bound = "BOUND" in row["method"]
    values = {
        "estimate_p": trial["p_value"].lstrip("<"),
        "p_is": "an upper bound" if bound else "as printed",
        "n_active": trial["n_treat"],
        "n_comparator": trial["n_ctrl"],
        "favours": "active",
        "benefit": better,
    }
    return "p_value", "SMD", values


def f_value(row: Row, trial: Row) -> Asked:
    f = re.search(r"F=([\d.]+)", trial["as_reported"])
    assert f
    values = {"estimate_f": f[1], "n_active": trial["n_treat"], "n_comparator": trial["n_ctrl"]}
    return "f_test", "SMD", values | {"favours": "active", "benefit": "lower"}


def odds_ratio(row: Row, trial: Row) -> Asked:
    values = {"estimate": trial["yi"], "estimate_low": trial["ci_low"], "estimate_high": trial["ci_high"]}
    return "ratio_ci", "OR", values


def ratio_of_unknown_kind(row: Row, trial: Row) -> Asked:
    return "ratio_p", "RR", {"estimate": trial["yi"], "estimate_p": trial["p_value"]}


def printed_d(row: Row, trial: Row) -> Asked:
    return (
        "smd_printed",
        "SMD",
        {
            "estimate": trial["yi"],
            "n_active": trial["n_treat"],
            "n_comparator": trial["n_ctrl"],
        },
    )


def within_person(row: Row) -> str:
    found = re.search(r"r=([\d.]+)\)", row["measure"])
    assert found
    return found[1]


def crossover(row: Row, trial: Row) -> Asked:
    values = arms({}, trial)
    del values["n_comparator"]
    return "crossover_r", "MD", values | {"n_analysed": values.pop("n_active"), "correlation": within_person(row)}


def crossover_intervals(row: Row, trial: Row) -> Asked:
    ends = re.findall(r"CI ([\d.]+)-([\d.]+)", trial["as_reported"])
    assert len(ends) == 2
    values: dict[str, Any] = {"n_analysed": trial["n_treat"], "correlation": within_person(row)}
    for arm, column, (low, high) in (("active", "mean_treat", ends[0]), ("comparator", "mean_ctrl", ends[1])):
        values |= {f"mean_{arm}": trial[column], f"low_{arm}": low, f"high_{arm}": high}
    return "crossover_ci", "MD", values


def paired_p(row: Row, trial: Row) -> Asked:
    difference = float(trial["mean_treat"]) - float(trial["mean_ctrl"])
    return (
        "crossover_p",
        "MD",
        {
            "estimate": round(difference, 1),
            "estimate_p": trial["p_value"],
            "n_analysed": trial["n_treat"],
        },
    )


def arm_intervals(row: Row, trial: Row) -> Asked:
    ends = re.findall(r"CI (-?[\d.]+) to (-?[\d.]+)", trial["as_reported"])
    assert len(ends) == 2
    values: dict[str, Any] = {}
    for arm, column, (low, high) in (("active", "mean_treat", ends[0]), ("comparator", "mean_ctrl", ends[1])):
        values |= {f"mean_{arm}": trial[column], f"low_{arm}": low, f"high_{arm}": high}
    return "means_ci", "MD", values


def difference(row: Row, trial: Row) -> Asked:
    values: dict[str, Any] = {
        "estimate": trial["yi"],
        "estimate_low": trial["ci_low"],
        "estimate_high": trial["ci_high"],
    }
    if trial["direction"] not in LOWER:
        values |= {"direction": "higher is better", "benefit": "lower"}
    return "difference_ci", "MD", values


def d_over_t(row: Row, trial: Row) -> Asked:
    t = re.search(r"t\[\d+\] = (-?[\d.]+)", trial["as_reported"])
    assert t
    return "difference_t", "MD", {"estimate": trial["yi"], "estimate_t": t[1]}


WAYS: tuple[tuple[str, Callable[[Row, Row], Asked]], ...] = (
    (r"2x2", events),
    (r"post mean and SD|percent change, phantom limb", means),
    (r"n = 4 per arm ASSUMED", means),
    (r"shared sham halved", halved),
    (r"t from the two-sided p|BOUND", p_of_a_test),
    (r"t = sqrt\(F\)", f_value),
    (r"log of a posterior odds ratio", odds_ratio),
    (r"SE = log\(2\.84\)", ratio_of_unknown_kind),
    (r"printed d times", printed_d),
    (r"crossover taken as two independent groups", means),
    (r"SDs from the phase intervals", crossover_intervals),
    (r"within-person r assumed", crossover),
    (r"SE = 15\.1 / t\(59\)", paired_p),
    (r"difference of two changes", arm_intervals),
    (r"SE = d / t", d_over_t),
    (r"SE from the 95% CI", difference),
)


def asked(row: Row, trial: Row) -> Asked:
    """The recipe that the row's own words call for; a row that no way fits fails the test."""
    if "method" not in row:  # the first file has arm data only
        return (means if row["measure"] in ("MD", "SMD") else events)(row, trial)
    return next(way for pattern, way in WAYS if re.search(pattern, row["method"]))(row, trial)


@functools.cache
def reproduced() -> tuple[tuple[Row, str, Derivation], ...]:
    """Every row of both files with the recipe's effect."""
    found = []
    for name in ("expected_effects.csv", "expected_effects_by_indication.csv"):
        for row in expected(name):
            recipe, measure, values = asked(row, trial_rows()[row["row_id"]])
            found.append((row, recipe, RECIPES[recipe].derive(values, measure)))
    return tuple(found)


def test_every_row_goes_through_a_recipe_and_gives_metafors_effect() -> None:
    rows = reproduced()
    for row, recipe, found in rows:
        # the files print ten significant digits
        assert close(found.yi, float(row["yi"]), rel=1e-9), (recipe, row)
        assert close(found.vi, float(row["vi"]), rel=1e-9), (recipe, row)
    assert len(rows) == len(expected("expected_effects.csv")) + len(expected("expected_effects_by_indication.csv"))
    assert len(rows) == 78 + 115


def test_rows_go_through_as_many_ways_as_the_file_has() -> None:
    ways = Counter(recipe for _, recipe, _ in reproduced())
    counted = (
        "means_sd 108, events 42, shared_comparator 8, p_value 12, f_test 2, ratio_ci 2, ratio_p 1, smd_printed 4, "
    )
    counted += "crossover_r 4, crossover_ci 4, crossover_p 1, means_ci 1, difference_t 1, difference_ci 3"
    assert ways == {name: int(number) for name, number in (part.split() for part in counted.split(", "))}


def test_what_the_file_calls_approximate_by_a_test_or_an_assumption_is_marked_so() -> None:
    marked = {"p_value", "f_test", "crossover_r", "crossover_ci", "crossover_p", "means_ci", "ratio_p", "difference_t"}
    for row, recipe, found in reproduced():
        if row.get("use", "arm data") == "arm data":
            assert not found.approximate, row
        if recipe in marked:
            assert found.approximate, row


@pytest.mark.parametrize("word", ["lost in print", "upper bound"])
def test_the_traps_that_show_in_the_numbers_are_remarked(word: str) -> None:
    """Quesada's intervals lost their signs; Tekin prints a bound."""
    remarked = {row["row_id"] for row, _, found in reproduced() if any(word in note for note in found.notes)}
    assert remarked == ({"T007"} if word == "lost in print" else {"U004"})


def test_the_sheet_of_a_published_review_is_reproduced_with_its_changes() -> None:
    with shared("data/nibs_neuropathic_ma/dataset_tidy.csv").open(encoding="utf-8", newline="") as file:
        sheet = {row["excel_row"]: row for row in csv.DictReader(file)}
    with shared("data/nibs_neuropathic_ma/expected_effects.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        arm = sheet[row["excel_row"]]
        values: dict[str, Any] = {"correlation": 0.5}
        for name, part in (("active", "treat"), ("comparator", "ctrl")):
            values |= {
                f"n_{name}": arm[f"n_{part}"],
                f"baseline_mean_{name}": arm[f"mean_{part}_pre"],
                f"baseline_sd_{name}": arm[f"sd_{part}_pre"],
                f"mean_{name}": arm[f"mean_{part}_post"],
                f"sd_{name}": arm[f"sd_{part}_post"],
            }
        change = RECIPES["baseline_final"].derive(values, "MD")
        final = RECIPES["means_sd"].derive(
            {key: values[key] for key in values if key[:3] in ("n_a", "n_c", "mea", "sd_")}, "SMD"
        )
        # ten significant digits printed
        for ours, column in (
            *((change.yi, "md_change_r05"), (change.vi, "md_change_r05_var")),
            *((final.yi, "g_post"), (final.vi, "g_post_var")),
        ):
            assert close(ours, float(row[column]), rel=1e-9), (row, column)
    assert len(rows) == 33


def test_every_continuous_row_of_the_cochrane_reviews_gives_its_printed_effect() -> None:
    """RevMan prints the estimate and its interval to about eight digits; an SMD there has RevMan's variance."""
    compared: Counter[str] = Counter()
    for path in sorted(shared("data/cochrane_pain").glob("*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                numbers = {
                    name: float(row[column] or 0)
                    for name, column in (
                        *(("mean_active", "Experimental.mean"), ("sd_active", "Experimental.SD")),
                        *(("n_active", "Experimental.N"), ("mean_comparator", "Control.mean")),
                        *(("sd_comparator", "Control.SD"), ("n_comparator", "Control.N")),
                    )
                }
                if min(numbers["sd_active"], numbers["sd_comparator"]) <= 0 or not row["CI.start"]:
                    continue
                printed = [float(row[column]) for column in ("Mean", "CI.start", "CI.end")]
                found = {
                    measure: RECIPES["means_sd"].derive({**numbers, "variance": "RevMan"}, measure).interval()
                    for measure in ("MD", "SMD")
                }
                fits = [name for name, ours in found.items() if ours == pytest.approx(printed, rel=1e-5, abs=1e-5)]
                assert fits, (path.name, row)
                compared[fits[0]] += 1
    assert compared["MD"] > 100
    assert compared["SMD"] > 20
