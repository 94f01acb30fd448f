"""Numbers of people: analysed against randomised, arms against the total, over time, and between sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from workbench.plausibility.finding import Finding

MANY_LOST = 0.2  # of those randomised; above it, missing outcomes matter in any judgement of bias
HALVES = (0.45, 0.55)  # of the active arm: what is left of an equal arm that was halved


def more_analysed_than_randomised(
    analysed: float,
    randomised: float,
    *,
    arms: bool = False,
    what: str = "analysed",
    fields: Sequence[str] = (),
) -> Finding | None:
    """More people analysed (or lost, or women: `what`) than there were. arms: it is the sum of both arms."""
    if analysed <= randomised:
        return None
    where = " in the two arms" if arms else ""
    twice = ""
    if arms and analysed == 2 * randomised:
        twice = ". It is twice as many: a crossover trial, whose people stand in both arms?"
    return Finding(
        code="crossover_as_parallel" if twice else "more_analysed_than_randomised",
        level="error",
        message=f"{analysed:g} {what}{where} are more than the {randomised:g} randomised{twice}",
        fields=tuple(fields),
        numbers={"analysed": analysed, "randomised": randomised},
    )


def many_lost(analysed: float, randomised: float, fields: Sequence[str] = ()) -> Finding | None:
    """A fifth or more of those randomised are not analysed."""
    if randomised <= 0 or analysed >= (1 - MANY_LOST) * randomised or analysed <= 0:
        return None
    return Finding(
        code="many_lost",
        level="info",
        message=(
            f"{analysed:g} of {randomised:g} randomised are analysed ({100 * (1 - analysed / randomised):.0f} % are "
            "missing): look for who was left out, and why"
        ),
        fields=tuple(fields),
        numbers={"analysed": analysed, "randomised": randomised},
    )


def arms_do_not_add_up(arms: Mapping[str, float], total: float, fields: Sequence[str] = ()) -> Finding | None:
    """Arms that hold more or fewer people than the trial. arms: label -> people, of all arms."""
    held = sum(arms.values())
    if len(arms) < 2 or held == total:
        return None
    listed = " + ".join(f"{n:g}" for n in arms.values())
    twice = "; each person in every arm would be a crossover trial" if held == len(arms) * total else ""
    return Finding(
        code="arms_do_not_add_up",
        level="warning",
        message=f"the arms hold {listed} = {held:g} people, but {total:g} are given for the trial{twice}",
        fields=tuple(fields),
        numbers={"arms": held, "total": total},
    )


def grows(counted: Iterable[tuple[str, float]], fields: Sequence[str] = ()) -> Finding | None:
    """People analysed at successive times, (time, n) in order: nobody joins a trial after it began.

    An arm analysed only as far as it came back grows where more come to a later visit; so this is a warning.
    """
    times = list(counted)
    for (before, smaller), (after, larger) in pairwise(times):
        if larger > smaller:
            return Finding(
                code="people_grow",
                level="warning",
                message=(
                    f"{larger:g} people are analysed at {after or 'a later time'}, more than the {smaller:g} at "
                    f"{before or 'an earlier time'}. Look whether both are of the same arm"
                ),
                fields=tuple(fields),
                numbers={"before": smaller, "after": larger},
            )
    return None


def sources_differ(what: str, numbers: Mapping[str, float], fields: Sequence[str] = ()) -> Finding | None:
    """One number of people that places of one trial give differently. numbers: where it stands -> people."""
    if len(set(numbers.values())) < 2:
        return None
    listed = ", ".join(f"{n:g} ({where})" if where else f"{n:g}" for where, n in numbers.items())
    return Finding(
        code="sources_differ",
        level="warning",
        message=(
            f"{what} differ within this trial: {listed}. Look which are randomised and which analysed, and whether "
            "one is the number that completed"
        ),
        fields=tuple(fields),
        numbers={f"n{position}": n for position, n in enumerate(numbers.values(), 1)},
    )


def comparator_looks_divided(
    comparator: float, others: Sequence[float], *, said: str, fields: Sequence[str] = ()
) -> Finding | None:
    """A shared comparator about half as large as each active arm, though it is said to be the whole arm, or not said.

    The meta-analyst before may have divided it between comparisons; dividing it again would count a quarter of it.
    """
    if said == "already divided" or not others or comparator <= 0:
        return None
    whole = comparator == int(comparator)
    smaller = all(HALVES[0] <= comparator / other <= HALVES[1] for other in others)
    if whole and not smaller:
        return None
    listed = ", ".join(f"{n:g}" for n in others)
    why = "no whole number of people" if not whole else f"about half as large as the active arms ({listed})"
    return Finding(
        code="comparator_looks_divided",
        level="warning",
        message=(
            f"the shared comparator has {comparator:g} people, {why}: already divided in the source? "
            "Enter the whole arm, or say that it is divided"
        ),
        fields=tuple(fields),
        numbers={"comparator": comparator, "active": others[0]},
    )


def arms_sum_to_crossover(n1: float, n2: float, crossover: float, other: str, fields: Sequence[str] = ()) -> Finding:
    """Two arms that together are the people of a crossover trial by the same authors."""
    return Finding(
        code="crossover_as_parallel",
        level="warning",
        message=(
            f"the arms of {n1:g} and {n2:g} make the {crossover:g} people of the crossover trial {other}: the same "
            "trial entered as if each person had been in one arm? Look at its design in the report"
        ),
        fields=tuple(fields),
        numbers={"n1": n1, "n2": n2, "crossover": crossover},
    )
