"""Numbers that stand in two places where chance hardly puts them."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.plausibility.finding import Finding
from workbench.plausibility.rounding import decimals_of

FINE = 3  # digits of mean and SD together that hardly agree by chance
BETWEEN_ARMS = 4  # of two randomised arms, which are alike by design


def digits(*values: float) -> int:
    """How many digits the numbers were typed with, leading zeros apart."""
    found = 0
    for value in values:
        plain = f"{abs(value):.{decimals_of(value)}f}".replace(".", "").lstrip("0")
        found += len(plain)
    return found


def same_line(
    one: tuple[float, float], other: tuple[float, float], where: str, fields: Sequence[str] = (), *, fine: int = FINE
) -> Finding | None:
    """One mean and SD in two places of one table. where: what the two places are, "both arms before treatment".

    fine: how many digits, at least, are no chance.
    """
    if one != other or one[1] <= 0 or digits(*one) < fine:
        return None
    return Finding(
        code="numbers_repeated",
        level="warning",
        message=f"{one[0]:g} ± {one[1]:g} stands for {where}. Look whether one was copied from the other",
        fields=tuple(fields),
        numbers={"mean": one[0], "sd": one[1]},
    )


def copied_from(others: Sequence[str], fields: Sequence[str] = ()) -> Finding | None:
    """Both arms' baselines are those of other trials, whose names are given."""
    if not others:
        return None
    names = ", ".join(others)
    return Finding(
        code="baseline_copied",
        level="warning",
        message=(
            f"The means and SDs before treatment are the same as those of {names}: "
            "overlapping samples or a copying slip?"
        ),
        fields=tuple(fields),
    )
