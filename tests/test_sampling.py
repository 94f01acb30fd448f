"""Samples that anybody can draw again, how large they must be, and the lists that a lead types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.screening import ScreeningError
from workbench.screening.key_papers import MOST, KeyPaper, read_key_papers
from workbench.screening.sampling import chance_to_show, draw, size_to_show, too_many_missed
from workbench.screening.word_lists import read_words


@given(st.sets(st.text(min_size=1, max_size=4), max_size=30), st.integers(0, 40), st.integers(0, 2**31 - 1))
def test_the_same_seed_draws_the_same_sample_in_whatever_order_reports_come(
    reports: set[str], size: int, seed: int
) -> None:
    drawn = draw(reports, size, seed)
    assert drawn == draw(sorted(reports, reverse=True), size, seed)
    assert len(drawn) == len(set(drawn)) == min(size, len(reports))
    assert set(drawn) <= reports


def test_a_sample_is_what_it_always_was() -> None:
    """A seed that was noted down must draw the same sample in ten years."""
    drawn = draw([f"pubmed:{number}" for number in range(100)], 4, 20261123)
    assert drawn == ("pubmed:96", "pubmed:75", "pubmed:84", "pubmed:66")


def test_every_report_is_drawn_as_often_as_any_other() -> None:
    counts = dict.fromkeys("abcdefghij", 0)
    for seed in range(2000):
        for report in draw(counts, 3, seed):
            counts[report] += 1
    assert all(500 < count < 700 for count in counts.values())  # 600 each; 100 is five standard deviations


# R 4: f <- function(U, k, c) { n <- 1:(U - k + 1); min(n[1 - phyper(0, k, U - k, n) >= c]) }
@pytest.mark.parametrize(
    ("unread", "missed", "chance", "size"),
    [(5000, 10, 0.95, 1294), (100, 5, 0.8, 27), (4800, 2, 0.95, 3727), (100, 1, 0.95, 95), (60, 60, 0.95, 1)],
)
def test_the_size_is_that_of_r(unread: int, missed: int, chance: float, size: int) -> None:
    assert size_to_show(unread=unread, missed=missed, chance=chance) == size


@given(st.integers(1, 3000), st.data())
def test_no_smaller_sample_would_do(unread: int, data: st.DataObject) -> None:
    missed, chance = data.draw(st.integers(1, unread)), data.draw(st.floats(0.01, 0.999))
    size = size_to_show(unread=unread, missed=missed, chance=chance)
    assert chance_to_show(unread=unread, missed=missed, size=size) >= chance - 1e-8
    assert size == 1 or chance_to_show(unread=unread, missed=missed, size=size - 1) < chance


@given(st.integers(0, 5000), st.floats(0.5, 0.999))
def test_the_fewest_missed_that_are_too_many(found: int, target: float) -> None:
    missed = too_many_missed(found=found, target=target)
    assert missed >= 1
    assert found / (found + missed) < target
    assert missed == 1 or found / (found + missed - 1) >= target


@pytest.mark.parametrize(
    "numbers", [{"unread": 5, "missed": 6}, {"unread": 5, "missed": 0}, {"unread": 5, "missed": 1, "chance": 1.0}]
)
def test_numbers_that_cannot_be_are_refused(numbers: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        size_to_show(**numbers)  # type: ignore[arg-type]


# --- lists that are typed ---------------------------------------------------------------------------------------------


def test_key_papers_are_pmids_and_dois_each_once() -> None:
    typed = "27260638\n\n PMID: 27260638 \nhttps://pubmed.ncbi.nlm.nih.gov/123/\ndoi:10.1000/ABC.1\n10.1000/abc.1\n"
    assert read_key_papers(typed) == (KeyPaper(pmid="27260638"), KeyPaper(pmid="123"), KeyPaper(doi="10.1000/abc.1"))
    assert read_key_papers("") == ()


@pytest.mark.parametrize("line", ["Smith 2020", "0123", "12345678901", "PMC123", "<script>"])
def test_a_line_that_is_neither_is_named(line: str) -> None:
    with pytest.raises(ScreeningError, match="line 2"):
        read_key_papers(f"1\n{line}")


def test_key_papers_have_a_limit() -> None:
    with pytest.raises(ScreeningError, match="too many"):
        read_key_papers("\n".join(str(number) for number in range(1, MOST + 2)))


def test_words_are_one_a_line_without_blanks_and_repetitions() -> None:
    lists = read_words(" random* \n\nsham  coil\nRandom*\n", "rat*\nmice")
    assert lists.include == ("random*", "sham coil")
    assert lists.exclude == ("rat*", "mice")


@pytest.mark.parametrize(
    ("include", "exclude", "said"),
    [
        ("good\n\n*", "", "speak for a record, line 3"),
        ("", "fine\n" + "x" * 81, "speak against it, line 2.*80 characters"),
        ("\n".join(f"word {number}" for number in range(201)), "", "speak for a record.*200 items"),
    ],
)
def test_words_that_cannot_be_used_are_named_by_list_and_line(include: str, exclude: str, said: str) -> None:
    with pytest.raises(ScreeningError, match=said):
        read_words(include, exclude)
