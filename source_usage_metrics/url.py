"""Which addresses may be asked: only those where nobody on the way can read what is sent."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
PLAIN = re.compile(r"[!-\[\]-~]+")


def is_safe_url(url: str, *, allow_loopback: bool) -> bool:
    """Whether nobody on the way can read what is sent there: it goes by https, or, if allowed, stays on this machine.

    A URL with a user name is never safe: what looks like the host before an @ is none.
    """
    parts = plain_parts(url)
    if not parts or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (allow_loopback and parts.scheme == "http" and is_loopback(url))


def is_loopback(url: str) -> bool:
    """Whether the URL is one of this machine."""
    parts = plain_parts(url)
    host = parts.hostname if parts else None
    try:
        return host == "localhost" or (host is not None and ip_address(host).is_loopback)
    except ValueError:
        return False


def plain_parts(url: str) -> SplitResult | None:
    r"""The parts of a URL that every parser reads alike; None for any other, such as http://one.example\@two.example."""
    try:
        parts = urlsplit(url)
        address = parts.netloc.rpartition("@")[2]
        host = address if parts.port is None else address.rpartition(":")[0]
    except ValueError:
        return None
    return parts if PLAIN.fullmatch(url) and HOST.fullmatch(host) and parts.port != 0 else None
