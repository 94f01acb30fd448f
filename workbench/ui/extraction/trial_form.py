"""What a reviewer may see of a trial's own forms while working on one of its results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workbench.forms import Answers, Form, is_empty, rows
from workbench.forms.tables import ARMS
from workbench.store import Store
from workbench.ui.extraction.saving import Desk
from workbench.ui.worklists import ResultLine

Tables = Mapping[str, Sequence[Mapping[str, Any]]]


def answers_seen(store: Store, lines: Iterable[ResultLine], forms: Mapping[str, Form], reviewer: str) -> Answers:
    """The answers of the trial's forms, together: as they stand once settled, before that as this reviewer has them."""
    found: dict[str, Any] = {}
    for line in lines:
        form = forms.get(line.slot.form)
        if form is None or form.scope != "trial":
            continue
        if line.settled is not None and line.settled.usable:
            answers: Answers = line.settled.answers
        else:
            own = Desk(slot=line.slot, form=form, reviewer=reviewer).saved(store)
            answers = own.answers if own is not None and own.state != "withdrawn" else {}
        found |= {key: value for key, value in answers.items() if is_empty(found.get(key))}
    return found


def tables_of(answers: Answers, forms: Mapping[str, Form]) -> Tables:
    """The tables among them, for result forms whose rows are the trial's arms."""
    keys = {
        table.key
        for form in forms.values()
        if form.scope == "trial" and ARMS in form.keys
        for table in form.tables
        if table.key in answers
    }
    return {key: rows(answers, key) for key in sorted(keys)}
