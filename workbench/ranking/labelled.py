"""Tables of records that somebody has screened already: what a simulation screens again."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from ingest.formats.csv_mapping import guess_mapping
from ingest.formats.csv_table import read_csv
from ingest.record import IngestError, Unreadable
from workbench.ranking.documents import Document
from workbench.ranking.model import RankingError

RELEVANT = frozenset({"1", "1.0", "true", "yes", "y", "include", "included", "relevant", "i"})
IRRELEVANT = frozenset({"0", "0.0", "false", "no", "n", "exclude", "excluded", "irrelevant", "e"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A labelled set. documents and labels go together; what has no label is counted and left out."""

    documents: tuple[Document, ...]
    labels: tuple[bool, ...]
    years: tuple[int | None, ...]  # of publication
    pmids: tuple[int | None, ...]
    unlabelled: int
    unreadable: tuple[Unreadable, ...]


def read_labelled(path: Path, label: str) -> Labelled:
    """Read a CSV or TSV table (plain or packed) with a column of labels: 1/0, yes/no, included/excluded and the like.

    Raises RankingError for a table without that column or a label that is none of these, with its line.
    """
    documents: list[Document] = []
    labels: list[bool] = []
    years: list[int | None] = []
    pmids: list[int | None] = []
    unreadable: list[Unreadable] = []
    unlabelled = 0
    try:
        with path.open("rb") as file:
            mapping = guess_mapping(file)
            place = _place(label, mapping.header)
            for item in read_csv(file, mapping):
                if isinstance(item, Unreadable):
                    unreadable.append(item)
                    continue
                cells = next(csv.reader(io.StringIO(item.raw, newline=""), delimiter=mapping.separator))
                said = cells[place].strip().casefold() if place < len(cells) else ""
                if said not in RELEVANT | IRRELEVANT:
                    if said not in ("", "-1", "na", "nan"):
                        raise RankingError(
                            f"{path.name}, record {item.position}: {cells[place].strip()[:40]!r} is no label; "
                            "1 and 0, yes and no, included and excluded are"
                        )
                    unlabelled += 1
                    continue
                documents.append(Document.of(f"{len(documents)}", item))
                labels.append(said in RELEVANT)
                years.append(item.year)
                pmids.append(int(item.pmid) if item.pmid and item.pmid.isdecimal() else None)
    except IngestError as error:
        raise RankingError(f"{path.name}: {error}") from error
    except OSError as error:
        raise RankingError(f"{path.name}: cannot be opened ({error.strerror or error})") from error
    return Labelled(
        documents=tuple(documents),
        labels=tuple(labels),
        years=tuple(years),
        pmids=tuple(pmids),
        unlabelled=unlabelled,
        unreadable=tuple(unreadable),
    )


def _place(label: str, header: tuple[str, ...]) -> int:
    for matches in (
        [place for place, name in enumerate(header) if name == label],
        [place for place, name in enumerate(header) if name.casefold().strip() == label.casefold().strip()],
    ):
        if matches:
            return matches[0]
    raise RankingError(f"the table has no column {label!r}; it has {', '.join(header[:30])}")
