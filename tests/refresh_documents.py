"""Invented PubMed records for the tests of the refresh: with DOIs, notices, references and the dates PubMed keeps."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

WORDS = "Randomised, sham-controlled trial of rTMS in fibromyalgia."


def article(
    pmid: int,
    title: str = "",
    *,
    abstract: str = WORDS,
    doi: str = "",
    links: Iterable[tuple[str, str]] = (),
    types: Iterable[str] = ("Journal Article",),
    cites: Iterable[int] = (),
    created: str = "2020/5/17",
    revised: str = "2020/5/18",
    mesh: Iterable[str] = (),
) -> str:
    """One PubmedArticle. links: (RefType, PMID or "") pairs; the dates are "YYYY/M/D"."""
    year, month, day = revised.split("/")
    tied = "".join(
        f'<CommentsCorrections RefType="{kind}"><RefSource>J Invented. 2024;7:{number or 1}</RefSource>'
        + (f'<PMID Version="1">{number}</PMID>' if number else "")
        + "</CommentsCorrections>"
        for kind, number in links
    )
    made = "".join(f"<{n}>{v}</{n}>" for n, v in zip(("Year", "Month", "Day"), created.split("/"), strict=True))
    cited = "".join(
        f'<Reference><Citation>c</Citation><ArticleIdList><ArticleId IdType="pubmed">{c}</ArticleId></ArticleIdList>'
        "</Reference>"
        for c in cites
    )
    headings = "".join(
        f'<MeshHeading><DescriptorName UI="D1" MajorTopicYN="N">{name}</DescriptorName></MeshHeading>' for name in mesh
    )
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID>'
        f"<DateRevised><Year>{year}</Year><Month>{month}</Month><Day>{day}</Day></DateRevised>"
        "<Article><Journal><JournalIssue><PubDate><Year>2020</Year></PubDate></JournalIssue><Title>J Invented</Title>"
        f"</Journal><ArticleTitle>{escape(title or f'Stimulation and pain, trial {pmid}')}</ArticleTitle>"
        f"<Abstract><AbstractText>{escape(abstract)}</AbstractText></Abstract>"
        "<AuthorList><Author><LastName>Lind</LastName><Initials>A</Initials></Author></AuthorList>"
        "<Language>eng</Language><PublicationTypeList>"
        + "".join(f'<PublicationType UI="D0">{escape(kind)}</PublicationType>' for kind in types)
        + "</PublicationTypeList></Article>"
        + (f"<MeshHeadingList>{headings}</MeshHeadingList>" if headings else "")
        + (f"<CommentsCorrectionsList>{tied}</CommentsCorrectionsList>" if tied else "")
        + "</MedlineCitation><PubmedData>"
        f'<History><PubMedPubDate PubStatus="entrez">{made}</PubMedPubDate></History>'
        "<PublicationStatus>ppublish</PublicationStatus><ArticleIdList>"
        f'<ArticleId IdType="pubmed">{pmid}</ArticleId>'
        + (f'<ArticleId IdType="doi">{doi}</ArticleId>' if doi else "")
        + "</ArticleIdList>"
        + (f"<ReferenceList>{cited}</ReferenceList>" if cited else "")
        + "</PubmedData></PubmedArticle>"
    )


def document(*articles: str, deleted: Iterable[int] = ()) -> bytes:
    """A document of them, as efetch and the update files have it."""
    gone = "".join(f'<PMID Version="1">{pmid}</PMID>' for pmid in deleted)
    end = f"<DeleteCitation>{gone}</DeleteCitation>" if gone else ""
    return (
        f"<?xml version='1.0' encoding='UTF-8'?><PubmedArticleSet>{''.join(articles)}{end}</PubmedArticleSet>".encode()
    )
