"""From sources into the store: PubMed strategies, files of records, and the duplicates among what came."""

from ingest.eutils import EutilsError
from workbench.refresh.deduplicating import Deduplicated, deduplicate
from workbench.refresh.importing import Imported, import_files
from workbench.refresh.ledger import ledger_entry, request_log
from workbench.refresh.progress import Progress
from workbench.refresh.strategies import run_refresh

__all__ = [
    "Deduplicated",
    "EutilsError",
    "Imported",
    "Progress",
    "deduplicate",
    "import_files",
    "ledger_entry",
    "request_log",
    "run_refresh",
]
