"""Extraction: what was read from a study's reports, by whom, and what stands once the extractors are compared.

An extraction is one extractor's answers to a form about one *result* (one contrast, outcome and time point of a study)
or, with a form of the trial's scope, about the trial. Saving again appends a revision. Whether a result is agreed, in
conflict or settled is computed here, never stored.
"""

from workbench.extraction.agreement import FieldAgreement, field_agreement, first_finals
from workbench.extraction.basis import Chosen, choices_kept, finals_named, with_basis, without_basis
from workbench.extraction.bringing_together import Clash, Kept, brought_together, clashes
from workbench.extraction.consensus import PLACE, all_differences, answers_of, combined, taken_from
from workbench.extraction.current_forms import CurrentForms, current_forms
from workbench.extraction.differences import (
    common_path,
    differences,
    differing_paths,
    differs,
    field_of,
    flat,
    is_row,
    own_path,
)
from workbench.extraction.places import differing_places
from workbench.extraction.quotes import kept_up, of_answers
from workbench.extraction.rows import comparable
from workbench.extraction.set_aside import SetAside, said_aside, set_aside, set_aside_note
from workbench.extraction.settling import last_word, latest_revisions, settle
from workbench.extraction.value_history import TAKEN_BACK, Change, changes, latest_change, with_change_taken_back
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
    "PLACE",
    "TAKEN_BACK",
    "Change",
    "Chosen",
    "Clash",
    "CurrentForms",
    "Extraction",
    "ExtractionError",
    "FieldAgreement",
    "Kept",
    "ResultState",
    "SetAside",
    "SettledResult",
    "Study",
    "all_differences",
    "answers_of",
    "brought_together",
    "changes",
    "choices_kept",
    "clashes",
    "combined",
    "common_path",
    "comparable",
    "current_forms",
    "differences",
    "differing_paths",
    "differing_places",
    "differs",
    "field_agreement",
    "field_of",
    "finals_named",
    "first_finals",
    "flat",
    "is_row",
    "kept_up",
    "last_word",
    "latest_change",
    "latest_revisions",
    "of_answers",
    "own_path",
    "said_aside",
    "set_aside",
    "set_aside_note",
    "settle",
    "taken_from",
    "with_basis",
    "with_change_taken_back",
    "without_basis",
]
