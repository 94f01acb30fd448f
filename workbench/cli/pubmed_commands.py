"""Commands that bring records from PubMed beside the strategies: chase, fetch-pmids, update-files."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.opening import opened, user
from workbench.cli.printing import print_json, print_table, say

if TYPE_CHECKING:
    from ingest.eutils import PubMed
    from workbench.refresh.pmid_list import Line
    from workbench.store import SearchRun

SHOWN = 20  # lines of a list that are named one by one


def chase(arguments: argparse.Namespace) -> int:
    """`workbench chase`"""
    from workbench.refresh.chasing import LINK_KINDS, MOST
    from workbench.refresh.chasing import chase as follow

    links = [link for link in LINK_KINDS if not arguments.link or link in arguments.link]
    most = dict(MOST) if arguments.most is None else dict.fromkeys(links, arguments.most)
    with opened(arguments) as (review, store):
        runs = follow(store, review, _pubmed(), links=links, most=most, by=user(), wait=arguments.wait, tell=say)
    return _report(runs, json=arguments.json)


def fetch_pmids(arguments: argparse.Namespace) -> int:
    """`workbench fetch-pmids FILE`"""
    from workbench.refresh import fetch_pmid_list, ledger_entry

    with opened(arguments) as (_, store):
        done = fetch_pmid_list(
            store,
            _pubmed(),
            Path(arguments.file),
            name=arguments.name,
            kind=arguments.kind,
            by=user(),
            wait=arguments.wait,
            tell=say,
        )
    if arguments.json:
        lines = {what: [asdict(line) for line in getattr(done, what)] for what in ("unknown", "duplicate", "invalid")}
        print_json(
            {"run": ledger_entry(done.run), "pmids": len(done.pmids), "new": done.new, "known": done.known} | lines
        )
    else:
        _report([done.run], json=False)
        for what, lines_of in (("unknown", done.unknown), ("repeated", done.duplicate), ("not read", done.invalid)):
            _name(what, lines_of)
    return 0 if done.run.status == "complete" and not done.invalid else 1


def update_files(arguments: argparse.Namespace) -> int:
    """`workbench update-files FILE...`"""
    from workbench.refresh import apply_update_files

    with opened(arguments) as (_, store):
        paths = [Path(file) for file in arguments.files]
        runs = apply_update_files(store, paths, by=user(), wait=arguments.wait, tell=say)
    return _report(runs, json=arguments.json)


def _pubmed() -> PubMed:
    from ingest.eutils import PubMed, Transport
    from workbench.refresh.credentials import NCBI_KEY, secret

    transport = Transport.from_environment({**os.environ, "NCBI_API_KEY": secret(NCBI_KEY) or ""})
    if not transport.local and not transport.has_email:
        say("NCBI asks for an e-mail address it can write to: set NCBI_EMAIL")
    return PubMed(transport)


def _report(runs: Iterable[SearchRun], *, json: bool) -> int:
    """Print the entries of the ledger; gives the exit code."""
    from workbench.refresh import ledger_entry

    runs = tuple(runs)
    if json:
        print_json([ledger_entry(run) for run in runs])
    else:
        print_table(
            ["strategy", "status", "looked at", "new", "changed", "withdrawn", "retracted"],
            [[r.strategy, r.status, r.count, r.new, r.changed, r.withdrawn, r.retracted] for r in runs],
        )
    for run in runs:
        if run.error or run.remarks:
            say(f"{run.strategy}: {run.error or run.remarks}")
    return 0 if all(run.status == "complete" for run in runs) else 1


def _name(what: str, lines: tuple[Line, ...]) -> None:
    for line in lines[:SHOWN]:
        say(f"{what}: line {line.number}, {line.text!r}: {line.reason}")
    if len(lines) > SHOWN:
        say(f"{what}: {len(lines) - SHOWN} lines more")
