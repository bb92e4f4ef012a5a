"""What a single setting may hold: how it is shown in the form, checked, and quoted if it is refused."""

import re
from typing import Annotated, TypeAlias, TypeVar, cast

import pendulum
from pydantic import AfterValidator, Field, PlainValidator, StrictInt, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from source_usage_metrics.private_key import private_key
from source_usage_metrics.url import is_safe_url, plain_parts

T = TypeVar("T")

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
UNQUOTED = "What was given"
NO_TEXT = "This must be text. Put it in quotes."

# GitHub's names hold letters, digits and hyphens, 39 at most. Anything else would land in the path of a request.
LOGIN = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}"
PASTED_LOGIN = re.compile(
    r"(?P<host>(https?://)?[\w.-]*(github|ghe)\.com/)?((orgs|organizations)/)?"
    r"@?(?!enterprises/)(?P<login>[A-Za-z0-9-]+)(/.*)?"
)
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
APP_ID = r"([0-9]+|Iv[A-Za-z0-9.]+)"


def quoted(value: object, expected: re.Pattern[str]) -> str:
    """The value as it may stand in a sentence: only if it looks like what was expected, and not like a secret."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    written = str(value) if is_number or isinstance(value, str) else "\n"
    if not expected.fullmatch(written) or LOOKS_SECRET.search(written):
        return UNQUOTED
    return written if is_number else f'"{written}"'


def requires(pattern: str, sentence: str) -> AfterValidator:
    """Refuses, with this sentence, a text that isn't as the pattern says."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(sentence)
        return text

    return AfterValidator(check)


def refuses(start: str, sentence: str) -> AfterValidator:
    """Refuses, with this sentence, a text that starts so."""
    return requires(rf"(?!{start})(?s:.*)", sentence)


def shown(pattern: str, descriptor: str, **more: str) -> WithJsonSchema:
    """What Airbyte's form lets pass, and what it says of anything else."""
    return WithJsonSchema({"type": "string", "pattern": pattern, "pattern_descriptor": descriptor, **more})


def _day(value: object, info: ValidationInfo) -> pendulum.Date:
    """A day up to today; a timestamp stands for its date in UTC, and is in UTC itself if it names no offset."""
    assert info.context
    today = info.context["today"]
    if not isinstance(value, str):
        raise ValueError(NO_TEXT)  # noqa: TRY004 # pydantic collects ValueErrors
    written = value.strip()
    if not re.fullmatch(DAY, written):
        raise ValueError(f"{quoted(written, DATE)} is not a date. Give a date such as 2026-01-31.")
    try:
        day = cast(pendulum.DateTime, pendulum.parse(written, tz="UTC")).in_timezone("UTC").date()
    except (ValueError, OverflowError):
        kind = "a moment" if "T" in written else "a day"
        raise ValueError(f"{written} is not {kind} of the calendar. Give a date such as 2026-01-31.") from None
    if day > today:
        raise ValueError(f"{written} is in the future. Give today's date in UTC, {today}, or an earlier one.")
    return day


def _not_before_since(until: pendulum.Date, info: ValidationInfo) -> pendulum.Date:
    since = info.data.get("since")
    if since and since > until:
        remedy = "Give a first day that is not after the last one."
        raise PydanticCustomError("at_since", f"{since} is after Until, {until}. {remedy}")
    return until


def _login(name: str) -> str:
    """The name of a GitHub organization, as it stands in its address."""
    if re.fullmatch(LOGIN, name):
        return name
    given, pasted = quoted(name, NAME), PASTED_LOGIN.fullmatch(name)
    meant = pasted["login"] if pasted and (pasted["host"] or given != UNQUOTED) else ""
    is_clear = re.fullmatch(LOGIN, meant) and not LOOKS_SECRET.search(meant)
    advice = f"Give {meant}" if is_clear else "Give what follows github.com/ in its address"
    raise ValueError(
        f"{given} is not the name of an organization. {advice}: the name only, each in an entry of its own."
    )


def _once(value: T, info: ValidationInfo) -> T:
    """Refuses what the same list has named before."""
    assert info.context
    named = info.context["named"][info.field_name]
    same = value.casefold() if isinstance(value, str) else value
    if same in named:
        twice = f"{value} is named twice" if named[same] == value else f"{named[same]} and {value} are the same"
        raise ValueError(f"{twice}. Name it once.")
    named[same] = value
    return value


def _api_url(url: str) -> str:
    """The address of an API, without a slash at its end. Only loopback may go without https."""
    parts, fault = plain_parts(url), ""
    if not parts:
        fault = (
            "The value is not an address. Give one such as https://api.github.com or https://studio.edgeimpulse.com/v1."
        )
    elif "@" in url:
        fault = "The address holds a user name or password (before an @). Take it out: Credentials are given apart."
    elif not is_safe_url(url, allow_loopback=True):
        fault = "The address must start with https://, as sign-ins travel to it. Only this machine may have http://."
    elif parts.hostname in ("github.com", "www.github.com"):
        fault = "This is GitHub's web site. The address of its API is https://api.github.com."
    elif "?" in url or "#" in url:
        fault = "The address holds a ? or a #. Give only what stands before it."
    if fault:
        raise ValueError(fault)
    return url.rstrip("/")


Day: TypeAlias = Annotated[
    pendulum.Date, PlainValidator(_day), shown(rf"^\s*$|^\s*{DAY}\s*$", "YYYY-MM-DD or YYYY-MM-DDTHH:mm:ssZ")
]
LastDay: TypeAlias = Annotated[Day, AfterValidator(_not_before_since)]
Login: TypeAlias = Annotated[
    str,
    AfterValidator(_login),
    AfterValidator(_once),
    shown(rf"^\s*{LOGIN}\s*$", "the name only, such as acme", title="Organization"),
]
OrganizationId: TypeAlias = Annotated[StrictInt, Field(title="Organization ID", ge=1), AfterValidator(_once)]
ApiUrl: TypeAlias = Annotated[
    str,
    AfterValidator(_api_url),
    shown(r"^\s*$|^\s*https://|^\s*http://(localhost|127[.]|\[::1\])", "an address that starts with https://"),
]
AppId: TypeAlias = Annotated[
    str,
    requires(
        APP_ID,
        "The value is neither an App ID (digits) nor a client ID (starts with Iv). Copy one from the App's page.",
    ),
    shown(rf"^\s*{APP_ID}\s*$", "digits, or a client ID that starts with Iv"),
]
PrivateKey: TypeAlias = Annotated[str, AfterValidator(private_key)]
# What OAuth 2.0 allows in client IDs, client secrets and scopes (RFC 6749, appendix A).
OAuthText: TypeAlias = Annotated[
    str,
    requires(
        "[ -~]+",
        "The value has a line break or a character that OAuth 2.0 doesn't allow. Copy it again, whole and alone.",
    ),
]
# What a cookie can carry (RFC 6265, cookie-octet), and so any header: one rule for all tokens.
Token: TypeAlias = Annotated[
    str,
    refuses(
        r"(?i:bearer|token)\s", "The value starts with the word that goes before a token. Give only what follows it."
    ),
    requires(
        r"[!#-+\--:<-\[\]-~]+",
        "The value has a blank, a line break or a character that no token has. Copy it again, whole and alone.",
    ),
]
# Only Edge Impulse can tell whether a key is an organization's or a project's.
OrganizationKey: TypeAlias = Annotated[
    Token,
    requires("ei_.*", "The value does not start with ei_, so it is no API key. Give an API key of the organization."),
    shown(r"^\s*ei_", "a key that starts with ei_"),
]
LoginToken: TypeAlias = Annotated[
    Token,
    refuses("ei_", "The value is an API key. Choose Organization API key under Credentials and give it there."),
]
JwtToken: TypeAlias = Annotated[
    LoginToken, refuses("jwt=", "The value starts with the name of the cookie. Give only what follows jwt=.")
]
