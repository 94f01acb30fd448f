"""What a pool can be divided by: small functions from a contrast to the name of its group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workbench.synthesis.values import Contrast

NOT_REPORTED = "not reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderator:
    """A way to group results."""

    key: str
    label: str
    group: Callable[[Contrast], str]


def _text(contrast: Contrast, field: str) -> str:
    return str(contrast.stimulation.get(field, "")) or NOT_REPORTED


def _target(contrast: Contrast) -> str:
    """M1, DLPFC or another; left and right together."""
    target = _text(contrast, "target")
    return next((name for name in ("M1", "DLPFC") if name in target), target)


def _frequency(contrast: Contrast) -> str:
    """The classes that rTMS reviews use: up to 1 Hz is thought to inhibit, 5 Hz and more to excite."""
    pattern = _text(contrast, "pattern")
    if pattern in ("iTBS", "cTBS", "single pulse"):
        return pattern
    hertz = contrast.stimulation.get("frequency_hz")
    if not isinstance(hertz, int | float):
        return NOT_REPORTED
    return "1 Hz or less" if hertz <= 1 else "5 Hz or more" if hertz >= 5 else "between 1 and 5 Hz"


def _sham(contrast: Contrast) -> str:
    return contrast.sham_type or NOT_REPORTED


MODERATORS: dict[str, Moderator] = {
    moderator.key: moderator
    for moderator in (
        Moderator(key="target", label="Target", group=_target),
        Moderator(key="frequency", label="Frequency", group=_frequency),
        Moderator(key="coil", label="Coil", group=lambda contrast: _text(contrast, "coil")),
        Moderator(key="pattern", label="Pattern", group=lambda contrast: _text(contrast, "pattern")),
        Moderator(
            key="indication_detail",
            label="Condition",
            group=lambda contrast: contrast.indication_detail or NOT_REPORTED,
        ),
        Moderator(key="sham", label="Sham", group=_sham),
        Moderator(key="design", label="Design", group=lambda contrast: contrast.design or NOT_REPORTED),
        Moderator(key="certainty", label="How the numbers came about", group=lambda contrast: contrast.certainty),
    )
}
