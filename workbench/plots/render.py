"""A laid-out page as SVG, PDF or PNG. The three show the same layout; nothing is decided here.

SVG and PDF are written directly, with text as text; PNG is drawn by matplotlib's Agg canvas alone (no pyplot, no
global figure). All three are the same bytes each time.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import threading
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from .drawing import Line, Page, PlotError, Rect, Shape, Text
from .lettering import FAMILY, font_file, with_glyphs
from .pdf import pdf_bytes

DEFAULT_DPI = 300
LARGEST_SIDE = 2**16 - 1  # pixels; the limit of matplotlib's Agg canvas
PAPER = "#ffffff"
FONT_FAMILY = f"'{FAMILY}', Arial, Helvetica, sans-serif"
# A tenth of a mm as unit: lengths stay short numbers, and no browser's smallest font size gets in the way.
_UNITS = 10
# matplotlib's settings are global, and a figure is drawn under ours.
_DRAWING = threading.Lock()


def render(layout: Page | Sequence[Page], path: str | os.PathLike[str], *, dpi: int = DEFAULT_DPI) -> Path:
    """Write a page to a file in the format its name ends in: .svg, .pdf or .png (at dpi). Gives the path.

    Several pages make one PDF; for SVG and PNG write them one by one. The file appears whole or not at all.
    """
    path = Path(path)
    pages = (layout,) if isinstance(layout, Page) else tuple(layout)
    suffix = path.suffix.lower()
    if suffix == ".pdf":
        body = to_pdf_bytes(pages)
    elif suffix not in (".svg", ".png"):
        raise PlotError(f"{path.name}: figures are written as .svg, .pdf or .png")
    elif len(pages) != 1:
        raise PlotError(f"{path.name}: {suffix[1:].upper()} holds one page and the figure has {len(pages)}; use .pdf")
    else:
        body = to_svg_bytes(pages[0]) if suffix == ".svg" else to_png_bytes(pages[0], dpi=dpi)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place first: a reader never meets half a figure.
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.stem}.", delete=False) as file:
        file.write(body)
    os.chmod(file.name, 0o644)
    os.replace(file.name, path)
    return path


# --- SVG -----------------------------------------------------------------------------------------------------------


def to_svg_bytes(layout: Page) -> bytes:
    """The page as a self-contained SVG: text as <text>, a title and a description for screen readers."""
    name = hashlib.sha256(repr((layout.title, layout.description, layout.page)).encode()).hexdigest()[:12]
    width, height = _length(layout.width), _length(layout.height)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{layout.width:g}mm" height="{layout.height:g}mm"'
        f' viewBox="0 0 {width} {height}" role="img" aria-labelledby="t{name} d{name}">',
        f'<title id="t{name}">{escape(layout.title)}</title>',
        f'<desc id="d{name}">{escape(layout.description)}</desc>',
        f'<rect class="paper" width="{width}" height="{height}" fill="{PAPER}"/>',
        *(_svg_shape(shape) for shape in layout.shapes),
        f'<g font-family="{FONT_FAMILY}" xml:space="preserve">',
        *(_svg_text(text) for text in layout.texts),
        "</g>",
        "</svg>",
        "",
    ]
    return "\n".join(lines).encode("utf-8", errors="replace")


def _length(mm: float) -> str:
    return f"{mm * _UNITS:.2f}".rstrip("0").rstrip(".")


def _svg_text(text: Text) -> str:
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    weight = "" if text.weight == "normal" else f' font-weight="{text.weight}"'
    turn = f' transform="rotate(-90 {_length(text.x)} {_length(text.y)})"' if text.turned else ""
    return (
        f'<text class={quoteattr(text.role)} x="{_length(text.x)}" y="{_length(text.y)}"'
        f' font-size="{_length(text.size)}"{anchor}{weight}{turn} fill="{text.colour}">{escape(text.text)}</text>'
    )


def _svg_shape(shape: Shape) -> str:
    start = f"class={quoteattr(shape.role)}"
    if isinstance(shape, Line):
        dash = f' stroke-dasharray="{" ".join(_length(part) for part in shape.dash)}"' if shape.dash else ""
        return (
            f'<line {start} x1="{_length(shape.x1)}" y1="{_length(shape.y1)}" x2="{_length(shape.x2)}"'
            f' y2="{_length(shape.y2)}" stroke="{shape.colour}" stroke-width="{_length(shape.width)}"{dash}/>'
        )
    if isinstance(shape, Rect):
        stroke = f' stroke="{shape.stroke}" stroke-width="{_length(shape.stroke_width)}"' if shape.stroke else ""
        return (
            f'<rect {start} x="{_length(shape.left)}" y="{_length(shape.top)}" width="{_length(shape.width)}"'
            f' height="{_length(shape.height)}" fill="{shape.fill or "none"}"{stroke}/>'
        )
    points = " ".join(f"{_length(x)},{_length(y)}" for x, y in shape.points)
    return f'<polygon {start} points="{points}" fill="{shape.fill}"/>'


# --- PDF and PNG ---------------------------------------------------------------------------------------------------


def to_pdf_bytes(layouts: Page | Iterable[Page]) -> bytes:
    """One PDF page per layout, fonts embedded as TrueType, no dates in the file."""
    pages = (layouts,) if isinstance(layouts, Page) else tuple(layouts)
    if not pages:
        raise PlotError("a PDF needs at least one page")
    return pdf_bytes(pages)


def to_png_bytes(layout: Page, *, dpi: int = DEFAULT_DPI) -> bytes:
    """The page as PNG at dpi dots per inch."""
    pixels = max(layout.width, layout.height) / 25.4 * dpi
    if dpi < 20 or pixels > LARGEST_SIDE:
        most = int(LARGEST_SIDE * 25.4 / max(layout.width, layout.height))
        raise PlotError(f"{dpi} dpi is out of range for this page: choose 20 to {most}, or split the figure into pages")
    import numpy as np
    from matplotlib.backends.backend_agg import RendererAgg
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    with _DRAWING, _own_settings():
        agg: Any = RendererAgg  # its methods carry no types
        renderer = agg(round(layout.width / 25.4 * dpi), round(layout.height / 25.4 * dpi), dpi)
        _draw(layout, renderer, dpi)
        picture = Image.fromarray(np.array(renderer.buffer_rgba()), "RGBA").convert("RGB")
    about = PngInfo()
    about.add_itxt("Title", layout.title)
    buffer = io.BytesIO()
    picture.save(buffer, format="png", dpi=(dpi, dpi), pnginfo=about)
    return buffer.getvalue()


def _own_settings() -> AbstractContextManager[None]:
    """Our settings, whatever the user's matplotlibrc says, until the block ends."""
    import matplotlib

    settings: dict[Any, Any] = {
        "text.usetex": False,
        "text.hinting": "none",
        "path.simplify": False,
        "path.snap": False,
    }
    return matplotlib.rc_context(settings)


def _draw(layout: Page, renderer: Any, dpi: float) -> None:
    """Put the page onto an empty Agg canvas."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path as Outline
    from matplotlib.transforms import Affine2D

    pixels = dpi / 25.4  # in a mm
    points = 72 / 25.4  # pens and fonts are measured in points

    def draw_shape(shape: Shape) -> None:
        pen = renderer.new_gc()
        fill: str | None = None
        stroke: str | None = None
        width = 0.0
        if isinstance(shape, Line):
            outline = Outline([(shape.x1, shape.y1), (shape.x2, shape.y2)])
            stroke, width = shape.colour, shape.width
            if shape.dash:
                pen.set_dashes(0, [part * points for part in shape.dash])
        elif isinstance(shape, Rect):
            box = shape.box
            corners = [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]
            outline = Outline([*corners, corners[0]], closed=True)
            fill, stroke, width = shape.fill, shape.stroke, shape.stroke_width
        else:
            outline = Outline([*shape.points, shape.points[0]], closed=True)
            fill = shape.fill
        pen.set_foreground(stroke or PAPER)
        pen.set_linewidth(width * points if stroke else 0)
        pen.set_capstyle("butt")
        pen.set_joinstyle("miter")
        renderer.draw_path(pen, outline, to_page, None if fill is None else _rgb(fill))
        pen.restore()

    def draw_text(text: Text) -> None:
        content = with_glyphs(text.text, text.weight)
        if not content.strip():
            return
        pen = renderer.new_gc()
        pen.set_foreground(text.colour)
        font = FontProperties(fname=str(font_file(text.weight)), size=text.size * points)
        width, _, _ = renderer.get_text_width_height_descent(content, font, False)  # shaped, so a little shorter
        before = {"start": 0.0, "middle": width / 2, "end": width}[text.anchor]
        x, y = text.x * pixels, text.y * pixels
        if text.turned:
            renderer.draw_text(pen, x, y + before, content, font, 90.0, False)
        else:
            renderer.draw_text(pen, x - before, y, content, font, 0.0, False)
        pen.restore()

    to_page = Affine2D().scale(pixels, -pixels).translate(0, renderer.height)
    draw_shape(Rect(left=0, top=0, width=layout.width + 1, height=layout.height + 1, role="paper", fill=PAPER))
    for shape in layout.shapes:
        draw_shape(shape)
    for text in layout.texts:
        draw_text(text)


def _rgb(colour: str) -> tuple[float, float, float]:
    value = int(colour.removeprefix("#"), 16)
    return (value >> 16) / 255, (value >> 8 & 255) / 255, (value & 255) / 255
