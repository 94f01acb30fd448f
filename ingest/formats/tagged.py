"""Tagged text, the family of RIS, MEDLINE (nbib), Web of Science and refer: a file's lines turned into entries.

Why not a library: rispy 0.10 drops the last entry of a file that ends without ER and reads a file whole; nbib and
Bio.Medline read one dialect each, and know neither where an entry stood nor what it looked like. All of them forget a
line that they do not expect. Here every line is part of exactly one entry or, between entries, of the text around them.

The rules, for all dialects:

- an entry begins at its start tag (TY, PMID, PT, %0) and ends at its end tag (ER) or where the next one begins;
- after a blank line, tags that cannot belong to the entry before (a second title, say) begin an entry of their own, so
  files without start and end tags, divided by blank lines only, come apart; other blank lines mean nothing;
- after an end tag, tags that could make an entry (a title, an author) make one; others (Ovid's NL) go with the entry
  before;
- a line without a tag continues the field above it; outside entries it is remembered, and noted on a record unless it
  is one of the lines that databases put there ("1.", "Record #3 of 20", "Provider: ...");
- if the file's other entries have an end tag and the last has none, the file was cut: that entry is said to be
  unreadable, with what there is of it. A file without any end tags is a dialect, and read.

Memory is bounded by MAX_ENTRY characters, whatever the length of lines or the number of blank ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ingest.byte_steps import byte_steps
from ingest.record import RAW_KEPT, IngestError
from ingest.text_encoding import find_encoding, text_file

MAX_ENTRY = 1 << 22  # characters; the longest entry seen, with 3,000 authors, has under a million
_PIECE = 1 << 16  # characters of a line that are read at once
_FIELD_COST = 100  # characters that a field counts for besides its text: many empty ones need memory too

Field = tuple[str, list[str]]  # a tag and the lines of its value


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What tells entries apart in one kind of tagged text."""

    tag: Callable[[str, bool], tuple[str, str] | None]  # of a line (and whether to be lenient): its tag and value
    starts: Callable[[str, str], bool]  # whether a tag with its value begins an entry
    lenient: Callable[[str], bool] = lambda _: False  # whether the line that begins an entry is written carelessly
    end: str = ""  # the tag that ends an entry; "" if there is none
    closing: str = ""  # the tag that ends the file; "" if there is none
    last: str = ""  # where there is no end tag: the tag that every complete entry has last
    once: frozenset[str] = frozenset()  # tags that begin another entry after a blank line, if the entry has them
    making: frozenset[str] = frozenset()  # tags that make an entry where none was begun
    outside: frozenset[str] = frozenset()  # tags of the file, not of an entry
    indented: bool = False  # whether the lines that continue a field are indented


class Entry:
    """The fields of one entry, and where it stood."""

    __slots__ = ("begun", "ended", "fields", "line", "notes", "position", "problem", "raw_lines", "size", "tags")

    def __init__(self, line: int) -> None:
        self.line = line  # 1-based, of its first line
        self.position = 0  # 1-based, among the entries of the file
        self.fields: list[Field] = []
        self.raw_lines: list[str] = []
        self.begun = False  # whether it has its start tag
        self.ended = False  # whether it has its end tag
        self.size = 0
        self.problem = ""  # why it cannot be read
        self.notes: list[str] = []
        self.tags: set[str] = set()

    @property
    def raw(self) -> str:
        """The entry as its file has it; no database takes a zero character, so those are shown as unknown ones."""
        return "".join(self.raw_lines).strip("\r\n").replace("\0", "\ufffd")

    def values(self) -> dict[str, list[list[str]]]:
        """The values of each tag in order, each a list of its lines."""
        values: dict[str, list[list[str]]] = {}
        for tag, lines in self.fields:
            values.setdefault(tag, []).append(lines)
        return values

    def absorb(self, other: Entry) -> None:
        """Take in what turned out to belong to this entry."""
        if self.size > MAX_ENTRY:
            self.ended = self.ended or other.ended
            return
        self.fields += other.fields
        self.raw_lines += other.raw_lines
        self.size += other.size
        self.ended = self.ended or other.ended
        self.notes += other.notes
        self.tags |= other.tags
        self.problem = self.problem or other.problem
        if self.size > MAX_ENTRY:
            self.refuse()

    def refuse(self) -> None:
        """Let go of an entry that is too large to keep."""
        self.problem = f"The entry is larger than {MAX_ENTRY:,} characters; it is not read."
        kept = "".join(self.raw_lines[:1000])[:RAW_KEPT]
        self.fields, self.raw_lines = [], [kept]


# ---------------------------------------------------------------------------------------------------------- lines


def lines(file: BinaryIO) -> Iterator[tuple[str, str]]:
    """The lines of a file in any encoding: without and with their end. What is beyond MAX_ENTRY of one is left out."""
    encoding = _encoding(file)
    steps = byte_steps(file)
    text = text_file(next(steps, b""), steps, encoding)
    while whole := text.readline(_PIECE):
        if len(whole) == _PIECE and whole[-1] not in "\r\n":
            pieces, size = [whole], len(whole)
            while piece := text.readline(_PIECE):
                size += len(piece)
                if size <= MAX_ENTRY + _PIECE:
                    pieces.append(piece)
                if piece[-1] in "\r\n":
                    break
            whole = "".join(pieces)
        yield whole.rstrip("\r\n"), whole


def _encoding(file: BinaryIO) -> str | None:
    """The encoding of the whole file, where it can be read twice: its beginning may be plain ASCII."""
    if not file.seekable():
        return None
    start = file.tell()
    try:
        return find_encoding(byte_steps(file)).codec
    except IngestError:  # reading will come upon it again
        return None
    finally:
        file.seek(start)


_TITLES = frozenset({"TI", "T1", "%T"})
_BLANK = " \t\xa0\ufeff\x00\x1a\u200b"
_AROUND = re.compile(
    r"(?:<?\s*\d+\s*[.)]?\s*>?|record\s*#?\s*\d+.*|(?:provider|content|database|date|search\w*|url)\s*:.*"
    r"|link to the .*|[-=*_#]{3,}|</?pre>|)",
    re.IGNORECASE | re.DOTALL,
)


class Entries:
    """Lines in, entries out. An entry is put into `ready` when it is certain that nothing more belongs to it."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.ready: list[Entry] = []
        self.held: Entry | None = None  # the entry that may still get something
        self.block: Entry | None = None  # what came since the last blank line, not yet known to belong to it
        self.position = 0
        self.ends = 0  # entries that were given and had their end
        self.number = 0  # of the line
        self.blank = False  # whether the line before was empty
        self.lenient = False
        self.outside = False  # whether the last line was text that belongs to no entry
        self.around: list[str] = []
        self.last_line_whole = True
        self.closed = False  # whether the tag that ends the file came

    def take(self, line: str, whole: str) -> None:
        """Take the next line."""
        self.number += 1
        if not line or not line.strip(_BLANK):
            self.blank = True
            self._skip(whole)
            return
        if line[0] == "\ufeff":
            line = line.lstrip("\ufeff")
        dialect = self.dialect
        found = dialect.tag(line, self.lenient)
        if found is None:
            self._continue(line, whole)
        else:
            tag, value = found
            self.outside = False
            if dialect.starts(tag, value):
                self._settle()
                if self.held is not None:
                    self._give()
                self.block = Entry(self.number)
                self.block.begun = True
                self.lenient = dialect.lenient(line)
                self._add(tag, value, whole)
            elif tag == dialect.end:
                self._end(whole)
                self._settle()
            elif tag in dialect.outside and (self.blank or self.block is None):
                self.closed = tag == dialect.closing
                self._settle()
            else:
                if self.blank and self.block is not None:
                    self._settle()
                if self.block is None:
                    self.block = Entry(self.number)
                    if self.held is None:
                        self.lenient = dialect.lenient(line)
                self._add(tag, value, whole)
        self.blank = False
        self.last_line_whole = whole[-1] in "\r\n"

    def close(self) -> None:
        """Say that the file is over."""
        self._settle()
        if self.held is not None:
            entry = self.held
            cut = self._cut(entry)
            if cut and not entry.problem:
                entry.problem = cut
            self._give()

    def _cut(self, entry: Entry) -> str:
        dialect = self.dialect
        if dialect.end:
            if entry.ended:
                if dialect.closing and not self.closed:
                    entry.notes.append(f"the file has no line {dialect.closing} at its end; entries may be missing")
                return ""
            if self.ends * 2 > self.position:
                return (
                    f"The file ends in the middle of this entry: the other entries end with {dialect.end}, this one "
                    "does not. Export or copy the file again; if nothing is missing, add that line at its end."
                )
            entry.notes.append(f"the file ends without the line {dialect.end} that ends an entry")
        elif dialect.last and self.ends * 2 > self.position:
            complete = bool(entry.fields) and entry.fields[-1][0] == dialect.last
            if not complete and dialect.last not in entry.tags:
                return (
                    f"The file ends in the middle of this entry: the other entries end with {dialect.last}, this one "
                    "does not. Export or copy the file again."
                )
            if complete and not self.last_line_whole and not "".join(entry.fields[-1][1]).rstrip().endswith("."):
                return "The file ends in the middle of this entry's last line. Export or copy the file again."
        return ""

    def _end(self, whole: str) -> None:
        entry = self.block or self.held
        if entry is not None:
            if not entry.ended or entry is self.block:
                entry.raw_lines.append(whole)
            entry.ended = True

    def _add(self, tag: str, value: str, whole: str) -> None:
        block = self.block
        assert block is not None
        if block.size <= MAX_ENTRY:
            block.size += len(whole) + _FIELD_COST
            block.fields.append((tag, [value]))
            block.tags.add(tag)
            block.raw_lines.append(whole)
            if block.size > MAX_ENTRY:
                block.refuse()

    def _continue(self, line: str, whole: str) -> None:
        dialect = self.dialect
        if dialect.indented and self.blank and line[0] not in " \t":
            self._settle()
            self.outside = True
        block = self.block
        if block is None and self.held is not None and not self.held.ended:
            block = self.held  # after an entry's blank line
        if block is None or self.outside:
            if not _AROUND.fullmatch(line.strip()[:300]):
                self.around.append(line[:200])
                del self.around[20:]
            return
        if block.size <= MAX_ENTRY:
            block.size += len(whole) + _FIELD_COST
            if block.fields:
                value = block.fields[-1][1]
                if self.blank:
                    value.append("")
                value.append(line)
            block.raw_lines.append(whole)
            if block.size > MAX_ENTRY:
                block.refuse()

    def _skip(self, whole: str) -> None:
        block = self.block or self.held
        if block is not None and not block.ended and block.size <= MAX_ENTRY and block.raw_lines:
            block.size += len(whole)
            block.raw_lines.append(whole)

    def _settle(self) -> None:
        """Decide where the lines since the last blank one belong."""
        block, held = self.block, self.held
        self.block = None
        if block is None:
            return
        if held is None:
            self._hold(block)
        elif block.begun:
            self._give()
            self._hold(block)
        elif held.ended:
            if not block.problem and not block.tags & self.dialect.making:
                held.absorb(block)
                return
            self._give()
            self._hold(block)
        elif self._apart(held, block):
            self._give()
            self._hold(block)
        else:
            held.absorb(block)

    def _hold(self, block: Entry) -> None:
        self.held = block
        if self.around:
            block.notes.append(_around(self.around, "before"))
            self.around = []

    def _apart(self, held: Entry, block: Entry) -> bool:
        dialect = self.dialect
        if dialect.last and dialect.last in held.tags:
            return True
        both = held.tags & block.tags & dialect.once
        return bool(both if not held.begun else both & _TITLES)

    def _give(self) -> None:
        entry = self.held
        assert entry is not None
        self.held = None
        self.position += 1
        entry.position = self.position
        if self.around:
            entry.notes.append(_around(self.around, "after"))
            self.around = []
        if entry.ended or self.dialect.last in entry.tags:
            self.ends += 1
        self.ready.append(entry)


def _around(texts: list[str], where: str) -> str:
    more = f" and {len(texts) - 1} more lines" if len(texts) > 1 else ""
    return f"text {where} the entry that belongs to no field: {texts[0].strip()[:100]!r}{more}"
