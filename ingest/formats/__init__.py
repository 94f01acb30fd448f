"""One module a format of bibliographic files: bytes in, records and unreadable entries out."""
