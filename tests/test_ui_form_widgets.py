"""Every kind of field as a widget: empty, "not reported" and a value stay three things."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from workbench.forms import NOT_REPORTED, Form, Section, load_forms, shipped_forms
from workbench.ui import form_widgets
from workbench.ui.form_widgets.shown import typed_number, written

EVERY_TYPE: dict[str, Any] = {
    "text": "Doe 2020",
    "long_text": "two\nlines",
    "count": 0,
    "number": 0.012345678,
    "choice": "b",
    "multi_choice": ["x", "y"],
    "yes_no_unclear": "unclear",
    "date": "2026-03-01",
}

SCRIPT = """
import streamlit as st
from workbench.forms import Section
from workbench.ui import form_widgets

section = Section.model_validate(SECTION)

class Holder:
    fields = section.fields

saved = st.session_state.get("saved", GIVEN)

def keep():
    st.session_state["saved"] = form_widgets.collect("p", Holder, {})

form_widgets.seed("p", Holder, saved)
answers = form_widgets.collect("p", Holder, saved)
form_widgets.show_section("p", section, answers, {}, on_change=keep)
st.session_state["answers"] = answers
"""
SECTION: dict[str, Any] = {
    "key": "all",
    "title": "Every type",
    "fields": [
        {"type": "text", "key": "text", "label": "A *text*"},
        {"type": "long_text", "key": "long_text", "label": "Long text"},
        {"type": "count", "key": "count", "label": "Count"},
        {"type": "number", "key": "number", "label": "Number", "unit": "Hz"},
        {"type": "choice", "key": "choice", "label": "Choice", "options": ["a", "b"]},
        {"type": "multi_choice", "key": "multi_choice", "label": "Several", "options": ["x", "y", "z"]},
        {"type": "yes_no_unclear", "key": "yes_no_unclear", "label": "Yes or no"},
        {"type": "date", "key": "date", "label": "Day"},
    ],
}


def app(given: dict[str, Any]) -> AppTest:
    script = SCRIPT.replace("SECTION", repr(SECTION)).replace("GIVEN", repr(given))
    return AppTest.from_string(script).run()


def test_saved_answers_of_every_type_come_back_unchanged() -> None:
    at = app(EVERY_TYPE)
    assert not at.exception
    assert at.session_state["answers"] == EVERY_TYPE


def test_fields_without_an_answer_are_empty_and_not_zero() -> None:
    at = app({})
    assert [at.text_input(key=f"p:{name}").value for name in ("count", "number")] == ["", ""]
    assert at.session_state["answers"] == {}


def test_typing_into_every_kind_of_field_is_an_answer() -> None:
    at = app({})
    at.text_input(key="p:text").set_value("Doe 2020")
    at.text_area(key="p:long_text").set_value("two\nlines")
    at.text_input(key="p:count").set_value("0")
    at.text_input(key="p:number").set_value("0.012345678")
    at.selectbox(key="p:choice").set_value("b")
    at.multiselect(key="p:multi_choice").set_value(["x", "y"])
    at.selectbox(key="p:yes_no_unclear").set_value("unclear")
    at.date_input(key="p:date").set_value(date(2026, 3, 1))
    at.run()
    assert not at.exception
    assert at.session_state["saved"] == EVERY_TYPE


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("4.4", 4.4),
        ("−0.5", -0.5),
        ("\u20131.5", -1.5),
        ("1e3", 1000.0),
        (" 7 ", 7.0),
        (".5", 0.5),
        ("4,4", "4,4"),
        ("1.234,5", "1.234,5"),
        ("4·5", "4·5"),
        ("4.5 ± 1.2", "4.5 ± 1.2"),
        ("1e400", "1e400"),
        ("1-2", "1-2"),
    ],
)
def test_a_number_is_read_as_it_was_typed_or_kept_as_it_was_typed(typed: str, answer: float | str) -> None:
    at = app({})
    at.text_input(key="p:number").set_value(typed)
    at.run()
    assert at.session_state["saved"].get("number") == answer
    assert at.text_input(key="p:number").value == typed


@pytest.mark.parametrize(("typed", "answer"), [("21", 21), ("1e3", 1000), ("21.7", 21.7), ("2,5", "2,5")])
def test_a_count_is_never_cut_to_a_whole_number(typed: str, answer: float | str) -> None:
    at = app({})
    at.text_input(key="p:count").set_value(typed)
    at.run()
    assert at.session_state["saved"]["count"] == answer


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_stands_in_its_box_so_that_it_is_read_back_the_same(value: float) -> None:
    assert typed_number(written(value)) == value


def test_every_field_can_be_not_reported_and_its_widget_then_takes_nothing() -> None:
    at = app({})
    for box in at.checkbox:
        box.check()
    at.run()
    assert at.session_state["saved"] == dict.fromkeys(EVERY_TYPE, NOT_REPORTED)
    assert all(box.disabled for box in (*at.text_input, *at.selectbox))


def test_an_answer_that_an_older_form_offered_stays_visible() -> None:
    at = app({"choice": "from an older form"})
    assert not at.exception
    assert at.selectbox(key="p:choice").value == "from an older form"
    assert at.session_state["answers"] == {"choice": "from an older form"}


def test_a_label_is_shown_as_its_characters_with_the_unit() -> None:
    at = app({})
    assert at.text_input(key="p:text").label == r"A \*text\*"
    assert at.text_input(key="p:number").label == "Number (Hz)"


@pytest.mark.parametrize("name", sorted(load_forms(shipped_forms())))
def test_every_shipped_form_lays_out_each_of_its_fields_once(name: str) -> None:
    form: Form = load_forms(shipped_forms())[name]
    for section in form.sections:
        laid_out = [field.key for row in form_widgets.rows(section.fields) for field in row]
        assert sorted(laid_out) == sorted(field.key for field in section.fields)


def test_the_arms_numbers_stand_side_by_side() -> None:
    form = load_forms(shipped_forms())["parallel_means"]
    numbers = next(section for section in form.sections if section.key == "numbers")
    rows = [tuple(field.key for field in row) for row in form_widgets.rows(numbers.fields)]
    assert ("mean_active", "mean_comparator") in rows
    assert ("n_active", "n_comparator") in rows


def test_a_section_shows_only_the_fields_that_apply() -> None:
    contrast = next(s for s in load_forms(shipped_forms())["parallel_means"].sections if s.key == "contrast")
    assert isinstance(contrast, Section)
    split = next(field for field in contrast.fields if field.key == "comparator_split")
    assert not split.applies({"comparator_shared": "no"})
    assert split.applies({"comparator_shared": "yes"})
