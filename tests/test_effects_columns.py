"""Measures of `escalc` beyond the data sets: metafor 5, paired and matched data, single arms, refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.metafor_reference import numbers, reference
from workbench.effects import EffectError, escalc

METAFOR_5: dict[str, tuple[str, str, dict[str, Any]]] = {
    # key in the file: section, measure, options
    "SMD": ("two_arm_means", "SMD", {}),
    "SMD_uncorrected": ("two_arm_means", "SMD", {"correction": "none"}),
    "SMDH": ("two_arm_means", "SMDH", {"definitions": "4.6"}),
    "SMD1": ("two_arm_means", "SMD1", {}),
    "SMD1H": ("two_arm_means", "SMD1H", {"definitions": "4.6"}),
    "ROM_corrected": ("two_arm_means", "ROM", {"definitions": "5"}),
    "ROM_uncorrected": ("two_arm_means", "ROM", {}),
    "CVR_corrected": ("two_arm_means", "CVR", {"definitions": "5"}),
    "VR": ("two_arm_means", "VR", {}),
    "MC": ("paired", "MC", {}),
    "SMCC": ("paired", "SMCC", {}),
    "SMCC_uncorrected": ("paired", "SMCC", {"correction": "none"}),
    "SMCR": ("paired", "SMCR", {}),
    "SMCR_uncorrected": ("paired", "SMCR", {"correction": "none"}),
    "SMCRH": ("paired", "SMCRH", {"definitions": "4.6"}),
    "SMCRP": ("paired", "SMCRP", {}),
    "SMCRPH": ("paired", "SMCRPH", {}),
    "ROMC_corrected": ("paired", "ROMC", {"definitions": "5"}),
    "ROMC_uncorrected": ("paired", "ROMC", {}),
    **{name: ("matched_pairs", name, {}) for name in ("MPRR", "MPOR", "MPRD", "MPORC", "MPPETO")},
}


@pytest.mark.parametrize("key", METAFOR_5)
def test_measures_and_definitions_of_metafor_5(key: str) -> None:
    section, measure, options = METAFOR_5[key]
    block = reference("conversions")[section]
    columns = {name: numbers(values) for name, values in block["input"].items()}
    ours, theirs = escalc(measure, columns, **options), block["results"][key]
    # closed forms; log-gammas in Hedges' factor leave 1e-13
    np.testing.assert_allclose(ours.yi, numbers(theirs["yi"]), rtol=1e-10)
    np.testing.assert_allclose(ours.vi, numbers(theirs["vi"]), rtol=1e-10)


def test_only_what_is_not_for_trials_is_left_out_of_the_reference() -> None:
    block = reference("conversions")
    keys = {key for section in ("two_arm_means", "paired", "matched_pairs") for key in block[section]["results"]}
    # metafor 5 without any correction of CVR, common language effect sizes, biserial correlations
    assert keys - set(METAFOR_5) == {"CVR_uncorrected", "CLES_normal", "RBIS"}


MEANS = {"m1i": [5.0, 6.0], "sd1i": [2.0, 1.5], "n1i": [20, 9], "m2i": [6.0, 5.0], "sd2i": [3.0, 2.5], "n2i": [30, 8]}


@pytest.mark.parametrize("measure", ["SMDH", "SMD1H"])
def test_the_variance_before_metafor_4_6_is_another_one(measure: str) -> None:
    old, new = escalc(measure, MEANS), escalc(measure, MEANS, definitions="4.6")
    np.testing.assert_array_equal(old.yi, new.yi)
    assert (old.vi < new.vi).all()


def test_glass_delta_needs_no_spread_of_the_first_arm() -> None:
    columns = {name: MEANS[name] for name in ("m1i", "n1i", "m2i", "sd2i", "n2i")}
    np.testing.assert_array_equal(escalc("SMD1", columns).yi, escalc("SMD1", MEANS).yi)
    with pytest.raises(EffectError, match="SMD1H needs the columns"):
        escalc("SMD1H", columns)


def test_the_average_variance_is_the_same_for_arms_of_one_size() -> None:
    columns = {name: [values[0], values[0]] for name, values in MEANS.items()} | {"m1i": [5.0, 9.0]}
    effects = escalc("SMD", columns, vtype="AV")
    assert effects.vi[0] == effects.vi[1]
    assert escalc("SMD", {name: v[:1] for name, v in columns.items()}, vtype="AV").vi[0] == pytest.approx(
        escalc("SMD", {name: v[:1] for name, v in columns.items()}).vi[0], rel=1e-14
    )


def test_a_probit_difference_by_hand() -> None:
    # risks 1/2 and Phi(-1) = 0.1586552539: probits 0 and -1
    n = 10**9
    effects = escalc("PBIT", {"ai": [n // 2], "n1i": [n], "ci": [round(0.15865525393145707 * n)], "n2i": [n]})
    assert effects.yi[0] == pytest.approx(1, abs=1e-8)  # whole people of a thousand million
    p = 0.15865525393145707
    assert effects.vi[0] * n == pytest.approx(math.pi / 2 + 2 * math.pi * p * (1 - p) * math.e, rel=1e-7)


def test_single_rates_by_hand() -> None:
    columns = {"xi": [4, 0], "ti": [10, 10]}
    rates, logs = escalc("IR", columns), escalc("IRLN", columns)
    np.testing.assert_allclose(rates.yi, [0.4, 0.05])  # 1/2 added to no event
    np.testing.assert_allclose(rates.vi, [0.04, 0.005])
    np.testing.assert_allclose(logs.yi, np.log([0.4, 0.05]))
    np.testing.assert_allclose(logs.vi, [0.25, 2])


def test_a_hazard_ratio_from_the_log_rank_test() -> None:
    effects = escalc("HR", {"oe": [-5.0], "v": [12.5]})
    assert effects.yi[0] == pytest.approx(-0.4)
    assert effects.vi[0] == pytest.approx(0.08)


def test_a_double_arcsine_needs_no_correction_for_empty_cells() -> None:
    effects = escalc("PFT", {"xi": [0], "ni": [10]})
    assert effects.yi[0] == pytest.approx(math.asin(math.sqrt(1 / 11)) / 2)
    assert effects.vi[0] == pytest.approx(1 / 42)


def test_pairs_without_a_discordant_one_on_one_side_take_the_correction() -> None:
    columns = {"ai": [10], "bi": [4], "ci": [0], "di": [6]}
    assert escalc("MPORC", columns).yi[0] == pytest.approx(math.log(4.5 / 0.5))
    assert math.isnan(escalc("MPORC", columns, to="none").yi[0])
    # nobody had the event the first time, which is no empty arm
    assert escalc("MPRD", {"ai": [0], "bi": [0], "ci": [5], "di": [15]}, to="none").yi[0] == pytest.approx(-0.25)
    # dropping tables without events in both arms has no meaning for pairs
    pairs = {"ai": [0], "bi": [3], "ci": [0], "di": [6]}
    assert math.isfinite(escalc("MPRD", pairs, drop00=True).yi[0])


@pytest.mark.parametrize(
    ("measure", "columns", "said"),
    [
        ("SMDH", MEANS | {"n1i": [1, 9]}, "row 1: n1i and n2i must be at least 2"),
        ("SMD1", MEANS | {"n2i": [30, 2]}, "row 2: n2i must be above 2"),
        ("SMD1", MEANS | {"sd2i": [-3.0, 1.0]}, "row 1: sd2i must be above 0"),
        ("VR", MEANS | {"n1i": [1, 9]}, "row 1: n1i must be at least 2"),
        ("CVR", MEANS | {"m1i": [-5.0, 6.0]}, "row 1: a coefficient of variation"),
        ("HR", {"oe": [1.0], "v": [0.0]}, "log-rank variance"),
        ("IR", {"xi": [1.0], "ti": [0.0]}, "ti must be above 0"),
        ("IR", {"xi": [-1.0], "ti": [1.0]}, "xi must not be negative"),
        ("MPRR", {"ai": [1], "bi": [-1], "ci": [1], "di": [1]}, "must not be negative"),
        ("MPRR", {"ai": [0], "bi": [0], "ci": [0], "di": [0]}, "there are no pairs"),
        ("SDLN", {"sdi": [0.0], "ni": [10]}, "sdi must be above 0"),
        ("CVLN", {"mi": [0.0], "sdi": [1.0], "ni": [10]}, "a mean above 0"),
    ],
)
def test_impossible_rows_are_named(measure: str, columns: dict[str, Any], said: str) -> None:
    with pytest.raises(EffectError, match=said):
        escalc(measure, columns)


def test_options_that_a_measure_does_not_have_are_refused() -> None:
    with pytest.raises(EffectError, match="no small-sample factor"):
        escalc("MD", MEANS, correction="none")
    with pytest.raises(EffectError, match=r"known are 3\.8, 4\.6, 5"):
        escalc("ROM", MEANS, definitions="6")  # type: ignore[arg-type]


means = st.floats(1, 100)
sds = st.floats(0.1, 50)
sizes = st.integers(4, 500)


@settings(deadline=None)
@given(m1=means, m2=means, sd1=sds, sd2=sds, n1=sizes, n2=sizes, unit=st.floats(0.01, 100))
def test_two_arm_measures_turn_with_the_arms_and_have_no_unit(
    m1: float, m2: float, sd1: float, sd2: float, n1: int, n2: int, unit: float
) -> None:
    forth = {"m1i": [m1], "sd1i": [sd1], "n1i": [n1], "m2i": [m2], "sd2i": [sd2], "n2i": [n2]}
    back = {name: forth[name.replace("1", "x").replace("2", "1").replace("x", "2")] for name in forth}
    scaled = {name: values if name[0] == "n" else [unit * values[0]] for name, values in forth.items()}
    for measure in ("SMDH", "VR", "CVR", "ROM", "D2ORL"):
        for definitions in ("3.8", "4.6", "5"):
            one = escalc(measure, forth, definitions=definitions)  # type: ignore[arg-type]
            other = escalc(measure, back, definitions=definitions)  # type: ignore[arg-type]
            third = escalc(measure, scaled, definitions=definitions)  # type: ignore[arg-type]
            assert other.yi[0] == pytest.approx(-one.yi[0], rel=1e-9, abs=1e-12)
            assert other.vi[0] == pytest.approx(one.vi[0], rel=1e-9)
            # a difference of two close means loses digits when both are scaled
            assert third.yi[0] == pytest.approx(one.yi[0], rel=1e-9, abs=1e-9)
            assert third.vi[0] == pytest.approx(one.vi[0], rel=1e-7)


cells = st.integers(0, 60)


@settings(deadline=None)
@given(a=cells, b=cells, c=cells, d=cells)
def test_swapping_the_times_turns_the_sign_of_matched_pairs(a: int, b: int, c: int, d: int) -> None:
    if a + b + c + d == 0:
        return
    for measure in ("MPRD", "MPRR", "MPOR", "MPORC", "MPPETO"):
        forth = escalc(measure, {"ai": [a], "bi": [b], "ci": [c], "di": [d]})
        back = escalc(measure, {"ai": [a], "bi": [c], "ci": [b], "di": [d]})
        assert back.yi[0] == pytest.approx(-forth.yi[0], abs=1e-12, nan_ok=True)
        assert back.vi[0] == pytest.approx(forth.vi[0], rel=1e-12, nan_ok=True)


@settings(deadline=None)
@given(m1=means, m2=means, sd=sds, n=st.integers(3, 300))
def test_paired_measures_agree_when_both_spreads_are_one(m1: float, m2: float, sd: float, n: int) -> None:
    # with r = 1/2 the SD of the change is the raw SD, so change and raw standardisers coincide
    columns = {"m1i": [m1], "m2i": [m2], "sd1i": [sd], "sd2i": [sd], "ni": [n], "ri": [0.5]}
    change, raw = escalc("SMCC", columns), escalc("SMCR", columns)
    assert change.yi[0] == pytest.approx(raw.yi[0], rel=1e-9)
    assert change.vi[0] == pytest.approx(raw.vi[0], rel=1e-9)
