"""The team's page: progress, agreement and calibration rounds, blind as long as somebody still reads."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.test_ui_pages import assert_no_fault, one_of, press, shown
from tests.ui_review import add_records, vote
from workbench.results.agreeing import review_agreement
from workbench.screening import Stage, Verdict
from workbench.store import Reviewer, Store
from workbench.ui import context

Opener = Callable[..., Store]
INCLUDE, EXCLUDE, MAYBE = Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.MAYBE


def view(name: str, reviewer: str = "ada") -> AppTest:
    at = AppTest.from_string(
        f"from workbench.ui import faults\nfrom workbench.ui.teamwork import {name}_view\n"
        f"faults.guarded({name}_view.show)()",
        default_timeout=30,
    )
    at.query_params["reviewer"] = reviewer
    at.run()
    assert_no_fault(at)
    return at


def test_everybodys_progress_is_shown_and_how_others_decided_to_the_lead_only(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 6))
    vote(store, 1, "ben", INCLUDE)
    vote(store, 2, "ben", EXCLUDE)
    vote(store, 1, "cleo", EXCLUDE)
    assert '<td class="number">2</td><td class="number">3</td><td class="number">1</td>' in shown(view("workload"))
    as_cleo = shown(view("workload", "cleo"))
    assert 'Ben Example</th><td class="number">2</td><td class="number">3</td><td class="number">·</td>' in as_cleo
    assert 'Cleo Example</th><td class="number">1</td><td class="number">4</td><td class="number">0</td>' in as_cleo


def test_no_count_tells_the_lead_how_a_colleague_decided_on_what_still_waits_for_the_lead(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 6))
    vote(store, 1, "ben", EXCLUDE)
    unread = 'Ben Example</th><td class="number">1</td><td class="number">4</td>' + '<td class="number">0</td>' * 3
    assert unread in shown(view("workload"))
    vote(store, 1, "ada", INCLUDE)
    read = unread.removesuffix("0</td>") + "1</td>"
    assert read in shown(view("workload"))


def test_agreement_waits_for_two_votes_on_a_report(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 3))
    vote(store, 1, "ben", INCLUDE)
    assert "wb-empty" in shown(view("agreement"))


def test_agreement_is_shown_with_intervals_and_each_pairs_table(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 11))
    for number in range(1, 11):
        vote(store, number, "ben", INCLUDE if number < 4 else EXCLUDE)
        vote(store, number, "cleo", INCLUDE if number < 3 else MAYBE if number == 4 else EXCLUDE)
    at = view("agreement")
    assert "Cohen&#39;s kappa" in shown(at)
    assert "Ben Example and Cleo Example, 10 reports" in shown(at)
    assert 'include</th><td class="number">2</td><td class="number">1</td>' in shown(at)
    one_of(at.toggle, "Count a maybe as a category of its own").set_value(True).run()
    assert_no_fault(at)
    assert 'exclude</th><td class="number">0</td><td class="number">1</td><td class="number">6</td>' in shown(at)


def test_many_pairs_are_a_line_each_and_one_in_full_by_choice(review: Opener) -> None:
    store = review()
    people = [f"r{number:02d}" for number in range(12)]
    for name in people:
        store.add_reviewer(Reviewer(name=name, display=f"Reader {name} :red[x] <b>b</b>"))
    add_records(store, range(1, 4))
    for number in range(1, 4):
        for name in people[: 12 if number == 1 else 2]:
            vote(store, number, name, EXCLUDE if number + len(name) + (name == "r01") > 5 else INCLUDE)
    at = view("agreement")
    page = shown(at)
    assert page.count("<table") == 2
    assert page.count('<tr><th scope="row">Reader') == 40
    assert "The 40 pairs with the most reports in common, of 66" in page
    assert page.index("Reader r00") < page.index("Reader r02")
    assert "<b>b</b>" not in page
    assert len(page) < 20_000
    one_of(at.selectbox, "Show one pair in full").set_value(0).run()
    assert_no_fault(at)
    assert shown(at).count("<table") == 4


def test_a_single_vote_on_a_report_that_waits_is_in_no_figure(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 4))
    for name in ("ben", "cleo"):
        vote(store, 1, name, INCLUDE)
    before = review_agreement(store, context.review(), Stage.TITLE_ABSTRACT)
    vote(store, 2, "ben", EXCLUDE)
    assert review_agreement(store, context.review(), Stage.TITLE_ABSTRACT) == before
    assert before.single == 0


def draw_round(size: int = 5) -> AppTest:
    at = view("calibration")
    one_of(at.number_input, "Reports").set_value(size)
    press(at, "Draw the sample")
    assert_no_fault(at)
    return at


def test_a_round_is_drawn_read_blind_compared_and_ended(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 21))
    draw_round()
    (drawn,) = store.samples("calibration")
    assert len(drawn.reports) == 5
    assert drawn.reviewers == ("ada", "ben", "cleo")
    assert drawn.unread == 20
    numbers = [int(key.removeprefix("pubmed:")) for key in drawn.reports]
    for number in numbers:
        vote(store, number, "ada", EXCLUDE, note="a note nobody may read yet")
        vote(store, number, "ben", INCLUDE if number == numbers[0] else EXCLUDE)
    for name in ("ada", "cleo"):
        waiting = shown(view("calibration", name))
        assert "Still reading: Cleo Example" in waiting
        assert "nobody may read yet" not in waiting
    assert "Over" not in [box.label for box in view("agreement").selectbox]  # nor are its figures told
    for number in numbers:
        vote(store, number, "cleo", EXCLUDE, reason="wrong_design")
    at = view("calibration")
    assert "Where you differed: 1 of 5" in [item.value for item in at.subheader]
    assert shown(at).count("nobody may read yet") == 1
    assert "Not a randomised trial" in shown(at)
    press(at, "End the round")
    assert_no_fault(at)
    assert not store.samples("calibration")[0].open
    assert one_of(view("agreement").selectbox, "Over").options[1].startswith("Calibration round")


def test_no_figure_tells_how_others_voted_in_a_round_that_one_still_screens(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 21))
    draw_round()
    (drawn,) = store.samples("calibration")
    numbers = [int(key.removeprefix("pubmed:")) for key in drawn.reports]
    for number in numbers:
        vote(store, number, "ada", EXCLUDE)
        vote(store, number, "ben", EXCLUDE)
    assert "20 reports: 0 included, 0 excluded, 0 in conflict, 20 pending" in shown(view("workload", "cleo"))
    assert 'Cleo Example</th><td class="number">0</td><td class="number">20</td>' in shown(view("workload", "cleo"))
    figures = shown(view("agreement", "cleo"))
    assert "5 reports of the calibration round that is open are left out" in figures
    assert "wb-empty" in figures
    stopping = shown(view("stopping", "cleo"))
    assert "<dt>Read and settled</dt><dd>0 (0 relevant)</dd>" in stopping
    assert "<dt>With a vote missing</dt><dd>5</dd>" in stopping
    for number in numbers:
        vote(store, number, "cleo", EXCLUDE)
    assert "20 reports: 0 included, 5 excluded, 0 in conflict, 15 pending" in shown(view("workload", "cleo"))
    assert "5 reports with two votes or more" in shown(view("agreement", "cleo"))
    assert "<dd>5 (0 relevant)</dd>" in shown(view("stopping", "cleo"))


def test_a_round_that_is_not_through_needs_a_reason_to_end(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 21))
    draw_round()
    at = press(view("calibration"), "End the round")
    assert [item.value for item in at.warning] == ["Not everybody is through: say why the round ends now."]
    one_of(at.text_input, "What you agreed on").set_value("Cleo is away")
    press(at, "End the round")
    (ended,) = store.samples("calibration")
    assert (ended.open, ended.end_reason, ended.withdrawn) == (False, "Cleo is away", False)


def test_only_a_lead_draws_and_ends_rounds(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 21))
    assert not view("calibration", "ben").button
    draw_round()
    assert not view("calibration", "ben").button


def test_a_form_that_stayed_open_draws_nothing_for_who_leads_no_more(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 21))
    at = view("calibration")
    store.add_reviewer(Reviewer(name="ada", display="Ada Example", role="reviewer"))
    press(at, "Draw the sample")
    assert not store.samples()


def test_a_round_needs_enough_unread_reports(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 4))
    assert "Only 3 reports are unread" in shown(view("calibration"))


def test_what_was_typed_is_shown_as_it_is(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 8))
    hostile = "<img src=x onerror=alert(1)> :red[x]"
    store.draw_sample(
        "r",
        "calibration",
        Stage.TITLE_ABSTRACT,
        ["pubmed:1"],
        unread=7,
        found=0,
        seed=1,
        reviewers=("ada", "ben"),
        note=hostile,
        by="ada",
    )
    vote(store, 1, "ada", EXCLUDE, note=hostile)
    vote(store, 1, "ben", INCLUDE)
    at = view("calibration")
    assert "<img" not in shown(at)
    assert shown(at).count("&lt;img") == 2
