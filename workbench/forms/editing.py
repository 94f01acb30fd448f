"""Changes of a form as values: each gives another form, or says why it cannot be made.

A field or section is named by its key. Renaming a field keeps its earlier key in `formerly`, by which the answers given
under it find their way, and mends the conditions and expressions that name it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from workbench.forms.errors import Fault, FormError
from workbench.forms.fields import CalculatedField, Column, FormField, TableField
from workbench.forms.model import Form, Section
from workbench.forms.refusals import refusals
from workbench.forms.yaml_file import spell

_FIELD: TypeAdapter[FormField] = TypeAdapter(FormField)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddField:
    """A new field: into a section, before the field named (None: at its end)."""

    section: str
    field: Mapping[str, Any]  # its settings, as in the YAML
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeField:
    """Other settings of a field; None takes one back to its default. `key` renames it, `type` makes it another kind."""

    key: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveField:
    """A field taken out. Answers given to it are kept aside when they are moved to the new version."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveField:
    """A field moved into a section, before the field named (None: to its end)."""

    key: str
    section: str
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddSection:
    """A new section with at least one field, before the section named (None: at the end)."""

    section: Mapping[str, Any] | Section
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSection:
    """Other settings of a section (key, title, help, show_if, hide_if)."""

    key: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveSection:
    """A section taken out with all its fields."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSection:
    """A section moved before the one named (None: to the end)."""

    key: str
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeForm:
    """Other settings of the form as a whole (form, version, title, help, kind, scope)."""

    settings: Mapping[str, Any]


FieldEdit = AddField | ChangeField | RemoveField | MoveField
SectionEdit = AddSection | ChangeSection | RemoveSection | MoveSection
Edit = FieldEdit | SectionEdit | ChangeForm


def edited(form: Form, edit: Edit) -> Form:
    """The form with one change. Raises FormError where the change cannot be made; the form given stays as it is.

    What only the form as a whole can show (a condition on a field that is gone) is found by `writing.draft`.
    """
    match edit:
        case AddField():
            field = _field(form, edit.field)
            if field.key in form.keys:
                raise _fault(form, f"there is a field {field.key!r} already", field.key)
            return _inserted(form, field, edit.section, edit.before)
        case ChangeField():
            return _changed(form, edit)
        case RemoveField():
            return _removed(form, edit.key)
        case MoveField():
            if edit.before == edit.key:
                return form
            field = _known(form, edit.key)
            home = _section(form, edit.section)
            if len(home.fields) == 1 and home.fields[0] is field:
                return form
            return _inserted(_removed(form, edit.key), field, edit.section, edit.before)
        case AddSection():
            section = _made_section(form, edit.section)
            return _with_sections(form, _put(form, form.sections, section, edit.before))
        case ChangeSection():
            held = _section(form, edit.key)
            made = _made_section(form, {**held.model_dump(), **edit.settings, "fields": held.fields})
            return _with_sections(form, [made if item is held else item for item in form.sections])
        case RemoveSection():
            held = _section(form, edit.key)
            return _with_sections(form, [item for item in form.sections if item is not held])
        case MoveSection():
            held = _section(form, edit.key)
            if edit.before == edit.key:
                return form
            return _with_sections(form, _put(form, [s for s in form.sections if s is not held], held, edit.before))
        case ChangeForm():
            return _validated(form, {**_whole(form), **edit.settings})


# --- fields --------------------------------------------------------------------------------------------------------


def _field(form: Form, settings: Mapping[str, Any]) -> FormField:
    try:
        return _FIELD.validate_python(dict(settings))
    except ValidationError as error:
        raise _refused(form, error, str(settings.get("key", "")), FormField) from None


def _known(form: Form, key: str) -> FormField:
    try:
        return form.field(key)
    except KeyError:
        raise _fault(form, f"there is no field {key!r}", key) from None


def _changed(form: Form, edit: ChangeField) -> Form:
    held = _known(form, edit.key)
    settings = {name: value for name, value in edit.settings.items() if value is not None}
    taken_back = {name for name, value in edit.settings.items() if value is None}
    kept = {name: getattr(held, name) for name in held.model_fields_set if name not in taken_back}
    if settings.get("type", held.type) != held.type:  # another type takes over what it knows
        kept = {name: value for name, value in kept.items() if name in ("key", "label", "help", "required")} | {
            name: kept[name] for name in ("show_if", "hide_if", "formerly", "unit", "options") if name in kept
        }
        kept = _of_type(kept, str(settings["type"]))
    key = settings.get("key", held.key)
    if key != held.key:
        if key in form.keys:
            raise _fault(form, f"there is a field {key!r} already", str(key))
        former = settings.get("formerly", held.formerly)
        settings["formerly"] = tuple(dict.fromkeys((*(name for name in former if name != key), held.key)))
    made = _field(form, {**kept, **settings})
    sections = [
        section.model_copy(update={"fields": tuple(made if item is held else item for item in section.fields)})
        for section in form.sections
    ]
    changed = _with_sections(form, sections)
    return _renamed(changed, held.key, made.key) if made.key != held.key else changed


_ONLY_FOR = {"unit": ("number", "count", "calculated"), "options": ("choice", "multi_choice")}


def _of_type(settings: dict[str, Any], wanted: str) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if wanted in _ONLY_FOR.get(name, (wanted,))}


def _removed(form: Form, key: str) -> Form:
    _known(form, key)
    sections = []
    for section in form.sections:
        fields = tuple(field for field in section.fields if field.key != key)
        if fields:
            sections.append(section if len(fields) == len(section.fields) else _with_fields(section, fields))
    return _with_sections(form, sections)


def _inserted(form: Form, field: FormField, section: str, before: str | None) -> Form:
    home = _section(form, section)
    fields = list(home.fields)
    keys = [item.key for item in fields]
    if before is not None and before not in keys:
        raise _fault(form, f"the section {section!r} has no field {before!r} to stand before", before)
    fields.insert(len(fields) if before is None else keys.index(before), field)
    return _with_sections(form, [_with_fields(home, tuple(fields)) if item is home else item for item in form.sections])


def _renamed(form: Form, old: str, new: str) -> Form:
    """Conditions, expressions and tables that name the field name it anew."""
    sections = []
    for section in form.sections:
        fields = tuple(_naming_anew(field, old, new) for field in section.fields)
        update: dict[str, Any] = {"fields": fields, **_conditions(section, old, new)}
        sections.append(section.model_copy(update=update))
    return _with_sections(form, sections)


def _naming_anew(field: Any, old: str, new: str) -> Any:
    update = _conditions(field, old, new)
    if isinstance(field, CalculatedField):
        update["expression"] = re.sub(rf"(?<![\w.]){re.escape(old)}(?![\w(])", new, field.expression)
    if isinstance(field, TableField):
        own = {column.key for column in field.columns}
        if old not in own:  # a column of that name is what the table's own conditions mean
            columns: Sequence[Column] = tuple(_naming_anew(column, old, new) for column in field.columns)
            update["columns"] = columns
        if field.rows_from == old:
            update["rows_from"] = new
    return field.model_copy(update=update) if update else field


def _conditions(part: Any, old: str, new: str) -> dict[str, Any]:
    return {
        name: {new if key == old else key: wanted for key, wanted in getattr(part, name).items()}
        for name in ("show_if", "hide_if")
        if old in getattr(part, name)
    }


# --- sections and the form -----------------------------------------------------------------------------------------


def _section(form: Form, key: str) -> Section:
    for section in form.sections:
        if section.key == key:
            return section
    raise _fault(form, f"there is no section {key!r}", key)


def _made_section(form: Form, settings: Mapping[str, Any] | Section) -> Section:
    if isinstance(settings, Section):
        return settings
    try:
        return Section.model_validate(dict(settings))
    except ValidationError as error:
        raise _refused(form, error, str(settings.get("key", "")), Section) from None


def _put(form: Form, sections: Sequence[Section], section: Section, before: str | None) -> list[Section]:
    found = list(sections)
    keys = [item.key for item in found]
    if section.key in keys:
        raise _fault(form, f"there is a section {section.key!r} already", section.key)
    if before is not None and before not in keys:
        raise _fault(form, f"there is no section {before!r} to stand before", before)
    found.insert(len(found) if before is None else keys.index(before), section)
    return found


def _with_fields(section: Section, fields: tuple[FormField, ...]) -> Section:
    return section.model_copy(update={"fields": fields})


def _with_sections(form: Form, sections: Sequence[Section]) -> Form:
    keys = [section.key for section in sections]
    repeated = [key for key in keys if keys.count(key) > 1]
    if repeated:
        raise _fault(form, f"there is a section {repeated[0]!r} already", repeated[0])
    fields = [field.key for section in sections for field in section.fields]
    twice = [key for key in fields if fields.count(key) > 1]
    if twice:
        raise _fault(form, f"there is a field {twice[0]!r} already", twice[0])
    return _validated(form, {**_whole(form), "sections": tuple(sections)})


def _whole(form: Form) -> dict[str, Any]:
    return {name: getattr(form, name) for name in type(form).model_fields}


def _validated(form: Form, settings: Mapping[str, Any]) -> Form:
    try:
        return Form.model_validate(dict(settings))
    except ValidationError as error:
        raise _refused(form, error, "", Form) from None


def _fault(form: Form, message: str, place: str = "") -> FormError:
    return FormError([Fault(file=f"{form.form}.yaml", place=place, message=message)])


def _refused(form: Form, error: ValidationError, key: str, of: Any) -> FormError:
    faults = []
    for item in refusals(error, of):
        where = ": ".join(part for part in (key, spell(item.place)) if part)
        faults.append(Fault(file=f"{form.form}.yaml", place=where, message=item.message))
    return FormError(faults)
