"""What the words of a column stand for, and what holds for every row because the sheet does not say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from workbench.extraction_sheets import Imported, Use
from workbench.extraction_sheets.cell_text import as_number, folded, is_not_reported_text, part_of
from workbench.extraction_sheets.trial_places import is_trial_target, words_for
from workbench.forms import (
    NOT_REPORTED,
    ChoiceField,
    Column,
    CountField,
    Form,
    FormField,
    LongTextField,
    MultiChoiceField,
    NumberField,
    TextField,
    YesNoUnclearField,
    is_not_reported,
)
from workbench.ui import context, faults, parts, text
from workbench.ui.extraction_sheets import fields, opened
from workbench.ui.extraction_sheets.opened import Opened

MOST_WORDS = 60  # texts of one column that are listed
ASK, EMPTY, SILENT = "", "left empty", "not reported"


def show_words(held: Opened, imported: Imported, forms: Mapping[str, Form], names: Mapping[str, str]) -> None:
    """The words of one column at a time; the columns with unknown words come first."""
    asked: dict[str, set[str]] = {}
    for problem in imported.problems_of("error"):
        asked.setdefault(problem.field, set()).add(problem.value)
    uses = [use for use in held.mapping.uses if _field_of(use.field, held, forms) is not None or use.field in _SPECIAL]
    if not uses:
        return
    listed = [(use, [word for word in _words_of(held, use) if _is_asked(word, use, asked)]) for use in uses]
    listed.sort(key=lambda found: not found[1])
    st.subheader("What the words stand for", anchor=False)
    open_words = sum(len(words) for _, words in listed)
    parts.quiet(
        f"Not understood yet: {open_words}. Their cells are not taken until you say what they stand for."
        if open_words
        else "Every word of these columns is understood. Look through them all the same."
    )
    labels = [
        f"{use.column} → {names.get(use.field, use.field)}" + (f" ({len(words)} open)" if words else "")
        for use, words in listed
    ]
    place = st.selectbox(
        "Words of",
        range(len(labels)),
        format_func=lambda number: text.literal(text.one_line(labels[number], 100)) if number < len(labels) else "",
        key=f"sheets:words of:{held.file_id}:{held.mapping.sheet}",
    )
    use, unknown = listed[place if isinstance(place, int) and place < len(listed) else 0]
    _list(held, use, unknown, _field_of(use.field, held, forms))


_SPECIAL = {"_form": (), "_arm": ("active", "comparator")}


def _field_of(key: str, held: Opened, forms: Mapping[str, Form]) -> ChoiceField | MultiChoiceField | None:
    field = fields.field_of(key, held.mapping, forms)
    return field if isinstance(field, ChoiceField | MultiChoiceField) else None


def _words_of(held: Opened, use: Use) -> list[str]:
    column = held.table.column(use.column)
    if column is None:
        return []
    return [word for word in dict.fromkeys(part_of(cell, use.part) for cell in held.table.texts(column)) if word]


def _is_asked(word: str, use: Use, asked: Mapping[str, set[str]]) -> bool:
    known, _ = use.stands_for(word)
    return not known and any(folded(word) in folded(value) for value in asked.get(use.field, ()))


def _list(held: Opened, use: Use, unknown: list[str], field: ChoiceField | MultiChoiceField | None) -> None:
    words = [*unknown, *(word for word in _words_of(held, use) if word not in unknown)]
    options = {option.value: option.label for option in field.options} if field is not None else {}
    if field is None:
        values = _SPECIAL[use.field] or held.mapping.forms
        options = {value: value for value in values}
    several = isinstance(field, MultiChoiceField)
    left, right = st.columns(2)
    for place, word in enumerate(words[:MOST_WORDS]):
        known, answer = use.stands_for(word)
        now = (
            _shown(answer, options) if known else next((each for each in options if folded(each) == folded(word)), ASK)
        )
        key = f"sheets:word:{held.file_id}:{use.column}:{use.field}:{use.part}:{word[:80]}"
        st.session_state[key] = now
        (left if place % 2 == 0 else right).selectbox(
            f"“{text.literal(text.one_line(word, 60))}”",
            [ASK, *options, EMPTY, SILENT],
            format_func=lambda value: text.literal(
                {ASK: "Choose", EMPTY: "Left empty", SILENT: "Not reported"}.get(value) or options.get(value, value)
            ),
            key=key,
            on_change=_say,
            args=(held.file_id, use.column, use.field, word, key, several),
        )
    if len(words) > MOST_WORDS:
        parts.quiet(f"The first {MOST_WORDS} of {len(words)} texts are shown. A column with so many may be free text.")


def _shown(answer: Any, options: Mapping[str, str]) -> str:
    if answer is None:
        return EMPTY
    if is_not_reported(answer):
        return SILENT
    if isinstance(answer, list):
        return str(answer[0]) if answer and answer[0] in options else ASK
    return str(answer) if answer in options else ASK


@faults.callback
def _say(file_id: str, column: str, field: str, word: str, key: str, several: bool) -> None:
    held = opened.current()
    chosen = st.session_state.get(key, ASK)
    if held is None or held.file_id != file_id or chosen == ASK:
        return
    answer: Any = {EMPTY: None, SILENT: dict(NOT_REPORTED)}.get(chosen, [chosen] if several else chosen)
    opened.change(held.mapping.with_words(column, field, {word: answer}))


# ------------------------------------------------------------------------------------------------ what holds for all


def show_constants(held: Opened, imported: Imported, forms: Mapping[str, Form]) -> None:
    """What the sheet does not say and every result needs."""
    found: dict[str, FormField | Column] = {}
    for key in (*fields.targets(held.mapping, forms), *held.mapping.constants, *_missing(imported)):
        field = fields.field_of(key, held.mapping, forms)
        if field is not None:
            found.setdefault(key, field)
    labels = {key: words_for(key, forms) if is_trial_target(key) else field.label for key, field in found.items()}
    fed = {use.field for use in held.mapping.uses}
    missing = _missing(imported)
    asked = [key for key in (*held.mapping.constants, *missing) if key in found]
    shown = list(dict.fromkeys(asked))
    st.subheader("What holds for every row", anchor=False)
    parts.quiet(
        "Answers that the sheet does not give. They fill only what a row leaves empty. Where a number is missing that "
        "differs from row to row, “not reported” is the answer, or a corrected sheet."
    )
    left, right = st.columns(2)
    for place, key in enumerate(shown):
        why = held.mapping.reasons.get(key, "")
        if key in missing:
            what = "trials" if is_trial_target(key) else "rows"
            why = f"{missing[key]} {what} have no answer" + (f"; {why}" if why else "")
        with left if place % 2 == 0 else right:
            _constant(held, key, found[key], labels[key], why, numbers=key in fed)
    more = [key for key in found if key not in shown and _can_be_constant(found[key])]
    key = f"sheets:more:{held.file_id}"
    st.selectbox(
        "Another answer for every row",
        more,
        index=None,
        format_func=lambda name: text.literal(text.one_line(labels[name], 80)) if name in labels else name,
        placeholder="Choose a field",
        key=key,
        on_change=_add,
        args=(held.file_id, key),
    )


def _can_be_constant(field: FormField | Column) -> bool:
    return isinstance(
        field, ChoiceField | YesNoUnclearField | MultiChoiceField | TextField | LongTextField | NumberField | CountField
    )


def _missing(imported: Imported) -> dict[str, int]:
    """Fields without an answer that keep results drafts -> in how many."""
    found: dict[str, int] = {}
    for problem in imported.problems:
        if problem.level == "warning" and "needs an answer" in problem.message:
            found[problem.field] = found.get(problem.field, 0) + 1
    for trial in imported.trials:
        for key in trial.missing:
            if "." not in key and (key not in found or not imported.results):
                found[f"{trial.form}.{key}"] = found.get(f"{trial.form}.{key}", 0) + 1
    return found


def _constant(held: Opened, name: str, field: FormField | Column, words: str, why: str, *, numbers: bool) -> None:
    answer = held.mapping.constants.get(name)
    key = f"sheets:constant:{held.file_id}:{held.mapping.sheet}:{name}"
    label, about = text.literal(text.one_line(words, 90)), text.literal(why) or None
    arguments: dict[str, Any] = {"key": key, "on_change": _set, "args": (held.file_id, name, key), "help": about}
    if isinstance(field, MultiChoiceField):
        options = {option.value: option.label for option in field.options}
        st.session_state[key] = [item for item in answer if item in options] if isinstance(answer, list) else []
        st.multiselect(
            label,
            list(options),
            format_func=lambda each: text.literal(options.get(each, each)),
            filter_mode="contains",
            select_all=False,
            **arguments,
        )
        return
    if isinstance(field, ChoiceField | YesNoUnclearField):
        options = {value: value for value in field.values}
        if isinstance(field, ChoiceField):
            options = {option.value: option.label for option in field.options}
        st.session_state[key] = SILENT if is_not_reported(answer) else answer if answer in options else ASK
        names = {ASK: "–", SILENT: "Not reported"} | options
        st.selectbox(
            label, [ASK, *options, SILENT], format_func=lambda each: text.literal(names.get(each, each)), **arguments
        )
        return
    st.session_state[key] = SILENT if is_not_reported(answer) else "" if answer is None else str(answer)
    st.text_input(
        label,
        placeholder="not reported" if numbers else "the same in every row, or: not reported",
        max_chars=500,
        **arguments,
    )


@faults.callback
def _set(file_id: str, field_key: str, key: str) -> None:
    held = opened.current()
    if held is None or held.file_id != file_id:
        return
    typed = st.session_state.get(key)
    answer: Any = typed
    if isinstance(typed, str):
        answer = dict(NOT_REPORTED) if typed == SILENT or is_not_reported_text(typed) else typed.strip()
        field = fields.field_of(field_key, held.mapping, context.forms())
        if isinstance(field, NumberField | CountField) and isinstance(answer, str) and answer:
            number = as_number(answer)
            if number is None:
                st.session_state[faults.PENDING] = f"“{answer[:60]}” is not a number."
                return
            answer = int(number) if isinstance(field, CountField) and number == int(number) else number
    opened.change(held.mapping.with_constant(field_key, answer))


@faults.callback
def _add(file_id: str, key: str) -> None:
    held, chosen = opened.current(), st.session_state.get(key)
    if held is not None and held.file_id == file_id and chosen:
        opened.change(held.mapping.with_constant(chosen, dict(NOT_REPORTED)))
        st.session_state[key] = None
