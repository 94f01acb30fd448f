"""A reviewer's own labels on a report: short words that nobody else sees."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from workbench.store.remarks import LONGEST_LABEL, label_text
from workbench.ui import context, faults, text


def widget(report: str) -> None:
    """The labels on a report, to put on and to take off; what the reviewer used before is suggested."""
    reviewer = context.known_reviewer_name()
    store = context.store()
    labels = store.labels_of(reviewer)
    used = Counter(label for given in labels.values() for label in given)
    current = list(labels.get(store.report_of(report).key, ()))
    key = f"labels:{reviewer}:{report}"
    st.session_state[key] = current
    st.multiselect(
        "My labels",
        sorted(used, key=lambda label: (-used[label], label.casefold())),
        key=key,
        accept_new_options=True,
        placeholder="Choose or type a label",
        help=f"Short words for yourself, up to {LONGEST_LABEL} characters each; nobody else sees them. "
        "You can filter by them.",
        on_change=_changed,
        args=(report, reviewer, key),
    )


@faults.callback
def _changed(report: str, reviewer: str, key: str) -> None:
    store = context.store()
    own = store.labels_of(reviewer)
    held = own.get(store.report_of(report).key, ())
    spelled = {label.casefold(): label for given in own.values() for label in given}  # "Sham" and "sham" are one
    chosen = [label_text(text.clean(label)) for label in st.session_state.get(key) or ()]
    wanted = [spelled.get(label.casefold(), label) for label in chosen]
    for label in held:
        if label not in wanted:
            store.set_label(report, label, False, by=reviewer)
    for label in wanted:
        if label not in held:
            store.set_label(report, label, True, by=reviewer)
