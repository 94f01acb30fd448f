"""An extraction form as widgets: one kind of field, one widget.

Empty, "not reported" and a value stay three things: number boxes start empty (empty is not zero), and each field has
its own "not reported" box. Widgets are keyed by what is being filled in, so that nothing typed for one result can turn
up in another. What is on screen is a copy: the page saves each change at once and seeds the widgets from what is saved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st
from markupsafe import Markup

from workbench.forms import (
    NOT_REPORTED,
    Answers,
    ChoiceField,
    CountField,
    DateField,
    Form,
    FormField,
    LongTextField,
    MultiChoiceField,
    NumberField,
    Problem,
    Section,
    YesNoUnclearField,
    check_answers,
    is_empty,
    is_not_reported,
)
from workbench.ui import text

OnChange = Callable[[], None]

WIDE = (LongTextField, MultiChoiceField)
PAIRED = ("_active", "_comparator")


def value_key(prefix: str, field: FormField) -> str:
    """The session's key of a field's widget."""
    return f"{prefix}:{field.key}"


def silent_key(prefix: str, field: FormField) -> str:
    """The session's key of a field's "not reported" box."""
    return f"{prefix}:{field.key}:not_reported"


def seed(prefix: str, form: Form, answers: Answers, *, anew: bool = False) -> None:
    """Put saved answers into the widgets that are not on screen yet; `anew` replaces what is on screen."""
    for field in form.fields:
        answer = answers.get(field.key)
        if anew or silent_key(prefix, field) not in st.session_state:
            st.session_state[silent_key(prefix, field)] = is_not_reported(answer)
        if anew or value_key(prefix, field) not in st.session_state:
            st.session_state[value_key(prefix, field)] = as_shown(field, answer)


def collect(prefix: str, form: Form, saved: Answers) -> dict[str, Any]:
    """The answers as they stand on screen; a field that is not on screen keeps its saved answer."""
    answers = {key: answer for key, answer in saved.items() if not is_empty(answer)}
    for field in form.fields:
        if value_key(prefix, field) not in st.session_state:
            continue
        silent = bool(st.session_state.get(silent_key(prefix, field)))
        answer = dict(NOT_REPORTED) if silent else as_answer(field, st.session_state[value_key(prefix, field)])
        if is_empty(answer):
            answers.pop(field.key, None)
        else:
            answers[field.key] = answer
    return answers


def as_shown(field: FormField, answer: Any) -> Any:
    """A saved answer as its widget holds it; one that the field cannot hold (an older form's) shows as empty."""
    if is_empty(answer) or is_not_reported(answer):
        return [] if isinstance(field, MultiChoiceField) else "" if _is_text(field) else None
    if isinstance(field, CountField):
        return int(answer) if _is_number(answer) and float(answer).is_integer() else None
    if isinstance(field, NumberField):
        return float(answer) if _is_number(answer) else None
    if isinstance(field, DateField):
        try:
            return date.fromisoformat(str(answer))
        except ValueError:
            return None
    if isinstance(field, MultiChoiceField):
        return [str(item) for item in answer] if isinstance(answer, list | tuple) else [str(answer)]
    return str(answer)


def as_answer(field: FormField, shown: Any) -> Any:
    """What a widget holds, as an answer to keep."""
    if isinstance(field, DateField) and isinstance(shown, date):
        return shown.isoformat()
    if isinstance(field, MultiChoiceField):
        return list(shown or ())
    if isinstance(shown, str):
        return shown.strip()
    return shown


def _is_text(field: FormField) -> bool:
    return field.type in ("text", "long_text")


def _is_number(answer: Any) -> bool:
    return isinstance(answer, int | float) and not isinstance(answer, bool)


def rows(fields: Sequence[FormField]) -> Iterable[tuple[FormField, ...]]:
    """Arrange fields two by two in the form's order: an active arm's number stands beside the comparator's."""
    by_key = {field.key: field for field in fields}
    waiting: list[FormField] = []
    done: set[str] = set()
    for field in fields:
        if field.key in done:
            continue
        partner = by_key.get(field.key.removesuffix(PAIRED[0]) + PAIRED[1]) if field.key.endswith(PAIRED[0]) else None
        if isinstance(field, WIDE) or partner is not None:
            if waiting:
                yield tuple(waiting)
                waiting = []
            yield (field, partner) if partner is not None else (field,)
            done.update(f.key for f in (field, partner) if f is not None)
            continue
        waiting.append(field)
        if len(waiting) == 2:
            yield tuple(waiting)
            waiting = []
    if waiting:
        yield tuple(waiting)


def show_section(
    prefix: str,
    section: Section,
    answers: Answers,
    problems: Mapping[str, Sequence[Problem]],
    *,
    on_change: OnChange,
    disabled: bool = False,
) -> None:
    """Show the fields of one section that apply, each with its problems under it."""
    if section.help:
        st.html(str(Markup('<p class="wb-quiet">{}</p>').format(text.clean(section.help))))
    asked = [field for field in section.fields if field.applies(answers)]
    for row in rows(asked):
        wide = len(row) == 1 and isinstance(row[0], WIDE)
        for field, column in zip(row, [st.container()] if wide else st.columns(2), strict=False):
            with column:
                show_field(prefix, field, on_change=on_change, disabled=disabled)
                for problem in problems.get(field.key, ()):
                    st.html(
                        str(
                            Markup('<div class="wb-problem {}" role="note">{}: {}</div>').format(
                                problem.level,
                                "Error" if problem.level == "error" else "Check",
                                text.clean(problem.message),
                            )
                        )
                    )


def show_field(prefix: str, field: FormField, *, on_change: OnChange, disabled: bool = False) -> None:
    """One field: its widget, and the box that says the report does not tell."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        silent = bool(st.session_state.get(silent_key(prefix, field)))
        _widget(value_key(prefix, field), field, on_change=on_change, disabled=disabled or silent)
        st.checkbox(
            "not reported",
            key=silent_key(prefix, field),
            on_change=on_change,
            disabled=disabled,
            width="content",
        )


def label_of(field: FormField) -> str:
    """The field's label with its unit, and a mark where an answer is asked for."""
    unit = f" ({field.unit})" if isinstance(field, CountField | NumberField) and field.unit else ""
    return text.literal(f"{field.label}{unit}") + (" *" if field.required else "")


def _widget(key: str, field: FormField, *, on_change: OnChange, disabled: bool) -> None:
    label, about = label_of(field), text.literal(field.help) or None
    if isinstance(field, CountField):
        st.number_input(
            label, value=None, step=1, format="%d", key=key, help=about, on_change=on_change, disabled=disabled
        )
    elif isinstance(field, NumberField):
        st.number_input(
            label, value=None, step=1.0, format="%.12g", key=key, help=about, on_change=on_change, disabled=disabled
        )
    elif isinstance(field, YesNoUnclearField | ChoiceField):
        options = _options(field, [st.session_state.get(key)])
        st.selectbox(
            label,
            list(options),
            index=None,
            format_func=lambda value: options.get(value, str(value)),
            placeholder="Choose",
            key=key,
            help=about,
            on_change=on_change,
            disabled=disabled,
        )
    elif isinstance(field, MultiChoiceField):
        options = _options(field, st.session_state.get(key) or [])
        st.multiselect(
            label,
            list(options),
            format_func=lambda value: options.get(value, str(value)),
            placeholder="Choose one or more",
            key=key,
            help=about,
            on_change=on_change,
            disabled=disabled,
        )
    elif isinstance(field, DateField):
        st.date_input(
            label,
            value=None,
            min_value=date(1900, 1, 1),
            format="YYYY-MM-DD",
            key=key,
            help=about,
            on_change=on_change,
            disabled=disabled,
        )
    elif isinstance(field, LongTextField):
        st.text_area(
            label, max_chars=field.max_length, height=110, key=key, help=about, on_change=on_change, disabled=disabled
        )
    else:
        st.text_input(label, max_chars=field.max_length, key=key, help=about, on_change=on_change, disabled=disabled)


def _options(field: FormField, held: Iterable[Any]) -> dict[str, str]:
    """The answers to choose from, with one that an older form offered kept visible."""
    if isinstance(field, YesNoUnclearField):
        options = {value: value for value in field.values}
    elif isinstance(field, ChoiceField | MultiChoiceField):
        options = {option.value: option.label for option in field.options}
    else:
        options = {}
    for value in held:
        if value and value not in options:
            options[value] = f"{value} (not an answer of this form)"
    return options


def shown_answer(field: FormField | None, answer: Any) -> Markup:
    """An answer for reading."""
    if is_empty(answer):
        return Markup('<span class="wb-quiet">empty</span>')
    if is_not_reported(answer):
        return Markup('<span class="wb-quiet">not reported</span>')
    labels = _options(field, ()) if field is not None else {}
    values = answer if isinstance(answer, list | tuple) else [answer]
    unit = f" {field.unit}" if isinstance(field, CountField | NumberField) and field.unit else ""
    return text.join((labels.get(str(value), _plain(value)) + unit for value in values), ", ")


def _plain(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


Problems = dict[str, tuple[Problem, ...]]


def problems_by_field(form: Form, answers: Answers) -> Problems:
    """What is to be said about each field."""
    found: dict[str, tuple[Problem, ...]] = {}
    for problem in check_answers(form, answers):
        found[problem.field] = (*found.get(problem.field, ()), problem)
    return found


def errors_of(form: Form, answers: Answers) -> tuple[str, ...]:
    """What keeps these answers from being final."""
    return tuple(problem.message for problem in check_answers(form, answers) if problem.level == "error")


def shown_problems(section: Section, answers: Answers, problems: Problems) -> Problems:
    """What stands at the fields: a required field that is merely still empty is listed at the end, not marked here."""
    keys = {field.key for field in section.fields if not is_empty(answers.get(field.key))}
    return {key: found for key, found in problems.items() if key in keys}
