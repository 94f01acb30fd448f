"""A digest by mail: through a real SMTP conversation on this machine, and never at the price of the refresh."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.smtp_server import PASSWORD, Conduct, SmtpServer, certificate
from workbench.refresh.digest import Digest, Kept, MailState, keep_digest, kept_digests
from workbench.refresh.digest.blocks import Heading, Paragraph
from workbench.refresh.mail import JOB, MailError, is_wanted, mail_kept, mail_waiting, message_of, send
from workbench.review import MailPolicy, RefreshPolicy, ReviewDefinition, init_review, load_review
from workbench.store import Store

NOW = datetime(2026, 3, 8, 3, 35, tzinfo=UTC)
TITLE = "Schmerz – <b>rTMS</b> für alle"


def policy(port: int, **changes: object) -> MailPolicy:
    settings: dict[str, object] = {
        "server": "localhost",
        "port": port,
        "security": "none",
        "sender": "review@example.org",
        "recipients": ["lead@example.org", "second@example.org"],
    }
    return MailPolicy.model_validate(settings | changes)


def digest(**changes: object) -> Digest:
    made = Digest(
        review="r",
        title=f"Refresh of 2026-03-08: {TITLE}",
        made=NOW,
        runs=(7, 8),
        summary="1 new record",
        news=True,
        failed=False,
        blocks=(Heading(level=1, text=TITLE), Paragraph(line=("Ein Satz. " * 200,))),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return keep_digest(tmp_path, digest(), MailState(status="waiting"))


@pytest.fixture
def review(tmp_path: Path) -> ReviewDefinition:
    return load_review(init_review(tmp_path / "settings"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Only its lock is used here, which is tested on both engines elsewhere."""
    with Store.at(f"sqlite:///{tmp_path / 'locks.db'}") as opened:
        yield opened


def with_mail(review: ReviewDefinition, settings: MailPolicy | None) -> ReviewDefinition:
    return review.model_copy(update={"refresh": RefreshPolicy(mail=settings)})


def test_the_digest_arrives_as_text_and_as_html(kept: Kept) -> None:
    with SmtpServer() as server:
        assert send(message_of(kept, policy(server.port)), policy(server.port), None) == ""
    (taken,) = server.taken
    assert (taken.sender, taken.recipients) == ("review@example.org", ["lead@example.org", "second@example.org"])
    message = taken.message
    assert message["Subject"] == f"1 new record: Refresh of 2026-03-08: {TITLE}"
    assert message["To"] == "lead@example.org, second@example.org"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == NOW
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == kept.text
    assert html.get_content().replace("\r\n", "\n") == kept.html_file.read_text(encoding="utf-8")
    assert max(len(line) for line in taken.data.splitlines()) <= 998
    assert taken.data.isascii()


def test_the_same_digest_has_the_same_id_each_time(kept: Kept) -> None:
    one, other = (message_of(kept, policy(25))["Message-ID"] for _ in range(2))
    assert one == other
    assert one.endswith("@example.org>")


HEADER_TEXT = st.text(st.characters(blacklist_categories=("Cs",)), max_size=300)


@given(
    HEADER_TEXT, st.sampled_from(["\r\nBcc: other@example.org", "\n\nnew body", "\r", "\x00", "\u2028", "=?utf-8?q?"])
)
def test_no_title_can_add_a_header(tmp_path_factory: pytest.TempPathFactory, title: str, trick: str) -> None:
    folder = tmp_path_factory.mktemp("headers")
    made = keep_digest(folder, digest(title=f"{title}{trick}{title}", summary=f"a{trick}"))
    message = message_of(made, policy(25))
    names = [line.split(b":")[0] for line in message.as_bytes().partition(b"\r\n\r\n")[0].split(b"\r\n")]
    headers = [name.decode() for name in names if not name.startswith((b" ", b"\t"))]
    assert headers == [
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type")
    ]


def test_who_is_told_when() -> None:
    told = {
        when: [
            is_wanted(policy(25, when=when), news=news, failed=failed)
            for news, failed in [(False, False), (True, False), (False, True), (True, True)]
        ]
        for when in ("always", "news", "failure")
    }
    assert told == {
        "always": [True, True, True, True],
        "news": [False, True, True, True],
        "failure": [False, False, True, True],
    }
    assert not is_wanted(None, news=True, failed=True)


# --- encryption and login


@pytest.fixture(scope="module")
def localhost_certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    made = certificate(tmp_path_factory.mktemp("certificate"))
    if made is None:
        pytest.skip("openssl was not found")
    context, file = made
    return context, ssl.create_default_context(cafile=str(file))


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_encrypted_mail_with_login(
    kept: Kept, localhost_certificate: tuple[ssl.SSLContext, ssl.SSLContext], security: str
) -> None:
    own, trusted = localhost_certificate
    conduct = Conduct(tls=own, starttls=security == "starttls", wrapped=security == "tls", user="review")
    with SmtpServer(conduct) as server:
        settings = policy(server.port, security=security, user="review")
        send(message_of(kept, settings), settings, PASSWORD, context=trusted)
    assert [taken.encrypted for taken in server.taken] == [True]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_nobody_is_not_trusted_with_the_password(
    kept: Kept, localhost_certificate: tuple[ssl.SSLContext, ssl.SSLContext], security: str
) -> None:
    own, _ = localhost_certificate
    conduct = Conduct(tls=own, starttls=security == "starttls", wrapped=security == "tls", user="review")
    with SmtpServer(conduct) as server:
        settings = policy(server.port, security=security, user="review")
        with pytest.raises(MailError, match="certificate that cannot be trusted"):
            send(message_of(kept, settings), settings, PASSWORD)
    assert not [line for line in server.commands if line.startswith(("AUTH", "MAIL"))]


def test_a_certificate_of_another_server_is_refused(
    kept: Kept, localhost_certificate: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    own, trusted = localhost_certificate
    with SmtpServer(Conduct(tls=own, wrapped=True)) as server:
        settings = policy(server.port, security="tls", server="127.0.0.1")
        with pytest.raises(MailError, match="certificate that cannot be trusted"):
            send(message_of(kept, settings), settings, None, context=trusted)
    assert server.taken == []


def test_where_encryption_is_asked_for_and_not_offered_nothing_is_sent(kept: Kept) -> None:
    with SmtpServer(Conduct(user="review")) as server:
        settings = policy(server.port, security="starttls", user="review")
        with pytest.raises(MailError, match="STARTTLS"):
            send(message_of(kept, settings), settings, PASSWORD)
    assert {line.split(" ")[0] for line in server.commands} <= {"ehlo", "EHLO", "QUIT", "quit"}


def test_a_refused_login_names_the_user_and_never_the_password(kept: Kept) -> None:
    with SmtpServer(Conduct(user="review")) as server:
        settings = policy(server.port, user="review")
        with pytest.raises(MailError, match="refused the login of review") as caught:
            send(message_of(kept, settings), settings, "wr0ng pass")
    told = repr(caught.value) + str(caught.value.__cause__) + str(caught.value.__context__ and "")
    assert "wr0ng" not in told
    assert caught.value.__suppress_context__
    assert server.taken == []


def test_a_server_that_repeats_the_password_is_not_quoted_with_it(kept: Kept) -> None:
    conduct = Conduct(user="review", answers={"MAIL": f"550 you are {PASSWORD}"})
    with SmtpServer(conduct) as server:
        settings = policy(server.port, user="review")
        with pytest.raises(MailError, match="redacted") as caught:
            send(message_of(kept, settings), settings, PASSWORD)
    assert PASSWORD not in str(caught.value)


def test_a_login_without_a_password_says_where_it_is_given(kept: Kept) -> None:
    with pytest.raises(MailError, match="WORKBENCH_SMTP_PASSWORD"):
        send(message_of(kept, policy(25, user="review")), policy(25, user="review"), None)


# --- servers that misbehave


@pytest.mark.parametrize(
    ("conduct", "said"),
    [
        (Conduct(hang_up_at="MAIL"), "closed the connection"),
        (Conduct(hang_up_at="DATA"), "closed the connection"),
        (Conduct(answers={"MAIL": "451 come back later"}), "refused the sender .*451 come back later"),
        (Conduct(answers={"DATA": "554 spam"}), "refused: 554 spam"),
        (Conduct(answers={"RCPT": "550 nobody"}), "refused recipients, lead@example.org: 550 nobody"),
        (Conduct(answers={"EHLO": "nonsense", "HELO": "nonsense"}), "closed the connection|refused"),
        (Conduct(answers={"MAIL": "550 \x1b[31m" + "x" * 5000}), "550"),
    ],
)
def test_every_refusal_is_a_short_message(kept: Kept, conduct: Conduct, said: str) -> None:
    with SmtpServer(conduct) as server:
        settings = policy(server.port)
        with pytest.raises(MailError, match=said) as caught:
            send(message_of(kept, settings), settings, None)
    assert len(str(caught.value)) < 600
    assert "\x1b" not in str(caught.value)
    assert server.taken == []


def test_a_server_that_is_down_cannot_be_reached(kept: Kept) -> None:
    with SmtpServer() as server:
        settings = policy(server.port)
    with pytest.raises(MailError, match="cannot be reached"):
        send(message_of(kept, settings), settings, None)


def test_a_server_that_drips_is_left_when_the_time_is_over(kept: Kept) -> None:
    with SmtpServer(Conduct(drip=0.02)) as server:
        settings = policy(server.port)
        with pytest.raises(MailError, match="did not finish within"):
            send(message_of(kept, settings), settings, None, seconds=0.4)


def test_one_refused_recipient_does_not_keep_the_others_from_their_mail(
    store: Store, kept: Kept, review: ReviewDefinition, tmp_path: Path
) -> None:
    told: list[str] = []
    with SmtpServer(Conduct(refuse={"second@example.org"})) as server:
        mail_waiting(store, with_mail(review, policy(server.port)), tmp_path, now=NOW, tell=told.append)
    assert [taken.recipients for taken in server.taken] == [["lead@example.org"]]
    assert kept_digests(tmp_path)[0].mail.status == "sent"
    assert "second@example.org: 550" in told[0]


# --- with the refresh


def test_what_failed_is_recorded_and_sent_with_the_next_refresh(
    store: Store, kept: Kept, review: ReviewDefinition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_SMTP_PASSWORD", PASSWORD)
    told: list[str] = []
    with SmtpServer() as down:
        settings = policy(down.port)
    (tried,) = mail_waiting(store, with_mail(review, settings), tmp_path, now=NOW, tell=told.append)
    assert (tried.mail.status, tried.mail.tries) == ("waiting", 1)
    assert "cannot be reached" in tried.mail.error
    assert "The next refresh tries again." in told[0]
    assert kept_digests(tmp_path)[0].mail == tried.mail

    later = keep_digest(tmp_path, digest(made=NOW + timedelta(days=7)), MailState(status="waiting"))
    keep_digest(tmp_path, digest(made=NOW + timedelta(days=7)), MailState(status="none"))
    with SmtpServer(Conduct(user="review")) as server:
        settings = policy(server.port, user="review")
        done = mail_waiting(store, with_mail(review, settings), tmp_path, now=NOW + timedelta(days=7), tell=told.append)
    assert [each.name for each in done] == [kept.name, later.name]
    assert [(each.mail.status, each.mail.tries) for each in done] == [("sent", 2), ("sent", 1)]
    assert len(server.taken) == 2
    again = mail_waiting(store, with_mail(review, settings), tmp_path, now=NOW + timedelta(days=8), tell=told.append)
    assert again == ()
    written = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "digests").iterdir())
    assert PASSWORD not in written
    assert PASSWORD not in "".join(told)


def test_after_one_failure_the_others_wait_and_old_news_are_not_sent(
    store: Store, review: ReviewDefinition, tmp_path: Path
) -> None:
    for days in (0, 40, 47):
        keep_digest(tmp_path, digest(made=NOW + timedelta(days=days)), MailState(status="waiting"))
    now = NOW + timedelta(days=47)
    with SmtpServer() as down:
        settings = policy(down.port)
    done = mail_waiting(store, with_mail(review, settings), tmp_path, now=now)
    assert [each.made for each in done] == [NOW + timedelta(days=40), NOW + timedelta(days=47)]
    assert [each.mail.tries for each in done] == [1, 0]
    assert done[1].mail.error.startswith("not tried, as an earlier one failed: ")
    with SmtpServer() as server:
        mail_waiting(store, with_mail(review, policy(server.port)), tmp_path, now=now)
    assert len(server.taken) == 2


def test_two_processes_do_not_send_the_same_mail_at_once(
    store: Store, kept: Kept, review: ReviewDefinition, tmp_path: Path
) -> None:
    told: list[str] = []
    with SmtpServer() as server, store.locked(JOB, "another"):
        assert mail_waiting(store, with_mail(review, policy(server.port)), tmp_path, now=NOW, tell=told.append) == ()
    assert server.taken == []
    assert "being done already" in told[0]
    assert kept_digests(tmp_path)[0].mail.status == "waiting"


def test_a_broken_credential_is_said_and_retried(
    store: Store, kept: Kept, review: ReviewDefinition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "smtp-password").write_text("two\nlines", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tried,) = mail_waiting(store, with_mail(review, policy(25, user="review")), tmp_path, now=NOW)
    assert "line end" in tried.mail.error
    assert "lines" not in tried.mail.error.replace("line end", "")


def test_sending_by_hand_raises_and_records(store: Store, kept: Kept, review: ReviewDefinition, tmp_path: Path) -> None:
    with pytest.raises(MailError, match="no mail settings"):
        mail_kept(store, with_mail(review, None), kept)
    assert mail_waiting(store, with_mail(review, None), tmp_path, now=NOW) == ()
    with SmtpServer(Conduct(answers={"MAIL": "451 later"})) as server, pytest.raises(MailError, match="451 later"):
        mail_kept(store, with_mail(review, policy(server.port)), kept)
    with SmtpServer() as server:
        sent = mail_kept(store, with_mail(review, policy(server.port)), kept_digests(tmp_path)[0])
    assert (sent.mail.status, sent.mail.tries) == ("sent", 2)


def test_a_digest_whose_files_were_spoilt_is_not_sent(kept: Kept) -> None:
    kept.html_file.write_bytes(b"\xff\xfe")
    with pytest.raises(MailError, match="cannot be read"):
        message_of(kept, policy(25))
