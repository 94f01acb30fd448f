"""The PRISMA flow as a table that the PRISMA2020 package for R reads too.

The package (github prisma-flowdiagram/PRISMA2020) finds its rows by what stands in the first column, by parts of words;
so our own rows (what is still open, other sources' own lines, each reason) leave that column empty and carry their keys
in a last column of ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from workbench.prisma import NO_REASON, Prisma
from workbench.prisma.boxes import SOURCE_LABELS
from workbench.results.files import csv_bytes
from workbench.review import ReviewDefinition

CSV_COLUMNS = ("data", "node", "box", "description", "boxtext", "tooltips", "url", "n", "workbench")
# data, node, box, words
_PACKAGE: tuple[tuple[str, str, str, str], ...] = (
    ("NA", "node4", "prevstud", "Previous studies"),
    ("previous_studies", "node5", "box1", "Studies included in previous version of review"),
    ("previous_reports", "NA", "box1", "Reports of studies included in previous version of review"),
    ("NA", "node6", "newstud", "Identification of new studies via databases and registers"),
    ("database_results", "node7", "box2", "Databases"),
    ("register_results", "NA", "box2", "Registers"),
    ("NA", "node16", "othstud", "Identification of new studies via other methods"),
    ("website_results", "node17", "box11", "Websites"),
    ("organisation_results", "NA", "box11", "Organisations"),
    ("citations_results", "NA", "box11", "Citation searching"),
    ("duplicates", "node8", "box3", "Duplicate records"),
    ("excluded_automatic", "NA", "box3", "Records marked as ineligible by automation tools"),
    ("excluded_other", "NA", "box3", "Records removed for other reasons"),
    ("records_screened", "node9", "box4", "Records screened"),
    ("records_excluded", "node10", "box5", "Records excluded"),
    ("dbr_sought_reports", "node11", "box6", "Reports sought for retrieval"),
    ("dbr_notretrieved_reports", "node12", "box7", "Reports not retrieved"),
    ("other_sought_reports", "node18", "box12", "Reports sought for retrieval"),
    ("other_notretrieved_reports", "node19", "box13", "Reports not retrieved"),
    ("dbr_assessed", "node13", "box8", "Reports assessed for eligibility"),
    ("dbr_excluded", "node14", "box9", "Reports excluded"),
    ("other_assessed", "node20", "box14", "Reports assessed for eligibility"),
    ("other_excluded", "node21", "box15", "Reports excluded"),
    ("new_studies", "node15", "box10", "New studies included in review"),
    ("new_reports", "NA", "box10", "Reports of new included studies"),
    ("total_studies", "node22", "box16", "Total studies included in review"),
    ("total_reports", "NA", "box16", "Reports of total included studies"),
    ("identification", "node1", "identification", "Identification"),
    ("screening", "node2", "screening", "Screening"),
    ("included", "node3", "included", "Included"),
)
_OURS: Mapping[str, str] = {
    "status": "Status",
    "indication": "Indication",
    "since": "Records first seen since this day are new",
    "undecided": "Not decided yet, in all",
    "undecided_previous": "Earlier reports not decided yet",
    "conflicts": "Conflicts, among those not decided",
    "other_results": "Records identified from other lists and files",
    "records_not_screened": "Records not screened: screening was stopped",
    "records_undecided": "Records not decided yet",
    "records_of_other_indications": "Records of another indication",
    "dbr_undecided_reports": "Full texts not decided yet",
    "dbr_of_other_indications": "Reports of another indication",
    "dbr_included": "Reports included",
    "other_duplicates": "Duplicate records (other methods)",
    "other_excluded_automatic": "Records marked as ineligible by automation tools (other methods)",
    "other_excluded_other": "Records removed for other reasons (other methods)",
    "other_records_not_screened": "Records not screened: screening was stopped (other methods)",
    "other_records_screened": "Records screened (other methods)",
    "other_records_excluded": "Records excluded (other methods)",
    "other_records_undecided": "Records not decided yet (other methods)",
    "other_records_of_other_indications": "Records of another indication (other methods)",
    "other_undecided_reports": "Full texts not decided yet (other methods)",
    "other_of_other_indications": "Reports of another indication (other methods)",
    "other_included": "Reports included (other methods)",
    "new_reports_of_previous_studies": "New reports of studies included before",
    "reports_without_study": "Included reports that no study names yet",
    "total_studies_ma": "Studies in meta-analysis",
}
_PARTS: Mapping[str, str] = {
    "database_specific_results": "Database",
    "register_specific_results": "Register",
    "other_specific_results": "Other source",
    "dbr_excluded": "Reason",
    "other_excluded": "Reason (other methods)",
}
_REASONS = ("dbr_excluded", "other_excluded")


def flow_csv(flow: Prisma, review: ReviewDefinition) -> bytes:
    """The table as a file for a spreadsheet, in which no cell can act as a formula."""
    return csv_bytes(CSV_COLUMNS, flow_rows(flow, review))


def flow_rows(flow: Prisma, review: ReviewDefinition) -> Iterator[dict[str, Any]]:
    """One row a count, under CSV_COLUMNS: the package's in its order, then ours, then every source and reason."""
    counts = flow.as_dict()
    labels = {reason.key: reason.label for reason in review.screening.exclusion_reasons} | {
        NO_REASON: "No reason given"
    }
    for data, node, box, words in _PACKAGE:
        n = counts.get(data)
        if data in _REASONS:
            n = "; ".join(f"{_in_list(labels.get(reason, reason))}, {m}" for reason, m in counts[data].items()) or 0
        yield _row(data=data, node=node, box=box, description=words, boxtext=words, n=n)
    for key, words in _OURS.items():
        if counts[key] is not None:
            yield _row(description=words, boxtext=words, n=counts[key], workbench=key)
    for key, words in _PARTS.items():
        names = labels if key in _REASONS else SOURCE_LABELS
        for name, n in counts[key].items():
            label = names.get(name, name)
            yield _row(description=f"{words}: {label}", boxtext=label, n=n, workbench=f"{key}: {name}")
    for stop in flow.stops:
        words = f"Stop signed by {stop.signed}, {stop.at:%Y-%m-%d}"
        yield _row(description=words, boxtext=stop.reason, n=stop.records, workbench="stops")


def _row(**cells: Any) -> dict[str, Any]:
    return {"data": "", "node": "NA", "box": "NA", "tooltips": "NA", "url": "NA"} | cells


def _in_list(label: str) -> str:
    """A reason inside the package's list, which is divided by commas and semicolons."""
    return " ".join(label.replace(",", " –").replace(";", " –").split())
