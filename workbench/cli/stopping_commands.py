"""The command about stopping to screen; it prints the evidence and signs nothing."""

from __future__ import annotations

import argparse

from workbench.cli.opening import opened
from workbench.cli.printing import print_json, print_table


def stopping(arguments: argparse.Namespace) -> int:
    """`workbench stopping [--indication I] [--target PERCENT]`"""
    from workbench.results.stopping import (
        evidence_as_dict,
        screened_reports,
        stop_as_dict,
        stopping_evidence,
        stops_standing,
    )

    with opened(arguments) as (review, store):
        screened = screened_reports(store, review)
        found = stopping_evidence(
            store, review, indication=arguments.indication, target=arguments.target / 100, screened=screened
        )
        stops = stops_standing(store, review, screened=screened)
    if arguments.json:
        print_json(evidence_as_dict(found) | {"stops": [stop_as_dict(item) for item in stops]})
        return 0
    read = found.reading
    print_table(
        ["reports", "number"],
        [
            ["all", read.total],
            ["read and settled", len(read.order)],
            ["  relevant", read.relevant],
            ["settled many at once", len(read.together)],
            ["with a vote missing", len(read.half_voted)],
            ["in conflict", len(read.conflicts)],
            ["unread", len(read.unread)],
            ["not screened (stop)", len(read.stopped)],
        ],
    )
    print(f"\nTest on missed reports, target recall {found.target:.1%}: p = {found.test.p:.4g}")
    for audit in found.audits:
        progress, estimate = audit.progress, audit.estimate
        print(
            f"Audit sample of {audit.sample.at:%Y-%m-%d} (seed {audit.sample.seed}): "
            f"{progress.size - len(progress.left)} of {progress.size} settled, "
            + (
                f"recall {estimate.recall:.1%} ({estimate.recall_low:.1%} to {estimate.recall_high:.1%}, "
                f"{estimate.level:g} % interval)"
                if estimate is not None
                and estimate.recall is not None
                and estimate.recall_low is not None
                and estimate.recall_high is not None
                else "no estimate"
            )
        )
    print()
    print_table(
        ["SAFE", "stands", "detail"],
        [
            [
                tick.label,
                "confirmed" if tick.key in found.confirmed else {True: "met", False: "not met", None: "open"}[tick.met],
                tick.detail,
            ]
            for tick in found.ticks
        ],
    )
    for item in stops:
        stop = item.stop
        state = "lifted" if not stop.stands else f"stands: {item.still} unread, {item.arrived_since} arrived since"
        print(f"\nStop signed by {stop.signed} on {stop.at:%Y-%m-%d}: {len(stop.reports)} reports, {state}")
    return 0
