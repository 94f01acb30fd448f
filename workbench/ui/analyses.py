"""Analyses for the pages: made once for what the store holds, made again when an extraction or a setting changes."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import streamlit as st

from workbench.plots import ForestFigure
from workbench.pooling.quantiles import two_sided_quantile
from workbench.reports import figure_table
from workbench.results import in_work as work_of
from workbench.results import review_contrasts
from workbench.results.figures import pool_text
from workbench.results.notices import study_notices
from workbench.synthesis import Analysis, AnalysisResult, Contrast, EffectRow, analyse_many, default_analyses
from workbench.ui import context


def _facts() -> tuple[str, str, str]:
    """What every analysis rests on: the review's folder, its settings, its studies, extractions and retractions."""
    store, folder = context.store(), context.folder()
    held = (
        store.studies(),
        tuple(slot.id for slot in store.results()),
        tuple(item.id for item in store.extractions()),
        study_notices(store),  # a refresh may bring a retraction
    )
    return (
        str(folder),
        hashlib.sha256(repr(context.settings()).encode()).hexdigest(),
        hashlib.sha256(repr((store.name, held)).encode()).hexdigest(),
    )


@st.cache_resource(show_spinner=False, max_entries=6)
def _contrasts(folder: str, settings: str, facts: str) -> tuple[Contrast, ...]:  # noqa: ARG001 - the cache's key
    return review_contrasts(Path(folder), context.store(), context.review())


@st.cache_resource(show_spinner=False, max_entries=6)
def _in_work(folder: str, settings: str, facts: str) -> dict[str, tuple[str, ...]]:  # noqa: ARG001 - the cache's key
    return work_of(Path(folder), context.store(), context.review())


def in_work(indication: str) -> tuple[str, ...]:
    """Labels of studies of an indication with results that are in work, and so in no analysis yet."""
    return _in_work(*_facts()).get(indication, ())


@st.cache_resource(show_spinner="Pooling", max_entries=6)
def _defaults(folder: str, settings: str, facts: str) -> tuple[AnalysisResult, ...]:
    given, review = _contrasts(folder, settings, facts), context.review()
    return analyse_many(given, default_analyses(review, given), review, cross_check=False)  # quick: for lists only


@st.cache_resource(show_spinner="Pooling", max_entries=60)
def _made(folder: str, settings: str, facts: str, name: str, _analysis: Analysis) -> AnalysisResult:  # noqa: ARG001
    (result,) = analyse_many(_contrasts(folder, settings, facts), (_analysis,), context.review())
    return result


def made(analysis: Analysis) -> AnalysisResult:
    """One analysis as it stands now."""
    return _made(*_facts(), repr(analysis), analysis)


def defaults() -> tuple[AnalysisResult, ...]:
    """The review's own analyses, at least one for each indication; not checked with the second engine."""
    return _defaults(*_facts())


def one_liners() -> dict[str, str]:
    """For each indication its main outcome's pooled estimate in one line, or why there is none."""
    primary = {item.key: item.primary_outcome for item in context.review().indications}
    found: dict[str, str] = {}
    for result in defaults():
        if result.analysis.outcome == primary.get(result.analysis.indication):
            found.setdefault(result.analysis.indication, one_liner(result))
    return found


def one_liner(result: AnalysisResult) -> str:
    """A pooled estimate with what it is about, or the statement that there is none."""
    if result.pool is None:
        return f"{result.outcome_label}: {result.statement}"
    return (
        f"{result.outcome_label}, {result.window_label.lower()}: {pool_text(result.pool, result)}, k = {result.pool.k}"
    )


def pooled_or_why(result: AnalysisResult) -> str:
    """The pooled estimate alone, or the statement that there is none."""
    return pool_text(result.pool, result) if result.pool is not None else result.statement


def row_interval(row: EffectRow, level: float) -> tuple[float, float]:
    """A study's own interval, a normal one as in the figure."""
    reach = two_sided_quantile(level) * row.se
    return row.yi - reach, row.yi + reach


def figure_csv(figure: ForestFigure) -> bytes:
    """The figure's table for a spreadsheet, in which no cell can act as a formula."""
    rows = figure_table(figure)
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")
