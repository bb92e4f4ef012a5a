"""Every way to sign in, as it goes over the wire."""

from typing import Any

import pytest

from integration_tests.harness import Connector, edge_impulse, github
from integration_tests.standin import StandIn
from integration_tests.standin.faults import Answer


def test_every_call_to_github_is_signed_and_named(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-11-01")

    connector.sync(github(apis, since="2026-11-01"))

    for request in apis.calls("github", ""):
        assert request.headers["Authorization"] == f"Bearer {apis.github.token}"
        assert request.headers["Accept"] == "application/vnd.github+json"
        assert request.headers["X-GitHub-Api-Version"] == "2022-11-28"
        assert request.headers["User-Agent"]


def test_a_github_app_looks_its_installation_up_per_organization(apis: StandIn, connector: Connector) -> None:
    for number, login in enumerate(("acme", "beta")):
        apis.github.add_organization(login, organization_id=str(number), since="2026-11-01")
    app_id, key = apis.github.make_app()
    app = {"auth_type": "github_app", "app_id": app_id, "private_key": key}

    outcome = connector.sync(github(apis, since="2026-11-01", credentials=app))

    assert not outcome.failed
    assert outcome.days("acme")
    assert outcome.days("beta")
    assert len(apis.calls("github", "/orgs/acme/installation")) == 1
    assert len(apis.calls("github", "/access_tokens")) == 2


def test_an_installation_token_is_renewed_before_it_runs_out(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-06-01")
    app_id, key = apis.github.make_app()
    app = {"auth_type": "github_app", "app_id": app_id, "private_key": key}
    apis.github.rate_limit = 40  # each further call waits for the next hour, in which the token has run out

    outcome = connector.sync({**github(apis, since="2026-08-01", credentials=app), "num_workers": 1})

    assert not outcome.failed
    assert len(apis.calls("github", "/access_tokens")) >= 2
    assert "RATE_LIMITED" in outcome.statuses("copilot_days")
    assert not [request for request in apis.calls("github", "reports") if request.status == 401]


def test_an_installation_token_that_was_revoked_is_replaced(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-11-01")
    app_id, key = apis.github.make_app()
    app = {"auth_type": "github_app", "app_id": app_id, "private_key": key}

    first = iter([True])

    def revokes_at_the_first_single_day(request: Any) -> bool:
        if next(first, False):
            apis.github.revoke_installation_tokens()
        return False

    apis.fault("github", "organization-1-day", Answer(500), times=None, when=revokes_at_the_first_single_day)

    outcome = connector.sync(github(apis, since="2026-11-01", credentials=app))

    assert not outcome.failed
    assert [request for request in apis.calls("github", "reports") if request.status == 401]


@pytest.mark.parametrize(
    ("credentials", "header", "value"),
    [
        ({"auth_type": "api_key", "api_key": "api_key"}, "x-api-key", "{}"),
        ({"auth_type": "jwt", "token": "jwt", "send_as": "header"}, "x-jwt-token", "{}"),
        ({"auth_type": "jwt", "token": "jwt", "send_as": "cookie"}, "Cookie", "jwt={}"),
        ({"auth_type": "access_token", "access_token": "oauth_token"}, "Authorization", "Bearer {}"),
    ],
)
def test_edge_impulse_gets_one_credential_and_no_other(
    apis: StandIn, connector: Connector, credentials: dict[str, str], header: str, value: str
) -> None:
    apis.edge_impulse.add_organization(123)
    name = next(name for name in ("api_key", "token", "access_token") if name in credentials)
    secret = getattr(apis.edge_impulse, credentials[name])

    outcome = connector.sync(edge_impulse(apis, credentials={**credentials, name: secret}))

    assert not outcome.failed
    for request in apis.calls("edge_impulse", ""):
        assert request.headers[header] == value.format(secret)
        others = {"x-api-key", "x-jwt-token", "Cookie", "Authorization"} - {header}
        assert not [other for other in others if request.headers.get(other)]


def test_client_credentials_fetch_a_token_once_and_send_it_as_a_bearer(apis: StandIn, connector: Connector) -> None:
    apis.edge_impulse.add_organization(123)
    apis.edge_impulse.add_organization(124)
    client = {"client_id": apis.edge_impulse.client_id, "client_secret": apis.edge_impulse.client_secret}

    outcome = connector.sync(
        edge_impulse(apis, credentials={"auth_type": "client_credentials", **client, "scope": "organizations:read"})
    )

    assert len(outcome.records("org_metrics")) == 2
    (exchange,) = apis.calls("edge_impulse", "/oauth/token")
    assert (exchange.method, exchange.path) == ("POST", "/v1/oauth/token")
    assert b"grant_type=client_credentials" in exchange.body
    assert b"scope=organizations%3Aread" in exchange.body
