"""Spread sheets of effects: a CSV file in, the JSON of `workbench effects` and `workbench pool` out.

A sheet has one row per study and metafor's column names: the columns of a measure (`m1i sd1i n1i m2i sd2i n2i`, `ai
n1i ci n2i`, ...), or `yi` with `vi` or `sei`; `slab`, or else a column such as `study` or `author`, holds the labels.
Nothing is repaired silently: a row that cannot be pooled stays in the result without numbers, with the reason.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from workbench.effects import MEASURES, EffectError, Effects, escalc, measure_named
from workbench.effects.tables import ZeroCells, empty_cells
from workbench.pooling import INTERVALS, METHODS, Model, Pool, PoolingError, mantel_haenszel, peto, pool
from workbench.pooling.model import Floats

ENGINES = ("workbench", "pythonmeta")
TABLE_METHODS = {  # beside those of pooling.METHODS
    "MH": "common effect, Mantel-Haenszel",
    "Peto": "common effect, Peto",
}
SMD_VARIANCES = {
    "LS": "variance 1/n1 + 1/n2 + g²/2N (metafor's LS)",
    "LS2": "variance J²(1/n1 + 1/n2 + d²/2N) (metafor's LS2)",
    "UB": "unbiased variance (metafor's UB)",
    "RevMan": "variance N/(n1 n2) + g²/2(N - 3.94) (RevMan 5)",
}
LABEL_COLUMNS = ("slab", "label", "study", "author", "trial", "name", "study_label")
MISSING = ("", "na", "n/a", "nan", "null", "none", ".")
LARGEST = 50_000_000  # bytes; a sheet of effects is far smaller, and it is read into memory

_NUMERIC = frozenset({name for measure in MEASURES.values() for names in measure.columns for name in names})
_EFFECTS = frozenset({"yi", "vi", "sei"})


class SheetError(ValueError):
    """A file that is no sheet of effects; the message names the row and the column to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet as read: text by column in file order, rows in file order."""

    name: str  # of the file, for messages
    columns: Mapping[str, tuple[str, ...]]
    labels: tuple[str, ...]  # one per row, never empty
    lines: tuple[int, ...]  # where each row starts in the file, from 1

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def has_effects(self) -> bool:
        """Whether the sheet holds effects (yi with vi or sei) rather than arm data."""
        return "yi" in self.columns and ("vi" in self.columns or "sei" in self.columns)

    def has_measure(self, measure: str) -> bool:
        """Whether the sheet holds the columns from which the measure, if it is one of ours, is computed."""
        known = MEASURES.get(measure.upper())
        return known is not None and any(all(name in self.columns for name in names) for names in known.columns)

    def numbers(self, name: str) -> Floats:
        """A column as numbers, NaN where a cell says that there is none; SheetError names a cell that is no number."""
        values = [self._number(name, row, text) for row, text in enumerate(self.columns[name])]
        return np.array(values, dtype=np.float64)

    def _number(self, name: str, row: int, text: str) -> float:
        if text.strip().lower() in MISSING:
            return math.nan
        where = f"{self.name}, line {self.lines[row]} ({self.labels[row]}), column {name}"
        try:
            value = float(text)
        except ValueError:
            hint = " Write decimal points, not commas." if _decimal_comma(text) else ""
            raise SheetError(f"{where}: {text[:40]!r} is not a number.{hint}") from None
        if not math.isfinite(value) or "_" in text:
            raise SheetError(f"{where}: {text[:40]!r} is not a number that can be used.")
        return value


def read_sheet(path: Path | str) -> Sheet:
    """Read a CSV file with commas, semicolons or tabs between cells, in UTF-8 (byte order mark or not) or cp1252."""
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST:
            raise SheetError(f"{file.name} is larger than {LARGEST // 1_000_000} MB: that is no sheet of effects")
        body = file.read_bytes()
    except OSError as error:
        raise SheetError(f"{file}: {error.strerror or 'cannot be read'}") from error
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1252", errors="replace")
    return parse_sheet(text, file.name)


def parse_sheet(text: str, name: str = "sheet") -> Sheet:
    """As `read_sheet`, from text."""
    if "\x00" in text:
        raise SheetError(f"{name} is not a text file: save the sheet as CSV")
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(cells)
                lines.append(before + 1)
            before = reader.line_num
    except csv.Error as error:
        raise SheetError(f"{name}, line {reader.line_num}: {error}") from error
    if not rows:
        raise SheetError(f"{name} is empty")
    names = [cell.strip() for cell in rows[0]]
    while names and not names[-1]:
        names.pop()  # spread sheets end lines with empty cells
    _check_names(names, name)
    for line, cells in zip(lines[1:], rows[1:], strict=True):
        while len(cells) > len(names) and not cells[-1].strip():
            cells.pop()
        if len(cells) != len(names):
            hint = " A decimal comma or an unquoted comma in a name does that." if separator == "," else ""
            raise SheetError(f"{name}, line {line}: {len(cells)} cells under {len(names)} columns.{hint}")
    if len(rows) == 1:
        raise SheetError(f"{name} has a heading but no rows")
    columns = {column: tuple(cells[i].strip() for cells in rows[1:]) for i, column in enumerate(names) if column}
    return Sheet(name=name, columns=columns, labels=_labels(columns, len(rows) - 1), lines=tuple(lines[1:]))


def sheet_effects(sheet: Sheet, measure: str | None, **options: Any) -> Effects:
    """The effects of a sheet: computed as `measure` from arm data, or as given in yi with vi or sei.

    measure None or, for given effects, any name: what they are is then the user's word. options: as for `escalc`.
    """
    try:
        if measure is not None and (not sheet.has_effects or sheet.has_measure(measure)):
            known = measure_named(measure)
            found = {name: sheet.numbers(name) for name in _used(sheet, known.name)}
            return escalc(known.name, found, **options)
        if not sheet.has_effects:
            raise SheetError(
                f"{sheet.name} holds no effects (yi with vi or sei); say with --measure what to compute from its "
                f"columns {', '.join(sheet.columns)}"
            )
        return _given(sheet, measure)
    except EffectError as error:
        raise SheetError(_named_rows(sheet, error)) from error


def effects_json(sheet: Sheet, measure: str, **options: Any) -> list[dict[str, Any]]:
    """One object per row, in file order: label, yi, vi; null where the row gives no effect."""
    effects = sheet_effects(sheet, measure, **options)
    return [
        {"label": label, "yi": _plain(yi), "vi": _plain(vi)}
        for label, yi, vi in zip(sheet.labels, effects.yi, effects.vi, strict=True)
    ]


def pool_json(
    sheet: Sheet,
    measure: str | None = None,
    *,
    method: str = "REML",
    ci: str = "hksj",
    level: float = 95,
    prediction: str = "metafor",
    engine: str = "workbench",
    check: bool = True,
    **options: Any,
) -> dict[str, Any]:
    """The pooled result of a sheet as `workbench pool --json` prints it.

    method: an estimator of `pooling.METHODS` (EE and FE mean the common effect), or MH or Peto. engine: "pythonmeta"
    computes with PythonMeta where it offers the method; where it does not, "engine" stays "workbench" and "notes" say
    why. check: with arm data, also compare with PythonMeta ("cross_check"). Rows without a usable effect are listed
    under "excluded". "scale" is "log" where estimates, effects and bounds are logarithms of a ratio, "natural" where
    they are the measure itself, null where the sheet gives effects without saying which. "settings" says in one
    sentence how all was computed. "notes" are for the reader of the numbers, as on empty cells. Raises SheetError; the
    message is for a reviewer.
    """
    if engine.lower() not in ENGINES:
        raise SheetError(f"the engine {engine!r} is not known; known are {', '.join(ENGINES)}")
    try:
        if method.lower() in ("mh", "peto"):
            result, effects, name = _pool_tables(sheet, measure, method, level)
            arm_data = True
        else:
            model = Model(tau2=method, interval=ci, level=level, prediction=prediction)
            effects = sheet_effects(sheet, measure, **options)
            name = effects.measure
            usable = effects.usable
            if not usable.any():
                raise SheetError(f"{sheet.name}: no row gives an effect that can be pooled")
            result = pool(effects.yi[usable], effects.vi[usable], model)
            arm_data = name in MEASURES and sheet.has_measure(name)
    except EffectError as error:
        raise SheetError(_named_rows(sheet, error)) from error
    except PoolingError as error:
        raise SheetError(f"{sheet.name}: {error}") from error
    document = _document(sheet, effects, result, name)
    if arm_data:
        pooled = [study["weight"] is not None for study in document["studies"]]
        document["notes"] += _zero_cell_notes(sheet, effects.measure, result.method, np.array(pooled), options)
    if engine.lower() == "pythonmeta":
        _with_pythonmeta(document, sheet, name, result, arm_data=arm_data)
    document["settings"] = _settings(document, prediction, options, arm_data=arm_data)
    if check and arm_data:
        document["cross_check"] = _cross_check(sheet, name, result)
    return document


def _pool_tables(sheet: Sheet, measure: str | None, method: str, level: float) -> tuple[Pool, Effects, str]:
    """Mantel-Haenszel or Peto; the rows' effects are beside the point there but shown."""
    name = (measure or "OR").upper()
    if method.lower() == "peto" and name not in ("OR", "PETO"):
        raise PoolingError("Peto's method gives odds ratios only")
    wanted = "PETO" if method.lower() == "peto" else name
    columns = {column: sheet.numbers(column) for column in _used(sheet, "OR")}
    effects = escalc(wanted, columns)
    result = peto(columns, level=level) if method.lower() == "peto" else mantel_haenszel(name, columns, level=level)
    return result, effects, "OR" if wanted == "PETO" else name


def _document(sheet: Sheet, effects: Effects, result: Pool, measure: str) -> dict[str, Any]:
    names = "k estimate se ci_low ci_high statistic p pi_low pi_high tau2 tau2_low tau2_high i2 h2 q q_df q_p method ci"
    document: dict[str, Any] = {name: _plain(getattr(result, name)) for name in names.split()}
    document["measure"] = measure or None
    known = MEASURES.get(measure.upper())
    document["scale"] = None if known is None else "log" if known.ratio else "natural"
    document["level"] = result.level
    document["df"] = result.df
    # Mantel-Haenszel pools every complete table, also one without an effect of its own.
    pooled = effects.usable if result.method not in TABLE_METHODS else _complete_tables(sheet)
    weights = iter(result.weights)
    document["studies"] = [
        {"label": label, "yi": _plain(yi), "vi": _plain(vi), "weight": float(next(weights)) if used else None}
        for label, yi, vi, used in zip(sheet.labels, effects.yi, effects.vi, pooled, strict=True)
    ]
    document["excluded"] = [
        {"label": sheet.labels[row], "line": sheet.lines[row], "reason": _why(sheet, effects, int(row))}
        for row in np.flatnonzero(~pooled)
    ]
    document["engine"] = "workbench"
    document["notes"] = list(result.notes)
    return document


def _zero_cell_notes(
    sheet: Sheet, measure: str, method: str, pooled: npt.NDArray[np.bool_], options: Mapping[str, Any]
) -> list[str]:
    """What was done about empty cells in the rows that were pooled; the defaults are metafor's."""
    policy = ZeroCells(**{name: options[name] for name in ("add", "to", "drop00") if name in options})
    columns = {name: sheet.numbers(name) for name in _used(sheet, measure)}
    empty = empty_cells(measure, columns, policy)
    added, double = np.flatnonzero(empty.corrected & pooled), np.flatnonzero(empty.double & pooled)
    amount = "1/2" if policy.add == 0.5 else f"{policy.add:g}"
    notes = []
    if added.size and method in TABLE_METHODS:
        notes.append(
            f"{amount} was added to the cells of {_studies(sheet, added)} for the effects listed, not for the pooled "
            f"estimate ({TABLE_METHODS[method]}), which uses the tables as they are."
        )
    elif added.size:
        notes.append(f"{amount} was added to the cells of {_studies(sheet, added)}, because of empty cells.")
    if double.size and method in TABLE_METHODS and measure != "RD":
        notes.append(f"{_studies(sheet, double)}: {_DOUBLE}, which adds nothing to the pooled ratio.")
    elif double.size and MEASURES[measure].ratio:
        notes.append(
            f"{_studies(sheet, double)}: {_DOUBLE}. That says nothing about a ratio, but stays in the pool here, as in "
            "metafor; the analyses of a review leave it out."
        )
    return notes


_DOUBLE = "no event, or nothing but events, in both arms"


def _studies(sheet: Sheet, rows: Sequence[int] | npt.NDArray[np.intp]) -> str:
    """How many studies, and which: "2 studies (A, B)"."""
    names = [" ".join(sheet.labels[row].split()) for row in rows[:5]]
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return f"{len(rows)} {'study' if len(rows) == 1 else 'studies'} ({', '.join(names)}{more})"


def _settings(document: Mapping[str, Any], prediction: str, options: Mapping[str, Any], *, arm_data: bool) -> str:
    """One sentence on how the numbers of the document were computed."""
    method, measure, level = document["method"], document["measure"], f"{document['level']:g}%"
    theirs = document["engine"] == "pythonmeta"
    name = {**METHODS, **TABLE_METHODS}[method]
    parts = [name[0].upper() + name[1:] + (" (REML)" if method == "REML" else "")]
    if document["ci_low"] is None:
        parts.append("no confidence interval for one study")
    else:
        parts.append(f"{level} confidence interval: {INTERVALS[document['ci']]}")
    if document["pi_low"] is not None:
        df = document["k"] - (2 if prediction.lower() == "hts" else 1)
        student = f"t with {df} {'degree' if df == 1 else 'degrees'} of freedom"
        normal = prediction.lower() == "metafor" and document["ci"] == "wald"
        parts.append(f"{level} prediction interval: {'normal' if normal else student}")
    else:
        parts.append("no prediction interval")
    if not arm_data:
        parts.append("effects as given in the file")
    elif measure == "SMD":
        vtype = "RevMan" if theirs else str(options.get("vtype", "LS"))
        default = "approximate" if vtype == "RevMan" else "exact"
        correction = default if theirs else str(options.get("correction") or default)
        factor = "Cohen's d" if correction == "none" else f"Hedges' g ({correction} J)"
        parts.append(f"SMD: {factor}, {SMD_VARIANCES[vtype]}")
    elif options.get("vtype") == "HO":
        parts.append(f"{measure}: one pooled SD for both arms")
    if document["scale"] == "log":
        parts.append("ratios pooled as logarithms")
    parts.extend(["computed with PythonMeta"] if theirs else [])
    return "; ".join(parts) + "."


def _with_pythonmeta(document: dict[str, Any], sheet: Sheet, measure: str, ours: Pool, *, arm_data: bool) -> None:
    """Put PythonMeta's numbers into the document, or say there why they are ours."""
    from workbench.pythonmeta_engine import PythonMetaError, pool_with_pythonmeta

    try:
        if not arm_data:
            raise PythonMetaError("PythonMeta pools arm data only")
        if ours.ci != "wald":
            raise PythonMetaError(
                "PythonMeta has Wald intervals only; choose --ci wald and --method CE, DL, MH or Peto"
            )
        columns = {name: sheet.numbers(name) for name in _used(sheet, measure)}
        theirs = pool_with_pythonmeta(measure, columns, ours.method, level=ours.level)
    except PythonMetaError as error:
        document["notes"].append(f"Computed by the workbench's own engine: {error}.")
        return
    names = "k estimate se ci_low ci_high statistic p tau2 i2 q q_df q_p"
    document.update({name: _plain(getattr(theirs, name)) for name in names.split()})
    # What PythonMeta does not give stays empty instead of being filled from another engine.
    document.update(dict.fromkeys(("pi_low", "pi_high", "tau2_low", "tau2_high", "h2")))
    weights = dict(zip(theirs.rows, theirs.weights, strict=True))
    used = escalc(measure, columns, vtype="RevMan") if measure == "SMD" else escalc(measure, columns)
    for row, study in enumerate(document["studies"]):
        study.update(yi=_plain(used.yi[row]), vi=_plain(used.vi[row]), weight=_plain(weights.get(row)))
    listed = {(item["label"], item["line"]) for item in document["excluded"]}
    for row in range(len(sheet)):
        if row not in weights and (sheet.labels[row], sheet.lines[row]) not in listed:
            reason = "PythonMeta cannot use a study without events, or without non-events, in both arms"
            document["excluded"].append({"label": sheet.labels[row], "line": sheet.lines[row], "reason": reason})
    document["excluded"].sort(key=lambda item: int(item["line"]))
    document["engine"] = "pythonmeta"
    document["notes"] = [
        "Estimate, standard error, tau2, Q and weights by PythonMeta (RevMan 5's rules); intervals and p worked out "
        "from them with exact quantiles.",
        *theirs.notes,
    ]


def _cross_check(sheet: Sheet, measure: str, result: Pool) -> dict[str, Any]:
    from workbench.pythonmeta_engine import cross_check

    found = cross_check(measure, {name: sheet.numbers(name) for name in _used(sheet, measure)}, result)
    return {
        "offered": found.offered,
        "agrees": found.agrees,
        "worst_relative_difference": found.worst_relative_difference,
        "statement": found.statement,
        "notes": list(found.notes),
    }


def _given(sheet: Sheet, measure: str | None) -> Effects:
    yi = sheet.numbers("yi")
    if "vi" in sheet.columns:
        vi, what = sheet.numbers("vi"), "vi"
    else:
        sei = sheet.numbers("sei")
        vi, what = np.where(sei > 0, sei**2, sei), "sei"
    for row in np.flatnonzero(vi <= 0):
        where = f"{sheet.name}, line {sheet.lines[row]} ({sheet.labels[row]}), column {what}"
        raise SheetError(f"{where}: a variance or standard error must be above 0.")
    missing = np.isnan(yi) | np.isnan(vi)
    return Effects(measure=measure or "", yi=np.where(missing, np.nan, yi), vi=np.where(missing, np.nan, vi))


def _named_rows(sheet: Sheet, error: EffectError) -> str:
    """The error's message with the studies and lines it is about."""
    rows = error.rows[:5]
    about = "; ".join(f"line {sheet.lines[row]}: {sheet.labels[row]}" for row in rows)
    return f"{sheet.name}: {error}" + (f" ({about})" if about else "")


def _used(sheet: Sheet, measure: str) -> tuple[str, ...]:
    known = measure_named(measure)
    for names in known.columns:
        if all(name in sheet.columns for name in names):
            return names
    missing = [name for name in known.columns[0] if name not in sheet.columns]
    raise SheetError(f"{sheet.name}: {known.name} needs the columns {known.needs}; missing: {', '.join(missing)}")


def _complete_tables(sheet: Sheet) -> Any:
    columns = [sheet.numbers(name) for name in _used(sheet, "OR")]
    return np.isfinite(np.column_stack(columns)).all(axis=1)


def _why(sheet: Sheet, effects: Effects, row: int) -> str:
    names = [name for name in sheet.columns if name in _NUMERIC | _EFFECTS]
    empty = [name for name in names if sheet.columns[name][row].lower() in MISSING]
    if empty:
        return f"no number in {', '.join(empty)}"
    if np.isfinite(effects.yi[row]):
        return "the effect has no variance"
    return "the measure is not defined for these numbers"


def _labels(columns: Mapping[str, Sequence[str]], rows: int) -> tuple[str, ...]:
    found = next((name for wanted in LABEL_COLUMNS for name in columns if name.lower() == wanted), None)
    if found is None:
        texts = (name for name in columns if name not in _NUMERIC | _EFFECTS and _is_text(columns[name]))
        found = next(texts, None)
    column = columns[found] if found is not None else ("",) * rows
    return tuple(label or f"Study {number}" for number, label in enumerate(column, 1))


def _is_text(column: Iterable[str]) -> bool:
    def number(text: str) -> bool:
        try:
            float(text)
        except ValueError:
            return text.strip().lower() in MISSING
        return True

    return any(not number(text) for text in column)


def _check_names(names: Sequence[str], sheet: str) -> None:
    if len(names) == 1 and names[0] not in _NUMERIC | _EFFECTS:
        raise SheetError(f"{sheet} has one column only: put commas, semicolons or tabs between the cells")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise SheetError(f"{sheet}: the column {', '.join(twice)} stands there twice")


def _decimal_comma(text: str) -> bool:
    whole, comma, rest = text.strip().partition(",")
    return bool(comma) and whole.lstrip("+-").isdigit() and rest.isdigit()


def _plain(value: Any) -> Any:
    """A number as JSON has it: null for what does not exist, never NaN."""
    if value is None or isinstance(value, str | int):
        return value
    number = float(cast(float, value))
    return number if math.isfinite(number) else None
