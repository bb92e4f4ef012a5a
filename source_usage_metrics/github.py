"""GitHub's API host: which organizations there are, signed requests, and what its answers tell beside the data."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pendulum

from source_usage_metrics import config
from source_usage_metrics.account import ENTERPRISE, ORGANIZATION, Account
from source_usage_metrics.clock import Clock
from source_usage_metrics.error_table import (
    DOWNLOAD,
    GITHUB,
    GITHUB_APP,
    GITHUB_APP_ENTERPRISE,
    GITHUB_APP_LIST,
    GITHUB_CONTENT,
    GITHUB_ENTERPRISE,
    GITHUB_LIST,
    GITHUB_METRICS,
)
from source_usage_metrics.errors import Failure, ListRefused, Rule, SignInRefused
from source_usage_metrics.found_organizations import Listed, login_and_id, to_read
from source_usage_metrics.github_sign_in import AccessTokens, AccountSignIn, AppTokens, instant
from source_usage_metrics.http import ApiClient, CircuitBreakers, http_date
from source_usage_metrics.rate_limiter import RateLimiter
from source_usage_metrics.transport import MIB, Request, Response, Transport

FILE_LIMIT = 256 * MIB
DOWNLOAD_SECONDS = 300
CLOCK_TOLERANCE_SECONDS = 3600
CLOCK_LIMIT_SECONDS = 24 * 3600
EXPIRES_SOON_DAYS = 14
# Reports moved to this download host on 2026-05-20; with data residency it is copilot-reports.SUBDOMAIN.ghe.com.
HOSTS = (
    "api.github.com and copilot-reports.github.com "
    "(on GHE.com: api.SUBDOMAIN.ghe.com and copilot-reports.SUBDOMAIN.ghe.com)"
)
CLOCKS_DIFFER = (
    "This machine's clock is more than an hour off GitHub's. Correct it: the connector uses it to tell which days are "
    "over."
)
PER_PAGE = 100
MOST_PAGES = 100
MOST_IDS = 1000


class GitHub:
    """The API host, and the download host, which never sees our token.

    token_expires: when the access token ends, if GitHub has told. notes: what somebody should look at.
    """

    def __init__(self, chosen: config.GitHub, transport: Transport, clock: Clock, limiter: RateLimiter) -> None:
        self.api_url = chosen.api_url
        self._chosen, self._clock, self._transport = chosen, clock, transport
        self._limiter, self._breakers = limiter, CircuitBreakers()
        self._api = {ORGANIZATION: self._client(GITHUB), ENTERPRISE: self._client((*GITHUB_ENTERPRISE, *GITHUB))}
        self._legacy = self._client((*GITHUB_METRICS, *GITHUB))
        files = {"api": "GitHub's download host", "hosts": HOSTS}
        self._files = ApiClient(transport, clock, DOWNLOAD, files, None, self._breakers)
        self._tokens = self._tokens_of(chosen.credentials)
        self.token_expires: pendulum.DateTime | None = None
        self.notes: dict[str, None] = {}
        self._warned: set[str] = set()
        self._hidden = ""

    def _client(self, table: tuple[Rule, ...]) -> ApiClient:
        context = {"api": "GitHub's API", "hosts": HOSTS}
        return ApiClient(self._transport, self._clock, table, context, self._limiter, self._breakers)

    def _tokens_of(self, credentials: config.GitHubSignIn) -> AccessTokens | AppTokens:
        if isinstance(credentials, config.AccessToken):
            self._transport.register_secret(credentials.access_token)
            return AccessTokens(credentials.access_token)
        clients = {ORGANIZATION: self._client(GITHUB_APP), ENTERPRISE: self._client(GITHUB_APP_ENTERPRISE)}
        return AppTokens(credentials, clients, self._transport, self._clock, self.api_url)

    def organizations(self) -> Listed:
        """Every organization that the sign-in can list, but the excluded ones, for settings that name none.

        Of a GitHub App: https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app; a
        suspended installation can read nothing. Of a classic token:
        https://docs.github.com/en/rest/orgs/orgs#list-organizations-for-the-authenticated-user; a fine-grained one
        gets an empty list there.

        Raises:
            Failure: as the GITHUB_LIST table says, the list isn't one, or it has no organization to read.
        """
        suspended: list[str] = []
        try:
            if isinstance(self._tokens, AppTokens):
                found, suspended = self._installed(self._tokens)
            else:
                found = dict(login_and_id(item) for item in self._list("/user/orgs"))
        except ListRefused as refused:
            if not self._chosen.enterprises:
                raise
            self.notes[refused.sentence] = None  # whoever wants only the enterprise's numbers needs no list
            found = {}
        listed = to_read(found, self._chosen.exclude_organizations, suspended)
        if not listed.ids and not self._chosen.enterprises:
            raise self._nothing_to_read(listed)
        return listed

    def _installed(self, tokens: AppTokens) -> tuple[dict[str, str], list[str]]:
        """The organizations with the App, and those where it is suspended. The ids spare a request for each."""
        found, suspended = {}, []
        for item in self._list("/app/installations"):
            if not isinstance(item, dict) or type(item.get("id")) is not int or "target_type" not in item:
                raise GITHUB_CONTENT["odd list"].named({})
            if item["target_type"] != "Organization" or (item.get("suspended_at") and not item.get("account")):
                continue
            name, number = login_and_id(item.get("account"))
            if item.get("suspended_at"):
                suspended.append(name)
            else:
                found[name] = number
                tokens.ids[Account(ORGANIZATION, name)] = item["id"]
        return found, suspended

    def _list(self, path: str) -> Iterator[Any]:
        client = self._client(GITHUB_APP_LIST if isinstance(self._tokens, AppTokens) else GITHUB_LIST)
        sign_in = self._tokens.sign_in()

        def page(url: str) -> Response:
            try:
                response = client.send(Request(url), "the list of organizations", path, sign_in)
            except SignInRefused as refused:
                raise client.give_up(self.api_url, refused) from None
            self._notice(response)
            self._note_left_out(response)
            return response

        url = f"{self.api_url}{path}?per_page={PER_PAGE}"
        return self._items(url, page, lambda _: GITHUB_CONTENT["odd list"].named({}))

    def _items(self, url: str, page: Callable[[str], Response], odd: Callable[[str], Failure]) -> Iterator[Any]:
        """The items of all pages: https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api.

        Raises:
            Failure: `odd` of what isn't as documented: a part of a list would leave the rest out in silence.
        """
        for _ in range(MOST_PAGES):
            response = page(url)
            body = response.json()
            if response.status != 200 or not isinstance(body, list):
                raise odd("something else than a list")
            yield from body
            following = response.next_page()
            if following is None:
                return
            if not following.startswith(self.api_url + "/"):
                raise odd("a next page on another host")
            url = following
        raise odd(f"more than {MOST_PAGES} pages")

    def _note_left_out(self, response: Response) -> None:
        """https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api: lists may be incomplete."""
        sso = response.headers.get("x-github-sso", "")
        if sso.startswith("partial-results"):
            self._hidden = ids = sso.partition("organizations=")[2][:MOST_IDS] or "unknown"
            self.notes[
                "GitHub does not list organizations that require single sign-on and for which the access token is not "
                "authorized. To sync them, authorize it at github.com > Settings > Developer settings > your token > "
                f"Configure SSO. Their ids: {ids}."
            ] = None

    def _nothing_to_read(self, listed: Listed) -> Failure:
        if listed.excluded:
            return GITHUB_CONTENT["all excluded"].named({})
        if self._hidden:
            return GITHUB_CONTENT["list hidden"].named({"ids": self._hidden})
        return GITHUB_CONTENT["no installation" if isinstance(self._tokens, AppTokens) else "empty list"].named({})

    def get(self, path: str, what: str, account: Account, query: Mapping[str, str] | None = None) -> Response:
        """A signed GET.

        Raises:
            Failure: as the GITHUB table says, for an enterprise as GITHUB_ENTERPRISE does before it.
        """
        return self._get(self._api[account.type], self.api_url + path, what, account, query)

    def legacy_days(self, query: Mapping[str, str], what: str, account: Account) -> Iterator[Any]:
        """The rows of the legacy metrics API, of all pages. A page holds 100 at most.

        Raises:
            Failure: as the GITHUB_METRICS table says, which has refusals of its own, or "odd metrics".
        """
        url = f"{self.api_url}{account.path}/copilot/metrics?{urlencode({**query, 'per_page': PER_PAGE})}"
        page = partial(self._get, self._legacy, what=what, account=account)
        return self._items(url, page, lambda fault: GITHUB_CONTENT["odd metrics"].named({"fault": fault}))

    def _get(
        self, client: ApiClient, url: str, what: str, account: Account, query: Mapping[str, str] | None = None
    ) -> Response:
        request = Request(url, query=query or {})
        try:
            response = client.send(request, what, account.path, AccountSignIn(self._tokens, account))
        except SignInRefused as refused:
            if isinstance(self._tokens, AccessTokens):  # the same for all
                raise client.give_up(self.api_url, refused) from None
            raise
        self._notice(response)
        return response

    def download(self, link: str, what: str, account: Account, *, first_bytes_only: bool = False) -> bytes:
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
        return self._files.send(request, what, account.path).body

    def calls(self, account: Account) -> int:
        """Requests sent to the API host for this account; sign-in apart."""
        return self._api[account.type].sent(account.path) + self._legacy.sent(account.path)

    def new_warnings(self) -> list[str]:
        """The notes, and that the token will expire soon; each once, however many streams are read."""
        expires = self.token_expires
        if expires and expires < self._clock.now().add(days=EXPIRES_SOON_DAYS):
            self.notes[
                f"The GitHub access token expires on {expires.to_date_string()}. Before then, create a new one and "
                "enter it under GitHub Copilot > Credentials."
            ] = None
        new = [note for note in self.notes if note not in self._warned]
        self._warned.update(new)
        return new

    def _notice(self, response: Response) -> None:
        expiration = response.headers.get("github-authentication-token-expiration")
        if expiration and isinstance(self._tokens, AccessTokens):
            self.token_expires = instant(expiration)
        skew = self._skew(response.headers.get("date", ""))
        if abs(skew) > CLOCK_LIMIT_SECONDS:
            raise self._api[ORGANIZATION].give_up(self.api_url, GITHUB_CONTENT["clock wrong"].named({}))
        if abs(skew) > CLOCK_TOLERANCE_SECONDS:
            self.notes[CLOCKS_DIFFER] = None

    def _skew(self, date: str) -> float:
        theirs = http_date(date)
        return theirs - self._clock.now().timestamp() if theirs is not None else 0
