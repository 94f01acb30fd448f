"""What a recipe makes of a report's numbers, before an effect is computed: arms, pairs, or a printed estimate.

Everything a measure needs stands here as a `Term`, so that a step can say where each number came from.
"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.calculation.values import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Two arms with their means and SDs."""

    n1: Term
    mean1: Term
    sd1: Term
    n2: Term
    mean2: Term
    sd2: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """People with the event in two arms."""

    events1: Term
    n1: Term
    events2: Term
    n2: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Events in two amounts of person-time."""

    events1: Term
    time1: Term
    events2: Term
    time2: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """The same people under two conditions; r is the correlation within people."""

    n: Term
    mean1: Term
    sd1: Term
    mean2: Term
    sd2: Term
    r: Term
    one_group: bool = False  # before and after, without a comparator


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """An effect as the report gives it, on the analysis scale; its steps are made.

    n1, n2: arm sizes, where they are known: a shared comparator is divided by them. paired: from a crossover. divided:
    the comparator's share is in vi already. turned: the effect is in the outcome's direction already.
    """

    measure: str
    yi: Term
    vi: Term
    n1: Term | None = None
    n2: Term | None = None
    paired: bool = False
    divided: bool = False
    turned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OneMean:
    """One arm's mean."""

    n: Term
    mean: Term
    sd: Term


@dataclass(frozen=True, slots=True, kw_only=True)
class OneCount:
    """One arm's events."""

    events: Term
    n: Term


Summary = Means | Counts | Rates | Pairs | Printed | OneMean | OneCount
