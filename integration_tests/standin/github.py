"""GitHub's API host: sign-in, rate limit, accounts and their lists, Apps, reports' envelopes and the older metrics.

https://docs.github.com/en/rest/copilot/copilot-usage-metrics and https://docs.github.com/en/rest/using-the-rest-api
"""

import threading
import zlib
from collections.abc import Mapping

import pendulum

from integration_tests.standin import enterprise, older_metrics, organization, reports
from integration_tests.standin.account import Account
from integration_tests.standin.apps import (
    Apps,
    InstallationToken,
    installation,
    installation_id,
    suspended,
    unauthorized,
)
from integration_tests.standin.downloads import Downloads
from integration_tests.standin.enterprise import Enterprise
from integration_tests.standin.exchange import Request, Response, as_json
from integration_tests.standin.organization import Organization
from integration_tests.standin.paging import json_page
from integration_tests.standin.server import Host
from integration_tests.standin.stage import Stage
from integration_tests.standin.usage import Row

WINDOW = 3600
PATHS = {
    "orgs": ("", "copilot/metrics", *reports.paths("organization")),
    "enterprises": reports.paths("enterprise"),
}
NO_USER_AGENT = (
    "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"
    " (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required)."
)


class GitHub(Host):
    name = "github"

    def __init__(self, stage: Stage, row_kb: float, ports: tuple[int, int] = (0, 0)) -> None:
        super().__init__(stage, ports[0])
        self.organizations: dict[str, Organization] = {}
        self.enterprises: dict[str, Enterprise] = {}
        self.extra_installations: list[Row] = []
        self._by_id: dict[tuple[str, str], Account] = {}
        self.downloads = Downloads(stage, self._by_id, ports[1])
        self.token = "ghp_standin-token-000001"
        self.token_expires: pendulum.DateTime | None = None
        self.token_lists_organizations = True
        self.link_lifetime: float = 3600
        self.rate_limit = 5000
        self._row_kb = row_kb
        self._apps = Apps()
        self._lock = threading.RLock()
        self._used = 0
        self._window = 0.0

    def add_organization(
        self, login: str, organization_id: str | None = None, since: str = organization.FIRST_DAY
    ) -> Organization:
        """An organization with a row for each day from `since` on; it takes the login from an earlier one."""
        number = organization_id or str(1000 + zlib.crc32(login.encode()) % 1_000_000)
        added = Organization(self.stage, login, number, since, self._row_kb)
        self.organizations[login.lower()] = self._by_id[added.kind, number] = added
        return added

    def add_enterprise(
        self, slug: str, enterprise_id: str | None = None, since: str = enterprise.FIRST_DAY
    ) -> Enterprise:
        """The same for an enterprise."""
        number = enterprise_id or str(2_000_000 + zlib.crc32(slug.encode()) % 1_000_000)
        added = Enterprise(self.stage, slug, number, since, self._row_kb)
        self.enterprises[slug.lower()] = self._by_id[added.kind, number] = added
        return added

    def app(self, app_id: str, public_key_pem: str) -> None:
        """Registers an App; it is installed on every account whose `app_installed` is true."""
        self._apps.register(app_id, public_key_pem)

    def make_app(self) -> tuple[str, str]:
        """Registers a new App and gives its id and its private key (PEM)."""
        return self._apps.make()

    def revoke_installation_tokens(self) -> None:
        """No installation token issued so far is accepted any more."""
        self._apps.tokens.clear()

    @property
    def remaining(self) -> int:
        """Calls left in this hour; may be set."""
        with self._lock:
            self._roll()
            return max(self.rate_limit - self._used, 0)

    @remaining.setter
    def remaining(self, calls: int) -> None:
        with self._lock:
            self._roll()
            self._used = self.rate_limit - calls

    def headers(self, request: Request) -> dict[str, str]:
        remaining = self.remaining
        made = {
            **super().headers(request),
            "x-ratelimit-limit": str(self.rate_limit),
            "x-ratelimit-remaining": str(remaining),
            "x-ratelimit-used": str(self.rate_limit - remaining),
            "x-ratelimit-reset": str(int(self._window) + WINDOW),
            "x-ratelimit-resource": "core",
        }
        if self.token_expires is not None:
            made["github-authentication-token-expiration"] = self.token_expires.strftime("%Y-%m-%d %H:%M:%S UTC")
        return made

    def not_found(self) -> Response:
        return reports.not_found()

    def answer(self, request: Request) -> Response | None:
        if not request.headers.get("user-agent"):
            return Response(403, NO_USER_AGENT.encode(), {"content-type": "text/html; charset=utf-8"})
        match request.method, request.path.split("/")[1:]:
            case "GET", ["app", "installations"]:
                return self._as_app(request) or self._installations(request)
            case "GET", [("orgs" | "enterprises") as folder, name, "installation"]:
                return self._as_app(request) or self._installation(self._accounts(folder).get(name.lower()))
            case "POST", ["app", "installations", number, "access_tokens"]:
                return self._as_app(request) or self._issue(number)
            case "GET", ["user", "orgs"]:
                return self._organizations_of_the_user(request)
            case "GET", [("orgs" | "enterprises") as folder, name, *rest] if "/".join(rest) in PATHS[folder]:
                if not request.path.endswith("/"):
                    return self._account(request, self._accounts(folder).get(name.lower()), "/".join(rest))
        return None

    def _accounts(self, folder: str) -> Mapping[str, Account]:
        """By login or slug, in lower case."""
        return self.organizations if folder == "orgs" else self.enterprises

    def _account(self, request: Request, account: Account | None, path: str) -> Response:
        signed_in = self._sign_in(request)
        if isinstance(signed_in, Response):
            return signed_in
        if account is None or not signed_in.sees(account):
            return self.not_found()
        if isinstance(account, Organization) and not path:
            return reports.organization(account, self.url)
        if isinstance(account, Organization) and path == "copilot/metrics":
            return older_metrics.answer(account, request, self.url, self.stage.now)
        refusal = reports.refusal(account, is_app=signed_in.is_app)
        return refusal or reports.envelope(account, request, self.downloads, self.stage.now, self.link_lifetime)

    def _organizations_of_the_user(self, request: Request) -> Response:
        """https://docs.github.com/en/rest/orgs/orgs#list-organizations-for-the-authenticated-user"""
        signed_in = self._sign_in(request)
        if isinstance(signed_in, Response):
            return signed_in
        if signed_in.is_app:
            return reports.refused(403, "Resource not accessible by integration")
        if signed_in.is_fine_grained:
            return as_json(200, [])
        if not self.token_lists_organizations:
            text = "You need at least read:org scope or user scope to list your organizations."
            return reports.refused(403, text, "https://docs.github.com/rest/orgs/orgs")
        seen = [found for found in self.organizations.values() if found.visible]
        return json_page([reports.brief(found, self.url) for found in seen], request, self.url)

    def _sign_in(self, request: Request) -> "Response | SignedIn":
        """Whom the token signs in, after counting the call against the rate limit."""
        token = _token(request)
        if token is None:
            return unauthorized("Requires authentication")
        issued = self._apps.tokens.get(token)
        if not self._is_valid(token, issued):
            return unauthorized("Bad credentials")
        if issued and issued.account.app_suspended:
            return suspended()
        return self._count() or SignedIn(token, issued)

    def _is_valid(self, token: str, issued: InstallationToken | None) -> bool:
        now = self.stage.now
        if issued is not None:
            return issued.expires > now.timestamp()
        return token == self.token and (self.token_expires is None or self.token_expires > now)

    def _as_app(self, request: Request) -> Response | None:
        token = _token(request)
        return self._apps.refusal(token or "", self.stage.now.timestamp())

    def _installed(self) -> list[Account]:
        accounts: list[Account] = [*self.organizations.values(), *self.enterprises.values()]
        return [account for account in accounts if account.visible and account.app_installed]

    def _installations(self, request: Request) -> Response:
        """https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app"""
        found = [installation(account) for account in self._installed()]
        return json_page([*found, *self.extra_installations], request, self.url)

    def _installation(self, account: Account | None) -> Response:
        if account is None or account not in self._installed():
            return self.not_found()
        return as_json(200, installation(account))

    def _issue(self, number: str) -> Response:
        for account in self._installed():
            if str(installation_id(account)) == number:
                return self._apps.issue(account, self.stage.now)
        return self.not_found()

    def _roll(self) -> None:
        """A new hour begins with the first call after the last one ended (by the stand-in's clock)."""
        now = self.stage.now.timestamp()
        if not self._window <= now < self._window + WINDOW:
            self._window, self._used = now, 0

    def _count(self) -> Response | None:
        """https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api"""
        with self._lock:
            if self.remaining:
                self._used += 1
                return None
        message = "API rate limit exceeded for user ID 1."
        url = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"
        return as_json(403, {"message": message, "documentation_url": url, "status": "403"})


class SignedIn:
    """Who calls: the token's owner, or an App's installation on one account."""

    def __init__(self, token: str, installation: InstallationToken | None) -> None:
        self.is_app = installation is not None
        self.is_fine_grained = token.startswith("github_pat_")
        self._account = installation.account if installation else None

    def sees(self, account: Account) -> bool:
        """Fine-grained tokens see no enterprise: https://docs.github.com/en/rest/copilot/copilot-usage-metrics"""
        if self._account not in (None, account) or not account.visible:
            return False
        return not (self.is_fine_grained and account.kind == "enterprise")


def _token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() in ("bearer", "token") else None
