"""From a row's parts to a result: its form, constants, what is worked out, and the source of each answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.extraction_sheets.cell_text import number_text, squeezed
from workbench.extraction_sheets.form_choice import form_of
from workbench.extraction_sheets.grid import GridSheet, address
from workbench.extraction_sheets.imported import QUOTES, CellProblem, ImportedResult
from workbench.extraction_sheets.mapping import (
    DOI,
    FORM,
    PMID,
    ROW_NAME,
    STUDY_YEAR,
    TARGETS,
    ChangeScores,
    SheetMapping,
)
from workbench.extraction_sheets.row_parts import Part, Place, RowParts
from workbench.extraction_sheets.trial_places import is_trial_target
from workbench.forms import (
    NOT_REPORTED,
    CountField,
    Form,
    LongTextField,
    NumberField,
    TextField,
    check_answers,
    is_empty,
)

_TOLD_BY = {"days_after_treatment": "time_label"}
"""Numbers that a column of words can tell: where they do not, that cell is to be looked at."""
_QUOTED = 1500  # characters of the row's numbers that are kept as its quote


@dataclass(slots=True, kw_only=True)
class Finished:
    """A result, what became of its cells, and what is wrong with it."""

    result: ImportedResult
    states: dict[Place, str] = field(default_factory=dict)
    problems: list[CellProblem] = field(default_factory=list)
    sources: dict[str, Part] = field(default_factory=dict)  # field -> the cells that gave its answer


def finished(
    draft: RowParts, mapping: SheetMapping, forms: Mapping[str, Form], file: str, sheet: GridSheet
) -> Finished:
    """The result of a row."""
    maker = _Maker(draft=draft, mapping=mapping, form=form_of(draft, mapping, forms), file=file, sheet=sheet)
    return maker.make()


@dataclass(slots=True, kw_only=True)
class _Maker:
    draft: RowParts
    mapping: SheetMapping
    form: Form
    file: str
    sheet: GridSheet
    answers: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, Part] = field(default_factory=dict)
    states: dict[Place, str] = field(default_factory=dict)
    problems: list[CellProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    workings: list[str] = field(default_factory=list)
    approximate: bool = False

    def make(self) -> Finished:
        keys = set(self.form.keys)
        for key, part in self.draft.parts.items():
            if key in keys:
                self.answers[key], self.sources[key] = part.answer, part
        self._study_label()
        self._work_out()
        self._constants(keys)
        self._crossover_people(keys)
        self._test_alone()
        if self.mapping.change_scores is not None and self.form.kind == "parallel_means":
            self._change_scores(self.mapping.change_scores)
        self._drop_what_is_not_asked()
        self._left_over(keys)
        self._source(keys)
        self._texts_within_limits()
        for key, part in self.sources.items():
            for place in part.places:
                self._state(place, "answer" if key in self.answers else "notes")
        faults = self._check()
        return Finished(result=self._result(faults), states=self.states, problems=self.problems, sources=self.sources)

    # --- what the row says ------------------------------------------------------------------------------------------

    def _study_label(self) -> None:
        year = self.draft.parts.get(STUDY_YEAR)
        label = str(self.answers.get("study_label", "") or "")
        if year is not None:
            said = squeezed(str(year.answer))
            for place in year.places:
                self._state(place, "study")
            if said not in label:
                self.answers["study_label"] = f"{label} {said}".strip()
                held = self.sources.get("study_label")
                self.sources["study_label"] = year if held is None else held.joined(year)

    def _constants(self, keys: set[str]) -> None:
        for constants in (self.draft.constants, self.mapping.constants):
            for key, answer in constants.items():
                if key in keys and key not in self.answers and key not in self.draft.refused:
                    self.answers[key] = answer

    def _crossover_people(self, keys: set[str]) -> None:
        """A crossover trial's sheet gives the same people under both arms."""
        if self.form.kind != "crossover_means" or "n_analysed" not in keys or "n_analysed" in self.answers:
            return
        active, other = self.draft.parts.get("n_active"), self.draft.parts.get("n_comparator")
        if active is not None and other is not None and active.answer == other.answer:
            self.answers["n_analysed"] = active.answer
            self.sources["n_analysed"] = active.joined(other)

    def _test_alone(self) -> None:
        """Where the sheet has a t or p and no estimate: a standardised difference can be worked out from it."""
        tested = {"estimate_t", "estimate_p"} & self.answers.keys()
        if (
            self.form.kind == "estimate"
            and tested
            and "estimate" not in self.answers | dict.fromkeys(self.draft.refused)
        ):
            self.answers["estimate"] = dict(NOT_REPORTED)
            self.answers.setdefault("estimate_measure", "SMD")
            self.workings.append("The sheet has a test and no estimate")
            self.approximate = True

    def _work_out(self) -> None:
        for arm in ("active", "comparator"):
            self._events_from_percent(arm)
            self._half_width(arm)

    def _events_from_percent(self, arm: str) -> None:
        percent, n = self.draft.parts.get(f"_percent_{arm}"), self.draft.parts.get(f"n_{arm}")
        key = f"events_{arm}"
        if percent is None or n is None or key in self.answers or not isinstance(n.answer, int):
            return
        exact = float(percent.answer) / 100 * n.answer
        count = round(exact)
        self.answers[key] = count
        self.sources[key] = percent.joined(n)
        printed = f"{number_text(percent.answer)}% of {n.answer}"
        self.workings.append(f"{arm} events: {printed} = {number_text(round(exact, 3))}, taken as {count}")
        if abs(exact - count) > max(0.25, n.answer * 0.0005):
            self.approximate = True

    def _half_width(self, arm: str) -> None:
        low, high = self.draft.parts.get(f"_low_{arm}"), self.draft.parts.get(f"_high_{arm}")
        key = f"spread_{arm}"
        if low is None or high is None or key in self.answers or key not in self.form.keys:
            return
        self.answers[key] = (float(high.answer) - float(low.answer)) / 2
        self.sources[key] = low.joined(high)
        self.answers["spread_kind"] = "95% CI half-width"
        ends = f"({number_text(high.answer)} − {number_text(low.answer)}) / 2"
        self.workings.append(f"{arm} arm: half width of the interval = {ends} = {number_text(self.answers[key])}")

    def _change_scores(self, wanted: ChangeScores) -> None:
        """Final values as changes from baseline: mean after minus before; SD from both SDs and the correlation."""
        made: dict[str, tuple[Any, Part]] = {}
        for arm in ("active", "comparator"):
            numbers = {}
            for key in (f"baseline_mean_{arm}", f"baseline_sd_{arm}", f"mean_{arm}", f"spread_{arm}"):
                value = self.answers.get(key)
                if isinstance(value, bool) or not isinstance(value, int | float) or key not in self.sources:
                    return
                numbers[key] = float(value)
            before, sd_before, after, sd_after = numbers.values()
            from workbench.effects import EffectError, sd_of_change  # numpy and scipy: only where it is asked for

            try:
                sd = sd_of_change(sd_before, sd_after, wanted.correlation)
            except EffectError as error:
                self.workings.append(f"no change score: {error}")
                return
            mean_of = self.sources[f"mean_{arm}"].joined(self.sources[f"baseline_mean_{arm}"])
            sd_of = self.sources[f"spread_{arm}"].joined(self.sources[f"baseline_sd_{arm}"])
            made[f"mean_{arm}"] = (after - before, mean_of)
            made[f"spread_{arm}"] = (sd, sd_of)
            r = number_text(wanted.correlation)
            self.workings.append(
                f"{arm} arm: change = {number_text(after)} − {number_text(before)}; SD of change = √("
                f"{number_text(sd_before)}² + {number_text(sd_after)}² − 2 × {r} × {number_text(sd_before)} × "
                f"{number_text(sd_after)}) = {sd:.6g}, with an assumed correlation of {r}"
            )
        if self.answers.get("spread_kind") != "SD" or self.answers.get("statistic") != "final value":
            return
        for key, (value, part) in made.items():
            self.answers[key], self.sources[key] = value, part
        self.answers["statistic"] = "change from baseline"
        self.approximate = True

    # --- what is left -----------------------------------------------------------------------------------------------

    def _drop_what_is_not_asked(self) -> None:
        asked = {each.key for each in self.form.asked(self.answers)}
        for key in [key for key in self.answers if key not in asked]:
            part = self.sources.pop(key, None)
            if part is not None:
                self._note(part)
            del self.answers[key]

    def _left_over(self, keys: set[str]) -> None:
        used = set(self.sources)
        places = {place for part in self.sources.values() for place in part.places}
        for key, part in self.draft.parts.items():
            if key in used or is_trial_target(key):
                continue
            if key in TARGETS or key == FORM:
                state = "worked out" if set(part.places) & places else "study"
                for place in part.places:
                    self._state(place, state)
                if key.startswith(("_percent", "_low", "_high")) and state == "study":
                    self._note(part)
            elif key not in keys and not set(part.places) <= places:
                self._note(part)
        for column, text, place in self.draft.left:
            self.notes.append(f"{column}: {text}")
            self.states.setdefault(place, "notes")
        if self.notes and "notes" in keys:
            held = str(self.answers.get("notes", "") or "")
            kept = "Also in the sheet: " + "; ".join(dict.fromkeys(self.notes))
            self.answers["notes"] = f"{held} {kept}".strip()
        if self.workings and "certainty_note" in keys:
            held = str(self.answers.get("certainty_note", "") or "")
            self.answers["certainty_note"] = f"{held} Worked out on import. {'. '.join(self.workings)}.".strip()
        if self.approximate and self.answers.get("certainty", "arm data") == "arm data" and "certainty" in keys:
            self.answers["certainty"] = "approximate"

    def _note(self, part: Part) -> None:
        self.notes.append(f"{', '.join(part.columns)}: {squeezed(part.text)}")
        for place in part.places:
            self._state(place, "notes")

    def _state(self, place: Place, state: str) -> None:
        order = ("empty", "study", "notes", "worked out", "answer", "refused")
        held = self.states.get(place)
        if held is None or order.index(state) > order.index(held):
            self.states[place] = state

    # --- where it stands --------------------------------------------------------------------------------------------

    def _where(self, part: Part) -> str:
        cells = list(dict.fromkeys(address(*place) for place in part.places))
        name = f"{self.sheet.name}!" if self.sheet.name else ""
        return ", ".join(f"{name}{cell}" for cell in cells)

    def _source(self, keys: set[str]) -> None:
        numbers = [
            (key, part)
            for key, part in self.sources.items()
            if key in self.answers and isinstance(self.form.field(key), CountField | NumberField)
        ]
        if "quote" in keys and is_empty(self.answers.get("quote")):
            shown = [f"{'; '.join(part.columns)}: {squeezed(part.text)}" for _, part in numbers]
            text = " | ".join(dict.fromkeys(shown))[:_QUOTED]
            self.answers["quote"] = text or self._row_text()
        if "page" in keys and is_empty(self.answers.get("page")):
            rows = " and ".join(map(str, self.draft.rows))
            where = f"{self.sheet.name}, row {rows}" if self.sheet.name else f"row {rows}"
            self.answers["page"] = f"{self.file}, {where}"

    def _row_text(self) -> str:
        texts = (squeezed(cell.text) for row in self.draft.rows for cell in self.sheet.row(row).values())
        return " | ".join(texts)[:_QUOTED]

    def _texts_within_limits(self) -> None:
        """What was put together on import (labels, notes, page) still has to fit its field."""
        for each in self.form.fields:
            value = self.answers.get(each.key)
            if isinstance(each, TextField | LongTextField) and isinstance(value, str) and len(value) > each.max_length:
                self.answers[each.key] = value[: each.max_length - 1] + "…"

    def _check(self) -> list[str]:
        faults: list[str] = []
        for problem in check_answers(self.form, self.answers):
            if problem.level == "error" and problem.field in self.draft.refused:
                faults.append(problem.message)  # the cell's own problem says it already
                continue
            part = self.sources.get(problem.field)
            if problem.level == "error":
                faults.append(problem.message)
            told_by = part or self.sources.get(_TOLD_BY.get(problem.field, ""))
            place = told_by.places[0] if told_by is not None else (self.draft.rows[0], self._first_column())
            named = problem.field if part is None else ""
            self.problems.append(
                CellProblem(
                    sheet=self.sheet.name,
                    cell=address(*place),
                    value=squeezed(self.sheet.text(*place))[:200],
                    message=problem.message + ("; until then it stays a draft" if problem.level == "error" else ""),
                    mend=_mend(problem.field, named=bool(named), told_by=part is None and told_by is not None),
                    level="warning",
                    field=problem.field,
                    result=self._key(),
                )
            )
        return faults

    def _first_column(self) -> int:
        return min(self.sheet.row(self.draft.rows[0]), default=1)

    def _key(self) -> str:
        rows = "+".join(map(str, self.draft.rows))
        block = f"#{self.draft.block}" if self.draft.block else ""
        return f"{self.sheet.name}!{rows}{block}"

    def _result(self, faults: list[str]) -> ImportedResult:
        quotes = {
            key: {
                "quote": part.text,
                "page": f"{self.file}, {self._where(part)}",
                "full_text": "",
                "found": "unchecked",
            }
            for key, part in self.sources.items()
            if key in self.answers
        }
        cells = {key: self._where(part) for key, part in self.sources.items() if key in self.answers}
        kept = {key: answer for key, answer in self.answers.items() if not is_empty(answer)}
        said = [
            squeezed(str(value))
            for key in ("active_label", "instrument", "time_label")
            if isinstance(value := kept.get(key), str) and value
        ]
        if "instrument" not in kept and isinstance(kept.get("outcome"), str):
            said.insert(1, str(kept["outcome"]).replace("_", " "))
        indication = kept.get("primary_indication")
        name = self.draft.parts.get(ROW_NAME)
        label = str(kept.get("study_label", "") or "")
        return ImportedResult(
            key=self._key(),
            study=label or f"{self.file}, row {self.draft.rows[0]}",
            form=self.form.form,
            form_version=self.form.version,
            label=", ".join(said)[:200],
            indication=indication if isinstance(indication, str) else None,
            answers={**kept, QUOTES: quotes},
            cells=cells,
            rows=self.draft.rows,
            row_name="" if name is None else str(name.answer),
            pmid=self._identifier(PMID),
            doi=self._identifier(DOI),
            faults=tuple(faults),
        )

    def _identifier(self, key: str) -> str:
        part = self.draft.parts.get(key)
        return "" if part is None or part.answer == NOT_REPORTED else squeezed(str(part.answer))


def _mend(key: str, *, named: bool, told_by: bool) -> str:
    if told_by:
        return (
            f"say in the mapping what these words stand for (the field is called {key}), or, if the reports were "
            "looked at and do not tell, “not reported” for all rows"
        )
    if named:
        return f"choose a column for it in the mapping, or what holds for all rows (the field is called {key})"
    return "check the cell against the report"
