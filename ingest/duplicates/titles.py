"""How two titles compare."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from ingest.duplicates.agreement import Titles

SMALL_WORDS = frozenset(
    {"the", "a", "an", "of", "in", "on", "for", "and", "to", "by", "with", "from", "at", "s", "is", "as", "or"}
)
# Words that begin differently here mean different things, however alike they look: hypotension, hypertension.
_TELLING = (
    *("hypo", "hyper", "intra", "inter", "pre", "post", "anti", "mono", "poly", "un", "in", "non", "macro", "micro"),
    *("homo", "hetero", "sub", "supra", "super", "uni", "bi", "tri", "endo", "exo", "para", "peri"),
)
_ALIKE = 70  # of 100, rapidfuzz's ratio
_LONG_ENOUGH = 35  # letters that a title must have to be recognised as a part of another
_WITHOUT_SUBTITLE = 12  # letters that it must have to be close to another that goes on


def compare_titles(a: str, b: str) -> Titles:
    """Compare two titles given as words with one blank between them (`words.words`)."""
    if not a or not b:
        return Titles.OTHER
    if a == b:
        return Titles.EQUAL
    key, other = a.replace(" ", ""), b.replace(" ", "")
    if key == other:
        return Titles.EQUAL
    likeness = fuzz.ratio(a, b, score_cutoff=_ALIKE)
    differences = _differences(*sorted((a.split(), b.split()))) if likeness else ()
    if likeness >= 90 and all(map(_slip, differences)):
        return Titles.NEAR
    shorter, longer = sorted((key, other), key=lambda each: (len(each), each))
    if len(shorter) >= _LONG_ENOUGH and (longer.startswith(shorter) or longer.endswith(shorter)):
        return Titles.PART
    if likeness and all(map(_more_or_misspelt, differences)):
        return Titles.CLOSE
    if len(shorter) >= _WITHOUT_SUBTITLE and longer.startswith(shorter):
        return Titles.CLOSE
    return Titles.ALIKE if likeness else Titles.OTHER


def shared_words(a: str, b: str) -> float:
    """How many of the shorter title's telling words the longer has too, 0 to 1: two translations of one title."""
    ours, theirs = (frozenset(title.split()) - SMALL_WORDS for title in (a, b))
    if not ours or not theirs:
        return 0.0
    return len(ours & theirs) / min(len(ours), len(theirs))


@dataclass(frozen=True, slots=True)
class _Difference:
    """Where two titles part: what the one has there and what the other, without small words and blanks."""

    ours: str
    theirs: str
    at_end: bool


def _differences(left: list[str], right: list[str]) -> tuple[_Difference, ...]:
    return tuple(
        _Difference(
            ours="".join(word for word in left[i:i_end] if word not in SMALL_WORDS),
            theirs="".join(word for word in right[j:j_end] if word not in SMALL_WORDS),
            at_end=i_end == len(left) and j_end == len(right),
        )
        for what, i, i_end, j, j_end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
        if what != "equal"
    )


def _slip(one: _Difference) -> bool:
    """A small word, a blank, a misspelling, a last word cut off."""
    ours, theirs = one.ours, one.theirs
    if ours == theirs:
        return True
    if one.at_end and ours and (ours.startswith(theirs) or theirs.startswith(ours)):
        return True
    return _begin_alike(ours, theirs) and Levenshtein.distance(ours, theirs, score_cutoff=2) <= max(
        1, min(2, len(ours) // 5)
    )


def _more_or_misspelt(one: _Difference) -> bool:
    """Words that one title has and the other has not, or a bad misspelling; not one word for another."""
    if not one.ours or not one.theirs or one.ours in one.theirs or one.theirs in one.ours:
        return True
    return (
        min(len(one.ours), len(one.theirs)) >= 4
        and fuzz.ratio(one.ours, one.theirs) >= 75
        and _prefix(one.ours) == _prefix(one.theirs)
    )


def _begin_alike(a: str, b: str) -> bool:
    """The first two letters are rarely wrong and often decide the meaning."""
    if min(len(a), len(b)) < 4 or a[:2] != b[:2]:
        return False
    return _prefix(a) == _prefix(b)


def _prefix(word: str) -> str:
    return max((one for one in _TELLING if word.startswith(one)), key=len, default="")
