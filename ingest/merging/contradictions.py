"""In which fields two records of one report cannot both be right, beyond spelling, abbreviations and gaps."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from rapidfuzz import fuzz

from ingest.identifiers import normalise_pmid
from ingest.merging import soundness
from ingest.record import Record

YEARS_APART = 2  # an e-pub and its printing are one year apart
_SMALL = frozenset({"the", "of", "and", "for", "in", "on", "a", "de", "der", "und", "et", "la", "le", "des"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A field in which records of one report contradict each other."""

    field: str
    says: tuple[tuple[str, str], ...]  # (key of the record, its value in words), in the order of merging


def contradictions(records: Sequence[Record]) -> list[Conflict]:
    """The fields in which any two of the records contradict each other, with what each record says."""
    found = []
    for clash in _CLASHES:
        given = [(record, what) for record in records if (what := clash.value(record))]
        if any(clash.holds(a, b) for a, b in combinations(dict.fromkeys(what for _, what in given), 2)):
            says = tuple(dict.fromkeys((record.key, _in_words(record, clash.field)) for record, _ in given))
            found.append(Conflict(field=clash.field, says=says))
    return found


def _in_words(record: Record, name: str) -> str:
    value = getattr(record, name)
    return "; ".join(value) if isinstance(value, tuple) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clash:
    """How a field is compared: by `value`, empty where a record does not say enough, and `holds` of two of them."""

    field: str
    value: Callable[[Record], Any]
    holds: Callable[[Any, Any], bool]


def _title(record: Record) -> str:
    return soundness.words(soundness.without_remark(record.title))


def _titles_clash(a: str, b: str) -> bool:
    return not (a.startswith(b) or b.startswith(a)) and fuzz.ratio(a, b) < 80


def _abstract(record: Record) -> str:
    body = soundness.body_of_abstract(record.abstract)
    return body if len(body) >= 200 else ""


def _abstracts_clash(a: str, b: str) -> bool:
    return fuzz.ratio(a, b) < 50 and fuzz.token_set_ratio(a, b) < 70


def _first_author(record: Record) -> frozenset[str]:
    return frozenset(word for word in soundness.words("".join(record.authors[:1])).split() if len(word) > 2)


def _names_clash(a: frozenset[str], b: frozenset[str]) -> bool:
    """No part of their names in common, allowing for misspelt letters."""
    return not a & b and all(fuzz.ratio(one, other) < 75 for one in a for other in b)


def _journal(record: Record) -> tuple[str, ...]:
    return tuple(word for word in soundness.words(record.journal).split() if word not in _SMALL)


def _journals_clash(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """No word of the one begins a word of the other; a name of one word may be an acronym and says too little."""
    if min(len(a), len(b)) < 2:
        return False
    return not any(x.startswith(y) or y.startswith(x) for x in a for y in b)


def _volume(record: Record) -> tuple[str, str] | None:
    """The volume's number, and the supplement's if the issue is one."""
    found = re.search(r"\d+", record.volume) if soundness.is_volume(record.volume) else None
    supplement = re.search(r"suppl[a-z]*\W*(\d+)", record.issue, re.IGNORECASE)
    return (found.group(), supplement[1] if supplement else "") if found else None


def _volumes_clash(a: tuple[str, str], b: tuple[str, str]) -> bool:
    """Some sources give the supplement's number as the volume."""
    return a[0] != b[0] and a[0] != b[1] and b[0] != a[1]


def _page(record: Record) -> tuple[str, str] | None:
    return soundness.first_page(record.pages) if soundness.are_pages(record.pages) else None


def _pages_clash(a: tuple[str, str], b: tuple[str, str]) -> bool:
    """Two numbers of one kind: "e123" is the online number of what is printed on page 45."""
    return a[0] == b[0] and a[1] != b[1]


def _languages(record: Record) -> frozenset[str]:
    return frozenset(map(soundness.language_code, record.language))


def _registry_ids(record: Record) -> frozenset[str]:
    return frozenset(map(str.casefold, record.registry_ids))


def _registry_ids_clash(a: frozenset[str], b: frozenset[str]) -> bool:
    """Two numbers of one registry and none in common; a trial may be in several registries."""
    ours, theirs = ({re.sub(r"[\d/-]+", "", number) for number in numbers} for numbers in (a, b))
    return not a & b and bool(ours & theirs)


def _differ(a: str, b: str) -> bool:
    return a != b


_CLASHES = (
    _Clash(field="title", value=_title, holds=_titles_clash),
    _Clash(field="abstract", value=_abstract, holds=_abstracts_clash),
    _Clash(field="authors", value=_first_author, holds=_names_clash),
    _Clash(field="journal", value=_journal, holds=_journals_clash),
    _Clash(field="year", value=lambda record: record.year, holds=lambda a, b: abs(a - b) >= YEARS_APART),
    _Clash(field="volume", value=_volume, holds=_volumes_clash),
    _Clash(field="pages", value=_page, holds=_pages_clash),
    _Clash(field="language", value=_languages, holds=frozenset.isdisjoint),
    _Clash(field="pmid", value=lambda record: normalise_pmid(record.pmid), holds=_differ),
    _Clash(field="doi", value=lambda record: record.doi if soundness.is_doi(record.doi) else None, holds=_differ),
    _Clash(field="registry_ids", value=_registry_ids, holds=_registry_ids_clash),
)
