"""The record: what its sources say of it, as far as the team lets reviewers see it."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from ingest.merging import Merged
from ingest.record import Record
from workbench.store import Seat
from workbench.ui import parts, text
from workbench.ui.desk import marking
from workbench.ui.desk.session import Desk
from workbench.ui.record_card import source_name, source_names

_TIES = {
    "RetractionIn": ("Retracted", "error"),
    "PartialRetractionIn": ("Partly retracted", "error"),
    "ExpressionOfConcernIn": ("Expression of concern", "warning"),
    "ErratumIn": ("Corrected", "plain"),
    "CorrectedandRepublishedIn": ("Corrected and republished", "plain"),
    "UpdateIn": ("Updated", "plain"),
}


def show(desk: Desk, seat: Seat) -> Merged | None:
    """The report on the desk; asks the store once, twice where several records describe it."""
    if seat.report is None:
        return None
    merged = desk.store.merged(seat.report.key)
    parts.show(_record(desk, seat, merged.record))
    if len(merged.keys) > 1:
        _sources(desk, merged)
    return merged


def _record(desk: Desk, seat: Seat, record: Record) -> Markup:
    found = marking.words(desk)
    mark = marking.marker(found)
    title = text.clean(record.title or "No title in the source")
    return Markup('<article class="wb-record" data-shown="{}"><h2 class="wb-title">{}</h2>{}{}{}{}{}</article>').format(
        f"{record.key} {len(seat.words)}",
        mark(title),
        Markup('<div class="wb-original">{}</div>').format(text.clean(record.original_title))
        if record.original_title
        else "",
        _authors(desk, record),
        Markup('<div class="wb-quiet">{}</div>').format(_place(desk, record)),
        Markup('<div class="wb-marks">{}</div>').format(text.join([*_marks(record), links(record)], " ")),
        text.abstract(record.abstract, mark, level="h3") + marking.legend(found),
    )


def _authors(desk: Desk, record: Record) -> Markup:
    if desk.plan.hides("authors", desk.stage):
        return Markup("")
    return Markup("<div>{}</div>").format(text.authors(record.authors)) if record.authors else Markup("")


def _place(desk: Desk, record: Record) -> Markup:
    """Journal and year as far as they are shown, and what is kept from the reader."""
    hides = {name: desk.plan.hides(name, desk.stage) for name in ("authors", "journal", "year")}
    place = record.volume + (f"({record.issue})" if record.issue else "")
    place = ":".join(part for part in (place, record.pages) if part)
    journal, year = ("" if hides["journal"] else record.journal), ("" if hides["year"] else str(record.year or ""))
    told = [part for part in (journal, year, place if journal and year else "") if part]
    kept = [name for name, hidden in hides.items() if hidden]
    if kept:
        told.append(f"Your team keeps {' and '.join(', '.join(kept).rsplit(', ', 1))} hidden at this stage")
    return text.join(told, ". ")


def _marks(record: Record) -> list[Markup]:
    marks: list[Markup] = []
    if record.retraction_notice:
        marks.append(text.badge("Notice of a retraction", "warning"))
    ties = dict.fromkeys(link.type for link in record.links if link.type in _TIES)
    if record.retracted and "RetractionIn" not in ties:
        marks.append(text.badge("Retracted", "error"))
    for tie in ties:
        label, tone = _TIES[tie]
        marks.append(text.badge(label, tone))  # type: ignore[arg-type]
    marks += [text.badge(kind) for kind in record.publication_types]
    if record.language and not any(name.casefold() in ("eng", "en", "english") for name in record.language):
        marks.append(text.badge(f"Language: {', '.join(record.language)}"))
    return marks


def links(record: Record) -> Markup:
    """Where to read on: PubMed, the publisher, the free full text."""
    addresses = (
        ("PubMed", text.pubmed_address(record.pmid)),
        ("DOI", text.doi_address(record.doi)),
        ("Full text (PMC)", text.pmc_address(record.pmcid)),
    )
    return text.join((text.link(address, label) for label, address in addresses if address), " · ")


def _sources(desk: Desk, merged: Merged) -> None:
    """The records behind a report, without what the team hides."""
    records = desk.store.records_of(merged.keys)
    said = f"One report of {len(records)} records, from {source_names(records)}"
    with st.expander(text.literal(said), key=f"records-of:{merged.record.key}"):
        for record in records:
            parts.show(
                Markup('<div><strong>{}</strong> <span class="wb-quiet">{}</span> {}<br>{}<br>{}</div>').format(
                    source_name(record),
                    record.key,
                    links(record),
                    text.one_line(record.title, 200),
                    _place(desk, record),
                )
            )
        parts.quiet("Compare them, or take one out, under Records and searches, Duplicates.")
