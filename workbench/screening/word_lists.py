"""Lists of words to mark, as they are typed: one word or phrase a line."""

from __future__ import annotations

from pydantic import ValidationError

from workbench.review.definition import Highlights
from workbench.screening.decisions import ScreeningError

NAMES = {"include": "words that speak for a record", "exclude": "words that speak against it"}


def read_words(include: str, exclude: str) -> Highlights:
    """Read both lists; blank lines and repetitions are left out.

    Raises ScreeningError that names the list and the line which cannot be used.
    """
    lines = {name: _lines(typed) for name, typed in (("include", include), ("exclude", exclude))}
    for name, terms in lines.items():
        for term, number in terms.items():
            if not any(letter.isalnum() for letter in term):
                raise ScreeningError(f"{NAMES[name]}, line {number} ({term[:40]}): write at least one letter or digit")
    try:
        return Highlights(include=tuple(lines["include"]), exclude=tuple(lines["exclude"]))
    except ValidationError as error:
        fault = error.errors()[0]
        name, place = str(fault["loc"][0]), fault["loc"][1:]
        terms, where = lines[name], NAMES[name]
        if place:
            term = list(terms)[int(place[0])]
            where += f", line {terms[term]} ({term[:40]})"
        raise ScreeningError(f"{where}: {fault['msg']}") from error


def _lines(typed: str) -> dict[str, int]:
    """Each word with the number of the line it first stands on; case does not tell words apart."""
    found: dict[str, int] = {}
    known: set[str] = set()
    for number, line in enumerate(typed.splitlines(), start=1):
        term = " ".join(line.split())
        if term and term.casefold() not in known:
            known.add(term.casefold())
            found[term] = number
    return found
