"""Starts the app: Streamlit in a process of its own, on this machine's loopback address only.

Every option is given on the command line, so that an installed wheel behaves as the checkout does and a stray
`config.toml` cannot open the app to the network, send usage figures or show tracebacks in the browser.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final

import workbench
from workbench.ui import theme

ADDRESS: Final = "127.0.0.1"
FIRST_PORT: Final = 8501
PORTS_TRIED: Final = 200
SECONDS_TO_ANSWER: Final = 60.0
SECONDS_TO_STOP: Final = 8.0

REVIEW_VARIABLE: Final = "WORKBENCH_REVIEW"

OPTIONS: Final[dict[str, str]] = {
    "server.address": ADDRESS,
    "server.headless": "true",
    "server.showEmailPrompt": "false",
    "server.fileWatcherType": "none",
    "server.runOnSave": "false",
    "server.maxUploadSize": "200",
    "server.enableXsrfProtection": "true",
    "server.enableCORS": "true",
    "server.enableAgentApi": "false",
    "server.enableStaticServing": "false",
    "server.enableWebsocketCompression": "true",
    "browser.gatherUsageStats": "false",
    "browser.serverAddress": ADDRESS,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "logger.level": "warning",
    "logger.hideWelcomeMessage": "true",
    "runner.magicEnabled": "false",
    # Else every press looks through all memory for garbage, which holds up all sessions: 110 ms with 50,000 records.
    # Python's own collector, which looks when there is something to look for, goes on as usual.
    "runner.postScriptGC": "false",
    **theme.OPTIONS,
}
ALLOWED_HOSTS: Final = (ADDRESS, "localhost")  # another name for this machine is a rebinding attack


class LaunchError(Exception):
    """The app cannot be started; the message says what to do."""


def app_file() -> Path:
    """The script that Streamlit runs: beside the package, in the checkout as in an installed wheel."""
    script = Path(workbench.__file__).resolve().parents[1] / "streamlit_app.py"
    if not script.is_file():
        raise LaunchError(f"the app's script is missing: {script}; install the package again")
    return script


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port closed a moment ago is free
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def choose_port(wanted: int | None) -> int:
    """The port asked for, if it is free; without a wish the first free one from 8501 up."""
    if wanted is not None:
        if not 1 <= wanted <= 65535:
            raise LaunchError(f"{wanted} is not a port: choose one from 1024 to 65535")
        if not _is_free(wanted):
            raise LaunchError(f"port {wanted} is in use or not permitted: choose another, or leave --port out")
        return wanted
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        if _is_free(port):
            return port
    raise LaunchError(f"no free port from {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1}: name one with --port")


def command(port: int) -> list[str]:
    """The command line of the child process."""
    flags = [f"--{name}={value}" for name, value in OPTIONS.items()]
    flags += [f"--server.port={port}", f"--browser.serverPort={port}"]
    for host in ALLOWED_HOSTS:
        flags += [f"--server.allowedHosts={host}", f"--server.corsAllowedOrigins=http://{host}:{port}"]
    return [sys.executable, "-m", "streamlit", "run", str(app_file()), *flags]


def start(review: Path, port: int) -> subprocess.Popen[bytes]:
    """Start the server on one review; its messages go to our standard error."""
    if not review.is_dir():
        raise LaunchError(f"there is no review folder {review}: make one with 'workbench init {review}'")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}
    environment[REVIEW_VARIABLE] = str(review.resolve())
    return subprocess.Popen(  # noqa: S603 - a fixed command, no shell
        command(port),
        env=environment,
        cwd=review,
        stdin=subprocess.DEVNULL,
        stdout=_our_standard_error(),
        start_new_session=True,  # Ctrl-C reaches us alone, and we stop the server in order
    )


def _our_standard_error() -> int:
    """Where the server's own lines go: standard output carries the address and nothing else."""
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):  # a captured or closed stream
        return subprocess.DEVNULL


def answers(port: int) -> bool:
    """Whether the app on this port is ready."""
    try:
        with urllib.request.urlopen(f"http://{ADDRESS}:{port}/_stcore/health", timeout=2) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_until_it_answers(
    child: subprocess.Popen[bytes],
    port: int,
    *,
    seconds: float = SECONDS_TO_ANSWER,
    give_up: Callable[[], bool] = lambda: False,
) -> bool:
    """True once the app is ready, False if `give_up` says so first; LaunchError if it ends or the time is over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if give_up():
            return False
        if child.poll() is not None:
            raise LaunchError(f"the app stopped while starting (exit code {child.returncode}); see the messages above")
        if answers(port):
            return True
        time.sleep(0.1)
    raise LaunchError(f"the app did not answer on {ADDRESS}:{port} within {seconds:.0f} seconds")


def stop(child: subprocess.Popen[bytes]) -> None:
    """End the server and wait for it; a server that does not listen is killed."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def _on_stop_signals(act: Callable[[], None]) -> Iterator[None]:
    """Call `act` on Ctrl-C, SIGTERM and a closed terminal; signals can be caught in the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handler(_number: int, _frame: FrameType | None) -> None:
        act()

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    caught = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, handler) for number in caught}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def serve(review: Path, port: int | None = None) -> int:
    """Serve the app of one review until Ctrl-C or SIGTERM; gives the exit code (0 after an orderly stop).

    Prints the address on standard output once the app answers there. Raises LaunchError if it cannot be started.
    """
    chosen = choose_port(port)
    asked_to_stop = threading.Event()
    child = start(review, chosen)
    try:
        with _on_stop_signals(asked_to_stop.set):
            if wait_until_it_answers(child, chosen, give_up=asked_to_stop.is_set):
                print(f"The workbench is at http://{ADDRESS}:{chosen}  (Ctrl-C stops it)", flush=True)
            while child.poll() is None and not asked_to_stop.wait(0.2):
                pass
    finally:
        stop(child)
    if asked_to_stop.is_set():
        print("Stopped.", file=sys.stderr, flush=True)
        return 0
    print(f"The app ended by itself (exit code {child.returncode}).", file=sys.stderr, flush=True)
    return 1
