"""What the store gives back: frozen values, times always in UTC with their time zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ingest.record import Record

SYSTEM = "workbench"
"""Who recorded a fact when no person did: the software itself."""


SearchKind = Literal["database", "register", "citation searching", "other"]
"""Where a search belongs in PRISMA 2020's flow: its boxes of identification."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewer:
    """A person who works on the review."""

    name: str  # the short name that every fact carries
    role: Literal["lead", "reviewer"] = "reviewer"
    display: str = ""  # the name on screen; `name` if empty


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRun:
    """One strategy run on one source at one time: a line of the ledger."""

    id: int
    strategy: str
    indication: str | None
    source: str  # "PubMed", or the name of the file that was imported
    query: str  # as sent
    translation: str  # as the source understood it
    count: int | None  # records the source said it holds for the query
    new: int
    changed: int
    withdrawn: int
    retracted: int
    requests: int
    status: Literal["running", "complete", "failed"]
    error: str  # why it failed; empty for a run that did not
    started: datetime
    finished: datetime | None
    by: str
    kind: SearchKind = "database"
    remarks: str = ""  # what is worth knowing about a run that did not fail
    query_changed: bool = False  # its text is not that of the strategy's last complete run before it
    translation_changed: bool = False  # its text is, but the source read it in another way


@dataclass(frozen=True, slots=True, kw_only=True)
class RawAnswer:
    """One answer of a source as it arrived; `Store.raw_body(sha256)` gives its bytes."""

    run: int
    kind: str  # "esearch", "efetch", "elink", "esummary", "file"; or ours: "listing" (of PMIDs), "requests" (a log)
    sha256: str
    size: int  # bytes before compression
    requested: tuple[str, ...]  # identifiers asked for
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAnswer:
    """An answer of a source that is to be kept as it arrived."""

    kind: str  # as in RawAnswer
    body: bytes = field(repr=False)
    requested: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedRecords:
    """What became of a batch: new + changed + known = records given."""

    new: int = 0
    changed: int = 0
    known: int = 0  # already there, and unchanged
    retracted: int = 0  # among new and changed: retracted now and not before
    new_keys: tuple[str, ...] = ()
    changed_keys: tuple[str, ...] = ()
    retracted_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordVersion:
    """A record as it stood from one time on."""

    number: int  # 1, 2, ...
    record: Record
    hash: str
    run: int | None  # the search that brought it
    raw_sha256: str | None  # the answer it was read from
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """What a version of a record (2, 3, ...) has that differs from the one before it."""

    number: int
    at: datetime
    run: int | None  # the search that brought it
    fields: tuple[tuple[str, Any, Any], ...]  # (field of Record, before, after), in Record's order


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A version of a record that one search brought."""

    record: str  # its key
    number: int  # 1: the search brought the record itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One strategy found one record."""

    strategy: str
    indication: str | None
    run: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a record was identified, as PRISMA counts it."""

    source: str  # of the search that found it, as the ledger names it
    strategy: str
    kind: SearchKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """One record of the review led to another one."""

    record: str
    seed: str  # key of the record that led to it
    link: str  # "similar", "cited by", "references"
    run: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """The source of a record said that it no longer has it."""

    record: str
    run: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The latest word of a person on one alert about one record."""

    record: str
    kind: str
    marks: tuple[str, ...]  # what stood behind the alert when it was seen
    seen: bool  # False: taken back
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A document, by the records that describe it; derived from the standing duplicate links."""

    key: str  # key of the record that was seen first
    record_keys: tuple[str, ...]  # in the order they were seen, the first one first


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What became of groups of duplicates."""

    links: int = 0  # links made now
    known: int = 0  # already in one report
    refused: tuple[tuple[str, str], ...] = ()  # pairs a person keeps apart, which therefore were not brought together


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsurePair:
    """Two records that may describe one report: a person must say."""

    first: str
    second: str
    reasons: tuple[str, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one reviewer, and the review, are at one stage. Counts are of reports."""

    total: int  # reports at this stage
    decided: int  # this reviewer has a standing vote
    remaining: int  # this reviewer is still asked for a vote
    pending: int  # votes are missing, and somebody is asked for them
    included: int
    excluded: int
    conflicts: int
    aside: int = 0  # nobody voted and nobody is asked: a stop was signed, or the full text cannot be had


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSlot:
    """A place for one result of a study: one contrast, outcome and time point, extracted with one form."""

    id: str
    study: str
    form: str
    indication: str | None
    label: str
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FormText:
    """A form as it was when somebody filled it in."""

    form: str
    version: int
    content: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLock:
    """One job that one process at a time may do; who does it, and until when it is theirs."""

    name: str
    holder: str
    host: str
    pid: int
    process: str  # tells a process from a later one with the same pid; empty where the system does not say
    token: str
    taken_at: datetime
    expires_at: datetime
    doing: str = ""  # how far it is, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the audit trail."""

    at: datetime
    by: str
    action: str  # "decision", "extraction", "linked as duplicates", ...
    subject: str  # key of the record, id of the study or of the result
    detail: str  # in plain words
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is."""

    records: int
    reports: int
    duplicates: int  # records - reports
    unsure_pairs: int
    retracted: int
    withdrawn: int
    decisions: int
    studies: int
    results: int
    extractions: int
    searches: int
    by_source: Mapping[str, int]  # records
    by_indication: Mapping[str, int]  # reports found by a strategy of the indication
