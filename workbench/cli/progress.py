"""How far a long command is: one line that moves on a terminal, plain lines in a log, nothing with --quiet."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

EVERY = 15.0  # seconds between two lines of a log about the same job
_BAR = 24


class Progress(Protocol):
    """`workbench.refresh.Progress`, which is not imported to describe it."""

    @property
    def what(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int | None: ...


class Shown:
    """Shows lines and progress on standard error; the two do not overwrite each other.

    Lines may quote an answer from outside: control characters are left out, so that no terminal obeys them and no log
    holds them.
    """

    def __init__(
        self, *, quiet: bool = False, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._quiet = quiet
        self._clock = clock
        self._moves = not quiet and self._stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._drawn = False
        self._job = ""
        self._told = clock()

    def tell(self, line: str) -> None:
        """A step that ended."""
        if not self._quiet:
            self.say(line)

    def say(self, line: str) -> None:
        """What must be said also when quiet."""
        self.clear()
        text = "".join(character if character.isprintable() else " " for character in line)
        print(text, file=self._stream, flush=True)

    def watch(self, progress: Progress) -> None:
        """How far a job is."""
        if self._quiet:
            return
        if self._moves:
            self._draw(progress)
            return
        now = self._clock()
        if progress.what != self._job:
            self._job, self._told = progress.what, now
        elif now - self._told >= EVERY and progress.done != progress.total:  # its end is told by a line of its own
            self._told = now
            self.say(f"{progress.what}: {_counted(progress)}")

    def clear(self) -> None:
        """Take the moving line away."""
        if self._drawn:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
            self._drawn = False

    def _draw(self, progress: Progress) -> None:
        width = shutil.get_terminal_size().columns - 1
        counted = _counted(progress)
        bar = ""
        if progress.total:
            share = min(1.0, progress.done / progress.total)
            full = round(share * _BAR)
            bar = f"[{'#' * full}{'.' * (_BAR - full)}] {share:4.0%} "
        what = "".join(character if character.isprintable() else " " for character in progress.what)
        line = f"{bar}{what}: {counted}"
        self._stream.write("\r\x1b[2K" + line[:width])
        self._stream.flush()
        self._drawn = True


def _counted(progress: Progress) -> str:
    return f"{progress.done:,}" + ("" if progress.total is None else f" of {progress.total:,}")
