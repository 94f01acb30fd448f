"""What a rule is given, and what it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workbench.review import FlagCode, ReviewDefinition
from workbench.synthesis.flags.numbers import marks_of, people_of_crossover, sizes_of
from workbench.synthesis.values import Contrast


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """All contrasts of a review, found by what rules ask for, so that no rule walks through all for each of them."""

    all: Sequence[Contrast]
    by_study: Mapping[str, Sequence[Contrast]]
    by_sizes: Mapping[tuple[float, ...], Sequence[Contrast]]  # people of both arms, ascending
    by_mark: Mapping[str, Sequence[Contrast]]  # registration numbers and reports
    crossovers: Mapping[float, Sequence[Contrast]]  # by their people

    @classmethod
    def of(cls, contrasts: Sequence[Contrast]) -> Among:
        """The same contrasts, sorted into what they share."""
        found: tuple[dict[Any, list[Contrast]], ...] = ({}, {}, {}, {})
        by_study, by_sizes, by_mark, crossovers = found
        for contrast in contrasts:
            by_study.setdefault(contrast.study, []).append(contrast)
            by_sizes.setdefault(sizes_of(contrast), []).append(contrast)
            for mark in marks_of(contrast):
                by_mark.setdefault(mark, []).append(contrast)
            people = people_of_crossover(contrast)
            if people is not None:
                crossovers.setdefault(people, []).append(contrast)
        return cls(all=contrasts, by_study=by_study, by_sizes=by_sizes, by_mark=by_mark, crossovers=crossovers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One contrast as a rule sees it: among all of the review's, itself included."""

    contrast: Contrast
    among: Among
    review: ReviewDefinition

    @property
    def peers(self) -> Sequence[Contrast]:
        """All contrasts of the review."""
        return self.among.all

    @property
    def kin(self) -> Sequence[Contrast]:
        """Those of the same study."""
        return self.among.by_study.get(self.contrast.study, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One flag: when it is raised (a message, or "")."""

    code: FlagCode
    label: str  # a phrase for lists: "results whose SD looks like a standard error"
    level: Literal["warning", "info"]
    says: Callable[[Look], str]


def sentences(*remarks: str) -> str:
    """Remarks as sentences, each once: a capital in front, a full stop behind."""
    return " ".join(dict.fromkeys(_sentence(remark) for remark in remarks if remark))


def _sentence(remark: str) -> str:
    first = remark[:1] if remark.startswith(("p ", "t(")) else remark[:1].upper()  # names of tests stay as they are
    return first + remark[1:] + ("" if remark.endswith((".", "?")) else ".")
