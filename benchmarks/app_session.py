"""A session of the app without a browser: it speaks Streamlit's protocol over a WebSocket, as a page does.

The server does the same work for it as for a browser: a session of its own, a script run for each press of a button,
every element sent. Kept are the elements that stand on the page, so that a button can be pressed by its shortcut.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

SHOWN = re.compile(r"invented record number (\d+)")
PATIENCE = 60.0  # seconds to wait for an answer
LIMIT = 64 * 1024 * 1024  # bytes of one message


class SessionFault(Exception):
    """The app did not answer, or its script ended in an error."""


@dataclass(slots=True)
class Standing:
    """An element on the page, the script run that put it there, and the fragment it is part of."""

    element: Any
    run: str
    fragment: str


@dataclass(slots=True)
class Answer:
    """What came back after a press: seconds from sending, bytes before compression."""

    began: float
    shown: float | None = None  # until the message with another record's title; None: the record stayed
    finished: float = 0.0  # until the script had ended
    received: int = 0
    largest: int = 0
    messages: int = 0
    fragment: bool = False  # whether a fragment ran alone


class AppSession:
    """One reviewer's session; made by `opened`."""

    def __init__(self, socket: ClientConnection, page: str, query: str) -> None:
        self._socket = socket
        self._page, self._query, self._hash = page, query, ""
        self._elements: dict[tuple[int, ...], Standing] = {}
        self._cached: dict[str, ForwardMsg] = {}
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._run, self._fragments = "", set[str]()  # of the script that runs now
        self._answer: Answer | None = None
        self._done = asyncio.Event()
        self._record: int | None = None
        self.faults: list[str] = []

    async def read(self) -> None:
        """Take in every message until the connection ends."""
        async for data in self._socket:
            assert isinstance(data, bytes)
            message = ForwardMsg()
            message.ParseFromString(data)
            if (answer := self._answer) is not None:
                answer.received += len(data)
                answer.messages += 1
                answer.largest = max(answer.largest, len(data))
            await self._take(message)

    async def _take(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "ref_hash":
            known = ForwardMsg()
            known.CopyFrom(self._cached[message.ref_hash])
            known.metadata.CopyFrom(message.metadata)
            message = known
        if message.metadata.cacheable:
            self._cached[message.hash] = message
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._hash = message.new_session.page_script_hash or self._hash
            self._run, self._fragments = message.metadata.run.script_run_id, set(message.metadata.run.fragment_ids)
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "navigation":
            self._hash = message.navigation.page_script_hash or self._hash
        elif kind == "auto_rerun":
            fragment = message.auto_rerun.fragment_id
            if fragment not in self._timers:
                self._timers[fragment] = asyncio.create_task(self._again(fragment, message.auto_rerun.interval))
        elif kind == "delta":
            self._put(message)
        elif kind == "script_finished":
            self._finish(message)

    def _put(self, message: ForwardMsg) -> None:
        delta, path = message.delta, tuple(message.metadata.delta_path)
        kind = delta.WhichOneof("type")
        if kind != "new_element":
            self._elements.pop(path, None)
            return
        element = delta.new_element
        self._elements[path] = Standing(element, self._run, delta.fragment_id)
        if element.WhichOneof("type") == "exception":
            self.faults.append(element.exception.message[:300])
        if self._answer is not None and self._answer.shown is None:
            found = _number(element)
            if found is not None and found != self._record:
                self._answer.shown = time.perf_counter() - self._answer.began

    def _finish(self, message: ForwardMsg) -> None:
        status = ForwardMsg.ScriptFinishedStatus.Name(message.script_finished)
        if status == "FINISHED_EARLY_FOR_RERUN":
            return
        if "ERROR" in status:
            self.faults.append(status)
        for path, standing in tuple(self._elements.items()):
            if standing.run != self._run and (not self._fragments or standing.fragment in self._fragments):
                del self._elements[path]
        if self._answer is not None:
            self._answer.finished = time.perf_counter() - self._answer.began
            self._answer.fragment = bool(self._fragments)
        self._done.set()

    async def _again(self, fragment: str, seconds: float) -> None:
        """A fragment that the page runs anew by itself."""
        while True:
            await asyncio.sleep(seconds)
            await self._send(fragment=fragment, by_itself=True)

    async def _send(self, *, widget: str = "", fragment: str = "", by_itself: bool = False) -> None:
        state = ClientState(
            query_string=self._query,
            page_script_hash=self._hash,
            page_name="" if self._hash else self._page,
            fragment_id=fragment,
            is_auto_rerun=by_itself,
            cached_message_hashes=list(self._cached),
        )
        if widget:
            state.widget_states.widgets.add(id=widget, trigger_value=True)
        state.context_info.timezone = "UTC"
        await self._socket.send(BackMsg(rerun_script=state).SerializeToString())

    async def _ask(self, **what: str) -> Answer:
        self._done.clear()
        answer = self._answer = Answer(began=time.perf_counter())
        await self._send(**what)  # type: ignore[arg-type]
        try:
            async with asyncio.timeout(PATIENCE):
                await self._done.wait()
        except TimeoutError:
            raise SessionFault(f"no answer within {PATIENCE:.0f} seconds; on the page: {self.text()[:300]}") from None
        finally:
            self._answer = None
        self._record = self.record()
        return answer

    async def load(self) -> Answer:
        """Open the page."""
        return await self._ask()

    async def press(self, key: str) -> Answer:
        """Press the button with this single-key shortcut."""
        for standing in self._elements.values():
            if standing.element.WhichOneof("type") == "button":
                button = standing.element.button
                if button.shortcut.lower() == key.lower() and not button.disabled:
                    return await self._ask(widget=button.id, fragment=standing.fragment)
        raise SessionFault(f"no button for {key!r} on the page: {self.text()[:300]}")

    def record(self) -> int | None:
        """The number of the record on the page."""
        return next(
            (found for path in sorted(self._elements) if (found := _number(self._elements[path].element))), None
        )

    def text(self) -> str:
        """What stands on the page, for messages about faults."""
        return " | ".join(_body(self._elements[path].element) for path in sorted(self._elements))

    def close(self) -> None:
        """End what runs by itself."""
        for timer in self._timers.values():
            timer.cancel()


def _body(element: Any) -> str:
    kind = element.WhichOneof("type")
    if kind in ("html", "markdown", "alert"):
        return str(getattr(element, kind).body)
    if kind == "heading":
        return str(element.heading.body)
    return f"[{element.button.label}]" if kind == "button" else ""


def _number(element: Any) -> int | None:
    found = SHOWN.search(_body(element))
    return int(found.group(1)) if found else None


@contextlib.asynccontextmanager
async def opened(address: str, page: str, query: str) -> AsyncIterator[AppSession]:
    """Connect to the app at http://HOST:PORT; the page is loaded by the caller."""
    host = address.partition("://")[2]
    async with connect(
        f"ws://{host}/_stcore/stream",
        origin=address,  # type: ignore[arg-type]
        subprotocols=["streamlit"],  # type: ignore[list-item]
        max_size=LIMIT,
    ) as socket:
        session = AppSession(socket, page, query)
        reader = asyncio.create_task(session.read())
        try:
            yield session
        finally:
            session.close()
            reader.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await reader
