"""What is recorded about full texts from the browser, each act with its undo.

The latest act of each reviewer is kept as a preference, so that it can be taken back after a reload, too. Undo is one
more fact: an earlier word is said again, a file that was added is taken away, one that was taken away is added again.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from workbench.extraction import Study
from workbench.full_texts import FullTextError, kind_of
from workbench.store import FullText, Retrieval, RetrievalStatus, Store, StoreError
from workbench.ui import context, faults, parts, text

LAST = "full-texts:last-act"
_FACTS = uuid.UUID("b0f6c1de-7d0f-4c1b-8f6a-3f3c2b7a9e15")  # names ids below; never change it
STUDIES = uuid.UUID("c0a6a6e2-0a39-4c36-9d9b-2e0b6a0d7f11")  # names the ids of studies; never change it
ABOUT_TEXTS = ("words", "added", "removed")
ABOUT_STUDIES = ("made", "linked", "unlinked")
_WORDS: dict[str, str] = {
    "requested": "requested",
    "retrieved": "retrieved",
    "not_retrieved": "not retrieved",
    "open": "to be sought again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that a person said belongs to a report."""

    report: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """What became of a file: "added", "known" (it was there already) or "refused", with the reason."""

    name: str
    report: str
    outcome: str
    text: FullText | None = None
    reason: str = ""


def say(reports: Sequence[str], status: RetrievalStatus, note: str, reviewer: str) -> int:
    """Record a word on reports, and how to take it back; gives for how many it was news."""
    store = context.store()
    before = _before(store, reports)
    news = store.set_retrievals(reports, status, note, by=reviewer)
    if news:
        many = "1 report" if len(reports) == 1 else f"{len(reports)} reports"
        _remember(reviewer, {"kind": "words", "said": f"{many}: {_WORDS[status]}", "before": before})
    return news


def attach(files: Sequence[NewFile], reviewer: str) -> list[Attached]:
    """Add files to their reports, each for itself: one that is refused does not keep the others out."""
    store = context.store()
    before = _before(store, [file.report for file in files])
    held = {held.id for report in dict.fromkeys(file.report for file in files) for held in store.full_texts(report)}
    done: list[Attached] = []
    for file in files:
        try:
            media_type = kind_of(file.content).media_type
            added = store.add_full_text(
                str(uuid.uuid4()), file.report, file.name, media_type, file.content, by=reviewer
            )
        except (StoreError, FullTextError) as error:
            done.append(Attached(name=file.name, report=file.report, outcome="refused", reason=str(error)))
            continue
        outcome = "known" if added.id in held else "added"
        held.add(added.id)
        done.append(Attached(name=file.name, report=file.report, outcome=outcome, text=added))
    new = [each.text.id for each in done if each.outcome == "added" and each.text is not None]
    if new:
        many = text.one_line(done[0].name, 60) if len(new) == 1 else f"{len(new)} files"
        _remember(reviewer, {"kind": "added", "said": f"{many} added", "texts": new, "before": before})
    return done


def remove(text_id: str, reason: str, reviewer: str) -> None:
    """Take a file away from its report."""
    store = context.store()
    name = store.full_text(text_id).name
    if store.remove_full_text(text_id, reason=reason, by=reviewer):
        _remember(reviewer, {"kind": "removed", "said": f"{text.one_line(name, 60)} taken away", "text": text_id})


def make_study(report: str, label: str, reviewer: str) -> str:
    """A study of its own for a report; gives its id. Making it twice, or again after an undo, is one study."""
    store = context.store()
    identity = str(uuid.uuid5(STUDIES, f"study of {report}"))
    if any(gone.id == identity for gone in store.studies(ended=True)):
        store.restore_study(identity, by=reviewer)  # made before, and taken back
    held = next((study for study in store.studies() if study.id == identity), None)
    if held is None:
        made = Study(id=identity, label=label, reports=(report,), created_by=reviewer, created_at=datetime.now(UTC))
        store.add_study(made)
    elif report in held.reports:
        return identity  # the second half of a double click
    else:
        store.rename_study(identity, label, by=reviewer)
        store.link_report(identity, report, by=reviewer)
    _remember(reviewer, _linking("made", f"a study of its own, {label}", identity, report))
    return identity


def link(study: str, report: str, reviewer: str) -> None:
    """A report tells of a study that is there."""
    store = context.store()
    label = store.study(study).label
    store.link_report(study, report, by=reviewer)
    _remember(reviewer, _linking("linked", f"a report added to {label}", study, report))


def unlink(study: str, report: str, reviewer: str) -> None:
    """A report does not tell of a study after all."""
    store = context.store()
    label = store.study(study).label
    store.unlink_report(study, report, by=reviewer)
    _remember(reviewer, _linking("unlinked", f"a report taken out of {label}", study, report))


def _linking(kind: str, said: str, study: str, report: str) -> dict[str, Any]:
    return {"kind": kind, "said": said, "study": study, "report": report}


def _before(store: Store, reports: Sequence[str]) -> dict[str, list[str]]:
    """What stands on each report (by its key) now, as an undo says it again."""
    words = store.retrievals()
    return {report: _said(words.get(report)) for report in dict.fromkeys(reports)}


def _said(word: Retrieval | None) -> list[str]:
    return ["open", ""] if word is None else [word.status, word.note]


def _remember(reviewer: str, act: dict[str, Any]) -> None:
    context.store().set_preference(reviewer, LAST, act | {"id": str(uuid.uuid4())})


def last(store: Store, reviewer: str) -> dict[str, Any] | None:
    """The act that an undo would take back."""
    kept = store.preference(reviewer, LAST)
    return kept if isinstance(kept, dict) and kept.get("kind") in (*ABOUT_TEXTS, *ABOUT_STUDIES) else None


def undo_button(store: Store, reviewer: str, kinds: Sequence[str], *, key: str) -> None:
    """Take back the latest act if it is of one of these kinds; nothing where there is none."""
    act = last(store, reviewer)
    if act is None or act["kind"] not in kinds:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}:undo"):
        st.button(
            "Undo",
            key=f"{key}:undo:{act['id']}",
            help="Takes back your latest act on this page",
            on_click=_undo,
            args=(act, reviewer),
        )
        parts.quiet(f"Your latest act: {act['said']}")


@faults.callback
def _undo(act: dict[str, Any], reviewer: str) -> None:
    store = context.store()
    if (last(store, reviewer) or {}).get("id") != act["id"]:
        return  # taken back already, in another window or by the first half of a double click
    if act["kind"] == "removed":
        gone = store.full_text(act["text"])
        store.add_full_text(
            str(uuid.uuid5(_FACTS, f"{act['id']} back")),
            gone.report,
            gone.name,
            gone.media_type,
            store.full_text_bytes(gone.id),
            by=reviewer,
        )
    if act["kind"] in ("linked", "made"):
        store.unlink_report(act["study"], act["report"], by=reviewer)
    if act["kind"] == "made" and not store.study(act["study"]).reports and not store.results(act["study"]):
        store.end_study(act["study"], reason="making it was taken back", by=reviewer)
    if act["kind"] == "unlinked":
        store.link_report(act["study"], act["report"], by=reviewer)
    for text_id in act.get("texts", ()):
        store.remove_full_text(text_id, reason="taken back by whoever added it", by=reviewer)
    again: dict[tuple[str, str], list[str]] = {}
    held = store.retrievals()
    others = [report for report in act.get("before", {}) if report in held and held[report].by != reviewer]
    for report, (status, note) in act.get("before", {}).items():
        if report in others:  # somebody else said something since: their word stands
            continue
        again.setdefault((status, note), []).append(report)
    for (status, note), reports in again.items():
        _say_again(store, reports, status, note, reviewer)
    store.set_preference(reviewer, LAST, None)
    if others and act["kind"] == "words":
        said = text.one_line(store.record(others[0]).title or others[0], 60)
        st.session_state[faults.PENDING] = (
            f"{context.display_name(held[others[0]].by)} said something else about “{said}” since: that stands."
        )


def _say_again(store: Store, reports: list[str], status: str, note: str, reviewer: str) -> None:
    """Say an earlier word on reports; on those that somebody gave a file meanwhile it cannot be said any more."""
    if status == "not_retrieved":
        reports = [report for report in reports if not store.full_texts(report)]
    if reports:
        store.set_retrievals(reports, status, note, by=reviewer)  # type: ignore[arg-type]
