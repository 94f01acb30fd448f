"""What the order of the records rests on, and the terms that put this record where it is."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from markupsafe import Markup

from workbench.prioritising import Order, Reason
from workbench.screening import Stage
from workbench.store import Seat
from workbench.ui import parts, screening_session, text
from workbench.ui.desk.session import Desk

SHOWN = 12
_PLACES = {"title": "in the title", "text": "in title or abstract", "index terms": "an index term"}


def rests_on(desk: Desk, order: Order) -> str:
    """What comes first, in one line; nothing at full text, which is read in the order it came."""
    if desk.stage is not Stage.TITLE_ABSTRACT:
        return ""
    if not desk.plan.ranking:
        return "Records come as they came in."
    if not desk.own.ranked:
        return "Records come as they came in (your choice)."
    if order.fault:
        kept = "the last order is kept" if order.keys else "records come as they came in"
        return f"The likeliest first: {kept}, because {order.fault.rstrip('.')}."
    if not order.keys:
        return f"Records come as they came in until the ranking is ready ({order.busy or 'it is being made'})."
    if order.basis == "votes":
        return (
            f"The likeliest first, learned from {order.relevant} included and {order.irrelevant} excluded reports. "
            "Nothing is left out."
        )
    if order.basis == "question":
        return "The likeliest first by the words of the review's question, until there are votes to learn from."
    return "Records come as they came in."


def show(desk: Desk, seat: Seat) -> None:
    """The terms, one click away: those that moved it up, and those that moved it down."""
    if not desk.ranked or seat.report is None or not seat.waiting:
        return
    report = seat.report.key
    with st.expander("Why is this record here now?", key=desk.slot("why"), on_change="rerun") as box:
        if not box.open:
            return
        if seat.sample is not None or seat.round is not None:
            parts.quiet("It was drawn at random, whatever the ranking says of it.")
            return
        found = screening_session.prioritiser().reasons(report, desk.reviewer)
        if found is None:
            parts.quiet("Not known yet: the ranking works it out with its next order.")
        elif not found:
            parts.quiet("None of its words was learned to speak for or against it.")
        else:
            parts.show(terms(found))


def terms(reasons: Sequence[Reason]) -> Markup:
    """The strongest terms with their direction; the sign says it, the colour only helps."""
    strongest = sorted(reasons, key=lambda reason: -abs(reason.weight))[:SHOWN]
    lines = [
        Markup('<li class="{}"><span aria-hidden="true">{}</span> {} <span class="wb-quiet">{}</span></li>').format(
            "up" if reason.weight > 0 else "down",
            "+" if reason.weight > 0 else "−",
            reason.term,
            f"{'speaks for' if reason.weight > 0 else 'speaks against'}, {_PLACES.get(reason.view, reason.view)}",
        )
        for reason in strongest
    ]
    return Markup('<ul class="wb-why">{}</ul>').format(text.join(lines))
