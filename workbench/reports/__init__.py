"""The documents: a figure with its numbers as a table, and the page that leads to all of them."""

from .figure_page import IndexEntry, ReportError, figure_html, figure_table, index_html, spreadsheet_text, table_html

__all__ = [
    "IndexEntry",
    "ReportError",
    "figure_html",
    "figure_table",
    "index_html",
    "spreadsheet_text",
    "table_html",
]
