"""The store's searches, records and duplicates, on each database engine."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

import pytest

from ingest.record import Link, Record
from tests.review_facts import NOW, entry, fill, key
from workbench.store import NewAnswer, NotThere, Report, Reviewer, Store, StoreError


def test_a_record_comes_back_as_it_went_in(store: Store) -> None:
    record = entry(
        1,
        abstract="BACKGROUND: Schmerz, dolor, douleur, 疼痛 🧠\nRESULTS: p < 0.05",
        authors=("Lefaucheur Jean-Pascal", "Ça Ğ"),
        mesh=("Pain/*therapy",),
        doi="10.1000/x",
        links=(Link(type="ErratumIn", pmid="2", citation="Pain. 2020"), Link(type="RetractionIn")),
        retracted=True,
    )
    run = store.begin_search("pain", "rTMS")
    store.add_records(run, "pain", [(record, None)])
    assert store.record(key(1)) == record


def test_adding_a_search_again_adds_nothing(store: Store) -> None:
    _, first = fill(store, range(1, 6))
    _, second = fill(store, range(1, 6))
    assert (first.new, first.changed, first.known) == (5, 0, 0)
    assert (second.new, second.changed, second.known) == (0, 0, 5)
    assert [len(store.record_versions(key(number))) for number in range(1, 6)] == [1] * 5
    assert [len(store.found_by(key(number))) for number in range(1, 6)] == [1] * 5


def test_a_changed_record_gets_a_version_and_keeps_the_old_one(store: Store) -> None:
    fill(store, [1, 2])
    run = store.begin_search("pain", "rTMS")
    better = entry(1, title="A better title")
    added = store.add_records(run, "pain", [(better, "ab" * 32), (entry(2), None)])
    assert (added.new, added.changed, added.known) == (0, 1, 1)
    assert added.changed_keys == (key(1),)
    assert store.record(key(1)) == better
    versions = store.record_versions(key(1))
    assert [version.record.title for version in versions] == ["Motor cortex stimulation, trial 1", "A better title"]
    assert (versions[1].run, versions[1].raw_sha256) == (run, "ab" * 32)


def test_another_order_of_keywords_is_no_change(store: Store) -> None:
    run = store.begin_search("pain", "rTMS")
    store.add_records(run, "pain", [(entry(1, keywords=("pain", "rTMS")), None)])
    assert store.add_records(run, "pain", [(entry(1, keywords=("rTMS", "pain")), None)]).known == 1


def test_a_record_twice_in_one_batch_is_one_record(store: Store) -> None:
    run = store.begin_search("pain", "rTMS")
    added = store.add_records(run, "pain", [(entry(1), None), (entry(1), None), (entry(1, title="B"), None)])
    assert (added.new, added.changed, added.known) == (1, 0, 2)
    assert store.record(key(1)).title == "B"
    assert [version.number for version in store.record_versions(key(1))] == [1, 2]


def test_a_retraction_is_news_once(store: Store) -> None:
    fill(store, [1])
    run = store.begin_search("pain", "rTMS")
    retracted = entry(1, retracted=True)
    assert store.add_records(run, "pain", [(retracted, None)]).retracted_keys == (key(1),)
    changed_again = dataclasses.replace(retracted, title="Retracted: a trial")
    assert store.add_records(run, "pain", [(changed_again, None)]).retracted == 0
    assert store.counts().retracted == 1


def test_what_each_strategy_found_is_kept(store: Store) -> None:
    fill(store, [1, 2], strategy="neuropathic", indication="neuropathic")
    run, _ = fill(store, [3], strategy="migraine", indication="migraine")
    assert store.add_found(run, "migraine", [key(2), key(3), key(2)]) == 1
    assert store.pmids_found("neuropathic") == {"1", "2"}
    assert store.pmids_found("migraine") == {"2", "3"}
    assert store.known_pmids() == {"1", "2", "3"}
    assert [found.strategy for found in store.found_by(key(2))] == ["neuropathic", "migraine"]
    assert store.found_by(key(2))[1].run == run
    assert store.counts().by_indication == {"migraine": 2, "neuropathic": 2}


def test_records_of_a_strategy_cannot_be_added_to_another_ones_run(store: Store) -> None:
    run = store.begin_search("migraine", "rTMS")
    with pytest.raises(StoreError, match="'migraine', not 'pain'"):
        store.add_records(run, "pain", [(entry(1), None)])
    with pytest.raises(NotThere, match="no search 99"):
        store.add_records(99, "pain", [(entry(1), None)])
    assert store.counts().records == 0


def test_a_withdrawn_record_stays_and_may_come_back(store: Store) -> None:
    fill(store, [1, 2])
    run = store.begin_search("pain", "rTMS")
    assert store.mark_withdrawn(run, [key(1)]) == (key(1),)
    assert store.mark_withdrawn(run, [key(1)]) == ()
    assert store.withdrawn() == {key(1)}
    assert store.finish_search(run).withdrawn == 1
    assert store.counts().records == 2
    fill(store, [1])
    assert store.withdrawn() == frozenset()


def test_the_ledger_has_one_line_a_run(store: Store) -> None:
    begun = store.begin_search("pain", "rTMS[tiab]", NOW, indication="neuropathic", by="ana")
    assert [(run.status, run.finished) for run in store.searches()] == [("running", None)]
    store.add_records(begun, "pain", [(entry(1), None), (entry(2), None)])
    ended = store.finish_search(
        begun, count=2, translation='"rtms"[tiab]', requests=3, retracted=1, now=NOW + timedelta(minutes=2)
    )
    assert (ended.status, ended.count, ended.new, ended.changed, ended.requests) == ("complete", 2, 2, 0, 3)
    assert (ended.started, ended.finished) == (NOW, NOW + timedelta(minutes=2))
    assert (ended.strategy, ended.indication, ended.by, ended.query) == ("pain", "neuropathic", "ana", "rTMS[tiab]")
    assert store.searches() == (ended,)
    with pytest.raises(StoreError, match="has ended already"):
        store.finish_search(begun)


def test_a_failed_run_does_not_make_the_review_current(store: Store) -> None:
    complete = store.begin_search("pain", "rTMS", NOW)
    store.finish_search(complete, now=NOW + timedelta(hours=1))
    failed = store.begin_search("pain", "rTMS", NOW + timedelta(days=7))
    assert store.finish_search(failed, status="failed", error="503").error == "503"
    store.begin_search("pain", "rTMS", NOW + timedelta(days=8))  # still running, or its process died
    assert store.current_to() == {"pain": NOW}


def test_runs_whose_process_died_can_be_closed(store: Store) -> None:
    store.finish_search(store.begin_search("pain", "rTMS", NOW))
    dead = store.begin_search("pain", "rTMS", NOW)
    assert [run.id for run in store.fail_running()] == [dead]
    assert [(run.status, run.error) for run in store.searches()] == [("complete", ""), ("failed", "interrupted")]
    assert store.fail_running() == ()


def test_raw_answers_are_kept_once_and_checked(store: Store) -> None:
    body = b"<PubmedArticleSet>" + b"x" * 100_000
    digest = hashlib.sha256(body).hexdigest()
    run = store.begin_search("pain", "rTMS")
    store.add_raw_answer(run, "efetch", digest, body, ("1", "2"))
    store.add_raw_answer(run, "efetch", digest, body, ("1",))
    answers = store.raw_answers(run)
    assert [(answer.kind, answer.requested, answer.size) for answer in answers] == [
        ("efetch", ("1", "2"), len(body)),
        ("efetch", ("1",), len(body)),
    ]
    assert store.raw_body(digest) == body
    with pytest.raises(StoreError, match="changed on the way"):
        store.add_raw_answer(run, "efetch", digest, body + b"y")
    with pytest.raises(NotThere):
        store.raw_body("00" * 32)


def test_pages_of_records_are_cut_in_the_database(store: Store) -> None:
    fill(store, range(1, 31))
    assert [record.source_id for record in store.records(offset=10, limit=5)] == ["11", "12", "13", "14", "15"]
    assert store.count_records() == 30
    assert [record.source_id for record in store.all_records(batch=7)] == [str(number) for number in range(1, 31)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ERDOĞAN", ["1"]),
        ("erdoğan capsaicin", ["1"]),
        ("capsaicin 2018", []),
        ("10.1000/XYZ", ["2"]),
        ("50%", ["2"]),
        ("5_%", []),
        ("a_b", ["3"]),
        ("axb", []),
        ("\\", ["3"]),
        ("'; DROP TABLE record; --", []),
        ("", ["1", "2", "3"]),
    ],
)
def test_searching_takes_every_character_as_it_is(store: Store, text: str, expected: list[str]) -> None:
    run = store.begin_search("pain", "rTMS")
    records = [
        entry(1, authors=("Erdoğan Ayşe",), abstract="Capsaicin cream.", year=2017),
        entry(2, doi="10.1000/xyz", abstract="Pain fell by 50% in most."),
        entry(3, title="a_b \\ c", year=2018),
    ]
    store.add_records(run, "pain", [(record, None) for record in records])
    assert [record.source_id for record in store.records(text)] == expected
    assert store.count_records(text) == len(expected)


def test_records_are_listed_by_indication_and_latest_version(store: Store) -> None:
    fill(store, [1, 2], strategy="neuropathic", indication="neuropathic")
    run, _ = fill(store, [2, 3], strategy="migraine", indication="migraine")
    store.add_records(run, "migraine", [(entry(2, title="Occipital nerve"), None)])
    assert [record.source_id for record in store.records(indication="migraine")] == ["2", "3"]
    assert [record.source_id for record in store.records("occipital", "neuropathic")] == ["2"]
    assert store.records("motor", "migraine")[0].source_id == "3"  # the old title of 2 is not searched


def test_characters_that_are_no_text_do_not_stop_an_import(store: Store) -> None:
    run = store.begin_search("pain", "rTMS")
    record = entry(1, title="A\0B", abstract="x\0y")
    store.add_records(run, "pain", [(record, None)])
    assert store.record(key(1)) == record
    assert store.records("a\ufffdb") == (record,)
    with pytest.raises(StoreError, match="cannot be added"):
        store.add_records(run, "pain", [(Record(source="ris", source_id="1\0", title="t"), None)])
    with pytest.raises(StoreError, match="cannot be added"):
        store.add_records(run, "pain", [(entry(2, title="half a pair: \ud83e"), None)])


def test_duplicates_make_one_report_named_after_the_record_seen_first(store: Store) -> None:
    fill(store, range(1, 7))
    linked = store.link_duplicates([[key(5), key(2)], [key(6), key(5), key(6)]], "workbench", ["same DOI"])
    assert linked.links == 2
    assert store.reports() == (
        Report(key=key(1), record_keys=(key(1),)),
        Report(key=key(2), record_keys=(key(2), key(5), key(6))),
        Report(key=key(3), record_keys=(key(3),)),
        Report(key=key(4), record_keys=(key(4),)),
    )
    assert store.report_of(key(6)).key == key(2)
    again = store.link_duplicates([[key(6), key(2)]])
    assert (again.links, again.known) == (0, 1)
    assert store.counts().duplicates == 2


def test_nobody_links_records_that_are_not_there(store: Store) -> None:
    fill(store, [1])
    with pytest.raises(NotThere, match="pubmed:9"):
        store.link_duplicates([[key(1), key(9)]])


def test_a_record_taken_out_of_its_report_is_not_put_back_by_a_program(store: Store) -> None:
    fill(store, range(1, 5))
    store.link_duplicates([[key(1), key(2), key(3), key(4)]])
    # the first record is the one through which the others hang together
    assert set(store.unlink_duplicate(key(1), "ana", ["another trial"])) == {key(2), key(3), key(4)}
    expected = [(key(1),), (key(2), key(3), key(4))]
    assert [report.record_keys for report in store.reports()] == expected
    again = store.link_duplicates([[key(1), key(2), key(3), key(4)]])
    assert (again.links, again.known) == (0, 2)
    assert again.refused == ((key(1), key(2)),)
    assert [report.record_keys for report in store.reports()] == expected


def test_not_even_by_way_of_a_third_record(store: Store) -> None:
    fill(store, range(1, 4))
    store.settle_unsure(key(1), key(2), same=False, by="ana")
    linked = store.link_duplicates([[key(1), key(3)], [key(3), key(2)]])
    assert linked.links == 1
    assert linked.refused == ((key(1), key(2)),)
    assert [report.record_keys for report in store.reports()] == [(key(1), key(3)), (key(2),)]
    with pytest.raises(StoreError, match="Settle that pair first"):
        store.settle_unsure(key(2), key(3), same=True, by="ben")


def test_unsure_pairs_wait_for_a_persons_word(store: Store) -> None:
    fill(store, range(1, 6))
    pairs = [(key(2), key(1), ["same title"]), (key(3), key(4), ["same pages"]), (key(4), key(5), ["same year"])]
    assert store.add_unsure_pairs(pairs) == 3
    assert store.add_unsure_pairs([(key(1), key(2), ["again"])]) == 0
    assert [(pair.first, pair.second) for pair in store.unsure_pairs()] == [
        (key(1), key(2)),
        (key(3), key(4)),
        (key(4), key(5)),
    ]
    assert store.unsure_pairs()[0].reasons == ("same title",)
    store.settle_unsure(key(2), key(1), same=True, by="ana")
    store.settle_unsure(key(3), key(4), same=False, by="ana")
    assert [(pair.first, pair.second) for pair in store.unsure_pairs()] == [(key(4), key(5))]
    assert store.counts().unsure_pairs == 1
    assert store.report_of(key(2)).key == key(1)
    store.settle_unsure(key(3), key(4), same=True, by="ben")  # a later word
    assert store.report_of(key(4)).key == key(3)


def test_times_come_back_in_utc_whatever_zone_they_went_in_with(store: Store) -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    given = datetime(2026, 10, 25, 2, 30, 15, 123456, tzinfo=kathmandu)
    run = store.begin_search("pain", "rTMS", given)
    started = store.searches()[0].started
    assert started == given
    assert started.tzinfo is UTC
    assert started.isoformat() == "2026-10-24T20:45:15.123456+00:00"
    with pytest.raises(StoreError, match="without a time zone"):
        store.finish_search(run, now=datetime(2026, 10, 25))  # noqa: DTZ001 - the fault under test
    assert store.searches()[0].status == "running"


def test_reviewers_and_preferences_keep_the_latest_word(store: Store) -> None:
    store.add_reviewer(Reviewer(name="ana", role="lead", display="Ana A."))
    store.add_reviewer(Reviewer(name="ben"))
    store.add_reviewer(Reviewer(name="ben", role="lead"), by="ana")
    assert store.reviewers() == (
        Reviewer(name="ana", role="lead", display="Ana A."),
        Reviewer(name="ben", role="lead"),
    )
    assert store.preference("ana", "cursor") is None
    store.set_preference("ana", "cursor", {"report": key(1), "filters": ["a", None, 1.5]})
    store.set_preference("ben", "cursor", "x")
    store.set_preference("ana", "cursor", {"report": key(2)})
    assert store.preference("ana", "cursor") == {"report": key(2)}
    with pytest.raises(StoreError, match="a name"):
        store.add_reviewer(Reviewer(name=" "))
    with pytest.raises(StoreError, match="plain data"):
        store.set_preference("ana", "cursor", float("nan"))


def test_a_database_holds_one_review(store: Store) -> None:
    store.bind_review("rtms-pain")
    store.bind_review("rtms-pain")
    with pytest.raises(StoreError, match="a database of its own"):
        store.bind_review("tdcs-pain")


# ---------------------------------------------------------------------------------------------- what searches leave


def test_an_answer_and_the_records_read_from_it_are_kept_together_or_not_at_all(store: Store) -> None:
    run = store.begin_search("pain", "rTMS")
    answer = NewAnswer(kind="efetch", body=b"<xml/>", requested=("1", "2"))
    broken = entry(2, source_id="2\0")
    with pytest.raises(StoreError, match="cannot be added"):
        store.add_records(run, "pain", [(entry(1), None), (broken, None)], answers=(answer,))
    assert (store.raw_answers(run), store.counts().records) == ((), 0)
    store.add_records(run, "pain", [(entry(1), None)], answers=(answer,))
    assert [kept.requested for kept in store.raw_answers(run)] == [("1", "2")]
    assert store.raw_body(store.raw_answers(run)[0].sha256) == b"<xml/>"


def test_looking_again_at_a_record_is_not_finding_it(store: Store) -> None:
    fill(store, [1])
    run = store.begin_search("included studies", "x")
    added = store.add_records(run, "included studies", [(entry(1, title="Another"), None)], found=False)
    assert added.changed_keys == (key(1),)
    assert [found.strategy for found in store.found_by(key(1))] == ["pain"]
    (change,) = store.record_changes(key(1))
    assert (change.number, change.run) == (2, run)
    assert change.fields == (("title", "Motor cortex stimulation, trial 1", "Another"),)
    assert [(brought.record, brought.number) for brought in store.brought(run)] == [(key(1), 2)]
    assert "version 2: title" in [event.detail for event in store.history(key(1))]


def test_records_with_notices_are_found_as_they_come_and_words_in_titles_are_none(store: Store) -> None:
    kinds = ("RetractionIn", "ErratumIn")
    link = Link(type="ErratumIn", pmid="9")
    run = store.begin_search("pain", "rTMS")

    def add(*records: Record) -> None:
        store.add_records(run, "pain", [(record, None) for record in records])

    add(entry(1), entry(2, links=(link,)), entry(3, title='On "RetractionIn" in records'), entry(4, retracted=True))
    assert [record.key for record in store.noticed_records(kinds)] == [key(2), key(4)]
    add(entry(1, retracted=True), entry(2), entry(5, links=(Link(type="CommentIn", pmid="8"),)))
    assert [record.key for record in store.noticed_records(kinds)] == [key(1), key(4)]
    with Store.at(store._database.url.render_as_string(hide_password=False)) as other:
        assert [record.key for record in other.noticed_records(kinds)] == [key(1), key(4)]


def test_what_led_to_a_record_is_kept_once_and_names_only_records_of_the_review(store: Store) -> None:
    run, _ = fill(store, [1, 2, 3])
    assert store.add_leads(run, [(key(2), key(1)), (key(3), key(1)), (key(2), key(1))], "similar") == 2
    assert store.add_leads(run, [(key(2), key(1))], "similar") == 0
    assert store.add_leads(run, [(key(2), key(1))], "cited by") == 1
    assert [(lead.seed, lead.link) for lead in store.led_by(key(2))] == [(key(1), "similar"), (key(1), "cited by")]
    with pytest.raises(NotThere):
        store.add_leads(run, [(key(2), key(99))], "similar")


def test_a_record_of_a_file_has_not_been_fetched(store: Store) -> None:
    for strategy, source, number in (("file: x", "x", 1), ("file: PubMed", "PubMed", 2), ("pain", "PubMed", 3)):
        run = store.begin_search(strategy, "x", source=source)
        store.add_records(run, strategy, [(entry(number), None)])
    assert store.fetched_pmids() == {"3"}
    assert store.known_pmids() == {"1", "2", "3"}


def test_a_run_is_compared_with_the_last_complete_one_before_it(store: Store) -> None:
    def run(query: str, translation: str, status: Literal["complete", "failed"] = "complete") -> tuple[bool, bool]:
        number = store.begin_search("pain", query)
        done = store.finish_search(number, status=status, translation=translation)
        return done.query_changed, done.translation_changed

    assert run("a", "A") == (False, False)
    assert run("a", "B", "failed") == (False, True)
    assert run("a", "A") == (False, False)  # a failed run is no measure
    assert run("a", "B") == (False, True)
    assert run("a", "B") == (False, False)
    assert run("b", "C") == (True, False)
    assert run("b", "") == (False, False)
