"""What may stand between two parts of one sentence: a page's end with its running heads, a caption, a footnote.

Two halves of different sentences must not become one that nobody wrote. So only whole lines may be passed over, and
each of them must be known for what it is; running text never is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

CAPTION_LINES = 6
FULL_LINE = 45  # characters
_NUMBERED = r"(?:S?\d{1,3}[A-Za-z]?|[IVX]{1,5})"
_CAPTION = re.compile(
    r"(?:supplementary\s+|online\s+)?(?:figure|fig\.?|table|tab\.|box|scheme|panel)\s*"
    + _NUMBERED
    + r"\s*(?:$|[.:|—–]|(?-i:[A-Z]))",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(r"(?:[*†‡§¶#‖]+|[¹²³⁴-⁹]+)\s*\S|(?:abbreviations?|notes?|source|legend)\s*:", re.IGNORECASE)
_PAGE_NUMBER = re.compile(r"(?:page\s*)?(?:e|S)?\d{1,6}(?:\s*(?:of|/|\|)\s*\d{1,5})?", re.IGNORECASE)
_IMPRINT = re.compile(
    r"\bet al\b\.?|https?://|www\.|\bdoi\b|©|\(c\)|\bcopyright\b|\ball rights reserved\b|\blicen[cs]ed? under\b"
    r"|\bdownloaded (?:from|by)\b|\bISSN\b|\bVol(?:ume)?\.?\s*\d|\d\s*\(\d{4}\)\s*\d|\b\d{4}[;:]\s*\d|\|",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_SMALL = frozenset(["of", "and", "the", "in", "for", "on", "de", "et", "la", "al"])
_FINITE = re.compile(
    r"\b(?:was|were|is|are|had|has|have|did|does|do|been|be|fell|rose|shows?|showed|shown|decreased|increased|improved|"
    r"received|reported|remained|stayed|changed|differed|we|they|not)\b",
    re.IGNORECASE,
)


def may_be_passed_over(lines: Sequence[str], *, turned: bool) -> bool:
    """Whether these lines, all between two parts of a sentence, are no running text. turned: a page ends among them."""
    place, captions = 0, 0
    while place < len(lines):
        line = lines[place].strip()
        if not line or (turned and _is_running_head(line)):
            place += 1
        elif _CAPTION.match(line) or _FOOTNOTE.match(line):
            captions += 1
            last = _caption_end(lines, place)
            if last is None:
                return False
            place = last
        else:
            return False
    return turned or captions > 0


def has_caption(lines: Sequence[str]) -> bool:
    """Whether there is a caption or a footnote among the lines."""
    return any(_CAPTION.match(line.strip()) or _FOOTNOTE.match(line.strip()) for line in lines)


def _caption_end(lines: Sequence[str], start: int) -> int | None:
    """The line after a caption or footnote: it ends with its last full stop, or where nothing else follows."""
    for place in range(start, min(len(lines), start + CAPTION_LINES)):
        line = lines[place].strip()
        if place > start and (not line or not _runs_on(lines[place - 1].strip())):
            return place
        if line.endswith((".", ")", "!", "?")) and len(line) > 12:
            return place + 1
    return len(lines) if len(lines) <= start + CAPTION_LINES else None


def _runs_on(line: str) -> bool:
    """Whether a caption goes on in the next line: after its bare label, or a line that is full."""
    return len(line) <= 12 or len(line) >= FULL_LINE


def _is_running_head(line: str) -> bool:
    """A page's number, a journal's or the authors' line at the top or the foot of a page."""
    if _PAGE_NUMBER.fullmatch(line):
        return True
    if len(line) > 120 or _FINITE.search(line):
        return False
    if _IMPRINT.search(line):
        return True
    words = re.findall(r"[^\W\d_]+", line)
    titled = all(word[:1].isupper() or word.lower() in _SMALL for word in words)
    return titled and len(words) <= 8 and (_YEAR.search(line) is not None or line.isupper())
