"""The list of what a reviewer's filter lets through: one line a report, each opens it on the desk; and as a file.

No abstract is in it, and of decisions only the reviewer's own; how a report stands is told as far as the reviewer may
know it. What the team hides from reviewers (authors, journal, year) is in neither the list nor its files.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import streamlit as st
from markupsafe import Markup

from ingest.exports import EXPORTS, write_records
from ingest.record import Record
from workbench.results.writing import csv_bytes
from workbench.review import ReviewDefinition
from workbench.screening import ScreeningPlan, Stage
from workbench.store import ListFilter, ListLine, Store
from workbench.store.lists import Sort
from workbench.ui import context, faults, parts, screening_session, text
from workbench.ui.desk.words import (
    as_noun,
    reason_label,
    reports_word,
    short_labels,
    standing_word,
    verdict_word,
)
from workbench.ui.record_card import without

PER_PAGE = (25, 50, 100)
BATCH = 500  # records read at a time for a file
LONGEST_TITLE = 200  # characters of a line
SORTS: dict[Sort, str] = {
    "queue": "as they are offered to me",
    "seen": "as they came",
    "year": "latest year first",
    "title": "by title",
}
CSV = "csv"
COLUMNS = (
    *("key", "title", "authors", "journal", "year", "DOI", "PMID", "found for", "standing", "my decision", "reason"),
    *("my tags", "my note", "decided", "my labels"),
)
Open = Callable[[str], None]
"""Puts a report on the desk and shows the desk; called with the report's key, before the page is drawn anew."""


def show(stage: Stage, wanted: ListFilter, *, order: Sequence[str] = (), on_open: Open | None = None) -> None:
    """One page of the list, with its order, its files and the way to the desk.

    order: keys of reports in the order of the ranking. on_open: without it a report is put on the desk, and no more.
    """
    store, reviewer, plan = context.store(), context.known_reviewer_name(), screening_session.plan()
    sort, size = _settings(stage, reviewer, plan)
    chosen = st.session_state.get(_page_key(stage, reviewer, wanted, sort, size), 1)
    found = store.listing(reviewer, stage, plan, wanted, order=order, sort=sort, offset=(chosen - 1) * size, limit=size)
    if found.total and not found.lines:  # it grew shorter meanwhile: what was the last page is no more
        chosen = math.ceil(found.total / size)
        st.session_state[_page_key(stage, reviewer, wanted, sort, size)] = chosen
        found = store.listing(
            reviewer, stage, plan, wanted, order=order, sort=sort, offset=(chosen - 1) * size, limit=size
        )
    if not found.total:
        _nothing(store, stage, wanted)
        return
    first = (chosen - 1) * size + 1
    parts.quiet(
        f"{first} to {first + len(found.lines) - 1} of {reports_word(found.total, stage)}. "
        "Press a title to open it on the desk."
    )
    with st.container(key="list-lines", gap=None):
        for line in found.lines:
            _line(line, stage, plan, on_open)
    pages = math.ceil(found.total / size)
    if pages > 1:
        st.pagination(pages, key=_page_key(stage, reviewer, wanted, sort, size))
    _download(stage, wanted, reviewer, plan, found.total)


def _page_key(stage: Stage, reviewer: str, wanted: ListFilter, sort: Sort, size: int) -> str:
    """Another filter, order or size begins at the first page."""
    return f"list:page:{stage.value}:{reviewer}:{hash((wanted, sort, size))}"


def _nothing(store: Store, stage: Stage, wanted: ListFilter) -> None:
    if not wanted.empty:
        parts.empty(f"No {as_noun(stage)} passes the filter.", then="Clear it, or ask for less.")
    elif store.counts().records:
        parts.empty(
            "No report is at this stage yet.", then="Reports come here once title and abstract let them through."
        )
    else:
        parts.empty("There are no records to screen.", then="Run the searches first.", command="workbench refresh")


# --- order and size ---------------------------------------------------------------------------------------------------


def _settings(stage: Stage, reviewer: str, plan: ScreeningPlan) -> tuple[Sort, int]:
    """How the list is sorted and how long a page is; kept for each reviewer."""
    kept = context.store().preference(reviewer, _preference(stage))
    kept = kept if isinstance(kept, dict) else {}
    sorts = [sort for sort in SORTS if sort != "year" or not plan.hides("year", stage)]
    sort_key, size_key = f"list:sort:{stage.value}:{reviewer}", f"list:size:{stage.value}:{reviewer}"
    if st.session_state.get(sort_key) not in sorts:
        st.session_state[sort_key] = kept.get("sort") if kept.get("sort") in sorts else sorts[0]
    if st.session_state.get(size_key) not in PER_PAGE:
        st.session_state[size_key] = kept.get("size") if kept.get("size") in PER_PAGE else PER_PAGE[1]
    given: dict[str, Any] = {"on_change": _keep, "args": (stage, reviewer, sort_key, size_key)}
    with st.container(horizontal=True, gap="small", key=f"list:settings:{stage.value}"):
        sort = st.selectbox("Order", sorts, format_func=SORTS.__getitem__, key=sort_key, width=250, **given)
        size = st.selectbox("On a page", PER_PAGE, key=size_key, width=110, **given)
    return sort, int(size)


def _preference(stage: Stage) -> str:
    return f"screening:list:{stage.value}"


@faults.callback
def _keep(stage: Stage, reviewer: str, sort_key: str, size_key: str) -> None:
    settings = {"sort": st.session_state.get(sort_key), "size": st.session_state.get(size_key)}
    context.store().set_preference(reviewer, _preference(stage), settings)


# --- one report -------------------------------------------------------------------------------------------------------


def _line(line: ListLine, stage: Stage, plan: ScreeningPlan, on_open: Open | None) -> None:
    st.button(
        text.literal(text.one_line(line.title or "No title in the source", LONGEST_TITLE)),
        key=f"open:{stage.value}:{line.report}",
        type="tertiary",
        wrap=True,
        on_click=_open,
        args=(stage, line.report, on_open),
    )
    parts.show(_told(line, context.review(), stage, plan))


def _told(line: ListLine, review: ReviewDefinition, stage: Stage, plan: ScreeningPlan) -> Markup:
    journal = "" if plan.hides("journal", stage) else text.one_line(line.journal, 60)
    year = "" if plan.hides("year", stage) else str(line.year or "no year")
    found = short_labels(review, line.found_for)
    place = ". ".join(part for part in (journal, year) if part)
    marks: list[Markup] = []
    if line.mine is not None:
        reason = reason_label(review, line.mine.reason)
        marks.append(text.badge(f"I said: {verdict_word(line.mine)}{f' ({reason})' if reason else ''}", "good"))
    if line.mine is None or line.standing != "pending":
        marks.append(text.badge(standing_word(line.standing, stage), _TONES.get(line.standing, "plain")))
    marks += [text.badge(f"label: {label}") for label in line.labels]
    return Markup('<div class="wb-quiet wb-line">{}</div>').format(
        text.join((*marks, " · ".join(part for part in (place, found and f"found for {found}") if part)), " ")
    )


_TONES: dict[str, text.Tone] = {"conflict": "warning"}


@faults.callback
def _open(stage: Stage, report: str, on_open: Open | None) -> None:
    if on_open is not None:
        on_open(report)
        return
    reviewer = context.known_reviewer_name()
    context.store().put_on_desk(screening_session.queue(stage, reviewer, screening_session.plan()), report)


# --- as a file --------------------------------------------------------------------------------------------------------


def _download(stage: Stage, wanted: ListFilter, reviewer: str, plan: ScreeningPlan, total: int) -> None:
    formats = {CSV: "CSV table, with my decisions", "ris": "RIS, the records alone"}
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key=f"list:get:{stage.value}"):
        chosen = st.selectbox(
            "Download as",
            list(formats),
            format_func=formats.__getitem__,
            key=f"list:format:{stage.value}",
            width=270,
        )
        made = _csv if chosen == CSV else _ris
        st.download_button(
            f"Download {'this one' if total == 1 else f'these {reports_word(total, stage)}'}",
            partial(made, context.store(), context.review(), reviewer, stage, plan, wanted),
            file_name=f"screening-list.{chosen}",
            mime=EXPORTS[chosen].mime,
            on_click="ignore",
            key=f"list:download:{stage.value}",
            help="Other reviewers' decisions are not in it."
            + (" Neither is what is hidden here." if plan.hidden else ""),
        )


def _records(store: Store, keys: Sequence[str]) -> Iterator[Record]:
    for first in range(0, len(keys), BATCH):
        yield from store.records_of(keys[first : first + BATCH])


def _as_shown(records: Iterable[Record], plan: ScreeningPlan, stage: Stage) -> Iterator[Record]:
    """Records without what the team hides from its reviewers."""
    hidden = [name for name in plan.hidden if plan.hides(name, stage)]
    return (without(record, hidden) for record in records)


def _ris(
    store: Store, _review: ReviewDefinition, reviewer: str, stage: Stage, plan: ScreeningPlan, wanted: ListFilter
) -> bytes:
    keys = store.listed(reviewer, stage, plan, wanted)
    out = io.StringIO(newline="")
    write_records(_as_shown(_records(store, keys), plan, stage), out, "ris")
    return out.getvalue().encode(EXPORTS["ris"].encoding, "replace")


def _csv(
    store: Store, review: ReviewDefinition, reviewer: str, stage: Stage, plan: ScreeningPlan, wanted: ListFilter
) -> bytes:
    found = store.listing(reviewer, stage, plan, wanted, limit=len(store.listed(reviewer, stage, plan, wanted)))
    lines = {line.report: line for line in found.lines}
    records = _as_shown(_records(store, list(lines)), plan, stage)
    return csv_bytes(COLUMNS, (_row(lines[record.key], record, review, stage) for record in records))


def _row(line: ListLine, record: Record, review: ReviewDefinition, stage: Stage) -> dict[str, Any]:
    mine = line.mine
    return {
        "key": record.key,
        "title": record.title,
        "authors": "; ".join(record.authors),
        "journal": record.journal,
        "year": record.year,
        "DOI": record.doi,
        "PMID": record.pmid,
        "found for": short_labels(review, line.found_for),
        "standing": standing_word(line.standing, stage),
        "my decision": verdict_word(mine).lower(),
        "reason": reason_label(review, mine.reason) if mine else "",
        "my tags": short_labels(review, mine.indications) if mine else "",
        "my note": mine.note if mine else "",
        "decided": mine.decided_at.isoformat(timespec="seconds") if mine else "",
        "my labels": "; ".join(line.labels),
    }
