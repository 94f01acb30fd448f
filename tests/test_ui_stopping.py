"""The evidence for stopping on the page, an audit sample from draw to estimate, and a stop signed and lifted."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.test_ui_pages import assert_no_fault, one_of, press, shown
from tests.ui_review import HOSTILE_TITLE, NEUROPATHIC, add_records, record, vote
from workbench.cli import main
from workbench.results.stopping import AUDIT_SCOPE, CONFIRMED, KEY_PAPERS, evidence_as_dict, stopping_evidence
from workbench.screening import Stage, State, Verdict, decide
from workbench.store import Store
from workbench.ui import context
from workbench.ui.teamwork import curves

Opener = Callable[..., Store]
INCLUDE, EXCLUDE = Verdict.INCLUDE, Verdict.EXCLUDE
TITLES = Stage.TITLE_ABSTRACT


@pytest.fixture
def review(review: Opener) -> Opener:
    """One vote a report, unless a test asks for two."""
    return lambda **settings: review(**({"reviewers": 1} | settings))


def view(reviewer: str = "ada") -> AppTest:
    at = AppTest.from_string(
        "from workbench.ui import faults\nfrom workbench.ui.teamwork import stopping_view\n"
        "faults.guarded(stopping_view.show)()",
        default_timeout=30,
    )
    at.query_params["reviewer"] = reviewer
    at.run()
    assert_no_fault(at)
    return at


def read(store: Store, number: int, verdict: Verdict, **fields: Any) -> None:
    """A vote that is given now: after a sample that was drawn a moment ago."""
    store.add_decision(decide(f"pubmed:{number}", "ben", verdict, **fields))


def arrive(store: Store, *numbers: int) -> None:
    """Records that come now."""
    now = datetime.now(UTC)
    run = store.begin_search(NEUROPATHIC, "rTMS AND pain", now, indication=NEUROPATHIC)
    store.add_records(run, NEUROPATHIC, [(record(number), None) for number in numbers], now=now)
    store.finish_search(run, count=len(numbers), now=now)


def numbers_of(reports: tuple[str, ...]) -> list[int]:
    return [int(key.removeprefix("pubmed:")) for key in reports]


def draw(size: int) -> AppTest:
    at = view()
    one_of(at.number_input, "Reports to draw").set_value(size)
    press(at, "Draw the audit sample")
    assert_no_fault(at)
    return at


def sign(
    at: AppTest, *, name: str = "Dr Ada Example", reason: str = "The sample held none", sure: bool = True
) -> AppTest:
    one_of(at.text_area, "Reason").set_value(reason)
    one_of(at.text_input, "Your name, as it is to stand under the stop").set_value(name)
    one_of(at.checkbox, "I have looked at the evidence above, and it is kept with my signature").set_value(sure)
    button = next(item for item in at.button if item.label.startswith("Stop: leave"))
    return button.click().run()


def warnings(at: AppTest) -> str:
    return " ".join(item.value for item in at.warning)


# --- the evidence -----------------------------------------------------------------------------------------------------


def test_a_review_without_reports_says_so(review: Opener) -> None:
    review()
    assert "No reports have come to this stage yet" in shown(view())


def test_every_figure_stands_before_anybody_read(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 21))
    at = view()
    assert "<dt>Unread</dt><dd>20</dd>" in shown(at)
    assert "<dt>p</dt><dd>1.0000</dd>" in shown(at)
    assert "No report is settled yet" in shown(at)


def test_p_and_the_order_leave_out_what_was_settled_many_at_once(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 31))
    for number in range(1, 4):
        vote(store, number, "ben", INCLUDE, later=number)
    for number in range(4, 21):
        vote(store, number, "ben", EXCLUDE, later=number)
    store.decide_many(
        [decide(f"pubmed:{number}", "cleo", EXCLUDE, batch="act") for number in range(21, 26)],
    )
    text = shown(view())
    assert "<dt>Read and settled</dt><dd>20 (3 relevant)</dd>" in text
    assert "5 (0 relevant); nobody read them one by one" in text
    assert "20 read of 25" in text
    assert "5 settled many at once are left out" in text
    # 1 missed of 25 - 20 unread and 17 read since the last relevant one: phyper(0, 1, 21, 17) = 5/22
    assert f"<dt>p</dt><dd>{5 / 22:.4f}</dd>" in text


def test_the_target_is_chosen_on_the_page(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 41))
    for number in range(1, 31):
        vote(store, number, "ben", INCLUDE if number <= 10 else EXCLUDE, later=number)
    at = view()
    before = shown(at)
    one_of(at.number_input, "Target recall (%)").set_value(70.0).run()
    assert_no_fault(at)
    assert "70.0%" in shown(at)
    assert "70.0%" not in before
    # recall below .7 with 10 found: 5 or more missed among the 30 last
    assert "<dt>p</dt><dd>0.0018</dd>" in shown(at)  # phyper(0, 5, 25, 20) = 0.001768


def test_curves_have_a_text_and_a_table(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 41))
    for number in range(1, 31):
        vote(store, number, "ben", INCLUDE if number <= 10 else EXCLUDE, later=number)
    at = view()
    assert {"p over the reading as a table", "Relevant reports over the reading as a table"} <= {
        item.label for item in at.expander
    }
    assert "<caption>Relevant reports over the reading</caption>" in shown(at)
    assert '<td class="number">10</td>' in shown(at)


@pytest.mark.parametrize("top", [1, 2, 7, 10, 0.5, 1999, 50_000])
def test_axes_have_a_few_round_numbers_within_their_reach(top: float) -> None:
    steps = curves.steps(top)
    assert 2 <= len(steps) <= 7
    assert steps[0] == 0
    assert top * 0.5 <= steps[-1] <= top * (1 + 1e-9)


def test_a_long_curve_is_thinned_for_its_table_to_the_last_point() -> None:
    points = tuple((number, float(number)) for number in range(240))
    few = curves.thinned(points)
    assert len(few) == 11
    assert (few[0], few[-1]) == (points[0], points[-1])


# --- the audit sample -------------------------------------------------------------------------------------------------


def test_the_size_follows_from_the_wanted_chance(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 101))
    at = view()
    # nothing found: one missed report is too many, and shows with 95 % in 95 of 100
    assert one_of(at.number_input, "Reports to draw").value == 95
    one_of(at.number_input, "Missed relevant reports that should show").set_value(5).run()
    assert one_of(at.number_input, "Reports to draw").value == 45  # 1 - phyper(0, 5, 95, 44:45) = 0.9492636, 0.9537937
    one_of(at.number_input, "Chance that they show (%)").set_value(80.0).run()
    assert one_of(at.number_input, "Reports to draw").value == 27  # 1 - phyper(0, 5, 95, 26:27) = 0.7860367, 0.8004937
    assert "exact, hypergeometric" in shown(at)


def test_a_sample_is_drawn_read_and_only_then_tells_of_recall(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 61))
    for number in range(1, 11):
        vote(store, number, "ben", INCLUDE)
    text = shown(draw(10))
    (sample,) = store.samples("audit")
    assert (len(sample.reports), sample.unread, sample.found) == (10, 50, 10)
    assert f"with the seed {sample.seed}" in text
    *most, last = numbers_of(sample.reports)
    for number in most:
        read(store, number, INCLUDE if number == most[0] else EXCLUDE)
    text = shown(view())
    assert "There is no estimate before all of it is settled" in text
    assert "<dt>Recall</dt>" not in text
    read(store, last, EXCLUDE)
    text = shown(view())
    assert "<dt>Relevant in the sample</dt><dd>1 of 10</dd>" in text
    assert "<dt>Recall</dt><dd>73.3%" in text  # 11 found, 4 of the 40 still missed
    assert "<dt>Still missed</dt><dd>about 4.0" in text


def test_what_was_found_since_is_no_longer_missed(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 61))
    draw(10)
    (sample,) = store.samples("audit")
    for key in sample.reports:
        read(store, int(key.removeprefix("pubmed:")), INCLUDE if key == sample.reports[0] else EXCLUDE)
    others = [number for number in range(1, 61) if f"pubmed:{number}" not in sample.reports]
    for number in others[:4]:
        read(store, number, INCLUDE)
    text = shown(view())
    assert "4 of the others, 4 relevant" in text
    assert "<dt>Still missed</dt><dd>about 1.0" in text  # 6 in all of which 5 are known
    arrive(store, 61, 62, 63)
    assert "3 reports arrived since the draw" in shown(view())


def test_a_report_of_the_sample_excluded_together_with_others_was_not_read(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 31))
    draw(5)
    (sample,) = store.samples("audit")
    store.decide_many([decide(key, "cleo", EXCLUDE, batch="act") for key in sample.reports])
    assert "0 of 5 settled" in [item.text for item in view().get("progress")] or "no estimate" in shown(view())


def test_nothing_is_drawn_from_reports_that_changed_meanwhile(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 31))
    at = view()
    one_of(at.number_input, "Reports to draw").set_value(5)
    read(store, 7, INCLUDE)
    at = press(at, "Draw the audit sample")
    assert "The unread reports changed while you looked" in warnings(at)
    assert not store.samples()
    press(at, "Draw the audit sample")
    assert store.samples()[0].unread == 29


def test_ending_early_or_withdrawing_wants_a_reason_and_leaves_a_trace(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 31))
    draw(5)
    at = press(view(), "End the sample")
    assert "Say why" in warnings(at)
    assert store.samples("audit")[0].open
    one_of(at.text_input, "Reason").set_value("drawn by mistake")
    one_of(at.checkbox, "Withdraw it: as if it had never been drawn (votes stay)").set_value(True)
    at = press(at, "End the sample")
    assert_no_fault(at)
    (sample,) = store.samples("audit")
    assert (sample.withdrawn, sample.end_reason) == (True, "drawn by mistake")
    assert "was withdrawn" in shown(at)
    draw(6)
    at = view()
    one_of(at.text_input, "Reason").set_value("nobody has time")
    at = press(at, "End the sample")
    assert "it tells nothing of recall" in shown(at)


def test_a_sample_of_one_indication_is_drawn_from_its_reports_and_tells_of_them(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 21))
    add_records(store, range(21, 61), indication="migraine")
    at = view()
    one_of(at.selectbox, "Evidence on").set_value(NEUROPATHIC).run()
    one_of(at.number_input, "Reports to draw").set_value(4)
    press(at, "Draw the audit sample")
    assert_no_fault(at)
    (sample,) = store.samples("audit")
    assert sample.unread == 20
    assert max(numbers_of(sample.reports)) <= 20
    assert store.review_settings()[AUDIT_SCOPE + sample.id] == {"indication": NEUROPATHIC}
    assert sample.reports[0] not in shown(view())
    assert "with the seed" not in shown(view())  # it tells nothing of all reports


# --- SAFE -------------------------------------------------------------------------------------------------------------


def test_key_papers_are_named_and_looked_for(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 6))
    vote(store, 1, "ben", INCLUDE)
    vote(store, 2, "ben", EXCLUDE)
    at = view()
    papers = "Papers that the review must find: a PMID or a DOI on each line"
    one_of(at.text_area, papers).set_value("PMID: 1\nhttps://doi.org/10.1000/MADE.up.2\n3\n999\nnonsense")
    at = press(at, "Keep these papers")
    assert "line 5 (nonsense)" in " ".join(item.value for item in at.error)
    assert KEY_PAPERS not in store.review_settings()
    one_of(at.text_area, papers).set_value("PMID: 1\nhttps://doi.org/10.1000/MADE.up.2\n3\n999")
    at = press(at, "Keep these papers")
    assert_no_fault(at)
    assert store.review_settings()[KEY_PAPERS] == ["1", "10.1000/made.up.2", "3", "999"]
    text = shown(view())
    for name, standing in (("1", "included"), ("10.1000/made.up.2", "excluded"), ("3", "pending")):
        assert f">{name}</a></th><td>{standing}</td>" in text
    assert ">999</a></th><td>not in the review</td>" in text
    assert "<td>not met</td><td>1 of 4</td>" in text


def test_a_condition_is_confirmed_by_name_and_taken_back(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 6))
    at = view()
    press(at, "Confirm in my name")
    assert "Say what was done" in warnings(at)
    next(item for item in at.text_input if item.label == "What was done").set_value("Citations of all includes")
    at = press(at, "Confirm in my name")
    assert store.review_settings()[CONFIRMED + "other_model"] == {"note": "Citations of all includes"}
    assert "<td>confirmed</td><td>Ada Example, " in shown(at)
    at = press(at, "Take the confirmation back")
    assert CONFIRMED + "other_model" not in store.review_settings()
    assert "<td>confirmed</td>" not in shown(at)


# --- the stop ---------------------------------------------------------------------------------------------------------


def half_read(store: Store) -> None:
    """20 reports: 10 settled, one with a vote missing, one in conflict, 8 unread."""
    add_records(store, range(1, 21))
    for number in range(1, 11):
        for name in ("ben", "cleo"):
            vote(store, number, name, INCLUDE if number < 4 else EXCLUDE, later=number)
    vote(store, 11, "ben", INCLUDE)
    vote(store, 12, "ben", INCLUDE)
    vote(store, 12, "cleo", EXCLUDE)


def test_a_stop_is_signed_with_all_that_stood_on_the_page(review: Opener) -> None:
    store = review(reviewers=2)
    half_read(store)
    at = view()
    text = shown(at)
    assert "With a vote missing: 1; in conflict: 1." in text
    assert "trial 11</li>" in text
    assert "trial 12</li>" in text
    assert "8 reports are going to be recorded as not screened" in text
    at = sign(at)
    assert_no_fault(at)
    (stop,) = store.stops()
    assert numbers_of(stop.reports) == list(range(13, 21))
    assert (stop.signed, stop.by, stop.reason, stop.indication) == (
        "Dr Ada Example",
        "ada",
        "The sample held none",
        None,
    )
    assert stop.evidence["counts"] == {
        "total": 20,
        "read": 10,
        "relevant": 3,
        "settled_together": 0,
        "relevant_together": 0,
        "half_voted": 1,
        "conflicts": 1,
        "unread": 8,
        "unread_found_for_another": 0,
        "stopped": 0,
    }
    assert stop.evidence["test"]["target"] == 0.95
    assert {tick["key"] for tick in stop.evidence["safe"]} >= {"random", "other_model"}
    assert stop.evidence["version"]
    assert json.dumps(stop.evidence)
    text = shown(at)
    assert "Dr Ada Example (signed in as Ada Example)" in text
    assert "<dt>Still unread</dt><dd>8</dd>" in text
    assert "for a target of 95.0%</dd>" in text  # the figures as they stood
    facts = {fact.key: fact for fact in store.report_facts()}
    assert sum(fact.not_screened for fact in facts.values()) == 8
    assert facts["pubmed:11"].title_abstract is State.PENDING
    assert not facts["pubmed:11"].not_screened


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": " "}, "needs a reason and the name"),
        ({"reason": ""}, "needs a reason"),
        ({"sure": False}, "tick the box"),
    ],
)
def test_a_stop_wants_a_name_a_reason_and_a_word(review: Opener, given: dict[str, Any], said: str) -> None:
    store = review(reviewers=2)
    half_read(store)
    assert said in warnings(sign(view(), **given))
    assert not store.stops()


def test_nothing_is_signed_on_figures_that_changed_meanwhile(review: Opener) -> None:
    store = review(reviewers=2)
    half_read(store)
    at = view()
    vote(store, 13, "cleo", INCLUDE)
    at = sign(at)
    assert "The evidence changed while you looked at it" in warnings(at)
    assert not store.stops()
    sign(at)
    (stop,) = store.stops()
    assert numbers_of(stop.reports) == list(range(14, 21))


def test_what_arrives_after_a_stop_is_not_covered_and_is_counted(review: Opener) -> None:
    store = review(reviewers=2)
    half_read(store)
    sign(view())
    arrive(store, 31, 32, 33)
    read(store, 20, INCLUDE)
    text = shown(view())
    assert "<dt>Arrived since, not covered</dt><dd>3</dd>" in text
    assert "<dt>Read since all the same</dt><dd>1</dd>" in text
    assert "<dt>Still unread</dt><dd>7</dd>" in text
    assert "<dt>Unread</dt><dd>3</dd>" in text


def test_a_stop_is_lifted_with_a_reason(review: Opener) -> None:
    store = review(reviewers=2)
    half_read(store)
    at = sign(view())
    at = press(at, "Lift the stop")
    assert "Say why it is lifted" in warnings(at)
    one_of(at.text_input, "Reason").set_value("a key paper was missed")
    at = press(at, "Lift the stop")
    assert_no_fault(at)
    assert not store.stops()[0].stands
    assert "a key paper was missed" in shown(at)
    assert "<dt>Unread</dt><dd>8</dd>" in shown(at)


def test_a_stop_for_one_indication_leaves_the_others_and_tells_what_they_share(review: Opener) -> None:
    store = review()
    add_records(store, range(1, 11))
    add_records(store, range(9, 21), indication="migraine")
    at = view()
    one_of(at.selectbox, "Evidence on").set_value(NEUROPATHIC).run()
    assert "2 of the unread reports were also found for another indication" in shown(at)
    sign(at)
    (stop,) = store.stops()
    assert (stop.indication, len(stop.reports)) == (NEUROPATHIC, 10)
    assert len(store.unread(TITLES, reviewers_needed=1)) == 10


def test_whoever_does_not_lead_reads_only(review: Opener) -> None:
    store = review(reviewers=2)
    half_read(store)
    store.draw_sample("s", "audit", TITLES, ["pubmed:13"], unread=8, found=3, seed=5, by="ada")
    at = view("ben")
    assert "Signing a stop is for whoever leads the review" in shown(at)
    assert [item.label for item in at.button] == []
    assert "trial 11" not in shown(at)  # nor who waits for whose vote


def test_a_sample_and_a_stop_of_a_hostile_title_are_shown_as_they_are(review: Opener) -> None:
    store = review(reviewers=2)
    add_records(store, (1, 2, 3), title=HOSTILE_TITLE)
    vote(store, 1, "ben", INCLUDE)
    at = sign(view(), name="<b>Ada</b>", reason="<img src=x onerror=alert(1)>")
    assert_no_fault(at)
    assert "<script>" not in shown(at)
    assert "<img src=x" not in shown(at)
    assert "&lt;b&gt;Ada&lt;/b&gt;" in shown(at)


def test_the_command_tells_what_the_page_tells(review: Opener, capsys: pytest.CaptureFixture[str]) -> None:
    store = review(reviewers=2)
    half_read(store)
    store.draw_sample("s", "audit", TITLES, ["pubmed:13"], unread=8, found=3, seed=5, by="ada")
    for name in ("ben", "cleo"):
        store.add_decision(decide("pubmed:13", name, EXCLUDE))
    folder = str(context.folder())
    assert main(["stopping", "--review", folder, "--json", "--target", "90"]) == 0
    told = json.loads(capsys.readouterr().out)
    found = stopping_evidence(store, context.review(), target=0.9)
    assert {key: told[key] for key in ("counts", "audits", "test", "safe", "found")} == {
        key: value
        for key, value in evidence_as_dict(found).items()
        if key in ("counts", "audits", "test", "safe", "found")
    }
    assert told["stops"] == []
    store.sign_stop("x", TITLES, ["pubmed:14"], indication=None, signed="Ada", reason="r", evidence={"p": 1}, by="ada")
    assert main(["stopping", "--review", folder]) == 0
    printed = capsys.readouterr().out
    assert "1 of 1 settled, recall 100.0% (" in printed
    assert "Stop signed by Ada" in printed
    assert main(["stopping", "--review", folder, "--indication", NEUROPATHIC]) == 0
    assert "Audit sample" not in capsys.readouterr().out  # one of all reports tells nothing of these alone
    assert main(["stopping", "--review", folder, "--indication", "gout"]) == 1
    with pytest.raises(SystemExit):
        main(["stopping", "--target", "100"])
