"""The command of the effect-size calculator; it needs no review."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from workbench.calculation import RECIPES, CalculationError, Derivation, Recipe, recipe_named
from workbench.calculation.wanted import Wanted, parse
from workbench.cli.printing import print_json, print_table


def calculate(arguments: argparse.Namespace) -> int:
    """`workbench calculate RECIPE key=value... [--measure M] [--json]`, or `--list`"""
    if arguments.list:
        _list(recipe_named(arguments.recipe) if arguments.recipe else None, as_json=arguments.json)
        return 0
    if not arguments.recipe:
        raise CalculationError("Say which recipe: 'workbench calculate --list' names them.")
    recipe = recipe_named(arguments.recipe)
    values = parse(arguments.inputs)
    if arguments.measure or arguments.json or len(recipe.measures) == 1 or recipe.as_printed:
        found = recipe.derive(values, arguments.measure)
        if arguments.json:
            print_json(found.as_dict())
        else:
            print("\n".join(found.lines()))
        return 0
    _side_by_side(recipe.derive_all(values))
    return 0


def _side_by_side(found: Mapping[str, Derivation | CalculationError]) -> None:
    """Every measure in one line each, then the trail of the first; where there is none at all, why."""
    given = [item for item in found.values() if isinstance(item, Derivation)]
    if not given:
        raise next(item for item in found.values() if isinstance(item, CalculationError))
    print_table(
        ["measure", "estimate", "ci_low", "ci_high", "yi", "vi", ""],
        [
            [name, *item.interval(), item.yi, item.vi, ""]
            if isinstance(item, Derivation)
            else [name, None, None, None, None, None, str(item)]
            for name, item in found.items()
        ],
    )
    print()
    print("\n".join(given[0].lines()))


def _list(recipe: Recipe | None, *, as_json: bool) -> None:
    """The recipes, or one recipe's inputs."""
    if as_json:
        print_json([_described(item) for item in ([recipe] if recipe else RECIPES.values())])
    elif recipe is None:
        group = ""
        for item in RECIPES.values():
            if item.group != group:
                print(f"{'' if not group else chr(10)}{item.group}")
                group = item.group
            print(f"  {item.key:<24} {item.title} -> {', '.join(item.measures)}")
        print("\nThe inputs of one of them: workbench calculate RECIPE --list")
    else:
        print(f"{recipe.title}\n{recipe.help}\nGives: {', '.join(recipe.measures)}\n")
        print_table(
            ["input", "", "what", "allowed"],
            [[item.key, "" if not item.optional else "optional", item.name, _allowed(item)] for item in recipe.inputs],
        )
        print(f"\nworkbench calculate {recipe.key} {recipe.example}")


def _allowed(item: Wanted) -> str:
    default = f" (default {item.default})" if item.default else ""
    return f"{item.range_text or 'any number'}{default}"


def _described(recipe: Recipe) -> dict[str, Any]:
    return {
        "recipe": recipe.key,
        "title": recipe.title,
        "group": recipe.group,
        "help": recipe.help,
        "measures": list(recipe.measures),
        "example": recipe.example,
        "inputs": [
            {
                "key": item.key,
                "label": item.name,
                "unit": item.unit,
                "optional": item.optional,
                "allowed": item.range_text,
                "choices": list(item.choices),
                "default": item.default,
                "help": item.help,
            }
            for item in recipe.inputs
        ],
    }
