"""A real browser against the real app: from a name to a row on the forest plot, with reloads in the middle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect, sync_playwright

from tests.browser_app import Running, serving
from tests.ui_review import (
    HOSTILE_ABSTRACT,
    HOSTILE_TITLE,
    add_people,
    add_records,
    add_result,
    add_study,
    extract,
    include,
    make_review,
)
from workbench.screening import Verdict
from workbench.store import Store
from workbench.ui.desk.deciding import SHORTEST_LOOK

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("app")]
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 20_000  # milliseconds; the machine may be busy


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = make_review(tmp_path_factory.mktemp("journey") / "review", reviewers=1, extractors=1)
    with Store.open(folder) as store:
        add_people(store)
        add_records(store, range(1, 7))
        add_records(store, (7,), title=HOSTILE_TITLE, abstract=HOSTILE_ABSTRACT)
        add_records(store, range(8, 14))
        for number, label in ((1, "Roe 2021"), (2, "Poe 2022")):
            include(store, number, "ada")
            study = add_study(store, number, label)
            extract(store, study, add_result(store, study), "ada", study_label=label, mean_active=4.0 + number / 4)
    with serving(folder) as app:
        yield app


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def window(browser: Browser, running: Running) -> Iterator[Page]:
    """A window that fails the test if the app asks anything of another machine."""
    asked: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: asked.append(request.url))
    yield page
    page.close()
    own = (running.address, running.address.replace("http", "ws"), "data:")
    assert not [url for url in asked if not url.startswith(own)]


def at_rest(page: Page) -> None:
    """Wait until the app has drawn what it was asked for."""
    page.wait_for_timeout(150)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def wait_until(page: Page, holds: Callable[[], bool], what: str) -> None:
    """Wait until the store holds what was typed: on a busy machine it is on its way for a while."""
    for _ in range(PATIENCE // 100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"was not stored: {what}")


def open_page(page: Page, running: Running, name: str, reviewer: str = "ada") -> None:
    page.goto(f"{running.address}/{name}?reviewer={reviewer}")
    expect(page.get_by_role("heading", level=1).first).to_be_visible(timeout=PATIENCE)
    at_rest(page)


def title(page: Page) -> Locator:
    return page.locator(".wb-title").first


def choose(page: Page, label: str, option: str) -> None:
    """Choose by keyboard: type, wait for the option, press Enter. A list that scrolling closed is opened again."""
    box = page.get_by_role("combobox", name=label).last
    found = page.get_by_role("option", name=option).first
    for _ in range(5):
        box.click()
        box.fill(option)
        try:
            found.wait_for(state="visible", timeout=2_000)
        except TimeoutError:
            continue
        box.press("Enter")
        at_rest(page)
        return
    raise AssertionError(f"{label!r} does not offer {option!r}")


def type_in(page: Page, label: str, value: str) -> None:
    box = page.get_by_label(label, exact=True)
    box.fill(value)
    box.press("Tab")
    at_rest(page)


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    at_rest(page)


def test_from_a_name_to_a_row_on_the_forest_plot(window: Page, running: Running) -> None:
    page = window
    page.goto(running.address)
    page.get_by_role("button", name="Ada Example").click()
    expect(page.get_by_text("Working as Ada Example")).to_be_visible(timeout=PATIENCE)

    # screen one record by keyboard; a reload comes back to the next one
    page.get_by_role("link", name="Title and abstract screening").click()
    expect(title(page)).to_contain_text("trial 3", timeout=PATIENCE)
    at_rest(page)
    page.wait_for_timeout(1_200)  # a record must have been on screen for a moment
    page.keyboard.press("i")
    expect(title(page)).to_contain_text("trial 4", timeout=PATIENCE)
    page.reload()
    expect(title(page)).to_contain_text("trial 4", timeout=PATIENCE)
    with running.store() as store:
        assert [(d.report, d.verdict) for d in store.decisions()][-1] == ("pubmed:3", Verdict.INCLUDE)

    # the report becomes a study with a result
    open_page(page, running, "studies")
    page.get_by_role("radio", name="Reports without a study (1)").click()
    page.get_by_role("button", name="Make a study").click()
    expect(page.get_by_role("heading", name="Doe 2020")).to_be_visible(timeout=PATIENCE)
    at_rest(page)
    choose(page, "Main indication", "Neuropathic pain")
    choose(page, "Form", "Two groups, means")
    page.get_by_role("button", name="Add the result").click()
    expect(page.get_by_role("tab", name="Numbers of the two arms")).to_be_visible(timeout=PATIENCE)
    at_rest(page)

    # the form, with a reload in the middle
    choose(page, "Design *", "parallel")
    open_tab(page, "The comparison")
    type_in(page, "Active arm, as the report names it *", "10 Hz rTMS")
    type_in(page, "Comparator arm, as the report names it *", "sham coil")
    open_tab(page, "Sham and blinding")
    choose(page, "What the comparator arm got *", "sham coil")
    open_tab(page, "Numbers of the two arms")
    for label, value in (
        ("Active arm: participants analysed *", "21"),
        ("Active arm: mean *", "3.75"),
        ("Active arm: spread (the number after ±) *", "1.4"),
    ):
        type_in(page, label, value)
    with running.store() as store:
        wait_until(
            page,
            lambda: any(e.answers.get("spread_active") == 1.4 for e in store.extractions()),
            "the last number typed",
        )
    page.reload()
    expect(page.get_by_role("tab", name="Numbers of the two arms")).to_be_visible(timeout=PATIENCE)
    at_rest(page)
    open_tab(page, "Numbers of the two arms")
    expect(page.get_by_label("Active arm: mean *", exact=True)).to_have_value("3.75")
    for label, value in (
        ("Comparator arm: participants analysed *", "20"),
        ("Comparator arm: mean *", "5.5"),
        ("Comparator arm: spread *", "1.6"),
    ):
        type_in(page, label, value)
    choose(page, "The spread is *", "a standard deviation")
    open_tab(page, "Outcome and time")
    choose(page, "Outcome *", "Pain intensity")
    choose(page, "On this scale, as the numbers are printed *", "lower is better")
    choose(page, "The means are *", "values at this time point")
    type_in(page, "Time point, as printed *", "end of treatment")
    type_in(page, "Days after the last session of treatment (days) *", "0")
    expect(page.get_by_text("SMD −1.1")).to_be_visible(timeout=PATIENCE)  # the effect of the numbers just typed
    open_tab(page, "Where this stands")
    type_in(page, "The sentence or table cells with the numbers *", "3.75 (1.4) and 5.5 (1.6)")
    type_in(page, "Page, table or figure *", "Table 3")
    choose(page, "How the numbers came about *", "printed as they stand")
    page.get_by_role("button", name="Finish this extraction").click()
    expect(page.get_by_text("What stands, by Ada Example.")).to_be_visible(timeout=PATIENCE)

    # its row is on the forest plot and leads back to the quote
    page.get_by_role("link", name="Results").click()
    figure = page.get_by_role("img", name=re.compile("Forest plot"))
    expect(figure).to_be_visible(timeout=PATIENCE)
    at_rest(page)
    drawing = figure.evaluate("async image => (await fetch(image.src)).text()")
    assert "Doe 2020" in drawing
    assert "Roe 2021" in drawing
    choose(page, "Row of the figure", "Doe 2020")
    expect(page.get_by_text("3.75 (1.4) and 5.5 (1.6)")).to_be_visible(timeout=PATIENCE)


def test_a_double_click_and_a_held_key_decide_one_record(window: Page, running: Running) -> None:
    with running.store() as store:
        before = len(store.decisions())
    open_page(window, running, "screening", "ben")
    with running.store() as store:
        for _ in range(10):  # a press that comes too soon after the record is ignored, as it should be
            window.wait_for_timeout(2_000)
            window.get_by_role("button", name=re.compile("^Maybe")).dblclick(delay=20)
            window.wait_for_timeout(2_000)
            if len(store.decisions()) > before:
                break
    at_rest(window)
    window.wait_for_timeout(1_000)
    for _ in range(40):  # as a held key repeats itself, after its first pause
        window.keyboard.down("m")
        window.wait_for_timeout(25)
    expect(window.locator(".wb-desk-status")).to_have_text("A key that is held counts once.")
    window.keyboard.up("m")
    window.wait_for_timeout(1_500)
    at_rest(window)
    with running.store() as store:
        times = [decision.decided_at for decision in store.decisions() if decision.reviewer == "ben"]
    assert len(times) == 2  # the double click and the held key
    assert all((later - earlier).total_seconds() >= SHORTEST_LOOK for earlier, later in pairwise(times))


def test_the_desk_by_keyboard_alone(window: Page, running: Running) -> None:
    """Keys are told to screen readers; N leads into the note, Escape out of it; the next record begins at its top."""
    window.set_viewport_size({"width": 1280, "height": 420})
    open_page(window, running, "screening", "cleo")
    expect(window.get_by_role("button", name=re.compile("^Include"))).to_have_attribute("aria-keyshortcuts", "i")
    assert window.locator("[aria-keyshortcuts]").count() == 7 + window.locator(".st-key-reasons button").count()
    first = title(window).inner_text()
    window.wait_for_timeout(600)
    window.keyboard.press("n")
    expect(window.get_by_label("Note").last).to_be_focused(timeout=PATIENCE)
    window.keyboard.type("e")
    window.keyboard.press("Escape")
    at_rest(window)
    assert title(window).inner_text() == first, "a letter in the note decided something"
    window.locator('[data-testid="stMain"]').evaluate("element => element.scrollTo(0, 300)")
    window.keyboard.press("m")
    expect(title(window)).not_to_have_text(first, timeout=PATIENCE)
    at_rest(window)
    assert title(window).bounding_box()["y"] >= 0, "the next record begins above the window"  # type: ignore[index]
    with running.store() as store:
        latest = [decision for decision in store.decisions() if decision.reviewer == "cleo"][-1]
    assert (latest.verdict, latest.note) == (Verdict.MAYBE, "e")


def test_without_single_keys_enter_goes_on_with_the_same_button(window: Page, running: Running) -> None:
    with running.store() as store:
        store.set_preference("cleo", "desk", {"single_keys": False})
    open_page(window, running, "screening", "cleo")
    assert window.locator("[aria-keyshortcuts]").count() == 0
    window.wait_for_timeout(600)
    maybe = window.get_by_role("button", name=re.compile("^Maybe"))
    maybe.focus()
    first = title(window).inner_text()
    window.keyboard.press("i")
    window.keyboard.press("Enter")
    expect(title(window)).not_to_have_text(first, timeout=PATIENCE)
    at_rest(window)
    expect(maybe).to_be_focused()
    with running.store() as store:
        store.set_preference("cleo", "desk", {"single_keys": True})
        latest = [decision for decision in store.decisions() if decision.reviewer == "cleo"][-1]
    assert latest.verdict is Verdict.MAYBE


def test_letters_rest_while_a_dialog_is_open(window: Page, running: Running) -> None:
    open_page(window, running, "screening", "ada")
    with running.store() as store:
        before = len(store.decisions())
    window.get_by_role("button", name="Edit the marked words").click()
    expect(window.get_by_role("dialog")).to_be_visible(timeout=PATIENCE)
    at_rest(window)
    window.get_by_role("button", name="Save").focus()
    window.wait_for_timeout(600)
    for letter in "iem1":
        window.keyboard.press(letter)
    window.wait_for_timeout(600)
    at_rest(window)
    with running.store() as store:
        assert len(store.decisions()) == before


def test_letters_typed_into_a_note_are_no_decisions(window: Page, running: Running) -> None:
    open_page(window, running, "screening", "cleo")
    with running.store() as store:
        before = len(store.decisions())
    window.wait_for_timeout(1_200)
    window.keyboard.press("n")
    note = window.get_by_label("Note").last
    expect(note).to_be_visible(timeout=PATIENCE)
    at_rest(window)
    note.click()
    note.press_sequentially("i e m u 1 2 j k")
    note.press("Tab")
    at_rest(window)
    with running.store() as store:
        keys = [f"draft:title_abstract:pubmed:{n}" for n in range(1, 14)]
        wait_until(
            window, lambda: any("i e m u 1 2 j k" in str(store.preference("cleo", key)) for key in keys), "the note"
        )
        assert len(store.decisions()) == before


def test_markup_from_a_record_is_text_in_the_browser(window: Page, running: Running) -> None:
    alerts: list[str] = []
    window.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    open_page(window, running, "records")
    choose(window, "Look at one record", "alert")
    shown = window.locator(".wb-title").last
    expect(shown).to_have_text(HOSTILE_TITLE, timeout=PATIENCE)
    abstract = window.locator(".wb-abstract").last
    expect(abstract).to_contain_text("<img src=x onerror=alert(1)> **bold** $a$ and $b$ :smile:")
    assert abstract.locator("img, iframe, a, strong").count() == 0
    assert not alerts


@pytest.mark.parametrize("name", ["", "records", "screening", "studies", "results"])
def test_no_page_is_wider_than_a_narrow_screen(name: str, browser: Browser, running: Running) -> None:
    page = browser.new_page(viewport={"width": 400, "height": 800})
    page.set_default_timeout(PATIENCE)
    open_page(page, running, name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    main = page.locator('[data-testid="stMain"]')
    assert main.evaluate("element => element.scrollWidth - element.clientWidth") <= 0
    page.close()
