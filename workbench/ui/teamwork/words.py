"""Words and small pieces that the views of the team's page share."""

from __future__ import annotations

import hashlib
import json

from markupsafe import Markup

from workbench.screening import Stage, Verdict
from workbench.screening.agreement import Coefficient
from workbench.ui import context, parts, text

STAGES = {Stage.TITLE_ABSTRACT: "Titles and abstracts", Stage.FULL_TEXT: "Full texts"}
VERDICTS = {Verdict.INCLUDE: "Include", Verdict.MAYBE: "Maybe", Verdict.EXCLUDE: "Exclude"}


class LeadsOnly(Exception):
    """Somebody else tried an act of whoever leads the review."""


def is_lead() -> bool:
    """Whether whoever is working leads the review."""
    person = context.known_reviewer()
    return person is not None and person.role == "lead"


def leads_only(what: str) -> None:
    """Say who can do what this person cannot."""
    names = [context.display(person) for person in context.store().reviewers() if person.role == "lead"]
    parts.quiet(f"{what} is for whoever leads the review" + (f": {', '.join(names)}." if names else "."))


def need_lead() -> None:
    """Refuse an act to whoever does not lead the review: a form may have stayed open while roles changed."""
    if not is_lead():
        raise LeadsOnly("This is for whoever leads the review. Nothing was recorded.")


def mark(value: object) -> str:
    """A short name for plain data, so that a widget starts anew where the data is another."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def share(coefficient: Coefficient) -> str:
    """A coefficient with its interval."""
    if coefficient.value is None:
        return "–"
    interval = (
        ""
        if coefficient.low is None or coefficient.high is None
        else f" ({text.number(coefficient.low)} to {text.number(coefficient.high)})"
    )
    return f"{text.number(coefficient.value)}{interval}"


def notes(*coefficients: Coefficient) -> Markup:
    """Why a coefficient does not exist, where one does not."""
    said = dict.fromkeys(f"{item.name}: {item.note}" for item in coefficients if item.note)
    return text.join(Markup('<p class="wb-quiet">{}.</p>').format(line) for line in said)
