"""Many reviewers screening one large review at once, against the real app: times, sizes, and a count of every vote.

    python benchmarks/screening_load.py --engine sqlite --reviewers 5
    python benchmarks/screening_load.py --engine postgresql --reviewers 20 --windows 3 --seconds 120
    python benchmarks/screening_load.py --engine postgresql --threads          # the store alone

Makes a review of invented records in a temporary folder, serves it with `workbench serve`, and lets reviewers decide:
some in windows of a real Chromium, the others in sessions that speak the browser's protocol (`app_session`), because
twenty windows of one browser need more of two processors than the server does. Between two decisions each of them
thinks for a few seconds; real reviewers take 30 to 80. At the end every vote that was acknowledged is looked for.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app_browser import BrowserSession, Seen, chromium, window  # noqa: E402
from app_session import Answer, AppSession, SessionFault, opened  # noqa: E402
from desk_load import faults_by_count, work  # noqa: E402
from synthetic_review import fill, key_of, make_folder, reviewer_name  # noqa: E402

from tests.browser_app import Running, serving  # noqa: E402
from tests.conftest import find_chromium  # noqa: E402
from tests.postgres_cluster import Cluster, find_programs  # noqa: E402
from workbench.screening import Stage  # noqa: E402
from workbench.store import DATABASE_URL, Store  # noqa: E402

VERDICTS = {"e": "exclude", "i": "include", "m": "maybe"}
STAGE = Stage.TITLE_ABSTRACT
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
Fact = tuple[str, str, str]  # reviewer, key of the report, verdict; "" where it was taken back


@dataclass(slots=True)
class Tally:
    """What all reviewers did and how long it took."""

    said: list[Fact] = field(default_factory=list)
    decisions: list[Answer] = field(default_factory=list)  # sessions without a browser
    moves: list[Answer] = field(default_factory=list)  # theirs: undo, back, on
    seen: list[Seen] = field(default_factory=list)  # windows
    seen_moves: list[Seen] = field(default_factory=list)
    loads: list[Answer] = field(default_factory=list)
    ignored: int = 0  # presses after which the same record stood
    faults: list[str] = field(default_factory=list)


def acts(draw: random.Random) -> str:
    """The keys of one turn: mostly a decision; now and then an undo and another word, or a look back."""
    verdict = draw.choices("eim", weights=(85, 12, 3))[0]
    kind = draw.random()
    if kind < 0.05:
        return verdict + "u" + draw.choice("im")
    return "kj" + verdict if kind < 0.08 else verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long, and how fast."""

    until: float  # on time.monotonic
    least: float  # seconds between two keys
    most: float

    async def think(self, draw: random.Random) -> None:
        await asyncio.sleep(draw.uniform(self.least, self.most))

    @property
    def over(self) -> bool:
        return time.monotonic() > self.until


def note(tally: Tally, name: str, key: str, before: int | None, after: int | None, undone: list[Fact]) -> None:
    """Keep what was acknowledged: the record went, so its vote is recorded; it came back, so it is taken back."""
    if before == after:
        tally.ignored += 1
    elif key in VERDICTS and before is not None:
        fact = (name, key_of(before), VERDICTS[key])
        tally.said.append(fact)
        undone.append(fact)
    elif key == "u" and undone:
        undone.pop()
        assert after is not None
        tally.said.append((name, key_of(after), ""))


async def screen_without_browser(session: AppSession, name: str, plan: Plan, tally: Tally) -> None:
    """One reviewer's session of the protocol alone."""
    draw, mine = random.Random(name), list[Fact]()
    tally.loads.append(await session.load())
    await plan.think(draw)
    while not plan.over:
        for key in acts(draw):
            before = session.record()
            answer = await session.press(key)
            note(tally, name, key, before, session.record(), mine)
            if answer.shown is not None:
                (tally.decisions if key in VERDICTS else tally.moves).append(answer)
            await plan.think(draw)


async def screen_in_window(session: BrowserSession, name: str, plan: Plan, tally: Tally) -> None:
    """One reviewer's window."""
    draw, mine = random.Random(name), list[Fact]()
    await plan.think(draw)
    while not plan.over:
        for key in acts(draw):
            before = await session.record()
            seen = await session.press(key)
            note(tally, name, key, before, await session.record(), mine)
            (tally.seen if key in VERDICTS else tally.seen_moves).append(seen)
            await plan.think(draw)


def address_of(app: Running, name: str) -> str:
    return f"{app.address}/screening?reviewer={name}"


async def screen_all(app: Running, options: argparse.Namespace, tally: Tally, server: Processor) -> float:
    """Let all reviewers work; gives the seconds they were at it together."""
    names = [reviewer_name(number) for number in range(1, options.reviewers + 1)]
    path = find_chromium()
    if options.windows and path is None:
        raise SystemExit("no Chromium was found: try --windows 0")
    async with contextlib.AsyncExitStack() as stack:
        windows: list[tuple[str, BrowserSession]] = []
        if path is not None and options.windows:
            browser = await stack.enter_async_context(chromium(path))
            for name in names[: options.windows]:
                session = await window(browser)
                await session.load(address_of(app, name))
                windows.append((name, session))
        others = [
            (name, await stack.enter_async_context(opened(app.address, "screening", f"reviewer={name}")))
            for name in names[options.windows :]
        ]
        began = time.monotonic()
        server.start()
        plan = Plan(until=began + options.seconds, least=options.think[0], most=options.think[1])

        async def guarded(name: str, what: Callable[[], object]) -> None:
            try:
                await what()  # type: ignore[misc]
            except (SessionFault, AssertionError, OSError) as error:
                tally.faults.append(f"{name}: {error}")
            except Exception as error:  # noqa: BLE001 - one reviewer's fault must not end the others
                tally.faults.append(f"{name}: {type(error).__name__}: {str(error)[:400]}")

        await asyncio.gather(
            *(guarded(n, lambda n=n, s=s: screen_in_window(s, n, plan, tally)) for n, s in windows),  # type: ignore[misc]
            *(guarded(n, lambda n=n, s=s: screen_without_browser(s, n, plan, tally)) for n, s in others),  # type: ignore[misc]
        )
        server.stop()
        for name, faults in [(name, each.faults) for name, each in windows] + [(n, s.faults) for n, s in others]:
            tally.faults += [f"{name}: {fault}" for fault in faults]
        return time.monotonic() - began


class Processor:
    """Processor time of the server, of the ranking that it has learned behind, and of this program with its browser."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.server = self.ranking = self.others = 0.0

    def start(self) -> None:
        self._before = self._now()

    def stop(self) -> None:
        self.server, self.ranking, self.others = (
            after - before for after, before in zip(self._now(), self._before, strict=True)
        )

    def _now(self) -> tuple[float, float, float]:
        family = set(_family(self._pid))
        behind = {pid for pid in family if b"workbench.prioritising" in _command(pid)}
        rest = set(_family(os.getpid())) - family
        server, ranking, others = (sum(map(_seconds, pids)) for pids in (family - behind, behind, rest))
        return server, ranking, others


def _family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += _family(int(child))
    return found


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _seconds(pid: int) -> float:
    """Processor time so far."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def check(folder: Path, tally: Tally, *, votes: int) -> list[str]:
    """What the database says against what was acknowledged."""
    with Store.open(folder) as store:
        held = Counter(
            (decision.reviewer, decision.report, decision.verdict.value if decision.verdict else "")
            for decision in store.decisions(STAGE)
        )
        found = faults_by_count(store, [], needed=votes)
    told = Counter(tally.said)
    lost, more = told - held, held - told
    if lost:
        found.append(f"{lost.total()} votes were acknowledged and are not there: {list(lost)[:3]}")
    if more:
        found.append(f"{more.total()} votes are there and were not acknowledged: {list(more)[:3]}")
    return found


def line(what: str, seconds: Sequence[float]) -> str:
    """Median, 95th and 99th percentile and the longest, in milliseconds."""
    if not seconds:
        return f"| {what} | 0 | | | | |"
    p50, p95, p99 = np.percentile(seconds, [50, 95, 99]) * 1000
    return f"| {what} | {len(seconds)} | {p50:.0f} | {p95:.0f} | {p99:.0f} | {max(seconds) * 1000:.0f} |"


def tell(options: argparse.Namespace, tally: Tally, seconds: float, server: Processor, faults: list[str]) -> None:
    """Print the tables."""
    print(
        f"\n{options.engine}: {options.records} records, {options.reviewers} reviewers, "
        f"{options.windows} of them in Chromium, {seconds:.0f} s, "
        f"{options.think[0]:g} to {options.think[1]:g} s between keys\n"
    )
    print("| milliseconds | number | median | p95 | p99 | longest |\n| --- | --- | --- | --- | --- | --- |")
    print(line("browser: key to next title", [seen.shown for seen in tally.seen]))
    print(line("browser: key to next frame", [seen.painted for seen in tally.seen]))
    print(line("browser: key to message sent", [seen.before_sending for seen in tally.seen]))
    print(line("browser: sent to last message before the title", [seen.server for seen in tally.seen]))
    print(line("browser: undo, back, on: key to title", [seen.shown for seen in tally.seen_moves]))
    print(line("session: sent to next title", [answer.shown or 0.0 for answer in tally.decisions]))
    print(line("session: sent to end of script", [answer.finished for answer in tally.decisions]))
    print(line("session: undo, back, on: sent to end", [answer.finished for answer in tally.moves]))
    print(line("session: opening the page", [answer.finished for answer in tally.loads]))
    answers: list[Answer | Seen] = [*tally.decisions, *tally.seen]
    sizes = [item.received for item in answers]
    largest = [item.largest for item in (*answers, *tally.loads)]
    keys = len(tally.decisions) + len(tally.moves) + len(tally.seen) + len(tally.seen_moves)
    if sizes:
        messages = [item.messages for item in answers]
        print(
            f"\na decision: {np.mean(sizes):,.0f} bytes in {np.mean(messages):.0f} messages on average, "
            f"{max(sizes):,} at most; the largest message {max(largest):,} bytes; opening the page "
            f"{max((load.received for load in tally.loads), default=0):,} bytes"
        )
        alone = sum(answer.fragment for answer in tally.decisions)
        print(f"a fragment ran alone in {alone} of {len(tally.decisions)} decisions of sessions")
    print(
        f"server: {server.server:.1f} s of processor time, {server.server / seconds:.0%} of one core, "
        f"{server.server / max(1, keys) * 1000:.0f} ms a key; the ranking behind it {server.ranking / seconds:.0%}, "
        f"Chromium, the sessions and the database {server.others / seconds:.0%} of one core"
    )
    print(f"{keys} keys ({keys / seconds:.1f} a second), {len(tally.said)} facts acknowledged, {tally.ignored} ignored")
    print("count of every vote:", "each is there exactly once" if not faults else "FAULTS")
    for fault in (*faults, *tally.faults[:10]):
        print("  -", fault)


@contextlib.contextmanager
def database(engine: str) -> Iterator[dict[str, str]]:
    """The settings that name a new database: none for SQLite, which lies in the review's folder."""
    if engine == "sqlite":
        yield {}
        return
    programs = find_programs()
    if programs is None:
        raise SystemExit("no PostgreSQL was found (version 15 or later)")
    with Cluster(programs, fsync="on", shared_buffers="256MB") as cluster:
        yield {DATABASE_URL: cluster.create("load")}


def threads(folder: Path, options: argparse.Namespace) -> int:
    """The store alone, without app and browser."""
    done = work(folder, reviewers=options.reviewers, votes=options.votes_each, needed=options.votes, think=0.3)
    with Store.open(folder) as store:
        faults = faults_by_count(store, done.said, needed=options.votes) + done.faults
    print(f"\n{options.engine}: {options.records} records, {options.reviewers} reviewers in threads of one process\n")
    print("| milliseconds | number | median | p95 | p99 | longest |\n| --- | --- | --- | --- | --- | --- |")
    print(line("seat", done.seats))
    print(line("vote", done.votes))
    print(f"\n{len(done.votes) / done.seconds:.0f} votes a second; count of every vote:", faults or "each once")
    return 1 if faults else 0


def main() -> int:
    """Run it; 1 if a vote is missing, doubled or too many, or a session met a fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--reviewers", type=int, default=20)
    parser.add_argument("--windows", type=int, default=3, help="reviewers in Chromium; the others speak its protocol")
    parser.add_argument("--votes", type=int, default=2, help="votes that a record needs")
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--think", type=float, nargs=2, default=(2.0, 4.0), metavar=("LEAST", "MOST"))
    parser.add_argument("--threads", action="store_true", help="the store alone, without app and browser")
    parser.add_argument("--votes-each", type=int, default=100, help="with --threads")
    options = parser.parse_args()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"{machine}, load {os.getloadavg()[0]:.1f} before the run")
    with tempfile.TemporaryDirectory(prefix="workbench-load-") as temporary, database(options.engine) as settings:
        folder = Path(temporary) / "review"
        os.environ |= settings
        make_folder(folder, votes=options.votes)
        began = time.monotonic()
        with Store.open(folder) as store:
            fill(folder, store, records=options.records, reviewers=options.reviewers)
        print(f"{options.records} records made and stored in {time.monotonic() - began:.0f} s")
        if options.threads:
            return threads(folder, options)
        tally = Tally()
        with serving(folder, **settings) as app:
            server = Processor(app.process)
            seconds = asyncio.run(screen_all(app, options, tally, server))
        faults = check(folder, tally, votes=options.votes)
        tell(options, tally, seconds, server, faults)
        return 1 if faults or tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
