"""The Searches view: what is current, what is at work, what came, and who may start a refresh."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from hypothesis import given, strategies
from streamlit.testing.v1 import AppTest

from tests.test_ui_pages import one_of, page, press, shown
from tests.ui_review import HOSTILE_TITLE, NEUROPATHIC, add_people, add_records, make_review, record
from workbench.refresh import background
from workbench.refresh.background import Started
from workbench.refresh.digest import MailState, keep_digest, make_digest
from workbench.refresh.ledger import JOB
from workbench.store import NewAnswer, Reviewer, Store
from workbench.ui import context, refreshing
from workbench.ui.search_runs import difference

NOW = datetime.now(UTC)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    folder = make_review(tmp_path / "review")
    monkeypatch.setenv("WORKBENCH_REVIEW", str(folder))
    with Store.open(folder) as opened:
        add_people(opened)
        yield opened
        context.store().close()
    st.cache_resource.clear()
    st.cache_data.clear()


def searches(reviewer: str = "ada") -> AppTest:
    at = page("records", reviewer)
    at.session_state["records:view"] = "Searches"
    return at.run()


def searched(store: Store, strategy: str, at: datetime, *, status: Any = "complete", **end: Any) -> int:
    run = store.begin_search(strategy, f"{strategy} AND rTMS", at, indication=strategy)
    store.finish_search(run, status=status, now=at, **({"count": 0} | end))
    return run


def said(at: AppTest) -> str:
    """What stands in coloured boxes."""
    return "\n".join(str(element.value) for kind in ("error", "warning", "success", "info") for element in at.get(kind))


def no_exception(at: AppTest) -> AppTest:
    assert not at.exception
    return at


# --- how current


def test_an_empty_review_says_so_and_offers_the_first_refresh(store: Store) -> None:
    at = no_exception(searches())
    assert "No search was run yet." in shown(at)
    assert "No search is complete yet" in shown(at)
    assert "every Sunday at 03:30 UTC" in shown(at)
    assert not one_of(at.button, "Refresh now").disabled


def test_each_search_shows_how_current_it_is_and_what_is_overdue(store: Store) -> None:
    searched(store, NEUROPATHIC, NOW - timedelta(days=20), count=7)
    searched(store, NEUROPATHIC, NOW - timedelta(days=1), status="failed", error="PubMed was away")
    searched(store, "migraine", NOW - timedelta(hours=1))
    at = no_exception(searches())
    assert "Neuropathic pain is overdue: the last complete search was 20 days ago" in said(at).replace("\\", "")
    body = shown(at)
    assert "3 of 5 searches were never complete" in body
    assert body.count(">overdue<") == 1
    assert "never run" in body


def test_the_sidebar_of_every_page_says_how_current_the_searches_are(store: Store) -> None:
    for indication in context.review().indications:
        searched(store, indication.key, NOW - timedelta(days=30))
    at = AppTest.from_string(
        "from workbench.ui import refreshing, theme\nimport streamlit as st\nwith st.sidebar:\n    refreshing.sidebar()"
    ).run()
    assert f"Searches current to {NOW - timedelta(days=30):%Y-%m-%d}" in shown(at)
    assert "overdue" in shown(at)


# --- who may do what


def test_a_lead_starts_a_refresh_and_others_are_told_why_they_cannot(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setattr(background, "start", lambda store, folder, *, by: started.append(by))
    at = searches("ben")
    assert one_of(at.button, "Refresh now").disabled
    assert "Only a lead can start or stop a refresh (Ada Example)." in shown(at)
    at = no_exception(press(searches("ada"), "Refresh now"))
    assert started == ["ada"]


def test_somebody_who_lost_the_lead_meanwhile_starts_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(background, "start", lambda store, folder, *, by: started.append(by))
    at = searches("ada")
    store.add_reviewer(Reviewer(name="ada", display="Ada Example", role="reviewer"))
    at = press(at, "Refresh now")
    assert started == []
    assert "only a lead can start" in said(at)


def test_two_refreshes_cannot_be_started_and_the_page_says_who_is_at_work(store: Store) -> None:
    at = searches("ada")
    with store.locked(JOB, "ben"):
        at = press(at, "Refresh now")  # drawn before ben began
        assert "a refresh is at work already: started by ben" in said(at)
        assert "A refresh is at work. Started by Ben Example" in said(at)
        assert not [button for button in at.button if button.label == "Refresh now"]
    assert not (context.folder() / "logs").exists()


# --- at work


def test_a_refresh_at_work_shows_how_far_it_is_whoever_started_it(store: Store) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workbench.store.locks.socket.gethostname", lambda: "elsewhere")
        lock = store.try_lock(JOB, "cron")
    assert lock is not None
    store.begin_search("migraine", "q", indication="migraine")
    store.renew_lock(lock, doing="Migraine: 600 of 1500 new records")
    at = no_exception(searches())
    assert "Started by cron on elsewhere" in said(at)
    (bar,) = at.get("progress")
    assert bar.proto.value == 40
    assert "Migraine: new records, 600 of 1" in bar.proto.text
    assert "This refresh so far" in shown(at)
    at = press(at, "Stop the refresh")
    assert "it can be stopped there" in said(at)
    store.release_lock(lock)
    assert "interrupted" in shown(searches())  # nobody holds the lock: the entry without an end has died


def noted(name: str, **changes: Any) -> Started:
    """A refresh that the app started, as its notes say."""
    folder = context.folder() / "logs"
    folder.mkdir(exist_ok=True)
    data = {"by": "ada", "at": (NOW - timedelta(minutes=5)).isoformat(), "pid": 1, "process": "-"} | changes
    code = data.pop("exit_code", None)
    (folder / f"{name}.json").write_text(json.dumps({"host": socket.gethostname()} | data), encoding="utf-8")
    if code is not None:
        (folder / f"{name}.outcome.json").write_text(json.dumps({"exit_code": code}), encoding="utf-8")
    found = background.last_started(context.folder())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "ended without a word: its process was killed"),
        ({"exit_code": 0}, "ended well. 1 new record."),
        ({"exit_code": 1}, "did not end well. Migraine: PubMed was away"),
        ({"exit_code": 1, "stop_asked": True}, "was stopped."),
        ({"stop_asked": True}, "was stopped."),
    ],
)
def test_how_the_last_refresh_from_the_app_ended_is_said(store: Store, changes: dict[str, Any], expected: str) -> None:
    started = noted("refresh-20260308T033000Z", **changes)
    started.log.write_text("Searching <b>PubMed</b>\n\x1b[31mEnded\n", encoding="utf-8")
    run = store.begin_search(NEUROPATHIC, "q", NOW, indication=NEUROPATHIC, by="ada")
    store.add_records(run, NEUROPATHIC, [(record(1), None)], now=NOW)
    done = store.finish_search(run, now=NOW)
    if changes.get("exit_code") == 1:
        failed = store.begin_search("migraine", "q", NOW, indication="migraine", by="ada")
        store.finish_search(failed, status="failed", error="PubMed was away", now=NOW)
    keep_digest(context.folder(), make_digest(store, context.review(), [done], now=NOW))
    at = no_exception(searches())
    assert expected in said(at).replace("\\", "")
    assert "Searching &lt;b&gt;PubMed&lt;/b&gt;" in shown(at)
    assert "\x1b" not in shown(at)
    # once a timer has run a later one, the old outcome is no news
    later = store.begin_search("migraine", "q", NOW, indication="migraine", by="cron")
    store.finish_search(later, now=NOW)
    assert "The refresh that" not in said(searches())


def test_what_was_done_by_hand_before_is_not_said_to_be_of_the_refresh(store: Store) -> None:
    noted("refresh-20260308T033000Z", exit_code=0)
    before = store.begin_search("PubMed update file: a", "q", NOW - timedelta(hours=1), by="bo")
    failed = store.finish_search(before, status="failed", error="broken", now=NOW - timedelta(hours=1))
    run = store.begin_search(NEUROPATHIC, "q", NOW, indication=NEUROPATHIC, by="ada")
    done = store.finish_search(run, now=NOW)
    keep_digest(context.folder(), make_digest(store, context.review(), [failed, done], now=NOW))
    told = said(no_exception(searches())).replace("\\", "")
    assert "ended well. With what was done since the digest before it: nothing new; 1 of 2 searches failed." in told


def test_a_refresh_that_is_starting_can_be_seen_before_it_has_the_lock(store: Store) -> None:
    mine = background._process(os.getpid())  # a process that lives
    noted("refresh-20260308T033000Z", pid=os.getpid(), process=mine)
    at = no_exception(searches())
    assert "A refresh is starting." in said(at)
    assert refreshing.WORDS["starting"] in said(at)
    assert one_of(at.button, "Stop the refresh")


# --- the ledger


def test_runs_can_be_paged_and_narrowed(store: Store) -> None:
    for number in range(30):
        searched(store, NEUROPATHIC, NOW - timedelta(days=30 - number), count=1000 + number, new=1000 + number)
    searched(store, "migraine", NOW, status="failed", error="PubMed was away")
    at = no_exception(searches())
    assert "Runs 1 to 25 of 31, newest first" in shown(at)
    at.selectbox(key="searches:status").set_value("failed").run()
    assert "Runs 1 to 1 of 1" in shown(at)
    assert "PubMed was away" in shown(at)
    at.selectbox(key="searches:strategy").set_value(NEUROPATHIC).run()
    assert "No run is like this." in shown(no_exception(at))
    at.selectbox(key="searches:status").set_value("with news").run()
    assert "Runs 1 to 25 of 30" in shown(at)


def test_one_run_shows_what_was_asked_sent_and_received(store: Store) -> None:
    searched(store, "migraine", NOW - timedelta(days=7), translation='"migraine"[MeSH Terms] AND rTMS[Title]')
    log = [
        {
            "method": "POST",
            "utility": "esearch",
            "parameters": {"term": "migraine <b>", "retmax": "9999"},
            "status": 200,
            "seconds": 0.25,
            "outcome": "data",
            "started": "2026-03-08T03:30:01+00:00",
        }
    ]
    run = store.begin_search("migraine", "migraine AND rTMS", NOW, indication="migraine")
    answers = (
        NewAnswer(kind="esearch", body=b"<eSearchResult/>"),
        NewAnswer(kind="requests", body=json.dumps(log).encode()),
    )
    store.add_records(run, "migraine", [], found=False, answers=answers)
    store.finish_search(
        run,
        count=3,
        translation='"migraine"[All Fields] AND rTMS[Title]',
        remarks="no longer found: 7 <script>",
        requests=1,
        now=NOW,
    )
    at = no_exception(searches())
    body = shown(at)
    assert '<del aria-label="removed">"migraine"[MeSH</del>'.replace('"migraine"', "&#34;migraine&#34;") in body
    assert "[All</ins>" in body
    assert "no longer found: 7 &lt;script&gt;" in body
    assert "term=migraine &lt;b&gt;; retmax=9999" in body
    assert "read differently" in body
    (answer,) = [each for each in store.raw_answers(run) if each.kind == "esearch"]
    assert answer.sha256 in body
    assert one_of(at.get("download_button"), "Download this answer")


@given(*[strategies.text(strategies.sampled_from('ab ()[]<>&"\n'), max_size=30)] * 2)
def test_the_difference_of_two_translations_keeps_every_word_of_the_later_one(before: str, after: str) -> None:
    marked = str(difference(before, after))
    without_del = re.sub(r'<del aria-label="removed">[^<]*</del>', "", marked)
    text = without_del.replace('<ins aria-label="added">', "").replace("</ins>", "")
    assert text == str(refreshing.text.safe(after))


# --- digests


def test_a_digest_is_read_here_as_text_and_downloaded(store: Store) -> None:
    run = add_records(store, (1,), title=HOSTILE_TITLE)
    (ended,) = (each for each in store.searches() if each.id == run)
    digest = make_digest(store, context.review(), [ended], now=NOW)
    kept = keep_digest(context.folder(), digest, MailState(status="waiting", tries=1, error="the mail server is away"))
    at = no_exception(searches())
    body = shown(at)
    assert "rTMS &lt;script&gt;alert(1)&lt;/script&gt; **bold**" in body
    assert "<script>" not in body
    assert "Not mailed yet: the mail server is away" in said(at).replace("\\", "")
    labels = [button.label for button in at.get("download_button")]
    assert {"Download as HTML", "Download as Markdown"} <= set(labels)
    kept.html_file.unlink()
    assert "No digest was written yet." in shown(no_exception(searches()))
