"""The encoding of text that is neither Unicode nor says what it is: a guess, from how words look under each candidate.

Two kinds of text are told apart first. Where characters outside ASCII come one by one between ASCII letters, the text
is in Latin letters: Windows-1252 unless that puts signs in the middle of words where another code page has letters.
Where they come in long runs (Chinese, Japanese, Korean, Cyrillic, Greek, Hebrew, Arabic), charset-normalizer compares
the code pages in `_OTHER_SCRIPTS`. It is not asked about Latin letters: measured on single sentences it took French for
a Macintosh code page and German for Big5, while it told every one of the other scripts right.
"""

from __future__ import annotations

import re
import unicodedata

from charset_normalizer import from_bytes

ENOUGH = 20_000  # bytes of text that decide
_LATIN = ("cp1252", "cp1254", "cp1250", "iso8859_2", "mac_roman", "cp850")  # the first unless another is clearly better
_OTHER_SCRIPTS = [
    *("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949"),
    *("cp1251", "koi8_r", "iso8859_5", "cp866", "cp1253", "cp1255", "cp1256"),
]
NAMES = {
    "cp1252": "Windows-1252 (Western European)",
    "cp1250": "Windows-1250 (Central European)",
    "iso8859_2": "ISO 8859-2 (Central European)",
    "cp1254": "Windows-1254 (Turkish)",
    "mac_roman": "Macintosh (Western European)",
    "cp850": "DOS 850 (Western European)",
    "gb18030": "GB 18030 (Chinese)",
    "big5hkscs": "Big5 (Chinese)",
    "cp932": "Shift JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "iso2022_jp": "ISO-2022-JP (Japanese)",
    "cp949": "EUC-KR (Korean)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "koi8_r": "KOI8-R (Cyrillic)",
    "iso8859_5": "ISO 8859-5 (Cyrillic)",
    "cp866": "DOS 866 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32",
}
_RUN = re.compile(rb"[\x80-\xff]+")


def guess_encoding(sample: bytes) -> str:
    """The most likely encoding of `sample`, which is not UTF-8; a key of `NAMES`.

    sample: lines that hold bytes above 127, at most ENOUGH of them are looked at. Never fails: Windows-1252 if nothing
    else is likely.
    """
    if len(sample) > ENOUGH:
        sample = sample[: sample.rfind(b"\n", 0, ENOUGH) + 1] or sample[:ENOUGH]  # not in the middle of a character
    runs = [len(run) for run in _RUN.findall(sample)]
    in_long_runs = sum(length for length in runs if length > 2)
    if in_long_runs * 2 > sum(runs):
        best = from_bytes(sample, cp_isolation=_OTHER_SCRIPTS).best()
        if best is not None and best.encoding in _OTHER_SCRIPTS:
            return str(best.encoding)
    oddities = {codec: _oddity(sample, codec) for codec in _LATIN}
    best_latin = min(_LATIN, key=lambda codec: oddities[codec])  # min: the first of equals
    # Signs do stand inside words now and then; only a clear difference speaks against what most files are.
    usual = oddities[_LATIN[0]]
    return best_latin if usual > 0.1 and oddities[best_latin] * 3 < usual else _LATIN[0]


# Icelandic, or Turkish in the wrong code page.
_UNUSUAL = {"cp1252": "ðþýÐÞÝ", "cp1250": "đţĐŢ", "iso8859_2": "đţĐŢ", "cp850": "ðþÐÞ"}


def _oddity(sample: bytes, codec: str) -> float:
    """The share of characters outside ASCII that stand where no language of the code page would have them."""
    text = sample.decode(codec, "replace")
    odd, seen = 0.0, 0
    for place, letter in enumerate(text):
        if letter < "\x80":
            continue
        seen += 1
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        category = unicodedata.category(letter)
        if category in ("Cc", "Cn", "Co") or letter == "\ufffd":
            odd += 2
        elif category[0] == "L":
            if letter in _UNUSUAL.get(codec, ""):
                odd += 0.4
            elif (letter.isupper() and before.islower()) or (letter in "ªº" and before.isalpha() and after.isalpha()):
                odd += 1
        elif category not in ("Pf", "Pi", "Pd") and before.isalpha() and after.isalpha():
            odd += 1  # a currency, fraction or box-drawing sign inside a word
    return odd / seen if seen else 0.0
