"""An answer of the local server, as data: its content, and how it goes over the wire (rightly or not)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

XML = "text/xml; charset=UTF-8"
TEXT = "text/plain; charset=UTF-8"
JSON = "application/json; charset=UTF-8"
HTML = "text/html; charset=UTF-8"

_DOCTYPES = {
    "eSearchResult": ("esearch", "20060628"),
    "ePostResult": ("epost", "20090526"),
    "eLinkResult": ("elink", "20101123"),
    "eInfoResult": ("einfo", "20190110"),
    "eFetchResult": ("efetch", "20131226"),
}
_OTHER_DOCTYPES = {
    "eSummaryResult": (
        "-//NLM//DTD esummary v1 20041029//EN",
        "https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20041029/esummary-v1.dtd",
    ),
    "eSpellResult": (
        "-//NLM//DTD eSpellResult, 23 November 2004//EN",
        "https://www.ncbi.nlm.nih.gov/entrez/query/DTD/eSpell.dtd",
    ),
    "PubmedArticleSet": (
        "-//NLM//DTD PubMedArticle, 1st January 2025//EN",
        "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What to answer. The lower half is what a fault script changes; an honest reply leaves it alone.

    Shares are of the body's bytes, 0 to 1; times are in seconds.
    """

    body: bytes = b""
    status: int = 200
    content_type: str = XML
    headers: tuple[tuple[str, str], ...] = ()
    chunked: bool = False

    silent: bool = False  # close without answering
    reset: bool = False  # break the connection off hard, where it would have been closed
    stall_before: float = 0.0  # before the first byte
    stall_at: float | None = None  # the share after which it stalls
    stall_for: float = 0.0
    send_share: float = 1.0  # the share that is sent, though all of it was announced


def document(root: str, content: str, *, doctype: bool = True) -> bytes:
    """An XML document as NCBI sends it; `content` is markup already."""
    if not doctype:
        kind = ""
    elif root in _OTHER_DOCTYPES:
        public, system = _OTHER_DOCTYPES[root]
        kind = f'<!DOCTYPE {root} PUBLIC "{public}" "{system}">\n'
    else:
        name, day = _DOCTYPES[root]
        declared = "eEfetchResult" if root == "eFetchResult" else root  # NCBI's own slip
        address = f"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/{day}/{name}.dtd"
        kind = f'<!DOCTYPE {declared} PUBLIC "-//NLM//DTD {name} {day}//EN" "{address}">\n'
    return f'<?xml version="1.0" encoding="UTF-8" ?>\n{kind}<{root}>{content}</{root}>\n'.encode()


def element(name: str, text: object) -> str:
    """One element holding plain text."""
    return f"<{name}>{escape(str(text))}</{name}>"


def error(root: str, text: str, *, status: int = 200) -> Reply:
    """An error document of a utility."""
    return Reply(body=document(root, f"\n\t{element('ERROR', text)}\n"), status=status)


def json_reply(data: Any, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """A JSON answer."""
    return Reply(body=json.dumps(data).encode(), status=status, content_type=JSON, headers=headers)


def text_reply(text: str, *, status: int = 200) -> Reply:
    """A plain-text answer."""
    return Reply(body=text.encode(), status=status, content_type=TEXT)


def article_set(entries: list[bytes]) -> bytes:
    """An efetch document of records given as their own XML."""
    public, system = _OTHER_DOCTYPES["PubmedArticleSet"]
    head = f'<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "{public}" "{system}">\n<PubmedArticleSet>'
    return head.encode() + b"\n".join(entries) + b"</PubmedArticleSet>"
