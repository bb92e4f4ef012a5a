"""The settings that acceptance-test-config.yml names: files with fixed paths, of stand-in APIs that run meanwhile."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pendulum

from integration_tests.standin import StandIn

GENERATED = Path(__file__).parent / "generated"


@contextlib.contextmanager
def configurations() -> Iterator[None]:
    """The files, on stand-in APIs with 40 days of history."""
    GENERATED.mkdir(exist_ok=True)
    with StandIn() as apis:
        today = pendulum.now("UTC").date()
        apis.github.add_enterprise("acme-corp", since=str(today.subtract(days=40)))
        reported, older = (
            apis.github.add_organization(login, since=str(today.subtract(days=40))) for login in ("acme", "beta")
        )
        older.reports, older.metrics = "closed", "open"
        apis.edge_impulse.add_organization(101)
        for name, configuration in configured(apis, reported.login, older.login).items():
            (GENERATED / f"{name}.json").write_text(json.dumps(configuration), encoding="utf-8")
        yield
    assert not apis.unexpected


def configured(apis: StandIn, reported: str, older: str) -> dict[str, dict[str, Any]]:
    """Every way to sign in that a stand-in can tell from another, both endpoints, and credentials that are refused."""
    app_id, private_key = apis.github.make_app()
    app = {"auth_type": "github_app", "app_id": app_id, "private_key": private_key}
    client = {"client_id": apis.edge_impulse.client_id, "client_secret": apis.edge_impulse.client_secret}
    return {
        "tokens": signed_in(apis, reported, {}, {}),
        "app_and_jwt": signed_in(
            apis, reported, app, {"auth_type": "jwt", "token": apis.edge_impulse.jwt, "send_as": "header"}
        ),
        "found_with_enterprise": found(apis, app),
        "older_endpoint": signed_in(apis, older, {}, {"auth_type": "client_credentials", **client}),
        "refused": signed_in(
            apis,
            reported,
            {"auth_type": "access_token", "access_token": "ghp_never-issued-000001"},
            {"auth_type": "api_key", "api_key": "ei_never-issued-000001"},
        ),
    }


def found(apis: StandIn, app: dict[str, Any]) -> dict[str, Any]:
    """Organizations that the App lists, without the one that has the older endpoint only, and the enterprise."""
    config = signed_in(apis, "acme", app, {})
    config["github"] |= {"organizations": [], "exclude_organizations": ["beta"], "enterprises": ["acme-corp"]}
    return config


def signed_in(apis: StandIn, login: str, github: dict[str, Any], edge_impulse: dict[str, Any]) -> dict[str, Any]:
    """The stand-ins' configuration for one organization; credentials that are given take the place of its own."""
    config = apis.config()
    config["github"] |= {"organizations": [login], "enterprises": []}
    config["github"]["credentials"] = github or config["github"]["credentials"]
    config["edge_impulse"]["credentials"] = edge_impulse or config["edge_impulse"]["credentials"]
    return config
