"""Synthesis: settled extractions to contrasts, contrasts to effects, effects to pooled results with their trail."""

from workbench.synthesis.analysis import (
    analyse,
    analyse_many,
    cross_checked,
    default_analyses,
    effect_range,
    model_of,
)
from workbench.synthesis.contrast import NotReady, contrasts, not_ready
from workbench.synthesis.effect_row import Asked, NoEffect, effect_row
from workbench.synthesis.flags import FLAGS, Rule
from workbench.synthesis.moderators import MODERATORS, Moderator
from workbench.synthesis.result_json import result_json
from workbench.synthesis.selection import considered, select
from workbench.synthesis.trial_facts import completed
from workbench.synthesis.values import (
    Analysis,
    AnalysisResult,
    AnswerQuote,
    Arm,
    Contrast,
    EffectRow,
    Excluded,
    Flag,
    Sensitivity,
    SubgroupResult,
    SubgroupTest,
    SynthesisError,
)
from workbench.synthesis.wording import figures, in_sentence, p_text, predicts, settings_line, shown, span, statement

__all__ = [
    "FLAGS",
    "MODERATORS",
    "Analysis",
    "AnalysisResult",
    "AnswerQuote",
    "Arm",
    "Asked",
    "Contrast",
    "EffectRow",
    "Excluded",
    "Flag",
    "Moderator",
    "NoEffect",
    "NotReady",
    "Rule",
    "Sensitivity",
    "SubgroupResult",
    "SubgroupTest",
    "SynthesisError",
    "analyse",
    "analyse_many",
    "completed",
    "considered",
    "contrasts",
    "cross_checked",
    "default_analyses",
    "effect_range",
    "effect_row",
    "figures",
    "in_sentence",
    "model_of",
    "not_ready",
    "p_text",
    "predicts",
    "result_json",
    "select",
    "settings_line",
    "shown",
    "span",
    "statement",
]
