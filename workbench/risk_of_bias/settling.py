"""From the appraisers' revisions on one result to what stands for it.

Two appraisals are in conflict if they judge a domain or the whole differently, or used another variant. Answers,
sources and directions may differ: differing answers are told, for a consensus to look at; they hold up nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from workbench.extraction import ResultState, SetAside, said_aside
from workbench.extraction.seeing import sights_of
from workbench.risk_of_bias.basis import finals_named
from workbench.risk_of_bias.judging import Judgement, judge, read_assessment
from workbench.risk_of_bias.proposing import relevant
from workbench.risk_of_bias.question_set import variant
from workbench.risk_of_bias.values import GROUPS, Appraisal, Assessment, RiskOfBiasError

VARIANT = "variant"
"""Named among the differences when two appraisers used different variants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledAppraisal:
    """What stands for one result."""

    study: str
    result: str
    state: ResultState
    assessment: Assessment | None = None  # AGREED, SETTLED: what stands; WAITING: the only final one; else None
    version: int = 1
    basis: tuple[Appraisal, ...] = ()  # those it rests on
    differences: tuple[str, ...] = ()  # VARIANT, domain codes, OVERALL: judged differently; kept after a consensus
    differing_answers: tuple[str, ...] = ()  # questions that were answered differently (yes and probably yes are one)
    differing_directions: tuple[str, ...] = ()  # domain codes, OVERALL: bias said to work in another direction
    changed_after_seeing: tuple[str, ...] = ()  # who judged, or changed it, after the others' could be seen
    changed_after_consensus: bool = False  # finals stand that say something else than those it was made from

    @property
    def appraisal_ids(self) -> tuple[str, ...]:
        """Ids of what it rests on."""
        return tuple(one.id for one in self.basis)

    @property
    def appraisers(self) -> tuple[str, ...]:
        """Who made what it rests on."""
        return tuple(dict.fromkeys(one.appraiser for one in self.basis))

    @property
    def usable(self) -> bool:
        """Whether the judgements may enter a figure of what is settled."""
        return self.state in (ResultState.AGREED, ResultState.SETTLED)

    @property
    def judgements(self) -> tuple[Judgement, ...]:
        """The judgement of each domain and the overall one; empty if there is no assessment."""
        return () if self.assessment is None else judge(self.assessment, self.version)


def standing(appraisals: Iterable[Appraisal]) -> tuple[Appraisal, ...]:
    """What stands, in order of recording: the newest revision of each appraiser, withdrawn ones left out.

    Of consensuses: the one recorded last, whoever recorded it, unless it was opened again; and drafts of another.
    """
    known = list(appraisals)
    newest: dict[tuple[str, str], Appraisal] = {}
    for appraisal in known:
        author = (appraisal.role, appraisal.appraiser)
        if author not in newest or appraisal.revision > newest[author].revision:
            newest[author] = appraisal
    word = last_word(known)
    kept = [one for one in newest.values() if one.role == "appraiser" and one.state != "withdrawn"]
    kept += [word] if word is not None and word.state == "final" else []
    for one in newest.values():
        if one.role == "consensus" and one.state == "draft":
            overtaken = word is not None and word.state == "final" and _counted(one) < _counted(word)
            kept += [] if overtaken else [one]
    return tuple(sorted(kept, key=lambda appraisal: (appraisal.recorded_at, appraisal.appraiser)))


def last_word(appraisals: Iterable[Appraisal]) -> Appraisal | None:
    """The consensus that was recorded last, or the withdrawn revision that opened it again; None where there is none.

    Revisions of a consensus count over everybody who works on it; drafts settle nothing.
    """
    return max(
        (one for one in appraisals if one.role == "consensus" and one.state != "draft"), key=_counted, default=None
    )


def _counted(one: Appraisal) -> tuple[int, datetime]:
    return one.revision, one.recorded_at


def set_aside(appraisal: Appraisal) -> SetAside | None:
    """Who set this draft aside and why; None for every other revision."""
    role = "extractor" if appraisal.role == "appraiser" else appraisal.role
    return said_aside(role, appraisal.state, appraisal.note)


def settle(appraisals: Iterable[Appraisal], *, appraisers: int = 2) -> SettledAppraisal:
    """Compare what the appraisers of one result saved; a final consensus wins, the latest should there be two.

    appraisals: all revisions on one result with one tool, at least one. appraisers: how many finals are asked for.
    """
    known = list(appraisals)
    subjects = {(appraisal.study, appraisal.result, appraisal.tool) for appraisal in known}
    if len(subjects) != 1:
        raise RiskOfBiasError(f"settle needs the appraisals of exactly one result, not of {len(subjects)}")
    study, result, _ = subjects.pop()
    kept = standing(known)
    finals = [appraisal for appraisal in kept if appraisal.state == "final"]
    votes = [appraisal for appraisal in finals if appraisal.role == "appraiser"]
    verdicts = [appraisal for appraisal in finals if appraisal.role == "consensus"]
    judged, answered = _all_differences(votes)
    basis = verdicts[-1:] or votes or list(kept)
    if verdicts:
        state = ResultState.SETTLED
    elif not votes:
        state = ResultState.DRAFT if kept else ResultState.EMPTY
    elif judged:
        state = ResultState.CONFLICT
    else:
        state = ResultState.AGREED if len(votes) >= max(1, appraisers) else ResultState.WAITING
    stands = state in (ResultState.SETTLED, ResultState.AGREED, ResultState.WAITING)
    return SettledAppraisal(
        study=study,
        result=result,
        state=state,
        assessment=assessment_of(basis[0]) if stands else None,
        version=basis[0].tool_version if basis else 1,
        basis=tuple(basis),
        differences=judged,
        differing_answers=answered,
        differing_directions=_differing_directions(votes),
        changed_after_seeing=_changed_after_seeing(votes, known, appraisers),
        changed_after_consensus=bool(verdicts) and _changed_since(verdicts[-1], votes, known),
    )


def _changed_since(verdict: Appraisal, votes: Sequence[Appraisal], known: Sequence[Appraisal]) -> bool:
    """Whether finals stand that say something else than those the consensus was made from.

    A consensus that names none of them (an older one) is taken to rest on all that were recorded before it.
    """
    named = finals_named(verdict.answers)
    if named is None:
        return any(vote.recorded_at > verdict.recorded_at for vote in votes)
    of = {one.appraiser: one for one in known if one.id in named}
    return any(
        vote.id not in named and (vote.appraiser not in of or any(differences(of[vote.appraiser], vote)))
        for vote in votes
    )


def _changed_after_seeing(votes: Sequence[Appraisal], known: Sequence[Appraisal], appraisers: int) -> tuple[str, ...]:
    """Whose standing appraisal is another than the one they made blind; who made none blind is among them."""
    own = [one for one in known if one.role == "appraiser"]
    seen = sights_of(own, lambda one: one.appraiser, needed=appraisers)
    late = [(vote, seen[vote.appraiser]) for vote in votes if vote.appraiser in seen]
    return tuple(
        vote.appraiser
        for vote, sight in late
        if vote.recorded_at > sight.at and (sight.own is None or any(differences(sight.own, vote)))
    )


def assessment_of(appraisal: Appraisal) -> Assessment:
    """What an appraisal says."""
    return read_assessment(appraisal.answers, appraisal.tool_version)


def differences(one: Appraisal, other: Appraisal) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Two appraisals compared: (what is judged differently, which questions are answered differently)."""
    mine, theirs = assessment_of(one), assessment_of(other)
    if (mine.variant, one.tool_version) != (theirs.variant, other.tool_version):
        return (VARIANT,), ()
    judged = tuple(
        a.domain
        for a, b in zip(judge(mine, one.tool_version), judge(theirs, one.tool_version), strict=True)
        if a.risk is not b.risk
    )
    known = variant(mine.variant, one.tool_version)
    said, heard = relevant(known, mine.answers), relevant(known, theirs.answers)
    answered = tuple(
        question.key
        for question in known.questions
        if GROUPS.get(said.get(question.key, "NA")) != GROUPS.get(heard.get(question.key, "NA"))
    )
    return judged, answered


def _differing_directions(votes: Sequence[Appraisal]) -> tuple[str, ...]:
    """Where bias is said to work in different directions; no word on it is no other direction."""
    said = [assessment_of(vote).directions for vote in votes]
    codes = dict.fromkeys(code for directions in said for code in directions)
    return tuple(code for code in codes if len({one[code] for one in said if one.get(code)}) > 1)


def _all_differences(votes: list[Appraisal]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Compare every appraisal with the first: two differ from each other only if one differs from the first."""
    judged: dict[str, None] = {}
    answered: dict[str, None] = {}
    for other in votes[1:]:
        codes, questions = differences(votes[0], other)
        judged.update(dict.fromkeys(codes))
        answered.update(dict.fromkeys(questions))
    return tuple(judged), tuple(answered)
