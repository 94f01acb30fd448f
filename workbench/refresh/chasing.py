"""Citation searching: from the included studies to the records PubMed links them with.

Each kind of link is a named source with a ledger entry of its own. PubMed knows the references of a part of its records
only, so neither "cited by" nor "references" is complete. Which record led to which is kept (`Store.led_by`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Literal, get_args

from ingest.eutils import PubMed
from ingest.record import IngestError
from workbench.refresh.appraised import appraised_reports
from workbench.refresh.ledger import Entry, Work, at_work, write_entry
from workbench.refresh.progress import Tell, Watch, quiet
from workbench.review import ReviewDefinition
from workbench.store import SYSTEM, SearchRun, Store
from workbench.store.base import utc_now

LinkKind = Literal["similar", "cited by", "references"]
LINK_KINDS: tuple[LinkKind, ...] = get_args(LinkKind)
LINK_NAMES: Mapping[LinkKind, str] = MappingProxyType(
    {"similar": "pubmed_pubmed", "cited by": "pubmed_pubmed_citedin", "references": "pubmed_pubmed_refs"}
)
MOST: Mapping[LinkKind, int] = MappingProxyType({"similar": 20})
"""Records taken from one study's links. PubMed calls hundreds similar, the most similar first; the rest is noise."""


class NothingToChase(IngestError):
    """No included report has a PubMed record."""


def chase(
    store: Store,
    review: ReviewDefinition,
    pubmed: PubMed,
    *,
    links: Sequence[LinkKind] = LINK_KINDS,
    most: Mapping[LinkKind, int] = MOST,
    by: str = SYSTEM,
    wait: float = 0.0,
    tell: Tell = quiet,
    progress: Watch | None = None,
    now: Callable[[], datetime] = utc_now,
) -> tuple[SearchRun, ...]:
    """Follow links of the included studies' PubMed records; one ledger entry a kind of link.

    Included: at full text, or linked to a study. most: how many records of one study's links are taken, by kind of
    link; a kind that is not named has no limit. Raises `NothingToChase` where there is nothing to begin from, `Busy` as
    `run_refresh` does.
    """
    unknown = [link for link in links if link not in LINK_KINDS]
    if unknown:
        raise IngestError(f"there are the links {', '.join(LINK_KINDS)}, not {', '.join(unknown)}")
    keys = appraised_reports(store, review.screening.reviewers_needed, decided=True)
    seeds = sorted((key.removeprefix("pubmed:") for key in keys if key.startswith("pubmed:")), key=int)
    if not seeds:
        raise NothingToChase("no included report has a PubMed record yet: there is nothing to begin from")
    with at_work(store, by, tell=tell, progress=progress, wait=wait, now=now) as work:
        return tuple(_follow(work, pubmed, link, seeds, most.get(link)) for link in dict.fromkeys(links))


def _follow(work: Work, pubmed: PubMed, link: LinkKind, seeds: Sequence[str], most: int | None) -> SearchRun:
    limit = f", at most {most} from each" if most is not None else ""
    query = f"PubMed's records {_WORDS[link]} the included studies (elink {LINK_NAMES[link]}{limit})"

    def steps(entry: Entry) -> None:
        store = work.store
        answer = pubmed.links(seeds, LINK_NAMES[link])
        entry.keep_all("elink", answer.raw, seeds)
        led = [(target, seed) for seed in seeds for target in answer.by_pmid.get(seed, ())[:most]]
        targets = list(dict.fromkeys(target for target, _ in led))
        entry.count = len(targets)
        left_out = sum(max(0, len(answer.by_pmid.get(seed, ())) - most) for seed in seeds) if most is not None else 0
        entry.remark(f"from {len(seeds)} included records; {left_out} links beyond the limit were not followed")
        fetched = store.fetched_pmids()
        kept = [target for target in targets if target in fetched]
        if kept:
            store.add_found(entry.run, entry.strategy, [f"pubmed:{pmid}" for pmid in kept], by=work.by)
        entry.fetch(pubmed, [target for target in targets if target not in fetched], "linked records")
        held = store.known_pmids()
        pairs = [(f"pubmed:{target}", f"pubmed:{seed}") for target, seed in led if target in held]
        store.add_leads(entry.run, pairs, link, by=work.by)

    work.tell(f"Citation searching ({link}): {len(seeds)} included records")
    return write_entry(
        work,
        f"citation searching: {link}",
        query,
        steps,
        label=f"Citation searching ({link})",
        kind="citation searching",
        pubmed=pubmed,
    )


_WORDS: Mapping[LinkKind, str] = MappingProxyType(
    {"similar": "similar to", "cited by": "that cite", "references": "cited by"}
)
