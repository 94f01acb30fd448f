"""From the bytes of a full text to its pages and tables."""

from __future__ import annotations

from workbench.full_texts.files import HTML, JATS, PDF, TEXT, FullTextError, kind_of
from workbench.full_texts.plain_text import decoded, text_parts
from workbench.sources import pdf
from workbench.sources.errors import SourceError
from workbench.sources.jats import read_jats
from workbench.sources.model import Page, SourceText
from workbench.sources.web_page import read_web_page

LONGEST = 5_000_000  # characters of one document
PART = 6000  # characters: plain text has no pages


def read_source(content: bytes, media_type: str) -> SourceText:
    """The pages and tables of a full text; of a PDF the pages only (`read_pdf_tables` reads tables when asked).

    media_type: one of `workbench.full_texts.KINDS`. Raises SourceError for what cannot be read at all: a scanned or
    locked PDF, a broken file, another kind than was said.
    """
    try:
        kind = kind_of(content)
    except FullTextError as error:
        raise SourceError(str(error)) from error
    if kind.media_type != media_type:
        raise SourceError(f"The file is no {media_type}, but looks like {kind.name}.")
    if kind is PDF:
        return pdf.read_pages(content)
    if kind is JATS:
        found = read_jats(content)
    elif kind is HTML:
        found = read_web_page(decoded(content))
    elif kind is TEXT:
        found = read_text(decoded(content))
    if not found.pages and not found.tables:
        raise SourceError("The file holds no text that can be read.")
    if found.characters > LONGEST:
        raise SourceError(f"The text has more than {LONGEST:,} characters: no article has. Look at the file itself.")
    return found


def read_text(text: str) -> SourceText:
    """Plain text: by its form feeds, as converters of PDF set them, else in parts."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\f" in text:
        named = [(f"page {number}", part) for number, part in enumerate(text.split("\f"), start=1)]
    else:
        parts = text_parts(text, PART)
        named = [(f"part {number} of {len(parts)}", part) for number, part in enumerate(parts, start=1)]
        named = [("the text", parts[0])] if len(parts) == 1 else named
    pages = tuple(Page(label=label, text=part.strip("\n")) for label, part in named if part.strip())
    return SourceText(pages=pages, flowing=True)
