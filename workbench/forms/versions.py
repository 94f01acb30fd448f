"""What changed between two versions of a form, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from workbench.forms.answers import path_of
from workbench.forms.fields import (
    CalculatedField,
    ChoiceField,
    Column,
    CountField,
    FormField,
    MultiChoiceField,
    NumberField,
    Option,
    TableField,
    TableRow,
)
from workbench.forms.model import Form, Section

ChangeKind = Literal[
    "added",
    "removed",
    "renamed",
    "type",
    "unit",
    "options",
    "required",
    "moved",
    "wording",
    "limits",
    "condition",
    "rows",
    "expression",
    "form",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is otherwise in the new version."""

    kind: ChangeKind
    path: str  # of the field, or `table.column`; the new key where it was renamed; "" for the form
    words: str
    touches_answers: bool = False  # answers given under the old version may have to be changed or kept aside


@dataclass(frozen=True, slots=True, kw_only=True)
class FormChange:
    """All that is otherwise in the new version, in the order of the new form, what is gone at the end."""

    form: str
    old: int
    new: int
    changes: tuple[Change, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Each change as a sentence."""
        return tuple(change.words for change in self.changes)

    @property
    def touches_answers(self) -> bool:
        """Whether answers given under the old version may have to be changed, kept aside or added to."""
        return any(change.touches_answers for change in self.changes)

    @property
    def renamed(self) -> bool:
        """Whether any field goes by another key."""
        return any(change.kind == "renamed" for change in self.changes)


def compare_forms(old: Form, new: Form) -> FormChange:
    """What changed from one version of a form to another; a field is followed through its `formerly`."""
    changes = [*_of_form(old, new), *_of_sections(old, new)]
    origin = field_origins(old.fields, new.fields)
    homes = {field.key: section for section in old.sections for field in section.fields}
    moved = _moved(old, new, origin)
    for section in new.sections:
        for field in section.fields:
            before = origin.get(field.key)
            if before is None:
                needed = ", and it is required" if field.required and not field.show_if else ""
                words = f"“{field.label}” is new (in “{section.title}”){needed}."
                changes.append(Change(kind="added", path=field.key, words=words, touches_answers=field.required))
                continue
            changes.extend(_of_field(before, field, field.key))
            home = homes[before.key]
            if home.key != section.key:
                words = f"“{field.label}” moved from “{home.title}” to “{section.title}”."
                changes.append(Change(kind="moved", path=field.key, words=words))
            elif field.key in moved:
                words = f"“{field.label}” stands at another place in “{section.title}”."
                changes.append(Change(kind="moved", path=field.key, words=words))
            if isinstance(before, TableField) and isinstance(field, TableField):
                changes.extend(_of_table(before, field))
    taken = {field.key for field in origin.values()}
    for gone in old.fields:
        if gone.key not in taken:
            words = f"“{gone.label}” is gone; answers to it are kept aside."
            touches = not isinstance(gone, CalculatedField)
            changes.append(Change(kind="removed", path=gone.key, words=words, touches_answers=touches))
    return FormChange(form=new.form, old=old.version, new=new.version, changes=tuple(changes))


def field_origins(old: Iterable[FormField], new: Iterable[FormField]) -> dict[str, FormField]:
    """New key -> the field of the old version that it goes on from: of the same key, else the first it was formerly."""
    before = {field.key: field for field in old}
    return {field.key: before[key] for field in new if (key := _origin(field, before)) is not None}


def column_origins(old: TableField, new: TableField) -> dict[str, Column]:
    """The same for the columns of a table."""
    before = {column.key: column for column in old.columns}
    return {column.key: before[key] for column in new.columns if (key := _origin(column, before)) is not None}


def row_origins(old: TableField, new: TableField) -> dict[str, str]:
    """Old key of a fixed row -> its new key."""
    before = {row.key for row in old.rows}
    found: dict[str, str] = {}
    for row in new.rows:
        key = next((name for name in (row.key, *row.formerly) if name in before), None)
        if key is not None:
            found.setdefault(key, row.key)
    return found


def option_values(old: FormField | Column, new: FormField | Column) -> dict[str, str]:
    """Old value of an option -> its new value, for options that were renamed; a value still there keeps itself."""
    present = {option.value for option in options_of(new)}
    found: dict[str, str] = {}
    for option in options_of(new):
        for name in option.formerly:
            if name not in present and name in {item.value for item in options_of(old)}:
                found.setdefault(name, option.value)
    return found


def options_of(field: FormField | Column) -> tuple[Option, ...]:
    """The options of a choice; () for other fields."""
    return field.options if isinstance(field, ChoiceField | MultiChoiceField) else ()


def unit_of(field: FormField | Column) -> str:
    """The unit of a number; "" for other fields."""
    return field.unit if isinstance(field, CountField | NumberField) else ""


def under_older_versions(form: Form, filled: Iterable[tuple[str, int]]) -> dict[int, tuple[str, ...]]:
    """What was filled in under versions before this one: version -> names (of studies, say), each once, in order.

    filled: (name, version of the form it was filled in under).
    """
    found: dict[int, dict[str, None]] = {}
    for name, version in filled:
        if version < form.version:
            found.setdefault(version, {})[name] = None
    return {version: tuple(found[version]) for version in sorted(found)}


def _origin(field: FormField | Column, before: Mapping[str, object]) -> str | None:
    return next((key for key in (field.key, *reversed(field.formerly)) if key in before), None)


# --- the form and its sections -------------------------------------------------------------------------------------


def _of_form(old: Form, new: Form) -> Iterator[Change]:
    for name, what in (("title", "title"), ("help", "help"), ("kind", "kind"), ("scope", "scope")):
        if getattr(old, name) != getattr(new, name):
            words = f"The form's {what} is now “{getattr(new, name)}” (it was “{getattr(old, name)}”)."
            yield Change(kind="form", path="", words=words, touches_answers=name in ("kind", "scope"))


def _of_sections(old: Form, new: Form) -> Iterator[Change]:
    before = {section.key: section for section in old.sections}
    for section in new.sections:
        held = before.get(section.key)
        if held is None:
            yield Change(kind="form", path="", words=f"The section “{section.title}” is new.")
            continue
        if (held.title, held.help) != (section.title, section.help):
            yield Change(kind="wording", path="", words=f"The section “{section.title}” is worded otherwise.")
        if (held.show_if, held.hide_if) != (section.show_if, section.hide_if):
            words = f"The section “{section.title}” is shown under other conditions ({_conditions(section)})."
            yield Change(kind="condition", path="", words=words, touches_answers=True)
    for gone in old.sections:
        if gone.key not in {section.key for section in new.sections}:
            yield Change(kind="form", path="", words=f"The section “{gone.title}” is gone.")


def _moved(old: Form, new: Form, origin: Mapping[str, FormField]) -> set[str]:
    """Fields that stand in another order than before among those of their section that were there before."""
    found: set[str] = set()
    homes = {field.key: section.key for section in old.sections for field in section.fields}
    for section in new.sections:
        now = [field.key for field in section.fields if field.key in origin]
        now = [key for key in now if homes[origin[key].key] == section.key]
        place = {field.key: position for position, field in enumerate(old.fields)}
        then = sorted(now, key=lambda key: place[origin[key].key])
        stays = _longest_in_order([then.index(key) for key in now])
        found |= {key for key in now if then.index(key) not in stays}
    return found


def _longest_in_order(positions: list[int]) -> set[int]:
    """The longest run of positions that still go upwards: what was moved is the rest."""
    best: list[list[int]] = []
    for position in positions:
        before = [run for run in best if run[-1] < position]
        best.append([*_longest(before), position])
    return set(_longest(best))


def _longest(runs: list[list[int]]) -> list[int]:
    return max(runs, key=len) if runs else []


# --- one field -----------------------------------------------------------------------------------------------------


def _of_field(old: FormField | Column, new: FormField | Column, path: str) -> Iterator[Change]:
    named = f"“{new.label}”"

    def change(kind: ChangeKind, words: str, touches: bool = False) -> Change:
        return Change(kind=kind, path=path, words=f"{named} {words}", touches_answers=touches)

    if old.key != new.key:
        yield change("renamed", f"goes by the key {new.key} now (it was {old.key}).", True)
    if (old.label, old.help) != (new.label, new.help):
        was = f" (it was “{old.label}”)" if old.label != new.label else ""
        yield change("wording", f"is worded otherwise{was}.")
    if old.type != new.type:
        yield change("type", f"is a {_type(new.type)} now (it was a {_type(old.type)}).", True)
    elif unit_of(old) != unit_of(new):
        yield change("unit", f"is in {unit_of(new) or 'no unit'} now (it was in {unit_of(old) or 'no unit'}).", True)
    yield from _of_options(old, new, path)
    if new.required and not old.required:
        yield change("required", "is required now.", True)
    elif old.required and not new.required:
        yield change("required", "is no longer required.")
    if _limits(old) != _limits(new) and old.type == new.type:
        yield change("limits", f"has other limits now ({_limits(new) or 'none'}).", True)
    if (old.show_if, old.hide_if) != (new.show_if, new.hide_if):
        yield change("condition", f"is asked under other conditions ({_conditions(new)}).", True)
    if isinstance(old, CalculatedField) and isinstance(new, CalculatedField) and old.expression != new.expression:
        yield change("expression", f"is worked out otherwise: {new.expression}.")


def _of_options(old: FormField | Column, new: FormField | Column, path: str) -> Iterator[Change]:
    before = {option.value: option for option in options_of(old)}
    now = {option.value: option for option in options_of(new)}
    if not before or not now:
        return
    renamed = option_values(old, new)
    for value in now.keys() - before.keys() - set(renamed.values()):
        yield Change(kind="options", path=path, words=f"“{new.label}” has the new option “{now[value].label}”.")
    for was, value in renamed.items():
        words = f"“{new.label}”: the option “{was}” is called “{value}” now."
        yield Change(kind="options", path=path, words=words, touches_answers=True)
    for value in before.keys() - now.keys() - renamed.keys():
        words = f"“{new.label}” no longer has the option “{before[value].label}”; such answers are kept aside."
        yield Change(kind="options", path=path, words=words, touches_answers=True)
    for value in before.keys() & now.keys():
        if before[value].label != now[value].label:
            words = f"“{new.label}”: the option “{value}” is worded otherwise: “{now[value].label}”."
            yield Change(kind="wording", path=path, words=words)


def _of_table(old: TableField, new: TableField) -> Iterator[Change]:
    origin = column_origins(old, new)
    for column in new.columns:
        path = f"{new.key}.{column.key}"
        before = origin.get(column.key)
        if before is None:
            words = f"“{new.label}” has the new column “{column.label}”."
            yield Change(kind="added", path=path, words=words, touches_answers=column.required)
        else:
            yield from _of_field(before, column, path)
    taken = {column.key for column in origin.values()}
    for gone in old.columns:
        if gone.key not in taken:
            words = f"“{new.label}” no longer has the column “{gone.label}”; such answers are kept aside."
            path = path_of(new.key, column=gone.key)
            yield Change(kind="removed", path=path, words=words, touches_answers=gone.type != "calculated")
    if (old.rows_from, bool(old.rows)) != (new.rows_from, bool(new.rows)):
        words = f"The rows of “{new.label}” are {_rows(new)} now (they were {_rows(old)})."
        yield Change(kind="rows", path=new.key, words=words, touches_answers=True)
    elif old.rows != new.rows:
        yield from _of_rows(old, new)
    if (old.min_rows, old.max_rows) != (new.min_rows, new.max_rows):
        words = f"“{new.label}” takes {new.min_rows} to {new.max_rows} rows now."
        yield Change(kind="limits", path=new.key, words=words, touches_answers=True)


def _of_rows(old: TableField, new: TableField) -> Iterator[Change]:
    origin = row_origins(old, new)
    labels: dict[str, TableRow] = {row.key: row for row in new.rows}
    for key, row in labels.items():
        if key not in origin.values():
            yield Change(kind="rows", path=new.key, words=f"“{new.label}” has the new row “{row.label}”.")
    for row in old.rows:
        if row.key not in origin:
            words = f"“{new.label}” no longer has the row “{row.label}”; such answers are kept aside."
            yield Change(kind="rows", path=new.key, words=words, touches_answers=True)
        elif row.label != labels[origin[row.key]].label:
            words = f"“{new.label}”: the row “{row.label}” is called “{labels[origin[row.key]].label}” now."
            yield Change(kind="wording", path=new.key, words=words)


def _rows(table: TableField) -> str:
    if table.rows:
        return "fixed"
    return f"those of {table.rows_from}" if table.rows_from else "added by the extractor"


def _type(name: str) -> str:
    return name.replace("_", " ").replace("yes no unclear", "yes/no/unclear")


def _conditions(part: FormField | Column | Section) -> str:
    said = [f"{key} is {' or '.join(wanted)}" for key, wanted in part.show_if.items()]
    said += [f"{key} is not {' or '.join(wanted)}" for key, wanted in part.hide_if.items()]
    return ", ".join(said) or "always"


def _limits(field: FormField | Column) -> str:
    names = ("at_least", "minimum", "maximum", "at_most", "max_length")
    known = ((name, getattr(field, name, None)) for name in names)
    return ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in known if value is not None)
