"""The form editor: every type of question made, changed, checked and saved; nothing written unseen, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.test_ui_pages import assert_no_fault, press, shown
from tests.ui_review import add_records, add_result, add_study, extract
from workbench.forms import Form, load_form, load_forms
from workbench.store import Store
from workbench.store.values import Reviewer
from workbench.ui import context
from workbench.ui.form_editor import lines
from workbench.ui.form_editor.adding import key_from
from workbench.ui.form_editor.places import WHOLE, Place, after, moved

Opener = Callable[..., Store]
HOSTILE = "<script>alert(1)</script> **bold** $x$ :red[r] [l](javascript:alert(1))"


def page(reviewer: str = "ada") -> AppTest:
    at = AppTest.from_string(
        "from workbench.ui import faults\nfrom workbench.ui.pages import form_editor\n"
        "faults.guarded(form_editor.page)()",
        default_timeout=30,
    )
    at.query_params["reviewer"] = reviewer
    return at


def folder() -> Path:
    return context.folder() / "extraction_forms"


def file_of(name: str) -> Path:
    return folder() / f"{name}.yaml"


def opened(name: str = "trial", reviewer: str = "ada") -> AppTest:
    at = page(reviewer).run()
    assert_no_fault(at)
    at.selectbox(key="form-editor:open").set_value(name).run()
    assert_no_fault(at)
    return at


def view(at: AppTest, name: str) -> AppTest:
    at.segmented_control(key="form-editor:view").set_value(name).run()
    assert_no_fault(at)
    return at


def choose(at: AppTest, place: str, name: str = "trial") -> AppTest:
    at.selectbox(key=f"form-editor:{name}:place").set_value(place).run()
    assert_no_fault(at)
    return at


def box(kind: Any, ending: str) -> Any:
    """The one widget whose key ends so."""
    found = [item for item in kind if str(item.key).endswith(ending)]
    assert len(found) == 1, (ending, [item.key for item in kind])
    return found[0]


def add(at: AppTest, kind: str, label: str, **more: str) -> AppTest:
    box(at.selectbox, ":add:type").set_value(kind).run()
    box(at.text_input, ":add:label").set_value(label).run()
    for name, value in more.items():
        widgets = at.text_area if name == "options" else at.text_input
        box(widgets, f":add:{name}").set_value(value).run()
    press(at, "Add the question")
    assert_no_fault(at)
    return at


def save(at: AppTest, *, agree: bool = False) -> AppTest:
    view(at, "Check and save")
    if agree:
        box(at.checkbox, ":agreed").check().run()
    button = box(at.button, ":save")
    assert not button.disabled, shown(at)
    button.click().run()
    assert_no_fault(at)
    return at


MADE: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "text": ({}, {"max_length": 500}),
    "long_text": ({}, {"max_length": 20_000}),
    "number": ({}, {"unit": ""}),
    "count": ({}, {"unit": ""}),
    "choice": ({"options": "left | Left side\nright\n\n"}, {"values": ("left", "right")}),
    "multi_choice": ({"options": "a\nb | The b"}, {"values": ("a", "b")}),
    "yes_no_unclear": ({}, {"values": ("yes", "no", "unclear")}),
    "date": ({}, {}),
    "quote": ({}, {}),
    "calculated": ({"expression": "n_randomised / 2"}, {"expression": "n_randomised / 2"}),
    "table": ({}, {"naming": "label"}),
}


def test_questions_of_every_type_are_added_seen_saved_and_read_back(review: Opener) -> None:
    review()
    before, written = load_form(file_of("trial")), file_of("trial").read_bytes()
    at = choose(opened(), "section:population")
    for number, (kind, (given, _)) in enumerate(MADE.items()):
        add(at, kind, f"New question {number}?", **given)
        assert at.selectbox(key="form-editor:trial:place").value == f"field:new_question_{number}"
    assert file_of("trial").read_bytes() == written  # nothing is written yet
    view(at, "Preview")
    assert "nothing that you type here is stored" in shown(at)
    save(at)
    after_it = load_form(file_of("trial"))
    assert after_it.version == before.version + 1
    home = next(section for section in after_it.sections if section.key == "population")
    for number, (kind, (_, wanted)) in enumerate(MADE.items()):
        field = after_it.field(f"new_question_{number}")
        assert (field.type, field.label) == (kind, f"New question {number}?")
        assert {name: getattr(field, name) for name in wanted} == wanted
        assert home.fields[number - len(MADE)] == field
    assert [item for item in after_it.keys if not item.startswith("new_question")] == list(before.keys)


def keep(at: AppTest, **settings: Any) -> AppTest:
    """Other settings of the question that is chosen, kept as one step."""
    for name, value in settings.items():
        kinds = (at.text_input, at.text_area, at.number_input, at.checkbox, at.selectbox)
        widget = next(item for kind in kinds for item in kind if str(item.key).endswith(f":{name}"))
        widget.set_value(value)
    next(item for item in at.button if item.label == "Keep these changes").click().run()
    return at


def test_every_setting_of_a_number_is_kept_and_read_back(review: Opener) -> None:
    review()
    at = choose(opened(), "field:age_mean")
    keep(
        at,
        label="Mean age at entry",
        key="age_at_entry",
        help="In the randomised participants",
        required=True,
        unit="years of age",
        minimum=20.0,
        maximum=80.0,
        at_least=18.0,
        at_most=110.0,
    )
    assert_no_fault(at)
    assert at.selectbox(key="form-editor:trial:place").value == "field:age_at_entry"
    save(at)
    field: Any = load_form(file_of("trial")).field("age_at_entry")
    told = (field.label, field.help, field.required, field.unit, field.minimum, field.maximum, field.at_least)
    assert told == ("Mean age at entry", "In the randomised participants", True, "years of age", 20, 80, 18)
    assert (field.at_most, field.formerly) == (110, ("age_mean",))


def test_options_are_lines_and_a_renamed_one_keeps_its_earlier_value(review: Opener) -> None:
    review()
    at = choose(opened(), "field:design")
    text = box(at.text_area, ":options").value
    assert text.splitlines()[0] == "parallel"
    keep(at, options="parallel groups | parallel groups | parallel\n" + "\n".join(text.splitlines()[1:]))
    assert_no_fault(at)
    view(at, "Check and save")
    assert "parallel groups" in shown(at)


def test_a_condition_is_added_shown_and_taken_away(review: Opener) -> None:
    review()
    at = choose(opened(), "field:funding")
    box(at.selectbox, ":way").set_value("show_if").run()
    box(at.selectbox, ":other").set_value("design").run()
    box(at.multiselect, ":wanted:design").set_value(["crossover", "cluster"]).run()
    press(at, "Add the condition")
    assert_no_fault(at)
    assert "is asked only if “Design” is crossover or cluster" in shown(at)
    press(at, "Undo")
    assert "is asked only if" not in shown(at)
    press(at, "Redo")
    press(at, "Take away")
    assert_no_fault(at)
    assert "It is always asked." in shown(at)


def test_a_table_gets_a_column_of_another_type_moved_to_the_front(review: Opener) -> None:
    review()
    at = choose(opened(), "field:arms")
    box(at.selectbox, ":add-column:type").set_value("number").run()
    box(at.text_input, ":add-column:label").set_value("Mean age").run()
    press(at, "Add the column")
    assert at.selectbox(key="form-editor:trial:column:arms").value == "mean_age"
    for _ in range(6):
        press(at, "Move left")
    assert_no_fault(at)
    save(at)
    table: Any = load_form(file_of("trial")).field("arms")
    assert [column.key for column in table.columns][:2] == ["label", "mean_age"]


def test_a_column_is_renamed_and_keeps_its_earlier_key(review: Opener) -> None:
    review()
    at = choose(opened(), "field:arms")
    at.selectbox(key="form-editor:trial:column:arms").set_value("drop_out_reasons").run()
    box(at.text_input, ":column:drop_out_reasons:key").set_value("reasons")
    next(item for item in at.button if item.label == "Keep this column").click().run()
    assert_no_fault(at)
    save(at)
    table: Any = load_form(file_of("trial")).field("arms")
    assert table.column("reasons").formerly == ("drop_out_reasons",)


def test_steps_are_taken_back_and_made_again_and_a_reload_keeps_what_is_not_saved(review: Opener) -> None:
    review()
    at = choose(opened(), "field:country")
    press(at, "Take out the question")
    assert "country" not in [item.partition(":")[2] for item in at.selectbox(key="form-editor:trial:place").options]
    press(at, "Undo")
    assert "as in the file" in shown(at)
    press(at, "Redo")
    assert "not saved" in shown(at)
    again = opened()
    assert "Your changes from before are here again" in shown(again)
    view(again, "Check and save")
    assert "Country" in shown(again)
    press(again, "Forget my changes")
    assert "as in the file" in shown(opened())
    assert "key: country" in file_of("trial").read_text(encoding="utf-8")


def test_answers_without_a_place_are_shown_with_their_number_before_saving(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    study = add_study(store, 1, "Doe <b>2020</b>")
    result = add_result(store, study)
    form = load_form(file_of("parallel_means"))
    store.add_form("parallel_means", form.version, form.model_dump_json(indent=1), by="ada")
    for who in ("ada", "ben"):
        extract(store, study, result, who, version=form.version)
    at = choose(opened("parallel_means"), "field:instrument", "parallel_means")
    press(at, "Take out the question")
    view(at, "Check and save")
    html = shown(at)
    assert "1 result was filled in under earlier versions than this one (Doe &lt;b&gt;2020&lt;/b&gt;)" in html
    assert "kept aside: 2" in html
    assert box(at.button, ":save").disabled
    save(at, agree=True)
    assert "is saved as version 3" in at.success[0].value
    assert "Under older versions" in shown(page().run())
    assert all(item.answers["instrument"] == "VAS 0-10" for item in store.extractions(result=result))


def test_a_form_that_could_not_be_computed_from_is_not_saved_and_says_why(review: Opener) -> None:
    review()
    at = choose(opened("parallel_means"), "field:mean_active", "parallel_means")
    press(at, "Take out the question")
    view(at, "Check and save")
    assert "mean_active" in shown(at)
    assert "1 to mend" in shown(at)
    assert box(at.button, ":save").disabled


def test_another_leads_save_in_the_meantime_is_told_and_nothing_is_written_over(review: Opener) -> None:
    review()
    at = choose(opened(), "field:country")
    press(at, "Take out the question")
    theirs = file_of("trial").read_text(encoding="utf-8").replace("title: The trial", "title: Their trial", 1)
    file_of("trial").write_text(theirs, encoding="utf-8")
    view(at, "Check and save")
    box(at.button, ":save").click().run()
    assert "was changed by somebody else meanwhile" in at.error[0].value
    assert file_of("trial").read_text(encoding="utf-8") == theirs
    assert "Somebody else changed this form" in at.warning[0].value
    assert "Their trial" in shown(at)
    press(at, "Go on from theirs: saving mine then replaces it, as the next version")
    save(at)
    form = load_form(file_of("trial"))
    assert (form.title, "country" in form.keys) == ("The trial", False)


def test_only_a_lead_saves_and_others_look_and_try(review: Opener) -> None:
    review()
    at = choose(opened(reviewer="ben"), "field:country")
    press(at, "Take out the question")
    view(at, "Check and save")
    assert "Only a lead can save a form (Ada Example)." in shown(at)
    assert not [item for item in at.button if str(item.key).endswith(":save")]
    assert not [item for item in page("ben").run().expander if item.label == "New form"]


def test_a_role_that_went_after_the_page_was_drawn_saves_nothing(
    review: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    review()
    before = file_of("trial").read_bytes()
    at = choose(opened(), "field:country")
    press(at, "Take out the question")
    view(at, "Check and save")
    monkeypatch.setattr(context, "known_reviewer", lambda: Reviewer(name="ada", display="Ada Example"))
    box(at.button, ":save").click().run()
    assert "Only a lead can save a form." in at.error[0].value
    assert file_of("trial").read_bytes() == before


def test_a_block_that_changed_meanwhile_is_told_and_not_taken_back(review: Opener) -> None:
    review()
    at = choose(opened("events"), "form:", "events")
    box(at.text_input, ":title").set_value("Events of ours")
    next(item for item in at.button if item.label == "Keep these changes").click().run()
    block = folder() / "blocks" / "study.yaml"
    text = block.read_text(encoding="utf-8")
    block.write_text(text.replace("label: Country", "label: Country or region", 1), encoding="utf-8")
    view(at, "Check and save")
    assert "or a section that it shares" in at.warning[0].value
    box(at.button, ":save").click().run()
    assert "was changed by somebody else meanwhile" in at.error[0].value
    press(at, "Bring my changes into theirs")
    assert_no_fault(at)
    assert not at.warning
    save(at)
    form = load_form(file_of("events"))
    assert (form.title, form.field("country").label) == ("Events of ours", "Country or region")
    assert "include: study" in file_of("events").read_text(encoding="utf-8")


def test_two_leads_changes_are_brought_together_also_after_a_reload(review: Opener) -> None:
    review()
    at = choose(opened(), "field:country")
    keep(at, label="Countries")
    theirs = file_of("trial").read_text(encoding="utf-8")
    theirs = theirs.replace("label: Setting", "label: Their setting", 1).replace("label: Country", "label: Land", 1)
    file_of("trial").write_text(theirs, encoding="utf-8")
    again = opened()
    assert "Somebody else changed this form" in again.warning[0].value
    press(again, "Bring my changes into theirs")
    assert "“Countries” was changed by both; yours stands." in again.success[0].value
    save(again)
    form = load_form(file_of("trial"))
    assert (form.field("setting").label, form.field("country").label) == ("Their setting", "Countries")


def test_a_name_that_is_none_is_said_where_it_stands_with_the_way_there(review: Opener) -> None:
    review()
    at = choose(opened(), "section:population")
    add(at, "calculated", "Half of them", expression="nobody / 2")
    again = opened()  # what has faults is kept over a reload too
    assert "Your changes from before are here again" in shown(again)
    choose(at, "field:design")
    assert "Participants › Half of them" in shown(at)
    assert "nobody" in shown(at)
    view(at, "Preview")
    assert "1 to mend" in shown(at)
    press(at, "Go there")
    assert at.segmented_control(key="form-editor:view").value == "Questions"
    assert at.selectbox(key="form-editor:trial:place").value == "field:half_of_them"
    keep(at, expression="n_randomised / 2")
    choose(at, "field:design")
    press(at, "Take out the question")  # others are asked only under some of its answers
    view(at, "Check and save")
    assert "design" in shown(at)
    assert ("to mend" in shown(at)) == box(at.button, ":save").disabled


def test_what_is_chosen_stays_so_while_another_view_is_looked_at(review: Opener) -> None:
    review()
    at = choose(opened(), "field:country")
    view(view(at, "Preview"), "Questions")
    assert at.selectbox(key="form-editor:trial:place").value == "field:country"


def test_a_section_that_will_not_be_shared_any_more_and_lost_remarks_are_said(review: Opener) -> None:
    review()
    text = file_of("events").read_text(encoding="utf-8")
    file_of("events").write_text(text.replace("sections:", "sections:  # what is asked", 1), encoding="utf-8")
    at = choose(opened("events"), "field:country", "events")
    assert "comes from blocks/study.yaml and is shared with" in shown(at)
    press(at, "Take out the question")
    view(at, "Check and save")
    assert "no longer shared" not in shown(at)  # an include can leave a question out
    assert "Remarks (#) inside the file that will not be kept: 1." in shown(at)
    choose(view(at, "Questions"), "field:funding", "events")
    assert "This form leaves out: Country." in shown(at)
    keep(at, label="Where it was done")
    view(at, "Check and save")
    assert "is no longer shared: it will stand in this form alone" in shown(at)


def test_rows_are_fixed_taken_from_another_table_or_added(review: Opener) -> None:
    review()
    at = choose(opened(), "section:population")
    add(at, "table", "Scores")
    box(at.checkbox, ":column:label:names_row").set_value(False)
    next(item for item in at.button if item.label == "Keep this column").click().run()
    box(at.selectbox, ":rows_are").set_value("\0fixed").run()
    assert not [item for item in at.text_input if str(item.key).endswith(":row_label")]
    box(at.text_area, ":rows").set_value("before\nafter | After treatment\n")
    next(item for item in at.button if item.label == "Keep these changes").click().run()
    assert_no_fault(at)
    save(at)
    table: Any = load_form(file_of("trial")).field("scores")
    assert [(row.key, row.label) for row in table.rows] == [("before", "before"), ("after", "After treatment")]
    at = choose(opened(), "field:scores")
    box(at.selectbox, ":rows_are").set_value("arms").run()
    next(item for item in at.button if item.label == "Keep these changes").click().run()
    save(at)
    table = load_form(file_of("trial")).field("scores")
    assert (table.rows, table.rows_from) == ((), "arms")


def test_a_key_that_is_no_plain_word_is_refused_and_nothing_changes(review: Opener) -> None:
    review()
    at = choose(opened(), "field:country")
    for key in ("../x", "a/b", "A", "", "é", "_row", "=1+1"):
        keep(at, key=key)
        assert at.error, key
        assert not at.exception, key
        assert "as in the file" in shown(at), key


def test_the_list_says_under_which_versions_was_filled_in_and_for_which_studies(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    for number, version in ((1, 1), (2, 2)):
        study = add_study(store, number, f"Study {number}")
        extract(store, study, add_result(store, study), "ada", version=version)
    html = shown(page().run())
    assert "2 (version 1: 1, version 2: 1)" in html
    assert "Study 1" in html
    assert "Study 2" not in html


def test_answers_that_had_no_place_before_are_told_and_not_asked_about_again(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    study = add_study(store, 1, "Doe 2020")
    form = load_form(file_of("parallel_means"))
    store.add_form("parallel_means", form.version, form.model_dump_json(indent=1), by="ada")
    extract(store, study, add_result(store, study), "ada", version=form.version)
    at = choose(opened("parallel_means"), "field:instrument", "parallel_means")
    press(at, "Take out the question")
    save(at, agree=True)
    at = choose(opened("parallel_means"), "form:", "parallel_means")
    box(at.text_input, ":title").set_value("Means")
    next(item for item in at.button if item.label == "Keep these changes").click().run()
    view(at, "Check and save")
    assert "Answers that have no place in the saved version either: 1." in shown(at)
    assert not [item for item in at.checkbox if str(item.key).endswith(":agreed")]
    save(at)


def test_a_folder_without_forms_says_so_and_offers_shipped_ones(review: Opener) -> None:
    review()
    for file in folder().glob("*.yaml"):
        file.unlink()
    at = page().run()
    assert not at.exception
    assert "There is no form that can be read." in shown(at)
    assert (
        "events" in at.selectbox(key="form-editor:new:source").options
        or at.selectbox(key="form-editor:new:source").options
    )


def test_a_file_that_cannot_be_read_is_mended_as_text(review: Opener) -> None:
    review()
    good = file_of("trial").read_text(encoding="utf-8")
    file_of("trial").write_text(good.replace("type: text", "type: txet", 1), encoding="utf-8")
    at = page().run()
    assert not at.exception
    assert "Faults in the files of forms" in at.error[0].value
    at.selectbox(key="form-editor:open").set_value("trial").run()
    assert "txet" in shown(at)
    area = at.text_area(key="fe:trial:broken")
    area.set_value(good.replace("title: The trial", "title: The mended trial", 1)).run()
    press(at, "Go on with this text")
    at.segmented_control(key="form-editor:view").set_value("Check and save").run()
    box(at.button, ":save").click().run()
    assert_no_fault(at)
    assert load_forms(folder())["trial"].title == "The mended trial"


def test_text_that_is_no_form_names_line_and_place_and_is_not_used(review: Opener) -> None:
    review()
    at = view(opened(), "Text")
    area = next(item for item in at.text_area if str(item.key).endswith(":text"))
    for text, said in (
        ((area.value or "").replace("kind: trial", "kind: tryal"), "kind"),
        ("a: &x [1]\nb: [*x, *x]\n", "anchors and aliases"),
        ("!!python/object/apply:os.system ['true']", ""),
        ("", "is empty"),
    ):
        area.set_value(text).run()
        assert not at.exception
        assert "To mend in this text" in shown(at)
        assert said in shown(at)
        assert box(at.button, ":use").disabled
        area = next(item for item in at.text_area if str(item.key).endswith(":text"))


def test_text_changed_by_hand_is_one_step(review: Opener) -> None:
    review()
    at = view(opened(), "Text")
    area = next(item for item in at.text_area if str(item.key).endswith(":text"))
    area.set_value((area.value or "").replace("title: The trial", "title: The whole trial", 1)).run()
    press(at, "Use this text")
    assert_no_fault(at)
    save(at)
    assert load_form(file_of("trial")).title == "The whole trial"


def test_a_forms_name_never_leads_out_of_the_folder(review: Opener) -> None:
    review()
    before = sorted(path.name for path in context.folder().rglob("*"))
    at = page().run()
    at.text_input(key="form-editor:new:title").set_value("New").run()
    for name in ("../evil", "Trial", "a b", "/tmp/x", "con.yaml", "é"):
        at.text_input(key="form-editor:new:name").set_value(name).run()
        press(at, "Begin the new form")
        assert "a form's name is a word of small letters" in at.error[0].value, name
    assert sorted(path.name for path in context.folder().rglob("*")) == before


def test_a_new_form_is_begun_from_a_copy_or_from_nothing_and_left_unsaved_is_still_there(review: Opener) -> None:
    review()
    at = page().run()
    at.selectbox(key="form-editor:new:source").set_value("events").run()
    at.text_input(key="form-editor:new:title").set_value("Harms").run()
    at.text_input(key="form-editor:new:name").set_value("harms").run()
    press(at, "Begin the new form")
    assert_no_fault(at)
    assert "harms" in page().run().selectbox(key="form-editor:open").options[-1]
    save(at)
    form = load_form(file_of("harms"))
    assert (form.title, form.kind, form.version) == ("Harms", "events", 1)
    at = page().run()
    at.selectbox(key="form-editor:new:source").set_value("\0empty").run()
    at.text_input(key="form-editor:new:title").set_value("Centre").run()
    at.text_input(key="form-editor:new:name").set_value("centre").run()
    press(at, "Begin the new form")
    save(at)
    assert load_form(file_of("centre")).scope == "trial"


def test_hostile_words_in_a_form_are_shown_as_words(review: Opener) -> None:
    review()
    at = choose(opened(), "section:population")
    add(at, "choice", HOSTILE, options=f"{HOSTILE.replace('|', '')}\nother")
    for name in ("Questions", "Preview", "Check and save", "Text"):
        view(at, name)
        assert "<script>" not in shown(at)
    save(at)
    assert any(field.label == HOSTILE for field in load_form(file_of("trial")).fields)


def test_a_folder_that_cannot_be_written_to_is_said(review: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    review()
    at = choose(opened(), "field:country")
    press(at, "Take out the question")
    view(at, "Check and save")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("workbench.ui.form_editor.saving.write_form", full)
    box(at.button, ":save").click().run()
    assert "trial.yaml: cannot be written (No space left on device)" in at.error[0].value


def test_questions_move_within_and_between_sections() -> None:
    form = Form.model_validate(
        {
            "form": "f",
            "version": 1,
            "title": "F",
            "kind": "trial",
            "scope": "trial",
            "sections": [
                {"key": part, "title": part, "fields": [_text(f"{part}{n}") for n in (1, 2)]} for part in ("a", "b")
            ],
        }
    )
    from workbench.forms import edited

    def order(made: Form) -> list[str]:
        return [field.key for section in made.sections for field in section.fields]

    place = Place(kind="field", key="a2")
    down = moved(form, place, 1)
    assert down is not None
    inside = edited(form, down)
    assert order(inside) == ["a1", "a2", "b1", "b2"]
    assert [len(section.fields) for section in inside.sections] == [1, 3]
    back = moved(inside, place, -1)
    assert back is not None
    assert edited(inside, back) == form
    assert moved(form, Place(kind="field", key="a1"), -1) is None
    assert moved(form, Place(kind="field", key="b2"), 1) is None
    assert moved(form, Place(kind="section", key="a"), -1) is None
    assert after(form, WHOLE) == ("b", None)
    assert after(form, Place(kind="field", key="a1")) == ("a", "a2")


def _text(key: str) -> dict[str, str]:
    return {"type": "text", "key": key, "label": key}


def test_options_as_lines_read_back_the_same(review: Opener) -> None:
    review()
    for form in load_forms(folder()).values():
        for field in form.fields:
            options = getattr(field, "options", ())
            if options:
                read = lines.read_options(lines.options_text(options))
                assert [(o["value"], o["label"], tuple(o["formerly"])) for o in read] == [
                    (option.value, option.label, option.formerly) for option in options
                ]


def test_a_key_is_made_of_a_labels_words_and_never_taken_twice() -> None:
    assert key_from("Mean age (years)?", ()) == "mean_age_years"
    assert key_from("Été – 2", ()) == "ete_2"
    assert key_from("5 Hz", ("field_5_hz",)) == "field_5_hz_2"
    assert key_from("痛", ()) == "field"
