"""Commands about how far reviewers agree."""

from __future__ import annotations

import argparse

from workbench.cli.opening import opened
from workbench.cli.printing import print_json, print_table


def agreement(arguments: argparse.Namespace) -> int:
    """`workbench agreement [--stage S] [--maybe]`"""
    from workbench.results.agreeing import agreement_as_dict, review_agreement
    from workbench.screening import Stage

    with opened(arguments) as (review, store):
        found = review_agreement(
            store, review, Stage(arguments.stage), maybe_is_include=False if arguments.maybe else None
        )
    if arguments.json:
        print_json(agreement_as_dict(found))
        return 0
    if not found.records:
        print("No report has the votes of two reviewers yet.")
        return 0
    coefficients = [("all", item) for item in (found.raw, found.ac1, found.alpha)]
    for pair in found.pairs:
        coefficients += [(f"{pair.first} / {pair.second}", item) for item in (pair.raw, pair.kappa, pair.ac1)]
    print_table(
        ["reviewers", "coefficient", "value", "low", "high", "reports", "note"],
        [[who, item.name, item.value, item.low, item.high, item.records, item.note] for who, item in coefficients],
    )
    return 0
