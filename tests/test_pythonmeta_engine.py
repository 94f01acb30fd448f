"""PythonMeta as the second engine: it agrees where it should, and its defects do not come through."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import logging
import math
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.metafor_reference import close, escalc_columns, reference, scalar
from workbench import pythonmeta_engine as engine
from workbench.effects import escalc
from workbench.pooling import Model, mantel_haenszel, peto, pool
from workbench.pythonmeta_engine import (
    AGREEMENT,
    CheckRequest,
    NotOffered,
    PythonMetaError,
    cross_check,
    cross_check_many,
    pool_with_pythonmeta,
)

BINARY = ["dat.bcg", "dat.bornmann2007", "dat.egger2001", "dat.hahn2001", "dat.lau1992", "dat.nielweise2007"]
CONTINUOUS = ["dat.gibson2002", "dat.normand1999"]
EVENTS = {"ai": [4, 6, 3, 62, 33], "n1i": [123, 306, 231, 13598, 5069]}
EVENTS |= {"ci": [11, 29, 11, 248, 47], "n2i": [139, 303, 220, 12867, 5808]}
MEANS = {"m1i": [3.1, 4.2], "sd1i": [1.5, 2.0], "n1i": [20, 35], "m2i": [4.4, 4.9], "sd2i": [1.2, 2.2], "n2i": [22, 33]}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    engine._kept.clear()


@pytest.mark.parametrize("dataset", BINARY)
def test_both_engines_agree_on_tables(dataset: str) -> None:
    columns = escalc_columns(dataset)
    requests = [CheckRequest(measure=measure, columns=columns) for measure in ("OR", "RR", "RD")]
    requests += [
        CheckRequest(measure=measure, columns=columns, pool=mantel_haenszel(measure, columns))
        for measure in ("OR", "RR", "RD")
    ]
    for check in cross_check_many(requests):
        assert check.offered, check.reason
        assert check.agrees, check.details
        assert "agrees" in check.statement


@pytest.mark.parametrize("dataset", CONTINUOUS)
@pytest.mark.parametrize("measure", ["MD", "SMD"])
def test_both_engines_agree_on_means(dataset: str, measure: str) -> None:
    check = cross_check(measure, escalc_columns(dataset))
    assert check.agrees, check.details
    assert {item.quantity for item in check.details} == {"estimate", "se", "q", "tau2"}


def test_both_engines_agree_on_petos_method() -> None:
    check = cross_check("OR", EVENTS, peto(EVENTS))
    assert check.agrees, check.details


@pytest.mark.parametrize(("method", "fit"), [("CE", "EE/z"), ("DL", "DL/z")])
def test_pythonmeta_pools_as_metafor_and_its_interval_and_p_are_exact(method: str, fit: str) -> None:
    # its own interval uses 1.96 and its p values are interpolated from tables; ours are worked out again
    theirs = reference("dat.bcg")["pool"]["RR"]["fits"][fit]
    found = pool_with_pythonmeta("RR", escalc_columns("dat.bcg"), method)
    names = {"beta": "estimate", "se": "se", "ci_lb": "ci_low", "ci_ub": "ci_high", "pval": "p", "QE": "q"}
    for stored, name in (names | {"QEp": "q_p", "I2": "i2", "tau2": "tau2"}).items():
        assert close(getattr(found, name), scalar(theirs[stored]), floor=1e-300), name


def test_a_disagreement_is_shown() -> None:
    columns = {name: np.array(values, dtype=float) for name, values in EVENTS.items()}
    shown = pool(*_log_odds(columns), Model(tau2="DL", interval="wald"))
    wrong = dataclasses.replace(shown, estimate=shown.estimate * (1 + 1e-6))
    assert cross_check("OR", columns, shown).agrees
    check = cross_check("OR", columns, wrong)
    assert check.offered
    assert check.agrees is False
    assert check.worst_relative_difference is not None
    assert check.worst_relative_difference > AGREEMENT
    assert "DISAGREES" in check.statement


def test_a_reml_result_is_checked_by_the_methods_both_engines_have() -> None:
    effects = escalc("MD", MEANS)
    check = cross_check("MD", MEANS, pool(effects.yi, effects.vi, Model()))
    assert check.agrees
    assert {item.method for item in check.details} == {"CE", "DL"}


class TestGuards:
    def test_double_zeros_are_left_out_and_counted(self) -> None:
        columns = {"ai": [0, 3, 5], "n1i": [10, 20, 30], "ci": [0, 5, 9], "n2i": [11, 20, 30]}
        found = pool_with_pythonmeta("OR", columns)
        assert found.rows == (1, 2)
        assert any("1 study in which both arms had no event" in note for note in found.notes)

    def test_names_never_reach_it_so_no_study_is_dropped(self) -> None:
        # it drops "2012", short lines and blanks without a word; all rows must come back
        found = pool_with_pythonmeta("OR", {name: [1, 2, 3] if name in ("ai", "ci") else [9, 9, 9] for name in EVENTS})
        assert found.k == 3
        assert len(found.weights) == 3

    def test_more_than_its_limit_is_refused(self) -> None:
        columns = {"ai": [3] * 201, "n1i": [10] * 201, "ci": [4] * 201, "n2i": [10] * 201}
        with pytest.raises(NotOffered, match="200 studies at most"):
            pool_with_pythonmeta("OR", columns)
        assert pool_with_pythonmeta("OR", {name: values[:200] for name, values in columns.items()}).k == 200

    @pytest.mark.parametrize(
        ("measure", "columns", "method", "said"),
        [
            ("OR", EVENTS | {"ai": [0, 6, 3, 62, 33]}, "Peto", "empty cells"),
            ("RR", EVENTS, "Peto", "odds ratios only"),
            ("MD", MEANS, "MH", "OR, RR and RD"),
            ("MD", MEANS, "REML", "does not offer REML"),
            ("IRR", EVENTS, "DL", "does not offer IRR"),
            ("OR", EVENTS | {"ai": [4.5, 6, 3, 62, 33]}, "DL", "whole numbers"),
            ("MD", {"yi": [1], "vi": [1]}, "DL", "needs arm data"),
            ("MD", MEANS | {"sd1i": [0, 1]}, "DL", "row 1: sd1i"),
            ("OR", {"ai": [0], "n1i": [5], "ci": [0], "n2i": [5]}, "DL", "no study is left"),
        ],
    )
    def test_what_it_does_not_offer_or_gets_wrong_is_refused(
        self, measure: str, columns: dict[str, Any], method: str, said: str
    ) -> None:
        with pytest.raises(NotOffered, match=said):
            pool_with_pythonmeta(measure, columns, method)

    def test_hartung_knapp_is_not_offered(self) -> None:
        with pytest.raises(NotOffered, match="Wald"):
            pool_with_pythonmeta("MD", MEANS, Model(tau2="DL", interval="hksj"))
        assert pool_with_pythonmeta("MD", MEANS, Model(tau2="DL", interval="wald", level=90)).level == 90

    def test_a_check_never_raises_for_what_is_not_offered(self) -> None:
        check = cross_check("MD", {"yi": [1.0]})
        assert (check.offered, check.agrees, check.worst_relative_difference) == (False, None, None)
        assert check.statement.startswith("Not checked with PythonMeta")

    def test_the_sign_of_the_statistic_is_kept(self) -> None:
        assert pool_with_pythonmeta("MD", MEANS, "CE").statistic < 0

    def test_heterogeneity_of_one_study_does_not_exist(self) -> None:
        found = pool_with_pythonmeta("OR", {name: values[:1] for name, values in EVENTS.items()})
        assert (found.q, found.i2, found.q_p, found.k) == (None, None, None, 1)
        assert found.tau2 == 0


class TestProcess:
    def test_this_process_never_imports_it(self) -> None:
        code = (
            "import sys, logging\n"
            "from workbench.pythonmeta_engine import cross_check\n"
            f"assert cross_check('MD', {MEANS!r}).agrees\n"
            "bad = {'PythonMeta', 'matplotlib', 'pylab', 'statsmodels', 'pandas'} & set(sys.modules)\n"
            "assert not bad, bad\n"
            "assert not logging.getLogger().handlers\n"
        )
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

    def test_nothing_is_written_into_its_installation(self) -> None:
        folder = _installed()
        before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if "__pycache__" not in path.parts}
        pool_with_pythonmeta("MD", MEANS)
        after = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if "__pycache__" not in path.parts}
        assert after == before
        assert not logging.getLogger("PythonMeta.core").handlers

    def test_it_runs_from_a_read_only_installation_with_no_home(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # a copy that nobody may write to, found before the real one
        copy = tmp_path / "site" / "PythonMeta"
        copy.mkdir(parents=True)
        for name in ("__init__.py", "core.py"):
            (copy / name).write_bytes((_installed() / name).read_bytes())
        for path in (copy / "core.py", copy / "__init__.py", copy):
            path.chmod(stat.S_IRUSR | stat.S_IXUSR)
        monkeypatch.syspath_prepend(str(copy.parent))
        monkeypatch.setenv("HOME", "/nonexistent")
        monkeypatch.chdir("/")
        try:
            assert pool_with_pythonmeta("MD", MEANS).k == 2
            assert sorted(path.name for path in copy.iterdir()) == ["__init__.py", "core.py"]
        finally:
            copy.chmod(stat.S_IRWXU)

    def test_credentials_are_not_passed_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: dict[str, Any] = {}
        run = subprocess.run

        def spy(*args: Any, **options: Any) -> Any:
            seen.update(options)
            return run(*args, **options)

        monkeypatch.setenv("NCBI_API_KEY", "secret")
        monkeypatch.setattr(subprocess, "run", spy)
        pool_with_pythonmeta("MD", MEANS)
        assert "NCBI_API_KEY" not in seen["env"]
        assert not seen.get("shell")

    def test_one_child_answers_many_checks_and_the_answers_are_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        calls = []
        ask = engine._ask_child

        def counted(texts: Any) -> Any:
            calls.append(len(texts))
            return ask(texts)

        monkeypatch.setattr(engine, "_ask_child", counted)
        requests = [CheckRequest(measure=measure, columns=EVENTS) for measure in ("OR", "RR", "RD", "OR")]
        began = time.monotonic()
        checks = cross_check_many(requests)
        assert all(check.agrees for check in checks)
        assert checks[0] == checks[3]
        cross_check_many(requests)
        assert calls == [6]
        # a start takes a fifth of a second; the bound leaves room for a busy machine
        assert time.monotonic() - began < 10

    @pytest.mark.parametrize(
        ("outcome", "said"),
        [
            (subprocess.TimeoutExpired("x", 1), "did not answer within"),
            (OSError("no such file"), "could not be started"),
            (subprocess.CompletedProcess([], 1, "", "Traceback\nImportError: gone"), "ImportError: gone"),
            (subprocess.CompletedProcess([], 0, "not json", ""), "cannot be read"),
            (subprocess.CompletedProcess([], 0, '{"answers": []}', ""), "every question"),
        ],
    )
    def test_a_child_that_fails_is_reported(self, monkeypatch: pytest.MonkeyPatch, outcome: Any, said: str) -> None:
        def run(*_: Any, **__: Any) -> Any:
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        monkeypatch.setattr(subprocess, "run", run)
        with pytest.raises(PythonMetaError, match=said):
            pool_with_pythonmeta("MD", MEANS)
        check = cross_check("MD", MEANS)
        assert not check.offered
        assert said in check.reason

    def test_an_analysis_it_cannot_compute_does_not_spoil_the_others(self) -> None:
        good = {"measure": "MD", "algorithm": "IV", "random": False, "rows": [[3.0, 1.0, 10.0, 4.0, 1.0, 10.0]]}
        bad = good | {"rows": [[3.0, 0.0, 10.0, 4.0, 0.0, 10.0]]}
        first, second = engine._ask_child([json.dumps(bad), json.dumps(good)])
        assert "ZeroDivisionError" in first["error"]
        assert second["estimate"] == pytest.approx(-1)
        assert second["se"] == pytest.approx(math.sqrt(0.2))


def _installed() -> Path:
    spec = importlib.util.find_spec("PythonMeta")
    assert spec is not None
    assert spec.origin is not None
    return Path(os.path.dirname(spec.origin))


def _log_odds(columns: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    effects = escalc("OR", columns)
    return effects.yi, effects.vi


def test_a_shown_effect_that_its_arm_data_does_not_give_is_found() -> None:
    columns = {
        name: np.array(values)
        for name, values in {
            "m1i": [4.3, 5.82, 2.45], "sd1i": [1.207, 1.207, 0.76], "n1i": [20, 20, 31],
            "m2i": [5.66, 5.66, 5.6], "sd2i": [0.58, 0.58, 0.67], "n2i": [10, 10, 15],
        }.items()
    }  # fmt: skip
    shown = escalc("SMD", columns)
    yi, vi = tuple(map(float, shown.yi)), tuple(map(float, shown.vi))
    turned = (yi[0], -yi[1], yi[2])
    right, wrong, variance = cross_check_many(
        [
            CheckRequest(measure="SMD", columns=columns, yi=yi, vi=vi),
            CheckRequest(measure="SMD", columns=columns, yi=turned, vi=vi),
            CheckRequest(
                measure="SMD", columns=columns, yi=yi, vi=(vi[0], vi[1], vi[2] * 1.001), labels=("A", "B", "C")
            ),
        ]
    )
    assert right.agrees is True
    assert right.shown_apart == ()
    assert "by RevMan 5's SMD formulas, which are not quite those of the SMDs shown" in right.statement
    assert wrong.agrees is False
    assert wrong.shown_apart == ("row 2",)
    assert wrong.statement.startswith("SHOWN EFFECTS ARE NOT WHAT THEIR ARM DATA GIVES: row 2. PythonMeta agrees (")
    assert variance.shown_apart == ("C",)
    assert variance.agrees is False
