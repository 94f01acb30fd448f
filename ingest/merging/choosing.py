"""The best of each field of several records of one report, and which record it was taken from.

The records themselves are never touched; what is merged is a view of them. Records are put in an order that does not
depend on how they were given (PubMed's first, then those with a PMID, with a DOI, that say most), each field has a rule
of its own, and where a rule finds two records equally good, the earlier one in that order is taken. So the same records
give the same answer in any order.

| field | taken |
| --- | --- |
| title | not garbled, not ALL CAPS, not cut off, without a database's remark |
| abstract | complete before cut off; the longest (to 2 %, a copyright line not counted); structured first |
| title, abstract | pairs of inline tags are taken off, and entities are the characters they stand for |
| authors | a list that is not cut off, with most names of family and given parts, then most given names in full |
| year, volume, issue, pages | of the record with the fullest place in print: the printed year, not that of an e-pub |
| pages | of those that begin on that page, the range written in full: "1383-1392" before "1383-92" and "1383" |
| identifiers | PubMed's before others', if well formed; then the DOI that most records give |
| MeSH, publication types | PubMed's before others' |
| languages, keywords, registry numbers, links, remarks | everything that any record says, once |
| retracted | if any record says so: sources learn of it at different times |
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ingest.identifiers import normalise_pmcid, normalise_pmid
from ingest.merging import soundness
from ingest.merging.contradictions import Conflict, contradictions
from ingest.merging.soundness import is_legible, shouts, words
from ingest.record import Record


@dataclass(frozen=True, kw_only=True)
class Merged:
    """One report as all its records together describe it."""

    record: Record  # its source and source_id are those of the first record in the order of merging
    origins: Mapping[str, tuple[str, ...]]  # field -> keys of the records that say it, the one it was taken from first
    conflicts: tuple[Conflict, ...]
    keys: tuple[str, ...]  # of the records merged, in the order of merging

    @cached_property
    def taken_from(self) -> dict[str, str]:
        """Field -> key of the record its value was taken from; a field that no record fills is left out."""
        return {field: keys[0] for field, keys in self.origins.items()}


_Ranked = Sequence[Record]
_Pick = tuple[Any, tuple[str, ...]]  # a value, and the keys of the records that say so
_NOTHING: tuple[Any, ...] = (None, "", [], (), False)


def merge(records: Sequence[Record]) -> Merged:
    """Merge the records of one report. Pure; the order they are given in does not matter.

    One record (or copies of one) comes back as it is. Raises `ValueError` without any record.
    """
    ranked = _in_order(records)
    if not ranked:
        raise ValueError("there is nothing to merge")
    if len(ranked) == 1:
        only = ranked[0]
        said = {name: (only.key,) for name, value in only.as_dict().items() if value not in _NOTHING}
        return Merged(record=only, origins=said, conflicts=(), keys=(only.key,))
    values: dict[str, Any] = {}
    origins: dict[str, tuple[str, ...]] = {}
    for names, rule in _RULES:
        for name, (value, keys) in zip(names, rule(ranked), strict=True):
            values[name] = value
            if keys and value not in _NOTHING:
                origins[name] = tuple(dict.fromkeys(keys))
    return Merged(
        record=Record(**values),
        origins=origins,
        conflicts=tuple(contradictions(ranked)),
        keys=tuple(dict.fromkeys(record.key for record in ranked)),
    )


def _in_order(records: Sequence[Record]) -> list[Record]:
    """Each distinct record once, those to be trusted most first."""
    written = {record: json.dumps(record.as_dict(), sort_keys=True) for record in records}

    def rank(record: Record) -> tuple[Any, ...]:
        return (
            not _of_pubmed(record),
            not normalise_pmid(record.pmid),
            not soundness.is_doi(record.doi),
            -sum(value not in _NOTHING for value in record.as_dict().values()),
            record.key,
            written[record],
        )

    return sorted(written, key=rank)


def _of_pubmed(record: Record) -> bool:
    return record.source == "pubmed"


def _best(
    ranked: _Ranked, name: str, score: Callable[[Record], tuple[Any, ...]], *, among: _Ranked | None = None
) -> _Pick:
    """The value with the highest score, the earlier record's where two are equal; and who else says exactly this."""
    filled = [record for record in (ranked if among is None else among) if getattr(record, name) not in _NOTHING]
    if not filled:
        return getattr(_EMPTY, name), ()
    best = max(enumerate(filled), key=lambda item: (score(item[1]), -item[0]))[1]
    value = getattr(best, name)
    return value, (best.key, *(record.key for record in ranked if getattr(record, name) == value))


_EMPTY = Record(source="", source_id="", title="")


def _lead(ranked: _Ranked) -> list[_Pick]:
    return [(ranked[0].source, (ranked[0].key,)), (ranked[0].source_id, (ranked[0].key,))]


# ------------------------------------------------------------------------------------------------------------- texts


def _title(ranked: _Ranked) -> list[_Pick]:
    plain = {record: soundness.without_markup(record.title) for record in ranked}
    bare = {record: words(soundness.without_remark(title)) for record, title in plain.items()}

    def score(record: Record) -> tuple[bool, ...]:
        title, known = plain[record], bare[record]
        is_beginning = len(known) > 15 and any(other.startswith(f"{known} ") for other in bare.values())
        return (
            is_legible(title),
            not shouts(title),
            not (is_beginning or soundness.says_it_was_cut(title)),
            words(title) == known,
            not title.startswith("["),
            title == " ".join(record.title.split()),
        )

    title, keys = _best(ranked, "title", score)
    return [(soundness.without_markup(title), keys)]


def _original_title(ranked: _Ranked) -> list[_Pick]:
    return [_best(ranked, "original_title", lambda record: (is_legible(record.original_title),))]


def _abstract(ranked: _Ranked) -> list[_Pick]:
    bodies = {record: soundness.body_of_abstract(record.abstract) for record in ranked if record.abstract}

    def complete(record: Record) -> bool:
        body = bodies[record]
        is_beginning = any(len(other) > len(body) + 40 and other.startswith(body) for other in bodies.values())
        return not is_beginning and not soundness.says_it_was_cut(record.abstract)

    candidates = list(filter(complete, bodies)) or list(bodies)
    longest = max((len(bodies[record]) for record in candidates), default=0)
    candidates = [record for record in candidates if len(bodies[record]) >= 0.98 * longest]

    def score(record: Record) -> tuple[bool, ...]:
        text = record.abstract
        return is_legible(text), not shouts(text), soundness.is_structured(text)

    abstract, keys = _best(ranked, "abstract", score, among=candidates)
    return [("\n".join(map(soundness.without_markup, abstract.split("\n"))), keys)]


def _journal(ranked: _Ranked) -> list[_Pick]:
    def score(record: Record) -> tuple[Any, ...]:
        name = record.journal
        return is_legible(name), not shouts(name), _of_pubmed(record), len(words(name))

    return [_best(ranked, "journal", score)]


_AND_OTHERS = re.compile(r"^(?:et al|and others|others)\b|\bet al\.?$", re.IGNORECASE)


def _authors(ranked: _Ranked) -> list[_Pick]:
    def score(record: Record) -> tuple[Any, ...]:
        names = record.authors
        parted = [name.split() for name in names]
        return (
            not any(_AND_OTHERS.search(name.strip()) for name in names),
            all(map(is_legible, names)),
            sum(len(parts) > 1 for parts in parted),
            len(names),
            sum(soundness.given_name_in_full(part) for parts in parted for part in parts[1:]),
            not shouts("".join(names)),
            sum(not name.isascii() for name in names),  # "Müller" before "Muller"
        )

    return [_best(ranked, "authors", score)]


# -------------------------------------------------------------------------------------------------------------- place


def _place(ranked: _Ranked) -> list[_Pick]:
    """Year, date as printed, volume, issue, pages: one record's, completed from others of the same volume."""

    def fullness(record: Record) -> tuple[bool, ...]:
        volume, pages = soundness.is_volume(record.volume), soundness.are_pages(record.pages)
        return volume and pages, volume, pages

    year, year_from = _best(ranked, "year", fullness)
    dated = [record for record in ranked if record.year == year]
    published = _best(ranked, "published", lambda r: (r.key in year_from[:1], *fullness(r)), among=dated)
    volume, volume_from = _best(ranked, "volume", fullness)
    here = [record for record in ranked if record.volume in ("", volume)]
    issue = _best(ranked, "issue", lambda r: (r.key in volume_from[:1], soundness.is_volume(r.issue)), among=here)
    pages, pages_from = _best(
        ranked, "pages", lambda r: (soundness.are_pages(r.pages), r.key in volume_from[:1]), among=here
    )
    if pages and soundness.are_pages(pages):
        begin = soundness.first_page(pages)
        same = [r for r in ranked if soundness.are_pages(r.pages) and soundness.first_page(r.pages) == begin]
        pages, pages_from = _best(ranked, "pages", lambda r: (soundness.range_of_pages(r.pages),), among=same)
    return [(year, year_from), published, (volume, volume_from), issue, (pages, pages_from)]


# -------------------------------------------------------------------------------------------------------- identifiers


def _identifiers(ranked: _Ranked) -> list[_Pick]:
    """PMID and its version, DOI, PMCID."""
    pmid = _best(
        ranked,
        "pmid",
        lambda r: (normalise_pmid(r.pmid) == r.pmid, _of_pubmed(r) and r.source_id == r.pmid, r.version or 0),
    )
    version = _best(
        ranked,
        "version",
        lambda r: (_of_pubmed(r), r.version),
        among=[record for record in ranked if pmid[0] and record.pmid == pmid[0]],
    )
    given = Counter(record.doi for record in ranked)
    doi = _best(ranked, "doi", lambda r: (soundness.is_doi(r.doi), _of_pubmed(r), given[r.doi]))
    pmcid = _best(ranked, "pmcid", lambda r: (normalise_pmcid(r.pmcid) == r.pmcid, _of_pubmed(r)))
    return [pmid, version, doi, pmcid]


# -------------------------------------------------------------------------------------------------------------- lists


def _union(name: str, sameness: Callable[[Any], Any]) -> Callable[[_Ranked], list[_Pick]]:
    """Everything any record lists, each thing once, in the spelling of the first record that lists it."""

    def rule(ranked: _Ranked) -> list[_Pick]:
        held: dict[Any, Any] = {}
        for record in ranked:
            for item in getattr(record, name):
                held.setdefault(sameness(item), item)
        return [(tuple(held.values()), tuple(record.key for record in ranked if getattr(record, name)))]

    return rule


def _of_pubmed_first(name: str) -> Callable[[_Ranked], list[_Pick]]:
    return lambda ranked: [_best(ranked, name, lambda r: (_of_pubmed(r), len(getattr(r, name))))]


def _any(name: str) -> Callable[[_Ranked], list[_Pick]]:
    def rule(ranked: _Ranked) -> list[_Pick]:
        keys = tuple(record.key for record in ranked if getattr(record, name))
        return [(bool(keys), keys)]

    return rule


def _as_it_is(item: Any) -> Any:
    return item


_RULES: tuple[tuple[tuple[str, ...], Callable[[_Ranked], list[_Pick]]], ...] = (
    (("source", "source_id"), _lead),
    (("title",), _title),
    (("original_title",), _original_title),
    (("abstract",), _abstract),
    (("authors",), _authors),
    (("journal",), _journal),
    (("year", "published", "volume", "issue", "pages"), _place),
    (("language",), _union("language", soundness.language_code)),
    (("publication_types",), _of_pubmed_first("publication_types")),
    (("mesh",), _of_pubmed_first("mesh")),
    (("keywords",), _union("keywords", lambda keyword: " ".join(keyword.casefold().split()))),
    (("pmid", "version", "doi", "pmcid"), _identifiers),
    (("registry_ids",), _union("registry_ids", lambda number: number.casefold().replace(" ", ""))),
    (("retracted",), _any("retracted")),
    (("retraction_notice",), _any("retraction_notice")),
    (("links",), _union("links", _as_it_is)),
    (("notes",), _union("notes", _as_it_is)),
)
