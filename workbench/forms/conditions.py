"""Conditions that can never hold, that contradict each other, or that wait for each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workbench.forms.circles import circle
from workbench.forms.fields import (
    ChoiceField,
    Column,
    Conditions,
    FormField,
    MultiChoiceField,
    TableField,
    YesNoUnclearField,
)
from workbench.forms.incoherence import Found, Incoherence, Spot
from workbench.forms.model import Form, Section
from workbench.forms.near import meant

Fields = Mapping[str, FormField]
Others = Mapping[str, FormField | Column]


def of_section(section: Section, fields: Fields) -> Iterator[Incoherence]:
    """What is wrong with a section's own conditions, and with those of its fields beside them."""
    own = {field.key for field in section.fields}
    for name, key, wanted in _each(section):
        if key in own:
            message = f"{name} names {key!r}, which stands in the section itself"
        else:
            message = _of_one(name, key, wanted, fields)
        if message:
            yield Incoherence(section=section.key, at=(name, key), message=f"the section {section.key!r}: {message}")
    for at, message in _of_both(section.show_if, section.hide_if):
        yield Incoherence(section=section.key, at=at, message=f"the section {section.key!r}: {message}")
    for field in section.fields:
        for shown, hidden, name in (
            (section.show_if, field.hide_if, "hide_if"),
            (field.show_if, section.hide_if, "show_if"),
        ):
            for key in shown.keys() & hidden.keys():
                if set(shown[key]) <= set(hidden[key]):
                    message = f"{name} contradicts the section's conditions on {key!r}: it can never be asked"
                    yield Incoherence(field=field.key, at=(name, key), message=f"the field {field.key!r}: {message}")


def of_conditions(field: FormField | Column, others: Others) -> Found:
    """What is wrong with the conditions of a field or column. others: the fields that they can look at."""
    for name, key, wanted in _each(field):
        if key == field.key and key not in others:
            yield (name, key), f"{name} names the field itself"
            continue
        message = _of_one(name, key, wanted, others)
        if message:
            yield (name, key), message
    yield from _of_both(field.show_if, field.hide_if)


def in_circles(form: Form) -> Iterator[Incoherence]:
    """Fields that are asked only after one of them is answered: each circle once, at its first field."""
    needs: dict[str, set[str]] = {}
    homes: dict[str, tuple[str, Spot, str]] = {}  # the form's field, the place in it, how it is named
    for section in form.sections:
        of_all = {key for _, key, _ in _each(section)}
        for field in section.fields:
            needs[field.key] = of_all | {key for _, key, _ in _each(field) if key != field.key}
            homes[field.key] = field.key, (), f"the field {field.key!r}"
            if isinstance(field, TableField):
                own = {column.key for column in field.columns}
                for position, column in enumerate(field.columns):
                    node = f"{field.key}.{column.key}"
                    looked_at = {key for _, key, _ in _each(column) if key != column.key}
                    needs[node] = {f"{field.key}.{key}" if key in own else key for key in looked_at}
                    homes[node] = (
                        field.key,
                        ("columns", position),
                        f"the field {field.key!r}: the column {column.key!r}",
                    )
    said: set[str] = set()
    for node, (key, at, named) in homes.items():
        way = () if node in said else circle(needs, node)
        said.update(way)
        if way:
            steps = ", ".join(f"{a} waits for {b}" for a, b in zip(way, (*way[1:], way[0]), strict=True))
            message = f"its conditions go in a circle ({steps}): none of them could be asked first"
            yield Incoherence(field=key, at=at, message=f"{named}: {message}")


def _each(part: FormField | Column | Section) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for name, conditions in (("show_if", part.show_if), ("hide_if", part.hide_if)):
        for key, wanted in conditions.items():
            yield name, key, wanted


def _of_one(name: str, key: str, wanted: tuple[str, ...], others: Others) -> str:
    other = others.get(key)
    if other is None:
        return f"{name} names {key!r}, which is no other field of this form{meant(key, others)}"
    if not isinstance(other, ChoiceField | MultiChoiceField | YesNoUnclearField):
        return f"{name} can only look at a choice, and {key!r} is a {other.type}"
    if not wanted:
        return f"{name} names {key!r} without any of its options"
    never = [value for value in wanted if other.values and value not in other.values]
    if not never:
        return ""
    return f"{name} waits for {key} = {never[0]!r}, which is not one of its options ({', '.join(other.values)})"


def _of_both(show_if: Conditions, hide_if: Conditions) -> Found:
    for key in show_if:
        both = [value for value in show_if[key] if value in hide_if.get(key, ())]
        if both:
            message = f"show_if and hide_if both name {key} = {both[0]!r}: one asks for it and the other forbids it"
            yield ("hide_if", key), message
