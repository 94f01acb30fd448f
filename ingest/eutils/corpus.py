"""The records that the local server serves: each one's own XML, and what of it can be searched.

Reads PubMed XML (plain or gzip; PubmedArticle and PubmedBookArticle of any document type) without loading document
types, resolving entities or using the network.
"""

from __future__ import annotations

import gzip
import io
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.parsers import expat

from ingest.eutils import query as syntax
from ingest.eutils.errors import EutilsError
from ingest.eutils.headings import NARROWER, NARROWER_TYPES
from ingest.eutils.lookup import STOP_WORDS

_ENTRIES = ("PubmedArticle", "PubmedBookArticle")
_LARGEST = 2 * 1024**3  # bytes of one unpacked file
_BOUNDARY = "\x1f"  # between two texts of one field: no phrase reaches across it


def unpacked(data: bytes) -> bytes:
    """Undo gzip if there is any; EutilsError on a damaged or boundless file."""
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            plain = file.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise EutilsError(f"the gzip file is damaged: {error}") from error
    if len(plain) > _LARGEST:
        raise EutilsError("the gzip file is too large to serve")
    return plain


def _as_utf8(data: bytes) -> bytes:
    """The document in UTF-8 without XML declaration, so that slices of it can be put into another document."""
    head = re.match(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["'][^>]*\?>""", data)
    encoding = head[1].decode("ascii") if head else "utf-8"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    try:
        text = data.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise EutilsError(f"the file is not in the encoding it declares: {error}") from error
    return re.sub(r"\A\s*<\?xml[^>]*\?>", "", text).encode("utf-8")


def _slices(data: bytes) -> Iterator[tuple[bytes, bool]]:
    """Yield each entry's bytes, and whether it is a withdrawn PMID (then the bytes are the PMID)."""
    parser = expat.ParserCreate()
    found: list[tuple[bytes, bool]] = []
    path: list[str] = []
    begin = 0
    text: list[str] = []

    def start(tag: str, _: Mapping[str, str]) -> None:
        nonlocal begin
        path.append(tag)
        if tag in _ENTRIES and len(path) <= 2:
            begin = parser.CurrentByteIndex
        elif path[-2:] == ["DeleteCitation", "PMID"]:
            text.clear()
            parser.CharacterDataHandler = text.append

    def end(tag: str) -> None:
        if tag in _ENTRIES and len(path) <= 2:
            close = data.index(b">", parser.CurrentByteIndex) + 1
            found.append((data[begin:close], False))
        elif path[-2:] == ["DeleteCitation", "PMID"]:
            parser.CharacterDataHandler = None
            found.append(("".join(text).strip().encode("ascii", "replace"), True))
        path.pop()

    def refuse(*_: object) -> None:
        raise EutilsError("the file declares entities of its own")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise EutilsError(f"the file is not a complete XML document: {error}") from error
    yield from found


def normal(text: str) -> str:
    """Words as PubMed compares them: without case, accents and punctuation, one blank apart."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


def _field(texts: Iterable[str]) -> str:
    """Several texts as one string to search, blanks around every word."""
    return _BOUNDARY.join(f" {normal(text)} " for text in texts if text)


def _text(element: Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_NUMBERS = {name.lower(): number for number, name in enumerate(MONTHS, start=1)}


def _day(element: Element | None) -> date | None:
    """A Year/Month/Day element as PubMed indexes it: without day the first, without month January."""
    if element is None:
        return None
    year = _text(element.find("Year"))
    if not year:
        match = re.search(r"\d{4}", _text(element.find("MedlineDate")))
        year = match[0] if match else ""
    month, day = _text(element.find("Month")).lower()[:3], _text(element.find("Day"))
    try:
        return date(int(year), _MONTH_NUMBERS.get(month) or int(month or 1), int(day or 1))
    except ValueError:
        return None


_LANGUAGES = {
    "chi": "chinese", "cze": "czech", "dan": "danish", "dut": "dutch", "eng": "english", "fin": "finnish",
    "fre": "french", "ger": "german", "hun": "hungarian", "ita": "italian", "jpn": "japanese", "kor": "korean",
    "nor": "norwegian", "pol": "polish", "por": "portuguese", "rus": "russian", "spa": "spanish", "swe": "swedish",
    "tur": "turkish",
}  # fmt: skip


@dataclass(frozen=True)
class Served:
    """One record: its XML as given, and the facts that searches and summaries need."""

    pmid: str
    version: int
    xml: bytes
    _element: Element = field(repr=False, compare=False)

    @property
    def is_book(self) -> bool:
        return self._element.tag == "PubmedBookArticle"

    def texts(self, *paths: str) -> list[str]:
        """The non-empty texts at these paths, in document order of each path."""
        return [text for path in paths for found in self._element.iterfind(path) if (text := _text(found))]

    @cached_property
    def title(self) -> str:
        found = self.texts("MedlineCitation/Article/ArticleTitle", "BookDocument/ArticleTitle")
        return (found or self.texts("BookDocument/Book/BookTitle") or [""])[0]

    @cached_property
    def abstract(self) -> list[str]:
        return self.texts(
            "MedlineCitation/Article/Abstract/AbstractText",
            "MedlineCitation/OtherAbstract/AbstractText",
            "BookDocument/Abstract/AbstractText",
        )

    @cached_property
    def authors(self) -> list[str]:
        """As PubMed's author index writes them: "Lefaucheur JP", or a group's name."""
        names = []
        for author in (
            *self._element.iterfind("MedlineCitation/Article/AuthorList/Author"),
            *self._element.iterfind("BookDocument/AuthorList/Author"),
        ):
            last, initials = _text(author.find("LastName")), _text(author.find("Initials"))
            names.append(f"{last} {initials}".strip() or _text(author.find("CollectiveName")))
        return [name for name in names if name]

    @cached_property
    def journal(self) -> list[str]:
        return self.texts(
            "MedlineCitation/MedlineJournalInfo/MedlineTA",
            "MedlineCitation/Article/Journal/Title",
            "MedlineCitation/Article/Journal/ISOAbbreviation",
        )

    def text(self, path: str) -> str:
        return _text(self._element.find(path))

    @cached_property
    def article_ids(self) -> dict[str, str]:
        """This record's own identifiers by type, not those of what it cites."""
        found = {"pubmed": self.pmid}
        for path in ("PubmedData/ArticleIdList/ArticleId", "BookDocument/ArticleIdList/ArticleId"):
            for element in self._element.iterfind(path):
                if kind := element.get("IdType"):
                    found[kind] = _text(element)
        for element in self._element.iterfind("MedlineCitation/Article/ELocationID"):
            if element.get("EIdType") == "doi" and element.get("ValidYN") != "N":
                found.setdefault("doi", _text(element))
        return found

    @cached_property
    def cited(self) -> list[str]:
        """PMIDs in the reference list; in old records they stand among the corrections, as "Cites"."""
        found = [
            *self._element.iterfind("PubmedData//Reference/ArticleIdList/ArticleId[@IdType='pubmed']"),
            *self._element.iterfind(
                "MedlineCitation/CommentsCorrectionsList/CommentsCorrections[@RefType='Cites']/PMID"
            ),
        ]
        return list(dict.fromkeys(text for e in found if (text := _text(e))))

    @cached_property
    def published(self) -> date | None:
        return _day(
            self._element.find("MedlineCitation/Article/Journal/JournalIssue/PubDate")
            if not self.is_book
            else self._element.find("BookDocument/Book/PubDate")
        )

    @cached_property
    def days(self) -> dict[str, tuple[date, ...]]:
        """The record's dates by search field. Create date: PubMed's own is not in the XML, "entrez" is its display."""

        def status(name: str) -> Element | None:
            path = f"History/PubMedPubDate[@PubStatus='{name}']"
            found = self._element.find(f"PubmedData/{path}")
            return self._element.find(f"PubmedBookData/{path}") if found is None else found

        electronic = [_day(e) for e in self._element.iterfind("MedlineCitation/Article/ArticleDate")]
        entry = _day(status("entrez"))
        all_days: dict[str, list[date | None]] = {
            "crdt": [entry],
            "edat": [_day(status("pubmed"))],
            "mhda": [_day(status("medline")) or _day(status("pubmed"))],
            "mdat": [_day(self._element.find("MedlineCitation/DateRevised"))],
            "dcom": [_day(self._element.find("MedlineCitation/DateCompleted"))],
            "dp": [self.published, *electronic],
            "epdat": electronic,
            "ppdat": [self.published],
        }
        return {name: tuple(day for day in days if day) for name, days in all_days.items()}

    def _qualified(self) -> Iterator[tuple[str, bool, list[tuple[str, bool]]]]:
        for heading in self._element.iterfind("MedlineCitation/MeshHeadingList/MeshHeading"):
            descriptor = heading.find("DescriptorName")
            if descriptor is not None:
                qualifiers = [(_text(q), q.get("MajorTopicYN") == "Y") for q in heading.iterfind("QualifierName")]
                yield _text(descriptor), descriptor.get("MajorTopicYN") == "Y", qualifiers

    @cached_property
    def index(self) -> dict[str, str]:
        """Every searchable field as one string of words."""
        headings = list(self._qualified())
        mesh = [name for name, _, _ in headings] + [f"{name} / {q}" for name, _, qs in headings for q, _ in qs]
        major = [name for name, top, qs in headings if top or any(m for _, m in qs)]
        subheadings = [q for _, _, qs in headings for q, _ in qs]
        title, keywords = (
            [self.title],
            self.texts("MedlineCitation/KeywordList/Keyword", "BookDocument/KeywordList/Keyword"),
        )
        types = self.texts(
            "MedlineCitation/Article/PublicationTypeList/PublicationType", "BookDocument/PublicationType"
        )
        substances = self.texts(
            "MedlineCitation/ChemicalList/Chemical/NameOfSubstance", "MedlineCitation/SupplMeshList/SupplMeshName"
        )
        affiliations = self.texts(
            "MedlineCitation/Article/AuthorList/Author/AffiliationInfo/Affiliation",
            "BookDocument/AuthorList/Author/AffiliationInfo/Affiliation",
        )
        languages = self.texts("MedlineCitation/Article/Language", "BookDocument/Language")
        parts = {
            "ti": title,
            "ab": self.abstract,
            "ot": keywords,
            "tiab": title + self.abstract + keywords,
            "tt": self.texts("MedlineCitation/Article/VernacularTitle"),
            "mh": mesh,
            "majr": major,
            "sh": subheadings,
            "pt": types,
            "nm": substances,
            "au": self.authors,
            "1au": self.authors[:1],
            "lastau": self.authors[-1:],
            "cn": self.texts("MedlineCitation/Article/AuthorList/Author/CollectiveName"),
            "ad": affiliations,
            "ta": self.journal,
            "la": languages + [_LANGUAGES[code] for code in languages if code in _LANGUAGES],
            "vi": [self.text("MedlineCitation/Article/Journal/JournalIssue/Volume")],
            "ip": [self.text("MedlineCitation/Article/Journal/JournalIssue/Issue")],
            "pg": [self.text("MedlineCitation/Article/Pagination/MedlinePgn")],
            "aid": list(self.article_ids.values()),
            "pmcid": [self.article_ids.get("pmc", "")],
            "si": self.texts("MedlineCitation/Article/DataBankList/DataBank/AccessionNumberList/AccessionNumber"),
        }  # fmt: skip
        parts["tw"] = parts["tiab"] + parts["tt"] + mesh + subheadings + types + substances
        parts["all"] = (
            parts["tw"]
            + self.authors
            + affiliations
            + self.journal
            + languages
            + parts["aid"]
            + parts["si"]
            + [self.pmid]
        )
        return {name: _field(texts) for name, texts in parts.items()}


def _read_entry(xml: bytes) -> Served:
    element = ElementTree.fromstring(xml)  # noqa: S314 - one slice of a file without entity declarations
    path = "MedlineCitation/PMID" if element.tag == "PubmedArticle" else "BookDocument/PMID"
    found = element.find(path)
    pmid = _text(found)
    if found is None or not re.fullmatch(r"[1-9]\d{0,9}", pmid):
        raise EutilsError("an entry has no usable PMID")
    version = found.get("Version", "1")
    return Served(pmid=pmid, version=int(version) if version.isdigit() else 1, xml=xml, _element=element)


# Fields in which a term is one whole entry of PubMed's index (a heading, a type, a journal), not words of a text.
_WHOLE = frozenset({"mh", "majr", "sh", "pt", "ta", "la", "vi", "ip", "pg", "aid", "pmcid", "si", "nm"})


def _wider_of(table: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {normal(name): tuple(normal(narrow) for narrow in narrower) for name, narrower in table.items()}


_EXPLOSION = {"mh": _wider_of(NARROWER), "majr": _wider_of(NARROWER), "pt": _wider_of(NARROWER_TYPES)}


class NotEvaluated(Exception):
    """The local server does not search this; it says so, where an empty result would mislead."""


def parse_day(text: str) -> tuple[date, date]:
    """First and last day that a date of a query covers: 2024, 2024/05, 2024/05/31; ValueError for anything else."""
    match = re.fullmatch(r"\s*(\d{4})(?:[/-](\d{1,2}))?(?:[/-](\d{1,2}))?\s*", text)
    if match is None:
        raise ValueError(text)
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if day is None:
        following = date(year + month // 12, month % 12 + 1, 1) if year < 9999 else date(year, 12, 31)
        return date(year, month, 1), following - timedelta(days=1)
    return date(year, month, day), date(year, month, day)


class Corpus:
    """Records by PMID, searchable. Never changed: the server swaps one corpus for another."""

    def __init__(self, records: Iterable[Served]) -> None:
        self.records = tuple(records)
        self.by_pmid = {record.pmid: record for record in self.records}
        self.everything = frozenset(self.by_pmid)

    def __len__(self) -> int:
        return len(self.records)

    @classmethod
    def read(cls, sources: Iterable[Path | str | bytes]) -> Corpus:
        """Read files (or their bytes). Of one PMID the highest version is served, of equal ones the last; a
        DeleteCitation takes a record away.
        """
        records: dict[str, Served] = {}
        for source in sources:
            name = "the given bytes" if isinstance(source, bytes) else str(source)
            try:
                data = source if isinstance(source, bytes) else Path(source).read_bytes()
                for xml, withdrawn in _slices(_as_utf8(unpacked(data))):
                    if withdrawn:
                        records.pop(xml.decode("ascii"), None)
                        continue
                    record = _read_entry(xml)
                    known = records.get(record.pmid)
                    if known is None or record.version >= known.version:
                        records[record.pmid] = record
            except (OSError, ElementTree.ParseError) as error:
                raise EutilsError(f"{name} cannot be served: {error}") from error
            except EutilsError as error:
                raise EutilsError(f"{name} cannot be served: {error}") from error
        return cls(records.values())

    def search(
        self, text: str, *, history: Callable[[int], frozenset[str]] | None = None
    ) -> tuple[frozenset[str], syntax.Query]:
        """The PMIDs that a query finds, and the query as read. Raises QuerySyntaxError and NotEvaluated."""
        query = syntax.parse(text)
        return self._find(query, history), query

    def _find(self, query: syntax.Query, history: Callable[[int], frozenset[str]] | None) -> frozenset[str]:
        first, rest = syntax.chain(query)
        found = self._leaf(first, history)
        for operator, right in rest:
            other = self._find(right, history)
            match operator:
                case "AND":
                    found &= other
                case "OR":
                    found |= other
                case "NOT":
                    found -= other
        return found

    def _leaf(self, query: syntax.Query, history: Callable[[int], frozenset[str]] | None) -> frozenset[str]:
        match query:
            case syntax.History():
                if history is None:
                    raise syntax.QuerySyntaxError(f"there is no set #{query.number}")
                return history(query.number)
            case syntax.Range():
                return self._range(query)
            case syntax.Term():
                return self._term(query)
        raise AssertionError(query)

    def _range(self, query: syntax.Range) -> frozenset[str]:
        if query.field == "uid":
            try:
                low, high = int(query.low), int(query.high)
            except ValueError:
                return frozenset()
            return frozenset(pmid for pmid in self.everything if low <= int(pmid) <= high)
        if query.field not in syntax.DATES:
            raise NotEvaluated(f"ranges of [{query.field}]")
        try:
            return self.between(query.field, parse_day(query.low)[0], parse_day(query.high)[1])
        except ValueError:
            return frozenset()

    def between(self, field_: str, low: date, high: date) -> frozenset[str]:
        """The records with a date of this kind in the range, both days included."""
        return frozenset(r.pmid for r in self.records if any(low <= day <= high for day in r.days.get(field_, ())))

    def _term(self, term: syntax.Term) -> frozenset[str]:
        if term.field == "uid":
            wanted = {number.lstrip("0") for number in re.findall(r"\d+", term.text)}
            return self.everything & wanted
        if term.field in syntax.DATES:
            try:
                return self.between(term.field, *parse_day(term.text))
            except ValueError:
                return frozenset()
        if is_stop_word(term):
            return frozenset()
        if term.near is not None:
            raise NotEvaluated("proximity (~)")
        if self.records and term.field not in self.records[0].index:
            raise NotEvaluated(f"the field [{term.field}]")
        if "*" in term.text.strip().rstrip("*"):
            wild = _wild(term.text.strip(), whole=term.field in _WHOLE)
            return frozenset(
                r.pmid for r in self.records if wild.search(f"{_BOUNDARY}{r.index[term.field]}{_BOUNDARY}")
            )
        pieces = _pieces(term)
        if term.field in _WHOLE or term.field in ("au", "1au", "lastau", "cn") or term.quoted or term.tagged:
            found = self._matching(term.field, pieces)
            if found or term.quoted or term.field not in ("ti", "ab", "tiab", "tw", "all", "ad", "ot"):
                return found
        # Words without quotation marks that do not occur as a phrase are all required, anywhere in the field.
        words = [w for w in term.text.split() if normal(w) and normal(w) not in STOP_WORDS]
        if not words:
            return frozenset()
        found = self.everything
        for word in words:
            found &= self._matching(term.field, (_piece(word, whole=False),))
        return found

    def _matching(self, field_: str, pieces: tuple[str, ...]) -> frozenset[str]:
        wanted = [piece for piece in pieces if piece.strip(" " + _BOUNDARY)]
        if field_ in _WHOLE:
            return frozenset(
                r.pmid for r in self.records if any(p in f"{_BOUNDARY}{r.index[field_]}{_BOUNDARY}" for p in wanted)
            )
        return frozenset(r.pmid for r in self.records if any(p in r.index[field_] for p in wanted))


def is_stop_word(term: syntax.Term) -> bool:
    """Whether PubMed has no index entry for the word in its field: it finds nothing, and PubMed says so."""
    return term.tagged and term.field in ("ti", "ab", "tiab", "tw") and term.text.lower() in STOP_WORDS


def _piece(text: str, *, whole: bool) -> str:
    """What to look for in a field's string: whole words, the last one open at its end if it is truncated."""
    truncated = text.rstrip().endswith("*")
    piece = f" {normal(text)}" if truncated else f" {normal(text)} "
    if whole:
        piece = _BOUNDARY + piece + ("" if truncated else _BOUNDARY)
    return piece


def _wild(text: str, *, whole: bool) -> re.Pattern[str]:
    """A pattern for a term with asterisks in its midst: each stands for the rest of a word, or for nothing."""
    parts = []
    for part in text.split("*"):
        before, after = (" " if edge and not edge.isalnum() else "" for edge in (part[:1], part[-1:]))
        parts.append(re.escape(f"{before}{normal(part)}{after}" if normal(part) else before))
    edge = re.escape(_BOUNDARY) if whole else ""
    end = "" if text.endswith("*") else f" {edge}"
    return re.compile(f"{edge} {rf'[^ {_BOUNDARY}]*'.join(parts)}{end}")


def _pieces(term: syntax.Term) -> tuple[str, ...]:
    """The strings that stand for a term: a heading brings its narrower ones along, an author any further initials."""
    if term.field in ("au", "1au", "lastau", "cn"):
        return (f" {normal(term.text)}",) if " " in term.text.strip() else (f" {normal(term.text)} ",)
    if term.field not in _WHOLE:
        return (_piece(term.text, whole=False),)
    name = term.text.replace("/", " / ")
    pieces = [_piece(name, whole=True)]
    if term.explode and not term.text.rstrip().endswith("*"):
        table = _EXPLOSION.get(term.field, {})
        pieces += [f"{_BOUNDARY} {narrow} {_BOUNDARY}" for narrow in table.get(normal(term.text), ())]
    return tuple(pieces)
