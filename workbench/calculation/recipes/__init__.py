"""The recipes: one for each way in which trials print a result, in the order in which a reviewer looks for them."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.calculation.recipe import Recipe
from workbench.calculation.recipes.adjusted import ADJUSTED
from workbench.calculation.recipes.arms import ARMS
from workbench.calculation.recipes.changes import CHANGES
from workbench.calculation.recipes.counts import COUNTS
from workbench.calculation.recipes.crossover import CROSSOVER
from workbench.calculation.recipes.differences import DIFFERENCES
from workbench.calculation.recipes.means import MEANS
from workbench.calculation.recipes.medians import MEDIANS
from workbench.calculation.recipes.one_arm import ONE_ARM
from workbench.calculation.recipes.ratios import RATIOS
from workbench.calculation.recipes.scales import SCALES
from workbench.calculation.recipes.statistics import STATISTICS
from workbench.calculation.values import CalculationError, Derivation, Values

RECIPES: dict[str, Recipe] = {
    recipe.key: recipe
    for recipe in (
        *MEANS,
        *MEDIANS,
        *CHANGES,
        *DIFFERENCES,
        *ADJUSTED,
        *STATISTICS,
        *COUNTS,
        *RATIOS,
        *CROSSOVER,
        *ARMS,
        *SCALES,
        *ONE_ARM,
    )
}


def recipe_named(key: str) -> Recipe:
    """The recipe of that key; CalculationError lists the keys there are."""
    found = RECIPES.get(key.strip())
    if found is None:
        raise CalculationError(f"There is no recipe {key!r}; there are {', '.join(RECIPES)}.")
    return found


def derive(
    recipe: str, values: Values, measure: str | None = None, *, sources: Mapping[str, str] | None = None
) -> Derivation:
    """The effect that a recipe gives; see `Recipe.derive`."""
    return recipe_named(recipe).derive(values, measure, sources=sources)
