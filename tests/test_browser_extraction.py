"""A real browser with an extraction from end to end: a sentence of a report becomes a row of the forest plot, and back.

The report is invented: the test makes the PDF, and the PDF says so.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import test_browser_journey as journey
from tests.accessibility import faults
from tests.browser_app import Running, serving
from tests.full_text_files import pdf
from tests.test_browser_journey import PATIENCE, at_rest, choose, open_page, open_tab, type_in, wait_until
from tests.test_browser_sources import drag_over
from tests.ui_review import THEN, add_people, add_records, add_result, add_study, extract, include, make_review
from workbench.extraction import ResultState, settle
from workbench.risk_of_bias import Appraisal, Assessment, as_json

browser = journey.browser
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("app")]

INVENTED = "THIS TRIAL IS INVENTED. A test made this page; nobody was treated."
FIRST_WORDS = "Mean pain was 3.74 (SD 1.43) after ten hertz."
SECOND_WORDS = "It was 5.52 (SD 1.61) after sham, in 22 people."
REPORT = pdf(INVENTED, f"Results\n{FIRST_WORDS}\n{SECOND_WORDS}\nNobody withdrew.", title="An invented trial")
NUMBERS = ("n_active", "mean_active", "spread_active", "n_comparator", "mean_comparator", "spread_comparator")
SHOTS = os.environ.get("WORKBENCH_TEST_SHOTS", "")  # a folder for pictures, for whoever wants to look


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.wait_for_timeout(400)
        height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        size = page.viewport_size
        assert size is not None
        page.set_viewport_size({"width": size["width"], "height": max(600, min(int(height) + 80, 6000))})
        page.wait_for_timeout(400)
        page.screenshot(path=Path(SHOTS) / f"{name}.png")
        page.set_viewport_size(size)


def in_order(page: Page, name: str) -> None:
    """Nothing on the page is a traceback, is wider than the window, or a serious fault to axe."""
    at_rest(page)
    page.wait_for_timeout(300)
    shot(page, name)
    assert page.get_by_test_id("stException").count() == 0, name
    assert "Traceback" not in page.inner_text("body"), name
    size = page.viewport_size
    assert size is not None
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
    main = page.get_by_test_id("stMain")
    assert main.evaluate("element => element.scrollWidth - element.clientWidth") <= 0, name
    found = faults(page)
    assert not found, "\n".join([name, *found])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Two trials that are done, and one whose two extractors have everything but the numbers and the quote."""
    folder = make_review(tmp_path_factory.mktemp("extraction") / "review", reviewers=1)
    with serving(folder) as app:
        with app.store() as store:
            add_people(store)
            add_records(store, range(1, 5))
            for number, label in ((1, "Roe 2021"), (2, "Poe 2022"), (3, "Doe 2020"), (4, "Loe 2023")):
                include(store, number, "ada")
                study = add_study(store, number, label)
                result = add_result(store, study)
                if number <= 2:
                    for person in ("ada", "ben"):
                        extract(store, study, result, person, study_label=label, mean_active=4.0 + number / 4)
                else:
                    for person in ("ada", "ben"):
                        left: dict[str, Any] = dict.fromkeys((*NUMBERS, "spread_kind", "quote", "page"))
                        extract(store, study, result, person, state="draft", study_label=label, **left)
            store.add_full_text("report", "pubmed:3", "invented.pdf", "application/pdf", REPORT, by="ben")
        yield app


@pytest.fixture
def window(browser: Browser, running: Running) -> Iterator[Page]:
    """A window that fails the test if the app asks anything of another machine."""
    asked: list[str] = []
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE)
    page.on("request", lambda request: asked.append(request.url))
    yield page
    page.close()
    own = (running.address, running.address.replace("http", "ws"), "data:", f"blob:{running.address}")
    assert not [url for url in asked if not url.startswith(own)]


def all_text(page: Page) -> str:
    """Every word of the page, also hidden ones, attributes and what stands in fields; no drawings and styles."""
    said = page.evaluate(
        """() => [...document.body.querySelectorAll('*')].filter(each => !each.closest('svg, style, script')).flatMap(
          each => [each.value, ...[...each.attributes].map(({value}) => value),
            ...[...each.childNodes].filter(({nodeType}) => nodeType !== 1).map(({data}) => data)]).join('\\n')"""
    )
    return str(said)


def open_form(page: Page, running: Running, reviewer: str, study: str) -> None:
    open_page(page, running, "studies", reviewer)
    choose(page, "Study", study)
    expect(page.get_by_role("heading", name=study)).to_be_visible(timeout=PATIENCE)
    at_rest(page)


def type_numbers(page: Page, *values: str) -> None:
    labels = (
        "Active arm: participants analysed *",
        "Active arm: mean *",
        "Active arm: spread (the number after ±) *",
        "Comparator arm: participants analysed *",
        "Comparator arm: mean *",
        "Comparator arm: spread *",
    )
    for label, value in zip(labels, values, strict=False):
        type_in(page, label, value)


def quote(page: Page, words: str) -> None:
    """Mark words of the report's second page with the mouse, and make a quote of them."""
    page.get_by_text("Read the report beside the form").click()
    text = page.locator(".wb-reader-text")
    expect(text).to_contain_text("THIS TRIAL IS INVENTED", timeout=PATIENCE)
    at_rest(page)
    page.get_by_role("button", name="→").click()
    expect(text).to_contain_text(words)
    at_rest(page)
    assert text.locator("mark").count() == 0
    text.evaluate("element => element.scrollIntoView({block: 'center'})")
    drag_over(page, words)
    page.get_by_role("button", name="Attach as quote").click()
    expect(page.get_by_text("Attached as quote.")).to_be_visible()
    at_rest(page)


def test_a_sentence_of_a_report_becomes_a_row_of_the_figure_and_is_traced_back(
    browser: Browser, window: Page, running: Running
) -> None:
    first_extractor(window, running)
    second_extractor(browser, running)
    consensus(browser, running)
    figure_and_back(window, running)


def first_extractor(page: Page, running: Running) -> None:
    open_form(page, running, "ada", "Doe 2020")
    open_tab(page, "Numbers of the two arms")
    type_numbers(page, "21", "3.47", "1.43")  # 3.47: misread
    with running.store() as store:
        wait_until(page, lambda: any(e.answers.get("spread_active") == 1.43 for e in store.extractions()), "a draft")
    page.reload()
    expect(page.get_by_role("tab", name="Numbers of the two arms")).to_be_visible(timeout=PATIENCE)
    at_rest(page)
    open_tab(page, "Numbers of the two arms")
    expect(page.get_by_label("Active arm: mean *", exact=True)).to_have_value("3.47")
    for label, value in (
        ("Comparator arm: participants analysed *", "22"),
        ("Comparator arm: mean *", "5.52"),
        ("Comparator arm: spread *", "1.16"),  # misread, too
    ):
        type_in(page, label, value)
    choose(page, "The spread is *", "a standard deviation")
    expect(page.get_by_text("What these numbers give")).to_be_visible()
    expect(page.locator(".wb-preview")).to_contain_text("SMD −1.5")
    quote(page, FIRST_WORDS)
    open_tab(page, "Where this stands")
    expect(page.get_by_label("The sentence or table cells with the numbers *", exact=True)).to_have_value(FIRST_WORDS)
    expect(page.get_by_label("Page, table or figure *", exact=True)).to_have_value("page 2")
    in_order(page, "1-form-with-report")
    page.get_by_role("button", name="Finish this extraction").click()
    expect(page.get_by_text("Your answers are final.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_label("Form or result", exact=True)).to_have_value(
        "Neuropathic – waiting for the second extractor"
    )
    page.get_by_text("Read the report beside the form").click()
    at_rest(page)
    expect(page.get_by_text("Your answers are final.")).to_be_visible(timeout=PATIENCE)
    in_order(page, "2-final")


def second_extractor(browser: Browser, running: Running) -> None:
    """Blind: nothing that the first one typed reaches this browser, on the page or behind it."""
    page = browser.new_page(viewport={"width": 400, "height": 850})
    page.set_default_timeout(PATIENCE)
    came: list[bytes] = []

    def keep(frame: str | bytes) -> None:
        came.append(frame.encode() if isinstance(frame, str) else frame)

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    open_form(page, running, "ben", "Doe 2020")
    open_tab(page, "Numbers of the two arms")
    in_order(page, "3-blind-400")
    assert FIRST_WORDS not in all_text(page)
    assert not any(FIRST_WORDS.encode() in frame for frame in came)
    type_numbers(page, "20", "3.74", "1.43", "22", "5.52", "1.7")
    choose(page, "The spread is *", "a standard deviation")
    quote(page, SECOND_WORDS)
    in_order(page, "4-second-extractor-400")
    assert came
    for typed in ("3.47", "1.16"):
        assert typed not in all_text(page)
        assert not any(typed.encode() in frame or struct.pack("<d", float(typed)) in frame for frame in came), typed
    page.get_by_role("button", name="Finish this extraction").click()
    expect(page.get_by_text("Differences: 3")).to_be_visible(timeout=PATIENCE)
    page.close()


def consensus(browser: Browser, running: Running) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE)
    open_form(page, running, "cleo", "Doe 2020")
    expect(page.get_by_text("Differences: 3")).to_be_visible(timeout=PATIENCE)
    record = page.get_by_role("button", name="Record the consensus")
    expect(record).to_be_disabled()
    in_order(page, "5-comparison")
    for label, taken in (
        ("Active arm: participants analysed", "Ada Example"),
        ("Active arm: mean", "Ben Example"),
        ("Comparator arm: spread", "another value"),
    ):
        group = page.get_by_role("radiogroup", name=f"Take for “{label}")
        group.get_by_text(taken).click()
        at_rest(page)
    type_in(page, "Comparator arm: spread *", "1.61")
    expect(record).to_be_disabled()
    type_in(page, "Why (needed where neither extractor's value is taken)", "1.61 is printed; both misread it")
    in_order(page, "6-consensus")
    record.click()
    expect(page.get_by_text("settled by consensus").first).to_be_visible(timeout=PATIENCE)
    page.close()
    with running.store() as store:
        settled = settle(store.extractions(result="result-of-study-3"), extractors=2)
    assert settled.state is ResultState.SETTLED
    assert {key: settled.answers[key] for key in NUMBERS} == {
        "n_active": 21, "mean_active": 3.74, "spread_active": 1.43,
        "n_comparator": 22, "mean_comparator": 5.52, "spread_comparator": 1.61,
    }  # fmt: skip


def figure_and_back(page: Page, running: Running) -> None:
    open_page(page, running, "results")
    figure = page.get_by_role("img", name=re.compile("Forest plot"))
    expect(figure).to_be_visible(timeout=PATIENCE)
    drawing = figure.evaluate("async image => (await fetch(image.src)).text()")
    assert all(label in drawing for label in ("Doe 2020", "Roe 2021", "Poe 2022"))
    choose(page, "Row of the figure", "Doe 2020")
    in_order(page, "7-results")
    page.get_by_role("button", name="Show the quote in the report").click()
    expect(page.locator(".wb-reader-text mark.quote")).to_be_visible(timeout=PATIENCE)
    in_order(page, "8-quote-in-report")


def test_the_same_person_in_two_windows_is_told_and_loses_nothing(browser: Browser, running: Running) -> None:
    early, late = (browser.new_page(viewport={"width": width, "height": 900}) for width in (1400, 400))
    for page in (early, late):
        page.set_default_timeout(PATIENCE)
        open_form(page, running, "ada", "Loe 2023")
        open_tab(page, "Numbers of the two arms")
    type_in(early, "Active arm: mean *", "2.5")
    with running.store() as store:
        wait_until(
            early, lambda: store.extractions(result="result-of-study-4")[-1].answers.get("mean_active") == 2.5, ""
        )
    type_in(late, "Active arm: mean *", "9.5")
    expect(late.get_by_text("saved revision", exact=False)).to_be_visible(timeout=PATIENCE)
    expect(late.get_by_label("Active arm: mean *", exact=True)).to_have_value("9.5")
    expect(late.get_by_role("button", name="Finish this extraction")).to_be_disabled()
    in_order(late, "9-two-windows-400")
    with running.store() as store:
        assert [item.answers.get("mean_active") for item in store.extractions(result="result-of-study-4")][2:] == [2.5]
    late.get_by_role("button", name="Show the newer answers here").click()
    at_rest(late)
    open_tab(late, "Numbers of the two arms")
    expect(late.get_by_label("Active arm: mean *", exact=True)).to_have_value("2.5")
    type_in(late, "Comparator arm: mean *", "5.5")
    with running.store() as store:
        wait_until(late, lambda: "mean_comparator" in store.extractions(result="result-of-study-4")[-1].answers, "5.5")
        saved = store.extractions(result="result-of-study-4")[-1].answers
    assert (saved["mean_active"], saved["mean_comparator"]) == (2.5, 5.5)
    early.close()
    late.close()


LOW = {
    "1.1": "Y", "1.2": "Y", "1.3": "N", "2.1": "N", "2.2": "PN", "2.6": "Y", "3.1": "PY",
    "4.1": "N", "4.2": "N", "4.3": "N", "5.1": "Y", "5.2": "N",
}  # fmt: skip


def test_two_appraisers_judge_blind_settle_and_see_the_figures(browser: Browser, running: Running) -> None:
    """Each has all answers but the last, which is given on the page; the first judges otherwise than proposed."""
    with running.store() as store:
        for person in ("ada", "ben"):
            said = Assessment(variant="parallel-assignment", answers=LOW | ({"1.2": "N"} if person == "ben" else {}))
            store.add_appraisal(
                Appraisal(
                    id=f"of {person}", study="study-1", result="result-of-study-1", appraiser=person,
                    answers=as_json(said), state="draft", recorded_at=THEN,
                )
            )  # fmt: skip
    first_appraiser(browser, running)
    second_appraiser(browser, running)


def open_appraisal(page: Page, running: Running, reviewer: str) -> None:
    open_page(page, running, "risk-of-bias", reviewer)
    choose(page, "Result", "Roe 2021")


def answer(page: Page, question: str, said: str) -> None:
    page.get_by_role("radiogroup", name=f"{question} ").get_by_text(said, exact=True).click()
    at_rest(page)


def domain(page: Page, begins: str) -> None:
    page.get_by_role("radiogroup", name="Domain").get_by_text(re.compile(f"^{begins}")).click()
    at_rest(page)


def first_appraiser(browser: Browser, running: Running) -> None:
    page = browser.new_page(viewport={"width": 400, "height": 900})
    page.set_default_timeout(PATIENCE)
    open_appraisal(page, running, "ada")
    domain(page, "D5")
    proposal = page.get_by_role("status").filter(has_text="Proposed")
    expect(page.get_by_text("still to answer: 5.3")).to_be_visible()
    answer(page, "5.3", "no information")
    expect(proposal).to_contain_text("some concerns")
    answer(page, "5.3", "probably no")
    expect(proposal).to_contain_text("low")
    expect(page.get_by_role("radio", name="D5: + low risk")).to_be_checked()
    expect(page.get_by_role("heading", name="D5 ")).to_be_visible()
    domain(page, "D1")
    choose(page, "My judgement", "some concerns")
    finish = page.get_by_role("button", name="Finish my appraisal")
    expect(page.get_by_text("Your judgement counts once you say why.")).to_be_visible()
    expect(finish).to_be_disabled()
    type_in(page, "Why (needed)", "Envelopes were held to the light.")
    in_order(page, "10-appraisal-400")
    expect(finish).to_be_enabled()
    finish.click()
    expect(
        page.get_by_text("What stands").or_(page.get_by_text("Envelopes were held to the light.")).first
    ).to_be_visible()
    page.close()


def second_appraiser(browser: Browser, running: Running) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE)
    came: list[bytes] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda each: came.append(each if isinstance(each, bytes) else b"")),
    )
    open_appraisal(page, running, "ben")
    domain(page, "D5")
    answer(page, "5.3", "probably no")
    in_order(page, "11-appraisal")
    assert came
    assert "held to the light" not in all_text(page)
    assert not any(b"held to the light" in frame for frame in came)
    page.get_by_role("button", name="Finish my appraisal").click()
    expect(page.get_by_text("Judged differently: D1, overall")).to_be_visible(timeout=PATIENCE)
    record = page.get_by_role("button", name="Record the consensus")
    page.get_by_role("radiogroup", name="Take for D1").get_by_text("Ada Example").click()
    at_rest(page)
    expect(record).to_be_disabled()
    type_in(page, "Why (needed)", "The protocol says so.")
    in_order(page, "12-appraisals-compared")
    record.click()
    expect(page.get_by_text("What stands").first).to_be_visible(timeout=PATIENCE)
    page.get_by_role("radio", name="Figures").click()
    for name in ("traffic", "summary"):
        expect(page.get_by_role("img").nth(0 if name == "traffic" else 1)).to_be_visible(timeout=PATIENCE)
    drawings = page.locator("[data-testid=stImage] img").evaluate_all(
        "images => Promise.all(images.map(async image => (await fetch(image.src)).text()))"
    )
    assert len(drawings) == 2
    assert "Roe 2021" in drawings[0]
    in_order(page, "13-figures")
    page.set_viewport_size({"width": 400, "height": 900})
    in_order(page, "14-figures-400")
    page.close()
