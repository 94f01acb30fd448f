"""What several sheets, or worksheets of one, say of one trial: put together, and nothing lost.

Each import keeps what it read of a trial's form. The form then stands as the readings together say: a later one fills
in what earlier ones leave empty, and where they differ the earlier one stands and it is said. A corrected sheet, of the
same name and worksheet, takes the place of its first reading if it says something of all that the first one did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from workbench.extraction import Chosen, Extraction, all_differences, answers_of, combined
from workbench.forms import is_empty, paths

Answers = Mapping[str, Any]
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one import read of one trial's form."""

    sheet: str  # the sheet's id
    name: str  # of the file
    worksheet: str
    answers: Answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Readings as one set of answers. differing: common paths on which a later one said otherwise."""

    answers: dict[str, Any]
    differing: tuple[str, ...] = ()


def standing_readings(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Those that count, in order: the latest of one worksheet of one file, and none that a corrected sheet replaces."""
    kept: list[Reading] = []
    for reading in readings:
        kept = [earlier for earlier in kept if not _replaces(reading, earlier)]
        kept.append(reading)
    return tuple(kept)


def _replaces(later: Reading, earlier: Reading) -> bool:
    if (later.name, later.worksheet) != (earlier.name, earlier.worksheet):
        return False
    return later.sheet == earlier.sheet or _said(earlier.answers) <= _said(later.answers)


def _said(answers: Answers) -> set[str]:
    return {path for path in paths(answers) if not path.startswith("_")}


def put_together(readings: Sequence[Reading]) -> Together:
    """The readings that count as one; at least one is needed."""
    first, *others = standing_readings(readings)
    held = Together(answers=dict(first.answers))
    for reading in others:
        held = _with(held, reading.answers)
    return held


def _with(held: Together, answers: Answers) -> Together:
    votes = [_as_extraction("held", held.answers), _as_extraction("more", answers)]
    choices: dict[str, Chosen] = {}
    differing = list(held.differing)
    for path in all_differences(votes):
        mine, theirs = answers_of(votes[0], path), answers_of(votes[1], path, votes[0])
        choices[path] = Chosen(extraction="held" if not is_empty(mine) else "more")
        if not is_empty(mine) and not is_empty(theirs):
            differing.append(path)
    return Together(answers=combined(votes, choices), differing=tuple(dict.fromkeys(differing)))


def _as_extraction(name: str, answers: Answers) -> Extraction:
    return Extraction(
        id=name,
        study="-",
        result="-",
        form="-",
        form_version=1,
        extractor=name,
        answers=answers,
        state="final",
        recorded_at=_ANY_TIME,
    )
