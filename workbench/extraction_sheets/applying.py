"""A sheet read with a mapping: rows become results, and every cell is accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.extraction_sheets.answers_from_cells import Remark, Taken, number, take
from workbench.extraction_sheets.before_treatment import mark_before_treatment
from workbench.extraction_sheets.cell_text import folded, has_both_marks, has_decimal_point, part_of, squeezed
from workbench.extraction_sheets.errors import BadSheetMapping
from workbench.extraction_sheets.finishing import finished
from workbench.extraction_sheets.grid import Cell, Grid, GridSheet, address
from workbench.extraction_sheets.imported import (
    CELL_STATES,
    CellProblem,
    Imported,
    ImportedResult,
    LeftOutColumn,
    TrialRow,
)
from workbench.extraction_sheets.mapping import ARM, ARM_FIELDS, FORM, TARGETS, WORKED_OUT, SheetMapping, Use
from workbench.extraction_sheets.row_parts import Part, Place, RowParts
from workbench.extraction_sheets.same_result import mark_repeated
from workbench.extraction_sheets.sharing import mark_shared_comparators
from workbench.extraction_sheets.table_finding import LeftOutRow, Table, find_table
from workbench.extraction_sheets.trial_places import (
    ACTIVE,
    COMPARATOR,
    THIS_ARM,
    field_at,
    is_trial_target,
    trial_place,
)
from workbench.extraction_sheets.trial_rows import trial_row
from workbench.extraction_sheets.trials import gather
from workbench.forms import ChoiceField, Column, CountField, DateField, Form, FormField, NumberField, YesNoUnclearField

_Given = tuple[Use, Part, Cell]
_ONE_OF_FEW = (ChoiceField, YesNoUnclearField, DateField)
"""Fields whose texts are no free words: of two that differ, one is wrong."""
_STRENGTH = {state: place for place, state in enumerate(("empty", "study", "notes", "worked out", "answer", "refused"))}


def apply_mapping(grid: Grid, mapping: SheetMapping, forms: Mapping[str, Form]) -> Imported:
    """Every row of the mapped sheet as results. forms: by name, the review's options filled in.

    Nothing is dropped uncounted: a cell's value is an answer, or it is listed with the reason. BadSheetMapping for a
    mapping that names columns, fields or forms that are not there.
    """
    try:
        sheet = grid.sheet(mapping.sheet)
    except KeyError:
        known = ", ".join(repr(each.name) for each in grid.sheets)
        raise BadSheetMapping(f"{grid.name} has no sheet {mapping.sheet!r}; it has {known}") from None
    table = find_table(sheet, mapping.header_rows, mapping.left_out_rows)
    _check(table, mapping, forms)
    work = _Work(grid=grid, table=table, mapping=mapping, forms=forms)
    rows = [work.read_row(row) for row in table.rows]
    drafts = _arms_paired(work, rows) if mapping.row_is == "arm" else [part for parts in rows for part in parts]
    results: list[ImportedResult] = []
    trial_rows: list[TrialRow] = []
    taken: set[Place] = set()  # by results
    for draft in drafts:
        made = finished(draft, mapping, forms, grid.name, sheet)
        said = trial_row(draft, made, mapping, forms, sheet) if mapping.trial_forms else None
        if said is not None:
            trial_rows.append(said)
        if mapping.row_is == "trial":
            work.mark_trial(made.states, said)
            continue
        for place, state in (*made.states.items(), *_of_trial(said)):
            work.mark(place, state)
        taken |= {place for part in made.sources.values() for place in part.places}
        work.problems.extend(made.problems)
        results.append(made.result)
    results, repeated = mark_repeated(results, sheet.name, lambda result: folded(result.study))
    results, before = mark_before_treatment(results, sheet.name)
    work.problems.extend([*repeated, *before])
    if mapping.shared_comparator:
        results = mark_shared_comparators(results, mapping.shared_comparator)
    trial_forms = {name: forms[name] for name in mapping.trial_forms}
    gathered = gather(trial_rows, trial_forms, file=grid.name, sheet=sheet.name)
    work.problems.extend(gathered.problems)
    for place in gathered.refused - taken:
        work.states[place] = "refused"
    given = {row for result in results for row in result.rows} | {row for each in trial_rows for row in each.rows}
    barren = [
        LeftOutRow(row=row, reason=work.why_not.get(row, "nothing in it that a form asks for"), text=work.row_text(row))
        for row in table.rows
        if row not in given
    ]
    for item in barren:
        for column in sheet.row(item.row):
            work.states[item.row, column] = "row without result"
    columns = work.left_out_columns()
    return Imported(
        file=grid.name,
        sheet=sheet.name,
        results=tuple(results),
        problems=tuple(sorted(work.problems, key=_order)),
        left_out_rows=table.left_out,
        left_out_columns=columns,
        rows=len(table.rows),
        rows_without_result=tuple(barren),
        counts=work.counts(),
        notes=(*grid.notes, *sheet.notes),
        trials=tuple(gathered.trials),
        trial_rows=tuple(trial_rows),
        trial_forms=trial_forms,
    )


def _of_trial(said: TrialRow | None) -> Iterator[tuple[Place, str]]:
    """The cells of columns that were mapped to the trial's form."""
    for each in said.said if said is not None else ():
        if each.of_trial:
            yield from ((place, "answer") for place in each.places)


def _order(problem: CellProblem) -> tuple[int, int, str]:
    letters = problem.cell.rstrip("0123456789")
    row = int(problem.cell[len(letters) :] or 0)
    return ({"error": 0, "warning": 1, "note": 2}[problem.level], row, f"{len(letters)}{letters}")


def _check(table: Table, mapping: SheetMapping, forms: Mapping[str, Form]) -> None:
    labels = {column.label for column in table.columns}
    strange = [use.column for use in mapping.uses if use.column not in labels]
    if strange:
        raise BadSheetMapping(f"the sheet has no column {strange[0]!r}; it has {', '.join(sorted(labels)[:30])}")
    missing = [name for name in mapping.forms if name not in forms]
    if missing or not mapping.forms:
        raise BadSheetMapping(f"the review has no form {missing[0]!r}" if missing else "the mapping names no form")
    known = {key for name in mapping.forms for key in forms[name].keys} | set(TARGETS)
    for name in mapping.trial_forms:
        if name not in forms or forms[name].scope != "trial":
            raise BadSheetMapping(f"the review has no form {name!r} that is filled in once for a trial")
    if mapping.row_is == "trial" and not mapping.trial_forms:
        raise BadSheetMapping("with one trial a row, the mapping must name a form of the trial")
    for key in (*(use.field for use in mapping.uses), *mapping.constants):
        place = trial_place(key) if is_trial_target(key) else None
        if place is not None and place.form in mapping.trial_forms and field_at(place, forms) is not None:
            if place.row == THIS_ARM and mapping.row_is != "arm":
                raise BadSheetMapping(f"{key} is about the row's arm, but the mapping says one {mapping.row_is} a row")
            continue
        if key not in known:
            raise BadSheetMapping(f"no form of this mapping has a field {key!r}")
    for use in mapping.uses:
        if use.field == ARM and mapping.row_is != "arm":
            raise BadSheetMapping("a column says which arm a row is, but the mapping says one result a row")
    if mapping.row_is == "arm" and not any(use.field == ARM for use in mapping.uses):
        raise BadSheetMapping("with one arm a row, a column must say which arm the row is")


@dataclass(slots=True, kw_only=True)
class _Work:
    """The state of one reading."""

    grid: Grid
    table: Table
    mapping: SheetMapping
    forms: Mapping[str, Form]
    states: dict[tuple[int, int], str] = field(default_factory=dict)
    problems: list[CellProblem] = field(default_factory=list)
    why_not: dict[int, str] = field(default_factory=dict)
    _points: dict[str, bool] = field(default_factory=dict)
    _above: dict[str, Cell] = field(default_factory=dict)
    _told: set[tuple[int, int, str]] = field(default_factory=set)

    @property
    def sheet(self) -> GridSheet:
        return self.table.sheet

    def form_field(self, key: str) -> FormField | Column | None:
        """The field of this key in the first of the mapping's forms that has it, or the place in a trial's form."""
        if is_trial_target(key):
            return field_at(trial_place(key), self.forms)
        for name in self.mapping.forms:
            for each in self.forms[name].fields:
                if each.key == key:
                    return each
        return None

    def mark(self, place: tuple[int, int], state: str) -> None:
        """Say what became of a cell; of several uses the strongest counts."""
        held = self.states.get(place)
        if held is None or _STRENGTH[state] > _STRENGTH[held]:
            self.states[place] = state

    def mark_trial(self, states: Mapping[tuple[int, int], str], said: TrialRow | None) -> None:
        """Of a row that gives no result: what its trial took is an answer, what it did not take is in the notes."""
        taken = {place for each in said.said for place in each.places} if said is not None else set()
        for place in taken | states.keys():
            state = states.get(place, "answer")
            self.mark(
                place, "notes" if state == "answer" and place not in taken else "answer" if place in taken else state
            )

    def row_text(self, row: int) -> str:
        return "; ".join(squeezed(cell.text)[:60] for cell in self.sheet.row(row).values())[:300]

    # --- one row ----------------------------------------------------------------------------------------------------

    def read_row(self, row: int) -> list[RowParts]:
        """The row as one draft of a result, or one for each block that has a number."""
        shared = self._parts(row, "")
        if not self.mapping.blocks:
            return [shared]
        drafts = []
        for block in self.mapping.blocks:
            own = self._parts(row, block.key)
            if any(self._is_number(key) for key in own.parts):
                drafts.append(
                    RowParts(
                        rows=(row,),
                        block=block.key,
                        parts={**shared.parts, **own.parts},
                        refused=shared.refused | own.refused,
                        left=(*shared.left, *own.left),
                        constants=dict(block.constants),
                    )
                )
        return drafts

    def _is_number(self, key: str) -> bool:
        return key in WORKED_OUT or isinstance(self.form_field(key), CountField | NumberField)

    def _parts(self, row: int, block: str) -> RowParts:
        parts: dict[str, Part] = {}
        refused: set[str] = set()
        left: list[tuple[str, str, tuple[int, int]]] = []
        given: dict[str, _Given] = {}
        against: dict[str, list[_Given]] = {}  # what several columns say of one field, each otherwise
        for use in self.mapping.uses:
            if use.block != block:
                continue
            column = self.table.column(use.column)
            if column is None:
                continue
            place = (row, column.number)
            cell = self._cell(row, use.column, column.number)
            if cell is None:
                continue
            taken = self._take(cell, use)
            self._remark(place, cell, use, taken)
            if taken.state == "empty":
                self.mark(place, "empty") if place in self.sheet.cells else None
                continue
            if taken.state == "refused":
                refused.add(use.field)
                left.append((use.column, squeezed(cell.text), place))
                self.mark(place, "refused")
                continue
            part = Part(answer=taken.answer, text=cell.text, places=(place,), columns=(use.column,))
            held = parts.get(use.field)
            if use.field in against:
                against[use.field].append((use, part, cell))
            elif held is None:
                parts[use.field] = part
                given[use.field] = (use, part, cell)
            elif use.append and isinstance(held.answer, str) and isinstance(part.answer, str):
                parts[use.field] = held.joined(part)
            elif held.answer == part.answer:
                self.mark(place, "answer")
            elif self._means_it_alone(part) != self._means_it_alone(held):
                # what a column says of this field alone counts before what another one implies
                if self._means_it_alone(part):
                    parts[use.field] = part
                    given[use.field] = (use, part, cell)
                self.mark(place, "answer")
            elif isinstance(part.answer, str) and not isinstance(self.form_field(use.field), _ONE_OF_FEW):
                left.append((use.column, squeezed(cell.text), place))
                self.mark(place, "notes")
            else:
                against[use.field] = [given[use.field], (use, part, cell)]
        for name, several in against.items():
            refused.add(name)
            parts.pop(name, None)
            left += self._disagree(several)
        return RowParts(
            rows=(row,), block=block, parts=parts, refused=frozenset(refused), left=tuple(left), constants={}
        )

    def _means_it_alone(self, part: Part) -> bool:
        return all(len(self.mapping.uses_of(column)) == 1 for column in part.columns)

    def _disagree(self, several: Sequence[_Given]) -> list[tuple[str, str, Place]]:
        """Two columns that mean one field and differ: neither is taken, both are listed and kept in the notes."""
        left = []
        for use, part, cell in several:
            others = "; ".join(
                f"“{squeezed(other.text)[:60]}” in {address(*other.places[0])} ({using.column})"
                for using, other, _ in several
                if other is not part
            )
            remark = Remark(
                message=f"Another column means the same and says otherwise: {others}. Neither was taken",
                mend="say in the mapping which column is meant, or write the same in both cells",
                level="error",
            )
            self._remark(part.places[0], cell, use, Taken(state="refused", remarks=(remark,)))
            self.mark(part.places[0], "refused")
            left.append((use.column, squeezed(cell.text), part.places[0]))
        return left

    def _cell(self, row: int, label: str, column: int) -> Cell | None:
        cell = self.sheet.cells.get((row, column))
        if label in self.mapping.fill_down:
            if cell is not None:
                self._above[label] = cell
            return cell or self._above.get(label)
        return cell

    def _take(self, cell: Cell, use: Use) -> Taken:
        typed = self.grid.kind == "XLSX"
        arms = ARM_FIELDS.get(use.field)
        key = arms[0] if arms else use.field
        if use.field in WORKED_OUT:
            text = part_of(cell.text, use.part)
            checked = take(cell, use, None, as_text=typed, missing=self.mapping.missing)
            if checked.state != "answer" or not isinstance(checked.answer, str):
                return checked
            found = number(cell, text, as_text=typed)
            return replace(found, remarks=(*checked.remarks, *found.remarks))
        taken = take(
            cell,
            use,
            self.form_field(key),
            as_text=typed,
            missing=self.mapping.missing,
            decimal_comma=self.sheet.decimal_comma,
            decimal_point=self._has_decimal_points(use.column),
        )
        if use.field in (FORM, ARM) and taken.state == "answer" and taken.answer not in self._special(use.field):
            wanted = ", ".join(self._special(use.field))
            what = "arm" if use.field == ARM else "form"
            remark = Remark(
                message=f"“{squeezed(str(taken.answer))[:60]}” does not say which {what}",
                mend=f"say in the mapping what it stands for: {wanted}",
                level="error",
            )
            return Taken(state="refused", remarks=(remark,))
        return taken

    def _has_decimal_points(self, label: str) -> bool:
        """Whether a column's numbers have decimal points, and none shows that its commas part thousands."""
        known = self._points.get(label)
        if known is None:
            column = self.table.column(label)
            texts = self.table.texts(column) if column is not None else {}
            known = any(map(has_decimal_point, texts)) and not any(map(has_both_marks, texts))
            self._points[label] = known
        return known

    def _special(self, key: str) -> tuple[str, ...]:
        return ("active", "comparator") if key == ARM else self.mapping.forms

    def _remark(self, place: tuple[int, int], cell: Cell, use: Use, taken: Taken) -> None:
        for remark in taken.remarks:
            told = (*place, remark.message)
            if told in self._told:
                continue
            self._told.add(told)
            self.problems.append(
                CellProblem(
                    sheet=self.sheet.name,
                    cell=address(*place),
                    value=squeezed(cell.text)[:200],
                    message=remark.message,
                    mend=remark.mend,
                    level=remark.level,
                    field=use.field,
                    result="",
                )
            )

    # --- what was left out ------------------------------------------------------------------------------------------

    def left_out_columns(self) -> tuple[LeftOutColumn, ...]:
        used = {use.column for use in self.mapping.uses}
        found = []
        for column in self.table.columns:
            if column.label not in used and column.filled:
                reason = "no field was chosen for it" if column.named else "it has no heading, and no field was chosen"
                found.append(
                    LeftOutColumn(column=column.letters, label=column.label, cells=column.filled, reason=reason)
                )
        return tuple(found)

    def counts(self) -> dict[str, int]:
        """How many cells came to what; the sum is every cell of the sheet with something in it."""
        found = dict.fromkeys(CELL_STATES, 0)
        left = {item.row for item in self.table.left_out}
        used = {column.number for column in self.table.columns if self.mapping.uses_of(column.label)}
        for (row, column), _cell in self.sheet.cells.items():
            if row in self.table.header_rows:
                found["heading"] += 1
            elif row in left:
                found["row left out"] += 1
            elif self.states.get((row, column)) == "row without result":
                found["row without result"] += 1
            elif column not in used:
                found["column left out"] += 1
            else:
                found[self.states.get((row, column), "empty")] += 1
        return found


# ---------------------------------------------------------------------------------------------------- one arm in a row


def _arms_paired(work: _Work, rows: Sequence[Sequence[RowParts]]) -> list[RowParts]:
    """Rows of one arm each, put together: each active arm of a study, outcome and time with its comparator."""
    groups: dict[tuple[str, ...], list[RowParts]] = {}
    for drafts in rows:
        for draft in drafts:
            if ARM not in draft.parts:
                work.why_not[draft.rows[0]] = "it does not say which arm it is"
                continue
            key = tuple(
                folded(str(draft.parts[name].answer)) if name in draft.parts else ""
                for name in ("study_label", "_year", "outcome", "instrument", "time_label")
            )
            groups.setdefault((*key, draft.block), []).append(draft)
    paired: list[RowParts] = []
    for group in groups.values():
        actives = [draft for draft in group if draft.parts[ARM].answer == "active"]
        others = [draft for draft in group if draft.parts[ARM].answer == "comparator"]
        if len(others) != 1 or not actives:
            found = "no comparator arm" if not others else "no active arm" if not actives else "several comparator arms"
            for draft in group:
                work.why_not[draft.rows[0]] = f"{found} among the rows of this study, outcome and time"
                first = min(work.sheet.row(draft.rows[0]), default=1)
                work.problems.append(
                    CellProblem(
                        sheet=work.sheet.name,
                        cell=address(draft.rows[0], first),
                        value=work.sheet.text(draft.rows[0], first)[:200],
                        message=f"{found} among the rows of this study, outcome and time",
                        mend="check the columns of study, outcome, time and arm, and what their words stand for",
                    )
                )
            continue
        for active in actives:
            paired.append(_pair(active, others[0], shared=len(actives) > 1))
    return paired


def _pair(active: RowParts, other: RowParts, *, shared: bool) -> RowParts:
    parts: dict[str, Part] = {}
    for key, part in (*other.parts.items(), *active.parts.items()):
        if key in ARM_FIELDS or key == "sham_type" or _about_its_arm(key):
            continue
        parts[key] = part
    for draft, role in ((active, ACTIVE), (other, COMPARATOR)):
        for key in filter(_about_its_arm, draft.parts):
            parts[key.replace(f"[{THIS_ARM}]", f"[{role}]")] = draft.parts[key]
    for draft, place in ((active, 0), (other, 1)):
        for key, fields in ARM_FIELDS.items():
            if key in draft.parts:
                parts[fields[place]] = draft.parts[key]
    if "sham_type" in other.parts:
        parts["sham_type"] = other.parts["sham_type"]
    constants: dict[str, Any] = dict(active.constants)
    if shared:
        constants |= {"comparator_shared": "yes", "comparator_split": "whole"}
    refused = {ARM_FIELDS.get(key, (key, key))[0] for key in active.refused}
    refused |= {ARM_FIELDS.get(key, (key, key))[1] for key in other.refused}
    return RowParts(
        rows=(*active.rows, *other.rows),
        block=active.block,
        parts=parts,
        refused=frozenset(refused),
        left=(*active.left, *other.left),
        constants=constants,
    )


def _about_its_arm(key: str) -> bool:
    place = trial_place(key) if is_trial_target(key) else None
    return place is not None and place.row == THIS_ARM
