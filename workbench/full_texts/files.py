"""What kind of full text a file is, told from its bytes; neither its name nor the browser's word counts."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html.entities import html5
from xml.parsers import expat

from ingest.text_encoding import find_encoding

LARGEST = 50_000_000  # bytes of one file
NAME_KEPT = 200  # characters of a file's name
_HEAD = 1024  # bytes: readers of PDF accept as much before its mark, and HTML must have begun by then


class FullTextError(ValueError):
    """A file that cannot be taken as a full text; the message says what it is and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of full text that can be kept and shown."""

    media_type: str
    name: str  # for a reviewer
    suffix: str  # of a file's name


PDF = Kind(media_type="application/pdf", name="PDF", suffix=".pdf")
HTML = Kind(media_type="text/html", name="web page (HTML)", suffix=".html")
JATS = Kind(media_type="application/xml", name="PubMed Central article (XML)", suffix=".xml")
TEXT = Kind(media_type="text/plain", name="plain text file", suffix=".txt")
KINDS = {kind.media_type: kind for kind in (PDF, HTML, JATS, TEXT)}

_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_ARTICLES = frozenset({"article", "pmc-articleset"})
_OTHERS = (
    (b"PK\x03\x04", "a Word document or another ZIP file"),
    (b"\xd0\xcf\x11\xe0", "an old Word document"),
    (b"{\\rtf", "a rich text document"),
    (b"\x1f\x8b", "a packed file (gzip)"),
    (b"Rar!", "a packed file (RAR)"),
    (b"7z\xbc\xaf", "a packed file (7z)"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"%!PS", "a PostScript file"),
    (b"AT&TFORM", "a DjVu file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_CONTROL = frozenset(range(32)) - {9, 10, 12, 13}


def kind_of(content: bytes) -> Kind:
    """The kind of a full text. Raises FullTextError for a file that is empty, too large or of another kind."""
    if not content.strip():
        raise FullTextError("The file is empty.")
    if len(content) > LARGEST:
        raise FullTextError(
            f"The file has {len(content) / 1e6:.0f} MB; at most {LARGEST / 1e6:.0f} MB can be kept. "
            "Save it with smaller pictures."
        )
    head = content[:_HEAD]
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"%PDF-" in head and not start.startswith(b"<"):
        return PDF
    for mark, name in _OTHERS:
        if start.startswith(mark):
            raise FullTextError(f"This looks like {name}. Save it as PDF, and upload that.")
    if _HTML.match(start):
        return HTML
    if start.startswith(b"<") or head.startswith((b"\xff\xfe<\x00", b"\xfe\xff\x00<")):
        return _xml_or_html(content)
    if _is_text(content):
        return TEXT
    raise FullTextError("This is neither a PDF nor HTML, XML of PubMed Central, or plain text. Save it as PDF.")


def tidy_name(name: str) -> str:
    """The name of an uploaded file for keeping and showing: its last part, on one line, never empty."""
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C")
    return " ".join(kept.split())[-NAME_KEPT:].strip() or "full text"


def _xml_or_html(content: bytes) -> Kind:
    root = _root_of(content)
    if root in _ARTICLES:
        return JATS
    if root in ("html", "head", "body"):
        return HTML
    if root:
        raise FullTextError(
            f"This is XML (<{root[:40]}>), but not an article as PubMed Central gives it (<article>). Save it as PDF."
        )
    if _HTML.search(content[:100_000]):
        return HTML
    raise FullTextError("This begins like a web page or XML, but cannot be read as either. Save it as PDF.")


class _Found(Exception):
    """No error: ends the reading."""


def _root_of(content: bytes) -> str:
    """The name of an XML document's outermost element, or of the article in what OAI gives; empty if there is none.

    Raises FullTextError for one that declares entities, unless it calls itself a web page: that is not read as XML.
    """
    names: list[str] = []
    document: list[str] = []
    parser = xml_parser()

    def start(name: str, _attributes: dict[str, str]) -> None:
        names.append(name.rpartition(":")[2].lower())
        if names[-1] in _ARTICLES or len(names) > 20 or names[0] != "oai-pmh":
            raise _Found

    parser.StartDoctypeDeclHandler = lambda name, *_: document.append(name.rpartition(":")[2].lower())
    parser.StartElementHandler = start
    try:
        parser.Parse(content[:200_000], False)
    except FullTextError:
        if document != ["html"]:
            raise
        return document[0]
    except (_Found, expat.ExpatError):
        pass
    if not names:
        return ""
    return names[-1] if names[-1] in _ARTICLES else names[0]


def xml_parser() -> expat.XMLParserType:
    """A parser that looks nothing up; `Parse` raises FullTextError where a file declares entities.

    A file that names its DTD may use the DTD's characters (`&minus;`), which the parser passes over without a word.
    They are given to `CharacterDataHandler` as if they were typed; a name that is not known as "[&name;]", to be seen.
    """
    parser = expat.ParserCreate()

    def resolve(name: str, is_parameter: bool) -> None:
        if not is_parameter and parser.CharacterDataHandler is not None:
            parser.CharacterDataHandler(named_character(name))

    parser.SkippedEntityHandler = resolve

    def refuse(*_: object) -> None:
        raise FullTextError("The file declares entities of its own, which is not read. Save the article as PDF.")

    parser.EntityDeclHandler = refuse
    return parser


def named_character(name: str) -> str:
    """The character of an entity of HTML 5, which has all sets of ISO that JATS uses; else its name in brackets."""
    return html5.get(f"{name};", f"[&{name[:40]};]")


def _is_text(content: bytes) -> bool:
    encoding = find_encoding((content[: _HEAD * 64],))
    if encoding.codec.replace("_", "-").lower().startswith(("utf-16", "utf-32")):
        return True
    return not any(byte in _CONTROL for byte in content[: _HEAD * 64])
