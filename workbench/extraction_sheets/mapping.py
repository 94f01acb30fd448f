"""What a sheet's columns mean: proposed by the workbench, corrected by a person, remembered for the next sheet.

A mapping names columns by their headings, so that it fits every sheet with the same ones. It is plain data that can be
written to a JSON file and read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Any, Literal, get_args

from workbench.extraction_sheets.cell_text import PARTS, folded
from workbench.extraction_sheets.errors import BadSheetMapping
from workbench.forms import NOT_REPORTED

RowIs = Literal["result", "arm", "trial"]
Shared = Literal["", "whole", "already divided"]

STUDY_YEAR, PMID, DOI, ROW_NAME, FORM, ARM = "_year", "_pmid", "_doi", "_row", "_form", "_arm"
ARM_FIELDS = {
    "_arm_n": ("n_active", "n_comparator"),
    "_arm_mean": ("mean_active", "mean_comparator"),
    "_arm_spread": ("spread_active", "spread_comparator"),
    "_arm_events": ("events_active", "events_comparator"),
    "_arm_baseline_mean": ("baseline_mean_active", "baseline_mean_comparator"),
    "_arm_baseline_sd": ("baseline_sd_active", "baseline_sd_comparator"),
    "_arm_label": ("active_label", "comparator_label"),
}
"""Where one row is one arm: what its columns are in the result of two arms (active, comparator)."""
WORKED_OUT = {
    "_percent_active": "events_active",
    "_percent_comparator": "events_comparator",
    "_low_active": "spread_active",
    "_high_active": "spread_active",
    "_low_comparator": "spread_comparator",
    "_high_comparator": "spread_comparator",
}
"""Columns that no form asks for, and the field that is worked out from them."""
TARGETS = {
    STUDY_YEAR: "Year of the study (put behind its name)",
    PMID: "PMID (finds the report)",
    DOI: "DOI (finds the report)",
    ROW_NAME: "Name of the row in the sheet",
    FORM: "Kind of result (which form)",
    ARM: "Which arm the row is (one arm a row)",
    "_arm_n": "One arm a row: participants analysed",
    "_arm_mean": "One arm a row: mean",
    "_arm_spread": "One arm a row: spread",
    "_arm_events": "One arm a row: participants with the event",
    "_arm_baseline_mean": "One arm a row: mean before treatment",
    "_arm_baseline_sd": "One arm a row: SD before treatment",
    "_arm_label": "One arm a row: the arm's name",
    "_percent_active": "Active arm: percent with the event (count worked out)",
    "_percent_comparator": "Comparator arm: percent with the event (count worked out)",
    "_low_active": "Active arm: lower end of the mean's 95% interval",
    "_high_active": "Active arm: upper end of the mean's 95% interval",
    "_low_comparator": "Comparator arm: lower end of the mean's 95% interval",
    "_high_comparator": "Comparator arm: upper end of the mean's 95% interval",
}
"""What a column can mean beside a field of a form: target -> words for the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One meaning of one column; a column can have several, and several columns one."""

    column: str  # the column's label
    field: str  # a field's key, one of TARGETS, or a place in a trial's form (`trial_places`)
    part: str = ""  # of the cell: a key of `cell_text.PARTS`
    words: Mapping[str, Any] = dataclass_field(
        default_factory=dict
    )  # what a text stands for; None: nothing, on purpose
    block: str = ""  # key of the block of columns it belongs to, where outcomes stand side by side
    append: bool = False  # put behind what earlier columns gave, instead of standing in where they are empty
    confidence: float = 1.0  # of the proposal, 0 to 1; 1 what a person said
    reason: str = ""  # why it was proposed

    def stands_for(self, text: str) -> tuple[bool, Any]:
        """Whether the mapping says what this text stands for, and what."""
        wanted = folded(text)
        for known, answer in self.words.items():
            if folded(known) == wanted:
                return True, answer
        return False, None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Columns about one outcome or time point, where a row has several side by side."""

    key: str
    constants: Mapping[str, Any] = dataclass_field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeScores:
    """Take changes from baseline instead of final values: their SD rests on a correlation that is assumed."""

    correlation: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetMapping:
    """How a sheet is read."""

    sheet: str  # its name; "" for the only one of a text file
    columns: tuple[str, ...]  # the labels of all columns, as they were when this was made
    forms: tuple[str, ...]  # forms that a row may be: the first whose numbers it has
    uses: tuple[Use, ...]
    constants: Mapping[str, Any] = dataclass_field(default_factory=dict)  # what the sheet does not say: field -> answer
    reasons: Mapping[str, str] = dataclass_field(default_factory=dict)  # why a constant was proposed
    header_rows: tuple[int, ...] | None = None  # None: as found
    row_is: RowIs = "result"
    blocks: tuple[Block, ...] = ()
    change_scores: ChangeScores | None = None
    shared_comparator: Shared = ""  # rows of one study, outcome and time with the same comparator numbers share it
    left_out_rows: tuple[int, ...] = ()
    fill_down: tuple[str, ...] = ()  # columns in which an empty cell means what stands above it
    missing: tuple[str, ...] = ()  # further texts that stand for an empty cell
    trial_forms: tuple[str, ...] = ()  # forms of the trial that are filled in beside the results

    def uses_of(self, column: str) -> tuple[Use, ...]:
        """The meanings of a column."""
        return tuple(use for use in self.uses if use.column == column)

    def with_uses(self, column: str, uses: tuple[Use, ...]) -> SheetMapping:
        """The mapping with other meanings of one column, in the place of its earlier ones."""
        before = [use for use in self.uses if use.column != column]
        return replace(self, uses=(*before, *uses))

    def with_constant(self, key: str, answer: Any) -> SheetMapping:
        """The mapping with one constant more, or less (None)."""
        constants = {name: held for name, held in self.constants.items() if name != key}
        reasons = {name: held for name, held in self.reasons.items() if name != key}
        if answer is not None and answer != "" and answer != []:
            constants[key] = answer
        return replace(self, constants=constants, reasons=reasons)

    def with_words(self, column: str, field_key: str, words: Mapping[str, Any]) -> SheetMapping:
        """The mapping with more, or other, words of one meaning of one column."""
        if not any(use.column == column and use.field == field_key for use in self.uses):
            raise BadSheetMapping(f"the column {column!r} is not mapped to {field_key!r}")
        changed = tuple(
            replace(use, words={**use.words, **words}) if (use.column, use.field) == (column, field_key) else use
            for use in self.uses
        )
        return replace(self, uses=changed)

    # --- as JSON ----------------------------------------------------------------------------------------------------

    def as_dict(self) -> dict[str, Any]:
        """Plain lists, dicts, texts and numbers."""
        return {
            "sheet": self.sheet,
            "columns": list(self.columns),
            "forms": list(self.forms),
            "row_is": self.row_is,
            "header_rows": None if self.header_rows is None else list(self.header_rows),
            "uses": [_use_as_dict(use) for use in self.uses],
            "constants": dict(self.constants),
            "reasons": dict(self.reasons),
            "blocks": [{"key": block.key, "constants": dict(block.constants)} for block in self.blocks],
            "change_scores": None if self.change_scores is None else {"correlation": self.change_scores.correlation},
            "shared_comparator": self.shared_comparator,
            "left_out_rows": list(self.left_out_rows),
            "fill_down": list(self.fill_down),
            "missing": list(self.missing),
            "trial_forms": list(self.trial_forms),
        }

    @classmethod
    def from_dict(cls, data: Any) -> SheetMapping:
        """Read back what `as_dict` wrote, or a person; BadSheetMapping says what is wrong with it."""
        if not isinstance(data, Mapping):
            raise BadSheetMapping("a mapping must be an object with the keys sheet, columns, forms and uses")
        unknown = sorted(set(data) - set(_KEYS))
        if unknown:
            raise BadSheetMapping(f"the mapping has an unknown key {unknown[0]!r} (known: {', '.join(_KEYS)})")
        try:
            change = data.get("change_scores")
            heads = data.get("header_rows")
            mapping = cls(
                sheet=_text(data.get("sheet", ""), "sheet"),
                columns=_texts(data.get("columns", ()), "columns"),
                forms=_texts(data.get("forms", ()), "forms"),
                row_is=data.get("row_is", "result"),
                header_rows=None if heads is None else _rows(heads, "header_rows"),
                uses=tuple(_use(item) for item in _list(data.get("uses", ()), "uses")),
                constants=_answers(data.get("constants", {}), "constants"),
                reasons={
                    _text(key, "reasons"): _text(value, "reasons") for key, value in data.get("reasons", {}).items()
                },
                blocks=tuple(
                    Block(key=_text(item["key"], "blocks"), constants=_answers(item.get("constants", {}), "blocks"))
                    for item in _list(data.get("blocks", ()), "blocks")
                ),
                change_scores=None if change is None else ChangeScores(correlation=float(change["correlation"])),
                shared_comparator=data.get("shared_comparator", ""),
                left_out_rows=_rows(data.get("left_out_rows", ()), "left_out_rows"),
                fill_down=_texts(data.get("fill_down", ()), "fill_down"),
                missing=_texts(data.get("missing", ()), "missing"),
                trial_forms=_texts(data.get("trial_forms", ()), "trial_forms"),
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            if isinstance(error, BadSheetMapping):
                raise
            raise BadSheetMapping(f"the mapping cannot be read: {type(error).__name__} {error}") from error
        mapping._check()
        return mapping

    def _check(self) -> None:
        if self.row_is not in get_args(RowIs):
            raise BadSheetMapping(f"row_is must be one of {', '.join(get_args(RowIs))}, not {self.row_is!r}")
        if self.shared_comparator not in get_args(Shared):
            raise BadSheetMapping("shared_comparator must be empty, 'whole' or 'already divided'")
        if self.change_scores is not None and not -1 <= self.change_scores.correlation <= 1:
            raise BadSheetMapping("the correlation of change scores must lie between -1 and 1")
        for use in self.uses:
            if use.part not in PARTS:
                raise BadSheetMapping(f"the column {use.column!r}: there is no part {use.part!r} of a cell")
        blocks = {block.key for block in self.blocks}
        stray = sorted({use.block for use in self.uses if use.block} - blocks)
        if stray:
            raise BadSheetMapping(f"a column belongs to the block {stray[0]!r}, which the mapping does not have")


_KEYS = (
    *("sheet", "columns", "forms", "row_is", "header_rows", "uses", "constants", "reasons", "blocks", "change_scores"),
    *("shared_comparator", "left_out_rows", "fill_down", "missing", "trial_forms"),
)


def _use_as_dict(use: Use) -> dict[str, Any]:
    full: dict[str, Any] = {
        "column": use.column,
        "field": use.field,
        "part": use.part,
        "words": dict(use.words),
        "block": use.block,
        "append": use.append,
        "confidence": round(use.confidence, 2),
        "reason": use.reason,
    }
    return {key: value for key, value in full.items() if value or key in ("column", "field")}


def _use(item: Any) -> Use:
    known = {"column", "field", "part", "words", "block", "append", "confidence", "reason"}
    if not isinstance(item, Mapping) or set(item) - known:
        raise BadSheetMapping(f"a use must be an object with column, field and perhaps {', '.join(sorted(known))}")
    return Use(
        column=_text(item["column"], "column"),
        field=_text(item["field"], "field"),
        part=_text(item.get("part", ""), "part"),
        words=_answers(item.get("words", {}), "words"),
        block=_text(item.get("block", ""), "block"),
        append=bool(item.get("append", False)),
        confidence=float(item.get("confidence", 1.0)),
        reason=_text(item.get("reason", ""), "reason"),
    )


def _answers(given: Any, where: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise BadSheetMapping(f"{where} must be an object")
    for key, value in given.items():
        plain = value is None or isinstance(value, str | int | float)
        listed = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if not isinstance(key, str) or not (plain or listed or value == NOT_REPORTED):
            raise BadSheetMapping(f"{where}: {key!r} must stand for a text, a number, a list of texts or not_reported")
    return dict(given)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or len(value) > 2000:
        raise BadSheetMapping(f"{where} must be a text")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list | tuple) or len(value) > 20_000:
        raise BadSheetMapping(f"{where} must be a list")
    return list(value)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    return tuple(_text(item, where) for item in _list(value, where))


def _rows(value: Any, where: str) -> tuple[int, ...]:
    if any(isinstance(item, bool) or not isinstance(item, int) or item < 1 for item in _list(value, where)):
        raise BadSheetMapping(f"{where} must be a list of row numbers")
    return tuple(value)
