"""Text as quotes are compared, and where each of its characters stands in the text as it is.

Left out: case, accents, white space, bars between cells, soft hyphens, and hyphens between letters (so that a word
broken at a line's end is the word). Made one: quotation marks, dashes and minus signs, ligatures, decimal points on
and above the line, "+/-" and "±", figures of other scripts. A space is kept between two numbers only, and between a
number and a sign, where leaving it out would make another number. Figures in circles and the like stay what they are:
"4①" is not 41, and "2½" is "2 1/2".
"""

from __future__ import annotations

import functools
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass

GAP = " "  # between two numbers
WALL = "\n"  # no quote goes beyond it
_SAME = {
    **dict.fromkeys("‘’‚‛′´`ʹʼ", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("−‐‑‒–—―﹣－", "-"),
    **dict.fromkeys("·•∙⋅‧", "·"),
    **dict.fromkeys("×✕✖", "x"),
    **dict.fromkeys("⩽≦", "≤"),
    **dict.fromkeys("⩾≧", "≥"),
    "…": "...",
    "ß": "ss",
    "µ": "μ",
    "\u00ad": "",
    "\u200b": "",
    "\u2060": "",
    "\ufeff": "",
    "¨": "",
    "ˆ": "",
    "˜": "~",
    "∼": "~",
    "ø": "o",
    "ł": "l",
    "ı": "i",
    "٫": ".",
    "٬": ",",
}
_RAISED = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_TOKEN = re.compile(
    r"(?P<word>[A-Za-z]+)"
    r"|(?P<number>[0-9]+)"
    r"|(?P<space>[\s|\u00a0]+)"
    r"|(?P<either>\+\s?/\s?[-−–])"
    r"|(?P<other>.)",
    re.DOTALL,
)
_HYPHENS = frozenset("-‐‑")
_NUMERIC = frozenset("0123456789.,·")
FRACTIONS = frozenset("¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞⅟↉")


@dataclass(frozen=True, slots=True, kw_only=True)
class Normal:
    """A text in the form in which it is compared. starts[i] of it stands at places[i] of the text, and so on."""

    text: str
    starts: tuple[int, ...]
    places: tuple[int, ...]
    lengths: tuple[int, ...]  # of the piece of the text as it is

    def start(self, at: int) -> int:
        """Where the character at this place stands in the text as it is."""
        piece = bisect_right(self.starts, at) - 1
        return self.places[piece] + min(at - self.starts[piece], max(self.lengths[piece] - 1, 0))

    def within(self, at: int) -> bool:
        """Whether the place lies within what is one character as it is, such as ½."""
        piece = bisect_right(self.starts, at) - 1
        return piece >= 0 and self.starts[piece] != at and at < len(self.text) and self.lengths[piece] == 1

    def end(self, at: int) -> int:
        """Where, in the text as it is, the part that ends before this place (not the first) ends."""
        piece = bisect_right(self.starts, at - 1) - 1
        following = self.starts[piece + 1] if piece + 1 < len(self.starts) else len(self.text)
        if at == following:
            return self.places[piece] + self.lengths[piece]
        return min(self.places[piece] + (at - self.starts[piece]), self.places[piece] + self.lengths[piece])


@functools.lru_cache(maxsize=4096)
def _plain(letter: str) -> str:
    if letter in _SAME:
        return _SAME[letter]
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    parts = unicodedata.normalize("NFKD", letter).lower()
    if any(part.isdigit() for part in parts) and unicodedata.category(letter) == "No" and not _is_script(letter):
        return f"{GAP}{parts.replace('⁄', '/')}" if "⁄" in parts else letter
    kept = "".join(part for part in parts if not unicodedata.combining(part) and not part.isspace())
    return "".join(_SAME.get(part, part) for part in kept).replace("⁄", "/")


def _is_script(letter: str) -> bool:
    """A raised or lowered figure."""
    return unicodedata.decomposition(letter).startswith(("<super>", "<sub>"))


def normal(text: str) -> Normal:
    """The text as it is compared; takes time in proportion to it."""
    pieces: list[str] = []
    starts: list[int] = []
    places: list[int] = []
    lengths: list[int] = []
    length = 0
    last = ""  # the last character that was kept
    hyphen = False  # a hyphen after a letter waits: kept unless a letter follows
    space = False

    def put(piece: str, place: int, covered: int) -> None:
        nonlocal length, last
        if piece:
            pieces.append(piece)
            starts.append(length)
            places.append(place)
            lengths.append(covered)
            length += len(piece)
            last = piece[-1]

    hyphen_at = space_at = 0
    for found in _TOKEN.finditer(text):
        kind, piece, place = found.lastgroup, found.group(), found.start()
        if kind == "space":
            if not space:
                space, space_at = True, place
            continue
        if kind == "either":
            plain = "±"
        elif kind == "other":
            if piece in _HYPHENS and last.isalpha() and not space and not hyphen:
                hyphen, hyphen_at = True, place
                continue
            if piece in _RAISED:
                power = last.isdigit() and not space and text[place - 1] not in _RAISED
                plain = ("^" if power else "") + _plain(piece)
            elif piece in FRACTIONS and not (last.isdigit() or last == GAP):
                plain = _plain(piece).removeprefix(GAP)
            elif piece == "·":
                plain = "." if last.isdigit() and text[place + 1 : place + 2].isdigit() else "·"
            else:
                plain = _plain(piece)
            if not plain:
                continue
        else:
            plain = piece.lower()
        if hyphen:
            hyphen = False
            if not plain[0].isalpha():
                put("-", hyphen_at, 1)
        if space:
            space = False
            sign = plain == "-" and text[place + 1 : place + 2] in _NUMERIC and text[place + 1 : place + 2]
            if last in _NUMERIC and (plain[0] in _NUMERIC or sign):
                put(GAP, space_at, place - space_at)
        put(plain, place, len(piece))
    if hyphen:
        put("-", hyphen_at, 1)
    return Normal(text="".join(pieces), starts=tuple(starts), places=tuple(places), lengths=tuple(lengths))
