"""The desk: what is shown of a record, what is kept from the reader, and what becomes of every press."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.test_ui_pages import assert_no_fault, one_of, page, press, shown
from tests.ui_review import HOSTILE_TITLE, NEUROPATHIC, THEN, add_records, vote
from workbench.prioritising import Order, Reason
from workbench.screening import Stage, Verdict
from workbench.screening.plan import HIDE, HIGHLIGHT
from workbench.store import Store
from workbench.ui import screening_session
from workbench.ui.desk import deciding, keys, preferences

STAGE = Stage.TITLE_ABSTRACT
Opener = Callable[..., Store]


@pytest.fixture(autouse=True)
def no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests press at once."""
    monkeypatch.setattr(deciding, "SHORTEST_LOOK", 0.0)


def desk(reviewer: str = "ada") -> AppTest:
    at = page("screening", reviewer).run()
    assert_no_fault(at)
    return at


def status(at: AppTest) -> str:
    """The line that says what became of the last press."""
    return next(body for body in bodies(at) if "wb-desk-status" in body)


def bodies(at: AppTest) -> list[str]:
    return [str(element.proto.body) for element in at.get("html") if not element.proto.unsafe_allow_javascript]


def on_desk(at: AppTest) -> str:
    return next((body for body in bodies(at) if "wb-record" in body), "")


# --- the record -----------------------------------------------------------------------------------------------------


def test_the_teams_words_are_marked_with_different_lines_and_a_legend(review: Opener) -> None:
    store = review()
    add_records(store, (1,), title="Randomised rTMS <b>in</b> rats & mice")
    store.set_review_setting(HIGHLIGHT, {"include": ["random*", "in"], "exclude": ["rats & mice"]}, by="ada")
    at = desk()
    assert '<mark class="wb-for">Randomised</mark> rTMS &lt;b&gt;<mark class="wb-for">in</mark>&lt;' in on_desk(at)
    assert '<mark class="wb-against">rats &amp; mice</mark>' in on_desk(at)
    assert "solid line</mark> speaks for" in on_desk(at)
    at.toggle(key="desk:marks:ada").set_value(False).run()
    assert "<mark" not in on_desk(at)
    assert "<mark" not in on_desk(desk()), "kept for this reviewer"
    assert "<mark" in on_desk(desk("ben"))


def test_the_lead_edits_the_teams_words_and_everybody_their_own(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    at = desk()
    press(at, "Edit the marked words")
    at.text_area(key="desk:words:team:include:ada").set_value("motor cortex\n\n  ten   hertz \nmotor cortex")
    at.text_area(key="desk:words:team:exclude:ada").set_value("")
    at.text_area(key="desk:words:own:exclude:ada").set_value("people")
    press(at, "Save")
    assert_no_fault(at)
    assert store.review_settings()[HIGHLIGHT] == {"include": ["motor cortex", "ten hertz"], "exclude": []}
    body = on_desk(desk())
    assert '<mark class="wb-for">Ten hertz</mark>' in body
    assert '<mark class="wb-against">people</mark>' in body
    other = desk("ben")
    assert '<mark class="wb-for">Ten hertz</mark>' in on_desk(other)
    assert "people</mark>" not in on_desk(other), "somebody's own words are theirs"
    press(other, "Edit the marked words")
    assert other.text_area(key="desk:words:team:include:ben").disabled


def test_words_that_are_too_long_are_refused_and_nothing_is_lost(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    at = desk()
    press(at, "Edit the marked words")
    at.text_area(key="desk:words:own:include:ada").set_value("x" * 81)
    press(at, "Save")
    assert "80 characters" in at.session_state["desk:words-fault:title_abstract:ada"]
    assert store.preference("ada", preferences.KEPT) is None


def test_what_the_team_hides_is_nowhere_on_the_desk(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2), volume="12", pages="3-9")
    store.link_duplicates([("pubmed:1", "pubmed:2")], "ada", ("same DOI",), now=THEN)
    assert "Doe Jane" in shown(desk())
    store.set_review_setting(HIDE, ["authors", "journal", "year"], by="ada")
    at = desk("ben")
    body = shown(at)
    for hidden in ("Doe Jane", "Journal of made-up trials", "2020", "12:3-9"):
        assert hidden not in body
    assert "Your team keeps authors, journal and year hidden" in body


def test_retractions_corrections_and_another_language_are_marked(review: Opener) -> None:
    from ingest.record import Link

    ties = (Link(type="ErratumIn", pmid="99"), Link(type="ExpressionOfConcernIn", pmid="98"), Link(type="CommentIn"))
    add_records(review(), (1,), retracted=True, links=ties, language=("chi",), pmcid="PMC77", original_title="随机")
    body = on_desk(desk())
    for mark in (
        "Retracted",
        "Corrected",
        "Expression of concern",
        "Language: chi",
        "Randomized Controlled Trial",
        "随机",
    ):
        assert mark in body
    assert "https://pmc.ncbi.nlm.nih.gov/articles/PMC77/" in body
    assert "https://doi.org/10.1000/made.up.1" in body


def test_criteria_of_the_chosen_indications_stand_open(review: Opener) -> None:
    add_records(review(), (1,))
    at = desk()
    criteria = next(body for body in bodies(at) if "wb-criteria" in body)
    assert criteria.count("<details open>") == 1
    at.button_group(key="desk:tags:title_abstract:ada:pubmed:1").set_value([NEUROPATHIC, "migraine"]).run()
    criteria = next(body for body in bodies(at) if "wb-criteria" in body)
    assert criteria.count("<details open>") == 2


# --- presses --------------------------------------------------------------------------------------------------------


def test_no_key_is_taken_twice_and_none_that_streamlit_keeps() -> None:
    letters = [key.letter for key in keys.KEYS] + [str(number) for number in range(1, keys.REASONS + 1)]
    assert len(set(letters)) == len(letters)
    assert not {"C", "R"} & set(letters)


def test_a_press_that_is_ignored_is_told_and_the_next_one_counts(
    review: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = review()
    add_records(store, (1, 2))
    at = desk()
    monkeypatch.setattr(deciding, "SHORTEST_LOOK", 60.0)
    press(at, "Include")
    assert "Not counted" in status(at)
    assert "warning" in status(at)
    assert not store.decisions()
    monkeypatch.setattr(deciding, "SHORTEST_LOOK", 0.0)
    press(at, "Include")
    assert len(store.decisions()) == 1
    assert "Include: Motor cortex stimulation for pain, trial 1" in status(at)


def test_a_second_undo_in_the_same_moment_takes_nothing_more_back(
    review: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = review()
    add_records(store, (1, 2, 3))
    at = desk()
    press(press(at, "Include"), "Exclude")
    monkeypatch.setattr(deciding, "SHORTEST_LOOK", 60.0)
    press(at, "Undo")
    assert "Taken back: Exclude" in status(at)
    press(at, "Undo")
    assert "Not counted" in status(at)
    assert [decision.verdict for decision in store.decisions()] == [Verdict.INCLUDE, Verdict.EXCLUDE, None]


def test_an_undo_from_an_old_page_says_what_was_decided_since(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    vote(store, 1, "ada", Verdict.INCLUDE)
    at = desk()
    vote(store, 1, "ada", Verdict.EXCLUDE)  # in another window
    at = next(b for b in at.button if str(b.label).startswith("Undo")).click().run()
    assert "Not taken back" in status(at)
    assert [word.verdict for word in store.decisions()] == [Verdict.INCLUDE, Verdict.EXCLUDE]


def test_an_undone_decision_leaves_its_note_and_its_tags_to_be_decided_on_again(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    at = desk()
    press(at, "Note")
    at.text_area(key="desk:note:title_abstract:ada:pubmed:1").set_value("dose unclear").run()
    at.button_group(key="desk:tags:title_abstract:ada:pubmed:1").set_value(["migraine"]).run()
    press(at, "Exclude")
    press(desk(), "Undo")
    again = press(desk(), "Include")
    assert_no_fault(again)
    first, withdrawn, last = store.decisions()
    assert withdrawn.verdict is None
    assert (last.note, last.indications) == (first.note, first.indications) == ("dose unclear", ("migraine",))


def test_a_note_written_before_the_decision_of_another_window_gives_way_to_it(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    one = press(desk(), "Note")
    one.text_area(key="desk:note:title_abstract:ada:pubmed:1").set_value("an early thought").run()
    vote(store, 1, "ada", Verdict.MAYBE, note="said elsewhere")
    store.set_preference("ada", "unrelated", 1)
    fresh = press(desk(), "Previous") if "trial 1" not in on_desk(desk()) else desk()
    assert fresh.text_area(key="desk:note:title_abstract:ada:pubmed:1").value == "said elsewhere"


def test_a_record_that_was_passed_over_comes_again_last_and_stays_so_after_a_reload(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2, 3))
    at = press(desk(), "Next")
    assert "trial 2<" in on_desk(at)
    again = desk()
    assert "trial 2<" in on_desk(again)
    press(again, "Include")
    assert "trial 3<" in on_desk(again)
    press(again, "Include")
    assert "trial 1<" in on_desk(again)
    press(again, "Next")
    assert "Nothing else waits" in status(again)


def test_previous_goes_back_through_ones_own_decisions_and_next_returns(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2, 3))
    at = press(press(desk(), "Include"), "Exclude")
    press(at, "Previous")
    assert "You decided: Exclude" in shown(at)
    press(at, "Previous")
    assert "You decided: Include" in shown(at)
    press(at, "Previous")
    assert "Nothing of yours lies before this" in status(at)
    press(press(at, "Next"), "Next")
    assert "trial 3<" in on_desk(at)
    assert len(store.decisions()) == 2


def test_an_undone_record_stays_on_the_desk_though_the_filter_does_not_let_it_through(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    add_records(store, (2, 3), indication="migraine")
    at = press(desk(), "Include")
    at.selectbox(key="filter:title_abstract:ada:indication").set_value("migraine").run()
    assert "trial 2<" in on_desk(at)
    press(at, "Undo")
    assert "trial 1<" in on_desk(at)
    at.button_group(key="desk:tags:title_abstract:ada:pubmed:1").set_value(["migraine"]).run()
    assert "trial 1<" in on_desk(at)
    press(at, "Exclude")
    assert_no_fault(at)
    assert (store.decisions()[-1].report, store.decisions()[-1].indications) == ("pubmed:1", ("migraine",))
    assert "trial 2<" in on_desk(at)


def test_a_decision_asks_the_store_only_what_it_needs(review: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty reviewers press at once: no look at people, settings, lists or files between two records."""
    add_records(review(), range(1, 6))
    at = desk()
    asked: Counter[str] = Counter()
    for name in [name for name in dir(Store) if not name.startswith("_") and callable(getattr(Store, name))]:
        plain = getattr(Store, name)
        if name in ("open", "close", "backup"):
            continue

        def counted(self: Store, *given: Any, _plain: Any = plain, _name: str = name, **named: Any) -> Any:
            asked[_name] += 1
            return _plain(self, *given, **named)

        monkeypatch.setattr(Store, name, counted)
    from workbench.ui.desk import desk as drawing

    drawn = drawing._desk

    def only_the_desk(*given: Any) -> None:
        asked.clear()
        drawn(*given)

    monkeypatch.setattr(drawing, "_desk", only_the_desk)
    press(at, "Include")
    assert set(asked) == {"merged", "preference"}
    assert sum(asked.values()) == 2


def test_the_page_of_a_long_abstract_is_a_small_message(review: Opener) -> None:
    store = review()
    add_records(
        store, (1,), title=HOSTILE_TITLE, abstract="METHODS: " + "rTMS of the motor cortex, sham controlled. " * 120
    )
    store.set_review_setting(HIGHLIGHT, {"include": ["rTMS", "sham*"], "exclude": ["motor cortex"]}, by="ada")
    at = desk()
    drawn = [element.proto for kind in ("html", "button", "expander", "text_area") for element in at.get(kind)]
    assert 5_000 < sum(proto.ByteSize() for proto in drawn) < 50_000


# --- what waits -----------------------------------------------------------------------------------------------------


def test_in_a_calibration_round_one_sees_how_far_others_are_and_never_how_they_voted(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 6))
    reports = ("pubmed:3", "pubmed:5")
    store.draw_sample(
        "round", "calibration", STAGE, reports, unread=5, found=0, seed=1, reviewers=("ada", "ben"), by="ada", now=THEN
    )
    vote(store, 3, "ben", Verdict.EXCLUDE, note="ben-was-here")
    at = desk()
    assert "trial 3<" in on_desk(at)
    assert "Calibration round: 0 of 2" in shown(at)
    assert "Ben Example 1 of 2" in shown(at)
    assert "ben-was-here" not in shown(at)
    press(press(at, "Include"), "Include")
    assert "Your part of the calibration round is done" in at.success[0].value
    assert "Still screening: Ben Example 1 of 2" in shown(at)


def test_a_random_sample_is_called_that_and_no_more(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 6))
    store.draw_sample("audit", "audit", STAGE, ("pubmed:4",), unread=5, found=0, seed=1, by="ada", now=THEN)
    at = desk()
    assert "trial 4<" in on_desk(at)
    assert "Random sample." in shown(at)
    assert "audit" not in shown(at)


def test_what_lies_before_others_is_told(review: Opener) -> None:
    store = review(reviewers=1)
    add_records(store, (1,))
    desk("ben")
    at = desk()
    assert "everything that can be given to you now" in at.success[0].value
    assert "1 more lie before others" in shown(at)


def test_filters_that_let_nothing_more_through_are_not_the_end(review: Opener) -> None:
    store = review()
    add_records(store, (1,))
    add_records(store, (2,), indication="migraine")
    at = desk()
    at.selectbox(key="filter:title_abstract:ada:indication").set_value("migraine").run()
    press(at, "Include")
    assert "everything that fits your filters" in at.success[0].value
    assert "1 more wait" in shown(at)


def test_a_record_chosen_in_the_list_lies_on_the_desk(review: Opener) -> None:
    add_records(review(), (1, 2, 3))
    at = desk()
    at.segmented_control(key="screening:view").set_value("List").run()
    press(at, "Motor cortex stimulation for pain, trial 3")
    assert_no_fault(at)
    assert "trial 3<" in on_desk(at)


# --- ranking --------------------------------------------------------------------------------------------------------


class Ranked:
    """A ranking as the process behind the page would tell it."""

    def __init__(self, *keys: str) -> None:
        self.told = Order(keys=keys, basis="votes", relevant=12, irrelevant=85)
        self.votes: list[str] = []

    def order(self, reviewer: str) -> Order:
        return self.told

    def heard(self, reviewer: str) -> None:
        self.votes.append(reviewer)

    def reasons(self, report: str, reviewer: str) -> tuple[Reason, ...] | None:
        return (
            Reason(view="title", term="motor <cortex>", weight=0.8),
            Reason(view="text", term="rats", weight=-1.2),
        )


@pytest.fixture
def ranked(monkeypatch: pytest.MonkeyPatch) -> Ranked:
    ranking = Ranked("pubmed:3", "pubmed:1", "pubmed:2")
    monkeypatch.setattr(screening_session, "prioritiser", lambda: ranking)
    return ranking


def test_the_likeliest_come_first_and_the_desk_says_what_that_rests_on(review: Opener, ranked: Ranked) -> None:
    add_records(review(ranking=True), (1, 2, 3))
    at = desk()
    assert "trial 3<" in on_desk(at)
    assert "learned from 12 included and 85 excluded reports" in shown(at)
    press(at, "Exclude")
    assert "trial 1<" in on_desk(at)
    assert ranked.votes == ["ada"], "the ranking hears of the vote"


def test_why_a_record_is_here_is_told_in_words_with_their_signs(review: Opener, ranked: Ranked) -> None:
    add_records(review(ranking=True), (1, 2, 3))
    at = desk()
    assert "wb-why" not in shown(at), "only where somebody looks"
    why = next(box for box in at.expander if box.label == "Why is this record here now?")
    st_key = "desk:why:title_abstract:ada"
    at.session_state[st_key] = True
    at.run()
    body = shown(at)
    assert why is not None
    assert body.index("rats") < body.index("motor &lt;cortex&gt;"), "the strongest first"
    assert 'class="down"><span aria-hidden="true">−</span> rats' in body
    assert 'class="up"><span aria-hidden="true">+</span> motor &lt;cortex&gt;' in body


def test_a_reviewer_may_take_the_records_as_they_came(review: Opener, ranked: Ranked) -> None:
    store = review(ranking=True)
    add_records(store, (1, 2, 3))
    store.set_preference("ada", preferences.KEPT, {"ranked": False})
    at = desk()
    assert "trial 1<" in on_desk(at)
    assert "as they came in (your choice)" in shown(at)
    assert not [box for box in at.expander if box.label.startswith("Why")]
    one_of(at.toggle, "Likeliest first").set_value(True).run()
    assert store.preference("ada", preferences.KEPT)["ranked"] is True


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Order(busy="reading 5 of 9 records"), "until the ranking is ready (reading 5 of 9 records)"),
        (Order(keys=("pubmed:1",), basis="question"), "by the words of the review's question"),
        (
            Order(keys=("pubmed:1",), basis="votes", fault="the disk is full"),
            "the last order is kept, because the disk",
        ),
    ],
)
def test_an_order_that_rests_on_something_else_says_so(review: Opener, ranked: Ranked, told: Order, words: str) -> None:
    add_records(review(ranking=True), (1, 2))
    ranked.told = told
    assert words.replace("'", "&#39;") in shown(desk())


# --- what is kept ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", [None, 3, "x", [], {"single_keys": "no", "include": "all", "exclude": [1, " ", "b"]}])
def test_preferences_that_cannot_be_read_are_as_if_nobody_had_set_them(review: Opener, kept: Any) -> None:
    store = review()
    add_records(store, (1,))
    store.set_preference("ada", preferences.KEPT, kept)
    at = desk()
    assert at.toggle(key="desk:single_keys:ada").value is True


def test_a_skipped_list_or_draft_that_cannot_be_read_breaks_nothing(review: Opener) -> None:
    store = review()
    add_records(store, (1, 2))
    store.set_preference("ada", "desk:skipped:title_abstract", {"no": 1})
    store.set_preference("ada", "draft:title_abstract:pubmed:1", {"said": 0, "note": 5, "indications": "many"})
    at = press(desk(), "Next")
    assert_no_fault(at)
    assert "trial 2<" in on_desk(at)
