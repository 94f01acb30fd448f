"""The command `workbench`: what the pages can do, from a terminal, a script or a scheduler.

Decisions. The standard library's argparse, because `workbench --help` has to answer at once. Each command's module is
imported only when that command runs. With `--json` exactly one document goes to standard output; everything meant for
a person goes to standard error. Exit codes: 0 done, 1 the work failed, 2 wrong usage.

Every error class of our own packages carries a message written for a reviewer: it is shown as it is. Anything else is
a defect of ours and keeps its traceback.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence

from workbench import __version__

Handler = Callable[[argparse.Namespace], int]


def lazily(name: str) -> Handler:
    """Give a handler that imports its module when it is called; name: "module:function" inside this package."""
    module, _, function = name.partition(":")

    def handler(arguments: argparse.Namespace) -> int:
        run: Handler = getattr(importlib.import_module(f"workbench.cli.{module}"), function)
        return run(arguments)

    return handler


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document on standard output")


def _day(text: str) -> datetime.date:
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it as 2026-01-31") from None
    if day > datetime.datetime.now(datetime.UTC).date():
        raise argparse.ArgumentTypeError(f"{text} has not come yet")
    return day


def _review(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--review",
        metavar="DIR",
        default=os.environ.get("WORKBENCH_REVIEW", "."),
        help="the review's folder (default: the environment variable WORKBENCH_REVIEW, else the current folder)",
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 on")
    return seconds


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
    return int(text)


def _target(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = 0.0
    if not 0 < percent < 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no recall: write percent between 0 and 100, such as 95")
    return percent


def _pubmed_work(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--wait",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="for a refresh that is at work (default: do not wait)",
    )
    _review(parser)
    _json(parser)


def _analysis(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--measure", metavar="M", help="MD, SMD, OR, RR or RD: needed when FILE holds arm data")
    parser.add_argument("--method", default="REML", metavar="M", help="CE (common effect), DL, PM or REML (default)")
    parser.add_argument("--ci", default=None, metavar="C", help="hksj (Hartung-Knapp, default; wald for CE) or wald")
    parser.add_argument("--level", type=float, default=95.0, metavar="PERCENT", help="of intervals (default 95)")
    parser.add_argument("--engine", default="workbench", choices=["workbench", "pythonmeta"], help="what computes")


def _extraction(extraction: argparse.ArgumentParser) -> None:
    """The commands on what is extracted: export, import, undo."""
    actions = extraction.add_subparsers(dest="action", metavar="ACTION", required=True)

    export = actions.add_parser("export", help="write everything extracted to files")
    export.set_defaults(handler=lazily("extraction_commands:export"))
    export.add_argument("folder", metavar="DIR")
    export.add_argument(
        "--what",
        action="append",
        choices=["tidy", "wide", "xlsx", "json", "metapsy"],
        help="only this (may be given again; default: all)",
    )
    export.add_argument(
        "--unfinished", action="store_true", help="also answers that somebody has yet to extract unseen"
    )

    take_in = actions.add_parser("import", help="take in an extraction sheet (CSV or XLSX) through a mapping")
    take_in.set_defaults(handler=lazily("extraction_commands:take_in"))
    take_in.add_argument("file", metavar="FILE")
    take_in.add_argument("--sheet", default=None, metavar="NAME", help="of a workbook (default: the fullest one)")
    take_in.add_argument(
        "--mapping",
        default="",
        metavar="FILE",
        help="what the columns mean: a JSON file; 'remembered' or 'proposed' (default: remembered, else proposed)",
    )
    take_in.add_argument("--write-mapping", default="", metavar="FILE", help="write the mapping, to be corrected")
    take_in.add_argument("--preview", action="store_true", help="show what would come in; record nothing")
    take_in.add_argument("--final", action="store_true", help="record complete results as final, not as drafts")
    take_in.add_argument(
        "--independent",
        action="store_true",
        help="you vouch for having extracted it alone, though it says what another's answers say",
    )
    take_in.add_argument("--by", metavar="NAME", help="whose extractions they are (default: your account)")

    undo = actions.add_parser("undo", help="list the imports of sheets, or take one back")
    undo.set_defaults(handler=lazily("extraction_commands:undo"))
    undo.add_argument("import_id", nargs="?", metavar="IMPORT")
    undo.add_argument("--reason", default="", metavar="TEXT", help="why it is taken back")
    undo.add_argument("--by", metavar="NAME", help="who takes it back (default: your account)")
    for action in (export, take_in, undo):
        _review(action)
        _json(action)


def build_parser() -> argparse.ArgumentParser:
    """Describe every command; imports nothing but argparse."""
    parser = argparse.ArgumentParser(
        prog="workbench",
        description="A living systematic review of rTMS for pain: PubMed records, screening, extraction, "
        "pooling and forest plots by indication.",
        epilog="A review lives in a folder made by 'workbench init DIR'. See docs/guide.md.",
    )
    parser.add_argument("--version", action="version", version=f"rtms-pain-workbench {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, handler: str, summary: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        command.set_defaults(handler=lazily(handler))
        return command

    init = add("init", "review_commands:init", "make a review folder: settings, strategies, forms, empty database")
    init.add_argument("folder", metavar="DIR")
    init.add_argument("--template", default="rtms-pain", metavar="NAME", help="default rtms-pain")

    refresh = add("refresh", "refresh_commands:refresh", "run every PubMed strategy, store what is new and tell of it")
    _pubmed_work(refresh)
    refresh.add_argument("--indication", metavar="I", action="append", help="only this one (may be given again)")
    refresh.add_argument("--everything", action="store_true", help="fetch every record again (else once a month)")
    refresh.add_argument("--quiet", action="store_true", help="say only what went wrong, as a timer wants it")
    refresh.add_argument("--by", metavar="NAME", help="who is recorded as having started it (default: your account)")
    refresh.add_argument("--outcome", metavar="FILE", help=argparse.SUPPRESS)  # for the app, which started it

    digest = add("digest", "refresh_commands:digest", "print what a refresh brought; make the digest anew, or mail it")
    which = digest.add_mutually_exclusive_group()
    which.add_argument("--last", action="store_true", help="of the last refresh (default)")
    which.add_argument("--run", type=_count, metavar="N", help="of the refresh with this run of the ledger")
    digest.add_argument("--again", action="store_true", help="make it anew, with what waits now")
    digest.add_argument("--mail", action="store_true", help="mail it to the review's recipients")
    _review(digest)
    _json(digest)

    schedule = add("schedule", "refresh_commands:schedule", "say when the next refresh is due, or write its timer")
    timer = schedule.add_mutually_exclusive_group()
    timer.add_argument("--systemd", metavar="DIR", help="write a service and a timer for systemd to DIR")
    timer.add_argument("--cron", action="store_true", help="print the line for crontab")
    schedule.add_argument("--user", action="store_true", help="units for systemctl --user")
    schedule.add_argument("--account", metavar="NAME", help="whom the service runs as (default: your account)")
    schedule.add_argument("--settings", metavar="DIR", help="folder of the environment file and the secrets")
    _review(schedule)
    _json(schedule)

    take_in = add("import", "import_commands:import_files", "take in records from files, whatever exported them")
    take_in.add_argument("files", nargs="+", metavar="FILE")
    take_in.add_argument(
        "--source", default="", metavar="NAME", help="what to call the source (default: each file's name)"
    )
    take_in.add_argument(
        "--kind",
        default="database",
        choices=["database", "register", "citation searching", "other"],
        help="what the source is, for the PRISMA flow (default database)",
    )
    take_in.add_argument("--query", default="", metavar="TEXT", help="the search as it was run there")
    take_in.add_argument("--searched", type=_day, metavar="YYYY-MM-DD", help="the day on which it was run there")
    take_in.add_argument(
        "--mapping",
        default="",
        metavar="FILE",
        help="which column of a table is which: a JSON file; 'remembered' or 'guessed' "
        "(default: remembered for this header, else guessed)",
    )
    _review(take_in)
    _json(take_in)

    dedupe = add("dedupe", "import_commands:dedupe", "find duplicate records, link the sure ones, list the unsure ones")
    dedupe.add_argument("--all", action="store_true", help="compare every record anew, not only what came since")
    _review(dedupe)
    _json(dedupe)

    chase = add("chase", "pubmed_commands:chase", "follow the included studies' links in PubMed: citation searching")
    chase.add_argument(
        "--link",
        action="append",
        choices=["similar", "cited by", "references"],
        help="only this kind of link (may be given again)",
    )
    chase.add_argument(
        "--most", type=_count, metavar="N", help="records from one study's links (default 20 similar ones, all others)"
    )
    _pubmed_work(chase)

    pmids = add("fetch-pmids", "pubmed_commands:fetch_pmids", "fetch the records of a list of PMIDs")
    pmids.add_argument("file", metavar="FILE", help="one PMID or PubMed address a line, or a table with a column PMID")
    pmids.add_argument("--name", default="", metavar="NAME", help="what to call the list (default: the file's name)")
    pmids.add_argument(
        "--kind",
        default="other",
        choices=["database", "register", "citation searching", "other"],
        help="how the list was come by, for the PRISMA flow (default other)",
    )
    _pubmed_work(pmids)

    updates = add("update-files", "pubmed_commands:update_files", "apply PubMed's update files to the review's records")
    updates.add_argument("files", nargs="+", metavar="FILE", help="such as pubmed26n1335.xml.gz, its .md5 beside it")
    _pubmed_work(updates)

    bias = add("risk-of-bias", "risk_of_bias_commands:risk_of_bias", "the risk of bias of all results, by domain")
    bias.add_argument(
        "--out", metavar="DIR", help="also write its figures (SVG, PDF, PNG) and tables (CSV) to a folder"
    )
    _review(bias)
    _json(bias)

    prisma = add("prisma", "prisma_commands:prisma", "the PRISMA 2020 flow of the review: its counts, or its figure")
    prisma.add_argument("--indication", metavar="I", help="only this one's reports")
    prisma.add_argument(
        "--since", type=_day, metavar="YYYY-MM-DD", help="the flow of an update: records first seen from this day on"
    )
    prisma.add_argument("--out", metavar="FILE", help="also write a .svg, .pdf, .png or .csv file")
    _review(prisma)
    _json(prisma)

    reviewer = add("reviewer", "review_commands:reviewer", "list the reviewers, or add one")
    reviewer.add_argument("name", nargs="?", metavar="NAME")
    reviewer.add_argument("--display", default=None, metavar="TEXT", help="the name that is shown")
    reviewer.add_argument("--role", default=None, choices=["reviewer", "lead"], help="default reviewer")
    _review(reviewer)
    _json(reviewer)

    analyse = add("analyse", "review_commands:analyse", "pool the review's results per indication and outcome")
    analyse.add_argument("--indication", metavar="I", help="only this one")
    analyse.add_argument(
        "--subgroup",
        metavar="M",
        help="also by target, frequency, coil, pattern, indication_detail, sham, design or certainty",
    )
    analyse.add_argument("--out", metavar="DIR", help="also write figures (SVG, PDF, PNG), tables and a page to DIR")
    analyse.add_argument("--engine", default="workbench", choices=["workbench", "pythonmeta"], help="what computes")
    _review(analyse)
    _json(analyse)

    agreement = add("agreement", "agreement_commands:agreement", "how far the reviewers agree, with intervals")
    agreement.add_argument(
        "--stage", default="title_abstract", choices=["title_abstract", "full_text"], help="default title_abstract"
    )
    agreement.add_argument("--maybe", action="store_true", help="count a maybe as a category of its own")
    _review(agreement)
    _json(agreement)

    stopping = add("stopping", "stopping_commands:stopping", "the evidence for stopping to screen; it signs nothing")
    stopping.add_argument("--indication", metavar="I", help="only reports that this one's strategies found")
    stopping.add_argument(
        "--target", type=_target, default=95.0, metavar="PERCENT", help="recall that the test asks for (default 95)"
    )
    _review(stopping)
    _json(stopping)

    serve = add("serve", "app_commands:serve", "serve the web app of a review on this machine")
    serve.add_argument("--port", type=int, default=None, metavar="N", help="default: the first free one from 8501")
    _review(serve)

    demo = add("demo", "app_commands:demo", "the worked example, from records to forest plots, then the app on it")
    demo.add_argument("--out", default="demo-output", metavar="DIR", help="where to write it (default demo-output)")
    demo.add_argument("--no-serve", action="store_true", help="stop after the figures are written")
    demo.add_argument("--port", type=int, default=None, metavar="N", help="of the app")

    eutils = add("eutils-server", "app_commands:eutils_server", "serve PubMed XML files as a local E-utilities server")
    eutils.add_argument("files", nargs="+", metavar="FILE")
    eutils.add_argument("--port", type=int, default=0, metavar="N", help="default: any free one")

    records = add("records", "data_commands:records", "read files of records, print them or write them in one format")
    records.add_argument("files", nargs="+", metavar="FILE")
    records.add_argument("--to", default=None, choices=["ris", "nbib", "csv", "bibtex"], help="the format to write")
    records.add_argument("--out", default=None, metavar="FILE", help="the file to write (default: standard output)")
    _json(records)

    duplicates = add("duplicates", "data_commands:duplicates", "find duplicates among the records of files")
    duplicates.add_argument("files", nargs="+", metavar="FILE")
    _json(duplicates)

    texts = add(
        "full-texts", "full_text_commands:full_texts", "the full texts sought: where each stands, files, wanted"
    )
    texts.add_argument("--wanted", metavar="FILE", help="write what is still to be had to a .ris or .csv file")
    texts.add_argument("--attach", metavar="FILE", help="add a file (PDF, HTML, XML of PubMed Central, plain text)")
    texts.add_argument("--to", metavar="KEY", help="the report that --attach is for, such as pubmed:27260638")
    texts.add_argument("--by", metavar="NAME", help="who is recorded as having added it (default: your account)")
    _review(texts)
    _json(texts)

    _extraction(add("extraction", "extraction_commands:export", "import, export and take back what is extracted"))

    simulate = add("simulate", "screening_commands:simulate", "screen a labelled set by the ranking and measure it")
    simulate.add_argument("file", metavar="FILE.csv")
    simulate.add_argument("--label", required=True, metavar="COLUMN", help="1/0, yes/no or included/excluded")
    simulate.add_argument("--seeds", type=int, default=3, metavar="N", help="starts to take the mean of (default 3)")
    simulate.add_argument(
        "--split",
        choices=("date", "random"),
        help="learn from the first part as from a finished review, and rank the rest: what a refresh does",
    )
    simulate.add_argument(
        "--first-part", type=float, default=50, metavar="PERCENT", help="records in the first part (default 50)"
    )
    _json(simulate)

    calculate = add(
        "calculate", "calculation_commands:calculate", "one effect from what a report prints, with every step"
    )
    calculate.add_argument("recipe", nargs="?", metavar="RECIPE", help="how the result is printed, such as means_se")
    calculate.add_argument("inputs", nargs="*", metavar="KEY=VALUE", help="its inputs, such as n_active=20")
    calculate.add_argument("--measure", metavar="M", help="one of those the recipe gives (default: all, side by side)")
    calculate.add_argument("--list", action="store_true", help="name the recipes, or the inputs of RECIPE")
    _json(calculate)

    effects = add("effects", "data_commands:effects", "effects and variances from arm data (columns as in metafor)")
    effects.add_argument("file", metavar="FILE.csv")
    effects.add_argument("--measure", required=True, metavar="M", help="MD, SMD, OR, RR or RD")
    _json(effects)

    pool = add("pool", "data_commands:pool", "pool effects (yi, vi) or arm data")
    pool.add_argument("file", metavar="FILE.csv")
    _analysis(pool)
    _json(pool)

    forest = add("forest", "data_commands:forest", "draw the forest plot of a pooling")
    forest.add_argument("file", metavar="FILE.csv")
    _analysis(forest)
    forest.add_argument("--out", required=True, metavar="FIG", help="a .svg, .pdf or .png file")
    forest.add_argument("--title", default="", metavar="TEXT")
    forest.add_argument("--favours-left", default="", metavar="TEXT", help="under the axis, left of no effect")
    forest.add_argument("--favours-right", default="", metavar="TEXT")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that has no "−" shows its code instead of failing
            stream.reconfigure(errors="backslashreplace")
    arguments = build_parser().parse_args(argv)
    try:
        handler: Handler = arguments.handler
        return handler(arguments)
    except BrokenPipeError:  # the reader of our output went away: nothing is wrong with the work
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except Exception as error:
        if not (type(error).__module__.partition(".")[0] in ("workbench", "ingest") or isinstance(error, OSError)):
            raise
        print(f"workbench {arguments.command}: {error}", file=sys.stderr)
        return 1
