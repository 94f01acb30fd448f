"""Commands about screening: simulate."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from workbench.cli.printing import print_json, print_table, say


def simulate(arguments: argparse.Namespace) -> int:
    """`workbench simulate FILE.csv --label COLUMN [--split date|random]`"""
    from workbench.ranking import Simulated
    from workbench.ranking import simulate as run
    from workbench.ranking.labelled import read_labelled
    from workbench.ranking.split import SplitSimulated, simulate_split

    if arguments.seeds < 1:
        say("workbench simulate: --seeds takes 1 or more")
        return 2
    labelled = read_labelled(Path(arguments.file), arguments.label)
    for item in labelled.unreadable:
        say(f"{arguments.file}, record {item.position}: {item.reason}")
    if labelled.unlabelled:
        say(f"{labelled.unlabelled} records have no label and are left out")
    seeds = range(arguments.seeds)
    result: Simulated | SplitSimulated
    if arguments.split is None:
        result = run(labelled.documents, labelled.labels, seeds=seeds)
    else:
        result = simulate_split(labelled, arguments.split, share=arguments.first_part / 100, seeds=seeds)
        if result.split_undated:
            say(f"{result.split_undated} records have no {result.split_by} and are left out")
        if result.split_by == "PMID":
            say("the table has no years: the order of the PMIDs stands for that of publication")
    found = dataclasses.asdict(result)
    if arguments.json:
        print_json(found | {"unlabelled": labelled.unlabelled, "unreadable": len(labelled.unreadable)})
    else:
        print_table(list(found), [[round(value, 4) if isinstance(value, float) else value for value in found.values()]])
    return 0
