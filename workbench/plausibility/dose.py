"""The arithmetic of stimulation: pulses, sessions, minutes, intensity.

Klein 2015 (PMC4545735) and Chipchase 2012 (10.1016/j.clinph.2012.05.003) ask for these numbers; they over-determine
each other, so a slip in one shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workbench.plausibility.finding import Finding
from workbench.plausibility.rounding import Range, unrounded

INTENSITY = (70.0, 130.0)  # percent of the motor threshold: outside it, a slip or a deliberate exception
ITBS_PULSES = 600.0
BURST_PULSES = 3.0  # pulses in a theta burst; bursts come at 5 Hz
BURSTS_A_SECOND = 5.0
LONG_SESSION = 60.0  # minutes; trials of pain last 10 to 40
THETA = ("iTBS", "cTBS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """One arm's stimulation as printed; None where it is not."""

    hertz: float | None = None
    train_seconds: float | None = None
    trains: float | None = None
    pause_seconds: float | None = None
    burst_pulses: float | None = None  # of theta bursts; None: the usual 3
    pulses: float | None = None  # a session
    sessions: float | None = None
    sessions_a_week: float | None = None
    weeks: float | None = None
    total_pulses: float | None = None
    minutes: float | None = None  # a session
    intensity: float | None = None  # percent
    of_threshold: bool = True  # the intensity is one of a motor threshold
    pattern: str = ""  # "rTMS", "iTBS", "cTBS", "single pulse", ""
    maintenance: bool = False


def findings(dose: Dose, names: Mapping[str, str] | None = None) -> Iterator[Finding]:
    """Everything that does not add up. names: of a Dose's parts -> the fields they stand in."""
    named = dict(names or {})
    for rule in (_pulses, _theta_burst, _total, _sessions, _minutes, _intensity):
        yield from rule(dose, named)


def _pulses(dose: Dose, names: Mapping[str, str]) -> Iterator[Finding]:
    """Pulses a session = Hz x seconds a train x trains."""
    if dose.train_seconds is None or dose.trains is None or dose.pulses is None:
        return
    if dose.pattern in ("", "rTMS") and dose.hertz is not None:
        rate, how = dose.hertz, f"{dose.hertz:g} Hz × {dose.train_seconds:g} s × {dose.trains:g} trains"
    elif dose.pattern in THETA:
        burst = BURST_PULSES if dose.burst_pulses is None else dose.burst_pulses
        rate = burst * BURSTS_A_SECOND
        how = f"bursts of {burst:g} pulses at 5 Hz × {dose.train_seconds:g} s × {dose.trains:g} trains"
    else:
        return
    product = rate * dose.train_seconds * dose.trains
    # the length of a train is printed rounded, and 2 % more or less is one pulse at the end of a train
    seconds = unrounded(dose.train_seconds) if dose.train_seconds % 1 else Range(dose.train_seconds, dose.train_seconds)
    possible = Range(0.98 * rate * seconds.low * dose.trains - 1, 1.02 * rate * seconds.high * dose.trains + 1)
    if possible.holds(dose.pulses):
        return
    yield Finding(
        code="pulses_do_not_multiply",
        level="warning",
        message=f"{how} make {product:g} pulses, but {dose.pulses:g} are entered{_mended(dose, rate)}",
        fields=_fields(names, "pulses", "trains", "train_seconds", "hertz"),
        numbers={"product": product, "entered": dose.pulses},
    )


def _mended(dose: Dose, rate: float) -> str:
    """Which single number would make the arithmetic hold."""
    hertz, seconds, trains, pulses = rate, dose.train_seconds or 0.0, dose.trains or 0.0, dose.pulses or 0.0
    found = []
    if hertz * seconds > 0 and _whole(pulses / (hertz * seconds)):
        found.append(f"{pulses / (hertz * seconds):g} trains")
    if hertz * trains > 0 and _whole(2 * pulses / (hertz * trains)):
        found.append(f"trains of {pulses / (hertz * trains):g} s")
    pulses_said = ": trains and pulses may have been mixed up" if trains == pulses else ""
    fits = f" ({' or '.join(found)} would fit)" if found else ""
    return f"{fits}{pulses_said}"


def _whole(value: float) -> bool:
    return value >= 1 and math.isclose(value, round(value), abs_tol=1e-6)


def _theta_burst(dose: Dose, names: Mapping[str, str]) -> Iterator[Finding]:
    if dose.pattern == "iTBS" and dose.pulses is not None and dose.pulses != ITBS_PULSES:
        runs = dose.pulses / ITBS_PULSES
        several = f" ({runs:g} runs?)" if _whole(runs) else ""
        yield Finding(
            code="theta_burst_pulses",
            level="warning",
            message=f"one run of iTBS has {ITBS_PULSES:g} pulses; {dose.pulses:g} are entered{several}",
            fields=_fields(names, "pulses", "pattern"),
            numbers={"entered": dose.pulses, "usual": ITBS_PULSES},
        )


def _total(dose: Dose, names: Mapping[str, str]) -> Iterator[Finding]:
    if dose.pulses is None or dose.sessions is None or dose.total_pulses is None:
        return
    product = dose.pulses * dose.sessions
    if product == dose.total_pulses:
        return
    same = ": the pulses of one session?" if dose.total_pulses == dose.pulses else ""
    yield Finding(
        code="total_pulses_do_not_multiply",
        level="warning",
        message=(
            f"{dose.pulses:g} pulses × {dose.sessions:g} sessions make {product:g}, but {dose.total_pulses:g} are "
            f"entered{same}"
        ),
        fields=_fields(names, "total_pulses", "pulses", "sessions"),
        numbers={"product": product, "entered": dose.total_pulses},
    )


def _sessions(dose: Dose, names: Mapping[str, str]) -> Iterator[Finding]:
    sessions, a_week, weeks = dose.sessions, dose.sessions_a_week, dose.weeks
    if sessions is None or a_week is None or weeks is None or dose.maintenance:
        return
    # a week begun counts: 10 sessions at 5 a week fit 2 weeks, and 12 fit 3
    if not a_week * max(weeks - 1, 0) < sessions <= a_week * weeks:
        yield Finding(
            code="sessions_do_not_multiply",
            level="warning",
            message=(
                f"{a_week:g} sessions a week for {weeks:g} weeks make {a_week * weeks:g}, but {sessions:g} are entered"
            ),
            fields=_fields(names, "sessions", "sessions_a_week", "weeks"),
            numbers={"product": a_week * weeks, "entered": sessions},
        )


def _minutes(dose: Dose, names: Mapping[str, str]) -> Iterator[Finding]:
    """Minutes a session from trains and pauses; the pause is printed from end to start, or from start to start."""
    trains, seconds, pause = dose.trains, dose.train_seconds, dose.pause_seconds
    if trains is None or seconds is None or trains < 1 or (pause is None and trains > 1):
        return
    gap = pause or 0.0
    between = (trains * seconds + (trains - 1) * gap) / 60
    onset = (trains - 1) * gap / 60 + seconds / 60 if gap >= seconds else between
    if dose.minutes is None:
        if min(between, onset) > LONG_SESSION:
            yield Finding(
                code="session_too_long",
                level="warning",
                message=(
                    f"{trains:g} trains of {seconds:g} s with pauses of {gap:g} s take {between:.0f} minutes: "
                    "look at the number of trains and at the unit of the pause"
                ),
                fields=_fields(names, "pause_seconds", "trains", "train_seconds"),
                numbers={"minutes": between},
            )
        return
    slack = max(2.0, 0.25 * dose.minutes)
    if min(abs(between - dose.minutes), abs(onset - dose.minutes)) > slack:
        yield Finding(
            code="minutes_do_not_add_up",
            level="warning",
            message=(
                f"{trains:g} trains of {seconds:g} s with pauses of {gap:g} s take {between:.3g} minutes, but "
                f"{dose.minutes:g} are entered"
            ),
            fields=_fields(names, "minutes", "trains", "train_seconds", "pause_seconds"),
            numbers={"minutes": between, "entered": dose.minutes},
        )


def _intensity(dose: Dose, names: Mapping[str, str]) -> Iterator[Finding]:
    low, high = INTENSITY
    if dose.intensity is not None and dose.of_threshold and not low <= dose.intensity <= high:
        yield Finding(
            code="intensity_unusual",
            level="warning",
            message=(
                f"{dose.intensity:g} % of the motor threshold is outside {low:g}–{high:g} %: "
                "is it really relative to it?"
            ),
            fields=_fields(names, "intensity"),
            numbers={"intensity": dose.intensity},
        )


def _fields(names: Mapping[str, str], *parts: str) -> tuple[str, ...]:
    return tuple(names.get(part, part) for part in parts)
