"""What one row of a sheet says of its trial, beside the result that it gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbench.extraction_sheets.cell_text import squeezed
from workbench.extraction_sheets.finishing import Finished
from workbench.extraction_sheets.grid import GridSheet, address
from workbench.extraction_sheets.imported import Said, TrialRow
from workbench.extraction_sheets.mapping import SheetMapping
from workbench.extraction_sheets.row_parts import Part, Place, RowParts
from workbench.extraction_sheets.trial_places import (
    ACTIVE,
    COMPARATOR,
    ROLE,
    TrialPlace,
    carried,
    field_at,
    is_trial_target,
    lists_arms,
    trial_place,
)
from workbench.forms import ChoiceField, Form, TableField, is_empty
from workbench.forms.tables import ARMS, table

_NAMES = {ACTIVE: "active_label", COMPARATOR: "comparator_label"}
"""Where a result's form says what its arms are called."""


def trial_row(
    draft: RowParts, made: Finished, mapping: SheetMapping, forms: Mapping[str, Form], sheet: GridSheet
) -> TrialRow | None:
    """What the row says of its trial; None where that is nothing but the trial's name."""
    reader = _Reader(draft, made, mapping, forms, sheet)
    said = (*reader.mapped(), *reader.carried_over(), *reader.arms(), *reader.constants())
    if not any(each.field != "study_label" and each.cells for each in said):
        return None
    taken = {place for each in said for place in each.places}
    return TrialRow(
        study=made.result.study,
        rows=draft.rows,
        said=said,
        arms=tuple((role, name) for role, name in reader.names.items() if name or role == ACTIVE),
        notes=reader.left_over(taken) if mapping.row_is == "trial" else (),
        pmid=made.result.pmid,
        doi=made.result.doi,
    )


class _Reader:
    def __init__(
        self, draft: RowParts, made: Finished, mapping: SheetMapping, forms: Mapping[str, Form], sheet: GridSheet
    ) -> None:
        self.draft, self.made, self.mapping, self.forms, self.sheet = draft, made, mapping, forms, sheet
        answers = made.result.answers
        self.names = {
            role: squeezed(name) if isinstance(name := answers.get(key), str) else "" for role, key in _NAMES.items()
        }

    def mapped(self) -> Iterable[Said]:
        """Columns that were mapped to a form of the trial."""
        for target, part in self.draft.parts.items():
            if is_trial_target(target):
                place = trial_place(target)
                if place is not None and field_at(place, self.forms) is not None:
                    yield self._said(place, part.answer, part, of_trial=True)

    def carried_over(self) -> Iterable[Said]:
        """Answers of the result that the trial's form asks as well."""
        own = {target for target in self.draft.parts if is_trial_target(target)}
        for name in self.mapping.trial_forms:
            form = self.forms[name]
            for key, place in carried(form, frozenset(self.made.result.answers)).items():
                answer = self.made.result.answers[key]
                field = field_at(place, self.forms)
                fits = not isinstance(field, ChoiceField) or not isinstance(answer, str) or answer in field.values
                if str(place) not in own and not is_empty(answer) and fits:
                    yield self._said(place, answer, self.made.sources.get(key))

    def arms(self) -> Iterable[Said]:
        """The names of the two arms and what they are."""
        for name in self.mapping.trial_forms:
            arms = table(self.forms[name], ARMS)
            if arms is None or not arms.adds_rows:
                continue
            for role, label in self.names.items():
                if not label:
                    continue
                part = self.made.sources.get(_NAMES[role])
                if arms.naming is not None:
                    yield self._said(TrialPlace(form=name, field=ARMS, row=role, column=arms.naming), label, part)
                kind = self._role(arms, role)
                if kind:
                    yield self._said(TrialPlace(form=name, field=ARMS, row=role, column=ROLE), kind, part)

    def _role(self, arms: TableField, role: str) -> str:
        """What the arm is among the options of the table, as far as the row tells."""
        column = next((each for each in arms.columns if each.key == ROLE), None)
        sham = self.made.result.answers.get("sham_type")
        kind = ""
        if role == ACTIVE:
            kind = "active"
        elif isinstance(sham, str) and sham:
            kind = "other" if sham.startswith("no sham") else "sham"
        return kind if isinstance(column, ChoiceField) and kind in column.values else ""

    def constants(self) -> Iterable[Said]:
        """What the mapping says for every row of its trial."""
        for target, answer in self.mapping.constants.items():
            place = trial_place(target) if is_trial_target(target) else None
            if place is not None and target not in self.draft.refused and field_at(place, self.forms) is not None:
                yield self._said(place, answer, None, of_trial=True)

    def left_over(self, taken: set[Place]) -> tuple[str, ...]:
        """Cells that no field of the trial's form took, of a row that gives no result."""
        kept = [f"{column}: {text}" for column, text, _ in self.draft.left]
        for part in self.made.sources.values():
            if not set(part.places) & taken:
                kept.append(f"{', '.join(part.columns)}: {squeezed(part.text)}")
        return tuple(dict.fromkeys(kept))

    def _said(self, place: TrialPlace, answer: Any, part: Part | None, *, of_trial: bool = False) -> Said:
        form = self.forms[place.form]
        arm, role = "", ""
        if place.column:
            held = form.field(place.field)
            arms = isinstance(held, TableField) and lists_arms(held)
            role = place.row if arms and place.row in _NAMES else ""
            arm = self.names[role] if role else place.row
        name = f"{self.sheet.name}!" if self.sheet.name else ""
        places = () if part is None else part.places
        return Said(
            form=place.form,
            field=place.field,
            arm=arm,
            role=role,
            column=place.column,
            answer=answer,
            text="" if part is None else part.text,
            cells=tuple(dict.fromkeys(f"{name}{address(*each)}" for each in places)),
            places=places,
            of_trial=of_trial,
        )
