"""The ranking while people screen: what it is learned from, and a child process that may die at any time."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ui_review import add_people, add_records, make_review, vote
from workbench.prioritising import Order, Prioritiser
from workbench.screening import Verdict
from workbench.store import Store


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Store, Prioritiser]]:
    folder = make_review(tmp_path / "review")
    with Store.open(folder) as store:
        add_people(store)
        prioritiser = Prioritiser(folder)
        try:
            yield store, prioritiser
        finally:
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
    add_records(store, range(50, 60), title="Knee surgery cohort", abstract="")
    add_records(store, range(1, 10))
    for number, verdict in ((50, Verdict.EXCLUDE), (51, Verdict.EXCLUDE), (1, Verdict.INCLUDE)):
        vote(store, number, "ada", verdict)
    order = settled(prioritiser, when=lambda order: order.basis == "votes")
    assert (order.relevant, order.irrelevant) == (1, 2)
    assert {int(key.split(":")[1]) for key in order.keys[:9]} == set(range(1, 10))
    assert settled(prioritiser).keys is order.keys
    assert prioritiser.reasons("pubmed:3", "ada")


def test_a_killed_child_is_started_again_and_the_last_order_is_kept(held: tuple[Store, Prioritiser]) -> None:
    store, prioritiser = held
    add_records(store, range(1, 10))
    add_records(store, range(50, 60), title="Knee surgery cohort", abstract="")
    before = settled(prioritiser)
    assert before.basis == "question"
    assert prioritiser._child is not None
    os.kill(prioritiser._child.pid, signal.SIGKILL)
    vote(store, 1, "ada", Verdict.INCLUDE)
    vote(store, 50, "ada", Verdict.EXCLUDE)
    assert prioritiser.order("ada").keys is before.keys
    prioritiser.heard("ada")
    assert settled(prioritiser, when=lambda order: order.basis == "votes").fault == ""
