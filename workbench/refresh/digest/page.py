"""A digest as one HTML file: no script, nothing loaded from anywhere, readable aloud, on a phone and on paper."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup

from workbench.refresh.digest.blocks import Block, Heading, Inline, Items, Line, Link, Paragraph, Strong, Table
from workbench.refresh.digest.cleaning import one_line

_STYLE: Final = Markup(
    """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; color: #1b2a36; background: #fff;
  max-width: 52rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .8rem; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; padding-bottom: .2rem; border-bottom: 1px solid #d3dbe1; }
h3 { font-size: 1.02rem; margin: 1.3rem 0 .3rem; }
a { color: #1d5c85; }
ul { padding-left: 1.2rem; margin: .3rem 0 1rem; }
li { margin: 0 0 .6rem; }
li div { color: #51616d; font-size: .92rem; }
p.alert, ul.alert { border-left: 4px solid #9d2b25; background: #fcefee; padding-top: .5rem; padding-bottom: .5rem; }
p.warning, ul.warning { border-left: 4px solid #8a5a00; background: #fdf3dc; padding-top: .5rem;
  padding-bottom: .5rem; }
p.alert, p.warning { padding-left: .8rem; }
ul.alert, ul.warning { padding-left: 1.8rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .92rem; margin: .3rem 0 1rem; min-width: 60%; }
caption { text-align: left; color: #51616d; padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #d3dbe1;
  overflow-wrap: normal; }
thead th { border-bottom: 1.5px solid #8c9ba6; }
tbody th { font-weight: 500; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } a { color: inherit; } }
"""
)

_PAGE: Final = Markup(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
)


def page(title: str, blocks: Iterable[Block]) -> str:
    """The whole file."""
    body = Markup("\n").join(_block(block) for block in blocks)
    return str(_PAGE.format(title=one_line(title), style=_STYLE, body=body))


def _block(block: Block) -> Markup:
    match block:
        case Heading(level=level, text=text):
            return Markup("<h{0}>{1}</h{0}>").format(level, one_line(text))
        case Paragraph(line=line, tone=tone):
            return Markup("<p{}>{}</p>").format(_class(tone), _line(line))
        case Items(items=items, tone=tone):
            listed = Markup("\n").join(_item(lines) for lines in items)
            return Markup("<ul{}>\n{}\n</ul>").format(_class(tone), listed)
        case Table():
            return _table(block)


def _class(tone: str) -> Markup:
    return Markup("") if tone == "plain" else Markup(' class="{}"').format(tone)


def _item(lines: tuple[Line, ...]) -> Markup:
    first, *others = (_line(line) for line in lines)
    more = Markup("").join(Markup("\n<div>{}</div>").format(other) for other in others)
    return Markup("<li>{}{}</li>").format(first, more)


def _line(line: Line) -> Markup:
    return Markup("").join(_inline(part) for part in line)


def _inline(part: Inline) -> Markup:
    match part:
        case Link(text=text, address=address):
            return Markup('<a href="{}">{}</a>').format(address, one_line(text) or address)
        case Strong(text=text):
            return Markup("<strong>{}</strong>").format(one_line(text))
        case str():
            return Markup("{}{}{}").format(" " * part[:1].isspace(), one_line(part), " " * part[-1:].isspace())


def _table(table: Table) -> Markup:
    def cell(tag: str, column: int, text: str, scope: str = "") -> Markup:
        return Markup("<{tag}{scope}{kind}>{text}</{tag}>").format(
            tag=tag,
            scope=Markup(' scope="{}"').format(scope) if scope else "",
            kind=Markup(' class="number"') if column in table.numbers else "",
            text=one_line(text),
        )

    head = Markup("").join(cell("th", i, header, "col") for i, header in enumerate(table.headers))
    rows = Markup("\n").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(cell("td" if i else "th", i, text, "" if i else "row") for i, text in enumerate(row))
        )
        for row in table.rows
    )
    return Markup(
        '<div class="scroll" role="region" tabindex="0" aria-label="{label}"><table>\n<caption>{label}</caption>\n'
        "<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>"
    ).format(label=one_line(table.caption), head=head, rows=rows)
