# ruff: noqa: E501  (made-up files are one line each)
"""Files of records told by content, tables in any encoding and separator, and refusals that say what to do."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ingest
from ingest.exports import write_records
from ingest.formats.csv_table import guess_mapping, read_csv
from ingest.identifiers import normalise_doi, normalise_pmcid, normalise_pmid, registry_numbers
from ingest.readers import look_at, read_records
from ingest.record import BrokenFile, IngestError, Record, TruncatedFile, UnknownFormat, Unreadable, UnsafeFile
from tests.shared_data import shared


def table(text: str | bytes) -> list[Record | Unreadable]:
    return list(read_csv(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def records(text: str | bytes) -> list[Record]:
    items = table(text)
    assert all(isinstance(item, Record) for item in items), items
    return [item for item in items if isinstance(item, Record)]


def test_importing_ingest_loads_no_reader() -> None:
    code = (
        "import sys, ingest; heavy = {'rapidfuzz', 'xml', 'csv', 'Bio', 'pandas', 'numpy'} & set(sys.modules); "
        "print(sorted(heavy)); assert ingest.read_records and ingest.Record"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_everything_that_ingest_offers_is_there() -> None:
    assert all(getattr(ingest, name) for name in ingest.__all__)
    with pytest.raises(AttributeError, match="no_such"):
        ingest.no_such  # noqa: B018


# --------------------------------------------------------------------------------------------------------- real files


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("data/dedupe/cytology_screening/records.csv.gz", 1856),
        ("data/dedupe/respiratory/records.csv.gz", 1988),
        ("data/dedupe/diabetes/records.csv.gz", 1845),  # Windows-1252, line breaks inside fields
    ],
)
def test_every_row_of_the_labelled_sets_is_a_record(path: str, rows: int) -> None:
    found = list(read_records(shared(path)))
    assert [type(item) for item in found] == [Record] * rows
    keys = [item.key for item in found if isinstance(item, Record)]
    assert len(set(keys)) == rows
    text = "".join(item.title + " ".join(item.authors) for item in found if isinstance(item, Record))
    assert "\ufffd" not in text


def test_pubmed_xml_is_told_by_content_under_any_name(tmp_path: Path) -> None:
    source = shared("data/pubmed_xml_samples/efetch_2025_set.xml.gz")
    for name, data in {"export.txt": gzip.decompress(source.read_bytes()), "export.csv": source.read_bytes()}.items():
        (tmp_path / name).write_bytes(data)
        assert len(list(read_records(tmp_path / name))) == 77


# ------------------------------------------------------------------------------------------------ formats and archives

ENTRIES = {
    "RIS": b"TY  - JOUR\r\nTI  - T\r\nPY  - 2000\r\nER  - \r\n",
    "PubMed's tagged text (MEDLINE, nbib)": b"PMID- 5\nTI  - T\nDP  - 2000\n",
    "Web of Science's tagged text (ISI, ciw)": b"FN Clarivate Analytics Web of Science\nVR 1.0\nPT J\nTI T\nPY 2000\nER\n\nEF\n",
    "refer (EndNote's tagged text)": b"%0 Journal Article\n%T T\n%D 2000\n",
    "Ovid's tagged text": b"<1>\nVN  - Ovid Technologies\nDB  - Embase\nTI  - T\nYR  - 2000\nAN  - 1\n",
    "BibTeX": b"@article{k, title={T}, year=2000}\n",
    "EndNote XML": b"<xml><records><record><titles><title>T</title></titles><dates><year>2000</year></dates></record></records></xml>",
    "CSV or TSV table": b"title;year\nT;2000\n",
}
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "two gzip members": lambda data: gzip.compress(data[:10]) + gzip.compress(data[10:]),
}


@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("name", ENTRIES)
def test_a_format_is_told_by_content_however_it_is_named_and_packed(tmp_path: Path, name: str, packing: str) -> None:
    path = tmp_path / "download.pdf"
    path.write_bytes(PACKED[packing](ENTRIES[name]))
    (item,) = read_records(path)
    assert isinstance(item, Record), item
    assert (item.title, item.year, item.position) == ("T", 2000, 1)
    (found,) = look_at(path)
    assert (found.name, found.format, found.problem) == ("download.pdf", name, "")


def test_a_zip_is_read_file_by_file(tmp_path: Path) -> None:
    path = tmp_path / "exports.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/a.txt", ENTRIES["RIS"])
        archive.writestr("folder/", b"")
        archive.writestr("read me.txt", b"See the other files, please.")
        archive.writestr("__MACOSX/._a.txt", b"\x00\x05")
        archive.writestr("b.csv", "title,year\nÄrger,2000\nToo,many,cells\n".encode("cp1252"))
        archive.writestr("folder/a.txt.bib", ENTRIES["BibTeX"])
    items = list(read_records(path))
    assert [item.title for item in items if isinstance(item, Record)] == ["T", "Ärger", "T"]
    problems = [(item.file, item.position, item.line) for item in items if isinstance(item, Unreadable)]
    assert problems == [("exports.zip/read me.txt", 1, None), ("exports.zip/b.csv", 2, 3)]
    found = {file.name: (file.format, file.encoding_guessed, bool(file.problem)) for file in look_at(path)}
    assert found == {
        "exports.zip/folder/a.txt": ("RIS", False, False),
        "exports.zip/read me.txt": ("", False, True),
        "exports.zip/b.csv": ("CSV or TSV table", True, False),
        "exports.zip/folder/a.txt.bib": ("BibTeX", False, False),
    }


def test_damage_inside_a_zip_does_not_cost_the_other_files(tmp_path: Path) -> None:
    path = tmp_path / "exports.zip"
    whole = gzip.decompress(shared("data/pubmed_xml_samples/efetch_2025_set.xml.gz").read_bytes())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cut.xml", whole[:500_000])
        archive.writestr("good.ris", ENTRIES["RIS"])
    items: list[Record | Unreadable] = []
    with pytest.raises(BrokenFile, match=r"^exports\.zip: 1 of the files inside .*exports\.zip/cut\.xml: ") as caught:
        items.extend(read_records(path))
    reader = read_records(path)
    read = []
    with suppress(BrokenFile):
        for item in reader:
            read.append(item)
    assert caught.value.entries == len(read) > 10
    assert read[-1].position == 1


# ------------------------------------------------------------------------------------------------------------ encodings

TITLES = {
    "utf-8": "Schmerz für Ärzte – “quoted” 中文 боль",
    "utf-8-sig": "Schmerz für Ärzte 中文",
    "utf-16": "Schmerz für Ärzte 中文 боль",
    "utf-16-le": "Schmerz für Ärzte, боль в спине и стимуляция",
    "utf-16-be": "Schmerz für Ärzte",
    "utf-32": "Schmerz für Ärzte 中文",
    "utf-32-le": "Schmerz für Ärzte",
    "cp1252": "Étude randomisée – « douleur » chez des patients âgés",
    "latin-1": "Über die Wirkung der Stimulation für Ärzte",
    "cp1250": "Stymulacja magnetyczna w leczeniu bólu przewlekłego, Świątek, żółć",
    "cp1254": "Ağrılı hastalarda uyarım, Şahin İ ve Yıldız Ş",
    "mac_roman": "Étude randomisée de la stimulation répétée chez des patients âgés, être",
    "cp1251": "Рандомизированное исследование транскраниальной магнитной стимуляции",
    "koi8_r": "Рандомизированное исследование транскраниальной магнитной стимуляции",
    "cp1253": "Τυχαιοποιημένη μελέτη διακρανιακής μαγνητικής διέγερσης",
    "gb18030": "经颅磁刺激治疗慢性神经病理性疼痛的随机对照试验",
    "big5": "經顱磁刺激治療慢性神經病理性疼痛的隨機對照試驗",
    "cp932": "慢性疼痛に対する反復経頭蓋磁気刺激の無作為化比較試験",
    "euc_jp": "慢性疼痛に対する反復経頭蓋磁気刺激の無作為化比較試験",
    "iso2022_jp": "慢性疼痛に対する反復経頭蓋磁気刺激の無作為化比較試験",
    "cp949": "만성 통증에 대한 반복 경두개 자기자극의 무작위 대조 시험",
}
UNMARKED = frozenset(TITLES) - {
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "utf-32-le",
    "iso2022_jp",
}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", TITLES)
@pytest.mark.parametrize("form", ["ris", "csv", "bib"])
def test_a_text_in_any_encoding_is_read_and_a_guess_is_noted(
    tmp_path: Path, form: str, encoding: str, end: str
) -> None:
    title = TITLES[encoding]
    text = {
        "ris": f"TY  - JOUR\nTI  - Plain title of a trial in people with pain\nER  - \nTY  - JOUR\nTI  - {title}\nER  - \n",
        "csv": f'title,year\nPlain title of a trial in people with pain,2000\n"{title}",2001\n',
        "bib": f"@article{{a,\n title={{Plain title of a trial in people with pain}}}}\n@article{{b,\n title={{{title}}}}}\n",
    }[form]
    path = tmp_path / "file"
    path.write_bytes(text.replace("\n", end).encode(encoding))
    plain, other = read_records(path)
    assert isinstance(plain, Record)
    assert isinstance(other, Record)
    assert other.title == title
    assert not any("encoding" in note for note in plain.notes)
    assert any("does not say its encoding" in note for note in other.notes) == (encoding in UNMARKED)
    assert look_at(path)[0].encoding_guessed == (encoding in UNMARKED)


def test_an_encoding_is_looked_for_in_all_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    plain = "".join(f"Plain title number {n},2000\n" for n in range(20_000))
    path.write_bytes(f"title,year\n{plain}Рандомизированное исследование боли,2001\n".encode("cp1251"))
    *_, last = read_records(path)
    assert isinstance(last, Record)
    assert last.title == "Рандомизированное исследование боли"


def test_a_person_may_say_what_the_encoding_is(tmp_path: Path) -> None:
    path = tmp_path / "czech.csv"
    path.write_bytes("title,year\nDvořák,2000\n".encode("cp1250"))
    mapping = replace(guess_mapping(io.BytesIO(path.read_bytes())), encoding="cp1250")
    (item,) = read_records(path, mapping=mapping)
    assert isinstance(item, Record)
    assert (item.title, item.notes) == ("Dvořák", ())


# ----------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"SQLite format 3\x00", "SQLite"),
        (b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00", "binary"),
        (b'{"records": []}', "JSON"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"<?xml version='1.0'?><html>", "web page"),
        (b"<eFetchResult><ERROR>x</ERROR></eFetchResult>", "E-utilities"),
        (b"<article><front>", "XML document of another kind"),
        (b"name,age\nAda,36\n", "not known"),
        (b"abstract,authors,year\nA,B,2000\n", "table without a column of titles.*abstract, authors, year"),
        (b"Some prose, with commas.\nAnd lines.", "not known"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_it_looks_like(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "upload.bin"
    path.write_bytes(content)
    with pytest.raises(UnknownFormat, match=f"upload.bin: .*{what}"):
        read_records(path)


def test_a_missing_file_or_a_folder_is_an_ingest_error(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(IngestError, match="cannot be opened"):
            read_records(path)


def test_an_error_names_the_file_and_counts_what_was_read(tmp_path: Path) -> None:
    path = tmp_path / "cut.xml"
    path.write_bytes(gzip.decompress(shared("data/pubmed_xml_samples/efetch_2025_set.xml.gz").read_bytes())[:500_000])
    reader = read_records(path)
    found = [next(reader) for _ in range(11)]
    assert all(isinstance(item, Record) for item in found)
    with pytest.raises(TruncatedFile, match=r"^cut\.xml: .* last complete entry") as caught:
        found.extend(reader)
    assert caught.value.entries >= 11


def test_an_unreadable_entry_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "odd.xml"
    path.write_text("<PubmedArticleSet><PubmedArticle/></PubmedArticleSet>")
    (item,) = read_records(path)
    assert isinstance(item, Unreadable)
    assert (item.file, item.position) == ("odd.xml", 1)


# ------------------------------------------------------------------------------------------------------------- tables

HEADER = "title,abstract,authors,journal,year,volume,number,pages,doi,pmid,record_id"


def test_the_columns_of_the_contract_are_read() -> None:
    (record,) = records(
        f'{HEADER}\n"A title","An abstract","Doe, Jane; Roe, R.",Pain,2019,12,3,45-51,'
        "https://doi.org/10.1000/ABC,12345678,r7\n"
    )
    assert record == Record(
        source="csv",
        source_id="r7",
        title="A title",
        abstract="An abstract",
        authors=("Doe Jane", "Roe R."),
        journal="Pain",
        year=2019,
        volume="12",
        issue="3",
        pages="45-51",
        doi="10.1000/abc",
        pmid="12345678",
    )


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_separators_line_ends_and_encodings(separator: str, newline: str, encoding: str) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator=newline)
    writer.writerows([["Title", "Author(s)", "Year"], ["Schmerz für “alle”", "Müller, Jörg", "2001"]])
    (record,) = records(text.getvalue().encode(encoding))
    assert (record.title, record.authors, record.year) == ("Schmerz für “alle”", ("Müller Jörg",), 2001)


def test_a_file_of_two_encodings_is_read() -> None:
    (utf, windows) = records(b"title,year\n" + "é".encode() + b",2000\n" + "é“".encode("cp1252") + b",2001\n")
    assert (utf.title, windows.title) == ("é", "é“")


def test_column_names_in_other_spellings() -> None:
    (record,) = records(
        "Article Title,Source Title,Publication Year,Issue,Page start,Page end,PubMed ID,Author Keywords,ID\n"
        "T,J,2020.0,4,10,19,123.0,pain; rTMS,5\n"
    )
    assert (record.title, record.journal, record.year, record.issue) == ("T", "J", 2020, "4")
    assert (record.pages, record.pmid, record.keywords, record.source_id) == ("10-19", "123", ("pain", "rTMS"), "5")


def test_line_breaks_and_separators_inside_quotes_belong_to_the_cell() -> None:
    (first, second) = records('title,abstract,year\n"A, B","one\ntwo ""quoted""",2000\nC,,2001\n')
    assert first.title == "A, B"
    assert first.abstract == 'one\ntwo "quoted"'
    assert second.title == "C"


def test_a_spreadsheet_s_separator_line_is_not_the_header() -> None:
    assert [record.title for record in records("sep=;\ntitle;year\nT;2000\n")] == ["T"]


def test_rows_of_the_wrong_width_are_counted_and_said() -> None:
    short, long, fine = table("title,year,journal\nShort,2000\nLong,2000,Pain,and,more\nFine,2001,Pain\n")
    assert isinstance(short, Record)
    assert "2 cells under 3" in short.notes[0]
    assert isinstance(long, Unreadable)
    assert "line 3" in long.reason
    assert long.position == 2
    assert isinstance(fine, Record)


def test_a_row_without_a_title_is_still_a_record_and_an_empty_line_is_not() -> None:
    assert [record.year for record in records("title,year\n,2000\n\n , \nT,2001\n")] == [2000, 2001]


def test_a_table_that_ends_within_a_quoted_cell_is_no_silent_end() -> None:
    rows = "".join(f"Title {n},Journal,2000\n" for n in range(50))
    with pytest.raises(TruncatedFile, match=r"line 52 .*50 rows") as caught:
        table(f'title,journal,year\n{rows}"An open quote\nof several lines, and\nno end')
    assert caught.value.entries == 50
    (item,) = table('title,year\n"' + "x" * 2_000_000 + "\n")
    assert isinstance(item, Unreadable)
    assert "quotation mark" in item.reason


@pytest.mark.parametrize(
    "lines",
    [
        ['"An open quote,Pain,2001'],  # never closed
        ['"An open quote,Pain,2001', 'C,"Pain, the journal",2002'],  # closed by the next row's
        ['A,"Pain,2001', "C,Pain,2002", 'D,"Pain",2003'],
    ],
)
def test_a_stray_quotation_mark_spoils_its_own_row_only(lines: list[str]) -> None:
    rows = "".join(f"{line}\n" for line in ["First,Pain,2000", *lines, "Before,Pain,2009", "Last,Pain,2010"])
    found = table(f"title,journal,year\n{rows}")
    assert [type(item) for item in found] == [Record, Unreadable, *[Record] * (len(lines) + 1)]
    assert isinstance(found[1], Unreadable)
    assert (found[1].line, found[1].raw, found[1].position) == (3, lines[0], 2)
    assert [item.year for item in found if isinstance(item, Record)][-2:] == [2009, 2010]


def test_a_line_without_end_is_refused_within_seconds() -> None:
    begun = time.perf_counter()
    with pytest.raises((UnsafeFile, BrokenFile)):
        table(b"title,year\n" + b"x," * 20_000_000)
    assert time.perf_counter() - begun < 20


def test_rows_without_an_identifier_keep_their_key_wherever_they_stand() -> None:
    first = records("title,year\nA,2000\nB,2001\n")
    second = records("title,year\nB,2001\nC,2002\nC,2002\n")
    assert first[1].key == second[0].key
    assert len({record.key for record in [*first, *second]}) == 4  # A, B, C and the second C


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Zuna, R E and Wang, S S and Group, ALTS", ("Zuna R E", "Wang S S", "Group ALTS")),
        ("Doe, Jane; Roe, R.", ("Doe Jane", "Roe R.")),
        ("Smith JA, van der Berg P, Liu Q", ("Smith JA", "van der Berg P", "Liu Q")),
        ("Smith, John A", ("Smith John A",)),
        ("['Marx, Karl', 'Lindgren, Astrid']", ("Marx Karl", "Lindgren Astrid")),
        ("Doe J|Roe R", ("Doe J", "Roe R")),
        ("Society for Pain and Suffering", ("Society for Pain", "Suffering")),
        ("", ()),
    ],
)
def test_author_cells_are_taken_apart(cell: str, names: tuple[str, ...]) -> None:
    (record,) = records(f'title,authors\nT,"{cell}"\n')
    assert record.authors == names


_CELL = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Zl", "Zp")), max_size=30)


@given(rows=st.lists(st.tuples(_CELL, _CELL, st.integers(1900, 2030)), max_size=8))
@settings(max_examples=80, deadline=None)
def test_what_is_written_as_csv_is_read_back(rows: list[tuple[str, str, int]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["title", "journal", "year"])
    writer.writerows(rows)
    found = records(text.getvalue())
    assert [(r.title, r.year) for r in found] == [(re.sub(" +", " ", title.strip()), year) for title, _, year in rows]


# -------------------------------------------------------------------------------------------------------- identifiers


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("10.1000/ABC", "10.1000/abc"),
        ("doi:10.1000/abc.", "10.1000/abc"),
        ("https://dx.doi.org/10.1016/0168-5597(92)90051-C", "10.1016/0168-5597(92)90051-c"),
        ("(10.1000/abc)", "10.1000/abc"),
        ("https://doi.org/10.1000%2Fabc", "10.1000/abc"),
        ("not a doi", None),
        ("10/abc", None),
        ("", None),
    ],
)
def test_a_doi_has_one_spelling(text: str, doi: str | None) -> None:
    assert normalise_doi(text) == doi


def test_pmids_and_pmcids_have_one_spelling() -> None:
    assert [normalise_pmid(text) for text in ("123", "PMID: 00123", "123.0", "0", "12a", "")] == [
        *["123"] * 3,
        *[None] * 3,
    ]
    assert [normalise_pmcid(text) for text in ("PMC12", "12", "pmc12.1", "x")] == [*["PMC12"] * 3, None]


def test_registry_numbers_are_found_in_running_text_once_each() -> None:
    text = (
        "Registered (NCT 01234567; nct01234567), ISRCTN12345678, ACTRN12612000123456, ChiCTR-TRC-12002345, "
        "ChiCTR1900012345, DRKS00001234, UMIN000012345, EudraCT 2010-123456-12, RBR-2abc3d, jRCTs032180012; "
        "not NCT0123456, not XNCT01234567, not 2010-12-12."
    )
    assert registry_numbers(text) == (
        *("NCT01234567", "ISRCTN12345678", "ACTRN12612000123456", "ChiCTR-TRC-12002345", "ChiCTR1900012345"),
        *("DRKS00001234", "UMIN000012345", "2010-123456-12", "RBR-2abc3d", "jRCTs032180012"),
    )


def test_chinese_text_in_which_much_looks_like_utf_8_by_chance_is_told(tmp_path: Path) -> None:
    title = "重复经颅磁刺激治疗神经病理性疼痛的疗效观察"
    path = tmp_path / "cnki.ris"
    path.write_bytes(
        f"TY  - JOUR\nTI  - {title}\nAU  - 王, 小明\nJF  - 中华物理医学与康复杂志\nER  - \n".encode("gb18030")
    )
    (item,) = read_records(path)
    assert isinstance(item, Record)
    assert (item.title, item.journal) == (title, "中华物理医学与康复杂志")


_FOREIGN = {
    "ris": "an abstract\nTY  - JOUR\nTI  - not this\nER  - \n",
    "isi": "an abstract\nFN ISI\nVR 1.0\nPT J\nAU x\nTI not this\nER\n",
    "medline": "an abstract\nPMID- 5\nOWN - NLM\nTI  - not this\n",
    "bibtex": "an abstract\n@article{a, title={not this}}\n",
}


@pytest.mark.parametrize("inside", _FOREIGN)
def test_lines_of_another_format_in_an_abstract_do_not_change_what_a_file_is(tmp_path: Path, inside: str) -> None:
    path = tmp_path / "file"
    quoted = _FOREIGN[inside]
    record = Record(source="x", source_id="1", title="A title", abstract=quoted)
    for form in ("ris", "csv", "bibtex", "nbib"):
        with path.open("w", encoding="utf-8", newline="") as file:
            write_records([record], file, form)
        assert list(read_records(path)) == [record], form
    path.write_text(f'Title,Abstract,Year\nA title,"{quoted}",2001\n', encoding="utf-8")
    assert look_at(path)[0].format == "CSV or TSV table"
    assert [item.title for item in read_records(path) if isinstance(item, Record)] == ["A title"]
