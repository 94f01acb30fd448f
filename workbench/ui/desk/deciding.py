"""What the reviewer does at the desk: decide, take back, go on. Every act is on the disk before the page shows it.

The id of a decision follows from what was on screen (the report, the reviewer, how many words they had said before, and
the word itself), so a double click, a reload and a second window that says the same record it once. A second window
that says something else is told what the first one decided ("stale"), and nothing is recorded.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, replace
from typing import Literal

from workbench.review import ReviewDefinition
from workbench.screening import Decision, Stage, Verdict, decide
from workbench.store import Seat
from workbench.ui import faults, screening_session, text
from workbench.ui.desk import tagging
from workbench.ui.desk.session import Desk
from workbench.ui.desk.words import reason_label, verdict_word

_FACTS = uuid.UUID("7a1c9f0e-58a4-4d3c-9a53-b6c1d5f4a2e7")  # names the ids below; never change it
SHORTEST_LOOK = 0.4
"""Seconds a record must have been on screen before it is decided on. What comes sooner was meant for the record before:
the second half of a double click, a key that is held. Nothing is recorded then, and the page says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What became of the last act, for the line above the keys."""

    words: str
    tone: Literal["plain", "warning"] = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What is on screen, and since when (monotonic seconds)."""

    report: str
    said: int
    title: str
    since: float


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


def in_words(review: ReviewDefinition, decision: Decision) -> str:
    """ "Exclude (Wrong population)"."""
    why = f" ({reason_label(review, decision.reason)})" if decision.reason else ""
    return f"{verdict_word(decision) or 'Taken back'}{why}"


# --- what is on the desk ----------------------------------------------------------------------------------------------


def seat(desk: Desk) -> Seat:
    """What the reviewer has before them: as the act before this drawing left it, else asked of the store."""
    fresh = desk.recall("seat")
    desk.remember("seat", None)
    return fresh if isinstance(fresh, Seat) else desk.store.seat(desk.queue())


def has_shown(desk: Desk, seat: Seat, title: str) -> None:
    """A report is on screen; its time begins when it was not there before."""
    if seat.report is None:
        desk.remember("shown", None)
        return
    before = desk.recall("shown")
    report, said = seat.report.key, len(seat.words)
    if not isinstance(before, _Shown) or (before.report, before.said) != (report, said):
        desk.remember("shown", _Shown(report=report, said=said, title=title, since=time.monotonic()))


def notice(desk: Desk) -> Notice:
    """What became of the last act; said once."""
    found = desk.recall("notice")
    desk.remember("notice", None)
    return found if isinstance(found, Notice) else Notice(words="")


def _too_soon(desk: Desk, report: str) -> bool:
    """Whether nobody can have read this record yet. Then its time begins anew, so that a held key goes on waiting."""
    shown = desk.recall("shown")
    if not isinstance(shown, _Shown) or shown.report != report:
        return False
    looked = time.monotonic() - shown.since
    if looked >= SHORTEST_LOOK:
        return False
    desk.remember("shown", None)
    desk.remember(
        "notice",
        Notice(
            words=f"Not counted: that came {looked:.1f} seconds after this record appeared. Press again to decide.",
            tone="warning",
        ),
    )
    return True


def _title(desk: Desk, report: str) -> str:
    shown = desk.recall("shown")
    return shown.title if isinstance(shown, _Shown) and shown.report == report else ""


# --- acts -------------------------------------------------------------------------------------------------------------


@faults.callback
def vote(desk: Desk, report: str, verdict: Verdict, reason: str | None, said: int) -> None:
    """Record a decision on the report that was on screen; the next one comes up. said: words said on it before."""
    if _too_soon(desk, report):
        return
    if desk.stage is Stage.FULL_TEXT and verdict is Verdict.EXCLUDE and reason is None:
        desk.remember("notice", Notice(words="A full text is excluded for a reason: choose it.", tone="warning"))
        return
    draft = tagging.on_screen(desk, report)
    word = decide(
        report,
        desk.reviewer,
        verdict,
        stage=desk.stage,
        reason=reason,
        indications=draft.indications,
        note=draft.note,
    )
    title = _title(desk, report)
    voted = desk.store.vote(desk.queue(), replace(word, id=decision_id(word, said)), words_before=said)
    desk.remember("seat", voted.seat)
    if voted.outcome == "stale":
        desk.remember("notice", _stale(desk, voted.seat))
        return
    desk.remember("held", None)
    desk.remember("note-open", None)
    desk.skip(report, passed_over=False)
    told = f"{in_words(desk.review, word)}: {text.one_line(title, 70)}" if title else in_words(desk.review, word)
    again = " (it had been recorded already)" if voted.outcome == "known" else ""
    desk.remember("notice", Notice(words=f"{told}{again}"))
    if desk.plan.ranking:
        screening_session.prioritiser().heard(desk.reviewer)


def _stale(desk: Desk, seat: Seat) -> Notice:
    latest = seat.words[-1] if seat.words else None
    if latest is None or latest.verdict is None:
        what = "you took your decision on it back"
    else:
        what = f"you decided “{in_words(desk.review, latest)}”"
    return Notice(
        words=f"Not recorded: in another window {what}. Decide again if that is not what you want.", tone="warning"
    )


@faults.callback
def undo(desk: Desk, last: Decision | None) -> None:
    """Take the latest decision back; its report is before the reviewer again."""
    if last is None:
        return
    since = desk.recall("undone", 0.0)
    if time.monotonic() - since < SHORTEST_LOOK:
        desk.remember(
            "notice", Notice(words="Not counted: one decision was taken back just now. Press again.", tone="warning")
        )
        return
    seat = desk.store.take_back(desk.queue(), last)
    desk.remember("undone", time.monotonic())
    desk.remember("seat", seat)
    desk.remember("held", seat.report.key if seat.report is not None else None)
    if seat.words and seat.words[-1].verdict is not None:
        said = in_words(desk.review, seat.words[-1])
        desk.remember(
            "notice",
            Notice(words=f"Not taken back: in another window you decided “{said}”, which stands.", tone="warning"),
        )
        return
    desk.remember("notice", Notice(words=f"Taken back: {in_words(desk.review, last)}. Decide on it again."))
    if desk.plan.ranking:
        screening_session.prioritiser().heard(desk.reviewer)


@faults.callback
def step(desk: Desk, report: str | None, waiting: bool, by: int) -> None:
    """Go back (-1) through one's decisions, or on (1). A report that waits is passed over, and comes again later."""
    if by > 0 and waiting and report is not None:
        desk.skip(report, passed_over=True)
    found = desk.store.move(desk.queue(), by)
    desk.remember("seat", found)
    here = found.report.key if found.report is not None else None
    if here is not None and here == report:
        desk.remember(
            "notice",
            Notice(words="Nothing else waits for you here." if by > 0 else "Nothing of yours lies before this."),
        )
        return
    desk.remember("held", None)
    desk.remember("note-open", None)


@faults.callback
def put_before(desk: Desk, report: str) -> None:
    """Put a report that was chosen in a list before the reviewer."""
    found = desk.store.put_on_desk(desk.queue(), report)
    desk.remember("seat", found)
    desk.remember("held", found.report.key if found.report is not None else None)
