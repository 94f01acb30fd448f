"""Arms combined and divided, effects that share an arm, trials that randomised clusters."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.effects import (
    ArmEvents,
    ArmMeans,
    Effect,
    EffectError,
    clustered,
    combine_events,
    combine_means,
    design_effect,
    effective_n,
    escalc,
    inflated_se,
    shared_covariance_events,
    shared_covariance_means,
    shared_covariance_rates,
    shared_matrix,
    split_events,
    split_means,
)

samples = st.lists(st.lists(st.floats(-50, 50), min_size=2, max_size=12), min_size=2, max_size=4)


@settings(deadline=None)
@given(groups=samples)
def test_combined_arms_are_the_sample_of_all_their_people(groups: list[list[float]]) -> None:
    if any(np.std(group) < 1e-3 for group in groups):
        return
    arms = [ArmMeans(n=len(g), mean=float(np.mean(g)), sd=float(np.std(g, ddof=1))) for g in groups]
    everybody = np.concatenate(groups)
    found = combine_means(arms)
    assert found.n == everybody.size
    assert found.mean == pytest.approx(everybody.mean(), abs=1e-9)
    assert found.sd == pytest.approx(everybody.std(ddof=1), rel=1e-9)
    # two at a time, as the Handbook's table has it, is the same
    step = arms[0]
    for arm in arms[1:]:
        step = combine_means([step, arm])
    assert step.sd == pytest.approx(found.sd, rel=1e-9)


def test_dividing_an_arm_keeps_its_mean_and_its_people() -> None:
    arm = ArmMeans(n=31, mean=5, sd=2)
    shares = [split_means(arm, 3)] * 3
    assert sum(share.n for share in shares) == pytest.approx(31)
    counts = [split_events(ArmEvents(events=7, n=31), 2)] * 2
    assert combine_events(counts) == ArmEvents(events=7, n=31)


class TestSharedArm:
    """Two active arms against one sham: covariances in simulated trials agree with the formulas."""

    RUNS = 6000

    def test_mean_and_standardised_differences(self) -> None:
        rng = np.random.default_rng(2)
        n, shifts = 30, (0.8, 0.4)
        values = [rng.normal(shift, 1, (self.RUNS, n)) for shift in (*shifts, 0)]
        means, variances = [v.mean(1) for v in values], [v.var(1, ddof=1) for v in values]
        md = [means[i] - means[2] for i in (0, 1)]
        shared = ArmMeans(n=n, mean=0, sd=1)
        # the relative error of a covariance of 6,000 pairs is about 3 percent
        assert np.cov(*md)[0, 1] == pytest.approx(shared_covariance_means("MD", shared), rel=0.08)
        pooled = np.sqrt(sum(variances) / 3)
        g = [d / pooled for d in md]
        expected = shared_covariance_means("SMD", shared, effects=shifts, people=3 * n)
        assert expected == pytest.approx(1 / 30 + 0.32 / 180)
        assert np.cov(*g)[0, 1] == pytest.approx(expected, rel=0.08)

    def test_risks(self) -> None:
        rng = np.random.default_rng(4)
        n, risks = 400, (0.5, 0.4, 0.3)
        x = [rng.binomial(n, p, self.RUNS).astype(float) for p in risks]
        shared = ArmEvents(events=120, n=n)
        for measure in ("OR", "RR", "RD", "AS"):
            effects = [
                escalc(measure, {"ai": x[i], "n1i": np.full(self.RUNS, n), "ci": x[2], "n2i": np.full(self.RUNS, n)}).yi
                for i in (0, 1)
            ]
            assert np.cov(*effects)[0, 1] == pytest.approx(shared_covariance_events(measure, shared), rel=0.08)

    def test_it_is_the_shared_arms_part_of_the_variance(self) -> None:
        row = {"ai": [12], "n1i": [30], "ci": [6], "n2i": [31]}
        alone = {"ai": [12], "n1i": [30], "ci": [10**9], "n2i": [2 * 10**9]}
        for measure in ("OR", "RR", "RD", "AS"):
            part = escalc(measure, row).vi[0] - escalc(measure, alone).vi[0]
            found = shared_covariance_events(measure, ArmEvents(events=6, n=31))
            assert found == pytest.approx(part, rel=1e-6)
        assert shared_covariance_rates(8, 20) == pytest.approx(1 / 8)
        assert shared_covariance_rates(8, 20, measure="IRD") == pytest.approx(8 / 400)
        assert shared_covariance_means("ROM", ArmMeans(n=20, mean=-5, sd=2)) == pytest.approx(4 / (20 * 25))

    def test_the_matrix(self) -> None:
        found = shared_matrix([0.2, 0.3, 0.25], 0.1)
        assert found.diagonal().tolist() == [0.2, 0.3, 0.25]
        assert found[0, 2] == found[2, 0] == 0.1
        given_ = shared_matrix([0.2, 0.3], np.array([[0, 0.05], [0.05, 0]]))
        assert given_[0, 1] == 0.05

    @pytest.mark.parametrize(
        ("call", "said"),
        [
            (lambda: shared_matrix([0.2], 0.1), "two or more"),
            (lambda: shared_matrix([0.2, -0.1], 0.1), "above 0"),
            (lambda: shared_matrix([0.1, 0.1], 0.2), "do not go together"),
            (lambda: shared_matrix([0.2, 0.2], np.array([[0, 0.1], [0.05, 0]])), "both directions"),
            (lambda: shared_covariance_means("SMD", ArmMeans(n=20, mean=1, sd=1)), "in all their arms"),
            (
                lambda: shared_covariance_means(
                    "SMD", ArmMeans(n=20, mean=1, sd=1), effects=(math.nan, 0.2), people=60
                ),
                "must be a number",
            ),
            (lambda: shared_covariance_means("OR", ArmMeans(n=20, mean=1, sd=1)), "known are MD, SMD, ROM"),
            (lambda: shared_covariance_means("ROM", ArmMeans(n=20, mean=0, sd=1)), "other than 0"),
            (lambda: shared_covariance_events("OR", ArmEvents(events=0, n=20)), "above 0"),
            (lambda: shared_covariance_events("OR", ArmEvents(events=20, n=20)), "without the event"),
            (lambda: shared_covariance_events("MD", ArmEvents(events=2, n=20)), "known are OR, RR, RD, AS"),
            (lambda: shared_covariance_rates(0, 20), "above 0"),
            (lambda: shared_covariance_rates(2, 20, measure="OR"), "known are IRR, IRD"),
        ],
    )
    def test_impossible_ones_are_refused(self, call: Callable[[], Any], said: str) -> None:
        with pytest.raises(EffectError, match=said):
            call()


class TestClusters:
    def test_unequal_clusters_cost_more(self) -> None:
        assert design_effect(20, 0.05) == pytest.approx(1.95)
        assert design_effect(20, 0.05, cv=0.6) == pytest.approx(1 + (1.36 * 20 - 1) * 0.05)
        assert design_effect(1, 0.4) == 1

    def test_people_and_standard_error_tell_the_same(self) -> None:
        effect = design_effect(20, 0.05)
        columns = {"m1i": [4], "sd1i": [2], "n1i": [60], "m2i": [5], "sd2i": [2], "n2i": [60]}
        small = columns | {name: [effective_n(60, effect)] for name in ("n1i", "n2i")}
        assert math.sqrt(escalc("MD", small).vi[0]) == pytest.approx(
            inflated_se(math.sqrt(escalc("MD", columns).vi[0]), effect), rel=1e-12
        )

    def test_an_effect_keeps_its_estimate(self) -> None:
        effect = clustered(Effect(measure="MD", yi=-1, vi=0.2, how="as printed"), 20, 0.05)
        assert (effect.yi, effect.vi) == (-1, pytest.approx(0.39))
        assert "1.950" in effect.how
        assert effect.how.startswith("as printed; ")

    @pytest.mark.parametrize(
        ("call", "said"),
        [
            (lambda: design_effect(0.5, 0.1), "at least 1"),
            (lambda: design_effect(20, 1.1), "between 0 and 1"),
            (lambda: design_effect(20, -0.1), "between 0 and 1"),
            (lambda: design_effect(20, 0.1, cv=-1), "must not be negative"),
            (lambda: effective_n(20, 0.5), "1 or more"),
            (lambda: inflated_se(0, 2), "above 0"),
        ],
    )
    def test_impossible_ones_are_refused(self, call: Callable[[], Any], said: str) -> None:
        with pytest.raises(EffectError, match=said):
            call()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ArmMeans(n=20, mean=1, sd=-1), "the SD must be above 0"),
        (lambda: ArmMeans(n=0, mean=1, sd=1), "people must be above 0"),
        (lambda: ArmMeans(n=20, mean=math.nan, sd=1), "the mean must be a number"),
        (lambda: ArmEvents(events=21, n=20), "more events than people"),
        (lambda: ArmEvents(events=-1, n=20), "must not be negative"),
        (lambda: combine_means([ArmMeans(n=20, mean=1, sd=1)]), "at least two arms"),
        (lambda: split_means(ArmMeans(n=20, mean=1, sd=1), 0), "at least one comparison"),
    ],
)
def test_impossible_arms_are_refused(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(EffectError, match=said):
        call()
