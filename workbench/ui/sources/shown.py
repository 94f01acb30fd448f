"""What the parts of the reading pane share: which document is open, for whom, and where a quote goes."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.extraction import Study
from workbench.store import Store
from workbench.ui.sources.attaching import OnQuote
from workbench.ui.sources.documents import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A document that is open beside the form."""

    store: Store
    study: Study
    reviewer: str
    document: Document
    on_quote: OnQuote | None  # None: reading only

    def key(self, name: str) -> str:
        """A name in the session that belongs to this document."""
        return f"sources:{self.study.id}:{self.document.id}:{name}"
