"""The evidence for stopping: an audit sample's recall, the test on missed records, the SAFE ticks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from workbench.screening.stopping import StoppingError, audit_recall, missed_test, safe_ticks


def test_a_clean_audit_sample_still_leaves_room_for_missed_records() -> None:
    # 95 % one-sided "rule of three": none in 300 of very many means a rate of at most about 1 %; here 90 %, two-sided
    found = audit_recall(found_before=100, unread=1_000_000, sampled=300, relevant=0, level=90)
    assert found.missed == 0
    assert found.recall == 1
    assert found.missed_high / 1_000_000 == pytest.approx(3 / 300, rel=0.01)
    assert found.recall_low == pytest.approx(100 / (100 + found.missed_high))


def test_the_bounds_are_those_of_the_exact_test() -> None:
    found = audit_recall(found_before=40, unread=500, sampled=100, relevant=2)
    low, high = found.missed_low + 2, found.missed_high + 2
    assert hypergeom.cdf(2, 500, high, 100) >= 0.025 > hypergeom.cdf(2, 500, high + 1, 100)
    assert hypergeom.sf(1, 500, low, 100) >= 0.025 > hypergeom.sf(1, 500, low - 1, 100)
    assert found.found == 42
    assert found.missed == pytest.approx(8)
    assert found.recall == pytest.approx(42 / 50)


def test_a_whole_sample_leaves_no_doubt_and_none_leaves_all_of_it() -> None:
    whole = audit_recall(found_before=10, unread=50, sampled=50, relevant=3)
    assert (whole.missed_low, whole.missed_high, whole.recall_low, whole.recall_high) == (0, 0, 1.0, 1.0)
    none = audit_recall(found_before=10, unread=50, sampled=0, relevant=0)
    assert none.recall is None
    assert (none.recall_low, none.recall_high) == (pytest.approx(10 / 60), 1.0)


@pytest.mark.parametrize(
    "numbers",
    [
        {"unread": 10, "sampled": 11, "relevant": 0},
        {"unread": 10, "sampled": 5, "relevant": 6},
        {"unread": 10, "sampled": -1, "relevant": 0},
    ],
)
def test_numbers_that_cannot_be_are_refused(numbers: dict[str, int]) -> None:
    with pytest.raises(StoppingError):
        audit_recall(found_before=1, **numbers)


@settings(max_examples=60)
@given(st.integers(0, 300), st.integers(0, 60), st.integers(0, 60), st.integers(0, 100))
def test_an_estimate_lies_within_its_bounds(unread: int, sampled: int, relevant: int, before: int) -> None:
    sampled = min(sampled, unread)
    relevant = min(relevant, sampled)
    found = audit_recall(found_before=before, unread=unread, sampled=sampled, relevant=relevant)
    assert 0 <= found.missed_low <= found.missed_high <= unread - sampled
    if found.recall is not None:
        assert found.missed_low - 1e-9 <= found.missed <= found.missed_high + 1e-9
        assert found.recall_low is not None
        assert found.recall_high is not None
        assert found.recall_low - 1e-12 <= found.recall <= found.recall_high + 1e-12


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    chance = np.random.default_rng(1)
    hits = 0
    for missed in chance.integers(0, 40, 400):
        relevant = int(chance.hypergeometric(missed, 800 - missed, 120))
        found = audit_recall(found_before=60, unread=800, sampled=120, relevant=relevant)
        hits += found.missed_low <= missed - relevant <= found.missed_high
    assert hits / 400 >= 0.95  # exact intervals cover at least their level


# --- the test ----------------------------------------------------------------------------------------------------


def reference(order: list[int], total: int, target: float) -> float:
    """The same test record by record, written down from the paper's section "Ranked quasi-sampling"."""
    found, read, best = sum(order), len(order), 1.0
    for start in range(read):
        tail = order[start:]
        urn = total - start
        seen_before = sum(order[:start])
        wanted = int(found / target + 1 - seen_before)
        best = min(best, 0.0 if wanted > urn else float(hypergeom.cdf(sum(tail), urn, wanted, len(tail))))
    return best


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 1), min_size=1, max_size=60).filter(any), st.integers(1, 200), st.sampled_from([0.8, 0.95])
)
def test_p_is_the_papers(order: list[int], unread: int, target: float) -> None:
    found = missed_test([bool(label) for label in order], total=len(order) + unread, target=target)
    assert found.p == pytest.approx(reference(order, len(order) + unread, target), abs=1e-12)


def test_reading_on_without_finding_anything_lowers_p() -> None:
    start = [True] * 20
    ps = [missed_test(start + [False] * more, total=1000).p for more in (10, 100, 300, 850)]
    assert ps == sorted(ps, reverse=True)
    assert ps[0] > 0.5
    assert ps[-1] == pytest.approx((130 * 129) / (980 * 979))  # two missing, and neither among the 850


def test_nothing_is_claimed_before_anything_relevant_was_found_and_all_read_is_certain() -> None:
    assert missed_test([], total=100).p == 1
    assert missed_test([False] * 50, total=100).p == 1
    assert missed_test([True, False], total=2).p == 0
    with pytest.raises(StoppingError, match="cannot be"):
        missed_test([True] * 3, total=2)


def test_the_test_rarely_stops_too_early_when_the_rest_is_in_random_order() -> None:
    chance = np.random.default_rng(2)
    early = 0
    for _ in range(150):
        order = chance.permutation(np.array([True] * 40 + [False] * 560))
        read = next(
            (n for n in range(60, 601, 20) if missed_test(order[:n], total=600).p < 0.05),
            600,
        )
        early += order[:read].sum() < 0.95 * 40
    assert early / 150 <= 0.15  # many looks, each at 5 %


# --- SAFE --------------------------------------------------------------------------------------------------------


def test_ticks_follow_the_counts_and_leave_judgement_to_people() -> None:
    order = [True] * 10 + [False] * 60
    ticks = {
        tick.key: tick
        for tick in safe_ticks(order, total=500, random_sample=20, random_relevant=1, key_papers=3, key_papers_found=3)
    }
    assert ticks["random"].met
    assert ticks["key_papers"].met
    assert ticks["estimate"].met is False  # 1 of 20 is 25 of 500
    assert ticks["share"].met
    assert ticks["in_row"].met
    assert ticks["in_row"].detail == "60 in a row"
    assert ticks["other_model"].met is None
    assert ticks["quality"].met is None


def test_ticks_of_a_review_that_has_not_begun() -> None:
    ticks = {tick.key: tick.met for tick in safe_ticks([], total=0, random_sample=0, random_relevant=0)}
    assert ticks["share"] is ticks["random"] is ticks["in_row"] is False
    assert ticks["key_papers"] is ticks["estimate"] is None
