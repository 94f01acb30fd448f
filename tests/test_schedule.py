"""When a refresh is due, what is overdue, and what the system's timer is told."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from workbench.refresh.credentials import NCBI_KEY, CredentialError, secret
from workbench.refresh.schedule import currency, describe, next_run
from workbench.refresh.units import ScheduleError, calendar, cron_line, systemd_units
from workbench.review import RefreshPolicy, ReviewDefinition, ReviewError, init_review, load_review
from workbench.store import Store

ROOT = Path(__file__).resolve().parents[1]
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday
PARIS = {"at": "02:30", "time_zone": "Europe/Paris"}
WEEKLY = RefreshPolicy(every="weekly", day="sunday")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("policy", "now", "then"),
    [
        (RefreshPolicy(every="daily", at="03:30"), "2026-11-18T12:00", "2026-11-19T03:30"),
        (RefreshPolicy(every="daily", at="03:30"), "2026-11-18T03:29:59", "2026-11-18T03:30"),
        (RefreshPolicy(every="daily", at="03:30"), "2026-11-18T03:30", "2026-11-19T03:30"),
        (WEEKLY, "2026-11-18T12:00", "2026-11-22T03:30"),
        (WEEKLY, "2026-11-22T03:30", "2026-11-29T03:30"),
        (RefreshPolicy(every="monthly", day=28), "2026-01-29T00:00", "2026-02-28T03:30"),
        (RefreshPolicy(every="monthly", day=1), "2026-12-15T00:00", "2027-01-01T03:30"),
        # Paris: clocks go from 02:00 to 03:00 on 29 March and from 03:00 to 02:00 on 25 October 2026
        (RefreshPolicy(every="daily", **PARIS), "2026-03-28T12:00", "2026-03-29T01:30"),
        (RefreshPolicy(every="daily", **PARIS), "2026-03-29T12:00", "2026-03-30T00:30"),
        (RefreshPolicy(every="daily", **PARIS), "2026-10-24T12:00", "2026-10-25T00:30"),
        (RefreshPolicy(every="daily", **PARIS), "2026-10-25T00:30", "2026-10-26T01:30"),
        # its date there is not the date in UTC
        (RefreshPolicy(every="daily", at="00:10", time_zone="Asia/Tokyo"), "2026-11-18T15:00", "2026-11-18T15:10"),
        (
            RefreshPolicy(every="weekly", day="sunday", at="23:30", time_zone="Pacific/Honolulu"),
            "2026-11-22T12:00",
            "2026-11-23T09:30",
        ),
    ],
)
def test_the_next_run_is_at_the_local_time_in_summer_and_winter(policy: RefreshPolicy, now: str, then: str) -> None:
    assert next_run(policy, utc(now)) == utc(then)


ZONES = ("UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu")
TIMES = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
POLICIES = st.one_of(
    st.builds(RefreshPolicy, every=st.just("daily"), at=TIMES, time_zone=st.sampled_from(ZONES)),
    st.builds(
        RefreshPolicy,
        every=st.just("weekly"),
        day=st.sampled_from(["monday", "sunday"]),
        at=TIMES,
        time_zone=st.sampled_from(ZONES),
    ),
    st.builds(
        RefreshPolicy, every=st.just("monthly"), day=st.integers(1, 28), at=TIMES, time_zone=st.sampled_from(ZONES)
    ),
)


@given(POLICIES, st.datetimes(datetime(2010, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_runs_follow_each_other_without_a_gap_and_none_is_planned_twice(policy: RefreshPolicy, now: datetime) -> None:
    longest = {"daily": 49, "weekly": 7 * 24 + 25, "monthly": 31 * 24 + 25}[str(policy.every)]  # Apia lost a whole day
    for _ in range(3):
        then = next_run(policy, now)
        assert then is not None
        assert now < then <= now + timedelta(hours=longest)
        zone = ZoneInfo(policy.time_zone)
        local = then.astimezone(zone)
        wanted = datetime.combine(local.date(), time.fromisoformat(policy.at), tzinfo=zone)
        exists = f"{wanted.astimezone(UTC).astimezone(zone):%H:%M}" == policy.at
        assert f"{local:%H:%M}" == policy.at or not exists
        assert next_run(policy, then - timedelta(seconds=1)) == then
        now = then


def test_without_a_plan_there_is_no_next_run_and_no_words() -> None:
    assert next_run(RefreshPolicy(), NOON) is None
    assert describe(RefreshPolicy()) == ""
    assert describe(RefreshPolicy(every="weekly", day="sunday", **PARIS)) == "every Sunday at 02:30 Europe/Paris"


# --- settings


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"every": "hourly"}, "daily"),
        ({"every": "weekly"}, "needs its day: monday to sunday"),
        ({"every": "weekly", "day": 3}, "needs its day: monday to sunday"),
        ({"every": "monthly", "day": "monday"}, "needs its day: 1 to 28"),
        ({"every": "monthly", "day": 31}, "28"),
        ({"every": "daily", "day": "monday"}, "day goes with"),
        ({"every": "daily", "at": "24:00"}, "at"),
        ({"every": "daily", "at": "3:30"}, "at"),
        ({"time_zone": "Europe/Atlantis"}, 'no time zone "Europe/Atlantis"'),
        ({"time_zone": "../../etc/passwd"}, "no time zone"),
        ({"time_zone": "Europe"}, "no time zone"),
        ({"grace_hours": 0}, "1"),
        ({"often": True}, "often"),
        ({"mail": {"server": "smtp.example.org", "security": "none"}}, "sender"),
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused_with_its_key(tmp_path: Path, settings: object, said: str) -> None:
    folder = init_review(tmp_path / "review")
    file = folder / "review.yaml"
    whole = yaml.safe_load(file.read_text(encoding="utf-8"))
    whole["refresh"] = settings
    file.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    with pytest.raises(ReviewError) as caught:
        load_review(folder)
    assert said in str(caught.value)
    assert "refresh" in str(caught.value)


MAIL = {"server": "smtp.example.org", "sender": "review@example.org", "recipients": ["lead@example.org"]}


@pytest.mark.parametrize(
    "change",
    [
        {"security": "none"},
        {"security": "none", "server": "mail.localhost.example"},
        {"sender": "review@example.org\r\nBcc: other@example.org"},
        {"sender": "Review <review@example.org>"},
        {"recipients": ["lead@example.org, other@example.org"]},
        {"recipients": []},
        {"recipients": ["lead"]},
        {"user": "review\r\nRCPT TO:<other@example.org>"},
        {"server": "smtp.example.org\n"},
        {"server": "smtp.example.org/../"},
        {"port": 0},
        {"when": "sometimes"},
        {"password": "secret"},
    ],
)
def test_mail_settings_that_could_leak_or_mislead_are_refused(change: dict[str, object]) -> None:
    RefreshPolicy.model_validate({"mail": MAIL})
    with pytest.raises(ValidationError):
        RefreshPolicy.model_validate({"mail": MAIL | change})


@pytest.mark.parametrize("server", ["localhost", "127.0.0.1", "::1"])
def test_mail_in_open_text_may_stay_on_this_machine(server: str) -> None:
    policy = RefreshPolicy.model_validate({"mail": MAIL | {"server": server, "security": "none"}})
    assert policy.mail is not None
    assert policy.mail.used_port == 25


# --- how current


@pytest.fixture
def review(tmp_path: Path) -> ReviewDefinition:
    return load_review(init_review(tmp_path / "folder"))  # weekly, on Sundays


def searched(store: Store, key: str, at: datetime, *, status: str = "complete") -> None:
    run = store.begin_search(key, "q", at, indication=key)
    store.finish_search(run, status=status, count=0, error="" if status == "complete" else "no answer", now=at)  # type: ignore[arg-type]


def test_a_review_is_as_current_as_its_search_that_is_furthest_behind(store: Store, review: ReviewDefinition) -> None:
    assert currency(store, review, NOON).words == "No search is complete yet"
    keys = [indication.key for indication in review.indications]
    for days, key in enumerate(keys[1:]):
        searched(store, key, NOON - timedelta(days=days))
    assert currency(store, review, NOON).words == "1 of 5 searches were never complete"
    assert currency(store, review, NOON).current_to is None
    searched(store, keys[0], NOON - timedelta(hours=1))
    found = currency(store, review, NOON)
    assert found.current_to == NOON - timedelta(days=3)
    assert found.words == "Searches current to 2026-11-15"
    assert found.last_run == NOON
    assert found.next_run == utc("2026-11-22T03:30")
    assert (found.warning, found.overdue) == ("", False)


def test_a_search_is_overdue_after_the_interval_and_the_grace(store: Store, review: ReviewDefinition) -> None:
    for indication in review.indications:
        searched(store, indication.key, NOON)
    late = NOON + timedelta(days=8)
    assert not currency(store, review, late).overdue
    found = currency(store, review, late + timedelta(minutes=1))
    assert found.overdue
    assert "Every search is overdue: the last complete search was 8 days ago, on 2026-11-18" in found.warning
    assert "every Sunday at 03:30 UTC" in found.warning
    searched(store, "migraine", late, status="failed")  # a failed run does not make it current
    for indication in review.indications:
        if indication.key != "migraine":
            searched(store, indication.key, late)
    found = currency(store, review, late + timedelta(minutes=1))
    assert [item.key for item in found.strategies if item.overdue] == ["migraine"]
    assert [item.key for item in found.strategies if item.failing] == ["migraine"]
    assert found.warning.startswith("Migraine is overdue")


def test_a_run_that_a_fast_clock_dated_ahead_does_not_make_the_review_current(
    store: Store, review: ReviewDefinition
) -> None:
    for indication in review.indications:
        searched(store, indication.key, NOON)
        searched(store, indication.key, NOON + timedelta(days=400))
    found = currency(store, review, NOON + timedelta(days=30))
    assert found.current_to == NOON
    assert found.overdue
    assert set(store.current_to(NOON + timedelta(days=30)).values()) == {NOON}


def test_a_search_that_only_ever_failed_becomes_overdue_too(store: Store, review: ReviewDefinition) -> None:
    searched(store, "migraine", NOON, status="failed")
    assert not currency(store, review, NOON + timedelta(days=8)).overdue
    found = currency(store, review, NOON + timedelta(days=9))
    assert found.overdue
    assert "never complete" in found.warning


def test_without_a_plan_and_in_an_example_nothing_is_overdue(store: Store, review: ReviewDefinition) -> None:
    for indication in review.indications:
        searched(store, indication.key, NOON)
    later = NOON + timedelta(days=900)
    for changed in (
        review.model_copy(update={"refresh": RefreshPolicy()}),
        review.model_copy(update={"example": True}),
    ):
        found = currency(store, changed, later)
        assert (found.overdue, found.warning, found.next_run, found.plan) == (False, "", None, "")


# --- units and crontab


def unit_values(text: str) -> dict[str, list[str]]:
    """A unit file as systemd.syntax(7) says: key=value lines under sections, # for remarks."""
    values: dict[str, list[str]] = {}
    section = ""
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if found := re.fullmatch(r"\[(\w+)\]", line):
            section = found.group(1)
            continue
        key, equals, value = line.partition("=")
        assert equals
        assert re.fullmatch(r"[A-Z]\w+", key), line
        values.setdefault(f"{section}.{key}", []).append(value)
    return values


def unquoted(value: str) -> list[str]:
    """Words as systemd splits them: double quotes, backslash escapes, %% and $$."""
    words, word, quoted, begun = [], "", False, False
    letters = iter(value)
    for letter in letters:
        if letter == "\\":
            word += next(letters)
        elif letter == '"':
            quoted, begun = not quoted, True
        elif letter == " " and not quoted:
            if word or begun:
                words.append(word)
            word, begun = "", False
        elif letter in "%$":
            assert next(letters) == letter, f"a single {letter} in {value}"
            word += letter
        else:
            word += letter
    assert not quoted
    return [*words, word] if word or begun else words


PATHS = st.text(
    st.characters(min_codepoint=32, blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters="/\\"),
    min_size=1,
    max_size=20,
).map(lambda name: Path("/srv") / name)


@given(PATHS)
def test_any_folder_is_one_word_of_the_unit_and_of_the_cron_line(folder: Path) -> None:
    settings = Path("/etc/workbench/rtms")
    units = systemd_units(
        "rtms_pain", folder, WEEKLY, command=("/opt/w b/workbench",), account="review", settings=settings
    )
    service = unit_values(units["workbench-refresh-rtms-pain.service"])
    (line,) = service["Service.ExecStart"]
    assert unquoted(line) == ["/opt/w b/workbench", "refresh", "--quiet", "--review", str(folder)]
    (writable,) = service["Service.ReadWritePaths"]
    assert unquoted(writable.replace("$", "$$")) == [str(folder)]
    remark, cron = cron_line(folder, WEEKLY, command=("/opt/w b/workbench",), settings=settings).splitlines()
    assert remark.startswith("#")
    times, command = cron.split(" set -a; ")
    assert times == "30 3 * * sun"
    assert "%" not in command.replace("\\%", "")
    assert shlex.split(command.replace("\\%", "%"))[-4:] == ["refresh", "--quiet", "--review", str(folder)]


@pytest.mark.parametrize("name", ["two\nlines", "tab\there", "bell\x07", "line\u2028separator"])
def test_a_folder_that_could_break_out_of_its_line_is_refused(name: str) -> None:
    for make in (
        lambda folder: systemd_units(
            "x", folder, WEEKLY, command=("/bin/w",), account="review", settings=Path("/etc/w")
        ),
        lambda folder: cron_line(folder, WEEKLY, command=("/bin/w",), settings=Path("/etc/w")),
    ):
        with pytest.raises(ScheduleError, match="control character"):
            make(Path("/srv") / name)


def test_what_no_unit_can_hold_is_refused() -> None:
    given = {"command": ("/bin/w",), "account": "review", "settings": Path("/etc/w")}
    with pytest.raises(ScheduleError, match="no plan"):
        systemd_units("x", Path("/srv"), RefreshPolicy(), **given)  # type: ignore[arg-type]
    for wrong in ({"settings": Path("relative")}, {"account": "root\nUser=x"}):
        with pytest.raises(ScheduleError, match="cannot stand in a unit"):
            systemd_units("x", Path("/srv"), WEEKLY, **(given | wrong))  # type: ignore[arg-type]
    with pytest.raises(ScheduleError, match="backslash"):
        cron_line(Path("/srv/a\\b"), WEEKLY, command=("/bin/w",), settings=Path("/etc/w"))
    with pytest.raises(ScheduleError, match="no plan"):
        cron_line(Path("/srv"), RefreshPolicy(), command=("/bin/w",), settings=Path("/etc/w"))


def test_units_for_one_account_leave_out_what_only_the_system_may_say() -> None:
    units = systemd_units(
        "x", Path("/srv/x"), WEEKLY, command=("/bin/w",), account=None, settings=Path("/home/a/.config/workbench/x")
    )
    service = unit_values(units["workbench-refresh-x.service"])
    assert "Service.User" not in service
    assert "Service.ProtectSystem" not in service
    assert service["Service.NoNewPrivileges"] == ["true"]


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (RefreshPolicy(every="daily", **PARIS), "*-*-* 02:30:00 Europe/Paris"),
        (WEEKLY, "Sun *-*-* 03:30:00 UTC"),
        (RefreshPolicy(every="monthly", day=5), "*-*-05 03:30:00 UTC"),
    ],
)
def test_the_calendar_says_the_plan_as_systemd_writes_it(policy: RefreshPolicy, said: str) -> None:
    assert calendar(policy) == said
    program = shutil.which("systemd-analyze")
    if program is None:
        return
    done = subprocess.run([program, "calendar", said], capture_output=True, text=True, check=True)
    assert f"Normalized form: {said}" in done.stdout


SHIPPED = {
    "command": ("/opt/workbench/bin/workbench",),
    "account": "workbench",
    "settings": Path("/etc/workbench/rtms_pain"),
}


def test_the_shipped_units_are_what_the_command_writes() -> None:
    folder = Path("/srv/reviews/rtms_pain")
    for name, text in systemd_units("rtms_pain", folder, WEEKLY, **SHIPPED).items():  # type: ignore[arg-type]
        assert (ROOT / "deploy" / name).read_text(encoding="utf-8") == text
    cron = cron_line(folder, WEEKLY, command=SHIPPED["command"], settings=Path("/etc/workbench/rtms_pain"))  # type: ignore[arg-type]
    assert cron in (ROOT / "deploy" / "crontab.example").read_text(encoding="utf-8")


def test_systemd_accepts_the_shipped_units(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze was not found")
    folder = tmp_path / 'a "review" of 100% $HOME'
    folder.mkdir()
    units = systemd_units("x", folder, WEEKLY, **(SHIPPED | {"command": ("/bin/true",)}))  # type: ignore[arg-type]
    for name, text in units.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [program, "verify", "--man=no", *(str(tmp_path / name) for name in units)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "workbench-refresh" not in done.stderr, done.stderr  # what it says of the machine's own units is not ours
    assert done.returncode == 0, done.stderr


def test_the_shipped_environment_file_holds_no_secret_and_reads_as_both_readers_do() -> None:
    text = (ROOT / "deploy" / "environment.example").read_text(encoding="utf-8")
    names = []
    for line in (line.lstrip("# ") for line in text.splitlines() if re.match(r"#? ?[A-Z_]+=", line)):
        name, _, value = line.partition("=")
        assert shlex.split(value) in ([value], []), line  # means the same to a shell and to systemd
        names.append(name)
    assert set(names) == {"NCBI_EMAIL", "WORKBENCH_DATABASE_URL"}


# --- credentials


def test_a_secret_comes_from_the_environment_or_from_the_folder_of_credentials(tmp_path: Path) -> None:
    (tmp_path / NCBI_KEY).write_text("from-the-file\n", encoding="utf-8")
    folder = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert secret(NCBI_KEY, folder) == "from-the-file"
    assert secret(NCBI_KEY, folder | {"NCBI_API_KEY": "told"}) == "told"
    assert secret(NCBI_KEY, {}) is None
    (tmp_path / NCBI_KEY).write_text("\n", encoding="utf-8")
    assert secret(NCBI_KEY, folder) is None
    (tmp_path / NCBI_KEY).unlink()
    assert secret(NCBI_KEY, folder) is None


@pytest.mark.parametrize("content", [b"two\nlines-of-s3cret", b"\xff\xfes3cret", b"s3cret" * 1000])
def test_a_file_that_is_no_secret_is_refused_without_quoting_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NCBI_KEY).write_bytes(content)
    with pytest.raises(CredentialError) as caught:
        secret(NCBI_KEY, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert "s3cret" not in str(caught.value)
