"""`workbench calculate`: the calculator from a terminal, without a review."""

from __future__ import annotations

import json
import shlex

import pytest

from workbench.calculation import RECIPES
from workbench.cli import main

MEANS = shlex.split("n_active=20 mean_active=3.1 sd_active=1.2 n_comparator=20 mean_comparator=4.7 sd_comparator=1.0")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["calculate", *words])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_a_recipe_gives_its_measures_side_by_side_and_a_trail(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "means_sd", *MEANS)
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[1:6]] == ["MD", "SMD", "SMDH", "SMD1", "ROM"]
    assert "yi = M1 − M2" in out


def test_one_measure_gives_its_trail_only(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "means_sd", *MEANS, "--measure", "smd")
    assert code == 0
    assert out.startswith("Standardised mean difference")
    assert "SDp" in out


def test_json_is_one_document_at_full_precision(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "means_sd", *MEANS, "--measure", "SMD", "--json")
    found = json.loads(out)
    theirs = RECIPES["means_sd"].derive(dict(word.split("=") for word in MEANS), "SMD")
    assert (code, err) == (0, "")
    assert (found["yi"], found["vi"]) == (theirs.yi, theirs.vi)
    assert len(found["steps"]) == len(theirs.steps)


def test_the_list_names_every_recipe_and_every_input(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "--list")
    assert all(f"  {key} " in out for key in RECIPES)
    for key, recipe in RECIPES.items():
        _, shown, _ = run(capsys, key, "--list")
        assert all(item.key in shown for item in recipe.inputs)
        assert recipe.example in shown
    _, document, _ = run(capsys, "--list", "--json")
    assert [item["recipe"] for item in json.loads(document)] == list(RECIPES)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["means_sd", "n_active=20"], "Mean (active arm) is missing"),
        (["means_sd", *MEANS, "sd_active=2"], "given twice"),
        (["means_sd", *MEANS, "--measure", "OR"], "gives no OR"),
        (["means_sd", "twenty"], "write it as key=value"),
        (["mean"], "There is no recipe 'mean'"),
        ([], "--list"),
        (["t_test", "estimate_t=2"], "is missing"),
        (["means_sd", *["n_active=1,000" if word == "n_active=20" else word for word in MEANS]], "Write 1000."),
        (["difference_p", "estimate=3.8", "estimate_p=0.000"], "Enter 0.0005, and say that the p is an upper bound"),
    ],
)
def test_what_is_wrong_is_said_with_exit_code_1(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    code, out, err = run(capsys, *words)
    assert code == 1
    assert out == ""
    assert said in err
