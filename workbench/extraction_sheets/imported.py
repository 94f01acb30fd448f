"""What a sheet gives under a mapping: results with the cell of every answer, problems, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.extraction_sheets.answers_from_cells import Level
from workbench.extraction_sheets.table_finding import LeftOutRow

QUOTES = "_quotes"
"""Reserved key of the answers: path of an answer -> where it was read (see `workbench.forms.answers`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellProblem:
    """Something about one cell, or about a row (then the cell is its first one)."""

    sheet: str
    cell: str  # "D5"
    value: str  # what stands there
    message: str
    mend: str  # how to mend it
    level: Level = "error"
    field: str = ""  # the form's field it is about
    result: str = ""  # key of the result it is about


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutColumn:
    """A column that no field takes."""

    column: str  # its letters
    label: str
    cells: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedResult:
    """One result as the sheet gives it."""

    key: str  # names it within the file, whatever the mapping: "Sheet1!5", with its block or comparator row
    study: str  # the study's label
    form: str
    form_version: int
    label: str  # of the result's slot: arm, outcome, time
    indication: str | None
    answers: Mapping[str, Any]  # with QUOTES
    cells: Mapping[str, str]  # path of an answer -> "Sheet1!D5"
    rows: tuple[int, ...]
    row_name: str = ""
    pmid: str = ""
    doi: str = ""
    faults: tuple[str, ...] = ()  # why the form's checks do not let it be final

    @property
    def can_be_final(self) -> bool:
        """Whether nothing in its answers keeps it a draft."""
        return not self.faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A sheet under a mapping. Every cell with something in it is counted once in `counts`."""

    file: str
    sheet: str
    results: tuple[ImportedResult, ...]
    problems: tuple[CellProblem, ...]
    left_out_rows: tuple[LeftOutRow, ...]
    left_out_columns: tuple[LeftOutColumn, ...]
    rows: int  # rows of the table
    rows_without_result: tuple[LeftOutRow, ...] = ()  # rows of the table that gave nothing, and why
    counts: Mapping[str, int] = field(default_factory=dict)  # what became of the cells: see `CELL_STATES`
    notes: tuple[str, ...] = ()

    @property
    def studies(self) -> tuple[str, ...]:
        """The studies' labels, each once."""
        return tuple(dict.fromkeys(result.study for result in self.results))

    def problems_of(self, level: Level) -> tuple[CellProblem, ...]:
        """The problems of one level."""
        return tuple(problem for problem in self.problems if problem.level == level)


CELL_STATES = {
    "heading": "headings",
    "answer": "taken as answers",
    "worked out": "used to work an answer out",
    "study": "used to name or find the study, the row, its form or its arm",
    "notes": "kept in the notes: the form of their row does not ask for them",
    "empty": "stand for an empty cell, or for nothing",
    "refused": "not taken: see the problems",
    "column left out": "in columns that are not read",
    "row left out": "in rows that are not read",
    "row without result": "in rows of the table that gave no result",
}
"""What can become of a cell; each cell with something in it has exactly one of these states."""
