"""What the store refuses or cannot do; every message is written for a reviewer."""

from __future__ import annotations


class StoreError(Exception):
    """Base of everything the store raises. Nothing of the step that raised it was saved."""


class NotThere(StoreError):
    """A record, study, result or search that the database does not hold was named."""


class StaleRevision(StoreError):
    """The same extractor saved a newer revision meanwhile, perhaps in another window."""


class StaleFinals(StaleRevision):
    """The answers that a consensus was made from are no longer those that stand."""


class LooksCopied(StoreError):
    """An import gives what another person's answers say already; its importer can vouch for it."""


class NewerSchema(StoreError):
    """The database was written by a newer version of the workbench than this one."""


class MissingDatabase(StoreError):
    """The review has had a database, and it is not where it was."""


class Busy(StoreError):
    """Somebody else is doing this at the moment."""


class DiskFull(StoreError):
    """There was no room to save; what was saved earlier is intact."""
