"""Full texts that PubMed Central gives out: fetched at a click, for one report or for all that are sought.

Only PubMed Central is asked, through E-utilities, as it wants to be asked; other links are opened by the browser and
never fetched by the server. What comes is attached as an uploaded file would be, and can be taken back in the same way.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ingest.eutils import EutilsError, PubMedCentral, Transport
from ingest.record import Record
from workbench.refresh.credentials import NCBI_KEY, CredentialError, secret
from workbench.store.full_texts import Sought
from workbench.ui import context, parts, text
from workbench.ui.full_texts import uploading
from workbench.ui.full_texts.acts import NewFile
from workbench.ui.import_cards import counted_words

AT_ONCE = 20  # articles of one click: about ten seconds at the pace that NCBI allows
REFUSED = "full-texts:pmc-refused"  # PMCID -> why there is no text to be had
TRIES, TIMEOUT, DEADLINE = 3, 20.0, 90.0  # a person is waiting


def one(record: Record, reviewer: str, *, held: Sequence[str] = ()) -> None:
    """A button for one report's text, where its record has a number of PubMed Central. held: names of its files."""
    pmcid = record.pmcid
    if not text.pmc_address(pmcid) or pmcid is None or _name(pmcid) in held:
        return
    if pmcid in _refused():
        parts.quiet(f"{pmcid}: {_refused()[pmcid]}. Open it there, save the file, and add it here.")
        return
    if st.button(
        "Get it from PubMed Central",
        key=f"full-texts:pmc:{record.key}",
        help=f"Fetches the text of {pmcid} (XML) and attaches it.",
    ):
        with st.spinner(f"Asking PubMed Central for {pmcid}"):
            files, stopped = _fetch([(record.key, pmcid)])
        _end(files, stopped, reviewer, [pmcid])


def many(sought: Mapping[str, Sought], reviewer: str) -> None:
    """A button for the texts of all reports without a file that PubMed Central may have."""
    waiting = [key for key, each in sought.items() if not each.files and not each.settled]
    wanted = [
        (record.key, record.pmcid)
        for record in context.store().records_of(waiting)
        if record.pmcid and text.pmc_address(record.pmcid) and record.pmcid not in _refused()
    ]
    if not wanted:
        return
    now = wanted[:AT_ONCE]
    with st.container(horizontal=True, vertical_alignment="center", key="full-texts:pmc-many"):
        pressed = st.button(
            f"Get {counted_words(len(now), 'text')} from PubMed Central", key=f"full-texts:pmc-all:{len(wanted)}"
        )
        more = "" if len(now) == len(wanted) else f", {AT_ONCE} at a time"
        parts.quiet(f"{counted_words(len(wanted), 'report')} without a file may be had there{more}.")
    if pressed:
        bar = st.progress(0.0, text="Asking PubMed Central")
        files, stopped = _fetch(now, bar=bar)
        bar.empty()
        _end(files, stopped, reviewer, [pmcid for _, pmcid in now])


def _fetch(wanted: Sequence[tuple[str, str]], *, bar: DeltaGenerator | None = None) -> tuple[list[NewFile], str]:
    """The texts that came, and why no more were asked for ("" where all were)."""
    files: list[NewFile] = []
    try:
        key = secret(NCBI_KEY) or ""
        transport = Transport.from_environment(
            {**os.environ, "NCBI_API_KEY": key}, max_tries=TRIES, timeout=TIMEOUT, deadline=DEADLINE, patience=10.0
        )
        central = PubMedCentral(transport)
        for number, (report, pmcid) in enumerate(wanted):
            if bar is not None:
                bar.progress(number / len(wanted), text=f"{number} of {len(wanted)}: {pmcid}")
            came = central.full_text(pmcid)
            if came.document is None:
                st.session_state.setdefault(REFUSED, {})[pmcid] = came.why_not
            else:
                files.append(NewFile(report=report, name=_name(pmcid), content=came.document))
    except (EutilsError, CredentialError) as error:
        return files, str(error)
    return files, ""


def _end(files: Sequence[NewFile], stopped: str, reviewer: str, wanted: Sequence[str]) -> None:
    said: list[tuple[str, str]] = []
    if stopped:
        said.append(("error", f"PubMed Central could not be asked. {stopped}"))
    by_reason: dict[str, list[str]] = {}
    for pmcid in wanted:
        if pmcid in _refused():
            by_reason.setdefault(_refused()[pmcid], []).append(pmcid)
    said += [("info", f"No text of {', '.join(pmcids)}: {why}.") for why, pmcids in by_reason.items()]
    st.session_state[uploading.SAID] = said
    if files:
        uploading.attach(files, reviewer)  # runs the page again
    st.rerun()


def _refused() -> Mapping[str, str]:
    known = st.session_state.get(REFUSED)
    return known if isinstance(known, dict) else {}


def _name(pmcid: str) -> str:
    return f"{pmcid}.xml"
