"""PubMed as a reviewer uses it: list what a strategy finds, fetch records, follow links, ask whether a record is gone.

Nothing is handed out before it is complete: a listing has as many PMIDs as its count, and a batch of records is
well-formed and answers exactly the PMIDs asked for, those that PubMed no longer has being named. Nothing is paged
through a set on PubMed's side (`retstart` is never sent), so a set that expires there loses nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from ingest.eutils.answers import NotReadable, Scan, scan
from ingest.eutils.elements import unfamiliar
from ingest.eutils.errors import BadStrategy, EutilsError, HistoryLost, TooManyRecords
from ingest.eutils.linking import LINK_NAMES, Links, read_links
from ingest.eutils.listing import Listing, read_listing
from ingest.eutils.lookup import doi_query, title_query
from ingest.eutils.strategy import strategy_faults, strategy_warnings, to_send
from ingest.eutils.transport import CAP, Answer, Check, RequestLog, Transport

_PMID = re.compile(r"[1-9][0-9]{0,9}")
_EARLIEST = date(1700, 1, 1)  # before any create date
_HIGHEST_PMID = 999_999_999
_SEARCHES = 3  # times a search is made where PubMed loses it, or where its records change while it is listed
_SUMMARIES = 200  # PMIDs of one esummary request
_LINKED = 50  # PMIDs of one elink request


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
    """The records of one efetch request, checked against what was asked for.

    warnings: elements that this version does not know (the records can still be read), and searches repeated.
    """

    requested: tuple[str, ...]
    returned: tuple[str, ...]  # in the answer's order, each once
    missing: tuple[str, ...]  # PubMed did not send these: gone, or never there
    raw: bytes = field(repr=False)  # the XML document as it came
    sha256: str
    requests: tuple[RequestLog, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryAnswer:
    """Of which of the PMIDs asked for PubMed itself says that it has no such record."""

    missing: tuple[str, ...]
    requests: tuple[RequestLog, ...]
    raw: tuple[bytes, ...] = field(repr=False)
    sha256: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Records found by a DOI or a title. query: what was sent; "" if the text identifies no record, and none was."""

    query: str
    pmids: tuple[str, ...]
    requests: tuple[RequestLog, ...] = ()
    raw: tuple[bytes, ...] = field(default=(), repr=False)
    sha256: tuple[str, ...] = ()


@dataclass(slots=True)
class _Sent:
    """The requests of one call of many, so that a failure names those before it too."""

    requests: tuple[RequestLog, ...] = ()

    def add(self, requests: tuple[RequestLog, ...]) -> None:
        self.requests += requests

    @contextlib.contextmanager
    def before(self) -> Iterator[None]:
        """Put these requests before those of an error that leaves the block."""
        try:
            yield
        except EutilsError as error:
            error.requests = self.requests + error.requests
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class _Axis:
    """What a search that is too large is divided along; `finer` is for one step that is still too large."""

    name: str
    clause: Callable[[int, int], str]
    finer: _Axis | None = None


def _created(low: int, high: int) -> str:
    return f'("{date.fromordinal(low):%Y/%m/%d}"[crdt] : "{date.fromordinal(high):%Y/%m/%d}"[crdt])'


_PMIDS = _Axis(name="PMID", clause=lambda low, high: f"{low}:{high}[uid]")
_DAYS = _Axis(name="create date", clause=_created, finer=_PMIDS)


class PubMed:
    """PubMed through one transport. `cap` is how many records of a search PubMed lists; lower in tests."""

    def __init__(self, transport: Transport, *, cap: int = CAP) -> None:
        self.transport = transport
        self.cap = cap

    # Searching

    def search(self, query: str, *, split: bool = False) -> SearchAnswer:
        """List every PMID that the strategy finds, newest publication first, in one request.

        Line breaks between terms are sent as blanks. Raises BadStrategy, naming the phrase, where PubMed would search
        (or did search) for something else than the text says; TooManyRecords beyond what PubMed lists, unless `split`
        allows one listing per range of create dates.
        """
        faults = strategy_faults(query)
        if faults:
            raise BadStrategy(f"the strategy was not sent: {'; '.join(faults)}", faults=faults)
        term = to_send(query)
        try:
            answer = self._search(term)
        except TooManyRecords as error:
            if not split or error.count is None:
                raise
            too_many = error
        else:
            return dataclasses.replace(answer, query=query, warnings=strategy_warnings(query) + answer.warnings)
        return dataclasses.replace(self._search_in_parts(term, too_many), query=query)

    def _ask(self, utility: str, *, check: Check, **parameters: str | Sequence[str]) -> tuple[Answer, bool]:
        """Call a utility; where PubMed says that it lost the search's set, repeat the request whole and tell so."""
        sent = _Sent()
        for _ in range(_SEARCHES):
            try:
                answer = self.transport.call(utility, parameters, check=check)
            except HistoryLost as error:
                sent.add(error.requests)
                lost = str(error)
                continue
            except EutilsError as error:
                error.requests = sent.requests + error.requests
                raise
            return dataclasses.replace(answer, requests=sent.requests + answer.requests), bool(sent.requests)
        raise HistoryLost(lost, sent.requests)

    def _list(self, term: str, *, most: int) -> tuple[Listing, Answer, bool]:
        """One esearch. most: PMIDs wanted; 0 asks for the count alone, with PubMed's remarks."""
        listing: Listing | None = None

        def check(_: Scan, body: bytes) -> str | None:
            nonlocal listing
            try:
                listing = read_listing(body)
            except EutilsError as error:
                return str(error)
            if listing.count < 0:
                return f"PubMed counts {listing.count} records"
            if most == 0 or listing.count > most or listing.clamped or listing.not_found:
                return None  # not a passing fault: dealt with by the caller
            if len(listing.pmids) != listing.count or len(set(listing.pmids)) != listing.count:
                return f"PubMed counts {listing.count} records but lists {len(set(listing.pmids))}"
            if not all(_PMID.fullmatch(pmid) for pmid in listing.pmids):
                return "the list holds something that is not a PMID"
            return None

        answer, repeated = self._ask(
            "esearch", check=check, db="pubmed", term=term, usehistory="y", retmax=str(most), sort="pub_date"
        )
        assert listing is not None
        if listing.not_found:
            phrases = ", ".join(listing.not_found)
            raise BadStrategy(
                f"PubMed does not know {phrases}, and searched without: mend or remove it",
                answer.requests,
                faults=listing.not_found,
            )
        return listing, answer, repeated

    def _search(self, term: str) -> SearchAnswer:
        listing, answer, repeated = self._list(term, most=self.cap)
        if listing.count > self.cap or listing.clamped:
            listed = min(self.cap, len(listing.pmids) or self.cap)
            raise TooManyRecords(
                f"the strategy finds {listing.count:,} records, PubMed lists the first {listed:,} only: narrow it",
                answer.requests,
                count=listing.count,
                cap=self.cap,
                translation=listing.translation,
            )
        again = ("PubMed lost the search's set, and the search was repeated",) if repeated else ()
        return SearchAnswer(
            query=term,
            count=listing.count,
            pmids=listing.pmids,
            translation=listing.translation,
            warnings=listing.remarks + again,
            requests=answer.requests,
            raw=(answer.body,),
            sha256=(answer.sha256,),
        )

    def _search_in_parts(self, term: str, whole: TooManyRecords) -> SearchAnswer:
        """List a large search in ranges of create date, which share no record and leave none out; checks the sum.

        Where the parts do not add up to the whole, PubMed may have changed meanwhile: the whole is counted again, and
        if that does not settle it, everything is listed anew.
        """
        sent = _Sent(whole.requests)
        count = before = whole.count or 0
        for _ in range(_SEARCHES):
            # Two days on: the day in PubMed's calendar may already be tomorrow here, and what comes in today counts.
            last = datetime.now(UTC).date() + timedelta(days=2)
            parts = self._parts(term, _DAYS, _EARLIEST.toordinal(), last.toordinal(), sent)
            pmids = tuple(dict.fromkeys(pmid for part in parts for pmid in part.pmids))
            listed = sum(part.count for part in parts)
            if not len(pmids) == listed == count:
                count = self._count(term, sent)
            if len(pmids) == listed == count:
                break
        else:
            raise EutilsError(
                f"the strategy finds {count:,} records, but its {len(parts)} ranges of create date hold "
                f"{len(pmids):,}: search again",
                sent.requests,
            )
        remarks = tuple(dict.fromkeys(remark for part in parts for remark in part.warnings))
        if count != before:
            remarks += (f"the count changed from {before:,} to {count:,} while the records were listed",)
        return SearchAnswer(
            query=term,
            count=count,
            pmids=pmids,
            translation=whole.translation,
            warnings=(*strategy_warnings(term), *remarks, f"listed in {len(parts)} ranges of create date"),
            requests=sent.requests,
            raw=tuple(raw for part in parts for raw in part.raw),
            sha256=tuple(sha for part in parts for sha in part.sha256),
        )

    def _count(self, term: str, sent: _Sent) -> int:
        with sent.before():
            listing, answer, _ = self._list(term, most=0)
        sent.add(answer.requests)
        return listing.count

    def _parts(self, term: str, axis: _Axis, low: int, high: int, sent: _Sent) -> list[SearchAnswer]:
        """List the search from step `low` to `high` of an axis in as many ranges as it takes, highest first."""
        waiting, parts = [(low, high)], list[SearchAnswer]()
        while waiting:
            low, high = waiting.pop()
            narrowed = f"({term}) AND {axis.clause(low, high)}"
            try:
                with sent.before():
                    part = self._search(narrowed)
            except TooManyRecords as error:
                sent.requests = error.requests
                if low < high:
                    middle = low + (high - low) // 2
                    waiting += [(low, middle), (middle + 1, high)]
                elif axis.finer is not None:
                    parts += self._parts(narrowed, axis.finer, 1, _HIGHEST_PMID, sent)
                else:
                    raise TooManyRecords(
                        f"PubMed lists fewer than {error.count or 0:,} records: the search cannot be divided further",
                        sent.requests,
                        count=error.count,
                        cap=self.cap,
                    ) from None
                continue
            sent.add(part.requests)
            parts.append(part)
        return parts

    # Records

    def fetch(self, pmids: Iterable[str], *, batch: int = 200) -> Iterator[FetchedBatch]:
        """Fetch records, `batch` PMIDs a request (at most 500), in the order given, each once.

        Which batches come depends on the list alone, so a caller that was interrupted goes on with what it lacks.
        A batch that arrives cut or with other records than asked for is asked for again, whole; PMIDs that PubMed
        leaves out are named in `missing` and not asked for again.
        """
        if not 1 <= batch <= 500:
            raise EutilsError(f"a batch holds 1 to 500 records, not {batch}")
        wanted = _checked_pmids(pmids)
        return (self._fetch(part) for part in _in_parts(wanted, batch))

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

        answer, repeated = self._ask("efetch", check=check, db="pubmed", id=",".join(requested), retmode="xml")
        assert seen is not None
        returned = tuple(dict.fromkeys(seen.pmids))
        there = frozenset(returned)
        strangers = unfamiliar(seen.tags)
        warnings = [f"PubMed's records hold new elements: {', '.join(strangers)}"] if strangers else []
        if repeated:
            warnings.append("PubMed lost a set of its own, and records were asked for again")
        return FetchedBatch(
            requested=requested,
            returned=returned,
            missing=tuple(pmid for pmid in requested if pmid not in there),
            raw=answer.body,
            sha256=answer.sha256,
            requests=answer.requests,
            warnings=tuple(warnings),
        )

    def summaries(self, pmids: Iterable[str]) -> SummaryAnswer:
        """Ask for the summaries of records, to learn which PubMed itself says it does not have (withdrawn or merged).

        A PMID about which nothing is said makes the answer a fault, and not the record a withdrawn one.
        """
        wanted = _checked_pmids(pmids)
        sent, gone, answers = _Sent(), list[str](), list[Answer]()
        for asked in _in_parts(wanted, _SUMMARIES):

            def check(document: Scan, _: bytes, asked: tuple[str, ...] = asked) -> str | None:
                spoken_of = set(document.summaries) | set(document.missing_summaries)
                silent = [pmid for pmid in asked if pmid not in spoken_of]
                return f"nothing was said about {len(silent)} records, {silent[0]} among them" if silent else None

            with sent.before():
                answer, _ = self._ask("esummary", check=check, db="pubmed", id=",".join(asked), version="2.0")
            sent.add(answer.requests)
            answers.append(answer)
            missing = frozenset(scan(answer.body).missing_summaries)
            gone += [pmid for pmid in asked if pmid in missing]
        return SummaryAnswer(
            missing=tuple(gone),
            requests=sent.requests,
            raw=tuple(answer.body for answer in answers),
            sha256=tuple(answer.sha256 for answer in answers),
        )

    def summary_missing(self, pmids: Iterable[str]) -> tuple[str, ...]:
        """Name those of the PMIDs of which PubMed itself says that it has no such record (withdrawn or merged)."""
        return self.summaries(pmids).missing

    # Links

    def links(self, pmids: Iterable[str], linkname: str) -> Links:
        """Follow one kind of link (SIMILAR, CITED_BY or REFERENCES) from each record.

        One `id` a record is sent, so that each has links of its own; many records take several requests. An answer
        that leaves a record out is asked for again.
        """
        if linkname not in LINK_NAMES:
            raise EutilsError(f"{linkname!r} is not a link followed here: {', '.join(sorted(LINK_NAMES))} are")
        wanted = _checked_pmids(pmids)
        sent, by_pmid, answers = _Sent(), dict[str, tuple[str, ...]](), list[Answer]()
        for asked in _in_parts(wanted, _LINKED):

            def check(_: Scan, body: bytes, asked: tuple[str, ...] = asked) -> str | None:
                try:
                    by_pmid.update(read_links(body, asked, linkname))
                except EutilsError as error:
                    return str(error)
                return None

            with sent.before():
                answer, _ = self._ask(
                    "elink", check=check, dbfrom="pubmed", db="pubmed", cmd="neighbor", linkname=linkname, id=asked
                )
            sent.add(answer.requests)
            answers.append(answer)
        return Links(
            linkname=linkname,
            by_pmid=by_pmid,
            requests=sent.requests,
            raw=tuple(answer.body for answer in answers),
            sha256=tuple(answer.sha256 for answer in answers),
        )

    # A record under another number

    def find(self, query: str | None) -> Found:
        """Run a search for one record, as `doi_query` and `title_query` write it; where PubMed knows nothing of it, or
        finds more than it lists, nothing is found.
        """
        if query is None:
            return Found(query="", pmids=())
        try:
            answer = self.search(query)
        except (BadStrategy, TooManyRecords) as error:
            return Found(query=query, pmids=(), requests=error.requests)
        return Found(query=query, pmids=answer.pmids, requests=answer.requests, raw=answer.raw, sha256=answer.sha256)

    def find_by_doi(self, doi: str) -> tuple[str, ...]:
        """The PMIDs with this DOI; () if there is none, or the text is no DOI."""
        return self.find(doi_query(doi)).pmids

    def find_by_title(self, title: str) -> tuple[str, ...]:
        """The PMIDs whose titles hold the longest words of this one; () for a title too short to identify a record."""
        return self.find(title_query(title)).pmids


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


def _in_parts(pmids: tuple[str, ...], size: int) -> Iterator[tuple[str, ...]]:
    return (pmids[start : start + size] for start in range(0, len(pmids), size))
