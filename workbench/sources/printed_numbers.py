"""The numbers of a quote as they are printed, and whether an answer stands among them.

Read: decimal points on and above the line (Lancet), decimal commas, commas and thin spaces between thousands, true
minus signs and en dashes as such, also after letters ("SMD−0.5"), ".001", percent, "p < .05", "n = 27", "4.5 ± 1.2",
"(1.2)", figures of other scripts. Figures that belong to a name (M1, SF-36, T10) are numbers too, but no answer is
found in them. A power, a fraction or a mark that stands right after a number ("10⁻⁵", "2½") is kept beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation

_NUMBER = re.compile(
    r"(?<![0-9])(?:"
    r"(?P<grouped>[0-9]{1,3}(?:[,\u2009\u202f][0-9]{3})+(?![0-9])(?:[.·][0-9]+)?)"
    r"|(?P<comma>(?<![0-9],)[0-9]+,[0-9]+(?![0-9]|,[0-9]|\.[0-9]))"
    r"|(?P<plain>[0-9]+(?:[.·][0-9]+)?|[.·][0-9]+)"
    r")(?:[eE](?P<power>[-−+]?[0-9]{1,2})(?![0-9A-Za-z]))?"
)
_SIGN = re.compile(r"(?:^|[\s(\[{=<>≤≥±~≈,;:/|])[-−–‒﹣－]$")
_SIGN_OF_NAME = re.compile(r"[^\W\d_][-−–‒﹣－]$")  # "SMD−0.5", but also "SF-36"
_DASH = re.compile(r"[-−–‒—﹣－]\s?$")
_RELATION = re.compile(r"(\+\s?/\s?[-−–]|<=|>=|[<>=≤≥±~≈⩽⩾])\s*(?:[-−–+]\s?)?$")
_EITHER = re.compile(r"\+\s?/\s?[-−–]$")
_TAIL = re.compile(r"[⁺⁻]?[⁰¹²³⁴-⁹]+|\s?[¼-¾⅐-⅟↉]|[①-⓿❶-➓⒈-⒛]")
_PERCENT = re.compile(r"\s*(?:[%٪％]|per\s?cent\b)", re.IGNORECASE)
_NAMED = re.compile(r"([A-Za-zα-ωΑ-Ω²]{1,12})\s*(?:<=|>=|[<>=≤≥≈⩽⩾:])\s*(?:[-−–+]\s?)?$")
_NAME_BEFORE = re.compile(r"[A-Za-zα-ω][-‐‑–]?$")
_POINTS = {"٫": ".", "．": ".", "٬": ",", "，": ","}
_OF = re.compile(r"(?P<part>[0-9]+)\s*(?:/|of(?:\s+the)?|out\s+of(?:\s+the)?)\s*(?P<whole>[0-9]+)", re.IGNORECASE)
_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_WORDS = {
    **{word: number for number, word in enumerate(_UNITS)},
    **{word: 10 * number for number, word in enumerate(_TENS, start=2)},
    **{
        f"{ten}-{unit}": 10 * number + digit
        for number, ten in enumerate(_TENS, start=2)
        for digit, unit in enumerate(_UNITS[1:10], start=1)
    },
    "hundred": 100,
}
NUMBER_WORDS = frozenset(part for word in _WORDS for part in word.split("-"))
_WORD = re.compile(rf"\b(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedNumber:
    """A number as it stands in a text."""

    text: str  # with its sign
    start: int
    end: int
    value: Decimal  # as it is most likely meant
    other: Decimal | None = None  # the second way to read it: "1,234" may be 1.234
    relation: str = ""  # what stands before it: < > = ≤ ≥ ± ~
    name: str = ""  # "n" of "n = 27"
    percent: bool = False
    attached: bool = False  # part of a name, as in M1
    dash: bool = False  # a dash that is no sign stands before it, as in 10–20
    tail: str = ""  # what stands raised or as a fraction right after it: "⁻⁵", "½"

    @property
    def values(self) -> tuple[Decimal, ...]:
        """Every way to read it."""
        return (self.value,) if self.other is None else (self.value, self.other)


def numbers_in(text: str) -> tuple[PrintedNumber, ...]:
    """All numbers of a text in their order; numbers in words are left out."""
    return tuple(_numbers(text))


def signed(before: str, *, figures: str) -> bool:
    """Whether what stands before these figures ends with their sign.

    After a letter, a true minus sign is one, and any dash before decimals; else the dash belongs to a name (SF-36).
    """
    if _EITHER.search(before):
        return False
    if _SIGN.search(before):
        return True
    return bool(_SIGN_OF_NAME.search(before)) and (before.endswith("−") or any(each in figures for each in ".·,"))


def plain_figures(text: str) -> str:
    """The text with figures and decimal points of other scripts as ours, each at its place."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else _POINTS.get(each, each) for each in text)


def _numbers(printed: str) -> Iterator[PrintedNumber]:
    text = plain_figures(printed)
    for found in _NUMBER.finditer(text):
        digits = found.group("grouped") or found.group("comma") or found.group("plain")
        other = None
        if found.group("grouped"):
            value = _decimal(re.sub(r"[,\u2009\u202f]", "", digits))
            if digits.count(",") == 1 and not re.search(r"[.·\u2009\u202f]", digits):
                other = _decimal(digits.replace(",", "."))
        else:
            value = _decimal(digits.replace(",", "."))
        if power := found.group("power"):
            value = value.scaleb(int(power.replace("−", "-")))
        start = found.start()
        before = text[max(0, start - 40) : start]
        negative = signed(before, figures=digits)
        attached = bool(_NAME_BEFORE.search(before)) and not negative
        if negative:
            start -= 1
            value, other = -value, None if other is None else -other
        relation = _RELATION.search(before)
        name = _NAMED.search(before)
        tail = _TAIL.match(text, found.end())
        yield PrintedNumber(
            text=printed[start : found.end()],
            start=start,
            end=found.end(),
            value=value,
            other=other,
            relation=_one_relation(relation.group(1)) if relation else "",
            name=name.group(1) if name else "",
            percent=_PERCENT.match(text, found.end()) is not None,
            attached=attached,
            dash=not negative and not _EITHER.search(before.rstrip()) and _DASH.search(before) is not None,
            tail=tail.group().strip() if tail else "",
        )


def _one_relation(sign: str) -> str:
    return {"<=": "≤", ">=": "≥", "⩽": "≤", "⩾": "≥", "≈": "~"}.get(sign, "±" if sign.startswith("+") else sign)


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits.replace("·", "."))
    except InvalidOperation:  # pragma: no cover - the pattern gives figures only
        return Decimal(0)


def supports(quote: str, value: float, *, n: int | None = None) -> bool:
    """Whether an answer stands in its quote. n: of the group that percentages are of, where the form knows it.

    Also true where the answer is a printed number rounded, its size without the sign (words may tell the direction), a
    number in words, a share of a percentage ("45 %" for 0.45), a percentage of a number of people ("45 %" of n = 20 for
    9) or the percentage of "9 of 20" or "9/20". False says "derived", not "wrong".
    """
    try:
        wanted = abs(Decimal(repr(float(value))))
    except (InvalidOperation, ValueError):
        return False
    if not wanted.is_finite():
        return False
    numbers = [number for number in _numbers(quote) if not number.attached]
    for number in numbers:
        if any(_agrees(wanted, abs(printed)) for printed in number.values):
            return True
        if number.percent and _agrees(wanted, abs(number.value) / 100):
            return True
    if any(wanted == _WORDS[found.group().lower()] for found in _WORD.finditer(quote)):
        return True
    return _is_share(wanted, quote, numbers, n)


def _agrees(wanted: Decimal, printed: Decimal) -> bool:
    """The same, or the printed number rounded to what was typed, at least two figures of it."""
    if wanted == printed:
        return True
    exponent = wanted.normalize().as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    digits = len(wanted.normalize().as_tuple().digits) if places else len(str(int(wanted)))
    if digits < 2 or not wanted:
        return False
    unit = Decimal(1).scaleb(-places)
    try:
        return any(printed.quantize(unit, rounding=way) == wanted for way in (ROUND_HALF_UP, ROUND_HALF_EVEN))
    except InvalidOperation:
        return False


def _is_share(wanted: Decimal, quote: str, numbers: list[PrintedNumber], n: int | None) -> bool:
    groups = {number.value for number in numbers if not number.percent and number.value == int(number.value)}
    if n is not None:
        groups.add(Decimal(n))
    groups = {group for group in groups if 2 <= group <= 1_000_000}
    if wanted == int(wanted):
        for number in numbers:
            if number.percent and 0 <= number.value <= 100:
                # The count that the percentage was made of: it gives the percentage again, as it is rounded.
                places = Decimal(1).scaleb(min(0, int(number.value.as_tuple().exponent)))
                for group in groups:
                    if wanted <= group and abs(100 * wanted / group - number.value) <= places / 2:
                        return True
    for found in _OF.finditer(quote):
        part, whole = Decimal(found["part"]), Decimal(found["whole"])
        if whole and part <= whole:
            share = part / whole
            if _agrees(wanted, 100 * share) or _agrees(wanted, share):
                return True
    return False
