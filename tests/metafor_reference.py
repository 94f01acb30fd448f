"""The reference results of R metafor 3.8-1 (shared/reference/metafor), as the tests read them.

Its README gives the tolerances: class A 1e-8 for closed forms, class B 1e-6 for iterated values. The iterated values
stored there were driven to convergence, as ours are, so 1e-8 is asked of them too; where a stored value is an
iteration's stopping point on the boundary tau2 = 0 (1e-15 instead of 0), the floor below covers it.
"""

from __future__ import annotations

import json
import math
from functools import cache
from typing import Any

import numpy as np

from tests.shared_data import shared

DATASETS = (
    "dat.bcg",
    "dat.berkey1998",
    "dat.bornmann2007",
    "dat.egger2001",
    "dat.gibson2002",
    "dat.hackshaw1998",
    "dat.hahn2001",
    "dat.hart1999",
    "dat.konstantopoulos2011",
    "dat.lau1992",
    "dat.molloy2014",
    "dat.nielweise2007",
    "dat.normand1999",
    "dat.pritz1997",
    "dat.raudenbush1985",
    "dat.senn2013",
    "made.arm_a",
    "made.paired_a",
)


@cache
def reference(dataset: str) -> dict[str, Any]:
    """One data set's results."""
    found: dict[str, Any] = json.loads(shared(f"reference/metafor/{dataset}.json").read_text(encoding="utf-8"))
    return found


def numbers(values: list[Any]) -> np.ndarray:
    """A list of the file as floats: null is NaN."""
    return np.array([math.nan if value is None else float(value) for value in values])


def escalc_columns(dataset: str) -> dict[str, np.ndarray]:
    """The raw columns under the names that escalc took them by."""
    found = reference(dataset)
    return {name: numbers(found["raw"][column]) for name, column in found["escalc_columns"].items()}


def scalar(value: Any) -> float | None:
    """A number of the file, which writes R's vectors of one as lists."""
    if isinstance(value, list):
        value = value[0]
    return None if value is None else float(value)


def close(ours: float | None, theirs: float | None, *, rel: float = 1e-8, floor: float = 1e-8) -> bool:
    """Whether two numbers agree relative to the reference or to `floor`; None agrees with None only."""
    if ours is None or theirs is None:
        return ours is theirs
    return abs(ours - theirs) <= rel * max(abs(theirs), floor)
