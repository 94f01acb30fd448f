"""Every export reads back equal whatever is in a record, and harms no program that opens it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingest.exports import EXPORTS, write_file, write_records
from ingest.formats.bibtex import read_bibtex
from ingest.formats.csv_table import guess_mapping, read_csv
from ingest.formats.exact_cells import COLUMNS, ORDER
from ingest.formats.medline import read_medline
from ingest.formats.ris import read_ris
from ingest.readers import look_at, read_records
from ingest.record import IngestError, Link, Record, Unreadable

READERS: dict[str, Callable[[BinaryIO], Iterator[Record | Unreadable]]] = {
    "csv": read_csv,
    "bibtex": read_bibtex,
    "ris": read_ris,
    "nbib": read_medline,
}

# What each format treats as its own, beside any text at all.
_TEXT = st.text(max_size=20) | st.text(alphabet="'=+-@;|\\,\"\n\r\t e{}$%&#_~^`0A<>:\u2028", max_size=10)
_MAYBE = st.none() | _TEXT
_TEXTS = st.lists(_TEXT, max_size=3).map(tuple)
_LINKS = st.lists(st.builds(Link, type=_TEXT, pmid=_MAYBE, citation=_TEXT), max_size=2).map(tuple)
RECORDS = st.builds(
    Record,
    source=_TEXT | st.sampled_from(["pubmed", "ris", "csv", "bibtex"]),
    source_id=_TEXT,
    title=_TEXT,
    original_title=_TEXT,
    abstract=_TEXT,
    authors=_TEXTS,
    journal=_TEXT,
    year=st.none() | st.integers(-(10**12), 10**12) | st.integers(1900, 2030),
    published=_TEXT,
    volume=_TEXT,
    issue=_TEXT,
    pages=_TEXT,
    language=_TEXTS,
    publication_types=_TEXTS,
    mesh=_TEXTS,
    keywords=_TEXTS,
    pmid=_MAYBE,
    version=st.none() | st.integers(-100, 100),
    doi=_MAYBE,
    pmcid=_MAYBE,
    registry_ids=_TEXTS,
    retracted=st.booleans(),
    retraction_notice=st.booleans(),
    links=_LINKS,
    notes=_TEXTS,
)
USUAL = Record(
    source="pubmed",
    source_id="12345678",
    title="rTMS for pain: 50% & more, <5 mA, p_value {x} α-β “quoted” -- dashes",
    original_title="rTMS bei Schmerz",
    abstract="BACKGROUND: One.\nMETHODS: Two \\alpha, $5 to $10.\nRESULTS: ~ ^ # 100%.",
    authors=("van der Berg P", "Müller Hans Peter", "Society for Pain and Suffering Study Group", "O'Neil J"),
    journal="The journal of pain",
    year=2020,
    published="2020 Mar 5",
    volume="21",
    issue="3-4",
    pages="100-110",
    language=("eng", "ger"),
    publication_types=("Journal Article", "Randomized Controlled Trial"),
    mesh=("Pain/*drug therapy/etiology", "*Migraine"),
    keywords=("pain; chronic", "rTMS"),
    pmid="12345678",
    version=2,
    doi="10.1000/a_b(1)<2>",
    pmcid="PMC1234567",
    registry_ids=("NCT01234567",),
    retracted=True,
    links=(Link(type="RetractionIn", pmid=None, citation="J Pain. 2021;22:1"), Link(type="CommentOn", pmid="1")),
    notes=("two DOIs | one used",),
)


def written(records: list[Record], format: str) -> str:
    file = io.StringIO(newline="")
    assert write_records(records, file, format) == len(records)
    return file.getvalue()


@pytest.mark.parametrize("format", EXPORTS)
def test_a_usual_record_reads_back_equal(tmp_path: Path, format: str) -> None:
    path = tmp_path / f"out{EXPORTS[format].suffix}"
    assert write_file([USUAL, USUAL], path, format) == 2
    assert list(tmp_path.iterdir()) == [path]
    assert list(read_records(path)) == [USUAL, USUAL]
    assert not look_at(path)[0].encoding_guessed


@pytest.mark.parametrize("format", EXPORTS)
def test_no_records_are_an_empty_file_of_the_format(format: str) -> None:
    assert list(READERS[format](io.BytesIO(written([], format).encode()))) == []


@pytest.mark.parametrize("format", EXPORTS)
@given(records=st.lists(RECORDS, max_size=3))
@example(records=[Record(source="", source_id="", title="")])
@example(records=[USUAL, USUAL])
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_records_read_back_equal(format: str, records: list[Record]) -> None:
    text = written(records, format)
    assert list(READERS[format](io.BytesIO(text.encode(EXPORTS[format].encoding)))) == records


def test_an_unknown_export_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match=r"'docx'.*ris"):
        write_records([USUAL], io.StringIO(), "docx")
    with pytest.raises(IngestError, match="cannot be written"):
        write_file([USUAL], tmp_path / "no" / "such" / "folder.csv", "csv")


def test_an_export_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def records() -> Iterator[Record]:
        yield USUAL
        raise IngestError("the source broke")

    with pytest.raises(IngestError, match="the source broke"):
        write_file(records(), tmp_path / "out.csv", "csv")
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------------------------------------------------------- CSV


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_table_begins_with_the_columns_of_pubmed_s_own() -> None:
    pubmed = "PMID,Title,Authors,Citation,First Author,Journal/Book,Publication Year,Create Date,PMCID,NIHMS ID,DOI"
    assert ",".join(ORDER[:11]) == pubmed
    (row,) = rows(written([USUAL], "csv"))
    assert row["Citation"] == "The journal of pain. 2020 Mar 5;21(3-4):100-110. doi: 10.1000/a_b(1)<2>."
    assert row["First Author"] == "van der Berg P"
    assert row["Authors"].startswith("van der Berg P; Müller Hans Peter; ")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\x00=", "＝", "＠"])
def test_no_cell_is_a_formula_and_every_cell_comes_back(start: str) -> None:
    text = f'{start}HYPERLINK("https://example.org";"x")'
    record = Record(
        source=text, source_id=text, title=text, abstract=text, authors=(text, text), journal=text, keywords=(text,),
        links=(Link(type=text, citation=text),), pages="-5", year=-5, notes=(text,)
    )  # fmt: skip
    output = written([record], "csv")
    for row in rows(output):
        assert not any(cell.lstrip(" \x00")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠") for cell in row.values() if cell)  # fmt: skip  # noqa: E501
    assert list(read_csv(io.BytesIO(output.encode()))) == [record]


def test_every_cell_stands_in_quotes() -> None:
    """A program that takes the semicolon for the separator must not find a cell that begins inside one of ours."""
    header, row = written([Record(source="a", source_id="b", title="x;=1+1")], "csv").splitlines()
    assert header.count('","') == row.count('","') == len(ORDER) - 1


def test_a_table_that_a_spreadsheet_saved_again_is_still_ours() -> None:
    table = rows(written([USUAL], "csv"))
    order = ["My remark", *reversed(ORDER)]
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, order, delimiter=";")
    writer.writeheader()
    writer.writerows([row | {"My remark": "read this"} for row in table])
    mapping = guess_mapping(io.BytesIO(file.getvalue().encode("utf-16")))
    assert (mapping.own, mapping.separator, mapping.usable) == (True, ";", True)
    assert list(read_csv(io.BytesIO(file.getvalue().encode("utf-16")))) == [USUAL]


def test_what_somebody_changed_in_our_table_counts_and_what_they_spoilt_is_said() -> None:
    text = written([USUAL, USUAL], "csv").replace('"2020"', '"2021"', 1)
    first, second = read_csv(io.BytesIO(text.replace('"2020"', '"twenty"').encode()))
    assert isinstance(first, Record)
    assert first.year == 2021
    assert isinstance(second, Unreadable)
    assert "column \"Publication Year\" holds 'twenty'" in second.reason


def test_without_one_of_our_columns_a_table_is_any_table() -> None:
    table = rows(written([USUAL], "csv"))
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, [name for name in ORDER if name != "Links"], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(table)
    (record,) = read_csv(io.BytesIO(file.getvalue().encode()))
    assert isinstance(record, Record)
    assert (record.source, record.pmid, record.title) == ("csv", USUAL.pmid, USUAL.title)
    assert set(COLUMNS) <= set(ORDER)


# ------------------------------------------------------------------------------------------------------------- BibTeX


def test_bibtex_has_what_other_programs_look_for() -> None:
    text = written([USUAL], "bibtex")
    assert text.startswith("@article{vanderberg2020rtms,\n")
    assert (
        "author = {van der Berg, P and Müller, Hans Peter and {Society for Pain and Suffering Study Group} and" in text
    )
    assert "pages = {100--110}" in text
    assert r"50\% \& more" in text
    assert "doi = {10.1000/a_b(1)<2>}" in text


def test_citation_keys_are_distinct_and_plain() -> None:
    records = [
        Record(source="a", source_id=str(n), title=title, authors=(author,), year=2000)
        for n, (title, author) in enumerate([("Öl", "Åse B"), ("Öl", "Åse B"), ("", "{}"), ("", "王 小")])
    ]
    keys = [line.partition("{")[2].rstrip(",") for line in written(records, "bibtex").splitlines() if line[:1] == "@"]
    assert len(set(keys)) == 4
    assert all(key.isascii() and key.replace("-", "").isalnum() for key in keys)


# -------------------------------------------------------------------------------------------------------- the command


def command(*arguments: str | Path) -> tuple[int, str, str]:
    done = subprocess.run([sys.executable, "-m", "workbench", *map(str, arguments)], capture_output=True, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_the_command_converts_and_keeps_what_it_read_when_a_later_file_breaks(tmp_path: Path) -> None:
    write_file([USUAL], tmp_path / "good.ris", "ris")
    (tmp_path / "odd.bib").write_text("@article{a, title={One}}\n@article{b, title = {x\n", encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    write_file([USUAL], tmp_path / "last.csv", "csv")
    files = [tmp_path / name for name in ("good.ris", "odd.bib", "picture.png", "last.csv")]
    code, printed, said = command("records", *files, "--to", "nbib", "--out", tmp_path / "all.nbib")
    assert (code, printed) == (1, "")
    assert "odd.bib, entry 2 (line 2):" in said
    assert "picture.png" in said
    back = list(read_records(tmp_path / "all.nbib"))
    assert [back[0], back[2]] == [USUAL, USUAL]
    assert len(back) == 3
    code, printed, said = command("records", *files, "--json")
    answer = json.loads(printed)
    assert (code, len(answer["records"])) == (1, 3)
    assert [(item["position"], item["line"]) for item in answer["unreadable"]] == [(2, 2), (1, None)]


def test_the_command_writes_to_standard_output_too(tmp_path: Path) -> None:
    write_file([USUAL], tmp_path / "good.csv", "csv")
    code, printed, _ = command("records", tmp_path / "good.csv", "--to", "bibtex")
    assert code == 0
    assert list(read_bibtex(io.BytesIO(printed.encode()))) == [USUAL]
    code, _, said = command("records", tmp_path / "good.csv", "--out", tmp_path / "x.ris")
    assert code == 2
    assert "--to" in said
