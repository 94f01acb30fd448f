"""Retractions of included reports in the app: seen at once, noted, taken back, and pooled with and without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import streamlit as st

from ingest.record import Link
from tests.test_ui_pages import page, press, shown
from tests.ui_review import THEN, add_people, add_records, make_review, record, settled_studies
from workbench.store import Store
from workbench.ui import context

NOTICE = Link(type="RetractionIn", pmid="18842931", citation="J Made Up <b>Trials</b>. 2026;1:2")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    folder = make_review(tmp_path / "review")
    monkeypatch.setenv("WORKBENCH_REVIEW", str(folder))
    with Store.open(folder) as opened:
        add_people(opened)
        settled_studies(opened)
        yield opened
        context.store().close()
    st.cache_resource.clear()


def later_says(store: Store, number: int, *links: Link, retracted: bool = False) -> None:
    """A later refresh brings a new version of a record."""
    run = store.begin_search("included studies", "1 PMID", THEN + timedelta(days=7))
    changed = record(number, links=links, retracted=retracted)
    store.add_records(run, "included studies", [(changed, None)], now=THEN + timedelta(days=7))
    store.finish_search(run, now=THEN + timedelta(days=7))


def errors(at: object) -> list[str]:
    return [element.value for element in at.error]  # type: ignore[attr-defined]


def test_without_a_notice_there_is_no_alert(store: Store) -> None:
    at = page("overview").run()
    assert errors(at) == []
    assert "Alerts" not in [header.value for header in at.header]


@pytest.mark.parametrize("name", ["overview", "results"])
def test_a_retracted_included_study_is_an_alert_on_the_page(store: Store, name: str) -> None:
    later_says(store, 1, NOTICE, retracted=True)
    (alert,) = errors(page(name).run())
    assert "pubmed:1 was retracted" in alert.replace("\\", "")
    assert "18842931" in alert
    assert "<b>" not in alert  # markup of a citation stays characters


def test_the_studys_page_says_it_too(store: Store) -> None:
    later_says(store, 2, NOTICE, retracted=True)
    at = page("studies")
    at.query_params["study"] = "study-2"
    at.run()
    said = "".join(errors(at)) or "".join(errors(_choose_study(at)))
    assert "pubmed:2 was retracted" in said.replace("\\", "")


def _choose_study(at):
    box = next(box for box in at.selectbox if "study" in (box.label or "").lower())
    return box.select("study-2").run()


def test_taking_note_ends_the_alert_and_can_be_taken_back(store: Store) -> None:
    later_says(store, 1, NOTICE, retracted=True)
    at = page("overview").run()
    (field,) = (field for field in at.text_input if field.label.startswith("What was done"))
    field.input("Excluded from the *main* analysis: see minutes_3 [no link](x)")
    at = press(at, "Take note")
    assert errors(at) == []
    assert "Excluded from the *main* analysis: see minutes_3 [no link](x)" in shown(at)
    assert "Ada Example" in shown(at)
    at = press(at, "Not dealt with after all")
    assert len(errors(at)) == 1


def test_a_second_notice_makes_a_noted_alert_new_again(store: Store) -> None:
    erratum = Link(type="ErratumIn", pmid="5", citation="Erratum 1")
    later_says(store, 1, erratum)
    at = press(page("overview").run(), "Take note")
    assert not [box for box in at.warning if "about included reports" in box.value]
    later_says(store, 1, erratum, Link(type="ErratumIn", pmid="6", citation="Erratum 2"))
    at = page("overview").run()
    assert [box for box in at.warning if "1 notice about included reports" in box.value]


def test_notices_about_other_reports_are_listed_and_warn_nobody(store: Store) -> None:
    add_records(store, (50,), links=(NOTICE,), retracted=True)
    at = page("overview").run()
    assert errors(at) == []
    assert [box.label for box in at.expander if "not included (1)" in box.label]


def test_the_pool_leaves_the_retracted_trial_out_and_shows_itself_with_it(store: Store) -> None:
    before = shown(page("results").run())
    assert "Poe 2022" in before
    later_says(store, 3, NOTICE, retracted=True)
    after = shown(page("results").run())
    assert "The report pubmed:3 was retracted" in after
    assert "With results from a retracted report" in after
