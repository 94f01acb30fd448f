"""PythonMeta as a second engine: pooling by it, and checking our own results against it.

PythonMeta 1.26 offers inverse variance, Mantel-Haenszel and Peto, fixed and DerSimonian-Laird, for MD, SMD (by
RevMan 5's formulas), OR, RR and RD from arm data. It runs in a child process (`process.py` beside this file). What it
is known to get wrong is never passed on: we take its estimate, standard error, tau2, Q and weights and work out
intervals, p and I2 with exact quantiles; studies are renamed; double zeros, on which it aborts, are left out and
counted; counts must be whole; more than 200 studies, subgroups within a call, and Peto with an empty cell are refused.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.effects import EffectError, escalc, measure_named, numeric_columns
from workbench.effects.quantiles import chi2_upper_p, two_sided_p, two_sided_quantile
from workbench.effects.tables import tables
from workbench.pooling import Model, Pool, PoolingError, mantel_haenszel, peto, pool
from workbench.pooling.model import Floats

MEASURES = ("MD", "SMD", "OR", "RR", "RD")
METHODS: dict[str, str] = {
    "CE": "inverse variance, fixed",
    "DL": "inverse variance, DerSimonian-Laird",
    "MH": "Mantel-Haenszel, fixed",
    "Peto": "Peto, fixed",
}
MOST_STUDIES = 200  # PythonMeta's own limit
# Two programs doing the same arithmetic in doubles differ by 1e-12 at worst on the reference sets.
AGREEMENT = 1e-9
TIME_LIMIT = 60.0  # seconds for a child, whatever the number of analyses; a usual call takes a fifth of a second

_REVMAN = "by RevMan 5's SMD formulas, which are not quite those of the SMDs shown"
_ALIASES = {"ce": "CE", "ee": "CE", "fe": "CE", "fixed": "CE", "dl": "DL", "mh": "MH", "peto": "Peto"}


class PythonMetaError(ValueError):
    """PythonMeta was not used, and why."""


class NotOffered(PythonMetaError):
    """PythonMeta has no such method, or not for these data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonMetaPool:
    """What PythonMeta pooled, on the analysis scale; names as in `pooling.Pool`.

    estimate, se, tau2, q and weights are PythonMeta's; the interval, statistic, p, q_p and i2 are worked out here.
    """

    measure: str
    method: str  # as in METHODS
    k: int
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    statistic: float
    p: float
    tau2: float
    i2: float | None
    q: float | None
    q_df: int
    q_p: float | None
    level: float
    rows: tuple[int, ...]  # which of the rows given were pooled, from 0
    weights: Floats = field(compare=False)  # percent, of those rows
    notes: tuple[str, ...] = ()  # which rows were left out and why, and which rules apply


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One number by both engines."""

    method: str
    quantity: str  # "estimate", "se", "tau2", "q"
    ours: float
    pythonmeta: float
    relative_difference: float  # see `_relative`


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossCheck:
    """Whether PythonMeta confirms the arithmetic of a result."""

    offered: bool
    reason: str  # why not, when not offered
    agrees: bool | None  # None when not offered
    worst_relative_difference: float | None
    details: tuple[Comparison, ...] = ()
    notes: tuple[str, ...] = ()
    shown_apart: tuple[str, ...] = ()  # the shown effects that their arm data does not give, by label or "row 2"
    formulas: str = ""  # where they are not those of the effects shown

    @property
    def statement(self) -> str:
        """What to say under a figure."""
        if not self.offered:
            return f"Not checked with PythonMeta: {self.reason}"
        methods = " and ".join(dict.fromkeys(METHODS[item.method] for item in self.details))
        formulas = f", {self.formulas}" if self.formulas else ""
        worst = max(item.relative_difference for item in self.details)
        said = f"({methods}{formulas}; largest relative difference {worst:.1g})."
        engines = f"PythonMeta agrees {said}" if worst <= AGREEMENT else f"PYTHONMETA DISAGREES {said}"
        if not self.shown_apart:
            return engines
        return f"SHOWN EFFECTS ARE NOT WHAT THEIR ARM DATA GIVES: {', '.join(self.shown_apart)}. {engines}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """One analysis to check: see `cross_check`.

    yi, vi: the effects and variances that are shown for the rows of `columns`, on the analysis scale. Given, they are
    compared with what the arm data gives, so that a shown number that was turned or mistyped is found. labels: what
    those rows are called, for the message; without them, "row 1" and so on.
    """

    measure: str
    columns: Mapping[str, Any]
    pool: Pool | None = None
    yi: tuple[float, ...] | None = None
    vi: tuple[float, ...] | None = None
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Job:
    measure: str
    method: str
    rows: tuple[int, ...]
    columns: dict[str, Floats]  # of those rows only
    numbers: tuple[tuple[float, ...], ...]
    notes: tuple[str, ...]

    @property
    def text(self) -> str:
        """The job as the child reads it; also its key in the cache."""
        algorithm = {"MH": "MH", "Peto": "Peto"}.get(self.method, "IV")
        return json.dumps(
            {
                "measure": self.measure,
                "algorithm": algorithm,
                "random": self.method == "DL",
                "rows": [list(row) for row in self.numbers],
            }
        )


def pool_with_pythonmeta(
    measure: str, columns: Mapping[str, Any], method: str | Model = "DL", *, level: float = 95
) -> PythonMetaPool:
    """Pool arm data with PythonMeta.

    columns: as for `effects.escalc`. method: see METHODS, or a `pooling.Model` with CE or DL and the Wald interval
    (its level then counts). Raises NotOffered, or PythonMetaError when the child process fails.
    """
    if isinstance(method, Model):
        if method.interval != "wald":
            raise NotOffered("PythonMeta has Wald intervals only, not Hartung-Knapp")
        level = method.level
    job = _job(measure, columns, method.tau2 if isinstance(method, Model) else method)
    return _result(job, _answers([job])[0], level)


def cross_check(measure: str, columns: Mapping[str, Any], pool: Pool | None = None) -> CrossCheck:
    """Compare our engine with PythonMeta on the same arm data; never raises for what PythonMeta lacks.

    pool: the result being checked. A Mantel-Haenszel or Peto pool is checked by that method, any other by the common
    effect and DerSimonian-Laird: for REML, which PythonMeta lacks, that confirms the arithmetic on these arm data, not
    REML's tau2. Standardised differences are compared by RevMan 5's formulas in both engines, which are not quite those
    of the SMDs shown. Whether the effects shown are those of the arm data is checked only if a `CheckRequest` has them.
    """
    return cross_check_many([CheckRequest(measure=measure, columns=columns, pool=pool)])[0]


def cross_check_many(requests: Sequence[CheckRequest]) -> tuple[CrossCheck, ...]:
    """As `cross_check` for many analyses with one child process; answers are kept for the life of this process."""
    planned: list[list[_Job] | str] = []
    for request in requests:
        asked = request.pool.method if request.pool is not None else ""
        methods = (asked,) if asked in ("MH", "Peto") else ("CE", "DL")
        try:
            planned.append([_job(request.measure, request.columns, method) for method in methods])
        except PythonMetaError as error:
            planned.append(str(error))
    jobs = [job for plan in planned if not isinstance(plan, str) for job in plan]
    try:
        answers = dict(zip((job.text for job in jobs), _answers(jobs), strict=True)) if jobs else {}
    except PythonMetaError as error:
        return tuple(_not_offered(plan if isinstance(plan, str) else str(error)) for plan in planned)
    checks = []
    for request, plan in zip(requests, planned, strict=True):
        if isinstance(plan, str):
            checks.append(_not_offered(plan))
            continue
        try:
            check = _check(plan, [answers[job.text] for job in plan], request.pool)
            checks.append(_with_shown_rows(check, request))
        except (PythonMetaError, PoolingError) as error:
            checks.append(_not_offered(str(error)))
    return tuple(checks)


def _with_shown_rows(check: CrossCheck, request: CheckRequest) -> CrossCheck:
    """The check, failed where a shown effect is not the one that its arm data gives."""
    if request.yi is None or request.vi is None:
        return check
    effects = escalc(request.measure, request.columns)
    apart = [
        max(_relative(shown, float(y), float(v) ** 0.5), _relative(shown_v, float(v), 0.0))
        for shown, shown_v, y, v in zip(request.yi, request.vi, effects.yi, effects.vi, strict=True)
    ]
    names = request.labels or tuple(f"row {row}" for row in range(1, len(apart) + 1))
    wrong = tuple(name for name, difference in zip(names, apart, strict=True) if not difference <= AGREEMENT)
    if not wrong:
        return check
    return replace(
        check,
        agrees=False,
        worst_relative_difference=max((check.worst_relative_difference or 0.0, *apart)),
        shown_apart=wrong,
    )


def _not_offered(reason: str) -> CrossCheck:
    return CrossCheck(offered=False, reason=reason, agrees=None, worst_relative_difference=None)


def _check(jobs: Sequence[_Job], answers: Sequence[dict[str, Any]], shown: Pool | None) -> CrossCheck:
    details: list[Comparison] = []
    for job, answer in zip(jobs, answers, strict=True):
        theirs = _result(job, answer, 95)
        ours = _ours(job, shown)
        quantities = {"estimate": (ours.estimate, theirs.estimate), "se": (ours.se, theirs.se)}
        if job.method in ("CE", "DL"):
            quantities["q"] = (ours.q or 0.0, theirs.q or 0.0)
        if job.method == "DL":
            quantities["tau2"] = (ours.tau2 or 0.0, theirs.tau2)
        if job.method == "MH" and job.measure == "RD":
            del quantities["se"]  # Greenland and Robins' there, Sato's here
        for name, (mine, other) in quantities.items():
            floor = {"estimate": ours.se, "tau2": ours.se**2, "q": 1.0, "se": 0.0}[name]
            details.append(
                Comparison(
                    method=job.method,
                    quantity=name,
                    ours=mine,
                    pythonmeta=other,
                    relative_difference=_relative(mine, other, floor),
                )
            )
    worst = max(item.relative_difference for item in details)
    return CrossCheck(
        offered=True,
        reason="",
        agrees=worst <= AGREEMENT,
        worst_relative_difference=worst,
        details=tuple(details),
        notes=jobs[0].notes,
        formulas=_REVMAN if jobs[0].measure == "SMD" else "",
    )


def _relative(ours: float, theirs: float, floor: float) -> float:
    """The difference relative to the larger value, or to `floor` (the standard error) when both are smaller."""
    scale = max(abs(ours), abs(theirs), floor)
    return abs(ours - theirs) / scale if scale > 0 else 0.0


def _ours(job: _Job, shown: Pool | None) -> Pool:
    """Our engine's result on the rows and by the rules that PythonMeta used; the shown one itself where it is that."""
    if job.method == "MH":
        return mantel_haenszel(job.measure, job.columns, add_both=True)
    if job.method == "Peto":
        return peto(job.columns)
    if shown is not None and shown.method == job.method and shown.ci == "wald" and shown.k == len(job.rows):
        effects = escalc(job.measure, job.columns)
        if job.measure != "SMD" and int(effects.usable.sum()) == shown.k:
            return shown
    effects = escalc(job.measure, job.columns, vtype="RevMan" if job.measure == "SMD" else "LS")
    return pool(effects.yi, effects.vi, Model(tau2=job.method, interval="wald"))


def _job(measure: str, columns: Mapping[str, Any], method: str) -> _Job:
    """What the child is to compute, or NotOffered."""
    name = measure.strip().upper()
    chosen = _ALIASES.get(method.lower())
    if chosen is None:
        raise NotOffered(f"PythonMeta does not offer {method}; it has {', '.join(METHODS)}")
    if name not in MEASURES:
        raise NotOffered(f"PythonMeta does not offer {measure}; it has {', '.join(MEASURES)}")
    if chosen == "MH" and name not in ("OR", "RR", "RD"):
        raise NotOffered("Mantel-Haenszel is for OR, RR and RD")
    if chosen == "Peto" and name != "OR":
        raise NotOffered("Peto's method gives odds ratios only")
    try:
        found = numeric_columns(measure_named(name), columns)
        escalc(name, found)  # refuses impossible numbers with the rows they are in
        events = measure_named(name).kind == "events"
        keep, numbers, notes = _tables(found, chosen) if events else _means(found, name)
    except EffectError as error:
        raise NotOffered(f"PythonMeta needs arm data: {error}") from error
    if not keep.size:
        raise NotOffered("no study is left that PythonMeta could pool")
    if keep.size > MOST_STUDIES:
        raise NotOffered(f"PythonMeta takes {MOST_STUDIES} studies at most, and there are {keep.size}")
    return _Job(
        measure=name,
        method=chosen,
        rows=tuple(int(row) for row in keep),
        columns={column: values[keep] for column, values in found.items()},
        numbers=numbers,
        notes=notes,
    )


def _tables(
    columns: Mapping[str, Floats], method: str
) -> tuple[npt.NDArray[np.intp], tuple[tuple[float, ...], ...], tuple[str, ...]]:
    t = tables(columns)
    complete = ~np.isnan(t.a)
    double = complete & t.double_zero
    keep = np.flatnonzero(complete & ~double)
    notes = list(_missing_note(complete))
    if double.any():
        notes.append(
            "Left out, because PythonMeta cannot take them: "
            f"{_counted(int(double.sum()), 'study')} in which both arms had no event, or nothing but events."
        )
    kept = t.rows(complete & ~double)
    cells = np.column_stack([kept.a, kept.n1, kept.c, kept.n2])
    if (cells != np.round(cells)).any():
        raise NotOffered("PythonMeta takes whole numbers of events and people only")
    if kept.zero.any():
        if method == "Peto":
            raise NotOffered("PythonMeta adds 1/2 to empty cells in Peto's method, which must not be done")
        notes.append("1/2 was added to all cells of the studies with an empty cell.")
    return keep, tuple(tuple(int(cell) for cell in row) for row in cells), tuple(notes)


def _means(
    columns: Mapping[str, Floats], measure: str
) -> tuple[npt.NDArray[np.intp], tuple[tuple[float, ...], ...], tuple[str, ...]]:
    values = np.column_stack([columns[name] for name in ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")])
    complete = np.asarray(np.isfinite(values).all(axis=1), dtype=np.bool_)
    notes = list(_missing_note(complete))
    if measure == "SMD":
        if (values[complete][:, 2] + values[complete][:, 5] <= 3.94).any():
            raise NotOffered("RevMan's variance of a standardised difference needs more than 3 people in a study")
        notes.append("Standardised mean differences by RevMan 5's formulas (approximate J, N - 3.94).")
    return np.flatnonzero(complete), tuple(tuple(map(float, row)) for row in values[complete]), tuple(notes)


def _missing_note(complete: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    missing = int(complete.size - complete.sum())
    return (f"Left out: {_counted(missing, 'row')} with a missing number.",) if missing else ()


def _counted(number: int, thing: str) -> str:
    """A number with its noun: 1 row, 2 rows, 1 study, 2 studies."""
    plural = "studies" if thing == "study" else f"{thing}s"
    return f"{number} {thing if number == 1 else plural}"


def _result(job: _Job, answer: dict[str, Any], level: float) -> PythonMetaPool:
    if "error" in answer:
        raise PythonMetaError(f"PythonMeta could not compute this: {answer['error']}")
    estimate, se, q = answer["estimate"], answer["se"], answer["q"]
    if not se > 0:
        raise PythonMetaError("PythonMeta could not compute this: no standard error")
    k = len(job.rows)
    half = two_sided_quantile(level) * se
    weights = 100 * np.array(answer["weights"]) / sum(answer["weights"])
    weights.setflags(write=False)
    return PythonMetaPool(
        measure=job.measure,
        method=job.method,
        k=k,
        estimate=estimate,
        se=se,
        ci_low=estimate - half,
        ci_high=estimate + half,
        statistic=estimate / se,
        p=two_sided_p(estimate / se),
        tau2=answer["tau2"],
        i2=(max(0.0, 100 * (q - (k - 1)) / q) if q > 0 else 0.0) if k > 1 else None,
        q=q if k > 1 else None,
        q_df=k - 1,
        q_p=chi2_upper_p(q, k - 1) if k > 1 else None,
        level=level,
        rows=job.rows,
        weights=weights,
        notes=job.notes,
    )


_kept: OrderedDict[str, dict[str, Any]] = OrderedDict()
_lock = threading.Lock()
_MOST_KEPT = 4096


def _answers(jobs: Sequence[_Job]) -> list[dict[str, Any]]:
    """PythonMeta's answers, from memory where the same job was asked before."""
    texts = [job.text for job in jobs]
    with _lock:
        known = {text: _kept[text] for text in texts if text in _kept}
    asked = [text for text in dict.fromkeys(texts) if text not in known]
    if asked:
        known.update(zip(asked, _ask_child(asked), strict=True))
        with _lock:
            for text in asked:
                _kept[text] = known[text]
            while len(_kept) > _MOST_KEPT:
                _kept.popitem(last=False)
    return [known[text] for text in texts]


def _ask_child(texts: Sequence[str]) -> list[dict[str, Any]]:
    # Run as a file, not with -m: importing this package would cost the child more time than its work does.
    # -P: modules that happen to lie beside it are not imported. -B: nothing is written beside PythonMeta.
    process = Path(__file__).resolve().with_name("process.py")
    command = [sys.executable, "-P", "-B", "-X", "utf8", str(process)]
    paths = [entry or os.getcwd() for entry in sys.path]
    passed_on = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "LANG")  # and no credentials
    environment = {name: os.environ[name] for name in passed_on if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603 (our own interpreter and module; the data go in by standard input)
            command,
            input=f"[{','.join(texts)}]",
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=TIME_LIMIT,
            check=False,
            cwd=process.parent,
            env={**environment, "PYTHONPATH": os.pathsep.join(paths)},
        )
    except subprocess.TimeoutExpired as error:
        raise PythonMetaError(f"PythonMeta did not answer within {TIME_LIMIT:g} seconds") from error
    except OSError as error:
        raise PythonMetaError(f"the process for PythonMeta could not be started: {error}") from error
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise PythonMetaError(f"PythonMeta could not be run: {last[0]}")
    try:
        answers = json.loads(done.stdout)["answers"]
    except (ValueError, KeyError, TypeError) as error:
        raise PythonMetaError("PythonMeta's process gave an answer that cannot be read") from error
    if not isinstance(answers, list) or len(answers) != len(texts):
        raise PythonMetaError("PythonMeta's process did not answer every question")
    return answers
