"""Degrees of freedom against people: F(3,3) is no test of 16 patients in four arms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from workbench.plausibility.finding import Finding

FEWEST_OF_SEVERAL = 0.5  # of people minus groups; an analysis of variance has all of them, but people go missing
FEWEST_OF_TWO = 0.4  # Welch's t of arms alike has about half of them


class PrintedTest(NamedTuple):
    """A test as a sentence prints it: "F(3, 12)", "t[28]"."""

    kind: str  # "F" or "t"
    df1: float  # of t: 1
    df2: float

    @property
    def text(self) -> str:
        """As printed."""
        return f"F({self.df1:g},{self.df2:g})" if self.kind == "F" else f"t({self.df2:g})"


_F = re.compile(r"\bF\s*[(\[]\s*(\d+(?:\.\d+)?)\s*[,;]\s*(\d+(?:\.\d+)?)\s*[)\]]")
_T = re.compile(r"\bt\s*[(\[]\s*(\d+(?:\.\d+)?)\s*[)\]]")


def named_tests(text: str) -> tuple[PrintedTest, ...]:
    """The t and F tests with their degrees of freedom that a quoted sentence names."""
    found = [PrintedTest("F", float(a), float(b)) for a, b in _F.findall(text)]
    return (*found, *(PrintedTest("t", 1.0, float(df)) for df in _T.findall(text)))


def df_do_not_fit(
    test: PrintedTest,
    people: float,
    *,
    at_most: float | None = None,
    smallest_arm: float | None = None,
    fields: Sequence[str] = (),
) -> Finding | None:
    """Denominator degrees of freedom that a comparison of `people` cannot have.

    Under half of people minus groups (numerator df + 1), two fifths for two groups: Student's test and an analysis of
    variance have all of them, Welch's t at least those of the smaller arm, about half if the arms are alike. At
    `at_most` or more (people where it is not given): several measurements of one person are counted as people, or a
    mixed model approximates.
    """
    groups = int(test.df1) + 1
    expected = people - groups
    ceiling = people if at_most is None else at_most
    if people < 4 or expected < 2:
        return None
    if test.df2 >= ceiling:
        return Finding(
            code="df_do_not_fit",
            level="warning",
            message=(
                f"{test.text} has {test.df2:g} degrees of freedom for {ceiling:g} people: several measurements of a "
                "person count as people, or it is a mixed model. It is no test to work an effect size out of"
            ),
            fields=tuple(fields),
            numbers={"df": test.df2, "people": ceiling},
        )
    fewest = FEWEST_OF_SEVERAL * expected if test.df1 > 1 else FEWEST_OF_TWO * expected
    if test.df1 == 1 and smallest_arm is not None:
        fewest = min(fewest, smallest_arm - 1)
    if test.df2 >= fewest:
        return None
    return Finding(
        code="df_do_not_fit",
        level="warning",
        message=(
            f"{test.text} has {test.df2:g} degrees of freedom, but {people:g} people in {groups} groups leave "
            f"{expected:g}. Look how many people were analysed, and whether the two numbers are what they seem"
        ),
        fields=tuple(fields),
        numbers={"df": test.df2, "people": people, "expected": expected},
    )


def unfitting_tests(
    quote: str,
    people: float,
    *,
    at_most: float | None = None,
    smallest_arm: float | None = None,
    fields: Sequence[str] = (),
) -> Iterator[Finding]:
    """Every test in a quoted sentence whose degrees of freedom cannot be, each spelling once."""
    for test in dict.fromkeys(named_tests(quote)):
        finding = df_do_not_fit(test, people, at_most=at_most, smallest_arm=smallest_arm, fields=fields)
        if finding is not None:
            yield finding
