"""A web page as it was saved: sections by their headings as pages, tables as grids, nothing that acts.

Goes through the file once, as `workbench.full_texts.plain_text` does, whose way of telling tags apart this follows (the
standard library's parser takes quadratic time on some files, CVE-2025-6069).
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace

from workbench.full_texts.plain_text import TagEnds
from workbench.sources.grid import RawCell, lay_out, span
from workbench.sources.model import Page, SourceTable, SourceText, clean_line
from workbench.sources.scripts import lowered, raised

DEEPEST = 60  # tables within each other
_PATH = " › "
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:-]{0,40})")
_SPAN = re.compile(r"""\b(rowspan|colspan)\s*=\s*["']?\s*(\d{1,6})""", re.IGNORECASE)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "title",
        "ul",
    ]
)
_UNSEEN = frozenset(["script", "style", "noscript", "template", "svg", "iframe", "object", "textarea", "select"])
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LABEL = re.compile(r"\s*(table\s+[A-Za-z]?\d{1,3}[A-Za-z]?)\b[.:]?\s*(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(slots=True)
class _Table:
    """A table that is open."""

    rows: list[list[RawCell]] = field(default_factory=list)
    caption: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)  # what stands within it, should it be no table of numbers
    cell: list[str] | None = None
    header: bool = False
    spans: dict[str, str] = field(default_factory=dict)
    head_rows: int = 0
    in_head: bool = False
    in_caption: bool = False
    holds_table: bool = False

    def close_cell(self) -> None:
        if self.cell is not None and self.rows:
            self.rows[-1].append(
                RawCell(
                    text="".join(self.cell),
                    header=self.header,
                    rows=span(self.spans.get("rowspan")),
                    columns=span(self.spans.get("colspan")),
                )
            )
        self.cell = None


@dataclass(slots=True)
class _Section:
    label: str
    pieces: list[str] = field(default_factory=list)

    def text(self) -> str:
        lines = (clean_line(line) for line in "".join(self.pieces).split("\n"))
        return "\n".join(line for line in lines if line)


def read_web_page(source: str) -> SourceText:
    """Sections and tables of an HTML file, given as text."""
    reader = _Reader()
    lowered_source = source.lower()
    if len(lowered_source) != len(source):  # a letter whose lower case is two letters: places would not agree
        source = lowered_source
    at, ends = 0, TagEnds(source)
    while at < len(source):
        opening = source.find("<", at)
        if opening < 0:
            reader.text(html.unescape(source[at:]))
            break
        if opening > at:
            reader.text(html.unescape(source[at:opening]))
        if lowered_source.startswith("<!--", opening):
            end = source.find("-->", opening + 4)
            at = len(source) if end < 0 else end + 3
            continue
        tag = _TAG.match(source, opening)
        if tag is None and not lowered_source.startswith(("<!", "<?"), opening):
            reader.text("<")  # "p < 0.05"
            at = opening + 1
            continue
        end = ends.after(opening)
        if end < 0:
            break
        name, closes = (tag.group(1).lower() if tag else ""), lowered_source.startswith("</", opening)
        at = end + 1
        if name in _UNSEEN and not closes and source[end - 1] != "/":
            closing = lowered_source.find(f"</{name}", at)
            at = len(source) if closing < 0 else closing
        elif name and closes:
            reader.end(name)
        elif name:
            reader.start(name, source[opening : min(end, opening + 2000)])
    return reader.result()


class _Reader:
    def __init__(self) -> None:
        self._sections = [_Section(label="Top of the page")]
        self._path: list[tuple[int, str]] = []
        self._heading: list[str] | None = None
        self._open: list[_Table] = []
        self._found: list[SourceTable] = []
        self._script: list[str] | None = None

    def text(self, text: str) -> None:
        if self._script is not None:
            self._script.append(text)
            return
        self._put(text)

    def _put(self, text: str) -> None:
        if self._heading is not None:
            self._heading.append(text)
        elif self._open:
            table = self._open[-1]
            (table.caption if table.in_caption else table.text).append(text)
            if table.cell is not None:
                table.cell.append(text)
        else:
            self._sections[-1].pieces.append(text)

    def start(self, name: str, tag: str) -> None:
        table = self._open[-1] if self._open else None
        if name in ("sup", "sub"):
            self._end_script()
            self._script = []
        elif name in _HEADINGS and table is None:
            self._heading = []
        elif name == "table" and len(self._open) < DEEPEST:
            if table is not None:
                table.holds_table = True
            self._open.append(_Table())
        elif table is not None and name in ("tr", "td", "th", "thead", "tbody", "tfoot", "caption"):
            self._table_part(table, name, tag)
        elif name in _BLOCKS or name in _HEADINGS:
            self._put("\n")

    def _table_part(self, table: _Table, name: str, tag: str) -> None:
        table.close_cell()
        table.in_caption = name == "caption"
        if name == "tr":
            table.text.append("\n")
            table.rows.append([])
            table.head_rows = len(table.rows) if table.in_head and table.head_rows == len(table.rows) - 1 else (
                table.head_rows
            )  # fmt: skip
        elif name in ("td", "th"):
            if not table.rows:
                table.rows.append([])
            if table.rows[-1]:
                table.text.append(" | ")
            table.cell, table.header = [], name == "th" or table.in_head
            table.spans = {key.lower(): value for key, value in _SPAN.findall(tag)}
        elif name in ("thead", "tbody", "tfoot"):
            table.in_head = name == "thead"

    def end(self, name: str) -> None:
        table = self._open[-1] if self._open else None
        if name in ("sup", "sub"):
            self._end_script(name)
        elif name in _HEADINGS and self._heading is not None:
            self._section(int(name[1]))
        elif name == "table" and table is not None:
            self._close(table)
        elif table is not None and name in ("td", "th", "tr"):
            table.close_cell()
        elif table is not None and name == "caption":
            table.in_caption = False
        elif table is not None and name == "thead":
            table.in_head = False
        elif name in _BLOCKS or name in _HEADINGS:
            self._put("\n")

    def _end_script(self, name: str = "") -> None:
        if self._script is not None:
            text, self._script = "".join(self._script), None
            self._put(raised(text) if name == "sup" else lowered(text) if name == "sub" else text)

    def _section(self, level: int) -> None:
        heading, self._heading = clean_line("".join(self._heading or ()))[:120], None
        if not heading:
            return
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        above = [name for depth, name in self._path if depth > 1]
        self._path.append((level, heading))
        self._sections.append(_Section(label=_PATH.join([*above, heading])))
        self._sections[-1].pieces.append(f"{heading}\n")

    def _close(self, table: _Table) -> None:
        self._open.pop()
        table.close_cell()
        rows = [row for row in table.rows if row]
        header = sum(1 for row in table.rows[: table.head_rows] if row)
        grid = lay_out(rows, header_rows=header or None)
        if table.holds_table or grid.rows < 2 or grid.columns < 2:  # made to lay the page out
            self._put("\n" + "".join(table.text) + "\n")
            return
        caption = clean_line("".join(table.caption))
        found = _LABEL.match(caption) or _LABEL.match(self._path[-1][1] if self._path else "")
        label = clean_line(found.group(1)) if found else f"Table without a number {len(self._found) + 1}"
        if found and found.string is caption:
            caption = found.group(2)
        self._found.append(
            SourceTable(
                label=label.capitalize() if label.islower() or label.isupper() else label,
                caption=caption,
                cells=grid.cells,
                rows=grid.rows,
                columns=grid.columns,
                header_rows=grid.header_rows,
                page=self._sections[-1].label,
                note="The table is larger than what is read: its end is missing." if grid.cut else "",
            )
        )

    def result(self) -> SourceText:
        self._end_script()
        while self._open:
            self._close(self._open[-1])
        used: dict[str, int] = {}

        def once(label: str) -> str:
            used[label] = used.get(label, 0) + 1
            return label if used[label] == 1 else f"{label} ({used[label]})"

        pages = []
        for section in self._sections:
            text = section.text()
            if text and not section.label.endswith(text):
                pages.append(Page(label=once(section.label), text=text))
        return SourceText(
            pages=tuple(pages), tables=tuple(replace(table, label=once(table.label)) for table in self._found)
        )
