"""Tables, quotes and calculated fields of a form as widgets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from workbench.forms import NOT_REPORTED, CountField, NumberField, TextField
from workbench.ui.form_widgets.shown import as_cell, cell_answer

SCRIPT = """
import streamlit as st
from workbench.forms import Form
from workbench.ui import form_widgets

Holder = Form.model_validate(
    {"form": "f", "version": 1, "title": "F", "kind": "trial", "scope": "trial", "sections": [SECTION]}
)
section = Holder.sections[0]

def keep():
    held = st.session_state.get("saved", GIVEN)
    st.session_state["saved"] = form_widgets.collect("p", Holder, held, tables=TABLES)

saved = st.session_state.get("saved", GIVEN)
form_widgets.seed("p", Holder, saved, tables=TABLES)
answers = form_widgets.collect("p", Holder, saved, tables=TABLES)
form_widgets.show_section("p", section, answers, {}, on_change=keep, tables=TABLES, form=Holder)
st.session_state["answers"] = answers
"""
ARMS: dict[str, Any] = {
    "type": "table",
    "key": "arms",
    "label": "Arms",
    "row_label": "arm",
    "columns": [
        {"type": "text", "key": "label", "label": "Arm", "names_row": True},
        {"type": "choice", "key": "role", "label": "Role", "options": ["active", "sham"]},
        {"type": "count", "key": "n", "label": "Randomised"},
        {"type": "number", "key": "age", "label": "Age", "show_if": {"role": ["active"]}},
        {"type": "calculated", "key": "double", "label": "Twice", "expression": "n * 2", "decimals": 0},
    ],
}
TWO = {
    "arms": [
        {"_row": "r1", "_name": "10 Hz", "label": "10 Hz", "role": "active", "n": 20, "age": 51.5},
        {"_row": "r2", "_name": "Sham", "label": "Sham", "role": "sham", "n": dict(NOT_REPORTED)},
    ]
}


def app(*fields: dict[str, Any], given: dict[str, Any] | None = None, tables: dict[str, Any] | None = None) -> AppTest:
    section = {"key": "all", "title": "All", "fields": list(fields)}
    script = SCRIPT.replace("SECTION", repr(section)).replace("GIVEN", repr(given or {}))
    at = AppTest.from_string(script.replace("TABLES", repr(tables or {}))).run()
    assert not at.exception
    return at


def texts(at: AppTest) -> str:
    return " ".join(element.proto.body for element in at.get("html"))


def test_a_saved_grid_comes_back_unchanged_with_what_is_worked_out() -> None:
    at = app(ARMS, given=TWO)
    assert at.session_state["answers"] == TWO
    assert at.text_input(key="p:arms[r2].n").value == "not reported"
    assert ">40<" in texts(at)
    assert "needs" in texts(at)  # of the arm whose number is not reported


def test_a_column_that_does_not_apply_in_a_row_is_not_asked_there() -> None:
    at = app(ARMS, given=TWO)
    keys = [box.key for box in at.text_input]
    assert "p:arms[r1].age" in keys
    assert "p:arms[r2].age" not in keys


def test_typing_into_a_grid_gives_numbers_not_reported_and_what_is_no_number() -> None:
    at = app(ARMS)
    at.text_input(key="p:arms[r1].label").set_value("10 Hz M1")
    at.text_input(key="p:arms[r1].n").set_value("20").run()
    at.button(key="p:arms#add").click().run()
    at.text_input(key="p:arms[r2].label").set_value("Sham")
    at.text_input(key="p:arms[r2].n").set_value("NR").run()
    at.button(key="p:arms#add").click().run()
    at.text_input(key="p:arms[r3].n").set_value("about 20").run()
    assert at.session_state["saved"]["arms"] == [
        {"_row": "r1", "_name": "10 Hz M1", "label": "10 Hz M1", "n": 20},
        {"_row": "r2", "_name": "Sham", "label": "Sham", "n": NOT_REPORTED},
        {"_row": "r3", "n": "about 20"},
    ]


def test_a_row_is_removed_and_put_back_with_all_it_held() -> None:
    at = app(ARMS, given=TWO)
    at.button(key="p:arms[r1]#remove").click().run()
    assert [row["_row"] for row in at.session_state["saved"]["arms"]] == ["r2"]
    at.button(key="p:arms#back").click().run()
    assert at.session_state["saved"] == TWO
    at.button(key="p:arms[r2]#remove").click().run()
    at.button(key="p:arms#add").click().run()
    # the id of the row that can be put back is not given to another
    assert [row["_row"] for row in at.session_state["saved"]["arms"]] == ["r1", "r3"]


def test_no_more_rows_than_the_form_allows_and_no_fewer() -> None:
    at = app(ARMS | {"min_rows": 2, "max_rows": 2})
    assert at.button(key="p:arms#add").disabled
    assert at.button(key="p:arms[r1]#remove").disabled


def test_a_whole_table_can_be_not_reported_and_keeps_its_cells_until_then() -> None:
    at = app(ARMS, given=TWO)
    at.checkbox(key="p:arms:not_reported").check().run()
    assert at.session_state["saved"] == {"arms": NOT_REPORTED}
    assert all(box.disabled for box in at.text_input)
    at.checkbox(key="p:arms:not_reported").uncheck().run()
    assert at.session_state["saved"] == TWO


def test_cards_take_their_rows_from_another_table_of_the_same_form() -> None:
    stimulation = {
        "type": "table",
        "key": "stim",
        "label": "Stimulation",
        "layout": "cards",
        "rows_from": "arms",
        "columns": [{"type": "number", "key": "hz", "label": "Frequency", "unit": "Hz"}],
    }
    at = app(ARMS, stimulation, given=TWO)
    at.text_input(key="p:stim[r1].hz").set_value("10")
    at.checkbox(key="p:stim[r2].hz:not_reported").check().run()
    assert at.session_state["saved"]["stim"] == [
        {"_row": "r1", "_name": "10 Hz", "hz": 10.0},
        {"_row": "r2", "_name": "Sham", "hz": NOT_REPORTED},
    ]


def test_rows_of_the_trials_own_form_that_are_gone_keep_their_answers_and_say_so() -> None:
    table = {
        "type": "table",
        "key": "results",
        "label": "Results",
        "rows_from": "arms",
        "columns": [{"type": "number", "key": "mean", "label": "Mean"}],
    }
    given = {"results": [{"_row": "r9", "_name": "5 Hz", "mean": 4.5}]}
    at = app(table, given=given, tables=TWO)
    assert at.session_state["answers"]["results"] == [
        {"_row": "r1", "_name": "10 Hz"},
        {"_row": "r2", "_name": "Sham"},
        {"_row": "r9", "_name": "5 Hz", "mean": 4.5},
    ]
    assert "5 Hz (no longer there)" in texts(at)


def test_fixed_rows_are_there_at_once() -> None:
    guesses = {
        "type": "table",
        "key": "guesses",
        "label": "Guesses",
        "rows": ["active", "sham", "dont_know"],
        "columns": [{"type": "count", "key": "active", "label": "Active arm"}],
    }
    at = app(guesses)
    at.text_input(key="p:guesses[dont_know].active").set_value("4").run()
    assert {"_row": "dont_know", "active": 4} in at.session_state["saved"]["guesses"]
    assert "dont know" in texts(at)


def test_a_table_without_an_answer_is_no_answer() -> None:
    assert app(ARMS).session_state["answers"] == {}


def test_a_quote_keeps_its_words_page_and_file_until_the_words_change() -> None:
    given = {"where": {"quote": "4.1 (1.2)", "page": "p. 5", "full_text": "t1", "found": "yes"}}
    at = app({"type": "quote", "key": "where", "label": "Where"}, given=given)
    assert at.session_state["answers"] == given
    at.text_input(key="p:where#page").set_value("Table 2").run()
    assert at.session_state["saved"]["where"] == given["where"] | {"page": "Table 2"}
    at.text_area(key="p:where").set_value("4.1 (1.3)").run()
    assert at.session_state["saved"]["where"] == {
        "quote": "4.1 (1.3)",
        "page": "Table 2",
        "full_text": "",
        "found": "unchecked",
    }


def test_a_hostile_name_of_a_row_is_shown_as_its_characters() -> None:
    given = {"arms": [{"_row": "r1", "_name": "<script>alert(1)</script> **x**", "n": 3}]}
    stim = {
        "type": "table",
        "key": "stim",
        "label": "S",
        "rows_from": "arms",
        "columns": [{"type": "number", "key": "hz", "label": "F"}],
    }
    at = app(stim, tables=given)
    assert "<script>" not in texts(at)
    assert "&lt;script&gt;" in texts(at)


COUNT = CountField(type="count", key="n", label="N")
NUMBER = NumberField(type="number", key="x", label="X")
TEXT = TextField(type="text", key="t", label="T")


@given(st.integers(0, 10**9))
def test_a_count_comes_back_from_its_cell(value: int) -> None:
    assert cell_answer(COUNT, as_cell(COUNT, value)) == value


@given(st.floats(-1e9, 1e9).map(lambda value: float(f"{value:.12g}")))
def test_a_number_comes_back_from_its_cell(value: float) -> None:
    assert cell_answer(NUMBER, as_cell(NUMBER, value)) == value


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("", None),
        ("  ", None),
        ("nr", NOT_REPORTED),
        ("N/R", NOT_REPORTED),
        ("n.r.", NOT_REPORTED),
        ("Not reported", NOT_REPORTED),
        ("\u22124.5", -4.5),
        ("0", 0.0),
        ("4,5", "4,5"),
        ("1 200", "1 200"),
        ("nan", "nan"),
        ("4.5 (1.2)", "4.5 (1.2)"),
    ],
)
def test_what_is_typed_into_a_cell_is_never_guessed(typed: str, answer: Any) -> None:
    assert cell_answer(NUMBER, typed) == answer


def test_a_text_that_looks_like_a_number_stays_a_text() -> None:
    assert cell_answer(TEXT, "12") == "12"
    assert cell_answer(COUNT, "12.5") == 12.5  # the checks refuse it; nothing is rounded
