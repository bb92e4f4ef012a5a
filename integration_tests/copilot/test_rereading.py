"""Forcing a re-read by editing the saved state, as docs/force-a-re-read.md tells it."""

from collections.abc import Callable

import pytest

from integration_tests.harness import Connector, Json
from integration_tests.standin import StandIn


@pytest.fixture
def saved(apis: StandIn, connector: Connector) -> Json:
    """The entries of two organizations in the state of a sync of everything since the first of August."""
    connector.since = "2026-08-01"
    for login in ("acme", "beta"):
        apis.github.add_organization(login, since="2026-08-01")
    connector.sync()
    assert not connector.sync().records("copilot_days")
    organizations: Json = connector.state[-1]["stream"]["stream_state"]["organizations"]
    assert organizations["acme"]["closed"] == [{"from": "2026-08-01", "through": "2026-11-01"}]
    return organizations


def _september(organizations: Json) -> None:
    organizations["acme"]["closed"] = [
        {"from": "2026-08-01", "through": "2026-08-31"},
        {"from": "2026-10-01", "through": "2026-11-01"},
    ]


def _last_days(organizations: Json) -> None:
    for day in ("2026-11-18", "2026-11-19"):
        del organizations["acme"]["digests"][day]


def _everything(organizations: Json) -> None:
    del organizations["acme"]


@pytest.mark.parametrize(
    ("edit", "first", "last", "number"),
    [
        (_september, "2026-09-01", "2026-09-30", 30),
        (_last_days, "2026-11-18", "2026-11-19", 2),
        (_everything, "2026-08-01", "2026-11-20", 112),
    ],
)
def test_what_is_taken_out_of_the_state_comes_again_and_nothing_else(
    connector: Connector, saved: Json, edit: Callable[[Json], None], first: str, last: str, number: int
) -> None:
    edit(saved)

    again = connector.sync()

    assert (min(again.days("acme")), max(again.days("acme")), len(again.days("acme"))) == (first, last, number)
    assert not again.days("beta")
    assert not connector.sync().records("copilot_days")
