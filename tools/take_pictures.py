"""Make the pictures of docs/guide.md from the worked example: python tools/take_pictures.py [CHROMIUM]

Makes the example in a temporary folder, serves it, and photographs its pages with the distribution's Chromium.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import invented_review  # beside this file
from playwright.sync_api import Page, ViewportSize, sync_playwright

from workbench.demo.run import run_demo
from workbench.plots import forest_layout, to_png_bytes
from workbench.results import analyse_review, forest_figure
from workbench.results.figures import current_to
from workbench.review import load_review
from workbench.store import Store
from workbench.ui import launch

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--force-color-profile=srgb",
]
REVIEWER = "example-lead"
INDICATION = "neuropathic_pain"
WINDOW: ViewportSize = {"width": 1280, "height": 900}


def at_rest(page: Page) -> None:
    page.wait_for_timeout(400)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=30_000)
    page.wait_for_timeout(500)


def visit(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/{name}?reviewer={REVIEWER}", wait_until="networkidle")
    at_rest(page)


def choose(page: Page, label: str, option: str) -> None:
    box = page.get_by_role("combobox", name=label).last
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option).first.wait_for()
    box.press("Enter")
    at_rest(page)


def take(page: Page, name: str) -> None:
    page.mouse.move(640, 5)
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/pictures/{name}.png")


def photograph(page: Page, address: str) -> None:
    visit(page, address, "")
    take(page, "overview")
    visit(page, address, "records")
    page.get_by_role("radio", name="Duplicates").click()
    at_rest(page)
    take(page, "duplicates")
    page.get_by_role("radio", name=re.compile("Merged automatically")).click()
    at_rest(page)
    merged = page.get_by_role("combobox", name="Look at one report").last
    merged.click()
    merged.press("ArrowDown")
    merged.press("Enter")
    at_rest(page)
    page.locator("summary", has_text="Where each field is from").click()
    at_rest(page)
    take(page, "duplicates-merged")
    page.set_viewport_size({"width": 400, "height": 850})
    visit(page, address, "records")
    page.get_by_role("radio", name="Duplicates").click()
    at_rest(page)
    take(page, "duplicates-narrow")
    page.set_viewport_size(WINDOW)
    visit(page, address, "screening")
    take(page, "screening")
    page.get_by_role("radio", name=re.compile("Conflicts")).click()
    at_rest(page)
    take(page, "conflict")
    visit(page, address, "studies")
    choose(page, "Study", "waiting for you")
    waiting = page.get_by_role("combobox", name="Result")
    if waiting.count():
        choose(page, "Result", "waiting for the second")
    page.get_by_role("tab", name=re.compile("Numbers")).first.click()
    at_rest(page)
    page.mouse.move(760, 500)
    page.mouse.wheel(0, 420)
    at_rest(page)
    take(page, "extraction")
    visit(page, address, "studies")
    choose(page, "Study", "in conflict")
    take(page, "comparison")
    visit(page, address, "results")
    page.locator('[class*="st-key-forest"]').first.scroll_into_view_if_needed()
    page.mouse.move(760, 500)
    page.mouse.wheel(0, 480)
    at_rest(page)
    take(page, "results")
    choose(page, "Row of the figure", "Khedr")
    page.mouse.move(760, 500)
    page.mouse.wheel(0, 5000)
    at_rest(page)
    take(page, "trace")


def photograph_import(page: Page, address: str) -> None:
    """Invented exports, so that nobody takes them for records of the example."""
    with tempfile.TemporaryDirectory() as folder:
        scopus, list_of_ours = Path(folder) / "scopus export.csv", Path(folder) / "hand search.csv"
        rows = "".join(
            f'{number},"An invented trial of motor cortex stimulation, number {number}","Doe J.; Roe R.",20{number:02},'
            f"Journal of invented trials,10.1000/invented.{number},BACKGROUND: This abstract is invented.\n"
            for number in range(10, 24)
        )
        scopus.write_text(f"EID,Title,Authors,Year,Source title,DOI,Abstract\n{rows}99,cut,off,2020,a,b,c,d,e\n")
        list_of_ours.write_text("Paper;Who;When\nAn invented trial of sham coils;Doe J;2021\nAnother one;Roe R;2022\n")
        visit(page, address, "records")
        page.get_by_role("radio", name="Import files").click()
        at_rest(page)
        page.set_input_files("input[type=file]", [scopus])
        page.get_by_role("heading", name=scopus.name).wait_for()
        at_rest(page)
        page.get_by_text("Entries that cannot be read").click()
        at_rest(page)
        take(page, "import")
        page.set_input_files("input[type=file]", [list_of_ours])
        page.get_by_text("which column holds the titles").wait_for()
        at_rest(page)
        choose(page, "Title (needed)", "Paper")
        choose(page, "Authors", "Who")
        choose(page, "Year (or date)", "When")
        page.get_by_role("heading", name=list_of_ours.name).scroll_into_view_if_needed()
        page.mouse.move(760, 500)
        page.mouse.wheel(0, 250)
        at_rest(page)
        take(page, "import-columns")
        page.get_by_role("button", name=re.compile("^Import ")).click()
        page.get_by_role("heading", name=re.compile("^Imported: ")).wait_for()
        at_rest(page)
        take(page, "import-outcome")


def photograph_extraction(page: Page, address: str) -> None:
    """Pages of extraction, on invented trials."""
    page.goto(f"{address}/studies?reviewer={invented_review.LEAD}", wait_until="networkidle")
    at_rest(page)
    page.get_by_text("Read the report beside the form").click()
    at_rest(page)
    page.get_by_role("tab", name=re.compile("Numbers")).first.click()
    at_rest(page)
    choose(page, "Page", "Results")
    words = page.locator(".wb-reader-text").get_by_text(re.compile("At the end of treatment mean pain")).first
    words.scroll_into_view_if_needed()
    words.evaluate(
        """(element, wanted) => {
            const text = element.firstChild, at = text.data.indexOf(wanted.slice(0, 20));
            const range = document.createRange();
            range.setStart(text, at);
            range.setEnd(text, Math.min(at + wanted.length, text.data.length));
            const chosen = window.getSelection();
            chosen.removeAllRanges();
            chosen.addRange(range);
        }""",
        invented_review.QUOTE,
    )
    page.mouse.wheel(0, 0)
    at_rest(page)
    take(page, "extraction-quote")
    page.goto(f"{address}/forms?reviewer={invented_review.LEAD}", wait_until="networkidle")
    at_rest(page)
    choose(page, "Form", "The trial")
    choose(page, "Section or question", "Design")
    take(page, "form-editor")
    page.goto(f"{address}/risk-of-bias?reviewer={invented_review.LEAD}", wait_until="networkidle")
    at_rest(page)
    choose(page, "Result", "Aster 2019")
    choose(page, "Variant of RoB 2", "Parallel groups, effect of assignment")
    for question, answer in (("1.1", "yes"), ("1.2", "yes"), ("1.3", "no")):
        group = page.locator('[data-testid="stRadio"]').filter(has_text=f"{question} ")
        group.get_by_text(answer, exact=True).click()
        at_rest(page)
    page.mouse.move(760, 500)
    page.mouse.wheel(0, 420)
    at_rest(page)
    take(page, "risk-of-bias")
    page.get_by_role("radio", name="Figures").click()
    at_rest(page)
    take(page, "risk-of-bias-figure")
    page.goto(f"{address}/calculator?reviewer={invented_review.LEAD}", wait_until="networkidle")
    at_rest(page)
    page.get_by_role("button", name="Fill in an example").click()
    at_rest(page)
    page.mouse.move(760, 500)
    page.mouse.wheel(0, 500)
    at_rest(page)
    take(page, "calculator")
    page.goto(f"{address}/extraction-sheets?reviewer={invented_review.LEAD}", wait_until="networkidle")
    at_rest(page)
    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder) / "our extraction.csv"
        sheet.write_text(invented_review.SHEET, encoding="utf-8")
        page.set_input_files("input[type=file]", [sheet])
        page.get_by_text("our extraction.csv").first.wait_for()
        at_rest(page)
        page.mouse.move(760, 500)
        page.mouse.wheel(0, 250)
        at_rest(page)
        take(page, "sheet-mapping")


def draw(folder: Path) -> None:
    """The forest plot that the README shows, small enough for a page."""
    review = load_review(folder)
    with Store.open(folder) as store:
        first = analyse_review(folder, store, review, indication=INDICATION)[0]
        figure = forest_figure(first, review, current=current_to(store.current_to(), INDICATION))
    if figure is None:
        raise SystemExit(f"the example has no figure for {INDICATION}")
    (PICTURES / "forest-neuropathic-pain.png").write_bytes(to_png_bytes(forest_layout(figure), dpi=150))


def main() -> int:
    chromium = sys.argv[1] if len(sys.argv) > 1 else shutil.which("chromium")
    if chromium is None:
        print("Chromium was not found: name it, as in tools/take_pictures.py /usr/bin/chromium", file=sys.stderr)
        return 1
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        report = run_demo(Path(folder) / "example", log=lambda _: None)
        draw(report.review)
        served(chromium, report.review, photograph)
        served(chromium, report.review, photograph_import)
        served(chromium, invented_review.make(Path(folder) / "invented"), photograph_extraction)
    return 0


def served(chromium: str, review: Path, photograph_it: Callable[[Page, str], None]) -> None:
    """Serve a review and photograph it."""
    port = launch.choose_port(None)
    server: subprocess.Popen[bytes] = launch.start(review, port)
    try:
        launch.wait_until_it_answers(server, port)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            photograph_it(browser.new_page(viewport=WINDOW), f"http://{launch.ADDRESS}:{port}")
            browser.close()
    finally:
        launch.stop(server)


if __name__ == "__main__":
    raise SystemExit(main())
