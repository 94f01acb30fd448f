"""The entries of a BibTeX file, each with its fields as they are written, and where its grammar is broken.

Decision: own parser. bibtexparser 2.1 gives entries with a repeated key or field only as failures, reports wrong lines
after a comment, reads a whole file into memory, and knows no limits (an @string that doubles itself); pybtex 0.26 stops
at the first error. Here an entry that breaks ends where the next one begins, and that one is read.

A value is pieces joined by #: {braces}, "quotes", numbers, or names that an @string gave a text. Braces pair, also
behind a backslash and inside quotes, as BibTeX counts them. Text between entries is a comment, unless it looks like
fields that a surplus brace cut off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from ingest.byte_steps import byte_steps
from ingest.record import BrokenFile, UnsafeFile
from ingest.text_encoding import text_file

MAX_ENTRY = 1 << 22  # characters
MAX_ABBREVIATIONS = 1 << 22  # characters that all @string of a file stand for
_PIECE = 1 << 20  # characters of a line that are looked at in one go
_KEPT = 4000  # characters of what stands between two entries

# What a line "@type{" must be called to end an entry that is not closed, and to begin one in the middle of a line.
KNOWN_TYPES = frozenset(
    {
        *("article", "book", "booklet", "conference", "inbook", "incollection", "inproceedings", "manual"),
        *("mastersthesis", "misc", "phdthesis", "proceedings", "techreport", "unpublished", "online", "electronic"),
        *("report", "thesis", "collection", "mvbook", "mvcollection", "mvproceedings", "periodical", "suppbook"),
        *("suppcollection", "suppperiodical", "dataset", "software", "patent", "reference", "inreference", "artwork"),
        *("audio", "video", "image", "legal", "letter", "review", "standard", "www", "webpage", "preprint", "data"),
        *("string", "comment", "preamble"),
    }
)
_START = re.compile(r"@[ \t]*(?P<type>[A-Za-z][\w-]{0,40})[ \t]*(?P<open>[{(])")
_HALF = re.compile(r"@[ \t]*[A-Za-z][\w-]{0,40}\s*$")  # its brace is on the next line
_NEXT = re.compile(r"\s*@[ \t]*(?P<type>[A-Za-z]{1,40})[ \t]*[{(]")
_CUT_OFF = re.compile(r"\s*[,\"}]|.{0,2000}?^[ \t]*[A-Za-z][\w-]{0,40}[ \t]*=[ \t]*[{\"\d]", re.MULTILINE | re.DOTALL)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(slots=True)
class BibEntry:
    """One entry; `problem` says why its fields are not all known."""

    type: str  # lower case
    line: int
    raw: str = ""
    key: str = ""
    fields: dict[str, str] = field(default_factory=dict)  # name in lower case -> value without its delimiters
    notes: list[str] = field(default_factory=list)
    problem: str = ""


def bib_entries(file: BinaryIO) -> Iterator[BibEntry]:
    """Yield every entry but @string, @preamble and @comment, in file order; of those, what could not be read.

    Raises `UnsafeFile` if abbreviations grow beyond reason, `BrokenFile` or `TruncatedFile` for a damaged packed file.
    """
    abbreviations = {name: name for name in _MONTHS}
    grown = 0
    held: BibEntry | None = None  # until it is seen that nothing of it was cut off
    for entry, before in _cut(_lines(file)):
        if held is not None:
            yield _looked_over(held, before)
            held = None
        if entry is None:
            continue
        if not entry.problem and entry.type not in ("comment", "preamble"):
            _parse(entry, abbreviations)
        if entry.type == "string" and not entry.problem:
            grown += sum(map(len, entry.fields.values()))
            if grown > MAX_ABBREVIATIONS:
                raise UnsafeFile("The abbreviations (@string) of this BibTeX file grow beyond all reason; not read.")
            abbreviations |= entry.fields
        elif entry.problem or entry.type not in ("string", "comment", "preamble"):
            held = entry
    if held is not None:
        yield held


def _looked_over(entry: BibEntry, after: str) -> BibEntry:
    """The entry, unless the text that follows it looks like a part of it."""
    if _CUT_OFF.match(after):
        entry.problem = "A brace is closed once too often in it: fields follow after its end."
        entry.raw += after.rstrip()
    return entry


# ------------------------------------------------------------------------------------------------------------ entries


def _lines(file: BinaryIO) -> Iterator[str]:
    steps = byte_steps(file)
    text = text_file(next(steps, b""), steps)
    before = ""
    while line := text.readline(_PIECE):
        if line.endswith("\r"):
            line = f"{line[:-1]}\n"
        elif line.endswith("\r\n"):
            line = f"{line[:-2]}\n"
        line = before + line
        before = ""
        if len(line) < 1000 and _HALF.search(line):
            before = line
        else:
            yield line
    if before:
        yield before


class _Open:
    """An entry that is being read."""

    def __init__(self, kind: str, opening: str, line: int) -> None:
        self.entry = BibEntry(type=kind, line=line)
        self._parts: list[str] = []
        self._size = 0
        self._bracket = opening == "("
        self._depth = 0 if self._bracket else 1

    def end_in(self, text: str, place: int) -> int:
        """Where in `text`, from `place` on, the entry ends; -1 if further on."""
        for found in _DELIMITER.finditer(text, place):
            sign = found.group()
            if sign == "{":
                self._depth += 1
            elif sign == "}":
                self._depth -= 1
                if self._depth == 0 and not self._bracket:
                    return found.end()
                self._depth = max(0, self._depth)
            elif self._bracket and self._depth == 0:
                return found.end()
        return -1

    def add(self, text: str) -> None:
        """Keep a part of its text, unless there is too much of it."""
        self._size += len(text)
        if self._size <= MAX_ENTRY:
            self._parts.append(text)
        else:
            self.entry.problem = f"It is not closed within {MAX_ENTRY:,} characters."

    def close(self, problem: str = "") -> BibEntry:
        """The entry, with the text it has so far."""
        self.entry.raw = "".join(self._parts).rstrip()
        self.entry.problem = self.entry.problem or problem
        return self.entry


_DELIMITER = re.compile(r"[{})]")


def _cut(lines: Iterator[str]) -> Iterator[tuple[BibEntry | None, str]]:
    """Each entry and the beginning of the text before it; last None and the text after all."""
    number = 1
    before = ""
    current: _Open | None = None
    failure: BrokenFile | None = None
    try:
        for line in lines:
            if current is not None and current.entry.type != "comment":
                found = _NEXT.match(line)
                if found is not None and found["type"].lower() in KNOWN_TYPES:
                    yield current.close(f"It is not closed: another entry begins in line {number}."), before
                    before, current = "", None
            place = 0
            while place < len(line):
                begun = place
                if current is None:
                    start = _start(line, place)
                    before = (before + line[place : start.start() if start else None])[:_KEPT]
                    if start is None:
                        break
                    current = _Open(start["type"].lower(), start["open"], number + line[: start.start()].count("\n"))
                    begun, place = start.span()
                end = current.end_in(line, place)
                current.add(line[begun : end if end >= 0 else None])
                if end < 0:
                    break
                yield current.close(), before
                before, current, place = "", None, end
            number += line.count("\n")
    except BrokenFile as error:
        failure = error
    if current is not None:
        yield current.close("It is not closed: the file ends within it."), before
        before = ""
    yield None, before
    if failure is not None:
        raise failure


def _start(line: str, place: int) -> re.Match[str] | None:
    """Where the next entry begins; "see me@home (really)" is none."""
    for found in _START.finditer(line, place):
        if found["type"].lower() in KNOWN_TYPES or not line[place : found.start()].strip():
            return found
    return None


# ------------------------------------------------------------------------------------------------------------- fields

_KEY = re.compile(r"\s*([^,={}\"]*?)\s*(?:,|$)")
_KEY_ALONE = re.compile(r"\s*([^\s,={}\"]+)\s+(?=[A-Za-z][\w-]*\s*=)")
_NAME = re.compile(r"\s*([^\s=,{}\"#%'()]+)\s*=\s*")
_BARE = re.compile(r"[^\s,{}\"#=]+")
_BRACE = re.compile(r"[{}]")
_QUOTE_OR_BRACE = re.compile(r"[{}\"]")
_BETWEEN = re.compile(r"[\s,]*(?:%[^\n]*\n[\s,]*)*")
_BLANKS = re.compile(r"(?:\s+|%[^\n]*(?:\n|$))*")  # biber and many people put comments between fields


class _Damaged(Exception):
    """What is wrong where."""

    def __init__(self, what: str, place: int) -> None:
        super().__init__(what)
        self.place = place


def _parse(entry: BibEntry, abbreviations: dict[str, str]) -> None:
    """Set the key and the fields, or `problem`."""
    start = _START.match(entry.raw) or re.match(r"@\s*\w+\s*[{(]", entry.raw)
    assert start is not None
    text, place = entry.raw[:-1], start.end()
    if entry.type != "string":
        key = _KEY.match(text, place)
        if key is not None:
            entry.key, place = key.group(1), key.end()
        elif (bare := _KEY_ALONE.match(text, place)) is not None:
            entry.key, place = bare.group(1), bare.end()
            entry.notes.append("a comma is missing after the citation key")
        elif _NAME.match(text, place) is None:
            entry.problem = "It has no citation key and no fields."
            return
    try:
        while (place := _end(_BETWEEN, text, place)) < len(text):
            place = _field(entry, text, place, abbreviations)
    except _Damaged as damage:
        line = entry.line + text.count("\n", 0, damage.place)
        entry.problem = f"In line {line}, {damage}."
        return
    if not entry.fields and entry.type != "string":
        entry.problem = "It has no fields."


def _field(entry: BibEntry, text: str, place: int, abbreviations: dict[str, str]) -> int:
    """Read one field; where it ends."""
    name = _NAME.match(text, place)
    if name is None:
        raise _Damaged(f"a field's name and an equals sign were expected, not {text[place : place + 30]!r}", place)
    pieces: list[str] = []
    place = _end(_BLANKS, text, name.end())
    while True:
        piece, place = _piece(entry, text, place, abbreviations, name.group(1))
        pieces.append(piece)
        if sum(map(len, pieces)) > MAX_ENTRY:
            raise UnsafeFile("A field of this BibTeX file grows beyond all reason by its abbreviations; not read.")
        after = _end(_BLANKS, text, place)
        if text[after : after + 1] != "#":
            break
        place = _end(_BLANKS, text, after + 1)
    if after < len(text) and text[after] != ",":
        if text[place - 1] not in '}"' or _NAME.match(text, after) is None:
            raise _Damaged(
                f"a comma was expected after the field {name.group(1)}, not {text[after : after + 30]!r}", after
            )
        entry.notes.append(f"a comma is missing after the field {name.group(1)}")
    field_name, value = name.group(1).lower(), "".join(pieces)
    if field_name in entry.fields and entry.fields[field_name] != value:
        entry.notes.append(f"the entry has the field {field_name} twice; the first is used")
    entry.fields.setdefault(field_name, value)
    return after


def _piece(entry: BibEntry, text: str, place: int, abbreviations: dict[str, str], name: str) -> tuple[str, int]:
    """One piece of a value and where it ends."""
    opening = text[place : place + 1]
    if opening == "{":
        depth = 0
        for found in _BRACE.finditer(text, place):
            depth += 1 if found.group() == "{" else -1
            if depth == 0:
                return text[place + 1 : found.start()], found.end()
        raise _Damaged(f"the brace that opens the field {name} is never closed", place)
    if opening == '"':
        depth = 0
        for found in _QUOTE_OR_BRACE.finditer(text, place + 1):
            depth += {"{": 1, "}": -1}.get(found.group(), 0)
            if depth == 0 and found.group() == '"':
                return text[place + 1 : found.start()], found.end()
        raise _Damaged(f"the quotation mark that opens the field {name} is never closed", place)
    bare = _BARE.match(text, place)
    if bare is None:
        if text[place : place + 1] in (",", ""):
            return "", place  # "year = ,"
        raise _Damaged(f"the field {name} has no value that can be read: {text[place : place + 30]!r}", place)
    word = bare.group()
    if word[0].isdigit() or word.lower() in abbreviations:
        return abbreviations.get(word.lower(), word), bare.end()
    if name.lower() not in ("month", "year") and len(entry.notes) < 10:
        entry.notes.append(f"the field {name} uses the abbreviation {word[:40]}, which the file does not define")
    return word, bare.end()


def _end(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place
