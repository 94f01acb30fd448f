"""Marks on results that a reader must know of, given by general rules: no trial is known here by its name.

Each rule looks at one contrast among all of the review's and says what it found, with the numbers. Whether a flagged
result is pooled is the analysis's choice; every pool is also shown without the flagged ones. The rules on numbers are
those of `workbench.plausibility`; what is theirs to compare is found here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workbench.review import ReviewDefinition
from workbench.synthesis.flags.look import Among, Look, Rule
from workbench.synthesis.flags.numbers import as_two_groups, outcome_of, plain, scale_length, sd_of
from workbench.synthesis.flags.rules import FLAGS, RULES
from workbench.synthesis.flags.sharing import shares_comparator
from workbench.synthesis.values import Contrast, Flag

__all__ = [
    "FLAGS",
    "RULES",
    "Among",
    "Look",
    "Rule",
    "as_two_groups",
    "flagged",
    "outcome_of",
    "plain",
    "scale_length",
    "sd_of",
    "shares_comparator",
]


def flagged(contrasts: Sequence[Contrast], review: ReviewDefinition) -> tuple[Contrast, ...]:
    """The contrasts with every flag that the rules raise, in the order given."""
    among = Among.of(contrasts)
    found = []
    for contrast in contrasts:
        look = Look(contrast=contrast, among=among, review=review)
        messages = ((rule, rule.says(look)) for rule in RULES)
        flags = tuple(Flag(code=rule.code, message=message, level=rule.level) for rule, message in messages if message)
        found.append(replace(contrast, flags=flags))
    return tuple(found)
