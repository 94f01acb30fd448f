"""Many reviewers at once, in threads and in processes: each report gets its votes, once; nothing is lost or doubled."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.review_facts import NOW, fill, key
from tests.screening_processes import (
    STAGE,
    queue,
    screen_in_a_process,
    screen_together,
    screen_until_killed,
)
from tests.store_processes import SPAWN, finish, start
from workbench.screening import Verdict, decide, standing_votes
from workbench.store import Seat, Store
from workbench.store.desk import LEASES

LEASE = LEASES[STAGE]
SIX = ("ana", "ben", "cem", "dia", "eli", "fay")


def voters(store: Store) -> dict[str, Counter[str]]:
    """Report -> how many verdicts of each reviewer the database holds."""
    found: dict[str, Counter[str]] = {}
    for decision in store.decisions(STAGE):
        found.setdefault(decision.report, Counter())[decision.reviewer] += 1
    return found


def given_to(seat: Seat) -> str:
    assert seat.report is not None
    return seat.report.key


def assert_each_has_its_votes(store: Store, said: list[str], records: int, needed: int) -> None:
    held = [decision.id for decision in store.decisions(STAGE)]
    assert sorted(held) == sorted(said)  # neither lost nor doubled, and nothing that nobody was told of
    by_report = voters(store)
    assert len(by_report) == records
    assert {report: len(names) for report, names in by_report.items() if len(names) != needed} == {}
    assert all(times == 1 for names in by_report.values() for times in names.values())


@pytest.mark.parametrize("needed", [1, 2, 3])
def test_reviewers_in_threads_give_each_report_its_votes_and_no_more(store: Store, needed: int) -> None:
    fill(store, range(1, 26))
    said = screen_together(store, SIX, needed)
    assert_each_has_its_votes(store, said, 25, needed)


def test_reviewers_in_two_processes_give_each_report_its_votes_and_no_more(store: Store, store_url: str) -> None:
    fill(store, range(1, 41))
    together = SPAWN.Barrier(2)
    said: list[str] = []
    at_work = []
    for team in (SIX[:3], SIX[3:]):
        hear, tell = SPAWN.Pipe(duplex=False)
        at_work.append((start(screen_in_a_process, store_url, team, 2, together, tell), hear))
    for process, hear in at_work:
        assert hear.poll(120)
        said += hear.recv()
        finish(process)
    assert_each_has_its_votes(store, said, 40, 2)


def test_a_killed_process_loses_no_vote_and_keeps_no_report_for_good(store: Store, store_url: str) -> None:
    fill(store, range(1, 201))
    hear, tell = SPAWN.Pipe(duplex=False)
    process = start(screen_until_killed, store_url, "ana", tell)
    tell.close()
    told: list[tuple[str, str | None]] = []
    for _ in range(20):
        assert hear.poll(60)
        told.append(hear.recv())
    process.kill()  # SIGKILL, in the middle of whatever it does
    process.join(30)
    while True:
        try:
            told.append(hear.recv())
        except EOFError:
            break
    held = Counter(decision.id for decision in store.decisions(STAGE))
    assert all(held[id_] == 1 for id_, _ in told)
    assert sum(held.values()) - len(told) in (0, 1)  # the vote it died over may be recorded without being told

    # what lay before it is held for its reviewer, who finds it again, and for nobody else until the lease is over
    before_ana = given_to(store.seat(queue("ana", 1)))
    assert given_to(store.seat(queue("ben", 1))) != before_ana
    later = store.seat(queue("cem", 1), now=decided_last(store) + LEASE + timedelta(minutes=1))
    assert given_to(later) == before_ana


def decided_last(store: Store) -> Any:
    return store.decisions(STAGE)[-1].decided_at


def test_what_lies_before_somebody_is_given_to_nobody_else(store: Store) -> None:
    fill(store, range(1, 6))
    seats = {name: given_to(store.seat(queue(name, 1), now=NOW)) for name in SIX[:5]}
    assert len(set(seats.values())) == 5
    nothing = store.seat(queue("fay", 1), now=NOW)
    assert nothing.report is None
    assert nothing.elsewhere == 5  # she is told that they lie before others
    assert given_to(store.seat(queue("ana", 1), now=NOW + timedelta(minutes=5))) == seats["ana"]  # a reload
    # ana looked again after five minutes; the others' time is over before hers
    over = NOW + LEASE + timedelta(minutes=2)
    taken = given_to(store.seat(queue("fay", 1), now=over))
    assert taken != seats["ana"]


def test_a_report_lies_before_as_many_as_it_needs_votes(store: Store) -> None:
    fill(store, range(1, 4))
    seats = [given_to(store.seat(queue(name, 2), now=NOW)) for name in SIX]
    assert sorted(Counter(seats).values()) == [2, 2, 2]


def test_of_two_windows_that_vote_the_second_is_told_that_it_was_stale(store: Store) -> None:
    fill(store, range(1, 4))
    seat = store.seat(queue("ana"))
    report = given_to(seat)
    first = store.vote(queue("ana"), decide(report, "ana", Verdict.INCLUDE), words_before=0)
    second = store.vote(queue("ana"), decide(report, "ana", Verdict.EXCLUDE), words_before=0)
    assert (first.outcome, second.outcome) == ("recorded", "stale")
    assert given_to(second.seat) == report  # it stays before them, with what they said
    assert [word.verdict for word in second.seat.words] == [Verdict.INCLUDE]
    assert len(store.decisions(STAGE)) == 1


@pytest.mark.parametrize("same", [True, False])
def test_a_vote_sent_from_many_windows_at_once_is_recorded_once(store: Store, same: bool) -> None:
    fill(store, range(1, 4))
    report = given_to(store.seat(queue("ana")))
    vote = decide(report, "ana", Verdict.INCLUDE)
    outcomes: list[str] = []
    together = threading.Barrier(8)

    def press() -> None:
        mine = vote if same else decide(report, "ana", Verdict.EXCLUDE)
        together.wait(30)
        outcomes.append(store.vote(queue("ana"), mine, words_before=0).outcome)

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Counter(outcomes) == {"recorded": 1, "known" if same else "stale": 7}
    assert len(store.decisions(STAGE)) == 1


def test_an_undo_pressed_in_many_windows_at_once_is_one_undo(store: Store) -> None:
    fill(store, range(1, 4))
    report = given_to(store.seat(queue("ana")))
    vote = decide(report, "ana", Verdict.INCLUDE)
    store.vote(queue("ana"), vote, words_before=0)
    back: list[str] = []
    together = threading.Barrier(6)

    def press() -> None:
        together.wait(30)
        back.append(given_to(store.take_back(queue("ana"), vote)))

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert back == [report] * 6
    assert [decision.verdict for decision in store.decisions(STAGE)] == [Verdict.INCLUDE, None]


ACTS = st.lists(
    st.tuples(st.sampled_from(("ana", "ben", "cem")), st.sampled_from(("vote", "vote", "undo", "back", "on"))),
    max_size=25,
)
_numbers = count(1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_three_reviewers_do_no_report_gets_a_vote_too_many(store: Store, acts: list[tuple[str, str]]) -> None:
    numbers = [next(_numbers) for _ in range(4)]
    fill(store, numbers)
    only = frozenset(key(number) for number in numbers)
    facts = 0
    for name, act in acts:
        mine = queue(name, 2, only)
        seat = store.seat(mine)
        if act == "vote" and seat.report is not None:
            verdict = Verdict.INCLUDE if seat.words else Verdict.EXCLUDE
            voted = store.vote(mine, decide(seat.report.key, name, verdict), words_before=len(seat.words))
            assert voted.outcome == "recorded"
            facts += 1
        elif act == "undo" and seat.last is not None and seat.last.report in only:
            store.take_back(mine, seat.last)
            facts += 1
        elif act in ("back", "on"):
            skipped = (seat.report.key,) if seat.report is not None else ()
            store.move(replace(mine, skipped=skipped), -1 if act == "back" else 1)
    here = [decision for decision in store.decisions(STAGE) if decision.report in only]
    assert len(here) == facts
    for report in only:
        assert len(standing_votes([decision for decision in here if decision.report == report])) <= 2
