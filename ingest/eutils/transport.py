"""Every request to PubMed goes through here: address, pace, time-outs, retries, judgement, record, and no secret leaks.

See https://www.ncbi.nlm.nih.gov/books/NBK25497/ for NCBI's usage policy (rate, tool, e-mail address, key).
"""

from __future__ import annotations

import contextlib
import hashlib
import html
import json
import logging
import math
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit
from urllib.request import Request

from ingest.eutils import seam
from ingest.eutils.address import NCBI, check_address
from ingest.eutils.answers import Judgement, Scan, Verdict, judge
from ingest.eutils.errors import BadKey, EutilsError, HistoryLost, RequestRefused, ServiceFailure, TooManyRecords
from ingest.eutils.pacing import RATE_WITH_KEY, RATE_WITHOUT_KEY, Clock, RateLimiter, Sleep, shared_limiter
from ingest.eutils.wire import Arrival, Wire

TOOL = "rtms-pain-workbench"
CAP = 9_999  # the records of one search that PubMed lists
_HIDDEN = "[redacted]"
_LONG_KEY = 16  # characters; NCBI's have 36
_EXCERPT = 300  # characters of a foreign text that a message may hold
_log = logging.getLogger(__name__)

# The root elements that are data, by utility, where XML is asked for.
ROOTS: Mapping[str, frozenset[str]] = {
    "einfo": frozenset({"eInfoResult"}),
    "esearch": frozenset({"eSearchResult"}),
    "epost": frozenset({"ePostResult"}),
    "esummary": frozenset({"eSummaryResult"}),
    "efetch": frozenset({"PubmedArticleSet"}),
    "elink": frozenset({"eLinkResult"}),
    "espell": frozenset({"eSpellResult"}),
    "ecitmatch": frozenset(),
}

Check = Callable[[Scan, bytes], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLog:
    """One request as it was sent, retries included, and how it ended; holds no key and no e-mail address."""

    method: str
    utility: str
    parameters: tuple[tuple[str, str], ...]
    status: int | None  # None: no complete answer arrived
    seconds: float
    sha256: str | None  # of the answer's body; None if none arrived whole
    outcome: str  # "data", or what was wrong with the answer
    started: datetime  # UTC

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a ledger; a parameter that was sent several times is a list."""
        values: dict[str, Any] = {}
        for name, value in self.parameters:
            values[name] = value if name not in values else [*_as_list(values[name]), value]
        return {
            "method": self.method,
            "utility": self.utility,
            "parameters": values,
            "status": self.status,
            "seconds": self.seconds,
            "sha256": self.sha256,
            "outcome": self.outcome,
            "started": self.started.isoformat(),
        }


def _pattern_of(*secrets: str | None) -> re.Pattern[str] | None:
    """Finds secrets as they are and as an address, a web page or JSON would write them; None if there is none."""
    forms = {
        form
        for secret in secrets
        if secret
        for form in (
            secret,
            quote(secret),
            quote(secret, safe=""),
            quote_plus(secret),
            html.escape(secret),
            json.dumps(secret)[1:-1],
            repr(secret)[1:-1],
        )
    }
    return re.compile("|".join(re.escape(f) for f in sorted(forms, key=len)[::-1]), re.IGNORECASE) if forms else None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer judged to be the data asked for, with every request it took."""

    body: bytes
    sha256: str
    requests: tuple[RequestLog, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An answer as it came, judged by nobody; `fault` says why there is none (then the status is None)."""

    status: int | None
    headers: Mapping[str, str] = field(repr=False)  # names in small letters
    body: bytes = field(repr=False)
    fault: str = ""


class Transport:
    """Sends requests of Bio.Entrez to one base address and hands back answers that are what was asked for.

    base_url: NCBI's address, or one of this machine. tool, email: sent with each request, as NCBI asks.
    timeout: seconds without a byte, when connecting and when reading, before a request is given up.
    deadline: seconds for one whole answer. max_tries: requests for one answer, the first included.
    rate: starts a second; None is 2.5 without and 8 with a key, which is also the most that NCBI's address gets.
    size_cap: bytes of one answer. backoff: first pause in seconds; doubles each time, with jitter, up to a minute.
    patience: the longest Retry-After in seconds that is waited for.
    Thread-safe; the limiter is the process's, unless a clock or a sleep is given (tests).
    """

    def __init__(
        self,
        *,
        base_url: str = NCBI,
        tool: str = TOOL,
        email: str | None = None,
        api_key: str | None = None,
        timeout: float = 30.0,
        deadline: float = 300.0,
        max_tries: int = 5,
        rate: float | None = None,
        size_cap: int = 64 * 1024 * 1024,
        backoff: float = 1.0,
        patience: float = 300.0,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        chance: Callable[[], float] = random.random,
        limiter: RateLimiter | None = None,
        on_request: Callable[[RequestLog], None] | None = None,
    ) -> None:
        self.base_url, self.local = check_address(base_url)
        if not tool or any(c.isspace() for c in tool):
            raise EutilsError("the tool's name sent to NCBI may not be empty or contain spaces")
        if api_key and not re.fullmatch(r"[A-Za-z0-9_.-]+", api_key):
            raise EutilsError("the API key holds characters that no NCBI key has: mend NCBI_API_KEY")
        if email and not all(c.isprintable() and not c.isspace() for c in email):
            raise EutilsError("the e-mail address holds spaces or control characters: mend NCBI_EMAIL")
        if max_tries < 1:
            raise EutilsError("at least one try is needed")
        allowed = RATE_WITH_KEY if api_key else RATE_WITHOUT_KEY
        rate = allowed if rate is None else rate
        if not rate > 0 or (rate > allowed and not self.local):
            raise EutilsError(f"NCBI may get at most {allowed:g} requests a second here, not {rate:g}")
        self.tool = tool
        self._email = email or None
        self._api_key = api_key or None
        self._secrets = _pattern_of(self._email, self._api_key)
        self.max_tries = max_tries
        self._interval = 0.0 if math.isinf(rate) else 1 / rate
        self._backoff = backoff
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._listeners = [] if on_request is None else [on_request]
        if limiter is None:
            own_time = clock is not time.monotonic or sleep is not time.sleep
            server = urlsplit(self.base_url).netloc.lower()
            limiter = RateLimiter(clock, sleep) if own_time else shared_limiter(server, self._api_key)
        self._limiter = limiter
        self._wire = Wire(
            self.base_url,
            local=self.local,
            agent=tool,
            timeout=timeout,
            deadline=deadline,
            size_cap=size_cap,
            clock=clock,
        )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, **settings: Any) -> Transport:
        """Read WORKBENCH_EUTILS_URL, NCBI_API_KEY and NCBI_EMAIL; `settings` win over them."""
        env = os.environ if environment is None else environment
        found = {
            "base_url": env.get("WORKBENCH_EUTILS_URL", "").strip() or NCBI,
            "api_key": env.get("NCBI_API_KEY", "").strip() or None,
            "email": env.get("NCBI_EMAIL", "").strip() or None,
        }
        return cls(**(found | settings))

    @property
    def has_email(self) -> bool:
        """Whether NCBI is told whom to write to, as it asks."""
        return self._email is not None

    @contextlib.contextmanager
    def listening(self, listener: Callable[[RequestLog], None]) -> Iterator[None]:
        """Tell `listener` of every request that is sent inside the block, retries included, as soon as it ended."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def __repr__(self) -> str:
        return f"Transport({self.base_url}, {'with' if self._api_key else 'without'} key)"

    def __getstate__(self) -> object:
        raise TypeError("a transport holds credentials and is not pickled")

    def redact(self, text: str) -> str:
        """Give the text without the key and the e-mail address, however they are written in it."""
        return self._secrets.sub(_HIDDEN, text) if self._secrets is not None else text

    def _say(self, reason: str) -> str:
        """Fit a reason that quotes the server into a message; redacted first, lest half a key is left by the cut."""
        text = self.redact(reason)
        return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"

    def call(
        self,
        utility: str,
        parameters: Mapping[str, str | Sequence[str]],
        *,
        check: Check | None = None,
        text: bool = False,
        root: str | None = None,
    ) -> Answer:
        """Run one E-utility through Bio.Entrez and give its answer once it is what was asked for.

        utility: its name, such as "esearch". parameters: those of NCBI; a sequence of ids is sent to elink as one
        `id` each, to the others joined by commas. text: plain text is asked for, not XML. root: the element that holds
        the answer, where the database is not PubMed.
        check: says what is wrong with a well-formed answer (None if nothing); such an answer is asked for again.
        Raises a subclass of EutilsError; an error of the service never becomes an empty result.
        """
        roots = frozenset[str]() if text else ROOTS[utility] if root is None else frozenset({root})
        answers: list[Answer] = []

        def send(request: Request) -> seam.Body:
            answer, content_type = self._deliver(request, roots, check)
            answers.append(answer)
            return seam.Body(answer.body, content_type=content_type, url=self.base_url + utility)

        with seam.entrez(send) as entrez:
            # The placeholders keep Biopython quiet; the real values are put in last, so it never holds them.
            getattr(entrez, utility)(tool=self.tool, email="", **parameters).close()
        return answers[0]

    def look(
        self, utility: str, parameters: Sequence[tuple[str, str]], *, post: bool = False, api_key: str | None = None
    ) -> Seen:
        """Send one request and give what comes back, right or wrong; for finding out how the service behaves.

        Repeated only where nothing came, or the service was busy or down. api_key: sent instead of this transport's.
        """
        file = f"{utility}.{'cgi' if utility == 'ecitmatch' else 'fcgi'}"
        sent = [*parameters, ("tool", self.tool)]
        arrival = Arrival()
        for attempt in range(1, self.max_tries + 1):
            self._limiter.wait_for_turn(self._interval)
            arrival = self._send("POST" if post else "GET", file, sent, api_key=api_key)
            down = arrival.status is None or bool(arrival.fault) or arrival.status in (429, 502, 503, 504)
            long = arrival.retry_after is not None and arrival.retry_after > self._patience
            if not down or arrival.final or long or attempt == self.max_tries:
                break
            self._pause(attempt, arrival)
        came = arrival.status is not None and not arrival.fault
        return Seen(
            status=arrival.status if came else None,
            headers=dict(arrival.headers),
            body=arrival.body,
            fault=self._say(arrival.fault),
        )

    def _deliver(self, request: Request, roots: frozenset[str], check: Check | None) -> tuple[Answer, str]:
        """Send until the answer is data, at most `max_tries` times."""
        file = request.full_url.split("?", 1)[0].rsplit("/", 1)[1]
        utility = file.rsplit(".", 1)[0]
        data = request.data
        encoded = data.decode("ascii") if isinstance(data, bytes) else urlsplit(request.full_url).query
        # Biopython leaves the bars of ecitmatch's bdata as they are; urlencode writes them as NCBI reads them too.
        parameters = [(k, v) for k, v in parse_qsl(encoded, keep_blank_values=True) if k not in ("email", "api_key")]
        method = "POST" if data is not None else "GET"
        logs: list[RequestLog] = []
        packed = True
        for attempt in range(1, self.max_tries + 1):
            self._limiter.wait_for_turn(self._interval)
            started, begun = datetime.now(UTC), self._clock()
            arrival = self._send(method, file, parameters, packed=packed)
            packed = packed and not arrival.packed
            judgement = self._judge(arrival, roots, check)
            log = RequestLog(
                method=method,
                utility=utility,
                parameters=tuple((k, self.redact(v)) for k, v in parameters),
                status=arrival.status,
                seconds=self._clock() - begun,
                sha256=None if arrival.fault else hashlib.sha256(arrival.body).hexdigest(),
                outcome="data" if judgement.verdict is Verdict.DATA else judgement.reason,
                started=started,
            )
            logs.append(log)
            _log.debug("%s %s: status %s, %s", method, utility, log.status, log.outcome)
            for listener in tuple(self._listeners):
                listener(log)
            if judgement.verdict is Verdict.DATA and log.sha256 is not None:
                return Answer(body=arrival.body, sha256=log.sha256, requests=tuple(logs)), arrival.content_type
            if judgement.verdict is not Verdict.RETRY or attempt == self.max_tries:
                break
            if arrival.retry_after is not None and arrival.retry_after > self._patience:
                break
            self._pause(attempt, arrival)
        raise self._failure(utility, judgement, arrival, tuple(logs))

    def _judge(self, arrival: Arrival, roots: frozenset[str], check: Check | None) -> Judgement:
        """Judge an answer, in words that hold no secret."""
        if arrival.fault or arrival.status is None:
            verdict, reason = Verdict.FAIL if arrival.final else Verdict.RETRY, arrival.fault
        else:
            echoed = self._repeats_key(arrival.body)
            judgement = judge(status=arrival.status, body=arrival.body, roots=roots, check=None if echoed else check)
            verdict, reason = judgement.verdict, judgement.reason
            if verdict is Verdict.DATA and echoed:
                verdict, reason = Verdict.FAIL, "the answer repeats the API key, and is not kept"
        return Judgement(verdict=verdict, reason=self._say(reason))

    def _repeats_key(self, body: bytes) -> bool:
        """Whether an answer that would be stored holds the key; a short one could occur in a text by chance."""
        return self._api_key is not None and len(self._api_key) >= _LONG_KEY and self._api_key.encode() in body

    def _pause(self, attempt: int, arrival: Arrival) -> None:
        """Wait before the next try: at least what the server asked for, longer each time, never two clients in step."""
        pause = min(self._backoff * 2 ** (attempt - 1), 60.0) * (1 + self._chance() / 2)
        if arrival.retry_after is not None:
            pause = max(pause, arrival.retry_after)
            self._limiter.hold(arrival.retry_after)
        self._sleep(pause)

    def _failure(
        self, utility: str, judgement: Judgement, arrival: Arrival, logs: tuple[RequestLog, ...]
    ) -> EutilsError:
        reason = judgement.reason
        match judgement.verdict:
            case Verdict.BAD_KEY:
                return BadKey("NCBI does not know the API key in NCBI_API_KEY: mend it or remove it", logs)
            case Verdict.RESTART:
                return HistoryLost(f"NCBI no longer holds the search's set: search again ({reason})", logs)
            case Verdict.TOO_MANY:
                return TooManyRecords(f"beyond what PubMed lists: {reason}", logs, count=None, cap=CAP)
            case Verdict.FAIL if arrival.fault:
                return RequestRefused(f"PubMed's {utility} cannot be used: {reason}", logs)
            case Verdict.FAIL:
                return RequestRefused(f"PubMed's {utility} refused the request: {reason}", logs)
        tries = "once" if len(logs) == 1 else f"{len(logs)} times"
        wait = ""
        if arrival.retry_after is not None and arrival.retry_after > self._patience:
            after = "more than a day" if arrival.retry_after > 86_400 else f"{arrival.retry_after:.0f} seconds"
            wait = f"; the service asks to come back in {after}"
        return ServiceFailure(f"PubMed's {utility} failed, tried {tries}: {reason}{wait}", logs)

    def _send(
        self,
        method: str,
        file: str,
        parameters: Sequence[tuple[str, str]],
        *,
        packed: bool = True,
        api_key: str | None = None,
    ) -> Arrival:
        """One attempt, with the e-mail address and the key put in at the last moment."""
        who = [("email", self._email), ("api_key", api_key or self._api_key)]
        query = urlencode([*parameters, *((name, value) for name, value in who if value)])
        return self._wire.send(method, file, query, packed=packed)
