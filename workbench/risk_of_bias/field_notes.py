"""Notes beside RoB 2 that the rTMS field asks for: size, length of follow-up, quality of the sham, blinding.

They never enter a judgement. Size and follow-up as in the Cochrane review of non-invasive brain stimulation for chronic
pain (O'Connell 2018, CD008208, there after Moore 2010, Pain 150:386-389): fewer than 50 participants in an arm high, 50
to 199 unclear, 200 or more low risk; follow-up below 2 weeks high, 2 to below 8 unclear, 8 weeks or more low.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workbench.risk_of_bias.blinding import Guesses, bang, james

CD008208 = "O'Connell 2018, 10.1002/14651858.CD008208.pub5"
JAMES = "James 1996, Stat Med 15:1421"
BANG = "Bang 2004, Control Clin Trials 25:143"
SHAM = "Chipchase 2012, 10.1016/j.clinph.2012.05.003; Klein 2015, PMC4545735"

Level = Literal["low", "unclear", "high", "told"]  # "told": a fact without a level


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One note on a trial."""

    key: str
    title: str
    level: Level
    text: str
    source: str


def notes(trial: Mapping[str, Any], *, follow_up_days: float | None = None) -> tuple[Note, ...]:
    """All notes that the answers to the trial's form allow (`extraction_forms/trial.yaml`).

    follow_up_days: of the latest outcome, counted from the end of treatment.
    """
    return (_size(trial), _follow_up(follow_up_days), _sensation(trial), *_blinding(trial))


def _size(trial: Mapping[str, Any]) -> Note:
    sizes = []
    for row in _rows(trial, "arms"):
        size = _count(row.get("analysed"))
        size = _count(row.get("randomised")) if size is None else size
        if size is not None:
            sizes.append(size)
    if not sizes:
        return _note("size", "Study size", "unclear", "The sizes of the arms are not recorded.", CD008208)
    smallest = min(sizes)
    level: Level = "high" if smallest < 50 else "unclear" if smallest < 200 else "low"
    text = f"{smallest} participants in the smallest arm (below 50 high, 50 to 199 unclear, from 200 low)."
    return _note("size", "Study size", level, text, CD008208)


def _follow_up(days: float | None) -> Note:
    title = "Length of follow-up"
    if days is None:
        return _note("follow_up", title, "unclear", "The time of the latest outcome is not recorded.", CD008208)
    level: Level = "high" if days < 14 else "unclear" if days < 56 else "low"
    text = f"{days:g} days after treatment (below 2 weeks high, below 8 unclear, from 8 weeks low)."
    return _note("follow_up", title, level, text, CD008208)


def _sensation(trial: Mapping[str, Any]) -> Note:
    sham = trial.get("sham_type")
    matched = trial.get("sham_sensation_matched")
    title = "Did sham feel and sound like the active stimulation?"
    if isinstance(sham, str) and sham.startswith("no sham"):
        return _note("sensation", title, "high", "There was no sham.", SHAM)
    words: dict[object, tuple[Level, str]] = {
        "yes": ("low", "The report says how sensation and click were matched."),
        "no": ("high", "Participants could tell the sham by how it felt or sounded."),
    }
    level, text = words.get(matched, ("unclear", "The report does not make it clear."))
    return _note("sensation", title, level, text, SHAM)


def _blinding(trial: Mapping[str, Any]) -> tuple[Note, ...]:
    title = "Were participants asked for their guess?"
    answer = trial.get("blinding_assessed")
    if answer != "yes":
        text = "They were not asked." if answer == "no" else "The report does not make it clear."
        return (_note("asked", title, "unclear", text, SHAM),)
    found = [_note("asked", title, "told", "They were asked; a guess at the end may also reflect relief.", SHAM)]
    guesses = _guesses(trial)
    total: dict[str, Guesses] = {}
    for label, role, one in guesses:
        right, wrong = (one.active, one.sham) if role == "active" else (one.sham, one.active)
        index = bang(right, wrong, one.unknown)
        if index is None:
            continue
        text = f"{index} in {label}: {_bang_words(index.estimate)}"
        found.append(_note(f"bang:{label}", "Bang's blinding index", "told", text, BANG))
        before = total.get(role, Guesses(active=0, sham=0))
        total[role] = Guesses(
            active=before.active + one.active, sham=before.sham + one.sham, unknown=before.unknown + one.unknown
        )
    both = james(total["active"], total["sham"]) if {"active", "sham"} <= set(total) else None
    if both is not None:
        verdict = "more right guesses than by chance" if both.high < 0.5 else "no sign that blinding failed"
        text = f"{both}, all arms: {verdict} (1: all wrong or unsure, 0.5: as by chance, 0: all right)."
        found.append(_note("james", "James' blinding index", "told", text, JAMES))
    elif not total:
        found.append(_note("indices", "Blinding indices", "unclear", "The guesses are not recorded by arm.", BANG))
    return tuple(found)


def _bang_words(estimate: float) -> str:
    if abs(estimate) <= 0.2:
        return "about as by chance (within 0.2 of 0)."
    return "more guessed right than by chance." if estimate > 0 else "more guessed wrong than by chance."


def _guesses(trial: Mapping[str, Any]) -> list[tuple[str, str, Guesses]]:
    """(arm, role, guesses) for the active and sham arms whose three numbers are there (unsure: 0 if empty)."""
    arms = {str(row.get("_row")): row for row in _rows(trial, "arms")}
    found = []
    for row in _rows(trial, "guesses"):
        arm = arms.get(str(row.get("_row")), {})
        active, sham = _count(row.get("guessed_active")), _count(row.get("guessed_sham"))
        if arm.get("role") in ("active", "sham") and active is not None and sham is not None:
            unknown = _count(row.get("guessed_unknown")) or 0
            label = str(arm.get("label") or arm.get("role"))
            found.append((label, str(arm["role"]), Guesses(active=active, sham=sham, unknown=unknown)))
    return found


def _rows(trial: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    value = trial.get(key)
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list | tuple) else []


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _note(key: str, title: str, level: Level, text: str, source: str) -> Note:
    return Note(key=key, title=title, level=level, text=text, source=source)
