"""What a person is shown about a pair of records."""

from __future__ import annotations

from hypothesis import given, settings

from ingest.duplicates import Explanation, Verdict, explain, judge
from ingest.record import Record
from tests.duplicate_records import ENTRIES, RECORDS, TITLE, record

ATTRIBUTES = (
    *("title", "kind of report", "first author", "authors", "year", "journal", "volume", "issue", "pages"),
    *("DOI", "PMID", "abstract"),
)


def words(explanation: Explanation) -> dict[str, str]:
    return {name: word for name, word, _, _ in explanation.agreements}


def test_each_attribute_is_named_with_what_both_say() -> None:
    first = record(doi="10.1/a", pmid="7")
    second = record(doi="10.1/b", journal="Eur J Pain", pages="512-20", volume="", title=f"Erratum: {TITLE}")
    explanation = explain(first, second)
    assert tuple(name for name, *_ in explanation.agreements) == ATTRIBUTES
    assert explanation.verdict is Verdict.DIFFERENT
    assert explanation.rule == "an article and its correction, notice, comment, reply or protocol"
    said = {name: (left, right) for name, _, left, right in explanation.agreements}
    assert said["pages"] == ("512-520", "512-20")
    assert said["kind of report"] == ("article", "correction")
    assert words(explanation) == {
        "title": "differ",
        "kind of report": "differ",
        "first author": "agree",
        "authors": "agree",
        "year": "agree",
        "journal": "agree",
        "volume": "not given",
        "issue": "agree",
        "pages": "agree",
        "DOI": "differ",
        "PMID": "not given",
        "abstract": "not given",
    }


def test_pages_that_are_counted_in_two_ways_differ_for_the_reader() -> None:
    assert words(explain(record(), record(pages="e1512")))["pages"] == "differ"


@given(first=RECORDS | ENTRIES, second=RECORDS | ENTRIES)
@settings(max_examples=150, deadline=None)
def test_the_explanation_gives_the_rule_that_decides_and_is_the_same_from_either_side(
    first: Record, second: Record
) -> None:
    there, back = explain(first, second), explain(second, first)
    assert (there.verdict, there.rule) == judge(first, second)
    assert [(n, w, r, le) for n, w, le, r in back.agreements] == list(there.agreements)
    assert set(words(there).values()) <= {"agree", "differ", "not given"}
