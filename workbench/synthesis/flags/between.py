"""Rules between trials: the same people under two names, or one trial under two designs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.plausibility import Finding, Sample, arms_sum_to_crossover, copied_from, may_overlap
from workbench.plausibility.copies import FINE, digits
from workbench.synthesis.flags.look import Look, sentences
from workbench.synthesis.flags.numbers import (
    as_two_groups,
    baseline_arms,
    is_crossover,
    lines_of,
    marks_of,
    plain,
    sizes_of,
)
from workbench.synthesis.values import Contrast

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def baseline_copied(at: Look) -> str:
    """Both arms' baseline mean and SD, or both their results, equal another trial's: one sample, or a copying slip.

    Once two trials are tied so, their other arms with an arm in common are marked too.
    """
    contrast = at.contrast
    mine = set(baseline_arms(contrast))
    if not mine:
        return _results_copied(at)
    alike = [peer for peer in at.peers if peer.outcome == contrast.outcome and len(baseline_arms(peer)) == 2]
    own = [sorted(baseline_arms(peer)) for peer in alike if peer.study == contrast.study]
    tied: list[str] = []
    for study in dict.fromkeys(peer.study for peer in alike if peer.study != contrast.study):
        theirs = [peer for peer in alike if peer.study == study]
        both_arms = any(sorted(baseline_arms(peer)) in own for peer in theirs)
        if both_arms and any(mine & set(baseline_arms(peer)) for peer in theirs):
            tied.append(theirs[0].study_label)
    finding = copied_from(tied)
    return sentences(finding.message if finding is not None else "", _results_copied(at))


def _results_copied(at: Look) -> str:
    """Mean and SD of both arms, and their sizes, as in another trial on the same outcome."""
    mine = lines_of(at.contrast)
    if len(mine) < 2 or min(digits(*line) for line in mine) < FINE:
        return ""
    sizes = sizes_of(at.contrast)
    found = dict.fromkeys(
        peer.study_label
        for peer in at.among.by_sizes.get(sizes, ())
        if peer.study != at.contrast.study
        and peer.outcome == at.contrast.outcome
        and sorted(lines_of(peer)) == sorted(mine)
    )
    if not found:
        return ""
    names = ", ".join(found)
    return f"Both arms' numbers of people, means and SDs are those of {names}: the same trial twice, or a copying slip?"


def overlapping_participants(at: Look) -> str:
    """Two trials with one registration number or one report: the same people under two names."""
    contrast = at.contrast
    found = {peer.id: peer for mark in marks_of(contrast) for peer in at.among.by_mark.get(mark, ())}
    # in the order of the review
    places = {peer.id: place for place, peer in enumerate(at.peers)} if len(found) > 1 else {}
    tied = dict.fromkeys(
        peer.study_label
        for peer in sorted(found.values(), key=lambda peer: places.get(peer.id, 0))
        if peer.study != contrast.study
    )
    if not tied:
        return ""
    return f"Shares a registration number or a report with {', '.join(tied)}: are they the same participants?"


def samples_alike(at: Look) -> str:
    """Another trial of the same arm sizes, condition, stimulation and years."""
    return sentences(*(finding.message for finding in _alike(at)))


def _alike(at: Look) -> Iterator[Finding]:
    mine, told = _sample(at.contrast), set()
    if len(mine.arms) < 2 or not mine.condition:
        return
    for peer in at.among.by_sizes.get(mine.arms, ()):
        if peer.study == at.contrast.study or peer.study in told:
            continue
        finding = may_overlap(mine, _sample(peer))
        if finding is not None and finding.code == "samples_alike":
            told.add(peer.study)
            yield finding


def crossover_as_parallel(at: Look) -> str:
    """Two arms that make up the people of a crossover trial of the same name, registration or report."""
    contrast = at.contrast
    n1, n2 = contrast.numbers.get("n_active"), contrast.numbers.get("n_comparator")
    if as_two_groups(contrast):
        return (
            "A crossover trial, entered as two separate groups: its people are compared with themselves. Enter both "
            "periods, or the first alone, in the form for crossovers (Cochrane Handbook 23.2.6)."
        )
    if is_crossover(contrast):
        return ""
    if any(is_crossover(peer) for peer in at.kin):
        return "Other results of this trial are entered as of a crossover trial, this one as of two separate groups."
    if n1 is None or n2 is None:
        return ""
    found = {}
    for peer in at.among.crossovers.get(n1 + n2, ()):
        if peer.study != contrast.study and _related(contrast, peer):
            found[peer.study_label] = arms_sum_to_crossover(n1, n2, n1 + n2, peer.study_label).message
    return sentences(*found.values())


def _related(a: Contrast, b: Contrast) -> bool:
    """Whether two studies share first author, registration or report."""
    return bool(_author(a) & _author(b) or marks_of(a) & marks_of(b))


def _author(contrast: Contrast) -> frozenset[str]:
    """The first author's name in a label such as "Malavera 2016"; nothing where the label has no year."""
    name = plain(_YEAR.split(contrast.study_label)[0]) if _YEAR.search(contrast.study_label) else ""
    return frozenset({name}) if name else frozenset()


def _sample(contrast: Contrast) -> Sample:
    year = _YEAR.search(contrast.study_label)
    return Sample(
        label=contrast.study_label,
        arms=sizes_of(contrast),
        condition=contrast.indication_detail,
        country=contrast.country,
        authors=_author(contrast),
        year=int(year[0]) if year else None,
        stimulation=tuple(str(contrast.stimulation.get(key, "")) for key in ("target", "frequency_hz")),
    )
