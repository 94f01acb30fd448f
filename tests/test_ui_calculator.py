"""The page of the effect-size calculator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from workbench.calculation import RECIPES
from workbench.store import Store

Opener = Callable[..., Store]


def page() -> AppTest:
    at = AppTest.from_string(
        "from workbench.ui import faults\nfrom workbench.ui.pages import calculator\nfaults.guarded(calculator.page)()",
        default_timeout=30,
    )
    at.query_params["reviewer"] = "ada"
    return at


def choose(at: AppTest, key: str) -> AppTest:
    recipe = RECIPES[key]
    at.selectbox(key="calculator:group").set_value(recipe.group).run()
    return at.selectbox(key=f"calculator:recipe:{recipe.group}").set_value(key).run()


def shown(at: AppTest) -> str:
    assert not at.exception
    assert not at.error, [element.value for element in at.error]
    return "\n".join(str(element.proto.body) for element in at.get("html"))


def fill(at: AppTest, key: str, **values: Any) -> AppTest:
    for name, value in values.items():
        at.text_input(key=f"calculator:{key}:{name}").set_value(str(value))
    return at.run()


@pytest.fixture
def at(review: Opener) -> AppTest:
    review()
    return page().run()


def test_it_starts_empty_and_says_what_to_do(at: AppTest) -> None:
    html = shown(at)
    assert "Nothing is filled in yet." in html
    assert "workbench calculate means_sd --list" in html
    assert not [box for box in at.text_input if box.key.startswith("calculator:") and box.value]
    assert at.title[0].value == "Effect size calculator"


def test_every_recipe_shows_its_boxes_and_its_example_gives_an_effect(at: AppTest) -> None:
    for key, recipe in RECIPES.items():
        filling = f"filling.fill_in(RECIPES[{key!r}])"
        at = AppTest.from_string(  # as if the recipe had been chosen and its example asked for
            "import streamlit as st\nfrom workbench.calculation import RECIPES\nfrom workbench.ui.calculator "
            "import filling\n"
            f"from workbench.ui.pages import calculator\nst.session_state['calculator:chosen'] = {key!r}\n{filling}\n"
            "calculator.page()",
            default_timeout=30,
        )
        at.query_params["reviewer"] = "ada"
        html = shown(at.run())
        assert "wb-trail" in html, key
        assert not at.warning
        for item in recipe.wanted:
            assert any(box.key == f"calculator:{key}:{item.key}" for box in (*at.selectbox, *at.text_input))


def test_the_effect_and_its_steps_appear_when_the_numbers_are_there(at: AppTest) -> None:
    choose(at, "means_se")
    fill(at, "means_se", n_active=20, mean_active=3.1, se_active=0.27, n_comparator=20, mean_comparator=4.7)
    assert "Still to be filled in: Standard error of the mean (comparator arm)." in shown(at)
    html = shown(fill(at, "means_se", se_comparator=0.22))
    assert "Mean difference: −1.6 points (95% confidence interval −2.283 to −0.9174)" in html
    assert "SD1 = SE1 × √(n1)" in html
    assert "0.27 × √(20)" in html
    html = shown(at.radio(key="calculator:measure:means_se").set_value("SMD").run())
    assert "Standardised mean difference (Hedges g): −1.424" in html


def test_several_measures_stand_side_by_side(at: AppTest) -> None:
    choose(at, "events")
    at.button(key="calculator:example").click().run()
    html = shown(at)
    for label in ("OR: Odds ratio", "RR: Risk ratio", "RD: Risk difference", "PETO: Odds ratio (Peto)"):
        assert label in html
    assert "3.455" in html  # 19 of 27 against 11 of 27, on the scale a reader knows


def test_an_impossible_number_is_refused_at_its_field(at: AppTest) -> None:
    choose(at, "means_sd")
    at.button(key="calculator:example").click().run()
    html = shown(fill(at, "means_sd", sd_active=-1))
    assert "SD (active arm) must be above 0, not −1" in html
    assert "wb-trail" not in html
    assert any("the field with the remark says what to mend" in warning.value for warning in at.warning)


def test_what_only_one_measure_lacks_is_said_in_its_row(at: AppTest) -> None:
    choose(at, "crossover_p")
    at.button(key="calculator:example").click().run()
    html = shown(at)
    assert "wb-trail" in html
    assert "SD (or SE, half-width) (under the active treatment) is needed here" in html
    assert list(at.radio(key="calculator:measure:crossover_p").options) == ["MD"]


def test_what_every_measure_lacks_is_said_at_the_field(at: AppTest) -> None:
    choose(at, "means_sd")
    at.button(key="calculator:example").click().run()
    at.selectbox(key="calculator:means_sd:direction").set_value("lower is better").run()
    html = shown(at)
    assert "Which way is better must be said twice" in html
    assert "wb-trail" not in html


@pytest.mark.parametrize("typed", ["4,4", "4·5", "4.5 ± 1.2", "1.234,5"])
def test_what_is_no_number_is_refused_as_it_was_typed(at: AppTest, typed: str) -> None:
    choose(at, "means_sd")
    fill(at, "means_sd", n_active=21, mean_active=typed, sd_active=1.2, n_comparator=20, mean_comparator=5.9)
    fill(at, "means_sd", sd_comparator=1.4)
    html = shown(at)
    assert f"must be a number, not &#39;{typed}&#39;" in html
    assert "wb-trail" not in html
    assert at.text_input(key="calculator:means_sd:mean_active").value == typed


def test_inputs_survive_another_recipe_and_are_typed_once(at: AppTest) -> None:
    choose(at, "means_sd")
    fill(at, "means_sd", n_active=20, mean_active=3.1, sd_active=1.2)
    choose(at, "means_se")
    assert at.text_input(key="calculator:means_se:mean_active").value == "3.1"
    assert at.text_input(key="calculator:means_se:se_active").value in ("", None)
    choose(at, "events")
    choose(at, "means_sd")
    assert at.text_input(key="calculator:means_sd:sd_active").value == "1.2"


def test_inputs_can_be_cleared(at: AppTest) -> None:
    at.button(key="calculator:example").click().run()
    assert at.text_input(key="calculator:means_sd:mean_active").value == "3.1"
    at.button(key="calculator:clear").click().run()
    assert "Nothing is filled in yet." in shown(at)
    assert not [box for box in at.text_input if box.key.startswith("calculator:") and box.value]


def test_the_kind_of_a_printed_ratio_is_asked(at: AppTest) -> None:
    choose(at, "ratio_ci")
    at.button(key="calculator:example").click().run()
    assert "Odds ratio: 0.815" in shown(at)
    at.selectbox(key="calculator:kind:ratio_ci").set_value("HR").run()
    assert "Hazard ratio: 0.815" in shown(at)


def test_a_correlation_is_tried_over_a_range(at: AppTest) -> None:
    choose(at, "crossover_r")
    at.button(key="calculator:example").click().run()
    html = shown(at)
    assert "MD if the correlation were another one" in html
    assert all(f"r = {r}" in html for r in (0.3, 0.5, 0.7, 0.9))
    assert "approximate" in html


def test_what_is_typed_as_a_source_is_text_only(at: AppTest) -> None:
    at.button(key="calculator:example").click().run()
    at.text_input(key="calculator:source-box").set_value("<img src=x onerror=alert(1)> **table** 2").run()
    html = shown(at)
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt; **table** 2" in html


def test_the_trail_can_be_downloaded_in_three_formats(at: AppTest) -> None:
    at.button(key="calculator:example").click().run()
    labels = [element.proto.label for element in at.get("download_button")]
    assert labels == ["TXT", "CSV", "JSON"]


def test_a_trails_table_holds_no_formula() -> None:
    from workbench.results.files import csv_bytes

    found = RECIPES["means_sd"].derive(
        RECIPES["means_sd"].example_values, "MD", sources={"n_active": '=HYPERLINK("x")', "mean_active": "@cmd"}
    )
    table = csv_bytes(tuple(found.rows()[0]), found.rows()).decode("utf-8-sig")
    for cell in table.replace("\r\n", ",").split(","):
        assert not cell.strip('"').startswith(("=", "+", "@"))
