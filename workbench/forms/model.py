"""An extraction form as data: sections of fields, with what each kind of result must ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, model_validator

from workbench.forms.answers import Answers, is_empty, is_not_reported

FormKind = Literal["parallel_means", "crossover_means", "events", "estimate"]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Label = Annotated[str, Field(min_length=1, max_length=300)]


class Strict(BaseModel):
    """Extra keys are errors, instances are frozen, and a number is not a text."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class OffersChoices(Protocol):
    """What a form asks a review for: the choices of fields whose options the review defines."""

    def choices(self, source: str, *, form_kind: str) -> tuple[tuple[str, str], ...]:
        """(value, label) pairs of "indications" or of the "outcomes" that a form of this kind can record."""
        ...


class Option(Strict):
    """One answer of a choice; in YAML a plain text stands for both value and label."""

    value: Annotated[str, Field(min_length=1, max_length=200)]
    label: Label

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, data: Any) -> Any:
        return {"value": data, "label": data} if isinstance(data, str) else data


class _Field(Strict):
    key: Key
    label: Label
    help: str = ""
    required: bool = False  # "not reported" answers it too
    show_if: dict[str, tuple[str, ...]] = {}  # other field -> the answers under which this one is asked (all must hold)

    def applies(self, answers: Answers) -> bool:
        """Whether this field is asked, given the other answers."""
        for key, wanted in self.show_if.items():
            value = answers.get(key)
            given = value if isinstance(value, list | tuple) else [value]
            if is_empty(value) or is_not_reported(value) or not any(item in wanted for item in given):
                return False
        return True


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


FormField = Annotated[
    TextField
    | LongTextField
    | CountField
    | NumberField
    | ChoiceField
    | MultiChoiceField
    | YesNoUnclearField
    | DateField,
    Field(discriminator="type"),
]


class Section(Strict):
    """Fields that are shown together."""

    key: Key
    title: Label
    help: str = ""
    fields: tuple[FormField, ...] = Field(min_length=1)


class Form(Strict):
    """An extraction form. An extraction keeps `form` and `version` of the form it was filled in under."""

    form: Key
    version: int = Field(ge=1)
    title: Label
    help: str = ""
    kind: FormKind
    sections: tuple[Section, ...] = Field(min_length=1)

    @property
    def fields(self) -> Iterator[FormField]:
        """Every field, in the order of the form."""
        return (field for section in self.sections for field in section.fields)

    @property
    def keys(self) -> tuple[str, ...]:
        """Every field's key, in the order of the form."""
        return tuple(field.key for field in self.fields)

    def field(self, key: str) -> FormField:
        """The field of this key; KeyError where there is none."""
        for field in self.fields:
            if field.key == key:
                return field
        raise KeyError(f"the form {self.form} has no field {key!r}")

    def asked(self, answers: Answers) -> tuple[FormField, ...]:
        """The fields that apply, given the answers so far."""
        return tuple(field for field in self.fields if field.applies(answers))

    def resolve(self, review: OffersChoices) -> Form:
        """This form with the review's own indications and outcomes as options."""
        sections = []
        for section in self.sections:
            fields: list[FormField] = []
            for field in section.fields:
                if isinstance(field, ChoiceField | MultiChoiceField) and field.options_from is not None:
                    pairs = review.choices(field.options_from, form_kind=self.kind)
                    options = tuple(Option(value=value, label=label) for value, label in pairs)
                    fields.append(field.model_copy(update={"options": options}))
                else:
                    fields.append(field)
            sections.append(section.model_copy(update={"fields": tuple(fields)}))
        return self.model_copy(update={"sections": tuple(sections)})


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
_MEANS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("mean_active", "spread_active", "mean_comparator", "spread_comparator"), _NUMBER),
    "spread_kind": ("choice",),
    "direction": ("choice",),
    "statistic": ("choice",),
}
REQUIRED_FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "parallel_means": {**_COMMON, "n_active": ("count",), "n_comparator": ("count",), **_MEANS},
    "crossover_means": {**_COMMON, "n_analysed": ("count",), **_MEANS, "correlation": ("number",)},
    "events": {
        **_COMMON,
        **dict.fromkeys(("events_active", "n_active", "events_comparator", "n_comparator"), ("count",)),
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
}
"""Fields a form of each kind must have (key -> types it may have), because `workbench.synthesis` reads them."""

REQUIRED_OPTIONS: dict[str, tuple[str, ...]] = {
    "direction": ("lower is better", "higher is better"),
    "statistic": ("final value", "change from baseline", "percent change"),
    "spread_kind": ("SD", "SE", "95% CI half-width"),
    "event_is": ("good", "bad"),
    "estimate_measure": ("MD", "SMD", "OR", "RR", "RD"),
    "certainty": ("arm data", "approximate", "sensitivity only"),
    "estimate_favours": ("active", "comparator"),
    "comparator_shared": ("yes", "no"),
    "comparator_split": ("whole", "already divided"),
}
"""Options whose wording `workbench.synthesis` reads: a form may leave some out, but not invent others."""
