"""Conditions: what hangs on a hidden question is hidden with it, and conditions that can never hold are faults."""

from __future__ import annotations

from pathlib import Path

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
