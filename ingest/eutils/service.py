"""What each utility of the local server answers; no HTTP here. Behaviour as documented or measured for PubMed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from xml.sax.saxutils import escape, quoteattr

from ingest.eutils import query as syntax
from ingest.eutils.corpus import Corpus, NotEvaluated, is_stop_word, normal, parse_day
from ingest.eutils.history import History
from ingest.eutils.linked import GivenLinks, link_sets
from ingest.eutils.parameters import Parameters, Refusal, first, ids_of, number
from ingest.eutils.printed import citation, medline, summary
from ingest.eutils.replies import Reply, article_set, document, element, error, json_reply, text_reply

_MOST_FETCHED = 10_000  # records of one efetch or esummary
_MOST_SUMMARIES_JSON = 500
_DATABASES = ("pubmed", "mesh", "pmc", "protein", "nuccore", "gene", "books")


class Service:
    """The utilities over one corpus, which may be swapped while it runs. Thread-safe.

    cap: records of one search that are listed (9,999 at PubMed). unknown: words and phrases to report as not in
    PubMed's index; what merely does not occur in the served records is not reported, as PubMed's index would hold it.
    links: those that elink answers beside what the records' reference lists give: link name -> PMID -> UIDs.
    articles: what PubMed Central holds: number -> the article element of its XML, without a declaration.
    """

    def __init__(
        self,
        corpus: Corpus,
        *,
        cap: int,
        unknown: Collection[str] = (),
        links: GivenLinks | None = None,
        articles: Mapping[str, bytes] | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self.corpus = corpus
        self.articles = dict(articles or {})
        self.history = History()
        self.cap = cap
        self.unknown = frozenset(normal(word) for word in unknown)
        self.links: GivenLinks = {} if links is None else links
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
        database = first(parameters, name, "pubmed") or "pubmed"
        if database != "pubmed":
            raise Refusal(error(root, f"Invalid db name specified: {database}"))

    # einfo, espell, ecitmatch

    def einfo(self, parameters: Parameters) -> Reply:
        database, as_json = first(parameters, "db"), first(parameters, "retmode") == "json"
        if as_json and database in ("", "pubmed"):
            return self._info_json(database)
        if not database:
            return Reply(
                body=document(
                    "eInfoResult", f"<DbList>{''.join(element('DbName', name) for name in _DATABASES)}</DbList>"
                )
            )
        if database != "pubmed":
            unknown = f"Can not retrieve DbInfo for db={database}"
            return json_reply({"einforesult": {"ERROR": unknown}}) if as_json else error("eInfoResult", unknown)
        extra = first(parameters, "version") == "2.0"
        fields = "".join(self._field_info(tag, full=extra) for tag in syntax.FULL_NAME)
        head = [("DbName", "pubmed"), ("MenuName", "PubMed"), ("Description", "PubMed bibliographic record"),
                ("DbBuild", "Build-local"), ("Count", len(self.corpus)),
                ("LastUpdate", f"{self.today():%Y/%m/%d} 00:00")]  # fmt: skip
        info = "".join(element(name, text) for name, text in head)
        return Reply(
            body=document("eInfoResult", f"<DbInfo>{info}<FieldList>{fields}</FieldList><LinkList></LinkList></DbInfo>")
        )

    def _info_json(self, database: str) -> Reply:
        header = {"type": "einfo", "version": "0.3"}
        if not database:
            return json_reply({"header": header, "einforesult": {"dblist": list(_DATABASES)}})
        fields = [{"name": tag.upper(), "fullname": name} for tag, name in syntax.FULL_NAME.items()]
        info = {"dbname": "pubmed", "menuname": "PubMed", "count": str(len(self.corpus)), "fieldlist": fields}
        return json_reply({"header": header, "einforesult": {"dbinfo": [info]}})

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
        term = element("Query", first(parameters, "term"))
        return Reply(
            body=document("eSpellResult", f"<Database>pubmed</Database>{term}<CorrectedQuery/><SpelledQuery/><ERROR/>")
        )

    def ecitmatch(self, parameters: Parameters) -> Reply:
        lines = []
        for line in re.split(r"[\r\n]+", "\r".join(parameters.get("bdata", ()))):
            parts = line.split("|")
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
        as_json = first(parameters, "retmode") == "json"
        environment = first(parameters, "WebEnv") or None
        found, query, missing = self._search(parameters, environment, as_json=as_json)
        if first(parameters, "rettype") == "count":
            if as_json:
                header = {"type": "esearch", "version": "0.3"}
                return json_reply({"header": header, "esearchresult": {"count": str(len(found))}})
            return Reply(body=document("eSearchResult", element("Count", len(found))))
        ordered = self._sorted(found, first(parameters, "sort"))
        start, most = number(parameters, "retstart", 0), number(parameters, "retmax", 20)
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
        if first(parameters, "usehistory") == "y":
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
        term = first(parameters, "term")
        if not term:
            raise Refusal(self._search_error("Empty term and query_key - nothing todo", as_json=as_json))

        def earlier(number: int) -> frozenset[str]:
            kept = self.history.get(environment, number)
            if kept is None:
                raise Refusal(self._search_error(f"Unable to obtain query #{number}", as_json=as_json))
            return frozenset(kept)

        if (key := number(parameters, "query_key", 0)) and environment is not None:
            term = f"#{key} AND ({term})"
        if (field_ := first(parameters, "field")) and "[" not in term:
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
        kind = {"pdat": "dp", "": "dp"}.get(first(parameters, "datetype"), first(parameters, "datetype"))
        if kind not in syntax.DATES:
            return corpus.everything
        days = number(parameters, "reldate", 0)
        if days:
            return corpus.between(kind, self.today() - timedelta(days=min(days, 700_000)), date.max)
        low, high = first(parameters, "mindate"), first(parameters, "maxdate")
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
            elif isinstance(part, syntax.Term) and (
                normal(part.text) in self.unknown or is_stop_word(part) or "&amp;" in part.text
            ):
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
        ids = ids_of(parameters)
        if not ids:
            return error("ePostResult", "Empty ID list; Nothing to store")
        environment, key = self.history.add(first(parameters, "WebEnv") or None, tuple(ids))
        return Reply(body=document("ePostResult", element("QueryKey", key) + element("WebEnv", environment)))

    def _asked_for(self, parameters: Parameters, root: str, *, text: bool = False) -> list[str]:
        """The PMIDs that efetch or esummary is asked for, by history set and page or by id."""
        if key := number(parameters, "query_key", 0):
            kept = self.history.get(first(parameters, "WebEnv"), key)
            if kept is None:
                lost = f"Unable to obtain query #{key}"
                if root == "eSummaryResult" and first(parameters, "retmode") == "json":
                    raise Refusal(json_reply({"esummaryresult": [lost]}))
                raise Refusal(error(root, lost, status=400 if root == "eFetchResult" else 200))
            start, most = number(parameters, "retstart", 0), number(parameters, "retmax", _MOST_FETCHED)
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
        ids = [number for number in ids_of(parameters) if number]
        if not ids:
            message = "ID list is empty! Possibly it has no correct IDs."
            if text:
                raise Refusal(text_reply(message.replace(" ", "+"), status=400))
            raise Refusal(error(root, message, status=400))
        start, most = number(parameters, "retstart", 0), number(parameters, "retmax", _MOST_FETCHED)
        return ids[start : start + min(most, _MOST_FETCHED)]

    # efetch

    def efetch(self, parameters: Parameters) -> Reply:
        if first(parameters, "db") == "pmc":
            return self._articles(parameters)
        self._need_pubmed(parameters, "eFetchResult")
        rettype, retmode = first(parameters, "rettype"), first(parameters, "retmode")
        text = retmode in ("text", "json") or (not retmode and rettype in ("abstract", "medline", "uilist"))
        corpus = self.corpus
        asked = self._asked_for(parameters, "eFetchResult", text=text)
        records = [corpus.by_pmid[pmid] for pmid in asked if pmid in corpus.by_pmid]
        if not text:
            if rettype == "full":
                return Reply(body=b"")
            return Reply(body=article_set([record.xml for record in records]))
        if rettype == "medline":
            return text_reply("\n" + "\n".join(medline(record) for record in records))
        if rettype == "abstract":
            return text_reply("\n\n\n".join(citation(n, r) for n, r in enumerate(records, start=1)) + "\n")
        return text_reply("".join(f"{pmid}\n" for pmid in asked))

    def _articles(self, parameters: Parameters) -> Reply:
        """Full texts of PubMed Central; a number that it does not have is answered in the set."""
        asked = [number.removeprefix("PMC") for number in ids_of(parameters)]
        if not asked:
            return error("eFetchResult", "ID list is empty! Possibly it has no correct IDs.", status=400)
        lacking = '<Reply Id="{0}" error="The following PMCID is not available: {0}"/>'
        parts = [self.articles.get(number) or lacking.format(escape(number)).encode() for number in asked]
        return Reply(body=b'<?xml version="1.0"?><pmc-articleset>' + b"".join(parts) + b"</pmc-articleset>")

    # esummary

    def esummary(self, parameters: Parameters) -> Reply:
        self._need_pubmed(parameters, "eSummaryResult")
        if not number(parameters, "query_key", 0) and not first(parameters, "id"):
            return error("eSummaryResult", "Neither query_key nor id specified")
        corpus, as_json = self.corpus, first(parameters, "retmode") == "json"
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
                facts = {"error": "cannot get document summary"} if record is None else summary(record)
                result[pmid] = {"uid": pmid, **facts}
            return json_reply({"header": {"type": "esummary", "version": "0.3"}, "result": result})
        if first(parameters, "version") == "2.0":
            parts = []
            for pmid in asked:
                record = corpus.by_pmid.get(pmid)
                inner = (
                    element("error", "cannot get document summary")
                    if record is None
                    else "".join(element(name.title(), text) for name, text in summary(record).items())
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
                f'<Item Name="{name}" Type="String">{escape(text)}</Item>' for name, text in summary(record).items()
            )
            parts.append(f"<DocSum><Id>{pmid}</Id>{items}</DocSum>")
        return Reply(body=document("eSummaryResult", "".join(parts)))

    # elink

    def elink(self, parameters: Parameters) -> Reply:
        self._need_pubmed(parameters, "eLinkResult", "dbfrom")
        corpus, environment = self.corpus, first(parameters, "WebEnv") or None
        posted = None
        if key := number(parameters, "query_key", 0):
            posted = self.history.get(environment, key)
            if posted is None:
                raise Refusal(error("eLinkResult", f"Unable to obtain query #{key}"))
        allowed = None
        if first(parameters, "term"):
            allowed, _, _ = self._search(parameters, None, as_json=False)
        elif number(parameters, "reldate", 0) or (first(parameters, "mindate") and first(parameters, "maxdate")):
            allowed = self._dated(corpus, parameters)
        return link_sets(
            parameters,
            corpus,
            self.links,
            posted=posted,
            keep=lambda uids: self.history.add(environment, uids),
            allowed=allowed,
        )
