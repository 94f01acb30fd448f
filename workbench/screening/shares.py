"""Who a report falls to where a team shares the reports out: worked out from its key, stored nowhere.

Each report ranks all reviewers by a number drawn from its key and their name (rendezvous hashing; Thaler & Ravishankar
1998, IEEE/ACM Trans Netw 6:1); the first ones are asked for the votes it needs. So the shares are even, a new record
falls to somebody at once, and a reviewer who comes or goes moves only the reports that must move.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping


def falls_to(report: str, shares: Mapping[str, float], needed: int) -> tuple[str, ...]:
    """The reviewers who are asked for a report's votes, the first asked first.

    report: its key. shares: reviewer -> weight of their share (0: none). needed: votes a report needs; with fewer
    reviewers than that, all of them are asked.
    """
    drawn = sorted(((_draw(report, reviewer, weight), reviewer) for reviewer, weight in shares.items() if weight > 0))
    return tuple(reviewer for _, reviewer in drawn[:needed])


def _draw(report: str, reviewer: str, weight: float) -> float:
    """An exponential draw with the rate `weight`: the smallest of several wins in proportion to the weights."""
    digest = hashlib.blake2b(f"{report}\0{reviewer}".encode("utf-8", "replace"), digest_size=8).digest()
    uniform = (int.from_bytes(digest) + 1) / (2**64 + 1)
    return -math.log(uniform) / weight
