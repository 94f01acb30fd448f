"""Two blind reviewers and a lead in real browsers: a conflict and its settling, a full text beside its PDF; and axe."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from playwright.sync_api import Browser, Page, expect

from tests import test_browser_journey as journey
from tests.accessibility import faults
from tests.browser_app import Running, serving
from tests.test_browser_journey import PATIENCE, at_rest, wait_until
from tests.ui_review import add_people, add_records, include, make_review
from workbench.screening import Stage, State, Verdict, standing_votes
from workbench.store import Store

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("app")]
browser = journey.browser
TITLES, TEXTS = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
SECRET = "the sham coil clicked"
PAGES = (
    *("overview", "records", "screening", "full-texts", "team", "studies", "extraction-sheets", "calculator"),
    *("results", "prisma", "forms"),
)
LOOK = 700  # milliseconds; a record must have been on screen for a moment


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = make_review(tmp_path_factory.mktemp("team") / "review")
    with Store.open(folder) as store:
        add_people(store)
        add_records(store, range(1, 9))
        include(store, 8, "ada", "ben")
    with serving(folder) as app:
        yield app


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of two pages that says what trial it is of."""
    path = tmp_path_factory.mktemp("pdf") / "trial.pdf"
    from matplotlib.backends.backend_pdf import PdfPages

    with PdfPages(path) as pages:
        for number in (1, 2):
            figure = plt.figure(figsize=(4, 3))
            figure.text(0.1, 0.5, f"Motor cortex stimulation for pain, trial 8, page {number}")
            pages.savefig(figure)
            plt.close(figure)
    assert io.BytesIO(path.read_bytes()).read(5) == b"%PDF-"
    return path


def desk(browser: Browser, running: Running, reviewer: str, path: str = "screening", *, width: int = 1280) -> Page:
    """A window of somebody's own."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{running.address}/{path}?reviewer={reviewer}")
    at_rest(page)
    return page


def title(page: Page) -> str:
    return page.locator("h2.wb-title, h3.wb-title").first.inner_text()


def votes(store: Store, number: int, stage: Stage = TITLES) -> dict[str, Verdict | None]:
    return {name: vote.verdict for name, vote in standing_votes(store.decisions(stage, f"pubmed:{number}")).items()}


def test_two_reviewers_decide_blind_differ_and_settle_it(browser: Browser, running: Running) -> None:
    ada, ben = desk(browser, running, "ada"), desk(browser, running, "ben")
    with running.store() as store:
        expect(ada.get_by_text("trial 1", exact=False).first).to_be_visible()
        ada.wait_for_timeout(LOOK)
        ada.keyboard.press("n")
        ada.get_by_role("textbox", name="Note").fill(SECRET)
        ada.get_by_role("textbox", name="Note").press("Tab")
        at_rest(ada)
        ada.locator("h1, h2.wb-title, h3.wb-title").first.click()
        ada.keyboard.press("i")
        wait_until(ada, lambda: votes(store, 1) == {"ada": Verdict.INCLUDE}, "Ada's vote")
        expect(ben.get_by_text("trial 1", exact=False).first).to_be_visible()
        ben.reload()
        at_rest(ben)
        assert "trial 1" in title(ben)
        assert SECRET not in ben.content()
        assert "Conflicts (0)" in ben.content() or "Conflicts (1)" not in ben.content()
        ben.wait_for_timeout(LOOK)
        ben.keyboard.press("e")
        wait_until(ben, lambda: votes(store, 1).get("ben") is Verdict.EXCLUDE, "Ben's vote")
        assert store.states(TITLES)["pubmed:1"] is State.CONFLICT

        cleo = desk(browser, running, "cleo")
        cleo.get_by_role("radio", name="Conflicts (1)").click()
        at_rest(cleo)
        expect(cleo.get_by_text(SECRET).first).to_be_visible()
        cleo.get_by_text("Include", exact=True).last.click()
        at_rest(cleo)
        cleo.get_by_role("textbox", name="Why").fill("a trial of the motor cortex")
        cleo.get_by_role("button", name="Record the decision").click()
        wait_until(cleo, lambda: store.states(TITLES)["pubmed:1"] is State.INCLUDED, "the resolution")
    for page in (ada, ben, cleo):
        page.close()


def test_a_full_text_is_uploaded_seen_and_excluded_with_a_reason(browser: Browser, running: Running, pdf: Path) -> None:
    with running.store() as store:
        store.add_full_text("text-8", "pubmed:8", pdf.name, "application/pdf", pdf.read_bytes(), by="ada")
        store.put_on_desk(queue(store, "ada"), "pubmed:8")
    page = desk(browser, running, "ada", "full-texts")
    page.get_by_role("radio", name="Assess").click()
    at_rest(page)
    expect(page.get_by_text("trial 8", exact=False).first).to_be_visible()
    expect(page.locator("canvas, .react-pdf__Page, iframe").first).to_be_visible()  # the PDF is drawn
    page.wait_for_timeout(LOOK)
    with running.store() as store:
        page.get_by_role("button", name="Wrong comparator").click()
        wait_until(page, lambda: votes(store, 8, TEXTS) == {"ada": Verdict.EXCLUDE}, "the exclusion")
        assert store.decisions(TEXTS, "pubmed:8")[-1].reason == "wrong_comparator"
    page.close()


def queue(store: Store, reviewer: str):  # type: ignore[no-untyped-def]
    from workbench.screening import ScreeningPlan
    from workbench.store import Queue

    return Queue(reviewer=reviewer, stage=TEXTS, plan=ScreeningPlan(needed=2))


@pytest.mark.parametrize("width", [1440, 400])
def test_no_page_has_a_serious_fault_of_accessibility(browser: Browser, running: Running, width: int) -> None:
    found: dict[str, list[str]] = {}
    for path in PAGES:
        page = desk(browser, running, "ada", path, width=width)
        found[path] = faults(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        views = page.get_by_role("radiogroup").first.get_by_role("radio")
        if path in ("screening", "full-texts", "team"):
            for number in range(views.count()):
                views.nth(number).click(force=True)
                at_rest(page)
                found[f"{path} {number}"] = faults(page)
        page.close()
    assert {path: said for path, said in found.items() if said} == {}
