"""The kinds of field that a form can ask for, as data."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from workbench.forms.answers import Answers, is_empty, is_not_reported
from workbench.forms.expression import ExpressionError, parse

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Label = Annotated[str, Field(min_length=1, max_length=300)]
Conditions = dict[str, tuple[str, ...]]


class Strict(BaseModel):
    """Extra keys are errors, instances are frozen, and a number is not a text."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Lean(Strict):
    """A part of a form whose dump leaves out the settings that came later, unless they are used.

    The store keeps the dump of each version of a form and refuses another text under the same version. A form written
    before a setting was known must therefore go on giving the very same dump.
    """

    LATER: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _without_unused(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        known = type(self).model_fields
        return {
            name: value
            for name, value in data.items()
            if name not in self.LATER or getattr(self, name) != known[name].get_default(call_default_factory=True)
        }


class Option(Lean):
    """One answer of a choice; in YAML a plain text stands for both value and label."""

    LATER = frozenset({"formerly"})
    value: Annotated[str, Field(min_length=1, max_length=200)]
    label: Label
    formerly: tuple[str, ...] = ()  # values it had in earlier versions of the form

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, data: Any) -> Any:
        return {"value": data, "label": data} if isinstance(data, str) else data


def holds(show_if: Mapping[str, tuple[str, ...]], hide_if: Mapping[str, tuple[str, ...]], answers: Answers) -> bool:
    """Whether what carries these conditions is asked: all of show_if hold and none of hide_if does."""
    return all(_given(answers.get(key), wanted) for key, wanted in show_if.items()) and not any(
        _given(answers.get(key), unwanted) for key, unwanted in hide_if.items()
    )


def _given(value: object, wanted: tuple[str, ...]) -> bool:
    if is_empty(value) or is_not_reported(value):
        return False
    return any(item in wanted for item in (value if isinstance(value, list | tuple) else [value]))


class _Field(Lean):
    LATER = frozenset({"hide_if", "formerly", "names_row"})
    key: Key
    label: Label
    help: str = ""
    required: bool = False  # "not reported" answers it too
    show_if: Conditions = {}  # other field -> the answers under which this one is asked (all must hold)
    hide_if: Conditions = {}  # other field -> the answers under which this one is not asked; asked while it is empty
    formerly: tuple[Key, ...] = ()  # keys it had in earlier versions of the form
    names_row: bool = False  # of a table's column: what a row is called, by which two extractors' rows are matched

    def applies(self, answers: Answers, row: Mapping[str, Any] | None = None) -> bool:
        """Whether this field is asked, given the other answers; a column's conditions look at its own row first."""
        return holds(self.show_if, self.hide_if, answers if row is None else ChainMap(dict(row), dict(answers)))


class TextField(_Field):
    """One line of text."""

    type: Literal["text"]
    max_length: int = Field(default=500, ge=1, le=20_000)


class LongTextField(_Field):
    """Several lines of text."""

    type: Literal["long_text"]
    max_length: int = Field(default=20_000, ge=1, le=100_000)


class CountField(_Field):
    """A whole number, zero or more; outside minimum..maximum it is questioned, not refused."""

    type: Literal["count"]
    unit: str = ""
    minimum: int | None = None
    maximum: int | None = None


class NumberField(_Field):
    """A number. Outside minimum..maximum (plausible) it is questioned; outside at_least..at_most (possible) refused."""

    type: Literal["number"]
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    at_least: float | None = None
    at_most: float | None = None


class _OptionsField(_Field):
    options: tuple[Option, ...] = ()
    options_from: Literal["indications", "outcomes"] | None = None  # the review's, filled in by `Form.resolve`

    @model_validator(mode="after")
    def _one_source_of_options(self) -> _OptionsField:
        if not self.options and self.options_from is None:
            raise ValueError("needs options, or options_from: indications | outcomes")
        values = [option.value for option in self.options]
        repeated = sorted({value for value in values if values.count(value) > 1})
        if repeated:
            raise ValueError(f"gives the option {repeated[0]!r} twice")
        return self

    @property
    def values(self) -> tuple[str, ...]:
        """The answers that can be chosen; () until the review's options are filled in."""
        return tuple(option.value for option in self.options)


class ChoiceField(_OptionsField):
    """One of several answers."""

    type: Literal["choice"]


class MultiChoiceField(_OptionsField):
    """Any number of several answers."""

    type: Literal["multi_choice"]


class YesNoUnclearField(_Field):
    """Yes, no or unclear; "unclear" = the report speaks of it and cannot be understood."""

    type: Literal["yes_no_unclear"]

    @property
    def values(self) -> tuple[str, ...]:
        """The answers that can be chosen."""
        return ("yes", "no", "unclear")


class DateField(_Field):
    """A day, kept as YYYY-MM-DD."""

    type: Literal["date"]


class QuoteField(_Field):
    """A passage of a report: its words, its page, and the full text it stands in.

    The answer is `{"quote": str, "page": str, "full_text": id or "", "found": "yes" | "no" | "unchecked"}`.
    """

    type: Literal["quote"]
    max_length: int = Field(default=20_000, ge=1, le=100_000)


class CalculatedField(_Field):
    """A number worked out from other answers: shown, never typed and never among the answers."""

    type: Literal["calculated"]
    expression: Annotated[str, Field(min_length=1, max_length=500)]  # see `expression.parse`
    unit: str = ""
    decimals: int = Field(default=2, ge=0, le=10)  # shown; nothing is rounded in what is worked out

    @model_validator(mode="after")
    def _can_be_worked_out(self) -> CalculatedField:
        if self.required:
            raise ValueError("a calculated field cannot be required: nobody answers it")
        try:
            parse(self.expression)
        except ExpressionError as error:
            raise ValueError(str(error)) from None
        return self


Column = Annotated[
    TextField
    | LongTextField
    | CountField
    | NumberField
    | ChoiceField
    | YesNoUnclearField
    | DateField
    | CalculatedField,
    Field(discriminator="type"),
]
"""What a table's column can be; each cell is empty, "not reported" or a value like any other answer."""


class TableRow(Lean):
    """A fixed row of a table; in YAML a plain key stands for both key and label."""

    key: Key
    label: Label
    formerly: tuple[Key, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, data: Any) -> Any:
        return {"key": data, "label": data.replace("_", " ")} if isinstance(data, str) else data


class TableField(_Field):
    """Rows of answers. The rows are fixed (`rows`), those of another table (`rows_from`), or added by the extractor.

    The answer is a list of rows: `{"_row": id, column key: answer, ...}`.
    """

    type: Literal["table"]
    columns: tuple[Column, ...] = Field(min_length=1, max_length=60)
    rows: tuple[TableRow, ...] = Field(default=(), max_length=100)
    rows_from: Key | None = None  # a table of this form; in a result's form "arms" is the trial form's
    min_rows: int = Field(default=0, ge=0, le=100)  # of a table that is answered at all
    max_rows: int = Field(default=30, ge=1, le=200)
    row_label: str = "row"  # what one added row is called: "arm"
    layout: Literal["grid", "cards"] = "grid"  # cards: each row's fields one below the other

    @model_validator(mode="after")
    def _hangs_together(self) -> TableField:
        keys = [column.key for column in self.columns]
        repeated = sorted({key for key in keys if keys.count(key) > 1})
        if repeated:
            raise ValueError(f"gives the column {repeated[0]!r} twice")
        row_keys = [row.key for row in self.rows]
        twice = sorted({key for key in row_keys if row_keys.count(key) > 1})
        if twice:
            raise ValueError(f"gives the row {twice[0]!r} twice")
        if self.rows and self.rows_from is not None:
            raise ValueError("has rows of its own and rows_from: only one of them can be")
        naming = [column for column in self.columns if column.names_row]
        if naming and not self.adds_rows:
            raise ValueError("names_row is for rows that the extractor adds; these rows have their names already")
        if len(naming) > 1:
            raise ValueError(f"names_row can stand at one column only, not at {naming[0].key!r} and {naming[1].key!r}")
        if naming and naming[0].type not in ("text", "choice"):
            raise ValueError(f"names_row needs a text or a choice, and {naming[0].key!r} is a {naming[0].type}")
        if self.min_rows > self.max_rows:
            raise ValueError(f"min_rows and max_rows are in the wrong order ({self.min_rows} > {self.max_rows})")
        return self

    @property
    def adds_rows(self) -> bool:
        """Whether the extractor adds the rows."""
        return not self.rows and self.rows_from is None

    @property
    def naming(self) -> str | None:
        """The key of the column that names a row."""
        return next((column.key for column in self.columns if column.names_row), None)

    def column(self, key: str) -> Column:
        """The column of this key; KeyError where there is none."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(f"the table {self.key} has no column {key!r}")

    def asked(self, answers: Answers, row: Mapping[str, Any]) -> tuple[Column, ...]:
        """The columns that apply in one row.

        answers: those that count (`Form.counting`): an answer to a hidden field fulfils no condition, and neither does
        the cell of a hidden column. A name that is a column's means the cell of this row, also while it is empty.
        """
        own = {column.key for column in self.columns}
        outside = {key: value for key, value in answers.items() if key not in own}
        cells = {key: value for key, value in row.items() if key in own and not is_empty(value)}
        found = self._asked_once(outside, cells)
        for _ in range(len(cells)):  # each round reaches one condition further
            keys = {column.key for column in found}
            again = self._asked_once(outside, {key: value for key, value in cells.items() if key in keys})
            if again == found:
                break
            found = again
        return found

    def _asked_once(self, answers: Answers, cells: Mapping[str, Any]) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.applies(answers, cells))


FormField = Annotated[
    TextField
    | LongTextField
    | CountField
    | NumberField
    | ChoiceField
    | MultiChoiceField
    | YesNoUnclearField
    | DateField
    | QuoteField
    | CalculatedField
    | TableField,
    Field(discriminator="type"),
]
