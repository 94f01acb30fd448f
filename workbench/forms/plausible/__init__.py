"""The plausibility rules on the answers to one form: which numbers stand where, and where a finding is shown.

The rules themselves are in `workbench.plausibility`. Nothing here is required: a rule looks at the fields of a form
that are there and answered, so that other reviews' forms simply have fewer of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from workbench.forms.answers import Answers
from workbench.forms.plausible.counting import counts, guesses, people, safety, trial_arms
from workbench.forms.plausible.lines import Found, Line, lines_of
from workbench.forms.plausible.means import directions, kinds_of_spread, on_the_grid, on_the_scale, repeated_numbers
from workbench.forms.plausible.printed import (
    degrees_of_freedom,
    printed_beside_arms,
    printed_beside_means,
    printed_estimate,
)
from workbench.forms.plausible.stimulation import stimulation
from workbench.forms.problems import Problem
from workbench.plausibility import Finding

__all__ = ["CONTRADICTIONS", "RULES", "Line", "findings", "lines_of", "problems"]


def findings(answers: Answers) -> Iterator[Finding]:
    """Everything that the rules find in the answers of one result, infos included."""
    for rule in RULES:
        yield from (finding for finding in rule(answers) if finding is not None)


def problems(findings: Found, answers: Answers) -> Iterator[Problem]:
    """Errors and warnings, each at the first of its fields that is answered. Infos are for reports, not for forms."""
    for finding in findings:
        if finding is None or finding.level == "info":
            continue
        at = next((name for name in finding.fields if name.partition("[")[0] in answers), "")
        if at:
            yield Problem(field=at, message=finding.message, level=finding.level)


RULES: tuple[Callable[[Answers], Found], ...] = (
    stimulation,
    people,
    trial_arms,
    guesses,
    safety,
    on_the_scale,
    kinds_of_spread,
    repeated_numbers,
    on_the_grid,
    counts,
    printed_estimate,
    printed_beside_arms,
    printed_beside_means,
    degrees_of_freedom,
    directions,
)
"""Every rule over the answers of one result."""

CONTRADICTIONS: tuple[Callable[[Answers], Found], ...] = (
    printed_estimate,
    printed_beside_arms,
    printed_beside_means,
    counts,
    degrees_of_freedom,
)
"""Those of them that say that printed numbers contradict each other."""
