"""What an export is made from, and what of it somebody may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from workbench.extraction import Extraction, ResultState, SettledResult, Study, latest_revisions
from workbench.forms import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultPlace:
    """A result's place: what was to be extracted."""

    id: str
    study: str
    form: str
    indication: str | None
    label: str
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFacts:
    """Everything extracted, as far as it may be seen."""

    studies: tuple[Study, ...]
    results: tuple[ResultPlace, ...]
    extractions: tuple[Extraction, ...]  # the latest revision of each extractor, and consensuses
    settled: tuple[SettledResult, ...]  # every result, in the order of `results`
    forms: Mapping[tuple[str, int], Form]  # as they were filled in
    hidden: int = 0  # results of which something is kept back

    def form(self, name: str, version: int) -> Form | None:
        """The form of this version, or the newest of that name."""
        if (name, version) in self.forms:
            return self.forms[name, version]
        newest = max((held for form, held in self.forms if form == name), default=None)
        return None if newest is None else self.forms[name, newest]


def visible_to(facts: ExportFacts, viewer: str | None, *, needed: int) -> ExportFacts:
    """The facts without what would spoil somebody's own extraction.

    viewer: None for who reads nothing unseen any more, such as the command line with --unfinished. Others' answers on a
    result are kept back while the review still waits for a final extraction of it, or while the viewer has begun one
    that is not final. What is the viewer's own is always there.
    """
    if viewer is None:
        return facts
    by_result: dict[str, list[Extraction]] = {}
    for extraction in facts.extractions:
        by_result.setdefault(extraction.result, []).append(extraction)
    kept: list[Extraction] = []
    settled: list[SettledResult] = []
    hidden = 0
    for item in facts.settled:
        mine, others = _parted(by_result.get(item.result, ()), viewer)
        shown = _may_see(item, mine, others, needed)
        # a draft is its author's alone, whatever the state of the result
        kept += [*mine, *(other for other in others if shown and other.state == "final")]
        settled.append(item if shown or not others else _kept_back(item))
        hidden += bool(others) and not shown
    return replace(facts, extractions=tuple(kept), settled=tuple(settled), hidden=hidden)


def _kept_back(item: SettledResult) -> SettledResult:
    return replace(item, answers={}, extraction_ids=(), extractors=(), changed_after_seeing=())


def _parted(extractions: Iterable[Extraction], viewer: str) -> tuple[list[Extraction], list[Extraction]]:
    standing = latest_revisions(extractions)
    mine = [item for item in standing if item.extractor == viewer and item.role == "extractor"]
    return mine, [item for item in standing if item not in mine]


def _may_see(item: SettledResult, mine: list[Extraction], others: list[Extraction], needed: int) -> bool:
    if item.state is ResultState.SETTLED:
        return True
    if any(own.state != "final" for own in mine) or item.state is ResultState.WAITING:
        return False
    if mine:
        return item.state in (ResultState.AGREED, ResultState.CONFLICT)
    finals = sum(other.state == "final" and other.role == "extractor" for other in others)
    return finals >= needed
