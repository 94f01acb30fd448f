"""Tables and their paths: empty is not zero, rows keep their ids, two extractors' rows are matched by name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.form_strategies import forms
from workbench.forms import (
    EARLIER,
    NOT_REPORTED,
    QUOTES,
    Form,
    TableField,
    add_row,
    aligned,
    at,
    check_answers,
    filled_rows,
    is_empty,
    label_at,
    load_forms,
    matched_rows,
    paths,
    row_names,
    shipped_forms,
    spelled,
    split_path,
    with_value,
    without_empty_rows,
)

TRIAL = load_forms(shipped_forms())["trial"]


def form(*fields: dict[str, Any], **section: Any) -> Form:
    """A small form of a trial."""
    header = {"form": "small", "version": 1, "title": "Small", "kind": "trial", "scope": "trial"}
    sections = [{"key": "all", "title": "All", "fields": list(fields), **section}]
    return Form.model_validate({**header, "sections": sections})


def table(key: str = "arms", **settings: Any) -> dict[str, Any]:
    columns = [
        {"type": "text", "key": "label", "label": "Arm", "required": True, "names_row": True},
        {"type": "choice", "key": "role", "label": "Role", "options": ["active", "sham"]},
        {"type": "count", "key": "n", "label": "Participants", "maximum": 100},
        {"type": "number", "key": "angle", "label": "Angle", "show_if": {"role": ["sham"]}, "at_most": 180},
        {"type": "date", "key": "begun", "label": "Begun"},
        {"type": "yes_no_unclear", "key": "told", "label": "Told"},
    ]
    return {"type": "table", "key": key, "label": "Arms", "columns": columns, **settings}


ARMS = form(table(row_label="arm", min_rows=2, max_rows=3))


def said(answers: dict[str, Any], of: Form = ARMS) -> list[tuple[str, str, str]]:
    return [(item.field, item.level, item.message) for item in check_answers(of, answers)]


TWO: list[dict[str, Any]] = [
    {"_row": "r1", "label": "Active rTMS", "role": "active", "n": 0},
    {"_row": "r2", "label": "Sham", "role": "sham", "n": NOT_REPORTED, "angle": 90},
]


# --- paths -----------------------------------------------------------------------------------------------------------


def test_paths_name_every_answered_cell_and_lead_to_it() -> None:
    answers = {"design": "parallel", "empty": "", "arms": TWO, QUOTES: {"": {"quote": "x"}}, "words": ["a", "b"]}
    assert paths(answers) == (
        *("design", "arms[r1].label", "arms[r1].role", "arms[r1].n"),
        *("arms[r2].label", "arms[r2].role", "arms[r2].n", "arms[r2].angle", "words"),
    )
    assert at(answers, "arms[r1].n") == 0
    assert at(answers, "arms[r2].n") == NOT_REPORTED
    assert at(answers, "arms[r2]") == TWO[1]
    assert at(answers, "words") == ["a", "b"]
    for nowhere in ("arms[r3].n", "arms[r1].x", "design[r1].n", "x", "", "arms[r1", "[r1].n", "arms[].n"):
        assert at(answers, nowhere) is None


def test_setting_a_value_changes_that_cell_alone() -> None:
    answers: dict[str, Any] = {"arms": TWO, "design": "parallel"}
    changed = with_value(answers, "arms[r1].n", 20)
    assert at(changed, "arms[r1].n") == 20
    assert at(answers, "arms[r1].n") == 0
    assert with_value(changed, "arms[r1].n", 0) == answers
    assert at(with_value(answers, "arms[r1].n", None), "arms[r1].n") is None
    added = with_value(answers, "arms[r3].label", "Waiting list")
    assert [row["_row"] for row in added["arms"]] == ["r1", "r2", "r3"]
    assert with_value(answers, "design", "") == {"arms": TWO}
    assert with_value({}, "arms[r1].n", None) == {}
    assert with_value({"arms": NOT_REPORTED}, "arms[r1].n", 3) == {"arms": [{"_row": "r1", "n": 3}]}
    with pytest.raises(ValueError, match="is no table"):
        with_value({"arms": "text"}, "arms[r1].n", 3)


_cells = st.one_of(st.none(), st.just(""), st.integers(), st.text(max_size=5), st.just(NOT_REPORTED))
_row_ids = st.sampled_from(["r1", "r2", "r3"])


@given(
    st.dictionaries(st.tuples(_row_ids, st.sampled_from(["label", "n"])), _cells),
    _row_ids,
    st.sampled_from(["label", "n"]),
    _cells,
)
def test_what_is_set_is_what_is_found_and_everything_else_stays(
    cells: dict[tuple[str, str], Any], row: str, column: str, value: Any
) -> None:
    answers: dict[str, Any] = {}
    for (identity, key), cell in cells.items():
        answers = with_value(answers, f"arms[{identity}].{key}", cell)
    path = f"arms[{row}].{column}"
    changed = with_value(answers, path, value)
    found = at(changed, path)
    assert found == value or (is_empty(found) and is_empty(value))
    assert {other: at(answers, other) for other in paths(answers) if other != path} == {
        other: at(changed, other) for other in paths(changed) if other != path
    }


# --- empty, not reported, zero ---------------------------------------------------------------------------------------


def test_a_table_is_empty_while_no_cell_is_answered_and_zero_answers_one() -> None:
    assert is_empty([])
    assert is_empty([{"_row": "r1"}, {"_row": "r2", "n": None, "label": " "}])
    assert not is_empty([{"_row": "r1", "n": 0}])
    assert not is_empty([{"_row": "r1", "n": NOT_REPORTED}])
    assert not is_empty(NOT_REPORTED)
    assert is_empty({"quote": " ", "page": ""})
    assert not is_empty({"quote": "", "page": "4"})
    answers = {"arms": [{"_row": "r1"}, TWO[0]], "x": "", EARLIER: {"1": {"a": 1}}, QUOTES: {}}
    assert without_empty_rows(answers) == {"arms": [TWO[0]], EARLIER: {"1": {"a": 1}}}


# --- checks of cells -------------------------------------------------------------------------------------------------


def test_sound_rows_get_no_remark_and_a_whole_table_can_be_not_reported() -> None:
    assert said({"arms": TWO}) == []
    assert said({"arms": NOT_REPORTED}) == []
    assert said({}) == []
    needed = form(table(required=True))
    assert said({}, needed) == [("arms", "error", "Arms: needs an answer, or “not reported”")]
    assert said({"arms": NOT_REPORTED}, needed) == []


@pytest.mark.parametrize(
    ("changes", "field", "level", "message"),
    [
        ({"n": 2.5}, "arms[r1].n", "error", "Arms, Active rTMS: Participants: must be a whole number"),
        ({"n": "many"}, "arms[r1].n", "error", "must be a number"),
        ({"n": 101}, "arms[r1].n", "warning", "unusually high"),
        ({"role": "boss"}, "arms[r1].role", "error", "not one of its options"),
        ({"label": ""}, "arms[r1].label", "error", "Arms, arm 1: Arm: needs an answer"),
        ({"label": "s H a m"}, "arms[r2].label", "error", "two rows are called 'Sham'"),
        ({"angle": 30}, "arms[r1].angle", "warning", "does not apply"),
        ({"begun": "May"}, "arms[r1].begun", "error", "YYYY-MM-DD"),
        ({"told": "perhaps"}, "arms[r1].told", "error", "not one of its options"),
        ({"colour": "red"}, "arms[r1].colour", "error", "'colour' is not a column of this table"),
        ({"_row": ""}, "arms", "error", "no name of its own"),
        ({"_row": "a]b"}, "arms", "error", "no name of its own"),
        ({"_row": "r2"}, "arms", "error", "two rows have the same id"),
    ],
)
def test_a_problem_of_a_cell_stands_at_its_path_and_names_the_row(
    changes: dict[str, Any], field: str, level: str, message: str
) -> None:
    found = said({"arms": [{**TWO[0], **changes}, TWO[1]]})
    assert any(item[0] == field and item[1] == level and message in item[2] for item in found), found


def test_the_number_of_rows_is_checked_once_the_table_is_answered() -> None:
    assert said({"arms": TWO[:1]}) == [("arms", "error", "Arms: needs 2 rows or more (there: 1)")]
    many = [{"_row": f"r{number}", "label": f"Arm {number}"} for number in range(4)]
    assert said({"arms": many}) == [("arms", "error", "Arms: has more than 3 rows (4)")]
    for broken in ("text", 3, {"a": 1}, ["a"], [TWO[0], "a"]):
        assert said({"arms": broken})[0][:2] == ("arms", "error")


def test_a_condition_on_a_column_looks_at_its_own_row_before_the_form() -> None:
    design = {"type": "choice", "key": "design", "label": "Design", "options": ["parallel", "crossover"]}
    columns = [
        {"type": "choice", "key": "kind", "label": "Kind", "options": ["a", "b"]},
        {"type": "text", "key": "of_row", "label": "Of a", "show_if": {"kind": ["a"]}, "required": True},
        {"type": "text", "key": "of_form", "label": "Crossover", "show_if": {"design": ["crossover"]}},
        {"type": "text", "key": "not_b", "label": "Not b", "hide_if": {"kind": ["b"]}},
    ]
    both = form(design, {"type": "table", "key": "t", "label": "T", "columns": columns})
    field = both.tables[0]

    def asked(row: dict[str, Any], **answers: Any) -> list[str]:
        return [column.key for column in field.asked(answers, row)]

    assert asked({"kind": "a"}, kind="b") == ["kind", "of_row", "not_b"]
    assert asked({"kind": "b"}, design="crossover") == ["kind", "of_form"]
    assert asked({}) == ["kind", "not_b"]  # hide_if hides nothing while the other is empty
    problems = said({"design": "parallel", "t": [{"_row": "r1", "kind": "a"}, {"_row": "r2", "kind": "b"}]}, both)
    assert [item[0] for item in problems] == ["t[r1].of_row"]


def test_conditions_of_sections_and_of_hidden_fields_carry_on() -> None:
    fields = [
        {"type": "yes_no_unclear", "key": "a", "label": "A"},
        {"type": "yes_no_unclear", "key": "b", "label": "B", "show_if": {"a": ["yes"]}},
        {"type": "text", "key": "c", "label": "C", "show_if": {"b": ["yes"]}, "required": True},
    ]
    base = form(*fields).model_dump(mode="json")
    more = {"key": "more", "title": "More", "show_if": {"a": ["yes"]}, "hide_if": {"b": ["no"]}}
    base["sections"].append({**more, "fields": [{"type": "text", "key": "d", "label": "D", "required": True}]})
    made = Form.model_validate(base)

    def asked(**answers: str) -> list[str]:
        return [field.key for field in made.asked(answers)]

    assert asked() == ["a"]
    assert asked(a="yes", b="yes") == ["a", "b", "c", "d"]
    assert asked(a="yes", b="no") == ["a", "b"]
    assert asked(a="no", b="yes") == ["a"]  # b is hidden, so what is left in it asks for nothing
    assert [section.key for section in made.sections_asked({"a": "no"})] == ["all"]
    assert said({"a": "no"}, made) == []
    assert [item[0] for item in said({"a": "yes", "b": "yes"}, made)] == ["c", "d"]


# --- rows ------------------------------------------------------------------------------------------------------------

GUESSES = {
    "type": "table",
    "key": "guesses",
    "label": "Guesses",
    "rows_from": "arms",
    "columns": [
        {"type": "count", "key": "right", "label": "Right", "required": True},
        {"type": "calculated", "key": "twice", "label": "Twice", "expression": "2 * right"},
    ],
}
WITH_GUESSES = form(table(), GUESSES)
FIXED = form(
    {
        "type": "table",
        "key": "items",
        "label": "Items",
        "rows": ["first_item", {"key": "second", "label": "The second"}],
        "columns": [{"type": "count", "key": "n", "label": "N", "required": True}],
    }
)


def test_rows_come_from_another_table_with_their_names_and_one_that_lost_its_arm_stays() -> None:
    field = WITH_GUESSES.field("guesses")
    assert isinstance(field, TableField)
    answers = {"arms": TWO, "guesses": [{"_row": "r9", "right": 1}, {"_row": "r2", "right": 5}]}
    assert [(row.id, row.name) for row in row_names(WITH_GUESSES, field, answers)] == [
        ("r1", "Active rTMS"),
        ("r2", "Sham"),
    ]
    assert filled_rows(WITH_GUESSES, field, answers) == [
        {"_row": "r1", "_name": "Active rTMS"},
        {"_row": "r2", "_name": "Sham", "right": 5},
        {"_row": "r9", "right": 1},
    ]
    found = said(answers, WITH_GUESSES)
    assert ("guesses[r1].right", "error") in [item[:2] for item in found]
    assert any(item[0] == "guesses[r9]" and "is no row of the table it takes" in item[2] for item in found)


def test_a_result_form_can_take_its_rows_from_the_trials_arms() -> None:
    results = load_forms(shipped_forms())["events"].model_dump(mode="json")
    results["sections"].append({"key": "more", "title": "More", "fields": [GUESSES]})
    made = Form.model_validate(results)
    field = made.tables[0]
    arms = row_names(TRIAL, TRIAL.tables[0], {"arms": [{"_row": "r4", "label": "10 Hz"}]})
    shown = filled_rows(made, field, {}, arms)
    assert shown == [{"_row": "r4", "_name": "10 Hz"}]
    assert spelled(made, {"guesses": shown}, "guesses[r4].right") == "guesses[10 Hz].right"


def test_fixed_rows_are_all_asked_for_once_one_is_answered() -> None:
    assert said({}, FIXED) == []
    assert [item[0] for item in said({"items": [{"_row": "second", "n": 1}]}, FIXED)] == ["items[first_item].n"]
    assert filled_rows(FIXED, FIXED.tables[0], {})[0] == {"_row": "first_item"}
    assert label_at(FIXED, {}, "items[first_item].n") == "Items, first item: N"
    found = said({"items": [{"_row": "third", "n": 1}]}, FIXED)
    assert any("'third' is answered, but is no row of this form" in item[2] for item in found)


def test_an_added_row_gets_an_id_that_was_free() -> None:
    field = ARMS.tables[0]
    assert add_row(field, {}) == [{"_row": "r1"}]
    assert add_row(field, {"arms": [{"_row": "r2", "n": 1}]})[-1] == {"_row": "r1"}
    assert add_row(field, {"arms": TWO})[-1] == {"_row": "r3"}


def test_a_path_is_said_with_the_rows_name() -> None:
    answers = {"arms": TWO}
    assert spelled(ARMS, answers, "arms[r1].n") == "arms[Active rTMS].n"
    assert spelled(ARMS, answers, "arms[r7].n") == "arms[r7].n"
    assert spelled(ARMS, answers, "design") == "design"
    assert label_at(ARMS, answers, "arms[r2].n") == "Arms, Sham: Participants"
    assert label_at(ARMS, {"arms": [{"_row": "r1", "n": 3}]}, "arms[r1].n") == "Arms, arm 1: Participants"


# --- two extractors --------------------------------------------------------------------------------------------------


def test_rows_of_two_extractors_are_matched_by_name_and_the_tables_that_follow_go_along() -> None:
    a = {"arms": TWO, "guesses": [{"_row": "r1", "right": 5}, {"_row": "r2", "right": 6}]}
    b = {
        "arms": [
            {"_row": "r1", "label": "sham", "n": 21},
            {"_row": "r2", "label": "ACTIVE  rTMS", "n": 20},
            {"_row": "r3", "label": "Drug"},
        ],
        "guesses": [{"_row": "r1", "right": 6}, {"_row": "r2", "right": 5}],
        QUOTES: {"arms[r1].n": {"quote": "q"}, "guesses[r2].right": {"quote": "g"}, "": {"quote": "all"}},
    }
    assert matched_rows(WITH_GUESSES, WITH_GUESSES.tables[0], a, b) == {"r1": "r2", "r2": "r1"}
    same = aligned(WITH_GUESSES, a, b)
    assert [(row["_row"], row["label"]) for row in same["arms"]] == [
        ("r1", "ACTIVE  rTMS"),
        ("r2", "sham"),
        ("r3", "Drug"),
    ]
    assert same["guesses"] == a["guesses"]
    assert set(same[QUOTES]) == {"arms[r2].n", "guesses[r1].right", ""}
    assert at(same, "arms[r2].n") == 21


def test_a_row_only_the_second_extractor_has_gets_an_id_that_the_first_does_not_use() -> None:
    a = {"arms": [{"_row": "r1", "label": "A"}, {"_row": "r2", "label": "B"}]}
    b = {"arms": [{"_row": "r1", "label": "C"}, {"_row": "r2", "label": "A"}]}
    same = aligned(ARMS, a, b)
    assert [row["label"] for row in same["arms"]] == ["A", "C"]
    assert same["arms"][0]["_row"] == "r1"
    assert same["arms"][1]["_row"] not in ("r1", "r2")


_names = st.lists(st.sampled_from(["A", "a ", "B", "C", "", "D"]), max_size=4)


@given(_names, _names)
def test_aligning_loses_no_row_and_keeps_ids_apart(first: list[str], second: list[str]) -> None:
    a = {"arms": [{"_row": f"r{at}", "label": name, "n": at} for at, name in enumerate(first)]}
    b = {"arms": [{"_row": f"r{at}", "label": name, "n": 100 + at} for at, name in enumerate(reversed(second))]}
    same = aligned(ARMS, a, b)
    ids = [row["_row"] for row in same["arms"]]
    assert len(set(ids)) == len(ids) == len(b["arms"])
    assert sorted(row["n"] for row in same["arms"]) == sorted(row["n"] for row in b["arms"])
    names_of_a = {row["_row"]: row["label"].strip().casefold() for row in a["arms"]}
    for row in same["arms"]:
        if row["_row"] in names_of_a:
            assert row["label"].strip().casefold() == names_of_a[row["_row"]]


_any = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4), st.just(NOT_REPORTED)),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["_row", "label", "n", "quote", "page", "found"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["arms", "guesses", "arms_quote", "n_women", QUOTES, EARLIER, "x"]), _any))
def test_any_answers_at_all_are_checked_without_an_exception(answers: dict[str, Any]) -> None:
    check_answers(TRIAL, answers)
    check_answers(WITH_GUESSES, answers)
    paths(answers)
    without_empty_rows(answers)
    aligned(WITH_GUESSES, answers, answers)
    split_path(str(answers))


@given(forms(), st.data())
def test_blank_rows_of_any_form_are_shown_and_checked(made: Form, data: st.DataObject) -> None:
    answers = {field.key: filled_rows(made, field, {}) for field in made.tables}
    asked = {field.key for field in made.asked(answers)}
    assert asked <= set(made.keys)
    needed = {field.key for field in made.fields if field.required and field.key in asked}
    assert {item.field for item in check_answers(made, answers) if item.level == "error"} == needed
    if made.tables:
        field = data.draw(st.sampled_from(made.tables))
        assert all(row.name for row in row_names(made, field, answers))


# --- quotes ----------------------------------------------------------------------------------------------------------


def test_a_quote_is_checked_and_one_that_is_not_in_the_text_is_flagged() -> None:
    made = form({"type": "quote", "key": "where", "label": "Where"}, table())

    def levels(answers: dict[str, Any]) -> list[tuple[str, str]]:
        return [item[:2] for item in said(answers, made)]

    good = {"quote": "4.3 (1.2)", "page": "p. 4", "full_text": "", "found": "unchecked"}
    assert levels({"where": good, QUOTES: {"": good, "arms[r1].n": good}}) == []
    assert levels({"where": NOT_REPORTED}) == []
    assert levels({"where": {**good, "found": "no"}}) == [("where", "warning")]
    assert levels({"where": {**good, "page": ""}}) == [("where", "warning")]
    assert levels({"where": {"page": "4", "quote": ""}}) == [("where", "warning")]
    for broken in ("text", {"quote": 3}, {**good, "colour": "red"}, ["quote"], 0):
        assert levels({"where": broken}) == [("where", "error")], broken
    assert levels({QUOTES: {"colour": good}}) == [(QUOTES, "warning")]
    assert levels({QUOTES: {"arms[r1].n": {**good, "found": "no"}}}) == [("arms[r1].n", "warning")]
    assert levels({QUOTES: "text"}) == [(QUOTES, "error")]
    assert levels({EARLIER: {"1": {"gone": 3}}}) == []
