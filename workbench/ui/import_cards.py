"""One uploaded file on the page: what it is, its first records, its columns, what cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import streamlit as st
from markupsafe import Markup

from ingest.formats.author_cells import SEPARATORS as AUTHOR_SEPARATORS
from ingest.formats.csv_mapping import FIELDS, SEPARATORS, Mapping
from ingest.record import Record, Unreadable
from workbench.refresh.import_preview import Preview
from workbench.ui import parts, text

RAW_SHOWN = 1500  # characters of an entry that could not be read
NAMES = {
    "": "Each cell is looked at",
    "and, after a comma": "“and”, after “Family, Given”",
    ";": "semicolon",
    "|": "vertical bar",
    "line": "a new line",
    "and": "“and”",
    ",": "comma",
}
_MAIN = ("title", "abstract", "authors", "journal", "year", "doi", "pmid", "source_id")


def heading(number: int, name: str, shown: Preview) -> None:
    """The file's name, what it was recognised as, and its counts."""
    marks = []
    if shown.format:
        marks.append(text.badge(shown.format))
    if shown.encoding:
        marks.append(text.badge(f"{shown.encoding}{', guessed' if shown.encoding_guessed else ''}"))
    counted = [counted_words(shown.records, "record")] if shown.entries else []
    if shown.unreadable_count:
        counted.append(f"{counted_words(shown.unreadable_count, 'entry', 'entries')} that cannot be read")
    if shown.without_title:
        counted.append(f"{parts.spaced_number(shown.without_title)} without a title")
    if shown.retracted:
        counted.append(f"{parts.spaced_number(shown.retracted)} retracted")
    parts.show(
        Markup('<h3>{}</h3><div>{} <span class="wb-quiet">{}</span></div>').format(
            text.clean(name), text.join(marks, " "), " · ".join([*counted, size_words(shown.size)])
        )
    )
    if shown.before is not None:
        st.info(
            text.literal(
                f"This very file was imported on {text.day(shown.before.started)} as {shown.before.source}. "
                "Importing it again adds nothing, unless its columns are read in another way."
            )
        )
    if shown.encoding_guessed:
        parts.quiet(
            f"The file does not say its encoding; it is read as {shown.encoding}. Look at names with accents below. If "
            "they are wrong, export the file again as UTF-8."
        )
    if shown.inside:
        with st.expander(f"Files inside ({len(shown.inside)})", key=f"import:inside:{number}"):
            parts.show(text.join(Markup("<div>{}</div>").format(text.clean(one)) for one in shown.inside))


def problem(shown: Preview) -> None:
    """Why the file, or the rest of it, cannot be read."""
    if not shown.error:
        return
    if shown.usable:
        st.warning(text.literal(f"{shown.error} What came before can be imported."))
    else:
        st.error(text.literal(shown.error))


def first_records(shown: Preview) -> None:
    """The first records, as they will be stored."""
    if not shown.first:
        return
    some = f"The first {len(shown.first)} of {parts.spaced_number(shown.records)} records"
    parts.show(
        text.table(
            ("Title", "Authors", "Journal", "Year", "Identifiers", "Abstract"),
            (_line(record) for record in shown.first),
            caption=f"{some if shown.records > len(shown.first) else 'The records'}, as they will be stored",
        )
    )


def _line(record: Record) -> tuple[object, ...]:
    identifiers = [f"PMID {record.pmid}" if record.pmid else "", record.doi or "", record.pmcid or ""]
    marks = text.badge("retracted", "error") if record.retracted else ""
    return (
        text.join((text.one_line(record.title, 140) or text.badge("no title", "warning"), marks), " "),
        text.authors(record.authors, 2),
        text.one_line(record.journal, 60),
        record.year,
        text.join((text.clean(each) for each in identifiers if each), Markup("<br>")),
        text.one_line(record.abstract, 80) or "none",
    )


def unreadable(number: int, items: Iterable[Unreadable], total: int) -> None:
    """What could not be read: where it stands, why, and its text."""
    listed = list(items)
    if not listed:
        return
    label = f"Entries that cannot be read ({parts.spaced_number(total)})"
    with st.expander(label, key=f"import:unreadable:{number}"):
        parts.quiet("They are counted in the ledger and kept with the file. Mend them there, or add them by hand.")
        parts.show(text.join(map(_unreadable, listed)))
        if total > len(listed):
            parts.quiet(f"The first {len(listed)} are shown.")


def _unreadable(item: Unreadable) -> Markup:
    where = f"Entry {item.position}" + (f", line {item.line}" if item.line else "")
    raw = text.clean(item.raw)
    shown = raw[:RAW_SHOWN] + (" …" if len(raw) > RAW_SHOWN else "")
    return Markup('<div class="wb-problem"><strong>{}</strong>: {}{}</div>').format(
        where, text.clean(item.reason), Markup('<pre class="wb-raw">{}</pre>').format(shown) if shown.strip() else ""
    )


def columns(key: str, shown: Preview) -> Mapping | None:
    """Let people say which column is which; the mapping as it is said now. None for a file that is no table."""
    start = shown.mapping
    guessed = shown.guessed
    if start is None or guessed is None:
        return None
    if start.own:
        parts.quiet("This table was written here: its columns are known.")
        return start
    with st.expander("Which column is which", expanded=not start.usable, key=f"{key}:columns"):
        words = st.container()
        parts.show(
            text.table(
                [text.one_line(name, 40) for name in guessed.header],
                ([text.one_line(cell, 60) for cell in row] for row in guessed.sample[:3]),
                caption="The table's first rows",
            )
        )
        chosen = _fields(key, [name for name in FIELDS if name in _MAIN], start)
        with st.expander("More fields", key=f"{key}:more"):
            chosen |= _fields(key, [name for name in FIELDS if name not in _MAIN], start)
            separator = st.selectbox(
                "Between two authors",
                ["", *AUTHOR_SEPARATORS],
                index=["", *AUTHOR_SEPARATORS].index(start.author_separator),
                format_func=lambda each: NAMES.get(each, each),
                key=f"{key}:between authors",
            )
    columns = {name: chosen[name] for name in FIELDS if chosen[name]}
    mapping = replace(start, columns=columns, author_separator=separator or "")
    with words:
        _said(start, mapping, remembered=shown.remembered)
    return mapping


def _said(start: Mapping, mapping: Mapping, *, remembered: bool) -> None:
    between = SEPARATORS.get(start.separator, start.separator)
    if remembered:
        parts.quiet("As it was said before for a table with these columns. Change it here for this and later ones.")
    elif start.usable:
        parts.quiet(
            f"Guessed from the names and contents of the columns ({between} between them). Change what is wrong."
        )
    if mapping.unused:
        parts.quiet(f"Not read: {', '.join(mapping.unused[:12])}{' …' if len(mapping.unused) > 12 else ''}")


def _fields(key: str, names: list[str], start: Mapping) -> dict[str, tuple[str, ...]]:
    left, right = st.columns(2)
    half = (len(names) + 1) // 2
    return {name: _chosen(left if place < half else right, key, name, start) for place, name in enumerate(names)}


def _chosen(place: st.delta_generator.DeltaGenerator, key: str, name: str, start: Mapping) -> tuple[str, ...]:
    held = start.columns.get(name, ())
    label = FIELDS[name] + (" (needed)" if name == "title" else "")
    if len(held) > 1:
        several = place.multiselect(label, start.header, default=list(held), format_func=_label, key=f"{key}:{name}")
        return tuple(several)
    options = ["", *start.header]
    one = place.selectbox(
        label,
        options,
        index=options.index(held[0]) if held else 0,
        format_func=lambda column: _label(column) or "–",
        key=f"{key}:{name}",
    )
    return (one,) if one else ()


def _label(column: str) -> str:
    return text.literal(text.one_line(column, 60))


def counted_words(count: int, word: str, plural: str = "") -> str:
    """A count with its word."""
    return f"{parts.spaced_number(count)} {word if count == 1 else plural or word + 's'}"


def size_words(size: int) -> str:
    """A file's size for reading."""
    if size < 1024:
        return f"{size} bytes"
    return f"{size / 1024:.0f} kB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"
