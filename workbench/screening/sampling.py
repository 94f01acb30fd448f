"""Reports drawn at random, in a way that anybody can draw again."""

from __future__ import annotations

import random
from collections.abc import Iterable


def draw(reports: Iterable[str], size: int, seed: int) -> tuple[str, ...]:
    """A simple random sample without replacement, in the order drawn.

    reports: keys to draw from; their order does not matter. size: how many, at most as many as there are. The same seed
    and the same reports give the same sample (Python's Mersenne Twister, `random.Random.sample` on sorted keys).
    """
    known = sorted(set(reports))
    return tuple(random.Random(seed).sample(known, min(size, len(known))))  # noqa: S311 - a draw, not a secret
