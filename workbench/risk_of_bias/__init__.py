"""Risk of bias of one result: RoB 2's questions, what the rules propose, and what the appraiser judges.

`variants()` are the question sets; `propose` applies their rules to answers; `judge` adds the appraiser's own
judgements; `settle` compares two appraisers. `notes` stand beside the tool and never enter a judgement.
See docs/risk-of-bias.md.
"""

from __future__ import annotations

from workbench.risk_of_bias.basis import Choice, choices_kept, finals_named, with_basis
from workbench.risk_of_bias.field_notes import Note, notes
from workbench.risk_of_bias.judging import Judgement, as_json, judge, missing, read_assessment
from workbench.risk_of_bias.proposing import Because, Proposal, asked, propose, propose_overall, relevant
from workbench.risk_of_bias.question_set import LATEST, Domain, Question, Variant, variant, variants
from workbench.risk_of_bias.settling import (
    SettledAppraisal,
    assessment_of,
    differences,
    last_word,
    set_aside,
    settle,
    standing,
)
from workbench.risk_of_bias.values import (
    ANSWERS,
    DIRECTIONS,
    GROUPS,
    OVERALL,
    TOOL,
    Appraisal,
    Assessment,
    Override,
    Quote,
    Risk,
    RiskOfBiasError,
)

__all__ = [
    "ANSWERS",
    "DIRECTIONS",
    "GROUPS",
    "LATEST",
    "OVERALL",
    "TOOL",
    "Appraisal",
    "Assessment",
    "Because",
    "Choice",
    "Domain",
    "Judgement",
    "Note",
    "Override",
    "Proposal",
    "Question",
    "Quote",
    "Risk",
    "RiskOfBiasError",
    "SettledAppraisal",
    "Variant",
    "as_json",
    "asked",
    "assessment_of",
    "choices_kept",
    "differences",
    "finals_named",
    "judge",
    "last_word",
    "missing",
    "notes",
    "propose",
    "propose_overall",
    "read_assessment",
    "relevant",
    "set_aside",
    "settle",
    "standing",
    "variant",
    "variants",
    "with_basis",
]
