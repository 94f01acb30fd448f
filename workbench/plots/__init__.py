"""The pictures: figures as values, their layout in mm, and the same layout as SVG, PDF or PNG."""

from .drawing import PlotError
from .forest import (
    MARKS,
    Column,
    ForestFigure,
    ForestLayout,
    ForestStudy,
    ForestSummary,
    Mark,
    forest_layout,
    forest_pages,
)
from .render import render, to_pdf_bytes, to_png_bytes, to_svg_bytes
from .summary import CombinedEntry, combined_figures

__all__ = [
    "MARKS",
    "Column",
    "CombinedEntry",
    "ForestFigure",
    "ForestLayout",
    "ForestStudy",
    "ForestSummary",
    "Mark",
    "PlotError",
    "combined_figures",
    "forest_layout",
    "forest_pages",
    "render",
    "to_pdf_bytes",
    "to_png_bytes",
    "to_svg_bytes",
]
