"""The hypergeometric distribution's lower tail for many urns at once, quick enough to be asked thousands of times."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

Floats = NDArray[np.float64]


def at_most(seen: ArrayLike, urn: ArrayLike, relevant: ArrayLike, drawn: ArrayLike) -> Floats:
    """Chance that `drawn` records, taken at random from an urn with `relevant` ones, hold `seen` of those or fewer.

    urn: records in it. Whole numbers or arrays of them that fit together; gives an array. From the term at `seen` the
    sum runs away from the mode, each term by its ratio to the last, until the terms do not count any more
    (R: `phyper(seen, relevant, urn - relevant, drawn)`).
    """
    x, n, k, d = (np.array(item, dtype=float) for item in np.broadcast_arrays(seen, urn, relevant, drawn))
    least, most = np.maximum(0, d + k - n), np.minimum(k, d)
    result = np.where(x >= most, 1.0, 0.0)
    inside = (x >= least) & (x < most)
    below = x < np.floor((d + 1) * (k + 1) / (n + 2))  # of the mode
    for part, down in ((inside & below, True), (inside & ~below, False)):
        if part.any():
            tail = _tail(x[part], n[part], k[part], d[part], down=down)
            result[part] = tail if down else 1 - tail
    return np.clip(result, 0, 1)


def _tail(x: Floats, n: Floats, k: Floats, d: Floats, *, down: bool) -> Floats:
    """Sum of the terms from x down to the least, or of those above x up to the most."""
    term = np.exp(_log_choose(k, x) + _log_choose(n - k, d - x) - _log_choose(n, d))
    total = term.copy() if down else np.zeros_like(term)
    at = x.copy()
    while True:
        if down:
            ratio = at * (n - k - d + at) / ((k - at + 1) * (d - at + 1))
            at -= 1
        else:
            ratio = (k - at) * (d - at) / ((at + 1) * (n - k - d + at + 1))
            at += 1
        term = term * ratio  # falls to nought at the end of what is possible, and stays there
        total += term
        if not np.any(term > total * 1e-17):
            return total


def _log_choose(n: Floats, k: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
