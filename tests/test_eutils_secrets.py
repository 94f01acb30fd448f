"""The API key and the e-mail address are sent to NCBI and written nowhere: not by a refresh that fails, in any way."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.eutils import EutilsError, LocalServer, PubMed, RequestLog, Transport, faults, replies
from ingest.eutils.faults import Fault
from tests.refresh_documents import article, document
from workbench.refresh import ledger_entry, request_log, run_refresh
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.store import Store, StoreError

KEY = "7f3a9c41d2e85b60ffaa1177cc33dd55ee99"
MAIL = "zdenka+trials@hospital-zdk.example"
ECHO = f"api_key={KEY} email={MAIL} email={quote(MAIL, safe='')} api_key={KEY.upper()} " * 3
EVERYTHING = document(*(article(n) for n in range(1, 6)))
ROOT = Path(__file__).resolve().parents[1]

FAILURES: dict[str, faults.Change] = {
    "bad key": lambda reply: reply,  # the server's own answer to a key it does not know, which repeats it
    "an error that repeats the request": faults.error(ECHO),
    "a web page that repeats the request": faults.answer(
        f"<html><title>{escape(ECHO)}</title></html>".encode(), content_type=replies.HTML
    ),
    "text that repeats the request": faults.answer(ECHO.encode(), status=500, content_type=replies.TEXT),
    "JSON that repeats the request": faults.answer(
        json.dumps({"error": ECHO, "ERROR": ECHO}).encode(), status=400, content_type=replies.JSON
    ),
    "a broken document that repeats the request": faults.answer(f"<eSearchResult><ERROR>{ECHO}".encode()),
    "a translation that holds the key": faults.replaced(b"<QueryTranslation>", f"<QueryTranslation>{KEY} OR ".encode()),
    "a phrase that holds the key": faults.replaced(
        b"</eSearchResult>", f"<ErrorList><PhraseNotFound>{KEY}</PhraseNotFound></ErrorList></eSearchResult>".encode()
    ),
    "a redirection with the key": lambda _: replies.Reply(
        status=302, headers=(("Location", f"http://127.0.0.1:9/?api_key={KEY}"),)
    ),
    "an encoding that holds the key": lambda reply: replies.Reply(
        body=reply.body, headers=(("Content-Encoding", KEY), ("Retry-After", KEY))
    ),
    "a closed connection": faults.closed(),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return init_review(tmp_path_factory.mktemp("review") / "review", "rtms-pain")


@pytest.fixture(scope="module")
def review(folder: Path) -> ReviewDefinition:
    return load_review(folder)


def failing(change: faults.Change) -> LocalServer:
    known = ["another"] if change is FAILURES["bad key"] else None
    return LocalServer([EVERYTHING], keys=known, faults=[Fault("*", 1, change, times=None)])


def secret_parts() -> Iterator[bytes]:
    """The secrets, and pieces of them that a shortened message might leave."""
    for secret in (KEY, MAIL):
        yield from (secret.encode(), secret[:12].encode(), secret[-12:].encode(), quote(secret, safe="").encode())
    yield b"zdenka"


def assert_clean(data: bytes | str, where: str) -> None:
    raw = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    for part in secret_parts():
        assert part.lower() not in raw.lower(), f"{part!r} is in {where}"


def everything_in(store: Store, url: str) -> Iterator[tuple[str, bytes]]:
    """Every cell of every table, the answers unpacked, and the files of a SQLite database as they lie on the disk."""
    engine = sa.create_engine(url)
    try:
        tables = sa.MetaData()
        tables.reflect(engine)
        assert len(tables.tables) > 10
        with engine.connect() as connection:
            for table in tables.tables.values():
                for row in connection.execute(sa.select(table)):
                    for cell in row:
                        yield table.name, bytes(cell) if isinstance(cell, bytes | memoryview) else repr(cell).encode()
    finally:
        engine.dispose()
    for run in store.searches():
        yield "ledger", repr((run, ledger_entry(run), request_log(store, run.id))).encode()
        for answer in store.raw_answers(run.id):
            yield "answer", store.raw_body(answer.sha256)
    database = engine.url.database or ""
    if url.startswith("sqlite"):
        for file in Path(database).parent.glob(f"{Path(database).name}*"):
            yield file.name, file.read_bytes()


@pytest.mark.parametrize("name", FAILURES)
def test_a_refresh_that_fails_writes_neither_key_nor_mail_address_anywhere(
    store: Store,
    store_url: str,
    review: ReviewDefinition,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    name: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    with failing(FAILURES[name]) as server:
        transport = Transport(
            base_url=server.base_url, rate=1000, backoff=0.001, api_key=KEY, email=MAIL, max_tries=2, patience=0
        )
        runs = run_refresh(
            store, review, PubMed(transport), only=["fibromyalgia", "migraine"], tell=told.append,
            progress=lambda progress: told.append(repr(progress)),
        )  # fmt: skip
        assert all(request.parameters["api_key"] == (KEY,) for request in server.requests)  # really sent
        assert all(request.parameters["email"] == (MAIL,) for request in server.requests)
    assert {run.status for run in runs} == {"failed"}
    assert all(run.error for run in runs)
    for where, data in everything_in(store, store_url):
        assert_clean(data, where)
    assert_clean("\n".join(told), "what was told")
    assert_clean(repr(transport) + str(transport) + repr(runs), "a representation")
    out, err = capfd.readouterr()
    assert_clean(out + err + caplog.text, "output or log")
    assert_clean("".join(repr(vars(record)) for record in caplog.records), "a log record")


@pytest.mark.parametrize("name", FAILURES)
def test_an_exception_holds_no_secret_in_its_chain_frames_or_requests(name: str) -> None:
    logs: list[RequestLog] = []
    with failing(FAILURES[name]) as server:
        pubmed = PubMed(
            Transport(base_url=server.base_url, rate=1000, backoff=0.001, api_key=KEY, email=MAIL, max_tries=2,
                      patience=0, on_request=logs.append)
        )  # fmt: skip
        calls: list[Callable[[], object]] = [
            lambda: pubmed.search("rTMS[tiab]"),
            lambda: list(pubmed.fetch([str(n) for n in range(1, 400)])),  # posted
            lambda: pubmed.summaries(["1", "77"]),
            lambda: pubmed.links(["1"], "pubmed_pubmed"),
        ]
        failures = 0
        for call in calls:
            try:
                call()
            except EutilsError as error:
                failures += 1
                shown: BaseException | None = error
                while shown is not None:  # frames with their values, which no program of ours prints
                    inside = shown.__traceback__.tb_next if shown is error and shown.__traceback__ else None
                    frames = traceback.TracebackException(type(shown), shown, inside, capture_locals=True)
                    assert_clean("".join(frames.format()), "a traceback")
                    assert_clean(repr(shown) + repr(vars(shown)), "an exception")
                    shown = shown.__cause__ or shown.__context__
        assert failures >= 1
    assert logs
    assert_clean(repr(logs) + repr([log.as_dict() for log in logs]), "the record of requests")


def test_biopythons_settings_keep_no_secret() -> None:
    from Bio import Entrez

    with LocalServer([EVERYTHING]) as server:
        PubMed(Transport(base_url=server.base_url, rate=1000, api_key=KEY, email=MAIL)).search("rTMS[tiab]")
    assert_clean(repr(vars(Entrez)), "Bio.Entrez")


def command(folder: Path, server: LocalServer, home: Path, *arguments: str) -> subprocess.Popen[str]:
    home.mkdir(exist_ok=True)
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "WORKBENCH_EUTILS_URL": server.base_url, "NCBI_API_KEY": KEY,
        "NCBI_EMAIL": MAIL, "HOME": str(home), "TMPDIR": str(home), "USER": "anna", "LOGNAME": "anna",
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-X", "dev", "-m", "workbench", "refresh", "--review", str(folder), *arguments],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=home,
    )  # fmt: skip


def assert_clean_below(place: Path) -> None:
    files = [path for path in place.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" or "sqlite" in path.name for path in files), files
    for path in files:
        assert_clean(path.read_bytes(), str(path))


@pytest.mark.parametrize("arguments", [(), ("--json",)], ids=["plain", "json"])
def test_the_command_prints_and_leaves_no_secret(folder: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    place = shutil.copytree(folder, tmp_path / "review")
    with failing(FAILURES["bad key"]) as server:
        process = command(place, server, tmp_path / "home", "--indication", "fibromyalgia", *arguments)
        out, err = process.communicate(timeout=120)
        assert server.requests
    assert process.returncode != 0
    assert "NCBI_API_KEY" in out + err
    assert_clean(out + err, "the command's output")
    assert_clean_below(tmp_path)


def test_a_command_that_is_interrupted_within_a_request_shows_no_secret(folder: Path, tmp_path: Path) -> None:
    place = shutil.copytree(folder, tmp_path / "review")
    with LocalServer([EVERYTHING], faults=[Fault("efetch", 1, faults.stall(60))]) as server:
        process = command(place, server, tmp_path / "home", "--indication", "fibromyalgia")
        until = time.monotonic() + 60
        while not any(r.utility == "efetch" for r in server.requests) and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode != 0
    assert_clean(out + err, "the command's output")
    assert_clean_below(tmp_path)


def test_a_database_that_fails_says_so_without_secrets(
    store: Store, review: ReviewDefinition, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(Store, "add_records", full)
    with LocalServer([EVERYTHING]) as server:
        transport = Transport(base_url=server.base_url, rate=1000, api_key=KEY, email=MAIL)
        with pytest.raises(StoreError) as caught:
            run_refresh(store, review, PubMed(transport), only=["fibromyalgia"])
    assert caught.value.__traceback__ is not None
    frames = traceback.TracebackException(
        StoreError, caught.value, caught.value.__traceback__.tb_next, capture_locals=True
    )
    assert_clean("".join(frames.format()), "a traceback")


# However a server writes what it was sent

keys = st.text(alphabet="ABCDEFabcdef0123456789_.-", min_size=16, max_size=40)
mails = st.builds(
    "{}@{}.example".format,
    st.text(alphabet="abcXYZ+._-'&%=öñ0", min_size=6, max_size=20),
    st.text(alphabet="abc-0", min_size=3, max_size=10),
)
forms = st.sampled_from([
    str, quote, lambda s: quote(s, safe=""), quote_plus, escape, str.upper, str.lower,
    lambda s: json.dumps(s)[1:-1], lambda s: quote(s, safe="").lower(), lambda s: f"x{s}y",
])  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(keys, mails, forms, st.integers(0, 400))
def test_a_text_is_redacted_however_the_secret_is_written_and_wherever_it_is_cut(
    key: str, mail: str, form: Callable[[str], str], before: int
) -> None:
    transport = Transport(api_key=key, email=mail)
    for secret in (key, mail):
        written = form(secret)
        said = transport._say("." * before + written + "." * 300)
        assert written not in said
        assert secret not in said
        # Nor is a part left where the message was cut.
        for size in range(8, len(written)):
            assert not said.rstrip("…").endswith(written[:size])
