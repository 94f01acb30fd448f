"""Two trials that may hold the same people: registration, report, place, people, numbers.

One registration number, one report or one pair of baseline lines is enough to ask. Weaker signs count together: none of
them says much alone, since many trials have two arms of 20.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.plausibility.finding import Finding

ENOUGH = 4  # weak signs, one of them being the people counted or the place
YEARS_APART = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a trial's reports tell about who was in it; empty where they do not."""

    label: str
    registrations: frozenset[str] = frozenset()
    reports: frozenset[str] = frozenset()
    arms: tuple[float, ...] = ()  # people in each, in ascending order
    condition: str = ""
    place: str = ""  # hospital or centre
    country: str = ""
    authors: frozenset[str] = frozenset()  # family names
    year: int | None = None
    stimulation: tuple[str, ...] = ()  # target, frequency: as words, in a fixed order; "" where unknown
    baseline: tuple[tuple[float, float], ...] = ()


def registrations(printed: str) -> frozenset[str]:
    """The registration numbers in a field, spelled alike: words of letters and at least four digits."""
    return frozenset(re.findall(r"[A-Z]+[0-9]{4,}", re.sub(r"[\s/-]", "", printed.upper())))


def may_overlap(a: Sample, b: Sample, fields: Sequence[str] = ()) -> Finding | None:
    """Whether two trials may be of the same people, and why. A strong sign is a warning, weak ones together an info."""
    strong = _strong(a, b)
    if strong:
        return Finding(
            code="overlapping_participants",
            level="warning",
            message=f"{a.label} and {b.label} {' and '.join(strong)}: are they the same participants?",
            fields=tuple(fields),
        )
    weak = _weak(a, b)
    counted = "arms of the same sizes" in " ".join(weak) or any("place" in sign for sign in weak)
    if len(weak) < ENOUGH or not counted:
        return None
    return Finding(
        code="samples_alike",
        level="info",
        message=(
            f"{a.label} and {b.label} have {', '.join(weak)} in common: may the samples overlap? "
            "Compare the dates of recruitment before pooling both"
        ),
        fields=tuple(fields),
        numbers={"signs": float(len(weak))},
    )


def _strong(a: Sample, b: Sample) -> list[str]:
    found = []
    if a.registrations & b.registrations:
        found.append(f"share the registration number {', '.join(sorted(a.registrations & b.registrations))}")
    if a.reports & b.reports:
        found.append("share a report")
    if len(a.baseline) >= 2 and sorted(a.baseline) == sorted(b.baseline):
        found.append("have the same means and SDs before treatment in both arms")
    return found


def _weak(a: Sample, b: Sample) -> list[str]:
    found = []
    if len(a.arms) >= 2 and a.arms == b.arms:
        found.append(f"arms of the same sizes ({' and '.join(f'{n:g}' for n in a.arms)})")
    for what in ("condition", "place", "country"):
        mine, theirs = getattr(a, what), getattr(b, what)
        if _same_words(mine, theirs):
            found.append(f"the {what} ({mine})")
    if a.authors & b.authors:
        found.append(f"authors ({', '.join(sorted(a.authors & b.authors))})")
    same = [x for x, y in zip(a.stimulation, b.stimulation, strict=False) if x and _plain(x) == _plain(y)]
    if same and not any(x and y and _plain(x) != _plain(y) for x, y in zip(a.stimulation, b.stimulation, strict=False)):
        found.append(f"the stimulation ({', '.join(same)})")
    if a.year is not None and b.year is not None and abs(a.year - b.year) <= YEARS_APART:
        found.append(f"nearly the year ({a.year} and {b.year})" if a.year != b.year else f"the year ({a.year})")
    return found


def _same_words(mine: str, theirs: str) -> bool:
    """Whether one says what the other says, in the same words or in more of them."""
    first, second = set(_plain(mine).split()), set(_plain(theirs).split())
    return bool(first and second) and (first <= second or second <= first)


def _plain(words: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", words.casefold()))
