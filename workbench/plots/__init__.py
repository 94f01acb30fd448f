"""The pictures: figures as values, their layout in mm, and the same layout as SVG, PDF or PNG."""

from .drawing import Page, PlotError
from .flow_figure import FlowFigure, FlowFigureBox, FlowLine, FlowStage
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
from .prisma_flow import FlowLayout, prisma_flow_layout
from .render import render, to_pdf_bytes, to_png_bytes, to_svg_bytes
from .summary import CombinedEntry, combined_figures

__all__ = [
    "MARKS",
    "Column",
    "CombinedEntry",
    "FlowFigure",
    "FlowFigureBox",
    "FlowLayout",
    "FlowLine",
    "FlowStage",
    "ForestFigure",
    "ForestLayout",
    "ForestStudy",
    "ForestSummary",
    "Mark",
    "Page",
    "PlotError",
    "combined_figures",
    "forest_layout",
    "forest_pages",
    "prisma_flow_layout",
    "render",
    "to_pdf_bytes",
    "to_png_bytes",
    "to_svg_bytes",
]
