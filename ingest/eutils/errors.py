"""What can go wrong between this program and PubMed, said for a reviewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.record import IngestError

if TYPE_CHECKING:
    from ingest.eutils.transport import RequestLog


class EutilsError(IngestError):
    """Base of every failure of the E-utilities client.

    `requests` holds what was sent before giving up, without key and e-mail address, for the search ledger.
    """

    def __init__(self, message: str, requests: tuple[RequestLog, ...] = ()) -> None:
        super().__init__(message)
        self.requests = requests


class AddressRefused(EutilsError):
    """The base address is neither NCBI's public one nor on this machine."""


class ServiceFailure(EutilsError):
    """The service kept failing, or could not be reached, after every retry."""


class RequestRefused(EutilsError):
    """The service answered that this request is wrong; repeating it would not help."""


class BadKey(RequestRefused):
    """NCBI does not know the API key."""


class HistoryLost(EutilsError):
    """A set kept by NCBI's history server is gone: the search has to be run again."""


class BadStrategy(EutilsError):
    """The strategy does not mean on PubMed what its text says.

    `faults` names each phrase or place; PubMed itself would have dropped most of them without a word.
    """

    def __init__(self, message: str, requests: tuple[RequestLog, ...] = (), *, faults: tuple[str, ...] = ()) -> None:
        super().__init__(message, requests)
        self.faults = faults


class TooManyRecords(EutilsError):
    """The search finds more records than PubMed lists; `count` is how many if known, `cap` how many it lists."""

    def __init__(
        self,
        message: str,
        requests: tuple[RequestLog, ...] = (),
        *,
        count: int | None,
        cap: int,
        translation: str = "",
    ) -> None:
        super().__init__(message, requests)
        self.translation = translation  # how PubMed read the search
        self.count = count
        self.cap = cap
