"""Who has read how much, and what waits for whom."""

from __future__ import annotations

import streamlit as st

from workbench.results.files import csv_bytes
from workbench.screening import Stage
from workbench.screening.workload import LONGEST_LOOK, Workload, workloads
from workbench.store import ListFilter, Progress, Queue
from workbench.ui import context, parts, screening_session, text
from workbench.ui.teamwork import words

HEADERS = ("Reviewer", "Decided", "Waiting", "Include", "Maybe", "Exclude", "Together", "Days", "Seconds each", "Last")


def show() -> None:
    """The review's progress at each stage, and each reviewer's."""
    for stage, name in words.STAGES.items():
        st.subheader(name, anchor=False)
        _stage(stage)


def _stage(stage: Stage) -> None:
    store, plan, me = context.store(), screening_session.plan(), context.known_reviewer_name()
    people = [person.name for person in store.reviewers()]
    by_report = store.decisions_by_report(stage)
    found = workloads(by_report, people)
    progress = {
        item.reviewer: store.progress_of(Queue(reviewer=item.reviewer, stage=stage, plan=plan)) for item in found
    }
    if not found:
        parts.empty("Nobody works on this review yet.", then="Add reviewers on the start page.")
        return
    everybody = progress.get(me) or next(iter(progress.values()))  # as far as whoever looks may know
    if not everybody.total:
        parts.quiet("No reports have come to this stage yet.")
        return
    _review(everybody, stage)
    lead = words.is_lead()
    # A count that rises by one would tell how a colleague voted on what still waits for whoever looks.
    due = set(store.listed(me, stage, plan, ListFilter(standing="waiting")))
    told = workloads(
        {key: said for key, said in by_report.items() if key not in due}, [item.reviewer for item in found]
    )
    known = {item.reviewer: item for item in told}
    parts.show(
        text.table(
            (
                "Reviewer",
                "Decided",
                "Waiting",
                "Include",
                "Maybe",
                "Exclude",
                "Together",
                "Days",
                "Seconds each",
                "Last",
            ),
            (
                _line(item, known[item.reviewer] if lead or item.reviewer == me else None, progress[item.reviewer])
                for item in found
            ),
            caption="By reviewer",
            numbers=range(1, 9),
        )
    )
    parts.quiet(
        f"Seconds each: median between two decisions, pauses of over {LONGEST_LOOK / 60:.0f} minutes left out. "
        "Together: decided many at once. "
        + (
            "How others decided on what waits for your own vote is not counted."
            if lead
            else "How others decided is shown to the lead only."
        )
    )
    if lead:
        st.download_button(
            "Download as CSV",
            csv_bytes(COLUMNS, (_row(item, known[item.reviewer], progress[item.reviewer]) for item in found)),
            file_name=f"reviewers-{stage.value}.csv",
            mime="text/csv",
            key=f"workload:{stage}",
        )


def _review(progress: Progress, stage: Stage) -> None:
    aside = "not screened because of a stop" if stage is Stage.TITLE_ABSTRACT else "not to be had"
    parts.quiet(
        f"{parts.spaced_number(progress.total)} reports: {parts.spaced_number(progress.included)} included, "
        f"{parts.spaced_number(progress.excluded)} excluded, {progress.conflicts} in conflict, "
        f"{parts.spaced_number(progress.pending)} pending"
        + (f", {parts.spaced_number(progress.aside)} {aside}." if progress.aside else ".")
    )
    done = progress.included + progress.excluded + progress.aside
    st.progress(done / progress.total, text=f"{done / progress.total:.0%} settled")


def _line(item: Workload, known: Workload | None, progress: Progress) -> tuple[object, ...]:
    """known: what may be told of the verdicts; None: nothing."""
    verdicts = (known.included, known.maybe, known.excluded) if known is not None else ("·", "·", "·")
    return (
        context.display_name(item.reviewer),
        parts.spaced_number(item.decided),
        parts.spaced_number(progress.remaining),
        *verdicts,
        item.together,
        item.days,
        "–" if item.seconds is None else f"{item.seconds:.0f}",
        text.day(item.latest),
    )


COLUMNS = (
    "reviewer",
    "decided",
    "waiting",
    "include",
    "maybe",
    "exclude",
    "together",
    "changed",
    "days",
    "median_seconds",
    "first",
    "latest",
)


def _row(item: Workload, known: Workload, progress: Progress) -> dict[str, object]:
    return {
        "reviewer": item.reviewer,
        "decided": item.decided,
        "waiting": progress.remaining,
        "include": known.included,
        "maybe": known.maybe,
        "exclude": known.excluded,
        "together": item.together,
        "changed": known.changed,
        "days": item.days,
        "median_seconds": item.seconds,
        "first": text.when(item.first) if item.first else "",
        "latest": text.when(item.latest) if item.latest else "",
    }
