"""Menus whose options' words change while somebody works: a count, a state."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.test_ui_pages import Opener, assert_no_fault, page
from tests.ui_review import settled_studies

MENU = """
import streamlit as st
from workbench.ui import parts
count = st.session_state.setdefault("count", 1)
options = st.session_state.get("options", ["first", "second"])
parts.hold("menu", options, "first")
st.{kind}("Menu", options, format_func=lambda name: f"{{name}} ({{count}})", key="menu", {more})
"""


@pytest.mark.parametrize(
    ("kind", "more"),
    [("selectbox", ""), ("radio", ""), ("segmented_control", "required=True"), ("selectbox", "index=None")],
)
def test_a_choice_is_shown_in_the_words_of_now_and_never_lost_with_those_of_before(kind: str, more: str) -> None:
    at = AppTest.from_string(MENU.format(kind=kind, more=more)).run()
    assert at.session_state["menu"] == "first"
    at.session_state["menu"] = "second"
    at.session_state["count"] = 2
    at.run()
    at.session_state["count"] = 3
    at.run()
    assert not at.exception
    assert at.session_state["menu"] == "second"
    menu = getattr(at, kind)[0] if hasattr(at, kind) else at.get("button_group")[0]
    assert menu.proto.set_value  # told to the browser, which otherwise keeps the words it showed
    at.session_state["options"] = ["first", "third"]
    at.run()
    assert at.session_state["menu"] == "first"


def test_the_views_of_studies_stay_chosen_while_their_counts_change(review: Opener) -> None:
    store = review()
    settled_studies(store, ("Doe 2020",))
    at = page("studies").run()
    at.segmented_control(key="studies:view").set_value("Taken out").run()
    store.end_study("study-1", reason="made in error", by="ada")
    at.run()
    assert_no_fault(at)
    menu = at.segmented_control(key="studies:view")
    assert menu.value == "Taken out"
    assert menu.proto.set_value
    assert at.button(key="taken-out:study:study-1").label == "Bring the study back"
