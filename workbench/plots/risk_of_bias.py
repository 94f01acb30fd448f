"""The two figures of risk of bias: judgement by result and domain (traffic light), and shares by domain (summary).

Rows in, a laid-out page out; nothing here draws. Colour never stands alone: each judgement has a shape and a sign of
its own (circle and plus, triangle and minus, square and cross), and the colours can be told apart by those who see less
of them (after Okabe and Ito 2008). Both figures are as is usual since robvis (McGuinness 2021, 10.1002/jrsm.1411).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbench.risk_of_bias import Risk

from .drawing import Line, Page, PlotError, Polygon, Rect, Shape, Text, Weight
from .forest import INK, NOTICE_EDGE, NOTICE_FILL, NOTICE_INK, QUIET
from .lettering import ASCENT, CAP_HEIGHT, DESCENT, LINE_PITCH, MM_PER_POINT, clean, place, text_width, wrap

WIDTH = 180.0  # mm
MARGIN = 5.0
SIZE = 8 * MM_PER_POINT
SMALL = 7 * MM_PER_POINT
TITLE = 9.5 * MM_PER_POINT
SYMBOL = 4.2  # mm across
COLUMN = 11.0
PAD = 1.3
COLOURS = {Risk.LOW: "#35b08a", Risk.SOME: "#f0e442", Risk.HIGH: "#e2783c"}
WORDS = {Risk.LOW: "low risk", Risk.SOME: "some concerns", Risk.HIGH: "high risk"}
RULE = "#b3b3b3"
NO_COLOUR = "#ffffff"
NOT_JUDGED = "?"
NOT_ASKED = "–"
BAR = 6.0
STROKE = 0.55


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskColumn:
    """One domain, or the overall judgement."""

    code: str  # over the column: "D1"
    title: str  # in the legend and beside the bars


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRow:
    """One result. A code that is missing was not asked in its variant; None is not judged yet."""

    label: str
    risks: Mapping[str, Risk | None]
    weight: float | None = None  # in the pool that the figure is about, on any scale; None: it is about no pool


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFigure:
    """What both figures show. notes: below the figure. example_notice: the band that says that this is no result."""

    title: str
    columns: tuple[RiskColumn, ...]
    rows: tuple[RiskRow, ...]
    notes: tuple[str, ...] = ()
    example_notice: str | None = None

    def __post_init__(self) -> None:
        if not self.rows:
            raise PlotError("no result has a judgement of its risk of bias yet: there is nothing to draw")
        if not self.columns or len(self.columns) > 9:
            raise PlotError(f"a figure of risk of bias has 1 to 9 columns, not {len(self.columns)}")
        given = [row.weight for row in self.rows if row.weight is not None]
        if given and (len(given) < len(self.rows) or not all(0 <= w < math.inf for w in given) or sum(given) <= 0):
            raise PlotError("either every row of a figure of risk of bias has a weight of 0 or more, or none has one")

    @property
    def weighted(self) -> bool:
        """Whether results count by their weight in a pool, not once each."""
        return self.rows[0].weight is not None


def traffic_light_layout(figure: RiskFigure) -> Page:
    """Every result's judgement in every domain."""
    page = _Setting(title=figure.title, notice=figure.example_notice)
    first = WIDTH - MARGIN - COLUMN * len(figure.columns)
    centres = [first + COLUMN * (place_ + 0.5) for place_ in range(len(figure.columns))]
    y = page.y + ASCENT * SIZE
    for column, centre in zip(figure.columns, centres, strict=True):
        page.text(column.code, centre, y, role="column", anchor="middle", weight="bold", size=_fitting(column.code))
    page.text("Result", MARGIN, y, role="column", weight="bold")
    page.y = y + DESCENT * SIZE + PAD
    page.rule(page.y)
    for row in figure.rows:
        lines = wrap(clean(row.label), first - MARGIN - 2 * PAD, SIZE)
        high = max(SYMBOL, len(lines) * LINE_PITCH * SIZE) + 2 * PAD
        middle = page.y + high / 2
        base = middle + CAP_HEIGHT * SIZE / 2 - (len(lines) - 1) * LINE_PITCH * SIZE / 2
        for number, line in enumerate(lines):
            page.text(line, MARGIN, base + number * LINE_PITCH * SIZE, role="label")
        for column, centre in zip(figure.columns, centres, strict=True):
            if column.code not in row.risks:
                page.text(
                    NOT_ASKED, centre, middle + CAP_HEIGHT * SIZE / 2, role="not asked", anchor="middle", quiet=True
                )
            elif (risk := row.risks[column.code]) is None:
                page.text(NOT_JUDGED, centre, middle + CAP_HEIGHT * SIZE / 2, role="not judged", anchor="middle")
            else:
                page.shapes.extend(symbol(risk, centre, middle))
        page.y += high
        page.rule(page.y, light=True)
    page.y += PAD
    page.legend(figure)
    page.block("; ".join(f"{column.code}: {clean(column.title)}" for column in figure.columns) + ".", role="domains")
    for note in figure.notes:
        page.block(note, role="note")
    return page.finish(_described(figure, "Risk of bias of each result"))


def summary_layout(figure: RiskFigure) -> Page:
    """The share of each judgement, by domain: every result counts once, or by its weight in the pool if it has one.

    Results that are not judged yet are a part of their own; those whose variant lacks the domain are left out.
    """
    page = _Setting(title=figure.title, notice=figure.example_notice)
    names = 62.0
    count = 14.0
    left, right = MARGIN + names, WIDTH - MARGIN - count
    for column in figure.columns:
        asked = [(row.risks[column.code], _counts(row)) for row in figure.rows if column.code in row.risks]
        lines = wrap(clean(column.title), names - 2 * PAD, SIZE)
        high = max(BAR, len(lines) * LINE_PITCH * SIZE) + 2 * PAD
        middle = page.y + high / 2
        base = middle + CAP_HEIGHT * SIZE / 2 - (len(lines) - 1) * LINE_PITCH * SIZE / 2
        for number, line in enumerate(lines):
            bold: Weight = "bold" if column is figure.columns[-1] else "normal"
            page.text(line, MARGIN, base + number * LINE_PITCH * SIZE, role="label", weight=bold)
        page.bar(asked, left, right, middle)
        page.text(
            f"n = {len(asked)}", WIDTH - MARGIN, middle + CAP_HEIGHT * SMALL / 2, role="n", anchor="end", size=SMALL
        )
        page.y += high
    page.y += PAD / 2
    for share in (0, 25, 50, 75, 100):
        x = left + (right - left) * share / 100
        page.shapes.append(Line(x1=x, y1=page.y, x2=x, y2=page.y + 1.0, width=0.2, colour=QUIET, role="tick"))
        y = page.y + 1.4 + ASCENT * SMALL
        page.text(f"{share} %", x, y, role="tick", anchor="middle", size=SMALL, quiet=True)
    page.shapes.append(Line(x1=left, y1=page.y, x2=right, y2=page.y, width=0.2, colour=QUIET, role="axis"))
    page.y += 1.4 + LINE_PITCH * SMALL + PAD
    page.legend(figure, left_out=False)
    counted_results = f"{len(figure.rows)} result{'' if len(figure.rows) == 1 else 's'}"
    counted = (
        f"Share of the weight in the pool, {counted_results}; numbers count results."
        if figure.weighted
        else f"Share of {counted_results}; each counts once."
    )
    page.block(counted, role="note")
    for note in figure.notes:
        page.block(note, role="note")
    return page.finish(_described(figure, "Share of results by judgement in each domain"))


def _counts(row: RiskRow) -> float:
    """How much a result counts in the summary."""
    return 1.0 if row.weight is None else row.weight


def symbol(risk: Risk, x: float, y: float, size: float = SYMBOL) -> tuple[Shape, ...]:
    """One judgement's shape with its sign, centred on a point (mm)."""
    half = size / 2
    arm = 0.45 * half
    outline: list[tuple[float, float]]
    if risk is Risk.LOW:
        outline = [(x + half * math.cos(a * math.pi / 24), y + half * math.sin(a * math.pi / 24)) for a in range(48)]
        strokes = [(x - arm, y, x + arm, y), (x, y - arm, x, y + arm)]
    elif risk is Risk.SOME:
        outline = [(x, y - half), (x + half, y + half), (x - half, y + half)]
        strokes = [(x - arm, y + 0.35 * half, x + arm, y + 0.35 * half)]
    else:
        inner = 0.9 * half
        outline = [(x - inner, y - inner), (x + inner, y - inner), (x + inner, y + inner), (x - inner, y + inner)]
        strokes = [(x - arm, y - arm, x + arm, y + arm), (x - arm, y + arm, x + arm, y - arm)]
    lines = [
        Line(x1=a, y1=b, x2=c, y2=d, width=STROKE * size / SYMBOL, colour=INK, role="sign") for a, b, c, d in strokes
    ]
    return (Polygon(points=tuple(outline), fill=COLOURS[risk], role=f"symbol {risk}"), *lines)


def _fitting(code: str) -> float:
    return min(SIZE, SIZE * (COLUMN - 0.6) / text_width(code, SIZE, "bold"))


def _described(figure: RiskFigure, what: str) -> str:
    said = [f"{what}."]
    for row in figure.rows[:200]:
        risks = ", ".join(
            f"{column.code} {'not judged' if row.risks[column.code] is None else row.risks[column.code]}"
            for column in figure.columns
            if column.code in row.risks
        )
        said.append(f"{row.label}: {risks}.")
    return clean(" ".join(said))


@dataclass(slots=True)
class _Setting:
    """The page while it is being set, from top to bottom; y: where the next part begins."""

    title: str
    notice: str | None
    y: float = MARGIN
    texts: list[Text] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.notice:
            top = 0.0
            self.y = 1.2
            self.block(self.notice, role="notice", colour=NOTICE_INK, weight="bold")
            self.shapes.append(Rect(left=0, top=top, width=WIDTH, height=self.y - top, fill=NOTICE_FILL, role="notice"))
            self.shapes.append(Rect(left=0, top=top, width=1.6, height=self.y - top, fill=NOTICE_EDGE, role="notice"))
            self.y += MARGIN / 2
        self.block(self.title, role="title", weight="bold", size=TITLE, colour=INK)
        self.y += PAD

    def text(
        self,
        text: str,
        x: float,
        y: float,
        *,
        role: str,
        anchor: str = "start",
        weight: Weight = "normal",
        size: float = SIZE,
        quiet: bool = False,
    ) -> None:
        self.texts.append(
            place(
                text,
                x,
                y,
                size=size,
                role=role,
                colour=QUIET if quiet else INK,
                anchor="middle" if anchor == "middle" else "end" if anchor == "end" else "start",
                weight=weight,
            )
        )

    def block(
        self, text: str, *, role: str, size: float = SMALL, weight: Weight = "normal", colour: str = QUIET
    ) -> None:
        """Lettering over the whole width, folded."""
        for line in wrap(clean(text), WIDTH - 2 * MARGIN, size, weight):
            y = self.y + ASCENT * size
            self.texts.append(place(line, MARGIN, y, size=size, role=role, colour=colour, weight=weight))
            self.y += LINE_PITCH * size
        self.y += 0.6

    def rule(self, y: float, *, light: bool = False) -> None:
        colour, width = (RULE, 0.1) if light else (INK, 0.25)
        self.shapes.append(Line(x1=MARGIN, y1=y, x2=WIDTH - MARGIN, y2=y, width=width, colour=colour, role="rule"))

    def bar(self, judged: Sequence[tuple[Risk | None, float]], left: float, right: float, middle: float) -> None:
        """One bar of up to four parts, each with its sign, number and share where they fit. judged: with weights."""
        x = left
        whole = sum(weight for _, weight in judged)
        for risk in (*Risk, None):
            number = sum(one is risk for one, _ in judged)
            part = sum(weight for one, weight in judged if one is risk)
            if not part:
                continue
            width = (right - left) * part / whole
            self.shapes.append(
                Rect(
                    left=x,
                    top=middle - BAR / 2,
                    width=width,
                    height=BAR,
                    fill=NO_COLOUR if risk is None else COLOURS[risk],
                    stroke=INK,
                    stroke_width=0.15,
                    role=f"share {risk or 'not judged'}",
                )
            )
            said = f"{number} ({100 * part / whole:.0f} %)"
            room = text_width(said, SMALL)
            if width >= room + SYMBOL + 3 * PAD:
                start = x + (width - room - SYMBOL - PAD) / 2
                self.sign(risk, start + SYMBOL / 2, middle)
                self.text(said, start + SYMBOL + PAD, middle + CAP_HEIGHT * SMALL / 2, role="share", size=SMALL)
            elif width >= SYMBOL + 0.6:
                self.sign(risk, x + width / 2, middle)
            x += width
        if not whole:
            y = middle + CAP_HEIGHT * SMALL / 2
            self.text("not asked in any result", left, y, role="not asked", size=SMALL, quiet=True)

    def sign(self, risk: Risk | None, x: float, middle: float) -> None:
        """A judgement's symbol, or the question mark of none, centred on a point."""
        if risk is None:
            self.text(NOT_JUDGED, x, middle + CAP_HEIGHT * SIZE / 2, role="not judged", anchor="middle")
        else:
            self.shapes.extend(symbol(risk, x, middle))

    def legend(self, figure: RiskFigure, *, left_out: bool = True) -> None:
        """What each sign means. left_out: also that of results whose variant lacks a domain."""
        middle = self.y + SYMBOL / 2
        base = middle + CAP_HEIGHT * SMALL / 2
        x = MARGIN
        for risk in Risk:
            self.shapes.extend(symbol(risk, x + SYMBOL / 2, middle))
            x += SYMBOL + PAD
            self.text(WORDS[risk], x, base, role="legend", size=SMALL)
            x += text_width(WORDS[risk], SMALL) + 3 * PAD
        extra = []
        if any(risk is None for row in figure.rows for risk in row.risks.values()):
            extra.append(f"{NOT_JUDGED}  not judged yet")
        if left_out and any(column.code not in row.risks for row in figure.rows for column in figure.columns):
            extra.append(f"{NOT_ASKED}  not part of this variant")
        for said in extra:
            self.text(said, x, base, role="legend", size=SMALL)
            x += text_width(said, SMALL) + 3 * PAD
        self.y += SYMBOL + PAD

    def finish(self, description: str) -> Page:
        return Page(
            width=WIDTH,
            height=self.y + MARGIN,
            title=clean(self.title),
            description=description,
            texts=tuple(self.texts),
            shapes=tuple(self.shapes),
        )
