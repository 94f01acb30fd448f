"""A digest as Markdown (CommonMark and GitHub's extensions): titles stay text whatever characters they hold."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workbench.refresh.digest.blocks import Block, Heading, Inline, Items, Line, Link, Paragraph, Strong, Table
from workbench.refresh.digest.cleaning import one_line

# Any ASCII punctuation may be escaped (CommonMark 2.4). These can begin markup, an entity, a link made of a bare
# address, a mention, an emoji or a formula; the others stay as they are, as this file is also read as it is.
_ANYWHERE = re.compile(r"[\\`*_{}\[\]<>#|~$&@!^=]")
_ADDRESS = re.compile(r"(?i)(?<=www)\.|(?<=\w):(?=//)|:(?=[\w+-]+:)|(?<=mailto):|(?<=xmpp):")
_AT_START = re.compile(r"^(\s*)([-+])|^(\s*\d+)([.)])")


def literal(text: str) -> str:
    """The text on one line, each character standing for itself."""
    escaped = _ADDRESS.sub(lambda found: "\\" + found.group(), _ANYWHERE.sub(r"\\\g<0>", one_line(text)))
    return _AT_START.sub(lambda m: f"{m[1] or ''}\\{m[2]}" if m[2] else f"{m[3]}\\{m[4]}", escaped)


def markdown(blocks: Iterable[Block]) -> str:
    """The whole file."""
    return "\n\n".join(_block(block) for block in blocks) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(level=level, text=text):
            return f"{'#' * level} {literal(text)}"
        case Paragraph(line=line, tone="plain"):
            return _line(line)
        case Paragraph(line=line):
            return f"> {_line(line)}"
        case Items(items=items):
            return "\n".join(_item(lines) for lines in items)
        case Table():
            return _table(block)


def _item(lines: tuple[Line, ...]) -> str:
    first, *others = (_line(line).strip() or "–" for line in lines)  # an empty item would be other markup
    return "\\\n".join([f"- {first}", *(f"  {other}" for other in others)])


def _line(line: Line) -> str:
    return "".join(_inline(part) for part in line)


def _inline(part: Inline) -> str:
    match part:
        case Link(text=text, address=address):
            return f"[{literal(text) or address}](<{address}>)"
        case Strong(text=text):
            return _strong(text)
        case str():
            return literal(part) if part.strip() == part else _spaced(part)


def _strong(text: str) -> str:
    return f"**{literal(text) or '–'}**"  # four asterisks in a row would be a rule


def _spaced(part: str) -> str:
    """Keep one space at an end: it parts this piece from its neighbour."""
    return " " * part[:1].isspace() + literal(part) + " " * (part[-1:].isspace() and bool(part.strip()))


def _table(table: Table) -> str:
    lines = [
        _strong(table.caption),
        "",
        _row(table.headers),
        _row(["---:" if i in table.numbers else "---" for i in range(len(table.headers))], raw=True),
    ]
    return "\n".join([*lines, *(_row(row) for row in table.rows)])


def _row(cells: Iterable[str], *, raw: bool = False) -> str:
    return f"| {' | '.join(cell if raw else literal(cell) for cell in cells)} |"
