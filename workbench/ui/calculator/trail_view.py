"""An effect on the page: its measures side by side, its remarks, the steps that lead to it, and the files of them."""

from __future__ import annotations

import json
from collections.abc import Mapping

import streamlit as st
from markupsafe import Markup

from workbench.calculation import CalculationError, Derivation, Recipe, Step, digits
from workbench.effects import MEASURES
from workbench.results.files import csv_bytes
from workbench.ui import parts, text

Found = Mapping[str, Derivation | CalculationError]
TRIED = (0.3, 0.5, 0.7, 0.9)
"""Correlations within people that a sensitivity analysis goes through."""


def side_by_side(found: Found, level: float) -> None:
    """A table of every measure: the effect with its interval, or why there is none."""
    rows = []
    for measure, item in found.items():
        name = f"{measure}: {MEASURES[measure].label}"
        if isinstance(item, Derivation):
            estimate, low, high = (digits(value, 4) for value in item.interval(level))
            remark = "yi is its logarithm" if item.ratio else ""
            rows.append((name, estimate, f"{low} to {high}", digits(item.yi), digits(item.vi), remark))
        else:
            rows.append((name, "–", "–", "–", "–", str(item)))
    headers = ("Measure", "Effect", f"{level:g}% interval", "yi", "vi", "Remark")
    shown = len(headers) if any(row[-1] for row in rows) else len(headers) - 1
    parts.show(
        text.table(
            headers[:shown],
            (row[:shown] for row in rows),
            caption="Effects, active minus comparator or active over comparator",
            numbers=(1, 2, 3, 4),
        )
    )


def headline(found: Derivation, level: float) -> None:
    """The effect in large, with what a reader must know about it."""
    badge = text.badge("approximate", "warning") if found.approximate else Markup("")
    parts.show(
        Markup('<p class="wb-statement"><strong>{}</strong> {}</p>').format(text.clean(found.headline(level)), badge)
    )
    remarks = [("Assumed", sentence) for sentence in found.assumptions]
    remarks += [("Note", sentence) for sentence in found.notes if sentence not in found.assumptions]
    parts.show(
        text.join(
            Markup('<div class="wb-problem {}" role="note">{}: {}</div>').format(
                "" if kind == "Assumed" else "info", kind, text.clean(sentence)
            )
            for kind, sentence in remarks
        )
    )


def steps(found: Derivation) -> None:
    """Each step: what it is, the formula, the numbers put in, the result, where the numbers came from."""
    parts.show(Markup('<ol class="wb-trail">{}</ol>').format(text.join(_step(step) for step in found.steps)))


def _step(step: Step) -> Markup:
    sources = "; ".join(
        f"{term.symbol} {digits(term.value)}{f' {term.unit}' if term.unit else ''}, {term.source}"
        for term in step.inputs
    )
    about = [step.reference] if step.reference else []
    return Markup(
        "<li><strong>{label}</strong>"
        "<div><code>{formula}</code></div>"
        '<div><code>{worked}</code> = <strong class="wb-nowrap">{value}</strong></div>'
        "{assumption}"
        '<p class="wb-quiet">{sources}</p></li>'
    ).format(
        label=text.clean(step.label),
        formula=step.formula,
        worked=step.worked.partition(" = ")[2],
        value=f"{digits(step.value)} {step.unit}".rstrip(),
        assumption=Markup('<div class="wb-problem">Assumed: {}</div>').format(step.assumption)
        if step.assumption
        else Markup(""),
        sources=text.clean(". ".join([sources, *about])),
    )


def downloads(found: Derivation, level: float) -> None:
    """The trail as text to print, as a table, and as JSON."""
    name = f"{found.recipe}-{found.measure}"
    files = (
        ("TXT", "txt", "text/plain", lambda: ("\n".join(found.lines(level)) + "\n").encode("utf-8")),
        ("CSV", "csv", "text/csv", lambda: csv_bytes(tuple(found.rows()[0]), found.rows())),
        (
            "JSON",
            "json",
            "application/json",
            lambda: json.dumps(found.as_dict(level), ensure_ascii=False, indent=1).encode("utf-8"),
        ),
    )
    parts.quiet("Download the trail")
    with st.container(horizontal=True, gap="small"):
        for label, ending, mime, make in files:
            st.download_button(
                label,
                data=make,
                file_name=f"{name}.{ending}",
                mime=mime,
                key=f"calculator:download:{ending}:{name}",
                on_click="ignore",
            )


def over_a_range(recipe: Recipe, values: Mapping[str, float | str], measure: str, level: float) -> None:
    """The effect with other correlations, where one was entered."""
    if not any(item.key == "correlation" for item in recipe.wanted) or "correlation" not in values:
        return
    rows = []
    for r, item in recipe.over(values, "correlation", TRIED, measure):
        if isinstance(item, Derivation):
            estimate, low, high = (digits(value, 4) for value in item.interval(level))
            rows.append((f"r = {r:g}", estimate, f"{low} to {high}", digits(item.vi, 4)))
        else:
            rows.append((f"r = {r:g}", "–", str(item), "–"))
    parts.show(
        text.table(
            ("Correlation", "Effect", f"{level:g}% interval", "vi"),
            rows,
            caption=f"{measure} if the correlation were another one",
            numbers=(1, 2, 3),
        )
    )
