"""The ranking while people screen: what it is learned from, and a child process that may die at any time."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui_review import THEN, add_people, add_records, make_review, record, vote
from workbench.prioritising import Order, Prioritiser, Reason, shared_prioritiser
from workbench.prioritising.client import _environment
from workbench.prioritising.learning import Labels, due_in_rounds, is_due, label_of, labels_for, question_of
from workbench.prioritising.reading import Reading
from workbench.prioritising.values import Illegible, line, message, order_message, read_order, read_reasons
from workbench.prioritising.worker import Worker
from workbench.review import load_review
from workbench.review.definition import Highlights
from workbench.screening import Decision, Stage, State, Verdict, consensus, decide
from workbench.store import Store

PEOPLE = ("ada", "ben", "cleo")


def said(*words: tuple[str, Verdict | None], resolution: bool = False) -> tuple[Decision, ...]:
    """Decisions on one report, a minute apart."""
    return tuple(
        decide("r", reviewer, verdict, now=THEN + timedelta(minutes=n), resolution=resolution)
        for n, (reviewer, verdict) in enumerate(words)
    )


INCLUDE, EXCLUDE, MAYBE = Verdict.INCLUDE, Verdict.EXCLUDE, Verdict.MAYBE
WORDS = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from([*Verdict, None]), st.booleans()), max_size=6)


def talk(words: list[tuple[str, Verdict | None, bool]]) -> tuple[Decision, ...]:
    return tuple(
        decide("r", reviewer, verdict, now=THEN + timedelta(minutes=n), resolution=resolution)
        for n, (reviewer, verdict, resolution) in enumerate(words)
    )


# --- what is learned from -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decisions", "of_ada", "of_ben"),
    [
        (said(("ada", INCLUDE)), True, None),  # a single vote tells its own voter alone
        (said(("ada", EXCLUDE)), False, None),
        (said(("ada", MAYBE)), True, None),
        (said(("ada", INCLUDE), ("ben", INCLUDE)), True, True),
        (said(("ada", EXCLUDE), ("ben", EXCLUDE)), False, False),
        (said(("ada", INCLUDE), ("ben", EXCLUDE)), True, False),  # a conflict: each their own
        (said(("ada", INCLUDE), ("ada", None)), None, None),  # taken back
        (said(("ada", INCLUDE), ("ben", EXCLUDE)) + said(("cleo", EXCLUDE), resolution=True), False, False),
    ],
)
def test_settled_reports_and_own_votes_are_learned_from(
    decisions: tuple[Decision, ...], of_ada: bool | None, of_ben: bool | None
) -> None:
    for reviewer, expected in (("ada", of_ada), ("ben", of_ben)):
        known = labels_for(reviewer, {"r": decisions}, 2)
        assert known == ({} if expected is None else {"r": expected})


@given(WORDS, st.sampled_from([1, 2]))
def test_a_report_that_is_not_settled_tells_nobody_what_another_said(
    words: list[tuple[str, Verdict | None, bool]], needed: int
) -> None:
    decisions = talk(words)
    if consensus(decisions, reviewers=needed) in (State.INCLUDED, State.EXCLUDED):
        return
    mine = tuple(decision for decision in decisions if decision.reviewer == "ada" and not decision.resolution)
    # whatever the others said: ada's label is the one that her own words alone would give
    assert label_of("ada", decisions, needed) == label_of("ada", mine, 9)
    assert label_of(None, decisions, needed) is None


@given(WORDS, st.sampled_from([1, 2]))
def test_a_report_still_due_in_a_calibration_round_tells_nothing_until_the_own_vote(
    words: list[tuple[str, Verdict | None, bool]], needed: int
) -> None:
    others = talk([word for word in words if word[0] != "ada"])
    assert label_of("ada", others, needed, due=True) is None


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), WORDS), min_size=1, max_size=4), st.sampled_from([1, 2]))
def test_labels_remembered_are_the_labels_worked_out_anew(
    states: list[dict[str, list[tuple[str, Verdict | None, bool]]]], needed: int
) -> None:
    remembered = Labels()
    for state in states:
        decisions = {report: talk(words) for report, words in state.items()}
        assert remembered.of("ada", decisions, needed) == labels_for("ada", decisions, needed)
        assert remembered.of("ada", decisions, needed, due="ab") == labels_for("ada", decisions, needed, due="ab")


def test_it_is_learned_again_after_each_vote_at_first_and_after_one_in_a_hundred_later() -> None:
    few = {str(n): n % 2 == 0 for n in range(50)}
    many = {str(n): n % 2 == 0 for n in range(1000)}
    assert is_due({}, {"a": True})
    assert is_due(few, few | {"new": True})
    assert is_due(few, few | {"0": False})  # a mind changed
    assert is_due(few, {key: label for key, label in few.items() if key != "0"})  # a vote taken back
    assert not is_due(few, few)
    assert not is_due(many, many | {f"new{n}": True for n in range(9)})
    assert is_due(many, many | {f"new{n}": True for n in range(10)})


def test_the_question_holds_criteria_indications_and_marked_words_but_nothing_that_is_excluded(tmp_path: Path) -> None:
    review = load_review(make_review(tmp_path / "review"))
    asked = question_of(review, Highlights(include=("sham coil*",), exclude=("tinnitus",)))
    assert review.question.intervention in asked
    assert review.eligibility[0].include in asked
    assert review.indications[0].label in asked
    assert "sham coil" in asked
    assert "*" not in asked
    assert "tinnitus" not in asked
    assert review.eligibility[0].exclude not in asked


# --- the lines between the two processes --------------------------------------------------------------------------


def test_an_order_and_its_reasons_come_through_a_line_as_they_were() -> None:
    order = Order(keys=("a", "b\n", "ü"), basis="votes", relevant=1, irrelevant=2, made=THEN)
    reasons = {"a": (Reason(view="title", term="pain</b>", weight=0.5),)}
    read = message(line(order_message("ada", order, reasons)).rstrip(b"\n"))
    assert read_order(read) == order
    assert read_reasons(read["reasons"]["a"]) == reasons["a"]
    assert line(order_message("ada", order, reasons)).count(b"\n") == 1


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"{}", b'{"kind": 3}', b"\xff", b"[" * 100_000])
def test_a_line_that_is_no_message_is_refused(text: bytes) -> None:
    with pytest.raises(Illegible):
        message(text)


@pytest.mark.parametrize("wrong", [{"basis": "guess"}, {"keys": None}, {"relevant": "many"}, {"made": "yesterday"}])
def test_an_order_that_is_not_whole_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Illegible):
        read_order(order_message("ada", Order(keys=("a",)), {}) | wrong)


# --- the work itself, without a process ---------------------------------------------------------------------------


@pytest.fixture
def review(tmp_path: Path) -> Path:
    return make_review(tmp_path / "review")


@pytest.fixture
def filled(review: Path) -> Iterator[Store]:
    with Store.open(review) as store:
        add_people(store)
        yield store


@pytest.fixture
def worker(review: Path, filled: Store) -> Iterator[tuple[Worker, list[Mapping[str, Any]]]]:
    told: list[Mapping[str, Any]] = []
    at_work = Worker(review, told.append)
    yield at_work, told
    at_work.close()


def knees(store: Store, numbers: range) -> None:
    add_records(store, numbers, title="Knee surgery cohort", abstract="")


def ask(worker: tuple[Worker, list[Mapping[str, Any]]], reviewer: str, **more: str) -> Mapping[str, Any]:
    worker[0].answer({"kind": "order", "reviewer": reviewer} | more)
    return worker[1][-1]


def test_new_changed_and_merged_records_are_read_and_nothing_else(filled: Store) -> None:
    reading = Reading()
    assert not reading.catch_up(filled)  # nothing at all
    add_records(filled, range(1, 4))
    assert reading.catch_up(filled)
    assert not reading.catch_up(filled)
    assert reading.reports == ("pubmed:1", "pubmed:2", "pubmed:3")

    add_records(filled, (2,), title="Deep brain stimulation")  # its source changed it
    read: list[tuple[int, int]] = []
    assert reading.catch_up(filled, lambda done, total: read.append((done, total)))
    assert read == [(0, 1)]
    assert reading.index.documents[reading.index.row("pubmed:2")].title == "Deep brain stimulation"

    add_records(filled, (9,), title="Only here is an abstract", abstract="Sham coil. " * 50)
    filled.link_duplicates([["pubmed:3", "pubmed:9"]])
    assert reading.catch_up(filled)
    assert reading.reports == ("pubmed:1", "pubmed:2", "pubmed:3")
    assert "Sham coil" in reading.index.documents[reading.index.row("pubmed:3")].abstract
    assert "pubmed:9" not in reading.index

    filled.unlink_duplicate("pubmed:3", "pubmed:9")
    assert reading.catch_up(filled)
    assert "pubmed:9" in reading.index
    assert len(reading.index) == 4


def test_a_colleagues_single_vote_changes_nothing_in_ones_order(
    filled: Store, worker: tuple[Worker, list[Mapping[str, Any]]]
) -> None:
    add_records(filled, range(1, 6))
    knees(filled, range(50, 56))
    vote(filled, 1, "ben", INCLUDE)
    vote(filled, 50, "ben", EXCLUDE)
    before = ask(worker, "ben")
    for number in (2, 3, 51, 52):
        vote(filled, number, "ada", EXCLUDE if number < 50 else INCLUDE)  # the very opposite
    assert ask(worker, "ben") == {"kind": "same", "reviewer": "ben"}
    theirs = ask(worker, "ada")
    assert (theirs["relevant"], theirs["irrelevant"]) == (2, 2)
    assert theirs["keys"] != before["keys"]
    vote(filled, 2, "ben", EXCLUDE)  # now both said so
    assert (ask(worker, "ben")["irrelevant"], ask(worker, "cleo")["irrelevant"]) == (2, 1)


def test_an_open_calibration_round_keeps_what_others_said_until_the_own_vote(
    filled: Store, worker: tuple[Worker, list[Mapping[str, Any]]]
) -> None:
    add_records(filled, range(1, 6))
    knees(filled, range(50, 56))
    drawn = ("pubmed:1", "pubmed:50")
    filled.draw_sample(
        "round", "calibration", Stage.TITLE_ABSTRACT, drawn, unread=11, found=0, seed=1, reviewers=PEOPLE, by="ada"
    )
    assert due_in_rounds("cleo", filled.samples()) == set(drawn)
    for person in ("ada", "ben"):
        vote(filled, 1, person, INCLUDE)
        vote(filled, 50, person, EXCLUDE)
    assert ask(worker, "ada")["basis"] == "votes"
    theirs = ask(worker, "cleo")
    assert (theirs["basis"], theirs["relevant"], theirs["irrelevant"]) == ("question", 0, 0)
    filled.end_sample("round", withdrawn=False, reason="done", by="ada")
    assert ask(worker, "cleo")["basis"] == "votes"


def test_the_words_a_team_marks_in_the_browser_order_the_first_records(
    filled: Store, worker: tuple[Worker, list[Mapping[str, Any]]]
) -> None:
    add_records(filled, range(1, 6), title="Zebrafish larvae", abstract="")
    knees(filled, range(50, 56))
    ask(worker, "ada")
    filled.set_review_setting("screening.highlight", {"include": ["knee*"], "exclude": []}, by="ada")
    assert {key.split(":")[1][0] for key in ask(worker, "ada")["keys"][:6]} == {"5"}
    filled.set_review_setting("screening.highlight", {"include": ["zebrafish"], "exclude": []}, by="ada")
    assert set(ask(worker, "ada")["keys"][:5]) == {f"pubmed:{n}" for n in range(1, 6)}


def test_the_reasons_of_the_first_unread_come_with_the_order_and_of_any_other_when_asked(
    filled: Store, worker: tuple[Worker, list[Mapping[str, Any]]]
) -> None:
    add_records(filled, range(1, 80))
    knees(filled, range(100, 106))
    vote(filled, 1, "ada", INCLUDE)
    vote(filled, 100, "ada", EXCLUDE)
    order = ask(worker, "ada")
    assert len(order["reasons"]) == 50
    assert "pubmed:1" not in order["reasons"]
    worker[0].answer({"kind": "reasons", "reviewer": "ada", "report": "pubmed:105"})
    assert {term for _, term, weight in worker[1][-1]["reasons"] if weight < 0} >= {"knee", "surgery"}
    worker[0].answer({"kind": "reasons", "reviewer": "ada", "report": "pubmed:999"})
    assert worker[1][-1]["reasons"] is None


def test_what_goes_wrong_is_told_and_the_next_question_is_answered(
    review: Path, filled: Store, worker: tuple[Worker, list[Mapping[str, Any]]]
) -> None:
    add_records(filled, range(1, 6))
    settings = (review / "review.yaml").read_text(encoding="utf-8")
    (review / "review.yaml").write_text("title: [", encoding="utf-8")
    fault = ask(worker, "ada")
    assert fault["kind"] == "fault"
    assert "review.yaml" in fault["words"]
    (review / "review.yaml").write_text(settings, encoding="utf-8")
    assert ask(worker, "ada")["kind"] == "order"
    worker[0].answer({"kind": "order"})
    assert worker[1][-1]["kind"] == "fault"


# --- the process ----------------------------------------------------------------------------------------------------


@pytest.fixture
def held(review: Path, filled: Store) -> Iterator[tuple[Store, Prioritiser]]:
    prioritiser = Prioritiser(review)
    yield filled, prioritiser
    prioritiser.close()


def settled(
    prioritiser: Prioritiser, reviewer: str = "ada", when: Callable[[Order], bool] = lambda order: True
) -> Order:
    """The order once nothing is being done about it."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        order = prioritiser.order(reviewer)
        if not order.busy and when(order):
            return order
        time.sleep(0.02)
    raise AssertionError(f"the order never settled: {order}")


def test_a_review_without_records_has_no_order_and_no_fault(held: tuple[Store, Prioritiser]) -> None:
    order = settled(held[1])
    assert (order.keys, order.basis, order.made, order.fault) == ((), "none yet", None, "")


def test_votes_bring_the_reports_like_the_included_ones_to_the_front(held: tuple[Store, Prioritiser]) -> None:
    store, prioritiser = held
    knees(store, range(50, 60))
    add_records(store, range(1, 10))
    for number, verdict in ((50, EXCLUDE), (51, EXCLUDE), (1, INCLUDE)):
        vote(store, number, "ada", verdict)
    assert prioritiser.order("ada").busy == "starting"
    order = settled(prioritiser, when=lambda order: order.basis == "votes")
    assert (order.relevant, order.irrelevant) == (1, 2)
    assert {int(key.split(":")[1]) for key in order.keys[:9]} == set(range(1, 10))
    prioritiser.heard("ada")
    again = settled(prioritiser)
    assert again.keys is order.keys  # nothing new was learned
    assert again.made == order.made
    assert prioritiser.reasons("pubmed:3", "ada")
    vote(store, 52, "ada", EXCLUDE)
    for _ in range(50):
        prioritiser.heard("ada")
    assert settled(prioritiser, when=lambda order: order.irrelevant == 3).relevant == 1


def test_a_killed_child_is_started_again_and_the_last_order_is_kept(held: tuple[Store, Prioritiser]) -> None:
    store, prioritiser = held
    add_records(store, range(1, 10))
    knees(store, range(50, 60))
    before = settled(prioritiser)
    assert before.basis == "question"
    assert prioritiser._child is not None
    os.kill(prioritiser._child.pid, signal.SIGKILL)
    vote(store, 1, "ada", INCLUDE)
    vote(store, 50, "ada", EXCLUDE)
    assert prioritiser.order("ada").keys is before.keys
    prioritiser.heard("ada")
    assert settled(prioritiser, when=lambda order: order.basis == "votes").fault == ""


def test_lines_that_are_no_messages_end_neither_side(
    held: tuple[Store, Prioritiser], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, prioritiser = held
    add_records(store, range(1, 10))
    settled(prioritiser)
    child = prioritiser._child
    assert child is not None
    assert child.stdin is not None
    child.stdin.write(b"{]\n\xff\n[1]\n")
    child.stdin.flush()
    knees(store, range(50, 60))
    prioritiser.heard("ada")
    settled(prioritiser, when=lambda order: len(order.keys) == 19)
    assert prioritiser._child is child

    monkeypatch.setattr("workbench.prioritising.client.read_order", _illegible_once())
    vote(store, 1, "ada", INCLUDE)
    vote(store, 50, "ada", EXCLUDE)
    prioritiser.heard("ada")
    assert settled(prioritiser, when=lambda order: order.basis == "votes").keys
    assert prioritiser._child is not child  # one whose answers cannot be read is replaced


def _illegible_once() -> Callable[[Mapping[str, Any]], Order]:
    asked: list[None] = []

    def read(said: Mapping[str, Any]) -> Order:
        asked.append(None)
        if len(asked) == 1:
            raise Illegible("half a line")
        return read_order(said)

    return read


def test_a_fault_is_shown_until_the_next_answer(held: tuple[Store, Prioritiser], review: Path) -> None:
    store, prioritiser = held
    add_records(store, range(1, 4))
    hidden = review / "hidden.yaml"
    (review / "review.yaml").rename(hidden)
    order = settled(prioritiser, when=lambda order: bool(order.fault))
    assert "review.yaml" in order.fault
    assert order.keys == ()
    hidden.rename(review / "review.yaml")
    prioritiser.heard("ada")
    assert settled(prioritiser, when=lambda order: not order.fault).keys


def test_an_order_comes_while_somebody_else_writes(held: tuple[Store, Prioritiser], review: Path) -> None:
    store, prioritiser = held
    add_records(store, range(1, 10))
    knees(store, range(50, 60))
    with closing(sqlite3.connect(review / "review.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        order = settled(prioritiser)
        other.execute("ROLLBACK")
    assert (len(order.keys), order.fault) == (19, "")


def test_a_page_does_not_wait_for_a_child_that_hangs(held: tuple[Store, Prioritiser]) -> None:
    store, prioritiser = held
    add_records(store, range(1, 10))
    knees(store, range(50, 60))
    before = settled(prioritiser)
    child = prioritiser._child
    assert child is not None
    os.kill(child.pid, signal.SIGSTOP)
    for n in range(5000):  # more than a pipe holds
        prioritiser.heard(f"reviewer {n}")
        prioritiser.reasons(f"pubmed:{n}", "ada")
    prioritiser.heard("ada")
    order = prioritiser.order("ada")
    assert order.keys is before.keys
    assert order.busy
    prioritiser.close()
    assert child.poll() is not None


def test_one_review_has_one_prioritiser_in_a_process(review: Path) -> None:
    one = shared_prioritiser(review)
    try:
        assert shared_prioritiser(review / ".." / review.name) is one
        assert shared_prioritiser(review, "postgresql://elsewhere/review") is not one
        one.close()
        assert shared_prioritiser(review) is not one
    finally:
        shared_prioritiser(review).close()
        shared_prioritiser(review, "postgresql://elsewhere/review").close()


def test_the_child_ends_when_its_parent_is_killed(review: Path, filled: Store) -> None:
    add_records(filled, range(1, 4))
    script = (
        "import sys, time\nfrom workbench.prioritising import Prioritiser\np = Prioritiser(sys.argv[1])\n"
        "while p.order('ada').busy: time.sleep(0.02)\nprint(p._child.pid, flush=True)\ntime.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, str(review)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=_environment("")) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + 20
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_closed_prioritiser_keeps_its_last_order_and_starts_nothing(held: tuple[Store, Prioritiser]) -> None:
    store, prioritiser = held
    add_records(store, range(1, 10))
    before = settled(prioritiser)
    prioritiser.close()
    prioritiser.heard("ada")
    assert prioritiser.order("ada").keys is before.keys
    assert prioritiser._child is None or prioritiser._child.poll() is not None


def test_the_page_loads_no_learning_library() -> None:
    script = "import sys, workbench.prioritising; print(sorted({'sklearn', 'scipy', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_addresses_of_databases_are_handed_on_in_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_DATABASE_URL", "postgresql://another/review")
    assert "WORKBENCH_DATABASE_URL" not in _environment("")
    assert _environment("postgresql://u:p@h/r")["WORKBENCH_DATABASE_URL"] == "postgresql://u:p@h/r"


def test_records_whose_words_say_nothing_come_as_they_came(
    filled: Store, worker: tuple[Worker, list[Mapping[str, Any]]]
) -> None:
    run = filled.begin_search("migraine", "q", THEN)
    empty = [(record(number, title="?", abstract="", publication_types=()), None) for number in (3, 1, 2)]
    filled.add_records(run, "migraine", empty, now=THEN)
    order = ask(worker, "ada")
    assert (order["basis"], list(order["keys"])) == ("none yet", ["pubmed:3", "pubmed:1", "pubmed:2"])
