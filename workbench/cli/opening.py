"""The review that a command works on, and who runs it."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.cli.printing import say
from workbench.review import ReviewDefinition, load_review
from workbench.store import Store


@contextmanager
def opened(arguments: argparse.Namespace) -> Iterator[tuple[ReviewDefinition, Store]]:
    folder = Path(arguments.review)
    review = load_review(folder)
    with Store.open(folder) as store:
        store.bind_review(review.key)
        if store.backup:
            say(f"The database was brought up to date; a copy of the old one is {store.backup}")
        yield review, store


def user() -> str:
    """Who runs a command: the name of the account, as cron has one too."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "workbench"
