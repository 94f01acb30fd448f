"""Trials with several active arms and one comparator; trials that randomised clusters."""

from __future__ import annotations

from dataclasses import replace

from workbench.calculation import around
from workbench.calculation.measures.of_counts import MEASURES as MEASURES_OF_COUNTS
from workbench.calculation.measures.of_means import MEASURES as MEASURES_OF_MEANS
from workbench.calculation.recipe import COUNT_OPTIONS, MEAN_OPTIONS, Recipe
from workbench.calculation.recipes import inputs
from workbench.calculation.recipes.counts import events
from workbench.calculation.recipes.means import two_means
from workbench.calculation.summaries import Counts, Means, Summary
from workbench.calculation.trail import Trail, refused
from workbench.calculation.values import CalculationError, Term
from workbench.calculation.wanted import Wanted
from workbench.effects import ArmEvents, ArmMeans, combine_events, combine_means

GROUP = "Several arms, clusters"
MOST = 4
LETTERS = "ABCD"
COMBINED = "Cochrane Handbook 6.5.2.10, 23.3.4"


def _heading(letter: str) -> str:
    return f"Active arm {letter}"


def _optional(letter: str) -> bool:
    return letter not in "AB"


def _means_of(letter: str) -> tuple[Wanted, ...]:
    low, group, free = letter.lower(), _heading(letter), _optional(letter)
    return (
        Wanted(
            key=f"n_{low}",
            label="Participants analysed",
            symbol=f"n{letter}",
            unit=inputs.PEOPLE,
            group=group,
            low=1,
            optional=free,
        ),
        Wanted(key=f"mean_{low}", label="Mean", symbol=f"M{letter}", unit=inputs.POINTS, group=group, optional=free),
        Wanted(
            key=f"sd_{low}",
            label="SD",
            symbol=f"SD{letter}",
            unit=inputs.POINTS,
            group=group,
            low=0,
            open_low=True,
            optional=free,
        ),
    )


def _events_of(letter: str) -> tuple[Wanted, ...]:
    low, group, free = letter.lower(), _heading(letter), _optional(letter)
    return (
        Wanted(
            key=f"events_{low}",
            label="People with the event",
            symbol=f"e{letter}",
            unit=inputs.PEOPLE,
            group=group,
            low=0,
            optional=free,
        ),
        Wanted(
            key=f"n_{low}",
            label="Participants analysed",
            symbol=f"n{letter}",
            unit=inputs.PEOPLE,
            group=group,
            low=1,
            optional=free,
        ),
    )


def _arms(trail: Trail, *keys: str) -> list[tuple[Term, ...]]:
    """The terms of each active arm that was entered; an arm entered in part is refused."""
    found = []
    for letter in LETTERS[:MOST]:
        names = [f"{key}_{letter.lower()}" for key in keys]
        given = [name for name in names if trail.has(name)]
        if not given:
            continue
        missing = next((name for name in names if name not in given), "")
        if missing:
            raise CalculationError(
                f"{_heading(letter)} is entered in part: fill in {trail.wanted[missing].label.lower()} too, or "
                f"clear it.",
                missing,
            )
        found.append(tuple(trail.entered(name) for name in names))
    return found


def _combined_means(trail: Trail) -> Summary:
    arms = _arms(trail, "n", "mean", "sd")
    with refused("n_a"):
        whole = combine_means([ArmMeans(n=n.value, mean=m.value, sd=s.value) for n, m, s in arms])
    every = tuple(term for arm in arms for term in arm)
    people = tuple(arm[0] for arm in arms)
    n1 = trail.step(
        f"n1 = {' + '.join(n.symbol for n in people)}",
        "Participants of the active arms together",
        people,
        whole.n,
        unit=inputs.PEOPLE,
    )
    m1 = trail.step(
        f"M1 = ({' + '.join(f'{n.symbol} × {m.symbol}' for n, m, _ in arms)}) / n1",
        "Their mean",
        (*(term for n, m, _ in arms for term in (n, m)), n1),
        whole.mean,
        unit=inputs.POINTS,
        reference=COMBINED,
    )
    within = " + ".join(f"({n.symbol} − 1) × {s.symbol}²" for n, _, s in arms)
    between = " + ".join(f"{n.symbol} × ({m.symbol} − M1)²" for n, m, _ in arms)
    s1 = trail.step(
        f"SD1 = √(({within} + {between}) / (n1 − 1))",
        "Their standard deviation, as of one sample",
        (*every, m1, n1),
        whole.sd,
        unit=inputs.POINTS,
        reference=COMBINED,
    )
    return Means(
        n1=n1,
        mean1=m1,
        sd1=s1,
        n2=trail.entered("n_comparator"),
        mean2=trail.entered("mean_comparator"),
        sd2=trail.entered("sd_comparator"),
    )


def _combined_events(trail: Trail) -> Summary:
    arms = _arms(trail, "events", "n")
    for e, n in arms:
        if e.value > n.value:
            raise CalculationError(
                f"More people with the event ({e.symbol}) than analysed ({n.symbol}): check both.",
                f"events_{e.symbol[-1].lower()}",
            )
    with refused("n_a"):
        whole = combine_events([ArmEvents(events=e.value, n=n.value) for e, n in arms])
    counted, people = tuple(arm[0] for arm in arms), tuple(arm[1] for arm in arms)
    e1 = trail.step(
        f"e1 = {' + '.join(e.symbol for e in counted)}",
        "People with the event in the active arms together",
        counted,
        whole.events,
        unit=inputs.PEOPLE,
        reference=COMBINED,
    )
    n1 = trail.step(
        f"n1 = {' + '.join(n.symbol for n in people)}",
        "Participants of the active arms together",
        people,
        whole.n,
        unit=inputs.PEOPLE,
        reference=COMBINED,
    )
    return Counts(events1=e1, n1=n1, events2=trail.entered("events_comparator"), n2=trail.entered("n_comparator"))


def _with_sds(trail: Trail) -> Summary:
    return two_means(trail, trail.entered("sd_active"), trail.entered("sd_comparator"))


def _with_events(trail: Trail) -> Summary:
    return Counts(
        events1=trail.entered("events_active"),
        n1=trail.entered("n_active"),
        events2=trail.entered("events_comparator"),
        n2=trail.entered("n_comparator"),
    )


def _without(options: tuple[Wanted, ...], *keys: str) -> tuple[Wanted, ...]:
    return tuple(item for item in options if item.key not in keys)


def _needed(item: Wanted) -> Wanted:
    return replace(item, optional=False, group=inputs.COMPARISON, default="")


COMPARATOR_MEANS = tuple(maker(inputs.COMPARATOR) for maker in (inputs.people, inputs.mean, inputs.sd))
COMPARATOR_EVENTS = tuple(maker(inputs.COMPARATOR) for maker in (events, inputs.people))
SHARE = replace(_needed(around.SHARE), low=2)
ICC, CLUSTER_SIZE = _needed(around.ICC), _needed(around.CLUSTER_SIZE)
ARM = {
    "n_active": 36,
    "mean_active": 4.6,
    "sd_active": 2.3,
    "n_comparator": 36,
    "mean_comparator": 8.4,
    "sd_comparator": 2.9,
}

ARMS: tuple[Recipe, ...] = (
    Recipe(
        key="arms_combined",
        title="Several active arms taken as one, means",
        group=GROUP,
        help="Two to four active arms combined as if they were one sample, against one comparator: the "
        "Handbook's first choice.",
        wanted=(*(item for letter in LETTERS for item in _means_of(letter)), *COMPARATOR_MEANS),
        measures=MEASURES_OF_MEANS,
        gather=_combined_means,
        options=_without(MEAN_OPTIONS, "share"),
        example=(
            "n_a=36 mean_a=4.6 sd_a=2.3 n_b=36 mean_b=8.2 sd_b=2.4 n_comparator=36 mean_comparator=8.4 "
            "sd_comparator=2.9"
        ),
    ),
    Recipe(
        key="arms_combined_events",
        title="Several active arms taken as one, events",
        group=GROUP,
        help="Two to four active arms added up, against one comparator.",
        wanted=(*(item for letter in LETTERS for item in _events_of(letter)), *COMPARATOR_EVENTS),
        measures=MEASURES_OF_COUNTS,
        gather=_combined_events,
        options=_without(COUNT_OPTIONS, "share"),
        example="events_a=12 n_a=30 events_b=9 n_b=31 events_comparator=5 n_comparator=30",
    ),
    Recipe(
        key="shared_comparator",
        title="One of several active arms, the comparator divided, means",
        group=GROUP,
        help="Where the active arms are to be told apart: each gets its part of the comparator's participants; "
        "mean and SD stay.",
        wanted=(*inputs.both(inputs.people, inputs.mean, inputs.sd), SHARE),
        measures=MEASURES_OF_MEANS,
        gather=_with_sds,
        options=_without(MEAN_OPTIONS, "share"),
        example=(
            "n_active=36 mean_active=4.6 sd_active=2.3 n_comparator=36 mean_comparator=8.4 sd_comparator=2.9 share=2"
        ),
    ),
    Recipe(
        key="shared_comparator_events",
        title="One of several active arms, the comparator divided, events",
        group=GROUP,
        help="Each active arm gets its part of the comparator's participants and events.",
        wanted=(*inputs.both(events, inputs.people), SHARE),
        measures=MEASURES_OF_COUNTS,
        gather=_with_events,
        options=_without(COUNT_OPTIONS, "share"),
        example="events_active=12 n_active=30 events_comparator=6 n_comparator=30 share=2",
    ),
    Recipe(
        key="cluster_means",
        title="Cluster trial analysed as if people were randomised, means",
        group=GROUP,
        help="Arms at their effective sizes. The same two inputs stand under every recipe, for whatever else a "
        "cluster trial "
        "prints.",
        wanted=(*inputs.both(inputs.people, inputs.mean, inputs.sd), ICC, CLUSTER_SIZE),
        measures=MEASURES_OF_MEANS,
        gather=_with_sds,
        options=_without(MEAN_OPTIONS, "icc", "cluster_size"),
        example=(
            "n_active=36 mean_active=4.6 sd_active=2.3 n_comparator=36 mean_comparator=8.4 "
            "sd_comparator=2.9 icc=0.02 cluster_size=12"
        ),
    ),
    Recipe(
        key="cluster_events",
        title="Cluster trial analysed as if people were randomised, events",
        group=GROUP,
        help="Events and participants divided by the design effect.",
        wanted=(*inputs.both(events, inputs.people), ICC, CLUSTER_SIZE),
        measures=MEASURES_OF_COUNTS,
        gather=_with_events,
        options=_without(COUNT_OPTIONS, "icc", "cluster_size"),
        example=("events_active=63 n_active=295 events_comparator=84 n_comparator=330 icc=0.02 cluster_size=29.8"),
    ),
)
