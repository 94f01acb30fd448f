"""All 64 real exports and all 112 real PubMed files: each is read, and as many items come out as it has markers."""

from __future__ import annotations

import csv
import gzip
import io
import re
from pathlib import Path

import pytest

from ingest.exports import EXPORTS, write_records
from ingest.readers import look_at, read_records
from ingest.record import Record, UnknownFormat, Unreadable
from tests.shared_data import ROOT, shared

EXPORT_FILES = sorted(path.name for path in (ROOT / "data/citation_exports/files").glob("*"))
PUBMED_FILES = sorted(path.name for path in (ROOT / "data/pubmed_xml/files").glob("*"))
NO_TITLE = "asreview__generic_labels_no_title.csv"


def text_of(path: Path) -> str:
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")


def rows_of(text: str) -> int:
    """Rows that are not empty below the header, as the csv module counts them."""
    separator = max(",;\t", key=text.partition("\n")[0].count)
    return sum(any(cell.strip() for cell in row) for row in csv.reader(io.StringIO(text), delimiter=separator)) - 1


# The marker that every entry of a format has once. Files whose entries are not all marked are counted by hand below.
MARKERS = {
    "RIS": re.compile(r"^[ \t]*TY ? ?- ?", re.MULTILINE),
    "PubMed's tagged text (MEDLINE, nbib)": re.compile(r"^PMID ?-", re.MULTILINE),
    "Web of Science's tagged text (ISI, ciw)": re.compile(r"^PT ", re.MULTILINE),
}
BY_HAND = {
    # Five entries with a PMID, and two that a blank line parts from them and that have none.
    "jabref__MedlinePlainImporterTestMultipleEntries.txt": 7,
}


@pytest.mark.parametrize("name", EXPORT_FILES)
def test_an_export_gives_as_many_items_as_it_has_markers(name: str) -> None:
    path = shared(f"data/citation_exports/files/{name}")
    if name == NO_TITLE:
        with pytest.raises(UnknownFormat, match="table without a column of titles"):
            read_records(path)
        return
    items = list(read_records(path))
    (file,) = look_at(path)
    text = text_of(path)
    marker = MARKERS.get(file.format)
    assert marker is not None or file.format == "CSV or TSV table", file
    expected = BY_HAND.get(name) or (len(marker.findall(text)) if marker else rows_of(text))
    assert len(items) == expected > 0
    assert [item.position for item in items] == list(range(1, expected + 1))
    for item in items:
        assert item.raw.strip()
        if isinstance(item, Unreadable):
            assert (item.file, bool(item.reason), item.line is not None) == (name, True, True)
    keys = [item.key for item in items if isinstance(item, Record) and item.source != "pubmed"]
    assert len(keys) == len(set(keys))


def test_all_exports_are_there() -> None:
    with shared("data/citation_exports/index.csv").open(encoding="utf-8", newline="") as file:
        assert [row["file"] for row in csv.DictReader(file)] == EXPORT_FILES
    assert len(EXPORT_FILES) == 64
    assert len(PUBMED_FILES) == 112


def test_almost_every_entry_of_the_exports_is_a_record_with_a_title() -> None:
    """Only made-up edge cases (lists of tags without a word about any report) are unreadable or untitled."""
    unreadable: dict[str, int] = {}
    untitled: dict[str, int] = {}
    for name in EXPORT_FILES:
        if name == NO_TITLE:
            continue
        for item in read_records(shared(f"data/citation_exports/files/{name}")):
            if isinstance(item, Unreadable):
                unreadable[name] = unreadable.get(name, 0) + 1
            elif not item.title:
                untitled[name] = untitled.get(name, 0) + 1
    assert set(unreadable) <= {"asreview__baseline_reference_types.ris", "asreview__baseline_tag-notes.ris"}
    assert sum(untitled.values()) < 40, untitled


@pytest.mark.parametrize("name", PUBMED_FILES)
def test_a_pubmed_file_gives_as_many_items_as_it_has_entries(name: str) -> None:
    path = shared(f"data/pubmed_xml/files/{name}")
    with shared("data/pubmed_xml/index.csv").open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["file"] == name)
    entries = re.findall(r"<Pubmed(?:Book)?Article[\s>]", text_of(path))
    items = list(read_records(path))
    assert len(items) == len(entries) == int(row["articles"]) + int(row["books"])
    assert all(isinstance(item, Record) for item in items)
    assert look_at(path)[0].format == "PubMed XML"


@pytest.mark.parametrize("format", EXPORTS)
def test_every_record_of_every_export_reads_back_equal(tmp_path: Path, format: str) -> None:
    records = [
        item
        for name in EXPORT_FILES
        if name != NO_TITLE and not name.startswith("revtools__")
        for item in read_records(shared(f"data/citation_exports/files/{name}"))
        if isinstance(item, Record)
    ]
    records += [
        item
        for name in PUBMED_FILES
        for item in read_records(shared(f"data/pubmed_xml/files/{name}"))
        if isinstance(item, Record)
    ]
    path = tmp_path / "export.any"
    with path.open("w", encoding=EXPORTS[format].encoding, newline="") as file:
        assert write_records(records, file, format) == len(records)
    back = list(read_records(path))
    assert len(back) == len(records)
    for written, read in zip(records, back, strict=True):
        assert read == written
