"""Which form a row of a sheet belongs to: told by the numbers it has."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.extraction_sheets.mapping import FORM, WORKED_OUT, SheetMapping
from workbench.extraction_sheets.row_parts import RowParts
from workbench.forms import ChoiceField, Form

_ESSENTIAL: dict[str, tuple[tuple[str, ...], ...]] = {
    "parallel_means": (
        *(("n_active",), ("mean_active",), ("spread_active",)),
        *(("n_comparator",), ("mean_comparator",), ("spread_comparator",)),
    ),
    "crossover_means": (
        *(("n_analysed", "n_active"), ("mean_active",), ("spread_active",)),
        *(("mean_comparator",), ("spread_comparator",)),
    ),
    "events": (("events_active",), ("n_active",), ("events_comparator",), ("n_comparator",)),
    "estimate": (("estimate", "estimate_t"), ("estimate_se", "estimate_low", "estimate_p", "n_active")),
}
"""What a kind of form needs for an effect; of a group, any one will do."""
_TELLING: dict[str, frozenset[str]] = {
    "parallel_means": frozenset({"mean_active", "spread_active", "mean_comparator", "spread_comparator"}),
    "crossover_means": frozenset({"mean_active", "spread_active", "mean_comparator", "spread_comparator"}),
    "events": frozenset({"events_active", "events_comparator"}),
    "estimate": frozenset({"estimate", "estimate_t", "estimate_p"}),
}
"""Numbers of which at least one must be there: the sizes of the arms tell nothing of a row's kind."""


def form_of(draft: RowParts, mapping: SheetMapping, forms: Mapping[str, Form]) -> Form:
    """The form that the row says, or the first whose numbers it has, or the one of which it has the most."""
    said = draft.parts.get(FORM)
    candidates = [forms[name] for name in mapping.forms]
    if said is not None and said.answer in forms:
        return forms[str(said.answer)]
    design = draft.parts.get("design")
    crossover = (design.answer if design is not None else mapping.constants.get("design")) == "crossover"
    if not crossover:
        candidates = [form for form in candidates if form.kind != "crossover_means"] or candidates
    else:
        candidates = [form for form in candidates if form.kind != "parallel_means"] or candidates
    candidates = [form for form in candidates if _records(form, draft, mapping)] or candidates
    keys = {WORKED_OUT.get(key, key) for key in draft.parts}
    best, best_share = candidates[0], 0.0
    for form in candidates:
        groups = _ESSENTIAL.get(form.kind, ())
        share = sum(any(key in keys for key in group) for group in groups) / len(groups) if groups else 0.0
        if not keys & _TELLING.get(form.kind, frozenset()):
            share = 0.0
        if share > best_share:
            best, best_share = form, share
    return best


def _records(form: Form, draft: RowParts, mapping: SheetMapping) -> bool:
    """Whether the form can record the row's outcome (counts are no means)."""
    part = draft.parts.get("outcome")
    outcome = part.answer if part is not None else draft.constants.get("outcome", mapping.constants.get("outcome"))
    field = next((each for each in form.fields if each.key == "outcome"), None)
    return not (isinstance(field, ChoiceField) and isinstance(outcome, str)) or outcome in field.values
