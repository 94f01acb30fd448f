"""A real browser imports files: what is dropped on the page is shown, confirmed, stored, and survives reloads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import test_browser_journey as journey
from tests.browser_app import Running, serving
from tests.pubmed_documents import article, article_set
from tests.test_browser_journey import PATIENCE, at_rest, wait_until
from tests.ui_review import HOSTILE_ABSTRACT, HOSTILE_TITLE, add_people, make_review
from workbench.store import Store

browser = journey.browser
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("app")]
ODD = f'Paper;Who;When\n"{HOSTILE_TITLE}";Lind A;2020\nSham or not;Roe R;2021\n'


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = make_review(tmp_path_factory.mktemp("import") / "review")
    with Store.open(folder) as store:
        add_people(store)
    with serving(folder) as app:
        yield app


@pytest.fixture
def window(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(PATIENCE)
    yield page
    page.close()


def open_import(page: Page, running: Running) -> None:
    page.goto(f"{running.address}/records?reviewer=ada")
    page.get_by_role("radio", name="Import files").click()
    expect(page.get_by_text("Files of records")).to_be_visible(timeout=PATIENCE)
    at_rest(page)


def drop(page: Page, *files: Path) -> None:
    page.set_input_files("input[type=file]", list(files))
    expect(page.get_by_role("heading", name=files[-1].name)).to_be_visible(timeout=PATIENCE)
    at_rest(page)


def choose(page: Page, label: str, option: str) -> None:
    box = page.get_by_role("combobox", name=label)
    box.click()
    page.get_by_role("option", name=option, exact=True).click()
    at_rest(page)


def test_files_are_looked_at_mapped_confirmed_and_stored(window: Page, running: Running, tmp_path: Path) -> None:
    table, document, figure = tmp_path / "odd.csv", tmp_path / "set.xml", tmp_path / "figure.pdf"
    table.write_text(ODD, encoding="utf-8")
    document.write_bytes(
        article_set([article(n, abstract=HOSTILE_ABSTRACT.replace("<", "&lt;")) for n in range(1, 31)])
    )
    figure.write_bytes(b"%PDF-1.7")
    open_import(window, running)
    drop(window, table, document, figure)
    expect(window.get_by_text("which column holds the titles")).to_be_visible(timeout=PATIENCE)
    expect(window.get_by_text("This looks like a PDF document")).to_be_visible()
    choose(window, "Title (needed)", "Paper")
    choose(window, "Year (or date)", "When")
    expect(window.get_by_role("rowheader", name=HOSTILE_TITLE)).to_be_visible(timeout=PATIENCE)
    assert window.locator("script:has-text('alert(1)'), img[onerror]").count() == 0
    with running.store() as store:
        assert store.counts().records == 0
    window.get_by_role("textbox", name="Name of the source").fill("Hand search")
    window.get_by_role("textbox", name="The search as it was run there").fill("all issues since 2001")
    window.get_by_role("button", name=re.compile("^Import 32 records from 2 files")).click()
    expect(window.get_by_role("heading", name="Imported: 32 new records")).to_be_visible(timeout=PATIENCE)
    with running.store() as store:
        runs = store.searches()
        assert [(run.source, run.query, run.by) for run in runs] == [
            ("Hand search", "all issues since 2001", "ada"),
            ("Hand search", "all issues since 2001", "ada"),
        ]
        assert store.counts().records == 32
    window.reload()
    expect(window.get_by_role("heading", name="Imported: 32 new records")).to_be_visible(timeout=PATIENCE)
    window.get_by_role("button", name="Done").click()
    expect(window.get_by_role("heading", name="Earlier imports")).to_be_visible(timeout=PATIENCE)


def test_a_page_that_is_reloaded_before_the_confirmation_has_stored_nothing(
    window: Page, running: Running, tmp_path: Path
) -> None:
    file = tmp_path / "more.csv"
    file.write_text("title,year\nNever confirmed,2020\n")
    with running.store() as store:
        before = store.counts()
    open_import(window, running)
    drop(window, file)
    window.reload()
    expect(window.get_by_text("Files of records")).to_be_visible(timeout=PATIENCE)
    at_rest(window)
    expect(window.get_by_role("heading", name="more.csv")).to_have_count(0)
    with running.store() as store:
        assert (store.counts().records, store.counts().searches) == (before.records, before.searches)


def test_importing_works_on_a_telephone_and_what_was_found_can_be_downloaded(
    window: Page, running: Running, tmp_path: Path
) -> None:
    window.set_viewport_size({"width": 400, "height": 800})
    file = tmp_path / "small.ris"
    file.write_text("TY  - JOUR\nTI  - Found on a telephone\nPY  - 2022\nER  - \n")
    open_import(window, running)
    drop(window, file)
    wide = window.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    window.get_by_role("button", name=re.compile("^Import 1 record")).click()

    def stored() -> bool:
        with running.store() as store:
            return store.count_records("telephone") == 1

    wait_until(window, stored, "the record of the file")
    window.get_by_role("radio", name="Records", exact=True).click()
    window.get_by_role("textbox", name="Search words").fill("telephone")
    window.get_by_role("textbox", name="Search words").press("Enter")
    get = window.get_by_role("button", name="Download this record")
    expect(get).to_be_visible(timeout=PATIENCE)
    with window.expect_download() as download:
        get.click()
    assert download.value.suggested_filename == "records.ris"
    assert "TI  - Found on a telephone" in Path(download.value.path()).read_text(encoding="utf-8-sig")
