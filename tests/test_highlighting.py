"""Where the team's words are marked in a title or an abstract."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.screening.highlighting import Highlighter, highlighter


def marked(text: str, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """What is marked, and as what, in order."""
    return [(text[mark.start : mark.end], mark.kind) for mark in highlighter(include, exclude).marks(text)]


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("sham", "Sham coil or SHAM; shams, shamans and a sham.", ["Sham", "SHAM", "sham"]),
        ("random*", "Randomised, randomization, random but not strandom", ["Randomised", "randomization", "random"]),
        (
            "theta burst",
            "theta-burst, Theta  burst, theta\nburst, theta, burst",
            ["theta-burst", "Theta  burst", "theta\nburst"],
        ),
        ("double-blind", "a double blind trial, double\u2011blind", ["double blind", "double\u2011blind"]),
        ("cortex mot*", "cortex moteur, cortex-motor, cortex", ["cortex moteur", "cortex-motor"]),
        ("fibromialgia", "Fibromiálgia e FIBROMIALGIA", ["Fibromiálgia", "FIBROMIALGIA"]),
        ("Schmerz", "schmerz Schmerzen", ["schmerz"]),
        ("große", "GROSSE Studie", ["GROSSE"]),
        ("50%", "in 50% of 50 people", ["50%"]),
        ("(rTMS)", "rTMS or (rTMS)", ["(rTMS)"]),
        ("TNF-α", "tnf-Α and TNF α", ["tnf-Α", "TNF α"]),
        ("随机", "本研究随机对照", ["随机"]),
        ("t.i.d.", "given t.i.d. or tid", ["t.i.d."]),
        ("pain chronic", "pain, chronic", []),
        ("rats", "rats", ["rats"]),
    ],
)
def test_a_term_is_found_as_whole_words_whatever_its_case_and_accents(
    term: str, text: str, expected: list[str]
) -> None:
    assert marked(text, (term,)) == [(found, "include") for found in expected]


def test_accents_written_as_signs_of_their_own_are_marked_with_their_letter() -> None:
    text = unicodedata.normalize("NFD", "névralgie ou caféine")
    assert [found for found, _ in marked(text, ("nevralgie", "cafeine"))] == [
        unicodedata.normalize("NFD", "névralgie"),
        unicodedata.normalize("NFD", "caféine"),
    ]
    assert marked(unicodedata.normalize("NFD", "café noir"), ("cafe",))[0][0] == unicodedata.normalize("NFD", "café")


def test_of_two_terms_that_overlap_the_longer_one_is_marked() -> None:
    assert marked("a non-randomised trial", ("randomised",), ("non-randomised",)) == [("non-randomised", "exclude")]
    assert marked("healthy adults with pain", ("adults with pain",), ("healthy adults",)) == [
        ("healthy", "exclude"),
        ("adults with pain", "include"),
    ]
    assert marked("sham sham", ("sham", "sham sham")) == [("sham sham", "include")]


def test_a_term_of_both_lists_speaks_for_a_record() -> None:
    assert marked("pilot", ("pilot",), ("Pilot",)) == [("pilot", "include")]


@pytest.mark.parametrize("term", ["*", "**", " ", "–", "…*", "()"])
def test_a_term_without_a_letter_marks_nothing(term: str) -> None:
    assert not Highlighter((term,), ())
    assert marked("any * text – (at all) …", (term,)) == []


def test_signs_that_mean_something_in_patterns_are_only_signs() -> None:
    text = "cost (a+b)[c] ^x$ .* end"
    assert marked(text, ("(a+b)",)) == [("(a+b)", "include")]
    assert marked(text, (".* end",)) == [(".* end", "include")]
    assert marked(text, ("a.b",)) == []


letters = st.text(alphabet="abé Z-*ßÅ,\n", max_size=40)
terms = st.lists(st.text(alphabet="abé Z-*", min_size=1, max_size=8), max_size=6).map(tuple)


@given(text=letters, include=terms, exclude=terms)
def test_marks_come_in_order_do_not_overlap_and_lie_in_the_text(
    text: str, include: tuple[str, ...], exclude: tuple[str, ...]
) -> None:
    end = 0
    for mark in Highlighter(include, exclude).marks(text):
        assert end <= mark.start < mark.end <= len(text)
        assert text[mark.start : mark.end] == text[mark.start : mark.end].strip()
        end = mark.end


@given(
    text=st.text(alphabet="ab -.", max_size=40), word=st.text(alphabet="ab", min_size=1, max_size=3), star=st.booleans()
)
def test_single_words_are_found_where_a_plain_search_finds_them(text: str, word: str, star: bool) -> None:
    expected = [match.span() for match in re.finditer(rf"\b{word}{'[ab]*' if star else ''}\b", text)]
    found = Highlighter((word + "*" * star,), ()).marks(text)
    assert [(mark.start, mark.end) for mark in found] == expected


@given(text=st.text(max_size=60), term=st.text(min_size=1, max_size=10))
def test_any_text_and_any_term_can_be_looked_at(text: str, term: str) -> None:
    for mark in Highlighter((term,), (term[::-1],)).marks(text + term + text):
        assert mark.end > mark.start


def test_a_text_marks_the_term_that_was_taken_from_it() -> None:
    assert marked("Deep TMS (H-coil) for migraine", ("deep TMS (H-coil)",)) == [("Deep TMS (H-coil)", "include")]
