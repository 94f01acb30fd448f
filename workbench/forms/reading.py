"""From YAML files to forms, with every fault of a form reported at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workbench.forms.coherence import incoherences
from workbench.forms.errors import Fault, FormError
from workbench.forms.model import Form, Section
from workbench.forms.near import meant, nearest
from workbench.forms.refusals import PARTS, refusals
from workbench.forms.yaml_file import Place, YamlFile, faults_of, parse_yaml, read_yaml, spell

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
    return _form_of(file, path, {} if blocks is None else blocks)


def read_form_text(text: str, path: Path) -> tuple[Form | None, tuple[Fault, ...]]:
    """As `read_form`, for the text of a form that is to stand at `path` and is not written yet."""
    file, faults = parse_yaml(text, f"{path.parent.name}/{path.name}")
    if file is None:
        return None, faults
    return _form_of(file, path, {})


def read_block(path: Path) -> tuple[Section | None, tuple[Fault, ...]]:
    """A section that several forms include."""
    file, faults = read_yaml(path, f"{path.parent.parent.name}/{BLOCKS}/{path.name}")
    if file is None:
        return None, faults
    try:
        return Section.model_validate(file.data), ()
    except ValidationError as error:
        return None, faults_of(error, file, of=Section)


def kept_form(content: str, name: str) -> Form:
    """A form as the store kept it when it was filled in, of whatever version. FormError where it cannot be read.

    Its own parts are checked, not what kinds of form must ask today: older forms stay readable.
    """
    try:
        return Form.model_validate_json(content)
    except ValidationError as error:
        wrong = refusals(error, Form)[0]
        first = ": ".join(part for part in (spell(wrong.place), wrong.message) if part)
        message = f"was kept in a way that cannot be read any more: {first}"
        raise FormError([Fault(file=name, message=message)]) from error


def _form_of(file: YamlFile, path: Path, blocks: _Blocks) -> tuple[Form | None, tuple[Fault, ...]]:
    if not isinstance(file.data, dict):
        return None, (file.fault((), "must be a form: keys with values"),)
    sections, wrong, homes = _sections(file, path.parent / BLOCKS, blocks)
    header = {key: value for key, value in file.data.items() if key != "sections"}
    form = None
    try:
        # a section that could not be read must not hide what is wrong with the header, and the reverse
        form = Form.model_validate({**header, "sections": [*sections, *([] if sections else [_ANY_SECTION])]})
    except ValidationError as error:
        wrong = [*faults_of(error, file, of=Form), *wrong]
    if form is None or wrong:
        return None, tuple(wrong)
    if form.form != path.stem:
        wrong.append(file.fault(("form",), f"must be the file's name, {path.stem!r} (it says {form.form!r})"))
    wrong.extend(_cross_faults(form, file, homes))
    return (None, tuple(wrong)) if wrong else (form, ())


_ANY_SECTION = Section.model_validate(
    {"key": "x", "title": "x", "fields": [{"type": "text", "key": "x", "label": "x"}]}
)

_Home = tuple[YamlFile, Place]
_Homes = dict[str, _Home]
"""Where each field (by its key) and section (by § and its key) stands: the form or block, and the place there."""
SECTION = "§"


def _sections(file: YamlFile, blocks: Path, read: _Blocks) -> tuple[list[Section], list[Fault], _Homes]:
    """The form's sections, inline ones and included blocks, each checked in the file where it is written."""
    entries = file.data.get("sections")
    if "sections" not in file.data and any(nearest(key, ["sections"]) for key in file.data):
        return [], [], {}  # misspelt: said with the other keys of the form's head
    if not isinstance(entries, list) or not entries:
        return [], [file.fault(("sections",), "must be a list of at least one section")], {}
    sections: list[Section] = []
    faults: list[Fault] = []
    homes: _Homes = {}
    for index, entry in enumerate(entries):
        place: Place = ("sections", index)
        home, under, data = file, place, entry
        without: list[str] = []
        included = None
        if isinstance(entry, dict) and "include" in entry:
            included, wrong = _block(entry, file, place, blocks, read)
            faults.extend(wrong)
            if included is None:
                continue
            home, under, data = included, (), included.data
            without = entry.get("without", [])
        if not isinstance(data, dict):
            faults.append(home.fault(under, f"must be {PARTS['sections']}, or an include"))
            continue
        try:
            section = Section.model_validate(data)
        except ValidationError as error:
            faults.extend(faults_of(error, home, under, of=Section))
            continue
        kept = tuple(field for field in section.fields if field.key not in without)
        for position, field in enumerate(section.fields):
            spot = (*under, "fields", position)
            if field not in kept:
                continue
            if field.key in homes:
                faults.append(_twice(f"the field {field.key!r}", homes[field.key], home, (*spot, "key"), included))
            else:
                homes[field.key] = (home, spot)
        there = [field.key for field in section.fields]
        unknown = [key for key in without if key not in there]
        if unknown:
            faults.append(
                file.fault((*place, "without"), f"the block has no field {unknown[0]!r}{meant(unknown[0], there)}")
            )
        if not kept:
            message = "nothing is left of the block: take the whole include out, or leave fewer fields out"
            faults.append(file.fault((*place, "without"), message))
            continue
        name = f"{SECTION}{section.key}"
        if name in homes:
            faults.append(_twice(f"the section {section.key!r}", homes[name], home, (*under, "key"), included))
        homes[name] = (home, under)
        sections.append(section.model_copy(update={"fields": kept}))
    return sections, faults, homes


def _twice(what: str, first: _Home, home: YamlFile, spot: Place, block: YamlFile | None) -> Fault:
    """A field or section that is there already; of a block, also how to leave it out."""
    line = first[0].line(first[1])
    said = f"{what} is there twice (first in {first[0].name}{f', line {line}' if line else ''})"
    return home.fault(spot, f"{said}; an include can leave fields out by 'without'" if block is not None else said)


def _block(
    entry: Mapping[str, Any], file: YamlFile, place: Place, blocks: Path, read: _Blocks
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
        names = sorted(item.stem for item in blocks.glob("*.yaml"))
        known, hint = ", ".join(names) or "none", meant(name, names)
        return None, (
            file.fault((*place, "include"), f"there is no block {name!r} in {BLOCKS}/{hint} (there: {known})"),
        )
    if path not in read:
        read[path] = read_yaml(path, f"{blocks.parent.name}/{BLOCKS}/{path.name}")
    return read[path]


def _cross_faults(form: Form, file: YamlFile, homes: _Homes) -> list[Fault]:
    """What only the form as a whole can show, said at the line where the field or section stands."""
    faults: list[Fault] = []
    for wrong in incoherences(form):
        if wrong.section:
            home, spot = homes.get(f"{SECTION}{wrong.section}", (file, ("sections",)))
        else:
            home, spot = homes.get(wrong.field, (file, ("sections",)))
        faults.append(home.fault((*spot, *wrong.at), wrong.message))
    return faults
