"""Counts of people: percentages and p beside them, and how many people there can be."""

from __future__ import annotations

from workbench.forms.answers import Answers, number, path_of, row_id, rows, text
from workbench.forms.plausible.lines import Found, lines_of
from workbench.plausibility import (
    Finding,
    Percent,
    arms_do_not_add_up,
    comparator_looks_divided,
    more_analysed_than_randomised,
    p_contradicts_counts,
    percent_is_not_of_count,
    percent_without_count,
    quote_disagrees_with_counts,
    ratio_contradicts_counts,
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
    measure, printed = text(answers, "check_measure"), number(answers, "check_difference")
    if printed is not None:
        yield ratio_contradicts_counts(measure, printed, a, n1, c, n2, fields=("check_difference", "events_active"))
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


def trial_arms(answers: Answers) -> Found:
    """The arms of a trial's own form: each within what was randomised, and together the whole trial."""
    arms = rows(answers, "arms")
    for row in arms:
        randomised = number(row, "randomised")
        for part in ("analysed", "drop_outs"):
            counted = number(row, part)
            if randomised is not None and counted is not None:
                at = path_of("arms", row_id(row), part)
                yield more_analysed_than_randomised(counted, randomised, what=_WORDS[part], fields=(at,))
    total = number(answers, "n_randomised")
    held = {row_id(row): n for row in arms if (n := number(row, "randomised")) is not None}
    # each person of a crossover trial is in every row
    if total is not None and len(held) == len(arms) and text(answers, "design") != "crossover":
        yield arms_do_not_add_up(held, total, fields=("n_randomised", "arms"))
    women = number(answers, "n_women")
    if women is not None and total is not None:
        yield more_analysed_than_randomised(women, total, what="women", fields=("n_women",))


_WORDS = {"analysed": "analysed", "drop_outs": "dropped out"}


def guesses(answers: Answers) -> Found:
    """Guesses of the arm's participants, of those who were randomised to it."""
    randomised = {row_id(row): number(row, "randomised") for row in rows(answers, "arms")}
    for row in rows(answers, "guesses"):
        parts = ("guessed_active", "guessed_sham", "guessed_unknown")
        typed = [(part, n) for part in parts if (n := number(row, part)) is not None]
        people, asked = randomised.get(row_id(row)), sum(n for _, n in typed)
        if typed and people is not None and asked > people:
            yield Finding(
                code="more_guesses_than_people",
                level="warning",
                message=f"{asked:g} guesses are more than the {people:g} randomised to this arm: are they of several "
                "times, or of several arms?",
                fields=tuple(path_of("guesses", row_id(row), part) for part, _ in typed),
                numbers={"guesses": asked, "people": people},
            )


def safety(answers: Answers) -> Found:
    """People with an adverse event, of those who were treated; with a certain one, of those with any."""
    for row in rows(answers, "safety"):
        exposed, any_event = number(row, "exposed"), number(row, "any_event")
        for part in row:
            counted = number(row, part)
            if part in ("exposed", "_row") or counted is None:
                continue
            at = path_of("safety", row_id(row), part)
            if exposed is not None and counted > exposed:
                yield Finding(
                    code="more_events_than_people",
                    level="warning",
                    message=f"{counted:g} are more than the {exposed:g} treated: are events counted, and not people?",
                    fields=(at,),
                    numbers={"events": counted, "people": exposed},
                )
            elif any_event is not None and counted > any_event and part != "any_event":
                yield Finding(
                    code="more_than_any_event",
                    level="warning",
                    message=f"{counted:g} are more than the {any_event:g} with any adverse event: who has this one has "
                    "one. Look whether the report leaves it out of “any”, or counts events",
                    fields=(at,),
                    numbers={"events": counted, "any": any_event},
                )
