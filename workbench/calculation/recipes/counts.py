"""Events of two arms: counts, percentages, counts in person-time."""

from __future__ import annotations

from workbench.calculation.measures.of_counts import MEASURES, RATE_MEASURES
from workbench.calculation.recipe import COUNT_OPTIONS, RATE_OPTIONS, Recipe
from workbench.calculation.recipes import inputs
from workbench.calculation.summaries import Counts, Rates, Summary
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import Term
from workbench.calculation.wanted import Wanted
from workbench.effects import events_from_percent

GROUP = "Two arms: people with an event"


def events(arm: str) -> Wanted:
    """People with the event."""
    return inputs.of_arm(arm, "events", "People with the event", "e", unit=inputs.PEOPLE, low=0)


def _percent(arm: str) -> Wanted:
    return inputs.of_arm(arm, "percent", "Percentage with the event", "P", unit=inputs.PERCENT, low=0, high=100)


def _count(arm: str) -> Wanted:
    return inputs.of_arm(arm, "events", "Events", "e", unit="events", low=0)


def _time(arm: str) -> Wanted:
    return inputs.of_arm(
        arm, "time", "Person-time", "t", low=0, open_low=True, unit="person-time", help="In one unit for both arms."
    )


DECIMALS = Wanted(
    key="decimals",
    label="Decimals of the printed percentages",
    optional=True,
    low=0,
    high=10,
    whole=True,
    default="as many as are entered",
    help="Enter 1 where 40.0% is printed.",
)


def _counts(trail: Trail) -> Summary:
    return Counts(
        events1=trail.entered("events_active"),
        n1=trail.entered("n_active"),
        events2=trail.entered("events_comparator"),
        n2=trail.entered("n_comparator"),
    )


def _percentages(trail: Trail) -> Summary:
    found = [_from_percent(trail, arm) for arm in (inputs.ACTIVE, inputs.COMPARATOR)]
    return Counts(events1=found[0], n1=trail.entered("n_active"), events2=found[1], n2=trail.entered("n_comparator"))


def _from_percent(trail: Trail, arm: str) -> Term:
    percent, n = trail.entered(f"percent_{arm}"), trail.entered(f"n_{arm}")
    decimals = int(trail.entered("decimals").value) if trail.has("decimals") else None
    with refused(f"percent_{arm}"):
        counted = events_from_percent(percent.value, n.value, decimals=decimals)
    trail.note(*counted.flags)
    if counted.fewest < counted.most:
        trail.approximate = True
    return trail.step(
        f"e{inputs.INDEX[arm]} = round({percent.symbol} / 100 × {n.symbol})",
        f"People with the event in the {arm} arm, the whole number that prints as this percentage",
        (percent, n),
        counted.events,
        unit=inputs.PEOPLE,
    )


def _rates(trail: Trail) -> Summary:
    return Rates(
        events1=trail.entered("events_active"),
        time1=trail.entered("time_active"),
        events2=trail.entered("events_comparator"),
        time2=trail.entered("time_comparator"),
    )


COUNTS: tuple[Recipe, ...] = (
    Recipe(
        key="events",
        title="People with the event, and all people",
        group=GROUP,
        help="How many of each arm's analysed participants had the event: responders, people with an adverse event.",
        wanted=inputs.both(events, inputs.people),
        measures=MEASURES,
        gather=_counts,
        options=COUNT_OPTIONS,
        example="events_active=19 n_active=27 events_comparator=11 n_comparator=27",
    ),
    Recipe(
        key="percentages",
        title="Percentages with the event",
        group=GROUP,
        help="Each arm's percentage with the event. It is turned into the whole number of people that prints "
        "so; where there "
        "is none, the percentage is of other people than those entered.",
        wanted=(*inputs.both(_percent, inputs.people), DECIMALS),
        measures=MEASURES,
        gather=_percentages,
        options=COUNT_OPTIONS,
        example="percent_active=40.4 n_active=52 percent_comparator=18.4 n_comparator=49",
    ),
    Recipe(
        key="rates",
        title="Counts in person-time",
        group=GROUP,
        help="Events that may happen more than once (attacks, relapses) with the person-time of each arm.",
        wanted=inputs.both(_count, _time),
        measures=RATE_MEASURES,
        gather=_rates,
        options=RATE_OPTIONS,
        example="events_active=32 time_active=118.5 events_comparator=51 time_comparator=121",
    ),
)
