"""Counts of people: percentages and p beside them, and how many people there can be."""

from __future__ import annotations

from workbench.forms.answers import Answers, number, path_of, row_id, rows, text
from workbench.forms.plausible.lines import Found, lines_of
from workbench.plausibility import (
    Percent,
    comparator_looks_divided,
    more_analysed_than_randomised,
    p_contradicts_counts,
    percent_is_not_of_count,
    percent_without_count,
    quote_disagrees_with_counts,
)


def counts(answers: Answers) -> Found:
    """Percentages and p printed beside counts."""
    typed = [number(answers, key) for key in ("events_active", "n_active", "events_comparator", "n_comparator")]
    a, n1, c, n2 = typed
    for arm, events, n in (("active", a, n1), ("comparator", c, n2)):
        value = number(answers, f"percent_{arm}")
        if value is None or n is None or n < 1:
            continue
        fields = (f"percent_{arm}", f"events_{arm}", f"n_{arm}")
        off = percent_without_count(Percent(value), n, fields=fields)
        yield off
        if off is None and events is not None:
            yield percent_is_not_of_count(Percent(value), events, n, fields=fields)
    if a is None or n1 is None or c is None or n2 is None or not (0 <= a <= n1 and 0 <= c <= n2):
        return
    if number(answers, "percent_active") is None and number(answers, "percent_comparator") is None:
        yield quote_disagrees_with_counts(text(answers, "quote"), a, n1, c, n2, fields=("events_active", "n_active"))
    if "check_p" in answers and text(answers, "design") != "crossover":
        yield p_contradicts_counts(a, n1, c, n2, answers.get("check_p"), fields=("check_p", "events_active"))


def people(answers: Answers) -> Found:
    """More analysed than randomised; a shared comparator that looks divided."""
    randomised = number(answers, "n_randomised")
    both = number(answers, "n_analysed")
    if randomised is not None and both is not None:
        yield more_analysed_than_randomised(both, randomised, fields=("n_analysed",))
    lines = [line for line in lines_of(answers) if line.n is not None and line.names["n"] != "n_analysed"]
    # in a crossover trial the same people stand in both columns
    if randomised is not None and lines and text(answers, "design") != "crossover":
        analysed = sum(line.n or 0.0 for line in lines)
        yield more_analysed_than_randomised(analysed, randomised, arms=len(lines) > 1, fields=lines[0].name("n"))
    if text(answers, "comparator_shared") == "yes":
        n1, n2 = number(answers, "n_active"), number(answers, "n_comparator")
        if n1 is not None and n2 is not None:
            said = text(answers, "comparator_split")
            yield comparator_looks_divided(n2, [n1], said=said, fields=("n_comparator", "comparator_split"))
    for row in rows(answers, "arms"):
        counted = number(row, "randomised"), number(row, "analysed")
        if counted[0] is not None and counted[1] is not None:
            yield more_analysed_than_randomised(
                counted[1], counted[0], fields=(path_of("arms", row_id(row), "analysed"),)
            )
