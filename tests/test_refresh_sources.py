"""Records from PubMed by other ways than a strategy: links of the included studies, lists of PMIDs, update files."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.eutils import LocalServer, PubMed, Transport
from ingest.eutils.faults import Fault, status
from ingest.record import IngestError
from tests.refresh_documents import article, document
from tests.test_cli import answer, run
from workbench.extraction import Study
from workbench.refresh import apply_update_files, chase, fetch_pmid_list, run_refresh
from workbench.refresh.chasing import NothingToChase
from workbench.refresh.pmid_list import BadList, read_pmid_list
from workbench.refresh.update_files import NotAnUpdateFile, revision_dates
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.store import Busy, Store

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BOTH = pytest.mark.parametrize("engine_name", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
OUT_OF_REACH = "Nothing that a strategy finds."


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return init_review(tmp_path_factory.mktemp("sources") / "review", "rtms-pain")


@pytest.fixture(scope="module")
def review(folder: Path) -> ReviewDefinition:
    return load_review(folder)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    trials = (article(1, cites=[20, 21]), article(2, cites=[21]), article(3))
    others = (article(n, f"Elsewhere {n}", abstract=OUT_OF_REACH) for n in (20, 21, 40, 41, 42, 43))
    citing = article(30, "A later one", abstract=OUT_OF_REACH, cites=[1])
    with LocalServer([document(*trials, citing, *others)]) as running:
        similar = {"1": ("2", "40", "41", "42"), "2": ("43", "40")}
        running.link({"pubmed_pubmed": similar})
        yield running
        assert running.failures == []


def client(server: LocalServer, **settings: Any) -> PubMed:
    return PubMed(Transport(base_url=server.base_url, rate=1000, backoff=0.001, **settings))


def begin(store: Store, review: ReviewDefinition, server: LocalServer) -> None:
    """Three trials found by the strategy, two of them in studies."""
    run_refresh(store, review, client(server), only=["fibromyalgia"], now=lambda: NOW)
    for number in (1, 2):
        study = Study(
            id=f"s{number}", label=f"Lind {number}", reports=(f"pubmed:{number}",), created_by="a", created_at=NOW
        )
        store.add_study(study)


# --------------------------------------------------------------------------------------------------- citation searching


@BOTH
def test_links_of_the_included_studies_are_named_sources_and_say_what_led_where(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    begin(store, review, server)
    runs = chase(store, review, client(server), most={"similar": 2}, by="anna")
    assert [(run.strategy, run.kind, run.status, run.count, run.new) for run in runs] == [
        ("citation searching: similar", "citation searching", "complete", 3, 2),
        ("citation searching: cited by", "citation searching", "complete", 1, 1),
        ("citation searching: references", "citation searching", "complete", 2, 2),
    ]
    assert "at most 2 from each" in runs[0].query
    assert runs[0].remarks == "from 2 included records; 2 links beyond the limit were not followed"
    assert store.known_pmids() == {"1", "2", "3", "20", "21", "30", "40", "43"}
    assert {(lead.seed, lead.link, lead.run) for lead in store.led_by("pubmed:40")} == {
        ("pubmed:1", "similar", runs[0].id),
        ("pubmed:2", "similar", runs[0].id),
    }
    assert {lead.seed for lead in store.led_by("pubmed:21")} == {"pubmed:1", "pubmed:2"}
    assert store.led_by("pubmed:3") == ()
    assert {found.strategy for found in store.found_by("pubmed:2")} == {"fibromyalgia", "citation searching: similar"}
    assert [event.detail for event in store.history("pubmed:30") if event.action == "found by citation searching"] == [
        f"from pubmed:1 (cited by, run {runs[1].id})"
    ]
    assert {answer.kind for answer in store.raw_answers(runs[1].id)} == {"elink", "efetch", "requests"}
    again = chase(store, review, client(server), most={"similar": 2})
    assert [(run.new, run.changed) for run in again] == [(0, 0)] * 3
    assert len(store.led_by("pubmed:40")) == 2


def test_a_kind_of_link_without_a_limit_is_followed_whole(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    begin(store, review, server)
    (found,) = chase(store, review, client(server), links=["similar"], most={})
    assert (found.count, found.new) == (5, 4)
    assert "at most" not in found.query


def test_without_included_studies_nothing_is_chased_and_an_unknown_link_is_refused(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    with pytest.raises(NothingToChase, match="no included report"):
        chase(store, review, client(server))
    begin(store, review, server)
    before = len(store.searches())
    with pytest.raises(IngestError, match="similar, cited by, references, not likes"):
        chase(store, review, client(server), links=["likes"])  # type: ignore[list-item]
    with store.locked("refresh", "ben"), pytest.raises(Busy, match="ben"):
        chase(store, review, client(server))
    assert len(store.searches()) == before


def test_a_link_that_fails_is_recorded_and_the_next_one_is_followed(
    store: Store, review: ReviewDefinition, server: LocalServer
) -> None:
    begin(store, review, server)
    server.faults.append(Fault("elink", 1, status(500)))
    runs = chase(store, review, client(server, max_tries=1), links=["similar", "references"])
    assert [run.status for run in runs] == ["failed", "complete"]
    assert "500" in runs[0].error


# ------------------------------------------------------------------------------------------------------ lists of PMIDs


@BOTH
def test_every_line_of_a_list_brings_a_record_or_is_named(
    store: Store, review: ReviewDefinition, server: LocalServer, tmp_path: Path
) -> None:
    begin(store, review, server)
    file = tmp_path / "from a colleague.txt"
    file.write_text(
        "# from Ann\n1\nPMID: 40\n\nhttps://pubmed.ncbi.nlm.nih.gov/41/?from=mail\n40\n999\nPMC12\nJane's paper\n",
        encoding="utf-16",
    )
    done = fetch_pmid_list(store, client(server), file, by="anna")
    assert (done.pmids, done.new, done.known) == (("1", "40", "41", "999"), 2, 1)
    assert [(line.number, line.text) for line in done.unknown] == [(7, "999")]
    assert [(line.number, line.reason) for line in done.duplicate] == [(6, "the same as line 3")]
    assert [(line.number, line.text) for line in done.invalid] == [(8, "PMC12"), (9, "Jane's paper")]
    assert done.invalid[0].reason == "a number of PubMed Central, not of PubMed"
    assert (done.run.strategy, done.run.kind, done.run.status) == (
        "PMID list: from a colleague.txt",
        "other",
        "complete",
    )
    assert "unknown to PubMed: 999" in done.run.remarks
    assert store.raw_body(store.raw_answers(done.run.id)[0].sha256) == file.read_bytes()
    again = fetch_pmid_list(store, client(server), file, name="again", kind="database")
    assert (again.new, again.known, again.run.kind, again.run.strategy) == (0, 3, "database", "PMID list: again")


@pytest.mark.parametrize(
    ("text", "pmids"),
    [
        ("PMID\n1\n2\n", ("1", "2")),
        ("Title,PMID,Year\n\"On pain,\nin two lines\",12,2020\nx,13,2021\n", ("12", "13")),
        ('Title,PMID\n"never closed,13\nx,14\ny,15\n', ("13", "14", "15")),
        ("title\tPubMed ID\nx\t5\n", ("5",)),
        ("\ufeff1\r\n2\r\n", ("1", "2")),
        ("1, 2; 3 4", ("1", "2", "3", "4")),
        ("00012\n12345678.0\npubmed:7\n\"8\",\n", ("12", "12345678", "7", "8")),
        ("www.ncbi.nlm.nih.gov/pubmed/9\npubmed.ncbi.nlm.nih.gov/10/#x\nhttps://pmc.ncbi.nlm.nih.gov/articles/PMC1/\n",
         ("9", "10")),
        ("https://evil.example/pubmed.ncbi.nlm.nih.gov/11\nNCT01234567\n10.1000/1\n-5\n0\n1e5\n٣\n6", ("6",)),
    ],
)  # fmt: skip
def test_a_list_may_be_written_in_many_ways(text: str, pmids: tuple[str, ...]) -> None:
    if "never closed" in text:
        pmids = pmids[1:]  # the line of the quotation mark itself is named
        assert [line.number for line in read_pmid_list(text).invalid] == [2]
    assert read_pmid_list(text).pmids == pmids


@given(st.lists(st.one_of(st.integers(1, 99_999_999).map(str), st.text(max_size=20))))
def test_no_line_of_a_list_is_passed_over(lines: list[str]) -> None:
    lines = ["".join(line.split()).strip("#,;'\"\ufeff|") for line in lines]
    lines = [line for line in lines if line and line.splitlines() == [line] and not line.startswith("#")]
    read = read_pmid_list("7\n" + "\n".join(lines))
    spoken_of = {*read.lines.values(), *(line.number for line in (*read.duplicate, *read.invalid))}
    silent = [line for number, line in enumerate(lines, start=2) if number not in spoken_of]
    assert not [line for line in silent if line.strip("\"' ,;")]


@pytest.mark.parametrize("text", ["", "\n# nothing\n", "no number here\n", "PMID\n"])
def test_a_list_without_a_pmid_is_refused_and_leaves_no_entry(store: Store, server: LocalServer, text: str) -> None:
    with pytest.raises(BadList, match="holds no PMID"):
        fetch_pmid_list(store, client(server), text)
    assert store.searches() == ()


def test_a_list_that_is_not_there_or_is_none_is_refused(store: Store, server: LocalServer, tmp_path: Path) -> None:
    with pytest.raises(BadList, match="cannot be read"):
        fetch_pmid_list(store, client(server), tmp_path / "missing.txt")
    huge = tmp_path / "huge.bin"
    with huge.open("wb") as file:
        file.truncate(17 * 1024 * 1024)
    with pytest.raises(BadList, match="larger than 16 MB"):
        fetch_pmid_list(store, client(server), huge)


# --------------------------------------------------------------------------------------------------------- update files


def update(folder: Path, number: int, content: bytes, *, md5: str | None = "right") -> Path:
    path = folder / f"pubmed26n{number:04}.xml.gz"
    path.write_bytes(gzip.compress(content, mtime=0))
    if md5 is not None:
        told = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() if md5 == "right" else md5
        path.with_name(path.name + ".md5").write_text(f"MD5({path.name})= {told}\n")
    return path


@BOTH
def test_update_files_change_what_the_review_holds_and_nothing_else(
    store: Store, review: ReviewDefinition, server: LocalServer, tmp_path: Path
) -> None:
    begin(store, review, server)
    second = update(
        tmp_path, 1336, document(article(1, "A second correction", cites=[20], revised="2026/2/2"), deleted=[3, 555])
    )
    first = update(
        tmp_path,
        1335,
        document(
            article(1, "A correction", revised="2026/1/1"),
            article(2, "As it was long ago", revised="2019/1/1"),
            article(777, "Of no concern here"),
        ),
    )
    runs = apply_update_files(store, [second, first], by="anna")
    assert [(run.strategy, run.status, run.count, run.new, run.changed, run.withdrawn) for run in runs] == [
        ("PubMed update file: pubmed26n1335.xml.gz", "complete", 3, 0, 1, 0),
        ("PubMed update file: pubmed26n1336.xml.gz", "complete", 1, 0, 1, 1),
    ]
    assert (
        runs[0].remarks == "looked at 3 entries, 2 of them records of the review, 1 of these older than what it holds"
    )
    assert [version.record.title for version in store.record_versions("pubmed:1")][1:] == [
        "A correction",
        "A second correction",
    ]
    assert len(store.record_versions("pubmed:2")) == 1
    assert store.withdrawn() == {"pubmed:3"}
    assert store.known_pmids() == {"1", "2", "3"}
    assert apply_update_files(store, [first, second]) == ()  # applied before
    # The same number with another content is another file; what it says is older than what stands.
    (late,) = apply_update_files(store, [update(tmp_path, 1335, document(article(1, "Late", revised="2026/1/15")))])
    assert (late.status, late.changed) == ("complete", 0)


def test_a_file_applied_late_takes_back_no_retraction_and_no_withdrawal_that_pubmed_told_since(
    store: Store, review: ReviewDefinition, server: LocalServer, tmp_path: Path
) -> None:
    begin(store, review, server)
    # A retraction touches no date, and record 3 was withdrawn; the file was issued before either.
    server.serve([document(article(1, links=[("RetractionIn", "77")]), article(2))])
    run_refresh(store, review, client(server), only=["fibromyalgia"], now=lambda: NOW)
    assert (store.record("pubmed:1").retracted, set(store.withdrawn())) == (True, {"pubmed:3"})
    file = update(tmp_path, 1, document(article(1), article(2), article(3, revised="2020/6/1")))
    (run,) = apply_update_files(store, [file])
    assert (run.status, run.changed) == ("complete", 0)
    assert "2 of these older than what it holds" in run.remarks
    assert (store.record("pubmed:1").retracted, set(store.withdrawn())) == (True, {"pubmed:3"})
    # One issued later tells what is news, though the record's own date stands still.
    concern = article(1, links=[("RetractionIn", "77"), ("ExpressionOfConcernIn", "78")])
    (run,) = apply_update_files(store, [update(tmp_path, 2, document(concern, article(3, revised="2999/1/1")))])
    assert (run.changed, store.withdrawn()) == (1, frozenset())
    assert len(store.record("pubmed:1").links) == 2


def test_a_file_that_is_not_what_its_md5_says_ends_the_work(
    store: Store, review: ReviewDefinition, server: LocalServer, tmp_path: Path
) -> None:
    begin(store, review, server)
    files = [
        update(tmp_path, 1, document(article(1, "A correction", revised="2026/1/1")), md5="0" * 32),
        update(tmp_path, 2, document(article(2, "Another", revised="2026/1/1"))),
    ]
    (failed,) = apply_update_files(store, files)
    assert (failed.status, failed.changed) == ("failed", 0)
    assert "download it again" in failed.error
    files[0].with_name(files[0].name + ".md5").write_text("nothing")
    (failed,) = apply_update_files(store, files)
    assert "holds no MD5 sum" in failed.error
    files[0].with_name(files[0].name + ".md5").unlink()
    assert [run.changed for run in apply_update_files(store, files)] == [1, 1]


def test_a_cut_file_fails_and_is_applied_whole_once_it_is(
    store: Store, review: ReviewDefinition, server: LocalServer, tmp_path: Path
) -> None:
    begin(store, review, server)
    whole = document(article(1, "A correction", revised="2026/1/1"), article(2, "Another", revised="2026/1/1"))
    path = update(tmp_path, 1, whole[: len(whole) - 900], md5=None)
    (failed,) = apply_update_files(store, [path])
    assert (failed.status, bool(failed.error)) == ("failed", True)
    (done,) = apply_update_files(store, [update(tmp_path, 1, whole, md5=None)])
    assert (done.status, failed.changed + done.changed) == ("complete", 2)


def test_a_file_of_another_name_is_refused_before_anything_is_done(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotAnUpdateFile, match="workbench import"):
        apply_update_files(store, [update(tmp_path, 1, document()), tmp_path / "export.xml"])
    with pytest.raises(NotAnUpdateFile, match="there is no file"):
        apply_update_files(store, [tmp_path / "pubmed26n0009.xml.gz"])
    assert store.searches() == ()


@given(st.integers(1, 400))
def test_revision_dates_are_found_wherever_the_steps_are_cut(size: int) -> None:
    whole = document(article(1, revised="2026/1/2"), article(2, revised="2025/11/12"), article(3))
    steps = [whole[start : start + size] for start in range(0, len(whole), size)]
    assert revision_dates(steps) == {"1": "2026-01-02", "2": "2025-11-12", "3": "2020-05-18"}


# ---------------------------------------------------------------------------------------------------------- commands


def test_the_commands_say_what_they_did_and_how_it_went(
    review: ReviewDefinition, server: LocalServer, tmp_path: Path
) -> None:
    folder = init_review(tmp_path / "review", "rtms-pain")
    with Store.open(folder) as store:
        begin(store, review, server)
    told = {"WORKBENCH_REVIEW": str(folder), "WORKBENCH_EUTILS_URL": server.base_url}
    runs = answer("chase", "--link", "references", "--json", cwd=tmp_path, **told)
    assert [(entry["strategy"], entry["kind"], entry["new"]) for entry in runs] == [
        ("citation searching: references", "citation searching", 2)
    ]
    (tmp_path / "list.txt").write_text("40\n40\n")
    done = answer("fetch-pmids", "list.txt", "--kind", "register", "--json", cwd=tmp_path, **told)
    assert (done["run"]["kind"], done["new"], len(done["duplicate"])) == ("register", 1, 1)
    (tmp_path / "bad.txt").write_text("41\nforty-two\n")
    bad = run("fetch-pmids", "bad.txt", cwd=tmp_path, **told)
    assert bad.returncode == 1
    assert "line 2, 'forty-two': not a PMID" in bad.stderr
    file = update(tmp_path, 1, document(article(1, "A correction", revised="2026/1/1")))
    (entry,) = answer("update-files", file, "--json", cwd=tmp_path, **told)
    assert (entry["changed"], entry["status"]) == (1, "complete")
    nothing = run("update-files", "export.xml", cwd=tmp_path, **told)
    assert nothing.returncode == 1
    assert "Traceback" not in nothing.stderr
