"""Commands on a review: init, reviewer, analyse."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from workbench.cli.opening import opened
from workbench.cli.printing import print_json, print_table, say
from workbench.review import init_review, load_review
from workbench.store import Reviewer, Store


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


def reviewer(arguments: argparse.Namespace) -> int:
    """`workbench reviewer [NAME]`"""
    with opened(arguments) as (_, store):
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
    from workbench.results import analyse_review, in_work, outside_settings, results_json, write_results
    from workbench.synthesis import in_sentence

    with opened(arguments) as (review, store):
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
        for key, studies in in_work(Path(arguments.review), store, review).items():
            if arguments.indication in (None, key):
                say(f"In work for {review.indication(key).label}, in no pool yet: {', '.join(studies)}")
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
