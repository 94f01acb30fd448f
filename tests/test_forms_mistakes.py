"""Mistakes that people make in a form: each is one message with file, line, field and what to do, in plain words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from workbench.forms import AddField, Form, FormError, FormField, edited, read_form_text
from workbench.forms.refusals import FIELD_TYPES, refusals

HEAD = """form: t
version: 1
title: T
kind: trial
scope: trial
sections:
  - key: s
    title: S
    fields:
"""
B = "- {type: yes_no_unclear, key: b, label: B}"
N = "- {type: number, key: n, label: N}"
TAB = "\t"

IN_FIELDS: list[tuple[tuple[str, ...], str]] = [
    (
        ("- {type: text, kye: a, label: A}",),
        "(line 10): sections[0].fields[0].kye: is not a setting that is known here; is 'key' meant?",
    ),
    (
        ("- {type: text, key: a, lable: A}",),
        "(line 10): sections[0].fields[0].lable: the field 'a': is not a setting that is known here; is 'label' meant?",
    ),
    (
        ("- {tpye: text, key: a, label: A}",),
        "(line 10): sections[0].fields[0].tpye: the field 'a': is not a setting that is known here; is 'type' meant?",
    ),
    (
        ("- {key: a, label: A}",),
        "(line 10): sections[0].fields[0]: the field 'a': has no type: add 'type: ...' with text, "
        "long_text, count, number, choice, multi_choice, yes_no_unclear, date, quote, calculated or"
        " table",
    ),
    (
        ("- {type: string, key: a, label: A}",),
        "(line 10): sections[0].fields[0].type: the field 'a': 'string' is no type of field; is "
        "'text' meant? (known: text, long_text, count, number, choice, multi_choice, "
        "yes_no_unclear, date, quote, calculated, table)",
    ),
    (
        ("- {type: choise, key: a, label: A, options: [x]}",),
        "(line 10): sections[0].fields[0].type: the field 'a': 'choise' is no type of field; is "
        "'choice' meant? (known: text, long_text, count, number, choice, multi_choice, "
        "yes_no_unclear, date, quote, calculated, table)",
    ),
    (
        ("- {type: text, key: a}",),
        "(line 10): sections[0].fields[0].label: the field 'a': is missing: add 'label: ...'",
    ),
    (
        ("- {type: text, key: a, label: A, requird: true}",),
        "(line 10): sections[0].fields[0].requird: the field 'a': is not a setting that is known "
        "here; is 'required' meant?",
    ),
    (
        ("- {type: text, key: a, label: A, colour: red}",),
        "(line 10): sections[0].fields[0].colour: the field 'a': is not a setting that is known "
        "here (known: key, label, help, required, show_if, hide_if, formerly, names_row, type, "
        "max_length)",
    ),
    (
        ("- {type: text, key: a, label: A, required: perhaps}",),
        "(line 10): sections[0].fields[0].required: the field 'a': must be true or false (it says 'perhaps')",
    ),
    (
        ("- {type: text, key: Age, label: A}",),
        "(line 10): sections[0].fields[0].key: the field 'Age': must be one word of small letters, "
        "digits and _, with a letter first; write age (it says 'Age')",
    ),
    (
        ("- {type: text, key: age-mean, label: A}",),
        "(line 10): sections[0].fields[0].key: the field 'age-mean': must be one word of small "
        "letters, digits and _, with a letter first; write age_mean (it says 'age-mean')",
    ),
    (
        ("- {type: text, key: аge, label: A}",),
        "(line 10): sections[0].fields[0].key: the field 'аge': must be of the letters a to z, "
        "digits and _; 'а' is another letter (it says 'аge')",
    ),
    (
        ("- {type: text, key: 2nd, label: A}",),
        "(line 10): sections[0].fields[0].key: the field '2nd': must be one word of small letters, "
        "digits and _, with a letter first (it says '2nd')",
    ),
    (
        ("- {type: text, key: a, label: 30}",),
        "(line 10): sections[0].fields[0].label: the field 'a': must be a text: put it in quotes, \"30\"",
    ),
    (
        ("- {type: text, key: a, label: [A]}",),
        "(line 10): sections[0].fields[0].label: the field 'a': must be one text, not several",
    ),
    (
        ("- {type: text, key: a, label:}",),
        "(line 10): sections[0].fields[0].label: the field 'a': is empty: write a text",
    ),
    (
        ('- {type: text, key: a, label: ""}',),
        "(line 10): sections[0].fields[0].label: the field 'a': is empty: write a text",
    ),
    (
        ("- {type: text, key: a, label: A, max_length: 0}",),
        "(line 10): sections[0].fields[0].max_length: the field 'a': must be 1 or more (it says 0)",
    ),
    (
        ("- {type: text, key: a, label: A, max_length: many}",),
        "(line 10): sections[0].fields[0].max_length: the field 'a': must be a whole number (it says 'many')",
    ),
    (
        ("- {type: number, key: a, label: A, minimum: 0,5}",),
        "(line 10): sections[0].fields[0].5: the field 'a': is not a setting that is known here: a "
        "comma parts two settings here; write a decimal number with a point (0.5)",
    ),
    (
        (
            "- type: number",
            "  key: a",
            "  label: A",
            "  minimum: 0,5",
        ),
        "(line 13): sections[0].fields[0].minimum: the field 'a': must be a number with a point: "
        "write 0.5 (it says '0,5')",
    ),
    (
        ("- {type: number, key: a, label: A, minimum: low}",),
        "(line 10): sections[0].fields[0].minimum: the field 'a': must be a number (it says 'low')",
    ),
    (
        ("- {type: count, key: a, label: A, maximum: 1.5}",),
        "(line 10): sections[0].fields[0].maximum: the field 'a': must be a whole number (it says 1.5)",
    ),
    (
        ("- {type: count, key: a, label: A, at_most: 5}",),
        "(line 10): sections[0].fields[0].at_most: the field 'a': is a setting of number, and this is a count",
    ),
    (
        ("- {type: text, key: a, label: A, unit: cm}",),
        "(line 10): sections[0].fields[0].unit: the field 'a': is a setting of count, number or "
        "calculated, and this is a text",
    ),
    (
        ("- {type: choice, key: a, label: A, options: [1, x]}",),
        "(line 10): sections[0].fields[0].options[0]: the field 'a': must be a text: put it in quotes, \"1\"",
    ),
    (
        ("- {type: choice, key: a, label: A, options: x}",),
        "(line 10): sections[0].fields[0].options: the field 'a': must be a list: write [\"x\"]",
    ),
    (
        ("- {type: choice, key: a, label: A, options: [{valeu: x, label: X}]}",),
        "(line 10): sections[0].fields[0].options[0].valeu: the field 'a': is not a setting that is"
        " known here; is 'value' meant?",
    ),
    (
        ("- {type: choice, key: a, label: A}",),
        "(line 10): sections[0].fields[0]: the field 'a': needs options, or options_from: indications | outcomes",
    ),
    (
        ("- {type: choice, key: a, label: A, options_from: outcome}",),
        "(line 10): sections[0].fields[0].options_from: the field 'a': must be 'indications' or "
        "'outcomes'; is 'outcomes' meant? (it says 'outcome')",
    ),
    (
        (
            B,
            "- {type: text, key: a, label: A, show_if: {b: yes}}",
        ),
        "(line 11): sections[0].fields[1].show_if.b: the field 'a': must be a list: write [\"yes\"]",
    ),
    (
        (
            B,
            "- {type: text, key: a, label: A, show_if: b}",
        ),
        "(line 11): sections[0].fields[1].show_if: the field 'a': must be keys with lists: "
        "{other_field: [answer]} (it says 'b')",
    ),
    (
        (
            B,
            "- {type: text, key: a, label: A, show_if: {c: [yes]}}",
        ),
        "(line 11): sections[0].fields[1].show_if.c: the field 'a': show_if names 'c', which is no "
        "other field of this form",
    ),
    (
        (
            B,
            "- {type: text, key: a, label: A, show_if: {b: [1]}}",
        ),
        "(line 11): sections[0].fields[1].show_if.b[0]: the field 'a': must be a text: put it in quotes, \"1\"",
    ),
    (
        ("- {type: table, key: t, label: T}",),
        "(line 10): sections[0].fields[0].columns: the field 't': is missing: add 'columns: ...'",
    ),
    (
        ("- {type: table, key: t, label: T, columns: []}",),
        "(line 10): sections[0].fields[0].columns: the field 't': needs one column or more",
    ),
    (
        ("- {type: table, key: t, label: T, columns: [{type: table, key: u, label: U}]}",),
        "(line 10): sections[0].fields[0].columns[0].type: the field 't': the column 'u': a column "
        "of a table cannot be a table; it can be text, long_text, count, number, choice, "
        "yes_no_unclear, date or calculated",
    ),
    (
        ("- {type: table, key: t, label: T, columns: [{type: numbr, key: u, label: U}]}",),
        "(line 10): sections[0].fields[0].columns[0].type: the field 't': the column 'u': 'numbr' "
        "is no type of column; is 'number' meant? (known: text, long_text, count, number, choice, "
        "yes_no_unclear, date, calculated)",
    ),
    (
        ("- {type: table, key: t, label: T, columns: [hello]}",),
        "(line 10): sections[0].fields[0].columns[0]: the field 't': must be a column: keys with "
        "values, such as {type: text, key: place, label: Place} (it says 'hello')",
    ),
    (
        ("- {type: table, key: t, label: T, layout: crads, columns: [{type: text, key: u, label: U}]}",),
        "(line 10): sections[0].fields[0].layout: the field 't': must be 'grid' or 'cards'; is "
        "'cards' meant? (it says 'crads')",
    ),
    (
        ("- {type: table, key: t, label: T, max_rows: 500, columns: [{type: text, key: u, label: U}]}",),
        "(line 10): sections[0].fields[0].max_rows: the field 't': must be 200 or less (it says 500)",
    ),
    (
        ("- hello",),
        "(line 10): sections[0].fields[0]: must be a field: keys with values, such as {type: text, "
        "key: place, label: Place} (it says 'hello')",
    ),
    (
        ("- {include: arms}",),
        "(line 10): sections[0].fields[0].include: a block stands for a whole section: write the "
        "include among the sections, not among the fields",
    ),
    (
        (
            N,
            "- {type: calculated, key: c, label: C, expression: n ** 2}",
        ),
        "(line 11): sections[0].fields[1].expression: the field 'c': the expression, at character "
        "4: '*' makes a power of it, and there are none: write n * n",
    ),
    (
        (
            N,
            "- {type: calculated, key: c, label: C, expression: m + 1}",
        ),
        "(line 11): sections[0].fields[1].expression: the field 'c': its expression names 'm', "
        "which is no field of this form",
    ),
    (
        (
            N,
            "- type: calculated",
            "  key: c",
            "  label: C",
            "  expression: n +",
        ),
        "(line 14): sections[0].fields[1].expression: the field 'c': the expression stops too early",
    ),
    (
        (TAB + "- {type: text, key: a, label: A}",),
        "(line 10): is not valid YAML: a tab stands here; set lines in with spaces, two for each step",
    ),
    (
        (
            "- type: text",
            "  key: a",
            "  label: Note: this",
        ),
        "(line 12): is not valid YAML: a text with a colon and a space in it needs quotes around "
        'it, such as label: "Note: this"',
    ),
    (
        (
            "- type: text",
            "  key: a",
            "    label: A",
        ),
        "(line 12): is not valid YAML: this line is set in further than those it belongs to; keys "
        "of one thing stand exactly below each other",
    ),
    (
        (
            "- type: text",
            "key: a",
        ),
        "(line 11): is not valid YAML: this line is not set in as those it belongs to; keys of one "
        "thing stand exactly below each other",
    ),
    (
        ("- {type: text, key: a, label: Stable?}",),
        "(line 10): is not valid YAML: between { } or [ ], a text with a comma, colon or question "
        "mark needs quotes around it, and each bracket must be closed",
    ),
    (
        (
            "- type: text",
            "  key: a",
            '  label: "Stable',
        ),
        "(line 13): is not valid YAML: a quotation mark is opened and not closed",
    ),
    (
        (
            "- type: text",
            "  key: a",
            "  label: %A",
        ),
        "(line 12): is not valid YAML: a text cannot begin with '%' without quotes around it",
    ),
    (
        (
            "- type: text",
            "  key: a",
            "  label",
        ),
        "(line 13): is not valid YAML: a key needs a colon and a space after it",
    ),
    (
        (
            "- type: text",
            "  key: a",
            "  label: *A",
        ),
        "(line 12): anchors and aliases (& and *) are not allowed here: write it out",
    ),
    (
        (
            "- type: text",
            "  key: a",
            '  label: "a\\d"',
        ),
        "(line 12): is not valid YAML: in double quotes, \\ begins a sign of its own; use single quotes, or write \\\\",
    ),
    (
        (
            "- type: text",
            "  key: a",
            "  label: A",
            "  key: b",
        ),
        "(line 13): sections[0].fields[0].key: is given twice (first in line 11)",
    ),
]

IN_THE_HEAD = [
    ("version: 1", "version: v2", "(line 2): version: must be a whole number (it says 'v2')"),
    ("version: 1", "version: 0", "(line 2): version: must be 1 or more (it says 0)"),
    ("version: 1\n", "", "(line 1): version: is missing: add 'version: ...'"),
    (
        "kind: trial",
        "kind: trail",
        "(line 4): kind: must be 'parallel_means', 'crossover_means', 'arm_means', 'events', "
        "'rates', 'one_arm', 'estimate' or 'trial'; is 'trial' meant? (it says 'trail')",
    ),
    ("title: T", "titel: T", "(line 3): titel: is not a setting that is known here; is 'title' meant?"),
    ("sections:", "sektions:", "(line 6): sektions: is not a setting that is known here; is 'sections' meant?"),
    ("scope: trial", "scope: study", "(line 5): scope: must be 'result' or 'trial' (it says 'study')"),
    ("key: s\n", "kee: s\n", "(line 7): sections[0].kee: is not a setting that is known here; is 'key' meant?"),
]


def said(text: str) -> list[str]:
    form, faults = read_form_text(text, Path("forms/t.yaml"))
    assert form is None
    return [str(fault) for fault in faults]


@pytest.mark.parametrize(("lines", "message"), IN_FIELDS)
def test_a_mistake_in_a_field_is_one_message_that_says_what_to_do(lines: tuple[str, ...], message: str) -> None:
    text = HEAD + "".join(f"{'' if line.startswith(TAB) else ' ' * 6}{line}\n" for line in lines)
    assert said(text) == [f"forms/t.yaml {message}"]


@pytest.mark.parametrize(("right", "wrong", "message"), IN_THE_HEAD)
def test_a_mistake_in_the_head_is_one_message_that_says_what_to_do(right: str, wrong: str, message: str) -> None:
    text = HEAD.replace(right, wrong, 1) + "      - {type: text, key: a, label: A}\n"
    assert said(text) == [f"forms/t.yaml {message}"]


def test_two_mistakes_are_two_messages_and_no_third_follows_from_them() -> None:
    text = HEAD + "      - {type: text, kye: a, label: A}\n      - {type: txt, key: b, label: B}\n"
    assert [message.partition(": ")[0] for message in said(text)] == [
        "forms/t.yaml (line 10)",
        "forms/t.yaml (line 11)",
    ]


def test_an_entry_that_is_no_section_says_what_a_section_is() -> None:
    (message,) = said(HEAD.partition("  - key")[0] + "  - hello\n")
    assert message == (
        "forms/t.yaml (line 7): sections[0]: must be a section: keys with values (key, title, fields), or an include"
    )


FOREIGN = re.compile(
    r"(?i)\b(input should|pydantic|tuple|string|instance|discriminator|dictionary|parse|validation|unable)\b"
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.binary(max_size=3),
)
KEYS = sorted({name for model in FIELD_TYPES.values() for name in model.model_fields} | {"kye"})


@given(settings=st.dictionaries(st.sampled_from(KEYS), VALUES), kind=st.sampled_from([*FIELD_TYPES, "txt"]))
def test_nothing_that_is_refused_is_said_in_the_words_of_the_library(settings: dict[str, Any], kind: str) -> None:
    try:
        TypeAdapter(FormField).validate_python({"key": "a", "label": "A", **settings, "type": kind})
    except ValidationError as error:
        found = refusals(error, FormField)
        assert found
        for item in found:
            said_of_it = item.message
            for value in settings.values():  # what the file itself says is not ours
                said_of_it = said_of_it.replace(repr(value), "")
            assert not FOREIGN.search(said_of_it), item


def test_an_edit_is_refused_in_the_same_words() -> None:
    section = {"key": "s", "title": "S", "fields": [{"type": "text", "key": "a", "label": "A"}]}
    form = Form.model_validate(
        {"form": "t", "version": 1, "title": "T", "kind": "trial", "scope": "trial", "sections": [section]}
    )
    with pytest.raises(FormError) as caught:
        edited(form, AddField(section="s", field={"type": "choice", "key": "x", "lable": "X", "options": [1]}))
    assert [str(fault) for fault in caught.value.faults] == [
        't.yaml: x: options[0]: must be a text: put it in quotes, "1"',
        "t.yaml: x: lable: is not a setting that is known here; is 'label' meant?",
    ]
