"""Writes down a calculation while it is made."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from workbench.calculation.values import CalculationError, Derivation, Step, Term
from workbench.calculation.wanted import Wanted
from workbench.effects import EffectError

ENTERED = "as entered"


class Trail:
    """The inputs of one calculation and the steps made so far.

    measure: what is asked for. values: checked by `wanted.read`. sources: where an input was read, by its key; "
    "else it is "as entered".
    """

    def __init__(
        self,
        measure: str,
        wanted: Sequence[Wanted],
        values: Mapping[str, float | str],
        sources: Mapping[str, str] | None = None,
    ) -> None:
        self.measure = measure
        self.wanted = {item.key: item for item in wanted}
        self.values = values
        self.sources = sources or {}
        self.steps: list[Step] = []
        self.notes: list[str] = []
        self.approximate = False

    def has(self, *keys: str) -> bool:
        """Whether all of these were given."""
        return all(key in self.values for key in keys)

    def entered(self, key: str, symbol: str = "") -> Term:
        """A number that was given; CalculationError where it is needed and missing."""
        item = self.wanted[key]
        value = self.values.get(key)
        if value is None:
            raise CalculationError(f"{item.name} is needed here: fill it in.", key)
        source = " ".join(self.sources.get(key, "").split()) or ENTERED
        return Term(symbol or item.symbol, float(value), item.unit, source)

    def chosen(self, key: str, default: str = "") -> str:
        """A choice that was made, or the default."""
        value = self.values.get(key)
        return default if value is None else str(value)

    def step(
        self,
        formula: str,
        label: str,
        inputs: Sequence[Term],
        value: float,
        *,
        key: str = "",
        unit: str = "",
        assumption: str = "",
        reference: str = "",
        approximate: bool | None = None,
    ) -> Term:
        """Note a step and give its result as a term of later ones.

        key: by default the symbol of the result. approximate: whether it makes the effect so; by default if something
        is assumed.
        """
        if not math.isfinite(value):
            raise CalculationError(f"{label} cannot be computed from these numbers: check them.")
        symbol = formula.partition(" = ")[0]
        self.steps.append(
            Step(
                key=key or symbol,
                label=label,
                formula=formula,
                inputs=tuple(inputs),
                value=float(value),
                unit=unit,
                assumption=assumption,
                reference=reference,
            )
        )
        if bool(assumption) if approximate is None else approximate:
            self.approximate = True
        return Term(symbol, float(value), unit, f"step {len(self.steps)}")

    def note(self, *sentences: str) -> None:
        """Something a reviewer should look at; said once."""
        self.notes.extend(sentence for sentence in sentences if sentence and sentence not in self.notes)

    def derivation(self, yi: float, vi: float, *, recipe: str, unit: str) -> Derivation:
        """What came out."""
        return Derivation(
            measure=self.measure,
            yi=yi,
            vi=vi,
            steps=tuple(self.steps),
            notes=tuple(self.notes),
            assumptions=tuple(dict.fromkeys(step.assumption for step in self.steps if step.assumption)),
            approximate=self.approximate,
            recipe=recipe,
            unit=unit,
        )


@contextmanager
def refused(field: str = "") -> Iterator[None]:
    """Turn what the effects refuse into an error about an input."""
    try:
        yield
    except EffectError as error:
        message = re.sub(r"^rows? [\d, ]+: ", "", str(error))
        raise CalculationError(
            message[:1].upper() + message[1:] + ("" if message.endswith((".", "?")) else "."), field
        ) from error
