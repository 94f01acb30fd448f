"""PubMed's XML as a stream of entries: one small ElementTree each, within limits that a hostile file cannot exceed.

Two ways lead through a document, and give the same entries (tests compare them).

*Event by event*: expat calls Python for every tag. It is the way that decides: it knows where in the document it is,
refuses a document at the declaration of an entity, limits depth and size as they grow, and names what is wrong in which
line. Its price is a Python call for each tag and each text.

*In one piece*: where the first way stands between two entries of a UTF-8 document, the bytes up to the end of the last
entry that is complete are parsed by ElementTree, which builds in C. Long parts that are never read (reference lists:
two fifths of the text) are cut out before and only checked for being well-formed. Whatever is unusual (a comment, a
namespace, a named character, damage, too large) sends these bytes the first way, which then says what it is. How deep
they nest is limited where somebody goes down into them (`refuse_depth`); ElementTree itself does not recurse.

Expat and ElementTree come with Python. Nothing is fetched: no DTD, no external entity, no address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser
from xml.parsers import expat

from ingest.byte_steps import byte_steps
from ingest.record import BrokenFile, IngestError, TruncatedFile, UnknownFormat, UnsafeFile

MAX_DEPTH = 100  # PubMed nests about 12 deep, MathML about 20
MAX_ENTRY = 1 << 24  # characters of one entry; the longest seen, with 3,000 authors, has under two million
MAX_TOKEN = 1 << 21  # bytes of one tag or comment, which expat holds in memory whole
MAX_SILENCE = 1 << 26  # bytes without an entry coming to its end
MAX_BLANK = 100  # steps of a file that begins with blanks
MAX_PIECE = 1 << 19  # bytes held for an entry that is to be parsed in one piece

ENTRIES = frozenset({"PubmedArticle", "PubmedBookArticle"})
_ROOTS = frozenset({"PubmedArticleSet", "PubmedBookArticleSet", *ENTRIES})
_GIVEN = frozenset({*ENTRIES, "DeleteCitation"})
# Never read, and most of a document's size. Leaving out ReferenceList also keeps cited papers' identifiers away.
NOT_READ = frozenset(
    {
        *("ReferenceList", "History", "AffiliationInfo", "Affiliation", "Identifier", "GrantList", "ChemicalList"),
        *("InvestigatorList", "PersonalNameSubjectList", "Sections", "ObjectList", "CoiStatement"),
    }
)
# Of these, those that are worth cutting out: looking for one costs as much as building ten small elements.
_CUT = tuple((b"<%b>" % tag, b"</%b>" % tag, b"<%b/>" % tag) for tag in (b"ReferenceList", b"History"))


TOO_DEEP = f"This XML nests its elements more than {MAX_DEPTH} deep; PubMed's does not. Not read."


def refuse_depth(element: Element) -> None:
    """Raise `UnsafeFile` if elements nest too deep in this one: before anything that goes down into it."""
    level: list[Element] = [element]
    for _ in range(MAX_DEPTH - 2):  # an entry stands at depth 2, and what is asked about within it
        level = [child for parent in level for child in parent]
        if not level:
            return
    raise UnsafeFile(TOO_DEEP)


class Oversized:
    """In place of an entry that is larger than MAX_ENTRY."""


def entries(file: BinaryIO) -> Iterator[Element | Oversized]:
    """Yield each PubmedArticle, PubmedBookArticle and DeleteCitation of the document, in its order.

    file: the document, plain or gzipped, from its start. It is read in steps and held in memory a few entries at a
    time. Raises `TruncatedFile` if the document ends too early, `BrokenFile` if it is not well-formed, `UnsafeFile` if
    it declares entities or outgrows the limits above, `UnknownFormat` if it is something else; each after the entries
    that were complete.
    """
    document = _Document()
    for chunk in byte_steps(file):
        yield from document.feed(chunk)
    yield from document.close()


_UTF8_MARK = b"\xef\xbb\xbf"
_ENTRY_START = re.compile(rb"<Pubmed(?:Book)?Article[\s>]")


class _Document:
    """Chooses the way for each stretch of bytes."""

    def __init__(self) -> None:
        self._events = _Events()
        self._held = b""  # between two entries: the beginning of the next, not yet given to anybody
        self._begun = False
        self._blank = 0

    def feed(self, chunk: bytes) -> Iterator[Element | Oversized]:
        """Take the next bytes of the document and yield what they completed."""
        if not self._begun:
            # A blank line before the XML declaration is common, and an error to expat.
            chunk = chunk.removeprefix(_UTF8_MARK).lstrip()
            if not chunk:
                self._blank += 1
                if self._blank > MAX_BLANK:
                    raise UnknownFormat("This file begins with nothing but blanks.")
                return
            self._begun = True
            _refuse_other_formats(chunk)
        data = self._held + chunk
        self._held = b""
        if not self._events.between_entries:
            start = _ENTRY_START.search(data)
            place = start.start() if start else len(data)
            yield from self._events.feed(data[:place])
            data = data[place:]
            if not self._events.between_entries:
                yield from self._events.feed(data)
                return
        if end := _last_end(data):
            yield from self._whole_entries(data[:end])
            data = data[end:]
        if len(data) > MAX_PIECE or not self._events.between_entries:
            yield from self._events.feed(data)
        else:
            self._held = data

    def close(self) -> Iterator[Element | Oversized]:
        """Say that the document is over."""
        if not self._begun:
            raise TruncatedFile("The file is empty.")
        yield from self._events.feed(self._held)
        yield from self._events.close()

    def _whole_entries(self, piece: bytes) -> Iterator[Element | Oversized]:
        tree = _tree(piece)
        if tree is None:
            yield from self._events.feed(piece)
            return
        yield from (child for child in tree if child.tag in _GIVEN)
        self._events.pass_over(piece)


def _last_end(data: bytes) -> int:
    """Behind the last article, or if there is none the last book entry, that is complete; 0 if nothing is."""
    for tag in (b"</PubmedArticle>", b"</PubmedBookArticle>"):
        place = data.rfind(tag)
        if place >= 0:
            return place + len(tag)
    return 0


# -------------------------------------------------------------------------------------------------------- in one piece


_NAMESPACE = re.compile(rb"xmlns")


def _tree(piece: bytes) -> Element | None:
    """The entries in `piece` under one element; None if anything about them needs a closer look.

    What is cut out is replaced by an empty element of its name and checked on its own. As the piece has no comments,
    the place of a cut is one where an element may stand, so both being well-formed means that the whole is.
    """
    if _holds_tag(piece, b"!") or _holds_tag(piece, b"?") or _NAMESPACE.search(piece):
        return None  # a comment, a CDATA section, an instruction, a namespace
    rest, cut = _without_long_parts(piece)
    try:
        parser = XMLParser()  # noqa: S314 - no DTD comes this far, so there is nothing to expand
        # A line end is a blank like any other here, but expat hands each over by itself.
        for part in (b"<PubmedArticleSet>", rest.replace(b"\n", b" "), b"</PubmedArticleSet>"):
            parser.feed(part)
        tree: Element = parser.close()
        checker = expat.ParserCreate()
        checker.Parse(b"<cut>", False)
        checker.Parse(b"".join(cut), False)
        checker.Parse(b"</cut>", True)
    except (ParseError, expat.ExpatError, ValueError):
        return None
    return tree


def _holds_tag(piece: bytes, mark: bytes) -> bool:
    """Whether "<" and `mark` stand together anywhere. Looking for the rare one first is several times as fast."""
    return any(part.endswith(b"<") for part in piece.split(mark)[:-1])


def _without_long_parts(piece: bytes) -> tuple[bytes, list[bytes]]:
    """The piece without what is never read, and all that was taken out."""
    cut: list[bytes] = []
    for start, end, empty in _CUT:
        first, *parts = piece.split(start)
        kept = [first]
        taken: list[bytes] = []
        for part in parts:
            inside, found, after = part.partition(end)
            if not found:  # lists within lists, or damage: left to be built, and not read
                break
            taken += (start, inside, end)
            kept.append(after)
        else:
            piece = empty.join(kept)
            cut += taken
    return piece, cut


# ------------------------------------------------------------------------------------------------------ event by event


class _Events:
    """Expat's events turned into entries as they end."""

    def __init__(self) -> None:
        self._items: list[Element | Oversized] = []
        self._depth = 0
        self._skipping = 0  # depth of the element whose content is passed over; 0: none
        self._builder: TreeBuilder | None = None
        self._entry_depth = 0
        self._size = 0
        self._overfull = False
        self._fed = 0  # bytes given to expat
        self._silence = 0  # bytes since the last entry
        self._in_cdata = False
        self._unusual = False  # an encoding of its own, or a DTD within the document
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.specified_attributes = True  # no attribute values out of an internal DTD subset
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartCdataSectionHandler = self._cdata_starts
        parser.EndCdataSectionHandler = self._cdata_ends
        parser.EntityDeclHandler = self._refuse_entity
        parser.SkippedEntityHandler = self._named_character

    @property
    def between_entries(self) -> bool:
        """Whether all that was fed is understood, and an entry of a plain document may begin with the next byte."""
        return (
            self._depth == 1
            and self._builder is None
            and not self._skipping
            and not self._in_cdata
            and not self._unusual
            and self._parser.CurrentByteIndex == self._fed
        )

    def pass_over(self, piece: bytes) -> None:
        """Note that whole entries were read another way. Line ends are still counted."""
        lines = b"\n" * piece.count(b"\n")
        self._fed += len(lines)
        self._parser.Parse(lines, False)
        self._silence = 0

    def feed(self, data: bytes) -> Iterator[Element | Oversized]:
        """Take the next bytes of the document and yield what they completed."""
        self._fed += len(data)
        self._silence += len(data)
        yield from self._parse(data, final=False)
        if self._fed - self._parser.CurrentByteIndex > MAX_TOKEN:
            raise UnsafeFile(f"A single tag or comment of this XML is larger than {MAX_TOKEN:,} bytes; not read.")
        if self._silence > MAX_SILENCE:
            raise UnsafeFile(f"This XML goes on for {MAX_SILENCE:,} bytes without completing an entry; not read.")

    def close(self) -> Iterator[Element | Oversized]:
        """Say that the document is over."""
        yield from self._parse(b"", final=True)

    def _parse(self, data: bytes, *, final: bool) -> Iterator[Element | Oversized]:
        failure: Exception | None = None
        try:
            self._parser.Parse(data, final)
        except expat.ExpatError as error:
            failure = TruncatedFile("The XML ends before it is complete.") if final else _broken(error)
        except (LookupError, ValueError):  # an encoding that expat or Python does not read
            failure = BrokenFile("The XML declares an encoding that cannot be read; save it as UTF-8.")
        except IngestError as error:
            failure = error
        items, self._items = self._items, []
        if items:
            self._silence = 0
        yield from items
        if failure is not None:
            raise failure

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self._unusual |= encoding is not None and encoding.lower() not in ("utf-8", "us-ascii")

    def _doctype(self, _name: str, _system: str | None, _public: str | None, has_internal_subset: bool) -> None:
        self._unusual |= has_internal_subset

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise UnsafeFile(TOO_DEEP)
        if self._skipping:
            return
        if self._builder is None:
            if self._depth == 1 and tag not in _ROOTS:
                raise UnknownFormat(_not_pubmed(tag))
            if tag in _GIVEN:
                self._builder = TreeBuilder()
                self._entry_depth = self._depth
                self._size = 0
            elif self._depth > 1:
                self._skipping = self._depth
                return
            else:
                return
        elif tag in NOT_READ:
            self._skipping = self._depth
            return
        self._grow(100 + sum(map(len, attributes.values())))
        if self._builder is not None:
            self._builder.start(tag, attributes)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._skipping:
            if self._depth >= self._skipping:
                return
            self._skipping = 0
            if self._overfull:
                self._overfull = False
                self._items.append(Oversized())
        elif self._builder is not None:
            self._builder.end(tag)
            if self._depth < self._entry_depth:
                self._items.append(self._builder.close())
                self._builder = None

    def _text(self, text: str) -> None:
        if self._builder is not None and not self._skipping:
            self._grow(len(text))
            if self._builder is not None:
                self._builder.data(text)

    def _grow(self, amount: int) -> None:
        self._size += amount
        if self._size > MAX_ENTRY:
            self._builder = None
            self._overfull = True
            self._skipping = self._entry_depth

    def _cdata_starts(self) -> None:
        self._in_cdata = True

    def _cdata_ends(self) -> None:
        self._in_cdata = False

    def _refuse_entity(self, name: str, *_: object) -> None:
        raise UnsafeFile(
            f"This XML declares an entity of its own ({name[:40]!r}), which PubMed's files never do and harmful ones "
            "do. Not read."
        )

    def _named_character(self, name: str, is_parameter_entity: int) -> None:
        # A reference into a DTD that we do not load. Characters that have a name everywhere are known without it.
        if not is_parameter_entity:
            self._text(html5.get(f"{name};", f"&{name};"))


# ------------------------------------------------------------------------------------------------------------ refusals


def _refuse_other_formats(start: bytes) -> None:
    if start and not start.startswith((b"<", b"\xff\xfe", b"\xfe\xff", b"\0<")):
        what = "It looks like JSON." if start.startswith((b"{", b"[")) else "It does not begin with a tag."
        raise UnknownFormat(f"This is not XML. {what}")
    if start[:9].lower() == b"<!doctype" and start[9:30].strip().lower().startswith(b"html"):
        raise UnknownFormat(_not_pubmed("html"))


def _broken(error: expat.ExpatError) -> BrokenFile:
    what = expat.errors.messages.get(error.code, "not well-formed")
    hint = ""
    if what in (expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT, expat.errors.XML_ERROR_MISPLACED_XML_PI):
        hint = " Several XML documents seem to have been joined into one file; read them one by one."
    return BrokenFile(f"The XML is damaged in line {error.lineno} ({what}).{hint}")


def _not_pubmed(tag: str) -> str:
    if tag.lower() == "html":
        return "This is a web page, not PubMed XML; the download probably failed with an error page."
    if tag.startswith("e") and tag.endswith("Result"):
        return f"This is an E-utilities answer without records (<{tag[:40]}>), not a set of PubMed records."
    return f"This XML is not a set of PubMed records: it begins with <{tag[:40]}>, not <PubmedArticleSet>."
