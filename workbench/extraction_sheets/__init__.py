"""Extraction sheets: what a team typed into a spreadsheet, read through a mapping that people see and correct.

Pure: bytes, forms and the review's definition in, results with the cell of every answer out. openpyxl stays in here.
"""

from workbench.extraction_sheets.applying import apply_mapping
from workbench.extraction_sheets.errors import BadSheetMapping, ExtractionSheetError, UnreadableSheet
from workbench.extraction_sheets.grid import Cell, Grid, GridSheet, address
from workbench.extraction_sheets.imported import (
    CELL_STATES,
    CellProblem,
    Imported,
    ImportedResult,
    ImportedTrial,
    LeftOutColumn,
)
from workbench.extraction_sheets.mapping import TARGETS, Block, ChangeScores, SheetMapping, Use
from workbench.extraction_sheets.proposing import new_use, propose_mapping
from workbench.extraction_sheets.reading import read_grid
from workbench.extraction_sheets.table_finding import Column, LeftOutRow, Table, find_table

__all__ = [
    "CELL_STATES",
    "TARGETS",
    "BadSheetMapping",
    "Block",
    "Cell",
    "CellProblem",
    "ChangeScores",
    "Column",
    "ExtractionSheetError",
    "Grid",
    "GridSheet",
    "Imported",
    "ImportedResult",
    "ImportedTrial",
    "LeftOutColumn",
    "LeftOutRow",
    "SheetMapping",
    "Table",
    "UnreadableSheet",
    "Use",
    "address",
    "apply_mapping",
    "find_table",
    "new_use",
    "propose_mapping",
    "read_grid",
]
