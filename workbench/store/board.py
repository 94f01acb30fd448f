"""The state of every report at one stage, brought up to date decision by decision.

A board answers in microseconds what would otherwise mean looking at every decision: which reports wait, for whom, and
how many are in which state. It holds nothing that the decisions do not tell, and can be thrown away at any time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from workbench.screening import Decision, Stage, State, consensus, standing_votes
from workbench.screening.shares import falls_to

Votes = Callable[[str], tuple[tuple[int, Decision], ...]]
"""For a report: its decisions at the board's stage with their places in the order of recording."""
PLANS = 3
"""Ways of sharing out that are kept: for a minute after a change, pages drawn before it still ask by the old one."""


class Board:
    """One stage as `needed` votes a report settle it.

    states: every report at the stage. by_state: the same, turned round. voters: who has a standing vote on a report.
    mine: for a reviewer their standing votes, report -> place in the order of recording, the latest last. aside: those
    that nobody is asked to read (a stop was signed, the full text cannot be had) and on which nobody voted.

    A report of an open calibration round is pending until everybody who takes part voted on it, however many votes it
    has: else what follows from being settled (a full text that is sought, a count, a conflict) would tell the others.
    """

    def __init__(self, stage: Stage, needed: int, votes: Votes) -> None:
        self.stage = stage
        self.needed = needed
        self.states: dict[str, State] = {}
        self.by_state: dict[State, set[str]] = {state: set() for state in State}
        self.voters: dict[str, frozenset[str]] = {}
        self.mine: dict[str, dict[str, int]] = defaultdict(dict)
        self.aside: set[str] = set()
        self._votes = votes
        self._laid_aside: Collection[str] = ()
        self._held: Mapping[str, frozenset[str]] = {}
        self._pending_mine: dict[str, int] = defaultdict(int)  # reports that still wait for others, by voter
        self._arrived: list[str] = []  # every report that ever was at this stage, perhaps more than once
        self._shares: dict[tuple[tuple[str, float], ...], _Shares] = {}

    def fill(
        self,
        reports: Iterable[str],
        voted: Collection[str],
        laid_aside: Collection[str],
        held: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        """Begin with these reports. voted: those of them that have any decision; the others wait. held: see `hold`."""
        self._laid_aside = laid_aside
        self._held = held or {}
        latest: list[tuple[int, str, str]] = []
        for report in reports:
            if report not in voted:
                self._put(report, State.PENDING, frozenset())
                continue
            votes = self._votes(report)
            standing = standing_votes(decision for _, decision in votes)
            self._put(report, self._state(report, votes, standing), frozenset(standing))
            latest += _places(report, votes, standing)
        for place, reviewer, report in sorted(latest):
            self.mine[reviewer][report] = place

    def add(self, report: str) -> None:
        """A report that came new, or that came to this stage."""
        if report not in self.states:
            self._put(report, State.PENDING, frozenset())
            self.look(report)

    def drop(self, report: str) -> None:
        """A report that is no longer at this stage; votes on it are kept and count again when it comes back."""
        if report in self.states:
            self._take(report)
            del self.states[report]
            for reviewer in self.voters.pop(report):
                self.mine[reviewer].pop(report, None)

    def look(self, report: str) -> None:
        """Look at a report again: a decision was added."""
        if report not in self.states:
            return
        self._take(report)
        votes = self._votes(report)
        standing = standing_votes(decision for _, decision in votes)
        for reviewer in self.voters[report] - standing.keys():
            self.mine[reviewer].pop(report, None)
        for place, reviewer, _ in _places(report, votes, standing):
            self._place(reviewer, report, place)
        self._put(report, self._state(report, votes, standing), frozenset(standing))

    def _place(self, reviewer: str, report: str, place: int) -> None:
        mine = self.mine[reviewer]
        if mine.get(report) == place:
            return
        mine.pop(report, None)
        latest = not mine or mine[next(reversed(mine))] < place
        mine[report] = place
        if not latest:  # a vote of old, on a report that came back to this stage
            self.mine[reviewer] = dict(sorted(mine.items(), key=lambda item: item[1]))

    def lay_aside(self, reports: Collection[str]) -> None:
        """Say anew which reports nobody is asked to read, as far as nobody voted on them."""
        self._laid_aside = reports
        self.aside = {report for report in reports if self._is_aside(report)}

    def hold(self, held: Mapping[str, frozenset[str]]) -> set[str]:
        """Say anew who screens which report in an open calibration round; gives the reports to look at again."""
        changed = {report for report in held.keys() | self._held.keys() if held.get(report) != self._held.get(report)}
        self._held = held
        return changed

    def _state(self, report: str, votes: tuple[tuple[int, Decision], ...], standing: Mapping[str, Decision]) -> State:
        if not self._held.get(report, frozenset()) <= standing.keys():
            return State.PENDING
        return consensus((decision for _, decision in votes), reviewers=self.needed)

    def _is_aside(self, report: str) -> bool:
        return self.states.get(report) is State.PENDING and not self.voters.get(report)

    def _put(self, report: str, state: State, voters: frozenset[str]) -> None:
        if report not in self.states:
            self._arrived.append(report)
        self.states[report] = state
        self.by_state[state].add(report)
        self.voters[report] = voters
        if state is State.PENDING:
            for reviewer in voters:
                self._pending_mine[reviewer] += 1
        if report in self._laid_aside and self._is_aside(report):
            self.aside.add(report)

    def _take(self, report: str) -> None:
        state = self.states[report]
        self.by_state[state].discard(report)
        if state is State.PENDING:
            for reviewer in self.voters[report]:
                self._pending_mine[reviewer] -= 1
        self.aside.discard(report)

    # --- who is asked for what ------------------------------------------------------------------------------------

    def waits_for(self, report: str, reviewer: str, shares: Mapping[str, float]) -> bool:
        """Whether a reviewer is asked for a vote on a report: votes are missing, theirs is, and it is their share.

        In a calibration round those who take part are asked, and nobody else.
        """
        if report not in self.by_state[State.PENDING] or reviewer in self.voters[report] or report in self.aside:
            return False
        if report in self._held:
            return reviewer in self._held[report]
        return not shares or report in self.share(reviewer, shares)

    def share(self, reviewer: str, shares: Mapping[str, float]) -> set[str]:
        """The reports that fall to a reviewer where a team shares them out."""
        key = tuple(sorted(shares.items()))
        if key not in self._shares:
            while len(self._shares) >= PLANS:
                del self._shares[next(iter(self._shares))]
            self._shares[key] = _Shares(shares, self.needed)
        return self._shares[key].of(reviewer, self._arrived)

    def remaining(self, reviewer: str, shares: Mapping[str, float], among: Collection[str] | None = None) -> int:
        """How many reports wait for a reviewer, of all or of some."""
        pending = self.by_state[State.PENDING]
        if among is not None or shares:
            # one question a report costs a decision's time in a large review: the sets are cut first
            falling = self.share(reviewer, shares) & pending if shares else pending
            asked = {report for report, taking_part in self._held.items() if reviewer in taking_part} & pending
            if self._held:
                falling = falling - self._held.keys() | asked
            if among is not None:
                falling = falling.intersection(among)
            voters, aside = self.voters, self.aside
            return sum(reviewer not in voters[report] and report not in aside for report in falling)
        others = sum(  # they are asked for by calibration rounds without this reviewer
            reviewer not in taking_part
            and report in pending
            and reviewer not in self.voters[report]
            and report not in self.aside
            for report, taking_part in self._held.items()
        )
        return len(pending) - self._pending_mine[reviewer] - len(self.aside) - others


class _Shares:
    """Which reports fall to whom, worked out once for each report."""

    def __init__(self, shares: Mapping[str, float], needed: int) -> None:
        self._plan = dict(shares)
        self._needed = needed
        self._looked = 0  # arrivals that were looked at
        self._by_reviewer: dict[str, set[str]] = defaultdict(set)

    def of(self, reviewer: str, arrived: Sequence[str]) -> set[str]:
        for report in arrived[self._looked :]:
            for name in falls_to(report, self._plan, self._needed):
                self._by_reviewer[name].add(report)
        self._looked = len(arrived)
        return self._by_reviewer[reviewer]


def _places(
    report: str, votes: tuple[tuple[int, Decision], ...], standing: Mapping[str, Decision]
) -> list[tuple[int, str, str]]:
    """(place in the order of recording, reviewer, report) of the standing votes."""
    ids = {decision.id: reviewer for reviewer, decision in standing.items()}
    return [(place, ids[decision.id], report) for place, decision in votes if decision.id in ids]
