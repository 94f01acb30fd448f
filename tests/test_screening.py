"""What follows from reviewers' decisions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.screening import (
    Decision,
    ScreeningError,
    Stage,
    State,
    Verdict,
    consensus,
    decide,
    exclusion_reason,
    indications_of,
    standing_votes,
)

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
INCLUDE, EXCLUDE, MAYBE = Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.MAYBE


def word(
    minute: int,
    reviewer: str,
    verdict: Verdict | None,
    *,
    stage: Stage = Stage.TITLE_ABSTRACT,
    resolution: bool = False,
    reason: str | None = None,
    indications: tuple[str, ...] = (),
) -> Decision:
    return decide(
        "pubmed:1",
        reviewer,
        verdict,
        stage=stage,
        resolution=resolution,
        reason=reason,
        indications=indications,
        now=START + timedelta(minutes=minute),
    )


@pytest.mark.parametrize(
    ("words", "reviewers", "expected"),
    [
        ([], 2, State.PENDING),
        ([word(1, "ana", INCLUDE)], 2, State.PENDING),
        ([word(1, "ana", INCLUDE)], 1, State.INCLUDED),
        ([word(1, "ana", INCLUDE), word(2, "ben", INCLUDE)], 2, State.INCLUDED),
        ([word(1, "ana", EXCLUDE), word(2, "ben", EXCLUDE)], 2, State.EXCLUDED),
        ([word(1, "ana", INCLUDE), word(2, "ben", EXCLUDE)], 2, State.CONFLICT),
        # two reviewers where one was asked for still disagree
        ([word(1, "ana", INCLUDE), word(2, "ben", EXCLUDE)], 1, State.CONFLICT),
        # one person's two votes are one vote
        ([word(1, "ana", INCLUDE), word(2, "ana", INCLUDE)], 2, State.PENDING),
    ],
)
def test_votes_make_a_state(words: list[Decision], reviewers: int, expected: State) -> None:
    assert consensus(words, reviewers=reviewers) is expected


def test_the_latest_word_of_each_reviewer_counts_whatever_the_order_of_reading() -> None:
    words = [word(1, "ana", EXCLUDE), word(2, "ben", INCLUDE), word(3, "ana", INCLUDE)]
    assert consensus(words, reviewers=2) is State.INCLUDED
    assert consensus(words[::-1], reviewers=2) is State.INCLUDED


def test_of_two_words_at_one_instant_the_one_recorded_later_counts() -> None:
    words = [word(1, "ana", EXCLUDE), word(1, "ana", INCLUDE)]
    assert consensus(words, reviewers=1) is State.INCLUDED


def test_an_undone_vote_is_no_vote() -> None:
    words = [word(1, "ana", INCLUDE), word(2, "ben", INCLUDE), word(3, "ana", None)]
    assert consensus(words, reviewers=2) is State.PENDING
    assert set(standing_votes(words)) == {"ben"}


def test_maybe_lets_a_record_through_to_full_text() -> None:
    assert consensus([word(1, "ana", MAYBE), word(2, "ben", INCLUDE)], reviewers=2) is State.INCLUDED
    assert consensus([word(1, "ana", MAYBE), word(2, "ben", EXCLUDE)], reviewers=2) is State.CONFLICT


def test_maybe_at_full_text_must_be_talked_over() -> None:
    words = [word(1, "ana", MAYBE, stage=Stage.FULL_TEXT), word(2, "ben", MAYBE, stage=Stage.FULL_TEXT)]
    assert consensus(words, reviewers=2) is State.CONFLICT


def test_a_resolution_wins_until_it_is_withdrawn() -> None:
    words = [word(1, "ana", INCLUDE), word(2, "ben", EXCLUDE), word(3, "cem", EXCLUDE, resolution=True)]
    assert consensus(words, reviewers=2) is State.EXCLUDED
    assert consensus([*words, word(4, "cem", None, resolution=True)], reviewers=2) is State.CONFLICT
    # a vote of the person who resolved is another thing than the resolution
    assert consensus([*words, word(4, "cem", None)], reviewers=2) is State.EXCLUDED


def test_the_latest_standing_resolution_counts() -> None:
    words = [word(1, "cem", EXCLUDE, resolution=True), word(2, "dia", INCLUDE, resolution=True)]
    assert consensus(words, reviewers=2) is State.INCLUDED
    assert consensus([*words, word(3, "dia", None, resolution=True)], reviewers=2) is State.EXCLUDED


def test_stages_are_not_mixed() -> None:
    with pytest.raises(ScreeningError, match="one stage"):
        consensus([word(1, "ana", INCLUDE), word(2, "ana", INCLUDE, stage=Stage.FULL_TEXT)], reviewers=1)


def test_a_decision_needs_a_time_zone() -> None:
    with pytest.raises(ScreeningError, match="time zone"):
        decide("pubmed:1", "ana", INCLUDE, now=datetime(2026, 3, 1))  # noqa: DTZ001 - the fault under test


def test_one_reason_is_counted_by_the_order_of_the_review() -> None:
    words = [word(1, "ana", EXCLUDE, reason="no_sham"), word(2, "ben", EXCLUDE, reason="not_rtms")]
    assert exclusion_reason(words, order=("not_rtms", "no_sham")) == "not_rtms"
    assert exclusion_reason(words, order=("no_sham", "not_rtms")) == "no_sham"
    settled = [*words, word(3, "cem", EXCLUDE, reason="animals", resolution=True)]
    assert exclusion_reason(settled, order=("not_rtms", "no_sham")) == "animals"
    assert exclusion_reason([word(1, "ana", EXCLUDE)]) is None


def test_indications_are_those_any_includer_named() -> None:
    words = [
        word(1, "ana", INCLUDE, indications=("neuropathic",)),
        word(2, "ben", INCLUDE, indications=("central", "neuropathic")),
        word(3, "cem", EXCLUDE, indications=("migraine",)),
    ]
    assert indications_of(words) == ("neuropathic", "central")


votes = st.lists(
    st.builds(
        word,
        st.integers(0, 50),
        st.sampled_from(["ana", "ben", "cem"]),
        st.sampled_from([INCLUDE, EXCLUDE, MAYBE, None]),
        resolution=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda decision: decision.decided_at,
)


@given(votes=votes, reviewers=st.sampled_from([1, 2]), random=st.randoms())
def test_the_order_of_reading_never_matters(votes: list[Decision], reviewers: int, random: st.DataObject) -> None:
    shuffled = list(votes)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert consensus(shuffled, reviewers=reviewers) is consensus(votes, reviewers=reviewers)


@given(votes=votes)
def test_withdrawing_everything_leaves_a_report_pending(votes: list[Decision]) -> None:
    undone = [
        word(60, reviewer, None, resolution=resolution)
        for reviewer in ("ana", "ben", "cem")
        for resolution in (True, False)
    ]
    assert consensus([*votes, *undone], reviewers=1) is State.PENDING
