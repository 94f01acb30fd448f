"""What an extractor need not type twice: the trial, the stimulation and the sham are the same in every result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ingest.record import Record
from workbench.extraction import Extraction, Study, latest_revisions
from workbench.forms import Form, is_empty
from workbench.store import ResultSlot

SAME_FOR_THE_TRIAL = ("study", "stimulation", "sham")
"""Keys of the sections whose answers carry over from one result of a study to the next."""


def first_answers(
    form: Form, study: Study, slot: ResultSlot, earlier: Iterable[Extraction], extractor: str
) -> tuple[dict[str, Any], Extraction | None]:
    """Answers to begin a result with, and the extraction they were taken over from.

    earlier: all extractions of the study. Only the extractor's own are used: the other's stay unseen.
    """
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
