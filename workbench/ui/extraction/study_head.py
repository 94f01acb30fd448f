"""The head of a study: its reports, what was published about them since, and what can be put right."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from workbench.extraction import Study
from workbench.store import Store
from workbench.ui import alerting, context, faults, parts, text
from workbench.ui.extraction import choosing


def show(store: Store, study: Study) -> None:
    """Label, reports with their links, alerts."""
    records = store.records_of(study.reports)
    st.header(text.literal(study.label), anchor=False)
    parts.show(
        text.join(
            Markup('<div>{} <span class="wb-quiet">{}</span> {}</div>').format(
                text.clean(record.title), text.citation(record), text.record_links(record)
            )
            for record in records
        )
    )
    if not records:
        parts.quiet("No report is linked to this study.")
    alerting.about_study(alerting.current(), study.id)


def correct(store: Store, study: Study, reviewer: str) -> None:
    """Another label, a report that does not belong here, a study made in error; what stood before stays on record."""
    titles = {record.key: text.one_line(record.title) for record in store.records_of(study.reports)}
    label = st.text_input("Label", value=study.label, max_chars=120, key=f"studies:rename:{study.id}")
    st.button(
        "Change the label",
        key=f"studies:rename-now:{study.id}",
        disabled=not (label or "").strip() or label == study.label,
        on_click=_rename,
        args=(study.id, (label or "").strip(), reviewer),
    )
    wrong = st.selectbox(
        "A report that does not belong to this study",
        list(titles),
        index=None,
        format_func=lambda key: titles.get(key, key),
        placeholder="Choose a report",
        key=f"studies:unlink:{study.id}",
    )
    st.button(
        "Take it out of the study",
        key=f"studies:unlink-now:{study.id}",
        disabled=wrong is None,
        on_click=_take_out,
        args=(study.id, wrong, reviewer),
    )
    reason = st.text_input(
        "Why this study was made in error",
        key=f"studies:end:{study.id}",
        max_chars=500,
        help="The study and its results then leave every list and analysis; “Taken out” brings them back.",
    )
    st.button(
        "Take the study out of the review",
        key=f"studies:end-now:{study.id}",
        disabled=not (reason or "").strip(),
        on_click=_end,
        args=(study.id, (reason or "").strip(), reviewer),
    )


@faults.callback
def _rename(study: str, label: str, reviewer: str) -> None:
    context.store().rename_study(study, label, by=reviewer)


@faults.callback
def _take_out(study: str, report: str, reviewer: str) -> None:
    context.store().unlink_report(study, report, by=reviewer)


@faults.callback
def _end(study: str, reason: str, reviewer: str) -> None:
    context.store().end_study(study, reason=reason, by=reviewer)
    choosing.choose(reviewer, None, None)
