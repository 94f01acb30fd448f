"""A real browser with the form editor: a question added, tried and saved, and answers brought over; a phone; axe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import test_browser_journey as journey
from tests.accessibility import faults
from tests.browser_app import Running, serving
from tests.test_browser_journey import PATIENCE, at_rest, choose, open_page, open_tab, wait_until
from tests.ui_review import add_people, add_records, add_result, add_study, extract, include, make_review
from workbench.forms import load_form
from workbench.store import Store
from workbench.ui.text import literal

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("app")]
browser = journey.browser
window = journey.window
FORM = "Two groups, means or medians"
QUESTION = "Was pain kept in a <b>diary</b>?"
MAIN = "[data-testid=stMain]"  # the sidebar is the same on every page and is looked at in test_browser_team
VIEWS = ("Questions", "Preview", "Check and save", "Text")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = make_review(tmp_path_factory.mktemp("forms") / "review", reviewers=1, extractors=1)
    with Store.open(folder) as store:
        add_people(store)
        add_records(store, (1,))
        include(store, 1, "ada")
        form = load_form(folder / "extraction_forms" / "parallel_means.yaml")
        store.add_form(form.form, form.version, form.model_dump_json(indent=1), by="ada")
        study = add_study(store, 1, "Doe 2020")
        extract(store, study, add_result(store, study), "ada", version=form.version)
    with serving(folder) as app:
        yield app


def view(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).click()
    at_rest(page)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    at_rest(page)


def test_a_question_is_added_tried_and_saved_and_answers_are_brought_over(window: Page, running: Running) -> None:
    page = window
    file = running.folder / "extraction_forms" / "parallel_means.yaml"
    before, written = load_form(file), file.read_bytes()
    with running.store() as store:
        (given,) = store.extractions()
    open_page(page, running, "forms")
    expect(page.get_by_role("table", name="Forms of this review")).to_be_visible()
    choose(page, "Form", FORM)

    # a question is added after another one; undone and made again; a reload keeps it; the file knows nothing of it
    choose(page, "Section or question", "Where this stands › Page, table or figure")
    page.get_by_text("Add a question", exact=True).click()
    choose(page, "Type of answer", "yes, no or unclear")
    page.get_by_label("Question", exact=True).last.fill(QUESTION)
    page.get_by_label("Question", exact=True).last.press("Tab")
    at_rest(page)
    press(page, "Add the question")
    expect(page.get_by_role("heading", name=QUESTION)).to_be_visible(timeout=PATIENCE)
    press(page, "Undo")
    expect(page.get_by_role("heading", name=QUESTION)).to_have_count(0)
    press(page, "Redo")
    expect(page.get_by_text("not saved", exact=True)).to_be_visible()
    assert file.read_bytes() == written
    page.reload()
    at_rest(page)

    # tried as an extractor will see it; nothing of that is stored
    choose(page, "Form", FORM)
    view(page, "Preview")
    open_tab(page, "Where this stands")
    expect(page.get_by_text(QUESTION, exact=True)).to_be_visible()
    choose(page, literal(QUESTION), "unclear")
    with running.store() as store:
        assert len(store.extractions()) == 1

    # what changes and whom it touches is said; it is saved under the next number
    view(page, "Check and save")
    expect(page.get_by_text(f"“{QUESTION}” is new (in “Where this stands”).")).to_be_visible()
    expect(page.get_by_text("Doe 2020", exact=False).first).to_be_visible()
    press(page, f"Save as version {before.version + 1}")
    expect(page.get_by_text(f"is saved as version {before.version + 1}")).to_be_visible(timeout=PATIENCE)
    after = load_form(file)
    assert after.version == before.version + 1
    assert {field.label for field in after.fields} - {field.label for field in before.fields} == {QUESTION}

    # the extraction that was filled in before is read with the new question; what was stored is as it was
    open_page(page, running, "studies")
    choose(page, "Study", "Doe 2020")
    expect(page.get_by_text(f"Filled in under version {before.version} of", exact=False)).to_be_visible()
    page.get_by_text("What changed in the form (1)").click()
    expect(page.get_by_text(f"“{QUESTION}” is new", exact=False)).to_be_visible()
    press(page, "Change my own answers")
    open_tab(page, "Numbers of the two arms")
    expect(page.get_by_label("Active arm: mean *", exact=True)).to_have_value("4")
    open_tab(page, "Where this stands")
    choose(page, literal(QUESTION), "yes")
    with running.store() as store:
        key = next(field.key for field in after.fields if field.label == QUESTION)
        wait_until(page, lambda: any(e.answers.get(key) == "yes" for e in store.extractions()), "the new answer")
        now = store.extractions()[-1]
        assert now.form_version == after.version
        assert {name: now.answers[name] for name in given.answers} == given.answers
        assert store.extractions()[0].answers == given.answers


@pytest.mark.parametrize("width", [1400, 400])
def test_every_view_fits_the_screen_and_passes_axe(browser: Browser, running: Running, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.set_default_timeout(PATIENCE)
    open_page(page, running, "forms")
    found = {"list": faults(page, MAIN)}
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    choose(page, "Form", "The trial")
    for place in ("The form as a whole", "Arms › Arms", "The study › Design"):
        choose(page, "Section or question", place)
        found[place] = faults(page, MAIN)
    for name in VIEWS:
        view(page, name)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width, name
        found[name] = faults(page, MAIN)
    page.close()
    assert {name: said for name, said in found.items() if said} == {}
