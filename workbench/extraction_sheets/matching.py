"""Which study of the review a sheet's study is: by registration, DOI or PMID of its reports, else by its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingest.identifiers import normalise_doi
from workbench.extraction_sheets.cell_text import folded
from workbench.extraction_sheets.imported import ImportedResult, TrialRow

NEW = ""
"""Stands for a study that the review does not have yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownStudy:
    """A study of the review, with what it can be known by."""

    id: str
    label: str
    reports: frozenset[str] = frozenset()  # keys of records
    pmids: frozenset[str] = frozenset()
    dois: frozenset[str] = frozenset()  # normalised
    registrations: frozenset[str] = frozenset()  # in capitals


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyMatch:
    """One study of a sheet and the study of the review it is taken for; a person may say otherwise."""

    label: str  # in the sheet
    study: str  # id, or NEW
    reason: str
    results: int
    pmids: tuple[str, ...] = ()
    dois: tuple[str, ...] = ()
    doubt: str = ""  # why somebody should look


def match_studies(results: Iterable[ImportedResult | TrialRow], known: Sequence[KnownStudy]) -> tuple[StudyMatch, ...]:
    """Each study of the sheet once, in its order, with the study of the review that it seems to be."""
    groups: dict[str, list[ImportedResult | TrialRow]] = {}
    labels: dict[str, str] = {}
    for result in results:
        key = study_key(result.study)
        labels.setdefault(key, result.study)
        groups.setdefault(key, []).append(result)
    matches = [_match(labels[key], group, known) for key, group in groups.items()]
    return tuple(_with_namesakes(match, matches) for match in matches)


def study_key(label: str) -> str:
    """What two spellings of one study's name have in common."""
    return folded(re.sub(r"[^\w\s]", " ", label))


def _match(label: str, results: Sequence[ImportedResult | TrialRow], known: Sequence[KnownStudy]) -> StudyMatch:
    pmids = _each(result.pmid for result in results)
    dois = _each(normalise_doi(result.doi) or "" for result in results)
    registrations = _each(result.registration.upper() for result in results)
    doubt = f"its rows name {len(pmids)} PMIDs: reports of one study?" if len(pmids) > 1 else ""
    found, reason = NEW, "no study of the review has this name, registration, DOI or PMID"
    for study in known:
        shared = (
            _shared("registration", study.registrations, registrations)
            or _shared("DOI", study.dois, dois)
            or _shared("PMID", study.pmids, pmids)
        )
        if shared:
            found, reason = study.id, f"{shared} of {study.label}"
            break
    else:
        named = [study for study in known if study_key(study.label) == study_key(label)]
        if named:
            found, reason = named[0].id, "the same name"
            if len(named) > 1:
                doubt = f"the review has {len(named)} studies of this name"
    count = sum(isinstance(result, ImportedResult) for result in results)
    return StudyMatch(label=label, study=found, reason=reason, results=count, pmids=pmids, dois=dois, doubt=doubt)


def _with_namesakes(match: StudyMatch, matches: Sequence[StudyMatch]) -> StudyMatch:
    """Two names in one sheet under which the same report stands are perhaps one study."""
    mine = {*match.pmids, *match.dois}
    others = [other.label for other in matches if other is not match and mine & {*other.pmids, *other.dois}]
    if not others or match.doubt:
        return match
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return replace(match, doubt=f"the same report stands under “{others[0]}”{more} in this sheet: one study?")


def _each(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _shared(what: str, held: frozenset[str], given: Iterable[str]) -> str:
    both = [value for value in given if value in held]
    return f"{what} {both[0]}" if both else ""
