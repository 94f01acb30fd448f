"""Which records describe the same report: certainly, perhaps, or not.

Two records of one document are joined without asking only where title, people and place of publication agree and
nothing speaks against it; every other likely pair is left for a person, with the reasons. Definition, as reviewers
use it: versions of one document are duplicates; a conference abstract and its full paper, an article and its erratum,
retraction notice, comment or reply, part I and part II, and a review and its later update are not, and neither are
several reports of one study.

How a pair is found: records that share an identifier, a title (its whole, beginning or end), volume and first page, or
first author, year and page are compared; nothing else is. How it is judged: `compare` sets out what agrees, and the
first rule of `RULES` that applies gives the verdict and its name. `find_duplicates` then joins pairs into groups, and
refuses to join two groups of which any two members are certainly different.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import combinations

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from ingest.record import Record


class Verdict(StrEnum):
    """What a pair of records is."""

    SAME = "same"
    UNSURE = "unsure"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsurePair:
    """Two records that a person should look at."""

    pair: tuple[int, int]  # positions in the sequence given, lower first
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """What `find_duplicates` found. Positions count from zero in the sequence given."""

    groups: tuple[tuple[int, ...], ...]  # two or more records of one report each; safe to merge without asking
    unsure: tuple[UnsurePair, ...]  # one pair for any two groups or single records
    seconds: float


class Agreement(StrEnum):
    """How one attribute of two records compares."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"  # at least one of the two does not say


YES, NO, UNKNOWN = Agreement.YES, Agreement.NO, Agreement.UNKNOWN


class Titles(StrEnum):
    """How two titles compare, best first."""

    EQUAL = "equal"  # but for case, punctuation, accents and remarks in brackets
    NEAR = "near"  # but for slips of the pen
    PART = "part"  # one is the beginning or the end of the other: a lost subtitle, an added translation
    ALIKE = "alike"  # could be one title, or two of a series
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two records have in common."""

    titles: Titles
    long_title: bool  # five words or more: "Editorial" or "Reply" says little
    supplement: bool  # one is in a supplement (of meeting abstracts, perhaps), and the other does not say so
    abstract_mark: bool  # one title says that it is a meeting's abstract, and the other does not
    numbers: bool  # the same figures, parts, phases in both titles
    kind: bool  # both articles, or both errata, replies, ...
    linked: bool  # one says that it comments on, corrects or updates the other
    pmid: Agreement
    doi: Agreement
    first_author: Agreement
    authors: Agreement  # most of the shorter list is in the longer
    year: Agreement
    years_apart: int
    journal: Agreement
    volume: Agreement
    issue: Agreement
    page: Agreement
    last_page: Agreement
    abstract: Agreement

    @property
    def place(self) -> Agreement:
        """Where it was published: YES where two marks of place agree and none contradicts."""
        marks = (self.journal, self.volume, self.page)
        if marks.count(YES) >= 2 and NO not in (self.volume, self.page):
            return YES
        if self.page is YES and self.journal is YES:
            return YES  # a volume given as "65 Suppl. 2" here and "2" there
        if marks.count(NO) >= 2 or (self.page is NO and self.journal is not YES):
            return NO
        return UNKNOWN

    @property
    def maybe_update(self) -> bool:
        """Another year, and no volume that says it is one printing: updates of reviews keep their title and number."""
        return self.years_apart > 0 and self.volume is not YES


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The first rule that applies decides."""

    name: str  # as a reviewer reads it
    verdict: Verdict
    applies: Callable[[Comparison], bool]


SAME, UNSURE, DIFFERENT = Verdict.SAME, Verdict.UNSURE, Verdict.DIFFERENT
_GOOD = (Titles.EQUAL, Titles.NEAR)

RULES: tuple[Rule, ...] = (
    Rule(name="one is linked to the other as another publication", verdict=DIFFERENT, applies=lambda c: c.linked),
    Rule(
        name="same identifier, but one is a correction, notice, comment, reply or protocol",
        verdict=UNSURE,
        applies=lambda c: not c.kind and YES in (c.doi, c.pmid),
    ),
    Rule(name="an article and its correction, notice, comment, reply or protocol", verdict=DIFFERENT,
         applies=lambda c: not c.kind),
    Rule(
        name="same PMID, but the titles differ",
        verdict=UNSURE,
        applies=lambda c: c.pmid is YES and (c.titles not in (*_GOOD, Titles.PART) or not c.numbers),
    ),
    Rule(name="same PMID and title", verdict=SAME, applies=lambda c: c.pmid is YES),
    Rule(
        name="same DOI, but the titles differ",
        verdict=UNSURE,
        applies=lambda c: (
            c.doi is YES
            and not (c.numbers and (c.titles in _GOOD or (c.titles is Titles.PART and c.page is YES)))
        ),
    ),
    Rule(
        name="same DOI and title",
        verdict=SAME,
        applies=lambda c: (
            c.doi is YES and c.pmid is not NO and c.year is not NO and not c.abstract_mark and not c.maybe_update
            and (c.place is YES or (_people(c) and (c.page is YES or (c.page is UNKNOWN and c.place is UNKNOWN)
                                                    or (c.place is UNKNOWN and c.titles is Titles.EQUAL))))
        ),
    ),
    Rule(name="same DOI, but other details differ", verdict=UNSURE, applies=lambda c: c.doi is YES),
    Rule(
        name="different titles by the same people on the same pages of the same journal",
        verdict=UNSURE,
        applies=lambda c: c.titles is Titles.OTHER and _same_pages(c) and c.first_author is YES and c.pmid is not NO,
    ),
    Rule(name="the titles differ", verdict=DIFFERENT, applies=lambda c: c.titles is Titles.OTHER),
    Rule(
        name="titles that differ in a number, in the same place",
        verdict=UNSURE,
        applies=lambda c: not c.numbers and c.place is YES and c.page is YES and _people(c) and c.pmid is not NO,
    ),
    Rule(name="titles that differ in a number, part or phase", verdict=DIFFERENT, applies=lambda c: not c.numbers),
    Rule(
        name="everything agrees but the PMID",
        verdict=UNSURE,
        applies=lambda c: c.pmid is NO and c.titles in _GOOD and c.place is YES and _people(c),
    ),
    Rule(name="different PMIDs", verdict=DIFFERENT, applies=lambda c: c.pmid is NO),
    Rule(
        name="same title, people, journal, volume and page",
        verdict=SAME,
        applies=lambda c: (
            c.titles in _GOOD and c.place is YES and c.page is YES and c.year is not NO and _people(c)
            and c.doi is not NO and (c.long_title or c.first_author is YES) and not c.maybe_update
        ),
    ),
    Rule(
        name="same title, people, journal and volume; the pages can not be compared",
        verdict=SAME,
        applies=lambda c: (
            c.titles in _GOOD and c.place is YES and c.year is not NO and not c.abstract_mark
            and NO not in (c.doi, c.abstract, c.first_author)
            and (c.abstract is YES or (c.long_title and c.first_author is YES
                     and (c.last_page is YES or (not c.supplement and c.issue is not NO))))
        ),
    ),
    Rule(
        name="one title is part of the other; same people and pages",
        verdict=SAME,
        applies=lambda c: (
            c.titles is Titles.PART and _same_pages(c) and c.first_author is YES and c.year is YES
            and NO not in (c.doi, c.abstract) and not c.abstract_mark
        ),
    ),
    Rule(
        name="same title, people, year and journal, with no volume or page to compare",
        verdict=SAME,
        applies=lambda c: (
            c.titles is Titles.EQUAL and c.long_title and c.first_author is YES and c.years_apart == 0
            and c.year is YES and c.journal is YES and not c.abstract_mark
            and NO not in (c.volume, c.issue, c.page, c.doi, c.abstract) and not c.supplement
        ),
    ),
    Rule(
        name="same title, people and abstract",
        verdict=SAME,
        applies=lambda c: (
            c.titles in _GOOD and c.long_title and c.abstract is YES and c.first_author is YES and c.year is YES
            and not c.maybe_update and NO not in (c.journal, c.volume, c.page, c.doi) and not c.abstract_mark
        ),
    ),
    Rule(
        name="same title and place, but other details differ",
        verdict=UNSURE,
        applies=lambda c: c.titles in (*_GOOD, Titles.PART) and c.place is YES,
    ),
    Rule(
        name="similar title in the same place",
        verdict=UNSURE,
        applies=lambda c: c.titles is Titles.ALIKE and c.place is YES and c.page is YES and _people(c),
    ),
    Rule(name="similar titles of different papers", verdict=DIFFERENT,
         applies=lambda c: c.titles is Titles.ALIKE),
    Rule(name="same title in another journal, volume or page", verdict=DIFFERENT, applies=lambda c: c.place is NO),
    Rule(name="same title, but different people", verdict=DIFFERENT, applies=lambda c: not _people(c)),
    Rule(
        name="same title and people, too little else to compare",
        verdict=UNSURE,
        applies=lambda c: (
            c.year is not NO
            and (c.long_title or (c.journal is YES and c.first_author is YES and NO not in (c.volume, c.page)))
        ),
    ),
    Rule(name="little but the title in common", verdict=DIFFERENT, applies=lambda _: True),
)  # fmt: skip


def _same_pages(c: Comparison) -> bool:
    """The same range of pages in the same volume: room for one paper, where a single page may hold many abstracts."""
    return c.volume is YES and c.page is YES and c.last_page is YES and c.years_apart == 0


def _people(c: Comparison) -> bool:
    """Nothing says that they are by different people."""
    return c.first_author is not NO or c.authors is YES


def judge(a: Record, b: Record) -> tuple[Verdict, str]:
    """Whether two records describe the same report, and the name of the rule that says so."""
    rule = _rule(compare(_sketch(a), _sketch(b)))
    return rule.verdict, rule.name


def _rule(comparison: Comparison) -> Rule:
    return next(rule for rule in RULES if rule.applies(comparison))


# ---------------------------------------------------------------------------------------------------------- sketches


@dataclass(frozen=True, slots=True)
class _Sketch:
    """What of a record is compared, in comparable form."""

    kind: str
    abstract_mark: bool
    title: str  # words of letters and digits, separated by one blank
    title_key: str  # the same without blanks
    numbers: str
    pmid: str | None
    doi: str | None
    linked_pmids: frozenset[str]
    first_author: frozenset[str]
    authors: frozenset[str]
    year: int | None
    journal: tuple[str, ...]  # its names, in words
    volume: str
    issue: str
    first_page: str
    last_page: str
    other_pages: frozenset[str]  # first pages of an article printed in several places: "233-8, 230-5"
    supplement: bool
    article_number: bool  # the page is an electronic article's number: "e12724", BMJ's "c1804"
    abstract: str


MAX_TITLE = 1000  # characters that are compared; no title of a report is as long
MAX_AUTHORS = 60
_MARK = re.compile(r"<[^<>]{1,20}>")
_NOT_WORD = re.compile(r"[\W_]+")
_TRANSLATE = {
    ord("ß"): "ss",
    ord("ø"): "o",
    ord("Ø"): "o",
    ord("ł"): "l",
    ord("Ł"): "l",
    ord("æ"): "ae",
    ord("œ"): "oe",
}
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "κ": "kappa", "λ": "lambda", "μ": "mu",
    "π": "pi", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "ζ": "zeta", "η": "eta",
}  # fmt: skip
_GREEK_LETTERS = str.maketrans(_GREEK)


def _words(text: str) -> str:
    """Lower case, accents off, letters and digits only, one blank between words."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_TRANSLATE)
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = text.casefold().translate(_GREEK_LETTERS)
    return _NOT_WORD.sub(" ", text).strip()


# Remarks that databases append to a title in brackets. They are not part of it.
_REMARK = re.compile(
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
_ABSTRACT_MARK = re.compile(r"\s*[\[(](?:meeting |conference )?abstract\b[^\])]*[\])]?\s*\.?\s*$", re.IGNORECASE)
_PREFIX = re.compile(r"^\s*[\[(]?(?:retracted(?:\s+article)?|reprint(?:\ of)?)\s*[:.\])]\s*", re.IGNORECASE)

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

_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_ROMAN_AFTER = re.compile(r"\b(part|phase|type|stage|grade|class|study|trial|experiment|chapter|volume) (i|v|x)\b")
_WORD_NUMBERS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "twelve": "12",
}  # fmt: skip
_DIGITS = re.compile(r"\d+")


def _with_digits(title: str) -> str:
    """Roman and written-out numbers as digits, so that "Part II" is "part 2"."""
    title = _ROMAN_AFTER.sub(lambda found: f"{found[1]} {({'i': '1', 'v': '5', 'x': '10'})[found[2]]}", title)
    return " ".join(_ROMAN.get(word, _WORD_NUMBERS.get(word, word)) for word in title.split())


def _sketch(record: Record) -> _Sketch:
    printed = _MARK.sub("", record.title[:MAX_TITLE]).replace("^", "").replace("_", "")
    printed = _PREFIX.sub("", printed)
    unmarked = _ABSTRACT_MARK.sub("", printed)
    abstract_mark, printed = unmarked != printed, unmarked
    while (shorter := _REMARK.sub("", printed)) != printed and shorter.strip():
        printed = shorter
    title = _with_digits(_words(printed))
    first_page, last_page = _pages(record.pages)
    return _Sketch(
        kind=_kind(record, title),
        abstract_mark=abstract_mark,
        title=title,
        title_key=title.replace(" ", ""),
        numbers="".join(_DIGITS.findall(title)),
        pmid=record.pmid,
        doi=record.doi,
        linked_pmids=frozenset(link.pmid for link in record.links if link.pmid and link.type != "Cites"),
        first_author=frozenset() if _nobody(record.authors) else frozenset(_names(record.authors[:1], first_only=True)),
        authors=frozenset(_names(record.authors[:MAX_AUTHORS], first_only=False)),
        year=record.year,
        journal=tuple(dict.fromkeys(filter(None, map(_words, _journal_names(record.journal[:300]))))),
        volume=_number(record.volume),
        issue=_number(record.issue),
        first_page=first_page,
        last_page=last_page,
        other_pages=frozenset(_pages(part)[0] for part in re.split(r"[,+;]", record.pages)) - {""},
        supplement=bool(_SUPPLEMENT.search(f"{record.volume} {record.issue} {record.pages}")),
        article_number=bool(_ARTICLE_NUMBER.match(record.pages.strip())),
        abstract=_words(record.abstract[:700]).replace(" ", "")[:400],
    )


def _kind(record: Record, title: str) -> str:
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


_GROUP = re.compile(
    r"\b(?:group|study|trial|trialists|investigators|collaborat\w+|consorti\w+|committee|society|association|network"
    r"|anonymous|anon|no authors? listed)\b",
    re.IGNORECASE,
)


def _nobody(authors: tuple[str, ...]) -> bool:
    """The first author is no person: a group may stand for the people of another source's entry."""
    return bool(authors) and bool(_GROUP.search(authors[0]))


_GLUED = re.compile(r"(?<=[a-z]|\.)(?=[A-Z][\w'’-]+ [A-Z])")  # "Adeli K.Lewis G. F.": a lost separator


def _names(authors: Iterable[str], *, first_only: bool) -> Iterator[str]:
    """The parts of names ("Family Given") that are more than initials."""
    for author in authors:
        people = _GLUED.split(author[:MAX_TITLE])
        for name in people[:1] if first_only else people:
            for place, part in enumerate(name.replace(",", " ").split()):
                if place == 0 or len(part) > 3 or not part.isupper():
                    yield from (word for word in _words(part).split() if len(word) > 1)


def _journal_names(journal: str) -> list[str]:
    """A journal's name and its parallel names: "Zhonghua jie he za zhi = Chinese journal of tuberculosis"."""
    return [*re.split(r"\s*(?:=|:|\[|\(|\.(?=\s))\s*", journal)[:4], journal]


def _number(text: str) -> str:
    """The first number of a volume or issue: "65 Suppl. 2" is 65, "12(3)" is 12; "2)" is half of something: unknown."""
    if text.endswith(")") and "(" not in text:
        return ""
    found = _DIGITS.search(text)
    return found.group().lstrip("0") if found else ""


_SUPPLEMENT = re.compile(r"(?i:suppl|meeting abs)|\b[SAPO]\d+|\d[SA]\b")
# Capital letters number the abstracts of meetings ("A4912", "S67"), small ones electronic articles.
_ARTICLE_NUMBER = re.compile(r"[a-z]\d{4,}$|[eE]-?\d{3,}$")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTH = re.compile(_MONTHS.replace(" ", "|"))
_NOT_PAGE = re.compile(r"^\W+|\s+")
_PAGE = re.compile(r"([a-z]*)0*(\d+)")


def _pages(pages: str) -> tuple[str, str]:
    """First and last page without leading zeros; a first page that is no number ("Suppl-87") is unknown."""
    text = _NOT_PAGE.sub("", pages.casefold().replace("–", "-"))
    if found := _MONTH.search(text):  # "01-jun" was "1-6" before a spreadsheet had it
        text = text[: found.start()] + str(_MONTHS.index(found.group()) // 4 + 1) + text[found.end() :]
    first, _, last = text.partition("-")
    found, end = _PAGE.match(first.removeprefix("pp").lstrip(".")), _PAGE.match(last)
    first = found.group(1) + found.group(2) if found else ""
    return first, end.group(2) if end else ""


# -------------------------------------------------------------------------------------------------------- comparison


def compare(a: _Sketch, b: _Sketch) -> Comparison:
    """Set out what two records have in common."""
    titles = _compare_titles(a, b)
    apart = abs(a.year - b.year) if a.year is not None and b.year is not None else 0
    return Comparison(
        titles=titles,
        long_title=min(a.title.count(" "), b.title.count(" ")) >= 4,
        supplement=a.supplement != b.supplement,
        abstract_mark=a.abstract_mark != b.abstract_mark,
        numbers=a.numbers == b.numbers,
        kind=a.kind == b.kind,
        linked=(a.pmid in b.linked_pmids or b.pmid in a.linked_pmids) and a.pmid != b.pmid,
        pmid=_equal(a.pmid, b.pmid),
        doi=_equal(a.doi, b.doi),
        first_author=_compare_names(a.first_author, b.first_author),
        authors=_compare_lists(a.authors, b.authors),
        year=UNKNOWN if a.year is None or b.year is None else (YES if apart <= 1 else NO),
        years_apart=apart,
        journal=_compare_journals(a.journal, b.journal),
        volume=_equal(a.volume, b.volume),
        issue=_equal(a.issue, b.issue),
        page=_compare_pages(a, b),
        last_page=_compare_ends(a.last_page, b.last_page),
        abstract=_compare_abstracts(a.abstract, b.abstract),
    )


def _equal(a: str | None, b: str | None) -> Agreement:
    if not a or not b:
        return UNKNOWN
    return YES if a == b else NO


def _compare_titles(a: _Sketch, b: _Sketch) -> Titles:
    if not a.title or not b.title:
        return Titles.OTHER
    if a.title_key == b.title_key:
        return Titles.EQUAL
    likeness = fuzz.ratio(a.title, b.title, score_cutoff=70)
    if likeness >= 90 and _only_slips(*sorted((a.title.split(), b.title.split()))):
        return Titles.NEAR
    shorter, longer = sorted((a.title_key, b.title_key), key=lambda key: (len(key), key))
    if len(shorter) >= 35 and (longer.startswith(shorter) or longer.endswith(shorter)):
        return Titles.PART
    return Titles.ALIKE if likeness >= 70 else Titles.OTHER


_SMALL_WORDS = frozenset(
    {"the", "a", "an", "of", "in", "on", "for", "and", "to", "by", "with", "from", "at", "s", "is", "as", "or"}
)
# Words that begin differently here mean different things, however alike they look: hypotension, hypertension.
_TELLING = (
    *("hypo", "hyper", "intra", "inter", "pre", "post", "anti", "mono", "poly", "un", "in", "non", "macro", "micro"),
    *("homo", "hetero", "sub", "supra", "super", "uni", "bi", "tri", "endo", "exo", "para", "peri"),
)


def _only_slips(left: list[str], right: list[str]) -> bool:
    """Where the two titles part, it is by small words, blanks or a misspelling."""
    for what, i, i_end, j, j_end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        ours = "".join(word for word in left[i:i_end] if word not in _SMALL_WORDS)
        theirs = "".join(word for word in right[j:j_end] if word not in _SMALL_WORDS)
        cut_off = (
            i_end == len(left)
            and j_end == len(right)
            and ours[:1]
            and (ours.startswith(theirs) or theirs.startswith(ours))
        )
        if ours != theirs and not cut_off and not _slip(ours, theirs):
            return False
    return True


def _slip(a: str, b: str) -> bool:
    """One is the other misspelt or inflected; the first two letters are rarely wrong and often decide the meaning."""
    if min(len(a), len(b)) < 4 or a[:2] != b[:2]:
        return False
    prefixes = {max((one for one in _TELLING if word.startswith(one)), key=len, default="") for word in (a, b)}
    return len(prefixes) == 1 and Levenshtein.distance(a, b, score_cutoff=2) <= max(1, min(2, len(a) // 5))


def _compare_names(a: frozenset[str], b: frozenset[str]) -> Agreement:
    if not a or not b:
        return UNKNOWN
    if a & b:
        return YES
    return YES if any(fuzz.ratio(one, other) >= 80 for one in a for other in b) else NO


def _compare_lists(a: frozenset[str], b: frozenset[str]) -> Agreement:
    if not a or not b:
        return UNKNOWN
    return YES if len(a & b) * 2 >= min(len(a), len(b)) else NO


_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _compare_pages(a: _Sketch, b: _Sketch) -> Agreement:
    first, other = a.first_page, b.first_page
    if not first or not other:
        return UNKNOWN
    if first == other or first.lstrip(_LETTERS) == other or other.lstrip(_LETTERS) == first:
        return YES  # "S67" is "67", but not "e67"
    if a.other_pages & b.other_pages:
        return YES
    if a.article_number != b.article_number:
        return UNKNOWN  # the electronic and the printed version
    if bool(a.last_page) != bool(b.last_page):  # "488" and "487-488"
        return UNKNOWN if first == b.last_page or other == a.last_page else NO
    # "125-128" and "Pt 2-8", a first page spoilt by the issue: the last pages may be one.
    return UNKNOWN if _compare_ends(a.last_page, b.last_page) is YES else NO


def _compare_ends(a: str, b: str) -> Agreement:
    """Last pages, either of which may be abbreviated: "1383-92" ends like "1383-1392"."""
    if not a or not b:
        return UNKNOWN
    return YES if a.endswith(b) or b.endswith(a) else NO


def _compare_abstracts(a: str, b: str) -> Agreement:
    if len(a) < 100 or len(b) < 100:
        return UNKNOWN
    return YES if fuzz.ratio(a, b) >= 90 else NO


def _compare_journals(a: tuple[str, ...], b: tuple[str, ...]) -> Agreement:
    if not a or not b:
        return UNKNOWN
    return YES if any(_same_journal(one, other) for one in a for other in b) else NO


_JOURNAL_SMALL = frozenset(
    {"the", "of", "and", "for", "in", "on", "a", "de", "der", "und", "et", "la", "le", "des", "fur", "y", "e"}
)


def _same_journal(a: str, b: str) -> bool:
    if a == b:
        return True
    left = [word for word in a.split() if word not in _JOURNAL_SMALL]
    right = [word for word in b.split() if word not in _JOURNAL_SMALL]
    if left == right:
        return True
    shorter, longer = sorted((left, right), key=lambda words: (sum(map(len, words)), words))
    if _abbreviates(shorter, longer):
        return True
    if len(shorter) == 1 and 2 < len(shorter[0]) <= 6 and shorter[0] == "".join(word[0] for word in longer):
        return True
    return len(shorter) > 1 and fuzz.ratio(" ".join(left), " ".join(right)) >= 90


def _abbreviates(short: list[str], long: list[str]) -> bool:
    """Each word of the abbreviation begins the word it stands for: "j clin virol", "journal clinical virology"."""
    return len(short) == len(long) > 1 and all(
        full.startswith(part) or _contracts(part, full) for part, full in zip(short, long, strict=True)
    )


def _contracts(part: str, full: str) -> bool:
    """ "natl" for "national", "intl" for "international"."""
    if len(part) < 3 or part[0] != full[0]:
        return False
    letters = iter(full)
    return all(letter in letters for letter in part)


# ------------------------------------------------------------------------------------------------------------ groups

_BLOCK = 40  # records under one key that are compared each with each; of a larger block, neighbours in order


def find_duplicates(records: Sequence[Record]) -> Duplicates:
    """Group the records that certainly describe one report, and list the pairs that perhaps do.

    Each record stands in at most one group. Deterministic: the same records in the same order give the same answer.
    """
    start = time.perf_counter()
    sketches = _without_shared_dois([_sketch(record) for record in records])
    strong: list[tuple[int, int]] = []  # pairs that share an identifier or a page
    weak: list[tuple[int, int]] = []  # pairs in which one has gaps that the other fills
    perhaps: list[tuple[int, int, str]] = []
    for i, j in sorted(_candidates(sketches)):
        comparison = compare(sketches[i], sketches[j])
        rule = _rule(comparison)
        if rule.verdict is SAME:
            (strong if YES in (comparison.page, comparison.doi, comparison.pmid) else weak).append((i, j))
        elif rule.verdict is UNSURE:
            perhaps.append((i, j, rule.name))
    groups = _Groups(sketches)
    refused = [pair for pair in strong if not groups.join(*pair)]
    ambiguous = _ambiguous(weak, groups)
    refused += [pair for pair in weak if pair in ambiguous or not groups.join(*pair)]
    perhaps += [(*pair, "agrees with this record, but also with another that differs from it") for pair in refused]
    return Duplicates(groups=groups.found(), unsure=_questions(perhaps, groups), seconds=time.perf_counter() - start)


class _Groups:
    """Records joined so far."""

    def __init__(self, sketches: Sequence[_Sketch]) -> None:
        self._sketches = sketches
        self._group: dict[int, list[int]] = {}

    def of(self, index: int) -> list[int]:
        """The group of a record; itself if it was not joined to any."""
        return self._group.get(index, [index])

    def join(self, i: int, j: int) -> bool:
        """Make one group of two, unless members of the one contradict members of the other."""
        ours, theirs = self.of(i), self.of(j)
        if ours is theirs:
            return True
        if self.contradict(ours, theirs):
            return False
        if len(ours) < len(theirs):
            ours, theirs = theirs, ours
        ours.extend(theirs)
        for index in (i, j, *theirs):
            self._group[index] = ours
        return True

    def contradict(self, ours: Sequence[int], theirs: Sequence[int]) -> bool:
        """Some member of one differs from some member of the other; of large groups, a sample is asked."""
        return any(
            _contradict(self._sketches[one], self._sketches[other])
            for one in dict.fromkeys((*ours[:10], *ours[-10:]))
            for other in dict.fromkeys((*theirs[:10], *theirs[-10:]))
        )

    def found(self) -> tuple[tuple[int, ...], ...]:
        """The groups, each in order, by their first records."""
        return tuple(sorted({tuple(sorted(group)) for group in self._group.values()}))


def _contradict(a: _Sketch, b: _Sketch) -> bool:
    """Both can not be the same report: different by rule, or in doubt with different pages, numbers or identifiers."""
    comparison = compare(a, b)
    verdict = _rule(comparison).verdict
    return verdict is DIFFERENT or (
        verdict is UNSURE
        and (NO in (comparison.page, comparison.doi, comparison.pmid) or not comparison.numbers or not comparison.kind)
    )


def _ambiguous(weak: list[tuple[int, int]], groups: _Groups) -> set[tuple[int, int]]:
    """Weak pairs of a record with gaps that fits two groups which contradict each other: either may be the one."""
    fits: dict[int, list[tuple[tuple[int, int], list[int]]]] = defaultdict(list)
    for pair in weak:
        for one, other in (pair, pair[::-1]):
            fits[min(groups.of(one))].append((pair, groups.of(other)))
    found: set[tuple[int, int]] = set()
    for fitting in fits.values():
        distinct = list({min(group): group for _, group in fitting}.values())[:20]
        if any(groups.contradict(ours, theirs) for ours, theirs in combinations(distinct, 2)):
            found.update(pair for pair, _ in fitting)
    return found


def _questions(perhaps: Iterable[tuple[int, int, str]], groups: _Groups) -> tuple[UnsurePair, ...]:
    """One pair for any two groups or single records, with every reason that came up between them."""
    pairs: dict[tuple[int, int], tuple[tuple[int, int], dict[str, None]]] = {}
    for i, j, name in sorted(perhaps):
        left, right = sorted((min(groups.of(i)), min(groups.of(j))))
        if left != right:
            pairs.setdefault((left, right), ((min(i, j), max(i, j)), {}))[1][name] = None
    return tuple(UnsurePair(pair=pair, reasons=tuple(reasons)) for _, (pair, reasons) in sorted(pairs.items()))


def _without_shared_dois(sketches: list[_Sketch]) -> list[_Sketch]:
    """Take away DOIs that three or more different titles bear: a supplement's or a book's, which tell nothing."""
    titles: dict[str, list[str]] = defaultdict(list)
    for sketch in sketches:
        if sketch.doi:
            known = titles[sketch.doi]
            if len(known) < 3 and all(fuzz.ratio(sketch.title, title) < 60 for title in known):
                known.append(sketch.title)
    return [replace(sketch, doi=None) if sketch.doi and len(titles[sketch.doi]) >= 3 else sketch for sketch in sketches]


def _candidates(sketches: Sequence[_Sketch]) -> set[tuple[int, int]]:
    """Pairs worth a comparison: those that share a key."""
    blocks: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, sketch in enumerate(sketches):
        for key in _keys(sketch):
            blocks[key].append(index)
    pairs: set[tuple[int, int]] = set()
    for block in blocks.values():
        if len(block) <= _BLOCK:
            pairs.update(combinations(block, 2))
            continue
        ordered = sorted(block, key=lambda index: _order(sketches[index]))
        for offset in range(1, 16):
            pairs.update((min(pair), max(pair)) for pair in zip(ordered, ordered[offset:], strict=False))
    return pairs


def _keys(sketch: _Sketch) -> Iterator[tuple[str, ...]]:
    if sketch.doi:
        yield "doi", sketch.doi
    if sketch.pmid:
        yield "pmid", sketch.pmid
    key = sketch.title_key
    if key:
        yield "title", key
        yield "title begins", key[:24]
        yield "title ends", key[-24:]
    year = str(sketch.year or "")
    if sketch.first_page and sketch.volume:
        yield "volume and page", sketch.volume, sketch.first_page.lstrip("es"), year
    for name in sketch.first_author:
        if sketch.first_page:
            yield "author and page", name, sketch.first_page.lstrip("es"), year
        yield "author and title", name, key[:8]


def _order(sketch: _Sketch) -> tuple[str, ...]:
    return (sketch.title_key, sketch.doi or "", sketch.volume, sketch.first_page, str(sketch.year or ""))
