"""The client of Edge Impulse's organization metrics: sign-in, which organizations there are, and one snapshot of each.

https://docs.edgeimpulse.com/apis/studio/organizations/organization-metrics
"""

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pendulum

from source_usage_metrics import config
from source_usage_metrics.clock import Clock
from source_usage_metrics.error_table import (
    EDGE_IMPULSE,
    EDGE_IMPULSE_CONTENT,
    EDGE_IMPULSE_INFORMATION,
    EDGE_IMPULSE_OAUTH,
)
from source_usage_metrics.errors import Failure
from source_usage_metrics.http import ApiClient, CircuitBreakers
from source_usage_metrics.rate_limiter import RateLimiter
from source_usage_metrics.transport import Request, Transport, is_sendable

RENEW_BEFORE_SECONDS = 60
ASSUMED_LIFETIME_SECONDS = 300
LONGEST_LIFETIME_SECONDS = 24 * 60 * 60
# https://docs.edgeimpulse.com/apis/studio/organizations/organization-metrics
METRICS = (
    "totalJobsComputeTime",
    "jobsComputeTimeCurrentYear",
    "jobsComputeTimeCurrentYearSince",
    "cpuComputeTimeCurrentContract",
    "gpuComputeTimeCurrentContract",
    "totalStorage",
    "projectCount",
    "userCount",
)
CONTEXT = {"api": "Edge Impulse", "hosts": "studio.edgeimpulse.com (or the host of your API URL)"}
# What is asked of an organization beside its metrics. A row without it is still worth having.
INFORMATION = "the name and limits"
INFORMATION_SECONDS = 20
SHOWN_IDS = 50
logger = logging.getLogger("airbyte")


class ClientCredentialsSignIn:
    """OAuth 2.0 client credentials (RFC 6749, 4.4); never tried on the vendor, who documents only the address."""

    def __init__(
        self, chosen: config.ClientCredentials, client: ApiClient, transport: Transport, clock: Clock, api_url: str
    ) -> None:
        self._chosen, self._client, self._transport, self._clock = chosen, client, transport, clock
        self._url, self._lock = f"{api_url}/oauth/token", threading.Lock()
        self._token, self._expires = "", clock.now()
        transport.register_secret(chosen.client_secret)

    def headers(self) -> dict[str, str]:
        """The bearer header, its token renewed a minute before it expires."""
        with self._lock:
            if self._clock.now().add(seconds=RENEW_BEFORE_SECONDS) >= self._expires:
                try:
                    self._fetch()
                except Failure as failure:  # whatever it was, it is the same for all organizations
                    raise self._client.give_up(self._url, failure) from None
            return {"Authorization": f"Bearer {self._token}"}

    def renew(self) -> bool:
        """Tokens can be revoked before their time."""
        with self._lock:
            self._expires = self._clock.now()
        return True

    def _fetch(self) -> None:
        form = {"grant_type": "client_credentials", "client_id": self._chosen.client_id,
                "client_secret": self._chosen.client_secret}  # fmt: skip
        if self._chosen.scope:
            form["scope"] = self._chosen.scope
        request = Request(self._url, "POST", {"Accept": "application/json"}, form=form, brings_token=True)
        body = self._client.send(request, "the OAuth 2.0 token", "your client credentials").json()
        token = body.get("access_token") if isinstance(body, dict) else None
        if not is_sendable(token):
            raise EDGE_IMPULSE_CONTENT["no token"].named({})
        self._transport.register_secret(token)
        lifetime = body.get("expires_in")
        seconds = min(lifetime, LONGEST_LIFETIME_SECONDS) if type(lifetime) is int else ASSUMED_LIFETIME_SECONDS
        self._token, self._expires = token, self._clock.now().add(seconds=max(seconds, 0))


class FixedSignIn:
    """A credential that is sent as it was given: one header, and never two credentials."""

    def __init__(self, chosen: config.ApiKey | config.Jwt | config.OAuthToken, transport: Transport) -> None:
        self._headers = _fixed_headers(chosen)
        for value in self._headers.values():
            transport.register_secret(value.removeprefix("Bearer ").removeprefix("jwt="))

    def headers(self) -> dict[str, str]:
        """The one header."""
        return dict(self._headers)

    def renew(self) -> bool:
        """There is only this one."""
        return False


def _fixed_headers(chosen: config.ApiKey | config.Jwt | config.OAuthToken) -> dict[str, str]:
    if isinstance(chosen, config.ApiKey):
        return {"x-api-key": chosen.api_key}
    if isinstance(chosen, config.OAuthToken):
        return {"Authorization": f"Bearer {chosen.access_token}"}
    return {"Cookie": f"jwt={chosen.token}"} if chosen.send_as == "cookie" else {"x-jwt-token": chosen.token}


class EdgeImpulse:
    """The API of Edge Impulse Studio."""

    def __init__(self, chosen: config.EdgeImpulse, transport: Transport, clock: Clock, limiter: RateLimiter) -> None:
        self._chosen, self._clock = chosen, clock
        self._breakers = CircuitBreakers()
        self._client = ApiClient(transport, clock, EDGE_IMPULSE, CONTEXT, limiter, self._breakers)
        # Its failures cost no row, so they stop nothing but itself.
        self._information_client = ApiClient(
            transport, clock, EDGE_IMPULSE_INFORMATION, CONTEXT, limiter, CircuitBreakers()
        )
        self._listed_names: dict[int, str] = {}
        self._sign_in = self._signing(chosen.credentials, transport, limiter)

    def _signing(
        self, credentials: config.EdgeImpulseSignIn, transport: Transport, limiter: RateLimiter
    ) -> ClientCredentialsSignIn | FixedSignIn:
        if isinstance(credentials, config.ClientCredentials):
            client = ApiClient(transport, self._clock, EDGE_IMPULSE_OAUTH, CONTEXT, limiter, self._breakers)
            return ClientCredentialsSignIn(credentials, client, transport, self._clock, self._chosen.api_url)
        return FixedSignIn(credentials, transport)

    def organization_ids(self) -> tuple[int, ...]:
        """The organizations of the settings; if they name none, those that the credential lists, ascending.

        https://docs.edgeimpulse.com/apis/studio/organizations/list-active-organizations
        A listed organization that is deleted, or is a developer profile, is skipped, and the log says so.

        Raises:
            Failure: as the EDGE_IMPULSE table says, or the list isn't one, or no organization is left.
        """
        if self._chosen.organization_ids:
            return self._chosen.organization_ids
        path = "/api/organizations"
        listed = self._get(path, {}, "the list of organizations", "your credential").get("organizations")
        if not isinstance(listed, list) or not all(_is_organization(item) for item in listed):
            raise EDGE_IMPULSE_CONTENT["odd list"].named({})
        if not listed:
            raise EDGE_IMPULSE_CONTENT["empty list"].named({})
        found = _not_skipped(listed)
        if not found:
            raise EDGE_IMPULSE_CONTENT["all skipped"].named({})
        self._listed_names = {item["id"]: item["name"] for item in found if isinstance(item.get("name"), str)}
        return tuple(sorted({item["id"] for item in found}))

    def metrics(self, organization_id: int) -> tuple[Mapping[str, Any], pendulum.DateTime]:
        """The metrics under Edge Impulse's own names, and the instant (UTC) at which the answer came.

        Raises:
            Failure: as the EDGE_IMPULSE table says, or the answer holds none of the metrics.
        """
        path, whose = f"/api/organizations/{organization_id}/metrics", f"organization {organization_id}"
        metrics = self._get(path, self._filters(), "the metrics", whose).get("metrics")
        if not isinstance(metrics, dict) or all(metrics.get(name) is None for name in METRICS):
            raise EDGE_IMPULSE_CONTENT["no metrics"].named({})
        return metrics, self._clock.now()

    def listed_name(self, organization_id: int) -> str | None:
        """The name that the list of organizations gave, if it was asked."""
        return self._listed_names.get(organization_id)

    def information(self, organization_id: int) -> Mapping[str, Any]:
        """An organization's `name` and `entitlementLimits` as they come, and nothing else of it: it lists its users.

        https://docs.edgeimpulse.com/apis/studio/organizations/organization-information
        One request and no retry: a snapshot without them is worth more than the wait. Nor is the sign-in renewed,
        which the request for the metrics has just used. Which credentials the vendor accepts here is not documented.

        Raises:
            Failure: as the EDGE_IMPULSE_INFORMATION table says.
        """
        path, whose = f"/api/organizations/{organization_id}", f"organization {organization_id}"
        request = Request(
            self._chosen.api_url + path, headers={"Accept": "application/json"}, seconds=INFORMATION_SECONDS
        )
        body = self._information_client.send(request, INFORMATION, whose, self._sign_in).json()
        organization = body.get("organization")
        name = organization.get("name") if isinstance(organization, dict) else None
        return {"name": name, "entitlementLimits": body.get("entitlementLimits")}

    def _filters(self) -> dict[str, str]:
        """As Studio's own client writes them: lower case, and left out where nothing is filtered."""
        filters = {"excludeEdgeImpulseUsers": "true"} if self._chosen.exclude_edge_impulse_users else {}
        if self._chosen.project_visibility != "all":
            filters["projectVisibility"] = self._chosen.project_visibility
        return filters

    def _get(self, path: str, query: Mapping[str, str], what: str, whose: str) -> Mapping[str, Any]:
        request = Request(self._chosen.api_url + path, headers={"Accept": "application/json"}, query=query)
        body: Mapping[str, Any] = self._client.send(request, what, whose, self._sign_in).json()
        return body


def _is_organization(item: Any) -> bool:
    return isinstance(item, dict) and type(item.get("id")) is int and 0 < item["id"] < 2**63


def _not_skipped(listed: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The listed organizations that can have metrics.

    "If the organization is not deleted, this field is not set", the vendor's client says of `deletedDate`. That
    Edge Impulse refuses the metrics of a developer profile is inferred: its description of the API allows developer
    profiles endpoint by endpoint, and not for the metrics. Nobody has tried it.
    """
    deleted = {item["id"] for item in listed if item.get("deletedDate")}
    profiles = {item["id"] for item in listed if item.get("isDeveloperProfile") is True} - deleted
    reasons = [f"{why}: {shown(ids)}" for why, ids in (("deleted", deleted), ("developer profile", profiles)) if ids]
    if reasons:
        count = f"{len(deleted) + len(profiles)} of {len({item['id'] for item in listed})}"
        logger.info(f"org_metrics: {count} listed organizations are skipped ({'; '.join(reasons)}).")
    return [item for item in listed if item["id"] not in deleted | profiles]


def shown(ids: Iterable[int]) -> str:
    """The ids, ascending, with a comma between; of many only the first."""
    found = sorted(ids)
    more = f" and {len(found) - SHOWN_IDS} more" if len(found) > SHOWN_IDS else ""
    return ", ".join(map(str, found[:SHOWN_IDS])) + more
