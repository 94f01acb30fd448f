"""A small review of invented trials, for pictures of pages that the worked example has nothing to show on.

Every name, sentence and number is made up, and the review says so on every page.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from ingest.record import Record
from workbench.extraction import Extraction, Study
from workbench.review import init_review
from workbench.risk_of_bias import Appraisal, Assessment, Override, Quote, Risk, as_json
from workbench.screening import Verdict, decide
from workbench.store import Reviewer, Store

THEN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PAIN = "neuropathic_pain"
LEAD, SECOND = "ada", "ben"
NOTICE = "Invented trials, invented people: this review only shows how the pages look."
TRIALS = ("Aster 2019", "Birch 2020", "Cedar 2021", "Dahlia 2022", "Elder 2023", "Fern 2024")
ARTICLE = """<article><front><article-meta><title-group><article-title>Motor cortex stimulation for neuropathic pain: an
invented trial</article-title></title-group><abstract><p>Forty invented people had ten sessions of 10 Hz stimulation or
sham.</p></abstract></article-meta></front><body>
<sec><title>Methods</title><p>Forty people were randomised by a computer list that an independent pharmacist kept. The
coil stood over the left motor cortex, found by neuronavigation. Each session gave 2000 pulses at 10 Hz in 40 trains
of 5 seconds, at 90% of the resting motor threshold. The sham coil clicked and looked the same.</p></sec>
<sec><title>Results</title><p>All participants finished the ten sessions. At the end of treatment mean pain was 4.1 (SD
1.5) after stimulation and 5.9 (SD 1.4) after sham. Nobody had a seizure.</p>
<table-wrap><label>Table 2</label><caption><title>Pain (0-10) at each visit, mean ± SD</title></caption><table><thead>
<tr><th>Visit</th><th>rTMS (n = 20)</th><th>Sham (n = 20)</th></tr></thead><tbody>
<tr><td>Baseline</td><td>6.8 ± 1.3</td><td>6.7 ± 1.2</td></tr>
<tr><td>End of treatment</td><td>4.1 ± 1.5</td><td>5.9 ± 1.4</td></tr>
<tr><td>Four weeks</td><td>4.8 ± 1.7</td><td>6.1 ± 1.5</td></tr></tbody></table></table-wrap></sec></body></article>"""
TRIAL: dict[str, Any] = {
    "study_label": TRIALS[0],
    "design": "parallel",
    "indications": [PAIN],
    "primary_indication": PAIN,
    "conditions": ["neuropathic peripheral"],
    "n_randomised": 40,
    "n_women": 22,
    "arms": [
        {"_row": "r1", "label": "10 Hz, left M1", "role": "active", "randomised": 20, "analysed": 20, "drop_outs": 0},
        {"_row": "r2", "label": "Sham coil", "role": "sham", "randomised": 20, "analysed": 20, "drop_outs": 0},
    ],
    "stimulation": [
        {
            "_row": "r1",
            "stim_target": "M1",
            "stim_pattern": "rTMS",
            "stim_frequency_hz": 10,
            "stim_intensity_percent": 90,
            "stim_trains": 40,
            "stim_train_seconds": 5,
            "stim_pulses_session": 2000,
            "stim_sessions": 10,
        }
    ],
    "sham_type": "sham coil",
}
RESULT: dict[str, Any] = {
    "study_label": TRIALS[0],
    "design": "parallel",
    "indications": [PAIN],
    "primary_indication": PAIN,
    "active_label": "10 Hz, left M1",
    "comparator_label": "Sham coil",
    "stim_target": "M1",
    "stim_pattern": "rTMS",
    "stim_frequency_hz": 10,
    "sham_type": "sham coil",
    "outcome": "pain_intensity",
    "instrument": "NRS 0-10",
    "scale_low": 0,
    "scale_high": 10,
    "direction": "lower is better",
    "statistic": "final value",
    "time_label": "end of treatment",
    "days_after_treatment": 0,
    "n_active": 20,
    "mean_active": 4.1,
    "spread_active": 1.5,
    "n_comparator": 20,
    "mean_comparator": 5.9,
    "spread_comparator": 1.4,
    "spread_kind": "SD",
    "certainty": "arm data",
}
QUOTE = "At the end of treatment mean pain was 4.1 (SD 1.5) after stimulation and 5.9 (SD 1.4) after sham."
SHEET = """Study;Year;Target;Frequency (Hz);Sessions;Outcome;Follow-up;N rTMS;Mean rTMS;SD rTMS;N sham;Mean sham;SD sham
Larch;2018;left M1;10;10;VAS pain;end of treatment;20;4,1;1,5;20;5,9;1,4
Larch;2018;left M1;10;10;VAS pain;4 weeks;19;4,8;1,7;20;6,1;1,5
Maple;2021;left DLPFC;10;20;VAS pain;end of treatment;25;3,9;1,9;n.r.;5,2;2,0
Oak;2022;left M1;20;5;VAS pain;end of treatment;18;4.4;approx 2;17;5.0;1.8
"""
ANSWERS = {
    "1.1": "Y", "1.2": "Y", "1.3": "N", "2.1": "N", "2.2": "PN", "2.6": "Y", "3.1": "PY",
    "4.1": "N", "4.2": "N", "4.3": "N", "5.1": "Y", "5.2": "N", "5.3": "PN",
}  # fmt: skip
SOME_TWICE = (2, 5)  # of the trials, counted from 1: two domains with some concerns
OTHERWISE: tuple[dict[str, str], ...] = (
    {},
    {"1.2": "NI", "5.1": "NI"},
    {"3.1": "N", "3.2": "N", "3.3": "Y", "3.4": "PY"},
    {"5.1": "NI"},
    {"1.1": "NI", "1.2": "NI", "1.3": "N", "4.3": "Y", "4.4": "PY", "4.5": "N"},
    {"2.1": "Y", "2.3": "PN", "1.2": "N"},
)


def make(folder: Path) -> Path:
    """The review: one trial to extract, with its article; all of them appraised."""
    init_review(folder)
    file = folder / "review.yaml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings["notice"] = NOTICE
    settings["screening"] |= {"reviewers_needed": 1, "ranking": False}
    file.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    with Store.open(folder) as store:
        store.add_reviewer(Reviewer(name=LEAD, display="Ada Example", role="lead"), now=THEN)
        store.add_reviewer(Reviewer(name=SECOND, display="Ben Example"), now=THEN)
        _studies(store)
        name = "aster-2019.xml"
        store.add_full_text(name, "pubmed:1", name, "application/xml", ARTICLE.encode(), by=LEAD)
        trial = store.add_result("study-1", "trial", None, by=LEAD, id="trial-1", now=THEN).id
        for who in (LEAD, SECOND):
            _extract(store, trial, "trial", who, TRIAL)
        for number in range(1, len(TRIALS) + 1):
            study = f"study-{number}"
            result = store.add_result(study, "parallel_means", PAIN, by=LEAD, id=f"result-{number}", now=THEN).id
            changed = {"study_label": TRIALS[number - 1], "mean_active": round(3.8 + 0.3 * number, 1)}
            if number > 1:
                for who in (LEAD, SECOND):
                    source = {"quote": QUOTE, "page": "Results"}
                    _extract(store, result, "parallel_means", who, RESULT | changed | source)
                    _appraise(store, study, result, who, OTHERWISE[number - 1], weigh=number in SOME_TWICE)
        _extract(store, "result-1", "parallel_means", LEAD, RESULT, state="draft")
        store.set_preference(LEAD, "studies:study", "study-1")
        store.set_preference(LEAD, "studies:result", "result-1")
    return folder


def _studies(store: Store) -> None:
    run = store.begin_search(PAIN, "an invented search", THEN, indication=PAIN)
    records = [
        Record(
            source="pubmed",
            source_id=str(number),
            pmid=str(number),
            title=f"Motor cortex stimulation for neuropathic pain: an invented trial, number {number}",
            abstract="BACKGROUND: This abstract is invented.",
            authors=(f"{label.split()[0]} A",),
            journal="Journal of invented trials",
            year=int(label.split()[1]),
        )
        for number, label in enumerate(TRIALS, start=1)
    ]
    store.add_records(run, PAIN, [(record, None) for record in records], now=THEN)
    store.finish_search(run, count=len(records), translation="an invented search", requests=2, now=THEN)
    for number, label in enumerate(TRIALS, start=1):
        later = THEN + timedelta(hours=1)
        store.add_decision(decide(f"pubmed:{number}", LEAD, Verdict.INCLUDE, indications=(PAIN,), now=later), now=later)
        store.add_study(
            Study(id=f"study-{number}", label=label, reports=(f"pubmed:{number}",), created_by=LEAD, created_at=later)
        )


def _extract(store: Store, result: str, form: str, who: str, answers: dict[str, Any], *, state: str = "final") -> None:
    store.add_extraction(
        Extraction(
            id=f"{result}-{who}",
            study=f"study-{result.rpartition('-')[2]}",
            result=result,
            form=form,
            form_version=1,
            extractor=who,
            answers=answers,
            state=state,  # type: ignore[arg-type]
            recorded_at=THEN + timedelta(hours=2),
        )
    )


def _appraise(store: Store, study: str, result: str, who: str, changed: dict[str, str], *, weigh: bool) -> None:
    source = Quote(quote="randomised by a computer list that an independent pharmacist kept", page="Methods")
    weighed = Override(risk=Risk.SOME, reason="Two domains with some concerns; neither is likely to be large.")
    said = Assessment(
        variant="parallel-assignment",
        answers=ANSWERS | changed,
        quotes={"1.1": source},
        overrides={"overall": weighed} if weigh else {},
    )
    store.add_appraisal(
        Appraisal(
            id=f"rob-{result}-{who}",
            study=study,
            result=result,
            appraiser=who,
            answers=as_json(said),
            state="final",
            recorded_at=THEN + timedelta(hours=3),
        )
    )
