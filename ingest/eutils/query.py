"""PubMed's search syntax: reading a strategy, and the faults that PubMed would pass over in silence.

Evaluated strictly left to right except for parentheses, as PubMed does; AND, OR and NOT are upper case. The reader
gives a tree that `ingest.eutils.corpus` evaluates over served records; the client runs the checks before it sends.
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
    "ot": ("Other Term", ("other terms",)),
    "mh": ("MeSH Terms", ("mesh", "mesh term")),
    "majr": ("MeSH Major Topic", ("mesh major topics",)),
    "sh": ("MeSH Subheading", ("mesh subheadings", "subheading", "subs")),
    "pt": ("Publication Type", ("ptyp", "publication types")),
    "nm": ("Supplementary Concept", ("substance name", "subs name")),
    "rn": ("EC/RN Number", ("ec/rn numbers",)),
    "au": ("Author", ("auth", "author name")),
    "fau": ("Full Author Name", ("full author",)),
    "1au": ("Author - First", ("first author", "first author name")),
    "lastau": ("Author - Last", ("last author", "last author name")),
    "cn": ("Author - Corporate", ("corporate author",)),
    "auid": ("Author - Identifier", ("author identifier",)),
    "ir": ("Investigator", ()),
    "fir": ("Full Investigator Name", ()),
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
    "pl": ("Place of Publication", ()),
    "pubn": ("Publisher", ()),
    "book": ("Book", ()),
    "tt": ("Transliterated Title", ()),
    "uid": ("UID", ("pmid",)),
    "aid": ("Article Identifier", ("doi", "location id", "lid")),
    "pmcid": ("PubMed Central ID", ("pmc",)),
    "si": ("Secondary Source ID", ()),
    "gr": ("Grants and Funding", ("grant number", "grant")),
    "sb": ("Subset", ("filter", "subset", "fltr")),
    "ps": ("Personal Name as Subject", ()),
    "pa": ("Pharmacological Action", ()),
    "cois": ("Conflict of Interest Statements", ()),
    "crdt": ("Date - Create", ("create date", "date - create")),
    "edat": ("Date - Entry", ("entry date", "entrez date")),
    "mdat": ("Date - Modification", ("lr", "modification date")),
    "mhda": ("Date - MeSH", ("mesh date",)),
    "dcom": ("Date - Completion", ("completion date",)),
    "dp": ("Date - Publication", ("pdat", "publication date")),
    "epdat": ("Date - Publication - Electronic", ("electronic publication date",)),
    "ppdat": ("Date - Publication - Print", ("print publication date",)),
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
class _Token:
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


def _tokens(text: str) -> Iterator[_Token]:
    position, text = 0, text.rstrip()
    while position < len(text):
        match = _TOKENS.match(text, position)
        assert match is not None  # every character is in one of the classes
        assert match.lastgroup is not None
        yield _Token(match.lastgroup, match[match.lastgroup])  # type: ignore[arg-type]
        position = match.end()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """A tag as PubMed takes it: one that it does not know counts as no tag."""

    field: str
    known: bool
    explode: bool = True
    near: int | None = None


def _read_tag(text: str) -> _Field:
    name, _, modifier = text.lower().partition(":")
    field = TAGS.get(" ".join(name.split()))
    if field is None:
        return _Field(field="all", known=False)
    modifier = modifier.strip()
    if modifier in ("noexp", "no exp") and field in _EXPLODING_FIELDS:
        return _Field(field=field, known=True, explode=False)
    if (near := re.fullmatch(r"~(\d+)", modifier)) and field in _PROXIMITY_FIELDS:
        return _Field(field=field, known=True, near=int(near[1]))
    return _Field(field=field, known=True)


_DEEPEST = 100  # parentheses within parentheses; more is not a strategy but an attack on the reader


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.depth = 0

    def peek(self, ahead: int = 0) -> _Token | None:
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
            return Range(low=text, high=high, field=(last or _Field(field="all", known=False)).field)
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

    def tag(self) -> _Field | None:
        if (token := self.peek()) is not None and token.kind == "tag":
            self.at += 1
            return _read_tag(token.text)
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


_TYPOGRAPHIC = {
    "“": 'a typographic quotation mark, write "',
    "”": 'a typographic quotation mark, write "',
    "„": 'a typographic quotation mark, write "',
    "«": 'a typographic quotation mark, write "',
    "»": 'a typographic quotation mark, write "',
    "∗": "a typographic asterisk (∗), write *",
    "＊": "a typographic asterisk (＊), write *",
}


def strategy_faults(text: str) -> tuple[str, ...]:
    """Name each place where PubMed would search for something else than the text says; () if there is none.

    PubMed drops unknown tags, tags on groups and misplaced modifiers without a warning and searches all fields instead.
    """
    if not text.strip():
        return ("the strategy is empty",)
    faults = [f"it holds {what}" for character, what in _TYPOGRAPHIC.items() if character in text]
    if re.search(r"&(?:amp|lt|gt|quot|#\d+);", text):
        faults.append("it holds an HTML entity (such as &amp;), write the character itself")
    tokens = list(_tokens(text))
    faults += _tag_faults(tokens) + _operator_faults(tokens)
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
            parse(text)
        except QuerySyntaxError as error:
            faults.append(str(error))
    return tuple(dict.fromkeys(faults))


def _tag_faults(tokens: list[_Token]) -> list[str]:
    faults = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.kind != "tag":
            continue
        tag = f"[{token.text}]"
        name, colon, modifier = token.text.lower().partition(":")
        field = _read_tag(token.text)
        if not field.known:
            faults.append(f"{tag} is not a field of PubMed, which would search all fields instead")
        elif colon and not re.fullmatch(r"no ?exp|~\d+|__\w+", modifier.strip()):
            faults.append(f"PubMed does not know the part after the colon of {tag}")
        elif colon and field.explode and field.near is None and "__" not in modifier:
            faults.append(f"PubMed ignores {modifier.strip()!r} on the field {name.strip()!r}")
        elif field.near is not None and (before is None or before.kind != "phrase"):
            faults.append(f"{tag} needs a phrase in quotation marks before it")
        if before is not None and before.kind == "close":
            faults.append(f"{tag} stands behind a group, where PubMed drops it: tag each term")
        elif before is None or before.kind not in ("phrase", "word"):
            faults.append(f"{tag} stands behind no term")
    return faults


def _operator_faults(tokens: list[_Token]) -> list[str]:
    """Operators in small letters between terms: PubMed takes them for words and drops them."""
    edges = ("tag", "close", "phrase")
    faults = []
    for place, token in enumerate(tokens):
        if token.kind == "word" and token.text.lower() in ("and", "or", "not"):
            before = tokens[place - 1].kind if place else ""
            after = tokens[place + 1].kind if place + 1 < len(tokens) else ""
            if before in edges or after in ("open", "phrase"):
                faults.append(f"{token.text!r} between terms has to be {token.text.upper()}")
    return faults


def strategy_warnings(text: str) -> tuple[str, ...]:
    """Doubts about a strategy that PubMed will run as written."""
    levels: list[set[str]] = [set()]
    mixed = False
    for token in _tokens(text):
        if token.kind == "open":
            levels.append(set())
        elif token.kind == "close" and len(levels) > 1:
            levels.pop()
        elif token.kind == "operator":
            levels[-1].add(token.text)
            mixed = mixed or len(levels[-1]) > 1
    if mixed:
        return ("AND, OR or NOT are mixed on one level; PubMed reads from left to right: add parentheses",)
    return ()
