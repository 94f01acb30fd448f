"""Answers moved from one version of a form to another: nothing is lost, nothing is turned into something else unseen.

An answer goes on where the new version has its field (followed through `formerly`) and the answer, just as it stands,
is one that the field can hold. Everything else is kept aside under the reserved key `EARLIER`, by the version it was
given under and its path there, and named in a problem. A second move adds to what was kept aside and takes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.forms.answers import (
    CONSENSUS,
    EARLIER,
    NAME,
    QUOTES,
    RESERVED,
    ROW,
    Answers,
    Path,
    is_empty,
    is_not_reported,
    path_of,
    row_id,
    rows,
    split_path,
)
from workbench.forms.field_checks import of_type
from workbench.forms.fields import CalculatedField, Column, FormField, MultiChoiceField, TableField
from workbench.forms.model import Form
from workbench.forms.problems import Problem, warn
from workbench.forms.versions import column_origins, field_origins, option_values, row_origins, unit_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """Answers under a new version of their form.

    answers: with what was kept aside under `EARLIER`. kept_aside: what this move kept aside, by its path in the old
    version. problems: a warning for each of these, and for each answer that goes by another name now.
    """

    answers: dict[str, Any]
    kept_aside: dict[str, Any]
    problems: tuple[Problem, ...]


def migrate_answers(old: Form, new: Form, answers: Answers) -> Migrated:
    """Move answers given under `old` to `new`. The answers given stay as they are."""
    return _Move(old=old, new=new).made(answers)


def kept_earlier(answers: Answers) -> dict[str, dict[str, Any]]:
    """What was kept aside of earlier versions: version -> path -> answer."""
    held = answers.get(EARLIER)
    if not isinstance(held, Mapping):
        return {}
    return {str(version): dict(places) for version, places in held.items() if isinstance(places, Mapping)}


@dataclass(slots=True, kw_only=True)
class _Move:
    old: Form
    new: Form
    moved: dict[str, Any] = field(default_factory=dict)
    aside: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)  # old path of a field, row or column -> its new one

    def made(self, answers: Answers) -> Migrated:
        origin = field_origins(self.old.fields, self.new.fields)
        goes_to = {before.key: self.new.field(key) for key, before in origin.items()}
        known = {item.key: item for item in self.old.fields}
        for key, value in sorted(answers.items(), key=lambda item: item[0] not in known):  # those known have the right
            if key in RESERVED or is_empty(value):
                continue
            target = goes_to.get(key)
            if target is None and key not in known and key in self.new.keys:
                target = self.new.field(key)  # under a name that the old version did not know, but the new one does
            if target is None:
                self._keep(key, value, self._label(known, key), "is no longer asked")
                continue
            if target.key in self.moved:
                self._keep(key, value, target.label, f"{target.key} has another answer already", target.key)
                continue
            before = known.get(key, target)
            self.places[key] = target.key
            if isinstance(before, TableField) and isinstance(target, TableField) and not is_not_reported(value):
                self._table(before, target, answers)
            else:
                self._one(before, target, value)
        self._quotes(answers)
        if CONSENSUS in answers:
            self.moved[CONSENSUS] = answers[CONSENSUS]
        earlier = kept_earlier(answers)
        if self.aside:
            version = str(self.old.version)
            earlier[version] = _added(earlier.get(version, {}), self.aside)
        if earlier:
            self.moved[EARLIER] = earlier
        order = {key: position for position, key in enumerate((*self.new.keys, *RESERVED))}
        found = dict(sorted(self.moved.items(), key=lambda item: order.get(item[0], len(order))))
        return Migrated(answers=found, kept_aside=self.aside, problems=tuple(self.problems))

    def _label(self, known: Mapping[str, FormField], key: str) -> str:
        return known[key].label if key in known else key

    def _keep(self, path: str, value: Any, label: str, why: str, at: str = "") -> None:
        """at: the path in the new version that the problem belongs to; "" where there is none."""
        count = 1 + sum(1 for held in self.aside if held == path or held.startswith(f"{path} ("))
        self.aside[path if count == 1 else f"{path} ({count})"] = value  # two rows without an id have the same path
        message = f"{label}: {why}; the answer of version {self.old.version} is kept aside"
        self.problems.append(warn(at or path, message))

    def _one(self, before: FormField, target: FormField, value: Any) -> None:
        new_value, why = _fitting(before, target, value)
        if why:
            self._keep(before.key, value, target.label, why, target.key)
            return
        self.moved[target.key] = new_value
        if new_value != value:
            message = f"{target.label}: {value!r} is called {new_value!r} in version {self.new.version}"
            self.problems.append(warn(target.key, message))

    def _table(self, before: TableField, target: TableField, answers: Answers) -> None:
        held = answers[before.key]
        if not isinstance(held, list | tuple) or any(not isinstance(row, Mapping) for row in held):
            self._keep(before.key, held, target.label, "is a table", target.key)
            return
        columns = {origin.key: target.column(key) for key, origin in column_origins(before, target).items()}
        old_columns = {column.key: column for column in before.columns}
        fixed = row_origins(before, target) if before.rows and target.rows else None
        table: list[dict[str, Any]] = []
        for row in rows(answers, before.key):
            identity = row_id(row)
            here = path_of(before.key, identity)
            if (fixed is not None and identity not in fixed) or (
                fixed is None and target.rows and identity not in {item.key for item in target.rows}
            ):
                self._keep(here, dict(row), f"{before.label}, {row.get(NAME) or identity}", "is no row any more")
                continue
            now = fixed[identity] if fixed is not None else identity
            self.places[here] = path_of(target.key, now)
            kept: dict[str, Any] = {**{key: value for key, value in row.items() if key.startswith("_")}, ROW: now}
            for key, value in row.items():
                if not key.startswith("_") and not is_empty(value):
                    self._cell(
                        Path(field=before.key, row=identity, column=key), value, old_columns, columns, kept, target
                    )
            table.append(kept)
        if table:
            self.moved[target.key] = table

    def _cell(
        self,
        place: Path,
        value: Any,
        old_columns: Mapping[str, Column],
        columns: Mapping[str, Column],
        kept: dict[str, Any],
        target: TableField,
    ) -> None:
        column = columns.get(place.column)
        label = f"{target.label}, {place.row}"
        if column is None:
            was = old_columns[place.column].label if place.column in old_columns else place.column
            self._keep(str(place), value, f"{label}: {was}", "is no longer asked")
            return
        at = path_of(target.key, str(kept[ROW]), column.key)
        self.places[f"{place.field}.{place.column}"] = f"{target.key}.{column.key}"
        new_value, why = _fitting(old_columns[place.column], column, value)
        if why:
            self._keep(str(place), value, f"{label}: {column.label}", why, at)
            return
        kept[column.key] = new_value
        if new_value != value:
            message = f"{label}: {column.label}: {value!r} is called {new_value!r} in version {self.new.version}"
            self.problems.append(warn(at, message))

    def _quotes(self, answers: Answers) -> None:
        """Quotes go where their answers went; those of answers that were kept aside are kept with them."""
        quotes = answers.get(QUOTES)
        if not isinstance(quotes, Mapping):
            if not is_empty(quotes):
                self.aside[QUOTES] = quotes
            return
        found: dict[str, Any] = {}
        for path, quote in quotes.items():
            place = split_path(str(path))
            field_now = self.places.get(place.field) or (place.field if place.field in self.new.keys else "")
            row_now = self.places.get(path_of(place.field, place.row), "") if place.row else ""
            column_now = self.places.get(f"{place.field}.{place.column}", "") if place.column else ""
            if path == "":
                found[""] = quote
            elif str(path) in self.aside or path_of(place.field, place.row) in self.aside or place.field in self.aside:
                self.aside[f"{QUOTES}:{path}"] = quote
            elif not place.row and field_now:
                found[field_now] = quote
            elif row_now and (not place.column or column_now):
                row = split_path(row_now)
                found[path_of(row.field, row.row, column_now.rpartition(".")[2])] = quote
            else:
                self.aside[f"{QUOTES}:{path}"] = quote
        if found:
            self.moved[QUOTES] = found


def _added(held: dict[str, Any], aside: Mapping[str, Any]) -> dict[str, Any]:
    """What was kept aside before, and now; another answer of the same path does not take its place."""
    found = dict(held)
    for path, value in aside.items():
        name, count = path, 1
        while name in found and found[name] != value:
            count += 1
            name = f"{path} ({count})"
        found[name] = value
    return found


def _fitting(before: FormField | Column, target: FormField | Column, value: Any) -> tuple[Any, str]:
    """The answer as the new field holds it, or why it cannot hold it just as it stands."""
    if isinstance(target, CalculatedField):
        return None, "is worked out now and no longer typed"
    if is_not_reported(value):
        return value, ""
    if unit_of(before) != unit_of(target) and unit_of(before) and unit_of(target):
        return None, f"is asked in {unit_of(target)} now and was given in {unit_of(before)}"
    if isinstance(target, MultiChoiceField) != isinstance(before, MultiChoiceField):
        return None, "takes several answers now" if isinstance(target, MultiChoiceField) else "takes one answer now"
    renamed = option_values(before, target)
    if isinstance(value, str):
        value = renamed.get(value, value)
    elif isinstance(value, list | tuple) and isinstance(target, MultiChoiceField):
        value = list(dict.fromkeys(renamed.get(item, item) if isinstance(item, str) else item for item in value))
    types_differ = before.type != target.type
    errors = [item.message for item in of_type(target, value) if item.level == "error"]
    if not errors or not (types_differ or target.type in ("choice", "multi_choice", "yes_no_unclear", "table")):
        # of the same type, but outside a limit: stays where it is, and the check of the form says so
        return value, ""
    return None, errors[0].removeprefix(f"{target.label}: ")
