"""What an extractor need not type twice: the trial, the stimulation and the sham are the same in every result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingest.record import Record
from workbench.extraction import Extraction, Study, latest_revisions
from workbench.forms import Answers, Form, check_answers, is_empty, rows, text
from workbench.forms.tables import ARMS
from workbench.store import ResultSlot
from workbench.synthesis import completed

SLOTS_OWN = ("indications", "primary_indication")
"""Said by the slot, where it was opened for one indication."""
SAME_FOR_THE_TRIAL = ("study", "stimulation", "sham")
"""Keys of the sections whose answers carry over from one result of a study to the next."""


def first_answers(
    form: Form, study: Study, slot: ResultSlot, earlier: Iterable[Extraction], extractor: str, trial: Answers
) -> tuple[dict[str, Any], str]:
    """Answers to begin a result with, and in words what they were taken over from ("" if from nothing).

    earlier: all extractions of the study. Only the extractor's own are used: the other's stay unseen.
    trial: what the trial's own forms say, which comes before what an earlier result says.
    """
    answers, source = _of_earlier(form, study, slot, earlier, extractor)
    if form.scope != "result":
        return answers, ""
    own = _of_trial(form, trial)
    if not own:
        return answers, "your earlier result of this study" if source is not None else ""
    if ARMS in trial:  # an earlier result may be of another arm
        answers = {key: value for key, value in answers.items() if not key.startswith("stim_")}
    slots_own = {key: answers[key] for key in SLOTS_OWN if slot.indication is not None and key in answers}
    return answers | own | slots_own, "the trial's form"


def _of_trial(form: Form, trial: Answers) -> dict[str, Any]:
    """What the trial's form says and this form asks: of its arms only where one is active and one is the sham."""
    found: dict[str, Any] = {}
    arms = rows(trial, ARMS)
    for key, role in (("active_label", "active"), ("comparator_label", "sham")):
        named = [text(row, "label") for row in arms if text(row, "role") == role]
        if len(named) == 1 and named[0]:
            found[key] = named[0]
    found = completed(found, trial)
    found = {key: value for key, value in found.items() if key in form.keys and not is_empty(value)}
    # what is an option in the trial's form need not be one in this
    refused = {problem.field for problem in check_answers(form, found) if problem.level == "error"}
    return {key: value for key, value in found.items() if key not in refused}


def _of_earlier(
    form: Form, study: Study, slot: ResultSlot, earlier: Iterable[Extraction], extractor: str
) -> tuple[dict[str, Any], Extraction | None]:
    answers: dict[str, Any] = {"study_label": study.label}
    if slot.indication is not None:
        answers |= {"indications": [slot.indication], "primary_indication": slot.indication}
    source = latest_of(earlier, extractor)
    keys = {field.key for section in form.sections if section.key in SAME_FOR_THE_TRIAL for field in section.fields}
    if source is not None:
        taken = {key: answer for key, answer in source.answers.items() if key in keys and not is_empty(answer)}
        answers = taken | ({"indications": answers["indications"]} if slot.indication is not None else {})
        if slot.indication is not None and "primary_indication" not in taken:
            answers["primary_indication"] = slot.indication
    return {key: answer for key, answer in answers.items() if key in form.keys}, source


def latest_of(extractions: Iterable[Extraction], extractor: str) -> Extraction | None:
    """The extractor's own latest extraction of any result, withdrawn ones left out."""
    by_result: dict[str, list[Extraction]] = {}
    for extraction in extractions:
        if extraction.extractor == extractor and extraction.role == "extractor":
            by_result.setdefault(extraction.result, []).append(extraction)
    latest = [item for group in by_result.values() for item in latest_revisions(group)]
    return max(latest, key=lambda item: item.recorded_at, default=None)


def study_label(record: Record) -> str:
    """A label to propose: first author's family name and year."""
    family = record.authors[0].split()[0] if record.authors and record.authors[0].split() else "Unknown"
    return f"{family} {record.year}" if record.year else family
