"""Files of settings that people edit: a small, safe part of YAML, with the line of every key.

Only mappings, lists, texts, numbers, true/false and null are read. `yes`, `no`, `on`, `off` and dates stay texts
(YAML 1.2): a form's option "no" must not turn into a boolean. Anchors and aliases are refused (a few lines of them
can stand for gigabytes), and so are tags, repeated keys, and files above the limits below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from workbench.forms.errors import Fault
from workbench.forms.refusals import Place, refusals
from workbench.forms.yaml_errors import told

MAX_BYTES = 1_000_000  # the largest shipped file has 15 kB
MAX_DEPTH = 30
MAX_NODES = 50_000

__all__ = ["Place", "YamlFile", "faults_of", "parse_yaml", "read_yaml", "spell"]


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlFile:
    """What a file says, and where it says it."""

    name: str  # the name used in messages
    data: Any
    lines: dict[Place, int]  # 1-based line of every key and list item

    def fault(self, place: Place, message: str) -> Fault:
        """A fault at a place of this file, with its line."""
        return Fault(file=self.name, place=spell(place), message=message, line=self.line(place))

    def line(self, place: Place) -> int | None:
        """The line of the nearest known place at or above this one."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place)


def spell(place: Place) -> str:
    """A place as a person writes it: sections[2].fields[0].label."""
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class _Loader(yaml.SafeLoader):
    """SafeLoader with the implicit types of YAML 1.2's core schema, and no others."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as PyYAML declares it


IMPLICIT = (
    ("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf")),
    ("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789")),
    (
        "tag:yaml.org,2002:float",
        re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"),
        list("-+.0123456789"),
    ),
    ("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""]),
)
"""What an unquoted text can be other than a text: (tag, pattern, first characters)."""

for _tag, _pattern, _first in IMPLICIT:
    _Loader.add_implicit_resolver(_tag, _pattern, _first)


def read_yaml(path: Path, name: str = "") -> tuple[YamlFile | None, tuple[Fault, ...]]:
    """Read one file: (file, ()) or (None, what is wrong with it). `name` is used in messages (default: the path's)."""
    name = name or path.name
    try:
        if path.stat().st_size > MAX_BYTES:
            return None, (Fault(file=name, message=f"is larger than {MAX_BYTES:,} bytes: this is no file of settings"),)
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None, (Fault(file=name, message="is missing"),)
    except UnicodeDecodeError as error:
        return None, (Fault(file=name, message=f"is not UTF-8 text (byte {error.start}): save it as UTF-8"),)
    except OSError as error:
        return None, (Fault(file=name, message=f"cannot be read: {error.strerror or error}"),)
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str) -> tuple[YamlFile | None, tuple[Fault, ...]]:
    """As `read_yaml`, for text at hand."""
    try:
        refused = _refused(text, name)
        if refused is not None:
            return None, (refused,)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        said, line = told(error, text)
        return None, (Fault(file=name, message=f"is not valid YAML: {said}", line=line),)
    if node is None:
        return None, (Fault(file=name, message="is empty"),)
    faults: list[Fault] = []
    lines: dict[Place, int] = {(): node.start_mark.line + 1}
    data = _value(node, (), name, lines, faults)
    return (None, tuple(faults)) if faults else (YamlFile(name=name, data=data, lines=lines), ())


def faults_of(error: ValidationError, file: YamlFile, under: Place = (), *, of: Any = None) -> tuple[Fault, ...]:
    """What a model refused as faults of the file; `under` is where the validated part stands in it.

    of: the model, by which misspelt keys are recognised.
    """
    return tuple(
        file.fault((*under, *item.place), f"{_whose(file.data, (*under, *item.place))}{item.message}")
        for item in refusals(error, of)
    )


_PARTS = {"fields": "field", "columns": "column"}


def _whose(data: Any, place: Place) -> str:
    """The field of a form that a place lies in, by its key: "the field 'arms': the column 'n': "; "" for others."""
    said = ""
    for part, inside in zip(place, (*place[1:], ""), strict=False):
        data = data[part] if _has(data, part) else None
        if part in _PARTS and isinstance(inside, int) and _has(data, inside) and isinstance(data[inside], dict):
            key = data[inside].get("key")
            said += f"the {_PARTS[str(part)]} {key!r}: " if isinstance(key, str) else ""
    return said


def _has(data: Any, part: str | int) -> bool:
    if isinstance(data, list):
        return isinstance(part, int) and part < len(data)
    return isinstance(data, dict) and part in data


def _refused(text: str, name: str) -> Fault | None:
    """The reason not to build this document at all, found before anything is built."""
    depth = nodes = documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            return Fault(
                file=name, line=line, message="anchors and aliases (& and *) are not allowed here: write it out"
            )
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                return Fault(file=name, line=line, message="holds more than one document (---)")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        nodes += isinstance(event, yaml.NodeEvent)
        if depth > MAX_DEPTH or nodes > MAX_NODES:
            return Fault(file=name, line=line, message="is nested too deeply or too long for a file of settings")
    return None


def _value(node: yaml.Node, place: Place, name: str, lines: dict[Place, int], faults: list[Fault]) -> Any:
    """Plain data of one node; keys' lines go to `lines`, what is wrong to `faults`."""
    line = node.start_mark.line + 1
    lines.setdefault(place, line)

    def wrong(message: str, at: Place = place, on: int = line) -> None:
        faults.append(Fault(file=name, place=spell(at), message=message, line=on))

    if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                wrong("a key must be a plain word", on=key_line)
                continue
            key = str(key_node.value)
            here = (*place, key)
            if key in mapping:
                wrong(f"is given twice (first in line {lines[here]})", at=here, on=key_line)
                continue
            lines[here] = key_line
            mapping[key] = _value(value_node, here, name, lines, faults)
        return mapping
    if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
        return [_value(item, (*place, index), name, lines, faults) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode):
        text = str(node.value)
        match node.tag.removeprefix("tag:yaml.org,2002:"):
            case "str":
                return text
            case "int" if len(text) <= 40:
                return int(text)
            case "float":
                return float(text)
            case "bool":
                return text == "true"
            case "null":
                return None
    wrong(f"the tag {node.tag!r} is not allowed here")
    return None
