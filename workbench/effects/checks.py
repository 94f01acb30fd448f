"""What a single number must be before anything is computed from it; the message names the number.

Each function gives the number back as a float, so that a check and its use stand in one line. Numbers of a size that no
report prints are refused too: their squares would leave the range of a double.
"""

from __future__ import annotations

import math

from workbench.effects.measures import EffectError

LARGEST = 1e50
MOST_PEOPLE = 1e12


def finite(value: float, name: str) -> float:
    """Any number, but a number."""
    if not math.isfinite(value):
        raise EffectError(f"{name} must be a number")
    return _printable(value, name)


def positive(value: float, name: str) -> float:
    """A number above 0: a spread, a ratio, a person-time."""
    if not (math.isfinite(value) and value > 0):
        raise EffectError(f"{name} must be above 0")
    if value < 1 / LARGEST:
        raise EffectError(f"{name} is {value:g}: check it")
    return _printable(value, name)


def not_negative(value: float, name: str) -> float:
    """0 or more: a count of events."""
    if not (math.isfinite(value) and value >= 0):
        raise EffectError(f"{name} must not be negative")
    if 0 < value < 1 / LARGEST:
        raise EffectError(f"{name} is {value:g}: check it")
    return _printable(value, name)


def people(n: float, name: str = "the number of people", *, at_least: float = 1) -> float:
    """How many people; `at_least` where a formula needs more than one."""
    if not (math.isfinite(n) and n >= at_least):
        raise EffectError(f"{name} must be at least {at_least:g}")
    if n > MOST_PEOPLE:
        raise EffectError(f"{name} is {n:g}: check it")
    return float(n)


def correlation(r: float, name: str = "the correlation") -> float:
    """-1 to 1."""
    if not -1 <= r <= 1:
        raise EffectError(f"{name} must lie between -1 and 1")
    return float(r)


def p_value(p: float) -> float:
    """A p value as a number: a bound is none."""
    if not 0 < p < 1:
        raise EffectError(f"p must lie between 0 and 1, not {p!r}; a bound such as 'p < .001' is no p value")
    return float(p)


def risk(value: float, name: str) -> float:
    """A share of people strictly between nobody and everybody."""
    if not 0 < value < 1:
        raise EffectError(f"{name} must lie between 0 and 1 (0.25 for 25 percent)")
    return float(value)


def level_of(level: float) -> float:
    """The level of a confidence interval, in percent."""
    if not 50 <= level < 100:
        raise EffectError(f"an interval's level must lie between 50 and 100 percent, not {level:g}")
    return float(level)


def ordered(low: float, high: float) -> tuple[float, float]:
    """The ends of an interval, the lower one first."""
    low, high = finite(low, "the lower end"), finite(high, "the upper end")
    if not low < high:
        raise EffectError(f"the interval's lower end {low:g} is not below its upper end {high:g}")
    return low, high


def degrees(df: float | None) -> float | None:
    """Degrees of freedom above 0, or None for the normal distribution."""
    if df is not None and not (math.isfinite(df) and df > 0):
        raise EffectError("df must be above 0")
    return df


def direction(sign: int) -> int:
    """Where a test says how large but not which way: -1 or 1."""
    if sign not in (-1, 1):
        raise EffectError("the direction of the effect must be -1 or 1")
    return sign


def _printable(value: float, name: str) -> float:
    if abs(value) > LARGEST:
        raise EffectError(f"{name} is {value:g}: check it")
    return float(value)
