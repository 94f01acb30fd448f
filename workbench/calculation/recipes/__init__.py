"""The recipes: one for each way in which trials print a result, in the order in which a reviewer looks for them."""

from __future__ import annotations

from workbench.calculation.recipe import Recipe
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

RECIPES: dict[str, Recipe] = {
    recipe.key: recipe
    for recipe in (
        *MEANS,
        *MEDIANS,
        *CHANGES,
        *DIFFERENCES,
        *STATISTICS,
        *COUNTS,
        *RATIOS,
        *CROSSOVER,
        *ARMS,
        *SCALES,
        *ONE_ARM,
    )
}
