"""Assessments, judgements, two appraisers, blinding indices and the notes beside the tool."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.extraction import ResultState
from workbench.risk_of_bias import (
    OVERALL,
    Appraisal,
    Assessment,
    Override,
    Quote,
    Risk,
    RiskOfBiasError,
    as_json,
    asked,
    judge,
    missing,
    notes,
    read_assessment,
    relevant,
    settle,
    variant,
    variants,
)
from workbench.risk_of_bias.blinding import Guesses, bang, james

THEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
# low in every domain
GOOD = {
    "1.1": "Y",
    "1.2": "Y",
    "1.3": "N",
    "2.1": "N",
    "2.2": "PN",
    "2.6": "Y",
    "3.1": "PY",
    "4.1": "N",
    "4.2": "N",
    "4.3": "N",
    "5.1": "Y",
    "5.2": "N",
    "5.3": "PN",
}


def assessment(answers: dict[str, str] | None = None, **parts: Any) -> Assessment:
    return Assessment(variant="parallel-assignment", answers=GOOD | (answers or {}), **parts)


def appraisal(who: str, of: Assessment, *, minutes: int = 0, **parts: Any) -> Appraisal:
    values: dict[str, Any] = {"state": "final", "id": f"{who}-{minutes}", **parts}
    at = THEN + timedelta(minutes=minutes)
    return Appraisal(study="s", result="r", appraiser=who, answers=as_json(of), recorded_at=at, **values)


def test_a_complete_assessment_is_judged_in_every_domain_and_over_all() -> None:
    judged = judge(assessment())
    assert [one.domain for one in judged] == ["D1", "D2", "D3", "D4", "D5", OVERALL]
    assert {one.risk for one in judged} == {Risk.LOW}
    assert missing(assessment()) == ()


def test_questions_that_are_not_asked_are_not_missed_and_what_is_missing_is_said() -> None:
    begun = Assessment(variant="parallel-assignment", answers={"1.1": "Y", "2.1": "PY"})
    said = missing(begun)
    assert said[0] == "D1 Randomisation: answer questions 1.2, 1.3"
    assert said[1].endswith("answer questions 2.2, 2.3, 2.6")  # 2.3 is asked as soon as one of the two knew
    assert judge(begun)[-1].risk is None


def test_whether_a_question_is_asked_may_depend_on_one_that_has_no_answer_yet() -> None:
    domain = variant("parallel-assignment").domain("D2")
    assert asked(domain, {})["2.3"] is None
    assert asked(domain, {"2.1": "N"})["2.3"] is None
    assert asked(domain, {"2.1": "N", "2.2": "N"})["2.3"] is False
    assert asked(domain, {"2.2": "NI"})["2.3"] is True
    assert asked(domain, {"2.1": "N", "2.2": "N", "2.3": "Y", "2.4": "Y"})["2.5"] is False  # closed all the way down


def test_answers_to_questions_that_are_closed_now_count_for_nothing() -> None:
    left_over = assessment({"2.3": "Y", "2.4": "Y", "2.5": "N"})
    assert judge(left_over)[1].risk is Risk.LOW
    assert set(relevant(variant("parallel-assignment"), left_over.answers)) == set(GOOD)


def test_an_override_counts_with_a_reason_only_and_shows_in_the_overall_judgement() -> None:
    bare = assessment(overrides={"D4": Override(risk=Risk.HIGH)})
    assert judge(bare)[3].risk is Risk.LOW
    assert missing(bare) == ("say why the judgement of D4 is high",)
    reasoned = assessment(overrides={"D4": Override(risk=Risk.HIGH, reason="Coil noise told the arm.")})
    d4, overall = judge(reasoned)[3], judge(reasoned)[-1]
    assert (d4.risk, d4.overridden, d4.reason, d4.proposal.risk) == (
        Risk.HIGH,
        True,
        "Coil noise told the arm.",
        Risk.LOW,
    )
    assert overall.risk is Risk.HIGH


def test_two_domains_with_some_concerns_are_decided_by_the_reviewer_with_a_reason() -> None:
    two = {"1.1": "N", "5.1": "NI"}
    open_one = assessment(two)
    assert judge(open_one)[-1].risk is None
    assert judge(open_one)[-1].proposal.choices == (Risk.SOME, Risk.HIGH)
    assert missing(open_one) == ("several domains raise some concerns: decide on the overall judgement and say why",)
    for risk in (Risk.SOME, Risk.HIGH):
        unsaid = assessment(two, overrides={OVERALL: Override(risk=risk)})
        assert missing(unsaid) == (f"say why the overall judgement is {risk}",)
        decided = assessment(two, overrides={OVERALL: Override(risk=risk, reason="They add up.")})
        assert missing(decided) == ()
        assert judge(decided)[-1].risk is risk
        assert not judge(decided)[-1].overridden  # nothing was proposed that it could override


def test_an_assessment_comes_back_from_plain_data_as_it_was() -> None:
    full = assessment(
        quotes={"1.2": Quote(quote="sealed envelopes", page="3")},
        overrides={"D1": Override(risk=Risk.SOME, reason="No word on who held them.")},
        directions={"D1": "favours_active"},
    )
    assert read_assessment(as_json(full)) == full


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "no variant ''"),
        ({"variant": "parallel-assignment", "verdict": 1}, "no part 'verdict'"),
        ({"variant": "parallel-assignment", "answers": {"1.1": 1}}, "a text of at most"),
        ({"variant": "parallel-assignment", "answers": {"1.1": "maybe"}}, "1.1 can be answered with"),
        ({"variant": "parallel-assignment", "answers": ["Y"]}, "must be a mapping"),
        (
            {"variant": "parallel-assignment", "overrides": {"D1": {"risk": "medium"}}},
            "one of low, some concerns, high",
        ),
        ({"variant": "parallel-assignment", "overrides": {"D9": {"risk": "low"}}}, "'D9' is none of"),
        ({"variant": "parallel-assignment", "directions": {"D1": "up"}}, "'up' is none of"),
        ({"variant": "parallel-assignment", "quotes": {"1.1": "p. 3"}}, "must have a quote and a page"),
        ({"variant": "parallel-assignment", "quotes": {"1.1": {"quote": "x" * 6000}}}, "at most 5000"),
    ],
)
def test_data_that_is_no_assessment_is_refused(data: dict[str, Any], message: str) -> None:
    with pytest.raises(RiskOfBiasError, match=message):
        read_assessment(data)


KNOWN = variants()


@given(data=st.data())
def test_any_answers_give_judgements_or_say_what_is_missing(data: st.DataObject) -> None:
    known = data.draw(st.sampled_from(KNOWN))
    answers = {}
    for question in known.questions:
        answer = data.draw(st.sampled_from(["", *question.answers]))
        if answer:
            answers[question.key] = answer
    said = Assessment(variant=known.key, answers=answers)
    judged = judge(said)
    complete = not missing(said)
    assert complete == (judged[-1].risk is not None)
    assert judge(replace(said, answers=relevant(known, answers))) == judged  # closed answers change nothing
    assert read_assessment(as_json(said)) == said


def test_the_prompts_are_short_and_every_provisional_variant_says_why() -> None:
    for known in variants():
        assert known.address == "https://www.riskofbias.info"
        assert bool(known.provisional) == (known.key in ("cluster", "crossover"))
        assert all(len(question.prompt) <= 110 and len(question.help) <= 150 for question in known.questions)
        assert len({question.key for question in known.questions}) == len(known.questions)


def test_a_crossover_asks_about_the_start_of_the_first_period_and_a_paired_analysis() -> None:
    helps = {question.key: question.help for question in variant("crossover").questions}
    assert "first period" in helps["1.3"]
    assert "paired" in helps["2.6"]
    assert "Both periods" in helps["3.1"]


# --- two appraisers -------------------------------------------------------------------------------------------------


def test_one_final_appraisal_waits_and_two_that_judge_alike_agree() -> None:
    one = appraisal("ada", assessment())
    assert settle([one], appraisers=2).state is ResultState.WAITING
    assert settle([one], appraisers=1).state is ResultState.AGREED
    both = settle([one, appraisal("ben", assessment({"1.1": "PY", "1.3": "NI"}), minutes=1)], appraisers=2)
    assert both.state is ResultState.AGREED
    assert both.differing_answers == ("1.3",)  # told, though both judge the domain low; probably yes is yes
    assert both.appraisers == ("ada", "ben")


def test_a_judgement_changed_after_seeing_the_others_is_marked() -> None:
    mine, theirs = appraisal("ada", assessment()), appraisal("ben", assessment({"1.2": "N"}), minutes=1)
    assert settle([mine, theirs]).changed_after_seeing == ()
    again = appraisal("ada", assessment(), minutes=2, revision=2, state="draft")
    copied = appraisal("ada", assessment({"1.2": "N"}), minutes=3, revision=3)
    agreed = settle([mine, theirs, again, copied])
    assert (agreed.state, agreed.changed_after_seeing) == (ResultState.AGREED, ("ada",))
    same = appraisal("ada", assessment(), minutes=3, revision=3)
    assert settle([mine, theirs, again, same]).changed_after_seeing == ()
    third = appraisal("cleo", assessment(), minutes=4)
    assert settle([mine, theirs, third]).changed_after_seeing == ("cleo",)


def test_who_takes_an_appraisal_back_before_the_other_is_done_still_judges_blind() -> None:
    known = [
        appraisal("ada", assessment()),
        appraisal("ada", assessment(), minutes=1, revision=2, state="draft"),
        appraisal("ben", assessment({"1.2": "N"}), minutes=2),
        appraisal("ada", assessment({"1.2": "N"}), minutes=3, revision=3),
    ]
    assert settle(known).changed_after_seeing == ()


def test_a_domain_judged_differently_is_a_conflict_until_a_consensus() -> None:
    one, other = appraisal("ada", assessment()), appraisal("ben", assessment({"1.2": "N"}), minutes=1)
    conflict = settle([one, other])
    assert (conflict.state, conflict.differences) == (ResultState.CONFLICT, ("D1", OVERALL))
    assert conflict.assessment is None
    verdict = appraisal("cleo", assessment({"1.2": "N"}), minutes=2, role="consensus", note="No concealment.")
    settled = settle([one, other, verdict])
    assert (settled.state, settled.differences) == (ResultState.SETTLED, ("D1", OVERALL))
    assert settled.judgements[0].risk is Risk.HIGH
    assert not settled.changed_after_consensus
    later = appraisal("ada", assessment({"1.2": "N"}), minutes=3, revision=2)
    assert settle([one, other, verdict, later]).changed_after_consensus


def test_two_variants_are_a_conflict() -> None:
    crossover = Assessment(variant="crossover", answers={**GOOD, "S.1": "Y", "S.3": "Y", "5.4": "N"})
    assert missing(crossover) == ()
    found = settle([appraisal("ada", assessment()), appraisal("ben", crossover, minutes=1)])
    assert (found.state, found.differences) == (ResultState.CONFLICT, ("variant",))


def test_a_draft_or_a_withdrawn_appraisal_does_not_count() -> None:
    draft = appraisal("ada", assessment(), state="draft")
    assert settle([draft]).state is ResultState.DRAFT
    final = appraisal("ada", assessment(), minutes=1, revision=2)
    withdrawn = appraisal("ada", assessment(), minutes=2, revision=3, state="withdrawn")
    assert settle([draft, final]).state is ResultState.WAITING
    assert settle([draft, final, withdrawn]).state is ResultState.EMPTY
    with pytest.raises(RiskOfBiasError, match="exactly one result"):
        settle([])


# --- blinding indices -----------------------------------------------------------------------------------------------
# Tables of CRAN's BI 1.2.0 (man/BI.Rd): CRISP from Bang 2004 table 7, then Houweling 2014 table 2 (investigators,
# coordinators, patients). (active arm, sham arm) -> James' estimate and SE as its formulas give in R 4, to 8 digits;
# Bang 2004 prints 0.75 (0.71 to 0.79) for CRISP, and for its arms 0.21 and 0.01.
PUBLISHED = [
    ((82, 25, 170), (27, 29, 83), 0.747927537, 0.021737398),
    ((48, 4, 330), (22, 30, 319), 0.896414343, 0.010917577),
    ((94, 11, 289), (52, 44, 284), 0.823389596, 0.013286631),
    ((143, 14, 188), (104, 57, 175), 0.70511629, 0.01594075),
    ((8, 2, 0), (5, 5, 0), 0.35, 0.10174109),
]


@pytest.mark.parametrize(("active", "sham", "estimate", "se"), PUBLISHED)
def test_james_index_is_that_of_the_published_tables(
    active: tuple[int, int, int], sham: tuple[int, int, int], estimate: float, se: float
) -> None:
    found = james(_guesses(active), _guesses(sham))
    assert found is not None
    assert found.estimate == pytest.approx(estimate, abs=1e-8)  # printed to 9 digits
    assert found.se == pytest.approx(se, abs=1e-8)


def test_the_indices_of_crisp_are_those_that_bang_printed() -> None:
    whole = james(_guesses((82, 25, 170)), _guesses((27, 29, 83)))
    assert whole is not None
    assert [round(value, 2) for value in (whole.estimate, whole.low, whole.high)] == [0.75, 0.71, 0.79]
    treated, placebo = bang(82, 25, 170), bang(29, 27, 83)
    assert treated is not None
    assert placebo is not None
    assert (round(treated.estimate, 2), round(placebo.estimate, 2)) == (0.21, 0.01)
    # Bang prints one-sided limits, each at 95 %: 0.15 and 0.26; -0.07 and 0.10
    z = 1.6448536269514722
    limits = [round(i.estimate + s * z * i.se, 2) for i in (treated, placebo) for s in (-1, 1)]
    assert limits == [0.15, 0.26, -0.07, 0.1]


def test_the_ends_of_the_scales() -> None:
    right, wrong, unsure = _guesses((10, 0, 0)), _guesses((0, 10, 0)), _guesses((0, 0, 10))
    all_right, all_wrong, nobody = james(right, wrong), james(wrong, right), james(unsure, unsure)
    assert all_right is not None
    assert all_wrong is not None
    assert nobody is not None
    assert (all_right.estimate, all_wrong.estimate, nobody.estimate) == (0, 1, 1)
    assert james(right, unsure) is None  # all who guessed sat in one arm and were right: not defined
    assert james(_guesses((0, 0, 0)), _guesses((0, 0, 0))) is None
    assert bang(0, 0, 0) is None
    best = bang(10, 0, 0)
    assert best is not None
    assert (best.estimate, best.se) == (1, 0)
    with pytest.raises(RiskOfBiasError, match="below zero"):
        Guesses(active=-1, sham=0)


@given(*(st.integers(0, 60) for _ in range(6)))
def test_indices_stay_on_their_scales(a: int, b: int, c: int, d: int, e: int, f: int) -> None:
    whole, one = james(_guesses((a, b, c)), _guesses((d, e, f))), bang(a, b, c)
    assert whole is None or (-1e-9 <= whole.estimate <= 1 + 1e-9 and whole.se >= 0)
    assert one is None or (-1 <= one.estimate <= 1 and one.low <= one.estimate <= one.high)


def _guesses(numbers: tuple[int, int, int]) -> Guesses:
    return Guesses(active=numbers[0], sham=numbers[1], unknown=numbers[2])


# --- notes ----------------------------------------------------------------------------------------------------------


def trial(analysed: int | None, **answers: Any) -> dict[str, Any]:
    return {
        "arms": [
            {"_row": "r1", "label": "10 Hz", "role": "active", "analysed": analysed, "randomised": 500},
            {"_row": "r2", "label": "sham", "role": "sham", "randomised": 500},
        ],
        **answers,
    }


@pytest.mark.parametrize(
    ("size", "level"), [(49, "high"), (50, "unclear"), (199, "unclear"), (200, "low"), (None, "low")]
)
def test_size_is_told_as_the_cochrane_review_does(size: int | None, level: str) -> None:
    assert {note.key: note.level for note in notes(trial(size))}["size"] == level


@pytest.mark.parametrize(
    ("days", "level"), [(0, "high"), (13, "high"), (14, "unclear"), (55, "unclear"), (56, "low"), (None, "unclear")]
)
def test_follow_up_is_told_as_the_cochrane_review_does(days: float | None, level: str) -> None:
    assert {note.key: note.level for note in notes({}, follow_up_days=days)}["follow_up"] == level


def test_sham_and_blinding_are_told() -> None:
    said = {note.key: note for note in notes({"sham_sensation_matched": "no", "blinding_assessed": "no"})}
    assert (said["sensation"].level, said["asked"].level) == ("high", "unclear")
    assert {n.key: n.level for n in notes({"sham_type": "no sham: another dose"})}["sensation"] == "high"
    guesses = [
        {"_row": "r1", "guessed_active": 82, "guessed_sham": 25, "guessed_unknown": 170},
        {"_row": "r2", "guessed_active": 27, "guessed_sham": 29, "guessed_unknown": 83},
    ]
    told = {note.key: note.text for note in notes(trial(60, blinding_assessed="yes", guesses=guesses))}
    assert told["james"].startswith("0.75 (95 % CI 0.71 to 0.79)")
    assert told["bang:10 Hz"].startswith("0.21 ")
    assert told["bang:sham"].startswith("0.01 ")  # in the sham arm a guess of sham is the right one


def test_notes_take_any_answers() -> None:
    for odd in ({"arms": "x"}, {"arms": [1, {}]}, {"guesses": [{}], "blinding_assessed": "yes"}, {"arms": None}):
        assert len(notes(odd)) >= 4
