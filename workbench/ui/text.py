"""Text from outside (titles, abstracts, answers, settings) made safe to show: it is never markup.

Everything that goes to the page as HTML is a `markupsafe.Markup`: its `format` escapes what is put in, so an unescaped
abstract cannot get there by forgetting. Labels of Streamlit's widgets are Markdown, so text in them passes `literal`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal
from urllib.parse import quote

from markupsafe import Markup, escape

from ingest.record import Record

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")  # and reordering of the line
# What Streamlit's Markdown reads as more than a character. A label is also read aloud, so no more than this is escaped.
_MARKDOWN = re.compile(r"[\\`*\[\]<>#$~|]|\b_|_\b|(?<!\w)_|:(?=[A-Za-z])|^[-+](?=\s)|(?:(?<=^\d)|(?<=^\d\d))[.)](?!\S)")
_LABELLED = re.compile(r"^([A-Z][A-Z0-9 /&,()'\-]{1,70}):\s+(.*)$", re.DOTALL)
_HEADING = (
    "Background|Introduction|Context|Rationale|Importance|Objectives?|Aims?|Purpose|Hypothesis|Questions?|Design|Setting|"
    "Study design|Study selection|Data sources|Data extraction|Data synthesis|Participants|Patients|Subjects|"
    "Interventions?|Main outcome measures?|Outcome measures?|Measurements?|Materials?|Methods?|Methodology|"
    "Main results|Results|Findings|Discussion|Interpretation|Conclusions?|Limitations|Significance|Perspective|"
    "Implications|Registration|Trial registration|Clinical trial registration|Funding"
)
# Files of other sources run the sections on in one paragraph: "Background: ... . Methods: ..."
_RUN_ON = re.compile(
    rf"(?:^|(?<=[.!?)\]] ))((?:{_HEADING})(?:(?:, | and | & |/)(?:{_HEADING}))*): (?=\S)", re.IGNORECASE
)
_PMID = re.compile(r"[1-9][0-9]{0,8}")
_PMCID = re.compile(r"PMC[1-9][0-9]{0,9}")
_DOI = re.compile(r"10\.[0-9]{4,9}/[^\s<>\"]+")

Tone = Literal["plain", "good", "warning", "error"]


def clean(text: object) -> str:
    """The text without control characters and without marks that reorder a line."""
    return _CONTROL.sub("", str(text))


def safe(text: object) -> Markup:
    """Escaped for HTML; what is `Markup` already stays as it is."""
    return text if isinstance(text, Markup) else escape(clean(text))


def literal(text: object) -> str:
    """For a label that Streamlit reads as Markdown: shows the very characters that are given, on one line."""
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(clean(text).split()))


def one_line(text: object, length: int = 110) -> str:
    """Shortened at a word for a menu or a table."""
    line = " ".join(clean(text).split())
    return line if len(line) <= length else line[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"


def join(parts: Iterable[object], separator: str = "") -> Markup:
    """Several pieces as one, each of them and the separator escaped unless it is markup."""
    return safe(separator).join(safe(part) for part in parts)


def link(address: str, label: object) -> Markup:
    """A link that opens beside the app; `address` comes from the builders below, never from a record."""
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(address, clean(label))


def pubmed_address(pmid: str | None) -> str | None:
    """The record's page at PubMed; None unless `pmid` is a PMID."""
    return f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid and _PMID.fullmatch(pmid) else None


def doi_address(doi: str | None) -> str | None:
    """The resolver's address of a DOI; None unless it is one."""
    return f"https://doi.org/{quote(doi, safe='/:;()._-')}" if doi and _DOI.fullmatch(doi) else None


def pmc_address(pmcid: str | None) -> str | None:
    """The full text at PubMed Central; None unless `pmcid` is a PMCID."""
    return f"https://pmc.ncbi.nlm.nih.gov/articles/{pmcid}/" if pmcid and _PMCID.fullmatch(pmcid) else None


def record_links(record: Record) -> Markup:
    """Links to PubMed, the publisher and the open full text, as far as the identifiers are sound."""
    addresses = (
        ("PubMed", pubmed_address(record.pmid)),
        ("DOI", doi_address(record.doi)),
        ("PubMed Central", pmc_address(record.pmcid)),
    )
    return join((link(address, label) for label, address in addresses if address), " · ")


def source_place(address: str) -> Markup:
    """Where numbers were read: a link if a DOI, a PMID or a PMCID can be made out, else the text as it is."""
    text = clean(address).strip()
    doi = _DOI.search(text)
    if doi and (target := doi_address(doi.group().rstrip(".,;)"))):
        return link(target, text)
    pmcid = _PMCID.search(text)
    if pmcid and (target := pmc_address(pmcid.group())):
        return link(target, text)
    pmid = re.fullmatch(r"(?:https?://pubmed\.ncbi\.nlm\.nih\.gov/|pmid:?\s*|pubmed:)?([1-9][0-9]{0,8})/?", text, re.I)
    if pmid and (target := pubmed_address(pmid.group(1))):
        return link(target, text)
    return safe(text)


def authors(names: Sequence[str], shown: int = 6) -> str:
    """The authors on one line, the first few of many."""
    return ", ".join(names) if len(names) <= shown else f"{', '.join(names[:shown])} and {len(names) - shown} more"


def citation(record: Record) -> str:
    """Journal, year, volume and pages, as far as they are known."""
    place = record.volume + (f"({record.issue})" if record.issue else "")
    place = ":".join(part for part in (place, record.pages) if part)
    return ". ".join(part for part in (record.journal, str(record.year or ""), place) if part)


def abstract(text: str, mark: Callable[[str], Markup] = safe, *, level: Literal["h3", "h4"] = "h4") -> Markup:
    """The abstract with its own section labels as headings; says so where there is none.

    mark: makes markup of running text, so that words in it can be marked. level: of headings, one below the title's.
    """
    if not text.strip():
        return Markup('<p class="wb-quiet">No abstract in the source.</p>')
    title = Markup("<h3>{}</h3>") if level == "h3" else Markup("<h4>{}</h4>")
    parts: list[Markup] = []
    for heading, paragraph in sections(text):
        if heading:
            parts.append(title.format(clean(heading)))
        if paragraph:
            parts.append(Markup("<p>{}</p>").format(mark(clean(paragraph))))
    return Markup('<div class="wb-abstract">{}</div>').format(join(parts))


def sections(text: str) -> Iterator[tuple[str, str]]:
    """The paragraphs of an abstract, each with the heading that the source gave it ("" for none)."""
    for paragraph in filter(None, (line.strip() for line in text.split("\n"))):
        labelled = _LABELLED.match(paragraph)
        heading, running = labelled.groups() if labelled else ("", paragraph)
        found = [match for match in _RUN_ON.finditer(running) if match.group(1)[0].isupper()]
        ends = [*(match.start() for match in found), len(running)]
        if heading or ends[0] > 0:
            yield heading, running[: ends[0]].strip()
        for match, end in zip(found, ends[1:], strict=True):
            yield match.group(1), running[match.end() : end].strip()


def badge(label: object, tone: Tone = "plain") -> Markup:
    """A small framed word; the word carries the meaning, the colour only helps."""
    return Markup('<span class="wb-badge {}">{}</span>').format(tone, safe(label))


def facts(pairs: Mapping[str, object] | Iterable[tuple[str, object]]) -> Markup:
    """A list of name and value; empty values are left out."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    lines = (Markup("<dt>{}</dt><dd>{}</dd>").format(clean(k), safe(v)) for k, v in items if v not in (None, ""))
    return Markup('<dl class="wb-facts">{}</dl>').format(join(lines))


def table(
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    caption: str,
    numbers: Iterable[int] = (),
) -> Markup:
    """A plain table with a caption, column and row headers; reads well aloud and scrolls sideways on a narrow screen.

    numbers: the columns (from 0) that are set to the right.
    """
    right = frozenset(numbers)

    def cell(tag: str, column: int, content: object, scope: str) -> Markup:
        kind = Markup(' class="number"') if column in right else Markup("")
        return Markup("<{tag}{scope}{kind}>{content}</{tag}>").format(
            tag=tag,
            scope=Markup(' scope="{}"').format(scope) if scope else Markup(""),
            kind=kind,
            content=Markup("&ndash;") if content is None else safe(content),
        )

    head = join(cell("th", i, header, "col") for i, header in enumerate(headers))
    body = join(
        Markup("<tr>{}</tr>").format(
            join(cell("td" if i else "th", i, content, "" if i else "row") for i, content in enumerate(row))
        )
        for row in rows
    )
    return Markup(
        '<div class="wb-scroll" role="region" tabindex="0" aria-label="{label}">'
        '<table class="wb{wide}"><caption>{label}</caption>'
        "<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    ).format(label=clean(caption), head=head, body=body, wide=" wide" if len(headers) > 3 else "")


def when(moment: datetime | None) -> str:
    """A time as it is kept (UTC), to the minute."""
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else "never"


def day(moment: datetime | None) -> str:
    """The day of a time (UTC)."""
    return moment.strftime("%Y-%m-%d") if moment else "never"


def number(value: float | None, digits: int = 2) -> str:
    """A number for reading, with a true minus sign; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:.{digits}f}".replace("-", "−")
