"""SVG, PDF and PNG show the same layout, hold their text as text, and are the same bytes each time."""

from __future__ import annotations

import io
import os
import re
import shutil
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from tests.test_forest_layout import figure_of, grouped
from workbench.plots import (
    ForestLayout,
    PlotError,
    forest_layout,
    forest_pages,
    render,
    to_pdf_bytes,
    to_png_bytes,
    to_svg_bytes,
)
from workbench.plots.lettering import with_glyphs

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script> & \"quoted\" 'single' ]]> $x^2$ \\frac{1}{2} (a\\)b"


def hostile_layout() -> ForestLayout:
    figure = figure_of(3, title=HOSTILE, favours_left=HOSTILE, notes=(HOSTILE,), example_notice=HOSTILE)
    return forest_layout(replace(figure, studies=tuple(replace(s, label=HOSTILE) for s in figure.studies)))


def foreign_layout() -> ForestLayout:
    """Names in scripts that the figures' font has (Greek, Hebrew, Arabic) and has not (Chinese, Thai)."""
    names = ("Παπαδόπουλος 2020", "מחקר 2021", "دراسة ۲۰۲۲", "王小明 2019", "ภาษาไทย 2018", "e\u0301tude \U0001f9e0")
    figure = figure_of(len(names))
    studies = tuple(replace(study, label=name) for study, name in zip(figure.studies, names, strict=True))
    return forest_layout(replace(figure, studies=studies))


# --- SVG -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", [forest_layout(grouped(figure_of(30), 3)), hostile_layout(), foreign_layout()])
def test_svg_holds_each_text_of_the_layout_as_text_in_its_place(layout: ForestLayout) -> None:
    root = ElementTree.fromstring(to_svg_bytes(layout))
    texts = list(root.iter(f"{SVG}text"))
    assert [text.text for text in texts] == [text.text for text in layout.texts]
    view = [float(part) for part in root.attrib["viewBox"].split()]
    scale = view[2] / layout.width
    for drawn, text in zip(texts, layout.texts, strict=True):
        assert float(drawn.attrib["x"]) == pytest.approx(text.x * scale, abs=0.01)
        assert float(drawn.attrib["y"]) == pytest.approx(text.y * scale, abs=0.01)
        assert drawn.attrib.get("text-anchor", "start") == text.anchor
        assert drawn.attrib["class"] == text.role


def test_svg_has_the_pages_size_a_name_and_a_description_for_screen_readers() -> None:
    layout = forest_layout(figure_of(8))
    root = ElementTree.fromstring(to_svg_bytes(layout))
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.attrib["role"] == "img"
    assert title is not None
    assert description is not None
    assert root.attrib["aria-labelledby"].split() == [title.attrib["id"], description.attrib["id"]]
    assert title.text == layout.title
    assert "Random effects: −0.50 [−0.70, −0.30]" in (description.text or "")
    assert root.attrib["width"] == "210mm"
    assert float(root.attrib["height"].removesuffix("mm")) == pytest.approx(layout.height, abs=0.01)


def test_svg_draws_each_shape_once_and_names_a_fallback_font() -> None:
    layout = forest_layout(figure_of(8))
    svg = to_svg_bytes(layout)
    root = ElementTree.fromstring(svg)
    shapes = [e for e in root.iter() if e.tag in (f"{SVG}line", f"{SVG}rect", f"{SVG}polygon")]
    assert [shape.attrib["class"] for shape in shapes] == ["paper", *(shape.role for shape in layout.shapes)]
    assert b"'DejaVu Sans', Arial, Helvetica, sans-serif" in svg


def test_nothing_in_a_name_becomes_markup() -> None:
    root = ElementTree.fromstring(to_svg_bytes(hostile_layout()))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg",
        "title",
        "desc",
        "g",
        "rect",
        "line",
        "polygon",
        "text",
    }
    assert not any(name.lower().startswith("on") or "href" in name for e in root.iter() for name in e.attrib)


# --- PDF -----------------------------------------------------------------------------------------------------------


def objects(file: bytes) -> dict[int, bytes]:
    """The PDF's objects by number, found where its cross-reference table says they are."""
    start = int(file.rstrip().removesuffix(b"%%EOF").split(b"startxref")[-1])
    lines = file[start:].split(b"\n")
    assert lines[0] == b"xref"
    count = int(lines[1].split()[1])
    found = {}
    for number, line in enumerate(lines[3 : 2 + count], start=1):
        offset = int(line.split()[0])
        head = f"{number} 0 obj\n".encode()
        assert file[offset:].startswith(head)
        found[number] = file[offset + len(head) : file.index(b"\nendobj\n", offset)]
    return found


def stream(body: bytes) -> bytes:
    head, _, rest = body.partition(b"\nstream\n")
    length = re.search(rb"/Length (\d+)", head)
    assert length is not None
    return zlib.decompress(rest[: int(length.group(1))])


def test_pdf_embeds_its_fonts_as_truetype_with_a_map_back_to_characters() -> None:
    bodies = objects(to_pdf_bytes(forest_layout(figure_of(8)))).values()
    fonts = [body for body in bodies if b"/FontDescriptor " in body and b"/CIDFontType2" in body]
    assert len(fonts) == 2
    assert sum(b"/FontFile2" in body for body in bodies) == 2
    assert sum(b"/ToUnicode" in body for body in bodies) == 2
    assert not any(b"/Type3" in body for body in bodies)
    programs = [stream(body) for body in bodies if b"/Length1" in body]
    assert [program[:4] for program in programs] == [b"\x00\x01\x00\x00"] * 2


def test_pdf_pages_have_the_layouts_size_in_points() -> None:
    pages = forest_pages(figure_of(80), rows_per_page=40)
    bodies = objects(to_pdf_bytes(pages)).values()
    boxes = [re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", body) for body in bodies]
    sizes = [(float(box.group(1)), float(box.group(2))) for box in boxes if box]
    expected = [(page.width * 72 / 25.4, page.height * 72 / 25.4) for page in pages]
    assert sizes == [pytest.approx(size, abs=0.001) for size in expected]
    assert len(sizes) > 1


def test_pdf_says_what_it_is_and_not_when_it_was_made() -> None:
    file = to_pdf_bytes(forest_layout(figure_of(3, title="Migraine – responders")))
    assert "\ufeffMigraine – responders".encode("utf-16-be").hex().encode() in file
    assert b"/Lang (en)" in file
    assert b"CreationDate" not in file


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) not found")
@pytest.mark.parametrize("layout", [forest_layout(grouped(figure_of(30), 3)), hostile_layout()])
def test_text_can_be_copied_out_of_the_pdf(layout: ForestLayout, tmp_path: Path) -> None:
    file = render(layout, tmp_path / "figure.pdf")
    done = subprocess.run(["pdftotext", "-layout", file, "-"], capture_output=True, check=True, encoding="utf-8")
    assert done.stderr == ""
    copied = "".join(done.stdout.split())
    for text in layout.texts:
        assert "".join(text.text.split()) in copied


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm (poppler-utils) not found")
@pytest.mark.parametrize("layout", [forest_layout(grouped(figure_of(12), 2)), foreign_layout()])
def test_pdf_and_png_look_the_same(layout: ForestLayout, tmp_path: Path) -> None:
    """Both rastered at 100 dpi and blurred over 4 pixels: anti-aliasing differs, nothing else may."""
    file = render(layout, tmp_path / "figure.pdf")
    done = subprocess.run(["pdftoppm", "-r", "100", "-png", file], capture_output=True, check=True)
    assert done.stderr == b""
    size = (int(layout.width / 25.4 * 100) // 8, int(layout.height / 25.4 * 100) // 8)
    from_pdf, from_png = (
        np.asarray(Image.open(io.BytesIO(body)).convert("L").resize(size, Image.Resampling.BOX), dtype=float)
        for body in (done.stdout, to_png_bytes(layout, dpi=100))
    )
    assert from_png.std() > 10  # there is a picture to compare
    # One pixel's shift of a bold line changes an 8 by 8 cell by about 32 grey levels; a missing text by far more.
    assert np.abs(from_pdf - from_png).max() < 80
    assert np.abs(from_pdf - from_png).mean() < 2


# --- PNG -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dpi", [96, 300])
def test_png_has_the_pages_size_at_its_resolution(dpi: int) -> None:
    layout = forest_layout(figure_of(8))
    png = to_png_bytes(layout, dpi=dpi)
    width, height = struct.unpack(">II", png[16:24])
    assert width == round(layout.width / 25.4 * dpi)
    assert height == round(layout.height / 25.4 * dpi)
    with Image.open(io.BytesIO(png)) as picture:
        assert picture.info["dpi"] == pytest.approx((dpi, dpi), abs=0.1)
        assert picture.mode == "RGB"


def test_png_shows_squares_and_diamonds_in_their_places() -> None:
    layout = forest_layout(figure_of(8))
    picture = np.asarray(Image.open(io.BytesIO(to_png_bytes(layout, dpi=254))))  # ten pixels a mm
    for role, colour in (("square", (0x2F, 0x65, 0x95)), ("diamond", (0x12, 0x30, 0x4D))):
        for shape in layout.with_role(role):
            box = shape.box
            x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
            assert tuple(picture[round(y * 10 - 0.5), round(x * 10 - 0.5)]) == colour


def test_an_impossible_resolution_is_refused_with_the_possible_ones() -> None:
    layout = forest_layout(figure_of(120))
    with pytest.raises(PlotError, match="choose 20 to"):
        to_png_bytes(layout, dpi=9000)


def test_scripts_that_the_font_lacks_are_drawn_as_squares_without_a_warning() -> None:
    assert to_png_bytes(foreign_layout(), dpi=72)
    assert to_pdf_bytes(foreign_layout())
    assert with_glyphs("Ma 王") == "Ma □"


# --- all three -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [to_svg_bytes, to_pdf_bytes, lambda layout: to_png_bytes(layout, dpi=72)])
@pytest.mark.parametrize("layout", [forest_layout(figure_of(30)), hostile_layout(), foreign_layout()])
def test_the_same_layout_gives_the_same_bytes_in_any_thread(draw, layout: ForestLayout) -> None:  # type: ignore[no-untyped-def]
    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(draw, [layout] * 6))) == 1


def test_another_process_gives_the_same_bytes() -> None:
    script = (
        "import hashlib, sys; from tests.test_forest_layout import figure_of; from workbench.plots import *\n"
        "layout = forest_layout(figure_of(12))\n"
        "body = to_svg_bytes(layout) + to_pdf_bytes(layout) + to_png_bytes(layout, dpi=72)\n"
        "print(hashlib.sha256(body).hexdigest())"
    )
    root = Path(__file__).resolve().parents[1]
    runs = [
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            check=True,
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]


@pytest.mark.parametrize(
    ("suffix", "start"), [(".svg", b"<?xml"), (".pdf", b"%PDF-1.7"), (".png", b"\x89PNG"), (".PDF", b"%PDF")]
)
def test_render_writes_the_format_its_name_ends_in(tmp_path: Path, suffix: str, start: bytes) -> None:
    path = tmp_path / "figures" / f"neuropathic{suffix}"
    assert render(forest_layout(figure_of(3)), path) == path
    assert path.read_bytes().startswith(start)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_render_refuses_what_it_cannot_write(tmp_path: Path) -> None:
    pages = forest_pages(figure_of(80), rows_per_page=40)
    with pytest.raises(PlotError, match=r"figure.gif: figures are written as .svg, .pdf or .png"):
        render(pages[0], tmp_path / "figure.gif")
    with pytest.raises(PlotError, match="holds one page and the figure has"):
        render(pages, tmp_path / "figure.svg")
    assert list(tmp_path.iterdir()) == []


def test_layout_svg_and_pdf_do_not_import_matplotlib() -> None:
    script = (
        "import sys; from tests.test_forest_layout import figure_of; from workbench.plots import *\n"
        "layout = forest_layout(figure_of(3)); to_svg_bytes(layout); to_pdf_bytes(layout)\n"
        "print({'matplotlib', 'PIL', 'pandas', 'numpy'} & set(sys.modules) - {'numpy'})"
    )
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "set()"
