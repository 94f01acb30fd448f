"""The PRISMA flow diagram's geometry, as plain data: nothing overlaps, nothing is cut off, every number is there."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from workbench.plots import (
    FlowFigure,
    FlowFigureBox,
    FlowLayout,
    FlowLine,
    PlotError,
    prisma_flow_layout,
    render,
    to_pdf_bytes,
    to_png_bytes,
    to_svg_bytes,
)
from workbench.plots.drawing import Box, Line, Polygon
from workbench.prisma import Flow, Kind, Prisma, SignedStop
from workbench.results import flow_figure
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.review.definition import Reason

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DATABASES = (
    *("PubMed", "Embase", "PsycINFO (Ovid, 1806 to May 2026)", "Web of Science Core Collection", "CINAHL", "Scopus"),
    *("Βάση δεδομένων του Εθνικού Κέντρου Τεκμηρίωσης", "LILACS"),
)
LABELS = (
    *("Wrong population", "No sham", "Not a randomised trial", "Ηλεκτροεγκεφαλογραφικά-μόνο αποτελέσματα", "Retracted"),
    "Another report of a trial that is included already, without any outcome of its own",
    *("Conference abstract", "Pseudohypoparathyroidismuntersuchungsergebnisse", "Animals", "Review", "Letter", "Other"),
)


@pytest.fixture(scope="module")
def review(tmp_path_factory: pytest.TempPathFactory) -> ReviewDefinition:
    plain = load_review(init_review(tmp_path_factory.mktemp("review") / "review"))
    reasons = tuple(Reason(key=f"r{place}", label=label) for place, label in enumerate(LABELS))
    return plain.model_copy(update={"screening": plain.screening.model_copy(update={"exclusion_reasons": reasons})})


def part(
    sources: tuple[str, ...],
    *,
    scale: int = 100,
    reasons: int = 0,
    stopped: int = 0,
    elsewhere: int = 0,
    open_: int = 0,
) -> Flow:
    """A column whose numbers add up; scale: about how many records a source has."""
    results = {name: scale * (place + 3) for place, name in enumerate(sources)}
    found = sum(results.values())
    excluded = {f"r{place}": place + 1 for place in range(reasons)}
    screened = found - found // 5 - stopped
    sought = screened - screened // 2 - elsewhere - open_
    assessed = sought - 3 - open_
    return Flow(
        results=results,
        duplicates=found // 5,
        excluded_automatic=0,
        excluded_other=0,
        not_screened=stopped,
        stops=(SignedStop(signed="Dr Ada Example-van der Meulen", at=NOW, records=stopped),) if stopped else (),
        screened=screened,
        excluded=screened // 2,
        undecided=open_,
        elsewhere=elsewhere,
        sought=sought,
        not_retrieved=3,
        undecided_full_text=open_,
        assessed=assessed,
        excluded_reports=excluded,
        elsewhere_full_text=elsewhere,
        included=assessed - sum(excluded.values()) - elsewhere,
    )


EMPTY = Flow(
    results={},
    duplicates=0,
    excluded_automatic=0,
    excluded_other=0,
    screened=0,
    excluded=0,
    undecided=0,
    sought=0,
    not_retrieved=0,
    undecided_full_text=0,
    assessed=0,
    excluded_reports={},
    included=0,
)


def prisma(main: Flow, other: Flow = EMPTY, *, previous: int = 0, indication: str | None = None) -> Prisma:
    kinds: dict[str, Kind] = {"citation searching: similar": "citations", "a colleague’s list of trials": "other"}
    return Prisma(
        databases=main,
        registers=frozenset({"CINAHL"}) & set(main.results),
        other=other,
        kinds=kinds,
        previous_studies=previous,
        previous_reports=previous * 2,
        new_studies=1,
        new_reports=main.included + other.included,
        reports_without_study=1 if previous else 0,
        conflicts=0,
        studies_in_synthesis=1,
        indication=indication,
    )


OTHERS = ("citation searching: similar", "a colleague’s list of trials")


def drawn(flow: Prisma, review: ReviewDefinition) -> FlowLayout:
    return prisma_flow_layout(flow_figure(flow, review, current="1 May 2026"))


def faults(layout: FlowLayout) -> list[str]:
    """Everything that an art editor would send back."""
    found = []
    for one, other in combinations(layout.boxes, 2):
        if one.box.meets(other.box):
            found.append(f"boxes overlap: {one.key}, {other.key}")
    for placed in layout.boxes:
        if not placed.texts:
            found.append(f"an empty box: {placed.key}")
        found += [f"out of its box: {text.text!r}" for text in placed.texts if not text.box.inside(placed.box)]
        if not placed.box.inside(layout.bounds):
            found.append(f"off the page: {placed.key}")
    boxed = {id(text) for placed in layout.boxes for text in placed.texts}
    for text in layout.texts:
        if not text.box.inside(layout.bounds):
            found.append(f"off the page: {text.text!r}")
        if id(text) not in boxed and any(text.box.meets(placed.box) for placed in layout.boxes):
            found.append(f"{text.role} in a box: {text.text!r}")
    for one_text, other_text in combinations(layout.texts, 2):
        if one_text.box.meets(other_text.box, tolerance=1e-4):
            found.append(f"{one_text.text!r} overlaps {other_text.text!r}")
    for shape in layout.shapes:
        if not shape.box.inside(layout.bounds, tolerance=0.2):
            found.append(f"off the page: {shape.role}")
        if isinstance(shape, Line | Polygon):
            found += [f"an arrow through {text.text!r}" for text in layout.texts if _crosses(shape.box, text.box)]
            found += [f"an arrow through {box.key}" for box in layout.boxes if _crosses(shape.box, box.box)]
    return found


def _crosses(stroke: Box, box: Box) -> bool:
    """Whether a stroke (perhaps of no width) has some length inside a box; touching its edge is what arrows do."""
    across = min(stroke.right, box.right) - max(stroke.left, box.left)
    down = min(stroke.bottom, box.bottom) - max(stroke.top, box.top)
    inside_x = box.left + 0.01 < max(stroke.left, box.left) < box.right - 0.01 or across > 0.01
    inside_y = box.top + 0.01 < max(stroke.top, box.top) < box.bottom - 0.01 or down > 0.01
    return across > -1e-9 and down > -1e-9 and max(across, down) > 0.2 and inside_x and inside_y


@pytest.mark.parametrize("reasons", [0, 1, 5, 12])
@pytest.mark.parametrize("databases", [1, 3, 8])
@pytest.mark.parametrize("other", [False, True])
@pytest.mark.parametrize("previous", [0, 27])
def test_nothing_overlaps_and_nothing_is_cut_off(
    review: ReviewDefinition, databases: int, reasons: int, other: bool, previous: int
) -> None:
    for scale, open_ in ((1_000, 0), (1_234_567, 7)):
        main = part(DATABASES[:databases], scale=scale, reasons=reasons, open_=open_, stopped=open_ * 40)
        side = part(OTHERS, scale=scale, reasons=reasons // 2, open_=open_) if other else EMPTY
        layout = drawn(prisma(main, side, previous=previous), review)
        assert faults(layout) == []
        assert layout.width == 180.0


def test_an_indications_flow_with_everything_at_once_is_sound(review: ReviewDefinition) -> None:
    everything = prisma(
        part(DATABASES, scale=99_999, reasons=12, stopped=1200, elsewhere=30, open_=13),
        part(OTHERS, scale=900, reasons=12, stopped=120, elsewhere=3, open_=5),
        previous=27,
        indication="pain_depression",
    )
    layout = drawn(everything, review)
    assert faults(layout) == []
    assert all(text.size >= 2.1 for text in layout.texts)  # 6 points


names = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sources=st.lists(names, min_size=1, max_size=8, unique=True), title=names, count=st.integers(10, 10**9))
def test_any_names_are_set_inside_their_boxes(
    review: ReviewDefinition, sources: list[str], title: str, count: int
) -> None:
    named = review.model_copy(update={"title": title, "example": True, "notice": title})
    assert faults(drawn(prisma(part(tuple(sources), scale=count, reasons=3)), named)) == []


def test_every_count_of_the_flow_is_in_the_picture(review: ReviewDefinition) -> None:
    main = part(DATABASES[:2], scale=1_000, reasons=3, stopped=77, open_=13)
    words = _words(drawn(prisma(main, part(OTHERS[:1], scale=500), previous=27), review))
    for shown in (
        "PubMed (n = 3\u2009000)",
        "Duplicate records (n = 1\u2009400)",
        "Records not screened: screening was stopped (n = 77)",
        "Signed: Dr Ada Example-van der Meulen, 2026-03-01",
        "Records not decided yet (n = 13)",
        "Reports excluded (n = 6): Wrong population (n = 1) No sham (n = 2) Not a randomised trial (n = 3)",
        "Total studies included in review (n = 28)",
        "In progress: 13 records are not decided at title and abstract",
    ):
        assert shown in words, shown


def _words(layout: FlowLayout) -> str:
    return " ".join(text.text for text in layout.texts)


def test_a_complete_flow_does_not_say_that_it_is_in_progress(review: ReviewDefinition) -> None:
    layout = drawn(prisma(part(("PubMed",))), review)
    assert "rogress" not in _words(layout)
    assert not layout.with_role("progress")


def test_columns_are_there_only_when_something_is_in_them(review: ReviewDefinition) -> None:
    def headings(flow: Prisma) -> list[str]:
        return [box.key for box in drawn(flow, review).boxes if box.key.startswith("heading")]

    assert headings(prisma(part(("PubMed",)))) == ["heading databases"]
    assert headings(prisma(part(("PubMed",)), part(OTHERS), previous=2)) == [
        "heading previous",
        "heading databases",
        "heading other",
    ]


def test_every_box_but_the_first_is_led_to_by_an_arrow(review: ReviewDefinition) -> None:
    main = part(DATABASES[:3], reasons=4, elsewhere=2, open_=3, stopped=9)
    layout = drawn(prisma(main, part(OTHERS, reasons=2), previous=4, indication="migraine"), review)
    points = [shape.points[0] for shape in layout.shapes if isinstance(shape, Polygon)]
    for placed in layout.boxes:
        if placed.key.startswith(("heading", "stage", "previous")) or placed.key.endswith("_identified"):
            continue
        box = placed.box
        touched = [
            (x, y)
            for x, y in points
            if box.left - 0.01 <= x <= box.right + 0.01 and box.top - 0.01 <= y <= box.bottom + 0.01
        ]
        assert touched, placed.key


def test_svg_pdf_and_png_are_whole_and_say_it_in_words(review: ReviewDefinition, tmp_path: Path) -> None:
    flow = prisma(part(DATABASES[:7], reasons=12, open_=2), part(OTHERS), previous=3)
    layout = drawn(flow, review.model_copy(update={"title": "rTMS <b>&</b> pain"}))
    svg = ET.fromstring(to_svg_bytes(layout))
    spaces = {"s": "http://www.w3.org/2000/svg"}
    assert svg.findtext("s:title", namespaces=spaces) == "rTMS <b>&</b> pain"
    described = svg.findtext("s:desc", namespaces=spaces) or ""
    assert "PRISMA 2020 flow diagram" in described
    assert "Records screened (n = " in described
    assert svg.get("role") == "img"
    shown = [element.text for element in svg.iterfind(".//s:text", spaces)]
    assert "Screening" in shown
    assert re.search("Βάση", " ".join(filter(None, shown)))
    page = PdfReader(io.BytesIO(to_pdf_bytes(layout))).pages[0]
    assert float(page.mediabox.width) == pytest.approx(180 / 25.4 * 72, abs=0.01)
    assert "Records screened" in page.extract_text()
    assert "Βάση" in page.extract_text()
    picture = Image.open(io.BytesIO(to_png_bytes(layout, dpi=100)))
    assert picture.size == (round(180 / 25.4 * 100), round(layout.height / 25.4 * 100))
    for ending in ("svg", "pdf", "png"):
        assert render(layout, tmp_path / f"flow.{ending}", dpi=60).stat().st_size > 1000


def test_the_stages_are_written_upwards_inside_their_bars(review: ReviewDefinition) -> None:
    layout = drawn(prisma(part(("PubMed",))), review)
    stages = [placed for placed in layout.boxes if placed.key.startswith("stage")]
    assert [placed.texts[0].text for placed in stages] == ["Identification", "Screening", "Included"]
    assert all(placed.texts[0].turned and placed.texts[0].box.height > placed.texts[0].box.width for placed in stages)
    picture = Image.open(io.BytesIO(to_png_bytes(layout, dpi=150))).convert("L")
    pixels = 150 / 25.4
    for placed in stages:
        box = placed.texts[0].box
        inside = picture.crop(tuple(round(edge * pixels) for edge in (box.left, box.top, box.right, box.bottom)))
        assert inside.getextrema()[0] < 90  # there is ink where the layout says
        beside = (placed.box.left + 0.5, placed.box.top + 0.5, placed.box.right - 0.5, box.top - 0.3)
        if beside[3] - beside[1] > 1:  # and none where it says nothing
            empty = picture.crop(tuple(round(edge * pixels) for edge in beside))
            assert empty.getextrema()[0] > 150


def test_a_figure_that_cannot_be_drawn_says_why() -> None:
    first = FlowFigureBox(key="first", column="databases", row=0, lines=(FlowLine(text="Records", n=1),))
    assert faults(prisma_flow_layout(FlowFigure(title="One box", boxes=(first,)))) == []
    with pytest.raises(PlotError, match="two main boxes in one place"):
        FlowFigure(title="x", boxes=(first, replace(first, key="again")))
    with pytest.raises(PlotError, match="'lost' stands beside no other"):
        FlowFigure(title="x", boxes=(first, replace(first, key="lost", row=3, side=True)))
    with pytest.raises(PlotError, match="120 to 2000 mm"):
        FlowFigure(title="x", boxes=(first,), width_mm=50)
    with pytest.raises(PlotError, match="first box"):
        FlowFigure(title="x", boxes=())
