"""Identifiers in one spelling each: DOI, PMID, PMCID and the numbers of trial registries.

Each function takes what a source printed and gives the identifier, or None where the text is not one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/\S+")
_PMID = re.compile(r"0*([1-9]\d{0,8})(?:\.0)?")  # a spreadsheet's "12345678.0" is the same number
_PMCID = re.compile(r"(?:PMCID:?\s*)?(?:PMC)?(\d+)(?:\.\d+)?", re.IGNORECASE)


def normalise_doi(text: str | None) -> str | None:
    """The DOI in `text` in lower case without "doi:" or a resolver's address (DOIs ignore case); None if none."""
    if not text:
        return None
    if "%" in text:
        text = unquote(text)
    found = _DOI.search(text)
    if found is None:
        return None
    doi = found.group().rstrip(".,;\"'").lower()
    # A citation's closing bracket is not part of the DOI, while "0168-5597(92)90051-c" keeps its own pair.
    while doi.endswith((")", "]", ">")) and doi.count(doi[-1]) > doi.count({")": "(", "]": "[", ">": "<"}[doi[-1]]):
        doi = doi[:-1].rstrip(".,;")
    return doi


def normalise_pmid(text: str | None) -> str | None:
    """The PMID as digits without leading zeros; None if `text` is not one."""
    if not text:
        return None
    found = _PMID.fullmatch(text.strip().removeprefix("PMID:").strip())
    return found.group(1) if found else None


def normalise_pmcid(text: str | None) -> str | None:
    """The PubMed Central number as "PMC" and digits; None if `text` is not one."""
    if not text:
        return None
    found = _PMCID.fullmatch(text.strip())
    return f"PMC{found.group(1)}" if found else None


# Number formats as the registries of the WHO's platform (ICTRP) print them.
_REGISTRY_NUMBERS = re.compile(
    r"""(?<![A-Za-z0-9])(?:
      NCT[ -]?\d{8}
    | ISRCTN[ -]?\d{8}
    | ACTRN[ -]?\d{14}
    | ChiCTR(?:-[A-Z]{2,5})?-?\d{8,10}
    | DRKS[ -]?\d{8}
    | (?:JPRN-)?UMIN[ -]?\d{9}
    | (?:JPRN-)?jRCTs?[ -]?\d{9,10}
    | IRCT\d{11,14}N\d{1,2}
    | CTRI/\d{4}/\d{2,3}/\d{6}
    | PACTR\d{15,16}
    | RBR-[0-9a-z]{6,8}
    | KCT\d{7}
    | TCTR\d{11}
    | SLCTR/\d{4}/\d{3}
    | NTR[ -]?\d{3,5}
    | (?<![0-9-])20\d{2}-\d{6}-\d{2}   # EudraCT
    | (?<![0-9-])20\d{2}-5\d{5}-\d{2}-\d{2}   # EU CTIS
    )(?![A-Za-z0-9])""",
    re.VERBOSE | re.IGNORECASE,
)
_SPACED = re.compile(r"(?<=[A-Za-z])[ -](?=\d)")
_SPELLINGS = {"chictr": "ChiCTR", "jrcts": "jRCTs", "jrct": "jRCT", "rbr": "RBR"}


# PubMed's names of banks for sequences and data, whose deposits are not registrations of a trial; lower case.
NOT_REGISTRIES = frozenset(
    {
        *(
            "genbank",
            "pdb",
            "geo",
            "swissprot",
            "pir",
            "omim",
            "gdb",
            "refseq",
            "uniprotkb",
            "uniprot",
            "sra",
            "unimes",
        ),
        *("pubchem-substance", "pubchem-compound", "pubchem-bioassay", "dbgap", "dbsnp", "dbvar", "unite"),
        *("bioproject", "biosample", "figshare", "dryad", "mendeley", "zenodo"),
    }
)

# What each of the numbers holds, in lower case: looking for these first takes a tenth of the time of the pattern above.
_SIGNS = tuple(
    re.compile(sign).search
    for sign in (
        r"ct(?:[ns]?[ -]?\d|r[n/\d -]|ri/)",  # NCT, IRCT, ISRCTN, jRCT, KCT; ACTRN, ChiCTR, PACTR, SLCTR, TCTR; CTRI
        *("drks", "rbr-", r"ntr[ -]?\d", r"umin[ -]?\d", r"20\d{2}-\d{5}"),
    )
)


def registry_numbers(text: str) -> tuple[str, ...]:
    """Every trial registry number in `text`, in its registry's spelling, in order of appearance, once each."""
    lowered = text.lower()
    if not any(sign(lowered) for sign in _SIGNS):
        return ()
    return tuple(dict.fromkeys(_spelled(found.group()) for found in _REGISTRY_NUMBERS.finditer(text)))


def registry_ids(deposited: Iterable[str], text: str) -> tuple[str, ...]:
    """Registry numbers a source lists itself, then those its abstract prints; once each."""
    listed: list[str] = []
    for number in deposited:
        listed += registry_numbers(number) or ([number.strip()] if number.strip() else [])
    return tuple(dict.fromkeys([*listed, *registry_numbers(text)]))


def _spelled(number: str) -> str:
    for prefix, spelling in _SPELLINGS.items():
        if number.lower().startswith(prefix):
            return spelling + number[len(prefix) :]
    if number.lower().startswith("jprn-"):
        return "JPRN-" + _spelled(number[5:])
    return _SPACED.sub("", number).upper()
