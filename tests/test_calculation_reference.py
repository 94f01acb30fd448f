"""Recipes against R metafor's stored results and the worked examples of the Cochrane Handbook."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.metafor_reference import DATASETS, close, escalc_columns, numbers, reference
from workbench.calculation import RECIPES, CalculationError, Derivation

MEANS = {
    "m1i": "mean_active",
    "sd1i": "sd_active",
    "n1i": "n_active",
    "m2i": "mean_comparator",
    "sd2i": "sd_comparator",
    "n2i": "n_comparator",
}
EVENTS = {"ai": "events_active", "n1i": "n_active", "ci": "events_comparator", "n2i": "n_comparator"}
RATES = {"x1i": "events_active", "t1i": "time_active", "x2i": "events_comparator", "t2i": "time_comparator"}
PAIRS = {
    "m1i": "mean_after",
    "sd1i": "sd_after",
    "m2i": "mean_before",
    "sd2i": "sd_before",
    "ni": "n",
    "ri": "correlation",
}
Blocks = dict[str, dict[str, Any]]


def plainly(*measures: str) -> Blocks:
    return {measure: {} for measure in measures}


def with_option(block: str, measures: tuple[str, ...], **options: str) -> Blocks:
    return {f"{measure}/{block}": dict(options) for measure in measures}


BINARY = ("OR", "RR", "RD")
RECIPES_OF: tuple[tuple[str, dict[str, str], Blocks], ...] = (
    (
        "means_sd",
        MEANS,
        plainly("MD", "SMD", "SMDH", "SMD1", "ROM")
        | with_option("LS2", ("SMD",), variance="LS2")
        | with_option("UB", ("SMD",), variance="UB"),
    ),
    (
        "events",
        EVENTS,
        plainly(*BINARY, "PETO")
        | with_option("to_all", BINARY, zero_to="all")
        | with_option("none", BINARY, zero_to="none")
        | with_option("drop00", ("OR", "RR"), double_zero="refuse"),
    ),
    ("rates", RATES, plainly("IRR", "IRD")),
    ("one_change", PAIRS, plainly("MC", "SMCC", "SMCR", "ROMC")),
    ("one_mean", {"mi": "mean", "sdi": "sd", "ni": "n"}, plainly("MN", "MNLN")),
    ("one_proportion", {"xi": "events", "ni": "n"}, plainly("PR", "PLN", "PLO", "PAS")),
)
"""Recipe, its inputs by metafor's columns, and the blocks of the reference with the inputs that ask for the same."""


def columns_of(dataset: str) -> dict[str, Any]:
    if "escalc_columns" not in reference(dataset):
        return {}
    found = dict(escalc_columns(dataset))
    for people, events, others in (("n1i", "ai", "bi"), ("n2i", "ci", "di"), ("ni", "xi", "mi")):
        if people not in found and events in found and others in found:
            found[people] = found[events] + found[others]
    return found


@pytest.mark.parametrize(("recipe", "names", "blocks"), RECIPES_OF, ids=[item[0] for item in RECIPES_OF])
def test_arm_data_give_metafors_effects(recipe: str, names: dict[str, str], blocks: Blocks) -> None:
    compared: dict[str, int] = dict.fromkeys(blocks, 0)
    for dataset in DATASETS:
        columns, stored = columns_of(dataset), reference(dataset).get("escalc", {})
        if not names.keys() <= columns.keys():
            continue
        for block, options in blocks.items():
            if block not in stored or "error" in stored[block]:
                continue
            theirs = zip(numbers(stored[block]["yi"]), numbers(stored[block]["vi"]), strict=True)
            for i, (yi, vi) in enumerate(theirs):
                values: dict[str, Any] = {key: float(columns[name][i]) for name, key in names.items()}
                if any(math.isnan(value) for value in values.values()):
                    continue
                measure = block.partition("/")[0]
                if measure == "SMCR" and recipe == "one_change":  # metafor's sd1i is the SD before, whatever m1i is
                    values |= {"sd_before": values["sd_after"], "sd_after": values["sd_before"]}
                if math.isnan(yi) or math.isnan(vi) or not vi > 0:
                    with pytest.raises(CalculationError):
                        RECIPES[recipe].derive(values | options, measure)
                    continue
                found = RECIPES[recipe].derive(values | options, measure)
                # closed forms: 1e-10, as log-gammas and logs near 0 lose a few digits on either side
                assert close(found.yi, yi, rel=1e-10, floor=1e-2), (dataset, block, i)
                assert close(found.vi, vi, rel=1e-10, floor=1e-2), (dataset, block, i)
                compared[block] += 1
    assert min(compared.values()) > 5, compared


def test_medians_give_the_means_and_sds_of_metafor_and_their_effect() -> None:
    block = reference("conversions")["five_number"]
    names = {"min": "minimum", "q1": "q1", "median": "median", "q3": "q3", "max": "maximum", "n": "n"}
    sets = {
        "min_median_max": ("medians_range", ("min", "median", "max", "n")),
        "q1_median_q3": ("medians_iqr", ("q1", "median", "q3", "n")),
        "all_five": ("medians_five", tuple(names)),
    }
    given_ = block["input"]
    k = len(given_["n"])
    for distribution, stored in (("about normal", block["norm"]), ("log-normal", block["lnorm"])):
        for which, (recipe, keys) in sets.items():
            for i in range(k):
                j = (i + 1) % k  # each row as the active arm, the next one as its comparator
                values: dict[str, Any] = {"distribution": distribution}
                for arm, row in (("active", i), ("comparator", j)):
                    values |= {f"{names[key]}_{arm}": given_[key][row] for key in keys}
                found = RECIPES[recipe].derive(values, "SMD")
                results = {step.symbol: step.value for step in found.steps}
                for index, row in (("1", i), ("2", j)):
                    assert close(results[f"M{index}"], stored[which]["mean"][row], rel=1e-10)
                    assert close(results[f"SD{index}"], stored[which]["sd"][row], rel=1e-10)
                arms = {
                    f"{name}_{arm}": stored[which][name][row]
                    for name in ("mean", "sd")
                    for arm, row in (("active", i), ("comparator", j))
                }
                sizes = {"n_active": given_["n"][i], "n_comparator": given_["n"][j]}
                plain = RECIPES["means_sd"].derive(arms | sizes, "SMD")
                assert close(found.yi, plain.yi, rel=1e-10)
                assert close(found.vi, plain.vi, rel=1e-10)


def test_statistics_give_metafors_standardised_differences() -> None:
    block = reference("conversions")["smd_from_stats"]
    given_ = block["input"]
    for i, (n1, n2) in enumerate(zip(given_["n1i"], given_["n2i"], strict=True)):
        sizes = {"n_active": n1, "n_comparator": n2}
        t, p = given_["t"][i], given_["p"][i]

        def favours(sign: float) -> dict[str, str]:
            return {"favours": "active" if sign < 0 else "comparator", "benefit": "lower"}

        pairs = {
            "from_d": RECIPES["smd_printed"].derive({"estimate": given_["d"][i]} | sizes),
            "from_t": RECIPES["t_test"].derive({"estimate_t": t} | sizes | favours(t)),
            "from_p": RECIPES["p_value"].derive({"estimate_p": abs(p)} | sizes | favours(p)),
        }
        squared = RECIPES["f_test"].derive({"estimate_f": t**2} | sizes | favours(t))
        assert (squared.yi, squared.vi) == pytest.approx((pairs["from_t"].yi, pairs["from_t"].vi), rel=1e-14)
        for name, ours in pairs.items():
            assert close(ours.yi, block[name]["yi"][i], rel=1e-10), name
            assert close(ours.vi, block[name]["vi"][i], rel=1e-10), name


def test_printed_ratios_give_metafors_logarithms() -> None:
    block = reference("conversions")["wald"]
    given_ = block["input"]
    for i, ratio in enumerate(given_["or"]):
        interval = {"estimate_low": given_["lo"][i], "estimate_high": given_["hi"][i]}
        for measure in ("OR", "RR", "HR", "IRR"):
            ours = RECIPES["ratio_ci"].derive({"estimate": ratio} | interval, measure)
            assert close(ours.yi, block["from_ci"]["yi"][i], rel=1e-12)
            assert close(ours.vi, block["from_ci"]["vi"][i], rel=1e-12)
        # the reference was made with p = 0 replaced by 0.0001
        from_p = RECIPES["ratio_p"].derive({"estimate": ratio, "estimate_p": max(given_["p"][i], 1e-4)}, "OR")
        assert close(from_p.vi, block["from_p"]["vi"][i], rel=1e-10)


def test_paired_means_give_metafors_effects() -> None:
    block = reference("conversions")["paired"]
    given_, stored = block["input"], block["results"]
    for i, n in enumerate(given_["ni"]):
        values = {
            "n_analysed": n,
            "mean_active": given_["m1i"][i],
            "sd_active": given_["sd1i"][i],
            "mean_comparator": given_["m2i"][i],
            "sd_comparator": given_["sd2i"][i],
            "correlation": given_["ri"][i],
        }
        md = RECIPES["crossover_r"].derive(values, "MD")
        assert close(md.yi, stored["MC"]["yi"][i], rel=1e-10)
        assert close(md.vi, stored["MC"]["vi"][i], rel=1e-10)
        # the SD of the differences says the same as the correlation
        del values["correlation"]
        difference = math.sqrt(stored["MC"]["vi"][i] * n)
        again = RECIPES["crossover_sd_difference"].derive(values | {"sd_difference": difference}, "MD")
        assert close(again.vi, stored["MC"]["vi"][i], rel=1e-10)
        t = {"estimate": stored["MC"]["yi"][i], "estimate_t": stored["MC"]["yi"][i] / math.sqrt(stored["MC"]["vi"][i])}
        tested = RECIPES["crossover_t"].derive({"n_analysed": n} | t, "MD")
        assert close(tested.vi, stored["MC"]["vi"][i], rel=1e-10)


class TestHandbook:
    """Cochrane Handbook for Systematic Reviews of Interventions, to the digits printed there."""

    @staticmethod
    def step(found: Derivation, symbol: str) -> float:
        return next(step.value for step in found.steps if step.symbol == symbol)

    def test_an_sd_from_the_p_of_a_difference(self) -> None:
        # 6.5.2.3: 3.8 with P = 0.008, 25 v 22 people: t 2.78, SE 1.37, SD 4.69
        values = {"estimate": 3.8, "estimate_p": 0.008, "estimate_df": 45, "n_active": 25, "n_comparator": 22}
        found = RECIPES["difference_p"].derive(values, "SMD")
        assert self.step(found, "T") == pytest.approx(2.78, abs=5e-3)
        assert self.step(found, "SE") == pytest.approx(1.37, abs=5e-3)
        # 4.69 is worked there from the rounded 1.37; unrounded it is 4.6826
        assert self.step(found, "SD") == pytest.approx(4.69, abs=1e-2)
        rounded = RECIPES["difference_se"].derive(
            {"estimate": 3.8, "estimate_se": 1.37, "n_active": 25, "n_comparator": 22}, "SMD"
        )
        assert self.step(rounded, "SD") == pytest.approx(4.69, abs=5e-3)

    def test_a_standard_error_from_the_p_of_a_risk_difference(self) -> None:
        # 6.3.2: a risk difference of 0.03 with P = 0.008: Z 2.652, SE 0.011
        found = RECIPES["risk_difference"].derive({"estimate": 0.03, "estimate_p": 0.008})
        assert self.step(found, "Z") == pytest.approx(2.652, abs=5e-4)
        assert found.se == pytest.approx(0.011, abs=5e-4)

    def test_the_quantile_of_a_small_arms_interval(self) -> None:
        # 6.5.2.2: with 25 people 3.92 is replaced by 2 x 2.064 = 4.128
        values = {"n_active": 25, "mean_active": 10, "low_active": 8, "high_active": 12}
        values |= {"n_comparator": 100, "mean_comparator": 10, "low_comparator": 8, "high_comparator": 12}
        found = RECIPES["means_ci"].derive(values, "MD")
        quantiles = [step.value for step in found.steps if step.symbol == "q"]
        assert 2 * quantiles[0] == pytest.approx(4.128, abs=1e-3)
        assert 2 * quantiles[1] == pytest.approx(3.92, abs=5e-3)

    def test_changes_imputed_by_a_correlation(self) -> None:
        # 6.5.2.8: 129 people, 6.4 before, 7.1 after, r = 0.80: SD of change 4.3; 135 people, 7.0 and 6.9: 4.4
        found = RECIPES["baseline_final"].derive(RECIPES["baseline_final"].example_values, "MD")
        assert self.step(found, "SD1") == pytest.approx(4.3, abs=5e-2)
        assert self.step(found, "C1") == pytest.approx(1.0)
        assert self.step(found, "C2") == pytest.approx(1.5)

    def test_the_crossover_example(self) -> None:
        # 5.1, 16.4.6.4: 7.0 (2.38) v 6.5 (2.21), 10 people; SDdiff 2: SE 0.632; r 0.68: SE 0.583, SMD 0.218 (SE 0.256)
        by_sd = RECIPES["crossover_sd_difference"].derive(RECIPES["crossover_sd_difference"].example_values, "MD")
        assert (by_sd.yi, by_sd.se) == pytest.approx((0.5, 0.632), abs=5e-4)
        recipe = RECIPES["crossover_r"]
        assert recipe.derive(recipe.example_values, "MD").se == pytest.approx(0.583, abs=5e-4)
        smd = recipe.derive(recipe.example_values, "SMD")
        assert (smd.yi, smd.se) == pytest.approx((0.218, 0.256), abs=5e-4)

    def test_the_cluster_example(self) -> None:
        # 5.1, 16.3.5: 63/295 v 84/330, mean size 29.8, ICC 0.02: design effect 1.576, 40.0/187.2 v 53.3/209.4
        found = RECIPES["cluster_events"].derive(RECIPES["cluster_events"].example_values, "RR")
        assert self.step(found, "DE") == pytest.approx(1.576, abs=5e-4)
        effective = [self.step(found, symbol) for symbol in ("e1e", "n1e", "e2e", "n2e")]
        assert effective == pytest.approx([40.0, 187.2, 53.3, 209.4], abs=5e-2)

    def test_two_groups_combined_are_one_sample(self) -> None:
        # 6.5.2.10, table 6.5.a: the formula for two groups, written out
        values = dict(RECIPES["arms_combined"].example_values)
        n1, m1, s1, n2, m2, s2 = (float(values[key]) for key in ("n_a", "mean_a", "sd_a", "n_b", "mean_b", "sd_b"))
        found = RECIPES["arms_combined"].derive(values, "MD")
        squares = (n1 - 1) * s1**2 + (n2 - 1) * s2**2 + n1 * n2 / (n1 + n2) * (m1**2 + m2**2 - 2 * m1 * m2)
        assert self.step(found, "M1") == pytest.approx((n1 * m1 + n2 * m2) / (n1 + n2), rel=1e-14)
        assert self.step(found, "SD1") == pytest.approx(math.sqrt(squares / (n1 + n2 - 1)), rel=1e-13)

    def test_responders_as_a_standardised_difference(self) -> None:
        # 10.6: ln(OR) times the root of 3 over pi (0.5513), the same on the standard error
        odds = RECIPES["events"].derive(RECIPES["events"].example_values, "OR")
        values = {**RECIPES["responders_to_smd"].example_values}
        turned = RECIPES["responders_to_smd"].derive(values)
        assert turned.yi == pytest.approx(-0.5513 * odds.yi, rel=1e-4)  # four digits
        assert turned.se == pytest.approx(0.5513 * odds.se, rel=1e-4)
        printed = RECIPES["odds_ratio_to_smd"].derive(RECIPES["odds_ratio_to_smd"].example_values)
        assert printed.yi == pytest.approx(0.5513 * math.log(3.04), rel=1e-4)

    def test_a_standardised_difference_in_points(self) -> None:
        # 15.5.3.2: SMD and its interval times the scale's SD
        found = RECIPES["smd_to_points"].derive(RECIPES["smd_to_points"].example_values)
        assert found.interval() == pytest.approx((-0.52 * 2.1, -0.78 * 2.1, -0.26 * 2.1), rel=1e-9)


def test_an_adjusted_difference_follows_borenstein() -> None:
    # Borenstein 2009, table 12.3, written out: 25 v 22 people, SD 2.1, r 0.6
    found = RECIPES["ancova"].derive(RECIPES["ancova"].example_values, "SMD")
    d, m = -1.2 / 2.1, 25 + 22 - 3
    j = math.exp(math.lgamma(m / 2) - math.lgamma((m - 1) / 2)) / math.sqrt(m / 2)
    assert found.yi == pytest.approx(j * d, rel=1e-12)
    assert found.vi == pytest.approx(j**2 * ((1 / 25 + 1 / 22) * (1 - 0.36) + d**2 / (2 * 47)), rel=1e-12)
    # ANCOVA's residual SD is the raw one times the root of 1 - r^2
    values: dict[str, Any] = {**RECIPES["ancova"].example_values, "sd_residual": 2.1 * 0.8}
    del values["sd_raw"]
    again = RECIPES["ancova"].derive(values, "SMD")
    assert (again.yi, again.vi) == pytest.approx((found.yi, found.vi), rel=1e-12)
