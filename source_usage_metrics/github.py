"""GitHub's API host: sign-in, the headers it wants, its limiter, and what its answers tell beside the data."""

import math
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl, urlsplit

import pendulum

from source_usage_metrics import config
from source_usage_metrics.clock import Clock
from source_usage_metrics.error_table import DOWNLOAD, GITHUB, GITHUB_APP, GITHUB_CONTENT, GITHUB_METRICS
from source_usage_metrics.errors import (
    EveryRequestFails,
    Failure,
    SignInRefused,
)
from source_usage_metrics.http import ApiClient, CircuitBreakers, http_date
from source_usage_metrics.rate_limiter import RateLimiter
from source_usage_metrics.transport import MIB, Request, Response, Transport, is_sendable

# https://docs.github.com/en/rest/about-the-rest-api/api-versions
API_VERSION = "2022-11-28"
FILE_LIMIT = 256 * MIB
DOWNLOAD_SECONDS = 300
# https://docs.github.com/en/apps/creating-github-apps: a JWT may live 10 minutes, an installation token lives an hour.
JWT_SECONDS = 540
RENEW_BEFORE_SECONDS = 300
CLOCK_TOLERANCE_SECONDS = 3600
CLOCK_LIMIT_SECONDS = 24 * 3600
# Reports moved to this download host on 2026-05-20; with data residency it is copilot-reports.SUBDOMAIN.ghe.com.
HOSTS = (
    "api.github.com and copilot-reports.github.com "
    "(on GHE.com: api.SUBDOMAIN.ghe.com and copilot-reports.SUBDOMAIN.ghe.com)"
)
INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d) ?(UTC|Z|[+-]\d\d:?\d\d)", re.ASCII)
CLOCKS_DIFFER = (
    "The clock of this machine and GitHub's differ by more than an hour. Correct this machine's: "
    "it decides which days are over."
)


class Tokens(Protocol):
    """Where the bearer tokens come from."""

    def token(self, organization: str) -> str:
        """The bearer token for this organization."""

    def renew(self, organization: str, refused: str) -> bool:
        """Drop a token that was refused; whether there can be another."""


@dataclass(frozen=True)
class AccessTokens:
    """A classic or fine-grained access token: the same for every organization."""

    access_token: str

    def token(self, organization: str) -> str:
        """The token itself."""
        return self.access_token

    def renew(self, organization: str, refused: str) -> bool:
        """There is only this one."""
        return False


class _Installation:
    """The App in one organization; its lock holds up no other organization. failure: why there can be no token."""

    def __init__(self, expires: pendulum.DateTime) -> None:
        self.lock, self.token, self.expires = threading.Lock(), "", expires
        self.failure: EveryRequestFails | None = None


class AppTokens:
    """A GitHub App: its installation is looked up per organization, and its token renewed before it runs out."""

    def __init__(self, app: config.GitHubApp, client: ApiClient, transport: Transport, clock: Clock, api_url: str):
        self._app, self._client, self._transport, self._clock, self._api_url = app, client, transport, clock, api_url
        self._installations: dict[str, _Installation] = {}
        self._signed, self._signed_at = "", -math.inf

    def token(self, organization: str) -> str:
        """An installation token with at least five minutes to live."""
        installation = self._installations.setdefault(organization, _Installation(self._clock.now()))
        with installation.lock:
            if not installation.failure and self._clock.now().add(seconds=RENEW_BEFORE_SECONDS) >= installation.expires:
                self._fetch(installation, organization)
            if installation.failure:
                raise installation.failure.copy()
            return installation.token

    def renew(self, organization: str, refused: str) -> bool:
        """Installation tokens can be revoked before their hour is over; the first thread that is refused renews."""
        installation = self._installations[organization]
        with installation.lock:
            if installation.token == refused:
                installation.expires = self._clock.now()
        return True

    def _fetch(self, installation: _Installation, organization: str) -> None:
        """Once for all threads, and if it fails, for good: whatever it was, it isn't about one report."""
        try:
            installation.token, installation.expires = self._issued(organization)
        except Failure as failure:
            installation.failure = failure.widened(EveryRequestFails)

    def _issued(self, organization: str) -> tuple[str, pendulum.DateTime]:
        what = "the GitHub App's installation"
        number = self._call("GET", f"/orgs/{organization}/installation", what, organization).get("id")
        if type(number) is not int:
            raise GITHUB_CONTENT["no token"].named({})
        path, what = f"/app/installations/{number}/access_tokens", "the GitHub App's installation token"
        made = self._call("POST", path, what, organization)
        token, expires = made.get("token"), _instant(str(made.get("expires_at")))
        if not is_sendable(token) or expires is None:
            raise GITHUB_CONTENT["no token"].named({})
        self._transport.register_secret(token)
        return token, expires

    def _call(self, method: str, path: str, what: str, organization: str) -> Mapping[str, Any]:
        response = self._client.send(
            Request(self._api_url + path, method, brings_token=True), what, organization, AppSignIn(self._jwt)
        )
        body = response.json()
        return body if isinstance(body, dict) else {}

    @cached_property
    def _key(self) -> Any:
        """The settings have checked it, which takes a hundred times as long as to sign with it."""
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        return load_pem_private_key(self._app.private_key.encode(), password=None, unsafe_skip_rsa_key_validation=True)

    def _jwt(self) -> str:
        import jwt  # slow to import, and only a GitHub App needs it

        now = int(self._clock.now().timestamp())
        if now >= self._signed_at + JWT_SECONDS - 60:
            claims = {"iss": self._app.app_id, "iat": now - 60, "exp": now + JWT_SECONDS}
            self._signed, self._signed_at = jwt.encode(claims, self._key, algorithm="RS256"), now
            self._transport.register_secret(self._signed)
        return self._signed


@dataclass(frozen=True)
class AppSignIn:
    """How the App's own requests are signed."""

    jwt: Callable[[], str]

    def headers(self) -> Mapping[str, str]:
        """With a JWT that its key has signed."""
        return headers(self.jwt())

    def renew(self) -> bool:
        """The key is the only one."""
        return False


@dataclass
class OrganizationSignIn:
    """How the requests of one organization are signed. `used` is the token of the last one."""

    tokens: Tokens
    organization: str
    used: str = ""

    def headers(self) -> Mapping[str, str]:
        """With the organization's token."""
        self.used = self.tokens.token(self.organization)
        return headers(self.used)

    def renew(self) -> bool:
        """Drop the token that was used."""
        return self.tokens.renew(self.organization, self.used)


def headers(token: str) -> dict[str, str]:
    """What GitHub wants with each request: https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api."""
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": API_VERSION,
    }


class GitHub:
    """The API host, and the download host, which never sees our token.

    token_expires: when the access token ends, if GitHub has told. notes: warnings to pass on, each once.
    """

    def __init__(self, chosen: config.GitHub, transport: Transport, clock: Clock, limiter: RateLimiter) -> None:
        self.api_url = chosen.api_url
        self._clock = clock
        context, breakers = {"api": "GitHub's API", "hosts": HOSTS}, CircuitBreakers()
        self._api = ApiClient(transport, clock, GITHUB, context, limiter, breakers)
        self._legacy = ApiClient(transport, clock, (*GITHUB_METRICS, *GITHUB), context, limiter, breakers)
        files = {**context, "api": "GitHub's download host"}
        self._files = ApiClient(transport, clock, DOWNLOAD, files, None, breakers)
        if isinstance(chosen.credentials, config.AccessToken):
            transport.register_secret(chosen.credentials.access_token)
            self._tokens: Tokens = AccessTokens(chosen.credentials.access_token)
        else:
            client = ApiClient(transport, clock, GITHUB_APP, context, limiter, breakers)
            self._tokens = AppTokens(chosen.credentials, client, transport, clock, self.api_url)
        self.token_expires: pendulum.DateTime | None = None
        self.notes: dict[str, None] = {}

    def get(self, path: str, what: str, organization: str, query: Mapping[str, str] | None = None) -> Response:
        """A signed GET of a path, or of a whole URL on the API host.

        Raises:
            Failure: as the GITHUB table says.
        """
        return self._get(self._api, path, what, organization, query or {})

    def get_legacy(self, path: str, what: str, organization: str, query: Mapping[str, str] | None = None) -> Response:
        """The same of the legacy metrics API: it has refusals of its own, GITHUB_METRICS."""
        return self._get(self._legacy, path, what, organization, query or {})

    def _get(self, client: ApiClient, path: str, what: str, organization: str, query: Mapping[str, str]) -> Response:
        request = Request(path if path.startswith(self.api_url + "/") else self.api_url + path, query=query)
        try:
            response = client.send(request, what, organization, OrganizationSignIn(self._tokens, organization))
        except SignInRefused as refused:
            if isinstance(self._tokens, AccessTokens):  # the same for all
                raise self._api.give_up(self.api_url, refused) from None
            raise
        self._notice(response)
        return response

    def download(self, link: str, what: str, organization: str, *, first_bytes_only: bool = False) -> bytes:
        """What a signed link leads to, unpacked: 256 MiB at most. Unsigned: a token is refused there.

        Raises:
            Failure, LinkRefused: as the DOWNLOAD table says.
        """
        signatures = [value for name, value in parse_qsl(urlsplit(link).query) if "sig" in name.lower()]
        request = Request(
            link,
            limit=FILE_LIMIT,
            seconds=DOWNLOAD_SECONDS,
            first_bytes_only=first_bytes_only,
            secrets=tuple(signatures),
        )
        return self._files.send(request, what, organization).body

    def calls(self, organization: str) -> int:
        """Requests sent to the API host for this organization; sign-in apart."""
        return self._api.sent(organization) + self._legacy.sent(organization)

    def _notice(self, response: Response) -> None:
        expiration = response.headers.get("github-authentication-token-expiration")
        if expiration and isinstance(self._tokens, AccessTokens):
            self.token_expires = _instant(expiration)
        skew = self._skew(response.headers.get("date", ""))
        if abs(skew) > CLOCK_LIMIT_SECONDS:
            raise self._api.give_up(self.api_url, GITHUB_CONTENT["clock wrong"].named({}))
        if abs(skew) > CLOCK_TOLERANCE_SECONDS:
            self.notes[CLOCKS_DIFFER] = None

    def _skew(self, date: str) -> float:
        theirs = http_date(date)
        return theirs - self._clock.now().timestamp() if theirs is not None else 0


def _instant(text: str) -> pendulum.DateTime | None:
    """GitHub writes "2026-12-01T00:00:00Z" in bodies, and "2026-12-01 00:00:00 UTC", or an offset, in a header."""
    written = INSTANT.fullmatch(text)
    if not written:
        return None
    day, time, offset = written.groups()
    try:
        return cast(pendulum.DateTime, pendulum.parse(f"{day}T{time}{offset.replace('UTC', 'Z')}")).in_timezone("UTC")
    except (ValueError, OverflowError):
        return None
