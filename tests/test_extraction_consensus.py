"""What a consensus is made of: common answers, one extractor's values, other values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_extraction_differences import TABLES, arms, saved
from workbench.extraction import (
    PLACE,
    Chosen,
    ExtractionError,
    all_differences,
    choices_kept,
    combined,
    finals_named,
    with_basis,
)
from workbench.forms import Form, migrate_answers
from workbench.forms.answers import QUOTES


def test_each_difference_is_taken_from_one_extractor_or_given_anew() -> None:
    ada = saved(1, "ada", {"n": 20, "sd": 1.0, "country": "Italy", "page": "3"})
    ben = saved(2, "ben", {"n": 21, "sd": 2.0, "country": "italy", "quote": "x"})
    chosen = {"n": Chosen(extraction=ben.id), "sd": Chosen(value=1.5)}
    assert all_differences([ada, ben]) == ("n", "sd")
    assert combined([ada, ben], chosen) == {"n": 21, "sd": 1.5, "country": "Italy", "quote": "x"}
    assert combined([ada, ben], {"n": Chosen(extraction=ada.id)}) == {"n": 20, "country": "Italy", "page": "3"}


def test_a_cell_is_chosen_whatever_the_rows_are_numbered() -> None:
    ada = saved(1, "ada", {"arms": arms(("r1", "A", 20), ("r2", "B", 21))})
    ben = saved(2, "ben", {"arms": arms(("r1", "B", 21), ("r2", "A", 25))})
    taken = combined([ada, ben], {"arms[a].n": Chosen(extraction=ben.id)})
    assert taken == {"arms": arms(("r1", "A", 25), ("r2", "B", 21))}


def test_a_row_that_only_one_has_is_taken_or_left_as_a_whole_with_its_quotes() -> None:
    ada = saved(1, "ada", {"arms": arms(("r1", "A", 20)), QUOTES: {"arms[r1].n": {"quote": "of A"}}})
    ben = saved(
        2,
        "ben",
        {"arms": arms(("r1", "Sham", 19), ("r2", "A", 20)), QUOTES: {"arms[r1].n": {"quote": "of sham"}}},
    )
    assert all_differences([ada, ben]) == ("arms[sham]",)
    both = {path: Chosen(extraction=ben.id) for path in all_differences([ada, ben])}
    taken = combined([ada, ben], both)
    assert [(row["label"], row["n"]) for row in taken["arms"]] == [("A", 20), ("Sham", 19)]
    assert len({row["_row"] for row in taken["arms"]}) == 2
    quotes = {row["label"]: taken[QUOTES][f"arms[{row['_row']}].n"]["quote"] for row in taken["arms"]}
    assert quotes == {"A": "of A", "Sham": "of sham"}
    neither = {path: Chosen(extraction=ada.id) for path in both}
    assert combined([ada, ben], neither) == ada.answers


def test_a_quote_goes_with_the_value_it_belongs_to() -> None:
    ada = saved(1, "ada", {"n": 20, "m": 1, QUOTES: {"n": {"quote": "twenty"}, "m": {"quote": "one"}}})
    ben = saved(2, "ben", {"n": 21, "m": 1, QUOTES: {"n": {"quote": "twenty-one"}}})
    assert combined([ada, ben], {"n": Chosen(extraction=ben.id)})[QUOTES] == {
        "m": {"quote": "one"},
        "n": {"quote": "twenty-one"},
    }
    assert combined([ada, ben], {"n": Chosen(value=22)})[QUOTES] == {"m": {"quote": "one"}}


def test_the_results_quote_and_page_come_as_one_piece_from_whose_numbers_were_taken() -> None:
    whole = {"quote": "B says 4.4", "page": "9", "full_text": "b", "found": "yes"}
    ada = saved(1, "ada", {"m": 4.0, "country": "Italy", "quote": "A says 4.0"})
    ben = saved(2, "ben", {"m": 4.4, "country": "Spain", "quote": "B says 4.4", "page": "9", QUOTES: {"": whole}})
    italy = {"country": Chosen(extraction=ada.id)}
    taken = combined([ada, ben], {"m": Chosen(extraction=ben.id), **italy})
    assert (taken["m"], taken["country"], taken["quote"], taken["page"]) == (4.4, "Italy", "B says 4.4", "9")
    assert taken[QUOTES] == {"": whole}
    other = combined([ada, ben], {"m": Chosen(extraction=ada.id), **italy})
    assert (other["quote"], other.get("page"), other.get(QUOTES)) == ("A says 4.0", None, None)
    chosen = combined([ada, ben], {"m": Chosen(extraction=ada.id), **italy, PLACE: Chosen(extraction=ben.id)})
    assert (chosen["m"], chosen["quote"], chosen["page"]) == (4.0, "B says 4.4", "9")
    typed = combined([ada, ben], {PLACE: Chosen(quote=" Both say 4.2 ", page="10")})
    assert (typed["quote"], typed["page"], typed.get(QUOTES)) == ("Both say 4.2", "10", None)


def test_another_value_has_a_quote_and_a_page_of_its_own() -> None:
    ada, ben = saved(1, "ada", {"m": 4.0}), saved(2, "ben", {"m": 4.4, QUOTES: {"m": {"quote": "4.4"}}})
    taken = combined([ada, ben], {"m": Chosen(value=4.2, quote="mean 4.2", page="5")})
    assert taken["m"] == 4.2
    assert taken[QUOTES] == {"m": {"quote": "mean 4.2", "page": "5", "full_text": "", "found": "unchecked"}}


def test_an_extraction_that_is_not_compared_cannot_be_chosen() -> None:
    ada, ben = saved(1, "ada", {"n": 1}), saved(2, "ben", {"n": 2})
    with pytest.raises(ExtractionError, match="none of those"):
        combined([ada, ben], {"n": Chosen(extraction="else")})


@given(TABLES, TABLES, st.booleans())
def test_taking_everything_of_one_gives_what_that_one_said(a: dict[str, Any], b: dict[str, Any], first: bool) -> None:
    ada, ben = saved(1, "ada", a), saved(2, "ben", b)
    one = ada if first else ben
    taken = combined([ada, ben], {path: Chosen(extraction=one.id) for path in all_differences([ada, ben])})
    assert rows_of(taken) == rows_of(one.answers)


def rows_of(answers: dict[str, Any]) -> list[tuple[str, str]]:
    """The rows as an unordered lot, as rows that are called the same are told apart by their order only."""
    return sorted((" ".join(row["label"].split()).casefold(), repr(row.get("n"))) for row in answers.get("arms", ()))


def test_what_a_consensus_rests_on_outlives_another_version_of_the_form() -> None:
    def form(version: int, *fields: str) -> Form:
        asked = [{"type": "number", "key": key, "label": key} for key in fields]
        return Form.model_validate(
            {
                "form": "one",
                "kind": "parallel_means",
                "version": version,
                "title": "One",
                "sections": [{"key": "a", "title": "A", "fields": asked}],
            }
        )

    ada = saved(1, "ada", {"n": 20, "gone": 1})
    answers = with_basis({"n": 20, "gone": 1}, [ada], {"n": Chosen(extraction=ada.id)})
    moved = migrate_answers(form(1, "n", "gone"), form(2, "n"), answers).answers
    assert (moved["n"], finals_named(moved)) == (20, (ada.id,))
    assert choices_kept(moved) == {"n": Chosen(extraction=ada.id)}


# --- tables that take their rows from the table of arms ---------------------------------------------------------------

ACTIVE, SHAM = {"label": "10 Hz", "role": "active"}, {"label": "Sham", "role": "sham"}


def _trial(*arms: tuple[str, dict[str, Any]], headaches: dict[str, int] | None = None, **more: Any) -> dict[str, Any]:
    """A trial's arms by their ids, and the headaches of each arm, by the arm's name."""
    answers: dict[str, Any] = {"arms": [{"_row": identity, **arm} for identity, arm in arms], **more}
    identities = {arm["label"]: identity for identity, arm in arms}
    if headaches is not None:
        answers["safety"] = [
            {"_row": identities[name], "_name": name, "headache": count} for name, count in headaches.items()
        ]
    return answers


def _headaches(answers: dict[str, Any]) -> dict[str, int]:
    """Headaches by the arm that the row's id belongs to; every row is called as its arm is."""
    arms = {row["_row"]: row["label"] for row in answers["arms"]}
    for row in answers["safety"]:
        assert row["_name"] == arms[row["_row"]]
    return {arms[row["_row"]]: row["headache"] for row in answers["safety"]}


IN_ORDER = _trial(("r1", ACTIVE), ("r2", SHAM))
TURNED = _trial(("r1", SHAM), ("r2", ACTIVE), headaches={"Sham": 1, "10 Hz": 9})


@pytest.mark.parametrize("turned_first", [False, True])
def test_numbers_of_an_arm_stay_with_the_arm_in_whichever_order_each_has_the_arms(turned_first: bool) -> None:
    quotes = {QUOTES: {"safety[r2].headache": {"quote": "nine of them", "page": "4"}}}
    answers = [TURNED | quotes, IN_ORDER] if turned_first else [IN_ORDER, TURNED | quotes]
    votes = [saved(place, name, held) for place, (name, held) in enumerate(zip(("ada", "ben"), answers, strict=True))]
    theirs = votes[0] if turned_first else votes[1]
    taken = combined(votes, {path: Chosen(extraction=theirs.id) for path in all_differences(votes)})
    assert _headaches(taken) == {"10 Hz": 9, "Sham": 1}
    active = next(row["_row"] for row in taken["arms"] if row["label"] == "10 Hz")
    assert taken[QUOTES][f"safety[{active}].headache"]["quote"] == "nine of them"


def test_arms_called_otherwise_take_their_numbers_along() -> None:
    ada = _trial(
        ("r1", {"label": "active", "role": "active", "randomised": 20}),
        ("r2", SHAM),
        headaches={"active": 5, "Sham": 1},
    )
    ben = _trial(("r1", SHAM), ("r2", {**ACTIVE, "randomised": 20}), headaches={"Sham": 1, "10 Hz": 9})
    votes = [saved(1, "ada", ada), saved(2, "ben", ben)]
    assert all_differences(votes) == ("arms[active].label", "safety[active].headache")
    assert _headaches(combined(votes, {path: Chosen(extraction=votes[1].id) for path in all_differences(votes)})) == {
        "10 Hz": 9,
        "Sham": 1,
    }
    mixed = {"arms[active].label": Chosen(extraction=votes[1].id), "safety[active].headache": Chosen(value=7)}
    assert _headaches(combined(votes, mixed)) == {"10 Hz": 7, "Sham": 1}


def test_an_arm_that_only_one_has_comes_with_its_numbers_and_goes_with_them() -> None:
    third = {"label": "1 Hz", "role": "active"}
    ada = _trial(("r1", ACTIVE), ("r2", SHAM), headaches={"10 Hz": 9, "Sham": 1})
    ben = _trial(("r1", third), ("r2", ACTIVE), ("r3", SHAM), headaches={"1 Hz": 4, "10 Hz": 9, "Sham": 1})
    votes = [saved(1, "ada", ada), saved(2, "ben", ben)]
    assert all_differences(votes) == ("arms[1 hz]", "safety[1 hz]")
    both = {path: Chosen(extraction=votes[1].id) for path in all_differences(votes)}
    assert _headaches(combined(votes, both)) == {"10 Hz": 9, "Sham": 1, "1 Hz": 4}
    without_arm = {"arms[1 hz]": Chosen(extraction=votes[0].id), "safety[1 hz]": Chosen(extraction=votes[1].id)}
    assert _headaches(combined(votes, without_arm)) == {"10 Hz": 9, "Sham": 1}


@settings(max_examples=60)
@given(st.permutations(["10 Hz", "1 Hz", "Sham"]), st.permutations(["10 Hz", "1 Hz", "Sham"]), st.booleans())
def test_no_order_of_the_arms_moves_a_number(mine: list[str], theirs: list[str], first: bool) -> None:
    counts = {"10 Hz": 9, "1 Hz": 4, "Sham": 1}

    def trial(names: list[str], **headaches: Any) -> dict[str, Any]:
        return _trial(*((f"r{at}", {"label": name}) for at, name in enumerate(names)), **headaches)

    answers = [trial(mine), trial(theirs, headaches=counts)]
    votes = [saved(1, "ada", answers[first]), saved(2, "ben", answers[not first])]
    chosen = votes[0] if first else votes[1]
    assert (
        _headaches(combined(votes, {path: Chosen(extraction=chosen.id) for path in all_differences(votes)})) == counts
    )
    full = [saved(1, "ada", trial(mine, headaches=counts)), saved(2, "ben", trial(theirs, headaches=counts))]
    assert not all_differences(full)
