"""A list of PMIDs from anywhere, into the store: each line checked, each record fetched from PubMed.

A line holds a PMID ("27260638", "PMID: 27260638"), several, or one PubMed address; a CSV or TSV table has them in a
column named PMID. Blank lines and lines that begin with # say nothing. No line is passed over silently.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ingest.eutils import PubMed
from ingest.record import IngestError
from ingest.text_encoding import decode
from workbench.refresh.ledger import Entry, at_work, named, write_entry
from workbench.refresh.progress import Tell, Watch, quiet
from workbench.store import SYSTEM, SearchKind, SearchRun, Store
from workbench.store.base import utc_now

LARGEST = 16 * 1024 * 1024  # bytes: more than a million PMIDs
QUOTED = 80  # characters of a line that are repeated
_PMID = re.compile(r"(?:pmid\s*[:=]?\s*|pubmed\s*[:=]\s*)?0*([1-9][0-9]{0,8})(?:\.0?)?", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?:https?://)?(?:pubmed\.ncbi\.nlm\.nih\.gov|(?:www\.)?ncbi\.nlm\.nih\.gov/(?:m/)?pubmed|pubmed\.gov)"
    r"/0*([1-9][0-9]{0,8})(?:[/?#].*)?",
    re.IGNORECASE,
)
_PMC = re.compile(r"pmc\s*[0-9]+|.*/PMC[0-9]+/?", re.IGNORECASE)
_HEADER = re.compile(r"(?:pmids?|pubmed[ _-]*ids?)", re.IGNORECASE)


class BadList(IngestError):
    """The list holds no PMID at all, or is no list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the list that did not bring a record of its own, and why."""

    number: int  # 1-based
    text: str  # as it stands, shortened
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PmidList:
    """The list as read: which PMID stands on which line first, and the lines that say nothing new."""

    lines: dict[str, int]  # PMID -> number of its first line, in the list's order
    duplicate: tuple[Line, ...]
    invalid: tuple[Line, ...]

    @property
    def pmids(self) -> tuple[str, ...]:
        """The PMIDs, each once."""
        return tuple(self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedList:
    """What became of a list: its PMIDs = new + known + unknown."""

    run: SearchRun
    pmids: tuple[str, ...]
    new: int  # records the review did not hold
    known: int  # records it held already
    unknown: tuple[Line, ...]  # PubMed has no such record
    duplicate: tuple[Line, ...]
    invalid: tuple[Line, ...]


def read_pmid_list(text: str) -> PmidList:
    """Read a list; a line that holds no PMID is named in `invalid`, one that repeats a PMID in `duplicate`."""
    lines: dict[str, int] = {}
    duplicate, invalid = list[Line](), list[Line]()
    for number, said in _cells(text):
        pmid = _pmid(said)
        if pmid is None:
            why = "a number of PubMed Central, not of PubMed" if _PMC.fullmatch(said) else "not a PMID"
            invalid.append(Line(number=number, text=said[:QUOTED], reason=why))
        elif pmid in lines:
            duplicate.append(Line(number=number, text=said[:QUOTED], reason=f"the same as line {lines[pmid]}"))
        else:
            lines[pmid] = number
    return PmidList(lines=lines, duplicate=tuple(duplicate), invalid=tuple(invalid))


def fetch_pmid_list(
    store: Store,
    pubmed: PubMed,
    path_or_text: Path | str,
    *,
    name: str = "",
    kind: SearchKind = "other",
    by: str = SYSTEM,
    wait: float = 0.0,
    tell: Tell = quiet,
    progress: Watch | None = None,
    now: Callable[[], datetime] = utc_now,
) -> FetchedList:
    """Fetch the records of a list (a Path: a file; a str: the list itself) and say of every line what became of it.

    name: what the ledger calls it; the file's name, or the list's own hash. kind: where PRISMA counts what it brings.
    Raises `BadList` if there is no PMID in it, `Busy` as `run_refresh` does.
    """
    body = _bytes(path_or_text)
    listed = read_pmid_list(decode(body))
    if not listed.pmids:
        first = f"; line {listed.invalid[0].number} reads {listed.invalid[0].text!r}" if listed.invalid else ""
        raise BadList(f"the list holds no PMID (one a line, or a column named PMID){first}")
    own = path_or_text.name if isinstance(path_or_text, Path) else hashlib.sha256(body).hexdigest()[:8]
    called = " ".join(name.split()) or own
    held: set[str] = set()
    missing: list[str] = []

    def steps(entry: Entry) -> None:
        entry.keep("file", body, listed.pmids)
        entry.count = len(listed.pmids)
        held.update(store.known_pmids() & set(listed.pmids))
        fetched = store.fetched_pmids()
        kept = [pmid for pmid in listed.pmids if pmid in fetched]
        if kept:
            store.add_found(entry.run, entry.strategy, [f"pubmed:{pmid}" for pmid in kept], by=by)
        wanted = [pmid for pmid in listed.pmids if pmid not in fetched]
        missing.extend(entry.fetch(pubmed, wanted, "records", known=True))
        if missing:
            entry.remark(f"unknown to PubMed: {named(missing)}")
        for lines, what in ((listed.invalid, "hold no PMID"), (listed.duplicate, "repeat a PMID")):
            if lines:
                some = ", ".join(str(line.number) for line in lines[:20]) + (", ..." if len(lines) > 20 else "")
                entry.remark(f"{len(lines)} lines {what}: {some}")

    with at_work(store, by, tell=tell, progress=progress, wait=wait, now=now) as work:
        query = f"{len(listed.pmids)} PMIDs, SHA-256 of the list {hashlib.sha256(body).hexdigest()}"
        run = write_entry(work, f"PMID list: {called}", query, steps, label=called, kind=kind, pubmed=pubmed)
    unknown = tuple(Line(number=listed.lines[pmid], text=pmid, reason="PubMed has no such record") for pmid in missing)
    return FetchedList(
        run=run,
        pmids=listed.pmids,
        new=run.new,
        known=len(held - set(missing)),
        unknown=unknown,
        duplicate=listed.duplicate,
        invalid=listed.invalid,
    )


def _bytes(path_or_text: Path | str) -> bytes:
    if isinstance(path_or_text, str):
        body = path_or_text.encode("utf-8", "replace")
    else:
        try:
            with path_or_text.open("rb") as file:
                body = file.read(LARGEST + 1)
        except OSError as error:
            raise BadList(f"{path_or_text} cannot be read: {error.strerror or error}") from error
    if len(body) > LARGEST:
        raise BadList(f"the list is larger than {LARGEST // 1024 // 1024} MB: that is no list of PMIDs")
    return body


def _cells(text: str) -> list[tuple[int, str]]:
    """The number of each line that says something, and what it says in the place of a PMID."""
    lines = text.lstrip("\ufeff").splitlines()
    column, separator, header = _header(lines)
    if separator:
        by_line = [(number, _split(line, separator)) for number, line in enumerate(lines, start=1)]
        # A cell may run over several lines. But one quotation mark that nobody closed would swallow the rest of the
        # table: the reading that finds more PMIDs is right.
        readings = [
            [(n, _clean(row[column] if column < len(row) else "")) for n, row in rows if n > header and any(row)]
            for rows in (_rows(lines, separator), by_line)
        ]
        return max(readings, key=lambda cells: len({_pmid(said) for _, said in cells}))
    said = [(number, _clean(line)) for number, line in enumerate(lines, start=1) if number > header and _says(line)]
    return [(number, part) for number, line in said for part in _parts(line)]


def _parts(line: str) -> list[str]:
    """Several PMIDs on one line are taken apart; anything else stays whole."""
    parts = re.split(r"[,;\s]+", line)
    return parts if all(_PMID.fullmatch(part) for part in parts) else [line]


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _clean(text: str) -> str:
    return text.strip().strip("\"' ,;")


def _rows(lines: list[str], separator: str) -> list[tuple[int, list[str]]]:
    """The rows of a table, each with the number of its first line."""
    reader, rows, before = csv.reader((f"{line}\n" for line in lines), delimiter=separator), [], 0
    try:
        for row in reader:
            rows.append((before + 1, row))
            before = reader.line_num
    except csv.Error:  # a cell beyond all size
        return []
    return rows


def _header(lines: list[str]) -> tuple[int, str, int]:
    """The PMIDs' column, what separates the columns ("" for a plain list), and the number of the header's line (0)."""
    for number, line in enumerate(lines, start=1):
        if not _says(line):
            continue
        for separator in ("\t", ",", ";", "|"):
            cells = [cell.strip() for cell in _split(line, separator)]
            named_so = [place for place, cell in enumerate(cells) if _HEADER.fullmatch(cell)]
            if len(cells) > 1 and named_so:
                return named_so[0], separator, number
        return 0, "", number if _HEADER.fullmatch(line.strip().strip("\"'")) else 0
    return 0, "", 0


def _split(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return line.split(separator)


def _pmid(said: str) -> str | None:
    found = _PMID.fullmatch(said) or _ADDRESS.fullmatch(said)
    return found.group(1) if found else None
