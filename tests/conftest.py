"""What every test may use: a store on each database engine, Chromium; and no way out to the network.

PostgreSQL and Chromium are used where the system has them. Where it has not, the tests that need them are skipped and
the summary says so; WORKBENCH_REQUIRE_POSTGRES=1 and WORKBENCH_REQUIRE_CHROMIUM=1 make it an error instead.
"""

from __future__ import annotations

import ipaddress
import os
import secrets
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.postgres_cluster import Cluster, find_programs

POSTGRES, CHROMIUM = "PostgreSQL", "Chromium"
MARKS = {POSTGRES: "postgres", CHROMIUM: "browser"}
REQUIRED = {POSTGRES: "WORKBENCH_REQUIRE_POSTGRES", CHROMIUM: "WORKBENCH_REQUIRE_CHROMIUM"}
PRIVATE_SETTINGS = (
    "NCBI_API_KEY",
    "NCBI_EMAIL",
    "WORKBENCH_DATABASE_URL",
    "WORKBENCH_EUTILS_URL",
    "WORKBENCH_REVIEW",
    "WORKBENCH_SMTP_PASSWORD",
    "CREDENTIALS_DIRECTORY",
)


class NetworkBlocked(RuntimeError):
    """A test tried to leave this machine."""


def pytest_configure(config: pytest.Config) -> None:
    """Cut the tests off from the user's settings and from the network before anything is imported."""
    for name in PRIVATE_SETTINGS:
        os.environ.pop(name, None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # a shell starts what runs behind it so, and the commands that tests interrupt would inherit it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    settings.register_profile("workbench", deadline=None)  # a busy machine is no fault of what is tested
    settings.load_profile("workbench")
    folder = tempfile.mkdtemp(prefix="workbench-tests-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ["MPLCONFIGDIR"] = folder
    os.environ["MPLBACKEND"] = "Agg"
    _block_network(config)


def _block_network(config: pytest.Config) -> None:
    """Let sockets of this process reach loopback only; a subprocess is not held back."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _check(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _check(self.family, address)
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None and not _is_here(host):
            raise NetworkBlocked(f"tests stay on this machine, but one looked up {host!r}")
        return getaddrinfo(host, *args, **kwargs)

    socket.socket.connect = guarded_connect  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign]
    socket.getaddrinfo = guarded_getaddrinfo

    def restore() -> None:
        socket.socket.connect = connect  # type: ignore[method-assign]
        socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
        socket.getaddrinfo = getaddrinfo

    config.add_cleanup(restore)


def _check(family: int, address: Any) -> None:
    if family in (socket.AF_INET, socket.AF_INET6) and not _is_here(address[0]):
        raise NetworkBlocked(f"tests stay on this machine, but one tried to reach {address[0]}:{address[1]}")


def _is_here(host: Any) -> bool:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name.lower() in ("", "localhost", "ip6-localhost", socket.gethostname().lower()):
        return True
    try:
        address = ipaddress.ip_address(name.split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def find_chromium() -> str | None:
    """The distribution's Chromium; or the program WORKBENCH_CHROMIUM names, and no other."""
    if told := os.environ.get("WORKBENCH_CHROMIUM"):
        return shutil.which(told)
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


def _missing() -> list[str]:
    found = {POSTGRES: find_programs(), CHROMIUM: find_chromium()}
    return [what for what, where in found.items() if where is None]


def _reason(what: str) -> str:
    return f"{what} was not found"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a program that is not there; where it is required, the fixture fails instead."""
    for what in _missing():
        if os.environ.get(REQUIRED[what]) == "1":
            continue
        for item in items:
            if item.get_closest_marker(MARKS[what]):
                item.add_marker(pytest.mark.skip(reason=_reason(what)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say plainly what was not tested."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for what in MARKS:
        if number := sum(_reason(what) in reason for reason in skipped):
            tests = "1 test" if number == 1 else f"{number} tests"
            terminalreporter.write_line(f"{_reason(what)}: {tests} not run", yellow=True, bold=True)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A throw-away PostgreSQL server for this test run."""
    programs = find_programs()
    if programs is None:
        pytest.fail(f"{_reason(POSTGRES)}, but {REQUIRED[POSTGRES]} asks for it (version 15 or later)")
    with Cluster(programs) as cluster:
        yield cluster


@pytest.fixture
def empty_postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """The address of a new, empty PostgreSQL database."""
    name = f"empty_{secrets.token_hex(6)}"
    yield postgres_cluster.create(name)
    postgres_cluster.drop(name)


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster: Cluster) -> str:
    """The name of a database with a review's tables, to be copied: quicker than migrating for every test."""
    from workbench.store import Store

    Store.at(postgres_cluster.create("template_review")).close()
    return "template_review"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each database engine in turn."""
    return str(request.param)


@pytest.fixture
def empty_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any tables, on each engine in turn."""
    if engine_name == "sqlite":
        return f"sqlite:///{tmp_path / 'review.db'}"
    return str(request.getfixturevalue("empty_postgres_url"))


@pytest.fixture
def store_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new review's database, on each engine in turn."""
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'review.db'}"
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    name = f"review_{secrets.token_hex(6)}"
    yield cluster.create(name, request.getfixturevalue("postgres_template"))
    cluster.drop(name)


@pytest.fixture
def store(store_url: str) -> Iterator[Any]:
    """A store of a new review, on each engine in turn."""
    from workbench.store import Store

    with Store.at(store_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The program to give Playwright as `executable_path`."""
    found = find_chromium()
    if found is None:
        pytest.fail(f"{_reason(CHROMIUM)}, but {REQUIRED[CHROMIUM]} asks for it")
    return found


@pytest.fixture
def review(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Makes the review that the pages of a test work on, with three people, and gives its store.

    It takes the settings of `tests.ui_review.make_review`; the review's folder is `review` in `tmp_path`.
    """
    import streamlit as st

    from tests.ui_review import add_people, make_review
    from workbench.store import Store
    from workbench.ui import context

    opened: list[Store] = []

    def make(**settings: Any) -> Store:
        folder = make_review(tmp_path / "review", **settings)
        monkeypatch.setenv("WORKBENCH_REVIEW", str(folder))
        opened.append(Store.open(folder))
        add_people(opened[0])
        return opened[0]

    yield make
    if opened:
        context.store().close()
        opened[0].close()
    st.cache_resource.clear()
