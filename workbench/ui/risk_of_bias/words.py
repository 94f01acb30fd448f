"""How judgements and states are said and coloured on the page."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from workbench.extraction import ResultState
from workbench.risk_of_bias import Judgement, Risk
from workbench.ui import context, text

SIGNS = {Risk.LOW: "+", Risk.SOME: "−", Risk.HIGH: "×"}
SAID = {Risk.LOW: "low risk", Risk.SOME: "some concerns", Risk.HIGH: "high risk"}
TONES: dict[Risk, text.Tone] = {Risk.LOW: "good", Risk.SOME: "warning", Risk.HIGH: "error"}
STATES = {
    ResultState.EMPTY: "not begun",
    ResultState.DRAFT: "draft",
    ResultState.WAITING: "waiting for the second appraiser",
    ResultState.CONFLICT: "in conflict",
    ResultState.AGREED: "agreed",
    ResultState.SETTLED: "settled by consensus",
}


def said(risk: Risk | None) -> str:
    """A judgement with its sign."""
    return "not judged yet" if risk is None else f"{SIGNS[risk]} {SAID[risk]}"


def badge(risk: Risk | None) -> Markup:
    """A judgement as a framed word."""
    return text.badge(said(risk), "plain" if risk is None else TONES[risk])


def named(appraiser: str) -> str:
    """A person as others know them."""
    return context.display_name(appraiser)


def judged_table(judgements: tuple[Judgement, ...], caption: str, reasons: Mapping[str, str] | None = None) -> Markup:
    """All judgements with their reasons. reasons: by domain, in place of the judgement's own."""
    rows = []
    for one in judgements:
        why = (reasons or {}).get(one.domain, one.reason)
        title = one.title if one.domain == "overall" else f"{one.domain} {one.title}"
        rows.append((title, badge(one.risk), f"{why} (own judgement)" if one.overridden else why))
    return text.table(("Domain", "Judgement", "Why"), rows, caption=caption)
