"""The commands as outsiders call them: a process, its exit code, and one JSON document on standard output."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.eutils import LocalServer
from tests.shared_data import shared
from workbench.cli import build_parser, main
from workbench.cli.printing import print_json
from workbench.synthesis import MODERATORS

ROOT = Path(__file__).resolve().parents[1]
ARMS = """slab,m1i,sd1i,n1i,m2i,sd2i,n2i
A,4.3,1.207,20,5.66,.58,10
B,5.82,1.207,20,5.66,.58,10
C,2.45,.76,31,5.6,.67,15
"""


def article(pmid: int, title: str, abstract: str = "", extra: str = "") -> str:
    return (
        f"<PubmedArticle><MedlineCitation Status='MEDLINE' Owner='NLM'><PMID Version='1'>{pmid}</PMID><Article>"
        f"<Journal><JournalIssue><PubDate><Year>2024</Year></PubDate></JournalIssue><Title>J</Title></Journal>"
        f"<ArticleTitle>{title}</ArticleTitle><Abstract><AbstractText>{abstract}</AbstractText></Abstract>"
        f"<Language>eng</Language>{extra}</Article></MedlineCitation><PubmedData><PublicationStatus>ppublish"
        f"</PublicationStatus><ArticleIdList><ArticleId IdType='pubmed'>{pmid}</ArticleId></ArticleIdList></PubmedData>"
        f"</PubmedArticle>"
    )


def document(*articles: str) -> bytes:
    return f"<?xml version='1.0' encoding='UTF-8'?><PubmedArticleSet>{''.join(articles)}</PubmedArticleSet>".encode()


RECORDS = document(
    article(11, "rTMS in fibromyalgia: a randomised trial", "Repetitive TMS or sham, randomly assigned."),
    article(12, "rTMS for migraine prophylaxis", "A placebo-controlled trial."),
    article(13, "Physiotherapy for knee pain", "A randomised trial."),
)


def run(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workbench", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        timeout=120,
    )


def answer(*arguments: str | Path, cwd: Path, **environment: str) -> Any:
    done = run(*arguments, "--json", cwd=cwd, **environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def arms(tmp_path: Path) -> Path:
    file = tmp_path / "arms.csv"
    file.write_text(ARMS)
    return file


@pytest.fixture
def review(tmp_path: Path) -> Path:
    assert main(["init", str(tmp_path / "review")]) == 0
    return tmp_path / "review"


@pytest.fixture
def pubmed() -> Iterator[LocalServer]:
    with LocalServer([RECORDS]) as server:
        yield server


def test_effects_gives_label_yi_and_vi_per_row(arms: Path) -> None:
    rows = answer("effects", arms, "--measure", "SMD", cwd=arms.parent)
    assert [row["label"] for row in rows] == ["A", "B", "C"]
    # R metafor 3.8-1, rows T046 to T048 of rtms_pain_trials/expected_effects.csv, printed to ten digits
    assert [row["yi"] for row in rows] == pytest.approx([-1.263503937, 0.1486475219, -4.226181417], rel=1e-4)
    assert set(rows[0]) >= {"label", "yi", "vi"}


def test_pool_gives_every_name_of_the_contract(arms: Path) -> None:
    result = answer("pool", arms, "--measure", "SMD", cwd=arms.parent)
    assert set(result) >= {
        "k",
        "estimate",
        "se",
        "ci_low",
        "ci_high",
        "statistic",
        "p",
        "pi_low",
        "pi_high",
        "tau2",
        "tau2_low",
        "tau2_high",
        "i2",
        "h2",
        "q",
        "q_df",
        "q_p",
        "method",
        "ci",
        "measure",
        "studies",
    }
    assert result["method"] == "REML"
    assert result["ci"] == "hksj"
    assert sum(study["weight"] for study in result["studies"]) == pytest.approx(100)


def test_pool_reproduces_metafor_on_the_bcg_trials(tmp_path: Path) -> None:
    reference = json.loads(shared("reference/metafor/dat.bcg.json").read_text())["pool"]["RR"]
    rows = "\n".join(f"S{i},{y!r},{v!r}" for i, (y, v) in enumerate(zip(reference["yi"], reference["vi"], strict=True)))
    (tmp_path / "bcg.csv").write_text(f"slab,yi,vi\n{rows}\n")
    ours = answer("pool", "bcg.csv", "--method", "REML", "--ci", "hksj", cwd=tmp_path)
    theirs = reference["fits"]["REML/knha"]
    for name, key in {"estimate": "beta", "se": "se", "ci_low": "ci_lb", "ci_high": "ci_ub", "tau2": "tau2"}.items():
        value = theirs[key][0] if isinstance(theirs[key], list) else theirs[key]
        assert ours[name] == pytest.approx(value, rel=1e-8), name


def test_the_second_engine_can_be_chosen(arms: Path) -> None:
    result = answer(
        "pool", arms, "--measure", "MD", "--method", "DL", "--ci", "wald", "--engine", "pythonmeta", cwd=arms.parent
    )
    ours = answer("pool", arms, "--measure", "MD", "--method", "DL", "--ci", "wald", cwd=arms.parent)
    assert result["engine"] == "pythonmeta"
    assert result["estimate"] == pytest.approx(ours["estimate"], rel=1e-12)


@pytest.mark.parametrize("ending", ["svg", "pdf", "png"])
def test_forest_writes_a_figure(arms: Path, ending: str) -> None:
    done = run("forest", arms, "--measure", "SMD", "--out", f"figure.{ending}", cwd=arms.parent)
    assert done.returncode == 0, done.stderr
    start = (arms.parent / f"figure.{ending}").read_bytes()[:200]
    assert {"svg": b"<svg" in start, "pdf": start.startswith(b"%PDF"), "png": start.startswith(b"\x89PNG")}[ending]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["pool", "none.csv"], 1, "none.csv"),
        (["effects", "arms.csv", "--measure", "FOO"], 1, "FOO"),
        (["forest", "arms.csv", "--measure", "SMD", "--out", "figure.docx"], 1, "docx"),
        (["refresh", "--review", "nowhere"], 1, "nowhere"),
        (["pool"], 2, "FILE"),
        (["nonsense"], 2, "nonsense"),
        ([], 2, "COMMAND"),
    ],
)
def test_failures_have_their_exit_code_and_say_what_is_wrong(
    arms: Path, arguments: list[str], code: int, words: str
) -> None:
    done = run(*arguments, cwd=arms.parent)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_records_counts_what_cannot_be_read_and_fails_on_a_cut_file(tmp_path: Path) -> None:
    (tmp_path / "whole.xml").write_bytes(RECORDS)
    (tmp_path / "cut.xml").write_bytes(RECORDS[: len(RECORDS) * 2 // 3])
    whole = answer("records", "whole.xml", cwd=tmp_path)
    assert [record["pmid"] for record in whole["records"]] == ["11", "12", "13"]
    assert whole["unreadable"] == []
    done = run("records", "cut.xml", "--json", cwd=tmp_path)
    assert done.returncode == 1
    cut = json.loads(done.stdout)
    assert len(cut["records"]) + len(cut["unreadable"]) >= 2
    assert cut["unreadable"][-1]["file"] == "cut.xml"


def test_a_refresh_from_the_command_line_and_a_second_one_that_adds_nothing(review: Path, pubmed: LocalServer) -> None:
    first = answer("refresh", "--review", review, cwd=review, WORKBENCH_EUTILS_URL=pubmed.base_url)
    assert {entry["strategy"]: entry["new"] for entry in first} == {
        "neuropathic_pain": 0,
        "fibromyalgia": 1,
        "migraine": 1,
        "central_pain": 0,
        "pain_depression": 0,
    }
    assert set(first[0]) >= {
        "strategy",
        "query",
        "translation",
        "count",
        "new",
        "changed",
        "withdrawn",
        "retracted",
        "requests",
        "status",
        "started",
        "finished",
    }
    second = answer("refresh", "--review", review, cwd=review, WORKBENCH_EUTILS_URL=pubmed.base_url)
    assert {entry["status"] for entry in second} == {"complete"}
    assert sum(entry["new"] + entry["changed"] + entry["withdrawn"] for entry in second) == 0


def test_a_refresh_that_fails_says_so_and_exits_with_one(review: Path, pubmed: LocalServer) -> None:
    done = run("refresh", "--review", review, cwd=review, WORKBENCH_EUTILS_URL="http://example.org/eutils/")
    assert done.returncode == 1
    assert "example.org" in done.stderr


def test_import_dedupe_prisma_and_reviewer(review: Path, tmp_path: Path) -> None:
    (tmp_path / "records.xml").write_bytes(RECORDS)
    (tmp_path / "more.csv").write_text(
        "ID,title,authors,year,journal,doi\n7,Deep TMS in central pain,Lind A,2020,Pain,10.1/x\n"
    )
    first = answer("import", tmp_path / "records.xml", tmp_path / "more.csv", "--review", review, cwd=tmp_path)
    assert (first["read"], first["new"], first["known"]) == (4, 4, 0)
    again = answer("import", tmp_path / "records.xml", tmp_path / "more.csv", "--review", review, cwd=tmp_path)
    assert (again["read"], again["new"], again["known"]) == (4, 0, 4)
    assert answer("dedupe", "--review", review, cwd=tmp_path)["groups"] == 0
    flow = answer("prisma", "--review", review, cwd=tmp_path)
    assert flow["records_screened"] == 4
    assert flow["undecided"] == 4
    people = answer("reviewer", "anna", "--role", "lead", "--review", review, cwd=tmp_path)
    assert people[0]["name"] == "anna"
    answer("reviewer", "anna", "--display", "Anna Lind", "--review", review, cwd=tmp_path)
    again = answer("reviewer", "anna", "--review", review, cwd=tmp_path)
    assert [(p["name"], p["role"], p["display"]) for p in again] == [("anna", "lead", "Anna Lind")]


def test_analysing_an_empty_review_says_what_is_missing(review: Path) -> None:
    results = answer("analyse", "--review", review, cwd=review)
    assert {result["indication"] for result in results} == {
        "neuropathic_pain",
        "fibromyalgia",
        "migraine",
        "central_pain",
        "pain_depression",
    }
    assert all(result["k"] == 0 and result["statement"] for result in results)


def test_a_terminal_without_the_letters_is_no_failure(review: Path) -> None:
    done = run("analyse", "--review", review, "--json", cwd=review, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert json.loads(done.stdout)


def test_an_encoding_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "odd.xml").write_bytes(b'<?xml version="1.0" encoding="gbk"?><PubmedArticleSet/>')
    done = run("records", "odd.xml", cwd=tmp_path)
    assert done.returncode == 1
    assert "encoding" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_environment_names_the_review(review: Path, tmp_path: Path) -> None:
    assert answer("prisma", cwd=tmp_path, WORKBENCH_REVIEW=str(review))["records_screened"] == 0


def test_the_help_names_every_moderator() -> None:
    analyse = next(a for a in build_parser()._actions if a.dest == "command").choices["analyse"]  # type: ignore[index]
    help_text = next(action.help for action in analyse._actions if action.dest == "subgroup")
    assert all(key in str(help_text) for key in MODERATORS)


def test_every_command_and_setting_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    choices = next(a for a in build_parser()._actions if a.dest == "command").choices
    assert choices is not None
    missing = [name for name in choices if f"`{name}" not in readme]
    assert missing == []
    for setting in ("WORKBENCH_REVIEW", "WORKBENCH_DATABASE_URL", "WORKBENCH_EUTILS_URL", "NCBI_EMAIL", "NCBI_API_KEY"):
        assert setting in readme


def test_json_has_null_for_what_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": float("nan"), "b": [float("inf"), 1.5], "c": None})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 1.5], "c": None}
