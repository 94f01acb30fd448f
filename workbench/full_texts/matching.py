"""Which of the reports that are wanted a file belongs to: proposals with their reasons; a person confirms.

Looked at, the most telling first: a DOI, PMID or PMCID that the file's text, metadata or name holds; the report's title
on the first pages or in the name; the first author and the year in the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from ingest.identifiers import normalise_doi
from ingest.record import Record
from workbench.full_texts.words import plain_words

SURE = 90  # of 100: proposed as the report; what is below is only listed
WORTH = 60
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[^\s\"<>{}|\\^]{1,200}")
_PMID = re.compile(r"(?:pmid|pubmed)[\s:_#-]{0,3}([1-9]\d{3,8})(?!\d)", re.IGNORECASE)
_PMCID = re.compile(r"(?<![A-Za-z])PMC[\s:_-]?([1-9]\d{4,9})(?!\d)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\d.])([1-9]\d{4,8})(?![\d.])")
_COPY = re.compile(r"(?:\s*\(\d{1,3}\)| - copy)+$", re.IGNORECASE)  # what a browser or a system adds
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_SHORTEST_TITLE = 20  # characters: shorter ones stand in too many texts
_READ = 6000  # characters of the first pages in which a title is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Clues:
    """What a file tells about the report it holds."""

    dois: frozenset[str]
    pmids: frozenset[str]
    pmcids: frozenset[str]
    name: str  # the file's, without its ending
    text: str  # words of the first pages and of the metadata's title


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A report that a file may belong to."""

    report: str
    score: int  # 0 to 100; SURE and above is proposed
    reasons: tuple[str, ...]


def clues_of(name: str, *, text: str = "", metadata: str = "", title: str = "") -> Clues:
    """Gather a file's clues. text: of its first pages; metadata, title: as the file carries them."""
    stem = _COPY.sub("", re.sub(r"\.[A-Za-z]{2,5}$", "", name))
    everything = "\n".join((metadata, text, _doi_in_name(stem)))
    return Clues(
        dois=frozenset(filter(None, (normalise_doi(found) for found in _DOI.findall(everything)))),
        pmids=frozenset([*_PMID.findall(f"{metadata}\n{text}\n{stem}"), *_NUMBER.findall(stem)]),
        pmcids=frozenset(f"PMC{number}" for number in _PMCID.findall(f"{metadata}\n{text}\n{stem}")),
        name=stem,
        text=plain_words(f"{title}\n{text}"[:_READ]),
    )


def match(clues: Clues, wanted: Iterable[tuple[str, Record]], *, most: int = 5) -> tuple[Match, ...]:
    """The reports a file may belong to, the likeliest first, at most `most`.

    wanted: each record of a report, with the report's key. Where two reports are equally sure, neither is: their
    scores stay below SURE.
    """
    known = _Known(clues)
    best: dict[str, Match] = {}
    titles: dict[str, str] = {}
    for report, record in wanted:
        matched = known.against(report, record)
        if matched is not None and (report not in best or best[report].score < matched.score):
            best[report] = matched
            titles[report] = plain_words(record.title)
    found = sorted(best.values(), key=lambda each: (-each.score, -len(titles[each.report])))
    if found and found[0].score >= SURE:
        top = found[0]
        rivals = [each for each in found[1:] if top.score - each.score < 3]
        # The title of a trial stands in that of its protocol; the longer one, found whole, is the one.
        if any(not _is_part(titles[each.report], titles[top.report]) for each in rivals):
            found = [replace(each, score=min(each.score, SURE - 1)) for each in found]
        else:
            found = [top, *(replace(each, score=min(each.score, SURE - 1)) for each in found[1:])]
    return tuple(found[:most])


class _Known:
    """A file's clues, prepared for looking at many reports."""

    def __init__(self, clues: Clues) -> None:
        self._clues = clues
        self._name = _letters(clues.name)
        self._name_words = plain_words(clues.name)
        self._text_words = frozenset(clues.text.split())
        self._years = frozenset(_YEAR.findall(clues.name))

    def against(self, report: str, record: Record) -> Match | None:
        """How a report agrees with the file; None where it hardly does."""
        reasons: list[tuple[int, str]] = [*self._identifiers(record), *self._title(record), *self._people(record)]
        reasons.sort(key=lambda reason: -reason[0])
        if not reasons or reasons[0][0] < WORTH:
            return None
        best = reasons[0][0] + min(len(reasons) - 1, 2)  # what agrees twice comes before what agrees once
        return Match(report=report, score=min(best, 100), reasons=tuple(dict.fromkeys(why for _, why in reasons)))

    def _identifiers(self, record: Record) -> Iterable[tuple[int, str]]:
        clues = self._clues
        if record.doi:
            doi = record.doi.lower()
            if doi in clues.dois:
                yield (98 if len(clues.dois) == 1 else 93), f"its DOI {doi} stands in the file"
            elif len(key := _letters(doi)) >= 10 and _holds(self._name, key):
                yield 96, "its DOI is the file's name"
            elif (
                len(part := _letters(doi.partition("/")[2])) >= 9
                and any(map(str.isdigit, part))
                and _holds(self._name, part)
            ):
                yield 92, "the end of its DOI is the file's name"
        if record.pmid and record.pmid in clues.pmids:
            yield 95, f"its PMID {record.pmid} stands in the file or its name"
        if record.pmcid and record.pmcid in clues.pmcids:
            yield 97, f"its number {record.pmcid} stands in the file or its name"

    def _title(self, record: Record) -> Iterable[tuple[int, str]]:
        title = plain_words(record.title)
        words = frozenset(title.split())
        if len(title) < _SHORTEST_TITLE or len(words) < 4:
            return
        if len(words & self._text_words) >= 0.7 * len(words):
            likeness = fuzz.partial_ratio(title, self._clues.text)
            if likeness >= 80:
                yield round(likeness - 6), f"its title stands on the first pages ({likeness:.0f} % alike)"
        if len(self._name_words) >= _SHORTEST_TITLE:
            likeness = fuzz.partial_ratio(self._name_words, title)
            if likeness >= 80:
                yield round(likeness - 8), f"its title is the file's name ({likeness:.0f} % alike)"

    def _people(self, record: Record) -> Iterable[tuple[int, str]]:
        family = plain_words(record.authors[0]).split()[:1] if record.authors else []
        if family and len(family[0]) > 2 and family[0] in self._name_words.split() and str(record.year) in self._years:
            yield 75, "its first author and year are in the file's name"


def _doi_in_name(stem: str) -> str:
    """A DOI as file names write it, with _, - or %2F for the slash."""
    found = re.match(r".*?(10\.\d{4,9})(?:_|-|%2F|%2f|@|\+)(.+)$", stem)
    return f"{found.group(1)}/{found.group(2)}" if found else ""


def _is_part(title: str, longer: str) -> bool:
    return title != longer and title in longer


def _holds(name: str, key: str) -> bool:
    """Whether a name holds a key that no further digit makes another one."""
    return re.search(rf"(?<!\d){key}(?!\d)", name) is not None


def _letters(text: str) -> str:
    """Letters and digits alone, in lower case."""
    return re.sub(r"[^a-z0-9]", "", text.lower())
