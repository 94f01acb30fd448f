"""A figure with the same numbers as a table: as rows for the app and spreadsheets, and as a self-contained HTML page.

Everything that comes from files or reviewers is escaped. A page needs nothing from elsewhere, and its
Content-Security-Policy forbids scripts and every outside address, so that an exported page can be opened or mailed
safely.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from urllib.parse import quote

from workbench.plots.figure import ForestFigure, Row, figure_rows
from workbench.plots.lettering import clean
from workbench.plots.numbers import display, effect_text, interval_text, number

Cell = str | float | None

# What a spreadsheet program would run as a formula when it opens a CSV file.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BEHIND_A_MARK = re.compile(r"(?<=[\s\S])([;|\t][\s\u200b\ufeff\x00]*)([=@]|[+\-](?=[A-Za-z(@=]))")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?%?")

_FOREIGN = re.compile(r"<(script|foreignObject|image|use|a|iframe|style|animate|set)\b", re.IGNORECASE)

ROW_NAMES = {
    "study": "study",
    "excluded": "not pooled",
    "summary": "pooled",
    "prediction": "prediction interval",
}


class ReportError(ValueError):
    """A page that cannot be made; the message says which part and how to mend it."""


# --- rows ----------------------------------------------------------------------------------------------------------


def spreadsheet_text(text: str) -> str:
    """The text as a spreadsheet takes it for text: an apostrophe before what would be run as a formula.

    Numbers stay as they are. What cannot be seen (a byte order mark, a zero-width space) hides no formula; nor does a
    semicolon, tab or bar, at which a spreadsheet of another country divides a line.
    """
    text = _BEHIND_A_MARK.sub(r"\1'\2", text)
    seen = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cf", "Cc") or sign in "\t\r\n")
    if seen.lstrip().startswith(_FORMULA_STARTS) or text.startswith(_FORMULA_STARTS):
        return text if _NUMBER.fullmatch(text.strip()) else f"'{text}"
    return text


def figure_table(figure: ForestFigure, *, spreadsheet: bool = True) -> list[dict[str, Cell]]:
    """The figure's numbers, one row per study, pooled estimate and prediction interval, in the figure's order.

    Keys: "row" (study, not pooled, pooled, prediction interval), the label heading, "Subgroup" (only where the figure
    has subgroups), one per column of the figure, "Estimate", "Lower", "Upper" (on the printed scale: ratios, not their
    logs; None where there is none), "Weight (%)", "Marks" (in words). Text that a spreadsheet would run as a formula
    gets an apostrophe in front unless spreadsheet is False (tables on screen).
    """
    safe = spreadsheet_text if spreadsheet else str
    names = column_names(figure)
    label = clean(figure.label_header) or "Study"
    rows = [row for row in figure_rows(replace(figure, prediction="row")) if row.kind in ROW_NAMES]
    grouped = any(row.subgroup is not None for row in rows)
    table = []
    for row in rows:
        cells: dict[str, Cell] = {"row": ROW_NAMES[row.kind], label: safe(row.label)}
        if grouped:
            cells["Subgroup"] = safe(clean(row.subgroup or ""))
        cells.update(dict.fromkeys(names, ""))
        cells.update(zip(names, (safe(cell) for cell in row.columns), strict=False))
        cells["Estimate"] = display(row.estimate, ratio=figure.ratio)
        cells["Lower"] = display(row.low, ratio=figure.ratio)
        cells["Upper"] = display(row.high, ratio=figure.ratio)
        cells["Weight (%)"] = row.weight if row.kind != "excluded" else None
        cells["Marks"] = safe("; ".join(row.marks))
        table.append(cells)
    return table


def column_names(figure: ForestFigure) -> tuple[str, ...]:
    """A name for each column of the figure that no other key of its table has: "rTMS: Mean", "Sham: Mean"."""
    taken = {"row", clean(figure.label_header), "Subgroup", "Estimate", "Lower", "Upper", "Weight (%)", "Marks"}
    names = []
    for position, column in enumerate(figure.column_headers, start=1):
        wanted = ": ".join(filter(None, (clean(column.group), clean(column.label)))) or f"Column {position}"
        name, count = spreadsheet_text(wanted), 2
        while name in taken:
            name, count = f"{wanted} ({count})", count + 1
        taken.add(name)
        names.append(name)
    return tuple(names)


# --- pages ---------------------------------------------------------------------------------------------------------

STYLE = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;color:#1a1a1a;background:#fff;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Arial,Helvetica,sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.15rem;margin:2rem 0 .5rem}
.subtitle{color:#4d4d4d;margin:0 0 1rem}
.notice{background:#fff1cc;border-left:.5rem solid #b36b00;color:#553300;font-weight:700;padding:.6rem 1rem;margin:0}
figure{margin:1rem 0}
.scroll{overflow-x:auto}
.scroll:focus-visible,a:focus-visible{outline:3px solid #1f5f99;outline-offset:2px}
figure svg,figure img{display:block;width:100%;min-width:40rem;max-width:100rem;height:auto}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums;min-width:100%}
caption{text-align:left;font-weight:700;padding:.5rem 0}
th,td{padding:.25rem .6rem;text-align:right;vertical-align:top;border-bottom:1px solid #d9d9d9}
th[scope=row],th.word,td.word{text-align:left}
th[scope=row]{font-weight:400;min-width:12rem}
thead th{border-bottom:2px solid #1a1a1a;vertical-align:bottom}
thead th[scope=colgroup]{text-align:center;border-bottom:1px solid #1a1a1a}
tbody th[scope=rowgroup]{text-align:left;background:#eef2f6}
tr.pooled th,tr.pooled td{font-weight:700;border-top:1px solid #1a1a1a}
tr.excluded th,tr.excluded td,tr.prediction th,tr.prediction td,tr.remark th{color:#4d4d4d}
.number{white-space:nowrap}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}
dl.facts dt{font-weight:700}
dl.facts dd{margin:0}
a{color:#174f80}
ul.entries{list-style:none;padding:0}
ul.entries>li{border-top:1px solid #d9d9d9;padding:.75rem 0}
ul.warnings{list-style:none;padding:0;margin:.5rem 0;color:#5c3d00}
ul.warnings li{border-left:3px solid #b36b00;padding:0 0 0 .6rem;margin:.25rem 0}
ul.entries p{margin:.15rem 0}
@media (max-width:40rem){dl.facts{grid-template-columns:1fr}}
@media print{main{max-width:none;padding:0}.scroll{overflow:visible}figure svg,figure img{min-width:0}
tr,figure{break-inside:avoid}tr:has(th[scope=rowgroup]){break-after:avoid}thead{display:table-header-group}a{color:inherit}}
""".strip()


def figure_html(figure: ForestFigure, svg: bytes | str, *, statement: str = "", warnings: Iterable[str] = ()) -> str:
    """A page with the figure (the SVG of its layout) and the same numbers as a table.

    statement: the result in plain words. warnings: what a reader must weigh before using it.
    """
    title = clean(figure.title)
    parts = [
        _notice(figure.example_notice),
        "<main>",
        f"<h1>{_text(title)}</h1>",
        f'<p class="subtitle">{_text(figure.subtitle)}</p>' if figure.subtitle else "",
        f"<p>{_lines(statement)}</p>" if statement else "",
        _warnings(warnings),
        f"<figure>{_region('Forest plot', _inline(svg))}</figure>",
        "<h2>The same numbers as a table</h2>",
        _region("Table of the figure’s numbers", table_html(figure)),
        _facts(figure),
        "</main>",
    ]
    return _page(title, parts)


def table_html(figure: ForestFigure) -> str:
    """The figure's numbers as one accessible table: a caption, column and row headings with their scope."""
    columns = figure.column_headers
    rows = figure_rows(figure)
    width = 2 + len(columns) + (1 if figure.weighted else 0)
    deep = 2 if any(column.group for column in columns) else 1
    span = f' rowspan="{deep}"' if deep > 1 else ""
    top = [f'<th scope="col" class="word"{span}>{_text(figure.label_header)}</th>']
    below = []
    position = 0
    while position < len(columns):
        column = columns[position]
        word = ' class="word"' if column.align == "start" else ""
        if not column.group:
            top.append(f'<th scope="col"{word}{span}>{_text(column.label)}</th>')
            position += 1
            continue
        members = [column]
        while position + len(members) < len(columns) and columns[position + len(members)].group == column.group:
            members.append(columns[position + len(members)])
        top.append(f'<th scope="colgroup" colspan="{len(members)}">{_text(column.group)}</th>')
        for member in members:
            word = ' class="word"' if member.align == "start" else ""
            below.append(f'<th scope="col"{word}>{_text(member.label)}</th>')
        position += len(members)
    top.append(f'<th scope="col"{span}>{_text(figure.effect_heading)}</th>')
    if figure.weighted:
        top.append(f'<th scope="col"{span}>Weight (%)</th>')
    head = f"<tr>{''.join(top)}</tr>" + (f"<tr>{''.join(below)}</tr>" if below else "")

    bodies: list[list[str]] = [[]]
    for row in rows:
        starts_total = row.overall and bodies[-1] and row.kind == "summary"
        if (row.kind == "heading" or starts_total) and bodies[-1]:
            bodies.append([])
        bodies[-1].append(_row(row, figure, width))
    body = "".join(f"<tbody>{''.join(lines)}</tbody>" for lines in bodies if lines)
    caption = f"{clean(figure.title)}: {clean(figure.measure_label)}"
    return f"<table><caption>{escape(caption)}</caption><thead>{head}</thead>{body}</table>"


def _row(row: Row, figure: ForestFigure, width: int) -> str:
    if row.kind == "heading":
        return f'<tr><th scope="rowgroup" colspan="{width}">{_text(row.label)}</th></tr>'
    if row.kind == "remark":
        return f'<tr class="remark"><td class="word" colspan="{width}">{_text(row.label)}</td></tr>'
    cells = row.columns or ("",) * len(figure.column_headers)
    texts = []
    for cell, column in zip(cells, figure.column_headers, strict=True):
        kind = "word" if column.align == "start" else "number"
        texts.append(f'<td class="{kind}">{_text(cell)}</td>')
    if row.kind == "prediction":
        effect = interval_text(row.low, row.high, ratio=figure.ratio, decimals=figure.decimals)
    elif row.kind == "summary" and row.estimate is None:
        effect = "not pooled"
    else:
        effect = effect_text(row.estimate, row.low, row.high, ratio=figure.ratio, decimals=figure.decimals)
    texts.append(f'<td class="number">{escape(effect)}</td>')
    if figure.weighted:
        weight = "not pooled" if row.kind == "excluded" else "" if row.weight is None else number(row.weight, 1)
        texts.append(f'<td class="number">{weight}</td>')
    name = {"summary": "pooled"}.get(row.kind, row.kind)
    marks = f" ({'; '.join(row.marks)})" if row.marks else ""
    return f'<tr class="{name}"><th scope="row">{_text(row.label + marks)}</th>{"".join(texts)}</tr>'


def _warnings(warnings: Iterable[str]) -> str:
    items = "".join(f"<li>{_lines(warning)}</li>" for warning in warnings)
    return f'<ul class="warnings" aria-label="Warnings">{items}</ul>' if items else ""


def _facts(figure: ForestFigure) -> str:
    """Heterogeneity, settings, date and notes as a list of terms."""
    favours = [f"left of the null line: {figure.favours_left}"] if figure.favours_left else []
    favours += [f"right of it: {figure.favours_right}"] if figure.favours_right else []
    facts = [
        ("Direction", "; ".join(favours)),
        ("Heterogeneity", figure.heterogeneity.removeprefix("Heterogeneity: ")),
        ("Settings", figure.settings),
        ("Searches current to", figure.current_to),
        *((f"Mark {mark.symbol}", mark.meaning) for mark in figure.legend),
        *(("Note", note) for note in figure.notes),
    ]
    items = "".join(f"<dt>{_text(term)}</dt><dd>{_lines(words)}</dd>" for term, words in facts if words)
    return f'<h2>How to read it</h2><dl class="facts">{items}</dl>' if items else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """One figure (or one honest "no figure") in the index of an export.

    files: (words, name) of what is beside the index, such as ("page", "fibromyalgia.html"); plain file names or
    relative paths below the index. statement: the result, or why there is none, in plain words. warnings: what a reader
    must weigh before using it.
    """

    title: str
    indication: str = ""
    statement: str = ""
    warnings: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


def index_html(
    title: str,
    entries: Sequence[IndexEntry],
    *,
    subtitle: str = "",
    current_to: str = "",
    example_notice: str | None = None,
    svg: bytes | str | None = None,
    notes: Iterable[str] = (),
) -> str:
    """The page that leads to all figures of an export; svg: the combined figure, if there is one."""
    parts = [
        _notice(example_notice),
        "<main>",
        f"<h1>{_text(title)}</h1>",
        f'<p class="subtitle">{_text(subtitle)}</p>' if subtitle else "",
        f"<p>Searches current to {_text(current_to)}.</p>" if current_to else "",
    ]
    if svg is not None:
        parts.append(f"<figure>{_region('All indications', _inline(svg))}</figure>")
    for indication in dict.fromkeys(entry.indication for entry in entries):
        if indication:
            parts.append(f"<h2>{_text(indication)}</h2>")
        items = "".join(_entry(entry) for entry in entries if entry.indication == indication)
        parts.append(f'<ul class="entries">{items}</ul>')
    parts += [f"<p>{_text(note)}</p>" for note in notes]
    parts.append("</main>")
    return _page(clean(title), parts)


def _entry(entry: IndexEntry) -> str:
    links = " · ".join(
        f'<a href="{_address(name)}" aria-label="{_text(f"{words}: {entry.title}")}">{_text(words)}</a>'
        for words, name in entry.files
    )
    statement = f"<p>{_lines(entry.statement)}</p>" if entry.statement else ""
    files = f"<p>{links}</p>" if links else ""
    return f"<li><strong>{_text(entry.title)}</strong>{statement}{_warnings(entry.warnings)}{files}</li>"


def _address(name: str) -> str:
    """A link to a file below the page, never anywhere else."""
    parts = name.split("/")
    if not name or ":" in name or "\\" in name or any(part in ("", ".", "..") for part in parts):
        raise ReportError(f"{name!r} cannot be linked from the index: give a file name or a path below it")
    return escape(quote(name))


def _text(text: str) -> str:
    return escape(clean(text))


def _lines(text: str) -> str:
    return "<br>".join(_text(line) for line in text.splitlines())


def _region(name: str, content: str) -> str:
    """A part that scrolls sideways on small screens, which the keyboard must be able to reach."""
    return f'<div class="scroll" tabindex="0" role="region" aria-label="{_text(name)}">{content}</div>'


def _notice(words: str | None) -> str:
    return f'<p class="notice" role="note">{_text(words)}</p>' if words else ""


def _inline(svg: bytes | str) -> str:
    """The SVG element itself, without what may only stand at the start of a file."""
    text = svg.decode("utf-8") if isinstance(svg, bytes) else svg
    start = text.find("<svg")
    if start < 0 or not text.rstrip().endswith("</svg>"):
        raise ReportError("the figure is not an SVG document: give what to_svg_bytes makes")
    # Text in our SVGs is escaped, so these can only be elements that a figure never has.
    foreign = _FOREIGN.search(text)
    if foreign:
        raise ReportError(f"the figure holds {foreign.group()}> and is not put into a page: draw it with to_svg_bytes")
    return text[start:].strip()


def _page(title: str, parts: Iterable[str]) -> str:
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE}</style>",
            "</head>",
            "<body>",
            *filter(None, parts),
            "</body>",
            "</html>",
            "",
        ]
    )
