# ruff: noqa: E501  (one line a case)
"""Files that are built to harm, or spoilt beyond sense: refused or read, in bounded memory and time, with a clear word.

One process with a limit on its memory reads them all; a case that hangs, exhausts memory or raises anything but an
IngestError shows as such. Times are guards against hanging (an alarm a file), never measurements.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.exports import EXPORTS, write_records
from ingest.record import Record

MEMORY = 600 << 20  # bytes of address space for the process that reads, interpreter and libraries included
SECONDS = 60  # for one file; each takes about one
ROOT = Path(__file__).resolve().parents[1]

READER = """
import json, resource, signal, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
from ingest.readers import look_at, read_records
from ingest.record import IngestError, Record, Unreadable

class Hanging(BaseException):
    pass

def hang(*_):
    raise Hanging

signal.signal(signal.SIGALRM, hang)
for path in sys.stdin.read().splitlines():
    signal.alarm(int(sys.argv[2]))
    records = unreadable = longest = 0
    outcome, message = "read", ""
    try:
        for item in read_records(path):
            if isinstance(item, Record):
                records += 1
            else:
                unreadable += 1
                longest = max(longest, len(item.raw), len(item.reason))
    except IngestError as error:
        outcome, message = type(error).__name__, str(error)
    except BaseException as error:
        outcome, message = f"!{type(error).__name__}", str(error)[:300]
    signal.alarm(0)
    print(json.dumps([path, outcome, message, records, unreadable, longest]), flush=True)
"""

MIB = 1 << 20
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
SAMPLE = Record(
    source="x", source_id="1", title="A title with ümlauts", abstract="One.\nTwo.", authors=("Doe J",), year=2000
)


def zipped(*members: tuple[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, kind)
    return file.getvalue()


def encrypted() -> bytes:
    """A ZIP whose only member says that it is encrypted."""
    data = bytearray(zipped(("a.csv", b"title,year\nT,2000\n")))
    data[6] |= 1  # in the member's own header
    data[data.rfind(b"PK\x01\x02") + 8] |= 1  # in the directory
    return bytes(data)


def lying() -> bytes:
    """A ZIP that says of 20 MiB that they are 20 bytes."""
    content = b"title,year\n" + b"T,2000\n" * 3 * MIB
    data = bytearray(zipped(("a.csv", content)))
    small = (20).to_bytes(4, "little")
    directory = data.rfind(b"PK\x01\x02")
    data[22:26] = small
    data[directory + 24 : directory + 28] = small
    return bytes(data)


def exported(format: str, encoding: str = "utf-8") -> bytes:
    file = io.StringIO(newline="")
    write_records([SAMPLE] * 30, file, format)
    return file.getvalue().encode(encoding)


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


# Name -> content, and what must come of it: "read", or a word of the error's class and message.
CASES: dict[str, tuple[Callable[[], bytes], str]] = {
    # --- XML
    "laughs.xml": (
        lambda: f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><PubmedArticleSet>&l11;</PubmedArticleSet>'.encode(),
        "UnsafeFile: .*entity",
    ),
    "laughs-endnote.xml": (
        lambda: f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><xml><records><record>&l11;</record></records></xml>'.encode(),
        "UnsafeFile: .*entities",
    ),
    "outside.xml": (
        lambda: b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><records><record>&f;</record></records></xml>',
        "UnsafeFile: .*entities",
    ),
    "deep.xml": (lambda: b"<PubmedArticleSet><PubmedArticle>" + b"<a>" * MIB, "UnsafeFile: .*deep"),
    "deep-endnote.xml": (lambda: b"<xml><records><record>" + b"<a>" * 2 * MIB + b"</record></records></xml>", "read"),
    "attribute.xml": (lambda: b'<PubmedArticleSet><PubmedArticle a="' + b"x" * 30 * MIB, "UnsafeFile: .*larger"),
    "comment.xml": (lambda: b"<xml><records><!--" + b"x" * 30 * MIB, "BrokenFile: .*no <record>"),
    "text.xml": (lambda: b"<xml><records><record><abstract>" + b"x" * 60 * MIB, "TruncatedFile: "),
    "records.xml": (lambda: b"<xml><records>" + b"<record>" * 200_000, "TruncatedFile: "),
    "empty-entries.xml": (lambda: b"<xml><records>" + b"<record></record>" * 20_000 + b"</records></xml>", "read"),
    # --- packed
    "bomb.gz": (lambda: gzip.compress(b"\0" * 160 * MIB, 6), "UnknownFormat: "),
    "bomb.csv.gz": (lambda: gzip.compress(b"title,year\n" + b"T,2000\n" * 25 * MIB, 9), "UnsafeFile: .*300 times"),
    "bomb.ris.bz2": (lambda: bz2.compress(b"TY  - JOUR\n" + b"\n" * 200 * MIB), "UnsafeFile: .*300 times"),
    "bomb.ris.xz": (lambda: lzma.compress(b"TY  - JOUR\n" + b"\n" * 200 * MIB, preset=1), "UnsafeFile: .*300 times"),
    "twice.gz": (lambda: gzip.compress(gzip.compress(b"title,year\nT,2000\n")), "UnknownFormat: .*binary|not known"),
    "cut.csv.gz": (lambda: gzip.compress(b"title,year\n" + noise(5000, 1).hex().encode())[:-40], "TruncatedFile: "),
    "damaged.csv.gz": (lambda: b"\x1f\x8b\x08\x00" + noise(5000, 2), "BrokenFile: .*damaged"),
    "damaged.bz2": (lambda: b"BZh9" + noise(5000, 3), "BrokenFile: .*damaged"),
    "damaged.xz": (lambda: b"\xfd7zXZ\x00" + noise(5000, 4), "BrokenFile: .*damaged"),
    "bomb.zip": (lambda: zipped(("a.csv", b"title,year\n" + b"T,2000\n" * 30 * MIB)), "UnsafeFile: .*unpack"),
    "lying.zip": (lying, "UnknownFormat: .*damaged"),
    "many.zip": (lambda: zipped(*((f"{n}.csv", b"") for n in range(2500))), "UnsafeFile: .*more than 2,000"),
    "climbing.zip": (lambda: zipped(("../../etc/x.ris", exported("ris"))), "UnsafeFile: .*leads out"),
    "absolute.zip": (lambda: zipped(("/etc/x.ris", exported("ris"))), "UnsafeFile: .*leads out"),
    "windows.zip": (lambda: zipped(("C:\\x.ris", exported("ris"))), "UnsafeFile: .*leads out"),
    "encrypted.zip": (encrypted, "UnknownFormat: .*encrypted"),
    "nested.zip": (lambda: zipped(("a.zip", zipped(("b.ris", exported("ris"))))), "UnknownFormat: .*packed once more"),
    "nested-gz.zip": (lambda: zipped(("a.gz", gzip.compress(exported("ris")))), "UnknownFormat: .*packed once more"),
    "cut.zip": (lambda: zipped(("a.ris", exported("ris")))[:-30], "BrokenFile: .*damaged"),
    "noise.zip": (lambda: b"PK\x03\x04" + noise(100_000, 5), "BrokenFile: .*damaged"),
    "empty.zip": (lambda: b"PK\x05\x06" + bytes(18), "UnknownFormat: "),
    "workbook.xlsx": (lambda: zipped(("[Content_Types].xml", b"<x/>"), ("xl/a.xml", b"<x/>")), "UnknownFormat: .*spreadsheet"),
    # --- tables
    "line.csv": (lambda: b"title,year\n" + b"x," * 20 * MIB, "UnsafeFile: .*line of more than"),
    "cell.csv": (lambda: b'title,year\n"' + b"x" * 100 * MIB, "UnsafeFile: "),
    "lines.csv": (lambda: b'title,year\n"' + b"x\n" * 100_000, "TruncatedFile: "),
    "marks.csv": (lambda: b"title,journal,year\n" + b'"a,b,c\n' * 400_000, "BrokenFile: "),
    "columns.csv": (lambda: b"title,year," + b",".join(b"c%d" % n for n in range(3000)) + b"\nT,2000\n" * 300, "read"),
    "commas.csv": (lambda: b"title,year\n" + b"," * 3 * MIB + b"\nT,2000\n", "read"),
    "nul.csv": (lambda: b"title,year\nA\0B\0,2000\n\0\0,\0\n", "read"),
    # --- tagged
    "field.ris": (lambda: b"TY  - JOUR\nAB  - " + b"x" * 60 * MIB + b"\nER  - \n", "read"),
    "lines.ris": (lambda: b"TY  - JOUR\n" + b"AB  - x\n" * MIB, "read"),
    "folded.nbib": (lambda: b"PMID- 1\nTI  - T\nAB  - x\n" + b"      y\n" * MIB, "read"),
    "entries.ris": (lambda: b"TY  - JOUR\nER  - \n" * 20_000, "read"),
    "field.ciw": (lambda: b"FN Clarivate\nVR 1.0\nPT J\nTI " + b"x" * 30 * MIB + b"\nER\nEF\n", "read"),
    "authors.nbib": (lambda: b"PMID- 1\nTI  - T\n" + b"FAU - Doe, Jane\n" * 300_000, "read"),
    "spaces.ris": (lambda: b"TY  - JOUR\nTI  - a" + b" " * 3 * MIB + b"b\nAU  - " + b", " * MIB + b"\nER  - \n", "read"),
    # --- BibTeX
    "braces.bib": (lambda: b"@article{a, title = " + b"{" * 3 * MIB + b"}" * 3 * MIB + b"}", "read"),
    "open.bib": (lambda: b"@article{a, title = {" + b"x\n" * 3 * MIB, "read"),
    "starts.bib": (lambda: b"@article{a,\n" * 200_000, "read"),
    "doubling.bib": (
        lambda: ('@string{a0 = "' + "x" * 500 + '"}\n' + "".join(f"@string{{a{n} = a{n - 1} # a{n - 1}}}\n" for n in range(1, 80))).encode(),
        "UnsafeFile: .*abbreviations",
    ),
    "accents.bib": (lambda: b"@article{a, title = {" + b'\\"' * MIB + b"}, author = {" + b" and " * 300_000 + b"}}", "read"),
    "dollars.bib": (lambda: b"@article{a, title = {" + b"$a" * 300_000 + b"}}", "read"),
    "at.bib": (lambda: b"@article{a, title={x}}\n" + b"@" * 5 * MIB, "read"),
    # --- encodings and no text at all
    "odd-utf16.ris": (lambda: exported("ris", "utf-16")[:-1], "read"),
    "surrogates.csv": (lambda: "title,year\nA".encode("utf-16") + b"\x00\xd8\x00\xd8" + ",2000\n".encode("utf-16-le"), "read"),
    "utf32.csv": (lambda: "title,year\nÄ,2000\n".encode("utf-32") + b"\xff\xff\xff\xff", "read"),
    "overlong.csv": (lambda: b"title,year\n\xc0\xaf\xe0\x80\xaf\xf8\x88\x80\x80\x80,2000\n", "read"),
    "every-byte.csv": (lambda: b"title,year\n" + bytes(set(range(256)) - {10, 13, 34, 44}) + b",2000\n", "read"),
    "utf7.csv": (lambda: b"title,year\n+AOQ-,2000\n", "read"),
    "noise.bin": (lambda: noise(3 * MIB, 6), "UnknownFormat: "),
    "zeros.bin": (lambda: bytes(5 * MIB), "UnknownFormat: "),
    "blanks.txt": (lambda: b" \n" * 5 * MIB, "UnknownFormat: .*empty"),
    "empty.txt": (lambda: b"", "UnknownFormat: .*empty"),
    "deep.json": (lambda: b"[" * 5 * MIB, "UnknownFormat: .*JSON"),
}  # fmt: skip
STARTS = {
    "ris": b"TY  - JOUR\nTI  - ",
    "nbib": b"PMID- 1\nTI  - ",
    "ciw": b"FN Clarivate\nPT J\nTI ",
    "bib": b"@article{a,\n title = {",
    "csv": b"title,year\n",
    "enw": b"%0 Journal Article\n%T ",
    "endnote": b"<xml><records><record><titles><title>",
    "pubmed": b"<PubmedArticleSet><PubmedArticle><MedlineCitation>",
}
for _name, _start in STARTS.items():  # a right beginning, then noise with many line ends and without
    CASES[f"noise-{_name}"] = (lambda start=_start: start + noise(MIB, 7) + noise(MIB, 8).replace(b"\x55", b"\n"), "")  # type: ignore[misc]
for _format in EXPORTS:  # cut anywhere, and with bytes changed
    for _end in (37, 400, 1999):
        CASES[f"cut-{_format}-{_end}"] = (lambda f=_format, end=_end: exported(f)[:end], "")  # type: ignore[misc]
    CASES[f"spoilt-{_format}"] = (
        lambda f=_format: bytes(byte ^ (random.Random(n).random() < 0.01) * 64 for n, byte in enumerate(exported(f))),  # type: ignore[misc]
        "",
    )


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str, int, int, int]]:
    """What became of each file: class of the error or "read", message, records, unreadable, longest text of those."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, (content, _) in CASES.items():
        (folder / name).write_bytes(content())
    done = subprocess.run(
        [sys.executable, "-c", READER, str(MEMORY), str(SECONDS)],
        input="\n".join(str(folder / name) for name in CASES).encode(),
        capture_output=True,
        cwd=ROOT,
        check=False,
        timeout=600,
    )
    found = {Path(line[0]).name: tuple(line[1:]) for line in map(json.loads, done.stdout.decode().splitlines())}
    missing = [name for name in CASES if name not in found]
    assert not missing, f"the process ended at {missing[0]}: {done.stderr.decode()[-500:]}"
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_file_is_read_or_refused(outcomes: dict[str, tuple[str, str, int, int, int]], name: str) -> None:
    outcome, message, records, unreadable, longest = outcomes[name]
    assert not outcome.startswith("!"), (outcome, message)
    expected = CASES[name][1]
    assert re.match(expected, "read" if outcome == "read" else f"{outcome}: {message}", re.DOTALL), (outcome, message)
    if outcome == "read":
        assert records + unreadable > 0
    else:
        assert message.startswith(f"{name}: ")
        assert len(message) < 2000
    assert longest <= 20_000


def test_what_came_before_the_damage_is_not_lost(outcomes: dict[str, tuple[str, str, int, int, int]]) -> None:
    read = {name: records + unreadable for name, (_, _, records, unreadable, _) in outcomes.items()}
    assert read["empty-entries.xml"] == 20_000
    assert read["records.xml"] == 200_000
    assert read["starts.bib"] == 200_000
    assert read["entries.ris"] == 20_000
    assert read["columns.csv"] == 300
    assert read["commas.csv"] == 1
    assert read["field.ris"] == read["open.bib"] == read["braces.bib"] == 1
    assert read["every-byte.csv"] == read["surrogates.csv"] == 1
    for format in EXPORTS:
        assert read[f"cut-{format}-1999"] >= 1
