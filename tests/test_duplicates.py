"""Duplicates: nothing that is not one report is ever joined, and nearly all that is."""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import read_records
from ingest.duplicates import RULES, Duplicates, Verdict, find_duplicates, judge
from ingest.record import Link, Record
from tests.shared_data import shared

SAME, UNSURE, DIFFERENT = Verdict.SAME, Verdict.UNSURE, Verdict.DIFFERENT


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

# --------------------------------------------------------------------------------------------- the three labelled sets

SETS = {
    # set: share of labelled pairs that are joined without asking, and joined or asked about, rounded down
    "cytology_screening": (0.991, 1.0),
    "respiratory": (0.913, 0.994),
    "diabetes": (0.992, 1.0),
}


def labelled(name: str) -> tuple[list[Record], set[tuple[int, int]]]:
    found = [item for item in read_records(shared(f"data/dedupe/{name}/records.csv.gz")) if isinstance(item, Record)]
    position = {item.source_id: index for index, item in enumerate(found)}
    groups = defaultdict(list)
    with shared(f"data/dedupe/{name}/duplicate_groups.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            groups[row["group"]].append(position[row["record_id"]])
    return found, pairs_of(tuple(map(tuple, groups.values())))


def pairs_of(groups: tuple[tuple[int, ...], ...]) -> set[tuple[int, int]]:
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


@pytest.mark.parametrize("name", SETS)
def test_no_pair_of_the_labelled_sets_is_joined_falsely_and_few_are_missed(name: str) -> None:
    """bib-dedupe's labels (their definition: data/dedupe/README.md). The recall is what was measured, as a floor.

    In the respiratory set a tenth of the pairs cannot be told from different papers by general rules: translated
    titles, updates of Cochrane reviews, a column of running numbers where issues should be.
    """
    records, truth = labelled(name)
    result = find_duplicates(records)
    joined = pairs_of(result.groups)
    assert joined - truth == set()
    automatic, findable = SETS[name]
    assert len(joined & truth) / len(truth) >= automatic
    assert len((joined | asked_about(result)) & truth) / len(truth) >= findable
    assert len(result.unsure) <= 0.03 * len(records)


def test_over_all_three_sets_the_aims_are_met() -> None:
    """At least 98 % of labelled pairs automatic, 99.5 % with the questions (measured: 98.2 and 99.9)."""
    joined = findable = total = 0
    for name in SETS:
        records, truth = labelled(name)
        result = find_duplicates(records)
        found = pairs_of(result.groups)
        total += len(truth)
        joined += len(found & truth)
        findable += len((found | asked_about(result)) & truth)
    assert joined / total >= 0.98
    assert findable / total >= 0.995


def test_the_order_of_the_records_changes_no_group() -> None:
    records, _ = labelled("diabetes")
    order = list(range(len(records)))
    random.Random(7).shuffle(order)
    shuffled = find_duplicates([records[index] for index in order])
    groups = {frozenset(records[index].source_id for index in group) for group in find_duplicates(records).groups}
    assert {frozenset(records[order[index]].source_id for index in group) for group in shuffled.groups} == groups


# ------------------------------------------------------------------------------------------------ what is one report


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"source": "embase", "title": TITLE.upper().replace(":", " -") + "."},
        {"title": f"{TITLE.replace('sham-', 'Sham ')} [see comment]"},
        {"title": TITLE.replace("neuropathic", "neuropatic")},
        {"journal": "Eur J Pain"},
        {"journal": "European journal of pain (London, England)"},
        {"authors": ("Lemaire A", "Okafor C", "Yamada K")},
        {"authors": ("Lemaire, A.; Okafor, C.; Yamada, K.",)},
        {"pages": "512-20"},
        {"pages": "512-20", "volume": "19(4)", "issue": ""},
        {"pages": "", "volume": "", "issue": "", "doi": None},
        {"year": 2014},  # electronic and printed year
        {"title": f"RETRACTED: {TITLE}"},
        {"title": f"{TITLE} [Erratum appears in Eur J Pain. 2016;20(1):1]"},
    ],
)  # fmt: skip
def test_entries_of_one_article_are_the_same(other: dict[str, Any]) -> None:
    assert judge(record(), record(**other))[0] is SAME
    assert judge(record(**other), record())[0] is SAME


def test_markup_and_greek_letters_do_not_hide_a_title() -> None:
    pairs = [
        (
            "Effect of H<sub>2</sub>O and β-endorphin in chronic pain",
            "Effect of H_2O and beta-endorphin in chronic pain",
        ),
        ("Müller’s sign in Łódź: a naïve study of pain", "Muller's sign in Lodz: a naive study of pain"),
        ("Phase II trial of rTMS: part 2 of the results", "Phase 2 trial of rTMS: Part II of the results"),
    ]
    for ours, theirs in pairs:
        assert judge(record(title=ours), record(title=theirs))[0] is SAME, ours


# --------------------------------------------------------------------------------------------- what must not be joined


@pytest.mark.parametrize(
    "other",
    [
        {"title": f"Erratum: {TITLE}", "pages": "1011"},
        {"title": f"Corrigendum to '{TITLE}'"},
        {"title": f"{TITLE}: Erratum"},
        {"title": f"Correction to: {TITLE}"},
        {"title": TITLE, "publication_types": ("Published Erratum",)},
        {"title": f"Retraction: {TITLE}"},
        {"title": f"Retraction notice to {TITLE}"},
        {"title": TITLE, "retraction_notice": True},
        {"title": f"Expression of concern: {TITLE}"},
        {"title": f"Comment on {TITLE}", "authors": ("Novak P",)},
        {"title": f"Re: {TITLE}", "authors": ("Novak P",)},
        {"title": f"Reply to: {TITLE}"},
        {"title": f"{TITLE}: authors' reply"},
        {"title": f"{TITLE}: study protocol", "year": 2013, "volume": "17", "pages": "1-9"},
        {"title": f"{TITLE}. Part II", "pages": "521-530"},
        {"title": TITLE.replace("pain:", "pain in 2016:"), "year": 2016, "volume": "20"},
        {"year": 2018, "volume": "22", "pages": "100-110"},  # an update under the same title
        {"journal": "Brain Stimulation", "volume": "8", "pages": "1"},  # the same title elsewhere
        {"journal": "Clinical Neurophysiology", "volume": "126", "issue": "Suppl 1", "pages": "S67"},  # the meeting
        {"title": TITLE.replace("neuropathic pain", "fibromyalgia")},
        {"title": TITLE.replace("sham-controlled trial", "systematic review"), "pages": "600-612"},
        {"links": (Link(type="CommentOn", pmid="11"),), "pmid": "12"},
        {"pmid": "12", "pages": "1-2", "volume": "20"},
    ],
)
def test_related_publications_are_never_joined(other: dict[str, Any]) -> None:
    for first, second in ((record(pmid="11"), record(**other)), (record(**other), record(pmid="11"))):
        assert judge(first, second)[0] is not SAME
        assert find_duplicates([first, second]).groups == ()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Pain in men after stroke: a cohort study of rTMS", "Pain in women after stroke: a cohort study of rTMS"),
        (
            "Intra-articular injection for pain of the knee joint",
            "Inter-articular injection for pain of the knee joint",
        ),
        ("Hypotension during treatment of chronic pain states", "Hypertension during treatment of chronic pain states"),
        ("Maternal effects on chronic pain in later life", "Paternal effects on chronic pain in later life"),
        ("Opioid agonist therapy in chronic pain states", "Opioid antagonist therapy in chronic pain states"),
        ("Afferent pathways in migraine with aura in adults", "Efferent pathways in migraine with aura in adults"),
        (
            "Low frequency rTMS in migraine: a trial of 20 people",
            "Low frequency rTMS in migraine: a trial of 40 people",
        ),
        ("Diabetic neuropathy: type I patients and their pain", "Diabetic neuropathy: type II patients and their pain"),
        ("Treated neuralgia in primary care: a cohort study", "Untreated neuralgia in primary care: a cohort study"),
    ],
)
def test_one_telling_word_keeps_two_abstracts_of_one_page_apart(ours: str, theirs: str) -> None:
    """Meeting abstracts: one group, one page, one supplement, and titles that differ in a syllable."""
    place = {"journal": "Pain", "volume": "12", "issue": "Suppl 1", "pages": "S67"}
    assert judge(record(title=ours, **place), record(title=theirs, **place))[0] is not SAME


def test_a_meeting_s_abstract_is_not_joined_to_the_paper_whose_pages_are_missing() -> None:
    meeting = record(issue="Suppl 1", pages="S67")
    assert judge(meeting, record(pages="", issue=""))[0] is UNSURE
    assert judge(record(title=f"{TITLE} [abstract]", pages=""), record())[0] is UNSURE


def test_a_shared_doi_with_clearly_different_titles_is_a_question() -> None:
    first = record(doi="10.1000/x")
    second = record(
        doi="10.1000/x", title="Opioids after knee surgery in the elderly", authors=("Novak P",), pages="77"
    )
    result = find_duplicates([first, second])
    assert result.groups == ()
    assert [(one.pair, one.reasons) for one in result.unsure] == [((0, 1), ("same DOI, but the titles differ",))]


def test_a_doi_that_many_titles_bear_says_nothing() -> None:
    titles = ("Opioids after surgery", "Migraine in adolescents", "Sleep and fibromyalgia", "Spinal cord stimulation")
    abstracts = [
        record(title=title, doi="10.1000/supplement", authors=(f"Author{n} P",), pages=f"S{n}")
        for n, title in enumerate(titles)
    ]
    result = find_duplicates(abstracts)
    assert (result.groups, result.unsure) == ((), ())


def test_a_shared_pmid_with_another_title_is_a_question() -> None:
    assert judge(record(pmid="1"), record(pmid="1"))[0] is SAME
    assert judge(record(pmid="1"), record(pmid="1", title="Something else about pain entirely"))[0] is UNSURE


def test_an_update_of_a_review_keeps_title_doi_and_number_and_is_a_question() -> None:
    """As with PMIDs 11034741 and 11406024 (Cochrane CD002020, 2000 issue 4 and 2001 issue 2), their PMIDs unknown."""
    review: dict[str, Any] = {"journal": "Cochrane Database Syst Rev", "volume": "", "pages": "CD000001"}
    first = record(**review, year=2000, issue="4", doi="10.1000/cd000001")
    second = record(**review, year=2001, issue="2", doi="10.1000/cd000001")
    assert judge(first, second)[0] is UNSURE
    assert judge(replace(first, doi=None), replace(second, doi=None))[0] is UNSURE


def test_everything_alike_under_two_pmids_is_a_question() -> None:
    assert judge(record(pmid="1"), record(pmid="2"))[0] is UNSURE


def test_a_record_with_gaps_does_not_join_two_papers() -> None:
    """One entry without volume and page fits both; both can not be it."""
    first = record(source_id="a", volume="19", issue="4", pages="512-520")
    second = record(source_id="b", volume="19", issue="9", pages="900-910")
    gaps = record(source_id="c", volume="", issue="", pages="")
    assert judge(first, gaps)[0] is SAME
    assert judge(second, gaps)[0] is SAME
    for records in ([first, second, gaps], [gaps, first, second], [first, gaps, second]):
        result = find_duplicates(records)
        joined = [{records[index].source_id for index in group} for group in result.groups]
        assert joined == []
        assert len(result.unsure) == 3  # the two papers share title and volume: a question too


# ------------------------------------------------------------------------------------------------- general properties

_WORDS = st.sampled_from("pain stimulation cortex motor migraine trial sham stroke part I II 2 of in and".split())  # noqa: SIM905
_RECORDS = st.builds(
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


@given(first=_RECORDS, second=_RECORDS)
@settings(max_examples=300, deadline=None)
def test_the_verdict_does_not_depend_on_who_comes_first(first: Record, second: Record) -> None:
    assert judge(first, second) == judge(second, first)


@given(records=st.lists(_RECORDS, max_size=12))
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
    assert (
        judge(Record(source="a", source_id="1", title=""), Record(source="a", source_id="2", title=""))[0] is DIFFERENT
    )
    assert find_duplicates([]).groups == ()


def test_ten_thousand_records_take_less_than_ten_seconds() -> None:
    """About a second alone on a core; every third record has a twin."""
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
        for n in range(7500)
    ]
    twins = [replace(one, source_id=f"t{one.source_id}", title=one.title.upper()) for one in originals[::3]]
    result = find_duplicates([*originals, *twins])
    assert len(result.groups) == len(twins)
    assert result.seconds < 10


@pytest.mark.parametrize("title", ["Editorial", "x" * 50_000, "pain " * 5000, "[" * 3000, ""])
def test_thousands_of_equal_titles_are_no_burden(title: str) -> None:
    records = [record(source_id=str(n), title=title, volume=str(n), pages=str(n)) for n in range(3000)]
    result = find_duplicates(records)
    assert result.groups == ()
    assert result.seconds < 20
