"""Secrets of a refresh: from the environment, or from the folder of files that systemd hands to a service.

systemd's LoadCredential= sets CREDENTIALS_DIRECTORY to a folder with one file a secret, which no other process sees;
the same folder can be named by hand for cron. A secret is read when it is used, and kept in no log, error or database.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

DIRECTORY = "CREDENTIALS_DIRECTORY"
NCBI_KEY = "ncbi-api-key"
SMTP_PASSWORD = "smtp-password"  # noqa: S105 - the name of a file
VARIABLES = {NCBI_KEY: "NCBI_API_KEY", SMTP_PASSWORD: "WORKBENCH_SMTP_PASSWORD"}
"""Each credential's file and the environment variable that says the same; the variable wins."""

_LONGEST = 4096  # bytes


class CredentialError(Exception):
    """A credential's file cannot be used; the message never holds what is in it."""


def secret(name: str, environment: Mapping[str, str] | None = None) -> str | None:
    """The secret of this name; None where it is given nowhere, or is empty."""
    env = os.environ if environment is None else environment
    if told := env.get(VARIABLES[name], "").strip():
        return told
    folder = env.get(DIRECTORY, "").strip()
    return _read(Path(folder) / name) if folder else None


def _read(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CredentialError(f"the credential {path} cannot be read: {error.strerror or 'unknown reason'}") from None
    if len(content) > _LONGEST:
        raise CredentialError(f"the credential {path} is longer than {_LONGEST} bytes: that is no password or key")
    try:
        text = content.decode().strip()
    except UnicodeDecodeError:
        raise CredentialError(f"the credential {path} is not UTF-8 text") from None
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise CredentialError(f"the credential {path} holds a line end or another control character")
    return text or None
