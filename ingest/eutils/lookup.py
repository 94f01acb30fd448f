"""Searches for one known record by its DOI or its title, from texts that are not trusted.

A DOI or a title comes from somebody's file or from a withdrawn record: it may hold quotation marks, brackets, operators
or anything else, and none of it becomes search syntax.
"""

from __future__ import annotations

import re

from ingest.identifiers import normalise_doi

_MOST_WORDS = 12  # the longest words of a title; more of them tell no more, and each could be indexed in another way
_FEWEST_WORDS = 3  # a title of one or two words does not identify a record
_LONGEST_DOI = 300
# Words that PubMed does not index (its list of stop words, PubMed User Guide), and the operators.
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    a about again all almost also although always among an and another any are as at be because been before
    being between both but by can could did do does done due during each either enough especially etc for found
    from further had has have having here how however i if in into is it its itself just kg km made mainly make
    may mg might ml mm most mostly must nearly neither no nor not obtained of often on or our overall perhaps
    pmid quite rather really regarding seem seen several should show showed shown shows significantly since so
    some such than that the their theirs them then there therefore these they this those through thus to upon
    use used using various very was we were what when which while with within without would
        """,
    )
)


def doi_query(text: str | None) -> str | None:
    """The search for a DOI; None if the text holds none, or one that cannot be written as a phrase."""
    doi = normalise_doi(text)
    if doi is None or len(doi) > _LONGEST_DOI or not doi.isprintable() or '"' in doi or "*" in doi:
        return None
    return f'"{doi}"[aid]'


def title_query(text: str | None) -> str | None:
    """The search for a title by its longest words, all of them required; None if it has too few to identify a record.

    Not as one phrase: PubMed searches a phrase that its index does not hold as if the quotation marks were not there.
    """
    words = re.findall(r"[^\W_]+", (text or "").lower())
    telling = list(dict.fromkeys(word for word in words if len(word) > 1 and word not in STOP_WORDS))
    if len(telling) < _FEWEST_WORDS:
        return None
    longest = set(sorted(telling, key=len, reverse=True)[:_MOST_WORDS])
    return " AND ".join(f"{word}[ti]" for word in telling if word in longest)
