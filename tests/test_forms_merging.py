"""Two people's changes of one form brought together; what is shared; remarks that a file would lose."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from tests.form_strategies import forms
from workbench.forms import (
    AddField,
    ChangeField,
    ChangeForm,
    ChangeSection,
    Edit,
    Form,
    MoveField,
    RemoveField,
    edited,
    load_forms,
    shipped_forms,
)
from workbench.forms.merging import merge_forms
from workbench.forms.remarks import remarks_inside
from workbench.forms.sharing import no_longer_shared, shared_sections, shared_with
from workbench.forms.writing import read_blocks
from workbench.forms.yaml_text import form_yaml

MANY = settings(max_examples=60, deadline=None)


def text(key: str, label: str = "") -> dict[str, Any]:
    return {"type": "text", "key": key, "label": label or key}


def form(version: int = 1, **sections: tuple[str, ...]) -> Form:
    parts = sections or {"one": ("a", "b"), "two": ("c", "d")}
    return Form.model_validate(
        {
            "form": "f",
            "version": version,
            "title": "F",
            "kind": "trial",
            "scope": "trial",
            "sections": [
                {"key": key, "title": key, "fields": [text(name) for name in fields]} for key, fields in parts.items()
            ],
        }
    )


def after(base: Form, *edits: Edit) -> Form:
    for edit in edits:
        base = edited(base, edit)
    return base


def keys(made: Form) -> dict[str, list[str]]:
    return {section.key: [field.key for field in section.fields] for section in made.sections}


BASE = form()
RELABEL = ChangeField(key="a", settings={"label": "A of mine"})
NEWER = ChangeForm(settings={"version": 2})


def test_what_each_of_two_changed_stands() -> None:
    mine = after(BASE, RELABEL, AddField(section="one", field=text("x"), before="b"))
    theirs = after(BASE, NEWER, ChangeField(key="c", settings={"required": True}), RemoveField(key="d"))
    merged = merge_forms(BASE, mine, theirs)
    assert merged.clashes == ()
    assert keys(merged.form) == {"one": ["a", "x", "b"], "two": ["c"]}
    assert (merged.form.field("a").label, merged.form.field("c").required) == ("A of mine", True)
    assert merged.form.version == 2


def test_changes_to_different_questions_of_one_section_both_stand() -> None:
    mine = after(BASE, RELABEL)
    theirs = after(
        BASE, ChangeField(key="b", settings={"label": "B of theirs"}), AddField(section="one", field=text("y"))
    )
    merged = merge_forms(BASE, mine, theirs)
    assert (merged.clashes, keys(merged.form)["one"]) == ((), ["a", "b", "y"])
    assert [field.label for field in merged.form.sections[0].fields] == ["A of mine", "B of theirs", "y"]


@pytest.mark.parametrize(
    ("mine", "theirs", "said", "stands"),
    [
        (RELABEL, ChangeField(key="a", settings={"label": "Theirs"}), "“A of mine” was changed by both", "A of mine"),
        (RELABEL, RemoveField(key="a"), "“A of mine” was changed by you and taken out", "A of mine"),
        (
            RemoveField(key="a"),
            ChangeField(key="a", settings={"label": "Theirs"}),
            "“Theirs” was taken out by you",
            None,
        ),
        (
            ChangeSection(key="one", settings={"title": "Mine"}),
            ChangeSection(key="one", settings={"title": "Theirs"}),
            "The section “Mine”: both changed its title",
            "a",
        ),
        (ChangeForm(settings={"title": "M"}), ChangeForm(settings={"title": "T"}), "The form: both changed its", "a"),
    ],
)
def test_what_both_changed_is_said_and_mine_stands(mine: Edit, theirs: Edit, said: str, stands: str | None) -> None:
    merged = merge_forms(BASE, after(BASE, mine), after(BASE, theirs))
    assert len(merged.clashes) == 1
    assert merged.clashes[0].startswith(said)
    labels = [field.label for field in merged.form.fields]
    assert ("Theirs" not in labels and "a" not in labels) if stands is None else stands in labels


def test_my_order_stands_where_i_changed_it_and_theirs_otherwise() -> None:
    moved = MoveField(key="b", section="one", before="a")
    more = AddField(section="one", field=text("y"), before="b")
    assert keys(merge_forms(BASE, after(BASE, moved), after(BASE, more)).form)["one"] == ["b", "a", "y"]
    assert keys(merge_forms(BASE, after(BASE, more), after(BASE, moved)).form)["one"] == ["b", "a", "y"]


def test_a_question_that_i_moved_to_another_section_is_there_once() -> None:
    mine = after(BASE, MoveField(key="a", section="two"))
    theirs = after(BASE, ChangeField(key="d", settings={"help": "Look in Table 1"}))
    merged = merge_forms(BASE, mine, theirs)
    assert keys(merged.form) == {"one": ["b"], "two": ["c", "d", "a"]}
    assert merged.form.field("d").help == "Look in Table 1"


@given(forms(), forms())
@MANY
def test_where_only_one_changed_anything_that_one_stands(base: Form, other: Form) -> None:
    other = other.model_copy(update={"form": base.form})
    assert merge_forms(base, base, other).form == other
    assert merge_forms(base, base, other).clashes == ()
    mine = merge_forms(base, other, base)
    assert mine.form == other.model_copy(update={"version": base.version})
    assert merge_forms(base, other, other).form == other


def test_shared_sections_name_their_block_and_what_is_left_out() -> None:
    folder = shipped_forms()
    shipped, blocks = load_forms(folder), read_blocks(folder)
    events = shipped["events"]
    assert shared_sections(events, blocks)["study"].block == "study"
    less = after(events, RemoveField(key="country"))
    assert shared_sections(less, blocks)["study"].without == (events.field("country").label,)
    assert no_longer_shared(events, less, blocks) == {}  # an include can leave a field out
    reworded = after(events, ChangeField(key="country", settings={"label": "Land"}))
    titles = {section.key: section.title for section in events.sections}
    assert no_longer_shared(events, reworded, blocks) == {titles["study"]: "study"}
    others = shared_with("study", shipped, blocks, but="events")
    assert shipped["rates"].title in others
    assert events.title not in others


def test_remarks_below_the_beginning_are_counted_and_characters_are_none() -> None:
    assert remarks_inside("# kept\n# kept\nform: x\n") == 0
    assert remarks_inside("# kept\nform: x # lost\n# lost\nlist:\n  # lost\n  - a\n") == 3
    assert remarks_inside('a: "# text"\nb: x#y\nc: >-\n  folded\n  # text\nd: |\n  # text\n') == 0
    assert remarks_inside('a: "two\n  # text"\nb: 1 # lost\n') == 1
    assert remarks_inside("a: [unclosed\n# lost\n") == 1
    assert remarks_inside('a: "never closed\n# ?\n') == 0
    assert remarks_inside("") == 0


@given(forms())
@MANY
def test_the_text_that_is_written_has_no_remark_inside(made: Form) -> None:
    assert remarks_inside(form_yaml(made)) == 0
