"""Reading PubMed XML: this project's reader and pubmed_parser on the same files, in turn, in one run.

    python benchmarks/parsing.py [FILE ...] [--peer PYTHON] [--repeats N] [--records N] [--json]

FILE: PubMed XML, plain or gzipped, such as a file of the yearly baseline. Without one, two are invented: recent records
(reference lists, affiliations) and older ones (short, many headings), gzipped as PubMed's own are. PYTHON: an
interpreter with pubmed_parser; see README.md. Each reading is a process of its own, ours and the peer's in turn, and
every record is taken one by one. Printed: records a second of processor time by the fastest and the median run (both
readers use one core; other programs on the machine disturb this less than the clock), and the peak of memory.
"""

from __future__ import annotations

import argparse
import gzip
import json
import platform
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OURS = """
import json, sys, time
from ingest.formats.pubmed_xml import read_pubmed_xml
start = time.process_time()
with open(sys.argv[1], "rb") as file:
    count = sum(1 for _ in read_pubmed_xml(file))
seconds = time.process_time() - start
print(json.dumps({"records": count, "seconds": seconds, "peak_mb": peak(), "version": ""}))
"""
# The options that give the peer least to do: no reference list, no author list, the year alone.
PEER = """
import json, sys, time
from importlib.metadata import version
import pubmed_parser
start = time.process_time()
count = sum(1 for _ in pubmed_parser.parse_medline_xml(sys.argv[1]))
seconds = time.process_time() - start
print(json.dumps({"records": count, "seconds": seconds, "peak_mb": peak(), "version": version("pubmed_parser")}))
"""
PEAK = """
def peak():
    try:  # of this program alone; what getrusage gives includes the process that started it
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    except OSError:
        return float("nan")
"""
ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Read every file with both readers and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE")
    parser.add_argument("--peer", metavar="PYTHON", help="an interpreter that has pubmed_parser (default: this one)")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="runs of each reader (default 5)")
    parser.add_argument("--records", type=int, default=2000, metavar="N", help="in each invented file (default 2000)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = arguments.files or list(invented_files(Path(folder), arguments.records))
        results = [measure(file, arguments.peer or sys.executable, arguments.repeats) for file in files]
    if arguments.json:
        print(json.dumps(results, indent=1))
        return 0
    print(f"Python {platform.python_version()}, {platform.machine()}, {arguments.repeats} runs each, in turn")
    for result in results:
        print(f"\n{result['file']}: {result['records']:,} records, {result['megabytes']:.1f} MB")
        print("  reader                 fastest     median   peak memory")
        for reader in result["readers"]:
            print(
                f"  {reader['name']:20} {reader['fastest']:7,.0f}/s  {reader['median']:7,.0f}/s  "
                f"{reader['peak_mb']:8,.0f} MB"
            )
        if result["ratio"]:
            print(f"  ours is {result['ratio']:.2f} times as fast (medians)")
    return 0


def measure(file: Path, peer: str, repeats: int) -> dict[str, Any]:
    """Both readers on one file, in turn; the peer is left out if its interpreter does not have it."""
    readers = {"ours": (sys.executable, OURS), "pubmed_parser": (peer, PEER)}
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in readers}
    for _ in range(repeats):
        for name, (python, program) in list(readers.items()):
            outcome = read(python, program, file)
            if outcome is None:
                print(f"{name} cannot be run with {python}; see benchmarks/README.md", file=sys.stderr)
                del readers[name]
            else:
                runs[name].append(outcome)
    tables = [
        {
            "name": f"{name} {done[0]['version']}".strip(),
            "fastest": done[0]["records"] / min(run["seconds"] for run in done),
            "median": done[0]["records"] / statistics.median(run["seconds"] for run in done),
            "peak_mb": max(run["peak_mb"] for run in done),
        }
        for name, done in runs.items()
        if done
    ]
    return {
        "file": file.name,
        "megabytes": file.stat().st_size / 1e6,
        "records": int(runs["ours"][0]["records"]),
        "readers": tables,
        "ratio": tables[0]["median"] / tables[1]["median"] if len(tables) == 2 else None,
    }


def read(python: str, program: str, file: Path) -> dict[str, Any] | None:
    """One reading in a process of its own; None if the reader is not installed there."""
    done = subprocess.run([python, "-c", PEAK + program, str(file)], capture_output=True, text=True, cwd=ROOT)
    if done.returncode:
        if "ModuleNotFoundError" in done.stderr:
            return None
        raise SystemExit(f"{python} failed on {file.name}:\n{done.stderr[-2000:]}")
    outcome: dict[str, Any] = json.loads(done.stdout)
    return outcome


# ------------------------------------------------------------------------------------------------------ invented files


def invented_files(folder: Path, records: int) -> Iterator[Path]:
    """Two files of invented records in PubMed's layout, always the same for a number of records."""
    for name, recent in (("recent-records", True), ("older-records", False)):
        chance = random.Random(20250101)
        path = folder / f"{name}.xml.gz"
        with gzip.open(path, "wt", encoding="utf-8", compresslevel=6) as file:
            file.write('<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD ')
            file.write('PubMedArticle, 1st January 2025//EN" ')
            file.write('"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n<PubmedArticleSet>\n')
            for pmid in range(40_000_000, 40_000_000 + records):
                file.write(article(chance, pmid, recent=recent))
            file.write("</PubmedArticleSet>\n")
        yield path


_SYLLABLES = (
    *("pa", "in", "co", "rtex", "sti", "mu", "la", "tion", "mo", "tor", "nerve", "sham", "tri", "al", "dose", "ef"),
    *("fect", "pa", "tients", "week", "score", "coil", "site"),
)


def article(chance: random.Random, pmid: int, *, recent: bool) -> str:
    """One entry. Sizes as counted in real ones: 31 kB with references and affiliations, 8 kB without."""

    def words(count: int) -> str:
        return " ".join("".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(count))

    def date(tag: str, attributes: str = "", hours: bool = False) -> str:
        day = f"<Year>{chance.randint(1975, 2025)}</Year>\n<Month>{chance.randint(1, 12):02}</Month>\n<Day>07</Day>"
        return f"<{tag}{attributes}>\n{day}\n{'<Hour>6</Hour><Minute>0</Minute>' if hours else ''}</{tag}>\n"

    affiliation = "<AffiliationInfo>\n<Affiliation>{}.</Affiliation>\n</AffiliationInfo>\n"
    authors = "".join(
        f'<Author ValidYN="Y">\n    <LastName>{words(1).title()}</LastName>\n'
        f"    <ForeName>{words(1).title()}</ForeName>\n    <Initials>A</Initials>\n"
        f"{affiliation.format(words(14)) if recent else ''}</Author>\n"
        for _ in range(7)
    )
    labels = ("BACKGROUND", "METHODS", "RESULTS", "CONCLUSIONS") if recent else ()
    abstract = "".join(
        f'<AbstractText Label="{label}">{words(50)} 10 Hz, p &lt; 0.05.</AbstractText>' for label in labels
    )
    headings = "".join(
        f'<MeshHeading>\n<DescriptorName UI="D{chance.randint(1, 99999):06}" MajorTopicYN="N">{words(2)}'
        f'</DescriptorName>\n<QualifierName UI="Q000628" MajorTopicYN="Y">{words(1)}</QualifierName>\n</MeshHeading>\n'
        for _ in range(5 if recent else 9)
    )
    chemicals = "".join(
        f'<Chemical>\n<RegistryNumber>0</RegistryNumber>\n<NameOfSubstance UI="D000001">{words(2)}</NameOfSubstance>\n'
        "</Chemical>\n"
        for _ in range(2)
    )
    references = "".join(
        f"<Reference>\n<Citation>{words(18)}. 2019;12(3):1-9.</Citation>\n<ArticleIdList>\n"
        f'<ArticleId IdType="doi">10.1000/{chance.randint(1, 99999)}</ArticleId>\n'
        f'<ArticleId IdType="pubmed">{chance.randint(1, 39_000_000)}</ArticleId>\n</ArticleIdList>\n</Reference>\n'
        for _ in range(chance.randint(20, 110) if recent else 0)
    )
    history = "".join(date("PubMedPubDate", f' PubStatus="{status}"', hours=True) for status in ("pubmed", "medline"))
    return (
        f'<PubmedArticle>\n<MedlineCitation Status="MEDLINE" Owner="NLM">\n<PMID Version="1">{pmid}</PMID>\n'
        f"{date('DateCompleted')}{date('DateRevised')}"
        '<Article PubModel="Print">\n<Journal>\n<ISSN IssnType="Print">0000-0000</ISSN>\n<JournalIssue CitedMedium='
        f'"Print">\n<Volume>{chance.randint(1, 90)}</Volume>\n<Issue>3</Issue>\n<PubDate>\n<Year>2019</Year>\n'
        f"<Month>Mar</Month>\n</PubDate>\n</JournalIssue>\n<Title>{words(4)}</Title>\n"
        f"<ISOAbbreviation>{words(2)}</ISOAbbreviation>\n</Journal>\n<ArticleTitle>{words(14)}.</ArticleTitle>\n"
        "<Pagination>\n<StartPage>101</StartPage>\n<EndPage>109</EndPage>\n<MedlinePgn>101-9</MedlinePgn>\n</Pagination>"
        f'\n<ELocationID EIdType="doi" ValidYN="Y">10.1000/x.{pmid}</ELocationID>\n'
        f"<Abstract>{abstract or f'<AbstractText>{words(170)}</AbstractText>'}</Abstract>\n"
        f'<AuthorList CompleteYN="Y">\n{authors}</AuthorList>\n<Language>eng</Language>\n<PublicationTypeList>\n'
        '<PublicationType UI="D016428">Journal Article</PublicationType>\n<PublicationType UI="D016449">Randomized '
        "Controlled Trial</PublicationType>\n</PublicationTypeList>\n</Article>\n<MedlineJournalInfo>\n<Country>England"
        f"</Country>\n<MedlineTA>{words(2)}</MedlineTA>\n<NlmUniqueID>0000000</NlmUniqueID>\n</MedlineJournalInfo>\n"
        f"<ChemicalList>\n{chemicals}</ChemicalList>\n<CitationSubset>IM</CitationSubset>\n<MeshHeadingList>\n{headings}"
        f"</MeshHeadingList>\n</MedlineCitation>\n<PubmedData>\n<History>\n{history}{date('PubMedPubDate')}</History>\n"
        f'<PublicationStatus>ppublish</PublicationStatus>\n<ArticleIdList>\n<ArticleId IdType="pubmed">{pmid}'
        f'</ArticleId>\n<ArticleId IdType="doi">10.1000/x.{pmid}</ArticleId>\n</ArticleIdList>\n'
        f"{f'<ReferenceList>{references}</ReferenceList>' if references else ''}\n</PubmedData>\n</PubmedArticle>\n"
    )


if __name__ == "__main__":
    sys.exit(main())
