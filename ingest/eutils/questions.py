"""What the client takes PubMed to be, one question a fact: documented by NCBI or measured by others, never by us.

Each question is asked at the ordinary pace and stores nothing. Going over the rate on purpose is not among them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from ingest.eutils.answers import NotReadable, Scan, one_line, scan
from ingest.eutils.elements import unfamiliar
from ingest.eutils.linking import SIMILAR
from ingest.eutils.pubmed import PubMed
from ingest.eutils.query import TAGS
from ingest.eutils.transport import CAP, Seen, Transport

RETRACTED, NOTICE, UNKNOWN = "16354850", "18842931", "99999999"
NONSENSE = "zzqxvkjwpq"  # a word of no language
DUMMY_KEY = "0123456789abcdef0123456789abcdef0000"
_SHOWN = 160  # characters of an answer that are printed
_NARROW = "rTMS[tiab]"
_STRATEGY = (
    '("Transcranial Magnetic Stimulation"[mh] OR rTMS[tiab]) AND ("Fibromyalgia"[mh] OR fibromyalg*[tiab]) '
    'AND ("2010/01/01"[crdt] : "2012/12/31"[crdt])'
)


class NotAnswered(Exception):
    """Nothing came back that could be judged."""


class Different(Exception):
    """An answer came, and is not what was expected; the message says what it is."""


class Questions:
    """Asks for facts through a transport; each public method gives what it saw, or raises Different or NotAnswered.

    broad: a search that finds more records than PubMed lists; cap: how many it lists.
    """

    def __init__(self, transport: Transport, *, broad: str = "pain[tiab]", cap: int = CAP) -> None:
        self.transport = transport
        self.broad = broad
        self.cap = cap
        self._set: tuple[str, str] | None = None  # web environment and query key of the broad search

    # asking

    def _ask(self, utility: str, *, post: bool = False, key: str | None = None, **parameters: str) -> Seen:
        return self._ask_pairs(utility, list(parameters.items()), post=post, key=key)

    def _ask_pairs(
        self, utility: str, parameters: Sequence[tuple[str, str]], *, post: bool = False, key: str | None = None
    ) -> Seen:
        seen = self.transport.look(utility, parameters, post=post, api_key=key)
        if seen.status is None:
            raise NotAnswered(seen.fault)
        if seen.status == 429 or seen.status >= 500:
            raise NotAnswered(f"status {seen.status}: {_short(seen)}")
        return seen

    def _search(self, term: str, **parameters: str) -> tuple[Seen, Element]:
        asked = {"db": "pubmed", "term": term, "retmax": "0"} | parameters
        seen = self._ask_pairs("esearch", list(asked.items()))
        return seen, _tree(seen, "eSearchResult")

    def _count(self, term: str, **parameters: str) -> int:
        return _number(self._search(term, **parameters)[1])

    # facts

    def limits_are_told(self) -> str:
        seen = self._ask("einfo", db="pubmed", version="2.0")
        limit = seen.headers.get("x-ratelimit-limit")
        return _as_documented(limit in ("3", "10"), f"X-RateLimit-Limit: {limit}")

    def fields(self) -> str:
        names = [e.text or "" for e in _tree(self._ask("einfo", db="pubmed"), "eInfoResult").iter("FullName")]
        new = sorted(name for name in names if name.lower() not in TAGS)
        wanted = {"Date - Create", "Date - Modification", "Date - MeSH", "Title/Abstract", "MeSH Terms"}
        lacking = sorted(wanted - set(names))
        return _as_documented(
            not new and not lacking, f"{len(names)} fields; new: {new or 'none'}; lacking: {lacking or 'none'}"
        )

    def compression(self) -> str:
        seen = self._ask("esearch", db="pubmed", term=_NARROW, retmax="1000")
        encoding = seen.headers.get("content-encoding", "none")
        hits = _number(_tree(seen, "eSearchResult"))
        return _as_documented(encoding in ("gzip", "none"), f"Content-Encoding: {encoding}; {hits} hits")

    def default_order(self) -> str:
        _, answer = self._search(_NARROW, retmax="50")
        pmids = [int(text) for e in answer.iterfind("IdList/Id") if (text := e.text or "").isdecimal()]
        falling = sum(a > b for a, b in pairwise(pmids))
        return _as_documented(falling * 10 >= (len(pmids) - 1) * 7, f"{falling} of {len(pmids) - 1} steps go down")

    def clamp(self) -> str:
        _, answer = self._search(self.broad, retmax="20000", usehistory="y", sort="pub_date")
        self._set = (answer.findtext("WebEnv") or "", answer.findtext("QueryKey") or "")
        listed, messages = len(answer.findall("IdList/Id")), _all(answer, "OutputMessage")
        said = any("Restrictions achieved" in message for message in messages)
        return _as_documented(
            listed == self.cap and answer.findtext("RetMax") == str(self.cap) and said and _number(answer) > self.cap,
            f"{listed} listed of {answer.findtext('Count')}, RetMax {answer.findtext('RetMax')}: {'; '.join(messages)}",
        )

    def environment(self) -> str:
        name = self._history()[0]
        return _as_documented(bool(re.fullmatch(r"MCID_[0-9a-f]{24}", name)), f"WebEnv {name[:5]}... of {len(name)}")

    def last_page(self) -> str:
        _, answer = self._search(self.broad, retstart=str(self.cap - 1), retmax="10", sort="pub_date")
        return _as_documented(len(answer.findall("IdList/Id")) == 1, f"{len(answer.findall('IdList/Id'))} listed")

    def beyond_cap(self) -> str:
        seen, answer = self._search(self.broad, retstart=str(self.cap), retmax="10")
        return _as_documented(
            seen.status == 200 and f"cannot be larger than {self.cap - 1}" in (answer.findtext("ERROR") or ""),
            f"status {seen.status}: {answer.findtext('ERROR')}",
        )

    def beyond_cap_json(self) -> str:
        seen = self._ask("esearch", db="pubmed", term=self.broad, retstart=str(self.cap), retmode="json")
        if f"cannot be larger than {self.cap - 1}".encode() not in seen.body:
            raise Different(f"status {seen.status}: {_short(seen)}")
        try:
            json.loads(seen.body)
        except ValueError:
            return "the JSON is not valid"
        raise Different(f"the JSON is valid: {_short(seen)}")

    def fetch_beyond_cap(self) -> str:
        environment, key = self._history()
        seen = self._ask("efetch", db="pubmed", WebEnv=environment, query_key=key, retstart=str(self.cap), retmax="3",
                         retmode="xml")  # fmt: skip
        return _as_documented(
            seen.status == 400 and b"cannot be larger than" in seen.body, f"status {seen.status}: {_short(seen)}"
        )

    def fetch_across_cap(self) -> str:
        environment, key = self._history()
        seen = self._ask("efetch", db="pubmed", WebEnv=environment, query_key=key, retstart=str(self.cap - 2),
                         retmax="5", retmode="xml")  # fmt: skip
        entries = _scan(seen).entries
        return _as_documented(seen.status == 200 and entries == 2, f"status {seen.status}, {entries} records of 5")

    def _history(self) -> tuple[str, str]:
        if self._set is None:
            raise NotAnswered("the search that this asks about was not answered")
        return self._set

    def create_date_as_datetype(self) -> str:
        asked = self._count(_NARROW, datetype="crdt", mindate="2015/01/01", maxdate="2015/12/31")
        in_term = self._count(f'{_NARROW} AND ("2015/01/01"[crdt] : "2015/12/31"[crdt])')
        return _as_documented(asked == in_term, f"datetype=crdt: {asked} hits, [crdt] in the term: {in_term}")

    def count_without_diagnosis(self) -> str:
        _, answer = self._search(f"{_NARROW} OR {NONSENSE}[tiab]", rettype="count")
        names = [child.tag for child in answer]
        return _as_documented(names == ["Count"], ", ".join(names))

    def unknown_word(self) -> str:
        _, answer = self._search(f"{_NARROW} OR {NONSENSE}[tiab]")
        found = _all(answer, "PhraseNotFound")
        return _as_documented(
            any(NONSENSE in text for text in found) and _number(answer) > 0,
            f"PhraseNotFound {found}, {answer.findtext('Count')} hits",
        )

    def unknown_phrase(self) -> str:
        _, answer = self._search(f'{_NARROW} OR "{NONSENSE} battery"[tiab]')
        found = _all(answer, "QuotedPhraseNotFound")
        return _as_documented(
            any(NONSENSE in text for text in found) and _number(answer) > 0,
            f"QuotedPhraseNotFound {found}, {answer.findtext('Count')} hits",
        )

    def stop_word(self) -> str:
        _, answer = self._search("the[tiab]")
        found = _all(answer, "PhraseNotFound")
        return _as_documented(
            _number(answer) == 0 and bool(found), f"{answer.findtext('Count')} hits, PhraseNotFound {found}"
        )

    def unknown_tag(self) -> str:
        return self._dropped("rTMS[foo]")

    def tag_on_group(self) -> str:
        return self._dropped("(rTMS OR iTBS)[tiab]")

    def proximity_on_headings(self) -> str:
        return self._dropped('"Pain"[mh:~3]')

    def _dropped(self, term: str) -> str:
        _, answer = self._search(term)
        remarks = [
            text for name in ("PhraseNotFound", "FieldNotFound", "QuotedPhraseNotFound") for text in _all(answer, name)
        ]
        said = f"{answer.findtext('Count')} hits, remarks {remarks or 'none'}"
        return _as_documented(_number(answer) > 0 and not remarks and answer.find("ERROR") is None, said)

    def typographic_asterisk(self) -> str:
        right, wrong = self._count("neuralg*[tiab]"), self._count("neuralg∗[tiab]")
        return _as_documented(wrong < right, f"{right} hits with *, {wrong} with the typographic one")

    def ampersand(self) -> str:
        count = self._count('"Journal of pain &amp; symptom management"[ta]')
        return _as_documented(count == 0, f"{count} hits")

    def unbalanced(self) -> str:
        seen, answer = self._search(f"(({_NARROW}")
        said = answer.findtext("ERROR") or ""
        return _as_documented(
            seen.status == 200 and said.startswith("Search Backend failed"), f"status {seen.status}: {said}"
        )

    def nothing(self) -> str:
        _, answer = self._search("1804[dp] AND rTMS[tiab]")
        return _as_documented(
            _number(answer) == 0 and answer.find("ErrorList") is None and answer.find("ERROR") is None,
            f"{answer.findtext('Count')} hits; {'; '.join(child.tag for child in answer)}",
        )

    def unknown_database(self) -> str:
        seen = self._ask("esearch", db="fleegle", term="x")
        return _as_documented(
            b"Invalid db name specified: fleegle" in seen.body, f"status {seen.status}: {_short(seen)}"
        )

    def order_and_omission(self) -> str:
        asked = (NOTICE, UNKNOWN, RETRACTED, NOTICE)
        seen = self._ask("efetch", db="pubmed", id=",".join(asked), retmode="xml")
        return _as_documented(_scan(seen).pmids == (NOTICE, RETRACTED), f"sent {', '.join(_scan(seen).pmids)}")

    def document_type(self) -> str:
        seen = self._ask("efetch", db="pubmed", id=RETRACTED, retmode="xml")
        found = re.search(rb"<!DOCTYPE[^>]*?([\w.-]+\.dtd)", seen.body)
        new = unfamiliar(_scan(seen).tags)
        name = found[1].decode("ascii") if found else "none"
        return _as_documented(
            name == "pubmed_250101.dtd" and not new, f"{name}; elements not known here: {', '.join(new) or 'none'}"
        )

    def retraction(self) -> str:
        answer = _tree(self._ask("efetch", db="pubmed", id=RETRACTED, retmode="xml"), "PubmedArticleSet")
        links = answer.iterfind(".//CommentsCorrections[@RefType='RetractionIn']/PMID")
        notices = [link.text for link in links]
        retracted = answer.find(".//PublicationType[@UI='D016441']") is not None
        return _as_documented(
            notices == [NOTICE] and retracted, f"RetractionIn {notices}, type D016441: {'yes' if retracted else 'no'}"
        )

    def unknown_record(self) -> str:
        seen = self._ask("efetch", db="pubmed", id=UNKNOWN, retmode="xml")
        answer = _tree(seen, "PubmedArticleSet")
        return _as_documented(
            seen.status == 200 and len(answer) == 0,
            f"status {seen.status}, {len(answer)} records, {len(seen.body)} bytes",
        )

    def no_usable_id(self) -> str:
        seen = self._ask("efetch", db="pubmed", id="0", retmode="xml")
        return _as_documented(
            seen.status == 400 and b"ID list is empty" in seen.body, f"status {seen.status}: {_short(seen)}"
        )

    def fetch_json(self) -> str:
        seen = self._ask("efetch", db="pubmed", id=RETRACTED, retmode="json")
        return _as_documented(seen.body.split() == [RETRACTED.encode()], _short(seen))

    def fetch_medline(self) -> str:
        seen = self._ask("efetch", db="pubmed", id=RETRACTED, rettype="medline", retmode="text")
        return _as_documented(seen.body.lstrip().startswith(b"PMID- " + RETRACTED.encode()), _short(seen))

    def unknown_summary(self) -> str:
        seen = self._ask("esummary", db="pubmed", id=f"{RETRACTED},{UNKNOWN}", version="2.0")
        return _as_documented(
            _scan(seen).missing_summaries == (UNKNOWN,) and _scan(seen).summaries == (RETRACTED,),
            f"status {seen.status}, missing {_scan(seen).missing_summaries}, there {_scan(seen).summaries}",
        )

    def many_summaries(self) -> str:
        ids = ",".join(str(int(RETRACTED) + n) for n in range(501))
        seen = self._ask("esummary", post=True, db="pubmed", id=ids, retmode="json")
        return _as_documented(b"Too many UIDs in request" in seen.body, f"status {seen.status}: {_short(seen)}")

    def history_gone(self) -> str:
        seen = self._ask("efetch", db="pubmed", WebEnv=f"MCID_{'0' * 24}", query_key="1", retmode="xml")
        return _as_documented(b"Unable to obtain query" in seen.body, f"status {seen.status}: {_short(seen)}")

    def past_the_end(self) -> str:
        posted = _tree(self._ask("epost", post=True, db="pubmed", id=RETRACTED), "ePostResult")
        seen = self._ask("efetch", db="pubmed", WebEnv=posted.findtext("WebEnv") or "", retstart="5", retmode="xml",
                         query_key=posted.findtext("QueryKey") or "")  # fmt: skip
        return _as_documented(
            seen.status == 400 and b"OUT OF RANGE" in seen.body, f"status {seen.status}: {_short(seen)}"
        )

    def links_apart(self) -> str:
        pairs = [("dbfrom", "pubmed"), ("db", "pubmed"), ("cmd", "neighbor"), ("linkname", SIMILAR)]
        seen = self._ask_pairs("elink", [*pairs, ("id", RETRACTED), ("id", UNKNOWN)])
        sets = _tree(seen, "eLinkResult").findall("LinkSet")
        about = [[e.text for e in one.iterfind("IdList/Id")] for one in sets]
        linked = [one.find("LinkSetDb") is not None for one in sets]
        return _as_documented(
            about == [[RETRACTED], [UNKNOWN]] and linked[1:] == [False], f"sets about {about}, with links: {linked}"
        )

    def bad_key(self) -> str:
        seen = self._ask("esearch", db="pubmed", term=_NARROW, retmax="0", key=DUMMY_KEY)
        return _as_documented(
            seen.status == 400 and b"API key invalid" in seen.body, f"status {seen.status}: {_short(seen)}"
        )

    def strategy_end_to_end(self) -> str:
        pubmed = PubMed(self.transport)
        answer = pubmed.search(_STRATEGY)
        returned = sum(len(batch.returned) for batch in pubmed.fetch(answer.pmids[:5]))
        return _as_documented(
            returned == min(5, answer.count) > 0 and bool(answer.translation),
            f"{answer.count} listed, {returned} of 5 fetched, translation of {len(answer.translation)} characters",
        )


FACTS: Mapping[str, Callable[[Questions], str]] = {
    "every answer names the rate limit": Questions.limits_are_told,
    "the search fields are those known here": Questions.fields,
    "answers are compressed with gzip, or not at all": Questions.compression,
    "without `sort`, the newest records come first": Questions.default_order,
    "a search lists its first 9,999 records, and says so": Questions.clamp,
    "a web environment is MCID_ and 24 hexadecimal digits": Questions.environment,
    "the last record within the cap can be listed": Questions.last_page,
    "a page beyond the cap is an error with status 200": Questions.beyond_cap,
    "the same error as JSON is not valid JSON": Questions.beyond_cap_json,
    "efetch beyond the cap over a history set is a 400": Questions.fetch_beyond_cap,
    "efetch across the cap over a history set is cut short in silence": Questions.fetch_across_cap,
    "datetype=crdt means the create date": Questions.create_date_as_datetype,
    "rettype=count brings no diagnosis": Questions.count_without_diagnosis,
    "an unknown word is named, and the rest searched": Questions.unknown_word,
    "an unknown phrase is named, and the rest searched": Questions.unknown_phrase,
    "a stop word finds nothing and is named": Questions.stop_word,
    "an unknown tag is dropped in silence": Questions.unknown_tag,
    "a tag on a group is dropped in silence": Questions.tag_on_group,
    "proximity on headings is dropped in silence": Questions.proximity_on_headings,
    "a typographic asterisk is no wildcard": Questions.typographic_asterisk,
    "&amp; in a journal's name finds nothing": Questions.ampersand,
    "unbalanced parentheses are an error with status 200": Questions.unbalanced,
    "finding nothing is no error": Questions.nothing,
    "an unknown database is named": Questions.unknown_database,
    "records come in the order asked for, once each, unknown ones left out": Questions.order_and_omission,
    "records come with the document type known here": Questions.document_type,
    "a retracted record says so in type and link": Questions.retraction,
    "an unknown record is an empty set": Questions.unknown_record,
    "a request without a usable number is a 400": Questions.no_usable_id,
    "efetch as JSON is a bare list of numbers": Questions.fetch_json,
    "efetch as MEDLINE begins with the number": Questions.fetch_medline,
    "esummary says that it has no summary of an unknown record": Questions.unknown_summary,
    "esummary as JSON takes 500 numbers at most": Questions.many_summaries,
    "a set that is gone is named": Questions.history_gone,
    "a page past the end of a set is a 400": Questions.past_the_end,
    "elink answers each record apart, an unknown one without links": Questions.links_apart,
    "a bad key is a 400": Questions.bad_key,
    "a strategy runs from search to records": Questions.strategy_end_to_end,
}


def _as_documented(holds: bool, seen: str) -> str:
    if not holds:
        raise Different(seen)
    return seen


def _tree(seen: Seen, root: str) -> Element:
    _scan(seen)  # refuses entities and whatever is not one whole document
    document = ElementTree.fromstring(seen.body)  # noqa: S314 - scanned just before
    if document.tag != root:
        raise Different(f"a {document.tag} document came (status {seen.status}): {_short(seen)}")
    return document


def _scan(seen: Seen) -> Scan:
    try:
        return scan(seen.body)
    except NotReadable:
        raise Different(f"no XML came (status {seen.status}): {_short(seen)}") from None


def _number(answer: Element) -> int:
    text = answer.findtext("Count") or ""
    if not (text.isascii() and text.isdigit()):
        raise Different(f"no count came: {answer.findtext('ERROR')}")
    return int(text)


def _all(answer: Element, name: str) -> list[str]:
    return [element.text or "" for element in answer.iter(name)]


def _short(seen: Seen) -> str:
    text = one_line(seen.body.decode("utf-8", "replace"))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
