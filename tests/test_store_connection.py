"""Connections to PostgreSQL that were kept open: asked whether they still live, and only after they lay idle."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.postgres_cluster import Cluster
from tests.review_facts import fill
from workbench.store import Store, StoreError, connection

pytestmark = pytest.mark.postgres


@pytest.fixture
def address(postgres_cluster: Cluster, postgres_template: str) -> Iterator[str]:
    yield postgres_cluster.create("kept_open", postgres_template)
    postgres_cluster.drop("kept_open")


def end_all_connections(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as own:
        own.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = 'kept_open' AND pid <> pg_backend_pid()"
        )


def test_connections_that_the_server_ended_meanwhile_are_opened_anew_unnoticed(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "RESTED", 0.0)
    with Store.at(address) as store:
        fill(store, [1, 2])
        for _ in range(3):
            end_all_connections(address)
            assert store.counts().records == 2


def test_a_connection_that_dies_right_after_its_use_is_said_and_not_used_again(address: str) -> None:
    with Store.at(address) as store:
        fill(store, [1, 2])
        end_all_connections(address)
        with pytest.raises(StoreError, match="cannot be reached"):
            store.counts()
        assert store.counts().records == 2


def test_a_connection_that_worked_a_moment_ago_is_not_asked(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.at(address) as store:
        asked: list[object] = []
        monkeypatch.setattr(type(store._database.engine.dialect), "do_ping", lambda self, one: asked.append(one))
        for _ in range(3):
            store.counts()
        assert asked == []
        monkeypatch.setattr(connection, "RESTED", 0.0)
        store.counts()
        assert len(asked) == 1
