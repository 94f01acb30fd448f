"""Quotes keep up with the answers they belong to."""

from __future__ import annotations

from workbench.extraction import kept_up, of_answers
from workbench.forms.answers import QUOTES

WHOLE = {"quote": "old words", "page": "1", "full_text": "ft", "found": "yes"}
ONE = {"quote": "4.0", "page": "2", "full_text": "ft", "found": "yes"}
BEFORE = {"quote": "old words", "page": "1", "m": 4.0, QUOTES: {"": WHOLE, "m": ONE}}


def test_untouched_quotes_stay_as_they_are() -> None:
    assert kept_up(BEFORE, BEFORE) == BEFORE
    assert of_answers(BEFORE) == BEFORE


def test_other_words_are_no_longer_those_found_in_the_document() -> None:
    now = kept_up(BEFORE | {"quote": "new words", "page": "7"}, BEFORE)
    assert now[QUOTES][""] == {"quote": "new words", "page": "7", "full_text": "", "found": "unchecked"}
    assert kept_up(BEFORE | {"page": "7"}, BEFORE)[QUOTES][""] == WHOLE | {"page": "7"}


def test_a_quote_that_was_taken_away_leaves_nothing_behind() -> None:
    now = kept_up({key: value for key, value in BEFORE.items() if key != "quote"}, BEFORE)
    assert now[QUOTES] == {"m": ONE}
    assert kept_up({QUOTES: {"": WHOLE}}, BEFORE) == {}


def test_a_form_without_a_quote_of_its_own_keeps_that_of_the_whole() -> None:
    answers = {"m": 4.0, QUOTES: {"": WHOLE}}
    assert kept_up(answers, answers, own_quote=False) == answers
    assert of_answers(answers, own_quote=False) == answers


def test_the_quote_of_an_emptied_number_is_unchecked_and_goes_when_it_is_finished() -> None:
    without = {key: value for key, value in BEFORE.items() if key != "m"}
    now = kept_up(without, BEFORE)
    assert now[QUOTES]["m"] == ONE | {"found": "unchecked"}
    assert of_answers(now)[QUOTES] == {"": WHOLE}
    marked_first = {QUOTES: {"m": ONE}}  # marked in the document before the number is typed
    assert kept_up(marked_first, marked_first) == marked_first


def test_quotes_of_cells_go_with_their_rows() -> None:
    rows = [{"_row": "r1", "n": 1}, {"_row": "r2", "n": 2}]
    quotes = {"arms[r1].n": ONE, "arms[r2].n": ONE}
    assert of_answers({"arms": rows[:1], QUOTES: quotes})[QUOTES] == {"arms[r1].n": ONE}
