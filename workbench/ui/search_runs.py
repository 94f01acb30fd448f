"""The ledger on the page: each search's latest state, every run, and one run in full down to the raw answers."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Sequence

import streamlit as st
from markupsafe import Markup

from workbench.refresh import request_log
from workbench.store import RawAnswer, SearchRun
from workbench.ui import context, parts, text
from workbench.ui.refreshing import TONES, moment, now_current, number, status_of, strategy_labels

PER_PAGE = 25
REQUESTS_SHOWN = 100
_TOKEN = re.compile(r"\s+|[()]|[^\s()]+")
_ENDINGS = {"efetch": ("xml", "application/xml"), "requests": ("json", "application/json")}


def latest(runs: Sequence[SearchRun], *, at_work: bool) -> None:
    """One line a search: how current it is and how its last run ended."""
    labels, overdue = strategy_labels(), {item.key for item in now_current().strategies if item.overdue}
    last: dict[str, SearchRun] = {}
    complete: dict[str, SearchRun] = {}
    for run in runs:
        last[run.strategy] = run
        if run.status == "complete":
            complete[run.strategy] = run
    order = [*(key for key in labels if key in last), *(name for name in last if name not in labels)]
    never = [key for key in labels if key not in last]

    def line(name: str) -> tuple[object, ...]:
        run, known = last[name], complete.get(name)
        status = status_of(run, at_work=at_work)
        marks = [text.badge(status, TONES[status])]
        if name in overdue:
            marks.append(text.badge("overdue", "warning"))
        if run.translation_changed:
            marks.append(text.badge("read differently", "warning"))
        return (
            labels.get(name, name),
            run.kind,
            moment(known.started if known else None),
            text.join(marks, " "),
            moment(run.started),
            number(known.count if known else None),
        )

    unknown = [(labels[key], "database", "never", "never run", "", None) for key in never]
    parts.show(
        text.table(
            ("Search", "Kind", "Current to", "Last run", "Begun", "Found"),
            [*(line(name) for name in order), *unknown],
            caption="How current each search is, and how its last run ended",
            numbers=(5,),
        )
    )


def ledger(runs: Sequence[SearchRun], *, at_work: bool) -> None:
    """Every run, newest first, narrowed by search and by outcome; one of them in full."""
    labels = strategy_labels()
    names = list(dict.fromkeys(run.strategy for run in runs))
    by_search, by_status = st.columns(2)
    search = by_search.selectbox(
        "Search",
        ["", *names],
        format_func=lambda name: labels.get(name, name) or "Every search",
        required=True,
        key="searches:strategy",
    )
    status = by_status.selectbox(
        "Outcome",
        ["", "complete", "failed", "interrupted", "running", "with news", "read differently"],
        format_func=lambda name: name or "Any outcome",
        required=True,
        key="searches:status",
    )
    found = [
        run
        for run in reversed(runs)
        if (not search or run.strategy == search) and _has(run, status, status_of(run, at_work=at_work))
    ]
    if not found:
        parts.empty("No run is like this.", then="Choose another search or outcome.")
        return
    pages = math.ceil(len(found) / PER_PAGE)
    page = st.pagination(pages, key=f"searches:page:{search}:{status}") if pages > 1 else 1
    shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    first = (page - 1) * PER_PAGE + 1
    parts.show(
        text.table(
            ("Run", "Search", "Begun", "Status", "Found", "New", "Changed", "Withdrawn", "Retracted", "Requests"),
            (_line(run, labels, status_of(run, at_work=at_work)) for run in shown),
            caption=f"Runs {first} to {first + len(shown) - 1} of {parts.spaced_number(len(found))}, newest first",
            numbers=(0, *range(4, 10)),
        )
    )
    chosen = st.selectbox(
        "Look at one run",
        [run.id for run in shown],
        format_func=lambda chosen: _option(next(run for run in shown if run.id == chosen), labels),
        key=f"searches:run:{search}:{status}:{shown[0].id}",
    )
    run = next((run for run in shown if run.id == chosen), None)
    if run is not None:
        with st.container(border=True):
            _one(run, runs, status_of(run, at_work=at_work))


def _has(run: SearchRun, wanted: str, status: str) -> bool:
    match wanted:
        case "":
            return True
        case "with news":
            return bool(run.new or run.changed or run.withdrawn or run.retracted)
        case "read differently":
            return run.translation_changed
        case _:
            return status == wanted


def _option(run: SearchRun, labels: dict[str, str]) -> str:
    return f"{run.id}: {text.one_line(labels.get(run.strategy, run.strategy), 60)}, {text.when(run.started)}"


def _line(run: SearchRun, labels: dict[str, str], status: str) -> tuple[object, ...]:
    ended = run.status != "running"
    counts = (run.new, run.changed, run.withdrawn, run.retracted, run.requests)
    return (
        run.id,
        labels.get(run.strategy, run.strategy),
        moment(run.started),
        text.badge(status, TONES[status]),
        number(run.count),
        *(number(count) if ended else None for count in counts),
    )


def _one(run: SearchRun, runs: Sequence[SearchRun], status: str) -> None:
    """One run: how it ended, what was asked, how it was understood, what was sent and what came back."""
    st.subheader(text.literal(f"Run {run.id}: {strategy_labels().get(run.strategy, run.strategy)}"), anchor=False)
    parts.show(
        text.facts(
            {
                "Status": text.badge(status, TONES[status]),
                "Source": f"{run.source} ({run.kind})",
                "Started by": context.display_name(run.by),
                "Begun": text.when(run.started),
                "Ended": text.when(run.finished) if run.finished else "",
                "Error": run.error,
                "Remarks": run.remarks,
                "Query as sent": Markup('<div class="wb-quote">{}</div>').format(text.clean(run.query)),
            }
        )
    )
    if run.query_changed:
        parts.quiet("The query differs from the one of the complete run before.")
    _translation(run, runs)
    answers = context.store().raw_answers(run.id)
    _requests(run)
    _raw_answers(run, answers)


def _translation(run: SearchRun, runs: Sequence[SearchRun]) -> None:
    if not run.translation:
        return
    before = [other for other in runs if other.strategy == run.strategy and other.id < run.id]
    earlier = next((other for other in reversed(before) if other.status == "complete" and other.translation), None)
    differs = earlier is not None and earlier.translation != run.translation
    with st.expander(
        "As the source read it" + (": differs from before" if differs else ""), expanded=run.translation_changed
    ):
        if differs and earlier is not None:
            parts.quiet(
                f"Compared with run {earlier.id} of {text.day(earlier.started)}: what is new is underlined, what is "
                "gone is struck through."
            )
            compared = difference(earlier.translation, run.translation)
            parts.show(Markup('<div class="wb-quote">{}</div>').format(compared))
        else:
            parts.show(Markup('<div class="wb-quote">{}</div>').format(text.clean(run.translation)))


def difference(before: str, after: str) -> Markup:
    """The later text with what was added in <ins> and what was taken away in <del>, word by word."""
    old, new = _TOKEN.findall(text.clean(before)), _TOKEN.findall(text.clean(after))
    pieces: list[Markup] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[a:b]), "".join(new[c:d])
        if kind == "equal":
            pieces.append(text.safe(come))
            continue
        if gone.strip():
            pieces.append(Markup('<del aria-label="removed">{}</del>').format(gone))
        if come.strip():
            pieces.append(Markup('<ins aria-label="added">{}</ins>').format(come))
        elif come:
            pieces.append(text.safe(come))
    return text.join(pieces)


def _requests(run: SearchRun) -> None:
    log = request_log(context.store(), run.id)
    if not log:
        return
    with st.expander(f"Requests ({parts.spaced_number(len(log))})"):
        parts.quiet("As they were sent, retries included; the key and the e-mail address are never kept.")
        parts.show(
            text.table(
                ("Sent", "Utility", "Status", "Seconds", "Outcome", "Parameters"),
                (
                    (
                        str(request.get("started") or "")[11:19],
                        " ".join(str(request.get(name) or "") for name in ("method", "utility")),
                        request.get("status"),
                        text.number(request.get("seconds")),
                        text.one_line(request.get("outcome") or "", 200),
                        _parameters(request.get("parameters")),
                    )
                    for request in log[:REQUESTS_SHOWN]
                ),
                caption=f"Requests 1 to {min(len(log), REQUESTS_SHOWN)} of {parts.spaced_number(len(log))}",
                numbers=(2, 3),
            )
        )


def _parameters(sent: object) -> str:
    if not isinstance(sent, dict):
        return ""
    return "; ".join(f"{name}={text.one_line(value, 80)}" for name, value in sent.items())


def _raw_answers(run: SearchRun, answers: Sequence[RawAnswer]) -> None:
    kept = [answer for answer in answers if answer.kind != "requests"]
    if not kept:
        return
    with st.expander(f"Raw answers ({parts.spaced_number(len(kept))})"):
        parts.quiet("As they arrived, byte for byte; the hash is checked when one is read.")
        parts.show(
            text.table(
                ("Kind", "Size", "Asked for", "SHA-256"),
                (
                    (
                        answer.kind,
                        f"{parts.spaced_number(answer.size)} bytes",
                        f"{len(answer.requested)} records" if answer.requested else "",
                        answer.sha256,
                    )
                    for answer in kept[:REQUESTS_SHOWN]
                ),
                caption=f"Answers 1 to {min(len(kept), REQUESTS_SHOWN)} of {parts.spaced_number(len(kept))}",
                numbers=(1,),
            )
        )
        place = st.selectbox(
            "Answer to download",
            range(len(kept)),
            format_func=lambda at: f"{at + 1}: {kept[at].kind}, {kept[at].sha256[:12]}",
            key=f"searches:answer:{run.id}",
        )
        if place is not None:
            answer = kept[place]
            ending, mime = _ENDINGS.get(answer.kind, ("txt", "application/octet-stream"))
            kind = answer.kind if answer.kind.isalnum() else "answer"
            st.download_button(
                "Download this answer",
                _reader(answer.sha256),
                file_name=f"run-{run.id}-{kind}-{answer.sha256[:12]}.{ending}",
                mime=mime,
                key=f"searches:download:{run.id}:{place}",
                on_click="ignore",
            )


def _reader(sha256: str) -> Callable[[], bytes]:
    """Reads an answer when it is asked for: they may be large."""
    store = context.store()
    return lambda: store.raw_body(sha256)
