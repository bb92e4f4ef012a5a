"""How requests to GitHub are signed: with an access token, or as a GitHub App, which has a token per installation.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

import math
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, cast

import pendulum

from source_usage_metrics import config
from source_usage_metrics.account import Account, AccountType
from source_usage_metrics.clock import Clock
from source_usage_metrics.error_table import GITHUB_CONTENT
from source_usage_metrics.errors import EveryRequestFails, Failure
from source_usage_metrics.http import ApiClient
from source_usage_metrics.transport import Request, Transport, is_sendable

# https://docs.github.com/en/rest/about-the-rest-api/api-versions
API_VERSION = "2022-11-28"
# https://docs.github.com/en/apps/creating-github-apps: a JWT may live 10 minutes, an installation token lives an hour.
JWT_SECONDS = 540
RENEW_BEFORE_SECONDS = 300
INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d) ?(UTC|Z|[+-]\d\d:?\d\d)", re.ASCII)


def headers(token: str) -> dict[str, str]:
    """What GitHub wants with each request: https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api."""
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": API_VERSION,
    }


class Tokens(Protocol):
    """Where the bearer tokens come from."""

    def token(self, account: Account) -> str:
        """The bearer token for this account."""

    def renew(self, account: Account, refused: str) -> bool:
        """Drop a token that was refused; whether there can be another."""


@dataclass(frozen=True)
class AccessTokens:
    """A classic or fine-grained access token: the same for every account."""

    access_token: str

    def token(self, account: Account) -> str:
        """The token itself."""
        return self.access_token

    def sign_in(self) -> "OwnSignIn":
        """How a request is signed that is about no account."""
        return OwnSignIn(lambda: self.access_token)

    def renew(self, account: Account, refused: str) -> bool:
        """There is only this one."""
        return False


class _Installation:
    """The App in one account; its lock holds up no other account. failure: why there can be no token."""

    def __init__(self, expires: pendulum.DateTime) -> None:
        self.lock, self.token, self.expires = threading.Lock(), "", expires
        self.failure: EveryRequestFails | None = None


class AppTokens:
    """A GitHub App: its tokens are issued per installation, and renewed before they run out.

    ids: the ids of installations that are known; those of other accounts are looked up.
    """

    def __init__(
        self,
        app: config.GitHubApp,
        clients: Mapping[AccountType, ApiClient],
        transport: Transport,
        clock: Clock,
        api_url: str,
    ):
        self._app, self._clients, self._transport, self._clock, self._api_url = app, clients, transport, clock, api_url
        self.ids: dict[Account, int] = {}
        self._installations: dict[Account, _Installation] = {}
        self._signed, self._signed_at = "", -math.inf

    def token(self, account: Account) -> str:
        """An installation token with at least five minutes to live."""
        installation = self._installations.setdefault(account, _Installation(self._clock.now()))
        with installation.lock:
            if not installation.failure and self._clock.now().add(seconds=RENEW_BEFORE_SECONDS) >= installation.expires:
                self._fetch(installation, account)
            if installation.failure:
                raise installation.failure.copy()
            return installation.token

    def renew(self, account: Account, refused: str) -> bool:
        """Installation tokens can be revoked before their hour is over; the first thread that is refused renews."""
        installation = self._installations[account]
        with installation.lock:
            if installation.token == refused:
                installation.expires = self._clock.now()
        return True

    def sign_in(self) -> "OwnSignIn":
        """How a request is signed that is about no account: by the App itself, with a JWT that its key has signed."""
        return OwnSignIn(self._jwt)

    def _fetch(self, installation: _Installation, account: Account) -> None:
        """Once for all threads, and if it fails, for good: whatever it was, it isn't about one report."""
        try:
            installation.token, installation.expires = self._issued(account)
        except Failure as failure:
            installation.failure = failure.widened(EveryRequestFails)

    def _issued(self, account: Account) -> tuple[str, pendulum.DateTime]:
        number = self.ids.get(account) or self._looked_up(account)
        path, what = f"/app/installations/{number}/access_tokens", "the GitHub App's installation token"
        made = self._call("POST", path, what, account)
        token, expires = made.get("token"), instant(str(made.get("expires_at")))
        if not is_sendable(token) or expires is None:
            raise GITHUB_CONTENT["no token"].named({})
        self._transport.register_secret(token)
        return token, expires

    def _looked_up(self, account: Account) -> int:
        """An enterprise's, too: https://github.blog/changelog/2026-05-13-new-enterprise-installation-api-now-in-public-preview."""
        number = self._call("GET", f"{account.path}/installation", "the GitHub App's installation", account).get("id")
        if type(number) is not int:
            raise GITHUB_CONTENT["no token"].named({})
        return number

    def _call(self, method: str, path: str, what: str, account: Account) -> Mapping[str, Any]:
        client, request = self._clients[account.type], Request(self._api_url + path, method, brings_token=True)
        response = client.send(request, what, account.path, self.sign_in())
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
class OwnSignIn:
    """How requests about no account are signed."""

    token: Callable[[], str]

    def headers(self) -> Mapping[str, str]:
        """With the token, or the JWT, itself."""
        return headers(self.token())

    def renew(self) -> bool:
        """There is no other."""
        return False


@dataclass
class AccountSignIn:
    """How the requests for one account are signed. `used` is the token of the last one."""

    tokens: Tokens
    account: Account
    used: str = ""

    def headers(self) -> Mapping[str, str]:
        """With the account's token."""
        self.used = self.tokens.token(self.account)
        return headers(self.used)

    def renew(self) -> bool:
        """Drop the token that was used."""
        return self.tokens.renew(self.account, self.used)


def instant(text: str) -> pendulum.DateTime | None:
    """GitHub writes "2026-12-01T00:00:00Z" in bodies, and "2026-12-01 00:00:00 UTC", or an offset, in a header."""
    written = INSTANT.fullmatch(text)
    if not written:
        return None
    day, time, offset = written.groups()
    try:
        return cast(pendulum.DateTime, pendulum.parse(f"{day}T{time}{offset.replace('UTC', 'Z')}")).in_timezone("UTC")
    except (ValueError, OverflowError):
        return None
