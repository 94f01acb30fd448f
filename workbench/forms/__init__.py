"""Extraction forms: YAML files that say what is asked, checked on load, and the checks of the answers."""

from workbench.forms.answers import NOT_REPORTED, Answers, answered, is_empty, is_not_reported, number, text, words
from workbench.forms.checks import Problem, blank_answers, check_answers, contradictions
from workbench.forms.errors import Fault, FormError, SettingsError
from workbench.forms.model import (
    ChoiceField,
    CountField,
    DateField,
    Form,
    FormField,
    LongTextField,
    MultiChoiceField,
    NumberField,
    Option,
    Section,
    TextField,
    YesNoUnclearField,
)
from workbench.forms.reading import load_form, load_forms, shipped_forms

__all__ = [
    "NOT_REPORTED",
    "Answers",
    "ChoiceField",
    "CountField",
    "DateField",
    "Fault",
    "Form",
    "FormError",
    "FormField",
    "LongTextField",
    "MultiChoiceField",
    "NumberField",
    "Option",
    "Problem",
    "Section",
    "SettingsError",
    "TextField",
    "YesNoUnclearField",
    "answered",
    "blank_answers",
    "check_answers",
    "contradictions",
    "is_empty",
    "is_not_reported",
    "load_form",
    "load_forms",
    "number",
    "shipped_forms",
    "text",
    "words",
]
