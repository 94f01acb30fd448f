"""A lead starts a refresh from the app, in a real browser: it goes on without the page, and ends with its digest."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ingest.eutils import LocalServer
from ingest.eutils.faults import Fault
from ingest.eutils.replies import Reply
from tests import test_browser_journey as journey
from tests.browser_app import serving
from tests.test_browser_journey import PATIENCE, at_rest
from tests.test_cli import article, document
from tests.ui_review import add_people, make_review
from workbench.refresh.digest import kept_digests
from workbench.store import Store

browser = journey.browser
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("app")]
LONG = 3 * PATIENCE  # a process has to start, and PubMed's pace is kept
RECORDS = document(
    *(article(100 + n, f"rTMS in fibromyalgia, trial {n}", "Randomised, sham-controlled.") for n in range(3)),
    article(200, "rTMS in migraine <i>and</i> **headache**, a trial", "Randomised, sham-controlled."),
)


class Gate:
    """Holds the first fetch back until it is opened: the refresh is at work meanwhile."""

    def __init__(self) -> None:
        self.opened = threading.Event()

    def hold(self, reply: Reply) -> Reply:
        self.opened.wait(LONG / 1000)
        return reply


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = make_review(tmp_path / "review")
    with Store.open(made) as store:
        add_people(store)
    return made


@pytest.fixture
def address(folder: Path, gate: Gate) -> Iterator[str]:
    with (
        LocalServer([RECORDS], faults=[Fault("efetch", 1, gate.hold)]) as pubmed,
        serving(folder, WORKBENCH_EUTILS_URL=pubmed.base_url, NCBI_API_KEY="k" * 36) as app,
    ):
        try:
            yield app.address
        finally:
            gate.opened.set()


def open_searches(browser: Browser, address: str, reviewer: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/records?reviewer={reviewer}")
    page.get_by_role("radio", name="Searches").click()
    at_rest(page)
    return page


def test_a_lead_starts_a_refresh_leaves_the_page_and_finds_its_digest(
    browser: Browser, address: str, folder: Path, gate: Gate
) -> None:
    page = open_searches(browser, address, "ada")
    page.get_by_role("button", name="Refresh now").click()
    expect(page.get_by_text("A refresh is at work. Started by Ada Example")).to_be_visible(timeout=LONG)
    expect(page.get_by_text(re.compile("Fibromyalgia: new records, 0 of 3"))).to_be_visible(timeout=LONG)
    page.close()  # it outlives the page

    other = open_searches(browser, address, "ben")
    expect(other.get_by_text("A refresh is at work. Started by Ada Example")).to_be_visible()
    expect(other.get_by_role("button", name="Refresh now")).to_be_disabled()
    expect(other.get_by_text("Only a lead can start or stop a refresh (Ada Example).")).to_be_visible()
    expect(other.get_by_text("No search is complete yet").first).to_be_visible()
    other.close()

    page = open_searches(browser, address, "ada")
    expect(page.get_by_text("A refresh is at work.")).to_be_visible()
    expect(page.get_by_role("button", name="Refresh now")).to_have_count(0)
    gate.opened.set()
    # without a press or a reload: the page looks by itself
    expect(page.get_by_text("ended well. 4 new records.")).to_be_visible(timeout=LONG)
    margin = page.get_by_test_id("stSidebarUserContent")
    expect(margin.get_by_text(re.compile(r"Searches current to \d{4}-\d\d-\d\d"))).to_be_visible()
    at_rest(page)
    page.get_by_text("Read it here").click()
    expect(page.locator("pre", has_text="rTMS in migraine and **headache**, a trial")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as HTML").click()
    (kept,) = kept_digests(folder)
    assert download.value.path().read_bytes() == kept.html_file.read_bytes()
    expect(page.get_by_role("button", name="Refresh now")).to_be_enabled()
    page.close()


def test_a_lead_stops_a_refresh_and_its_entry_is_closed(
    browser: Browser, address: str, folder: Path, gate: Gate
) -> None:
    page = open_searches(browser, address, "ada")
    page.get_by_role("button", name="Refresh now").click()
    expect(page.get_by_text(re.compile("Fibromyalgia: new records, 0 of 3"))).to_be_visible(timeout=LONG)
    at_rest(page)
    page.get_by_role("button", name="Stop the refresh").click()
    expect(page.get_by_text("was stopped. What it had stored is safe")).to_be_visible(timeout=LONG)
    with Store.open(folder) as store:
        first, second = store.searches()
    assert (first.status, second.status) == ("complete", "failed")
    assert "stopped" in second.error
    assert kept_digests(folder) == ()
    page.close()
