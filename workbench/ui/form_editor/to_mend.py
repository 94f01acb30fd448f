"""What is wrong with the form as it stands, said at every step, with the way to where it is mended."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import streamlit as st
from markupsafe import Markup

from workbench.forms import Fault, Form, TableField
from workbench.forms.model import Section
from workbench.forms.reading import BLOCKS
from workbench.forms.sharing import shared_sections
from workbench.forms.writing import Draft
from workbench.ui import parts, text
from workbench.ui.form_editor.places import VIEW, WHOLE, Place, place_key

MOST = 12
_PLACE = re.compile(
    r"(?:sections\[(?P<section>\d+)\])?\.?(?:fields\[(?P<field>\d+)\])?\.?(?:columns\[(?P<column>\d+)\])?\.?(?P<rest>.*)"
)
_SETTINGS = {
    "show_if": "when it is asked",
    "hide_if": "when it is asked",
    "formerly": "earlier keys",
    "rows_from": "the rows",
    "options": "answers",
}


def show(name: str, made: Draft, blocks: Mapping[str, Section]) -> None:
    """The faults of a draft, or that there are none. name: of the form."""
    if not made.faults:
        parts.show(Markup('<p role="status">{} {}</p>').format(text.badge("no faults", "good"), "It can be saved."))
        return
    count = len(made.faults)
    with st.container(border=True, key="form-to-mend"):
        parts.show(
            Markup('<p role="status">{} {}</p>').format(
                text.badge(f"{count} to mend", "error"), "before the form can be saved."
            )
        )
        for number, fault in enumerate(made.faults[:MOST]):
            place, words = where(fault, made.form, blocks)
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                parts.show(
                    Markup("<div><strong>{}</strong>: {}</div>").format(text.clean(words), text.clean(fault.message))
                )
                if place != WHOLE:
                    st.button(
                        "Go there",
                        key=f"fe:{name}:fault:{number}",
                        type="tertiary",
                        on_click=_go,
                        args=(name, str(place)),
                        help=text.literal(words),
                    )
        if count > MOST:
            parts.quiet(f"and {count - MOST} more")
        parts.quiet("“Undo” takes the last step back.")


def in_text(found: Iterable[Fault], caption: str, *, files: bool) -> None:
    """Faults of a text by their lines, as a list that also a narrow screen shows whole. files: with the file's name."""
    items = [
        Markup("<li><strong>{}</strong>{}: {}</li>").format(
            text.clean(", ".join(part for part in (fault.file if files else "", _line(fault)) if part) or "The form"),
            f" ({text.clean(fault.place)})" if fault.place else "",
            text.clean(fault.message),
        )
        for fault in found
    ]
    if items:
        style = "overflow-wrap: anywhere"
        parts.show(
            Markup('<section aria-label="{0}" style="{1}"><p class="wb-quiet">{0}</p><ul>{2}</ul></section>').format(
                f"{caption}: {len(items)}", style, text.join(items)
            )
        )


def _line(fault: Fault) -> str:
    return "" if fault.line is None else f"line {fault.line}"


def _go(name: str, place: str) -> None:
    st.session_state[VIEW] = "Questions"
    st.session_state[place_key(name)] = place


def where(fault: Fault, form: Form, blocks: Mapping[str, Section]) -> tuple[Place, str]:
    """The place in the editor that a fault belongs to, and what it is called there."""
    found = _PLACE.fullmatch(fault.place)
    if found is None:  # pragma: no cover - the pattern ends with anything
        return WHOLE, "The form as a whole"
    section = _section(fault, form, blocks, found["section"])
    if section is None:
        return WHOLE, "The form as a whole"
    fields = list(section.fields)
    in_block = _block(fault)
    if in_block in blocks:
        fields = list(blocks[in_block].fields)
    said = section.title
    place = Place(kind="section", key=section.key)
    if found["field"] is not None and int(found["field"]) < len(fields):
        field = fields[int(found["field"])]
        place, said = Place(kind="field", key=field.key), f"{section.title} › {field.label}"
        if isinstance(field, TableField) and found["column"] is not None and int(found["column"]) < len(field.columns):
            said += f" › column “{field.columns[int(found['column'])].label}”"
    setting = re.split(r"[.\[]", found["rest"])[0]
    return place, f"{said} ({_SETTINGS.get(setting, setting)})" if setting else said


def _block(fault: Fault) -> str:
    """The name of the block that a fault lies in; "" for the form itself."""
    path = fault.file.split("/")
    return path[-1].removesuffix(".yaml") if BLOCKS in path[:-1] else ""


def _section(fault: Fault, form: Form, blocks: Mapping[str, Section], number: str | None) -> Section | None:
    if number is not None:
        return form.sections[int(number)] if int(number) < len(form.sections) else None
    name = _block(fault)
    key = next((key for key, item in shared_sections(form, blocks).items() if item.block == name), None)
    return next((item for item in form.sections if item.key == key), None)
