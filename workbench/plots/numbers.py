"""How numbers are printed on figures and in their tables: a real minus sign and fixed decimals."""

from __future__ import annotations

import math

MINUS = "\N{MINUS SIGN}"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None, decimals: int = 2) -> str:
    """The value with fixed decimals; an en dash for none, powers of ten from a million on, never a negative zero."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if abs(value) >= 1e6:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        return f"{mantissa.replace('-', MINUS)}×10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def plain(value: float) -> str:
    """An axis number with no more digits than it needs: 0.05, 1, 20, 10⁵."""
    if value != 0 and not 1e-4 < abs(value) < 1e5:
        mantissa, _, exponent = f"{value:.3e}".partition("e")
        mantissa = mantissa.rstrip("0").rstrip(".")
        power = f"10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
        signless = mantissa.removeprefix("-")
        text = power if signless == "1" else f"{signless}×{power}"
        return (MINUS if value < 0 else "") + text
    return f"{value:.6f}".rstrip("0").rstrip(".").replace("-", MINUS)


def display(value: float | None, *, ratio: bool) -> float | None:
    """From the analysis scale to the printed one: exp for ratios (infinity where it overflows)."""
    if value is None or math.isnan(value):
        return None
    if not ratio:
        return value
    return math.exp(value) if value < 700 else math.inf


def interval_parts(low: float | None, high: float | None, *, ratio: bool, decimals: int = 2) -> tuple[str, str]:
    """('[−2.09,', '−0.44]'), bounds given on the analysis scale; ('', '[not given]') when both are missing."""
    shown = display(low, ratio=ratio), display(high, ratio=ratio)
    if shown == (None, None):
        return "", "[not given]"
    return f"[{number(shown[0], decimals)},", f"{number(shown[1], decimals)}]"


def interval_text(low: float | None, high: float | None, *, ratio: bool, decimals: int = 2) -> str:
    """'[−2.09, −0.44]', bounds given on the analysis scale."""
    return " ".join(interval_parts(low, high, ratio=ratio, decimals=decimals)).strip()


def effect_text(
    estimate: float | None, low: float | None, high: float | None, *, ratio: bool, decimals: int = 2
) -> str:
    """'−1.26 [−2.09, −0.44]', values given on the analysis scale; 'not estimable' where there is no estimate."""
    shown = display(estimate, ratio=ratio)
    if shown is None:
        return "not estimable"
    return f"{number(shown, decimals)} {interval_text(low, high, ratio=ratio, decimals=decimals)}"
