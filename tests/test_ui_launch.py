"""The app's own process: on loopback only, with its address said, and ended in order."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from workbench.ui import launch

# One at a time with the other tests that start the app: each takes the first free port from 8501.
pytestmark = pytest.mark.xdist_group("app")

ROOT = Path(__file__).resolve().parents[1]
SERVE = """
import sys
from pathlib import Path
from workbench.ui.launch import serve
sys.exit(serve(Path(sys.argv[1])))
"""


def taken_port() -> tuple[socket.socket, int]:
    held = socket.socket()
    held.bind((launch.ADDRESS, 0))
    held.listen()
    return held, held.getsockname()[1]


def test_a_port_that_is_taken_is_refused_by_name() -> None:
    held, port = taken_port()
    with held, pytest.raises(launch.LaunchError, match=f"port {port} is in use"):
        launch.choose_port(port)


def test_without_a_wish_the_first_free_port_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    held, port = taken_port()
    monkeypatch.setattr(launch, "FIRST_PORT", port)
    with held:
        assert port < launch.choose_port(None) < port + launch.PORTS_TRIED


@pytest.mark.parametrize("port", [0, -1, 70000])
def test_a_number_that_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(launch.LaunchError, match="is not a port"):
        launch.choose_port(port)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(launch.LaunchError, match="workbench init"):
        launch.start(tmp_path / "nothing", 8501)


def test_the_server_is_told_to_keep_to_this_machine_and_to_itself() -> None:
    command = launch.command(8765)
    for option in (
        "--server.address=127.0.0.1",
        "--server.port=8765",
        "--server.headless=true",
        "--browser.gatherUsageStats=false",
        "--client.toolbarMode=minimal",
        "--client.showErrorDetails=none",
        "--server.fileWatcherType=none",
        "--server.maxUploadSize=200",
        "--server.enableXsrfProtection=true",
        "--server.allowedHosts=127.0.0.1",
    ):
        assert option in command
    assert Path(command[4]).name == "streamlit_app.py"


def test_the_app_says_its_address_answers_there_and_ends_on_sigterm(tmp_path: Path) -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        said = server.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", said)
        assert found, said
        port = int(found.group(1))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as reply:
            assert reply.status == 200
        with pytest.raises(urllib.error.URLError):  # another of the machine's addresses is not served
            urllib.request.urlopen(f"http://{_other_address()}:{port}/", timeout=2)
        own, foreign = f"127.0.0.1:{port}", "elsewhere.example"
        assert handshake(port, host=own, origin=f"http://{own}") == 101
        assert handshake(port, host=f"{foreign}:{port}", origin=f"http://{foreign}:{port}") == 403, "a rebound name"
        assert handshake(port, host=own, origin=f"http://{foreign}") == 403, "another site's page"
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
        assert not launch.answers(port)
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()
        if server.stdout is not None:
            server.stdout.close()


def handshake(port: int, *, host: str, origin: str) -> int:
    """The status with which the app answers a page that wants to talk to it."""
    lines = (
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {host}",
        f"Origin: {origin}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: streamlit",
    )
    with socket.create_connection((launch.ADDRESS, port), timeout=10) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return int(connection.recv(200).split()[1])


def _other_address() -> str:
    return "127.0.0.2"


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups are POSIX")
def test_the_server_ends_when_it_does_not_answer_to_being_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    deaf = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
    )
    assert deaf.stdout is not None
    deaf.stdout.readline()
    monkeypatch.setattr(launch, "SECONDS_TO_STOP", 0.2)
    began = time.monotonic()
    launch.stop(deaf)
    deaf.stdout.close()
    assert deaf.returncode is not None
    assert time.monotonic() - began < 10
