"""The audit sample: drawn at random from the unread reports, read whole, and what it tells of recall then."""

from __future__ import annotations

import secrets
import uuid

import streamlit as st

from workbench.results.stopping import AUDIT_SCOPE, STAGE, Audit, StoppingEvidence
from workbench.review import ReviewDefinition
from workbench.screening.sampling import chance_to_show, draw, size_to_show, too_many_missed
from workbench.screening.stopping import AuditEstimate
from workbench.store import Store
from workbench.ui import context, faults, parts, text
from workbench.ui.teamwork import words

_AUDITS = uuid.UUID("c2b9a5b6-0d3c-4b57-9a35-1f7f0c2a6e54")  # names the ids below; never change it
SEED, OFFERED = "stopping:seed", "stopping:offered"


def show(store: Store, review: ReviewDefinition, found: StoppingEvidence) -> None:
    """The samples of the scope, the latest first, and the way to another."""
    st.header("Audit sample", anchor=False)
    parts.quiet(
        "A simple random sample of the reports that nobody has read. It is put before everything else; once all of it "
        "is settled, it tells how many relevant reports the rest may hold."
    )
    for audit in reversed(found.audits):
        with st.container(border=True):
            _one(audit)
    for sample in found.withdrawn:
        parts.quiet(
            f"A sample drawn {text.when(sample.at)} (seed {sample.seed}) was withdrawn {text.when(sample.ended)} by "
            f"{context.display_name(sample.ended_by)}: {sample.end_reason}"
        )
    if any(audit.sample.open and not audit.progress.whole for audit in found.audits):
        return
    if not found.reading.unread:
        parts.quiet("No report is unread: there is nothing to draw from.")
    elif words.is_lead():
        if found.audits:
            with st.expander("Draw another sample"):
                _draw_form(store, review, found)
        else:
            st.subheader("Draw a sample", anchor=False)
            _draw_form(store, review, found)
    else:
        words.leads_only("Drawing an audit sample")


def _one(audit: Audit) -> None:
    sample, progress = audit.sample, audit.progress
    read = progress.size - len(progress.left)
    parts.quiet(
        f"{parts.spaced_number(progress.size)} of {parts.spaced_number(progress.unread)} unread reports, drawn "
        f"{text.when(sample.at)} by {context.display_name(sample.by)} with the seed {sample.seed}; "
        f"{parts.spaced_number(sample.found)} relevant reports were known then."
        + (f" {progress.dropped} more turned out to be duplicates and are left out." if progress.dropped else "")
        + (f" Remark: {sample.note}" if sample.note else "")
    )
    if audit.estimate is not None:
        _estimate(audit.estimate)
    elif sample.open:
        st.progress(read / max(progress.size, 1), text=f"{read} of {progress.size} settled")
        parts.quiet("There is no estimate before all of it is settled: what is read first is not the sample.")
    else:
        parts.quiet(f"Ended with {read} of {progress.size} settled: it tells nothing of recall.")
    if progress.arrived_since:
        parts.quiet(
            f"{parts.spaced_number(progress.arrived_since)} reports arrived since the draw. It tells nothing of them."
        )
    if not sample.open:
        parts.quiet(
            f"Ended {text.when(sample.ended)} by {context.display_name(sample.ended_by)}."
            + (f" {sample.end_reason}" if sample.end_reason else "")
        )
    elif words.is_lead():
        _end_form(audit)
    else:
        words.leads_only("Ending or withdrawing the sample")


def _estimate(estimate: AuditEstimate) -> None:
    low, high = parts.spaced_number(estimate.missed_low), parts.spaced_number(estimate.missed_high)
    recall = "–"
    if estimate.recall is not None and estimate.recall_low is not None and estimate.recall_high is not None:
        interval = f"{estimate.level:g} % interval {estimate.recall_low:.1%} to {estimate.recall_high:.1%}"
        recall = f"{estimate.recall:.1%} ({interval})"
    since = ""
    if estimate.read_since:
        relevant = parts.spaced_number(estimate.relevant_since)
        since = f"{parts.spaced_number(estimate.read_since)} of the others, {relevant} relevant"
    parts.show(
        text.facts(
            (
                ("Recall", recall),
                ("Relevant in the sample", f"{estimate.relevant_in_sample} of {estimate.sampled}"),
                ("Read since the draw", since),
                ("Relevant reports known", parts.spaced_number(estimate.found)),
                ("Still missed", f"about {text.number(estimate.missed, 1)} ({low} to {high})"),
                ("Still unread of those", parts.spaced_number(estimate.still_unread)),
            )
        )
    )
    parts.quiet(
        "Exact interval for a sample without replacement (hypergeometric, both tails). What was found outside the "
        "sample since the draw is known now and no longer missed; it tells nothing of the rest, as a ranking picked it."
    )
    if estimate.contradicted:
        st.warning(
            "What was read since the draw does not fit the sample's bounds: chance, or a change in how you decide. "
            "Draw another sample."
        )


def _draw_form(store: Store, review: ReviewDefinition, found: StoppingEvidence) -> None:
    unread = store.unread(STAGE, reviewers_needed=review.screening.reviewers_needed, indication=found.indication)
    if not unread:
        return
    known = found.reading.found
    too_many = min(too_many_missed(found=known, target=found.target), len(unread))
    left, right = st.columns(2)
    scope = found.indication or ""
    missed = int(
        left.number_input(
            "Missed relevant reports that should show",
            min_value=1,
            max_value=len(unread),
            value=too_many,
            step=1,
            key=f"stopping:missed:{scope}:{too_many}:{len(unread)}",
            help=f"With {known} relevant reports known, recall is below {found.target:.1%} if {too_many} or more are "
            "missed.",
        )
    )
    chance = float(
        right.number_input(
            "Chance that they show (%)", min_value=50.0, max_value=99.9, value=95.0, step=1.0, key="stopping:chance"
        )
    )
    suggested = size_to_show(unread=len(unread), missed=missed, chance=chance / 100)
    shows = chance_to_show(unread=len(unread), missed=missed, size=suggested)
    number = parts.spaced_number
    parts.quiet(
        f"If {number(missed)} of the {number(len(unread))} unread reports {'is' if missed == 1 else 'are'} relevant, "
        f"a sample of {number(suggested)} holds at least one of them with a chance of {shows:.1%}: "
        f"1 − C({number(len(unread) - missed)}, n) / C({number(len(unread))}, n) with n = {number(suggested)} (exact, "
        "hypergeometric). Any other size can be drawn; a smaller one makes the interval wider."
    )
    st.session_state.setdefault(SEED, secrets.randbelow(1_000_000))
    with st.form("stopping:draw"):
        size = st.number_input(
            "Reports to draw",
            min_value=1,
            max_value=len(unread),
            value=suggested,
            step=1,
            key=f"stopping:size:{scope}:{suggested}:{len(unread)}",
        )
        seed = st.number_input(
            "Seed",
            min_value=0,
            max_value=2**31 - 1,
            value=st.session_state[SEED],
            step=1,
            help="With the same seed and the same unread reports the same sample is drawn.",
        )
        note = st.text_input("Remark", max_chars=500, key="stopping:draw:note")
        if st.form_submit_button("Draw the audit sample"):
            same = st.session_state.get(OFFERED) == (scope, suggested, unread)
            _draw(store, found, unread, int(size), int(seed), note.strip(), same=same)
    st.session_state[OFFERED] = (scope, suggested, unread)


@faults.act
def _draw(
    store: Store,
    found: StoppingEvidence,
    unread: tuple[str, ...],
    size: int,
    seed: int,
    note: str,
    *,
    same: bool,
) -> None:
    words.need_lead()
    if not same:  # the size that was typed belongs to other unread reports
        st.warning("The unread reports changed while you looked: see the size anew, then draw. Nothing was drawn.")
        return
    by = context.known_reviewer_name()
    drawn_before = len(found.audits) + len(found.withdrawn)
    sample_id = str(uuid.uuid5(_AUDITS, f"{found.indication} {drawn_before} {seed} {size} {len(unread)}"))
    if found.indication is not None:  # first: a sample without a scope would be one of all reports
        store.set_review_setting(AUDIT_SCOPE + sample_id, {"indication": found.indication}, by=by)
    store.draw_sample(
        sample_id,
        "audit",
        STAGE,
        draw(unread, size, seed),
        unread=len(unread),
        found=found.reading.found,
        seed=seed,
        note=note,
        by=by,
    )
    st.session_state.pop(SEED, None)
    st.rerun()


def _end_form(audit: Audit) -> None:
    with st.expander("End or withdraw this sample"), st.form(f"stopping:end:{audit.sample.id}", border=False):
        reason = st.text_input("Reason", max_chars=2000, key=f"stopping:end:reason:{audit.sample.id}")
        withdraw = st.checkbox(
            "Withdraw it: as if it had never been drawn (votes stay)", key=f"stopping:withdraw:{audit.sample.id}"
        )
        parts.quiet("A withdrawn sample and the reason stay on this page and in the evidence.")
        if st.form_submit_button("End the sample"):
            _end(audit, reason.strip(), withdrawn=withdraw)


@faults.act
def _end(audit: Audit, reason: str, *, withdrawn: bool) -> None:
    words.need_lead()
    if not reason and (withdrawn or not audit.progress.whole):
        st.warning("Say why: the sample was not read whole, or is withdrawn.")
        return
    context.store().end_sample(audit.sample.id, withdrawn=withdrawn, reason=reason, by=context.known_reviewer_name())
    st.rerun()
