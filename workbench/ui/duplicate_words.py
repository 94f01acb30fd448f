"""What people said of pairs of records, with the way back; and two records looked up by hand and judged."""

from __future__ import annotations

import math

import streamlit as st
from markupsafe import Markup
from streamlit.delta_generator import DeltaGenerator

from workbench.store import Store
from workbench.store.links import Word
from workbench.ui import context, duplicate_pairs, faults, merged_reports, parts, record_card, text

PER_PAGE = 20
MOST_OFFERED = 20  # records that a search by hand offers


def words_of_people(store: Store, words: tuple[Word, ...]) -> None:
    """A page of what people said of pairs, and one of the pairs in full."""
    merged_reports.last_act()
    if not words:
        parts.empty(
            "Nobody has judged a pair yet.", then="Settle the pairs that wait, or compare two records of your choice."
        )
        return
    kind = st.segmented_control(
        "Show words",
        ["All", "One report", "Not one report"],
        default="All",
        required=True,
        key="words:kind",
        label_visibility="collapsed",
    )
    wanted = {"One report": True, "Not one report": False}.get(kind or "")
    chosen = [word for word in words if wanted is None or word.linked is wanted]
    if not chosen:
        parts.empty("Nobody has said this of a pair.")
        return
    pages = math.ceil(len(chosen) / PER_PAGE)
    number = st.pagination(pages, key=f"words:page:{kind}:{len(chosen)}") if pages > 1 else 1
    shown = chosen[(number - 1) * PER_PAGE : number * PER_PAGE]
    titles = {record.key: record.title for record in store.records_of([key for word in shown for key in word.pair])}
    by_pair = {word.pair: word for word in shown}
    pair = st.selectbox(
        "Look at one pair",
        list(by_pair),
        index=None,
        placeholder="Choose a pair of this page",
        format_func=lambda item: text.one_line(f"{titles.get(item[0]) or item[0]} – {' and '.join(item)}", 120),
        key=f"words:chosen:{kind}:{number}",
    )
    if pair:
        _one_word(store, by_pair[pair])
    first = (number - 1) * PER_PAGE + 1
    parts.show(
        text.table(
            ("Records", "Word", "Who", "When", "Why"),
            (
                (
                    Markup("{}<br>{}").format(*(text.one_line(titles.get(key) or key, 90) for key in word.pair)),
                    text.badge("one report" if word.linked else "not one report", "good" if word.linked else "plain"),
                    context.display_name(word.by),
                    text.when(word.at),
                    text.one_line("; ".join(word.reasons), 120),
                )
                for word in shown
            ),
            caption=f"Words {first} to {first + len(shown) - 1} of {parts.spaced_number(len(chosen))}, latest first",
        )
    )


def _one_word(store: Store, word: Word) -> None:
    with st.container(border=True):
        left, right = store.records_of(word.pair)
        duplicate_pairs.show_both(store, left, right)
        _judged(store, word.pair[0], word.pair[1])


def by_hand(store: Store) -> None:
    """Two records found by words, side by side, and a person's word on them."""
    merged_reports.last_act()
    parts.quiet("Find any two records, see them side by side, and say whether they are one report.")
    chosen = [_find(store, letter, column) for letter, column in zip("AB", st.columns(2), strict=True)]
    if None in chosen:
        return
    first, second = (str(key) for key in chosen)
    if first == second:
        parts.empty("This is one and the same record.", then="Choose another one on either side.")
        return
    left, right = store.records_of((first, second))
    duplicate_pairs.show_both(store, left, right)
    _judged(store, first, second)


def _find(store: Store, letter: str, column: DeltaGenerator) -> str | None:
    with column:
        words = st.text_input(
            f"Words of record {letter}", key=f"hand:words:{letter}", help="Title, authors, year, DOI, PMID ..."
        )
        if not words.strip():
            return None
        found = store.records(words, limit=MOST_OFFERED)
        if not found:
            parts.quiet("No record holds all these words.")
            return None
        labels = {
            record.key: text.one_line(f"{record.title} ({record.year or 'no year'}, {record_card.source_name(record)})")
            for record in found
        }
        key = st.selectbox(
            f"Record {letter}",
            list(labels),
            format_func=lambda item: labels.get(item, item),
            key=f"hand:chosen:{letter}:{words}",
        )
        more = store.count_records(words) - len(found)
        if more > 0:
            parts.quiet(f"And {more} more: add words to find fewer.")
        return key


def _judged(store: Store, first: str, second: str) -> None:
    """What stands on two records now, and what can be said of them."""
    by = context.known_reviewer_name()
    word = store.word_on(first, second)
    together = second in store.report_of(first).record_keys
    if word is not None:
        parts.quiet(
            f"{context.display_name(word.by)} said on {text.day(word.at)}: "
            f"{'one report' if word.linked else 'not one report'}"
            + (f" ({'; '.join(word.reasons)})." if word.reasons else ".")
        )
    elif together:
        parts.quiet("They are one report by way of other records.")
    why = st.text_input("Why (kept with your word, may stay empty)", key=f"hand:why:{first}:{second}", max_chars=500)
    with st.container(horizontal=True, gap="small"):
        if together:
            for letter, key in (("A", first), ("B", second)):
                st.button(
                    f"Different: take {letter} out of the report",
                    key=f"hand:out:{first}:{second}:{letter}",
                    on_click=_take_out,
                    args=(key, by, why),
                )
        else:
            for label, same in (("Same report", True), ("Different", False)):
                if word is None or word.linked is not same:
                    st.button(
                        label,
                        key=f"hand:{first}:{second}:{same}",
                        type="primary" if same else "secondary",
                        on_click=_say,
                        args=(first, second, same, by, why),
                    )
        if word is not None and word.by_person:
            st.button("Take this word back", key=f"hand:back:{word.seq}", on_click=_take_back, args=(word, by))


@faults.callback
def _say(first: str, second: str, same: bool, by: str, why: str) -> None:
    store = context.store()
    store.settle_unsure(first, second, same=same, by=by, reasons=[why.strip()] if why.strip() else ())
    word = store.word_on(first, second)
    if word is not None:
        merged_reports.remember(word.seq, f"Recorded: {first} and {second} are {duplicate_pairs.WORDS[same]}.")


@faults.callback
def _take_out(key: str, by: str, why: str) -> None:
    merged_reports.take_out(key, by, [why.strip()] if why.strip() else [])


@faults.callback
def _take_back(word: Word, by: str) -> None:
    merged_reports.undo(word.seq, by)
