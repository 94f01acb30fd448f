"""Commands that take in files and look for duplicates: import, dedupe."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from workbench.cli.opening import opened, user
from workbench.cli.printing import print_json, print_table, say


def import_files(arguments: argparse.Namespace) -> int:
    """`workbench import FILE...`"""
    from workbench.refresh import import_files as take_in

    with opened(arguments) as (_, store):
        files = [Path(file) for file in arguments.files]
        done = take_in(store, files, source=arguments.source, by=user(), tell=say)
    unreadable = [dataclasses.asdict(item) for file in done for item in file.unreadable]
    totals = {
        "read": sum(file.read for file in done),
        "new": sum(file.new for file in done),
        "known": sum(file.known for file in done),
        "changed": sum(file.changed for file in done),
    }
    if arguments.json:
        print_json(totals | {"unreadable": unreadable})
    else:
        print_table(["read", "new", "known", "changed", "unreadable"], [[*totals.values(), len(unreadable)]])
    for item in unreadable:
        say(f"{item['file']}, entry {item['position']}: {item['reason']}")
    for file in done:
        if file.error:
            say(f"{file.file}: {file.error}")
    return 1 if any(file.error for file in done) else 0


def dedupe(arguments: argparse.Namespace) -> int:
    """`workbench dedupe`"""
    from workbench.refresh import deduplicate

    with opened(arguments) as (_, store):
        done = deduplicate(store, by=user(), everything=arguments.all, tell=say)
    if arguments.json:
        print_json({"groups": done.groups, "unsure": done.unsure, "linked": done.linked, "compared": done.compared})
    else:
        print_table(["reports with duplicates", "unsure pairs"], [[done.groups, done.unsure]])
    for first, second in done.refused:
        say(f"{first} and {second} look the same, but a person keeps them apart")
    return 0
