"""Decisions in the store, and what stands by them, on each database engine."""

from __future__ import annotations

import dataclasses
import random
from datetime import timedelta

import pytest

from tests.review_facts import NOW, fill, key
from workbench import prisma
from workbench.screening import Decision, Stage, State, Verdict, consensus, decide
from workbench.store import NotThere, Store, StoreError

INCLUDE, EXCLUDE, MAYBE = Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.MAYBE
FULL_TEXT = Stage.FULL_TEXT


def vote(store: Store, number: int, reviewer: str, verdict: Verdict | None, **more: object) -> Decision:
    decision = decide(key(number), reviewer, verdict, **more)  # type: ignore[arg-type]
    store.add_decision(decision)
    return decision


def offered(store: Store, reviewer: str, **more: object) -> str | None:
    report = store.next_to_screen(reviewer, **more)  # type: ignore[arg-type]
    return None if report is None else report.key


def test_a_decision_comes_back_as_it_went_in(store: Store) -> None:
    fill(store, [1])
    decision = decide(
        key(1),
        "ana",
        EXCLUDE,
        stage=FULL_TEXT,
        reason="no_sham",
        indications=("central", "neuropathic"),
        note="Schein – siehe S. 4 🧠",
        resolution=True,
        now=NOW,
    )
    assert store.add_decision(decision)
    assert store.decisions() == (decision,)
    assert isinstance(store.decisions()[0].verdict, Verdict)
    assert isinstance(store.decisions()[0].stage, Stage)


def test_sending_a_decision_twice_records_it_once(store: Store) -> None:
    fill(store, [1])
    decision = decide(key(1), "ana", INCLUDE)
    assert store.add_decision(decision)
    assert not store.add_decision(decision)
    assert len(store.decisions()) == 1
    with pytest.raises(StoreError, match="another decision"):
        store.add_decision(dataclasses.replace(decision, verdict=EXCLUDE))
    assert store.decisions() == (decision,)


def test_a_decision_on_nothing_is_refused(store: Store) -> None:
    with pytest.raises(NotThere, match="pubmed:1"):
        vote(store, 1, "ana", INCLUDE)


def test_reports_are_offered_in_order_until_this_reviewer_voted_on_all(store: Store) -> None:
    fill(store, [3, 1, 2])
    seen = []
    while (report := offered(store, "ana")) is not None:
        seen.append(report)
        store.add_decision(decide(report, "ana", EXCLUDE))
    assert seen == [key(3), key(1), key(2)]
    assert offered(store, "ben") == key(3)


def test_a_report_with_all_votes_asked_for_is_not_offered_to_a_third(store: Store) -> None:
    fill(store, [1, 2])
    vote(store, 1, "ana", INCLUDE)
    assert offered(store, "cem") == key(1)
    assert offered(store, "cem", reviewers_needed=1) == key(2)
    vote(store, 1, "ben", EXCLUDE)
    assert offered(store, "cem") == key(2)
    assert [report.key for report in store.conflicts(Stage.TITLE_ABSTRACT)] == [key(1)]


def test_an_undone_vote_brings_the_report_back(store: Store) -> None:
    fill(store, [1, 2])
    vote(store, 1, "ana", INCLUDE)
    last = store.last_decision("ana", Stage.TITLE_ABSTRACT)
    assert last is not None
    assert last.report == key(1)
    vote(store, 1, "ana", None)
    assert offered(store, "ana") == key(1)
    assert store.last_decision("ana", Stage.TITLE_ABSTRACT) is None
    assert len(store.decisions()) == 2


def test_skipping_and_going_on_from_a_report(store: Store) -> None:
    fill(store, range(1, 5))
    assert offered(store, "ana", skip={key(1), key(2)}) == key(3)
    assert offered(store, "ana", after=key(2)) == key(3)
    assert offered(store, "ana", after=key(4)) is None
    assert store.screening_queue("ana") == tuple(key(number) for number in range(1, 5))


def test_screening_can_be_kept_to_one_indication(store: Store) -> None:
    fill(store, [1, 2], strategy="neuropathic", indication="neuropathic")
    fill(store, [3], strategy="migraine", indication="migraine")
    store.link_duplicates([[key(2), key(3)]])
    assert store.screening_queue("ana", indication="migraine") == (key(2),)
    assert store.report_indications()[key(2)] == {"neuropathic", "migraine"}
    assert store.screening_progress("ana", indication="neuropathic").total == 2


def test_decisions_on_either_of_two_duplicates_count_for_the_report(store: Store) -> None:
    fill(store, [1, 2, 3])
    vote(store, 1, "ana", INCLUDE)
    vote(store, 3, "ben", INCLUDE)
    assert store.states(Stage.TITLE_ABSTRACT)[key(1)] is State.PENDING
    store.link_duplicates([[key(1), key(3)]])
    assert store.states(Stage.TITLE_ABSTRACT) == {key(1): State.INCLUDED, key(2): State.PENDING}
    assert offered(store, "ana") == key(2)
    assert offered(store, "ben") == key(2)
    assert [decision.reviewer for decision in store.decisions(report=key(3))] == ["ana", "ben"]
    store.unlink_duplicate(key(3), "ana")
    assert store.states(Stage.TITLE_ABSTRACT)[key(3)] is State.PENDING


def test_one_persons_votes_on_two_duplicates_are_one_vote(store: Store) -> None:
    fill(store, [1, 2])
    vote(store, 1, "ana", INCLUDE, now=NOW)
    vote(store, 2, "ana", EXCLUDE, now=NOW + timedelta(minutes=1))
    store.link_duplicates([[key(1), key(2)]])
    assert store.states(Stage.TITLE_ABSTRACT, reviewers_needed=1) == {key(1): State.EXCLUDED}
    assert store.screening_progress("ana").decided == 1


def test_full_texts_are_offered_for_what_titles_let_through(store: Store) -> None:
    fill(store, range(1, 5))
    for number, verdicts in {1: (INCLUDE, MAYBE), 2: (EXCLUDE, EXCLUDE), 3: (INCLUDE, EXCLUDE)}.items():
        for reviewer, verdict in zip(("ana", "ben"), verdicts, strict=True):
            vote(store, number, reviewer, verdict)
    assert store.screening_queue("ana", FULL_TEXT) == (key(1),)
    vote(store, 3, "cem", INCLUDE, resolution=True)
    assert store.screening_queue("ana", FULL_TEXT) == (key(1), key(3))
    vote(store, 1, "ana", INCLUDE, stage=FULL_TEXT)
    vote(store, 1, "ben", INCLUDE, stage=FULL_TEXT)
    assert [report.key for report in store.included()] == [key(1)]
    assert store.screening_queue("ana", FULL_TEXT) == (key(3),)


def test_progress_adds_up(store: Store) -> None:
    fill(store, range(1, 7))
    for number, verdict in {1: INCLUDE, 2: EXCLUDE, 3: INCLUDE}.items():
        vote(store, number, "ana", verdict)
        vote(store, number, "ben", INCLUDE if number == 3 else EXCLUDE)
    vote(store, 4, "ben", INCLUDE)
    progress = store.screening_progress("ana")
    assert (progress.total, progress.decided, progress.remaining) == (6, 3, 3)
    assert (progress.included, progress.excluded, progress.conflicts, progress.pending) == (1, 1, 1, 3)


def test_a_store_sees_what_another_recorded(store: Store, store_url: str) -> None:
    fill(store, [1, 2, 3])
    with Store.at(store_url) as other:
        assert offered(other, "ana") == key(1)
        vote(store, 1, "ana", INCLUDE)
        assert offered(other, "ana") == key(2)
        vote(other, 2, "ana", INCLUDE)
        other.link_duplicates([[key(2), key(3)]])
        assert offered(store, "ana") is None
        fill(other, [4])
        assert offered(store, "ana") == key(4)


def test_what_is_kept_in_memory_is_what_all_decisions_say(store: Store) -> None:
    """The view that grows with the facts agrees with deriving everything from scratch."""
    choice = random.Random(20260301)
    numbers = range(1, 13)
    fill(store, numbers)
    for step in range(120):
        what = choice.random()
        if what < 0.06:
            store.link_duplicates([choice.sample([key(number) for number in numbers], 2)])
        elif what < 0.09:
            store.unlink_duplicate(key(choice.choice(numbers)), "ana")
        else:
            verdict = choice.choice([INCLUDE, EXCLUDE, MAYBE, None])
            number, reviewer = choice.choice(numbers), choice.choice(["ana", "ben", "cem"])
            vote(store, number, reviewer, verdict, resolution=choice.random() < 0.1, now=NOW + timedelta(seconds=step))
        if step % 20 == 19:
            decisions = store.decisions(Stage.TITLE_ABSTRACT)
            for report in store.reports():
                about = [decision for decision in decisions if decision.report in report.record_keys]
                assert store.states(Stage.TITLE_ABSTRACT)[report.key] is consensus(about, reviewers=2)


def test_a_view_that_was_interrupted_is_built_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store, [1, 2])
    assert offered(store, "ana") == key(1)
    vote(store, 1, "ana", INCLUDE)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("workbench.store.standing.decision_value", stop)
    with pytest.raises(KeyboardInterrupt):
        offered(store, "ana")
    monkeypatch.undo()
    assert offered(store, "ana") == key(2)


def test_prisma_counts_follow_from_the_store(store: Store) -> None:
    fill(store, range(1, 7))
    store.link_duplicates([[key(1), key(2)]])
    for number, verdict in {1: INCLUDE, 3: INCLUDE, 4: EXCLUDE, 5: INCLUDE}.items():
        vote(store, number, "ana", verdict)
    vote(store, 2, "ana", INCLUDE, stage=FULL_TEXT)
    vote(store, 3, "ana", EXCLUDE, stage=FULL_TEXT, reason="no_sham")
    counted = prisma.count(store.report_facts(reviewers_needed=1), store.studies()).as_dict()
    assert (counted["database_specific_results"], counted["duplicates"]) == ({"pubmed": 6}, 1)
    assert (counted["records_screened"], counted["records_excluded"], counted["undecided_screening"]) == (5, 1, 1)
    assert (counted["dbr_sought_reports"], counted["dbr_excluded"]) == (3, {"no_sham": 1})
    assert (counted["new_reports"], counted["reports_without_study"], counted["undecided_full_text"]) == (1, 1, 1)


def test_the_history_of_a_report_tells_who_did_what_and_when(store: Store) -> None:
    fill(store, [1, 2])
    store.link_duplicates([[key(1), key(2)]], "workbench", ["same DOI"], now=NOW + timedelta(minutes=1))
    vote(store, 2, "ana", EXCLUDE, reason="no_sham", now=NOW + timedelta(minutes=2))
    vote(store, 2, "ana", None, now=NOW + timedelta(minutes=3))
    trail = store.history(key(1))
    assert [(event.by, event.action) for event in trail[-3:]] == [
        ("workbench", "linked as duplicates"),
        ("ana", "decision"),
        ("ana", "decision"),
    ]
    assert trail[-2].detail == "exclude at title abstract for no_sham"
    assert trail[-1].detail == "withdrawn at title abstract"
    assert [event.action for event in trail[:2]] == ["record added", "record added"]
    assert all(event.at.utcoffset() == timedelta(0) for event in trail)
