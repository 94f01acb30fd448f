"""What tells the system's timer of a review: systemd units and a line for cron, with every path quoted for its reader.

systemd (systemd.syntax, systemd.service, systemd.unit): words in double quotes, a backslash before each `"` and
backslash, `%` doubled because it begins a specifier, `$` doubled in the arguments of a command. cron (crontab(5)): a
shell command in which `%` is a line end unless a backslash stands before it.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.refresh.credentials import DIRECTORY, VARIABLES
from workbench.review import RefreshPolicy

_MADE = "# Made by `workbench schedule`; see docs/scheduling.md."
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_PLAIN = re.compile(r"[A-Za-z0-9_./:@+=-]+")  # needs no quotation marks in a unit


class ScheduleError(Exception):
    """No timer can be made of this; the message says what to mend."""


def workbench_command() -> tuple[str, ...]:
    """How a timer starts the workbench: with absolute paths, as it has no PATH of ours."""
    beside = Path(sys.executable).with_name("workbench")
    return (str(beside),) if beside.is_file() else (sys.executable, "-P", "-m", "workbench")


def unit_name(review: str) -> str:
    """The units' name without its ending; a review's key is lower-case letters, digits and underscores."""
    return f"workbench-refresh-{review.replace('_', '-')}"


def systemd_units(
    review: str,
    folder: Path,
    policy: RefreshPolicy,
    *,
    command: Sequence[str],
    account: str | None,
    settings: Path,
) -> dict[str, str]:
    """File name -> content of the service and its timer.

    account: who it runs as; None: units for `systemctl --user`, which can shut off less. settings: the folder with the
    environment file and the credentials. Raises ScheduleError without a plan, or for a path that no unit can hold.
    """
    if policy.every is None:
        raise ScheduleError("the review has no plan: say in review.yaml, under refresh, how often (every: weekly)")
    name = unit_name(review)
    files = {
        f"{name}.service": _service(review, folder, command=command, account=account, settings=settings),
        f"{name}.timer": _timer(review, policy),
    }
    for line in (line for text in files.values() for line in text.splitlines()):
        if line.endswith("\\"):
            raise ScheduleError(f"a path that ends in a backslash cannot stand in a unit: {line}")
    return files


def _service(review: str, folder: Path, *, command: Sequence[str], account: str | None, settings: Path) -> str:
    first, *others = command
    words = [_word(first), *(_word(word, argument=True) for word in (*others, "refresh", "--quiet", "--review"))]
    lines = [
        _MADE,
        "[Unit]",
        f"Description=Refresh of the review {review}",
        "Documentation=https://www.ncbi.nlm.nih.gov/books/NBK25497/",
        "Wants=network-online.target",
        "After=network-online.target",
        "",
        "[Service]",
        "Type=oneshot",
        f"ExecStart={' '.join(words)} {_word(str(folder), argument=True)}",
        "# 0: done. 1: a search failed, or another refresh was at work; the ledger says which. 2: wrong usage.",
        "TimeoutStartSec=6h",
        "# SIGTERM closes the ledger's entry as interrupted; the next run goes on from there.",
        "TimeoutStopSec=60s",
        f"EnvironmentFile=-{_bare(settings / 'environment')}",
        "# Secrets: one file each, readable by root alone; an empty file stands for none.",
        *(f"LoadCredential={each}:{_bare(settings / each)}" for each in VARIABLES),
        "UMask=0077" if account is None else "UMask=0027",
        "NoNewPrivileges=true",
    ]
    if account is not None:
        lines += [
            f"User={_account(account)}",
            "# The whole system is read-only but for the review's folder.",
            "ProtectSystem=strict",
            f"ReadWritePaths={_word(str(folder))}",
            *_HARDENING,
        ]
    return "\n".join(lines) + "\n"


_HARDENING = (
    "ProtectHome=read-only",
    "PrivateTmp=true",
    "PrivateDevices=true",
    "ProtectKernelTunables=true",
    "ProtectKernelModules=true",
    "ProtectKernelLogs=true",
    "ProtectControlGroups=true",
    "ProtectClock=true",
    "ProtectHostname=true",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
    "RestrictNamespaces=true",
    "RestrictRealtime=true",
    "RestrictSUIDSGID=true",
    "LockPersonality=true",
    "CapabilityBoundingSet=",
    "SystemCallArchitectures=native",
    "SystemCallFilter=@system-service",
)


def _timer(review: str, policy: RefreshPolicy) -> str:
    lines = [
        _MADE,
        "[Unit]",
        f"Description=Timer for the refresh of the review {review}",
        "",
        "[Timer]",
        f"OnCalendar={calendar(policy)}",
        "# A run that was missed because the machine was off is made up for at the next start.",
        "Persistent=true",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return "\n".join(lines) + "\n"


def calendar(policy: RefreshPolicy) -> str:
    """The plan as systemd.time(7) writes it, with its time zone."""
    day = str(policy.day)
    date = {"weekly": f"{day[:3].capitalize()} *-*-*", "monthly": f"*-*-{day.zfill(2)}"}.get(
        policy.every or "", "*-*-*"
    )
    return f"{date} {policy.at}:00 {policy.time_zone}"


def cron_line(folder: Path, policy: RefreshPolicy, *, command: Sequence[str], settings: Path) -> str:
    """The lines for `crontab -e`, in the machine's own time zone. Raises ScheduleError as `systemd_units`."""
    if policy.every is None:
        raise ScheduleError("the review has no plan: say in review.yaml, under refresh, how often (every: weekly)")
    hour, minute = policy.at.split(":")
    day = str(policy.day) if policy.every == "monthly" else "*"
    weekday = str(policy.day)[:3] if policy.every == "weekly" else "*"
    environment = shlex.quote(_sound(str(settings / "environment")))
    words = (*command, "refresh", "--quiet", "--review", str(folder))
    shell = (
        f"set -a; [ ! -r {environment} ] || . {environment}; "
        f"{DIRECTORY}={shlex.quote(_sound(str(settings)))} {shlex.join(_sound(word) for word in words)}"
    )
    if "\\" in shell:  # crons differ in what they make of one
        raise ScheduleError("a path with a backslash cannot stand in a crontab")
    escaped = shell.replace("%", "\\%")
    return (
        f"# The time is the machine's own; the review means {policy.at} in the time zone {policy.time_zone}.\n"
        f"{int(minute)} {int(hour)} {day} * {weekday} {escaped}\n"
    )


def _sound(word: str) -> str:
    if _CONTROL.search(word):
        raise ScheduleError(f"a path with a line end or another control character cannot be scheduled: {word!r}")
    return word


def _word(word: str, *, argument: bool = False) -> str:
    """One word of a unit's line. argument: of a command, where `$` would begin a variable."""
    escaped = _sound(word).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    if argument:
        escaped = escaped.replace("$", "$$")
    return escaped if _PLAIN.fullmatch(word) else f'"{escaped}"'


def _bare(path: Path) -> str:
    """A path that takes the rest of a unit's line, where nothing is quoted."""
    text = _sound(str(path))
    if text != text.strip() or not path.is_absolute():
        raise ScheduleError(f"{text!r} cannot stand in a unit: use an absolute path without spaces at its ends")
    return text.replace("%", "%%")


def _account(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}", name):
        raise ScheduleError(f"{name!r} cannot stand in a unit as an account's name: give it with --account")
    return name


def write_units(target: Path, units: Mapping[str, str]) -> tuple[Path, ...]:
    """Write units into a folder; a file there that we did not make is left alone and named with ScheduleError."""
    paths = {target / name: text for name, text in units.items()}
    for path in paths:
        if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(_MADE):
            raise ScheduleError(f"{path} was not made by this command: move it away, or choose another folder")
    for path, text in paths.items():
        path.write_text(text, encoding="utf-8")
    return tuple(paths)
