"""Commands that take in files and look for duplicates: import, dedupe."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.opening import opened, user
from workbench.cli.printing import print_json, print_table, say

if TYPE_CHECKING:
    from ingest.formats.csv_mapping import Mapping
    from workbench.refresh import Imported
    from workbench.refresh.column_mappings import Mappings
    from workbench.store import Store


def import_files(arguments: argparse.Namespace) -> int:
    """`workbench import FILE...`"""
    from workbench.cli.progress import Shown
    from workbench.refresh import import_files as take_in

    shown = Shown(quiet=arguments.json)
    with opened(arguments) as (_, store):
        done = take_in(
            store,
            [Path(file) for file in arguments.files],
            source=arguments.source,
            kind=arguments.kind,
            query=arguments.query,
            searched=arguments.searched,
            mapping=_mappings(arguments.mapping, store, shown.tell),
            by=user(),
            tell=shown.tell,
            progress=shown.watch,
        )
    shown.clear()
    unreadable = [dataclasses.asdict(item) for file in done for item in file.unreadable]
    totals = {
        "read": sum(file.read for file in done),
        "new": sum(file.new for file in done),
        "known": sum(file.known for file in done),
        "changed": sum(file.changed for file in done),
    }
    if arguments.json:
        print_json(totals | {"unreadable": unreadable, "files": [_outcome(file) for file in done]})
    else:
        rows = [[one.file, one.read, one.new, one.known, one.changed, len(one.unreadable), _ended(one)] for one in done]
        print_table(["file", "read", "new", "known", "changed", "unreadable", ""], rows)
    for item in unreadable[:UNREADABLE_SAID]:
        line = f", line {item['line']}" if item["line"] else ""
        shown.say(f"{item['file']}, entry {item['position']}{line}: {item['reason']}")
    if len(unreadable) > UNREADABLE_SAID:
        shown.say(f"and {len(unreadable) - UNREADABLE_SAID} more entries that could not be read: see --json")
    for file in done:
        if file.error:
            shown.say(file.error)
    if totals["new"] and not arguments.json:
        shown.say("Next: workbench dedupe looks for duplicates among the new records.")
    return 1 if any(file.error for file in done) else 0


UNREADABLE_SAID = 100


def _mappings(said: str, store: Store, tell: Callable[[str], None]) -> Mappings:
    """What --mapping asks for: "guessed", "remembered", or a file; without it what is remembered, if anything is."""
    from workbench.refresh.column_mappings import (
        BadMapping,
        guessed_mapping,
        mapping_from_file,
        remember_mapping,
        remembered_for,
    )

    if said == "guessed":
        return lambda _: None
    if said not in ("", "remembered"):
        written = mapping_from_file(Path(said))

        def keep(path: Path) -> Mapping | None:
            found = written(path)
            if found is not None:
                remember_mapping(store, found)
                tell(f"{path.name}: columns as in {said}; remembered for tables with this header")
            return found

        return keep
    remembered = remembered_for(store)

    def choose(path: Path) -> Mapping | None:
        found = remembered(path)
        if found is not None:
            tell(f"{path.name}: columns as remembered for this header (--mapping guessed to guess them anew)")
        elif said == "remembered" and guessed_mapping(path) is not None:
            raise BadMapping(f"{path.name}: no mapping is remembered for a table with these columns.")
        return found

    return choose


def _outcome(file: Imported) -> dict[str, object]:
    return {
        "file": file.file,
        "format": file.format,
        "encoding": file.encoding,
        "encoding_guessed": file.encoding_guessed,
        "read": file.read,
        "new": file.new,
        "known": file.known,
        "changed": file.changed,
        "unreadable": len(file.unreadable),
        "run": file.run,
        "refused": file.refused,
        "error": file.error,
        "imported_before": file.before.id if file.before is not None else None,
    }


def _ended(file: Imported) -> str:
    if file.refused:
        return "refused"
    if file.error:
        return "broken off"
    return "imported before" if file.before is not None else ""


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
