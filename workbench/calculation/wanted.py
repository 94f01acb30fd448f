"""The inputs of a recipe: what they are called, which values are possible, and how they are read."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workbench.calculation.values import CalculationError, Values, digits

YES, NO = "yes", "no"
PEOPLE = "people"  # the unit of persons and of persons with an event
MOST_PEOPLE = 10_000_000
LEAST_P = 1e-30
BOUND = "p_is"  # the input that says that a p is a bound
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:[,\s][0-9]{3})+(?:\.[0-9]+)?")
_POINTS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+")
_COMMA = re.compile(r"[-+]?[0-9]*,[0-9]+")
_SPREADS = ("sd", "se", "half_width", "spread", "low", "high", "q1", "q3")


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
    p_value: bool = False

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

    def read(self, value: float | str | None, *, bounds: bool = False) -> float | str | None:
        """The value checked; None where it was left empty. CalculationError says what is allowed.

        bounds: whether the recipe takes a p that is an upper bound.
        """
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
        if self.p_value:
            self._check_p(number, value if isinstance(value, str) else "", bounds=bounds)
        if self.unit == PEOPLE and number > MOST_PEOPLE:
            raise CalculationError(
                f"{self.name} cannot be {digits(number)}: no trial has more than {MOST_PEOPLE:,} people. Look at the "
                "report again.",
                self.key,
            )
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
            if self.unit == PEOPLE and _POINTS.fullmatch(text):  # a thousand in some countries, one in others
                whole, plain = text.replace(".", ""), digits(float(text)) if text.count(".") == 1 else ""
                said = f"Write {whole}" + (f", or {plain} if that is meant." if plain else ".")
                raise CalculationError(f"{self.name}: {value!r} may be read in two ways. {said}", self.key)
            try:
                number = float(text)
            except ValueError:
                raise CalculationError(
                    f"{self.name} must be a number, not {value!r}.{self._hint(text)}", self.key
                ) from None
        elif isinstance(value, bool):
            raise CalculationError(f"{self.name} must be a number, not {value!r}.", self.key)
        else:
            number = float(value)
        if not math.isfinite(number):
            raise CalculationError(f"{self.name} must be a finite number.", self.key)
        return number

    def _hint(self, text: str) -> str:
        """How to write a number that was typed with commas or spaces in it."""
        if _THOUSANDS.fullmatch(text):
            plain = re.sub(r"[,\s]", "", text)
            if self.unit == PEOPLE or self.whole or "." in text or not re.fullmatch(r"[0-9]+,[0-9]+", text):
                return f" Write {plain}."
            return f" Write {plain} if thousands are meant, {text.replace(',', '.')} if it is a decimal comma."
        if _COMMA.fullmatch(text):
            return f" Write a decimal point, not a comma: {text.replace(',', '.')}."
        return ""

    def _check_p(self, number: float, typed: str, *, bounds: bool) -> None:
        if number == 0:
            places = len(typed.partition(".")[2]) if re.fullmatch(r"0?\.0+", typed.strip()) else 0
            bound = f"0.{'0' * places}5" if places else "0.0005"
            printed = f"{typed.strip()} in print means p < {bound}" if places else f"0.000 in print means p < {bound}"
            then = (
                f"Enter {bound}, and say that the p is an upper bound."
                if bounds
                else "This recipe takes no bound: leave p out, and use a standard error, an interval or t."
            )
            raise CalculationError(f"{self.name} is never 0: {printed}. {then}", self.key)
        if number == 1:
            raise CalculationError(
                f"{self.name} must be below 1: a p of 1 says that there is no difference, and nothing about how "
                "precisely that is known. Use a standard error, an interval or the arms' own numbers.",
                self.key,
            )
        if 0 < number < LEAST_P:
            then = "Enter the bound that the report prints, and say that the p is an upper bound." if bounds else ""
            raise CalculationError(
                f"{self.name} must be {LEAST_P:g} or more, not {number:g}: no trial's test can tell so small a p. "
                f"{then}".rstrip(),
                self.key,
            )


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
        value = item.read(values.get(key), bounds=BOUND in items)
        if value is not None:
            found[key] = value
        elif not item.optional:
            raise CalculationError(f"{item.name} is missing: fill it in.", key)
    for key, message in _alone(items, found).items():
        raise CalculationError(message, key)
    return found


def _alone(items: Mapping[str, Wanted], values: Mapping[str, float | str]) -> dict[str, str]:
    """Arms of fewer than two people that have a spread all the same: what to say, by the key of their size."""
    found: dict[str, str] = {}
    for key, value in values.items():
        name, _, arm = key.partition("_")
        if name != "n" or items[key].unit != PEOPLE or not isinstance(value, float | int) or value >= 2:
            continue
        end = f"_{arm}" if arm else ""
        beside = next((each for each in values if each.startswith(_SPREADS) and each.endswith(end)), None)
        if beside is not None:
            found[key] = (
                f"{items[key].name} must be 2 or more, not {digits(value)}, as {items[beside].label} is given. "
                "One person has no spread: look at the report again."
            )
    return found


def faults(wanted: Sequence[Wanted], values: Values) -> dict[str, str]:
    """What is wrong with each input that was given, by its key; missing ones are no fault yet."""
    found: dict[str, str] = {}
    fine: dict[str, float | str] = {}
    items = {item.key: item for item in wanted}
    for item in wanted:
        try:
            value = item.read(values.get(item.key), bounds=BOUND in items)
        except CalculationError as error:
            found[item.key] = str(error)
        else:
            if value is not None:
                fine[item.key] = value
    return {**_alone(items, fine), **found}


def missing(wanted: Sequence[Wanted], values: Mapping[str, object]) -> tuple[Wanted, ...]:
    """The inputs that are needed and not given."""
    return tuple(item for item in wanted if not item.optional and values.get(item.key) in (None, ""))
