"""From YAML files to forms, with every fault of a form reported at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workbench.forms.errors import Fault, FormError
from workbench.forms.model import (
    REQUIRED_FIELDS,
    REQUIRED_OPTIONS,
    ChoiceField,
    Form,
    FormField,
    MultiChoiceField,
    Section,
    YesNoUnclearField,
)
from workbench.forms.yaml_file import YamlFile, faults_of, read_yaml

BLOCKS = "blocks"
"""The folder beside the forms that holds sections which several forms include."""

_BLOCK_NAME = re.compile(r"^[a-z][a-z0-9_]{0,59}$")


def shipped_forms() -> Path:
    """The folder of the forms that come with the workbench (beside the package, in a checkout and once installed)."""
    return Path(__file__).resolve().parents[2] / "extraction_forms"


def load_form(path: Path) -> Form:
    """Read one form with the blocks it includes; FormError names file, line and field of everything wrong with it."""
    form, faults = read_form(path)
    if form is None or faults:
        raise FormError(faults)
    return form


def load_forms(folder: Path) -> dict[str, Form]:
    """Every form of a folder by its name, in alphabetical order; FormError holds the faults of all of them."""
    forms, faults = read_forms(folder)
    if faults:
        raise FormError(faults)
    return forms


def read_forms(folder: Path) -> tuple[dict[str, Form], tuple[Fault, ...]]:
    """As `load_forms`, giving the faults instead of raising them; files are named as folder/file."""
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        return {}, (Fault(file=folder.name, message="holds no extraction form (*.yaml)"),)
    forms: dict[str, Form] = {}
    faults: list[Fault] = []
    blocks: _Blocks = {}
    for path in paths:
        form, wrong = read_form(path, blocks)
        # two forms that include one broken block report it once
        faults.extend(fault for fault in wrong if fault not in faults)
        if form is not None and not wrong:
            forms[form.form] = form
    return forms, tuple(faults)


_Blocks = dict[Path, tuple[YamlFile | None, tuple[Fault, ...]]]
"""Blocks already read: several forms of a folder include the same ones."""


def read_form(path: Path, blocks: _Blocks | None = None) -> tuple[Form | None, tuple[Fault, ...]]:
    """As `load_form`, giving the faults instead of raising them. blocks: those read already; grows."""
    file, faults = read_yaml(path, f"{path.parent.name}/{path.name}")
    if file is None:
        return None, faults
    if not isinstance(file.data, dict):
        return None, (file.fault((), "must be a form: keys with values"),)
    sections, wrong, homes = _sections(file, path.parent / BLOCKS, {} if blocks is None else blocks)
    header = {key: value for key, value in file.data.items() if key != "sections"}
    form = None
    try:
        # a section that could not be read must not hide what is wrong with the header, and the reverse
        form = Form.model_validate({**header, "sections": [*sections, *([] if sections else [_ANY_SECTION])]})
    except ValidationError as error:
        wrong = [*faults_of(error, file), *wrong]
    if form is None or wrong:
        return None, tuple(wrong)
    if form.form != path.stem:
        wrong.append(file.fault(("form",), f"must be the file's name, {path.stem!r} (it says {form.form!r})"))
    wrong.extend(_cross_faults(form, file, homes))
    return (None, tuple(wrong)) if wrong else (form, ())


_ANY_SECTION = Section.model_validate(
    {"key": "x", "title": "x", "fields": [{"type": "text", "key": "x", "label": "x"}]}
)

_Homes = dict[str, tuple[YamlFile, tuple[str | int, ...]]]
"""Where each field stands: the file (a form or a block) and its place there."""


def _sections(file: YamlFile, blocks: Path, read: _Blocks) -> tuple[list[Section], list[Fault], _Homes]:
    """The form's sections, inline ones and included blocks, each checked in the file where it is written."""
    entries = file.data.get("sections")
    if not isinstance(entries, list) or not entries:
        return [], [file.fault(("sections",), "must be a list of at least one section")], {}
    sections: list[Section] = []
    faults: list[Fault] = []
    homes: _Homes = {}
    for index, entry in enumerate(entries):
        place: tuple[str | int, ...] = ("sections", index)
        home, under, data = file, place, entry
        without: list[str] = []
        if isinstance(entry, dict) and "include" in entry:
            included, wrong = _block(entry, file, place, blocks, read)
            faults.extend(wrong)
            if included is None:
                continue
            home, under, data = included, (), included.data
            without = entry.get("without", [])
        try:
            section = Section.model_validate(data)
        except ValidationError as error:
            faults.extend(faults_of(error, home, under))
            continue
        for position, field in enumerate(section.fields):
            spot = (*under, "fields", position)
            if field.key in homes:
                first = homes[field.key][0].name
                faults.append(home.fault((*spot, "key"), f"the field {field.key!r} is there twice (first in {first})"))
            elif field.key not in without:
                homes[field.key] = (home, spot)
        unknown = [key for key in without if key not in {field.key for field in section.fields}]
        if unknown:
            faults.append(file.fault((*place, "without"), f"the block has no field {unknown[0]!r}"))
        kept = tuple(field for field in section.fields if field.key not in without)
        if kept:
            sections.append(section.model_copy(update={"fields": kept}))
    return sections, faults, homes


def _block(
    entry: Mapping[str, Any], file: YamlFile, place: tuple[str | int, ...], blocks: Path, read: _Blocks
) -> tuple[YamlFile | None, tuple[Fault, ...]]:
    """The included block's file. The name is a plain word, so that it never leads out of the folder of blocks."""
    unknown = sorted(entry.keys() - {"include", "without"})
    if unknown:
        return None, (file.fault((*place, unknown[0]), "beside 'include' only 'without' is known"),)
    name, without = entry["include"], entry.get("without", [])
    if not isinstance(name, str) or not _BLOCK_NAME.match(name):
        return None, (file.fault((*place, "include"), f"must be the name of a block (it says {name!r})"),)
    if not isinstance(without, list) or not all(isinstance(key, str) for key in without):
        return None, (file.fault((*place, "without"), "must be a list of field keys"),)
    path = blocks / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(item.stem for item in blocks.glob("*.yaml"))) or "none"
        return None, (file.fault((*place, "include"), f"there is no block {name!r} in {BLOCKS}/ (there: {known})"),)
    if path not in read:
        read[path] = read_yaml(path, f"{blocks.parent.name}/{BLOCKS}/{path.name}")
    return read[path]


def _cross_faults(form: Form, file: YamlFile, homes: _Homes) -> list[Fault]:
    """What only the form as a whole can show: fields its kind needs, conditions that never hold, limits in disorder."""
    faults: list[Fault] = []
    fields = {field.key: field for field in form.fields}
    for key, types in REQUIRED_FIELDS[form.kind].items():
        if key not in fields:
            faults.append(file.fault(("sections",), f"a form of kind {form.kind} needs the field {key!r} ({types[0]})"))
        elif fields[key].type not in types:
            home, spot = homes[key]
            wanted = " or ".join(types)
            faults.append(
                home.fault((*spot, "type"), f"the field {key!r} must be a {wanted} (it is {fields[key].type})")
            )
    for key, field in fields.items():
        home, spot = homes[key]
        for message in (*_option_faults(field), *_limit_faults(field), *_condition_faults(field, fields)):
            faults.append(home.fault(spot, f"the field {key!r}: {message}"))
    return faults


def _option_faults(field: FormField) -> list[str]:
    known = REQUIRED_OPTIONS.get(field.key)
    if known is None or not isinstance(field, ChoiceField | MultiChoiceField):
        return []
    strange = [value for value in field.values if value not in known]
    return (
        [f"the option {strange[0]!r} is not one that can be computed with: use {', '.join(known)}"] if strange else []
    )


def _limit_faults(field: FormField) -> list[str]:
    low, high = getattr(field, "minimum", None), getattr(field, "maximum", None)
    least, most = getattr(field, "at_least", None), getattr(field, "at_most", None)
    messages = []
    for lower, upper, names in ((low, high, "minimum and maximum"), (least, most, "at_least and at_most")):
        if lower is not None and upper is not None and lower > upper:
            messages.append(f"{names} are in the wrong order ({lower:g} > {upper:g})")
    return messages


def _condition_faults(field: FormField, fields: Mapping[str, FormField]) -> list[str]:
    messages = []
    for key, wanted in field.show_if.items():
        other = fields.get(key)
        if other is None or key == field.key:
            messages.append(f"show_if names {key!r}, which is no other field of this form")
        elif not isinstance(other, ChoiceField | MultiChoiceField | YesNoUnclearField):
            messages.append(f"show_if can only look at a choice, and {key!r} is a {other.type}")
        elif other.values:
            never = [value for value in wanted if value not in other.values]
            if never:
                messages.append(f"show_if waits for {key} = {never[0]!r}, which is not one of its options")
    return messages
