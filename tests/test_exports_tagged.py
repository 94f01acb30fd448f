"""RIS and nbib exports: read back equal whatever is in the records, and with the tags that other programs expect."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, TextIO

import pytest
from Bio import Medline
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingest.exports import write_file
from ingest.exports.exact import family_first
from ingest.exports.medline import write_medline
from ingest.exports.ris import write_ris
from ingest.formats.medline import LINK_TYPES, read_medline
from ingest.formats.ris import read_ris
from ingest.readers import read_records
from ingest.record import Link, Record, Unreadable
from tests.shared_data import shared

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


REAL = (
    "data/pubmed_xml_samples/efetch_2025_set.xml.gz",
    "data/citation_exports/files/revtools__restoration_WoS.ciw.gz",
    "data/citation_exports/files/CiteSource__lens_343.ris.gz",
    "data/citation_exports/files/asreview__embase.csv",
)


@both
@pytest.mark.parametrize("path", REAL)
def test_real_records_of_every_kind_read_back_equal(write: Write, read: Read, path: str) -> None:
    found = [item for item in read_records(shared(path)) if isinstance(item, Record)]
    assert back(read, written(write, found)) == found


@both
def test_the_export_is_what_import_finds_in_a_file(write: Write, read: Read, tmp_path: Path) -> None:
    name = "ris" if write is write_ris else "nbib"
    path = tmp_path / "any name"
    records = [
        Record(source="csv", source_id="7", title="Pain", notes=("seen",)),
        Record(source="pubmed", source_id="5", title="Ü", pmid="5"),
    ]
    assert write_file(records, path, name) == 2
    assert list(read_records(path)) == records


TRIAL = Record(
    source="pubmed",
    source_id="12345678",
    title="Stimulation for pain: a trial.",
    original_title="Stimulation bei Schmerz.",
    abstract="METHODS: We did.\nRESULTS: It was.",
    authors=("van der Berg Pieter A", "Smith JA", "Pain, Work and Health Study Group", "Plato"),
    journal="Journal of Tests",
    year=2024,
    published="2024 Mar 5",
    volume="12",
    issue="3",
    pages="45-56",
    language=("eng", "ger"),
    publication_types=("Journal Article", "Retracted Publication"),
    mesh=("Pain/*therapy",),
    keywords=("rTMS",),
    pmid="12345678",
    version=1,
    doi="10.1000/abc",
    pmcid="PMC99",
    registry_ids=("NCT01234567",),
    retracted=True,
    links=(Link(type="RetractionIn", pmid="9", citation="J Tests. 2025;1(1):1"),),
)


def test_ris_has_the_tags_that_reference_managers_read() -> None:
    text = written(write_ris, [TRIAL])
    assert re.sub(r"XW  - .*\r\n", "", text).split("\r\n") == [
        "TY  - JOUR",
        "TI  - Stimulation for pain: a trial.",
        "TT  - Stimulation bei Schmerz.",
        "AU  - van der Berg, Pieter A",
        "AU  - Smith, JA",
        "AU  - Pain, Work and Health Study Group,",
        "AU  - Plato",
        "T2  - Journal of Tests",
        "JF  - Journal of Tests",
        "PY  - 2024",
        "DA  - 2024/03/05/",
        "VL  - 12",
        "IS  - 3",
        "SP  - 45",
        "EP  - 56",
        "AB  - METHODS: We did. RESULTS: It was.",
        "KW  - rTMS",
        "KW  - Pain/*therapy",
        "LA  - eng",
        "LA  - ger",
        "DO  - 10.1000/abc",
        "DB  - PubMed",
        "AN  - 12345678",
        "UR  - https://pubmed.ncbi.nlm.nih.gov/12345678/",
        "U1  - 12345678[pmid]",
        "C2  - PMC99",
        "M3  - Journal Article",
        "M3  - Retracted Publication",
        "N1  - Registration: NCT01234567",
        "N1  - This report has been retracted.",
        "N1  - RetractionIn: J Tests. 2025;1(1):1 (PubMed 9)",
        "ER  - ",
        "",
        "",
    ]
    assert back(read_ris, text) == [TRIAL]


def test_nbib_is_read_by_biopython_as_pubmeds_own() -> None:
    text = written(write_medline, [TRIAL, Record(source="csv", source_id="1", title="Another")])
    first, second = Medline.parse(io.StringIO(text.replace("\r\n", "\n")))
    assert first["PMID"] == "12345678"
    assert first["TI"] == TRIAL.title
    assert first["FAU"] == ["van der Berg, Pieter A", "Smith, JA", "Plato"]
    assert first["AU"] == ["van der Berg PA", "Smith JA", "Plato"]
    assert first["CN"] == ["Pain, Work and Health Study Group"]
    assert first["AB"] == "METHODS: We did. RESULTS: It was."
    assert first["DP"] == "2024 Mar 5"
    assert (first["VI"], first["IP"], first["PG"]) == ("12", "3", "45-56")
    assert first["AID"] == ["10.1000/abc [doi]"]
    assert first["SI"] == ["ClinicalTrials.gov/NCT01234567"]
    assert first["RIN"] == ["J Tests. 2025;1(1):1. PMID: 9"]
    assert first["SO"] == "Journal of Tests. 2024 Mar 5;12(3):45-56."
    assert second["TI"] == "Another"
    assert back(read_medline, text)[0] == TRIAL


def test_a_change_that_somebody_makes_in_an_export_counts() -> None:
    text = written(write_ris, [TRIAL]).replace("TI  - Stimulation for pain: a trial.", "TI  - Another title")
    (found,) = back(read_ris, text)
    assert found == replace(TRIAL, title="Another title")


@pytest.mark.parametrize(
    "spoilt",
    ["{", "[]", '{"year": "x"}', '{"title": 5}', '{"links": [1]}', '{"unknown": 1}', '{"authors": "x"}', "[" * 9999],
)
def test_a_spoilt_field_of_our_own_is_noted_and_the_rest_read(spoilt: str) -> None:
    (found,) = back(read_ris, f"TY  - JOUR\nTI  - A\nXW  - {spoilt}\nER  - \n")
    assert isinstance(found, Record)
    assert found.title == "A"
    assert found.notes == ("the workbench's own field of this entry is damaged and was not read",)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Smith John A", ("Smith", "John A")),
        ("van der Berg Pieter", ("van der Berg", "Pieter")),
        ("Garcia Perez JA", ("Garcia Perez", "JA")),
        ("Smith J A", ("Smith", "J A")),
        ("Smith J.-P.", ("Smith", "J.-P.")),
        ("Plato", ("Plato", "")),
        ("de la", ("de la", "")),
        ("", ("", "")),
    ],
)
def test_a_name_is_parted_before_the_given_names(name: str, parts: tuple[str, str]) -> None:
    assert family_first(name) == parts
