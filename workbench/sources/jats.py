"""XML of PubMed Central (JATS): title, abstract and sections as pages by their headings, tables as grids.

The parser looks nothing up and refuses a file that declares entities (`workbench.full_texts.files.xml_parser`). The
characters that a DTD names (`&minus;`) are known all the same; one that is not stands in the text by its name.
Tag sets: JATS Journal Archiving 1.3 (NISO Z39.96); tables in the XHTML model and in the OASIS (CALS) model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from workbench.full_texts.files import FullTextError, named_character, xml_parser
from workbench.sources.errors import SourceError
from workbench.sources.grid import Grid, RawCell, lay_out, span
from workbench.sources.model import Page, SourceTable, SourceText, clean_line
from workbench.sources.scripts import lowered, raised

DEEPEST = 150  # elements within each other; articles have fewer than 40
MOST = 600_000  # elements
PATH = " › "
_PAGES = {  # elements that begin a page, and what it is called without a heading of its own
    "sec": "",
    "abstract": "Abstract",
    "trans-abstract": "Abstract (translated)",
    "app": "Appendix",
    "ack": "Acknowledgements",
    "author-notes": "Notes of the authors",
    "funding-group": "Funding",
    "fn-group": "Footnotes",
    "glossary": "Abbreviations",
    "notes": "Notes",
    "ref-list": "References",
    "boxed-text": "Box",
    "sub-article": "Comment",
    "response": "Response",
}
_BLOCKS = frozenset(
    [
        "article-title",
        "subtitle",
        "trans-title",
        "title",
        "p",
        "list-item",
        "def-item",
        "disp-formula",
        "disp-quote",
        "fig",
        "fn",
        "caption",
        "ref",
        "kwd-group",
        "statement",
        "supplementary-material",
        "verse-group",
        "speech",
        "award-group",
        "funding-statement",
        "corresp",
    ]
)
_UNSEEN = frozenset(
    ["tex-math", "object-id", "graphic", "inline-graphic", "media", "permissions", "counts", "processing-meta"]
)
_FRONT = ("abstract", "trans-abstract", "author-notes", "funding-group")


@dataclass(slots=True)
class _Writing:
    """A page that is being written."""

    label: str
    pieces: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Its paragraphs, a line each, without empty ones."""
        lines = (clean_line(line) for line in "".join(self.pieces).split("\n"))
        return "\n".join(line for line in lines if line)


def read_jats(content: bytes) -> SourceText:
    """The article, or the articles, of a file. Raises SourceError for one that cannot be read at all."""
    root, broken = _tree(content)
    reader = _Reader()
    for article in _articles(root):
        reader.article(article)
    pages, tables = reader.result()
    if not pages and not tables:
        raise SourceError(
            broken or "The file holds no text that can be read. Look at it in another program, and add it as PDF."
        )
    return SourceText(pages=pages, tables=tables, notes=tuple(filter(None, (broken,))))


def _name(tag: str) -> str:
    return tag.rpartition(":")[2]


def _tree(content: bytes) -> tuple[Element, str]:
    """The document's root; and what to say where it breaks off or holds what is not known."""
    builder = TreeBuilder()
    opened: list[str] = []
    unknown: set[str] = set()
    count = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(opened) >= DEEPEST or count > MOST:
            raise FullTextError("The file nests its elements too deeply, or has too many of them, to be read.")
        name = _name(tag)
        opened.append(name)
        builder.start(name, {_name(key): value for key, value in attributes.items()})

    def end(_: str) -> None:
        builder.end(opened.pop())

    def character(name: str, is_parameter: bool) -> None:
        if not is_parameter:
            text = named_character(name)
            if text.startswith("[&"):
                unknown.add(name)
            if opened:
                builder.data(text)

    parser = xml_parser()
    parser.SkippedEntityHandler = character
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = lambda text: builder.data(text) if opened else None
    broken = ""
    try:
        parser.Parse(content, True)
    except FullTextError as error:
        raise SourceError(str(error)) from error
    except expat.ExpatError as error:
        broken = f"The file cannot be read beyond line {error.lineno}: {expat.errors.messages[error.code]}."
        if not count:
            raise SourceError(broken) from error
    while opened:
        builder.end(opened.pop())
    if unknown:
        named = ", ".join(f"&{name[:40]};" for name in sorted(unknown)[:8])
        signs = (
            f"Signs whose names are not known stand in brackets: {named}. Look at the article before you take a number."
        )
        broken = " ".join(filter(None, (broken, signs)))
    return builder.close(), broken


def _articles(root: Element) -> Iterator[Element]:
    """The outermost articles; the file may be an article, a set of them, or an answer of OAI."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if element.tag == "article":
            yield element
        else:
            waiting.extend(reversed(list(element)))


class _Reader:
    """Walks through an article once; every piece of text goes to the page that is open."""

    def __init__(self) -> None:
        self._pages: list[_Writing] = []
        self._path: list[str] = []
        self._tables: list[SourceTable] = []

    def result(self) -> tuple[tuple[Page, ...], tuple[SourceTable, ...]]:
        """The pages with text, and the tables; no label twice among them."""
        used: dict[str, int] = {}

        def once(label: str) -> str:
            used[label] = used.get(label, 0) + 1
            return label if used[label] == 1 else f"{label} ({used[label]})"

        pages = []
        for page in self._pages:
            text = page.text()
            if text and (page.label in ("Title", "Text") or not page.label.endswith(text)):  # more than its heading
                pages.append(Page(label=once(page.label), text=text))
        return tuple(pages), tuple(replace(table, label=once(table.label)) for table in self._tables)

    def article(self, article: Element) -> None:
        """Front, body, back and floats of one article."""
        for part in article:
            if part.tag in ("front", "front-stub"):
                self._front(part)
            elif part.tag in ("sub-article", "response"):
                title = part.find(".//article-title")
                self._path.append(clean_line(_inline(title)) if title is not None else _PAGES[part.tag])
                self.article(part)
                self._path.pop()
            elif part.tag in ("body", "back", "floats-group"):
                self._page({"body": "Text", "back": "End matter", "floats-group": "Figures and boxes"}[part.tag], part)

    def _front(self, front: Element) -> None:
        title = front.find(".//title-group")
        if title is not None:
            self._page("Title", title)
        for name in _FRONT:
            for part in front.iter(name):
                self._section(part)

    def _section(self, element: Element) -> None:
        """A part of the article that is a page of its own, under its heading; an abstract's parts stay with it."""
        own = element.find("title")
        number = element.find("label")
        words = [clean_line(_inline(part)) for part in (number, own) if part is not None]
        heading = " ".join(filter(None, words))
        self._page(heading or _PAGES[element.tag] or "Section", element, heading=heading)

    def _page(self, label: str, element: Element, *, heading: str = "") -> None:
        repeated = bool(self._path) and self._path[-1] == label[:120]
        if not repeated:
            self._path.append(label[:120])
        top = self._path[1:] if len(self._path) > 1 and self._path[0] in ("Text", "End matter") else self._path
        self._pages.append(_Writing(label=PATH.join(top), pieces=[f"{heading}\n"]))
        self._children(element, self._pages[-1], whole=element.tag in ("abstract", "trans-abstract", "ref-list"))
        if not repeated:
            self._path.pop()

    def _children(self, element: Element, page: _Writing, *, whole: bool) -> None:
        page.pieces.append(_flat(element.text))
        for child in element:
            if child.tag not in ("title", "label") or element.tag not in _PAGES or (whole and element.tag == "sec"):
                self._flow(child, page, whole=whole)
            page.pieces.append(_flat(child.tail))

    def _flow(self, element: Element, page: _Writing, *, whole: bool) -> None:
        """The text of an element, on its page. whole: sections within it stay on the page."""
        name = element.tag
        if name in _UNSEEN:
            return
        if name == "table-wrap":
            self._table(element, page.label)
        elif name in _PAGES and not (whole and name == "sec"):
            self._section(element)
        elif name == "ref":
            page.pieces.append(f"\n{' '.join(_flat(text) for text in element.itertext())}\n")
        elif name == "alternatives":
            shown = next((child for child in element if child.tag not in _UNSEEN), None)
            if shown is not None:
                self._flow(shown, page, whole=whole)
        elif name in ("sup", "sub", "math", "break", "xref", "table"):
            page.pieces.append(_inline(element))
        else:
            block = "\n" if name in _BLOCKS or name in _PAGES else " " if name in ("label", "term", "def") else ""
            page.pieces.append(block)
            self._children(element, page, whole=whole)
            page.pieces.append(block)

    def _table(self, wrap: Element, page: str) -> None:
        label = clean_line(_inline(wrap.find("label")))
        caption = clean_line(_inline(wrap.find("caption"), blocks=True))
        tables = list(wrap.iter("tgroup")) or list(wrap.iter("table"))
        if not label:
            label = f"Table without a number {sum(t.label.startswith('Table without') for t in self._tables) + 1}"
        elif label.rstrip(".:").isalnum() and len(label) <= 4:
            label = f"Table {label}"
        label = label.rstrip(".:")
        notes = [
            clean_line(_inline(note, blocks=True))
            for foot in wrap.findall("table-wrap-foot")
            for note in (list(foot.iter("fn")) + [child for child in foot if child.tag in ("p", "attrib")] or [foot])
        ]
        for number, table in enumerate(tables or [None], start=1):
            grid = Grid(cells=(), rows=0, columns=0, header_rows=0) if table is None else _grid(table)
            note = "This table is only a picture in the file." if table is None else ""
            self._tables.append(
                SourceTable(
                    label=label if number == 1 else f"{label}, part {number}",
                    caption=caption,
                    cells=grid.cells,
                    rows=grid.rows,
                    columns=grid.columns,
                    header_rows=grid.header_rows,
                    footnotes=tuple(filter(None, notes)),
                    page=page,
                    note="The table is larger than what is read: its end is missing." if grid.cut else note,
                )
            )


def _grid(table: Element) -> Grid:
    oasis = table.tag == "tgroup"
    head: list[Element] = []
    body: list[Element] = []
    for part in table:
        if part.tag == "thead":
            head += [row for row in part if row.tag in ("tr", "row")]
        elif part.tag in ("tbody", "tfoot"):
            body += [row for row in part if row.tag in ("tr", "row")]
        elif part.tag in ("tr", "row"):
            body.append(part)
    read = _oasis_row if oasis else _html_row
    names = {each.get("colname", ""): place for place, each in enumerate(table.iter("colspec"))}
    rows = [read(row, names, head=number < len(head)) for number, row in enumerate([*head, *body])]
    return lay_out(rows, header_rows=len(head) if head else None)


def _html_row(row: Element, _: dict[str, int], *, head: bool) -> list[RawCell]:
    return [
        RawCell(
            text=_inline(cell, blocks=True),
            header=head or cell.tag == "th",
            rows=span(cell.get("rowspan")),
            columns=max(span(cell.get("colspan")), 1),
        )
        for cell in row
        if cell.tag in ("td", "th")
    ]


def _oasis_row(row: Element, names: dict[str, int], *, head: bool) -> list[RawCell]:
    cells = []
    for entry in row:
        if entry.tag != "entry":
            continue
        first = names.get(entry.get("namest") or entry.get("colname") or "")
        last = names.get(entry.get("nameend") or "", first)
        wide = last - first + 1 if first is not None and last is not None and last >= first else 1
        more = span(entry.get("morerows")) if entry.get("morerows") else 0
        text = _inline(entry, blocks=True)
        cells.append(RawCell(text=text, header=head, rows=1 + more, columns=wide, column=first))
    return cells


def _flat(text: str | None) -> str:
    return (text or "").replace("\n", " ").replace("\r", " ")


def _inline(element: Element | None, *, blocks: bool = False) -> str:
    """The text of an element on one line. blocks: paragraphs within it are kept apart."""
    if element is None or element.tag in _UNSEEN:
        return ""
    if element.tag == "break":
        return " "
    if element.tag == "alternatives":
        return _inline(next((child for child in element if child.tag not in _UNSEEN), None), blocks=blocks)
    inner = [_inline(child, blocks=blocks) for child in element]
    if element.tag == "mfrac" and len(inner) == 2:
        return f"{inner[0]}/{inner[1]}"
    if element.tag in ("msup", "msub") and len(inner) == 2:
        return inner[0] + (raised if element.tag == "msup" else lowered)(inner[1])
    tails = (_flat(child.tail) for child in element)
    text = _flat(element.text) + "".join(part for pair in zip(inner, tails, strict=True) for part in pair)
    if element.tag == "sup":
        return raised(text)
    if element.tag == "sub":
        return lowered(text)
    if blocks and (element.tag in _BLOCKS or element.tag in ("label", "td", "th")):
        return f" {text} "
    return text
