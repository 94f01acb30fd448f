"""One request over the network, and what came of it as a value: an answer, or why there is none.

No exception of the network leaves here, so none carries an address with a key in it along.
"""

from __future__ import annotations

import contextlib
import email.utils
import http.client
import socket
import ssl
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit
from urllib.request import HTTPErrorProcessor, OpenerDirector, ProxyHandler, Request, build_opener

from ingest.eutils.answers import one_line
from ingest.eutils.pacing import Clock

_PIECE = 65_536  # bytes read at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What one attempt brought: a whole answer, or why there is none."""

    status: int | None = None
    body: bytes = field(default=b"", repr=False)  # it may repeat what was sent, key included
    content_type: str = ""
    retry_after: float | None = None
    fault: str = field(default="", repr=False)
    final: bool = False  # the fault will not pass
    packed: bool = False  # the fault is in the compression, which need not be asked for
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


class _AnyStatus(HTTPErrorProcessor):
    """Hand over answers of every status as they are: no exceptions, and redirections are never followed."""

    def http_response(
        self,
        request: Request,  # noqa: ARG002 - urllib calls it so
        response: http.client.HTTPResponse,
    ) -> http.client.HTTPResponse:
        return response

    https_response = http_response


class Wire:
    """Sends to one base address. Settings as those of `Transport`."""

    def __init__(
        self, base_url: str, *, local: bool, agent: str, timeout: float, deadline: float, size_cap: int, clock: Clock
    ) -> None:
        self._base_url = base_url
        self._timeout = timeout
        self._deadline = deadline
        self._size_cap = size_cap
        self._clock = clock
        self._opener = _make_opener(local=local, agent=agent)

    def send(self, method: str, file: str, query: str, *, packed: bool) -> Arrival:
        """One attempt. query: the encoded parameters, key and e-mail address included. packed: ask for compression."""
        if method == "POST":
            request = Request(self._base_url + file, data=query.encode("ascii"), method="POST")  # noqa: S310
        else:
            request = Request(f"{self._base_url}{file}?{query}", method="GET")  # noqa: S310 - the address was checked
        request.add_header("Accept-Encoding", "gzip" if packed else "identity")
        try:
            with contextlib.closing(self._opener.open(request, timeout=self._timeout)) as response:
                return self._receive(response)
        except (OSError, http.client.HTTPException) as error:
            cause = getattr(error, "reason", error)
            if isinstance(cause, ssl.SSLCertVerificationError):
                return Arrival(fault="the server's certificate is not trusted", final=True)
            if isinstance(cause, TimeoutError):
                return Arrival(fault=f"no answer within {self._timeout:g} seconds")
            if isinstance(cause, socket.gaierror):
                return Arrival(fault=f"the name {urlsplit(self._base_url).hostname} is not known; is there a network?")
            return Arrival(fault=f"the connection failed ({one_line(f'{type(cause).__name__}: {cause}')})")
        except ValueError:  # a proxy's address that urllib cannot read; its message would repeat it, password included
            return Arrival(fault="the proxy's address cannot be read: mend HTTPS_PROXY", final=True)

    def _receive(self, response: http.client.HTTPResponse) -> Arrival:
        """Read a whole answer piece by piece, so that a trickle meets the deadline and a flood the size cap."""
        status = response.status
        declared = response.headers.get("Content-Length", "")
        chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
        sized = declared.isascii() and declared.isdigit() and len(declared) < 16 and not chunked
        expected = int(declared) if sized else None
        give_up_at = self._clock() + self._deadline
        pieces: list[bytes] = []
        size = 0
        while expected is None or size < expected:
            try:
                piece = response.read1(_PIECE)
            except TimeoutError:
                return Arrival(status=status, fault=f"the answer stalled for {self._timeout:g} seconds")
            except (OSError, http.client.HTTPException):
                return Arrival(status=status, fault=f"the answer broke off after {size} bytes")
            if not piece:
                break
            pieces.append(piece)
            size += len(piece)
            if size > self._size_cap:
                return Arrival(status=status, fault=f"the answer is larger than {self._size_cap} bytes", final=True)
            if self._clock() > give_up_at:
                return Arrival(status=status, fault=f"the answer took longer than {self._deadline:g} seconds")
        if expected is not None and size < expected:
            return Arrival(status=status, fault=f"the answer broke off after {size} of {expected} bytes")
        body = b"".join(pieces)
        match response.headers.get("Content-Encoding", "").strip().lower():
            case "" | "identity":
                pass
            case "gzip" | "x-gzip":
                unpacked = _unpacked(body, self._size_cap)
                if isinstance(unpacked, str):
                    return Arrival(status=status, fault=unpacked, packed=True)
                body = unpacked
            case other:
                fault = f"the answer is compressed in a way that was not asked for ({one_line(other)})"
                return Arrival(status=status, fault=fault, packed=True)
        return Arrival(
            status=status,
            body=body,
            content_type=response.headers.get("Content-Type", ""),
            retry_after=_retry_after(response.headers.get("Retry-After")),
            headers=tuple((name.lower(), value) for name, value in response.headers.items()),
        )


def _make_opener(*, local: bool, agent: str) -> OpenerDirector:
    # A proxy of the environment is for the outside: a local server is always spoken to directly.
    proxies = ProxyHandler({}) if local else ProxyHandler()
    opener = build_opener(proxies, _AnyStatus())
    opener.addheaders = [("User-Agent", agent)]
    return opener


def _unpacked(body: bytes, size_cap: int) -> bytes | str:
    """Undo gzip, or say what is wrong with it; never more than `size_cap` bytes are unpacked."""
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        plain = decoder.decompress(body, size_cap + 1)
    except zlib.error:
        return "the answer's compression is damaged"
    if len(plain) > size_cap:
        return f"the answer is larger than {size_cap} bytes once it is unpacked"
    if not decoder.eof or decoder.unused_data:
        return "the compressed answer broke off"
    return plain


def _retry_after(value: str | None) -> float | None:
    """Seconds that the server asks to wait, given as a number or a date; None if it does not say."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)  # infinite for a number beyond all measure
    try:
        moment = email.utils.parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
