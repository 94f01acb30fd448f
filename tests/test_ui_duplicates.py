"""The page of duplicates: one key a word, every merge with its way back, and nothing lost that was decided before."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from tests.test_ui_pages import assert_no_fault, one_of, press, shown
from tests.ui_review import (
    HOSTILE_ABSTRACT,
    HOSTILE_TITLE,
    THEN,
    add_records,
    add_study,
    include,
    record,
)
from workbench.store import SYSTEM, Store
from workbench.ui import duplicate_pairs
from workbench.ui.duplicate_table import duplicates_csv
from workbench.ui.record_differences import MOST_WORDS, side_by_side, word_marks

Opener = Callable[..., Store]


@pytest.fixture(autouse=True)
def no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests press at once."""
    monkeypatch.setattr(duplicate_pairs, "SHORTEST_LOOK", 0.0)


def key(number: int) -> str:
    return f"pubmed:{number}"


def ask(store: Store, *pairs: tuple[int, int], reason: str = "same title") -> None:
    store.add_unsure_pairs([(key(one), key(other), [reason]) for one, other in pairs], now=THEN)


def page(part: str = "decide", reviewer: str = "ada") -> AppTest:
    at = AppTest.from_string(
        "from workbench.ui import faults\nfrom workbench.ui.pages import duplicates\nfaults.guarded(duplicates.view)()",
        default_timeout=30,
    )
    at.query_params["reviewer"] = reviewer
    at.run()
    if part != "decide":
        at.segmented_control(key="duplicates:part").set_value(part).run()
    assert_no_fault(at)
    return at


def waiting(at: AppTest) -> str:
    """Which pair is on screen, by the numbers of its records."""
    heads = [line for line in shown(at).splitlines() if "wb-pair" in line and "<thead>" in line]
    body = heads[0] if heads else shown(at)
    numbers = [body.partition(f"{letter}. PubMed (")[2].partition(")")[0] for letter in "AB"]
    return "-".join(numbers)


# --- to decide --------------------------------------------------------------------------------------------------------


def test_a_review_without_records_and_one_without_pairs_say_what_comes_next(review: Opener) -> None:
    store = review()
    assert "workbench refresh" in shown(page())
    add_records(store, (1, 2))
    at = page()
    assert "workbench dedupe" in shown(at)
    assert one_of(at.button, "Undo").disabled
    for part in ("automatic", "people", "hand"):
        assert_no_fault(page(part))
    assert "Nothing was merged automatically" in shown(page("automatic"))


def test_a_word_is_recorded_with_who_and_why_and_the_next_pair_comes_at_once(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 7))
    ask(store, (1, 2), (3, 4), (5, 6))
    at = page()
    assert waiting(at) == "1-2"
    assert "Pair 1 of 3 that wait. 0 of 3 settled so far." in shown(at)
    at.text_input[0].set_value("same trial number").run()
    press(at, "Same")
    assert_no_fault(at)
    assert waiting(at) == "3-4"
    assert "1 of 3 settled so far" in shown(at)
    word = store.word_on(key(1), key(2))
    assert word is not None
    assert (word.linked, word.by, word.reasons) == (True, "ada", ("same trial number",))
    press(at, "Different")
    assert waiting(at) == "5-6"
    press(at, "Different")
    assert "Every pair is settled" in at.success[0].value
    press(at, "Undo")
    assert waiting(at) == "5-6"


def test_undo_brings_the_pair_back_word_by_word(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 7))
    ask(store, (1, 2), (3, 4), (5, 6))
    at = page()
    press(at, "Same")
    press(at, "Different")
    press(at, "Undo")
    assert waiting(at) == "3-4"
    press(at, "Undo")
    assert waiting(at) == "1-2"
    assert one_of(at.button, "Undo").disabled
    assert len(store.unsure_pairs()) == 3
    assert len(store.reports()) == 6


def test_nobody_undoes_what_another_person_said(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 5))
    ask(store, (1, 2), (3, 4))
    store.settle_unsure(key(1), key(2), same=True, by="ben")
    assert one_of(page().button, "Undo").disabled


def test_a_word_said_meanwhile_in_another_window_is_not_overruled_unseen(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 5))
    ask(store, (1, 2), (3, 4))
    at = page()
    store.settle_unsure(key(1), key(2), same=False, by="ben")
    one_of(at.button, "Same").click().run()
    assert "Ben Example has just said that pubmed:1 and pubmed:2 are two reports" in at.error[0].value
    word = store.word_on(key(1), key(2))
    assert word is not None
    assert (word.linked, word.by) == (False, "ben")


def test_skipping_goes_round_and_a_reload_comes_back_to_the_pair(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 7))
    ask(store, (1, 2), (3, 4), (5, 6))
    at = page()
    assert [waiting(press(at, label)) for label in ("Skip", "Skip", "Skip", "Back")] == ["3-4", "5-6", "1-2", "5-6"]
    assert waiting(page()) == "5-6"
    assert waiting(page(reviewer="ben")) == "1-2"


def test_keys_stand_on_the_buttons_and_can_be_turned_off_for_good(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    ask(store, (1, 2))
    at = page()

    def shortcuts() -> list[str]:
        return [button.proto.shortcut for button in at.button if button.proto.shortcut]

    assert sorted(shortcuts()) == ["d", "j", "k", "s", "u"]
    at.toggle[0].set_value(False).run()
    assert shortcuts() == []
    at = page()
    assert shortcuts() == []


def test_what_is_pressed_before_a_pair_could_be_read_decides_nothing(
    review: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = review()
    add_records(store, (1, 2))
    ask(store, (1, 2))
    monkeypatch.setattr(duplicate_pairs, "SHORTEST_LOOK", 60.0)
    press(page(), "Same")
    assert len(store.unsure_pairs()) == 1


def test_pairs_are_filtered_by_reason_and_by_source(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 5))
    run = store.begin_search("file: embase", "embase.csv")
    store.add_records(run, "file: embase", [(replace(record(9), source="embase", pmid=None), None)])
    ask(store, (1, 2))
    store.add_unsure_pairs([(key(3), "embase:9", ["same DOI, but the titles differ"])])
    at = page()
    reasons = at.selectbox(key="duplicates:reason")
    assert len(reasons.options) == 3
    reasons.set_value("same DOI, but the titles differ").run()
    assert "Pair 1 of 1 that wait and are of this kind" in shown(at)
    assert "embase (9)" in shown(at)
    press(at, "Different")  # the last of its kind: the filter lets go
    assert_no_fault(at)
    assert waiting(at) == "1-2"
    at.selectbox(key="duplicates:source").set_value("pubmed").run()
    assert waiting(at) == "1-2"


def test_a_word_that_contradicts_another_is_refused_in_the_stores_own_words(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 4))
    ask(store, (2, 3))
    at = page()
    store.settle_unsure(key(1), key(2), same=False, by="ben")
    store.settle_unsure(key(1), key(3), same=True, by="ben")
    one_of(at.button, "Same").click().run()
    assert "Settle that pair first" in at.error[0].value


def test_what_hangs_on_the_records_is_said_before_and_no_vote_is_told(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 4))
    include(store, 1, "ben")
    include(store, 2, "ada", "ben")
    add_study(store, 2, "Doe 2020")
    ask(store, (1, 2))
    body = shown(page())
    assert "On A: decisions of 1 person at titles and abstracts." in body
    assert "On B: decisions of 2 people at titles and abstracts, the study Doe 2020 with 0 results." in body
    assert "include" not in body.casefold().replace("included", "")


def test_markup_in_records_is_shown_as_its_characters(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2), title=HOSTILE_TITLE, abstract=HOSTILE_ABSTRACT)
    add_records(store, (3,), title=HOSTILE_TITLE + " 3", abstract="<b>other</b> " + HOSTILE_ABSTRACT)
    ask(store, (1, 3), reason="<i>why</i>")
    store.link_duplicates([[key(1), key(2)]], reasons=["<u>rule</u>"])
    for part in ("decide", "automatic", "hand"):
        at = page(part)
        if part == "automatic":
            one_of(at.selectbox, "Look at one report").set_value(key(1)).run()
        if part == "hand":
            for letter, words in (("A", "alert"), ("B", "trial 3")):
                at.text_input(key=f"hand:words:{letter}").set_value(words).run()
        assert_no_fault(at)
        body = shown(at)
        assert "&lt;script&gt;" in body
        for tag in ("<script", "<img", "<iframe", "<b>", "<i>", "<u>", 'href="javascript'):
            assert tag not in body, (part, tag)
        for element in (*at.markdown, *at.caption, *at.header, *at.subheader):
            assert "alert(1)" not in element.value


# --- merged -----------------------------------------------------------------------------------------------------------


def test_a_merged_report_tells_where_each_field_is_from_and_is_undone_and_redone(review: Opener) -> None:
    store = review()
    add_records(store, (1,), abstract="")
    run = store.begin_search("file: embase", "embase.csv")
    other = replace(record(1), source="embase", source_id="7", pmid=None, abstract="Pain fell.", year=2023)
    store.add_records(run, "file: embase", [(other, None)])
    store.link_duplicates([[key(1), "embase:7"]], reasons=["same DOI and title"], now=THEN)
    at = page("automatic")
    assert "same DOI and title" in shown(at)
    one_of(at.selectbox, "Look at one report").set_value(key(1)).run()
    body = shown(at)
    assert "The records contradict each other in year" in body
    assert '<th scope="row">abstract</th><td>Pain fell.</td><td>embase:7</td>' in body
    press(at, "Undo the merge of 2026-03-01 12:00")
    assert_no_fault(at)
    assert len(store.reports()) == 2
    assert store.link_duplicates([[key(1), "embase:7"]]).refused
    press(at, "Take that back")
    assert len(store.reports()) == 1
    assert store.linked_reports()[0].links[0].by == SYSTEM


def test_one_record_is_taken_out_and_put_back(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 4))
    include(store, 2, "ada", "ben")
    store.link_duplicates([[key(1), key(2), key(3)]], now=THEN)
    at = page("automatic")
    one_of(at.selectbox, "Look at one report").set_value(key(1)).run()
    assert "keeps the 2 decisions that were made on it" in shown(at)
    at.button(key=f"take-out:{key(2)}").click().run()
    assert_no_fault(at)
    assert [report.record_keys for report in store.reports()] == [(key(1), key(3)), (key(2),)]
    press(at, "Take that back")
    assert [report.record_keys for report in store.reports()] == [(key(1), key(2), key(3))]


def test_three_thousand_pairs_and_merges_come_in_pages(review: Opener) -> None:
    store = review()
    run = store.begin_search("many", "q")
    many = [record(number, abstract="Pain lasts. " * 150) for number in range(1, 2001)]
    store.add_records(run, "many", [(each, None) for each in many])
    store.link_duplicates([[key(n), key(n + 1)] for n in range(1, 1001, 2)], reasons=["same DOI and title"])
    store.add_unsure_pairs([(key(n), key(m), ["same title"]) for n in range(1001, 1101) for m in range(1201, 1231)])
    assert len(store.unsure_pairs()) == 3000
    for part in ("decide", "automatic"):
        at = page(part)
        sizes = [len(str(element.proto.body)) for element in at.get("html")]
        assert max(sizes) < 20_000
        assert sum(sizes) < 45_000
    assert "Reports 1 to 20 of 500" in shown(at)
    at.text_input(key="merged:words").set_value("10.1000/made.up.77").run()
    assert "Reports 1 to 7 of 7" in shown(at)


# --- people -----------------------------------------------------------------------------------------------------------


def test_words_of_people_are_listed_and_each_can_be_taken_back(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 5))
    store.settle_unsure(key(1), key(2), same=True, by="ben", reasons=["one trial number"])
    store.settle_unsure(key(3), key(4), same=False, by="cleo")
    at = page("people")
    assert "Ben Example" in shown(at)
    assert "one trial number" in shown(at)
    at.segmented_control(key="words:kind").set_value("Not one report").run()
    assert "Ben Example" not in shown(at)
    one_of(at.selectbox, "Look at one pair").set_value((key(3), key(4))).run()
    press(at, "Take this word back")
    assert_no_fault(at)
    assert store.word_on(key(3), key(4)) is None
    press(at, "Take that back")
    assert store.word_on(key(3), key(4)) is not None


def test_two_records_are_found_by_hand_said_to_be_one_report_and_parted_again(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 5))
    at = page("hand")
    for letter, words in (("A", "made.up.2"), ("B", "made.up.4")):
        at.text_input(key=f"hand:words:{letter}").set_value(words).run()
    one_of(at.text_input, "Why (kept with your word, may stay empty)").set_value("the authors say so").run()
    press(at, "Same report")
    assert_no_fault(at)
    assert store.report_of(key(4)).record_keys == (key(2), key(4))
    assert "the authors say so" in shown(at)
    press(at, "Different: take B out of the report")
    assert_no_fault(at)
    assert store.report_of(key(4)).record_keys == (key(4),)
    at.text_input(key="hand:words:B").set_value("made.up.2").run()
    assert "one and the same record" in shown(at)
    at.text_input(key="hand:words:B").set_value("nothing like it").run()
    assert "No record holds all these words" in shown(at)


def test_new_records_are_compared_from_the_page(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    run = store.begin_search("file: embase", "embase.csv")
    store.add_records(run, "file: embase", [(replace(record(1), source="embase", source_id="7"), None)])
    at = page()
    assert "2 records came or changed" in shown(at)
    press(at, "Look for duplicates now")
    assert_no_fault(at)
    assert len(store.reports()) == 1
    assert "last looked for" in shown(at)
    assert "came or changed" not in shown(at)


def test_the_table_for_a_spreadsheet_tells_everything_and_runs_nothing(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 9), title="=HYPERLINK(1)")
    store.link_duplicates([[key(1), key(2)]], reasons=["same DOI and title"], now=THEN)
    store.settle_unsure(key(3), key(4), same=True, by="ben", reasons=["-1+1"], now=THEN)
    store.settle_unsure(key(5), key(6), same=False, by="ben", now=THEN)
    ask(store, (7, 8))
    rows = list(csv.DictReader(io.StringIO(duplicates_csv(store).decode("utf-8-sig"))))
    assert [(row["state"], row["record 1"], row["record 2"], row["by"]) for row in rows] == [
        ("merged by a person", key(3), key(4), "ben"),
        ("merged automatically", key(1), key(2), SYSTEM),
        ("kept apart", key(5), key(6), "ben"),
        ("waits for a person", key(7), key(8), SYSTEM),
    ]
    assert rows[0]["reasons"] == "'-1+1"
    assert {row["title 1"] for row in rows} == {"'=HYPERLINK(1)"}
    assert rows[1]["at"].startswith("2026-03-01T12:00")


# --- a report on other pages ------------------------------------------------------------------------------------------


def test_a_report_is_shown_merged_with_its_sources(review: Opener) -> None:
    store = review()
    add_records(store, (1,), abstract="", year=2020)
    run = store.begin_search("file: embase", "embase.csv")
    other = replace(record(1), source="embase", source_id="7", pmid=None, abstract="Pain fell.", year=2023)
    store.add_records(run, "file: embase", [(other, None)])

    def card() -> AppTest:
        at = AppTest.from_string("from workbench.ui import record_card\nrecord_card.show_report('pubmed:1')").run()
        assert_no_fault(at)
        return at

    assert "From PubMed" in shown(card())
    store.link_duplicates([[key(1), "embase:7"]])
    at = card()
    assert "Pain fell." in shown(at)
    assert "One report of 2 records, from PubMed, embase. They contradict each other in: year" in at.expander[0].label
    assert "embase:7" in shown(at)


# --- marks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right", "marked_left", "marked_right"),
    [
        ("pain in women", "pain in men", "pain in <del>women</del>", "pain in <ins>men</ins>"),
        ("Pain in Women", "pain, in wömen", "Pain in Women", "pain, in wömen"),
        ("a trial", "a sham-controlled trial", "a trial", "a <ins>sham-controlled</ins> trial"),
        ("2019", "2020", "<del>2019</del>", "<ins>2020</ins>"),
        ("<b>one</b> x", "two x", "<del>&lt;b&gt;one&lt;/b&gt;</del> x", "<ins>two</ins> x"),
        ("pain of the knee", "pain of a hip", "pain of <del>the knee</del>", "pain of <ins>a hip</ins>"),
        ("one two three four", "five six seven eight", "one two three four", "five six seven eight"),
    ],
)
def test_words_that_one_side_lacks_are_marked(left: str, right: str, marked_left: str, marked_right: str) -> None:
    assert tuple(map(str, word_marks(left, right))) == (marked_left, marked_right)


def test_each_row_says_what_agrees_as_the_rules_see_it() -> None:
    one = record(
        1, journal="European Journal of Pain", pages="1383-92", title="Pain in women.", pmid=None, doi="10.1000/a.b"
    )
    other = record(2, journal="Eur J Pain", pages="1383-1392", title="Pain in men", year=None, doi="10.1000/a-b")
    body = str(side_by_side(one, other))
    for row in (
        '<tr class="journal agrees">',
        '<tr class="pages agrees">',
        '<tr class="title differs">',
        '<tr class="authors same">',
        '<tr class="pmid one-only">',
        '<tr class="year one-only">',
        '<tr class="doi differs">',
        "<del>10.1000/a.b</del>",
        "<ins>10.1000/a-b</ins>",
    ):
        assert row in body, row
    assert body.count("Doe Jane") == 1  # what is the same is shown once


def test_endless_texts_are_shown_shortened_and_unmarked() -> None:
    endless = "pain " * (MOST_WORDS + 1)
    assert word_marks(endless, endless + "x") == (endless, endless + "x")
    repeated = "pain " * (MOST_WORDS - 1)
    assert word_marks(repeated, repeated + "x") == (repeated, repeated + "x")
    body = str(side_by_side(record(1, abstract=endless * 20), record(2, abstract=endless * 20 + "x")))
    assert len(body) < 20_000
    assert "the rest is not shown here" in body
