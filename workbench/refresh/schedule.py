"""When the searches are to be run again, how current they are, and whether somebody should worry.

Nothing here runs anything: a timer of the system does (`units` writes one). Times of day are local to the time zone
that the review names, with its summer time; everything that is given back is in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from workbench.review import RefreshPolicy, ReviewDefinition
from workbench.review.definition import WEEKDAYS
from workbench.store import SearchRun, Store

_INTERVALS = {"daily": timedelta(days=1), "weekly": timedelta(days=7), "monthly": timedelta(days=31)}
_LONGEST = 32  # days between two monthly runs at most, and one for good measure


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyCurrency:
    """How current one strategy's search is."""

    key: str
    label: str
    current_to: datetime | None  # start of its last complete run; None: there was none
    latest: SearchRun | None  # its last run, however it ended
    overdue: bool

    @property
    def failing(self) -> bool:
        """Whether its last run did not end well."""
        return self.latest is not None and self.latest.status == "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """How current the review is: as current as the search that is furthest behind."""

    strategies: tuple[StrategyCurrency, ...]
    current_to: datetime | None  # the earliest of the strategies'; None if one of them was never complete
    plan: str  # "every Sunday at 03:30 Europe/Paris"; empty: nothing was promised
    next_run: datetime | None
    last_run: datetime | None  # when a strategy of the review was last begun
    warning: str  # in one sentence; empty: all is as promised

    @property
    def overdue(self) -> bool:
        """Whether a search is older than the review promised."""
        return any(strategy.overdue for strategy in self.strategies)

    @property
    def words(self) -> str:
        """For a page's margin: "Searches current to 2026-11-22"."""
        if self.current_to is not None:
            return f"Searches current to {self.current_to:%Y-%m-%d}"
        if all(strategy.current_to is None for strategy in self.strategies):
            return "No search is complete yet"
        missing = sum(strategy.current_to is None for strategy in self.strategies)
        return f"{missing} of {len(self.strategies)} searches were never complete"


def currency(store: Store, review: ReviewDefinition, now: datetime) -> Currency:
    """How current each strategy of the review is, and the review as a whole; `now` with its time zone."""
    policy = review.refresh
    latest: dict[str, SearchRun] = {}
    complete: dict[str, datetime] = {}
    begun: dict[str, datetime] = {}
    for run in store.searches():
        if run.started > now:
            continue  # a fast clock dated it: it does not tell how current the review is
        latest[run.strategy] = run
        begun.setdefault(run.strategy, run.started)
        if run.status == "complete":
            complete[run.strategy] = run.started
    promised = None if review.example else interval(policy)  # a worked example is not kept up to date
    limit = None if promised is None else promised + timedelta(hours=policy.grace_hours)

    def late(key: str) -> bool:
        since = complete.get(key, begun.get(key))  # a strategy that was never run is new, not late
        return limit is not None and since is not None and now - since > limit

    strategies = tuple(
        StrategyCurrency(
            key=indication.key,
            label=indication.label,
            current_to=complete.get(indication.key),
            latest=latest.get(indication.key),
            overdue=late(indication.key),
        )
        for indication in review.indications
    )
    known = [strategy.current_to for strategy in strategies if strategy.current_to is not None]
    runs = [strategy.latest.started for strategy in strategies if strategy.latest is not None]
    return Currency(
        strategies=strategies,
        current_to=min(known) if len(known) == len(strategies) else None,
        plan="" if review.example else describe(policy),
        next_run=None if review.example else next_run(policy, now),
        last_run=max(runs, default=None),
        warning=_warning(strategies, policy, now),
    )


def _warning(strategies: tuple[StrategyCurrency, ...], policy: RefreshPolicy, now: datetime) -> str:
    late = [strategy for strategy in strategies if strategy.overdue]
    if not late:
        return ""
    which = "Every search" if len(late) == len(strategies) else " and ".join(_some([item.label for item in late]))
    since = min((item.current_to for item in late if item.current_to is not None), default=None)
    verb = "is" if len(late) == 1 or len(late) == len(strategies) else "are"
    if since is None:
        return f"{which} {verb} overdue: the search was begun, but never complete ({describe(policy)} was planned)."
    days = (now - since).days
    return (
        f"{which} {verb} overdue: the last complete search was {days} days ago, on {since:%Y-%m-%d} "
        f"({describe(policy)} was planned)."
    )


def _some(labels: list[str], shown: int = 3) -> list[str]:
    if len(labels) <= shown:
        return [", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels
    return [", ".join(labels[:shown]), f"{len(labels) - shown} more"]


def interval(policy: RefreshPolicy) -> timedelta | None:
    """The longest time between two planned runs; None without a plan."""
    return None if policy.every is None else _INTERVALS[policy.every]


def describe(policy: RefreshPolicy) -> str:
    """The plan in words; empty without one."""
    when = f"at {policy.at} {policy.time_zone}"
    match policy.every:
        case "daily":
            return f"every day {when}"
        case "weekly":
            return f"every {str(policy.day).capitalize()} {when}"
        case "monthly":
            return f"on day {policy.day} of every month {when}"
        case _:
            return ""


def next_run(policy: RefreshPolicy, now: datetime) -> datetime | None:
    """The first planned run after `now`, in UTC; None without a plan.

    A time that the clocks skip in spring is taken as if they had not been changed (an hour later by the new time), one
    that they show twice in autumn is the first of the two: one run a day in either case.
    """
    if policy.every is None:
        return None
    zone = ZoneInfo(policy.time_zone)
    first = now.astimezone(zone).date() - timedelta(days=1)  # a skipped time may fall on the day after its date
    for day in (first + timedelta(days=n) for n in range(_LONGEST + 2)):
        if _is_planned(policy, day):
            moment = datetime.combine(day, time.fromisoformat(policy.at), tzinfo=zone).astimezone(UTC)
            if moment > now:
                return moment
    raise AssertionError(f"no run within {_LONGEST} days of {now}")


def _is_planned(policy: RefreshPolicy, day: date) -> bool:
    match policy.every:
        case "weekly":
            return WEEKDAYS[day.weekday()] == policy.day
        case "monthly":
            return day.day == policy.day
        case _:
            return True
