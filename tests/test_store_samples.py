"""Samples, signed stops, settings made in the browser and identifiers, on each database engine."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.review_facts import NOW, entry, fill, key
from workbench.screening import ScreeningPlan, Stage, Verdict, decide
from workbench.store import NotThere, Queue, Sample, Stop, Store, StoreError

TITLES, TEXTS = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
INCLUDE, EXCLUDE = Verdict.INCLUDE, Verdict.EXCLUDE


def draw(store: Store, sample_id: str, numbers: list[int], purpose: str = "audit", **fields: Any) -> Sample:
    return store.draw_sample(
        sample_id,
        purpose,
        TITLES,
        [key(number) for number in numbers],
        **({"unread": 10, "found": 2, "seed": 7, "by": "ada", "now": NOW} | fields),
    )


def sign(store: Store, stop_id: str, numbers: list[int], **fields: Any) -> Stop:
    return store.sign_stop(
        stop_id,
        TITLES,
        [key(number) for number in numbers],
        **(
            {"indication": None, "signed": "Ada", "reason": "enough", "evidence": {"p": 0.01}, "by": "ada", "now": NOW}
            | fields
        ),
    )


def offered(store: Store, reviewer: str = "ben") -> str | None:
    seat = store.seat(Queue(reviewer=reviewer, stage=TITLES, plan=ScreeningPlan(needed=1)))
    return None if seat.report is None else seat.report.key


# --- samples ----------------------------------------------------------------------------------------------------------


def test_a_sample_is_kept_as_it_was_drawn(store: Store) -> None:
    fill(store, range(1, 11))
    drawn = draw(store, "s", [4, 2, 9], note="why")
    assert (drawn.reports, drawn.unread, drawn.found, drawn.seed) == ((key(4), key(2), key(9)), 10, 2, 7)
    assert (drawn.by, drawn.at, drawn.note, drawn.open) == ("ada", NOW, "why", True)
    assert store.samples() == store.samples("audit") == (drawn,)
    assert store.samples("calibration") == ()


def test_drawing_twice_under_one_id_draws_once(store: Store) -> None:
    fill(store, range(1, 11))
    first = draw(store, "s", [4, 2])
    assert draw(store, "s", [5], seed=8) == first
    assert len(store.samples()) == 1


def test_samples_that_cannot_be_are_refused(store: Store) -> None:
    fill(store, range(1, 4))
    with pytest.raises(StoreError, match="without reports"):
        draw(store, "s", [])
    with pytest.raises(StoreError, match="not for 'fun'"):
        draw(store, "s", [1], "fun")
    with pytest.raises(StoreError, match="two reviewers"):
        draw(store, "s", [1], "calibration", reviewers=("ana", "ana"))
    with pytest.raises(NotThere):
        draw(store, "s", [99])
    assert store.samples() == ()


def test_one_calibration_round_at_a_time_and_audits_beside_it(store: Store) -> None:
    fill(store, range(1, 11))
    draw(store, "one", [1, 2], "calibration", reviewers=("ana", "ben"))
    with pytest.raises(StoreError, match="open already"):
        draw(store, "two", [3], "calibration", reviewers=("ana", "ben"))
    draw(store, "audit", [4])
    store.end_sample("one", withdrawn=False, reason="done", by="ada", now=NOW)
    draw(store, "two", [3], "calibration", reviewers=("ana", "ben"))
    assert [sample.id for sample in store.samples("calibration")] == ["one", "two"]


def test_an_ended_sample_says_who_when_and_why(store: Store) -> None:
    fill(store, range(1, 4))
    draw(store, "s", [1])
    store.end_sample("s", withdrawn=True, reason="a mistake", by="ben", now=NOW + timedelta(hours=1))
    (ended,) = store.samples()
    assert (ended.open, ended.withdrawn, ended.end_reason, ended.ended_by) == (False, True, "a mistake", "ben")
    assert ended.ended == NOW + timedelta(hours=1)
    with pytest.raises(StoreError, match="ended already"):
        store.end_sample("s", withdrawn=False, reason="", by="ben")
    with pytest.raises(NotThere):
        store.end_sample("other", withdrawn=False, reason="", by="ben")


def test_an_audit_sample_is_read_before_everything_else_until_it_ends(store: Store) -> None:
    fill(store, range(1, 11))
    draw(store, "s", [8])
    assert offered(store) == key(8)
    store.end_sample("s", withdrawn=False, reason="", by="ada")
    assert offered(store, "cem") == key(1)


# --- stops ------------------------------------------------------------------------------------------------------------


def test_a_stop_keeps_who_why_what_and_the_evidence(store: Store) -> None:
    fill(store, range(1, 6))
    evidence = {"p": 0.04, "counts": {"unread": 2}, "none": None, "text": "ä\u0000\ud800"}
    stop = sign(store, "s", [4, 5], signed="  Dr Ada\x00 ", reason="enough \ud800", evidence=evidence, indication="i")
    assert store.stops() == (stop,)
    assert (stop.signed, stop.by, stop.at, stop.indication) == ("Dr Ada\ufffd", "ada", NOW, "i")
    assert stop.reports == (key(4), key(5))
    assert stop.evidence == evidence
    assert stop.stands


def test_signing_twice_under_one_id_signs_once_even_after_votes(store: Store) -> None:
    fill(store, range(1, 6))
    first = sign(store, "s", [4, 5])
    store.add_decision(decide(key(4), "ana", INCLUDE))
    assert sign(store, "s", [4, 5]) == first
    assert len(store.stops()) == 1


def test_a_stop_wants_a_name_a_reason_and_unread_reports(store: Store) -> None:
    fill(store, range(1, 6))
    for fields in ({"signed": " "}, {"reason": "\n"}):
        with pytest.raises(StoreError, match="name of who signs it and a reason"):
            sign(store, "s", [1], **fields)
    with pytest.raises(StoreError, match="nothing left"):
        sign(store, "s", [])
    with pytest.raises(NotThere):
        sign(store, "s", [99])
    with pytest.raises(StoreError, match="plain data"):
        sign(store, "s", [1], evidence={"p": float("nan")})
    assert store.stops() == ()


def test_a_report_that_is_being_read_is_not_stopped(store: Store) -> None:
    fill(store, range(1, 6))
    store.link_duplicates([[key(4), key(5)]], by="ana")
    store.add_decision(decide(key(5), "ana", INCLUDE, now=NOW))
    with pytest.raises(StoreError, match="1 of these reports have a vote"):
        sign(store, "s", [3, 4])  # the vote is on its other record
    assert store.stops() == ()
    sign(store, "s", [3])


def test_a_report_settled_by_a_resolution_alone_is_not_stopped(store: Store) -> None:
    fill(store, range(1, 3))
    store.add_decision(decide(key(1), "ana", INCLUDE, resolution=True, now=NOW))
    with pytest.raises(StoreError, match="being read"):
        sign(store, "s", [1, 2])


def test_stopped_reports_are_offered_to_nobody_until_the_stop_is_lifted(store: Store) -> None:
    fill(store, range(1, 4))
    sign(store, "s", [1, 2])
    assert offered(store) == key(3)
    assert store.unread(TITLES, reviewers_needed=1) == (key(3),)
    store.lift_stop("s", reason="one was missed", by="ben", now=NOW + timedelta(days=1))
    assert store.unread(TITLES, reviewers_needed=1) == (key(1), key(2), key(3))
    (stop,) = store.stops()
    assert (stop.stands, stop.lifted_by, stop.lift_reason) == (False, "ben", "one was missed")
    assert stop.lifted == NOW + timedelta(days=1)
    with pytest.raises(StoreError, match="lifted already"):
        store.lift_stop("s", reason="again", by="ben")
    with pytest.raises(NotThere):
        store.lift_stop("other", reason="x", by="ben")


def test_a_report_is_covered_as_long_as_any_stop_stands(store: Store) -> None:
    fill(store, range(1, 4))
    sign(store, "a", [1, 2], indication="x")
    sign(store, "b", [2, 3], indication="y")
    store.lift_stop("a", reason="r", by="ada")
    assert store.unread(TITLES, reviewers_needed=1) == (key(1),)


def test_a_vote_on_a_stopped_report_counts(store: Store) -> None:
    fill(store, range(1, 3))
    sign(store, "s", [1, 2])
    store.add_decision(decide(key(1), "ana", INCLUDE))
    facts = {fact.key: fact for fact in store.report_facts(reviewers_needed=1)}
    assert (facts[key(1)].not_screened, facts[key(2)].not_screened) == (False, True)


def test_reports_that_come_later_are_not_covered(store: Store) -> None:
    fill(store, range(1, 3))
    sign(store, "s", [1, 2])
    fill(store, [3])
    assert store.unread(TITLES, reviewers_needed=1) == (key(3),)


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [False, 0, [], {}, "", ["a"], {"a": 1.5}, "ä\u0000\ud800"])
def test_a_setting_comes_back_as_it_was_made(store: Store, value: Any) -> None:
    store.set_review_setting("k", value, by="ada")
    assert store.review_settings() == {"k": value}


def test_none_goes_back_to_the_files_and_stays_in_the_history(store: Store) -> None:
    store.set_review_setting("k", None, by="ada")
    assert store.setting_history() == ()
    store.set_review_setting("k", 1, by="ada", now=NOW)
    store.set_review_setting("k", None, by="ben", now=NOW + timedelta(hours=1))
    assert store.review_settings() == {}
    assert store.setting_history() == (("k", None, "ben", NOW + timedelta(hours=1)), ("k", 1, "ada", NOW))


def test_what_holds_already_is_no_news_but_true_is_not_one(store: Store) -> None:
    for value in (1, 1, True, [1], [True]):
        store.set_review_setting("k", value, by="ada")
    assert [value for _, value, _, _ in store.setting_history()] == [[True], [1], True, 1]


def test_a_setting_that_changed_meanwhile_is_left_alone(store: Store) -> None:
    store.set_review_setting("k", ["a"], by="ada", expected=None)
    with pytest.raises(StoreError, match="changed this setting meanwhile"):
        store.set_review_setting("k", ["b"], by="ben", expected=None)
    store.set_review_setting("k", ["a"], by="ben", expected=None)  # the same: nothing to refuse
    store.set_review_setting("k", ["b"], by="ben", expected=["a"])
    store.set_review_setting("k", None, by="ada", expected=["b"])
    store.set_review_setting("k", ["c"], by="ben", expected=None)
    assert store.review_settings() == {"k": ["c"]}


# --- identifiers ------------------------------------------------------------------------------------------------------


def test_reports_are_known_by_any_identifier_of_any_of_their_records(store: Store) -> None:
    run = store.begin_search("pain", "q", NOW)
    records = [entry(1, doi="10.1000/one"), entry(2, doi="10.1000/two"), entry(3)]
    store.add_records(run, "pain", [(record, None) for record in records], now=NOW)
    store.finish_search(run, count=3, now=NOW)
    store.link_duplicates([[key(1), key(2)]], by="ana")
    found = store.identified(["2", "3", "99"], ["10.1000/two", "10.1000/three"])
    assert found == {"2": key(1), "3": key(3), "10.1000/two": key(1)}
    assert store.identified([], []) == {}
