"""What synthesis works with: contrasts, analyses, and results with everything they rest on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ingest.notices import Notice
from workbench.calculation import Derivation
from workbench.pooling import Model, Pool
from workbench.review import FlagCode

if TYPE_CHECKING:  # the second engine is imported only when it is used
    from workbench.pythonmeta_engine import CrossCheck

Certainty = Literal["arm data", "approximate", "sensitivity only"]
CROSSOVER = "crossover"  # the forms' word for the design


class SynthesisError(ValueError):
    """An analysis that cannot be made as asked; the message says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something about a result that a reader must know. A "warning" may make the result wrong; "info" explains it."""

    code: FlagCode
    message: str
    level: Literal["warning", "info"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerQuote:
    """The sentence that one answer was read from."""

    path: str  # of the answer in its form: "mean_active", "arms_results[r1].mean"
    quote: str
    page: str = ""
    full_text: str = ""  # id of the full text that it stands in
    found: str = ""  # "yes", "no", "unchecked": whether it stands there


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Two arms of a study compared on one outcome at one time, as extracted: nothing is turned or converted here.

    numbers: the form's number fields that were answered, under their form keys and in the units of the form.
    """

    id: str
    study: str
    study_label: str
    result: str  # the slot of the study that was extracted
    indications: tuple[str, ...]  # the primary one first
    primary_indication: str
    outcome: str
    kind: str  # the form's: "parallel_means", "crossover_means", "events", "estimate"; "" if the form is not known
    numbers: Mapping[str, float]
    not_reported: frozenset[str] = frozenset()  # number fields of which the extractors say that the report is silent
    measure_printed: str = ""  # of an estimate: "MD", "SMD", "OR", "RR", "RD"
    direction: str = ""  # "lower is better", "higher is better", "" where it cannot be told
    event_is: str = ""  # "good", "bad", ""
    favours: str = ""  # "active", "comparator": of a test printed without an estimate
    statistic: str = ""  # "final value", "change from baseline", "percent change", ""
    spread_kind: str = ""  # "SD", "SE", "95% CI half-width", ""
    centre_kind: str = ""  # "median" where medians are printed
    periods: str = ""  # "first": of a crossover trial the first period alone
    cluster_adjusted: str = ""  # of a cluster trial: "yes" where the numbers allow for the clusters
    difference_spread_kind: str = ""  # of a crossover's differences within people
    means_adjusted: str = ""  # "adjusted": least squares means
    estimate_adjusted: str = ""  # "yes": a printed estimate or test is adjusted
    instrument: str = ""
    design: str = ""
    analysis_set: str = ""
    active_label: str = ""
    comparator_label: str = ""
    sham_type: str = ""
    indication_detail: str = ""
    days_after_treatment: float | None = None
    window: str | None = None  # the review's window that holds the day; None without a day
    time_label: str = ""
    stimulation: Mapping[str, str | float] = field(default_factory=dict)  # answered stim_ fields, without the prefix
    shared_comparator: bool = False
    comparator_split: str = ""  # "whole", "already divided", ""
    certainty: Certainty = "arm data"
    certainty_note: str = ""
    quote: str = ""
    page: str = ""
    source_address: str = ""
    full_text: str = ""  # id of the full text that the quote stands in, where it was taken from one
    answer_quotes: tuple[AnswerQuote, ...] = ()  # of single answers, beside the quote of the result as a whole
    reports: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()  # what was published about its study's reports since: retraction, correction, ...
    extraction_ids: tuple[str, ...] = ()
    form: str = ""
    form_version: int = 0
    country: str = ""
    registry_id: str = ""
    contradictions: tuple[str, ...] = ()  # of numbers printed side by side, as the form's checks word them
    flags: tuple[Flag, ...] = ()
    waits_for: str = ""  # why it is not settled; such a contrast is never pooled

    def flag(self, code: str) -> Flag | None:
        """The flag of this code, or None."""
        return next((item for item in self.flags if item.code == code), None)

    @property
    def arm_label(self) -> str:
        """Study and active arm, for where a study has several."""
        return f"{self.study_label} [{self.active_label}]" if self.active_label else self.study_label


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What to pool and how; small enough to be written to a file, so that a result can be made again."""

    indication: str
    outcome: str
    window: str  # a window of the review, or review.ANY_TIME
    measure: str  # "SMD", "MD", "RR", "OR", "RD"
    model: Model = field(default_factory=Model)
    engine: Literal["workbench", "pythonmeta"] = "workbench"
    exclude_flags: tuple[str, ...] = ()
    include_certainty: tuple[str, ...] = ("arm data", "approximate")
    subgroup: str | None = None  # a key of `subgroups.MODERATORS`
    crossover_r: float | None = None  # None: the review's

    @property
    def key(self) -> str:
        """A plain name for files: indication-outcome-window-measure."""
        parts = (self.indication, self.outcome, self.window, self.measure, *([self.subgroup] if self.subgroup else []))
        return "-".join(parts).replace(" ", "_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One arm as a figure prints it: numbers as extracted, the SD converted where the report gave something else."""

    n: float | None = None  # participants counted in the pool (a shared comparator's share)
    mean: float | None = None
    sd: float | None = None
    events: float | None = None
    time: float | None = None  # person-time that events were counted over, in the report's unit

    @property
    def text(self) -> str:
        """ "4.3 (1.21), n 20", "19 of 27", "32 in 118.5", "n 20" or ""."""
        people = "" if self.n is None else f"{self.n:g}"
        if self.events is not None and self.time is not None:
            return f"{self.events:g} in {self.time:g}" + (f", n {people}" if people else "")
        if self.events is not None:
            return f"{self.events:g} of {people}"
        counted = f"n {people}" if people else ""
        if self.mean is None:
            return counted
        value = f"{self.mean:g}" + ("" if self.sd is None else f" ({self.sd:.3g})")
        return ", ".join(part for part in (value, counted) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectRow:
    """One result in a pool.

    yi, vi: on the analysis scale (logs for ratios), turned so that negative favours the intervention where lower is
    better (and positive where higher is better). note: how it was computed. columns: the arm data behind it under the
    names of `effects.escalc`, turned likewise; None where it rests on a printed estimate or paired periods.
    """

    contrast: Contrast
    label: str
    yi: float
    vi: float
    note: str
    active: Arm = Arm()
    comparator: Arm = Arm()
    columns: Mapping[str, float] | None = None
    approximate: bool = False
    derivation: Derivation | None = None  # every step from what the report prints to yi and vi

    @property
    def se(self) -> float:
        """Standard error on the analysis scale."""
        return math.sqrt(self.vi)

    @property
    def arms(self) -> tuple[str, str]:
        """Active and comparator arm as texts."""
        return self.active.text, self.comparator.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """A result that was considered and is not in the pool."""

    contrast: Contrast
    reason: str
    code: str  # for counting: a key of `wording.EXCLUDED_BECAUSE`


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """The analysis made again in another way. pool is None where fewer than two trials are left."""

    name: str
    dropped: tuple[str, ...] = ()  # labels of the rows that are not in it
    added: tuple[str, ...] = ()  # labels of rows that only this run has
    pool: Pool | None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgroupResult:
    """One group of a subgroup analysis; `rows` are positions in `AnalysisResult.rows`."""

    name: str
    rows: tuple[int, ...]
    pool: Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class SubgroupTest:
    """Whether the groups differ: Q between them, None with fewer than two groups."""

    moderator: str
    q: float | None
    df: int
    p: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisResult:
    """An analysis with all it considered: `len(rows) + len(excluded) == considered`."""

    analysis: Analysis
    title: str
    outcome_label: str
    indication_label: str
    window_label: str
    measure_label: str
    unit: str
    ratio: bool  # yi and pool are natural logs
    favours_low: str  # what an effect below no difference favours: "rTMS"
    favours_high: str
    considered: int
    rows: tuple[EffectRow, ...]
    excluded: tuple[Excluded, ...]
    pool: Pool | None  # None with fewer than two trials
    statement: str
    settings: str
    subgroups: tuple[SubgroupResult, ...] = ()
    subgroup_test: SubgroupTest | None = None
    sensitivity: tuple[Sensitivity, ...] = ()
    leave_one_out: tuple[Sensitivity, ...] = ()
    cross_check: CrossCheck | None = None
    warnings: tuple[str, ...] = ()
    example: bool = False
    notice: str = ""

    @property
    def studies(self) -> tuple[str, ...]:
        """The trials in the pool, each once."""
        return tuple(dict.fromkeys(row.contrast.study for row in self.rows))

    @property
    def participants(self) -> float | None:
        """People in the pool; None where a row does not tell. A crossover trial's count once."""
        total = 0.0
        for row in self.rows:
            if row.active.n is None or row.comparator.n is None:
                return None
            paired = row.contrast.kind == "crossover_means" or (
                row.contrast.kind == "estimate" and row.contrast.design == CROSSOVER
            )
            total += row.active.n if paired else row.active.n + row.comparator.n
        return total
