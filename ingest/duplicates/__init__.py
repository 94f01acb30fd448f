"""Which records describe the same report: certainly, perhaps, or not."""

from ingest.duplicates.finding import (
    RULES,
    Duplicates,
    UnsurePair,
    Verdict,
    find_duplicates,
    judge,
)

__all__ = ["RULES", "Duplicates", "UnsurePair", "Verdict", "find_duplicates", "judge"]
