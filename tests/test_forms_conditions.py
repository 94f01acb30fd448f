"""Conditions: what hangs on a hidden question is hidden with it, and conditions that can never hold are faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.forms import Form, TableField, check_answers, read_form_text

HEAD = "form: t\nversion: 1\ntitle: T\nkind: trial\nscope: trial\nsections:\n  - key: s\n    title: S\n    fields:\n"


def read(*fields: str, more: str = "") -> tuple[Form | None, list[str]]:
    text = HEAD + "".join(f"      - {{{field}}}\n" for field in fields) + more
    form, faults = read_form_text(text, Path("forms/t.yaml"))
    return form, [str(fault) for fault in faults]


def made(*fields: str) -> Form:
    form, faults = read(*fields)
    assert form is not None, faults
    return form


CHAINED = made(
    "type: yes_no_unclear, key: b, label: B",
    'type: yes_no_unclear, key: n2, label: N2, show_if: {b: ["yes"]}',
    "type: choice, key: k, label: K, options: [coil, dev]",
    """type: table, key: t, label: T, columns: [
          {type: text, key: nm, label: NM, names_row: true},
          {type: choice, key: r, label: R, options: [active, sham]},
          {type: choice, key: k, label: K, options: [coil, dev], show_if: {r: [sham]}},
          {type: text, key: d, label: D, show_if: {k: [dev]}, required: true},
          {type: text, key: f, label: F, show_if: {k: [dev]}, hide_if: {r: [sham]}, required: true},
          {type: text, key: e, label: E, show_if: {n2: ["yes"]}, required: true}]""",
)


def said(**answers: object) -> list[tuple[str, str]]:
    return [(item.field, item.level) for item in check_answers(CHAINED, answers)]


def test_a_column_that_hangs_on_a_hidden_column_is_not_required() -> None:
    row = {"_row": "r1", "nm": "x", "r": "active", "k": "dev"}
    assert said(t=[row]) == [("t[r1].k", "warning")]  # answered though not asked; nothing keeps it from being finished
    assert said(t=[{**row, "r": "sham"}]) == [("t[r1].d", "error")]


def test_a_column_that_hangs_on_a_hidden_field_of_the_form_is_not_required() -> None:
    row = {"_row": "r1", "nm": "x", "r": "active"}
    assert said(b="no", n2="yes", t=[row]) == [("n2", "warning")]
    assert said(b="yes", n2="yes", t=[row]) == [("t[r1].e", "error")]


def test_a_columns_condition_means_the_cell_of_its_row_also_while_that_is_empty() -> None:
    assert said(k="dev", t=[{"_row": "r1", "nm": "x", "r": "sham"}]) == []


def test_a_form_gives_the_columns_that_are_asked_in_a_row() -> None:
    table = CHAINED.field("t")
    assert isinstance(table, TableField)
    asked = CHAINED.asked_columns(table, {"b": "no", "n2": "yes"}, {"_row": "r1", "r": "active", "k": "dev"})
    assert [column.key for column in asked] == ["nm", "r"]
    assert CHAINED.counting({"b": "no", "n2": "yes", "k": "", "other": 1, "_quotes": {}}) == {"b": "no"}


YES_NO = "type: yes_no_unclear, key: {0}, label: {0}"


def fields(*each: str) -> tuple[str, ...]:
    """ "a show_if b=yes": fields with such conditions."""
    return tuple(
        YES_NO.format(key) + (f', {name}: {{{condition.split("=")[0]}: ["{condition.split("=")[1]}"]}}' if name else "")
        for key, name, condition in (item.split() if " " in item else (item, "", "") for item in each)
    )


@pytest.mark.parametrize(
    ("each", "said"),
    [
        (
            ("b show_if a=yes", "a show_if b=yes"),
            "the field 'b': its conditions go in a circle (b waits for a, a waits ",
        ),
        (
            ("b hide_if a=yes", "a hide_if b=yes"),
            "the field 'b': its conditions go in a circle (b waits for a, a waits ",
        ),
        (
            ("a", "b hide_if d=yes", "c show_if b=no", "d show_if c=no"),
            "circle (b waits for d, d waits for c, c waits for",
        ),
        (("b show_if b=yes",), "sections[0].fields[0].show_if.b: the field 'b': show_if names the field itself"),
        (
            ("stable", "b show_if stabel=yes"),
            "show_if names 'stabel', which is no other field of this form; is 'stable' m",
        ),
        (("a", "b show_if a=maybe"), "a = 'maybe', which is not one of its options (yes, no, unclear)"),
    ],
)
def test_conditions_that_can_never_hold_are_one_fault(each: tuple[str, ...], said: str) -> None:
    form, faults = read(*fields(*each))
    assert form is None
    (fault,) = faults
    assert said in fault


def test_a_field_that_waits_for_one_of_a_circle_is_not_blamed_for_it() -> None:
    _, faults = read(*fields("z show_if b=yes", "b show_if a=yes", "a show_if b=yes"))
    assert [fault.split(": ")[1] for fault in faults] == ["sections[0].fields[1]"]


def test_showing_and_hiding_by_the_same_answer_is_a_fault() -> None:
    both = 'show_if: {b: ["yes", unclear]}, hide_if: {b: ["yes"]}'
    _, (fault,) = read(*fields("b"), f"type: text, key: a, label: A, {both}")
    assert fault == (
        "forms/t.yaml (line 11): sections[0].fields[1].hide_if.b: the field 'a': show_if and hide_if both name "
        "b = 'yes': one asks for it and the other forbids it"
    )
    assert read(*fields("b"), 'type: text, key: a, label: A, show_if: {b: ["yes"]}, hide_if: {b: ["no"]}')[1] == []


SECOND = "  - key: s2\n    title: S2\n    show_if: {b: ['yes']}\n    fields:\n"


def test_circles_and_contradictions_by_way_of_a_section_are_faults() -> None:
    circular = read(*fields("b show_if c=yes"), more=SECOND + f"      - {{{fields('c')[0]}}}\n")[1]
    assert len(circular) == 1
    assert "the field 'b': its conditions go in a circle (b waits for c, c waits for b)" in circular[0]
    never = read(*fields("b"), more=SECOND + f"      - {{{fields('c hide_if b=yes')[0]}}}\n")[1]
    assert len(never) == 1
    assert "the field 'c': hide_if contradicts the section's conditions on 'b': it can never be asked" in never[0]


def test_columns_that_wait_for_each_other_are_a_fault() -> None:
    columns = ", ".join(f"{{{field}}}" for field in fields("x", "y show_if z=yes", "z hide_if y=no"))
    _, (fault,) = read(f"type: table, key: t, label: T, columns: [{columns}]")
    assert "sections[0].fields[0].columns[1]: the field 't': the column 'y': its conditions go in a circle" in fault
