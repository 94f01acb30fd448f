"""The duplicates among the records of a review: sure ones linked, unsure ones listed for a person.

Only records that are new or changed since the last run are compared, with all; a run over everything is made the first
time, on request, and after an update of the duplicate rules. Both give the same answer, because a pair of records that
did not change is judged as before. Links are recorded by the workbench itself, so that nobody is taken for having read
what a program joined; who started the run is kept with the run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from ingest.duplicates import RULES, Verdict, find_duplicates, judge
from ingest.record import Record
from workbench import __version__
from workbench.refresh.progress import Tell
from workbench.store import SYSTEM, Store
from workbench.store.base import utc_now

LAST_RUN = "duplicates:last-run"
"""The workbench's own preference that remembers up to which version of the records duplicates were looked for."""
KEPT_APART = "agrees with this record, but also with another that a person keeps apart from it"
INDIRECT = "agrees with other records of this report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deduplicated:
    """What the search for duplicates came to. Groups and unsure are counts of what stands after it."""

    groups: int  # reports with more than one record
    unsure: int  # pairs that wait for a person
    linked: int  # links made now
    asked: int  # pairs listed for a person now
    compared: int  # records that were new or changed, and were compared with all
    records: int  # in the review
    refused: tuple[tuple[str, str], ...]  # pairs that a person keeps apart


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """When duplicates were last looked for, and what came of it."""

    at: datetime
    by: str
    compared: int
    records: int
    linked: int
    asked: int


def deduplicate(
    store: Store,
    *,
    by: str = SYSTEM,
    everything: bool = False,
    tell: Tell = lambda _: None,
    now: datetime | None = None,
) -> Deduplicated:
    """Find duplicates of the records that are new or changed since the last run; of all of them with `everything`.

    Safe to repeat and to interrupt: what was found stays, and what was not compared is compared the next time.
    """
    kept = store.preference(SYSTEM, LAST_RUN)
    last = kept if isinstance(kept, dict) else {}
    rules = _rules()
    if last and last.get("rules") != rules and not everything:
        tell("The duplicate rules were updated: all records are compared anew.")
    everything = everything or last.get("rules") != rules
    until, fresh = store.versions_since(0 if everything else int(last["until"]))
    linked, asked = 0, 0
    refused: tuple[tuple[str, str], ...] = ()
    total = store.counts().records
    if fresh:
        records = list(store.all_records())
        total = len(records)
        wanted = set(fresh)
        new = None if everything else {place for place, record in enumerate(records) if record.key in wanted}
        tell(f"Comparing {len(fresh)} records with {total} ...")
        found = find_duplicates(records, new=new)
        groups = [[records[place].key for place in group] for group in found.groups]
        sure, doubtful = _without_quarrels(store, groups)
        answer = store.link_duplicates(sure, SYSTEM, _reasons(records), now=now)
        pairs = [(records[one.pair[0]].key, records[one.pair[1]].key, one.reasons) for one in found.unsure]
        asked = store.add_unsure_pairs([*pairs, *doubtful], SYSTEM, now=now)
        linked, refused = answer.links, answer.refused
        tell(f"{linked} records linked to a report, {asked} pairs listed for a person.")
    at = now or utc_now()
    state = {"until": until, "rules": rules, "at": at.isoformat(), "by": by}
    store.set_preference(
        SYSTEM, LAST_RUN, state | {"compared": len(fresh), "records": total, "linked": linked, "asked": asked}, now=at
    )
    return Deduplicated(
        groups=len(store.linked_reports()),
        unsure=len(store.unsure_pairs()),
        linked=linked,
        asked=asked,
        compared=len(fresh),
        records=total,
        refused=refused,
    )


def last_run(store: Store) -> LastRun | None:
    """When duplicates were last looked for; None if they never were."""
    kept = store.preference(SYSTEM, LAST_RUN)
    if not isinstance(kept, dict):
        return None
    counts = {name: int(kept[name]) for name in ("compared", "records", "linked", "asked")}
    return LastRun(at=datetime.fromisoformat(kept["at"]), by=str(kept["by"]), **counts)


def uncompared(store: Store) -> int:
    """How many records came or changed since duplicates were last looked for."""
    kept = store.preference(SYSTEM, LAST_RUN)
    return store.count_versions_since(int(kept["until"]) if isinstance(kept, dict) else 0)


def _rules() -> str:
    """What tells this version of the rules from others."""
    named = "\n".join(f"{rule.verdict}: {rule.name}" for rule in RULES)
    return f"{__version__} {hashlib.sha256(named.encode()).hexdigest()[:16]}"


def _reasons(records: Iterable[Record]) -> Callable[[str, str], Sequence[str]]:
    """Why two records of one group are linked: the rule that holds of the two, or that others are between them."""
    held = {record.key: record for record in records}

    def why(one: str, other: str) -> Sequence[str]:
        verdict, rule = judge(held[one], held[other])
        return (rule if verdict is Verdict.SAME else INDIRECT,)

    return why


def _without_quarrels(
    store: Store, groups: Sequence[Sequence[str]]
) -> tuple[list[Sequence[str]], list[tuple[str, str, Sequence[str]]]]:
    """The groups to link, and questions in place of links where a person keeps apart what the rules would join.

    A record that is like two records which somebody said are not one report may be either: a person has to say.
    """
    sure: list[Sequence[str]] = []
    doubtful: list[tuple[str, str, Sequence[str]]] = []
    parted = store.kept_apart_within(groups)
    for group, apart in zip(groups, parted, strict=True):
        if not apart:
            sure.append(group)
            continue
        pieces = list(dict.fromkeys(store.report_of(key).key for key in group))
        for one, other in combinations(pieces, 2):
            if frozenset((one, other)) in apart:
                sure.append((one, other))  # is refused, and said so
            elif any(
                (frozenset((one, third)) in apart) != (frozenset((other, third)) in apart)
                for third in pieces
                if third not in (one, other)
            ):
                doubtful.append((one, other, (KEPT_APART,)))
            else:
                sure.append((one, other))
    return sure, doubtful
