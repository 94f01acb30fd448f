"""How the states of results are said and coloured."""

from __future__ import annotations

from workbench.extraction import ResultState
from workbench.ui import text

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
