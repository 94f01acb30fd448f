"""The tests themselves: real parts are used where they are, else named; and nothing leaves the machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NetworkBlocked

ROOT = Path(__file__).resolve().parents[1]
ONE_TEST = "tests/test_store_records.py::test_a_database_holds_one_review"
NOWHERE = {"WORKBENCH_POSTGRES": "/nowhere", "WORKBENCH_CHROMIUM": "/nowhere"}


def _run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_summary_says_plainly_what_was_not_found() -> None:
    ran = _run(ONE_TEST, **NOWHERE, WORKBENCH_REQUIRE_POSTGRES="")
    assert ran.returncode == 0, ran.stdout
    assert "PostgreSQL was not found: 1 test not run" in ran.stdout
    assert "1 passed, 1 skipped" in ran.stdout


def test_where_postgresql_is_required_its_absence_is_an_error() -> None:
    ran = _run(ONE_TEST, **NOWHERE, WORKBENCH_REQUIRE_POSTGRES="1")
    assert ran.returncode == 1, ran.stdout
    assert "PostgreSQL was not found, but WORKBENCH_REQUIRE_POSTGRES asks for it" in ran.stdout


@pytest.mark.parametrize("host", ["192.0.2.1", "eutils.ncbi.nlm.nih.gov", "2001:db8::1"])
def test_tests_cannot_leave_the_machine(host: str) -> None:
    with pytest.raises(NetworkBlocked, match=host):
        socket.create_connection((host, 80), timeout=1)


def test_tests_can_reach_their_own_servers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()[:2], timeout=5).close()


def test_the_users_credentials_are_out_of_reach() -> None:
    assert not {"NCBI_API_KEY", "NCBI_EMAIL", "WORKBENCH_DATABASE_URL"} & set(os.environ)


def test_credentials_in_the_users_environment_do_not_reach_a_test() -> None:
    ran = _run(f"{__file__}::{test_the_users_credentials_are_out_of_reach.__name__}", NCBI_API_KEY="secret")
    assert "1 passed" in ran.stdout, ran.stdout
