"""A form that was put back to an older version is not used for answers that were given under the newer one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench.extraction import CurrentForms, Extraction, current_forms
from workbench.forms import Form, FormError, draft, load_form, write_form

HEAD = "# weeks or days\nform: t\nversion: {version}\ntitle: T\nkind: trial\nscope: trial\nsections:\n"
FIELD = "  - key: s\n    title: S\n    fields:\n      - {{type: number, key: w, label: W, unit: {unit}}}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    form: str
    version: int
    content: str


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "extraction_forms"
    found.mkdir()
    return found


def form_of(folder: Path, version: int, unit: str) -> Form:
    path = folder / "t.yaml"
    path.write_text((HEAD + FIELD).format(version=version, unit=unit))
    return load_form(path)


def kept(*forms: Form) -> list[Kept]:
    return [Kept(form=form.form, version=form.version, content=form.model_dump_json(indent=1)) for form in forms]


def given(version: int) -> Extraction:
    return Extraction(
        id="1",
        study="s",
        result="r",
        form="t",
        form_version=version,
        extractor="ada",
        answers={"w": 28},
        state="final",
        role="extractor",
        recorded_at=datetime(2024, 1, 5, tzinfo=UTC),
    )


def test_answers_of_a_higher_version_are_never_read_as_the_lower_ones(folder: Path) -> None:
    days, weeks = form_of(folder, 3, "days"), form_of(folder, 2, "weeks")
    current = current_forms({"t": weeks}, kept(weeks, days))
    assert current.lowered == {"t": 3}
    for read in (current.bring, current.moved, current.earlier, current.change):
        with pytest.raises(FormError) as caught:
            read(given(3))
        assert str(caught.value) == (
            "extraction_forms/t.yaml: version: version 2 stands in the file, but answers were given under version 3: "
            "raise it to 4"
        )
    assert current.bring(given(2)) == given(2)
    with pytest.raises(FormError):  # also where the version itself was never kept
        CurrentForms(forms={"t": weeks}).bring(given(3))


def test_a_lowered_form_is_refused_with_file_and_line(folder: Path) -> None:
    days, weeks = form_of(folder, 3, "days"), form_of(folder, 2, "weeks")
    for refuse in (
        lambda: current_forms({"t": weeks}, kept(days)).refuse_lowered(folder),
        lambda: current_forms({"t": weeks}, kept(days), folder=folder),
    ):
        with pytest.raises(FormError) as caught:
            refuse()
        assert str(caught.value).startswith(
            "extraction_forms/t.yaml (line 3): version: version 2 stands in the file, but answers were given under "
        )


def test_raised_above_all_versions_the_form_is_used_and_units_are_not_mistaken(folder: Path) -> None:
    days, weeks = form_of(folder, 3, "days"), form_of(folder, 4, "weeks")
    current = current_forms({"t": weeks}, kept(days), folder=folder)
    assert current.lowered == {}
    brought = current.bring(given(3))
    assert "w" not in brought.answers
    assert brought.answers["_earlier"] == {"3": {"w": 28}}
    assert current_forms({}, kept(days), folder=folder).lowered == {}  # a form that is gone


def test_a_form_is_not_written_below_the_highest_version_that_was_kept(folder: Path) -> None:
    days, weeks = form_of(folder, 3, "days"), form_of(folder, 2, "weeks")
    texts = {form.version: form.model_dump_json(indent=1) for form in (weeks, days)}
    made = draft(folder, weeks, kept=texts)  # as it was kept as version 2, letter for letter
    assert [str(fault) for fault in made.faults] == [
        "extraction_forms/t.yaml (line 3): version: answers were given under version 3: a form cannot go back "
        "below it; give it a new version (4)"
    ]
    with pytest.raises(FormError, match="cannot go back below it"):
        write_form(folder, weeks, expected=None, kept=texts)
    assert draft(folder, form_of(folder, 4, "weeks"), kept=texts).faults == ()
