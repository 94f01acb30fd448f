"""Records as BibTeX, in UTF-8, with what BibTeX has no field for in `workbench-record`.

Other programs get ordinary fields with LaTeX's own characters escaped. `workbench-record` holds as JSON (without its
outer braces) whatever reading those fields back would not give exactly: see `ingest.exports.exact`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import TextIO

from ingest.exports.exact import family_first, one_line, remainder
from ingest.formats.bibtex import OWN_FIELD, read_bibtex
from ingest.formats.latex import as_latex
from ingest.formats.printed import GROUP
from ingest.record import Record

_WORD = re.compile(r"[a-z]{3,}")


def write_bibtex(records: Iterable[Record], file: TextIO) -> int:
    """Write one entry a record; the number of records."""
    written = 0
    keys: set[str] = set()
    for record in records:
        written += 1
        key = _key(record, keys)
        fields = _fields(record)
        kind = "article" if record.journal else "misc"
        rest = remainder(record, _entry(kind, key, fields), read_bibtex)
        # In a JSON text a brace stands inside strings as \u007b; outside, they pair.
        fields[OWN_FIELD] = _paired(rest)
        file.write(_entry(kind, key, fields) + "\n")
    return written


def _entry(kind: str, key: str, fields: dict[str, str]) -> str:
    lines = [f"@{kind}{{{key}", *(f"  {name} = {{{value}}}" for name, value in fields.items())]
    return ",\n".join(lines) + "\n}\n"


def _fields(record: Record) -> dict[str, str]:
    paragraphs = [_text(line) for line in record.abstract.split("\n")]
    fields = {
        # The second pair of braces keeps styles from changing capitals.
        "title": f"{{{_text(record.title)}}}" if one_line(record.title) else "",
        "author": " and ".join(filter(None, (_name(author) for author in record.authors))),
        "journal": _text(record.journal),
        "year": "" if record.year is None else str(record.year),
        "date": _text(record.published),
        "volume": _text(record.volume),
        "number": _text(record.issue),
        "pages": _text(record.pages).replace("-", "--") if "--" not in record.pages else _text(record.pages),
        "doi": _address(record.doi or ""),
        "pmid": _text(record.pmid or ""),
        "pmcid": _text(record.pmcid or ""),
        "language": _text("; ".join(record.language)),
        "type": _text("; ".join(record.publication_types)),
        "keywords": _text("; ".join(record.keywords)),
        "mesh": _text("; ".join(record.mesh)),
        "origtitle": _text(record.original_title),
        "abstract": "\n\n".join(paragraphs) if any(paragraphs) else "",
    }
    return {name: value for name, value in fields.items() if value}


def _text(text: str) -> str:
    return as_latex(one_line(text))


def _address(text: str) -> str:
    """Taken letter by letter by other programs, if BibTeX can hold it like that."""
    return _text(text) if re.search(r"[\\{}\s]", text) else one_line(text)


def _name(name: str) -> str:
    """As BibTeX wants it: "Family, Given", a group in braces."""
    name = one_line(name)
    family, given = family_first(name)
    if not given or GROUP.search(name) or "," in name or " and " in f" {name.lower()} ":
        return f"{{{as_latex(name)}}}" if name else ""
    return f"{as_latex(family)}, {as_latex(given)}"


def _key(record: Record, taken: set[str]) -> str:
    """The first author's family, the year and the title's first word: "smith2020repetitive"; each once."""
    family = family_first(one_line(record.authors[0]))[0] if record.authors else ""
    words = _WORD.findall(_ascii(record.title))
    year = record.year if record.year is not None and 0 < record.year < 10_000 else ""
    stem = re.sub(r"[^a-z]", "", _ascii(family))[:40] + str(year) + (words[0][:40] if words else "") or "record"
    key, number = stem, 1
    while key in taken:
        number += 1
        key = f"{stem}-{number}"
    taken.add(key)
    return key


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text[:1000]).encode("ascii", "ignore").decode().lower()


_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


def _paired(json: str) -> str:
    """JSON without its outer braces, the braces within its strings escaped."""
    escaped = _STRING.sub(lambda found: found.group().replace("{", "\\u007b").replace("}", "\\u007d"), json)
    return escaped[1:-1]
