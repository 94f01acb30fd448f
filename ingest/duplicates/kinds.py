"""What a record is besides an article, by its title and type; and the remarks that databases add to titles."""

from __future__ import annotations

import re

from ingest.record import Record

MARKUP = re.compile(r"<[^<>]{1,20}>")

# Remarks that databases append to a title in brackets. They are not part of it.
REMARK = re.compile(
    r"""\s*[\[(](?:
        (?: (?:erratum|errata|retraction|correction|corrected\ and\ republished|comments?)\ (?:appears\ )?
            (?:in|published)\b
          | published\ erratum\b | (?:references?|corrected)\b ).*
      | (?: (?:see\ )?comments? | review | \d+\ refs? | in\ process\ citation | retracted(?:\ article)? | letter
          | (?:structured|provisional)\ abstract   # the Cochrane Library's, on records of DARE and NHS EED
          | editorial | print | online | electronic | english | french | german | spanish | chinese | polish | russian
          | italian | portuguese | japanese | turkish )[\])]?
    )\s*\.?\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
ABSTRACT_MARK = re.compile(r"\s*[\[(](?:meeting |conference )?abstract\b[^\])]*[\])]?\s*\.?\s*$", re.IGNORECASE)
PREFIX = re.compile(r"^\s*[\[(]?(?:retracted(?:\s+article)?|reprint(?:\ of)?)\s*[:.\])]\s*", re.IGNORECASE)

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
    ("protocol", re.compile(r"\bprotocol$|\b(?:study|trial|review) protocol\b")),
)
_KIND_OF_TYPE = {
    "published erratum": "correction",
    "retraction of publication": "retraction notice",
    "retraction notice": "retraction notice",
    "expression of concern": "expression of concern",
}


def kind_of(record: Record, title: str) -> str:
    if record.retraction_notice:
        return "retraction notice"
    for type_ in record.publication_types:
        if kind := _KIND_OF_TYPE.get(type_.lower()):
            return kind
    if record.title.lstrip("[( ").lower().startswith("re:"):
        return "comment"
    for kind, at_start in _KINDS:
        if at_start.match(title):
            return kind
    for kind, at_end in _KINDS_AT_END:
        if at_end.search(title):
            return kind
    return "article"
