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
from scipy import stats


class StoppingError(ValueError):
    """Base of what this module raises; its message is written for a reviewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEstimate:
    """Recall as a random sample of the unread records tells it.

    missed, missed_low, missed_high: relevant records among those that are still unread after the sample.
    recall and its bounds: found / (found + missed), 0 to 1; None where nothing relevant is known of at all.
    """

    unread_before: int
    sampled: int
    relevant_in_sample: int
    found: int  # relevant records known, those of the sample included
    missed: float
    missed_low: int
    missed_high: int
    recall: float | None
    recall_low: float | None
    recall_high: float | None
    level: float


def audit_recall(*, found_before: int, unread: int, sampled: int, relevant: int, level: float = 95) -> AuditEstimate:
    """Estimate recall from a simple random sample that was drawn from all unread records and read whole.

    found_before: relevant records known before the sample; unread: unread records when it was drawn; sampled: how many
    of them were read; relevant: how many of those are relevant. The bounds are exact for a finite population: the
    smallest and largest number of relevant records among the unread with which a sample like this has a chance of at
    least (100 - level) / 2 percent. Raises StoppingError for numbers that cannot be.
    """
    if min(found_before, unread, sampled, relevant) < 0:
        raise StoppingError("counts cannot be negative")
    if sampled > unread or relevant > sampled:
        raise StoppingError(
            f"{relevant} relevant in a sample of {sampled} from {unread} unread records: these numbers cannot be"
        )
    if not 0 < level < 100:
        raise StoppingError(f"a level lies between 0 and 100 percent, not at {level:g}")
    low, high = _bounds(unread, sampled, relevant, (100 - level) / 200)
    found, rest = found_before + relevant, unread - sampled
    missed = unread * relevant / sampled - relevant if sampled else float("nan")

    def recall(still_missed: float) -> float | None:
        return found / (found + still_missed) if found + still_missed > 0 else None

    return AuditEstimate(
        unread_before=unread,
        sampled=sampled,
        relevant_in_sample=relevant,
        found=found,
        missed=min(missed, rest) if sampled else float(rest),
        missed_low=low - relevant,
        missed_high=high - relevant,
        recall=recall(missed) if sampled else None,
        recall_low=recall(high - relevant),
        recall_high=recall(low - relevant),
        level=level,
    )


def _bounds(population: int, sample: int, seen: int, tail: float) -> tuple[int, int]:
    """Smallest and largest number of relevant records in the population that agree with the sample."""
    possible = np.arange(seen, population - (sample - seen) + 1)
    if not sample:
        return 0, population
    at_least = stats.hypergeom.sf(seen - 1, population, possible, sample)  # rises with the number of relevant ones
    at_most = stats.hypergeom.cdf(seen, population, possible, sample)  # falls with it
    agreeing = possible[(at_least >= tail) & (at_most >= tail)]
    return int(agreeing[0]), int(agreeing[-1])


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
    tails = np.arange(1, read + 1)
    relevant_in_tail = np.cumsum(labels[::-1])
    urn = total - read + tails  # unread before the tail began
    # fewest relevant records in the urn with which recall is below the target
    wanted = np.floor(found / target + 1 - (found - relevant_in_tail)).astype(int)
    possible = wanted <= urn  # otherwise so many cannot be missing: the hypothesis is out of the question
    chance = np.zeros(read)
    chance[possible] = stats.hypergeom.cdf(relevant_in_tail[possible], urn[possible], wanted[possible], tails[possible])
    best = int(np.argmin(chance))
    return MissedTest(
        target=target, found=found, read=read, unread=total - read, p=float(chance[best]), tail=int(tails[best])
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
    random_relevant: int,
    key_papers: int = 0,
    key_papers_found: int = 0,
    irrelevant_in_row: int = 50,
    share_read: float = 0.1,
) -> tuple[Tick, ...]:
    """The conditions of SAFE's phases 1 and 2 that counts can tell, and those of 3 and 4 that a person has to.

    order: relevance of the records read, in the order of reading. random_sample, random_relevant: records read at
    random before the ranking was followed, and how many of them were relevant. irrelevant_in_row, share_read: 50 and a
    tenth are the procedure's own examples.
    """
    labels = [bool(label) for label in order]
    read, found = len(labels), sum(labels)
    in_row = next((place for place, label in enumerate(reversed(labels)) if label), read)
    expected = random_relevant / random_sample * total if random_sample else 0.0
    return (
        Tick(
            key="random",
            label="A random sample was read first (at least 1 %)",
            met=random_sample >= 0.01 * total and random_sample > 0,
            detail=f"{random_sample} of {total} records, {random_relevant} relevant",
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
            else "the random sample held no relevant record, or was not drawn",
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
