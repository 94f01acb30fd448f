"""A digest as plain text, for the first part of a mail and for a page that shows it as it is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from workbench.refresh.digest.blocks import Block, Heading, Inline, Items, Line, Link, Paragraph, Strong, Table
from workbench.refresh.digest.cleaning import one_line

WIDTH = 78


def plain(blocks: Iterable[Block]) -> str:
    """The whole text, wrapped for a mail."""
    return "\n\n".join(_block(block) for block in blocks) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(level=level, text=text):
            title = one_line(text)
            rule = {1: "=", 2: "-"}.get(level, "")
            return "\n".join([title, rule * min(len(title), WIDTH)] if rule else [title])
        case Paragraph(line=line):
            return _wrapped(_line(line))
        case Items(items=items):
            return "\n".join(_item(lines) for lines in items)
        case Table():
            return _table(block)


def _item(lines: tuple[Line, ...]) -> str:
    first, *others = (_line(line) for line in lines)
    return "\n".join([_wrapped(first, "* ", "  "), *(_wrapped(other, "  ", "  ") for other in others)])


def _wrapped(text: str, first: str = "", others: str = "") -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )


def _line(line: Line) -> str:
    return " ".join("".join(_inline(part) for part in line).split())


def _inline(part: Inline) -> str:
    match part:
        case Link(text=text, address=address):
            return f"{one_line(text)} <{address}>"
        case Strong(text=text):
            return one_line(text)
        case str():
            return " " * part[:1].isspace() + one_line(part) + " " * part[-1:].isspace()


def _table(table: Table) -> str:
    cells = [[one_line(cell) for cell in row] for row in (table.headers, *table.rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(table.headers))]
    lines = [
        "  ".join(
            cell.rjust(width) if i in table.numbers else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    return "\n".join([f"{one_line(table.caption)}:", lines[0], "  ".join("-" * width for width in widths), *lines[1:]])
