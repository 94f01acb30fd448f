"""Whether a quote stands in a document, and where.

In this order: as it is, but for what a copy or a print changes (`normal`); in pieces, where it leaves words out ("…")
or is interrupted by a page's end, a figure or a note; nearly, where some letters differ. Numbers must agree always: a
quote whose figures, signs or comparisons differ is not found, and the match says which ones do.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections import Counter, OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from workbench.sources.model import Page, SourceText
from workbench.sources.normal import Normal, normal
from workbench.sources.printed_numbers import PrintedNumber, numbers_in

Found = Literal["yes", "no", "nearly"]
LONGEST = 5000  # characters of a quote
SHORTEST = 3  # letters and figures of one
NEARLY = 85.0  # of 100: below, it is another sentence
NEAREST = 60.0  # below, nothing is like it
EDGE, REACH = 400, 20  # characters at a quote's ends that are compared to find them, and how far they may be off
INTERRUPTION = 1500  # characters that may stand between two parts of a quote
PIECE = 6  # characters that two texts have in common where one may be the other
HELD = 24  # documents that are kept ready
_ELLIPSIS = re.compile(r"\s*(?:\[\s*(?:…|\.{3,})\s*\]|\(\s*(?:…|\.{3,})\s*\)|…|\.{3,})\s*")
_BEGINS_NUMBER = re.compile(r"[.·]?[0-9]")
_NUMBER_BEFORE = re.compile(r"(?:(?<![A-Za-z0-9)])-)?(?:[0-9][0-9.,·]*)?$")
_NUMBER_AFTER = re.compile(r"(?:[0-9.,·]*[0-9])?")
_QUOTES = "\"'“”‘’„«» \t\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteMatch:
    """What became of a quote. Places count characters of the text of `page`."""

    found: Found
    page: str = ""  # label of the page or table where it begins; with "no" of the nearest place, if there is any
    start: int = 0
    end: int = 0  # the end of the page's text where it goes on to another page
    last_page: str = ""  # where it ends, if not on `page`
    similarity: float = 0.0  # 0 to 100
    text: str = ""  # as it stands in the document
    missing: tuple[str, ...] = ()  # numbers of the quote that do not stand there
    instead: tuple[str, ...] = ()  # numbers that stand there and not in the quote
    note: str = ""  # for the reviewer

    @property
    def place(self) -> str:
        """What to write down as the place."""
        return f"{self.page} to {self.last_page}" if self.last_page else self.page


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """Text in which a quote may run on: a section, a table, or all pages of a PDF."""

    places: tuple[Page, ...]
    offsets: tuple[int, ...]  # where each place begins in the text
    text: str
    normal: Normal
    rows: tuple[tuple[int, tuple[str, ...]], ...] = ()  # of a table: the line of each, and its cells as compared


class _Ready:
    """The documents that were asked for last, in the form in which they are compared."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks: OrderedDict[int, tuple[SourceText, tuple[_Block, ...]]] = OrderedDict()

    def blocks(self, source: SourceText) -> tuple[_Block, ...]:
        with self._lock:
            held = self._blocks.get(id(source))
            if held is not None:
                self._blocks.move_to_end(id(source))
                return held[1]
        made = tuple(_blocks(source))
        with self._lock:
            self._blocks[id(source)] = (source, made)  # holding the document keeps its id from another one
            while len(self._blocks) > HELD:
                self._blocks.popitem(last=False)
        return made


_ready = _Ready()


def _blocks(source: SourceText) -> Iterator[_Block]:
    for group in [source.pages] if source.flowing else [(page,) for page in source.pages]:
        yield _block(group)
    for table in source.tables:
        cells = {cell.text: normal(cell.text).text for cell in table.cells}
        rows = enumerate((tuple(cells.get(text, "") for text in row) for row in table.grid()), start=1)
        yield replace(_block((Page(label=table.label, text=table.text),)), rows=tuple(rows))


def _block(places: tuple[Page, ...]) -> _Block:
    offsets, at = [], 0
    for place in places:
        offsets.append(at)
        at += len(place.text) + 1
    text = "\n".join(place.text for place in places)
    return _Block(places=places, offsets=tuple(offsets), text=text, normal=normal(text))


def find_quote(source: SourceText, quote: str, *, page: str = "") -> QuoteMatch:
    """Find a quote. page: the label to prefer where it stands more than once."""
    wanted = quote.strip(_QUOTES)[:LONGEST]
    plain = normal(wanted).text
    if sum(letter.isalnum() for letter in plain) < SHORTEST:
        return QuoteMatch(found="no", note="The quote is too short to be found.")
    blocks = _ready.blocks(source)
    for way in (_as_it_is, _as_rows, _in_pieces, _as_cells, _interrupted):
        matches = [match for block in blocks for match in way(block, wanted, plain)]
        if matches:
            return min(matches, key=lambda match: (not _said_so(page, match.page), match.found != "yes"))
    return _nearly(blocks, wanted, plain)


def _said_so(said: str, page: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(page)}(?!\w)", said) is not None


def find_all(source: SourceText, words: str, *, most: int = 500) -> tuple[QuoteMatch, ...]:
    """Every place where these words stand, for searching; short ones too, and parts of words and numbers."""
    plain = normal(words.strip()).text
    if not plain:
        return ()
    found: list[QuoteMatch] = []
    for block in _ready.blocks(source):
        at = block.normal.text.find(plain)
        while at >= 0 and len(found) < most:
            found.append(_match(block, at, at + len(plain)))
            at = block.normal.text.find(plain, at + len(plain))
    order = {place.label: number for number, place in enumerate(source.places())}
    return tuple(sorted(found, key=lambda match: (order[match.page], match.start)))


# --- the ways ----------------------------------------------------------------------------------------------------


def _as_it_is(block: _Block, _: str, plain: str) -> Iterator[QuoteMatch]:
    for at in _whole(block.normal.text, plain):
        yield _match(block, at, at + len(plain))


def _as_rows(block: _Block, wanted: str, _: str) -> Iterator[QuoteMatch]:
    """Cells of a table, a line for each row; cells that were left out are an ellipsis or nothing.

    A cell that covers several rows belongs to each of them, so that a row's name may stand before its numbers.
    """
    if "|" not in wanted or not block.rows:
        return
    places: list[int] = []
    for line in filter(str.strip, wanted.split("\n")):
        cells = [plain for cell in line.split("|") if (plain := normal(_ELLIPSIS.sub("", cell)).text)]
        after = places[-1] if places else 0
        found = next((at for at, row in block.rows if at > after and cells and _is_within(cells, row)), None)
        if found is None:
            return
        places.append(found)
    lines = block.text.split("\n")
    start = sum(len(line) + 1 for line in lines[: places[0]])
    end = sum(len(line) + 1 for line in lines[: places[-1] + 1]) - 1
    yield _raw_match(block, start, end)


def _is_within(cells: Sequence[str], row: Sequence[str]) -> bool:
    rest = iter(row)
    return all(cell in rest for cell in cells)


def _in_pieces(block: _Block, wanted: str, _: str) -> Iterator[QuoteMatch]:
    for found in _one_after_another(block, _ELLIPSIS.split(wanted)):
        yield replace(found, note="The quote leaves words out; its parts stand there in this order.")


def _as_cells(block: _Block, wanted: str, _: str) -> Iterator[QuoteMatch]:
    """Cells of a table in the text of a PDF, where no bars stand between them."""
    if "|" in wanted and len(block.places) > 1:
        for found in _one_after_another(block, re.split(r"[|\n]|…", wanted)):
            yield replace(found, found="nearly", note="Its cells stand there in this order, with other text between.")


def _one_after_another(block: _Block, parts: Sequence[str]) -> Iterator[QuoteMatch]:
    """The first place where all parts stand in their order, short ones close to those before them."""
    text = block.normal.text
    pieces = [plain for part in parts if (plain := normal(part).text)]
    if len(pieces) < 2:
        return
    for number, first in enumerate(_whole(text, pieces[0])):
        end = first + len(pieces[0])
        for piece in pieces[1:]:
            after = next(_whole(text, piece, end), None)
            if after is None:
                return  # a later beginning finds no more than this one
            if after - end > (2 * INTERRUPTION if len(piece) > 12 else INTERRUPTION // 4):
                break
            end = after + len(piece)
        else:
            yield _match(block, first, end)
            return
        if number > 200:
            return


def _interrupted(block: _Block, _: str, plain: str) -> Iterator[QuoteMatch]:
    """A beginning and an end that stand one after the other with something else between them."""
    text = block.normal.text
    low, high = 0, len(plain)  # the longest beginning that stands somewhere: what is shorter does, too
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if plain[:middle] in text else (low, middle - 1)
    for length in range(low, max(low - 12, 14), -1):  # where the interruption begins with the same letters
        rest = plain[length:]
        if len(rest) < 15 or (plain[length - 1].isdigit() and rest[0].isdigit()):
            continue
        for at in _whole(text, plain[:length]):
            after = next(_whole(text, rest, at + length), None)
            if after is not None and after - at - length <= INTERRUPTION:
                if "\n" not in block.text[block.normal.end(at + length) : block.normal.start(after)]:
                    continue  # words that the quote leaves out without saying so
                match = _match(block, at, after + len(rest))
                turned = bool(match.last_page) and after - at - length <= 400
                note = (
                    "It goes on on the next page."
                    if turned
                    else "Something else stands in between, such as a figure or a note."
                )
                yield replace(match, found="yes" if turned else "nearly", note=note)
                return


def _nearly(blocks: Sequence[_Block], wanted: str, plain: str) -> QuoteMatch:
    """The place that is most like the quote and has its numbers; else the nearest one, as not found."""
    candidates = sorted(
        ((hits, block, at) for block in blocks for at, hits in _diagonals(block.normal.text, plain)),
        key=lambda each: -each[0],
    )[: 8 if len(plain) < 1000 else 3]
    numbers = numbers_in(wanted)
    best = QuoteMatch(found="no", note="Nothing in the text is like it.")
    for _, block, at in candidates:
        similarity, start, end = _align(block.normal.text, plain, at)
        if similarity < NEAREST or start >= end:
            continue
        match = replace(_match(block, start, end), similarity=round(similarity, 1))
        missing, instead = _differing(numbers, numbers_in(match.text))
        if missing or instead:
            said = f"The numbers differ. In the quote only: {_listed(missing)}. In the text only: {_listed(instead)}."
            match = replace(match, found="no", missing=missing, instead=instead, note=said)
        elif similarity < NEARLY:
            match = replace(match, found="no", note="The nearest place reads otherwise.")
        else:
            match = replace(match, found="nearly", note="Some letters differ; the numbers agree.")
        if (match.found == "nearly", match.similarity) > (best.found == "nearly", best.similarity):
            best = match
    return best


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(texts) or "none"


# --- places -----------------------------------------------------------------------------------------------------------


def _whole(text: str, plain: str, start: int = 0) -> Iterator[int]:
    """Where `plain` stands and does not begin or end within a number."""
    at = text.find(plain, start)
    while at >= 0:
        if not _cuts_number(text, at, at + len(plain)):
            yield at
        at = text.find(plain, at + 1)


def _cuts_number(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    first, last = text[start], text[end - 1]
    if first.isdigit() or (first in ".·" and text[start + 1 : start + 2].isdigit()):
        if before[-1:].isdigit() or (before[-1:] in (".", ",", "·") and before[:1].isdigit() and len(before) == 2):
            return True
        if before[-1:] == "-" and not before[:1].isalnum() and before[:1] != ")":  # a sign that was left behind
            return True
    return last.isdigit() and (after[:1].isdigit() or (after[:1] in (".", ",", "·") and after[1:2].isdigit()))


def _match(block: _Block, start: int, end: int) -> QuoteMatch:
    """The match of a part of the compared text, as it stands."""
    return _raw_match(block, block.normal.start(start), block.normal.end(end))


def _raw_match(block: _Block, start: int, end: int) -> QuoteMatch:
    first, last = bisect_right(block.offsets, start) - 1, bisect_right(block.offsets, max(start, end - 1)) - 1
    place, offset = block.places[first], block.offsets[first]
    return QuoteMatch(
        found="yes",
        page=place.label,
        start=start - offset,
        end=min(end - offset, len(place.text)),
        last_page=block.places[last].label if last != first else "",
        similarity=100.0,
        text=block.text[start:end],
    )


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
    relation = number.relation if number.relation in ("<", ">", "≤", "≥") else ""
    return f"{relation}{number.value.normalize():f}"


def _said(number: PrintedNumber) -> str:
    return f"{number.relation} {number.text}" if number.relation in ("<", ">", "≤", "≥") else number.text
