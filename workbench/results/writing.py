"""Results as files: figures as SVG, PDF and PNG, the same numbers as tables, one page for each, and JSON.

DIR/index.html          every indication: its figures, or the plain statement that the numbers do not suffice
DIR/NAME.svg, .pdf, .png, .html, .csv    each figure, its page and its numbers
DIR/effects.csv         every result considered: in which analysis, with its effect, or why it is in none
DIR/results.json        as `workbench analyse --json`
DIR/prisma.json         as `workbench prisma --json`; the same flow as prisma.svg, .pdf, .png and .csv
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from workbench.extraction import ResultState
from workbench.plots import ForestFigure, forest_layout, prisma_flow_layout, render, to_svg_bytes
from workbench.reports import IndexEntry, figure_html, figure_table, index_html
from workbench.results.analysis import results_json
from workbench.results.figures import EXAMPLE, combined, current_to, day, forest_figure
from workbench.results.files import csv_bytes as csv_bytes
from workbench.results.files import write_file
from workbench.results.flow import review_flow
from workbench.results.flow_figure import flow_figure, progress_of
from workbench.results.flow_table import flow_csv
from workbench.review import ReviewDefinition
from workbench.store import Store
from workbench.synthesis import AnalysisResult, Contrast, in_sentence

FORMATS = ("svg", "pdf", "png")
EFFECT_COLUMNS = (
    *("indication", "outcome", "window", "measure", "study", "result", "pooled", "yi", "vi", "weight_percent"),
    *("how_computed", "why_not", "certainty", "flags", "place", "source", "reports", "extractions", "form"),
)


def write_figure(figure: ForestFigure, path: Path) -> Path:
    """Draw one figure to a .svg, .pdf or .png file."""
    return render(forest_layout(figure), path)


def write_results(
    folder: Path, store: Store, review: ReviewDefinition, results: Sequence[AnalysisResult]
) -> tuple[Path, ...]:
    """Write everything about the results to a folder; gives the files. Files of an earlier run are replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    dates = store.current_to()
    oldest = min((dates[item.key] for item in review.indications if item.key in dates), default=None)
    written: list[Path] = []
    entries: list[IndexEntry] = []
    overview: bytes | None = None
    for number, figure in enumerate(combined(results, review, current=day(oldest)), start=1):
        entry, files = _figure_files(folder, f"all-indications-{number}", figure)
        overview = overview or to_svg_bytes(forest_layout(figure))
        written += files
        entries.append(IndexEntry(title=f"All indications: {figure.measure_label}", files=entry))
    for result in results:
        drawn = forest_figure(result, review, current=current_to(dates, result.analysis.indication))
        links: tuple[tuple[str, str], ...] = ()
        if drawn is not None:
            links, files = _figure_files(
                folder, result.analysis.key, drawn, statement=result.statement, warnings=result.warnings
            )
            written += files
        entries.append(
            IndexEntry(
                title=f"{result.outcome_label}, {in_sentence(result.window_label)}",
                indication=result.indication_label,
                statement=result.statement,
                warnings=result.warnings,
                files=links,
            )
        )
    written.append(
        write_file(
            folder / "effects.csv", csv_bytes(EFFECT_COLUMNS, (*effect_rows(results), *_waiting_rows(store, review)))
        )
    )
    written.append(write_file(folder / "results.json", _json(results_json(results))))
    pooled = [study for result in results if result.pool for study in result.studies]
    flow_entry, files = _flow_files(folder, store, review, pooled, current=day(oldest))
    written += files
    entries.append(flow_entry)
    page = index_html(
        review.title,
        entries,
        current_to=day(oldest),
        example_notice=EXAMPLE if review.example else None,
        svg=overview,
        notes=[note for note in (review.notice,) if note],
    )
    written.append(write_file(folder / "index.html", page.encode()))
    return tuple(written)


def _figure_files(
    folder: Path, name: str, figure: ForestFigure, *, statement: str = "", warnings: Sequence[str] = ()
) -> tuple[tuple[tuple[str, str], ...], list[Path]]:
    layout = forest_layout(figure)
    files = [render(layout, folder / f"{name}.{ending}") for ending in FORMATS]
    page = figure_html(figure, to_svg_bytes(layout), statement=statement, warnings=warnings)
    files.append(write_file(folder / f"{name}.html", page.encode()))
    rows = figure_table(figure)
    files.append(write_file(folder / f"{name}.csv", csv_bytes(tuple(rows[0]), rows)))
    words = {"html": "figure and table", "csv": "numbers (CSV)"}
    links = tuple((words.get(file.suffix[1:], file.suffix[1:].upper()), file.name) for file in files)
    return (links[-2], *links[:-2], links[-1]), files


def _flow_files(
    folder: Path, store: Store, review: ReviewDefinition, pooled: Iterable[str], *, current: str
) -> tuple[IndexEntry, list[Path]]:
    """The PRISMA flow of the whole review. pooled: ids of the studies in some pool."""
    flow = review_flow(store, review, pooled=pooled)
    layout = prisma_flow_layout(flow_figure(flow, review, current=current))
    files = [render(layout, folder / f"prisma.{ending}") for ending in FORMATS]
    files.append(write_file(folder / "prisma.csv", flow_csv(flow, review)))
    files.append(write_file(folder / "prisma.json", _json(flow.as_dict())))
    links = tuple((file.suffix[1:].upper(), file.name) for file in files)
    title = "Flow of records and reports (PRISMA 2020)"
    return IndexEntry(title=title, statement=progress_of(flow), files=links), files


def effect_rows(results: Iterable[AnalysisResult]) -> Iterable[dict[str, Any]]:
    """Every result that an analysis considered, under EFFECT_COLUMNS: pooled, or with the reason why not."""
    for result in results:
        about = {
            "indication": result.analysis.indication,
            "outcome": result.analysis.outcome,
            "window": result.analysis.window,
            "measure": result.analysis.measure,
        }
        for position, row in enumerate(result.rows):
            yield about | {
                **_trail(row.contrast),
                "pooled": "yes" if result.pool is not None else "no",
                "yi": row.yi,
                "vi": row.vi,
                "weight_percent": None if result.pool is None else float(result.pool.weights[position]),
                "how_computed": row.note,
                "why_not": "" if result.pool is not None else result.statement,
            }
        for item in result.excluded:
            yield about | {**_trail(item.contrast), "pooled": "no", "why_not": item.reason}


def _waiting_rows(store: Store, review: ReviewDefinition) -> Iterable[dict[str, Any]]:
    """Results that wait for their second extractor: counted, and nothing told of what the first one answered."""
    labels = {study.id: study.label for study in store.studies()}
    for item in store.settled_results(extractors_needed=review.extraction.extractors_needed):
        if item.state is ResultState.WAITING:
            yield {
                "study": labels.get(item.study, item.study),
                "result": item.result,
                "pooled": "no",
                "why_not": "not settled yet: the second extractor has not finished",
            }


def _trail(contrast: Contrast) -> dict[str, Any]:
    return {
        "study": contrast.study_label,
        "result": contrast.result,
        "certainty": contrast.certainty,
        "flags": "; ".join(flag.message for flag in contrast.flags),
        "place": contrast.page,
        "source": contrast.source_address,
        "reports": " ".join(contrast.reports),
        "extractions": " ".join(contrast.extraction_ids),
        "form": f"{contrast.form} {contrast.form_version}",
    }


def _json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False).encode()
