"""PubMed's E-utilities: a client through Biopython's Entrez, and a local server to run it against.

Nothing here imports Biopython before the first request.
"""

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
from ingest.eutils.pubmed import FetchedBatch, PubMed, SearchAnswer
from ingest.eutils.server import LocalServer
from ingest.eutils.transport import NCBI, RequestLog, Transport

__all__ = [
    "NCBI",
    "AddressRefused",
    "BadKey",
    "BadStrategy",
    "EutilsError",
    "FetchedBatch",
    "HistoryLost",
    "LocalServer",
    "PubMed",
    "RequestLog",
    "RequestRefused",
    "SearchAnswer",
    "ServiceFailure",
    "TooManyRecords",
    "Transport",
]
