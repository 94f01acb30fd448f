"""The inputs of a recipe on the page: boxes that start empty, and what was typed kept while the recipe changes.

Streamlit forgets a widget that is not drawn. What was typed is therefore also kept under the input's key and label, so
that going to another page or recipe and back loses nothing, and inputs that two recipes share need typing once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import streamlit as st
from markupsafe import Markup

from workbench.calculation import Recipe, Wanted
from workbench.ui import parts, text
from workbench.ui.form_widgets.shown import typed_number, written
from workbench.ui.form_widgets.single import LONGEST_NUMBER

Kept = dict[tuple[str, str], float | str]
_KEPT = "calculator:kept"
SHOWN_UNITS = ("points", "%")  # of people and events the label tells
_ACROSS = ("", "Comparison", "Both treatments")  # groups that are of no single arm
_BESIDE = 3  # groups of inputs in one row


def kept() -> Kept:
    """What was typed in this session, by key and label of the input."""
    found: Kept = st.session_state.setdefault(_KEPT, {})
    return found


def values_of(recipe: Recipe) -> dict[str, float | str]:
    """The recipe's inputs as they are on the page now."""
    found = kept()
    for item in recipe.inputs:
        key = _widget(recipe, item)
        if key in st.session_state:
            _keep(recipe, item)
    return {item.key: found[item.key, item.label] for item in recipe.inputs if (item.key, item.label) in found}


def fill_in(recipe: Recipe) -> None:
    """The recipe's example in its boxes."""
    clear(recipe)
    example = recipe.example_values
    for item in recipe.inputs:
        if item.key in example:
            value = example[item.key]
            kept()[item.key, item.label] = value if item.choices or item.words else float(value)


def clear(recipe: Recipe) -> None:
    """Empty boxes."""
    for item in recipe.inputs:
        kept().pop((item.key, item.label), None)
        st.session_state.pop(_widget(recipe, item), None)


def show(recipe: Recipe, problems: Mapping[str, str]) -> None:
    """The boxes, headed by arm, and under each what is wrong with its value."""
    arms: list[tuple[str, list[Wanted]]] = []
    for group, items in groupby(recipe.wanted, key=lambda item: item.group):
        if group not in _ACROSS:
            arms.append((group, list(items)))
            continue
        _columns(recipe, arms, problems)
        arms = []
        if group:
            st.subheader(text.literal(group), anchor=False)
        _beside_each_other(recipe, list(items), problems)
    _columns(recipe, arms, problems)
    if not recipe.options:
        return
    used = sum((item.key, item.label) in kept() for item in recipe.options)
    wrong = any(item.key in problems for item in recipe.options)
    label = "Direction, shared comparator, clusters and corrections" + (f" ({used} in use)" if used else "")
    with st.expander(label, expanded=bool(used) or wrong):
        _beside_each_other(recipe, recipe.options, problems)


def _columns(recipe: Recipe, arms: Sequence[tuple[str, list[Wanted]]], problems: Mapping[str, str]) -> None:
    """Each arm's inputs in a column of their own."""
    for start in range(0, len(arms), _BESIDE):
        row = arms[start : start + _BESIDE]
        for column, (group, items) in zip(st.columns(max(len(row), 2)), row, strict=False):
            with column:
                st.subheader(text.literal(group), anchor=False)
                for item in items:
                    _box(recipe, item, problems)


def _beside_each_other(recipe: Recipe, items: Sequence[Wanted], problems: Mapping[str, str]) -> None:
    for start in range(0, len(items), _BESIDE):
        for column, item in zip(st.columns(_BESIDE), items[start : start + _BESIDE], strict=False):
            with column:
                _box(recipe, item, problems)


def _box(recipe: Recipe, item: Wanted, problems: Mapping[str, str]) -> None:
    key, found = _widget(recipe, item), kept()
    if key not in st.session_state:
        held = found.get((item.key, item.label))
        st.session_state[key] = written(held) if isinstance(held, int | float) else held
    unit = f" ({item.unit})" if item.unit in SHOWN_UNITS else ""
    label = text.literal(f"{item.label}{unit}") + ("" if item.optional else " *")
    about = text.literal(" ".join(filter(None, (item.help, _allowed(item))))) or None
    if item.choices:
        st.selectbox(
            label,
            item.choices,
            index=None,
            placeholder=f"{item.default} (default)" if item.default else "Choose",
            key=key,
            help=about,
            on_change=_keep,
            args=(recipe, item),
        )
    elif item.words:
        st.text_input(label, max_chars=item.words, key=key, help=about, on_change=_keep, args=(recipe, item))
    else:
        st.text_input(
            label,
            max_chars=LONGEST_NUMBER,
            placeholder=f"{item.default} (default)" if item.default else "",
            key=key,
            help=about,
            on_change=_keep,
            args=(recipe, item),
        )
    if item.key in problems:
        parts.show(Markup('<div class="wb-problem error" role="alert">{}</div>').format(text.clean(problems[item.key])))


def _allowed(item: Wanted) -> str:
    return f"Allowed: {item.range_text}." if item.range_text and not item.choices else ""


def _keep(recipe: Recipe, item: Wanted) -> None:
    value = st.session_state.get(_widget(recipe, item))
    if not item.choices and not item.words and isinstance(value, str):
        value = typed_number(value)
    if value in (None, ""):
        kept().pop((item.key, item.label), None)
    else:
        kept()[item.key, item.label] = value


def _widget(recipe: Recipe, item: Wanted) -> str:
    return f"calculator:{recipe.key}:{item.key}"
