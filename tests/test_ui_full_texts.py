"""The page of full texts: what is pressed is recorded and can be taken back, and files and titles stay text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from ingest.exports import EXPORTS
from ingest.readers import read_records
from ingest.record import Link, Record
from tests.full_text_files import HTML, JATS, locked_pdf, pdf
from tests.ui_review import (
    HOSTILE_ABSTRACT,
    HOSTILE_TITLE,
    THEN,
    add_records,
    add_study,
    include,
    vote,
)
from workbench.screening import Stage, Verdict
from workbench.store import FullText, Store
from workbench.store.full_texts import SoughtState
from workbench.ui import context
from workbench.ui.full_texts import wanted

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF\n"
File = tuple[str, bytes]


@pytest.fixture
def store(review: Callable[..., Store]) -> Store:
    """The store of the review that the page works on: one vote a report, three people."""
    return review(reviewers=1)


def page(view: str = "Retrieve", reviewer: str = "ada") -> AppTest:
    at = AppTest.from_string(
        "from workbench.ui import faults\nfrom workbench.ui.pages import full_texts\nfaults.guarded(full_texts.page)()",
        default_timeout=30,
    )
    at.query_params["reviewer"] = reviewer
    at.session_state["full-texts:view"] = view
    return at.run()


def sought(store: Store, *numbers: int, **fields: Any) -> None:
    """Records that titles and abstracts let through."""
    add_records(store, numbers, **fields)
    for number in numbers:
        include(store, number, "ada")


def key(number: int) -> str:
    return f"pubmed:{number}"


def add(
    store: Store, number: int, content: bytes = PDF, name: str = "doe.pdf", kind: str = "application/pdf"
) -> FullText:
    return store.add_full_text(f"text-{number}-{name}", key(number), name, kind, content, by="ben", now=THEN)


def states(store: Store) -> dict[str, SoughtState]:
    return {report: each.state for report, each in store.sought(reviewers_needed=1).items()}


def shown(at: AppTest) -> str:
    return "\n".join(str(element.proto.body) for element in at.get("html"))


def labels(elements: Any) -> list[str]:
    return [element.label for element in elements]


def button(at: AppTest, start: str, place: int = 0) -> Any:
    found = [element for element in at.button if element.label.startswith(start)]
    assert len(found) > place, f"no button {start!r} among {labels(at.button)}"
    return found[place]


def press(at: AppTest, start: str, place: int = 0) -> AppTest:
    at = button(at, start, place).click().run()
    assert not at.exception
    return at


def box(elements: Any, label: str) -> Any:
    found = [element for element in elements if element.label.startswith(label)]
    assert found, f"no {label!r} among {labels(elements)}"
    return found[0]


def upload(at: AppTest, *files: File, place: int = 0) -> AppTest:
    at = at.file_uploader[place].set_value([(name, content, "application/pdf") for name, content in files]).run()
    assert not at.exception
    return at


# --- retrieving -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["Retrieve", "Assess", "Conflicts", "Studies"])
def test_every_view_of_an_empty_review_says_what_to_do_next(store: Store, view: str) -> None:
    at = page(view)
    assert not at.exception
    assert not at.error
    assert "wb-empty" in shown(at)


def test_the_counts_are_those_of_the_flow(store: Store) -> None:
    sought(store, 1, 2, 3, 4)
    store.set_retrieval(key(1), "requested", by="ada")
    store.set_retrieval(key(2), "not_retrieved", "asked twice", by="ada")
    add(store, 3)
    at = page()
    table = shown(at)[shown(at).index("<table") :]
    numbers = [int(cell.split("<")[0]) for cell in table.split('class="number">')[1:] if cell[0].isdigit()]
    assert numbers[:5] == [4, 1, 1, 2, 1], "sought = retrieved + not retrieved + still to be had"
    assert numbers[0] == sum(numbers[1:4])
    assert "All (4)" in str(box(at.get("button_group"), "State").proto)


def test_a_request_is_recorded_taken_back_and_said_again(store: Store) -> None:
    sought(store, 1)
    at = press(page(), "Requested")
    assert states(store)[key(1)] == "requested"
    at = press(at, "Undo")
    assert states(store)[key(1)] == "waiting"
    assert "Undo" not in labels(at.button)
    at = press(press(at, "Requested"), "Have it elsewhere")
    assert states(store)[key(1)] == "retrieved"
    at = press(at, "Undo")
    assert states(store)[key(1)] == "requested", "the word before stands again"


def test_an_undo_is_offered_after_a_reload_and_to_whoever_acted_only(store: Store) -> None:
    sought(store, 1)
    press(page(), "Requested")
    assert "Undo" not in labels(page(reviewer="ben").button)
    press(page(), "Undo")
    assert states(store)[key(1)] == "waiting"


def test_a_second_window_does_not_undo_twice(store: Store) -> None:
    sought(store, 1)
    press(page(), "Requested")
    one, other = page(), page()
    press(one, "Undo")
    store.set_retrieval(key(1), "retrieved", "library", by="ben")
    press(other, "Undo")
    assert states(store)[key(1)] == "retrieved"


def test_an_undo_leaves_what_somebody_else_said_since(store: Store) -> None:
    sought(store, 1)
    at = press(page(), "Requested")
    store.set_retrieval(key(1), "not_retrieved", "asked twice", by="ben")
    at = press(at, "Undo")
    assert states(store)[key(1)] == "not retrieved"
    assert "that stands" in at.error[0].value
    assert "Undo" not in labels(at.button)


def test_what_was_tried_is_asked_for_before_a_text_counts_as_not_to_be_had(store: Store) -> None:
    sought(store, 1)
    at = press(page(), "Not retrieved")
    at = press(at, "Record: not retrieved")
    assert at.warning[0].value.startswith("Say what was tried")
    assert states(store)[key(1)] == "waiting"
    at.text_area[0].set_value("library, authors twice")
    at = press(at, "Record: not retrieved")
    assert store.retrievals()[key(1)].note == "library, authors twice"
    assert states(store)[key(1)] == "not retrieved"
    assert "library, authors twice" in shown(at)
    at = press(at, "Seek it again")
    assert states(store)[key(1)] == "waiting"
    press(at, "Undo")
    assert states(store)[key(1)] == "not retrieved"


def test_the_list_is_filtered_by_state_and_words_and_comes_in_pages(store: Store) -> None:
    sought(store, *range(1, 26))
    store.set_retrieval(key(7), "requested", by="ada")
    at = page()
    assert "Reports 1 to 10 of 25" in shown(at)
    assert shown(at).count("Motor cortex stimulation") == 10
    at.session_state["full-texts:state"] = "requested"
    at = at.run()
    assert "Reports 1 to 1 of 1" in shown(at)
    at.session_state["full-texts:state"] = ""
    at.text_input[0].set_value("trial 23")
    at = at.run()
    assert "trial 23" in shown(at)
    assert "Reports 1 to 1 of 1" in shown(at)
    at.text_input[0].set_value("no such words")
    assert "No report is of this kind" in shown(at.run())


def test_the_list_for_the_library_holds_what_is_to_be_had_and_no_abstracts(store: Store, tmp_path: Path) -> None:
    sought(store, 1, 2, 3, title=HOSTILE_TITLE)
    add(store, 3)
    for format in ("csv", "ris"):
        content = wanted.wanted_list(store, (key(1), key(2)), format)
        path = tmp_path / f"wanted{EXPORTS[format].suffix}"
        path.write_bytes(content)
        assert [found.pmid for found in read_records(path) if isinstance(found, Record)] == ["1", "2"]
        assert b"Ten hertz or sham" not in content
    at = page()
    assert any("2 reports of those shown" in each.label for each in at.expander)
    box(at.text_input, "Note for the request").set_value("order 12")
    at = press(at, "Mark 2 waiting reports as requested")
    assert [(word.status, word.note) for word in store.retrievals().values()] == [("requested", "order 12")] * 2
    press(at, "Undo")
    assert set(states(store).values()) == {"waiting", "retrieved"}


def test_a_title_from_outside_stays_text_everywhere(store: Store) -> None:
    sought(store, 1, title=HOSTILE_TITLE, abstract=HOSTILE_ABSTRACT)
    vote(store, 1, "ada", Verdict.INCLUDE, stage=Stage.FULL_TEXT)
    for view in ("Retrieve", "Assess", "Studies"):
        at = page(view)
        assert not at.exception
        assert "<script>alert" not in shown(at)
        assert "<iframe src" not in shown(at)


# --- uploading --------------------------------------------------------------------------------------------------------


def test_a_file_is_attached_to_its_report_after_it_was_confirmed(store: Store) -> None:
    sought(store, 1, 2)
    at = press(page(), "Add a file")
    at = upload(at, ("doe.pdf", PDF), place=1)
    assert store.full_texts() == ()
    at = press(at, "Attach 1 file to this report")
    [text] = store.full_texts()
    assert (text.report, text.name, text.media_type, text.by) == (key(1), "doe.pdf", "application/pdf", "ada")
    assert states(store)[key(1)] == "retrieved"
    assert "1 file attached" in at.success[0].value
    press(at, "Undo")
    assert store.full_texts() == ()
    assert store.removed_full_texts(key(1))[0].by == "ada"


def test_a_file_brings_back_what_could_not_be_had_and_its_undo_takes_it_away_again(store: Store) -> None:
    sought(store, 1)
    store.set_retrieval(key(1), "not_retrieved", "asked twice", by="ben")
    at = upload(press(page(), "Add a file"), ("doe.pdf", PDF), place=1)
    at = press(at, "Attach 1 file")
    assert states(store)[key(1)] == "retrieved"
    press(at, "Undo")
    assert states(store)[key(1)] == "not retrieved"
    assert store.retrievals()[key(1)].note == "asked twice"


def test_a_file_of_another_report_is_said_to_be_one(store: Store) -> None:
    sought(store, 1, 2)
    at = upload(press(page(), "Add a file"), ("10.1000_made.up.2.pdf", PDF), place=1)
    assert "this looks like another report" in shown(at)
    assert "trial 2" in shown(at)


def test_the_same_file_again_is_not_doubled(store: Store) -> None:
    sought(store, 1)
    add(store, 1)
    at = upload(press(page(), "Add a file"), ("again.pdf", PDF), place=1)
    at = press(at, "Attach 1 file")
    assert len(store.full_texts()) == 1
    assert "there already, not doubled" in at.success[0].value
    assert "Undo" not in labels(at.button)


def test_many_files_are_proposed_for_their_reports_and_nothing_is_attached_unasked(store: Store) -> None:
    sought(store, 11111, 22222, 33333)
    at = upload(
        page(),
        ("10.1000_made.up.11111.pdf", PDF),
        ("main.pdf", pdf("Journal of made-up trials\ndoi:10.1000/made.up.22222")),
        ("nothing.pdf", PDF + b" "),
        ("picture.pdf", b"\x89PNG\r\n\x1a\n" + bytes(20)),
        ("login.pdf", HTML),
    )
    assert store.full_texts() == ()
    assert "5 files: 2 with a report, 2 to be chosen by you, 1 that cannot be taken." in shown(at)
    assert "This looks like a picture" in shown(at)
    assert "It is called a PDF, but is a web page" in shown(at)
    assert "Because its DOI" in shown(at)
    at = press(at, "Attach 2 files")
    assert {text.name: text.report for text in store.full_texts()} == {
        "10.1000_made.up.11111.pdf": key(11111),
        "main.pdf": key(22222),
    }
    press(at, "Undo")
    assert store.full_texts() == ()


def test_a_person_chooses_another_report_or_leaves_a_file_out(store: Store) -> None:
    sought(store, 11111, 22222)
    at = upload(page(), ("10.1000_made.up.11111.pdf", PDF))
    card = box(at.selectbox, "Belongs to")
    at = card.set_value("leave it out").run()
    assert button(at, "Attach 0 files").disabled
    at = box(at.selectbox, "Belongs to").set_value("another report").run()
    at = box(at.text_input, "Words of its title").set_value("trial 22222").run()
    at = box(at.radio, "Report").set_value(key(22222)).run()
    press(at, "Attach 1 file")
    assert [text.report for text in store.full_texts()] == [key(22222)]


def test_one_file_that_is_refused_does_not_keep_the_others_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    sought(store, 11111, 22222)
    at = upload(page(), ("10.1000_made.up.11111.pdf", PDF), ("10.1000_made.up.22222.pdf", PDF + b" "))
    monkeypatch.setattr("workbench.store.full_texts.kind_of", _not_the_first_time())
    at = press(at, "Attach 2 files")
    assert len(store.full_texts()) == 1
    assert "1 file attached" in at.success[0].value
    assert "was not taken" in at.error[0].value


def _not_the_first_time() -> Any:
    from workbench.full_texts import FullTextError, kind_of

    called: list[bytes] = []

    def look(content: bytes) -> Any:
        called.append(content)
        if len(called) == 1:
            raise FullTextError("It is damaged.")
        return kind_of(content)

    return look


# --- reading ----------------------------------------------------------------------------------------------------------


def test_a_pdf_is_shown_in_the_viewer(store: Store) -> None:
    sought(store, 1)
    add(store, 1, pdf("Less pain"))
    at = press(page(), "Read")
    assert not at.error
    assert at.get("bidi_component")
    assert "doe.pdf (PDF" in shown(at)


def test_a_locked_pdf_is_not_given_to_the_viewer(store: Store) -> None:
    sought(store, 1, 2)
    add(store, 1, locked_pdf("secret"))
    add(store, 2, locked_pdf(""))
    at = press(page(), "Read")
    assert not at.get("bidi_component")
    assert "locked with a password" in at.warning[0].value
    at = press(at, "Read", 1)
    assert at.get("bidi_component")


@pytest.mark.parametrize(
    ("content", "kind", "name"), [(HTML, "text/html", "a.html"), (JATS, "application/xml", "a.xml")]
)
def test_other_full_texts_are_shown_as_words(store: Store, content: bytes, kind: str, name: str) -> None:
    sought(store, 1)
    add(store, 1, content, name, kind)
    at = press(page(), "Read")
    assert not at.error
    assert "<p>VAS | 4.0 |</p>" in shown(at)
    assert "<script>" not in shown(at)
    assert "onerror" not in shown(at)


def test_a_long_text_comes_in_parts(store: Store) -> None:
    sought(store, 1)
    add(store, 1, ("Less pain. " * 6000).encode(), "long.txt", "text/plain")
    at = press(page(), "Read")
    assert "Part 1 of 6" in shown(at)
    assert len(shown(at)) < 40_000


def test_a_file_is_taken_away_with_a_reason_and_comes_back(store: Store) -> None:
    sought(store, 1)
    add(store, 1)
    at = press(page(), "Read")
    at = press(at, "Take it away")
    assert at.warning[0].value == "Say why first."
    assert len(store.full_texts()) == 1
    box(at.text_input, "Why").set_value("the supplement")
    at = press(at, "Take it away")
    assert store.full_texts() == ()
    assert states(store)[key(1)] == "waiting"
    press(at, "Undo")
    assert store.full_text_bytes(store.full_texts()[0].id) == PDF


# --- studies ----------------------------------------------------------------------------------------------------------


def included(store: Store, *numbers: int, **fields: Any) -> None:
    sought(store, *numbers, **fields)
    for number in numbers:
        vote(store, number, "ada", Verdict.INCLUDE, stage=Stage.FULL_TEXT)


def test_an_included_report_becomes_a_study_and_stops_being_one(store: Store) -> None:
    included(store, 1)
    at = page("Studies")
    assert "1 of 1 included report without a study" in shown(at)
    at = press(at, "Make a study")
    [study] = store.studies()
    assert (study.label, study.reports) == ("Doe 2020", (key(1),))
    assert "Every included report belongs to a study" in shown(at)
    at = press(at, "Undo")
    assert store.studies() == ()
    assert [study.reports for study in store.studies(ended=True)] == [()]
    box(at.text_input, "Label of the study").set_value("Doe 2020b")
    press(at.run(), "Make a study")
    [study] = store.studies()
    assert (study.label, study.reports) == ("Doe 2020b", (key(1),))


def test_a_report_is_proposed_for_its_study_with_the_reason_and_linked_by_a_person(store: Store) -> None:
    included(store, 1, registry_ids=("NCT01234567",))
    add_study(store, 1, "Doe 2020")
    included(
        store,
        2,
        title="Sleep",
        authors=("Else Who",),
        registry_ids=("NCT01234567",),
        links=(Link(type="ErratumFor", pmid="1"),),
    )
    at = page("Studies")
    assert "Both name the registration NCT01234567" in shown(at)
    assert "PubMed links the two: an erratum" in shown(at)
    at = press(at, "Add to Doe 2020")
    assert store.studies()[0].reports == (key(1), key(2))
    press(at, "Undo")
    assert store.studies()[0].reports == (key(1),)


def test_a_report_is_taken_out_of_a_study_and_put_back(store: Store) -> None:
    included(store, 1)
    study = add_study(store, 1, "Doe 2020")
    at = page("Studies")
    at = box(at.selectbox, "Look at one study").set_value(study).run()
    at = press(at, "Take it out of the study")
    assert store.studies()[0].reports == ()
    press(at, "Undo")
    assert store.studies()[0].reports == (key(1),)


def test_a_report_that_could_not_be_had_waits_for_no_study(store: Store) -> None:
    from workbench.ui import worklists

    sought(store, 1, 2)
    store.set_retrieval(key(2), "not_retrieved", "asked twice", by="ada")
    assert worklists.reports_without_study(store, context.review()) == (key(1),)


# --- assessing --------------------------------------------------------------------------------------------------------


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.ui.desk.deciding.SHORTEST_LOOK", 0.0)


def mine(store: Store, number: int, reviewer: str = "ada") -> list[tuple[Any, ...]]:
    found = store.decisions(Stage.FULL_TEXT, key(number))
    return [(word.verdict, word.reason) for word in found if word.reviewer == reviewer]


@pytest.mark.usefixtures("_at_once")
def test_a_full_text_is_judged_beside_its_pages_and_taken_back(store: Store) -> None:
    sought(store, 1, 2)
    add(store, 1, pdf("Less pain"))
    at = page("Assess")
    assert at.get("bidi_component")
    assert "trial 1" in shown(at)
    at = press(at, "Include")
    assert mine(store, 1) == [(Verdict.INCLUDE, None)]
    assert "trial 2" in shown(at)
    assert "No file with the full text is here" in shown(at), "one can judge without a file"
    at = press(at, "Undo")
    assert mine(store, 1)[-1] == (None, None)
    assert "trial 1" in shown(at)


@pytest.mark.usefixtures("_at_once")
def test_a_full_text_is_excluded_for_a_reason_of_the_one_list(store: Store) -> None:
    sought(store, 1)
    at = page("Assess")
    offered = [element.key for element in at.button if str(element.key).startswith("reason:")]
    listed = [reason.key for reason in context.review().screening.exclusion_reasons]
    assert [str(each).split(":")[1] for each in offered] == [each for each in listed if each != "not_retrieved"]
    assert "the first that applies" in shown(at)
    at = press(at, "Exclude")
    assert mine(store, 1) == []
    assert "excluded for a reason" in shown(at)
    press(at, "No outcome of interest")
    assert mine(store, 1) == [(Verdict.EXCLUDE, "wrong_outcome")]


@pytest.mark.usefixtures("_at_once")
def test_a_text_that_could_not_be_had_leaves_the_desk_with_what_was_tried(store: Store) -> None:
    sought(store, 1, 2)
    at = page("Assess")
    at = press(at, "Record: not retrieved")
    assert store.retrievals() == {}
    box(at.text_area, "What was tried").set_value("library, authors twice")
    at = press(at, "Record: not retrieved")
    assert store.retrievals()[key(1)].note == "library, authors twice"
    assert "trial 2" in shown(at)
    assert "trial 1" not in shown(page("Assess"))
    store.set_retrieval(key(1), "open", by="ben")
    press(page("Assess"), "Include")
    assert "trial 1" in shown(page("Assess"))


def test_a_file_is_added_at_the_desk(store: Store) -> None:
    sought(store, 1)
    at = upload(page("Assess"), ("doe.pdf", pdf("Less pain")))
    at = press(at, "Attach 1 file")
    assert "1 file attached" in at.success[0].value
    assert at.get("bidi_component")


def test_only_reports_with_a_file_here_come_when_asked_for(store: Store) -> None:
    sought(store, 1, 2)
    add(store, 2)
    at = box(page("Assess").toggle, "Only reports with a file here").set_value(True).run()
    assert "trial 2" in shown(at)
    assert "trial 1" not in shown(at)


@pytest.mark.usefixtures("_at_once")
def test_from_the_list_to_the_desk(store: Store) -> None:
    sought(store, 1, 2)
    add(store, 2)
    at = press(page(), "Assess")
    assert "trial 2" in shown(at)
    press(at, "Include")
    assert mine(store, 2) == [(Verdict.INCLUDE, None)]


def test_nobody_sees_how_another_judged_a_full_text(review: Callable[..., Store]) -> None:
    store = review(reviewers=2)
    add_records(store, (1,))
    include(store, 1, "ada", "ben")
    vote(store, 1, "ada", Verdict.EXCLUDE, stage=Stage.FULL_TEXT, reason="wrong_outcome", note="no pain score")
    for view in ("Retrieve", "Assess", "Conflicts", "Studies"):
        at = page(view, reviewer="ben")
        assert not at.exception
        assert "no pain score" not in shown(at)
        assert "Excluded" not in shown(at)
    assert store.sought()[key(1)].state == "waiting"
    vote(store, 1, "ben", Verdict.INCLUDE, stage=Stage.FULL_TEXT)
    store.add_full_text("text-1", key(1), "doe.pdf", "application/pdf", pdf("Less pain"), by="ben")
    at = page("Conflicts", reviewer="cleo")
    assert "no pain score" in shown(at)
    assert "Full text" in labels(at.expander), "it lies beside the two votes"


def test_a_text_with_all_its_votes_was_had_also_while_they_differ(store: Store) -> None:
    sought(store, 1)
    vote(store, 1, "ben", Verdict.INCLUDE)
    for name, verdict, later in (("ada", Verdict.INCLUDE, 0), ("ben", Verdict.EXCLUDE, 1)):
        assert store.sought(reviewers_needed=2)[key(1)].state == "waiting"  # one vote is nobody else's to know
        vote(store, 1, name, verdict, stage=Stage.FULL_TEXT, later=later)
    assert store.sought(reviewers_needed=2)[key(1)].state == "retrieved"
