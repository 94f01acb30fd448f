"""A real browser with full texts: uploaded with proposals, read in the viewer, judged with a key, on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import test_browser_journey as journey
from tests.accessibility import faults
from tests.browser_app import Running, serving
from tests.full_text_files import HTML, locked_pdf, pdf
from tests.test_browser_journey import PATIENCE, at_rest, wait_until
from tests.ui_review import add_people, add_records, include, make_review
from workbench.screening import Stage, Verdict

browser = journey.browser
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("app")]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = make_review(tmp_path_factory.mktemp("full-texts") / "review", reviewers=1)
    with serving(folder) as app:
        with app.store() as store:
            add_people(store)
            add_records(store, range(10001, 10006))
            for number in range(10001, 10006):
                include(store, number, "ada")
        yield app


@pytest.fixture
def window(browser: Browser, running: Running) -> Iterator[Page]:
    """A window that fails the test if the app asks anything of another machine, or anything opens a box."""
    asked: list[str] = []
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"dialog: {dialog.message}"))
    yield page
    page.close()
    own = (running.address, running.address.replace("http", "ws"), "data:", f"blob:{running.address}")
    assert not [url for url in asked if not url.startswith(own)]


def open_view(page: Page, running: Running, view: str, reviewer: str = "ada") -> None:
    address = f"{running.address}/full-texts?reviewer={reviewer}"
    if not page.url.startswith(f"{running.address}/full-texts"):
        page.goto(address)
    page.get_by_role("radio", name=re.compile(rf"^{view}( \(\d+\))?$")).click()
    at_rest(page)


def test_many_files_are_uploaded_and_one_is_read_and_judged(window: Page, running: Running, tmp_path: Path) -> None:
    files = {
        "10.1000_made.up.10001.pdf": pdf("Motor cortex stimulation", "Second page"),
        "main.pdf": pdf("A trial\nhttps://doi.org/10.1000/made.up.10002"),
        "nothing.pdf": locked_pdf("secret"),
        "login.pdf": HTML,
        "picture.pdf": b"\x89PNG\r\n\x1a\n" + bytes(20),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    open_view(window, running, "Retrieve")
    window.get_by_text("Upload many files").click()
    window.set_input_files("input[type=file]", [tmp_path / name for name in files])
    expect(window.get_by_text("5 files: 2 with a report, 2 to be chosen by you")).to_be_visible(timeout=PATIENCE)
    at_rest(window)
    with running.store() as store:
        assert store.full_texts() == ()
    window.get_by_role("button", name="Attach 2 files").click()
    expect(window.get_by_text("2 files attached.")).to_be_visible(timeout=PATIENCE)
    assert not faults(window)
    with running.store() as store:
        texts = {text.report: text for text in store.full_texts()}
        assert set(texts) == {"pubmed:10001", "pubmed:10002"}
        assert store.full_text_bytes(texts["pubmed:10001"].id) == files["10.1000_made.up.10001.pdf"]
    window.get_by_role("radio", name="Assess", exact=True).click()
    expect(window.locator("canvas").first).to_be_visible(timeout=PATIENCE)
    at_rest(window)
    expect(window.get_by_test_id("pdf-content")).to_have_attribute("tabindex", "0", timeout=PATIENCE)
    assert not faults(window)
    frame = window.get_by_test_id("pdf-content").bounding_box()
    paper = window.locator("canvas").first.bounding_box()
    assert frame is not None
    assert paper is not None
    middle = frame["x"] + frame["width"] / 2
    assert abs(paper["x"] + paper["width"] / 2 - middle) < 12, "a page stands in the middle of its column"
    window.wait_for_timeout(500)
    window.keyboard.press("4")
    with running.store() as store:
        wait_until(window, lambda: bool(store.decisions(Stage.FULL_TEXT)), "a decision")
        [decision] = store.decisions(Stage.FULL_TEXT)
    assert (decision.report, decision.verdict, decision.reason) == ("pubmed:10001", Verdict.EXCLUDE, "wrong_outcome")
    expect(window.get_by_text("trial 10002").first).to_be_visible(timeout=PATIENCE)
    window.get_by_role("button", name=re.compile("^Undo")).click()
    expect(window.get_by_text("trial 10001").first).to_be_visible(timeout=PATIENCE)


def test_a_locked_or_broken_pdf_leaves_the_page_at_work(window: Page, running: Running) -> None:
    with running.store() as store:
        for number, content in ((10003, locked_pdf("secret")), (10004, b"%PDF-1.7\n" + bytes(range(256)) * 9)):
            store.add_full_text(
                f"text-{number}", f"pubmed:{number}", f"{number}.pdf", "application/pdf", content, by="ben"
            )
    open_view(window, running, "Retrieve")
    for name, said in (("10003.pdf", "locked with a password"), ("10004.pdf", "Invalid PDF file")):
        card = window.locator('[class*="st-key-sought"]').filter(has_text=name)
        card.get_by_role("button", name="Read").click()
        expect(card.get_by_text(said)).to_be_visible(timeout=PATIENCE)
        at_rest(window)
        card.get_by_role("button", name="Read").click()
        at_rest(window)


def test_every_view_fits_a_phone_and_passes_axe(browser: Browser, running: Running) -> None:
    page = browser.new_page(viewport={"width": 400, "height": 850})
    page.set_default_timeout(PATIENCE)
    for view in ("Retrieve", "Assess", "Conflicts", "Studies"):
        open_view(page, running, view, reviewer="ben")
        page.wait_for_timeout(1000)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 400
        assert not faults(page), view
    page.close()
