"""What a single setting may hold: a day, the name of an organization, a token, an address; and how it is quoted."""

import re
from ipaddress import ip_address
from typing import cast
from urllib.parse import SplitResult, urlsplit

import pendulum

# What is quoted back looks like what was expected, so that a secret in the wrong place is not told to everybody.
CHOICE = re.compile(r"[a-z_]{1,20}")
KEY = re.compile(r"[a-z_]{1,30}")
NUMBER = re.compile(r"-?[0-9]{1,10}([.][0-9]{1,5})?")
DATE = re.compile(r"[0-9TWZ:+./-]{1,40}")
NAME = re.compile(r"(https?://|@)?[\w ,./-]{0,60}")
LOOKS_SECRET = re.compile(
    r"\bgh[a-z]_|github_pat_|\bei_|eyJ|-----|//.*@|[A-Za-z0-9]{20}"
    r"|\b(?=[A-Za-z0-9]*[a-z])(?=[A-Za-z0-9]*[A-Z])(?=[A-Za-z0-9]*[0-9])[A-Za-z0-9]{4}"
)

# GitHub's names hold letters, digits and hyphens, 39 at most. Anything else would land in the path of a request.
LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}")
PASTED_LOGIN = re.compile(
    r"(?P<host>(https?://)?[\w.-]*(github|ghe)\.com/)?((orgs|organizations)/)?@?(?!enterprises/)(?P<login>[A-Za-z0-9-]+)(/.*)?"
)
DAY = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?P<time>T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
HOST = re.compile(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")

# What a cookie can carry (RFC 6265, cookie-octet), and so any header: one rule for all tokens.
TOKEN = re.compile(r"[!#-+\--:<-\[\]-~]+")
# What OAuth 2.0 allows in client IDs, client secrets and scopes (RFC 6749, appendix A).
OAUTH_TEXT = re.compile(r"[ -~]+")
# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
APP_ID = re.compile(r"[0-9]+|Iv[A-Za-z0-9.]+")
UNQUOTED = "What was given"
TEXT = "This must be text. Put it in quotes."


def quoted(value: object, expected: re.Pattern[str]) -> str:
    """The value as it may stand in a sentence: only if it looks like what was expected, and not like a secret."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    written = str(value) if is_number or isinstance(value, str) else "\n"
    if not expected.fullmatch(written) or LOOKS_SECRET.search(written):
        return UNQUOTED
    return written if is_number else f'"{written}"'


def day(value: object, today: pendulum.Date) -> pendulum.Date:
    """A day up to `today`; a timestamp stands for its date in UTC, and is in UTC itself if it names no offset."""
    if not isinstance(value, str):
        raise ValueError(TEXT)  # noqa: TRY004 # pydantic collects ValueErrors
    written = value.strip()
    spelling = DAY.fullmatch(written)
    if not spelling:
        raise ValueError(f"{quoted(written, DATE)} is not a date. Give a date such as 2026-01-31.")
    try:
        that_day = cast(pendulum.DateTime, pendulum.parse(written, tz="UTC")).in_timezone("UTC").date()
    except (ValueError, OverflowError):
        kind = "a moment" if spelling["time"] else "a day"
        raise ValueError(f"{written} is not {kind} of the calendar. Give a date such as 2026-01-31.") from None
    if that_day > today:
        raise ValueError(f"{written} is in the future. Give today's date in UTC, {today}, or an earlier one.")
    return that_day


def login(name: str) -> str:
    """The name of a GitHub organization, as it stands in its address."""
    if LOGIN.fullmatch(name):
        return name
    given, pasted = quoted(name, NAME), PASTED_LOGIN.fullmatch(name)
    meant = pasted["login"] if pasted and (pasted["host"] or given != UNQUOTED) else ""
    is_clear = LOGIN.fullmatch(meant) and not LOOKS_SECRET.search(meant)
    advice = f"Give {meant}" if is_clear else "Give what follows github.com/ in its address"
    raise ValueError(
        f"{given} is not the name of an organization. {advice}: the name only, each in an entry of its own."
    )


def token(pasted: str) -> str:
    """A token as a header or a cookie can carry it."""
    if re.match(r"(bearer|token)\s", pasted, re.IGNORECASE):
        raise ValueError("The value starts with the word that goes before a token. Give only what follows it.")
    if not TOKEN.fullmatch(pasted):
        raise ValueError(
            "The value has a blank, a line break or a character that no token has. Copy it again, whole and alone."
        )
    return pasted


def organization_key(pasted: str) -> str:
    """An API key of Edge Impulse. Only Edge Impulse can tell whether it is an organization's or a project's."""
    key = token(pasted)
    if not key.startswith("ei_"):
        raise ValueError("The value does not start with ei_, so it is no API key. Give an API key of the organization.")
    return key


def login_token(pasted: str) -> str:
    """A token of Edge Impulse that is no API key."""
    if token(pasted).startswith("ei_"):
        raise ValueError("The value is an API key. Choose Organization API key under Credentials and give it there.")
    return pasted


def jwt(pasted: str) -> str:
    """A login token of Edge Impulse, without the name of the cookie."""
    if login_token(pasted).startswith("jwt="):
        raise ValueError("The value starts with the name of the cookie. Give only what follows jwt=.")
    return pasted


def oauth_text(given: str) -> str:
    """A client ID, client secret or scope."""
    if not OAUTH_TEXT.fullmatch(given):
        raise ValueError(
            "The value has a line break or a character that OAuth 2.0 doesn't allow. Copy it again, whole and alone."
        )
    return given


def app_id(given: str) -> str:
    """The App ID (digits) or the client ID of a GitHub App; GitHub takes both as the issuer of a JWT."""
    if not APP_ID.fullmatch(given):
        raise ValueError(
            "The value is neither an App ID (digits) nor a client ID (starts with Iv). Copy one from the App's page."
        )
    return given


def api_url(address: str) -> str:
    """The address of an API, without a slash at its end.

    Only loopback may go without https: a token never travels in clear.
    """
    parts = _parts(address)
    if not parts:
        raise ValueError(
            "The value is not an address. Give one such as https://api.github.com or https://studio.edgeimpulse.com/v1."
        )
    if "@" in address:
        raise ValueError(
            "The address holds a user name or password (before an @). Take it out: Credentials are given apart."
        )
    if not is_safe_url(address, allow_loopback=True):
        raise ValueError(
            "The address must start with https://, as sign-ins travel to it. Only this machine may have http://."
        )
    if parts.hostname in ("github.com", "www.github.com"):
        raise ValueError("This is GitHub's web site. The address of its API is https://api.github.com.")
    if "?" in address or "#" in address:
        raise ValueError("The address holds a ? or a #. Give only what stands before it.")
    return address.rstrip("/")


def is_safe_url(address: str, *, allow_loopback: bool) -> bool:
    """Whether nobody on the way can read what is sent there: it goes by https, or, if allowed, stays on this machine.

    Not safe is also what two parsers of URLs may read as different hosts: a user name, a backslash, a blank.
    """
    parts = _parts(address)
    if not parts or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (allow_loopback and parts.scheme == "http" and is_loopback(address))


def is_loopback(address: str) -> bool:
    """Whether the address is one of this machine."""
    parts = _parts(address)
    host = parts.hostname if parts else None
    try:
        return host == "localhost" or (host is not None and ip_address(host).is_loopback)
    except ValueError:
        return False


def _parts(address: str) -> SplitResult | None:
    """The parts of an address of which every parser of URLs makes the same; None for any other."""
    try:
        parts = urlsplit(address)
        is_plain = re.fullmatch(r"[!-\[\]-~]+", address) and parts.port != 0
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2]
    has_host = HOST.fullmatch(host if parts.port is None else host.rpartition(":")[0])
    return parts if is_plain and has_host else None
