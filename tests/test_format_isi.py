"""Web of Science, Ovid's tagged text and refer: every entry counted, every field where it belongs."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats.isi import looks_like_isi, read_isi
from ingest.formats.ovid import looks_like_ovid, read_ovid
from ingest.formats.refer import looks_like_refer, read_refer
from ingest.formats.ris import looks_like_ris
from ingest.record import Record, Unreadable
from tests.shared_data import shared

FOLDER = "data/citation_exports/files"
Read = Callable[[BinaryIO], Iterator[Record | Unreadable]]


def items(text: str | bytes, read: Read = read_isi) -> list[Record | Unreadable]:
    return list(read(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def records(text: str | bytes, read: Read = read_isi) -> list[Record]:
    found = items(text, read)
    assert all(isinstance(item, Record) for item in found), found
    return [item for item in found if isinstance(item, Record)]


def content(name: str) -> bytes:
    data = shared(f"{FOLDER}/{name}").read_bytes()
    return gzip.decompress(data) if name.endswith(".gz") else data


COUNTS = {
    "jabref__IsiImporterTest2.isi": 3,
    "jabref__IsiImporterTestInspec.isi": 2,
    "jabref__IsiImporterTestMedline.isi": 2,
    "revtools__restoration_WoS.ciw.gz": 247,
}


@pytest.mark.parametrize("name", COUNTS)
def test_every_entry_of_a_real_export_is_a_record(name: str) -> None:
    data = content(name)
    text = data.decode("utf-8-sig")
    found = records(data)
    assert len(found) == COUNTS[name] == len(re.findall(r"(?m)^PT [A-Z]\s*$", text))
    assert all(item.title and item.raw in text and not item.notes for item in found)
    assert len({item.source_id for item in found}) == len(found)
    assert looks_like_isi(text[:65536])


def test_nothing_printed_in_a_real_export_is_lost() -> None:
    text = content("revtools__restoration_WoS.ciw.gz").decode("utf-8-sig")
    for item, raw in zip(records(text), re.split(r"(?m)^PT [A-Z]$", text)[1:], strict=True):
        fields = dict(re.findall(r"(?m)^([A-Z][A-Z0-9]) ((?:.*\n(?:   .*\n)*))", raw))
        one = {tag: re.sub(r"\s+", " ", value).strip() for tag, value in fields.items()}
        lines = {tag: [line.strip() for line in value.splitlines()] for tag, value in fields.items()}
        assert item.source_id == one["UT"]
        assert item.title == one["TI"]
        assert item.abstract.replace("\n", " ") == one.get("AB", "")
        full = [name.replace(", ", " ").replace(",", "") for name in lines["AF"]]
        assert list(item.authors[: len(full)]) == full or "[Anonymous]" in full
        assert item.doi == (one["DI"].lower() if "DI" in one else None)
        assert item.pmid == one.get("PM")
        assert item.journal == one["SO"]
        assert str(item.year) == one.get("PY", one.get("EY"))
        assert item.volume == one.get("VL", "")
        words = [word.strip() for tag in ("DE", "ID") if tag in one for word in one[tag].split(";")]
        assert list(item.keywords) == list(dict.fromkeys(words))


SAMPLES: dict[tuple[str, int], dict[str, Any]] = {
    ("revtools__restoration_WoS.ciw.gz", 1): {
        "source_id": "WOS:000455039600059",
        "title": "Do magnetic phosphorus adsorbents used for lake restoration impact on zooplankton community?",
        "authors": (
            *("Alvarez-Manzaneda I.", "Guerreroc F.", "del Arco I.", "Funes A.", "Cruz-Pizarro L.", "de Vicente I."),
        ),
        "journal": "SCIENCE OF THE TOTAL ENVIRONMENT",
    },
    ("jabref__IsiImporterTestMedline.isi", 2): {
        "pmid": "16735938",
        "authors": (
            *("Joffe Hadine", "Hall Janet E", "Gruber Staci", "Sarmiento Ingrid A", "Cohen Lee S"),
            *("Yurgelun-Todd Deborah", "Martin Kathryn A"),
        ),
        "pages": "411-22",
        "published": "2006 May-Jun",
    },
    ("jabref__IsiImporterTest2.isi", 3): {"source_id": "INSPEC:8863438 (entry 3)", "publication_types": ("Review",)},
    ("jabref__IsiImporterTestInspec.isi", 2): {"pages": "5323-5331", "year": 2006, "language": ("English",)},
}


@pytest.mark.parametrize(("name", "position"), SAMPLES)
def test_a_real_entry_has_the_fields_that_a_person_reads_in_it(name: str, position: int) -> None:
    found = records(content(name))[position - 1]
    assert {field: getattr(found, field) for field in SAMPLES[name, position]} == SAMPLES[name, position]


HEAD = "FN Clarivate Analytics Web of Science\nVR 1.0\n"


def record(body: str) -> Record:
    (one,) = records(f"{HEAD}PT J\nTI A title\n{body}\nER\n\nEF\n")
    return one


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        ("AU Doe, J\n   Roe, R\nAF Doe, Jane\n   Roe, Richard", "authors", ("Doe Jane", "Roe Richard")),
        ("AU Doe, J\n   Roe, R\nAF Doe, Jane", "authors", ("Doe J", "Roe R")),
        ("AU Doe, J\nCA Pain, Work and Health Group\n   Another Grp", "authors",
         ("Doe J", "Pain, Work and Health Group", "Another Grp")),
        ("AU [Anonymous]\nAF [Anonymous]", "authors", ()),
        ("BE Editor, A", "authors", ("Editor A",)),
        ("PY 2019\nPD AUG 12", "published", "2019 AUG 12"),
        ("EY 2019\nEA JAN 2019", "year", 2019),
        ("BP 1\nEP 9", "pages", "1-9"),
        ("AR e77", "pages", "e77"),
        ("SU 2", "issue", "Suppl. 2"),
        ("DT Article; Proceedings Paper", "publication_types", ("Article", "Proceedings Paper")),
        ("DT Article; Retracted Publication", "retracted", True),
        ("DE one; two\nID THREE; FOUR-\n   FIVE", "keywords", ("one", "two", "THREE", "FOUR- FIVE")),
        ("AB Background: One.\n   Methods: Two.", "abstract", "Background: One.\nMethods: Two."),
        ("FT Titre", "original_title", "Titre"),
    ],
)  # fmt: skip
def test_a_tag_fills_its_field(body: str, field: str, value: object) -> None:
    assert getattr(record(body), field) == value


def test_a_cut_export_is_reported() -> None:
    whole = f"{HEAD}PT J\nTI One\nER\n\nPT J\nTI Two\nER\n\nEF"
    first, second = items(whole[: whole.rindex("ER")])
    assert isinstance(first, Record)
    assert isinstance(second, Unreadable)
    assert (second.position, second.line, second.raw) == (2, 7, "PT J\nTI Two")
    first, second = records(whole[: whole.rindex("EF")])
    assert first.notes == ()
    assert second.notes == ("the file has no line EF at its end; entries may be missing",)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_file_cut_anywhere_keeps_every_entry_that_began(data: st.DataObject) -> None:
    text = content("revtools__restoration_WoS.ciw.gz").decode("utf-8-sig")[:12_000]
    cut = text[: data.draw(st.integers(0, len(text)))]
    begun = len(re.findall(r"(?m)^PT J$", cut))
    assert len(items(cut)) in (begun, begun + 1)


# -------------------------------------------------------------------------------------------------------------- Ovid

OVID = """<1. >
VN  - Ovid Technologies
DB  - Ovid MEDLINE(R)
UI  - 12345
AU  - Doe J
AU  - Roe R
FA  - Doe, Jane
FA  - Roe, Richard
TI  - First title.
SO  - Journal of Tests. 12(3):45-56, 2014 Mar.
AB  - BACKGROUND: One. METHODS: Two.
MH  - *Pain
LG  - English
PT  - Journal Article
DO  - https://dx.doi.org/10.1000/abc

<2. >
VN  - Ovid Technologies
DB  - Embase
AN  - 2004400474164
AU  - Doe J. [Author, Reprint Author; E-mail: a@b.c]
TI  - Second title
SO  - Forest Ecology & Management. 201(2-3):327-334, November 15, 2004.
MH  - pain
"""


def test_ovids_tagged_text_is_read_and_not_taken_for_ris() -> None:
    assert looks_like_ovid(OVID)
    assert not looks_like_ris(OVID)
    first, second = records(OVID, read_ovid)
    assert (first.key, first.pmid, first.authors) == ("ovid:12345", "12345", ("Doe Jane", "Roe Richard"))
    assert (first.journal, first.volume, first.issue, first.pages) == ("Journal of Tests", "12", "3", "45-56")
    assert (first.year, first.doi, first.mesh, first.language) == (2014, "10.1000/abc", ("*Pain",), ("English",))
    assert first.abstract == "BACKGROUND: One.\nMETHODS: Two."
    assert (second.key, second.pmid, second.authors) == ("ovid:2004400474164", None, ("Doe J.",))
    assert (second.journal, second.pages, second.year) == ("Forest Ecology & Management", "327-334", 2004)
    assert (second.mesh, second.keywords) == ((), ("pain",))


# ------------------------------------------------------------------------------------------------------------- refer

REFER = """%0 Journal Article
%T First title
%A Doe, Jane
%A Pain Study Group,
%J Journal of Tests
%V 12
%N 3
%P 45-56
%D 2014
%X One.
%R 10.1000/abc
%U https://pubmed.ncbi.nlm.nih.gov/12345/

%0 Thesis
%T Second title
%E Editor, An
%D 2015
"""


def test_refer_is_read() -> None:
    assert looks_like_refer(REFER)
    assert not looks_like_refer("%PDF-1.7\n%A x")
    first, second = records(REFER, read_refer)
    assert (first.title, first.authors, first.pmid) == ("First title", ("Doe Jane", "Pain Study Group"), "12345")
    assert (first.journal, first.volume, first.issue, first.pages) == ("Journal of Tests", "12", "3", "45-56")
    assert (first.year, first.doi, first.publication_types) == (2014, "10.1000/abc", ())
    assert (second.authors, second.publication_types) == (("Editor An",), ("Thesis",))


def test_refer_without_type_lines_comes_apart_at_blank_lines() -> None:
    text = REFER.replace("%0 Journal Article\n", "").replace("%0 Thesis\n", "")
    assert [item.title for item in records(text, read_refer)] == ["First title", "Second title"]
