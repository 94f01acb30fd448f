"""What calculated fields need: names that are no numbers, circles, and chains too long to follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workbench.forms.circles import circle, steps
from workbench.forms.expression import names, parse
from workbench.forms.fields import CalculatedField, Column, FormField, TableField
from workbench.forms.incoherence import Found, Incoherence, Spot
from workbench.forms.near import meant

NUMERIC = ("number", "count", "calculated")
MAX_CHAIN = 20
"""Calculated fields one upon the other below another one; deeper than anybody can follow."""


def of_expression(field: CalculatedField, own: Mapping[str, Column], fields: Mapping[str, FormField]) -> Found:
    """Names that are no numbers of this form. own: columns of the same table."""
    for name in names(parse(field.expression)):
        table, _, column = name.partition(".")
        target = _columns(fields, table).get(column) if column else own.get(name) or fields.get(name)
        if target is None:
            hint = meant(column or name, _columns(fields, table) if column else {**own, **fields})
            yield ("expression",), f"its expression names {name!r}, which is no field of this form{hint}"
        elif target.type not in NUMERIC:
            yield ("expression",), f"its expression names {name!r}, which is no number (it is a {target.type})"


def of_chains(fields: Mapping[str, FormField]) -> Iterator[Incoherence]:
    """Calculated fields that need themselves, and those with too many others one upon the other below them."""
    nodes = _calculated(fields)
    needs = {name: _needs(name, node.field, fields) for name, node in nodes.items()}
    lengths = steps(needs)
    said: set[str] = set()
    for name, node in nodes.items():
        if name not in lengths:
            way = () if name in said else circle(needs, name)  # each circle once, at its first field
            said.update(way)
            message = "its expression needs itself" + (f", by way of {', '.join(way[1:])}" if way[1:] else "")
            if way:
                yield node.fault(message)
        elif lengths[name] == MAX_CHAIN + 2:  # those above it are mended with it
            message = f"its expression stands on {MAX_CHAIN + 1} other calculated fields, one upon the other"
            yield node.fault(f"{message}: {MAX_CHAIN} are the most")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    field: CalculatedField
    key: str  # of the form's field
    at: Spot
    named: str

    def fault(self, message: str) -> Incoherence:
        return Incoherence(field=self.key, at=(*self.at, "expression"), message=f"{self.named}: {message}")


def _calculated(fields: Mapping[str, FormField]) -> dict[str, _Node]:
    """Every calculated field, columns as `table.column`."""
    found: dict[str, _Node] = {}
    for key, field in fields.items():
        if isinstance(field, CalculatedField):
            found[key] = _Node(field=field, key=key, at=(), named=f"the field {key!r}")
        elif isinstance(field, TableField):
            for position, column in enumerate(field.columns):
                if isinstance(column, CalculatedField):
                    named = f"the field {key!r}: the column {column.key!r}"
                    place = ("columns", position)
                    found[f"{key}.{column.key}"] = _Node(field=column, key=key, at=place, named=named)
    return found


def _needs(node: str, field: CalculatedField, fields: Mapping[str, FormField]) -> tuple[str, ...]:
    """What one expression needs, columns as `table.column`."""
    table, _, column = node.partition(".")
    own = _columns(fields, table) if column else {}
    return tuple(f"{table}.{name}" if name in own else name for name in names(parse(field.expression)))


def _columns(fields: Mapping[str, FormField], table: str) -> dict[str, Column]:
    found = fields.get(table)
    return {column.key: column for column in found.columns} if isinstance(found, TableField) else {}
