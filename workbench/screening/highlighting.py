"""Where a team's words stand in a text, so that a page can mark them.

A term is found as whole words, whatever its capitals and accents; spaces and hyphens stand for each other ("theta
burst" finds "theta-burst"), and a trailing * stands for any ending ("random*" finds "randomised"). Where two terms
overlap the longer one says more: "non-randomised" is not marked as "randomised".

The text is read once, word by word, so that hundreds of terms cost no more than a few.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

Kind = Literal["include", "exclude"]
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"  # written without spaces: each sign is taken for a word
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")
_LOOSE = re.compile(r"[\s\-\u2010-\u2015\u2212]+")  # between two words of a term: any of these is as good as another


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A stretch of a text: text[start:end]. Marks of one text do not overlap and come in order."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class _Term:
    words: tuple[str, ...]  # folded
    gaps: tuple[str, ...]  # what stands between them; " " for spaces and hyphens
    lead: str  # signs before the first word and behind the last that belong to the term: "<" of "<5", "%" of "50%"
    tail: str
    open_ended: bool  # the last word may go on
    kind: Kind


class Highlighter:
    """The terms of both lists, ready to be looked for. Nothing changes once it is made: threads may share it."""

    def __init__(self, include: Iterable[str], exclude: Iterable[str]) -> None:
        """A term that stands in both lists is taken to speak for a record."""
        self._whole: dict[str, list[_Term]] = defaultdict(list)  # by the first word
        self._begun: dict[str, list[_Term]] = defaultdict(list)  # terms of one word with any ending, by its beginning
        known: set[tuple[object, ...]] = set()
        lists: tuple[tuple[Kind, Iterable[str]], ...] = (("include", include), ("exclude", exclude))
        for kind, terms in lists:
            for text in terms:
                term = _term(text, kind)
                if term is None or (saying := (term.words, term.gaps, term.lead, term.tail, term.open_ended)) in known:
                    continue
                known.add(saying)
                alone = len(term.words) == 1 and term.open_ended
                (self._begun if alone else self._whole)[term.words[0]].append(term)
        self._beginnings = sorted({len(word) for word in self._begun})

    def __bool__(self) -> bool:
        return bool(self._whole or self._begun)

    def marks(self, text: str) -> tuple[Mark, ...]:
        """Where the terms stand in a text."""
        if not self or not text:
            return ()
        folded, places = _folded(text)
        words = [(match.start(), match.end(), match.group()) for match in _WORD.finditer(folded)]
        found: list[tuple[int, int, Kind]] = []
        for at, (start, end, word) in enumerate(words):
            for term in self._whole.get(word, ()):
                stretch = _whole_term(term, folded, words, at)
                if stretch is not None:
                    found.append((*stretch, term.kind))
            for length in self._beginnings:
                if length > len(word):
                    break
                for term in self._begun.get(word[:length], ()):
                    if _edges_fit(term, folded, start, end):
                        found.append((start - len(term.lead), end, term.kind))
        return _settled(text, [(places[start], places[end], kind) for start, end, kind in found])


@lru_cache(maxsize=256)
def highlighter(include: tuple[str, ...], exclude: tuple[str, ...]) -> Highlighter:
    """The same highlighter for the same lists."""
    return Highlighter(include, exclude)


@lru_cache(maxsize=4096)
def _letter(letter: str) -> str:
    """One character without accent and case; nothing, one or more characters."""
    plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return plain.casefold()


def _folded(text: str) -> tuple[str, Sequence[int]]:
    """The text without case and accents, and for each of its characters (and its end) the place in the text."""
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    letters: list[str] = []
    places: list[int] = []
    for at, letter in enumerate(text):
        plain = letter.lower() if letter.isascii() else _letter(letter)
        letters.append(plain)
        places += [at] * len(plain)
    return "".join(letters), (*places, len(text))


def _term(text: str, kind: Kind) -> _Term | None:
    """A term as it is looked for; None if no letter and no digit is in it."""
    folded, _ = _folded(" ".join(text.split()))
    open_ended = folded.endswith("*")
    folded = folded.rstrip("*").strip() if open_ended else folded
    found = list(_WORD.finditer(folded))
    if not found:
        return None
    gaps = tuple(_gap(folded[before.end() : behind.start()]) for before, behind in pairwise(found))
    tail = folded[found[-1].end() :]
    return _Term(
        words=tuple(match.group() for match in found),
        gaps=gaps,
        lead=folded[: found[0].start()],
        tail=tail,
        open_ended=open_ended and not tail,
        kind=kind,
    )


def _gap(between: str) -> str:
    return _LOOSE.sub(" ", between)


def _edges_fit(term: _Term, folded: str, start: int, end: int) -> bool:
    before = folded[max(0, start - len(term.lead)) : start]
    behind = folded[end : end + len(term.tail)]
    return before == term.lead and behind == term.tail


def _whole_term(term: _Term, folded: str, words: Sequence[tuple[int, int, str]], at: int) -> tuple[int, int] | None:
    """Where a term stands whose first word is words[at]; None if it does not go on there."""
    last = at + len(term.words) - 1
    if last >= len(words):
        return None
    for step, wanted in enumerate(term.words[1:], start=1):
        word = words[at + step][2]
        if word != wanted and not (term.open_ended and at + step == last and word.startswith(wanted)):
            return None
        if _gap(folded[words[at + step - 1][1] : words[at + step][0]]) != term.gaps[step - 1]:
            return None
    start, end = words[at][0], words[last][1]
    return (start - len(term.lead), end + len(term.tail)) if _edges_fit(term, folded, start, end) else None


def _settled(text: str, found: Iterable[tuple[int, int, Kind]]) -> tuple[Mark, ...]:
    """Stretches as marks that do not overlap: the longer is painted over the shorter, "include" where equally long."""
    painted: dict[int, Kind] = {}
    for start, end, kind in sorted(found, key=lambda each: (each[1] - each[0], each[2] == "include")):
        painted |= dict.fromkeys(range(start, end), kind)
    marks: list[Mark] = []
    begun: int | None = None
    for place in sorted(painted):
        if begun is None or painted.get(place - 1) != painted[place]:
            begun = place
        if painted.get(place + 1) != painted[place]:
            stretch = text[begun : place + 1]
            start, end = begun + len(stretch) - len(stretch.lstrip()), begun + len(stretch.rstrip())
            if end > start:
                marks.append(Mark(start=start, end=_with_accents(text, end), kind=painted[place]))
    return tuple(marks)


def _with_accents(text: str, end: int) -> int:
    """The end of a stretch behind the accents that are written after its last letter."""
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end
