"""A review as data: its definition, read from a folder, and the templates that new reviews start from."""

from workbench.review.definition import (
    ANY_TIME,
    Criterion,
    ExtractionPolicy,
    FlagCode,
    Indication,
    Instrument,
    MailPolicy,
    ModelChoice,
    OutcomeDefinition,
    Pico,
    Reason,
    RefreshPolicy,
    ReviewDefinition,
    ScreeningPolicy,
    SynthesisPolicy,
    Threshold,
    TimeWindow,
)
from workbench.review.reading import ReviewError, load_review, load_review_forms, settings_files
from workbench.review.starting import init_review, list_templates

__all__ = [
    "ANY_TIME",
    "Criterion",
    "ExtractionPolicy",
    "FlagCode",
    "Indication",
    "Instrument",
    "MailPolicy",
    "ModelChoice",
    "OutcomeDefinition",
    "Pico",
    "Reason",
    "RefreshPolicy",
    "ReviewDefinition",
    "ReviewError",
    "ScreeningPolicy",
    "SynthesisPolicy",
    "Threshold",
    "TimeWindow",
    "init_review",
    "list_templates",
    "load_review",
    "load_review_forms",
    "settings_files",
]
