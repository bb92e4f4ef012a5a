"""What a single setting may hold: a day, the name of an organization, a token, an address."""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import cast
from urllib.parse import SplitResult, urlsplit

import pendulum

from source_usage_metrics.form import Refused, quoted, text

# GitHub's names hold letters, digits and hyphens, 39 at most. Anything else would land in the path of a request.
LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")
PASTED_LOGIN = re.compile(
    r"((https?://)?[\w.-]*(github|ghe)\.com/)?((orgs|organizations)/)?@?(?!enterprises/)(?P<login>[A-Za-z0-9-]+)(/.*)?"
)
DAY = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?P<time>T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)

# What a cookie can carry (RFC 6265, cookie-octet), and so any header: one rule for all tokens.
TOKEN = re.compile(r"[!#-+\--:<-\[\]-~]+")
# What OAuth 2.0 allows in client IDs, client secrets and scopes (RFC 6749, appendix A).
OAUTH_TEXT = re.compile(r"[ -~]+")
# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
APP_ID = re.compile(r"[0-9]+|Iv[A-Za-z0-9.]+")


def day(today: pendulum.Date) -> Callable[[object], pendulum.Date]:
    """A day up to `today`; a timestamp stands for its date in UTC, and is in UTC itself if it names no offset."""

    def rule(value: object) -> pendulum.Date:
        written = text(value)
        that_day = _day(written)
        if that_day > today:
            raise Refused(f"{written} is in the future. Give today's date in UTC, {today}, or an earlier one.")
        return that_day

    return rule


def _day(written: str) -> pendulum.Date:
    spelling = DAY.fullmatch(written)
    if not spelling:
        raise Refused(f"{quoted(written)} is not a date. Give a date such as 2026-01-31.")
    try:
        return cast(pendulum.DateTime, pendulum.parse(written, tz="UTC")).in_timezone("UTC").date()
    except (ValueError, OverflowError):
        kind = "a moment" if spelling["time"] else "a day"
        raise Refused(f"{written} is not {kind} of the calendar. Give a date such as 2026-01-31.") from None


def login(value: object) -> str:
    """The name of a GitHub organization, as it stands in its address."""
    name = text(value)
    if LOGIN.fullmatch(name):
        return name
    pasted = PASTED_LOGIN.fullmatch(name)
    advice = (
        f"Give {pasted['login']}"
        if pasted and LOGIN.fullmatch(pasted["login"])
        else "Give what follows github.com/ in its address"
    )
    raise Refused(
        f"{quoted(name)} is not the name of an organization. {advice}: the name only, each in an entry of its own."
    )


def token(value: object) -> str:
    """A token as a header or a cookie can carry it."""
    pasted = text(value)
    if re.match(r"(bearer|token)\s", pasted, re.IGNORECASE):
        raise Refused("The value starts with the word that goes before a token. Give only what follows it.")
    if not TOKEN.fullmatch(pasted):
        raise Refused(
            "The value has a blank, a line break or a character that no token has. Copy it again, whole and alone."
        )
    return pasted


def organization_key(value: object) -> str:
    """An API key of Edge Impulse. Only Edge Impulse can tell whether it is an organization's or a project's."""
    key = token(value)
    if not key.startswith("ei_"):
        raise Refused("The value does not start with ei_, so it is no API key. Give an API key of the organization.")
    return key


def jwt(value: object) -> str:
    """A login token of Edge Impulse, without the name of the cookie."""
    pasted = login_token(value)
    if pasted.startswith("jwt="):
        raise Refused("The value starts with the name of the cookie. Give only what follows jwt=.")
    return pasted


def login_token(value: object) -> str:
    """A token of Edge Impulse that is no API key."""
    pasted = token(value)
    if pasted.startswith("ei_"):
        raise Refused("The value is an API key. Choose Organization API key under Credentials and give it there.")
    return pasted


def oauth_text(value: object) -> str:
    """A client ID, client secret or scope."""
    given = text(value)
    if not OAUTH_TEXT.fullmatch(given):
        raise Refused(
            "The value has a line break or a character that OAuth 2.0 doesn't allow. Copy it again, whole and alone."
        )
    return given


def app_id(value: object) -> str:
    """The App ID (digits) or the client ID of a GitHub App; GitHub takes both as the issuer of a JWT."""
    given = text(value)
    if not APP_ID.fullmatch(given):
        raise Refused(
            "The value is neither an App ID (digits) nor a client ID (starts with Iv). Copy one from the App's page."
        )
    return given


def api_url(value: object) -> str:
    """The address of an API, without a slash at its end.

    Only loopback may go without https: a token never travels in clear.
    """
    address = text(value)
    parts = _parts(address)
    if not is_safe(address):
        raise Refused(
            "The address must start with https://, as sign-ins travel to it. Only this machine may have http://."
        )
    if parts.hostname in ("github.com", "www.github.com"):
        raise Refused("This is GitHub's web site. The address of its API is https://api.github.com.")
    if parts.username is not None or parts.password is not None:
        raise Refused(
            "The address holds a user name or password (before an @). Take it out: Credentials are given apart."
        )
    if "?" in address or "#" in address:
        raise Refused("The address holds a ? or a #. Give only what stands before it.")
    return address.rstrip("/")


def is_safe(address: str) -> bool:
    """Whether what travels to the address can't be read on the way: it goes by https, or stays on this machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)))


def _parts(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        is_address = bool(parts.hostname) and parts.port != 0 and re.fullmatch(r"[!-\[\]-~]+", address)
    except ValueError:
        is_address = False
    if not is_address:
        raise Refused(
            "The value is not an address. Give one such as https://api.github.com or https://studio.edgeimpulse.com/v1."
        )
    return parts


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
