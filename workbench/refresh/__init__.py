"""From sources into the store: PubMed strategies, files of records, and the duplicates among what came."""

from ingest.eutils import EutilsError
from workbench.refresh.deduplicating import Deduplicated, deduplicate
from workbench.refresh.importing import Imported, import_files
from workbench.refresh.strategies import ledger_entry, run_refresh

__all__ = ["Deduplicated", "EutilsError", "Imported", "deduplicate", "import_files", "ledger_entry", "run_refresh"]
