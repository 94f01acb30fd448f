"""Extraction: what was read from a study's reports, by whom, and what stands once the extractors are compared.

An extraction is one extractor's answers to a form about one *result* (one contrast, outcome and time point of a study)
or, with a form of the trial's scope, about the trial. Saving again appends a revision. Whether a result is agreed, in
conflict or settled is computed here, never stored.
"""

from workbench.extraction.agreement import FieldAgreement, field_agreement, first_finals
from workbench.extraction.consensus import Chosen, all_differences, answers_of, combined
from workbench.extraction.current_forms import CurrentForms, current_forms
from workbench.extraction.differences import common_path, differences, differing_paths, field_of, flat, own_path
from workbench.extraction.settling import latest_revisions, settle
from workbench.extraction.value_history import Change, changes
from workbench.extraction.values import (
    FORM,
    FREE_TEXT,
    Extraction,
    ExtractionError,
    ResultState,
    SettledResult,
    Study,
)

__all__ = [
    "FORM",
    "FREE_TEXT",
    "Change",
    "Chosen",
    "CurrentForms",
    "Extraction",
    "ExtractionError",
    "FieldAgreement",
    "ResultState",
    "SettledResult",
    "Study",
    "all_differences",
    "answers_of",
    "changes",
    "combined",
    "common_path",
    "current_forms",
    "differences",
    "differing_paths",
    "field_agreement",
    "field_of",
    "first_finals",
    "flat",
    "latest_revisions",
    "own_path",
    "settle",
]
