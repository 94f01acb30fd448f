"""Whether a sheet says what another person's answers say already: then it may be a copy of theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workbench.extraction import Extraction
from workbench.extraction_sheets.imported import Imported
from workbench.forms import RESERVED, is_empty, split_path
from workbench.store.errors import LooksCopied
from workbench.store.sheet_trials import TrialPlaceKept

_OF_NAMES = {"study_label", "arms", "sham_type"}
"""Answers of a trial's form that follow from what a sheet calls the study and its arms."""


def refuse_copy(
    imported: Imported,
    places: Sequence[str],
    trials: Sequence[TrialPlaceKept],
    extractions: Iterable[Extraction],
    *,
    by: str,
) -> None:
    """LooksCopied where the sheet gives a result, or a trial, with the very answers of another person.

    Each is judged by itself: a copy is still one with a row added or a number changed. Two who work alone agree on
    much, too; so the importer may vouch for it, once: what they have recorded already is not asked about again. Of
    a trial only what columns say counts, not what follows from the names of its arms.

    places, trials: the slots of the sheet's results and trials. extractions: what stands in the review, of anybody.
    """
    others: dict[str, list[Extraction]] = {}
    own: dict[str, Mapping[str, Any]] = {}
    for item in extractions:
        if item.role == "extractor" and item.state != "withdrawn":
            if item.extractor == by:
                own[item.result] = item.answers
            else:
                others.setdefault(item.result, []).append(item)
    shared, same = 0, list[tuple[str, str]]()
    for place, result in zip(places, imported.results, strict=True):
        held, mine = others.get(place, []), _numbers(result.answers)
        shared += bool(held)
        new = bool(mine.keys() - {"days_after_treatment"}) and _numbers(own.get(place, {})) != mine
        like = [item.extractor for item in held if new and _numbers(item.answers) == mine]
        if like:
            same.append((f"row {', '.join(map(str, result.rows[:3]))} ({result.label or result.study})", like[0]))
    for trial in trials:
        held, words = others.get(trial.slot, []), _words(trial.trial.answers)
        shared += bool(held)
        new = _says_more_than_names(trial.trial.cells) and _words(own.get(trial.slot, {})) != words
        like = [item.extractor for item in held if new and _words(item.answers) == words]
        if like:
            same.append((f"the trial {trial.trial.study}", like[0]))
    if not same:
        return
    listed = "; ".join(what for what, _ in same[:5]) + (f" and {len(same) - 5} more" if len(same) > 5 else "")
    who = " and ".join(sorted({name for _, name in same}))
    raise LooksCopied(
        f"{imported.file} gives the very answers of {who} in {len(same)} of the {shared} results and trials that "
        f"both have answered: {listed}. A copy would look like an independent extraction: import it only if {by} "
        f"extracted it alone, and say so. Else {by} extracts from the reports, on the page or in a sheet of their "
        "own."
    )


def _numbers(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What tells one person's reading from another's: the numbers, without words and places."""
    return {
        key: value for key, value in answers.items() if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _words(answers: Mapping[str, Any]) -> dict[str, Any]:
    """All that somebody answered, without the places where it stands."""
    return {key: value for key, value in answers.items() if key not in RESERVED and not is_empty(value)}


def _says_more_than_names(cells: Mapping[str, str]) -> bool:
    """Whether a trial has answers of other cells than those that name the study and its arms ("10 Hz rTMS")."""
    names = {where for path, where in cells.items() if split_path(path).field in _OF_NAMES}
    return any(split_path(path).field not in _OF_NAMES and where not in names for path, where in cells.items())
