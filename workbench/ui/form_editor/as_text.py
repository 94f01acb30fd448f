"""The form as the text of its file: looked at, changed by hand, downloaded; also where the file cannot be read."""

from __future__ import annotations

import streamlit as st

from workbench.forms import Fault, form_path, read_form_text
from workbench.ui import faults, parts
from workbench.ui.form_editor import to_mend
from workbench.ui.form_editor import work as works
from workbench.ui.form_editor.files import folder
from workbench.ui.form_editor.work import Work

LONGEST = 400_000


def show(work: Work, made: str, *, disabled: bool) -> None:
    """made: the text that would be written."""
    key = f"fe:{work.name}:{work.drawn}:text"
    with st.container(key="form-text"):
        typed = st.text_area(
            "The form as it will stand in its file (YAML)",
            value=made,
            height=520,
            max_chars=LONGEST,
            key=key,
            disabled=disabled,
            help="docs/forms.md says what can be written. Remarks (#) at the beginning are kept, others are not",
        )
    faults_ = _faults(work.name, typed) if typed != made else ()
    to_mend.in_text(faults_, "To mend in this text", files=False)
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Use this text",
            key=f"{key}:use",
            disabled=disabled or typed == made or bool(faults_),
            on_click=_use,
            args=(work, typed),
        )
        _download(work.name, typed)


def show_broken(name: str, reviewer: str, *, lead: bool) -> None:
    """A form whose file cannot be read: what is wrong, and its text to mend."""
    path = form_path(folder(), name)
    try:
        held = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        parts.empty(f"{name}.yaml cannot be opened: {error}.", then="Mend or replace the file in the review's folder.")
        return
    with st.container(key="form-text"):
        typed = st.text_area(
            f"{name}.yaml, as it is in the file", value=held, height=520, max_chars=LONGEST, key=f"fe:{name}:broken"
        )
    found = _faults(name, typed)
    to_mend.in_text(found, "To mend in this text", files=False)
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Go on with this text",
            key=f"fe:{name}:mended",
            type="primary",
            disabled=bool(found) or not lead,
            help="It can then be looked at and saved",
            on_click=_mended,
            args=(name, typed, reviewer),
        )
        _download(name, typed)


def _faults(name: str, typed: str) -> tuple[Fault, ...]:
    form, found = read_form_text(typed, form_path(folder(), name))
    if form is None and not found:
        return (Fault(file=f"{name}.yaml", message="holds no form"),)
    return found


def _download(name: str, typed: str) -> None:
    st.download_button(
        "Download the text",
        data=typed.encode("utf-8"),
        file_name=f"{name}.yaml",
        mime="application/yaml",
        key=f"fe:{name}:download",
        on_click="ignore",
    )


@faults.callback
def _use(work: Work, typed: str) -> None:
    form, found = read_form_text(typed, form_path(folder(), work.name))
    if form is not None and not found:
        work.put(form)


@faults.callback
def _mended(name: str, typed: str, reviewer: str) -> None:
    form, found = read_form_text(typed, form_path(folder(), name))
    if form is not None and not found:
        works.begin_anew(form, reviewer)
