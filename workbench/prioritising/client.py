"""What a page asks: it answers at once with what is known, and has the rest worked out behind."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import workbench
from workbench.prioritising.packing import Unpacker
from workbench.prioritising.values import (
    NO_ORDER,
    Illegible,
    Order,
    Reason,
    line,
    message,
    read_order,
    read_reasons,
)
from workbench.store.store import DATABASE_URL

ASK_AGAIN = 60.0  # seconds after which a page that is shown asks whether there is anything new
AFTER_FAULT = 5.0  # the same after something went wrong
LONGEST_PAUSE = 600.0  # seconds before a child that ends again and again is started once more
MOST_REASONS = 100  # that wait to be asked for; nobody reads more at once
CLOSING = 2.0  # seconds that a child is given to end by itself


class Prioritiser:
    """The orders of one review. Safe to share between threads; no method but `close` ever waits.

    One child process works for all reviewers. It is started at the first question, again at the next one if it died,
    and ends with this process. One object a review and process: use `shared_prioritiser`.
    """

    def __init__(self, review_folder: Path | str, database_url: str = "") -> None:
        """database_url: as in WORKBENCH_DATABASE_URL; empty: the file in the review's folder."""
        self._folder = Path(review_folder).resolve()
        self._database_url = database_url
        self._change = threading.Condition()
        self._closed = False
        self._talker: threading.Thread | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._deaths = 0  # since the last answer
        self._not_before = 0.0  # when a child may be started
        self._busy = ""
        self._fault = ""  # of the process
        self._orders: dict[str, Order] = {}
        self._faults: dict[str, str] = {}  # of one reviewer's order
        self._reasons: dict[str, dict[str, tuple[Reason, ...] | None]] = {}
        self._wanted: dict[str, None] = {}  # reviewers to ask about
        self._asked: dict[str, None] = {}  # reviewers whose answer is awaited
        self._answered: dict[str, float] = {}
        self._heard: dict[str, int] = {}  # votes since it was asked last
        self._why_wanted: dict[tuple[str, str], None] = {}  # (reviewer, report)
        self._why_asked: dict[tuple[str, str], None] = {}

    # --- what a page asks ---------------------------------------------------------------------------------------------

    def order(self, reviewer: str) -> Order:
        """The last order of this reviewer; a first one, or a look whether there is news, is asked for."""
        with self._change:
            known = self._orders.get(reviewer, NO_ORDER)
            fault = self._faults.get(reviewer, "") or self._fault
            after = AFTER_FAULT if fault else ASK_AGAIN
            if time.monotonic() - self._answered.get(reviewer, -after) >= after:
                self._want(reviewer)
            waits = reviewer in self._wanted or reviewer in self._asked
            return replace(known, busy=(self._busy or "starting") if waits else "", fault=fault)

    def heard(self, reviewer: str) -> None:
        """A vote of this reviewer was recorded (or taken back): learn again soon.

        After each vote as long as few were learned from, later after one more in a hundred. Many calls while one is at
        work make one.
        """
        with self._change:
            known = self._orders.get(reviewer, NO_ORDER)
            self._heard[reviewer] = self._heard.get(reviewer, 0) + 1
            if self._heard[reviewer] >= (known.relevant + known.irrelevant) // 100:
                self._want(reviewer, again=True)

    def reasons(self, report: str, reviewer: str) -> tuple[Reason, ...] | None:
        """Why a report stands where it does in the last order, the strongest term first; None: not known yet.

        Nothing speaks for or against a report that has no words, or none that were learned about: then it is empty.
        """
        with self._change:
            known = self._reasons.get(reviewer, {})
            if report in known:
                return known[report]
            has_order = self._orders.get(reviewer, NO_ORDER).made is not None
            if has_order and (reviewer, report) not in self._why_asked and len(self._why_wanted) < MOST_REASONS:
                self._why_wanted[reviewer, report] = None
                self._begin()
            return None

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def close(self) -> None:
        """End the child; nothing is asked for any more, the last orders stay."""
        with self._change:
            self._closed = True
            child, talker = self._child, self._talker
            self._change.notify_all()
        if talker is not None:
            talker.join(CLOSING)
            if child is not None and talker.is_alive():  # it waits for a child that reads nothing
                child.kill()
                talker.join(CLOSING)
        if child is not None:
            _end(child)

    # --- behind -------------------------------------------------------------------------------------------------------

    def _want(self, reviewer: str, *, again: bool = False) -> None:
        if reviewer in self._asked and not again:
            return
        self._wanted[reviewer] = None
        self._begin()

    def _begin(self) -> None:
        if self._closed:
            return
        if self._talker is None:
            self._talker = threading.Thread(target=self._talk, name="prioritiser", daemon=True)
            self._talker.start()
        self._change.notify_all()

    def _talk(self) -> None:
        while True:
            with self._change:
                while not self._closed and not self._waiting():
                    self._change.wait()
                while not self._closed and self._child is None and (pause := self._not_before - time.monotonic()) > 0:
                    self._change.wait(pause)
                if self._closed:
                    return
                if self._child is None:
                    self._start()
                child = self._child
                asks = self._asks() if child is not None else []
            if child is None or child.stdin is None:
                continue
            try:
                child.stdin.write(b"".join(line(ask) for ask in asks))
                child.stdin.flush()
            except (OSError, ValueError):
                self._died(child)  # what was asked is asked again

    def _waiting(self) -> bool:
        """Whether there is something to ask: nothing about a reviewer whose last answer is still awaited."""
        return bool(self._why_wanted) or any(name not in self._asked for name in self._wanted)

    def _asks(self) -> list[dict[str, Any]]:
        asks: list[dict[str, Any]] = []
        for reviewer in [name for name in self._wanted if name not in self._asked]:
            del self._wanted[reviewer]
            self._heard.pop(reviewer, None)
            self._asked[reviewer] = None
            asks.append({"kind": "order", "reviewer": reviewer})
        for reviewer, report in self._why_wanted:
            self._why_asked[reviewer, report] = None
            asks.append({"kind": "reasons", "reviewer": reviewer, "report": report})
        self._why_wanted.clear()
        return asks

    def _start(self) -> None:
        """Start a child; called by the talking thread alone."""
        self._busy = "starting"
        command = [sys.executable, "-P", "-m", "workbench.prioritising", str(self._folder)]
        try:
            child = subprocess.Popen(  # noqa: S603 - a fixed command, no shell
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(self._database_url)
            )
        except OSError as error:
            self._count_death(f"the ranking cannot be started: {error.strerror or error}")
            return
        self._child = child
        threading.Thread(target=self._listen, args=(child,), name="prioritiser listens", daemon=True).start()

    def _listen(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stdout is not None
        unpacker = Unpacker()
        try:
            for text in child.stdout:
                self._take(unpacker.unpack(message(text)))
        except (Illegible, OSError, ValueError):
            child.kill()  # what it says cannot be trusted: begin anew
        self._died(child)
        with suppress(OSError):
            child.stdout.close()

    def _take(self, said: Mapping[str, Any]) -> None:
        kind, reviewer = said["kind"], str(said.get("reviewer"))
        order = read_order(said) if kind == "order" else None
        told = {report: read_reasons(found) for report, found in said.get("reasons", {}).items()} if order else {}
        with self._change:
            if kind == "busy":
                self._busy = str(said.get("words", ""))
                return
            self._deaths, self._fault = 0, ""
            if kind == "reasons":
                self._why_asked.pop((reviewer, str(said.get("report"))), None)
                found = said.get("reasons")
                if found is not None:
                    self._reasons.setdefault(reviewer, {})[str(said.get("report"))] = read_reasons(found)
                return
            self._asked.pop(reviewer, None)
            self._answered[reviewer] = time.monotonic()
            self._busy = "" if not self._asked else self._busy
            self._faults.pop(reviewer, None)
            if kind == "fault":
                self._faults[reviewer] = str(said.get("words", ""))
            if order is not None:
                before = self._orders.get(reviewer, NO_ORDER)
                keys = before.keys if before.keys == order.keys else order.keys
                self._orders[reviewer] = replace(order, keys=keys)
                self._reasons[reviewer] = dict(told)
            self._change.notify_all()

    def _died(self, child: subprocess.Popen[bytes]) -> None:
        with suppress(OSError):
            child.kill()
        child.wait()
        with self._change:
            if self._child is not child:
                return
            self._child = None
            if child.stdin is not None:
                with suppress(OSError):
                    child.stdin.close()
            if not self._closed:
                self._count_death("the ranking stopped unexpectedly and is started again; the last order is kept")

    def _count_death(self, words: str) -> None:
        """Ask again what was not answered, later each time."""
        self._deaths += 1
        self._not_before = time.monotonic() + (min(LONGEST_PAUSE, 2.0**self._deaths) if self._deaths > 1 else 0.0)
        self._fault, self._busy = words, ""
        self._wanted = self._asked | self._wanted
        self._why_wanted = self._why_asked | self._why_wanted
        self._asked, self._why_asked = {}, {}
        self._change.notify_all()


def _end(child: subprocess.Popen[bytes]) -> None:
    """Let a child end: it does when nothing more can be asked."""
    if child.stdin is not None:
        with suppress(OSError):
            child.stdin.close()
    try:
        child.wait(CLOSING)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _environment(database_url: str) -> dict[str, str]:
    """Ours, with the database named; a checkout that is not installed is found there again."""
    environment = {name: value for name, value in os.environ.items() if name != DATABASE_URL}
    if database_url:  # never on the command line, where others can read it
        environment[DATABASE_URL] = database_url
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        environment[threads] = "1"  # the other cores are for those who vote
    root = str(Path(workbench.__file__).resolve().parents[1])
    if root not in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        others = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part and part != root]
        environment["PYTHONPATH"] = os.pathsep.join([root, *others])
    return environment


_SHARED: dict[tuple[Path, str], Prioritiser] = {}
_SHARED_LOCK = threading.Lock()


def shared_prioritiser(review_folder: Path | str, database_url: str = "") -> Prioritiser:
    """The one prioritiser of a review in this process; it is closed when the process ends."""
    key = (Path(review_folder).resolve(), database_url)
    with _SHARED_LOCK:
        found = _SHARED.get(key)
        if found is None or found.closed:
            if not _SHARED:
                atexit.register(_close_all)
            found = _SHARED[key] = Prioritiser(*key)
        return found


def _close_all() -> None:
    with _SHARED_LOCK:
        for each in _SHARED.values():
            each.close()
        _SHARED.clear()
