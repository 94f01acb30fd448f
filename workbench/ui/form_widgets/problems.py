"""What is to be said about answers, at the field it is about."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from workbench.forms import Answers, Form, Problem, Section, at, check_answers, is_empty, split_path
from workbench.ui import text

Problems = dict[str, tuple[Problem, ...]]
"""Path of an answer -> what is said about it."""


def problems_by_field(form: Form, answers: Answers) -> Problems:
    """What is to be said about each answer."""
    found: Problems = {}
    for problem in check_answers(form, answers):
        found[problem.field] = (*found.get(problem.field, ()), problem)
    return found


def errors_of(form: Form, answers: Answers) -> tuple[str, ...]:
    """What keeps these answers from being final."""
    return tuple(problem.message for problem in check_answers(form, answers) if problem.level == "error")


def shown_problems(section: Section, answers: Answers, problems: Problems) -> Problems:
    """What stands at the fields: a required field that is merely still empty is listed at the end, not marked here."""
    keys = {field.key for field in section.fields}
    return {
        path: found
        for path, found in problems.items()
        if split_path(path).field in keys and not is_empty(at(answers, path))
    }


def shown(problems: Sequence[Problem]) -> Markup:
    """The remarks on one answer."""
    return text.join(
        Markup('<div class="wb-problem {}" role="note">{}: {}</div>').format(
            problem.level, "Error" if problem.level == "error" else "Check", text.clean(problem.message)
        )
        for problem in problems
    )
