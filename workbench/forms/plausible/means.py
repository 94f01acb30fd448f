"""Means and spreads of the arms: on their scale, of their kind, typed once, and running the right way."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.forms.answers import Answers, number, text
from workbench.forms.plausible.lines import Found, Line, lines_of
from workbench.plausibility import (
    Usual,
    both_arms_got_worse,
    hardly_a_standard_error,
    looks_like_se,
    mean_off_grid,
    mean_outside_scale,
    same_in_all_cells,
    same_line,
    sd_impossible_for_scale,
)
from workbench.plausibility.copies import BETWEEN_ARMS


def on_the_scale(answers: Answers) -> Found:
    """Means inside the scale, and SDs that it allows."""
    low, high = number(answers, "scale_low"), number(answers, "scale_high")
    statistic, kind = text(answers, "statistic"), text(answers, "spread_kind")
    if low is None or (high is not None and high <= low):
        return
    change = statistic == "change from baseline"
    for line in lines_of(answers):
        if line.baseline_mean is not None:
            yield mean_outside_scale(line.baseline_mean, low, high, fields=line.name("baseline_mean"))
        before = line.baseline()
        if before is not None:
            yield sd_impossible_for_scale(before, low, high, fields=line.name("baseline_sd", "baseline_mean"))
        if statistic == "percent change":
            continue
        if line.mean is not None:
            yield mean_outside_scale(line.mean, low, high, change=change, fields=line.name("mean"))
        group = line.group(kind)
        if group is not None:
            yield sd_impossible_for_scale(group, low, high, change=change, fields=line.name("spread", "mean"))
    for arm in ("active", "comparator"):
        for part in ("median", "q1", "q3", "min", "max"):
            value = number(answers, f"{part}_{arm}")
            if value is not None and statistic != "percent change":
                yield mean_outside_scale(value, low, high, change=change, fields=(f"{part}_{arm}",))


def kinds_of_spread(answers: Answers) -> Found:
    """SDs that look like standard errors, and the reverse: by the arm's SD before treatment, or the other arm's."""
    kind, statistic = text(answers, "spread_kind"), text(answers, "statistic")
    lines = lines_of(answers)
    if statistic == "percent change" or text(answers, "means_adjusted") == "adjusted":
        return
    for line in lines:
        group = line.group(kind)
        if group is None:
            continue
        usual = []
        if line.baseline_sd is not None and line.baseline_sd > 0 and statistic != "change from baseline":
            usual.append(Usual(sd=line.baseline_sd, words="before treatment the arm's SD is {:.3g}"))
        if kind == "SD":
            others = [other.spread for other in lines if other is not line and other.spread is not None]
            if others and not usual:
                usual.append(Usual(sd=min(others), words="the other arm's SD is {:.3g}"))
            yield looks_like_se(group.sd, group.n, usual, fields=line.name("spread", "baseline_sd"))
        else:
            said = "a standard error" if kind == "SE" else "half of a 95 % interval"
            yield hardly_a_standard_error(
                group.sd, group.middle_sd, said, usual, fields=line.name("spread", "baseline_sd")
            )


def repeated_numbers(answers: Answers) -> Found:
    """One SD in all cells; one mean and SD in two cells."""
    lines = lines_of(answers)
    cells = {line.names[part]: value for line in lines for part, value in _spreads(line) if part in line.names}
    if len(cells) >= 3:
        yield same_in_all_cells(cells)
    for line in lines:
        yield same_line(
            (line.baseline_mean or 0, line.baseline_sd or 0),
            (line.mean or 0, line.spread or 0),
            f"{line.label} both before and after treatment",
            fields=line.name("mean", "spread"),
        )
    for position, line in enumerate(lines):
        for other in lines[position + 1 :]:
            for parts, when in ((("baseline_mean", "baseline_sd"), "before"), (("mean", "spread"), "after")):
                mine, theirs = ((getattr(item, parts[0]) or 0, getattr(item, parts[1]) or 0) for item in (line, other))
                where = f"{line.label} and {other.label} alike {when} treatment"
                yield same_line(mine, theirs, where, fields=other.name(*parts), fine=BETWEEN_ARMS)


def _spreads(line: Line) -> Iterator[tuple[str, float]]:
    for part, value in (("spread", line.spread), ("baseline_sd", line.baseline_sd)):
        if value is not None:
            yield part, value


def on_the_grid(answers: Answers) -> Found:
    """Means of a scale in known steps that no whole values give (GRIM)."""
    step = number(answers, "scale_step")
    if step is None or step <= 0 or text(answers, "means_adjusted") == "adjusted":
        return
    for line in lines_of(answers):
        for part in ("mean", "baseline_mean"):
            value = getattr(line, part)
            if value is None or line.n is None or (part == "mean" and text(answers, "statistic") == "percent change"):
                continue
            yield mean_off_grid(value, line.n, step=step, fields=line.name(part))


def directions(answers: Answers) -> Found:
    """Changes for the worse in both arms."""
    if text(answers, "statistic") not in ("change from baseline", "percent change"):
        return
    means = [line.mean for line in lines_of(answers) if line.mean is not None]
    if len(means) == 2:
        yield both_arms_got_worse(means[0], means[1], text(answers, "direction"), fields=("direction",))
