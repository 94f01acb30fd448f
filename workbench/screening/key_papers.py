"""Papers that a review must find, as whoever leads it names them: by PMID or DOI, one a line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ingest.identifiers import normalise_doi
from workbench.screening.decisions import ScreeningError

MOST = 200
"""Key papers that can be named."""
_PMID = re.compile(r"(?:https?://pubmed\.ncbi\.nlm\.nih\.gov/|pmid:?\s*|pubmed:)?([1-9][0-9]{0,8})/?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPaper:
    """A paper by its PMID or its DOI (lower case); the other is None."""

    pmid: str | None = None
    doi: str | None = None

    @property
    def name(self) -> str:
        """The identifier alone, as it is looked up and kept."""
        return self.pmid or self.doi or ""


def read_key_papers(text: str) -> tuple[KeyPaper, ...]:
    """Read a list of PMIDs and DOIs, each paper once.

    Raises ScreeningError that names the lines which are neither.
    """
    found: dict[str, KeyPaper] = {}
    wrong: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        said = line.strip()
        if not said:
            continue
        pmid = _PMID.fullmatch(said)
        doi = None if pmid else normalise_doi(said)
        if pmid is None and doi is None:
            wrong.append(f"line {number} ({said[:60]})")
            continue
        paper = KeyPaper(pmid=pmid.group(1)) if pmid else KeyPaper(doi=doi)
        found.setdefault(paper.name, paper)
    if wrong:
        raise ScreeningError(
            f"neither a PMID nor a DOI: {', '.join(wrong[:5])}{' and more' if len(wrong) > 5 else ''}. "
            "Write one of them on each line, such as 27260638 or 10.1000/182"
        )
    if len(found) > MOST:
        raise ScreeningError(f"{len(found)} key papers are too many: name {MOST} at most")
    return tuple(found.values())
