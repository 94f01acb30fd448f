"""Appraisals in the store: revisions, blindness, what stands; on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workbench.extraction import ResultState, Study
from workbench.risk_of_bias import Appraisal, Assessment, Choice, Risk, as_json, set_aside, standing, with_basis
from workbench.store import Store
from workbench.store.errors import NotThere, StaleFinals, StaleRevision, StoreError

THEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GOOD = dict.fromkeys(("1.3", "2.1", "2.2", "4.1", "4.2", "4.3", "5.2", "5.3"), "N") | dict.fromkeys(
    ("1.1", "1.2", "2.6", "3.1", "5.1"), "Y"
)


@pytest.fixture
def filled(store: Store) -> Store:
    store.add_study(Study(id="s", label="Aster 2019", created_by="ada", created_at=THEN))
    for name in ("r1", "r2"):
        store.add_result("s", "parallel_means", label=name, by="ada", id=name, now=THEN)
    return store


def words(who: str, minutes: int = 0, *, answers: dict[str, str] | None = None, **parts: Any) -> Appraisal:
    said = as_json(Assessment(variant="parallel-assignment", answers=GOOD | (answers or {})))
    values: dict[str, Any] = {"id": f"{who}{minutes}", "result": "r1", "state": "final", "answers": said, **parts}
    return Appraisal(study="s", appraiser=who, recorded_at=THEN + timedelta(minutes=minutes), **values)


def test_an_appraisal_comes_back_as_it_was_saved(filled: Store) -> None:
    saved = filled.add_appraisal(words("ada", note="first"))
    assert saved == words("ada", note="first")
    assert filled.appraisals(result="r1") == (saved,)
    assert filled.appraisals(study="s") == filled.appraisals() == (saved,)
    assert filled.appraisals(result="r2") == ()


def test_sending_an_appraisal_twice_records_it_once(filled: Store) -> None:
    first = filled.add_appraisal(words("ada"), expected_revision=0)
    assert filled.add_appraisal(words("ada"), expected_revision=0) == first
    assert len(filled.appraisals()) == 1
    with pytest.raises(StoreError, match="belongs to another appraisal"):
        filled.add_appraisal(replace(words("ben"), id="ada0"))


def test_a_newer_revision_is_not_written_over(filled: Store) -> None:
    filled.add_appraisal(words("ada", state="draft"), expected_revision=0)
    assert filled.add_appraisal(words("ada", 1), expected_revision=1).revision == 2
    with pytest.raises(StaleRevision, match="saved revision 2 of this appraisal"):
        filled.add_appraisal(words("ada", 2), expected_revision=1)
    with pytest.raises(StoreError, match="no revision 5"):
        filled.add_appraisal(words("ada", 3), expected_revision=5)
    assert len(filled.appraisals()) == 2


def test_an_appraisal_of_no_result_or_an_ended_one_is_refused(filled: Store) -> None:
    with pytest.raises(NotThere, match="no result r9"):
        filled.add_appraisal(words("ada", result="r9"))
    filled.end_result("r1", reason="twice", by="ada", now=THEN)
    with pytest.raises(StoreError, match="taken out"):
        filled.add_appraisal(words("ada"))


def test_an_incomplete_appraisal_can_be_a_draft_and_not_final(filled: Store) -> None:
    begun = as_json(Assessment(variant="parallel-assignment", answers={"1.1": "Y"}))
    filled.add_appraisal(replace(words("ada"), answers=begun, state="draft"))
    with pytest.raises(StoreError, match=r"cannot be final yet: D1 Randomisation: answer questions 1\.2, 1\.3"):
        filled.add_appraisal(replace(words("ada", 1), answers=begun))
    with pytest.raises(StoreError, match="cannot be saved: there is no variant"):
        filled.add_appraisal(replace(words("ada", 2), answers={"variant": "x"}))
    with pytest.raises(StoreError, match="no tool 'robins'"):
        filled.add_appraisal(replace(words("ada", 3), tool="robins"))


def test_nobody_sees_anothers_appraisal_before_their_own_is_final(filled: Store) -> None:
    filled.add_appraisal(words("ada"))
    assert filled.visible_appraisals("r1", "ben") == ()
    filled.add_appraisal(words("ben", 1, state="draft"))
    assert [one.appraiser for one in filled.visible_appraisals("r1", "ben")] == ["ben"]
    assert [one.appraiser for one in filled.visible_appraisals("r1", "ada")] == ["ada"]  # a draft is nobody else's
    filled.add_appraisal(words("ben", 2))
    assert [one.appraiser for one in filled.visible_appraisals("r1", "ben")] == ["ada", "ben"]
    assert len(filled.visible_appraisals("r1", "cleo")) == 2  # has not begun, and nobody waits for her: may settle
    filled.add_appraisal(words("ben", 3, state="draft"))  # taken back: blind again
    assert [one.appraiser for one in filled.visible_appraisals("r1", "ben")] == ["ben"]


def test_two_appraisers_disagree_and_a_consensus_settles(filled: Store) -> None:
    def states() -> list[ResultState]:
        return [one.state for one in filled.settled_appraisals()]

    assert states() == [ResultState.EMPTY, ResultState.EMPTY]
    filled.add_appraisal(words("ada"))
    assert states() == [ResultState.WAITING, ResultState.EMPTY]
    assert filled.settled_appraisals(appraisers_needed=1)[0].state is ResultState.AGREED
    filled.add_appraisal(words("ben", 1, answers={"1.2": "N"}))
    assert states() == [ResultState.CONFLICT, ResultState.EMPTY]
    filled.add_appraisal(words("cleo", 2, answers={"1.2": "N"}, role="consensus", note="Told by mail."))
    settled = filled.settled_appraisals()[0]
    assert settled.state is ResultState.SETTLED
    assert settled.judgements[-1].risk is Risk.HIGH
    assert [one.appraiser for one in filled.visible_appraisals("r1", "dora")] == ["ada", "ben", "cleo"]


def test_ended_results_are_in_no_list_and_come_back_with_their_appraisals(filled: Store) -> None:
    filled.add_appraisal(words("ada"))
    filled.end_result("r1", reason="twice", by="ada", now=THEN)
    assert [one.result for one in filled.settled_appraisals()] == ["r2"]
    filled.restore_result("r1", by="ada", now=THEN)
    assert [one.state for one in filled.settled_appraisals()] == [ResultState.WAITING, ResultState.EMPTY]


def test_a_consensus_and_the_same_persons_appraisal_have_revisions_of_their_own(filled: Store) -> None:
    filled.add_appraisal(words("ada"))
    verdict = filled.add_appraisal(words("ada", 1, role="consensus"), expected_revision=0)
    assert verdict.revision == 1


def verdict(who: str, minutes: int, finals: tuple[Appraisal, ...], **parts: Any) -> Appraisal:
    made = words(who, minutes, role="consensus", **parts)
    choices = {"D1": Choice(appraisal=finals[0].id), "overall": Choice(risk=Risk.HIGH)}
    return replace(made, id=f"verdict-{who}{minutes}", answers=with_basis(made.answers, finals, choices))


def two_finals(store: Store) -> tuple[Appraisal, Appraisal]:
    return store.add_appraisal(words("ada")), store.add_appraisal(words("ben", 1, answers={"1.2": "N"}))


def test_a_consensus_on_appraisals_that_no_longer_stand_is_refused(filled: Store) -> None:
    finals = two_finals(filled)
    again = filled.add_appraisal(words("ada", 2, answers={"1.2": "NI"}))
    with pytest.raises(StaleFinals, match="ada finished their appraisal again after this consensus was begun"):
        filled.add_appraisal(verdict("cleo", 3, finals), expected_revision=0)
    filled.add_appraisal(words("ben", 4, state="draft"))
    with pytest.raises(StaleFinals, match="ben took their appraisal back"):
        filled.add_appraisal(verdict("cleo", 5, (again, finals[1])), expected_revision=0)
    back = filled.add_appraisal(words("ben", 6, answers={"1.2": "N"}))
    filled.add_appraisal(verdict("cleo", 7, (again, back)), expected_revision=0)
    settled = filled.settled_appraisals()[0]
    assert (settled.state, settled.changed_after_consensus) == (ResultState.SETTLED, False)
    assert len(filled.appraisals()) == 6


def test_changes_after_a_consensus_are_told_by_ids_and_not_by_clocks(filled: Store) -> None:
    finals = two_finals(filled)
    filled.add_appraisal(verdict("cleo", 60, finals))
    filled.add_appraisal(words("ada", 2))  # a clock that is slow; and the same answers
    assert not filled.settled_appraisals()[0].changed_after_consensus
    filled.add_appraisal(words("ada", 3, answers={"3.1": "N", "3.2": "N", "3.3": "Y", "3.4": "Y"}))
    assert filled.settled_appraisals()[0].changed_after_consensus


def test_a_second_consensus_is_told_of_the_first_and_overrides_nothing(filled: Store) -> None:
    finals = two_finals(filled)
    filled.add_appraisal(verdict("cleo", 2, finals, state="draft"), expected_revision=0)
    first = filled.add_appraisal(verdict("ada", 3, finals), expected_revision=0)  # others' drafts hold up nobody
    assert first.revision == 2
    with pytest.raises(StaleRevision, match=r"ada recorded a consensus on this result .* Yours was not recorded"):
        filled.add_appraisal(verdict("ben", 4, finals), expected_revision=0)
    with pytest.raises(StaleRevision, match="ada recorded a consensus"):
        filled.add_appraisal(verdict("cleo", 5, finals), expected_revision=1)
    assert filled.settled_appraisals()[0].appraisers == ("ada",)


def test_a_consensus_can_be_opened_again_and_recorded_anew_by_another(filled: Store) -> None:
    finals = two_finals(filled)
    filled.add_appraisal(verdict("cleo", 2, finals), expected_revision=0)
    filled.add_appraisal(verdict("lea", 3, finals, state="withdrawn", note="1.2 was misread"), expected_revision=1)
    assert filled.settled_appraisals()[0].state is ResultState.CONFLICT
    with pytest.raises(StaleRevision, match="lea opened again the consensus"):
        filled.add_appraisal(verdict("cleo", 4, finals), expected_revision=1)
    filled.add_appraisal(verdict("ben", 5, finals), expected_revision=2)
    assert filled.settled_appraisals()[0].appraisers == ("ben",)


def test_an_abandoned_draft_is_set_aside_with_a_reason_and_taken_up_again(filled: Store) -> None:
    filled.add_appraisal(words("ada", state="draft"))
    with pytest.raises(StoreError, match="say why"):
        filled.set_appraisal_aside("r1", "ada", reason=" ", by="lea")
    with pytest.raises(StoreError, match="ben has no draft"):
        filled.set_appraisal_aside("r1", "ben", reason="left", by="lea")
    aside = filled.set_appraisal_aside("r1", "ada", reason="left the team", by="lea", now=THEN)
    assert (aside.state, aside.appraiser, aside.revision) == ("withdrawn", "ada", 2)
    said = set_aside(filled.appraisals(result="r1")[-1])
    assert said is not None
    assert (said.by, said.reason) == ("lea", "left the team")
    assert standing(filled.appraisals(result="r1")) == ()
    with pytest.raises(StaleRevision, match=r"lea set your draft aside .* left the team"):
        filled.add_appraisal(words("ada", 1, state="draft"), expected_revision=1)
    filled.add_appraisal(words("ada", 2), expected_revision=2)
    with pytest.raises(StoreError, match="no draft"):
        filled.set_appraisal_aside("r1", "ada", reason="left", by="lea")


def test_who_holds_a_draft_sees_nobody_elses_appraisal_whatever_the_others_did(filled: Store) -> None:
    filled.add_appraisal(words("dora", state="draft"))
    finals = two_finals(filled)
    assert filled.settled_appraisals()[0].state is ResultState.CONFLICT
    assert [one.appraiser for one in filled.visible_appraisals("r1", "dora")] == ["dora"]
    filled.add_appraisal(verdict("cleo", 3, finals))
    assert [one.appraiser for one in filled.visible_appraisals("r1", "dora")] == ["dora"]
    assert len(filled.visible_appraisals("r1", "eve")) == 3
