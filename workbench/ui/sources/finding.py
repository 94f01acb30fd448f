"""A quote that was typed or pasted: where it stands, what differs, and attaching it; the way for the keyboard, too."""

from __future__ import annotations

from typing import Literal

import streamlit as st
from markupsafe import Markup

from workbench.sources import QuoteMatch, SourceText, find_quote
from workbench.ui import faults, parts, text
from workbench.ui.sources import attaching
from workbench.ui.sources.attaching import LONGEST, AttachedQuote
from workbench.ui.sources.shown import Reading

SAID: dict[str, tuple[str, text.Tone]] = {
    "yes": ("Found", "good"),
    "nearly": ("Nearly found", "warning"),
    "no": ("Not found", "error"),
}


def page_key(reading: Reading) -> str:
    """The session's name for the page that is open in the text view."""
    return reading.key("page")


def show_place(reading: Reading, match: QuoteMatch) -> None:
    """Open the page where a quote stands, and mark it there."""
    st.session_state[reading.key("outcome")] = match
    if match.page:
        st.session_state[page_key(reading)] = match.page


def shown_place(reading: Reading) -> QuoteMatch | None:
    """The quote that was looked for last in this document, if it or something like it stands somewhere."""
    match = st.session_state.get(reading.key("outcome"))
    return match if isinstance(match, QuoteMatch) and match.page else None


def verdict(match: QuoteMatch) -> Markup:
    """What became of a quote, on the page: the word, the place, what differs, and the text as it stands."""
    word, tone = SAID[match.found]
    where = f" on {match.place}" if match.page and match.found != "no" else ""
    pieces = [Markup("<p>{}{} {}</p>").format(text.badge(word, tone), text.clean(where), text.clean(match.note))]
    if match.page and match.found != "yes":
        nearest = "The nearest place" if match.found == "no" else "It reads there"
        pieces.append(
            Markup('<p class="wb-quiet">{} ({}, {} % alike):</p><div class="wb-quote">{}</div>').format(
                nearest, text.clean(match.place), f"{match.similarity:.0f}", text.clean(attaching.as_quote(match.text))
            )
        )
    return text.join(pieces)


def paste(reading: Reading, source: SourceText) -> None:
    """Type or paste a quote, and find its place."""
    outcome = st.session_state.get(reading.key("outcome"))
    with st.expander("Find a quote", expanded=isinstance(outcome, QuoteMatch)):
        box = reading.key("pasted")
        st.text_area("Words of the quote", key=box, max_chars=LONGEST, height=90, help="Type or paste them")
        st.button("Find its place", key=reading.key("find"), on_click=_find, args=(reading, source))
        if not isinstance(outcome, QuoteMatch):
            return
        parts.show(verdict(outcome))
        typed = (st.session_state.get(box) or "").strip()
        if reading.on_quote is None:
            return
        with st.container(horizontal=True, gap="small"):
            if outcome.page:
                st.button(
                    "Attach this place as quote" if outcome.found != "no" else "Attach the nearest place as quote",
                    key=reading.key("attach-found"),
                    type="primary" if outcome.found != "no" else "secondary",
                    on_click=_attach,
                    args=(reading, attaching.of_match(outcome, reading.document)),
                )
            if outcome.found == "no" and typed:
                st.button(
                    "Attach my words, flagged as not found",
                    key=reading.key("attach-mine"),
                    on_click=_attach,
                    args=(reading, _typed(reading, typed, "", "no")),
                )


@faults.callback
def _find(reading: Reading, source: SourceText) -> None:
    words = st.session_state.get(reading.key("pasted")) or ""
    if not words.strip():
        st.session_state.pop(reading.key("outcome"), None)
        return
    show_place(reading, find_quote(source, words, page=st.session_state.get(page_key(reading)) or ""))


@faults.callback
def _attach(reading: Reading, quote: AttachedQuote) -> None:
    if reading.on_quote is not None:
        attaching.attach(reading.on_quote, quote)


def unread(reading: Reading) -> None:
    """For a document whose text cannot be read: the quote and its page typed, kept as unchecked."""
    if reading.on_quote is None:
        return
    quote = st.text_area("Quote, typed from the document", key=reading.key("typed"), max_chars=LONGEST, height=90)
    page = st.text_input("Page", key=reading.key("typed-page"), max_chars=120)
    st.button(
        "Attach as quote, unchecked",
        key=reading.key("attach-typed"),
        disabled=not (quote or "").strip(),
        on_click=_attach,
        args=(reading, _typed(reading, (quote or "").strip(), (page or "").strip(), "unchecked")),
    )


def _typed(reading: Reading, quote: str, page: str, found: Literal["no", "unchecked"]) -> AttachedQuote:
    return AttachedQuote(quote=quote, page=page, full_text=reading.document.kept_id, found=found)
