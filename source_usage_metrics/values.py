"""What a single setting may hold: how it is shown in the form, checked, and quoted if it is refused."""

import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeAlias, cast

import pendulum
from pydantic.v1 import BaseModel, Field, ValidationError
from pydantic.v1.error_wrappers import ErrorWrapper

from source_usage_metrics.private_key import private_key
from source_usage_metrics.url import is_safe_url, plain_parts

# The day in UTC, while a config is read.
TODAY: ContextVar[pendulum.Date] = ContextVar("TODAY")
# What is meant, or a ValueError with a sentence.
Check: TypeAlias = Callable[[Any], Any]

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
LOGIN_NAME = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}"
PASTED_LOGIN = re.compile(
    r"(?P<host>(https?://)?[\w.-]*(github|ghe)\.com/)?((orgs|organizations)/)?"
    r"@?(?!enterprises/)(?P<login>[A-Za-z0-9-]+)(/.*)?"
)
# An enterprise's slug, too, which may be longer.
SLUG = r"[A-Za-z0-9][A-Za-z0-9-]{0,99}"
PASTED_SLUG = re.compile(
    r"(?P<host>(https?://)?[\w.-]*(github|ghe)\.com/)?(enterprises/)@?(?P<login>[A-Za-z0-9-]+)([/?].*)?"
)
DAY_OR_TIMESTAMP = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
APP_OR_CLIENT_ID = r"([0-9]+|Iv[A-Za-z0-9.]+)"


def quoted(value: object, expected: re.Pattern[str]) -> str:
    """The value as it may stand in a sentence: only if it looks like what was expected, and not like a secret."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    written = str(value) if is_number or isinstance(value, str) else "\n"
    if not expected.fullmatch(written) or LOOKS_SECRET.search(written):
        return UNQUOTED
    return written if is_number else f'"{written}"'


class Kind(NamedTuple):
    """What a setting may hold: how an answer is read, and what Airbyte's form lets pass and says of anything else."""

    read: Check
    form: Mapping[str, Any]

    def setting(self, title: str, text: str | None = None, **field: Any) -> Any:
        """A setting of this kind. What pydantic doesn't know of `field` is for Airbyte's form."""
        return Field(title=title, description=text, kind=self, **field)

    def secret(self, title: str, text: str, **field: Any) -> Any:
        """A setting that Airbyte's form, our log and every printout hide."""
        return self.setting(title, text, airbyte_secret=True, repr=False, **field)


def text(*checks: Check, **form: str) -> Kind:
    """A text, without the blanks around it."""

    def read(answer: object) -> Any:
        if not isinstance(answer, str):
            raise ValueError(NO_TEXT)  # noqa: TRY004 # pydantic collects ValueErrors
        value = answer.strip()
        for check in checks:
            value = check(value)
        return value

    return Kind(read, {"type": "string", **form})


def whole_number(least: int, most: int | None = None, **form: Any) -> Kind:
    """A whole number in these bounds."""
    bounds = f"{least} to {most}" if most else f"{least} up"

    def read(answer: object) -> int:
        if type(answer) is not int or answer < least or (most and answer > most):
            raise ValueError(f"{quoted(answer, NUMBER)} is not a whole number from {bounds}. Give one, without quotes.")
        return answer

    return Kind(read, {"type": "integer", "minimum": least, **({"maximum": most} if most else {}), **form})


def entries(kind: Kind) -> Kind:
    """A list that names nothing twice."""

    def read(answers: object) -> tuple[Any, ...]:
        if not isinstance(answers, list | tuple):
            raise ValueError("This must be a list, with one entry for each.")  # noqa: TRY004
        named: dict[Any, Any] = {}
        faults = []
        for place, answer in enumerate(answers):
            try:
                _name(kind.read(answer), named)
            except ValueError as fault:
                faults.append(ErrorWrapper(fault, str(place)))
        if faults:
            raise ValidationError(faults, BaseModel)
        return tuple(named.values())

    return Kind(read, {"uniqueItems": True, "items": kind.form})


def _name(value: Any, named: dict[Any, Any]) -> None:
    same = value.casefold() if isinstance(value, str) else value
    if same in named:
        twice = f"{value} is named twice" if named[same] == value else f"{named[same]} and {value} are the same"
        raise ValueError(f"{twice}. Name it once.")
    named[same] = value


def requires(pattern: str, sentence: str) -> Check:
    """Refuses, with this sentence, a text that isn't as the pattern says."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(sentence)
        return text

    return check


def refuses(start: str, sentence: str) -> Check:
    """Refuses, with this sentence, a text that starts so."""
    return requires(rf"(?!{start})(?s:.*)", sentence)


def _day(written: str) -> pendulum.Date:
    """A day up to today; a timestamp stands for its date in UTC, and is in UTC itself if it names no offset."""
    if not re.fullmatch(DAY_OR_TIMESTAMP, written):
        raise ValueError(f"{quoted(written, DATE)} is not a date. Give a date such as 2026-01-31.")
    try:
        day = cast(pendulum.DateTime, pendulum.parse(written, tz="UTC")).in_timezone("UTC").date()
    except (ValueError, OverflowError):
        kind = "a moment" if "T" in written else "a day"
        raise ValueError(f"{written} is not {kind} in the calendar. Give a date such as 2026-01-31.") from None
    if day > TODAY.get():
        raise ValueError(f"{written} is in the future. Give today's date in UTC, {TODAY.get()}, or an earlier one.")
    return day


def _account_name(expected: str, pasted: re.Pattern[str], kind: str, where: str) -> Check:
    """The name of a GitHub organization or enterprise, as it stands in its address."""

    def check(name: str) -> str:
        if re.fullmatch(expected, name):
            return name
        given, address = quoted(name, NAME), pasted.fullmatch(name)
        meant = address["login"] if address and (address["host"] or given != UNQUOTED) else ""
        is_clear = re.fullmatch(expected, meant) and not LOOKS_SECRET.search(meant)
        advice = f"Give {meant}" if is_clear else f"Give what follows {where} in its address"
        if kind == "organization" and "/enterprises/" in name:
            raise ValueError(f"{given} is an enterprise. Enter it under Enterprises.")
        raise ValueError(f"{given} is not the name of an {kind}. {advice}: the name only, one in each entry.")

    return check


def _api_url(url: str) -> str:
    """The address of an API, without a slash at its end. Only loopback may go without https."""
    parts, fault = plain_parts(url), ""
    if not parts:
        fault = (
            "The value is not an address. Give one such as https://api.github.com or https://studio.edgeimpulse.com/v1."
        )
    elif "@" in url:
        fault = (
            "The address contains a user name or password (before the @). Remove it: sign-ins belong under Credentials."
        )
    elif not is_safe_url(url, allow_loopback=True):
        fault = (
            "The address must start with https://, because sign-ins are sent there. Only this machine may use http://."
        )
    elif parts.hostname in ("github.com", "www.github.com"):
        fault = "This is GitHub's web site. The address of its API is https://api.github.com."
    elif "?" in url or "#" in url:
        fault = "The address contains a ? or a #. Give only the part before it."
    if fault:
        raise ValueError(fault)
    scheme, _, rest = url.rstrip("/").partition("://")
    host, _, path = rest.partition("/")
    return f"{scheme}://{host.lower()}" + (f"/{path}" if path else "")


# Where the type says all of what the setting may hold.
ANY = Kind(lambda answer: answer, {})
DAY = text(_day, pattern=rf"^\s*$|^\s*{DAY_OR_TIMESTAMP}\s*$", pattern_descriptor="YYYY-MM-DD or YYYY-MM-DDTHH:mm:ssZ")
LOGINS = entries(
    text(
        _account_name(LOGIN_NAME, PASTED_LOGIN, "organization", "github.com/"),
        title="Organization",
        pattern=rf"^\s*{LOGIN_NAME}\s*$",
        pattern_descriptor="the name only, such as acme",
    )
)
SLUGS = entries(
    text(
        _account_name(SLUG, PASTED_SLUG, "enterprise", "github.com/enterprises/"),
        title="Enterprise",
        pattern=rf"^\s*{SLUG}\s*$",
        pattern_descriptor="the name only, such as acme-corp",
    )
)
ORGANIZATION_IDS = entries(whole_number(1, title="Organization ID"))
API_URL = text(
    _api_url,
    pattern=r"^\s*$|^\s*https://|^\s*http://(localhost|127[.]|\[::1\])",
    pattern_descriptor="an address that starts with https://",
)
APP_ID = text(
    requires(
        APP_OR_CLIENT_ID,
        "The value is neither an App ID (digits) nor a client ID (starts with Iv). Copy one from the App's page.",
    ),
    pattern=rf"^\s*{APP_OR_CLIENT_ID}\s*$",
    pattern_descriptor="digits, or a client ID that starts with Iv",
)
PRIVATE_KEY = text(private_key)
# What OAuth 2.0 allows in client IDs, client secrets and scopes (RFC 6749, appendix A).
OAUTH_TEXT = text(
    requires(
        "[ -~]+",
        "The value has a line break or a character that OAuth 2.0 doesn't allow. Copy it again, whole and alone.",
    )
)
# What a cookie can carry (RFC 6265, cookie-octet), and so any header: one rule for all tokens.
TOKEN = text(
    refuses(
        r"(?i:bearer|token)\s", "The value starts with the word Bearer or token. Give only what follows that word."
    ),
    requires(
        r"[!#-+\--:<-\[\]-~]+",
        "The value has a blank, a line break or a character that no token has. Copy it again, whole and alone.",
    ),
)
# Only Edge Impulse can tell whether a key is an organization's or a project's.
ORGANIZATION_KEY = text(
    TOKEN.read,
    requires("ei_.*", "The value does not start with ei_, so it is no API key. Give an API key of the organization."),
    pattern=r"^\s*ei_",
    pattern_descriptor="a key that starts with ei_",
)
LOGIN_TOKEN = text(
    TOKEN.read,
    refuses("ei_", "The value is an API key. Choose Organization API key under Credentials and give it there."),
)
JWT = text(
    LOGIN_TOKEN.read, refuses("jwt=", "The value starts with the name of the cookie. Give only what follows jwt=.")
)
