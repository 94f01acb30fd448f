"""A throw-away PostgreSQL server from the distribution's own programs: a temporary folder, a free loopback port.

Made for the tests and removed with them. It keeps no promise about power cuts (fsync is off), and its clock runs in
another time zone than UTC, so that a time that loses its zone is noticed.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

OLDEST = 15
USER = "workbench_test"


def find_programs() -> Path | None:
    """The folder of the newest PostgreSQL server programs of version 15 or later; None if there is none.

    WORKBENCH_POSTGRES names the folder, and no other is looked at.
    """
    if told := os.environ.get("WORKBENCH_POSTGRES"):
        return Path(told) if _version(Path(told)) >= OLDEST else None
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if pg_config := shutil.which("pg_config"):
        asked = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        found.append(Path(asked.stdout.strip()))
    if initdb := shutil.which("initdb"):
        found.append(Path(initdb).resolve().parent)
    usable = [(version, folder) for folder in found if (version := _version(folder)) >= OLDEST]
    return max(usable)[1] if usable else None


def _version(folder: Path) -> int:
    if not all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres")):
        return 0
    told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"(\d+)", told)
    return int(number.group(1)) if number else 0


class Cluster:
    """One server; use as a context manager. settings: of PostgreSQL, before those that the tests use."""

    def __init__(self, programs: Path, **settings: str) -> None:
        self.programs = programs
        self._settings = settings
        self.password = secrets.token_hex(12)
        self.port = 0
        self._folder: Path | None = None
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Cluster:
        try:
            self._make()
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            for stop in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, at any price
                self._server.send_signal(stop)
                try:
                    self._server.wait(15)
                    break
                except subprocess.TimeoutExpired:
                    continue
            self._server = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, template: str = "template0") -> str:
        """Make a database, as a copy of another if one is named; gives its address."""
        self._execute("CREATE DATABASE {} TEMPLATE {}", database, template)
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database and whoever is connected to it."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", database)

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))  # type: ignore[arg-type]

    def _make(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="workbench-postgres-"))
        secret = self._folder / "password"
        secret.write_text(self.password, encoding="ascii")
        for path in (self._folder, secret):
            path.chmod(0o700 if path.is_dir() else 0o600)
            if os.geteuid() == 0:
                os.chown(path, *_unprivileged())
        made = subprocess.run(
            [
                *(self.programs / "initdb", "-D", self._folder / "data", "-U", USER, "--pwfile", secret),
                *("-A", "scram-sha-256", "-E", "UTF8", "--locale", "C", "--no-sync"),
            ],
            capture_output=True,
            text=True,
            check=False,
            **self._as_user(),
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr or made.stdout}")

    def _start(self) -> None:
        assert self._folder is not None
        log = self._folder / "log"
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "timezone": "America/New_York",
            "max_connections": "80",
            "shared_buffers": "32MB",
            **self._settings,
        }
        for _ in range(5):  # somebody else may take the port first
            self.port = _free_port()
            options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            with log.open("wb") as output:
                self._server = subprocess.Popen(
                    [self.programs / "postgres", "-D", self._folder / "data", "-p", str(self.port), *options],
                    stdout=output,
                    stderr=output,
                    preexec_fn=_die_with_parent if sys.platform == "linux" else None,
                    **self._as_user(),
                )
            if self._answers():
                return
        raise RuntimeError(f"PostgreSQL did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")

    def _answers(self) -> bool:
        assert self._server is not None
        for _ in range(600):
            if self._server.poll() is not None:
                return False
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def _as_user(self) -> dict[str, Any]:
        """The server's programs refuse to run as root: then they run as a user without rights."""
        common: dict[str, Any] = {"cwd": self._folder, "env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}}
        if os.geteuid() != 0:
            return common
        user, group = _unprivileged()
        return common | {"user": user, "group": group, "extra_groups": []}


def _unprivileged() -> tuple[int, int]:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise RuntimeError("PostgreSQL does not run as root, and there is neither a user 'postgres' nor 'nobody'")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    """Let the kernel stop the server if the test run is killed (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGINT)
