"""How the states of results are said and coloured."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.extraction import ResultState
from workbench.ui import context, text

TONES: dict[ResultState, text.Tone] = {
    ResultState.EMPTY: "plain",
    ResultState.DRAFT: "plain",
    ResultState.WAITING: "warning",
    ResultState.CONFLICT: "error",
    ResultState.AGREED: "good",
    ResultState.SETTLED: "good",
}
WORDS = {
    ResultState.EMPTY: "not begun",
    ResultState.DRAFT: "draft",
    ResultState.WAITING: "waiting for the second extractor",
    ResultState.CONFLICT: "in conflict",
    ResultState.AGREED: "agreed",
    ResultState.SETTLED: "settled by consensus",
}


def after_seeing(extractors: Sequence[str]) -> str:
    """What is to be said where answers were changed after the others' could be seen; "" where none were."""
    if not extractors:
        return ""
    who = " and ".join(context.display_name(name) for name in extractors)
    return f"{who} answered, or changed answers, after those of the others could be seen: no independent reading."
