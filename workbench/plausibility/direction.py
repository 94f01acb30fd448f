"""Which way a number runs: signs and directions of benefit that do not sit well together.

A direction typed wrongly turns an effect into its opposite; nothing later can find it, so doubts are raised early.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.plausibility.finding import Finding
from workbench.plausibility.groups import Group
from workbench.plausibility.p_values import p_of_means

CLEARLY = 0.01


def both_arms_got_worse(change1: float, change2: float, direction: str, fields: Sequence[str] = ()) -> Finding | None:
    """Changes that are for the worse in both arms, as the direction is typed: a decrease printed without its sign?"""
    worse = (change1 > 0 and change2 > 0) if direction == "lower is better" else (change1 < 0 and change2 < 0)
    if not worse or direction not in ("lower is better", "higher is better"):
        return None
    sign = "above" if direction == "lower is better" else "below"
    other = "higher is better" if direction == "lower is better" else "lower is better"
    return Finding(
        code="direction_doubtful",
        level="warning",
        message=(
            f"both arms change for the worse ({change1:g} and {change2:g} are {sign} zero, and “{direction}” is "
            f"typed). If these are decreases or reliefs printed without a sign, the direction is “{other}”"
        ),
        fields=tuple(fields),
        numbers={"change1": change1, "change2": change2},
    )


def against_the_instrument(
    instrument: str, higher_is: str, direction: str, fields: Sequence[str] = ()
) -> Finding | None:
    """A direction of final values that is not the instrument's own."""
    expected = {"worse": "lower is better", "better": "higher is better"}.get(higher_is, "")
    if not expected or not direction or direction == expected:
        return None
    return Finding(
        code="direction_doubtful",
        level="warning",
        message=(
            f"“{direction}” is typed, but higher values of {instrument} are {higher_is}. "
            "Look whether the numbers are reliefs, or the scale was turned round"
        ),
        fields=tuple(fields),
    )


def favours_comparator(active: Group, comparator: Group, direction: str, fields: Sequence[str] = ()) -> Finding | None:
    """A clear effect (p below 0.01) in favour of the comparator: real at times, and the mark of exchanged arms."""
    if not (active.usable and comparator.usable):
        return None
    lower = active.mean < comparator.mean
    better = {"lower is better": lower, "higher is better": not lower}.get(direction)
    if better is None or better or active.mean == comparator.mean:
        return None
    p = p_of_means(active, comparator).middle
    if p >= CLEARLY:
        return None
    return Finding(
        code="favours_comparator",
        level="info",
        message=(
            f"the comparator did better ({comparator.mean:g} against {active.mean:g}, p about {p:.2g}): real, or are "
            "the arms or the direction exchanged? Compare with the report's words"
        ),
        fields=tuple(fields),
        numbers={"active": active.mean, "comparator": comparator.mean, "p": p},
    )
