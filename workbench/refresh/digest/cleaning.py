"""Text from outside on one line, without characters that would disturb whoever reads it."""

from __future__ import annotations

import re

# Control characters (a terminal's escape among them), marks that reorder a line, and line ends of other alphabets.
_HIDDEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_PMID = re.compile(r"[1-9][0-9]{0,8}")


def one_line(text: object) -> str:
    """The text on one line, without hidden characters; half of a surrogate pair becomes a question mark."""
    visible = " ".join(_HIDDEN.sub("", str(text)).split())
    return visible.encode("utf-8", "replace").decode()


def shortened(text: object, length: int) -> str:
    """One line of at most `length` characters, cut at a word."""
    line = one_line(text)
    return line if len(line) <= length else line[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"


def pubmed_address(pmid: str | None) -> str | None:
    """The record's page at PubMed; None unless `pmid` is a PMID."""
    return f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid and _PMID.fullmatch(pmid) else None
