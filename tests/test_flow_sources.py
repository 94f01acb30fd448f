"""Where records were identified, for the PRISMA 2020 flow: databases, registers, citation searching, other ways."""

from __future__ import annotations

from pathlib import Path

from tests.review_facts import entry, key
from workbench.results import prisma_counts
from workbench.results.flow import identified_by, report_facts
from workbench.review import init_review, load_review
from workbench.store import SearchKind, Store


def find(store: Store, strategy: str, kind: SearchKind, *numbers: int, source: str = "PubMed") -> None:
    run = store.begin_search(strategy, "rTMS", kind=kind, source=source)
    store.add_records(run, strategy, [(entry(number), None) for number in numbers])
    store.finish_search(run)


def test_each_record_counts_where_it_was_identified_databases_first(store: Store, tmp_path: Path) -> None:
    review = load_review(init_review(tmp_path / "review", "rtms-pain"))
    find(store, "citation searching: similar", "citation searching", 1, 2, 3)
    find(store, "fibromyalgia", "database", 1, 4)
    find(store, "file: trials", "register", 3, 5, source="trials")
    find(store, "PMID list: a colleague", "other", 6, 1)
    find(store, "PMID list: Embase", "database", 7)
    counted = prisma_counts(store, review)
    assert counted["database_specific_results"] == {"Embase": 1, "pubmed": 2}
    assert counted["register_specific_results"] == {"trials": 2}
    assert (counted["citations_results"], counted["other_results"]) == (1, 1)
    assert [fact.sources for fact in report_facts(store, review)][:3] == [
        ("pubmed",),
        ("citation searching: similar",),
        ("trials",),
    ]


def test_a_name_that_stands_for_two_kinds_of_source_says_which(store: Store) -> None:
    find(store, "file: one", "database", 1, source="one")
    find(store, "PMID list: pubmed", "other", 2)
    names, kinds = identified_by(store)
    assert (names[key(1)], names[key(2)]) == ("pubmed", "pubmed (other)")
    assert (kinds["pubmed"], kinds["pubmed (other)"]) == ("database", "other")
