"""Full texts of PubMed Central: one article as XML (JATS), where its publisher lets it be had.

PubMed Central gives the text of articles with an open licence and of authors' manuscripts by E-utilities (efetch,
db=pmc); of the others it gives the front matter only, as they may be read on its pages but not be downloaded. Which it
is, only the answer tells: an article without a body is none. Automated retrieval in any other way is not allowed.
https://pmc.ncbi.nlm.nih.gov/tools/textmining/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from ingest.eutils.answers import Scan
from ingest.eutils.errors import EutilsError
from ingest.eutils.transport import RequestLog, Transport
from ingest.identifiers import normalise_pmcid

ROOT = "pmc-articleset"
_OWN_IDS = frozenset({"pmc", "pmcid", "pmc-uid", "pmcaid"})
_META = ("article", "front", "article-meta", "article-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenText:
    """What PubMed Central gave for one article.

    document: its answer as it came, an article set with this one article; None where there is no text to be had.
    why_not: in words, "" with a document.
    """

    pmcid: str
    document: bytes | None = field(repr=False)
    why_not: str
    requests: tuple[RequestLog, ...]
    sha256: str


class PubMedCentral:
    """Asks PubMed Central through the transport that PubMed is asked through: its pace, retries and checks."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def full_text(self, pmcid: str) -> OpenText:
        """The text of one article, PMC1187870 or 1187870.

        An answer that is cut, or holds another article, is asked for again. Raises EutilsError: no PMCID, or the
        service cannot be used; that there is no text to be had is no error.
        """
        number = (normalise_pmcid(pmcid) or "").removeprefix("PMC")
        if not number:
            raise EutilsError(f"{pmcid!r} is no PMCID: one looks like PMC1187870")
        found: list[_Article] = []

        def check(_: Scan, body: bytes) -> str | None:
            article = _read(body)
            found[:] = [article]
            if article.count > 1 or (article.numbers and number not in article.numbers):
                return f"another article came than PMC{number}"
            return None

        answer = self.transport.call("efetch", {"db": "pmc", "id": number, "retmode": "xml"}, check=check, root=ROOT)
        article = found[0]
        why_not = ""
        if not article.count:
            why_not = "PubMed Central has no such article, or not yet"
        elif not article.body:
            why_not = "its publisher lets it be read at PubMed Central, but not be downloaded"
        return OpenText(
            pmcid=f"PMC{number}",
            document=None if why_not else answer.body,
            why_not=why_not,
            requests=answer.requests,
            sha256=answer.sha256,
        )


@dataclass(slots=True)
class _Article:
    count: int = 0
    body: bool = False
    numbers: set[str] = field(default_factory=set)


def _read(document: bytes) -> _Article:
    """How many articles an answer holds, whether they have a body, and the numbers PubMed Central gives them."""
    found, path, text = _Article(), list[str](), list[str]()
    kind = ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal kind
        path.append(tag)
        inside = tuple(path[1:])
        if inside == ("article",):
            found.count += 1
        elif inside == ("article", "body"):
            found.body = True
        elif inside == _META:
            kind = attributes.get("pub-id-type", "")
            text.clear()

    def end(_: str) -> None:
        if tuple(path[1:]) == _META and kind in _OWN_IDS:
            found.numbers.add("".join(text).strip().upper().removeprefix("PMC").partition(".")[0])
        path.pop()

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text.append
    parser.Parse(document, True)  # it was read once already, and is well-formed
    return found
