"""What a report prints as an effect: on the analysis scale, wider where a comparator is shared, turned."""

from __future__ import annotations

from workbench.calculation import around
from workbench.calculation.measures.of_counts import counts
from workbench.calculation.summaries import Counts, Printed
from workbench.calculation.trail import Trail
from workbench.calculation.values import CalculationError, Term
from workbench.effects import MEASURES, Effect, or_to_smd

TURNS_WITH_THE_EVENT = ("OR", "RD")
BY_EVENT = ("OR", "RR", "RD", "HR", "IRR")


def printed(trail: Trail, summary: Printed) -> tuple[Term, Term]:
    """yi and vi of a printed effect; its own steps are made by the recipe."""
    if summary.turned:
        return summary.yi, around.wider(trail, summary, summary.vi)
    if summary.measure in BY_EVENT:
        turned, why = around.event_turned(trail), "the report counts the opposite event"
        if turned and summary.measure not in TURNS_WITH_THE_EVENT:
            raise CalculationError(
                f"A {label(summary.measure)} of the opposite event cannot be turned without the counts: enter "
                f"the events "
                "instead.",
                "event_is",
            )
        turn = -1 if turned else 1
    else:
        turn, why = around.sign(trail), around.why_turned(trail)
    vi = around.wider(trail, summary, summary.vi)
    return around.turned(trail, summary.yi, turn, why), vi


def smd_of_counts(trail: Trail, summary: Counts) -> tuple[Term, Term]:
    """The standardised difference that an odds ratio stands for: ln(OR) times the root of 3 over pi."""
    log_or, variance = counts(trail, summary, "OR")
    return smd_of_odds(trail, log_or, variance)


def smd_of_odds(trail: Trail, log_or: Term, variance: Term) -> tuple[Term, Term]:
    """The same from a log odds ratio and its variance, which are the terms yi and vi."""
    found = or_to_smd(Effect(measure="OR", yi=log_or.value, vi=variance.value))
    reference = "Chinn 2000, Stat Med 19:3127; Cochrane Handbook 10.6"
    lnor = Term("lnOR", log_or.value, "", log_or.source)
    v = Term("vOR", variance.value, "", variance.source)
    yi = trail.step(
        "yi = lnOR × √(3) / π",
        "Standardised mean difference that the odds ratio stands for",
        (lnor,),
        found.yi,
        key="yi_smd",
        assumption="The outcome behind the events is logistic, with the same spread in both arms.",
        reference=reference,
    )
    vi = trail.step("vi = vOR × 3 / π^2", "Its variance", (v,), found.vi, key="vi_smd", reference=reference)
    return yi, vi


def label(measure: str) -> str:
    """The measure's name inside a sentence."""
    words = MEASURES[measure].label
    return words if words[:2].isupper() else words[:1].lower() + words[1:]
