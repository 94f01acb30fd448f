"""The digest of a refresh: what came, what was withdrawn or doubted, what failed and what waits, for people."""

from workbench.refresh.digest.keeping import (
    DigestError,
    Kept,
    MailState,
    digest_folder,
    keep_digest,
    kept_digests,
    set_mail_state,
)
from workbench.refresh.digest.making import Digest, Opinion, make_digest

__all__ = [
    "Digest",
    "DigestError",
    "Kept",
    "MailState",
    "Opinion",
    "digest_folder",
    "keep_digest",
    "kept_digests",
    "make_digest",
    "set_mail_state",
]
