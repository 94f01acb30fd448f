"""An extraction form as data: sections of fields, once for each result or once for the trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from pydantic import Field, model_validator

from workbench.forms.answers import RESERVED, Answers, is_empty
from workbench.forms.fields import (
    CalculatedField,
    ChoiceField,
    Column,
    Conditions,
    CountField,
    DateField,
    FormField,
    Key,
    Label,
    Lean,
    LongTextField,
    MultiChoiceField,
    NumberField,
    Option,
    QuoteField,
    Strict,
    TableField,
    TableRow,
    TextField,
    YesNoUnclearField,
    holds,
)
from workbench.forms.kinds import REQUIRED_COLUMNS, REQUIRED_FIELDS, REQUIRED_OPTIONS, FormKind, Scope

__all__ = [
    "REQUIRED_COLUMNS",
    "REQUIRED_FIELDS",
    "REQUIRED_OPTIONS",
    "CalculatedField",
    "ChoiceField",
    "Column",
    "CountField",
    "DateField",
    "Form",
    "FormField",
    "FormKind",
    "Key",
    "Label",
    "LongTextField",
    "MultiChoiceField",
    "NumberField",
    "OffersChoices",
    "Option",
    "QuoteField",
    "Scope",
    "Section",
    "Strict",
    "TableField",
    "TableRow",
    "TextField",
    "YesNoUnclearField",
]


class OffersChoices(Protocol):
    """What a form asks a review for: the choices of fields whose options the review defines."""

    def choices(self, source: str, *, form_kind: str) -> tuple[tuple[str, str], ...]:
        """(value, label) pairs of "indications" or of the "outcomes" that a form of this kind can record."""
        ...


class Section(Lean):
    """Fields that are shown together, all of them only under the section's own conditions."""

    LATER = frozenset({"show_if", "hide_if"})
    key: Key
    title: Label
    help: str = ""
    show_if: Conditions = Field(default_factory=dict)
    hide_if: Conditions = Field(default_factory=dict)
    fields: tuple[FormField, ...] = Field(min_length=1)

    def applies(self, answers: Answers) -> bool:
        """Whether this section is shown, given the answers so far."""
        return holds(self.show_if, self.hide_if, answers)


class Form(Lean):
    """An extraction form. An extraction keeps `form` and `version` of the form it was filled in under."""

    LATER = frozenset({"scope"})
    form: Key
    version: int = Field(ge=1)
    title: Label
    help: str = ""
    kind: FormKind
    scope: Scope = "result"  # "trial": filled in once for a trial, not once for each result
    sections: tuple[Section, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _kind_fits_scope(self) -> Form:
        if (self.kind == "trial") != (self.scope == "trial"):
            raise ValueError(
                "a form that is filled in once for a trial has both kind: trial and scope: trial "
                f"(it says kind: {self.kind} and scope: {self.scope})"
            )
        return self

    @property
    def fields(self) -> Iterator[FormField]:
        """Every field, in the order of the form."""
        return (field for section in self.sections for field in section.fields)

    @property
    def keys(self) -> tuple[str, ...]:
        """Every field's key, in the order of the form."""
        return tuple(field.key for field in self.fields)

    @property
    def tables(self) -> tuple[TableField, ...]:
        """Its tables, in the order of the form."""
        return tuple(field for field in self.fields if isinstance(field, TableField))

    def field(self, key: str) -> FormField:
        """The field of this key; KeyError where there is none."""
        for field in self.fields:
            if field.key == key:
                return field
        raise KeyError(f"the form {self.form} has no field {key!r}")

    def asked(self, answers: Answers) -> tuple[FormField, ...]:
        """The fields that apply, given the answers so far.

        What stands in a field that is itself not asked fulfils no condition: a question that hangs on a hidden one is
        hidden with it. Calculated fields are among them.
        """
        given = {key: value for key, value in answers.items() if key not in RESERVED and not is_empty(value)}
        found = self._asked_once(given)
        for _ in range(len(given)):  # each round reaches one condition further
            keys = {field.key for field in found}
            again = self._asked_once({key: value for key, value in given.items() if key in keys})
            if again == found:
                break
            found = again
        return found

    def counting(self, answers: Answers) -> dict[str, Any]:
        """The answers that count: to fields that are asked, without the reserved keys and what is empty."""
        keys = {field.key for field in self.asked(answers)}
        return {key: value for key, value in answers.items() if key in keys and not is_empty(value)}

    def asked_columns(self, field: TableField, answers: Answers, row: Mapping[str, Any]) -> tuple[Column, ...]:
        """The columns of a table that apply in one row, given all answers so far."""
        return field.asked(self.counting(answers), row)

    def _asked_once(self, answers: Answers) -> tuple[FormField, ...]:
        return tuple(
            field
            for section in self.sections
            if section.applies(answers)
            for field in section.fields
            if field.applies(answers)
        )

    def sections_asked(self, answers: Answers) -> tuple[Section, ...]:
        """The sections that have a field that applies, given the answers so far."""
        asked = {field.key for field in self.asked(answers)}
        return tuple(section for section in self.sections if any(field.key in asked for field in section.fields))

    def resolve(self, review: OffersChoices) -> Form:
        """This form with the review's own indications and outcomes as options, also in the columns of tables."""
        sections = []
        for section in self.sections:
            fields = tuple(self._resolved(field, review) for field in section.fields)
            sections.append(section.model_copy(update={"fields": fields}))
        return self.model_copy(update={"sections": tuple(sections)})

    def _resolved(self, field: FormField, review: OffersChoices) -> Any:
        if isinstance(field, TableField):
            return field.model_copy(
                update={"columns": tuple(self._resolved(column, review) for column in field.columns)}
            )
        if isinstance(field, ChoiceField | MultiChoiceField) and field.options_from is not None:
            pairs = review.choices(field.options_from, form_kind=self.kind)
            return field.model_copy(
                update={"options": tuple(Option(value=value, label=label) for value, label in pairs)}
            )
        return field
