"""Studies: which study each included report tells of, proposed with its reasons, said by a person."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import streamlit as st
from markupsafe import Markup

from workbench.extraction import Study
from workbench.full_texts import Proposal, propose_studies
from workbench.screening import Stage, State
from workbench.store import Store
from workbench.ui import context, faults, parts, text, worklists
from workbench.ui.extraction import prefill
from workbench.ui.full_texts import acts
from workbench.ui.import_cards import counted_words
from workbench.ui.record_card import show_report

PER_PAGE = 25
Then = Callable[[str], None]
"""What a page does once a report has its study; gets the study's id."""


def show(reviewer: str) -> None:
    """The reports that were included at full text and have no study; then the studies."""
    store, review = context.store(), context.review()
    states = store.states(Stage.FULL_TEXT, reviewers_needed=review.screening.reviewers_needed)
    included = tuple(key for key, state in states.items() if state is State.INCLUDED)
    waiting = worklists.without_study(store, included)
    acts.undo_button(store, reviewer, acts.ABOUT_STUDIES, key="full-texts:studies")
    if not included:
        parts.empty("No report is included yet.", then="Included reports become studies here.")
    elif waiting:
        parts.quiet(f"{len(waiting)} of {counted_words(len(included), 'included report')} without a study")
        reports_to_place(waiting, reviewer)
    else:
        parts.empty(
            "Every included report belongs to a study.", then="Results are extracted under Studies and extraction."
        )
    _studies(store, reviewer)


# --- a report that waits ----------------------------------------------------------------------------------------------


def reports_to_place(waiting: Sequence[str], reviewer: str, *, then: Then | None = None) -> None:
    """One of the reports that wait, what speaks for which study, and the two ways to place it."""
    store = context.store()
    pages = math.ceil(len(waiting) / PER_PAGE)
    number = st.pagination(pages, key=f"studies:page:{pages}") if pages > 1 else 1
    page = waiting[(number - 1) * PER_PAGE : number * PER_PAGE]
    titles = {record.key: text.one_line(record.title) for record in store.records_of(page)}
    key = st.selectbox(
        "Included report", page, format_func=lambda item: titles.get(item, item), key=f"studies:report:{number}"
    )
    if key not in titles:  # placed meanwhile, in another window
        return
    with st.container(border=True):
        show_report(key)
    studies = store.studies()
    _proposals(store, key, studies, reviewer, then)
    new, old = st.columns(2, gap="large")
    with new:
        _a_study_of_its_own(store, key, reviewer, then)
    with old:
        _a_study_that_is_there(key, studies, reviewer, then)


def _proposals(store: Store, key: str, studies: Sequence[Study], reviewer: str, then: Then | None) -> None:
    st.subheader("Reports of the same study?", anchor=False)
    found = proposals(store, key, studies)
    if not found:
        parts.quiet(
            "No study shares its registration number, a link in PubMed, or its authors."
            if studies
            else "There are no studies yet."
        )
        return
    known = {study.id: study for study in studies}
    for proposal in found:
        study = known[proposal.study]
        with st.container(border=True):
            parts.show(
                Markup("<div><strong>{}</strong> {}</div>{}").format(
                    study.label,
                    text.badge("Likely", "good") if proposal.score >= 80 else text.badge("Perhaps"),
                    text.join(
                        Markup('<div class="wb-quiet">{}</div>').format(f"{reason[:1].upper()}{reason[1:]}")
                        for reason in proposal.reasons
                    ),
                )
            )
            titles = [text.one_line(record.title, 120) for record in store.records_of(study.reports[:4])]
            parts.quiet(f"Its reports: {'; '.join(titles)}")
            st.button(
                f"Add to {text.literal(text.one_line(study.label, 60))}",
                key=f"studies:proposed:{key}:{study.id}",
                on_click=_attach,
                args=(study.id, key, reviewer, then),
            )


def proposals(store: Store, report: str, studies: Sequence[Study]) -> tuple[Proposal, ...]:
    """The studies that a report may tell of, the likeliest first."""
    mine = store.records_of(store.report_of(report).record_keys)
    named = {key for study in studies for key in study.reports}
    members = {
        key: each.record_keys
        for each in store.reports()
        if named.intersection(each.record_keys)
        for key in each.record_keys
    }
    wanted = {key for report_key in named for key in members.get(report_key, (report_key,))}
    records = {record.key: record for record in store.records_of(tuple(wanted))}
    return propose_studies(
        mine,
        (
            (
                study,
                [
                    records[key]
                    for report_key in study.reports
                    for key in members.get(report_key, (report_key,))
                    if key in records
                ],
            )
            for study in studies
            if study.reports
        ),
    )


def _a_study_of_its_own(store: Store, key: str, reviewer: str, then: Then | None) -> None:
    st.subheader("A study of its own", anchor=False)
    label = st.text_input(
        "Label of the study",
        value=prefill.study_label(store.merged(key).record),
        max_chars=120,
        key=f"studies:label:{key}",
        help="As it will be cited, such as the first author and the year",
    )
    st.button(
        "Make a study",
        type="primary",
        key=f"studies:make:{key}",
        disabled=not (label or "").strip(),
        on_click=_make,
        args=(key, (label or "").strip(), reviewer, then),
    )


def _a_study_that_is_there(key: str, studies: Sequence[Study], reviewer: str, then: Then | None) -> None:
    st.subheader("Another report of a study", anchor=False)
    known = {study.id: study.label for study in studies}
    study = st.selectbox(
        "Study",
        list(known),
        index=None,
        format_func=lambda item: known.get(item, item),
        placeholder="Choose a study" if known else "There are no studies yet",
        key=f"studies:attach:{key}",
    )
    st.button(
        "Add to this study",
        key=f"studies:attach-now:{key}",
        disabled=study is None,
        on_click=_attach,
        args=(study, key, reviewer, then),
    )


@faults.callback
def _make(report: str, label: str, reviewer: str, then: Then | None) -> None:
    study = acts.make_study(report, label, reviewer)
    if then is not None:
        then(study)


@faults.callback
def _attach(study: str, report: str, reviewer: str, then: Then | None) -> None:
    acts.link(study, report, reviewer)
    if then is not None:
        then(study)


# --- the studies ------------------------------------------------------------------------------------------------------


def _studies(store: Store, reviewer: str) -> None:
    """Every study with its reports; a report that does not belong can be taken out."""
    studies = {study.id: study for study in store.studies() if study.reports}
    if not studies:
        return
    st.subheader(f"Studies ({len(studies)})", anchor=False)
    chosen = st.selectbox(
        "Look at one study",
        list(studies),
        index=None,
        format_func=lambda item: (
            f"{studies[item].label} ({counted_words(len(studies[item].reports), 'report')})"
            if item in studies
            else item
        ),
        placeholder="Choose a study",
        key="full-texts:study",
    )
    if chosen is not None and chosen in studies:
        for record in store.records_of(studies[chosen].reports):
            with st.container(border=True):
                parts.show(
                    Markup('<div><strong>{}</strong></div><div class="wb-quiet">{}</div><div>{}</div>').format(
                        text.clean(record.title), text.citation(record), text.record_links(record)
                    )
                )
                st.button(
                    "Take it out of the study",
                    key=f"full-texts:unlink:{chosen}:{record.key}",
                    on_click=_take_out,
                    args=(chosen, record.key, reviewer),
                )
    several = [study for study in studies.values() if len(study.reports) > 1]
    parts.quiet(
        f"{counted_words(len(studies), 'study', 'studies')}, {len(several)} of them with several reports"
        + (": " + "; ".join(f"{study.label} ({len(study.reports)})" for study in several[:30]) if several else "")
    )


@faults.callback
def _take_out(study: str, report: str, reviewer: str) -> None:
    acts.unlink(study, report, reviewer)
