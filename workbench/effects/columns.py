"""From columns of arm data to effects: metafor's `escalc`, as a table of measures and their formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from workbench.effects import glass, one_arm, variability
from workbench.effects.means import Correction, md, rom, smd, smd_as_odds_ratio
from workbench.effects.measures import EffectError, Effects, Floats, Measure, measure_named, refuse
from workbench.effects.paired import STANDARDISED, from_pair_counts, from_pairs
from workbench.effects.survival import from_log_rank
from workbench.effects.tables import COX, LOGISTIC, TABLE_MEASURES, To, ZeroCells, from_rates, from_tables

# Which release of metafor defines the measures that changed: SMDH, SMD1H and SMCRH in 4.6; ROM, ROMC and CVR in 5.
Definitions = Literal["3.8", "4.6", "5"]
Columns = Mapping[str, Floats]
VTYPES: dict[str, tuple[str, ...]] = {
    "SMD": ("LS", "LS2", "UB", "AV", "RevMan"),
    "MD": ("LS", "HO"),
    "ROM": ("LS", "HO"),
    "COR": ("LS", "AV"),
}
# Measures with Hedges' factor, which `correction` chooses.
CORRECTED = ("SMD", "SMDH", "SMD1", "SMD1H", *STANDARDISED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the measures are to be computed; see `escalc`."""

    correction: Correction = "exact"
    vtype: str = "LS"
    cells: ZeroCells
    definitions: Definitions = "3.8"

    @property
    def since_4_6(self) -> bool:
        """Whether the variances of metafor 4.6 are asked for."""
        return self.definitions != "3.8"

    @property
    def since_5(self) -> bool:
        """Whether the bias corrections of metafor 5 are asked for."""
        return self.definitions == "5"


Formula = Callable[[Columns, Options], tuple[Floats, Floats]]
FORMULAS: dict[str, Formula] = {
    "MD": lambda c, o: md(c, o.vtype),
    "SMD": lambda c, o: smd(c, o.vtype, o.correction),
    "SMDH": lambda c, o: glass.smdh(c, o.correction, since_4_6=o.since_4_6),
    "SMD1": lambda c, o: glass.glass_delta(c, o.correction),
    "SMD1H": lambda c, o: glass.glass_delta_unequal(c, o.correction, since_4_6=o.since_4_6),
    "ROM": lambda c, o: rom(c, o.vtype, corrected=o.since_5),
    "CVR": lambda c, o: variability.variation_ratio(c, since_5=o.since_5),
    "VR": lambda c, _: variability.variability_ratio(c),
    "D2ORL": lambda c, _: smd_as_odds_ratio(c, factor=1 / LOGISTIC),
    "D2ORN": lambda c, _: smd_as_odds_ratio(c, factor=1 / COX),
    "HR": lambda c, _: from_log_rank(c),
    "SDLN": lambda c, _: variability.log_sd(c),
    "CVLN": lambda c, _: variability.log_variation(c),
}


def _add(names: tuple[str, ...], formula: Callable[[str, Columns, Options], tuple[Floats, Floats]]) -> None:
    def bound(name: str) -> Formula:
        return lambda c, o: formula(name, c, o)

    FORMULAS.update({name: bound(name) for name in names})


_add(tuple(TABLE_MEASURES), lambda name, c, o: from_tables(name, c, o.cells))
_add(("IRR", "IRD", "IRSD"), lambda name, c, o: from_rates(name, c, o.cells))
_add(
    ("MC", "ROMC", *STANDARDISED),
    lambda name, c, o: from_pairs(name, c, correction=o.correction, since_4_6=o.since_4_6, since_5=o.since_5),
)
_add(("MPRD", "MPRR", "MPOR", "MPORC", "MPPETO"), lambda name, c, o: from_pair_counts(name, c, o.cells))
_add(("COR", "ZCOR"), lambda name, c, o: one_arm.from_correlations(name, c, o.vtype))
_add(("PR", "PLN", "PLO", "PAS", "PFT"), lambda name, c, o: one_arm.from_proportions(name, c, o.cells))
_add(("IR", "IRLN"), lambda name, c, o: one_arm.from_rate(name, c, o.cells))
_add(("MN", "MNLN"), lambda name, c, _: one_arm.from_means(name, c))


def escalc(
    measure: str,
    columns: Mapping[str, npt.ArrayLike],
    *,
    correction: Correction | None = None,
    vtype: str = "LS",
    definitions: Definitions = "3.8",
    add: float = 0.5,
    to: To = "only0",
    drop00: bool = False,
) -> Effects:
    """Effects of k rows, as metafor's `escalc(measure, ...)`.

    columns: arrays of length k under metafor's names (`Measure.columns` lists what each measure needs; others are
    ignored). A row with a missing number (NaN) has no effect: NaN in yi and vi. Impossible numbers raise EffectError.
    correction, vtype: Hedges' factor of the standardised differences and the variance (`VTYPES`; of SMD see
    `means.smd`); RevMan's variance comes with the approximate factor, the others with the exact one, unless said
    otherwise. definitions: the release of metafor whose definitions hold where they changed: "3.8" (default), "4.6"
    (other variances of SMDH, SMD1H, SMCRH) or "5" (those, and bias-corrected ROM, ROMC, CVR). add, to, drop00: see
    `ZeroCells`.
    """
    known = measure_named(measure)
    if vtype != "LS" and vtype not in VTYPES.get(known.name, ()):
        allowed = ", ".join(VTYPES.get(known.name, ("LS",)))
        raise EffectError(f"the variance {vtype!r} is not known for {known.name}; known are {allowed}")
    if definitions not in get_args(Definitions):
        raise EffectError(
            f"the definitions {definitions!r} are not known; known are {', '.join(get_args(Definitions))}"
        )
    if correction is not None and known.name not in CORRECTED:
        raise EffectError(f"{known.name} has no small-sample factor to choose; those have: {', '.join(CORRECTED)}")
    options = Options(
        correction=correction or ("approximate" if vtype == "RevMan" else "exact"),
        vtype=vtype,
        cells=ZeroCells(add=add, to=to, drop00=drop00),
        definitions=definitions,
    )
    yi, vi = FORMULAS[known.name](numeric_columns(known, columns), options)
    missing = np.isnan(yi) | np.isnan(vi)
    return Effects(measure=known.name, yi=np.where(missing, np.nan, yi), vi=np.where(missing, np.nan, vi))


def numeric_columns(measure: Measure, columns: Mapping[str, Any]) -> dict[str, Floats]:
    """The columns that the measure uses, as float arrays of one length; EffectError names what is missing."""
    names = next((names for names in measure.columns if all(name in columns for name in names)), None)
    if names is None:
        raise EffectError(f"{measure.name} needs the columns {measure.needs}; there are {', '.join(columns) or 'none'}")
    found: dict[str, Floats] = {}
    for name in names:
        try:
            column = np.asarray(columns[name], dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise EffectError(f"column {name} must hold numbers only") from error
        if column.ndim != 1:
            raise EffectError(f"column {name} must be one-dimensional")
        found[name] = column
    if len({column.size for column in found.values()}) > 1:
        raise EffectError(f"the columns {' '.join(names)} differ in length")
    for name, column in found.items():
        refuse(np.isinf(column), f"{name} must be a finite number")
    return found
