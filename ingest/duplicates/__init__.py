"""Which records describe the same report: certainly, perhaps, or not."""

from ingest.duplicates.agreement import Verdict
from ingest.duplicates.explaining import Explanation, explain
from ingest.duplicates.finding import Duplicates, find_duplicates
from ingest.duplicates.grouping import UnsurePair
from ingest.duplicates.rules import RULES, judge

__all__ = [
    "RULES",
    "Duplicates",
    "Explanation",
    "UnsurePair",
    "Verdict",
    "explain",
    "find_duplicates",
    "judge",
]
