"""One record out of several that describe one report: the best of each field, and from which record it is."""

from ingest.merging.choosing import Merged, merge
from ingest.merging.contradictions import Conflict

__all__ = ["Conflict", "Merged", "merge"]
