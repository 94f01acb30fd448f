"""Retrieve: the reports whose full text is sought, what was done to get each, and what is still wanted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping

import streamlit as st
from markupsafe import Markup

from ingest.record import Record
from workbench.store import Store
from workbench.store.full_texts import SOUGHT_STATES, Sought, SoughtState
from workbench.ui import context, faults, parts, text
from workbench.ui.full_texts import acts, fetching, uploading, viewing, wanted
from workbench.ui.import_cards import counted_words

PER_PAGE = 10
OPEN = "full-texts:open"  # (report, panel) that is open in the list
EVERY = ""
Assess = Callable[[str], None]
TONES: dict[SoughtState, text.Tone] = {
    "waiting": "plain",
    "requested": "warning",
    "retrieved": "good",
    "not retrieved": "error",
}


def show(sought: Mapping[str, Sought], reviewer: str, *, assess: Assess) -> None:
    """Counts, what can be done to many at once, and the list. assess: leads to the desk with a report."""
    store = context.store()
    if not sought:
        parts.empty(
            "No full text is sought yet.", then="A report is sought once titles and abstracts have let it through."
        )
        return
    _counts(sought)
    uploading.outcome()
    acts.undo_button(store, reviewer, acts.ABOUT_TEXTS, key="full-texts:retrieve")
    fetching.many(sought, reviewer)
    uploading.many(sought, reviewer)
    shown = _filtered(store, sought)
    wanted.show(shown, reviewer)
    _list(store, shown, reviewer, assess)


def counted(sought: Mapping[str, Sought]) -> dict[SoughtState, int]:
    """How many reports are in each state."""
    states = Counter(each.state for each in sought.values())
    return {state: states[state] for state in SOUGHT_STATES}


def _counts(sought: Mapping[str, Sought]) -> None:
    """The four states add up to what is sought, as PRISMA counts it."""
    states = counted(sought)
    files = sum(bool(each.files) for each in sought.values())
    to_be_had = states["waiting"] + states["requested"]
    parts.show(
        text.table(
            ("Sought", "Retrieved", "Not retrieved", "Still to be had", "of these requested"),
            [(len(sought), states["retrieved"], states["not retrieved"], to_be_had, states["requested"])],
            caption="Reports sought for retrieval, as the PRISMA flow counts them",
            numbers=range(5),
        )
    )
    parts.quiet(f"{counted_words(files, 'report')} with a file here; the others were read elsewhere or are missing.")


# --- which of them ----------------------------------------------------------------------------------------------------


def _filtered(store: Store, sought: Mapping[str, Sought]) -> dict[str, Sought]:
    review = context.review()
    states = counted(sought)
    left, middle, right = st.columns([2, 1, 1])
    with left:
        offered = (EVERY, *SOUGHT_STATES)
        parts.hold("full-texts:state", offered, EVERY)
        state = st.segmented_control(
            "State",
            offered,
            format_func=lambda item: f"{item.capitalize()} ({states[item]})" if item else f"All ({len(sought)})",
            required=True,
            key="full-texts:state",
        )
    labels = {EVERY: "Every indication"} | {item.key: item.label for item in review.indications}
    with middle:
        indication = st.selectbox(
            "Found for",
            list(labels),
            format_func=lambda item: labels.get(item, item),
            key="full-texts:indication",
        )
    with right:
        words = st.text_input("Search", placeholder="Title, author, DOI, ...", max_chars=200, key="full-texts:words")
    keys = [key for key, each in sought.items() if not state or each.state == state]
    if indication:
        found_for = store.report_indications()
        keys = [key for key in keys if indication in found_for.get(key, ())]
    return {key: sought[key] for key in store.reports_matching(keys, words or "")}


# --- the list ---------------------------------------------------------------------------------------------------------


def _list(store: Store, shown: Mapping[str, Sought], reviewer: str, assess: Assess) -> None:
    if not shown:
        parts.empty("No report is of this kind.", then="Choose another state or indication, or fewer words.")
        return
    keys = list(shown)
    pages = math.ceil(len(keys) / PER_PAGE)
    number = st.pagination(pages, key=f"full-texts:page:{pages}") if pages > 1 else 1
    first = (number - 1) * PER_PAGE
    page = keys[first : first + PER_PAGE]
    parts.quiet(
        f"Reports {first + 1} to {first + len(page)} of {parts.spaced_number(len(keys))}, in the order they were found"
    )
    records = {record.key: record for record in store.records_of(page)}
    for key in page:
        with st.container(border=True, key=f"sought:{key}"):
            _line(shown[key], records[key], reviewer, assess)


def _line(each: Sought, record: Record, reviewer: str, assess: Assess) -> None:
    parts.show(
        Markup('<div><strong>{}</strong></div><div class="wb-quiet">{}</div><div>{} {}</div>{}').format(
            text.one_line(record.title or "No title in the source", 220),
            ". ".join(part for part in (text.authors(record.authors, 3), text.citation(record)) if part),
            text.badge(each.state.capitalize(), TONES[each.state]),
            _links(record),
            _word(each),
        )
    )
    panel = _panel_of(each.report)
    with st.container(horizontal=True, gap="small"):
        for name, label in _panels(each):
            st.button(
                label,
                key=f"full-texts:panel:{name}:{each.report}",
                type="primary" if panel == name else "secondary",
                on_click=_toggle,
                args=(each.report, name),
            )
        for status, label in _words(each):
            st.button(
                label,
                key=f"full-texts:say:{status}:{each.report}:{len(each.files)}:{each.word.at if each.word else ''}",
                on_click=_say,
                args=(each.report, status, reviewer),
            )
        if each.state == "retrieved" and not each.settled:
            st.button(
                "Assess", key=f"full-texts:assess:{each.report}", type="tertiary", on_click=assess, args=(each.report,)
            )
    if panel == "file":
        fetching.one(record, reviewer, held=[file.name for file in each.files])
        uploading.one(each.report, reviewer)
    elif panel == "lacking":
        _lacking(each, reviewer)
    elif panel == "read":
        viewing.show_full_texts(each.files, key=f"retrieve:{each.report}")
        _remove(each, reviewer)


def _links(record: Record) -> Markup:
    """Where the text may be had; what PubMed Central holds is open to all."""
    links = [text.record_links(record)]
    if text.pmc_address(record.pmcid):
        links.insert(0, text.badge("Open access at PubMed Central", "good"))
    return text.join(filter(None, links), " ")


def _word(each: Sought) -> Markup:
    said: list[Markup] = []
    if each.word is not None and (each.word.note or each.word.status != "open"):
        status = "word taken back" if each.word.status == "open" else each.word.status.replace("_", " ")
        said.append(
            Markup('<div class="wb-quiet">{} by {}, {}{}</div>').format(
                status.capitalize(),
                context.display_name(each.word.by),
                text.day(each.word.at),
                f": {text.one_line(each.word.note, 300)}" if each.word.note else "",
            )
        )
    if each.files:
        files = "; ".join(viewing.described(file) for file in each.files)
        said.append(Markup('<div class="wb-quiet">{}</div>').format(files))
    elif each.settled:
        said.append(Markup('<div class="wb-quiet">Assessed; there is no file here.</div>'))
    return text.join(said)


def _panels(each: Sought) -> list[tuple[str, str]]:
    """What can be opened below a line: its name and the button's label."""
    panels = [("file", "Add a file")]
    if each.files:
        panels.insert(0, ("read", "Read"))
    if not each.files and not each.settled and each.state != "not retrieved":
        panels.append(("lacking", "Not retrieved"))
    return panels


def _words(each: Sought) -> list[tuple[str, str]]:
    """What can be said of a report at once: the status and the button's label."""
    if each.files or each.settled:
        return []
    match each.state:
        case "waiting":
            return [("requested", "Requested"), ("retrieved", "Have it elsewhere")]
        case "requested":
            return [("retrieved", "Have it elsewhere"), ("open", "Take the request back")]
        case "retrieved":
            return [("open", "Not at hand after all")]
        case _:
            said = each.word is not None and each.word.status == "not_retrieved"
            return [("open", "Seek it again")] if said else []


def _panel_of(report: str) -> str | None:
    opened = st.session_state.get(OPEN)
    return opened[1] if isinstance(opened, tuple) and opened[0] == report else None


def _toggle(report: str, panel: str) -> None:
    st.session_state[OPEN] = None if _panel_of(report) == panel else (report, panel)


@faults.callback
def _say(report: str, status: str, reviewer: str) -> None:
    acts.say((report,), status, "", reviewer)  # type: ignore[arg-type]
    st.session_state[OPEN] = None


def _lacking(each: Sought, reviewer: str) -> None:
    """It could not be had: what was tried must be said."""
    with st.form(f"full-texts:lacking:{each.report}", border=False):
        note = st.text_area(
            "What was tried (needed)",
            placeholder="Library, interlibrary loan, authors asked twice, ...",
            max_chars=2000,
            height=80,
            key=f"full-texts:tried:{each.report}",
        )
        if st.form_submit_button("Record: not retrieved", type="primary"):
            if not (note or "").strip():
                st.warning("Say what was tried first: it stands in the report of the review.")
                return
            acts.say((each.report,), "not_retrieved", note or "", reviewer)
            st.session_state[OPEN] = None
            st.rerun()


def _remove(each: Sought, reviewer: str) -> None:
    """Take a file away that does not belong here."""
    with st.expander("Take a file away", key=f"full-texts:remove:{each.report}"):
        names = {file.id: file for file in each.files}
        with st.form(f"full-texts:remove-form:{each.report}", border=False):
            chosen = st.selectbox(
                "File",
                list(names),
                format_func=lambda item: viewing.described(names[item]) if item in names else item,
                key=f"full-texts:remove-file:{each.report}",
            )
            reason = st.text_input(
                "Why (needed)",
                placeholder="Another article; the supplement; ...",
                max_chars=300,
                key=f"full-texts:remove-why:{each.report}",
            )
            if st.form_submit_button("Take it away"):
                if not (reason or "").strip():
                    st.warning("Say why first.")
                    return
                acts.remove(chosen, reason or "", reviewer)
                st.session_state[OPEN] = None
                st.rerun()
