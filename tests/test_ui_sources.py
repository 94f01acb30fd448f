"""The reading pane: documents, pages, search, quotes that are found or not, tables, upload in place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.full_text_files import locked_pdf, pdf
from tests.test_browser_sources import ARTICLE
from tests.test_sources import printed_tables
from tests.ui_review import HOSTILE_ABSTRACT, HOSTILE_TITLE, add_records, add_study, include
from workbench.forms import QUOTES
from workbench.sources import SourceError, SourceTable, SourceText, check_quotes, read_source
from workbench.sources.grid import RawCell, lay_out
from workbench.store import Store
from workbench.ui.sources import attaching, components, documents, text_view
from workbench.ui.sources.attaching import AttachedQuote
from workbench.ui.sources.documents import Document
from workbench.ui.sources.shown import Reading

PAGE = str(Path(__file__).with_name("reading_page.py"))
XML, PDF = "application/xml", "application/pdf"


@pytest.fixture
def store(review: Callable[..., Store]) -> Store:
    """A store with a study of one report whose abstract has a number."""
    made = review(reviewers=1)
    add_records(made, (1,), abstract="BACKGROUND: Pain.\nRESULTS: Less pain, 4.1 points (p < .01).", pmcid="PMC123")
    include(made, 1, "ada")
    add_study(made, 1, "Doe 2020")
    return made


def add(store: Store, content: bytes = ARTICLE, kind: str = XML, name: str = "doe.xml", report: int = 1) -> None:
    store.add_full_text(name, f"pubmed:{report}", name, kind, content, by="ben")


def page(**address: str) -> AppTest:
    at = AppTest.from_file(PAGE, default_timeout=60)
    at.query_params["reviewer"] = "ada"
    for name, value in address.items():
        at.query_params[name] = value
    at = at.run()
    assert not at.exception
    return at


def shown(at: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in at.get("html"))


def box(elements: Any, label: str) -> Any:
    found = [element for element in elements if element.label == label]
    assert found, f"no {label!r} among {[element.label for element in elements]}"
    return found[0]


def press(at: AppTest, label: str) -> AppTest:
    at = box(at.button, label).click().run()
    assert not at.exception
    return at


def turn(at: AppTest, to: str) -> AppTest:
    [found] = [element for element in at.button if element.help == to]
    at = found.click().run()
    assert not at.exception
    return at


def view(at: AppTest, name: str) -> AppTest:
    return at.segmented_control[0].set_value(name).run()


def find(at: AppTest, words: str) -> AppTest:
    at = box(at.text_area, "Words of the quote").set_value(words).run()
    return press(at, "Find its place")


def form(at: AppTest) -> tuple[str, str]:
    return box(at.text_area, "Quote").value or "", box(at.text_input, "Place").value or ""


def reading(store: Store, document: Document, quotes: list[AttachedQuote] | None = None) -> Reading:
    on_quote = None if quotes is None else quotes.append
    return Reading(store=store, study=store.study("study-1"), reviewer="ada", document=document, on_quote=on_quote)


# --- documents --------------------------------------------------------------------------------------------------------


def test_without_a_full_text_the_abstract_is_there_with_links_and_the_upload(store: Store) -> None:
    at = page()
    assert "No full text is here yet" in shown(at)
    assert "https://pmc.ncbi.nlm.nih.gov/articles/PMC123/" in shown(at)
    assert "https://doi.org/10.1000/" in shown(at)
    assert at.file_uploader[0].label == "Full text of this report"
    at = at.file_uploader[0].set_value([("doe.xml", ARTICLE, XML)]).run()
    at = press(at, "Attach 1 file to this report")
    [text] = store.full_texts("pubmed:1")
    assert text.by == "ada"
    assert "doe.xml" in str(box(at.selectbox, "Document").options)
    assert "No full text is here yet" not in shown(at)


def test_all_files_and_abstracts_of_a_study_are_offered_with_their_report(store: Store) -> None:
    add_records(store, (2,), title=HOSTILE_TITLE, abstract=HOSTILE_ABSTRACT)
    store.link_report("study-1", "pubmed:2", by="ada")
    add(store)
    add(store, pdf("Less pain"), PDF, "roe.pdf", report=2)
    at = page()
    options = box(at.selectbox, "Document").options
    assert len(options) == 4
    assert options[0].startswith("doe.xml (PubMed Central article (XML)) – ")
    assert options[2].startswith("Title and abstract – ")
    at = box(at.selectbox, "Document").select_index(3).run()
    assert not at.exception
    assert "<script" not in shown(at).lower()


def test_a_reading_only_pane_attaches_nothing(store: Store) -> None:
    add(store)
    at = find(page(only="yes"), "Pain fell in both groups")
    assert "Found" in shown(at)
    assert not [each for each in at.button if "ttach" in each.label]


def test_a_study_without_reports_says_so(store: Store) -> None:
    store.unlink_report("study-1", "pubmed:1", by="ada")
    assert "no report to read" in shown(page())


# --- text -------------------------------------------------------------------------------------------------------------


def test_pages_are_turned_and_the_tables_come_after_them(store: Store) -> None:
    add(store)
    at = page()
    assert box(at.selectbox, "Page").options == ["Title", "Abstract", "Results", "Table 2"]
    at = turn(turn(at, "Next page"), "Next page")
    assert box(at.selectbox, "Page").value == "Results"
    assert [each.disabled for each in at.button if each.help in ("Previous page", "Next page")] == [False, False]
    at = turn(at, "Next page")
    assert [each.disabled for each in at.button if each.help == "Next page"] == [True]


def test_a_search_goes_from_hit_to_hit_and_around(store: Store) -> None:
    add(store)
    at = box(page().text_input, "Search in the text").set_value("5.9").run()
    assert "Hit 1 of 2, on 2 of 4 pages." in shown(at)
    assert box(at.selectbox, "Page").value == "Results"
    at = turn(at, "Next hit")
    assert box(at.selectbox, "Page").value == "Table 2"
    at = turn(at, "Next hit")
    assert box(at.selectbox, "Page").value == "Results"
    at = turn(at, "Previous hit")
    assert "Hit 2 of 2" in shown(at)
    at = box(at.text_input, "Search in the text").set_value("nowhere at all").run()
    assert "Not in this document." in shown(at)


def test_marks_never_lie_over_each_other() -> None:
    marks = [(0, 5, "hit"), (3, 9, "quote"), (4, 6, "now"), (9, 12, "hit"), (12, 12, "hit")]
    assert components.without_overlaps(marks) == [(4, 6, "now"), (9, 12, "hit")]


# --- quotes -----------------------------------------------------------------------------------------------------------


def test_a_pasted_quote_is_found_and_attached_as_it_stands(store: Store) -> None:
    add(store)
    at = find(page(), "the MEAN was 4.1 (SD 1.5)\nafter stimu-\nlation")
    assert "Found" in shown(at)
    assert box(at.selectbox, "Page").value == "Results"
    at = press(at, "Attach this place as quote")
    assert form(at) == ("The mean was 4.1 (SD 1.5) after stimulation", "Results / doe.xml / yes")


def test_a_wrong_number_is_flagged_with_the_nearest_place(store: Store) -> None:
    add(store)
    at = find(page(), "The mean was 4.7 (SD 1.5) after stimulation.")
    said = shown(at)
    assert "Not found" in said
    assert "In the quote only: 4.7. In the text only: 4.1." in said
    assert "The nearest place (Results" in said
    again = press(at, "Attach my words, flagged as not found")
    assert form(again) == ("The mean was 4.7 (SD 1.5) after stimulation.", " / doe.xml / no")


def test_a_document_that_cannot_be_read_takes_typed_quotes_as_unchecked(store: Store) -> None:
    add(store, locked_pdf("secret"), PDF, "locked.pdf")
    at = page()
    assert "locked with a password" in at.warning[0].value
    at = box(at.text_area, "Quote, typed from the document").set_value("Pain was 4.1").run()
    at = box(at.text_input, "Page").set_value("p. 3").run()
    at = press(at, "Attach as quote, unchecked")
    assert form(at) == ("Pain was 4.1", "p. 3 / locked.pdf / unchecked")


def test_the_pane_opens_at_a_quote_in_whichever_document_has_it(store: Store) -> None:
    add(store, pdf("Something else altogether"), PDF, "other.pdf")
    add(store)
    at = page(trace="It was 5.9 (SD 1.4) after sham")
    assert box(at.selectbox, "Document").value == "doe.xml"
    assert box(at.selectbox, "Page").value == "Results"
    assert "Found" in shown(at)


def test_a_selection_is_believed_as_far_as_the_document_says_the_same(store: Store) -> None:
    add(store)
    [document, *_] = documents.documents_of(store, store.study("study-1"))
    source = documents.text_of(store, document)
    [results] = [each for each in source.pages if each.label == "Results"]
    here = reading(store, document)
    start = results.text.index("The mean")
    taken = results.text[start : start + 22]
    quote = text_view.selected(here, source, start, start + 22, taken, "Results")
    assert quote == AttachedQuote(quote="The mean was 4.1 (SD 1", page="Results", full_text="doe.xml", found="yes")
    moved = text_view.selected(here, source, 0, 3, "The mean was 4.1 (SD 1.5)", "Results")
    assert moved is not None
    assert moved.quote == "The mean was 4.1 (SD 1.5)"
    for words, label in (("The mean was 9.9 (SD 1.5)", "Results"), ("The mean", "No such page"), ("", "Results")):
        assert text_view.selected(here, source, -3, 3, words, label) is None


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("after stimu-\nlation  of\nthe cortex", "after stimulation of the cortex"),
        ("stimu\u00ad\nlation", "stimulation"),
        ("10-\n20 Hz", "10- 20 Hz"),
        ("x" * 9000, "x" * 4000),
    ],
)
def test_a_selection_becomes_running_text(text: str, quote: str) -> None:
    assert attaching.as_quote(text) == quote


def test_quotes_of_an_extraction_are_checked_against_the_study(store: Store) -> None:
    add(store)
    answers = {
        "quote": "Less pain, 4.1 points",
        QUOTES: {"mean_active": {"quote": "The mean was 4.2 (SD 1.5) after stimulation.", "full_text": "doe.xml"}},
    }
    study = store.study("study-1")
    found = check_quotes(documents.source_of(store, study), answers)
    assert {path: match.found for path, match in found.items()} == {"quote": "yes", "mean_active": "no"}
    assert found["mean_active"].missing == ("4.2",)
    assert documents.source_of(store, study)("") is documents.source_of(store, study)(""), "kept in the process"


def test_without_a_full_text_quotes_are_unchecked_not_missing(store: Store) -> None:
    study = store.study("study-1")
    assert check_quotes(documents.source_of(store, study), {"quote": "Pain was 4.7 in the full text"}) == {}


def test_a_file_is_read_once_and_one_that_cannot_be_read_is_not_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counted(content: bytes, media_type: str) -> SourceText:
        read.append(media_type)
        return read_source(content, media_type)

    monkeypatch.setattr(documents, "read_source", counted)
    add(store, pdf("Some words of this very test, read once"), PDF)
    add(store, b"<article><front></front></article>", XML, "empty.xml")
    first, second, _ = documents.documents_of(store, store.study("study-1"))
    assert documents.text_of(store, first) is documents.text_of(store, first)
    for _ in range(2):
        with pytest.raises(SourceError):
            documents.text_of(store, second)
    assert read == [PDF, XML]


# --- tables -----------------------------------------------------------------------------------------------------------


def sent(at: AppTest) -> Any:
    return at.get("bidi_component")


def test_tables_are_chosen_and_their_footnotes_shown(store: Store) -> None:
    add(store)
    at = view(page(), "Tables")
    assert box(at.selectbox, "Table").options == ["Table 2 Pain by group"]
    assert len(sent(at)) == 1


def test_a_pdf_gives_its_tables_when_asked(store: Store) -> None:
    add(store, printed_tables(), PDF, "tables.pdf")
    at = view(page(), "Tables")
    assert not [each for each in at.selectbox if each.label == "Table"]
    at = press(at, "Read the tables of this page")
    assert box(at.selectbox, "Table").options == ["Table 1 Pain by group", "Table 2 Harms"]
    assert "2 tables on page 1." in shown(at)
    at = find(view(at, "Text"), "VAS, week 4 | … | 5.9 (1.4)")
    assert "Found" in shown(at)
    assert box(at.selectbox, "Page").value == "Table 1"


def cells(*rows: str) -> SourceTable:
    grid = lay_out([[RawCell(text=cell) for cell in row.split("|")] for row in rows], header_rows=1)
    return SourceTable(label="Table 1", caption="", cells=grid.cells, rows=grid.rows, columns=grid.columns)


def test_cells_become_lines_that_begin_with_the_row_and_are_found_again(store: Store) -> None:
    table = cells("Outcome|rTMS|Sham|p", "VAS|4.1|5.9|.01", "BDI|12|13|.6")
    [document] = documents.documents_of(store, store.study("study-1"))
    quote = attaching.of_cells(table, [(1, 2), (2, 1), (2, 3), (0, 2), (99, 0), (-1, 0)], document)
    assert quote is not None
    assert quote.quote == "Outcome | rTMS | Sham | p\nVAS | 4.1 | 5.9 | .01\nBDI | 12 | 13 | .6"
    assert quote.page == "Table 1"
    source = SourceText(pages=(), tables=(table,))
    [found] = check_quotes(lambda _: source, {"quote": quote.quote}).values()
    assert found.found == "yes"
    assert attaching.of_cells(table, [(7, 7)], document) is None
    some = attaching.of_cells(cells("Outcome|rTMS|Sham", "VAS|5|5", "BDI||6"), [(1, 2), (2, 2)], document)
    assert some is not None
    assert some.quote == "VAS | … | 5\nBDI | 6"
    both = attaching.of_cells(cells("Outcome|rTMS|Sham", "VAS|5|5"), [(1, 1), (1, 2)], document)
    assert both is not None
    assert both.quote == "VAS | 5 | 5", "equal numbers are two numbers"


def test_the_browser_may_send_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    import streamlit as st

    for state in (None, {}, {"attach": {"start": "0"}}, {"attach": {"start": 0, "end": 3, "text": 5, "page": ""}}):
        monkeypatch.setitem(st.session_state, "k", state)
        assert components.chosen_text("k") is None
    monkeypatch.setitem(st.session_state, "k", {"cells": {"table": "T", "cells": [[0, 1], ["a", 2], 3, [1, 2, 3]]}})
    assert components.chosen_cells("k") == ("T", [(0, 1)])
