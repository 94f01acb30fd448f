"""Make the pictures of the screening chapters: python tools/take_screening_pictures.py [CHROMIUM]

Makes the worked example in a temporary folder, adds what a team would (a calibration round read by its invented
reviewers, an audit sample, a full text that says it is made up), and photographs the pages.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.backends.backend_pdf import PdfPages
from playwright.sync_api import Page, ViewportSize, sync_playwright

from workbench.demo.run import run_demo
from workbench.screening import ScreeningPlan, Stage, Verdict, decide
from workbench.screening.sampling import draw
from workbench.store import Queue, Store
from workbench.ui import launch

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 400, "height": 850}
ANNA, BEN, LEAD = "example-anna", "example-ben", "example-lead"
TITLES, TEXTS = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT


def at_rest(page: Page) -> None:
    page.wait_for_timeout(600)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
    page.wait_for_timeout(900)


def visit(page: Page, address: str, name: str, reviewer: str, view: str = "") -> None:
    page.goto(f"{address}/{name}?reviewer={reviewer}", wait_until="networkidle")
    at_rest(page)
    if view:
        page.get_by_role("radio", name=re.compile(f"^{view}")).first.click()
        at_rest(page)


def take(page: Page, name: str) -> None:
    page.mouse.move(640, 5)
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/pictures/{name}.png")


def made_up_pdf(path: Path, title: str) -> bytes:
    """Two pages that say what they are."""
    with PdfPages(path) as pages:
        for number in (1, 2):
            figure = plt.figure(figsize=(6, 8))
            figure.text(0.1, 0.9, "Made up for a picture of the guide", weight="bold")
            figure.text(0.1, 0.84, title[:60])
            for line in range(16):
                figure.text(0.1, 0.78 - line * 0.035, f"Page {number}, line {line + 1} of a text that is none. " * 2)
            pages.savefig(figure)
            plt.close(figure)
    return path.read_bytes()


def a_team_at_work(store: Store, folder: Path) -> None:
    """A round that is through, with differences; a full text; what somebody looks at."""
    unread = store.unread(TITLES)
    store.draw_sample(
        "guide-round",
        "calibration",
        TITLES,
        draw(unread, 8, 2026),
        unread=len(unread),
        found=64,
        seed=2026,
        reviewers=(ANNA, BEN),
        note="Before the rest is read",
        by=LEAD,
    )
    for place, key in enumerate(draw(unread, 8, 2026)):
        for name in (ANNA, BEN):
            verdict = Verdict.INCLUDE if place == 0 or (place == 3 and name == ANNA) else Verdict.EXCLUDE
            reason = None if verdict is Verdict.INCLUDE else "wrong_population"
            note = "is the comparator sham?" if place == 3 and name == ANNA else ""
            store.add_decision(decide(key, name, verdict, reason=reason, note=note))
    plan = ScreeningPlan(needed=2)
    seat = store.seat(Queue(reviewer=LEAD, stage=TEXTS, plan=plan))
    assert seat.report is not None
    title = store.record(seat.report.key).title
    store.add_full_text(
        "guide-text",
        seat.report.key,
        "made-up.pdf",
        "application/pdf",
        made_up_pdf(folder / "made-up.pdf", title),
        by=LEAD,
    )


def photograph(page: Page, address: str) -> None:
    visit(page, address, "screening", LEAD)
    for _ in range(20):  # the ranking is learned in a process of its own
        page.wait_for_timeout(2_000)
        page.reload()
        at_rest(page)
        if not page.get_by_text("until the ranking is ready").count():
            break
    take(page, "screening")
    why = page.locator("summary", has_text="Why is this record here now?")
    if why.count():
        why.first.click()
        at_rest(page)
        page.locator(".wb-why").last.scroll_into_view_if_needed()
        take(page, "screening-why")
    visit(page, address, "screening", LEAD, "List")
    take(page, "screening-list")
    visit(page, address, "screening", LEAD, "Conflicts")
    take(page, "conflict")
    visit(page, address, "full-texts", LEAD)
    take(page, "full-texts")
    visit(page, address, "full-texts", LEAD, "Assess")
    page.wait_for_timeout(2_500)
    take(page, "full-text-assess")
    visit(page, address, "team", LEAD, "Agreement")
    take(page, "team-agreement")
    visit(page, address, "team", LEAD, "Calibration")
    take(page, "team-calibration")
    visit(page, address, "team", LEAD, "Stopping")
    page.get_by_role("heading", name=re.compile("test", re.IGNORECASE)).first.scroll_into_view_if_needed()
    page.mouse.move(760, 500)
    page.mouse.wheel(0, 420)
    at_rest(page)
    take(page, "team-stopping")
    visit(page, address, "team", LEAD, "Settings")
    take(page, "team-settings")
    visit(page, address, "prisma", LEAD)
    page.mouse.move(760, 500)
    page.mouse.wheel(0, 430)
    at_rest(page)
    take(page, "prisma")
    page.set_viewport_size(NARROW)
    visit(page, address, "screening", LEAD)
    take(page, "screening-narrow")


def main() -> None:
    """Everything in one temporary folder, which is removed."""
    chromium = sys.argv[1] if len(sys.argv) > 1 else shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        made = run_demo(folder / "demo", log=lambda _: None)
        with Store.open(made.review) as store:
            a_team_at_work(store, folder)
        port = launch.choose_port(None)
        server = launch.start(made.review, port)
        try:
            launch.wait_until_it_answers(server, port)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
                photograph(browser.new_page(viewport=WIDE), f"http://{launch.ADDRESS}:{port}")
                browser.close()
        except subprocess.SubprocessError as error:
            raise SystemExit(f"the app could not be started: {error}") from error
        finally:
            launch.stop(server)


if __name__ == "__main__":
    main()
