"""The forest plot's layout: a figure in, every text and shape with its place in mm out.

Nothing here draws. `forest_layout` gives one page, as tall as its rows need; `forest_pages` splits long figures and
repeats the heading, the axis and the subgroup on every page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .axis import Axis, Span, axis_limits, axis_ticks
from .drawing import Anchor, Box, Line, Page, PlotError, Polygon, Rect, Shape, Text, Weight
from .figure import (
    MARKS,
    Column,
    ForestFigure,
    ForestStudy,
    ForestSummary,
    Mark,
    Row,
    figure_rows,
)
from .lettering import (
    ASCENT,
    CAP_HEIGHT,
    DESCENT,
    LINE_PITCH,
    MM_PER_POINT,
    clean,
    padding,
    place,
    text_width,
    wrap,
    wrap_evenly,
)
from .numbers import display, interval_parts, number

__all__ = [
    "MARKS",
    "Column",
    "ForestFigure",
    "ForestLayout",
    "ForestStudy",
    "ForestSummary",
    "Mark",
    "PlotError",
    "forest_layout",
    "forest_pages",
]

# Lettering sizes tried in turn, in points; journals ask for 6 to 8 at final size.
SIZES = (8.0, 7.5, 7.0, 6.5)
SMALLEST = 6.0 * MM_PER_POINT
MARGIN = 5.0
PLOT_MINIMUM = 40.0  # mm of axis below which intervals can no longer be compared
PLOT_SHARE = 0.27  # of the page that the axis should have
LONGEST_CELL = 15.0  # ems; longer text cells are folded

# Dark enough on white for 4.5:1 (text) and 3:1 (shapes), told apart by shape and lightness, not by hue alone.
INK = "#1a1a1a"
QUIET = "#4d4d4d"
HAIRLINE = "#b8b8b8"
SQUARE = "#2f6595"
HOLLOW = "#6b6b6b"
DIAMOND = "#12304d"
PREDICTION = "#5b7690"
GUIDE = "#7f93a6"
TINT = "#eef2f6"
_FACES: tuple[Weight, ...] = ("normal", "bold")
NOTICE_FILL, NOTICE_EDGE, NOTICE_INK = "#fff1cc", "#b36b00", "#553300"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestLayout(Page):
    """A laid-out forest plot. plot: the area of the rows over the axis."""

    axis: Axis
    plot: Box


def forest_layout(figure: ForestFigure) -> ForestLayout:
    """Lay the whole figure out on one page."""
    return forest_pages(figure, rows_per_page=None)[0]


def forest_pages(figure: ForestFigure, *, rows_per_page: int | None = 60) -> tuple[ForestLayout, ...]:
    """Lay the figure out on as many pages as it needs with at most rows_per_page rows each (None: one page).

    All pages have the same columns and the same axis. A heading is never the last row of a page, and a pooled
    result's rows stay together with the row above them.
    """
    if rows_per_page is not None and rows_per_page < 10:
        raise PlotError(f"{rows_per_page} rows a page are too few: use 10 or more")
    rows = figure_rows(figure)
    grid = _grid(figure, rows)
    axis = _axis(figure, rows, grid)
    chunks = _split(rows, rows_per_page)
    return tuple(
        _Page(figure, grid, axis, all_rows=rows, rows=chunk, page=position, pages=len(chunks)).layout()
        for position, chunk in enumerate(chunks, start=1)
    )


def _split(rows: tuple[Row, ...], limit: int | None) -> list[tuple[Row, ...]]:
    if limit is not None:  # pages of about the same length
        limit = max(10, math.ceil(len(rows) / math.ceil(len(rows) / limit)))
    chunks: list[tuple[Row, ...]] = []
    heading: Row | None = None  # of the subgroup that is going on
    start = 0
    while True:
        carried = (_continued(heading),) if heading and rows[start].kind not in ("heading",) and start else ()
        stop = len(rows) if limit is None else min(len(rows), start + limit - len(carried))
        while start + 1 < stop < len(rows) and (
            rows[stop].kind in ("summary", "prediction", "remark") or rows[stop - 1].kind == "heading"
        ):
            stop -= 1
        if carried and rows[start].overall:
            carried = ()
        chunks.append((*carried, *rows[start:stop]))
        for row in rows[start:stop]:
            heading = row if row.kind == "heading" else heading
        if stop == len(rows):
            return chunks
        start = stop


def _continued(heading: Row) -> Row:
    suffix = " (continued)"
    label = heading.label if heading.label.endswith(suffix) else heading.label + suffix
    return Row(kind="heading", label=label, subgroup=heading.subgroup, bold=True)


# --- columns -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _TextColumn:
    """A column of cells: its edges in mm and its heading, folded."""

    left: float
    right: float
    heading: tuple[str, ...]
    align: Anchor = "end"
    group: str = ""

    @property
    def anchor_x(self) -> float:
        return {"start": self.left, "middle": (self.left + self.right) / 2, "end": self.right}[self.align]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """Where the columns stand on the page; size is the body lettering's em in mm."""

    size: float
    width: float
    label: _TextColumn
    cells: tuple[_TextColumn, ...]
    plot: _TextColumn
    effect: _TextColumn
    weight: _TextColumn | None
    indent: float
    bounds: dict[Weight, tuple[float, float]]  # the widest "[low," and "high]" of each weight of lettering, in mm

    @property
    def pitch(self) -> float:
        return LINE_PITCH * self.size

    @property
    def small(self) -> float:
        return max(0.86 * self.size, SMALLEST)


def _bold(row: Row) -> Weight:
    return "bold" if row.bold else "normal"


def _indented(row: Row) -> bool:
    """Whether the row stands under a heading."""
    return row.kind != "heading" and not row.overall and (row.kind == "excluded" or row.subgroup is not None)


def _label(row: Row) -> str:
    return f"{row.label} {row.symbols}" if row.symbols else row.label


def _weight_text(row: Row) -> str:
    if row.kind == "excluded":
        return "–"
    return "" if row.weight is None else number(row.weight, 1)


def _effect_parts(row: Row, figure: ForestFigure) -> tuple[str, str, str]:
    """('−1.26', '[−2.09,', '−0.44]'); the parts are aligned among the rows."""
    if row.kind in ("heading", "remark"):
        return "", "", ""
    low, high = interval_parts(row.low, row.high, ratio=figure.ratio, decimals=figure.decimals)
    if row.kind == "prediction":
        return "", low, high
    shown = display(row.estimate, ratio=figure.ratio)
    if shown is None:
        return "", "", "not pooled" if row.kind == "summary" else "not estimable"
    return number(shown, figure.decimals), low, high


def _longest(texts: Iterable[tuple[str, Weight]], size: float) -> float:
    return max((text_width(text, size, weight) for text, weight in texts), default=0.0)


def _grid(figure: ForestFigure, rows: Sequence[Row]) -> _Grid:
    """The largest lettering with which everything fits the width wanted; a wider page if none does."""
    for points in SIZES:
        grid = _grid_at(figure, rows, points * MM_PER_POINT, last=False)
        if grid is not None:
            return grid
    grid = _grid_at(figure, rows, SIZES[-1] * MM_PER_POINT, last=True)
    assert grid is not None
    return grid


def _grid_at(figure: ForestFigure, rows: Sequence[Row], size: float, *, last: bool) -> _Grid | None:
    gap = 1.0 * size
    head = clean(figure.effect_heading)
    parts = [(_effect_parts(row, figure), _bold(row)) for row in rows]
    bounds: dict[Weight, tuple[float, float]] = {}
    effect_width = 0.0
    for face in _FACES:
        own = [part for part, weight in parts if weight == face]
        numbers = [part for part in own if part[1]]  # the others say in words that there is none
        widest = [_longest(((part[position], face) for part in numbers), size) for position in range(3)]
        bounds[face] = widest[1], widest[2]
        words = _longest(((f"{part[0]} {part[2]}", face) for part in own if not part[1]), size)
        effect_width = max(effect_width, sum(widest) + 2 * text_width(" ", size, face), words)
    heading = wrap_evenly(head, max(effect_width, 7 * size), size, "bold")
    effect_width = max(effect_width, _longest(((line, "bold") for line in heading), size))

    weight_heading = ("Weight", "(%)")
    weight_width = 0.0
    if figure.weighted:
        weight_width = max(
            _longest(((line, "bold") for line in weight_heading), size),
            _longest(((_weight_text(row), _bold(row)) for row in rows), size),
        )

    widths, headings = _cell_widths(figure, rows, size, gap)
    gaps = _cell_gaps(figure.column_headers, gap)

    indent = size
    labelled = [row for row in rows if row.kind not in ("heading", "remark")]
    natural = max(text_width(_label(row), size, _bold(row)) + (indent if _indented(row) else 0.0) for row in labelled)
    natural = max(natural, text_width(clean(figure.label_header), size, "bold"))

    fixed = 2 * MARGIN + sum(widths) + sum(gaps) + 1.6 * gap + 1.6 * gap + effect_width
    fixed += (1.2 * gap + weight_width) if weight_width else 0.0
    width = figure.width_mm
    axis_width = max(PLOT_MINIMUM, PLOT_SHARE * width)
    if width < fixed + min(natural, 17 * size) + axis_width:
        if not last:
            return None
        axis_width = PLOT_MINIMUM
        if width < fixed + min(natural, 12 * size) + axis_width:
            width = math.ceil(fixed + min(natural, 17 * size) + axis_width)
    room = width - fixed
    label_width = min(natural, room - axis_width)

    x = MARGIN
    label = _TextColumn(
        left=x,
        right=x + label_width,
        align="start",
        heading=wrap_evenly(clean(figure.label_header), label_width, size, "bold"),
    )
    x += label_width
    cells = []
    for column, cell_width, cell_gap, lines in zip(figure.column_headers, widths, gaps, headings, strict=True):
        x += cell_gap
        cells.append(
            _TextColumn(left=x, right=x + cell_width, align=column.align, heading=lines, group=clean(column.group))
        )
        x += cell_width
    x += 1.6 * gap
    plot_width = room - label_width
    plot = _TextColumn(
        left=x,
        right=x + plot_width,
        align="middle",
        heading=wrap_evenly(clean(figure.measure_label), plot_width, size, "bold"),
    )
    x += plot_width + 1.6 * gap
    effect = _TextColumn(left=x, right=x + effect_width, heading=heading)
    x += effect_width + 1.2 * gap
    weights = _TextColumn(left=x, right=x + weight_width, heading=weight_heading) if weight_width else None
    return _Grid(
        size=size,
        width=width,
        label=label,
        cells=tuple(cells),
        plot=plot,
        effect=effect,
        weight=weights,
        indent=indent,
        bounds=bounds,
    )


def _cell_widths(
    figure: ForestFigure, rows: Sequence[Row], size: float, gap: float
) -> tuple[list[float], list[tuple[str, ...]]]:
    """Each column's width and folded heading; a group's columns are widened where its heading needs it."""
    widths, headings = [], []
    for position, column in enumerate(figure.column_headers):
        cells = [(row.columns[position], _bold(row)) for row in rows if row.columns]
        body = min(_longest(cells, size), LONGEST_CELL * size)
        label = clean(column.label)
        word = min(_longest(((word, "bold") for word in label.split()), size), LONGEST_CELL * size)
        lines = wrap_evenly(label, max(body, word, 5 * size), size, "bold")
        headings.append(lines)
        widths.append(max(body, _longest(((line, "bold") for line in lines), size)))
    for first, last in _groups(figure.column_headers):
        needed = min(text_width(clean(figure.column_headers[first].group), size, "bold"), LONGEST_CELL * size)
        count = last - first + 1
        missing = needed - (sum(widths[first : last + 1]) + (count - 1) * gap)
        if missing > 0:
            for position in range(first, last + 1):
                widths[position] += missing / count
    return widths, headings


def _cell_gaps(columns: Sequence[Column], gap: float) -> list[float]:
    """The space before each column: wider where a new group starts."""
    gaps = []
    for position, column in enumerate(columns):
        same = position > 0 and column.group and columns[position - 1].group == column.group
        gaps.append(gap if same else 1.7 * gap)
    return gaps


def _groups(columns: Sequence[Column]) -> list[tuple[int, int]]:
    """Runs of neighbouring columns with the same group heading, as (first, last)."""
    runs: list[tuple[int, int]] = []
    for position, column in enumerate(columns):
        if not column.group:
            continue
        if runs and runs[-1][1] == position - 1 and columns[position - 1].group == column.group:
            runs[-1] = (runs[-1][0], position)
        else:
            runs.append((position, position))
    return runs


def _axis(figure: ForestFigure, rows: Sequence[Row], grid: _Grid) -> Axis:
    studies = [Span(r.estimate, r.low, r.high) for r in rows if r.kind in ("study", "excluded")]
    summaries = [Span(r.estimate, r.low, r.high) for r in rows if r.kind == "summary"]
    predictions = [Span(None, r.low, r.high) for r in rows if r.kind == "prediction"]
    predictions += [Span(None, r.pi_low, r.pi_high) for r in rows if r.pi_low is not None or r.pi_high is not None]
    low, high = axis_limits(studies, summaries, predictions, null=figure.null_value, ratio=figure.ratio)
    width = grid.plot.right - grid.plot.left
    ticks = axis_ticks(low, high, null=figure.null_value, ratio=figure.ratio, width=width, size=grid.small)
    return Axis(low=low, high=high, left=grid.plot.left, right=grid.plot.right, ratio=figure.ratio, ticks=ticks)


# --- the page ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Page:
    """One page while it is being set, from top to bottom."""

    figure: ForestFigure
    grid: _Grid
    axis: Axis
    all_rows: Sequence[Row] = field(kw_only=True)
    rows: Sequence[Row] = field(kw_only=True)
    page: int = field(kw_only=True)
    pages: int = field(kw_only=True)
    texts: list[Text] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    guides: list[Shape] = field(default_factory=list)  # lines behind the rows

    def layout(self) -> ForestLayout:
        y = self._headings(self._title(self._notice(0.0)))
        top = y
        y, diamond = self._body(y)
        plot = Box(self.axis.left, top, self.axis.right, y)
        self._guides(plot, diamond)
        y = self._foot(self._axis_and_heterogeneity(y))
        backgrounds = [shape for shape in self.shapes if shape.role in ("notice", "tint")]
        others = [shape for shape in self.shapes if shape.role not in ("notice", "tint")]
        return ForestLayout(
            width=self.grid.width,
            height=round(y + MARGIN, 3),
            title=clean(self.figure.title),
            description=self.figure.description,
            texts=tuple(self.texts),
            shapes=(*backgrounds, *self.guides, *others),
            axis=self.axis,
            plot=plot,
            page=self.page,
            pages=self.pages,
        )

    # -- lettering

    def _line(
        self,
        text: str,
        x: float,
        baseline: float,
        role: str,
        *,
        size: float | None = None,
        colour: str = INK,
        anchor: Anchor = "start",
        weight: Weight = "normal",
    ) -> None:
        if text:
            em = size or self.grid.size
            self.texts.append(place(text, x, baseline, size=em, role=role, colour=colour, anchor=anchor, weight=weight))

    def _block(
        self,
        lines: Sequence[str],
        x: float,
        top: float,
        role: str,
        *,
        size: float | None = None,
        colour: str = INK,
        anchor: Anchor = "start",
        weight: Weight = "normal",
    ) -> float:
        """Set lines below each other from top on; gives the lower edge."""
        em = size or self.grid.size
        for position, line in enumerate(lines):
            baseline = top + ASCENT * em + position * LINE_PITCH * em
            self._line(line, x, baseline, role, size=em, colour=colour, anchor=anchor, weight=weight)
        return top + (len(lines) - 1) * LINE_PITCH * em + (ASCENT + DESCENT) * em

    def _centred(
        self, lines: Sequence[str], x: float, middle: float, role: str, *, colour: str, anchor: Anchor, weight: Weight
    ) -> None:
        """Set lines so that their block is centred on a row's middle."""
        em, pitch = self.grid.size, self.grid.pitch
        first = middle + CAP_HEIGHT / 2 * em - (len(lines) - 1) / 2 * pitch
        for position, line in enumerate(lines):
            self._line(line, x, first + position * pitch, role, colour=colour, anchor=anchor, weight=weight)

    # -- from the top

    @property
    def _measure(self) -> float:
        return self.grid.width - 2 * MARGIN

    def _notice(self, y: float) -> float:
        if not self.figure.example_notice:
            return y + MARGIN
        size = self.grid.size
        lines = wrap(clean(self.figure.example_notice), self._measure, size, "bold")
        bottom = self._block(lines, MARGIN, y + 0.5 * size, "notice", colour=NOTICE_INK, weight="bold") + 0.5 * size
        self.shapes.append(
            Rect(left=0.0, top=y, width=self.grid.width, height=bottom - y, fill=NOTICE_FILL, role="notice")
        )
        self.shapes.append(Rect(left=0.0, top=y, width=1.6, height=bottom - y, fill=NOTICE_EDGE, role="notice"))
        return bottom + 3.0

    def _title(self, y: float) -> float:
        size = 1.25 * self.grid.size
        title = clean(self.figure.title)
        if self.pages > 1:
            title = f"{title} (page {self.page} of {self.pages})"
        y = self._block(wrap_evenly(title, self._measure, size, "bold"), MARGIN, y, "title", size=size, weight="bold")
        if self.figure.subtitle:
            lines = wrap(clean(self.figure.subtitle), self._measure, self.grid.size)
            y = self._block(lines, MARGIN, y + 0.15 * self.grid.size, "subtitle", colour=QUIET)
        return y + 1.1 * self.grid.size

    def _headings(self, y: float) -> float:
        """Column headings, standing on the rule over the rows; group headings over theirs."""
        grid = self.grid
        size, pitch = grid.size, grid.pitch
        columns = [grid.label, *grid.cells, grid.plot, grid.effect, *([grid.weight] if grid.weight else [])]
        grouped = [cell for cell in grid.cells if cell.group]
        deepest = max(len(column.heading) for column in columns)
        below_groups = max((len(cell.heading) for cell in grouped), default=0)
        group_lines = {
            span: wrap_evenly(
                grid.cells[span[0]].group,
                max(grid.cells[span[1]].right - grid.cells[span[0]].left, size) + 0.01,
                size,
                "bold",
            )
            for span in _groups(self.figure.column_headers)
        }
        tallest = max((len(lines) for lines in group_lines.values()), default=0)
        spacing = 0.55 * size if group_lines else 0.0
        total = max(deepest * pitch, (tallest + below_groups) * pitch + spacing)
        last = y + total - pitch + ASCENT * size  # the baseline of every heading's last line
        for column in columns:
            for position, line in enumerate(column.heading):
                baseline = last - (len(column.heading) - 1 - position) * pitch
                self._line(line, column.anchor_x, baseline, "heading", anchor=column.align, weight="bold")
        edge = last - (below_groups - 1) * pitch - ASCENT * size - spacing * 0.5
        for (first, end), lines in group_lines.items():
            left, right = grid.cells[first].left, grid.cells[end].right
            for position, line in enumerate(lines):
                baseline = edge - spacing * 0.3 - DESCENT * size - (len(lines) - 1 - position) * pitch
                self._line(line, (left + right) / 2, baseline, "group-heading", anchor="middle", weight="bold")
            self._rule(left, right, edge, "group-rule", width=0.15)
        bottom = last + DESCENT * size + 0.35 * size
        self._rule(MARGIN, grid.width - MARGIN, bottom, "rule", width=0.3)
        return bottom + 0.35 * size

    def _rule(self, left: float, right: float, y: float, role: str, *, width: float, colour: str = INK) -> None:
        self.shapes.append(Line(x1=left, y1=y, x2=right, y2=y, width=width, colour=colour, role=role))

    # -- rows

    def _body(self, y: float) -> tuple[float, float | None]:
        """Set the rows; gives the lower edge and the middle of the first overall diamond's row."""
        size = self.grid.size
        pad = 0.5 * size if len(self.all_rows) <= 45 else 0.28 * size
        diamond: float | None = None
        ruled = False
        for position, row in enumerate(self.rows):
            if row.overall and not ruled:
                ruled = True
                if position:
                    y += 0.3 * size
                    self._rule(MARGIN, self.grid.width - MARGIN, y, "total-rule", width=0.15)
                    y += 0.3 * size
            if row.kind == "heading" and position:
                y += 0.35 * size
            labels, cells = self._folded(row)
            count = max(len(labels), *(len(lines) for lines in cells)) if cells else len(labels)
            em = self.grid.small if row.kind == "remark" else size
            height = (count - 1) * LINE_PITCH * em + (ASCENT + DESCENT) * em + pad
            if row.kind == "remark":  # belongs to the row above it
                height -= 0.6 * pad
                self._block(labels, self._label_x(row), y, "remark", size=em, colour=QUIET)
            else:
                # The capitals' middle lies a little above the line box's: centre the lettering, not the box.
                middle = y + height / 2 - 0.02 * em
                self._row(row, labels, cells, y, height, middle)
                if row.kind == "summary" and row.overall and diamond is None:
                    diamond = middle
            y += height
        return y, diamond

    def _label_x(self, row: Row) -> float:
        return self.grid.label.left + (self.grid.indent if _indented(row) else 0.0)

    def _folded(self, row: Row) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        grid, weight = self.grid, _bold(row)
        if row.kind in ("heading", "remark"):
            em = grid.small if row.kind == "remark" else grid.size
            free = grid.plot.left - 1.6 * grid.size - self._label_x(row)
            return wrap(row.label, free, em, weight), []
        # 1e-6: the column was made from these very lengths, and sums of floats differ in the last place
        labels = wrap(_label(row), grid.label.right - self._label_x(row) + 1e-6, grid.size, weight)
        cells = [
            wrap(text, column.right - column.left + 1e-6, grid.size, weight)
            for text, column in zip(row.columns, grid.cells, strict=False)
        ]
        return labels, cells

    def _row(
        self,
        row: Row,
        labels: Sequence[str],
        cells: Sequence[Sequence[str]],
        top: float,
        height: float,
        middle: float,
    ) -> None:
        grid, weight = self.grid, _bold(row)
        colour = QUIET if row.kind in ("excluded", "prediction") else INK
        role = {"heading": "subgroup"}.get(row.kind, row.kind)
        if row.kind == "heading":
            self.shapes.append(
                Rect(
                    left=MARGIN,
                    top=top,
                    width=grid.width - 2 * MARGIN,
                    height=height,
                    fill=TINT,
                    role="tint",
                )
            )
        x = self._label_x(row) + (0.4 * grid.size if row.kind == "heading" else 0.0)
        self._centred(labels, x, middle, role, colour=colour, anchor="start", weight=weight)
        for lines, column in zip(cells, grid.cells, strict=False):
            self._centred(lines, column.anchor_x, middle, "cell", colour=colour, anchor=column.align, weight=weight)
        baseline = middle + CAP_HEIGHT / 2 * grid.size
        effect = self._aligned(_effect_parts(row, self.figure), weight)
        self._line(effect, grid.effect.right, baseline, "effect", colour=colour, anchor="end", weight=weight)
        if grid.weight:
            text = _weight_text(row)
            self._line(text, grid.weight.right, baseline, "weight", colour=colour, anchor="end", weight=weight)
        if row.kind in ("study", "excluded"):
            self._study(row, middle)
        elif row.kind == "summary":
            self._summary(row, middle)
        elif row.kind == "prediction":
            self._prediction(row.low, row.high, middle)

    def _aligned(self, parts: tuple[str, str, str], weight: Weight) -> str:
        """One line in which the bounds stand under those of the other rows: padded with typographic spaces."""
        estimate, low, high = parts
        size = self.grid.size
        if not low:
            return f"{estimate} {high}".strip()
        widest_low, widest_high = self.grid.bounds[weight]
        after = padding(widest_high - text_width(high, size, weight), size, weight)
        before = padding(widest_low - text_width(low, size, weight), size, weight) if estimate else ""
        return f"{estimate} {before}{low} {after}{high}".strip()

    # -- what is drawn on the axis

    def _study(self, row: Row, y: float) -> None:
        excluded = row.kind == "excluded"
        self._interval(row, y, colour=HOLLOW if excluded else INK)
        if row.estimate is None or not self.axis.holds(row.estimate):
            return
        side = self._side(row)
        left = min(max(self.axis.x(row.estimate) - side / 2, self.axis.left), self.axis.right - side)
        square = Rect(
            left=left,
            top=y - side / 2,
            width=side,
            height=side,
            role="excluded-square" if excluded else "square",
            fill="#ffffff" if excluded else SQUARE,
            stroke=HOLLOW if excluded else None,
            stroke_width=0.25 if excluded else 0.0,
        )
        self.shapes.append(square)

    def _side(self, row: Row) -> float:
        """Of a study's square, in mm: area proportional to weight, but never too small to be seen."""
        largest = max((r.weight for r in self.all_rows if r.kind == "study" and r.weight), default=None)
        if row.kind == "excluded" or row.weight is None or largest is None:
            return 0.55 * self.grid.size
        return max(0.92 * self.grid.size * math.sqrt(row.weight / largest), 0.5)

    def _interval(self, row: Row, y: float, *, colour: str) -> None:
        axis = self.axis
        ends = [value for value in (row.low, row.estimate, row.high) if value is not None]
        if not ends:
            return
        low, high = min(ends), max(ends)
        beyond_left, beyond_right = low < axis.low, high > axis.high
        left = axis.left + (self._tip if beyond_left else 0.0) if beyond_left else axis.x(low)
        right = axis.right - self._tip if beyond_right else axis.x(high)
        if right > left:
            self.shapes.append(Line(x1=left, y1=y, x2=right, y2=y, width=0.28, colour=colour, role="interval"))
        if beyond_left:
            self._arrow(axis.left, y, -1, colour)
        if beyond_right:
            self._arrow(axis.right, y, 1, colour)

    @property
    def _tip(self) -> float:
        return 0.55 * self.grid.size

    def _arrow(self, x: float, y: float, direction: int, colour: str, *, role: str = "arrow") -> None:
        """A filled head whose tip is at x, pointing to the left (-1) or right (1)."""
        back, half = x - direction * self._tip, 0.28 * self.grid.size
        self.shapes.append(Polygon(points=((x, y), (back, y - half), (back, y + half)), fill=colour, role=role))

    def _summary(self, row: Row, y: float) -> None:
        if row.pi_low is not None or row.pi_high is not None:
            self._prediction(row.pi_low, row.pi_high, y)
        if row.estimate is None:
            return
        axis = self.axis
        low = row.estimate if row.low is None else row.low
        high = row.estimate if row.high is None else row.high
        if high < axis.low or low > axis.high:
            self._arrow(axis.left if high < axis.low else axis.right, y, -1 if high < axis.low else 1, DIAMOND)
            return
        half = (0.56 if row.overall else 0.46) * self.grid.size
        points = _diamond(axis, low, row.estimate, high, y, half)
        self.shapes.append(Polygon(points=points, fill=DIAMOND, role="diamond"))
        inset = 0.25 * self.grid.size  # light on the dark shape
        if low < axis.low:
            self._arrow(axis.left + inset, y, -1, "#ffffff")
        if high > axis.high:
            self._arrow(axis.right - inset, y, 1, "#ffffff")

    def _prediction(self, low: float | None, high: float | None, y: float) -> None:
        axis = self.axis
        low = -math.inf if low is None else low
        high = math.inf if high is None else high
        if high < axis.low or low > axis.high:
            self._arrow(axis.left if high < axis.low else axis.right, y, -1 if high < axis.low else 1, PREDICTION)
            return
        left = axis.left + self._tip if low < axis.low else axis.x(low)
        right = axis.right - self._tip if high > axis.high else axis.x(high)
        self.shapes.append(
            Line(x1=left, y1=y, x2=max(left, right), y2=y, width=0.8, colour=PREDICTION, role="prediction-bar")
        )
        cap = 0.3 * self.grid.size
        for beyond, x, edge, direction in (
            (low < axis.low, left, axis.left, -1),
            (high > axis.high, right, axis.right, 1),
        ):
            if beyond:
                self._arrow(edge, y, direction, PREDICTION)
            else:
                self.shapes.append(
                    Line(x1=x, y1=y - cap, x2=x, y2=y + cap, width=0.35, colour=PREDICTION, role="prediction-cap")
                )

    def _guides(self, plot: Box, diamond: float | None) -> None:
        """The null line through all rows, and a dashed line from the studies down to the pooled estimate."""
        null = self.axis.x(self.figure.null_value)
        self.guides.append(
            Line(x1=null, y1=plot.top, x2=null, y2=plot.bottom + 1.0, width=0.25, colour=QUIET, role="null-line")
        )
        overall = next((row for row in self.all_rows if row.kind == "summary" and row.overall), None)
        studies = any(row.kind == "study" for row in self.rows)
        if overall and overall.estimate is not None and studies and self.axis.holds(overall.estimate):
            x = self.axis.x(overall.estimate)
            self.guides.append(
                Line(
                    x1=x,
                    y1=plot.top,
                    x2=x,
                    y2=plot.bottom if diamond is None else diamond,
                    width=0.25,
                    colour=GUIDE,
                    role="estimate-line",
                    dash=(1.0, 0.8),
                )
            )

    # -- below the rows

    def _axis_and_heterogeneity(self, y: float) -> float:
        size, small = self.grid.size, self.grid.small
        y += 1.0
        top = y
        self._rule(self.axis.left, self.axis.right, y, "axis", width=0.25)
        for tick in self.axis.ticks:
            x = self.axis.x(tick.value)
            self.shapes.append(Line(x1=x, y1=y, x2=x, y2=y + 0.9, width=0.25, colour=INK, role="tick"))
            self._block((tick.label,), x, y + 1.2, "tick-label", size=small, anchor="middle")
        bottom, leftmost = self._favours(y + 1.2 + (ASCENT + DESCENT) * small + 0.15 * size)
        if not self.figure.heterogeneity or self.page != self.pages:
            return bottom
        left = self.grid.label.left
        beside = min(leftmost, self.grid.plot.left) - 2.2 * size - left
        if beside >= 45:
            lines = self._paragraph(self.figure.heterogeneity, beside, size)
            return max(bottom, self._block(lines, left, top + 0.2 * size, "heterogeneity"))
        lines = self._paragraph(self.figure.heterogeneity, self._measure, size)
        return self._block(lines, left, bottom + 0.5 * size, "heterogeneity")

    @staticmethod
    def _paragraph(text: str, width: float, size: float) -> list[str]:
        """Fold a text that may bring line breaks of its own."""
        return [line for part in text.splitlines() for line in wrap(clean(part), width, size)]

    def _favours(self, y: float) -> tuple[float, float]:
        """Say on either side of the null line what that side favours; gives the lower and the leftmost edge.

        The labels may run out under the neighbouring columns, which are empty here. Each has an arrow on its outer
        side. Where they do not fit beside each other (long words, a narrow page) they stand below each other.
        """
        size, axis = self.grid.size, self.axis
        words = {-1: clean(self.figure.favours_left), 1: clean(self.figure.favours_right)}
        arrow, gap = 2.2 * size, 0.5 * size
        null = axis.x(self.figure.null_value)
        needed = {side: gap + text_width(text, size) + gap + arrow for side, text in words.items() if text}
        room = {-1: null - max(MARGIN, axis.left - 0.2 * self.grid.width), 1: self.grid.width - MARGIN - null}
        bottom, leftmost = y, axis.left
        beside = all(length <= room[side] for side, length in needed.items())
        for side in needed:
            role = "favours-left" if side < 0 else "favours-right"
            if beside:
                top, start = y, null + side * gap
                anchor: Anchor = "end" if side < 0 else "start"
                outer = null + side * (2 * gap + text_width(words[side], size))
            else:
                top, outer = bottom, (axis.left if side < 0 else axis.right) - side * arrow
                start, anchor = outer - side * gap, "start" if side < 0 else "end"
            free = self.grid.width if beside else axis.right - axis.left - arrow - gap
            lines = wrap_evenly(words[side], free, size)
            self._direction(outer, top + (ASCENT - CAP_HEIGHT / 2) * size, side, arrow)
            bottom = max(bottom, self._block(lines, start, top, role, anchor=anchor))
            leftmost = min(leftmost, outer + min(side, 0) * arrow)
        return bottom, leftmost

    def _direction(self, x: float, y: float, direction: int, length: float) -> None:
        tip = x + direction * length
        self.shapes.append(
            Line(x1=x, y1=y, x2=tip - direction * 0.5 * self._tip, y2=y, width=0.28, colour=INK, role="favours-arrow")
        )
        self._arrow(tip, y, direction, INK, role="favours-head")

    def _foot(self, y: float) -> float:
        """Settings, date, what the signs mean, and notes, in small print under a rule."""
        figure, small = self.figure, self.grid.small
        y += 0.9 * self.grid.size
        self._rule(MARGIN, self.grid.width - MARGIN, y, "foot-rule", width=0.15, colour=HAIRLINE)
        y += 0.5 * self.grid.size
        for text, role in (
            (figure.settings, "settings"),
            (f"Searches current to {figure.current_to}." if figure.current_to else "", "current-to"),
            (self._key(), "key"),
            *((f"{mark.symbol} {mark.meaning}", "legend") for mark in figure.legend),
            *((note, "note") for note in figure.notes),
        ):
            lines = self._paragraph(text, self._measure, small)
            if lines:
                y = self._block(lines, MARGIN, y, role, size=small, colour=QUIET) + 0.18 * small
        return y

    def _key(self) -> str:
        """What the shapes on this figure mean, naming only those that are there."""
        figure, axis = self.figure, self.axis
        kinds = {row.kind for row in self.all_rows}
        said = []
        if "study" in kinds and figure.weighted:
            said.append("square area is proportional to weight")
        if "excluded" in kinds:
            said.append("hollow squares are not part of the pooled result")
        if "summary" in kinds:
            said.append(f"diamonds are pooled estimates with {figure.level:g}% confidence intervals")
        if any(row.pi_low is not None or row.pi_high is not None for row in self.all_rows):
            said.append("bars behind them are prediction intervals")
        ends = [v for r in self.all_rows for v in (r.low, r.high, r.estimate, r.pi_low, r.pi_high) if v is not None]
        if any(not axis.holds(value) for value in ends):
            said.append("arrowheads mark what continues beyond the axis")
        text = "; ".join(said)
        return f"{text[:1].upper()}{text[1:]}." if text else ""


def _diamond(
    axis: Axis, low: float, estimate: float, high: float, y: float, half: float
) -> tuple[tuple[float, float], ...]:
    """A diamond from low to high with its points above and below the estimate, cut off where the axis ends."""
    scale = (axis.right - axis.left) / (axis.high - axis.low)
    peak = axis.left + (estimate - axis.low) * scale
    # Never narrower than 0.6 mm, so that a very precise result is still seen.
    left = min(axis.left + (low - axis.low) * scale, peak - 0.3)
    right = max(axis.left + (high - axis.low) * scale, peak + 0.3)

    def height_at(x: float) -> float:
        if not (math.isfinite(left) or x >= peak) or not (math.isfinite(right) or x <= peak):
            return half  # an infinite side does not narrow
        return half * ((x - left) / (peak - left) if x < peak else (right - x) / (right - peak))

    start, end = max(left, axis.left), min(right, axis.right)
    upper = [(start, height_at(start))]
    if start < peak < end:
        upper.append((peak, half))
    upper.append((end, height_at(end)))
    below = [(x, y + h) for x, h in reversed(upper) if h > 0]
    return (*((x, y - h) for x, h in upper), *below)
