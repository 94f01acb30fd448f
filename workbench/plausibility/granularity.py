"""Percentages and means that no whole numbers give: the GRIM test.

Brown and Heathers 2017 (10.1177/1948550616673876): the mean of n integers is a multiple of 1/n, and so is a share of n
people. Where 1/n is finer than the rounding, every value is possible and the test is silent.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from workbench.plausibility.finding import Finding
from workbench.plausibility.rounding import Range, unrounded

MOST_PEOPLE = 2000  # how far denominators are looked for


class Percent(NamedTuple):
    """A percentage as printed; decimals as they stand on the page, where known."""

    value: float
    decimals: int | None = None

    @property
    def around(self) -> Range:
        """What it can have been, in percent: rounded, or cut off (70.37 printed as 70.3, which is common)."""
        rounded = unrounded(self.value, self.decimals)
        return Range(rounded.low, rounded.high + (rounded.high - rounded.low) / 2)

    @property
    def text(self) -> str:
        """As printed."""
        return f"{self.value:g} %" if self.decimals is None else f"{self.value:.{self.decimals}f} %"


def count_of(percent: Percent, n: float) -> int | None:
    """A number of people out of n that is printed as this percentage; None where there is none."""
    around = percent.around
    first = math.ceil(around.low * n / 100 - 1e-9)
    return max(first, 0) if first <= around.high * n / 100 + 1e-9 and first <= n else None


def denominators(percents: Iterable[Percent], at_most: int) -> tuple[int, ...]:
    """The numbers of people, up to a limit, of which all these percentages can be."""
    asked = tuple(percents)
    return tuple(n for n in range(1, at_most + 1) if all(count_of(percent, n) is not None for percent in asked))


def percent_without_count(percent: Percent, n: float, fields: Sequence[str] = ()) -> Finding | None:
    """A percentage of n people that no whole number of them gives."""
    if n < 1 or n != int(n) or not 0 <= percent.value <= 100 or count_of(percent, n) is not None:
        return None
    near = percent.value * n / 100
    below, above = math.floor(near), min(math.ceil(near), int(n))
    fitting = denominators([percent], min(MOST_PEOPLE, int(2 * n) + 20))
    others = f" It would be of {', '.join(f'{item}' for item in _nearest(fitting, n))}." if fitting else ""
    return Finding(
        code="percent_without_count",
        level="warning",
        message=(
            f"{percent.text} of {n:g} people is {near:.2f}, no whole number ({below} are {100 * below / n:.3g} %, "
            f"{above} are {100 * above / n:.3g} %).{others} Look for the number of people it was taken of, and whether "
            "it counts people at all (a mean change in percent does not)"
        ),
        fields=tuple(fields),
        numbers={"percent": percent.value, "n": n},
    )


def percent_is_not_of_count(percent: Percent, events: float, n: float, fields: Sequence[str] = ()) -> Finding | None:
    """A count and a printed percentage of the same people that do not agree."""
    if n <= 0 or not 0 <= events <= n or percent.around.holds(100 * events / n):
        return None
    return Finding(
        code="percent_is_not_of_count",
        level="warning",
        message=(
            f"{events:g} of {n:g} are {100 * events / n:.4g} %, but {percent.text} is printed. "
            "Look for the number of people the percentage was taken of"
        ),
        fields=tuple(fields),
        numbers={"percent": percent.value, "events": events, "n": n},
    )


def no_shared_denominators(
    arms: Mapping[str, Sequence[Percent]], total: int, fields: Sequence[str] = ()
) -> Finding | None:
    """Percentages of several outcomes in the same arms that no arm sizes give which add up to `total` or fewer."""
    sizes = {arm: denominators(percents, total) for arm, percents in arms.items() if percents}
    if not sizes or total < 1:
        return None
    smallest = [min(found) for found in sizes.values() if found]
    if len(smallest) == len(sizes) and sum(smallest) <= total:
        return None
    printed = "; ".join(f"{arm}: {', '.join(item.text for item in percents)}" for arm, percents in arms.items())
    return Finding(
        code="no_shared_denominators",
        level="warning",
        message=(
            f"these percentages share no denominators ({printed}): no numbers of people that add up to {total} or "
            "fewer give them all. Look how many were analysed for each outcome"
        ),
        fields=tuple(fields),
        numbers={"total": float(total)},
    )


def mean_off_grid(
    mean: float, n: float, *, step: float = 1.0, items: int = 1, fields: Sequence[str] = ()
) -> Finding | None:
    """A mean of n people that no values in whole steps give. items: how many values each person's score averages."""
    if n < 1 or n != int(n) or step <= 0 or items < 1:
        return None
    around, grain = unrounded(mean), step / (n * items)
    if math.ceil(around.low / grain - 1e-9) <= around.high / grain + 1e-9:
        return None
    below = math.floor(mean / grain) * grain
    return Finding(
        code="mean_off_grid",
        level="warning",
        message=(
            f"{mean:g} is no mean of {n:g} people on a scale in steps of {step:g}: {below:.5g} and {below + grain:.5g} "
            "are. Look how many people were measured, and whether the values are averages themselves (a diary)"
        ),
        fields=tuple(fields),
        numbers={"mean": mean, "n": n, "step": step},
    )


# --- percentages in a quoted sentence --------------------------------------------------------------------------

_NUMBER = r"(\d{1,3}(?:[.,]\d+)?)"
_PAIR = re.compile(
    rf"(?<![\d.,]){_NUMBER}\s*%?\)?\s*(?:vs\.?|versus|against|compared with|and|,)"
    rf"\s*(?:\d+\s*(?:/\s*\d+\s*)?\()?\s*{_NUMBER}\s*%",
    re.IGNORECASE,
)
_ONE = re.compile(
    rf"(?<![\d.,]){_NUMBER}\s*%(?!\s*(?:CI|CrI|confidence|credible|interval|of (?:the )?(?:r?mt|resting|motor)|r?mt))",
    re.IGNORECASE,
)
_LIMIT = re.compile(r"(?:[<>≥≤=]|at least|least|more than|least a|by|-)\s*$", re.IGNORECASE)


def percents_in(text: str) -> tuple[Percent, ...]:
    """The percentages of people that a quoted sentence may hold, in order.

    Levels of intervals, stimulation intensities and thresholds (> 50 %, at least 30 %) are left out.
    """
    found: dict[int, Percent] = {}
    for match in _PAIR.finditer(text):
        if not _LIMIT.search(text[max(0, match.start(1) - 12) : match.start(1)]):
            found[match.start(1)] = _percent(match[1])
    for match in _ONE.finditer(text):
        if not _LIMIT.search(text[max(0, match.start() - 12) : match.start()]):
            found[match.start(1)] = _percent(match[1])
    return tuple(found[place] for place in sorted(found) if found[place].value <= 100)


def quote_disagrees_with_counts(
    quote: str, events1: float, n1: float, events2: float, n2: float, fields: Sequence[str] = ()
) -> Finding | None:
    """A quoted sentence with two percentages that are neither the events nor the others of the two arms."""
    printed = percents_in(quote)
    if len(printed) != 2 or min(n1, n2) < 1:
        return None
    shares = ((100 * events1 / n1, 100 * events2 / n2), (100 - 100 * events1 / n1, 100 - 100 * events2 / n2))
    for first, second in shares:
        one, two = (item.around for item in printed)
        if (one.holds(first) and two.holds(second)) or (one.holds(second) and two.holds(first)):
            return None
    fitting = [denominators([item], int(max(n1, n2) * 1.5) + 10) for item in printed]
    possible = " and ".join(_fits(item, sizes, n) for item, sizes, n in zip(printed, fitting, (n1, n2), strict=True))
    return Finding(
        code="percent_is_not_of_count",
        level="warning",
        message=(
            f"{events1:g} of {n1:g} and {events2:g} of {n2:g} are {shares[0][0]:.4g} and {shares[0][1]:.4g} %, but the "
            f"quote says {printed[0].text} and {printed[1].text}. {possible}. "
            "Look for the number of people the percentages were taken of"
        ),
        fields=tuple(fields),
        numbers={"percent1": printed[0].value, "percent2": printed[1].value, "n1": n1, "n2": n2},
    )


def _fits(percent: Percent, sizes: Sequence[int], n: float) -> str:
    near = _nearest(sizes, n)
    if not near:
        return f"{percent.text} is no share of so few people"
    return f"{percent.text} can be of {', '.join(str(item) for item in near)}"


def _percent(digits: str) -> Percent:
    plain = digits.replace(",", ".")
    return Percent(float(plain), len(plain.partition(".")[2]))


def _nearest(sizes: Sequence[int], n: float) -> list[int]:
    return sorted(sorted(sizes, key=lambda size: abs(size - n))[:3])
