"""Duplicates: nothing that is not one report is ever joined, and nearly all that is."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import read_records
from ingest.duplicates import RULES, Duplicates, Verdict, find_duplicates, judge
from ingest.record import Record
from tests.duplicate_records import ENTRIES, RECORDS, TITLE, asked_about, labelled, pairs_of, record
from tests.shared_data import shared

DIFFERENT = Verdict.DIFFERENT
SETS = ("cytology_screening", "respiratory", "diabetes")

# ------------------------------------------------------------------------------------------------------------ real sets


@pytest.mark.parametrize("name", SETS)
def test_the_aims_are_met_on_each_labelled_set(name: str) -> None:
    """No pair joined falsely; 98 % of labelled pairs joined, 99.5 % joined or asked about; few questions.

    bib-dedupe's labels (their definition: data/dedupe/README.md), the same settings for each set.
    """
    records, truth = labelled(name)
    result = find_duplicates(records)
    joined = pairs_of(result.groups)
    assert joined - truth == set()
    assert len(joined & truth) / len(truth) >= 0.98
    assert len((joined | asked_about(result)) & truth) / len(truth) >= 0.995
    assert len(result.unsure) <= 0.03 * len(records)


EXPORTS = {
    "one search in six databases": (
        "CiteSource__Dimensions_246.ris.gz",
        "CiteSource__econlit_3.ris",
        "CiteSource__envindex_100.ris.gz",
        "CiteSource__lens_343.ris.gz",
        "CiteSource__medline_84.ris.gz",
        "CiteSource__wos_278.ris.gz",
    ),
    "one search in three databases": (
        "revtools__restoration_pubmed.nbib.gz",
        "revtools__restoration_scopus.ris.gz",
        "revtools__restoration_WoS.ciw.gz",
    ),
}


def exported(name: str) -> list[Record]:
    paths = [shared(f"data/citation_exports/files/{file}") for file in EXPORTS[name]]
    return [item for path in paths for item in read_records(path) if isinstance(item, Record)]


def same_identifier(records: list[Record]) -> set[tuple[int, int]]:
    bearers: dict[str, list[int]] = defaultdict(list)
    for index, one in enumerate(records):
        for identifier in (one.doi, one.pmid and f"PMID {one.pmid}"):
            if identifier:
                bearers[identifier].append(index)
    return pairs_of(tuple(map(tuple, bearers.values())))


@pytest.mark.parametrize("name", EXPORTS)
def test_what_identifiers_say_of_real_exports_is_found_without_them(name: str) -> None:
    """Pairs under one DOI or PMID serve as labels; then the identifiers are taken away, and it is done again."""
    records = exported(name)
    truth = same_identifier(records)
    for given_records, automatic, findable in (
        (records, 0.98, 1.0),
        ([replace(one, doi=None, pmid=None, links=()) for one in records], 0.97, 0.99),
    ):
        result = find_duplicates(given_records)
        joined = pairs_of(result.groups)
        assert len(joined & truth) / len(truth) >= automatic
        assert len((joined | asked_about(result)) & truth) / len(truth) >= findable
        for i, j in joined:
            assert not (records[i].pmid and records[j].pmid) or records[i].pmid == records[j].pmid


SCREENED = ("ADHD", "CalciumChannelBlockers", "NSAIDS", "Triptans")


@pytest.mark.parametrize("identifiers", [True, False])
def test_records_with_different_pmids_are_never_joined(identifiers: bool) -> None:
    """Thousands of PubMed records on few subjects, one after the other from four reviews."""
    records = [
        item
        for name in SCREENED
        for item in read_records(shared(f"data/screening/Cohen_2006_{name}.csv.gz"))
        if isinstance(item, Record)
    ]
    judged = records if identifiers else [replace(one, doi=None, pmid=None) for one in records]
    result = find_duplicates(judged)
    assert all(records[i].pmid == records[j].pmid for i, j in pairs_of(result.groups))
    if identifiers:
        assert result.unsure == ()


def test_the_order_of_the_records_changes_no_group() -> None:
    records, _ = labelled("diabetes")
    order = list(range(len(records)))
    random.Random(7).shuffle(order)
    shuffled = find_duplicates([records[index] for index in order])
    groups = {frozenset(records[index].source_id for index in group) for group in find_duplicates(records).groups}
    assert {frozenset(records[order[index]].source_id for index in group) for group in shuffled.groups} == groups


# ------------------------------------------------------------------------------------------------- general properties


@given(first=RECORDS | ENTRIES, second=RECORDS | ENTRIES)
@settings(max_examples=400, deadline=None)
def test_the_verdict_does_not_depend_on_who_comes_first(first: Record, second: Record) -> None:
    assert judge(first, second) == judge(second, first)


@given(records=st.lists(RECORDS | ENTRIES, max_size=12))
@settings(max_examples=100, deadline=None)
def test_groups_are_disjoint_and_never_hold_a_certain_difference(records: list[Record]) -> None:
    result = find_duplicates(records)
    members = [index for group in result.groups for index in group]
    assert len(members) == len(set(members))
    assert all(len(group) > 1 and list(group) == sorted(group) for group in result.groups)
    shared_dois = {r.doi for r in records if sum(other.doi == r.doi for other in records) >= 3}
    for i, j in pairs_of(result.groups):
        if not shared_dois & {records[i].doi, records[j].doi}:  # whose DOIs may have been set aside
            assert judge(records[i], records[j])[0] is not DIFFERENT
    for one in result.unsure:
        assert one.pair[0] < one.pair[1]
        assert one.reasons
        assert not any(set(one.pair) <= set(group) for group in result.groups)


def test_the_last_rule_always_applies_and_every_rule_has_a_name_of_its_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    nothing = Record(source="a", source_id="1", title="")
    assert judge(nothing, replace(nothing, source_id="2"))[0] is DIFFERENT
    assert find_duplicates([]).groups == ()


# ------------------------------------------------------------------------------------------------------ new records


def concerning(full: Duplicates, new: set[int]) -> tuple[object, object]:
    """What a run over everything says of groups and questions with a new record in them."""
    group_of = {index: group for group in full.groups for index in group}
    return (
        tuple(group for group in full.groups if new & set(group)),
        tuple(one for one in full.unsure if any(new & set(group_of.get(index, (index,))) for index in one.pair)),
    )


@given(records=st.lists(ENTRIES | RECORDS, max_size=10), data=st.data())
@settings(max_examples=150, deadline=None)
def test_new_records_are_settled_as_a_run_over_everything_would(records: list[Record], data: st.DataObject) -> None:
    new = data.draw(st.sets(st.integers(0, len(records) - 1))) if records else set()
    result = find_duplicates(records, new=new)
    assert (result.groups, result.unsure) == concerning(find_duplicates(records), new)


def test_new_records_of_a_real_set_are_settled_as_a_run_over_everything_would() -> None:
    records, _ = labelled("respiratory")
    full = find_duplicates(records)
    chance = random.Random(11)
    for size in (1, 100):
        new = set(chance.sample(range(len(records)), size))
        result = find_duplicates(records, new=new)
        assert (result.groups, result.unsure) == concerning(full, new)


def test_a_new_record_does_not_join_two_old_ones_that_contradict_each_other() -> None:
    old = [record(volume="19", issue="", pages="512-520"), record(volume="19", issue="", pages="900-910")]
    result = find_duplicates([*old, record(volume="", issue="", pages="")], new=[2])
    assert result.groups == ()
    assert {one.pair for one in result.unsure} >= {(0, 2), (1, 2)}


def test_a_position_that_holds_no_record_is_refused() -> None:
    with pytest.raises(IndexError, match="position 5"):
        find_duplicates([record()], new=[5])


def test_no_new_record_means_nothing_to_say() -> None:
    result = find_duplicates([record(), record()], new=())
    assert (result.groups, result.unsure) == ((), ())


# --------------------------------------------------------------------------------------------------- many and hostile


def test_every_third_of_thousands_has_a_twin_and_each_is_found() -> None:
    chance = random.Random(1)
    words = [f"{stem}{end}" for stem in ("pain", "cort", "stim", "neur", "migr", "card") for end in range(200)]
    originals = [
        record(
            source_id=str(n),
            title=" ".join(chance.choices(words, k=12)),
            authors=(f"Author{n % 997} A",),
            volume=str(n % 60),
            pages=f"{n % 900}-{n % 900 + 9}",
        )
        for n in range(1500)
    ]
    twins = [replace(one, source_id=f"t{one.source_id}", title=one.title.upper()) for one in originals[::3]]
    assert len(find_duplicates([*originals, *twins]).groups) == len(twins)


@pytest.mark.parametrize(
    "title",
    [
        "Editorial", "x" * 50_000, "pain " * 5000, "[" * 3000, "[x" * 3000, "a" + " " * 5000 + "b", "<ORIGINAL>" * 500,
        "... " * 2000, "(vol 1, " * 500, "Re: " * 1000, "",
    ],
)  # fmt: skip
def test_many_equal_and_odd_titles_of_different_papers_are_not_joined(title: str) -> None:
    records = [record(source_id=str(n), title=title, volume=str(n), pages=str(n)) for n in range(1, 300)]
    assert find_duplicates(records).groups == ()


@given(
    text=st.text(max_size=80),
    other=st.text(max_size=80),
    pages=st.text(max_size=20),
    volume=st.text(max_size=10),
    names=st.lists(st.text(max_size=30), max_size=3).map(tuple),
    journal=st.text(max_size=40),
)
@settings(max_examples=300, deadline=None)
def test_any_text_is_compared_without_harm(
    text: str, other: str, pages: str, volume: str, names: tuple[str, ...], journal: str
) -> None:
    first = record(title=text, pages=pages, volume=volume, authors=names, journal=journal, abstract=other)
    second = record(title=other, pages=volume, volume=pages, authors=names, journal=text, abstract=text)
    assert judge(first, second) == judge(second, first)
    find_duplicates([first, second, first])


def test_digits_of_other_scripts_are_no_harm() -> None:
    odd = record(pages="²–٣", volume="Ⅻ", issue="١٢", year=None)
    assert judge(odd, odd)[0] is not DIFFERENT
    assert len(find_duplicates([odd, odd, record()]).groups) <= 1


def test_all_pairs_of_three_entries_of_one_article_form_one_group() -> None:
    entries = [record(), record(title=TITLE.upper(), doi="10.1/a"), record(doi="10.1/a", authors=("Lemaire A",))]
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2)):
        assert find_duplicates([entries[index] for index in order]).groups == ((0, 1, 2),)
    assert set(combinations((0, 1, 2), 2)) == pairs_of(find_duplicates(entries).groups)
