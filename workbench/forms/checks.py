"""Checks of the answers to a form: what cannot be ("error") and what deserves a second look ("warning").

Whether numbers can be is judged by `workbench.plausibility`, by way of `workbench.forms.plausible`; here stand the
checks that only a form needs. A check looks only at fields that are there and answered, so that forms of other reviews
simply have fewer of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from workbench.forms.answers import RESERVED, Answers, answered, is_not_reported, number, split_path, text, words
from workbench.forms.field_checks import check_fields, without_broken
from workbench.forms.model import CalculatedField, Form, MultiChoiceField, TableField
from workbench.forms.problems import Problem
from workbench.forms.problems import error as _error
from workbench.forms.problems import warn as _warn


def check_answers(form: Form, answers: Answers) -> tuple[Problem, ...]:
    """Everything to be said about these answers, in the order of the form.

    answers: field key -> value, "not reported" or empty; keys that the form does not have are errors. Fields whose
    condition does not hold are not required.
    """
    problems: list[Problem] = list(check_fields(form, answers))
    for key in answers.keys() - set(form.keys) - RESERVED:
        problems.append(_error(key, "is not a field of this form"))
    sound = without_broken(answers, form, problems)
    for check in CHECKS:
        problems.extend(check(sound))
    from workbench.forms.plausible import RULES  # numpy and scipy: not for every command that reads a form
    from workbench.forms.plausible import problems as plausible_problems

    for rule in RULES:
        problems.extend(plausible_problems(rule(sound), sound))
    order = {key: position for position, key in enumerate(form.keys)}
    return tuple(sorted(problems, key=lambda problem: order.get(split_path(problem.field).field, len(order))))


def contradictions(answers: Answers) -> tuple[str, ...]:
    """What numbers printed side by side say against each other: an estimate outside its interval, an impossible p."""
    from workbench.forms.plausible import CONTRADICTIONS
    from workbench.forms.plausible import problems as plausible_problems

    found = (problem.message for rule in CONTRADICTIONS for problem in plausible_problems(rule(answers), answers))
    return tuple(dict.fromkeys(found))


def blank_answers(form: Form) -> dict[str, object]:
    """An empty answer for every field of the form."""
    return {
        field.key: [] if isinstance(field, MultiChoiceField | TableField) else None
        for field in form.fields
        if not isinstance(field, CalculatedField)
    }


# --- people and numbers ----------------------------------------------------------------------------------------


def _events(answers: Answers) -> Iterator[Problem]:
    for arm in ("active", "comparator"):
        events, n = number(answers, f"events_{arm}"), number(answers, f"n_{arm}")
        if events is not None and n is not None and events > n:
            yield _error(f"events_{arm}", f"{events:g} with the event are more than the {n:g} analysed")


def _arm_sizes(answers: Answers) -> Iterator[Problem]:
    for key in ("n_active", "n_comparator", "n_analysed"):
        n = number(answers, key)
        if n is not None and n < 1:
            yield _error(key, "nobody was analysed: leave the field empty or say “not reported”")
        elif n == 1 and any(answered(answers, name) for name in ("spread_active", "spread_comparator")):
            yield _error(key, "one person has no standard deviation")


def _spreads(answers: Answers) -> Iterator[Problem]:
    for key in ("spread_active", "spread_comparator", "baseline_sd_active", "baseline_sd_comparator", "estimate_se"):
        spread = number(answers, key)
        if spread is not None and spread <= 0:
            yield _error(key, f"must be above zero (it says {spread:g})")


def _scale(answers: Answers) -> Iterator[Problem]:
    low, high = number(answers, "scale_low"), number(answers, "scale_high")
    if low is not None and high is not None and high <= low:
        yield _error("scale_high", f"the scale must end above its start ({low:g} to {high:g})")


def _ascending(answers: Answers) -> Iterator[Problem]:
    """A median lies between its quartiles, and they between the extremes."""
    for arm in ("active", "comparator"):
        keys = [f"{part}_{arm}" for part in ("min", "q1", "median", "q3", "max")]
        typed = [(key, value) for key in keys if (value := number(answers, key)) is not None]
        for (_, before), (key, value) in pairwise(typed):
            if value < before:
                listed = ", ".join(f"{given:g}" for _, given in typed)
                yield _error(key, f"lowest, quartiles, median and highest must ascend, not {listed}")
                break


def _enough_to_weigh(answers: Answers) -> Iterator[Problem]:
    """An estimate needs something that tells its precision."""
    if is_not_reported(answers.get("estimate")):
        tested = answered(answers, "estimate_t") or answered(answers, "estimate_p")
        people = answered(answers, "n_active") and answered(answers, "n_comparator")
        if not (tested and people and answered(answers, "estimate_favours")):
            message = "without an estimate, t or p, the participants of both arms and the favoured arm are needed"
            yield _warn("estimate", message)
        return
    if number(answers, "estimate") is None:
        return
    has_interval = answered(answers, "estimate_low") and answered(answers, "estimate_high")
    sizes = answered(answers, "n_active") and answered(answers, "n_comparator")
    smd = text(answers, "estimate_measure") == "SMD"
    if not (answered(answers, "estimate_se") or has_interval or answered(answers, "estimate_p") or (smd and sizes)):
        yield _warn("estimate", "without a standard error, an interval or a p value this cannot be weighed in a pool")


def _indications(answers: Answers) -> Iterator[Problem]:
    chosen, primary = words(answers, "indications"), text(answers, "primary_indication")
    if primary and chosen and primary not in chosen:
        yield _error("primary_indication", "the primary indication is not among the indications of this trial")


def _conditions(answers: Answers) -> Iterator[Problem]:
    chosen, main = words(answers, "conditions"), text(answers, "main_condition")
    if main and chosen and main not in chosen:
        yield _error("main_condition", "the main condition is not among the conditions of the participants")


def _years(answers: Answers) -> Iterator[Problem]:
    begun, ended = number(answers, "year_begun"), number(answers, "year_ended")
    if begun is not None and ended is not None and ended < begun:
        yield _error("year_ended", f"the trial cannot end ({ended:.0f}) before it begins ({begun:.0f})")


CHECKS: tuple[Callable[[Answers], Iterator[Problem]], ...] = (
    _indications,
    _conditions,
    _years,
    _arm_sizes,
    _events,
    _spreads,
    _scale,
    _ascending,
    _enough_to_weigh,
)
"""Checks over several fields that only a form needs; those of numbers anywhere are in `workbench.plausibility`."""
