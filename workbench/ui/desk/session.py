"""What one run of the page settles for the desk, and what a browser session remembers of it between two decisions."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import streamlit as st

from workbench.prioritising import NO_ORDER, Order
from workbench.review import ReviewDefinition
from workbench.screening import ScreeningPlan, Stage
from workbench.store import Queue, Store
from workbench.ui import context, screening_session
from workbench.ui.desk.preferences import Preferences, preferences

LOOK_AGAIN = 60.0
"""Seconds after which a desk that is in use looks whether the team's settings changed."""
MOST_SKIPPED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who works at what: asked once a run of the page, not at every decision."""

    stage: Stage
    store: Store
    review: ReviewDefinition
    settings: context.Settings  # of the review's files
    reviewer: str
    plan: ScreeningPlan
    own: Preferences
    only: frozenset[str] | None = None  # reports that the reviewer's filters let through

    def slot(self, name: str) -> str:
        """The session's entry for something of this desk."""
        return f"desk:{name}:{self.stage.value}:{self.reviewer}"

    def recall(self, name: str, default: Any = None) -> Any:
        """What the session remembers."""
        return st.session_state.get(self.slot(name), default)

    def remember(self, name: str, value: Any) -> None:
        """Let the session remember something; None: forget it."""
        if value is None:
            st.session_state.pop(self.slot(name), None)
        else:
            st.session_state[self.slot(name)] = value

    @property
    def ranked(self) -> bool:
        """Whether the likeliest come first for this reviewer."""
        return self.plan.ranking and self.own.ranked and self.stage is Stage.TITLE_ABSTRACT

    def order(self) -> Order:
        """The ranking as it is now; an empty one where none is wanted."""
        return screening_session.prioritiser().order(self.reviewer) if self.ranked else NO_ORDER

    def queue(self) -> Queue:
        """What the reviewer works through.

        A report that was put before them on purpose (by an undo, from the list) stays, whatever the filters say.
        """
        held = self.recall("held")
        only = self.only if self.only is None or held is None else self.only | {held}
        return screening_session.queue(
            self.stage,
            self.reviewer,
            self.plan,
            only=only,
            order=self.order().keys,
            skipped=self.skipped,
            held=held,
        )

    @property
    def skipped(self) -> tuple[str, ...]:
        """Reports that were passed over without a vote; kept, so that a reload does not bring them back at once."""
        known = self.recall("skipped")
        if isinstance(known, tuple):
            return known
        kept = self.store.preference(self.reviewer, self._kept_skipped)
        read = tuple(str(key) for key in kept) if isinstance(kept, list) else ()
        self.remember("skipped", read)
        return read

    def skip(self, report: str, *, passed_over: bool) -> None:
        """Pass a report over, or no longer."""
        others = tuple(key for key in self.skipped if key != report)
        skipped = (*others, report)[-MOST_SKIPPED:] if passed_over else others
        if skipped != self.skipped:
            self.remember("skipped", skipped)
            self.store.set_preference(self.reviewer, self._kept_skipped, list(skipped))

    @property
    def _kept_skipped(self) -> str:
        return f"desk:skipped:{self.stage.value}"


def open_desk(stage: Stage, reviewer: str, plan: ScreeningPlan, *, only: frozenset[str] | None = None) -> Desk:
    """The desk of a reviewer at a stage as everything is now."""
    store = context.store()
    desk = Desk(
        stage=stage,
        store=store,
        review=context.review(),
        settings=context.settings(),
        reviewer=reviewer,
        plan=plan,
        own=preferences(store, reviewer),
        only=only,
    )
    desk.remember("looked", time.monotonic())
    return desk


def is_outdated(desk: Desk) -> bool:
    """Whether the team's settings are no longer those the page was drawn with; looks once a minute."""
    if time.monotonic() - desk.recall("looked", 0.0) < LOOK_AGAIN:
        return False
    desk.remember("looked", time.monotonic())
    return context.settings() != desk.settings or screening_session.plan() != desk.plan
