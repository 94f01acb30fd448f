"""The review's criteria beside the record: what every record must be, and what belongs to each indication."""

from __future__ import annotations

from collections.abc import Collection

from markupsafe import Markup

from workbench.review import ReviewDefinition
from workbench.ui import parts, text


def show(review: ReviewDefinition, chosen: Collection[str]) -> None:
    """The criteria; the indications that are chosen (all, if none is) stand open, the others one click away."""
    described = [item for item in review.indications if item.description]
    if not review.eligibility and not described:
        return
    blocks: list[Markup] = []
    for item in described:
        blocks.append(
            Markup("<details{}><summary>{}</summary><p>{}</p></details>").format(
                Markup(" open") if item.key in chosen else Markup(""), item.label, item.description
            )
        )
    lines = [
        Markup("<h4>{}</h4><p><strong>In:</strong> {}</p>{}").format(
            criterion.label,
            criterion.include,
            Markup("<p><strong>Out:</strong> {}</p>").format(criterion.exclude) if criterion.exclude else "",
        )
        for criterion in review.eligibility
    ]
    parts.show(
        Markup('<section class="wb-criteria"><h3>Criteria</h3>{}{}</section>').format(
            text.join(lines), text.join([Markup("<h4>By indication</h4>"), *blocks]) if blocks else ""
        )
    )
