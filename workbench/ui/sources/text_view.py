"""The text of a document page by page, with a search; a part of it that is selected becomes a quote."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from workbench.sources import Page, QuoteMatch, SourceText, find_all, find_quote
from workbench.ui import faults, parts, text
from workbench.ui.sources import attaching, components, finding
from workbench.ui.sources.attaching import AttachedQuote
from workbench.ui.sources.components import Mark
from workbench.ui.sources.shown import Reading

SHORTEST = 2  # characters of a search


def show(reading: Reading, source: SourceText, *, height: int) -> None:
    """One page, with what was searched for and what was found of a quote marked on it."""
    places = list(source.places())
    labels = [place.label for place in places]
    widget = finding.page_key(reading)
    if st.session_state.get(widget) not in labels:
        kept = st.session_state.get(f"{widget}:kept")
        st.session_state[widget] = kept if kept in labels else labels[0]
    hits = _search(reading, source, labels)
    label = _page(reading, labels)
    place = places[labels.index(label)]
    marks = _marks(reading, place, hits)
    widget = reading.key("reader")
    components.show_text(
        place,
        marks,
        height=height,
        attach=_attacher(reading, source, widget) if reading.on_quote is not None else None,
        key=widget,
    )


def _page(reading: Reading, labels: Sequence[str]) -> str:
    """The page that is open, and the way to its neighbours."""
    widget = finding.page_key(reading)
    if len(labels) == 1:
        return labels[0]
    at = labels.index(st.session_state[widget])
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        picked = st.selectbox("Page", labels, format_func=text.one_line, key=widget)
        for name, step in (("Previous page", -1), ("Next page", 1)):
            there = at + step
            st.button(
                "←" if step < 0 else "→",
                key=reading.key(f"turn:{step}"),
                help=name,
                disabled=not 0 <= there < len(labels),
                on_click=_turn,
                args=(reading, labels[max(0, min(there, len(labels) - 1))]),
            )
    st.session_state[f"{widget}:kept"] = picked
    return picked or labels[0]


@faults.callback
def _turn(reading: Reading, label: str) -> None:
    st.session_state[finding.page_key(reading)] = label


# --- search -----------------------------------------------------------------------------------------------------------


def _search(reading: Reading, source: SourceText, labels: Sequence[str]) -> tuple[QuoteMatch, ...]:
    """The box, the count of hits and the way through them."""
    widget, place = reading.key("search"), reading.key("hit")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        words = st.text_input(
            "Search in the text",
            key=widget,
            max_chars=200,
            placeholder="Words or a number",
            on_change=_begin,
            args=(reading, source),
        )
        hits = _hits(source, words or "")
        now = st.session_state.get(place, 0)
        for name, step in (("Previous hit", -1), ("Next hit", 1)):
            st.button(
                "↑" if step < 0 else "↓",
                key=reading.key(f"hit:{step}"),
                help=name,
                disabled=not hits,
                on_click=_step,
                args=(reading, source, step),
            )
    if len((words or "").strip()) >= SHORTEST:
        pages = len({hit.page for hit in hits})
        said = f"Hit {min(now, len(hits) - 1) + 1} of {len(hits)}, on {pages} of {len(labels)} pages."
        parts.quiet(said if hits else "Not in this document.")
    return hits


def _hits(source: SourceText, words: str) -> tuple[QuoteMatch, ...]:
    return find_all(source, words) if len(words.strip()) >= SHORTEST else ()


@faults.callback
def _begin(reading: Reading, source: SourceText) -> None:
    """A new search leads to the first hit on the open page or after it."""
    hits = _hits(source, st.session_state.get(reading.key("search")) or "")
    order = {place.label: number for number, place in enumerate(source.places())}
    here = order.get(st.session_state.get(finding.page_key(reading), ""), 0)
    at = next((number for number, hit in enumerate(hits) if order[hit.page] >= here), 0)
    _go(reading, hits, at)


@faults.callback
def _step(reading: Reading, source: SourceText, step: int) -> None:
    hits = _hits(source, st.session_state.get(reading.key("search")) or "")
    if hits:
        _go(reading, hits, (st.session_state.get(reading.key("hit"), 0) + step) % len(hits))


def _go(reading: Reading, hits: Sequence[QuoteMatch], at: int) -> None:
    st.session_state[reading.key("hit")] = at
    if hits:
        st.session_state[finding.page_key(reading)] = hits[at].page


def _marks(reading: Reading, place: Page, hits: Sequence[QuoteMatch]) -> list[Mark]:
    now = st.session_state.get(reading.key("hit"), 0)
    marks: list[Mark] = [
        (hit.start, hit.end, "now" if number == now else "hit")
        for number, hit in enumerate(hits)
        if hit.page == place.label
    ]
    shown = finding.shown_place(reading)
    if shown is not None and shown.page == place.label:
        marks.append((shown.start, shown.end, "quote"))
    return marks


# --- a selection ------------------------------------------------------------------------------------------------------


def _attacher(reading: Reading, source: SourceText, widget: str) -> Callable[[], None]:
    @faults.callback
    def attach() -> None:
        sent = components.chosen_text(widget)
        quote = None if sent is None else selected(reading, source, *sent)
        if quote is not None and reading.on_quote is not None:
            attaching.attach(reading.on_quote, quote)

    return attach


def selected(reading: Reading, source: SourceText, start: int, end: int, words: str, page: str) -> AttachedQuote | None:
    """The quote for a selection. What the browser sent is only believed as far as the document says the same."""
    place = next((each for each in source.places() if each.label == page), None)
    if place is None:
        return None
    if place.text[start:end] == words and 0 <= start < end:
        quote = attaching.as_quote(words)
        kept = "yes" if quote else ""
    else:
        match = find_quote(source, words, page=page)
        if match.found == "no":
            return None
        quote, page, kept = attaching.as_quote(match.text), match.place, "yes"
    if not kept:
        return None
    return AttachedQuote(quote=quote, page=page, full_text=reading.document.kept_id, found="yes")
