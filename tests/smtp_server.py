"""A small SMTP server on this machine, for tests: takes mails, or misbehaves as it is told."""

from __future__ import annotations

import base64
import shutil
import socketserver
import ssl
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email import policy as email_policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import cast

PASSWORD = "corr3ct horse-battery%staple"


@dataclass(slots=True)
class Taken:
    """One mail that was delivered."""

    sender: str
    recipients: list[str]
    data: bytes
    encrypted: bool

    @property
    def message(self) -> EmailMessage:
        return cast("EmailMessage", message_from_bytes(self.data, policy=email_policy.default))


@dataclass(slots=True, kw_only=True)
class Conduct:
    """What the server does; the defaults are those of an honest one without encryption and login."""

    tls: ssl.SSLContext | None = None
    starttls: bool = False
    wrapped: bool = False  # TLS from the first byte on
    user: str = ""
    refuse: set[str] = field(default_factory=set)  # recipients
    answers: dict[str, str] = field(default_factory=dict)  # command -> what to answer instead
    hang_up_at: str = ""
    drip: float = 0.0  # seconds between the bytes of the greeting


class _Handler(socketserver.StreamRequestHandler):
    server: _Listener

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def setup(self) -> None:
        conduct = self.server.conduct
        self.encrypted = False
        if conduct.wrapped and conduct.tls is not None:
            self.request = conduct.tls.wrap_socket(self.request, server_side=True, do_handshake_on_connect=False)
            self.encrypted = True
        super().setup()

    def handle(self) -> None:
        with suppress(OSError):
            self.talk()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        self.rfile.close()
        self.request.close()  # the encrypted one, where there is one: the listener knows of the other

    def talk(self) -> None:
        conduct = self.server.conduct
        if conduct.drip:
            for byte in b"220 " + b"x" * 100_000:
                self.wfile.write(bytes([byte]))
                time.sleep(conduct.drip)
        self.say("220 test")
        sender, recipients = "", list[str]()
        while line := self.rfile.readline():
            text = line.decode().rstrip("\r\n")
            command = text.split(" ")[0].split(":")[0].upper()
            self.server.commands.append(text)
            if command == conduct.hang_up_at:
                return
            if command in conduct.answers:
                self.say(conduct.answers[command])
            elif command in ("EHLO", "HELO"):
                offers = ["STARTTLS"] if conduct.starttls and not self.encrypted else []
                if conduct.user and (self.encrypted or not conduct.starttls):
                    offers.append("AUTH PLAIN")
                self.say("250-test")
                for offer in offers:
                    self.say(f"250-{offer}")
                self.say("250 8BITMIME")
            elif command == "STARTTLS" and conduct.tls is not None:
                self.say("220 go on")
                self.request = conduct.tls.wrap_socket(self.request, server_side=True)
                self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)
                self.encrypted = True
            elif command == "AUTH":
                given = base64.b64decode(text.split(" ")[-1]).decode().split("\0")[1:]
                right = given == [conduct.user, PASSWORD]
                self.say("235 welcome" if right else f"535 no: {text.split(' ')[-1]} {given[-1]}")
            elif command == "MAIL":
                sender = text.split("<")[1].split(">")[0]
                self.say("250 ok")
            elif command == "RCPT":
                name = text.split("<")[1].split(">")[0]
                if name in conduct.refuse:
                    self.say(f"550 no such person {name}")
                else:
                    recipients.append(name)
                    self.say("250 ok")
            elif command == "DATA":
                self.say("354 go on")
                data = b""
                while (part := self.rfile.readline()) not in (b".\r\n", b""):
                    data += part[1:] if part.startswith(b"..") else part
                self.server.taken.append(
                    Taken(sender=sender, recipients=recipients, data=data, encrypted=self.encrypted)
                )
                self.say("250 taken")
            elif command == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    conduct: Conduct
    taken: list[Taken]
    commands: list[str]

    def handle_error(self, request: object, client_address: object) -> None:
        """A handshake that the client breaks off is what some tests want."""


class SmtpServer:
    """Listens while the `with` block runs."""

    def __init__(self, conduct: Conduct | None = None) -> None:
        self._listener = _Listener(("127.0.0.1", 0), _Handler)
        self._listener.conduct = conduct or Conduct()
        self._listener.taken, self._listener.commands = [], []
        self._thread = threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._listener.server_address[1])

    @property
    def taken(self) -> list[Taken]:
        return self._listener.taken

    @property
    def commands(self) -> list[str]:
        """Every line that a client sent outside of a mail's text."""
        return self._listener.commands

    def __enter__(self) -> SmtpServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown()
        self._listener.server_close()
        self._thread.join()


def certificate(folder: Path, name: str = "localhost") -> tuple[ssl.SSLContext, Path] | None:
    """A server's context with a certificate of its own for `name`, and the file to trust; None without openssl."""
    program = shutil.which("openssl")
    if program is None:
        return None
    key, made = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *(program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", str(key), "-out", str(made), "-days", "2", "-subj", f"/CN={name}"),
            *("-addext", f"subjectAltName=DNS:{name}", "-addext", "basicConstraints=critical,CA:TRUE"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    return context, made
