"""The kinds of form, and what a form of each kind must ask because `workbench.synthesis` reads it."""

from __future__ import annotations

from typing import Literal

FormKind = Literal[
    "parallel_means", "crossover_means", "arm_means", "events", "rates", "one_arm", "estimate", "trial"
]  # "trial": filled in once for a trial; never becomes a contrast
Scope = Literal["result", "trial"]

_NUMBER = ("number", "count")
_COMMON: dict[str, tuple[str, ...]] = {
    "study_label": ("text",),
    "indications": ("multi_choice",),
    "primary_indication": ("choice",),
    "outcome": ("choice",),
    "time_label": ("text",),
    "days_after_treatment": _NUMBER,
    "quote": ("long_text", "text"),
    "page": ("text",),
    "certainty": ("choice",),
}
_SCALE: dict[str, tuple[str, ...]] = {"spread_kind": ("choice",), "direction": ("choice",), "statistic": ("choice",)}
_MEANS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("mean_active", "spread_active", "mean_comparator", "spread_comparator"), _NUMBER),
    **_SCALE,
}
REQUIRED_FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "parallel_means": {**_COMMON, "n_active": ("count",), "n_comparator": ("count",), **_MEANS},
    "crossover_means": {**_COMMON, "n_analysed": ("count",), **_MEANS, "correlation": ("number",)},
    "arm_means": {**_COMMON, "arms_results": ("table",), **_SCALE},
    "events": {
        **_COMMON,
        **dict.fromkeys(("events_active", "n_active", "events_comparator", "n_comparator"), ("count",)),
        "event_is": ("choice",),
    },
    "rates": {
        **_COMMON,
        **dict.fromkeys(("events_active", "events_comparator"), ("count",)),
        **dict.fromkeys(("time_active", "time_comparator"), _NUMBER),
        "event_is": ("choice",),
    },
    "one_arm": {
        **_COMMON,
        "active_label": ("text",),
        "one_arm_statistic": ("choice",),
        "n_analysed": ("count",),
        "mean": _NUMBER,
        "spread": _NUMBER,
        "events": ("count",),
        **_SCALE,
        "event_is": ("choice",),
    },
    "estimate": {
        **_COMMON,
        "estimate_measure": ("choice",),
        **dict.fromkeys(("estimate", "estimate_se", "estimate_low", "estimate_high", "estimate_p"), ("number",)),
        "direction": ("choice",),
        "n_active": ("count",),
        "n_comparator": ("count",),
    },
    "trial": {},
}
"""Fields a form of each kind must have (key -> types it may have), because `workbench.synthesis` reads them."""

REQUIRED_COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "arms_results": {
        "arm": ("text",),
        "role": ("choice",),
        "n": ("count",),
        "mean": _NUMBER,
        "spread": _NUMBER,
    }
}
"""Columns of the tables among them (table -> column -> types it may have)."""

REQUIRED_OPTIONS: dict[str, tuple[str, ...]] = {
    "direction": ("lower is better", "higher is better"),
    "statistic": ("final value", "change from baseline", "percent change"),
    "spread_kind": ("SD", "SE", "95% CI half-width"),
    "event_is": ("good", "bad"),
    "estimate_measure": ("MD", "SMD", "OR", "RR", "RD", "HR", "IRR"),
    "certainty": ("arm data", "approximate", "sensitivity only"),
    "estimate_favours": ("active", "comparator"),
    "comparator_shared": ("yes", "no"),
    "comparator_split": ("whole", "already divided"),
    "centre_kind": ("mean", "median"),
    "means_adjusted": ("as observed", "adjusted"),
    "one_arm_statistic": ("mean", "events"),
    "periods": ("both", "first"),
    "arms_results.role": ("active", "comparator"),
}
"""Options whose wording `workbench.synthesis` reads (of a field, or of `table.column`).

A form may leave some out, but not invent others.
"""
