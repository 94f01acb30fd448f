"""Duplicates: time, memory and what is found, on labelled and on synthetic sets, beside bib-dedupe.

    python benchmarks/duplicates.py --labelled ../shared/data/dedupe --peer-python peers/bin/python
    python benchmarks/duplicates.py --sizes 1000 10000 100000 --from ../shared/data/dedupe

Each measurement runs in a process of its own, one after the other, so that its peak memory is its own. Without
`--peer-python` the peer is left out, and the table says so. See README.md for what was measured.

A synthetic set is made of real records, each varied until it is another paper: the words of its title exchanged with
those of others, its people, journal, volume, pages and year drawn anew. Three in ten are then given a twin as another
database would print it. Words, names and journals keep the frequencies of the real sets, and so do the keys under
which records are looked up: no block is copied.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ingest import read_records  # noqa: E402
from ingest.duplicates import find_duplicates  # noqa: E402
from ingest.record import Record  # noqa: E402

COLUMNS = ("ID", "ENTRYTYPE", "title", "author", "year", "journal", "volume", "number", "pages", "doi", "abstract")
PEER = """
import csv, json, resource, sys, time
import pandas
from bib_dedupe.bib_dedupe import block, cluster, match, prep
records = pandas.read_csv(sys.argv[1], dtype=str, keep_default_na=False)
start = time.perf_counter()
prepared = prep(records, verbosity_level=0)
matched = match(block(prepared, verbosity_level=0), verbosity_level=0)
groups = cluster(matched, verbosity_level=0)
seconds = time.perf_counter() - start
memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(json.dumps({"groups": [list(group) for group in groups], "unsure": [], "seconds": seconds, "kb": memory}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run over one set."""

    records: int
    pairs: int  # that are labelled
    found: int  # of them, joined without asking
    asked: int  # of them, joined or asked about
    false: int  # pairs joined that are not labelled
    unsure: int  # questions
    seconds: float  # processor's and waiting time of the search alone, not of reading
    megabytes: float  # peak of the process


def read_labelled(folder: Path) -> tuple[list[Record], set[tuple[int, int]]]:
    """A published set: records.csv.gz, and duplicate_groups.csv with a line for each member of a group."""
    records = [item for item in read_records(folder / "records.csv.gz") if isinstance(item, Record)]
    position = {record.source_id: index for index, record in enumerate(records)}
    groups: dict[str, list[int]] = defaultdict(list)
    with (folder / "duplicate_groups.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            groups[row["group"]].append(position[row["record_id"]])
    return records, {pair for group in groups.values() for pair in combinations(sorted(group), 2)}


# ------------------------------------------------------------------------------------------------- synthetic records


def synthetic(real: Sequence[Record], size: int, seed: int) -> tuple[list[Record], set[tuple[int, int]]]:
    """`size` records of papers that do not exist, three in ten of them twins; and the pairs of twins."""
    chance = random.Random(seed)
    words = [word for record in real for word in record.title.split() if len(word) > 4 and word.isalpha()]
    people = [name for record in real for name in record.authors]
    journals = [record.journal for record in real if record.journal]
    originals = [_paper(chance, number, real, words, people, journals) for number in range(round(size / 1.3))]
    records = list(originals)
    pairs = set()
    for index in sorted(chance.sample(range(len(originals)), size - len(originals))):
        pairs.add((index, len(records)))
        records.append(_twin(chance, originals[index]))
    order = list(range(len(records)))
    chance.shuffle(order)
    place = {index: where for where, index in enumerate(order)}
    return [records[index] for index in order], {(min(place[i], place[j]), max(place[i], place[j])) for i, j in pairs}


def _paper(
    chance: random.Random,
    number: int,
    real: Sequence[Record],
    words: Sequence[str],
    people: Sequence[str],
    journals: Sequence[str],
) -> Record:
    like = chance.choice(real)
    title = " ".join(
        chance.choice(words).lower() if len(word) > 4 and chance.random() < 0.6 else word
        for word in like.title.split() or ["Untitled", "paper", "on", "nothing", "else"]
    )
    first = chance.randrange(1, 2500)
    return Record(
        source="csv",
        source_id=str(number),
        title=title,
        abstract=" ".join(chance.choices(words, k=chance.randrange(100, 250))) if chance.random() < 0.7 else "",
        authors=tuple(chance.choices(people, k=len(like.authors) or 3)),
        journal=chance.choice(journals),
        year=chance.randrange(1975, 2026),
        volume=str(chance.randrange(1, 200)),
        issue=str(chance.randrange(1, 13)),
        pages=f"{first}-{first + chance.randrange(3, 15)}",
        doi=f"10.{chance.randrange(1000, 1100)}/invented.{number}" if chance.random() < 0.6 else None,
    )


def _twin(chance: random.Random, original: Record) -> Record:
    """The same paper as another database has it."""
    first, _, last = original.pages.partition("-")
    changes: tuple[Callable[[Record], Record], ...] = (
        lambda r: replace(r, title=f"{r.title.capitalize()}."),
        lambda r: replace(r, title=_misspelt(chance, r.title)),
        lambda r: replace(r, authors=tuple(_initials(name) for name in r.authors)),
        lambda r: replace(r, authors=r.authors[:3]),
        lambda r: replace(r, journal=" ".join(word[:4] for word in r.journal.split()) or r.journal),
        lambda r: replace(r, journal=r.journal.upper()),
        lambda r: replace(r, pages=f"{first}-{last[-1]}" if first[:-1] == last[:-1] else r.pages),
        lambda r: replace(r, pages=first),
        lambda r: replace(r, issue=""),
        lambda r: replace(r, doi=None),
        lambda r: replace(r, abstract=""),
        lambda r: replace(r, year=(r.year or 2000) + 1),
    )
    twin = replace(original, source_id=f"{original.source_id}b")
    for change in chance.sample(changes, chance.randrange(2, 6)):
        twin = change(twin)
    return twin


def _misspelt(chance: random.Random, title: str) -> str:
    where = chance.randrange(len(title) // 3, len(title))
    return title[:where] + title[where + 1 :]


def _initials(name: str) -> str:
    family, _, given = name.partition(" ")
    return f"{family} {''.join(part[0] for part in given.split())}"


# ------------------------------------------------------------------------------------------------------- measurements


def measured(
    groups: Iterable[Sequence[int]],
    unsure: Iterable[Sequence[int]],
    records: int,
    truth: set[tuple[int, int]],
    seconds: float,
    kilobytes: int,
) -> Measured:
    """Count pairs; a question counts for every pair that a yes would settle."""
    group_of = {index: tuple(group) for group in groups for index in group}
    joined = {pair for group in set(group_of.values()) for pair in combinations(sorted(group), 2)}
    asked = set(joined)
    questions = 0
    for one, other in unsure:
        questions += 1
        asked |= {(min(i, j), max(i, j)) for i in group_of.get(one, (one,)) for j in group_of.get(other, (other,))}
    return Measured(
        records=records,
        pairs=len(truth),
        found=len(joined & truth),
        asked=len(asked & truth),
        false=len(joined - truth),
        unsure=questions,
        seconds=seconds,
        megabytes=kilobytes / 1024,
    )


def ours(records: Sequence[Record], truth: set[tuple[int, int]], *, newest: int = 0) -> Measured:
    """Search all, or what concerns the last `newest` records."""
    start = time.perf_counter()
    new = range(len(records) - newest, len(records)) if newest else None
    result = find_duplicates(records, new=new)
    seconds = time.perf_counter() - start
    if newest:
        truth = {pair for pair in truth if pair[1] >= len(records) - newest}
    return measured(
        result.groups,
        [one.pair for one in result.unsure],
        len(records),
        truth,
        seconds,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    )


def peers(python: str, records: Sequence[Record], truth: set[tuple[int, int]]) -> Measured:
    """bib-dedupe in its own environment, on the same records."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "records.csv")
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for index, one in enumerate(records):
                people = " and ".join(name.replace(" ", ", ", 1) for name in one.authors)
                row = (one.title, people, one.year or "", one.journal, one.volume, one.issue, one.pages, one.doi or "")
                writer.writerow([f"r{index}", "article", *row, one.abstract])
        done = subprocess.run([python, "-c", PEER, str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"The peer failed:\n{done.stderr[-2000:]}")
    answer = json.loads(done.stdout.splitlines()[-1])
    groups = [[int(name[1:]) for name in group] for group in answer["groups"]]
    return measured(groups, (), len(records), truth, answer["seconds"], answer["kb"])


def _alone(arguments: Sequence[str]) -> Measured:
    """One measurement in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "--one", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return Measured(**json.loads(done.stdout))


def _line(name: str, who: str, one: Measured) -> None:
    found, asked = (100 * count / max(1, one.pairs) for count in (one.found, one.asked))
    print(
        f"| {name} | {one.records:,} | {who} | {found:.2f} | {asked:.2f} | {one.false} "
        f"| {100 * one.unsure / one.records:.2f} | {one.seconds:.1f} | {one.records / one.seconds:,.0f} "
        f"| {one.megabytes:,.0f} |",
        flush=True,
    )


def _set(text: str, folder: Path, seed: int) -> tuple[list[Record], set[tuple[int, int]]]:
    if not text.isdecimal():
        return read_labelled(folder / text)
    real = [record for each in sorted(folder.iterdir()) if each.is_dir() for record in read_labelled(each)[0]]
    return synthetic(real, int(text), seed)


def main() -> None:
    """Read the options, run each measurement, print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--labelled", type=Path, help="a folder of labelled sets, each measured as it is")
    options.add_argument(
        "--from", dest="source", type=Path, help="the folder of sets that synthetic records are made of"
    )
    options.add_argument("--sizes", type=int, nargs="+", default=[], help="numbers of synthetic records")
    options.add_argument("--newest", type=int, default=100, help="records of a refresh, compared with all others")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--peer-python", help="the Python of an environment with bib-dedupe; left out: ours alone")
    options.add_argument("--peer-up-to", type=int, default=10_000, help="the largest synthetic set for the peer")
    options.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.one:
        who, name, folder, seed, newest = given.one
        records, truth = _set(name, Path(folder), int(seed))
        found = ours(records, truth, newest=int(newest)) if who == "ours" else peers(who, records, truth)
        print(json.dumps({field: getattr(found, field) for field in Measured.__dataclass_fields__}))
        return
    sets = (
        [(each.name, given.labelled) for each in sorted(given.labelled.iterdir()) if each.is_dir()]
        if given.labelled
        else []
    )
    folder = given.source or given.labelled
    if given.sizes and folder is None:
        options.error("--sizes needs --from: the folder of the real sets that the synthetic ones are made of")
    sets += [(str(size), folder) for size in given.sizes]
    print("| set | records | who | found % | found or asked % | false | unsure % | s | records/s | MB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, where in sets:
        label = f"synthetic {int(name):,}" if name.isdecimal() else name
        common = [name, str(where), str(given.seed)]
        _line(label, "ours", _alone(["ours", *common, "0"]))
        if name.isdecimal() and 0 < given.newest < int(name):
            _line(f"{label}, {given.newest} new", "ours", _alone(["ours", *common, str(given.newest)]))
        if given.peer_python and not (name.isdecimal() and int(name) > given.peer_up_to):
            _line(label, "bib-dedupe", _alone([given.peer_python, *common, "0"]))
    if not given.peer_python:
        print("\nbib-dedupe: not measured (no --peer-python).")


if __name__ == "__main__":
    main()
