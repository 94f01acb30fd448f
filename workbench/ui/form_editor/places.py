"""What of a form is chosen in the editor, and where a question stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.forms import Form, FormField, MoveField, MoveSection, Section

Kind = Literal["form", "section", "field"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The form as a whole, a section or a question."""

    kind: Kind = "form"
    key: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


WHOLE = Place()
VIEW = "form-editor:view"
"""The session's entry for the view that is shown."""


def place_key(name: str) -> str:
    """The session's entry for the place that is chosen in a form."""
    return f"form-editor:{name}:place"


def places(form: Form) -> dict[str, str]:
    """Every place by its name, with how a menu says it, in the order of the form."""
    found = {str(WHOLE): "The form as a whole"}
    for section in form.sections:
        found[f"section:{section.key}"] = section.title
        for field in section.fields:
            found[f"field:{field.key}"] = f"{section.title} › {field.label}"
    return found


def place_named(form: Form, name: str | None) -> Place:
    """The place of this name; the whole form where it is gone."""
    kind, _, key = (name or "").partition(":")
    if kind == "field" and key in form.keys:
        return Place(kind="field", key=key)
    if kind == "section" and key in {section.key for section in form.sections}:
        return Place(kind="section", key=key)
    return WHOLE


def home_of(form: Form, key: str) -> Section:
    """The section of a question."""
    return next(section for section in form.sections if any(field.key == key for field in section.fields))


def after(form: Form, place: Place) -> tuple[str, str | None]:
    """Where a new question goes that is to stand after this place: its section, and the question it stands before."""
    if place.kind == "field":
        home = home_of(form, place.key)
        keys = [field.key for field in home.fields]
        following = keys[keys.index(place.key) + 1 :]
        return home.key, following[0] if following else None
    if place.kind == "section":
        return place.key, None
    return form.sections[-1].key, None


def moved(form: Form, place: Place, by: Literal[-1, 1]) -> MoveField | MoveSection | None:
    """The step that moves a question or section up (-1) or down (1); None where there is nowhere to go.

    A question at the end of its section goes on into the next one.
    """
    if place.kind == "section":
        return _section_moved(form, place.key, by)
    home = home_of(form, place.key)
    keys = [field.key for field in home.fields]
    at = keys.index(place.key)
    if by < 0 and at > 0:
        return MoveField(key=place.key, section=home.key, before=keys[at - 1])
    if by > 0 and at < len(keys) - 1:
        return MoveField(key=place.key, section=home.key, before=keys[at + 2] if at + 2 < len(keys) else None)
    sections = list(form.sections)
    next_one = sections.index(home) + by
    if not 0 <= next_one < len(sections):
        return None
    into = sections[next_one]
    return MoveField(key=place.key, section=into.key, before=None if by < 0 else into.fields[0].key)


def _section_moved(form: Form, key: str, by: Literal[-1, 1]) -> MoveSection | None:
    keys = [section.key for section in form.sections]
    at = keys.index(key)
    if not 0 <= at + by < len(keys):
        return None
    if by < 0:
        return MoveSection(key=key, before=keys[at - 1])
    return MoveSection(key=key, before=keys[at + 2] if at + 2 < len(keys) else None)


def field_named(form: Form, place: Place) -> FormField | None:
    """The question of a place."""
    return form.field(place.key) if place.kind == "field" else None
