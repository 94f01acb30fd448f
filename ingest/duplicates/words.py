"""Titles, names and journals as plain lower-case words, so that spelling and typesetting do not hide what they say."""

from __future__ import annotations

import html
import re
import unicodedata

_NOT_WORD = re.compile(r"[\W_]+")
_TRANSLATE = {
    ord("ß"): "ss",
    ord("ø"): "o",
    ord("Ø"): "o",
    ord("ł"): "l",
    ord("Ł"): "l",
    ord("æ"): "ae",
    ord("œ"): "oe",
}
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "κ": "kappa", "λ": "lambda", "μ": "mu",
    "π": "pi", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "ζ": "zeta", "η": "eta",
}  # fmt: skip
_GREEK_LETTERS = str.maketrans(_GREEK)


def words(text: str) -> str:
    """Lower case, accents off, letters and digits only, one blank between words."""
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_TRANSLATE)
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = text.casefold().translate(_GREEK_LETTERS)
    return _NOT_WORD.sub(" ", text).strip()


_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_ROMAN_AFTER = re.compile(r"\b(part|phase|type|stage|grade|class|study|trial|experiment|chapter|volume) (i|v|x)\b")
_WORD_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "twelve": "12",
}  # fmt: skip
DIGITS = re.compile(r"\d+")


def with_digits(title: str) -> str:
    """Roman and written-out numbers as digits, so that "Part II" is "part 2"."""
    title = _ROMAN_AFTER.sub(lambda found: f"{found[1]} {({'i': '1', 'v': '5', 'x': '10'})[found[2]]}", title)
    return " ".join(_ROMAN.get(word, _WORD_NUMBERS.get(word, word)) for word in title.split())
