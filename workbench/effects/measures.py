"""What an effect measure is, and the values that the rest of the package gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class EffectError(ValueError):
    """Numbers from which no effect can be computed; the message names the rows and columns to mend.

    rows: positions of those rows, from 0, for a caller that knows what they are called.
    """

    def __init__(self, message: str, rows: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.rows = tuple(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One effect measure: what it needs, and how its numbers are to be read."""

    name: str  # as in metafor's escalc: "SMD", "OR"
    label: str  # as a figure or a table heads it
    kind: str  # "means", "events", "rates", "survival", "paired", "matched pairs", "one arm", "correlation"
    columns: tuple[tuple[str, ...], ...]  # each a set of columns that suffices, in metafor's names
    ratio: bool = False  # analysed as a natural logarithm, shown as a ratio

    @property
    def null(self) -> float:
        """No difference, on the scale a reader sees: 1 for ratios, else 0 (on the analysis scale it is always 0)."""
        return 1.0 if self.ratio else 0.0

    @property
    def needs(self) -> str:
        """The columns in words, for a message to a reviewer."""
        return " or ".join(" ".join(names) for names in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Effects of k studies on the analysis scale, in the order of the rows they came from.

    yi: the estimates (natural logs for ratio measures); vi: their sampling variances. A row for which the measure is
    not defined under the rules asked for (a missing number, a double zero that is dropped) has NaN in both.
    """

    measure: str
    yi: Floats
    vi: Floats

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Which rows can be pooled: a finite estimate with a positive, finite variance."""
        usable: npt.NDArray[np.bool_] = np.isfinite(self.yi) & np.isfinite(self.vi) & (self.vi > 0)
        return usable


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One effect on the analysis scale, how it was worked out, and what to be careful about."""

    measure: str
    yi: float
    vi: float
    how: str = ""  # one phrase for the column "how computed"
    flags: tuple[str, ...] = ()  # sentences for a reviewer; () when nothing looks odd

    @property
    def se(self) -> float:
        """The standard error on the analysis scale."""
        return float(np.sqrt(self.vi))


_MEANS = (("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i"),)
_GLASS = (("m1i", "n1i", "m2i", "sd2i", "n2i"),)
_SPREADS = (("sd1i", "n1i", "sd2i", "n2i"),)
_EVENTS = (("ai", "bi", "ci", "di"), ("ai", "n1i", "ci", "n2i"))
_RATES = (("x1i", "t1i", "x2i", "t2i"),)
_LOG_RANK = (("oe", "v"),)  # observed minus expected events of the first arm, and its variance
_PAIRED = (("m1i", "m2i", "sd1i", "sd2i", "ni", "ri"),)
_PAIRS = (("ai", "bi", "ci", "di"),)
_CORRELATION = (("ri", "ni"),)
_PROPORTION = (("xi", "ni"), ("xi", "mi"))
_RATE = (("xi", "ti"),)
_ONE_SD = (("sdi", "ni"),)
_ONE_MEAN = (("mi", "sdi", "ni"),)


def _table(*measures: Measure) -> dict[str, Measure]:
    return {measure.name: measure for measure in measures}


MEASURES: dict[str, Measure] = _table(
    Measure(name="MD", label="Mean difference", kind="means", columns=_MEANS),
    Measure(name="SMD", label="Standardised mean difference (Hedges g)", kind="means", columns=_MEANS),
    Measure(name="SMDH", label="Standardised mean difference (unequal SDs)", kind="means", columns=_MEANS),
    Measure(name="SMD1", label="Standardised mean difference (Glass delta)", kind="means", columns=_GLASS),
    Measure(name="SMD1H", label="Standardised mean difference (Glass, unequal SDs)", kind="means", columns=_MEANS),
    Measure(name="ROM", label="Ratio of means", kind="means", columns=_MEANS, ratio=True),
    Measure(name="CVR", label="Ratio of coefficients of variation", kind="means", columns=_MEANS, ratio=True),
    Measure(name="VR", label="Ratio of SDs", kind="means", columns=_SPREADS, ratio=True),
    Measure(name="D2ORL", label="Odds ratio from means (logistic)", kind="means", columns=_MEANS, ratio=True),
    Measure(name="D2ORN", label="Odds ratio from means (normal)", kind="means", columns=_MEANS, ratio=True),
    Measure(name="OR", label="Odds ratio", kind="events", columns=_EVENTS, ratio=True),
    Measure(name="RR", label="Risk ratio", kind="events", columns=_EVENTS, ratio=True),
    Measure(name="RD", label="Risk difference", kind="events", columns=_EVENTS),
    Measure(name="PETO", label="Odds ratio (Peto)", kind="events", columns=_EVENTS, ratio=True),
    Measure(name="AS", label="Arcsine difference", kind="events", columns=_EVENTS),
    Measure(name="OR2DL", label="Standardised difference from counts (logistic)", kind="events", columns=_EVENTS),
    Measure(name="OR2DN", label="Standardised difference from counts (normal)", kind="events", columns=_EVENTS),
    Measure(name="PBIT", label="Standardised difference from counts (probit)", kind="events", columns=_EVENTS),
    Measure(name="IRR", label="Incidence rate ratio", kind="rates", columns=_RATES, ratio=True),
    Measure(name="IRD", label="Incidence rate difference", kind="rates", columns=_RATES),
    Measure(name="IRSD", label="Difference of square-root rates", kind="rates", columns=_RATES),
    Measure(name="HR", label="Hazard ratio", kind="survival", columns=_LOG_RANK, ratio=True),
    Measure(name="MC", label="Mean difference within pairs", kind="paired", columns=_PAIRED),
    Measure(name="SMCC", label="Standardised mean change (change score SD)", kind="paired", columns=_PAIRED),
    Measure(name="SMCR", label="Standardised mean change (raw score SD)", kind="paired", columns=_PAIRED),
    Measure(name="SMCRH", label="Standardised mean change (raw score SD, unequal SDs)", kind="paired", columns=_PAIRED),
    Measure(name="SMCRP", label="Standardised mean change (mean of both SDs)", kind="paired", columns=_PAIRED),
    Measure(name="SMCRPH", label="Standardised mean change (mean of unequal SDs)", kind="paired", columns=_PAIRED),
    Measure(name="ROMC", label="Ratio of means within pairs", kind="paired", columns=_PAIRED, ratio=True),
    Measure(name="MPRD", label="Risk difference within pairs", kind="matched pairs", columns=_PAIRS),
    Measure(name="MPRR", label="Risk ratio within pairs", kind="matched pairs", columns=_PAIRS, ratio=True),
    Measure(name="MPOR", label="Odds ratio within pairs (marginal)", kind="matched pairs", columns=_PAIRS, ratio=True),
    Measure(name="MPORC", label="Odds ratio within pairs (McNemar)", kind="matched pairs", columns=_PAIRS, ratio=True),
    Measure(name="MPPETO", label="Odds ratio within pairs (Peto)", kind="matched pairs", columns=_PAIRS, ratio=True),
    Measure(name="COR", label="Correlation", kind="correlation", columns=_CORRELATION),
    Measure(name="ZCOR", label="Correlation (Fisher z)", kind="correlation", columns=_CORRELATION),
    Measure(name="PR", label="Proportion", kind="one arm", columns=_PROPORTION),
    Measure(name="PLN", label="Log proportion", kind="one arm", columns=_PROPORTION),
    Measure(name="PLO", label="Logit proportion", kind="one arm", columns=_PROPORTION),
    Measure(name="PAS", label="Arcsine proportion", kind="one arm", columns=_PROPORTION),
    Measure(name="PFT", label="Double arcsine proportion (Freeman-Tukey)", kind="one arm", columns=_PROPORTION),
    Measure(name="IR", label="Incidence rate", kind="one arm", columns=_RATE),
    Measure(name="IRLN", label="Log incidence rate", kind="one arm", columns=_RATE),
    Measure(name="MN", label="Mean", kind="one arm", columns=_ONE_MEAN),
    Measure(name="MNLN", label="Log mean", kind="one arm", columns=_ONE_MEAN),
    Measure(name="SDLN", label="Log SD", kind="one arm", columns=_ONE_SD),
    Measure(name="CVLN", label="Log coefficient of variation", kind="one arm", columns=_ONE_MEAN),
)


def measure_named(name: str) -> Measure:
    """The measure of that name in any case; EffectError lists the names there are."""
    found = MEASURES.get(name.strip().upper())
    if found is None:
        raise EffectError(f"the measure {name!r} is not known; known are {', '.join(MEASURES)}")
    return found


def rows_text(rows: Sequence[int] | npt.NDArray[np.intp]) -> str:
    """Row numbers for a message, counted from 1 as in a spreadsheet without its header."""
    numbers = [str(int(row) + 1) for row in rows]
    shown = ", ".join(numbers[:12]) + (f" and {len(numbers) - 12} more" if len(numbers) > 12 else "")
    return f"row {shown}" if len(numbers) == 1 else f"rows {shown}"


def refuse(bad: npt.NDArray[np.bool_], complaint: str) -> None:
    """Raise EffectError naming the rows where `bad` holds."""
    rows = np.flatnonzero(bad)
    if rows.size:
        raise EffectError(f"{rows_text(rows)}: {complaint}", [int(row) for row in rows])
