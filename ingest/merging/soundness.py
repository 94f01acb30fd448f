"""What speaks for or against a value as a source gave it: whether it is whole, legible and well formed."""

from __future__ import annotations

import html
import re
import unicodedata

from ingest.identifiers import normalise_doi

_INLINE = re.compile(
    r"<(i|b|u|em|strong|sub|sup|sc|small|italic|bold|inf|p|span|title)(?:\s[^<>]{0,80})?>([^<>]*)</\1\s*>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#[xX][0-9a-fA-F]{1,5});")
# U+FFFD, a question mark inside a word, and UTF-8 that was read as Windows-1252.
_DAMAGE = re.compile(r"\ufffd|(?<=[^\W\d_])\?(?=[^\W\d_])|\u00c3[\u0080-\u00bf]|\u00e2\u20ac")
_CUT = re.compile(r"(?:…|\.\.\.|\[?\(?(?:abstract )?truncated(?: at \d+ words)?[\])]?)\s*$", re.IGNORECASE)
_REMARK = re.compile(r"\s*\[[^\[\]]*\]?\s*\.?\s*$")
_COPYRIGHT = re.compile(r"\s*(?:©|\(c\)|copyright\b)[^\n]{0,250}$", re.IGNORECASE)
_LABEL = re.compile(r"^[A-Z][A-Z /&-]{3,40}:", re.MULTILINE)
_NOT_WORD = re.compile(r"[\W_]+")
_VOLUME = re.compile(r"[\w .,/:–-]*(?:\([\w .,/–-]*\)[\w .,/–-]*)?")
_PAGE = re.compile(r"([a-z]*)(\d+)", re.IGNORECASE)
_RANGE = re.compile(r"[a-z]*(\d+)[a-z]*\s*[-–]\s*[a-z]*(\d+)[a-z]*", re.IGNORECASE)
_NO_PAGE = re.compile(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b|\bno pag|^t-\d|\"", re.IGNORECASE)
_LANGUAGES = {
    "english": "eng", "en": "eng", "french": "fre", "fr": "fre", "fra": "fre", "german": "ger", "de": "ger",
    "deu": "ger", "spanish": "spa", "es": "spa", "italian": "ita", "it": "ita", "portuguese": "por", "pt": "por",
    "chinese": "chi", "zh": "chi", "zho": "chi", "japanese": "jpn", "ja": "jpn", "korean": "kor", "ko": "kor",
    "russian": "rus", "ru": "rus", "turkish": "tur", "tr": "tur", "polish": "pol", "pl": "pol", "dutch": "dut",
    "nl": "dut", "nld": "dut", "persian": "per", "fa": "per", "fas": "per", "danish": "dan", "swedish": "swe",
}  # fmt: skip


def words(text: str) -> str:
    """Letters and digits only, in one case, without accents; one blank between words."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text)
        text = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _NOT_WORD.sub(" ", text.casefold()).strip()


def is_legible(text: str) -> bool:
    """Whether no character was spoilt on the way: "Ekmek?io?lu" and "MÃ¼ller" are not."""
    return _DAMAGE.search(text) is None


def shouts(text: str) -> bool:
    """Whether the text is in capitals throughout."""
    letters = [letter for letter in text if letter.isalpha()]
    return len(letters) > 10 and sum(letter.isupper() for letter in letters) > 0.8 * len(letters)


def says_it_was_cut(text: str) -> bool:
    """Whether the text ends in an ellipsis or in a database's "TRUNCATED AT 250 WORDS"."""
    return _CUT.search(text) is not None


def without_markup(text: str) -> str:
    """The text without pairs of inline tags, and with entities as the characters they stand for."""
    while (plain := _INLINE.sub(r"\2", text)) != text:
        text = plain
    return " ".join(_ENTITY.sub(lambda found: html.unescape(found.group()), text).split())


def without_remark(title: str) -> str:
    """The title without what a database appended in square brackets; a title all in brackets stays."""
    return _REMARK.sub("", title) or title


def body_of_abstract(abstract: str) -> str:
    """The words of an abstract; a publisher's copyright line at its end does not make it longer."""
    return words(_COPYRIGHT.sub("", abstract))


def is_structured(abstract: str) -> bool:
    """Whether two paragraphs or more begin with a label."""
    return len(_LABEL.findall(abstract)) > 1


def given_name_in_full(part: str) -> bool:
    """A given name written out, not initials: "Jean-Pascal", not "JP" or "J.-P."."""
    return "." not in part and any(len(word) > 1 and word[1:].islower() for word in part.split("-"))


def is_doi(doi: str | None) -> bool:
    """Whether this is a DOI as `Record.doi` has it."""
    return doi is not None and normalise_doi(doi) == doi


def is_volume(volume: str) -> bool:
    """Whether this looks like a volume: "65 Suppl. 2", but not the "1)" of a torn "56(Suppl. 1)"."""
    return bool(volume) and _VOLUME.fullmatch(volume) is not None


def are_pages(pages: str) -> bool:
    """Not a spreadsheet's date ("Jan-14" for 1-14, "t-8" of "Oct-8"), not "no pagination", and with a number in it."""
    return _PAGE.search(pages) is not None and _NO_PAGE.search(pages) is None


def first_page(pages: str) -> tuple[str, str] | None:
    """The letters and the number of the first page: ("e", "123")."""
    found = _PAGE.search(pages)
    return (found[1].casefold(), found[2]) if found else None


def range_of_pages(pages: str) -> int:
    """2: a range written in full, 1: an abbreviated range, 0: none."""
    found = _RANGE.fullmatch(pages.strip())
    if found is None:
        return 0
    return 2 if int(found[2]) >= int(found[1]) else 1


def language_code(name: str) -> str:
    """One code for a language, however a source calls it; what is not known stays as it is, in lower case."""
    known = " ".join(name.split()).casefold()
    return _LANGUAGES.get(known, known)
