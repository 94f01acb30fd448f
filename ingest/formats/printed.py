"""What tagged exports print in a field: names, dates, pages, abstracts and identifiers, as a Record wants them.

Each function takes the values of a field, a value being the list of its lines, and never fails.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from ingest.identifiers import normalise_doi, normalise_pmid

Values = Sequence[Sequence[str]]

# ------------------------------------------------------------------------------------------------------------- text

_BLANKS = re.compile(r"[\x00-\x20\x7f]{2,}|[\x00-\x1f\x7f]")  # not the thin and no-break spaces, which carry meaning
_ELEMENT = re.compile(
    r"<(/?)(?:(?:jats|mml):([\w-]{1,30})|(i|b|u|p|br|em|sub|sup|div|span|strong|italic|bold|underline|sec|title|ul|ol|li"
    r"|inf|h[1-6]|abstracttext))(\s[^<>]{0,300})?/?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
_LABEL_OF = re.compile(r"""\slabel\s*=\s*["']([^"']{1,100})["']""", re.IGNORECASE)
_PARAGRAPHS = frozenset({"p", "br", "div", "sec", "li", "list-item", "title", "abstracttext"})


def plain(text: str) -> str:
    """One line: runs of blanks, line ends and control characters become one space."""
    if text.isprintable() and "  " not in text:  # most texts, told ten times faster
        return text.strip(" ")
    return _BLANKS.sub(" ", text).strip(" ")


def _without_markup(text: str) -> str:
    """Without the markup that some exports leave in: super- and subscripts as "^" and "_", as PubMed's are read."""
    if "<" in text:
        text = _ELEMENT.sub(_replaced, text)
    if "&" in text and ";" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found.group()), text)
        if "<" in text:  # markup that was escaped, within markup that was not
            text = _ELEMENT.sub(_replaced, text)
    return text


def _replaced(found: re.Match[str]) -> str:
    closing, name = found.group(1), (found.group(2) or found.group(3)).lower()
    if name == "sup" and not closing:
        return "^"
    if name in ("sub", "inf") and not closing:
        return "_"
    if name == "title":
        return ": " if closing else "\n"
    if name in _PARAGRAPHS:
        label = _LABEL_OF.search(found.group(4) or "")
        return f"\n{label.group(1)}: " if label else "\n"
    return ""


def text_of(values: Values) -> str:
    """The first value that is not empty, on one line."""
    for value in values:
        if text := plain(_without_markup(" ".join(value) if len(value) > 1 else value[0])):
            return text
    return ""


def texts_of(values: Values) -> tuple[str, ...]:
    """Every value on one line, once each."""
    found = (plain(_without_markup(" ".join(value) if len(value) > 1 else value[0])) for value in values)
    return tuple(dict.fromkeys(text for text in found if text))


def items_of(values: Values, separator: str = "") -> tuple[str, ...]:
    """The items of lists: one a value or a line; also one between separators (a pattern) where that is given."""
    parts: list[str] = []
    for value in values:
        for line in value:
            parts += re.split(separator, line) if separator else (line,)
    return tuple(dict.fromkeys(text for part in parts if (text := plain(_without_markup(part)))))


# --------------------------------------------------------------------------------------------------------- abstract

_WORDS = (
    r"(?:(?=[A-Z])(?i:purposes?(?: of review)?|backgrounds?(?: (?:and|&) (?:aims?|objectives?|purpose))?|highlights"
    r"|aims?(?: and objectives?)?|(?:study )?objectives?|introduction|context|importance|rationale|hypothesis|location"
    r"|methods?(?: and (?:materials?|results?|analysis|findings))?|(?:materials?|patients) and methods?|setting"
    r"|design(?:, setting,? and participants)?|study (?:design|selection|region)|settings and design|participants"
    r"|patients|subjects|interventions?|data (?:sources?|extraction|synthesis)|exposures?"
    r"|evidence (?:review|acquisition)|search strategy"
    r"|main outcomes?(?: and| or)? measures?|outcome measures?|measurements?|(?:recent |main )?findings"
    r"|(?:main )?results?(?: and (?:discussion|conclusions?))?|discussions?|statement of (?:the )?problem|summary"
    r"|(?:main )?conclusions?(?: and (?:relevance|implications|significance))?|interpretations?|limitations?"
    r"|(?:clinical )?significance|(?:clinical )?implications?|key messages?|funding|level of evidence|keywords?"
    r"|(?:trial |clinical trial |systematic review )?registration(?: number)?))"
)
_LABEL = rf"(?:AIM|[A-Z][A-Z0-9/,&()' -]{{2,60}}[A-Z)]|{_WORDS})\s?:"
_BEGINS_LABEL = re.compile(rf"\s*{_LABEL}")
_INNER_LABEL = re.compile(rf"(?:(?<=[.!?)\]%;'\"”])|(?<=[.!?],))\s+(?={_LABEL}\s)")
_LETTERS = re.compile(r"[A-Z]{3}|[a-z]{3}")
_SENTENCE_END = re.compile(r"[.!?][)\]\"'”]?$")
_OWNED = re.compile(r"Copyright of .{1,300} is the property of ", re.DOTALL)
WRAPPED = 110  # a value whose lines are all shorter was broken to fit a page, not into paragraphs


def abstract_of(values: Values) -> str:
    """Paragraphs, separated by line ends: where the source breaks its text, and before each label of a section.

    "METHODS: ..." in the middle of a text is a label if the text begins with one, or has two. The notice of EBSCO
    about who owns the abstract is left out.
    """
    paragraphs: list[str] = []
    for value in values:
        for paragraph in _paragraphs(value):
            if paragraph and not _OWNED.match(paragraph):
                paragraphs += _sections(paragraph)
    return "\n".join(dict.fromkeys(paragraphs))


def _paragraphs(value: Sequence[str]) -> list[str]:
    if len(value) > 1:
        wrapped = len(value) > 2 and all(len(line) <= WRAPPED for line in value)
        joined = [[value[0].rstrip()]]
        for line in value[1:]:
            before = joined[-1][-1]
            parted = not line.strip() or _BEGINS_LABEL.match(line)
            if parted or (not wrapped and line.lstrip()[:1].isupper() and _SENTENCE_END.search(before[-3:])):
                joined.append([line.strip()])
            else:
                joined[-1].append(line.strip())
        text = "\n".join(" ".join(part) for part in joined)
    else:
        text = value[0]
    parts: list[str] = []
    for part in _without_markup(text).split("\n"):
        part = plain(part)
        if parts and len(parts[-1]) < 60 and parts[-1].endswith(":"):  # a heading on a line of its own
            parts[-1] = f"{parts[-1]} {part}".rstrip()
        elif part and part.lower() != "abstract:":
            parts.append(part)
    return [part for part in parts if part != ":"]


def _sections(paragraph: str) -> list[str]:
    if ":" not in paragraph:
        return [paragraph]
    places = [found.end() for found in _INNER_LABEL.finditer(paragraph)]
    if not places or (len(places) < 2 and not _BEGINS_LABEL.match(paragraph)):
        return [paragraph]
    return [paragraph[start:end].rstrip() for start, end in zip([0, *places], [*places, None], strict=True)]


# ------------------------------------------------------------------------------------------------------------ names

GROUP = re.compile(
    r"\b(?:groups?|teams?|committee|collaborat(?:ion|ive|ors?)|consortium|networks?|organi[sz]ation|investigators"
    r"|association|society|university|institut(?:e|es|ion|o)|department|ministry|centers?|centres?|council|foundation"
    r"|task ?force|working party|agency|academy|federation|alliance|initiative|programme|commission|laborator(?:y|ies)"
    r"|panel|registry|service|project|trialists|study|limited|company|corporation|gmbh|inc)\b",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"(?:[A-Z]\.?[ -]?){1,4}")
# "Smith JA, van der Berg P" lists people; "Smith, John A" is one.
_FAMILY_INITIALS = re.compile(r"\D*[^\W\d_]{2,}\D* (?:[A-Z][. -]?){1,4}(?:Jr|Sr|II|III|2nd|3rd)?\.?")
_AND = re.compile(r"\s+(?:and|&)\s+(?=[^,;]+,)")
_MANY = 5_000  # characters; a longer list is not looked through for "and"
_ROLE = re.compile(r"\s*\[(?:author|reprint|editor|inventor|e-?mail|correspond)[^\]]*\]", re.IGNORECASE)


def authors_of(values: Values) -> tuple[str, ...]:
    """People as "Family Given Suffix", groups under their whole names, in order.

    A value is one name, or several divided by semicolons or "and", or a list of families with initials. A trailing
    comma, or a word such as Group or Society, says that the name is a group's, whose commas are its own.
    """
    names: list[str] = []
    for value in values:
        for line in value:
            names += _names(plain(_without_markup(line)))
    return tuple(names)  # two of one name are two people


def _names(text: str) -> list[str]:
    if not text:
        return []
    if "[" in text:
        text = _ROLE.sub("", text)
        if text.strip("[]., ").lower() == "anonymous":
            return []
    if ";" in text or "；" in text:
        return [name for part in text.replace("；", ";").split(";") for name in _names(part.strip())]
    if "," not in text:
        return [text]
    if GROUP.search(text) and not _INITIALS.fullmatch(text.rpartition(",")[2].strip()):
        return [text.rstrip(", ").replace(",,", ",")]
    if text.endswith(",") and text.count(",") == 1:
        return [text[:-1].rstrip()]
    if len(text) < _MANY and len(people := _AND.split(text)) > 1:
        return [name for part in people for name in _names(part.strip())]
    parts = [part.strip() for part in text.split(",")]
    if len(parts) > 1 and all(len(part) < 100 and _FAMILY_INITIALS.fullmatch(part) for part in parts):
        return parts
    return [plain(" ".join(part for part in parts if part))]


# ---------------------------------------------------------------------------------------- numbers, dates and pages

_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")


def year_of(text: str) -> int | None:
    """The first year that `text` prints."""
    found = _YEAR.search(text)
    return int(found.group()) if found else None


def date_of(years: Iterable[str], dates: Iterable[str]) -> tuple[int | None, str]:
    """The year, and the date as printed, from fields for the year and fields for the date ("2008/08//", "AUG 12").

    The year is the first that a year field prints, else a date field. The date printed is the one that says most about
    that year; a date without a year gets it. Status words ("2013/02/15/received") mark other dates, used last.
    """
    first, second = [_slashless(text) for text in years if text], [_slashless(text) for text in dates if text]
    printed = [text for text in (*first, *second) if text]
    year = next((found for text in printed if (found := year_of(text)) is not None), None)
    if year is None:
        return None, printed[0] if printed else ""
    fitting = [text for text in printed if year_of(text) == year and not _STATUS.search(text)]
    fitting += [f"{year} {text}" for text in second if year_of(text) is None and _MONTH.match(text)]
    return year, max(fitting, key=len) if fitting else str(year)


_STATUS = re.compile(r"received|accepted|revised|submitted|access|ecollection", re.IGNORECASE)
_MONTH = re.compile(
    r"(?:\d{1,2}[ -])?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|spring|summer|autumn|fall|winter)",
    re.IGNORECASE,
)


def _slashless(text: str) -> str:
    return plain(text).rstrip("/ ") if "/" in text else plain(text)


_NO_PAGES = re.compile(r"no(?:[- ]*pagination)?|specified|n/?a|none|null|no[- ]+specified", re.IGNORECASE)


def pages_of(first: str, last: str, other: str = "") -> str:
    """Pages from the fields for the first and the last one; either may hold both, or nothing but words."""
    first, last = ("" if _NO_PAGES.fullmatch(text) else text for text in (first, last))
    if not first:
        return last or other
    if not last or last == first:
        return first
    if last.startswith(f"{first}-"):
        return last
    if "-" in first[1:]:
        return first
    return f"{first}-{last}"


# ------------------------------------------------------------------------------------------------------ identifiers

_PMID_MARKED = re.compile(r"(?<!\w)(?:PMID:?\s*(\d{1,9})(?!\d)|(\d{1,9})\s*\[pmid\])", re.IGNORECASE)
_PMID_ADDRESS = re.compile(r"(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/(?:entrez/)?pubmed)/(\d{1,9})(?!\d)")
_PMCID_TEXT = re.compile(r"(?<![A-Za-z])PMC(\d{3,9})(?!\d)", re.IGNORECASE)
_DOI_ADDRESS = re.compile(r"//(?:dx\.)?doi\.org/(\S+)", re.IGNORECASE)


def marked_pmid(text: str) -> str | None:
    """The PMID that `text` says is one: "23690738[pmid]", "PMID: 23690738"."""
    found = _PMID_MARKED.search(text)
    return normalise_pmid(found.group(1) or found.group(2)) if found else None


def address_pmids(texts: Iterable[str]) -> set[str]:
    """PMIDs in addresses of PubMed."""
    found = (normalise_pmid(one) for text in texts if "pubmed" in text for one in _PMID_ADDRESS.findall(text))
    return {pmid for pmid in found if pmid}


def pmcid_in(text: str) -> str | None:
    """The PubMed Central number that `text` names."""
    found = _PMCID_TEXT.search(text)
    return f"PMC{found.group(1)}" if found else None


def doi_of(text: str) -> str | None:
    """The DOI at the beginning of `text`: no field for one is long."""
    return normalise_doi(text[:1000])


def doi_address(text: str) -> str:
    """What follows a resolver's address in `text`; "" if there is none."""
    found = _DOI_ADDRESS.search(text)
    return found.group(1) if found else ""
