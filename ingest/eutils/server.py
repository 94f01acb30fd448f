"""A local E-utilities server: any PubMed XML file, served on this machine as PubMed would serve it.

For tests, the worked example and work without a network; the client runs the same code against it as against NCBI.
It listens on 127.0.0.1 only. What it does not evaluate, it says in an error, never in an empty result.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import gzip
import signal
import socket
import struct
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ingest.eutils.corpus import Corpus
from ingest.eutils.errors import EutilsError
from ingest.eutils.faults import Fault
from ingest.eutils.linked import GivenLinks
from ingest.eutils.replies import HTML, Reply, json_reply, text_reply
from ingest.eutils.service import Service
from ingest.eutils.transport import CAP

Source = Path | str | bytes
_MOST_POSTED = 32 * 1024 * 1024
_LONGEST_ADDRESS = 8_000  # bytes of a GET address before 414


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it came in, with what it was answered."""

    time: float  # by the server's clock
    method: str
    path: str
    utility: str  # "" for an address that is none
    parameters: Mapping[str, Sequence[str]]
    status: int


class LocalServer:
    """Serves PubMed XML at `base_url` while the `with` block runs.

    sources: files, or their content as bytes; plain or gzip. rate: request starts that each address (or key) has in any
    second before 429; None is no limit. clock: seconds, for the limit and the log. faults: a script of faults.
    cap: records of one search that are listed. keys: the API keys that are known; None knows every key.
    unknown: words and phrases to report as not found. links: what elink answers beside the records' own reference
    lists, as link name -> PMID -> UIDs. articles: what PubMed Central holds, number -> article element.
    chunked: send bodies in chunks, without their length. gzip: compress bodies for
    clients that accept it. today: the day that `reldate` counts back from. port: 0 takes a free one.
    """

    def __init__(
        self,
        sources: Source | Iterable[Source],
        *,
        rate: int | None = None,
        clock: Callable[[], float] | None = None,
        faults: Iterable[Fault] = (),
        port: int = 0,
        cap: int = CAP,
        keys: Collection[str] | None = None,
        unknown: Collection[str] = (),
        links: GivenLinks | None = None,
        articles: Mapping[str, bytes] | None = None,
        chunked: bool = False,
        gzip: bool = False,
        today: Callable[[], date] | None = None,
    ) -> None:
        self.service = Service(
            _corpus(sources),
            cap=cap,
            unknown=unknown,
            links=links,
            articles=articles,
            today=today or (lambda: datetime.now(UTC).date()),
        )
        self.rate = rate
        self.faults = list(faults)
        self.keys = None if keys is None else frozenset(keys)
        self.chunked = chunked
        self.gzip = gzip
        self.closing = threading.Event()
        self.failures: list[str] = []  # faults of the server itself; an empty list is what a test wants to see
        self._clock = clock or time.monotonic
        self._port = port
        self._received: list[Received] = []
        self._counts: Counter[str] = Counter()
        self._starts: dict[str, deque[float]] = {}
        self._lock = threading.Lock()
        self._http: _Server | None = None
        self._thread: threading.Thread | None = None

    def serve(self, sources: Source | Iterable[Source]) -> None:
        """Serve other records from now on, as if PubMed had changed; sets in the history stay as they were."""
        self.service.corpus = _corpus(sources)

    def link(self, links: GivenLinks) -> None:
        """Answer these links from now on, in place of those given before."""
        self.service.links = links

    def forget_history(self) -> None:
        """Lose every history set, as NCBI does after some hours."""
        self.service.history.forget()

    @property
    def pmids(self) -> frozenset[str]:
        """Every PMID that is served."""
        return self.service.corpus.everything

    @property
    def base_url(self) -> str:
        if self._http is None:
            raise EutilsError("the local server is not running")
        return f"http://127.0.0.1:{self._http.server_address[1]}/entrez/eutils/"

    @property
    def requests(self) -> tuple[Received, ...]:
        """Every request so far, in the order in which they came."""
        with self._lock:
            return tuple(self._received)

    @property
    def dtd_requests(self) -> tuple[Received, ...]:
        """Requests for document types: there must be none."""
        return tuple(r for r in self.requests if "/dtd/" in r.path.lower())

    def start(self) -> LocalServer:
        """Listen, in a thread of its own."""
        if self._http is not None:
            raise EutilsError("the local server is running already")
        try:
            self._http = _Server(("127.0.0.1", self._port), _Handler, self)
        except OSError as error:
            raise EutilsError(f"the local server cannot listen on port {self._port}: {error.strerror}") from error
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, name="local-eutils", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close every connection and stop; does nothing if it does not run."""
        if self._http is None or self._thread is None:
            return
        self.closing.set()
        self._http.shutdown()
        self._http.close_connections()
        self._http.server_close()
        self._thread.join()
        self._http = self._thread = None
        self.closing.clear()

    def __enter__(self) -> LocalServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # called by the connections' threads

    def reply_to(self, method: str, path: str, parameters: Mapping[str, Sequence[str]], client: str) -> Reply:
        """Count, answer, and let the fault script have its way."""
        now = self._clock()
        name = path.rsplit("/", 1)[1]
        utility = name.rsplit(".", 1)[0]
        if utility not in self.service.utilities or name != f"{utility}.{'cgi' if utility == 'ecitmatch' else 'fcgi'}":
            utility = ""
        with self._lock:
            self._counts[utility] += 1
            self._counts["*"] += 1
            number, overall = self._counts[utility], self._counts["*"]
            place = len(self._received)
            self._received.append(
                Received(time=now, method=method, path=path, utility=utility, parameters=parameters, status=0)
            )
            caller = (parameters.get("api_key") or (client,))[0]
            count = self._count_start(caller, now)
        reply = self._honest(utility, parameters, caller, count)
        for fault in self.faults:
            if fault.meets(utility, number, overall):
                reply = fault.change(reply)
        with self._lock:
            self._received[place] = dataclasses.replace(self._received[place], status=reply.status)
        return reply

    def _honest(self, utility: str, parameters: Mapping[str, Sequence[str]], caller: str, count: int) -> Reply:
        limit = () if self.rate is None else self._limit_headers(count)
        if not utility:
            return Reply(body=b"<html><head><title>404 Not Found</title></head></html>", status=404, content_type=HTML)
        if "api_key" in parameters and self.keys is not None and caller not in self.keys:
            wrong = {"error": "API key invalid", "api-key": caller, "type": "invalid", "status": "unknown"}
            return json_reply(wrong, status=400)
        if self.rate is not None and count > self.rate:
            over = {
                "error": "API rate limit exceeded",
                "api-key": caller,
                "count": str(count),
                "limit": str(self.rate),
            }
            return json_reply(over, status=429, headers=(("Retry-After", "2"), *limit))
        reply = self.service.answer(utility, parameters)
        return dataclasses.replace(reply, headers=reply.headers + limit, chunked=reply.chunked or self.chunked)

    def _count_start(self, caller: str, now: float) -> int:
        """How many requests this caller started within the last second, this one included."""
        if self.rate is None:
            return 0
        starts = self._starts.setdefault(caller, deque())
        while starts and starts[0] <= now - 1:
            starts.popleft()
        starts.append(now)
        return len(starts)

    def _limit_headers(self, count: int) -> tuple[tuple[str, str], ...]:
        assert self.rate is not None
        return (("X-RateLimit-Limit", str(self.rate)), ("X-RateLimit-Remaining", str(max(0, self.rate - count))))


def _corpus(sources: Source | Iterable[Source]) -> Corpus:
    return Corpus.read([sources] if isinstance(sources, Path | str | bytes) else sources)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], handler: type[_Handler], owner: LocalServer) -> None:
        self.owner = owner
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Wake the threads that wait on a kept-alive connection."""
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - socketserver calls it so
        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError | TimeoutError):  # a client that goes away is its own affair
            self.owner.failures.append(repr(error))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "LocalEutils/1"
    sys_version = ""
    timeout = 60
    server: _Server

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing goes to standard error: an address may hold a key."""

    def do_GET(self) -> None:
        if len(self.path) > _LONGEST_ADDRESS:
            self._send(Reply(body=b"<html><title>414 URI Too Long</title></html>", status=414, content_type=HTML))
            return
        self._answer(urlsplit(self.path).query)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or int(length) > _MOST_POSTED:
            self.close_connection = True
            self._send(text_reply("a length is needed, and not too large a one", status=411))
            return
        self._answer(self.rfile.read(int(length)).decode("utf-8", "replace"))

    def _answer(self, encoded: str) -> None:
        parameters = {k: tuple(v) for k, v in parse_qs(encoded, keep_blank_values=True).items()}
        path = urlsplit(self.path).path
        self._send(self.server.owner.reply_to(self.command, path, parameters, self.client_address[0]))

    def _send(self, reply: Reply) -> None:
        closing = self.server.owner.closing
        if reply.stall_before:
            closing.wait(reply.stall_before)
        if reply.silent:
            self._break_off(hard=reply.reset)
            return
        if self.server.owner.gzip and "gzip" in self.headers.get("Accept-Encoding", "").lower():
            packed = gzip.compress(reply.body)
            reply = dataclasses.replace(reply, body=packed, headers=(*reply.headers, ("Content-Encoding", "gzip")))
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        end = int(len(reply.body) * reply.send_share)
        pause = end if reply.stall_at is None else int(len(reply.body) * reply.stall_at)
        self._send_body(reply.body[:pause], chunked=reply.chunked)
        if reply.stall_at is not None:
            self.wfile.flush()
            closing.wait(reply.stall_for)
            self._send_body(reply.body[pause:end], chunked=reply.chunked)
        if end < len(reply.body):
            self._break_off(hard=reply.reset)
        elif reply.chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _send_body(self, data: bytes, *, chunked: bool) -> None:
        if not chunked:
            self.wfile.write(data)
            return
        for start in range(0, len(data), 16_384):
            piece = data[start : start + 16_384]
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")

    def _break_off(self, *, hard: bool) -> None:
        self.close_connection = True
        if hard:  # no orderly end: the client sees a reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def main(argv: Sequence[str] | None = None) -> int:
    """Serve files until interrupted; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m ingest.eutils",
        description="Serve PubMed XML files on this machine as PubMed's E-utilities would.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="PubMed XML, plain or gzip")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--rate", type=int, default=None, help="requests a second before 429 (default: no limit)")
    options = parser.parse_args(argv)
    stop = threading.Event()
    try:
        server = LocalServer(options.files, port=options.port, rate=options.rate)
        server.start()
    except EutilsError as error:
        print(error, file=sys.stderr)
        return 1
    try:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
        print(server.base_url, flush=True)
        print(f"{len(server.pmids)} records; set WORKBENCH_EUTILS_URL to this address; Ctrl-C stops", file=sys.stderr)
        while not stop.wait(0.5):
            pass
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
    return 0
