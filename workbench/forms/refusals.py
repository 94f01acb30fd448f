"""What a model refuses in a file of settings, in the words of those who write such files.

Pydantic finds the faults; its own words ("Input should be a valid tuple") are for programmers. Each kind of fault is
said here anew with what is to be done, and what only follows from another fault is left out.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from workbench.forms.fields import FormField
from workbench.forms.near import meant, nearest

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One thing refused, at its place in the data."""

    place: Place
    message: str


def refusals(error: ValidationError, of: Any = None) -> tuple[Refusal, ...]:
    """Everything refused, each once. of: the model or type validated, by which misspelt keys are recognised."""
    found: list[Refusal] = []
    instead: set[Place] = set()  # places of missing keys that stand there misspelt
    items = error.errors()
    for item in items:
        loc, kind = tuple(item["loc"]), item["type"]
        place = _place(loc)
        if kind == "too_short" and _length(item["input"]) >= item["ctx"]["min_length"]:
            continue  # its parts were refused one by one: that none is left is no other fault
        if kind == "extra_forbidden":
            beside = [tuple(each["loc"]) for each in items if each["type"] == "missing"]
            missing_here = [str(each[-1]) for each in beside if each[:-1] == loc[:-1]]
            message, key = _unknown(str(loc[-1]), item["input"], _models(of, loc[:-1]), missing_here)
            instead.add((*place[:-1], key))
            found.append(Refusal(place=place, message=message))
        elif kind == "union_tag_not_found":
            found.append(_without_type(place, item["input"]))
        elif kind == "union_tag_invalid":
            found.append(Refusal(place=(*place, "type"), message=_no_type(item["ctx"], place)))
        else:
            message = _message(kind, item, place)
            if message.startswith("the expression") and kind == "value_error":
                place = (*place, "expression")
            found.append(Refusal(place=place, message=message))
    missing = {_place(tuple(item["loc"])) for item in items if item["type"] == "missing"}
    return tuple(dict.fromkeys(each for each in found if each.place not in instead & missing))


# --- places and models -----------------------------------------------------------------------------------------------


def _classes() -> dict[str, type[BaseModel]]:
    members = get_args(get_args(FormField)[0])
    return {get_args(member.model_fields["type"].annotation)[0]: member for member in members}


FIELD_TYPES = _classes()
"""Type of a field, as written in a form -> its model."""


def _place(loc: Place) -> Place:
    """Where it stands in the file: without the types of fields, which pydantic puts between."""
    found: Place = ()
    for position, part in enumerate(loc):
        in_list = len(found) > 1 and isinstance(found[-1], int) and found[-2] in ("fields", "columns")
        if part in FIELD_TYPES and (in_list or position == 0):
            continue
        found = (*found, part)
    return found


def _members(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _inside(annotation: Any, part: str | int) -> Iterator[Any]:
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            tag = member.model_fields.get("type")
            if tag is not None and get_origin(tag.annotation) is Literal and part in get_args(tag.annotation):
                yield member
            elif part in member.model_fields:
                yield member.model_fields[str(part)].annotation
        elif get_origin(member) in (tuple, list) and isinstance(part, int):
            yield get_args(member)[0]
        elif get_origin(member) is dict:
            yield get_args(member)[1]


def _models(of: Any, loc: Place) -> tuple[type[BaseModel], ...]:
    """The models that can stand at a place."""
    here = [] if of is None else [of]
    for part in loc:
        here = [found for annotation in here for found in _inside(annotation, part)]
    members = (member for annotation in here for member in _members(annotation))
    return tuple(member for member in members if isinstance(member, type) and issubclass(member, BaseModel))


# --- keys and types --------------------------------------------------------------------------------------------------


def _unknown(key: str, value: Any, models: Sequence[type[BaseModel]], missing: Sequence[str]) -> tuple[str, str]:
    """What to say of a key that is no setting, and the key that is meant ("" for none); keys that are missing first."""
    message = "is not a setting that is known here"
    known = list(dict.fromkeys(name for model in models for name in model.model_fields))
    own = next((name for name, model in FIELD_TYPES.items() if model in models), "")
    others = [name for name, model in FIELD_TYPES.items() if key in model.model_fields]
    if own and others:
        return f"is a setting of {_or(others)}, and this is a {own}", ""
    key_meant = nearest(key, missing) or nearest(key, known)
    if key_meant and key_meant != key:
        return f"{message}; is {key_meant!r} meant?", key_meant
    if value is None and re.fullmatch(r"\d+", key):
        return f"{message}: a comma parts two settings here; write a decimal number with a point (0.{key})", ""
    if value is None:
        message += ": if it belongs to the text before it, that text needs quotes, because a comma parts two settings"
        return message, ""
    return f"{message} (known: {', '.join(known)})" if known else f"{message} (a slip in the key?)", ""


def _without_type(place: Place, value: Any) -> Refusal:
    keys = [str(key) for key in value] if isinstance(value, Mapping) else []
    if "include" in keys:
        message = "a block stands for a whole section: write the include among the sections, not among the fields"
        return Refusal(place=(*place, "include"), message=message)
    slip = next((key for key in keys if key not in FIELD_TYPES and nearest(key, ["type"])), "")
    if slip:
        return Refusal(place=(*place, slip), message="is not a setting that is known here; is 'type' meant?")
    can_be = _or(tuple(FIELD_TYPES)) if "columns" not in place else "text, number, count, choice or another"
    return Refusal(place=place, message=f"has no type: add 'type: ...' with {can_be}")


ELSEWHERE = {
    "string": "text",
    "textarea": "long_text",
    "paragraph": "long_text",
    "integer": "count",
    "int": "count",
    "float": "number",
    "decimal": "number",
    "boolean": "yes_no_unclear",
    "bool": "yes_no_unclear",
    "yes_no": "yes_no_unclear",
    "select": "choice",
    "radio": "choice",
    "dropdown": "choice",
    "checkbox": "multi_choice",
    "multiselect": "multi_choice",
    "formula": "calculated",
    "matrix": "table",
}
"""What the types of fields are called in other tools."""


def _no_type(ctx: Mapping[str, Any], place: Place) -> str:
    tag = str(ctx["tag"])
    known = re.findall(r"'([^']*)'", str(ctx["expected_tags"]))
    if tag in FIELD_TYPES:
        return f"a column of a table cannot be a {tag}; it can be {_or(known)}"
    what = "column" if "columns" in place else "field"
    elsewhere = ELSEWHERE.get(nearest(tag, ELSEWHERE), "")
    hint = meant(tag, known) or (f"; is {elsewhere!r} meant?" if elsewhere in known else "")
    return f"{_short(tag)} is no type of {what}{hint} (known: {', '.join(known)})"


# --- values ----------------------------------------------------------------------------------------------------------

PARTS = {
    "sections": "a section: keys with values (key, title, fields)",
    "fields": "a field: keys with values, such as {type: text, key: place, label: Place}",
    "columns": "a column: keys with values, such as {type: text, key: place, label: Place}",
    "options": "an option: a text, or a value with its label",
    "rows": "a row: a key, or a key with its label",
    "show_if": "keys with lists: {other_field: [answer]}",
    "hide_if": "keys with lists: {other_field: [answer]}",
}
"""What the parts of a form must be, by the key that they stand under."""


def _message(kind: str, item: Mapping[str, Any], place: Place) -> str:
    value, ctx = item.get("input"), item.get("ctx", {})
    match kind:
        case "missing":
            return f"is missing: add '{place[-1]}: ...'" if place else "is missing"
        case "value_error" | "assertion_error":
            said = str(item["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
            return said + (_says(value) if isinstance(value, str | int | float) else "")
        case "string_type" | "string_sub_type":
            return _must_be_text(value)
        case "string_too_short":
            return "is empty: write a text"
        case "string_too_long":
            return f"is longer than {ctx['max_length']:,} characters ({_length(value):,})"
        case "string_pattern_mismatch":
            return _no_match(str(ctx["pattern"]), str(value))
        case "too_short":
            return f"needs {_counted(ctx['min_length'], place)} or more{_says(value)}"
        case "too_long":
            return f"has more than {ctx['max_length']:,} entries ({_length(value):,})"
        case "greater_than_equal":
            return f"must be {ctx['ge']:g} or more{_says(value)}"
        case "greater_than":
            return f"must be more than {ctx['gt']:g}{_says(value)}"
        case "less_than_equal":
            return f"must be {ctx['le']:g} or less{_says(value)}"
        case "less_than":
            return f"must be less than {ctx['lt']:g}{_says(value)}"
        case "literal_error" | "enum":
            known = re.findall(r"'([^']*)'", str(ctx["expected"]))
            if not known:  # numbers
                return f"must be {ctx['expected']}{_says(value)}"
            return f"must be {_or([repr(each) for each in known])}{meant(str(value), known)}{_says(value)}"
    return _of_shape(kind, value, place)


def _of_shape(kind: str, value: Any, place: Place) -> str:
    """Values of another kind than is needed."""
    if value is None:
        return "is empty: write a value, or take the key out"
    if kind.startswith("bool"):
        return f"must be true or false{_says(value)}"
    if kind.startswith("int"):
        return f"must be a whole number{_with_point(value, whole=True)}{_says(value)}"
    if kind.startswith(("float", "decimal", "finite_number")):
        return f"must be a number{_with_point(value)}{_says(value)}"
    if kind.startswith(("tuple", "list", "set", "frozen_set", "iterable", "sequence")):
        if isinstance(value, Mapping):
            return "must be a list: each entry in a line of its own, after a hyphen and a space"
        return f"must be a list: write [{_quoted(value)}]"
    if kind.startswith(("model", "dict", "mapping", "dataclass")):
        under = place[-1] if place and isinstance(place[-1], str) else place[-2] if len(place) > 1 else ""
        if under in ("options", "rows") and isinstance(value, bool | int | float):
            return _must_be_text(value)
        return f"must be {PARTS.get(str(under), 'keys with values')}{_says(value)}"
    if kind.startswith("date"):
        return f"must be a day as YYYY-MM-DD{_says(value)}"
    if kind.startswith("time"):
        return f"must be a time as HH:MM{_says(value)}"
    if kind.startswith("url"):
        return f"must be an address that begins with https://{_says(value)}"
    return f"is not what is needed here{_says(value)}"


def _must_be_text(value: Any) -> str:
    if value is None:
        return "is empty: write a text"
    if isinstance(value, bool | int | float):
        return f"must be a text: put it in quotes, {_quoted(value)}"
    return (
        "must be one text, not several" if isinstance(value, list | tuple) else "must be a text, not keys with values"
    )


KEY = r"^[a-z][a-z0-9_]{0,59}$"


def _no_match(pattern: str, value: str) -> str:
    if pattern != KEY:
        return f"is not written as it must be here{_says(value)}"
    strange = next((sign for sign in value if sign.isalpha() and not sign.isascii()), "")
    if strange:
        return f"must be of the letters a to z, digits and _; {strange!r} is another letter{_says(value)}"
    plain = re.sub(r"[^a-z0-9]+", "_", value.casefold()).strip("_")
    proposed = f"; write {plain}" if re.match(KEY, plain) else ""
    return f"must be one word of small letters, digits and _, with a letter first{proposed}{_says(value)}"


def _with_point(value: Any, *, whole: bool = False) -> str:
    if isinstance(value, str) and re.fullmatch(r"[-+]?\d+,\d+", value.strip()) and not whole:
        return f" with a point: write {value.strip().replace(',', '.')}"
    return ""


def _says(value: Any) -> str:
    """ " (it says 'x')" for a single value; "" for lists and the like."""
    return f" (it says {_short(value)})" if isinstance(value, str | int | float) else ""


def _short(value: Any) -> str:
    said = repr(value) if not isinstance(value, bool) else str(value).lower()
    return said if len(said) <= 80 else f"{said[:76]}...'"


def _quoted(value: Any) -> str:
    said = str(value).lower() if isinstance(value, bool) else str(value)
    return f'"{said[:60]}"'


def _counted(count: int, place: Place) -> str:
    one = {"fields": "field", "columns": "column", "sections": "section", "options": "option"}
    name = one.get(str(place[-1]) if place else "", "entry")
    if count == 1:
        return f"one {name}"
    return f"{count} {name}s" if name != "entry" else f"{count} entries"


def _length(value: Any) -> int:
    return len(value) if hasattr(value, "__len__") else 0


def _or(words: Sequence[str]) -> str:
    return " or ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
