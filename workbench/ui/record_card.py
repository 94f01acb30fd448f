"""A record as its source gave it, on whichever page it is looked at."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from ingest.record import Record
from workbench.ui import context, faults, parts, text


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
