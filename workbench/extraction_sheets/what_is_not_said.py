"""What a sheet does not say and a result needs: proposed with its reason, for a person to correct."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.extraction_sheets.cell_text import as_number, folded, part_of
from workbench.extraction_sheets.guessing_words import guess_indication
from workbench.extraction_sheets.heading_words import plain, read_heading
from workbench.extraction_sheets.mapping import SheetMapping, Use
from workbench.extraction_sheets.table_finding import Column, Table
from workbench.forms import NOT_REPORTED, Form, FormField
from workbench.review import ReviewDefinition


def field_of(forms: Sequence[Form], key: str) -> FormField | None:
    """The field of this key in the first form that has it."""
    return next((field for form in forms for field in form.fields if field.key == key), None)


def constants_of(
    table: Table, uses: Sequence[Use], forms: Sequence[Form], review: ReviewDefinition
) -> tuple[dict[str, Any], dict[str, str]]:
    said = {use.field for use in uses}
    constants: dict[str, Any] = {}
    reasons: dict[str, str] = {}

    def propose(key: str, answer: Any, why: str) -> None:
        if key not in said and field_of(forms, key) is not None:
            constants[key], reasons[key] = answer, why

    indication = _indication(table, review)
    if indication is not None:
        key, why = indication
        propose("indications", [key], why)
        propose("primary_indication", key, why)
        if "outcome" not in said:
            outcome = next(item for item in review.indications if item.key == key).primary_outcome
            propose("outcome", outcome, "the sheet names no outcome: the indication's primary one")
            benefit = review.outcome(outcome).benefit
            propose("direction", f"{benefit} is better", "as it is for this outcome, unless signs were turned")
    headings = [found for column in table.columns if column.named and (found := read_heading(column.label))]
    changed = any(found.time == "change" for found in headings)
    propose(
        "statistic",
        "change from baseline" if changed else "final value",
        "a heading says change" if changed else "no heading says change",
    )
    spreads = {found.spread or found.statistic for found in headings if found.time != "pre"} & {"sd", "se"}
    if spreads:
        se = spreads == {"se"}
        propose(
            "spread_kind", "SE" if se else "SD", f"the headings say {'SE' if se else 'SD'}; look for SEs among them"
        )
    propose(
        "days_after_treatment", dict(NOT_REPORTED), "the sheet does not say; put in the days if all rows have the same"
    )
    propose("time_label", "as in the sheet", "the sheet has no column for it")
    propose("design", "parallel", "the sheet does not say")
    if "design" in said and field_of(forms, "design") is not None:
        constants["design"], reasons["design"] = "parallel", "where the sheet's column is empty"
    propose("certainty", "arm data", "numbers as the sheet has them")
    return constants, reasons


def _indication(table: Table, review: ReviewDefinition) -> tuple[str, str] | None:
    if len(review.indications) == 1:
        return review.indications[0].key, "the review's only indication"
    headings = plain(" ".join(column.label for column in table.columns))
    for item in review.indications:
        for name in (item.label, item.key):
            if len(plain(name)) >= 8 and plain(name) in headings:
                return item.key, "a heading names it"
    counts: dict[str, int] = {}
    for column in table.columns:
        if not column.numbers:
            for text, count in table.texts(column).items():
                if len(text) < 120 and (found := guess_indication(text, review)):
                    counts[found] = counts.get(found, 0) + count
    if not counts:
        return None
    best = max(counts, key=lambda key: counts[key])
    return best, "named in most rows that name one"


def fill_down(table: Table, uses: Sequence[Use]) -> tuple[str, ...]:
    """Columns of the study whose name stands in the first of its rows only."""
    found = []
    for use in uses:
        column = table.column(use.column)
        if use.field in ("study_label", "_year") and column is not None and table.rows:
            first = table.sheet.cells.get((table.rows[0], column.number))
            if first is not None and 0.1 * len(table.rows) <= column.filled < 0.95 * len(table.rows):
                found.append(use.column)
    return tuple(dict.fromkeys(found))


def shared_comparator(table: Table, mapping: SheetMapping) -> Any:
    """Whether rows share a comparator arm, and whether it looks divided among them: about half as large as its arms."""
    columns: dict[str, Column] = {}
    for use in mapping.uses:
        column = table.column(use.column)
        if column is not None and use.field in ("n_active", "n_comparator", "mean_comparator", "spread_comparator"):
            columns.setdefault(use.field, column)
    study = next((table.column(use.column) for use in mapping.uses if use.field == "study_label"), None)
    part = next((use.part for use in mapping.uses if use.field == "study_label"), "")
    if len(columns) < 4 or study is None or mapping.row_is == "arm":
        return ""
    groups: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    for row in table.rows:
        texts = {key: table.sheet.text(row, column.number) for key, column in columns.items()}
        if all(texts.values()):
            name = folded(part_of(table.sheet.text(row, study.number), part))
            key = (name, texts["n_comparator"], texts["mean_comparator"], texts["spread_comparator"])
            groups.setdefault(key, []).append((texts["n_active"], texts["n_comparator"]))
    shared = [rows for rows in groups.values() if len(rows) > 1]
    if not shared:
        return ""
    sizes = [(as_number(active) or 0.0, as_number(other) or 0.0) for rows in shared for active, other in rows]
    divided = all(other <= 0.6 * active for active, other in sizes)
    return "already divided" if divided else "whole"
