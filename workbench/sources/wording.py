"""Whether two wordings that are nearly alike may pass for one: no word that carries the meaning may differ.

Such words are negations, numbers in words, what stands right after a number (its unit, or what was counted), words of
statistics (SD, SE, CI), of arms (active, sham), of sides and times, directions (fell, rose), and abbreviations.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from workbench.sources.normal import normal
from workbench.sources.printed_numbers import NUMBER_WORDS, numbers_in, plain_figures

TYPO = 6  # letters of a word in which one may differ, in a table
_BROKEN = re.compile(r"(?<=[^\W\d_])[-‐‑]\s+(?=[^\W\d_])|\u00ad\s*")
_WORD = re.compile(
    r"(?P<figures>(?<=[0-9])[\]) ]?)?(?P<word>[^\W\d_]+)"
    r"|(?P<number>(?:(?<![0-9])[.·])?[0-9]+(?:[.,·][0-9]+)*)"
    r"|(?P<sign>(?<![^\W\d_])[^\w\s|]|[^\w\s|](?![^\W\d_]))"
)
NUMBER = "#"  # begins the token of a number
_NOT = """
no not nor non none never neither without cannot nobody nothing lack lacked lacks fail fails failed hardly except
"""
_HEAVY = """
thousand million first second third fourth fifth once twice thrice half quarter both dozen single double
percent per cent percentage point g kg mg ng ug μg ml dl l mm cm m km μm hz khz mhz ghz ma μa μv mv v t s ms μs min mins
minute hour h day week month year session pulse train time
sd se sem ci iqr mad ses range median mean average variance interval deviation error standard adjusted unadjusted odd
hazard risk ratio difference change baseline endpoint follow followup
active sham placebo control real verum intervention comparator waitlist waiting conventional experimental treatment
treated untreated group arm other former latter respectively
left right bilateral unilateral ipsilateral contralateral anterior posterior upper
before after pre post during until since within between excitatory inhibitory anodal cathodal
men women man woman male female boy girl adult children and or only all any some most minimum maximum least
"""
_NEGATIONS = frozenset(_NOT.split())
_WEIGHTY = NUMBER_WORDS | frozenset(_HEAVY.split())
_UP = ("increas", "rose", "rise", "rising", "high", "great", "more", "gain", "above", "over", "larg")
_DOWN = ("decreas", "fell", "fall", "reduc", "low", "less", "fewer", "declin", "drop", "below", "under", "small")
_BETTER = ("better", "improv", "benefi", "respond", "superior", "effective", "reliev")
_WORSE = ("worse", "deteriorat", "harm", "inferior", "aggravat")
_SIDES = {"up": _UP, "down": _DOWN, "better": _BETTER, "worse": _WORSE}
_PREFIXES = ("un", "in", "im", "ir", "il", "non", "not", "no", "dis", "mis", "hypo", "hyper", "a")
_ROMAN = re.compile(r"[ivx]{1,4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    text: str  # as it is compared
    weighty: bool


def differing_words(wanted: str, printed: str, *, table: bool = False) -> tuple[str, ...]:
    """Words that carry the meaning and stand in one wording only, or in another order.

    table: every word of a table does (a row's name is all there is to tell rows apart); a letter may be mistyped.
    """
    ours, theirs = list(_words(wanted, signs=table)), list(_words(printed, signs=table))
    found: list[str] = []
    for left, right in _changed(ours, theirs):
        if "".join(word.text for word in left) == "".join(word.text for word in right):
            continue  # only spaces differ
        if table:
            if not _mistyped(left, right):
                found += [word.text for word in (*left, *right)]
            continue
        marks, other = _marks(left), _marks(right)
        found += sorted((marks - other) + (other - marks))
        found += [word.text for word in left if any(_negates(word.text, each.text) for each in right)]
    return tuple(dict.fromkeys(found))


def words_of(text: str) -> list[str]:
    """The words of a wording as they are compared."""
    plain = _BROKEN.sub("", plain_figures(text))
    return [normal(found["word"]).text for found in _WORD.finditer(plain) if found["word"]]


def _words(text: str, *, signs: bool = False) -> Iterator[_Word]:
    """The words, and each number by its turn, so that no word moves to another one. signs: all else, too."""
    text = _BROKEN.sub("", plain_figures(text))
    turns = {number.start: turn for turn, number in enumerate(numbers_in(text))}
    for found in _WORD.finditer(text):
        if found["number"] is not None:
            begins = next((at for at in (found.start("number"), found.start("number") - 1) if at in turns), None)
            if begins is not None:
                yield _Word(text=f"{NUMBER}{turns[begins]}", weighty=True)
            continue
        if found["sign"] is not None:
            if signs and (plain := normal(found["sign"]).text):
                yield _Word(text=plain, weighty=True)
            continue
        printed, plain = found["word"], normal(found["word"]).text
        if plain:
            short = len(plain) == 1 and plain not in ("a", "i")
            name = len(printed) > 1 and printed.isupper()
            weighty = found["figures"] is not None or short or name or _ROMAN.fullmatch(plain) is not None
            yield _Word(text=plain, weighty=weighty or _stem(plain) in _WEIGHTY or plain in _WEIGHTY)


def _stem(word: str) -> str:
    return word.removesuffix("s") if len(word) > 3 else word


def _changed(ours: Sequence[_Word], theirs: Sequence[_Word]) -> Iterator[tuple[Sequence[_Word], Sequence[_Word]]]:
    """The runs of words in which the two wordings differ."""
    steps = Levenshtein.opcodes([word.text for word in ours], [word.text for word in theirs])
    left = right = 0  # where the run that is open begins
    for step in steps:
        if step.tag == "equal":
            if left < step.src_start or right < step.dest_start:
                yield ours[left : step.src_start], theirs[right : step.dest_start]
            left, right = step.src_end, step.dest_end
    if left < len(ours) or right < len(theirs):
        yield ours[left:], theirs[right:]


def _marks(words: Sequence[_Word]) -> Counter[str]:
    """What these words mean that the other wording must mean, too."""
    found = Counter(_stem(word.text) for word in words if word.weighty)
    for word in words:
        if word.text in _NEGATIONS:
            found["not"] += 1
    for name, beginnings in _SIDES.items():
        if any(word.text.startswith(beginnings) for word in words):
            found[name] = 1
    return found


def _negates(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) > 2 and any(long == prefix + short for prefix in _PREFIXES)


def _mistyped(left: Sequence[_Word], right: Sequence[_Word]) -> bool:
    return len(left) == len(right) and all(
        one.text == other.text
        or (
            (min(len(one.text), len(other.text)) >= TYPO and Levenshtein.distance(one.text, other.text) == 1)
            and not _negates(one.text, other.text)
        )
        for one, other in zip(left, right, strict=True)
    )
