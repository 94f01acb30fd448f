"""The language of calculated fields: what it computes, what it refuses, and what it says where an answer is missing."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workbench.forms import (
    NOT_REPORTED,
    Form,
    FormError,
    calculated,
    calculating,
    check_answers,
    load_forms,
    read_form_text,
    shipped_forms,
)
from workbench.forms.expression import (
    ExpressionError,
    Name,
    Node,
    NoValue,
    Number,
    Operation,
    Sum,
    Values,
    names,
    parse,
    work_out,
)
from workbench.forms.reading import kept_form

TRIAL = load_forms(shipped_forms())["trial"]


class Given:
    """Inputs of an expression, by name."""

    def __init__(self, **values: Any) -> None:
        self.values = values

    def value(self, key: str) -> float | None:
        return self.values.get(key)

    def column(self, table: str, column: str) -> list[float] | None:
        return self.values.get(f"{table}_{column}")


def result(text: str, **values: Any) -> float | None:
    return work_out(parse(text), Given(**values))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 4 - 3", 3),
        ("24 / 4 / 2", 3),
        ("-2 * -3", 6),
        ("--2", 2),
        ("2 - -3", 5),
        (".5 + 1.25", 1.75),
        ("min(3, 1, 2)", 1),
        ("max(1, 2 * 4)", 8),
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(2.345, 2)", 2.35),
        ("round(1234.5, -2)", None),
        ("f * s * t", 2000),
        ("sum(arms.n)", 60),
        ("round(100 * f / sum(arms.n), 1)", 16.7),
    ],
)
def test_expressions_compute_as_people_write_them(text: str, expected: float | None) -> None:
    if expected is None:  # digits are counted after the point only
        with pytest.raises(ExpressionError):
            parse(text)
        return
    assert result(text, f=10, s=10, t=20, arms_n=[20.0, 40.0]) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "stops too early"),
        ("1 +", "stops too early"),
        ("1 2", "character 3: '2' is not expected here"),
        ("(1", "stops too early"),
        ("1)", "character 2: ')' is not expected"),
        ("a ** 2", "character 4: '*' makes a power of it, and there are none: write n * n"),
        ("a ^ 2", "character 3: '^' cannot be read; there are no powers: write n * n"),
        ("1,5 * a", "character 2: ',' is not expected here; a decimal number has a point: 1.5"),
        ("a % 2", "character 3: '%' cannot be read; write / 100 for per cent"),
        ("\N{MINUS SIGN}a", "cannot be read; write -"),
        ("a $ b", "character 3: '$' cannot be read"),
        ("A + 1", "character 1: 'A' cannot be read"),
        ("1.2.3", "is not expected here"),
        ("arms.n + 1", "only sum(table.column)"),
        ("sum(n)", "sum(table.column)"),
        ("sum(arms.n, 2)", "')' is expected"),
        ("min(1)", "two numbers or more"),
        ("round(1, n)", "not round(number)"),
        ("round(1, 2, 3)", "not round(number)"),
        ("eval(1)", "'eval' is no function that is known here"),
        ("abs(1)", "known: min, max, round, sum"),
        ("__import__", "cannot be read"),
        ("a.b.c", "cannot be read"),
        ("'a'", "cannot be read"),
        ("a[0]", "cannot be read"),
        ("a if b else c", "is not expected here"),
        ("lambda", None),
        ("(" * 50 + "1" + ")" * 50, "more than 80 signs"),
        ("(" * 39 + "1" + "+1)" * 38 + ")", "more than 80 signs"),
        ("1+" * 300 + "1", "longer than 500"),
        ("9" * 21, "character 1: a number of more than 20 digits"),
        (f"round(a, {'9' * 400})", "character 10: a number of more than 20 digits"),
        ("round(a, 16)", "round() takes 0 to 15 digits"),
        ("round(a, 1.5)", "round() takes 0 to 15 digits, as a whole number"),
    ],
)
def test_what_is_no_expression_is_refused_with_its_place(text: str, said: str | None) -> None:
    if said is None:
        assert parse(text) == Name("lambda")  # a word like any other: a field of that key
        return
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert said in str(caught.value)


@given(st.text(max_size=40) | st.text(alphabet="ab1.+-*/(), sumxroid", max_size=40))
def test_any_text_is_an_expression_or_refused_and_nothing_else(text: str) -> None:
    try:
        node = parse(text)
    except ExpressionError:
        return
    try:
        found = work_out(node, Given(a=2.0, b=3.0))
    except NoValue:
        return
    assert found is None or math.isfinite(found)


_numbers = st.integers(0, 10**6).map(float) | st.floats(0, 1e6, allow_nan=False)


def _trees(depth: int) -> st.SearchStrategy[tuple[str, float | None]]:
    """(text, value) of expressions made here, valued by Python's own arithmetic."""
    leaf = _numbers.map(lambda value: (f"{value:.6f}", float(f"{value:.6f}")))
    if depth == 0:
        return leaf
    inner = _trees(depth - 1)

    def join(parts: tuple[str, tuple[str, float | None], tuple[str, float | None]]) -> tuple[str, float | None]:
        sign, (left, a), (right, b) = parts
        if a is None or b is None or (sign == "/" and b == 0):
            return f"({left}) {sign} ({right})", None
        value = {"+": a + b, "-": a - b, "*": a * b}[sign] if sign != "/" else a / b
        return f"({left}) {sign} ({right})", value if math.isfinite(value) else None

    return leaf | st.tuples(st.sampled_from("+-*/"), inner, inner).map(join)


@given(_trees(3))
def test_arithmetic_is_that_of_python(tree: tuple[str, float | None]) -> None:
    text, expected = tree
    assume(len(text) <= 500)
    assume(sum(letter in "+-*/()" for letter in text) <= 80)
    node = parse(text)
    if expected is None:
        with pytest.raises(NoValue):
            work_out(node, Given())
    else:
        assert work_out(node, Given()) == expected


def test_what_an_expression_needs_is_known_without_working_it_out() -> None:
    node = parse("round(100 * sum(arms.n) / n_all, 1) + n_all")
    assert names(node) == ("arms.n", "n_all")
    assert isinstance(node, Operation)
    assert parse("3") == Number(3.0)
    assert parse("sum(a.b)") == Sum("a", "b")


@pytest.mark.parametrize("text", ["1 / 0", "a / (b - b)", "huge * huge", "sum(t.huge)", "round(huge * huge, 15)"])
def test_a_division_by_zero_or_a_number_too_large_gives_no_value(text: str) -> None:
    with pytest.raises(NoValue):
        work_out(parse(text), Given(a=1.0, b=2.0, huge=1e308, t_huge=[1e308, 1e308]))


# --- in a form -------------------------------------------------------------------------------------------------------

ARMS: list[dict[str, Any]] = [
    {"_row": "r1", "label": "10 Hz", "role": "active", "randomised": 20, "drop_outs": 1},
    {"_row": "r2", "label": "sham", "role": "sham", "randomised": 20, "drop_outs": NOT_REPORTED},
]
DOSE: dict[str, Any] = {"stim_frequency_hz": 10, "stim_train_seconds": 10, "stim_trains": 20, "stim_iti_seconds": 50}


def test_the_trials_form_works_out_pulses_minutes_and_drop_outs_for_each_arm() -> None:
    stimulation = [{"_row": "r1", **DOSE, "stim_pulses_session": 2000, "stim_sessions": 10}]
    found = calculated(TRIAL, {"arms": ARMS, "stimulation": stimulation, "n_women": 10, "n_randomised": 40})
    assert found["women_percent"].shown == "25 %"
    assert found["randomised_all_arms"].shown == "40"
    assert found["arms[r1].drop_out_percent"].shown == "5 %"
    assert found["stimulation[r1].stim_pulses_expected"].shown == "2000 pulses"
    # 20 trains of 10 s and 19 pauses of 50 s are 1150 s
    assert found["stimulation[r1].stim_minutes_expected"].value == pytest.approx(1150 / 60)
    assert found["stimulation[r1].stim_minutes_expected"].shown == "19.2 min"
    assert found["stimulation[r1].stim_total_expected"].shown == "20000 pulses"


def test_a_missing_input_is_named_and_never_taken_for_zero() -> None:
    found = calculated(TRIAL, {"arms": ARMS, "stimulation": [{"_row": "r1", "stim_trains": 20}]})
    total = found["drop_outs_all_arms"]
    assert (total.value, total.shown) == (None, "")
    assert total.message == "needs Dropped out (sham) (not reported)"
    assert total.missing == ("arms[r2].drop_outs",)
    pulses = found["stimulation[r1].stim_pulses_expected"]
    assert pulses.message == "needs Frequency, Length of a train"
    assert found["women_percent"].message == "needs Women, Participants randomised, all arms together"
    assert calculated(TRIAL, {})["randomised_all_arms"].message == "needs the rows of Arms"
    none = calculated(TRIAL, {"n_women": 3, "n_randomised": 0})["women_percent"]
    assert none.message == "cannot be worked out: it would divide by zero"


def test_a_calculated_field_that_does_not_apply_is_not_shown() -> None:
    itbs = [{"_row": "r1", **DOSE, "stim_pattern": "iTBS"}]
    assert "stimulation[r1].stim_pulses_expected" not in calculated(TRIAL, {"arms": ARMS, "stimulation": itbs})


def test_a_calculated_field_is_never_an_answer() -> None:
    found = [item for item in check_answers(TRIAL, {"women_percent": 50}) if item.field == "women_percent"]
    assert [(item.level, "cannot be answered" in item.message) for item in found] == [("error", True)]
    row = [{**ARMS[0], "drop_out_percent": 5}, ARMS[1]]
    found = [item for item in check_answers(TRIAL, {"arms": row}) if item.field.endswith("drop_out_percent")]
    assert [item.level for item in found] == ["error"]


def text(*fields: str) -> str:
    body = "".join(f"      - {field}\n" for field in fields)
    head = "form: made\nversion: 1\ntitle: Made\nkind: trial\nscope: trial\nsections:\n"
    return f"{head}  - key: all\n    title: All\n    fields:\n{body}"


def faults(*fields: str) -> list[str]:
    return [str(fault) for fault in read_form_text(text(*fields), Path("forms/made.yaml"))[1]]


A = "{type: number, key: a, label: A}"
T = "{type: table, key: t, label: T, columns: [{type: count, key: n, label: N}, {type: text, key: w, label: W}]}"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ((A, "{type: calculated, key: c, label: C, expression: a + b}"), "names 'b', which is no field of this form"),
        (
            (A, T, "{type: calculated, key: c, label: C, expression: sum(t.w)}"),
            "'t.w', which is no number (it is a text)",
        ),
        ((A, T, "{type: calculated, key: c, label: C, expression: sum(t.x)}"), "names 't.x', which is no field"),
        ((A, "{type: calculated, key: c, label: C, expression: a +}"), "the expression stops too early"),
        ((A, "{type: calculated, key: c, label: C, expression: c + 1}"), "needs itself"),
        (
            (
                "{type: calculated, key: c, label: C, expression: d + 1}",
                "{type: calculated, key: d, label: D, expression: c + 1}",
            ),
            "needs itself",
        ),
        ((A, "{type: calculated, key: c, label: C, expression: a, required: true}"), "cannot be required"),
        (
            (
                "{type: calculated, key: c, label: C, expression: sum(t.d)}",
                "{type: table, key: t, label: T, columns: [{type: calculated, key: d, label: D, expression: c + 1}]}",
            ),
            "needs itself",
        ),
    ],
)
def test_an_expression_that_cannot_work_is_a_fault_with_its_line(fields: tuple[str, ...], said: str) -> None:
    found = faults(*fields)
    assert any(said in item and "made.yaml (line " in item for item in found), found


def test_calculated_fields_can_rest_on_each_other() -> None:
    fields = [
        {"type": "number", "key": "n", "label": "N"},
        {"type": "calculated", "key": "twice", "label": "Twice", "expression": "2 * n"},
        {"type": "calculated", "key": "more", "label": "More", "expression": "twice + sum(t.own)", "unit": "points"},
        {
            "type": "table",
            "key": "t",
            "label": "T",
            "columns": [
                {"type": "count", "key": "n", "label": "N of the row"},
                {"type": "calculated", "key": "own", "label": "Own", "expression": "n + twice"},
            ],
        },
    ]
    head = {"form": "made", "version": 1, "title": "Made", "kind": "trial", "scope": "trial"}
    made = Form.model_validate({**head, "sections": [{"key": "all", "title": "All", "fields": fields}]})
    found = calculated(made, {"n": 5, "t": [{"_row": "r1", "n": 1}, {"_row": "r2", "n": 2}]})
    # "n" in a row is the row's; in "twice" it is the form's, whoever asks for it
    assert found["t[r1].own"].value == 11
    assert found["t[r2].own"].value == 12
    assert found["more"].shown == "33 points"
    missing = calculated(made, {"n": 5, "t": [{"_row": "r1"}]})["more"]
    assert missing.message == "needs N of the row"
    assert missing.missing == ("t[r1].n",)


def made(*fields: str) -> Form:
    form, wrong = read_form_text(text(*fields), Path("forms/made.yaml"))
    assert form is not None, wrong
    return form


HIDING = "{type: yes_no_unclear, key: b, label: B}"
HIDDEN = '{type: number, key: n, label: N, show_if: {b: ["yes"]}}'
ROWS_HIDDEN = (
    "{type: table, key: t, label: T, columns: [{type: choice, key: r, label: R, options: [active, sham]},"
    " {type: count, key: n, label: Nr, show_if: {r: [sham]}}]}"
)


def test_an_answer_that_is_no_longer_asked_is_not_computed_with() -> None:
    form = made(HIDING, HIDDEN, A, "{type: calculated, key: c, label: C, expression: n + a}")
    assert calculated(form, {"b": "yes", "n": 5, "a": 1})["c"].value == 6
    hidden = calculated(form, {"b": "no", "n": 5, "a": 1})["c"]
    assert (hidden.value, hidden.message, hidden.missing) == (None, "needs N (not asked)", ("n",))


def test_a_cell_that_is_not_asked_is_not_computed_with_even_where_the_form_has_its_name() -> None:
    form = made(
        "{type: number, key: n, label: N}",
        ROWS_HIDDEN[:-2] + ", {type: calculated, key: two, label: Two, expression: 2 * n}]}",
    )
    found = calculated(
        form, {"n": 7, "t": [{"_row": "r1", "r": "active", "n": 4}, {"_row": "r2", "r": "sham", "n": 3}]}
    )
    assert found["t[r1].two"].message == "needs Nr (not asked)"
    assert found["t[r2].two"].value == 6


def test_a_sum_of_no_cells_is_no_zero() -> None:
    form = made(ROWS_HIDDEN, "{type: calculated, key: c, label: C, expression: sum(t.n)}")
    none = calculated(form, {"t": [{"_row": "r1", "r": "active", "n": 4}]})["c"]
    assert (none.value, none.message, none.missing) == (None, "needs Nr (asked in no row of T)", ("t.n",))
    some = [{"_row": "r1", "r": "active"}, {"_row": "r2", "r": "sham", "n": 4}]
    assert calculated(form, {"t": some})["c"].value == 4
    assert calculated(form, {"t": [{"_row": "r1", "r": "sham", "n": 0}]})["c"].value == 0
    hidden = made(
        HIDING,
        ROWS_HIDDEN.replace("label: T,", 'label: T, show_if: {b: ["yes"]},'),
        "{type: calculated, key: c, label: C, expression: sum(t.n)}",
    )
    assert calculated(hidden, {"b": "no", "t": some})["c"].message == "needs T (not asked)"


def chain(length: int, expression: str) -> list[str]:
    """Calculated fields, each from the one before."""
    fields = ["{type: number, key: x0, label: X}"]
    for number in range(1, length + 1):
        said = expression.format(f"x{number - 1}")
        fields.append(f"{{type: calculated, key: x{number}, label: X, expression: {said}}}")
    return fields


def test_each_calculated_field_is_worked_out_once_however_often_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    form = made(*chain(20, "{0} + {0}"))
    done: list[object] = []

    def counted(node: Node, values: Values) -> float | None:
        done.append(node)
        return work_out(node, values)

    monkeypatch.setattr(calculating, "work_out", counted)
    assert calculated(form, {"x0": 1})["x20"].value == 2**20  # once each: 20; without memory more than a million
    assert len(done) == 20


def test_a_chain_too_long_to_follow_is_one_fault() -> None:
    assert faults(*chain(21, "{0} + {0}")) == []
    (fault,) = faults(*chain(25, "{0} + {0}"))
    assert fault == (
        "forms/made.yaml (line 32): sections[0].fields[22].expression: the field 'x22': its expression stands on 21 "
        "other calculated fields, one upon the other: 20 are the most"
    )


@pytest.mark.parametrize("expression", ["{0}", "+".join(["{0}"] * 60)])
def test_a_kept_form_with_a_chain_of_any_length_is_worked_out(expression: str) -> None:
    fields = [{"type": "number", "key": "x0", "label": "X"}]
    for number in range(1, 1200):
        said = expression.format(f"x{number - 1}")
        fields.append({"type": "calculated", "key": f"x{number}", "label": "X", "expression": said})
    head = {"form": "made", "version": 1, "title": "Made", "kind": "trial", "scope": "trial"}
    long = Form.model_validate({**head, "sections": [{"key": "all", "title": "All", "fields": fields}]})
    found = calculated(long, {"x0": 0})
    assert found["x1199"].value == 0
    assert calculated(long, {})["x1199"].message == "needs X"


def test_a_kept_form_that_goes_in_circles_is_still_read_and_says_so() -> None:
    fields = [{"type": "calculated", "key": "c", "label": "C", "expression": "c + 1"}]
    head = {"form": "made", "version": 1, "title": "Made", "kind": "trial", "scope": "trial"}
    made = Form.model_validate({**head, "sections": [{"key": "all", "title": "All", "fields": fields}]})
    kept = kept_form(made.model_dump_json(indent=1), "made, version 1")
    assert calculated(kept, {})["c"].message == "cannot be worked out: C needs itself"
    with pytest.raises(FormError, match="made, version 1: was kept in a way"):
        kept_form("{}", "made, version 1")
