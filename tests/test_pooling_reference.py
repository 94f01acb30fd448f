"""Pooled results against R metafor 3.8-1, driven to convergence (shared/reference/metafor).

Everything agrees to 1e-8 relative, iterated estimators included, because both sides converged. Two kinds of stored
values are end points of an iteration rather than the value itself, and have a tolerance of their own:

* tau2 that is zero but was approached from above (1e-15 for dat.lau1992): the floor is 1e-6 of the smallest sampling
  variance, far below anything that could move an estimate by 1e-8.
* I2 computed from such a tau2: 100 * tau2 / (tau2 + typical variance) may be off by as much in percent.
"""

from __future__ import annotations

import csv

import numpy as np
import pytest

from tests.metafor_reference import DATASETS, close, escalc_columns, numbers, reference, scalar
from tests.shared_data import shared
from workbench.effects import escalc
from workbench.pooling import (
    METHODS,
    Model,
    Pool,
    PoolingError,
    leave_one_out,
    mantel_haenszel,
    peto,
    pool,
    subgroups,
    table_tests,
)

FIELDS = {
    "k": "k",
    "beta": "estimate",
    "se": "se",
    "stat": "statistic",
    "ddf": "df",
    "pval": "p",
    "ci_lb": "ci_low",
    "ci_ub": "ci_high",
    "pi_lb": "pi_low",
    "pi_ub": "pi_high",
    "I2": "i2",
    "H2": "h2",
    "QE": "q",
    "QEp": "q_p",
}
TABLES = {
    "k": "k",
    "beta": "estimate",
    "se": "se",
    "stat": "statistic",
    "pval": "p",
    "ci_lb": "ci_low",
    "ci_ub": "ci_high",
    "I2": "i2",
    "H2": "h2",
    "QE": "q",
    "QEp": "q_p",
}
WITH_POOLS = [name for name in DATASETS if name != "dat.senn2013"]  # a network of arms: no pool in the file
BINARY = ["dat.bcg", "dat.bornmann2007", "dat.egger2001", "dat.hahn2001", "dat.lau1992", "dat.nielweise2007"]


def compare(ours: Pool, theirs: dict[str, object], fields: dict[str, str], about: str) -> int:
    compared = 0
    for name, field in fields.items():
        if name not in theirs:
            continue
        # percent, see the module's second point; p-values far out in the tail keep a relative 1e-8 all the same
        floor = 1e-2 if name == "I2" else 1e-300 if field in ("p", "q_p") else 1e-8
        mine, stored = getattr(ours, field), scalar(theirs[name])
        assert close(mine, stored, floor=floor), f"{about} {name}: {mine!r} against {stored!r}"
        compared += 1
    return compared


@pytest.mark.parametrize("dataset", WITH_POOLS)
def test_every_fit_is_metafors(dataset: str) -> None:
    compared = 0
    for measure, block in reference(dataset)["pool"].items():
        yi, vi = numbers(block["yi"]), numbers(block["vi"])
        for fit, theirs in block["fits"].items():
            if "error" in theirs:
                continue
            method, interval = fit.split("/")
            assert method == "EE" or method in METHODS
            ours = pool(yi, vi, Model(tau2=method, interval=interval))
            about = f"{dataset} {measure} {fit}"
            compared += compare(ours, theirs, FIELDS, about)
            floor = 100 * float(vi.min())  # see the module's first point
            assert close(ours.tau2, theirs["tau2"], floor=floor), f"{about} tau2"
            if "pi_hts_lb" in theirs:
                hts = pool(yi, vi, Model(tau2=method, interval=interval, prediction="hts"))
                assert close(hts.pi_low, theirs["pi_hts_lb"]), about
                assert close(hts.pi_high, theirs["pi_hts_ub"]), about
    assert compared > 100


@pytest.mark.parametrize("dataset", WITH_POOLS)
def test_the_q_profile_interval_and_other_levels_are_metafors(dataset: str) -> None:
    for measure, block in reference(dataset)["pool"].items():
        yi, vi = block["yi"], block["vi"]
        wald = pool(yi, vi, Model(interval="wald"))
        for name in ("tau2_ci_qprofile", "tau2_ci_qprofile_dl"):
            _, low, high = block[name]["tau2"]
            assert close(wald.tau2_low, low), f"{dataset} {measure}"
            assert close(wald.tau2_high, high), f"{dataset} {measure}"
        ninety = pool(yi, vi, Model(interval="wald", level=90))
        assert close(ninety.ci_low, scalar(block["ci_level90"]["ci_lb"]))
        assert close(ninety.ci_high, scalar(block["ci_level90"]["ci_ub"]))


def test_reml_takes_the_higher_of_two_maxima() -> None:
    # dat.gibson2002, mean differences: an iteration from a poor start ends on the lower one
    block = reference("dat.gibson2002")["pool"]["MD"]
    ours = pool(block["yi"], block["vi"], Model(interval="wald"))
    assert close(ours.tau2, block["fits"]["REML/z"]["tau2"])


def test_metafors_loose_default_is_not_what_we_match() -> None:
    # plain rma() stops at a change of 1e-5; an engine tuned to that would fail this
    block = reference("dat.bcg")["pool"]["RR"]
    ours = pool(block["yi"], block["vi"], Model(interval="wald"))
    assert not close(ours.tau2, block["default_control"]["tau2"])
    assert ours.tau2 == pytest.approx(block["default_control"]["tau2"], rel=1e-6)


@pytest.mark.parametrize("dataset", [name for name in WITH_POOLS if name != "dat.pritz1997"])
@pytest.mark.parametrize(("method", "block", "interval"), [("REML", "leave1out", "z"), ("DL", "leave1out", "z")])
def test_leaving_one_study_out_is_metafors(dataset: str, method: str, block: str, interval: str) -> None:
    found = reference(dataset)["diagnostics"]
    theirs = found[method].get(block)
    if not theirs or "error" in theirs:
        pytest.skip("metafor gave no result")
    effects = reference(dataset)["pool"][found["measure"]]
    ours = leave_one_out(effects["yi"], effects["vi"], Model(tau2=method, interval=interval))
    names = {"estimate": "estimate", "se": "se", "pval": "p", "ci_lb": "ci_low", "ci_ub": "ci_high", "Q": "q"}
    for name, field in (names | {"Qp": "q_p", "H2": "h2"}).items():
        for i, stored in enumerate(theirs[name]):
            if stored is not None:
                # 1e-3: these fits share one control over all deletions and are looser than the main ones (README)
                assert close(getattr(ours[i], field), stored, floor=1e-3), f"{name} without {i + 1}"


@pytest.mark.parametrize("dataset", ["dat.bcg", "dat.gibson2002", "dat.hackshaw1998", "dat.molloy2014"])
@pytest.mark.parametrize("method", ["REML", "DL", "EE"])
def test_subgroups_with_their_own_tau2_are_metafors(dataset: str, method: str) -> None:
    block = reference(dataset)["subgroups"]
    ours = subgroups(block["yi"], block["vi"], block["group"], Model(tau2=method, interval="z"))
    theirs = block["separate_tau2"][method]
    assert close(ours.q_between, theirs["Q_between"])
    assert ours.q_df == theirs["df"]
    assert close(ours.q_p, theirs["p"])
    for group in ours.groups:
        stored = theirs["groups"][group.name]
        if "error" not in stored and stored["k"] > 1:
            compare(group.pool, stored, FIELDS, f"{dataset} {group.name}")


@pytest.mark.parametrize("dataset", BINARY)
def test_mantel_haenszel_and_peto_are_metafors(dataset: str) -> None:
    columns = escalc_columns(dataset)
    for name, theirs in reference(dataset)["mh_peto"].items():
        if "error" in theirs:
            continue
        if name == "Peto":
            ours = peto(columns)
        else:
            _, measure, *rest = name.split("/")
            ours = mantel_haenszel(measure, columns, add_both=rest == ["add_both"])
        assert compare(ours, theirs, TABLES, f"{dataset} {name}") == len(TABLES)
        assert ours.q_df == theirs["k_yi"] - 1


@pytest.mark.parametrize("dataset", BINARY)
@pytest.mark.parametrize(("name", "correct"), [("MH/OR", True), ("MH/OR/nocc", False)])
def test_the_tests_on_tables_are_metafors(dataset: str, name: str, correct: bool) -> None:
    ours = table_tests(escalc_columns(dataset), correct=correct)
    theirs = reference(dataset)["mh_peto"][name]
    for stored, field in {"MH": "association", "BD": "breslow_day", "TA": "tarone"}.items():
        assert close(getattr(ours, field), theirs[stored])
        assert close(getattr(ours, f"{field}_p"), theirs[f"{stored}p"], floor=1e-300)


@pytest.mark.parametrize(("key", "prediction"), [("default", "metafor"), ("k-2", "hts")])
@pytest.mark.parametrize("interval", ["z", "knha"])
def test_prediction_intervals_of_metafor_5(interval: str, key: str, prediction: str) -> None:
    block = reference("conversions")["prediction_intervals"]
    theirs = block["results"][f"{interval}/{key}"]
    ours = pool(block["input"]["yi"], block["input"]["vi"], Model(interval=interval, prediction=prediction))
    # 1e-8: fitted with metafor's threshold of 1e-14
    assert close(ours.pi_low, theirs["pi_lb"])
    assert close(ours.pi_high, theirs["pi_ub"])


def test_the_antidepressant_trials_in_fibromyalgia() -> None:
    # Haeuser et al. 2009, JAMA 301:198: SMD for pain -0.43 (-0.55 to -0.30), DerSimonian-Laird
    with shared("data/metadat_pain/haeuser2009.csv").open(encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["outcome"] == "pain"]
    names = {"m1i": "mti", "sd1i": "sdti", "n1i": "nti", "m2i": "mci", "sd2i": "sdci", "n2i": "nci"}
    effects = escalc("SMD", {name: [float(row[column]) for row in rows] for name, column in names.items()})
    ours = pool(effects.yi, effects.vi, Model(tau2="DL", interval="wald"))
    assert (round(ours.estimate, 2), round(ours.ci_low or 0, 2), round(ours.ci_high or 0, 2)) == (-0.43, -0.55, -0.30)
    with shared("data/metadat_pain/expected_pooled.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if (row["dataset"], row["subset"], row["measure"]) != ("haeuser2009", "pain", "SMD"):
                continue
            if row["method"] not in METHODS and row["method"] != "EE":
                continue
            found = pool(effects.yi, effects.vi, Model(tau2=row["method"], interval=row["test"]))
            # printed to ten digits; REML, ML and PM there stopped at metafor's default, up to 1.2e-4 from the end
            tolerance = 1e-9 if row["method"] in ("EE", "DL", "HE", "SJ") else 5e-4
            assert close(found.estimate, float(row["estimate"]), rel=tolerance), row
            assert close(found.se, float(row["se"]), rel=tolerance), row


def test_tables_whose_events_lie_on_one_side_are_refused() -> None:
    with pytest.raises(PoolingError, match="one side"):
        mantel_haenszel("OR", {"ai": [0, 0], "n1i": [10, 12], "ci": [1, 2], "n2i": [10, 12]})
    with pytest.raises(PoolingError, match="no odds ratio"):
        peto({"ai": [0, 0], "n1i": [10, 12], "ci": [0, 0], "n2i": [10, 12]})


def test_incomplete_tables_are_left_out() -> None:
    whole = {"ai": [3.0, 4.0], "n1i": [20.0, 30.0], "ci": [5.0, 9.0], "n2i": [20.0, 30.0]}
    more = {name: [*values, np.nan if name == "ai" else 10.0] for name, values in whole.items()}
    assert mantel_haenszel("RR", more) == mantel_haenszel("RR", whole)
