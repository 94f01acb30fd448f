"""A script of faults for the local server: "the third efetch is cut after 60 %".

    LocalServer(file, faults=[Fault("efetch", 3, cut(0.6)), Fault("esearch", 1, status(502), times=2)])

Each change turns the honest reply into what goes over the wire. Requests are counted from 1 for each utility, retries
included; `times=None` is for ever.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from ingest.eutils import replies
from ingest.eutils.replies import Reply

Change = Callable[[Reply], Reply]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to which request: the nth of a utility ("*": of all), and as many after it as `times` says."""

    utility: str
    nth: int
    change: Change
    times: int | None = 1

    def meets(self, utility: str, number: int, overall: int) -> bool:
        """Whether the request with this number among its utility's, and this number among all, is affected."""
        if self.utility not in ("*", utility):
            return False
        count = overall if self.utility == "*" else number
        return count >= self.nth and (self.times is None or count < self.nth + self.times)


def answer(body: bytes, *, status: int = 200, content_type: str = replies.XML) -> Change:
    """Send this instead."""
    return lambda _: Reply(body=body, status=status, content_type=content_type)


def status(code: int) -> Change:
    """NCBI's diagnostic page with this status."""
    page = (
        f"<html><head><title>NCBI/ipmc12 - WWW Error {code} Diagnostic</title></head><body>Error {code}</body></html>"
    )
    return answer(page.encode(), status=code, content_type=replies.HTML)


def too_many_requests(*, retry_after: int | str | None = 2) -> Change:
    """Status 429 with NCBI's body, as if the rate were exceeded."""
    data = {"error": "API rate limit exceeded", "api-key": "127.0.0.1", "count": "4", "limit": "3"}
    headers = () if retry_after is None else (("Retry-After", str(retry_after)),)
    return lambda _: replies.json_reply(data, status=429, headers=headers)


def closed() -> Change:
    """Close the connection without answering."""
    return lambda reply: dataclasses.replace(reply, silent=True)


def reset(share: float = 0.0) -> Change:
    """Break the connection off hard after this share of the body."""
    return lambda reply: dataclasses.replace(reply, silent=share == 0, reset=True, send_share=share)


def stall(seconds: float, *, at: float | None = None) -> Change:
    """Send nothing for so long: before the first byte, or after a share of the body."""
    if at is None:
        return lambda reply: dataclasses.replace(reply, stall_before=seconds)
    return lambda reply: dataclasses.replace(reply, stall_at=at, stall_for=seconds)


def cut(share: float) -> Change:
    """A shorter document in a correct HTTP answer."""
    return lambda reply: dataclasses.replace(reply, body=reply.body[: int(len(reply.body) * share)])


def cut_before(marker: bytes, *, occurrence: int = 1) -> Change:
    """Cut the document before the nth occurrence of these bytes (the last one for 0), in a correct HTTP answer."""

    def change(reply: Reply) -> Reply:
        places = [match.start() for match in re.finditer(re.escape(marker), reply.body)]
        return dataclasses.replace(reply, body=reply.body[: places[occurrence - 1]])

    return change


def broken_off(share: float, *, chunked: bool = False) -> Change:
    """Announce the whole body (or further chunks), send this share of it and close."""
    return lambda reply: dataclasses.replace(reply, send_share=share, chunked=chunked)


def html() -> Change:
    """A web page with status 200."""
    return answer(b"<!DOCTYPE html><html><head><title>Please wait</title></head></html>", content_type=replies.HTML)


def xhtml() -> Change:
    """An XHTML page, which is well-formed XML, with status 200."""
    page = (
        b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" '
        b'"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n<html xmlns="http://www.w3.org/1999/xhtml"/>'
    )
    return answer(page)


def empty() -> Change:
    """Status 200 and no body."""
    return lambda reply: dataclasses.replace(reply, body=b"")


def prolog_only() -> Change:
    """XML declaration and document type, and nothing else."""
    return lambda reply: dataclasses.replace(
        reply, body=reply.body[: reply.body.index(b">", reply.body.index(b"<!")) + 1]
    )


def error(text: str, *, root: str = "eSearchResult", status: int = 200) -> Change:
    """A utility's error document."""
    return lambda _: replies.error(root, text, status=status)


def without(pmids: Collection[str]) -> Change:
    """Leave these records out of an efetch answer."""
    entries = re.compile(rb"<(PubmedArticle|PubmedBookArticle)\b[^>]*>.*?</\1>", re.DOTALL)
    pmid = re.compile(rb"<PMID[^>]*>(\d+)</PMID>")

    def drop(match: re.Match[bytes]) -> bytes:
        found = pmid.search(match[0])
        return b"" if found is not None and found[1].decode() in pmids else match[0]

    return lambda reply: dataclasses.replace(reply, body=entries.sub(drop, reply.body))


def deleting(pmids: Collection[str]) -> Change:
    """Append a DeleteCitation element to an efetch answer."""
    listed = "".join(f'<PMID Version="1">{pmid}</PMID>' for pmid in pmids)
    markup = f"<DeleteCitation>{listed}</DeleteCitation></PubmedArticleSet>".encode()
    return lambda reply: dataclasses.replace(reply, body=reply.body.replace(b"</PubmedArticleSet>", markup))


def replaced(old: bytes, new: bytes) -> Change:
    """Change bytes of the body."""
    return lambda reply: dataclasses.replace(reply, body=reply.body.replace(old, new))
