"""Raised and lowered figures as their own characters, so that "10³" and "pain¹²" stay what they are in plain text."""

from __future__ import annotations

RAISED = str.maketrans("0123456789+-−()=n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾⁼ⁿ")
LOWERED = str.maketrans("0123456789+-−()=", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎₌")
_FIGURES = frozenset("0123456789+-−,–; ")


def raised(text: str) -> str:
    """Text of a superscript; only what is all figures has characters of its own."""
    return text.translate(RAISED) if text.strip() and set(text.strip()) <= _FIGURES else text


def lowered(text: str) -> str:
    """Text of a subscript."""
    return text.translate(LOWERED) if text.strip() and set(text.strip()) <= _FIGURES else text
