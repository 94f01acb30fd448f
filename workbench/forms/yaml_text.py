"""A form written as the YAML that people read and edit; reading it again gives the same form.

The same form always gives the same text: settings in a fixed order, those at their defaults left out, texts quoted only
where they would be read as something else. A section that is word for word a block of the folder (perhaps without some
of its fields) is written as its `include`, so that blocks stay shared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml
from pydantic import BaseModel

from workbench.forms.fields import Option, TableRow
from workbench.forms.model import Form, Section
from workbench.forms.yaml_file import IMPLICIT

WIDTH = 110
ORDER = (
    *("form", "version", "type", "key", "title", "value", "label", "kind", "scope", "help", "required", "names_row"),
    *("unit", "minimum", "maximum", "at_least", "at_most", "decimals", "max_length", "expression"),
    *("options", "options_from", "layout", "rows", "rows_from", "row_label", "min_rows", "max_rows"),
    *("show_if", "hide_if", "formerly", "sections", "fields", "columns"),
)
"""Settings in the order in which they are written; any other comes after them."""
REMARK = (
    "# An extraction form of this review. docs/forms.md says what can be written here.\n"
    '# Raise "version" with every change, so that it shows which studies were filled in under which.\n'
)


def form_yaml(form: Form, *, blocks: Mapping[str, Section] | None = None, remark: str = REMARK) -> str:
    """The form's YAML. blocks: sections that other forms share, by the name of their file. remark: lines of `#`.

    Give the form as it is written, not with the review's own options filled in (`Form.resolve`); those are left out.
    """
    data = _settings(form)
    data["sections"] = [_section(section, blocks or {}) for section in form.sections]
    return _remark(remark) + _dump(data)


def section_yaml(section: Section, *, remark: str = "") -> str:
    """A block's YAML."""
    return _remark(remark) + _dump(_settings(section))


def leading_remark(text: str) -> str:
    """The lines of `#` with which a file begins: to be kept when the form is written anew."""
    lines = []
    for line in text.removeprefix("\ufeff").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line)
    return "".join(f"{line}\n" for line in lines)


def _remark(remark: str) -> str:
    return "".join(line if line.startswith("#") else f"# {line}" for line in remark.splitlines(keepends=True))


def _section(section: Section, blocks: Mapping[str, Section]) -> dict[str, Any]:
    for name, block in blocks.items():
        lacking = left_out(section, block)
        if lacking is not None:
            return {"include": name, **({"without": _Flow(lacking)} if lacking else {})}
    return _settings(section)


def left_out(section: Section, block: Section) -> list[str] | None:
    """The keys of the block's fields that the section does not have; None where it is not that block."""
    keys = {field.key for field in section.fields}
    kept = tuple(field for field in block.fields if field.key in keys)
    if not kept or block.model_copy(update={"fields": kept}) != section:
        return None
    return [field.key for field in block.fields if field.key not in keys]


# --- settings ------------------------------------------------------------------------------------------------------


class _Flow(list[Any]):
    """A list written in one line: [a, b]."""


class _FlowMap(dict[str, Any]):
    """Keys written in one line: {a: b}."""


def _settings(part: BaseModel) -> dict[str, Any]:
    """The settings of a form, section or field that are not at their defaults, in the order of ORDER."""
    known = type(part).model_fields
    found: dict[str, Any] = {}
    for name in sorted(known, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER)):
        value = getattr(part, name)
        if not known[name].is_required() and value == known[name].get_default(call_default_factory=True):
            continue
        if name == "options" and getattr(part, "options_from", None) is not None:
            continue  # the review's, filled in each time
        found[name] = _plain(name, value)
    return found


def _plain(name: str, value: Any) -> Any:
    if name in ("show_if", "hide_if"):
        return _FlowMap({key: _Flow(wanted) for key, wanted in value.items()})
    if name == "formerly":
        return _Flow(value)
    if name == "options":
        return _one_line([_short(option.value, option) for option in value])
    if name == "rows":
        return _one_line([_short(row.key, row) for row in value])
    if isinstance(value, tuple):
        return [_settings(item) if isinstance(item, BaseModel) else item for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _short(value: str, part: Option | TableRow) -> Any:
    """Only the text where it stands for everything."""
    made = type(part).model_validate(value)
    return value if made == part else _FlowMap(_settings(part))


def _one_line(items: list[Any]) -> list[Any]:
    plain = all(isinstance(item, str) for item in items)
    return _Flow(items) if plain and sum(len(item) + 2 for item in items) < WIDTH - 20 else items


# --- text ----------------------------------------------------------------------------------------------------------


class _Dumper(yaml.SafeDumper):
    """Block style with lists set in; a text is quoted where this reader or YAML 1.1 would take it for anything else."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


for _tag, _pattern, _first in IMPLICIT:
    _Dumper.add_implicit_resolver(_tag, _pattern, _first)

_FOLDABLE = re.compile(r"\S+(?: \S+)*")


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    folds = len(value) > WIDTH - 30 and _FOLDABLE.fullmatch(value) and value.isprintable() and not value.startswith("#")
    odd = not value.replace("\n", "").isprintable()  # escaped between double quotes, where nothing is lost
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=">" if folds else '"' if odd else None)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(
    _Flow, lambda dumper, value: dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=True)
)
_Dumper.add_representer(
    _FlowMap, lambda dumper, value: dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True)
)


def _dump(data: Mapping[str, Any]) -> str:
    text: str = yaml.dump(
        dict(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=False
    )
    return text
