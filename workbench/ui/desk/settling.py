"""Settling one conflict: by discussion among those who voted, or as a third person; and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from markupsafe import Markup

from workbench.screening import Decision, Stage, Verdict, decide, standing_resolution, standing_votes, withdrawal
from workbench.ui import context, faults, parts, text
from workbench.ui.desk.words import VERDICTS, act_id, reason_label, verdict_word

DISCUSSION, THIRD = "By discussion", "By a third person"
STALE = (
    "Somebody said more about this report meanwhile: a vote was changed, or it was settled in another window. "
    "Nothing was recorded. Look at it again."
)
LONGEST_WHY = 5000  # characters


def at_key(stage: Stage, reviewer: str) -> str:
    """Where the session keeps which conflict is looked at."""
    return f"conflicts:at:{stage.value}:{reviewer}"


def _outcome_key(stage: Stage, reviewer: str) -> str:
    return f"conflicts:outcome:{stage.value}:{reviewer}"


def look_at(stage: Stage, reviewer: str, report: str | None) -> None:
    """Show this conflict; what became of the one before is no longer told."""
    st.session_state[at_key(stage, reviewer)] = report
    st.session_state.pop(_outcome_key(stage, reviewer), None)


def settled_by(resolution: Decision, decisions: Sequence[Decision]) -> str:
    """Who settled it, and as what."""
    how = "by discussion" if resolution.reviewer in standing_votes(decisions) else "as a third person"
    return f"{context.display_name(resolution.reviewer)}, {how}"


def why(resolution: Decision) -> str:
    """What was said for it, without how it came about (`settled_by` says that)."""
    note = resolution.note
    for how in (DISCUSSION, THIRD):
        note = note.removeprefix(f"{how}. ")
    return note


def form(report: str, stage: Stage, decisions: Sequence[Decision], *, following: str | None) -> None:
    """Ask for the resolution. decisions: all on the report, of everybody. following: the conflict to show next."""
    review, reviewer = context.review(), context.known_reviewer_name()
    votes = standing_votes(decisions)
    others = [vote for name, vote in votes.items() if name != reviewer]
    by_discussion = reviewer in votes
    if by_discussion and others:
        agreed_on = as_list(["you", *(context.display_name(vote.reviewer) for vote in others)])
        parts.quiet(f"You voted on it: record here what {agreed_on} agreed on.")
    elif by_discussion:
        parts.quiet("You voted on it, and nobody else did: record here what you decide.")
    else:
        parts.quiet("You did not vote on it: you decide as the third person.")
    _problem(stage, reviewer, report)
    reasons = [reason.key for reason in review.screening.exclusion_reasons]
    labels = {item.key: item.short for item in review.indications}
    voted = {key for vote in votes.values() if vote.verdict is not Verdict.EXCLUDE for key in vote.indications}
    with st.form(f"resolve:{stage.value}:{report}"):
        st.radio(
            "Decision",
            [Verdict.INCLUDE, Verdict.EXCLUDE],
            index=None,
            format_func=lambda item: VERDICTS[item],
            horizontal=True,
            key=f"resolve:verdict:{report}",
        )
        st.selectbox(
            "Reason to exclude" + (" (needed to exclude)" if stage is Stage.FULL_TEXT else ""),
            reasons,
            index=None,
            placeholder="Choose the first that applies",
            format_func=lambda item: reason_label(review, item),
            key=f"resolve:reason:{report}",
        )
        st.multiselect(
            "Indications it belongs to",
            list(labels),
            default=[key for key in labels if key in voted],
            format_func=lambda item: labels.get(item, item),
            key=f"resolve:tags:{report}",
        )
        st.text_area("Why", key=f"resolve:note:{report}", max_chars=LONGEST_WHY, height=90)
        if by_discussion and others:
            st.checkbox(
                "We agreed on this together",
                key=f"resolve:agreed:{report}",
                help="Needed where it goes against somebody else's vote. If you cannot agree, ask a third person.",
            )
        st.form_submit_button(
            "Record the decision",
            type="primary",
            key=f"resolve:record:{report}",
            on_click=_submit,
            args=(report, stage, reviewer, tuple(decisions), following),
        )


def as_list(names: Sequence[str]) -> str:
    """Names in a sentence: "you, Cleo and Anna"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _problem(stage: Stage, reviewer: str, report: str) -> None:
    """What was missing when it was to be recorded."""
    held = st.session_state.pop(_problem_key(stage, reviewer), None)
    if held is not None and held[0] == report:
        st.warning(text.literal(held[1]))


def _problem_key(stage: Stage, reviewer: str) -> str:
    return f"conflicts:problem:{stage.value}:{reviewer}"


@faults.callback
def _submit(report: str, stage: Stage, reviewer: str, decisions: tuple[Decision, ...], following: str | None) -> None:
    """Record what the form holds. It is read here, since the form may be gone when the page is drawn again."""
    typed = {name: st.session_state.get(f"resolve:{name}:{report}") for name in ("verdict", "reason", "tags", "note")}
    votes = standing_votes(decisions)
    others = [vote for name, vote in votes.items() if name != reviewer]
    by_discussion = reviewer in votes
    agreed = bool(st.session_state.get(f"resolve:agreed:{report}"))
    verdict, note = typed["verdict"], text.clean(typed["note"] or "").strip()
    missing = _missing(stage, verdict, typed["reason"], note, others if by_discussion and not agreed else [])
    if missing or verdict is None:
        st.session_state[_problem_key(stage, reviewer)] = (report, missing)
        return
    decision = decide(
        report,
        reviewer,
        verdict,
        stage=stage,
        reason=typed["reason"] if verdict is Verdict.EXCLUDE else None,
        indications=sorted(typed["tags"] or ()),
        note=f"{DISCUSSION if by_discussion else THIRD}. {note}",
        resolution=True,
    )
    name = act_id(
        *("settle", report, stage, reviewer, verdict, decision.reason, decision.indications, decision.note),
        len(decisions),
    )
    _record(replace(decision, id=name), said=len(decisions), following=following)


def _missing(stage: Stage, verdict: Verdict | None, reason: str | None, why: str, against: Sequence[Decision]) -> str:
    """What has to be said before it can be recorded; empty if nothing. against: votes of others not agreed with."""
    if verdict is None:
        return "Choose include or exclude first."
    if verdict is Verdict.EXCLUDE and stage is Stage.FULL_TEXT and reason is None:
        return "A report that is excluded at full text needs a reason: choose one."
    contradicted = [vote for vote in against if (vote.verdict is Verdict.EXCLUDE) is not (verdict is Verdict.EXCLUDE)]
    if contradicted:
        names = ", ".join(f"{context.display_name(vote.reviewer)} ({verdict_word(vote)})" for vote in contradicted)
        return f"This goes against the vote of {names}. Tick that you agreed on it together, or ask a third person."
    if not why:
        return "Say why: it is what others will read later."
    return ""


def _record(decision: Decision, *, said: int, following: str | None) -> None:
    outcome = context.store().settle(decision, words_before=said)
    st.session_state[_outcome_key(decision.stage, decision.reviewer)] = (outcome, decision, said + 1)
    if outcome != "stale" and following is not None:
        st.session_state[at_key(decision.stage, decision.reviewer)] = following


def _stale(decision: Decision) -> str:
    """What happened meanwhile, with what was typed: nothing of it is lost."""
    store = context.store()
    title = text.one_line(store.record(decision.report).title or decision.report, 90)
    latest = standing_resolution(store.decisions(decision.stage, decision.report))
    said = [f"“{title}”: {STALE}"]
    if latest is not None and latest.verdict is not None:
        said.append(f"{context.display_name(latest.reviewer)} settled it: {verdict_word(latest).lower()}.")
    if decision.verdict is not None:
        said.append(f"You had chosen: {verdict_word(decision).lower()}. You had written: {why(decision)}")
    return " ".join(said)


def undo_button(resolution: Decision, *, said: int, place: str) -> None:
    """Take a resolution back. said: how many decisions on the report were on screen."""
    st.button(
        "Undo this resolution",
        key=f"unsettle:{place}:{resolution.id}",
        help="The report is in conflict again; what was said stays",
        on_click=_undo,
        args=(resolution, said),
    )


@faults.callback
def _undo(resolution: Decision, said: int) -> None:
    back = withdrawal(resolution)
    outcome = context.store().settle(back, words_before=said)
    st.session_state[_outcome_key(back.stage, back.reviewer)] = (outcome, back, said + 1)
    if outcome != "stale":
        report = context.store().report_of(back.report).key
        st.session_state[at_key(back.stage, back.reviewer)] = report


def show_outcome(stage: Stage, reviewer: str) -> None:
    """What became of the last resolution, with its undo; until something else is done."""
    key = _outcome_key(stage, reviewer)
    held: Any = st.session_state.get(key)
    if held is None:
        return
    outcome, decision, said = held
    if outcome == "stale":
        st.warning(text.literal(_stale(decision)))
        del st.session_state[key]
        return
    title = text.one_line(context.store().record(decision.report).title or decision.report, 90)
    if decision.verdict is None:
        parts.show(Markup('<p role="status">Taken back: “{}” is in conflict again.</p>').format(title))
        del st.session_state[key]
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"settled:{stage.value}"):
        told = Markup('<p role="status">{} “{}” is settled: {}.</p>').format(
            text.badge("Recorded", "good"), title, verdict_word(decision).lower()
        )
        st.html(str(told), width="content")
        undo_button(decision, said=said, place="latest")
