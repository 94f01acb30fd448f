"""The PRISMA 2020 flow of a review, counted from its decisions and studies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.prisma import ReportFact, count
from workbench.review import ReviewDefinition
from workbench.store import Store


def report_facts(store: Store, review: ReviewDefinition) -> tuple[ReportFact, ...]:
    """What stands for every report, by the review's own rules."""
    return store.report_facts(
        reviewers_needed=review.screening.reviewers_needed,
        reason_order=[reason.key for reason in review.screening.exclusion_reasons],
    )


def prisma_counts(store: Store, review: ReviewDefinition, *, pooled: Iterable[str] | None = None) -> dict[str, Any]:
    """The counts under the PRISMA2020 package's names. pooled: ids of the studies that are in some pool."""
    flow = count(
        report_facts(store, review),
        store.studies(),
        reason_order=[reason.key for reason in review.screening.exclusion_reasons],
        studies_in_synthesis=None if pooled is None else len(set(pooled)),
    )
    return flow.as_dict()
