"""The E-utilities client where the network itself misbehaves: names, certificates, proxies, redirects, compression."""

from __future__ import annotations

import gzip
import math
import socket
import ssl
import subprocess
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ingest.eutils import (
    NCBI,
    EutilsError,
    LocalServer,
    PubMed,
    RequestRefused,
    ServiceFailure,
    Transport,
    faults,
    replies,
)
from ingest.eutils.faults import Fault
from ingest.eutils.transport import CAP
from tests.pubmed_documents import articles

KEY = "dummy0key0that0must0never0show"
MAIL = "someone+trials@example.org"
TEN = articles(10)
PMIDS = [str(n) for n in range(1001, 1011)]


class Waits:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def waits() -> Waits:
    return Waits()


def client(address: str, waits: Waits, **settings: object) -> PubMed:
    local = "127.0.0.1" in address
    defaults: dict[str, object] = {
        "rate": math.inf if local else None,
        "clock": waits.clock,
        "sleep": waits.sleep,
        "timeout": 5.0,
        "api_key": KEY,
        "email": MAIL,
    }
    return PubMed(Transport(base_url=address, **(defaults | settings)))  # type: ignore[arg-type]


def told(error: BaseException) -> str:
    """Everything that a failure shows, the values in its frames included (but not those of the test's own frame)."""
    assert error.__traceback__ is not None
    inside = error.__traceback__.tb_next
    shown = traceback.TracebackException(type(error), error, inside, capture_locals=True).format()
    return "".join(shown) + repr(error) + repr(vars(error))


# Waiting


@pytest.mark.parametrize("value", ["99999999999999999999", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_retry_after_beyond_all_measure_ends_the_request_and_is_said(waits: Waits, value: str) -> None:
    busy = Fault("efetch", 1, faults.too_many_requests(retry_after=value), times=None)
    with LocalServer(TEN, faults=[busy]) as server:
        with pytest.raises(ServiceFailure, match="asks to come back in more than a day"):
            list(client(server.base_url, waits).fetch(PMIDS))
        assert len(server.requests) == 1
    assert waits.slept == []


@pytest.mark.parametrize(
    "value", ["soon", "-5", "", "1.5", "Fri, 99 Foo 2026", "Mon, 01 Jan 0001 00:00:00 +2359", "٣", "2, 3"]
)
def test_a_retry_after_that_cannot_be_read_is_an_ordinary_pause(waits: Waits, value: str) -> None:
    def busy(_: replies.Reply) -> replies.Reply:
        reply = faults.too_many_requests(retry_after=None)(_)
        return replace(reply, headers=(("Retry-After", value.encode().decode("latin-1")),))

    with LocalServer(TEN, faults=[Fault("efetch", 1, busy)]) as server:
        (batch,) = client(server.base_url, waits, chance=lambda: 0.0).fetch(PMIDS)
    assert len(batch.returned) == 10
    assert waits.slept == [1.0]


def test_a_retry_after_in_the_past_is_no_wait_beyond_the_ordinary_pause(waits: Waits) -> None:
    moment = format_datetime(datetime.now(UTC) - timedelta(days=2), usegmt=True)
    with LocalServer(TEN, faults=[Fault("efetch", 1, faults.too_many_requests(retry_after=moment))]) as server:
        list(client(server.base_url, waits, chance=lambda: 0.0).fetch(PMIDS))
    assert waits.slept == [1.0]


def test_a_service_that_is_busy_for_ever_is_given_up_with_a_named_error(waits: Waits) -> None:
    with LocalServer(TEN, faults=[Fault("*", 1, faults.too_many_requests(retry_after=2), times=None)]) as server:
        with pytest.raises(ServiceFailure, match=r"tried 5 times: API rate limit exceeded \(status 429\)"):
            client(server.base_url, waits).search("motor[tiab]")
        assert len(server.requests) == 5
    assert min(waits.slept) >= 2


# Names, certificates, proxies


def test_a_name_that_is_not_found_is_a_named_error(waits: Waits, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def unknown(host: str, *_: object, **__: object) -> object:
        asked.append(host)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ServiceFailure, match=r"tried 5 times: the name eutils\.ncbi\.nlm\.nih\.gov is not known") as e:
        client(NCBI, waits).search("motor[tiab]")
    assert asked == ["eutils.ncbi.nlm.nih.gov"] * 5
    assert KEY not in told(e.value)
    assert MAIL not in told(e.value)


class Listener:
    """Takes connections on this machine and hands each to a function, in a thread."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.answer = b""
        self.tls: ssl.SSLContext | None = None

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                try:
                    talk = connection if self.tls is None else self.tls.wrap_socket(connection, server_side=True)
                    with talk:
                        self.received.append(talk.recv(65_536))
                        talk.sendall(self.answer)
                except OSError:
                    self.received.append(b"")

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as running:
        yield running


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once_and_nothing_is_sent(
    listener: Listener, waits: Waits, tmp_path: Path
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    listener.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    listener.tls.load_cert_chain(certificate, key)
    with pytest.raises(RequestRefused, match="certificate is not trusted"):
        client(f"https://127.0.0.1:{listener.port}/", waits).search("motor[tiab]")
    deadline = time.monotonic() + 5
    while not listener.received and time.monotonic() < deadline:
        time.sleep(0.01)
    assert listener.received == [b""]
    assert waits.slept == []


def test_a_server_that_does_not_speak_tls_is_a_named_error(waits: Waits) -> None:
    with LocalServer(TEN) as server:
        address = server.base_url.replace("http:", "https:")
        with pytest.raises(ServiceFailure, match=r"tried 2 times: the connection failed \(SSL") as caught:
            client(address, waits, max_tries=2).search("motor[tiab]")
    assert KEY not in told(caught.value)


def test_a_proxy_is_asked_for_a_tunnel_and_sees_neither_key_nor_mail(
    listener: Listener, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://user:hidden-word@127.0.0.1:{listener.port}")
    for name in ("https_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    listener.answer = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(
        ServiceFailure, match=r"tried 2 times: the connection failed .*Tunnel connection failed: 502"
    ) as e:
        client(NCBI, waits, max_tries=2).search("motor[tiab]")
    assert all(request.startswith(b"CONNECT eutils.ncbi.nlm.nih.gov:443 HTTP/1.") for request in listener.received)
    assert len(listener.received) == 2
    sent = b"".join(listener.received)
    assert KEY.encode() not in sent
    assert b"trials" not in sent
    for secret in (KEY, MAIL, "hidden-word"):
        assert secret not in told(e.value)


def test_a_proxy_address_that_cannot_be_read_is_said_without_repeating_it(
    waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http:/user:hidden-word@proxy")
    with pytest.raises(EutilsError) as caught:
        client(NCBI, waits, max_tries=1).search("motor[tiab]")
    assert "hidden-word" not in told(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_is_refused_and_the_key_goes_nowhere_else(waits: Waits, status: int) -> None:
    with LocalServer(TEN) as elsewhere:

        def moved(_: replies.Reply) -> replies.Reply:
            return replies.Reply(status=status, headers=(("Location", f"{elsewhere.base_url}esearch.fcgi?term=motor"),))

        with LocalServer(TEN, faults=[Fault("*", 1, moved, times=None)]) as server:
            with pytest.raises(RequestRefused, match=f"redirected elsewhere .status {status}"):
                client(server.base_url, waits).search("motor[tiab]")
            with pytest.raises(RequestRefused, match=f"redirected elsewhere .status {status}"):
                list(client(server.base_url, waits).fetch([str(n) for n in range(1001, 1301)], batch=300))  # posted
            assert len(server.requests) == 2
        assert elsewhere.requests == ()


@pytest.mark.parametrize(
    "address",
    ["http://user:hidden-word@127.0.0.1:99999/", "http://user:hidden-word@127.0.0.1/ x", "http://u:hidden-word/x@h/",
     "http://127.0.0.1:99999/?api_key=hidden-word", "https://example.org/#hidden-word"],
)  # fmt: skip
def test_a_refused_address_is_not_repeated_with_what_is_hidden_in_it(address: str) -> None:
    with pytest.raises(EutilsError, match="WORKBENCH_EUTILS_URL") as caught:
        Transport(base_url=address)
    assert "hidden-word" not in str(caught.value)


# Compression


@pytest.mark.parametrize("chunked", [False, True])
def test_compressed_answers_are_asked_for_and_undone(waits: Waits, chunked: bool) -> None:
    with LocalServer(articles(40, padding=5_000), chunked=chunked) as plain:
        (expected,) = client(plain.base_url, waits).fetch(PMIDS)
    with LocalServer(articles(40, padding=5_000), gzip=True, chunked=chunked) as server:
        (batch,) = client(server.base_url, waits).fetch(PMIDS)
        assert client(server.base_url, waits).search("motor[tiab]").count == 40
    assert (batch.raw, batch.sha256) == (expected.raw, expected.sha256)
    assert len(batch.requests) == 1


def compressed(body: bytes, encoding: str = "gzip") -> faults.Change:
    return lambda reply: replace(reply, body=body, headers=(("Content-Encoding", encoding),))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (compressed(gzip.compress(TEN)[:-20]), "the compressed answer broke off"),
        (compressed(gzip.compress(TEN) + b"more"), "the compressed answer broke off"),
        (compressed(b"not compressed at all"), "the answer's compression is damaged"),
        (compressed(TEN, "br"), "compressed in a way that was not asked for (br)"),
        (compressed(gzip.compress(bytes(3_000_000))), "larger than 2000000 bytes once it is unpacked"),
    ],
)
def test_a_damaged_compression_is_asked_for_again_without(waits: Waits, change: faults.Change, said: str) -> None:
    seen: list[str] = []
    with LocalServer(TEN, faults=[Fault("efetch", 1, change)]) as server:
        pubmed = client(server.base_url, waits, size_cap=2_000_000)
        opened = pubmed.transport._wire._opener.open
        pubmed.transport._wire._opener.open = lambda request, **options: (  # type: ignore[method-assign]
            seen.append(request.get_header("Accept-encoding")),
            opened(request, **options),
        )[1]
        (batch,) = pubmed.fetch(PMIDS)
    assert batch.returned == tuple(PMIDS)
    assert said in batch.requests[0].outcome
    assert seen == ["gzip", "identity"]


def test_a_flood_behind_a_small_compressed_answer_is_bounded(waits: Waits) -> None:
    bomb = compressed(gzip.compress(gzip.compress(bytes(50_000_000))))
    with LocalServer(TEN, faults=[Fault("efetch", 1, bomb, times=None)]) as server:
        with pytest.raises(ServiceFailure):
            list(client(server.base_url, waits, size_cap=1_000_000).fetch(PMIDS))
        assert len(server.requests) == 5


def test_a_length_beyond_all_measure_is_no_crash(waits: Waits) -> None:
    def endless(reply: replies.Reply) -> replies.Reply:
        return replace(reply, silent=True)

    with LocalServer(TEN, faults=[Fault("esearch", 1, endless)]) as server:
        assert client(server.base_url, waits).search("motor[tiab]").count == 10
    with Listener() as listener:
        listener.answer = b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nshort"
        with pytest.raises(ServiceFailure):
            client(f"http://127.0.0.1:{listener.port}/", waits, max_tries=2).search("motor[tiab]")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00\xff" * 100,
        b"HTTP/9.9 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n<a/>",
        b"HTTP/1.1 99999 OK\r\n\r\n",
    ],
)
def test_what_is_not_http_is_a_named_error(listener: Listener, waits: Waits, answer: bytes) -> None:
    listener.answer = answer
    with pytest.raises(EutilsError, match="esearch") as caught:
        client(f"http://127.0.0.1:{listener.port}/", waits, max_tries=2).search("motor[tiab]")
    assert KEY not in told(caught.value)
    assert urlsplit(str(caught.value)).query == ""


def test_the_cap_is_pubmeds() -> None:
    assert CAP == 9_999
