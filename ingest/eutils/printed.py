"""A served record in the forms that are not XML: summary, MEDLINE tags, citation."""

from __future__ import annotations

import re
from datetime import date

from ingest.eutils.corpus import MONTHS, Served


def _printed(day: date | None) -> str:
    """A day as PubMed prints it, whatever language this machine speaks."""
    return "" if day is None else f"{day.year} {MONTHS[day.month - 1]} {day.day}"


def summary(record: Served) -> dict[str, str]:
    return {
        "PubDate": _printed(record.published),
        "Source": record.journal[0] if record.journal else "",
        "LastAuthor": record.authors[-1] if record.authors else "",
        "Title": record.title,
        "DOI": record.article_ids.get("doi", ""),
    }


def medline(record: Served) -> str:
    """One record in MEDLINE tags; longer values go on in lines that begin with six blanks."""
    issue = "MedlineCitation/Article/Journal/JournalIssue"
    values = [
        ("PMID", record.pmid),
        ("TI", record.title),
        ("AB", " ".join(record.abstract)),
        *(("AU", name) for name in record.authors),
        *(("LA", code) for code in record.texts("MedlineCitation/Article/Language")),
        *(("PT", kind) for kind in record.texts("MedlineCitation/Article/PublicationTypeList/PublicationType")),
        ("TA", record.journal[0] if record.journal else ""),
        ("DP", _printed(record.published)),
        ("VI", record.text(f"{issue}/Volume")),
        ("IP", record.text(f"{issue}/Issue")),
        ("PG", record.text("MedlineCitation/Article/Pagination/MedlinePgn")),
        *((("AID", f"{record.article_ids['doi']} [doi]"),) if "doi" in record.article_ids else ()),
        *(("MH", name) for name in record.texts("MedlineCitation/MeshHeadingList/MeshHeading/DescriptorName")),
    ]
    lines = []
    for tag, value in values:
        if value:
            words = re.sub(r"(.{1,80})(?:\s+|$)", r"\1\n      ", value).rstrip()
            lines.append(f"{tag:<4}- {words}\n")
    return "".join(lines)


def citation(number: int, record: Served) -> str:
    source = f"{record.journal[0]}. " if record.journal else ""
    year = f"{record.published:%Y}." if record.published else ""
    parts = [f"{number}. {source}{year}", record.title, ", ".join(record.authors), *record.abstract]
    return "\n\n".join([part for part in parts if part] + [f"PMID: {record.pmid}"])
