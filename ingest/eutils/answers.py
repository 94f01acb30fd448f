"""What an answer of an E-utility is: the data asked for, a passing fault, or a refusal.

The status decides little: errors come with 200, and 400 is used for passing faults. So an answer is judged by its
root element and the text of its errors. Nothing here loads a document type, resolves an entity or uses the network.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from xml.parsers import expat


class Verdict(StrEnum):
    """What to do with an answer."""

    DATA = "data"
    RETRY = "retry"  # back off and send the same request again
    RESTART = "restart"  # the history set is gone: repeat the search
    FAIL = "fail"  # repeating would give the same answer
    TOO_MANY = "too many"  # beyond the records PubMed lists
    BAD_KEY = "bad key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict on one answer, and why, in words that hold no secret only after redaction."""

    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a well-formed answer holds, read in one pass without building a tree."""

    root: str
    errors: tuple[str, ...] = ()  # text of every non-empty ERROR element
    pmids: tuple[str, ...] = ()  # of articles and books, in document order; not of cited or deleted ones
    deleted: tuple[str, ...] = ()  # DeleteCitation
    entries: int = 0  # articles and books, with or without a PMID
    missing_summaries: tuple[str, ...] = ()  # esummary: "cannot get document summary"
    summaries: tuple[str, ...] = ()  # esummary: the ids that have one
    tags: frozenset[str] = frozenset()  # every element's name, but for those inside formulas


class NotReadable(Exception):
    """The bytes are not one complete, harmless XML document."""


_ARTICLE = ("PubmedArticleSet", "PubmedArticle")
_BOOK = ("PubmedArticleSet", "PubmedBookArticle")
_WANTED = {
    ("PubmedArticleSet", "PubmedArticle", "MedlineCitation", "PMID"): "pmids",
    ("PubmedArticleSet", "PubmedBookArticle", "BookDocument", "PMID"): "pmids",
    ("PubmedArticleSet", "DeleteCitation", "PMID"): "deleted",
    ("eSummaryResult", "DocSum", "Id"): "summaries",
}
_NO_SUMMARY = re.compile(r"UID=(\d+): cannot get document summary")


@dataclass(slots=True)
class _Reader:
    """Collects a Scan from expat's events; text is gathered only inside the few elements that matter."""

    parser: Any
    path: list[str] = field(default_factory=list)
    root: str = ""
    text: list[str] | None = None
    found: dict[str, list[str]] = field(
        default_factory=lambda: {"pmids": [], "deleted": [], "summaries": [], "missing": [], "errors": []}
    )
    entries: int = 0
    uid: str | None = None  # of the DocumentSummary that is open
    tags: set[str] = field(default_factory=set)
    formula: int = 0  # depth of the MathML element that is open

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.path.append(tag)
        depth = len(self.path)
        if not self.formula:
            if tag in ("mml:math", "math"):
                self.formula = depth
            else:
                self.tags.add(tag)
        if depth == 1:
            self.root = tag
        elif depth == 2 and tuple(self.path) in (_ARTICLE, _BOOK):
            self.entries += 1
        if tag == "ERROR" or (tag in ("PMID", "Id") and depth <= 4 and tuple(self.path) in _WANTED):
            self.text = []
            self.parser.CharacterDataHandler = self.text.append
        elif self.root == "eSummaryResult":
            if tag == "DocumentSummary":
                self.uid = attributes.get("uid", "")
                self.found["summaries"].append(self.uid)
            elif tag == "error" and self.uid is not None:
                self.found["summaries"].remove(self.uid)
                self.found["missing"].append(self.uid)
                self.uid = None

    def end(self, tag: str) -> None:
        if self.text is not None and (tag == "ERROR" or tuple(self.path) in _WANTED):
            text = "".join(self.text).strip()
            self.parser.CharacterDataHandler = None
            self.text = None
            if tag != "ERROR":
                self.found[_WANTED[tuple(self.path)]].append(text)
            elif self.root == "eSummaryResult" and (match := _NO_SUMMARY.search(text)):
                self.found["missing"].append(match[1])
            elif text:
                self.found["errors"].append(text)
        if self.formula == len(self.path):
            self.formula = 0
        self.path.pop()


def scan(body: bytes) -> Scan:
    """Read a whole XML answer; raises NotReadable if it is cut, not XML, or declares entities."""
    parser = expat.ParserCreate()
    reader = _Reader(parser)

    def refuse_entities(*_: object) -> None:
        raise NotReadable("the document declares entities of its own")

    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.EntityDeclHandler = refuse_entities
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise NotReadable(f"not a complete XML document ({error})") from None
    found = reader.found
    return Scan(
        root=reader.root,
        errors=tuple(found["errors"]),
        pmids=tuple(found["pmids"]),
        deleted=tuple(found["deleted"]),
        entries=reader.entries,
        missing_summaries=tuple(found["missing"]),
        summaries=tuple(found["summaries"]),
        tags=frozenset(reader.tags),
    )


# Texts of errors as seen on the live service (specification of the wire, section 2.5), first match wins.
_TEXTS: tuple[tuple[re.Pattern[str], Verdict], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), verdict)
    for pattern, verdict in (
        (r"api key invalid", Verdict.BAD_KEY),
        (r"rate limit exceeded|too many requests", Verdict.RETRY),
        (r"unable to obtain query", Verdict.RESTART),
        (r"cannot be larger than \d+|out of acceptable range", Verdict.TOO_MANY),
        (r"out of range", Verdict.FAIL),
        (r"id list is empty|id\+list\+is\+empty|empty id list", Verdict.FAIL),
        (r"invalid db name|mandatory parameter|can not retrieve dbinfo", Verdict.FAIL),
        (r"too many uids in request", Verdict.FAIL),
    )
)
_HTML = re.compile(rb"\s*(?:<!doctype html|<html|<\?xml[^>]*>\s*<!doctype html)", re.IGNORECASE)


def one_line(text: str) -> str:
    """Make a foreign text one printable line; it is shortened only after secrets were taken out of it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def judge_text(text: str) -> Verdict | None:
    """Tell what a known error text asks for; None for one that is not known."""
    return next((verdict for pattern, verdict in _TEXTS if pattern.search(text)), None)


def _json_error(body: bytes) -> str | None:
    """The error inside a JSON answer where XML or text was asked for; None if it is not JSON."""
    if not body.lstrip().startswith((b"{", b"[")):
        return None
    text = body.decode("utf-8", "replace")
    try:
        data = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict):
        for name in ("error", "ERROR"):
            if isinstance(data.get(name), str):
                return str(data[name])
    return f"JSON came, which was not asked for: {text}"


def judge(
    *, status: int, body: bytes, roots: frozenset[str], check: Callable[[Scan, bytes], str | None] | None = None
) -> Judgement:
    """Judge one complete HTTP answer.

    roots: the root elements that are data; empty where plain text was asked for.
    check: what the caller requires beyond being well-formed; gives the fault as text, or None.
    """
    if 300 <= status < 400:
        return Judgement(verdict=Verdict.FAIL, reason=f"it was redirected elsewhere (status {status})")
    if status == 414:
        return Judgement(verdict=Verdict.FAIL, reason="the address was too long (status 414)")
    if _HTML.match(body):
        passing = status < 400 or status >= 500 or status == 429
        return Judgement(
            verdict=Verdict.RETRY if passing else Verdict.FAIL, reason=f"a web page came back (status {status})"
        )
    if (error := _json_error(body)) is not None:
        verdict = judge_text(error) or Verdict.RETRY
        return Judgement(verdict=verdict, reason=f"{one_line(error)} (status {status})")
    if status == 429:
        return Judgement(verdict=Verdict.RETRY, reason="too many requests (status 429)")
    if not body.strip():
        return Judgement(verdict=Verdict.RETRY, reason=f"the answer was empty (status {status})")
    if body.lstrip().startswith(b"<") or body.startswith((b"\xef\xbb\xbf<", b"\xff\xfe", b"\xfe\xff")):
        return _judge_xml(status=status, body=body, roots=roots, check=check)
    text = body.decode("utf-8", "replace")
    if status < 400 and not roots and judge_text(text) is None:
        return Judgement(verdict=Verdict.DATA)
    passing = status < 400 or status in (400, 408, 425) or status >= 500
    verdict = judge_text(text) or (Verdict.RETRY if passing else Verdict.FAIL)
    return Judgement(verdict=verdict, reason=f"{one_line(text)} (status {status})")


def _judge_xml(
    *, status: int, body: bytes, roots: frozenset[str], check: Callable[[Scan, bytes], str | None] | None
) -> Judgement:
    try:
        document = scan(body)
    except NotReadable as error:
        return Judgement(verdict=Verdict.RETRY, reason=f"{error} (status {status})")
    if document.errors:
        text = "; ".join(document.errors)
        return Judgement(verdict=judge_text(text) or Verdict.RETRY, reason=f"{one_line(text)} (status {status})")
    if status >= 400 or document.root not in roots:
        passing = status < 400 or status in (400, 408, 425) or status >= 500
        verdict = Verdict.RETRY if passing else Verdict.FAIL
        return Judgement(verdict=verdict, reason=f"an unexpected {document.root} document (status {status})")
    if check is not None and (fault := check(document, body)) is not None:
        return Judgement(verdict=Verdict.RETRY, reason=fault)
    return Judgement(verdict=Verdict.DATA)
