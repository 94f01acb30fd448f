"""Commands on files, without a review: records, duplicates, effects, pool, forest."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import Any

from ingest.record import IngestError, Record, Unreadable
from workbench.cli.printing import print_json, print_table, say


def _read(files: list[str]) -> tuple[list[Record], list[dict[str, Any]], bool]:
    """All entries of all files in reading order; a file that breaks is listed among the unreadable and ends badly."""
    from ingest.readers import read_records

    records: list[Record] = []
    unreadable: list[dict[str, Any]] = []
    whole = True
    for file in files:
        position = 0
        try:
            for entry in read_records(Path(file)):
                position += 1
                if isinstance(entry, Unreadable):
                    inside = entry.file.removeprefix(Path(file).name)  # of an archive: "/export.ris"
                    unreadable.append(
                        {
                            "file": f"{file}{inside}" if inside.startswith("/") else file,
                            "position": entry.position,
                            "line": entry.line,
                            "reason": entry.reason,
                        }
                    )
                else:
                    records.append(entry)
        except (IngestError, OSError) as error:
            whole = False
            unreadable.append({"file": file, "position": position + 1, "line": None, "reason": str(error)})
    return records, unreadable, whole


def _where(item: dict[str, Any]) -> str:
    line = f" (line {item['line']})" if item["line"] else ""
    return f"{item['file']}, entry {item['position']}{line}: {item['reason']}"


def records(arguments: argparse.Namespace) -> int:
    """`workbench records FILE...`: print them, or write them in another format."""
    from ingest.exports import write_file, write_records

    if arguments.out and not arguments.to:
        say("--out needs --to: the format to write")
        return 2
    found, unreadable, whole = _read(arguments.files)
    if arguments.to and arguments.out:
        write_file(found, arguments.out, arguments.to)
        say(f"{len(found)} records -> {arguments.out}")
    elif arguments.to and not arguments.json:
        write_records(found, sys.stdout, arguments.to)
    if arguments.json:
        print_json({"records": [record.as_dict() for record in found], "unreadable": unreadable})
    elif not arguments.to:
        print_table(["key", "year", "title"], [[r.key, r.year, r.title[:90]] for r in found])
    for item in unreadable:
        say(_where(item))
    say(f"{len(found)} records, {len(unreadable)} unreadable")
    return 0 if whole else 1


def duplicates(arguments: argparse.Namespace) -> int:
    """`workbench duplicates FILE...`"""
    from ingest.duplicates import find_duplicates

    records, unreadable, whole = _read(arguments.files)
    for item in unreadable:
        say(_where(item))
    if not whole:
        return 1  # the indices count all entries of all files: half a file would shift them
    found = find_duplicates(records)
    if arguments.json:
        print_json(
            {
                "records": len(records),
                "groups": [list(group) for group in found.groups],
                "unsure": [{"pair": list(pair.pair), "reasons": list(pair.reasons)} for pair in found.unsure],
                "seconds": found.seconds,
                "unreadable": unreadable,
            }
        )
    else:
        for group in found.groups:
            print("same:", *(f"\n  [{i}] {records[i].title[:90]} ({records[i].year})" for i in group))
        for pair in found.unsure:
            first, second = (records[i] for i in pair.pair)
            print(f"unsure ({', '.join(pair.reasons)}):\n  {first.title[:90]}\n  {second.title[:90]}")
    say(f"{len(records)} records, {len(found.groups)} groups, {len(found.unsure)} unsure pairs")
    return 0


def effects(arguments: argparse.Namespace) -> int:
    """`workbench effects FILE.csv --measure M`"""
    from workbench.sheets import effects_json, read_sheet

    rows = effects_json(read_sheet(arguments.file), arguments.measure)
    if arguments.json:
        print_json(rows)
    else:
        print_table(["label", "yi", "vi"], [[row["label"], row["yi"], row["vi"]] for row in rows])
    return 0


def _pooled(arguments: argparse.Namespace) -> dict[str, Any]:
    from workbench.sheets import pool_json, read_sheet

    common = arguments.method.lower() in ("ce", "ee", "fe", "common", "fixed")
    return pool_json(
        read_sheet(arguments.file),
        arguments.measure,
        method=arguments.method,
        ci=arguments.ci or ("wald" if common else "hksj"),
        level=arguments.level,
        engine=arguments.engine,
    )


def pool(arguments: argparse.Namespace) -> int:
    """`workbench pool FILE.csv`"""
    document = _pooled(arguments)
    if arguments.json:
        print_json(document)
        return 0
    from workbench.effects import MEASURES
    from workbench.synthesis import p_text

    known = MEASURES.get(str(document["measure"]))
    name = known.name if known else "effect"
    scale = f"log {name}" if known and known.ratio else name
    print_table(
        ["study", f"yi ({scale})", "vi", "weight %"],
        [[row["label"], row["yi"], row["vi"], row["weight"]] for row in document["studies"]],
    )
    print()
    shown = ("estimate", "se", "ci_low", "ci_high", "pi_low", "pi_high", "tau2", "tau2_low", "tau2_high", "i2", "q")
    print_table(["value", f"{scale}, {document['method']}, {document['ci']}"], [[key, document[key]] for key in shown])
    print(p_text(document["p"]))
    if known and known.ratio:
        ratio, *bounds = (
            math.exp(document[key]) for key in ("estimate", "ci_low", "ci_high") if document[key] is not None
        )
        print(f"as {name}: {ratio:.4f}" + (f" ({bounds[0]:.4f} to {bounds[1]:.4f})" if bounds else ""))
    print(document["settings"])
    for note in document.get("notes") or ():
        say(note)
    return 0


def forest(arguments: argparse.Namespace) -> int:
    """`workbench forest FILE.csv --out FIG`"""
    from workbench.results import sheet_figure, write_figure

    document = _pooled(arguments)
    figure = sheet_figure(
        document,
        title=arguments.title or Path(arguments.file).stem,
        favours=(arguments.favours_left, arguments.favours_right),
    )
    written = write_figure(figure, Path(arguments.out))
    say(f"{document['k']} studies -> {written}")
    for note in document.get("notes") or ():
        say(note)
    return 0
