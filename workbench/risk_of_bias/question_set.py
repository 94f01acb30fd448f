"""The question sets: variants of the tool, their domains, questions and rules, read from versioned YAML.

The prompts are our own and short; the official wording is at riskofbias.info (CC BY-NC-ND: it is not shipped here).
A released version is never changed: what was answered with it stays readable. A change is a new file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.forms.errors import SettingsError
from workbench.forms.yaml_file import faults_of, read_yaml
from workbench.risk_of_bias.values import Risk, RiskOfBiasError

FOLDER = Path(__file__).parent / "tools"
LATEST = 1

Group = Literal["Y", "N", "NI", "NA"]
When = dict[str, list[Group]]  # question -> the groups of answers that fit; all of them must fit


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Question(_Part):
    """One question, and when it is asked."""

    key: str
    prompt: str
    help: str = ""
    answers: list[Literal["Y", "PY", "PN", "N", "NI", "NA"]] = ["Y", "PY", "PN", "N", "NI"]
    asked_if: list[When] = []  # any of these; empty: always


class Rule(_Part):
    """One row of a decision table; of several that fit, the first holds."""

    when: When
    risk: Annotated[Risk, Field(strict=False)]
    because: str


class RulePart(_Part):
    """One decision table; a domain with several takes the worst of what they give."""

    title: str = ""
    rules: list[Rule]


class Domain(_Part):
    """One domain of bias."""

    id: str
    code: str  # as in figures: D1
    title: str
    short: str  # under a column of a figure
    questions: list[Question]
    parts: list[RulePart]


class VariantText(_Part):
    """One variant as the file has it."""

    key: str
    title: str
    effect: str
    domains: list[str]  # Domain.id
    provisional: str = ""  # why the variant is provisional; empty: it is not
    help: dict[str, str] = {}  # what a question is asked about in this variant, instead of the domain's help


class ToolFile(_Part):
    """One version of the tool."""

    tool: Literal["rob2"]
    version: int
    source: str
    address: str
    variants: list[VariantText]
    domains: list[Domain]


class Variant(_Part):
    """One variant, ready to use."""

    tool: str
    version: int
    key: str
    title: str
    effect: str
    provisional: str
    source: str
    address: str
    domains: list[Domain]

    def domain(self, code: str) -> Domain:
        """One domain by its code."""
        for domain in self.domains:
            if domain.code == code:
                return domain
        raise RiskOfBiasError(f"{self.title} has no domain {code!r}")

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions, in the order in which they are asked."""
        return tuple(question for domain in self.domains for question in domain.questions)


@cache
def variants(version: int = LATEST) -> tuple[Variant, ...]:
    """All variants of one version of the tool."""
    name = f"rob2_v{int(version)}.yaml"
    if not (FOLDER / name).is_file():
        raise RiskOfBiasError(f"this workbench has no version {version} of RoB 2; a newer one wrote this appraisal")
    file, faults = read_yaml(FOLDER / name, name)
    if file is None:
        raise SettingsError(faults)
    try:
        tool = ToolFile.model_validate(file.data)
    except ValidationError as error:
        raise SettingsError(faults_of(error, file)) from None
    domains = {domain.id: domain for domain in tool.domains}
    return tuple(
        Variant(
            tool=tool.tool,
            version=tool.version,
            key=text.key,
            title=text.title,
            effect=text.effect,
            provisional=text.provisional,
            source=tool.source,
            address=tool.address,
            domains=[_with_help(domains[name], text.help) for name in text.domains],
        )
        for text in tool.variants
    )


def _with_help(domain: Domain, help: dict[str, str]) -> Domain:
    questions = [
        question.model_copy(update={"help": help[question.key]}) if question.key in help else question
        for question in domain.questions
    ]
    return domain.model_copy(update={"questions": questions})


def variant(key: str, version: int = LATEST) -> Variant:
    """One variant by its key."""
    for known in variants(version):
        if known.key == key:
            return known
    keys = ", ".join(known.key for known in variants(version))
    raise RiskOfBiasError(f"there is no variant {key!r} of RoB 2; there are {keys}")
