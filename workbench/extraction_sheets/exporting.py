"""What is extracted as files, for other programs and for reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.extraction_sheets import metapsy, tidy, wide
from workbench.extraction_sheets.export_facts import ExportFacts
from workbench.extraction_sheets.export_json import export_bytes
from workbench.extraction_sheets.writing import Guard, csv2_table, csv_table, xlsx_tables
from workbench.forms import Form
from workbench.review import ReviewDefinition
from workbench.synthesis import Contrast, contrasts
from workbench.synthesis.contrast import NUMBERS

KINDS: dict[str, str] = {
    "tidy": "Every value: one row for each, with its quote and who extracted it (CSV)",
    "wide": "Comparisons as analysed: one row for each, with its effect (CSV)",
    "xlsx": "Both tables and what their columns mean (XLSX)",
    "json": "Everything, to be read again by a program (JSON)",
    "metapsy": "Metapsy data standard, with its data dictionary (CSV)",
}
"""What can be exported: its name on the command line -> words for the page."""
FILES = {
    "tidy": ("extractions.csv",),
    "wide": ("comparisons.csv",),
    "xlsx": ("extractions.xlsx",),
    "json": ("extractions.json",),
    "metapsy": ("metapsy.csv", "metapsy_dictionary.csv"),
}
MEDIA = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_DICTIONARY = ("table", "column", "meaning")


def export_files(
    facts: ExportFacts,
    review: ReviewDefinition,
    forms: Mapping[str, Form],
    *,
    guard: Guard,
    what: Sequence[str] = tuple(KINDS),
) -> dict[str, bytes]:
    """The files, by name. forms: the review's, its options filled in. guard: keeps texts from being run as formulas."""
    needed = review.extraction.extractors_needed
    found = standing(facts, review, forms) if {"wide", "xlsx", "metapsy"} & set(what) else ()
    files: dict[str, bytes] = {}
    for kind in what:
        match kind:
            case "tidy":
                files["extractions.csv"] = csv_table(tidy.COLUMNS, tidy.tidy_rows(facts), guard)
            case "wide":
                files["comparisons.csv"] = csv_table(wide.COLUMNS, wide.wide_rows(found, review), guard)
            case "xlsx":
                files["extractions.xlsx"] = xlsx_tables(
                    {
                        "values": (tidy.COLUMNS, tidy.tidy_rows(facts)),
                        "comparisons": (wide.COLUMNS, wide.wide_rows(found, review)),
                        "columns": (_DICTIONARY, _dictionary()),
                    },
                    guard,
                )
            case "json":
                files["extractions.json"] = export_bytes(facts, needed=needed)
            case "metapsy":
                rows = list(metapsy.metapsy_rows(found, review))
                files["metapsy.csv"] = csv2_table(metapsy.COLUMNS, rows, guard)
                files["metapsy_dictionary.csv"] = csv_table(("variable", "kind", "meaning"), _variables(), guard)
            case _:
                raise ValueError(f"there is no export {kind!r}; there are {', '.join(KINDS)}")
    return files


def standing(facts: ExportFacts, review: ReviewDefinition, forms: Mapping[str, Form]) -> tuple[Contrast, ...]:
    """The contrasts of what is agreed or settled, with their flags."""
    return contrasts(facts.settled, facts.studies, review, forms)


def _dictionary() -> list[dict[str, Any]]:
    rows = [{"table": "values", "column": name, "meaning": tidy.DICTIONARY[name]} for name in tidy.COLUMNS]
    for name in wide.COLUMNS:
        meaning = wide.DICTIONARY.get(name) or (
            "as extracted, in the form's units" if name in NUMBERS else "as extracted; see the form"
        )
        rows.append({"table": "comparisons", "column": name, "meaning": meaning})
    return rows


def _variables() -> list[dict[str, Any]]:
    return [
        {"variable": name, "kind": "text" if name in metapsy.TEXTS else "number", "meaning": metapsy.explained(name)}
        for name in metapsy.COLUMNS
    ]
