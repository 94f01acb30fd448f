"""What the child process does: it reads the records, learns for one reviewer at a time, and answers."""

from __future__ import annotations

import gc
import os
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from workbench.prioritising.learning import Labels, due_in_rounds, is_due, question_of
from workbench.prioritising.packing import Packer
from workbench.prioritising.reading import Reading
from workbench.prioritising.values import Illegible, Order, Reason, line, message, order_message, plain
from workbench.ranking import Model, RankingError, train
from workbench.review import ReviewDefinition, ReviewError, load_review, settings_files
from workbench.screening import ScreeningError, Stage, screening_plan
from workbench.store import Store, StoreError

FIRST = 50  # unread reports for which the reasons are told with an order
NICENESS = 15  # people who vote go first: of a busy processor this takes a thirtieth
TOLD = (StoreError, ReviewError, RankingError, ScreeningError, Illegible)
"""Errors whose message is written for a reviewer."""

Say = Callable[[Mapping[str, Any]], None]


class _Learned:
    """What was learned last for one reviewer."""

    def __init__(self) -> None:
        self.labels = Labels()
        self.votes: dict[str, bool] = {}
        self.question = ""
        self.model: Model | None = None
        self.edition = -1  # of the index


class Worker:
    """Answers requests one after the other; the requests that wait are brought together."""

    def __init__(self, review_folder: Path, say: Say) -> None:
        self._folder = review_folder
        self._say = say
        self._store: Store | None = None
        self._reading = Reading()
        self._edition = 0  # how often the index changed
        self._learned: dict[str, _Learned] = {}
        self._review: tuple[object, ReviewDefinition] | None = None

    def answer(self, request: Mapping[str, Any]) -> None:
        """Answer one request; what goes wrong is told and is not the end."""
        reviewer = request.get("reviewer")
        try:
            if not isinstance(reviewer, str):
                raise Illegible("a request without a reviewer")
            if request["kind"] == "reasons":
                report = str(request.get("report"))
                self._say({"kind": "reasons", "reviewer": reviewer, "report": report} | self._why(reviewer, report))
            else:
                self._say(self._order(reviewer))
        except TOLD as error:
            self._say({"kind": "fault", "reviewer": reviewer, "words": str(error)})
        except Exception as error:  # noqa: BLE001 - one report that cannot be read must not end the ranking for all
            traceback.print_exc()
            words = f"the ranking met an error of its own ({type(error).__name__}); the server's log has more"
            self._say({"kind": "fault", "reviewer": reviewer, "words": words})

    def _why(self, reviewer: str, report: str) -> dict[str, Any]:
        learned = self._learned.get(reviewer)
        if learned is None or learned.model is None or report not in self._reading.index:
            return {"reasons": None}
        if learned.edition != self._edition:  # the columns of the matrix are others now
            return {"reasons": None}
        return {"reasons": plain(_reasons(learned.model, report))}

    def _order(self, reviewer: str) -> dict[str, Any]:
        store = self._store = self._store or Store.open(self._folder)
        review = self._settings()
        if self._reading.catch_up(store, self._progress):
            self._edition += 1
            gc.freeze()  # what was read stays: looking through it for rubbish takes longer than learning
        plan = screening_plan(review, store.review_settings())
        decisions = store.decisions_by_report(Stage.TITLE_ABSTRACT)
        due = due_in_rounds(reviewer, store.samples("calibration"))
        learned = self._learned.setdefault(reviewer, _Learned())
        votes = learned.labels.of(reviewer, decisions, plan.needed, due=_report_keys(store, due))
        votes = {report: label for report, label in votes.items() if report in self._reading.index}
        question = question_of(review, plan.highlights)
        unchanged = (learned.edition, learned.question) == (self._edition, question)
        if unchanged and learned.model is not None and not is_due(learned.votes, votes):
            return {"kind": "same", "reviewer": reviewer}
        self._say({"kind": "busy", "words": f"learning from {len(votes):,} votes"})
        learned.model = train(self._reading.index, votes, question)
        learned.votes, learned.question, learned.edition = votes, question, self._edition
        return _told(reviewer, learned.model, votes, self._reading.reports)

    def _progress(self, done: int, total: int) -> None:
        if total > 1:
            self._say({"kind": "busy", "words": f"reading {done:,} of {total:,} records"})

    def _settings(self) -> ReviewDefinition:
        files = [(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in settings_files(self._folder)]
        if self._review is None or self._review[0] != files:
            self._review = (files, load_review(self._folder))
        return self._review[1]

    def close(self) -> None:
        """Give the database back."""
        if self._store is not None:
            self._store.close()


def _report_keys(store: Store, keys: Collection[str]) -> frozenset[str]:
    return frozenset(store.report_keys(keys).values()) if keys else frozenset()


def _told(reviewer: str, model: Model, votes: Mapping[str, bool], seen: tuple[str, ...]) -> dict[str, Any]:
    if model.blank:  # as they came
        return order_message(reviewer, Order(keys=seen), {})
    keys = model.ranking()
    first = [key for key in keys if key not in votes][:FIRST]
    order = Order(
        keys=tuple(keys),
        basis="votes" if model.basis == "votes" else "question",
        relevant=model.relevant,
        irrelevant=model.irrelevant,
        made=datetime.now(UTC),
    )
    return order_message(reviewer, order, {key: _reasons(model, key) for key in first})


def _reasons(model: Model, report: str) -> tuple[Reason, ...]:
    return tuple(Reason(view=found.view, term=found.term, weight=found.weight) for found in model.reasons(report))


def serve(review_folder: Path, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer the lines of `requests` until they end. They end with the process that asks: so does this one, at once."""
    with_words = threading.Lock()
    packer = Packer()

    def say(said: Mapping[str, Any]) -> None:
        with with_words:
            answers.write(line(packer.pack(said)))
            answers.flush()

    waiting: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(requests, waiting), name="listens", daemon=True).start()
    worker = Worker(review_folder, say)
    todo: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    while True:
        while not todo or not waiting.empty():
            request = waiting.get()
            todo.setdefault((str(request["kind"]), str(request.get("reviewer")), str(request.get("report"))), request)
        quick = next((key for key in todo if key[0] == "reasons"), None)
        worker.answer(todo.pop(quick if quick is not None else next(iter(todo))))


def _listen(requests: BinaryIO, waiting: queue.SimpleQueue[Mapping[str, Any]]) -> None:
    for text in requests:
        try:
            waiting.put(message(text))
        except Illegible as error:
            print(f"workbench.prioritising: {error}", file=sys.stderr)  # the server's log
    os._exit(0)  # nobody is there to be answered; what was learned is held nowhere but here
