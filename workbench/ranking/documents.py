"""What of a record the ranking reads, and the words it sees there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

VIEWS = ("title", "text", "index terms")
"""Title; title and abstract; index terms. Each is a space of its own: a word in a title is not the same word below."""


class Described(Protocol):
    """Whatever has these fields, an `ingest.Record` for one."""

    @property
    def title(self) -> str: ...
    @property
    def abstract(self) -> str: ...
    @property
    def mesh(self) -> tuple[str, ...]: ...
    @property
    def keywords(self) -> tuple[str, ...]: ...
    @property
    def publication_types(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One report as the ranking reads it."""

    key: str
    title: str = ""
    abstract: str = ""  # may be missing: then the title speaks for itself
    index_terms: tuple[str, ...] = ()

    @classmethod
    def of(cls, key: str, record: Described) -> Document:
        """The document of a record."""
        headings = (part for heading in record.mesh for part in _of_heading(heading))
        terms = (*headings, *record.keywords, *record.publication_types)
        return cls(key=key, title=record.title, abstract=record.abstract, index_terms=tuple(terms))


def _of_heading(heading: str) -> Iterator[str]:
    """ "Pain/*drug therapy/etiology" is about pain, about drug therapy of pain, and about the etiology of pain."""
    descriptor, *qualifiers = heading.replace("*", "").split("/")
    yield descriptor
    for qualifier in qualifiers:
        yield f"{descriptor}/{qualifier}"


_WORD = re.compile(r"[^\W_]{2,}")
_ENDING = re.compile(r"(?:ations?|ization|ically|ments?|ings?|ions?|ies|ed|es|s|ly|al)$")
LONGEST = 100_000  # characters of one text that are read; an abstract has about 2,000
MOST_TERMS = 500  # index terms of one record


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """A word without the ending that its number or form gives it; short words as they are."""
    return _ENDING.sub("", word) if len(word) > 4 and word.isascii() and word.isalpha() else word


def words(text: str) -> list[str]:
    """Words of two letters or digits or more, in lower case."""
    return _WORD.findall(text[:LONGEST].lower())


def terms(document: Document) -> tuple[list[str], list[str], list[str]]:
    """The terms of each of VIEWS in their order, repeated as often as they occur: stems, stems, whole index terms."""
    title = [stem(word) for word in words(document.title)]
    text = title + [stem(word) for word in words(document.abstract)]
    index_terms = [" ".join(term.lower().split()) for term in document.index_terms[:MOST_TERMS]]
    return title, text, [term for term in index_terms if term]


LONGEST_TERM = 5  # words of an index term that is looked for in a text


def index_terms_in(text: str) -> list[str]:
    """Whatever in a text could be an index term: every one to five words in a row, in lower case."""
    found = re.findall(r"[^\W_]+(?:[-'][^\W_]+)*", text[:LONGEST].lower())
    lengths = range(1, LONGEST_TERM + 1)
    return [" ".join(found[start : start + n]) for n in lengths for start in range(len(found) - n + 1)]


_FUNCTION_WORDS = (
    "an and are as at be been being between both but by can did do does for from had has have he her his how if in "
    "into is it its may more most no not of on or our over per she some such than that the their them then there these "
    "they this those through to under until up upon us was we were what when where whether which while who whose why "
    "will with within without would you your all also among any each either further however many much only other same "
    "several so thus very via yet abstract background objective methods method results conclusion conclusions"
)
_TELLS_NOTHING = frozenset(stem(word) for word in _FUNCTION_WORDS.split())


def is_telling(term: str) -> bool:
    """Whether a stem, or a pair of them, tells a reader what a text is about."""
    parts = term.split()
    return not any(part.isdecimal() or part in _TELLS_NOTHING for part in parts)


def spellings(documents: Iterable[Document], wanted: set[str]) -> dict[str, str]:
    """For stems that a reader is to see, a word as it stands in the documents."""
    found: dict[str, str] = {}
    for document in documents:
        for word in words(f"{document.title} {document.abstract}"):
            shortened = stem(word)
            if shortened in wanted:
                found.setdefault(shortened, word)
        if len(found) == len(wanted):
            break
    return found
