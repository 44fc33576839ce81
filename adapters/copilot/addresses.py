"""Addresses of pages, read as strictly as the runtime reads them leniently.

What a rule or a person allows by its host must be the host that is then asked. Browsers and the
runtime mend much in an address (https://url.spec.whatwg.org/#url-parsing); here, an address that
would have to be mended has no host.
"""

from __future__ import annotations

import ipaddress
import re

_PLAIN = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?:[/?#][!-\[\]-~]*)?",
    re.IGNORECASE | re.ASCII,
)
# What a browser takes for an IPv4 address: its last label is a number in some notation.
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.ASCII)
_USUAL_PORTS = {"http": 80, "https": 443}


def host_of(address: str) -> str:
    """The host of a page's address, in small letters; an IPv6 address without its brackets.

    Returns:
        The host; empty where the address is not plain enough to be sure of it.
    """
    found = _PLAIN.fullmatch(address)
    if found is None:
        return ""
    host = found["host"].lower().strip("[]").rstrip(".")
    if found["host"].startswith("[") or _NUMERIC.fullmatch(host):
        try:
            return str(ipaddress.ip_address(host))
        except ValueError:
            return ""
    return host


def is_inside(host: str) -> bool:
    """Whether a host is certainly not on the internet: this machine, or a private network.

    Args:
        host: as `host_of` gives it. What a name stands for is not looked up: the runtime does
            so before it fetches, and refuses by the same measure.
    """
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def stays(before: str, after: str) -> bool:
    """Whether a redirect stays where the first address was: at its host and port, or on to TLS."""
    first, second = _PLAIN.fullmatch(before), _PLAIN.fullmatch(after)
    if first is None or second is None or not host_of(before):
        return False
    ports = (_port(first), _port(second))
    is_safer = ports == (80, 443) and second["scheme"].lower() == "https"
    is_same = ports[0] == ports[1] and first["scheme"].lower() == second["scheme"].lower()
    return host_of(before) == host_of(after) and (is_same or is_safer)


def _port(found: re.Match[str]) -> int:
    return int(found["port"]) if found["port"] else _USUAL_PORTS[found["scheme"].lower()]
