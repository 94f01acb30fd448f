"""A recipe: one way in which trials print a result, and how an effect follows from it."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from workbench.calculation import around
from workbench.calculation.measures import of_counts, of_means, of_one_arm, of_pairs, of_printed
from workbench.calculation.summaries import Counts, Means, OneCount, OneMean, Pairs, Printed, Rates, Summary
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import CalculationError, Derivation, Term, Values
from workbench.calculation.wanted import Wanted, parse, read

Gather = Callable[[Trail], Summary]
"""From the inputs to what the trail's measure is computed from; makes the steps on the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One way of printing a result.

    wanted: its own inputs. options: those that surround it (`around`). measures: what it can give, the usual one first.
    as_printed: the measure says which kind of number the report prints; the
    others would be another number's. example: inputs that work, as they are typed on the command line.
    """

    key: str
    title: str
    group: str
    help: str
    wanted: tuple[Wanted, ...]
    measures: tuple[str, ...]
    gather: Gather
    example: str
    options: tuple[Wanted, ...] = ()
    as_printed: bool = False

    @property
    def inputs(self) -> tuple[Wanted, ...]:
        """All that it takes: its own inputs and the options."""
        return (*self.wanted, *self.options)

    @property
    def example_values(self) -> dict[str, str]:
        """The example's inputs by their keys."""
        return parse(shlex.split(self.example))

    def derive(
        self, values: Values, measure: str | None = None, *, sources: Mapping[str, str] | None = None
    ) -> Derivation:
        """The effect with its trail.

        values: by the keys of `inputs`. measure: one of `measures`; the first where it is not said. sources: where the
        inputs were read, by their keys. CalculationError names the input to mend.
        """
        name = (measure or self.measures[0]).strip().upper()
        if name not in self.measures:
            known = ", ".join(self.measures)
            raise CalculationError(f"{self.title!r} gives no {measure}; it gives {known}.", "measure")
        trail = Trail(name, self.inputs, read(self.inputs, values), sources)
        try:
            with np.errstate(all="ignore"), refused():  # what is not finite is refused below
                yi, vi = _effect(trail, self.gather(trail), name)
        except (OverflowError, ZeroDivisionError) as error:
            raise CalculationError("A number is too large or too small to compute with: check them all.") from error
        except CalculationError as error:
            if error.field in trail.wanted:
                raise
            raise CalculationError(str(error)) from error  # a field of another recipe that goes the same way
        if not (math.isfinite(yi.value) and math.isfinite(vi.value) and vi.value > 0):
            raise CalculationError("These numbers give no effect with a variance above 0: check them.")
        return trail.derivation(yi.value, vi.value, recipe=self.key, unit=yi.unit)

    def derive_all(
        self, values: Values, *, sources: Mapping[str, str] | None = None
    ) -> dict[str, Derivation | CalculationError]:
        """Every measure it can give, side by side: its effect, or why there is none."""
        found: dict[str, Derivation | CalculationError] = {}
        for measure in self.measures:
            try:
                found[measure] = self.derive(values, measure, sources=sources)
            except CalculationError as error:
                found[measure] = error
        return found

    def over(
        self, values: Values, key: str, settings: tuple[float, ...], measure: str | None = None
    ) -> tuple[tuple[float, Derivation | CalculationError], ...]:
        """The effect again with other settings of one input: a correlation that nobody printed, tried over a range."""
        found: list[tuple[float, Derivation | CalculationError]] = []
        for setting in settings:
            try:
                found.append((setting, self.derive({**values, key: setting}, measure)))
            except CalculationError as error:
                found.append((setting, error))
        return tuple(found)


def _effect(trail: Trail, summary: Summary, measure: str) -> tuple[Term, Term]:
    match summary:
        case Means():
            return of_means.means(trail, summary, measure)
        case Counts() if measure == "SMD":
            return of_printed.smd_of_counts(trail, summary)
        case Counts():
            return of_counts.counts(trail, summary, measure)
        case Rates():
            return of_counts.rates(trail, summary, measure)
        case Pairs() if not summary.one_group:
            return of_pairs.pairs(trail, summary, measure)
        case Pairs():
            return of_pairs.one_group(trail, summary, measure)
        case Printed():
            return of_printed.printed(trail, summary)
        case OneMean():
            return of_one_arm.mean(trail, summary, measure)
        case OneCount():
            return of_one_arm.proportion(trail, summary, measure)


MEAN_OPTIONS = (*around.OF_MEANS, of_means.VARIANCE)
COUNT_OPTIONS = (*around.OF_EVENTS, *of_counts.ZEROS)
RATE_OPTIONS = (*around.OF_EVENTS, *of_counts.ZEROS)
PAIR_OPTIONS = (*around.OF_MEANS, of_pairs.CROSSOVER_VARIANCE)
ONE_GROUP_OPTIONS = (around.DIRECTION, around.BENEFIT)
