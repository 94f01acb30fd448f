"""One extractor's answers from two windows, brought together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.extraction import brought_together, clashes
from workbench.forms.answers import NOT_REPORTED, QUOTES


def row(identity: str, label: str, n: int | None = None) -> dict[str, Any]:
    return {"_row": identity, "label": label} | ({} if n is None else {"n": n})


def test_what_only_one_window_changed_is_proposed_and_what_both_did_is_asked() -> None:
    base = {"a": 1, "b": 2, "c": 3, "d": 4}
    newer, mine = {"a": 1, "b": 20, "c": 30, "d": 4}, {"a": 10, "b": 2, "c": 31, "e": 5}
    found = {clash.path: (clash.newer, clash.mine, clash.proposed) for clash in clashes(base, newer, mine)}
    assert found == {
        "a": (1, 10, "mine"),
        "b": (20, 2, "newer"),
        "c": (30, 31, None),
        "d": (4, None, "mine"),
        "e": (None, 5, "mine"),
    }
    assert brought_together(base, newer, mine, {"c": "mine"}) == {"a": 10, "b": 20, "c": 31, "e": 5}
    assert brought_together(base, newer, mine, dict.fromkeys(found, "newer")) == newer


def test_cells_of_one_row_are_told_apart_and_rows_are_added_and_removed_as_a_whole() -> None:
    base = {"arms": [row("r1", "A", 1), row("r2", "B", 2)]}
    newer = {"arms": [row("r1", "A", 10), row("r2", "B", 2), row("r3", "C", 3)]}
    mine = {"arms": [row("r1", "A*", 1)]}
    found = {clash.path: clash.proposed for clash in clashes(base, newer, mine)}
    assert found == {"arms[r1].label": "mine", "arms[r1].n": "newer", "arms[r2]": "mine", "arms[r3]": "newer"}
    assert brought_together(base, newer, mine, {}) == {"arms": [row("r1", "A*", 10), row("r3", "C", 3)]}
    kept = brought_together(base, newer, mine, {"arms[r2]": "newer"})
    assert kept == {"arms": [row("r1", "A*", 10), row("r2", "B", 2), row("r3", "C", 3)]}


def test_two_rows_added_under_one_id_can_both_stay_with_their_quotes() -> None:
    newer = {"arms": [row("r1", "5 Hz", 3)], QUOTES: {"arms[r1].n": {"quote": "three"}}}
    mine = {"arms": [row("r1", "Sham", 4)], QUOTES: {"arms[r1].n": {"quote": "four"}}}
    (clash,) = clashes({}, newer, mine)
    assert (clash.path, clash.proposed, clash.can_keep_both) == ("arms[r1]", None, True)
    assert brought_together({}, newer, mine, {"arms[r1]": "both"}) == {
        "arms": [row("r1", "5 Hz", 3), row("r2", "Sham", 4)],
        QUOTES: {"arms[r1].n": {"quote": "three"}, "arms[r2].n": {"quote": "four"}},
    }
    assert brought_together({}, newer, mine, {"arms[r1]": "mine"}) == mine


def test_a_quote_goes_with_its_value_and_alone_where_only_it_changed() -> None:
    base = {"a": 1, "b": 2, QUOTES: {"b": {"quote": "two"}}}
    newer = {"a": 9, "b": 2, QUOTES: {"a": {"quote": "nine"}, "b": {"quote": "two"}}}
    mine = {"a": 8, "b": 2, QUOTES: {"a": {"quote": "eight"}, "b": {"quote": "two, p. 4"}}}
    taken = brought_together(base, newer, mine, {"a": "mine"})
    assert taken[QUOTES] == {"a": {"quote": "eight"}, "b": {"quote": "two, p. 4"}}
    assert brought_together(base, newer, mine, {"a": "newer"})[QUOTES]["a"] == {"quote": "nine"}
    assert QUOTES not in brought_together(base, base, {"a": 1, "b": 2}, {})


def test_a_table_that_one_window_said_is_not_reported_is_one_value() -> None:
    base = {"arms": [row("r1", "A", 1)]}
    mine = {"arms": dict(NOT_REPORTED)}
    (clash,) = clashes(base, base, mine)
    assert (clash.path, clash.proposed) == ("arms", "mine")
    assert brought_together(base, base, mine, {}) == mine


CELLS = st.one_of(st.none(), st.integers(0, 2))
LABELS = st.sampled_from(["A", "B"])
TABLES = st.dictionaries(st.sampled_from(["r1", "r2", "r3"]), st.tuples(LABELS, CELLS), max_size=3)
ANSWERS = st.builds(
    lambda table, values: (
        {key: value for key, value in values.items() if value is not None}
        | ({"arms": [row(identity, *cells) for identity, cells in sorted(table.items())]} if table else {})
    ),
    TABLES,
    st.dictionaries(st.sampled_from(["a", "b"]), CELLS),
)


@pytest.mark.parametrize("side", ["newer", "mine"])
@given(base=ANSWERS, newer=ANSWERS, mine=ANSWERS)
def test_keeping_everything_of_one_window_gives_what_that_window_had(
    side: Any, base: dict[str, Any], newer: dict[str, Any], mine: dict[str, Any]
) -> None:
    kept = {clash.path: side for clash in clashes(base, newer, mine)}
    wanted = newer if side == "newer" else mine
    taken = brought_together(base, newer, mine, kept)
    taken["arms"] = sorted(taken.get("arms", []), key=lambda item: item["_row"])
    assert taken == {"arms": [], **wanted}
    assert clashes(base, newer, newer) == ()
