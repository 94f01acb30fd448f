"""What each utility of the local server answers; no HTTP here. Behaviour as documented or measured for PubMed."""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from xml.sax.saxutils import escape, quoteattr

from ingest.eutils import query as syntax
from ingest.eutils.corpus import MONTHS, Corpus, NotEvaluated, Served, normal, parse_day
from ingest.eutils.replies import Reply, article_set, document, element, error, json_reply, text_reply

_ENVIRONMENTS = 1_000  # web environments kept; the oldest goes first
_MOST_FETCHED = 10_000  # records of one efetch or esummary
_MOST_SUMMARIES_JSON = 500
_DATABASES = ("pubmed", "mesh", "pmc", "protein", "nuccore", "gene", "books")

Parameters = Mapping[str, Sequence[str]]


class Refusal(Exception):
    """A utility answers with this reply instead of data."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


@dataclass(slots=True)
class History:
    """The sets that searches and posts have left, frozen as they were; by web environment, numbered from 1."""

    environments: OrderedDict[str, list[tuple[str, ...]]] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, environment: str | None, pmids: tuple[str, ...]) -> tuple[str, int]:
        """Keep a set; gives its web environment (a new one unless it exists) and query key."""
        with self.lock:
            if environment is None or environment not in self.environments:
                environment = f"MCID_{secrets.token_hex(12)}"
                self.environments[environment] = []
                while len(self.environments) > _ENVIRONMENTS:
                    self.environments.popitem(last=False)
            sets = self.environments[environment]
            sets.append(pmids)
            return environment, len(sets)

    def get(self, environment: str | None, key: int) -> tuple[str, ...] | None:
        """A set, or None if it is gone."""
        with self.lock:
            sets = self.environments.get(environment or "", [])
            return sets[key - 1] if 1 <= key <= len(sets) else None

    def forget(self) -> None:
        """Lose every set, as NCBI does after some hours."""
        with self.lock:
            self.environments.clear()


def _first(parameters: Parameters, name: str, default: str = "") -> str:
    values = parameters.get(name, ())
    return values[0].strip() if values else default


def _number(parameters: Parameters, name: str, default: int) -> int:
    text = _first(parameters, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def _ids(parameters: Parameters) -> list[str]:
    """The usable UIDs of all `id` parameters, in order, each once, without leading zeros."""
    found = [number.strip().lstrip("0") for value in parameters.get("id", ()) for number in value.split(",")]
    return list(dict.fromkeys(number for number in found if number.isascii() and number.isdigit()))


class Service:
    """The utilities over one corpus, which may be swapped while it runs. Thread-safe.

    cap: records of one search that are listed (9,999 at PubMed). unknown: words and phrases to report as not in
    PubMed's index; what merely does not occur in the served records is not reported, as PubMed's index would hold it.
    """

    def __init__(
        self, corpus: Corpus, *, cap: int, unknown: Collection[str] = (), today: Callable[[], date] = date.today
    ) -> None:
        self.corpus = corpus
        self.history = History()
        self.cap = cap
        self.unknown = frozenset(normal(word) for word in unknown)
        self.today = today
        self._utilities: dict[str, Callable[[Parameters], Reply]] = {
            "einfo": self.einfo,
            "esearch": self.esearch,
            "epost": self.epost,
            "esummary": self.esummary,
            "efetch": self.efetch,
            "elink": self.elink,
            "espell": self.espell,
            "ecitmatch": self.ecitmatch,
        }

    @property
    def utilities(self) -> frozenset[str]:
        return frozenset(self._utilities)

    def answer(self, utility: str, parameters: Parameters) -> Reply:
        """Answer one request; parameters that the utility does not know are ignored."""
        try:
            return self._utilities[utility](parameters)
        except Refusal as refusal:
            return refusal.reply

    def _need_pubmed(self, parameters: Parameters, root: str, name: str = "db") -> None:
        database = _first(parameters, name, "pubmed") or "pubmed"
        if database != "pubmed":
            raise Refusal(error(root, f"Invalid db name specified: {database}"))

    # einfo, espell, ecitmatch

    def einfo(self, parameters: Parameters) -> Reply:
        database = _first(parameters, "db")
        if not database:
            return Reply(
                body=document(
                    "eInfoResult", f"<DbList>{''.join(element('DbName', name) for name in _DATABASES)}</DbList>"
                )
            )
        if database != "pubmed":
            return error("eInfoResult", f"Can not retrieve DbInfo for db={database}")
        extra = _first(parameters, "version") == "2.0"
        fields = "".join(self._field_info(tag, full=extra) for tag in syntax.FULL_NAME)
        head = [("DbName", "pubmed"), ("MenuName", "PubMed"), ("Description", "PubMed bibliographic record"),
                ("DbBuild", "Build-local"), ("Count", len(self.corpus)),
                ("LastUpdate", f"{self.today():%Y/%m/%d} 00:00")]  # fmt: skip
        info = "".join(element(name, text) for name, text in head)
        return Reply(
            body=document("eInfoResult", f"<DbInfo>{info}<FieldList>{fields}</FieldList><LinkList></LinkList></DbInfo>")
        )

    @staticmethod
    def _field_info(tag: str, *, full: bool) -> str:
        is_date, number = "Y" if tag in syntax.DATES else "N", "Y" if tag == "uid" else "N"
        parts = [("Name", tag.upper()), ("FullName", syntax.FULL_NAME[tag]), ("Description", syntax.FULL_NAME[tag]),
                 ("TermCount", ""), ("IsDate", is_date), ("IsNumerical", number), ("SingleToken", "N"),
                 ("Hierarchy", "N"), ("IsHidden", "N")]  # fmt: skip
        if full:
            parts += [("IsTruncatable", "Y"), ("IsRangable", is_date)]
        return f"<Field>{''.join(element(name, text) for name, text in parts)}</Field>"

    def espell(self, parameters: Parameters) -> Reply:
        self._need_pubmed(parameters, "eSpellResult")
        term = element("Query", _first(parameters, "term"))
        return Reply(
            body=document("eSpellResult", f"<Database>pubmed</Database>{term}<CorrectedQuery/><SpelledQuery/><ERROR/>")
        )

    def ecitmatch(self, parameters: Parameters) -> Reply:
        lines = []
        for citation in re.split(r"[\r\n]+", "\r".join(parameters.get("bdata", ()))):
            parts = citation.split("|")
            if len(parts) < 6:
                continue  # PubMed drops what it cannot classify
            journal, year, volume, page, author, _ = (part.strip() for part in parts[:6])
            found = [r for r in self.corpus.records if normal(journal) in {normal(name) for name in r.journal}]
            answer = "NOT_FOUND;INVALID_JOURNAL" if not found else "NOT_FOUND"
            issue = "MedlineCitation/Article/Journal/JournalIssue"
            hits = [
                r.pmid
                for r in found
                if year in ("", r.text(f"{issue}/PubDate/Year"))
                and volume in ("", r.text(f"{issue}/Volume"))
                and page in ("", r.text("MedlineCitation/Article/Pagination/MedlinePgn").split("-")[0])
                and (not author or any(normal(name).startswith(normal(author)) for name in r.authors[:1]))
            ]
            if hits:
                answer = hits[0] if len(hits) == 1 else f"AMBIGUOUS {len(hits)} citations"
            lines.append("|".join([*parts[:6], answer]))
        return text_reply("\n".join(lines) + "\n")

    # esearch

    def esearch(self, parameters: Parameters) -> Reply:
        self._need_pubmed(parameters, "eSearchResult")
        as_json = _first(parameters, "retmode") == "json"
        environment = _first(parameters, "WebEnv") or None
        found, query, missing = self._search(parameters, environment, as_json=as_json)
        if _first(parameters, "rettype") == "count":
            return Reply(body=document("eSearchResult", element("Count", len(found))))
        ordered = self._sorted(found, _first(parameters, "sort"))
        start, most = _number(parameters, "retstart", 0), _number(parameters, "retmax", 20)
        messages = []
        if len(ordered) > self.cap and start > self.cap - 1:
            raise Refusal(self._search_error(self._beyond_cap(), as_json=as_json))
        if start + most > self.cap and len(ordered) > start:
            most = max(0, self.cap - start)
            messages.append(f"Restrictions achieved. start and count adjusted to {start}, {most}")
        page = ordered[start : start + most]
        if not ordered:
            messages.append("No items found.")
        kept = None
        if _first(parameters, "usehistory") == "y":
            kept = self.history.add(environment, tuple(ordered))
        phrases = [text for text, quoted in missing if not quoted]
        quoted_phrases = [f'"{text}"' for text, quoted in missing if quoted]
        translated = "" if query is None else syntax.translation(query)
        if as_json:
            return self._search_json(len(ordered), page, start, kept, translated, phrases, quoted_phrases, messages)
        parts = [element("Count", len(ordered)), element("RetMax", len(page)), element("RetStart", start)]
        if kept is not None:
            parts += [element("QueryKey", kept[1]), element("WebEnv", kept[0])]
        parts.append("<IdList>\n" + "".join(f"<Id>{pmid}</Id>\n" for pmid in page) + "</IdList><TranslationSet/>")
        parts.append(element("QueryTranslation", translated))
        if phrases:
            parts.append(f"<ErrorList>{''.join(element('PhraseNotFound', text) for text in phrases)}</ErrorList>")
        if quoted_phrases or messages:
            warnings = [element("QuotedPhraseNotFound", text) for text in quoted_phrases]
            warnings += [element("OutputMessage", text) for text in messages]
            parts.append(f"<WarningList>{''.join(warnings)}</WarningList>")
        return Reply(body=document("eSearchResult", "".join(parts)))

    @staticmethod
    def _search_json(
        count: int,
        page: Sequence[str],
        start: int,
        kept: tuple[str, int] | None,
        translated: str,
        phrases: list[str],
        quoted: list[str],
        messages: list[str],
    ) -> Reply:
        result: dict[str, object] = {"count": str(count), "retmax": str(len(page)), "retstart": str(start)}
        if kept is not None:
            result |= {"querykey": str(kept[1]), "webenv": kept[0]}
        result |= {"idlist": list(page), "translationset": [], "querytranslation": translated}
        if phrases:
            result["errorlist"] = {"phrasesnotfound": phrases, "fieldsnotfound": []}
        if quoted or messages:
            result["warninglist"] = {
                "phrasesignored": [],
                "quotedphrasesnotfound": quoted,
                "outputmessages": messages,
            }
        return json_reply({"header": {"type": "esearch", "version": "0.3"}, "esearchresult": result})

    def _search_error(self, text: str, *, as_json: bool) -> Reply:
        if as_json:
            # NCBI leaves a raw line break inside the string: the answer is not valid JSON, and neither is this.
            raw = json.dumps({"esearchresult": {"ERROR": text}}).replace("\\n", "\n")
            return Reply(body=raw.encode(), content_type="application/json; charset=UTF-8")
        return error("eSearchResult", text)

    def _beyond_cap(self) -> str:
        return (
            f"Search Backend failed: Exception:\n'retstart' cannot be larger than {self.cap - 1}. For PubMed, ESearch "
            f"can only retrieve the first {self.cap:,} records matching the query. To obtain more than {self.cap:,} "
            "PubMed records, consider using EDirect that contains additional logic to batch PubMed search results "
            "automatically so that an arbitrary number can be retrieved."
        )

    def _search(
        self, parameters: Parameters, environment: str | None, *, as_json: bool
    ) -> tuple[frozenset[str], syntax.Query | None, list[tuple[str, bool]]]:
        """Evaluate `term`, `field`, `query_key` and the date parameters; also names the unknown words."""
        corpus = self.corpus
        term = _first(parameters, "term")
        if not term:
            raise Refusal(self._search_error("Empty term and query_key - nothing todo", as_json=as_json))

        def earlier(number: int) -> frozenset[str]:
            kept = self.history.get(environment, number)
            if kept is None:
                raise Refusal(self._search_error(f"Unable to obtain query #{number}", as_json=as_json))
            return frozenset(kept)

        if (key := _number(parameters, "query_key", 0)) and environment is not None:
            term = f"#{key} AND ({term})"
        if (field_ := _first(parameters, "field")) and "[" not in term:
            term = f"{term}[{field_}]"
        try:
            found, query = corpus.search(term, history=earlier)
        except syntax.QuerySyntaxError as fault:
            raise Refusal(self._search_error(f"Search Backend failed: {fault}", as_json=as_json)) from None
        except NotEvaluated as fault:
            text = f"Search Backend failed: the local server does not evaluate {fault}"
            raise Refusal(self._search_error(text, as_json=as_json)) from None
        return found & self._dated(corpus, parameters), query, self._unknown_terms(query)

    def _dated(self, corpus: Corpus, parameters: Parameters) -> frozenset[str]:
        """The records within datetype, reldate, mindate and maxdate; mindate and maxdate work together only."""
        kind = {"pdat": "dp", "": "dp"}.get(_first(parameters, "datetype"), _first(parameters, "datetype"))
        if kind not in syntax.DATES:
            return corpus.everything
        days = _number(parameters, "reldate", 0)
        if days:
            return corpus.between(kind, self.today() - timedelta(days=min(days, 700_000)), date.max)
        low, high = _first(parameters, "mindate"), _first(parameters, "maxdate")
        if not low or not high:
            return corpus.everything
        try:
            return corpus.between(kind, parse_day(low)[0], parse_day(high)[1])
        except ValueError:
            return corpus.everything

    def _unknown_terms(self, query: syntax.Query) -> list[tuple[str, bool]]:
        first, rest = syntax.chain(query)
        found: list[tuple[str, bool]] = []
        for part in (first, *(right for _, right in rest)):
            if isinstance(part, syntax.Binary):
                found += self._unknown_terms(part)
            elif isinstance(part, syntax.Term) and normal(part.text) in self.unknown:
                found.append((part.text, part.quoted))
        return found

    def _sorted(self, pmids: Collection[str], order: str) -> list[str]:
        """Newest first unless another order is asked for; ties go to the higher PMID."""
        known = self.corpus.by_pmid  # an earlier set may hold records that have gone since
        records = sorted((known[pmid] for pmid in pmids if pmid in known), key=lambda r: -int(r.pmid))
        match order.lower():
            case "pub_date" | "pub date" | "pub+date":
                records.sort(key=lambda r: r.published or date.min, reverse=True)
            case "author":
                records.sort(key=lambda r: normal(r.authors[0]) if r.authors else "\uffff")
            case "journalname" | "journal":
                records.sort(key=lambda r: normal(r.journal[0]) if r.journal else "\uffff")
        return [record.pmid for record in records]

    # epost, and the records that a request is about

    def epost(self, parameters: Parameters) -> Reply:
        self._need_pubmed(parameters, "ePostResult")
        ids = _ids(parameters)
        if not ids:
            return error("ePostResult", "Empty ID list; Nothing to store")
        environment, key = self.history.add(_first(parameters, "WebEnv") or None, tuple(ids))
        return Reply(body=document("ePostResult", element("QueryKey", key) + element("WebEnv", environment)))

    def _asked_for(self, parameters: Parameters, root: str, *, text: bool = False) -> list[str]:
        """The PMIDs that efetch or esummary is asked for, by history set and page or by id."""
        if key := _number(parameters, "query_key", 0):
            kept = self.history.get(_first(parameters, "WebEnv"), key)
            if kept is None:
                raise Refusal(
                    error(root, f"Unable to obtain query #{key}", status=400 if root == "eFetchResult" else 200)
                )
            start, most = _number(parameters, "retstart", 0), _number(parameters, "retmax", _MOST_FETCHED)
            if len(kept) > self.cap and start > self.cap - 1:
                raise Refusal(error(root, self._beyond_cap(), status=400))
            if start >= len(kept):
                raise Refusal(
                    error(
                        root,
                        f"Cannot retrieve history data: OUT OF RANGE. Parameter retstart={start} + 1 is greater "
                        f"than number of records available in history. History includes {len(kept)} IDs.",
                        status=400,
                    )
                )
            return list(kept[start : min(start + min(most, _MOST_FETCHED), self.cap)])
        ids = [number for number in _ids(parameters) if number]
        if not ids:
            message = "ID list is empty! Possibly it has no correct IDs."
            if text:
                raise Refusal(text_reply(message.replace(" ", "+"), status=400))
            raise Refusal(error(root, message, status=400))
        start, most = _number(parameters, "retstart", 0), _number(parameters, "retmax", _MOST_FETCHED)
        return ids[start : start + min(most, _MOST_FETCHED)]

    # efetch

    def efetch(self, parameters: Parameters) -> Reply:
        self._need_pubmed(parameters, "eFetchResult")
        rettype, retmode = _first(parameters, "rettype"), _first(parameters, "retmode")
        text = retmode in ("text", "json") or (not retmode and rettype in ("abstract", "medline", "uilist"))
        corpus = self.corpus
        asked = self._asked_for(parameters, "eFetchResult", text=text)
        records = [corpus.by_pmid[pmid] for pmid in asked if pmid in corpus.by_pmid]
        if not text:
            if rettype == "full":
                return Reply(body=b"")
            return Reply(body=article_set([record.xml for record in records]))
        if rettype == "medline":
            return text_reply("\n" + "\n".join(_medline(record) for record in records))
        if rettype == "abstract":
            return text_reply("\n\n\n".join(_citation(n, r) for n, r in enumerate(records, start=1)) + "\n")
        return text_reply("".join(f"{pmid}\n" for pmid in asked))

    # esummary

    def esummary(self, parameters: Parameters) -> Reply:
        self._need_pubmed(parameters, "eSummaryResult")
        if not _number(parameters, "query_key", 0) and not _first(parameters, "id"):
            return error("eSummaryResult", "Neither query_key nor id specified")
        corpus, as_json = self.corpus, _first(parameters, "retmode") == "json"
        asked = self._asked_for(parameters, "eSummaryResult")
        if as_json:
            if len(asked) > _MOST_SUMMARIES_JSON:
                return json_reply(
                    {
                        "esummaryresult": [
                            "Too many UIDs in request. Maximum number of UIDs is 500 for JSON format output."
                        ]
                    }
                )
            result: dict[str, object] = {"uids": asked}
            for pmid in asked:
                record = corpus.by_pmid.get(pmid)
                facts = {"error": "cannot get document summary"} if record is None else _summary(record)
                result[pmid] = {"uid": pmid, **facts}
            return json_reply({"header": {"type": "esummary", "version": "0.3"}, "result": result})
        if _first(parameters, "version") == "2.0":
            parts = []
            for pmid in asked:
                record = corpus.by_pmid.get(pmid)
                inner = (
                    element("error", "cannot get document summary")
                    if record is None
                    else "".join(element(name.title(), text) for name, text in _summary(record).items())
                )
                parts.append(f"<DocumentSummary uid={quoteattr(pmid)}>{inner}</DocumentSummary>")
            content = f'<DocumentSummarySet status="OK">{"".join(parts)}</DocumentSummarySet>'
            return Reply(body=document("eSummaryResult", content, doctype=False))
        parts = []
        for pmid in asked:
            record = corpus.by_pmid.get(pmid)
            if record is None:
                parts.append(element("ERROR", f"UID={pmid}: cannot get document summary"))
                continue
            items = "".join(
                f'<Item Name="{name}" Type="String">{escape(text)}</Item>' for name, text in _summary(record).items()
            )
            parts.append(f"<DocSum><Id>{pmid}</Id>{items}</DocSum>")
        return Reply(body=document("eSummaryResult", "".join(parts)))

    # elink

    def elink(self, parameters: Parameters) -> Reply:
        self._need_pubmed(parameters, "eLinkResult", "dbfrom")
        target, wanted = _first(parameters, "db", "pubmed") or "pubmed", _first(parameters, "linkname")
        sets = []
        for value in parameters.get("id", ()):  # one set for each parameter; ids joined by commas share one
            ids = _ids({"id": (value,)})
            sets.append(self._link_set(ids, target, wanted))
        if not sets:
            return error("eLinkResult", "Empty ID list")
        return Reply(body=document("eLinkResult", "".join(sets)))

    def _link_set(self, ids: list[str], target: str, wanted: str) -> str:
        corpus = self.corpus
        records = [corpus.by_pmid[pmid] for pmid in ids if pmid in corpus.by_pmid]
        links: dict[str, list[str]] = {}
        if target == "pubmed":
            cited = [pmid for record in records for pmid in record.cited if pmid in corpus.by_pmid]
            citing = [record.pmid for record in corpus.records if set(record.cited) & {r.pmid for r in records}]
            links = {"pubmed_pubmed_refs": cited, "pubmed_pubmed_citedin": citing}
        elif target == "pmc":
            links = {"pubmed_pmc": [i.removeprefix("PMC") for r in records if (i := r.article_ids.get("pmc"))]}
        listed = "".join(element("Id", pmid) for pmid in ids)
        content = f"<DbFrom>pubmed</DbFrom><IdList>{listed}</IdList>"
        for name, found in links.items():
            if found and wanted in ("", name):
                targets = "".join(f"<Link><Id>{escape(i)}</Id></Link>" for i in dict.fromkeys(found))
                content += f"<LinkSetDb>{element('DbTo', target)}{element('LinkName', name)}{targets}</LinkSetDb>"
        return f"<LinkSet>{content}</LinkSet>"


def _printed(day: date | None) -> str:
    """A day as PubMed prints it, whatever language this machine speaks."""
    return "" if day is None else f"{day.year} {MONTHS[day.month - 1]} {day.day}"


def _summary(record: Served) -> dict[str, str]:
    return {
        "PubDate": _printed(record.published),
        "Source": record.journal[0] if record.journal else "",
        "LastAuthor": record.authors[-1] if record.authors else "",
        "Title": record.title,
        "DOI": record.article_ids.get("doi", ""),
    }


def _medline(record: Served) -> str:
    """One record in MEDLINE tags; longer values go on in lines that begin with six blanks."""
    issue = "MedlineCitation/Article/Journal/JournalIssue"
    values = [
        ("PMID", record.pmid),
        ("TI", record.title),
        ("AB", " ".join(record.abstract)),
        *(("AU", name) for name in record.authors),
        *(("LA", code) for code in record.texts("MedlineCitation/Article/Language")),
        *(("PT", kind) for kind in record.texts("MedlineCitation/Article/PublicationTypeList/PublicationType")),
        ("TA", record.journal[0] if record.journal else ""),
        ("DP", _printed(record.published)),
        ("VI", record.text(f"{issue}/Volume")),
        ("IP", record.text(f"{issue}/Issue")),
        ("PG", record.text("MedlineCitation/Article/Pagination/MedlinePgn")),
        *((("AID", f"{record.article_ids['doi']} [doi]"),) if "doi" in record.article_ids else ()),
        *(("MH", name) for name in record.texts("MedlineCitation/MeshHeadingList/MeshHeading/DescriptorName")),
    ]
    lines = []
    for tag, value in values:
        if value:
            words = re.sub(r"(.{1,80})(?:\s+|$)", r"\1\n      ", value).rstrip()
            lines.append(f"{tag:<4}- {words}\n")
    return "".join(lines)


def _citation(number: int, record: Served) -> str:
    source = f"{record.journal[0]}. " if record.journal else ""
    year = f"{record.published:%Y}." if record.published else ""
    parts = [f"{number}. {source}{year}", record.title, ", ".join(record.authors), *record.abstract]
    return "\n\n".join([part for part in parts if part] + [f"PMID: {record.pmid}"])
