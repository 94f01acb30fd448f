"""How far the reviewer is and what waits: a bar, one line, and the state of a calibration round."""

from __future__ import annotations

from markupsafe import Markup

from workbench.prioritising import Order
from workbench.screening import Stage
from workbench.store import Round, Seat
from workbench.store.values import Progress
from workbench.ui import context, parts, text
from workbench.ui.desk import why
from workbench.ui.desk.session import Desk
from workbench.ui.desk.words import ASIDE, reports_word


def show(desk: Desk, seat: Seat, order: Order) -> None:
    """All of it as one piece of the page."""
    shown = seat.progress if desk.only is None else seat.filtered
    asked = shown.decided + shown.remaining
    share = shown.decided / asked if asked else 0.0
    lines = [
        Markup('<p class="wb-progress-line">{}</p>').format(_mine(desk, seat)),
        Markup('<p class="wb-quiet wb-review">{}</p>').format(_review(seat.progress, desk.stage)),
    ]
    if seat.round is None:
        lines.append(Markup('<p class="wb-quiet">{}</p>').format(why.rests_on(desk, order)))
    current = Markup("") if seat.round is None else _round(seat.round, desk.reviewer)
    parts.show(
        Markup(
            '<div class="wb-progress"><div class="wb-bar" role="progressbar" aria-label="Your decisions"'
            ' aria-valuemin="0" aria-valuemax="{}" aria-valuenow="{}"><span style="width:{}%"></span></div>'
            '<div class="wb-progress-lines">{}</div>{}</div>'
        ).format(asked, shown.decided, round(100 * share, 1), text.join(lines), current)
    )


def _mine(desk: Desk, seat: Seat) -> Markup:
    whole = seat.progress
    told = Markup("You decided <strong>{}</strong>, <strong>{}</strong> wait for you").format(
        parts.spaced_number(whole.decided), parts.spaced_number(whole.remaining)
    )
    if desk.only is not None:
        told += Markup(". With your filters: {} decided, <strong>{}</strong> wait").format(
            parts.spaced_number(seat.filtered.decided), parts.spaced_number(seat.filtered.remaining)
        )
    if seat.elsewhere:
        told += Markup(", {} of them before other reviewers now").format(parts.spaced_number(seat.elsewhere))
    return told


def _review(whole: Progress, stage: Stage) -> str:
    counts = (
        (whole.included, "included"),
        (whole.excluded, "excluded"),
        (whole.conflicts, "in conflict"),
        (whole.pending, "pending"),
        (whole.aside, ASIDE[stage]),
    )
    told = [f"{parts.spaced_number(count)} {what}" for count, what in counts if count or what != ASIDE[stage]]
    return f"The review, {reports_word(whole.total, stage)}: {', '.join(told)}"


def _round(current: Round, reviewer: str) -> Markup:
    """The calibration round: how far each is (never how they voted), and what happens when all are through."""
    total = current.total
    mine = current.done.get(reviewer, 0)
    others = [
        f"{context.display_name(name)} {done} of {total}"
        for name, done in current.done.items()
        if name != reviewer and done < total
    ]
    if current.finished:
        then = "Everybody is through: look at the agreement together; the lead ends the round."
    elif mine >= total:
        then = f"You are through. Still screening: {', '.join(others)}."
    else:
        then = "Everybody taking part screens these first; then you compare, and the queue goes on."
        if others:
            then += f" Not finished yet besides you: {', '.join(others)}."
    return Markup('<p class="wb-round"><strong>Calibration round: {} of {}</strong> {}</p>').format(mine, total, then)
