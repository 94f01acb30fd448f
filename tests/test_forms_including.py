"""Blocks that several forms include: what `without` leaves out counts nowhere, in whatever order things stand."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from workbench.forms import Form, read_form_text

HEAD = "form: t\nversion: 1\ntitle: T\nkind: trial\nscope: trial\nsections:\n"
BLOCK = "key: s2\ntitle: S2\nfields:\n  - {type: text, key: a, label: A}\n  - {type: text, key: b, label: B}\n"
OWN = "  - {key: s, title: S, fields: [{type: number, key: a, label: Mine}]}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "forms" / "blocks").mkdir(parents=True)
    (tmp_path / "forms/blocks/blk.yaml").write_text(BLOCK)
    return tmp_path / "forms"


def read(folder: Path, *sections: str) -> tuple[Form | None, list[str]]:
    form, faults = read_form_text(HEAD + "".join(sections), folder / "t.yaml")
    return form, [str(fault) for fault in faults]


@pytest.mark.parametrize("order", list(permutations((OWN, "  - {include: blk, without: [a]}\n"))))
def test_a_form_can_replace_a_field_of_a_block_by_its_own_before_or_after_it(folder: Path, order: tuple[str]) -> None:
    form, faults = read(folder, *order)
    assert faults == []
    assert form is not None
    assert sorted(form.keys) == ["a", "b"]
    assert form.field("a").type == "number"


def test_a_field_that_is_there_twice_is_said_with_both_places(folder: Path) -> None:
    assert read(folder, OWN, "  - include: blk\n")[1] == [
        "forms/blocks/blk.yaml (line 4): fields[0].key: the field 'a' is there twice (first in forms/t.yaml, line 7); "
        "an include can leave fields out by 'without'"
    ]
    assert read(folder, OWN, OWN.replace("key: s,", "key: s3,"))[1] == [
        "forms/t.yaml (line 8): sections[1].fields[0].key: the field 'a' is there twice (first in forms/t.yaml, line 7)"
    ]


@pytest.mark.parametrize("others", [(), (OWN.replace("key: a", "key: c"),)])
def test_a_block_with_everything_left_out_is_a_fault_and_no_form(folder: Path, others: tuple[str, ...]) -> None:
    form, faults = read(folder, "  - {include: blk, without: [a, b]}\n", *others)
    assert form is None
    assert faults == [
        "forms/t.yaml (line 7): sections[0].without: nothing is left of the block: take the whole include out, "
        "or leave fewer fields out"
    ]
