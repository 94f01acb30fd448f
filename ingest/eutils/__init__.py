"""PubMed's E-utilities: a client through Biopython's Entrez, and a local server to run it against.

Nothing here imports Biopython before the first request.
"""

from ingest.eutils.address import NCBI
from ingest.eutils.errors import (
    AddressRefused,
    BadKey,
    BadStrategy,
    EutilsError,
    HistoryLost,
    RequestRefused,
    ServiceFailure,
    TooManyRecords,
)
from ingest.eutils.linking import CITED_BY, REFERENCES, SIMILAR, Links
from ingest.eutils.pmc import OpenText, PubMedCentral
from ingest.eutils.pubmed import FetchedBatch, Found, PubMed, SearchAnswer, SummaryAnswer
from ingest.eutils.server import LocalServer
from ingest.eutils.transport import RequestLog, Transport

__all__ = [
    "CITED_BY",
    "NCBI",
    "REFERENCES",
    "SIMILAR",
    "AddressRefused",
    "BadKey",
    "BadStrategy",
    "EutilsError",
    "FetchedBatch",
    "Found",
    "HistoryLost",
    "Links",
    "LocalServer",
    "OpenText",
    "PubMed",
    "PubMedCentral",
    "RequestLog",
    "RequestRefused",
    "SearchAnswer",
    "ServiceFailure",
    "SummaryAnswer",
    "TooManyRecords",
    "Transport",
]
