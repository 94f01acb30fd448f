"""Volumes, issues and pages as sources print them, and how two of them agree."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.duplicates.agreement import NO, UNKNOWN, YES, Agreement
from ingest.duplicates.words import DIGITS

MAX_DIGITS = 4  # no volume or issue has more; a catalogue number of the journal has
MAX_PAGES = 200  # characters of a volume, issue or page that are read


def first_number(text: str) -> str:
    """The first number of a volume or issue: "65 Suppl. 2" is 65, "12(3)" is 12; "2)" is half of something: unknown."""
    if text.endswith(")") and "(" not in text:
        return ""
    found = DIGITS.search(text[:MAX_PAGES])
    number = found.group().lstrip("0") if found else ""
    return number if len(number) <= MAX_DIGITS else ""


_SUPPLEMENT = re.compile(r"(?i:suppl|meeting abs)|\b[SAPO]\d+|\d[SA]\b")
# Capital letters number the abstracts of meetings ("A4912", "S67"), small ones electronic articles; so do numbers of
# five digits and more that stand alone.
_ARTICLE_NUMBER = re.compile(r"[a-z]\d{4,}$|[eE]-?\d{3,}$|[A-Za-z]{2,}\d{4,}$|\d{5,}$")
_REVIEW_NUMBER = re.compile(r"CD\d{6}\b", re.IGNORECASE)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTH = re.compile(_MONTHS.replace(" ", "|"))
_NOT_PAGE = re.compile(r"^\W+|\s+")
_PAGE = re.compile(r"([a-z]*)0*(\d+)")
_APART = re.compile(r"[,+;]")


@dataclass(frozen=True, slots=True)
class Pages:
    """Where a report stands in its volume."""

    first: str  # without leading zeros, with a letter before it if there is one; "" if not given or no number
    last: str  # as printed: "92" in "1383-92"
    others: frozenset[str]  # first pages of an article printed in several places: "233-8, 230-5"
    article_number: bool  # an electronic article's number: "e12724", BMJ's "c1804", "142923"
    review_number: bool  # the Cochrane Library's number of a review, which stays through its updates: "CD001876"
    start: int | None = None  # first and last page as numbers, where both are plain and the last is not before
    end: int | None = None

    @property
    def range(self) -> bool:
        """Three pages or more, as a whole paper has and no abstract; not as many as a supplement that is one entry."""
        return self.start is not None and self.end is not None and 2 <= self.end - self.start <= 60


NO_PAGES = Pages(first="", last="", others=frozenset(), article_number=False, review_number=False)


def pages_of(printed: str) -> Pages:
    """Read what a source prints as pages."""
    printed = printed.strip()[:MAX_PAGES]
    if not printed:
        return NO_PAGES
    first, last = _range(printed)
    start, end = _numbers(first, last)
    others = frozenset(_range(part)[0] for part in _APART.split(printed)) if _APART.search(printed) else frozenset()
    return Pages(
        first=first,
        last=last,
        others=others - {""},
        article_number=bool(_ARTICLE_NUMBER.match(printed)),
        review_number=bool(_REVIEW_NUMBER.search(printed)),
        start=start,
        end=end,
    )


def in_supplement(volume: str, issue: str, pages: str) -> bool:
    """A supplement or a meeting's abstracts, by the look of volume, issue or page ("S67", "A4912")."""
    return bool(_SUPPLEMENT.search(f"{volume[:MAX_PAGES]} {issue[:MAX_PAGES]} {pages[:MAX_PAGES]}"))


def _range(pages: str) -> tuple[str, str]:
    """First and last page without leading zeros; a first page that is no number ("Suppl-87") is unknown."""
    text = _NOT_PAGE.sub("", pages.casefold().replace("–", "-"))
    if found := _MONTH.search(text):  # "01-jun" was "1-6" before a spreadsheet had it
        text = text[: found.start()] + str(_MONTHS.index(found.group()) // 4 + 1) + text[found.end() :]
    first, _, last = text.partition("-")
    found, end = _PAGE.match(first.removeprefix("pp").lstrip(".")), _PAGE.match(last)
    first = found.group(1) + found.group(2) if found else ""
    return first, end.group(2) if end else ""


def _numbers(first: str, last: str) -> tuple[int | None, int | None]:
    """ "1383" and "92" as 1383 and 1392."""
    start = first.lstrip(_LETTERS)
    if not start or not last or len(start) > 6 or len(last) > 6:
        return None, None
    end = int(start[: -len(last)] + last) if len(last) < len(start) else int(last)
    return (int(start), end) if end >= int(start) else (None, None)


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
    if (first == "1" and a.last != "") != (other == "1" and b.last != ""):
        return UNKNOWN  # "1-16" may say how long an article is that others know by its number or place
    if _overlap(a, b):
        return UNKNOWN  # one within the other, or preliminary pages: two papers do not overlap
    # "488" and "487-488"; "125-128" and "Pt 2-8", a first page spoilt by the issue: the last pages may be one.
    if bool(a.last) != bool(b.last):
        return UNKNOWN if first == b.last or other == a.last else NO
    return UNKNOWN if compare_ends(a.last, b.last) is YES else NO


def _overlap(a: Pages, b: Pages) -> bool:
    if a.start is None or a.end is None or b.start is None or b.end is None:
        return False
    return a.start <= b.end and b.start <= a.end


def compare_ends(a: str, b: str) -> Agreement:
    """Last pages, either of which may be abbreviated: "1383-92" ends like "1383-1392"."""
    if not a or not b:
        return UNKNOWN
    return YES if a.endswith(b) or b.endswith(a) else NO
