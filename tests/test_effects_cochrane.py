"""Every row of 12 Cochrane reviews with pain outcomes: the printed effect follows from the printed arms.

Estimates and ends of intervals are printed to six decimals, so half a unit of the sixth is all that may be left over.
Ratios above 1 have as many decimals and so more digits: there the difference is taken relative.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest

from tests.shared_data import shared
from workbench.effects import escalc, estimate_as_printed

REVIEWS = (
    *("CD001703_pub4", "CD002122_pub3", "CD006712_pub3", "CD007859_pub5", "CD012850_pub2", "CD013078_pub2"),
    *("CD013342_pub2", "CD014428_pub2", "CD014687_pub2", "CD015229_pub2", "CD015594_pub2", "CD015894_pub2"),
)
PRINTED = 5.01e-7
Z = 1.959963984540054
Row = dict[str, float]


def rows() -> Iterator[Row]:
    for review in REVIEWS:
        path = shared(f"data/cochrane_pain/{review}.csv.gz")
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield {name: _number(text) for name, text in row.items()}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def kind_of(row: Row) -> str:
    """Zeros and blanks stand in the fields that a row does not use."""
    printed = "" if math.isfinite(row["Mean"]) else ", no effect printed"
    if row["Experimental.SD"] > 0 or row["Control.SD"] > 0:
        return "continuous" + printed
    if row["Experimental.N"] > 0:
        return "events" + printed
    return "estimate only" + printed


def columns(row: Row) -> dict[str, list[float]]:
    names = {"m1i": "Experimental.mean", "sd1i": "Experimental.SD", "n1i": "Experimental.N", "ai": "Experimental.cases"}
    names |= {"m2i": "Control.mean", "sd2i": "Control.SD", "n2i": "Control.N", "ci": "Control.cases"}
    return {ours: [row[theirs]] for ours, theirs in names.items()}


def follows(row: Row, yi: float, vi: float, *, ratio: bool = False) -> bool:
    reach = Z * math.sqrt(vi)
    ours = [yi, yi - reach, yi + reach]
    if ratio:
        ours = [math.exp(value) for value in ours]
    printed = [row["Mean"], row["CI.start"], row["CI.end"]]
    return all(abs(a - b) <= PRINTED * (max(1, abs(b)) if ratio else 1) for a, b in zip(ours, printed, strict=True))


def test_every_continuous_row_follows_from_its_arms() -> None:
    found = Counter[str]()
    for row in rows():
        if kind_of(row) != "continuous":
            continue
        for measure, vtype in (("MD", "LS"), ("SMD", "RevMan")):
            effects = escalc(measure, columns(row), vtype=vtype)
            if follows(row, float(effects.yi[0]), float(effects.vi[0])):
                found[measure] += 1
                break
        else:
            pytest.fail(f"neither a mean difference nor Hedges' g: {row}")
    assert found == {"MD": 695, "SMD": 44}


def test_every_row_with_events_follows_from_its_counts() -> None:
    found = Counter[str]()
    for row in rows():
        if kind_of(row) != "events":
            continue
        cells = (row["Experimental.cases"], row["Experimental.N"] - row["Experimental.cases"])
        cells += (row["Control.cases"], row["Control.N"] - row["Control.cases"])
        if (cells[0] == cells[2] == 0) or (cells[1] == cells[3] == 0):
            # RevMan adds 1/2 for the variance of such a row only, and leaves its estimate at no difference
            measures = ("RD", "RR") if row["Mean"] == 0 else ("RR",)
            fit = [m for m in measures if follows(row, 0, float(escalc(m, columns(row)).vi[0]), ratio=m != "RD")]
            found[f"{fit[0] if fit else 'no'} of double zeros"] += 1
            continue
        for measure, to in (("RR", "only0"), ("OR", "only0"), ("PETO", "none"), ("RD", "only0")):
            effects = escalc(measure, columns(row), to=to)  # type: ignore[arg-type]
            if np.isfinite(effects.vi[0]) and follows(
                row, float(effects.yi[0]), float(effects.vi[0]), ratio=measure != "RD"
            ):
                found[measure] += 1
                break
        else:
            pytest.fail(f"no measure of counts: {row}")
    assert found == {"RR": 412, "OR": 1, "PETO": 9, "RD of double zeros": 3, "RR of double zeros": 2}


def test_the_estimate_without_arms_follows_from_its_standard_error() -> None:
    (row,) = (row for row in rows() if kind_of(row) == "estimate only")
    effect = estimate_as_printed("IRR", math.exp(row["GIV.Mean"]), se=row["GIV.SE"])
    assert follows(row, effect.yi, effect.vi, ratio=True)


def test_no_row_is_left_out_uncounted() -> None:
    assert Counter(kind_of(row) for row in rows()) == {
        "continuous": 739,
        "events": 427,
        "estimate only": 1,
        "continuous, no effect printed": 2,  # one arm without mean and SD
        "events, no effect printed": 29,
        "estimate only, no effect printed": 10,  # every field of them is 0
    }


def test_counts_without_a_printed_effect_have_no_event_in_either_arm() -> None:
    found = [row for row in rows() if kind_of(row) == "events, no effect printed"]
    assert all(row["Experimental.cases"] == row["Control.cases"] == 0 for row in found)
    assert not any(escalc("RR", columns(row), drop00=True).usable[0] for row in found)
