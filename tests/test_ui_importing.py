"""Importing on the page: everything is shown before it is stored, what is said is kept, and text stays text."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ingest.exports import EXPORTS
from ingest.readers import read_records
from ingest.record import Link, Record
from tests.pubmed_documents import article, article_set
from tests.ui_review import HOSTILE_ABSTRACT, HOSTILE_TITLE, add_people, add_records, make_review, record
from workbench.refresh import import_files
from workbench.refresh.column_mappings import guessed_mapping, remembered_mapping
from workbench.store import Store
from workbench.ui import context, import_work
from workbench.ui.pages import records as records_page

CSV = 'ID,title,authors,year,doi\nA1,"Motor cortex, ten hertz",Lind A,2020,10.1000/one\nA2,Sham or not,Roe R,2021,\n'
ODD = "Paper;Who;When\nMotor cortex, ten hertz;Lind A;2020\nSham or not;Roe R;2021\n"
File = tuple[str, bytes, str]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store of the review that the page works on."""
    folder = make_review(tmp_path / "review")
    monkeypatch.setenv("WORKBENCH_REVIEW", str(folder))
    with Store.open(folder) as opened:
        add_people(opened)
        yield opened
        context.store().close()
    st.cache_resource.clear()


def page(view: str = "Import files") -> AppTest:
    at = AppTest.from_string(
        "from workbench.ui import faults\nfrom workbench.ui.pages import records\nfaults.guarded(records.page)()",
        default_timeout=30,
    )
    at.query_params["reviewer"] = "ada"
    at.session_state["records:view"] = view
    return at.run()


def upload(at: AppTest, *files: tuple[str, str | bytes]) -> AppTest:
    held = [(name, text.encode() if isinstance(text, str) else text, "text/plain") for name, text in files]
    return at.file_uploader[0].set_value(held).run()


def shown(at: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in at.get("html"))


def button(at: AppTest, start: str) -> Any:
    found = [element for element in at.button if element.label.startswith(start)]
    assert found, f"no button {start!r} among {[element.label for element in at.button]}"
    return found[0]


def box(at: AppTest, label: str) -> Any:
    return next(element for element in at.selectbox if element.label == label)


def finished(at: AppTest, store: Store) -> AppTest:
    """The page once the import is over."""
    for _ in range(200):
        work = import_work.current(store, "ada")
        if work is None or work.over:
            return at.run()
        time.sleep(0.05)
    raise AssertionError("the import does not end")


# ---------------------------------------------------------------------------------------------------------- the import


def test_a_file_is_shown_then_confirmed_then_stored_with_what_was_said(store: Store) -> None:
    at = upload(page(), ("embase.csv", CSV + "A3,too,many,2020,cells,here\n"))
    assert not at.exception
    assert "CSV or TSV table" in shown(at)
    assert "UTF-8" in shown(at)
    assert "Motor cortex, ten hertz" in shown(at)
    assert "1 entry that cannot be read" in shown(at)
    assert "Entry 3, line 4" in shown(at)
    assert "too,many" in shown(at)
    assert store.searches() == ()
    next(element for element in at.text_input if element.label == "Name of the source").set_value("Embase")
    box(at, "Kind of source").set_value("register")
    at.date_input[0].set_value("2026-01-31")
    at.text_area[0].set_value("pain AND tms")
    at = finished(button(at, "Import 2 records from 1 file").click().run(), store)
    (run,) = store.searches()
    assert (run.source, run.kind, run.query, run.by) == ("Embase", "register", "pain AND tms", "ada")
    assert "searched on 2026-01-31" in run.remarks
    assert "entry 3" in run.remarks
    assert {record.title for record in store.records()} == {"Motor cortex, ten hertz", "Sham or not"}
    assert "Imported: 2 new records" in shown(at)
    button(at, "Go on to duplicates").click().run()
    assert at.session_state["records:view"] == "Duplicates"
    assert import_work.current(store, "ada") is None


def test_a_file_that_is_nothing_known_is_named_and_the_others_are_taken_in(store: Store) -> None:
    at = upload(page(), ("figure.pdf", b"%PDF-1.7"), ("set.xml", article_set([article(7)])), ("empty.csv", b""))
    said = " ".join(element.value for element in at.error)
    assert "PDF" in said
    assert "empty" in said
    at = finished(button(at, "Import 1 record from 1 file").click().run(), store)
    assert [run.strategy for run in store.searches()] == ["file: set"]
    assert not at.exception


def test_nothing_readable_leaves_nothing_to_press(store: Store) -> None:
    at = upload(page(), ("figure.pdf", b"%PDF-1.7"))
    assert not [element for element in at.button if element.label.startswith("Import")]


def test_columns_nobody_knows_are_said_seen_and_remembered(store: Store, tmp_path: Path) -> None:
    at = upload(page(), ("odd.csv", ODD))
    assert "which column holds the titles" in at.error[0].value
    box(at, "Title (needed)").set_value("Paper").run()
    assert "Motor cortex, ten hertz" in shown(at)
    assert "as they will be stored" in shown(at)
    box(at, "Year (or date)").set_value("When").run()
    at = finished(button(at, "Import 2 records").click().run(), store)
    assert {record.year for record in store.records()} == {2020, 2021}
    file = tmp_path / "odd.csv"
    file.write_text(ODD)
    guessed = guessed_mapping(file)
    assert guessed is not None
    kept = remembered_mapping(store, guessed)
    assert kept is not None
    assert kept.columns == {"title": ("Paper",), "year": ("When",)}
    at = upload(page(), ("next.csv", ODD + "A third;Poe P;2026\n"))
    assert not at.error
    assert "said before for a table with these columns" in shown(at)
    assert button(at, "Import 3 records")


def test_a_changed_column_is_seen_at_once_and_can_be_left_unremembered(store: Store, tmp_path: Path) -> None:
    at = upload(page(), ("list.csv", "title,subtitle,year\nOne,Real title,2020\n"))
    assert not at.checkbox
    box(at, "Title (needed)").set_value("subtitle").run()
    assert '<th scope="row">Real title' in shown(at)
    at.checkbox[0].uncheck()
    finished(button(at, "Import 1 record").click().run(), store)
    assert [record.title for record in store.records()] == ["Real title"]
    file = tmp_path / "list.csv"
    file.write_text("title,subtitle,year\nOne,Real title,2020\n")
    guessed = guessed_mapping(file)
    assert guessed is not None
    assert remembered_mapping(store, guessed) is None


def test_the_same_file_again_is_known_before_and_after(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "first.csv"
    file.write_text(CSV)
    import_files(store, [file])
    at = upload(page(), ("second.csv", CSV))
    assert "This very file was imported on" in at.info[0].value
    at = finished(button(at, "Import 2 records").click().run(), store)
    assert "nothing was added twice" in shown(at)
    assert store.counts().records == 2


def test_an_import_that_fails_says_why_and_stores_nothing_twice(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a secret path")

    at = upload(page(), ("one.csv", CSV))
    with monkeypatch.context() as patched:
        patched.setattr(import_work, "import_files", fail)
        at = finished(button(at, "Import 2 records").click().run(), store)
    assert "Nothing was imported" in shown(at)
    assert "reference" in at.error[0].value
    assert "secret" not in at.error[0].value
    button(at, "Done").click().run()
    at = upload(page(), ("one.csv", CSV))
    finished(button(at, "Import 2 records").click().run(), store)
    assert store.counts().records == 2


def test_an_import_goes_on_without_its_page_and_a_new_page_shows_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.locked("import", "ben"):  # it has to wait, so it is still at work when the page is gone
        at = upload(page(), ("one.csv", CSV))
        button(at, "Import 2 records").click().run()
        again = page()
        assert "the import goes on" in shown(again)
        assert not again.file_uploader
    work = import_work.current(store, "ada")
    assert work is not None
    assert work.thread is not None
    work.thread.join(20)
    at = page()
    assert "Imported: 2 new records" in shown(at)
    assert not work.uploads.path.exists()


def test_text_from_a_file_is_never_markup(store: Store) -> None:
    rows = f'title,abstract,year\n"{HOSTILE_TITLE}","{HOSTILE_ABSTRACT}",2020\n<script>x</script>,a,b,c,d,e\n'
    at = upload(page(), ("<img src=x onerror=alert(1)> *b*.csv", rows))
    assert not at.exception
    for tag in ("<script", "<img", "<iframe"):
        assert tag not in shown(at)
    assert "&lt;script&gt;" in shown(at)
    finished(button(at, "Import 1 record").click().run(), store)
    assert "/" not in store.searches()[0].source


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "", "a/b\\c:d\0e", "x" * 500, ".hidden", "Ä ö (1).ris"])
def test_the_name_of_an_upload_never_becomes_a_path(tmp_path: Path, name: str) -> None:
    uploads = import_work.Uploads()
    try:
        path = uploads.add(name, b"x")
        assert path.resolve().is_relative_to(uploads.path.resolve())
        assert path.read_bytes() == b"x"
        assert not path.name.startswith(".")
    finally:
        uploads.remove()
    assert not uploads.path.exists()


def test_what_could_not_be_read_can_be_looked_up_later(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(CSV + "A3,too,many,2020,cells,here\n")
    import_files(store, [file])
    at = page()
    assert "Earlier imports" in [element.value for element in at.subheader]
    box(at, "What could not be read in").set_value(store.searches()[0].id).run()
    assert "too,many" in shown(at)


# ------------------------------------------------------------------------------------------------ records and downloads


def choose(at: AppTest, key: str) -> AppTest:
    return box(at, "Look at one record").set_value(key).run()


def test_a_record_shows_its_changes_its_ties_and_its_raw_entry(store: Store, tmp_path: Path) -> None:
    for title in ("A first title", "A second title"):
        file = tmp_path / "set.xml"
        file.write_bytes(article_set([article(7, title=title)]))
        import_files(store, [file])
    run = store.begin_search("pain", "q")
    tied = record(8, links=(Link(type="RetractionIn", pmid="7", citation="J Pain. 2021"),), notes=("<b>odd</b>",))
    store.add_records(run, "pain", [(tied, None)])
    at = choose(page("Records"), "pubmed:7")
    assert "title" in shown(at)
    assert "<del>first" in shown(at) or "first</del>" in shown(at)
    assert "&lt;PubmedArticle&gt;" not in shown(at)
    next(toggle for toggle in at.toggle if "as its source has it" in toggle.label).set_value(True).run()
    assert "&lt;PubmedArticle&gt;" in shown(at)
    assert "A second title" in shown(at)
    at = choose(page("Records"), "pubmed:8")
    assert "retraction in" in shown(at)
    assert "in this review" in shown(at)
    assert "&lt;b&gt;odd&lt;/b&gt;" in shown(at)
    assert "as first seen" in shown(at)


@pytest.mark.parametrize("name", list(EXPORTS))
def test_the_records_found_are_downloaded_all_pages_of_them(
    store: Store, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records_page, "BATCH", 2)
    add_records(store, range(1, 6))
    add_records(store, (6,), title=HOSTILE_TITLE, abstract=HOSTILE_ABSTRACT)
    at = page("Records")
    box(at, "Download as").set_value(name).run()
    assert at.download_button[0].label == "Download these 6 records"
    file = tmp_path / f"records{EXPORTS[name].suffix}"
    file.write_bytes(records_page._written(store, "", None, name))
    assert sorted(read_records(file), key=_number) == sorted(store.records(), key=_number)
    file.write_bytes(records_page._written(store, "script", None, name))
    assert [entry.source_id for entry in read_records(file) if isinstance(entry, Record)] == ["6"]


def _number(entry: Any) -> int:
    return int(entry.source_id)
