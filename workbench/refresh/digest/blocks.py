"""What a digest is made of: headings, paragraphs, lists of records, tables. Its three forms differ in writing only.

Every text in a block is plain: whoever writes a form escapes it for that form (`markdown`, `page`, `plain`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Tone = Literal["plain", "alert", "warning"]


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to an address, which we built from a checked identifier: it is never taken from a record."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Strong:
    """A text that must not be overlooked."""

    text: str


Inline: TypeAlias = str | Link | Strong
Line: TypeAlias = tuple[Inline, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """level: 1 for the digest, 2 for a part, 3 for an indication or a kind of news."""

    level: Literal[1, 2, 3]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Some sentences."""

    line: Line
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list; the first line of an item names it, the others tell of it."""

    items: tuple[tuple[Line, ...], ...]
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A small table; the first column names the row."""

    caption: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()  # columns that are set to the right


Block: TypeAlias = Heading | Paragraph | Items | Table
