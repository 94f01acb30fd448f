"""The combined figure: every indication and outcome with its pooled effect, one row each.

Effects on different scales cannot share an axis, so there is one figure per scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .drawing import PlotError
from .figure import Column, ForestFigure, ForestStudy, ForestSummary
from .numbers import interval_text


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedEntry:
    """One pooled result, or one indication's only study; analysis scale (logs for ratios).

    indication, outcome: as printed. studies, participants: how many stand behind it (None: not known). pooled: False
    for an estimate that comes from one study and gets a square instead of a diamond. estimate None: there is no
    number to show, and statement says why. heterogeneity: small print below the row.
    """

    indication: str
    outcome: str
    measure_label: str
    ratio: bool
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    pi_low: float | None = None
    pi_high: float | None = None
    studies: int | None = None
    participants: int | None = None
    pooled: bool = True
    statement: str = ""
    heterogeneity: str = ""
    favours_left: str = ""
    favours_right: str = ""


def combined_figures(
    title: str,
    entries: Sequence[CombinedEntry],
    *,
    subtitle: str = "",
    settings: str = "",
    current_to: str = "",
    notes: tuple[str, ...] = (),
    example_notice: str | None = None,
    width_mm: float = 210.0,
    level: float = 95,
    decimals: int = 2,
) -> tuple[ForestFigure, ...]:
    """One figure per measure, entries in their order, grouped by indication.

    An entry without an estimate keeps its row, which says "not pooled" and why; a measure that has no estimate at all
    gives no figure.
    """
    if not entries:
        raise PlotError("there is nothing to combine: give at least one pooled result")
    scales = dict.fromkeys((e.measure_label, e.ratio, e.favours_left, e.favours_right) for e in entries)
    figures = []
    for scale in scales:
        own = [e for e in entries if (e.measure_label, e.ratio, e.favours_left, e.favours_right) == scale]
        if all(e.estimate is None for e in own):
            continue
        measure_label, ratio, favours_left, favours_right = scale
        figures.append(
            ForestFigure(
                title=title,
                subtitle=subtitle,
                studies=tuple(_single(e) for e in own if not e.pooled and e.estimate is not None),
                summaries=tuple(
                    _diamond(e, ratio=ratio, decimals=decimals) for e in own if e.pooled or e.estimate is None
                ),
                subgroup_order=tuple(dict.fromkeys(e.indication for e in own)),
                label_header="Indication and outcome",
                column_headers=(
                    Column(label="Studies"),
                    Column(label="Participants"),
                    Column(label=f"{level:g}% prediction interval"),
                ),
                measure_label=measure_label,
                ratio=ratio,
                level=level,
                decimals=decimals,
                favours_left=favours_left,
                favours_right=favours_right,
                settings=settings,
                current_to=current_to,
                notes=notes,
                example_notice=example_notice,
                width_mm=width_mm,
                prediction="bar",
            )
        )
    return tuple(figures)


def _counts(entry: CombinedEntry) -> tuple[str, str]:
    return (
        "" if entry.studies is None else str(entry.studies),
        "" if entry.participants is None else f"{entry.participants:,}".replace(",", "\u2009"),
    )


def _single(entry: CombinedEntry) -> ForestStudy:
    return ForestStudy(
        label=entry.outcome,
        estimate=entry.estimate,
        low=entry.low,
        high=entry.high,
        columns=(*_counts(entry), "one study"),
        subgroup=entry.indication,
    )


def _diamond(entry: CombinedEntry, *, ratio: bool, decimals: int) -> ForestSummary:
    predicted = entry.pi_low is not None or entry.pi_high is not None
    return ForestSummary(
        label=entry.outcome,
        estimate=entry.estimate,
        low=entry.low,
        high=entry.high,
        pi_low=entry.pi_low,
        pi_high=entry.pi_high,
        subgroup=entry.indication,
        text="; ".join(filter(None, (entry.heterogeneity, entry.statement))),
        columns=(
            *_counts(entry),
            interval_text(entry.pi_low, entry.pi_high, ratio=ratio, decimals=decimals) if predicted else "–",
        ),
    )
