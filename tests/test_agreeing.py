"""Agreement of a review's reviewers at each stage, from the votes in its store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui_review import add_people, add_records, make_review, vote
from workbench.results.agreeing import disagreements, review_agreement, settled_how, votes_at
from workbench.review import load_review
from workbench.screening import Stage, Verdict
from workbench.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_review(tmp_path / "review")


@pytest.fixture
def opened(folder: Path) -> Iterator[Store]:
    with Store.open(folder) as store:
        add_people(store)
        add_records(store, (1, 2))
        for number in (1, 2):
            for name in ("ada", "ben"):
                vote(store, number, name, Verdict.INCLUDE)
        yield store


@pytest.mark.parametrize("asked", [True, False, None])
def test_at_full_text_a_maybe_and_an_include_are_a_conflict_and_no_agreement(
    folder: Path, opened: Store, asked: bool | None
) -> None:
    vote(opened, 1, "ada", Verdict.MAYBE, stage=Stage.FULL_TEXT)
    vote(opened, 1, "ben", Verdict.INCLUDE, stage=Stage.FULL_TEXT)
    vote(opened, 2, "ada", Verdict.INCLUDE, stage=Stage.FULL_TEXT)
    vote(opened, 2, "ben", Verdict.INCLUDE, stage=Stage.FULL_TEXT)
    found = review_agreement(opened, load_review(folder), Stage.FULL_TEXT, maybe_is_include=asked)
    assert found.raw.value == pytest.approx(0.5)
    by_report = votes_at(opened, Stage.FULL_TEXT)
    assert list(disagreements(by_report)) == ["pubmed:1"]
    assert settled_how(by_report["pubmed:1"]) == "open"


def test_at_title_and_abstract_a_maybe_counts_as_include_unless_asked_otherwise(folder: Path, opened: Store) -> None:
    vote(opened, 1, "ada", Verdict.MAYBE, later=10)
    add_records(opened, (3,))
    vote(opened, 3, "ada", Verdict.MAYBE)
    vote(opened, 3, "ben", Verdict.INCLUDE)
    review = load_review(folder)
    assert review_agreement(opened, review, Stage.TITLE_ABSTRACT).raw.value == 1.0
    apart = review_agreement(opened, review, Stage.TITLE_ABSTRACT, maybe_is_include=False)
    assert apart.raw.value == pytest.approx(2 / 3)
    assert disagreements(votes_at(opened, Stage.TITLE_ABSTRACT)) == {}
