"""What a record is besides an article, by its title and type; and the remarks that databases add to titles."""

from __future__ import annotations

import re

from ingest.record import Record

_MARKUP = re.compile(r"<[^<>]{1,20}>")
# Remarks that databases append to a title. They are not part of it.
_REMARK = re.compile(
    r"""\s*[\[(](?:
        (?: (?:erratum|errata|retraction|correction|corrected\ and\ republished|comments?)\ (?:appears\ )?
            (?:in|published)\b
          | published\ erratum\b | (?:references?|corrected)\b | retracted\ article\.?\ see\b
          | reprinted\ from\b ).*
      | (?: (?:see\ )?comments? | review | \d+\ refs? | in\ process\ citation | retracted(?:\ article)? | letter
          | (?:structured|provisional)\ abstract   # the Cochrane Library's, on records of DARE and NHS EED
          | editorial | print | online | electronic | english | french | german | spanish | chinese | polish | russian
          | italian | portuguese | japanese | turkish | (?:article\ )?in\ [a-z]{4,12} )[\])]?
    )\s*\.?\s*$
    | \s*(?:\.\.\.|\u2026)\s*(?:includ(?:es|ing)|reprint|this\ (?:paper|article)|\[?corrected)\b.{0,200}$  # CINAHL's
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_REMARK_INSIDE = re.compile(r"\s*\[(?:corrected|correction|sic|published erratum)\]", re.IGNORECASE)
_ABSTRACT_MARK = re.compile(r"\s*[\[(](?:meeting |conference )?abstract\b[^\])]*[\])]?\s*\.?\s*$", re.IGNORECASE)
_PREFIX = re.compile(r"^\s*[\[(]?(?:retracted(?:\s+article)?|reprint(?:\ of)?)\s*[:.\])]\s*", re.IGNORECASE)
_QUOTES = re.compile(r"""^\s*["\u201c\u00ab](.*)["\u201d\u00bb]\s*$""", re.DOTALL)


_ORIGINAL = "<ORIGINAL>"  # before the title in the original language, as some lists of Embase's have it
_TAIL = 300  # characters of a title's end in which remarks are looked for


def plain_title(title: str) -> tuple[str, bool]:
    """The title without markup and the remarks of databases, and whether one says "this is a meeting's abstract"."""
    printed = " ".join(title.partition(_ORIGINAL)[0].split()) or title
    printed = _MARKUP.sub("", printed).replace("^", "").replace("_", "")
    if quoted := _QUOTES.match(printed):  # a spreadsheet's quotation marks
        printed = quoted.group(1)
    printed = _REMARK_INSIDE.sub("", _PREFIX.sub("", printed))
    printed, tail = printed[:-_TAIL], printed[-_TAIL:]
    unmarked = _ABSTRACT_MARK.sub("", tail)
    abstract_mark, tail = unmarked != tail, unmarked
    while (shorter := _REMARK.sub("", tail)) != tail and (printed + shorter).strip(" [("):
        tail = shorter
    return printed + tail, abstract_mark


def translated(title: str) -> bool:
    """MEDLINE sets a title that it translated in brackets; Embase gives the original after it."""
    stripped = title.strip().strip("\"'").strip()
    return (stripped.startswith("[") and stripped.rstrip(". ").endswith("]")) or _ORIGINAL in title


# What a record is, by the beginning of its title in lower case without punctuation; a reviewer calls the rest articles.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("retraction notice", re.compile(r"(?:notice of )?retraction(?: notice| note| of| to|$)|retraction [^s]")),
    ("withdrawn", re.compile(r"withdrawn\b|withdrawal notice\b")),
    ("expression of concern", re.compile(r"(?:editorial )?expression of concern")),
    (
        "correction",
        re.compile(
            r"(?:errat(?:um|a)|corrigend(?:um|a)|addendum|(?:author|publisher) correction)\b"
            r"|correction (?:to|for|of|notice)\b|correction$"
        ),
    ),
    (
        "reply",
        re.compile(r"(?:(?:the )?authors?(?: s)? |in )?(?:reply|response|rebuttal)(?: (?:to|from|by)\b|$)|reply\b"),
    ),
    (
        "comment",
        re.compile(
            r"comment(?:s|ary)? (?:on|to|re)\b|letter (?:to the editor|re|regarding)\b|invited comment|regarding\b"
        ),
    ),
    ("protocol", re.compile(r"(?:study )?protocol (?:for|of)\b")),
)
_COMMENT_BEFORE = re.compile(
    r"[\[(]?(?:re|(?:(?:invited|editorial) )?comment(?:ary)?|discussion)\s?:",
    re.IGNORECASE,
)
# The Web of Science's title of a correction: that of the article, and where it was printed.
_CORRECTED_PLACE = re.compile(r"\(vol\.? \d+,? (?:pgs?|pp?|art|article|no|e?\d)\b.{0,60}\b\d{4}\)?\s*$", re.IGNORECASE)
_KINDS_AT_END: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("retraction notice", re.compile(r"\bretraction(?: notice| of)?$")),
    ("correction", re.compile(r"\b(?:erratum|corrigendum|errata|correction)$|\berratum for\b")),
    (
        "reply",
        re.compile(
            r"\b(?:reply|authors? (?:s )?(?:reply|response))$|\breply to .{0,60}$|\bresponse to (?:letter|comment)"
        ),
    ),
    ("comment", re.compile(r"\b(?:a|invited) comment(?:ary)?$")),
    ("protocol", re.compile(r"\bprotocol$|\b(?:study|trial|review) protocol\b|\bprotocol for (?:a|an) ")),
)
# Of a meeting's abstract, in Embase, RIS, the Web of Science and PubMed, Scopus. "Conference Paper" may be a paper.
_FORM_OF_TYPE = {
    **dict.fromkeys(("conference abstract", "meeting abstract", "meeting abstracts", "abstract"), "abstract"),
    **dict.fromkeys(("preprint", "posted content", "posted-content", "unpublished work"), "preprint"),
}
_KIND_OF_TYPE = {
    "published erratum": "correction",
    "retraction of publication": "retraction notice",
    "retraction notice": "retraction notice",
    "expression of concern": "expression of concern",
}


def form_of(record: Record) -> str:
    """ "abstract" or "preprint" where a publication type says that the report is no full or final one; else ""."""
    return next((form for type_ in record.publication_types if (form := _FORM_OF_TYPE.get(type_.lower()))), "")


def kind_of(record: Record, title: str) -> str:
    """ "article" for whatever is not known to be about another publication; `title` in words, without remarks."""
    if record.retraction_notice:
        return "retraction notice"
    for type_ in record.publication_types:
        if kind := _KIND_OF_TYPE.get(type_.lower()):
            return kind
    if _COMMENT_BEFORE.match(record.title.lstrip("[( ")):
        return "comment"
    if _CORRECTED_PLACE.search(record.title[-120:]):
        return "correction"
    for kind, at_start in _KINDS:
        if at_start.match(title):
            return kind
    for kind, at_end in _KINDS_AT_END:
        if at_end.search(title):
            return kind
    return "article"
