"""Quotes beside the form: what a passage is attached to, and what became of each quote in its document."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st
from markupsafe import Markup
from streamlit.delta_generator import DeltaGenerator

from workbench.extraction import Study, common_path
from workbench.forms import QUOTES, Form, QuoteField, TableField, path_of, row_id, rows
from workbench.sources import check_quotes
from workbench.store import Store
from workbench.ui import context, faults, parts, text
from workbench.ui.extraction import saving, value_history
from workbench.ui.extraction.saving import Desk
from workbench.ui.form_widgets.keys import page_key, value_key
from workbench.ui.form_widgets.table_rows import Tables
from workbench.ui.sources import finding, reading
from workbench.ui.sources.attaching import AttachedQuote
from workbench.ui.sources.documents import source_of

WHOLE = ""
"""The target of a quote of the result as a whole: its own fields "quote" and "page"."""


def beside_key(reviewer: str) -> str:
    """The preference that keeps the report open beside the form."""
    return f"extraction:beside:{reviewer}"


def switch(reviewer: str) -> bool:
    """Whether the report is open beside the form; remembered for the reviewer."""
    key = beside_key(reviewer)
    st.session_state.setdefault(key, bool(context.store().preference(reviewer, "extraction:beside")))
    return st.toggle(
        "Read the report beside the form",
        key=key,
        on_change=_keep_switch,
        args=(reviewer,),
        help="Full texts and abstracts of this study; what you mark there becomes a quote",
    )


@faults.callback
def _keep_switch(reviewer: str) -> None:
    context.store().set_preference(reviewer, "extraction:beside", bool(st.session_state.get(beside_key(reviewer))))


def pane(store: Store, study: Study, desk: Desk, answers: Mapping[str, Any], tables: Tables) -> None:
    """The report, and above it what the next quote is for."""
    targets = targets_of(desk.form, answers)
    key = f"{desk.prefix}#quote-for"
    if st.session_state.get(key) not in targets:
        st.session_state[key] = next(iter(targets))
    st.selectbox(
        "A quote is for",
        list(targets),
        format_func=lambda path: targets.get(path, path),
        key=key,
        help="Choose one answer, or the result as a whole",
    )
    reading.pane(store, study, desk.reviewer, on_quote=partial(_attach, desk, dict(answers), tables))


def beside(store: Store, study: Study, reviewer: str) -> DeltaGenerator:
    """Where answers that are only read or compared stand: beside the report, if the reviewer has it open."""
    if not switch(reviewer):
        return st.container()
    left, right = st.columns([1, 1], gap="medium")
    with right:
        reading.pane(store, study, reviewer)
    return left


def targets_of(form: Form, answers: Mapping[str, Any]) -> dict[str, str]:
    """What a quote can be attached to: path -> its name. The result as a whole first, then what is asked."""
    found = {WHOLE: "the result as a whole"} if "quote" in form.keys else {}
    for field in form.asked(answers):
        if field.type == "calculated" or field.key in ("quote", "page", "notes", "certainty_note", "source_address"):
            continue
        if isinstance(field, TableField):
            for row in rows(answers, field.key):
                for column in form.asked_columns(field, answers, row):
                    if column.type != "calculated":
                        path = path_of(field.key, row_id(row), column.key)
                        found[path] = value_history.called(form, common_path(answers, path))
        else:
            found[field.key] = field.label
    return found or {WHOLE: "the result as a whole"}


@faults.callback
def _attach(desk: Desk, base: Mapping[str, Any], tables: Tables, quote: AttachedQuote) -> None:
    target = st.session_state.get(f"{desk.prefix}#quote-for", WHOLE)
    entry = {"quote": quote.quote, "page": quote.page, "full_text": quote.full_text, "found": quote.found}
    held = dict(base)
    if target == WHOLE and "quote" in desk.form.keys:
        st.session_state[value_key(desk.prefix, "quote")] = quote.quote
        if "page" in desk.form.keys:
            st.session_state[value_key(desk.prefix, "page")] = quote.page
    elif any(isinstance(field, QuoteField) and field.key == target for field in desk.form.fields):
        st.session_state[value_key(desk.prefix, target)] = quote.quote
        st.session_state[page_key(desk.prefix, target)] = quote.page
        held[target] = entry
        saving.save_draft(desk, held, tables)
        return
    held[QUOTES] = {**(held.get(QUOTES) or {}), target: entry}
    saving.save_draft(desk, held, tables)


def attached(store: Store, study: Study, desk: Desk, answers: Mapping[str, Any], tables: Tables) -> None:
    """The quotes of single answers, whether each stands in its document, and a way to take one away."""
    checked = check_quotes(source_of(store, study), answers)
    own = checked.get("quote")
    if own is not None and own.found != "yes":
        parts.show(finding.verdict(own))
    held = answers.get(QUOTES)
    quotes = {path: entry for path, entry in held.items() if path != WHOLE} if isinstance(held, dict) else {}
    if not quotes:
        return
    with st.expander(f"Quotes of single answers ({len(quotes)})"):
        for path, entry in quotes.items():
            if not isinstance(entry, dict):
                continue
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                name = value_history.called(desk.form, common_path(answers, path))
                parts.show(
                    Markup('<div><strong>{}</strong> “{}” <span class="wb-quiet">{}</span></div>').format(
                        text.clean(name), text.clean(entry.get("quote") or ""), text.clean(entry.get("page") or "")
                    )
                )
                st.button(
                    "Take away",
                    key=f"{desk.prefix}#unquote:{path}",
                    type="tertiary",
                    on_click=_take_away,
                    args=(desk, dict(answers), tables, path),
                )
            match = checked.get(path)
            if match is not None and match.found != "yes":
                parts.show(finding.verdict(match))


@faults.callback
def _take_away(desk: Desk, base: Mapping[str, Any], tables: Tables, path: str) -> None:
    quotes = {key: entry for key, entry in (base.get(QUOTES) or {}).items() if key != path}
    held = {key: value for key, value in base.items() if key != QUOTES} | ({QUOTES: quotes} if quotes else {})
    saving.save_draft(desk, held, tables)
