"""Small reviews for the tests of the app: a folder with settings and a database, filled through the store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from ingest.record import Record
from workbench.extraction import Extraction, Study
from workbench.review import init_review
from workbench.screening import Verdict, decide
from workbench.store import Reviewer, Store

THEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOSTILE_TITLE = "rTMS <script>alert(1)</script> **bold** $x^2$ :red[red] <b>b</b> `code` trial"
HOSTILE_ABSTRACT = (
    "BACKGROUND: <img src=x onerror=alert(1)> **bold** $a$ and $b$ :smile: [link](javascript:alert(1))\n"
    "METHODS: sham <iframe src='https://example.org'></iframe> & more"
)
NEUROPATHIC = "neuropathic_pain"


def make_review(
    folder: Path,
    *,
    reviewers: int = 2,
    extractors: int = 2,
    example: bool = False,
    ranking: bool = False,
    screening: dict[str, Any] | None = None,
) -> Path:
    """A review from the template, with as many votes and extractors as the test needs.

    screening: further keys of that part of its settings.

    ranking: records come in a learned order; a process of its own works it out, so only where the test is about it.
    """
    init_review(folder)
    file = folder / "review.yaml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings.setdefault("screening", {})["reviewers_needed"] = reviewers
    settings["screening"] |= {"ranking": ranking} | (screening or {})
    settings.setdefault("extraction", {})["extractors_needed"] = extractors
    settings["example"] = example
    file.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder


def add_people(store: Store) -> None:
    """A lead and two reviewers."""
    for reviewer in (
        Reviewer(name="ada", display="Ada Example", role="lead"),
        Reviewer(name="ben", display="Ben Example"),
        Reviewer(name="cleo", display="Cleo Example"),
    ):
        store.add_reviewer(reviewer, now=THEN)


def record(number: int, **fields: Any) -> Record:
    """A made-up record as PubMed would give it."""
    return Record(
        **{
            "source": "pubmed",
            "source_id": str(number),
            "pmid": str(number),
            "title": f"Motor cortex stimulation for pain, trial {number}",
            "abstract": f"BACKGROUND: Pain lasts.\nMETHODS: Ten hertz or sham in {number} people.\nRESULTS: Less pain.",
            "authors": ("Doe Jane", "Roe Richard"),
            "journal": "Journal of made-up trials",
            "year": 2020,
            "doi": f"10.1000/made.up.{number}",
            "publication_types": ("Randomized Controlled Trial",),
            **fields,
        }
    )


def add_records(store: Store, numbers: range | tuple[int, ...], *, indication: str = NEUROPATHIC, **fields: Any) -> int:
    """Records that a complete search for an indication brought; gives the run."""
    run = store.begin_search(indication, "rTMS AND pain", THEN, indication=indication)
    store.add_records(run, indication, [(record(number, **fields), None) for number in numbers], now=THEN)
    store.finish_search(run, count=len(numbers), translation='"pain"[MeSH Terms]', requests=2, now=THEN)
    return run


def vote(store: Store, number: int, reviewer: str, verdict: Verdict, *, later: int = 0, **fields: Any) -> None:
    """One decision on one record."""
    now = THEN + timedelta(hours=1 + later)
    store.add_decision(
        decide(f"pubmed:{number}", reviewer, verdict, indications=(NEUROPATHIC,), now=now, **fields), now=now
    )


def include(store: Store, number: int, *reviewers: str) -> None:
    """Everybody named includes the record."""
    for reviewer in reviewers:
        vote(store, number, reviewer, Verdict.INCLUDE)


ANSWERS: dict[str, Any] = {
    "study_label": "Doe 2020",
    "design": "parallel",
    "indications": [NEUROPATHIC],
    "primary_indication": NEUROPATHIC,
    "active_label": "10 Hz rTMS, left M1",
    "comparator_label": "sham coil",
    "stim_target": "M1",
    "stim_pattern": "rTMS",
    "stim_frequency_hz": 10.0,
    "sham_type": "sham coil",
    "outcome": "pain_intensity",
    "instrument": "VAS 0-10",
    "direction": "lower is better",
    "statistic": "final value",
    "time_label": "end of treatment",
    "days_after_treatment": 0.0,
    "n_active": 20,
    "mean_active": 4.0,
    "spread_active": 1.5,
    "n_comparator": 19,
    "mean_comparator": 5.5,
    "spread_comparator": 1.6,
    "spread_kind": "SD",
    "quote": "Mean pain was 4.0 (SD 1.5) after rTMS and 5.5 (SD 1.6) after sham.",
    "page": "Table 2",
    "certainty": "arm data",
}


def add_study(store: Store, number: int, label: str) -> str:
    """A study of one report; gives its id."""
    study = f"study-{number}"
    store.add_study(Study(id=study, label=label, reports=(f"pubmed:{number}",), created_by="ada", created_at=THEN))
    return study


def add_result(store: Store, study: str, form: str = "parallel_means", indication: str = NEUROPATHIC) -> str:
    """A place for a result of a study; gives its id."""
    return store.add_result(study, form, indication, by="ada", id=f"result-of-{study}", now=THEN).id


def extract(
    store: Store,
    study: str,
    result: str,
    extractor: str,
    *,
    state: str = "final",
    hours: int = 2,
    version: int = 1,
    **answers: Any,
) -> Extraction:
    """One extractor's answers, as a revision."""
    given = {key: answer for key, answer in (ANSWERS | answers).items() if answer is not None}
    return store.add_extraction(
        Extraction(
            id=f"{result}-{extractor}-{hours}",
            study=study,
            result=result,
            form="parallel_means",
            form_version=version,
            extractor=extractor,
            answers=given,
            state=state,  # type: ignore[arg-type]
            recorded_at=THEN + timedelta(hours=hours),
        )
    )


def settled_studies(store: Store, labels: tuple[str, ...] = ("Doe 2020", "Roe 2021", "Poe 2022")) -> None:
    """Included studies with one agreed result each."""
    add_records(store, range(1, len(labels) + 1))
    for number, label in enumerate(labels, start=1):
        include(store, number, "ada", "ben")
        study = add_study(store, number, label)
        result = add_result(store, study)
        for extractor in ("ada", "ben"):
            extract(store, study, result, extractor, study_label=label, mean_active=4.0 + number / 4)
