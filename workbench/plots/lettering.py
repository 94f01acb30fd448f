"""How long a text is, and how to fold it: measured with the metrics of the font that is drawn.

The font is DejaVu Sans, which matplotlib brings along; its tables are read with fontTools (a dependency of matplotlib)
so that laying out a figure does not import matplotlib. Lengths are in mm when the size is.
"""

from __future__ import annotations

import importlib.util
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .drawing import Anchor, Box, PlotError, Text, Weight

FAMILY = "DejaVu Sans"
MM_PER_POINT = 25.4 / 72
ASCENT = 0.928  # of the em: hhea.ascent and hhea.descent of DejaVu Sans 2.37, 1901 and 483 of 2048
DESCENT = 0.236
CAP_HEIGHT = 0.729  # height of capitals and digits, for centring a line on a mark
LINE_PITCH = 1.22  # baseline to baseline, in ems; more than ASCENT + DESCENT so that lines never touch

FIGURE_SPACE, THIN_SPACE, HAIR_SPACE = "\u2007", "\u2009", "\u200a"
_JOINERS = "\u200c\u200d"  # change the shape of Persian and Indic words, so they stay
# Not a place to fold: around the sign of "I² = 92%", and before a symbol that ends a study's name.
_FOLD = re.compile(r"(?<![=<>≤≥±≈]) (?![=<>≤≥±≈†‡↔◊])")
_BREAK_AFTER = re.compile(r"(?<=[-/–—])")


@dataclass(frozen=True, slots=True)
class _Face:
    """Advance widths of one font file by code point, in font units."""

    path: Path
    advances: dict[int, int]
    units: int


def font_file(weight: Weight) -> Path:
    """The TrueType file of one weight, where matplotlib keeps it (found without importing matplotlib)."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or not spec.submodule_search_locations:
        raise PlotError("figures need matplotlib, which brings their font: install the package's dependencies")
    name = "DejaVuSans-Bold.ttf" if weight == "bold" else "DejaVuSans.ttf"
    return Path(spec.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf" / name


@lru_cache(maxsize=2)
def _face(weight: Weight) -> _Face:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    path = font_file(weight)
    with TTFont(path, lazy=True) as font:
        metrics = font["hmtx"].metrics
        advances = {code: int(metrics[name][0]) for code, name in font.getBestCmap().items()}
        return _Face(path, advances, int(font["head"].unitsPerEm))


def drawable(text: str, weight: Weight = "normal") -> bool:
    """Whether the font has a glyph for every character."""
    return all(ord(character) in _face(weight).advances for character in text)


def with_glyphs(text: str, weight: Weight = "normal") -> str:
    """The text with a white square for each character the font does not have (files that embed this font only)."""
    advances = _face(weight).advances
    return "".join(
        character if ord(character) in advances else "" if _zero_width(character) else "\u25a1" for character in text
    )


def _zero_width(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Me", "Cf")


@lru_cache(maxsize=16384)
def _ems(text: str, weight: Weight) -> float:
    face = _face(weight)
    total = 0
    for character in text:
        advance = face.advances.get(ord(character))
        if advance is None:
            # Another font will draw it: ideographs fill the em, and few letters are wider than it.
            advance = 0 if _zero_width(character) else face.units
        total += advance
    return total / face.units


def text_width(text: str, size: float, weight: Weight = "normal") -> float:
    """The length of one line, in the unit of size (the em). Kerning is left out: it can only shorten the line."""
    return _ems(text, weight) * size


def clean(text: str) -> str:
    """One line of lettering that is safe to draw: no control, override or unpaired surrogate characters.

    Letters are composed (NFC) and runs of white space become one space. What cannot stand in a document becomes
    U+FFFD, so that its loss is seen.
    """
    kept = []
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if category == "Cc" or category in ("Zl", "Zp"):
            kept.append(" ")
        elif category == "Cs" or ord(character) & 0xFFFE == 0xFFFE:
            kept.append("\ufffd")
        elif category != "Cf" or character in _JOINERS:
            kept.append(character)
    return " ".join("".join(kept).split())


def wrap(text: str, width: float, size: float, weight: Weight = "normal") -> tuple[str, ...]:
    """Fold into lines no longer than width (mm); at least one line, possibly empty.

    Folds at spaces (but not around an equals sign), then after hyphens and slashes, and inside a word only when the
    word alone is too long.
    """
    lines: list[str] = []
    line = ""
    for word in _FOLD.split(text):
        for position, piece in enumerate(_pieces(word, width, size, weight)):
            longer = line + ("" if position or not line else " ") + piece
            if line and text_width(longer, size, weight) > width:
                lines.append(line)
                line = piece
            else:
                line = longer
    return (*lines, line)


def wrap_evenly(text: str, width: float, size: float, weight: Weight = "normal") -> tuple[str, ...]:
    """Fold as `wrap` does into as few lines, but of about the same length: no single word is left over."""
    lines = wrap(text, width, size, weight)
    if len(lines) == 1:
        return lines
    words = [text_width(word, size, weight) for word in _FOLD.split(text)]
    if max(words) > width:
        return lines
    narrow, wide = max(text_width(text, size, weight) / len(lines), max(words)), width
    if len(wrap(text, narrow, size, weight)) == len(lines):
        return wrap(text, narrow, size, weight)
    while wide - narrow > 0.1 * size:
        middle = (narrow + wide) / 2
        if len(wrap(text, middle, size, weight)) > len(lines):
            narrow = middle
        else:
            wide = middle
    return wrap(text, wide, size, weight)


def _pieces(word: str, width: float, size: float, weight: Weight) -> list[str]:
    """A word as it may be broken: whole if it fits, else after hyphens, else between characters."""
    if text_width(word, size, weight) <= width:
        return [word]
    pieces: list[str] = []
    for part in filter(None, _BREAK_AFTER.split(word)):
        if text_width(part, size, weight) <= width:
            pieces.append(part)
            continue
        piece = ""
        for character in part:
            if piece and not _zero_width(character) and text_width(piece + character, size, weight) > width:
                pieces.append(piece)
                piece = ""
            piece += character
        pieces.append(piece)
    return pieces or [word]


def padding(width: float, size: float, weight: Weight = "normal") -> str:
    """Spaces (figure, thin, hair) that together are as near to width as they get; used to align numbers.

    In this font a figure and a thin space are as wide as a minus sign to within 0.2 % of the em.
    """
    spaces = []
    for space in (FIGURE_SPACE, THIN_SPACE, HAIR_SPACE):
        step = text_width(space, size, weight)
        count = int((width + 0.1 * text_width(HAIR_SPACE, size, weight)) // step)
        spaces.append(space * count)
        width -= count * step
    return "".join(spaces)


def place(
    text: str,
    x: float,
    y: float,
    *,
    size: float,
    role: str,
    colour: str,
    anchor: Anchor = "start",
    weight: Weight = "normal",
    turned: bool = False,
) -> Text:
    """A line of lettering with its measured box; y is the baseline (x is, where the line is turned)."""
    width = text_width(text, size, weight)
    before = {"start": 0.0, "middle": width / 2, "end": width}[anchor]
    if turned:
        box = Box(x - ASCENT * size, y + before - width, x + DESCENT * size, y + before)
    else:
        box = Box(x - before, y - ASCENT * size, x - before + width, y + DESCENT * size)
    return Text(
        text=text, x=x, y=y, anchor=anchor, size=size, weight=weight, colour=colour, role=role, box=box, turned=turned
    )
