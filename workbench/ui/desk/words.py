"""What the screening pages call verdicts, standings, reasons and filters; and the ids of what is done on them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from workbench.review import ReviewDefinition
from workbench.screening import Decision, Stage, Verdict
from workbench.store import ListFilter

VERDICTS = {Verdict.INCLUDE: "Include", Verdict.MAYBE: "Maybe", Verdict.EXCLUDE: "Exclude"}
_STANDINGS = {
    "waiting": "waiting for my vote",
    "voted": "I have voted",
    "pending": "votes are missing",
    "included": "included",
    "excluded": "excluded",
    "conflict": "in conflict",
}
HELD_FOR = {Stage.TITLE_ABSTRACT: "twenty minutes", Stage.FULL_TEXT: "two hours"}
"""How long a report stays with whoever has it before them (`store.desk.LEASES`)."""
ASIDE = {
    Stage.TITLE_ABSTRACT: "not screened because of a stop",
    Stage.FULL_TEXT: "not assessed (not retrieved, or a stop)",
}
_ACTS = uuid.UUID("0f1d3c52-7c55-4b54-9d0f-7b8f0a3a6c11")  # names the ids below; never change it


def act_id(*saying: object) -> str:
    """The id of what is done from one view: the same view doing the same thing again is the same fact."""
    return str(uuid.uuid5(_ACTS, repr(tuple(str(part) for part in saying))))


def verdict_word(decision: Decision | None) -> str:
    """What a decision says; empty for none."""
    return "" if decision is None or decision.verdict is None else VERDICTS[decision.verdict]


def standing_word(standing: str, stage: Stage) -> str:
    """How a report stands, in words; "" for any."""
    return ASIDE[stage] if standing == "not screened" else _STANDINGS.get(standing, "any")


def reason_label(review: ReviewDefinition, key: str | None) -> str:
    """What to call an exclusion reason; a key that the review no longer has stays as it is."""
    labels = {reason.key: reason.label for reason in review.screening.exclusion_reasons}
    return labels.get(key or "", key or "")


def short_labels(review: ReviewDefinition, keys: Iterable[str]) -> str:
    """Indications by their short names, in the review's order; those it no longer has as they are."""
    wanted = set(keys)
    known = [item.short for item in review.indications if item.key in wanted]
    return ", ".join(known + sorted(wanted - {item.key for item in review.indications}))


def as_noun(stage: Stage) -> str:
    """What is screened: records at title and abstract, reports at full text."""
    return "record" if stage is Stage.TITLE_ABSTRACT else "report"


def reports_word(count: int, stage: Stage) -> str:
    """A number of what is screened."""
    return f"{count:,} {as_noun(stage)}{'' if count == 1 else 's'}".replace(",", " ")


def filter_in_words(wanted: ListFilter, review: ReviewDefinition, stage: Stage) -> str:
    """What a filter lets through, for the page and for the note of what is done with it; empty if it is everything."""
    said = []
    if wanted.text.strip():
        said.append(f"with the words “{' '.join(wanted.text.split())}”")
    if wanted.indication is not None:
        said.append(f"found for {short_labels(review, [wanted.indication])}")
    if wanted.tag is not None:
        said.append(f"tagged {short_labels(review, [wanted.tag])} by me")
    if wanted.year_from is not None and wanted.year_from == wanted.year_to:
        said.append(f"of {wanted.year_from}")
    elif wanted.year_from is not None or wanted.year_to is not None:
        said.append(
            " ".join(
                f"{word} {year}"
                for word, year in (("from", wanted.year_from), ("up to", wanted.year_to))
                if year is not None
            )
        )
    if wanted.standing:
        said.append(standing_word(wanted.standing, stage))
    if wanted.verdict:
        said.append(f"my decision: {VERDICTS[Verdict(wanted.verdict)].lower()}")
    if wanted.label is not None:
        said.append(f"my label “{wanted.label}”")
    return ", ".join(said)
