"""Upload a sheet, see and correct what its columns mean, then import it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from markupsafe import Markup

from workbench.extraction_sheets import ExtractionSheetError, Imported
from workbench.extraction_sheets.matching import NEW, StudyMatch
from workbench.extraction_sheets.reading import LARGEST
from workbench.forms import Form, load_forms
from workbench.review.reading import FORMS
from workbench.store import LooksCopied, Store
from workbench.store.sheet_files import ImportDone
from workbench.ui import context, faults, parts, text
from workbench.ui.extraction_sheets import columns, fields, opened, outcome_of_reading, times, trials, words
from workbench.ui.extraction_sheets.opened import Opened

TURN, DONE, COPIED = "sheets:turn", "sheets:done", "sheets:copied"
MOST_LINES = 20  # results of which it is said what another sheet gave
MOST_STUDIES = 60  # that can be matched by hand on the page


def view() -> None:
    """From the upload to the import."""
    store, review, forms = context.store(), context.review(), context.forms()
    _outcome()
    file = st.file_uploader(
        "Extraction sheet (CSV or XLSX)",
        accept_multiple_files=False,
        max_upload_size=LARGEST // 1_000_000,
        key=f"sheets:file:{_turn()}",
        help="What a file is, is told by its content. Formulas are not run; their last computed values are taken.",
    )
    if file is None:
        opened.close()
        parts.quiet(
            f"A table with one row for each result, or for each arm, at most {LARGEST // 1_000_000} MB. You see what "
            "every column is taken for, and correct it, before anything is stored."
        )
        return
    try:
        with st.spinner("Reading the sheet"):
            held = opened.open_sheet(file.file_id, file.name, bytes(file.getbuffer()), store, forms, review)
    except ExtractionSheetError as error:
        opened.close()
        faults.show(str(error))
        return
    held = _choose_sheet(held, store, forms)
    _heading(held)
    try:
        imported = opened.result_of(held, forms)
    except ExtractionSheetError as error:
        faults.show(str(error))
        columns.show(held, forms, review)
        return
    names = fields.targets(held.mapping, forms)
    columns.show(held, forms, review)
    words.show_words(held, imported, forms, names)
    times.show_times(held, forms)
    words.show_constants(held, imported, forms)
    outcome_of_reading.show(imported, forms, review)
    trials.show(imported, forms)
    outcome_of_reading.show_problems(imported, key=f"sheets:{held.file_id}")
    _confirm(held, imported, store)


def _turn() -> int:
    turn = st.session_state.get(TURN, 0)
    return turn if isinstance(turn, int) else 0


def _choose_sheet(held: Opened, store: Store, forms: dict[str, Form]) -> Opened:
    if len(held.grid.sheets) == 1:
        return held
    names = [sheet.name for sheet in held.grid.sheets]
    sizes = {sheet.name: len(sheet.cells) for sheet in held.grid.sheets}
    hidden = {sheet.name for sheet in held.grid.sheets if sheet.hidden}
    chosen = st.selectbox(
        "Sheet",
        names,
        index=names.index(held.mapping.sheet),
        format_func=lambda name: text.literal(
            f"{text.one_line(name, 60)} ({sizes.get(name, 0)} cells{', hidden' if name in hidden else ''})"
        ),
        key=f"sheets:sheet:{held.file_id}",
    )
    if chosen is None or chosen == held.mapping.sheet:
        return held
    return opened.choose_sheet(held, chosen, store, forms, context.review())


def _heading(held: Opened) -> None:
    grid, table = held.grid, held.table
    marks = [text.badge(grid.kind)]
    if grid.encoding:
        marks.append(text.badge(grid.encoding))
    heads = ", ".join(map(str, table.header_rows)) or "none"
    parts.show(
        Markup('<h3>{}</h3><div>{} <span class="wb-quiet">{} rows, headings in row {}</span></div>').format(
            text.clean(held.name), text.join(marks, " "), len(table.rows), heads
        )
    )
    digest_known = next((one for one in context.store().sheet_imports() if _same(one.sheet.sha256, held)), None)
    if digest_known is not None and digest_known.undone_at is None:
        st.info(
            text.literal(
                f"This very file was imported on {text.day(digest_known.at)} by "
                f"{context.display_name(digest_known.by)}. Importing it again adds nothing that is there already."
            )
        )


def _same(sha256: str, held: Opened) -> bool:
    import hashlib

    return hashlib.sha256(held.body).hexdigest() == sha256


# --------------------------------------------------------------------------------------------------------- the import


def _confirm(held: Opened, imported: Imported, store: Store) -> None:
    if not imported.results and not imported.trials:
        return
    st.subheader("Import", anchor=False)
    chosen = _studies(held, store.match_sheet_studies(imported, held.body), store)
    state = st.radio(
        "Record as",
        ["draft", "final"],
        format_func=lambda each: {
            "draft": "drafts: you look through each result and finish it",
            "final": "final, where complete: the sheet was checked against the reports",
        }[each],
        key=f"sheets:state:{held.file_id}",
    )
    remember = st.checkbox(
        "Remember what the columns mean for later sheets with these headings",
        value=True,
        key=f"sheets:remember:{held.file_id}",
    )
    parts.quiet(
        f"The extractions will be yours ({context.display_name(context.known_reviewer_name())}); a second extractor "
        "works unseen, as always. The import can be taken back as a whole."
    )
    independent = _vouched(held)
    what = [
        f"{count} {word}{'' if count == 1 else 's'}"
        for count, word in ((len(imported.results), "result"), (len(imported.trials), "trial"))
        if count
    ]
    if st.button(f"Import {' and '.join(what)}", type="primary", key=f"sheets:go:{held.file_id}"):
        faults.act(_record)(held, imported, chosen, state or "draft", remember, independent)


def _vouched(held: Opened) -> bool:
    """Whether the importer says that answers like another's are their own, where the store asked for it."""
    asked = st.session_state.get(COPIED)
    if not isinstance(asked, tuple) or asked[0] != held.file_id:
        return False
    st.warning(text.literal(asked[1]))
    return st.checkbox(
        "I extracted these alone, without seeing the other's answers", key=f"sheets:vouch:{held.file_id}"
    )


def _studies(held: Opened, matches: Sequence[StudyMatch], store: Store) -> dict[str, str]:
    """The sheet's studies with those of the review; what somebody says otherwise."""
    known = {study.id: study.label for study in store.studies()}
    found = sum(match.study != NEW for match in matches)
    said: dict[str, str] = {}
    label = f"Studies: {found} of the review, {len(matches) - found} new"
    with st.expander(label, expanded=any(match.doubt for match in matches), key=f"sheets:studies:{held.file_id}"):
        if not known:
            parts.quiet("The review has no studies yet: all of these are made new.")
        parts.show(
            text.table(
                ("In the sheet", "Results", "Is", "Why"),
                (
                    (
                        text.one_line(match.label, 60),
                        match.results,
                        text.one_line(known.get(match.study, "new"), 60),
                        text.one_line(f"{match.reason}{'; ' + match.doubt if match.doubt else ''}", 140),
                    )
                    for match in matches[:200]
                ),
                caption="What each study of the sheet is taken for",
                numbers=(1,),
            )
        )
        if known:
            for match in matches[:MOST_STUDIES]:
                said[match.label] = _which(held, match, known)
    return said


def _which(held: Opened, match: StudyMatch, known: Mapping[str, str]) -> str:
    options = [NEW, *known]
    chosen = st.selectbox(
        f"“{text.literal(text.one_line(match.label, 60))}” is",
        options,
        index=options.index(match.study) if match.study in options else 0,
        format_func=lambda study: text.literal(text.one_line(known.get(study, "a new study"), 70)),
        key=f"sheets:study:{held.file_id}:{match.label[:100]}",
    )
    return chosen if isinstance(chosen, str) else match.study


def _record(
    held: Opened, imported: Imported, chosen: dict[str, str], state: str, remember: bool, independent: bool
) -> None:
    store, reviewer = context.store(), context.known_reviewer_name()
    bar = st.progress(0.0, text="Recording")

    def tell(done: int, total: int) -> None:
        bar.progress(done / total, text=f"Result {done} of {total}")

    sheet = store.keep_sheet(held.name, held.body, by=reviewer)
    if remember:
        store.remember_sheet_mapping(held.table.headers, held.mapping, name=held.name, by=reviewer)
    try:
        done = store.record_sheet_import(
            sheet,
            held.mapping,
            imported,
            load_forms(context.folder() / FORMS),
            by=reviewer,
            state="final" if state == "final" else "draft",
            studies=chosen,
            independent=independent,
            progress=tell,
        )
    except LooksCopied as error:
        st.session_state[COPIED] = (held.file_id, str(error))
        st.rerun()
    st.session_state.pop(COPIED, None)
    st.session_state[DONE] = (held.name, done)
    st.session_state[TURN] = _turn() + 1
    opened.close()
    st.rerun()


def _outcome() -> None:
    """What the last import came to, until the next one or until it is put away."""
    told = st.session_state.get(DONE)
    if not (isinstance(told, tuple) and isinstance(told[1], ImportDone)):
        return
    name, done = told
    with st.container(border=True):
        parts.show(Markup("<h3>Imported {}</h3>").format(text.clean(name)))
        parts.show(
            text.facts(
                {
                    "New studies": str(done.new_studies),
                    "Studies of the review": str(done.known_studies),
                    "New results": str(done.new_results),
                    "Trials described": str(done.trials or ""),
                    "Final": str(done.final),
                    "Drafts": str(done.drafts),
                    "There already, word for word": str(done.unchanged),
                    "Of an earlier import, taken back": str(done.replaced or ""),
                    "Of results that were there already": str(done.known_results or ""),
                }
            )
        )
        if done.kept_as_drafts:
            parts.quiet(f"{done.kept_as_drafts} results are drafts because something in them is missing or cannot be.")
        for line in done.otherwise[:MOST_LINES]:
            st.warning(text.literal(f"Replaced: {line}"))
        if len(done.otherwise) > MOST_LINES:
            parts.quiet(f"So it is with {len(done.otherwise) - MOST_LINES} more results.")
        for line in done.left_alone:
            st.warning(text.literal(f"Left alone: {line}"))
        parts.quiet(
            "They stand on the page “Studies and extraction”. Under “Earlier imports” all of it can be taken back."
        )
        st.button("Done", key="sheets:seen", on_click=_seen)


@faults.callback
def _seen() -> None:
    st.session_state.pop(DONE, None)
