"""The app on a review of its own, in a process of its own, as the tests in a real browser use it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workbench.store import Store

ROOT = Path(__file__).resolve().parents[1]
SERVE = (
    "import sys; from pathlib import Path; from workbench.ui.launch import serve; sys.exit(serve(Path(sys.argv[1])))"
)
SECONDS_TO_STOP = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The app at work."""

    address: str
    folder: Path
    process: int  # id of the process that was started; the server is its child

    def store(self) -> Store:
        return Store.open(self.folder)


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Running]:
    """Start the app on a review's folder, with these environment variables besides; stopped in order at the end.

    No setting of the workbench that the test run itself was given reaches it.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WORKBENCH_")}
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(folder)],
        cwd=ROOT,
        env=environment | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    try:
        said = server.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert found, f"the app did not say its address: {said!r}"
        yield Running(address=found.group(), folder=folder, process=server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(SECONDS_TO_STOP)
        server.stdout.close()
