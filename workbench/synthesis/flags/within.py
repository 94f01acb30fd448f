"""Rules over the results of one trial: they describe the same people, so they must fit together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.plausibility import (
    Finding,
    arms_do_not_add_up,
    change_is_not_final_minus_baseline,
    change_sd_impossible,
    comparator_looks_divided,
    difference_is_not_of_means,
    grows,
    interval_contradicts_means,
    many_lost,
    same_line,
    sources_differ,
)
from workbench.plausibility.copies import BETWEEN_ARMS
from workbench.synthesis.flags.look import Look, sentences
from workbench.synthesis.flags.numbers import group_of, is_crossover, line_of, plain, time_of, when
from workbench.synthesis.flags.sharing import shares_comparator
from workbench.synthesis.values import CROSSOVER, Contrast

ARMS = ("active", "comparator")
DESCRIBED = ("target", "frequency_hz", "pulses_session", "sessions", "coil", "pattern")


def shared_comparator(at: Look) -> str:
    """Two active arms that are compared with the same people."""
    contrast = at.contrast
    same = {
        peer.active_label for peer in at.kin if peer.outcome == contrast.outcome and shares_comparator(contrast, peer)
    }
    if not contrast.shared_comparator and len(same) < 2:
        return ""
    arms = f"{len(same)} active arms" if len(same) > 1 else "several active arms"
    if contrast.comparator_split == "already divided":
        return f"One comparator arm serves {arms}; its participants were already divided in the source."
    return f"One comparator arm serves {arms}; its participants are divided between them when they are pooled together."


def contradicts_itself(at: Look) -> str:
    """Numbers of one result, or of two results of one trial, that cannot all be right."""
    remarks = [finding.message for finding in _across(at.contrast, at.kin) if finding is not None]
    return sentences(*at.contrast.contradictions, *remarks)


def _across(contrast: Contrast, kin: Sequence[Contrast]) -> Iterator[Finding | None]:
    for other in kin:
        if other.id == contrast.id or not _same_arms(contrast, other) or time_of(contrast) != time_of(other):
            continue
        if (contrast.outcome, plain(contrast.instrument)) != (other.outcome, plain(other.instrument)):
            continue
        means, estimate = (contrast, other) if contrast.kind == "parallel_means" else (other, contrast)
        if means.kind == "parallel_means" and estimate.kind == "estimate" and estimate.measure_printed == "MD":
            yield from _estimate_of(means, estimate)
        final, change = (contrast, other) if contrast.statistic == "final value" else (other, contrast)
        measured_twice = (final.statistic, change.statistic) == ("final value", "change from baseline")
        if measured_twice and final.kind in ("parallel_means", "crossover_means") and final.kind == change.kind:
            yield from _change_of(final, change)


def _estimate_of(means: Contrast, estimate: Contrast) -> Iterator[Finding | None]:
    """A difference printed in one place, the arms' means in another."""
    if means.statistic != estimate.statistic or is_crossover(means):
        return
    a, b = group_of(means, "active"), group_of(means, "comparator")
    if a is None or b is None:
        return
    numbers = estimate.numbers
    difference, low, high = (numbers.get(key) for key in ("estimate", "estimate_low", "estimate_high"))
    if difference is not None:
        yield difference_is_not_of_means(difference, a.mean, b.mean)
    if low is not None and high is not None:
        yield interval_contradicts_means(low, high, a, b, level=numbers.get("estimate_level", 95.0))


def _change_of(final: Contrast, change: Contrast) -> Iterator[Finding | None]:
    """Baseline and final value in one place, the change in another."""
    for arm in ("active", "comparator"):
        if final.numbers.get(_people(final, arm)) != change.numbers.get(_people(change, arm)):
            continue
        after, changed = (group_of(item, "active" if arm == "active" else "comparator") for item in (final, change))
        before = final.numbers.get(f"baseline_mean_{arm}", change.numbers.get(f"baseline_mean_{arm}"))
        sd = final.numbers.get(f"baseline_sd_{arm}", change.numbers.get(f"baseline_sd_{arm}"))
        if after is None or changed is None:
            continue
        if sd is not None and after.factor == changed.factor == 1:
            yield change_sd_impossible(sd, after.sd, changed.sd, who=f"of the {arm} arm")
        if before is not None:
            yield change_is_not_final_minus_baseline(
                changed.mean, before, after.mean, after.middle_sd, who=f"of the {arm} arm"
            )


def numbers_repeated(at: Look) -> str:
    """One mean and SD at two times, or for two arms; one SD in two arms."""
    found = []
    contrast = at.contrast
    for arm in ARMS:
        mine = line_of(contrast, arm)
        if mine is None:
            continue
        for other in at.kin:
            theirs = line_of(other, arm)
            if theirs is None or other.id == contrast.id or other.outcome != contrast.outcome:
                continue
            same_arm = plain(_label(contrast, arm)) == plain(_label(other, arm))
            same_time = time_of(contrast) == time_of(other)
            if same_arm == same_time or (arm == "comparator" and same_time):
                continue  # one arm at one time is one line, however often it is typed
            if same_arm:
                where = f"{_label(contrast, arm) or arm} at two times ({when(contrast)}, {when(other)})"
            else:
                where = f"{contrast.active_label} and {other.active_label} at {when(contrast) or 'one time'}"
            found.append(same_line(mine, theirs, where))
    lines = [line_of(contrast, arm) for arm in ARMS]
    if lines[0] is not None and lines[1] is not None:
        found.append(same_line(lines[0], lines[1], "both arms", fine=BETWEEN_ARMS))
    baselines = [
        (contrast.numbers.get(f"baseline_mean_{arm}"), contrast.numbers.get(f"baseline_sd_{arm}")) for arm in ARMS
    ]
    for baseline, line, arm in zip(baselines, lines, ARMS, strict=True):
        if line is not None and None not in baseline and contrast.statistic == "final value":
            found.append(same_line((baseline[0] or 0.0, baseline[1] or 0.0), line, f"the {arm} arm before and after"))
    if None not in baselines[0] and None not in baselines[1]:
        first, second = ((mean or 0.0, sd or 0.0) for mean, sd in baselines)
        found.append(same_line(first, second, "both arms before treatment", fine=BETWEEN_ARMS))
    return sentences(*(finding.message for finding in found if finding is not None))


def people_do_not_add_up(at: Look) -> str:
    """Numbers of people that differ between results, grow over time, or exceed those randomised."""
    return sentences(*(finding.message for finding in _people_findings(at) if finding is not None))


def _people_findings(at: Look) -> Iterator[Finding | None]:
    contrast, kin = at.contrast, at.kin
    randomised = {item.result: n for item in kin if (n := item.numbers.get("n_randomised"))}
    if "n_randomised" in contrast.numbers:
        yield sources_differ("the participants randomised", randomised)
    same = [item for item in kin if item.outcome == contrast.outcome and _same_arms(contrast, item)]
    now = [item for item in same if time_of(item) == time_of(contrast) and item.analysis_set == contrast.analysis_set]
    for arm in ARMS:
        if arm == "comparator" and len({item.comparator_split for item in now}) > 1:
            continue  # the whole arm in one place, a share of it in another
        counted = {item.result: n for item in now if (n := item.numbers.get(_people(item, arm))) is not None}
        yield sources_differ(f"the participants of the {arm} arm at {when(contrast) or 'one time'}", counted)
    dated = [item for item in same if item.days_after_treatment is not None and item.instrument == contrast.instrument]
    dated = [item for item in dated if item.analysis_set == contrast.analysis_set]
    dated.sort(key=lambda item: item.days_after_treatment or 0.0)
    for arm in ARMS:
        times = [(when(item), n) for item in dated if (n := item.numbers.get(_people(item, arm))) is not None]
        yield grows(times)
    yield from _sharing(contrast, kin)


def _sharing(contrast: Contrast, kin: Sequence[Contrast]) -> Iterator[Finding | None]:
    """A comparator that serves several arms: divided in the source, or too many people in all arms together."""
    sharing = [
        item
        for item in kin
        if item.outcome == contrast.outcome and time_of(item) == time_of(contrast) and shares_comparator(contrast, item)
    ]
    arms = {plain(item.active_label): n for item in sharing if (n := item.numbers.get("n_active")) is not None}
    comparators = [n for item in sharing if (n := item.numbers.get("n_comparator")) is not None]
    if len(arms) < 2 or not comparators or is_crossover(contrast):
        return
    own = contrast.numbers.get("n_comparator")
    if own is not None:
        yield comparator_looks_divided(own, list(arms.values()), said=contrast.comparator_split)
    randomised = contrast.numbers.get("n_randomised")
    together = sum(arms.values()) + max(comparators)
    if randomised is not None and together > randomised and contrast.comparator_split != "already divided":
        everyone = {**arms, "comparator": max(comparators)}
        yield arms_do_not_add_up(everyone, randomised)


def missing_people(at: Look) -> str:
    """A fifth or more of those randomised are not analysed; not asked where other arms were randomised too."""
    contrast = at.contrast
    randomised = contrast.numbers.get("n_randomised")
    sizes = [n for arm in ARMS if (n := contrast.numbers.get(_people(contrast, arm))) is not None]
    if randomised is None or len(sizes) < 2 or len({plain(item.active_label) for item in at.kin}) > 1:
        return ""
    if contrast.design not in ("parallel", CROSSOVER):
        return ""
    finding = many_lost(max(sizes) if is_crossover(contrast) else sum(sizes), randomised)
    return sentences(finding.message) if finding is not None else ""


def described_differently(at: Look) -> str:
    """One arm whose stimulation is not the same in all results, or whose counts at one time are of different people."""
    contrast = at.contrast
    remarks = []
    alike = [item for item in at.kin if _same_arms(contrast, item)]
    for key in DESCRIBED:
        mine = contrast.stimulation.get(key)
        others = {
            str(item.stimulation[key]) for item in alike if key in item.stimulation and item.stimulation[key] != mine
        }
        if mine is not None and others:
            remarks.append(f"the {key.replace('_', ' ')} is {mine} here and {', '.join(sorted(others))} elsewhere")
    for arm in ARMS:
        here = contrast.numbers.get(_people(contrast, arm))
        elsewhere = sorted(
            {
                n
                for item in alike
                if item.outcome != contrast.outcome
                and item.kind == contrast.kind == "events"
                and time_of(item) == time_of(contrast)
                and item.comparator_split == contrast.comparator_split
                and (n := item.numbers.get(_people(item, arm))) is not None
                and n != here
            }
        )
        if here is not None and elsewhere:
            listed = ", ".join(f"{n:g}" for n in elsewhere)
            remarks.append(f"{here:g} people are in the {arm} arm here and {listed} for other outcomes at this time")
    return sentences(f"{'; '.join(remarks)}: look which source is right") if remarks else ""


def _same_arms(a: Contrast, b: Contrast) -> bool:
    return plain(a.active_label) == plain(b.active_label)


def _label(contrast: Contrast, arm: str) -> str:
    return contrast.active_label if arm == "active" else contrast.comparator_label


def _people(contrast: Contrast, arm: str) -> str:
    return "n_analysed" if contrast.kind == "crossover_means" else f"n_{arm}"
