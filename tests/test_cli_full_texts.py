"""`workbench full-texts`: what the page can do, from a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.readers import read_records
from ingest.record import Record
from tests.full_text_files import HTML, locked_pdf, pdf
from tests.ui_review import add_records, include, make_review
from workbench.cli import main
from workbench.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = make_review(tmp_path / "review", reviewers=1)
    with Store.open(made) as store:
        add_records(store, (1, 2, 3))
        for number in (1, 2, 3):
            include(store, number, "ada")
        store.set_retrieval("pubmed:2", "not_retrieved", "asked twice", by="ada")
    return made


def test_the_states_are_told_and_the_wanted_ones_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = folder / "wanted.ris"
    assert main(["full-texts", "--review", str(folder), "--json", "--wanted", str(wanted)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {name: told[name] for name in ("sought", "waiting", "requested", "retrieved", "not_retrieved")} == {
        "sought": 3,
        "waiting": 2,
        "requested": 0,
        "retrieved": 0,
        "not_retrieved": 1,
    }
    assert told["reports"][1] == {"report": "pubmed:2", "state": "not retrieved", "note": "asked twice", "files": []}
    found = [record for record in read_records(wanted) if isinstance(record, Record)]
    assert [record.pmid for record in found] == ["1", "3"]
    assert all(not record.abstract for record in found)


def test_a_file_is_attached_once_and_a_picture_is_not(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    article, picture = folder / "doe.pdf", folder / "picture.pdf"
    article.write_bytes(b"%PDF-1.7\n%%EOF\n")
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    attach = ["full-texts", "--review", str(folder), "--to", "pubmed:2", "--by", "ben", "--attach"]
    assert main([*attach, str(article)]) == 0
    assert main([*attach, str(article)]) == 0
    assert "was there already" in capsys.readouterr().err
    assert main([*attach, str(picture)]) == 1
    assert "looks like a picture" in capsys.readouterr().err
    assert main([*attach, str(folder / "none.pdf")]) == 1
    with Store.open(folder) as store:
        [text] = store.full_texts()
        assert (text.report, text.by, text.name) == ("pubmed:2", "ben", "doe.pdf")


def test_what_is_asked_for_halfway_is_wrong_usage(folder: Path) -> None:
    assert main(["full-texts", "--review", str(folder), "--attach", "doe.pdf"]) == 2
    assert main(["full-texts", "--review", str(folder), "--wanted", "list.docx"]) == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("login.pdf", HTML, "It is called a PDF, but is a"),
        ("locked.pdf", locked_pdf("secret"), "locked with a password"),
        ("half.pdf", pdf("A trial")[:400], "The end of this PDF is missing"),
        ("whole.pdf", pdf("A trial"), ""),
    ],
)
def test_the_terminal_says_what_is_odd_about_a_file_as_the_page_does(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert main(["full-texts", "--review", str(folder), "--attach", str(file), "--to", "pubmed:1"]) == 0
    told = capsys.readouterr().err
    assert f"{name}: added" in told
    assert (said in told) if said else told.count(name) == 1
