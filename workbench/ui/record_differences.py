"""Two records side by side: what agrees is dimmed, what differs is marked word by word, and each row says which it is.

What counts as agreement is what the duplicate rules take for it ("Eur J Pain" and "European Journal of Pain" agree);
the marks show the letters, so that a person can judge for themselves. Words that only the left record has are in a
`del` element, words that only the right one has in an `ins` element; both differ from the rest by more than colour.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final, Literal

from markupsafe import Markup

from ingest.duplicates import Explanation, explain
from ingest.record import Record
from workbench.ui import text

State = Literal["same", "agrees", "differs", "differs throughout", "one only"]

STYLE: Final = Markup("""<style>
.wb-reasons { margin: 0; } .wb-reasons .wb-badge { white-space: normal; }
table.wb-pair { border-collapse: collapse; width: 100%; table-layout: fixed; font-size: .93rem; line-height: 1.5; }
table.wb-pair caption { text-align: left; color: #51616d; padding: 0 0 .3rem; font-size: .9rem; }
table.wb-pair col.name { width: 8.4rem; }
table.wb-pair th, table.wb-pair td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0;
  border-bottom: 1px solid #d3dbe1; overflow-wrap: anywhere; }
table.wb-pair thead th { border-bottom: 1.5px solid #8c9ba6; font-weight: 600; }
table.wb-pair tbody th { font-weight: 500; color: #51616d; font-size: .86rem; }
table.wb-pair tr.title td { font-size: 1.05rem; font-weight: 600; line-height: 1.35; }
table.wb-pair tr.abstract td { white-space: pre-line; }
table.wb-pair tr.same td { color: #51616d; font-weight: 400; }
table.wb-pair .state { font-size: .78rem; font-weight: 400; }
table.wb-pair tr.same th, table.wb-pair tr.same td { padding-top: .2rem; padding-bottom: .2rem; }
table.wb-pair .state.differs, table.wb-pair .state.differs-throughout,
table.wb-pair .state.one-only { color: #6b4500; font-weight: 600; }
table.wb-pair .none { color: #51616d; font-style: italic; font-weight: 400; font-size: .88rem; }
table.wb-pair del, table.wb-pair ins { border-radius: 2px; padding: 0 .1em; color: #1b2a36;
  text-decoration-thickness: 2px; text-underline-offset: 3px; }
table.wb-pair del { background: #fbe6c8; text-decoration: underline dotted #8a5a00 2px; }
table.wb-pair ins { background: #d9e8f5; text-decoration: underline solid #1d5c85 2px; }
table.wb-pair tr.agrees del, table.wb-pair tr.agrees ins { background: none; text-decoration-thickness: 1px; }
table.wb-pair .side { display: none; }
@media (max-width: 640px) {
  .st-key-decide { gap: .3rem !important; }
  .st-key-decide button { padding: .2rem .22rem !important; }
  table.wb-pair thead, table.wb-pair colgroup { display: none; }
  table.wb-pair, table.wb-pair caption, table.wb-pair tbody, table.wb-pair tr, table.wb-pair th,
  table.wb-pair td { display: block; width: auto; }
  table.wb-pair tr { border-bottom: 1px solid #d3dbe1; padding: .35rem 0; }
  table.wb-pair th, table.wb-pair td { border: 0; padding: .1rem 0; }
  table.wb-pair .side { display: inline-block; min-width: 1.3rem; font-weight: 600; color: #51616d; font-size: .8rem; }
}
</style>""")
"""For `side_by_side`; put on the page once."""

MOST_WORDS = 3000
"""Longer texts are shown without marks: no abstract is as long, and finding the marks takes time that grows with it."""

MOST_MATCHES = 100_000
"""The same for texts that repeat few words over and over; an abstract of 300 words comes to about 3,000."""

LONGEST = 8000
"""Characters of one value on the page: the longest real abstracts have half of that."""

FEW = 3
"""Words of a value such as a year or a page, which is marked although nothing in it agrees."""

LITTLE = 0.25
"""Share of words in common below which two texts are quite different: marking every word would tell nothing."""

ISLAND = 5
"""Letters in common between two differences that are taken for chance."""

_DEL, _INS = Markup("<del>{}</del>"), Markup("<ins>{}</ins>")
_TOKEN = re.compile(r"\w+|[<>=±%+]")
_FIELDS: tuple[tuple[str, str], ...] = (
    ("title", "Title"),
    ("original_title", "Original title"),
    ("authors", "Authors"),
    ("journal", "Journal"),
    ("year", "Year"),
    ("volume", "Volume"),
    ("issue", "Issue"),
    ("pages", "Pages"),
    ("doi", "DOI"),
    ("pmid", "PMID"),
    ("pmcid", "PMCID"),
    ("registry_ids", "Trial registration"),
    ("language", "Language"),
    ("publication_types", "Publication types"),
    ("abstract", "Abstract"),
)
_EXACT = frozenset({"year", "volume", "issue", "pages", "doi", "pmid", "pmcid", "registry_ids"})
_RULES_NAMES = {"doi": "DOI", "pmid": "PMID"}  # what `explain` calls a field, where not by its own name


def side_by_side(left: Record, right: Record, *, names: tuple[str, str] = ("A", "B")) -> Markup:
    """Both records in one table, a row for each field that either fills; `names` head the columns.

    On a narrow screen each row is a block, with the letters A and B before the two values.
    """
    explanation = explain(left, right)
    rows = [
        _row(field, label, _shown(left, field), _shown(right, field), _rules_word(explanation, field))
        for field, label in _FIELDS
        if _shown(left, field) or _shown(right, field)
    ]
    rows[1:1] = _kinds(explanation)
    head = text.join(
        Markup('<th scope="col">{}. {} {}</th>').format(letter, name, _marks(record))
        for letter, name, record in zip("AB", names, (left, right), strict=True)
    )
    return Markup(
        '<table class="wb-pair"><caption>Field by field. Marked: words that only one of the two has.</caption>'
        '<colgroup><col class="name"><col><col></colgroup>'
        '<thead><tr><th scope="col">Field</th>{}</tr></thead><tbody>{}</tbody></table>'
    ).format(head, text.join(rows))


def word_marks(left: str, right: str) -> tuple[Markup, Markup]:
    """Both texts with the words marked that the other does not have; case, accents and punctuation do not count.

    Long texts, and running texts that have little in common, come back without marks.
    """
    ours, theirs = list(_TOKEN.finditer(left)), list(_TOKEN.finditer(right))
    our_words, their_words = (tuple(_folded(word.group()) for word in side) for side in (ours, theirs))
    if not _is_quick(our_words, their_words):
        return text.safe(left), text.safe(right)
    steps = _steps(our_words, their_words)
    if min(len(ours), len(theirs)) > FEW and _common(len(ours), len(theirs), steps) < LITTLE:
        return text.safe(left), text.safe(right)
    only_left = [_span(ours, i, i_end) for i, i_end, _, _ in steps if i_end > i]
    only_right = [_span(theirs, j, j_end) for _, _, j, j_end in steps if j_end > j]
    return _marked(left, only_left, _DEL), _marked(right, only_right, _INS)


def _is_quick(ours: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether the marks are found at once: work grows with how often the same words stand on both sides."""
    if max(len(ours), len(theirs)) > MOST_WORDS:
        return False
    counted = Counter(theirs)
    return sum(count * counted[word] for word, count in Counter(ours).items()) <= MOST_MATCHES


@lru_cache(maxsize=64)
def _steps(ours: tuple[str, ...], theirs: tuple[str, ...]) -> Sequence[tuple[int, int, int, int]]:
    """Where the two differ: (from, to) on the left, (from, to) on the right.

    A small word or a full stop that both have between two differences is taken in: it is chance, and islands of single
    words make the rest hard to read.
    """
    found: list[tuple[int, int, int, int]] = []
    equal = 0  # letters of what both have since the last difference
    for what, i, i_end, j, j_end in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if what == "equal":
            equal = sum(map(len, ours[i:i_end]))
        elif found and equal <= ISLAND and not _one_sided(found[-1], (i, i_end, j, j_end)):
            found[-1] = (found[-1][0], i_end, found[-1][2], j_end)
        else:
            found.append((i, i_end, j, j_end))
    return found


def _common(ours: int, theirs: int, steps: Sequence[tuple[int, int, int, int]]) -> float:
    """The share of the words that stand in both texts."""
    apart = sum(i_end - i + j_end - j for i, i_end, j, j_end in steps)
    return 1 - apart / (ours + theirs) if ours + theirs else 1.0


def _one_sided(before: tuple[int, int, int, int], after: tuple[int, int, int, int]) -> bool:
    """Both are words that the same side alone has: what stands between them is no chance."""
    only_left = all(j == j_end for _, _, j, j_end in (before, after))
    only_right = all(i == i_end for i, i_end, _, _ in (before, after))
    return only_left or only_right


def _span(words: list[re.Match[str]], start: int, end: int) -> tuple[int, int]:
    return words[start].start(), words[end - 1].end()


def _marked(whole: str, spans: Iterable[tuple[int, int]], mark: Markup) -> Markup:
    pieces: list[Markup] = []
    at = 0
    for start, end in spans:
        pieces += [text.safe(whole[at:start]), mark.format(text.safe(whole[start:end]))]
        at = end
    return text.join([*pieces, text.safe(whole[at:])])


def _folded(word: str) -> str:
    if word.isascii():
        return word.casefold()
    plain = unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def _alike(value: str) -> str:
    """The value without what does not count as a difference on the page."""
    return " ".join(_folded(word) for word in _TOKEN.findall(value))


def _shown(record: Record, field: str) -> str:
    value = getattr(record, field)
    if isinstance(value, tuple):
        value = "; ".join(value)
    shown = "" if value is None else str(value)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]} … (the rest is not shown here)"


def _rules_word(explanation: Explanation, field: str) -> str:
    wanted = _RULES_NAMES.get(field, field)
    return next((word for name, word, _, _ in explanation.agreements if name == wanted), "")


def _state(field: str, ours: str, theirs: str, rules: str) -> State:
    if not ours or not theirs:
        return "one only"
    if ours == theirs or (field not in _EXACT and _alike(ours) == _alike(theirs)):
        return "same"
    return "agrees" if rules == "agree" else "differs"


def _row(field: str, label: str, ours: str, theirs: str, rules: str) -> Markup:
    state = _state(field, ours, theirs, rules)
    if state == "same":
        cells = Markup('<td colspan="2">{}</td>').format(text.safe(ours))
    else:
        left, right = word_marks(ours, theirs) if state != "one only" else (text.safe(ours), text.safe(theirs))
        if state == "differs" and "<del>" not in left and "<ins>" not in right:
            if field in _EXACT:
                left, right = _DEL.format(ours), _INS.format(theirs)
            else:
                state = "differs throughout"
        absent = Markup('<span class="none">not given</span>')
        cells = text.join(
            Markup('<td><span class="side">{}</span>{}</td>').format(letter, value or absent)
            for letter, value in (("A", left), ("B", right))
        )
    kind = state.replace(" ", "-")
    name = Markup('<th scope="row">{} <span class="state {}">{}</span></th>').format(label, kind, state)
    return Markup('<tr class="{} {}">{}{}</tr>').format(field, kind, name, cells)


def _kinds(explanation: Explanation) -> list[Markup]:
    """A row for what the two are (article, correction, reply ...), where the rules see a difference."""
    for name, word, ours, theirs in explanation.agreements:
        if name == "kind of report" and word == "differ":
            return [_row("kind", "Kind of report", ours or "article", theirs or "article", word)]
    return []


def _marks(record: Record) -> Markup:
    marks = [text.badge("Retracted", "error")] if record.retracted else []
    if record.retraction_notice:
        marks.append(text.badge("Notice of a retraction", "warning"))
    links = text.record_links(record)
    return text.join([*marks, Markup('<span class="wb-quiet">{}</span>').format(links) if links else ""], " ")
