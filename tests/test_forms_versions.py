"""Versions of a form: kept texts stay the same, changes are told in words, and no answer is lost or turned unseen."""

from __future__ import annotations

import copy
import hashlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.form_strategies import forms
from workbench.forms import (
    EARLIER,
    NOT_REPORTED,
    QUOTES,
    AddField,
    ChangeField,
    Form,
    FormChange,
    MoveField,
    RemoveField,
    check_answers,
    compare_forms,
    edited,
    is_empty,
    kept_earlier,
    kept_form,
    load_forms,
    migrate_answers,
    shipped_forms,
    under_older_versions,
)

FORMS = load_forms(shipped_forms())
V1 = load_forms(Path(__file__).parent / "forms_v1")  # the four forms of the first version, as they were shipped

KEPT_V1 = {
    "crossover_means": "bc43373d2cba0c4dea5e791e251029f15f20ff1d718f75fa0baeaf6c85499757",
    "estimate": "259494881f9e867d2d868dac5d1fd961043f1297f40915db25731436a09d5e06",
    "events": "32a2f82dd577d342f3470a01f7a8506011137dd718d4c6152808a936fc7f5dcf",
    "parallel_means": "b6a51212a9bbb7e31a09b976eb8656cab491c690f8b5cf4c81724f2544317589",
}
"""SHA-256 of the texts that stores kept when version 1 was filled in, before forms knew tables."""


def made(*fields: dict[str, Any], version: int = 1) -> Form:
    head = {"form": "made", "version": version, "title": "Made", "kind": "trial", "scope": "trial"}
    return Form.model_validate({**head, "sections": [{"key": "all", "title": "All", "fields": list(fields)}]})


def field(kind: str, key: str, **settings: Any) -> dict[str, Any]:
    return {"type": kind, "key": key, "label": key.capitalize(), **settings}


# --- kept forms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KEPT_V1)
def test_a_form_of_the_first_version_still_gives_the_text_that_stores_kept(name: str) -> None:
    text = V1[name].model_dump_json(indent=1)
    assert hashlib.sha256(text.encode()).hexdigest() == KEPT_V1[name]
    assert kept_form(text, name) == V1[name]


@pytest.mark.parametrize("name", KEPT_V1)
def test_version_2_of_the_shipped_forms_takes_every_answer_of_version_1(name: str) -> None:
    change = compare_forms(V1[name], FORMS[name])
    assert (change.old, change.new) == (1, 2)
    assert {item.kind for item in change.changes} <= {
        *("added", "options", "wording", "moved", "condition", "form"),
    }, change.words
    for item in change.changes:
        if item.kind == "added":
            asked = next(section for section in FORMS[name].sections if item.path in {f.key for f in section.fields})
            added = FORMS[name].field(item.path)
            assert not added.required or added.show_if or asked.show_if, item.words
        assert "no longer" not in item.words


def test_answers_of_version_1_are_as_complete_under_version_2_and_mean_the_same() -> None:
    from tests.test_forms import answers

    for name in KEPT_V1:
        old = answers(name)
        moved = migrate_answers(V1[name], FORMS[name], old)
        assert moved.answers == old
        assert (moved.kept_aside, moved.problems) == ({}, ())
        errors = [
            item for item in check_answers(FORMS[name], moved.answers) if "one of its options" not in item.message
        ]
        assert errors == []
        asked = {f.key for f in V1[name].asked(old)}
        assert asked <= {f.key for f in FORMS[name].asked(old)}


# --- what changed ----------------------------------------------------------------------------------------------------

OLD = made(
    field("text", "name", required=True),
    field("number", "weeks", unit="weeks"),
    field("choice", "design", options=["parallel", "cross", "other"]),
    field("text", "gone"),
    field("number", "age"),
    field(
        "table",
        "arms",
        columns=[field("text", "label", names_row=True), field("count", "n"), field("text", "why")],
    ),
    field("table", "items", rows=["one", "two"], columns=[field("count", "n")]),
)
NEW = made(
    field("number", "age", required=True, minimum=18),
    field("text", "title", formerly=["name"], label="Title of the trial", required=True),
    field("number", "weeks", unit="days"),
    field(
        "choice", "design", options=["parallel", {"value": "crossover", "label": "Crossover", "formerly": ["cross"]}]
    ),
    field("date", "begun", required=True),
    field(
        "table",
        "groups",
        formerly=["arms"],
        columns=[
            field("text", "label", names_row=True),
            field("count", "size", formerly=["n"]),
            field("yes_no_unclear", "why"),
        ],
    ),
    field(
        "table",
        "items",
        rows=[{"key": "first", "label": "First", "formerly": ["one"]}, "three"],
        columns=[field("count", "n")],
    ),
    version=2,
)


def words(change: FormChange, kind: str) -> list[str]:
    return [item.words for item in change.changes if item.kind == kind]


def test_what_changed_is_told_in_words() -> None:
    change = compare_forms(OLD, NEW)
    assert words(change, "renamed") == [
        "“Title of the trial” goes by the key title now (it was name).",
        "“Groups” goes by the key groups now (it was arms).",
        "“Size” goes by the key size now (it was n).",
    ]
    assert words(change, "added") == ["“Begun” is new (in “All”), and it is required."]
    assert words(change, "removed") == ["“Gone” is gone; answers to it are kept aside."]
    assert words(change, "unit") == ["“Weeks” is in days now (it was in weeks)."]
    assert words(change, "options") == [
        "“Design”: the option “cross” is called “crossover” now.",
        "“Design” no longer has the option “other”; such answers are kept aside.",
    ]
    assert words(change, "type") == ["“Why” is a yes/no/unclear now (it was a text)."]
    assert words(change, "required") == ["“Age” is required now."]
    assert words(change, "limits") == ["“Age” has other limits now (minimum 18)."]
    assert words(change, "moved") == ["“Age” stands at another place in “All”."]
    assert words(change, "rows") == [
        "“Items” has the new row “three”.",
        "“Items” no longer has the row “two”; such answers are kept aside.",
    ]
    assert change.touches_answers
    assert change.renamed
    assert compare_forms(OLD, OLD).changes == ()


@given(forms())
def test_a_form_is_not_different_from_itself_and_any_two_can_be_compared(form: Form) -> None:
    assert compare_forms(form, form).changes == ()
    for other in (OLD, NEW):
        assert all(item.words.endswith(".") for item in compare_forms(form, other).changes)
        assert compare_forms(other, form).changes


def test_only_a_field_that_was_moved_is_said_to_have_moved() -> None:
    form = FORMS["events"]
    moved = edited(form, MoveField(key="notes", section="source", before="quote"))
    assert [item.path for item in compare_forms(form, moved).changes] == ["notes"]
    elsewhere = edited(form, MoveField(key="page", section="study"))
    assert compare_forms(form, elsewhere).words == (
        "“Page, table or figure” moved from “Where this stands” to “The trial”.",
    )


def test_what_was_filled_in_under_older_versions_is_listed_by_version() -> None:
    filled = [("Doe 2020", 1), ("Roe 2021", 2), ("Poe 2019", 1), ("Doe 2020", 1), ("Doe 2020", 2)]
    assert under_older_versions(NEW, filled) == {1: ("Doe 2020", "Poe 2019")}


# --- answers moved ---------------------------------------------------------------------------------------------------

ANSWERS: dict[str, Any] = {
    "name": "Doe 2020",
    "weeks": 4,
    "design": "cross",
    "gone": "a remark",
    "age": NOT_REPORTED,
    "arms": [
        {"_row": "r1", "label": "10 Hz", "n": 20, "why": "no"},
        {"_row": "r2", "label": "sham", "n": NOT_REPORTED, "why": "two moved away"},
    ],
    "items": [{"_row": "one", "n": 1}, {"_row": "two", "n": 2}],
    QUOTES: {
        "": {"quote": "all"},
        "name": {"quote": "of the name"},
        "gone": {"quote": "of what is gone"},
        "arms[r1].n": {"quote": "twenty"},
        "arms[r2].why": {"quote": "two"},
        "items[two].n": {"quote": "of two"},
        "items[one].n": {"quote": "of one"},
    },
}


def test_answers_follow_their_fields_and_what_has_no_place_is_kept_aside() -> None:
    before = copy.deepcopy(ANSWERS)
    moved = migrate_answers(OLD, NEW, ANSWERS)
    assert before == ANSWERS
    assert {key: value for key, value in moved.answers.items() if key not in (QUOTES, EARLIER)} == {
        "age": NOT_REPORTED,
        "title": "Doe 2020",
        "design": "crossover",
        "groups": [
            {"_row": "r1", "label": "10 Hz", "size": 20, "why": "no"},
            {"_row": "r2", "label": "sham", "size": NOT_REPORTED},
        ],
        "items": [{"_row": "first", "n": 1}],
    }
    assert moved.kept_aside == {
        "weeks": 4,
        "gone": "a remark",
        "arms[r2].why": "two moved away",
        "items[two]": {"_row": "two", "n": 2},
        "_quotes:gone": {"quote": "of what is gone"},
        "_quotes:arms[r2].why": {"quote": "two"},
        "_quotes:items[two].n": {"quote": "of two"},
    }
    assert moved.answers[EARLIER] == {"1": moved.kept_aside}
    assert set(moved.answers[QUOTES]) == {"", "title", "groups[r1].size", "items[first].n"}
    said = {item.field: item.message for item in moved.problems}
    assert said["weeks"].startswith("Weeks: is asked in days now and was given in weeks; the answer of version 1")
    assert said["design"] == "Design: 'cross' is called 'crossover' in version 2"
    assert "is no longer asked" in said["gone"]
    assert "not one of its options" in said["groups[r2].why"]
    assert all(item.level == "warning" for item in moved.problems)


@pytest.mark.parametrize(
    ("before", "after", "value", "expected"),
    [
        (field("text", "x"), field("long_text", "x"), "words", "words"),
        (field("count", "x"), field("number", "x"), 3, 3),
        (field("number", "x"), field("count", "x"), 3.0, 3.0),
        (field("number", "x"), field("count", "x"), 3.5, None),
        (field("text", "x"), field("number", "x"), "3.5", None),
        (field("number", "x"), field("text", "x"), 3.5, None),
        (field("text", "x"), field("date", "x"), "2020-02-29", "2020-02-29"),
        (field("text", "x"), field("date", "x"), "spring 2020", None),
        (field("text", "x"), field("choice", "x", options=["a", "b"]), "a", "a"),
        (field("text", "x"), field("choice", "x", options=["a", "b"]), "A", None),
        (field("choice", "x", options=["yes", "b"]), field("yes_no_unclear", "x"), "yes", "yes"),
        (field("choice", "x", options=["a"]), field("multi_choice", "x", options=["a"]), "a", None),
        (field("multi_choice", "x", options=["a"]), field("choice", "x", options=["a"]), ["a"], None),
        (field("choice", "x", options=["a", "b"]), field("choice", "x", options=["b"]), "a", None),
        (
            field("multi_choice", "x", options=["a", "b"]),
            field("multi_choice", "x", options=[{"value": "c", "label": "C", "formerly": ["a"]}, "b"]),
            ["a", "b"],
            ["c", "b"],
        ),
        (field("multi_choice", "x", options=["a", "b"]), field("multi_choice", "x", options=["b"]), ["a", "b"], None),
        (field("number", "x", unit="mm"), field("number", "x", unit="cm"), 40, None),
        (field("number", "x"), field("number", "x", at_most=10), 40, 40),  # stays; the check of the form refuses it
        (field("text", "x"), field("text", "x", max_length=3), "words", "words"),
        (field("number", "x"), field("calculated", "x", expression="1"), 40, None),
        (field("text", "x"), field("quote", "x"), "words", None),
        (field("text", "x"), field("table", "x", columns=[field("text", "a")]), "words", None),
        (field("table", "x", columns=[field("text", "a")]), field("text", "x"), [{"_row": "r1", "a": "b"}], None),
        (field("text", "x"), field("number", "x"), NOT_REPORTED, NOT_REPORTED),
        (field("table", "x", columns=[field("text", "a")]), field("text", "x"), NOT_REPORTED, NOT_REPORTED),
    ],
)
def test_an_answer_goes_on_only_where_the_new_field_can_hold_it_as_it_stands(
    before: dict[str, Any], after: dict[str, Any], value: Any, expected: Any
) -> None:
    moved = migrate_answers(made(before), made(after, version=2), {"x": value})
    if expected is None:
        assert moved.answers == {EARLIER: {"1": {"x": value}}}
        assert len(moved.problems) == 1
    else:
        assert moved.answers == {"x": expected}
        assert type(moved.answers["x"]) is type(expected)
        assert moved.kept_aside == {}


def test_what_was_kept_aside_stays_through_later_versions() -> None:
    one, two = made(field("text", "a"), field("text", "b")), made(field("text", "b"), version=2)
    three = made(field("text", "a"), version=3)
    first = migrate_answers(one, two, {"a": "A", "b": "B"}).answers
    assert kept_earlier(first) == {"1": {"a": "A"}}
    second = migrate_answers(two, three, first).answers
    assert second == {EARLIER: {"1": {"a": "A"}, "2": {"b": "B"}}}
    # a draft of version 1 that is moved again, with another answer, takes nothing away
    again = migrate_answers(one, two, {"a": "another", "b": "B", EARLIER: {"1": {"a": "A"}}}).answers
    assert again == {"b": "B", EARLIER: {"1": {"a": "A", "a (2)": "another"}}}


def test_edits_of_the_editor_lead_answers_to_their_new_places() -> None:
    old = FORMS["rates"]
    new = edited(old, ChangeField(key="time_unit", settings={"key": "unit_of_time"}))
    new = edited(new, ChangeField(key="unit_of_time", settings={"key": "per"}))
    new = edited(new, RemoveField(key="country"))
    new = edited(new, AddField(section="study", field=field("text", "land")))
    assert new.field("per").formerly == ("time_unit", "unit_of_time")
    moved = migrate_answers(old, new, {"time_unit": "person-days", "country": "Peru"})
    assert moved.answers == {"per": "person-days", EARLIER: {str(old.version): {"country": "Peru"}}}


_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=6),
    st.just(dict(NOT_REPORTED)),
)
_cells = st.dictionaries(st.sampled_from(["_row", "label", "n", "why", "strange"]), _scalars, max_size=4)
_answers = st.dictionaries(
    st.sampled_from([*OLD.keys, "strange", "title"]),
    _scalars | st.lists(st.text(max_size=3), max_size=3) | st.lists(_cells, max_size=3),
)


def _values(found: Any) -> list[str]:
    """Every value somewhere inside, as text, ids of rows left out."""
    if isinstance(found, dict) and found != NOT_REPORTED:
        return [text for key, value in found.items() if not str(key).startswith("_row") for text in _values(value)]
    if isinstance(found, list):
        return [text for value in found for text in _values(value)]
    return [] if is_empty(found) else [repr(found)]


@settings(max_examples=150, deadline=None)
@given(_answers)
def test_no_answer_is_ever_lost(answers: dict[str, Any]) -> None:
    moved = migrate_answers(OLD, NEW, answers)
    renamed = {"'cross'": "'crossover'"}
    kept = sorted(_values(moved.answers))
    given_before = sorted(text for key, value in answers.items() for text in _values(value))
    if answers.get("design") == "cross":
        given_before = sorted(renamed.get(text, text) if text == "'cross'" else text for text in given_before)
        kept = sorted(renamed.get(text, text) for text in kept)
    assert kept == given_before
