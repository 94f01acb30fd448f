"""The report beside the questions: what is marked there becomes the source of the question in focus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from workbench.extraction import Study
from workbench.forms import QUOTES
from workbench.risk_of_bias import Assessment, Domain, Question, Quote, asked
from workbench.sources import QuoteMatch, check_quotes
from workbench.store import Store
from workbench.ui import faults, parts, text
from workbench.ui.extraction.quoting import beside_key, switch
from workbench.ui.risk_of_bias import saving
from workbench.ui.risk_of_bias.saving import Desk
from workbench.ui.sources import finding, reading
from workbench.ui.sources.attaching import LONGEST, AttachedQuote
from workbench.ui.sources.documents import source_of

LONGEST_PLACE = 200  # characters of a page, table or heading


def page_key(desk: Desk, variant: str, question: str) -> str:
    """The session's key of the page of a source."""
    return desk.key(variant, question, "page")


def quote_key(desk: Desk, variant: str, question: str) -> str:
    """The session's key of the words of a source."""
    return desk.key(variant, question, "quote")


def is_open(reviewer: str) -> bool:
    """Whether the report is beside the questions; draws the switch."""
    return switch(reviewer)


def pane(store: Store, study: Study, desk: Desk, now: Assessment, domain: Domain | None) -> None:
    """The report, and above it which question the next quote is for. domain: None where no question is on screen."""
    if domain is None:
        parts.quiet("Choose a domain to attach quotes to its questions.")
        reading.pane(store, study, desk.reviewer)
        return
    states = asked(domain, now.answers)
    questions = {question.key: question for question in domain.questions if states[question.key]}
    if st.session_state.get(desk.focus_key) not in questions:
        st.session_state[desk.focus_key] = next(iter(questions))
    st.selectbox(
        "A quote is for",
        list(questions),
        format_func=lambda key: f"{key} {text.one_line(questions[key].prompt)}" if key in questions else key,
        key=desk.focus_key,
        help="It follows the question that you answered last",
    )
    reading.pane(store, study, desk.reviewer, on_quote=partial(_attach, desk, now.variant))


@faults.callback
def _attach(desk: Desk, variant: str, attached: AttachedQuote) -> None:
    question = st.session_state.get(desk.focus_key)
    if not isinstance(question, str):
        return
    page = attached.page[:LONGEST_PLACE]
    st.session_state[page_key(desk, variant, question)] = page
    st.session_state[quote_key(desk, variant, question)] = attached.quote
    saving.set_quote(desk, question, Quote(quote=attached.quote, page=page, full_text=attached.full_text))


def checked(store: Store, study: Study, quotes: Mapping[str, Quote], keys: Sequence[str]) -> dict[str, QuoteMatch]:
    """What became of the quotes of these questions; those whose document cannot be read are left out."""
    entries = {
        key: {"quote": quotes[key].quote, "page": quotes[key].page, "full_text": quotes[key].full_text}
        for key in keys
        if key in quotes and quotes[key].quote.strip()
    }
    return check_quotes(source_of(store, study), {QUOTES: entries}) if entries else {}


def source(
    study: Study, desk: Desk, now: Assessment, question: Question, match: QuoteMatch | None, *, reading_on: bool
) -> None:
    """Where the answer to a question stands, typed or marked in the report, and whether it is found there.

    match: what became of the quote; None: there is none, or its document cannot be read.
    """
    quote = now.quotes.get(question.key) or Quote()
    page, words = page_key(desk, now.variant, question.key), quote_key(desk, now.variant, question.key)
    for key, value in ((page, quote.page), (words, quote.quote)):
        st.session_state.setdefault(key, value)
    if match is not None and match.found != "yes":
        parts.show(finding.verdict(match))
    state = ": given" if quote else ""
    next_here = (
        " – the next quote goes here" if reading_on and st.session_state.get(desk.focus_key) == question.key else ""
    )
    with st.expander(f"Source of {question.key}{state}{next_here}"):
        ids = (desk, question.key, page, words)
        st.text_input(f"Page of {question.key}", key=page, max_chars=LONGEST_PLACE, on_change=saving.source, args=ids)
        st.text_area(
            f"Quote for {question.key}", key=words, max_chars=LONGEST, height=90, on_change=saving.source, args=ids
        )
        if quote.quote.strip():
            if match is not None and match.found == "yes":
                parts.show(finding.verdict(match))
            st.button(
                "Show it in the report",
                key=desk.key(now.variant, question.key, "show"),
                type="tertiary",
                on_click=_show,
                args=(study.id, desk, quote),
            )


@faults.callback
def _show(study: str, desk: Desk, quote: Quote) -> None:
    st.session_state[beside_key(desk.reviewer)] = True
    reading.open_at(study, quote=quote.quote, page=quote.page, full_text=quote.full_text)
