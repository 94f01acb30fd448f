"""What a consensus is made of: common answers, one extractor's values, other values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_extraction_differences import TABLES, arms, saved
from workbench.extraction import Chosen, ExtractionError, all_differences, combined
from workbench.forms.answers import QUOTES


def test_each_difference_is_taken_from_one_extractor_or_given_anew() -> None:
    ada = saved(1, "ada", {"n": 20, "sd": 1.0, "country": "Italy", "page": "3"})
    ben = saved(2, "ben", {"n": 21, "sd": 2.0, "country": "italy", "quote": "x"})
    chosen = {"n": Chosen(extraction=ben.id), "sd": Chosen(value=1.5)}
    assert all_differences([ada, ben]) == ("n", "sd")
    assert combined([ada, ben], chosen) == {"n": 21, "sd": 1.5, "country": "Italy", "page": "3", "quote": "x"}
    assert combined([ada, ben], {"n": Chosen(extraction=ada.id)}) == {
        "n": 20,
        "country": "Italy",
        "page": "3",
        "quote": "x",
    }


def test_a_cell_is_chosen_whatever_the_rows_are_numbered() -> None:
    ada = saved(1, "ada", {"arms": arms(("r1", "A", 20), ("r2", "B", 21))})
    ben = saved(2, "ben", {"arms": arms(("r1", "B", 21), ("r2", "A", 25))})
    taken = combined([ada, ben], {"arms[a].n": Chosen(extraction=ben.id)})
    assert taken == {"arms": arms(("r1", "A", 25), ("r2", "B", 21))}


def test_a_row_that_only_the_other_has_comes_with_the_cells_chosen() -> None:
    ada = saved(1, "ada", {"arms": arms(("r1", "A", 20))})
    ben = saved(2, "ben", {"arms": arms(("r1", "Sham", 19), ("r2", "A", 20))})
    both = {path: Chosen(extraction=ben.id) for path in all_differences([ada, ben])}
    taken = combined([ada, ben], both)
    assert [(row["label"], row["n"]) for row in taken["arms"]] == [("A", 20), ("Sham", 19)]
    assert len({row["_row"] for row in taken["arms"]}) == 2
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
