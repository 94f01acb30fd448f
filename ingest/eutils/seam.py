"""The one place where Biopython's Entrez is bent to our transport.

`Bio.Entrez` keeps its settings in module globals and each function has NCBI's address as a literal. Inside `entrez()`
its `urlopen` hands every request to the transport that the calling thread names; nothing else about Biopython is
changed, and all of it is put back when the last user leaves. So tests, the worked example and
production run the same code.
"""

from __future__ import annotations

import contextlib
import io
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from email.message import Message
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.request import Request

from ingest.eutils.errors import EutilsError

# Biopython searches this folder for document types before its own, and would keep downloads in it. Ours is shipped,
# complete and never written to; by default it would be a folder in the user's home.
DEFINITIONS = Path(__file__).with_name("entrez_cache")


class Body(io.BytesIO):
    """A complete answer, in the shape of the handle that Bio.Entrez expects from urlopen."""

    def __init__(self, body: bytes, *, content_type: str, url: str) -> None:
        super().__init__(body)
        self.headers = Message()
        self.headers["Content-Type"] = content_type or "application/octet-stream"
        self.url = url  # without parameters: they could hold the key


Send = Callable[[Request], Body]

_sender: ContextVar[Send | None] = ContextVar("_sender", default=None)
_lock = threading.RLock()
_users = 0
_replaced: list[tuple[Any, str, Any]] = []


class _Time:
    """Stands in for the `time` module inside Bio.Entrez: our limiter paces, and Biopython's must not wait as well."""

    @staticmethod
    def time() -> float:
        return time.time()

    @staticmethod
    def sleep(seconds: float) -> None:
        if _sender.get() is None:
            time.sleep(seconds)


def _replace(owner: Any, name: str, value: Any) -> None:
    _replaced.append((owner, name, getattr(owner, name)))
    setattr(owner, name, value)


def _install() -> None:
    from Bio import Entrez

    plain_urlopen: Callable[..., Any] = getattr(Entrez, "urlopen")  # noqa: B009 - its stubs do not export it

    def urlopen(request: Request, *arguments: Any, **options: Any) -> Any:
        send = _sender.get()
        return plain_urlopen(request, *arguments, **options) if send is None else send(request)

    def no_download(url: object, *_: Any, **__: Any) -> Any:
        raise EutilsError(f"a definition is not shipped and is not downloaded: {url}")

    _replace(Entrez, "urlopen", urlopen)
    _replace(Entrez, "time", _Time)
    _replace(Entrez, "max_tries", 1)
    _replace(Entrez, "local_cache", str(DEFINITIONS))
    first_import = "Bio.Entrez.Parser" not in sys.modules
    from Bio.Entrez import Parser

    if not first_import:
        _replace(Parser.DataHandler, "directory", str(DEFINITIONS))
        if _replaced[-1][2] is None:  # it had no folder it could write to, and would look for one again
            _replaced.pop()
    _replace(Parser, "urlopen", no_download)


@contextlib.contextmanager
def entrez(send: Send | None = None) -> Iterator[ModuleType]:
    """Give Bio.Entrez with its requests going to `send` in this thread; without it, for reading answers only."""
    global _users
    with _lock:
        if _users == 0:
            try:
                _install()
            except BaseException:
                _restore()
                raise
        _users += 1
    token = _sender.set(send)
    try:
        from Bio import Entrez

        yield Entrez
    finally:
        _sender.reset(token)
        with _lock:
            _users -= 1
            if _users == 0:
                _restore()


def _restore() -> None:
    while _replaced:
        owner, name, value = _replaced.pop()
        setattr(owner, name, value)


def read_answer(body: bytes) -> Any:
    """Read a small answer (esearch, einfo, ...) with Entrez.read into its dicts and lists; it was judged before.

    Elements that the shipped definitions do not know are skipped. Raises EutilsError if Biopython cannot read it.
    """
    with entrez() as module:
        try:
            answer = module.read(io.BytesIO(body), validate=False)
        except EutilsError:
            raise
        except Exception as error:  # noqa: BLE001 - Biopython raises six unrelated types, RuntimeError and ValueError among them
            fault = f"the answer could not be read: {error}"
        else:
            return answer
    raise EutilsError(fault)
