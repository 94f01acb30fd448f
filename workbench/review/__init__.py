"""A review as data: its definition, read from a folder, and the templates that new reviews start from."""

from workbench.review.definition import (
    ANY_TIME,
    Criterion,
    ExtractionPolicy,
    Indication,
    Instrument,
    ModelChoice,
    OutcomeDefinition,
    Pico,
    Reason,
    ReviewDefinition,
    ScreeningPolicy,
    SynthesisPolicy,
    Threshold,
    TimeWindow,
)

__all__ = [
    "ANY_TIME",
    "Criterion",
    "ExtractionPolicy",
    "Indication",
    "Instrument",
    "ModelChoice",
    "OutcomeDefinition",
    "Pico",
    "Reason",
    "ReviewDefinition",
    "ScreeningPolicy",
    "SynthesisPolicy",
    "Threshold",
    "TimeWindow",
]
