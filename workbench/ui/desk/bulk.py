"""Excluding together what the filter shows: first a preview, then one act, and a way back for as long as it stands.

It gives this reviewer's vote and nothing else: on what waits for it and, where that is asked for, on what nobody but
this reviewer has decided. What others voted stays, and no conflict is settled by it. What was drawn to be read one by
one, for a calibration round or an audit, is never decided so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import streamlit as st
from markupsafe import Markup

from ingest.record import Record
from workbench.screening import ScreeningPlan, Stage, Verdict, decide
from workbench.screening.highlighting import highlighter
from workbench.store import Batch, ListFilter, Store, StoreError
from workbench.ui import context, faults, parts, screening_session, text
from workbench.ui.desk.words import act_id, as_noun, filter_in_words, reason_label, reports_word

CONFIRM_ABOVE = 50
"""Up to so many are excluded without their number being typed."""
SAMPLE = 10  # titles named in the preview
MOST_LOOKED_AT = 2000  # whose words are looked at in the preview
LONGEST_NOTE = 1000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What a bulk exclusion would decide: keys of reports in the order they came, and how many it leaves alone."""

    reports: tuple[str, ...]
    mine: int = 0  # decided by this reviewer alone, and left alone unless they say so
    drawn: int = 0  # part of a sample that is to be read one by one
    others: int = 0  # no vote of this reviewer is asked for: settled, in conflict, somebody else's share, a stop


def aim(
    store: Store, reviewer: str, stage: Stage, plan: ScreeningPlan, wanted: ListFilter, *, again: bool = False
) -> Aim:
    """What excluding all that a filter shows would decide. again: also what this reviewer alone has decided."""

    def listed(**conditions: Any) -> tuple[str, ...]:
        return store.listed(reviewer, stage, plan, ListFilter(**conditions))

    shown = store.listed(reviewer, stage, plan, wanted)
    drawn = {
        store.report_of(key).key
        for sample in store.samples()
        if sample.open and sample.stage is stage
        for key in sample.reports
    }
    waiting = set(listed(standing="waiting")) - drawn
    alone = set(shown) & set(listed(standing="voted")) - drawn
    if plan.needed == 1:  # the one vote settled it: this reviewer's own, if nobody else said anything
        said = store.decisions_by_report(stage)
        alone = {key for key in alone if all(word.reviewer == reviewer and not word.resolution for word in said[key])}
    else:
        alone &= set(listed(standing="pending"))
    reports = tuple(key for key in shown if key in waiting or (again and key in alone))
    kept = 0 if again else sum(key in alone for key in shown)
    sampled = sum(key in drawn for key in shown)
    return Aim(reports=reports, mine=kept, drawn=sampled, others=len(shown) - len(reports) - kept - sampled)


def show(stage: Stage, wanted: ListFilter) -> None:
    """The preview with its form, and what this reviewer excluded together earlier, with the way back."""
    store, reviewer = context.store(), context.known_reviewer_name()
    _outcome(stage, reviewer)
    title = f"Exclude all {as_noun(stage)}s that the filter shows"
    box = st.expander(title, key=f"bulk:{stage.value}", on_change="rerun")
    earlier = st.expander("What I excluded together before", key=f"batches:{stage.value}", on_change="rerun")
    batches = store.batches(reviewer, stage) if box.open or earlier.open else ()
    if box.open:
        with box:
            _preview(store, reviewer, stage, wanted, acts=len(batches))
    if earlier.open:
        with earlier:
            standing = [batch for batch in batches if batch.standing]
            for batch in standing:
                _batch(batch)
            if not standing:
                parts.quiet("Nothing that still stands.")


# --- before -----------------------------------------------------------------------------------------------------------


def _preview(store: Store, reviewer: str, stage: Stage, wanted: ListFilter, *, acts: int) -> None:
    review, plan = context.review(), screening_session.plan()
    if wanted.empty:
        parts.quiet("Nothing is filtered. Set a filter first: what it shows can be excluded together.")
        return
    if _round_is_open(store, stage):
        parts.quiet(
            "A calibration round is open: everybody screens its records one by one. "
            "Excluding many at once has to wait until it ends."
        )
        return
    again = st.checkbox("Also those that I have decided already", key=f"bulk:again:{stage.value}:{reviewer}")
    found = aim(store, reviewer, stage, plan, wanted, again=again)
    _told(found, stage, filter_in_words(wanted, review, stage))
    if plan.needed > 1:
        parts.quiet("This records your vote only. The second reviewer still reads them, and decides without seeing it.")
    if not found.reports:
        return
    _warn(store, found.reports, plan, stage)
    number = len(found.reports)
    keys = {name: f"bulk:{name}:{stage.value}:{reviewer}:{acts}" for name in ("reason", "note", "number")}
    with st.form(f"bulk:form:{stage.value}", border=False):
        st.selectbox(
            "Reason to exclude all of them",
            [reason.key for reason in review.screening.exclusion_reasons],
            index=None,
            placeholder="Choose the reason",
            format_func=lambda key: reason_label(review, key),
            key=keys["reason"],
        )
        st.text_area(
            "Why can they be excluded without being looked at one by one?",
            key=keys["note"],
            max_chars=LONGEST_NOTE,
            height=80,
        )
        if number > CONFIRM_ABOVE:
            st.text_input(f"Type {number} to confirm", key=keys["number"], max_chars=20)
        st.form_submit_button(
            f"Exclude {reports_word(number, stage)}",
            type="primary",
            key=f"bulk:exclude:{stage.value}:{number}:{acts}",
            on_click=_exclude,
            args=(stage, reviewer, wanted, found.reports, again, acts, keys),
        )
    problem = st.session_state.pop(_slot("problem", stage, reviewer), None)
    if problem:
        st.warning(text.literal(problem))


def _round_is_open(store: Store, stage: Stage) -> bool:
    return any(sample.open and sample.stage is stage for sample in store.samples("calibration"))


def _told(found: Aim, stage: Stage, words: str) -> None:
    """The counts, in words."""
    left = [
        (found.mine, "that you have decided already"),
        (found.drawn, "of an open sample that is read one by one"),
        (found.others, "for which no vote of yours is asked"),
    ]
    alone = ", ".join(f"{parts.spaced_number(count)} {why}" for count, why in left if count)
    parts.show(
        Markup("<p><strong>{}</strong> would be excluded: {}.{}</p>").format(
            reports_word(len(found.reports), stage), words, f" Left alone: {alone}." if alone else ""
        )
    )


def _warn(store: Store, reports: Sequence[str], plan: ScreeningPlan, stage: Stage) -> None:
    """Titles to look at; first those that have words which speak for a record."""
    looked_at = reports[:MOST_LOOKED_AT]
    records = {record.key: record for record in store.records_of(looked_at)}
    marker = highlighter(plan.highlights.include, plan.highlights.exclude)
    hits = [key for key, record in records.items() if marker and _speaks_for(marker.marks, record)]
    if hits:
        st.warning(
            f"{reports_word(len(hits), stage)} of {'these' if len(looked_at) == len(reports) else 'the first'} "
            f"{parts.spaced_number(len(looked_at))} "
            f"{'has' if len(hits) == 1 else 'have'} words that the team marked as speaking for inclusion."
        )
    others = [key for key in records if key not in set(hits)]
    room = SAMPLE - min(len(hits), SAMPLE // 2)
    spread = others[:: max(1, -(-len(others) // room))][:room]
    shown = [*hits[: SAMPLE - len(spread)], *spread]
    lines = (
        Markup("<li>{}{}</li>").format(
            text.one_line(records[key].title or "No title in the source", 160),
            Markup(" {}").format(text.badge("speaks for it", "warning")) if key in hits else "",
        )
        for key in shown
    )
    parts.show(
        Markup('<p class="wb-quiet">{}</p><ul class="wb-quiet">{}</ul>').format(
            "All of them:" if len(shown) == len(reports) else f"{len(shown)} of them:", text.join(lines)
        )
    )


def _speaks_for(marks: Any, record: Record) -> bool:
    return any(mark.kind == "include" for words in (record.title, record.abstract) for mark in marks(words))


# --- the act ----------------------------------------------------------------------------------------------------------


def _slot(name: str, stage: Stage, reviewer: str) -> str:
    return f"bulk:{name}:{stage.value}:{reviewer}"


@faults.callback
def _exclude(
    stage: Stage,
    reviewer: str,
    wanted: ListFilter,
    reports: tuple[str, ...],
    again: bool,
    acts: int,
    keys: dict[str, str],
) -> None:
    """Exclude what the preview counted, but for what is no longer this reviewer's to decide.

    acts: how many bulk exclusions the reviewer had recorded when the preview was shown.
    """
    reason, note = st.session_state.get(keys["reason"]), text.clean(st.session_state.get(keys["note"]) or "").strip()
    typed = "".join((st.session_state.get(keys["number"]) or "").split())
    problem = ""
    if reason is None:
        problem = "Choose the reason for which all of them are excluded."
    elif not note:
        problem = "Say why they can be excluded without being looked at: it stands with each of the decisions."
    elif len(reports) > CONFIRM_ABOVE and typed != str(len(reports)):
        problem = f"To confirm, type the number of what would be excluded: {len(reports)}."
    if problem:
        st.session_state[_slot("problem", stage, reviewer)] = problem
        return
    store, plan = context.store(), screening_session.plan()
    if _round_is_open(store, stage):
        raise StoreError("A calibration round was opened meanwhile; nothing was excluded.")
    batch = act_id("exclude together", stage, reviewer, reports, reason, note, acts)
    if _recorded_already(store, stage, reviewer, batch, len(reports)):
        return  # pressed twice
    possible = set(aim(store, reviewer, stage, plan, wanted, again=again).reports)
    said = f"Excluded together: {filter_in_words(wanted, context.review(), stage)}. {note}"
    now = datetime.now(UTC)
    decisions = [
        replace(
            decide(report, reviewer, Verdict.EXCLUDE, stage=stage, reason=reason, note=said, batch=batch, now=now),
            id=act_id(batch, report),
        )
        for report in reports
        if report in possible
    ]
    recorded, _ = store.decide_many(decisions, leave_voted=not again)
    if not recorded and _recorded_already(store, stage, reviewer, batch, len(reports)):
        return  # by the first half of a double click, while this one was worked out
    st.session_state[_slot("outcome", stage, reviewer)] = (batch, recorded, len(reports) - recorded)


def _recorded_already(store: Store, stage: Stage, reviewer: str, batch: str, reports: int) -> bool:
    """Whether this very act is recorded; what the page says of it is then what the first press did."""
    held = next((item for item in store.batches(reviewer, stage) if item.id == batch), None)
    if held is None:
        return False
    st.session_state[_slot("outcome", stage, reviewer)] = (batch, held.decided, reports - held.decided)
    return True


# --- after ------------------------------------------------------------------------------------------------------------


def _outcome(stage: Stage, reviewer: str) -> None:
    """What the last act of this session did, with its undo."""
    slot = _slot("outcome", stage, reviewer)
    held = st.session_state.get(slot)
    if held is None:
        return
    name, count, left = held
    if name is None:
        parts.show(Markup('<p role="status">Taken back: {}.</p>').format(reports_word(count, stage)))
        del st.session_state[slot]
        return
    more = f" {reports_word(left, stage)} left alone: no vote of yours is asked for any more." if left else ""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"bulk:done:{stage.value}"):
        said = Markup('<p role="status">{} {} excluded together.{}</p>').format(
            text.badge("Recorded", "good"), reports_word(count, stage), more
        )
        st.html(str(said), width="content")
        if count:
            _undo_button(name, stage, reviewer, count, "latest")


def _batch(batch: Batch) -> None:
    changed = batch.decided - batch.standing
    with st.container(border=True):
        parts.show(
            Markup('<p>{}</p><p class="wb-quiet">{} · {}{}</p>').format(
                text.one_line(batch.note, 400),
                text.when(batch.at),
                reports_word(batch.decided, batch.stage),
                f", {parts.spaced_number(changed)} of them decided otherwise since" if changed else "",
            )
        )
        _undo_button(batch.id, batch.stage, batch.reviewer, batch.standing, "list")


def _undo_button(batch: str, stage: Stage, reviewer: str, count: int, place: str) -> None:
    st.button(
        f"Undo all {parts.spaced_number(count)}",
        key=f"bulk:undo:{place}:{batch}",
        help="Takes your votes of this act back, as far as they still stand; the rest of what you decided stays",
        on_click=_undo,
        args=(batch, stage, reviewer),
    )


@faults.callback
def _undo(batch: str, stage: Stage, reviewer: str) -> None:
    count = context.store().take_back_batch(batch, reviewer)
    st.session_state[_slot("outcome", stage, reviewer)] = (None, count, 0)
