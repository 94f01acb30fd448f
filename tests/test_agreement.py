"""Agreement between reviewers, pinned to published examples and other programs' figures."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.screening import Decision, Verdict, decide
from workbench.screening.agreement import (
    AgreementError,
    agreement,
    cohen_kappa,
    independent_votes,
    krippendorff_alpha,
)

INCLUDE, EXCLUDE = Verdict.INCLUDE, Verdict.EXCLUDE

# Krippendorff 2013, chapter 12: 12 units, 4 observers, votes missing; also cac.raw4observers of R's irrCAC
FOUR = {
    "A": (1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None),
    "B": (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3),
    "C": (None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None),
    "D": (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None),
}
VOTES = {
    unit: {name: str(given[unit]) for name, given in FOUR.items() if given[unit] is not None} for unit in range(12)
}


def test_four_observers_agree_as_irrcac_and_krippendorff_say() -> None:
    found = agreement(VOTES)
    assert (found.records, found.single) == (11, 1)
    assert found.raw.value == pytest.approx(0.81818, abs=5e-6)
    assert found.ac1.value == pytest.approx(0.77544, abs=5e-6)
    assert (found.ac1.low, found.ac1.high) == (pytest.approx(0.46081, abs=5e-6), 1.0)
    assert found.alpha.value == pytest.approx(0.743421052631579, rel=1e-12)  # the published .743


def test_kappa_and_its_interval_are_those_of_statsmodels() -> None:
    # statsmodels 0.15 cohens_kappa on the table of Fleiss, Cohen & Everitt's kind; its interval is their equation 13
    found = cohen_kappa(np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]]))
    assert found.value == pytest.approx(0.676470588235294, rel=1e-12)
    assert found.low == pytest.approx(0.5045759580860855, rel=1e-12)
    assert found.high == pytest.approx(0.8483652183845026, rel=1e-12)


def test_where_nearly_all_is_excluded_kappa_falls_and_ac1_does_not() -> None:
    votes = {i: {"a": "exclude", "b": "exclude"} for i in range(118)}
    votes |= {200 + i: {"a": "include", "b": "exclude"} for i in range(5)}
    votes |= {300 + i: {"a": "exclude", "b": "include"} for i in range(2)}
    (pair,) = agreement(votes).pairs
    # Gwet 2008, table 1 (125 units: 118, 5, 2, 0): kappa -0.0234, AC1 0.9408
    assert pair.kappa.value == pytest.approx(-0.0234, abs=5e-5)
    assert pair.ac1.value == pytest.approx(0.9408, abs=5e-5)
    assert pair.raw.value == pytest.approx(118 / 125)


def test_wilsons_interval_of_the_raw_share() -> None:
    votes = {i: {"a": "x", "b": "x" if i < 81 else "y"} for i in range(263)}
    raw = agreement(votes).raw
    # Newcombe 1998, table I, method 3 (score): 81/263 -> 0.2553 to 0.3662
    assert (raw.low, raw.high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))


def test_a_pair_rests_on_the_records_that_both_read_and_shows_who_said_what() -> None:
    votes = {
        1: {"anna": "include", "ben": "include"},
        2: {"anna": "include", "ben": "exclude"},
        3: {"anna": "exclude"},
        4: {"ben": "exclude", "cleo": "exclude"},
    }
    found = agreement(votes, categories=("include", "maybe", "exclude"))
    pair = next(pair for pair in found.pairs if (pair.first, pair.second) == ("anna", "ben"))
    assert pair.table == ((1, 0, 1), (0, 0, 0), (0, 0, 0))
    assert pair.raw.records == 2
    assert {(pair.first, pair.second) for pair in found.pairs} == {("anna", "ben"), ("ben", "cleo")}


@pytest.mark.parametrize("votes", [{}, {1: {}}, {1: {"anna": "include"}}])
def test_without_two_votes_on_a_record_nothing_is_claimed(votes: dict[int, dict[str, str]]) -> None:
    found = agreement(votes)
    assert found.raw.value is found.ac1.value is found.alpha.value is None
    assert found.raw.note
    assert found.pairs == ()


def test_full_agreement_in_one_category_leaves_kappa_and_alpha_undefined_and_says_so() -> None:
    found = agreement({i: {"a": "x", "b": "x"} for i in range(5)}, categories=("x", "y"))
    (pair,) = found.pairs
    assert pair.kappa.value is None
    assert "not defined" in pair.kappa.note
    assert found.alpha.value is None
    assert found.raw.value == 1
    assert found.ac1.value == 1


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(AgreementError, match="between 0 and 100"):
        agreement(VOTES, level=100)


CATEGORIES = st.sampled_from(["include", "exclude", "maybe"])
SOME_VOTES = st.dictionaries(
    st.integers(0, 40), st.dictionaries(st.sampled_from("abc"), CATEGORIES, max_size=3), max_size=25
)


@given(SOME_VOTES)
def test_measures_stay_in_their_ranges_and_hold_their_value_in_their_interval(votes: dict) -> None:
    found = agreement(votes)
    for measure in (found.raw, found.ac1, found.alpha, *(pair.kappa for pair in found.pairs)):
        if measure.value is None:
            assert measure.note
            continue
        assert -1 - 1e-12 <= measure.value <= 1
        if measure.low is not None and measure.high is not None and measure is not found.alpha:
            assert measure.low - 1e-12 <= measure.value <= measure.high + 1e-12


@given(SOME_VOTES)
def test_names_and_order_of_records_make_no_difference(votes: dict) -> None:
    turned = {str(key): {name.upper(): said for name, said in votes[key].items()} for key in reversed(list(votes))}
    one, other = agreement(votes), agreement(turned)
    assert (one.records, one.single) == (other.records, other.single)
    for left, right in ((one.raw, other.raw), (one.ac1, other.ac1), (one.alpha, other.alpha)):
        assert left.value == pytest.approx(right.value, abs=1e-12)


def test_perfect_agreement_on_few_records_claims_no_certainty() -> None:
    alike = {str(place): {"ana": said, "ben": said} for place, said in enumerate(["include", "exclude"] * 2)}
    found = agreement(alike)
    assert found.raw.value == 1.0
    assert found.raw.low == pytest.approx(0.51, abs=0.005)
    for coefficient in (found.ac1, found.alpha, found.pairs[0].kappa):
        assert (coefficient.value, coefficient.low, coefficient.high) == (1.0, None, None)
        assert "all votes are alike" in coefficient.note


def test_alphas_interval_is_the_same_each_time() -> None:
    counts = np.array([[2, 0], [1, 1], [0, 2], [2, 0], [0, 2], [1, 1]], dtype=float)
    assert krippendorff_alpha(counts) == krippendorff_alpha(counts)


def word(minute: int, reviewer: str, verdict: Verdict | None, **more: object) -> Decision:
    at = datetime(2026, 1, 1, 12, minute, tzinfo=UTC)
    return decide("pubmed:1", reviewer, verdict, now=at, **more)  # type: ignore[arg-type]


def test_the_votes_that_count_are_those_before_anybody_changed_their_mind() -> None:
    talked_over = [word(1, "ana", INCLUDE), word(2, "ben", EXCLUDE), word(3, "ben", INCLUDE)]
    slipped = [word(1, "ana", INCLUDE), word(2, "ben", EXCLUDE), word(3, "ben", None), word(4, "ben", INCLUDE)]
    settled = [word(1, "ana", INCLUDE), word(2, "cem", EXCLUDE, resolution=True)]
    assert independent_votes({"a": talked_over, "b": slipped, "c": settled, "d": []}) == {
        "a": {"ana": "include", "ben": "exclude"},
        "b": {"ana": "include", "ben": "include"},
        "c": {"ana": "include"},
    }


def test_undoing_after_another_vote_makes_no_new_first_vote() -> None:
    """What is voted anew once it could be seen how the other voted must not raise agreement."""
    undone = [
        word(1, "ben", INCLUDE),
        word(2, "cem", EXCLUDE),
        word(9, "ben", EXCLUDE),
        word(10, "ben", None),
        word(11, "ben", EXCLUDE),
    ]
    alone = [word(1, "ben", INCLUDE), word(9, "ben", None), word(10, "ben", EXCLUDE), word(11, "cem", EXCLUDE)]
    assert independent_votes({"a": undone, "b": alone}) == {
        "a": {"ben": "include", "cem": "exclude"},
        "b": {"ben": "exclude", "cem": "exclude"},
    }


def test_a_maybe_counts_as_include_unless_it_is_asked_for() -> None:
    votes = {"a": [word(1, "ana", INCLUDE), word(2, "ben", Verdict.MAYBE)]}
    assert independent_votes(votes) == {"a": {"ana": "include", "ben": "include"}}
    assert independent_votes(votes, maybe_is_include=False)["a"]["ben"] == "maybe"


def test_what_one_act_decided_on_many_reports_says_nothing_of_agreement() -> None:
    assert independent_votes({"a": [word(1, "ana", EXCLUDE, batch="x"), word(2, "ben", EXCLUDE)]}) == {
        "a": {"ben": "exclude"}
    }


def test_kappa_of_a_published_table() -> None:
    """The 2x2 table with cells 20, 5, 10, 15: observed .70, chance .50, kappa .40.

    From the article "Cohen's kappa" (Wikipedia, simple example of 50 grant proposals); the arithmetic is exact.
    """
    cells = {(INCLUDE, INCLUDE): 20, (INCLUDE, EXCLUDE): 5, (EXCLUDE, INCLUDE): 10, (EXCLUDE, EXCLUDE): 15}
    pairs = [cell for cell, number in cells.items() for _ in range(number)]
    by_report = {
        str(place): [word(1, "ana", first), word(2, "ben", second)] for place, (first, second) in enumerate(pairs)
    }
    (pair,) = agreement(independent_votes(by_report), categories=("include", "exclude")).pairs
    assert pair.table == ((20, 5), (10, 15))
    assert pair.raw.value == pytest.approx(0.70, abs=1e-15)
    assert pair.kappa.value == pytest.approx(0.40, abs=1e-15)


def test_the_bootstrap_is_that_of_drawing_record_by_record() -> None:
    counts = np.array([[2, 0]] * 12 + [[1, 1]] * 9 + [[0, 2]] * 60 + [[1, 2]] * 6 + [[0, 3]] * 13, dtype=float)
    found = krippendorff_alpha(counts)
    chance = np.random.default_rng(5)
    drawn = [krippendorff_value(counts[chance.integers(0, len(counts), len(counts))]) for _ in range(2000)]
    assert found.value == pytest.approx(krippendorff_value(counts))
    assert (found.low, found.high) == (
        pytest.approx(np.quantile(drawn, 0.025), abs=0.02),
        pytest.approx(np.quantile(drawn, 0.975), abs=0.02),
    )


def krippendorff_value(counts: np.ndarray) -> float:
    """Alpha from the matrix of coincidences, as the author computes it by hand."""
    votes = counts.sum(axis=1)
    pairs = (counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(counts.shape[1])) / (
        votes[:, None, None] - 1
    )
    together = pairs.sum(axis=0)
    totals, n = together.sum(axis=0), together.sum()
    return float(1 - (n - np.trace(together)) / ((n**2 - (totals**2).sum()) / (n - 1)))


def test_many_records_take_no_more_memory_than_they_need() -> None:
    counts = np.repeat([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0]], [600, 900, 48_500], axis=0)
    tracemalloc.start()
    try:
        found = krippendorff_alpha(counts)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.records == 50_000
    assert peak < 50_000_000


def test_pairs_come_in_order_and_only_where_both_read_the_same() -> None:
    found = agreement({1: {"c": "a", "a": "a"}, 2: {"b": "a"}, 3: {"a": "b", "b": "a", "c": "b"}})
    assert [(pair.first, pair.second, pair.table) for pair in found.pairs] == [
        ("a", "b", ((0, 0), (1, 0))),
        ("a", "c", ((1, 0), (0, 1))),
        ("b", "c", ((0, 1), (0, 0))),
    ]
