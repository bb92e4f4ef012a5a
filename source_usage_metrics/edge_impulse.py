"""The client of Edge Impulse's organization metrics: sign-in, which organizations there are, and one snapshot of each.

https://docs.edgeimpulse.com/apis/studio/organizations/organization-metrics
"""

from collections.abc import Mapping
from typing import Any

import pendulum

from source_usage_metrics import settings
from source_usage_metrics.clock import Clock
from source_usage_metrics.failures import EDGE_IMPULSE, Failure
from source_usage_metrics.http import Client
from source_usage_metrics.pace import Pace
from source_usage_metrics.wire import Ask, Reply, Wire

RENEW_BEFORE_SECONDS = 60
ASSUMED_LIFETIME_SECONDS = 300


class ClientCredentialsSignIn:
    """OAuth 2.0 client credentials (RFC 6749, 4.4); never tried on the vendor, who documents only the address."""

    def __init__(
        self, chosen: settings.ClientCredentials, client: Client, wire: Wire, clock: Clock, api_url: str
    ) -> None:
        self._chosen, self._client, self._wire, self._clock, self._api_url = chosen, client, wire, clock, api_url
        self._token, self._expires = "", clock.now()

    def headers(self) -> dict[str, str]:
        """The bearer header, its token fetched anew a minute before it runs out."""
        if self._clock.now().add(seconds=RENEW_BEFORE_SECONDS) >= self._expires:
            self._renew()
        return {"Authorization": f"Bearer {self._token}"}

    def _renew(self) -> None:
        form = {"grant_type": "client_credentials", "client_id": self._chosen.client_id,
                "client_secret": self._chosen.client_secret}  # fmt: skip
        if self._chosen.scope:
            form["scope"] = self._chosen.scope
        ask = Ask(f"{self._api_url}/oauth/token", "POST", {"Accept": "application/json"}, form=form, brings_token=True)
        body = self._client.ask(ask, "the OAuth 2.0 token", "your client credentials").json()
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str) or not token:
            raise Failure.config(
                "Edge Impulse gave no OAuth 2.0 token for the client ID and client secret under Edge Impulse > "
                "Credentials. This way to sign in was never confirmed by Edge Impulse: better use an organization API "
                "key."
            )
        self._wire.keep_secret(token)
        lifetime = body.get("expires_in")
        seconds = lifetime if isinstance(lifetime, int) else ASSUMED_LIFETIME_SECONDS
        self._token, self._expires = token, self._clock.now().add(seconds=seconds)


class FixedSignIn:
    """A credential that is sent as it was given: one header, and never two credentials."""

    def __init__(self, chosen: settings.ApiKey | settings.Jwt | settings.AccessToken) -> None:
        self._headers = _fixed_headers(chosen)

    def headers(self) -> dict[str, str]:
        """The one header."""
        return dict(self._headers)


def _fixed_headers(chosen: settings.ApiKey | settings.Jwt | settings.AccessToken) -> dict[str, str]:
    if isinstance(chosen, settings.ApiKey):
        return {"x-api-key": chosen.api_key}
    if isinstance(chosen, settings.AccessToken):
        return {"Authorization": f"Bearer {chosen.access_token}"}
    return {"Cookie": f"jwt={chosen.token}"} if chosen.send_as == "cookie" else {"x-jwt-token": chosen.token}


class EdgeImpulse:
    """The API of Edge Impulse Studio."""

    def __init__(self, chosen: settings.EdgeImpulse, wire: Wire, clock: Clock, pace: Pace) -> None:
        self._chosen, self._clock = chosen, clock
        context = {"api": "Edge Impulse", "hosts": "studio.edgeimpulse.com (or your API URL's host)"}
        self._client = Client(wire, clock, EDGE_IMPULSE, context, pace)
        self._sign_in = self._signing(chosen.credentials, wire)

    def _signing(self, credentials: settings.EdgeImpulseSignIn, wire: Wire) -> ClientCredentialsSignIn | FixedSignIn:
        if isinstance(credentials, settings.ClientCredentials):
            return ClientCredentialsSignIn(credentials, self._client, wire, self._clock, self._chosen.api_url)
        return FixedSignIn(credentials)

    def organization_ids(self) -> tuple[int, ...]:
        """The organizations of the settings; if they name none, every one that the credential lists, ascending.

        Raises:
            Failure: as the EDGE_IMPULSE table says, or the list is empty or isn't one.
        """
        if self._chosen.organization_ids:
            return self._chosen.organization_ids
        listed = self._get("/api/organizations", {}, "the list of organizations", "your credential").get(
            "organizations"
        )
        ids = (
            [item.get("id") if isinstance(item, dict) else None for item in listed]
            if isinstance(listed, list)
            else [None]
        )
        if not all(type(found) is int for found in ids):
            raise Failure.system(
                "Edge Impulse's list of organizations isn't one that this connector can read. "
                "Name the organizations under Edge Impulse > Organization IDs, and report it to the connector's "
                "developers."
            )
        if not ids:
            raise Failure.config(
                "The Edge Impulse credential lists no organization. Use an organization API key, or name the "
                "organizations under Edge Impulse > Organization IDs."
            )
        return tuple(sorted({found for found in ids if found is not None}))

    def metrics(self, organization_id: int) -> tuple[Mapping[str, Any], pendulum.DateTime]:
        """The metrics under Edge Impulse's own names, and the instant (UTC) at which the answer came.

        Raises:
            Failure: as the EDGE_IMPULSE table says, or there are no metrics in the answer.
        """
        path = f"/api/organizations/{organization_id}/metrics"
        body = self._get(path, self._filters(), "the metrics", f"organization {organization_id}")
        metrics = body.get("metrics")
        if not isinstance(metrics, dict) or not metrics:
            raise Failure.system(
                f"Edge Impulse's answer for organization {organization_id} said success and held no metrics. "
                "The next sync tries again; if it stays so, report it to Edge Impulse."
            )
        return metrics, self._clock.now()

    def _filters(self) -> dict[str, str]:
        """As Studio's own client writes them: lower case, and left out where nothing is filtered."""
        filters = {"excludeEdgeImpulseUsers": "true"} if self._chosen.exclude_edge_impulse_users else {}
        if self._chosen.project_visibility != "all":
            filters["projectVisibility"] = self._chosen.project_visibility
        return filters

    def _get(self, path: str, query: Mapping[str, str], what: str, whose: str) -> Mapping[str, Any]:
        ask = Ask(self._chosen.api_url + path, headers={"Accept": "application/json"}, query=query)
        reply = self._client.ask(ask, what, whose, self._sign_in.headers)
        body = reply.json()
        if isinstance(body, dict) and body.get("success") is True:
            return body
        raise Failure.system(
            f"Edge Impulse refused {what} of {whose}{_reason(reply)}. If the text doesn't say what to do, check under "
            "Edge Impulse that Credentials and Organization IDs belong together, or ask Edge Impulse's support."
        )


def _reason(reply: Reply) -> str:
    said = reply.text()
    return f'. It said: "{said}"' if said else " without a reason (success was not true)"
