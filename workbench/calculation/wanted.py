"""The inputs of a recipe: what they are called, which values are possible, and how they are read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workbench.calculation.values import CalculationError, Values, digits

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One input: a number, or a choice where `choices` are given.

    low, high: the allowed range, its ends included unless `open_low` or `open_high`. symbol: as it stands in formulas.
    group: the heading it belongs under ("Active arm"). default: what holds when it is left empty, for the reader.
    """

    key: str
    label: str
    symbol: str = ""
    unit: str = ""
    group: str = ""
    optional: bool = False
    low: float | None = None
    high: float | None = None
    open_low: bool = False
    open_high: bool = False
    whole: bool = False
    choices: tuple[str, ...] = ()
    words: int = 0  # a text of so many characters instead of a number
    default: str = ""
    help: str = ""

    @property
    def name(self) -> str:
        """The label with its group: "Participants analysed (active arm)"."""
        return f"{self.label} ({self.group[:1].lower()}{self.group[1:]})" if self.group else self.label

    @property
    def range_text(self) -> str:
        """The allowed values in words: "above 0", "from 0 to 100", "a, b or c"; "" where any number will do."""
        if self.words:
            return f"up to {self.words} characters"
        if self.choices:
            return " or ".join(filter(None, (", ".join(self.choices[:-1]), self.choices[-1])))
        if self.whole:
            return " ".join(filter(None, ("a whole number,", self._range))).rstrip(",")
        return self._range

    @property
    def _range(self) -> str:
        low = None if self.low is None else digits(self.low)
        high = None if self.high is None else digits(self.high)
        if low is not None and high is not None:
            return f"between {low} and {high}" if self.open_low or self.open_high else f"from {low} to {high}"
        if low is not None:
            return f"above {low}" if self.open_low else f"{low} or more"
        if high is not None:
            return f"below {high}" if self.open_high else f"{high} or less"
        return ""

    def read(self, value: float | str | None) -> float | str | None:
        """The value checked; None where it was left empty. CalculationError says what is allowed."""
        if isinstance(value, str):
            value = value.strip()
        if value is None or value == "":
            return None
        if self.words:
            said = " ".join(str(value).split())
            if len(said) > self.words:
                raise CalculationError(f"{self.name} may have {self.words} characters at most.", self.key)
            return said
        if self.choices:
            if value not in self.choices:
                raise CalculationError(f"{self.name} must be {self.range_text}, not {value!r}.", self.key)
            return value
        number = self._number(value)
        below = self.low is not None and (number <= self.low if self.open_low else number < self.low)
        above = self.high is not None and (number >= self.high if self.open_high else number > self.high)
        if below or above:
            raise CalculationError(
                f"{self.name} must be {self.range_text}, not {digits(number)}: look at the report again.", self.key
            )
        if self.whole and number != round(number):
            raise CalculationError(f"{self.name} must be a whole number, not {digits(number)}.", self.key)
        return number

    def _number(self, value: float | str) -> float:
        if isinstance(value, str):
            text = value.replace("−", "-")
            if text[:1] in "<>≤≥=":
                raise CalculationError(
                    f"{self.name}: {value!r} is a bound and not a value. Enter the number itself, and say that it is a "
                    "bound where the recipe asks for it.",
                    self.key,
                )
            try:
                number = float(text)
            except ValueError:
                hint = " Write a decimal point, not a comma." if "," in text else ""
                raise CalculationError(f"{self.name} must be a number, not {value!r}.{hint}", self.key) from None
        elif isinstance(value, bool):
            raise CalculationError(f"{self.name} must be a number, not {value!r}.", self.key)
        else:
            number = float(value)
        if not math.isfinite(number):
            raise CalculationError(f"{self.name} must be a finite number.", self.key)
        return number


def parse(words: Iterable[str]) -> dict[str, str]:
    """Inputs typed as key=value."""
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        key = key.strip()
        if not equals or not key:
            raise CalculationError(f"{word!r} is no input: write it as key=value, such as n_active=20.")
        if key in found:
            raise CalculationError(f"{key} is given twice: which value is it?", key)
        found[key] = value
    return found


def read(wanted: Iterable[Wanted], values: Values) -> dict[str, float | str]:
    """Every given input, checked. CalculationError names the first that is missing, impossible or not known."""
    items = {item.key: item for item in wanted}
    unknown = [key for key in values if key not in items]
    if unknown:
        raise CalculationError(f"{unknown[0]!r} is no input of this recipe; it takes {', '.join(items)}.", unknown[0])
    found: dict[str, float | str] = {}
    for key, item in items.items():
        value = item.read(values.get(key))
        if value is not None:
            found[key] = value
        elif not item.optional:
            raise CalculationError(f"{item.name} is missing: fill it in.", key)
    return found


def faults(wanted: Sequence[Wanted], values: Values) -> dict[str, str]:
    """What is wrong with each input that was given, by its key; missing ones are no fault yet."""
    found: dict[str, str] = {}
    for item in wanted:
        try:
            item.read(values.get(item.key))
        except CalculationError as error:
            found[item.key] = str(error)
    return found


def missing(wanted: Sequence[Wanted], values: Mapping[str, object]) -> tuple[Wanted, ...]:
    """The inputs that are needed and not given."""
    return tuple(item for item in wanted if not item.optional and values.get(item.key) in (None, ""))
