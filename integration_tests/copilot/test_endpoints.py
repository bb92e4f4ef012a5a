"""Which endpoint serves an organization: reports, the older metrics, or neither, and why."""

from typing import Any

import pytest

from integration_tests.harness import Connector, github
from integration_tests.standin import StandIn
from integration_tests.standin.faults import Answer


def test_auto_reads_the_older_endpoint_where_there_are_no_reports(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-06-01")
    acme.reports, acme.metrics = "closed", "open"

    first, second = connector.sync(), connector.sync()

    expected = {day for day in acme.truth_metrics() if day >= "2026-08-15"}
    assert first.days("acme").keys() == expected
    assert {row["source_endpoint"] for row in first.records("copilot_days")} == {"metrics"}
    assert not second.records("copilot_days")
    row, said = first.days("acme")["2026-09-01"], acme.truth_metrics()["2026-09-01"]
    assert row["total_active_users"] == said["total_active_users"]
    assert row["copilot_ide_chat"] == said["copilot_ide_chat"]
    assert "daily_active_users" not in row


def test_auto_moves_to_the_reports_and_keeps_the_days_it_has(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-06-01")
    acme.reports, acme.metrics = "closed", "open"
    config = github(apis, since="2026-10-01")
    before = connector.sync(config).days("acme")
    acme.reports = "open"
    connector.clock.turn_to(connector.clock.now().add(days=1))

    after, again = connector.sync(config), connector.sync(config)

    assert not after.days("acme").keys() & before.keys()
    assert {row["source_endpoint"] for row in after.records("copilot_days")} == {"usage_reports"}
    assert after.days("acme").keys() | before.keys() >= acme.truth().keys() - {
        day for day in acme.truth() if day < "2026-10-01" or day <= "2026-11-01"
    }
    assert not again.records("copilot_days")


@pytest.mark.parametrize("has_days", [True, False])
def test_without_a_28_day_report_auto_moves_only_if_a_day_has_its_own(
    apis: StandIn, connector: Connector, has_days: bool
) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-06-01")
    acme.reports, acme.metrics = "closed", "open"
    config = github(apis, since="2026-10-01")
    connector.sync(config)
    acme.reports = "open"
    for day in ("2026-11-21", "2026-11-22"):
        acme.arrives(day, connector.clock.now())
    connector.clock.turn_to(connector.clock.now().add(days=1))
    apis.fault("github", "organization-28-day", Answer(204), times=None)
    if not has_days:
        apis.fault("github", "organization-1-day", Answer(204), times=None)

    after = connector.sync(config)

    assert {row["source_endpoint"] for row in after.records("copilot_days")} == {
        "usage_reports" if has_days else "metrics"
    }


def test_auto_never_goes_back_to_the_older_endpoint(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-06-01")
    connector.sync()
    acme.reports, acme.metrics = "closed", "open"

    outcome = connector.sync()

    assert outcome.failed
    assert not apis.calls("github", "/copilot/metrics?")
    assert "404 for the Copilot usage reports, although it shows the organization" in outcome.errors[0]["message"]


def test_an_outage_of_one_organization_is_given_up_after_two_requests(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    beta = apis.github.add_organization("beta", organization_id="1002", since="2026-10-01")
    apis.fault("github", "/orgs/acme/", Answer(503), times=None)

    outcome = connector.sync(github(apis, since="2026-10-01"))

    assert len(apis.calls("github", "/orgs/acme/")) == 12
    assert 31 <= sum(connector.clock.slept) <= 62
    assert outcome.days("beta").keys() == beta.truth().keys()
    assert outcome.errors[-1]["failure_type"] == "transient_error"
    assert not outcome.said("WARN")


@pytest.mark.parametrize(
    ("endpoint", "visible", "says"),
    [
        ("auto", True, "404 for the Copilot usage reports, although it shows the organization"),
        ("auto", False, "acme: GitHub knows no organization of this name, or the token can't see it"),
        ("usage_reports", True, "404 for the Copilot usage reports, although it shows the organization"),
        ("usage_reports", False, "acme: GitHub knows no organization of this name"),
        ("metrics", True, "which it closed on github.com on 2026-04-02. Set GitHub Copilot > Endpoint to auto"),
        ("metrics", False, "acme: GitHub knows no organization of this name"),
    ],
)
def test_a_closed_endpoint_is_a_failure_with_a_remedy(
    apis: StandIn, connector: Connector, endpoint: str, visible: bool, says: str
) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-06-01")
    acme.reports, acme.metrics, acme.visible = "closed", "closed", visible
    config: dict[str, Any] = github(apis, endpoint=endpoint)

    read, check = connector.sync(config), connector.check(config)

    assert says in read.errors[0]["message"]
    assert {error["failure_type"] for error in read.errors} == {"config_error"}
    assert read.statuses("copilot_days")[-1] == "INCOMPLETE"
    assert check.connection["status"] == "FAILED"
    assert says in check.connection["message"]


def test_the_older_endpoint_is_read_page_by_page(
    apis: StandIn, connector: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-08-20")
    acme.reports, acme.metrics = "closed", "open"
    monkeypatch.setattr("source_usage_metrics.github.PER_PAGE", 10)

    outcome = connector.sync(github(apis, endpoint="metrics", since="2026-08-20"))

    assert len(apis.calls("github", "/copilot/metrics")) == -(-len(acme.truth_metrics()) // 10)
    assert outcome.days("acme").keys() == acme.truth_metrics().keys()


def test_a_part_of_the_older_endpoint_s_list_closes_no_day(apis: StandIn, connector: Connector) -> None:
    """206 is a success, too; the days that it leaves out would count as idle ones."""
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-08-20")
    acme.metrics = "open"
    config = apis.config()
    config["github"] |= {"since": "2026-09-01", "until": "2026-10-20", "endpoint": "metrics"}
    connector.sync(config)
    part = [{"date": day, "total_active_users": 1} for day in ("2026-09-01", "2026-10-20")]
    connector.state = []
    apis.fault("github", "/copilot/metrics", Answer(206, part), times=None)

    for _ in range(2):
        outcome = connector.sync(config)
        connector.clock.turn_to(connector.clock.now().add(days=8))
        assert outcome.failed

    apis.clear_faults()
    assert connector.sync(config).days("acme").keys() >= {"2026-09-02", "2026-10-02"}


def test_the_older_endpoint_is_asked_for_whole_days_in_one_call(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-08-20")
    acme.reports, acme.metrics = "closed", "open"

    outcome = connector.sync(github(apis, endpoint="metrics", since="2026-08-20"))

    (request,) = apis.calls("github", "/copilot/metrics")
    assert request.query["since"] == "2026-08-20T00:00:00Z"
    assert request.query["until"] == "2026-11-21T23:59:59Z"
    assert outcome.days("acme").keys() == acme.truth_metrics().keys()


def test_the_older_endpoint_is_still_asked_where_the_reports_have_nothing_to_add(
    apis: StandIn, connector: Connector
) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    acme.reports, acme.metrics = "closed", "open"
    config = github(apis, since="2026-10-01", until="2026-11-18")
    first = connector.sync(config)
    day = max(first.days("acme"))
    acme.revise(day, connector.clock.now())

    assert day in connector.sync(config).days("acme")


def test_going_back_to_an_endpoint_asks_its_own_days_again(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    acme.metrics = "open"
    connector.sync(github(apis, since="2026-10-01", endpoint="usage_reports"))
    connector.sync(github(apis, since="2026-10-01", endpoint="metrics"))
    acme.revise("2026-11-15", connector.clock.now())

    again = connector.sync(github(apis, since="2026-10-01", endpoint="usage_reports"))

    assert "2026-11-15" in again.days("acme")
