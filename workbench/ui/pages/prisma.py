"""PRISMA flow: the diagram of the review or of one indication, counted from what stands, its table and its files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import streamlit as st
from markupsafe import Markup

from workbench.plots import FlowFigure, FlowLayout, prisma_flow_layout, to_pdf_bytes, to_png_bytes, to_svg_bytes
from workbench.prisma import Flow, FlowBox, Identity, Prisma
from workbench.results import flow_csv, flow_figure
from workbench.results.flow import searches_current_to
from workbench.results.flow_figure import boxes_of, column_names, progress_of, what_of
from workbench.review import ReviewDefinition
from workbench.ui import analyses, context, flows, parts, text

WIDEST = 860  # pixels on screen; the files have their own size
WHOLE = ""
"""Stands for the whole review among the indications."""


def page() -> None:
    """The diagram, what keeps it from being complete, and the same numbers in words."""
    parts.heading("PRISMA flow")
    store, review = context.store(), context.review()
    if not store.counts().records:
        parts.empty(
            "There is no flow yet: this review has no records.",
            then="Run its search strategies on PubMed, or take in files of records.",
            command="workbench refresh",
        )
        return
    indication, since = _choose(review)
    flow = flows.flow(indication=indication, since=since, pooled=_pooled(indication))
    _progress(flow)
    figure = flow_figure(flow, review, current=searches_current_to(store, review, indication))
    layout = prisma_flow_layout(figure)
    _figure(figure, layout)
    _downloads(flow, review, layout)
    _table(flow, review)
    _outside(flow, review)
    _stops(flow)
    _sums(flow)


def _choose(review: ReviewDefinition) -> tuple[str | None, date | None]:
    """The whole review or one indication; an update where a day is given."""
    labels = {WHOLE: "The whole review"} | {item.key: item.label for item in review.indications}
    first, second = st.columns(2)
    chosen = first.selectbox(
        "Flow of", list(labels), format_func=lambda key: labels.get(key, key), key="prisma:indication"
    )
    since = second.date_input(
        "Records are new since (empty: all are new)",
        value=None,
        min_value=date(1990, 1, 1),
        max_value=datetime.now(UTC).date(),
        format="YYYY-MM-DD",
        key="prisma:since",
        help="For the diagram of an update: what came before this day, and was included, stands as previous studies",
    )
    return chosen or None, since if isinstance(since, date) else None


def _pooled(indication: str | None) -> frozenset[str]:
    return frozenset(
        study
        for result in analyses.defaults()
        if result.pool is not None and indication in (None, result.analysis.indication)
        for study in result.studies
    )


def _progress(flow: Prisma) -> None:
    """What is missing and where it is done."""
    if not flow.in_progress:
        parts.show(Markup("<p>{}</p>").format(text.badge("Complete: everything is decided", "good")))
        return
    st.warning("This diagram is in progress: its numbers will change as the following is decided.")
    main, other = flow.databases, flow.other
    records, reports = main.undecided + other.undecided, main.undecided_full_text + other.undecided_full_text
    steps = (
        (records, "records not decided at title and abstract", "Title and abstract screening"),
        (reports, "reports not decided at full text", "Full texts"),
        (flow.previous_undecided, "earlier reports not decided", "Title and abstract screening, Full texts"),
        (flow.conflicts, "of all these, conflicts to settle", "Conflicts, on either of the two pages"),
        (flow.reports_without_study, "included reports that no study names", "Full texts, Studies"),
    )
    parts.show(
        text.table(
            ("How many", "What", "Where"),
            ((parts.spaced_number(n), what, where) for n, what, where in steps if n),
            caption="What is missing",
        )
    )


def _figure(figure: FlowFigure, layout: FlowLayout) -> None:
    with st.container(key="flow-diagram"):
        st.image(to_svg_bytes(layout).decode("utf-8"), width=WIDEST, alt=text.clean(figure.description))
    parts.quiet("The same numbers stand in the table below.")


def _downloads(flow: Prisma, review: ReviewDefinition, layout: FlowLayout) -> None:
    name = "-".join(filter(None, ("prisma", flow.indication, flow.since.isoformat() if flow.since else "")))
    files = (
        ("SVG", "svg", "image/svg+xml", lambda: to_svg_bytes(layout)),
        ("PDF", "pdf", "application/pdf", lambda: to_pdf_bytes(layout)),
        ("PNG", "png", "image/png", lambda: to_png_bytes(layout)),
        ("Table (CSV)", "csv", "text/csv", lambda: flow_csv(flow, review)),
    )
    with st.container(horizontal=True, gap="small"):
        for label, ending, mime, make in files:
            st.download_button(
                label,
                data=make,
                file_name=f"{name}.{ending}",
                mime=mime,
                key=f"prisma:download:{ending}:{name}",
                on_click="ignore",
            )


# --- in words ---------------------------------------------------------------------------------------------------------


def _table(flow: Prisma, review: ReviewDefinition) -> None:
    st.header("The numbers", anchor=False)
    boxes = boxes_of(flow, review)
    names = column_names(flow)
    for column, name in names.items():
        rows = [row for box in boxes if box.column == column and not _of_review(box) for row in _rows(box)]
        if rows:
            _numbers(rows, name)
    _numbers([row for box in boxes if _of_review(box) for row in _rows(box)], "Included")
    parts.quiet(f"{what_of(flow, review)}. {progress_of(flow) or 'Complete.'}")


def _of_review(box: FlowBox) -> bool:
    return box.row in ("included", "total")


def _numbers(rows: list[tuple[str, str]], caption: str) -> None:
    parts.show(text.table(("What", "Number"), rows, caption=caption, numbers=(1,)))


def _rows(box: FlowBox) -> Iterator[tuple[str, str]]:
    """Each count of a box, and below it its parts with its name before theirs."""
    over = box.heading.rstrip(":")
    for count in box.counts:
        label = f"{over}: {count.label}" if over else count.label
        yield label, parts.spaced_number(count.n)
        yield from ((f"{count.label}: {part}", parts.spaced_number(n)) for part, n in count.parts)


def _outside(flow: Prisma, review: ReviewDefinition) -> None:
    """What an indication's flow leaves out, and what may yet come to it."""
    if flow.indication is None:
        return
    lines = [
        "A report is in this flow if a strategy of the indication found it, or if the reviewers who let it through said"
        " that it belongs here. One that they gave to other indications only leaves it, counted apart."
    ]
    if flow.without_indication:
        n = parts.spaced_number(flow.without_indication)
        lines.append(
            f"Found for no indication and given to none: {n}. These stand in the flow of the whole review only."
        )
    if flow.undecided_outside:
        n = parts.spaced_number(flow.undecided_outside)
        lines.append(f"Not decided and outside this flow: {n}. They may yet be given to this indication.")
    if review.earlier is not None:
        lines.append("What the earlier version had found is not told apart by indication, so it is not counted here.")
    parts.show(text.join(Markup('<p class="wb-quiet">{}</p>').format(text.clean(line)) for line in lines))


def _stops(flow: Prisma) -> None:
    if not flow.stops:
        return
    st.header("Why records were not screened", anchor=False)
    parts.show(
        text.table(
            ("Signed by", "On", "Records", "Reason"),
            (
                (stop.signed, text.day(stop.at), parts.spaced_number(stop.records), stop.reason or "–")
                for stop in flow.stops
            ),
            caption="Screening was stopped; what stood on the page then is under Screening team, Stopping",
            numbers=(2,),
        )
    )


def _sums(flow: Prisma) -> None:
    with st.expander("The sums that hold"):
        flows: list[tuple[str, Flow]] = [("Databases and registers", flow.databases)]
        if flow.has_other:
            flows.append(("Other methods", flow.other))
        for name, part in flows:
            _identities(part.identities, name)
        _identities(flow.identities, "The review")


def _identities(identities: tuple[Identity, ...], name: str) -> None:
    parts.show(
        text.table(
            ("Sum", "In numbers"),
            (
                (identity.name[:1].upper() + identity.name[1:].replace(" - ", " − "), identity.numbers)
                for identity in identities
            ),
            caption=name,
        )
    )
