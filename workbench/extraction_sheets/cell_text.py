"""What stands in a cell, made into text, numbers and the parts that a mapping asks for."""

from __future__ import annotations

import math
import re
from typing import Final

MOST_CHARACTERS = 20_000  # of one cell that are kept; a spreadsheet program allows 32,767

MISSING: Final = ("", "na", "n/a", "n.a.", "nan", "null", "none", ".", "-", "–", "—", "?", "#n/a")
"""Texts that stand for an empty cell, in lower case."""
NOT_REPORTED_WORDS: Final = ("nr", "n.r.", "not reported", "not stated", "not given", "ns/nr", "unreported")
"""Texts that say: looked for, and the report does not tell."""
ERRORS: Final = ("#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!", "#spill!", "#calc!")
"""What a spreadsheet program shows where a formula failed."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACES = re.compile(r"[\s\u00a0\u2007\u202f]+")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b[a-z]?\??")
_SIGNS = str.maketrans({"−": "-", "–": "-", "﹣": "-", "·": ".", "’": "'"})


def kept_text(text: str) -> str:
    """The text without control characters, at most MOST_CHARACTERS long."""
    return _CONTROL.sub("\ufffd", text[:MOST_CHARACTERS])


def squeezed(text: str) -> str:
    """On one line, single spaces, none at the ends."""
    return _SPACES.sub(" ", text).strip()


def folded(text: str) -> str:
    """What two spellings of one value have in common: case and spacing apart."""
    return squeezed(text).casefold()


def number_text(value: float) -> str:
    """A number as short as it can be written without changing it: 7.2, 20, 0.1."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def is_missing(text: str, more: tuple[str, ...] = ()) -> bool:
    """Whether the text stands for an empty cell. more: further such texts of this sheet."""
    plain = folded(text)
    return plain in MISSING or plain in {folded(item) for item in more}


def is_not_reported_text(text: str) -> bool:
    """Whether the text says that the report does not tell."""
    return folded(text) in NOT_REPORTED_WORDS


def as_number(text: str) -> float | None:
    """The number that a text is: 7.2, "7,2", "1,200", "−3", "n = 20", "45 %"; None for anything else.

    One comma with three digits after it and nothing but digits around ("1,200") is taken as a thousands separator,
    any other single comma as a decimal comma; with a comma after points ("1.234,5") the points part thousands.
    """
    plain = squeezed(text).translate(_SIGNS).strip("'")
    plain = re.sub(r"^[nN]\s*=\s*", "", plain)
    plain = re.sub(r"\s*%$", "", plain)
    plain = re.sub(r"(?<=\d) (?=\d{3}\b)", "", plain)
    if re.fullmatch(r"[-+]?\d{1,3}(?:\.\d{3})+,\d+", plain):
        plain = plain.replace(".", "").replace(",", ".")
    elif _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    elif plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        return None
    value = float(plain)
    return value if math.isfinite(value) else None


def thousands_or_decimals(text: str) -> bool:
    """Whether a number's only mark is a comma before three digits: "1,234" is 1234 or 1.234."""
    return bool(re.fullmatch(r"[-+]?\d{1,3},\d{3}", squeezed(text).translate(_SIGNS)))


def has_decimal_comma(text: str) -> bool:
    """Whether a number in this text was read with a comma as the decimal mark."""
    plain = squeezed(text)
    return (
        plain.count(",") == 1 and "." not in plain and not _THOUSANDS.fullmatch(plain) and as_number(text) is not None
    )


def has_decimal_point(text: str) -> bool:
    """Whether this text is a number with a point as its decimal mark, and no mark between thousands."""
    return "." in text and "," not in text and as_number(text) is not None


def has_both_marks(text: str) -> bool:
    """Whether this text is a number that shows which mark is which: "1,234.5"."""
    return bool(re.fullmatch(r"[-+]?\d{1,3}(?:,\d{3})+\.\d+", squeezed(text).translate(_SIGNS)))


# --------------------------------------------------------------------------------------------------------------- parts


def _numbers(text: str) -> list[str]:
    plain = squeezed(text).translate(_SIGNS)
    if "," in plain and "." not in plain:
        plain = re.sub(r"(?<=\d),(?=\d)", ".", plain)
    return re.findall(r"(?<![\d.])(?:(?<![\d)\]%])-)?\d+(?:\.\d+)?(?:[eE][-+]?\d{1,3})?", plain)


def _nth_number(place: int, text: str) -> str:
    found = _numbers(text)
    return found[place] if place < len(found) else ""


def _author_and_year(text: str) -> str:
    year = _YEAR.search(text)
    if year is None:
        return squeezed(text)
    author = squeezed(text[: year.start()]).rstrip("([,; ")
    return squeezed(f"{author} {year[0].rstrip('?')}")


def _after_year(text: str) -> str:
    year = _YEAR.search(text)
    return "" if year is None else squeezed(text[year.end() :]).lstrip(")],;:. ").strip()


def _year(text: str) -> str:
    year = _YEAR.search(text)
    return "" if year is None else year[0][:4]


def _in_square_brackets(text: str) -> str:
    found = re.findall(r"\[([^\[\]]*)\]", text)
    return squeezed(found[-1]) if found else ""


def _in_brackets(text: str) -> str:
    found = re.findall(r"\(([^()]*)\)", text)
    return squeezed(found[-1]) if found else ""


def _before_brackets(text: str) -> str:
    return squeezed(re.split(r"[\[(]", text, maxsplit=1)[0])


def _days(text: str) -> str:
    """Days after the last session, where the words leave no doubt: "end of treatment", "15 days after treatment"."""
    plain = folded(text)
    if re.fullmatch(r"(at )?(the )?(end of( the)? treatment|post[- ]?treatment|after (the )?last session)", plain):
        return "0"
    told = re.fullmatch(
        r"(\d+) ?(day|week|month)s? (?:after|post)[- ]?(?:the )?(?:end of (?:the )?)?"
        r"(?:treatment|last session|stimulation|therapy)",
        plain,
    )
    if told is None:
        return ""
    length = {"day": 1.0, "week": 7.0, "month": 30.4375}[told[2]]
    return number_text(int(told[1]) * length)


def _hertz(text: str) -> str:
    """The one frequency that the words name: 10 of "rTMS M1 10 Hz"; "" for none or for several."""
    found = set(re.findall(r"(?<![\d.,])(\d+(?:[.,]\d+)?) ?hz\b", folded(text)))
    return found.pop().replace(",", ".") if len(found) == 1 else ""


PARTS = {
    "": ("the whole cell", squeezed),
    "author and year": ("author and year: “Wang 2023” of “Wang (2023) rTMS M1”", _author_and_year),
    "after the year": ("what follows the year: “rTMS M1” of “Wang (2023) rTMS M1”", _after_year),
    "year": ("the year", _year),
    "before brackets": ("what stands before the first bracket", _before_brackets),
    "in round brackets": ("what stands in the last ( )", _in_brackets),
    "in square brackets": ("what stands in the last [ ]", _in_square_brackets),
    "first number": ("the first number: 7.2 of “7.2 ± 0.8”", lambda text: _nth_number(0, text)),
    "second number": ("the second number: 0.8 of “7.2 ± 0.8”", lambda text: _nth_number(1, text)),
    "third number": ("the third number", lambda text: _nth_number(2, text)),
    "frequency": ("the frequency in Hz, where one is named: 10 of “rTMS M1 10 Hz”", _hertz),
    "days after treatment": ("days, where the words are clear: 0 of “end of treatment”", _days),
}
"""Parts of a cell that a mapping can ask for: name -> (words for the page, what takes it)."""


def part_of(text: str, part: str) -> str:
    """The asked part of a cell's text; "" where the cell has no such part."""
    return PARTS[part][1](text)
