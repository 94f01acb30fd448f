"""Commands on a review: init, refresh, import, dedupe, prisma, reviewer, analyse."""

from __future__ import annotations

import argparse
import dataclasses
import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.cli.printing import print_json, print_table, say
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.store import Reviewer, Store


@contextmanager
def _opened(arguments: argparse.Namespace) -> Iterator[tuple[ReviewDefinition, Store]]:
    folder = Path(arguments.review)
    review = load_review(folder)
    with Store.open(folder) as store:
        store.bind_review(review.key)
        if store.backup:
            say(f"The database was brought up to date; a copy of the old one is {store.backup}")
        yield review, store


def _user() -> str:
    """Who runs a command: the name of the account, as cron has one too."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "workbench"


def init(arguments: argparse.Namespace) -> int:
    """`workbench init DIR`"""
    folder = init_review(Path(arguments.folder), arguments.template)
    with Store.open(folder) as store:
        store.bind_review(load_review(folder).key)
    say(f"A review was made in {folder}. Next:")
    say(f"  1. read and edit {folder / 'review.yaml'}, indications/ and outcomes.yaml")
    say(f"  2. workbench refresh --review {folder}    (set NCBI_EMAIL first)")
    say(f"  3. workbench reviewer NAME --role lead --review {folder}")
    say(f"  4. workbench serve --review {folder}")
    return 0


def refresh(arguments: argparse.Namespace) -> int:
    """`workbench refresh`"""
    from ingest.eutils import PubMed, Transport
    from workbench.refresh import ledger_entry, run_refresh

    with _opened(arguments) as (review, store):
        transport = Transport.from_environment()
        if not transport.local and not transport.has_email:
            say("NCBI asks for an e-mail address it can write to: set NCBI_EMAIL")
        runs = run_refresh(store, review, PubMed(transport), by=_user(), only=arguments.indication or (), tell=say)
    if arguments.json:
        print_json([ledger_entry(run) for run in runs])
    else:
        print_table(
            ["strategy", "status", "listed", "new", "changed", "withdrawn", "retracted"],
            [[r.strategy, r.status, r.count, r.new, r.changed, r.withdrawn, r.retracted] for r in runs],
        )
    for run in runs:
        if run.error:
            say(f"{run.strategy}: {run.error}")
    return 0 if all(run.status == "complete" for run in runs) else 1


def import_files(arguments: argparse.Namespace) -> int:
    """`workbench import FILE...`"""
    from workbench.refresh import import_files as take_in

    with _opened(arguments) as (_, store):
        files = [Path(file) for file in arguments.files]
        done = take_in(store, files, source=arguments.source, by=_user(), tell=say)
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

    with _opened(arguments) as (_, store):
        done = deduplicate(store, by=_user())
    if arguments.json:
        print_json({"groups": done.groups, "unsure": done.unsure, "linked": done.linked})
    else:
        print_table(["reports with duplicates", "unsure pairs"], [[done.groups, done.unsure]])
    for first, second in done.refused:
        say(f"{first} and {second} look the same, but a person keeps them apart")
    return 0


def prisma(arguments: argparse.Namespace) -> int:
    """`workbench prisma`"""
    from workbench.results import prisma_counts

    with _opened(arguments) as (review, store):
        counts = prisma_counts(store, review)
    if arguments.json:
        print_json(counts)
    else:
        print_table(["box", "n"], [[name, value] for name, value in counts.items() if isinstance(value, int)])
    return 0


def reviewer(arguments: argparse.Namespace) -> int:
    """`workbench reviewer [NAME]`"""
    with _opened(arguments) as (_, store):
        if arguments.name:
            there = {person.name: person for person in store.reviewers()}
            person = there.get(arguments.name) or Reviewer(name=arguments.name)  # what is not said stays as it was
            role, display = arguments.role or person.role, arguments.display
            display = person.display if display is None else display
            store.add_reviewer(Reviewer(name=arguments.name, role=role, display=display))
        everybody = store.reviewers()
    if arguments.json:
        print_json([dataclasses.asdict(person) for person in everybody])
    else:
        print_table(["name", "role", "shown as"], [[p.name, p.role, p.display] for p in everybody])
    return 0


def analyse(arguments: argparse.Namespace) -> int:
    """`workbench analyse`"""
    from workbench.results import analyse_review, outside_settings, results_json, write_results
    from workbench.synthesis import in_sentence

    with _opened(arguments) as (review, store):
        results = analyse_review(
            Path(arguments.review),
            store,
            review,
            indication=arguments.indication,
            engine=arguments.engine,
            subgroup=arguments.subgroup,
        )
        for warning in outside_settings(Path(arguments.review), store, review):
            say(f"Warning: {warning}")
        if arguments.out:
            written = write_results(Path(arguments.out), store, review, results)
            say(f"{len(written)} files written to {arguments.out}")
    if arguments.json:
        print_json(results_json(results))
        return 0
    for result in results:
        print(f"{result.title}, {in_sentence(result.window_label)}\n  {result.statement}")
        for warning in result.warnings:
            print(f"  - {warning}")
        print()
    return 0
