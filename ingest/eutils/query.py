"""PubMed's search syntax: reading a strategy as PubMed does, dropping what it drops.

Evaluated strictly left to right except for parentheses, as PubMed does; AND, OR and NOT are upper case. The reader
gives a tree that `ingest.eutils.corpus` evaluates over served records; `ingest.eutils.strategy` names what was dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

# Tag -> (PubMed's full name, other spellings). Names of fields as einfo lists them for PubMed.
_FIELDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "all": ("All Fields", ("all field",)),
    "tiab": ("Title/Abstract", ()),
    "ti": ("Title", ("titl",)),
    "ab": ("Abstract", ()),
    "tw": ("Text Word", ("text words", "word", "text")),
    "ot": ("Other Term", ("other terms", "otrm")),
    "mh": ("MeSH Terms", ("mesh", "mesh term")),
    "majr": ("MeSH Major Topic", ("mesh major topics",)),
    "sh": ("MeSH Subheading", ("mesh subheadings", "subheading", "subh")),
    "pt": ("Publication Type", ("ptyp", "publication types")),
    "nm": ("Supplementary Concept", ("substance name", "subs", "subs name")),
    "rn": ("EC/RN Number", ("ec/rn numbers", "ecno")),
    "au": ("Author", ("auth", "author name")),
    "fau": ("Full Author Name", ("full author", "full")),
    "1au": ("Author - First", ("first author", "first author name", "faut")),
    "lastau": ("Author - Last", ("last author", "last author name", "laut")),
    "cn": ("Author - Corporate", ("corporate author", "coln")),
    "auid": ("Author - Identifier", ("author identifier",)),
    "ir": ("Investigator", ()),
    "fir": ("Full Investigator Name", ("finv",)),
    "ed": ("Editor", ()),
    "ad": ("Affiliation", ("affl",)),
    "ta": ("Journal", ("jour", "journal title abbreviation")),
    "jid": ("NLM Unique ID", ()),
    "is": ("ISSN", ()),
    "isbn": ("ISBN", ()),
    "vi": ("Volume", ("vol",)),
    "ip": ("Issue", ("iss",)),
    "pg": ("Pagination", ("page", "pages")),
    "la": ("Language", ("lang",)),
    "pl": ("Place of Publication", ("cnty",)),
    "pubn": ("Publisher", ()),
    "book": ("Book", ()),
    "tt": ("Transliterated Title", ()),
    "uid": ("UID", ("pmid",)),
    "aid": ("Article Identifier", ("doi", "location id", "lid")),
    "pmcid": ("PubMed Central ID", ("pmc",)),
    "si": ("Secondary Source ID", ()),
    "gr": ("Grants and Funding", ("grant number", "grant", "grnt")),
    "sb": ("Subset", ("filter", "filt", "subset", "fltr")),
    "ps": ("Personal Name as Subject", ("subject - personal name",)),
    "pa": ("Pharmacological Action", ("papx",)),
    "pid": ("Publisher ID", ()),
    "eid": ("Extended PMID", ()),
    "dso": ("DSO", ()),
    "aucl": ("Author Cluster ID", ()),
    "p1dat": ("P1DAT", ()),
    "cois": ("Conflict of Interest Statements", ()),
    "crdt": ("Date - Create", ("create date", "date - create")),
    "edat": ("Date - Entry", ("entry date", "entrez date")),
    "mdat": ("Date - Modification", ("lr", "modification date")),
    "mhda": ("Date - MeSH", ("mesh date",)),
    "dcom": ("Date - Completion", ("completion date", "cdat")),
    "dp": ("Date - Publication", ("pdat", "publication date")),
    "epdat": ("Date - Publication - Electronic", ("electronic publication date", "epdt")),
    "ppdat": ("Date - Publication - Print", ("print publication date", "ppdt")),
}

FULL_NAME: Mapping[str, str] = {tag: name for tag, (name, _) in _FIELDS.items()}
TAGS: Mapping[str, str] = {
    spelling.lower(): tag for tag, (name, others) in _FIELDS.items() for spelling in (tag, name, *others)
}
DATES = frozenset({"crdt", "edat", "mdat", "mhda", "dcom", "dp", "epdat", "ppdat"})
_PROXIMITY_FIELDS = frozenset({"ti", "tiab", "ad"})
_EXPLODING_FIELDS = frozenset({"mh", "majr", "sh", "pt"})

Operator = Literal["AND", "OR", "NOT"]


class QuerySyntaxError(Exception):
    """PubMed cannot read the text at all (its answer is "Search Backend failed")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word or phrase in one field."""

    text: str
    field: str  # a key of FULL_NAME
    tagged: bool  # False: PubMed searches in all fields, after mapping
    quoted: bool = False
    explode: bool = True  # [mh:noexp] and the like: False
    near: int | None = None  # [tiab:~n]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """From low to high, both included, of dates or of UIDs."""

    low: str
    high: str
    field: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """An earlier set of the same web environment: "#2"."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Binary:
    """Two parts joined by an operator."""

    operator: Operator
    left: Query
    right: Query


Query = Term | Range | History | Binary


@dataclass(frozen=True, slots=True)
class Token:
    kind: Literal["open", "close", "phrase", "tag", "colon", "history", "operator", "word", "stray"]
    text: str


_TOKENS = re.compile(
    r"""\s*(?:
      (?P<open>\() | (?P<close>\)) |
      "(?P<phrase>[^"]*)" |
      \[(?P<tag>[^\[\]]*)\] |
      (?P<colon>:) |
      \#(?P<history>\d+)(?=[\s()]|$) |
      (?P<operator>AND|OR|NOT)(?=[\s()"]|$) |
      (?P<word>[^\s()"\[\]:]+) |
      (?P<stray>["\[\]])
    )""",
    re.VERBOSE,
)


def tokens_of(text: str) -> Iterator[Token]:
    position, text = 0, text.rstrip()
    while position < len(text):
        match = _TOKENS.match(text, position)
        assert match is not None  # every character is in one of the classes
        assert match.lastgroup is not None
        yield Token(match.lastgroup, match[match.lastgroup])  # type: ignore[arg-type]
        position = match.end()


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A tag as PubMed takes it: one that it does not know counts as no tag."""

    field: str
    known: bool
    explode: bool = True
    near: int | None = None


def read_tag(text: str) -> Field:
    name, _, modifier = text.lower().partition(":")
    field = TAGS.get(" ".join(name.split()))
    if field is None:
        return Field(field="all", known=False)
    modifier = modifier.strip()
    if modifier in ("noexp", "no exp") and field in _EXPLODING_FIELDS:
        return Field(field=field, known=True, explode=False)
    if (near := re.fullmatch(r"~(\d+)", modifier)) and field in _PROXIMITY_FIELDS:
        return Field(field=field, known=True, near=int(near[1]))
    return Field(field=field, known=True)


_DEEPEST = 100  # parentheses within parentheses; more is not a strategy but an attack on the reader


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = list(tokens_of(text))
        self.at = 0
        self.depth = 0

    def peek(self, ahead: int = 0) -> Token | None:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else None

    def expression(self) -> Query:
        left = self.operand()
        while (token := self.peek()) is not None and token.kind != "close":
            operator: Operator = "AND"  # two terms side by side
            if token.kind == "operator":
                operator = token.text  # type: ignore[assignment]
                self.at += 1
            left = Binary(operator=operator, left=left, right=self.operand())
        return left

    def operand(self) -> Query:
        token = self.peek()
        if token is None:
            raise QuerySyntaxError("the query ends where a term was expected")
        if token.kind == "open":
            return self.group()
        if token.kind == "history":
            self.at += 1
            return History(number=int(token.text))
        if token.kind not in ("phrase", "word"):
            raise QuerySyntaxError(f"a term was expected where {token.text!r} stands")
        return self.term()

    def group(self) -> Query:
        self.at += 1
        self.depth += 1
        if self.depth > _DEEPEST:
            raise QuerySyntaxError("too many parentheses within each other")
        inner = self.expression()
        if self.peek() is None:
            raise QuerySyntaxError("a parenthesis is not closed")
        self.at += 1
        self.depth -= 1
        if (token := self.peek()) is not None and token.kind == "tag":
            self.at += 1  # a tag on a group: PubMed drops it without a word
        return inner

    def term(self) -> Query:
        text, quoted = self.text()
        field = self.tag()
        if (token := self.peek()) is not None and token.kind == "colon":
            self.at += 1
            after = self.peek()
            if after is None or after.kind not in ("phrase", "word"):
                raise QuerySyntaxError("a range has no end")
            high, _ = self.text()
            last = self.tag() or field
            return Range(low=text, high=high, field=(last or Field(field="all", known=False)).field)
        if field is None:
            return Term(text=text, field="all", tagged=False, quoted=quoted)
        return Term(
            text=text, field=field.field, tagged=field.known, quoted=quoted, explode=field.explode, near=field.near
        )

    def text(self) -> tuple[str, bool]:
        """A phrase in quotes, or the words up to a tag, an operator, a parenthesis or a phrase."""
        token = self.tokens[self.at]
        self.at += 1
        if token.kind == "phrase":
            return token.text, True
        words = [token.text]
        while (following := self.peek()) is not None and following.kind == "word":
            words.append(following.text)
            self.at += 1
        return " ".join(words), False

    def tag(self) -> Field | None:
        if (token := self.peek()) is not None and token.kind == "tag":
            self.at += 1
            return read_tag(token.text)
        return None


def parse(text: str) -> Query:
    """Read a query as PubMed does, dropping what it drops; QuerySyntaxError where it could not search at all."""
    reader = _Reader(text)
    query = reader.expression()
    if reader.peek() is not None:
        raise QuerySyntaxError("a parenthesis is closed that was not opened")
    return query


def chain(query: Query) -> tuple[Query, list[tuple[Operator, Query]]]:
    """Open a run of operators on one level: the first part, then each operator with what follows it.

    A strategy may join a thousand terms; walking them one by one keeps the tree from being walked too deep.
    """
    rest: list[tuple[Operator, Query]] = []
    while isinstance(query, Binary):
        rest.append((query.operator, query.right))
        query = query.left
    return query, rest[::-1]


def translation(query: Query) -> str:
    """Write a query as PubMed's QueryTranslation does."""
    match query:
        case Term():
            text = query.text if query.text.endswith("*") and " " not in query.text else f'"{query.text}"'
            extra = "" if query.explode else ":noexp"
            near = "" if query.near is None else f":~{query.near}"
            return f"{text}[{FULL_NAME[query.field]}{extra}{near}]"
        case Range():
            return f'"{query.low}"[{FULL_NAME[query.field]}] : "{query.high}"[{FULL_NAME[query.field]}]'
        case History():
            return f"#{query.number}"
        case Binary():
            first, rest = chain(query)
            # Groups on the left need no parentheses: the text is read from left to right.
            parts = [translation(first)]
            for operator, right in rest:
                text = translation(right)
                parts.append(f"{operator} ({text})" if isinstance(right, Binary) else f"{operator} {text}")
            return " ".join(parts)
