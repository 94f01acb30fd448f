"""The ranking as it is used while people screen: learned again as votes arrive, in a process of its own.

`Prioritiser` is what a page holds. It answers at once with the last order there is; the work of reading records and
learning is done by a child process (`python -m workbench.prioritising REVIEW`), so that nobody who votes waits for it.
What a reviewer's order is learned from, and what it never is, stands in `learning`.
"""

from workbench.prioritising.client import Prioritiser, shared_prioritiser
from workbench.prioritising.values import NO_ORDER, Order, Reason

__all__ = ["NO_ORDER", "Order", "Prioritiser", "Reason", "shared_prioritiser"]
