"""Forms as YAML and back, edits as values, and files that are never written over somebody else's work."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.form_strategies import forms
from workbench.forms import (
    AddField,
    AddSection,
    CalculatedField,
    ChangeField,
    ChangeForm,
    ChangeSection,
    Form,
    FormError,
    MoveField,
    MoveSection,
    RemoveField,
    RemoveSection,
    draft,
    edited,
    file_hash,
    form_yaml,
    load_form,
    load_forms,
    next_version,
    read_form_text,
    shipped_forms,
    write_form,
)
from workbench.forms.writing import read_blocks
from workbench.forms.yaml_text import leading_remark

FORMS = load_forms(shipped_forms())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    target = tmp_path / "extraction_forms"
    shutil.copytree(shipped_forms(), target)
    return target


# --- YAML ----------------------------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(form=forms())
def test_any_form_reads_back_from_its_yaml_as_the_same_form(form: Form) -> None:
    text = form_yaml(form)
    read, faults = read_form_text(text, Path("made.yaml"))
    assert faults == ()
    assert read == form
    assert form_yaml(read) == text  # the same form, the same text


@pytest.mark.parametrize("name", FORMS)
def test_a_shipped_form_reads_back_and_keeps_the_blocks_it_shares(name: str) -> None:
    form, path = FORMS[name], shipped_forms() / f"{name}.yaml"
    text = form_yaml(form, blocks=read_blocks(shipped_forms()), remark=leading_remark(path.read_text()))
    assert read_form_text(text, path) == (form, ())
    written, original = text.splitlines(), path.read_text().splitlines()
    includes = [line.strip() for line in original if line.strip().startswith("- include:")]
    assert [line.strip() for line in written if line.strip().startswith("- include:")] == includes
    assert text.startswith(leading_remark(path.read_text()))
    assert text.startswith("# ")


def test_a_text_is_quoted_only_where_it_would_be_read_as_something_else() -> None:
    text = form_yaml(FORMS["parallel_means"])
    assert "title: Two groups, means or medians\n" in text
    assert "options: ['yes', 'no']" in text
    assert "hide_if: {centre_kind: [median]}" in text
    assert "\n      - type: count\n        key: n_active\n" in text


def test_the_reviews_own_options_are_not_written() -> None:
    class Review:
        def choices(self, source: str, *, form_kind: str) -> tuple[tuple[str, str], ...]:
            return (("pain", "Pain"),)

    resolved = FORMS["events"].resolve(Review())
    assert form_yaml(resolved) == form_yaml(FORMS["events"])


# --- edits ---------------------------------------------------------------------------------------------------------


def keys(form: Form, section: str) -> list[str]:
    return [field.key for item in form.sections if item.key == section for field in item.fields]


def test_a_field_is_added_moved_changed_and_removed_and_the_form_given_stays_as_it_was() -> None:
    before = FORMS["events"]
    note = {"type": "text", "key": "note", "label": "A note"}
    added = edited(before, AddField(section="numbers", field=note, before="n_active"))
    assert keys(added, "numbers")[:3] == ["events_active", "note", "n_active"]
    moved = edited(added, MoveField(key="note", section="outcome"))
    assert keys(moved, "outcome")[-1] == "note"
    assert "note" not in keys(moved, "numbers")
    changed = edited(moved, ChangeField(key="note", settings={"label": "Remark", "required": True}))
    assert (changed.field("note").label, changed.field("note").required) == ("Remark", True)
    assert edited(changed, ChangeField(key="note", settings={"required": None})).field("note").required is False
    assert edited(changed, RemoveField(key="note")) == before
    assert "note" not in before.keys
    assert before == FORMS["events"]


def test_a_renamed_field_remembers_its_key_and_everything_that_names_it_follows() -> None:
    form = edited(FORMS["estimate"], ChangeField(key="estimate_measure", settings={"key": "printed_measure"}))
    assert form.field("printed_measure").formerly == ("estimate_measure",)
    assert "estimate_measure" not in form.field("direction").show_if
    assert form.field("direction").show_if == {"printed_measure": ("MD", "SMD")}
    back = edited(form, ChangeField(key="printed_measure", settings={"key": "estimate_measure"}))
    assert back.field("estimate_measure").formerly == ("printed_measure",)
    rates = edited(FORMS["rates"], ChangeField(key="time_active", settings={"key": "weeks_active"}))
    calculated = rates.field("rate_active")
    assert isinstance(calculated, CalculatedField)
    assert calculated.expression == "events_active / weeks_active"
    trial = edited(FORMS["trial"], ChangeField(key="arms", settings={"key": "groups"}))
    assert trial.field("stimulation").rows_from == "groups"  # type: ignore[union-attr]
    assert trial.field("randomised_all_arms").expression == "sum(groups.randomised)"  # type: ignore[union-attr]


def test_a_field_that_becomes_another_type_keeps_what_both_know() -> None:
    form = edited(FORMS["rates"], ChangeField(key="country", settings={"type": "long_text"}))
    assert (form.field("country").type, form.field("country").label) == ("long_text", "Country")
    with pytest.raises(FormError, match=r"country.*needs options"):
        edited(FORMS["rates"], ChangeField(key="country", settings={"type": "choice"}))


def test_sections_are_added_changed_moved_and_removed() -> None:
    one = {"type": "text", "key": "one", "label": "One"}
    form = edited(
        FORMS["events"], AddSection(section={"key": "extra", "title": "Extra", "fields": [one]}, before="sham")
    )
    assert [item.key for item in form.sections][2:5] == ["stimulation", "extra", "sham"]
    form = edited(form, ChangeSection(key="extra", settings={"title": "More", "show_if": {"design": ["crossover"]}}))
    section = next(item for item in form.sections if item.key == "extra")
    assert (section.title, section.show_if) == ("More", {"design": ("crossover",)})
    form = edited(form, MoveSection(key="extra"))
    assert form.sections[-1].key == "extra"
    assert edited(form, RemoveSection(key="extra")) == FORMS["events"]
    assert edited(form, ChangeForm(settings={"version": 7, "title": "Seven"})).version == 7


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (AddField(section="numbers", field={"type": "text", "key": "design", "label": "x"}), "already"),
        (AddField(section="nowhere", field={"type": "text", "key": "x", "label": "x"}), "no section 'nowhere'"),
        (AddField(section="numbers", field={"type": "text", "key": "x", "label": "x"}, before="y"), "no field 'y'"),
        (AddField(section="numbers", field={"type": "text", "key": "X", "label": "x"}), "key"),
        (AddField(section="numbers", field={"type": "tekst", "key": "x", "label": "x"}), "tekst"),
        (
            AddField(section="numbers", field={"type": "text", "key": "x", "label": "x", "colour": 1}),
            "not a setting that is known here",
        ),
        (RemoveField(key="colour"), "no field 'colour'"),
        (ChangeField(key="design", settings={"key": "country"}), "already"),
        (MoveField(key="design", section="nowhere"), "no section 'nowhere'"),
        (ChangeSection(key="numbers", settings={"key": "study"}), "already"),
        (ChangeForm(settings={"scope": "trial"}), "kind: trial"),
        (ChangeForm(settings={"version": 0}), "version"),
    ],
)
def test_an_edit_that_cannot_be_made_says_why(edit: Any, said: str) -> None:
    with pytest.raises(FormError, match=said):
        edited(FORMS["events"], edit)


def test_a_section_whose_last_field_is_moved_away_goes_with_it() -> None:
    one = {"type": "text", "key": "one", "label": "One"}
    form = edited(FORMS["events"], AddSection(section={"key": "extra", "title": "Extra", "fields": [one]}))
    assert edited(form, MoveField(key="one", section="extra")) == form
    moved = edited(form, MoveField(key="one", section="numbers"))
    assert "extra" not in [item.key for item in moved.sections]
    assert "one" in moved.keys


# --- drafts and files ----------------------------------------------------------------------------------------------


def test_a_draft_is_checked_before_it_is_written_with_the_lines_it_would_have(folder: Path) -> None:
    form = edited(FORMS["events"], RemoveField(key="events_active"))
    made = draft(folder, form)
    assert any("needs the field 'events_active' (count)" in str(fault) for fault in made.faults)
    hanging = edited(FORMS["estimate"], RemoveField(key="estimate_measure"))
    made = draft(folder, hanging)
    (fault,) = [fault for fault in made.faults if "the field 'event_is'" in fault.message]
    assert fault.file == "extraction_forms/estimate.yaml"
    assert fault.line is not None
    assert "show_if: {estimate_measure: [" in made.text.splitlines()[fault.line - 1]
    with pytest.raises(FormError, match="show_if names 'estimate_measure'"):
        write_form(folder, hanging, expected=file_hash(folder / "estimate.yaml"))
    assert load_form(folder / "estimate.yaml") == FORMS["estimate"]


def test_a_changed_form_is_written_with_its_remark_and_blocks_and_reads_back(folder: Path) -> None:
    path = folder / "events.yaml"
    form = edited(FORMS["events"], ChangeField(key="event_is", settings={"label": "Good or bad"}))
    form = edited(form, ChangeForm(settings={"version": next_version(FORMS["events"])}))
    assert write_form(folder, form, expected=file_hash(path)) == path
    assert load_form(path) == form
    text = path.read_text()
    assert text.startswith("# Counts of people: responders")
    assert "  - include: stimulation\n" in text
    assert form.version == FORMS["events"].version + 1
    assert [item.name for item in folder.iterdir() if item.name.startswith(".")] == []


def test_a_changed_block_is_written_into_the_form_and_the_block_stays(folder: Path) -> None:
    block = (folder / "blocks" / "sham.yaml").read_text()
    form = edited(FORMS["events"], ChangeField(key="sham_type", settings={"label": "Kind of sham"}))
    write_form(folder, form, expected=file_hash(folder / "events.yaml"))
    assert (folder / "blocks" / "sham.yaml").read_text() == block
    assert "include: sham" not in (folder / "events.yaml").read_text()
    assert load_forms(folder)["rates"] == FORMS["rates"]


def test_a_file_that_changed_meanwhile_is_not_written_over(folder: Path) -> None:
    path = folder / "events.yaml"
    seen = file_hash(path)
    path.write_text(path.read_text() + "# a colleague's remark\n")
    form = edited(FORMS["events"], ChangeForm(settings={"title": "Mine"}))
    with pytest.raises(FormError, match=r"extraction_forms/events.yaml: was changed by somebody else"):
        write_form(folder, form, expected=seen)
    assert path.read_text().endswith("# a colleague's remark\n")
    path.unlink()
    with pytest.raises(FormError, match="was taken away"):
        write_form(folder, form, expected=seen)
    assert not path.exists()
    write_form(folder, form, expected=None)
    with pytest.raises(FormError, match="there is a form of this name already"):
        write_form(folder, form, expected=None)


def test_of_several_who_save_at_once_one_wins_and_the_others_are_told(folder: Path) -> None:
    seen = file_hash(folder / "events.yaml")
    said: list[str] = []

    def save(number: int) -> None:
        form = edited(FORMS["events"], ChangeForm(settings={"title": f"By {number}", "version": 3}))
        try:
            write_form(folder, form, expected=seen)
            said.append("written")
        except FormError as error:
            said.append(str(error))

    threads = [threading.Thread(target=save, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said.count("written") == 1
    assert sum("changed by somebody else" in item for item in said) == 5
    assert load_form(folder / "events.yaml").title.startswith("By ")


@pytest.mark.parametrize("name", ["../events", "events/../../x", "Events", "", "a.b", "é", "con\n", "a" * 61])
def test_a_forms_name_never_leads_out_of_the_folder(folder: Path, name: str) -> None:
    form = FORMS["events"].model_copy(update={"form": name})
    with pytest.raises(FormError, match="a word of small letters"):
        write_form(folder, form, expected=None)


def test_a_link_is_not_written_through(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text("untouched")
    path = folder / "events.yaml"
    path.unlink()
    os.symlink(elsewhere, path)
    with pytest.raises(FormError, match="is a link"):
        write_form(folder, FORMS["events"], expected=file_hash(path))
    assert elsewhere.read_text() == "untouched"


def test_a_version_under_which_answers_were_given_keeps_its_content(folder: Path) -> None:
    old = FORMS["events"]
    kept = {1: "{}", old.version: old.model_dump_json(indent=1)}
    assert next_version(old, kept) == old.version + 1
    assert next_version(old, {**kept, 9: "{}"}) == 10
    form = edited(old, ChangeField(key="event_is", settings={"label": "Otherwise"}))
    made = draft(folder, form, kept=kept)
    assert [fault.message for fault in made.faults] == [
        f"answers were given under version {old.version}: give the changed form a new version ({old.version + 1})"
    ]
    assert made.faults[0].line == made.text.splitlines().index(f"version: {old.version}") + 1
    assert draft(folder, edited(form, ChangeForm(settings={"version": 10})), kept=kept).faults == ()
    assert draft(folder, old, kept=kept).faults == ()
