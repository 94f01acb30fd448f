"""The PRISMA flow as a figure: its boxes with this review's own words."""

from __future__ import annotations

from workbench.plots import FlowFigure, FlowFigureBox, FlowLine, FlowStage
from workbench.plots.flow_figure import FlowColumn
from workbench.prisma import FlowBox, Prisma, flow_boxes
from workbench.prisma.boxes import ROWS, STAGES, Stage
from workbench.results.figures import EXAMPLE
from workbench.review import ReviewDefinition

SOURCE = "PRISMA 2020 flow diagram after Page MJ et al. BMJ 2021;372:n71."
COLUMN_NAMES: dict[FlowColumn, str] = {
    "previous": "Previous studies",
    "databases": "Identification of studies via databases and registers",
    "other": "Identification of studies via other methods",
}


def boxes_of(flow: Prisma, review: ReviewDefinition) -> tuple[FlowBox, ...]:
    """The diagram's boxes with the review's labels of reasons and indications."""
    label = "" if flow.indication is None else review.indication(flow.indication).label
    reasons = {reason.key: reason.label for reason in review.screening.exclusion_reasons}
    return flow_boxes(flow, reasons=reasons, indication=label)


def column_names(flow: Prisma) -> dict[FlowColumn, str]:
    """What stands over the columns: an update identifies new studies."""
    if not flow.has_previous:
        return COLUMN_NAMES
    return {column: name.replace("of studies", "of new studies") for column, name in COLUMN_NAMES.items()}


def what_of(flow: Prisma, review: ReviewDefinition) -> str:
    """What the flow is about: "Migraine; records first seen since 2026-01-01 are new"."""
    about = "All indications" if flow.indication is None else review.indication(flow.indication).label
    return about if flow.since is None else f"{about}; records first seen since {flow.since.isoformat()} are new"


def progress_of(flow: Prisma) -> str:
    """What to say of a flow that is in progress; empty for a complete one."""
    if not flow.in_progress:
        return ""
    main, other = flow.databases, flow.other
    open_counts = (
        (main.undecided + other.undecided, "record is", "records are", "not decided at title and abstract"),
        (main.undecided_full_text + other.undecided_full_text, "report is", "reports are", "not decided at full text"),
        (flow.previous_undecided, "earlier report is", "earlier reports are", "not decided"),
        (flow.reports_without_study, "included report is", "included reports are", "in no study yet"),
    )
    parts = [f"{n} {one if n == 1 else several} {what}" for n, one, several, what in open_counts if n]
    return f"In progress: {'; '.join(parts)}"


def flow_figure(flow: Prisma, review: ReviewDefinition, *, current: str = "") -> FlowFigure:
    """The figure of a flow. current: the day up to which the searches are complete, as printed."""
    boxes = tuple(_figure_box(box) for box in boxes_of(flow, review))
    return FlowFigure(
        title=review.title,
        subtitle=what_of(flow, review) + (f". Searches current to {current}" if current else ""),
        boxes=boxes,
        stages=_stages({box.row for box in boxes}),
        headings=column_names(flow),
        progress=progress_of(flow),
        notes=tuple(note for note in (review.notice, *_notes(flow), SOURCE) if note),
        example_notice=EXAMPLE if review.example else None,
    )


def _notes(flow: Prisma) -> list[str]:
    notes = []
    if flow.has_other:
        notes.append("A report that a database or register holds flows through that column, whatever else found it.")
    if flow.indication is not None:
        notes.append(
            "A report belongs to an indication if its strategies found it or the reviewers said so; reports may belong"
            " to several."
        )
    return notes


def _figure_box(box: FlowBox) -> FlowFigureBox:
    lines = [FlowLine(text=box.heading)] if box.heading else []
    level = len(lines)
    for count in box.counts:
        lines.append(FlowLine(text=count.label, n=count.n, level=level, ends=":" if count.parts else ""))
        lines += [FlowLine(text=label, n=n, level=level + 1) for label, n in count.parts]
    lines += [FlowLine(text=note, level=level + 1, quiet=True) for note in box.notes]
    return FlowFigureBox(
        key=box.key, column=box.column, row=ROWS.index(box.row), lines=tuple(lines), side=box.side, waits=box.open
    )


def _stages(rows: set[int]) -> tuple[FlowStage, ...]:
    spans: dict[Stage, list[int]] = {}
    for row in sorted(rows):
        spans.setdefault(STAGES[ROWS[row]], []).append(row)
    return tuple(FlowStage(label=stage, first=span[0], last=span[-1]) for stage, span in spans.items())
