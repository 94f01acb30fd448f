"""PubMed as a reviewer uses it: list what a strategy finds, fetch records, ask whether a record is gone.

Nothing is handed out before it is complete: a listing has as many PMIDs as its count, and a batch of records is
well-formed and answers exactly the PMIDs asked for, those that PubMed no longer has being named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ingest.eutils.answers import NotReadable, Scan, scan
from ingest.eutils.errors import BadStrategy, EutilsError, TooManyRecords
from ingest.eutils.query import strategy_faults, strategy_warnings
from ingest.eutils.seam import read_answer
from ingest.eutils.transport import CAP, Answer, RequestLog, Transport

_PMID = re.compile(r"[1-9][0-9]{0,9}")
_PAGING = "restrictions achieved"  # PubMed's notice that a page touches the end of what it lists
_EARLIEST = date(1700, 1, 1)  # before any create date


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswer:
    """Everything that a strategy finds at one moment.

    translation: how PubMed read the strategy; a change of it between two runs is news.
    warnings: what PubMed said beside the result, and doubts about the strategy's text.
    raw, sha256: PubMed's answers as they came, one or (split by create date) several.
    """

    query: str
    count: int
    pmids: tuple[str, ...]  # newest publication first, as PubMed sorts; by create date where the listing was split
    translation: str
    warnings: tuple[str, ...]
    requests: tuple[RequestLog, ...]
    raw: tuple[bytes, ...] = field(repr=False)
    sha256: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedBatch:
    """The records of one efetch request, checked against what was asked for."""

    requested: tuple[str, ...]
    returned: tuple[str, ...]  # in the answer's order, each once
    missing: tuple[str, ...]  # PubMed did not send these: gone, or never there
    raw: bytes = field(repr=False)  # the XML document as it came
    sha256: str
    requests: tuple[RequestLog, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """One esearch answer as read."""

    count: int
    pmids: tuple[str, ...]
    translation: str
    messages: tuple[str, ...]
    not_found: tuple[str, ...]  # phrases and fields that PubMed dropped from the search

    @property
    def clamped(self) -> bool:
        return len(self.pmids) < self.count and any(_PAGING in m.lower() for m in self.messages)


def _read_listing(body: bytes) -> _Listing:
    """Read an esearch answer; EutilsError if it lacks what every such answer has."""
    answer = read_answer(body)
    errors, remarks = answer.get("ErrorList") or {}, answer.get("WarningList") or {}
    try:
        return _Listing(
            count=int(answer["Count"]),
            pmids=tuple(str(pmid) for pmid in answer["IdList"]),
            translation=str(answer.get("QueryTranslation", "")),
            messages=_texts(remarks, "OutputMessage") + _texts(remarks, "PhraseIgnored"),
            not_found=(
                _texts(errors, "PhraseNotFound")
                + _texts(errors, "FieldNotFound")
                + _texts(remarks, "QuotedPhraseNotFound")
            ),
        )
    except (KeyError, ValueError, TypeError):
        fault = "the search's answer lacks its count or its list"
    raise EutilsError(fault)


def _texts(part: Any, name: str) -> tuple[str, ...]:
    found = part.get(name, ()) if hasattr(part, "get") else ()
    return tuple(str(text).strip() for text in ((found,) if isinstance(found, str) else found))


class PubMed:
    """PubMed through one transport. `cap` is how many records of a search PubMed lists; lower in tests."""

    def __init__(self, transport: Transport, *, cap: int = CAP) -> None:
        self.transport = transport
        self.cap = cap

    def search(self, query: str, *, split: bool = False) -> SearchAnswer:
        """List every PMID that the strategy finds, newest publication first, in one request.

        Raises BadStrategy, naming the phrase, where PubMed would search (or did search) for something else than the
        text says; TooManyRecords beyond what PubMed lists, unless `split` allows one listing per range of create dates.
        """
        faults = strategy_faults(query)
        if faults:
            raise BadStrategy(f"the strategy was not sent: {'; '.join(faults)}", faults=faults)
        try:
            return self._search(query)
        except TooManyRecords as error:
            if not split or error.count is None:
                raise
            count, requests, translation = error.count, error.requests, error.translation
        return self._search_by_create_date(query, count, requests, translation)

    def _search(self, query: str) -> SearchAnswer:
        listing: _Listing | None = None

        def check(_: Scan, body: bytes) -> str | None:
            nonlocal listing
            try:
                listing = _read_listing(body)
            except EutilsError as error:
                return str(error)
            if listing.count > self.cap or listing.clamped or listing.not_found:
                return None  # not a passing fault: dealt with below
            if len(listing.pmids) != listing.count or len(set(listing.pmids)) != listing.count:
                return f"PubMed counts {listing.count} records but lists {len(set(listing.pmids))}"
            if not all(_PMID.fullmatch(pmid) for pmid in listing.pmids):
                return "the list holds something that is not a PMID"
            return None

        answer = self.transport.call(
            "esearch",
            check=check,
            db="pubmed",
            term=query,
            usehistory="y",
            retmax=str(self.cap),
            sort="pub_date",
        )
        assert listing is not None
        if listing.not_found:
            phrases = ", ".join(listing.not_found)
            raise BadStrategy(
                f"PubMed does not know {phrases}, and searched without: mend or remove it",
                answer.requests,
                faults=listing.not_found,
            )
        if listing.count > self.cap or listing.clamped:
            raise TooManyRecords(
                f"the strategy finds {listing.count:,} records, PubMed lists the first {self.cap:,} only: narrow it",
                answer.requests,
                count=listing.count,
                cap=self.cap,
                translation=listing.translation,
            )
        return _search_answer(query, listing, answer)

    def _search_by_create_date(
        self, query: str, count: int, requests: tuple[RequestLog, ...], translation: str
    ) -> SearchAnswer:
        """List a large search in ranges of create date, which share no record and leave none out; checks the sum."""
        # Two days on: the day in PubMed's calendar may already be tomorrow here, and what comes in today is included.
        last = datetime.now(UTC).date() + timedelta(days=2)
        waiting = [(_EARLIEST, last)]
        parts: list[SearchAnswer] = []
        while waiting:
            low, high = waiting.pop()
            dated = f'({query}) AND ("{low:%Y/%m/%d}"[crdt] : "{high:%Y/%m/%d}"[crdt])'
            try:
                part = self._search(dated)
            except TooManyRecords as error:
                requests += error.requests
                if low == high:
                    raise TooManyRecords(
                        f"on {low} alone {error.count:,} records were created that the strategy finds: narrow it",
                        requests,
                        count=error.count,
                        cap=self.cap,
                    ) from None
                middle = low + (high - low) // 2
                waiting += [(low, middle), (middle + timedelta(days=1), high)]
                continue
            requests += part.requests
            parts.append(part)
        pmids = tuple(dict.fromkeys(pmid for part in parts for pmid in part.pmids))
        if len(pmids) != count or sum(part.count for part in parts) != count:
            raise EutilsError(
                f"the strategy finds {count:,} records, but its {len(parts)} ranges of create date hold "
                f"{len(pmids):,}: search again",
                requests,
            )
        return SearchAnswer(
            query=query,
            count=count,
            pmids=pmids,
            translation=translation,
            warnings=(*strategy_warnings(query), f"listed in {len(parts)} ranges of create date"),
            requests=requests,
            raw=tuple(raw for part in parts for raw in part.raw),
            sha256=tuple(sha for part in parts for sha in part.sha256),
        )

    def fetch(self, pmids: Iterable[str], *, batch: int = 200) -> Iterator[FetchedBatch]:
        """Fetch records, `batch` PMIDs a request (at most 500), in the order given, each once.

        Which batches come depends on the list alone, so a caller that was interrupted goes on with what it lacks.
        A batch that arrives cut or with other records than asked for is asked for again, whole; PMIDs that PubMed
        leaves out are named in `missing` and not asked for again.
        """
        if not 1 <= batch <= 500:
            raise EutilsError(f"a batch holds 1 to 500 records, not {batch}")
        wanted = _checked_pmids(pmids)
        return (self._fetch(wanted[start : start + batch]) for start in range(0, len(wanted), batch))

    def _fetch(self, requested: tuple[str, ...]) -> FetchedBatch:
        asked = frozenset(requested)
        seen: Scan | None = None

        def check(document: Scan, _: bytes) -> str | None:
            nonlocal seen
            seen = document
            strange = [pmid for pmid in document.pmids if pmid not in asked]
            if strange:
                return f"{len(strange)} records came that were not asked for, {strange[0]!r} among them"
            if document.entries != len(document.pmids):
                return f"{document.entries} entries came with {len(document.pmids)} PMIDs"
            return None

        answer = self.transport.call("efetch", check=check, db="pubmed", id=",".join(requested), retmode="xml")
        assert seen is not None
        returned = tuple(dict.fromkeys(seen.pmids))
        there = frozenset(returned)
        return FetchedBatch(
            requested=requested,
            returned=returned,
            missing=tuple(pmid for pmid in requested if pmid not in there),
            raw=answer.body,
            sha256=answer.sha256,
            requests=answer.requests,
        )

    def summary_missing(self, pmids: Iterable[str]) -> tuple[str, ...]:
        """Name those of the PMIDs of which PubMed itself says that it has no such record (withdrawn or merged)."""
        wanted = _checked_pmids(pmids)
        gone: list[str] = []
        for start in range(0, len(wanted), 200):
            asked = wanted[start : start + 200]

            def check(document: Scan, _: bytes, asked: tuple[str, ...] = asked) -> str | None:
                spoken_of = set(document.summaries) | set(document.missing_summaries)
                silent = [pmid for pmid in asked if pmid not in spoken_of]
                return f"nothing was said about {len(silent)} records, {silent[0]} among them" if silent else None

            answer = self.transport.call("esummary", check=check, db="pubmed", id=",".join(asked), version="2.0")
            gone += [pmid for pmid in scan(answer.body).missing_summaries if pmid in set(asked)]
        return tuple(dict.fromkeys(gone))


def pmids_of(raw: bytes) -> tuple[str, ...]:
    """The PMIDs of the articles and books of an efetch answer, in its order; EutilsError if it is cut."""
    try:
        return scan(raw).pmids
    except NotReadable as error:
        fault = str(error)
    raise EutilsError(fault)


def _checked_pmids(pmids: Iterable[str]) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(pmids))
    wrong: Sequence[str] = [pmid for pmid in wanted if not _PMID.fullmatch(pmid)]
    if wrong:
        raise EutilsError(f"not a PMID: {', '.join(repr(pmid[:40]) for pmid in wrong[:5])}")
    return wanted


def _search_answer(query: str, listing: _Listing, answer: Answer) -> SearchAnswer:
    messages = tuple(m for m in listing.messages if _PAGING not in m.lower() and m.lower() != "no items found.")
    return SearchAnswer(
        query=query,
        count=listing.count,
        pmids=listing.pmids,
        translation=listing.translation,
        warnings=strategy_warnings(query) + messages,
        requests=answer.requests,
        raw=(answer.body,),
        sha256=(answer.sha256,),
    )
