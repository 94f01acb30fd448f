"""What the local server's elink answers: links read from the served records, and links that a test gives.

References and citations follow from the records' reference lists, among the served records alone; which records are
similar is PubMed's own reckoning, so those links are given or there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape

from ingest.eutils.corpus import Corpus
from ingest.eutils.linking import CITED_BY, REFERENCES
from ingest.eutils.parameters import Parameters, Refusal, first, ids_of
from ingest.eutils.replies import Reply, document, element, error, json_reply

GivenLinks = Mapping[str, Mapping[str, Sequence[str]]]  # link name -> PMID -> the UIDs it is linked to
Keep = Callable[[tuple[str, ...]], tuple[str, int]]  # a set -> its web environment and query key

_COMMANDS = ("neighbor", "neighbor_score", "neighbor_history")


def link_sets(
    parameters: Parameters,
    corpus: Corpus,
    given: GivenLinks,
    *,
    posted: tuple[str, ...] | None,
    keep: Keep,
    allowed: frozenset[str] | None,
) -> Reply:
    """Answer elink: one set for each `id` parameter; ids joined by commas, or posted to the history, share one.

    posted: the set that query_key and WebEnv name, None if they name none. allowed: the targets that `term` and the
    dates leave; None for all, served here or not.
    """
    as_json = first(parameters, "retmode") == "json"
    database, command = (
        first(parameters, "db", "pubmed") or "pubmed",
        first(parameters, "cmd", "neighbor") or "neighbor",
    )
    if command not in _COMMANDS:
        raise Refusal(_refused(f"the local server does not evaluate cmd={command}", as_json=as_json))
    groups = [list(posted)] if posted is not None else [ids_of({"id": (v,)}) for v in parameters.get("id", ())]
    if not any(groups):
        raise Refusal(_refused("Empty ID list", as_json=as_json))
    sets = []
    for ids in groups:
        found = _links(ids, database, first(parameters, "linkname"), corpus, given)
        if allowed is not None:
            found = {name: [uid for uid in uids if uid in allowed] for name, uids in found.items()}
        sets.append((ids, {name: uids for name, uids in found.items() if uids}))
    if as_json:
        return json_reply(
            {
                "header": {"type": "elink", "version": "0.3"},
                "linksets": [_as_json(ids, database, found) for ids, found in sets],
            }
        )
    return Reply(
        body=document("eLinkResult", "".join(_as_xml(ids, database, found, command, keep) for ids, found in sets))
    )


def _refused(text: str, *, as_json: bool) -> Reply:
    if as_json:
        return json_reply({"header": {"type": "elink", "version": "0.3"}, "linksets": [], "ERROR": text})
    return error("eLinkResult", text)


def _links(ids: list[str], database: str, wanted: str, corpus: Corpus, given: GivenLinks) -> dict[str, list[str]]:
    """The targets of all of `ids` together by link name, each once; what is given stands before what is derived."""
    records = [corpus.by_pmid[pmid] for pmid in ids if pmid in corpus.by_pmid]
    links: dict[str, list[str]] = {}
    if database == "pubmed":
        here = {record.pmid for record in records}
        links[REFERENCES] = [pmid for record in records for pmid in record.cited if pmid in corpus.by_pmid]
        links[CITED_BY] = [record.pmid for record in corpus.records if here.intersection(record.cited)]
    elif database == "pmc":
        links["pubmed_pmc"] = [i.removeprefix("PMC") for r in records if (i := r.article_ids.get("pmc"))]
    for name, by_pmid in given.items():
        if name.split("_")[1:2] == [database]:
            told = [uid for pmid in ids for uid in by_pmid.get(pmid, ())]
            links[name] = told + links.get(name, [])
    return {name: list(dict.fromkeys(uids)) for name, uids in links.items() if wanted in ("", name)}


def _as_xml(ids: list[str], database: str, found: Mapping[str, list[str]], command: str, keep: Keep) -> str:
    listed = "".join(element("Id", pmid) for pmid in ids)
    parts = [f"<DbFrom>pubmed</DbFrom><IdList>{listed}</IdList>"]
    environment = ""
    for name, uids in found.items():
        head = element("DbTo", database) + element("LinkName", name)
        if command == "neighbor_history":
            environment, key = keep(tuple(uids))
            parts.append(f"<LinkSetDbHistory>{head}{element('QueryKey', key)}</LinkSetDbHistory>")
            continue
        scored = [
            f"<Link><Id>{escape(uid)}</Id>"
            + (element("Score", 50_000_000 - place) if command == "neighbor_score" else "")
            + "</Link>"
            for place, uid in enumerate(uids)
        ]
        parts.append(f"<LinkSetDb>{head}{''.join(scored)}</LinkSetDb>")
    if environment:
        parts.append(element("WebEnv", environment))
    return f"<LinkSet>{''.join(parts)}</LinkSet>"


def _as_json(ids: list[str], database: str, found: Mapping[str, list[str]]) -> dict[str, object]:
    answer: dict[str, object] = {"dbfrom": "pubmed", "ids": ids}
    if found:
        answer["linksetdbs"] = [{"dbto": database, "linkname": name, "links": uids} for name, uids in found.items()]
    return answer
