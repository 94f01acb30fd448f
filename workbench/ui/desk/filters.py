"""Which reports a reviewer looks through: words, indication, years, standing, their own decisions and labels.

The filter stands in the page's address, so that it can be sent to somebody, and is kept for each reviewer and stage. An
address comes from outside and may say anything: what is no filter of this review is left out, and the page says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, get_args, get_type_hints

import streamlit as st
from markupsafe import Markup

from workbench.review import ReviewDefinition
from workbench.screening import Stage, Verdict
from workbench.store import ListFilter
from workbench.ui import context, faults, parts, screening_session, text
from workbench.ui.desk.words import VERDICTS, filter_in_words, standing_word

ADDRESS = {
    "text": "words",
    "indication": "found",
    "tag": "tag",
    "year_from": "from",
    "year_to": "to",
    "standing": "standing",
    "verdict": "mine",
    "label": "label",
}
"""Field of a ListFilter -> its name in the address."""
LONGEST = 200  # characters of a value
YEARS = (1800, 2100)
STANDINGS: tuple[str, ...] = get_args(get_type_hints(ListFilter)["standing"])
OWN_VERDICTS: tuple[str, ...] = get_args(get_type_hints(ListFilter)["verdict"])
ANY = ""  # chosen where a menu filters nothing
_NOTHING = ListFilter()


def filters(stage: Stage, *, opened: bool = False) -> ListFilter:
    """The reviewer's filter: its fields in the sidebar and, where it is called, a line that says what is left out.

    opened: whether the fields can be seen at once although nothing is filtered.
    """
    reviewer = context.known_reviewer_name()
    wanted = _held(stage, reviewer)
    with st.sidebar.expander("Filters", expanded=opened or not wanted.empty, key=f"filters:{stage.value}:{opened}"):
        _fields(stage, reviewer, wanted)
    _keep_address(wanted)
    _summary(stage, reviewer, wanted)
    return wanted


# --- what is kept ---------------------------------------------------------------------------------------------------


def as_written(wanted: ListFilter) -> dict[str, str]:
    """A filter as the address and the reviewer's preferences hold it; what is not filtered is left out."""
    return {
        name: str(getattr(wanted, field))
        for field, name in ADDRESS.items()
        if getattr(wanted, field) != getattr(_NOTHING, field)
    }


def read_filter(given: Mapping[str, Any], review: ReviewDefinition, labels: set[str]) -> tuple[ListFilter, list[str]]:
    """The filter that was written, and what of it means nothing here, in words. labels: the reviewer's own."""
    indications = {item.key for item in review.indications}
    understood: dict[str, Any] = {}
    refused = []
    for field, name in ADDRESS.items():
        if name not in given or given[name] is None:
            continue
        value = " ".join(text.clean(given[name]).split())
        known: object = None
        if (field == "text" and len(value) <= LONGEST) or (
            (field in ("indication", "tag") and value in indications)
            or (field == "standing" and value in STANDINGS)
            or (field == "verdict" and value in OWN_VERDICTS)
            or (field == "label" and value in labels)
        ):
            known = value
        elif field in ("year_from", "year_to"):
            known = _year(value)
        if known is None:
            refused.append(f"{name}={text.one_line(value, 40)}")
        else:
            understood[field] = known
    return ListFilter(**understood), refused


def _year(value: str) -> int | None:
    if not (value.isascii() and value.isdigit() and len(value) == 4):
        return None
    return int(value) if YEARS[0] <= int(value) <= YEARS[1] else None


def _state(stage: Stage, reviewer: str) -> str:
    return f"filter:{stage.value}:{reviewer}"


def _preference(stage: Stage) -> str:
    return f"screening:filter:{stage.value}"


def _held(stage: Stage, reviewer: str) -> ListFilter:
    """The filter of this session; at first the address's, else the one that the reviewer had the last time."""
    state = _state(stage, reviewer)
    if state not in st.session_state:
        store = context.store()
        sent = {name: st.query_params[name] for name in ADDRESS.values() if name in st.query_params}
        kept = store.preference(reviewer, _preference(stage))
        given = sent or (kept if isinstance(kept, dict) else {})
        own = {label for labels in store.labels_of(reviewer).values() for label in labels}
        wanted, refused = read_filter(given, context.review(), own)
        st.session_state[state] = wanted
        if refused and sent:
            st.session_state[f"{state}:refused"] = refused
    held = st.session_state[state]
    return held if isinstance(held, ListFilter) else _NOTHING


def set_filter(stage: Stage, reviewer: str, wanted: ListFilter) -> None:
    """Look through this from now on."""
    state = _state(stage, reviewer)
    st.session_state[state] = wanted
    st.session_state.pop(f"{state}:refused", None)
    context.store().set_preference(reviewer, _preference(stage), as_written(wanted))


def _keep_address(wanted: ListFilter) -> None:
    written = as_written(wanted)
    for name in ADDRESS.values():
        if st.query_params.get(name) == written.get(name):
            continue
        if name in written:
            st.query_params[name] = written[name]
        else:
            del st.query_params[name]


# --- what is shown --------------------------------------------------------------------------------------------------


def _fields(stage: Stage, reviewer: str, wanted: ListFilter) -> None:
    review, store = context.review(), context.store()
    labels = {item.key: item.label for item in review.indications}
    own = sorted({label for given in store.labels_of(reviewer).values() for label in given}, key=str.casefold)
    if wanted.label is not None and wanted.label not in own:
        own.append(wanted.label)
    state = _state(stage, reviewer)

    def asked(field: str) -> dict[str, Any]:
        """Key and callback of a field, which shows what the filter says now."""
        key = f"{state}:{field}"
        held = getattr(wanted, field)
        st.session_state[key] = ANY if held is None and field not in ("year_from", "year_to") else held
        return {"key": key, "on_change": _changed, "args": (stage, reviewer, field, key)}

    def choice(label: str, field: str, options: list[Any], word: Callable[[Any], str]) -> None:
        st.selectbox(label, options, format_func=word, **asked(field))

    def named(key: str) -> str:
        return labels.get(key, key) or "any"

    st.text_input(
        "Search words",
        max_chars=LONGEST,
        help="Every word must stand in title, authors, journal, year, identifiers or abstract",
        **asked("text"),
    )
    choice("Found for", "indication", [ANY, *labels], named)
    choice("Tagged by me", "tag", [ANY, *labels], named)
    if not screening_session.plan().hides("year", stage):
        with st.container(horizontal=True, gap="small"):
            for label, field in (("From year", "year_from"), ("To year", "year_to")):
                st.number_input(label, min_value=YEARS[0], max_value=YEARS[1], step=1, width=110, **asked(field))
    choice("Standing", "standing", list(STANDINGS), lambda key: standing_word(key, stage))
    choice("My decision", "verdict", list(OWN_VERDICTS), lambda key: VERDICTS[Verdict(key)] if key else "any")
    choice("My label", "label", [ANY, *own], lambda key: key or "any")


@faults.callback
def _changed(stage: Stage, reviewer: str, field: str, key: str) -> None:
    value = st.session_state.get(key)
    empty = getattr(_NOTHING, field)
    if field == "text":
        value = " ".join(text.clean(value or "").split())
    elif field in ("year_from", "year_to") and value is not None:
        value = int(value)
    set_filter(stage, reviewer, replace(_held(stage, reviewer), **{field: value or empty}))


@faults.callback
def _clear(stage: Stage, reviewer: str) -> None:
    set_filter(stage, reviewer, _NOTHING)


def _summary(stage: Stage, reviewer: str, wanted: ListFilter) -> None:
    refused = st.session_state.get(f"{_state(stage, reviewer)}:refused")
    if refused:
        parts.quiet(f"The address names what is no filter of yours here; it was left out: {', '.join(refused)}")
    if wanted.empty:
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"filtered:{stage.value}"):
        said = Markup('<p class="wb-quiet" role="status">{} {}</p>').format(
            text.badge("Filtered", "warning"), filter_in_words(wanted, context.review(), stage)
        )
        st.html(str(said), width="content")
        st.button(
            "Clear the filter",
            key=f"clear:{stage.value}",
            type="tertiary",
            on_click=_clear,
            args=(stage, reviewer),
        )
    if wanted.year_from is not None and wanted.year_to is not None and wanted.year_from > wanted.year_to:
        st.warning("The filter's first year is behind its last, so nothing can be found.")
