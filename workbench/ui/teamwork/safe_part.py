"""The conditions of the SAFE procedure: what counts tell, what a person confirms, and the key papers."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from workbench.results.stopping import BY_PERSON, CONFIRMED, KEY_PAPERS, StoppingEvidence
from workbench.screening.key_papers import read_key_papers
from workbench.screening.stopping import Tick
from workbench.store import Store
from workbench.ui import context, faults, parts, text
from workbench.ui.teamwork import words

MET = {True: "met", False: "not met", None: "open"}


def show(store: Store, found: StoppingEvidence) -> None:
    """The ticks as a table, then the forms of whoever leads."""
    st.header("SAFE", anchor=False)
    parts.quiet(
        "Boetje & van de Schoot 2024 (Syst Rev 13:81). Its numbers are examples; met is not the same as safe. The "
        "random sample is the first calibration round."
    )
    parts.show(
        text.table(
            ("Condition", "Stands", "What tells it"),
            ((tick.label, _stands(found, tick), _told(found, tick)) for tick in found.ticks),
            caption="Conditions",
        )
    )
    if found.papers:
        parts.show(
            text.table(
                ("Key paper", "Stands"),
                ((_address(paper.name), paper.standing) for paper in found.papers),
                caption="Key papers",
            )
        )
    if not words.is_lead():
        words.leads_only("Naming key papers and confirming conditions")
        return
    with st.expander("Name key papers"):
        _key_papers(store)
    for tick in found.ticks:
        if tick.key in BY_PERSON:
            with st.expander(text.literal(f"Confirm: {tick.label}")):
                _confirm(store, found, tick)


def _stands(found: StoppingEvidence, tick: Tick) -> str:
    return "confirmed" if tick.key in found.confirmed else MET[tick.met]


def _told(found: StoppingEvidence, tick: Tick) -> str:
    word = found.confirmed.get(tick.key)
    if word is None:
        return tick.detail
    return f"{context.display_name(word.by)}, {text.when(word.at)}" + (f": {word.note}" if word.note else "")


def _address(name: str) -> Markup:
    address = text.pubmed_address(name) or text.doi_address(name)
    return text.link(address, name) if address else text.safe(name)


def _key_papers(store: Store) -> None:
    kept = store.review_settings().get(KEY_PAPERS)
    with st.form("stopping:papers", border=False):
        typed = st.text_area(
            "Papers that the review must find: a PMID or a DOI on each line",
            "\n".join(kept or []),
            height=140,
            max_chars=20_000,
            key=f"stopping:papers:{words.mark(kept)}",
        )
        if st.form_submit_button("Keep these papers"):
            _keep_papers(store, typed, kept)


@faults.act
def _keep_papers(store: Store, typed: str, kept: list[str] | None) -> None:
    words.need_lead()
    names = [paper.name for paper in read_key_papers(typed)]
    store.set_review_setting(KEY_PAPERS, names or None, by=context.known_reviewer_name(), expected=kept)
    st.rerun()


def _confirm(store: Store, found: StoppingEvidence, tick: Tick) -> None:
    word = found.confirmed.get(tick.key)
    with st.form(f"stopping:tick:{tick.key}", border=False):
        if word is None:
            note = st.text_input("What was done", max_chars=2000, key=f"stopping:note:{tick.key}")
            if st.form_submit_button("Confirm in my name"):
                _say(store, tick, note.strip())
        else:
            parts.quiet(_told(found, tick))
            if st.form_submit_button("Take the confirmation back"):
                _say(store, tick, None)


@faults.act
def _say(store: Store, tick: Tick, note: str | None) -> None:
    words.need_lead()
    if note == "":
        st.warning("Say what was done.")
        return
    value = None if note is None else {"note": note}
    store.set_review_setting(CONFIRMED + tick.key, value, by=context.known_reviewer_name())
    st.rerun()
