"""The merged record: the best of each field, from whom, the same in whatever order the records come."""

from __future__ import annotations

import csv
import random
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.merging import merge
from ingest.merging.soundness import without_markup
from ingest.readers import read_records
from ingest.record import Link, Record
from tests.shared_data import shared


def record(source: str = "embase", **given_fields: Any) -> Record:
    return Record(**{"source": source, "source_id": "1", "title": "", **given_fields})


def taken(field: str, **by_source: Any) -> tuple[Any, str]:
    """What is taken for a field of records that differ in it alone, and from which source."""
    merged = merge([record(source, **{field: value}) for source, value in by_source.items()])
    return getattr(merged.record, field), merged.taken_from[field].partition(":")[0]


# --- one rule at a time -----------------------------------------------------------------------------------------------

TITLE = "Repetitive transcranial magnetic stimulation for chronic pain: a sham-controlled trial"


@pytest.mark.parametrize(
    "worse",
    [
        TITLE.upper(),
        "Repetitive transcranial magnetic stimulation for chronic pain",
        "Repetitive transcranial magnetic stimulation for chronic ...",
        TITLE + ". [Erratum appears in J Pain. 2010;1(2):3]",
        TITLE + " [Spanish]",
        f"[{TITLE}]",
        TITLE.replace("chronic", "chr?nic"),
        TITLE.replace("pain", "<i>pain</i>"),
        TITLE.replace("magnetic", "magnetic&nbsp;"),
    ],
)
def test_the_title_that_is_whole_and_legible_is_taken_even_from_the_later_source(worse: str) -> None:
    assert taken("title", pubmed=worse, wos=TITLE) == (TITLE, "wos")


def test_of_two_sound_titles_pubmeds_is_taken() -> None:
    assert taken("title", embase=TITLE.replace("sham", "Sham"), pubmed=TITLE) == (TITLE, "pubmed")


def test_a_title_that_every_source_marks_up_is_cleaned_and_one_record_alone_is_not() -> None:
    marked = "H<sub>2</sub>O &amp; <i>in <b>vivo</b></i> pain at p < 0.05 and a<b"
    merged = merge([record("a", title=marked), record("b", title=marked)])
    assert merged.record.title == "H2O & in vivo pain at p < 0.05 and a<b"
    assert merge([record("a", title=marked)]).record.title == marked
    abstract = merge([record("a", abstract=f"A: {marked}\nB: 10<sup>6</sup>"), record("b")]).record.abstract
    assert abstract == "A: H2O & in vivo pain at p < 0.05 and a<b\nB: 106"


LONG = "BACKGROUND: Pain lasts long in many.\nMETHODS: Twenty people, ten hertz.\nRESULTS: Less pain after real rTMS."


@pytest.mark.parametrize(
    "worse",
    [
        LONG[:60],
        LONG[:60] + "...",
        LONG[:60] + " (ABSTRACT TRUNCATED AT 250 WORDS)",
        LONG.replace("\n", " ") + " Copyright (c) 2010 Some Publisher. All rights reserved by them for ever and ever.",
        LONG.upper(),
    ],
)
def test_the_longest_complete_abstract_is_taken(worse: str) -> None:
    assert taken("abstract", pubmed=worse, wos=LONG) == (LONG, "wos")


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        (("Doe J", "Roe R"), ("Doe Jane", "Roe Richard")),
        (("Doe Jane",), ("Doe J", "Roe R")),
        (("Doe Jane", "Roe Richard", "et al."), ("Doe J", "Roe R")),
        (("Doe, Jane, Roe, Richard",), ("Doe J", "Roe R")),
        (("Doe", "Jane", "Roe", "Richard"), ("Doe J", "Roe R")),
        (("M?ller Anna", "Roe R"), ("Müller A", "Roe R")),
        (("Muller A", "Roe R"), ("Müller A", "Roe R")),
        (("DOE JANE", "ROE RICHARD"), ("Doe Jane", "Roe Richard")),
        (("van den Berg J-P",), ("van den Berg Jean-Pascal",)),
    ],
)
def test_the_most_complete_list_of_authors_is_taken(worse: tuple[str, ...], better: tuple[str, ...]) -> None:
    assert taken("authors", pubmed=worse, wos=better) == (better, "wos")


@pytest.mark.parametrize(
    ("given_pages", "expected"),
    [
        (("1383-92", "1383-1392"), "1383-1392"),
        (("1383", "1383-92"), "1383-92"),
        (("Jan-14", "1-14"), "1-14"),
        (("no pagination", "e12724"), "e12724"),
        (('"230-5, 246-51"', "233-8"), "233-8"),
        (("S67", "67-70", "S67-S70"), "S67-S70"),
    ],
)
def test_pages_are_the_full_range(given_pages: tuple[str, ...], expected: str) -> None:
    records = [record(f"s{n}", pages=pages) for n, pages in enumerate(given_pages)]
    assert merge(records).record.pages == expected


def test_the_place_in_print_goes_together_and_gives_the_printed_year() -> None:
    early = record("pubmed", year=2019, published="2019 Dec 30", pages="e1")
    printed = record("embase", year=2020, published="2020 Mar", volume="12", issue="3", pages="45-52")
    torn = record("scopus", year=2020, volume="3)", issue="", pages="45")
    merged = merge([early, printed, torn])
    found = merged.record
    assert (found.year, found.published, found.volume, found.issue, found.pages) == (
        *(2020, "2020 Mar", "12", "3", "45-52"),
    )
    assert {merged.taken_from[name] for name in ("year", "published", "volume", "issue", "pages")} == {printed.key}


def test_an_issue_of_another_volume_is_not_mixed_in() -> None:
    merged = merge([record("a", volume="12", pages="1-9"), record("b", volume="13", issue="4")])
    assert (merged.record.volume, merged.record.issue) == ("12", "")


def test_pubmeds_identifiers_headings_and_types_go_before_others() -> None:
    theirs = record(
        "embase", pmid="99", doi="10.1000/wrong", pmcid="PMC9", mesh=("a", "b", "c"), publication_types=("Article", "x")
    )
    ours = record("pubmed", pmid="1", doi="10.1000/right", mesh=("Pain/*therapy",), publication_types=("Editorial",))
    found = merge([theirs, ours]).record
    assert (found.pmid, found.doi, found.mesh, found.publication_types) == (
        *("1", "10.1000/right", ("Pain/*therapy",), ("Editorial",)),
    )
    assert found.pmcid == "PMC9"  # PubMed gives none
    assert found.key == "pubmed:1"


def test_a_doi_that_is_none_loses_and_the_one_that_most_give_wins() -> None:
    assert taken("doi", pubmed="see publisher", wos="10.1000/x")[0] == "10.1000/x"
    assert taken("doi", a="10.1000/x", b="10.1000/y", c="10.1000/y")[0] == "10.1000/y"


def test_lists_hold_what_any_record_says_once() -> None:
    notice = Link(type="RetractionIn", pmid="7")
    a = record("a", keywords=("rTMS", "Pain"), language=("English",), registry_ids=("NCT00000001",), links=(notice,))
    b = record("pubmed", keywords=("pain", "sham"), language=("eng",), links=(notice, Link(type="ErratumIn")))
    merged = merge([a, b])
    assert merged.record.keywords == ("pain", "sham", "rTMS")
    assert merged.record.language == ("eng",)
    assert merged.record.links == (notice, Link(type="ErratumIn"))
    assert merged.origins["keywords"] == ("pubmed:1", "a:1")
    assert merged.origins["registry_ids"] == ("a:1",)


def test_a_retraction_that_one_source_knows_of_counts() -> None:
    merged = merge([record("pubmed"), record("embase", retracted=True)])
    assert merged.record.retracted
    assert merged.taken_from["retracted"] == "embase:1"
    assert not merged.conflicts


# --- contradictions ---------------------------------------------------------------------------------------------------

ABSTRACT = "Pain lasts long in many people, and few treatments help. " * 6
OTHER = "Quite another text about knees, hips and shoulders was written here by somebody else. " * 5


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("title", TITLE, "Deep brain stimulation in Parkinson's disease"),
        ("abstract", ABSTRACT, OTHER),
        ("authors", ("Doe Jane",), ("Kowalski Piotr",)),
        ("journal", "Journal of Pain", "Brain Stimulation"),
        ("year", 2018, 2020),
        ("volume", "12", "13"),
        ("pages", "45-52", "e45-e52 46"),
        ("pmid", "1", "2"),
        ("doi", "10.1000/x", "10.1000/y"),
        ("registry_ids", ("NCT00000001",), ("NCT00000002",)),
        ("language", ("eng",), ("German",)),
    ],
)
def test_a_true_contradiction_is_listed_with_who_says_what(field: str, one: Any, other: Any) -> None:
    if field == "pages":
        other = "46-52"
    merged = merge([record("a", **{field: one}), record("b", **{field: other}), record("c")])
    assert [conflict.field for conflict in merged.conflicts] == [field]
    assert [key for key, _ in merged.conflicts[0].says] == ["a:1", "b:1"]


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("title", TITLE, TITLE.upper() + " [German]"),
        ("title", TITLE, TITLE.partition(":")[0]),
        ("abstract", ABSTRACT, ABSTRACT[:250]),
        ("abstract", ABSTRACT, "Short."),
        ("authors", ("Doe Jane", "Roe Richard"), ("Jane Doe",)),
        ("authors", ("Ekmekcioglu O",), ("Ekmekçio?lu O.",)),
        ("journal", "The Journal of Clinical Virology", "J Clin Virol"),
        ("journal", "JAMA", "Journal of the American Medical Association"),
        ("year", 2019, 2020),
        ("volume", "65 Suppl. 2", "65"),
        ("pages", "t-8", "2665-2668"),
        ("pages", "1383-92", "1383-1392"),
        ("pages", "e123", "45-52"),
        ("registry_ids", ("NCT00000001",), ("ISRCTN00000002",)),
        ("language", ("eng",), ("English",)),
        ("pmid", "1", None),
    ],
)
def test_another_spelling_a_gap_or_an_early_date_is_no_contradiction(field: str, one: Any, other: Any) -> None:
    assert not merge([record("a", **{field: one}), record("b", **{field: other})]).conflicts


def test_a_supplements_number_given_as_the_volume_is_no_contradiction() -> None:
    supplement = record("a", volume="61", issue="10 SUPPL. 1")
    assert not merge([supplement, record("b", volume="1")]).conflicts
    assert merge([supplement, record("b", volume="2")]).conflicts


# --- always -----------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        "",
        "Pain",
        "PAIN IN THE WHOLE BODY",
        "Pain and more of it",
        "p<b>a</b>in",
        "[Schmerz]",
        "12",
        "1-9",
        "e1",
        "1)",
        "x" * 90,
    ]
)
NAMES = st.lists(st.sampled_from(["Doe J", "Doe Jane", "Müller A", "et al.", "Group"]), max_size=3).map(tuple)
RECORDS = st.builds(
    Record,
    source=st.sampled_from(["pubmed", "a", "b"]),
    source_id=st.sampled_from(["1", "2"]),
    title=WORDS,
    original_title=WORDS,
    abstract=WORDS,
    authors=NAMES,
    journal=WORDS,
    year=st.none() | st.integers(1990, 1994),
    published=WORDS,
    volume=WORDS,
    issue=WORDS,
    pages=WORDS,
    language=NAMES,
    publication_types=NAMES,
    mesh=NAMES,
    keywords=NAMES,
    pmid=st.sampled_from([None, "1", "2", "x"]),
    version=st.none() | st.integers(1, 3),
    doi=st.sampled_from([None, "10.1000/x", "10.1000/y", "y"]),
    pmcid=st.sampled_from([None, "PMC1", "1"]),
    registry_ids=NAMES,
    retracted=st.booleans(),
    retraction_notice=st.booleans(),
    links=st.lists(st.builds(Link, type=WORDS, pmid=st.sampled_from([None, "7"])), max_size=2).map(tuple),
    notes=NAMES,
)
SCALARS = (
    "original_title",
    "abstract",
    "journal",
    "year",
    "published",
    "volume",
    "issue",
    "pages",
    "pmid",
    "doi",
    "pmcid",
)
LISTS = ("language", "keywords", "registry_ids", "links", "notes")
COMPARED = [each.name for each in fields(Record) if each.compare]


@settings(max_examples=150, deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter_and_copies_do_not_count(
    records: list[Record], order: random.Random
) -> None:
    merged = merge(records)
    shuffled = [*records, *records[:1]]
    order.shuffle(shuffled)
    assert merge(shuffled) == merged


@settings(max_examples=150, deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=5))
def test_every_value_is_some_records_own_and_its_origin_says_it(records: list[Record]) -> None:
    merged = merge(records)
    for name in SCALARS:
        value = getattr(merged.record, name)
        assert (name in merged.origins) == (value not in (None, ""))
        for key in merged.origins.get(name, ()):
            said = [getattr(each, name) for each in records if each.key == key]
            assert value in (said if name != "abstract" else [*said, *map(without_markup, said)])
        if value in (None, "") and name not in ("issue", "pages", "published"):
            assert all(getattr(each, name) in (None, "") for each in records)
    for name in LISTS:
        said = {item for each in records for item in getattr(each, name)}
        assert set(getattr(merged.record, name)) <= said
        assert bool(getattr(merged.record, name)) == bool(said)
    assert merged.record.retracted == any(each.retracted for each in records)
    assert set(merged.keys) == {each.key for each in records}
    assert set(merged.origins) <= set(COMPARED)


@settings(max_examples=100, deadline=None)
@given(st.lists(RECORDS, min_size=2, max_size=4))
def test_what_was_merged_stays_what_it_is_and_the_records_stay_as_they_were(records: list[Record]) -> None:
    before = [each.as_dict() for each in records]
    merged = merge(records).record
    assert [each.as_dict() for each in records] == before
    assert merge([merged]).record == merged
    assert merge([merged, merged]).record == merged


def test_without_records_there_is_nothing_to_merge() -> None:
    with pytest.raises(ValueError, match="nothing to merge"):
        merge([])


def test_the_labelled_duplicates_merge_with_few_contradictions() -> None:
    folder = shared("data/dedupe/diabetes")
    records = {each.source_id: each for each in read_records(folder / "records.csv.gz") if isinstance(each, Record)}
    groups: dict[str, list[Record]] = {}
    with (folder / "duplicate_groups.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            groups.setdefault(row["group"], []).append(records[row["record_id"]])
    merged = [merge(group) for group in groups.values()]
    clashes = [conflict.field for each in merged for conflict in each.conflicts]
    assert len(merged) == 573
    for field in ("title", "authors", "journal", "abstract"):
        assert clashes.count(field) <= 6, field
    assert all(
        each.record.abstract
        for each, group in zip(merged, groups.values(), strict=True)
        if any(r.abstract for r in group)
    )
