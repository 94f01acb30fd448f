"""What a review is about, as data: question, eligibility, indications, outcomes, time windows, policies, model.

Nothing here knows of rTMS or of pain: that stands in the files of a template (`workbench/review/templates/`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from workbench.forms.model import Key, Label, Strict

OutcomeKind = Literal["continuous", "binary", "rate", "time_to_event"]
Measure = Literal["SMD", "MD", "SMDH", "SMD1", "ROM", "RR", "OR", "RD", "PETO", "IRR", "HR"]
FlagCode = Literal[
    "approximate",
    "sensitivity_only",
    "spread_looks_like_se",
    "spread_looks_like_sd",
    "impossible_for_scale",
    "implausibly_large",
    "baseline_copied",
    "numbers_repeated",
    "people_do_not_add_up",
    "crossover_as_parallel",
    "shared_comparator",
    "not_sham_controlled",
    "estimate_contradicts_itself",
    "direction_unclear",
    "direction_doubtful",
    "comparator_did_better",
    "percent_change",
    "assumed_correlation",
    "overlapping_participants",
    "samples_alike",
    "many_lost",
    "described_differently",
    "dose_does_not_add_up",
    "time_not_reported",
    "retracted",
    "expression_of_concern",
    "corrected",
]
"""What a result can be flagged with; the rules and their words are in `workbench.synthesis.flags`."""

ANY_TIME = "any"
"""The window key of "any time after treatment": one result a study, the one nearest to the end of treatment."""

MEASURES_OF: dict[OutcomeKind, tuple[Measure, ...]] = {
    "continuous": ("SMD", "MD", "SMDH", "SMD1", "ROM"),
    "binary": ("RR", "OR", "RD", "PETO"),
    "rate": ("IRR",),  # a rate difference would need one unit of time in every trial
    "time_to_event": ("HR",),
}
"""Measures that an outcome of each kind is pooled in, the usual one first; names as in metafor."""

FORMS_FOR: dict[OutcomeKind, tuple[str, ...]] = {
    "continuous": ("parallel_means", "crossover_means", "arm_means", "one_arm", "estimate"),
    "binary": ("events", "one_arm", "estimate"),
    "rate": ("rates", "estimate"),
    "time_to_event": ("estimate",),
}
"""Which kinds of form can record an outcome of which kind."""


def article(kind: OutcomeKind) -> str:
    """ "a continuous", "a time-to-event": the kind of an outcome in a sentence."""
    return f"a {kind.replace('_', '-')}"


class Pico(Strict):
    """The question, with the short words that figures and sentences use."""

    population: str
    intervention: str
    comparator: str
    outcomes: str
    designs: str
    intervention_short: Label = "the intervention"  # "rTMS": stands in "favours rTMS"
    comparator_short: Label = "the comparator"  # "sham"


class Criterion(Strict):
    """One line of the eligibility criteria, shown while screening."""

    key: Key
    label: Label
    include: str
    exclude: str = ""


class Indication(Strict):
    """A condition that the review answers for apart, with its search strategy."""

    key: Key
    label: Label
    short: Label
    description: str = ""
    strategy: str  # the PubMed query, blocks expanded
    strategy_template: str = ""  # as the team wrote it: "{TMS} AND {MIGRAINE} AND {RCT}"
    forms: tuple[Key, ...] = Field(min_length=1)  # the extraction forms that fit its trials
    outcomes: tuple[Key, ...] = Field(min_length=1)  # in the order of importance
    primary_outcome: Key

    @model_validator(mode="after")
    def _primary_is_an_outcome(self) -> Indication:
        if self.primary_outcome not in self.outcomes:
            raise ValueError(f"primary_outcome {self.primary_outcome!r} is not among this indication's outcomes")
        return self


class Instrument(Strict):
    """A scale with its ends, in its own points."""

    name: Label
    aliases: tuple[Label, ...] = ()  # other spellings that reports use
    low: float
    high: float | None  # null: no upper end (days, hours)
    higher_is: Literal["better", "worse"]
    reference_sd: float | None = Field(default=None, gt=0)  # a usual between-person SD; finds SEs typed as SDs
    reference_sd_source: str = ""

    @model_validator(mode="after")
    def _ends_in_order(self) -> Instrument:
        if self.high is not None and self.high <= self.low:
            raise ValueError(f"the scale of {self.name!r} must end above its start")
        if self.reference_sd is not None and not self.reference_sd_source.strip():
            raise ValueError(f"reference_sd of {self.name!r} needs a reference_sd_source")
        return self

    def is_called(self, name: str) -> bool:
        """Whether a report's name of an instrument means this one (capitals and spaces aside)."""
        wanted = _plain(name)
        return bool(wanted) and any(wanted == _plain(own) for own in (self.name, *self.aliases))


class Threshold(Strict):
    """A change or difference that matters. A person's and a group's are different things (B6): each is labelled."""

    value: float
    value_to: float | None = None  # the other end where a source gives a range
    unit: Label  # "points", "percent of baseline"
    kind: Literal["within-person", "between-group"]
    meaning: str = ""  # "minimal", "much better"
    instrument: str = ""
    source: Label


class OutcomeDefinition(Strict):
    """An outcome that is pooled, with its instruments in the order of priority."""

    key: Key
    label: Label
    domain: Label
    kind: OutcomeKind
    benefit: Literal["lower", "higher"]  # which way is better; for events: whether more of them is
    instruments: tuple[Instrument, ...] = ()
    measure: Measure
    measure_reason: str = ""
    unit: str = ""  # of a mean difference: "days a month"
    window: Key | None = None  # the time window of its main analysis; null: the review's default_window
    thresholds: tuple[Threshold, ...] = ()

    @model_validator(mode="after")
    def _measure_fits(self) -> OutcomeDefinition:
        fitting = MEASURES_OF[self.kind]
        if self.measure not in fitting:
            raise ValueError(
                f"measure {self.measure} does not fit {article(self.kind)} outcome: use {', '.join(fitting)}"
            )
        return self

    def instrument(self, name: str) -> Instrument | None:
        """The instrument a report's name means, or None."""
        return next((item for item in self.instruments if item.is_called(name)), None)


class TimeWindow(Strict):
    """Days after the END of treatment: `from_day` inclusive, `to_day` exclusive (null: no end)."""

    key: Key
    label: Label
    from_day: float = Field(ge=0)
    to_day: float | None = None
    source: str = ""

    @model_validator(mode="after")
    def _not_empty(self) -> TimeWindow:
        if self.to_day is not None and self.to_day <= self.from_day:
            raise ValueError(f"to_day {self.to_day:g} must be after from_day {self.from_day:g}")
        return self

    def holds(self, days: float) -> bool:
        """Whether a result so many days after the end of treatment belongs here."""
        return self.from_day <= days and (self.to_day is None or days < self.to_day)


class Reason(Strict):
    """A reason to exclude, as the PRISMA flow lists it."""

    key: Key
    label: Label


HiddenField = Literal["authors", "journal", "year"]
"""What of a record can be kept from reviewers while they screen, so that it does not sway them."""
Term = Annotated[str, Field(min_length=1, max_length=80)]


class Highlights(Strict):
    """Words and phrases that are marked in titles and abstracts; a trailing * stands for any ending."""

    include: tuple[Term, ...] = Field(default=(), max_length=200)  # speak for a record
    exclude: tuple[Term, ...] = Field(default=(), max_length=200)  # speak against it


class ScreeningPolicy(Strict):
    """How records and reports are screened. What a team can settle in the browser instead is said at each field."""

    reviewers_needed: Literal[1, 2] = 2
    exclusion_reasons: tuple[Reason, ...] = Field(min_length=1)  # the first that applies is the one to give
    hide: tuple[HiddenField, ...] = ()  # also in the browser
    highlight: Highlights = Highlights()  # also in the browser
    ranking: bool = True  # the likeliest records first; also in the browser


class EarlierVersion(Strict):
    """What a published version of this review had found before it came here (PRISMA 2020's left column)."""

    studies: int = Field(ge=0)
    reports: int = Field(ge=0)
    source: str = ""  # where that was published


class ExtractionPolicy(Strict):
    """How results are extracted, and what stands in where a report is silent."""

    extractors_needed: Literal[1, 2] = 2
    crossover_r: float = Field(default=0.5, ge=-1, le=1)  # within-person correlation where none is reported
    crossover_r_reason: str = ""
    shared_comparator: Literal["split"] = "split"  # a comparator arm used twice: its n is divided


class ModelChoice(Strict):
    """The default model of every pool."""

    tau2: Literal["CE", "DL", "PM", "REML"] = "REML"
    interval: Literal["wald", "hksj"] = "hksj"
    level: float = Field(default=95, gt=50, lt=100)


class SynthesisPolicy(Strict):
    """What enters a pool by default; every result left out is listed with its reason."""

    include_certainty: tuple[Literal["arm data", "approximate"], ...] = ("arm data", "approximate")
    exclude_flags: tuple[FlagCode, ...] = ()  # results with one of these stay out


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
# One bare address in ASCII: no name, no list, nothing that could begin a header of its own.
MailAddress = Annotated[str, Field(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}$")]


class MailPolicy(Strict):
    """Who is told of a refresh, and through which SMTP server. The password stands in no file of the review."""

    server: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
    port: int | None = Field(default=None, ge=1, le=65535)  # null: 587, for tls 465, for none 25
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{0,200}$")] = ""  # empty: no login
    sender: MailAddress
    recipients: tuple[MailAddress, ...] = Field(min_length=1, max_length=50)
    when: Literal["always", "news", "failure"] = "news"  # a failure is always told

    @model_validator(mode="after")
    def _open_text_stays_here(self) -> MailPolicy:
        if self.security == "none" and not _is_this_machine(self.server):
            raise ValueError(
                f"security: none is for a server on this machine (localhost); {self.server} needs starttls or tls"
            )
        return self

    @property
    def used_port(self) -> int:
        """The port as given, or the usual one."""
        return self.port or {"starttls": 587, "tls": 465, "none": 25}[self.security]


class RefreshPolicy(Strict):
    """When the review is to be refreshed; a timer of the system does it (`workbench schedule`)."""

    every: Literal["daily", "weekly", "monthly"] | None = None  # null: nobody promised when
    day: Weekday | Annotated[int, Field(ge=1, le=28)] | None = None  # of the week, or of the month
    at: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")] = "03:30"
    time_zone: str = "UTC"
    grace_hours: int = Field(default=24, ge=1, le=24 * 28)  # so much later, the search is called overdue
    mail: MailPolicy | None = None

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError) as error:  # unknown, a folder of zones, or no name at all
            raise ValueError(f'there is no time zone "{name}": use a name such as Europe/Paris or UTC') from error
        return name

    @model_validator(mode="after")
    def _day_fits(self) -> RefreshPolicy:
        if self.every == "weekly" and self.day not in WEEKDAYS:
            raise ValueError("a weekly refresh needs its day: monday to sunday")
        if self.every == "monthly" and not isinstance(self.day, int):
            raise ValueError("a monthly refresh needs its day: 1 to 28")
        if self.every in (None, "daily") and self.day is not None:
            raise ValueError("day goes with every: weekly or every: monthly")
        return self


class ReviewDefinition(Strict):
    """A whole review, as its folder says it."""

    key: Key
    title: Label
    question: Pico
    eligibility: tuple[Criterion, ...] = ()
    indications: tuple[Indication, ...] = Field(min_length=1)
    outcomes: tuple[OutcomeDefinition, ...] = Field(min_length=1)
    windows: tuple[TimeWindow, ...] = Field(min_length=1)
    default_window: Key
    screening: ScreeningPolicy
    extraction: ExtractionPolicy = ExtractionPolicy()
    model: ModelChoice = ModelChoice()
    synthesis: SynthesisPolicy = SynthesisPolicy()
    refresh: RefreshPolicy = RefreshPolicy()
    earlier: EarlierVersion | None = None
    example: bool = False  # a worked example: marked "not to be cited" wherever it is shown
    notice: str = ""  # shown on every page, figure and export

    def indication(self, key: str) -> Indication:
        """The indication of this key; KeyError where there is none."""
        return _pick(self.indications, key, "indication")

    def outcome(self, key: str) -> OutcomeDefinition:
        """The outcome of this key; KeyError where there is none."""
        return _pick(self.outcomes, key, "outcome")

    def window(self, key: str) -> TimeWindow:
        """The time window of this key (`ANY_TIME` is one without an end); KeyError where there is none."""
        if key == ANY_TIME:
            return TimeWindow(key=ANY_TIME, label="Any time after treatment", from_day=0)
        return _pick(self.windows, key, "time window")

    def window_of(self, outcome: str) -> TimeWindow:
        """The window of an outcome's main analysis."""
        return self.window(self.outcome(outcome).window or self.default_window)

    def window_at(self, days: float | None) -> TimeWindow | None:
        """The window a result belongs to; None without a day, or in a gap between windows."""
        return None if days is None else next((window for window in self.windows if window.holds(days)), None)

    def choices(self, source: str, *, form_kind: str) -> tuple[tuple[str, str], ...]:
        """(key, label) of the indications, or of the outcomes that a form of this kind can record."""
        if source == "indications":
            return tuple((item.key, item.label) for item in self.indications)
        return tuple((item.key, item.label) for item in self.outcomes if form_kind in FORMS_FOR[item.kind])


_Keyed = TypeVar("_Keyed", Indication, OutcomeDefinition, TimeWindow)


def _is_this_machine(server: str) -> bool:
    try:
        return ipaddress.ip_address(server).is_loopback
    except ValueError:
        return server.lower() == "localhost"


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _pick(items: Iterable[_Keyed], key: str, what: str) -> _Keyed:
    for item in items:
        if item.key == key:
            return item
    raise KeyError(f"the review has no {what} {key!r}")
