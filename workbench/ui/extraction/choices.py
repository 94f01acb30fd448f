"""The choices between two extractors' answers as they stand on screen; they survive a reload and changed answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from workbench.extraction import PLACE, Chosen, Extraction, answers_of, choices_kept, comparable, is_row
from workbench.forms import NOT_REPORTED, FormField, TableField, is_empty, is_not_reported
from workbench.ui.extraction import value_history
from workbench.ui.extraction.saving import Desk
from workbench.ui.form_widgets.shown import as_answer, as_shown

OTHER = "another value"
AS_NUMBERS = "as the numbers"
"""Of the result's quote and page: those of the extractor whose numbers are taken."""

Finals = tuple[Extraction, ...]


def choice_key(desk: Desk, path: str) -> str:
    """The session's key of the choice of one value."""
    return f"{desk.prefix}:{path}#choice"


def other_key(desk: Desk, path: str) -> str:
    """The session's key of another value than the extractors'."""
    return f"{desk.prefix}:{path}#other"


def silent_key(desk: Desk, path: str) -> str:
    """The session's key of the box that another value is "not reported"."""
    return f"{desk.prefix}:{path}#other:not_reported"


def quote_key(desk: Desk, path: str) -> str:
    """The session's key of the quote of another value."""
    return f"{desk.prefix}:{path}#other:quote"


def page_key(desk: Desk, path: str) -> str:
    """The session's key of the page of another value."""
    return f"{desk.prefix}:{path}#other:page"


def asked_again_key(desk: Desk, path: str) -> str:
    """The session's entry: whose answer changed after it was chosen."""
    return f"{desk.prefix}:{path}#asked-again"


def note_key(desk: Desk) -> str:
    """The session's key of the reason."""
    return f"{desk.prefix}#why"


def can_be_typed(field: FormField | None) -> bool:
    """Whether another value can be given."""
    return field is not None and not isinstance(field, TableField)


def offered(desk: Desk, finals: Finals, path: str) -> tuple[str, ...]:
    """What can be chosen for one value: a row that not all have is taken or left as a whole."""
    ids = tuple(item.id for item in finals)
    if path == PLACE:
        return (AS_NUMBERS, *ids, OTHER)
    return (*ids, OTHER) if not is_row(path) and can_be_typed(value_history.field_of(desk.form, path)) else ids


def preset(desk: Desk, finals: Finals, known: Mapping[str, Extraction], path: str, held: Mapping[str, Any]) -> None:
    """Put a choice on screen: what stands there, or else what was saved, as far as it still means the same.

    known: all revisions by id. held: the saved draft, or the consensus that was opened again. An extractor who saved
    the same answer again is still chosen; where the answer changed, the choice is asked for again.
    """
    key, kept = choice_key(desk, path), choices_kept(held).get(path)
    saved = None if kept is None else kept.extraction or OTHER
    was = st.session_state.get(key, saved)
    now = was if was in offered(desk, finals, path) else _of_today(was, finals, known, path)
    if was is not None and now is None and was in known:
        st.session_state[asked_again_key(desk, path)] = known[was].extractor
    st.session_state[key] = AS_NUMBERS if path == PLACE and now is None else now
    if kept is None:
        return
    field = value_history.field_of(desk.form, path)
    for widget, text in ((quote_key(desk, path), kept.quote), (page_key(desk, path), kept.page)):
        st.session_state.setdefault(widget, text)
    if path != PLACE and field is not None and can_be_typed(field):
        st.session_state.setdefault(silent_key(desk, path), is_not_reported(kept.value))
        st.session_state.setdefault(other_key(desk, path), as_shown(field, kept.value))


def _of_today(was: object, finals: Finals, known: Mapping[str, Extraction], path: str) -> str | None:
    """The standing answers of the extractor who was chosen, if they say the same; None means no choice."""
    old = known.get(was) if isinstance(was, str) else None
    new = next((item for item in finals if old is not None and item.extractor == old.extractor), None)
    if old is None or new is None:
        return None
    return new.id if _said(old, path, finals[0]) == _said(new, path, finals[0]) else None


def _said(item: Extraction, path: str, first: Extraction) -> Any:
    if path == PLACE:
        return [comparable(item.answers.get(key)) for key in ("quote", "page")]
    answer = answers_of(item, path, first)
    if isinstance(answer, Mapping) and is_row(path):
        return {key: comparable(cell) for key, cell in answer.items() if not key.startswith("_")}
    return comparable(answer)


def on_screen(desk: Desk, finals: Finals, paths: tuple[str, ...]) -> dict[str, Chosen]:
    """The choices made. Another value that is still empty is one, too: nothing is to stand there."""
    ids = {item.id for item in finals}
    found: dict[str, Chosen] = {}
    for path in paths:
        choice = st.session_state.get(choice_key(desk, path))
        if choice in ids:
            found[path] = Chosen(extraction=choice)
        elif choice == OTHER:
            quote, page = (str(st.session_state.get(key(desk, path)) or "").strip() for key in (quote_key, page_key))
            found[path] = Chosen(value=None if path == PLACE else _typed(desk, path), quote=quote, page=page)
    return found


def _typed(desk: Desk, path: str) -> Any:
    if st.session_state.get(silent_key(desk, path)):
        return dict(NOT_REPORTED)
    field = value_history.field_of(desk.form, path)
    shown = st.session_state.get(other_key(desk, path))
    answer = as_answer(field, shown) if field is not None else None
    return None if is_empty(answer) else answer
