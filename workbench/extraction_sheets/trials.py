"""The trials of a sheet: what all rows of a study say of it, put together.

Nothing is chosen between two answers: where rows of one study disagree, the trial's form is left empty there, and each
answer is listed by its cell. Only of a question with several choices the rows' choices are joined.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.extraction.rows import comparable
from workbench.extraction_sheets.cell_text import folded, squeezed
from workbench.extraction_sheets.imported import QUOTES, CellProblem, ImportedTrial, Said, TrialRow
from workbench.extraction_sheets.matching import study_key
from workbench.extraction_sheets.row_parts import Place
from workbench.extraction_sheets.trial_places import COMPARATOR, lists_arms
from workbench.forms import (
    NAME,
    ROW,
    ChoiceField,
    Form,
    LongTextField,
    MultiChoiceField,
    TableField,
    check_answers,
    is_empty,
    path_of,
    split_path,
)
from workbench.forms.tables import ARMS, table

MOST_CELLS = 6  # that one message names
NOTES = "notes"
MULTI_ARM = "multi-arm"
_NEEDED = "needs an answer"


@dataclass(slots=True, kw_only=True)
class Gathered:
    """The trials, what is wrong, and the cells that were not taken because others say otherwise."""

    trials: list[ImportedTrial] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)
    refused: set[Place] = field(default_factory=set)


def gather(
    rows: Sequence[TrialRow],
    forms: Mapping[str, Form],
    *,
    file: str,
    sheet: str,
    study_of: Callable[[str], str] = study_key,
) -> Gathered:
    """Each study's forms of the trial. forms: those of the trial's scope, options filled in.

    study_of: what two names of one study have in common; once studies are matched, the id of the study.
    """
    studies: dict[str, list[TrialRow]] = {}
    for row in rows:
        studies.setdefault(study_of(row.study), []).append(row)
    found = Gathered()
    for group in studies.values():
        for name, form in forms.items():
            if any(
                said.form == name and said.field != "study_label" and said.cells for row in group for said in row.said
            ):
                _Trial(rows=group, form=form, file=file, sheet=sheet, into=found).make()
    return found


@dataclass(frozen=True, slots=True)
class _Arm:
    id: str
    name: str
    role: str


@dataclass(slots=True, kw_only=True)
class _Trial:
    rows: Sequence[TrialRow]
    form: Form
    file: str
    sheet: str
    into: Gathered
    arms: list[_Arm] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)
    quotes: dict[str, dict[str, str]] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)

    def make(self) -> None:
        said = [each for row in self.rows for each in row.said if each.form == self.form.form]
        self._find_arms(said)
        groups: dict[tuple[str, str, str], list[Said]] = {}
        for each in said:
            groups.setdefault((each.field, self._row(each), each.column), []).append(each)
        answers: dict[str, Any] = {}
        for form_field in self.form.fields:
            if isinstance(form_field, TableField):
                held = self._table(form_field, groups)
                if held:
                    answers[form_field.key] = held
            else:
                answer = self._agreed(form_field.key, groups.get((form_field.key, "", ""), ()), form_field)
                if not is_empty(answer):
                    answers[form_field.key] = answer
        self._design(answers)
        self._notes(answers)
        self._only_what_is_asked(answers)
        self._finish(answers)

    # --- arms -------------------------------------------------------------------------------------------------------

    def _find_arms(self, said: Sequence[Said]) -> None:
        if table(self.form, ARMS) is None:
            return
        compared = [(name, role) for row in self.rows for role, name in row.arms]
        named = [(each.arm, each.role) for each in said if each.column and self._of_arms(each.field)]
        for name, role in sorted((*compared, *named), key=lambda arm: arm[1] == COMPARATOR):
            if self._arm(name, role) is None:
                self.arms.append(_Arm(f"r{len(self.arms) + 1}", name, role))
        others = [arm.name for arm in self.arms if arm.role == COMPARATOR]
        if len(others) > 1:
            listed = " and ".join(f"“{squeezed(name)[:60]}”" for name in others[:4])
            self._problem(
                next((each for each in said if each.role == COMPARATOR and each.places), None),
                f"The rows of {self.rows[0].study} call the comparator arm {listed}: {len(others)} arms of the trial",
                "write one name in all rows if they are one arm",
                field_key="comparator_label",
            )

    def _arm(self, name: str, role: str) -> _Arm | None:
        """The arm of this name; an arm that only the mapping names can be either of the two that a row compares.

        What one row gives as the active arm and another as the comparator (10 Hz against 1 Hz) is one arm of the trial.
        """
        named = [arm for arm in self.arms if folded(arm.name) == folded(name)]
        fitting = [arm for arm in named if arm.role == role or not arm.role or not role]
        if fitting or not named:
            return fitting[0] if fitting else None
        return None if any(_alike(row.arms) for row in self.rows) else named[0]

    def _of_arms(self, key: str) -> bool:
        held = table(self.form, key)
        return held is not None and lists_arms(held)

    def _row(self, said: Said) -> str:
        if not said.column:
            return ""
        arm = self._arm(said.arm, said.role) if self._of_arms(said.field) else None
        return arm.id if arm is not None else said.arm

    def _design(self, answers: dict[str, Any]) -> None:
        """More arms than two are not what is taken where the sheet does not say the design."""
        held = next((each for each in self.form.fields if each.key == "design"), None)
        options = [option.value for option in held.options] if isinstance(held, ChoiceField) else []
        assumed = answers.get("design") == "parallel" and "design" not in self.cells
        if assumed and len(self.arms) > 2 and MULTI_ARM in options:
            answers["design"] = MULTI_ARM

    # --- answers ----------------------------------------------------------------------------------------------------

    def _table(self, held: TableField, groups: Mapping[tuple[str, str, str], Sequence[Said]]) -> list[dict[str, Any]]:
        given = list(dict.fromkeys(row for key, row, _ in groups if key == held.key))
        wanted = [arm.id for arm in self.arms] if lists_arms(held) else given
        rows = []
        for identity in wanted:
            row: dict[str, Any] = {ROW: identity}
            name = next((arm.name for arm in self.arms if arm.id == identity), "")
            if held.rows_from is not None and name:
                row[NAME] = name
            for column in held.columns:
                path = path_of(held.key, identity, column.key)
                answer = self._agreed(path, groups.get((held.key, identity, column.key), ()), column, arm=name)
                if not is_empty(answer):
                    row[column.key] = answer
            if len(row) > 1 + (NAME in row):
                rows.append(row)
        return rows

    def _agreed(self, path: str, said: Sequence[Said], held: Any, *, arm: str = "") -> Any:
        """The answer that all rows give; None where they give none, or more than one."""
        from_cells = [each for each in said if each.cells]
        mapped = [each for each in from_cells if each.of_trial]
        given = mapped or from_cells or list(said)
        answers: dict[str, Said] = {}
        for each in given:
            answers.setdefault(repr(comparable(each.answer)), each)
        if not answers:
            return None
        first = next(iter(answers.values()))
        listed = all(isinstance(each.answer, list) for each in answers.values())
        if path == "study_label":  # the names of one study, as it was matched
            answers = {"": first}
        if len(answers) > 1 and not (listed and isinstance(held, MultiChoiceField)):
            self._disagree(path, given, list(answers.values()), held.label, arm)
            return None
        if from_cells:
            self._source(path, [each for each in given if each.cells])
        if len(answers) == 1:
            return first.answer
        return list(dict.fromkeys(item for each in answers.values() for item in each.answer))

    def _source(self, path: str, given: Sequence[Said]) -> None:
        cells = list(dict.fromkeys(cell for each in given for cell in each.cells))
        where = ", ".join(cells[:MOST_CELLS]) + (
            f" and {len(cells) - MOST_CELLS} more" if len(cells) > MOST_CELLS else ""
        )
        texts = list(dict.fromkeys(squeezed(each.text) for each in given))
        self.cells[path] = where
        self.places[path] = given[0].places[0]
        self.quotes[path] = {
            "quote": "; ".join(texts)[:1500],
            "page": f"{self.file}, {where}",
            "full_text": "",
            "found": "unchecked",
        }

    def _disagree(self, path: str, given: Sequence[Said], kinds: Sequence[Said], label: str, arm: str) -> None:
        """Each answer is listed at its first cell, with the cells of the others."""
        about = f"“{label}” of the trial" + (f", arm “{squeezed(arm)[:60]}”" if arm else "")
        self.disagreements.append(f"{label} ({arm})" if arm else label)
        self.into.refused |= {place for each in given if each.of_trial for place in each.places}
        for kind in kinds:
            others = [
                f"{_short(other)} in {', '.join(other.cells[:3]) or 'what holds for every row'}"
                for other in kinds
                if other is not kind
            ]
            self._problem(
                kind,
                f"{self.rows[0].study}: rows disagree on {about}. Here {_short(kind)}, {'; '.join(others[:4])}. "
                "The trial's form is left empty there",
                "write the same in all rows of the study, or fill in the trial's form by hand",
                field_key=f"{self.form.form}.{path}",
            )

    def _notes(self, answers: dict[str, Any]) -> None:
        """What rows without results have that no field took."""
        left = [note for row in self.rows for note in row.notes]
        held = next((each for each in self.form.fields if each.key == NOTES), None)
        if not left or not isinstance(held, LongTextField):
            return
        text = f"{answers.get(NOTES, '')} Also in the sheet: {'; '.join(dict.fromkeys(left))}".strip()
        answers[NOTES] = text if len(text) <= held.max_length else text[: held.max_length - 1] + "…"

    def _only_what_is_asked(self, answers: dict[str, Any]) -> None:
        asked = {each.key for each in self.form.asked(answers)}
        for key in [key for key in answers if key not in asked]:
            del answers[key]
            for path in [path for path in self.cells if split_path(path).field == key]:
                del self.cells[path], self.quotes[path]

    # --- the whole --------------------------------------------------------------------------------------------------

    def _finish(self, answers: dict[str, Any]) -> None:
        faults: list[str] = []
        missing: list[str] = []
        for problem in check_answers(self.form, answers):
            place = split_path(problem.field)
            if problem.level == "error":
                faults.append(problem.message)
                if _NEEDED in problem.message:
                    missing.append(f"{place.field}.{place.column}" if place.column else place.field)
            if problem.field in self.places and _NEEDED not in problem.message:
                self.into.problems.append(
                    CellProblem(
                        sheet=self.sheet,
                        cell=self.cells[problem.field].split(",")[0].rpartition("!")[2].split(" ")[0],
                        value=self.quotes[problem.field]["quote"][:200],
                        message=f"{self.rows[0].study}, of the trial: {problem.message}",
                        mend="check the cell against the report",
                        level="warning",
                        field=f"{self.form.form}.{problem.field}",
                    )
                )
        self.into.trials.append(
            ImportedTrial(
                study=self.rows[0].study,
                form=self.form.form,
                form_version=self.form.version,
                answers={**answers, QUOTES: self.quotes},
                cells=self.cells,
                rows=tuple(dict.fromkeys(number for row in self.rows for number in row.rows)),
                missing=tuple(dict.fromkeys(missing)),
                faults=tuple(dict.fromkeys(faults)),
                disagreements=tuple(dict.fromkeys(self.disagreements)),
            )
        )

    def _problem(self, said: Said | None, message: str, mend: str, *, field_key: str) -> None:
        cell = said.cells[0].rpartition("!")[2] if said is not None and said.cells else ""
        text = squeezed(said.text)[:200] if said is not None else ""
        self.into.problems.append(
            CellProblem(
                sheet=self.sheet,
                cell=cell or f"A{self.rows[0].rows[0]}",
                value=text,
                message=message,
                mend=mend,
                level="warning",
                field=field_key,
            )
        )


def _alike(arms: Sequence[tuple[str, str]]) -> bool:
    """Whether a row calls both of its arms the same, so that the name cannot tell them apart."""
    return len(arms) > 1 and len({folded(name) for _, name in arms}) == 1


def _short(said: Said) -> str:
    answer = said.answer
    if isinstance(answer, Mapping):
        return "“not reported”"
    text = squeezed("; ".join(map(str, answer)) if isinstance(answer, list) else str(answer))
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"
