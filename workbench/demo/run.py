"""Make the worked example the way a review is made: search, import, duplicates, screening, extraction, results.

Every step adds what is not there yet and leaves alone what is, so a run that was interrupted is completed by the next
one, and what a visitor did in the browser stays.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from ingest.eutils import LocalServer, PubMed, Transport
from workbench.demo.errors import DemoError
from workbench.demo.settings import DATA, mark_as_example
from workbench.extraction import Extraction, Study
from workbench.forms import load_forms
from workbench.refresh import deduplicate, import_files, run_refresh
from workbench.results import analyse_review, prisma_counts, write_results
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.screening import Decision, Stage, Verdict
from workbench.store import Reviewer, SearchRun, Store

Log = Callable[[str], None]

MARKER = "worked-example.json"
REVIEWERS = (
    Reviewer(name="example-anna", role="reviewer", display="Anna (example)"),
    Reviewer(name="example-ben", role="reviewer", display="Ben (example)"),
    Reviewer(name="example-lead", role="lead", display="Lead (example)"),
)
ANNA, BEN, LEAD = (reviewer.name for reviewer in REVIEWERS)
OTHER = "other"
"""What the ledger calls the records that were found elsewhere than in PubMed; their keys begin with it."""
_IDS = uuid.uuid5(uuid.NAMESPACE_URL, "rtms-pain-workbench/worked-example")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReport:
    """What a run of the example came to. Counts are of what stands after it."""

    out: Path
    review: Path  # the review's folder, to be served or opened
    figures: Path  # the folder with figures, tables and index.html
    written: tuple[Path, ...]
    served: int  # records that the local server held
    first: tuple[SearchRun, ...]  # one for each strategy; what they brought
    second: tuple[SearchRun, ...]  # the same again: nothing new
    imported: int  # records of the file of other sources
    duplicates: int  # reports with more than one record
    unsure: int  # pairs left to a person
    decisions: int
    studies: int
    results: int
    extractions: int
    prisma: dict[str, Any]
    statements: tuple[tuple[str, str], ...]  # (the analysis, what it says in words)
    warnings: tuple[tuple[str, ...], ...]  # of each of the statements, in their order
    seconds: float


def run_demo(out: Path, *, log: Log = print) -> DemoReport:
    """Make, or complete, the worked example in the folder `out`; nothing outside of it is written or read.

    Raises DemoError for a folder that something else is in, and where the review's database is another review's.
    """
    started = time.monotonic()
    out = out.absolute()
    if os.environ.get("WORKBENCH_DATABASE_URL", "").strip():
        raise DemoError(
            "WORKBENCH_DATABASE_URL names a database, and the example would be written into it for good. Unset it: the "
            "example then keeps a database of its own."
        )
    _claim(out)
    log(f"The worked example of the rTMS Pain Evidence Workbench, in {out}. It must not be cited.")
    folder, review = _review(out / "review", log)
    with Store.open(folder) as store:
        _own(store)
        for reviewer in REVIEWERS:
            store.add_reviewer(reviewer, by=LEAD)
        served, first, second = _search(store, review, log)
        _import(store, log)
        _duplicates(store, log)
        _screen(store, log)
        _extract(store, folder, log)
        log("Computing effects and pools, drawing the figures.")
        analysed = analyse_review(folder, store, review)
        written = write_results(out / "figures", store, review, analysed)
        counts, prisma = store.counts(), prisma_counts(store, review)
        report = DemoReport(
            out=out,
            review=folder,
            figures=out / "figures",
            written=tuple(written),
            served=served,
            first=first,
            second=second,
            imported=counts.by_source[OTHER],
            duplicates=sum(len(found.record_keys) > 1 for found in store.reports()),
            unsure=counts.unsure_pairs,
            decisions=counts.decisions,
            studies=counts.studies,
            results=counts.results,
            extractions=counts.extractions,
            prisma=prisma,
            statements=tuple((f"{item.title}, {_window(item.window_label)}", item.statement) for item in analysed),
            warnings=tuple(item.warnings for item in analysed),
            seconds=time.monotonic() - started,
        )
    _tell(report, log)
    return report


# ------------------------------------------------------------------------------------------ the folder and its review


def _claim(out: Path) -> None:
    """Make the folder ours, or see that it is: one that holds anything else is refused and left as it is."""
    marker, content = out / MARKER, json.dumps({"worked_example": _version()}) + "\n"
    if marker.is_file():
        if marker.read_text(encoding="utf-8") != content:
            raise DemoError(
                f"{out} holds the worked example of another version of the workbench. Remove that folder, or name "
                "another with --out."
            )
        return
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DemoError(
            f"{out} is not empty and not a worked example: nothing was changed. Name another folder with --out."
        )
    out.mkdir(parents=True, exist_ok=True)
    marker.write_text(content, encoding="utf-8")


def _version() -> str:
    digest = hashlib.sha256()
    for path in sorted(DATA.iterdir()):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _review(folder: Path, log: Log) -> tuple[Path, ReviewDefinition]:
    if not (folder / "review.yaml").exists():
        init_review(folder, "rtms-pain")
        log("Made a review from the template rtms-pain.")
    if not load_review(folder).example:
        mark_as_example(folder)
        log("Gave it the example's settings: the notice, and strategies without the filter for randomised trials.")
    return folder, load_review(folder)


def _own(store: Store) -> None:
    """The example must not be mixed into another review (WORKBENCH_DATABASE_URL may name a team's database)."""
    people = {person.name for person in store.reviewers()}
    strangers = people - {ANNA, BEN, LEAD} or (store.counts().records and ANNA not in people)
    if strangers:
        raise DemoError(
            f"the database {store.name} holds another review. Unset WORKBENCH_DATABASE_URL: then the example keeps a "
            "database of its own."
        )


# ------------------------------------------------------------------------------------------ from sources to reports


def _search(
    store: Store, review: ReviewDefinition, log: Log
) -> tuple[int, tuple[SearchRun, ...], tuple[SearchRun, ...]]:
    """Refresh twice against a local server; the rate limit is for NCBI, on this machine there is none."""
    with LocalServer([DATA / "records.xml"]) as server:
        log(f"A local E-utilities server serves {len(server.pmids)} records at {server.base_url}")
        pubmed = PubMed(Transport(base_url=server.base_url, rate=math.inf))
        first = run_refresh(store, review, pubmed, by=LEAD, tell=lambda line: log(f"  {line}"))
        log("The same refresh again:")
        second = run_refresh(store, review, pubmed, by=LEAD)
        served = len(server.pmids)
    for run in (*first, *second):
        if run.status != "complete":
            raise DemoError(f"the search {run.strategy} failed: {run.error}")
    log(f"  {sum(run.new for run in second)} new, {sum(run.changed for run in second)} changed.")
    return served, first, second


def _import(store: Store, log: Log) -> None:
    if any(run.source == OTHER and run.status == "complete" for run in store.searches()):
        return
    (imported,) = import_files(store, [DATA / "other_sources.csv"], source=OTHER, kind="other", by=LEAD)
    log(f"Imported {imported.read} records that were found elsewhere than in PubMed.")


def _duplicates(store: Store, log: Log) -> None:
    found = deduplicate(store, by=LEAD)
    log(f"Found {found.groups} reports with several records; left to you: {found.unsure} unsure pair(s).")


# ------------------------------------------------------------------------------------------ screening and extraction


def _screen(store: Store, log: Log) -> None:
    known = {decision.id for decision in store.decisions()}
    fresh = [decision for decision in _decisions() if decision.id not in known]
    for decision in fresh:
        store.add_decision(decision)
    log(f"Recorded {len(fresh)} screening decisions of two reviewers, and of a third who settled most conflicts.")


def _decisions() -> Iterator[Decision]:
    with (DATA / "decisions.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Decision(
                id=_id("decision", row["report"], row["stage"], row["reviewer"], row["resolution"]),
                report=row["report"],
                stage=Stage(row["stage"]),
                reviewer=row["reviewer"],
                verdict=Verdict(row["verdict"]),
                reason=row["reason"] or None,
                indications=tuple(row["indications"].split()),
                note=row["note"],
                decided_at=datetime.now(UTC),
                resolution=row["resolution"] == "yes",
            )


def _extract(store: Store, folder: Path, log: Log) -> None:
    forms = load_forms(folder / "extraction_forms")
    for name, form in forms.items():
        store.add_form(name, form.version, form.model_dump_json(indent=1), by=LEAD)
    studies = {study.id for study in store.studies()}
    known = {extraction.id for extraction in store.extractions()}
    slots = {slot.id for slot in store.results()}
    content = yaml.safe_load((DATA / "extractions.yaml").read_text(encoding="utf-8"))
    fresh = 0
    for entry in content["studies"]:
        study = _id("study", entry["key"])
        if study not in studies:
            store.add_study(
                Study(
                    id=study,
                    label=entry["label"],
                    reports=tuple(entry["reports"]),
                    created_by=ANNA,
                    created_at=datetime.now(UTC),
                )
            )
        for result in entry["results"]:
            slot = _id("result", result["result"])
            if slot not in slots:
                indication = result["answers"]["primary_indication"]
                store.add_result(study, result["form"], indication, label=_label(result["answers"]), by=ANNA, id=slot)
            for extraction in _extractions(study, slot, result, forms[result["form"]].version):
                if extraction.id not in known:
                    store.add_extraction(extraction)
                    fresh += 1
    log(f"Recorded {fresh} extractions of {sum(len(entry['results']) for entry in content['studies'])} results.")


def _extractions(study: str, slot: str, result: dict[str, Any], version: int) -> Iterator[Extraction]:
    """Anna's answers; Ben's, which differ where `second` says; and the lead's, where the difference was settled."""
    answers = result["answers"]
    authors: list[tuple[str, dict[str, Any], str]] = [(ANNA, answers, "")]
    if not result.get("waiting"):
        authors.append((BEN, {**answers, **result.get("second", {})}, ""))
    if "settled" in result:
        authors.append((LEAD, answers, result["settled"]))
    for extractor, said, note in authors:
        yield Extraction(
            id=_id("extraction", result["result"], extractor),
            study=study,
            result=slot,
            form=result["form"],
            form_version=version,
            extractor=extractor,
            answers=said,
            state="final",
            role="consensus" if extractor == LEAD else "extractor",
            recorded_at=datetime.now(UTC),
            note=note,
        )


def _label(answers: dict[str, Any]) -> str:
    when = answers["time_label"]
    at = when if isinstance(when, str) else "time not reported"
    return f"{answers['active_label']} v {answers['comparator_label']}, {answers['instrument']}, {at}"


def _id(*parts: str) -> str:
    """The same id for the same fact in every run, so that repeating a step adds nothing."""
    return str(uuid.uuid5(_IDS, "/".join(parts)))


# ------------------------------------------------------------------------------------------ telling


def _window(label: str) -> str:
    return f"{label[:1].lower()}{label[1:]}"


def _tell(report: DemoReport, log: Log) -> None:
    flow = report.prisma
    log(
        f"The review holds {flow['database_results'] + flow['other_results']} records in "
        f"{flow['records_screened'] + flow['other_records_screened']} reports, "
        f"{report.studies} studies with {report.results} results; {flow['undecided']} reports wait for a decision."
    )
    log("What the numbers say, by indication and outcome:")
    for (title, statement), warnings in zip(report.statements, report.warnings, strict=True):
        log(f"  {title}: {statement}")
        for warning in warnings:
            log(f"    ! {warning}")
    log(f"Figures and tables: {report.figures / 'index.html'} ({len(report.written)} files, {report.seconds:.1f} s)")
    log(f"The review: {report.review} (workbench serve --review {report.review})")
