"""A real browser with the reading pane: words taken with the mouse and the keys, cells of a table, a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import browser_app
from tests import test_browser_journey as journey
from tests.accessibility import faults
from tests.browser_app import Running, serving
from tests.test_browser_journey import PATIENCE, at_rest
from tests.test_sources import printed_tables
from tests.ui_review import add_people, add_records, add_study, include, make_review

browser = journey.browser
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("app")]
SCRIPT = Path(__file__).with_name("reading_page.py")
SERVE = (
    "import sys; from pathlib import Path; from workbench.ui import launch; "
    f"launch.app_file = lambda: Path({str(SCRIPT)!r}); sys.exit(launch.serve(Path(sys.argv[1])))"
)
HOSTILE = "<img src=x onerror=alert(1)> & <b>4.5</b>"
ARTICLE = """<article><front><article-meta><title-group><article-title>Made-up trial</article-title></title-group>
<abstract><p>Less pain.</p></abstract></article-meta></front><body><sec><title>Results</title>
<p>Pain fell in both groups. The mean was 4.1 (SD 1.5) after stimulation. It was 5.9 (SD 1.4) after sham
&lt;img src=x onerror=alert(1)&gt;.</p>
<table-wrap><label>Table 2</label><caption><title>Pain by group</title></caption><table><thead><tr><th>Outcome</th>
<th>rTMS</th><th>Sham</th></tr></thead><tbody><tr><td>VAS, week 4</td><td>4.1 ± 1.5</td><td>5.9 ± 1.4</td></tr>
<tr><td>&lt;script&gt;alert(2)&lt;/script&gt;</td><td>3</td><td>0</td></tr></tbody></table></table-wrap>
</sec></body></article>""".encode()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = make_review(tmp_path_factory.mktemp("sources") / "review", reviewers=1)
    before, browser_app.SERVE = browser_app.SERVE, SERVE
    try:
        with serving(folder) as app:
            with app.store() as store:
                add_people(store)
                add_records(store, (1,), abstract="RESULTS: Less pain, 4.1.")
                include(store, 1, "ada")
                add_study(store, 1, "Doe 2020")
                for name, kind, content in (
                    ("doe.xml", "application/xml", ARTICLE),
                    ("doe.pdf", "application/pdf", printed_tables()),
                ):
                    store.add_full_text(name, "pubmed:1", name, kind, content, by="ben")
            yield app
    finally:
        browser_app.SERVE = before


@pytest.fixture
def window(browser: Browser, running: Running) -> Iterator[Page]:
    """A window that fails the test if the app asks anything of another machine, or anything opens a box."""
    asked: list[str] = []
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"dialog: {dialog.message}"))
    page.goto(f"{running.address}/?reviewer=ada")
    expect(page.locator(".wb-reader-text")).to_be_visible(timeout=PATIENCE)
    at_rest(page)
    yield page
    page.close()
    own = (running.address, running.address.replace("http", "ws"), "data:", f"blob:{running.address}")
    assert not [url for url in asked if not url.startswith(own)]


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).first.click()
    page.get_by_role("option", name=option).first.click()
    at_rest(page)


def drag_over(page: Page, words: str) -> None:
    """Draw the mouse over words of the text, from their first letter to behind their last one."""
    box = page.evaluate(
        """(words) => {
          const area = document.querySelector(".wb-reader-text");
          const walker = document.createTreeWalker(area, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const at = node.data.indexOf(words);
            if (at < 0) continue;
            const range = document.createRange();
            range.setStart(node, at); range.setEnd(node, at + words.length);
            const boxes = range.getClientRects(), first = boxes[0], last = boxes[boxes.length - 1];
            return [first.left, first.top + first.height / 2, last.right, last.top + last.height / 2];
          }
        }""",
        words,
    )
    page.mouse.move(box[0] + 1, box[1])
    page.mouse.down()
    page.mouse.move((box[0] + box[2]) / 2, box[1], steps=4)
    page.mouse.move(box[2] - 1, box[3], steps=4)
    page.mouse.up()


def test_words_are_taken_with_the_mouse_and_with_the_keys(window: Page) -> None:
    choose(window, "Page", "Results")
    button = window.get_by_role("button", name="Attach as quote")
    expect(button).to_be_disabled()
    drag_over(window, "The mean was 4.1 (SD 1.5) after stimulation.")
    expect(window.get_by_text("44 characters selected")).to_be_visible()
    button.click()
    expect(window.get_by_label("Quote", exact=True)).to_have_value("The mean was 4.1 (SD 1.5) after stimulation.")
    expect(window.get_by_label("Place")).to_have_value("Results / doe.xml / yes")
    at_rest(window)
    area = window.get_by_role("region", name="Text: Results")
    area.click()
    area.press("ArrowRight")
    for _ in range(2):
        area.press("ArrowRight")
    area.press("Enter")
    expect(window.get_by_text("Attached as quote.")).to_be_visible()
    at_rest(window)
    area.press("Shift+ArrowRight")
    area.press("Enter")
    expect(window.get_by_label("Quote", exact=True)).to_have_value(
        "The mean was 4.1 (SD 1.5) after stimulation. It was 5.9 (SD 1.4) after sham <img src=x onerror=alert(1)>."
    )
    assert not faults(window)


def test_a_search_shows_its_hits_and_a_traced_quote_is_marked(window: Page, running: Running) -> None:
    window.get_by_label("Search in the text").fill("4.1")
    window.get_by_label("Search in the text").press("Enter")
    expect(window.get_by_text("Hit 1 of 2, on 2 of 4 pages.")).to_be_visible(timeout=PATIENCE)
    expect(window.locator(".wb-reader-text mark.now")).to_have_text("4.1")
    window.goto(f"{running.address}/?reviewer=ada&trace=It+was+5.9+(SD+1.4)+after+sham")
    expect(window.locator(".wb-reader-text mark.quote")).to_have_text("It was 5.9 (SD 1.4) after sham")
    assert not faults(window)


def test_cells_are_copied_and_put_into_the_quote(window: Page) -> None:
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.get_by_role("radio", name="Tables").click()
    at_rest(window)
    window.get_by_role("gridcell", name="5.9 ± 1.4").click()
    expect(window.get_by_text("Copied: 5.9")).to_be_visible()
    assert window.evaluate("navigator.clipboard.readText()") == "5.9"
    window.get_by_role("button", name="Copy 1.4").click()
    expect(window.get_by_text("Copied: 1.4")).to_be_visible()
    window.get_by_role("gridcell", name="5.9 ± 1.4").press("ArrowDown")
    window.keyboard.press("Enter")
    window.get_by_role("button", name="Put these cells into the quote").click()
    expect(window.get_by_label("Quote", exact=True)).to_have_value(
        "VAS, week 4 | … | 5.9 ± 1.4\n<script>alert(2)</script> | … | 0"
    )
    expect(window.get_by_label("Place")).to_have_value("Table 2 / doe.xml / yes")
    assert not faults(window)


def test_tables_of_a_pdf_are_read_when_asked_for(window: Page) -> None:
    choose(window, "Document", "doe.pdf")
    window.get_by_role("radio", name="Tables").click()
    window.get_by_role("button", name="Read the tables of this page").click()
    window.get_by_role("gridcell", name="4.1 (1.5)").click(timeout=PATIENCE)
    window.get_by_role("button", name="Put these cells into the quote").click()
    expect(window.get_by_label("Quote", exact=True)).to_have_value("VAS, week 4 | 4.1 (1.5)")
    expect(window.get_by_label("Place")).to_have_value("page 1, Table 1 / doe.pdf / yes")
    window.get_by_role("radio", name="PDF").click()
    expect(window.locator("canvas").first).to_be_visible(timeout=PATIENCE)
    expect(window.get_by_test_id("pdf-content")).to_have_attribute("tabindex", "0", timeout=PATIENCE)
    assert not faults(window)


def test_the_pane_fits_a_phone_and_passes_axe(browser: Browser, running: Running) -> None:
    page = browser.new_page(viewport={"width": 400, "height": 850})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{running.address}/?reviewer=ben")
    expect(page.locator(".wb-reader-text")).to_be_visible(timeout=PATIENCE)
    for view in ("Text", "Tables"):
        page.get_by_role("radio", name=view).click()
        at_rest(page)
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 400
        assert not faults(page), view
    page.close()
