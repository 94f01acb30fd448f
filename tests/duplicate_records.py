"""Invented entries of one invented article, for the tests of duplicates."""

from __future__ import annotations

import csv
from collections import defaultdict
from itertools import combinations
from typing import Any

from hypothesis import strategies as st

from ingest import read_records
from ingest.duplicates import Duplicates
from ingest.record import Record
from tests.shared_data import shared


def record(**fields: Any) -> Record:
    """An invented article; the keywords say what is different about this entry of it."""
    standard = {
        "source": "csv",
        "source_id": "1",
        "title": "Repetitive transcranial magnetic stimulation for neuropathic pain: a sham-controlled trial",
        "authors": ("Lemaire Anne", "Okafor Chidi", "Yamada Ken"),
        "journal": "European Journal of Pain",
        "year": 2015,
        "volume": "19",
        "issue": "4",
        "pages": "512-520",
    }
    return Record(**{**standard, **fields})


TITLE = record().title

_WORDS = st.sampled_from("pain stimulation cortex motor migraine trial sham stroke part I II 2 of in and".split())  # noqa: SIM905
RECORDS = st.builds(
    record,
    source_id=st.just("x"),
    title=st.lists(_WORDS, max_size=8).map(" ".join),
    authors=st.lists(st.sampled_from(["Lemaire A", "Okafor C", "Pain Study Group"]), max_size=2).map(tuple),
    year=st.sampled_from([None, 2015, 2016, 2019]),
    volume=st.sampled_from(["", "19", "20"]),
    pages=st.sampled_from(["", "1-8", "512-520", "512", "S67", "e1234"]),
    doi=st.sampled_from([None, "10.1/a", "10.1/b"]),
    pmid=st.sampled_from([None, "1", "2"]),
)
# Entries of few papers with gaps: what joins, contradicts and fits two papers at once.
ENTRIES = st.builds(
    record,
    source_id=st.just("x"),
    title=st.sampled_from([TITLE, TITLE.upper(), f"{TITLE} in 20 people", f"Erratum: {TITLE}", "Editorial"]),
    authors=st.sampled_from([("Lemaire A", "Okafor C"), ("Lemaire A",), ()]),
    year=st.sampled_from([None, 2015, 2016]),
    volume=st.sampled_from(["", "19", "20"]),
    pages=st.sampled_from(["", "512-520", "512", "900-910"]),
    doi=st.sampled_from([None, None, "10.1/a", "10.1/b"]),
    pmid=st.sampled_from([None, None, "1", "2"]),
)


def labelled(name: str) -> tuple[list[Record], set[tuple[int, int]]]:
    """A published set and its labelled pairs (data/dedupe/README.md)."""
    found = [item for item in read_records(shared(f"data/dedupe/{name}/records.csv.gz")) if isinstance(item, Record)]
    position = {item.source_id: index for index, item in enumerate(found)}
    groups = defaultdict(list)
    with shared(f"data/dedupe/{name}/duplicate_groups.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            groups[row["group"]].append(position[row["record_id"]])
    return found, pairs_of(tuple(map(tuple, groups.values())))


def pairs_of(groups: tuple[tuple[int, ...], ...]) -> set[tuple[int, int]]:
    """All pairs within groups, lower position first."""
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def asked_about(result: Duplicates) -> set[tuple[int, int]]:
    """The pairs that would be settled by answering yes to every question."""
    group_of = {index: group for group in result.groups for index in group}
    return {
        (min(i, j), max(i, j))
        for unsure in result.unsure
        for i in group_of.get(unsure.pair[0], (unsure.pair[0],))
        for j in group_of.get(unsure.pair[1], (unsure.pair[1],))
    }
