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
    for place, result in zip(places, imported.results, strict=True):
        mine = _numbers(result.answers)
        new = bool(mine.keys() - {"days_after_treatment"}) and _numbers(own.get(place, {})) != mine
        if new and any(_numbers(item.answers) == mine for item in others.get(place, [])):
            raise _copied(imported, by)
    for trial in trials:
        words = _words(trial.trial.answers)
        new = _says_more_than_names(trial.trial.cells) and _words(own.get(trial.slot, {})) != words
        if new and any(_words(item.answers) == words for item in others.get(trial.slot, [])):
            raise _copied(imported, by)


def _copied(imported: Imported, by: str) -> LooksCopied:
    """Which rows, and whose, is not said: who imports is to extract unseen, and would learn where both agree."""
    return LooksCopied(
        f"{imported.file} gives the very answers of another person in at least one result or trial. A copy would look "
        f"like an independent extraction: import it only if {by} extracted it alone, and say so. Else {by} extracts "
        "from the reports, on the page or in a sheet of their own."
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
