"""What only a form as a whole can show: fields its kind needs, conditions that never hold, sums of nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from workbench.forms.chains import of_chains, of_expression
from workbench.forms.conditions import in_circles, of_conditions, of_section
from workbench.forms.fields import CalculatedField, ChoiceField, Column, FormField, MultiChoiceField, TableField
from workbench.forms.incoherence import Found, Incoherence, Spot
from workbench.forms.kinds import REQUIRED_COLUMNS, REQUIRED_FIELDS, REQUIRED_OPTIONS
from workbench.forms.model import Form
from workbench.forms.tables import ARMS


def incoherences(form: Form) -> Iterator[Incoherence]:
    """Everything wrong with a form whose fields are each sound."""
    fields = {field.key: field for field in form.fields}
    yield from _of_kind(form, fields)
    for section in form.sections:
        yield from of_section(section, fields)
    for key, field in fields.items():
        for at, message in _of_field(form, field, fields):
            yield Incoherence(field=key, at=at, message=f"the field {key!r}: {message}")
    yield from of_chains(fields)
    yield from in_circles(form)
    yield from _of_former_names(form)


def _of_kind(form: Form, fields: Mapping[str, FormField]) -> Iterator[Incoherence]:
    for key, types in REQUIRED_FIELDS[form.kind].items():
        wanted = " or ".join(types)
        field = fields.get(key)
        if field is None:
            yield Incoherence(message=f"a form of kind {form.kind} needs the field {key!r} ({types[0]})")
        elif field.type not in types:
            message = f"the field {key!r} must be a {wanted} (it is {field.type})"
            yield Incoherence(field=key, at=("type",), message=message)
        elif isinstance(field, TableField):
            columns = {column.key: (position, column) for position, column in enumerate(field.columns)}
            for name, kinds in REQUIRED_COLUMNS.get(key, {}).items():
                position, column = columns.get(name, (0, None))
                if column is None:
                    message = f"the table {key!r} of a form of kind {form.kind} needs the column {name!r} ({kinds[0]})"
                    yield Incoherence(field=key, at=("columns",), message=message)
                elif column.type not in kinds:
                    message = f"the column {key}.{name} must be a {' or '.join(kinds)} (it is {column.type})"
                    yield Incoherence(field=key, at=("columns", position, "type"), message=message)


def _of_field(form: Form, field: FormField, fields: Mapping[str, FormField]) -> Found:
    yield from _of_scalar(field, field.key)
    others = {key: other for key, other in fields.items() if key != field.key}
    yield from of_conditions(field, others)
    if field.names_row:
        yield ("names_row",), "names_row is for a column of a table"
    if isinstance(field, CalculatedField):
        yield from of_expression(field, {}, fields)
    if isinstance(field, TableField):
        yield from _of_table(form, field, fields)


def _of_table(form: Form, field: TableField, fields: Mapping[str, FormField]) -> Found:
    if field.rows_from is not None:
        source = fields.get(field.rows_from)
        if source is None:
            if form.scope == "trial" or field.rows_from != ARMS:
                yield ("rows_from",), f"rows_from names {field.rows_from!r}, which is no table of this form"
        elif not isinstance(source, TableField) or source is field:
            yield ("rows_from",), f"rows_from names {field.rows_from!r}, which is no other table of this form"
        elif source.rows_from is not None:
            yield ("rows_from",), f"rows_from names {field.rows_from!r}, which itself takes its rows from a table"
        elif source.adds_rows and source.naming is None:
            message = f"rows_from names {field.rows_from!r}, in which no column says names_row: true"
            yield ("rows_from",), message
    columns = {column.key: column for column in field.columns}
    for position, column in enumerate(field.columns):
        here: Spot = ("columns", position)
        others: dict[str, FormField | Column] = {key: item for key, item in fields.items() if key != field.key}
        others |= {key: item for key, item in columns.items() if key != column.key}
        found = [*_of_scalar(column, f"{field.key}.{column.key}"), *of_conditions(column, others)]
        if isinstance(column, CalculatedField):
            found += of_expression(column, columns, fields)
        for at, message in found:
            yield (*here, *at), f"the column {column.key!r}: {message}"


def _of_scalar(field: FormField | Column, name: str) -> Found:
    known = REQUIRED_OPTIONS.get(name)
    if known is not None and isinstance(field, ChoiceField | MultiChoiceField):
        for strange in [value for value in field.values if value not in known][:1]:
            yield (), f"the option {strange!r} is not one that can be computed with: use {', '.join(known)}"
    for part, said in (("option", _blank_option(field)), ("label", "" if field.label.strip() else repr(field.label))):
        if said:
            yield (), f"the {part} {said} is blank: nobody could read it"
    yield from _of_limits(field)


def _blank_option(field: FormField | Column) -> str:
    """The first option of which nothing can be seen; "" where there is none."""
    options = field.options if isinstance(field, ChoiceField | MultiChoiceField) else ()
    blank = next((option for option in options if not option.value.strip() or not option.label.strip()), None)
    return repr(blank.value) if blank is not None else ""


LIMITS = ("at_least", "minimum", "maximum", "at_most")
"""In the order of what they mean: refused below, questioned below, questioned above, refused above."""


def _of_limits(field: FormField | Column) -> Found:
    given = [(name, value) for name in LIMITS if (value := getattr(field, name, None)) is not None]
    for (lower, low), (upper, high) in combinations(given, 2):
        if low > high:
            message = f"{lower} and {upper} are in the wrong order ({low:g} > {high:g})"
            if {lower, upper} & {"at_least", "at_most"} and {lower, upper} & {"minimum", "maximum"}:
                message += ": what is questioned must lie within what is possible"
            yield (lower,), message
            return


# --- versions ------------------------------------------------------------------------------------------------------


def _of_former_names(form: Form) -> Iterator[Incoherence]:
    claimed: dict[str, str] = {}
    keys = set(form.keys)
    for field in form.fields:
        for name in field.formerly:
            if name in keys:
                message = f"formerly names {name!r}, which is a field of this form still"
            elif name in claimed:
                message = f"formerly names {name!r}, and so does {claimed[name]!r}"
            else:
                claimed[name] = field.key
                continue
            yield Incoherence(field=field.key, at=("formerly",), message=f"the field {field.key!r}: {message}")
        if isinstance(field, TableField):
            yield from _columns_former_names(field)
    for field in form.fields:
        options = field.options if isinstance(field, ChoiceField | MultiChoiceField) else ()
        present = {option.value for option in options}
        for option in options:
            for name in option.formerly:
                if name in present:
                    message = f"the option {option.value!r} was formerly {name!r}, which is an option still"
                    yield Incoherence(field=field.key, message=f"the field {field.key!r}: {message}")


def _columns_former_names(field: TableField) -> Iterator[Incoherence]:
    present = {column.key for column in field.columns}
    claimed: set[str] = set()
    for position, column in enumerate(field.columns):
        for name in column.formerly:
            if name in present or name in claimed:
                message = f"the column {column.key!r}: formerly names {name!r}, which another column is or was"
                at = ("columns", position, "formerly")
                yield Incoherence(field=field.key, at=at, message=f"the field {field.key!r}: {message}")
            claimed.add(name)
