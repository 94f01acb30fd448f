"""Title and abstract screening: one report at a time, one key a decision, and the conflicts that come of two opinions.

A decision is in the database before the next report shows. Its id follows from what was on screen (the report, the
reviewer, how many words they had said before, and the word itself), so a double click, a reload and a second window
record it once. Notes and tags that are being written, and the place in the queue, are kept as preferences.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from typing import Any

import streamlit as st
from markupsafe import Markup

from workbench.review import ReviewDefinition
from workbench.screening import Decision, Stage, Verdict, decide, standing_votes
from workbench.store import Report, Store, StoreError
from workbench.ui import context, faults, parts, text, worklists
from workbench.ui.record_card import show_report

STAGE = Stage.TITLE_ABSTRACT
SHOWN = "screening:shown"
CURSOR, FILTER, DRAFT, KEYS = "screening:cursor", "screening:indication", "screening:draft", "screening:single-keys"
_FACTS = uuid.UUID("7a1c9f0e-58a4-4d3c-9a53-b6c1d5f4a2e7")  # names the ids below; never change it
EVERY = ""
SHORTEST_LOOK = 0.8
"""Seconds a record must have been on screen: the second half of a double click and a held key decide nothing."""
VERDICTS = {
    Verdict.INCLUDE: ("Include", "I"),
    Verdict.EXCLUDE: ("Exclude", "E"),
    Verdict.MAYBE: ("Maybe", "M"),
}


def page() -> None:
    """Screen one report, or settle a conflict."""
    parts.heading("Title and abstract screening")
    store, review, reviewer = context.store(), context.review(), context.known_reviewer_name()
    conflicts = store.conflicts(STAGE, reviewers_needed=review.screening.reviewers_needed)
    view = st.segmented_control(
        "Show",
        ["Screen", "Conflicts"],
        format_func=lambda name: f"Conflicts ({len(conflicts)})" if name == "Conflicts" else name,
        default="Screen",
        required=True,
        key="screening:view",
        label_visibility="collapsed",
    )
    if view == "Conflicts":
        show_conflicts(store, review, reviewer, conflicts)
    else:
        screen(store, review, reviewer)


# --- one report at a time -------------------------------------------------------------------------------------------


def screen(store: Store, review: ReviewDefinition, reviewer: str) -> None:
    """The report at the cursor, the criteria beside it, the keys below."""
    indication, keys = _settings(store, review, reviewer)
    _progress(store, review, reviewer, indication)
    key = _at_cursor(store, review, reviewer, indication)
    if key is None:
        if store.counts().records:
            st.success("You have screened everything that is waiting for you here.")
            parts.quiet("Choose another indication above, look at the conflicts, or go on with studies and extraction.")
            _undo_button(store, reviewer, keys=keys)
        else:
            parts.empty("There are no records to screen.", then="Run the searches first.", command="workbench refresh")
        return
    report = store.report_of(key)
    mine = _my_words(store, report, reviewer)
    left, right = st.columns([3, 2], gap="large")
    with left:
        if mine and mine[-1].verdict is not None:
            _said(review, mine[-1])
        show_report(report.key)
    draft = _draft(store, reviewer, report)
    with right:
        _note_and_tags(review, report, reviewer, draft)
        _reasons(review, report, reviewer, said=len(mine), keys=keys)
        _criteria(review, draft["indications"])
    _decision_bar(store, report, reviewer, said=len(mine), keys=keys)
    if st.session_state.get(SHOWN, ("", 0.0))[0] != report.key:
        st.session_state[SHOWN] = (report.key, time.monotonic())


def _settings(store: Store, review: ReviewDefinition, reviewer: str) -> tuple[str | None, bool]:
    """What to look through, and whether single keys act; in the sidebar, so that a narrow screen shows the record."""
    labels = {EVERY: "Every indication"} | {item.key: item.label for item in review.indications}
    kept = store.preference(reviewer, FILTER)
    filter_key, switch_key = f"{FILTER}:{reviewer}", f"{KEYS}:{reviewer}"
    st.session_state.setdefault(filter_key, kept if kept in labels else EVERY)
    st.session_state.setdefault(switch_key, bool(store.preference(reviewer, KEYS, True)))
    with st.sidebar:
        st.selectbox(
            "Screen what was found for",
            list(labels),
            format_func=lambda key: labels.get(key, key),
            key=filter_key,
            on_change=_keep_setting,
            args=(reviewer, FILTER, filter_key),
        )
        keys = st.toggle(
            "Single-key shortcuts",
            key=switch_key,
            on_change=_keep_setting,
            args=(reviewer, KEYS, switch_key),
            help="Letters and digits decide at once. Turn this off if you use speech input or press keys by accident.",
        )
    return _filter(reviewer), keys


def _filter(reviewer: str) -> str | None:
    """The indication that is looked through; None for all."""
    chosen = st.session_state.get(f"{FILTER}:{reviewer}", EVERY)
    return None if chosen == EVERY else chosen


@faults.callback
def _keep_setting(reviewer: str, preference: str, widget: str) -> None:
    context.store().set_preference(reviewer, preference, st.session_state.get(widget))


def _progress(store: Store, review: ReviewDefinition, reviewer: str, indication: str | None) -> None:
    done = store.screening_progress(reviewer, STAGE, indication, reviewers_needed=review.screening.reviewers_needed)
    st.progress(done.decided / done.total if done.total else 0.0)
    parts.quiet(
        f"You: {done.decided} of {done.total} decided, {done.remaining} waiting for you. "
        f"The review: {done.included} included, {done.excluded} excluded, {done.conflicts} in conflict, "
        f"{done.pending} pending."
    )


def _at_cursor(store: Store, review: ReviewDefinition, reviewer: str, indication: str | None) -> str | None:
    """The report this reviewer was looking at, if it still belongs to what they look through; else the next one."""
    cursor = store.preference(reviewer, CURSOR)
    if isinstance(cursor, str):
        try:
            report = store.report_of(cursor)
        except StoreError:
            report = None
        if report is not None and (indication is None or indication in _found_for(store, report)):
            return report.key
    return worklists.next_undecided(store, review, reviewer, indication=indication)


def _found_for(store: Store, report: Report) -> tuple[str, ...]:
    """The indications whose strategies found any record of the report."""
    found = (item.indication for key in report.record_keys for item in store.found_by(key))
    return tuple(dict.fromkeys(indication for indication in found if indication is not None))


def _my_words(store: Store, report: Report, reviewer: str) -> list[Decision]:
    """What this reviewer said of the report so far, undone words included; nobody else's."""
    return [item for item in store.decisions(STAGE, report.key) if item.reviewer == reviewer and not item.resolution]


def _said(review: ReviewDefinition, decision: Decision) -> None:
    verdict = VERDICTS[decision.verdict][0] if decision.verdict is not None else ""
    parts.show(
        Markup('<p class="wb-quiet">{} {} {}. A new decision replaces it.</p>').format(
            text.badge(f"You decided: {verdict}", "good"),
            text.when(decision.decided_at),
            f"({_reason_label(review, decision.reason)})" if decision.reason else "",
        )
    )


def _reason_label(review: ReviewDefinition, key: str | None) -> str:
    labels = {reason.key: reason.label for reason in review.screening.exclusion_reasons}
    return labels.get(key or "", key or "")


def _criteria(review: ReviewDefinition, indications: list[str]) -> None:
    lines: list[Markup] = []
    for item in review.indications:
        if item.key in indications and item.description:
            lines.append(Markup("<h4>{}</h4><p>{}</p>").format(item.label, item.description))
    for criterion in review.eligibility:
        lines.append(Markup("<h4>{}</h4><p><strong>In:</strong> {}</p>").format(criterion.label, criterion.include))
        if criterion.exclude:
            lines.append(Markup("<p><strong>Out:</strong> {}</p>").format(criterion.exclude))
    if lines:
        st.subheader("Criteria", anchor=False)
        parts.show(Markup('<div class="wb-criteria">{}</div>').format(text.join(lines)))


def _draft(store: Store, reviewer: str, report: Report) -> dict[str, Any]:
    """The note and tags being written for this report; the indications it was found for until somebody changes them."""
    kept = store.preference(reviewer, f"{DRAFT}:{report.key}")
    if isinstance(kept, dict):
        return {"note": str(kept.get("note", "")), "indications": list(kept.get("indications", ()))}
    mine = _my_words(store, report, reviewer)
    if mine and mine[-1].verdict is not None:
        return {"note": mine[-1].note, "indications": list(mine[-1].indications)}
    return {"note": "", "indications": list(_found_for(store, report))}


def _note_and_tags(review: ReviewDefinition, report: Report, reviewer: str, draft: dict[str, Any]) -> None:
    labels = {item.key: item.short for item in review.indications}
    tags_key, note_key = f"tags:{reviewer}:{report.key}", f"note:{reviewer}:{report.key}"
    st.session_state.setdefault(tags_key, [key for key in draft["indications"] if key in labels])
    st.session_state.setdefault(note_key, draft["note"])
    st.pills(
        "Indications it belongs to",
        list(labels),
        selection_mode="multi",
        format_func=lambda key: text.literal(labels[key]),
        key=tags_key,
        wrap=True,
        on_change=_keep_draft,
        args=(reviewer, report.key),
    )
    if st.session_state.get("screening:note-open") == report.key or st.session_state[note_key]:
        st.text_area(
            "Note",
            key=note_key,
            height=90,
            max_chars=5000,
            on_change=_keep_draft,
            args=(reviewer, report.key),
            help="Kept with your decision; the other reviewer sees it once both have decided.",
        )
    else:
        st.session_state[note_key] = st.session_state[note_key]  # stays, though its box is not on screen


@faults.callback
def _keep_draft(reviewer: str, report: str) -> None:
    context.store().set_preference(reviewer, f"{DRAFT}:{report}", _on_screen(reviewer, report))


def _on_screen(reviewer: str, report: str) -> dict[str, Any]:
    return {
        "note": (st.session_state.get(f"note:{reviewer}:{report}") or "").strip(),
        "indications": sorted(st.session_state.get(f"tags:{reviewer}:{report}") or []),
    }


def _decision_bar(store: Store, report: Report, reviewer: str, *, said: int, keys: bool) -> None:
    """The keys that decide and move; the bar stays in sight however long the abstract is."""
    with st.bottom, st.container(key="decide", horizontal=True, gap="small"):
        for verdict, (label, letter) in VERDICTS.items():
            st.button(
                label,
                key=f"{verdict}:{report.key}:{said}",
                shortcut=letter if keys else None,
                type="primary" if verdict is Verdict.INCLUDE else "secondary",
                on_click=_record,
                args=(report.key, reviewer, verdict, None, said),
            )
        _undo_button(store, reviewer, keys=keys)
        st.button(
            "Note",
            key=f"open-note:{report.key}",
            shortcut="N" if keys else None,
            on_click=_open_note,
            args=(report.key,),
        )
        for label, letter, step in (("Previous", "K", -1), ("Next", "J", 1)):
            st.button(
                label,
                key=f"{label}:{report.key}",
                shortcut=letter if keys else None,
                on_click=_move,
                args=(report.key, reviewer, step),
            )


def _reasons(review: ReviewDefinition, report: Report, reviewer: str, *, said: int, keys: bool) -> None:
    """One key a reason: it excludes, and says why."""
    parts.quiet("Exclude because")
    with st.container(key="reasons"):
        for position, reason in enumerate(review.screening.exclusion_reasons, start=1):
            st.button(
                text.literal(reason.label),
                key=f"reason:{reason.key}:{report.key}:{said}",
                shortcut=str(position) if keys and position <= 9 else None,
                type="tertiary",
                on_click=_record,
                args=(report.key, reviewer, Verdict.EXCLUDE, reason.key, said),
            )


def _undo_button(store: Store, reviewer: str, *, keys: bool) -> None:
    last = store.last_decision(reviewer, STAGE)
    st.button(
        "Undo",
        key=f"undo:{last.id if last else ''}",
        shortcut="U" if keys else None,
        disabled=last is None,
        help="Takes back your latest decision and shows its record again",
        on_click=_undo,
        args=(last,),
    )


def decision_id(decision: Decision, said: int) -> str:
    """The id of a word said from one view: the same view saying the same thing again is the same fact.

    said: how many words the reviewer had on the report when it was shown.
    """
    saying = (
        decision.report,
        decision.stage,
        decision.reviewer,
        decision.verdict,
        decision.reason,
        decision.indications,
        decision.note,
        decision.resolution,
        said,
    )
    return str(uuid.uuid5(_FACTS, repr(tuple(str(part) for part in saying))))


def _add_once(store: Store, decision: Decision, said: int) -> None:
    """Record a decision unless this very view recorded it already (at a slightly earlier time)."""
    named = replace(decision, id=decision_id(decision, said))
    if not _is_recorded(store, named):
        try:
            store.add_decision(named)
        except StoreError:
            if not _is_recorded(store, named):  # another window was quicker by an instant
                raise


def _just_shown(report: str) -> bool:
    """Whether nobody can have read this record yet: what was pressed was meant for the one before."""
    key, since = st.session_state.get(SHOWN, ("", 0.0))
    return bool(key == report and time.monotonic() - since < SHORTEST_LOOK)


def _is_recorded(store: Store, decision: Decision) -> bool:
    return any(held.id == decision.id for held in store.decisions(decision.stage, decision.report))


@faults.callback
def _record(report: str, reviewer: str, verdict: Verdict, reason: str | None, said: int) -> None:
    if _just_shown(report):
        st.session_state.pop(SHOWN, None)  # a key that is still held waits anew
        return
    store, review = context.store(), context.review()
    shown = _on_screen(reviewer, report)
    decision = decide(
        report, reviewer, verdict, stage=STAGE, reason=reason, indications=shown["indications"], note=shown["note"]
    )
    _add_once(store, decision, said)
    indication = _filter(reviewer)
    following = worklists.next_undecided(store, review, reviewer, indication=indication, after=report)
    store.set_preference(reviewer, CURSOR, following)


@faults.callback
def _undo(last: Decision | None) -> None:
    if last is None:
        return
    store = context.store()
    withdrawal = decide(last.report, last.reviewer, None, stage=STAGE, resolution=last.resolution)
    named = replace(withdrawal, id=str(uuid.uuid5(_FACTS, f"undo {last.id}")))
    if not _is_recorded(store, named):
        store.add_decision(named)
    store.set_preference(last.reviewer, CURSOR, store.report_of(last.report).key)
    kept = {"note": last.note, "indications": list(last.indications)}
    store.set_preference(last.reviewer, f"{DRAFT}:{last.report}", kept)


@faults.callback
def _move(report: str, reviewer: str, step: int) -> None:
    store = context.store()
    indication = _filter(reviewer)
    beside = worklists.neighbour(store, report, step, indication=indication)
    if beside is not None:
        store.set_preference(reviewer, CURSOR, beside)


def _open_note(report: str) -> None:
    opened = st.session_state.get("screening:note-open") == report
    st.session_state["screening:note-open"] = None if opened else report


# --- conflicts --------------------------------------------------------------------------------------------------------


def show_conflicts(store: Store, review: ReviewDefinition, reviewer: str, conflicts: tuple[Report, ...]) -> None:
    """Reports on which the votes differ; both votes and notes are shown, as both reviewers have decided."""
    if not conflicts:
        parts.empty("No conflicts.", then="They appear here once two reviewers have decided differently on a record.")
        return
    titles = {report.key: text.one_line(store.record(report.key).title) for report in conflicts}
    key = st.selectbox("Record", list(titles), format_func=lambda item: titles.get(item, item), key="conflict")
    report = store.report_of(key)
    show_report(key)
    decisions = store.decisions(STAGE, key)
    votes = standing_votes(decisions)
    for vote, column in zip(votes.values(), st.columns(max(1, len(votes))), strict=True):
        with column, st.container(border=True):
            _vote(review, vote)
    _resolution(review, report, reviewer, voters=tuple(votes), said=len(decisions))


def _vote(review: ReviewDefinition, vote: Decision) -> None:
    labels = {item.key: item.short for item in review.indications}
    parts.show(
        Markup("<h3>{}: {}</h3>{}").format(
            context.display_name(vote.reviewer),
            VERDICTS[vote.verdict][0] if vote.verdict is not None else "",
            text.facts(
                {
                    "Reason": _reason_label(review, vote.reason),
                    "Indications": ", ".join(labels.get(key, key) for key in vote.indications),
                    "Note": vote.note or "none",
                    "Decided": text.when(vote.decided_at),
                }
            ),
        )
    )


def _resolution(review: ReviewDefinition, report: Report, reviewer: str, *, voters: tuple[str, ...], said: int) -> None:
    st.subheader("Settle it", anchor=False)
    by_discussion = reviewer in voters
    parts.quiet(
        "You are one of the two: record here what you agreed on together."
        if by_discussion
        else "You decide as the third person."
    )
    reasons = [reason.key for reason in review.screening.exclusion_reasons]
    labels = {item.key: item.short for item in review.indications}
    with st.form(f"resolve:{report.key}"):
        verdict = st.radio(
            "Decision",
            [Verdict.INCLUDE, Verdict.EXCLUDE],
            index=None,
            format_func=lambda item: VERDICTS[item][0],
            horizontal=True,
            key=f"resolve:verdict:{report.key}",
        )
        reason = st.selectbox(
            "Reason to exclude",
            reasons,
            index=None,
            format_func=lambda item: _reason_label(review, item),
            key=f"resolve:reason:{report.key}",
        )
        found = _found_for(context.store(), report)
        indications = st.multiselect(
            "Indications it belongs to",
            list(labels),
            default=[key for key in found if key in labels],
            format_func=lambda item: labels.get(item, item),
            key=f"resolve:tags:{report.key}",
        )
        note = st.text_area("Why", key=f"resolve:note:{report.key}", max_chars=5000)
        if st.form_submit_button("Record the decision", type="primary"):
            if verdict is None:
                st.warning("Choose include or exclude first.")
                return
            decision = decide(
                report.key,
                reviewer,
                verdict,
                stage=STAGE,
                reason=reason if verdict is Verdict.EXCLUDE else None,
                indications=sorted(indications),
                note=f"{'By discussion' if by_discussion else 'By a third person'}. {note}".strip(),
                resolution=True,
            )
            _add_once(context.store(), decision, said)
            st.rerun()
