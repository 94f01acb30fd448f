"""The flow as boxes with words, in reading order: what the figure, the page, the table and the CSV file show.

A box stands in one of the columns of the PRISMA 2020 template and in one of its rows; boxes of a row that take away
from the one before them stand beside it. Wording as in the template as far as it has the box; three kinds of boxes are
ours: records not screened because of a stop, what belongs to another indication, and what nobody has decided yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from workbench.prisma.facts import NO_REASON, Kind
from workbench.prisma.flow import Flow, Prisma

Column = Literal["previous", "databases", "other"]
Row = Literal["identified", "screened", "sought", "assessed", "included", "total"]
Stage = Literal["Identification", "Screening", "Included"]
ROWS: tuple[Row, ...] = ("identified", "screened", "sought", "assessed", "included", "total")
STAGES: Mapping[Row, Stage] = {
    "identified": "Identification",
    "screened": "Screening",
    "sought": "Screening",
    "assessed": "Screening",
    "included": "Included",
    "total": "Included",
}
SOURCE_LABELS: Mapping[str, str] = {"pubmed": "PubMed"}
"""How sources are written whose names in the review are ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxCount:
    """One line of a box: what is counted, how many, and the parts that are listed below it."""

    key: str  # as in `Prisma.as_dict`
    label: str
    n: int
    parts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowBox:
    """One box of the diagram."""

    key: str
    column: Column
    row: Row
    counts: tuple[BoxCount, ...]
    heading: str = ""  # stands over the counts where there are several
    side: bool = False  # beside its row's main box: what leaves the flow there
    open: bool = False  # waits for a decision: gone once the diagram is complete
    notes: tuple[str, ...] = ()


def flow_boxes(flow: Prisma, *, reasons: Mapping[str, str] | None = None, indication: str = "") -> tuple[FlowBox, ...]:
    """Every box that the diagram shows, column by column from the top.

    reasons: the labels of the review's exclusion reasons by key. indication: what to call the flow's own, where other
    ones are told apart. A column without anything in it is left out, and so are boxes that the template does not have
    and that would say 0.
    """
    words = _Words(reasons or {}, indication)
    boxes: list[FlowBox] = []
    if flow.has_previous:
        boxes.append(_previous(flow))
    boxes += _column(flow, "databases", flow.databases, words)
    if flow.has_other:
        boxes += _column(flow, "other", flow.other, words)
    boxes.append(_included(flow))
    if flow.has_previous:
        boxes.append(_total(flow))
    return tuple(boxes)


@dataclass(frozen=True, slots=True)
class _Words:
    reasons: Mapping[str, str]
    indication: str

    def reason(self, key: str) -> str:
        return "No reason given" if key == NO_REASON else self.reasons.get(key, key)

    @property
    def elsewhere(self) -> str:
        return f"of another indication than {self.indication}" if self.indication else "of another indication"


def _previous(flow: Prisma) -> FlowBox:
    return FlowBox(
        key="previous",
        column="previous",
        row="identified",
        counts=(
            BoxCount(
                key="previous_studies",
                label="Studies included in previous version of review",
                n=flow.previous_studies,
            ),
            BoxCount(
                key="previous_reports",
                label="Reports of studies included in previous version of review",
                n=flow.previous_reports,
            ),
        ),
    )


def _column(flow: Prisma, column: Column, part: Flow, words: _Words) -> Iterator[FlowBox]:
    other = column == "other"
    records, reports = ("other_", "other_") if other else ("", "dbr_")

    def box(key: str, row: Row, label: str, n: int, *, side: bool = True, waits: bool = False) -> FlowBox:
        count = BoxCount(key=key, label=label, n=n)
        return FlowBox(key=key, column=column, row=row, counts=(count,), side=side, open=waits)

    yield FlowBox(
        key=f"{column}_identified",
        column=column,
        row="identified",
        heading="Records identified from:",
        counts=_identified_elsewhere(flow) if other else _identified(flow),
    )
    removed = [
        BoxCount(key=f"{records}{key}", label=label, n=n)
        for key, label, n in (
            ("duplicates", "Duplicate records", part.duplicates),
            ("excluded_automatic", "Records marked as ineligible by automation tools", part.excluded_automatic),
            ("excluded_other", "Records removed for other reasons", part.excluded_other),
        )
        if n or not other
    ]
    if removed:
        yield FlowBox(
            key=f"{records}removed",
            column=column,
            row="identified",
            heading="Records removed before screening:",
            counts=tuple(removed),
            side=True,
        )
    if part.not_screened:
        key = f"{records}records_not_screened"
        yield FlowBox(
            key=key,
            column=column,
            row="identified",
            counts=(BoxCount(key=key, label="Records not screened: screening was stopped", n=part.not_screened),),
            side=True,
            notes=_signatures(part),
        )
    yield box(f"{records}records_screened", "screened", "Records screened", part.screened, side=False)
    yield box(f"{records}records_excluded", "screened", "Records excluded", part.excluded)
    if part.elsewhere:
        key = f"{records}records_of_other_indications"
        yield box(key, "screened", f"Records {words.elsewhere}", part.elsewhere)
    if part.undecided:
        key = f"{records}records_undecided"
        yield box(key, "screened", "Records not decided yet", part.undecided, waits=True)
    yield box(f"{reports}sought_reports", "sought", "Reports sought for retrieval", part.sought, side=False)
    yield box(f"{reports}notretrieved_reports", "sought", "Reports not retrieved", part.not_retrieved)
    if part.undecided_full_text:
        key = f"{reports}undecided_reports"
        yield box(key, "sought", "Full texts not decided yet", part.undecided_full_text, waits=True)
    yield box(f"{reports}assessed", "assessed", "Reports assessed for eligibility", part.assessed, side=False)
    excluded = tuple((words.reason(reason), n) for reason, n in part.excluded_reports.items())
    key = f"{reports}excluded"
    yield FlowBox(
        key=key,
        column=column,
        row="assessed",
        counts=(BoxCount(key=key, label="Reports excluded", n=sum(n for _, n in excluded), parts=excluded),),
        side=True,
    )
    if part.elsewhere_full_text:
        key = f"{reports}of_other_indications"
        yield box(key, "assessed", f"Reports {words.elsewhere}", part.elsewhere_full_text)


def _identified(flow: Prisma) -> tuple[BoxCount, ...]:
    return tuple(
        BoxCount(
            key=key,
            label=label,
            n=sum(results.values()),
            parts=tuple((SOURCE_LABELS.get(name, name), n) for name, n in results.items()),
        )
        for key, label, results in (
            ("database_results", "Databases", flow.database_results),
            ("register_results", "Registers", flow.register_results),
        )
    )


_CITATIONS = "citation searching: "  # begins the names of strategies that the box's own line says already
_METHODS: tuple[tuple[str, str, Kind], ...] = (
    ("website_results", "Websites", "website"),
    ("organisation_results", "Organisations", "organisation"),
    ("citations_results", "Citation searching", "citations"),
    ("other_results", "Other lists and files", "other"),
)


def _identified_elsewhere(flow: Prisma) -> tuple[BoxCount, ...]:
    return tuple(
        BoxCount(
            key=key,
            label=label,
            n=flow.by_kind[kind],
            parts=tuple(
                (name.removeprefix(_CITATIONS), n) for name, n in flow.other.results.items() if flow.kinds[name] == kind
            ),
        )
        for key, label, kind in _METHODS
        if flow.by_kind.get(kind)
    )


def _signatures(flow: Flow) -> tuple[str, ...]:
    """Who signed for the stop, in a line each; how many only where several did."""
    several = len(flow.stops) > 1
    return tuple(
        f"Signed: {stop.signed}, {stop.at:%Y-%m-%d}" + (f" (n = {spaced(stop.records)})" if several else "")
        for stop in flow.stops
    )


def _included(flow: Prisma) -> FlowBox:
    new = "New studies" if flow.has_previous else "Studies"
    counts = [
        BoxCount(key="new_studies", label=f"{new} included in review", n=flow.new_studies),
        BoxCount(
            key="new_reports",
            label="New reports included" if flow.has_previous else "Reports of included studies",
            n=flow.new_reports,
        ),
    ]
    if flow.new_reports_of_previous_studies:
        counts.append(
            BoxCount(
                key="new_reports_of_previous_studies",
                label="of them reports of studies included before",
                n=flow.new_reports_of_previous_studies,
            )
        )
    if flow.reports_without_study:
        counts.append(
            BoxCount(
                key="reports_without_study",
                label="Included reports that no study names yet",
                n=flow.reports_without_study,
            )
        )
    if not flow.has_previous:
        counts += _synthesis(flow)
    return FlowBox(key="included", column="databases", row="included", counts=tuple(counts))


def _total(flow: Prisma) -> FlowBox:
    return FlowBox(
        key="total",
        column="databases",
        row="total",
        counts=(
            BoxCount(key="total_studies", label="Total studies included in review", n=flow.total_studies),
            BoxCount(key="total_reports", label="Reports of total included studies", n=flow.total_reports),
            *_synthesis(flow),
        ),
    )


def _synthesis(flow: Prisma) -> tuple[BoxCount, ...]:
    if flow.studies_in_synthesis is None:
        return ()
    return (BoxCount(key="total_studies_ma", label="Studies in meta-analysis", n=flow.studies_in_synthesis),)


def spaced(n: int) -> str:
    """A count with a thin space between thousands."""
    return f"{n:,}".replace(",", "\u2009")
