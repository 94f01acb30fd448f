"""A calculated field on the page: its value, or what is missing for it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from markupsafe import Markup

from workbench.forms.calculating import Calculated
from workbench.forms.fields import CalculatedField
from workbench.ui import text

Worked = Mapping[str, Calculated]
"""Path of a calculated field -> what it shows (`forms.calculating.calculated`)."""


def show(field: CalculatedField, path: str, worked: Worked) -> None:
    """The field's label with what comes out."""
    found = worked.get(path)
    shown = "" if found is None else found.shown or found.message
    quiet = "wb-quiet" if found is None or found.value is None else ""
    st.html(
        str(
            Markup('<div class="wb-calculated"><span>{}</span><strong class="{}">{}</strong></div>').format(
                text.clean(field.label), quiet, text.clean(shown)
            )
        )
    )
