"""Assess: one full text at a time, read beside the criteria and judged with the keys of the desk."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from ingest.merging import Merged
from workbench.screening import Stage, State
from workbench.store import FullText, ListFilter, Retrieval, Seat, Store
from workbench.ui import context, faults, parts, screening_session, text
from workbench.ui.desk import deciding, desk, filters, panel
from workbench.ui.desk.session import Desk, open_desk
from workbench.ui.full_texts import acts, fetching, uploading, viewing

STAGE = Stage.FULL_TEXT
HERE_ONLY = "full-texts:here-only"
STYLE = """<style>
@media (min-width: 900px) {
  .st-key-desk:has(.st-key-full-text) .st-key-aside { position: sticky; top: 1rem; max-height: calc(100vh - 9rem);
    overflow-y: auto; padding-right: .4rem; }
}
</style>"""
"""Keeps the form beside the text, however far one has read."""


def show(reviewer: str) -> None:
    """The desk at this stage, with the full text where the abstract stands at the first one."""
    wanted = filters.filters(STAGE)
    store = context.store()
    with st.sidebar:
        here = st.toggle(
            "Only reports with a file here",
            key=HERE_ONLY,
            help="Leaves out for now what you would have to read elsewhere",
        )
    at_desk = open_desk(STAGE, reviewer, screening_session.plan(), only=_only(store, reviewer, wanted, here=here))
    desk.own_settings(at_desk)
    st.html(STYLE)
    uploading.outcome()
    desk.show(at_desk, record=_report)


def put_before(report: str, reviewer: str) -> None:
    """Lay a report on the reviewer's desk."""
    deciding.put_before(open_desk(STAGE, reviewer, screening_session.plan()), report)


def texts_beside(report: str) -> None:
    """The full texts of a report on which the votes differ."""
    texts = context.store().full_texts(report)
    if not texts:
        parts.quiet("No file with the full text is here.")
        return
    with st.expander("Full text", key=f"full-texts:beside:{report}", on_change="rerun") as box:
        if box.open:  # fetched only where somebody looks at it
            viewing.show_full_texts(texts, key=f"conflict:{report}")


def _only(store: Store, reviewer: str, wanted: ListFilter, *, here: bool) -> frozenset[str] | None:
    """What the filters let through; None if that is everything."""
    only = None if wanted.empty else frozenset(store.listed(reviewer, STAGE, screening_session.plan(), wanted))
    if here:
        with_file = frozenset(each.report for each in store.full_texts())
        only = with_file if only is None else only & with_file
    return only


# --- the report and its full text -------------------------------------------------------------------------------------


def _report(at_desk: Desk, seat: Seat) -> Merged | None:
    """What the record says of the report, its full text, and the ways to get one."""
    if seat.report is None:
        return None
    report = seat.report.key
    texts = at_desk.store.full_texts(report)
    words = at_desk.store.retrieval_words(report)
    with st.container(key="full-text"):
        if texts:
            _title_of(at_desk, report)
            viewing.show_full_texts(texts, key=f"assess:{report}")
            with st.expander("Record and abstract", key=f"full-texts:record:{report}"):
                merged = panel.show(at_desk, seat)
        else:
            merged = panel.show(at_desk, seat)
            _no_file(at_desk, seat, words[-1] if words else None)
        _add(at_desk, report, texts)
    return merged


def _title_of(at_desk: Desk, report: str) -> None:
    record = at_desk.store.merged(report).record
    parts.show(
        Markup('<h2 class="wb-title">{}</h2><div class="wb-quiet">{}. {} {}</div>').format(
            text.clean(record.title or "No title in the source"),
            text.authors(record.authors, 3),
            text.citation(record),
            text.badge("Retracted", "error") if record.retracted else "",
        )
    )


def _no_file(at_desk: Desk, seat: Seat, word: Retrieval | None) -> None:
    """What to do about a full text that is not here: read it elsewhere, add it, or say that it cannot be had."""
    assert seat.report is not None
    report = seat.report.key
    if word is not None and word.status == "not_retrieved":
        parts.show(
            Markup('<div class="wb-empty">{} {}, {}: {}</div>').format(
                text.badge("Not retrieved", "error"),
                context.display_name(word.by),
                text.day(word.at),
                text.clean(word.note),
            )
        )
        st.button(
            "Seek it again", key=f"full-texts:again:{report}", on_click=_seek_again, args=(report, at_desk.reviewer)
        )
        return
    parts.empty(
        "No file with the full text is here.",
        then="Read it elsewhere and decide, add a file, or record that it could not be had.",
    )
    if seat.state not in (State.INCLUDED, State.EXCLUDED):
        with st.expander("It could not be had", key=f"full-texts:lacking-here:{report}"):
            _lacking(at_desk, seat)


def _lacking(at_desk: Desk, seat: Seat) -> None:
    assert seat.report is not None
    report = seat.report.key
    with st.form(f"full-texts:tried-here:{report}", border=False):
        note = st.text_area(
            "What was tried (needed)",
            placeholder="Library, interlibrary loan, authors asked twice, ...",
            max_chars=2000,
            height=80,
            key=f"full-texts:tried-here-note:{report}",
        )
        if st.form_submit_button("Record: not retrieved"):
            if not (note or "").strip():
                st.warning("Say what was tried first: it stands in the report of the review.")
                return
            acts.say((report,), "not_retrieved", note or "", at_desk.reviewer)
            deciding.step(at_desk, report, False, 1)
            st.rerun()


@faults.callback
def _seek_again(report: str, reviewer: str) -> None:
    acts.say((report,), "open", "", reviewer)


def _add(at_desk: Desk, report: str, texts: tuple[FullText, ...]) -> None:
    with st.expander("Add another file" if texts else "Add a file", key=f"full-texts:add-here:{report}"):
        fetching.one(context.store().record(report), at_desk.reviewer, held=[one.name for one in texts])
        uploading.one(report, at_desk.reviewer)
