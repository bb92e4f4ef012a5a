"""The stand-in APIs at a fixed hour, an account of each kind in them, and who calls them."""

from collections.abc import Iterator

import pytest
import requests

from integration_tests.standin import EdgeImpulseOrganization, Enterprise, Organization, StandIn
from integration_tests.standin.tests.caller import NOW, Caller


@pytest.fixture
def apis() -> Iterator[StandIn]:
    with StandIn() as apis:
        apis.now = NOW
        yield apis


@pytest.fixture
def acme(apis: StandIn) -> Organization:
    return apis.github.add_organization("acme", organization_id="1001", since="2026-06-01")


@pytest.fixture
def group(apis: StandIn) -> Enterprise:
    return apis.github.add_enterprise("group", enterprise_id="3001", since="2026-06-01")


@pytest.fixture
def devices(apis: StandIn) -> EdgeImpulseOrganization:
    return apis.edge_impulse.add_organization(123, name="Devices")


@pytest.fixture
def web() -> Iterator[requests.Session]:
    with requests.Session() as web:
        web.trust_env = False
        yield web


@pytest.fixture
def call(apis: StandIn, web: requests.Session) -> Caller:
    return Caller(apis, web)
