"""The first-contact checklist, run against the local server: as documented, different, not answered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.eutils import LocalServer, Transport, faults, replies
from ingest.eutils.faults import Fault
from ingest.eutils.first_contact import Fact, Finding, check, main
from ingest.eutils.questions import DUMMY_KEY, FACTS, NONSENSE, NOTICE, RETRACTED, Questions
from tests.pubmed_documents import article, article_set

CAP = 40
KEY = "dummy0key0that0must0never0show"
MAIL = "someone@example.org"


def records() -> bytes:
    """A small PubMed in which every question has an answer."""
    retracted = article(int(RETRACTED), types=["Retracted Publication"]).replace('UI="D0"', 'UI="D016441"').replace(
        "RefType='CommentOn'><RefSource>s</RefSource><PMID Version=\"1\">99<",
        f"RefType='RetractionIn'><RefSource>s</RefSource><PMID Version=\"1\">{NOTICE}<",
    )  # fmt: skip
    many = [
        article(1001 + n, title="rTMS in fibromyalgia, neuralgia and pain", mesh=["Pain"],
                created=f"{2010 + n % 6}/5/{1 + n % 28}")
        for n in range(60)
    ]  # fmt: skip
    return article_set([*many, article(900, title="iTBS of rTMS"), retracted, article(int(NOTICE))])


@pytest.fixture
def server() -> Iterator[LocalServer]:
    unknown = [NONSENSE, f"{NONSENSE} battery"]
    with LocalServer(records(), cap=CAP, rate=10, clock=iter(range(10_000)).__next__, keys=[KEY], unknown=unknown) as s:
        yield s
        assert s.failures == []


def facts_of(server: LocalServer, **settings: object) -> dict[str, Fact]:
    now = [0.0]
    defaults: dict[str, object] = {
        "rate": 1000,
        "clock": lambda: now[0],
        "sleep": lambda seconds: now.__setitem__(0, now[0] + seconds),
    }
    transport = Transport(base_url=server.base_url, **(defaults | settings))  # type: ignore[arg-type]
    return {fact.name: fact for fact in check(Questions(transport, cap=CAP))}


def test_the_local_server_behaves_as_documented_in_every_fact(server: LocalServer) -> None:
    found = facts_of(server)
    assert {fact.name: fact.seen for fact in found.values() if fact.finding is not Finding.AS_DOCUMENTED} == {}
    assert list(found) == list(FACTS)
    assert 30 <= len(server.requests) <= 45
    assert not any("retstart" in r.parameters and "WebEnv" not in r.parameters and r.utility == "efetch"
                   for r in server.requests)  # fmt: skip
    assert all(fact.seen and "\n" not in fact.seen for fact in found.values())


def test_each_fact_is_asked_of_its_own_request_and_can_differ(server: LocalServer) -> None:
    """An answer that is another than documented is told for what it is, and no other fact suffers."""
    changes = {
        "esearch": replies.Reply(body=replies.document("eSearchResult", "<Count>7</Count><IdList/>")),
        "efetch": replies.Reply(body=replies.document("eFetchResult", "<ERROR>no</ERROR>"), status=400),
        "esummary": replies.Reply(body=b"<html></html>", content_type=replies.HTML),
        "elink": replies.Reply(body=replies.document("eLinkResult", "")),
        "einfo": replies.Reply(body=replies.document("eInfoResult", "")),
        "epost": replies.Reply(body=b"{}", content_type=replies.JSON),
    }
    server.faults += [Fault(utility, 1, lambda _, r=reply: r, times=None) for utility, reply in changes.items()]
    found = facts_of(server, max_tries=1)
    holds = {fact.name for fact in found.values() if fact.finding is Finding.AS_DOCUMENTED}
    # What such a service cannot give away: it sends no wrong answer to these questions.
    assert holds <= {
        "answers are compressed with gzip, or not at all",
        "datetype=crdt means the create date",
        "an unknown tag is dropped in silence",
        "a tag on a group is dropped in silence",
        "proximity on headings is dropped in silence",
        "rettype=count brings no diagnosis",
        "without `sort`, the newest records come first",
    }


def test_a_service_that_is_down_is_not_called_different(server: LocalServer) -> None:
    server.faults.append(Fault("*", 1, faults.status(503), times=None))
    found = facts_of(server, max_tries=2)
    assert {fact.finding for fact in found.values()} == {Finding.NOT_ANSWERED}
    assert "503" in found["finding nothing is no error"].seen


def test_a_passing_fault_is_asked_again(server: LocalServer) -> None:
    server.faults += [Fault("esearch", 2, faults.too_many_requests()), Fault("efetch", 1, faults.closed())]
    assert {fact.finding for fact in facts_of(server).values()} == {Finding.AS_DOCUMENTED}


def test_only_the_dummy_key_is_sent_for_the_bad_key_and_nothing_secret_is_printed(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORKBENCH_EUTILS_URL", server.base_url)
    monkeypatch.setenv("NCBI_API_KEY", KEY)
    monkeypatch.setenv("NCBI_EMAIL", MAIL)
    monkeypatch.setattr("ingest.eutils.transport.RATE_WITH_KEY", 1000.0)
    assert main([], cap=CAP) == 0
    keys = [request.parameters.get("api_key") for request in server.requests]
    assert keys.count((DUMMY_KEY,)) == 1
    assert set(keys) == {(DUMMY_KEY,), (KEY,)}
    out, err = capsys.readouterr()
    assert f"{len(FACTS)} as documented, 0 different, 0 not answered" in out
    assert KEY not in out + err
    assert MAIL not in out + err


@pytest.mark.parametrize(
    ("change", "code"), [(faults.status(503), 2), (faults.answer(b"<a/>"), 1), (faults.closed(), 2)]
)
def test_the_exit_code_tells_what_was_found(
    server: LocalServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: faults.Change,
    code: int,
) -> None:
    monkeypatch.setenv("WORKBENCH_EUTILS_URL", server.base_url)
    monkeypatch.setattr("ingest.eutils.transport.RATE_WITHOUT_KEY", 1000.0)
    monkeypatch.setattr("ingest.eutils.transport.Transport._pause", lambda *_: None)
    server.faults.append(Fault("esummary", 1, change, times=None))
    assert main(["--json"], cap=CAP) == code
    told = json.loads(capsys.readouterr().out)
    assert len(told) == len(FACTS)
    assert {fact["finding"] for fact in told} == {"as documented", "not answered" if code == 2 else "different"}


def test_a_refused_address_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("WORKBENCH_EUTILS_URL", "http://example.org/")
    assert main([]) == 2
    assert "is refused" in capsys.readouterr().err


def test_it_is_a_command() -> None:
    program = Path(__file__).resolve().parents[1]
    environment = {**os.environ, "WORKBENCH_EUTILS_URL": "http://user:word@127.0.0.1/", "PYTHONPATH": str(program)}
    done = subprocess.run(
        [sys.executable, "-m", "ingest.eutils", "check"], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "is refused" in done.stderr
    assert "word" not in done.stderr
