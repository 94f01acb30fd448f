"""The ranking's opinion of what a refresh brought."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.record import Record
from tests.ui_review import THEN, add_people, make_review
from workbench.refresh.opinion import ranking_opinion
from workbench.review import ReviewDefinition, load_review
from workbench.screening import Verdict, decide
from workbench.store import Store


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Store, ReviewDefinition]]:
    folder = make_review(tmp_path / "review", reviewers=1)
    with Store.open(folder) as store:
        add_people(store)
        yield store, load_review(folder)


def add(store: Store, first: int, last: int, topic: str) -> None:
    run = store.begin_search("migraine", "q", THEN, indication="migraine")
    records = [
        Record(source="pubmed", source_id=str(n), pmid=str(n), title=f"{topic}, report {n}") for n in range(first, last)
    ]
    store.add_records(run, "migraine", [(record, None) for record in records], now=THEN)


def say(store: Store, number: int, verdict: Verdict) -> None:
    store.add_decision(decide(f"pubmed:{number}", "ada", verdict, now=THEN), now=THEN)


def test_there_is_no_opinion_before_enough_was_decided(held: tuple[Store, ReviewDefinition]) -> None:
    store, review = held
    add(store, 1, 20, "Magnetic stimulation for migraine")
    for number in range(1, 12):
        say(store, number, Verdict.EXCLUDE)
    say(store, 12, Verdict.INCLUDE)
    assert ranking_opinion(store, review)("pubmed:15") is None


def test_unread_reports_get_their_place_and_read_ones_none(held: tuple[Store, ReviewDefinition]) -> None:
    store, review = held
    add(store, 1, 5, "Magnetic stimulation for migraine")
    add(store, 10, 22, "Knee surgery cohort")
    for number in range(1, 5):
        say(store, number, Verdict.INCLUDE)
    for number in range(10, 22):
        say(store, number, Verdict.EXCLUDE)
    add(store, 30, 32, "Knee surgery registry cohort")
    add(store, 40, 41, "Magnetic stimulation in chronic migraine")
    opinion = ranking_opinion(store, review)
    assert opinion("pubmed:40") == "1st of 3 unread"
    assert {opinion("pubmed:30"), opinion("pubmed:31")} == {"2nd of 3 unread", "3rd of 3 unread"}
    assert opinion("pubmed:1") is None
    assert opinion("pubmed:999") is None


def test_a_duplicate_shares_the_place_of_its_report(held: tuple[Store, ReviewDefinition]) -> None:
    store, review = held
    test_unread_reports_get_their_place_and_read_ones_none(held)
    run = store.begin_search("file: x", "x.csv", THEN, source="x")
    copy = Record(source="x", source_id="1", title="Magnetic stimulation in chronic migraine, report 40")
    store.add_records(run, "file: x", [(copy, None)], now=THEN)
    store.link_duplicates([["pubmed:40", copy.key]])
    assert ranking_opinion(store, review)(copy.key) == "1st of 3 unread"


def test_single_votes_make_no_opinion_that_everybody_reads(tmp_path: Path) -> None:
    folder = make_review(tmp_path / "review", reviewers=2)
    with Store.open(folder) as store:
        add_people(store)
        add(store, 1, 5, "Magnetic stimulation for migraine")
        add(store, 10, 22, "Knee surgery cohort")
        add(store, 40, 41, "Magnetic stimulation in chronic migraine")
        for number in range(1, 5):
            say(store, number, Verdict.INCLUDE)
        for number in range(10, 22):
            say(store, number, Verdict.EXCLUDE)
        assert ranking_opinion(store, load_review(folder))("pubmed:40") is None
