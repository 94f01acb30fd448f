"""Pairs that may be one report, and the reports that have several records: what a person says of them, and undo."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from workbench.store.values import UnsurePair
from workbench.ui import context, faults, parts, record_card, text

LAST_WORD = "records:last-word"


def view() -> None:
    """Pairs that may be one report: both records side by side, and the person who looks says which."""
    store = context.store()
    counts = store.counts()
    parts.quiet(
        f"{counts.records} records describe {counts.reports} reports. Duplicates linked: {counts.duplicates}. "
        f"Pairs that need a person's eye: {counts.unsure_pairs}."
    )
    _last_word()
    pairs = store.unsure_pairs()
    if not pairs:
        parts.empty(
            "No pair of records is waiting to be judged.",
            then="Pairs appear here after duplicates are looked for.",
            command="workbench dedupe",
        )
    else:
        position = st.number_input("Pair", 1, len(pairs), 1, key="records:pair", width=160) if len(pairs) > 1 else 1
        _unsure(pairs[int(position) - 1])
    _settled_pairs()


def _unsure(pair: UnsurePair) -> None:
    store, by = context.store(), context.known_reviewer_name()
    parts.show(
        Markup("<p>May be one report because: {}</p>").format(text.join((text.badge(r) for r in pair.reasons), " "))
    )
    for key, column in zip((pair.first, pair.second), st.columns(2), strict=True):
        with column, st.container(border=True):
            parts.quiet(key)
            record_card.show_record(store.record(key), level="h3")
    with st.container(horizontal=True):
        for label, same in (("Same report", True), ("Different reports", False)):
            st.button(
                label,
                key=f"unsure:{pair.first}:{pair.second}:{same}",
                on_click=_settle_pair,
                args=(pair.first, pair.second, same, by),
                type="primary" if same else "secondary",
            )


@faults.callback
def _settle_pair(first: str, second: str, same: bool, by: str) -> None:
    context.store().settle_unsure(first, second, same=same, by=by)
    st.session_state[LAST_WORD] = (first, second, same)


def _last_word() -> None:
    """What was just said of a pair, with the way to take it back."""
    said = st.session_state.get(LAST_WORD)
    if said is None:
        return
    first, second, same = said
    words = ("one report", "different reports")
    parts.quiet(f"Recorded: {first} and {second} are {words[not same]}.")
    st.button(
        f"Undo: they are {words[same]}",
        key=f"take-back:{first}:{second}:{same}",
        on_click=_settle_pair,
        args=(first, second, not same, context.known_reviewer_name()),
    )


def _settled_pairs() -> None:
    """Reports of several records, each of which can be taken apart again."""
    store = context.store()
    linked = [report for report in store.reports() if len(report.record_keys) > 1]
    if not linked:
        return
    st.subheader("Linked as one report", anchor=False)
    chosen = st.selectbox(
        "Report",
        [report.key for report in linked],
        index=None,
        placeholder="Choose a report to see its records",
        format_func=lambda key: text.one_line(store.record(key).title),
        key="records:linked",
    )
    if chosen:
        parts.quiet(f"First record: {chosen}")
        record_card.show_record(store.record(chosen), level="h3")
        for other in store.report_of(chosen).record_keys:
            if other != chosen:
                record_card.linked(other)
