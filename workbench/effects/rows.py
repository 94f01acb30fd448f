"""Any conversion of single numbers, applied to columns of numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.effects.measures import EffectError, Floats, rows_text


def by_row(function: Callable[..., Any], columns: Mapping[str, npt.ArrayLike], **options: Any) -> dict[str, Floats]:
    """Apply a conversion to every row of some columns; options are the same for all rows.

    columns: the function's arguments by name, arrays of length k or one number for all rows. A row with a missing
    number (NaN) gives NaN. Back come arrays of length k: under "value" where the function gives a number, else one
    per numeric field of what it gives ("mean" and "sd"; "yi" and "vi"). EffectError names the rows that are refused.
    """
    if not columns:
        raise EffectError("there are no columns to convert")
    try:
        arrays = [np.asarray(column, dtype=np.float64) for column in columns.values()]
    except (TypeError, ValueError) as error:
        raise EffectError("the columns must hold numbers only") from error
    if any(array.ndim > 1 for array in arrays):
        raise EffectError("the columns must be one-dimensional")
    if len({array.size for array in arrays if array.ndim == 1}) > 1:
        raise EffectError(f"the columns {' '.join(columns)} differ in length")
    arrays = list(np.broadcast_arrays(*arrays))
    numbers = [np.atleast_1d(array) for array in arrays]
    results: list[dict[str, float] | None] = []
    refused: dict[str, list[int]] = {}
    for row in range(numbers[0].size):
        values = {name: float(column[row]) for name, column in zip(columns, numbers, strict=True)}
        if any(np.isnan(value) for value in values.values()):
            results.append(None)
            continue
        try:
            results.append(_numbers(function(**values, **options)))
        except EffectError as error:
            refused.setdefault(str(error), []).append(row)
    if refused:
        said = "; ".join(f"{rows_text(rows)}: {message}" for message, rows in refused.items())
        raise EffectError(said, sorted(row for rows in refused.values() for row in rows))
    names = next((list(result) for result in results if result is not None), ["value"])
    return {
        name: np.array([np.nan if result is None else result[name] for result in results], dtype=np.float64)
        for name in names
    }


def _numbers(result: Any) -> dict[str, float]:
    if isinstance(result, int | float):
        return {"value": float(result)}
    fields = {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}
    return {name: float(value) for name, value in fields.items() if isinstance(value, int | float)}
