"""Overview: for each indication what is to be done and what is known so far, and how current it is."""

from __future__ import annotations

from datetime import datetime

import streamlit as st
from markupsafe import Markup

from workbench.extraction import ResultState
from workbench.review import Indication, ReviewDefinition
from workbench.screening import Stage
from workbench.store import Counts, Store
from workbench.ui import alerting, analyses, context, flows, parts, refreshing, text, worklists
from workbench.ui.worklists import ResultLine


def page() -> None:
    """What waits for this reviewer, the indications side by side, and the flow of records."""
    store, review, reviewer = context.store(), context.review(), context.known_reviewer_name()
    parts.heading(review.title)
    counts = store.counts()
    if not counts.records:
        parts.empty(
            "This review has no records yet.",
            then="Run its search strategies on PubMed, or take in files of records.",
            command="workbench refresh",
        )
        _question(review)
        return
    lines = worklists.result_lines(store, review, current=context.current_forms())
    current = refreshing.now_current()
    if current.warning:
        st.warning(text.literal(current.warning))
    found = alerting.current()
    alerting.warn(found, listed="see Alerts below")
    _next_steps(store, review, reviewer, counts, lines)
    alerting.section(found)
    _indications(store, review, reviewer, counts, lines)
    _flow()
    _question(review)


def _next_steps(
    store: Store, review: ReviewDefinition, reviewer: str, counts: Counts, lines: tuple[ResultLine, ...]
) -> None:
    """What waits, in the order of the work."""
    needed = review.screening.reviewers_needed
    progress = store.screening_progress(reviewer, Stage.TITLE_ABSTRACT, reviewers_needed=needed)
    to_extract = sum(line.waits_for(reviewer, needed=review.extraction.extractors_needed) for line in lines)
    in_conflict = sum(line.state is ResultState.CONFLICT for line in lines)
    steps = (
        (progress.remaining, "records to screen", "Title and abstract screening"),
        (progress.conflicts, "screening conflicts to settle", "Title and abstract screening, Conflicts"),
        (counts.unsure_pairs, "pairs that may be duplicates", "Records and searches, Duplicates"),
        (len(worklists.reports_without_study(store, review)), "included reports without a study", "Studies"),
        (to_extract, "results to extract", "Studies and extraction"),
        (in_conflict, "results on which the extractors differ", "Studies and extraction"),
    )
    st.header("Waiting for you", anchor=False)
    waiting = [(number, what, where) for number, what, where in steps if number]
    if not waiting:
        st.success("Nothing is waiting for you.")
        return
    parts.show(
        text.table(
            ("How many", "What", "Where"),
            ((parts.spaced_number(number), what, where) for number, what, where in waiting),
            caption="In the order of the work",
        )
    )


def _indications(
    store: Store, review: ReviewDefinition, reviewer: str, counts: Counts, lines: tuple[ResultLine, ...]
) -> None:
    st.header("By indication", anchor=False)
    pooled = analyses.one_liners()
    current = store.current_to()
    rows = [
        _indication_row(store, review, reviewer, item, counts, lines, current, pooled) for item in review.indications
    ]
    parts.show(
        text.table(
            (
                "Indication",
                "Reports found",
                "To screen for you",
                "Included",
                "Screening conflicts",
                "Results in work",
                "Results in conflict",
                "Results settled",
                "Search current to",
            ),
            (row[:-1] for row in rows),
            caption="A report or a study may belong to several indications",
            numbers=range(1, 8),
        )
    )
    parts.show(
        text.table(
            ("Indication", "Pooled so far (main outcome)"),
            ((row[0], row[-1]) for row in rows),
            caption="Current pooled estimates; the Results page has the figures and everything behind them",
        )
    )


def _indication_row(
    store: Store,
    review: ReviewDefinition,
    reviewer: str,
    indication: Indication,
    counts: Counts,
    lines: tuple[ResultLine, ...],
    current: dict[str, datetime],
    pooled: dict[str, str],
) -> tuple[object, ...]:
    progress = store.screening_progress(
        reviewer, Stage.TITLE_ABSTRACT, indication.key, reviewers_needed=review.screening.reviewers_needed
    )
    states = worklists.counted([line for line in lines if worklists.indication_of(line) == indication.key])
    return (
        indication.label,
        counts.by_indication.get(indication.key, 0),
        progress.remaining,
        progress.included,
        progress.conflicts,
        states[ResultState.EMPTY] + states[ResultState.DRAFT] + states[ResultState.WAITING],
        states[ResultState.CONFLICT],
        states[ResultState.AGREED] + states[ResultState.SETTLED],
        text.day(current.get(indication.key)),
        pooled.get(indication.key, "nothing to pool yet"),
    )


def _flow() -> None:
    """The counts of the PRISMA 2020 diagram, from what stands now."""
    flow = flows.flow()
    main, other = flow.databases, flow.other
    st.header("Flow of records (PRISMA 2020)", anchor=False)
    steps: list[tuple[str, int]] = [
        ("Records identified", main.identified + other.identified),
        ("Duplicate records removed", main.duplicates + other.duplicates),
        *_stopped(main.not_screened + other.not_screened),
        ("Records screened", main.screened + other.screened),
        ("Records excluded", main.excluded + other.excluded),
        ("Screening not decided yet (votes missing or in conflict)", main.undecided + other.undecided),
        ("Reports sought for full text", main.sought + other.sought),
        ("Full text not retrieved", main.not_retrieved + other.not_retrieved),
        ("Full text not decided yet", main.undecided_full_text + other.undecided_full_text),
        ("Reports excluded at full text", sum(main.excluded_reports.values()) + sum(other.excluded_reports.values())),
        ("Reports included", flow.new_reports),
        ("Studies included", flow.new_studies),
    ]
    parts.show(
        text.table(
            ("Step", "Number"),
            ((label, parts.spaced_number(number)) for label, number in steps),
            caption=f"Counted from the decisions as they stand: {'in progress' if flow.in_progress else 'complete'}",
            numbers=(1,),
        )
    )
    parts.quiet("The page PRISMA flow has the diagram, each indication's own, and the numbers of an update.")


def _stopped(records: int) -> tuple[tuple[str, int], ...]:
    return (("Records not screened: screening was stopped", records),) if records else ()


def _question(review: ReviewDefinition) -> None:
    question = review.question
    with st.expander("The question of this review"):
        parts.show(
            text.facts(
                {
                    "Population": question.population,
                    "Intervention": question.intervention,
                    "Comparator": question.comparator,
                    "Outcomes": question.outcomes,
                    "Designs": question.designs,
                    "Indications": text.join(
                        (Markup("{}").format(item.label) for item in review.indications), Markup("<br>")
                    ),
                }
            )
        )
