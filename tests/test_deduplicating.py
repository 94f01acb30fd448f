"""Looking for duplicates after every refresh: only what is new is compared, and the answer is that of a full run."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from ingest.duplicates import Duplicates, judge
from ingest.readers import read_records
from ingest.record import Record
from tests.review_facts import NOW
from tests.shared_data import shared
from workbench.refresh import deduplicating
from workbench.refresh.deduplicating import KEPT_APART, deduplicate, last_run, uncompared
from workbench.store import SYSTEM, Store

PLACE = {"journal": "Pain", "year": 2020, "volume": "12", "issue": "3"}
TITLES = (
    "Motor cortex stimulation in neuropathic pain after spinal cord injury",
    "Occipital nerve blocks for cluster headache in adolescents",
    "Theta burst over the dorsolateral prefrontal cortex in fibromyalgia",
    "Long-term opioid use and quality of life among older veterans",
)
AUTHORS = ("Adler", "Berg", "Cohen", "Dahl")


def paper(source: str, number: int, **fields: object) -> Record:
    """One source's record of the paper with this number."""
    given: dict[str, object] = {
        "source": source,
        "source_id": str(number),
        "title": TITLES[number],
        "authors": (f"{AUTHORS[number]} Jane", "Roe Richard"),
        "pages": f"{100 * number + 1}-{100 * number + 9}",
        **PLACE,
        **fields,
    }
    return Record(**given)  # type: ignore[arg-type]


def add(store: Store, *records: Record) -> None:
    run = store.begin_search("pain", "rTMS")
    store.add_records(run, "pain", [(each, None) for each in records])
    store.finish_search(run)


def reports(store: Store) -> list[tuple[str, ...]]:
    return [report.record_keys for report in store.reports() if len(report.record_keys) > 1]


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int | None]]:
    """How often records were compared: (of how many, how many of them new; None for all)."""
    calls: list[tuple[int, int | None]] = []
    find = deduplicating.find_duplicates

    def counted(records: Sequence[Record], *, new: set[int] | None = None) -> Duplicates:
        calls.append((len(records), None if new is None else len(new)))
        return find(records, new=new)

    monkeypatch.setattr(deduplicating, "find_duplicates", counted)
    return calls


def test_only_new_and_changed_records_are_compared_and_with_all(
    store: Store, compared: list[tuple[int, int | None]]
) -> None:
    add(store, paper("pubmed", 0), paper("pubmed", 1), paper("embase", 1))
    first = deduplicate(store)
    assert (first.groups, first.linked, first.compared, first.records) == (1, 1, 3, 3)
    assert deduplicate(store).compared == 0
    add(store, paper("embase", 0), paper("pubmed", 1, abstract="Now with an abstract."))
    assert uncompared(store) == 2
    second = deduplicate(store)
    assert (second.groups, second.linked, second.compared, second.records) == (2, 1, 2, 4)
    assert reports(store) == [("pubmed:0", "embase:0"), ("pubmed:1", "embase:1")]
    assert compared == [(3, None), (4, 2)]
    assert deduplicate(store, everything=True).compared == 5 - 1
    assert compared[-1] == (4, None)
    assert uncompared(store) == 0


def test_links_are_the_workbenchs_with_the_rule_that_made_them_and_the_run_names_who_started_it(store: Store) -> None:
    assert last_run(store) is None
    add(store, paper("a", 0), paper("b", 0), paper("c", 1))
    deduplicate(store, by="anna", now=NOW)
    (report,) = store.linked_reports()
    (link,) = report.links
    assert (link.by, link.reasons) == (SYSTEM, (judge(paper("a", 0), paper("b", 0))[1],))
    assert report.automatic
    run = last_run(store)
    assert run is not None
    assert (run.by, run.at, run.compared, run.records, run.linked, run.asked) == ("anna", NOW, 3, 3, 1, 0)


def test_every_record_is_compared_anew_once_the_rules_are_updated(
    store: Store, compared: list[tuple[int, int | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, paper("a", 0), paper("b", 1))
    deduplicate(store)
    monkeypatch.setattr(deduplicating, "__version__", "99")
    told: list[str] = []
    deduplicate(store, tell=told.append)
    deduplicate(store)
    assert compared == [(2, None), (2, None)]
    assert "rules were updated" in told[0]


def test_an_interrupted_run_is_made_up_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    add(store, paper("a", 0), paper("b", 0))
    with monkeypatch.context() as patch:
        patch.setattr(Store, "add_unsure_pairs", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            deduplicate(store)
    assert uncompared(store) == 2
    again = deduplicate(store)
    assert (again.groups, again.linked, again.compared) == (1, 0, 2)


def test_what_a_person_took_apart_is_not_joined_again_and_said_so(store: Store) -> None:
    add(store, paper("a", 0), paper("b", 0))
    deduplicate(store)
    store.unlink_duplicate("b:0", "anna")
    again = deduplicate(store, everything=True)
    assert (again.linked, again.unsure) == (0, 0)
    assert again.refused == (("a:0", "b:0"),)


def test_a_record_like_two_that_a_person_keeps_apart_is_left_to_a_person(store: Store) -> None:
    add(store, paper("a", 0), paper("b", 0))
    store.settle_unsure("a:0", "b:0", same=False, by="anna")
    add(store, paper("c", 0))
    found = deduplicate(store)
    assert (found.linked, found.unsure) == (0, 2)
    assert [(pair.first, pair.second, pair.reasons) for pair in store.unsure_pairs()] == [
        ("a:0", "c:0", (KEPT_APART,)),
        ("b:0", "c:0", (KEPT_APART,)),
    ]
    store.settle_unsure("b:0", "c:0", same=True, by="anna")
    assert store.unsure_pairs() == ()  # the other question is answered with it
    assert deduplicate(store, everything=True).unsure == 0
    store.settle_unsure("b:0", "c:0", same=False, by="anna")
    assert [(pair.first, pair.second) for pair in store.unsure_pairs()] == [("a:0", "c:0")]


@pytest.mark.parametrize("name", ["cytology_screening", "diabetes", "respiratory"])
def test_in_portions_it_gives_the_same_as_a_run_over_everything(name: str, tmp_path: Path) -> None:
    file = shared(f"data/dedupe/{name}/records.csv.gz")
    records = [each for each in read_records(file) if isinstance(each, Record)][:500]
    random.Random(len(records)).shuffle(records)
    cuts = (0, 300, 490, 500)

    def standing(label: str, portions: Sequence[int], *, everything: bool) -> tuple[object, object]:
        with Store.at(f"sqlite:///{tmp_path / label}.db") as store:
            for start, end in pairwise(portions):
                add(store, *records[start:end])
                deduplicate(store, everything=everything)
            return reports(store), {(pair.first, pair.second) for pair in store.unsure_pairs()}

    incremental = standing("incremental", cuts, everything=False)
    assert incremental == standing("full", cuts, everything=True)
    at_once = standing("at once", (0, 500), everything=True)
    assert incremental[0] == at_once[0]
