"""What differs between two extractors, cell by cell; how often fields agree; the history of one value."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.extraction import (
    TAKEN_BACK,
    Extraction,
    ResultState,
    changes,
    common_path,
    differences,
    differing_paths,
    field_agreement,
    flat,
    latest_change,
    own_path,
    settle,
    with_change_taken_back,
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


def test_a_row_that_only_one_has_differs_as_a_whole() -> None:
    ada = {"arms": arms(("r1", "A", 20), ("r2", "B", 21))}
    ben = {"arms": arms(("r1", "A", 20))}
    assert differing_paths(ada, ben) == ("arms[b]",)
    assert own_path(ben, "arms[b].n") == ""


def test_rows_called_otherwise_are_matched_by_what_stands_in_them_whatever_their_order() -> None:
    ada = {"arms": [_arm("r1", "10 Hz", 20, 4), _arm("r2", "1 Hz", 18, 5), _arm("r3", "Sham", 19, 6)]}
    ben = {
        "arms": [_arm("r1", "low frequency", 18, 5), _arm("r2", "high frequency", 20, 4.1), _arm("r3", "Sham", 19, 6)]
    }
    assert differing_paths(ada, ben) == ("arms[10 hz].label", "arms[10 hz].mean", "arms[1 hz].label")
    assert own_path(ben, "arms[10 hz].n", ada) == "arms[r2].n"


@pytest.mark.parametrize("other", [("low", 20, 9), ("low", 18, 5)])
def test_rows_called_otherwise_that_do_not_fit_or_fit_twice_stay_alone(other: tuple[str, float, float]) -> None:
    ada = {"arms": [_arm("r1", "10 Hz", 18, 5), _arm("r2", "1 Hz", 18, 5)]}
    ben = {"arms": [_arm("r1", *other), _arm("r2", "deep", 18, 5)]}
    found = differing_paths(ada, ben)
    assert found == ("arms[10 hz]", "arms[1 hz]", "arms[low]", "arms[deep]")


def test_rows_of_different_roles_are_never_the_same_row() -> None:
    ada = {"arms": [_arm("r1", "10 Hz", 20, 4) | {"role": "active"}]}
    ben = {"arms": [_arm("r1", "Coil", 20, 4) | {"role": "sham"}]}
    assert differing_paths(ada, ben) == ("arms[10 hz]", "arms[coil]")
    assert settle([saved(1, "ada", ada), saved(2, "ben", ben)], extractors=2).answers == {"arms": []}


def _arm(row: str, label: str, n: float, mean: float) -> dict[str, Any]:
    return {"_row": row, "label": label, "n": n, "mean": mean}


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


def test_a_row_called_otherwise_from_now_on_has_one_change_that_of_its_name() -> None:
    known = [
        saved(1, "ada", {"arms": arms(("r1", "10 Hz", 20), ("r2", "Sham", 19))}, state="draft"),
        saved(2, "ada", {"arms": arms(("r1", "rTMS", 20), ("r2", "Sham", 19))}, state="draft", revision=2),
        saved(3, "ada", {"arms": arms(("r1", "rTMS", 21), ("r2", "Sham", 19))}, state="draft", revision=3),
    ]
    later = [(c.path, c.own, c.before, c.after) for c in changes(known) if c.revision > 1]
    assert later == [
        ("arms[rtms].label", "arms[r1].label", "10 Hz", "rTMS"),
        ("arms[rtms].n", "arms[r1].n", 20, 21),
    ]
    assert [(c.before, c.after) for c in changes(known, "arms[rtms].n")] == [(None, 20), (20, 21)]


def test_taking_back_goes_back_step_by_step_and_never_forward_again() -> None:
    known = [saved(n, "ada", {"n": float(n)}, state="draft", revision=n) for n in (1, 2, 3)]
    stood: list[Any] = []
    while (change := latest_change(changes(known), "n", "ada")) is not None:
        answers = with_change_taken_back(known, change)
        assert answers is not None
        stood.append(answers.get("n"))
        number = len(known) + 1
        known.append(
            dataclasses.replace(saved(number, "ada", answers, state="draft", revision=number), note=f"{TAKEN_BACK}n")
        )
    assert stood == [2.0, 1.0, None]


def test_taking_back_the_removal_of_a_row_brings_the_whole_row_to_its_place() -> None:
    full = {"arms": [_arm("r1", "10 Hz", 20, 4), _arm("r2", "5 Hz", 18, 5), _arm("r3", "Sham", 19, 6)]}
    less = {"arms": [full["arms"][0], full["arms"][2]]}
    known = [saved(1, "ada", full, state="draft"), saved(2, "ada", less, state="draft", revision=2)]
    change = latest_change(changes(known), "arms[5 hz].n", "ada")
    assert change is not None
    assert with_change_taken_back(known, change) == full


def test_what_was_changed_since_is_not_taken_back() -> None:
    known = [saved(n, "ada", {"n": n}, state="draft", revision=n) for n in (1, 2)]
    change = latest_change(changes(known), "n", "ada")
    assert change is not None
    assert with_change_taken_back([*known, saved(3, "ada", {"n": 9}, revision=3)], change) is None


def test_answers_changed_after_both_could_be_seen_are_marked_and_count_in_no_agreement() -> None:
    blind = [saved(1, "ada", {"n": 4}), saved(2, "ben", {"n": 9})]
    assert settle(blind, extractors=2).changed_after_seeing == ()
    copied = [
        *blind,
        saved(3, "ben", {"n": 9}, state="draft", revision=2),
        saved(4, "ben", {"n": 4}, revision=3),
    ]
    settled = settle(copied, extractors=2)
    assert (settled.state, settled.changed_after_seeing) == (ResultState.AGREED, ("ben",))
    assert [(item.compared, item.same) for item in field_agreement(copied)] == [(1, 0)]
    unchanged = [*copied[:3], saved(4, "ben", {"n": 9}, revision=3)]
    assert settle(unchanged, extractors=2).changed_after_seeing == ()


def test_who_opens_their_answers_before_the_other_is_done_still_works_blind() -> None:
    known = [
        saved(1, "ada", {"n": 4}),
        saved(2, "ada", {"n": 4}, state="draft", revision=2),
        saved(3, "ben", {"n": 5}),
        saved(4, "ada", {"n": 5}, revision=3),
    ]
    assert settle(known, extractors=2).changed_after_seeing == ()


def test_a_third_whose_answers_came_when_two_could_be_seen_is_marked_and_counts_in_no_agreement() -> None:
    known = [saved(1, "ada", {"n": 4}), saved(2, "ben", {"n": 4}), saved(3, "cleo", {"n": 4})]
    assert settle(known, extractors=2).changed_after_seeing == ("cleo",)
    assert [(item.compared, item.same) for item in field_agreement(known)] == [(1, 1)]
    with_draft = [saved(0, "cleo", {"n": 3}, state="draft"), *known[:2], saved(3, "cleo", {"n": 4}, revision=2)]
    assert settle(with_draft, extractors=2).changed_after_seeing == ()
