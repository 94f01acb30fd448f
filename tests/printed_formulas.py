"""Works out a step's formula as it is printed, with nothing but the numbers printed beside it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from scipy import special

from workbench.calculation import Step

NAMES: dict[str, Callable[..., float] | float] = {
    "sqrt": math.sqrt,
    "ln": math.log,
    "exp": math.exp,
    "gamma": math.gamma,
    "arcsin": math.asin,
    "round": round,
    "abs": abs,
    "z": lambda p: float(special.ndtri(p)),
    "t": lambda p, df: float(special.stdtrit(df, p)),
    "pi": math.pi,
}


def worked_out(step: Step) -> float:
    """The right side of the formula with the step's inputs; the symbols are put in as the reader would."""
    expression = step.formula.partition(" = ")[2]
    values = {f"v{i}": term.value for i, term in enumerate(step.inputs)}
    symbols = {term.symbol: f"v{i}" for i, term in enumerate(step.inputs)}
    # a function's name may also be a symbol: t( is the quantile, t the statistic
    names = "|".join(re.escape(name) for name in sorted(symbols, key=len, reverse=True))
    if names:
        expression = re.sub(rf"(?<![^\W²])(?:{names})(?![(]|[^\W²])", lambda found: symbols[found.group()], expression)
    expression = re.sub(r"\|([^|]+)\|", r"abs(\1)", expression)
    for sign, meaning in (
        ("−", "-"),
        ("×", "*"),
        ("√", "sqrt"),
        ("²", "**2"),
        ("^", "**"),
        ("Γ", "gamma"),
        ("π", "pi"),
    ):
        expression = expression.replace(sign, meaning)
    scope: dict[str, Any] = {**NAMES, **values, "__builtins__": {}}
    return float(eval(expression, scope))
