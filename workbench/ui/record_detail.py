"""One record in full: what it says, where it is from, how it changed, and the entry as its source has it."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st
from markupsafe import Markup

from ingest.record import Link, Record
from workbench.refresh.kept_files import entry_as_it_stands
from workbench.store import Store
from workbench.store.values import RecordVersion
from workbench.ui import context, parts, record_card, text
from workbench.ui.record_differences import word_marks

RAW_SHOWN = 60_000  # characters
LINKS_SHOWN = 30
VALUE_SHOWN = 1_500


def show(key: str) -> None:
    """A record with the searches that found it, its versions, its links, its report and its raw entry."""
    store = context.store()
    with st.container(border=True):
        record = store.record(key)
        record_card.show_record(record)
        _identity(record)
        _links(store, record)
        parts.show(
            text.table(
                ("Strategy", "Run", "First found"),
                ((item.strategy, item.run, text.when(item.at)) for item in store.found_by(key)),
                caption="Found by",
            )
        )
        versions = store.record_versions(key)
        _versions(store, key, versions)
        _raw(store, key, versions)
        others = [other for other in store.report_of(key).record_keys if other != key]
        if others:
            st.subheader("One report with", anchor=False)
            for other in others:
                record_card.linked(other)


def _identity(record: Record) -> None:
    """What the card above leaves out, as far as there is any."""
    parts.show(
        text.facts(
            {
                "Key": record.key,
                "Original title": record.original_title,
                "Published": record.published,
                "Language": ", ".join(record.language),
                "Trial registration": ", ".join(record.registry_ids),
                "MeSH": "; ".join(record.mesh),
                "Keywords": "; ".join(record.keywords),
                "Remarks of reading it": text.join((text.clean(note) for note in record.notes), Markup("<br>")),
            }
        )
    )


def _links(store: Store, record: Record) -> None:
    """Ties to other publications, as the source states them; those that the review holds are named as such."""
    if not record.links:
        return
    held = {found.pmid for found in store.records_of([f"pubmed:{link.pmid}" for link in record.links if link.pmid])}
    parts.show(
        text.table(
            ("Tie", "To", "PubMed"),
            (_link_line(link, link.pmid in held) for link in record.links[:LINKS_SHOWN]),
            caption=f"Tied to other publications ({len(record.links)})",
        )
    )


def _link_line(link: Link, held: bool) -> tuple[object, ...]:
    address = text.pubmed_address(link.pmid)
    marks = [text.link(address, link.pmid)] if address else []
    return (
        text.badge(_words(link.type), "error" if "Retraction" in link.type or "Concern" in link.type else "plain"),
        text.one_line(link.citation, 160),
        text.join([*marks, *([text.badge("in this review")] if held else [])], " "),
    )


def _words(camel: str) -> str:
    """ "RetractionIn" as "retraction in"."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in camel).strip()


def _versions(store: Store, key: str, versions: Iterable[RecordVersion]) -> None:
    changes = {change.number: change for change in store.record_changes(key)}
    runs = {run.id: run for run in store.searches()}
    rows = []
    for version in versions:
        run = runs.get(version.run) if version.run is not None else None
        change = changes.get(version.number)
        what = ", ".join(record_card.field_label(name) for name, _, _ in change.fields) if change else "as first seen"
        rows.append((version.number, text.when(version.at), f"{run.source}, run {run.id}" if run else None, what))
    parts.show(text.table(("Version", "From", "Brought by", "Changed"), rows, caption=f"Versions ({len(rows)})"))
    for change in reversed(changes.values()):
        with st.expander(f"What changed in version {change.number}", key=f"changes:{key}:{change.number}"):
            parts.show(
                text.table(
                    ("Field", "Before", "After"),
                    ((record_card.field_label(name), *_before_and_after(was, now)) for name, was, now in change.fields),
                    caption=f"Version {change.number - 1} and version {change.number}",
                )
            )


def _before_and_after(was: object, now: object) -> tuple[Markup, Markup]:
    left, right = _as_text(was), _as_text(now)
    if len(left) > VALUE_SHOWN or len(right) > VALUE_SHOWN:
        return text.safe(text.one_line(left, VALUE_SHOWN)), text.safe(text.one_line(right, VALUE_SHOWN))
    before, after = word_marks(left, right)
    return before or Markup("&ndash;"), after or Markup("&ndash;")


def _as_text(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return "; ".join(
            _words(one.type) + f" {one.pmid or one.citation}" if isinstance(one, Link) else str(one) for one in value
        )
    return text.clean(value)


def _raw(store: Store, key: str, versions: tuple[RecordVersion, ...]) -> None:
    """The entry of the latest version, read again from what was kept; only when asked for."""
    if not st.toggle("Show the entry as its source has it", key=f"raw:{key}"):
        return
    with st.spinner("Looking it up in what was kept"):
        found = next(((v, raw) for v in reversed(versions) if (raw := entry_as_it_stands(store, v))), None)
    if found is None:
        parts.quiet("No raw answer was kept for this record.")
        return
    version, raw = found
    parts.quiet(f"As it stands in what was received for version {version.number}, on {text.when(version.at)}.")
    shown = text.clean(raw)
    parts.show(
        Markup('<pre class="wb-raw" tabindex="0" role="region" aria-label="Raw entry">{}</pre>').format(
            shown[:RAW_SHOWN]
        )
    )
    if len(shown) > RAW_SHOWN:
        parts.quiet(f"The first {parts.spaced_number(RAW_SHOWN)} of {parts.spaced_number(len(shown))} characters.")
