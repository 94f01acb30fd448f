"""What a flow diagram is to show, as values: the input of `prisma_flow_layout`.

The diagram has the columns of the PRISMA 2020 template (earlier versions of the review, databases and registers, other
methods) and rows that read from the top; beside a column's main boxes stand those that say what leaves the flow there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from .drawing import PlotError
from .lettering import THIN_SPACE, clean

FlowColumn = Literal["previous", "databases", "other"]
COLUMNS: tuple[FlowColumn, ...] = ("previous", "databases", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLine:
    """One entry of a box. level: how far it is set in. ends: what follows the number, such as a colon."""

    text: str
    n: int | None = None
    level: int = 0
    quiet: bool = False
    ends: str = ""

    @property
    def shown(self) -> str:
        """The lettering: "Records screened (n = 1 234)"."""
        number = "" if self.n is None else f" (n = {spaced(self.n)})"
        return f"{clean(self.text)}{number}{self.ends}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowFigureBox:
    """A box of the diagram. row: from 0. side: beside its row's main box. waits: it goes once all is decided."""

    key: str
    column: FlowColumn
    row: int
    lines: tuple[FlowLine, ...]
    side: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStage:
    """The name of some neighbouring rows, set beside them."""

    label: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowFigure:
    """A whole flow diagram.

    boxes: in reading order. headings: over the columns that are in use. progress: what to say of a diagram that is in
    progress; empty for a complete one. example_notice: the words of the band that says that this is no result.
    """

    title: str
    boxes: tuple[FlowFigureBox, ...]
    stages: tuple[FlowStage, ...] = ()
    headings: Mapping[FlowColumn, str] = field(default_factory=dict)
    subtitle: str = ""
    progress: str = ""
    notes: tuple[str, ...] = ()
    example_notice: str | None = None
    width_mm: float = 180.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.width_mm) and 120 <= self.width_mm <= 2000):
            raise PlotError(f"a page {self.width_mm} mm wide cannot hold a flow diagram: choose 120 to 2000 mm")
        places = [(box.column, box.row) for box in self.boxes if not box.side]
        if len(set(places)) < len(places):
            raise PlotError(f"“{self.title}” has two main boxes in one place of its diagram")
        lost = [box.key for box in self.boxes if box.side and (box.column, box.row) not in places]
        if lost:
            raise PlotError(f"“{self.title}”: the box {lost[0]!r} stands beside no other")
        if ("databases", 0) not in places:
            raise PlotError(f"“{self.title}” needs a first box in the column of databases and registers")

    def of(self, column: FlowColumn) -> tuple[FlowFigureBox, ...]:
        """The main boxes of a column, from the top."""
        return tuple(sorted((b for b in self.boxes if b.column == column and not b.side), key=lambda box: box.row))

    def beside(self, box: FlowFigureBox) -> tuple[FlowFigureBox, ...]:
        """What stands beside a main box, from the top."""
        return tuple(b for b in self.boxes if b.side and (b.column, b.row) == (box.column, box.row))

    @property
    def columns(self) -> tuple[FlowColumn, ...]:
        """Those in use, from the left."""
        return tuple(column for column in COLUMNS if any(box.column == column for box in self.boxes))

    @property
    def description(self) -> str:
        """The figure in words, for those who do not see it: used as SVG description."""
        return clean(" ".join(filter(None, self._sentences())))

    def _sentences(self) -> Iterator[str]:
        yield f"{clean(self.example_notice)}." if self.example_notice else ""
        yield "PRISMA 2020 flow diagram."
        yield self.progress
        for column in self.columns:
            if self.headings.get(column):
                yield f"{self.headings[column]}:"
            for box in self.boxes:
                if box.column == column:
                    yield "; ".join(line.shown.rstrip(":;.") for line in box.lines) + "."
        yield from self.notes


def spaced(n: int) -> str:
    """A count with a thin space between thousands."""
    return f"{n:,}".replace(",", THIN_SPACE)
