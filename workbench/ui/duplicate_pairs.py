"""Pairs of records that a person judges: one pair at a time, one key a word, the next pair at once.

What was said is in the database before the next pair shows, with who, when and why; an undo brings the pair back. Where
a reviewer is in the list is kept as a preference, so that a reload comes back to it.
"""

from __future__ import annotations

import time
from collections import Counter

import streamlit as st
from markupsafe import Markup

from ingest.duplicates import judge
from ingest.record import Record
from workbench.screening import Stage
from workbench.store import Store, StoreError, UnsurePair
from workbench.store.links import Pair, Word
from workbench.ui import context, faults, parts, record_card, record_differences, text

CURSOR, KEYS, SHOWN, SAID = "duplicates:cursor", "duplicates:single-keys", "duplicates:shown", "duplicates:said"
SHORTEST_LOOK = 0.8
"""Seconds a pair must have been on screen: the second half of a double click and a held key decide nothing."""
EVERY = ""
WORDS = {True: "one report", False: "two reports"}


def to_decide(store: Store, reviewer: str, pairs: tuple[UnsurePair, ...]) -> None:
    """The pair at the cursor, side by side, and the keys. pairs: all that wait."""
    keys = _settings(reviewer, pairs)
    shown = _filtered(pairs)
    _said_last()
    if not pairs:
        _none_waits(store)
        _undo_bar(store, reviewer, keys=keys)
        return
    if not shown:
        parts.empty("No pair that waits is of this kind.", then="Choose another reason or source in the sidebar.")
        return
    place = _at_cursor(store, reviewer, shown)
    pair = shown[place]
    settled = store.count_unsure() - len(pairs)
    st.progress(settled / (settled + len(pairs)))
    parts.quiet(
        f"Pair {place + 1} of {len(shown)} that wait{'' if len(shown) == len(pairs) else ' and are of this kind'}. "
        f"{settled} of {settled + len(pairs)} settled so far."
    )
    _pair(store, pair)
    why = st.text_input(
        "Why (kept with your word, may stay empty)", key=f"why:{pair.first}:{pair.second}", max_chars=500
    )
    _bar(store, reviewer, shown, place, why, keys=keys)
    if st.session_state.get(SHOWN, (None, 0.0))[0] != (pair.first, pair.second):
        st.session_state[SHOWN] = ((pair.first, pair.second), time.monotonic())


def _none_waits(store: Store) -> None:
    counts = store.counts()
    if not counts.records:
        parts.empty("There are no records yet.", then="Run the searches first.", command="workbench refresh")
    elif store.count_unsure():
        st.success("Every pair is settled.")
    else:
        parts.empty(
            "No pair of records is waiting to be judged.",
            then="Pairs appear here when duplicates are looked for and two records are alike, but not surely the same.",
            command="workbench dedupe",
        )


def _settings(reviewer: str, pairs: tuple[UnsurePair, ...]) -> bool:
    """Filters, and whether single keys act; in the sidebar, so that a narrow screen shows the pair."""
    reasons = Counter(reason for pair in pairs for reason in pair.reasons)
    sources = Counter(source for pair in pairs for source in _sources(pair))
    switch = f"{KEYS}:{reviewer}"
    st.session_state.setdefault(switch, bool(context.store().preference(reviewer, KEYS, True)))
    with st.sidebar:
        _filter("Reason", reasons, "duplicates:reason")
        _filter("Source", sources, "duplicates:source")
        return st.toggle(
            "Single-key shortcuts",
            key=switch,
            on_change=_keep_switch,
            args=(reviewer, switch),
            help="Letters act at once. Turn this off if you use speech input or press keys by accident.",
        )


def _filter(label: str, counted: Counter[str], key: str) -> None:
    options = [EVERY, *sorted(counted, key=lambda item: (-counted[item], item))]
    parts.hold(key, options, EVERY)  # its last pair may have been settled
    st.selectbox(label, options, format_func=lambda item: f"{item} ({counted[item]})" if item else "Every one", key=key)


@faults.callback
def _keep_switch(reviewer: str, widget: str) -> None:
    context.store().set_preference(reviewer, KEYS, st.session_state.get(widget))


def _sources(pair: UnsurePair) -> frozenset[str]:
    return frozenset(key.partition(":")[0] for key in (pair.first, pair.second))


def _filtered(pairs: tuple[UnsurePair, ...]) -> list[UnsurePair]:
    reason = st.session_state.get("duplicates:reason", EVERY)
    source = st.session_state.get("duplicates:source", EVERY)
    return [
        pair for pair in pairs if (not reason or reason in pair.reasons) and (not source or source in _sources(pair))
    ]


def _at_cursor(store: Store, reviewer: str, pairs: list[UnsurePair]) -> int:
    """The place of the pair this reviewer was looking at, if it still waits; else the first."""
    kept = store.preference(reviewer, CURSOR)
    wanted = tuple(kept) if isinstance(kept, list) else None
    return next((place for place, pair in enumerate(pairs) if (pair.first, pair.second) == wanted), 0)


# --- one pair ---------------------------------------------------------------------------------------------------------


def _pair(store: Store, pair: UnsurePair) -> None:
    left, right = store.records_of((pair.first, pair.second))
    reasons = [text.badge(reason, "warning") for reason in pair.reasons]
    parts.show(Markup('<p class="wb-reasons">Asked because: {}</p>').format(text.join(reasons, " ")))
    verdict, rule = judge(left, right)
    if rule not in pair.reasons and verdict != "unsure":
        parts.quiet(f"As the two records are now, the rules by themselves would say: {verdict} ({rule}).")
    show_both(store, left, right)


def show_both(store: Store, left: Record, right: Record) -> None:
    """Two records side by side, and what hangs on them."""
    names = (_named(left), _named(right))
    parts.show(record_differences.STYLE + record_differences.side_by_side(left, right, names=names))
    carried = [
        (letter, said) for letter, record in (("A", left), ("B", right)) if (said := hangs_on(store, record.key))
    ]
    if carried:
        parts.quiet(
            " ".join(f"On {letter}: {said}." for letter, said in carried)
            + " Decisions and studies stay with the record they name. If the two are one report, they count together; "
            "where people disagree, the report shows under Conflicts."
        )


def _named(record: Record) -> str:
    return f"{record_card.source_name(record)} ({record.key.partition(':')[2]})"


def hangs_on(store: Store, key: str) -> str:
    """What was recorded on the report of a record, without telling how anybody voted."""
    said = []
    for stage, name in ((Stage.TITLE_ABSTRACT, "titles and abstracts"), (Stage.FULL_TEXT, "full texts")):
        people = {decision.reviewer for decision in store.decisions(stage, key)}
        if people:
            said.append(f"decisions of {len(people)} {'person' if len(people) == 1 else 'people'} at {name}")
    for study in store.studies_of(key):
        results = len(store.results(study.id))
        said.append(f"the study {study.label} with {results} {'result' if results == 1 else 'results'}")
    return ", ".join(said)


# --- keys -------------------------------------------------------------------------------------------------------------


def _bar(store: Store, reviewer: str, pairs: list[UnsurePair], place: int, why: str, *, keys: bool) -> None:
    """The keys that decide and move; the bar stays in sight however long the abstracts are."""
    pair = pairs[place]
    following = pairs[(place + 1) % len(pairs)]
    before = pairs[place - 1]
    with st.bottom, st.container(key="decide", horizontal=True, gap="small"):
        for label, letter, same in (("Same", "S", True), ("Different", "D", False)):
            st.button(
                label,
                key=f"unsure:{pair.first}:{pair.second}:{same}",
                shortcut=letter if keys else None,
                type="primary" if same else "secondary",
                on_click=_settle,
                args=((pair.first, pair.second), same, reviewer, why, (following.first, following.second)),
            )
        _undo_button(store, reviewer, keys=keys)
        for label, letter, target in (("Skip", "J", following), ("Back", "K", before)):
            st.button(
                label,
                key=f"{label}:{pair.first}:{pair.second}",
                shortcut=letter if keys else None,
                disabled=len(pairs) == 1,
                on_click=_move,
                args=(reviewer, (target.first, target.second)),
            )


def _undo_bar(store: Store, reviewer: str, *, keys: bool) -> None:
    with st.bottom, st.container(key="decide", horizontal=True, gap="small"):
        _undo_button(store, reviewer, keys=keys)


def _undo_button(store: Store, reviewer: str, *, keys: bool) -> None:
    last = store.last_word_on_unsure(reviewer)
    st.button(
        "Undo",
        key=f"undo:{last.seq if last else ''}",
        shortcut="U" if keys else None,
        disabled=last is None,
        help="Takes back your latest word on a pair and shows the pair again",
        on_click=_undo,
        args=(last, reviewer),
    )


@faults.callback
def _settle(pair: Pair, same: bool, by: str, why: str, following: Pair) -> None:
    if _just_shown(pair):
        st.session_state.pop(SHOWN, None)  # a key that is still held waits anew
        return
    store = context.store()
    word = store.word_on(*pair)
    if word is not None and word.linked is not same:  # said in another window while this one was open
        raise StoreError(
            f"{context.display_name(word.by)} has just said that {pair[0]} and {pair[1]} are {WORDS[word.linked]}. "
            "Nothing was changed; the pair is under Decided by people."
        )
    store.settle_unsure(*pair, same=same, by=by, reasons=[why.strip()] if why.strip() else ())
    st.session_state[SAID] = f"Recorded: {pair[0]} and {pair[1]} are {WORDS[same]}."
    store.set_preference(by, CURSOR, list(following))


@faults.callback
def _undo(last: Word | None, by: str) -> None:
    if last is None:
        return
    store = context.store()
    store.undo_act(last.seq, by)
    st.session_state[SAID] = f"Taken back: {last.pair[0]} and {last.pair[1]} wait again."
    store.set_preference(by, CURSOR, list(last.pair))


@faults.callback
def _move(reviewer: str, target: Pair) -> None:
    st.session_state.pop(SAID, None)
    context.store().set_preference(reviewer, CURSOR, list(target))


def _just_shown(pair: Pair) -> bool:
    """Whether nobody can have read this pair yet: what was pressed was meant for the one before."""
    shown, since = st.session_state.get(SHOWN, (None, 0.0))
    return bool(shown == pair and time.monotonic() - since < SHORTEST_LOOK)


def _said_last() -> None:
    if said := st.session_state.get(SAID):
        parts.show(Markup('<p class="wb-quiet" role="status">{}</p>').format(text.clean(said)))
