"""Words that a misspelt word may have been meant to be."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import distance, process

LIKE = 0.7  # of 1; "kye" and "key" are as like as that, two settings of a form are not


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is spelt nearly as this one (capitals, spaces and - aside); "" where none is."""
    plain = {each: _plain(each) for each in known}
    same = next((each for each, said in plain.items() if said == _plain(word)), "")
    if same:
        return same
    found = process.extractOne(
        _plain(word), plain, scorer=distance.DamerauLevenshtein.normalized_similarity, score_cutoff=LIKE
    )
    if found is None and 2 < len(word) <= 4:  # one slip in a short word
        found = process.extractOne(_plain(word), plain, scorer=distance.DamerauLevenshtein.distance, score_cutoff=1)
    return str(found[2]) if found is not None else ""


def meant(word: str, known: Iterable[str]) -> str:
    """ "; is 'key' meant?", or "" where no known word is near."""
    found = nearest(word, known)
    return f"; is {found!r} meant?" if found and found != word else ""


def _plain(word: str) -> str:
    return word.casefold().replace("-", "_").replace(" ", "_")
