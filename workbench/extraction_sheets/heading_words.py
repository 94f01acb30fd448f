"""What a heading means: its letters cut into the words that extraction sheets use.

"sdEXPOST" is sd + ex + post, "meanCONPRE" mean + con + pre, "m1i" the mean of the first group (metafor's names).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

STATISTICS = {
    "mean": ("mean", "means", "avg", "average", "m"),
    "sd": ("sd", "sds", "std", "stdev", "stddev", "standarddeviation", "s"),
    "se": ("se", "sem", "stderr", "standarderror"),
    "n": (
        "n",
        "ns",
        "samplesize",
        "size",
        "total",
        "totaln",
        "ntotal",
        "analysed",
        "analyzed",
        "number",
        "participants",
    ),
    "events": ("events", "event", "responders", "responder", "cases", "x", "successes"),
    "percent": ("percent", "pct", "percentage"),
    "low": ("lower", "low", "ll", "lcl", "cilow", "cilower", "lowerci"),
    "high": ("upper", "high", "ul", "ucl", "cihigh", "ciupper", "upperci"),
}
ARMS = {
    "active": (
        *("exp", "ex", "experimental", "experiment", "treat", "treated", "treatment", "trt", "tx", "active", "real"),
        *(
            "intervention",
            "int",
            "interv",
            "verum",
            "rtms",
            "tms",
            "stimulation",
            "stim",
            "t",
            "e",
            "i",
            "arm1",
            "trt1",
        ),
        *("arm1", "trt1", "group1", "g1", "1", "1i"),
    ),
    "comparator": (
        *("con", "cont", "ctrl", "ctl", "control", "controls", "comparator", "comp", "sham", "placebo", "plc", "plac"),
        *("c", "arm2", "trt2", "group2", "g2", "2", "2i"),
    ),
}
TIMES = {
    "pre": ("pre", "baseline", "base", "bl", "before", "initial", "pretreatment", "t0"),
    "post": ("post", "after", "final", "end", "endpoint", "followup", "fu", "posttreatment", "outcome", "t1"),
    "change": ("change", "delta", "diff", "difference", "changescore", "gain"),
}
FILLERS = ("of", "the", "in", "group", "arm", "score", "scores", "value", "values", "at", "g", "ci", "95")
UNITS = ("day", "days", "d", "week", "weeks", "wk", "w", "month", "months", "mo", "year", "years", "hour", "hours", "h")

_WORDS: dict[str, tuple[str, str]] = {}
for _kind, _table in (("statistic", STATISTICS), ("arm", ARMS), ("time", TIMES)):
    for _meaning, _names in _table.items():
        for _name in _names:
            _WORDS.setdefault(_name, (_kind, _meaning))
for _name in FILLERS:
    _WORDS.setdefault(_name, ("filler", ""))
_METAFOR = {
    "m1i": ("mean", "active"),
    "m2i": ("mean", "comparator"),
    "sd1i": ("sd", "active"),
    "sd2i": ("sd", "comparator"),
    "n1i": ("n", "active"),
    "n2i": ("n", "comparator"),
    "ai": ("events", "active"),
    "ci": ("events", "comparator"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading that names a number of an arm."""

    statistic: str  # a key of STATISTICS
    arm: str = ""  # "active", "comparator", "" where it does not say
    time: str = ""  # "pre", "post", "change", ""
    time_word: str = ""  # the word that said so
    spread: str = ""  # "sd" or "se", where cells hold a mean with its spread
    sure: float = 1.0  # 0 to 1: less where words are left over
    rest: tuple[str, ...] = ()  # words that are none of these: the outcome, or "4 weeks"


def plain(heading: str) -> str:
    """Letters and digits only, in lower case."""
    return re.sub(r"[^a-z0-9%]", "", heading.lower())


def tokens(heading: str) -> list[str]:
    """The heading at its spaces, signs and changes of case; "meanTreatBase" is three words, "nEXP" two."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading.replace("%", " percent "))
    words: list[str] = []
    for word in filter(None, re.split(r"[^A-Za-z0-9]+", spaced.lower())):
        words += [word] if word in _WORDS else re.findall(r"[a-z]+|\d+", word)
    joined: list[str] = []
    for word in words:  # "4 weeks" and "week 4" say when, not which arm
        before = joined[-1] if joined else ""
        if (before.isdecimal() and word in UNITS) or (before in UNITS and word.isdecimal()):
            joined[-1] = f"{before} {word}"
        else:
            joined.append(word)
    return joined


def read_heading(heading: str) -> Heading | None:
    """Which number of which arm a heading names; None where it names none."""
    short = plain(heading)
    if short in _METAFOR:
        statistic, arm = _METAFOR[short]
        return Heading(statistic=statistic, arm=arm, sure=0.95)
    words: list[str] = []
    for token in tokens(heading):
        if token in _WORDS:
            words.append(token)
            continue
        cut = segmented(token)
        words.extend([token] if cut is None else cut)
    found: dict[str, list[str]] = {"statistic": [], "arm": [], "time": []}
    rest: list[str] = []
    time_word = ""
    for word in words:
        kind, meaning = _WORDS.get(word, ("", ""))
        if kind in found:
            time_word = word if kind == "time" else time_word
            if meaning not in found[kind]:
                found[kind].append(meaning)
        elif not kind:
            rest.append(word)
    statistics = found["statistic"]
    if len(statistics) > 1 and "n" in statistics:  # "n events", "percent responders", "total events"
        statistics = [item for item in statistics if item != "n"] if "total" not in words else ["n"]
    spread = next((item for item in statistics if item in ("sd", "se")), "") if "mean" in statistics else ""
    if spread:  # "mean (SD)": both stand in the cells
        statistics = [item for item in statistics if item != spread]
    if "percent" in statistics:
        statistics = ["percent"]
    if len(statistics) != 1 or len(found["arm"]) > 1 or len(found["time"]) > 1:
        return None
    sure = 0.95 if not rest else max(0.4, 0.8 - 0.12 * len(rest))
    arm = found["arm"][0] if found["arm"] else ""
    time = found["time"][0] if found["time"] else ""
    return Heading(
        statistic=statistics[0],
        arm=arm,
        time=time,
        time_word=time_word,
        spread=spread,
        sure=sure if arm else sure - 0.2,
        rest=tuple(rest),
    )


@lru_cache(maxsize=4096)
def segmented(word: str) -> tuple[str, ...] | None:
    """A word as known words put together, the fewest; None where letters are left over or the word is long."""
    if len(word) > 40:
        return None
    best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 18), end):
            before = best[start]
            piece = word[start:end]
            if before is not None and piece in _WORDS and (len(piece) > 1 or start == 0):
                held = best[end]
                if held is None or len(before) + 1 < len(held):
                    best[end] = (*before, piece)
    return best[len(word)]
