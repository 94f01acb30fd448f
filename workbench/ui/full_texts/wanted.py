"""The list of what is still wanted, for the library; and marking all of it as requested at once."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from ingest.exports import EXPORTS, write_records
from workbench.full_texts import for_the_library
from workbench.store import Store
from workbench.store.full_texts import Sought
from workbench.ui import context, faults, parts
from workbench.ui.full_texts import acts
from workbench.ui.import_cards import counted_words

FORMATS = {"csv": "CSV table", "ris": "RIS"}


def show(shown: Mapping[str, Sought], reviewer: str) -> None:
    """What of the reports shown is to be had, as a file; and one press to say that it was asked for."""
    store = context.store()
    keys = tuple(key for key, each in shown.items() if each.state in ("waiting", "requested"))
    waiting = tuple(key for key in keys if shown[key].state == "waiting")
    if not keys:
        return
    with st.expander(f"List for the library ({counted_words(len(keys), 'report')} of those shown still to be had)"):
        parts.quiet("Title, authors, journal, year, volume, pages, DOI, PMID; no abstracts.")
        with st.container(horizontal=True, gap="small"):
            for format, label in FORMATS.items():
                st.download_button(
                    f"Download as {label}",
                    data=partial(wanted_list, store, keys, format),
                    file_name=f"wanted-full-texts{EXPORTS[format].suffix}",
                    mime=EXPORTS[format].mime,
                    key=f"full-texts:wanted:{format}",
                    on_click="ignore",
                )
        if waiting:
            note = st.text_input(
                "Note for the request",
                placeholder="Library order of 3 March",
                max_chars=300,
                key="full-texts:request-note",
            )
            if st.button(
                f"Mark {counted_words(len(waiting), 'waiting report')} as requested", key="full-texts:request-all"
            ):
                _request(waiting, note or "", reviewer)
                st.rerun()


@faults.callback
def _request(keys: Sequence[str], note: str, reviewer: str) -> None:
    acts.say(keys, "requested", note, reviewer)


def wanted_list(store: Store, keys: Sequence[str], format: str) -> bytes:
    """The reports' records without their abstracts, as a file of a format of `EXPORTS`."""
    file = io.StringIO(newline="")
    write_records(for_the_library(store.merged(key).record for key in keys), file, format)
    return file.getvalue().encode(EXPORTS[format].encoding)
