"""`workbench refresh`, `digest` and `schedule` as a timer, a terminal and the app meet them."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from ingest.eutils import LocalServer
from ingest.eutils.faults import Fault, status
from ingest.eutils.replies import Reply
from tests.smtp_server import PASSWORD, Conduct, SmtpServer
from tests.test_cli import article, document
from workbench.cli import main
from workbench.cli import progress as progress_module
from workbench.cli.progress import Shown
from workbench.refresh import background
from workbench.refresh.background import BackgroundError, activity, log_lines
from workbench.refresh.digest import kept_digests
from workbench.refresh.ledger import JOB
from workbench.review import init_review
from workbench.store import Store, StoreError

ROOT = Path(__file__).resolve().parents[1]
RECORDS = document(
    article(11, "rTMS in fibromyalgia: a randomised trial", "Repetitive TMS or sham, randomly assigned."),
    article(12, "rTMS for migraine prophylaxis", "A placebo-controlled trial."),
)
PATIENCE = 60.0  # seconds
KEY = "0123456789abcdef0123456789abcdef0123"  # ten requests a second instead of three


@pytest.fixture
def review(tmp_path: Path) -> Path:
    return init_review(tmp_path / "a review")


@pytest.fixture
def pubmed(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    with LocalServer([RECORDS]) as server:
        monkeypatch.setenv("WORKBENCH_EUTILS_URL", server.base_url)
        monkeypatch.setenv("NCBI_API_KEY", KEY)
        yield server


@dataclass(frozen=True, slots=True)
class Gate:
    """Holds the first search's answer back until it is opened, so that a test can look at a refresh at work."""

    reached: threading.Event
    opened: threading.Event

    def hold(self, reply: Reply) -> Reply:
        self.reached.set()
        self.opened.wait(PATIENCE)
        return reply


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate(threading.Event(), threading.Event())
    with LocalServer([RECORDS], faults=[Fault("esearch", 1, made.hold)]) as server:
        monkeypatch.setenv("WORKBENCH_EUTILS_URL", server.base_url)
        monkeypatch.setenv("NCBI_API_KEY", KEY)
        yield made
        made.opened.set()


def settings(review: Path, **refresh: object) -> None:
    file = review / "review.yaml"
    whole = yaml.safe_load(file.read_text(encoding="utf-8"))
    whole["refresh"] = refresh
    file.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")


def start(review: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "workbench", "refresh", "--review", str(review), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.02)


# --- the digest after a run


def test_a_refresh_writes_its_digest_and_says_where(
    review: Path, pubmed: LocalServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["refresh", "--review", str(review)]) == 0
    said = capsys.readouterr()
    (kept,) = kept_digests(review)
    assert f"Digest: {kept.html_file}" in said.err
    assert "rTMS for migraine prophylaxis" in kept.text
    assert kept.summary == "2 new records"
    assert not [line for line in (said.out + said.err).splitlines() if not line.isprintable()]

    assert main(["refresh", "--review", str(review), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    newest, _ = kept_digests(review)
    assert newest.summary == "Nothing new"
    assert len(newest.text) < 2000


def test_json_stays_alone_on_standard_output(
    review: Path, pubmed: LocalServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["refresh", "--review", str(review), "--json", "--by", "ada"]) == 0
    entries = json.loads(capsys.readouterr().out)
    assert sum(entry["new"] for entry in entries) == 2
    with Store.open(review) as store:
        assert {run.by for run in store.searches()} == {"ada"}


def test_a_search_that_fails_ends_with_one_and_is_in_the_digest(
    review: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ingest.eutils.transport.time.sleep", lambda _: None)
    with LocalServer([RECORDS], faults=[Fault("esearch", 1, status(404))]) as server:
        monkeypatch.setenv("WORKBENCH_EUTILS_URL", server.base_url)
        assert main(["refresh", "--review", str(review), "--quiet"]) == 1
    assert "neuropathic_pain: " in capsys.readouterr().err
    (kept,) = kept_digests(review)
    assert kept.failed
    assert "1 of 5 searches failed" in kept.summary


def test_a_digest_that_cannot_be_written_is_said_and_the_records_stay(
    review: Path, pubmed: LocalServer, capsys: pytest.CaptureFixture[str]
) -> None:
    (review / "digests").write_text("a file where the folder should be", encoding="utf-8")
    assert main(["refresh", "--review", str(review), "--quiet"]) == 1
    assert "The records are stored, but the digest cannot be written" in capsys.readouterr().err
    with Store.open(review) as store:
        assert store.counts().records == 2


def test_people_are_told_although_duplicates_could_not_be_looked_for(
    review: Path, pubmed: LocalServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr("workbench.refresh.deduplicate", failing)
    assert main(["refresh", "--review", str(review), "--json"]) == 1
    printed = capsys.readouterr()
    assert sum(entry["new"] for entry in json.loads(printed.out)) == 2
    assert "duplicates could not be looked for: the disk is full" in printed.err
    assert len(kept_digests(review)) == 1


# --- one at a time, and stopped in order


def test_while_another_refresh_is_at_work_it_ends_with_one_and_says_who(
    review: Path, pubmed: LocalServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with Store.open(review) as store, store.locked(JOB, "ben"):
        assert main(["refresh", "--review", str(review)]) == 1
        assert "by ben" in capsys.readouterr().err
        assert main(["refresh", "--review", str(review), "--wait", "0.1"]) == 1
    assert kept_digests(review) == ()
    assert pubmed.requests == ()


def test_it_waits_for_another_refresh_if_it_is_told_to(review: Path, pubmed: LocalServer) -> None:
    with Store.open(review) as store:
        lock = store.try_lock(JOB, "ben")
        assert lock is not None
        waiting = start(review, "--wait", "60")
        assert waiting.stderr is not None
        assert "waiting up to 60 seconds" in waiting.stderr.readline()
        store.release_lock(lock)
        _, said = waiting.communicate(timeout=PATIENCE)
    assert waiting.returncode == 0, said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stopped_refresh_closes_its_entry_and_the_next_digest_tells_of_everything(
    review: Path, gate: Gate, number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    running = start(review)
    assert gate.reached.wait(PATIENCE)
    running.send_signal(number)
    running.send_signal(number)  # a second one must not disturb the closing
    _, said = running.communicate(timeout=PATIENCE)
    assert running.returncode == 1
    assert "Stopped. What came so far is stored" in said
    assert "Traceback" not in said
    with Store.open(review) as store:
        (run,) = store.searches()
        assert run.status == "failed"
        assert "stopped" in run.error
        assert store.lock_holder(JOB) is None
    assert kept_digests(review) == ()
    gate.opened.set()
    assert main(["refresh", "--review", str(review), "--quiet"]) == 0
    (kept,) = kept_digests(review)
    assert not kept.failed


def test_what_a_killed_refresh_brought_is_in_the_next_digest(review: Path, pubmed: LocalServer) -> None:
    assert main(["refresh", "--review", str(review), "--quiet", "--indication", "central_pain"]) == 0
    with Store.open(review) as store:  # a refresh that was killed after its first batch
        run = store.begin_search("migraine", "q", indication="migraine")
    pubmed.serve([RECORDS])
    assert main(["refresh", "--review", str(review), "--quiet", "--indication", "fibromyalgia"]) == 0
    newest = kept_digests(review)[0]
    assert run in newest.runs
    assert newest.failed  # the strategy that was killed has not been run again


# --- mail


def test_a_refresh_mails_its_digest_and_one_that_cannot_still_ends_well(
    review: Path, pubmed: LocalServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORKBENCH_SMTP_PASSWORD", PASSWORD)
    mail = {"server": "localhost", "security": "none", "user": "me", "sender": "a@x.org", "recipients": ["b@x.org"]}
    with SmtpServer() as down:
        settings(review, mail=mail | {"port": down.port})
    assert main(["refresh", "--review", str(review), "--quiet"]) == 0
    said = capsys.readouterr().err
    assert "was not mailed" in said
    assert "cannot be reached" in said
    assert PASSWORD not in said

    with SmtpServer(Conduct(user="me")) as server:
        settings(review, mail=mail | {"port": server.port})
        assert main(["refresh", "--review", str(review)]) == 0  # nothing new: only what waited is sent
        assert [taken.message["Subject"].split(":")[0] for taken in server.taken] == ["2 new records"]
        assert main(["digest", "--review", str(review), "--mail"]) == 0
        assert len(server.taken) == 2
    said = "".join(capsys.readouterr())
    assert "mailed to b@x.org" in said
    assert PASSWORD not in said
    assert main(["digest", "--review", str(review), "--mail"]) == 1
    assert "cannot be reached" in capsys.readouterr().err


def test_the_key_comes_from_a_credential_and_is_written_nowhere(
    review: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = KEY[::-1]
    (tmp_path / "ncbi-api-key").write_text(f"{key}\n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with LocalServer([RECORDS], keys=[key]) as server:
        monkeypatch.setenv("WORKBENCH_EUTILS_URL", server.base_url)
        assert main(["refresh", "--review", str(review)]) == 0
        assert {tuple(request.parameters["api_key"]) for request in server.requests} == {(key,)}
    assert key not in "".join(capsys.readouterr())
    for path in review.rglob("*"):
        assert path.is_dir() or key.encode() not in path.read_bytes(), path
    with Store.open(review) as store:
        for run in store.searches():
            assert all(key.encode() not in store.raw_body(answer.sha256) for answer in store.raw_answers(run.id))


# --- digest and schedule


def test_an_earlier_digest_is_printed_and_made_anew(
    review: Path, pubmed: LocalServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["digest", "--review", str(review)]) == 1
    assert "no search was run yet" in capsys.readouterr().err
    for _ in range(2):
        assert main(["refresh", "--review", str(review), "--quiet"]) == 0
    assert main(["digest", "--review", str(review)]) == 0
    assert "Nothing new." in capsys.readouterr().out
    assert main(["digest", "--review", str(review), "--run", "2"]) == 0
    assert "2 new records." in capsys.readouterr().out
    assert len(kept_digests(review)) == 2
    assert main(["digest", "--review", str(review), "--run", "2", "--again", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["runs"] == [1, 2, 3, 4, 5]
    assert Path(made["html"]).is_file()
    assert len(kept_digests(review)) == 3
    assert main(["digest", "--review", str(review), "--run", "99"]) == 1
    assert "no run 99" in capsys.readouterr().err
    for path in (review / "digests").iterdir():
        path.unlink()
    assert main(["digest", "--review", str(review)]) == 0  # from the ledger alone
    assert "Nothing new." in capsys.readouterr().out


def test_the_schedule_in_words_and_as_json(
    review: Path, pubmed: LocalServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schedule", "--review", str(review)]) == 0
    said = capsys.readouterr().out
    assert "every Sunday at 03:30 UTC" in said
    assert "never complete" in said
    assert main(["refresh", "--review", str(review), "--quiet"]) == 0
    assert main(["schedule", "--review", str(review), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert datetime.fromisoformat(told["next_run"]) > datetime.now(UTC)
    assert (told["overdue"], told["warning"]) == (False, None)
    assert [each["status"] for each in told["strategies"]] == ["complete"] * 5


def test_units_are_written_for_this_review_and_no_other_file_is_overwritten(
    review: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "units"
    assert main(["schedule", "--review", str(review), "--systemd", str(target)]) == 1
    assert "no folder" in capsys.readouterr().err
    target.mkdir()
    arguments = ["schedule", "--review", str(review), "--systemd", str(target), "--account", "review"]
    for _ in range(2):
        assert main(arguments) == 0
    assert "systemctl enable --now workbench-refresh-rtms-pain.timer" in capsys.readouterr().err
    service = (target / "workbench-refresh-rtms-pain.service").read_text(encoding="utf-8")
    assert f'--review "{review.resolve()}"' in service
    assert "User=review" in service
    (target / "workbench-refresh-rtms-pain.timer").write_text("[Timer]\nOnCalendar=daily\n", encoding="utf-8")
    assert main(arguments) == 1
    assert "was not made by this command" in capsys.readouterr().err
    assert main(["schedule", "--review", str(review), "--cron"]) == 0
    assert f"--review '{review.resolve()}'" in capsys.readouterr().out
    settings(review)
    assert main(["schedule", "--review", str(review), "--cron"]) == 1
    assert "no plan" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--wait", "soon"], ["--wait", "-5"], ["--indication"], ["--systemd", "x"], ["--unknown"]],
    ids=" ".join,
)
def test_wrong_usage_ends_with_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["refresh", *arguments])
    assert caught.value.code == 2


# --- what is shown


@dataclass(frozen=True, slots=True)
class Done:
    what: str
    done: int
    total: int | None


def test_a_log_gets_a_line_now_and_then_and_no_control_characters() -> None:
    now = [0.0]
    log = io.StringIO()
    shown = Shown(stream=log, clock=lambda: now[0])
    shown.tell("Migraine: searching\x1b[31m PubMed\r\n")
    for done in range(0, 1001, 10):
        shown.watch(Done("Migraine: new records", done, 1000))
        now[0] += 1.0
    shown.say("Ended")
    lines = log.getvalue().splitlines()
    assert lines[0] == "Migraine: searching [31m PubMed  "
    assert lines[1] == "Migraine: new records: 150 of 1,000"
    assert len(lines) == 2 + 100 // 15
    assert all(line.isprintable() for line in lines)


def test_quiet_says_only_what_must_be_said() -> None:
    log = io.StringIO()
    shown = Shown(quiet=True, stream=log)
    shown.tell("a step")
    shown.watch(Done("job", 1, 2))
    shown.say("a fault")
    assert log.getvalue() == "a fault\n"


def test_a_terminal_gets_one_line_that_moves(review: Path, pubmed: LocalServer) -> None:
    ours, theirs = pty.openpty()
    try:
        running = subprocess.Popen(
            [sys.executable, "-m", "workbench", "refresh", "--review", str(review)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "60"},
        )
        os.close(theirs)
        said = b""
        with suppress(OSError):  # the other end was closed
            while part := os.read(ours, 65536):
                said += part
        assert running.wait(PATIENCE) == 0
    finally:
        os.close(ours)
    text = said.decode()
    assert "\r\x1b[2K[########################] 100% Migraine: new records" in text
    assert "\r\x1b[2KMigraine: 1 new records fetched" in text
    assert text.endswith("\r\n")


def test_the_moving_line_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress_module.shutil, "get_terminal_size", lambda: os.terminal_size((40, 24)))
    terminal = Terminal()
    shown = Shown(stream=terminal)
    shown.watch(Done("An indication with a long name: new\x1b[31m records", 1, None))
    shown.watch(Done("x" * 100, 50, 100))
    for part in terminal.getvalue().split("\r\x1b[2K"):
        assert len(part) <= 39
        assert part.isprintable()


# --- in the background


def test_a_refresh_started_in_the_background_is_seen_while_it_works_and_after(review: Path, gate: Gate) -> None:
    with Store.open(review) as store:
        assert activity(store, review).state == "idle"
        started = background.start(store, review, by="ada")
        assert activity(store, review).busy
        assert gate.reached.wait(PATIENCE)
        now = activity(store, review)
        assert now.state == "running"
        assert now.lock is not None
        assert (now.lock.holder, now.lock.pid) == ("ada", started.pid)
        for _ in range(2):
            with pytest.raises(BackgroundError, match="at work already: started by ada"):
                background.start(store, review, by="ben")
        gate.opened.set()
        wait_until(lambda: not activity(store, review).busy)
        ended = activity(store, review)
        assert ended.state == "ended"
        assert ended.started is not None
        assert ended.started.exit_code == 0
        assert any("Migraine: 1 listed, 1 new" in line for line in log_lines(ended.started))
        assert {run.by for run in store.searches()} == {"ada"}
    assert len(kept_digests(review)) == 1


def test_a_background_refresh_is_stopped_in_order(review: Path, gate: Gate) -> None:
    with Store.open(review) as store:
        with pytest.raises(BackgroundError, match="no refresh is at work"):
            background.stop(activity(store, review), by="ada")
        background.start(store, review, by="ada")
        assert gate.reached.wait(PATIENCE)
        background.stop(activity(store, review), by="ada")
        wait_until(lambda: not activity(store, review).busy)
        ended = activity(store, review)
        assert ended.state == "ended"
        assert ended.started is not None
        assert (ended.started.stop_asked, ended.started.exit_code) == (True, 1)
        (run,) = store.searches()
        assert run.status == "failed"
        assert "stopped" in run.error


def test_one_that_is_killed_is_called_dead_and_another_can_be_started(review: Path, gate: Gate) -> None:
    with Store.open(review) as store:
        started = background.start(store, review, by="ada")
        assert gate.reached.wait(PATIENCE)
        os.kill(started.pid, signal.SIGKILL)
        wait_until(lambda: activity(store, review).state == "died")
        assert not activity(store, review).busy
        with pytest.raises(BackgroundError, match="no refresh is at work"):
            background.stop(activity(store, review), by="ada")
        gate.opened.set()
        background.start(store, review, by="ben")
        wait_until(lambda: activity(store, review).state == "ended")
        assert [run.status for run in store.searches()] == ["failed"] + ["complete"] * 5


def test_one_that_fails_before_it_begins_leaves_its_reason_in_the_log(review: Path, pubmed: LocalServer) -> None:
    with Store.open(review) as store:
        (review / "review.yaml").write_text("key: [", encoding="utf-8")
        background.start(store, review, by="ada")
        wait_until(lambda: activity(store, review).state == "ended")
        ended = activity(store, review).started
    assert ended is not None
    assert ended.exit_code == 1
    assert "review.yaml" in log_lines(ended)[-1]


def test_the_number_of_a_gone_process_is_never_stopped_in_its_place(
    review: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        logs = review / "logs"
        logs.mkdir()
        written = {"by": "ada", "at": datetime.now(UTC).isoformat(), "pid": bystander.pid, "process": "1"}
        (logs / "refresh-20260101T000000Z.json").write_text(
            json.dumps(written | {"host": background.socket.gethostname()}), encoding="utf-8"
        )
        with Store.open(review) as store:
            now = activity(store, review)
            assert now.state == "died"
            with pytest.raises(BackgroundError, match="no refresh is at work"):
                background.stop(now, by="ada")
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_refresh_on_another_machine_is_seen_and_not_stopped_from_here(store: Store, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workbench.store.locks.socket.gethostname", lambda: "elsewhere")
        lock = store.try_lock(JOB, "ben")
    assert lock is not None
    store.renew_lock(lock, doing="Migraine: 200 of 1340 new records")
    now = activity(store, tmp_path)
    assert now.state == "running"
    assert now.progress == ("Migraine: new records", 200, 1340)
    with pytest.raises(BackgroundError, match="runs on elsewhere"):
        background.stop(now, by="ada")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"by": 1, "at": "never", "pid": "x"}', "\udcff"])
def test_notes_that_are_none_are_passed_over(store: Store, tmp_path: Path, content: str) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "refresh-20260101T000000Z.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    assert activity(store, tmp_path).state == "idle"


def test_old_logs_are_tidied_away(review: Path, pubmed: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "LOGS_KEPT", 3)
    logs = review / "logs"
    logs.mkdir()
    for number in range(6):
        (logs / f"refresh-2026010{number + 1}T000000Z.log").touch()
    (logs / "notes.log").touch()
    with Store.open(review) as store:
        started = background.start(store, review, by="ada")
        wait_until(lambda: activity(store, review).state == "ended")
    left = sorted(path.name for path in logs.glob("*.log"))
    assert left == [
        *("notes.log", "refresh-20260105T000000Z.log", "refresh-20260106T000000Z.log", f"{started.name}.log")
    ]
