"""The expressions of calculated fields: a tiny language with its own parser, nothing of which can run anything else.

    stim_frequency_hz * stim_train_seconds * stim_trains
    round(100 * sum(arms.analysed) / sum(arms.randomised), 1)
    max(n_active, n_comparator)

Numbers, keys of fields, + - * / and brackets; `min`, `max` (of two or more), `round(x)` or `round(x, digits)`, and
`sum(table.column)` over the rows of a table.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

MAX_LENGTH, MAX_DEPTH, MAX_SIGNS = 500, 40, 80
MAX_DIGITS = 20  # of a number written in an expression; a float knows 15 to 17
MAX_ROUNDED = 15  # digits behind the point
FUNCTIONS = ("min", "max", "round", "sum")

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)|(?P<name>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)|(?P<sign>[-+*/(),]))"
)


_HINTS = {
    "^": "; there are no powers: write n * n",
    "%": "; write / 100 for per cent",
    "\N{MINUS SIGN}": "; write -",
    "\N{EN DASH}": "; write -",
    "\N{MULTIPLICATION SIGN}": "; write *",
    "\N{MIDDLE DOT}": "; write *",
    "\N{DIVISION SIGN}": "; write /",
    ":": "; write / to divide",
}


class ExpressionError(ValueError):
    """An expression that cannot be read; the message says where."""


class NoValue(Exception):
    """Working out stopped; the message says why (a division by zero, a number too large)."""


class Values(Protocol):
    """Where an expression's inputs come from. Each gives None for what is missing, and remembers it itself."""

    def value(self, key: str) -> float | None:
        """The number of one field."""
        ...

    def column(self, table: str, column: str) -> list[float] | None:
        """The numbers of a column, one for each row."""
        ...


@dataclass(frozen=True, slots=True)
class Number:
    """A number written in the expression."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """A field's answer."""

    key: str


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a table's column."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class Operation:
    """+ - * / of two parts, or "min", "max", "round" of several."""

    what: str
    parts: tuple[Node, ...]


Node = Number | Name | Sum | Operation


@functools.lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """Read an expression; ExpressionError says at which character it goes wrong."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"the expression is longer than {MAX_LENGTH} characters")
    return _Parser(text).whole()


def names(node: Node) -> tuple[str, ...]:
    """What an expression needs: keys of fields, and `table.column` for each sum; each once, in order."""
    return tuple(dict.fromkeys(_names(node)))


def _names(node: Node) -> Iterator[str]:
    match node:
        case Name():
            yield node.key
        case Sum():
            yield f"{node.table}.{node.column}"
        case Operation():
            for part in node.parts:
                yield from _names(part)


def work_out(node: Node, values: Values) -> float | None:
    """The value, or None where an input is missing (every input is looked up, so that all missing ones are known).

    Raises NoValue for a division by zero and for numbers too large.
    """
    found = _work_out(node, values)
    if found is not None and not math.isfinite(found):
        raise NoValue("the number is too large")
    return found


def _work_out(node: Node, values: Values) -> float | None:
    match node:
        case Number():
            return node.value
        case Name():
            return values.value(node.key)
        case Sum():
            column = values.column(node.table, node.column)
            return None if column is None else _added(column)
        case Operation():
            parts = [_work_out(part, values) for part in node.parts]
            known = [part for part in parts if part is not None]
            return _operate(node.what, known) if len(known) == len(parts) else None


def _added(numbers: list[float]) -> float:
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):  # beyond all floats on the way
        raise NoValue("the number is too large") from None


def _operate(what: str, parts: list[float]) -> float:
    match what:
        case "+":
            return parts[0] + parts[1]
        case "-":
            return parts[0] - parts[1]
        case "*":
            return parts[0] * parts[1]
        case "/":
            if parts[1] == 0:
                raise NoValue("it would divide by zero")
            return parts[0] / parts[1]
        case "min":
            return min(parts)
        case "max":
            return max(parts)
        case _:
            return _rounded(parts[0], parts[1] if len(parts) > 1 else 0.0)


def _rounded(value: float, digits: float) -> float:
    """Halves away from zero, as people round; not to the even number."""
    if not math.isfinite(value):
        raise NoValue("the number is too large")
    factor = 10.0 ** int(min(MAX_ROUNDED, digits))
    scaled = abs(value) * factor
    if not math.isfinite(scaled) or scaled > 2**52:  # nothing behind the last digit is known any more
        return value
    return math.copysign(math.floor(scaled + 0.5) / factor, value)


class _Parser:
    """Recursive descent, one token ahead."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        if sum(kind == "sign" for kind, _, _ in self._tokens) > MAX_SIGNS:
            raise ExpressionError(f"the expression has more than {MAX_SIGNS} signs and brackets")
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._sum()
        if self._kind != "end":
            comma = self._text == "," and self._tokens[self._at - 1][0] == "number"
            raise self._wrong("is not expected here" + ("; a decimal number has a point: 1.5" if comma else ""))
        return node

    @property
    def _kind(self) -> str:
        return self._tokens[self._at][0]

    @property
    def _text(self) -> str:
        return self._tokens[self._at][1]

    def _wrong(self, message: str) -> ExpressionError:
        kind, text, position = self._tokens[self._at]
        if kind == "end":
            return ExpressionError("the expression stops too early")
        return ExpressionError(f"the expression, at character {position + 1}: {text!r} {message}")

    def _take(self, sign: str) -> bool:
        if self._kind == "sign" and self._text == sign:
            self._at += 1
            return True
        return False

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise self._wrong(f"stands where {sign!r} is expected")

    def _sum(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError("the expression has too many brackets within brackets")
        node = self._product()
        while self._kind == "sign" and self._text in "+-":
            sign = self._text
            self._at += 1
            node = Operation(sign, (node, self._product()))
        self._depth -= 1
        return node

    def _product(self) -> Node:
        node = self._signed()
        while self._kind == "sign" and self._text in "*/":
            sign = self._text
            self._at += 1
            node = Operation(sign, (node, self._signed()))
        return node

    def _signed(self) -> Node:
        negative = False
        while self._kind == "sign" and self._text in "+-":
            negative ^= self._text == "-"
            self._at += 1
        node = self._atom()
        return Operation("-", (Number(0.0), node)) if negative else node

    def _atom(self) -> Node:
        if self._kind == "number":
            if len(self._text) > MAX_DIGITS:
                raise ExpressionError(
                    f"the expression, at character {self._tokens[self._at][2] + 1}: "
                    f"a number of more than {MAX_DIGITS} digits cannot be computed with"
                )
            number = Number(float(self._text))
            self._at += 1
            return number
        if self._take("("):
            node = self._sum()
            self._need(")")
            return node
        if self._kind == "sign" and self._text == "*" and self._tokens[self._at - 1][1] == "*":
            raise self._wrong("makes a power of it, and there are none: write n * n")
        if self._kind != "name":
            raise self._wrong("stands where a number, a field or a bracket is expected")
        name, before = self._text, self._at
        self._at += 1
        if self._take("("):
            return self._call(name, before)
        if "." in name:
            self._at = before
            raise self._wrong("is a column of a table: only sum(table.column) can use one")
        return Name(name)

    def _call(self, function: str, before: int) -> Node:
        if function not in FUNCTIONS:
            self._at = before
            raise self._wrong(f"is no function that is known here (known: {', '.join(FUNCTIONS)})")
        if function == "sum":
            name = self._text
            if self._kind != "name" or "." not in name:
                raise self._wrong("stands where a column is expected: sum(table.column)")
            self._at += 1
            self._need(")")
            table, _, column = name.partition(".")
            return Sum(table, column)
        parts = [self._sum()]
        while self._take(","):
            parts.append(self._sum())
        if function == "round":
            if len(parts) > 2 or (len(parts) == 2 and not isinstance(parts[1], Number)):
                raise self._wrong("ends a round() that is not round(number) or round(number, digits)")
            if len(parts) == 2 and isinstance(parts[1], Number) and parts[1].value not in range(MAX_ROUNDED + 1):
                raise ExpressionError(f"the expression: round() takes 0 to {MAX_ROUNDED} digits, as a whole number")
        elif len(parts) < 2:
            raise self._wrong(f"ends a {function}() that needs two numbers or more")
        self._need(")")
        return Operation(function, tuple(parts))


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    position = 0
    end = len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            spot = position + len(text[position:]) - len(text[position:].lstrip())
            hint = _HINTS.get(text[spot], "; a key is of small letters" if text[spot].isalpha() else "")
            raise ExpressionError(f"the expression, at character {spot + 1}: {text[spot]!r} cannot be read{hint}")
        kind = match.lastgroup
        yield kind, match[kind], match.start(kind)
        position = match.end()
    yield "end", "", len(text)
