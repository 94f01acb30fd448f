"""refer, EndNote's "%" format (.enw): Google Scholar, EndNote's "EndNote Export" style, publishers.

`ingest.formats.tagged` tells entries apart: %0 begins one; without it, a second title after a blank line does. `source`
is "refer"; `source_id` is the accession number (%M), else a hash of the entry. %T title, %X abstract, %A authors (%E
editors if there is none), %J or %B journal or book, %D year, %8 date, %V, %N, %P, %G language, %K keywords, %R DOI, %U
address, %9 type of work, %2 PMCID, %Q original title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest.formats.drafts import Draft, NotReadable, read_tagged
from ingest.formats.printed import (
    Values,
    abstract_of,
    address_pmids,
    authors_of,
    date_of,
    doi_address,
    doi_of,
    items_of,
    plain,
    pmcid_in,
    text_of,
    texts_of,
)
from ingest.formats.ris import retraction_of
from ingest.formats.tagged import Dialect, Entry
from ingest.identifiers import normalise_pmid, registry_ids
from ingest.record import Record, Unreadable


def looks_like_refer(start: str) -> bool:
    """Whether text that begins so is refer: its first line with anything is one of the format's."""
    return bool(_START.match(start)) and len(set(_TAGS.findall(start))) > 1


def read_refer(file: BinaryIO) -> Iterator[Record | Unreadable]:
    """Yield one item for each entry, in file order. file: plain or gzipped, from its start, in any encoding."""
    yield from read_tagged(file, DIALECT, _draft)


_START = re.compile(r"[\s\ufeff]*%[0A-Z] ")
_TAGS = re.compile(r"(?:\A|[\r\n])\ufeff?%([0-9A-Z@+^~(\])!*>?$&#=]) ")
_LINE = re.compile(r"(%[0-9A-Z@+^~(\])!*>?$&#=])(?:[ \t](.*)|\s*)", re.DOTALL)


def _tag(line: str, _: bool) -> tuple[str, str] | None:
    found = _LINE.fullmatch(line) if line[0] == "%" else None
    return (found.group(1), found.group(2) or "") if found is not None else None


DIALECT = Dialect(
    tag=_tag,
    starts=lambda tag, _: tag == "%0",
    once=frozenset({"%T", "%J", "%D", "%V", "%P", "%R", "%M"}),
    making=frozenset({"%T", "%A", "%X", "%R"}),
)
_NONE: Values = ()
_NUMBER_ONLY = re.compile(r"\d{1,5}")
_COMMON = frozenset({"journal article", "generic", "electronic article"})


def _draft(entry: Entry) -> Draft:
    values = entry.values()

    def text(*tags: str) -> str:
        return next((found for tag in tags if tag in values and (found := text_of(values[tag]))), "")

    title, abstract = text("%T"), abstract_of(values.get("%X", _NONE))
    kind = text("%0")
    kinds = texts_of(values.get("%9", _NONE)) or ((kind,) if kind and kind.lower() not in _COMMON else ())
    year, published = date_of([text("%D")], [text("%8")])
    retracted, notice = retraction_of(title, kinds)
    number, address = text("%M"), texts_of(values.get("%U", _NONE))
    pmids = address_pmids(address)
    pmid = normalise_pmid(number) if "pubmed" in text("%~", "%W").lower() else None
    keywords = values.get("%K", _NONE)
    draft = Draft(
        values={
            "source": "refer",
            "source_id": "" if _NUMBER_ONLY.fullmatch(number) else number,
            "title": title,
            "original_title": text("%Q"),
            "abstract": abstract,
            "authors": authors_of(values.get("%A", _NONE)) or authors_of(values.get("%E", _NONE)),
            "journal": text("%J", "%B", "%S"),
            "year": year,
            "published": published,
            "volume": text("%V"),
            "issue": text("%N"),
            "pages": text("%P"),
            "language": items_of(values.get("%G", _NONE), "[;,]"),
            "publication_types": kinds,
            "keywords": items_of(keywords, ";" if len(keywords) == 1 else ""),
            "pmid": pmids.pop() if len(pmids) == 1 else pmid,
            "doi": doi_of(text("%R")) or next((doi for one in address if (doi := doi_of(doi_address(one)))), None),
            "pmcid": pmcid_in(text("%2")),
            "registry_ids": registry_ids((), f"{title}\n{abstract}"),
            "retracted": retracted,
            "retraction_notice": notice,
        }
    )
    if not any(draft.values[name] for name in ("title", "abstract", "authors", "journal", "doi", "pmid")):
        tags = ", ".join(sorted(plain(tag) for tag in entry.tags)[:8])
        raise NotReadable(f"The entry has neither title, abstract, authors, journal nor identifier, only {tags}.")
    if not title:
        draft.notes.append("the entry has no title")
    return draft
