"""The evidence for stopping to screen before every record was read: estimates, a test, and the SAFE ticks; no rule.

Whoever leads the review looks at it and signs; nothing here stops anything.

Sources: Callaghan & Müller-Hansen 2020, Statistical stopping criteria for automated screening in systematic reviews,
Syst Rev 9:273 (the test); Boetje & van de Schoot 2024, The SAFE procedure, Syst Rev 13:81 (the ticks); Clopper &
Pearson 1934 in its form for a finite population (the interval: both tails of the hypergeometric distribution).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.screening.hypergeometric import at_most
from workbench.screening.sampling import too_many_missed


class StoppingError(ValueError):
    """Base of what this module raises; its message is written for a reviewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEstimate:
    """Recall as a random sample of the unread records tells it.

    missed, missed_low, missed_high: relevant records among those that are still unread: after the sample, and after
    what else was read since it was drawn. recall and its bounds: found / (found + missed), 0 to 1; None where nothing
    relevant is known of at all. contradicted: what was read since does not
    fit the sample's bounds: more or fewer relevant ones than they allow.
    """

    unread_before: int
    sampled: int
    relevant_in_sample: int
    read_since: int  # records read since the draw that are not in the sample
    relevant_since: int  # the relevant ones among them
    still_unread: int
    found: int  # relevant records known, those of the sample and those found since included
    missed: float
    missed_low: int
    missed_high: int
    recall: float | None
    recall_low: float | None
    recall_high: float | None
    contradicted: bool
    level: float


def audit_recall(
    *,
    found_before: int,
    unread: int,
    sampled: int,
    relevant: int,
    read_since: int = 0,
    relevant_since: int = 0,
    level: float = 95,
) -> AuditEstimate:
    """Estimate recall from a simple random sample that was drawn from all unread records and read whole.

    found_before: relevant records known before the sample; unread: unread records when it was drawn; sampled: how many
    of them were read; relevant: how many of those are relevant. read_since, relevant_since: of the others that were
    unread then, how many were read since and how many of those are relevant. A ranking picked them: they tell nothing
    of the rest, but what was found cannot be missed any more. The bounds are exact for a finite population: the
    smallest and largest number of relevant records among the unread with which a sample like this has a chance of at
    least (100 - level) / 2 percent. Raises StoppingError for numbers that cannot be.
    """
    if min(found_before, unread, sampled, relevant, read_since, relevant_since) < 0:
        raise StoppingError("counts cannot be negative")
    if sampled + read_since > unread or relevant > sampled or relevant_since > read_since:
        raise StoppingError(
            f"{relevant} relevant in a sample of {sampled} from {unread} unread records, {relevant_since} relevant of "
            f"{read_since} read since: these numbers cannot be"
        )
    if not 0 < level < 100:
        raise StoppingError(f"a level lies between 0 and 100 percent, not at {level:g}")
    low, high = _bounds(unread, sampled, relevant, (100 - level) / 200)
    known = relevant + relevant_since
    found, rest = found_before + known, unread - sampled - read_since

    def still(in_all: float) -> float:
        return min(max(in_all - known, 0), rest)

    def recall(missed: float) -> float | None:
        return found / (found + missed) if found + missed > 0 else None

    missed = still(unread * relevant / sampled) if sampled else float(rest)
    missed_low, missed_high = int(still(low)), int(still(high))
    return AuditEstimate(
        unread_before=unread,
        sampled=sampled,
        relevant_in_sample=relevant,
        read_since=read_since,
        relevant_since=relevant_since,
        still_unread=rest,
        found=found,
        missed=missed,
        missed_low=missed_low,
        missed_high=missed_high,
        recall=recall(missed) if sampled else None,
        recall_low=recall(missed_high),
        recall_high=recall(missed_low),
        contradicted=known > high or known + rest < low,
        level=level,
    )


def _bounds(population: int, sample: int, seen: int, tail: float) -> tuple[int, int]:
    """Smallest and largest number of relevant records in the population that agree with the sample."""
    if not sample:
        return 0, population
    least, most = seen, population - (sample - seen)
    low, high = least, most  # the first with P(X >= seen) >= tail; the chance rises with the number of relevant ones
    while low < high:
        middle = (low + high) // 2
        if 1 - float(at_most(seen - 1, population, middle, sample)) >= tail:
            high = middle
        else:
            low = middle + 1
    first = low
    low, high = least, most  # the last with P(X <= seen) >= tail; the chance falls with it
    while low < high:
        middle = (low + high + 1) // 2
        if float(at_most(seen, population, middle, sample)) >= tail:
            low = middle
        else:
            high = middle - 1
    return first, low


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedTest:
    """Test of the hypothesis that recall is below its target.

    p: the smallest, over all tails of the reading order, of the chance to find as few relevant records in that tail as
    were found, if enough were missing to bring recall below the target. Small p speaks for having reached it.
    """

    target: float
    found: int
    read: int
    unread: int
    p: float
    tail: int  # records at the end of the reading order on which p rests


def missed_test(order: Sequence[bool], *, total: int, target: float = 0.95) -> MissedTest:
    """Callaghan & Müller-Hansen's test on records read in the order of a ranking.

    order: for each record read, in the order of reading, whether it was relevant. total: records, read or not.
    target: recall, 0 to 1 exclusively. The last records read are treated as if drawn at random from those that were
    unread before them; as a ranking puts the likeliest first, that errs on the side of reading on.
    """
    if not 0 < target < 1:
        raise StoppingError(f"a target recall lies between 0 and 1, not at {target:g}")
    labels = np.asarray(order, dtype=bool)
    read = len(labels)
    if total < read:
        raise StoppingError(f"{read} records were read of {total}: these numbers cannot be")
    found = int(labels.sum())
    if read == 0 or found == 0:
        return MissedTest(target=target, found=found, read=read, unread=total - read, p=1.0, tail=0)
    if total == read:
        return MissedTest(target=target, found=found, read=read, unread=0, p=0.0, tail=read)
    places = np.flatnonzero(labels)
    # A tail that reaches further back without another relevant record makes p smaller: only the longest ones count.
    tails = read - np.concatenate(([0], places + 1))
    tails = tails[tails > 0]
    relevant_in_tail = found - np.searchsorted(places, read - tails)
    urn = total - read + tails  # unread before the tail began
    # fewest relevant records in the urn with which recall is below the target
    wanted = too_many_missed(found=found, target=target) + relevant_in_tail
    possible = wanted <= urn  # otherwise so many cannot be missing: the hypothesis is out of the question
    chance = np.zeros(len(tails))
    chance[possible] = at_most(relevant_in_tail[possible], urn[possible], wanted[possible], tails[possible])
    best = int(np.argmin(chance))
    return MissedTest(
        target=target, found=found, read=read, unread=total - read, p=float(chance[best]), tail=int(tails[best])
    )


def places_to_look(read: int, points: int) -> tuple[int, ...]:
    """At most `points` numbers of records read, evenly spread, at which a curve over the reading is drawn."""
    if not read:
        return ()
    return tuple(dict.fromkeys(max(1, round(read * point / points)) for point in range(1, points + 1)))


def p_over_reading(
    order: Sequence[bool], *, total: int, target: float = 0.95, points: int = 60
) -> tuple[tuple[int, float], ...]:
    """How p fell with reading: (records read, p) at up to `points` places, the last at all that were read."""
    labels = np.asarray(order, dtype=bool)
    return tuple(
        (read, missed_test(labels[:read], total=total, target=target).p)  # type: ignore[arg-type]
        for read in places_to_look(len(labels), points)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One condition of the SAFE procedure. met None: a person has to say."""

    key: str
    label: str
    met: bool | None
    detail: str


def safe_ticks(
    order: Sequence[bool],
    *,
    total: int,
    random_sample: int,
    random_relevant: int | None,
    drawn_from: int | None = None,
    found_when_drawn: int = 0,
    key_papers: int = 0,
    key_papers_found: int = 0,
    irrelevant_in_row: int = 50,
    share_read: float = 0.1,
) -> tuple[Tick, ...]:
    """The conditions of SAFE's phases 1 and 2 that counts can tell, and those of 3 and 4 that a person has to.

    order: relevance of the records read, in the order of reading. random_sample, random_relevant: records read at
    random before the ranking was followed, and how many of them were relevant (None: not read whole yet). drawn_from,
    found_when_drawn: records it was drawn from (all, unless said) and relevant ones known by then. irrelevant_in_row,
    share_read: 50 and a tenth are the procedure's own examples.
    """
    labels = [bool(label) for label in order]
    read, found = len(labels), sum(labels)
    in_row = next((place for place, label in enumerate(reversed(labels)) if label), read)
    drawn_from = total if drawn_from is None else drawn_from
    expected = float(found_when_drawn)
    if random_sample and random_relevant:
        expected += random_relevant / random_sample * drawn_from
    return (
        Tick(
            key="random",
            label="A random sample was read first (at least 1 %)",
            met=random_relevant is not None and random_sample >= 0.01 * total and random_sample > 0,
            detail=f"{random_sample} of {total} records, "
            + ("not read whole yet" if random_relevant is None else f"{random_relevant} relevant"),
        ),
        Tick(
            key="key_papers",
            label="All key papers were found",
            met=None if not key_papers else key_papers_found == key_papers,
            detail=f"{key_papers_found} of {key_papers}" if key_papers else "no key papers are named",
        ),
        Tick(
            key="estimate",
            label="As many relevant records were found as the random sample lets expect",
            met=None if not random_relevant else found >= expected,
            detail=f"{found} found, about {expected:.0f} expected"
            if random_relevant
            else "no random sample was read whole, or it held no relevant record",
        ),
        Tick(
            key="share",
            label=f"At least {share_read:.0%} of the records were read",
            met=read >= share_read * total and total > 0,
            detail=f"{read} of {total}",
        ),
        Tick(
            key="in_row",
            label=f"The last {irrelevant_in_row} records were irrelevant",
            met=in_row >= irrelevant_in_row,
            detail=f"{in_row} in a row",
        ),
        Tick(
            key="other_model",
            label="Another ranking or search was tried for what this one may miss",
            met=None,
            detail="to be confirmed by a person",
        ),
        Tick(
            key="quality",
            label="Exclusions that the ranking holds likeliest were looked at again",
            met=None,
            detail="to be confirmed by a person",
        ),
    )
