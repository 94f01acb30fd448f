"""A review of made-up records: as many as one likes, as long as real ones, and of words that nobody can mistake.

The same seed gives the same records. A title ends in the record's number, so whoever sees a title knows the record.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from ingest.record import Record
from workbench.review import init_review, load_review
from workbench.store import Reviewer, Store

SYLLABLES = (
    "ba",
    "bel",
    "cor",
    "dru",
    "fen",
    "gal",
    "hin",
    "jo",
    "kel",
    "lum",
    "mar",
    "nif",
    "quo",
    "ril",
    "tam",
    "wim",
)
TERMS = ("rTMS", "sham coil", "chronic pain", "motor cortex", "migraine", "fibromyalgia", "ten hertz", "randomised")
HEADINGS = ("BACKGROUND", "METHODS", "RESULTS", "CONCLUSIONS")
WORDS_IN_A_SECTION = 39  # four of them make an abstract of about 1,500 characters
BATCH = 2_000
INDICATIONS = ("neuropathic_pain", "migraine", "fibromyalgia")
_NUMBER = re.compile(r"number (\d+)\b")


def words(draw: random.Random, vocabulary: list[str], count: int) -> str:
    """Running text of invented words, with a term of a real question here and there."""
    return " ".join(draw.choice(TERMS) if draw.random() < 0.04 else draw.choice(vocabulary) for _ in range(count))


def vocabulary(draw: random.Random, size: int = 3_000) -> list[str]:
    """Invented words of two to four syllables."""
    return ["".join(draw.choices(SYLLABLES, k=draw.randint(2, 4))) for _ in range(size)]


def invented(numbers: range, seed: int = 1) -> Iterator[Record]:
    """Records with a structured abstract each."""
    draw = random.Random(seed)
    known = vocabulary(draw)
    for number in numbers:
        sections = (f"{heading}: {words(draw, known, WORDS_IN_A_SECTION)}." for heading in HEADINGS)
        yield Record(
            source="pubmed",
            source_id=str(number),
            pmid=str(number),
            title=f"{words(draw, known, 11).capitalize()}: invented record number {number}",
            abstract="\n".join(sections),
            authors=tuple(f"{draw.choice(known).capitalize()} {draw.choice('ABCDE')}" for _ in range(5)),
            journal=f"Journal of {draw.choice(known)}",
            year=1990 + number % 35,
            doi=f"10.0000/invented.{number}",
            publication_types=("Journal Article", "Randomized Controlled Trial"),
        )


def number_in(title: str) -> int:
    """The number of the record that a title belongs to."""
    found = _NUMBER.search(title)
    if found is None:
        raise ValueError(f"no record of this benchmark: {title!r}")
    return int(found.group(1))


def key_of(number: int) -> str:
    """The key of a record."""
    return f"pubmed:{number}"


def reviewer_name(number: int) -> str:
    """The short name of a reviewer."""
    return f"rev{number:02d}"


def make_folder(folder: Path, *, votes: int) -> None:
    """A review's folder in which each record needs so many votes."""
    init_review(folder)
    file = folder / "review.yaml"
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings.setdefault("screening", {})["reviewers_needed"] = votes
    file.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")


def fill(folder: Path, store: Store, *, records: int, reviewers: int) -> None:
    """Put the records and the reviewers into a review's database, the records in three searches."""
    known = {item.key for item in load_review(folder).indications}
    for number in range(1, reviewers + 1):
        name = reviewer_name(number)
        store.add_reviewer(Reviewer(name=name, display=f"Reviewer {name}", role="lead" if number == 1 else "reviewer"))
    shares = [indication for indication in INDICATIONS if indication in known]
    size = -(-records // len(shares))
    for place, indication in enumerate(shares):
        numbers = range(place * size + 1, min((place + 1) * size, records) + 1)
        run = store.begin_search(indication, "an invented search", indication=indication)
        batch: list[tuple[Record, str | None]] = []
        for record in invented(numbers, seed=place + 1):
            batch.append((record, None))
            if len(batch) == BATCH:
                store.add_records(run, indication, batch)
                batch.clear()
        store.add_records(run, indication, batch)
        store.finish_search(run, count=len(numbers))
