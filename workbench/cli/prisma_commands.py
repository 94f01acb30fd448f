"""The command that counts the PRISMA 2020 flow and draws it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from workbench.cli.opening import opened
from workbench.cli.printing import print_json, print_table, say
from workbench.prisma import FlowBox, Prisma, PrismaError

FILES = (".svg", ".pdf", ".png", ".csv")


def prisma(arguments: argparse.Namespace) -> int:
    """`workbench prisma`"""
    from workbench.results import flow_csv, flow_figure, review_flow
    from workbench.results.files import write_file
    from workbench.results.flow import pooled_studies, searches_current_to
    from workbench.results.flow_figure import boxes_of, progress_of, what_of

    out = Path(arguments.out) if arguments.out else None
    if out is not None and out.suffix.lower() not in FILES:
        raise PrismaError(f"{out.name}: the flow is written as {', '.join(FILES[:-1])} or {FILES[-1]}")
    with opened(arguments) as (review, store):
        pooled = pooled_studies(Path(arguments.review), store, review, arguments.indication)
        flow = review_flow(store, review, indication=arguments.indication, since=arguments.since, pooled=pooled)
        current = searches_current_to(store, review, arguments.indication)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix.lower() == ".csv":
            write_file(out, flow_csv(flow, review))
        else:
            from workbench.plots import prisma_flow_layout, render

            render(prisma_flow_layout(flow_figure(flow, review, current=current)), out)
        say(f"The flow was written to {out}")
    if arguments.json:
        print_json(flow.as_dict())
        return 0
    print(f"{what_of(flow, review)}: {progress_of(flow) or 'complete'}")
    print_table(["where", "what", "n"], list(_rows(flow, boxes_of(flow, review))))
    return 0


def _rows(flow: Prisma, boxes: tuple[FlowBox, ...]) -> Iterator[Sequence[object]]:
    names = {"previous": "previous studies", "databases": "databases and registers", "other": "other methods"}
    for box in boxes:
        where = "the review" if box.row in ("included", "total") else names[box.column]
        for count in box.counts:
            yield [where, count.label, count.n]
            yield from ([where, f"  {label}", n] for label, n in count.parts)
        yield from ([where, f"  {note}", None] for note in box.notes)
    if flow.conflicts:
        yield ["the review", "Conflicts, among what is not decided yet", flow.conflicts]
