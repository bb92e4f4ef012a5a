"""GitHub's API host: sign-in, rate limit, organizations, Apps, the usage reports' envelopes and the older metrics.

https://docs.github.com/en/rest/copilot/copilot-usage-metrics and https://docs.github.com/en/rest/using-the-rest-api
"""

import threading
import zlib

import pendulum

from integration_tests.standin import older_metrics, reports
from integration_tests.standin.apps import Apps, InstallationToken, installation_id, unauthorized
from integration_tests.standin.downloads import Downloads
from integration_tests.standin.organization import FIRST_DAY, Organization
from integration_tests.standin.server import Host, Request, Response, as_json
from integration_tests.standin.stage import Stage

WINDOW = 3600
NO_USER_AGENT = (
    "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"
    " (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required)."
)


class GitHub(Host):
    name = "github"

    def __init__(self, stage: Stage, row_kb: float, ports: tuple[int, int] = (0, 0)) -> None:
        super().__init__(stage, ports[0])
        self.organizations: dict[str, Organization] = {}
        self._by_id: dict[str, Organization] = {}
        self.downloads = Downloads(stage, self._by_id, ports[1])
        self.token = "ghp_standin-token-000001"
        self.token_expires: pendulum.DateTime | None = None
        self.link_lifetime: float = 3600
        self.rate_limit = 5000
        self._row_kb = row_kb
        self._apps = Apps()
        self._lock = threading.RLock()
        self._used = 0
        self._window = 0.0

    def add_organization(self, login: str, organization_id: str | None = None, since: str = FIRST_DAY) -> Organization:
        """An organization with a row for each day from `since` on; it takes the login from an earlier one."""
        number = organization_id or str(1000 + zlib.crc32(login.encode()) % 1_000_000)
        added = Organization(self.stage, login, number, since, self._row_kb)
        self.organizations[login.lower()] = self._by_id[number] = added
        return added

    def app(self, app_id: str, public_key_pem: str) -> None:
        """Registers an App; it is installed on every organization whose `app_installed` is true."""
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
            case "GET", ["orgs", login, "installation"]:
                return self._as_app(request) or self._installation(login)
            case "POST", ["app", "installations", number, "access_tokens"]:
                return self._as_app(request) or self._issue(number)
            case "GET", ["orgs", login, *rest]:
                return self._organization(request, login, "/".join(rest))
        return None

    def _organization(self, request: Request, login: str, rest: str) -> Response | None:
        if rest not in ("", "copilot/metrics", reports.ONE_DAY, reports.MANY_DAYS) or request.path.endswith("/"):
            return None
        signed_in = self._sign_in(request)
        if isinstance(signed_in, Response):
            return signed_in
        organization = self.organizations.get(login.lower())
        if organization is None or not organization.visible or signed_in.organization not in (None, organization):
            return self.not_found()
        if not rest:
            return reports.organization(organization, self.url)
        if rest == "copilot/metrics":
            return older_metrics.answer(organization, request, self.url, self.stage.now)
        refusal = reports.refusal(organization, is_app=signed_in.organization is not None)
        return refusal or reports.envelope(organization, request, self.downloads, self.stage.now, self.link_lifetime)

    def _sign_in(self, request: Request) -> "Response | SignedIn":
        """Whom the token signs in, after counting the call against the rate limit."""
        token = _token(request)
        if token is None:
            return unauthorized("Requires authentication")
        now = self.stage.now
        issued = self._apps.tokens.get(token)
        if issued is None and (token != self.token or (self.token_expires is not None and self.token_expires <= now)):
            return unauthorized("Bad credentials")
        if issued is not None and issued.expires <= now.timestamp():
            return unauthorized("Bad credentials")
        return self._count() or SignedIn(issued)

    def _as_app(self, request: Request) -> Response | None:
        token = _token(request)
        return self._apps.refusal(token or "", self.stage.now.timestamp())

    def _installation(self, login: str) -> Response:
        organization = self.organizations.get(login.lower())
        if organization is None or not (organization.visible and organization.app_installed):
            return self.not_found()
        return self._apps.installation(organization)

    def _issue(self, number: str) -> Response:
        for organization in self.organizations.values():
            if str(installation_id(organization)) == number and organization.app_installed:
                return self._apps.issue(organization, self.stage.now)
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
    """Who calls: the token's owner, or an App's installation on one organization."""

    def __init__(self, installation: InstallationToken | None) -> None:
        self.organization = installation.organization if installation else None


def _token(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() in ("bearer", "token") else None
