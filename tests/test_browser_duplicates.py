"""Duplicates in a real browser: a list of pairs worked through by keyboard, on a wide and on a narrow screen."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import test_browser_journey as journey
from tests.browser_app import Running
from tests.test_browser_journey import PATIENCE, at_rest, wait_until
from tests.ui_review import HOSTILE_TITLE, THEN, record
from workbench.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("app")]
running, browser, window = journey.running, journey.browser, journey.window
REASON = "different titles by the same people on the same pages of the same journal"
LOOK = 1_200  # milliseconds; a pair must have been on screen for a moment


@pytest.fixture(scope="module", autouse=True)
def pairs(running: Running) -> None:
    """Three pairs that wait and one merge, beside what the review holds."""
    with running.store() as store:
        run = store.begin_search("file: embase", "embase.csv", THEN)
        others = [
            replace(record(n), source="embase", source_id=str(n), pmid=None, title=f"Motor cortex and pain, trial {n}")
            for n in range(1, 4)
        ]
        hostile = replace(record(9), source="embase", source_id="9", title=HOSTILE_TITLE + " again", pmid=None)
        store.add_records(run, "file: embase", [(each, None) for each in (*others, hostile)])
        store.finish_search(run)
        store.add_unsure_pairs([(f"pubmed:{n}", f"embase:{n}", [REASON]) for n in (1, 2)])
        store.add_unsure_pairs([("pubmed:7", "embase:9", ["similar title"])])
        store.link_duplicates([["pubmed:3", "embase:3"]], reasons=["same DOI and title"], now=THEN)


def open_duplicates(page: Page, running: Running) -> None:
    journey.open_page(page, running, "records")
    page.get_by_role("radio", name="Duplicates").click()
    expect(page.get_by_role("radio", name=re.compile("To decide"))).to_be_visible(timeout=PATIENCE)
    at_rest(page)


def expect_pair(page: Page, first: str, second: str) -> None:
    table = page.locator("table.wb-pair")
    expect(table).to_contain_text(f"A. {first}", timeout=PATIENCE)
    expect(table).to_contain_text(f"B. {second}", timeout=PATIENCE)
    at_rest(page)


def words(store: Store) -> dict[tuple[str, str], bool]:
    return {word.pair: word.linked for word in store.words_of_people()}


def test_pairs_are_worked_through_and_taken_back_by_keyboard(window: Page, running: Running) -> None:
    page = window
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    open_duplicates(page, running)
    expect_pair(page, "PubMed (1)", "embase (1)")
    expect(page.locator("table.wb-pair ins").first).to_have_text("and")
    with running.store() as store:
        page.wait_for_timeout(LOOK)
        page.keyboard.press("s")
        wait_until(page, lambda: words(store).get(("pubmed:1", "embase:1")) is True, "the word on the first pair")
        expect_pair(page, "PubMed (2)", "embase (2)")
        page.keyboard.press("j")  # skip
        expect_pair(page, "PubMed (7)", "embase (9)")
        assert page.locator("table.wb-pair script, table.wb-pair b").count() == 0
        page.keyboard.press("k")
        expect_pair(page, "PubMed (2)", "embase (2)")
        page.wait_for_timeout(LOOK)
        page.keyboard.press("d")
        wait_until(page, lambda: words(store).get(("pubmed:2", "embase:2")) is False, "the word on the second pair")
        expect_pair(page, "PubMed (7)", "embase (9)")
        page.keyboard.press("u")
        wait_until(page, lambda: ("pubmed:2", "embase:2") not in words(store), "the undo")
        expect_pair(page, "PubMed (2)", "embase (2)")

        # letters that are typed into the reason decide nothing
        why = page.get_by_label(re.compile("^Why"))
        why.click()
        why.press_sequentially("s d j k u")
        why.press("Tab")
        at_rest(page)
        assert len(words(store)) == 1
    page.reload()
    at_rest(page)
    assert not alerts


def test_a_merge_is_undone_and_redone(window: Page, running: Running) -> None:
    page = window
    open_duplicates(page, running)
    page.get_by_role("radio", name=re.compile("Merged automatically")).click()
    at_rest(page)
    journey.choose(page, "Look at one report", "trial 3")
    with running.store() as store:
        page.get_by_role("button", name=re.compile("Undo the merge")).click()
        wait_until(page, lambda: store.report_of("embase:3").key == "embase:3", "the undo")
        page.get_by_role("button", name="Take that back").click()
        wait_until(page, lambda: store.report_of("embase:3").key == "pubmed:3", "the redo")
    at_rest(page)


def test_a_pair_is_read_and_judged_on_a_narrow_screen(browser: Browser, running: Running) -> None:
    page = browser.new_page(viewport={"width": 400, "height": 800})
    page.set_default_timeout(PATIENCE)
    open_duplicates(page, running)
    expect_in_block = page.locator("table.wb-pair tr.title .side").first
    expect(expect_in_block).to_have_text("A", timeout=PATIENCE)
    for part in ("Merged automatically", "Decided by people", "Compare two", "To decide"):
        page.get_by_role("radio", name=re.compile(part)).click()
        at_rest(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        main = page.locator('[data-testid="stMain"]')
        assert main.evaluate("element => element.scrollWidth - element.clientWidth") <= 0
    keys = [page.get_by_role("button", name=re.compile(f"^{label}")) for label in ("Same", "Different", "Skip", "Back")]
    tops = {round((key.bounding_box() or {"y": 0})["y"]) for key in keys}
    assert len(tops) == 1, "the keys stand in one row"
    page.close()
