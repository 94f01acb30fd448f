"""The text behind a number: pages and tables of a full text, where a quote stands in it, and the numbers of a quote.

Bytes and values in, values out; nothing here knows the database or the browser.
"""

from workbench.sources.checking import SourceOf, as_kept, check_quotes, together
from workbench.sources.errors import SourceError
from workbench.sources.model import Page, SourceTable, SourceText, TableCell
from workbench.sources.pdf import page_number, read_pdf_tables
from workbench.sources.places import QuoteMatch
from workbench.sources.printed_numbers import PrintedNumber, numbers_in, supports
from workbench.sources.quotes import find_all, find_quote
from workbench.sources.reading import read_source

__all__ = [
    "Page",
    "PrintedNumber",
    "QuoteMatch",
    "SourceError",
    "SourceOf",
    "SourceTable",
    "SourceText",
    "TableCell",
    "as_kept",
    "check_quotes",
    "find_all",
    "find_quote",
    "numbers_in",
    "page_number",
    "read_pdf_tables",
    "read_source",
    "supports",
    "together",
]
