"""What a finished drawing is made of: texts and shapes with their places in millimetres.

Everything is plain data. The origin is the page's top left corner, x grows to the right and y grows downwards. A
renderer walks over the values in order and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]
Weight = Literal["normal", "bold"]


class PlotError(ValueError):
    """A figure that cannot be drawn; the message names the study or the setting and how to mend it."""


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-parallel rectangle in mm: left <= right, top <= bottom."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def meets(self, other: Box, *, tolerance: float = 1e-6) -> bool:
        """Whether the two share more than an edge (tolerance in mm)."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > tolerance and down > tolerance

    def inside(self, other: Box, *, tolerance: float = 1e-6) -> bool:
        """Whether this box lies wholly in the other (tolerance in mm)."""
        return (
            self.left >= other.left - tolerance
            and self.top >= other.top - tolerance
            and self.right <= other.right + tolerance
            and self.bottom <= other.bottom + tolerance
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One line of lettering.

    x, y: where the anchor stands on the baseline. size: the em in mm. box: measured with the font's own metrics, from
    the ascender to the descender. turned: by a quarter, to be read from below upwards.
    """

    text: str
    x: float
    y: float
    anchor: Anchor
    size: float
    weight: Weight
    colour: str
    role: str
    box: Box
    turned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A straight stroke; dash is (on, off) in mm."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float
    colour: str
    role: str
    dash: tuple[float, float] | None = None

    @property
    def box(self) -> Box:
        return Box(min(self.x1, self.x2), min(self.y1, self.y2), max(self.x1, self.x2), max(self.y1, self.y2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rect:
    """A rectangle, filled or outlined; the outline (width in mm) is centred on the edge."""

    left: float
    top: float
    width: float
    height: float
    role: str
    fill: str | None = None
    stroke: str | None = None
    stroke_width: float = 0.0

    @property
    def box(self) -> Box:
        return Box(self.left, self.top, self.left + self.width, self.top + self.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Polygon:
    """A filled polygon."""

    points: tuple[tuple[float, float], ...]
    fill: str
    role: str

    @property
    def box(self) -> Box:
        across, down = zip(*self.points, strict=True)
        return Box(min(across), min(down), max(across), max(down))


Shape = Line | Rect | Polygon


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A laid-out page; all lengths in mm from the top left corner.

    shapes are in drawing order (the first lies lowest), texts lie on top. title, description: the figure in words, for
    those who do not see it.
    """

    width: float
    height: float
    title: str
    description: str
    texts: tuple[Text, ...]
    shapes: tuple[Shape, ...]
    page: int = 1
    pages: int = 1

    @property
    def bounds(self) -> Box:
        """The whole page."""
        return Box(0.0, 0.0, self.width, self.height)

    def with_role(self, role: str) -> tuple[Text | Shape, ...]:
        """Every text or shape of one role, in order: "study", "effect", "square", "diamond", "arrow" and so on."""
        return tuple(item for item in (*self.shapes, *self.texts) if item.role == role)
