"""What a calculation is: steps from printed numbers to an effect, each with its formula, its inputs and its source."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from workbench.effects import MEASURES
from workbench.effects.quantiles import two_sided_quantile


class CalculationError(ValueError):
    """Numbers from which the effect asked for cannot be computed; the message says what to mend.

    field: the key of the input that is missing or impossible; "" where it is a matter of several.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Term(NamedTuple):
    """A number that goes into a step."""

    symbol: str  # as it stands in the formula: "SD1"
    value: float
    unit: str = ""
    source: str = ""  # where it was read, or the step that gave it: "as entered", "step 2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One formula with its numbers.

    formula: "symbol = expression" in the symbols of `inputs`. value: in `unit`, at full precision. assumption: what was
    taken for granted, as a sentence; "" where nothing was.
    """

    key: str
    label: str
    formula: str
    inputs: tuple[Term, ...]
    value: float
    unit: str = ""
    assumption: str = ""
    reference: str = ""

    @property
    def symbol(self) -> str:
        """What the step gives: the left side of its formula."""
        return self.formula.partition(" = ")[0]

    @property
    def worked(self) -> str:
        """The formula with the numbers put in, each to six digits: "SD1 = 0.31 × √(15)"."""
        symbol, _, expression = self.formula.partition(" = ")
        values = {term.symbol: _put_in(term.value) for term in self.inputs}
        if values:
            names = "|".join(re.escape(name) for name in sorted(values, key=len, reverse=True))
            # "²" is no part of a name, and t( is the quantile
            expression = re.sub(
                rf"(?<![^\W²])(?:{names})(?![(]|[^\W²])", lambda found: values[found.group()], expression
            )
        return f"{symbol} = {expression}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "key": self.key,
            "label": self.label,
            "formula": self.formula,
            "inputs": [term._asdict() for term in self.inputs],
            "numbers_put_in": self.worked,
            "symbol": self.symbol,
            "value": self.value,
            "unit": self.unit,
            "assumption": self.assumption,
            "reference": self.reference,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """An effect with the whole way to it.

    yi, vi: on the analysis scale (natural logarithms for ratios). steps: in order; the last ones give yi and vi.
    notes: what a reviewer should look at. assumptions: those of the steps. approximate: the arms' own numbers were not
    printed, or something was assumed.
    """

    measure: str
    yi: float
    vi: float
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    approximate: bool = False
    recipe: str = ""
    unit: str = ""  # of the effect: "points", "" for standardised differences and ratios

    @property
    def se(self) -> float:
        """Standard error on the analysis scale."""
        return math.sqrt(self.vi)

    @property
    def label(self) -> str:
        """The measure in words."""
        return MEASURES[self.measure].label

    @property
    def ratio(self) -> bool:
        """Whether yi is a natural logarithm."""
        return MEASURES[self.measure].ratio

    def interval(self, level: float = 95) -> tuple[float, float, float]:
        """Estimate, lower and upper end of the normal interval as a reader sees them: ratios are turned back."""
        reach = two_sided_quantile(level) * self.se
        low, high = self.yi - reach, self.yi + reach
        return (_exp(self.yi), _exp(low), _exp(high)) if self.ratio else (self.yi, low, high)

    def headline(self, level: float = 95) -> str:
        """The effect with its interval as a reader sees it."""
        estimate, low, high = (digits(value, 4) for value in self.interval(level))
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.label}: {estimate}{unit} ({level:g}% confidence interval {low} to {high})"

    def lines(self, level: float = 95) -> list[str]:
        """The whole way as lines of plain text, to be printed."""
        scale = f"on the scale of ln {self.measure}" if self.ratio else f"on the scale of {self.measure}"
        lines = [self.headline(level), f"yi = {self.yi!r}, vi = {self.vi!r}, {scale}".replace("-", "−")]
        if self.approximate:
            lines.append("Approximate: worked back or resting on an assumption.")
        lines += [f"Assumed: {sentence}" for sentence in self.assumptions]
        lines += [f"Note: {sentence}" for sentence in self.notes]
        for number, step in enumerate(self.steps, start=1):
            result = f"{digits(step.value)} {step.unit}".rstrip()
            lines += ["", f"{number}. {step.label}", f"   {step.formula}", f"   {step.worked}", f"   = {result}"]
            lines += [f"   {term.symbol} = {_exact(term)} ({term.source})" for term in step.inputs]
            lines += [f"   {step.reference}"] if step.reference else []
        return lines

    def rows(self) -> list[dict[str, str | float]]:
        """The steps as rows of a table, results at full precision."""
        return [
            {
                "measure": self.measure,
                "step": number,
                "label": step.label,
                "formula": step.formula,
                "numbers put in": step.worked,
                "result": step.value,
                "unit": step.unit,
                "source": "; ".join(f"{term.symbol} = {_exact(term)}: {term.source}" for term in step.inputs),
                "assumption": step.assumption,
                "reference": step.reference,
            }
            for number, step in enumerate(self.steps, start=1)
        ]

    def as_dict(self, level: float = 95) -> dict[str, Any]:
        """For JSON, at full precision."""
        estimate, low, high = self.interval(level)
        return {
            "recipe": self.recipe,
            "measure": self.measure,
            "yi": self.yi,
            "vi": self.vi,
            "se": self.se,
            "scale": f"ln {self.measure}" if self.ratio else self.measure,
            "unit": self.unit,
            "estimate": _or_none(estimate),
            "ci_low": _or_none(low),
            "ci_high": _or_none(high),
            "level": level,
            "approximate": self.approximate,
            "assumptions": list(self.assumptions),
            "notes": list(self.notes),
            "steps": [step.as_dict() for step in self.steps],
        }


def digits(value: float, significant: int = 6) -> str:
    """A number for reading: so many digits, no exponent unless it is tiny or huge, a true minus sign."""
    if value != 0 and not 1e-5 <= abs(value) < 1e9:
        return f"{value:.{significant - 1}e}".replace("-", "−")
    text = f"{value:.{significant}g}"
    if "e" in text:
        text = f"{value:.0f}"
    return text.replace("-", "−")


Values = Mapping[str, "float | str | None"]
"""Inputs by their keys: numbers, or one of the choices offered; None or "" is not given."""


def _or_none(value: float) -> float | None:
    """JSON has no infinity."""
    return value if math.isfinite(value) else None


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


def _put_in(value: float) -> str:
    text = digits(value)
    return f"({text})" if value < 0 else text


def _exact(term: Term) -> str:
    text = str(int(term.value)) if term.value == round(term.value) and abs(term.value) < 1e15 else repr(term.value)
    return f"{text} {term.unit}".rstrip().replace("-", "−")
