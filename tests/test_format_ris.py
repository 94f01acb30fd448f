"""RIS in all its dialects: every entry counted, every field where it belongs, nothing lost from a damaged file."""

from __future__ import annotations

import gzip
import io
import random
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.formats.isi import looks_like_isi
from ingest.formats.medline import looks_like_medline
from ingest.formats.ris import looks_like_ris, read_ris
from ingest.formats.tagged import MAX_ENTRY
from ingest.record import IngestError, Record, TruncatedFile, Unreadable
from tests.shared_data import shared

FOLDER = "data/citation_exports/files"


def items(text: str | bytes) -> list[Record | Unreadable]:
    return list(read_ris(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def records(text: str | bytes) -> list[Record]:
    found = items(text)
    assert all(isinstance(item, Record) for item in found), found
    return [item for item in found if isinstance(item, Record)]


def record(body: str) -> Record:
    (one,) = records(f"TY  - JOUR\n{body}\nER  - \n")
    return one


def content(name: str) -> bytes:
    data = shared(f"{FOLDER}/{name}").read_bytes()
    return gzip.decompress(data) if name.endswith(".gz") else data


def marked(data: bytes) -> int:
    """How many entries a file marks, counted without the reader."""
    return len(re.findall(r"(?m)^\W*TY\s*-", data.decode("utf-8-sig").replace("\r\n", "\n")))


# -------------------------------------------------------------------------------------------------------- real files

COUNTS = {
    "CiteSource__Dimensions_246.ris.gz": 246,
    "CiteSource__econlit_3.ris": 3,
    "CiteSource__envindex_100.ris.gz": 100,
    "CiteSource__final_24.ris.gz": 24,
    "CiteSource__lens_343.ris.gz": 343,
    "CiteSource__medline_84.ris.gz": 84,
    "CiteSource__screened_128.ris.gz": 128,
    "CiteSource__wos_278.ris.gz": 278,
    "asreview___baseline.ris.gz": 100,
    "asreview__baseline_empty_values.ris": 4,
    "asreview__baseline_reference_types.ris": 61,
    "asreview__baseline_tag-notes.ris": 12,
    "asreview__baseline_tag-notes_labels.ris": 32,
    "asreview__baseline_tag-notes_zotero.ris": 4,
    "asreview__baseline_tag_and_field_definitions.ris": 1,
    "asreview__baseline_tag_and_field_definitions_lists.ris": 1,
    "asreview__baseline_zotero.ris.gz": 100,
    "asreview__embase.ris": 6,
    "asreview__faulty_year.ris": 1,
    "asreview__ovid_psycinfo.ris": 6,
    "asreview__ovid_zotero.ris": 6,
    "asreview__proquest.ris": 6,
    "asreview__pubmed_endnote.txt": 6,
    "asreview__pubmed_zotero.ris": 6,
    "asreview__ris_issue_1099.txt": 7,
    "asreview__ris_issue_992.txt": 19,
    "asreview__scopus.ris.gz": 6,
    "asreview__web_of_science.txt": 10,
    "jabref__RisImporterTest4b.ris": 1,
    "jabref__RisImporterTest5a.ris": 1,
    "jabref__RisImporterTest6.ris": 1,
    "jabref__RisImporterTestDOI.ris": 1,
    "jabref__RisImporterTestDate1.1.ris": 1,
    "jabref__RisImporterTestDoiAndJournalTitle.ris": 1,
    "jabref__RisImporterTestScience.ris": 1,
    "jabref__RisImporterTestWithEmptyER.ris": 1,
    "revtools__restoration_scopus.ris.gz": 286,
}
# Entries that say nothing a reviewer could screen: a type and a note.
EMPTY = {"asreview__baseline_reference_types.ris": 61, "asreview__baseline_tag-notes.ris": 11}


@pytest.mark.parametrize("name", COUNTS)
def test_every_entry_of_a_real_export_comes_out_once_in_its_place_with_its_own_lines(name: str) -> None:
    data = content(name)
    found = items(data)
    assert len(found) == COUNTS[name] == marked(data)
    assert sum(isinstance(item, Unreadable) for item in found) == EMPTY.get(name, 0)
    assert [item.position for item in found] == list(range(1, len(found) + 1))
    ids = [item.source_id for item in found if isinstance(item, Record)]
    assert len(set(ids)) == len(ids)
    text = data.decode("utf-8-sig")
    for item in found:
        assert item.raw in text
        assert re.match(r"\W*TY\s*-", item.raw)
        assert len(re.findall(r"(?m)^\W*TY\s*-", item.raw)) == 1
    for item in found:
        if isinstance(item, Unreadable):
            assert item.line is not None
            assert text.replace("\r\n", "\n").split("\n")[item.line - 1].lstrip("\ufeff").startswith("TY")


def test_every_ris_export_is_told_from_the_other_formats() -> None:
    for path in sorted(shared(FOLDER).iterdir()):
        start = content(path.name)[:65536].decode("utf-8-sig", "replace")
        assert looks_like_ris(start) == (path.name in COUNTS), path.name
        if path.name in COUNTS:
            assert not looks_like_medline(start)
            assert not looks_like_isi(start)


# Read off the files by eye: (file, entry) -> fields. Abstracts: the length of each paragraph.
SAMPLES: dict[tuple[str, int], dict[str, Any]] = {
    ("CiteSource__Dimensions_246.ris.gz", 1): {
        "source_id": "pub.1149029839",
        "year": 2022,
        "authors": (
            "Zhang Yanqin",
            "Workman Annabelle",
            "Russell Melissa A.",
            "Williamson Michelle",
            "Pan Haotai",
            "Reifels Lennart",
        ),
        "journal": "European Journal of Psychotraumatology",
        "pages": "2087980",
        "doi": "10.1080/20008198.2022.2087980",
        "pmid": "35957633",
        "pmcid": "PMC9359172",
        "abstract": (138, 138, 493, 474, 393, 324),
    },
    ("CiteSource__econlit_3.ris", 2): {
        "source_id": "1678288",
        "authors": ("Ma Qiuhua",),
        "year": 2017,
        "published": "2017/05",
        "publication_types": ("Dissertation", "Thesis"),
        "doi": None,
    },
    ("CiteSource__envindex_100.ris.gz", 1): {
        "source_id": "178481408",
        "authors": ("Grau‐Andrés Roger", "Moreira Bruno", "Pausas Juli G."),
        "published": "2024/08",
        "pages": "1-15",
        "abstract": (528, 118, 517, 490, 265),  # without the owner's notice
        "publication_types": ("Article",),
    },
    ("CiteSource__final_24.ris.gz", 1): {"abstract": (1030,), "year": 2022, "doi": "10.1505/146554822835224801"},
    ("CiteSource__lens_343.ris.gz", 1): {
        "source_id": "000-454-299-663-964",
        "published": "2020/07/11",
        "pages": "e9128",
        "pmid": "32789069",
        "pmcid": "PMC7417126",
        "doi": "10.7759/cureus.9128",
    },
    ("CiteSource__wos_278.ris.gz", 1): {
        "source_id": "WOS:000491685000028",
        "authors": ("Naderpour M", "Rizeei HM", "Khakzad N", "Pradhan B"),
        "published": "2019 NOV",
        "pages": "106558",
    },
    ("asreview__embase.ris", 1): {
        "source_id": "L373791783",
        "authors": ("Liu R.", "Adler D.G."),
        "journal": "Endoscopic Ultrasound",
        "pages": "152-160",
        "language": ("English",),
        "doi": "10.4103/2303-9027.138783",
        "pmid": None,
    },
    ("asreview__ovid_psycinfo.ris", 1): {
        "source_id": "2019-65183-001",
        "pages": "",  # "No" to "Specified"
        "keywords": ("Health & Mental Health Treatment & Prevention [3300]",),
        "publication_types": (),
        "doi": "10.1002/cpp.2398",
    },
    ("asreview__proquest.ris", 6): {
        "source_id": "2032784247; 49944",
        "pages": "267-291",
        "doi": "10.1080/00273171.2017.1412293",
    },
    ("asreview__pubmed_endnote.txt", 1): {
        "source_id": "21553931",
        "pmid": "21553931",
        "journal": "Clin Pharmacokinet",
        "pages": "349-69",
        "published": "2011 Jun",
    },
    ("asreview__ris_issue_1099.txt", 7): {
        "pages": "339-343",
        "language": ("Spanish",),
    },
    ("asreview__ris_issue_992.txt", 1): {"source_id": "rayyan-264552525", "pages": "1-5", "issue": "11"},
    ("asreview__web_of_science.txt", 1): {
        "source_id": "WOS:000444108200009",
        "published": "2018 SEP",
        "pages": "387-397",
    },
    ("revtools__restoration_scopus.ris.gz", 1): {
        "authors": ("Zahid S.", "Dolz Marco R.", "Freund K.B."),
        "abstract": (223, 44, 745, 250),
        "doi": "10.1097/icb.0000000000000530",
        "publication_types": ("Article",),
    },
    ("jabref__RisImporterTest4b.ris", 1): {
        "authors": ("Robinson W. F.", "Huxtable C. R. R."),
        "publication_types": ("Book",),
    },
    ("jabref__RisImporterTest5a.ris", 1): {
        "doi": "10.1016/j.powtec.2012.01.008",
        "publication_types": (),
        "year": 2012,
    },
    ("jabref__RisImporterTest6.ris", 1): {"pmid": "23690738", "pmcid": "PMC3654245", "published": "2013/04/18"},
    ("jabref__RisImporterTestDOI.ris", 1): {"pmid": "26957754", "pmcid": "PMC4756000", "published": "2016/01"},
}


@pytest.mark.parametrize(("name", "position"), SAMPLES)
def test_a_real_entry_has_the_fields_that_a_person_reads_in_it(name: str, position: int) -> None:
    found = items(content(name))[position - 1]
    assert isinstance(found, Record)
    seen = {field: getattr(found, field) for field in SAMPLES[name, position]}
    if "abstract" in seen:
        seen["abstract"] = tuple(len(paragraph) for paragraph in found.abstract.split("\n"))
    assert seen == SAMPLES[name, position]


def test_what_ovid_prints_after_an_entry_stays_with_it() -> None:
    found = items(content("asreview__ovid_psycinfo.ris"))
    assert all("\nNL  - " in item.raw for item in found)
    assert all(isinstance(item, Record) and not item.notes for item in found)


# ---------------------------------------------------------------------------------------------- telling entries apart

ENTRY = "TY  - JOUR\nTI  - {0}\nAU  - Smith, A\nER  - \n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_line_ends_and_encodings_do_not_matter(end: str, encoding: str) -> None:
    text = (ENTRY.format("Über Schmerz – eins") + "\n" + ENTRY.format("Zwei")).replace("\n", end)
    first, second = records(text.encode(encoding))
    assert (first.title, second.title) == ("Über Schmerz – eins", "Zwei")


@pytest.mark.parametrize(
    "text",
    [
        "TY - JOUR\nTI - One\nAU - Smith, A\nER -\nTY - JOUR\nTI - Two\nAU - B\nER -",
        "TY-JOUR\nTI-One\nAU-Smith, A\nER-\n\nTY-JOUR\nTI-Two\nAU-B\nER-",
        "ty  - jour\nti  - One\nau  - Smith, A\ner  - \nty  - jour\nti  - Two\nau  - B\ner  -",
        "TY\t- JOUR\nTI\t- One\nAU\t- Smith, A\nER\t-\nTY\t- JOUR\nTI\t- Two\nAU\t- B\nER\t-",
        "TY  - JOUR\nTI  - One\nAU  - Smith, A\nER  -\n\nTY  - JOUR\nTI  - Two\nAU  - B\nER  -".replace(
            "  -", "\xa0\xa0-"
        ),
        "TY  - JOUR\nTI  - One\nAU  - Smith, A\nER  -\nTY  - JOUR\nTI  - Two\nAU  - B\nER  -".replace("-", "\u2013"),
        "  TY  - JOUR\n  TI  - One\n  AU  - Smith, A\n  ER  - \n  TY  - JOUR\n  TI  - Two\n  AU  - B\n  ER  - ",
        "TY  - JOUR\n\nTI  - One\n\nAU  - Smith, A\n\nER  - \n\n\n\nTY  - JOUR\n\nTI  - Two\n\nAU  - B\n\nER  - ",
        "TY  - JOUR\nTI  - One\nAU  - Smith, A\nTY  - JOUR\nTI  - Two\nAU  - B\nER  - ",
        "TI  - One\nAU  - Smith, A\nER  - \nTI  - Two\nAU  - B\nER  - ",
        "TI  - One\nAU  - Smith, A\n\nTI  - Two\nAU  - B\n",
        "AU  - Smith, A\nTI  - One\n\n\nAU  - B\nTI  - Two\n\n",
        "TY  - JOUR\nTI  - One\nAU  - Smith, A\n\nTY  - JOUR\nTI  - Two\nAU  - B\n",
        "TY  - JOUR\nTI  - One\nAU  - Smith, A\nER  - \n\ufeffTY  - JOUR\nTI  - Two\nAU  - B\nER  - \n\x1a",
        "Provider: X\nContent: text/plain\n\nRecord #1 of 2\nTY  - JOUR\nTI  - One\nAU  - Smith, A\nER  - \n\n"
        "Record #2 of 2\nTY  - JOUR\nTI  - Two\nAU  - B\nER  - \n",
        "<1. >\nTY  - JOUR\nTI  - One\nAU  - Smith, A\nER  - \n<2. >\nTY  - JOUR\nTI  - Two\nAU  - B\nER  - \n",
    ],
)
def test_careless_tags_and_missing_marks_keep_two_entries_two(text: str) -> None:
    first, second = records(text)
    assert (first.title, first.authors) == ("One", ("Smith A",))
    assert (second.title, second.authors) == ("Two", ("B",))
    assert looks_like_ris(text.lstrip("\ufeff"))


def test_text_that_only_looks_like_a_tag_stays_in_its_field() -> None:
    one = record("AB  - We measured\nIL-6 and\nAU-rich elements, and then\n  TI  - indented\nXY - unknown")
    assert one.abstract == "We measured IL-6 and AU-rich elements, and then TI - indented XY - unknown"
    assert (one.title, one.authors) == ("", ())


def test_an_end_without_its_hyphen_ends_an_entry() -> None:
    first, second = records("TY  - JOUR\nTI  - One\nER\nTY  - JOUR\nTI  - Two\nER -")
    assert (first.title, second.title, second.notes) == ("One", "Two", ())


def test_missing_marks_are_noted() -> None:
    first, second, third = records("TY  - JOUR\nTI  - One\nTY  - JOUR\nTI  - Two\nER  - \nTI  - Three\nER  - ")
    assert first.notes == ("the entry has no ER line; it was taken to end where the next one begins",)
    assert (second.notes, third.notes) == ((), ("the entry has no TY line",))


def test_text_between_entries_is_noted_unless_databases_always_print_it() -> None:
    first, second = records(ENTRY.format("One") + "2.\n-----\nAdded by hand\n" + ENTRY.format("Two"))
    assert first.notes == ("text after the entry that belongs to no field: 'Added by hand'",)
    assert second.notes == ()


def test_an_entry_with_nothing_to_screen_is_unreadable_and_keeps_its_text() -> None:
    first, second, third = items("TY  - GEN\nER  - \nTY  - GEN\nN1  - a note\nKW  - a\nER  - \n" + ENTRY.format("Real"))
    assert isinstance(first, Unreadable)
    assert isinstance(second, Unreadable)
    assert "no fields at all" in first.reason
    assert "it has only KW, N1" in second.reason
    assert (second.position, second.line, second.raw) == (2, 3, "TY  - GEN\nN1  - a note\nKW  - a\nER  - ")
    assert isinstance(third, Record)
    assert third.position == 3


# --------------------------------------------------------------------------------------------------- damaged files


@pytest.mark.parametrize(
    "cut", ["TY  - JOUR\nTI  - Cut off in the mid", "TY  - JOUR\nTI  - Whole\n", "TY  - JOUR\nTI  - W\nE"]
)
def test_a_cut_last_entry_is_reported_not_dropped(cut: str) -> None:
    first, second = items(ENTRY.format("One") + cut)
    assert isinstance(first, Record)
    assert isinstance(second, Unreadable)
    assert second.reason.startswith("The file ends in the middle of this entry")
    assert (second.position, second.line) == (2, 5)
    assert second.raw == cut.rstrip("\n")


def test_a_file_without_any_end_tags_is_a_dialect() -> None:
    _, second = records("TY  - JOUR\nTI  - One\n\nTY  - JOUR\nTI  - Two")
    assert second.notes == ("the file ends without the line ER that ends an entry",)


def test_a_cut_gzip_file_gives_what_came_before_and_says_so() -> None:
    text = "".join(ENTRY.format(f"Number {n} {random.Random(n).random()}") for n in range(5000))
    data = gzip.compress(text.encode())
    reader = read_ris(io.BytesIO(data[: len(data) // 2]))
    found: list[Record | Unreadable] = []
    with pytest.raises(TruncatedFile, match="ends before it is complete") as caught:
        found.extend(reader)
    assert isinstance(found[-1], Unreadable)
    assert all(isinstance(item, Record) for item in found[:-1])
    assert caught.value.entries == len(found) - 1 > 1000


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_file_cut_anywhere_keeps_every_entry_that_began(data: st.DataObject) -> None:
    text = content("asreview__ovid_psycinfo.ris")[:30_000] + content("asreview__embase.ris")[3:9_000]
    cut = text[: data.draw(st.integers(0, len(text)))]
    whole = items(text)
    found = items(cut)
    begun = len(re.findall(rb"(?m)^TY  - ", cut))
    assert len(found) in (begun, begun + 1)  # "TY" cut before its hyphen is a line of the entry before, or text
    assert all(one == other for one, other in zip(found[:-1], whole, strict=False))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32), how=st.sampled_from(["shuffle", "drop", "noise", "repeat"]))
def test_mutilated_files_raise_nothing_but_ingest_errors_and_lose_no_marked_entry(seed: int, how: str) -> None:
    chance = random.Random(seed)
    name = chance.choice(["asreview__ris_issue_992.txt", "asreview__proquest.ris", "CiteSource__econlit_3.ris"])
    lines = content(name).removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)
    if how == "shuffle":
        chance.shuffle(lines)
    elif how == "drop":
        lines = [line for line in lines if chance.random() < 0.7]
    elif how == "repeat":
        lines = [line for line in lines for _ in range(chance.randrange(3))]
    data = bytearray(b"".join(lines))
    if how == "noise":
        for _ in range(chance.randrange(1, 300)):
            data[chance.randrange(len(data))] = chance.randrange(256)
    try:
        found = items(bytes(data))
    except IngestError:
        return
    assert [item.position for item in found] == list(range(1, len(found) + 1))
    if how != "noise":
        assert len(found) >= len(re.findall(rb"(?m)^TY  - ", data))


# -------------------------------------------------------------------------------------------------------- hostile files


def test_an_endless_line_is_refused_alone_and_the_next_entry_read() -> None:
    first, second = items(
        b"TY  - JOUR\nTI  - A\nAB  - " + b"x" * (MAX_ENTRY * 3) + b"\nER  - \n" + ENTRY.format("B").encode()
    )
    assert isinstance(first, Unreadable)
    assert "larger than" in first.reason
    assert len(first.raw) <= 20_000
    assert isinstance(second, Record)
    assert second.title == "B"


def test_an_entry_of_a_million_fields_is_refused_and_the_next_read() -> None:
    first, second = items(b"TY  - JOUR\n" + b"AU  - a\n" * 200_000 + b"ER  - \n" + ENTRY.format("B").encode())
    assert isinstance(first, Unreadable)
    assert isinstance(second, Record)


def test_a_million_blank_lines_mean_nothing() -> None:
    (one,) = records(b"TY  - JOUR\n" + b"\n" * 1_000_000 + b"TI  - A\nER  - \n")
    assert one.title == "A"


def test_a_binary_file_has_no_entries() -> None:
    assert items(bytes(range(256)) * 1000) == []
    assert items(b"\0" * 100_000) == []


# ---------------------------------------------------------------------------------------------------------- fields


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        ("T1  - Primary\nST  - Short", "title", "Primary"),
        ("TI  - One\nT1  - Two", "title", "One"),
        ("BT  - A book\nAU  - B", "title", "A book"),
        ("TI  - H<sub>2</sub>O and 10<sup>6</sup> &amp; <i>more</i>", "title", "H_2O and 10^6 & more"),
        ("TI  - p &lt; 0.05 <0.1 and a<b", "title", "p < 0.05 <0.1 and a<b"),
        ("TI  - wrapped\n      over lines", "title", "wrapped over lines"),
        ("TI  - English\nTT  - Deutsch", "original_title", "Deutsch"),
        ("TI  - English title\nST  - Título español\nDB  - Scopus", "original_title", "Título español"),
        ("TI  - A\nAB  - Same text.\nN2  - Same text.", "abstract", "Same text."),
        ("TI  - A\nAB  - Same te\nN2  - Same text.", "abstract", "Same text."),
        ("TI  - A\nN2  - One.\nAB  - Two.", "abstract", "Two.\nOne."),
        ("TI  - A\nAB  - METHODS: We did. RESULTS: It was.", "abstract", "METHODS: We did.\nRESULTS: It was."),
        ("TI  - A\nAB  - Background: We did.\nResults: It was.", "abstract", "Background: We did.\nResults: It was."),
        ("TI  - A\nAB  - One study. Results: they came.", "abstract", "One study. Results: they came."),
        ("TI  - A\nAB  - First.\n\nSecond.", "abstract", "First.\nSecond."),
        ("TI  - A\nAB  - <jats:title>Results</jats:title><jats:p>It was.</jats:p>", "abstract", "Results: It was."),
        ("A1  - Doe, Jane\nAU  - Roe, R.\nTI  - A", "authors", ("Doe Jane", "Roe R.")),
        ("AU  - Doe, Jane; Roe, R.\nTI  - A", "authors", ("Doe Jane", "Roe R.")),
        ("AU  - Doe, J. and Roe, R.\nTI  - A", "authors", ("Doe J.", "Roe R.")),
        ("AU  - Doe J, van der Berg PA, Roe R\nTI  - A", "authors", ("Doe J", "van der Berg PA", "Roe R")),
        ("AU  - King, Martin Luther, Jr\nTI  - A", "authors", ("King Martin Luther Jr",)),
        ("AU  - World Health Organization,\nTI  - A", "authors", ("World Health Organization",)),
        ("AU  - Health, Work and Pain Study Group\nTI  - A", "authors", ("Health, Work and Pain Study Group",)),
        ("AU  - Wang, Y.\nAU  - Wang, Y.\nTI  - A", "authors", ("Wang Y.", "Wang Y.")),
        ("AU  - Wang, Y.\nA1  - Wang, Y.\nTI  - A", "authors", ("Wang Y.",)),
        ("A1  - 王小明；李雷；\nTI  - 痛み", "authors", ("王小明", "李雷")),
        ("AU  - 山田, 太郎\nTI  - 痛み", "authors", ("山田 太郎",)),
        ("A2  - Editor, An\nTI  - A", "authors", ("Editor An",)),
        ("A2  - Editor, An\nAU  - Doe, J\nTI  - A", "authors", ("Doe J",)),
        ("TI  - A\nJO  - J. Pain\nT2  - Journal of Pain", "journal", "Journal of Pain"),
        ("TI  - A\nJA  - J. Pain", "journal", "J. Pain"),
        ("TI  - A\nPY  - 2008///", "published", "2008"),
        ("TI  - A\nY1  - 2008/08//", "year", 2008),
        ("TI  - A\nPY  - 2019\nDA  - AUG 12", "published", "2019 AUG 12"),
        ("TI  - A\nPY  - 2019\nDA  - 2019/08/12\nY2  - 2024/01/01", "published", "2019/08/12"),
        ("TI  - A\nDA  - 2019/08/12", "year", 2019),
        ("TI  - A\nPY  - 10 15", "year", None),
        ("TI  - A\nSP  - 23-33\nEP  - 33", "pages", "23-33"),
        ("TI  - A\nSP  - 23\nEP  - 23", "pages", "23"),
        ("TI  - A\nSP  - 23\nEP  - 23-33", "pages", "23-33"),
        ("TI  - A\nC7  - e77", "pages", "e77"),
        ("TI  - A\nDO  - https://doi.org/10.1000/ABC.", "doi", "10.1000/abc"),
        ("TI  - A\nDO  - doi:10.1000/abc", "doi", "10.1000/abc"),
        ("TI  - A\nM3  - doi: 10.1000/abc", "doi", "10.1000/abc"),
        ("TI  - A\nL3  - 10.1000/abc", "doi", "10.1000/abc"),
        ("TI  - A\nUR  - http://dx.doi.org/10.1000/abc", "doi", "10.1000/abc"),
        ("TI  - A\nN1  - doi: 10.1000/abc", "doi", "10.1000/abc"),
        ("TI  - A\nN1  - Erratum in 10.1000/abc", "doi", None),
        ("TI  - A\nAN  - 123456\nDP  - NLM", "pmid", "123456"),
        ("TI  - A\nAN  - 123456\nDB  - Embase", "pmid", None),
        ("TI  - A\nC2  - 123456\nDB  - Scopus", "pmid", "123456"),
        ("TI  - A\nC2  - PMC123456", "pmcid", "PMC123456"),
        ("TI  - A\nN1  - PMID: 123456", "pmid", "123456"),
        ("TI  - A\nUR  - https://pubmed.ncbi.nlm.nih.gov/123456/", "pmid", "123456"),
        ("TI  - A\nUR  - https://pubmed.ncbi.nlm.nih.gov/1/\nL2  - https://pubmed.ncbi.nlm.nih.gov/2/", "pmid", None),
        ("TI  - A\nKW  - one; two;three", "keywords", ("one", "two", "three")),
        ("TI  - A\nKW  - one\ntwo\nKW  - three; four", "keywords", ("one", "two", "three; four")),
        ("TI  - A\nLA  - English; German", "language", ("English", "German")),
        ("TI  - A\nM3  - Article", "publication_types", ("Article",)),
        ("TI  - A\nUR  - https://clinicaltrials.gov/show/NCT01234567", "registry_ids", ("NCT01234567",)),
        ("TI  - RETRACTED: A", "retracted", True),
        ("TI  - Retracted: A", "retracted", False),  # some publishers call the notice so
        ("TI  - A\nM3  - Retracted Publication", "retracted", True),
        ("TI  - Retraction notice to A", "retraction_notice", True),
        ("TI  - Nerves that retracted", "retracted", False),
        ("TI  - A\nAN  - 5", "source_id", "5"),
    ],
)
def test_a_tag_fills_its_field(body: str, field: str, value: object) -> None:
    assert getattr(record(body), field) == value


def test_two_dois_are_noted() -> None:
    one = record("TI  - A\nDO  - 10.1000/a\nM3  - 10.1000/b")
    assert one.doi == "10.1000/a"
    assert one.notes == ("the entry gives different DOIs: 10.1000/a, 10.1000/b; the first is used",)


def test_the_same_entry_has_the_same_identifier_in_another_file_and_another_place() -> None:
    (one,) = records("TY  - JOUR\nTI  - A  b\nAU  - C\nID  - 1\nER  - \n")
    other = records(ENTRY.format("Before") + "\nTY  - JOUR\nID  - 99\nAU  - C\nTI  - A b\nER  - \n")[1]
    assert one.source_id == other.source_id


def test_a_repeated_identifier_is_told_apart() -> None:
    found = records(ENTRY.format("A") * 2)
    assert found[1].source_id == f"{found[0].source_id} (entry 2)"


def test_zeros_and_control_characters_do_not_come_through() -> None:
    one = record("TI  - A\0b\x1fc\nAU  - D\0")
    assert (one.title, one.authors) == ("A b c", ("D",))
    assert "\0" not in one.raw


def test_the_group_that_signs_an_article_of_ovids_is_an_author_and_its_members_are_not() -> None:
    text = (
        "TY  - JOUR\nTI  - T\nAU  - Doe, Jane\nA2  - Abel R, Bain B, Coe C\nA2  - Pain Research Network\nER  - \n"
        "TY  - BOOK\nTI  - B\nAU  - Doe, Jane\nA2  - Publishing Group\nER  - \n"
    )
    article, book = read_ris(io.BytesIO(text.encode()))
    assert isinstance(article, Record)
    assert isinstance(book, Record)
    assert article.authors == ("Doe Jane", "Pain Research Network")
    assert book.authors == ("Doe Jane",)


def test_markup_that_was_escaped_in_an_abstract_is_no_text() -> None:
    abstract = '<jats:p>&lt;p dir="ltr"&gt;Pain fell (p &lt;0.05).&lt;/p&gt;</jats:p>'
    (item,) = read_ris(io.BytesIO(f"TY  - JOUR\nTI  - T\nAB  - {abstract}\nER  - \n".encode()))
    assert isinstance(item, Record)
    assert item.abstract.strip() == "Pain fell (p <0.05)."
