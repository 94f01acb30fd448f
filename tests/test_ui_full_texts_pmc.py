"""Texts of PubMed Central at a click: attached as files are, undone as files are, and nothing lost when it is down."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ingest.eutils import LocalServer, faults
from ingest.eutils.faults import Fault
from tests.pubmed_documents import articles
from tests.test_eutils_pmc import article
from tests.test_ui_full_texts import add, key, labels, page, press, sought
from tests.test_ui_sources import page as reading_page
from tests.ui_review import add_study
from workbench.store import Store

ALL = "Get 3 texts from PubMed Central"


@pytest.fixture
def store(review: Callable[..., Store]) -> Store:
    return review(reviewers=1)


@pytest.fixture
def central(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    held = {"11": article(11), "12": article(12, body=False), "13": article(13)}
    with LocalServer(articles(1), articles=held) as server:
        monkeypatch.setenv("WORKBENCH_EUTILS_URL", server.base_url)
        monkeypatch.setattr("ingest.eutils.transport.RATE_WITHOUT_KEY", 1000.0)
        yield server


def names(store: Store, number: int) -> list[str]:
    return [text.name for text in store.full_texts(key(number))]


def said(at: object) -> str:
    return "\n".join(str(one.value) for one in [*at.info, *at.success, *at.error])  # type: ignore[attr-defined]


def test_all_texts_that_are_given_out_come_at_one_click_and_go_at_one_undo(store: Store, central: LocalServer) -> None:
    for number in (1, 2, 3):
        sought(store, number, pmcid=f"PMC1{number}")
    sought(store, 4)  # no number of PubMed Central
    at = press(page(), ALL)
    assert [names(store, number) for number in (1, 2, 3, 4)] == [["PMC11.xml"], [], ["PMC13.xml"], []]
    assert "2 files attached" in said(at)
    assert "No text of PMC12: its publisher lets it be read" in said(at)
    assert not [label for label in labels(at.button) if label.startswith("Get ")]  # PMC12 is not asked for again
    press(at, "Undo")
    assert not store.full_texts()


def test_one_text_is_had_beside_the_form_and_read_there(store: Store, central: LocalServer) -> None:
    sought(store, 1, pmcid="PMC11")
    add_study(store, 1, "Doe 2020")
    at = reading_page()
    assert [one.label for one in at.button if one.label.startswith("Get it")] == ["Get it from PubMed Central"]
    at = press(at, "Get it from PubMed Central")
    assert names(store, 1) == ["PMC11.xml"]
    [document] = [one for one in at.selectbox if one.label == "Document"]
    assert document.options[0].startswith("PMC11.xml")
    assert document.value == store.full_texts(key(1))[0].id  # what came is what is read now
    assert "Results" in next(one.options for one in at.selectbox if one.label == "Page")
    assert not [one for one in at.button if one.label.startswith("Get it")]


def test_what_came_before_the_service_went_down_is_kept(store: Store, central: LocalServer) -> None:
    for number in (1, 2, 3):
        sought(store, number, pmcid=f"PMC1{number}")
    central.faults.append(Fault("efetch", 2, faults.error("Too many UIDs in request", root="eFetchResult"), None))
    at = press(page(), ALL)
    assert names(store, 1) == ["PMC11.xml"]
    assert "PubMed Central could not be asked" in said(at)
    assert [label for label in labels(at.button) if label.startswith("Get 2 texts")]


def test_a_text_whose_publisher_keeps_it_is_told_of_at_its_report(store: Store, central: LocalServer) -> None:
    sought(store, 2, pmcid="PMC12")
    at = press(page(), "Add a file")
    at = press(at, "Get it from PubMed Central")
    assert "not be downloaded" in said(at)
    assert not names(store, 2)


def test_a_report_that_has_its_text_is_not_asked_for(store: Store, central: LocalServer) -> None:
    sought(store, 1, pmcid="PMC11")
    add(store, 1)
    assert not [label for label in labels(page().button) if label.startswith("Get ")]
    assert not central.requests
