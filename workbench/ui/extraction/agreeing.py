"""How often two extractors, working blind, typed the same: field by field."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from workbench.extraction import Extraction, FieldAgreement, ResultState, field_agreement, latest_revisions, settle
from workbench.forms import Form
from workbench.results.files import csv_bytes
from workbench.store import Store
from workbench.ui import context, parts, text
from workbench.ui.extraction import value_history


def show(store: Store, forms: Mapping[str, Form]) -> None:
    """The table, the lowest agreement first, and the same as a file."""
    counted = {slot.id for slot in store.results()}
    known = (item for item in store.extractions() if item.result in counted)
    found = field_agreement(_open_to_all(tuple(map(context.current_forms().bring, known))))
    if not found:
        parts.empty(
            "No result was extracted by two people yet.",
            then="Once two extractors have finished the same result, this tells on which fields they agree.",
        )
        return
    compared, same = sum(item.compared for item in found), sum(item.same for item in found)
    parts.quiet(
        f"Before anybody saw the other's answers, {same} of {compared} answers were the same "
        f"({100 * same / compared:.1f} %). Fields that mislead stand first: explain them better in the form."
    )
    rows = [_row(item, forms) for item in found]
    head = ("Form", "Field", "Compared", "Same", "Share", "Only one answered")
    parts.show(text.table(head, rows, caption="Agreement by field", numbers=range(2, 6)))
    st.download_button(
        "Download as CSV",
        data=csv_bytes(head, [dict(zip(head, row, strict=True)) for row in rows]),
        file_name="extraction-agreement.csv",
        mime="text/csv",
        on_click="ignore",
        key="extraction:agreement:csv",
    )


def _open_to_all(known: tuple[Extraction, ...]) -> tuple[Extraction, ...]:
    """Only results that nobody is still to extract, or extracts: the others' answers are nobody's to see."""
    by_result: dict[str, list[Extraction]] = {}
    for item in known:
        by_result.setdefault(item.result, []).append(item)
    done = (ResultState.CONFLICT, ResultState.AGREED, ResultState.SETTLED)
    return tuple(
        item
        for group in by_result.values()
        if settle(group, extractors=2).state in done
        and not any(one.role == "extractor" and one.state == "draft" for one in latest_revisions(group))
        for item in group
    )


def _row(item: FieldAgreement, forms: Mapping[str, Form]) -> tuple[object, ...]:
    form = forms.get(item.form)
    return (
        form.title if form is not None else item.form,
        value_history.called(form, item.field) if form is not None else item.field,
        item.compared,
        item.same,
        f"{100 * item.share:.1f} %",
        item.one_empty,
    )
