"""The evidence for stopping: an audit sample's recall, the test on missed records, the SAFE ticks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from workbench.screening import Decision, State, Verdict, consensus, decide
from workbench.screening.evidence import Screened, reading, sample_reading
from workbench.screening.hypergeometric import at_most
from workbench.screening.stopping import StoppingError, audit_recall, missed_test, p_over_reading, safe_ticks


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


# R 4: for each (N, n, x)
# m <- x:(N - n + x); up <- 1 - phyper(x - 1, m, N - m, n); lo <- phyper(x, m, N - m, n)
# range(m[up >= .025 & lo >= .025])
@pytest.mark.parametrize(
    ("unread", "sampled", "relevant", "low", "high"),
    [
        (500, 100, 2, 2, 32),
        (4800, 400, 0, 0, 42),
        (4800, 400, 5, 21, 135),
        (30, 10, 4, 5, 20),
        (50_000, 1500, 3, 22, 288),
    ],
)
def test_the_bounds_are_those_of_r(unread: int, sampled: int, relevant: int, low: int, high: int) -> None:
    found = audit_recall(found_before=50, unread=unread, sampled=sampled, relevant=relevant)
    assert (found.missed_low + relevant, found.missed_high + relevant) == (low, high)
    assert found.recall_low == pytest.approx((50 + relevant) / (50 + high))
    assert found.recall_high == pytest.approx((50 + relevant) / (50 + low))


def test_what_was_found_since_the_draw_is_no_longer_missed() -> None:
    at_first = audit_recall(found_before=40, unread=500, sampled=100, relevant=2)
    since = audit_recall(found_before=40, unread=500, sampled=100, relevant=2, read_since=50, relevant_since=6)
    assert (since.missed, since.missed_low, since.missed_high) == (pytest.approx(2), 0, at_first.missed_high - 6)
    assert since.found == 48
    assert since.recall == pytest.approx(48 / 50)
    assert since.recall_low == pytest.approx(48 / (48 + at_first.missed_high - 6))
    assert not since.contradicted


def test_more_found_than_the_bounds_allow_is_told() -> None:
    found = audit_recall(found_before=0, unread=500, sampled=400, relevant=0, read_since=60, relevant_since=5)
    assert found.contradicted
    assert (found.missed, found.missed_high, found.recall) == (0, 0, 1)


def test_what_is_read_cannot_be_missed() -> None:
    found = audit_recall(found_before=5, unread=100, sampled=20, relevant=4, read_since=77)
    assert found.still_unread == 3
    assert (found.missed, found.missed_low, found.missed_high) == (3, 3, 3)
    assert not found.contradicted  # R: 1 - phyper(3, 7, 93, 20) is above .025, 1 - phyper(3, 6, 94, 20) = .0139 is not
    assert audit_recall(found_before=5, unread=100, sampled=20, relevant=4, read_since=78).contradicted


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
    """Also after the ranking found more: each of the others that were read since is relevant three times as often."""
    chance = np.random.default_rng(1)
    hits = since = 0
    for missed in chance.integers(0, 40, 400):
        relevant = int(chance.hypergeometric(missed, 800 - missed, 120))
        found = audit_recall(found_before=60, unread=800, sampled=120, relevant=relevant)
        hits += found.missed_low <= missed - relevant <= found.missed_high
        later = int(chance.binomial(missed - relevant, 0.6))
        found = audit_recall(
            found_before=60, unread=800, sampled=120, relevant=relevant, read_since=200 + later, relevant_since=later
        )
        since += found.missed_low <= missed - relevant - later <= found.missed_high
    assert hits / 400 >= 0.95  # exact intervals cover at least their level
    assert since / 400 >= 0.95


# R 4: print(phyper(c(0, 3, 12), c(20, 50, 40), c(980, 450, 960), c(200, 60, 300)), digits = 12)
def test_the_lower_tail_is_that_of_r() -> None:
    found = at_most([0, 3, 12], [1000, 500, 1000], [20, 50, 40], [200, 60, 300])
    assert found == pytest.approx([0.0109866169299, 0.1213420491338, 0.5780330300593], rel=1e-10)
    assert at_most(5, 50_000, 400, 1500) == pytest.approx(0.0186759940219, rel=1e-9)


@settings(max_examples=100)
@given(st.integers(1, 400), st.data())
def test_the_lower_tail_is_that_of_scipy(urn: int, data: st.DataObject) -> None:
    relevant, drawn = data.draw(st.integers(0, urn)), data.draw(st.integers(0, urn))
    seen = np.arange(-1, min(relevant, drawn) + 2)
    assert at_most(seen, urn, relevant, drawn) == pytest.approx(hypergeom.cdf(seen, urn, relevant, drawn), abs=1e-11)


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


def shuffled(chance: np.random.Generator, records: int, relevant: int, weight: float) -> np.ndarray:
    """Labels in the order of a ranking that draws relevant records `weight` times as readily; 1: in random order."""
    labels = np.arange(records) < relevant
    return labels[np.argsort(chance.exponential(1 / np.where(labels, weight, 1.0)))]


@pytest.mark.parametrize(("weight", "share"), [(1, 0.94), (1, 0.97), (1, 0.99), (5, 0.5), (5, 0.58)])
def test_p_falls_short_of_alpha_no_oftener_than_alpha_says(weight: float, share: float) -> None:
    """Reviews in which recall is below the target, looked at once: p below 5 % in 5 % of all at most."""
    chance = np.random.default_rng(2)
    wrong = below = 0
    for _ in range(400):
        order = shuffled(chance, 1000, 100, weight)[: int(1000 * share)]
        if order.sum() < 95:
            below += 1
            wrong += missed_test(order.tolist(), total=1000).p < 0.05
    assert wrong / 400 <= 0.05
    assert below or share == 0.99  # the simulation reaches reviews in which it could go wrong


@pytest.mark.parametrize("weight", [1, 10])
def test_looking_again_and_again_rarely_stops_too_early(weight: float) -> None:
    chance = np.random.default_rng(2)
    early, saved = 0, 0.0
    for _ in range(100):
        order = shuffled(chance, 600, 40, weight).tolist()
        read = next((n for n in range(60, 601, 20) if missed_test(order[:n], total=600).p < 0.05), 600)
        early += sum(order[:read]) < 0.95 * 40
        saved += 1 - read / 600
    assert early <= 5
    assert saved / 100 > 0.1 or weight == 1  # and it does stop where a ranking is good


def test_the_curve_of_p_ends_with_the_p_of_now() -> None:
    order = ([True] * 5 + [False] * 45) * 2
    curve = p_over_reading(order, total=150, points=10)
    assert [read for read, _ in curve] == [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
    assert curve[-1][1] == missed_test(order, total=150).p
    assert curve[3][1] == missed_test(order[:40], total=150).p
    assert p_over_reading([], total=10) == ()


# --- the order of reading ----------------------------------------------------------------------------------------

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def said(who: str, verdict: Verdict | None, minute: int, **fields: object) -> Decision:
    return decide("r", who, verdict, now=NOON + timedelta(minutes=minute), **fields)  # type: ignore[arg-type]


def report(key: str, *decisions: Decision, needed: int = 1, arrived: int = -60, aside: bool = False) -> Screened:
    return Screened(
        key=key,
        state=consensus(decisions, reviewers=needed),
        decisions=decisions,
        first_seen=NOON + timedelta(minutes=arrived),
        aside=aside,
    )


INCLUDE, EXCLUDE = Verdict.INCLUDE, Verdict.EXCLUDE


def test_reports_stand_in_the_order_of_their_first_vote() -> None:
    found = reading(
        [
            report("late", said("ana", EXCLUDE, 9)),
            report("changed", said("ana", INCLUDE, 2), said("ana", EXCLUDE, 20)),
            report("again", said("ana", EXCLUDE, 1), said("ana", None, 3), said("ana", INCLUDE, 15)),
        ]
    )
    assert found.reports == ("changed", "late", "again")
    assert found.order == (False, False, True)


def test_each_report_is_in_one_group() -> None:
    found = reading(
        [
            report("read", said("ana", EXCLUDE, 1), said("ben", EXCLUDE, 2), needed=2),
            report("together", said("ana", EXCLUDE, 1, batch="b"), said("ben", EXCLUDE, 2, batch="c"), needed=2),
            report("by one of them", said("ana", EXCLUDE, 5, batch="b"), said("ben", EXCLUDE, 6), needed=2),
            report("half", said("ana", INCLUDE, 1), needed=2),
            report("conflict", said("ana", INCLUDE, 1), said("ben", EXCLUDE, 2), needed=2),
            report(
                "resolved", said("ana", INCLUDE, 1), said("ben", EXCLUDE, 2), said("c", INCLUDE, 9, resolution=True)
            ),
            report("unread", needed=2),
            report("taken back", said("ana", INCLUDE, 1), said("ana", None, 2), needed=2),
            report("stopped", needed=2, aside=True),
        ]
    )
    assert found.reports == ("read", "resolved", "by one of them")
    assert found.together == ("together",)
    assert found.half_voted == ("half",)
    assert found.conflicts == ("conflict",)
    assert found.unread == ("unread", "taken back")
    assert found.stopped == ("stopped",)
    assert (found.total, found.tested, found.relevant) == (9, 8, 1)


def test_a_sample_is_whole_when_each_of_its_reports_was_read() -> None:
    everything = {
        "known": report("known", said("ana", INCLUDE, 1)),
        "a": report("a", said("ana", INCLUDE, 30)),
        "b": report("b", said("ana", EXCLUDE, 31, batch="many")),
        "since": report("since", said("ana", INCLUDE, 32)),
        "left": report("left"),
        "new": report("new", said("ana", INCLUDE, 40), arrived=20),
    }
    at = NOON + timedelta(minutes=10)
    found = sample_reading(["a", "b"], at=at, unread=4, reports=everything)
    assert (found.size, found.left, found.whole) == (2, ("b",), False)
    everything["b"] = report("b", *everything["b"].decisions, said("ana", EXCLUDE, 50))
    found = sample_reading(["a", "b"], at=at, unread=4, reports=everything)
    assert found.whole
    assert (found.unread, found.relevant, found.found_before) == (4, 1, 1)
    assert (found.read_since, found.relevant_since, found.arrived_since) == (1, 1, 1)


def test_a_sampled_report_that_turns_out_to_be_known_leaves_the_sample() -> None:
    everything = {
        "a": report("a", said("ana", INCLUDE, 1), said("ben", INCLUDE, 30)),
        "b": report("b"),
        "c": report("c"),
    }
    found = sample_reading(["a", "b", "b"], at=NOON + timedelta(minutes=10), unread=5, reports=everything)
    assert (found.size, found.dropped, found.unread) == (1, 2, 3)
    assert found.found_before == 1


def test_reports_that_a_stop_covered_at_the_draw_are_no_part_of_it() -> None:
    everything = {"a": report("a"), "stopped": report("stopped", said("ana", INCLUDE, 30))}
    at = NOON + timedelta(minutes=10)
    found = sample_reading(["a"], at=at, unread=1, reports=everything, stopped_then=frozenset({"stopped"}))
    assert (found.unread, found.read_since, found.found_before) == (1, 0, 1)


def test_states_are_those_of_the_decisions() -> None:
    assert report("a", said("ana", INCLUDE, 1), needed=2).state is State.PENDING  # the tests above rest on it


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


def test_the_expected_number_counts_from_when_the_sample_was_drawn() -> None:
    order = [True] * 40 + [False] * 60

    def estimate(found_when_drawn: int, relevant: int | None) -> tuple[bool | None, str]:
        ticks = safe_ticks(
            order,
            total=500,
            random_sample=50,
            random_relevant=relevant,
            drawn_from=400,
            found_when_drawn=found_when_drawn,
        )
        return next((tick.met, tick.detail) for tick in ticks if tick.key == "estimate")

    assert estimate(8, 4) == (True, "40 found, about 40 expected")
    assert estimate(9, 4) == (False, "40 found, about 41 expected")
    assert estimate(9, None)[0] is None


def test_a_random_sample_that_is_not_read_whole_is_no_condition_met() -> None:
    def random(relevant: int | None) -> bool | None:
        ticks = safe_ticks([True, False], total=20, random_sample=3, random_relevant=relevant)
        return next(tick.met for tick in ticks if tick.key == "random")

    assert (random(None), random(0)) == (False, True)


def test_ticks_of_a_review_that_has_not_begun() -> None:
    ticks = {tick.key: tick.met for tick in safe_ticks([], total=0, random_sample=0, random_relevant=0)}
    assert ticks["share"] is ticks["random"] is ticks["in_row"] is False
    assert ticks["key_papers"] is ticks["estimate"] is None
