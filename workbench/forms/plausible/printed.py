"""What is printed of a comparison: an estimate with its interval and p, alone or beside the arms' numbers."""

from __future__ import annotations

import math

from workbench.forms.answers import Answers, number, text
from workbench.forms.plausible.lines import Found, lines_of
from workbench.plausibility import (
    Finding,
    Group,
    PrintedEstimate,
    PrintedTest,
    df_do_not_fit,
    difference_is_not_of_means,
    estimate_findings,
    interval_contradicts_means,
    p_contradicts_d,
    p_contradicts_means,
    p_too_large_for_paired,
    unfitting_tests,
)

RATIOS = ("OR", "RR", "HR", "IRR")


def printed_beside_means(answers: Answers) -> Found:
    """A difference, interval or p printed beside the arms' numbers (the fields check_*), and changes within arms."""
    kind, lines = text(answers, "spread_kind"), lines_of(answers)
    adjusted = text(answers, "means_adjusted") == "adjusted"
    by_role = {line.role: line for line in lines}
    active, comparator = by_role.get("active"), by_role.get("comparator")
    if len(lines) == 2 and active is not None and comparator is not None and not adjusted:
        difference = number(answers, "check_difference")
        if difference is not None and _of_points(answers) and active.mean is not None and comparator.mean is not None:
            fields = ("check_difference", *active.name("mean"), *comparator.name("mean"))
            yield difference_is_not_of_means(difference, active.mean, comparator.mean, fields=fields)
        a, b = active.group(kind), comparator.group(kind)
        if a is not None and b is not None:
            yield from _against_groups(answers, a, b, (*active.name("spread"), *comparator.name("spread")))
    if text(answers, "statistic") == "final value":
        for line in lines:
            before, after = line.baseline(), line.group(kind)
            p = answers.get(f"within_p_{line.role}")
            if before is not None and after is not None and p is not None:
                fields = (f"within_p_{line.role}", *line.name("mean", "baseline_mean"))
                yield p_too_large_for_paired(before, after, p, who=line.label, fields=fields)


def _against_groups(answers: Answers, a: Group, b: Group, spreads: tuple[str, ...]) -> Found:
    paired = text(answers, "design") == "crossover" and text(answers, "periods") != "first"
    p = answers.get("check_p")
    if paired:
        for key in ("paired_p", "check_p"):
            value = answers.get(key)
            if value is not None:
                yield p_too_large_for_paired(a, b, value, who="both periods", fields=(key, *spreads))
        return
    if p is not None:
        yield p_contradicts_means(a, b, p, fields=("check_p", *spreads))
    low, high = number(answers, "check_low"), number(answers, "check_high")
    if text(answers, "check_measure") == "SMD":
        d = number(answers, "check_difference")
        if d is not None and p is not None and low is None:
            yield p_contradicts_d(d, a.n, b.n, p, fields=("check_p", "check_difference"))
    elif low is not None and high is not None and _of_points(answers):
        level = number(answers, "check_level") or 95.0
        yield interval_contradicts_means(low, high, a, b, level=level, fields=("check_low", "check_high", *spreads))


def _of_points(answers: Answers) -> bool:
    """Whether what is printed of the comparison is a difference of means."""
    return text(answers, "check_measure") in ("", "MD")


def printed_beside_arms(answers: Answers) -> Found:
    """A difference with its interval, level and p as printed beside the arms (check_*): within itself."""
    names = ("check_difference", "check_low", "check_high", "check_level", "", "check_p")
    measure = text(answers, "check_measure")
    yield from estimate_findings(_estimate(answers, names, ratio=measure in RATIOS), names)


def printed_estimate(answers: Answers) -> Found:
    """The estimate of the form "estimate as printed": interval, level, p and standard error against each other."""
    names = ("estimate", "estimate_low", "estimate_high", "estimate_level", "estimate_se", "estimate_p")
    measure = text(answers, "estimate_measure")
    p = number(answers, "estimate_p")
    if p is not None and not 0 <= p <= 1:
        yield Finding(
            code="p_no_probability",
            level="error",
            message=f"p lies between 0 and 1 (it says {p:g})",
            fields=("estimate_p",),
        )
        return
    printed = _estimate(answers, names, ratio=measure in RATIOS)
    yield from estimate_findings(printed, names)
    n1, n2 = number(answers, "n_active"), number(answers, "n_comparator")
    if (
        n1 is None
        or n2 is None
        or text(answers, "design") == "crossover"
        or text(answers, "estimate_adjusted") == "yes"
    ):
        return
    if measure == "SMD" and printed.estimate is not None and printed.low is None and printed.se is None:
        yield p_contradicts_d(printed.estimate, n1, n2, printed.p, fields=("estimate_p", "estimate", "n_active"))


def _estimate(answers: Answers, names: tuple[str, ...], *, ratio: bool) -> PrintedEstimate:
    estimate, low, high, level, se, _ = (number(answers, name) if name else None for name in names)
    return PrintedEstimate(
        estimate=estimate,
        low=low,
        high=high,
        level=95.0 if level is None else level,
        se=se,
        p=answers.get(names[5]),
        ratio=ratio,
        df=_fewest_df(answers),
    )


def _fewest_df(answers: Answers) -> float | None:
    """The fewest degrees of freedom a test of this result can have (Welch's: those of the smaller arm)."""
    df = number(answers, "estimate_df")
    if df is not None and df >= 1:
        return df
    sizes = [line.n for line in lines_of(answers) if line.n is not None]
    return max(min(sizes) - 1, 1.0) if len(sizes) > 1 else None


def degrees_of_freedom(answers: Answers) -> Found:
    """Degrees of freedom typed, and those of tests in the quoted sentence, against the people."""
    sizes = [line.n for line in lines_of(answers) if line.n is not None]
    crossover = text(answers, "design") == "crossover"
    analysed = None if not sizes else (max(sizes) if crossover else sum(sizes))
    randomised = number(answers, "n_randomised")
    people = randomised if analysed is None else analysed
    if people is None:
        return
    many_arms = text(answers, "design") == "multi-arm" and len(sizes) <= 2
    ceiling = max(people, randomised or 0.0)
    if many_arms and randomised is None:
        ceiling = math.inf  # the test may be of arms that are not typed here
    if crossover:
        ceiling *= 2
    if many_arms and randomised is not None:
        people = randomised
    smallest = min(sizes) if sizes else None
    df = number(answers, "estimate_df")
    if df is not None:
        test = PrintedTest("t", 1.0, df)
        yield df_do_not_fit(test, people, at_most=ceiling, smallest_arm=smallest, fields=("estimate_df",))
    quoted = text(answers, "quote")
    yield from unfitting_tests(quoted, people, at_most=ceiling, smallest_arm=smallest, fields=("quote",))
