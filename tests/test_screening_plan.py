"""What a team settled on, and who a report falls to."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui_review import make_review
from workbench.review import ReviewDefinition, load_review
from workbench.screening import ScreeningError, Stage, screening_plan
from workbench.screening.plan import HIDE, HIGHLIGHT, RANKING, SHARES
from workbench.screening.shares import falls_to

names = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6, unique=True)


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> ReviewDefinition:
    return load_review(make_review(tmp_path_factory.mktemp("plan") / "review", ranking=True))


def test_without_settings_the_files_hold(review: ReviewDefinition) -> None:
    plan = screening_plan(review, {})
    assert plan.needed == review.screening.reviewers_needed
    assert plan.highlights == review.screening.highlight
    assert (plan.hidden, plan.ranking, plan.shares) == (frozenset(), True, {})


def test_what_was_set_in_the_browser_counts(review: ReviewDefinition) -> None:
    settings = {
        HIDE: ["authors", "year"],
        HIGHLIGHT: {"include": ["sham"], "exclude": ["rat*"]},
        RANKING: False,
        SHARES: {"ana": 2, "ben": 1, "cem": 0},
    }
    plan = screening_plan(review, settings)
    assert plan.hides("authors", Stage.TITLE_ABSTRACT)
    assert not plan.hides("journal", Stage.TITLE_ABSTRACT)
    assert not plan.hides("authors", Stage.FULL_TEXT)  # a full text shows them anyway
    assert (plan.highlights.include, plan.highlights.exclude) == (("sham",), ("rat*",))
    assert plan.ranking is False
    assert plan.shares == {"ana": 2.0, "ben": 1.0}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({HIDE: ["title"]}, "fields to hide"),
        ({HIDE: 3}, "fields to hide"),
        ({RANKING: "yes"}, "on or off"),
        ({SHARES: {"ana": -1}}, "weight"),
        ({SHARES: {"ana": float("nan")}}, "weight"),
        ({SHARES: ["ana"]}, "weight"),
        ({HIGHLIGHT: {"include": [""]}}, "include 0"),
        ({HIGHLIGHT: {"includes": []}}, "includes"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(
    review: ReviewDefinition, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(ScreeningError, match=said):
        screening_plan(review, settings)


@given(report=st.text(max_size=30), reviewers=names, needed=st.integers(1, 2))
def test_a_report_falls_to_as_many_as_it_needs_and_always_to_the_same(
    report: str, reviewers: list[str], needed: int
) -> None:
    shares = dict.fromkeys(reviewers, 1.0)
    chosen = falls_to(report, shares, needed)
    assert len(set(chosen)) == len(chosen) == min(needed, len(reviewers))
    assert falls_to(report, dict(reversed(shares.items())), needed) == chosen


@given(report=st.text(max_size=30), reviewers=names)
def test_who_leaves_moves_only_what_was_theirs(report: str, reviewers: list[str]) -> None:
    shares = dict.fromkeys(reviewers, 1.0)
    before = falls_to(report, shares, 1)
    for gone in reviewers:
        if gone not in before and len(reviewers) > 1:
            assert falls_to(report, {name: 1.0 for name in reviewers if name != gone}, 1) == before


def test_shares_are_as_large_as_their_weights() -> None:
    """10,000 reports at weights 2:1:1: standard deviations of the counts are below 50, so 250 is five of them."""
    counts = Counter(falls_to(f"pubmed:{i}", {"ana": 2, "ben": 1, "cem": 1}, 1)[0] for i in range(10_000))
    assert counts["ana"] == pytest.approx(5000, abs=250)
    assert counts["ben"] == pytest.approx(2500, abs=250)


def test_nothing_falls_to_a_share_of_zero() -> None:
    assert falls_to("pubmed:1", {"ana": 0, "ben": 0}, 2) == ()
    assert falls_to("pubmed:1", {"ana": 0, "ben": 3}, 2) == ("ben",)
