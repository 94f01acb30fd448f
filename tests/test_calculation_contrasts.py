"""The trail of a contrast ends in the very numbers that synthesis pools."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.trial_answers import Bench
from workbench.calculation import CalculationError, ContrastNumbers, Derivation, derive_contrast
from workbench.review import MEASURES_OF
from workbench.synthesis import Asked, Contrast, EffectRow, SynthesisError, effect_row
from workbench.synthesis.flags import scale_length

DEMO = Path(__file__).resolve().parents[1] / "workbench" / "demo" / "data" / "extractions.yaml"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    made = Bench(tmp_path_factory.mktemp("bench") / "review")
    for study in yaml.safe_load(DEMO.read_text(encoding="utf-8"))["studies"]:
        for result in study["results"]:
            answers = {key: value for key, value in result["answers"].items() if value is not None}
            made.add(study["label"], result["result"], result["form"], answers)
    return made


def numbers_of(contrast: Contrast, asked: Asked, share: int) -> ContrastNumbers:
    factor = 1.0
    length = scale_length(contrast, asked.outcome)
    if asked.common_length is not None and length is not None and contrast.statistic != "percent change":
        factor = 10.0 ** round(math.log10(asked.common_length / length))
    return ContrastNumbers(
        kind=contrast.kind,
        numbers=contrast.numbers,
        measure=asked.measure,
        benefit=asked.outcome.benefit,
        direction=contrast.direction,
        event_is=contrast.event_is,
        favours=contrast.favours,
        spread_kind=contrast.spread_kind,
        measure_printed=contrast.measure_printed,
        design=contrast.design,
        share=1 if contrast.comparator_split == "already divided" else share,
        scale_factor=factor,
        crossover_r=asked.crossover_r,
        crossover_variance=asked.crossover_vtype,
        sources={"n_active": "Table 2"},
    )


def both(contrast: Contrast, asked: Asked, share: int) -> tuple[EffectRow | str, Derivation | str]:
    try:
        row: EffectRow | str = effect_row(contrast, asked, share=share)
    except SynthesisError as error:
        row = str(error)
    try:
        trail: Derivation | str = derive_contrast(numbers_of(contrast, asked, share))
    except CalculationError as error:
        trail = str(error)
    return row, trail


def compare(contrast: Contrast, asked: Asked, share: int) -> bool:
    """Whether there is an effect; both ways give it, to the last digit, or neither does."""
    row, trail = both(contrast, asked, share)
    if isinstance(row, str) and "a ratio of means needs values" in row:
        return False  # what kind of number the means are is synthesis's to know
    if isinstance(row, str) or isinstance(trail, str):
        assert isinstance(row, str), (contrast.id, asked.measure, share, trail)
        assert isinstance(trail, str), (contrast.id, asked.measure, share, row)
        return False
    assert (trail.yi, trail.vi) == (row.yi, row.vi), (contrast.id, asked.measure, share)
    return True


def test_the_examples_results_are_equal_to_the_last_digit(bench: Bench) -> None:
    found = bench.contrasts()
    assert len(found) > 30
    compared: Counter[str] = Counter()
    for contrast in found:
        outcome = bench.review.outcome(contrast.outcome)
        for measure in MEASURES_OF[outcome.kind]:
            for share in (1, 2, 3):
                asked = Asked(outcome=outcome, measure=measure, crossover_r=0.5)
                compared[contrast.kind] += compare(contrast, asked, share)
    assert set(compared) >= {"parallel_means", "crossover_means", "events", "estimate"}
    assert min(compared.values()) > 3, compared


PARALLEL = {"n_active": 20, "mean_active": 31.4, "spread_active": 6.3}
PARALLEL |= {"n_comparator": 19, "mean_comparator": 47.9, "spread_comparator": 5.1}
CROSSOVER = {"n_analysed": 14, "mean_active": 31.4, "spread_active": 16.3}
CROSSOVER |= {"mean_comparator": 47.9, "spread_comparator": 15.1}
CASES: dict[str, dict[str, Any]] = {
    "parallel_means": {"numbers": PARALLEL},
    "crossover_means": {"numbers": CROSSOVER, "design": "crossover"},
}
ARM_SIZES = {"n_active": 20, "n_comparator": 19}
ESTIMATES: tuple[dict[str, float], ...] = (
    {"estimate_se": 0.31},
    {"estimate_se": 0.31, "estimate_low": 0.4, "estimate_high": 1.6, "estimate_p": 0.4},
    {"estimate_low": 0.4, "estimate_high": 1.6},
    {"estimate_low": 0.4, "estimate_high": 1.6, "estimate_level": 90, "estimate_p": 0.01, "estimate_df": 37},
    {"estimate_p": 0.03},
    {"estimate_p": 0.03, "estimate_df": 37},
    {"estimate_low": 0.4},
    {},
)


def variants(contrast: Contrast) -> list[Contrast]:
    """The contrast with every kind of spread, direction and printed estimate."""
    plain = dataclasses.replace(contrast, comparator_split="", statistic="final value")
    found = []
    for kind, more in CASES.items():
        for spread in ("SD", "SE", "95% CI half-width", ""):
            for direction in ("lower is better", "higher is better", ""):
                made = dataclasses.replace(plain, kind=kind, spread_kind=spread, direction=direction, **more)
                found.append(made)
                if kind == "crossover_means":
                    numbers = {**more["numbers"], "correlation": 0.62}
                    found.append(dataclasses.replace(made, numbers=numbers))
    for printed in ("MD", "SMD", "OR", "RR", "RD"):
        for design in ("parallel", "crossover"):
            for beside in ESTIMATES:
                for sizes in ({}, ARM_SIZES):
                    for good in ("good", "bad", ""):
                        found.append(
                            dataclasses.replace(
                                plain,
                                kind="estimate",
                                design=design,
                                measure_printed=printed,
                                direction={"good": "higher is better", "bad": "lower is better"}.get(good, ""),
                                event_is=good,
                                numbers={"estimate": 0.8, **beside, **sizes},
                            )
                        )
    for statistic in ({"estimate_t": -2.4}, {"estimate_p": 0.02}, {"estimate_t": 2.4, "estimate_p": 0.02}, {}):
        for favours in ("active", "comparator", ""):
            for sizes in ({}, ARM_SIZES):
                numbers = {**statistic, **sizes}
                found.append(
                    dataclasses.replace(
                        plain,
                        kind="estimate",
                        measure_printed="SMD",
                        favours=favours,
                        numbers=numbers,
                        design="parallel",
                    )
                )
    for cells in ((4, 20, 9, 19), (0, 20, 9, 19), (0, 20, 0, 19), (20, 20, 19, 19), (21, 20, 1, 19)):
        for good in ("good", "bad", ""):
            keys = ("events_active", "n_active", "events_comparator", "n_comparator")
            found.append(
                dataclasses.replace(plain, kind="events", event_is=good, numbers=dict(zip(keys, cells, strict=True)))
            )
    for counts in ((4, 9), (0, 9), (0, 0)):
        for good in ("good", "bad", ""):
            keys = ("events_active", "events_comparator", "time_active", "time_comparator")
            numbers = dict(zip(keys, (*counts, 80.0, 78.5), strict=True))
            found.append(dataclasses.replace(plain, kind="rates", event_is=good, numbers=numbers))
    return found


def test_every_kind_of_answer_is_equal_to_the_last_digit_or_refused_by_both(bench: Bench) -> None:
    any_contrast = next(item for item in bench.contrasts() if item.kind == "parallel_means")
    compared: Counter[str] = Counter()
    refused = 0
    outcomes = {(item.kind, item.benefit): item for item in bench.review.outcomes}.values()
    assert {item.benefit for item in outcomes} == {"lower", "higher"}
    for contrast in variants(any_contrast):
        for outcome in outcomes:
            scaled = dataclasses.replace(
                contrast, outcome=outcome.key, numbers={**contrast.numbers, "scale_low": 0.0, "scale_high": 100.0}
            )
            for measure in MEASURES_OF[outcome.kind]:
                for share, length, variance in ((1, None, "Handbook"), (2, None, "SMCRP"), (2, 10.0, "Handbook")):
                    asked = Asked(
                        outcome=outcome,
                        measure=measure,
                        crossover_r=0.4,
                        common_length=length,
                        crossover_vtype=variance,
                    )
                    done = compare(scaled, asked, share)
                    compared[contrast.kind] += done
                    refused += not done
    assert set(compared) == {"parallel_means", "crossover_means", "events", "rates", "estimate"}
    assert min(number for kind, number in compared.items() if kind != "rates") > 50, compared
    assert compared["rates"] == 2 * 3  # two pairs of counts, three ways of sharing; only the outcome's own event
    assert refused > 100


def test_a_source_stands_beside_its_number(bench: Bench) -> None:
    contrast = next(item for item in bench.contrasts() if item.kind == "parallel_means")
    asked = Asked(outcome=bench.review.outcome(contrast.outcome), measure="MD", crossover_r=0.5)
    trail = derive_contrast(numbers_of(contrast, asked, 1))
    assert {term.source for step in trail.steps for term in step.inputs if term.symbol == "n1"} == {"Table 2"}


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(CalculationError, match="parallel_means"):
        derive_contrast(ContrastNumbers(kind="survival", numbers={}, measure="HR", benefit="lower"))
