"""A refresh outside of the app: a process of its own that outlives the page, the session and the app.

The lock in the database says who is at work, on whichever machine, and how far (`JobLock.doing`); nothing else is
believed about that. What was started from the app is noted in REVIEW/logs: one log a run, and how it ended. So a reload
of the page, another reviewer's page and a restarted app all see the same.

A process is known by its number and its start time: a later one with the same number is never taken for it, and never
stopped in its place.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import workbench
from workbench.refresh.ledger import JOB
from workbench.store import Busy, JobLock, Store

LOGS = "logs"
LOGS_KEPT = 50
TAIL = 16_000  # bytes of a log that are shown
_STARTING = "starting a refresh"
_NAME = re.compile(r"refresh-\d{8}T\d{6}Z(-\d{1,3})?")
_COUNTED = re.compile(r"^(?P<what>.*): (?P<done>\d+) of (?P<total>\d+)(?P<rest> .*)?$", re.DOTALL)

State = Literal["idle", "starting", "running", "finishing", "stopping", "ended", "died"]


class BackgroundError(Exception):
    """A refresh cannot be started or stopped from here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A refresh that the app started on this machine."""

    name: str
    folder: Path  # of the logs
    by: str
    at: datetime
    pid: int
    process: str  # start time of the process; empty where the system does not say
    host: str
    stop_asked: bool = False
    exit_code: int | None = None  # None: it has not said how it ended

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def alive(self) -> bool:
        """Whether its process is there; only its own machine can tell."""
        return self.host == socket.gethostname() and _is_alive(self.pid, self.process)


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What is known of refreshes at work, as a page shows it."""

    state: State
    lock: JobLock | None  # of the refresh at work, whoever started it
    started: Started | None  # the last one that was started from the app

    @property
    def busy(self) -> bool:
        """Whether another one cannot be started now."""
        return self.state in ("starting", "running", "finishing", "stopping")

    @property
    def progress(self) -> tuple[str, int, int] | None:
        """(job, done, of how many), where the refresh at work says so."""
        found = _COUNTED.match(self.lock.doing) if self.lock is not None else None
        if found is None:
            return None
        return f"{found['what']}:{found['rest'] or ''}", int(found["done"]), int(found["total"])


def activity(store: Store, review_folder: Path) -> Activity:
    """Whether a refresh is at work, and what became of the last one that the app started."""
    lock = store.lock_holder(JOB)
    if lock is not None and (lock.expires_at < datetime.now(UTC) or _is_dead(lock)):
        lock = None
    started = last_started(review_folder)
    if lock is not None:
        mine = started is not None and (started.pid, started.host) == (lock.pid, lock.host)
        asked = mine and started is not None and started.stop_asked
        return Activity(state="stopping" if asked else "running", lock=lock, started=started)
    if started is None:
        return Activity(state="idle", lock=None, started=None)
    if started.exit_code is not None:
        return Activity(state="ended", lock=None, started=started)
    if started.alive:  # before it has the lock, or after: duplicates are looked for, the digest is written and mailed
        begun = any(run.started >= started.at for run in store.searches())
        state: State = "stopping" if started.stop_asked else "finishing" if begun else "starting"
        return Activity(state=state, lock=None, started=started)
    return Activity(state="died", lock=None, started=started)


def start(store: Store, review_folder: Path, *, by: str) -> Started:
    """Start `workbench refresh` as a process of its own. Raises BackgroundError if one is at work already."""
    folder = review_folder.resolve() / LOGS
    try:
        with store.locked(_STARTING, by, timedelta(minutes=1)):  # two people pressing at once
            now = activity(store, review_folder)
            if now.busy:
                raise BackgroundError(busy_words(now))
            folder.mkdir(exist_ok=True)
            return _start(folder, review_folder.resolve(), by)
    except Busy as error:
        raise BackgroundError("somebody else is starting a refresh at this moment") from error
    except (OSError, ValueError) as error:
        raise BackgroundError(f"the refresh cannot be started: {getattr(error, 'strerror', '') or error}") from error


def busy_words(now: Activity) -> str:
    """Who is at work, in one sentence."""
    if now.lock is not None:
        return (
            f"a refresh is at work already: started by {now.lock.holder} on {now.lock.host} at "
            f"{now.lock.taken_at:%Y-%m-%d %H:%M} UTC"
        )
    who = f" by {now.started.by}" if now.started is not None else ""
    return f"a refresh was just started{who}"


def _start(folder: Path, review_folder: Path, by: str) -> Started:
    name, log = _new_log(folder)
    command = [
        *(sys.executable, "-P", "-m", "workbench", "refresh", "--review", str(review_folder)),
        *(f"--by={by}", "--outcome", str(folder / f"{name}.outcome.json")),
    ]
    try:
        child = subprocess.Popen(  # noqa: S603 - a fixed command, no shell
            command,
            cwd=review_folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C that ends the app does not reach it
        )
    finally:
        os.close(log)
    # Somebody has to take note of its end, else it stays in the system's list as a process that lives.
    threading.Thread(target=_take_note, args=(child,), name=f"waits for {name}", daemon=True).start()
    started = Started(
        name=name,
        folder=folder,
        by=by,
        at=datetime.now(UTC),
        pid=child.pid,
        process=_process(child.pid) or "",
        host=socket.gethostname(),
    )
    _write(folder / f"{name}.json", _as_dict(started))
    _tidy(folder)
    return started


_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}
"""Those that this process started and that have not ended: their numbers can be nobody else's."""


def _take_note(child: subprocess.Popen[bytes]) -> None:
    _CHILDREN[child.pid] = child
    child.wait()
    _CHILDREN.pop(child.pid, None)


def _environment() -> dict[str, str]:
    """Ours; a program that was started from a checkout and is not installed is found there again."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    root = str(Path(workbench.__file__).resolve().parents[1])
    if root not in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        others = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part and part != root]
        environment["PYTHONPATH"] = os.pathsep.join([root, *others])
    return environment


def stop(now: Activity, *, by: str) -> None:
    """Ask the refresh at work to end in order: it closes its entry as interrupted. Raises BackgroundError.

    Only one that runs on this machine, under the account of the app, can be asked.
    """
    if now.lock is not None:
        pid, process, host = now.lock.pid, now.lock.process, now.lock.host
    elif now.started is not None and now.busy:
        pid, process, host = now.started.pid, now.started.process, now.started.host
    else:
        raise BackgroundError("no refresh is at work")
    if host != socket.gethostname():
        raise BackgroundError(f"the refresh runs on {host}: it can be stopped there")
    if not _is_alive(pid, process):
        raise BackgroundError("the refresh has ended already")
    if not process and pid not in _CHILDREN:
        raise BackgroundError(f"this system cannot tell process {pid} from a later one: stop it where it was started")
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        raise BackgroundError("the refresh has ended already") from None
    except OSError as error:
        raise BackgroundError(f"the refresh belongs to another account: {error.strerror}") from error
    mine = now.started
    if mine is not None and mine.pid == pid:
        with suppress(OSError):
            _write(mine.folder / f"{mine.name}.json", _as_dict(mine) | {"stop_asked": True, "stop_asked_by": by})


def write_outcome(path: Path, code: int, *, now: datetime) -> None:
    """What a refresh leaves behind for the app that started it; nothing if its folder cannot be written."""
    with suppress(OSError):
        _write(path, {"exit_code": code, "at": now.isoformat()})


def last_started(review_folder: Path) -> Started | None:
    """The refresh that the app started last; None if there was none."""
    folder = review_folder.resolve() / LOGS
    names = sorted((path.stem for path in folder.glob("refresh-*.json") if _NAME.fullmatch(path.stem)), reverse=True)
    found = (_read(folder, name) for name in names)
    return next((started for started in found if started is not None), None)


def log_lines(started: Started) -> tuple[str, ...]:
    """The end of a run's log; nothing if it is gone."""
    try:
        with started.log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            size = file.tell()
            file.seek(max(0, size - TAIL))
            lines = file.read(TAIL).decode("utf-8", "replace").splitlines()
    except OSError:
        return ()
    return tuple(lines[1:] if size > TAIL else lines)


# --- files and processes


def _new_log(folder: Path) -> tuple[str, int]:
    stamp = f"refresh-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    for name in (stamp, *(f"{stamp}-{n}" for n in range(2, 1000))):
        with suppress(FileExistsError):
            return name, os.open(folder / f"{name}.log", os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o640)
    raise BackgroundError("too many refreshes were started in this second")


def _as_dict(started: Started) -> dict[str, Any]:
    return {
        "by": started.by,
        "at": started.at.isoformat(),
        "pid": started.pid,
        "process": started.process,
        "host": started.host,
        "stop_asked": started.stop_asked,
    }


def _read(folder: Path, name: str) -> Started | None:
    data = _load(folder / f"{name}.json")
    ended = _load(folder / f"{name}.outcome.json")
    code = ended.get("exit_code")
    try:
        return Started(
            name=name,
            folder=folder,
            by=str(data["by"]),
            at=datetime.fromisoformat(data["at"]),
            pid=int(data["pid"]),
            process=str(data["process"]),
            host=str(data["host"]),
            stop_asked=bool(data.get("stop_asked")),
            exit_code=code if isinstance(code, int) else None,
        )
    except (KeyError, TypeError, ValueError):  # not written by us
        return None


def _load(path: Path) -> Mapping[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _write(path: Path, data: Mapping[str, Any]) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)


def _tidy(folder: Path) -> None:
    """Leave the newest logs; a refresh a week fills no disk, but one a minute would."""
    names = sorted((path.stem for path in folder.glob("refresh-*.log") if _NAME.fullmatch(path.stem)), reverse=True)
    for name in names[LOGS_KEPT:]:
        for ending in (".log", ".json", ".outcome.json"):
            with suppress(OSError):
                (folder / f"{name}{ending}").unlink()


def _is_dead(lock: JobLock) -> bool:
    """Whether the process that took the lock is certainly gone."""
    return lock.host == socket.gethostname() and not _is_alive(lock.pid, lock.process)


def _is_alive(pid: int, process: str) -> bool:
    if process:
        return _process(pid) == process
    if os.name != "posix":  # asking there would end it
        return True
    try:  # no start times on this system
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _process(pid: int) -> str | None:
    """The start time of a process that runs; None for one that is gone, or ended and not yet taken note of."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    except (OSError, IndexError):
        return None
