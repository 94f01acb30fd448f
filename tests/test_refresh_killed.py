"""A job that is killed after any of its transactions, and done again: nothing is lost, nothing is there twice."""

from __future__ import annotations

import secrets
import shutil
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.eutils import LocalServer
from tests.postgres_cluster import Cluster
from tests.refresh_documents import article, document
from tests.refresh_processes import Killed, client, do
from workbench.refresh.alerts import alerts
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.screening import Stage, Verdict, decide
from workbench.store import Store

BEGUN = datetime(2026, 1, 4, 3, 30, tzinfo=UTC)
LATER = BEGUN + timedelta(days=35)  # so that the monthly round is due as well
# New: 8, 9, 10. Changed: 2. Retracted, and out of its strategy: 3. No longer found: 4. Merged into 90: 5. Gone: 6.
BEFORE = document(*(article(n, doi=f"10.1000/{n}") for n in range(1, 8)))
AFTER = document(
    article(1, doi="10.1000/1", cites=[20, 21]),
    article(2, "Another title", doi="10.1000/2", revised="2999/1/1", cites=[21]),
    article(3, doi="10.1000/3", abstract="Nothing.", links=[("RetractionIn", "77")]),
    article(4, "Renamed", doi="10.1000/4", abstract="Nothing."),
    article(90, "A survivor", doi="10.1000/5", abstract="Nothing."),
    article(7, doi="10.1000/7", cites=[8]),
    *(article(n, doi=f"10.1000/{n}") for n in (8, 9, 10)),
    *(article(n, "Elsewhere", abstract="Nothing.", cites=[1, 2]) for n in (20, 21, 22, 23)),
)
REFRESH, CHASE, LIST = "refresh", "chase", "1\n8\n9\n20\n999\n8\n"
STAGES = {
    REFRESH: {"try_lock", "begin_search", "add_records", "add_found", "renew_lock", "add_unsure_pairs"}
    | {"mark_withdrawn", "finish_search", "release_lock"},
    CHASE: {"try_lock", "begin_search", "add_records", "add_found", "add_leads", "renew_lock", "finish_search"},
    LIST: {"try_lock", "begin_search", "add_records", "add_found", "renew_lock", "finish_search"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return init_review(tmp_path_factory.mktemp("killed") / "review", "rtms-pain")


@pytest.fixture(scope="module")
def review(folder: Path) -> ReviewDefinition:
    return load_review(folder)


@pytest.fixture(scope="module")
def killed() -> Iterator[Killed]:
    processes = Killed()
    yield processes
    processes.close()


@pytest.fixture(scope="module")
def copies(
    request: pytest.FixtureRequest, review: ReviewDefinition, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], str]:
    """Gives the addresses of copies of a database that has been refreshed once, and whose reports 1, 2, 3 are in."""
    home = tmp_path_factory.mktemp("copies")
    if request.param == "sqlite":
        first = f"sqlite:///{home / 'first.db'}"
    else:
        cluster: Cluster = request.getfixturevalue("postgres_cluster")
        template = request.getfixturevalue("postgres_template")
        name = f"killed_{secrets.token_hex(6)}"
        first = cluster.create(name, template)
    with LocalServer([BEFORE]) as server, Store.at(first) as store:
        do(REFRESH, store, review, client(server.base_url), BEGUN)
        for number in (1, 2, 3):
            for stage in Stage:
                for reviewer in ("anna", "ben"):
                    store.add_decision(decide(f"pubmed:{number}", reviewer, Verdict.INCLUDE, stage=stage))

    def copy() -> str:
        again = secrets.token_hex(6)
        if request.param == "sqlite":
            shutil.copy(home / "first.db", home / f"{again}.db")
            return f"sqlite:///{home / f'{again}.db'}"
        return str(cluster.create(f"killed_{again}", name))

    return copy


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer([AFTER]) as running:
        yield running
        assert running.failures == []


def known(store: Store) -> dict[str, Any]:
    """All that a review knows by its searches, without times and numbers of runs."""
    keys = [record.key for record in store.all_records()]
    return {
        "versions": {key: [version.hash for version in store.record_versions(key)] for key in keys},
        "found": {key: {found.strategy for found in store.found_by(key)} for key in keys},
        "leads": {key: {(lead.seed, lead.link) for lead in store.led_by(key)} for key in keys},
        "withdrawn": store.withdrawn(),
        "unsure": {(pair.first, pair.second, pair.reasons) for pair in store.unsure_pairs()},
        "alerts": {(alert.record, alert.kind, alert.included) for alert in alerts(store)},
        "current to": set(store.current_to()),
    }


@pytest.mark.parametrize(
    ("copies", "job"),
    [
        pytest.param("sqlite", REFRESH, id="refresh-sqlite"),
        pytest.param("sqlite", CHASE, id="chase"),
        pytest.param("sqlite", LIST, id="PMID list"),
        pytest.param("postgresql", REFRESH, id="refresh-postgresql", marks=pytest.mark.postgres),
    ],
    indirect=["copies"],
)
def test_a_job_killed_after_any_of_its_steps_is_completed_by_the_next_one(
    job: str,
    copies: Callable[[], str],
    killed: Killed,
    server: LocalServer,
    folder: Path,
    review: ReviewDefinition,
) -> None:
    whole = copies()
    stages, status = killed.run(job, whole, folder, server.base_url, LATER, after=0)
    assert status == 0
    assert set(stages) >= STAGES[job]
    with Store.at(whole) as store:
        wanted = known(store)
        runs = {run.strategy for run in store.searches()}
        assert all(run.status == "complete" for run in store.searches())
        do(job, store, review, client(server.base_url), LATER)
        assert known(store) == wanted  # doing it once more changes nothing
    if job == REFRESH:
        assert wanted["withdrawn"] == {"pubmed:5", "pubmed:6"}
        assert ("pubmed:3", "retracted", True) in wanted["alerts"]
        assert len(wanted["unsure"]) == 1
        assert runs >= {"included studies", "all records"}
    # To hold the lock for longer changes nothing else: as if killed before it.
    steps = [number for number, stage in enumerate(stages, start=1) if stage != "renew_lock"]
    if not whole.startswith("sqlite"):  # a copy of a server's database takes long: the first step of each kind there
        steps = [number for number in steps if stages[number - 1] not in stages[: number - 1]]
    for after in steps:
        url = copies()
        done, status = killed.run(job, url, folder, server.base_url, LATER, after=after)
        assert (status, len(done)) == (-signal.SIGKILL, after)
        with Store.at(url) as store:
            do(job, store, review, client(server.base_url), LATER)
            where = f"killed after {after}: {done[-1]}"
            assert known(store) == wanted, where
            assert not [run for run in store.searches() if run.status == "running"], where
            assert store.lock_holder("refresh") is None, where
