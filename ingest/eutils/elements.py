"""The elements of PubMed's records up to document type 250101, so that a new one is noticed and not just passed over.

An answer with an element that is not named here is read as any other: what is known of it is taken in, and the name is
reported. Source of the names: the element declarations of NLM's document types, from pubmed_100101.dtd on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_KNOWN = frozenset(
    re.findall(
        r"\w+",
        """
    Abstract AbstractText AccessionNumber AccessionNumberList Acronym Affiliation AffiliationInfo Agency Article
    ArticleDate ArticleId ArticleIdList ArticleTitle Author AuthorList BeginningDate Book BookDocument
    BookDocumentSet BookTitle Chemical ChemicalList Citation CitationSubset CoiStatement CollectionTitle
    CollectiveName CommentsCorrections CommentsCorrectionsList ContractNumber ContributionDate
    CopyrightInformation Country DataBank DataBankList DataBankName DateCompleted DateRevised Day DeleteCitation
    DeleteDocument DescriptorName DispFormula ELocationID Edition EndPage EndingDate ForeName GeneSymbol
    GeneSymbolList GeneralNote Grant GrantID GrantList History Hour ISOAbbreviation ISSN ISSNLinking Identifier
    Initials Investigator InvestigatorList Isbn Issue Item ItemList Journal JournalIssue Keyword KeywordList
    Language LastName LocationLabel Medium MedlineCitation MedlineDate MedlineJournalInfo MedlinePgn MedlineTA
    MeshHeading MeshHeadingList Minute Month NameOfSubstance NlmUniqueID Note NumberOfReferences Object
    ObjectList OtherAbstract OtherID PMID Pagination Param PersonalNameSubject PersonalNameSubjectList PubDate
    PubMedPubDate PublicationStatus PublicationType PublicationTypeList Publisher PublisherLocation
    PublisherName PubmedArticle PubmedArticleSet PubmedBookArticle PubmedBookArticleSet PubmedBookData
    PubmedData QualifierName RefSource Reference ReferenceList RegistryNumber ReportNumber Season Second Section
    SectionTitle Sections SpaceFlightMission StartPage Suffix SupplMeshList SupplMeshName Title URL
    VernacularTitle Volume VolumeTitle Year b i sub sup u
        """,
    )
)
_FORMER = frozenset(
    re.findall(
        r"\w+",
        """
    CASRegistryNumber CitationString CommentIn CommentOn DateCreated ErratumFor ErratumIn MedlineCitationSet MedlineID
    NameID NlmDcmsID OriginalReportIn PartialRetractionIn PartialRetractionOf ProviderId PubMedArticle PubMedData
    ReprintIn ReprintOf RepublishedFrom RepublishedIn RetractionIn RetractionOf SummaryForPatientsIn UpdateIn UpdateOf
        """,
    )
)


def unfamiliar(tags: Iterable[str]) -> tuple[str, ...]:
    """Those of an efetch answer's element names that no document type known here has; formulas aside."""
    return tuple(sorted(frozenset(tags) - _KNOWN - _FORMER))
