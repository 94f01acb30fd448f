"""Full texts: what kind of file one is, its words, which report it belongs to, and which study a report tells of.

Bytes and values in, values out; nothing here knows the database or the browser.
"""

from workbench.full_texts.companions import Proposal, propose_studies
from workbench.full_texts.files import KINDS, LARGEST, FullTextError, Kind, kind_of, tidy_name
from workbench.full_texts.library import for_the_library
from workbench.full_texts.matching import Clues, Match, clues_of, match
from workbench.full_texts.oddities import oddity
from workbench.full_texts.pdf_text import PdfText, asks_for_password, read_pdf
from workbench.full_texts.plain_text import plain_text, text_parts

__all__ = [
    "KINDS",
    "LARGEST",
    "Clues",
    "FullTextError",
    "Kind",
    "Match",
    "PdfText",
    "Proposal",
    "asks_for_password",
    "clues_of",
    "for_the_library",
    "kind_of",
    "match",
    "oddity",
    "plain_text",
    "propose_studies",
    "read_pdf",
    "text_parts",
    "tidy_name",
]
