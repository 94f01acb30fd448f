"""The ranking while people screen, on a made-up review: time to the first order and after a vote, memory of the child.

    python benchmarks/prioritising.py ../shared/data/screening/*.csv.gz --label label_abstract_screening --records 50000

A review of so many records is made in a folder of its own (SQLite), votes of several reviewers are recorded, then
`Prioritiser` is asked as a page asks it. See README.md for what was measured.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from screening import made_up  # noqa: E402

from ingest.record import Record  # noqa: E402
from workbench.prioritising import Order, Prioritiser  # noqa: E402
from workbench.ranking import Document  # noqa: E402
from workbench.ranking.labelled import read_labelled  # noqa: E402
from workbench.review import init_review  # noqa: E402
from workbench.screening import Decision, Stage, Verdict, decide  # noqa: E402
from workbench.store import Reviewer, Store  # noqa: E402


def records(documents: list[Document], first: int = 0) -> list[tuple[Record, None]]:
    """The documents as records of PubMed."""
    return [
        (
            Record(
                source="pubmed",
                source_id=str(first + n),
                pmid=str(first + n),
                title=each.title,
                abstract=each.abstract,
                mesh=each.index_terms,
            ),
            None,
        )
        for n, each in enumerate(documents)
    ]


def waited(prioritiser: Prioritiser, reviewer: str, until: Callable[[Order], bool]) -> float:
    """Seconds until the order is as wanted."""
    began = time.perf_counter()
    while not until(prioritiser.order(reviewer)):
        time.sleep(0.005)
    return time.perf_counter() - began


def resident(pid: int, what: str) -> int:
    """MB of a process: VmRSS now, VmHWM at its peak."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith(what))


def main() -> None:
    """Make the review, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--label", required=True)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--voted", type=float, default=0.2, help="share of the records on which two people voted")
    parser.add_argument("--reviewers", type=int, default=20)
    arguments = parser.parse_args()
    size, chance, now = arguments.records, random.Random(1), datetime.now(UTC)
    real = [document for file in arguments.files for document in read_labelled(file, arguments.label).documents]
    documents = made_up(real, size + 500)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "review"
        init_review(folder)
        with Store.open(folder) as store:
            names = [f"r{n}" for n in range(arguments.reviewers)]
            for name in names:
                store.add_reviewer(Reviewer(name=name, display=name), now=now)
            run = store.begin_search("all", "q", now)
            store.add_records(run, "all", records(documents[:size]), now=now)
            votes: dict[str, list[Decision]] = {name: [] for name in names}
            for n in chance.sample(range(size), round(size * arguments.voted)):
                verdict = Verdict.INCLUDE if "pain" in documents[n].abstract.lower() else Verdict.EXCLUDE
                for name in chance.sample(names, 2):
                    votes[name].append(decide(f"pubmed:{n}", name, verdict, batch=f"of {name}", now=now))
            for given in votes.values():
                store.decide_many(given)
            prioritiser = Prioritiser(folder)
            try:
                measure(store, prioritiser, names, records(documents[size:], size))
            finally:
                prioritiser.close()


def measure(store: Store, prioritiser: Prioritiser, names: list[str], more: list[tuple[Record, None]]) -> None:
    """Print what was measured."""
    now = datetime.now(UTC)
    first = waited(prioritiser, names[0], lambda order: order.made is not None)
    order = prioritiser.order(names[0])
    child = prioritiser._child
    assert child is not None
    print(f"{len(order.keys):,} reports, learned from {order.relevant:,} and {order.irrelevant:,}")
    print(f"    first order after {first:.1f} s; child {resident(child.pid, 'VmRSS'):,} MB")
    second = waited(prioritiser, names[1], lambda order: order.made is not None)
    print(f"    first order of the second reviewer after {second:.2f} s")
    began = time.perf_counter()
    for name in names:
        prioritiser.order(name)
    for name in names:
        waited(prioritiser, name, lambda order: order.made is not None)
    print(f"    orders of all {len(names)} after {time.perf_counter() - began:.1f} s")
    made, needed = order.made, 1 + (order.relevant + order.irrelevant) // 100
    told = next(found for key in order.keys[:4000] if (found := prioritiser.reasons(key, names[0])) is not None)
    print(f"    the first unread: {', '.join(reason.term for reason in told)}")
    said = store.decisions_by_report(Stage.TITLE_ABSTRACT)
    for key in [key for key in order.keys if key not in said][:needed]:
        store.add_decision(decide(key, names[0], Verdict.EXCLUDE, now=now), now=now)
        prioritiser.heard(names[0])
    again = waited(prioritiser, names[0], lambda order: order.made != made)
    print(f"    learned again {again:.2f} s after {needed} more votes")
    longest = 0.0
    for _ in range(1000):
        began = time.perf_counter()
        prioritiser.order(names[0])
        prioritiser.heard(names[0])
        longest = max(longest, time.perf_counter() - began)
    print(f"    a page waits {longest * 1000:.1f} ms at most for what is known")
    run = store.begin_search("more", "q", now)
    store.add_records(run, "more", more, now=now)
    for _ in range(needed):
        prioritiser.heard(names[0])
    whole = len(order.keys) + len(more)
    after = waited(prioritiser, names[0], lambda order: len(order.keys) == whole)
    print(f"    {len(more)} new records are in the order after {after:.2f} s")
    print(f"    child {resident(child.pid, 'VmRSS'):,} MB, {resident(child.pid, 'VmHWM'):,} MB at its peak")


if __name__ == "__main__":
    main()
