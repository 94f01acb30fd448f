"""What was recorded about a result, and the history of each of its values, with a way back to an earlier one."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.extraction import TAKEN_BACK, Change, changes, latest_change, with_change_taken_back
from workbench.forms import Form, split_path
from workbench.store import Event, Store
from workbench.ui import context, faults, form_widgets, parts, text
from workbench.ui.extraction import saving
from workbench.ui.extraction.saving import Desk
from workbench.ui.worklists import ResultLine


def show(store: Store, line: ResultLine, form: Form, reviewer: str) -> None:
    """Acts on the result, and changes of values: one's own while the other extractor is at work, else everybody's."""
    with st.expander("History"):
        parts.show(
            text.table(
                ("When", "Who", "What", "Detail"),
                (
                    (text.when(event.at), context.display_name(event.by), event.action, _detail(line, event, reviewer))
                    for event in reversed(store.history(line.slot.id))
                ),
                caption="What was recorded about this result, newest first",
            )
        )
        known = store.extractions(result=line.slot.id)
        if not line.open_to(reviewer):
            known = tuple(item for item in known if item.extractor == reviewer)
        _values(line, form, reviewer, changes(known))


def _detail(line: ResultLine, event: Event, reviewer: str) -> str:
    """What is told of an act; the reason for opening a consensus again may name answers that are not to be seen."""
    if event.action == "consensus opened again" and not line.open_to(reviewer):
        return "the reason is shown with the answers"
    return event.detail


def _values(line: ResultLine, form: Form, reviewer: str, found: tuple[Change, ...]) -> None:
    counted: dict[str, int] = {}
    for change in found:
        counted[change.path] = counted.get(change.path, 0) + 1
    if not counted:
        return
    path = st.selectbox(
        "History of one value",
        list(counted),
        index=None,
        format_func=lambda item: f"{called(form, item)} ({counted.get(item, 0)})",
        placeholder="Choose a value",
        key=f"history:path:{line.slot.id}",
    )
    if path is None:
        return
    field = field_of(form, path)
    mine = [change for change in found if change.path == path]
    parts.show(
        text.table(
            ("When", "Who", "As", "Before", "After"),
            (
                (
                    text.when(change.at),
                    context.display_name(change.by),
                    change.role,
                    form_widgets.shown_answer(field, change.before),
                    form_widgets.shown_answer(field, change.after),
                )
                for change in reversed(mine)
            ),
            caption=f"{called(form, path)}, newest first",
        )
    )
    latest = latest_change(mine, path, reviewer)
    desk = Desk(slot=line.slot, form=form, reviewer=reviewer)
    if latest is not None and line.extractors.get(reviewer) == "draft" and desk.stale_key not in st.session_state:
        st.button(
            "Undo my latest change of this value",
            key=f"history:undo:{latest.extraction}:{path}",
            help="Again: the change before it",
            on_click=_undo,
            args=(desk, latest),
        )


@faults.callback
def _undo(desk: Desk, change: Change) -> None:
    store = context.store()
    saved = desk.saved(store)
    if saved is None or saved.state != "draft":
        return
    mine = tuple(map(context.current_forms().bring, store.extractions(result=desk.slot.id)))
    answers = with_change_taken_back(mine, change)
    if answers is None:
        return  # taken back already, or changed in another window
    st.session_state[desk.revision_key] = saved.revision
    saving.save(desk, answers, "draft", note=f"{TAKEN_BACK}{change.own}")
    saving.load_newer(desk)


def field_of(form: Form, path: str) -> Any:
    """The field, or the table's column, that a path is about; None where the form has none."""
    place = split_path(path)
    field = next((item for item in form.fields if item.key == place.field), None)
    if field is not None and place.column and field.type == "table":
        return next((column for column in field.columns if column.key == place.column), None)
    return field


def called(form: Form, path: str) -> str:
    """A common path in words: “Arms, sham: Randomised”."""
    place = split_path(path)
    table = next((item for item in form.fields if item.key == place.field), None)
    name = table.label if table is not None else place.field
    if not place.row:
        return name
    if not place.column:
        return f"{name}: {place.row}"
    column = field_of(form, path)
    return f"{name}, {place.row}: {column.label if column is not None else place.column}"
