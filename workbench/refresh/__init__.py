"""From sources into the store: PubMed strategies, files of records, and the duplicates among what came."""

from ingest.eutils import EutilsError
from workbench.refresh.chasing import chase
from workbench.refresh.deduplicating import Deduplicated, deduplicate
from workbench.refresh.importing import Imported, import_files
from workbench.refresh.ledger import ledger_entry, request_log
from workbench.refresh.pmid_list import FetchedList, fetch_pmid_list
from workbench.refresh.progress import Progress
from workbench.refresh.strategies import run_refresh
from workbench.refresh.update_files import apply_update_files

__all__ = [
    "Deduplicated",
    "EutilsError",
    "FetchedList",
    "Imported",
    "Progress",
    "apply_update_files",
    "chase",
    "deduplicate",
    "fetch_pmid_list",
    "import_files",
    "ledger_entry",
    "request_log",
    "run_refresh",
]
