"""Whole syncs of copilot_days against the stand-in APIs."""

from integration_tests.harness import Connector
from integration_tests.standin import StandIn


def test_a_first_sync_brings_every_day_and_the_next_one_nothing_twice(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-06-01")

    first, second = connector.sync(), connector.sync()

    assert first.days("acme").keys() == acme.truth().keys()
    assert not second.records("copilot_days")
    assert not first.failed
    assert first.statuses("copilot_days") == ["STARTED", "RUNNING", "COMPLETE"]


def test_a_day_that_arrives_late_is_not_lost(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-11-01")
    acme.arrives("2026-11-18", connector.clock.now().add(days=2))
    first = connector.sync()
    connector.clock.turn_to(connector.clock.now().add(days=3))

    second = connector.sync()

    assert "2026-11-18" not in first.days("acme")
    assert "2026-11-18" in second.days("acme")
