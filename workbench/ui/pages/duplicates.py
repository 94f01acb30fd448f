"""Duplicates: pairs that wait for a person, what was merged automatically, what people decided, and every way back."""

from __future__ import annotations

import streamlit as st

from workbench.store import Store
from workbench.ui import context, duplicate_pairs, duplicate_words, faults, merged_reports, parts, text

HERE = 10_000  # records of a review in which duplicates are looked for while the page waits; more are for the command


def view() -> None:
    """One of four parts, each with its count, and the table of everything."""
    from workbench.refresh.deduplicating import last_run, uncompared

    store, reviewer = context.store(), context.known_reviewer_name()
    reports = store.linked_reports()
    automatic = [report for report in reports if report.automatic]
    words = store.words_of_people()
    waiting = store.unsure_pairs()
    counts = store.counts()
    run = last_run(store)
    said = f"{parts.spaced_number(counts.records)} records describe {parts.spaced_number(counts.reports)} reports."
    if run is not None:
        said += f" Duplicates were last looked for on {text.when(run.at)}."
    parts.quiet(said)
    if counts.records:
        _look(uncompared(store), counts.records, reviewer)
    labels = {
        "decide": f"To decide ({len(waiting)})",
        "automatic": f"Merged automatically ({len(automatic)})",
        "people": f"Decided by people ({len(words)})",
        "hand": "Compare two records",
    }
    parts.hold("duplicates:part", labels, "decide")
    part = st.segmented_control(
        "Part",
        list(labels),
        format_func=lambda key: labels.get(key, key),
        required=True,
        key="duplicates:part",
        label_visibility="collapsed",
        on_change=_another_part,
    )
    if part == "automatic":
        merged_reports.merged_reports(store, automatic, empty="Nothing was merged automatically.")
    elif part == "people":
        duplicate_words.words_of_people(store, words)
    elif part == "hand":
        duplicate_words.by_hand(store)
    else:
        duplicate_pairs.to_decide(store, reviewer, waiting)
    if waiting or reports or words:
        _download(store)


def _another_part() -> None:
    """What was said on one part is no news on another."""
    for key in (merged_reports.LAST_ACT, duplicate_pairs.SAID):
        st.session_state.pop(key, None)


def _look(fresh: int, records: int, reviewer: str) -> None:
    """Say that records were not compared yet, and compare them here if that is quickly done."""
    if not fresh:
        return
    said = f"{parts.spaced_number(fresh)} records came or changed since duplicates were last looked for."
    if records > HERE:
        parts.empty(said, command="workbench dedupe")
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        parts.quiet(said)
        st.button("Look for duplicates now", key="duplicates:look", on_click=_deduplicate, args=(reviewer,))


@faults.callback
def _deduplicate(reviewer: str) -> None:
    from workbench.refresh.deduplicating import deduplicate

    deduplicate(context.store(), by=reviewer)


def _download(store: Store) -> None:
    def make() -> bytes:
        from workbench.ui.duplicate_table import duplicates_csv

        return duplicates_csv(store)

    st.download_button(
        "Download all pairs and groups (CSV)",
        data=make,
        file_name="duplicates.csv",
        mime="text/csv",
        key="duplicates:download",
        on_click="ignore",
        type="tertiary",
    )
