"""Which pairs are compared: all that could be one report, and no more than a bounded number for each record."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from ingest.duplicates import Verdict, find_duplicates
from ingest.duplicates.blocking import MANY, WINDOW, Blocks
from ingest.duplicates.comparison import compare
from ingest.duplicates.misleading import set_aside
from ingest.duplicates.rules import rule_for
from ingest.duplicates.sketch import Sketch, sketch
from ingest.record import Record
from tests.duplicate_records import TITLE, labelled, record


def sketches(records: list[Record]) -> list[Sketch]:
    return set_aside([sketch(one) for one in records], [one.source for one in records])


@pytest.mark.parametrize("name", ["cytology_screening", "respiratory", "diabetes"])
def test_every_labelled_pair_is_compared(name: str) -> None:
    records, truth = labelled(name)
    blocks = Blocks(sketches(records))
    assert [pair for pair in truth if pair[1] not in blocks.neighbours(pair[0])] == []


def test_an_exhaustive_comparison_finds_nothing_that_the_keys_miss() -> None:
    """Six hundred records, each with each. The whole sets: docs/duplicates-rules.md."""
    records, _ = labelled("respiratory")
    found = sketches(records)[:600]
    blocks = Blocks(found)
    missed = [
        (i, j)
        for i, j in combinations(range(len(found)), 2)
        if j not in blocks.neighbours(i) and rule_for(compare(found[i], found[j])).verdict is not Verdict.DIFFERENT
    ]
    assert missed == []


MOST = 8 * MANY + 8 * 10 * 2 * WINDOW  # keys, and parts of each: what one record can be compared with at most


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"title": "Editorial", "authors": (), "pages": ""},
        {"doi": "10.1/one", "pmid": "1"},
        {"authors": (" ".join(f"Name{n}" for n in range(150)),) * 60},
    ],
)
def test_each_record_of_thousands_alike_is_compared_with_few(fields: dict[str, Any]) -> None:
    records = [record(**fields, source_id=str(n)) for n in range(2000)]
    blocks = Blocks([sketch(one) for one in records[:1]] * len(records))
    sizes = [len(blocks.neighbours(index)) for index in range(0, len(records), 50)]
    assert max(sizes) <= MOST
    assert min(sizes) >= WINDOW


def test_neighbours_are_mutual() -> None:
    records = [record(source_id=str(n), volume=str(n % 7), pages=str(n % 50), year=1990 + n % 9) for n in range(400)]
    blocks = Blocks([sketch(one) for one in records])
    assert all(index in blocks.neighbours(other) for index in range(0, 400, 9) for other in blocks.neighbours(index))


def test_a_twin_among_hundreds_of_one_title_is_found() -> None:
    """Editorials of many journals and years: a block of six hundred, and two entries of one of them."""
    many = [
        record(
            source_id=str(n),
            title="Editorial comment",
            authors=(f"Author{n} A",),
            journal=f"Journal {n % 40}",
            volume=str(n % 37 + 1),
            pages=f"{n + 1}",
            year=1980 + n % 40,
        )
        for n in range(600)
    ]
    twin = record(
        source_id="twin",
        title="EDITORIAL COMMENT.",
        authors=("Author311 A",),
        journal="Journal 31",
        volume=many[311].volume,
        pages="312",
        year=many[311].year,
        doi="10.1/x",
    )
    assert find_duplicates([*many, twin]).groups == ((311, 600),)


def test_hundreds_of_entries_of_one_article_become_one_report() -> None:
    found = find_duplicates([record(source_id=str(n), title=TITLE if n % 2 else TITLE.upper()) for n in range(500)])
    assert found.groups == (tuple(range(500)),)
    assert found.unsure == ()
