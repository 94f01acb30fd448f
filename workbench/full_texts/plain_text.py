"""The words of a full text that is HTML, XML of PubMed Central or plain text: text, and never markup.

What a page shows of such a file is this and nothing else, so nothing that stands in it can act. Every step takes time
in proportion to the file: the standard library's HTML parser does not (CVE-2025-6069), so tags are told apart here.
"""

from __future__ import annotations

import html
import re
from xml.parsers import expat

from ingest.text_encoding import find_encoding
from workbench.full_texts.files import HTML, JATS, TEXT, FullTextError, kind_of, xml_parser

LONGEST = 2_000_000  # characters that are shown
DEEPEST = 500  # elements within each other
_BLOCKS = re.compile(
    r"address|article|aside|blockquote|br|caption|center|dd|div|dl|dt|fieldset|figcaption|"
    r"figure|footer|form|h1|h2|h3|h4|h5|h6|header|hr|li|main|nav|ol|option|p|pre|"
    r"section|table|tbody|tfoot|thead|title|tr|ul"
).fullmatch
_CELLS = frozenset({"td", "th"})
_UNSEEN = ("script", "style", "noscript", "template", "svg", "iframe", "object", "textarea", "select")
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9:-]{0,40})")
_VALUE_OR_END = re.compile(r"""=\s*["']|>""")
_HEAD = 2000  # characters: a DOCTYPE stands in them
_SUBSET = re.compile(r"<!DOCTYPE[^>\[]{0,500}\[[^\]]{0,100000}\]\s*>", re.IGNORECASE)
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset=["']?([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
# Of code pages only: some of Python's codecs are no encodings of text, or expand it.
_CODECS = re.compile(
    r"(?:iso-?8859-?\d{1,2}|latin-?1|windows-125\d|cp125\d|koi8-[ru]|gbk|gb2312|gb18030|big5|"
    r"shift_jis|euc-jp|euc-kr|us-ascii)"
)
_SPACE = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")
_JATS_BLOCKS = re.compile(
    r"abstract|ack|aff|app|article-id|article-title|caption|contrib|contrib-group|def-item|disp-formula|disp-quote|"
    r"fig|fn|journal-title|kwd-group|list-item|p|pub-date|ref|sec|subtitle|table-wrap|title|tr|trans-title"
).fullmatch
_JATS_WORDS = re.compile(  # elements with text that stand side by side, with nothing between them
    r"anonymous|article-id|collab|day|edition|email|etal|fpage|given-names|issue|kwd|label|lpage|month|name|"
    r"person-group|pub-id|publisher-loc|publisher-name|season|source|subject|surname|suffix|volume|year"
).fullmatch
_JATS_UNSEEN = frozenset(
    {
        "tex-math",
        "custom-meta-group",
        "permissions",
        "self-uri",
        "counts",
        "object-id",
        "journal-id",
        "issn",
        "publisher",
    }
)
_JATS_CELLS = frozenset({"td", "th"})


def plain_text(content: bytes) -> str:
    """The text of a full text that is no PDF: a paragraph a line. Raises FullTextError where it cannot be read."""
    kind = kind_of(content)
    if kind is HTML:
        return _tidy(_of_html(decoded(content)))
    if kind is JATS:
        return _tidy(_of_jats(content))
    if kind is TEXT:
        return decoded(content).replace("\r\n", "\n").replace("\r", "\n")[:LONGEST].strip()
    raise FullTextError("The text of a PDF is shown by its viewer.")


def text_parts(text: str, size: int = 12_000) -> tuple[str, ...]:
    """Cut into parts of about `size` characters, between lines where there is one; at least one part."""
    parts, rest = [], text
    while len(rest) > size:
        end = rest.rfind("\n", size // 2, size)
        end = rest.rfind(" ", size // 2, size) if end < 0 else end
        end = size if end < 0 else end
        parts.append(rest[:end].strip("\n"))
        rest = rest[end:].lstrip("\n")
    return (*parts, rest)


def decoded(content: bytes) -> str:
    """The text of a file that is no PDF, by what it says of its encoding where that fits, else by its bytes."""
    found = _CHARSET.search(content[:4096])
    codec = find_encoding((content,)).codec
    if found and codec.replace("_", "-").lower() not in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        said = found.group(1).decode("ascii").lower()
        if _CODECS.fullmatch(said):
            try:
                return content.decode(said, "replace")
            except LookupError:
                pass
    return content.decode(codec, "replace")


def _tidy(text: str) -> str:
    return _LINES.sub("\n", _SPACE.sub(" ", text)).strip()[:LONGEST]


class TagEnds:
    """Where the tags of a web page end; a ">" within the quotes of an attribute (title="a>b") does not end one.

    Where quotes are broken, so that a tag would never end, they are no longer minded. So all tags together take time in
    proportion to the text.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._quotes = True

    def after(self, opening: int) -> int:
        """The place of the ">" of the tag that opens here; -1: nowhere."""
        source, at = self._source, opening
        if opening < _HEAD and (subset := _SUBSET.match(source, opening)):
            return subset.end() - 1
        while self._quotes and (found := _VALUE_OR_END.search(source, at)):
            if found.group() == ">":
                return found.start()
            at = source.find(found.group()[-1], found.end()) + 1
            if at == 0:
                break
        else:
            self._quotes = False
        return source.find(">", opening)


def _of_html(source: str) -> str:
    """The text between tags; what a browser would not show is left out. Goes through the source once."""
    pieces: list[str] = []
    lowered = source.lower()
    if len(lowered) != len(source):  # a letter whose lower case is two letters: places would not agree
        source = lowered
    at, ends = 0, TagEnds(source)
    while at < len(source):
        opening = source.find("<", at)
        if opening < 0:
            pieces.append(html.unescape(source[at:]))
            break
        pieces.append(html.unescape(source[at:opening]))
        if lowered.startswith("<!--", opening):
            end = source.find("-->", opening + 4)
            at = len(source) if end < 0 else end + 3
            continue
        tag = _TAG.match(source, opening)
        if tag is None and not lowered.startswith(("<!", "<?"), opening):
            pieces.append("<")  # "p < 0.05"
            at = opening + 1
            continue
        end = ends.after(opening)
        if end < 0:
            break
        name = tag.group(1).lower() if tag else ""
        if _BLOCKS(name):
            pieces.append("\n")
        elif name in _CELLS:
            pieces.append(" | " if lowered.startswith("</", opening) else "")
        at = end + 1
        if name in _UNSEEN and not lowered.startswith("</", opening) and source[end - 1] != "/":
            closing = lowered.find(f"</{name}", at)
            at = len(source) if closing < 0 else closing
    return "".join(pieces)


def _of_jats(content: bytes) -> str:
    """The article's text in its order: headings, paragraphs, tables with a line for each row, references."""
    pieces: list[str] = []
    unseen: list[bool] = []  # of each element that is open: whether its text is left out

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(unseen) >= DEEPEST:
            raise FullTextError("The file nests its elements too deeply to be read. Save the article as PDF.")
        name = name.rpartition(":")[2]
        number = name == "article-id" and attributes.get("pub-id-type") != "doi"
        unseen.append(number or name in _JATS_UNSEEN or (bool(unseen) and unseen[-1]))
        pieces.append("\n" if _JATS_BLOCKS(name) else " " if _JATS_WORDS(name) else "")

    def end(name: str) -> None:
        unseen.pop()
        name = name.rpartition(":")[2]
        if _JATS_BLOCKS(name):
            pieces.append("\n")
        elif name in _JATS_CELLS:
            pieces.append(" | ")
        elif _JATS_WORDS(name):
            pieces.append(" ")

    def characters(text: str) -> None:
        if not unseen[-1]:
            pieces.append(text.replace("\n", " "))

    parser = xml_parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        if not "".join(pieces).strip():
            raise FullTextError(f"The XML cannot be read: {expat.errors.messages[error.code]}.") from error
        pieces.append(f"\n[The file cannot be read further: {expat.errors.messages[error.code]}, line {error.lineno}.]")
    return "".join(pieces)
