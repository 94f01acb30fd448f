"""Effect sizes against R metafor, the Cochrane Handbook, and what must hold for any data."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.metafor_reference import DATASETS, close, escalc_columns, numbers, reference
from tests.shared_data import shared
from workbench.effects import (
    MEASURES,
    EffectError,
    correlation_from_sd,
    crossover_md,
    crossover_smd,
    escalc,
    estimate_as_printed,
    hedges_factor,
    hedges_from_d,
    sd_from_ci_half_width,
    sd_from_se,
    sd_of_change,
    smd_from_p,
    smd_from_t,
)

ZERO_CELL_OPTIONS = {
    "drop00": {"drop00": True},
    "to_all": {"to": "all"},
    "to_if0all": {"to": "if0all"},
    "none": {"to": "none"},
}
# Files of effects as given, and one of a network of arms.
WITHOUT_ARM_DATA = {
    *("dat.berkey1998", "dat.hackshaw1998", "dat.konstantopoulos2011", "dat.raudenbush1985", "dat.senn2013"),
}


def offered_blocks(dataset: str) -> list[str]:
    return [key for key in reference(dataset).get("escalc", {}) if key.split("/")[0] in MEASURES]


@pytest.mark.parametrize("dataset", [name for name in DATASETS if name not in WITHOUT_ARM_DATA])
def test_effects_and_variances_are_metafors(dataset: str) -> None:
    blocks = offered_blocks(dataset)
    assert blocks
    columns = escalc_columns(dataset)
    for key in blocks:
        measure, _, option = key.partition("/")
        options = ZERO_CELL_OPTIONS.get(option, {"vtype": option} if option else {})
        ours = escalc(measure, columns, **options)
        theirs = reference(dataset)["escalc"][key]
        # metafor gives VR a variance where an SD, and so the estimate, is missing; here such a row has neither
        estimated = ~np.isnan(numbers(theirs["yi"]))
        np.testing.assert_array_equal(np.isfinite(ours.vi), estimated & np.isfinite(numbers(theirs["vi"])))
        for mine, stored in (
            (ours.yi, numbers(theirs["yi"])),
            (ours.vi, np.where(estimated, numbers(theirs["vi"]), np.nan)),
        ):
            # closed forms: 1e-10, as log-gammas in Hedges' factor and logs near 0 lose a few digits on either side
            np.testing.assert_allclose(mine, stored, rtol=1e-10, atol=1e-12, err_msg=key)


def test_every_measure_is_compared_with_metafor() -> None:
    compared = {key.split("/")[0] for dataset in DATASETS for key in offered_blocks(dataset)}
    conversions = reference("conversions")
    for section in ("two_arm_means", "paired", "matched_pairs"):
        compared |= {key.split("_")[0] for key in conversions[section]["results"]} & set(MEASURES)
    # metafor has no hazard ratios; the reference has no probits and no single rates, which test_effects_columns covers
    assert compared == set(MEASURES) - {"HR", "PBIT", "IR", "IRLN"}


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("trials.csv", "expected_effects.csv"),
        ("trials_by_indication.csv", "expected_effects_by_indication.csv"),
    ],
)
def test_the_rtms_trials_give_the_expected_effects(file: str, names: str) -> None:
    folder = "data/rtms_pain_trials"
    trials = {}
    for source in ("trials.csv", file):
        with shared(f"{folder}/{source}").open(encoding="utf-8", newline="") as handle:
            trials.update({row["row_id"]: row for row in csv.DictReader(handle)})
    with shared(f"{folder}/{names}").open(encoding="utf-8", newline="") as handle:
        expected = list(csv.DictReader(handle))
    compared = 0
    for row in expected:
        trial = trials[row["row_id"]]
        if row.get("use", "arm data") != "arm data":
            continue
        measure = row["measure"].removeprefix("log ")
        n1, n2 = (float(row.get(name) or trial[name]) for name in ("n_treat", "n_ctrl"))
        if measure in ("MD", "SMD"):
            arms = {"m1i": "mean_treat", "sd1i": "sd_treat", "m2i": "mean_ctrl", "sd2i": "sd_ctrl"}
        else:
            arms = {"ai": "events_treat", "ci": "events_ctrl"}
        columns = {name: [float(trial[column])] for name, column in arms.items()} | {"n1i": [n1], "n2i": [n2]}
        ours = escalc(measure, columns)
        # the file prints ten significant digits
        assert close(float(ours.yi[0]), float(row["yi"]), rel=1e-9), row
        assert close(float(ours.vi[0]), float(row["vi"]), rel=1e-9), row
        compared += 1
    assert compared > 20


@pytest.mark.parametrize(
    ("row", "p", "n1", "n2", "sign"),
    [("U001", 0.032, 19, 19, -1), ("U002", 0.019, 19, 19, 1), ("U022", 0.024, 20, 10, -1)],
)
def test_standardised_differences_from_printed_p_values(row: str, p: float, n1: int, n2: int, sign: int) -> None:
    with shared("data/rtms_pain_trials/expected_effects_by_indication.csv").open(encoding="utf-8") as handle:
        expected = next(line for line in csv.DictReader(handle) if line["row_id"] == row and line["measure"] == "SMD")
    ours = smd_from_p(p, n1, n2, sign=sign)
    assert close(ours.yi, float(expected["yi"]), rel=1e-9)  # ten digits printed
    assert close(ours.vi, float(expected["vi"]), rel=1e-9)


def test_hedges_g_from_d_and_t_is_metafors() -> None:
    block = reference("conversions")["smd_from_stats"]
    given_ = block["input"]
    for i, (n1, n2) in enumerate(zip(given_["n1i"], given_["n2i"], strict=True)):
        pairs = {
            "from_d": hedges_from_d(given_["d"][i], n1, n2),
            "from_t": smd_from_t(given_["t"][i], n1, n2),
        }
        p = given_["p"][i]
        # the sign of p tells the direction, as metafor takes it
        pairs["from_p"] = smd_from_p(abs(p), n1, n2, sign=1 if p > 0 else -1)
        for name, ours in pairs.items():
            assert close(ours.yi, block[name]["yi"][i], rel=1e-10), name
            assert close(ours.vi, block[name]["vi"][i], rel=1e-10), name


def test_log_ratios_from_intervals_and_p_are_metafors() -> None:
    block = reference("conversions")["wald"]
    given_ = block["input"]
    for i, ratio in enumerate(given_["or"]):
        ours = estimate_as_printed("OR", ratio, low=given_["lo"][i], high=given_["hi"][i])
        assert close(ours.yi, block["from_ci"]["yi"][i], rel=1e-12)
        assert close(ours.vi, block["from_ci"]["vi"][i], rel=1e-12)
        # the reference was made with p = 0 replaced by 0.0001
        from_p = estimate_as_printed("OR", ratio, p=max(given_["p"][i], 1e-4))
        assert close(from_p.vi, block["from_p"]["vi"][i], rel=1e-10)


def test_smd_without_and_with_the_small_sample_factor_is_metafors() -> None:
    block = reference("conversions")["two_arm_means"]
    columns = {name: numbers(values) for name, values in block["input"].items()}
    for name, correction in (("SMD", "exact"), ("SMD_uncorrected", "none")):
        ours = escalc("SMD", columns, correction=correction)
        np.testing.assert_allclose(ours.yi, numbers(block["results"][name]["yi"]), rtol=1e-10)
        np.testing.assert_allclose(ours.vi, numbers(block["results"][name]["vi"]), rtol=1e-10)


def test_revmans_variance_follows_its_published_formula() -> None:
    # Deeks & Higgins 2010, Statistical algorithms in Review Manager 5, worked by hand for 20 v 30 people
    ours = escalc("SMD", {"m1i": [5], "sd1i": [2], "n1i": [20], "m2i": [6], "sd2i": [3], "n2i": [30]}, vtype="RevMan")
    pooled = math.sqrt((19 * 4 + 29 * 9) / 48)
    g = -1 / pooled * (1 - 3 / (4 * 50 - 9))
    assert ours.yi[0] == pytest.approx(g, rel=1e-14)
    assert ours.vi[0] == pytest.approx(50 / 600 + g**2 / (2 * (50 - 3.94)), rel=1e-14)


def test_the_handbooks_crossover_example() -> None:
    # Cochrane Handbook 5.1, 16.4.6.4: 7.0 (2.38) v 6.5 (2.21), 10 people; printed to three decimals
    r = correlation_from_sd(2.38, 2.21, 2.0)
    assert crossover_md(7.0, 2.38, 6.5, 2.21, 10, r).se == pytest.approx(0.632, abs=5e-4)
    assert crossover_md(7.0, 2.38, 6.5, 2.21, 10, 0.68).se == pytest.approx(0.583, abs=5e-4)
    smd = crossover_smd(7.0, 2.38, 6.5, 2.21, 10, 0.68)
    assert smd.yi == pytest.approx(0.218, abs=5e-4)
    assert smd.se == pytest.approx(0.256, abs=5e-4)


def test_the_other_crossover_variance_is_metafors() -> None:
    block = reference("conversions")["paired"]
    given_, stored = block["input"], block["results"]["SMCRP"]
    names = ("m1i", "sd1i", "m2i", "sd2i", "ni", "ri")
    for i, row in enumerate(zip(*(given_[name] for name in names), strict=True)):
        ours = crossover_smd(*row, vtype="SMCRP", correction="exact")
        assert close(ours.yi, stored["yi"][i], rel=1e-10)
        assert close(ours.vi, stored["vi"][i], rel=1e-10)


@pytest.mark.parametrize("m", [1.5, 2, 10, 100, 998.5, 999.5, 1001, 5000, 1e6, 1e9])
def test_hedges_factor_does_not_lose_digits_in_large_trials(m: float) -> None:
    # gamma((m+1)/2) = (m-1)/2 gamma((m-1)/2) gives J(m) J(m+1) = (m-1) / sqrt(m (m+1)) exactly
    product = float(hedges_factor(m)) * float(hedges_factor(m + 1))
    assert product == pytest.approx((m - 1) / math.sqrt(m * (m + 1)), rel=1e-12)


class TestPrintedEstimates:
    def test_a_standard_error_is_taken_as_it_stands(self) -> None:
        effect = estimate_as_printed("MD", -1.2, se=0.4)
        assert (effect.yi, effect.vi) == (-1.2, pytest.approx(0.16))

    def test_an_interval_uses_the_normal_quantile_or_students(self) -> None:
        normal = estimate_as_printed("MD", -0.26, low=-1.13, high=0.60)
        assert close(normal.vi, 0.1947762647, rel=1e-9)  # row T041 of the expected effects, ten digits
        student = estimate_as_printed("MD", -0.26, low=-1.13, high=0.60, df=10)
        assert student.vi == pytest.approx((1.73 / 2 / 2.228138852) ** 2, rel=1e-9)  # t(.975, 10) from tables

    def test_an_interval_of_another_level(self) -> None:
        effect = estimate_as_printed("MD", 0, low=-1.644853627, high=1.644853627, level=90)
        assert effect.vi == pytest.approx(1, rel=1e-9)  # z(.95) to ten digits

    def test_a_p_value_with_degrees_of_freedom(self) -> None:
        effect = estimate_as_printed("MD", -15.1, p=0.0002, df=59)
        assert close(effect.vi, 14.49273895, rel=1e-9)  # row U066 of the expected effects, ten digits

    def test_a_tiny_p_value_keeps_its_digits(self) -> None:
        # erfc(x / sqrt 2) turns it back
        effect = estimate_as_printed("MD", 1, p=1e-30)
        assert math.erfc(1 / effect.se / math.sqrt(2)) == pytest.approx(1e-30, rel=1e-10)

    def test_a_lopsided_interval_is_flagged(self) -> None:
        # an odds ratio's interval is symmetric in logs only
        assert not estimate_as_printed("OR", 2, low=1, high=4).flags
        assert "not symmetric" in estimate_as_printed("MD", 2, low=1, high=4).flags[0]

    def test_a_p_value_that_contradicts_the_interval_is_flagged(self) -> None:
        effect = estimate_as_printed("MD", 1, low=0.5, high=1.5, p=0.4)
        assert any("does not fit" in flag for flag in effect.flags)

    def test_the_standard_error_of_a_ratio_may_be_on_either_scale(self) -> None:
        logged = estimate_as_printed("RR", 2, se=0.3)
        assert logged.se == pytest.approx(0.3)
        assert logged.flags
        assert estimate_as_printed("RR", 2, se=0.3, se_scale="natural").se == pytest.approx(0.15)

    @pytest.mark.parametrize(
        ("numbers_", "said"),
        [
            ({"estimate": 1.0}, "needs a standard error"),
            ({"estimate": 1.0, "low": 0.5}, "both its ends"),
            ({"estimate": 1.0, "low": 2.0, "high": 1.0}, "not below"),
            ({"estimate": 20.78, "low": 23.0, "high": 43.0}, "outside its interval"),
            ({"estimate": 1.0, "p": 0.0}, "between 0 and 1"),
            ({"estimate": 0.0, "p": 0.5}, "no difference"),
            ({"estimate": 1.0, "se": 0.0}, "above 0"),
            ({"estimate": math.nan, "se": 1.0}, "must be a number"),
            ({"estimate": 1.0, "low": 0.5, "high": 1.5, "level": 0.95}, "percent"),
        ],
    )
    def test_what_cannot_be_used_is_refused(self, numbers_: dict[str, float], said: str) -> None:
        with pytest.raises(EffectError, match=said):
            estimate_as_printed("MD", **numbers_)

    def test_a_negative_ratio_is_suspected_to_be_a_logarithm(self) -> None:
        with pytest.raises(EffectError, match="already a logarithm"):
            estimate_as_printed("OR", -0.2, se=0.1)


class TestSpreads:
    def test_a_standard_error_becomes_a_standard_deviation(self) -> None:
        assert sd_from_se(0.5, 16) == pytest.approx(2)

    def test_a_half_width_uses_students_t_below_sixty_people(self) -> None:
        assert sd_from_ci_half_width(2.063898562, 25) == pytest.approx(5, rel=1e-9)  # t(.975, 24) from tables
        assert sd_from_ci_half_width(1.959963985, 100) == pytest.approx(10, rel=1e-9)

    def test_the_spread_of_a_change_shrinks_with_the_correlation(self) -> None:
        assert sd_of_change(3, 4, 0) == pytest.approx(5)
        assert sd_of_change(3, 4, 0.5) == pytest.approx(math.sqrt(13))

    @pytest.mark.parametrize("call", [lambda: sd_from_se(0, 10), lambda: sd_from_ci_half_width(1, 1)])
    def test_impossible_spreads_are_refused(self, call) -> None:  # type: ignore[no-untyped-def]
        with pytest.raises(EffectError):
            call()


MEANS = {"m1i": [1, 2], "sd1i": [1, 1], "n1i": [10, 10], "m2i": [2, 2], "sd2i": [1, 1], "n2i": [10, 10]}
EVENTS = {"ai": [1, 2], "n1i": [10, 10], "ci": [2, 2], "n2i": [10, 10]}


class TestRefusals:
    @pytest.mark.parametrize(
        ("measure", "change", "said"),
        [
            ("MD", {"sd1i": [1, 0]}, "row 2: sd1i must be above 0"),
            ("SMD", {"sd2i": [-1, -1]}, "rows 1, 2: sd2i"),
            ("MD", {"n2i": [0, 10]}, "row 1: n2i must be at least 1"),
            ("SMD", {"n1i": [1, 10], "n2i": [2, 10]}, "row 1: a standardised difference"),
            ("MD", {"m1i": [math.inf, 1]}, "row 1: m1i must be a finite number"),
            ("OR", {"ai": [1, 11]}, "row 2: more events"),
            ("RR", {"ci": [-1, 1]}, "row 1: ci must not be negative"),
            ("RD", {"n1i": [0, 10], "ai": [0, 1]}, "row 1: nobody"),
        ],
    )
    def test_impossible_rows_are_named(self, measure: str, change: dict[str, list[float]], said: str) -> None:
        columns = (MEANS if measure in ("MD", "SMD") else EVENTS) | change
        with pytest.raises(EffectError, match=said) as caught:
            escalc(measure, columns)
        assert caught.value.rows

    def test_missing_columns_are_named(self) -> None:
        with pytest.raises(EffectError, match="SMD needs the columns m1i sd1i n1i"):
            escalc("SMD", EVENTS)

    def test_columns_of_two_lengths_are_refused(self) -> None:
        with pytest.raises(EffectError, match="differ in length"):
            escalc("MD", MEANS | {"n1i": [10]})

    @pytest.mark.parametrize("options", [{"vtype": "other"}, {"to": "some"}, {"correction": "half"}, {"add": -1}])
    def test_unknown_options_are_refused(self, options: dict[str, object]) -> None:
        with pytest.raises(EffectError):
            escalc("SMD", MEANS, **options)  # type: ignore[arg-type]

    def test_an_unknown_measure_lists_the_known_ones(self) -> None:
        with pytest.raises(EffectError, match="known are MD, SMD"):
            escalc("XYZ", MEANS)

    def test_a_row_with_a_missing_number_has_no_effect_and_stays(self) -> None:
        effects = escalc("MD", MEANS | {"sd1i": [math.nan, 1]})
        assert list(effects.usable) == [False, True]
        assert math.isnan(effects.vi[0])

    @pytest.mark.parametrize("r", [-1.2, 1.1, math.nan])
    def test_an_impossible_correlation_is_refused(self, r: float) -> None:
        with pytest.raises(EffectError):
            crossover_md(5, 1, 6, 1, 10, r)

    def test_spreads_that_imply_an_impossible_correlation_are_refused(self) -> None:
        with pytest.raises(EffectError, match="check them"):
            correlation_from_sd(1, 1, 5)


def test_every_measure_says_what_no_difference_is() -> None:
    for measure in MEASURES.values():
        assert measure.null == (1 if measure.ratio else 0)
        assert measure.label
        assert measure.columns


means = st.floats(-100, 100)
sds = st.floats(0.1, 50)
sizes = st.integers(2, 500)


@settings(deadline=None)
@given(m1=means, m2=means, sd1=sds, sd2=sds, n1=sizes, n2=sizes, unit=st.floats(0.01, 100), shift=means)
def test_a_standardised_difference_has_no_unit(
    m1: float, m2: float, sd1: float, sd2: float, n1: int, n2: int, unit: float, shift: float
) -> None:
    columns = {"m1i": [m1], "sd1i": [sd1], "n1i": [n1], "m2i": [m2], "sd2i": [sd2], "n2i": [n2]}
    rescaled = columns | {name: [unit * columns[name][0] + shift] for name in ("m1i", "m2i")}
    rescaled |= {name: [unit * columns[name][0]] for name in ("sd1i", "sd2i")}
    a, b = escalc("SMD", columns), escalc("SMD", rescaled)
    # a shift of up to 100 against a spread of at least 0.001 leaves eleven digits
    assert b.yi[0] == pytest.approx(a.yi[0], rel=1e-7, abs=1e-9)
    assert b.vi[0] == pytest.approx(a.vi[0], rel=1e-7)


@settings(deadline=None)
@given(a=st.integers(0, 50), b=st.integers(0, 50), c=st.integers(0, 50), d=st.integers(0, 50))
def test_swapping_the_arms_turns_the_sign_only(a: int, b: int, c: int, d: int) -> None:
    if a + b == 0 or c + d == 0:
        return
    for measure in ("OR", "RR", "RD", "PETO"):
        forth = escalc(measure, {"ai": [a], "bi": [b], "ci": [c], "di": [d]})
        back = escalc(measure, {"ai": [c], "bi": [d], "ci": [a], "di": [b]})
        assert back.yi[0] == pytest.approx(-forth.yi[0], abs=1e-12, nan_ok=True)
        assert back.vi[0] == pytest.approx(forth.vi[0], rel=1e-12, nan_ok=True)


@settings(deadline=None)
@given(ratio=st.floats(0.05, 20), se=st.floats(0.01, 2))
def test_an_interval_made_from_a_standard_error_gives_it_back(ratio: float, se: float) -> None:
    reach = 1.959963984540054 * se
    effect = estimate_as_printed("RR", ratio, low=ratio * math.exp(-reach), high=ratio * math.exp(reach))
    assert effect.se == pytest.approx(se, rel=1e-9)
    assert not effect.flags
