"""Who has read how much."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from workbench.screening import Decision, Verdict, decide
from workbench.screening.sampling import draw
from workbench.screening.workload import workloads

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
INCLUDE, EXCLUDE, MAYBE = Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.MAYBE


def word(report: str, seconds: float, reviewer: str, verdict: Verdict | None, **more: object) -> Decision:
    return decide(report, reviewer, verdict, now=START + timedelta(seconds=seconds), **more)  # type: ignore[arg-type]


def test_standing_votes_are_counted_and_changed_minds_told() -> None:
    by_report = {
        "a": [word("a", 0, "ana", INCLUDE), word("a", 500, "ana", EXCLUDE)],
        "b": [word("b", 30, "ana", MAYBE), word("b", 35, "ben", EXCLUDE)],
        "c": [word("c", 60, "ana", EXCLUDE), word("c", 61, "ana", None)],
        "d": [word("d", 70, "ana", EXCLUDE, batch="x")],
        "e": [word("e", 90, "cem", INCLUDE, resolution=True)],
    }
    ben, ana = workloads(by_report, ["ben"])
    assert (ana.reviewer, ana.included, ana.maybe, ana.excluded, ana.decided) == ("ana", 0, 1, 2, 3)
    assert (ana.together, ana.changed, ana.days) == (1, 1, 1)
    assert (ben.decided, ben.seconds) == (1, None)


def test_pace_is_the_median_between_decisions_without_long_pauses() -> None:
    by_report = {str(at): [word(str(at), at, "ana", EXCLUDE)] for at in (0, 20, 60, 5000, 5050)}
    (ana,) = workloads(by_report, ["ana"])
    assert ana.seconds == 40  # of 20, 40 and 50; the pause is left out
    assert (ana.first, ana.latest) == (START, START + timedelta(seconds=5050))


def test_who_read_nothing_is_listed_all_the_same() -> None:
    (dan,) = workloads({}, ["dan"])
    assert (dan.decided, dan.first, dan.seconds, dan.days) == (0, None, None, 0)


def test_the_same_seed_draws_the_same_sample_whatever_the_order() -> None:
    reports = [f"pubmed:{number}" for number in range(100)]
    drawn = draw(reports, 10, 7)
    assert draw(reversed(reports), 10, 7) == drawn
    assert len(set(drawn)) == 10
    assert set(drawn) <= set(reports)
    assert draw(reports, 10, 8) != drawn
    assert sorted(draw(reports, 1000, 7)) == sorted(reports)


def test_every_report_has_the_same_chance_to_be_drawn() -> None:
    """4,000 draws of 2 from 8: each is drawn 1,000 times with a standard deviation of 27; 140 is five of them."""
    counts = dict.fromkeys("abcdefgh", 0)
    for seed in range(4000):
        for report in draw(counts, 2, seed):
            counts[report] += 1
    assert all(abs(count - 1000) < 140 for count in counts.values()), counts
