"""A real browser with an extraction sheet: shown, corrected, remembered, imported, given out, taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import test_browser_journey as journey
from tests.browser_app import Running, serving
from tests.test_browser_extraction import in_order
from tests.test_browser_journey import PATIENCE, at_rest, choose, open_page
from tests.ui_review import add_people, make_review

browser = journey.browser
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("app")]

# Untidy as sheets are: a title above the headings, words for numbers, a column of one's own.
SHEET = """Our extraction (invented by a test),,,,,,,,,,,,,
study,year,intervention,control,target,outcome,time,nEXP,meanEXP,sdEXP,nCON,meanCON,sdCON,who looked
Lind,2020,10 Hz rTMS,sham coil,left M1,pain NRS,end of treatment,20,4.0,1.5,19,5.5,1.6,AB
Roe,2021,10 Hz rTMS,herbal tea,left DLPFC,pain NRS,end of treatment,12,"3,0",1.0,12,4.0,1.1,AB
Poe,2022,10 Hz rTMS,sham coil,left M1,pain NRS,end of treatment,twelve,3.0,1.0,12,4.0,1.1,CD
=2+5 <b>Moe</b>,2023,10 Hz rTMS,sham coil,left M1,pain NRS,end of treatment,14,3.1,1.2,13,4.4,?,CD
"""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = make_review(tmp_path_factory.mktemp("sheets") / "review", reviewers=1)
    with serving(folder) as app:
        with app.store() as store:
            add_people(store)
        yield app


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    file = tmp_path / "our sheet.csv"
    file.write_text(SHEET, encoding="utf-8")
    return file


def upload(page: Page, file: Path) -> None:
    page.set_input_files("input[type=file]", file)
    expect(page.get_by_role("heading", name="What the columns mean")).to_be_visible(timeout=PATIENCE)
    at_rest(page)


def show(page: Page, view: str) -> None:
    page.get_by_role("radio", name=view, exact=True).click()
    at_rest(page)


def test_a_sheet_is_corrected_imported_taken_back_and_given_out(
    browser: Browser, running: Running, sheet: Path
) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE)
    open_page(page, running, "extraction-sheets")
    upload(page, sheet)
    expect(page.get_by_text("of 14 columns are read, as proposed.")).to_be_visible()
    expect(page.get_by_text("“twelve” is not a number")).to_be_visible()
    expect(page.locator("table", has_text="twelve").get_by_text("H5", exact=True).first).to_be_visible()
    in_order(page, "20-sheet")
    choose(page, "Column N means", "Notes")
    page.keyboard.press("Escape")
    expect(page.get_by_text("as you said")).to_be_visible()
    choose(page, "Indications this result is about", "Neuropathic pain")
    page.keyboard.press("Escape")
    choose(page, "Main indication", "Neuropathic pain")
    choose(page, "On this scale", "lower is better")
    expect(page.get_by_text("SMD −0.")).to_have_count(2)  # Lind's and Roe's: the others have a number that is none
    page.get_by_role("button", name=re.compile("^Import 4 results")).click()
    expect(page.get_by_text("Imported our sheet.csv")).to_be_visible(timeout=PATIENCE)
    in_order(page, "21-imported")
    with running.store() as store:
        assert {study.label for study in store.studies()} >= {"Lind 2020", "Roe 2021", "Poe 2022"}
        assert {item.extractor for item in store.extractions()} == {"ada"}
        results = [item.answers for item in store.extractions() if "outcome" in item.answers]
        assert all(answers["notes"].startswith(("AB", "CD")) for answers in results)
        poe = next(item for item in store.extractions() if item.answers["study_label"] == "Poe 2022")
        assert (poe.state, "n_active" in poe.answers, poe.answers["mean_active"]) == ("draft", False, 3.0)

    upload(page, sheet)  # the same headings again
    expect(page.get_by_text("as remembered for these headings")).to_be_visible()
    expect(page.get_by_text("This very file was imported on")).to_be_visible()

    show(page, "Export")
    page.get_by_role("button", name="Make the files").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("^Download extractions.csv")).click(timeout=PATIENCE)
    given = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert "Lind 2020" in given
    assert "'=2+5" in given
    in_order(page, "22-export")

    page.set_viewport_size({"width": 400, "height": 900})
    show(page, "Earlier imports")
    in_order(page, "23-earlier-400")
    choose(page, "Import", "our sheet.csv")
    page.get_by_label("Why").fill("the wrong sheet")
    page.get_by_label("Why").press("Tab")
    at_rest(page)
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("taken back by Ada Example")).to_be_visible(timeout=PATIENCE)
    in_order(page, "24-taken-back-400")
    with running.store() as store:
        assert store.studies() == ()
    show(page, "Import")
    upload(page, sheet)
    in_order(page, "25-sheet-400")
    page.close()
