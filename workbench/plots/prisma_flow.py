"""The layout of a PRISMA 2020 flow diagram: a figure in, every text and shape with its place in mm out.

Nothing here draws. All boxes of a row begin at the same height; what leaves the flow there stands beside the main box,
below each other where it is several things. A row is as high as the highest of its stacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from .drawing import Box, Line, Page, Polygon, Rect, Shape, Text, Weight
from .flow_figure import FlowColumn, FlowFigure, FlowFigureBox
from .forest import INK, NOTICE_EDGE, NOTICE_FILL, NOTICE_INK, QUIET
from .lettering import (
    ASCENT,
    DESCENT,
    LINE_PITCH,
    MM_PER_POINT,
    clean,
    place,
    text_width,
    wrap,
    wrap_evenly,
)

SIZES = (7.5, 7.0, 6.5, 6.0)  # points, tried in turn; journals ask for 6 to 8 at final size
MARGIN = 5.0
PAD = 1.5  # between a box and its lettering
BAR = 6.0  # width of the bars that name the stages
GAP = 3.0  # between bar and boxes
ARROW = 6.0  # room for an arrow, across and down
GROUP = 5.0  # between the columns
HIGHEST = 245.0  # mm, so that figure and legend go on a page of a journal
STACKED = 2.2  # between boxes below each other in one row
INDENT = 2.2
EDGE = 0.25  # mm of line
HEAD = 1.7  # length of an arrow's head
MAIN_SHARE, SIDE_SHARE, PREVIOUS_SHARE = 1.0, 1.1, 0.9
HEADING = {"previous": "#e6e6e6", "databases": "#f6dfa4", "other": "#e6e6e6"}  # as the template colours them, lighter
STAGE = "#bcd3ea"
_BREAKS = re.compile(r"(?<=[-/–—])|(?<![=<>≤≥±≈]) (?![=<>≤≥±≈])")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedBox:
    """A box where it stands, with the lettering in it."""

    key: str
    box: Box
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLayout(Page):
    """A laid-out flow diagram. boxes: headings and stages among them, in reading order."""

    boxes: tuple[PlacedBox, ...]


def prisma_flow_layout(figure: FlowFigure) -> FlowLayout:
    """Lay the diagram out on one page, in the largest lettering with which no word is broken and it is not too high.

    One that cannot be had so is as high as its boxes need.
    """
    main, side = _edges(figure)
    chosen: FlowLayout | None = None
    for points in SIZES:
        grid = _Grid(size=points * MM_PER_POINT, main=main, side=side)
        if points == SIZES[-1] or all(_fits(box, grid) for box in figure.boxes):
            chosen = _Setting(figure, grid).layout()
            if chosen.height <= HIGHEST:
                break
    assert chosen is not None
    return chosen


# --- columns -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """Where the columns stand: left and right edges in mm of main and side boxes; size is the lettering's em."""

    size: float
    main: dict[FlowColumn, tuple[float, float]]
    side: dict[FlowColumn, tuple[float, float]]

    def span(self, box: FlowFigureBox) -> tuple[float, float]:
        return (self.side if box.side else self.main)[box.column]


def _edges(
    figure: FlowFigure,
) -> tuple[dict[FlowColumn, tuple[float, float]], dict[FlowColumn, tuple[float, float]]]:
    left = MARGIN + ((BAR + GAP) if figure.stages else 0.0)
    columns = figure.columns
    with_side = {column for column in columns if any(box.side and box.column == column for box in figure.boxes)}
    shares = {
        column: (PREVIOUS_SHARE if column == "previous" else MAIN_SHARE) + (SIDE_SHARE if column in with_side else 0)
        for column in columns
    }
    across = ARROW if len(with_side) < 2 else 0.75 * ARROW
    room = figure.width_mm - MARGIN - left - GROUP * (len(columns) - 1) - across * len(with_side)
    unit = room / sum(shares.values())
    main: dict[FlowColumn, tuple[float, float]] = {}
    side: dict[FlowColumn, tuple[float, float]] = {}
    x = left
    for column in columns:
        right = x + unit * (PREVIOUS_SHARE if column == "previous" else MAIN_SHARE)
        main[column] = (x, right)
        if column in with_side:
            side[column] = (right + across, right + across + unit * SIDE_SHARE)
            right = side[column][1]
        x = right + GROUP
    return main, side


def _fits(box: FlowFigureBox, grid: _Grid) -> bool:
    left, right = grid.span(box)
    for line in box.lines:
        room = right - left - 2 * PAD - line.level * INDENT - 0.6 * grid.size
        if any(text_width(word, grid.size) > room for word in _BREAKS.split(line.shown) if word):
            return False
    return True


# --- the page ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Setting:
    """The page while it is being set, from top to bottom."""

    figure: FlowFigure
    grid: _Grid
    texts: list[Text] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    arrows: list[Shape] = field(default_factory=list)
    boxes: list[PlacedBox] = field(default_factory=list)
    places: dict[str, Box] = field(default_factory=dict)  # by the box's key

    def layout(self) -> FlowLayout:
        y = self._headings(self._top(0.0))
        y = self._rows(y)
        self._lead()
        y = self._foot(y)
        return FlowLayout(
            width=self.figure.width_mm,
            height=round(y + MARGIN, 3),
            title=clean(self.figure.title),
            description=self.figure.description,
            texts=tuple(self.texts),
            shapes=(*self.arrows, *self.shapes),
            boxes=tuple(self.boxes),
        )

    @property
    def _measure(self) -> float:
        return self.figure.width_mm - 2 * MARGIN

    def _block(
        self, lines: tuple[str, ...], x: float, top: float, role: str, size: float, colour: str, weight: Weight
    ) -> float:
        """Set lines below each other from top on; gives the lower edge."""
        for position, line in enumerate(lines):
            baseline = top + ASCENT * size + position * LINE_PITCH * size
            self.texts.append(place(line, x, baseline, size=size, role=role, colour=colour, weight=weight))
        return top + (len(lines) - 1) * LINE_PITCH * size + (ASCENT + DESCENT) * size

    # -- what stands over and under the boxes

    def _top(self, y: float) -> float:
        figure, size = self.figure, self.grid.size
        y = self._band(figure.example_notice, y, whole=True) + 3.0 if figure.example_notice else y + MARGIN
        large = 1.25 * size
        y = self._block(
            wrap_evenly(clean(figure.title), self._measure, large, "bold"), MARGIN, y, "title", large, INK, "bold"
        )
        if figure.subtitle:
            lines = wrap(clean(figure.subtitle), self._measure, size)
            y = self._block(lines, MARGIN, y + 0.15 * size, "subtitle", size, QUIET, "normal")
        if figure.progress:
            y = self._band(figure.progress, y + 0.8 * size, whole=False)
        return y + 1.3 * size

    def _band(self, words: str, y: float, *, whole: bool) -> float:
        """A line with a coloured ground: over the whole page, or between its margins."""
        size = self.grid.size
        left, right = (0.0, self.figure.width_mm) if whole else (MARGIN, self.figure.width_mm - MARGIN)
        role = "notice" if whole else "progress"
        x = MARGIN if whole else MARGIN + 1.6 + PAD
        lines = wrap(clean(words), self._measure - 2 * (x - left), size, "bold")
        bottom = self._block(lines, x, y + 0.5 * size, role, size, NOTICE_INK, "bold") + 0.5 * size
        self.shapes.append(Rect(left=left, top=y, width=right - left, height=bottom - y, fill=NOTICE_FILL, role=role))
        self.shapes.append(Rect(left=left, top=y, width=1.6, height=bottom - y, fill=NOTICE_EDGE, role=role))
        return bottom

    def _foot(self, y: float) -> float:
        size = max(0.86 * self.grid.size, SIZES[-1] * MM_PER_POINT)
        for position, note in enumerate(filter(None, map(clean, self.figure.notes))):
            y += 0.25 * size if position else 1.4 * size
            y = self._block(wrap(note, self._measure, size), MARGIN, y, "note", size, QUIET, "normal")
        return y

    # -- the boxes

    def _headings(self, y: float) -> float:
        """The columns' headings, all as high as the highest."""
        size = self.grid.size
        columns = [column for column in self.figure.columns if self.figure.headings.get(column)]
        folded = {}
        for column in columns:
            left, right = self._width(column)
            words = clean(self.figure.headings[column])
            folded[column] = wrap_evenly(words, right - left - 2 * PAD, size, "bold")
        if not folded:
            return y
        height = max(_height(len(lines), size) for lines in folded.values()) + 2 * PAD
        for column, lines in folded.items():
            left, right = self._width(column)
            box = Box(left, y, right, y + height)
            self.shapes.append(_outline(box, "heading", fill=HEADING[column]))
            self._centred(f"heading {column}", lines, box, "heading")
        return y + height + 3.0

    def _width(self, column: FlowColumn) -> tuple[float, float]:
        left, right = self.grid.main[column]
        return left, self.grid.side.get(column, (left, right))[1]

    def _centred(self, key: str, lines: tuple[str, ...], box: Box, role: str) -> None:
        size = self.grid.size
        top = (box.top + box.bottom - _height(len(lines), size)) / 2
        texts = tuple(
            place(
                line,
                (box.left + box.right) / 2,
                top + ASCENT * size + position * LINE_PITCH * size,
                size=size,
                role=role,
                colour=INK,
                anchor="middle",
                weight="bold",
            )
            for position, line in enumerate(lines)
        )
        self.texts += texts
        self.boxes.append(PlacedBox(key=key, box=box, texts=texts))

    def _rows(self, y: float) -> float:
        tops: dict[int, tuple[float, float]] = {}
        for row in sorted({box.row for box in self.figure.boxes}):
            top, bottom = y, y
            for column in self.figure.columns:
                main = next((box for box in self.figure.of(column) if box.row == row), None)
                if main is None:
                    continue
                bottom = max(bottom, self._box(main, top))
                below = top
                for position, box in enumerate(self.figure.beside(main)):
                    below = self._box(box, below + (STACKED if position else 0.0))
                bottom = max(bottom, below)
            tops[row] = (top, bottom)
            y = bottom + ARROW
        lowest = max(bottom for _, bottom in tops.values())
        for stage in self.figure.stages:
            rows = [row for row in tops if stage.first <= row <= stage.last]
            if rows:
                top, bottom = tops[min(rows)][0], tops[max(rows)][1]
                lowest = max(lowest, self._stage(clean(stage.label), top, bottom, last=max(rows) == max(tops)))
        return lowest

    def _box(self, box: FlowFigureBox, top: float) -> float:
        """Set one box; gives its lower edge."""
        left, right = self.grid.span(box)
        size, pitch = self.grid.size, LINE_PITCH * self.grid.size
        texts: list[Text] = []
        hang = 0.6 * size if len(box.lines) > 1 else 0.0  # the rest of an entry hangs below its beginning
        y = top + PAD
        for line in box.lines:
            inset = left + PAD + line.level * INDENT
            for position, words in enumerate(wrap(line.shown, right - PAD - inset - hang, size)):
                x = inset + (hang if position else 0.0)
                colour = NOTICE_INK if box.waits else QUIET if line.quiet else INK
                texts.append(place(words, x, y + ASCENT * size, size=size, role=f"box {box.key}", colour=colour))
                y += pitch
        bottom = y - pitch + (ASCENT + DESCENT) * size + PAD if texts else top + 2 * PAD
        placed = Box(left, top, right, bottom)
        edge = NOTICE_EDGE if box.waits else INK
        self.shapes.append(_outline(placed, f"box {box.key}", fill=NOTICE_FILL if box.waits else "#ffffff", edge=edge))
        self.texts += texts
        self.boxes.append(PlacedBox(key=box.key, box=placed, texts=tuple(texts)))
        self.places[box.key] = placed
        return bottom

    def _stage(self, label: str, top: float, bottom: float, *, last: bool) -> float:
        """Set a bar as high as its rows; the last one may reach below them. Gives its lower edge."""
        size = self.grid.size
        needed = text_width(label, size, "bold") + 0.8 * PAD
        if last:
            bottom = max(bottom, top + needed)
        size *= min(1.0, (bottom - top) / needed)
        text = place(
            label,
            MARGIN + BAR / 2 + (ASCENT - DESCENT) / 2 * size,
            (top + bottom) / 2,
            size=size,
            role="stage",
            colour=INK,
            anchor="middle",
            weight="bold",
            turned=True,
        )
        box = Box(MARGIN, top, MARGIN + BAR, bottom)
        self.shapes.append(_outline(box, "stage", fill=STAGE, edge=STAGE))
        self.texts.append(text)
        self.boxes.append(PlacedBox(key=f"stage {label}", box=box, texts=(text,)))
        return bottom

    # -- the arrows

    def _lead(self) -> None:
        """From each main box to the next of its column, to what stands beside it, and from column to column."""
        figure = self.figure
        chain = figure.of("databases")
        for column in figure.columns:
            mains = figure.of(column)
            for main, following in pairwise(mains):
                self._down(self.places[main.key], self.places[following.key])
            for main in mains:
                for box in figure.beside(main):
                    self._aside(self.places[main.key], self.places[box.key])
        others = figure.of("other")
        if others:
            goal = next((box for box in chain if box.row > others[-1].row), None)
            if goal is not None:
                self._round(self.places[others[-1].key], self.places[goal.key])
        for box in figure.of("previous")[-1:]:
            self._round(self.places[box.key], self.places[chain[-1].key])

    def _down(self, box: Box, following: Box) -> None:
        x = (box.left + box.right) / 2
        self._stroke((x, box.bottom), (x, following.top))

    def _aside(self, main: Box, side: Box) -> None:
        """Straight across: from the main box, or from the line below it where the other box stands lower."""
        y = (side.top + side.bottom) / 2
        if side.top == main.top:
            y = (side.top + min(side.bottom, main.bottom)) / 2
        x = main.right if y < main.bottom else (main.left + main.right) / 2
        self._stroke((x, y), (side.left, y))

    def _round(self, box: Box, goal: Box) -> None:
        """Down and then to the side of the goal that lies nearer."""
        x, y = (box.left + box.right) / 2, (goal.top + goal.bottom) / 2
        edge = goal.right if x > goal.right else goal.left
        self.arrows.append(_line(x, box.bottom, x, y + EDGE / 2))
        self._stroke((x, y), (edge, y))

    def _stroke(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """A line with a head at its end, across or down."""
        self.arrows += _arrow(start, end)


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> Iterator[Shape]:
    (x1, y1), (x2, y2) = start, end
    if y1 == y2:
        back = x2 - HEAD if x2 > x1 else x2 + HEAD
        yield _line(x1, y1, back, y2)
        points = ((x2, y2), (back, y2 - 0.42 * HEAD), (back, y2 + 0.42 * HEAD))
    else:
        back = y2 - HEAD
        yield _line(x1, y1, x2, back)
        points = ((x2, y2), (x2 - 0.42 * HEAD, back), (x2 + 0.42 * HEAD, back))
    yield Polygon(points=points, fill=INK, role="arrow-head")


def _line(x1: float, y1: float, x2: float, y2: float) -> Line:
    return Line(x1=x1, y1=y1, x2=x2, y2=y2, width=EDGE, colour=INK, role="arrow")


def _outline(box: Box, role: str, *, fill: str, edge: str = INK) -> Rect:
    return Rect(
        left=box.left,
        top=box.top,
        width=box.width,
        height=box.height,
        role=role,
        fill=fill,
        stroke=edge,
        stroke_width=EDGE,
    )


def _height(lines: int, size: float) -> float:
    return (lines - 1) * LINE_PITCH * size + (ASCENT + DESCENT) * size
