"""Where requests may go: to NCBI, or to a server on this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from ingest.eutils.errors import AddressRefused

NCBI = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"


def check_address(base_url: str) -> tuple[str, bool]:
    """Give the base address with its final slash, and whether it is on this machine.

    Only NCBI's own address (over https) and addresses of this machine are accepted: a strategy, a key and an e-mail
    address are sent there, and what comes back becomes the review's records.
    """
    # A password or a key inside the address is not for a message.
    shown = "" if any(c in base_url for c in "@?#") else f" {base_url!r}"
    refused = (
        f"the E-utilities address{shown} is refused: only {NCBI} or an address of this machine "
        "(such as http://127.0.0.1:8081/) may be used; mend WORKBENCH_EUTILS_URL or remove it"
    )
    if any(ord(c) <= 32 or c == "\\" or ord(c) == 127 for c in base_url):
        raise AddressRefused(refused)
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused(refused) from None
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise AddressRefused(refused)
    address = base_url.rstrip("/") + "/"
    if host == urlsplit(NCBI).hostname:
        if parts.scheme != "https" or port not in (None, 443):
            raise AddressRefused(refused)
        return address, False
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local or parts.scheme not in ("http", "https"):
        raise AddressRefused(refused)
    return address, True
