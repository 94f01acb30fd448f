"""Signing a stop, with the evidence as it stands; the stops that were signed, and lifting one."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

import streamlit as st
from markupsafe import Markup

from workbench.results.stopping import STAGE, StoppingEvidence, StopStanding, evidence_as_dict, stops_standing
from workbench.review import ReviewDefinition
from workbench.screening.evidence import Screened
from workbench.store import Store
from workbench.ui import context, faults, parts, text
from workbench.ui.teamwork import words

_STOPS = uuid.UUID("9e6f0b52-3f3a-4d61-8a63-7b8f9a1d2c40")  # names the ids below; never change it
SHOWN = "stopping:shown"
LISTED = 25
"""Reports of a list that are named; of the others the number is told."""


def standing(store: Store, review: ReviewDefinition, screened: Mapping[str, Screened]) -> None:
    """The stops that stand, in full; those that were lifted, folded away."""
    labels = {item.key: item.label for item in review.indications}
    stops = stops_standing(store, review, screened=screened)
    for item in stops:
        if item.stop.stands:
            with st.container(border=True):
                _stop(item, labels)
                _kept(item)
                if words.is_lead():
                    _lift_form(store, item)
                else:
                    words.leads_only("Lifting a stop")
    lifted = [item for item in stops if not item.stop.stands]
    if lifted:
        with st.expander(f"Stops that were lifted: {len(lifted)}"):
            for item in lifted:
                _stop(item, labels)
                _kept(item)


def _scope(indication: str | None, labels: Mapping[str, str]) -> str:
    return "all reports" if indication is None else f"reports found for {labels.get(indication, indication)}"


def _stop(item: StopStanding, labels: Mapping[str, str]) -> None:
    stop, number = item.stop, parts.spaced_number
    st.subheader("Screening was stopped" if stop.stands else "A stop that was lifted", anchor=False)
    lifted = ""
    if not stop.stands:
        lifted = f"{text.when(stop.lifted)} by {context.display_name(stop.lifted_by)}: {stop.lift_reason}"
    parts.show(
        text.facts(
            (
                ("Signed", f"{stop.signed} (signed in as {context.display_name(stop.by)}), {text.when(stop.at)}"),
                ("For", _scope(stop.indication, labels)),
                ("Reason", stop.reason),
                ("Not screened", f"{number(len(stop.reports))} when it was signed"),
                ("Still unread", number(item.still) if stop.stands else ""),
                ("Read since all the same", number(item.read_since) if item.read_since else ""),
                ("Arrived since, not covered", number(item.arrived_since) if stop.stands else ""),
                ("Evidence then", _then(stop.evidence)),
                ("Lifted", lifted),
            )
        )
    )


def _then(evidence: Mapping[str, Any]) -> str:
    """The figures that matter most of the evidence as it was kept; the whole of it can be downloaded."""
    said = []
    for audit in evidence.get("audits", ()):
        if (estimate := audit.get("estimate")) and estimate.get("recall") is not None:
            bounds = f"{estimate['recall_low']:.1%} to {estimate['recall_high']:.1%}"
            said.append(f"recall {estimate['recall']:.1%} ({bounds}) by the sample of {audit['drawn'][:10]}")
    if test := evidence.get("test"):
        said.append(f"p {test['p']:.4g} for a target of {test['target']:.1%}")
    return "; ".join(said)


def _kept(item: StopStanding) -> None:
    st.download_button(
        "The evidence as it stood (JSON)",
        json.dumps(dict(item.stop.evidence), ensure_ascii=False, indent=1),
        file_name=f"stop-{text.day(item.stop.at)}.json",
        mime="application/json",
        key=f"stopping:kept:{item.stop.id}",
    )


def _lift_form(store: Store, item: StopStanding) -> None:
    with st.expander("Lift this stop"), st.form(f"stopping:lift:{item.stop.id}", border=False):
        reason = st.text_input("Reason", max_chars=2000, key=f"stopping:lift:reason:{item.stop.id}")
        parts.quiet("Its unread reports wait to be read again. That it was signed, and lifted, stays on this page.")
        if st.form_submit_button("Lift the stop"):
            _lift(store, item, reason.strip())


@faults.act
def _lift(store: Store, item: StopStanding, reason: str) -> None:
    words.need_lead()
    if not reason:
        st.warning("Say why it is lifted.")
        return
    store.lift_stop(item.stop.id, reason=reason, by=context.known_reviewer_name())
    st.rerun()


def sign(store: Store, found: StoppingEvidence, labels: Mapping[str, str]) -> None:
    """What would be left unread, and the form that signs it."""
    st.header("Sign a stop", anchor=False)
    if not words.is_lead():
        words.leads_only("Signing a stop")
        return
    read, number = found.reading, parts.spaced_number
    unfinished = (*read.half_voted, *read.conflicts)
    if unfinished:
        parts.quiet(
            f"With a vote missing: {number(len(read.half_voted))}; in conflict: {number(len(read.conflicts))}. A stop "
            "does not cover them: they stay to be finished."
        )
        _titles(store, unfinished, "Reports that stay to be finished")
    if not read.unread:
        parts.quiet("No report is unread: there is nothing to stop.")
        return
    open_audits = [audit for audit in found.audits if audit.sample.open and not audit.progress.whole]
    if open_audits:
        parts.quiet(
            f"The audit sample is not read whole: {len(open_audits[0].progress.left)} of its reports would not be read "
            "either, and it would never tell anything."
        )
    if found.elsewhere:
        parts.quiet(
            f"{number(found.elsewhere)} of the unread reports were also found for another indication. They would not "
            "be read for that one either."
        )
    parts.show(
        Markup('<p class="wb-statement">{}</p>').format(
            f"{number(len(read.unread))} reports are going to be recorded as not screened: "
            f"{_scope(found.indication, labels)} on which nobody has voted. Reports that arrive later are not covered."
        )
    )
    with st.form("stopping:sign"):
        reason = st.text_area("Reason", max_chars=4000, key="stopping:reason")
        name = st.text_input("Your name, as it is to stand under the stop", max_chars=200, key="stopping:name")
        sure = st.checkbox("I have looked at the evidence above, and it is kept with my signature", key="stopping:sure")
        pressed = st.form_submit_button(  # a key: a label that changes would lose the click, and with it the warning
            f"Stop: leave {number(len(read.unread))} reports unread", key="stopping:sign:button"
        )
    now = _fingerprint(found)
    shown = st.session_state.get(SHOWN)
    st.session_state[SHOWN] = now
    if pressed:
        _sign(store, found, reason.strip(), name.strip(), sure=sure, same=shown == now)


def _fingerprint(found: StoppingEvidence) -> str:
    """Tells one state of what would be signed from another: its scope, its reports and the figures."""
    evidence: dict[str, Any] = evidence_as_dict(found)
    del evidence["made"]
    content = json.dumps([evidence, found.reading.unread], sort_keys=True)
    return hashlib.sha256(content.encode("utf-8", "backslashreplace")).hexdigest()


@faults.act
def _sign(store: Store, found: StoppingEvidence, reason: str, name: str, *, sure: bool, same: bool) -> None:
    words.need_lead()
    if not reason or not name:
        st.warning("A stop needs a reason and the name of who signs it.")
        return
    if not sure:
        st.warning("Say that you have looked at the evidence: tick the box.")
        return
    if not same:
        st.warning(
            "The evidence changed while you looked at it: see what it says now, then sign. Nothing was recorded."
        )
        return
    store.sign_stop(
        str(uuid.uuid5(_STOPS, f"{len(store.stops())} {_fingerprint(found)}")),
        STAGE,
        found.reading.unread,
        indication=found.indication,
        signed=name,
        reason=reason,
        evidence=evidence_as_dict(found),
        by=context.known_reviewer_name(),
    )
    for key in ("stopping:reason", "stopping:name", "stopping:sure", SHOWN):
        st.session_state.pop(key, None)
    st.rerun()


def _titles(store: Store, reports: tuple[str, ...], caption: str) -> None:
    named = reports[:LISTED]
    titles = {record.key: record.title for record in store.records_of(named)}
    with st.expander(f"{caption}: {len(reports)}"):
        parts.show(
            Markup("<ul>{}</ul>").format(
                text.join(Markup("<li>{}</li>").format(text.clean(titles.get(key) or key)) for key in named)
            )
        )
        if len(reports) > len(named):
            parts.quiet(f"and {parts.spaced_number(len(reports) - len(named))} more: the list shows them all.")
