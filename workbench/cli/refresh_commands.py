"""Commands that bring what is new and tell of it: refresh, digest, schedule.

`refresh` exits with 0 when every search is complete and its digest is written; with 1 when a search failed, another
refresh was at work, or it was stopped. A mail that cannot be sent is said and tried again next time: the data are in,
so it changes no exit code. `digest --mail` was asked to mail, so there it does.
"""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from workbench.cli.opening import opened, user
from workbench.cli.printing import print_json, print_table, say
from workbench.cli.progress import Shown

if TYPE_CHECKING:
    from workbench.refresh.digest import Kept
    from workbench.review import ReviewDefinition
    from workbench.store import SearchRun, Store


class Interrupted(KeyboardInterrupt):
    """Somebody asked this process to stop."""


@contextmanager
def _stoppable() -> Iterator[None]:
    """SIGTERM, as a service manager or the app sends it, ends the work in order; so do Ctrl-C and a closed terminal."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for each in caught:  # once is enough: a second one must not disturb the closing of the ledger
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted

    names = ("SIGTERM", "SIGINT", "SIGHUP")
    asked = [getattr(signal, name) for name in names if hasattr(signal, name)]
    caught = [each for each in asked if signal.getsignal(each) != signal.SIG_IGN]  # nohup means what it says
    before = {each: signal.signal(each, stop) for each in caught}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def refresh(arguments: argparse.Namespace) -> int:
    """`workbench refresh`"""
    from workbench.refresh.background import write_outcome

    shown = Shown(quiet=arguments.quiet)
    code = 1
    try:
        code = _refresh(arguments, shown)
    finally:
        shown.clear()
        if arguments.outcome:
            write_outcome(Path(arguments.outcome), code, now=datetime.now(UTC))
    return code


def _refresh(arguments: argparse.Namespace, shown: Shown) -> int:
    from ingest.eutils import PubMed, Transport
    from workbench.refresh import ledger_entry, run_refresh
    from workbench.refresh.credentials import NCBI_KEY, secret

    by = arguments.by or user()
    with opened(arguments) as (review, store), _stoppable():
        known = max((run.id for run in store.searches()), default=0)
        transport = Transport.from_environment({**os.environ, "NCBI_API_KEY": secret(NCBI_KEY) or ""})
        if not transport.local and not transport.has_email:
            shown.tell("NCBI asks for an e-mail address it can write to: set NCBI_EMAIL")
        stopped, apart = False, True
        try:
            runs = run_refresh(
                store,
                review,
                PubMed(transport),
                by=by,
                only=arguments.indication or (),
                everything=True if arguments.everything else None,
                wait=arguments.wait,
                tell=shown.tell,
                progress=shown.watch,
            )
            apart = _deduplicated(store, by, shown)
        except Interrupted:
            stopped = True
            runs = tuple(run for run in store.searches() if run.id > known and run.source == "PubMed" and run.by == by)
        shown.clear()
        # The digest first: whoever reads the output may go away, and people are to be told all the same.
        told = not stopped and _tell(arguments, review, store, runs, by, shown)
        if arguments.json:
            print_json([ledger_entry(run) for run in runs])
        elif not arguments.quiet:
            print_table(
                ["strategy", "status", "listed", "new", "changed", "withdrawn", "retracted"],
                [[r.strategy, r.status, r.count, r.new, r.changed, r.withdrawn, r.retracted] for r in runs],
            )
        for run in runs:
            if run.error and arguments.quiet:  # otherwise told when it happened
                shown.say(f"{run.strategy}: {run.error}")
        if stopped:
            shown.say("Stopped. What came so far is stored; the next refresh goes on from there.")
    return 0 if told and apart and all(run.status == "complete" for run in runs) else 1


def _deduplicated(store: Store, by: str, shown: Shown) -> bool:
    """Look for duplicates among what came; whether that went well. A failure keeps nobody from being told."""
    from workbench.refresh import deduplicate
    from workbench.store import StoreError

    try:
        deduplicate(store, by=by, tell=shown.tell)
    except StoreError as error:
        shown.say(f"The records are stored, but duplicates could not be looked for: {error}")
        return False
    return True


def _tell(
    arguments: argparse.Namespace,
    review: ReviewDefinition,
    store: Store,
    runs: tuple[SearchRun, ...],
    by: str,
    shown: Shown,
) -> bool:
    """Write and mail the digest; whether it was written."""
    from workbench.refresh.digest import DigestError
    from workbench.refresh.opinion import ranking_opinion
    from workbench.refresh.telling import tell_people

    try:
        folder = Path(arguments.review)
        opinion = ranking_opinion(store, review)
        kept = tell_people(store, review, folder, runs, now=datetime.now(UTC), by=by, tell=shown.tell, opinion=opinion)
    except DigestError as error:
        shown.say(f"The records are stored, but {error}")
        return False
    except Interrupted:
        shown.say("Stopped while the digest was made: `workbench digest` makes it.")
        return False
    if kept.mail.status == "waiting" and arguments.quiet:
        shown.say(f"The digest {kept.name} was not mailed: {kept.mail.error or 'another process is sending'}")
    return True


def digest(arguments: argparse.Namespace) -> int:
    """`workbench digest`"""
    from workbench.refresh.digest import MailState, keep_digest, kept_digests, make_digest
    from workbench.refresh.mail import mail_kept
    from workbench.refresh.opinion import ranking_opinion
    from workbench.refresh.telling import runs_of_refresh

    folder = Path(arguments.review)
    with opened(arguments) as (review, store):
        runs = runs_of_refresh(store, folder, arguments.run)
        numbers = tuple(run.id for run in runs)
        kept = next((each for each in kept_digests(folder) if each.runs == numbers), None)
        if kept is None or arguments.again:
            made = make_digest(store, review, runs, now=datetime.now(UTC), opinion=ranking_opinion(store, review))
            kept = keep_digest(folder, made, MailState(status="none"))
        if arguments.mail:
            kept = mail_kept(store, review, kept, by=user(), tell=say)
    if arguments.json:
        print_json(_kept_json(kept))
    else:
        print(kept.text, end="")
        say(f"{kept.html_file}")
    return 0


def _kept_json(kept: Kept) -> dict[str, Any]:
    return {
        "name": kept.name,
        "title": kept.title,
        "summary": kept.summary,
        "made": kept.made.isoformat(),
        "runs": list(kept.runs),
        "news": kept.news,
        "failed": kept.failed,
        "markdown": str(kept.markdown_file),
        "html": str(kept.html_file),
        "mail": {"status": kept.mail.status, "tries": kept.mail.tries, "error": kept.mail.error},
    }


def schedule(arguments: argparse.Namespace) -> int:
    """`workbench schedule`"""
    from workbench.refresh.schedule import currency

    if arguments.systemd or arguments.cron:
        return _write_timer(arguments)
    now = datetime.now(UTC)
    with opened(arguments) as (review, store):
        found = currency(store, review, now)
    if arguments.json:
        print_json(
            {
                "plan": found.plan or None,
                "next_run": found.next_run.isoformat() if found.next_run else None,
                "last_run": found.last_run.isoformat() if found.last_run else None,
                "current_to": found.current_to.isoformat() if found.current_to else None,
                "overdue": found.overdue,
                "warning": found.warning or None,
                "strategies": [
                    {
                        "strategy": item.key,
                        "current_to": item.current_to.isoformat() if item.current_to else None,
                        "overdue": item.overdue,
                        "status": item.latest.status if item.latest else None,
                    }
                    for item in found.strategies
                ],
            }
        )
        return 0
    print_table(
        ["search", "current to", "last run", ""],
        [
            [
                item.label,
                f"{item.current_to:%Y-%m-%d %H:%M} UTC" if item.current_to else "never complete",
                item.latest.status if item.latest else "never run",
                "overdue" if item.overdue else "",
            ]
            for item in found.strategies
        ],
    )
    print()
    print(f"Plan: {found.plan or 'none (say one in review.yaml, under refresh)'}")
    print(f"Last run: {f'{found.last_run:%Y-%m-%d %H:%M} UTC' if found.last_run else 'never'}")
    if found.next_run:
        print(f"Next run: {found.next_run:%Y-%m-%d %H:%M} UTC, if a timer was set up (--systemd DIR or --cron)")
    if found.warning:
        say(f"Warning: {found.warning}")
    return 0


def _write_timer(arguments: argparse.Namespace) -> int:
    from workbench.refresh.units import (
        ScheduleError,
        cron_line,
        systemd_units,
        unit_name,
        workbench_command,
        write_units,
    )
    from workbench.review import load_review

    folder = Path(arguments.review).resolve()
    review = load_review(folder)
    home = Path.home() / ".config" if arguments.user or arguments.cron else Path("/etc")
    settings = Path(arguments.settings).absolute() if arguments.settings else home / "workbench" / review.key
    if arguments.cron:
        print(cron_line(folder, review.refresh, command=workbench_command(), settings=settings), end="")
        return 0
    units = systemd_units(
        review.key,
        folder,
        review.refresh,
        command=workbench_command(),
        account=None if arguments.user else arguments.account or user(),
        settings=settings,
    )
    target = Path(arguments.systemd)
    if not target.is_dir():
        raise ScheduleError(f"there is no folder {target}")
    for path in write_units(target, units):
        say(f"Written: {path}")
    manager = "systemctl --user" if arguments.user else "systemctl"
    say(f"Secrets and the environment file belong into {settings} (docs/scheduling.md). Then:")
    say(f"  {manager} daemon-reload")
    say(f"  {manager} enable --now {unit_name(review.key)}.timer")
    return 0
