"""Volumes, issues and pages as sources print them, and how two of them agree."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.duplicates.agreement import NO, UNKNOWN, YES, Agreement
from ingest.duplicates.words import DIGITS


def first_number(text: str) -> str:
    """The first number of a volume or issue: "65 Suppl. 2" is 65, "12(3)" is 12; "2)" is half of something: unknown."""
    if text.endswith(")") and "(" not in text:
        return ""
    found = DIGITS.search(text)
    return found.group().lstrip("0") if found else ""


_SUPPLEMENT = re.compile(r"(?i:suppl|meeting abs)|\b[SAPO]\d+|\d[SA]\b")
# Capital letters number the abstracts of meetings ("A4912", "S67"), small ones electronic articles.
_ARTICLE_NUMBER = re.compile(r"[a-z]\d{4,}$|[eE]-?\d{3,}$")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTH = re.compile(_MONTHS.replace(" ", "|"))
_NOT_PAGE = re.compile(r"^\W+|\s+")
_PAGE = re.compile(r"([a-z]*)0*(\d+)")


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a report stands in its volume."""

    first: str  # without leading zeros, with a letter before it if there is one; "" if not given or no number
    last: str
    others: frozenset[str]  # first pages of an article printed in several places: "233-8, 230-5"
    article_number: bool  # an electronic article's number: "e12724", BMJ's "c1804"


def pages_of(printed: str) -> Pages:
    """Read what a source prints as pages."""
    first, last = _range(printed)
    return Pages(
        first=first,
        last=last,
        others=frozenset(_range(part)[0] for part in re.split(r"[,+;]", printed)) - {""},
        article_number=bool(_ARTICLE_NUMBER.match(printed.strip())),
    )


def in_supplement(volume: str, issue: str, pages: str) -> bool:
    """A supplement or a meeting's abstracts, by the look of volume, issue or page ("S67", "A4912")."""
    return bool(_SUPPLEMENT.search(f"{volume} {issue} {pages}"))


def _range(pages: str) -> tuple[str, str]:
    """First and last page without leading zeros; a first page that is no number ("Suppl-87") is unknown."""
    text = _NOT_PAGE.sub("", pages.casefold().replace("–", "-"))
    if found := _MONTH.search(text):  # "01-jun" was "1-6" before a spreadsheet had it
        text = text[: found.start()] + str(_MONTHS.index(found.group()) // 4 + 1) + text[found.end() :]
    first, _, last = text.partition("-")
    found, end = _PAGE.match(first.removeprefix("pp").lstrip(".")), _PAGE.match(last)
    first = found.group(1) + found.group(2) if found else ""
    return first, end.group(2) if end else ""


_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def compare_pages(a: Pages, b: Pages) -> Agreement:
    """Whether two records stand on the same page; UNKNOWN also where two ways of counting can not be compared."""
    first, other = a.first, b.first
    if not first or not other:
        return UNKNOWN
    if first == other or first.lstrip(_LETTERS) == other or other.lstrip(_LETTERS) == first:
        return YES  # "S67" is "67", but not "e67"
    if a.others & b.others:
        return YES
    if a.article_number != b.article_number:
        return UNKNOWN  # the electronic and the printed version
    if bool(a.last) != bool(b.last):  # "488" and "487-488"
        return UNKNOWN if first == b.last or other == a.last else NO
    # "125-128" and "Pt 2-8", a first page spoilt by the issue: the last pages may be one.
    return UNKNOWN if compare_ends(a.last, b.last) is YES else NO


def compare_ends(a: str, b: str) -> Agreement:
    """Last pages, either of which may be abbreviated: "1383-92" ends like "1383-1392"."""
    if not a or not b:
        return UNKNOWN
    return YES if a.endswith(b) or b.endswith(a) else NO
