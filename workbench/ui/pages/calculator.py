"""Effect size calculator: what the report prints in, the effect out, with every step on the way."""

from __future__ import annotations

import streamlit as st

from workbench.calculation import RECIPES, CalculationError, Derivation, Recipe
from workbench.calculation.wanted import faults, missing
from workbench.effects import MEASURES
from workbench.ui import context, parts, text
from workbench.ui.calculator import filling, trail_view

_CHOSEN = "calculator:chosen"
_SOURCE = "calculator:source"


def page() -> None:
    """Choose what the report prints, fill it in, read the effect and the way to it."""
    parts.heading("Effect size calculator")
    level = context.review().model.level
    recipe = _choose()
    parts.quiet(recipe.help)
    measure = _kind(recipe)
    values = filling.values_of(recipe)
    problems = faults(recipe.inputs, values)
    found = {} if problems or missing(recipe.wanted, values) else _derive(recipe, values, measure)
    problems |= _shared_fault(found)
    st.header("The printed numbers", anchor=False)
    filling.show(recipe, problems)
    _source()
    with st.container(horizontal=True, gap="small"):
        st.button("Fill in an example", on_click=filling.fill_in, args=(recipe,), key="calculator:example")
        st.button("Clear", on_click=filling.clear, args=(recipe,), key="calculator:clear", disabled=not values)
    st.header("The effect", anchor=False)
    given = {name: item for name, item in found.items() if isinstance(item, Derivation)}
    if given:
        _result(recipe, values, found, given, level)
    else:
        _nothing_yet(recipe, values, problems, found)


def _choose() -> Recipe:
    """What the report prints: first the kind of result, then how; both survive a visit to another page."""
    chosen = RECIPES.get(st.session_state.get(_CHOSEN, ""), next(iter(RECIPES.values())))
    groups = list(dict.fromkeys(recipe.group for recipe in RECIPES.values()))
    first, second = st.columns(2)
    group = first.selectbox("The report prints", groups, index=groups.index(chosen.group), key="calculator:group")
    recipes = {recipe.key: recipe for recipe in RECIPES.values() if recipe.group == group}
    keys = list(recipes)
    key = second.selectbox(
        "How",
        keys,
        index=keys.index(chosen.key) if chosen.key in recipes else 0,
        format_func=lambda item: recipes[item].title if item in recipes else item,
        key=f"calculator:recipe:{group}",
    )
    st.session_state[_CHOSEN] = key
    return RECIPES[key]


def _kind(recipe: Recipe) -> str | None:
    """Where the report prints an effect: which one it is."""
    if not recipe.as_printed:
        return None
    return str(
        st.selectbox(
            "The ratio is a",
            recipe.measures,
            format_func=lambda measure: MEASURES[measure].label.lower(),
            key=f"calculator:kind:{recipe.key}",
        )
    )


def _source() -> None:
    if "calculator:source-box" not in st.session_state:
        st.session_state["calculator:source-box"] = st.session_state.get(_SOURCE, "")
    st.text_input(
        "Where it is printed",
        max_chars=200,
        placeholder="such as: Doe 2020, table 2, page 5",
        key="calculator:source-box",
        help="Stands in the trail beside every number that was entered.",
        on_change=_keep_source,
    )


def _keep_source() -> None:
    st.session_state[_SOURCE] = st.session_state.get("calculator:source-box", "")


def _derive(
    recipe: Recipe, values: dict[str, float | str], measure: str | None
) -> dict[str, Derivation | CalculationError]:
    place = " ".join(text.clean(st.session_state.get("calculator:source-box", "")).split())
    sources = dict.fromkeys(values, place) if place else {}
    if measure is None:
        return recipe.derive_all(values, sources=sources)
    try:
        return {measure: recipe.derive(values, measure, sources=sources)}
    except CalculationError as error:
        return {measure: error}


def _shared_fault(found: dict[str, Derivation | CalculationError]) -> dict[str, str]:
    """What keeps every measure from being computed belongs under its field."""
    errors = [item for item in found.values() if isinstance(item, CalculationError)]
    if len(errors) < len(found):
        return {}
    return {error.field: str(error) for error in reversed(errors) if error.field}


def _nothing_yet(
    recipe: Recipe,
    values: dict[str, float | str],
    problems: dict[str, str],
    found: dict[str, Derivation | CalculationError],
) -> None:
    if not values:
        parts.empty(
            "Nothing is filled in yet.",
            then="The effect and every step to it appear here as soon as the fields with a star are filled in.",
            command=f"workbench calculate {recipe.key} --list",
        )
        return
    for message in dict.fromkeys(str(item) for item in found.values()):
        if message not in problems.values():
            st.warning(text.literal(message))
    if problems:
        st.warning("There is no effect yet: the field with the remark says what to mend.")
    wanting = missing(recipe.wanted, values)
    if wanting:
        parts.quiet(f"Still to be filled in: {', '.join(item.name for item in wanting)}.")


def _result(
    recipe: Recipe,
    values: dict[str, float | str],
    found: dict[str, Derivation | CalculationError],
    given: dict[str, Derivation],
    level: float,
) -> None:
    if len(found) > 1:
        trail_view.side_by_side(found, level)
        measure = st.radio(
            "Show the steps of",
            list(given),
            horizontal=True,
            key=f"calculator:measure:{recipe.key}",
        )
    else:
        measure = next(iter(given))
    effect = given.get(str(measure)) or next(iter(given.values()))
    trail_view.headline(effect, level)
    trail_view.over_a_range(recipe, values, effect.measure, level)
    st.header("The steps", anchor=False)
    trail_view.steps(effect)
    trail_view.downloads(effect, level)
