"""Screening priority on labelled sets, beside ASReview: the same sets, the same starts, the same measures.

    python benchmarks/screening.py ../shared/data/screening/*.csv.gz --label label_abstract_screening \\
        --peer peers/bin/python --seeds 3

    python benchmarks/screening.py ../shared/data/screening/*.csv.gz --label label_abstract_screening --splits
    python benchmarks/screening.py ../shared/data/screening/*.csv.gz --label label_abstract_screening --sizes 10000

`--splits`: what a refresh does, half of each set learned from and the other half ranked, split by date and at random.
`--sizes`: times and memory on made-up sets of so many records; each size in a process of its own.

The peer (ASReview's ELAS u4, `pip install asreview==3.0.8` in an environment of its own) trains after every record; the
workbench as `workbench simulate` does. Without `--peer` its columns stay empty. See README.md for what was measured.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from workbench.ranking import Document, Index, RankingError, train  # noqa: E402
from workbench.ranking.labelled import read_labelled  # noqa: E402
from workbench.ranking.simulation import measures, screened, start  # noqa: E402
from workbench.ranking.split import simulate_split  # noqa: E402

PEER = """
import json, sys, time
import numpy as np
import pandas as pd
from asreview import ActiveLearningCycle
from asreview.models import get_ai_config
from asreview.simulation.simulate import Simulate
given = json.load(open(sys.argv[1]))
frame, labels = pd.DataFrame(given["records"]), np.array(given["labels"])
began, orders = time.perf_counter(), []
for first in given["starts"]:
    config = get_ai_config("elas_u4")["value"]
    run = Simulate(frame, labels, ActiveLearningCycle.from_meta(config), print_progress=False)
    run.label(first)
    run.review()
    order = run._results["label"].tolist()[len(first):]
    orders.append([int(label) for label in order] + [0] * (len(labels) - len(first) - len(order)))
print(json.dumps({"orders": orders, "seconds": time.perf_counter() - began}))
"""
WRONG = 0.1  # share of made-up votes that miss the topic: a separable set is learned too quickly
SHOWN = ("wss95", "recall10", "atd", "read95")


def peer_orders(python: str, given: dict[str, object]) -> tuple[list[np.ndarray], float]:
    """The orders in which ASReview reads the set, and its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "set.json"
        file.write_text(json.dumps(given), encoding="utf-8")
        done = subprocess.run([python, "-c", PEER, str(file)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the peer failed:\n{done.stderr[-2000:]}")
    answer = json.loads(done.stdout.splitlines()[-1])
    return [np.array(order, dtype=bool) for order in answer["orders"]], answer["seconds"]


def main() -> None:
    """Read every set with both, print a line a set and the means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--label", required=True)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--peer", help="a Python that has ASReview")
    parser.add_argument("--splits", action="store_true", help="finished reviews and what came later")
    parser.add_argument("--sizes", type=int, nargs="+", help="records of made-up sets to take the times of")
    parser.add_argument("--one-size", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one_size:
        times(arguments.files, arguments.label, arguments.one_size)
    elif arguments.sizes:
        for size in arguments.sizes:
            command = [sys.executable, __file__, *map(str, arguments.files), "--label", arguments.label]
            subprocess.run([*command, "--one-size", str(size)], check=True)
    elif arguments.splits:
        splits(arguments.files, arguments.label, arguments.seeds)
    else:
        side_by_side(arguments)


def splits(files: list[Path], label: str, seeds: int) -> None:
    """Learn from the first half of every set and rank the second: by date and at random."""
    names = ("wss95", "read95", "recall10", "read_on_wss95")
    print(f"{'set':36} {'by':7} {'n':>5} {'rel':>4}", *(f"{name:>14}" for name in names))
    for kind in ("date", "random"):
        found = []
        for file in files:
            name = file.name.removesuffix(".gz").removesuffix(".csv")[:36]
            try:
                one = simulate_split(read_labelled(file, label), kind, seeds=range(seeds))
            except RankingError as error:
                print(f"{name:36} {kind:7} {error}")
                continue
            found.append([getattr(one, each) for each in names])
            print(f"{name:36} {one.split_by:7} {one.n:>5} {one.relevant:>4}", *(f"{x:>14.3f}" for x in found[-1]))
        print(f"{'mean':36} {kind:7} {' ' * 10}", *(f"{x:>14.3f}" for x in np.mean(found, axis=0)), flush=True)


def made_up(documents: list[Document], size: int) -> list[Document]:
    """Sentences of the real records in new company, and rare words in new forms, so that the vocabulary grows too."""
    chance = random.Random(4)
    sentences = [part for each in documents for part in each.abstract.split(". ") if part]
    seen = Counter(word for each in documents for word in set(each.abstract.lower().split()))
    made = []
    for n in range(size):
        model = chance.choice(documents)
        parts = chance.choices(sentences, k=len([part for part in model.abstract.split(". ") if part]))
        words_ = [
            f"{word}{chance.randrange(size)}" if seen[word.lower()] < 3 and chance.random() < 0.2 else word
            for word in ". ".join(parts).split()
        ]
        title = " ".join([*model.title.split()[: chance.randrange(3, 12)], *chance.choice(sentences).split()[:5]])
        made.append(Document(key=str(n), title=title, abstract=" ".join(words_), index_terms=model.index_terms))
    return made


def times(files: list[Path], label: str, size: int) -> None:
    """Index, add 500 more, and learn from 5, 20 and 50 in a hundred and rank all, on one made-up set."""
    sets = [read_labelled(file, label) for file in files]
    documents = made_up([document for each in sets for document in each.documents], size + 500)
    chance = np.random.default_rng(0)
    took: dict[str, float] = {}
    before = _memory()
    index = Index()
    with _timed(took, "index"):
        index.add(documents[:size])
        index.matrix()
    topic = {document.key for document in documents if "pain" in f"{document.title} {document.abstract}".lower()}
    order = chance.permutation(size)
    for share in (0.01, 0.05, 0.2, 0.5):
        read = order[: round(size * share)]
        votes = {documents[row].key: (documents[row].key in topic) != (chance.random() < WRONG) for row in read}
        with _timed(took, f"learn from {len(votes):,} and rank"):
            model = train(index, votes)
            model.ranking()
    with _timed(took, "reasons of 50 records"):
        for document in documents[:50]:
            model.reasons(document.key)
    with _timed(took, "500 records more"):
        index.add(documents[size:])
        index.matrix()
    nonzero, columns = index.matrix().nnz, index.matrix().shape[1]
    print(f"{size:,} records, {columns:,} columns, {nonzero:,} entries, {_memory() - before:,} MB at the peak")
    for name, seconds in took.items():
        print(f"    {name:40} {seconds:8.2f} s")
    sys.stdout.flush()


@contextmanager
def _timed(took: dict[str, float], name: str) -> Iterator[None]:
    began = time.process_time()
    yield
    took[name] = time.process_time() - began


def _memory() -> int:
    """The largest resident size so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def side_by_side(arguments: argparse.Namespace) -> None:
    """The order of reading from one relevant and one irrelevant record on, ours beside the peer's."""
    print(f"{'set':36} {'n':>5} {'rel':>4}", *(f"{name:>17}" for name in SHOWN), f"{'seconds':>17}")
    means: list[list[tuple[float, float]]] = []
    for file in arguments.files:
        labelled = read_labelled(file, arguments.label)
        truth = np.array(labelled.labels)
        starts = [start(truth, seed) for seed in range(arguments.seeds)]
        began = time.perf_counter()
        index = Index(labelled.documents)
        ours = [measures(screened(index, truth, first)) for first in starts]
        seconds = [time.perf_counter() - began, float("nan")]
        theirs = [dict.fromkeys(SHOWN, float("nan"))]
        if arguments.peer:
            records = [{"title": each.title, "abstract": each.abstract} for each in labelled.documents]
            given = {"records": records, "labels": [int(label) for label in truth], "starts": starts}
            orders, seconds[1] = peer_orders(arguments.peer, given)
            theirs = [measures(order) for order in orders]
        row = [tuple(float(np.mean([run[name] for run in runs])) for runs in (ours, theirs)) for name in SHOWN]
        row.append((seconds[0], seconds[1]))
        means.append(row)
        _line(file.name.removesuffix(".gz").removesuffix(".csv"), f"{len(truth):>5} {int(truth.sum()):>4}", row)
    _line("mean", " " * 10, [(m[0], m[1]) for m in np.mean(np.array(means), axis=0)])
    print("Each cell: the workbench / ASReview. Higher is better for wss95 and recall10, lower for atd and read95.")


def _line(name: str, counts: str, row: list[tuple[float, float]]) -> None:
    cells = [f"{a:>8.3f} /{b:>7.3f}" for a, b in row[:-1]] + [f"{row[-1][0]:>8.1f} /{row[-1][1]:>7.1f}"]
    print(f"{name[:36]:36} {counts}", *cells, flush=True)


if __name__ == "__main__":
    main()
