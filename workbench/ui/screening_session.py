"""What screening pages share: the plan that holds, and the queue of whoever is working."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.screening import ScreeningPlan, Stage, screening_plan
from workbench.store import Queue
from workbench.ui import context


def plan() -> ScreeningPlan:
    """The team's screening settings as they are now."""
    return screening_plan(context.review(), context.store().review_settings())


def queue(
    stage: Stage,
    reviewer: str,
    plan: ScreeningPlan,
    *,
    only: frozenset[str] | None = None,
    order: Sequence[str] = (),
    skipped: Sequence[str] = (),
) -> Queue:
    """What a reviewer works through at a stage."""
    return Queue(reviewer=reviewer, stage=stage, plan=plan, only=only, order=order, skipped=tuple(skipped))
