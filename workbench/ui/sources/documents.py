"""The documents of a study and what they say, read once in the process for all who work in it."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from ingest.record import Record
from workbench.extraction import Study
from workbench.sources import (
    Page,
    SourceError,
    SourceOf,
    SourceTable,
    SourceText,
    page_number,
    read_pdf_tables,
    read_source,
    together,
)
from workbench.store import FullText, Store, StoreError
from workbench.ui import text
from workbench.ui.full_texts import viewing

HELD = 30_000_000  # characters of documents that the process keeps at hand
ABSTRACT = "abstract:"  # begins the id of a document that is no file


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A full text of a study, or the title and abstract of one of its reports."""

    id: str  # of the full text, or ABSTRACT and the report
    name: str  # for the menu
    record: Record  # of the report
    full_text: FullText | None = None

    @property
    def is_pdf(self) -> bool:
        """Whether it has pages of its own look."""
        return self.full_text is not None and self.full_text.media_type == "application/pdf"

    @property
    def kept_id(self) -> str:
        """The id of the full text as it is kept with a quote; "" for an abstract."""
        return self.full_text.id if self.full_text is not None else ""


def documents_of(store: Store, study: Study) -> tuple[Document, ...]:
    """The full texts of a study's reports in the order they came, then the abstract of each report."""
    records = store.records_of(study.reports)
    several = len(records) > 1
    found: list[Document] = []
    for record in records:
        for full_text in store.full_texts(record.key):
            name = text.one_line(full_text.name, 60)
            where = f" – {_short(record)}" if several else ""
            described = f"{name} ({viewing.kind_name(full_text)}){where}"
            found.append(Document(id=full_text.id, name=described, record=record, full_text=full_text))
    for record in records:
        name = f"Title and abstract – {_short(record)}" if several else "Title and abstract"
        found.append(Document(id=f"{ABSTRACT}{record.key}", name=name, record=record))
    return tuple(found)


def _short(record: Record) -> str:
    author = record.authors[0].split()[0] if record.authors and record.authors[0].split() else "?"
    return f"{author} {record.year or ''}".strip()


class _Shelf:
    """What was read last: texts by the file's hash, and tables of PDF pages that somebody asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reading: dict[str, threading.Lock] = {}
        self._texts: OrderedDict[str, SourceText | str] = OrderedDict()

    def text(self, sha256: str, read: Callable[[], SourceText]) -> SourceText:
        """What a file says; two who ask at once read it once. Raises SourceError, again at once the next time."""
        with self._lock:
            reading = self._reading.setdefault(sha256, threading.Lock())
        with reading:
            with self._lock:
                held = self._texts.get(sha256)
                if held is not None:
                    self._texts.move_to_end(sha256)
            if held is None:
                try:
                    held = read()
                except SourceError as error:
                    held = str(error)
                self._keep(sha256, held)
        if isinstance(held, str):
            raise SourceError(held)
        return held

    def replace(self, sha256: str, change: Callable[[SourceText], SourceText]) -> None:
        """Put what more was read of a file to what was read before."""
        with self._lock:
            held = self._texts.get(sha256)
        if isinstance(held, SourceText):
            self._keep(sha256, change(held))

    def _keep(self, sha256: str, held: SourceText | str) -> None:
        with self._lock:
            self._texts[sha256] = held
            self._texts.move_to_end(sha256)
            while len(self._texts) > 1 and sum(map(_size, self._texts.values())) > HELD:
                old, _ = self._texts.popitem(last=False)
                self._reading.pop(old, None)


def _size(held: SourceText | str) -> int:
    return 1000 + (held.characters if isinstance(held, SourceText) else 0)


_shelf = _Shelf()


def text_of(store: Store, document: Document) -> SourceText:
    """What a document says. Raises SourceError where it has no text to be read, StoreError where the file is gone."""
    full_text = document.full_text
    if full_text is None:
        return abstract_of(document.record)

    def read() -> SourceText:
        return read_source(viewing.held_bytes(store, full_text), full_text.media_type)

    return _shelf.text(full_text.sha256, read)


def abstract_of(record: Record) -> SourceText:
    """Title and abstract of a report."""
    return _abstract(text.clean(record.title), text.clean(record.abstract))


@functools.lru_cache(maxsize=500)
def _abstract(title: str, abstract: str) -> SourceText:
    pages = [Page(label="Title", text=title)]
    if abstract.strip():
        lines = [f"{head}\n{running}".strip() for head, running in text.sections(abstract)]
        pages.append(Page(label="Abstract", text="\n".join(lines)))
    return SourceText(pages=tuple(pages))


def read_tables(store: Store, document: Document, page: str) -> str:
    """Read the tables of a page of a PDF, for all who look at it; gives what to say where not all could be read."""
    full_text, number = document.full_text, page_number(page)
    if full_text is None or number is None:
        return ""
    tables, problem = read_pdf_tables(viewing.held_bytes(store, full_text), (number,))

    def add(source: SourceText) -> SourceText:
        others = [each for each in source.tables if each.page != page]
        used = {each.label for each in others}
        new = [each if each.label not in used else _renamed(each) for each in tables]
        order = {each.label: place for place, each in enumerate(source.pages)}
        merged = sorted([*others, *new], key=lambda each: order.get(each.page, 0))
        return replace(source, tables=tuple(merged))

    _shelf.replace(full_text.sha256, add)
    return problem


def _renamed(table: SourceTable) -> SourceTable:
    return replace(table, label=f"{table.label}, {table.page}")


def source_of(store: Store, study: Study) -> SourceOf:
    """For `check_quotes`: what the full text of an id says; "" is any of the study's documents together."""
    documents = documents_of(store, study)
    known: dict[str, SourceText | None] = {}

    def read(document: Document) -> SourceText | None:
        try:
            return text_of(store, document)
        except (SourceError, StoreError):
            return None

    def find(full_text: str) -> SourceText | None:
        if full_text not in known:
            if full_text:
                document = next((each for each in documents if each.id == full_text), None)
                known[full_text] = None if document is None else read(document)
            else:
                texts = [(each, read(each)) for each in documents]
                known[full_text] = _any_of([(each, source) for each, source in texts if source is not None])
        return known[full_text]

    return find


def _any_of(sources: list[tuple[Document, SourceText]]) -> SourceText | None:
    """All documents as one; None where only abstracts can be read, as a quote is rarely from one."""
    if not any(document.full_text for document, _ in sources):
        return None
    key = tuple(id(source) for _, source in sources)
    with _together_lock:
        if key in _together:
            return _together[key][1]
    made = together([(document.name, source) for document, source in sources])
    with _together_lock:
        _together[key] = (tuple(source for _, source in sources), made)
        while len(_together) > 50:
            _together.popitem(last=False)
    return made


_together_lock = threading.Lock()
_together: OrderedDict[tuple[int, ...], tuple[tuple[SourceText, ...], SourceText | None]] = OrderedDict()
