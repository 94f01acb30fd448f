"""Full texts as pages and tables: JATS, web pages, plain text and PDF, also broken and hostile ones."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import random
import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from tests.full_text_files import HTML, JATS, NOT_FULL_TEXTS, TEXT, locked_pdf, pdf
from tests.shared_data import shared
from workbench.sources import SourceError, SourceTable, SourceText, pdf_child, read_pdf_tables, read_source
from workbench.sources import pdf as pdf_source
from workbench.sources.grid import RawCell, lay_out
from workbench.sources.jats import read_jats

MARKUP = re.findall(
    r"\S+",
    "<table> </table> <tr> <td> </td> <th/rowspan=3> <h2> </h2> <sup> </sup> x 4.5 < & <p> <caption> <thead> </thead>"
    " <!-- -->",
)
XML, WEB, PLAIN, PDF = "application/xml", "text/html", "text/plain", "application/pdf"


def article(pmcid: str) -> SourceText:
    path = shared(f"data/pain_rct_fulltext/nxml/{pmcid}.nxml.gz")
    return read_source(gzip.decompress(path.read_bytes()), XML)


def table(source: SourceText, label: str) -> SourceTable:
    [found] = [each for each in source.tables if each.label == label]
    return found


def jats(body: str) -> bytes:
    return f"<article><body>{body}</body></article>".encode()


def row(found: SourceTable, *starts: str) -> tuple[str, ...]:
    [one] = [each for each in found.grid() if each[: len(starts)] == starts]
    return one


# --- PubMed Central ---------------------------------------------------------------------------------------------------


def test_all_84_articles_and_their_222_tables_are_read() -> None:
    folder = shared("data/pain_rct_fulltext")
    with (folder / "articles.csv").open(encoding="utf-8", newline="") as file:
        printed = {line["pmcid"]: int(line["tables"]) for line in csv.DictReader(file)}
    read = {pmcid: article(pmcid) for pmcid in printed}
    assert len(read) == 84
    assert {pmcid: len(source.tables) for pmcid, source in read.items()} == printed
    assert sum(printed.values()) == 222
    pictures = [each for source in read.values() for each in source.tables if not each.rows]
    assert [each.note for each in pictures] == ["This table is only a picture in the file."] * 2
    for pmcid, source in read.items():
        labels = [place.label for place in source.places()]
        assert len(labels) == len(set(labels)), pmcid
        assert labels[0] == "Title", pmcid
        assert not source.notes, pmcid
        for each in source.tables:
            assert all(cell.row + cell.rows <= each.rows for cell in each.cells)
            assert all(cell.column + cell.columns <= each.columns for cell in each.cells)
            slots = [
                (line, column)
                for cell in each.cells
                for line in range(cell.row, cell.row + cell.rows)
                for column in range(cell.column, cell.column + cell.columns)
            ]
            assert len(slots) == len(set(slots)), "no two cells lie over each other"


def test_numbers_of_an_rtms_trial_stand_in_their_cells() -> None:
    """PMC3750766, table 1: FIQ at three visits in four groups."""
    found = table(article("PMC3750766"), "Table 1")
    assert (found.rows, found.columns, found.header_rows) == (9, 5, 1)
    assert row(found, "T10") == ("T10", "67.6 ± 10.9", "64.5 ± 14.3", "47.4 ± 21.4", "52.0 ± 21.6")
    assert found.names()[3] == "4coil 10 Hz"
    assert found.lines()[2] == "T10 | 67.6 ± 10.9 | 64.5 ± 14.3 | 47.4 ± 21.4 | 52.0 ± 21.6"
    assert found.page == "Results › Pain assessment in fibromyalgia patients"
    assert found.footnotes


def test_spans_are_resolved_in_headers_and_rows() -> None:
    """PMC1187893, table 2: a header of three rows, and an outcome over two time points."""
    found = table(article("PMC1187893"), "Table 2")
    assert found.header_rows == 3
    assert found.names()[2:4] == ("Exercise group – Change in KOOS score*", "Exercise group – 95 % CI")
    assert row(found, "Pain", "6 w") == ("Pain", "6 w", "1.8", "-3.2 – 6.8", "-0.3", "-6.2 – 5.7", "0.49")


def test_sections_are_pages_by_their_headings_and_tables_are_not_in_them() -> None:
    source = read_source(
        jats(
            "<sec><title>Methods</title><p>One.</p><sec><label>2.1</label><title>People</title><p>Two <italic>n"
            "</italic> = 27<sup>3</sup>.</p><p>x<table-wrap><label>1</label><caption><title>Cap</title></caption>"
            "<table><tr><td>a</td><td>4.5</td></tr></table></table-wrap>y</p></sec></sec><sec><title>Methods</title><p>Again."
            "</p></sec><sec><title>Results</title></sec>"
        ),
        XML,
    )
    assert [(page.label, page.text) for page in source.pages] == [
        ("Methods", "Methods\nOne."),
        ("Methods › 2.1 People", "2.1 People\nTwo n = 27³.\nxy"),
        ("Methods (2)", "Methods\nAgain."),
    ]
    [found] = source.tables
    assert (found.label, found.caption, found.page, found.grid()) == (
        "Table 1",
        "Cap",
        "Methods › 2.1 People",
        (("a", "4.5"),),
    )


def test_tables_of_the_cals_model_are_read() -> None:
    """The example of OASIS TM 9901: spans by column names and `morerows`."""
    [found] = read_source(
        jats(
            "<table-wrap><label>Table 3</label><oasis:table><oasis:tgroup cols='3'><oasis:colspec colname='c1'/>"
            "<oasis:colspec colname='c2'/><oasis:colspec colname='c3'/><oasis:thead><oasis:row>"
            "<oasis:entry morerows='1'>Group</oasis:entry><oasis:entry namest='c2' nameend='c3'>VAS</oasis:entry>"
            "</oasis:row><oasis:row><oasis:entry colname='c2'>mean</oasis:entry><oasis:entry>SD</oasis:entry>"
            "</oasis:row></oasis:thead><oasis:tbody><oasis:row><oasis:entry>rTMS</oasis:entry><oasis:entry>4.1</oasis:entry>"
            "<oasis:entry>1.5</oasis:entry></oasis:row></oasis:tbody></oasis:tgroup></oasis:table></table-wrap>"
        ).replace(
            b"<article>", b"<article xmlns:oasis='http://www.niso.org/standards/z39-96/ns/oasis-exchange/table'>"
        ),
        XML,
    ).tables
    assert found.names() == ("Group", "VAS – mean", "VAS – SD")
    assert found.grid()[2] == ("rTMS", "4.1", "1.5")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<!DOCTYPE article [<!ENTITY a 'b'>]><article><body><p>&a;</p></body></article>", "entities"),
        (b"<!DOCTYPE article [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><article><p>&a;</p></article>", "entities"),
        (b"<article>" + b"<p>" * 5000, "too deeply"),
        (b"<article></article>", "no text"),
    ],
)
def test_hostile_or_empty_xml_is_refused_with_a_reason(content: bytes, said: str) -> None:
    with pytest.raises(SourceError, match=said):
        read_jats(content)
    with pytest.raises(SourceError):
        read_source(content, XML)


def test_characters_that_a_dtd_names_are_resolved_and_unknown_ones_are_shown() -> None:
    head = b'<!DOCTYPE article PUBLIC "-//NLM//DTD JATS" "JATS.dtd">'
    source = read_source(head + jats("<p>5 &plusmn; 2, &minus;2.3 &thinsp;&half; &le; 4</p>"), XML)
    assert source.pages[0].text == "5 ± 2, −2.3 ½ ≤ 4"
    assert not source.notes
    odd = read_source(head + jats("<p>change &oddsign;2.3</p>"), XML)
    assert odd.pages[0].text == "change [&oddsign;]2.3"
    assert "&oddsign;" in odd.notes[0]
    cells = read_source(
        head + jats("<table-wrap><table><tr><td>a</td><td>&minus;2.3</td></tr></table></table-wrap>"), XML
    )
    assert cells.tables[0].grid() == (("a", "−2.3"),)


def test_an_article_that_declares_entities_is_refused_and_not_taken_for_a_web_page() -> None:
    content = b"<!DOCTYPE article [<!ENTITY m '-'>]><article><body><p>&m;2.3</p></body></article>"
    for media_type in (XML, WEB):
        with pytest.raises(SourceError, match="declares entities"):
            read_source(content, media_type)
    page = b"<?xml version='1.0'?><!DOCTYPE html [<!ENTITY m '-'>]><html><body><p>2.3</p></body></html>"
    assert read_source(page, WEB).pages[0].text == "2.3"


def test_a_sign_in_the_quotes_of_an_attribute_ends_no_tag() -> None:
    source = read_source(
        b"<html><body><p title=\"a>b\" data-x='c>d'>Mean 4.5</p><p title=a>x<b y='>'>y</b></p><p a=\"x>Last</p></body>",
        WEB,
    )
    assert source.pages[0].text.split("\n") == ["Mean 4.5", "xy", "Last"]


def test_xml_that_breaks_off_gives_what_was_read_and_says_so() -> None:
    source = read_source(b"<article><body><sec><title>Methods</title><p>Ten hertz</p><p>and</q>", XML)
    assert source.pages[0].text == "Methods\nTen hertz\nand"
    assert "cannot be read beyond line 1" in source.notes[0]


def test_a_span_beyond_all_measure_costs_nothing() -> None:
    rows = "<tr><td colspan='999999' rowspan='999999'>a</td><td>b</td></tr><tr><td>c</td></tr>"
    body = f"<table-wrap><table>{rows}</table></table-wrap>"
    [found] = read_source(jats(body), XML).tables
    assert (found.rows, found.columns) == (2, 200)
    assert "its end is missing" in found.note


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 4), st.integers(1, 4)), max_size=5),
        max_size=6,
    )
)
def test_cells_never_lie_over_each_other_nor_outside(spans: list[list[tuple[int, int]]]) -> None:
    grid = lay_out([[RawCell(text="x", rows=rows, columns=columns) for rows, columns in line] for line in spans])
    taken: set[tuple[int, int]] = set()
    for cell in grid.cells:
        slots = {
            (line, column)
            for line in range(cell.row, cell.row + cell.rows)
            for column in range(cell.column, cell.column + cell.columns)
        }
        assert not taken & slots
        taken |= slots
        assert cell.row + cell.rows <= grid.rows
        assert cell.column + cell.columns <= grid.columns
    assert len(grid.cells) == sum(map(len, spans))


# --- web pages and plain text -----------------------------------------------------------------------------------------


def test_a_web_page_has_sections_by_headings_and_grids() -> None:
    source = read_source(
        b"<!DOCTYPE html><html><body><h1>A trial</h1><p>Intro</p><h2>Results</h2><p>Less pain: 10<sup>3</sup>, "
        b"p &lt; 0.05<script>alert(1)</script></p><h3>Table 2. Pain</h3>"
        b"<table><thead><tr><th rowspan=2>Group<th colspan='2'>VAS"
        b"<tr><th>mean<th>SD</thead><tbody><tr><td>rTMS<td>4.1<td>1.5</tbody></table><p>after</p></body></html>",
        WEB,
    )
    assert [page.label for page in source.pages] == ["A trial", "Results", "Results › Table 2. Pain"]
    assert source.pages[1].text == "Results\nLess pain: 10³, p < 0.05"
    assert source.pages[2].text == "Table 2. Pain\nafter"
    [found] = source.tables
    assert found.label == "Table 2"
    assert found.names() == ("Group", "VAS – mean", "VAS – SD")
    assert found.grid()[2] == ("rTMS", "4.1", "1.5")


def test_a_table_that_lays_out_the_page_is_text_and_the_one_within_is_a_table() -> None:
    source = read_source(
        b"<html><table><tr><td><p>Menu</p></td><td>Text <table><caption>TABLE 1: Pain</caption><tr><td>a</td><td>1</td>"
        b"</tr><tr><td>b</td><td>2</td></tr></table></td></tr></table></html>",
        WEB,
    )
    assert [(each.label, each.caption, each.grid()) for each in source.tables] == [
        ("Table 1", "Pain", (("a", "1"), ("b", "2")))
    ]
    assert "Menu" in source.pages[0].text


def test_broken_markup_takes_time_in_proportion_to_its_length() -> None:
    for part in (
        b"<table>",
        b"<td>",
        b"<h2>",
        b"<sup>",
        b"<!--",
        b"<a <b",
        b"<table><tr><td rowspan=0>",
        b"<script>",
        b"<a b='",
        b'<a b="x>',
    ):
        content = b"<html>" + part * (200_000 // len(part))
        with contextlib.suppress(SourceError):
            read_source(content, WEB)  # quadratic time would take minutes


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(MARKUP), max_size=40))
def test_any_markup_gives_pages_and_tables_or_a_reason(parts: list[str]) -> None:
    try:
        source = read_source(("<html>" + "".join(parts)).encode(), WEB)
    except SourceError:
        return
    for each in source.tables:
        assert len(each.grid()) == each.rows == len(each.lines())


def test_plain_text_has_pages_where_a_converter_set_form_feeds() -> None:
    assert [page.label for page in read_source(b"One\fTwo\f\fFour", PLAIN).pages] == ["page 1", "page 2", "page 4"]
    assert read_source(TEXT, PLAIN).pages[0].text == "Less pain: 4.0 ± 1.5\np < 0.05"
    parts = read_source(b"word " * 5000, PLAIN).pages
    assert parts[0].label == f"part 1 of {len(parts)}"
    assert len(parts) > 3


@pytest.mark.parametrize("content", NOT_FULL_TEXTS.values(), ids=NOT_FULL_TEXTS.keys())
@pytest.mark.parametrize("media_type", [XML, PDF])
def test_what_is_no_full_text_is_refused(content: bytes, media_type: str) -> None:
    with pytest.raises(SourceError):
        read_source(content, media_type)


def test_a_file_of_another_kind_than_was_said_is_refused() -> None:
    with pytest.raises(SourceError, match="looks like PubMed Central article"):
        read_source(JATS, WEB)
    assert read_source(HTML, WEB).pages


# --- PDF --------------------------------------------------------------------------------------------------------------


def printed_tables() -> bytes:
    """A page with two tables: one with rules above and below, as most journals print them, one ruled throughout."""
    file = io.BytesIO()
    with PdfPages(file) as document:
        figure = Figure(figsize=(8, 10))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.axis("off")
        figure.text(0.1, 0.9, "Table 1. Pain by group", fontsize=9)
        for y in (0.89, 0.86, 0.78):
            axes.plot([0.1, 0.9], [y, y], color="k", lw=0.8, transform=figure.transFigure)
        rows = [
            ("Outcome", "rTMS", "sham"),
            ("VAS, baseline", "6.4 (1.2)", "6.2 (1.1)"),
            ("VAS, week 4", "4.1 (1.5)", "5.9 (1.4)"),
            ("BDI", "", "13"),
        ]
        for y, line in zip((0.87, 0.84, 0.82, 0.80), rows, strict=True):
            for x, cell in zip((0.1, 0.4, 0.7), line, strict=True):
                figure.text(x, y, cell, fontsize=8)
        figure.text(0.1, 0.62, "Table 2 Harms", fontsize=9)
        axes.table([["Headache", "3"], ["Tinnitus", "0"]], bbox=Bbox.from_bounds(0.1, 0.5, 0.5, 0.1))
        document.savefig(figure)
    return file.getvalue()


def test_a_pdf_is_read_page_by_page() -> None:
    source = read_source(pdf("Less pain after stimu-\nlation", "Mean 4.5 (SD 1.2)"), PDF)
    assert [(page.label, page.text) for page in source.pages] == [
        ("page 1", "Less pain after stimu-\nlation"),
        ("page 2", "Mean 4.5 (SD 1.2)"),
    ]
    assert source.flowing


def test_tables_of_a_pdf_are_read_when_asked_for() -> None:
    tables, problem = read_pdf_tables(printed_tables(), [1, 7])
    assert not problem
    by_label = {each.label: each for each in tables}
    assert set(by_label) == {"Table 1", "Table 2"}
    assert by_label["Table 1"].caption == "Pain by group"
    assert by_label["Table 1"].grid() == (
        ("Outcome", "rTMS", "sham"),
        ("VAS, baseline", "6.4 (1.2)", "6.2 (1.1)"),
        ("VAS, week 4", "4.1 (1.5)", "5.9 (1.4)"),
        ("BDI", "", "13"),
    )
    assert by_label["Table 2"].grid() == (("Headache", "3"), ("Tinnitus", "0"))
    assert by_label["Table 2"].page == "page 1"


def pdf_of(*contents: bytes) -> bytes:
    """A PDF with these packed contents of pages, whatever they are."""
    parts = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(len(contents)))
    parts[1] = b"<< /Type /Pages /Kids [" + kids + b"] /Count %d >>" % len(contents)
    for number, content in enumerate(contents):
        parts.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            b"/Contents %d 0 R >>" % (5 + 2 * number)
        )
        head = b"<< /Filter /FlateDecode /Length %d >>" % len(content)
        parts.append(head + b"\nstream\n" + content + b"\nendstream")
    written, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(b"%010d 00000 n \n" % len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + b"".join(places)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(parts) + 1, len(written))
    return written + table + end


def test_a_page_that_cannot_be_read_is_told_from_a_picture() -> None:
    bomb = zlib.compress(b"0" * 400_000_000, 9)
    good = zlib.compress(b"BT /F1 10 Tf 50 700 Td (Mean 4.5) Tj ET")
    with pytest.raises(SourceError, match="No page of this PDF can be read"):
        read_source(pdf_of(bomb), PDF)
    source = read_source(pdf_of(good, bomb, zlib.compress(b" ")), PDF)
    assert source.pages[0].text.strip() == "Mean 4.5"
    assert [note.partition(":")[0] for note in source.notes] == [
        "Page 2 could not be read",
        "No text could be read on page 3",
    ]
    assert "pictures" not in source.notes[0]


def ruled(rows: Sequence[Sequence[str]], open_rules: Sequence[tuple[int, int]] = ()) -> bytes:
    """A ruled table; open_rules: (row, column) whose left rule is missing, so that the cell before it covers it."""
    drawn = [f"50 {700 - 20 * row} m {50 + 80 * len(rows[0])} {700 - 20 * row} l S" for row in range(len(rows) + 1)]
    for row, line in enumerate(rows):
        for column in range(len(line) + 1):
            if (row, column) not in open_rules:
                drawn.append(f"{50 + 80 * column} {700 - 20 * row} m {50 + 80 * column} {680 - 20 * row} l S")
        for column, text in enumerate(line):
            drawn.append(f"BT /F1 9 Tf {54 + 80 * column} {686 - 20 * row} Td ({text}) Tj ET")
    return pdf_of(zlib.compress("\n".join(drawn).encode()))


def test_merged_cells_of_a_ruled_pdf_table_stand_in_each_of_their_columns() -> None:
    rows = [
        ["", "Active", "", "Sham", ""],
        ["", "Mean", "SD", "Mean", "SD"],
        ["Baseline", "6.1", "1.2", "6.0", "1.1"],
        ["Week 4", "4.1", "", "5.8", "1.3"],
    ]
    [found], problem = read_pdf_tables(ruled(rows, [(0, 2), (0, 4)]), [1])
    assert not problem
    assert found.grid()[0] == ("", "Active", "Active", "Sham", "Sham")
    assert found.grid()[3] == ("Week 4", "4.1", "", "5.8", "1.3"), "an empty cell is no merged one"
    assert found.header_rows == 2
    assert found.names() == ("", "Active – Mean", "Active – SD", "Sham – Mean", "Sham – SD")
    [apart], _ = read_pdf_tables(ruled(rows), [1])
    assert apart.grid()[0] == ("", "Active", "", "Sham", ""), "between rules an empty cell is empty"


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        ([["Headache", "3"], ["Tinnitus", "0"]], 0),
        ([["Outcome", "10 Hz", "n = 20"], ["VAS", "4.1", "5.9"]], 1),
        ([["Outcome", "rTMS"], ["Pain", ""], ["VAS", "4.1 to 5.0"]], 1),
        ([["Outcome", "Tool"], ["Pain", "VAS"]], 1),
    ],
)
def test_header_rows_of_a_pdf_table_end_above_the_first_value(rows: list[list[str]], header: int) -> None:
    [found], _ = read_pdf_tables(ruled(rows), [1])
    assert found.header_rows == header


def test_a_locked_a_scanned_and_a_broken_pdf_say_what_to_do() -> None:
    assert read_source(locked_pdf(""), PDF).pages[0].text
    for content, said in (
        (locked_pdf("secret"), "locked with a password"),
        (pdf(""), "text recognition"),
        (b"%PDF-1.7\n" + random.Random(5).randbytes(4000), "broken"),
    ):
        with pytest.raises(SourceError, match=said):
            read_source(content, PDF)
    assert read_pdf_tables(b"%PDF-1.7\nnothing", [1])[0] == ()


def test_a_child_that_hangs_is_stopped_and_what_it_read_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = tmp_path / "child.py"
    hanging.write_text(
        "import json, time\nprint(json.dumps({'pages': 3}))\n"
        "print(json.dumps({'page': 1, 'text': 'Less pain'}), flush=True)\n"
        "print('{\"page\": 2', flush=True, end='')\ntime.sleep(60)\n"
    )
    monkeypatch.setattr(pdf_source, "_CHILD", hanging)
    source = pdf_source.read_pages(b"%PDF-", seconds=1.0)
    assert [page.text for page in source.pages] == ["Less pain"]
    assert source.notes == ("The file could be read up to page 1 only.",)


def test_a_child_has_little_memory_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits of the child itself, in a child that wants more."""
    text = Path(pdf_child.__file__).read_text(encoding="utf-8")
    greedy = text.replace("    import pypdf\n", "    bytes(3 << 30)\n    import pypdf\n")
    assert greedy != text
    child = tmp_path / "child.py"
    child.write_text(greedy)
    monkeypatch.setattr(pdf_source, "_CHILD", child)
    with pytest.raises(SourceError, match=r"takes too long to read"):
        pdf_source.read_pages(pdf("Less pain"))
    endless = text.replace("    import pypdf\n", "    while True: pass\n    import pypdf\n").replace(
        '"pages": 40', '"pages": 1'
    )
    child.write_text(endless)
    with pytest.raises(SourceError, match=r"takes too long to read"):
        pdf_source.read_pages(pdf("Less pain"), seconds=20)


def test_the_child_sees_no_settings_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = tmp_path / "child.py"
    child.write_text(
        "import json, os\nprint(json.dumps({'page': 1, 'text': ' '.join(os.environ) + ' x'}))\n"
        "print('{\"done\": true}')"
    )
    monkeypatch.setattr(pdf_source, "_CHILD", child)
    monkeypatch.setenv("WORKBENCH_SMTP_PASSWORD", "secret")
    assert "WORKBENCH" not in pdf_source.read_pages(b"%PDF-").pages[0].text
