"""Addresses of files that are signed and end some day.

https://docs.discord.com/developers/reference#signed-attachment-cdn-urls
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit


class Signer:
    """Signs addresses, and knows those that it signed.

    Args:
        lifetime_s: seconds for which an address holds.
        now: the clock, in seconds since the epoch.
    """

    def __init__(self, *, lifetime_s: float, now: Callable[[], float] = time.time) -> None:
        self._lifetime_s = int(lifetime_s)
        self._now = now
        self._key = secrets.token_bytes(32)

    def signed(self, url: str) -> str:
        """Return an address as Discord hands it out now.

        Args:
            url: without a query.
        """
        issued = int(self._now())
        ends = issued + self._lifetime_s
        mark = self._mark(urlsplit(url).path, f"{ends:x}", f"{issued:x}")
        return f"{url}?ex={ends:x}&is={issued:x}&hm={mark}&"

    def holds(self, path: str, query: Mapping[str, str]) -> bool:
        """Say whether an address was signed here and has not ended.

        Args:
            path: of the address.
            query: of the address.
        """
        ends, issued = query.get("ex", ""), query.get("is", "")
        if not hmac.compare_digest(self._mark(path, ends, issued), query.get("hm", "")):
            return False
        return self._now() < int(ends, 16)

    def expire(self) -> None:
        """End all addresses that were signed so far."""
        self._key = secrets.token_bytes(32)

    def _mark(self, path: str, ends: str, issued: str) -> str:
        said = f"{path}?{ends}&{issued}".encode()
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()
