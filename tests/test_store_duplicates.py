"""Merging and undoing in the store, on each database engine: whatever was decided before, nothing of it is lost."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from ingest.record import Record
from tests.review_facts import NOW, entry, fill, key
from workbench.extraction import Extraction, Study
from workbench.screening import Stage, State, Verdict, decide
from workbench.store import SYSTEM, NotThere, Store, StoreError

SAME = "same title, people, journal, volume and page"


def reports(store: Store) -> list[tuple[int, ...]]:
    """The reports as the numbers of their records."""
    return [tuple(int(k.partition(":")[2]) for k in report.record_keys) for report in store.reports()]


def keys(*numbers: int) -> list[str]:
    return [key(number) for number in numbers]


def vote(store: Store, number: int, reviewer: str, verdict: Verdict, minute: int = 0) -> None:
    now = NOW + timedelta(minutes=minute)
    store.add_decision(decide(key(number), reviewer, verdict, now=now), now=now)


def merges(store: Store, number: int) -> list[int]:
    return [act.id for act in store.acts(key(number)) if act.joined]


# --- merging ----------------------------------------------------------------------------------------------------------


def test_a_report_is_described_by_the_best_of_its_records_which_stay_as_they_are(store: Store) -> None:
    run = store.begin_search("pain", "rTMS")
    pubmed = entry(1, title="MOTOR CORTEX STIMULATION IN PAIN", abstract="BACKGROUND: Pain.\nMETHODS: Ten hertz.")
    other = Record(
        source="embase", source_id="9", title="Motor cortex stimulation in pain", abstract="Pain.", year=2001
    )
    store.add_records(run, "pain", [(pubmed, None), (other, None)])
    store.link_duplicates([[pubmed.key, other.key]])
    merged = store.merged(other.key)
    assert merged.record.title == other.title
    assert merged.record.abstract == pubmed.abstract
    assert merged.taken_from["title"] == other.key
    assert (store.record(pubmed.key), store.record(other.key)) == (pubmed, other)
    with pytest.raises(NotThere):
        store.merged("pubmed:99")


def test_each_link_keeps_who_made_it_when_and_why(store: Store) -> None:
    fill(store, range(1, 6))
    store.link_duplicates([keys(1, 2, 3)], reasons=lambda one, other: [f"{one} and {other} agree"], now=NOW)
    store.settle_unsure(key(4), key(5), same=True, by="ana", reasons=["same trial number"])
    people, machine = store.linked_reports()
    assert (people.key, people.automatic, machine.automatic) == (key(4), False, True)
    assert [(link.pair, link.reasons, link.by, link.at) for link in machine.links] == [
        ((key(1), key(2)), ("pubmed:1 and pubmed:2 agree",), SYSTEM, NOW),
        ((key(1), key(3)), ("pubmed:1 and pubmed:3 agree",), SYSTEM, NOW),
    ]
    assert [(word.pair, word.by, word.linked) for word in store.words_of_people()] == [((key(4), key(5)), "ana", True)]
    assert store.word_on(key(5), key(4)) == store.words_of_people()[0]
    assert store.word_on(key(1), key(5)) is None


# --- undoing ----------------------------------------------------------------------------------------------------------


def test_a_merge_is_undone_as_it_was_made_and_made_again(store: Store) -> None:
    fill(store, range(1, 7))
    store.link_duplicates([keys(1, 2), keys(4, 5)], now=NOW)
    store.link_duplicates([keys(1, 2, 3)], reasons=[SAME], now=NOW + timedelta(days=1))
    first, second = merges(store, 1)
    undone = store.undo_act(second, "ana", ["another dose"], now=NOW + timedelta(days=2))
    assert reports(store) == [(1, 2), (3,), (4, 5), (6,)]
    assert undone.reasons == ("another dose", "undoes what workbench recorded on 2026-03-02 12:00")
    assert set(undone.parted) == {(key(1), key(3)), (key(2), key(3))}
    assert store.link_duplicates([keys(3, 2, 1)]).refused  # no program makes it again
    redone = store.undo_act(undone.id, "ben")
    assert reports(store) == [(1, 2, 3), (4, 5), (6,)]
    assert (redone.joined, redone.withdrawn) == (((key(1), key(3)),), ((key(2), key(3)),))
    assert store.linked_reports()[1].links[-1].by == SYSTEM  # as it was: not ben's word
    again = store.undo_act(second, "ana")
    with pytest.raises(StoreError, match="does not stand"):
        store.undo_act(second, "ana")
    store.undo_act(first, "ben")
    assert reports(store) == [(1,), (2,), (3,), (4, 5), (6,)]
    assert [act.stands for act in store.acts(key(1)) if act.id in (first, second, undone.id, again.id)] == [
        *(False, False, False, True),
    ]


def test_undoing_a_merge_takes_along_what_was_merged_into_either_side_later(store: Store) -> None:
    fill(store, range(1, 5))
    store.link_duplicates([keys(1, 2)], now=NOW)
    store.link_duplicates([keys(2, 3)], now=NOW + timedelta(days=1))
    store.link_duplicates([keys(1, 4)], now=NOW + timedelta(days=2))
    (first, *_) = merges(store, 1)
    store.undo_act(first, "ana")
    assert reports(store) == [(1, 4), (2, 3)]
    assert store.link_duplicates([keys(3, 4)]).links == 0  # not by the back door either


def test_one_merge_of_a_run_over_thousands_is_undone_without_the_others(store: Store) -> None:
    fill(store, range(1, 61))
    store.link_duplicates([keys(n, n + 1) for n in range(1, 60, 2)], now=NOW)
    (act,) = store.acts(key(8))
    assert act.records == (key(7), key(8))
    store.undo_act(act.id, "ana")
    assert [members for members in reports(store) if len(members) == 1] == [(7,), (8,)]


def test_a_word_on_a_pair_is_taken_back_and_the_pair_waits_again(store: Store) -> None:
    fill(store, range(1, 5))
    store.add_unsure_pairs([(key(1), key(2), ["a"]), (key(3), key(4), ["b"])])
    for same, (one, other) in ((True, (1, 2)), (False, (3, 4))):
        store.settle_unsure(key(one), key(other), same=same, by="ana")
    assert (len(store.unsure_pairs()), store.count_unsure()) == (0, 2)
    for expected in ((key(3), key(4)), (key(1), key(2))):
        last = store.last_word_on_unsure("ana")
        assert last is not None
        assert last.pair == expected
        store.undo_act(last.seq, "ana")
    assert store.last_word_on_unsure("ana") is None
    assert store.last_word_on_unsure("ben") is None
    assert len(store.unsure_pairs()) == 2
    assert reports(store) == [(1,), (2,), (3,), (4,)]
    store.settle_unsure(key(1), key(2), same=False, by="ben")  # and can be judged anew
    assert len(store.unsure_pairs()) == 1


def test_a_record_taken_out_is_put_back(store: Store) -> None:
    fill(store, range(1, 5))
    store.link_duplicates([keys(1, 2, 3, 4)], now=NOW)
    store.unlink_duplicate(key(1), "ana", ["another trial"])
    assert reports(store) == [(1,), (2, 3, 4)]
    (taken_out,) = [act for act in store.acts(key(1)) if act.by == "ana"]
    assert taken_out.what == "taken out"
    store.undo_act(taken_out.id, "ana")
    assert reports(store) == [(1, 2, 3, 4)]
    assert store.link_duplicates([keys(1, 2, 3, 4)]).refused == ()


def test_what_was_judged_since_is_not_undone_over(store: Store) -> None:
    fill(store, range(1, 4))
    store.settle_unsure(key(1), key(2), same=True, by="ana")
    (act,) = store.acts(key(1))
    store.unlink_duplicate(key(2), "ben")
    with pytest.raises(StoreError, match="something else was said"):
        store.undo_act(act.id, "ana")
    store.settle_unsure(key(1), key(3), same=True, by="ana")
    (parted,) = [act for act in store.acts(key(2)) if act.by == "ben"]
    store.settle_unsure(key(2), key(3), same=False, by="ana")
    with pytest.raises(StoreError, match="pubmed:2 and pubmed:3"):
        store.undo_act(parted.id, "ben")
    with pytest.raises(NotThere, match="number 999"):
        store.undo_act(999, "ana")
    assert reports(store) == [(1, 3), (2,)]


def test_the_history_tells_who_merged_and_undid_when_and_why(store: Store) -> None:
    fill(store, [1, 2])
    store.link_duplicates([keys(1, 2)], reasons=[SAME], now=NOW + timedelta(minutes=1))
    (act,) = store.acts(key(1))
    undone = store.undo_act(act.id, "ana", ["a letter and its reply"], now=NOW + timedelta(minutes=2))
    store.undo_act(undone.id, "ben", now=NOW + timedelta(minutes=3))
    told = [(e.by, e.action, e.data["reasons"][0]) for e in store.history(key(2)) if "duplicates" in e.action]
    assert told == [
        (SYSTEM, "linked as duplicates", SAME),
        ("ana", "said not to be duplicates", "a letter and its reply"),
        ("ben", "linked as duplicates", "undoes what ana recorded on 2026-03-01 12:02"),
    ]
    store.settle_unsure(key(1), key(2), same=False, by="ana")
    store.undo_act(store.acts(key(1))[-1].id, "ana")
    assert "linked as duplicates" in store.history(key(1))[-1].action


@pytest.mark.parametrize("seed", range(4))
def test_acts_undone_in_reverse_leave_everything_as_it_was(store: Store, seed: int) -> None:
    choice = random.Random(seed)
    numbers = range(1, 9)
    fill(store, numbers)
    states = []
    acts = []
    for step in range(14):
        one, other = choice.sample(keys(*numbers), 2)
        before = [(report.record_keys) for report in store.reports()]
        words = {(word.pair, word.linked) for word in store.words_of_people()}
        at = NOW + timedelta(minutes=step)
        try:
            if choice.random() < 0.7:
                store.settle_unsure(one, other, same=choice.random() < 0.6, by="ana", now=at)
            else:
                store.unlink_duplicate(one, "ana", now=at)
        except StoreError:
            continue
        made = [act for act in store.acts(one) if act.at == at]
        if made:
            states.append((before, words))
            acts.append(made[0].id)
    assert len(acts) > 4
    for act, (before, words) in zip(reversed(acts), reversed(states), strict=True):
        store.undo_act(act, "ben")
        assert [report.record_keys for report in store.reports()] == before
        assert {(word.pair, word.linked) for word in store.words_of_people()} == words


# --- decisions, studies and extractions -------------------------------------------------------------------------------


def test_votes_stay_with_the_records_they_were_made_on_through_merge_and_undo(store: Store) -> None:
    fill(store, range(1, 4))
    vote(store, 1, "ana", Verdict.INCLUDE)
    vote(store, 2, "ben", Verdict.INCLUDE, 1)
    before = store.decisions()
    store.link_duplicates([keys(1, 2)], now=NOW)
    assert store.states(Stage.TITLE_ABSTRACT)[key(1)] is State.INCLUDED  # two people, two votes, one report
    vote(store, 1, "cleo", Verdict.INCLUDE, 2)  # the app names the report by its first record
    store.undo_act(merges(store, 1)[0], "ana")
    assert store.decisions()[: len(before)] == before
    assert [d.reviewer for d in store.decisions(report=key(1))] == ["ana", "cleo"]
    assert [d.reviewer for d in store.decisions(report=key(2))] == ["ben"]
    states = store.states(Stage.TITLE_ABSTRACT)
    assert (states[key(1)], states[key(2)]) == (State.INCLUDED, State.PENDING)
    assert key(2) in store.screening_queue("ana")  # the record that lost a vote asks for it again
    assert key(2) not in store.screening_queue("ben")


def test_merging_two_reports_that_were_judged_differently_is_a_conflict_and_not_a_loss(store: Store) -> None:
    fill(store, [1, 2])
    for reviewer in ("ana", "ben"):
        vote(store, 1, reviewer, Verdict.INCLUDE)
    for minute, reviewer in enumerate(("cleo", "dan"), start=1):
        vote(store, 2, reviewer, Verdict.EXCLUDE, minute)
    store.settle_unsure(key(1), key(2), same=True, by="ana")
    assert len(store.decisions(report=key(1))) == 4
    assert [report.key for report in store.conflicts(Stage.TITLE_ABSTRACT)] == [key(1)]
    store.undo_act(store.acts(key(1))[0].id, "ana")
    assert store.conflicts(Stage.TITLE_ABSTRACT) == ()
    states = store.states(Stage.TITLE_ABSTRACT)
    assert (states[key(1)], states[key(2)]) == (State.INCLUDED, State.EXCLUDED)


def test_studies_and_extractions_of_both_reports_are_there_after_merge_and_undo(store: Store) -> None:
    fill(store, [1, 2])
    for number in (1, 2):
        study = Study(
            id=f"s{number}", label=f"Doe 201{number}", reports=(key(number),), created_by="ana", created_at=NOW
        )
        store.add_study(study)
        slot = store.add_result(study.id, "means", by="ana", id=f"r{number}", now=NOW)
        store.add_form("means", 1, "{}")
        store.add_extraction(
            Extraction(
                id=f"e{number}",
                study=study.id,
                result=slot.id,
                form="means",
                form_version=1,
                extractor="ana",
                answers={"n_active": number},
                state="final",
                recorded_at=NOW,
            )
        )
    before = (store.studies(), store.extractions())
    store.settle_unsure(key(1), key(2), same=True, by="ana")
    assert [study.id for study in store.studies_of(key(2))] == ["s1", "s2"]  # both are shown: a person settles it
    assert (store.studies(), store.extractions()) == before
    store.undo_act(store.acts(key(1))[0].id, "ana")
    assert [study.id for study in store.studies_of(key(2))] == ["s2"]
    assert (store.studies(), store.extractions()) == before


# --- what is new ------------------------------------------------------------------------------------------------------


def test_records_that_are_new_or_changed_since_are_told_apart(store: Store) -> None:
    newest, new = store.versions_since(0)
    assert (newest, new) == (0, ())
    fill(store, [1, 2])
    newest, new = store.versions_since(newest)
    assert new == (key(1), key(2))
    assert store.versions_since(newest) == (newest, ())
    run = store.begin_search("pain", "rTMS")
    store.add_records(run, "pain", [(entry(2, title="Better"), None), (entry(1), None), (entry(3), None)])
    later, new = store.versions_since(newest)
    assert new == (key(2), key(3))
    assert later > newest
