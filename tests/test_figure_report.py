"""The figure's page and its table: the same numbers, nothing from outside, nothing that runs."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import math
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_forest_layout import figure_of, grouped
from workbench.plots import Column, ForestFigure, ForestStudy, ForestSummary, forest_layout, to_svg_bytes
from workbench.reports import (
    IndexEntry,
    ReportError,
    figure_html,
    figure_table,
    index_html,
    spreadsheet_text,
    table_html,
)

HOSTILE = "<img src=x onerror=alert(1)>\"'&amp;</table><script>alert(1)</script>"


class Page(HTMLParser):
    """Every element with its attributes and text; fails on tags that are not closed in order."""

    VOID = frozenset({"meta", "br", "img", "link", "input", "hr"})
    LEAVES = frozenset({"rect", "line", "polygon"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self._open: list[int] = []
        self.feed(html)
        self.close()
        assert not self._open, f"not closed: {self.elements[self._open[-1]][0]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, []))
        if tag not in self.VOID:
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.LEAVES, tag
        self.elements.append((tag, {name: value or "" for name, value in attrs}, []))

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for position in self._open:
            self.elements[position][2].append(data)

    def all(self, tag: str, **attributes: str) -> list[str]:
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            "".join(text)
            for found, attrs, text in self.elements
            if found == tag and all(attrs.get(name) == value for name, value in wanted.items())
        ]


def page_of(figure: ForestFigure) -> str:
    return figure_html(figure, to_svg_bytes(forest_layout(figure)))


def small() -> ForestFigure:
    """Two of Misra's outcomes (2013, T018 and T019 of the shared trials): 37/47 and 36/47 against 16/48 and 13/48."""
    studies = (
        ForestStudy(
            label="Misra 2013, frequency",
            estimate=math.log(37 / 47 / (16 / 48)),
            low=0.4326,
            high=1.2862,
            weight=52.5,
            columns=("37", "47", "16", "48"),
            marks=("approximate",),
        ),
        ForestStudy(
            label="Misra 2013, severity",
            estimate=math.log(36 / 47 / (13 / 48)),
            low=0.5493,
            high=1.53,
            weight=47.5,
            columns=("36", "47", "13", "48"),
        ),
    )
    pooled = ForestSummary(
        label="Random effects", estimate=0.93, low=0.2, high=1.6, pi_low=-math.inf, pi_high=math.inf, weight=100.0
    )
    return ForestFigure(
        title="Migraine: responders",
        studies=studies,
        summaries=(pooled,),
        column_headers=tuple(Column(label=c, group=g) for g in ("rTMS", "Sham") for c in ("Events", "Total")),
        measure_label="Risk ratio",
        effect_header="RR [95% CI]",
        ratio=True,
        heterogeneity="Heterogeneity: I² = 0%",
        current_to="1 May 2025",
        notes=("Two outcomes of one trial; shown as an example of the layout.",),
        example_notice="Worked example – not to be cited",
    )


# --- rows ----------------------------------------------------------------------------------------------------------


def test_rows_hold_the_figures_numbers_on_the_printed_scale() -> None:
    rows = figure_table(small())
    assert [row["row"] for row in rows] == ["study", "study", "pooled", "prediction interval"]
    assert rows[0] == {
        "row": "study",
        "Study": "Misra 2013, frequency",
        "rTMS: Events": "37",
        "rTMS: Total": "47",
        "Sham: Events": "16",
        "Sham: Total": "48",
        "Estimate": pytest.approx(2.3617, abs=5e-5),  # 37/47 over 16/48
        "Lower": pytest.approx(math.exp(0.4326)),
        "Upper": pytest.approx(math.exp(1.2862)),
        "Weight (%)": 52.5,
        "Marks": "approximate",
    }
    assert (rows[3]["Lower"], rows[3]["Upper"], rows[3]["Estimate"]) == (0.0, math.inf, None)


def test_every_row_has_the_same_keys_and_every_study_is_there() -> None:
    figure = grouped(figure_of(30), 3)
    figure = replace(figure, studies=(replace(figure.studies[0], excluded=True), *figure.studies[1:]))
    rows = figure_table(figure)
    assert len({tuple(row) for row in rows}) == 1
    assert sum(row["row"] in ("study", "not pooled") for row in rows) == 30
    (apart,) = [row for row in rows if row["row"] == "not pooled"]
    assert apart["Weight (%)"] is None
    assert {row["Subgroup"] for row in rows} == {"", "Subgroup 0", "Subgroup 1", "Subgroup 2"}


def test_columns_of_the_same_name_keep_keys_of_their_own() -> None:
    figure = figure_of(2, column_headers=(Column(label="N"),) * 4 + (Column(label="Estimate"), Column(label="")))
    assert list(figure_table(figure)[0])[2:8] == ["N", "N (2)", "N (3)", "N (4)", "Estimate (2)", "Column 6"]


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1", "＝1+1", "-", "=-1"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert spreadsheet_text(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x;=HYPERLINK(1)", "x;'=HYPERLINK(1)"),
        ("x; @SUM(1)", "x; '@SUM(1)"),
        ("a|+cmd", "a|'+cmd"),
        ("a\t=1", "a\t'=1"),
        ("\u200b=1+1", "'\u200b=1+1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("\x00=1", "'\x00=1"),
        ("pain; -2 points", "pain; -2 points"),
        ("a = b; c", "a = b; c"),
        ("n = 20", "n = 20"),
    ],
)
def test_formulas_hide_behind_no_mark_and_nothing_unseen(text: str, said: str) -> None:
    assert spreadsheet_text(text) == said


@pytest.mark.parametrize("text", ["-1.26", "+0.5", "-1e-3", "-12%", "−1.26", "Ma 2015", "4.30 (1.21)", "", "a=b"])
def test_numbers_and_ordinary_text_stay_as_they_are(text: str) -> None:
    assert spreadsheet_text(text) == text


@given(st.text(max_size=30))
def test_no_cell_starts_a_formula_after_a_round_trip_through_csv(text: str) -> None:
    figure = figure_of(1)
    study = replace(figure.studies[0], label=text, columns=(text,) * 6, subgroup=text)
    rows = figure_table(replace(figure, studies=(study,)))
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    file.seek(0)
    for row in csv.DictReader(file):
        for cell in row.values():
            if cell.lstrip().startswith(("=", "+", "-", "@")):
                float(cell.strip().removesuffix("%"))  # nothing but a number may start like that


def test_on_screen_text_has_no_apostrophes() -> None:
    figure = figure_of(1)
    figure = replace(figure, studies=(replace(figure.studies[0], label="@home 2020"),))
    assert figure_table(figure)[0]["Study"] == "'@home 2020"
    assert figure_table(figure, spreadsheet=False)[0]["Study"] == "@home 2020"


# --- pages ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_the_figure_and_the_same_numbers_as_a_table() -> None:
    page = Page(page_of(small()))
    assert len(page.all("svg", role="img")) == 1
    assert page.all("caption") == ["Migraine: responders: Risk ratio"]
    assert page.all("th", scope="row") == [
        "Misra 2013, frequency (approximate)",
        "Misra 2013, severity",
        "Random effects",
        "Prediction interval",
    ]
    cells = page.all("td")
    for text in ("37", "2.36 [1.54, 3.62]", "52.5", "2.53 [1.22, 4.95]", "100.0", "[0.00, ∞]"):
        assert text in cells
    assert page.all("p", class_="notice") == ["Worked example – not to be cited"]
    facts = dict(zip(page.all("dt"), page.all("dd"), strict=True))
    assert facts["Heterogeneity"] == "I² = 0%"
    assert facts["Searches current to"] == "1 May 2025"
    assert facts["Mark ≈"].startswith("worked out")


def test_every_heading_of_the_table_says_what_it_heads_and_every_row_is_as_wide() -> None:
    figure = grouped(figure_of(9), 3)
    page = Page(table_html(figure))
    assert all(
        attrs.get("scope") in ("col", "colgroup", "row", "rowgroup") for tag, attrs, _ in page.elements if tag == "th"
    )
    assert len(page.all("th", scope="rowgroup")) == 3
    widths: list[int] = []
    for tag, attrs, _ in page.elements:
        if tag == "tr":
            widths.append(0)
        elif tag in ("td", "th"):
            widths[-1] += int(attrs.get("colspan", "1"))
    assert widths[0] == 1 + 6 + 2
    assert widths[1] == 6  # the second line of headings, under the groups
    assert set(widths[2:]) == {9}


def test_the_page_needs_nothing_from_elsewhere_and_forbids_everything_else() -> None:
    html = page_of(figure_of(8))
    page = Page(html)
    assert not page.all("script") + page.all("link") + page.all("iframe") + page.all("object")
    for tag, attrs, _ in page.elements:
        assert not {"src", "href", "action", "style"} & set(attrs), tag
        assert not any(name.startswith("on") for name in attrs)
    assert set(re.findall(r"https?://[^\"'<> ]+", html)) == {"http://www.w3.org/2000/svg"}
    (policy,) = [a["content"] for t, a, _ in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    (style,) = page.all("style")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_nothing_that_comes_from_a_file_becomes_markup() -> None:
    figure = replace(
        figure_of(2),
        title=HOSTILE,
        subtitle=HOSTILE,
        settings=HOSTILE,
        heterogeneity=HOSTILE,
        notes=(HOSTILE,),
        current_to=HOSTILE,
        example_notice=HOSTILE,
        measure_label=HOSTILE,
        column_headers=tuple(Column(label=HOSTILE, group=HOSTILE if i < 3 else "") for i in range(6)),
        studies=(
            ForestStudy(label=HOSTILE, estimate=0.0, low=-1.0, high=1.0, columns=(HOSTILE,) * 6, subgroup=HOSTILE),
        ),
    )
    entry = IndexEntry(title=HOSTILE, indication=HOSTILE, statement=HOSTILE, files=((HOSTILE, "a.html"),))
    for html in (page_of(figure), index_html(HOSTILE, [entry], subtitle=HOSTILE, notes=[HOSTILE], current_to=HOSTILE)):
        page = Page(html)
        assert not page.all("script") + page.all("img")
        assert HOSTILE.split(">")[0] in page.all("h1")[0]


@given(st.text(max_size=60))
def test_any_text_gives_a_well_formed_page(text: str) -> None:
    figure = ForestFigure(
        title=text, studies=(ForestStudy(label=text, estimate=0.0, low=-1.0, high=1.0),), notes=(text,)
    )
    page = Page(page_of(figure))
    assert len(page.all("th", scope="row")) == 1


def test_only_a_figure_is_put_into_the_page() -> None:
    for svg in ("", "<p>no</p>", "<svg><script>alert(1)</script></svg>", "<svg><image href='//x'/></svg>", b"<svg>"):
        with pytest.raises(ReportError, match="figure"):
            figure_html(small(), svg)


def test_the_index_leads_to_every_figure_and_says_where_there_is_none() -> None:
    entries = [
        IndexEntry(
            title="Pain intensity",
            indication="Neuropathic pain",
            statement="29 results of 9 trials.",
            files=(("Page", "neuropathic pain.html"), ("PDF", "pdf/neuropathic.pdf")),
        ),
        IndexEntry(title="Pain intensity", indication="Fibromyalgia", statement="No trial prints a mean.\nNot pooled."),
    ]
    html = index_html("rTMS for pain", entries, current_to="1 May 2025", example_notice="Not to be cited")
    page = Page(html)
    assert page.all("h2") == ["Neuropathic pain", "Fibromyalgia"]
    links = [attrs["href"] for tag, attrs, _ in page.elements if tag == "a"]
    assert links == ["neuropathic%20pain.html", "pdf/neuropathic.pdf"]
    assert "No trial prints a mean.Not pooled." in page.all("li")[1]
    assert page.all("p", class_="notice") == ["Not to be cited"]


@pytest.mark.parametrize(
    "name", ["javascript:alert(1)", "//evil.example/x", "../up.html", "/etc/passwd", "a\\b", "", "a//b"]
)
def test_the_index_links_only_to_what_is_beside_it(name: str) -> None:
    with pytest.raises(ReportError, match="cannot be linked"):
        index_html("Index", [IndexEntry(title="Odd", files=(("Page", name),))])
