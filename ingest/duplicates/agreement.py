"""The words in which two records are compared: verdicts, agreements, likeness of titles."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What a pair of records is."""

    SAME = "same"
    UNSURE = "unsure"
    DIFFERENT = "different"


class Agreement(StrEnum):
    """How one attribute of two records compares."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # at least one of the two does not say


SAME, UNSURE, DIFFERENT = Verdict.SAME, Verdict.UNSURE, Verdict.DIFFERENT
YES, NO, UNKNOWN = Agreement.YES, Agreement.NO, Agreement.UNKNOWN


class Titles(StrEnum):
    """How two titles compare, best first."""

    EQUAL = "equal"  # but for case, punctuation, accents and remarks in brackets
    NEAR = "near"  # but for slips of the pen
    PART = "part"  # one is the beginning or the end of the other: a lost subtitle, an added translation
    CLOSE = "close"  # but for words that one has more, or spells badly: perhaps what sets two papers apart
    ALIKE = "alike"  # could be one title, or two of a series
    OTHER = "other"
