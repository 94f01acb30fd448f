"""How often two extractors, working blind, typed the same: field by field, so that a team sees which field misleads.

What counts is each extractor's first final revision of a result, if it was given before they could see the other's.
Published audits find errors in up to half of all extractions (Mathes 2017, 10.1186/s12874-017-0431-4): a field with low
agreement is one to explain better in the form.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.extraction.differences import differing_paths, differs, field_of, flat
from workbench.extraction.seeing import blind, sights
from workbench.extraction.values import Extraction


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldAgreement:
    """One field over all pairs of extractors who both answered the form about a result."""

    form: str
    field: str
    compared: int  # pairs in which at least one of the two answered it (in a table: rows)
    same: int
    one_empty: int  # pairs in which only one of the two answered

    @property
    def share(self) -> float:
        """Pairs with the same answer, of those compared: 0 to 1."""
        return self.same / self.compared if self.compared else float("nan")


def first_finals(extractions: Iterable[Extraction]) -> tuple[Extraction, ...]:
    """Each extractor's first final revision of each result, given blind, in order of recording.

    Somebody whose first answers came when those of two others could be seen is left out.
    """
    first: dict[tuple[str, str], Extraction] = {}
    by_result: dict[str, list[Extraction]] = {}
    for item in sorted(extractions, key=lambda item: item.revision):
        by_result.setdefault(item.result, []).append(item)
        if item.role == "extractor" and item.state == "final":
            first.setdefault((item.result, item.extractor), item)
    seen = {result: sights(group) for result, group in by_result.items()}
    kept = (item for item in first.values() if blind(item, seen[item.result]))
    return tuple(sorted(kept, key=lambda item: (item.recorded_at, item.extractor)))


def field_agreement(extractions: Iterable[Extraction]) -> tuple[FieldAgreement, ...]:
    """Agreement of every field that anybody answered, the lowest first; fields that quote or remark are left out.

    extractions: all revisions, of any number of results.
    """
    by_result: dict[str, list[Extraction]] = {}
    for item in first_finals(extractions):
        by_result.setdefault(item.result, []).append(item)
    counts: dict[tuple[str, str], list[int]] = {}
    for group in by_result.values():
        for position, one in enumerate(group):
            for other in group[position + 1 :]:
                if one.form == other.form:
                    _count(one, other, counts)
    found = (
        FieldAgreement(form=form, field=field, compared=compared, same=same, one_empty=one_empty)
        for (form, field), (compared, same, one_empty) in counts.items()
    )
    return tuple(sorted(found, key=lambda item: (item.share, -item.compared, item.form, item.field)))


def _count(one: Extraction, other: Extraction, counts: dict[tuple[str, str], list[int]]) -> None:
    mine, theirs = flat(one.answers), flat(other.answers, one.answers)
    differing = set(differing_paths(one.answers, other.answers))
    for path in mine.keys() | theirs.keys():
        count = counts.setdefault((one.form, field_of(path)), [0, 0, 0])
        count[0] += 1
        other_said = differs(path, differing)
        count[1] += not other_said
        count[2] += other_said and (path not in mine or path not in theirs)
