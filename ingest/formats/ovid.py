"""Ovid's tagged text ("<1. >" and "VN  - Ovid Technologies"), as Ovid exports MEDLINE, Embase, PsycINFO and BIOSIS.

It looks like RIS, but has neither TY nor ER, and tags of its own. `ingest.formats.tagged` tells entries apart: VN
begins one. `source` is "ovid"; `source_id` is UI, else AN, else a hash of the entry. Where the database is MEDLINE, UI
(or PM) is the PMID. TI title, TT original title, AB abstract, AU authors (FA in full; CA, CO groups; ED editors), JN,
JA or JT journal, else the beginning of SO, from which year, volume, issue and pages come too where YR, DP, VO, IP and
PG do not give them. DO or SO DOI, LG language, PT publication types, MH MeSH (MEDLINE only), KW, KF, ID and the subject
headings of other databases keywords, SI registrations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest.formats.drafts import Draft, NotReadable, read_tagged
from ingest.formats.printed import Values, abstract_of, authors_of, doi_of, items_of, plain, text_of, texts_of, year_of
from ingest.formats.ris import retraction_of
from ingest.formats.tagged import Dialect, Entry
from ingest.identifiers import normalise_pmid, registry_ids
from ingest.record import Record, Unreadable


def looks_like_ovid(start: str) -> bool:
    """Whether text that begins so is Ovid's: the line that names the vendor, before any that is RIS'."""
    return bool(_VENDOR.match(start[:2000]))


def read_ovid(file: BinaryIO) -> Iterator[Record | Unreadable]:
    """Yield one item for each entry, in file order. file: plain or gzipped, from its start, in any encoding."""
    yield from read_tagged(file, DIALECT, _draft)


_VENDOR = re.compile(r"[\s\ufeff]*(?:<?\s*\d{1,7}\s*\.?\s*>?\s*)?VN {1,2}- ")
_LINE = re.compile(r"([A-Z][A-Z0-9])  ?-(?: (.*)|\s*)", re.DOTALL)


def _tag(line: str, _: bool) -> tuple[str, str] | None:
    found = _LINE.fullmatch(line)
    return (found.group(1), found.group(2) or "") if found is not None else None


DIALECT = Dialect(
    tag=_tag,
    starts=lambda tag, _: tag == "VN",
    once=frozenset({"TI", "UI", "AN", "SO", "DB"}),
    making=frozenset({"TI", "AU", "AB", "SO"}),
)
_NONE: Values = ()
_SOURCE = re.compile(
    r"(?P<journal>[^.]{2,200}(?:\.[^.\d]{1,80})?)\.\s(?P<volume>[^\s(:,]{1,12})(?:\((?P<issue>[^)]{1,20})\))?"
    r"(?::(?P<pages>[^,]{1,30}))?,"
)


def _draft(entry: Entry) -> Draft:
    values = entry.values()

    def all_of(*tags: str) -> list[list[str]]:
        return [value for tag in tags for value in values.get(tag, ())]

    def text(*tags: str) -> str:
        return next((found for tag in tags if tag in values and (found := text_of(values[tag]))), "")

    title, abstract, printed = text("TI"), abstract_of(values.get("AB", _NONE)), text("SO")
    medline = "MEDLINE" in text("DB")
    number = text("UI", "AN", "PM")
    parts = _SOURCE.match(printed[:500])
    found = parts.groupdict() if parts else {}
    date = text("DP", "YR", "DA")
    kinds = texts_of(all_of("PT"))
    retracted, notice = retraction_of(title, kinds)
    people = authors_of(all_of("FA")) or authors_of(all_of("AU"))
    draft = Draft(
        values={
            "source": "ovid",
            "source_id": number,
            "title": title,
            "original_title": text("TT"),
            "abstract": abstract,
            "authors": (*people, *texts_of(all_of("CA", "CO"))) or authors_of(all_of("ED")),
            "journal": text("JN", "JT", "JA") or plain(found.get("journal") or ""),
            "year": year_of(date) or year_of(printed[-60:]),
            "published": date,
            "volume": text("VO") or found.get("volume") or "",
            "issue": text("IP") or found.get("issue") or "",
            "pages": text("PG") or plain(found.get("pages") or ""),
            "language": items_of(all_of("LG", "LA"), "[;,]"),
            "publication_types": kinds,
            "mesh": texts_of(all_of("MH")) if medline else (),
            "keywords": items_of(all_of("KW", "KF", "ID", "SH", *(() if medline else ("MH",))), r";"),
            "pmid": normalise_pmid(text("PM")) or (normalise_pmid(text("UI", "AN")) if medline else None),
            "doi": doi_of(text("DO")) or doi_of(printed if "doi" in printed.lower() else ""),
            "registry_ids": registry_ids(
                [one.rpartition("/")[2] for one in texts_of(all_of("SI"))], f"{title}\n{abstract}"
            ),
            "retracted": retracted,
            "retraction_notice": notice,
        }
    )
    if not any(draft.values[name] for name in ("title", "abstract", "authors", "doi", "pmid")):
        raise NotReadable("The entry has neither title, abstract, authors nor identifier.")
    if not title:
        draft.notes.append("the entry has no title")
    return draft
