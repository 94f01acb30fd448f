"""From what a trial prints to yi and vi, with every step on the way: formula, numbers, result, source.

`RECIPES` holds one recipe for each way of printing a result. The numbers are those of `workbench.effects`; here they
get
their inputs, their checks and their words. See docs/calculator.md.
"""

from __future__ import annotations

from workbench.calculation.contrasts import ContrastNumbers, derive_contrast, standardised_by_sd
from workbench.calculation.recipe import Recipe
from workbench.calculation.recipes import RECIPES, derive, recipe_named
from workbench.calculation.values import CalculationError, Derivation, Step, Term, Values, digits
from workbench.calculation.wanted import Wanted

__all__ = [
    "RECIPES",
    "CalculationError",
    "ContrastNumbers",
    "Derivation",
    "Recipe",
    "Step",
    "Term",
    "Values",
    "Wanted",
    "derive",
    "derive_contrast",
    "digits",
    "recipe_named",
    "standardised_by_sd",
]
