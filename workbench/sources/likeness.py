"""The place of a document that is most like a quote."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from workbench.sources.cells import begins_cell
from workbench.sources.normal import normal
from workbench.sources.places import Block, QuoteMatch, raw_match
from workbench.sources.printed_numbers import PrintedNumber, numbers_in, plain_figures, signed
from workbench.sources.wording import differing_words, words_of

NEARLY = 85.0  # of 100: below, it is another sentence
NEAREST = 60.0  # below, nothing is like it
LONGEST = 5000  # characters that are compared letter by letter
EDGE, REACH = 400, 20  # characters at a quote's ends that are compared to find them, and how far they may be off
FURTHER = 4  # words beside the nearest place that may belong to it
PIECE = 6  # characters that two texts have in common where one may be the other
_BEGINS_NUMBER = re.compile(r"[.·]?[0-9]")
_NUMBER_BEFORE = re.compile(r"(?:(?<![A-Za-z0-9])-)?(?:[0-9][0-9.,·]*)?$")
_NUMBER_AFTER = re.compile(r"(?:[0-9.,·]*[0-9])?")
_FIGURES = re.compile(r"[.·]?[0-9]+(?:[.,·][0-9]+)*")
_RELATION_BEFORE = re.compile(r"[<>≤≥±~≈⩽⩾]\s*$")
_MARKS_AFTER = re.compile(r"[⁺⁻⁰¹²³⁴-⁹]+|\s?[%٪％]|\s?[¼-¾⅐-⅟↉]")
_CHUNK = re.compile(r"\S+")
_RELATIONS = ("<", ">", "≤", "≥", "±", "~")


def nearly(blocks: Sequence[Block], wanted: str, plain: str) -> QuoteMatch:
    """The place that is most like the quote and has its numbers; else the nearest one, as not found."""
    if len(plain) > LONGEST:
        return QuoteMatch(
            found="no",
            note=f"It does not stand there as it is, and is too long to be compared letter by letter (more than "
            f"{LONGEST:,} characters): quote the sentence with the number.",
        )
    candidates = sorted(
        ((hits, block, at) for block in blocks for at, hits in _diagonals(block.normal.text, plain)),
        key=lambda each: -each[0],
    )[: 8 if len(plain) < 1000 else 3 if len(plain) < 2000 else 1]
    numbers = numbers_in(wanted)
    best = QuoteMatch(found="no", note="Nothing in the text is like it.")
    for _, block, at in candidates:
        similarity, start, end = _align(block.normal.text, plain, at)
        if similarity < NEAREST or start >= end:
            continue
        first, last = _whole_words(block, start, end, wanted)
        match = _judged(
            raw_match(block, first, last),
            similarity,
            wanted,
            numbers,
            table=block.table,
            whole_cells=not ("|" in wanted or (block.table and set("|\n") & set(block.text[first:last])))
            or begins_cell(block, first),
        )
        if (match.found == "nearly", match.similarity) > (best.found == "nearly", best.similarity):
            best = match
    return best


def _judged(
    match: QuoteMatch,
    similarity: float,
    wanted: str,
    numbers: Sequence[PrintedNumber],
    *,
    table: bool,
    whole_cells: bool,
) -> QuoteMatch:
    """The place with what is to be said of it."""
    match = replace(match, similarity=round(similarity, 1))
    missing, instead = _differing(numbers, numbers_in(match.text))
    if missing or instead:
        said = f"The numbers differ. In the quote only: {_listed(missing)}. In the text only: {_listed(instead)}."
        return replace(match, found="no", missing=missing, instead=instead, note=said)
    if similarity < NEARLY or (table and "|" in wanted and not _same_cells(wanted, match.text)):
        return replace(match, found="no", note="The nearest place reads otherwise.")
    if not whole_cells:
        return replace(match, found="no", note="It begins within a cell: quote the row's whole name.")
    if _odd_figures(wanted) != _odd_figures(match.text):
        return replace(match, found="no", note="Fractions or raised figures differ.")
    if words := differing_words(wanted, match.text, table=table):
        said = f"Words that matter differ: {_listed(words[:8])}."
        return replace(match, found="no", note=said)
    return replace(match, found="nearly", note="Some letters differ; the numbers agree.")


def _same_cells(wanted: str, printed: str) -> bool:
    return wanted.replace("\n", "|").count("|") == printed.replace("\n", "|").count("|")


def _whole_words(block: Block, start: int, end: int, wanted: str) -> tuple[int, int]:
    """The place in the text as it is, with whole words at its ends and the words beside it that the quote has, too.

    Half a word, a sign or a comparison left outside may hide what the text says. So may a "not" between the quote's
    first word and its second: the first one then stands a little further out.
    """
    text, ours = block.text, words_of(wanted)
    first, last = _to_edges(text, block.normal.start(start), block.normal.end(end))

    def distance(begin: int, stop: int) -> int:
        return Levenshtein.distance(ours, words_of(text[begin:stop]))

    begins, from_ = [first], max(0, first - REACH * FURTHER)
    for found in reversed(list(_CHUNK.finditer(text[from_:first]))[1:][-FURTHER:]):
        if words_of(found.group())[:1] and words_of(found.group())[0] in ours[: FURTHER + 1]:
            begins.append(_to_edges(text, from_ + found.start(), last)[0])
    first = min(begins, key=lambda begin: (distance(begin, last), begin))
    stops = [last]
    for found in itertools.islice(_CHUNK.finditer(text[last : last + REACH * FURTHER]), FURTHER):
        if words_of(found.group())[-1:] and words_of(found.group())[-1] in ours[-FURTHER - 1 :]:
            stops.append(_to_edges(text, first, last + found.end())[1])
    last = min(stops, key=lambda stop: (distance(first, stop), -stop))
    return first, last


def _to_edges(text: str, first: int, last: int) -> tuple[int, int]:
    """A place with the words and numbers at its ends whole."""
    while first > 0 and text[first - 1].isalpha() and text[first].isalpha():
        first -= 1
    while last < len(text) and text[last].isalpha() and text[last - 1].isalpha():
        last += 1
    if figures := _FIGURES.match(text, first):
        before = text[max(0, first - 6) : first]
        sign = signed(before, figures=figures.group())
        relation = _RELATION_BEFORE.search(before[:-1] if sign else before)
        first -= sign + (len(relation.group()) if relation else 0)
    if text[last - 1 : last].isdigit() and (after := _MARKS_AFTER.match(text, last)):
        last = after.end()
    return first, last


def _odd_figures(text: str) -> list[str]:
    """Fractions, figures in circles and raised figures right after a number; raised ones after words are references."""
    plain = plain_figures(text)
    found: list[str] = []
    figure = False  # the last letter was a figure, or raised after one
    for letter in plain:
        if letter.isascii():
            figure = letter.isdigit()
        elif letter.isnumeric() or letter in "⁺⁻":
            raised = letter in "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
            if figure or not raised:
                found.append(normal(letter).text.strip())
            figure = figure or not raised
        else:
            figure = False
    return found


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(texts) or "none"


def _diagonals(text: str, plain: str) -> list[tuple[int, int]]:
    """Where the quote may begin, with how many of its pieces speak for it."""
    width = max(24, len(plain) // 4)
    votes: Counter[int] = Counter()
    step = max(1, len(plain) // 60)
    for offset in range(0, max(1, len(plain) - PIECE + 1), step):
        piece = plain[offset : offset + PIECE]
        at, times = text.find(piece), 0
        while at >= 0 and times < 60:  # what stands everywhere says nothing
            votes[(at - offset) // width] += 1
            at, times = text.find(piece, at + 1), times + 1
    joined = {bucket: votes[bucket] + votes.get(bucket + 1, 0) for bucket in votes}
    return [(bucket * width, hits) for bucket, hits in sorted(joined.items(), key=lambda each: -each[1])[:4]]


def _align(text: str, plain: str, at: int) -> tuple[float, int, int]:
    """The part of the text near a place that is most like the quote, and how like (0 to 100)."""
    slack = max(24, len(plain) // 4)
    left, right = max(0, at - slack), min(len(text), at + len(plain) + 2 * slack + slack)
    window = text[left:right]
    if not window:
        return 0.0, 0, 0
    found = fuzz.partial_ratio_alignment(plain, window)
    if found is None:
        return 0.0, 0, 0
    start, end = (found.dest_start, found.dest_end) if len(plain) <= len(window) else (0, len(window))
    for _ in range(3):  # the exact ends, looked for in the neighbourhood of both
        was = start, end
        head, tail = plain[:EDGE], plain[-EDGE:]
        ends = range(max(start + 1, end - REACH), min(len(window), end + REACH) + 1)
        end = max(ends, key=lambda at: _alike(tail, window[max(start, at - len(tail)) : at], at - end))
        starts = range(max(0, start - REACH), min(end - 1, start + REACH) + 1)
        start = max(starts, key=lambda at: _alike(head, window[at : min(end, at + len(head))], at - start))
        if was == (start, end):
            break
    if _BEGINS_NUMBER.match(window, start):  # a number is compared whole, with its sign
        before = _NUMBER_BEFORE.search(window[:start])
        start = before.start() if before else start
    if window[end - 1].isdigit():
        after = _NUMBER_AFTER.match(window, end)
        end = after.end() if after else end
    return 100 * Levenshtein.normalized_similarity(plain, window[start:end]), left + start, left + end


def _alike(one: str, other: str, moved: int) -> tuple[float, int]:
    return -Levenshtein.distance(one, other), -abs(moved)


def _differing(
    ours: Sequence[PrintedNumber], theirs: Sequence[PrintedNumber]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Numbers of the quote that the text has not in this order, and of the text that the quote has not."""
    left, right = [_key(each) for each in ours], [_key(each) for each in theirs]
    if left == right:
        return (), ()
    missing: list[str] = []
    instead: list[str] = []
    for step in Levenshtein.opcodes(left, right):
        if step.tag != "equal":
            missing += [_said(each) for each in ours[step.src_start : step.src_end]]
            instead += [_said(each) for each in theirs[step.dest_start : step.dest_end]]
    return tuple(missing), tuple(instead)


def _key(number: PrintedNumber) -> str:
    """What must agree of a number: its value with its sign, what it is compared with, per cent, power, and a dash."""
    relation = number.relation if number.relation in _RELATIONS else ""
    marks = ("–" if number.dash else "") + ("%" if number.percent else "") + number.tail
    return f"{relation}{number.value.normalize():f}{marks}"


def _said(number: PrintedNumber) -> str:
    text = f"{'–' if number.dash else ''}{number.text}{number.tail}{' %' if number.percent else ''}"
    return f"{number.relation} {text}" if number.relation in _RELATIONS else text
