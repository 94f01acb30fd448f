"""Steps from an estimate as printed, with whatever stands beside it, to yi and vi on the analysis scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

from workbench.calculation import spreads
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import Term
from workbench.effects import MEASURES, estimate_as_printed

LOG, NATURAL = "of the logarithm", "of the ratio itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside an estimate."""

    se: Term | None = None
    low: Term | None = None
    high: Term | None = None
    level: Term | None = None
    t: Term | None = None
    p: Term | None = None
    df: Term | None = None
    se_scale: str = LOG

    @property
    def spread(self) -> bool:
        """Whether a standard error follows without a test."""
        return self.se is not None or (self.low is not None and self.high is not None)


def beside(trail: Trail) -> Beside:
    """What was entered beside an estimate, under the keys of the extraction forms."""
    found = {
        name: trail.entered(key) if trail.has(key) else None
        for name, key in (
            *(("se", "estimate_se"), ("low", "estimate_low"), ("high", "estimate_high"), ("t", "estimate_t")),
            *(("p", "estimate_p"), ("df", "estimate_df")),
        )
    }
    return Beside(**found, level=spreads.level_of(trail, "estimate_level"), se_scale=trail.chosen("se_scale", LOG))


def as_printed(trail: Trail, measure: str, estimate: Term, given: Beside) -> tuple[Term, Term, Term]:
    """yi, vi and the standard error between them, as terms.

    Of what is given, in this order, one gives the standard error: se, the interval, t, p; the others serve as checks
    and become notes. Ratios are logged first.
    """
    se, low, high, t, p, df = given.se, given.low, given.high, given.t, given.p, given.df
    level = given.level or spreads.level_of(trail, "estimate_level")
    ratio = MEASURES[measure].ratio
    with refused("estimate"):
        effect = estimate_as_printed(
            measure,
            estimate.value,
            se=_value(se),
            low=_value(low),
            high=_value(high),
            level=level.value,
            statistic=_value(t),
            p=_value(p),
            df=_value(df),
            se_scale="natural" if given.se_scale == NATURAL else "log",
        )
    trail.note(*effect.flags)
    if ratio:
        yi = trail.step(f"yi = ln({estimate.symbol})", f"Log {_name(measure)}", (estimate,), effect.yi)
    else:
        yi = trail.step(f"yi = {estimate.symbol}", "Estimate as printed", (estimate,), effect.yi, unit=estimate.unit)
    if se is not None:
        error = _se_as_printed(trail, estimate, se, effect.vi**0.5, natural=ratio and given.se_scale == NATURAL)
    elif low is not None and high is not None:
        ends = _logged(trail, low, high) if ratio else (low, high)
        of = f"the log {_name(measure)}" if ratio else "the estimate"
        error = spreads.se_from_interval(trail, *ends, level, df, of=of)
    elif t is not None:
        error = spreads.se_from_t(trail, yi, t)
    else:
        assert p is not None  # estimate_as_printed has refused it
        error = spreads.se_from_p(trail, yi, p, df)
    vi = trail.step(f"vi = {error.symbol}²", "Its variance", (error,), effect.vi)
    return yi, vi, error


def _se_as_printed(trail: Trail, estimate: Term, se: Term, value: float, *, natural: bool) -> Term:
    if not natural:
        return se
    return trail.step(
        f"SElog = {se.symbol} / {estimate.symbol}",
        "Standard error of the logarithm, from that of the ratio",
        (se, estimate),
        value,
        assumption="The standard error of the logarithm is that of the ratio over the ratio (delta method).",
    )


def _logged(trail: Trail, low: Term, high: Term) -> tuple[Term, Term]:
    return (
        trail.step(f"lnL = ln({low.symbol})", "Log of the interval's lower end", (low,), math.log(low.value)),
        trail.step(f"lnU = ln({high.symbol})", "Log of the interval's upper end", (high,), math.log(high.value)),
    )


def _name(measure: str) -> str:
    return MEASURES[measure].label.lower()


def _value(term: Term | None) -> float | None:
    return None if term is None else term.value
