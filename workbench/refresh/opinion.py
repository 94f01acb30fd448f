"""The ranking's opinion of unread reports, learned from what is settled so far: a place in the order, no more.

A digest is read by everybody, so no single vote is learned from (`workbench.prioritising.learning`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from workbench.prioritising.learning import labels_for, question_of
from workbench.review import ReviewDefinition
from workbench.screening import Stage, State, screening_plan
from workbench.store import Store

FEWEST_INCLUDED = 3
FEWEST_EXCLUDED = 10
"""Reports decided on at title and abstract before there is an opinion at all."""


def ranking_opinion(store: Store, review: ReviewDefinition) -> Callable[[str], str | None]:
    """What the ranking says of a record (by its key), in a few words: "3rd of 40 unread".

    None where its report was decided on already, where the record is not held, or where too few reports were decided
    on to learn from. The ranking is trained at the first question, on the decisions that stand then.
    """

    @cache
    def places() -> tuple[dict[str, int], int]:
        return _places(store, review)

    def opinion(key: str) -> str | None:
        found, unread = places()
        place = found.get(key)
        return None if place is None else f"{_ordinal(place)} of {unread} unread"

    return opinion


def _places(store: Store, review: ReviewDefinition) -> tuple[dict[str, int], int]:
    """The place of each unread report under the key of each of its records, and how many reports are unread."""
    plan = screening_plan(review, store.review_settings())
    votes = labels_for(None, store.decisions_by_report(Stage.TITLE_ABSTRACT), plan.needed)
    included = sum(votes.values())
    if included < FEWEST_INCLUDED or len(votes) - included < FEWEST_EXCLUDED:
        return {}, 0
    # scikit-learn takes its time to load: only where there is something to learn from
    from workbench.prioritising.reading import Reading
    from workbench.ranking import train

    reading = Reading()
    reading.catch_up(store)
    index = reading.index
    held = {key: vote for key, vote in votes.items() if key in index}
    model = train(index, held, question_of(review, plan.highlights))
    facts = store.report_facts(reviewers_needed=plan.needed)
    unread = [fact for fact in facts if fact.title_abstract is State.PENDING and fact.key in index]
    order = {key: place for place, key in enumerate(model.ranking([fact.key for fact in unread]), start=1)}
    return {key: order[fact.key] for fact in unread for key in fact.records}, len(unread)


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{({1: 'st', 2: 'nd', 3: 'rd'}).get(number % 10, 'th')}"
