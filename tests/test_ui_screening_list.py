"""The list of what a reviewer's filter lets through, labels, and excluding many at once with a way back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from ingest.exports import EXPORTS
from ingest.readers import read_records
from ingest.record import Record
from tests.test_store_desk import end_sample, put_sample
from tests.test_ui_pages import assert_no_fault, one_of, press, shown
from tests.ui_review import HOSTILE_TITLE, NEUROPATHIC, add_records, make_review, vote
from workbench.review import ReviewDefinition, load_review
from workbench.screening import ScreeningPlan, Stage, State, Verdict, decide
from workbench.store import ListFilter, Store
from workbench.ui import context
from workbench.ui.desk import bulk, listing
from workbench.ui.desk.filters import STANDINGS, as_written, read_filter
from workbench.ui.desk.words import filter_in_words

Opener = Callable[..., Store]
INCLUDE, EXCLUDE = Verdict.INCLUDE, Verdict.EXCLUDE
TITLES = Stage.TITLE_ABSTRACT
VIEW = """
from workbench.screening import Stage
from workbench.ui import faults
from workbench.ui.desk import bulk, labels, listing
from workbench.ui.desk.filters import filters

def view():
    wanted = filters(Stage.TITLE_ABSTRACT)
    listing.show(Stage.TITLE_ABSTRACT, wanted)
    bulk.show(Stage.TITLE_ABSTRACT, wanted)

faults.guarded(view)()
"""


def page(reviewer: str = "ada", script: str = VIEW, **address: str) -> AppTest:
    at = AppTest.from_string(script, default_timeout=30)
    at.query_params["reviewer"] = reviewer
    for name, value in address.items():
        at.query_params[name.rstrip("_")] = value
    at.run()
    assert_no_fault(at)
    return at


def titles(at: AppTest) -> list[str]:
    return [button.label for button in at.button if str(button.key).startswith("open:")]


def numbers(at: AppTest) -> list[int]:
    """The trials of the list, by the numbers in their titles."""
    return [int(label.rpartition(" ")[2]) for label in titles(at)]


def field(at: AppTest, name: str, reviewer: str = "ada") -> Any:
    key = f"filter:title_abstract:{reviewer}:{name}"
    return next(item for kind in (at.text_input, at.selectbox, at.number_input) for item in kind if item.key == key)


# --- filters ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def definition(tmp_path_factory: pytest.TempPathFactory) -> ReviewDefinition:
    return load_review(make_review(tmp_path_factory.mktemp("filters") / "review"))


def kinds_of_filters() -> some.SearchStrategy[ListFilter]:
    years = some.none() | some.integers(1800, 2100)
    return some.builds(
        ListFilter,
        text=some.text(some.characters(categories=("L", "N", "P", "S")), max_size=30),
        indication=some.none() | some.just("migraine"),
        tag=some.none() | some.just(NEUROPATHIC),
        year_from=years,
        year_to=years,
        standing=some.sampled_from(STANDINGS),
        verdict=some.sampled_from(("", "include", "maybe", "exclude")),
        label=some.none() | some.sampled_from(("sham?", "ask Ben")),
    )


@given(wanted=kinds_of_filters())
def test_what_is_written_in_the_address_is_the_filter_that_is_read(
    wanted: ListFilter, definition: ReviewDefinition
) -> None:
    written = as_written(wanted)
    assert read_filter(written, definition, {"sham?", "ask Ben"}) == (wanted, [])
    assert bool(filter_in_words(wanted, definition, TITLES)) is bool(written) is not wanted.empty


@given(
    given_=some.dictionaries(
        some.sampled_from(["words", "found", "tag", "from", "to", "standing", "mine", "label", "else"]),
        some.text(max_size=300) | some.integers() | some.none() | some.just(["x"]),
    )
)
def test_whatever_an_address_says_gives_a_filter_of_this_review(
    given_: dict[str, Any], definition: ReviewDefinition
) -> None:
    wanted, _ = read_filter(given_, definition, set())
    assert wanted.indication is None or wanted.indication in {item.key for item in definition.indications}
    assert wanted.standing in STANDINGS
    assert wanted.label is None
    assert all(year is None or 1800 <= year <= 2100 for year in (wanted.year_from, wanted.year_to))
    assert len(wanted.text) <= 200


def test_a_filter_from_the_address_is_used_and_what_means_nothing_is_named(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2, 3))
    at = page(words="MADE.up.2", found="no_such", from_="20x0", standing="<b>", label="not mine")
    assert numbers(at) == [2]
    body = shown(at)
    assert "left out: found=no_such, from=20x0, standing=&lt;b&gt;, label=not mine" in body
    assert "with the words “MADE.up.2”" in body
    assert sorted(at.query_params) == ["reviewer", "words"]


def test_a_filter_is_kept_for_the_reviewer_goes_to_the_address_and_is_cleared_with_one_press(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    add_records(store, (3,), indication="migraine", year=1999)
    at = page()
    assert "Filtered" not in shown(at)
    field(at, "indication").set_value("migraine").run()
    field(at, "year_to").set_value(2001).run()
    assert numbers(at) == [3]
    assert at.query_params["found"] == "migraine"
    again = page()
    assert numbers(again) == [3]
    assert field(again, "year_to").value == 2001
    assert "found for Migraine" in shown(again)
    assert numbers(page("ben")) == [1, 2, 3]
    press(again, "Clear the filter")
    assert numbers(again) == [1, 2, 3]
    assert list(again.query_params) == ["reviewer"]
    assert numbers(page()) == [1, 2, 3]


def test_each_field_of_the_filter_does_what_it_says(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2), year=2010)
    add_records(store, (3, 4), indication="migraine", year=2020)
    vote(store, 1, "ada", INCLUDE)
    vote(store, 2, "ada", EXCLUDE)
    store.set_label("pubmed:4", "sham?", True, by="ada")
    for name, value, expected in (
        ("text", "TRIAL 3 motor", [3]),
        ("indication", "migraine", [3, 4]),
        ("tag", NEUROPATHIC, [1, 2]),
        ("year_from", 2015, [3, 4]),
        ("year_to", 2015, [1, 2]),
        ("standing", "waiting", [3, 4]),
        ("standing", "voted", [1, 2]),
        ("verdict", "include", [1]),
        ("label", "sham?", [4]),
    ):
        at = page()
        field(at, name).set_value(value).run()
        assert_no_fault(at)
        assert numbers(at) == expected, (name, value)
        press(at, "Clear the filter")


def test_years_the_wrong_way_round_are_pointed_out(review: Opener) -> None:
    add_records(review(), (1,))
    at = page(from_="2020", to="2010")
    assert "nothing can be found" in at.warning[0].value
    assert "passes the filter" in shown(at)


# --- the list ---------------------------------------------------------------------------------------------------------


def test_an_empty_review_says_what_to_do(review: Opener) -> None:
    review()
    assert "workbench refresh" in shown(page())


def test_nothing_in_the_list_tells_how_somebody_else_voted_before_ones_own_vote(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    vote(store, 1, "ben", EXCLUDE, note="ben-was-here", reason="wrong_design")
    vote(store, 2, "ben", INCLUDE)
    store.set_label("pubmed:1", "bens-label", True, by="ben")
    body = shown(page())
    lines = [line for line in body.splitlines() if "wb-line" in line]
    assert len(lines) == 2
    assert lines[0] == lines[1]
    assert "bens-label" not in body
    file = listing._csv(store, context.review(), "ada", TITLES, ScreeningPlan(needed=2), ListFilter()).decode()
    assert "ben" not in file.lower().replace("benefit", "")
    assert [row["standing"] for row in csv.DictReader(io.StringIO(file))] == ["waiting for my vote"] * 2


def test_a_line_tells_own_decision_reason_standing_labels_and_what_it_was_found_for(review: Opener) -> None:
    store = review()
    add_records(store, (1,), journal="Pain & <Co>")
    vote(store, 1, "ada", EXCLUDE, reason="wrong_design")
    vote(store, 1, "ben", INCLUDE)
    store.set_label("pubmed:1", "ask <b>Ben</b>", True, by="ada")
    body = shown(page())
    reason = next(item.label for item in context.review().screening.exclusion_reasons if item.key == "wrong_design")
    for words in (
        f"I said: Exclude ({reason})",
        "in conflict",
        "ask &lt;b&gt;Ben",
        "Pain &amp; &lt;Co&gt;",
        "Neuropathic",
    ):
        assert words in body, words


def test_markup_in_a_title_is_shown_as_its_characters(review: Opener) -> None:
    add_records(review(), (1,), title=HOSTILE_TITLE)
    (label,) = titles(page())
    assert "\\*\\*bold\\*\\*" in label
    assert "\\<script\\>" in label


def test_pages_orders_and_sizes(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 61))
    add_records(store, (61,), year=2024)
    at = page()
    assert numbers(at) == list(range(1, 51))
    assert "1 to 50 of 61 records" in shown(at)
    at.selectbox(key="list:size:title_abstract:ada").set_value(25).run()
    assert numbers(at) == list(range(1, 26))
    at.selectbox(key="list:sort:title_abstract:ada").set_value("year").run()
    assert numbers(at)[:2] == [61, 1]
    again = page()
    assert numbers(again)[:2] == [61, 1]
    assert len(numbers(again)) == 25


def test_an_order_of_the_ranking_is_followed(review: Opener) -> None:
    add_records(review(), (1, 2, 3))
    at = page(script=VIEW.replace("wanted)\n    bulk", "wanted, order=('pubmed:3', 'pubmed:1'))\n    bulk"))
    assert numbers(at) == [3, 1, 2]


def test_a_page_of_the_list_stays_small(review: Opener) -> None:
    store = review()
    long_title = "Repetitive transcranial magnetic stimulation of the primary motor cortex " * 5
    add_records(store, range(1, 101), title=long_title, abstract="An abstract of some length. " * 100)
    for number in range(1, 101):
        vote(store, number, "ada", EXCLUDE, reason="wrong_design", note="a note " * 50)
    at = page()
    assert "An abstract of some length" not in str(at)
    size = sum(element.proto.ByteSize() for kind in ("button", "html") for element in at.get(kind))
    assert size < 50_000


def test_a_title_opens_its_report_on_the_desk(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2, 3))
    press(page(), titles(page())[1])
    from workbench.ui import screening_session

    seat = store.seat(screening_session.queue(TITLES, "ada", ScreeningPlan(needed=2)))
    assert seat.report is not None
    assert seat.report.key == "pubmed:2"


def test_what_the_team_hides_is_in_neither_the_list_nor_its_files(review: Opener, tmp_path: Path) -> None:
    store = review(screening={"hide": ["authors", "journal", "year"]})
    add_records(store, (1,), authors=("Secret Name",), journal="Secret journal", year=1987)
    at = page()
    assert "Secret" not in shown(at)
    assert "1987" not in shown(at)
    with pytest.raises(StopIteration):
        field(at, "year_from")
    assert "year" not in at.selectbox(key="list:sort:title_abstract:ada").options
    plan = ScreeningPlan(needed=2, hidden=frozenset({"authors", "journal", "year"}))
    for write in (listing._csv, listing._ris):
        body = write(store, context.review(), "ada", TITLES, plan, ListFilter()).decode()
        assert "Motor cortex" in body
        assert "Secret" not in body
        assert "1987" not in body


def test_the_files_hold_what_the_filter_shows_with_own_decisions_and_no_formulas(
    review: Opener, tmp_path: Path
) -> None:
    store = review()
    add_records(store, (1, 2))
    add_records(store, (3,), title="=HYPERLINK(1)")
    vote(store, 3, "ada", EXCLUDE, reason="wrong_design", note="+cmd")
    plan, wanted = ScreeningPlan(needed=2), ListFilter(verdict="exclude")
    body = listing._csv(store, context.review(), "ada", TITLES, plan, wanted).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(body))
    assert row["my decision"] == "exclude"
    assert row["title"] != "=HYPERLINK(1)"
    assert not row["title"].startswith("=")
    assert not row["my note"].startswith("+")
    ris = tmp_path / f"list{EXPORTS['ris'].suffix}"
    ris.write_bytes(listing._ris(store, context.review(), "ada", TITLES, plan, ListFilter()))
    assert [item.title for item in read_records(ris) if isinstance(item, Record)] == [
        "Motor cortex stimulation for pain, trial 1",
        "Motor cortex stimulation for pain, trial 2",
        "=HYPERLINK(1)",
    ]


# --- labels -----------------------------------------------------------------------------------------------------------

LABELS = """
from workbench.ui import faults
from workbench.ui.desk import labels
faults.guarded(lambda: labels.widget("pubmed:1"))()
"""


def test_labels_are_put_on_suggested_and_taken_off(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    store.set_label("pubmed:2", "Sham?", True, by="ada")
    store.set_label("pubmed:1", "secret", True, by="ben")
    at = page(script=LABELS)
    assert at.multiselect[0].options == ["Sham?"]
    assert at.multiselect[0].value == []
    at.session_state["labels:ada:pubmed:1"] = ["sham?", " new\nword "]
    from workbench.ui.desk import labels

    at.multiselect[0].set_value(["Sham?"]).run()
    assert_no_fault(at)
    assert store.labels_of("ada")["pubmed:1"] == ("Sham?",)
    at.multiselect[0].set_value([]).run()
    assert "pubmed:1" not in store.labels_of("ada")
    assert labels.LONGEST_LABEL == 40


# --- bulk exclusion ---------------------------------------------------------------------------------------------------


def open_bulk(at: AppTest, box: str = "bulk") -> AppTest:
    at.session_state[f"{box}:title_abstract"] = True
    at.run()
    assert_no_fault(at)
    return at


def exclude(at: AppTest, *, acts: int = 0, note: str = "animal studies", typed: str = "") -> AppTest:
    end = f"title_abstract:ada:{acts}"
    at.selectbox(key=f"bulk:reason:{end}").set_value("wrong_design")
    at.text_area(key=f"bulk:note:{end}").set_value(note)
    if typed:
        at.text_input(key=f"bulk:number:{end}").set_value(typed)
    return next(b for b in at.button if str(b.key).startswith("bulk:exclude:")).click().run()


def test_without_a_filter_nothing_is_offered_to_be_excluded_together(review: Opener) -> None:
    add_records(review(), (1, 2))
    at = open_bulk(page())
    assert "Set a filter first" in shown(at)
    assert not [b for b in at.button if str(b.key).startswith("bulk:exclude:")]


def test_what_the_filter_shows_is_excluded_as_one_act_and_taken_back_as_one(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2, 3), indication="migraine")
    add_records(store, (4,))
    at = open_bulk(page(found="migraine"))
    assert "<strong>3 records</strong> would be excluded: found for Migraine." in shown(at)
    assert "your vote only" in shown(at)
    exclude(at)
    assert_no_fault(at)
    words = store.decisions()
    assert [(word.report, word.reviewer, word.verdict, word.reason) for word in words] == [
        (f"pubmed:{number}", "ada", EXCLUDE, "wrong_design") for number in (1, 2, 3)
    ]
    assert {word.note for word in words} == {"Excluded together: found for Migraine. animal studies"}
    assert len({word.batch for word in words}) == 1
    assert set(store.states(TITLES).values()) == {State.PENDING}
    assert "3 records excluded together." in shown(at)
    press(at, "Undo all 3")
    assert_no_fault(at)
    assert "Taken back: 3 records." in shown(at)
    assert store.batches("ada", TITLES)[0].standing == 0
    assert "Nothing that still stands" in shown(open_bulk(at, "batches"))


def test_a_batch_can_be_taken_back_later_and_only_as_far_as_it_stands(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2, 3))
    exclude(open_bulk(page(words="trial")))
    vote(store, 2, "ada", INCLUDE, later=10_000)
    at = open_bulk(page(), "batches")
    assert "1 of them decided otherwise since" in shown(at)
    press(at, "Undo all 2")
    assert_no_fault(at)
    plan = ScreeningPlan(needed=2)
    assert store.listed("ada", TITLES, plan, ListFilter(standing="voted")) == ("pubmed:2",)
    assert store.listed("ada", TITLES, plan, ListFilter(standing="waiting")) == ("pubmed:1", "pubmed:3")


def test_after_an_undo_the_same_can_be_excluded_again(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    at = exclude(open_bulk(page(words="trial")))
    press(at, "Undo all 2")
    exclude(open_bulk(at), acts=1)
    assert_no_fault(at)
    assert [batch.standing for batch in store.batches("ada", TITLES)] == [2, 0]


def test_pressing_twice_excludes_once(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    one, other = open_bulk(page(words="trial")), open_bulk(page(words="trial"))
    exclude(one)
    exclude(other)
    assert_no_fault(other)
    assert len(store.decisions()) == 2
    assert "2 records excluded together." in shown(other)
    press(other, "Undo all 2")
    assert store.batches("ada", TITLES)[0].standing == 0


def test_the_second_half_of_a_double_click_tells_what_the_first_did(
    review: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both halves look for the act before either has recorded it."""
    store = review()
    add_records(store, (1, 2))
    at = open_bulk(page(words="trial"))
    record = Store.decide_many

    def twice(self: Store, decisions: Any, **more: Any) -> tuple[int, int]:
        record(self, decisions, **more)
        return record(self, decisions, **more)

    monkeypatch.setattr(Store, "decide_many", twice)
    exclude(at)
    assert_no_fault(at)
    assert "2 records excluded together." in shown(at)
    assert len(store.decisions()) == 2


def test_own_decisions_are_left_alone_unless_one_says_so(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2, 3))
    vote(store, 1, "ada", INCLUDE)
    at = open_bulk(page(words="trial"))
    assert "Left alone: 1 that you have decided already." in shown(at)
    at.checkbox(key="bulk:again:title_abstract:ada").check().run()
    assert "<strong>3 records</strong>" in shown(at)
    exclude(at)
    assert_no_fault(at)
    assert [word.verdict for word in store.decisions() if word.report == "pubmed:1"] == [INCLUDE, EXCLUDE]


def test_conflicts_and_what_is_settled_are_never_touched(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 6))
    vote(store, 1, "ada", INCLUDE)  # in conflict
    vote(store, 1, "ben", EXCLUDE)
    vote(store, 2, "ada", INCLUDE)  # agreed
    vote(store, 2, "ben", INCLUDE)
    vote(store, 3, "cleo", INCLUDE)  # agreed without ada
    vote(store, 3, "ben", INCLUDE)
    vote(store, 4, "ben", INCLUDE)  # waits for ada, who is not told of ben's vote
    at = open_bulk(page(words="trial"))
    at.checkbox(key="bulk:again:title_abstract:ada").check().run()
    assert "<strong>2 records</strong>" in shown(at)
    assert "3 for which no vote of yours is asked" in shown(at)
    exclude(at)
    assert_no_fault(at)
    assert {word.report for word in store.decisions() if word.batch} == {"pubmed:4", "pubmed:5"}
    states = store.states(TITLES)
    assert [states[f"pubmed:{number}"] for number in (1, 2, 3)] == [State.CONFLICT, State.INCLUDED, State.INCLUDED]


def test_where_one_vote_settles_only_ones_own_is_decided_anew(review: Opener) -> None:
    store = review(reviewers=1)
    add_records(store, (1, 2, 3))
    vote(store, 1, "ada", INCLUDE)
    vote(store, 2, "ben", INCLUDE)
    plan = ScreeningPlan(needed=1)
    wanted = ListFilter(text="trial")
    assert bulk.aim(store, "ada", TITLES, plan, wanted) == bulk.Aim(reports=("pubmed:3",), mine=1, others=1)
    again = bulk.aim(store, "ada", TITLES, plan, wanted, again=True)
    assert again == bulk.Aim(reports=("pubmed:1", "pubmed:3"), others=1)


def test_more_than_fifty_are_excluded_only_after_their_number_was_typed(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 52))
    at = open_bulk(page(words="trial"))
    exclude(at, typed="50")
    assert any("type the number" in warning.value for warning in at.warning)
    assert not store.decisions()
    exclude(at, typed=" 51 ")
    assert_no_fault(at)
    assert len(store.decisions()) == 51


def test_a_list_that_grew_shorter_shows_its_last_page(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 61))
    wanted = ListFilter(standing="waiting")
    at = page(standing="waiting")
    at.session_state["list:size:title_abstract:ada"] = 25
    at.session_state[listing._page_key(Stage.TITLE_ABSTRACT, "ada", wanted, "queue", 25)] = 3
    assert len(titles(at.run())) == 10
    for number in range(1, 31):
        vote(store, number, "ada", Verdict.EXCLUDE)
    at.run()
    assert_no_fault(at)
    assert "26 to 30 of 30" in shown(at)
    assert len(titles(at)) == 5


@pytest.mark.parametrize(("note", "complaint"), [("", "Say why"), ("  ", "Say why")])
def test_a_reason_and_a_note_are_needed(review: Opener, note: str, complaint: str) -> None:
    store = review()
    add_records(store, (1,))
    at = open_bulk(page(words="trial"))
    next(b for b in at.button if str(b.key).startswith("bulk:exclude:")).click().run()
    assert any("Choose the reason" in warning.value for warning in at.warning)
    exclude(at, note=note)
    assert any(complaint in warning.value for warning in at.warning)
    assert not store.decisions()


def test_what_changed_since_the_preview_is_left_alone_and_what_came_since_is_not_taken_along(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    at = open_bulk(page(words="trial"))
    vote(store, 1, "ben", INCLUDE)
    vote(store, 1, "cleo", INCLUDE)  # settled without ada
    add_records(store, (3,))
    exclude(at)
    assert_no_fault(at)
    assert [word.report for word in store.decisions() if word.batch] == ["pubmed:2"]
    assert "1 record excluded together. 1 record left alone" in shown(at)


def test_words_that_speak_for_inclusion_are_a_warning(review: Opener) -> None:
    store = review(screening={"highlight": {"include": ["sham*"], "exclude": ["rat*"]}})
    add_records(store, (1, 2), abstract="Rats were stimulated.")
    add_records(store, (3,), abstract="A sham-controlled trial.")
    at = open_bulk(page(words="trial"))
    assert "1 record of these 3 has words" in at.warning[0].value
    body = shown(at)
    assert body.index("trial 3 <span") < body.index("trial 1</li>")


def test_nothing_is_excluded_together_while_a_calibration_round_is_open(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2, 3))
    at = open_bulk(page(words="trial"))
    put_sample(store, "round", "calibration", ["pubmed:1"], reviewers=["ben", "cleo"])
    exclude(at)
    assert "was opened meanwhile" in at.error[0].value
    assert not store.decisions()
    late = open_bulk(page(words="trial"))
    assert "A calibration round is open" in shown(late)
    end_sample(store, "round")
    exclude(open_bulk(page(words="trial")))
    assert len(store.decisions()) == 3


def test_what_was_drawn_for_an_audit_is_read_one_by_one(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2, 3))
    put_sample(store, "audit", "audit", ["pubmed:2"])
    plan = ScreeningPlan(needed=2)
    found = bulk.aim(store, "ada", TITLES, plan, ListFilter(text="trial"))
    assert found == bulk.Aim(reports=("pubmed:1", "pubmed:3"), drawn=1)
    store.add_decision(decide("pubmed:2", "ada", INCLUDE))
    again = bulk.aim(store, "ada", TITLES, plan, ListFilter(text="trial"), again=True)
    assert again.reports == ("pubmed:1", "pubmed:3")


def test_labels_and_filters_of_one_reviewer_are_not_anothers(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    store.set_label("pubmed:1", "sham?", True, by="ada")
    assert numbers(page(label="sham?")) == [1]
    at = page("ben", label="sham?")
    assert numbers(at) == [1, 2]
    assert "label=sham?" in shown(at)
    assert "sham?" not in one_of(at.selectbox, "My label").options
