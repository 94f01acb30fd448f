"""Whether a quote stands in a document, and where.

In this order: as it is, but for what a copy or a print changes (`normal`); cells by their rows (`cells`); in pieces,
where it leaves words out ("…"); interrupted by a page's end, a caption or a footnote (`interruptions`); nearly, where
some letters differ (`likeness`). Numbers must agree always: a quote whose figures, signs or comparisons differ is not
found, and the match says which ones do. A sentence put together from parts of others is not found either.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from workbench.sources.cells import ELLIPSIS, ROWS_APART, as_rows, begins_cell, in_lines, parts_of_a_line, same_bars
from workbench.sources.interruptions import has_caption, may_be_passed_over
from workbench.sources.likeness import nearly
from workbench.sources.model import SourceText
from workbench.sources.normal import normal
from workbench.sources.places import Block, QuoteMatch, blocks_of, match_at, whole

LONGEST = 20_000  # characters of a quote
SHORTEST = 3  # letters and figures of one
INTERRUPTION = 1500  # characters that may stand between two parts of a quote
TURNED = 400  # characters of running heads at a page's end
HALF = 15  # characters of each part of a quote that is interrupted, at least
MOST = 5000  # places where it stands as it is
TRIES = 60  # places that are tried of what stands everywhere
_QUOTES = "\"'“”‘’„«» \t\r\n"
_PARTS = "Only parts of it stand there, with other text between them. Mark words that you leave out with “…”."
_LONG = f"The quote has more than {LONGEST:,} characters: too long to be checked. Quote the sentence with the number."


def find_quote(source: SourceText, quote: str, *, page: str = "") -> QuoteMatch:
    """Find a quote. page: the label to prefer where it stands more than once."""
    wanted = quote.strip(_QUOTES)
    if len(wanted) > LONGEST:
        return QuoteMatch(found="no", note=_LONG)
    plain = normal(wanted).text
    if sum(letter.isalnum() for letter in plain) < SHORTEST:
        return QuoteMatch(found="no", note="The quote is too short to be found.")
    blocks = blocks_of(source)
    in_parts: QuoteMatch | None = None
    for way in (_as_it_is, _as_rows, _in_pieces, _as_lines, _interrupted):
        matches = [match for block in blocks for match in way(block, wanted, plain)]
        found = [match for match in matches if match.found != "no"]
        if found:
            return min(found, key=lambda match: (not _said_so(page, match.page), match.found != "yes"))
        in_parts = in_parts or next(iter(matches), None)
    like = nearly(blocks, wanted, plain)
    if in_parts and like.found == "no" and (in_parts.note == ROWS_APART or not (like.missing or like.instead)):
        return in_parts
    return like


def _said_so(said: str, page: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(page)}(?!\w)", said) is not None


def find_all(source: SourceText, words: str, *, most: int = 500) -> tuple[QuoteMatch, ...]:
    """Every place where these words stand, for searching; short ones too, and parts of words and numbers."""
    plain = normal(words.strip()).text
    if not plain:
        return ()
    found: list[QuoteMatch] = []
    for block in blocks_of(source):
        at = block.normal.text.find(plain)
        while at >= 0 and len(found) < most:
            found.append(match_at(block, at, at + len(plain)))
            at = block.normal.text.find(plain, at + len(plain))
    order = {place.label: number for number, place in enumerate(source.places())}
    return tuple(sorted(found, key=lambda match: (order[match.page], match.start)))


# --- the ways ----------------------------------------------------------------------------------------------------


def _as_it_is(block: Block, wanted: str, plain: str) -> Iterator[QuoteMatch]:
    bars = "|" in wanted
    for at in itertools.islice(whole(block, plain), MOST):
        match = match_at(block, at, at + len(plain))
        if (
            not (block.table or bars)
            or (
                begins_cell(block, block.normal.start(at))
                and not (block.table and bars and not same_bars(match.text, wanted))
            )
            or (block.table and not set("|\n") & set(match.text))  # within one cell
        ):
            yield match


def _as_rows(block: Block, wanted: str, _: str) -> Iterator[QuoteMatch]:
    yield from as_rows(block, wanted)


def _as_lines(block: Block, wanted: str, _: str) -> Iterator[QuoteMatch]:
    yield from in_lines(block, wanted)


def _in_pieces(block: Block, wanted: str, _: str) -> Iterator[QuoteMatch]:
    """Words left out, with their ellipsis; of cells see `cells`."""
    if "|" in wanted:
        return
    ways = parts_of_a_line(block, wanted) if block.table else _one_after_another(block, ELLIPSIS.split(wanted))
    for found in ways:
        yield replace(found, note="The quote leaves words out; its parts stand there in this order.")


def _one_after_another(block: Block, parts: Sequence[str]) -> Iterator[QuoteMatch]:
    """The first place where all parts stand in their order, short ones close to those before them."""
    pieces = [plain for part in parts if (plain := normal(part).text)]
    if len(pieces) < 2:
        return
    for number, first in enumerate(whole(block, pieces[0])):
        end = first + len(pieces[0])
        for piece in pieces[1:]:
            after = next(whole(block, piece, end), None)
            if after is None:
                return  # a later beginning finds no more than this one
            if after - end > (2 * INTERRUPTION if len(piece) > 12 else INTERRUPTION // 4):
                break
            end = after + len(piece)
        else:
            yield match_at(block, first, end)
            return
        if number > 200:
            return


def _interrupted(block: Block, _: str, plain: str) -> Iterator[QuoteMatch]:
    """A beginning and an end that stand one after the other, with something else between them.

    Found where that is known to be no running text; else the match says no: only parts stand there.
    """
    text = block.normal.text
    low, high = 0, len(plain)  # the longest beginning that stands somewhere: what is shorter does, too
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if plain[:middle] in text else (low, middle - 1)
    refused: QuoteMatch | None = None
    for length in range(low, max(low - 12, HALF - 1), -1):  # where the interruption begins with the same letters
        rest = plain[length:]
        if len(rest) < HALF or (plain[length - 1].isdigit() and rest[0].isdigit()):
            continue
        for at in itertools.islice(whole(block, plain[:length]), TRIES):
            after = next(whole(block, rest, at + length), None)
            if after is None:
                break  # nor does it stand after a later beginning
            if after - at - length > INTERRUPTION:
                continue
            match = match_at(block, at, after + len(rest))
            passed = _passed_over(block, at + length, after, turned=bool(match.last_page))
            if passed:
                yield replace(match, found="yes" if passed == _TURNED else "nearly", note=passed)
                return
            refused = refused or replace(match, found="no", note=_PARTS)
    if refused:
        yield refused


_TURNED = "It goes on on the next page."
_BETWEEN = "A caption or a note stands in between."


def _passed_over(block: Block, end: int, after: int, *, turned: bool) -> str:
    """What to say of the text between two parts of a quote; "" where it may not be passed over."""
    if block.table:
        return ""
    between = block.text[block.normal.end(end) : block.normal.start(after)].strip(" -‐\u00ad\t")
    if not (between.startswith("\n") and between.endswith("\n")):
        return ""
    lines = between.split("\n")
    if not may_be_passed_over(lines, turned=turned):
        return ""
    return _TURNED if turned and len(between) <= TURNED and not has_caption(lines) else _BETWEEN
