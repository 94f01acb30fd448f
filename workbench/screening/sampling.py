"""Reports drawn at random, in a way that anybody can draw again, and how many to draw."""

from __future__ import annotations

import random
from collections.abc import Iterable

from workbench.screening.hypergeometric import at_most


def draw(reports: Iterable[str], size: int, seed: int) -> tuple[str, ...]:
    """A simple random sample without replacement, in the order drawn.

    reports: keys to draw from; their order does not matter. size: how many, at most as many as there are. The same seed
    and the same reports give the same sample (Python's Mersenne Twister, `random.Random.sample` on sorted keys).
    """
    known = sorted(set(reports))
    return tuple(random.Random(seed).sample(known, min(size, len(known))))  # noqa: S311 - a draw, not a secret


def chance_to_show(*, unread: int, missed: int, size: int) -> float:
    """Chance that a sample of `size` from `unread` reports holds at least one of `missed` relevant ones.

    Exact: 1 - C(unread - missed, size) / C(unread, size), the hypergeometric distribution.
    """
    if min(unread, missed, size) < 0 or max(missed, size) > unread:
        raise ValueError(f"a sample of {size} from {unread} with {missed} relevant: these numbers cannot be")
    return 1 - float(at_most(0, unread, missed, size))


def size_to_show(*, unread: int, missed: int, chance: float = 0.95) -> int:
    """The smallest sample in which at least one of `missed` relevant reports among `unread` shows with this chance."""
    if not 0 < chance < 1:
        raise ValueError(f"a chance lies between 0 and 1, not at {chance:g}")
    if not 0 < missed <= unread:
        raise ValueError(f"{missed} relevant of {unread} unread reports: these numbers cannot be")
    low, high = 1, unread - missed + 1  # with this many one must be among them
    while low < high:
        middle = (low + high) // 2
        if chance_to_show(unread=unread, missed=missed, size=middle) >= chance - 1e-9:  # 95 of 100 are 95 %
            high = middle
        else:
            low = middle + 1
    return low


def too_many_missed(*, found: int, target: float) -> int:
    """The fewest missed relevant reports with which recall is below the target, where `found` are known."""
    if not 0 < target < 1:
        raise ValueError(f"a target recall lies between 0 and 1, not at {target:g}")
    missed = max(int(found / target) - found, 0)  # a start that rounding may put one off
    while found / (found + missed) >= target if found + missed else True:
        missed += 1
    while missed > 1 and found / (found + missed - 1) < target:
        missed -= 1
    return missed
