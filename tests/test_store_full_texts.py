"""Full texts in the store, on each database engine: files, words on whether they could be had, and what is sought."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.full_text_files import HTML, JATS, NOT_FULL_TEXTS, TEXT, pdf
from tests.review_facts import NOW, fill, key
from workbench.screening import ScreeningPlan, Stage, Verdict, decide, withdrawal
from workbench.store import FullText, NotThere, Queue, Store, StoreError

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF\n"
ALONE = ScreeningPlan(needed=1)


def add(
    store: Store, report: str = key(1), content: bytes = PDF, name: str = "doe.pdf", kind: str = "application/pdf"
) -> FullText:
    return store.add_full_text(str(uuid.uuid4()), report, name, kind, content, by="ana", now=NOW)


def let_through(store: Store, *numbers: int) -> None:
    for number in numbers:
        store.add_decision(decide(key(number), "ana", Verdict.INCLUDE, now=NOW), now=NOW)


def states(store: Store) -> dict[str, str]:
    return {report: each.state for report, each in store.sought(reviewers_needed=1).items()}


def kept_bodies(store: Store) -> int:
    with store._database.reading() as connection:
        return connection.scalar(sa.text("SELECT count(*) FROM raw_body")) or 0


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_file_comes_back_byte_for_byte(store: Store) -> None:
    fill(store, [1])
    content = pdf("Less pain after ten hertz")
    added = add(store, content=content)
    assert (added.report, added.name, added.size, added.by, added.at) == (key(1), "doe.pdf", len(content), "ana", NOW)
    assert store.full_texts() == store.full_texts(key(1)) == (added,)
    assert store.full_text(added.id) == added
    assert store.full_text_bytes(added.id) == content


@pytest.mark.parametrize(
    ("content", "kind"),
    [(HTML, "text/html"), (JATS, "application/xml"), (TEXT, "text/plain")],
    ids=lambda x: str(x)[:9],
)
def test_web_pages_xml_of_pmc_and_plain_text_are_kept_too(store: Store, content: bytes, kind: str) -> None:
    fill(store, [1])
    assert store.full_text_bytes(add(store, content=content, kind=kind).id) == content


def test_the_same_file_twice_for_one_report_is_kept_once(store: Store) -> None:
    fill(store, [1])
    first = add(store, name="doe.pdf")
    assert add(store, name="the same under another name.pdf") == first
    assert len(store.full_texts()) == 1


def test_two_uploads_of_one_file_in_the_same_instant_are_one(store: Store) -> None:
    fill(store, [1])
    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(lambda _: add(store), range(4)))
    assert len({text.id for text in added}) == 1
    assert len(store.full_texts()) == 1


def test_the_bytes_are_kept_once_for_two_reports(store: Store) -> None:
    fill(store, [1, 2])
    one, other = add(store, key(1)), add(store, key(2))
    assert one.id != other.id
    assert one.sha256 == other.sha256
    assert kept_bodies(store) == 1


def test_a_file_belongs_to_the_report_also_after_a_merge(store: Store) -> None:
    fill(store, [1, 2])
    added = add(store, key(2))
    store.link_duplicates([(key(1), key(2))], "ana", ("same DOI",))
    assert [text.report for text in store.full_texts()] == [key(1)]
    assert store.full_texts(key(1))[0].id == added.id
    assert add(store, key(1)).id == added.id


def test_an_id_names_one_file(store: Store) -> None:
    fill(store, [1, 2])
    name = str(uuid.uuid4())
    first = store.add_full_text(name, key(1), "doe.pdf", "application/pdf", PDF, by="ana")
    assert store.add_full_text(name, key(1), "doe.pdf", "application/pdf", PDF, by="ana") == first
    with pytest.raises(StoreError, match="another file"):
        store.add_full_text(name, key(2), "doe.pdf", "application/pdf", PDF, by="ana")


def test_what_is_no_full_text_is_refused_with_its_name(store: Store) -> None:
    fill(store, [1])
    for what, content in NOT_FULL_TEXTS.items():
        for kind in ("application/pdf", "text/plain", "text/html", "application/xml"):
            with pytest.raises(StoreError, match=r"^fig\.pdf was not taken"):
                add(store, content=content, name=f"../{what}/fig.pdf", kind=kind)
    assert store.full_texts() == ()
    assert kept_bodies(store) == 0


def test_the_browsers_word_for_a_kind_is_not_believed(store: Store) -> None:
    fill(store, [1])
    with pytest.raises(StoreError, match="web page"):
        add(store, content=HTML, kind="application/pdf")
    with pytest.raises(StoreError, match="PDF"):
        add(store, kind="text/html")


def test_a_file_of_more_than_50_mb_is_refused(store: Store) -> None:
    fill(store, [1])
    with pytest.raises(StoreError, match="at most 50 MB"):
        add(store, content=PDF + bytes(50_000_000))


def test_a_report_that_is_not_there_gets_no_file(store: Store) -> None:
    with pytest.raises(NotThere):
        add(store)
    with pytest.raises(NotThere):
        store.full_text("none")
    with pytest.raises(NotThere):
        store.full_text_bytes("none")


def test_a_file_is_taken_away_with_a_reason_and_added_again(store: Store) -> None:
    fill(store, [1])
    added = add(store)
    with pytest.raises(StoreError, match="why"):
        store.remove_full_text(added.id, reason=" ", by="ben")
    assert store.remove_full_text(added.id, reason="the supplement", by="ben", now=NOW)
    assert not store.remove_full_text(added.id, reason="the supplement", by="ben")
    assert store.full_texts() == ()
    [removed] = store.removed_full_texts(key(1))
    assert (removed.text, removed.reason, removed.by) == (added, "the supplement", "ben")
    assert store.full_text_bytes(added.id) == PDF
    again = add(store)
    assert again.id != added.id
    assert store.full_texts() == (again,)
    with pytest.raises(StoreError, match="removed"):
        store.add_full_text(added.id, key(1), "x.pdf", "application/pdf", PDF + b" ", by="ana")
    with pytest.raises(NotThere):
        store.remove_full_text("none", reason="no", by="ben")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=300))
def test_a_name_is_never_a_path_and_always_something(name: str) -> None:
    from workbench.full_texts import tidy_name

    tidy = tidy_name(name)
    assert tidy
    assert len(tidy) <= 200
    assert not set(tidy) & set("/\\\n\r\0\u202e")


# --- words ------------------------------------------------------------------------------------------------------------


def test_the_latest_word_stands_and_the_earlier_ones_are_kept(store: Store) -> None:
    fill(store, [1, 2])
    assert store.retrievals() == {}
    assert store.set_retrieval(key(1), "requested", "library, no. 12", by="ana", now=NOW)
    assert not store.set_retrieval(key(1), "requested", "library, no. 12", by="ben")
    assert store.set_retrieval(key(1), "not_retrieved", "the library has none", by="ben", now=NOW)
    assert store.retrievals()[key(1)].status == "not_retrieved"
    assert store.retrievals()[key(1)].by == "ben"
    assert [word.status for word in store.retrieval_words(key(1))] == ["requested", "not_retrieved"]
    assert store.set_retrieval(key(1), "open", by="ana")
    assert not store.set_retrieval(key(1), "open", "again", by="ana")
    assert not store.set_retrieval(key(2), "open", by="ana")
    assert store.retrievals()[key(1)].status == "open"


def test_what_was_tried_must_be_said_of_a_text_that_could_not_be_had(store: Store) -> None:
    fill(store, [1])
    with pytest.raises(StoreError, match="what was tried"):
        store.set_retrieval(key(1), "not_retrieved", "  ", by="ana")
    with pytest.raises(StoreError, match="a full text is"):
        store.set_retrieval(key(1), "lost", by="ana")  # type: ignore[arg-type]
    with pytest.raises(NotThere):
        store.set_retrieval(key(9), "requested", by="ana")


def test_a_report_with_a_file_cannot_be_called_not_to_be_had(store: Store) -> None:
    fill(store, [1, 2])
    added = add(store)
    with pytest.raises(StoreError, match="there is a file"):
        store.set_retrievals((key(1), key(2)), "not_retrieved", "asked", by="ana")
    assert store.retrievals() == {}, "all or none"
    store.remove_full_text(added.id, reason="wrong article", by="ana")
    assert store.set_retrievals((key(1), key(2)), "not_retrieved", "asked", by="ana") == 2


def test_a_word_counts_for_the_report_after_a_merge(store: Store) -> None:
    fill(store, [1, 2])
    store.set_retrieval(key(1), "requested", by="ana")
    store.set_retrieval(key(2), "retrieved", by="ana")
    store.link_duplicates([(key(1), key(2))], "ana", ("same DOI",))
    [(report, word)] = store.retrievals().items()
    assert (report, word.report, word.status) == (key(1), key(1), "retrieved")


# --- what is sought ---------------------------------------------------------------------------------------------------


def test_every_sought_report_is_in_one_state(store: Store) -> None:
    fill(store, range(1, 9))
    let_through(store, *range(1, 8))
    store.add_decision(decide(key(8), "ana", Verdict.EXCLUDE, now=NOW))
    store.set_retrieval(key(2), "requested", by="ana")
    store.set_retrieval(key(3), "retrieved", "read at the library", by="ana")
    store.set_retrieval(key(4), "not_retrieved", "asked twice", by="ana")
    add(store, key(5))
    for number, verdict, reason in ((6, Verdict.EXCLUDE, "not_retrieved"), (7, Verdict.INCLUDE, None)):
        store.add_decision(decide(key(number), "ana", verdict, stage=Stage.FULL_TEXT, reason=reason, now=NOW))
    assert states(store) == {
        key(1): "waiting",
        key(2): "requested",
        key(3): "retrieved",
        key(4): "not retrieved",
        key(5): "retrieved",
        key(6): "not retrieved",
        key(7): "retrieved",
    }
    assert [each.report for each in store.sought(reviewers_needed=1).values() if each.settled] == [key(7)]


def test_what_could_not_be_had_leaves_the_queue_and_comes_back_with_its_file(store: Store) -> None:
    fill(store, [1])
    let_through(store, 1)
    fresh = iter(range(9))

    def waits() -> bool:
        """Whether somebody who comes new is given the report."""
        queue = Queue(reviewer=f"reviewer {next(fresh)}", stage=Stage.FULL_TEXT, plan=ALONE)
        return store.seat(queue, now=NOW + timedelta(days=next(fresh))).report is not None

    assert waits()
    store.set_retrieval(key(1), "not_retrieved", "asked twice", by="ana")
    assert not waits()
    assert [fact.not_retrieved for fact in store.report_facts(reviewers_needed=1)] == [True]
    added = add(store)
    assert waits()
    assert [fact.not_retrieved for fact in store.report_facts(reviewers_needed=1)] == [False]
    store.remove_full_text(added.id, reason="wrong article", by="ana")
    assert states(store) == {key(1): "waiting"}
    store.set_retrieval(key(1), "not_retrieved", "asked thrice", by="ana")
    store.set_retrieval(key(1), "open", by="ana")
    assert waits()


def test_of_two_records_one_was_sought_in_vain_and_the_other_has_a_file(store: Store) -> None:
    fill(store, [1, 2])
    let_through(store, 1, 2)
    store.set_retrieval(key(1), "not_retrieved", "asked twice", by="ana")
    added = add(store, key(2))
    store.link_duplicates([(key(1), key(2))], "ana", ("same DOI",))
    at = Queue(reviewer="ben", stage=Stage.FULL_TEXT, plan=ALONE)
    assert states(store) == {key(1): "retrieved"}
    assert [fact.not_retrieved for fact in store.report_facts(reviewers_needed=1)] == [False]
    assert store.seat(at).waiting
    store.remove_full_text(added.id, reason="wrong article", by="ana")
    assert states(store) == {key(1): "not retrieved"}
    assert [fact.not_retrieved for fact in store.report_facts(reviewers_needed=1)] == [True]
    assert not store.seat(at).waiting


def test_a_text_that_somebody_judged_was_had_whatever_was_said_of_it(store: Store) -> None:
    fill(store, [1])
    for name in ("ana", "ben"):
        store.add_decision(decide(key(1), name, Verdict.INCLUDE))
    store.set_retrieval(key(1), "not_retrieved", "asked twice", by="ana")
    assert [each.state for each in store.sought().values()] == ["not retrieved"]
    judged = decide(key(1), "ben", Verdict.INCLUDE, stage=Stage.FULL_TEXT)
    store.add_decision(judged)
    assert [each.state for each in store.sought().values()] == ["retrieved"]
    assert [fact.not_retrieved for fact in store.report_facts()] == [False]  # the flow's count is the page's
    store.add_decision(withdrawal(judged))
    assert [each.state for each in store.sought().values()] == ["not retrieved"]
    assert [fact.not_retrieved for fact in store.report_facts()] == [True]


def test_a_text_that_was_asked_for_is_not_lacking_because_reading_was_stopped(store: Store) -> None:
    fill(store, [1])
    let_through(store, 1)
    store.set_retrieval(key(1), "requested", "library", by="ana")
    signed = {"indication": None, "signed": "Ana", "reason": "enough", "evidence": {}, "by": "ana"}
    store.sign_stop("stop", Stage.FULL_TEXT, [key(1)], **signed)  # type: ignore[arg-type]
    assert [fact.not_retrieved for fact in store.report_facts(reviewers_needed=1)] == [False]


def test_reports_are_found_by_their_words_in_the_order_given(store: Store) -> None:
    fill(store, [1, 2, 12])
    store.link_duplicates([(key(1), key(12))], "ana", ("same DOI",))
    assert store.reports_matching([key(2), key(1)], "TRIAL motor") == (key(2), key(1))
    assert store.reports_matching([key(2), key(1)], "12") == (key(1),), "by any of its records"
    assert store.reports_matching([key(2)], "12") == ()
    assert store.reports_matching([key(2)], " ") == (key(2),)
    assert store.reports_matching([], "trial") == ()


def test_the_audit_trail_tells_of_files_and_words(store: Store) -> None:
    fill(store, [1])
    store.set_retrieval(key(1), "requested", "library", by="ana", now=NOW)
    added = add(store)
    store.remove_full_text(added.id, reason="the supplement", by="ben", now=NOW)
    store.set_retrieval(key(1), "open", by="ana", now=NOW)
    told = [(event.action, event.by, event.detail) for event in store.history(key(1)) if "full text" in event.action]
    assert told == [
        ("full text requested", "ana", "library"),
        ("word on full text taken back", "ana", ""),
        ("full text added", "ana", "doe.pdf"),
        ("full text removed", "ben", "doe.pdf: the supplement"),
    ]
