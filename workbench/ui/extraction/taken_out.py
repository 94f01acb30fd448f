"""Studies and results that were made in error: who took them out, why, and the way back."""

from __future__ import annotations

import streamlit as st

from workbench.store import ResultSlot, Store
from workbench.ui import context, faults, parts, text

ENDED = ("study taken out of the review", "result taken out of the review")


def how_many(store: Store) -> int:
    """How many studies, and results of other studies, are out."""
    gone = store.studies(ended=True)
    return len(gone) + len(_results(store))


def show(store: Store, reviewer: str) -> None:
    """Each with its reason and a button that brings it back."""
    studies, results = store.studies(ended=True), _results(store)
    if not studies and not results:
        parts.empty("Nothing was taken out of the review.")
        return
    labels = {study.id: study.label for study in store.studies()}
    for study in studies:
        _line(store, "study", study.id, study.label, reviewer)
    for slot in results:
        name = f"{labels.get(slot.study, slot.study)}: {slot.label or slot.form}"
        _line(store, "result", slot.id, name, reviewer)


def _results(store: Store) -> list[ResultSlot]:
    gone = {study.id for study in store.studies(ended=True)}
    return [slot for slot in store.results(ended=True) if slot.study not in gone]


def _line(store: Store, kind: str, key: str, name: str, reviewer: str) -> None:
    last = [event for event in store.history(key) if event.action in ENDED and event.subject == key]
    with st.container(border=True):
        st.markdown(f"**{text.literal(name)}**")
        if last:
            event = last[-1]
            parts.quiet(f"Taken out by {context.display_name(event.by)}, {text.when(event.at)}: {event.detail}")
        st.button(
            f"Bring the {kind} back", key=f"taken-out:{kind}:{key}", on_click=_restore, args=(kind, key, reviewer)
        )


@faults.callback
def _restore(kind: str, key: str, reviewer: str) -> None:
    store = context.store()
    if kind == "study":
        store.restore_study(key, by=reviewer)
    else:
        store.restore_result(key, by=reviewer)
