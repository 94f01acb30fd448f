"""What the words of a column stand for among a field's options: a proposal that a person corrects.

Only where a word leaves little doubt is anything proposed; what is not proposed is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from rapidfuzz import fuzz

from workbench.extraction_sheets.cell_text import folded
from workbench.forms import ChoiceField, FormField, MultiChoiceField, YesNoUnclearField
from workbench.review import ReviewDefinition

_PATTERNS: dict[str, tuple[tuple[str, str], ...]] = {
    "direction": (
        (r"(lower|smaller|less|fewer|more negative|decrease)\b.*(better|good|benefi|improve)", "lower is better"),
        (r"(higher|larger|greater|more|bigger|increase)\b.*(better|good|benefi|improve)", "higher is better"),
    ),
    "event_is": (
        (r"event\b.*(better|good|benefi)|respon(se|der)", "good"),
        (r"event\b.*(worse|bad|harm)|adverse|non-?respon", "bad"),
    ),
    "statistic": (
        (r"percent|(?<!\d)%|% change|relative change", "percent change"),
        (r"change|decrease|increase|reduction|difference|delta|gain", "change from baseline"),
        (r"post|final|end ?point|follow", "final value"),
    ),
    "spread_kind": (
        (r"\bse\b|\bsem\b|standard error", "SE"),
        (r"\bsd\b|standard deviation", "SD"),
        (r"half.?width", "95% CI half-width"),
    ),
    "design": (
        (r"cross-?over", "crossover"),
        (r"multi-?arm|(3|4|three|four)-?arm", "multi-arm"),
        (r"parallel", "parallel"),
    ),
    "sham_type": (
        (r"tilt|angled|90", "tilted coil"),
        (r"sham.*electric|electric.*sham", "sham coil with electrical stimulation"),
        (r"sham (h-?)?coil|placebo coil", "sham coil"),
        (r"waiting|wait-?list|usual care|no treatment", "no sham: usual care or waiting list"),
        (r"sham|placebo", "sham of unknown kind"),
    ),
    "stim_target": (
        (r"\bs2\b|secondary somatosensory", "S2"),
        (r"insula", "posterior insula"),
        (r"cingulate|\bacc\b", "anterior cingulate"),
        (r"occipit|occiput", "occipital cortex"),
        (r"vertex", "vertex"),
        (r"(left|l)[ -]*(dlpfc|dorsolateral|prefrontal)", "left DLPFC"),
        (r"(right|r)[ -]*(dlpfc|dorsolateral|prefrontal)", "right DLPFC"),
        (r"dlpfc|dorsolateral|prefrontal", "DLPFC, both or side not said"),
        (r"\bm1\b|motor cortex|primary motor", "M1"),
    ),
    "stim_coil": (
        (r"figure[- ]?(of[- ]?)?(8|eight)", "figure-8"),
        (r"\bh-?coil|\bh1\b", "H-coil"),
        (r"circular|round", "circular"),
        (r"double[- ]?cone", "double cone"),
    ),
    "stim_pattern": (
        (r"itbs|intermittent", "iTBS"),
        (r"ctbs|continuous theta", "cTBS"),
        (r"single[- ]?pulse", "single pulse"),
    ),
    "stim_target_side": (
        (r"contralateral|opposite", "opposite to the pain"),
        (r"ipsilateral|same side|affected side", "same side as the pain"),
        (r"both|bilateral", "both"),
        (r"midline|medial", "midline"),
        (r"^l(eft)?\b", "left"),
        (r"^r(ight)?\b", "right"),
    ),
    "stim_targeting": (
        (r"navigat|mri", "MRI navigation"),
        (r"hot ?spot", "motor hotspot"),
        (r"10[-/ –]?20|eeg", "10-20 system"),
        (r"5 ?cm", "5 cm rule"),
    ),
    "stim_pulse_shape": ((r"biphasic", "biphasic"), (r"monophasic", "monophasic"), (r"half", "half-wave")),
    "main_condition": (
        (r"post-?herpetic|\bphn|diabetic|radicul|plexus|phantom|trigeminal", "neuropathic peripheral"),
        (r"peripheral neuropath", "neuropathic peripheral"),
        (r"post-?stroke|after stroke|thalamic", "central post-stroke"),
        (r"spinal cord", "spinal cord injury"),
        (r"fibromyalgia", "fibromyalgia"),
        (r"episodic migraine", "migraine episodic"),
        (r"chronic migraine", "migraine chronic"),
        (r"complex regional|\bcrps\b", "CRPS"),
    ),
    "stim_threshold_type": ((r"\brmt\b|resting", "RMT"), (r"\bamt\b|active", "AMT")),
    "estimate_measure": (
        (r"odds|\bor\b", "OR"),
        (r"risk ratio|relative risk|\brr\b", "RR"),
        (r"risk difference|\brd\b", "RD"),
        (r"cohen|hedges|standardi[sz]ed|\bsmd\b|^[dg]$", "SMD"),
        (r"mean difference|\bmd\b", "MD"),
    ),
    "estimate_favours": (
        (r"sham|control|comparator|placebo", "comparator"),
        (r"rtms|active|treatment|intervention", "active"),
    ),
    "analysis_set": (
        (r"\bmitt\b|modified", "mITT"),
        (r"\bitt\b|intention|intent", "ITT"),
        (r"per[- ]?protocol|\bpp\b", "per protocol"),
        (r"complet", "completers"),
        (r"unclear", "unclear"),
    ),
    "_form": (
        (r"binary|dichotom|events?|responder", "events"),
        (r"cohen|estimate|odds ratio|hedges|effect size", "estimate"),
        (r"cross-?over", "crossover_means"),
        (r"means?\b|continuous", "parallel_means"),
    ),
    "_arm": (
        (r"sham|placebo|control|comparator|waiting|usual care", "comparator"),
        (r"rtms|tbs|active|real|verum|intervention|treatment|experimental|exp\b|\bhz\b", "active"),
    ),
}
_BINARY = re.compile(r"respon(d|se)|free|event|\b(30|50) ?%|reduced by|reduction|improved", re.IGNORECASE)
_PASSED_OVER = frozenset({"responder", "responders", "or", "by", "more", "at", "of"})
CLOSE = 86.0  # of 100, from which two names are taken for one
_STOP = frozenset(
    (
        *("with", "after", "more", "from", "main", "other", "pain", "disease", "chronic", "patients"),
        *("treatment", "treated", "stimulation", "session", "sessions", "week", "weeks", "month", "months", "days"),
    )
)
"""Words that stand in descriptions of indications and tell none of them: “end of treatment” is not migraine."""


def guess_words(
    field_key: str, field: FormField | None, texts: Iterable[str], review: ReviewDefinition
) -> dict[str, Any]:
    """What each text stands for in this field; texts about which nothing can be said are left out."""
    found: dict[str, Any] = {}
    guess = _guesser(field_key, field, review)
    for text in texts:
        answer = guess(text)
        if answer is not None:
            found[text] = answer
    return found


def _guesser(key: str, field: FormField | None, review: ReviewDefinition) -> Callable[[str], Any]:
    if isinstance(field, MultiChoiceField) and field.options_from == "indications":
        return lambda text: None if (one := guess_indication(text, review)) is None else [one]
    if isinstance(field, ChoiceField) and field.options_from == "indications":
        return lambda text: guess_indication(text, review)
    if isinstance(field, ChoiceField) and field.options_from == "outcomes":
        return lambda text: guess_outcome(text, review)
    options: dict[str, str] = {}
    if isinstance(field, ChoiceField | MultiChoiceField):
        options = {folded(name): option.value for option in field.options for name in (option.value, option.label)}
    if isinstance(field, YesNoUnclearField):
        return _yes_no
    rules = _PATTERNS.get("main_condition" if key == "conditions" else key, ())
    patterns = [(re.compile(pattern, re.IGNORECASE), answer) for pattern, answer in rules]
    allowed = set(options.values()) if options else None

    def guess(text: str) -> Any:
        if folded(text) in options:
            return options[folded(text)]
        if key == "stim_target" and len(_regions(text)) > 1:
            return None  # two targets: of two arms, or one after the other
        for pattern, answer in patterns:
            if pattern.search(text) and (allowed is None or answer in allowed):
                return answer
        return None

    return guess


def _regions(text: str) -> set[str]:
    """The parts of the brain that a text names, sides apart."""
    found = {answer for pattern, answer in _PATTERNS["stim_target"] if re.search(pattern, text, re.IGNORECASE)}
    sides = {"left DLPFC", "right DLPFC"}
    return found - {"DLPFC, both or side not said"} if found & sides else found


def _yes_no(text: str) -> str | None:
    return {
        **dict.fromkeys(("yes", "y", "1", "true", "+"), "yes"),
        **dict.fromkeys(("no", "n", "0", "false"), "no"),
        **dict.fromkeys(("unclear", "unsure", "?"), "unclear"),
    }.get(folded(text))


def guess_indication(text: str, review: ReviewDefinition) -> str | None:
    """The indication that a text names, by its label or by the words of its description."""
    wanted = folded(text)
    best, best_score = None, 0.0
    for item in review.indications:
        names = (item.label, item.short, item.key.replace("_", " "))
        score = max(fuzz.token_set_ratio(wanted, folded(name)) for name in names)
        score += fuzz.token_sort_ratio(wanted, folded(item.label)) / 100  # of two that fit, the closer one
        described = folded(" ".join(part for part in item.description.split(". ") if "belong" not in part))
        words = [word for word in re.findall(r"[a-z]{4,}", wanted) if word not in _STOP]
        if words and all(word in described for word in words):
            score = max(score, 90.0)
        elif len(words) > 1 and words[-2:] and " ".join(words[-2:]) in described:
            score = max(score, CLOSE)
        if score > best_score:
            best, best_score = item.key, score
    return best if best_score >= CLOSE else None


def guess_outcome(text: str, review: ReviewDefinition) -> str | None:
    """The outcome that a text names: by an instrument it mentions, else by the outcome's own name."""
    wanted = folded(text)
    binary = bool(_BINARY.search(text)) and "change" not in wanted
    best, best_score = None, 0.0
    for item in review.outcomes:
        if item.kind != ("binary" if binary else "continuous"):
            continue
        score = fuzz.token_set_ratio(_words(wanted), _words(folded(item.label)))
        if item.kind == "binary" and _numbers(wanted) and _numbers(wanted) != _numbers(folded(item.label)):
            score = min(score, CLOSE - 1)
        for instrument in item.instruments:
            for name in (instrument.name, *instrument.aliases):
                if re.search(rf"(?<![a-z0-9]){re.escape(folded(name))}(?![a-z0-9])", wanted):
                    score = max(score, CLOSE + min(len(name), 14))
        if score > best_score:
            best, best_score = item.key, score
    if best_score >= CLOSE:
        return best
    if not binary and re.search(r"\bpain\b", wanted) and any(item.key == "pain_intensity" for item in review.outcomes):
        return "pain_intensity"
    return None


def _words(text: str) -> str:
    found = re.findall(r"[a-z0-9]+", text)
    return " ".join(
        word[:5] for word in found if word not in ("responder", "responders", "or", "by", "more", "at", "of")
    )


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+", text))
