"""Invented PubMed XML for the tests of the E-utilities client and server: as many records as a test needs."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

DOCTYPE = (
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">'
)


def article(
    pmid: int,
    *,
    title: str = "Stimulation of the motor cortex",
    abstract: str = "",
    mesh: Iterable[str] = (),
    types: Iterable[str] = ("Journal Article",),
    keywords: Iterable[str] = (),
    created: str = "2024/5/17",
    published: str = "2024/May/3",
    authors: Iterable[tuple[str, str]] = (("Alpha", "AB"),),
    journal: str = "J Invented",
    cites: Iterable[int] = (),
    padding: int = 0,
) -> str:
    """One PubmedArticle. mesh: "Heading" or "Heading/qualifier"; padding: extra bytes of affiliation."""
    headings = []
    for heading in mesh:
        name, *qualifiers = heading.split("/")
        inner = "".join(f'<QualifierName UI="Q1" MajorTopicYN="Y">{escape(q)}</QualifierName>' for q in qualifiers)
        headings.append(
            f'<MeshHeading><DescriptorName UI="D1" MajorTopicYN="N">{escape(name)}</DescriptorName>{inner}'
            "</MeshHeading>"
        )
    names = "".join(
        f"<Author><LastName>{last}</LastName><Initials>{initials}</Initials>"
        + (f"<AffiliationInfo><Affiliation>{'x' * padding}</Affiliation></AffiliationInfo>" if padding else "")
        + "</Author>"
        for last, initials in authors
    )
    kinds = "".join(f'<PublicationType UI="D0">{escape(kind)}</PublicationType>' for kind in types)
    words = "".join(f'<Keyword MajorTopicYN="N">{escape(word)}</Keyword>' for word in keywords)
    year, month, day = published.split("/")
    made = "".join(f"<{n}>{v}</{n}>" for n, v in zip(("Year", "Month", "Day"), created.split("/"), strict=True))
    cited = "".join(
        f'<Reference><Citation>c</Citation><ArticleIdList><ArticleId IdType="pubmed">{c}</ArticleId></ArticleIdList>'
        "</Reference>"
        for c in cites
    )
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{pmid}</PMID>'
        f'<Article PubModel="Print"><Journal><JournalIssue CitedMedium="Print"><Volume>7</Volume><PubDate>'
        f"<Year>{year}</Year><Month>{month}</Month><Day>{day}</Day></PubDate></JournalIssue><Title>{journal}</Title>"
        f"</Journal><ArticleTitle>{escape(title)}</ArticleTitle><Pagination><MedlinePgn>11-9</MedlinePgn></Pagination>"
        f"<Abstract><AbstractText>{escape(abstract)}</AbstractText></Abstract><AuthorList>{names}</AuthorList>"
        f"<Language>eng</Language><PublicationTypeList>{kinds}</PublicationTypeList></Article>"
        f"<MedlineJournalInfo><MedlineTA>{journal}</MedlineTA></MedlineJournalInfo>"
        f"<CommentsCorrectionsList><CommentsCorrections RefType='CommentOn'><RefSource>s</RefSource>"
        f'<PMID Version="1">99</PMID></CommentsCorrections></CommentsCorrectionsList>'
        f"<MeshHeadingList>{''.join(headings)}</MeshHeadingList><KeywordList>{words}</KeywordList></MedlineCitation>"
        f'<PubmedData><History><PubMedPubDate PubStatus="entrez">{made}</PubMedPubDate></History>'
        f'<PublicationStatus>ppublish</PublicationStatus><ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId>'
        f'<ArticleId IdType="doi">10.1000/i{pmid}</ArticleId></ArticleIdList><ReferenceList>{cited}</ReferenceList>'
        "</PubmedData></PubmedArticle>"
    )


def book(pmid: int, title: str = "Stimulation, a chapter") -> str:
    """One PubmedBookArticle."""
    return (
        f'<PubmedBookArticle><BookDocument><PMID Version="1">{pmid}</PMID><ArticleIdList><ArticleId '
        f'IdType="bookaccession">NBK{pmid}</ArticleId></ArticleIdList><Book><Publisher><PublisherName>P</PublisherName>'
        f"</Publisher><BookTitle>A book</BookTitle><PubDate><Year>2013</Year></PubDate></Book>"
        f"<ArticleTitle>{title}</ArticleTitle><Language>eng</Language></BookDocument></PubmedBookArticle>"
    )


def article_set(entries: Iterable[str], *, deleted: Iterable[int] = ()) -> bytes:
    """A document of entries as a file would hold it."""
    gone = "".join(f'<PMID Version="1">{pmid}</PMID>' for pmid in deleted)
    tail = f"<DeleteCitation>{gone}</DeleteCitation>" if gone else ""
    body = "\n".join(entries)
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n{DOCTYPE}\n'
    return f"{head}<PubmedArticleSet>\n{body}{tail}</PubmedArticleSet>\n".encode()


def articles(count: int, *, first: int = 1001, **facts: object) -> bytes:
    """`count` alike articles with PMIDs from `first` on."""
    return article_set(article(first + n, **facts) for n in range(count))  # type: ignore[arg-type]
