"""Make the data of the worked example, `workbench/demo/data/`, from the shared reference material.

Run in the project's folder: `python tools/build_demo_data.py` (`--check` compares instead of writing; exit code 1 says
that the shipped files are not what this would write). Reads `../shared/data` (or `$WORKBENCH_SHARED/data`),
`tools/demo_bibliography.yaml` and `tools/demo_plan.yaml`. Nothing here runs in the product.

Numbers come from the two tables of rtms_pain_trials by row; titles, authors, journals and identifiers are facts from
tms_pubmed_records and the bibliography. No abstract is read or written.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import html
import io
import json
import math
import os
import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
SHARED = Path(os.environ.get("WORKBENCH_SHARED", HERE.parent.parent / "shared")) / "data"
OUT = HERE.parent / "workbench" / "demo" / "data"

SUMMARY_LABEL = "SUMMARY WRITTEN FOR THIS EXAMPLE"
NOT_REPORTED = {"not_reported": True}
# Titles of TMS records that a pain search brings; the last three words keep plainly unrelated records in the source,
# which the strategies then do not find.
PAIN = re.compile(r"\bpain|migrain|fibromy|neuralg|neuropathic|headache|nocicep|phantom|CRPS", re.I)
UNRELATED = ("14652102", "15294215", "21945231", "26003229", "16254224", "27425785", "23978513", "26778719", "30022548")
# Served, but not found by the example's strategies: no word of the search is in their titles.
NOT_FOUND = (
    *UNRELATED, "15621369", "15948565", "21781310", "23693159", "24815594",
    "27014012", "27124022", "28124436", "28463574", "28850499",
)  # fmt: skip

DAYS_NOTES = {
    "first": "Time point 1 of 4, not named by the source; taken as the end of treatment.",
    "later": "A later time point that the source does not name: no day is given, so it enters no time window.",
    "after": "Printed as after treatment; taken as its end.",
    "month": "One month, taken as 30 days; from when it counts is not said.",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the shipped files, write nothing")
    check = parser.parse_args().check
    different = []
    for name, content in build().items():
        path = OUT / name
        if check:
            if not path.exists() or path.read_bytes() != content:
                different.append(name)
        else:
            OUT.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    if different:
        print("not as the shared material gives them:", ", ".join(different), file=sys.stderr)
    return 1 if different else 0


def build() -> dict[str, bytes]:
    """Every shipped file by name."""
    bibliography = _load_yaml("demo_bibliography.yaml")
    plan = _load_yaml("demo_plan.yaml")
    records = list(_pubmed_records(bibliography))
    other = [entry for entry in bibliography if entry["where"] == "other"]
    titles = {f"pubmed:{record['id']}": record["title"] for record in records}
    titles |= {f"other:{entry['id']}": _title(entry) for entry in other}
    not_found = {f"pubmed:{pmid}" for pmid in NOT_FOUND}
    same = {f"other:{entry['id']}" for entry in other if "same_as" in entry}
    screened = {key: title for key, title in titles.items() if key not in same | not_found}
    return {
        "records.xml": records_xml(records),
        "other_sources.csv": other_sources_csv(other),
        "decisions.csv": decisions_csv(plan, screened),
        "extractions.yaml": extractions_yaml(plan, Rows.read()),
    }


# ---------------------------------------------------------------------------------------------------- records


def _pubmed_records(bibliography: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The records that the local server holds, in the order of their PMIDs."""
    trials = {entry["id"]: entry for entry in bibliography if entry["where"] == "pubmed"}
    summaries = {
        "30952795": "Central neuropathic pain, 98 people completed, deep rTMS of insula or cingulate or sham. Pain "
        "ratings did not differ; no means are at hand.",
        "23579183": "Neuropathic pain after spinal cord injury, 16 people (18 in a review), single sessions over hand "
        "or leg area and sham. No spread is given.",
        "24865417": "Myofascial pain, 12 and 12 people, ten sessions of 10 Hz rTMS or sham: daily pain lower by 30 "
        "percent points (interval 21 to 39).",
    }
    merged = {}
    with gzip.open(SHARED / "tms_pubmed_records" / "records.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            pmid = str(entry["PMID"])
            if PAIN.search(entry["Title"]) or pmid in UNRELATED:
                merged[pmid] = _tms_record(entry) | ({"summary": summaries[pmid]} if pmid in summaries else {})
    merged |= {pmid: {**entry, "title": _title(entry)} for pmid, entry in trials.items()}
    for pmid in sorted(merged, key=int):
        yield merged[pmid]


def _tms_record(entry: Mapping[str, Any]) -> dict[str, Any]:
    authors = entry["Authors"]
    start, end = entry["StartPage"] or "", entry["EndPage"] or ""
    return {
        "id": str(entry["PMID"]),
        "title": html.unescape(entry["Title"]),
        "journal": html.unescape(entry["Jrnl"] or ""),
        "journal_title": html.unescape(entry["Journal"] or ""),
        "year": entry["Year"],
        "month": entry["Month"] or "",
        "volume": entry["Volume"] or "",
        "issue": entry["Issue"] or "",
        "pages": f"{start}-{end}" if end and end != start else start,
        "doi": entry["DOI"] or "",
        "language": entry["Language"],
        "names": [
            (html.unescape(last), html.unescape(fore or ""), html.unescape(initials or ""))
            for last, fore, initials in zip(
                _listed(authors.get("LastName")), _listed(authors.get("ForeName")), _listed(authors.get("Initials")),
                strict=True,
            )
        ],
    }  # fmt: skip


def _listed(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _title(entry: Mapping[str, Any]) -> str:
    """The printed title; where it is not held, a description that says so and cannot be taken for one."""
    if "title" in entry:
        return str(entry["title"])
    who = str((entry.get("authors") or ["authors not shown"])[0])
    first = who.split(" / ")[0]
    when = f" {entry['year']}" if "year" in entry else ""
    return f"[Title not held in this example: {first}{when}, {entry['about']}]"


def records_xml(records: Iterable[Mapping[str, Any]]) -> bytes:
    """A PubmedArticleSet of bibliographic facts; no MeSH, no publication types and no dates that are not known."""
    root = ET.Element("PubmedArticleSet")
    for record in records:
        article_element = ET.SubElement(root, "PubmedArticle")
        citation = ET.SubElement(article_element, "MedlineCitation", Status="PubMed-not-MEDLINE", Owner="NLM")
        _text(citation, "PMID", record["id"], Version="1")
        article = ET.SubElement(citation, "Article", PubModel="Print")
        journal = ET.SubElement(article, "Journal")
        issue = ET.SubElement(journal, "JournalIssue", CitedMedium="Internet")
        for tag, key in (("Volume", "volume"), ("Issue", "issue")):
            _text(issue, tag, record.get(key, ""))
        date = ET.SubElement(issue, "PubDate")
        _text(date, "Year", str(record.get("year", "")))
        _text(date, "Month", record.get("month", ""))
        _text(journal, "Title", record.get("journal_title") or record.get("journal", ""))
        _text(journal, "ISOAbbreviation", record.get("journal", ""))
        _text(article, "ArticleTitle", record["title"])
        if record.get("pages"):
            _text(ET.SubElement(article, "Pagination"), "MedlinePgn", record["pages"])
        if record.get("doi"):
            _text(article, "ELocationID", record["doi"].lower(), EIdType="doi", ValidYN="Y")
        if record.get("summary"):
            _text(ET.SubElement(article, "Abstract"), "AbstractText", record["summary"], Label=SUMMARY_LABEL)
        _authors(article, record)
        _text(article, "Language", record.get("language", "eng"))
        if record.get("registry"):
            bank = ET.SubElement(ET.SubElement(article, "DataBankList", CompleteYN="Y"), "DataBank")
            _text(bank, "DataBankName", "ClinicalTrials.gov" if record["registry"].startswith("NCT") else "CTRI")
            _text(ET.SubElement(bank, "AccessionNumberList"), "AccessionNumber", record["registry"])
        ET.SubElement(article, "PublicationTypeList")
        if record.get("journal"):
            _text(ET.SubElement(citation, "MedlineJournalInfo"), "MedlineTA", record["journal"])
        data = ET.SubElement(article_element, "PubmedData")
        _text(data, "PublicationStatus", "ppublish")
        identifiers = ET.SubElement(data, "ArticleIdList")
        _text(identifiers, "ArticleId", record["id"], IdType="pubmed")
        if record.get("doi"):
            _text(identifiers, "ArticleId", record["doi"].lower(), IdType="doi")
        if record.get("pmcid"):
            _text(identifiers, "ArticleId", record["pmcid"], IdType="pmc")
    ET.indent(root, " ")
    comment = (
        "<!-- Bibliographic facts for the worked example of the rTMS Pain Evidence Workbench. Not a PubMed download: "
        "abstracts are left out, and what stands in their place was written for this example. -->\n"
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n' + comment + ET.tostring(root, encoding="unicode") + "\n"
    ).encode()


def _authors(article: ET.Element, record: Mapping[str, Any]) -> None:
    names = list(record.get("names") or [])
    listed = list(record.get("authors") or [])
    complete = "et al" not in listed
    for name in (name for name in listed if name != "et al"):
        last, _, fore = name.partition(" ")
        if last in ("de", "Lefaucheur"):  # a particle belongs to the family name; a hyphenated initial follows it
            last, _, fore = name.rpartition(" ") if last == "Lefaucheur" else _particle(name)
        names.append((last, fore, ""))
    if not names:
        return
    people = ET.SubElement(article, "AuthorList", CompleteYN="Y" if complete else "N")
    for last, fore, initials in names:
        author = ET.SubElement(people, "Author", ValidYN="Y")
        _text(author, "LastName", last)
        _text(author, "ForeName", fore)
        _text(author, "Initials", initials)


def _particle(name: str) -> tuple[str, str, str]:
    particle, family, *fore = name.split()
    return f"{particle} {family}", " ", " ".join(fore)


def _text(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    if text:
        ET.SubElement(parent, tag, attributes).text = text


def other_sources_csv(entries: Iterable[Mapping[str, Any]]) -> bytes:
    """Records found elsewhere than PubMed, for the import of a table by its column names."""
    names = ("ID", "title", "authors", "year", "journal", "volume", "issue", "pages", "doi", "abstract", "address")
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=names, lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        summary = entry.get("summary", "")
        writer.writerow(
            {
                **{
                    key: entry.get(key, "") for key in ("year", "journal", "volume", "issue", "pages", "doi", "address")
                },
                "ID": entry["id"],
                "title": _title(entry),
                "authors": "; ".join(name for name in entry.get("authors", []) if name != "et al"),
                "abstract": f"{SUMMARY_LABEL}: {summary}" if summary else "",
            }
        )
    return buffer.getvalue().encode()


# ---------------------------------------------------------------------------------------------------- screening


def decisions_csv(plan: Mapping[str, Any], titles: Mapping[str, str]) -> bytes:
    """Every recorded decision: two reviewers, a third who settles, at title/abstract and at full text."""
    rows = sorted(_decisions(plan, titles), key=lambda row: (row["stage"] == "full_text", row["resolution"] == "yes"))
    names = ("report", "stage", "reviewer", "verdict", "reason", "indications", "note", "resolution")
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue().encode()


def _decisions(plan: Mapping[str, Any], titles: Mapping[str, str]) -> Iterator[dict[str, str]]:
    anna, ben, lead = "example-anna", "example-ben", "example-lead"
    seen: set[str] = set()
    conflicts = {entry["report"]: entry for entry in plan["conflicts"]}
    for study in [*plan["studies"], *plan["without_numbers"]]:
        for report in study["reports"]:
            for who in (anna, ben):
                if report not in conflicts:
                    yield _decision(report, who, "include", indications=study["indications"])
            for who in (anna, ben):
                yield _decision(report, who, "include", stage="full_text", indications=study["indications"])
            seen.add(report)
    for entry in plan["sought"]:
        yield _decision(entry["report"], anna, "include", indications=entry["indications"])
        yield _decision(entry["report"], ben, entry.get("second", "include"), indications=entry["indications"])
        if "full_text" in entry:
            for who in (anna, ben):
                note = entry["full_text_note"]
                yield _decision(
                    entry["report"], who, "exclude", stage="full_text", reason=entry["full_text"], note=note
                )
        seen.add(entry["report"])
    for report, entry in conflicts.items():
        yield _decision(report, anna, entry["anna"], indications=entry["indications"])
        yield _decision(report, ben, "exclude", reason=entry["reason"])
        if "resolved" in entry:
            kept = entry["resolved"] == "include"
            yield _decision(
                report, lead, entry["resolved"], note=entry["why"], resolution="yes",
                indications=entry["indications"] if kept else [], reason="" if kept else entry["reason"],
            )  # fmt: skip
        seen.add(report)
    for entry in plan["excluded"]:
        for who in (anna, ben):
            yield _decision(entry["report"], who, "exclude", reason=entry["reason"])
        seen.add(entry["report"])
    unknown = (seen | set(plan["undecided"]) | set(plan["half_decided"])) - titles.keys()
    if unknown:
        raise ValueError(f"the plan names reports that are no record: {sorted(unknown)}")
    for report, title in titles.items():
        if report in seen or report in plan["undecided"]:
            continue
        reason = next(rule["reason"] for rule in plan["patterns"] if re.search(rule["title"], title, re.I))
        yield _decision(report, anna, "exclude", reason=reason)
        if report not in plan["half_decided"]:
            yield _decision(report, ben, "exclude", reason=reason)


def _decision(
    report: str, reviewer: str, verdict: str, *, stage: str = "title_abstract", reason: str = "",
    indications: Iterable[str] = (), note: str = "", resolution: str = "",
) -> dict[str, str]:  # fmt: skip
    kept = " ".join(indications) if verdict != "exclude" else ""
    return {
        "report": report, "stage": stage, "reviewer": reviewer, "verdict": verdict, "reason": reason,
        "indications": kept, "note": note, "resolution": resolution,
    }  # fmt: skip


# ---------------------------------------------------------------------------------------------------- extraction


class Rows:
    """The rows of both trial tables by id, and the effects expected of them by row and measure."""

    def __init__(
        self, rows: dict[str, dict[str, str]], effects: dict[tuple[str, str], tuple[float, float, str]]
    ) -> None:
        self.rows = rows
        self.effects = effects

    @classmethod
    def read(cls) -> Rows:
        folder = SHARED / "rtms_pain_trials"
        rows = {}
        for name in ("trials.csv", "trials_by_indication.csv"):
            with (folder / name).open(encoding="utf-8", newline="") as file:
                rows |= {row["row_id"]: row for row in csv.DictReader(file)}
        with (folder / "expected_effects_by_indication.csv").open(encoding="utf-8", newline="") as file:
            effects: dict[tuple[str, str], tuple[float, float, str]] = {}
            for row in csv.DictReader(file):
                effects.setdefault((row["row_id"], row["measure"]), (float(row["yi"]), float(row["vi"]), row["method"]))
        return cls(rows, effects)


class _Plain(yaml.SafeDumper):
    """Writes "not reported" out each time, instead of a reference to the first one."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the name is PyYAML's
        return True


def extractions_yaml(plan: Mapping[str, Any], rows: Rows) -> bytes:
    """Studies with the answers to the extraction forms."""
    studies = []
    for study in plan["studies"]:
        results = [
            _result(study, spec, row_id, rows)
            for spec in study["results"]
            for row_id in (spec["rows"] if "rows" in spec else [spec["row"]])
        ]
        studies.append(
            {
                "key": study["key"],
                "label": study["label"],
                "reports": study["reports"],
                "indications": study["indications"],
                "results": results,
            }
        )
    studies += [
        {**{key: study[key] for key in ("key", "label", "reports", "indications")}, "results": []}
        for study in plan["without_numbers"]
    ]
    head = (
        "# Made by tools/build_demo_data.py from the rows named in each result's notes; see docs/worked-example.md.\n"
        "# answers: what example-anna recorded. second: what example-ben recorded otherwise (none: the same;\n"
        "# `waiting: true`: nothing yet). settled: the consensus of example-lead with its reason; without it the\n"
        "# difference is still open.\n"
    )
    text = yaml.dump({"studies": studies}, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=118)
    return (head + text).encode()


def _result(study: Mapping[str, Any], spec: Mapping[str, Any], row_id: str, rows: Rows) -> dict[str, Any]:
    row = rows.rows[row_id]
    answers = {
        **_study_block(study, spec, row),
        **_contrast_block(spec, row),
        **_stimulation_block(study, spec, row),
        **_outcome_block(spec, row),
        **_numbers(spec, row_id, rows),
        **_source_block(study, spec, row_id, rows),
    }
    result: dict[str, Any] = {"result": row_id, "form": spec["form"]}
    result["answers"] = {key: value for key, value in answers.items() if value not in (None, "")}
    if spec.get("waiting"):
        result["waiting"] = True
    slip = spec.get("slip")
    if slip:
        result["second"] = slip["answers"]
        if not slip.get("open"):
            result["settled"] = slip["why"]
    return result


def _study_block(study: Mapping[str, Any], spec: Mapping[str, Any], row: Mapping[str, str]) -> dict[str, Any]:
    indications = list(spec.get("indications", study["indications"]))
    return {
        "study_label": study["label"],
        "design": study["design"],
        "indications": indications,
        "primary_indication": study["indications"][0],
        "indication_detail": row["indication"],
        "registry_id": row["registry"],
        "country": study.get("country"),
        "n_randomised": study.get("n_randomised"),
    }


def _contrast_block(spec: Mapping[str, Any], row: Mapping[str, str]) -> dict[str, Any]:
    arm = re.search(r"\[(.+)\]", row["study"])
    shared = spec.get("shared")
    return {
        "active_label": arm[1].replace("acupunture", "acupuncture") if arm else "rTMS",
        "comparator_label": row["comparator"],
        "comparator_shared": "yes" if shared else "no",
        "comparator_split": shared,
    }


def _stimulation_block(study: Mapping[str, Any], spec: Mapping[str, Any], row: Mapping[str, str]) -> dict[str, Any]:
    stated = {**study.get("stim", {}), **spec.get("stim", {})}
    intensity = re.search(r"\b(\d{2,3})% (RMT|MT|AMT)\b", row["as_reported"])
    detail = "" if row["target"].startswith("(") else row["target"]
    return {
        "stim_target": stated.get("target") or _target(detail),
        "stim_target_detail": detail,
        "stim_coil": stated.get("coil"),
        "stim_pattern": stated.get("pattern", "rTMS"),
        "stim_frequency_hz": _number(row["frequency_hz"]) or stated.get("frequency_hz"),
        "stim_intensity_percent": int(intensity[1]) if intensity else None,
        "stim_threshold_type": intensity[2] if intensity and intensity[2] != "MT" else None,
        "stim_trains": stated.get("trains"),
        "stim_train_seconds": stated.get("train_seconds"),
        "stim_pulses_session": _count(row["pulses_per_session"]) or stated.get("pulses_session"),
        "stim_sessions": _count(row["sessions"]) or stated.get("sessions"),
        "stim_sessions_week": stated.get("sessions_week"),
        "stim_weeks": stated.get("weeks"),
        "stim_targeting": stated.get("targeting"),
        "stim_maintenance": stated.get("maintenance"),
        "sham_type": spec.get("sham_type", "sham of unknown kind"),
        "sham_sensation_matched": spec.get("blinding"),
        "blinding_assessed": spec.get("blinding"),
    }


def _target(detail: str) -> str | None:
    """The form's word for a target as the row names it; None where the row names none, or several."""
    if not detail or " or " in detail:
        return None
    if "DLPFC" in detail:
        side = next((side for side in ("left", "right") if side in detail), None)
        return f"{side} DLPFC" if side else "DLPFC, both or side not said"
    return "M1" if "M1" in detail else "other"


def _outcome_block(spec: Mapping[str, Any], row: Mapping[str, str]) -> dict[str, Any]:
    lower = row["direction"] in ("lower = better", "more negative = better")
    test = "test" in spec  # no estimate: its sign cannot mislead, and the favoured arm is recorded
    binary = spec["form"] == "events" or spec.get("measure") in ("OR", "RR", "RD")
    return {
        "outcome": spec["outcome"],
        "instrument": spec["instrument"],
        "direction": None
        if binary
        else spec.get("direction") or ("lower is better" if lower or test else "higher is better"),
        "time_label": row["timepoint"] or NOT_REPORTED,
        "days_after_treatment": spec.get("days", NOT_REPORTED),
        "statistic": None if binary else spec.get("statistic", "final value"),
        "washout_days": spec.get("washout_days"),
    }


def _numbers(spec: Mapping[str, Any], row_id: str, rows: Rows) -> dict[str, Any]:
    row = rows.rows[row_id]
    people = {"n_active": _count(row["n_treat"]), "n_comparator": _count(row["n_ctrl"])}
    if spec["form"] == "events":
        events = {"events_active": _count(row["events_treat"]), "events_comparator": _count(row["events_ctrl"])}
        return {**people, **events, "event_is": "good"}
    if spec["form"] == "estimate":
        return {**people, **_estimate(spec, row_id, rows)}
    means: dict[str, Any] = {"mean_active": _number(row["mean_treat"]), "mean_comparator": _number(row["mean_ctrl"])}
    if "half_widths" in spec:
        active, comparator = spec["half_widths"]
        means |= {"spread_active": active, "spread_comparator": comparator, "spread_kind": "95% CI half-width"}
    else:
        means |= {"spread_active": _number(row["sd_treat"]), "spread_comparator": _number(row["sd_ctrl"])}
        means["spread_kind"] = "SD"
    for arm, column in (("active", "treat"), ("comparator", "ctrl")):
        means[f"baseline_mean_{arm}"] = _number(row[f"mean_{column}_base"])
        means[f"baseline_sd_{arm}"] = _number(row[f"sd_{column}_base"])
    if spec["form"] == "crossover_means":
        return {"n_analysed": people["n_active"], **means}
    if "assume_n" in spec:
        people = dict.fromkeys(people, spec["assume_n"])
    return {**people, **means, **dict.fromkeys(spec.get("not_reported", ()), NOT_REPORTED)}


def _estimate(spec: Mapping[str, Any], row_id: str, rows: Rows) -> dict[str, Any]:
    row = rows.rows[row_id]
    estimate: Any = _number(row["yi"])
    if spec.get("difference"):
        estimate = round(float(row["mean_treat"]) - float(row["mean_ctrl"]), 6)
    if spec.get("unsigned"):  # printed as a size with the favoured arm in words; the row's sign was set by its reader
        estimate = abs(estimate)
    test = spec.get("test")
    f_value = re.search(r"F=(\d+\.\d+)", row["as_reported"]) if test == "F" else None
    return {
        "estimate_measure": spec["measure"],
        "event_is": "good" if spec["measure"] in ("OR", "RR", "RD") else None,
        "estimate": NOT_REPORTED if test else estimate,
        "estimate_low": _number(row["ci_low"]),
        "estimate_high": _number(row["ci_high"]),
        "estimate_p": _number(row["p_value"]) or None,  # 0.000 and bounds are no p values
        "estimate_t": float(f"{math.sqrt(float(f_value[1])):.10g}") if f_value else None,
        "estimate_favours": "active" if test else None,
        "estimate_df": spec.get("estimate_df"),
    }


def _source_block(study: Mapping[str, Any], spec: Mapping[str, Any], row_id: str, rows: Rows) -> dict[str, Any]:
    row = rows.rows[row_id]
    quote = f"As reported: {row['as_reported']}"
    if "block " in row["as_reported"]:
        quote = (
            f"As entered: {row['mean_treat']} ({row['sd_treat']}), n {row['n_treat']} v {row['mean_ctrl']} "
            f"({row['sd_ctrl']}), n {row['n_ctrl']}; {row['as_reported']}"
        )
    method = rows.effects[row_id, spec["worked"]][2] if "worked" in spec else ""
    notes = [
        spec.get("note", ""),
        study.get("note", ""),
        _sentence(DAYS_NOTES.get(spec.get("days_note", ""), spec.get("days_note", ""))),
    ]
    derived = row["derived"].replace(": see derived.csv", "")
    remarks = [f"Worked out: {method}." if method else "", f"Derived: {derived}." if derived else ""]
    return {
        "quote": quote,
        "page": row["source_place"],
        "source_address": row["source"].replace(" (full text, CC BY, in ../pain_rct_fulltext)", ""),
        "certainty": spec.get("certainty", "arm data"),
        "certainty_note": " ".join(part for part in [*notes, *remarks, _sentence(row["certainty"])] if part),
        "notes": f"Row {row_id} of the trial facts this example was made from. {spec.get('notes', '')}".rstrip(),
    }


def _sentence(text: str) -> str:
    return text if not text or text.endswith(".") else f"{text[0].upper()}{text[1:]}."


def _number(text: str) -> float | int | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() else value


def _count(text: str) -> int | None:
    found = re.fullmatch(r"(\d+)( .*)?", text)
    return int(found[1]) if found and " or " not in text and " vs " not in text else None


def _load_yaml(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


if __name__ == "__main__":
    raise SystemExit(main())
