"""Reports on which the votes differ: the votes side by side, what is said about them, and how it was settled.

Nobody is shown a report here on which a vote of theirs is still asked for. A resolution says who settled it and why; it
is one more fact, so taking it back brings the conflict back with everything that was said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
from markupsafe import Markup

from workbench.screening import Decision, Stage, standing_votes
from workbench.ui import context, faults, parts, screening_session, text
from workbench.ui.desk import discussion, settling
from workbench.ui.desk.words import reason_label, reports_word, short_labels, verdict_word
from workbench.ui.record_card import show_report

GROUP = 25  # conflicts named in one menu
ASKED, ALL = "asked", "all"
Beside = Callable[[str], None]
"""Shows more of a report, such as its full text."""


def show(stage: Stage, *, beside: Beside | None = None) -> None:
    """What is to be settled, or what was. beside: called below the record with the key of the report."""
    store, review, reviewer = context.store(), context.review(), context.known_reviewer_name()
    needed = review.screening.reviewers_needed
    waiting = [report.key for report in store.conflicts(stage, reviewers_needed=needed, reviewer=reviewer)]
    settled = store.resolutions(stage, reviewers_needed=needed, reviewer=reviewer)
    counts = {"To settle": len(waiting), "Settled": len(settled)}
    parts.hold(f"conflicts:part:{stage.value}", counts, "To settle")
    part = st.segmented_control(
        "Conflicts",
        list(counts),
        format_func=lambda name: f"{name} ({counts.get(name, 0)})",
        required=True,
        key=f"conflicts:part:{stage.value}",
        label_visibility="collapsed",
    )
    settling.show_outcome(stage, reviewer)
    if part == "Settled":
        _settled(stage, settled, beside)
    else:
        _waiting(stage, waiting, beside)


# --- one after the other --------------------------------------------------------------------------------------------


def _waiting(stage: Stage, keys: list[str], beside: Beside | None) -> None:
    reviewer = context.known_reviewer_name()
    if not keys:
        parts.empty(
            "No conflicts.",
            then="They appear here once reviewers have decided differently and nobody is left to decide.",
        )
        return
    said = context.store().remarks_by_report(stage)
    asked = {key for key in keys if discussion.is_handed_over(said.get(key, ()))}
    if asked:
        only = st.toggle(
            f"Only those for which a third person is asked ({len(asked)})", key=f"conflicts:asked:{stage.value}"
        )
        keys = [key for key in keys if key in asked] if only else keys
    report = _choose(stage, reviewer, keys)
    show_report(report, hidden=_hidden(stage))
    if beside is not None:
        beside(report)
    decisions = context.store().decisions(stage, report)
    _votes(standing_votes(decisions))
    left, right = st.columns(2, gap="large")
    remarks = said.get(report, ())
    voted = reviewer in standing_votes(decisions)
    with left:
        discussion.show(report, stage, remarks, may_hand_over=voted and not discussion.is_handed_over(remarks))
    with right:
        st.subheader("Settle it", anchor=False)
        settling.form(report, stage, decisions, following=_following(keys, report))


def _hidden(stage: Stage) -> frozenset[str]:
    """What of a record the team hides while it screens."""
    plan = screening_session.plan()
    return frozenset(name for name in plan.hidden if plan.hides(name, stage))


def _following(keys: Sequence[str], report: str) -> str | None:
    """Which conflict to show once this one is settled."""
    place = keys.index(report)
    rest = [*keys[place + 1 :], *keys[:place]]
    return rest[0] if rest else None


def _choose(stage: Stage, reviewer: str, keys: list[str]) -> str:
    """The conflict that is looked at, with ways to the ones before and behind it."""
    at = settling.at_key(stage, reviewer)
    current = st.session_state.get(at)
    place = keys.index(current) if current in keys else 0
    current = keys[place]
    group = place // GROUP
    named = keys[group * GROUP : (group + 1) * GROUP]
    titles = {key: record.title for key, record in zip(named, context.store().records_of(named), strict=True)}
    menu = f"{at}:{group}"
    st.session_state[menu] = current
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key=f"conflicts:menu:{stage.value}"):
        st.selectbox(
            f"Conflict {place + 1} of {len(keys)}",
            named,
            format_func=lambda key: text.one_line(titles.get(key) or "No title in the source", 100),
            key=menu,
            on_change=_chosen,
            args=(stage, reviewer, menu),
        )
        for label, step in (("Previous", -1), ("Next", 1)):
            beyond = not 0 <= place + step < len(keys)
            st.button(
                label,
                key=f"conflicts:{label}:{stage.value}",
                disabled=beyond,
                on_click=_go,
                args=(stage, reviewer, current if beyond else keys[place + step]),
            )
    return current


@faults.callback
def _chosen(stage: Stage, reviewer: str, menu: str) -> None:
    settling.look_at(stage, reviewer, st.session_state.get(menu))


@faults.callback
def _go(stage: Stage, reviewer: str, report: str) -> None:
    settling.look_at(stage, reviewer, report)


# --- the votes ------------------------------------------------------------------------------------------------------


def _votes(votes: Mapping[str, Decision]) -> None:
    st.subheader("Votes", anchor=False)
    cast = list(votes.values())
    for first in range(0, len(cast), 3):
        row = cast[first : first + 3]
        for vote, column in zip(row, st.columns(max(2, len(row))), strict=False):
            with column, st.container(border=True):
                _vote(vote)


def _vote(vote: Decision) -> None:
    review = context.review()
    told: dict[str, Any] = {
        "Reason": reason_label(review, vote.reason),
        "Indications": short_labels(review, vote.indications) or "none",
        "Note": vote.note or "none",
        "Decided": text.when(vote.decided_at),
    }
    if vote.batch is not None:
        told["How"] = "together with others, not looked at one by one"
    parts.show(
        Markup("<h3>{}: {}</h3>{}").format(context.display_name(vote.reviewer), verdict_word(vote), text.facts(told))
    )


# --- settled --------------------------------------------------------------------------------------------------------


def _settled(stage: Stage, settled: Mapping[str, Decision], beside: Beside | None) -> None:
    if not settled:
        parts.empty("No conflict was settled yet.", then="Who settled it, how and why will stand here.")
        return
    reviewer = context.known_reviewer_name()
    pages = -(-len(settled) // GROUP)
    number = st.pagination(pages, key=f"conflicts:settled:page:{stage.value}:{pages}") if pages > 1 else 1
    shown = list(settled)[(number - 1) * GROUP : number * GROUP]
    titles = {
        key: record.title or "No title in the source"
        for key, record in zip(shown, context.store().records_of(shown), strict=True)
    }
    parts.show(
        text.table(
            ("Title", "Settled as", "By", "When", "Why"),
            (_line(stage, key, settled[key], titles[key]) for key in shown),
            caption=f"{reports_word(len(settled), stage)} on which the votes differed, the latest first",
        )
    )
    report = st.selectbox(
        "Look at one, or take its resolution back",
        shown,
        index=None,
        placeholder="Choose one of this page",
        format_func=lambda key: text.one_line(titles.get(key, key), 100),
        key=f"conflicts:settled:{stage.value}:{number}",
    )
    if report is None or report not in settled:
        return
    resolution = settled[report]
    show_report(report, hidden=_hidden(stage))
    if beside is not None:
        beside(report)
    decisions = context.store().decisions(stage, report)
    _votes(standing_votes(decisions))
    parts.show(
        Markup("<h3>Settled: {}</h3>{}").format(
            verdict_word(resolution),
            text.facts(
                {
                    "By": settling.settled_by(resolution, decisions),
                    "Reason": reason_label(context.review(), resolution.reason),
                    "Indications": short_labels(context.review(), resolution.indications) or "none",
                    "Why": settling.why(resolution),
                    "When": text.when(resolution.decided_at),
                }
            ),
        )
    )
    if resolution.reviewer == reviewer:
        settling.undo_button(resolution, said=len(decisions), place="settled")
    else:
        parts.quiet("Only who settled it can take it back. You can settle it anew below; the latest word stands.")
    discussion.show(report, stage, context.store().remarks(report, stage), may_hand_over=False)
    with st.expander("Settle it anew", key=f"anew:{stage.value}:{report}"):
        settling.form(report, stage, decisions, following=None)


def _line(stage: Stage, report: str, resolution: Decision, title: str) -> tuple[object, ...]:
    review = context.review()
    reason = reason_label(review, resolution.reason)
    return (
        text.one_line(title, 140),
        f"{verdict_word(resolution)}{f' ({reason})' if reason else ''}",
        settling.settled_by(resolution, context.store().decisions(stage, report)),
        text.when(resolution.decided_at),
        text.one_line(settling.why(resolution), 200),
    )
