"""What pooling must do for any data: invariances, boundaries, refusals, extreme scales."""

from __future__ import annotations

import dataclasses
import math
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from workbench.pooling import (
    INTERVALS,
    METHODS,
    TAU2_ESTIMATORS,
    Model,
    Pool,
    PoolingError,
    leave_one_out,
    mantel_haenszel,
    pool,
    subgroups,
)
from workbench.pooling.tau2 import generalised_q, log_likelihood

ESTIMATORS = [name for name in METHODS if name != "CE"]
# Colditz et al. 1994, JAMA 271:698: log risk ratios of the first six trials of BCG against tuberculosis
YI = np.array([-0.8893, -1.5854, -1.3481, -1.4416, -0.2175, -0.7861])
VI = np.array([0.3256, 0.1946, 0.4154, 0.0200, 0.0512, 0.0069])


def effects(least: int = 2, most: int = 12) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
    def pair(k: int) -> st.SearchStrategy[tuple[np.ndarray, np.ndarray]]:
        yi = hnp.arrays(np.float64, k, elements=st.floats(-5, 5, width=32))
        vi = hnp.arrays(np.float64, k, elements=st.floats(0.0009765625, 4, width=32))
        return st.tuples(yi, vi)

    return st.integers(least, most).flatmap(pair)


methods = st.sampled_from(list(METHODS))
intervals = st.sampled_from(list(INTERVALS))


def same(a: Pool, b: Pool, *, rel: float = 1e-7, absolute: float = 1e-8) -> None:
    for field in dataclasses.fields(Pool):
        mine, other = getattr(a, field.name), getattr(b, field.name)
        if field.name == "statistic" and mine is not None and abs(mine) > 1e6:
            continue  # an estimate over a standard error that is zero but for rounding
        if isinstance(mine, float) and isinstance(other, float):
            assert mine == pytest.approx(other, rel=rel, abs=absolute), field.name
        elif field.name not in ("weights", "notes", "statistic", "p"):
            assert mine == other, field.name


def settled(yi: np.ndarray, vi: np.ndarray, method: str) -> bool:
    """Whether the likelihood has one clear maximum: with two of one height, rounding decides between them."""
    if method not in ("ML", "REML"):
        return True
    tau2 = TAU2_ESTIMATORS[method](yi, vi)
    restricted = method == "REML"
    here = log_likelihood(yi, vi, tau2, restricted=restricted)
    grid = np.concatenate(([0.0], np.geomspace(1e-6, 100, 400)))
    far = grid[np.abs(grid - tau2) > 0.05 * (tau2 + float(vi.min()))]
    return all(log_likelihood(yi, vi, float(t), restricted=restricted) < here - 1e-7 for t in far)


@given(data=effects(), method=methods, interval=intervals, seed=st.integers(0, 2**16))
def test_the_order_of_the_studies_does_not_matter(
    data: tuple[np.ndarray, np.ndarray], method: str, interval: str, seed: int
) -> None:
    yi, vi = data
    assume(settled(yi, vi, method))
    order = np.random.default_rng(seed).permutation(yi.size)
    model = Model(tau2=method, interval=interval)
    a, b = pool(yi, vi, model), pool(yi[order], vi[order], model)
    same(a, b)
    np.testing.assert_allclose(a.weights[order], b.weights, rtol=1e-6, atol=1e-9)


@given(data=effects(), method=methods, shift=st.floats(-50, 50, width=32))
def test_shifting_every_effect_shifts_the_estimate_and_nothing_else(
    data: tuple[np.ndarray, np.ndarray], method: str, shift: float
) -> None:
    yi, vi = data
    assume(settled(yi, vi, method))
    a, b = pool(yi, vi, Model(tau2=method)), pool(yi + shift, vi, Model(tau2=method))
    assert b.estimate == pytest.approx(a.estimate + shift, abs=1e-6)
    for name in ("tau2", "se", "q", "i2", "h2", "tau2_low", "tau2_high"):
        mine, other = getattr(b, name), getattr(a, name)
        if other is None:
            assert mine is None, name
        else:  # a shift of 50 leaves twelve digits of an effect, and tau2 near 0 depends on its square root
            assert mine == pytest.approx(other, rel=1e-5, abs=1e-6), name


@given(data=effects(), method=methods, interval=intervals, power=st.integers(-200, 200))
def test_the_unit_of_the_outcome_does_not_matter(
    data: tuple[np.ndarray, np.ndarray], method: str, interval: str, power: int
) -> None:
    # a power of two changes no digit of the effects, so the results must be the same to the last few
    yi, vi = data
    unit = 2.0**power
    model = Model(tau2=method, interval=interval)
    a, b = pool(yi, vi, model), pool(yi * unit, vi * unit * unit, model)
    for name in ("estimate", "se", "ci_low", "ci_high", "pi_low", "pi_high"):
        if getattr(a, name) is not None:
            assert getattr(b, name) / unit == pytest.approx(getattr(a, name), rel=1e-9, abs=1e-12), name
    for name in ("q", "i2", "h2", "p", "q_p"):
        if getattr(a, name) is not None:
            assert getattr(b, name) == pytest.approx(getattr(a, name), rel=1e-9, abs=1e-12), name
    assert b.tau2 is not None
    assert a.tau2 is not None
    assert b.tau2 / unit / unit == pytest.approx(a.tau2, rel=1e-9, abs=1e-15)


@given(k=st.integers(2, 10), value=st.floats(-5, 5), vi=st.floats(0.001, 4), method=methods)
def test_equal_effects_have_no_between_study_variance(k: int, value: float, vi: float, method: str) -> None:
    variances = vi * np.arange(1, k + 1)
    result = pool(np.full(k, value), variances, Model(tau2=method, interval="wald"))
    assert result.tau2 == 0
    assert result.q == 0
    assert result.i2 == 0
    assert result.estimate == pytest.approx(value, rel=1e-15)
    common = pool(np.full(k, value), variances, Model(tau2="CE", interval="wald"))
    assert result.se == common.se


@given(data=effects(), method=st.sampled_from(ESTIMATORS))
def test_random_and_common_effects_agree_when_tau2_is_zero(data: tuple[np.ndarray, np.ndarray], method: str) -> None:
    random = pool(*data, Model(tau2=method, interval="wald"))
    assume(random.tau2 == 0)
    common = pool(*data, Model(tau2="CE", interval="wald"))
    assert (random.estimate, random.se, random.ci_low) == (common.estimate, common.se, common.ci_low)


@given(data=effects(), method=methods, interval=intervals, level=st.floats(50, 99.9))
def test_what_holds_for_every_result(
    data: tuple[np.ndarray, np.ndarray], method: str, interval: str, level: float
) -> None:
    yi, vi = data
    result = pool(yi, vi, Model(tau2=method, interval=interval, level=level))
    assert yi.min() - 1e-9 <= result.estimate <= yi.max() + 1e-9
    assert result.weights.sum() == pytest.approx(100)
    assert result.ci_low is not None
    assert result.ci_high is not None
    assert result.ci_low <= result.estimate <= result.ci_high
    assert result.i2 is not None
    assert 0 <= result.i2 <= 100
    assert result.p is None or 0 <= result.p <= 1
    if method == "CE":
        assert result.pi_low is None
        assert result.tau2_low is None
        return
    # same quantile, larger variance: the prediction interval holds the confidence interval
    assert result.pi_low is not None
    assert result.pi_high is not None
    assert result.pi_low <= result.ci_low
    assert result.pi_high >= result.ci_high
    assert result.tau2_low is not None
    assert result.tau2_high is not None
    assert 0 <= result.tau2_low <= result.tau2_high
    if method == "PMM" and result.tau2:  # the median lies inside any central interval
        assert result.tau2_low <= result.tau2 <= result.tau2_high


@given(data=effects(least=3), model=st.builds(Model, tau2=methods, interval=intervals))
def test_a_hartung_knapp_interval_depends_on_the_effects_and_the_adhoc_one_is_never_narrower(
    data: tuple[np.ndarray, np.ndarray], model: Model
) -> None:
    se = {name: pool(*data, dataclasses.replace(model, interval=name)).se for name in INTERVALS}
    assert se["t"] == se["wald"]
    assert se["adhoc"] == pytest.approx(max(se["hksj"], se["wald"]), rel=1e-12)


@given(data=effects(least=3, most=8))
def test_paule_mandel_solves_its_equation(data: tuple[np.ndarray, np.ndarray]) -> None:
    yi, vi = data
    tau2 = TAU2_ESTIMATORS["PM"](yi, vi)
    if tau2 > 0:
        assert generalised_q(yi, vi, tau2) == pytest.approx(yi.size - 1, rel=1e-9)
    else:
        assert generalised_q(yi, vi, 0) <= yi.size - 1


@given(data=effects(), method=st.sampled_from(["REML", "ML"]))
@settings(max_examples=200)
def test_no_tau2_has_a_higher_likelihood_than_the_one_found(data: tuple[np.ndarray, np.ndarray], method: str) -> None:
    yi, vi = data
    restricted = method == "REML"
    found = log_likelihood(yi, vi, TAU2_ESTIMATORS[method](yi, vi), restricted=restricted)
    for tau2 in np.concatenate(([0.0], np.geomspace(1e-7, 1e3, 600))):
        assert log_likelihood(yi, vi, float(tau2), restricted=restricted) <= found + 1e-9


@given(data=effects())
def test_studies_given_twice_halve_the_variance_of_the_common_effect(data: tuple[np.ndarray, np.ndarray]) -> None:
    yi, vi = data
    model = Model(tau2="CE", interval="wald")
    once, twice = pool(yi, vi, model), pool(np.tile(yi, 2), np.tile(vi, 2), model)
    assert twice.estimate == pytest.approx(once.estimate, rel=1e-9, abs=1e-12)
    assert twice.se**2 == pytest.approx(once.se**2 / 2, rel=1e-9)
    assert twice.q == pytest.approx(2 * (once.q or 0), rel=1e-7, abs=1e-9)


class TestSmallNumbers:
    def test_one_study_is_itself_and_has_no_heterogeneity(self) -> None:
        result = pool([0.5], [0.04], Model(interval="wald"))
        assert (result.k, result.estimate, result.se) == (1, 0.5, pytest.approx(0.2))
        assert result.ci_low == pytest.approx(0.5 - 1.959963984540054 * 0.2)
        nothing = ("tau2", "tau2_low", "tau2_high", "i2", "h2", "q", "q_p", "pi_low", "pi_high")
        assert [getattr(result, name) for name in nothing] == [None] * len(nothing)
        assert result.q_df == 0
        assert result.notes

    def test_one_study_has_no_hartung_knapp_interval(self) -> None:
        result = pool([0.5], [0.04])
        assert (result.ci_low, result.ci_high, result.statistic, result.p) == (None, None, None, None)
        assert any("Hartung-Knapp" in note for note in result.notes)

    def test_two_studies(self) -> None:
        # by hand: tau2 of DL with equal variances is (d^2/2 - v), the estimate the mean
        result = pool([0.0, 2.0], [0.5, 0.5], Model(tau2="DL", interval="wald"))
        assert result.estimate == pytest.approx(1)
        assert result.tau2 == pytest.approx(1.5)
        assert result.se == pytest.approx(1)
        reml = pool([0.0, 2.0], [0.5, 0.5], Model(tau2="REML", interval="hksj"))
        assert reml.tau2 == pytest.approx(1.5, rel=1e-12)
        assert reml.ci_high == pytest.approx(1 + 12.706204736432095, rel=1e-9)  # t(.975, 1) of published tables
        assert pool([0.0, 2.0], [0.5, 0.5], Model(prediction="hts")).pi_low is None  # t with 0 df

    def test_identical_effects_say_that_hartung_knapp_has_no_width(self) -> None:
        result = pool([0.3, 0.3, 0.3], [0.1, 0.2, 0.3])
        assert result.se == 0
        assert result.ci_low == result.ci_high == pytest.approx(0.3)
        assert result.statistic is None
        assert result.p is None
        assert any("identical" in note for note in result.notes)

    def test_a_hundred_thousand_studies_need_no_matrix(self) -> None:
        generator = np.random.default_rng(1)
        vi = generator.uniform(0.01, 0.2, 100_000)
        yi = generator.normal(0.2, np.sqrt(vi + 0.05))
        result = pool(yi, vi)
        assert result.tau2 == pytest.approx(0.05, abs=0.002)  # about four standard errors
        assert result.estimate == pytest.approx(0.2, abs=0.005)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("unit", [1e-140, 1e-9, 1e9, 1e140])
def test_scales_at_the_ends_of_what_doubles_hold(method: str, unit: float) -> None:
    plain = pool(YI, VI, Model(tau2=method))
    scaled = pool(YI * unit, VI * unit**2, Model(tau2=method))
    assert scaled.estimate / unit == pytest.approx(plain.estimate, rel=1e-9)
    assert scaled.se / unit == pytest.approx(plain.se, rel=1e-9)
    assert scaled.tau2 is not None
    assert scaled.tau2 / unit / unit == pytest.approx(plain.tau2, rel=1e-8)
    assert scaled.i2 == pytest.approx(plain.i2, rel=1e-8)


def test_one_very_large_trial_among_small_ones() -> None:
    yi, vi = np.array([0.1, 1.2, -0.9, 0.4]), np.array([1e-8, 0.3, 0.4, 0.5])
    for method in METHODS:
        result = pool(yi, vi, Model(tau2=method, interval="wald"))
        assert math.isfinite(result.estimate)
        assert result.tau2 is not None
        assert result.tau2 >= 0
    assert pool(yi, vi, Model(tau2="CE", interval="wald")).estimate == pytest.approx(0.1, abs=1e-6)


@pytest.mark.parametrize(
    ("yi", "vi", "said"),
    [
        ([], [], "no effects"),
        ([1.0, math.nan], [1.0, 1.0], "effects 2 need"),
        ([1.0, 2.0], [1.0, 0.0], "effects 2 need"),
        ([1.0, 2.0], [-1.0, math.inf], "effects 1, 2 need"),
        ([1.0, 2.0], [1.0], "one length"),
        ([[1.0]], [[1.0]], "one length"),
        (["a", "b"], [1.0, 1.0], "must be numbers"),
        ([1.0, 2.0], [1e-300, 1e300], "too different a size"),
        ([1e308, -1e308], [1.0, 1.0], "too different a size"),
    ],
)
def test_what_cannot_be_pooled_is_named(yi: Any, vi: Any, said: str) -> None:
    with pytest.raises(PoolingError, match=said):
        pool(yi, vi)


@pytest.mark.parametrize(
    "options", [{"tau2": "XX"}, {"interval": "bayes"}, {"level": 0.95}, {"level": 100}, {"prediction": "no"}]
)
def test_an_unknown_model_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(PoolingError, match=r"known|percent"):
        Model(**options)


def test_models_go_by_the_names_of_other_programs() -> None:
    assert Model(tau2="EE", interval="z") == Model(tau2="FE", interval="wald") == Model(tau2="ce", interval="Wald")
    assert Model(tau2="reml", interval="knha") == Model()


def test_an_iteration_that_does_not_settle_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy import optimize

    def never(*_: Any, **__: Any) -> Any:
        raise RuntimeError("Failed to converge after 1000 iterations.")

    monkeypatch.setattr(optimize, "brentq", never)
    with pytest.raises(PoolingError, match="did not settle"):
        pool(YI, VI)


def test_a_result_is_frozen_and_the_input_untouched() -> None:
    yi, vi = YI.copy(), VI.copy()
    result = pool(yi, vi)
    np.testing.assert_array_equal(yi, YI)
    np.testing.assert_array_equal(vi, VI)
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.estimate = 0.0  # type: ignore[misc]
    with pytest.raises(ValueError, match="read-only"):
        result.weights[0] = 0.0


def test_threads_do_not_disturb_each_other() -> None:
    expected = pool(YI, VI)
    found: list[Pool] = []
    threads = [threading.Thread(target=lambda: found.extend(pool(YI, VI) for _ in range(20))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 160
    assert all(result == expected for result in found)


class TestSubgroups:
    def test_groups_keep_the_order_of_appearance_and_every_study(self) -> None:
        found = subgroups(YI, VI, ["b", "a", "b", "a", "a", "c"])
        assert [group.name for group in found.groups] == ["b", "a", "c"]
        assert sorted(row for group in found.groups for row in group.rows) == list(range(6))
        assert found.groups[1].pool == pool(YI[[1, 3, 4]], VI[[1, 3, 4]])
        assert found.q_df == 2

    def test_one_group_has_no_test(self) -> None:
        found = subgroups(YI, VI, ["a"] * 6)
        assert (found.q_between, found.q_p, found.q_df) == (None, None, 0)

    def test_a_group_name_is_needed_for_every_effect(self) -> None:
        with pytest.raises(PoolingError, match="6 effects but 2"):
            subgroups(YI, VI, ["a", "b"])

    def test_the_common_effect_q_adds_up(self) -> None:
        # Q total = Q within + Q between holds exactly for the common effect
        found = subgroups(YI, VI, ["a", "a", "a", "b", "b", "b"], Model(tau2="CE", interval="wald"))
        total = pool(YI, VI, Model(tau2="CE", interval="wald"))
        within = sum(group.pool.q or 0 for group in found.groups)
        assert within + (found.q_between or 0) == pytest.approx(total.q)


def test_leaving_out_needs_two_studies() -> None:
    with pytest.raises(PoolingError, match="at least two"):
        leave_one_out([1.0], [1.0])
    assert [result.k for result in leave_one_out(YI, VI)] == [5] * 6


@given(
    cells=st.lists(st.tuples(*[st.integers(1, 40)] * 4), min_size=1, max_size=6),
    measure=st.sampled_from(["OR", "RR", "RD"]),
)
def test_swapping_the_arms_turns_a_mantel_haenszel_estimate(
    cells: list[tuple[int, int, int, int]], measure: str
) -> None:
    a, b, c, d = (list(cell) for cell in zip(*cells, strict=True))
    forth = mantel_haenszel(measure, {"ai": a, "bi": b, "ci": c, "di": d})
    back = mantel_haenszel(measure, {"ai": c, "bi": d, "ci": a, "di": b})
    assert back.estimate == pytest.approx(-forth.estimate, abs=1e-12)
    assert back.se == pytest.approx(forth.se, rel=1e-9)


def test_mantel_haenszel_of_one_table_is_its_own_effect() -> None:
    result = mantel_haenszel("OR", {"ai": [4], "bi": [16], "ci": [1], "di": [19]})
    assert result.estimate == pytest.approx(math.log(4 * 19 / 16))
    assert result.se == pytest.approx(math.sqrt(1 / 4 + 1 / 16 + 1 + 1 / 19))  # Woolf's, for one table
    assert (result.q, result.i2, result.k) == (None, None, 1)
    with pytest.raises(PoolingError, match="OR, RR and RD"):
        mantel_haenszel("MD", {})


def test_a_hartung_knapp_interval_that_is_narrow_by_chance_says_so_and_gives_walds() -> None:
    narrow = pool([-0.25, -0.24, -0.26], [0.08, 0.08, 0.08])
    wald = pool([-0.25, -0.24, -0.26], [0.08, 0.08, 0.08], Model(interval="wald"))
    assert narrow.se < wald.se
    assert wald.ci_low is not None
    assert any("Wald" in note and f"{wald.ci_low:.4g}" in note for note in narrow.notes)
    wide = pool([-0.9, 0.3, -0.2], [0.08, 0.08, 0.08])
    assert not any("Wald" in note for note in wide.notes)


@pytest.mark.parametrize(("prediction", "said"), [("metafor", "next to nothing"), ("hts", "at least three studies")])
def test_the_prediction_interval_of_two_studies_is_explained(prediction: str, said: str) -> None:
    model = Model(prediction=prediction)
    assert any(said in note for note in pool([0.0, 2.0], [0.1, 0.1], model).notes)
    assert not any(said in note for note in pool(YI, VI, model).notes)


def test_a_prediction_interval_is_said_to_equal_the_confidence_interval_only_where_it_does() -> None:
    alike = [-0.2, 0.0, 0.2], [0.08, 0.08, 0.08]
    ours, higgins = pool(*alike), pool(*alike, Model(prediction="hts"))
    assert (ours.tau2, ours.pi_low, ours.pi_high) == (0, ours.ci_low, ours.ci_high)
    assert any("equals the confidence interval because tau2 was estimated as 0" in note for note in ours.notes)
    assert higgins.pi_low != higgins.ci_low
    assert [note for note in higgins.notes if "tau2 was estimated as 0" in note]
    assert not any("equals" in note for note in higgins.notes)
    assert pool(*alike, Model(tau2="CE", interval="wald")).notes == ()
