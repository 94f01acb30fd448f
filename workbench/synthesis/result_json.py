"""A result as plain data: what `workbench analyse --json` prints and an export keeps."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from workbench.pooling import Pool
from workbench.synthesis.values import AnalysisResult, Contrast, EffectRow, Sensitivity

POOL_KEYS = (
    *("estimate", "se", "ci_low", "ci_high", "statistic", "p", "pi_low", "pi_high", "tau2", "tau2_low", "tau2_high"),
    *("i2", "h2", "q", "q_df", "q_p", "method", "ci"),
)


def result_json(result: AnalysisResult) -> dict[str, Any]:
    """The result in the shape of `workbench pool`, with what the review adds; numbers at full precision.

    estimate and intervals are on the analysis scale ("scale": "log" for ratios). Where nothing was pooled, k is the
    number of results and the pool's values are null.
    """
    analysis, pooled = result.analysis, result.pool
    return {
        "key": analysis.key,
        "analysis": _plain(asdict(analysis)),  # all that is needed to make this result again
        "title": result.title,
        "indication": analysis.indication,
        "indication_label": result.indication_label,
        "outcome": analysis.outcome,
        "outcome_label": result.outcome_label,
        "window": analysis.window,
        "window_label": result.window_label,
        "measure": analysis.measure,
        "unit": result.unit,
        "scale": "log" if result.ratio else "natural",
        "engine": analysis.engine,
        "k": len(result.rows),
        "trials": len(result.studies),
        "participants": _number(result.participants),
        **pool_json(pooled),
        "level": analysis.model.level,
        "studies": [
            row_json(row, None if pooled is None else float(pooled.weights[position]))
            for position, row in enumerate(result.rows)
        ],
        "considered": result.considered,
        "excluded": [
            {**_trace(item.contrast), "label": item.contrast.arm_label, "reason": item.reason, "code": item.code}
            for item in result.excluded
        ],
        "favours_low": result.favours_low,
        "favours_high": result.favours_high,
        "statement": result.statement,
        "settings": result.settings,
        "warnings": list(result.warnings),
        "subgroup": analysis.subgroup,
        "subgroups": [
            {"name": group.name, "k": len(group.rows), "rows": list(group.rows), **pool_json(group.pool)}
            for group in result.subgroups
        ],
        "subgroup_test": _plain(asdict(result.subgroup_test)) if result.subgroup_test is not None else None,
        "sensitivity": [_sensitivity(run) for run in result.sensitivity],
        "leave_one_out": [_sensitivity(run) for run in result.leave_one_out],
        "cross_check": None
        if result.cross_check is None
        else {**_plain(asdict(result.cross_check)), "statement": result.cross_check.statement},
        "example": result.example,
        "notice": result.notice,
    }


def pool_json(pooled: Pool | None) -> dict[str, Any]:
    """The pool's values under their names; all null where there is none."""
    if pooled is None:
        return dict.fromkeys(POOL_KEYS)
    return {key: _plain(getattr(pooled, key)) for key in POOL_KEYS}


def row_json(row: EffectRow, weight: float | None) -> dict[str, Any]:
    """One result with all that leads back to where it was read."""
    return {
        "label": row.label,
        "yi": row.yi,
        "vi": row.vi,
        "weight": weight,
        "note": row.note,
        "active": _plain(asdict(row.active)),
        "comparator": _plain(asdict(row.comparator)),
        "approximate": row.approximate,
        **_trace(row.contrast),
    }


def _trace(contrast: Contrast) -> dict[str, Any]:
    return {
        "contrast": contrast.id,
        "study": contrast.study,
        "study_label": contrast.study_label,
        "active_label": contrast.active_label,
        "comparator_label": contrast.comparator_label,
        "instrument": contrast.instrument,
        "time_label": contrast.time_label,
        "days_after_treatment": contrast.days_after_treatment,
        "certainty": contrast.certainty,
        "certainty_note": contrast.certainty_note,
        "flags": [asdict(flag) for flag in contrast.flags],
        "form": contrast.form,
        "form_version": contrast.form_version,
        "extraction_ids": list(contrast.extraction_ids),
        "reports": list(contrast.reports),
        "quote": contrast.quote,
        "page": contrast.page,
        "source_address": contrast.source_address,
    }


def _sensitivity(run: Sensitivity) -> dict[str, Any]:
    return {
        "name": run.name,
        "dropped": list(run.dropped),
        "added": list(run.added),
        "note": run.note,
        "k": run.pool.k if run.pool is not None else None,
        **pool_json(run.pool),
    }


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _plain(value: Any) -> Any:
    """Lists, dicts, texts and finite numbers only; what JSON cannot say becomes null."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return _number(float(value))
    return value
