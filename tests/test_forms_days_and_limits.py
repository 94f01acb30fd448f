"""Days are YYYY-MM-DD and nothing else, also when answers move to a new version; limits and options must make sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workbench.forms import Form, check_answers, migrate_answers, number, read_form_text

HEAD = "form: t\nversion: {version}\ntitle: T\nkind: trial\nscope: trial\n"
HEAD += "sections:\n  - key: s\n    title: S\n    fields:\n"


def read(*fields: str, version: int = 1) -> tuple[Form | None, list[str]]:
    text = HEAD.format(version=version) + "".join(f"      - {{{field}}}\n" for field in fields)
    form, faults = read_form_text(text, Path("forms/t.yaml"))
    return form, [str(fault) for fault in faults]


def made(*fields: str, version: int = 1) -> Form:
    form, faults = read(*fields, version=version)
    assert form is not None, faults
    return form


DAY = "type: date, key: d, label: Day"
NO_DAYS = ["20240101", "2024-W01-1", "2024-1-5", "2024-02-30", "٢٠٢٤-٠١-٠١", " 2024-01-01", "2024-01-01\n", 20240101]


@pytest.mark.parametrize("value", [*NO_DAYS, 2024.0])
def test_only_a_day_as_year_month_day_is_a_date(value: Any) -> None:
    (problem,) = check_answers(made(DAY), {"d": value})
    assert (problem.level, problem.message) == ("error", "Day: must be a date as YYYY-MM-DD")
    assert check_answers(made(DAY), {"d": "2024-01-05"}) == ()


@pytest.mark.parametrize(("kind", "value"), [("count", 20240105), ("text", "20240105"), ("text", "2024-W01-1")])
def test_what_is_no_date_is_kept_aside_and_never_turned_into_one(kind: str, value: Any) -> None:
    old, new = made(f"type: {kind}, key: d, label: Day"), made(DAY, version=2)
    moved = migrate_answers(old, new, {"d": value})
    assert "d" not in moved.answers
    assert moved.kept_aside == {"d": value}
    assert migrate_answers(old, new, {"d": "2024-01-05"}).answers == {"d": "2024-01-05"}


def test_a_whole_number_too_large_for_any_computing_is_refused_and_breaks_nothing() -> None:
    form = made("type: number, key: d, label: D", "type: count, key: n, label: N")
    found = check_answers(form, {"d": 10**400, "n": 10**400})
    assert [(item.field, item.level, item.message) for item in found] == [
        ("d", "error", "D: must be a number, with a decimal point where it needs one"),
        ("n", "error", "N: must be a number, with a decimal point where it needs one"),
    ]
    assert number({"d": 10**400}, "d") is None


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ('type: choice, key: a, label: A, options: [x, " "]', "the option ' ' is blank"),
        ('type: choice, key: a, label: A, options: [{value: x, label: " "}]', "the option 'x' is blank"),
        ('type: text, key: a, label: " "', "the label ' ' is blank"),
        ("type: number, key: a, label: A, at_least: 50, minimum: 5", "at_least and minimum are in the wrong order"),
        ("type: number, key: a, label: A, maximum: 50, at_most: 5", "maximum and at_most are in the wrong order"),
        ("type: number, key: a, label: A, minimum: 50, at_most: 5", "minimum and at_most are in the wrong order"),
        (
            "type: number, key: a, label: A, minimum: 5, maximum: 1",
            "minimum and maximum are in the wrong order (5 > 1)",
        ),
    ],
)
def test_a_blank_option_and_limits_that_contradict_each_other_are_faults(field: str, said: str) -> None:
    for fields, place in (
        ((field,), "the field 'a'"),
        ((f"type: table, key: t, label: T, columns: [{{{field}}}]",), "the field 't': the column 'a'"),
    ):
        form, faults = read(*fields)
        assert form is None
        (fault,) = faults
        assert fault.startswith("forms/t.yaml (line 10): sections[0].fields[0]")
        assert f"{place}: {said}" in fault


def test_limits_may_coincide() -> None:
    made("type: number, key: a, label: A, at_least: 0, minimum: 0, maximum: 9, at_most: 9")
