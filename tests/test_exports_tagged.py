"""RIS and nbib exports: read back equal whatever is in the records, and with the tags that other programs expect."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, TextIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.exports.medline import write_medline
from ingest.exports.ris import write_ris
from ingest.formats.medline import LINK_TYPES, read_medline
from ingest.formats.ris import read_ris
from ingest.record import Link, Record, Unreadable

Write = Callable[[Iterable[Record], TextIO], int]
Read = Callable[[BinaryIO], Iterator[Record | Unreadable]]
FORMATS: list[tuple[Write, Read]] = [(write_ris, read_ris), (write_medline, read_medline)]
both = pytest.mark.parametrize(("write", "read"), FORMATS, ids=["ris", "nbib"])


def written(write: Write, records: Iterable[Record]) -> str:
    file = io.StringIO(newline="")
    count = write(records, file)
    text = file.getvalue()
    assert count == text.count("\r\nSO  - ") + text.count("\r\nER  - ")
    return text


def back(read: Read, text: str) -> list[Record | Unreadable]:
    return list(read(io.BytesIO(text.encode())))


NASTY = [
    "AB  - text",
    "\nTY  - JOUR",
    "\r\nER  - \r\n",
    "\n\nPMID- 1\n",
    "- ",
    "=1+1",
    "\u2028",
    "\x85",
    "\x00\x0b\x1c",
    "\ufeff",
]
words = st.text(alphabet=st.characters(codec=None), max_size=20)
texts = st.one_of(
    words,
    st.sampled_from(NASTY),
    st.lists(st.one_of(words, st.sampled_from(NASTY)), max_size=4).map("".join),
    st.sampled_from(
        [
            "METHODS: We did.\nRESULTS: It was.",
            "A <i>b</i> &lt; c",
            "Smith, John, Jr",
            "12-9",
            "World Health Organization",
        ]
    ),
)
lists = st.lists(texts, max_size=3).map(tuple)
records = st.builds(
    Record,
    source=st.one_of(st.sampled_from(["pubmed", "ris", "medline", "csv"]), texts),
    source_id=st.one_of(st.sampled_from(["1", "123", "WOS:1"]), texts),
    title=texts,
    original_title=texts,
    abstract=texts,
    authors=lists,
    journal=texts,
    year=st.none() | st.integers(),
    published=st.one_of(texts, st.sampled_from(["2024 Mar 5", "1998 Dec-1999 Jan", "2020"])),
    volume=texts,
    issue=texts,
    pages=st.one_of(texts, st.sampled_from(["1-9", "e12"])),
    language=lists,
    publication_types=lists,
    mesh=lists,
    keywords=lists,
    pmid=st.none() | st.sampled_from(["1", "31", ""]) | texts,
    version=st.none() | st.integers(),
    doi=st.none() | st.just("10.1000/abc") | texts,
    pmcid=st.none() | st.just("PMC12") | texts,
    registry_ids=st.one_of(lists, st.just(("NCT01234567",))),
    retracted=st.booleans(),
    retraction_notice=st.booleans(),
    links=st.lists(
        st.builds(
            Link, type=texts | st.sampled_from(list(LINK_TYPES.values())), pmid=st.none() | texts, citation=texts
        ),
        max_size=2,
    ).map(tuple),
    notes=lists,
)


@both
@settings(max_examples=150, deadline=None)
@given(given_records=st.lists(records, max_size=4))
@example(given_records=[Record(source="", source_id="", title="")] * 2)
@example(given_records=[Record(source="ris", source_id="5", title="A"), Record(source="ris", source_id="5", title="B")])
def test_any_records_read_back_equal(write: Write, read: Read, given_records: list[Record]) -> None:
    assert back(read, written(write, given_records)) == given_records
