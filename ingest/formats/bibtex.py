"""BibTeX and BibLaTeX exports of Zotero, JabRef, Mendeley, EndNote, Web of Science, Scopus, Google Scholar and others.

How the file becomes entries is in `bibtex_entries`, how LaTeX becomes text in `latex`. `source` is "bibtex";
`source_id` is the accession number of Web of Science or Scopus where the entry has one, else a hash of what the entry
says (citation keys are chosen anew in every library). Our own export adds what BibTeX has no field for in
`workbench-record`.

A child inherits from its parent (crossref, xdata) what it does not say itself, wherever in the file the parent is.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from ingest.formats.bibtex_entries import BibEntry, bib_entries
from ingest.formats.drafts import SAYS_NOTHING, Draft, says_nothing, take_exact
from ingest.formats.latex import plain_text
from ingest.formats.printed import (
    GROUP,
    abstract_of,
    address_pmids,
    doi_address,
    items_of,
    marked_pmid,
    pages_of,
    pmcid_in,
    text_of,
    year_of,
)
from ingest.formats.ris import retraction_of
from ingest.identifiers import normalise_doi, normalise_pmcid, normalise_pmid, registry_ids
from ingest.record import RAW_KEPT, BrokenFile, Record, Unreadable

OWN_FIELD = "workbench-record"  # JSON without its outer braces: see ingest.exports.exact
MAX_WAITING = 20_000  # entries that are held back until the parent of one of them is read
_PARENTS = frozenset(
    {
        *("proceedings", "collection", "book", "mvbook", "mvcollection", "mvproceedings", "periodical", "xdata"),
        *("reference", "misc", "inproceedings", "incollection"),
    }
)
_LOOKS = re.compile(r"^[ \t]*@[ \t]*[A-Za-z]{3,40}\s*[{(]\s*(?:[^\s,{}()=\"]*\s*,|[\w-]+\s*=|\")", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*@[ \t]*(?:comment|preamble|string)\b", re.MULTILINE | re.IGNORECASE)


def looks_like_bibtex(start: str) -> bool:
    """Whether a file that begins with this text is BibTeX: an entry, or a definition, begins in one of its lines."""
    start = start.replace("\r\n", "\n").replace("\r", "\n")
    return bool(_LOOKS.search(start) or _COMMENT.search(start))


def read_bibtex(file: BinaryIO) -> Iterator[Record | Unreadable]:
    """Yield one item for each entry (@string, @preamble and @comment are none), in file order.

    file: from its start, plain or packed. An entry whose braces or quotation marks do not pair is Unreadable, with its
    line; the next one is read. Raises `UnsafeFile` if abbreviations grow beyond reason, `BrokenFile` or `TruncatedFile`
    for a damaged packed file, after what came before the damage.
    """
    reader = _Reader()
    position = 0
    waiting: deque[tuple[BibEntry, int]] = deque()
    entries = bib_entries(file)
    try:
        for entry in entries:
            position += 1
            reader.remember(entry)
            waiting.append((entry, position))
            if len(waiting) > MAX_WAITING or not reader.waits_for_parent(waiting[0][0]):
                while waiting and (len(waiting) > MAX_WAITING or not reader.waits_for_parent(waiting[0][0])):
                    yield reader.item(*waiting.popleft())
    except BrokenFile as error:
        for each in waiting:
            yield reader.item(*each)
        raise type(error)(f"{error} {position} entries came before that.", entries=position) from error
    for each in waiting:
        yield reader.item(*each)


class _Reader:
    """Makes items of the entries of one file."""

    def __init__(self) -> None:
        self._parents: dict[str, dict[str, str]] = {}
        self._seen: set[str] = set()

    def remember(self, entry: BibEntry) -> None:
        """Keep what another entry may inherit: the parent's fields but those that are long and its own."""
        if entry.key and entry.type in _PARENTS and len(self._parents) < 50_000:
            fields = {name: text for name, text in entry.fields.items() if name in _INHERITED and len(text) < 2000}
            self._parents.setdefault(entry.key.lower(), fields)

    def waits_for_parent(self, entry: BibEntry) -> bool:
        """Whether it inherits from one that has not been read yet."""
        return any(key not in self._parents for key in _parents_of(entry))

    def item(self, entry: BibEntry, position: int) -> Record | Unreadable:
        """The record of an entry, or why there is none."""
        if entry.problem:
            name = f"The entry {entry.key!r}" if entry.key else f"The entry that begins in line {entry.line}"
            reason = f"{name} cannot be read. {entry.problem}"
            return Unreadable(position=position, reason=reason, line=entry.line, raw=entry.raw[:RAW_KEPT])
        fields = dict(entry.fields)
        notes = list(entry.notes)
        for key in _parents_of(entry):
            parent = self._parents.get(key)
            if parent is None:
                notes.append(f"the file has no entry {key!r}, which this one refers to")
                continue
            for name, text in parent.items():
                fields.setdefault("booktitle" if name == "title" else name, text)
        draft = draft_of(entry.type, fields)
        draft.notes[:0] = notes
        values = draft.values
        own = values["source_id"] if draft.own_id else values["source_id"] or _hash_of(entry)
        if not draft.own_id and f"{values['source']}:{own}" in self._seen:
            own = f"{own} (entry {position})"
        self._seen.add(f"{values['source']}:{own}")
        values["source_id"] = own
        if not draft.exact:
            values["notes"] = tuple(dict.fromkeys(draft.notes))
        record = Record(**values)
        if not draft.exact and says_nothing(record):
            reason = f"The entry that begins in line {entry.line} cannot be read. {SAYS_NOTHING}"
            return Unreadable(position=position, reason=reason, line=entry.line, raw=entry.raw[:RAW_KEPT])
        return replace(record, position=position, raw=entry.raw)


def _parents_of(entry: BibEntry) -> list[str]:
    named = f"{entry.fields.get('crossref', '')},{entry.fields.get('xdata', '')}"
    return [key.strip().lower() for key in named.split(",") if key.strip()]


# What differs between two exports of one entry.
_VOLATILE = frozenset(
    {
        *("file", "urldate", "timestamp", "owner", "groups", "note", "keywords", "date-added", "date-modified", "da"),
        *("creationdate", "modificationdate", "times-cited", "usage-count-last-180-days", "usage-count-since-2013"),
        *("cited-references", "number-of-cited-references", "annote", "priority", "readstatus", "ranking", "comment"),
        *("abstract", "issn", "isbn", "url", "publisher", "citation_key", "biburl", "bibsource", OWN_FIELD),
    }
)


def _hash_of(entry: BibEntry) -> str:
    """An identifier for an entry that has none: the same entry gives the same one, in whatever file it stands."""
    said = {name: " ".join(plain_text(text).split()) for name, text in entry.fields.items()}
    content = [(name, text) for name, text in said.items() if name not in _VOLATILE and text] or list(said.items())
    return hashlib.sha256(repr(sorted(content)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


# ------------------------------------------------------------------------------------------------------------- fields

_INHERITED = frozenset(
    {
        *("title", "booktitle", "year", "date", "month", "volume", "number", "issue", "series", "publisher", "journal"),
        *("journaltitle", "editor", "language", "langid", "maintitle"),
    }
)
_TYPES = {
    "book": "Book",
    "mvbook": "Book",
    "booklet": "Book",
    "inbook": "Book Chapter",
    "incollection": "Book Chapter",
    "inproceedings": "Conference Paper",
    "conference": "Conference Paper",
    "phdthesis": "Thesis",
    "mastersthesis": "Thesis",
    "thesis": "Thesis",
    "techreport": "Report",
    "report": "Report",
    "dataset": "Dataset",
    "patent": "Patent",
    "standard": "Standard",
    "unpublished": "Unpublished Work",
    "preprint": "Preprint",
    "online": "Web Page",
    "electronic": "Web Page",
    "www": "Web Page",
}
_WITHOUT_AUTHORS = frozenset(
    {"book", "mvbook", "proceedings", "mvproceedings", "collection", "mvcollection", "periodical"}
)
_SCOPUS_ID = re.compile(r"eid=(2-s2\.0-\d+)")
_DATE = re.compile(r"\d{4}(?:\.0)?")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?:[T/].*)?")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DASHES = re.compile(r"\s*(?:-{2,}|[\u2010-\u2015\u2212])\s*")


def draft_of(kind: str, fields: dict[str, str]) -> Draft:
    """The values of a record, of an entry's type and fields (names in lower case)."""
    draft = Draft()

    def raw(*names: str) -> str:
        return next((fields[name] for name in names if fields.get(name, "").strip()), "")

    def text(*names: str) -> str:
        value = raw(*names)
        return text_of([[_one_line(value)]]) if value else ""

    title, subtitle = text("title"), text("subtitle")
    if subtitle and subtitle.lower() not in title.lower():
        title = f"{title.rstrip('.: ')}: {subtitle}" if title else subtitle
    abstract = abstract_of([_paragraphs(raw("abstract", "abstractnote"))]) if raw("abstract", "abstractnote") else ""
    year, published = _dates(text("year"), text("date"), text("month"), text("day"))
    types = items_of([[text("type", "document_type", "document-type")]], r"[;]")
    if kind in _TYPES and _TYPES[kind].lower() not in {each.lower() for each in types}:
        types = (*types, _TYPES[kind])
    retracted, notice = retraction_of(title, types)
    note = text("note", "annote", "extra")
    names = raw("author") or (raw("editor") if kind in _WITHOUT_AUTHORS else "")
    journal = text("journal", "journaltitle", "booktitle", "maintitle")
    if not journal and kind not in _WITHOUT_AUTHORS:
        journal = text("series", "publication", "howpublished") if kind not in _TYPES else text("series")
    draft.values = {
        "source": "bibtex",
        "source_id": text("unique-id", "accession-number") or _scopus_id(raw("url")),
        "title": title,
        "original_title": text("origtitle", "original-title"),
        "abstract": "" if abstract == title else abstract,
        "authors": names_of(names),
        "journal": journal,
        "year": year,
        "published": published,
        "volume": text("volume"),
        "issue": text("issue", "number"),
        "pages": pages_of(
            _DASHES.sub("-", text("pages")), "", text("article-number", "art_number", "eid", "articleno")
        ),
        "language": items_of([[text("language", "langid")]], r"[;,]"),
        "publication_types": types,
        "mesh": items_of([[text("mesh")]], r";"),
        "keywords": _keywords(fields),
        "pmid": _pmid(fields, note),
        "doi": _doi(fields, draft, note),
        "pmcid": _pmcid(fields, note),
        "registry_ids": registry_ids((), f"{title}\n{abstract}"),
        "retracted": retracted,
        "retraction_notice": notice,
    }
    if raw(OWN_FIELD):
        take_exact(draft, [[f"{{{raw(OWN_FIELD)}}}"]])
    return draft


def _one_line(latex: str) -> str:
    return " ".join(plain_text(latex).split())


_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


def _paragraphs(latex: str) -> list[str]:
    """A blank line, or a command for it, parts paragraphs; a single line end is where the export wrapped its text."""
    if "\n" in latex:
        latex = _BLANK_LINES.sub(r"\\par{}", latex.strip()).replace("\n", " ")
    text = plain_text(latex)
    return [" ".join(line.split()) for line in text.split("\n")]


def _dates(year: str, date: str, month: str, day: str) -> tuple[int | None, str]:
    """The year, and the date as printed where it says more: "2024 Mar 5"."""
    number = year_of(year) or year_of(date)
    if iso := _ISO_DATE.fullmatch(date):
        place = int(iso.group(2))
        if 1 <= place <= 12:
            date = f"{iso.group(1)} {_MONTHS[place - 1]}" + (f" {int(iso.group(3))}" if iso.group(3) else "")
    if month and not (date and date != year):
        named = month.strip()
        if named.isdigit() and 1 <= int(named) <= 12:
            named = _MONTHS[int(named) - 1]
        named = named[:1].upper() + named[1:]
        date = " ".join(filter(None, (year, named, day)))
    printed = date or year
    return number, "" if _DATE.fullmatch(printed) else printed


def _keywords(fields: dict[str, str]) -> tuple[str, ...]:
    found: list[str] = []
    for name in ("keywords", "keyword", "author_keywords", "keywords-plus"):
        if text := _one_line(fields.get(name, "")):
            found += items_of([[text]], r"[;|]" if ";" in text or "|" in text else r",")
    return tuple(dict.fromkeys(found))


def _doi(fields: dict[str, str], draft: Draft, note: str) -> str | None:
    found = [
        normalise_doi(_verbatim(fields[name])) for name in ("doi", "do", "digital-object-identifier") if name in fields
    ]
    if not any(found):
        found = [
            normalise_doi(doi_address(_verbatim(fields.get(name, ""))))
            for name in ("url", "ee", "link", "howpublished")
        ]
    if not any(found) and "doi" in note[:300].lower():
        found = [normalise_doi(note[:300])]
    dois = [doi for doi in dict.fromkeys(found) if doi]
    if len(dois) > 1:
        draft.notes.append(f"the entry gives different DOIs: {', '.join(dois)}; the first is used")
    return dois[0] if dois else None


def _pmid(fields: dict[str, str], note: str) -> str | None:
    for name in ("pmid", "pubmed_id", "pubmedid", "pubmed-id", "pubmed"):
        if pmid := normalise_pmid(_verbatim(fields.get(name, ""))):
            return pmid
    if "pubmed" in fields.get("eprinttype", fields.get("archiveprefix", "")).lower():
        return normalise_pmid(_verbatim(fields.get("eprint", "")))
    if "PMID" in note and (pmid := marked_pmid(note)):
        return pmid
    addresses = address_pmids(_verbatim(fields.get(name, "")) for name in ("url", "ee", "link"))
    return addresses.pop() if len(addresses) == 1 else None


def _pmcid(fields: dict[str, str], note: str) -> str | None:
    for name in ("pmcid", "pmc"):
        if pmcid := normalise_pmcid(_verbatim(fields.get(name, ""))):
            return pmcid
    if "pmc" in fields.get("eprinttype", fields.get("archiveprefix", "")).lower():
        return normalise_pmcid(_verbatim(fields.get("eprint", "")))
    if "PMCID" in note:
        return pmcid_in(note[note.index("PMCID") :])
    return pmcid_in(_verbatim(fields.get("url", ""))) if "ncbi.nlm.nih.gov" in fields.get("url", "") else None


def _scopus_id(url: str) -> str:
    found = _SCOPUS_ID.search(_verbatim(url))
    return found.group(1) if found else ""


def _verbatim(latex: str) -> str:
    """An identifier or address: only what LaTeX needs before some characters goes."""
    if "\\" not in latex and "{" not in latex:
        return latex.strip()
    return re.sub(r"\\([_%&#$~{}])", r"\1", latex).replace("{", "").replace("}", "").strip()


# -------------------------------------------------------------------------------------------------------------- names

_AND = re.compile(r"\band\b", re.IGNORECASE)
_OUTSIDE = re.compile(r"[{}]|(?<=\s)and(?=\s)|,", re.IGNORECASE)
_PARTICLE_WORDS = "van von der den de del della di da dos das du la le les el al bin ibn ter ten zu zur zum af av y"
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV)\.?")


def names_of(latex: str) -> tuple[str, ...]:
    """People as "Family Given Suffix" and groups under their names, of "Last, First and First Last and {A Group}"."""
    names: list[str] = []
    for parts in _split_names(latex):
        texts = [_one_line(part) for part in parts]
        whole = " ".join(filter(None, texts))
        if not whole or whole.lower() in ("others", "et al", "et al."):
            continue
        if len(parts) > 1:
            if len(parts) == 3 and _SUFFIX.fullmatch(texts[1]):
                texts = [texts[0], texts[2], texts[1]]  # "Last, Jr, First"
            names.append(" ".join(filter(None, texts)))
        elif _in_braces(parts[0]) or GROUP.search(whole):
            names.append(whole)
        else:
            names.append(_family_first(parts[0]))
    return tuple(dict.fromkeys(names))


def _split_names(latex: str) -> Iterator[list[str]]:
    """Each name as the parts between its commas; neither "and" nor a comma within braces divides."""
    depth, begun = 0, 0
    parts: list[str] = []
    for found in _OUTSIDE.finditer(latex):
        sign = found.group()
        if sign == "{":
            depth += 1
        elif sign == "}":
            depth = max(0, depth - 1)
        elif depth == 0:
            parts.append(latex[begun : found.start()].strip())
            begun = found.end()
            if sign != ",":
                yield parts
                parts = []
    yield [*parts, latex[begun:].strip()]


def _in_braces(name: str) -> bool:
    """Whether one pair of braces holds the whole name."""
    if not name.startswith("{") or not name.endswith("}"):
        return False
    depth = 0
    for place, sign in enumerate(name):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth == 0:
            return place == len(name) - 1
    return False


def _family_first(name: str) -> str:
    """Turn "First von Last" into "von Last First": a family name begins with a small word, or is the last word."""
    words = _words(name)
    if len(words) < 2:
        return _one_line(name)
    texts = [_one_line(word) for word in words]
    suffix = []
    if len(texts) > 2 and _SUFFIX.fullmatch(texts[-1]):
        suffix = [texts.pop()]
    if len(texts[-1].rstrip(".")) <= 3 and texts[-1].isupper() and not texts[0].rstrip(".").isupper():
        return " ".join([*texts, *suffix])  # "Smith JA", as PubMed writes it
    small = (place for place, word in enumerate(texts[:-1]) if place and word in _PARTICLES)
    at = next(small, 0) or len(texts) - 1
    return " ".join([*texts[at:], *texts[:at], *suffix])


def _words(name: str) -> list[str]:
    """Words; braces hold several together."""
    words, depth, begun = [], 0, 0
    for place, sign in enumerate(name):
        if sign == "{":
            depth += 1
        elif sign == "}":
            depth -= 1
        elif depth <= 0 and (sign.isspace() or sign == "~"):
            words.append(name[begun:place])
            begun = place + 1
    return [word for word in [*words, name[begun:]] if word.strip()]
