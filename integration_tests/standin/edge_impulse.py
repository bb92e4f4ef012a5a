"""Edge Impulse's API: organizations and their metrics, and OAuth 2.0 client credentials.

Each endpoint names its page of docs.edgeimpulse.com. What else is known comes from the vendor's own clients (PyPI
edgeimpulse-api, npm edge-impulse-api, github.com/edgeimpulse/edge-impulse-cli): see the README.
"""

import base64
import threading
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import parse_qs

import pendulum

from integration_tests.standin.exchange import Request, Response, as_json
from integration_tests.standin.server import Host
from integration_tests.standin.stage import Stage

Metrics = dict[str, Any]
CONTRACT = pendulum.datetime(2026, 3, 1)
KEY_INVALID = "Invalid API key"


class EdgeImpulseOrganization:
    """`error` makes the API answer 200 with `success: false` and this text; `metrics` may be set to pin its numbers.

    `story`: where its numbers come from, by its id and the instant; it knows no filters either.
    `deleted`: since when it is deleted. `entitlement_limits`: None where the answer leaves them out, as it may.
    """

    def __init__(self, stage: Stage, organization_id: int, name: str) -> None:
        self.organization_id = organization_id
        self.name = name
        self.error: str | None = None
        self.deleted: str | None = None
        self.is_developer_profile = False
        self.entitlement_limits: dict[str, Any] | None = {
            "totalStorage": 100_000_000_000,
            "computeTimePerYear": 36_000_000,
            "gpuComputeTimePerYear": 3_600_000,
            "numberOfProjects": 200,
            "numberOfUsers": 40,
        }
        self.story: Callable[[int, pendulum.DateTime], Metrics] | None = None
        self._stage = stage
        self._pinned: Metrics | None = None

    @property
    def metrics(self) -> Metrics:
        """The metrics without filters, now."""
        return self.truth()

    @metrics.setter
    def metrics(self, metrics: Metrics | None) -> None:
        self._pinned = metrics

    def truth(self, exclude_edge_impulse_users: bool = False, project_visibility: str = "all") -> Metrics:
        """The metrics that the API answers now with these filters; pinned ones know no filters."""
        if self._pinned is not None:
            return self._pinned
        if self.story is not None:
            return self.story(self.organization_id, self._stage.now)
        share = {"all": 1.0, "public": 0.25, "private": 0.75}[project_visibility]
        minutes = max(int((self._stage.now - CONTRACT).total_seconds() // 60), 0) * (1 + self.organization_id % 7)
        staff = 3 if exclude_edge_impulse_users else 0
        cpu, gpu = minutes * 2 * share - staff * 10, minutes * share / 2
        return {
            "totalJobsComputeTime": 1_000_000 * share + cpu + gpu,
            "jobsComputeTimeCurrentYear": cpu + gpu,
            "jobsComputeTimeCurrentYearSince": "2026-03-01T00:00:00.000Z",
            "cpuComputeTimeCurrentContract": cpu,
            "gpuComputeTimeCurrentContract": int(gpu),
            "totalStorage": int((5_000_000_000 + minutes * 1000) * share),
            "projectCount": int((40 + minutes // 10_000) * share),
            "userCount": 12 + self.organization_id % 5 - staff,
        }

    def described(self) -> dict[str, Any]:
        """The object Organization, of both the list and the organization's own page.

        https://docs.edgeimpulse.com/apis/studio/organizations/organization-information
        `users` holds people's names and addresses; "deletedDate: if the organization is not deleted, this field is not
        set".
        """
        person = {"id": 1, "username": "quijote", "name": "Alonso Quijano", "email": "quijote@example.com"}
        return {
            "id": self.organization_id,
            "name": self.name,
            "showHeaderImgMask": False,
            "users": [person],
            "isDeveloperProfile": self.is_developer_profile,
            "whitelabelId": None,
            "trialId": None,
            "trialExpiredDate": None,
            "trialUpgradedDate": None,
            "created": "2024-03-01T08:00:00.000Z",
            **({"deletedDate": self.deleted} if self.deleted else {}),
        }

    def information(self) -> dict[str, Any]:
        """https://docs.edgeimpulse.com/apis/studio/organizations/organization-information

        `entitlementLimits` is optional there.
        """
        limits = {} if self.entitlement_limits is None else {"entitlementLimits": self.entitlement_limits}
        return {
            "success": True,
            "organization": self.described(),
            "datasets": [],
            "defaultComputeLimits": {"requests": {"cpu": 1000, "memory": 4_000_000_000}},
            **limits,
            "experiments": [],
            "cliLists": {},
            "performance": {"jobLimitM": 60},
        }


class EdgeImpulse(Host):
    name = "edge_impulse"

    def __init__(self, stage: Stage, port: int = 0) -> None:
        super().__init__(stage, port)
        self.organizations: dict[int, EdgeImpulseOrganization] = {}
        self.api_key = "ei_" + "standin-key-" * 4
        self.project_key = "ei_" + "standin-project-" * 4
        self.jwt = "standin-jwt.standin.standin"
        self.oauth_token = "standin-oauth-access-token"
        self.client_id = "standin-client"
        self.client_secret = "standin-client-secret"
        self.key_sees: Collection[int] | None = None
        self.token_lifetime = 3600
        self._issued: dict[str, float] = {}
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"{super().url}/v1"

    def add_organization(self, organization_id: int, name: str = "Stand-in") -> EdgeImpulseOrganization:
        added = self.organizations[organization_id] = EdgeImpulseOrganization(self.stage, organization_id, name)
        return added

    def revoke_tokens(self) -> None:
        """No access token issued so far is accepted any more."""
        self._issued.clear()

    def not_found(self) -> Response:
        return failure(404, "Not found")

    def answer(self, request: Request) -> Response | None:
        match request.method, request.path.split("/")[1:]:
            case "POST", ["v1", "oauth", "token"]:
                return self._token(request)
            case "GET", ["v1", "api", "organizations"]:
                return self._sign_in(request) or self._list(request)
            case "GET", ["v1", "api", "organizations", number, "metrics"]:
                return self._sign_in(request) or self._metrics(request, number)
            case "GET", ["v1", "api", "organizations", number]:
                return self._sign_in(request) or self._information(request, number)
        return None

    def _sign_in(self, request: Request) -> Response | None:
        """Why the request isn't signed in. Which of several credentials would win isn't known: they are refused."""
        given = _credentials(request)
        if len(given) != 1:
            return failure(400, f"Send one credential, not {len(given)}")
        kind, secret = given[0]
        now = self.stage.now.timestamp()
        if kind == "key":
            return None if secret == self.api_key else failure(401, KEY_INVALID)
        if kind == "jwt":
            return None if secret == self.jwt else failure(401, "Your JWT token has expired")
        known = secret == self.oauth_token or self._issued.get(secret, 0) > now
        return None if known else failure(401, "Invalid access token")

    def _visible(self, request: Request) -> list[EdgeImpulseOrganization]:
        if self.key_sees is None or "x-api-key" not in request.headers:
            return list(self.organizations.values())
        return [found for number, found in self.organizations.items() if number in self.key_sees]

    def _list(self, request: Request) -> Response:
        """https://docs.edgeimpulse.com/apis/studio/organizations/list-active-organizations

        An API key lists only its own organization.
        """
        found = [one.described() for one in self._visible(request)]
        return as_json(200, {"success": True, "organizations": found})

    def _metrics(self, request: Request, number: str) -> Response:
        found = self._found(request, number)
        if isinstance(found, Response):
            return found
        # https://docs.edgeimpulse.com/apis/studio/organizations/organization-metrics
        exclude, visibility = request.query.get("excludeEdgeImpulseUsers"), request.query.get("projectVisibility")
        if exclude not in (None, "true") or visibility not in (None, "public", "private"):
            return failure(400, "Invalid value for excludeEdgeImpulseUsers or projectVisibility")
        if found.error is not None:
            return failure(200, found.error)
        return as_json(200, {"success": True, "metrics": found.truth(exclude == "true", visibility or "all")})

    def _information(self, request: Request, number: str) -> Response:
        """It is told of developer profiles too; that `error` concerns it like the metrics is ours."""
        found = self._found(request, number)
        if isinstance(found, Response):
            return found
        return as_json(200, found.information()) if found.error is None else failure(200, found.error)

    def _found(self, request: Request, number: str) -> EdgeImpulseOrganization | Response:
        found = self.organizations.get(int(number)) if number.isdigit() else None
        if found is None:
            return failure(404, f"No organization with ID {number}")
        return found if found in self._visible(request) else failure(401, KEY_INVALID)

    def _token(self, request: Request) -> Response:
        """https://www.rfc-editor.org/rfc/rfc6749#section-4.4; the vendor's own details aren't documented."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        if form.get("grant_type") != "client_credentials":
            return as_json(400, {"error": "unsupported_grant_type"})
        if _client(request, form) != (self.client_id, self.client_secret):
            return as_json(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
        with self._lock:
            token = f"standin-issued-access-token-{len(self._issued) + 1:06}"
            self._issued[token] = self.stage.now.timestamp() + self.token_lifetime
        issued = {"access_token": token, "token_type": "Bearer", "expires_in": self.token_lifetime}
        return as_json(200, issued | ({"scope": form["scope"]} if "scope" in form else {}))


def failure(status: int, text: str) -> Response:
    return as_json(status, {"success": False, "error": text})


def _credentials(request: Request) -> list[tuple[str, str]]:
    """Every credential of a request, as the vendor's clients send the four kinds."""
    headers = request.headers
    given = [(kind, headers[name]) for kind, name in (("key", "x-api-key"), ("jwt", "x-jwt-token")) if name in headers]
    for cookie in headers.get("cookie", "").split(";"):
        name, _, value = cookie.strip().partition("=")
        given += [("jwt", value)] if name == "jwt" else []
    return given + ([("oauth", headers["authorization"].removeprefix("Bearer "))] if "authorization" in headers else [])


def _client(request: Request, form: dict[str, str]) -> tuple[str, str] | None:
    """Who asks for a token: by the form or by HTTP Basic, and not by both (RFC 6749, section 2.3)."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    if "client_secret" in form:
        return None
    name, _, secret = base64.b64decode(encoded).decode("utf-8", "replace").partition(":")
    return name, secret
