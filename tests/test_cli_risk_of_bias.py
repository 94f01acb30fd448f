"""`workbench risk-of-bias`: tables and figures of what is agreed or settled."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.ui_review import THEN, add_records, add_result, add_study, extract
from workbench.cli import main
from workbench.risk_of_bias import Appraisal, Assessment, Quote, as_json
from workbench.store import Store

LOW = {
    "1.1": "Y", "1.2": "Y", "1.3": "N", "2.1": "N", "2.2": "PN", "2.6": "Y", "3.1": "PY",
    "4.1": "N", "4.2": "N", "4.3": "N", "5.1": "Y", "5.2": "N", "5.3": "PN",
}  # fmt: skip


def appraise(store: Store, who: str, minutes: int, directions: dict[str, str] | None = None, **answers: str) -> None:
    said = Assessment(
        variant="parallel-assignment",
        answers=LOW | answers,
        quotes={"1.1": Quote(quote="=HYPERLINK(1)", page="3")},
        directions=directions or {},
    )
    store.add_appraisal(
        Appraisal(
            id=f"{who}{minutes}", study="study-1", result="result-of-study-1", appraiser=who, answers=as_json(said),
            state="final", recorded_at=THEN + timedelta(minutes=minutes),
        )
    )  # fmt: skip


@pytest.fixture
def filled(review: Callable[..., Store], tmp_path: Path) -> tuple[Store, str]:
    store = review()
    add_records(store, (1, 2))
    add_result(store, add_study(store, 1, "=Aster 2019"))
    add_result(store, add_study(store, 2, "Birch 2020"))
    return store, str(tmp_path / "review")


def test_nothing_is_drawn_before_anything_is_agreed(
    filled: tuple[Store, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, folder = filled
    appraise(store, "ada", 0)
    assert main(["risk-of-bias", "--review", folder, "--out", str(tmp_path / "out")]) == 0
    assert "0 of 2 results" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "risk-of-bias-answers.csv",
        "risk-of-bias.csv",
    ]
    table = (tmp_path / "out" / "risk-of-bias.csv").read_text(encoding="utf-8-sig")
    assert "low" not in table  # what one appraiser said is nobody else's yet


def test_figures_and_tables_are_written(
    filled: tuple[Store, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, folder = filled
    appraise(store, "ada", 0, **{"1.2": "N"})
    appraise(store, "ben", 1, **{"1.2": "PN"})
    out = tmp_path / "out"
    assert main(["risk-of-bias", "--review", folder, "--out", str(out), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["results"]
    assert [(one["study"], one["state"], one.get("overall")) for one in found] == [
        ("=Aster 2019", "agreed", "high"),
        ("Birch 2020", "empty", None),
    ]
    assert found[0]["D1 why"].startswith("ada: 1.2 no: ")
    assert "; ben: 1.2 probably no: " in found[0]["D1 why"]
    assert len(list(out.iterdir())) == 8
    rows = list(csv.DictReader((out / "risk-of-bias.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0]["study"] != "=Aster 2019"  # no formula for a spreadsheet
    assert rows[0]["study"].endswith("=Aster 2019")
    assert (rows[0]["D1"], rows[0]["D2"], rows[0]["overall"]) == ("high", "low", "high")
    answers = list(csv.DictReader((out / "risk-of-bias-answers.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert len(answers) == 2 * len(LOW)  # of each appraiser
    assert not answers[0]["quote"].startswith("=")
    assert b"Aster 2019" in (out / "risk-of-bias-traffic-light.svg").read_bytes()


def test_what_two_who_agree_answered_differently_stands_under_each_name(
    filled: tuple[Store, str], tmp_path: Path
) -> None:
    store, folder = filled
    appraise(store, "ada", 0, directions={"D2": "favours_active"})
    appraise(store, "ben", 1, directions={"D2": "favours_comparator"}, **{"2.1": "Y", "2.3": "N"})
    out = tmp_path / "out"
    assert main(["risk-of-bias", "--review", folder, "--out", str(out)]) == 0
    answers = list(csv.DictReader((out / "risk-of-bias-answers.csv").read_text(encoding="utf-8-sig").splitlines()))
    found = {
        (row["question"], row["appraiser"]): (row["answer"], row["answered differently"], row["role"])
        for row in answers
        if row["question"] in ("1.1", "2.1", "2.3")
    }
    assert found == {
        ("1.1", "ada"): ("yes", "no", "appraiser"), ("1.1", "ben"): ("yes", "no", "appraiser"),
        ("2.1", "ada"): ("no", "yes", "appraiser"), ("2.1", "ben"): ("yes", "yes", "appraiser"),
        ("2.3", "ada"): ("not asked", "yes", "appraiser"), ("2.3", "ben"): ("no", "yes", "appraiser"),
    }  # fmt: skip
    rows = list(csv.DictReader((out / "risk-of-bias.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0]["D2 direction"] == "ada: favours the active stimulation; ben: favours the comparator"
    assert rows[0]["D2"] == "low"


def test_a_result_without_a_label_is_called_by_outcome_and_time_once_these_are_agreed(
    filled: tuple[Store, str], tmp_path: Path
) -> None:
    store, folder = filled
    extract(store, "study-1", "result-of-study-1", "ada")
    out = tmp_path / "out"

    def called() -> list[str]:
        assert main(["risk-of-bias", "--review", folder, "--out", str(out)]) == 0
        rows = csv.DictReader((out / "risk-of-bias.csv").read_text(encoding="utf-8-sig").splitlines())
        return [row["result"] for row in rows]

    before = called()
    assert before[0] == before[1] != ""  # by indication: one extractor's answers are nobody else's yet
    extract(store, "study-1", "result-of-study-1", "ben", hours=2)
    assert called() == ["Pain intensity, end of treatment", before[1]]
