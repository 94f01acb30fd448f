"""Commands about screening: simulate."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from workbench.cli.printing import print_json, print_table, say


def simulate(arguments: argparse.Namespace) -> int:
    """`workbench simulate FILE.csv --label COLUMN`"""
    from workbench.ranking import simulate as run
    from workbench.ranking.labelled import read_labelled

    if arguments.seeds < 1:
        say("workbench simulate: --seeds takes 1 or more")
        return 2
    labelled = read_labelled(Path(arguments.file), arguments.label)
    for item in labelled.unreadable:
        say(f"{arguments.file}, record {item.position}: {item.reason}")
    if labelled.unlabelled:
        say(f"{labelled.unlabelled} records have no label and are left out")
    found = dataclasses.asdict(run(labelled.documents, labelled.labels, seeds=range(arguments.seeds)))
    if arguments.json:
        print_json(found | {"unlabelled": labelled.unlabelled, "unreadable": len(labelled.unreadable)})
    else:
        print_table(list(found), [[value if isinstance(value, int) else round(value, 4) for value in found.values()]])
    return 0
