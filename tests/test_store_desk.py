"""Giving out reports: one desk a reviewer, no record given needlessly, every vote recorded once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.review_facts import NOW, entry, fill, key
from workbench.screening import Decision, ScreeningPlan, Stage, State, Verdict, consensus, decide, standing_votes
from workbench.screening.shares import falls_to
from workbench.store import ListFilter, Queue, Store, StoreError
from workbench.store.board import Board
from workbench.store.desk import LEASES
from workbench.store.tables import sample, sample_end, stop, stop_lifted

TITLES, FULL_TEXTS = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
LEASE = LEASES[TITLES]
INCLUDE, EXCLUDE, MAYBE = Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.MAYBE


def queue(reviewer: str, *, needed: int = 2, stage: Stage = TITLES, **more: Any) -> Queue:
    shares = more.pop("shares", {})
    return Queue(reviewer=reviewer, stage=stage, plan=ScreeningPlan(needed=needed, shares=shares), **more)


def shown(store: Store, at: Queue, **more: Any) -> str | None:
    report = store.seat(at, **more).report
    return None if report is None else report.key


def vote(store: Store, at: Queue, verdict: Verdict = EXCLUDE, **more: Any) -> str | None:
    """Vote on what is before a reviewer; gives what comes next."""
    seat = store.seat(at)
    assert seat.report is not None
    decision = decide(seat.report.key, at.reviewer, verdict, stage=at.stage, **more)
    voted = store.vote(at, decision, words_before=len(seat.words))
    assert voted.outcome == "recorded"
    return None if voted.seat.report is None else voted.seat.report.key


def put_sample(store: Store, name: str, purpose: str, keys: list[str], *, reviewers: list[str] | None = None) -> None:
    with store._database.writing() as connection:
        connection.execute(
            sa.insert(sample).values(
                id=name,
                purpose=purpose,
                stage=TITLES.value,
                records=keys,
                unread=10,
                found=0,
                seed=1,
                reviewers=reviewers or [],
                note="",
                by="lead",
                at=NOW,
            )
        )


def end_sample(store: Store, name: str) -> None:
    with store._database.writing() as connection:
        connection.execute(sa.insert(sample_end).values(sample=name, withdrawn=False, reason="", by="lead", at=NOW))


def put_stop(store: Store, name: str, keys: list[str]) -> None:
    values = {"id": name, "stage": TITLES.value, "records": keys, "signed": "Lead", "reason": "enough", "evidence": {}}
    with store._database.writing() as connection:
        connection.execute(sa.insert(stop).values(**values, by="lead", at=NOW))


def test_two_reviewers_of_single_votes_are_never_given_the_same_record(store: Store) -> None:
    fill(store, range(1, 5))
    ana, ben = queue("ana", needed=1), queue("ben", needed=1)
    assert shown(store, ana) == key(1)
    assert shown(store, ben) == key(2)
    assert vote(store, ana) == key(3)
    assert vote(store, ben) == key(4)
    assert vote(store, ana) is None  # the last one lies before ben
    assert store.seat(ana).elsewhere == 1


def test_a_record_that_needs_two_votes_is_given_to_two(store: Store) -> None:
    fill(store, range(1, 4))
    assert [shown(store, queue(name)) for name in ("ana", "ben", "cem")] == [key(1), key(1), key(2)]


def test_what_lay_before_somebody_is_given_away_after_the_lease(store: Store) -> None:
    fill(store, range(1, 3))
    assert shown(store, queue("ana", needed=1), now=NOW) == key(1)
    assert shown(store, queue("ben", needed=1), now=NOW + LEASE / 2) == key(2)
    assert shown(store, queue("cem", needed=1), now=NOW + LEASE / 2) is None
    assert shown(store, queue("cem", needed=1), now=NOW + LEASE + timedelta(seconds=1)) == key(1)
    assert shown(store, queue("ana", needed=1), now=NOW + LEASE / 2) == key(1)  # still there for her to finish


def test_a_reload_keeps_the_place_and_looking_renews_the_lease(store: Store) -> None:
    fill(store, range(1, 3))
    ana, later = queue("ana", needed=1), NOW + LEASE - timedelta(seconds=1)
    assert [shown(store, ana, now=NOW), shown(store, ana, now=later)] == [key(1), key(1)]
    assert shown(store, queue("ben", needed=1), now=later + LEASE / 2) == key(2)


def test_a_report_that_others_settled_meanwhile_is_not_asked_for_any_more(store: Store) -> None:
    fill(store, range(1, 3))
    ana = queue("ana", needed=1)
    assert shown(store, ana, now=NOW) == key(1)
    store.add_decision(decide(key(1), "ben", INCLUDE))
    seat = store.seat(ana, now=NOW + timedelta(seconds=5))
    assert (seat.report and seat.report.key, seat.waiting, seat.state) == (key(1), False, State.INCLUDED)
    assert shown(store, ana, now=NOW + LEASE * 2) == key(2)


def test_voting_twice_from_one_view_is_one_vote(store: Store) -> None:
    fill(store, range(1, 3))
    ana = queue("ana")
    decision = decide(key(1), "ana", INCLUDE)
    again = replace(decision, decided_at=decision.decided_at + timedelta(seconds=1))
    assert store.vote(ana, decision, words_before=0).outcome == "recorded"
    voted = store.vote(ana, again, words_before=0)
    assert voted.outcome == "known"
    assert voted.seat.report
    assert voted.seat.report.key == key(2)
    assert len(store.decisions()) == 1


def test_a_vote_from_a_view_that_is_out_of_date_is_refused_and_the_report_shown(store: Store) -> None:
    fill(store, range(1, 3))
    ana = queue("ana")
    store.vote(ana, decide(key(1), "ana", INCLUDE), words_before=0)
    voted = store.vote(ana, decide(key(1), "ana", EXCLUDE), words_before=0)
    assert voted.outcome == "stale"
    assert voted.seat.report
    assert voted.seat.report.key == key(1)
    assert [word.verdict for word in voted.seat.words] == [INCLUDE]
    assert shown(store, ana) == key(1)
    assert len(store.decisions()) == 1


def test_a_vote_is_cast_at_ones_own_desk(store: Store) -> None:
    fill(store, (1,))
    with pytest.raises(StoreError, match="own desk"):
        store.vote(queue("ana"), decide(key(1), "ben", INCLUDE), words_before=0)
    with pytest.raises(StoreError, match="own decisions"):
        store.take_back(queue("ana"), decide(key(1), "ben", INCLUDE))


def test_undo_brings_the_record_back_and_is_itself_done_once(store: Store) -> None:
    fill(store, range(1, 4))
    ana = queue("ana")
    vote(store, ana, INCLUDE)
    vote(store, ana)
    last = store.seat(ana).last
    assert last is not None
    assert last.report == key(2)
    seat = store.take_back(ana, last)
    assert seat.report
    assert seat.report.key == key(2)
    assert seat.waiting
    assert [word.verdict for word in seat.words] == [EXCLUDE, None]
    assert seat.last
    assert seat.last.report == key(1)
    assert store.take_back(ana, last).report == seat.report
    assert len(store.decisions()) == 3
    assert vote(store, ana, INCLUDE) == key(3)  # and can be decided anew
    assert store.seat(ana).progress.decided == 2


def test_back_goes_through_what_was_decided_and_forward_to_what_waits(store: Store) -> None:
    fill(store, range(1, 5))
    ana = queue("ana")
    vote(store, ana)
    vote(store, ana)

    def moved(step: int, at: Queue = ana) -> str | None:
        report = store.move(at, step).report
        return report and report.key

    assert [moved(-1), moved(-1), moved(-1)] == [key(2), key(1), key(1)]
    assert [moved(1), moved(1)] == [key(2), key(3)]
    assert moved(1) == key(4)
    passed = queue("ana", skipped=(key(3),))
    assert vote(store, passed) == key(3)  # passed over: it comes again when nothing else waits


def test_the_ranking_orders_and_leaves_nothing_out(store: Store) -> None:
    fill(store, range(1, 5))
    ana = queue("ana", order=(key(3), key(1)))
    assert shown(store, ana) == key(3)
    assert [vote(store, ana) for _ in range(4)] == [key(1), key(2), key(4), None]


def test_filters_hold_for_what_is_given_and_for_what_is_kept(store: Store) -> None:
    fill(store, range(1, 4))
    assert shown(store, queue("ana")) == key(1)
    only = queue("ana", only=frozenset({key(3)}))
    seat = store.seat(only)
    assert seat.report
    assert seat.report.key == key(3)
    assert (seat.filtered.total, seat.filtered.remaining, seat.progress.total) == (1, 1, 3)
    assert vote(store, only) is None


def test_with_shares_everybody_gets_what_falls_to_them(store: Store) -> None:
    numbers = range(1, 31)
    fill(store, numbers)
    shares = {"ana": 1.0, "ben": 1.0, "cem": 1.0}
    for name in shares:
        at = queue(name, shares=shares)
        expected = [key(number) for number in numbers if name in falls_to(key(number), shares, 2)]
        assert store.seat(at).progress.remaining == len(expected)
        got = [shown(store, at)]
        while got[-1] is not None:
            got.append(vote(store, at))
        assert got[:-1] == expected
    assert set(store.states(TITLES).values()) == {State.EXCLUDED}


def test_records_that_arrive_later_are_shared_out_too(store: Store) -> None:
    fill(store, range(1, 11))
    ana = queue("ana", shares={"ana": 1.0, "ben": 1.0})
    assert store.seat(ana).progress.remaining == 10  # two votes, two reviewers
    fill(store, range(11, 16))
    assert store.seat(ana).progress.remaining == 15


def test_a_calibration_round_is_screened_by_all_who_take_part_before_anything_else(store: Store) -> None:
    fill(store, range(1, 7))
    put_sample(store, "round", "calibration", [key(5), key(2)], reviewers=["ana", "ben", "cem"])
    for name in ("ana", "ben"):
        assert shown(store, queue(name)) == key(5)
        assert vote(store, queue(name), INCLUDE) == key(2)
        assert vote(store, queue(name)) is None  # wait for the others
    cem = store.seat(queue("cem"))
    assert cem.report
    assert cem.report.key == key(5)
    assert cem.waiting
    assert cem.state is None
    assert cem.round
    assert cem.round.done == {"ana": 2, "ben": 2, "cem": 0}
    assert not cem.round.finished
    assert shown(store, queue("dan")) == key(1)  # who takes no part goes on
    vote(store, queue("cem"))
    vote(store, queue("cem"))
    round_ = store.seat(queue("ana")).round
    assert round_
    assert round_.finished
    end_sample(store, "round")
    assert shown(store, queue("ana")) == key(1)
    assert store.states(TITLES)[key(5)] is State.CONFLICT


def test_who_has_not_voted_yet_in_a_round_sees_no_conflict_of_it(store: Store) -> None:
    fill(store, range(1, 4))
    put_sample(store, "round", "calibration", [key(1)], reviewers=["ana", "ben", "cem"])
    vote(store, queue("ana"), INCLUDE)
    vote(store, queue("ben"), EXCLUDE)
    plan = ScreeningPlan(needed=2)
    assert store.conflicts(TITLES) == ()  # for nobody, as long as somebody still screens it
    assert store.conflicts(TITLES, reviewer="cem") == ()
    (line, *_) = store.listing("cem", TITLES, plan, ListFilter()).lines
    assert (line.report, line.standing) == (key(1), "waiting")
    assert store.listed("cem", TITLES, plan, ListFilter(standing="conflict")) == ()
    vote(store, queue("cem"), INCLUDE)
    assert [report.key for report in store.conflicts(TITLES, reviewer="cem")] == [key(1)]


def test_what_a_round_has_settled_shows_nowhere_before_everybody_voted(store: Store) -> None:
    fill(store, range(1, 5))
    put_sample(store, "round", "calibration", [key(1), key(2)], reviewers=["ana", "ben", "cem"])
    plan = ScreeningPlan(needed=2)
    store.states(FULL_TEXTS)  # the board is there before the votes
    for name in ("ana", "ben"):
        vote(store, queue(name), INCLUDE)
        vote(store, queue(name), EXCLUDE)
    assert store.sought() == {}  # else a title among the full texts would say how the others voted
    assert store.listed("cem", FULL_TEXTS, plan, ListFilter()) == ()
    assert {fact.title_abstract for fact in store.report_facts()} == {State.PENDING}
    assert store.listed("cem", TITLES, plan, ListFilter(standing="waiting"))[:2] == (key(1), key(2))
    assert store.listed("dan", TITLES, plan, ListFilter(standing="waiting")) == (key(3), key(4))  # takes no part
    assert store.seat(queue("dan")).progress.remaining == 2
    vote(store, queue("cem"), INCLUDE)
    assert list(store.sought()) == [key(1)]
    end_sample(store, "round")
    assert store.states(TITLES)[key(2)] is State.EXCLUDED  # by those who voted


def test_an_undo_from_an_old_page_takes_no_later_decision_back(store: Store) -> None:
    fill(store, range(1, 4))
    ana = queue("ana")
    vote(store, ana, INCLUDE)
    last = store.seat(ana).last
    assert last is not None
    later = decide(key(1), "ana", EXCLUDE)
    assert store.vote(ana, later, words_before=1).outcome == "recorded"  # in another window
    seat = store.take_back(ana, last)
    assert seat.report
    assert (seat.report.key, [word.verdict for word in seat.words]) == (key(1), [INCLUDE, EXCLUDE])
    assert [word.id for word in standing_of(store, "ana")] == [later.id]


def test_a_clock_that_goes_backwards_loses_no_word(store: Store) -> None:
    fill(store, range(1, 4))
    ana = queue("ana")
    store.vote(ana, decide(key(1), "ana", INCLUDE, now=NOW), words_before=0)
    second = decide(key(1), "ana", EXCLUDE, now=NOW - timedelta(seconds=2))
    store.vote(ana, second, words_before=1)
    assert [word.verdict for word in standing_of(store, "ana")] == [EXCLUDE]
    store.take_back(ana, second, now=NOW - timedelta(seconds=4))
    assert standing_of(store, "ana") == []


def test_an_audit_sample_comes_before_the_ranking(store: Store) -> None:
    fill(store, range(1, 6))
    put_sample(store, "audit", "audit", [key(4), key(5)])
    ana = queue("ana", order=(key(2),))
    assert shown(store, ana) == key(4)
    assert [vote(store, ana) for _ in range(3)] == [key(5), key(2), key(1)]


def test_what_was_passed_over_before_a_sample_was_drawn_is_part_of_it_all_the_same(store: Store) -> None:
    fill(store, range(1, 6))
    put_sample(store, "audit", "audit", [key(4), key(5)])
    long_ago = queue("ana", order=(key(2),), skipped=(key(5), key(1)))
    assert shown(store, long_ago) == key(4)
    assert [vote(store, long_ago) for _ in range(3)] == [key(5), key(2), key(3)]


def test_the_last_of_a_sample_can_be_passed_over_and_comes_again(store: Store) -> None:
    fill(store, range(1, 4))
    put_sample(store, "audit", "audit", [key(3)])
    ana = queue("ana")
    assert shown(store, ana) == key(3)
    passed = queue("ana", skipped=(key(3),))
    seat = store.move(passed, 1)
    assert seat.report is not None
    assert seat.report.key == key(1)
    another = queue("ana", skipped=(key(3), key(1)))
    seat = store.move(another, 1)
    assert seat.report is not None
    assert seat.report.key == key(3)


def test_a_stop_takes_the_record_from_the_desk_unless_it_was_put_there_on_purpose(store: Store) -> None:
    fill(store, range(1, 4))
    ana = queue("ana", needed=1)
    assert shown(store, ana) == key(1)
    put_stop(store, "stop", [key(1), key(2)])
    assert shown(store, ana) == key(3)
    store.put_on_desk(ana, key(2))
    kept = store.seat(queue("ana", needed=1, held=key(2)))
    assert kept.report is not None
    assert (kept.report.key, kept.waiting) == (key(2), False)
    assert shown(store, ana) == key(3)


def test_a_record_that_falls_to_others_after_the_shares_changed_leaves_the_desk(store: Store) -> None:
    fill(store, range(1, 11))
    before = {"ana": 1.0, "ben": 1.0}
    after = {"ana": 0.0, "ben": 1.0, "cem": 1.0}
    assert shown(store, queue("ana", shares=before)) == key(1)
    assert shown(store, queue("ana", shares=after)) is None


def test_what_remains_is_what_the_reports_say_one_by_one(store: Store) -> None:
    fill(store, range(1, 31))
    for number in range(1, 9):
        store.add_decision(decide(key(number), "ana" if number % 2 else "ben", INCLUDE))
    put_sample(store, "round", "calibration", [key(2), key(10), key(11)], reviewers=["ana", "cem"])
    put_stop(store, "stop", [key(number) for number in range(25, 31)])
    for shares in ({}, {"ana": 1.0, "ben": 2.0, "cem": 0.5}, {"ben": 1.0}):
        for among in (None, {key(number) for number in (2, 3, 10, 12, 26, 99)}, [key(5)], ()):
            with store._view() as standing:
                board = standing.board(TITLES, 2)
                for who in ("ana", "ben", "cem", "nobody"):
                    assert board.remaining(who, shares, among) == sum(
                        board.waits_for(report, who, shares)
                        for report in board.states
                        if among is None or report in among
                    )


def test_a_stop_takes_what_nobody_read_out_of_the_queue_and_out_of_nothing_else(store: Store) -> None:
    fill(store, range(1, 6))
    ana = queue("ana", needed=1)
    vote(store, ana, INCLUDE)
    put_stop(store, "stop", [key(number) for number in range(1, 6)])
    seat = store.seat(ana)
    assert seat.report is None or not seat.waiting
    assert (seat.progress.aside, seat.progress.pending, seat.progress.included, seat.progress.total) == (4, 0, 1, 5)
    facts = {fact.key: fact for fact in store.report_facts(reviewers_needed=1)}
    assert [facts[key(number)].not_screened for number in range(1, 6)] == [False, True, True, True, True]
    store.add_decision(decide(key(3), "ben", INCLUDE))  # read all the same: screened
    assert store.seat(ana).progress.aside == 3
    fill(store, (6,))  # came after the stop
    assert store.seat(ana).progress.remaining == 1
    with store._database.writing() as connection:
        connection.execute(sa.insert(stop_lifted).values(stop="stop", reason="more time", by="lead", at=NOW))
    assert store.seat(ana).progress.remaining == 4


def test_unread_is_what_nobody_voted_on_and_no_stop_covers(store: Store) -> None:
    fill(store, range(1, 5), indication="migraine")
    fill(store, (5,), strategy="other", indication="fibromyalgia")
    store.add_decision(decide(key(1), "ana", INCLUDE))
    put_stop(store, "stop", [key(2)])
    assert store.unread(TITLES) == (key(3), key(4), key(5))
    assert store.unread(TITLES, indication="migraine") == (key(3), key(4))


def test_what_the_team_hides_cannot_be_found_out_by_a_filter(store: Store) -> None:
    run = store.begin_search("pain", "q", NOW)
    authors = {1: ("Doe Jane",), 2: ("Roe Richard",)}
    first = entry(1, authors=authors[1], abstract="Rabbits and people", year=2021)
    store.add_records(run, "pain", [(first, None), (entry(2, authors=authors[2], year=2022), None)], now=NOW)
    seen = ScreeningPlan(needed=2)
    hidden = ScreeningPlan(needed=2, hidden=frozenset({"authors", "year"}))

    def listed(plan: ScreeningPlan, stage: Stage = TITLES, **wanted: Any) -> tuple[str, ...]:
        return store.listed("ana", stage, plan, ListFilter(**wanted))

    assert listed(seen, text="richard") == (key(2),)
    assert listed(hidden, text="richard") == ()
    assert listed(hidden, text="RABBITS cortex") == (key(1),)
    assert listed(seen, year_from=2022) == (key(2),)
    assert listed(hidden, year_from=2022) == (key(1), key(2))  # as if no year had been given


def test_a_full_text_is_held_longer_for_whoever_reads_it(store: Store) -> None:
    fill(store, (1,))
    store.add_decision(decide(key(1), "ana", INCLUDE))
    ana, ben = (queue(name, needed=1, stage=FULL_TEXTS) for name in ("ana", "ben"))
    assert shown(store, ana, now=NOW) == key(1)
    assert shown(store, ben, now=NOW + 2 * LEASE) is None
    assert shown(store, ben, now=NOW + LEASES[FULL_TEXTS] + timedelta(seconds=1)) == key(1)


def test_a_revision_changes_with_every_fact_and_with_nothing_else(store: Store) -> None:
    fill(store, range(1, 3))
    first = store.revision()
    store.set_preference("ana", "x", 1)
    store.seat(queue("ana"))
    assert store.revision() == first
    vote(store, queue("ana"))
    second = store.revision()
    assert second != first
    store.set_review_setting("screening.ranking", False, by="ana")
    assert store.revision() not in (first, second)


def test_full_texts_are_given_when_titles_let_them_through(store: Store) -> None:
    fill(store, range(1, 4))
    ana, full = queue("ana", needed=1), queue("ana", needed=1, stage=FULL_TEXTS)
    assert shown(store, full) is None
    vote(store, ana, INCLUDE)
    vote(store, ana, MAYBE)
    assert shown(store, full) == key(1)
    assert vote(store, full, EXCLUDE, reason="wrong_design") == key(2)
    last = store.last_decision("ana", TITLES)
    assert last
    store.take_back(ana, last)  # the maybe: its report leaves the full texts
    assert shown(store, full) is None
    assert store.states(FULL_TEXTS, reviewers_needed=1) == {key(1): State.EXCLUDED}


def test_many_at_once_are_one_act_that_can_be_undone_whole(store: Store) -> None:
    fill(store, range(1, 6))
    vote(store, queue("ana"), INCLUDE)
    many = [decide(key(number), "ana", EXCLUDE, batch="b1", note="animals") for number in range(1, 5)]
    assert store.decide_many(many) == (3, 1)  # what was decided one by one is left alone
    assert store.decide_many(many) == (0, 4)
    (batch,) = store.batches("ana", TITLES)
    assert (batch.decided, batch.standing, batch.note) == (3, 3, "animals")
    store.add_decision(decide(key(3), "ana", INCLUDE))  # a later second thought stays
    assert store.take_back_batch("b1", "ben") == 0
    assert store.take_back_batch("b1", "ana") == 2
    assert store.take_back_batch("b1", "ana") == 0
    votes = {word.report: word.verdict for word in standing_of(store, "ana")}
    assert votes == {key(1): INCLUDE, key(3): INCLUDE}


def standing_of(store: Store, reviewer: str) -> list[Decision]:
    found = []
    for decisions in store.decisions_by_report(TITLES).values():
        found += [vote for name, vote in standing_votes(decisions).items() if name == reviewer]
    return found


def test_many_at_once_under_several_names_are_refused(store: Store) -> None:
    fill(store, range(1, 3))
    with pytest.raises(StoreError, match="one reviewer"):
        store.decide_many([decide(key(1), "ana", EXCLUDE, batch="b"), decide(key(2), "ben", EXCLUDE, batch="b")])
    with pytest.raises(StoreError, match="one batch"):
        store.decide_many([decide(key(1), "ana", EXCLUDE)])
    assert store.decide_many([]) == (0, 0)


def test_a_list_filters_sorts_and_pages(store: Store) -> None:
    fill(store, range(1, 8), indication="migraine")
    fill(store, (8, 9), strategy="other", indication="fibromyalgia")
    plan = ScreeningPlan(needed=2)

    def listed(**wanted: Any) -> list[str]:
        return list(store.listed("ana", TITLES, plan, ListFilter(**wanted)))

    store.add_decision(decide(key(1), "ana", INCLUDE, indications=("migraine",)))
    store.add_decision(decide(key(2), "ben", INCLUDE))
    store.add_decision(decide(key(3), "ana", EXCLUDE))
    store.add_decision(decide(key(3), "ben", EXCLUDE))
    assert listed(text="trial 4") == [key(4)]
    assert listed(text="TRIAL cortex 4") == [key(4)]
    assert listed(indication="fibromyalgia") == [key(8), key(9)]
    assert listed(year_from=2007, year_to=2008) == [key(7), key(8)]
    assert listed(standing="voted") == [key(1), key(3)]
    assert listed(standing="excluded") == [key(3)]
    assert listed(standing="waiting") == [key(2), *(key(number) for number in range(4, 10))]
    assert listed(standing="pending")[:2] == [key(1), key(2)]
    assert listed(verdict="include") == [key(1)]
    assert listed(tag="migraine") == [key(1)]
    assert listed(label="look") == []
    page = store.listing("ana", TITLES, plan, ListFilter(), sort="year", offset=2, limit=3)
    assert (page.total, [line.year for line in page.lines]) == (9, [2007, 2006, 2005])
    ranked = store.listing("ana", TITLES, plan, ListFilter(), sort="queue", order=(key(9), key(2)), limit=3)
    assert [line.report for line in ranked.lines] == [key(9), key(2), key(1)]
    # a single vote of somebody else shows nowhere
    waiting = store.listing("ana", TITLES, plan, ListFilter()).lines[1]
    assert (waiting.standing, waiting.mine) == ("waiting", None)


def test_a_merge_brings_the_votes_of_two_records_to_one_desk(store: Store) -> None:
    fill(store, range(1, 4))
    vote(store, queue("ana"))
    store.add_decision(decide(key(2), "ben", EXCLUDE))
    store.link_duplicates([(key(1), key(2))], reasons=("same",), by="ana")
    assert store.states(TITLES) == {key(1): State.EXCLUDED, key(3): State.PENDING}
    assert shown(store, queue("ana")) == key(3)
    assert shown(store, queue("ben")) == key(3)


act = st.tuples(
    st.sampled_from(["ana", "ben", "cem"]),
    st.integers(1, 6),
    st.sampled_from([INCLUDE, EXCLUDE, MAYBE, None]),
    st.sampled_from([TITLES, TITLES, FULL_TEXTS]),
    st.booleans(),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(act, max_size=25), merge=st.booleans())
def test_a_board_kept_up_to_date_equals_one_made_anew(
    acts: list[tuple[str, int, Verdict | None, Stage, bool]], merge: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with Store.at(f"sqlite:///{tmp_path_factory.mktemp('board') / 'review.db'}") as store:
        fill(store, range(1, 6))
        for needed in (1, 2):
            store.states(FULL_TEXTS, reviewers_needed=needed)  # the boards are made now and kept up to date from here
        for place, (who, number, verdict, stage, resolves) in enumerate(acts):
            if number == 6:
                if merge:
                    store.link_duplicates([(key(1), key(2))], reasons=("same",), by="ana")
                continue
            store.add_decision(
                decide(key(number), who, verdict, stage=stage, resolution=resolves, now=NOW + timedelta(minutes=place))
            )
        with store._view() as standing:
            for needed in (1, 2):
                for stage in Stage:
                    kept = standing.board(stage, needed)
                    fresh = Board(stage, needed, kept._votes)
                    fresh.fill(list(standing.at_stage(stage, needed)), set(standing.report_keys()), ())
                    assert fresh.states == kept.states
                    assert fresh.by_state == kept.by_state
                    assert fresh.voters == kept.voters
                    for who in ("ana", "ben", "cem"):
                        assert list(fresh.mine.get(who, {}).items()) == list(kept.mine.get(who, {}).items())
                        assert fresh.remaining(who, {}) == kept.remaining(who, {})
                        assert kept.remaining(who, {}) == sum(kept.waits_for(key, who, {}) for key in kept.states)
                    for report, state in kept.states.items():
                        assert state is consensus(standing.decisions(stage, report), reviewers=needed)
