"""Whether a printed p or ratio is that of the counts beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from workbench.plausibility.finding import Finding
from workbench.plausibility.p_values import contradicts, p_of_counts, read_p
from workbench.plausibility.rounding import unrounded


def p_contradicts_counts(
    events1: float, n1: float, events2: float, n2: float, p: object, fields: Sequence[str] = ()
) -> Finding | None:
    """A p that chi-square (with or without Yates' correction) and Fisher's test do not give from these counts."""
    printed = read_p(p)
    counts = (events1, n1, events2, n2)
    if printed is None or any(count != int(count) for count in counts):
        return None
    if not (0 <= events1 <= n1 and 0 <= events2 <= n2) or min(n1, n2) < 1:
        return None
    possible = p_of_counts(*counts)
    if not contradicts(printed, possible):
        return None
    said = f"p = {p:g}" if isinstance(p, int | float) else f"p {str(p).strip().removeprefix('p').strip()}"
    return Finding(
        code="p_contradicts_counts",
        level="warning",
        message=(
            f"{said} is printed, but {events1:g} of {n1:g} and {events2:g} of {n2:g} give p = {possible.middle:.2g} "
            f"({possible.low:.2g} to {possible.high:.2g} by the choice of test). "
            "Look at the numbers of people, and whether the test is of this time and outcome"
        ),
        fields=tuple(fields),
        numbers={"printed": printed.high, "recomputed": possible.middle, "low": possible.low, "high": possible.high},
    )


def ratio_contradicts_counts(
    measure: str, ratio: float, events1: float, n1: float, events2: float, n2: float, fields: Sequence[str] = ()
) -> Finding | None:
    """A printed OR, RR or RD (a share, or in percent) that the counts give neither way round."""
    if min(events1, events2, n1 - events1, n2 - events2) <= 0:
        return None
    risk1, risk2 = events1 / n1, events2 / n2
    found = {
        "RR": risk1 / risk2,
        "OR": risk1 / (1 - risk1) * (1 - risk2) / risk2,
        "RD": risk1 - risk2,
    }.get(measure)
    if found is None:
        return None
    around = unrounded(ratio)
    other = -found if measure == "RD" else 1 / found
    # a risk difference may be printed in percent
    same = [found, other, 100 * found, 100 * other] if measure == "RD" else [found, other]
    if measure == "OR":
        peto = _peto(events1, n1, events2, n2)
        same += [peto, 1 / peto]
    if any(around.holds(value) for value in same):
        return None
    return Finding(
        code="ratio_contradicts_counts",
        level="warning",
        message=(
            f"{ratio:g} is printed, but the counts give {found:.3g}: look whether it is adjusted, or another measure"
        ),
        fields=tuple(fields),
        numbers={"printed": ratio, "recomputed": found},
    )


def _peto(events1: float, n1: float, events2: float, n2: float) -> float:
    """Peto's odds ratio, exp((O - E) / V) (Cochrane Handbook 10.4.2), which reports call an odds ratio too."""
    n, events = n1 + n2, events1 + events2
    variance = n1 * n2 * events * (n - events) / (n**2 * (n - 1))
    return math.exp((events1 - n1 * events / n) / variance)
