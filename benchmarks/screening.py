"""Screening priority on labelled sets, beside ASReview: the same sets, the same starts, the same measures.

    python benchmarks/screening.py ../shared/data/screening/*.csv.gz --label label_abstract_screening \\
        --peer peers/bin/python --seeds 3

The peer (ASReview's ELAS u4, `pip install asreview==3.0.8` in an environment of its own) trains after every record; the
workbench as `workbench simulate` does. Without `--peer` its columns stay empty. See README.md for what was measured.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from workbench.ranking import Index  # noqa: E402
from workbench.ranking.labelled import read_labelled  # noqa: E402
from workbench.ranking.simulation import measures, screened, start  # noqa: E402

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
    arguments = parser.parse_args()
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
