"""Uploading full texts: to one report, or many files at once with a proposal for each; a person confirms everything."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ingest.record import Record
from workbench.full_texts import (
    LARGEST,
    Clues,
    FullTextError,
    Kind,
    Match,
    clues_of,
    kind_of,
    match,
    oddity,
    plain_text,
    read_pdf,
    tidy_name,
)
from workbench.full_texts.matching import SURE
from workbench.store import Store
from workbench.store.full_texts import Sought
from workbench.ui import context, faults, parts, text
from workbench.ui.full_texts import acts
from workbench.ui.full_texts.acts import Attached, NewFile
from workbench.ui.import_cards import counted_words, size_words

ROUND, SEEN, CHOICES, DONE, SAID = (
    f"full-texts:upload:{name}" for name in ("round", "seen", "choices", "done", "said")
)
OTHER, LEAVE = "another report", "leave it out"
PER_PAGE = 8
AT_ONCE = 2  # PDF files read at a time
LARGEST_MB = LARGEST // 1_000_000
ACCEPTED = f"PDF, HTML, XML of PubMed Central or plain text, at most {LARGEST_MB} MB each"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An uploaded file as it was read."""

    name: str
    size: int
    sha256: str
    kind: Kind | None  # None: refused
    problem: str  # why it was refused, or what is odd about it
    matches: tuple[Match, ...]

    @property
    def proposed(self) -> str | None:
        """The report that the file is proposed for; None where nobody could tell."""
        return self.matches[0].report if self.matches and self.matches[0].score >= SURE else None


# --- one report -------------------------------------------------------------------------------------------------------


def one(report: str, reviewer: str) -> None:
    """Files for one report that was chosen in the list or is before the reviewer."""
    turn = _turn()
    files = st.file_uploader(
        "Full text of this report",
        accept_multiple_files=True,
        max_upload_size=LARGEST_MB,
        key=f"full-texts:one:{report}:{turn}",
        help=ACCEPTED,
    )
    if not files:
        return
    seen = [_look(file, report) for file in files]
    for file in seen:
        _about(file)
    usable = [(file, found) for file, found in zip(files, seen, strict=True) if found.kind is not None]
    if usable and st.button(
        f"Attach {counted_words(len(usable), 'file')} to this report",
        type="primary",
        key=f"full-texts:attach:{report}:{turn}",
    ):
        attach([NewFile(report=report, name=file.name, content=file.getvalue()) for file, _ in usable], reviewer)


def _look(file: UploadedFile, report: str) -> Seen:
    """A file that is meant for one report; says so if it looks like the text of another one that is sought."""
    known: dict[str, Seen] = st.session_state.setdefault(SEEN, {})
    key = f"{file.file_id}:{report}"
    if key not in known:
        with st.spinner("Reading the file"):
            store, needed = context.store(), context.review().screening.reviewers_needed
            found = _read(file.name, file.getvalue(), _records_of(store, tuple(store.sought(reviewers_needed=needed))))
        if found.proposed not in (None, report):
            title = text.one_line(store.record(str(found.proposed)).title, 120)
            why = f"Look again: this looks like another report, “{title}”, as {found.matches[0].reasons[0]}."
            found = _with_problem(found, why)
        known[key] = found
    return known[key]


def _with_problem(seen: Seen, problem: str) -> Seen:
    return Seen(
        name=seen.name,
        size=seen.size,
        sha256=seen.sha256,
        kind=seen.kind,
        problem=" ".join(filter(None, (seen.problem, problem))),
        matches=seen.matches,
    )


# --- many files -------------------------------------------------------------------------------------------------------


def many(sought: Mapping[str, Sought], reviewer: str) -> None:
    """Many files at once: each with the report it seems to belong to; nothing is attached before it is confirmed."""
    opened = f"full-texts:many:{_turn()}"
    with st.expander("Upload many files", expanded=bool(st.session_state.get(opened))):
        files = st.file_uploader(
            "Files of full texts, for any of the reports sought",
            accept_multiple_files=True,
            max_upload_size=LARGEST_MB,
            key=opened,
            help=ACCEPTED,
        )
        if not files:
            parts.quiet(
                "Each file is compared with the reports sought, by DOI, PMID, title, and author and year in its name. "
                "You see the proposals and confirm them."
            )
            return
        seen = _look_at_all(files, sought)
        _choose(files, seen, sought, reviewer)


def _look_at_all(files: Sequence[UploadedFile], sought: Mapping[str, Sought]) -> list[Seen]:
    known: dict[str, Seen] = st.session_state.setdefault(SEEN, {})
    new = [file for file in files if file.file_id not in known]
    if new:
        bar = st.progress(0.0, text=f"Reading {counted_words(len(new), 'file')}")
        records = _records_of(context.store(), tuple(sought))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            reading = pool.map(lambda file: _read(file.name, file.getvalue(), records), new)
            for number, (file, found) in enumerate(zip(new, reading, strict=True), start=1):
                known[file.file_id] = found
                bar.progress(number / len(new), text=f"Read {number} of {counted_words(len(new), 'file')}")
        bar.empty()
    first: dict[str, str] = {}
    seen = []
    for file in files:
        found = known[file.file_id]
        if found.sha256 in first:
            found = _with_problem(found, f"The same file as {first[found.sha256]}.")
        first.setdefault(found.sha256, found.name)
        seen.append(found)
    return seen


def _choose(files: Sequence[UploadedFile], seen: Sequence[Seen], sought: Mapping[str, Sought], reviewer: str) -> None:
    """A card for each file; what has to be chosen comes first."""
    choices: dict[str, str | None] = st.session_state.setdefault(CHOICES, {})
    for file, found in zip(files, seen, strict=True):
        choices.setdefault(file.file_id, found.proposed)
    chosen = [
        NewFile(report=report, name=file.name, content=b"")
        for file, found in zip(files, seen, strict=True)
        if found.kind is not None and (report := choices.get(file.file_id)) in sought and report
    ]
    refused = sum(found.kind is None for found in seen)
    left_out = sum(choices.get(file.file_id) == LEAVE for file in files)
    undecided = len(files) - len(chosen) - refused - left_out
    parts.quiet(
        f"{counted_words(len(files), 'file')}: {len(chosen)} with a report, {undecided} to be chosen by you, "
        f"{refused} that cannot be taken."
    )
    order = sorted(
        range(len(files)), key=lambda place: (seen[place].kind is None, seen[place].proposed is not None, place)
    )
    pages = math.ceil(len(order) / PER_PAGE)
    number = st.pagination(pages, key=f"full-texts:cards:{_turn()}:{pages}") if pages > 1 else 1
    titles = _titles(seen, choices)
    for place in order[(number - 1) * PER_PAGE : number * PER_PAGE]:
        with st.container(border=True, key=f"full-texts:card:{files[place].file_id}"):
            _about(seen[place])
            if seen[place].kind is not None:
                _report_of(files[place].file_id, seen[place], sought, titles)
    if st.button(
        f"Attach {counted_words(len(chosen), 'file')}",
        type="primary",
        disabled=not chosen,
        key=f"full-texts:attach-all:{_turn()}",
    ):
        attach(
            [
                NewFile(report=report, name=file.name, content=file.getvalue())
                for file, found in zip(files, seen, strict=True)
                if found.kind is not None and (report := choices.get(file.file_id)) in sought and report
            ],
            reviewer,
        )


def _report_of(file_id: str, seen: Seen, sought: Mapping[str, Sought], titles: Mapping[str, str]) -> None:
    """Which report a file belongs to: the proposals, any other one by its words, or none."""
    choices: dict[str, str | None] = st.session_state[CHOICES]
    current = choices.get(file_id)
    options = list(dict.fromkeys([each.report for each in seen.matches]))
    if current in sought and current not in options and current is not None:
        options.append(current)
    reasons = {each.report: each for each in seen.matches}
    widget = f"full-texts:choice:{file_id}"
    if widget not in st.session_state:
        st.session_state[widget] = current if current in (*options, LEAVE, OTHER) else None
    picked = st.selectbox(
        "Belongs to",
        [*options, OTHER, LEAVE],
        index=None,
        format_func=lambda item: titles.get(item, {OTHER: "Another report …", LEAVE: "Leave it out"}.get(item, item)),
        placeholder="Choose the report",
        key=widget,
        on_change=_keep_choice,
        args=(file_id, widget),
    )
    if picked in reasons:
        held = sought[picked].files
        said = f"Because {', and '.join(reasons[picked].reasons)}."
        parts.quiet(f"{said} {'It has a file already.' if held else ''}")
    if picked == OTHER:
        words = st.text_input(
            "Words of its title, author, DOI or PMID", max_chars=200, key=f"full-texts:other-words:{file_id}"
        )
        if (words or "").strip():
            found = context.store().reports_matching(tuple(sought), words or "")[:8]
            names = _named(context.store(), found)
            other = st.radio(
                "Report",
                list(found),
                index=None,
                format_func=lambda item: text.literal(names.get(item, item)),
                key=f"full-texts:other:{file_id}",
            )
            if not found:
                parts.quiet("No report that is sought has these words.")
            if other and choices.get(file_id) != other:
                choices[file_id] = other
                st.rerun()


@faults.callback
def _keep_choice(file_id: str, widget: str) -> None:
    st.session_state[CHOICES][file_id] = st.session_state.get(widget)


def _titles(seen: Sequence[Seen], choices: Mapping[str, str | None]) -> dict[str, str]:
    keys = [each.report for found in seen for each in found.matches]
    return _named(context.store(), [*keys, *(choice for choice in choices.values() if choice and ":" in choice)])


def _named(store: Store, keys: Sequence[str]) -> dict[str, str]:
    """What to call reports in a menu."""
    return {
        record.key: text.one_line(
            f"{text.one_line(record.title, 90)} – {text.authors(record.authors, 1)} {record.year or ''}", 140
        )
        for record in store.records_of(list(dict.fromkeys(keys)))
    }


# --- reading ----------------------------------------------------------------------------------------------------------


def _records_of(store: Store, keys: tuple[str, ...]) -> list[tuple[str, Record]]:
    """Every record of the reports named, with its report."""
    wanted = set(keys)
    report_of = {key: report.key for report in store.reports() if report.key in wanted for key in report.record_keys}
    return [(report_of[record.key], record) for record in store.records_of(tuple(report_of))]


def _read(name: str, content: bytes, records: Sequence[tuple[str, Record]]) -> Seen:
    """What an uploaded file is, and which of the reports it may belong to."""
    digest = hashlib.sha256(content).hexdigest()
    tidy = tidy_name(name)
    try:
        kind = kind_of(content)
    except FullTextError as error:
        return Seen(name=tidy, size=len(content), sha256=digest, kind=None, problem=str(error), matches=())
    return Seen(
        name=tidy,
        size=len(content),
        sha256=digest,
        kind=kind,
        problem=oddity(name, content, kind),
        matches=match(_clues(tidy, content, kind), records),
    )


def _clues(name: str, content: bytes, kind: Kind) -> Clues:
    if kind.suffix == ".pdf":
        found = read_pdf(content)
        return clues_of(name, text=found.text, metadata=found.metadata, title=found.title)
    try:
        return clues_of(name, text=plain_text(content)[:8000])
    except FullTextError:
        return clues_of(name)


# --- confirming -------------------------------------------------------------------------------------------------------


def _about(seen: Seen) -> None:
    """A file in one line, and what is odd about it."""
    kind = text.badge(seen.kind.name) if seen.kind else text.badge("Cannot be taken", "error")
    parts.show(
        Markup('<div><strong>{}</strong> {} <span class="wb-quiet">{}</span></div>{}').format(
            text.one_line(seen.name, 120),
            kind,
            size_words(seen.size),
            Markup('<p class="wb-problem{}">{}</p>').format("" if seen.kind else " error", text.clean(seen.problem))
            if seen.problem
            else "",
        )
    )


def attach(files: Sequence[NewFile], reviewer: str) -> None:
    done = acts.attach(files, reviewer)
    st.session_state[DONE] = done
    if not any(each.outcome == "refused" for each in done):
        st.session_state[ROUND] = _turn() + 1  # an empty uploader
        st.session_state.pop(CHOICES, None)
        st.session_state.pop(SEEN, None)
    st.rerun()


def outcome() -> None:
    """What came of the last files; said once, on top of the page. What kept them from coming (`SAID`) is said, too."""
    for kind, words in st.session_state.pop(SAID, []):
        if kind == "error":
            faults.show(words)
        else:
            st.info(text.literal(words))
    done: list[Attached] = st.session_state.pop(DONE, [])
    added = sum(each.outcome == "added" for each in done)
    known = sum(each.outcome == "known" for each in done)
    said = [f"{counted_words(added, 'file')} attached"] if added else []
    said += [f"{counted_words(known, 'file')} there already, not doubled"] if known else []
    if said:
        st.success(f"{', '.join(said)}.")
    for each in done:
        if each.outcome == "refused":
            faults.show(each.reason)


def _turn() -> int:
    turn = st.session_state.get(ROUND, 0)
    return turn if isinstance(turn, int) else 0
