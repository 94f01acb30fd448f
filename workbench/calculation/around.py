"""What surrounds any recipe: which way is better, a shared comparator, clusters, another scale; each is a step.

These inputs are optional and the same everywhere, so that nobody turns a sign or divides an arm in two places.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.calculation.summaries import Counts, Means, Pairs, Printed, Rates, Summary
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import CalculationError, Term, digits
from workbench.calculation.wanted import Wanted
from workbench.effects import ArmEvents, ArmMeans, shared_covariance_events, shared_covariance_means
from workbench.effects.clusters import design_effect, effective_n

LOWER, HIGHER = "lower", "higher"
BETTER = {LOWER: "lower is better", HIGHER: "higher is better"}
GOOD, BAD = "good", "bad"
KEEP, REFUSE = "keep", "refuse"

DIRECTION = Wanted(
    key="direction",
    label="In the report",
    optional=True,
    choices=(BETTER[LOWER], BETTER[HIGHER]),
    help="Which way is better on the scale as the report prints it.",
)
EVENT = Wanted(
    key="event_is",
    label="The event is",
    optional=True,
    choices=(GOOD, BAD),
    help="Whether having the event that the report counts is good (relief) or bad (a relapse) for the person.",
)
BENEFIT = Wanted(
    key="benefit",
    label="In the review's outcome, better is",
    optional=True,
    choices=(LOWER, HIGHER),
    help="The effect is turned if the report's direction is the opposite.",
)
SHARE = Wanted(
    key="share",
    label="Active arms that share the comparator",
    symbol="k",
    optional=True,
    low=1,
    whole=True,
    default="1",
    help="The comparator's participants are divided among them, so that nobody is counted twice in one pool.",
)
ICC = Wanted(
    key="icc",
    label="Intracluster correlation",
    symbol="ICC",
    optional=True,
    low=0,
    high=1,
    help="Of a trial that randomised groups and was analysed as if it had randomised people.",
)
CLUSTER_SIZE = Wanted(
    key="cluster_size",
    label="Mean size of a cluster",
    symbol="size",
    unit="people",
    optional=True,
    low=1,
)
SCALE = Wanted(
    key="scale_factor",
    label="Multiply points by",
    symbol="f",
    optional=True,
    low=0,
    open_low=True,
    default="1",
    help="Brings a mean difference to another length of the same scale: 0.1 from 0–100 to 0–10.",
)
OF_MEANS = (DIRECTION, BENEFIT, SCALE, SHARE, ICC, CLUSTER_SIZE)
OF_EVENTS = (EVENT, BENEFIT, SHARE, ICC, CLUSTER_SIZE)


def divided(trail: Trail, summary: Summary) -> Summary:
    """The comparator's part for one of the active arms that share it (not for what is printed: see `wider`)."""
    if not _shared(trail) or not isinstance(summary, Means | Counts | Rates):
        return summary
    k = trail.entered("share")
    trail.note(
        f"The comparator arm is divided by {k.value:g}: use the same number for every arm that shares it.",
        _covariance(trail, summary),
    )
    if isinstance(summary, Means):
        return replace(summary, n2=_part(trail, summary.n2, k, "Participants of the comparator, this arm's share"))
    if isinstance(summary, Counts):
        events = _part(trail, summary.events2, k, "Events of the comparator, this arm's share")
        return replace(
            summary, events2=events, n2=_part(trail, summary.n2, k, "Participants of the comparator, this arm's share")
        )
    events = _part(trail, summary.events2, k, "Events of the comparator, this arm's share")
    time = _part(trail, summary.time2, k, "Person-time of the comparator, this arm's share")
    return replace(summary, events2=events, time2=time)


def clustered(trail: Trail, summary: Summary) -> Summary:
    """Arms at their effective sizes (not for pairs and what is printed: see `wider`)."""
    if not isinstance(summary, Means | Counts | Rates):
        return summary
    de = _design_effect(trail)
    if de is None:
        return summary
    if isinstance(summary, Means):
        return replace(summary, n1=_effective(trail, summary.n1, de), n2=_effective(trail, summary.n2, de))
    if isinstance(summary, Counts):
        return Counts(
            events1=_effective(trail, summary.events1, de),
            n1=_effective(trail, summary.n1, de),
            events2=_effective(trail, summary.events2, de),
            n2=_effective(trail, summary.n2, de),
        )
    return Rates(
        events1=_effective(trail, summary.events1, de),
        time1=_effective(trail, summary.time1, de),
        events2=_effective(trail, summary.events2, de),
        time2=_effective(trail, summary.time2, de),
    )


def wider(trail: Trail, summary: Pairs | Printed, vi: Term) -> Term:
    """The variance of paired or printed results, wider for a shared comparator and for clusters."""
    if _shared(trail) and not (isinstance(summary, Printed) and summary.divided):
        vi = _for_sharing(trail, summary, vi)
    de = _design_effect(trail)
    if de is None:
        return vi
    return trail.step(
        f"vi = {vi.symbol} × DE",
        "Variance, wider by the design effect",
        (vi, de),
        vi.value * de.value,
        key="vi_clustered",
        unit=vi.unit,
        reference="Cochrane Handbook 23.1.5",
    )


def _for_sharing(trail: Trail, summary: Pairs | Printed, vi: Term) -> Term:
    k = trail.entered("share")
    paired = isinstance(summary, Pairs) or summary.paired
    if paired:
        # every variance of paired periods goes with 1/n: fewer people sharing a period means as many times the variance
        return trail.step(
            "vi = vi × k",
            "Variance, the shared period divided",
            (vi, k),
            vi.value * k.value,
            key="vi_shared",
            unit=vi.unit,
        )
    assert isinstance(summary, Printed)
    if summary.n1 is None or summary.n2 is None:
        raise CalculationError(
            "The comparator is shared with another arm, and without arm sizes that cannot be allowed for: enter the "
            "participants of both arms.",
            "n_active" if summary.n1 is None else "n_comparator",
        )
    n1, n2 = summary.n1, summary.n2
    value = vi.value * (1 / n1.value + k.value / n2.value) / (1 / n1.value + 1 / n2.value)
    return trail.step(
        f"vi = vi × (1 / {n1.symbol} + k / {n2.symbol}) / (1 / {n1.symbol} + 1 / {n2.symbol})",
        "Variance, the shared comparator divided",
        (vi, n1, n2, k),
        value,
        key="vi_shared",
        unit=vi.unit,
        reference="Cochrane Handbook 23.3.4",
    )


def scaled(trail: Trail, term: Term, key: str) -> Term:
    """Points brought to another length of the scale, where that was asked for."""
    if not trail.has("scale_factor") or trail.entered("scale_factor").value == 1:
        return term
    f = trail.entered("scale_factor")
    symbol = f"{term.symbol}s"
    return trail.step(
        f"{symbol} = f × {term.symbol}", f"{key}, on the other scale", (f, term), f.value * term.value, unit=term.unit
    )


def sign(trail: Trail) -> int:
    """-1 where the report's direction is the opposite of the outcome's, else 1."""
    asked = [key for key in ("direction", "benefit") if trail.has(key)]
    if len(asked) == 1:
        other = "benefit" if asked == ["direction"] else "direction"
        raise CalculationError(
            "Which way is better must be said twice, for the report and for the review's outcome, or not at all: "
            f"fill in {trail.wanted[other].label!r}.",
            other,
        )
    if not asked:
        return 1
    return 1 if trail.chosen("direction") == BETTER[trail.chosen("benefit")] else -1


def event_turned(trail: Trail) -> bool:
    """Whether the report counts the opposite of the outcome's event."""
    asked = [key for key in ("event_is", "benefit") if trail.has(key)]
    if len(asked) == 1:
        other = "benefit" if asked == ["event_is"] else "event_is"
        raise CalculationError(
            "Whether the event is good and which way is better in the review's outcome go together: "
            f"fill in {trail.wanted[other].label!r} too, or neither.",
            other,
        )
    return bool(asked) and trail.chosen("event_is") != (GOOD if trail.chosen("benefit") == HIGHER else BAD)


def turned(trail: Trail, yi: Term, turn: int, why: str) -> Term:
    """The effect in the outcome's direction."""
    if turn == 1:
        return yi
    return trail.step(
        f"yi = −{yi.symbol}",
        f"Effect in the outcome's direction: {why}",
        (yi,),
        -yi.value,
        key="direction",
        unit=yi.unit,
    )


def why_turned(trail: Trail) -> str:
    """In words, for the step."""
    return f"in the report {trail.chosen('direction')}, in the outcome {trail.chosen('benefit')} is better"


def _shared(trail: Trail) -> bool:
    return trail.has("share") and trail.entered("share").value > 1


def _covariance(trail: Trail, summary: Means | Counts | Rates) -> str:
    """What a model that keeps the comparator whole needs instead, where it follows from that arm alone."""
    measure = trail.measure
    with refused():
        if isinstance(summary, Means) and measure in ("MD", "ROM"):
            arm = ArmMeans(n=summary.n2.value, mean=summary.mean2.value, sd=summary.sd2.value)
            value = shared_covariance_means(measure, arm)
        elif isinstance(summary, Counts) and measure == "RD":
            events = ArmEvents(events=summary.events2.value, n=summary.n2.value)
            value = shared_covariance_events(measure, events)
        elif (
            isinstance(summary, Counts) and measure == "OR" and 0 < summary.events2.value < summary.n2.value
        ):  # with an empty cell it would need the correction, too
            events = ArmEvents(events=summary.events2.value, n=summary.n2.value)
            value = shared_covariance_events(measure, events)
        else:
            return ""
    return (
        f"A model that keeps the comparator whole instead needs the covariance of this {measure} with those of "
        f"the other "
        f"active arms: {digits(value)}."
    )


def _part(trail: Trail, whole: Term, k: Term, label: str) -> Term:
    return trail.step(
        f"{whole.symbol}s = {whole.symbol} / k",
        label,
        (whole, k),
        whole.value / k.value,
        unit=whole.unit,
        reference="Cochrane Handbook 23.3.4",
    )


def _design_effect(trail: Trail) -> Term | None:
    given = [key for key in ("icc", "cluster_size") if trail.has(key)]
    if not given:
        return None
    if len(given) == 1:
        other = "cluster_size" if given == ["icc"] else "icc"
        raise CalculationError(
            f"A cluster trial needs both its intracluster correlation and its mean cluster size: fill in "
            f"{trail.wanted[other].label!r}.",
            other,
        )
    icc, size = trail.entered("icc"), trail.entered("cluster_size")
    with refused("icc"):
        value = design_effect(size.value, icc.value)
    return trail.step(
        "DE = 1 + (size − 1) × ICC",
        "Design effect of the clusters",
        (size, icc),
        value,
        reference="Cochrane Handbook 23.1.4",
    )


def _effective(trail: Trail, term: Term, de: Term) -> Term:
    return trail.step(
        f"{term.symbol}e = {term.symbol} / DE",
        "Effective size",
        (term, de),
        effective_n(term.value, de.value),
        unit=term.unit,
        reference="Cochrane Handbook 23.1.4",
    )
