"""Faults of a search strategy that PubMed would pass over in silence, found before anything is sent.

PubMed drops unknown tags, tags on groups and misplaced modifiers without a warning and searches all fields instead; it
takes typographic characters literally. So a strategy is sent only if it means on PubMed what its text says.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from ingest.eutils.lookup import STOP_WORDS
from ingest.eutils.query import (
    DATES,
    Binary,
    Query,
    QuerySyntaxError,
    Range,
    Term,
    Token,
    chain,
    parse,
    read_tag,
    tokens_of,
)

_QUOTES, _APOSTROPHE = 'a typographic quotation mark, write "', "a typographic apostrophe, write '"
_DASH = "a typographic dash, write -"
_TYPOGRAPHIC: Mapping[str, str] = {
    **dict.fromkeys("“”„‟«»″〝〞＂", _QUOTES),
    **dict.fromkeys("‘’‚‛′‹›＇", _APOSTROPHE),
    **dict.fromkeys("∗＊⁎✱", "a typographic asterisk, write *"),
    **dict.fromkeys("‐‑‒–—―−﹣－", _DASH),
    **dict.fromkeys("（）［］｛｝：＆", "a full-width character, write the ordinary one"),
}
_LINE_BREAKS = "\n\r\t"  # sent as blanks, except inside quotation marks
_OPERATORS: Mapping[str, str] = {
    "and": "AND", "or": "OR", "not": "NOT", "&": "AND", "&&": "AND", "+": "AND", "|": "OR", "||": "OR"
}  # fmt: skip
_WORDS_OF_TEXT = frozenset({"ti", "ab", "tiab", "tw", "ot", "all"})
_OTHER_SYNTAX: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)(?:adj|near/|next/|pre/|w/)\d+"), 'is an operator of another database: write "a b"[tiab:~3]'),
    (
        re.compile(r"(?i).+\.(?:ti|ab|tw|mp|kw|kf|pt|sh)(?:,(?:ti|ab|tw|kw|kf))*\.?"),
        "is a field of Ovid: write a[tiab]",
    ),
    (re.compile(r"\w+\$\d*\w*|\w+\?\w+"), "holds a wildcard of another database: PubMed knows * alone"),
    (re.compile(r".*[{}].*"), "holds a place that was not filled in"),
)
_OVID_HEADING = re.compile(r"(?:^|[\s(])(exp(?:lode)? [^()\[\]/]+/)(?=[\s)]|$)")
_DATE = re.compile(r"(\d{4})(?:[/-](\d{1,2})(?:[/-](\d{1,2}))?)?")
_LAST_DAYS = re.compile(r"(?i)last \d+ (?:day|week|month|year)s?")


def to_send(text: str) -> str:
    """The strategy as it is sent: on one line, line breaks and runs of blanks being one blank."""
    return re.sub(rf"[ {_LINE_BREAKS}]+", " ", text).strip()


def strategy_faults(text: str) -> tuple[str, ...]:
    """Name each place where PubMed would search for something else than the text says; () if there is none."""
    if not text.strip():
        return ("the strategy is empty",)
    faults = _character_faults(text)
    tokens = list(tokens_of(text))
    faults += _tag_faults(tokens) + _operator_faults(tokens) + _word_faults(tokens)
    depth = 0
    for token in tokens:
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
        if depth < 0:
            break
    if depth != 0:
        faults.append("the parentheses do not match")
    if any(token.kind == "stray" for token in tokens):
        faults.append("a quotation mark or bracket has no partner")
    if not faults:
        try:
            faults += _term_faults(parse(text))
        except QuerySyntaxError as error:
            faults.append(str(error))
    return tuple(dict.fromkeys(faults))


def _character_faults(text: str) -> list[str]:
    faults = [f"it holds {_TYPOGRAPHIC[c]} (found {c})" for c in dict.fromkeys(text) if c in _TYPOGRAPHIC]
    for character in dict.fromkeys(text):
        kind, number = unicodedata.category(character), f"U+{ord(character):04X}"
        if kind == "Zs" and character != " ":
            faults.append(f"it holds a blank that is not an ordinary one ({number}): write an ordinary blank")
        elif (kind.startswith("C") or kind in ("Zl", "Zp")) and character not in _LINE_BREAKS:
            faults.append(f"it holds an invisible character ({number}): remove it")
    if re.search(r"&(?:[a-z]{2,8}|#\d+|#x[0-9a-f]+);", text, re.IGNORECASE):
        faults.append("it holds an HTML entity (such as &amp;), write the character itself")
    faults += [f"{found!r} is a command of Ovid: [mh] explodes by itself" for found in _OVID_HEADING.findall(text)]
    if re.search(r"%(?:20|22|28|29|2[Aa]|5[BbDd])", text):
        faults.append("it holds percent signs as in a web address (such as %20), write the characters themselves")
    return faults


def _tag_faults(tokens: Sequence[Token]) -> list[str]:
    faults = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.kind != "tag":
            continue
        tag = f"[{token.text}]"
        name, colon, modifier = token.text.lower().partition(":")
        field = read_tag(token.text)
        if not field.known:
            faults.append(f"{tag} is not a field of PubMed, which would search all fields instead")
        elif colon and not re.fullmatch(r"no ?exp|~\d+", modifier.strip()):
            faults.append(f"PubMed does not know the part after the colon of {tag}")
        elif colon and field.explode and field.near is None:
            faults.append(f"PubMed ignores {modifier.strip()!r} on the field {name.strip()!r}")
        elif field.near is not None and (before is None or before.kind != "phrase"):
            faults.append(f"{tag} needs a phrase in quotation marks before it")
        if before is not None and before.kind == "close":
            faults.append(f"{tag} stands behind a group, where PubMed drops it: tag each term")
        elif before is None or before.kind not in ("phrase", "word"):
            faults.append(f"{tag} stands behind no term")
    return faults


def _operator_faults(tokens: Sequence[Token]) -> list[str]:
    """Operators in small letters or as signs between terms: PubMed takes them for words and drops them."""
    edges = ("tag", "close", "phrase")
    faults = []
    for place, token in enumerate(tokens):
        if token.kind == "word" and (right := _OPERATORS.get(token.text.lower())):
            before = tokens[place - 1].kind if place else ""
            after = tokens[place + 1].kind if place + 1 < len(tokens) else ""
            if before in edges or after in ("open", "phrase"):
                faults.append(f"{token.text!r} between terms has to be {right}")
    return faults


def _word_faults(tokens: Sequence[Token]) -> list[str]:
    faults = []
    for token in tokens:
        if token.kind == "history":
            faults.append(f"#{token.text} is a search of somebody's session, which nobody else has: write it out")
        elif token.kind == "phrase":
            if not any(c.isalnum() for c in token.text):
                faults.append("there is nothing to search for between two quotation marks")
            if any(c in token.text for c in _LINE_BREAKS):
                faults.append(f"a phrase is broken over two lines: {to_send(token.text)[:60]!r}")
        elif token.kind == "word":
            faults += [f"{token.text[:60]!r} {what}" for kind, what in _OTHER_SYNTAX if kind.fullmatch(token.text)]
    return faults


def _leaves(query: Query) -> Iterator[Query]:
    first, rest = chain(query)
    for part in (first, *(right for _, right in rest)):
        if isinstance(part, Binary):
            yield from _leaves(part)
        else:
            yield part


def _term_faults(query: Query) -> list[str]:
    faults = []
    for leaf in _leaves(query):
        match leaf:
            case Range(low=low, high=high, field=field) if field in DATES:
                faults += _date_range_faults(low, high)
            case Range(low=low, high=high, field="uid"):
                if not (low.isascii() and low.isdigit() and high.isascii() and high.isdigit()):
                    faults.append(f"the range {low}:{high} of PMIDs is not one of numbers")
            case Range(low=low, high=high, field=field):
                faults.append(f"{low}:{high} is a range, which only dates and PMIDs have; [{field}] is neither")
            case Term(text=text, field=field) if field in DATES:
                if _day(text) is None and not _LAST_DAYS.fullmatch(text.strip()):
                    faults.append(f"{text!r} is not a date: write 2026/11/20")
            case Term():
                faults += _text_faults(leaf)
    return faults


def _date_range_faults(low: str, high: str) -> list[str]:
    first, last = _day(low), _day(high)
    faults = [f"{text!r} is not a date: write 2026/11/20" for text, day in ((low, first), (high, last)) if day is None]
    if first is not None and last is not None:
        alike = min(len(first), len(last))  # 2020/05:2020 ends with that year
        if first[:alike] > last[:alike]:
            faults.append(f"the range {low}:{high} ends before it begins")
    return faults


def _text_faults(term: Term) -> list[str]:
    text = term.text.strip()
    faults = []
    if not any(c.isalnum() for c in text):
        faults.append(f"there is nothing to search for in {text!r}")
    elif "*" in text and sum(c.isalnum() for c in text[: text.index("*")]) < 4:
        faults.append(f"{text!r} has fewer than 4 letters before its asterisk, which PubMed asks for")
    if term.tagged and term.field in _WORDS_OF_TEXT and not term.quoted and text.lower() in STOP_WORDS:
        faults.append(f"{text!r} is a word that PubMed does not index")
    return faults


def _day(text: str) -> tuple[int, ...] | None:
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return None
    parts = tuple(int(part) for part in found.groups() if part)
    return parts if (len(parts) < 2 or 1 <= parts[1] <= 12) and (len(parts) < 3 or 1 <= parts[2] <= 31) else None


def strategy_warnings(text: str) -> tuple[str, ...]:
    """Doubts about a strategy that PubMed will run as written."""
    tokens = list(tokens_of(text))
    levels: list[set[str]] = [set()]
    mixed = False
    for token in tokens:
        if token.kind == "open":
            levels.append(set())
        elif token.kind == "close" and len(levels) > 1:
            levels.pop()
        elif token.kind == "operator":
            levels[-1].add(token.text)
            mixed = mixed or len(levels[-1]) > 1
    warnings = []
    if mixed:
        warnings.append("AND, OR or NOT are mixed on one level; PubMed reads from left to right: add parentheses")
    words = [token.text for token in tokens if token.kind == "word" and token.text in ("or", "not")]
    warnings += [f"{word!r} is read as a word; the operator is {word.upper()}" for word in dict.fromkeys(words)]
    ends, begins = ("tag", "close", "phrase"), ("open", "phrase", "word")
    if any(left.kind in ends and right.kind in begins for left, right in pairwise(tokens)):
        warnings.append("two terms stand side by side without an operator; PubMed joins them by AND")
    return tuple(warnings)
