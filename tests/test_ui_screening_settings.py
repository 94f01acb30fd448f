"""What a lead settles in the browser: saved, refused where somebody else changed it, and taken back."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.test_ui_pages import assert_no_fault, one_of, press, shown
from tests.ui_review import add_records, vote
from workbench.screening import Verdict
from workbench.screening.plan import HIDE, HIGHLIGHT, RANKING, SHARES
from workbench.store import Store

Opener = Callable[..., Store]
FOR, AGAINST = "Words that speak for a record", "Words that speak against it"
HIDDEN = "Keep from reviewers at title and abstract, so that it does not sway them"


def view(reviewer: str = "ada") -> AppTest:
    at = AppTest.from_string(
        "from workbench.ui import faults\nfrom workbench.ui.teamwork import settings_view\n"
        "faults.guarded(settings_view.show)()",
        default_timeout=30,
    )
    at.query_params["reviewer"] = reviewer
    at.run()
    assert_no_fault(at)
    return at


def said(at: AppTest) -> str:
    return " ".join(item.value for item in (*at.warning, *at.error))


def test_hidden_fields_hold_and_go_back_to_the_file(review: Opener) -> None:
    store = review()
    at = view()
    one_of(at.multiselect, HIDDEN).set_value(["year", "authors"])
    at = press(at, "Save what is hidden")
    assert_no_fault(at)
    assert store.review_settings() == {HIDE: ["authors", "year"]}
    assert "<dt>Holds now</dt><dd>authors, year</dd>" in shown(at)
    assert "<dt>By the file</dt><dd>nothing is hidden</dd>" in shown(at)
    at = press(at, "Back to the file's value")
    assert store.review_settings() == {}
    assert shown(at).count("Ada Example</td><td>Hidden while screening") == 2  # both changes stay in the history


def test_words_are_saved_or_refused_by_list_and_line(review: Opener) -> None:
    store = review()
    at = view()
    one_of(at.text_area, FOR).set_value("random*\nsham coil\n\nRandom*")
    one_of(at.text_area, AGAINST).set_value("rat*\n***")
    at = press(at, "Save the words")
    assert "speak against it, line 2" in said(at)
    assert store.review_settings() == {}
    one_of(at.text_area, AGAINST).set_value("rat*")
    at = press(at, "Save the words")
    assert_no_fault(at)
    assert store.review_settings() == {HIGHLIGHT: {"include": ["random*", "sham coil"], "exclude": ["rat*"]}}
    assert one_of(at.text_area, FOR).value == "random*\nsham coil"


def test_words_are_shown_as_they_are(review: Opener) -> None:
    store = review()
    store.set_review_setting(HIGHLIGHT, {"include": ["<img src=x onerror=alert(1)>"], "exclude": []}, by="ada")
    assert "<img" not in shown(view("ben"))


def test_the_ranking_is_turned_off_and_on(review: Opener) -> None:
    store = review()
    at = view()
    one_of(at.toggle, "Show the likeliest reports first").set_value(False)
    at = press(at, "Save the order")
    assert store.review_settings() == {RANKING: False}
    assert "in the order in which reports were first seen" in shown(at)


def shares(at: AppTest, *weights: float) -> AppTest:
    next(item for item in at.get("button_group") if item.label == "Who is given which report").set_value("Shares").run()
    for name, weight in zip(("Ada Example", "Ben Example", "Cleo Example"), weights, strict=True):
        one_of(at.number_input, f"Weight of {name}").set_value(weight)
    return at


def test_shares_show_what_falls_to_each_before_they_hold(review: Opener) -> None:
    store = review(reviewers=1)
    add_records(store, range(1, 41))
    vote(store, 1, "ben", Verdict.EXCLUDE)
    at = press(shares(view(), 0, 1, 3), "Show what would fall to each")
    assert_no_fault(at)
    assert store.review_settings() == {}
    text = shown(at)
    counts = [int(part.split("</td>")[0]) for part in text.split('<td class="number">')[1:]]
    assert [counts[0], counts[2]] == [1, 3]
    assert counts[1] + counts[3] == 39  # each waiting report falls to one of them
    assert counts[3] > counts[1]
    at = press(at, "Save the shares")
    assert store.review_settings() == {SHARES: {"ben": 1.0, "cleo": 3.0}}
    assert "shares: Ben Example 1, Cleo Example 3" in shown(at)


def test_shares_need_as_many_people_as_a_report_needs_votes(review: Opener) -> None:
    store = review(reviewers=2)
    at = press(shares(view(), 0, 1, 0), "Save the shares")
    assert "give a weight above 0 to 2 reviewers or more" in said(at)
    assert store.review_settings() == {}


def test_an_open_queue_comes_back(review: Opener) -> None:
    store = review()
    store.set_review_setting(SHARES, {"ada": 1.0, "ben": 1.0}, by="ada")
    at = view()
    next(item for item in at.get("button_group") if item.label == "Who is given which report").set_value(
        "Open queue"
    ).run()
    at = press(at, "Save: open queue")
    assert_no_fault(at)
    assert store.review_settings()[SHARES] == {}
    assert "<dt>Holds now</dt><dd>open queue</dd>" in shown(at)


def test_what_somebody_else_changed_meanwhile_is_said_and_not_overwritten(review: Opener) -> None:
    store = review()
    at = view()
    one_of(at.multiselect, HIDDEN).set_value(["year"])
    store.set_review_setting(HIDE, ["journal"], by="ben")
    at = press(at, "Save what is hidden")
    assert "somebody changed this setting meanwhile" in said(at)
    assert "Ben Example changed this while you had it open" in said(at)
    assert "nothing is hidden (the file\\'s value)" in said(at) or "nothing is hidden (the file's value)" in said(at)
    assert store.review_settings() == {HIDE: ["journal"]}
    at = press(at, "Show me what holds now")
    assert not said(at)
    assert one_of(at.multiselect, HIDDEN).value == ["journal"]
    one_of(at.multiselect, HIDDEN).set_value(["journal", "year"])
    press(at, "Save what is hidden")
    assert store.review_settings() == {HIDE: ["journal", "year"]}


def test_who_does_not_lead_reads_only(review: Opener) -> None:
    store = review()
    store.set_review_setting(HIDE, ["authors"], by="ada")
    at = view("ben")
    assert "Changing the settings is for whoever leads the review: Ada Example." in shown(at)
    assert "<dd>authors</dd>" in shown(at)
    assert not at.button
    assert not at.multiselect


def test_a_kept_setting_that_cannot_be_read_does_not_shut_the_lead_out(review: Opener) -> None:
    store = review()
    store.set_review_setting(HIDE, ["title"], by="ada")
    at = view()
    assert "fields to hide are" in said(at)
    press(at, "Back to the file's value")
    assert store.review_settings() == {}
