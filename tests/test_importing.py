"""Files into the store: each for itself, nothing twice, nothing lost, and what they held can be looked at again."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.formats.csv_mapping import Mapping, guess_mapping
from ingest.record import Record, Unreadable
from tests.pubmed_documents import article, article_set
from workbench.cli import main
from workbench.refresh import Progress, import_files, kept_files
from workbench.refresh import importing as importing_module
from workbench.refresh.column_mappings import (
    BadMapping,
    guessed_mapping,
    mapping_from_file,
    remember_mapping,
    remembered_for,
    remembered_mapping,
)
from workbench.refresh.import_preview import preview
from workbench.refresh.kept_files import entry_as_it_stands, unreadable_again
from workbench.review import init_review
from workbench.store import Busy, Store

CSV = 'ID,title,authors,year,doi\nA1,"Motor cortex, ten hertz",Lind A,2020,10.1000/one\nA2,Sham or not,Roe R,2021,\n'


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


# ------------------------------------------------------------------------------------------------------ several files


def test_a_refused_file_does_not_stop_the_others_and_leaves_no_entry_in_the_ledger(
    store: Store, tmp_path: Path
) -> None:
    said: list[str] = []
    done = import_files(
        store,
        [
            write(tmp_path, "one.csv", CSV),
            write(tmp_path, "page.html", "<html><body>Error</body></html>"),
            tmp_path / "not there.ris",
            write(tmp_path, "two.xml", article_set([article(7)])),
        ],
        tell=said.append,
    )
    assert [(one.file, one.refused, one.read) for one in done] == [
        ("one.csv", False, 2),
        ("page.html", True, 0),
        ("not there.ris", True, 0),
        ("two.xml", False, 1),
    ]
    assert all(one.error.startswith(one.file) for one in done if one.refused)
    assert "web page" in done[1].error
    assert [run.status for run in store.searches()] == ["complete", "complete"]
    assert len(said) == 4


def test_a_file_of_nothing_known_is_refused_and_says_what_it_looks_like(store: Store, tmp_path: Path) -> None:
    (done,) = import_files(store, [write(tmp_path, "figure.pdf", b"%PDF-1.7\n...")])
    assert done.refused
    assert "PDF" in done.error
    assert store.searches() == ()


# ------------------------------------------------------------------------------------------------------------- again


@pytest.mark.parametrize("name", ["first.csv", "another name.csv"])
def test_the_same_file_adds_nothing_under_whatever_name_and_says_so(store: Store, tmp_path: Path, name: str) -> None:
    (first,) = import_files(store, [write(tmp_path, "first.csv", CSV)])
    said: list[str] = []
    (again,) = import_files(store, [write(tmp_path / "b", name, CSV)], tell=said.append)
    assert (again.new, again.changed, again.known) == (0, 0, 2)
    assert again.before is not None
    assert again.before.id == first.run
    assert "this very file was imported on" in said[0]
    assert f"the same file as run {first.run}" in store.searches()[-1].remarks
    assert store.counts().records == 2


def test_a_file_that_grew_brings_what_is_new_and_what_changed(store: Store, tmp_path: Path) -> None:
    import_files(store, [write(tmp_path, "embase.csv", CSV)])
    grown = CSV.replace("Sham or not", "Sham  or not").replace(",2021,", ",2022,") + "A3,A third,Poe P,2023,\n"
    (done,) = import_files(store, [write(tmp_path, "embase.csv", grown)])
    assert (done.new, done.changed, done.known) == (1, 1, 1)
    assert [change.fields[0][0] for change in store.record_changes("embase:A2")] == ["year"]


def test_an_older_file_does_not_bring_back_what_has_changed_since(store: Store, tmp_path: Path) -> None:
    old = write(tmp_path, "old.xml", article_set([article(1, title="As it was")]))
    new = write(tmp_path, "new.xml", article_set([article(1, title="As it is")]))
    import_files(store, [old, new])
    (again,) = import_files(store, [old])
    assert (again.new, again.changed, again.known) == (0, 0, 1)
    assert store.record("pubmed:1").title == "As it is"
    assert len(store.record_versions("pubmed:1")) == 2


def test_what_pubmed_itself_sent_stands_unless_the_file_says_retracted(store: Store, tmp_path: Path) -> None:
    run = store.begin_search("pain", "q")
    fetched = [Record(source="pubmed", source_id=str(n), pmid=str(n), title=f"Fetched {n}") for n in (1, 2)]
    store.add_records(run, "pain", [(record, None) for record in fetched])
    store.finish_search(run)
    retracted = article(2, title="Fetched 2", types=["Retracted Publication"])
    file = write(tmp_path, "x.xml", article_set([article(1, title="Exported"), retracted, article(3)]))
    (done,) = import_files(store, [file])
    assert (done.new, done.changed, done.known) == (1, 1, 1)
    assert store.record("pubmed:1").title == "Fetched 1"
    assert store.record("pubmed:2").retracted
    assert {found.strategy for found in store.found_by("pubmed:1")} == {"pain", "file: x"}


# ------------------------------------------------------------------------------------------------ ledger and kept copy


def test_the_ledger_says_what_was_searched_where_and_when_and_how_it_was_read(store: Store, tmp_path: Path) -> None:
    file = write(tmp_path, "export.csv", CSV)
    (done,) = import_files(
        store,
        [file],
        source="Embase",
        kind="register",
        query="'transcranial magnetic stimulation'/exp AND pain",
        searched=date(2026, 1, 31),
        by="anna",
    )
    (run,) = store.searches()
    assert (run.id, run.source, run.kind, run.by, run.strategy) == (
        done.run,
        "Embase",
        "register",
        "anna",
        "file: Embase",
    )
    assert run.query == "'transcranial magnetic stimulation'/exp AND pain"
    assert "export.csv: CSV" in run.remarks
    assert "UTF-8" in run.remarks
    assert "searched on 2026-01-31" in run.remarks
    assert store.raw_body(store.raw_answers(run.id)[0].sha256) == file.read_bytes()


def test_every_entry_is_a_record_or_unreadable_and_both_can_be_looked_at_again(store: Store, tmp_path: Path) -> None:
    rows = CSV + "A3,too,many,2020,cells,here,and,here\nA4,Good again,Lee L,2019,\n"
    (done,) = import_files(store, [write(tmp_path, "list.csv", rows)])
    assert done.run is not None
    assert (done.read, [item.position for item in done.unreadable]) == (3, [3])
    assert "entry 3 (line 4)" in store.searches()[0].remarks
    (again,) = unreadable_again(store, done.run)
    assert "too,many" in again.raw
    (version,) = store.record_versions("list:A4")
    assert entry_as_it_stands(store, version) == "A4,Good again,Lee L,2019,"


def test_the_raw_entry_of_a_pubmed_record_is_cut_out_of_its_file(store: Store, tmp_path: Path) -> None:
    document = article_set([article(5, title="Fünf"), article(6)])
    import_files(store, [write(tmp_path, "set.xml.gz", gzip.compress(document))])
    (version,) = store.record_versions("pubmed:5")
    raw = entry_as_it_stands(store, version)
    assert raw is not None
    assert raw.startswith("<PubmedArticle>")
    assert "Fünf" in raw
    assert ">6<" not in raw
    assert raw.count("</PubmedArticle>") == 1


def test_a_record_without_a_kept_answer_has_no_raw_entry(store: Store) -> None:
    run = store.begin_search("pain", "q")
    store.add_records(run, "pain", [(Record(source="pubmed", source_id="1", pmid="1", title="T"), None)])
    assert entry_as_it_stands(store, store.record_versions("pubmed:1")[0]) is None


def test_a_large_file_is_kept_packed_and_never_whole_in_memory(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_files, "KEPT_AS_IT_IS", 100_000)
    long = " ".join(["pain"] * 4000)
    file = tmp_path / "large.xml"
    with file.open("wb") as out:
        out.write(b"<PubmedArticleSet>")
        for pmid in range(1, 301):
            out.write(article(pmid, abstract=long).encode())
        out.write(b"</PubmedArticleSet>")
    assert file.stat().st_size > 6_000_000
    tracemalloc.start()
    try:
        copy = kept_files.kept_copy(file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert copy.packed
    assert gzip.decompress(copy.body) == file.read_bytes()
    assert peak < 4_000_000
    (done,) = import_files(store, [file])
    assert done.new == 300
    assert "kept packed with gzip" in store.searches()[0].remarks
    raw = entry_as_it_stands(store, store.record_versions("pubmed:300")[0])
    assert raw is not None
    assert raw.startswith("<PubmedArticle>")


def test_a_file_too_large_to_be_kept_is_refused_with_what_to_do(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_files, "LARGEST", 50)
    (done,) = import_files(store, [write(tmp_path, "big.csv", CSV)])
    assert done.refused
    assert "Split the file" in done.error


def test_an_archive_is_imported_file_by_file(store: Store, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a/one.csv", CSV)
        archive.writestr("two.xml", article_set([article(9)]))
        archive.writestr("readme.pdf", b"%PDF-1.4")
    (done,) = import_files(store, [write(tmp_path, "all.zip", packed.getvalue())])
    assert (done.new, len(done.unreadable)) == (3, 1)
    assert done.format == "3 files in an archive"
    raw = entry_as_it_stands(store, store.record_versions("all:A1")[0])
    assert raw is not None
    assert "Motor cortex" in raw


# --------------------------------------------------------------------------------------------------- stopped and cut


class Stop(BaseException):
    """Stands for Ctrl-C, or for the page that is closed."""


def test_an_import_that_is_stopped_closes_its_entry_and_the_next_one_goes_on(store: Store, tmp_path: Path) -> None:
    rows = "ID,title,year\n" + "".join(f"{n},Trial number {n},2020\n" for n in range(700))
    file = write(tmp_path, "many.csv", rows)

    def stop(progress: Progress) -> None:
        if progress.done >= 400:
            raise Stop

    with pytest.raises(Stop):
        import_files(store, [file], progress=stop)
    (run,) = store.searches()
    assert (run.status, run.error) == ("failed", "stopped")
    assert 400 <= store.counts().records < 700
    (done,) = import_files(store, [file])
    assert done.new + done.known == 700
    assert done.new == 700 - run.new
    assert done.before is None


def test_an_entry_left_open_by_a_dead_process_is_closed_by_the_next_import(store: Store, tmp_path: Path) -> None:
    store.begin_search("file: dead", "dead.csv", source="dead")
    other = store.begin_search("pain", "still being run by somebody else")
    import_files(store, [write(tmp_path, "one.csv", CSV)])
    assert [(run.strategy, run.status) for run in store.searches()] == [
        ("file: dead", "failed"),
        ("pain", "running"),
        ("file: one", "complete"),
    ]
    assert other


def test_one_import_at_a_time(store: Store, tmp_path: Path) -> None:
    file = write(tmp_path, "one.csv", CSV)
    with store.locked(importing_module.JOB, "ben", timedelta(minutes=5)), pytest.raises(Busy, match="ben"):
        import_files(store, [file], wait=0)
    assert store.searches() == ()
    (done,) = import_files(store, [file], wait=0)
    assert done.new == 2


def test_one_record_that_cannot_be_kept_is_named_and_the_others_are_taken_in(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = [
        Record(source="csv", source_id="1", title="Good", position=1),
        Record(source="csv", source_id="2\0", title="Bad", position=2, raw="the text"),
        Record(source="csv", source_id="3", title="Good as well", position=3),
    ]

    def read(_path: Path, *, mapping: Mapping | None = None) -> Iterator[Record | Unreadable]:
        return iter(odd)

    monkeypatch.setattr(importing_module, "read_records", read)
    (done,) = import_files(store, [write(tmp_path, "odd.csv", CSV)])
    assert done.new == 2
    assert [(item.position, item.raw) for item in done.unreadable] == [(2, "the text")]


_CELL = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=30)


@given(rows=st.lists(st.tuples(_CELL, _CELL, _CELL), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_table_holds_nothing_is_lost_and_nothing_comes_twice(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("review")
    text = io.StringIO(newline="")
    text.write("title,authors,abstract\r\n")
    for row in rows:
        text.write(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n")
    file = write(folder, "table.csv", text.getvalue())
    before = preview(file)
    with Store.open(folder) as store:
        (done,) = import_files(store, [file])
        (again,) = import_files(store, [file])
        assert (done.read, len(done.unreadable)) == (before.records, before.unreadable_count)
        assert again.new == again.changed == 0
        assert store.counts().records == done.new


# --------------------------------------------------------------------------------------------------- columns of tables

ODD = "Paper;Who;When\nMotor cortex, ten hertz;Lind A;2020\nSham or not;Roe R;2021\n"


def told(path: Path, **columns: str) -> Mapping:
    mapping = guessed_mapping(path)
    assert mapping is not None
    return mapping.with_columns(dict(columns))


def test_columns_that_nobody_knows_are_told_once_and_remembered_for_the_header(store: Store, tmp_path: Path) -> None:
    file = write(tmp_path, "odd.csv", ODD)
    (refused,) = import_files(store, [file])
    assert refused.refused
    mapping = told(file, title="Paper", authors="Who", year="When")
    remember_mapping(store, mapping)
    (done,) = import_files(store, [file], mapping=remembered_for(store))
    assert done.new == 2
    assert {record.year for record in store.records()} == {2020, 2021}
    next_year = write(tmp_path, "next.csv", ODD + "A third;Poe P;2026\n")
    shown = preview(next_year, store)
    assert (shown.remembered, shown.records) == (True, 3)
    assert preview(write(tmp_path, "other.csv", ODD.replace("Who", "Writers")), store).remembered is False
    raw = entry_as_it_stands(store, store.record_versions(store.records()[0].key)[0])
    assert raw == "Motor cortex, ten hertz;Lind A;2020"


def test_what_is_remembered_is_the_columns_not_the_separator_of_another_file(store: Store, tmp_path: Path) -> None:
    remember_mapping(store, told(write(tmp_path, "a.csv", ODD), title="Paper"))
    guessed = guess_mapping(ODD.replace(";", "\t").replace(",", ""))
    kept = remembered_mapping(store, guessed)
    assert kept is not None
    assert (kept.separator, kept.columns) == ("\t", {"title": ("Paper",)})


def test_a_mapping_in_a_file_names_some_columns_and_leaves_the_others_guessed(tmp_path: Path) -> None:
    file = write(tmp_path, "list.csv", "Paper,Title of journal,year,Author keywords\nA trial,J Pain,2020,sham\n")
    choose = mapping_from_file(
        write(tmp_path, "mapping.json", json.dumps({"title": "Paper", "journal": ["Title of journal"], "year": ""}))
    )
    mapping = choose(file)
    assert mapping is not None
    assert mapping.columns == {
        "title": ("Paper",),
        "journal": ("Title of journal",),
        "keywords": ("Author keywords",),
    }
    assert choose(write(tmp_path, "x.xml", article_set([article(1)]))) is None


@pytest.mark.parametrize("said", ["{", "[]", '{"title": 3}'])
def test_a_file_that_is_no_mapping_is_refused_before_anything_is_read(tmp_path: Path, said: str) -> None:
    with pytest.raises(BadMapping, match=r"mapping\.json"):
        mapping_from_file(write(tmp_path, "mapping.json", said))


@pytest.mark.parametrize(
    ("said", "why"), [('{"title": "Nowhere"}', "no column"), ('{"nonsense": "Paper"}', "no field")]
)
def test_a_mapping_that_does_not_fit_the_table_is_refused_by_name(
    store: Store, tmp_path: Path, said: str, why: str
) -> None:
    choose = mapping_from_file(write(tmp_path, "mapping.json", said))
    (done,) = import_files(store, [write(tmp_path, "odd.csv", ODD)], mapping=choose)
    assert done.refused
    assert why in done.error
    assert "mapping.json" in done.error


# ------------------------------------------------------------------------------------------------------------ preview


def test_a_preview_shows_what_would_come_and_stores_nothing(store: Store, tmp_path: Path) -> None:
    file = write(tmp_path, "list.csv", CSV + "A3,too,many,2020,cells,here\n")
    shown = preview(file, store)
    assert (shown.entries, shown.records, shown.unreadable_count, shown.error) == (3, 2, 1, "")
    assert [record.title for record in shown.first] == ["Motor cortex, ten hertz", "Sham or not"]
    assert shown.unreadable[0].line == 4
    assert shown.mapping is not None
    assert shown.mapping.columns["title"] == ("title",)
    assert "table" in shown.format
    assert store.searches() == ()


def test_a_preview_of_a_cut_file_counts_what_is_whole_and_says_where_it_ends(tmp_path: Path) -> None:
    document = article_set([article(n) for n in range(1, 11)])
    shown = preview(write(tmp_path, "cut.xml", document[: len(document) // 2]))
    assert 0 < shown.records < 10
    assert "ends before it is complete" in shown.error
    assert shown.usable


def test_a_preview_of_something_else_says_what_it_is(tmp_path: Path) -> None:
    shown = preview(write(tmp_path, "figure.pdf", b"%PDF-1.7"))
    assert not shown.usable
    assert "PDF" in shown.error
    assert shown.mapping is None


# ------------------------------------------------------------------------------------------------------ command line


def command(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, Any, str]:
    code = main(["import", *map(str, arguments)])
    said = capsys.readouterr()
    return code, json.loads(said.out) if "--json" in arguments else said.out, said.err


def test_the_command_gives_every_file_its_outcome_and_ends_badly_if_one_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "review"
    init_review(folder)
    files = (write(tmp_path, "one.csv", CSV), write(tmp_path, "page.html", "<html></html>"))
    code, said, errors = command(capsys, *files, "--review", folder, "--kind", "register", "--json")
    assert code == 1
    assert (said["read"], said["new"], said["known"], said["unreadable"]) == (2, 2, 0, [])
    assert [(one["file"], one["refused"]) for one in said["files"]] == [("one.csv", False), ("page.html", True)]
    assert "page.html" in errors
    code, said, _ = command(capsys, files[0], "--review", folder, "--json")
    assert (code, said["new"], said["known"], said["files"][0]["imported_before"]) == (0, 0, 2, 1)
    with Store.open(folder) as store:
        assert [run.kind for run in store.searches()] == ["register", "database"]


def test_the_command_takes_the_columns_from_a_file_or_from_what_is_remembered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "review"
    init_review(folder)
    file = write(tmp_path, "odd.csv", ODD)
    code, _, errors = command(capsys, file, "--review", folder, "--mapping", "remembered")
    assert code == 1
    assert "no mapping is remembered" in errors
    mapping = write(tmp_path, "mapping.json", '{"title": "Paper", "year": "When"}')
    code, said, _ = command(capsys, file, "--review", folder, "--mapping", mapping, "--json")
    assert (code, said["new"]) == (0, 2)
    with Store.open(folder) as store:
        remember_mapping(store, told(file, title="Paper", year="When"))
    code, _, errors = command(capsys, file, "--review", folder)
    assert code == 0
    assert "as remembered" in errors


def test_a_day_in_another_notation_is_refused_with_the_right_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["import", "x.csv", "--searched", "31.01.2026", "--review", str(tmp_path)])
    assert ended.value.code == 2
    assert "'31.01.2026' is no day: write it as 2026-01-31" in capsys.readouterr().err


def test_a_day_that_has_not_come_is_no_day_of_a_search(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["import", "x.csv", "--searched", "2999-01-01", "--review", str(tmp_path)])
    assert ended.value.code == 2
    assert "has not come yet" in capsys.readouterr().err


def test_columns_given_in_a_file_are_remembered_for_the_next_table_with_this_header(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "review"
    init_review(folder)
    columns = write(tmp_path, "columns.json", json.dumps({"title": "Paper", "authors": "Who", "year": "When"}))
    first, second = write(tmp_path, "odd.csv", ODD), write(tmp_path, "next.csv", ODD + "A third;Poe P;2026\n")
    assert main(["import", str(first), "--mapping", str(columns), "--review", str(folder)]) == 0
    assert "remembered for tables with this header" in capsys.readouterr().err
    assert main(["import", str(second), "--review", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["read"] == 3
