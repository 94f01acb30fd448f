"""The evidence for stopping before every title was read, and the stops that were signed. Nothing stops by itself."""

from __future__ import annotations

import json
from collections.abc import Callable

import streamlit as st

from workbench.results.stopping import StoppingEvidence, evidence_as_dict, screened_reports, stopping_evidence
from workbench.ui import context, parts, text
from workbench.ui.teamwork import audit_part, curves, safe_part, signing_part

ALL = ""


def show() -> None:
    """Everything about stopping, for all reports or for those of one indication."""
    store, review = context.store(), context.review()
    parts.quiet(
        "Nothing here stops anything. Whoever leads the review looks at the evidence and signs a stop, or does not. "
        "Titles and abstracts only; full texts are all read."
    )
    screened = screened_reports(store, review)
    signing_part.standing(store, review, screened)
    labels = {item.key: item.label for item in review.indications}
    left, right = st.columns(2)
    scope = left.selectbox(
        "Evidence on",
        [ALL, *labels],
        format_func=lambda key: text.literal(labels[key]) if key else "All reports",
        key="stopping:scope",
    )
    percent = right.number_input(
        "Target recall (%)",
        min_value=50.0,
        max_value=99.9,
        value=95.0,
        step=1.0,
        format="%.1f",
        key="stopping:target",
        help="The share of all relevant reports that you want to find. The test and the suggested sample size use it.",
    )
    found = stopping_evidence(store, review, indication=scope or None, target=percent / 100, screened=screened)
    if not found.reading.total:
        parts.empty("No reports have come to this stage yet.")
        return
    _counts(found)
    audit_part.show(store, review, found)
    _test(found)
    safe_part.show(store, found)
    _recall_curve(found)
    st.download_button(
        "Download the evidence as JSON",
        json.dumps(evidence_as_dict(found), ensure_ascii=False, indent=1),
        file_name=f"stopping-{scope or 'all'}.json",
        mime="application/json",
    )
    signing_part.sign(store, found, labels)


def _counts(found: StoppingEvidence) -> None:
    read, number = found.reading, parts.spaced_number
    together = ""
    if read.together:
        together = (
            f"{number(len(read.together))} ({number(read.together_relevant)} relevant); nobody read them one by one"
        )
    parts.show(
        text.facts(
            (
                ("Reports", number(read.total)),
                ("Read and settled", f"{number(len(read.order))} ({number(read.relevant)} relevant)"),
                ("Settled many at once", together),
                ("With a vote missing", number(len(read.half_voted))),
                ("In conflict", number(len(read.conflicts))),
                ("Unread", number(len(read.unread))),
                ("Not screened (stop)", number(len(read.stopped)) if read.stopped else ""),
            )
        )
    )


def _test(found: StoppingEvidence) -> None:
    test, read = found.test, found.reading
    st.header("Test on missed reports", anchor=False)
    parts.quiet(
        "Callaghan & Müller-Hansen 2020 (Syst Rev 9:273). The hypothesis: recall is below the target. p is the chance "
        "to find as few relevant reports among the last ones read, if enough were still missing for that. A small p "
        "speaks for having reached the target; no p stops anything."
    )
    parts.show(
        text.facts(
            (
                ("p", _p(test.p)),
                ("Target recall", f"{test.target:.1%}"),
                ("Rests on", f"the last {parts.spaced_number(test.tail)} reports read" if test.tail else "nothing yet"),
                ("Reports in the test", f"{parts.spaced_number(test.read)} read of {parts.spaced_number(read.tested)}"),
            )
        )
    )
    unsettled = len(read.half_voted) + len(read.conflicts)
    left_out = [
        f"{parts.spaced_number(unsettled)} with a vote missing or in conflict count as unread until they are settled"
        if read.half_voted or read.conflicts
        else "",
        f"{parts.spaced_number(len(read.together))} settled many at once are left out: the test tells nothing of them"
        if read.together
        else "",
    ]
    parts.quiet(
        "Relevant: goes on to the full text. Reports stand in the order of their first vote. "
        + "".join(f"{line[0].upper()}{line[1:]}. " for line in left_out if line)
        + "Each look at p is one more chance to stop too early: decide beforehand when you look."
    )
    if found.p_curve:
        _curve(
            found.p_curve,
            name="p over the reading",
            across="Reports read",
            up="p",
            right=max(found.test.read, 1),
            top=1,
            said=f"p of the test on missed reports, from 1 to {_p(test.p)} after {test.read} reports",
            written=_p,
        )


def _p(value: float) -> str:
    return "< 0.0001" if value < 0.0001 else text.number(value, 4)


def _recall_curve(found: StoppingEvidence) -> None:
    st.header("Relevant reports found", anchor=False)
    read = found.reading
    if not read.order:
        parts.quiet("No report is settled yet.")
        return
    parts.quiet(
        f"{parts.spaced_number(read.relevant)} relevant among the {parts.spaced_number(len(read.order))} read, in the "
        "order of reading. A curve that has become flat tells that the last ones brought little, not that none is left."
    )
    _curve(
        found.found_curve,
        name="Relevant reports over the reading",
        across="Reports read",
        up="Relevant reports",
        right=len(read.order),
        top=max(read.relevant, 1),
        said=f"Relevant reports found rise from 0 to {read.relevant} while {len(read.order)} reports were read",
        written=lambda value: parts.spaced_number(int(value)),
    )


def _curve(
    points: tuple[tuple[int, float], ...],
    *,
    name: str,
    across: str,
    up: str,
    right: float,
    top: float,
    said: str,
    written: Callable[[float], str],
) -> None:
    st.image(
        curves.svg(points, across=across, up=up, right=right, top=top, description=said),
        width=560,
        alt=said,
    )
    with st.expander(f"{name} as a table"):
        parts.show(
            text.table(
                (across, up),
                ((parts.spaced_number(read), written(value)) for read, value in curves.thinned(points)),
                caption=name,
                numbers=(0, 1),
            )
        )
