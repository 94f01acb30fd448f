"""What a page does when something goes wrong: a message a reviewer can act on, never a traceback in the browser.

The packages' own errors carry such a message and are shown as they are. Anything else is a defect: the page shows a
reference, and the details go to the server's standard error under that reference.
"""

from __future__ import annotations

import functools
import sys
import traceback
import uuid
from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from workbench.ui import text

P = ParamSpec("P")
PENDING = "fault"
"""Where a callback leaves its message for the page that is drawn after it."""


def message_of(error: Exception) -> str:
    """The message to show; logs what is not meant for a reviewer."""
    package = type(error).__module__.partition(".")[0]
    if package in ("workbench", "ingest"):
        return str(error)
    reference = uuid.uuid4().hex[:8]
    print(f"Unexpected fault {reference}", file=sys.stderr)
    traceback.print_exception(error, file=sys.stderr)
    return (
        f"An unexpected fault occurred (reference {reference}). What was saved before is intact. "
        "Reload the page; if it happens again, report the reference with the server's messages."
    )


def show(message: str) -> None:
    """An error message on the page, its characters as they are."""
    lines = [text.literal(line) for line in message.splitlines() if line.strip()]
    st.error("\n\n".join(lines) or "An unexpected fault occurred.")


def guarded(page: Callable[[], None]) -> Callable[[], None]:
    """A page that shows what went wrong, in itself or in a callback before it."""

    @functools.wraps(page)
    def wrapped() -> None:
        pending = st.session_state.pop(PENDING, None)
        if pending:
            show(pending)
        try:
            page()
        except Exception as error:  # noqa: BLE001 - the last stop before the browser
            show(message_of(error))

    return wrapped


def act(do: Callable[P, None]) -> Callable[P, None]:
    """What a form's button does while the page is drawn; what goes wrong is said at that place."""

    @functools.wraps(do)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            do(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - as in `guarded`; a rerun is no Exception
            show(message_of(error))

    return wrapped


def callback(act: Callable[P, None]) -> Callable[P, None]:
    """A widget's callback whose failure is shown by the page that is drawn next."""

    @functools.wraps(act)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            act(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - as in `guarded`
            st.session_state[PENDING] = message_of(error)

    return wrapped
