"""OR, RR, RD and Peto from events of two arms, the SMD that stands for them; rate ratios from person-time."""

from __future__ import annotations

import math
from typing import cast

import numpy as np

from workbench.calculation import around
from workbench.calculation.summaries import Counts, Rates
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import CalculationError, Term
from workbench.calculation.wanted import Wanted
from workbench.effects import escalc
from workbench.effects.tables import Tables, To, ZeroCells, empty_cells, peto_variance

MEASURES = ("OR", "RR", "RD", "PETO")
RATE_MEASURES = ("IRR", "IRD")
NOTHING_ON_A_RATIO = "in both arms had the event: it tells nothing about a ratio"
ZERO_ADD = Wanted(
    key="zero_add",
    label="Added to empty cells",
    symbol="k0",
    optional=True,
    low=0,
    high=1,
    default="0.5",
    help="To all four cells (both counts of rates) of a table with an empty one; 0.5 is metafor's default.",
)
ZERO_TO = Wanted(
    key="zero_to",
    label="To which tables",
    optional=True,
    choices=("only0", "all", "none"),
    default="only0",
    help="only0: tables with an empty cell; all: every table; none: no table.",
)
DOUBLE_ZERO = Wanted(
    key="double_zero",
    label="Nobody, or everybody, in both arms",
    optional=True,
    choices=(around.KEEP, around.REFUSE),
    default=around.KEEP,
    help="Such a table says nothing about a ratio: keep gives metafor's effect after the correction, refuse "
    "gives none.",
)
ZEROS = (ZERO_ADD, ZERO_TO, DOUBLE_ZERO)


def counts(trail: Trail, summary: Counts, measure: str) -> tuple[Term, Term]:
    """yi and vi with their steps; a report that counts the opposite event is turned before."""
    for events, n, arm in ((summary.events1, summary.n1, "active"), (summary.events2, summary.n2, "comparator")):
        if events.value > n.value:
            raise CalculationError(
                f"More people with the event than analysed in the {arm} arm: check both numbers.", f"events_{arm}"
            )
    arms = around.clustered(trail, around.divided(trail, summary))
    assert isinstance(arms, Counts)
    if around.event_turned(trail):
        arms = _exchanged(trail, arms)
    columns = {
        "ai": arms.events1.value,
        "n1i": arms.n1.value,
        "ci": arms.events2.value,
        "n2i": arms.n2.value,
    }
    yi, vi, corrected = _effect(trail, measure, columns)
    cells = _cells(trail, arms, corrected)
    if measure == "OR":
        return _odds_ratio(trail, cells, yi, vi)
    if measure == "RR":
        return _risk_ratio(trail, cells, yi, vi)
    if measure == "RD":
        return _risk_difference(trail, cells, yi, vi)
    return _peto(trail, cells, yi, vi)


def rates(trail: Trail, summary: Rates, measure: str) -> tuple[Term, Term]:
    """yi and vi of two event rates with their steps."""
    if around.event_turned(trail):
        raise CalculationError(
            "A rate of the opposite event does not follow from these counts: say that the event is "
            f"{around.GOOD if trail.chosen('event_is') == around.BAD else around.BAD}, or choose another outcome.",
            "event_is",
        )
    arms = around.clustered(trail, around.divided(trail, summary))
    assert isinstance(arms, Rates)
    t1, t2 = arms.time1, arms.time2
    columns = {"x1i": arms.events1.value, "t1i": t1.value, "x2i": arms.events2.value, "t2i": t2.value}
    yi, vi, corrected = _effect(trail, measure, columns)
    added = _added(trail) if corrected else None
    x1 = _cell(trail, "x1", "Events of the active arm", (arms.events1,), added)
    x2 = _cell(trail, "x2", "Events of the comparator arm", (arms.events2,), added)
    a, b, s, t = x1.symbol, x2.symbol, t1.symbol, t2.symbol
    if measure == "IRR":
        effect = trail.step(f"yi = ln(({a} / {s}) / ({b} / {t}))", "Log rate ratio", (x1, t1, x2, t2), yi)
        variance = trail.step(f"vi = 1 / {a} + 1 / {b}", "Its variance", (x1, x2), vi)
    else:
        effect = trail.step(f"yi = {a} / {s} − {b} / {t}", "Rate difference", (x1, t1, x2, t2), yi)
        variance = trail.step(f"vi = {a} / {s}² + {b} / {t}²", "Its variance", (x1, t1, x2, t2), vi)
    return effect, variance


def _effect(trail: Trail, measure: str, columns: dict[str, float]) -> tuple[float, float, bool]:
    """yi, vi and whether a correction for empty cells was made."""
    add = trail.entered("zero_add").value if trail.has("zero_add") else 0.5
    to = cast(To, trail.chosen("zero_to", "only0"))
    ratio = measure not in ("RD", "IRD")
    refuse = ratio and trail.chosen("double_zero", around.KEEP) == around.REFUSE
    arrays = {name: np.array([value]) for name, value in columns.items()}
    with refused("zero_add"):
        found = escalc(measure, arrays, add=add, to=to, drop00=refuse)
        empty = empty_cells(measure, arrays, ZeroCells(add=add, to=to, drop00=refuse))
    if ratio and bool(empty.double[0]):
        said = f"{'Nobody' if next(iter(columns.values())) == 0 else 'Everybody'} {NOTHING_ON_A_RATIO}."
        if refuse:
            raise CalculationError(said, "events_active")
        trail.note(f"{said} This effect comes from the correction alone.")
    yi, vi = float(found.yi[0]), float(found.vi[0])
    if not (math.isfinite(yi) and math.isfinite(vi) and vi > 0):
        raise CalculationError(
            f"These counts give no {measure} with a variance above 0: an empty cell needs a correction.", "zero_add"
        )
    return yi, vi, bool(empty.corrected[0])


def _exchanged(trail: Trail, arms: Counts) -> Counts:
    why = f"the event counted is {trail.chosen('event_is')}, and {trail.chosen('benefit')} is better in the outcome"
    turned = [
        trail.step(
            f"f{index} = {n.symbol} − {events.symbol}",
            f"People without the event in the {arm} arm, as {why}",
            (n, events),
            n.value - events.value,
            key=f"direction{index}",
            unit=events.unit,
        )
        for index, arm, n, events in (
            ("1", "active", arms.n1, arms.events1),
            ("2", "comparator", arms.n2, arms.events2),
        )
    ]
    trail.note("Events and others are exchanged: the report counts the opposite of the outcome's event.")
    return Counts(events1=turned[0], n1=arms.n1, events2=turned[1], n2=arms.n2)


def _added(trail: Trail) -> Term:
    if trail.has("zero_add"):
        return trail.entered("zero_add")
    return Term("k0", 0.5, "", "correction for empty cells")


def _cell(trail: Trail, symbol: str, label: str, terms: tuple[Term, ...], added: Term | None) -> Term:
    """A cell of the table: the events, or the people less the events, and what is added."""
    if added is None and len(terms) == 1:
        return terms[0]
    expression = " − ".join(term.symbol for term in terms)
    value = terms[0].value - terms[1].value if len(terms) == 2 else terms[0].value
    inputs = terms
    assumption = ""
    if added is not None:
        expression, value, inputs = f"{expression} + {added.symbol}", value + added.value, (*terms, added)
        assumption = f"{added.value:g} is added to every cell, because one is empty."
        if trail.chosen("zero_to") == "all":
            assumption = f"{added.value:g} is added to every cell, as asked."
        trail.note(assumption)
    return trail.step(
        f"{symbol} = {expression}",
        label,
        inputs,
        value,
        unit=terms[0].unit,
        assumption=assumption,
        approximate=False,
        reference="Cochrane Handbook 10.4.4.2" if added else "",
    )


def _cells(trail: Trail, arms: Counts, corrected: bool) -> tuple[Term, Term, Term, Term]:
    added = _added(trail) if corrected else None
    return (
        _cell(trail, "a", "Active arm, with the event", (arms.events1,), added),
        _cell(trail, "b", "Active arm, without the event", (arms.n1, arms.events1), added),
        _cell(trail, "c", "Comparator arm, with the event", (arms.events2,), added),
        _cell(trail, "d", "Comparator arm, without the event", (arms.n2, arms.events2), added),
    )


Cells = tuple[Term, Term, Term, Term]


def _odds_ratio(trail: Trail, cells: Cells, yi: float, vi: float) -> tuple[Term, Term]:
    a, b, c, d = (cell.symbol for cell in cells)
    return (
        trail.step(
            f"yi = ln(({a} × {d}) / ({b} × {c}))", "Log odds ratio", cells, yi, reference="Cochrane Handbook 6.4.1"
        ),
        trail.step(f"vi = 1 / {a} + 1 / {b} + 1 / {c} + 1 / {d}", "Its variance (Woolf)", cells, vi),
    )


def _risk_ratio(trail: Trail, cells: Cells, yi: float, vi: float) -> tuple[Term, Term]:
    a, b, c, d = (cell.symbol for cell in cells)
    return (
        trail.step(
            f"yi = ln(({a} / ({a} + {b})) / ({c} / ({c} + {d})))",
            "Log risk ratio",
            cells,
            yi,
            reference="Cochrane Handbook 6.4.1",
        ),
        trail.step(f"vi = 1 / {a} − 1 / ({a} + {b}) + 1 / {c} − 1 / ({c} + {d})", "Its variance", cells, vi),
    )


def _risk_difference(trail: Trail, cells: Cells, yi: float, vi: float) -> tuple[Term, Term]:
    a, b, c, d = (cell.symbol for cell in cells)
    return (
        trail.step(
            f"yi = {a} / ({a} + {b}) − {c} / ({c} + {d})",
            "Risk difference",
            cells,
            yi,
            reference="Cochrane Handbook 6.4.1",
        ),
        trail.step(f"vi = {a} × {b} / ({a} + {b})^3 + {c} × {d} / ({c} + {d})^3", "Its variance", cells, vi),
    )


def _peto(trail: Trail, cells: Cells, yi: float, vi: float) -> tuple[Term, Term]:
    a, b, c, d = (cell.symbol for cell in cells)
    n = f"({a} + {b} + {c} + {d})"
    table = Tables(*(np.array([cell.value]) for cell in cells))
    variance = trail.step(
        f"V = ({a} + {c}) × ({b} + {d}) × ({a} + {b}) × ({c} + {d}) / ({n}^2 × ({n} − 1))",
        "Hypergeometric variance of the active arm's events",
        cells,
        float(peto_variance(table)[0]),
        reference="Yusuf et al. 1985, Prog Cardiovasc Dis 27:335",
    )
    return (
        trail.step(
            f"yi = ({a} − ({a} + {c}) × ({a} + {b}) / {n}) / V",
            "Log odds ratio (Peto): observed less expected events over the variance",
            (*cells, variance),
            yi,
            reference="Yusuf et al. 1985, Prog Cardiovasc Dis 27:335",
        ),
        trail.step("vi = 1 / V", "Its variance", (variance,), vi),
    )
