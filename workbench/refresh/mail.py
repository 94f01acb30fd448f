"""Mails a digest through the SMTP server of the review's settings, and tries again with the next refresh if that fails.

The password is read when it is used (`credentials`), goes over an encrypted connection or to this machine only, and
stands in no message of ours, whatever the server answers. The headers are built from checked addresses and one-line
text, by the standard library's policy that refuses a line end in a header. A mail that fails never undoes a refresh.
"""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy as email_policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from workbench.refresh.credentials import SMTP_PASSWORD, VARIABLES, CredentialError, secret
from workbench.refresh.digest import DigestError, Kept, MailState, kept_digests, set_mail_state
from workbench.refresh.digest.cleaning import shortened
from workbench.review import MailPolicy, ReviewDefinition
from workbench.store import SYSTEM, JobLock, Store, StoreError

JOB = "mail"
SECONDS_PER_STEP = 30.0
SECONDS_IN_ALL = 180.0
TRIED_FOR = timedelta(days=30)  # an older digest is no news
MOST_AT_ONCE = 10
_SUBJECT = 200  # characters

Tell = Callable[[str], None]


class MailError(Exception):
    """A digest could not be mailed; the message says why, without the password."""


def is_wanted(policy: MailPolicy | None, *, news: bool, failed: bool) -> bool:
    """Whether somebody is to be told of a refresh."""
    if policy is None:
        return False
    return failed or policy.when == "always" or (news and policy.when == "news")


def message_of(kept: Kept, policy: MailPolicy) -> EmailMessage:
    """A digest as a mail: plain text, and the same as HTML."""
    message = EmailMessage(policy=email_policy.SMTP)
    message["From"] = policy.sender
    message["To"] = ", ".join(policy.recipients)
    message["Subject"] = shortened(f"{kept.summary}: {kept.title}", _SUBJECT)
    message["Date"] = format_datetime(kept.made.astimezone(UTC))
    # The same digest has the same id each time: a second copy, after a lost answer, is known as one.
    message["Message-ID"] = f"<workbench-digest-{kept.name}-{'-'.join(map(str, kept.runs[:1]))}@{_domain(policy)}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office reply, please
    try:
        page = kept.html_file.read_text(encoding="utf-8")
        message.set_content(kept.text, cte="quoted-printable")
        message.add_alternative(page, subtype="html", cte="quoted-printable")
    except (OSError, ValueError) as error:  # somebody changed the files
        raise MailError(f"the digest {kept.name} cannot be read: {error}") from error
    return message


def send(
    message: EmailMessage,
    policy: MailPolicy,
    password: str | None,
    *,
    seconds: float = SECONDS_IN_ALL,
    context: ssl.SSLContext | None = None,
) -> str:
    """Hand a mail to the server; gives a remark on recipients that it refused while it took the others.

    seconds: for everything; a server that answers too slowly is left. Raises MailError where nobody got the mail.
    """
    if policy.user and password is None:
        raise MailError(
            f"the mail server asks {policy.user} for a password: set {VARIABLES[SMTP_PASSWORD]}, or give the "
            f"credential {SMTP_PASSWORD} (docs/scheduling.md)"
        )
    deadline = _Deadline(seconds)
    try:
        refused = _talk(message, policy, password or "", deadline, context or ssl.create_default_context())
    except (smtplib.SMTPException, OSError, ValueError) as error:
        where = f"{policy.server}, port {policy.used_port}"
        reason = f"did not finish within {seconds:.0f} seconds" if deadline.passed else _reason(error, policy)
        # `from None`: the error's own text and its frames may hold what was sent to sign in.
        raise MailError(_without(f"the mail server ({where}) {reason}", policy.user, password)) from None
    finally:
        deadline.cancel()
    if not refused:
        return ""
    return _without(f"the server {_reason(smtplib.SMTPRecipientsRefused(refused), policy)}", policy.user, password)


class _Deadline:
    """Cuts the connection off once the time is over: a time limit a step does not stop a server that drips."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.passed = False
        self._server: smtplib.SMTP | None = None
        self._over = threading.Event()
        threading.Thread(target=self._cut, name="mail deadline", daemon=True).start()

    def watch(self, server: smtplib.SMTP) -> None:
        self._server = server

    def cancel(self) -> None:
        self._over.set()

    def _cut(self) -> None:
        if self._over.wait(self.seconds):
            return
        self.passed = True
        while not self._over.wait(0.1):  # a connection that comes about only now is cut off, too
            if self._server is not None and self._server.sock is not None:
                with suppress(OSError):
                    self._server.sock.shutdown(socket.SHUT_RDWR)


class _Watched(smtplib.SMTP):
    """A connection with a deadline, from its first byte on."""

    def __init__(self, deadline: _Deadline, host: str, port: int, name: str, step: float) -> None:
        deadline.watch(self)
        super().__init__(host, port, name, timeout=step)


class _WatchedTls(smtplib.SMTP_SSL):
    """The same, encrypted from the first byte on."""

    def __init__(
        self, deadline: _Deadline, host: str, port: int, name: str, step: float, context: ssl.SSLContext
    ) -> None:
        deadline.watch(self)
        super().__init__(host, port, name, timeout=step, context=context)


def _talk(
    message: EmailMessage, policy: MailPolicy, password: str, deadline: _Deadline, context: ssl.SSLContext
) -> dict[str, tuple[int, bytes]]:
    """Give the recipients that were refused while others were not."""
    step = min(SECONDS_PER_STEP, deadline.seconds)
    name = _domain(policy)  # said in EHLO; the default would look this machine's name up
    server: smtplib.SMTP
    if policy.security == "tls":
        server = _WatchedTls(deadline, policy.server, policy.used_port, name, step, context)
    else:
        server = _Watched(deadline, policy.server, policy.used_port, name, step)
    try:
        if policy.security == "starttls":
            server.starttls(context=context)  # raises where the server offers none: nothing goes out in the open
        if policy.user:
            server.login(policy.user, password)
        refused = server.send_message(message, policy.sender, list(policy.recipients))
        with suppress(smtplib.SMTPException, OSError):  # the mail is taken; a rude good-bye changes nothing
            server.quit()
        return refused
    finally:
        with suppress(OSError):
            server.close()


def _reason(error: Exception, policy: MailPolicy) -> str:
    """What went wrong, in words for whoever can mend it. The mail errors are OSErrors, too, and come first."""
    match error:
        case smtplib.SMTPAuthenticationError(smtp_code=code):
            return f"refused the login of {policy.user} (code {code}): check user and password"
        case smtplib.SMTPNotSupportedError() if policy.security == "starttls":
            return "offers no encryption by STARTTLS, or no login: nothing was sent; it may want security: tls"
        case smtplib.SMTPNotSupportedError():
            return "offers no login: leave user out if it asks for none"
        case smtplib.SMTPRecipientsRefused(recipients=recipients):
            said = "; ".join(f"{name}: {_said(*answer)}" for name, answer in list(recipients.items())[:5])
            return f"refused recipients, {said}"
        case smtplib.SMTPSenderRefused(smtp_code=code, smtp_error=text, sender=sender):
            return f"refused the sender {sender}: {_said(code, text)}"
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=text):
            return f"refused: {_said(code, text)}"
        case ssl.SSLCertVerificationError():
            return f"has a certificate that cannot be trusted: {error.verify_message}"
        case ssl.SSLError():
            return "and this machine found no way to encrypt; security and port may not fit each other"
        case smtplib.SMTPServerDisconnected():
            return "closed the connection"
        case TimeoutError():
            return "did not answer in time"
        case socket.gaierror():
            return "is not known by that name"
        case OSError():
            return f"cannot be reached: {error.strerror or type(error).__name__}"
        case _:
            return f"could not be spoken to ({type(error).__name__})"


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{code} {shortened(words, 200)}"


def _without(text: str, user: str, password: str | None) -> str:
    """The text without the password, in case the server repeats it, plain or in base64 as it was sent."""
    if not password:
        return text
    sent = (password, f"\0{user}\0{password}")  # AUTH LOGIN and AUTH PLAIN
    for form in (*(base64.b64encode(secret_.encode()).decode() for secret_ in sent), password):
        text = text.replace(form, "[redacted]")
    return text


def _domain(policy: MailPolicy) -> str:
    return policy.sender.rpartition("@")[2]


def mail_kept(
    store: Store, review: ReviewDefinition, kept: Kept, *, by: str = SYSTEM, tell: Tell = lambda _: None
) -> Kept:
    """Mail one digest now, whatever became of it before, and record how it went. Raises MailError if that fails."""
    policy = review.refresh.mail
    if policy is None:
        raise MailError("the review has no mail settings: write them in review.yaml, under refresh (docs/settings.md)")
    with _alone(store, by):
        done = _try(kept, policy)
    if done.mail.status != "sent":
        raise MailError(done.mail.error)
    tell(f"The digest {done.name} was mailed to {_recipients(policy)}")
    return done


def mail_waiting(
    store: Store,
    review: ReviewDefinition,
    review_folder: Path,
    *,
    now: datetime,
    by: str = SYSTEM,
    tell: Tell = lambda _: None,
) -> tuple[Kept, ...]:
    """Mail every digest that waits for it, oldest first: the new one, and those whose mail failed before.

    Never raises for a mail: what failed is told, recorded with the digest, and tried again next time. After one failure
    the others are not tried, as the server is the same.
    """
    policy = review.refresh.mail
    if policy is None:
        return ()
    done: list[Kept] = []
    try:
        with _alone(store, by):
            waiting = [kept for kept in kept_digests(review_folder) if kept.mail.status == "waiting"]
            queue = [kept for kept in reversed(waiting) if now - kept.made < TRIED_FOR][-MOST_AT_ONCE:]
            for place, kept in enumerate(queue, start=1):
                done.append(_try(kept, policy))
                mail = done[-1].mail
                if mail.status != "sent":
                    tell(f"The digest {kept.name} was not mailed: {mail.error}. The next refresh tries again.")
                    reason = f"not tried, as an earlier one failed: {mail.error}"
                    done += [set_mail_state(each, replace(each.mail, error=reason)) for each in queue[place:]]
                    break
                remark = f", but {mail.error}" if mail.error else ""
                tell(f"The digest {kept.name} was mailed to {_recipients(policy)}{remark}")
    except (DigestError, StoreError) as error:  # Busy among them: another process is sending what waits
        tell(f"The digest was not mailed: {error}")
    return tuple(done)


def _alone(store: Store, by: str) -> AbstractContextManager[JobLock]:
    return store.locked(JOB, by, timedelta(minutes=30))


def _try(kept: Kept, policy: MailPolicy) -> Kept:
    tries = kept.mail.tries + 1
    try:
        remark = send(message_of(kept, policy), policy, secret(SMTP_PASSWORD))
    except (MailError, CredentialError) as error:
        return set_mail_state(kept, MailState(status="waiting", tries=tries, error=str(error), at=_now()))
    return set_mail_state(kept, MailState(status="sent", tries=tries, error=remark, at=_now()))


def _recipients(policy: MailPolicy) -> str:
    number = len(policy.recipients)
    return policy.recipients[0] if number == 1 else f"{number} recipients"


def _now() -> datetime:
    return datetime.now(UTC)
