"""A record as its source gave it, or a report as all its records describe it, on whichever page it is looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

import streamlit as st
from markupsafe import Markup

from ingest.merging import Merged
from ingest.record import Record
from workbench.ui import context, faults, parts, text


def source_name(record: Record) -> str:
    """What to call the source of a record."""
    return "PubMed" if record.source == "pubmed" else record.source


def source_names(records: Iterable[Record]) -> str:
    """Each source once, in the order of the records."""
    return ", ".join(dict.fromkeys(map(source_name, records)))


def show_record(record: Record, *, level: str = "h2") -> None:
    """A record as its source gave it: title, authors, place, types, links, abstract."""
    tag = Markup("<{0} class='wb-title'>{1}</{0}>") if level == "h3" else Markup("<h2 class='wb-title'>{1}</h2>")
    marks = [text.badge(kind) for kind in record.publication_types]
    if record.retracted:
        marks.insert(0, text.badge("Retracted", "error"))
    if record.retraction_notice:
        marks.insert(0, text.badge("Notice of a retraction", "warning"))
    parts.show(
        text.join(
            (
                tag.format(Markup("h3"), text.clean(record.title or "No title in the source")),
                Markup("<div>{}</div>").format(text.authors(record.authors)),
                Markup('<div class="wb-quiet">{}</div>').format(text.citation(record)),
                Markup("<div>{} {}</div>").format(text.join(marks, " "), text.record_links(record)),
                text.abstract(record.abstract),
            )
        )
    )


def without(record: Record, hidden: Collection[str]) -> Record:
    """The record without what a team hides from its reviewers while they screen (`review.definition.HiddenField`)."""
    empty: dict[str, dict[str, Any]] = {
        "authors": {"authors": ()},
        "journal": {"journal": "", "volume": "", "issue": "", "pages": ""},
        "year": {"year": None},
    }
    away = {field: nothing for name in hidden for field, nothing in empty[name].items()}
    return replace(record, **away) if away else record


def show_report(report: str, *, level: str = "h2", hidden: Collection[str] = ()) -> Merged:
    """A report (by the key of any of its records) as all its records together describe it, and where it is from.

    One record is shown as its source gave it. Of several, the best of each field is shown; a line names the sources,
    the fields in which they contradict each other, and below it each record can be looked at as it came.
    hidden: what of it is not shown to reviewers, such as the authors.
    """
    store = context.store()
    merged = store.merged(report)
    show_record(without(merged.record, hidden), level=level)
    records = [without(record, hidden) for record in store.records_of(merged.keys)]
    if len(records) == 1:
        parts.quiet(f"From {source_names(records)}")
        return merged
    said = f"One report of {len(records)} records, from {source_names(records)}"
    if merged.conflicts:
        said += f". They contradict each other in: {', '.join(map(field_label, _fields(merged)))}"
    with st.expander(text.literal(said), key=f"records-of:{report}"):
        for record in records:
            parts.show(
                Markup('<div><strong>{}</strong> <span class="wb-quiet">{}</span> {}<br>{}<br>{}</div>').format(
                    source_name(record),
                    record.key,
                    text.record_links(record),
                    text.one_line(record.title, 200),
                    text.citation(record),
                )
            )
        parts.quiet("Compare them, or take one out, under Records and searches, Duplicates.")
    return merged


def _fields(merged: Merged) -> list[str]:
    return [conflict.field for conflict in merged.conflicts]


_LABELS = {
    "original_title": "original title",
    "publication_types": "publication types",
    "published": "date as printed",
    "mesh": "MeSH",
    "pmid": "PMID",
    "version": "version of the PMID",
    "doi": "DOI",
    "pmcid": "PMCID",
    "registry_ids": "trial registration",
    "retraction_notice": "notice of a retraction",
    "notes": "remarks of reading it",
}


def field_label(name: str) -> str:
    """What to call a field of a record on the page."""
    return _LABELS.get(name, name)


def linked(other: str) -> None:
    """Another record of the same report, which can be taken out again."""
    record = context.store().record(other)
    parts.show(
        Markup("<div>{} {} {}</div>").format(
            text.one_line(record.title, 160), text.badge(other), text.record_links(record)
        )
    )
    st.button(
        "Not this report: take it out",
        key=f"unlink:{other}",
        on_click=_unlink,
        args=(other, context.known_reviewer_name()),
    )


@faults.callback
def _unlink(key: str, by: str) -> None:
    context.store().unlink_duplicate(key, by)
