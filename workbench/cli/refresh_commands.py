"""Commands that bring what is new: refresh."""

from __future__ import annotations

import argparse

from workbench.cli.opening import opened, user
from workbench.cli.printing import print_json, print_table, say


def refresh(arguments: argparse.Namespace) -> int:
    """`workbench refresh`"""
    from ingest.eutils import PubMed, Transport
    from workbench.refresh import ledger_entry, run_refresh

    with opened(arguments) as (review, store):
        transport = Transport.from_environment()
        if not transport.local and not transport.has_email:
            say("NCBI asks for an e-mail address it can write to: set NCBI_EMAIL")
        runs = run_refresh(store, review, PubMed(transport), by=user(), only=arguments.indication or (), tell=say)
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
