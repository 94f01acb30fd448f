"""What differs between two extractors, cell by cell; how often fields agree; the history of one value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.extraction import (
    Extraction,
    ResultState,
    changes,
    common_path,
    differences,
    differing_paths,
    field_agreement,
    flat,
    own_path,
    settle,
)
from workbench.forms.answers import NOT_REPORTED, QUOTES

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def arms(*rows: tuple[str, str, float | None]) -> list[dict[str, Any]]:
    return [{"_row": row, "label": label} | ({} if n is None else {"n": n}) for row, label, n in rows]


def saved(
    number: int,
    extractor: str,
    answers: dict[str, Any],
    *,
    state: str = "final",
    revision: int = 1,
    role: str = "extractor",
    result: str = "r",
) -> Extraction:
    return Extraction(
        id=f"{result}-{number}",
        study="s",
        result=result,
        form="trial",
        form_version=1,
        extractor=extractor,
        answers=answers,
        state=state,  # type: ignore[arg-type]
        role=role,  # type: ignore[arg-type]
        recorded_at=NOW + timedelta(minutes=number),
        revision=revision,
    )


def test_rows_are_matched_by_what_they_are_called_wherever_they_stand() -> None:
    ada = {"arms": arms(("r1", "10 Hz M1", 20), ("r2", "Sham", 21))}
    ben = {"arms": arms(("r1", "sham ", 21), ("r2", "10 hz  M1", 22))}
    assert differing_paths(ada, ben) == ("arms[10 hz m1].n",)
    assert own_path(ben, "arms[10 hz m1].n") == "arms[r2].n"
    assert common_path(ben, "arms[r2].n") == "arms[10 hz m1].n"


def test_one_row_called_otherwise_differs_in_its_name_only() -> None:
    ada = {"arms": arms(("r1", "10 Hz M1", 20), ("r2", "Sham", 21))}
    ben = {"arms": arms(("r1", "active rTMS", 20), ("r2", "Sham", 21))}
    assert differing_paths(ada, ben) == ("arms[10 hz m1].label",)


def test_a_row_that_only_one_has_differs_in_every_cell() -> None:
    ada = {"arms": arms(("r1", "A", 20), ("r2", "B", 21))}
    ben = {"arms": arms(("r1", "A", 20))}
    assert differing_paths(ada, ben) == ("arms[b].label", "arms[b].n")
    assert own_path(ben, "arms[b].n") == ""


def test_rows_called_alike_are_told_apart_by_their_order() -> None:
    ada = {"arms": arms(("r1", "A", 20), ("r2", "A", 21))}
    assert flat(ada) == {"arms[a].label": "A", "arms[a].n": 20, "arms[a #2].label": "A", "arms[a #2].n": 21}
    assert differing_paths(ada, {"arms": arms(("r1", "A", 20), ("r2", "A", 22))}) == ("arms[a #2].n",)


def test_quotes_and_what_an_earlier_form_held_never_differ() -> None:
    ada = {"n": 1, QUOTES: {"n": {"quote": "one", "page": "1"}}, "_earlier": {"1": {"x": 2}}, "place": {"quote": "a"}}
    assert differences(ada, {"n": 1}) == ()


def test_not_reported_is_another_answer_than_empty_and_than_zero() -> None:
    assert differences({"n": dict(NOT_REPORTED)}, {}) == ("n",)
    assert differences({"n": dict(NOT_REPORTED)}, {"n": 0}) == ("n",)
    assert differences({"n": None}, {"n": "  "}) == ()


NAMES = st.sampled_from(["A", "b", "Sham [x]", " a ", "10 Hz"])
TABLES = st.lists(st.tuples(NAMES, st.one_of(st.none(), st.integers(0, 3))), max_size=5).map(
    lambda rows: {"arms": arms(*((f"r{place}", name, n) for place, (name, n) in enumerate(rows)))}
)


@given(TABLES, TABLES)
def test_differences_go_both_ways_and_none_means_equal_values(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert bool(differing_paths(a, b)) == bool(differing_paths(b, a))
    assert differing_paths(a, a) == ()
    for path in flat(a):
        assert common_path(a, own_path(a, path)) == path
    if not differing_paths(a, b):
        assert {path: repr(value).strip("' ").casefold() for path, value in flat(a).items() if path.endswith(".n")} == {
            path: repr(value).strip("' ").casefold() for path, value in flat(b, a).items() if path.endswith(".n")
        }


def test_a_conflict_leaves_the_cells_on_which_they_agree() -> None:
    ada = saved(1, "ada", {"arms": arms(("r1", "A", 20), ("r2", "B", 21)), "design": "parallel"})
    ben = saved(2, "ben", {"arms": arms(("r1", "B", 21), ("r2", "A", 25)), "design": "parallel"})
    settled = settle([ada, ben], extractors=2)
    assert settled.state is ResultState.CONFLICT
    assert settled.differences == ("arms[a].n",)
    assert settled.answers == {"arms": arms(("r1", "A", None), ("r2", "B", 21)), "design": "parallel"}


def test_quotes_of_both_are_kept_on_the_rows_of_the_first() -> None:
    ada = saved(1, "ada", {"arms": arms(("r1", "A", 20), ("r2", "B", 21)), QUOTES: {"arms[r1].n": {"quote": "mine"}}})
    ben = saved(
        2,
        "ben",
        {
            "arms": arms(("r1", "B", 21), ("r2", "A", 20)),
            QUOTES: {"arms[r1].n": {"quote": "of B"}, "arms[r2].n": {"quote": "of A"}, "": {"quote": "whole"}},
        },
    )
    settled = settle([ada, ben], extractors=2)
    assert settled.state is ResultState.AGREED
    assert settled.answers[QUOTES] == {
        "arms[r1].n": {"quote": "mine"},
        "arms[r2].n": {"quote": "of B"},
        "": {"quote": "whole"},
    }


def test_agreement_counts_the_first_final_answers_field_by_field() -> None:
    known = [
        saved(1, "ada", {"n": 1, "sd": 2.0}),
        saved(2, "ben", {"n": 1, "sd": 3.0, "country": "Italy"}),
        saved(3, "ben", {"n": 1, "sd": 2.0}, revision=2),  # after both were shown
        saved(1, "ada", {"n": 4}, result="q"),
        saved(2, "ben", {"n": 5}, result="q"),
        saved(3, "cem", {"n": 9}, result="q", state="draft"),
        saved(4, "ada", {"n": 5}, result="q", role="consensus"),
    ]
    found = {item.field: (item.compared, item.same, item.one_empty) for item in field_agreement(known)}
    assert found == {"sd": (1, 0, 0), "country": (1, 0, 1), "n": (2, 1, 0)}
    assert [item.field for item in field_agreement(known)] == ["country", "sd", "n"]
    assert field_agreement(known)[-1].share == pytest.approx(0.5)


def test_the_history_of_a_value_tells_who_changed_it_from_what() -> None:
    known = [
        saved(1, "ada", {"n": 1}, state="draft"),
        saved(2, "ben", {"n": 7}, state="draft"),
        saved(3, "ada", {"n": 2, "sd": 4.0}, revision=2),
        saved(4, "ada", {"sd": 4.0}, revision=3, state="draft"),
        saved(5, "ada", {"n": 2}, role="consensus"),
    ]
    told = [(c.by, c.role, c.before, c.after) for c in changes(known, "n")]
    assert told == [
        ("ada", "extractor", None, 1),
        ("ben", "extractor", None, 7),
        ("ada", "extractor", 1, 2),
        ("ada", "extractor", 2, None),
        ("ada", "consensus", None, 2),
    ]
    assert {c.path for c in changes(known)} == {"n", "sd"}
