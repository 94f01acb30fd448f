"""The digest of a refresh tells everything that came, in three forms, and in none of them is a title more than text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ingest.record import Link as RecordLink
from ingest.record import Record
from tests.ui_review import HOSTILE_TITLE, add_people, add_study, include, record, vote
from workbench.refresh.digest import Digest, MailState, keep_digest, kept_digests, make_digest, set_mail_state
from workbench.refresh.digest import making as making_module
from workbench.refresh.digest.blocks import Heading, Items, Link, Paragraph, Strong, Table
from workbench.refresh.digest.cleaning import one_line
from workbench.refresh.digest.markdown import literal, markdown
from workbench.refresh.digest.page import page
from workbench.refresh.digest.plain import plain
from workbench.review import ReviewDefinition, init_review, load_review
from workbench.screening import Verdict
from workbench.store import SearchRun, Store

START = datetime(2026, 3, 8, 3, 30, tzinfo=UTC)
NOW = START + timedelta(minutes=5)


@pytest.fixture
def review(tmp_path: Path) -> ReviewDefinition:
    return load_review(init_review(tmp_path / "review"))


def run(
    store: Store,
    strategy: str,
    *records: Record,
    at: datetime = START,
    status: str = "complete",
    translation: str = "pain",
    **end: object,
) -> SearchRun:
    """One entry of the ledger that brought these records."""
    number = store.begin_search(strategy, "pain", at, indication=strategy)
    store.add_records(number, strategy, [(each, None) for each in records], now=at)
    withdrawn = end.pop("gone", ())
    store.mark_withdrawn(number, list(withdrawn), now=at)  # type: ignore[call-overload]
    return store.finish_search(number, status=status, count=len(records), translation=translation, now=at, **end)  # type: ignore[arg-type]


def headings(digest: Digest, level: int = 2) -> list[str]:
    return [block.text for block in digest.blocks if isinstance(block, Heading) and block.level == level]


def said(digest: Digest) -> str:
    """The text form on one line."""
    return " ".join(digest.text().split())


def test_new_records_are_told_by_indication_with_what_a_reader_needs(store: Store, review: ReviewDefinition) -> None:
    shared = record(3, title="In both")
    first = run(store, "fibromyalgia", record(1, title="Of fibromyalgia"), shared)
    second = run(store, "migraine", record(2, title="Of migraine"), shared)
    digest = make_digest(store, review, [first, second], now=NOW)
    assert digest.summary == "3 new records"
    assert digest.news
    assert not digest.failed
    assert headings(digest) == ["Fibromyalgia", "Migraine", "Searches", "What waits"]
    assert headings(digest, 3) == ["New (2)", "New (1)"]
    text = said(digest)
    assert "* Of fibromyalgia Journal of made-up trials, 2020. PMID 1 <https://pubmed.ncbi.nlm.nih.gov/1/>." in text
    assert "Found by: Fibromyalgia." in text
    assert "Found by: Fibromyalgia, Migraine." in text
    assert text.count("In both") == 1
    assert "Found by this search too: 1 new record of another indication, listed there." in text
    assert "3 reports to screen" in text
    for form in (digest.markdown(), digest.html()):
        assert "https://pubmed.ncbi.nlm.nih.gov/2/" in form
        assert form.count("In both") == 1


def test_nothing_new_is_a_short_digest_that_says_so(store: Store, review: ReviewDefinition) -> None:
    for indication in review.indications:
        run(store, indication.key, record(1), at=START - timedelta(days=7))
    again = [run(store, indication.key, record(1)) for indication in review.indications]
    digest = make_digest(store, review, again, now=NOW)
    assert digest.summary == "Nothing new"
    assert not digest.news
    assert headings(digest) == ["Searches", "What waits"]
    assert "Searches current to 2026-03-08" in digest.text()
    assert "Next planned refresh: 2026-03-15 03:30 UTC (every Sunday at 03:30 UTC)" in said(digest)


def test_a_changed_record_says_which_fields_and_what_stood_there(store: Store, review: ReviewDefinition) -> None:
    run(store, "migraine", record(1, title="As printed"), record(2), at=START - timedelta(days=7))
    new = run(store, "migraine", record(1, title="As corrected", mesh=("Pain",), year=2021), record(2))
    digest = make_digest(store, review, [new], now=NOW)
    assert digest.summary == "1 changed"
    assert headings(digest, 3) == ["Changed (1)"]
    text = said(digest)
    assert "As corrected" in text
    assert "Changed: title (was: As printed); year (was: 2020); MeSH headings." in text


def test_a_record_that_is_new_and_changed_in_one_refresh_is_new_once(store: Store, review: ReviewDefinition) -> None:
    runs = [run(store, "migraine", record(1)), run(store, "fibromyalgia", record(1, title="Corrected at once"))]
    digest = make_digest(store, review, runs, now=NOW)
    assert digest.summary == "1 new record"


RETRACTION = RecordLink(type="RetractionIn", pmid="900", citation="Pain. 2026 Mar;1(1):1")


def test_a_retraction_of_an_included_study_stands_first(store: Store, review: ReviewDefinition) -> None:
    add_people(store)
    run(store, "neuropathic_pain", *(record(n) for n in range(1, 4)), at=START - timedelta(days=7))
    include(store, 1, "ada", "ben")
    add_study(store, 1, "Doe 2020")
    include(store, 2, "ada", "ben")
    for reviewer in ("ada", "ben"):
        vote(store, 3, reviewer, Verdict.EXCLUDE)
    concern = RecordLink(type="ExpressionOfConcernIn", pmid="901", citation="Pain. 2026")
    new = run(
        store,
        "neuropathic_pain",
        record(2, links=(concern,)),
        record(1, retracted=True, links=(RETRACTION,)),
        record(3, retracted=True),
    )
    digest = make_digest(store, review, [new], now=NOW)
    assert headings(digest)[0] == "Retractions, concerns and corrections of reports in use"
    assert digest.summary == "2 retractions or concerns about reports in use, 3 changed"
    alerts = next(block for block in digest.blocks if isinstance(block, Items))
    assert alerts.tone == "alert"
    assert [item[0][0] for item in alerts.items] == [Strong("Retracted"), Strong("Expression of concern")]
    text = said(digest)
    assert "Included (Doe 2020)." in text
    assert "Under appraisal." in text
    assert "Said in: Pain. 2026 Mar;1(1):1, PMID 900 <https://pubmed.ncbi.nlm.nih.gov/900/>" in text

    later = run(store, "neuropathic_pain", record(1, retracted=True, links=(RETRACTION,)), at=START + timedelta(days=7))
    digest = make_digest(store, review, [later], now=NOW + timedelta(days=7))
    assert digest.summary == "Nothing new"
    assert "Known from earlier refreshes:" in digest.text()


def test_a_new_record_that_is_the_notice_raises_the_alert_too(store: Store, review: ReviewDefinition) -> None:
    add_people(store)
    run(store, "neuropathic_pain", record(1), at=START - timedelta(days=7))
    include(store, 1, "ada", "ben")
    of = RecordLink(type="RetractionOf", pmid="1", citation="J. 2020")
    notice = record(900, title="Retraction of trial 1", retraction_notice=True, links=(of,))
    new = run(store, "neuropathic_pain", notice)
    digest = make_digest(store, review, [new], now=NOW)
    assert digest.summary.startswith("1 retraction or concern about reports in use")
    # both at once are one alert
    both = run(store, "neuropathic_pain", record(1, retracted=True, links=(RETRACTION,)))
    digest = make_digest(store, review, [new, both], now=NOW)
    assert digest.summary.startswith("1 retraction or concern about reports in use")


def test_withdrawn_failed_and_read_differently_are_told(store: Store, review: ReviewDefinition) -> None:
    before = START - timedelta(days=7)
    run(store, "migraine", record(1, title="Gone now"), at=before)
    run(store, "fibromyalgia", record(2), at=before, translation="pain[MeSH Terms]")
    runs = [
        run(store, "migraine", gone=["pubmed:1"]),
        run(store, "fibromyalgia", record(2), translation="pain[All Fields]", remarks="PMID 7 is no longer found"),
        run(store, "central_pain", status="failed", error="PubMed answered 502 five times"),
    ]
    digest = make_digest(store, review, runs, now=NOW)
    assert digest.summary == "1 withdrawn; 1 of 3 searches failed"
    assert digest.failed
    assert headings(digest)[0] == "Searches that failed"
    text = said(digest)
    assert "Central pain" in text
    assert "PubMed answered 502 five times" in text
    assert "It was never complete. The next refresh runs it again." in text
    assert "Withdrawn by PubMed (1)" in text
    assert "Gone now" in text
    assert "Before: pain[MeSH Terms]" in text
    assert "Now: pain[All Fields]" in text
    assert "PMID 7 is no longer found" in text


def test_a_search_that_failed_and_was_run_again_has_not_failed(store: Store, review: ReviewDefinition) -> None:
    runs = [run(store, "migraine", status="failed", error="away"), run(store, "migraine", record(1))]
    digest = make_digest(store, review, runs, now=NOW)
    assert digest.summary == "1 new record"
    assert not digest.failed


def test_the_rankings_opinion_stands_with_the_record_once_there_is_one(store: Store, review: ReviewDefinition) -> None:
    new = run(store, "migraine", record(1), record(2))
    digest = make_digest(
        store, review, [new], now=NOW, opinion=lambda key: "likely relevant (*top 2 %*)" if key == "pubmed:2" else None
    )
    assert said(digest).count("Ranking: likely relevant (*top 2 %*)") == 1
    assert r"Ranking: likely relevant (\*top 2 %\*)" in digest.markdown()


def test_possible_duplicates_and_what_is_to_be_screened_are_counted(store: Store, review: ReviewDefinition) -> None:
    add_people(store)
    new = run(store, "neuropathic_pain", *(record(n) for n in range(1, 5)))
    store.add_unsure_pairs([("pubmed:1", "pubmed:2", ("alike",))], "workbench")
    include(store, 3, "ada", "ben")
    vote(store, 4, "ada", Verdict.INCLUDE)
    vote(store, 4, "ben", Verdict.EXCLUDE)
    text = said(make_digest(store, review, [new], now=NOW))
    assert "* 2 reports to screen" in text
    assert "* 1 screening conflict to settle" in text
    assert "* 1 pair that may be one report" in text


def test_a_great_many_records_are_cut_and_counted(
    store: Store, review: ReviewDefinition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making_module, "SHOWN", 3)
    new = run(store, "migraine", *(record(n) for n in range(1, 11)))
    text = said(make_digest(store, review, [new], now=NOW))
    assert "New (10)" in text
    assert text.count("PMID") == 3
    assert "And 7 more" in text


def test_an_example_and_an_overdue_review_say_so(store: Store, review: ReviewDefinition) -> None:
    new = run(store, "migraine", record(1))
    example = review.model_copy(update={"example": True, "notice": "Invented."})
    assert "Worked example, not to be cited. Invented." in said(make_digest(store, example, [new], now=NOW))
    assert "overdue" in said(make_digest(store, review, [new], now=NOW + timedelta(days=30)))


# --- whatever a title holds, it is text


class Seen(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.other: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]
        self.other |= {name for name, _ in attrs} - {"href"}

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(html: str) -> Seen:
    parser = Seen()
    parser.feed(html)
    parser.close()
    return parser


COMMONMARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HOSTILE = (
    HOSTILE_TITLE,
    "</title></style><script src=//evil.example></script>",
    "[click](javascript:alert(1)) ![x](http://evil.example/x.png) <http://evil.example>",
    "# Heading\n## Another\r\n- item\n1. one\n> quote\n```\ncode\n```\n---\n===",
    "a | b | c\n|---|---|\n| d | e",
    "&lt;b&gt; &amp; &#60;script&#62; {{7*7}} ${x} `id` \\",
    "www.evil.example https://evil.example me@evil.example :smile: @everyone",
    "*a* **b** _c_ __d__ ~~e~~ ***f*** \\*g\\* <!-- h --> [i][j]\n\n[j]: http://evil.example",
    "\x1b[31mred\x1b[0m \x00 \u202eevil\u202c \x07",
    "1. looks like a list",
    "- so does this",
    "+ and this\\",
    "",
)
SPECIAL = st.text(st.sampled_from("*_`[]()<>#|\\~$&!-+.:=1a 2\n\t\"'{}@/^%"), max_size=40)


@pytest.fixture
def one_engine(tmp_path: Path) -> Iterator[Store]:
    """For what is written of records, whichever engine kept them."""
    with Store.at(f"sqlite:///{tmp_path / 'one.db'}") as opened:
        yield opened


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_title_stays_text_in_every_form(one_engine: Store, review: ReviewDefinition, title: str) -> None:
    store = one_engine
    new = run(store, "migraine", record(1, title=title, journal=title or "J"))
    digest = make_digest(
        store, review.model_copy(update={"title": title or "x"}), [new], now=NOW, opinion=lambda _: title
    )
    shown = " ".join(one_line(title).split()) or "No title in the source"
    html = seen(digest.html())
    assert set(html.tags) <= {
        *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "strong", "ul", "li", "a"),
        *("div", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    }
    assert html.tags.count("title") == html.tags.count("style") == 1
    assert all(re.fullmatch(r"https://pubmed\.ncbi\.nlm\.nih\.gov/\d+/", address) for address in html.addresses)
    assert not [name for name in html.other if name.startswith("on")]
    assert shown in " ".join(html.text.split())
    rendered = seen(COMMONMARK.render(digest.markdown()))
    assert set(rendered.tags) <= {
        *("h1", "h2", "h3", "p", "strong", "ul", "li", "a", "br", "table", "thead", "tbody", "tr", "th", "td")
    }
    assert rendered.tags.count("h1") == 1
    assert rendered.tags.count("li") == 1 + 3  # the record, and what waits
    assert all(re.fullmatch(r"https://pubmed\.ncbi\.nlm\.nih\.gov/\d+/", address) for address in rendered.addresses)
    assert shown in " ".join(rendered.text.split())
    text = digest.text()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text + digest.html() + digest.markdown())


@given(SPECIAL, SPECIAL)
def test_any_text_reads_back_from_markdown_and_html_as_it_was(one: str, other: str) -> None:
    blocks = (
        Heading(level=2, text=one or "x"),
        Paragraph(line=(one, " and ", other)),
        Items(items=(((Link(one, "https://pubmed.ncbi.nlm.nih.gov/1/"), ": ", other), (other,)), ((one,),))),
        Table(caption=one or "x", headers=("h", one), rows=((other, one),)),
    )
    for html in (COMMONMARK.render(markdown(blocks)), page("t", blocks)):
        found = seen(html)
        words = " ".join(found.text.split())
        for text in (one, other):
            assert one_line(text) in words
        assert found.tags.count("h2") == 1
        assert found.tags.count("table") == 1
        assert found.tags.count("a") == 1
        assert not {"script", "code", "em", "img", "h1", "h3", "blockquote", "ol", "hr", "s", "pre"} & set(found.tags)
    assert plain(blocks)


def test_bare_addresses_are_broken_up_so_that_no_viewer_links_them() -> None:
    escaped = literal("see www.evil.example and https://evil.example")
    assert "www." not in escaped
    assert "https:" not in escaped


def test_the_page_loads_nothing_and_names_its_language(one_engine: Store, review: ReviewDefinition) -> None:
    html = make_digest(one_engine, review, [run(one_engine, "migraine", record(1))], now=NOW).html()
    assert '<html lang="en">' in html
    assert "default-src 'none'" in html
    assert "@import" not in html
    assert "url(" not in html
    assert html.count("<h1>") == html.count("<main>") == html.count("<title>") == 1
    assert html.count("<caption>") == html.count("<table>") == 2
    assert '<th scope="row">' in html
    assert '<th scope="col">' in html


# --- as files


def a_digest(**changes: object) -> Digest:
    digest = Digest(
        review="r",
        title="Refresh of 2026-03-08: A review",
        made=NOW,
        runs=(1, 2),
        summary="1 new <b>record</b>",
        news=True,
        failed=False,
        blocks=(Heading(level=1, text="T"), Paragraph(line=("x",))),
    )
    return replace(digest, **changes)  # type: ignore[arg-type]


def test_digests_are_kept_and_indexed_newest_first(tmp_path: Path) -> None:
    assert kept_digests(tmp_path) == ()
    first = keep_digest(tmp_path, a_digest(), MailState(status="waiting"))
    second = keep_digest(tmp_path, a_digest(made=NOW + timedelta(days=7), summary="Nothing new", news=False))
    same_second = keep_digest(tmp_path, a_digest())
    assert len({first.name, second.name, same_second.name}) == 3
    found = kept_digests(tmp_path)
    assert [each.name for each in found] == [second.name, same_second.name, first.name]
    assert found[2] == first
    assert found[2].text == a_digest().text()
    assert first.html_file.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert first.markdown_file.read_text(encoding="utf-8").startswith("# T\n")
    index = (tmp_path / "digests" / "index.html").read_text(encoding="utf-8")
    assert seen(index).addresses == [f"{each.name}.html" for each in found]
    assert "1 new &lt;b&gt;record&lt;/b&gt;" in index
    assert (tmp_path / "digests" / "index.md").read_text(encoding="utf-8").count("\n- ") == 3
    assert [path.name for path in (tmp_path / "digests").iterdir() if path.name.startswith(".")] == []
    tried = set_mail_state(first, MailState(status="sent", tries=1, at=NOW))
    assert kept_digests(tmp_path)[2] == tried


@pytest.mark.parametrize("content", ["", "{", "[]", '{"title": 3}', "null", '{"made": "yesterday"}', "\udcff"])
def test_files_that_are_no_digests_are_passed_over(tmp_path: Path, content: str) -> None:
    kept = keep_digest(tmp_path, a_digest())
    broken = kept.folder / "2026-01-01-000000.json"
    broken.write_bytes(content.encode("utf-8", "surrogateescape"))
    broken.with_suffix(".html").touch()
    (kept.folder / "notes.json").write_text(json.dumps({"a": 1}), encoding="utf-8")
    assert kept_digests(tmp_path) == (kept,)
