"""How current the searches are, and the refresh at work: started and stopped by a lead, watched by everybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st
from markupsafe import Markup

from workbench.refresh import background
from workbench.refresh.background import Activity, Started
from workbench.refresh.digest import kept_digests
from workbench.refresh.schedule import Currency, currency
from workbench.store import SearchRun
from workbench.store.values import Reviewer
from workbench.ui import context, faults, parts, text

POLL = 2.0  # seconds between two looks at a refresh that is at work
OUTCOME_SHOWN = timedelta(days=2)
WAS_BUSY: str = "searches:was-busy"
TONES: dict[str, text.Tone] = {"complete": "good", "failed": "error", "running": "warning", "interrupted": "error"}
WORDS = {
    "starting": "A refresh is starting.",
    "running": "A refresh is at work.",
    "finishing": "The records are in; duplicates are being looked for and the digest is being written.",
    "stopping": "The refresh was asked to stop and is closing its entry.",
}


def now_current() -> Currency:
    """How current the review's searches are at this moment."""
    return currency(context.store(), context.review(), datetime.now(UTC))


@st.cache_data(show_spinner=False, ttl=30)
def _words_now(folder: str, settings: context.Settings) -> tuple[str, bool]:  # noqa: ARG001 - what they depend on
    found = now_current()
    return found.words, found.overdue


def sidebar() -> None:
    """The review's currency in one quiet line, for every page; half a minute old at most, as pages are drawn often."""
    words, overdue = _words_now(str(context.folder()), context.settings())
    parts.quiet(text.join((words, text.badge("overdue", "warning")), " ") if overdue else words)


def status_of(run: SearchRun, *, at_work: bool) -> str:
    """An entry without an end is running only while somebody holds the lock."""
    return "interrupted" if run.status == "running" and not at_work else run.status


def section() -> None:
    """How current, what is planned, what is at work, and what a lead may do about it."""
    store, folder = context.store(), context.folder()
    now = background.activity(store, folder)
    _how_current(now_current())
    st.session_state[WAS_BUSY] = now.busy
    if now.busy:
        st.fragment(_at_work, run_every=POLL)()
    elif now.state in ("ended", "died") and now.started is not None:
        _outcome(now, now.started)
    _what_to_do(now)


def _how_current(found: Currency) -> None:
    if found.warning:
        st.warning(text.literal(found.warning))
    planned = text.when(found.next_run) if found.next_run else "not planned (review.yaml, refresh)"
    if context.review().example:
        planned = "not planned: this is a worked example"
    parts.show(
        text.facts(
            {
                "Current to": text.when(found.current_to) if found.current_to else found.words,
                "Last run": text.when(found.last_run),
                "Next run": text.join((planned, Markup(" ({})").format(found.plan) if found.plan else "")),
            }
        )
    )


def _at_work() -> None:
    """Redrawn by itself while a refresh is at work; the whole page is drawn anew when it has ended."""
    store = context.store()
    now = background.activity(store, context.folder())
    if not now.busy and st.session_state.get(WAS_BUSY):
        _words_now.clear()
        st.rerun()
    who = ""
    if now.lock is not None:
        host = "" if now.started is not None and now.started.pid == now.lock.pid else f" on {now.lock.host}"
        who = f" Started by {context.display_name(now.lock.holder)}{host} at {text.when(now.lock.taken_at)}."
    st.info(text.literal(f"{WORDS.get(now.state, '')}{who}"))
    counted = now.progress
    if counted is not None:
        what, done, total = counted
        share = min(1.0, done / total) if total else 0.0
        numbers = f"{parts.spaced_number(done)} of {parts.spaced_number(total)}"
        st.progress(share, text=text.literal(f"{what}, {numbers}"))
    elif now.lock is not None and now.lock.doing:
        parts.quiet(now.lock.doing)
    if now.lock is not None:
        _so_far([run for run in store.searches() if run.started >= now.lock.taken_at])


def _so_far(runs: list[SearchRun]) -> None:
    if not runs:
        return
    labels = strategy_labels()
    parts.show(
        text.table(
            ("Search", "Status", "Found", "New", "Changed"),
            (
                (
                    labels.get(run.strategy, run.strategy),
                    text.badge(run.status, TONES[run.status]),
                    number(run.count),
                    number(run.new) if run.status != "running" else None,
                    number(run.changed) if run.status != "running" else None,
                )
                for run in runs
            ),
            caption="This refresh so far",
            numbers=range(2, 5),
        )
    )


def _outcome(now: Activity, started: Started) -> None:
    """What became of the last refresh that the app started, unless later ones have been at work."""
    runs = [run for run in context.store().searches() if run.started >= started.at and run.source == "PubMed"]
    if datetime.now(UTC) - started.at > OUTCOME_SHOWN or any(run.by != started.by for run in runs):
        return
    who = f"The refresh that {context.display_name(started.by)} started at {text.when(started.at)}"
    if started.stop_asked:
        st.warning(text.literal(f"{who} was stopped. What it had stored is safe; the next refresh goes on from there."))
    elif now.state == "died":
        st.error(
            text.literal(
                f"{who} ended without a word: its process was killed, or the machine stopped. What it had stored is "
                "safe, and the next refresh goes on from there."
            )
        )
    elif started.exit_code == 0:
        ids = {run.id for run in runs}
        kept = next((each for each in kept_digests(context.folder()) if ids & set(each.runs)), None)
        told = f" {kept.summary}." if kept else ""
        if kept and not set(kept.runs) <= ids:  # a failed update file of yesterday is no failure of this refresh
            told = f" With what was done since the digest before it: {kept.summary[:1].lower()}{kept.summary[1:]}."
        st.success(text.literal(f"{who} ended well.{told}"))
    else:
        failed = [f"{strategy_labels().get(run.strategy, run.strategy)}: {run.error}" for run in runs if run.error]
        lines = background.log_lines(started)
        why = failed or list(lines[-1:]) or ["it left no reason"]
        st.error(text.literal(f"{who} did not end well. " + " ".join(text.one_line(line, 400) for line in why[:3])))
    lines = background.log_lines(started)
    if lines:
        with st.expander("Its log"):
            parts.show(Markup('<pre class="wb-log" tabindex="0">{}</pre>').format(text.clean("\n".join(lines[-200:]))))


def _what_to_do(now: Activity) -> None:
    person = context.known_reviewer()
    if person is None or person.role != "lead":
        leads = [context.display(each) for each in context.store().reviewers() if each.role == "lead"]
        st.button("Refresh now", disabled=True, key="searches:start")
        whom = f" ({text.join(leads, ', ')})" if leads else ""
        parts.quiet(f"Only a lead can start or stop a refresh{whom}.")
        return
    if now.busy:
        st.button("Stop the refresh", key="searches:stop", on_click=_stop, args=(person,))
        parts.quiet("What it has stored stays, and the next refresh goes on from there.")
        return
    st.button("Refresh now", key="searches:start", type="primary", on_click=_start, args=(person,))
    parts.quiet("Runs every search on PubMed, outside of this page: it goes on if you close it.")


def _may(person: Reviewer) -> None:
    """Ask again when it is pressed: the role may have changed since the page was drawn."""
    known = context.known_reviewer()
    if known is None or known.name != person.name or known.role != "lead":
        raise background.BackgroundError("only a lead can start or stop a refresh")


@faults.callback
def _start(person: Reviewer) -> None:
    _may(person)
    background.start(context.store(), context.folder(), by=person.name)


@faults.callback
def _stop(person: Reviewer) -> None:
    _may(person)
    background.stop(background.activity(context.store(), context.folder()), by=person.name)


def number(count: int | None) -> str | None:
    """A count for a table; None where there is none."""
    return None if count is None else parts.spaced_number(count)


def moment(at: datetime | None) -> Markup:
    """A time on one line, in a table on a narrow screen too."""
    return Markup('<span class="wb-nowrap">{}</span>').format(text.when(at))


def strategy_labels() -> dict[str, str]:
    """The labels of the strategies that are indications; the others' names say what they are."""
    return {indication.key: indication.label for indication in context.review().indications}
