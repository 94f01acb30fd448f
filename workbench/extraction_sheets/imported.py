"""What a sheet gives under a mapping: results with the cell of every answer, problems, and what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.extraction_sheets.answers_from_cells import Level
from workbench.extraction_sheets.row_parts import Place
from workbench.extraction_sheets.table_finding import LeftOutRow
from workbench.forms import Form
from workbench.forms import text as answer_text

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

    @property
    def registration(self) -> str:
        """The registration number, if the row says one."""
        return answer_text(self.answers, "registry_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One answer that a row gives to a form of its trial."""

    form: str
    field: str
    arm: str = ""  # of a table's cell: the arm's name, "" for an arm without one; or the id of another table's row
    role: str = ""  # "active", "comparator", "" for an arm that the mapping names
    column: str = ""
    answer: Any
    text: str = ""  # of the cells, as they stand
    cells: tuple[str, ...] = ()  # "Sheet1!D5"; () for what holds for every row
    places: tuple[Place, ...] = ()
    of_trial: bool = False  # the column was mapped to the trial's form, not carried over from the result


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRow:
    """What one row says of its trial."""

    study: str
    rows: tuple[int, ...]
    said: tuple[Said, ...]
    arms: tuple[tuple[str, str], ...] = ()  # (role, name) of the arms that the row compares
    notes: tuple[str, ...] = ()  # what no field took, of rows that give no result
    pmid: str = ""
    doi: str = ""

    @property
    def registration(self) -> str:
        """The registration number, if the row says one."""
        found = (said.answer for said in self.said if said.field == "registry_id" and isinstance(said.answer, str))
        return next(found, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTrial:
    """A trial's form as all rows of the study fill it in."""

    study: str
    form: str
    form_version: int
    answers: Mapping[str, Any]  # with QUOTES
    cells: Mapping[str, str]  # path of an answer -> "Sheet1!D5"
    rows: tuple[int, ...]
    missing: tuple[str, ...] = ()  # fields, or table.column, that need an answer and have none
    faults: tuple[str, ...] = ()  # why the form's checks do not let it be final
    disagreements: tuple[str, ...] = ()  # in words: on what the rows differ; it is left empty

    @property
    def can_be_final(self) -> bool:
        """Whether nothing keeps it a draft: no answer missing or impossible, no row against another."""
        return not self.faults and not self.disagreements


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
    trials: tuple[ImportedTrial, ...] = ()
    trial_rows: tuple[TrialRow, ...] = ()  # what `trials` is made from, row by row
    trial_forms: Mapping[str, Form] = field(default_factory=dict)  # those it fills, the review's options filled in

    @property
    def studies(self) -> tuple[str, ...]:
        """The studies' labels, each once."""
        names = (*(result.study for result in self.results), *(row.study for row in self.trial_rows))
        return tuple(dict.fromkeys(names))

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
    "row without result": "in rows of the table that gave nothing",
}
"""What can become of a cell; each cell with something in it has exactly one of these states."""
