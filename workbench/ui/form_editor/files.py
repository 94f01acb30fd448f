"""The files of forms and blocks as they are now, read once for each state of the folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from workbench.forms import Fault, Form, FormError, load_forms, shipped_forms
from workbench.forms.model import Section
from workbench.forms.reading import read_forms
from workbench.forms.writing import read_blocks
from workbench.review.reading import FORMS
from workbench.ui import context


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What the folder holds. forms: those that can be read, by name; faults: what is wrong with the others."""

    forms: Mapping[str, Form]
    faults: tuple[Fault, ...]
    blocks: Mapping[str, Section]


def folder() -> Path:
    """The review's folder of forms."""
    return context.folder() / FORMS


def now() -> Files:
    """The folder as it is at this moment."""
    return _read(str(folder()), context.settings())


@st.cache_resource(show_spinner=False, max_entries=4)
def _read(path: str, state: context.Settings) -> Files:  # noqa: ARG001 - part of the cache's key
    forms, faults = read_forms(Path(path))
    return Files(forms=forms, faults=faults, blocks=read_blocks(Path(path)))


@st.cache_resource(show_spinner=False)
def shipped() -> Mapping[str, Form]:
    """The forms that come with the workbench."""
    try:
        return load_forms(shipped_forms())
    except FormError:
        return {}
