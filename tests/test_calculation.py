"""Recipes: what they take, that their printed steps are true, and how they refuse."""

from __future__ import annotations

import json
import math
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.printed_formulas import worked_out
from workbench.calculation import RECIPES, CalculationError, Derivation, Recipe, derive
from workbench.effects import MEASURES, escalc

PAIRS = [(recipe, measure) for recipe in RECIPES.values() for measure in recipe.measures]
NAMES = [f"{recipe.key}-{measure}" for recipe, measure in PAIRS]
# A difference with p gives no standardiser: the example leaves both SDs out.
WITHOUT_EXAMPLE = {("crossover_p", "SMD")}


def example(key: str, measure: str | None = None, **changes: Any) -> Derivation:
    values = {**RECIPES[key].example_values, **changes}
    return RECIPES[key].derive({name: value for name, value in values.items() if value is not None}, measure)


@pytest.mark.parametrize(("recipe", "measure"), PAIRS, ids=NAMES)
class TestEveryRecipe:
    def test_gives_its_measures_from_its_example(self, recipe: Recipe, measure: str) -> None:
        if (recipe.key, measure) in WITHOUT_EXAMPLE:
            with pytest.raises(CalculationError, match="SD"):
                recipe.derive(recipe.example_values, measure)
            return
        found = recipe.derive(recipe.example_values, measure)
        assert found.measure == measure
        assert found.recipe == recipe.key
        assert math.isfinite(found.yi)
        assert found.vi > 0
        assert found.steps[-1].formula.startswith(("vi =", "yi ="))

    def test_prints_formulas_that_give_what_is_printed_after_them(self, recipe: Recipe, measure: str) -> None:
        if (recipe.key, measure) in WITHOUT_EXAMPLE:
            return
        for step in recipe.derive(recipe.example_values, measure).steps:
            assert worked_out(step) == pytest.approx(step.value, rel=1e-10, abs=1e-12), step.formula

    def test_takes_every_number_from_an_input_or_an_earlier_step(self, recipe: Recipe, measure: str) -> None:
        if (recipe.key, measure) in WITHOUT_EXAMPLE:
            return
        found = recipe.derive(recipe.example_values, measure, sources={"n_active": "Table 2, p. 5"})
        for number, step in enumerate(found.steps, start=1):
            for term in step.inputs:
                assert term.source, (step.formula, term)
                if term.source.startswith("step "):
                    earlier = int(term.source.removeprefix("step "))
                    assert earlier < number
                    assert found.steps[earlier - 1].value == term.value
        used = {term.source for step in found.steps for term in step.inputs}
        wants_it = any(item.key == "n_active" for item in recipe.wanted)
        assert ("Table 2, p. 5" in used) >= (wants_it and measure == "SMD" and "n_active" in recipe.example)

    def test_ends_with_the_effect_it_gives(self, recipe: Recipe, measure: str) -> None:
        if (recipe.key, measure) in WITHOUT_EXAMPLE:
            return
        found = recipe.derive(recipe.example_values, measure)
        last: dict[str, float] = {}
        for step in found.steps:
            last[step.symbol] = step.value
        assert last["yi"] == found.yi
        assert last["vi"] == found.vi


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
class TestEveryInput:
    def test_is_described(self, recipe: Recipe) -> None:
        keys = [item.key for item in recipe.inputs]
        assert len(set(keys)) == len(keys)
        assert recipe.help.endswith((".", "?"))
        for item in recipe.inputs:
            assert item.label
            assert item.choices or item.words or item.symbol or item.key == "decimals", item.key
        assert set(recipe.measures) <= set(MEASURES)

    def test_is_named_when_it_is_missing(self, recipe: Recipe) -> None:
        for item in recipe.wanted:
            if item.optional:
                continue
            values = {key: value for key, value in recipe.example_values.items() if key != item.key}
            with pytest.raises(CalculationError) as caught:
                recipe.derive(values)
            assert caught.value.field == item.key
            assert item.label in str(caught.value)

    def test_is_named_when_it_is_out_of_range(self, recipe: Recipe) -> None:
        for item in recipe.inputs:
            if item.words:
                with pytest.raises(CalculationError, match="characters at most"):
                    recipe.derive({**recipe.example_values, item.key: "x" * 200})
                continue
            wrong: list[Any] = ["many", math.nan, math.inf, "1e999", True]
            if item.choices:
                wrong = ["neither", 3]
            elif item.low is not None:
                wrong += [item.low - 1, *([item.low] if item.open_low else [])]
            if item.high is not None:
                wrong += [item.high + 1, *([item.high] if item.open_high else [])]
            for value in wrong:
                with pytest.raises(CalculationError) as caught:
                    recipe.derive({**recipe.example_values, item.key: value})
                assert caught.value.field == item.key, (item.key, value)
                assert item.label in str(caught.value)

    def test_of_another_recipe_is_refused(self, recipe: Recipe) -> None:
        with pytest.raises(CalculationError, match="is no input of this recipe"):
            recipe.derive({**recipe.example_values, "colour": 1})


class TestDirection:
    @pytest.mark.parametrize("key", ["means_sd", "means_ci", "medians_iqr", "difference_se", "crossover_r", "rates"])
    def test_is_left_alone_where_nothing_is_said(self, key: str) -> None:
        assert not any(step.key == "direction" for step in example(key).steps)

    @pytest.mark.parametrize("measure", ["MD", "SMD", "ROM"])
    def test_is_turned_once_and_recorded(self, measure: str) -> None:
        plain = example("means_sd", measure)
        same = example("means_sd", measure, direction="lower is better", benefit="lower")
        turned = example("means_sd", measure, direction="higher is better", benefit="lower")
        assert (same.yi, same.vi) == (plain.yi, plain.vi)
        assert (turned.yi, turned.vi) == (-plain.yi, plain.vi)
        (step,) = (step for step in turned.steps if step.key == "direction")
        assert "higher is better" in step.label

    def test_of_an_event_exchanges_events_and_others(self) -> None:
        plain = example("events", "RR")
        turned = example("events", "RR", event_is="good", benefit="lower")
        others = example("events", "RR", events_active=8, events_comparator=16)
        assert (turned.yi, turned.vi) == (others.yi, others.vi)
        assert turned.yi != -plain.yi  # a risk ratio of the opposite event is another number
        assert any("exchanged" in note for note in turned.notes)

    def test_said_on_one_side_only_asks_for_the_other(self) -> None:
        for given_, asked in (({"direction": "lower is better"}, "benefit"), ({"benefit": "lower"}, "direction")):
            with pytest.raises(CalculationError) as caught:
                example("means_sd", **given_)
            assert caught.value.field == asked
        with pytest.raises(CalculationError) as caught:
            example("events", event_is="good")
        assert caught.value.field == "benefit"

    @pytest.mark.parametrize("measure", ["RR", "HR", "IRR"])
    def test_of_a_printed_ratio_cannot_be_turned_without_the_counts(self, measure: str) -> None:
        with pytest.raises(CalculationError, match="without the counts"):
            example("ratio_ci", measure, event_is="good", benefit="lower")

    def test_of_a_printed_odds_ratio_turns_its_logarithm(self) -> None:
        assert example("ratio_ci", "OR", event_is="good", benefit="lower").yi == -example("ratio_ci", "OR").yi

    def test_of_a_test_comes_from_the_text(self) -> None:
        better = {
            ("active", "lower"): -1,
            ("active", "higher"): 1,
            ("comparator", "lower"): 1,
            ("comparator", "higher"): -1,
        }
        for (favours, benefit), sign in better.items():
            assert math.copysign(1, example("p_value", favours=favours, benefit=benefit).yi) == sign


class TestSharing:
    def test_divides_people_and_keeps_mean_and_sd(self) -> None:
        half = example("means_sd", "SMD", share=2)
        by_hand = example("means_sd", "SMD", n_comparator=10)
        assert (half.yi, half.vi) == (by_hand.yi, by_hand.vi)

    def test_divides_events_and_people(self) -> None:
        half = example("shared_comparator_events", "OR")
        by_hand = example("events", "OR", events_active=12, n_active=30, events_comparator=3, n_comparator=15)
        assert (half.yi, half.vi) == (by_hand.yi, by_hand.vi)

    def test_widens_what_is_printed_as_if_the_arm_were_smaller(self) -> None:
        whole, half = example("difference_se", "MD"), example("difference_se", "MD", share=2)
        assert half.yi == whole.yi
        assert half.vi / whole.vi == pytest.approx((1 / 25 + 2 / 22) / (1 / 25 + 1 / 22), rel=1e-12)

    def test_of_a_printed_effect_needs_the_arm_sizes(self) -> None:
        with pytest.raises(CalculationError, match="without arm sizes") as caught:
            example("ratio_ci", "OR", share=2)
        assert caught.value.field == "n_active"

    def test_doubles_a_crossovers_variance(self) -> None:
        for measure in ("MD", "SMD", "ROMC"):
            assert example("crossover_r", measure, share=2).vi == 2 * example("crossover_r", measure).vi

    def test_says_what_a_model_of_the_whole_comparator_needs(self) -> None:
        # Cochrane Handbook 23.3.4; Gleser & Olkin: the comparator's part of the variance
        found = example("shared_comparator", "MD")
        assert any(f"arms: {2.9**2 / 36:.6g}" in note for note in found.notes)
        counted = example("shared_comparator_events", "OR")
        assert any(f"arms: {1 / 6 + 1 / 24:.6g}" in note for note in counted.notes)

    def test_among_one_changes_nothing(self) -> None:
        assert example("means_sd", share=1) == example("means_sd")


class TestClusters:
    def test_may_surround_any_recipe_with_two_arms(self) -> None:
        tried = 0
        for recipe in RECIPES.values():
            keys = {item.key for item in recipe.options}
            if "icc" not in keys:
                continue
            measure = recipe.measures[0]
            plain = recipe.derive(recipe.example_values, measure)
            wide = recipe.derive({**recipe.example_values, "icc": 0.05, "cluster_size": 11}, measure)
            assert wide.vi > plain.vi, recipe.key
            assert any(step.symbol == "DE" and step.value == pytest.approx(1.5) for step in wide.steps)
            tried += 1
        assert tried > 20

    def test_inflates_the_variance_of_what_is_printed(self) -> None:
        assert example("difference_ci", "MD", icc=0.05, cluster_size=11).vi == pytest.approx(
            1.5 * example("difference_ci", "MD").vi, rel=1e-14
        )

    def test_need_both_numbers(self) -> None:
        with pytest.raises(CalculationError) as caught:
            example("means_sd", icc=0.02)
        assert caught.value.field == "cluster_size"

    def test_of_one_person_change_nothing(self) -> None:
        for key in ("means_sd", "events", "difference_se"):
            plain, single = example(key), example(key, icc=0.3, cluster_size=1)
            assert (single.yi, single.vi) == pytest.approx((plain.yi, plain.vi), rel=1e-15)


EMPTY = {"events_active": 0, "n_active": 20, "events_comparator": 5, "n_comparator": 20}


class TestZeroCells:
    def test_are_corrected_in_a_step_that_says_so(self) -> None:
        found = example("events", "OR", **EMPTY)
        cells = [step for step in found.steps if step.symbol in "abcd" and step.assumption]
        assert [step.value for step in cells] == [0.5, 20.5, 5.5, 15.5]
        theirs = escalc("OR", {"ai": [0], "n1i": [20], "ci": [5], "n2i": [20]})
        assert (found.yi, found.vi) == (theirs.yi[0], theirs.vi[0])

    def test_may_be_corrected_otherwise(self) -> None:
        theirs = escalc("OR", {"ai": [0], "n1i": [20], "ci": [5], "n2i": [20]}, add=0.1)
        found = example("events", "OR", **EMPTY, zero_add=0.1)
        assert (found.yi, found.vi) == (theirs.yi[0], theirs.vi[0])
        every = example("events", "OR", zero_to="all")
        assert every.yi != example("events", "OR").yi

    def test_without_a_correction_give_no_ratio(self) -> None:
        with pytest.raises(CalculationError, match="empty cell needs a correction") as caught:
            example("events", "OR", **EMPTY, zero_to="none")
        assert caught.value.field == "zero_add"

    def test_in_both_arms_are_kept_with_a_remark_or_refused(self) -> None:
        nobody = {**EMPTY, "events_comparator": 0}
        assert any("Nobody in both arms" in note for note in example("events", "OR", **nobody).notes)
        with pytest.raises(CalculationError, match="Nobody in both arms"):
            example("events", "OR", **nobody, double_zero="refuse")
        assert example("events", "RD", **nobody, double_zero="refuse").yi == 0

    def test_of_rates_are_corrected(self) -> None:
        found = example("rates", "IRR", events_active=0)
        theirs = escalc("IRR", {"x1i": [0], "t1i": [118.5], "x2i": [51], "t2i": [121]})
        assert (found.yi, found.vi) == (theirs.yi[0], theirs.vi[0])
        assert any("0.5 is added" in note for note in found.notes)


class TestRefusals:
    @pytest.mark.parametrize(
        ("key", "changes", "field", "said"),
        [
            ("means_sd", {"sd_active": "0"}, "sd_active", "above 0"),
            ("means_sd", {"mean_active": "3,1"}, "mean_active", "decimal point"),
            ("p_value", {"estimate_p": "<.001"}, "estimate_p", "bound"),
            ("p_value", {"estimate_p": 0}, "estimate_p", "is never 0: 0.000 in print"),
            ("events", {"events_active": 28}, "events_active", "More people"),
            ("percentages", {"percent_active": 41}, "percent_active", "o whole number"),
            ("percentages", {"n_active": 52.5}, "percent_active", "whole number"),
            ("means_sd", {"n_active": 1}, "n_active", "One person has no spread"),
            ("one_mean", {"n": 1}, "n", "One person has no spread"),
            ("means_se", {"n_comparator": 1.5}, "n_comparator", "One person has no spread"),
            ("means_sd", {"n_active": 1e20}, "n_active", "no trial has more than 10,000,000 people"),
            ("means_sd", {"n_active": "1,000"}, "n_active", r"Write 1000\."),
            ("means_sd", {"n_active": "1.000"}, "n_active", "Write 1000, or 1 if that is meant"),
            ("means_sd", {"n_active": "1 000"}, "n_active", r"Write 1000\."),
            ("means_sd", {"mean_active": "3,1"}, "mean_active", r"not a comma: 3\.1"),
            (
                "means_sd",
                {"mean_active": "1,234"},
                "mean_active",
                r"1234 if thousands are meant, 1\.234 if it is a dec",
            ),
            ("difference_p", {"estimate_p": "0.000"}, "estimate_p", r"p < 0\.0005\. Enter 0\.0005, .* upper bound"),
            ("p_value", {"estimate_p": ".00"}, "estimate_p", r"\.00 in print means p < 0\.005\."),
            ("difference_p", {"estimate_p": 0.0}, "estimate_p", r"0\.000 in print means p < 0\.0005"),
            ("risk_difference", {"estimate_p": "0.000"}, "estimate_p", "takes no bound: leave p out"),
            ("difference_p", {"estimate_p": 1}, "estimate_p", "must be below 1: a p of 1 says"),
            ("p_value", {"estimate_p": "1e-320"}, "estimate_p", "1e-30 or more"),
            ("p_value", {"estimate_p": 1.2}, "estimate_p", "between 0 and 1"),
            ("means_ci", {"low_active": 4}, "low_active", "not below"),
            ("means_ci", {"n_active": 1}, "n_active", "One person"),
            ("medians_iqr", {"median_active": 6}, "median_active", "ascend"),
            ("medians_iqr", {"n_active": 4}, "n_active", "5 or more"),
            ("baseline_final", {"correlation": 1.2}, "correlation", "from −1 to 1"),
            ("difference_ci", {"estimate": 8}, "estimate", "outside its interval"),
            ("difference_p", {"estimate": 0}, "estimate", "no difference"),
            ("difference_t", {"estimate_t": 0}, "estimate", "no standard error"),
            ("ratio_ci", {"estimate": -0.2}, "estimate", "above 0"),
            ("crossover_sd_difference", {"sd_difference": 9}, "sd_difference", "check them"),
            ("crossover_r", {"n_analysed": 1}, "n_analysed", "2 or more"),
            ("arms_combined", {"n_c": 5}, "mean_c", "in part"),
            ("shared_comparator", {"share": 1}, "share", "2 or more"),
            ("shared_comparator", {"share": 2.5}, "share", "whole number"),
            ("smd_to_points", {"estimate_low": None}, "estimate_se", "Fill in"),
        ],
    )
    def test_name_the_input_and_how_to_mend_it(self, key: str, changes: dict[str, Any], field: str, said: str) -> None:
        with pytest.raises(CalculationError, match=said) as caught:
            example(key, **changes)
        assert caught.value.field == field

    @pytest.mark.parametrize(
        ("key", "changes", "field"),
        [
            ("difference_ci", {"n_active": None}, "n_active"),
            ("difference_ci", {"design": "crossover"}, "design"),
            ("means_ci", {"n_comparator": None}, "n_comparator"),
            ("crossover_t", {"sd_active": None}, "sd_active"),
            ("crossover_t", {"estimate_t": 0.05}, "sd_active"),
            ("ancova", {"sd_raw": None}, "sd_raw"),
            ("ancova", {"correlation": None}, "correlation"),
            ("smd_printed", {"n_active": None}, "n_active"),
            ("smd_printed", {"design": "crossover"}, "estimate_se"),
        ],
    )
    def test_say_what_a_standardised_difference_lacks(self, key: str, changes: dict[str, Any], field: str) -> None:
        with pytest.raises(CalculationError) as caught:
            example(key, "SMD", **changes)
        assert caught.value.field == field

    def test_changes_from_baseline_have_no_ratio(self) -> None:
        with pytest.raises(CalculationError, match="one sign"):
            example("means_sd", "ROM", mean_active=-1)
        with pytest.raises(CalculationError, match="gives no ROM"):
            example("change_sd", "ROM")

    def test_an_unknown_recipe_lists_the_known_ones(self) -> None:
        with pytest.raises(CalculationError, match="means_sd"):
            derive("mean_sd", {})


class TestWhatItSays:
    def test_a_trail_can_be_printed(self) -> None:
        lines = example("means_se", "SMD").lines()
        assert lines[0].startswith("Standardised mean difference")
        text = "\n".join(lines)
        assert "SD1 = SE1 × √(n1)" in text
        assert "SD1 = 0.27 × √(20)" in text
        assert "as entered" in text
        assert "Cochrane Handbook 6.5.2.2" in text

    def test_a_trail_is_json_at_full_precision(self) -> None:
        found = example("means_se", "SMD")
        document = json.loads(json.dumps(found.as_dict()))
        assert (document["yi"], document["vi"]) == (found.yi, found.vi)
        assert [step["value"] for step in document["steps"]] == [step.value for step in found.steps]

    def test_a_trail_is_a_table(self) -> None:
        found = example("means_se", "SMD")
        rows = found.rows()
        assert len(rows) == len(found.steps)
        assert {"step", "label", "formula", "numbers put in", "result", "source", "reference"} <= rows[0].keys()

    def test_a_ratio_is_turned_back_for_the_reader(self) -> None:
        estimate, low, high = example("ratio_ci", "OR").interval()
        assert estimate == pytest.approx(0.815)
        assert low < 0.815 < high

    def test_a_mean_that_is_not_in_the_middle_of_its_interval_is_remarked_on(self) -> None:
        def said(mean: float, low: float, high: float) -> tuple[str, bool]:
            derived = example("means_ci", mean_active=mean, low_active=low, high_active=high)
            return " ".join(derived.notes), derived.approximate

        middle, _ = said(3.0, 2.0, 4.0)
        assert "middle of its interval" not in middle
        assert "middle of its interval" not in said(3.05, 2.0, 4.1)[0]
        assert "middle of its interval" not in said(3.1, 2.9, 3.2)[0]  # one rounding of each number
        lopsided, approximate = said(3.0, 2.5, 4.5)
        assert "The mean of the active arm is not in the middle of its interval (2.5 to 4.5)" in lopsided
        assert approximate
        assert "lies outside its interval" in said(-3.0, 2.0, 4.0)[0]

    def test_the_quantile_of_an_interval_is_a_step(self) -> None:
        small, large = example("means_ci"), example("means_ci", n_active=200, n_comparator=200)
        assert sum("Student" in step.label for step in small.steps) == 2
        assert sum("normal" in step.label for step in large.steps) == 2
        assert [step.value for step in large.steps if step.symbol == "q"] == pytest.approx([1.959963985] * 2)

    @pytest.mark.parametrize(
        ("key", "approximate"),
        [
            *(("means_sd", False), ("means_se", False), ("events", False), ("ratio_ci", False), ("percentages", False)),
            *(
                ("medians_iqr", True),
                ("p_value", True),
                ("f_test", True),
                ("difference_p", True),
                ("crossover_r", True),
            ),
            *(("crossover_sd_difference", False), ("baseline_final", True), ("responders_to_smd", True)),
        ],
    )
    def test_what_is_assumed_or_worked_back_is_approximate(self, key: str, approximate: bool) -> None:
        assert example(key).approximate is approximate

    def test_a_printed_correlation_is_no_assumption(self) -> None:
        assert not example("crossover_r", correlation_is="printed").approximate
        assert not example("baseline_final", correlation_is="printed").approximate

    def test_a_mean_outside_its_interval_is_remarked(self) -> None:
        found = example("crossover_ci", mean_active=-33.8)
        assert any("sign lost" in note for note in found.notes)
        assert found.approximate

    def test_numbers_that_contradict_each_other_are_remarked(self) -> None:
        assert any("does not fit" in note for note in example("difference_ci", estimate_p=0.6).notes)

    def test_a_bound_on_p_is_remarked(self) -> None:
        assert any("at least" in note for note in example("p_value", p_is="an upper bound").notes)

    def test_side_by_side_says_why_a_measure_is_missing(self) -> None:
        found = RECIPES["crossover_p"].derive_all(RECIPES["crossover_p"].example_values)
        assert isinstance(found["MD"], Derivation)
        assert isinstance(found["SMD"], CalculationError)

    def test_a_correlation_can_be_tried_over_a_range(self) -> None:
        recipe = RECIPES["crossover_r"]
        tried = recipe.over(recipe.example_values, "correlation", (0.3, 0.5, 0.7, 0.9))
        variances = [found.vi for _, found in tried if isinstance(found, Derivation)]
        assert len(variances) == 4
        assert variances == sorted(variances, reverse=True)


EXTREME = (0, 1, -1, 1e-300, 5e-324, 1e-155, 1e-9, 0.5, 3, 37.5, 100, 1e9, 1e15, 1e155, 1e300, -1e300)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_any_numbers_give_a_finite_effect_or_say_what_is_wrong(recipe: Recipe) -> None:
    random = Random(recipe.key)
    blamed: set[str] = set()
    for measure in recipe.measures * 40:
        values: dict[str, Any] = dict(recipe.example_values)
        for item in recipe.inputs:
            if random.random() < 0.3:
                values[item.key] = random.choice(item.choices or EXTREME)
        try:
            found = recipe.derive(values, measure)
        except CalculationError as error:
            blamed.add(error.field)
            continue
        assert math.isfinite(found.yi)
        assert found.vi > 0
        assert found.lines()
        assert json.dumps(found.as_dict(), allow_nan=False)
    assert blamed <= {item.key for item in recipe.inputs} | {""}


numbers = st.floats(-50, 50)
sds = st.floats(0.2, 30)
people = st.integers(3, 300)


@given(m1=numbers, m2=numbers, s1=sds, s2=sds, n1=people, n2=people)
def test_the_printed_steps_are_true_for_any_arms(m1: float, m2: float, s1: float, s2: float, n1: int, n2: int) -> None:
    values = {"mean_active": m1, "sd_active": s1, "n_active": n1}
    values |= {"mean_comparator": m2, "sd_comparator": s2, "n_comparator": n2}
    for measure in ("MD", "SMD", "SMDH"):
        found = RECIPES["means_sd"].derive(values, measure)
        theirs = escalc(measure, {"m1i": [m1], "sd1i": [s1], "n1i": [n1], "m2i": [m2], "sd2i": [s2], "n2i": [n2]})
        assert (found.yi, found.vi) == (theirs.yi[0], theirs.vi[0])
        for step in found.steps:
            if "Γ" not in step.formula or n1 + n2 < 300:  # Γ itself overflows above 171
                assert worked_out(step) == pytest.approx(step.value, rel=1e-9, abs=1e-9)


@given(e1=st.integers(0, 60), f1=st.integers(0, 60), e2=st.integers(0, 60), f2=st.integers(0, 60))
def test_the_printed_steps_are_true_for_any_counts(e1: int, f1: int, e2: int, f2: int) -> None:
    if e1 + f1 == 0 or e2 + f2 == 0:
        return
    values = {"events_active": e1, "n_active": e1 + f1, "events_comparator": e2, "n_comparator": e2 + f2}
    for measure in ("OR", "RR", "RD", "PETO"):
        try:
            found = RECIPES["events"].derive(values, measure)
        except CalculationError:
            theirs = escalc(measure, {"ai": [e1], "bi": [f1], "ci": [e2], "di": [f2]})
            assert not theirs.usable[0]
            continue
        for step in found.steps:
            assert worked_out(step) == pytest.approx(step.value, rel=1e-9, abs=1e-9), step.formula
