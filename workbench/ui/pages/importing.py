"""Import files: what they would bring is shown first, and nothing is stored before it is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import streamlit as st
from markupsafe import Markup
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ingest.formats.csv_mapping import Mapping
from workbench.refresh import Imported
from workbench.refresh.import_preview import Preview, preview
from workbench.refresh.kept_files import imports, unreadable_again
from workbench.store import SearchKind, SearchRun
from workbench.ui import context, faults, import_cards, import_work, launch, parts, text
from workbench.ui.import_cards import counted_words as _counted
from workbench.ui.import_work import Uploads, Wanted, Work

LARGEST = int(launch.OPTIONS["server.maxUploadSize"])  # MB of one file
EARLIER = 20
POLL = 1.0  # seconds
PATIENCE = 1.5  # seconds for which the page waits for a small import before it shows how far it is
ROUND, UPLOADS, READ = "import:round", "import:uploads", "import:read"
KINDS: dict[SearchKind, str] = {
    "database": "Database (Embase, CENTRAL, Scopus, ...)",
    "register": "Trial register (ClinicalTrials.gov, ICTRP, ...)",
    "citation searching": "Citation searching",
    "other": "Other (experts, websites, an earlier review, ...)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Uploaded:
    """A file on the page, as it would be imported now."""

    path: Path
    shown: Preview
    mapping: Mapping | None
    edited: bool  # its columns are not as they were proposed


def view() -> None:
    """Upload, look, confirm; how far it is; what came of it."""
    store, reviewer = context.store(), context.known_reviewer_name()
    work = import_work.current(store, reviewer)
    if work is not None and not work.over:
        st.fragment(_at_work, run_every=POLL)()
        return
    if work is not None:
        _outcome(work)
    files = st.file_uploader(
        "Files of records",
        accept_multiple_files=True,
        key=f"import:files:{_turn()}",
        help="PubMed XML and nbib, RIS, Web of Science, BibTeX, EndNote XML, CSV or TSV; also packed (ZIP, gzip). "
        "What a file is, is told by its content.",
    )
    if not files:
        if work is None:
            parts.quiet(
                "Exports of any database or reference manager, one or several. You see what would be stored before "
                f"anything is. At most {LARGEST} MB a file; larger ones: "
            )
            parts.show(Markup("<code>workbench import FILE</code>"))
        _earlier()
        return
    uploaded = [_card(number, file) for number, file in enumerate(files, start=1)]
    _confirm(reviewer, uploaded)


# ---------------------------------------------------------------------------------------------------- before it is said


def _uploads() -> Uploads:
    held = st.session_state.get(UPLOADS)
    if not isinstance(held, Uploads) or not held.path.is_dir():
        held = st.session_state[UPLOADS] = Uploads()
        st.session_state[READ] = {}
    return held


def _card(number: int, file: UploadedFile) -> _Uploaded:
    uploads = _uploads()
    read: dict[Any, Any] = st.session_state.setdefault(READ, {})
    path = read.get(file.file_id)
    if path is None:
        path = read[file.file_id] = uploads.add(file.name, file.getbuffer())
    key = f"import:{file.file_id}"
    with st.container(border=True):
        start = _read(path, None)
        mapping = start.mapping
        place = st.container()
        if mapping is not None:
            mapping = import_cards.columns(key, start)
        shown = start if mapping is None or mapping == start.mapping else _read(path, mapping)
        with place:
            import_cards.heading(number, file.name, shown)
            import_cards.problem(shown)
            import_cards.first_records(shown)
            import_cards.unreadable(number, shown.unreadable, shown.unreadable_count)
    edited = mapping is not None and mapping != start.mapping
    return _Uploaded(path=path, shown=shown, mapping=mapping, edited=edited)


def _read(path: Path, mapping: Mapping | None) -> Preview:
    """The preview, from the session if the file was read with these columns before."""
    read: dict[Any, Any] = st.session_state[READ]
    key = (str(path), None if mapping is None else repr(mapping))
    if key not in read:
        with st.spinner(f"Reading {text.literal(path.name)}"):
            read[key] = preview(path, context.store(), mapping=mapping)
    found: Preview = read[key]
    return found


def _confirm(reviewer: str, uploaded: Sequence[_Uploaded]) -> None:
    usable = [one for one in uploaded if one.shown.usable]
    if not usable:
        return
    turn = _turn()
    st.subheader("Where they come from", anchor=False)
    parts.quiet("Kept in the ledger of searches, for the PRISMA flow and the methods section.")
    left, right = st.columns(2)
    source = left.text_input(
        "Name of the source",
        placeholder="Embase (Ovid)",
        help="Empty: each file is called by its own name. Files of different sources: import them one after the other.",
        key=f"import:source:{turn}",
    )
    kind = right.selectbox(
        "Kind of source",
        list(get_args(SearchKind)),
        format_func=lambda each: KINDS.get(each, each),
        key=f"import:kind:{turn}",
    )
    searched = left.date_input(
        "Searched on",
        value=None,
        max_value=datetime.now(UTC).date(),
        format="YYYY-MM-DD",
        help="The day on which the search was run there",
        key=f"import:searched:{turn}",
    )
    query = st.text_area(
        "The search as it was run there",
        placeholder="Paste the strategy, with its line numbers",
        key=f"import:query:{turn}",
    )
    edited = [one for one in usable if one.edited and one.mapping is not None]
    remember = bool(edited) and st.checkbox(
        "Remember these columns for later tables with the same ones", value=True, key=f"import:remember:{turn}"
    )
    records = sum(one.shown.records for one in usable)
    unusable = len(uploaded) - len(usable)
    what = f"{_counted(records, 'record')} from {_counted(len(usable), 'file')}"
    if unusable:
        parts.quiet(f"{_counted(unusable, 'file')} cannot be read and will be left out.")
    wanted = Wanted(
        files=tuple(one.path for one in usable),
        mappings={one.path: one.mapping for one in usable if one.mapping is not None},
        remember=tuple(one.mapping for one in edited if one.mapping is not None) if remember else (),
        source=source or "",
        kind=kind or "database",
        query=query or "",
        searched=searched,
    )
    # No callback: it would get what stood here when the page was last drawn, without what was typed since.
    if st.button(f"Import {what}", type="primary", key=f"import:go:{turn}"):
        _start(reviewer, wanted)


def _start(reviewer: str, wanted: Wanted) -> None:
    work = import_work.start(context.store(), reviewer, wanted, st.session_state.pop(UPLOADS))
    st.session_state.pop(READ, None)
    st.session_state[ROUND] = _turn() + 1  # an empty uploader and empty fields
    if work.thread is not None:
        work.thread.join(PATIENCE)
    st.rerun()


def _turn() -> int:
    """How many imports this session began: widgets of the next one have keys of their own, and so are empty."""
    turn = st.session_state.get(ROUND, 0)
    return turn if isinstance(turn, int) else 0


# ---------------------------------------------------------------------------------------------------- at work, and over


def _at_work() -> None:
    """Redrawn by itself; the whole page is drawn anew when the import has ended."""
    store, reviewer = context.store(), context.known_reviewer_name()
    work = import_work.current(store, reviewer)
    if work is None or work.over:
        st.rerun()
    assert work is not None
    total = len(work.wanted.files)
    st.progress(work.number / total, text=text.literal(f"File {min(work.number + 1, total)} of {total}. {work.at}"))
    parts.quiet("You may leave this page or reload it: the import goes on, and its outcome will stand here.")


def _outcome(work: Work) -> None:
    with st.container(border=True):
        new = sum(one.new for one in work.done)
        parts.show(
            Markup("<h3>{}</h3>").format(
                f"Imported: {_counted(new, 'new record')}" if work.done else "Nothing was imported"
            )
        )
        if work.error:
            faults.show(work.error)
        if work.done:
            parts.show(
                text.table(
                    ("File", "Outcome", "Read", "New", "Known", "Changed", "Unreadable"),
                    (
                        (one.file, _ended(one), one.read, one.new, one.known, one.changed, len(one.unreadable))
                        for one in work.done
                    ),
                    caption="What came of each file",
                    numbers=range(2, 7),
                )
            )
        for one in work.done:
            if one.error:
                st.warning(text.literal(one.error))
        if work.done and not new and not work.error:
            parts.quiet("Everything in these files was known already: nothing was added twice.")
        for number, one in enumerate(work.done):
            import_cards.unreadable(-1 - number, one.unreadable[:200], len(one.unreadable))
        with st.container(horizontal=True, gap="small"):
            if new:
                st.button(
                    "Go on to duplicates", type="primary", key="import:duplicates", on_click=_go, args=("Duplicates",)
                )
            st.button("See the ledger", key="import:ledger", on_click=_go, args=("Searches",))
            st.button("Done", key="import:seen", on_click=_seen)


def _ended(one: Imported) -> Markup:
    if one.refused:
        return text.badge("refused", "error")
    if one.error:
        return text.badge("broken off", "warning")
    if one.before is not None:
        return text.badge(f"imported before, on {text.day(one.before.started)}")
    return text.badge("taken in", "good")


@faults.callback
def _go(view_name: str) -> None:
    st.session_state["records:view"] = view_name
    import_work.put_away(context.store(), context.known_reviewer_name())


@faults.callback
def _seen() -> None:
    import_work.put_away(context.store(), context.known_reviewer_name())


# -------------------------------------------------------------------------------------------------------------- earlier


def _earlier() -> None:
    """The imports so far; of one, what could not be read, again from the kept file."""
    runs = imports(context.store())[::-1]
    if not runs:
        return
    st.subheader("Earlier imports", anchor=False)
    parts.show(
        text.table(
            ("Source", "Imported", "By", "Kind", "Status", "Entries", "New"),
            (_earlier_line(run) for run in runs[:EARLIER]),
            caption=f"Newest first ({min(len(runs), EARLIER)} of {len(runs)})",
            numbers=(5, 6),
        )
    )
    chosen = st.selectbox(
        "What could not be read in",
        [run.id for run in runs],
        index=None,
        placeholder="Choose an import",
        format_func=lambda number: _run_label(runs, number),
        key="import:earlier",
    )
    if chosen is None:
        return
    found = unreadable_again(context.store(), chosen)
    if found:
        import_cards.unreadable(0, found, len(found))
    else:
        parts.quiet("Every entry of that file could be read.")


def _earlier_line(run: SearchRun) -> tuple[object, ...]:
    tones: dict[str, text.Tone] = {"complete": "good", "failed": "error", "running": "warning"}
    return (
        text.one_line(run.source, 60),
        text.when(run.started),
        context.display_name(run.by),
        run.kind,
        text.badge(run.status, tones[run.status]),
        run.count,
        run.new,
    )


def _run_label(runs: Sequence[SearchRun], number: int) -> str:
    run = next((run for run in runs if run.id == number), None)
    return str(number) if run is None else text.literal(f"{run.source}, {text.when(run.started)}")
