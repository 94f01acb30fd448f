"""How two titles compare."""

from __future__ import annotations

from difflib import SequenceMatcher

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from ingest.duplicates.agreement import Titles
from ingest.duplicates.sketch import Sketch


def compare_titles(a: Sketch, b: Sketch) -> Titles:
    if not a.title or not b.title:
        return Titles.OTHER
    if a.title_key == b.title_key:
        return Titles.EQUAL
    likeness = fuzz.ratio(a.title, b.title, score_cutoff=70)
    if likeness >= 90 and _only_slips(*sorted((a.title.split(), b.title.split()))):
        return Titles.NEAR
    shorter, longer = sorted((a.title_key, b.title_key), key=lambda key: (len(key), key))
    if len(shorter) >= 35 and (longer.startswith(shorter) or longer.endswith(shorter)):
        return Titles.PART
    return Titles.ALIKE if likeness >= 70 else Titles.OTHER


_SMALL_WORDS = frozenset(
    {"the", "a", "an", "of", "in", "on", "for", "and", "to", "by", "with", "from", "at", "s", "is", "as", "or"}
)
# Words that begin differently here mean different things, however alike they look: hypotension, hypertension.
_TELLING = (
    *("hypo", "hyper", "intra", "inter", "pre", "post", "anti", "mono", "poly", "un", "in", "non", "macro", "micro"),
    *("homo", "hetero", "sub", "supra", "super", "uni", "bi", "tri", "endo", "exo", "para", "peri"),
)


def _only_slips(left: list[str], right: list[str]) -> bool:
    """Where the two titles part, it is by small words, blanks or a misspelling."""
    for what, i, i_end, j, j_end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        ours = "".join(word for word in left[i:i_end] if word not in _SMALL_WORDS)
        theirs = "".join(word for word in right[j:j_end] if word not in _SMALL_WORDS)
        cut_off = (
            i_end == len(left)
            and j_end == len(right)
            and ours[:1]
            and (ours.startswith(theirs) or theirs.startswith(ours))
        )
        if ours != theirs and not cut_off and not _slip(ours, theirs):
            return False
    return True


def _slip(a: str, b: str) -> bool:
    """One is the other misspelt or inflected; the first two letters are rarely wrong and often decide the meaning."""
    if min(len(a), len(b)) < 4 or a[:2] != b[:2]:
        return False
    prefixes = {max((one for one in _TELLING if word.startswith(one)), key=len, default="") for word in (a, b)}
    return len(prefixes) == 1 and Levenshtein.distance(a, b, score_cutoff=2) <= max(1, min(2, len(a) // 5))
