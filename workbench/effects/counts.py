"""Counts behind what a report prints: percentages of people, and an odds ratio with its margins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from workbench.effects.checks import people, positive
from workbench.effects.measures import EffectError


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many people a printed percentage is, and the other counts that print the same."""

    events: int
    fewest: int
    most: int
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """A 2x2 table: events and others of the first arm (ai, bi) and of the second (ci, di)."""

    ai: int
    bi: int
    ci: int
    di: int


def events_from_percent(percent: float, n: float, *, decimals: int | None = None) -> Counted:
    """Whole events out of n people whose share prints as `percent`.

    decimals: the digits printed behind the point, 0 for "40%"; by default as many as the number has, so that "40.0"
    must be given with decimals=1. Refused when no whole count prints so: then n is another one (people randomised
    instead of analysed, say), or a digit is wrong. When several counts fit, the nearest is given with a flag. Digits
    that were cut off instead of rounded (66.6% for 20 of 30) are taken so, with a flag, where no rounded share fits.
    """
    n = people(n)
    if n != round(n):
        raise EffectError(f"a percentage is of a whole number of people, not of {n:g}")
    if not 0 <= percent <= 100:
        raise EffectError(f"a percentage must lie between 0 and 100, not {percent:g}")
    if decimals is None:
        exponent = Decimal(str(percent)).normalize().as_tuple().exponent
        decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    if not 0 <= decimals <= 10:
        raise EffectError("a percentage is printed with 0 to 10 decimals")
    half = 0.5 * 10.0**-decimals + 1e-9  # a half may have been rounded either way
    fewest, most = math.ceil((percent - half) * n / 100), math.floor((percent + half) * n / 100)
    fewest, most = max(fewest, 0), min(most, round(n))
    printed = f"{percent:.{decimals}f}%"
    cut_off = fewest > most
    if cut_off:
        step = 10.0**-decimals
        fewest = max(math.ceil((percent - 1e-9) * n / 100), 0)
        most = min(math.ceil((percent + step - 1e-9) * n / 100) - 1, round(n))
    if fewest > most:
        below = math.floor(percent * n / 100)
        near = " and ".join(f"{k}/{n:g} is {100 * k / n:.{decimals + 1}f}%" for k in (below, below + 1) if k <= n)
        raise EffectError(f"no whole number of {n:g} people is {printed} ({near}): check the percentage and the n")
    events = min(max(round(percent * n / 100), fewest), most)
    flags: tuple[str, ...] = ()
    if cut_off:
        flags = (
            f"{events}/{n:g} is {100 * events / n:.{decimals + 1}f}%, printed as {printed}: cut off, not rounded.",
        )
    elif fewest < most:
        flags = (f"Several counts of {n:g} print as {printed}: {fewest} to {most}; {events} was taken.",)
    return Counted(events=events, fewest=fewest, most=most, flags=flags)


def two_by_two(odds_ratio: float, n: float, n1: float, events: float) -> Cells:
    """The 2x2 table with this odds ratio and these margins, in whole people; as metafor's conv.2x2.

    n: everybody; n1: people in the first arm; events: people with the event in both arms. The first cell solves a
    quadratic (Bonett 2007, Psychometrika 72:429) and is rounded; the other cells follow from the margins.
    """
    ratio = positive(odds_ratio, "the odds ratio")
    n, n1 = people(n, "the number of people", at_least=2), people(n1, "the first arm")
    events = people(events, "the number of people with the event")
    if any(value != round(value) for value in (n, n1, events)):
        raise EffectError("the margins of a table are whole numbers of people")
    if n1 >= n or events >= n:
        raise EffectError("an arm, and the people with the event, must be fewer than all people")
    # a (n - n1 - events + a) = ratio (n1 - a) (events - a)
    square, linear, constant = 1 - ratio, n - n1 - events + ratio * (n1 + events), -ratio * n1 * events
    if square == 0:
        first = -constant / linear
    else:
        # of the two roots this one lies within the margins; written so that nothing cancels near a ratio of 1
        first = -2 * constant / (linear + math.sqrt(linear**2 - 4 * square * constant))
    a = round(first)
    cells = (a, round(n1) - a, round(events) - a, round(n - n1 - events) + a)
    if min(cells) < 0:
        raise EffectError("no table of whole people has this odds ratio and these margins")
    return Cells(ai=cells[0], bi=cells[1], ci=cells[2], di=cells[3])
