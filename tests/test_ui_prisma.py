"""The page of the PRISMA flow: the diagram, its table and files, what is missing; and the command beside it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml
from streamlit.testing.v1 import AppTest

from tests.ui_review import (
    HOSTILE_TITLE,
    NEUROPATHIC,
    THEN,
    add_records,
    add_study,
    vote,
)
from workbench.cli import main
from workbench.screening import Stage, Verdict, decide
from workbench.store import Store

Opener = Callable[..., Store]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "review"


def page(name: str = "prisma") -> AppTest:
    at = AppTest.from_string(
        f"from workbench.ui import faults\nfrom workbench.ui.pages import {name}\nfaults.guarded({name}.page)()",
        default_timeout=30,
    )
    at.query_params["reviewer"] = "ada"
    return at


def shown(at: AppTest) -> str:
    assert not at.exception
    assert not at.error, [element.value for element in at.error]
    return "\n".join(str(element.proto.body) for element in at.get("html"))


def alternative(at: AppTest) -> str:
    """What a reader of the page who does not see the figure is told."""
    (image,) = (image for element in at.get("image") for image in element.proto.imgs)
    return str(image.alt)


def in_work(store: Store) -> None:
    """Six records: one included, one excluded at full text, one of migraine, one excluded, one open, one stopped."""
    add_records(store, range(1, 7))
    for number in (1, 2, 3):
        vote(store, number, "ada", Verdict.INCLUDE)
    vote(store, 4, "ada", Verdict.EXCLUDE)
    assess(store, 1, Verdict.INCLUDE)
    assess(store, 2, Verdict.EXCLUDE, "wrong_design")
    store.add_decision(decide("pubmed:3", "ada", Verdict.INCLUDE, indications=("migraine",)))
    add_study(store, 1, "Doe 2020")
    store.sign_stop(
        "stop",
        Stage.TITLE_ABSTRACT,
        ["pubmed:6"],
        indication=None,
        signed="Ada <b>Example</b>",
        reason="enough",
        evidence={},
        by="ada",
        now=THEN,
    )


def assess(store: Store, number: int, verdict: Verdict, reason: str | None = None) -> None:
    store.add_decision(decide(f"pubmed:{number}", "ada", verdict, stage=Stage.FULL_TEXT, reason=reason))


def test_an_empty_review_has_no_flow_yet(review: Opener) -> None:
    review()
    at = page().run()
    assert "wb-empty" in shown(at)
    assert not at.get("image")


def test_the_page_shows_the_diagram_its_numbers_and_what_is_missing(review: Opener) -> None:
    in_work(review(reviewers=1))
    at = page().run()
    text = shown(at)
    assert "Records screened (n = 5)" in alternative(at)
    assert "Signed: Ada &lt;b&gt;Example&lt;/b&gt;" not in alternative(at)  # no markup there: its very characters
    assert "Ada &lt;b&gt;Example&lt;/b&gt;" in text
    assert "<b>Example" not in text
    assert "in progress" in at.warning[0].value
    assert "records not decided at title and abstract" in text
    assert "reports not decided at full text" in text
    for label, number in (
        ("Records not screened: screening was stopped", 1),
        ("Reports excluded: Not a randomised trial", 1),
        ("Studies included in review", 1),
    ):
        assert f'<th scope="row">{label}</th><td class="number">{number}</td>' in text, label
    assert "5 = 6 − 0 − 1" in text
    labels = [button.label for button in at.get("download_button")]
    assert labels == ["SVG", "PDF", "PNG", "Table (CSV)"]


def test_a_complete_flow_says_so(review: Opener) -> None:
    store = review(reviewers=1)
    add_records(store, (1,))
    vote(store, 1, "ada", Verdict.EXCLUDE)
    at = page().run()
    assert "Complete: everything is decided" in shown(at)
    assert not at.warning


def test_one_indication_can_be_chosen_and_says_what_it_leaves_out(review: Opener) -> None:
    in_work(review(reviewers=1))
    at = page().run()
    at.selectbox(key="prisma:indication").select(NEUROPATHIC).run()
    text = shown(at)
    assert "Records of another indication than Neuropathic pain" in text
    assert "counted apart" in text
    at.selectbox(key="prisma:indication").select("migraine").run()
    assert "Reports sought for retrieval (n = 1)" in alternative(at)
    assert "Not decided and outside this flow: 1." in shown(at)


def test_an_update_can_be_chosen_by_its_day(review: Opener) -> None:
    in_work(review(reviewers=1))
    at = page().run()
    at.date_input(key="prisma:since").set_value(date(2026, 3, 2)).run()
    assert "Studies included in previous version of review (n = 1)" in alternative(at)
    assert "earlier reports not decided" in shown(at)
    at.date_input(key="prisma:since").set_value(date(2026, 3, 1)).run()
    assert "New studies included in review (n = 1)" in alternative(at)


def test_hostile_names_are_shown_as_their_characters(review: Opener, folder: Path) -> None:
    store = review(reviewers=1)
    file = folder / "review.yaml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings["screening"]["exclusion_reasons"][0]["label"] = HOSTILE_TITLE
    file.write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
    add_records(store, (1,))
    vote(store, 1, "ada", Verdict.INCLUDE)
    assess(store, 1, Verdict.EXCLUDE, settings["screening"]["exclusion_reasons"][0]["key"])
    at = page().run()
    assert "<script>" not in shown(at)
    assert "&lt;script&gt;" in shown(at)
    assert HOSTILE_TITLE in alternative(at)


def test_the_overview_counts_the_same_and_names_the_page(review: Opener) -> None:
    in_work(review(reviewers=1))
    text = shown(page("overview").run())
    assert "PRISMA flow" in text
    assert '<th scope="row">Records not screened: screening was stopped</th><td class="number">1</td>' in text


def test_the_messages_of_the_page_are_small(review: Opener) -> None:
    in_work(review(reviewers=1))
    at = page().run()
    (image,) = (image for element in at.get("image") for image in element.proto.imgs)
    assert len(image.url) < 40_000
    assert len(shown(at)) < 15_000


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_prints_a_table_and_writes_every_file(
    review: Opener, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_work(review(reviewers=1))
    assert main(["prisma", "--review", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("All indications: In progress: 1 record is not decided at title and abstract; 1 report")
    assert "Signed: Ada <b>Example</b>, 2026-03-01" in printed
    for ending, start in (("svg", b"<?xml"), ("pdf", b"%PDF"), ("png", b"\x89PNG"), ("csv", b"\xef\xbb\xbfdata,node")):
        file = tmp_path / "made" / f"flow.{ending}"
        assert main(["prisma", "--review", str(folder), "--out", str(file)]) == 0
        assert file.read_bytes().startswith(start)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "made" / "flow.csv").read_text(encoding="utf-8-sig"))))
    assert [row["n"] for row in rows if row["data"] == "records_screened"] == ["5"]


def test_the_command_counts_one_indication_and_an_update(
    review: Opener, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_work(review(reviewers=1))

    def counts(*options: str) -> dict[str, object]:
        assert main(["prisma", "--review", str(folder), "--json", *options]) == 0
        answer: dict[str, object] = json.loads(capsys.readouterr().out)
        return answer

    assert counts()["records_screened"] == 5
    assert counts("--indication", "migraine")["records_screened"] == 1
    update = counts("--since", "2026-03-02")
    assert (update["previous_studies"], update["records_screened"], update["total_studies"]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--indication", "tinnitus"), "no indication 'tinnitus'; it has neuropathic_pain"),
        (("--out", "flow.gif"), "flow.gif: the flow is written as .svg, .pdf, .png or .csv"),
    ],
)
def test_what_the_command_cannot_do_is_said(
    review: Opener, folder: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...], said: str
) -> None:
    review()
    assert main(["prisma", "--review", str(folder), *options]) == 1
    assert said in capsys.readouterr().err
