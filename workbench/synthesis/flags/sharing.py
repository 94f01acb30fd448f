"""Which results were compared with the same people."""

from __future__ import annotations

from workbench.synthesis.flags.numbers import plain
from workbench.synthesis.values import Contrast


def shares_comparator(a: Contrast, b: Contrast) -> bool:
    """Whether two contrasts of one study were compared with the same people.

    They were if they name the same comparator (and its numbers at one time do not say otherwise), if the comparator's
    numbers are identical though the active arms differ, or if the extractor says of one of them that its comparator is
    used in another result and these two alone can be meant. What the form asks about sharing is easily overlooked, so a
    "no" is not relied on: no one may be counted twice.
    """
    if a.study != b.study:
        return False
    if a.id == b.id:
        return True
    if plain(a.active_label) == plain(b.active_label):
        return False  # one pair of arms at two times or on two scales: a matter of choosing, not of sharing
    mine, theirs = _comparator_numbers(a), _comparator_numbers(b)
    if plain(a.comparator_label) == plain(b.comparator_label):
        return not (measured_alike(a, b) and _differ(mine, theirs))
    said = a.shared_comparator or b.shared_comparator
    if said and _one_time(a, b) and not _differ(mine, theirs):
        sizes = {item["n_comparator"] for item in (mine, theirs) if "n_comparator" in item}
        return len(sizes) < 2
    return len(mine) >= 3 and mine == theirs


def _one_time(a: Contrast, b: Contrast) -> bool:
    return (a.outcome, a.days_after_treatment, a.time_label) == (b.outcome, b.days_after_treatment, b.time_label)


def measured_alike(a: Contrast, b: Contrast) -> bool:
    return (a.outcome, a.days_after_treatment, a.time_label, a.instrument, a.statistic, a.kind) == (
        *(b.outcome, b.days_after_treatment, b.time_label, b.instrument, b.statistic, b.kind),
    )


def _differ(mine: dict[str, float], theirs: dict[str, float]) -> bool:
    """Whether the comparators' results differ; their sizes may, where one of them was divided in the source."""
    keys = (mine.keys() & theirs.keys()) - {"n_comparator"}
    sizes = mine.get("n_comparator"), theirs.get("n_comparator")
    if "events_comparator" in keys and sizes[0] != sizes[1]:
        keys -= {"events_comparator"}
    return any(mine[key] != theirs[key] for key in keys)


def _comparator_numbers(contrast: Contrast) -> dict[str, float]:
    keys = ("n_comparator", "mean_comparator", "spread_comparator", "events_comparator", "baseline_mean_comparator")
    return {key: contrast.numbers[key] for key in keys if key in contrast.numbers}
