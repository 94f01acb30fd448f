"""PubMed's links from one record to others: similar ones, those that cite it, those that it cites.

Neither list of citations is complete: PubMed knows the references of records in PubMed Central and of some publishers.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingest.eutils.errors import EutilsError
from ingest.eutils.seam import read_answer

if TYPE_CHECKING:
    from ingest.eutils.transport import RequestLog

SIMILAR = "pubmed_pubmed"
CITED_BY = "pubmed_pubmed_citedin"
REFERENCES = "pubmed_pubmed_refs"
LINK_NAMES = frozenset({SIMILAR, CITED_BY, REFERENCES})

_PMID = re.compile(r"[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Links of one kind.

    by_pmid: for every PMID asked for, in that order, the PMIDs it is linked to, in PubMed's order and without itself;
    () for a record without links and for one that PubMed does not have, which its answer does not tell apart.
    """

    linkname: str
    by_pmid: dict[str, tuple[str, ...]]
    requests: tuple[RequestLog, ...]
    raw: tuple[bytes, ...] = field(repr=False)
    sha256: tuple[str, ...]


def read_links(body: bytes, asked: Collection[str], linkname: str) -> dict[str, tuple[str, ...]]:
    """Read an elink answer to a request with one `id` for each PMID; EutilsError unless it speaks of each of them."""
    answer = read_answer(body)
    found: dict[str, tuple[str, ...]] = {}
    fault = "the answer is not a list of link sets"
    try:
        for link_set in answer:
            ids = [str(pmid) for pmid in link_set["IdList"]]
            if len(ids) != 1 or ids[0] not in asked:
                fault = f"a link set is about {', '.join(ids) or 'no record'}, which was not asked for so"
                raise EutilsError(fault)
            (pmid,) = ids
            targets = [
                str(link["Id"])
                for links in link_set.get("LinkSetDb", ())
                if str(links["LinkName"]) == linkname
                for link in links["Link"]
            ]
            strange = next((target for target in targets if not _PMID.fullmatch(target)), None)
            if strange is not None:
                fault = f"the links of {pmid} hold {strange!r:.40}, which is not a PMID"
                raise EutilsError(fault)
            others = (target for target in (*found.get(pmid, ()), *targets) if target != pmid)
            found[pmid] = tuple(dict.fromkeys(others))
    except (AttributeError, KeyError, TypeError):
        raise EutilsError(fault) from None
    silent = [pmid for pmid in asked if pmid not in found]
    if silent:
        raise EutilsError(f"nothing was said about {len(silent)} records, {silent[0]} among them")
    return {pmid: found[pmid] for pmid in asked}
