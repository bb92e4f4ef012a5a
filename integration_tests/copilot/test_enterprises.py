"""The enterprise's own numbers: a stream that is there only where the settings name an enterprise."""

from typing import Any

import pytest

from integration_tests.harness import Connector, Json, configured
from integration_tests.standin import Request, StandIn
from integration_tests.standin.faults import Answer

STREAM = "copilot_enterprise_days"


@pytest.fixture
def config(apis: StandIn) -> Json:
    """One organization and the enterprise above it."""
    apis.github.add_organization("acme", organization_id="1001", since="2026-11-01").row_kb = 0.5
    apis.github.add_enterprise("Acme-Corp", enterprise_id="200001", since="2026-11-01").row_kb = 0.5
    config = apis.config()
    config["github"]["since"] = "2026-11-01"
    config["edge_impulse"] = {"mode": "off"}
    return config


def as_app(apis: StandIn, config: Json) -> Json:
    app_id, key = apis.github.make_app()
    config["github"]["credentials"] = {"auth_type": "github_app", "app_id": app_id, "private_key": key}
    return config


def without_enterprises(config: Json) -> Json:
    return {**config, "github": {name: value for name, value in config["github"].items() if name != "enterprises"}}


def test_two_streams_are_offered_and_three_with_an_enterprise(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    apis.edge_impulse.add_organization(101)
    config["edge_impulse"] = apis.config()["edge_impulse"]

    three, two = connector.discover(config), connector.discover(without_enterprises(config))

    assert [stream["name"] for stream in two.catalog["streams"]] == ["org_metrics", "copilot_days"]
    assert [stream["name"] for stream in three.catalog["streams"]] == ["org_metrics", "copilot_days", STREAM]
    offered = three.catalog["streams"][2]
    assert offered["source_defined_primary_key"] == [["enterprise"], ["date"]]
    assert offered["default_cursor_field"] == ["date"]
    assert offered["source_defined_cursor"] is True
    assert offered["supported_sync_modes"] == ["full_refresh", "incremental"]
    assert not apis.log


def test_the_rows_are_the_enterprises_own(apis: StandIn, connector: Connector, config: Json) -> None:
    outcome = connector.sync(config)

    assert not outcome.failed
    truth, rows = apis.github.enterprises["acme-corp"].truth(), outcome.days("Acme-Corp", STREAM)
    assert rows.keys() == truth.keys()
    for day, row in rows.items():
        assert (row["enterprise"], row["enterprise_id"]) == ("acme-corp", "200001")
        assert row["daily_active_users"] == truth[day]["daily_active_users"]
        assert row["totals_by_feature"] == truth[day]["totals_by_feature"]
        assert not row.keys() & {"organization", "organization_id", "source_endpoint"}
    assert outcome.days("acme").keys() == apis.github.organizations["acme"].truth().keys()


def test_the_state_is_the_enterprises_own_and_a_second_sync_sends_nothing(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    first = connector.sync(config)

    assert first.state_of("acme-corp", STREAM)["enterprise_id"] == "200001"
    assert first.state_of("acme")["organization_id"] == "1001"
    again = connector.sync(config)
    assert not again.records("copilot_days") + again.records(STREAM)
    connector.clock.turn_to(connector.clock.now().add(days=1))
    apis.log.clear()
    next_day = connector.sync(config)
    assert "2026-11-22" in next_day.days("acme-corp", STREAM) or "2026-11-21" in next_day.days("acme-corp", STREAM)
    assert len(apis.calls("github", "/enterprises/")) == 3 + 1


def test_an_enterprises_reports_begin_two_months_earlier(apis: StandIn, connector: Connector, config: Json) -> None:
    apis.github.enterprises["acme-corp"].since = "2025-10-10"
    connector.clock.turn_to(connector.clock.now().set(year=2025, month=12, day=20))
    config["github"]["since"] = "2025-10-01"

    outcome = connector.sync(config)

    assert min(outcome.days("acme-corp", STREAM)) == "2025-10-10"
    assert any("2025-10-01 to 2025-10-09 are no longer available" in line for line in outcome.said("WARN"))


def test_an_app_is_looked_up_on_the_enterprise(apis: StandIn, connector: Connector, config: Json) -> None:
    outcome = connector.sync(as_app(apis, config))

    assert not outcome.failed
    assert len(apis.calls("github", "/enterprises/Acme-Corp/installation")) == 1
    assert outcome.days("acme-corp", STREAM).keys() == apis.github.enterprises["acme-corp"].truth().keys()


def test_a_fine_grained_token_is_told_that_it_cannot_read_an_enterprise(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    apis.github.token = config["github"]["credentials"]["access_token"] = "github_pat_standin-000001"

    check, outcome = connector.check(config), connector.sync(config)

    for said in (check.connection["message"], outcome.errors[-1]["message"]):
        assert "GitHub enterprise Acme-Corp: GitHub answered 404 for the enterprise's reports" in said
        assert "A fine-grained access token can't read an enterprise" in said
    assert outcome.days("acme")


@pytest.mark.parametrize(
    ("reports", "says"),
    [
        ("policy off", 'The policy "Copilot usage metrics" is not enabled'),
        ("role missing", 'an enterprise role with "View Enterprise Copilot Metrics"'),
    ],
)
def test_an_enterprise_that_refuses_leaves_the_organizations_alone(
    apis: StandIn, connector: Connector, config: Json, reports: Any, says: str
) -> None:
    apis.github.enterprises["acme-corp"].reports = reports

    check, outcome = connector.check(config), connector.sync(config)

    assert says in check.connection["message"]
    assert outcome.errors[0]["stream_descriptor"]["name"] == STREAM
    assert says in outcome.errors[0]["message"]
    assert outcome.days("acme").keys() == apis.github.organizations["acme"].truth().keys()


def test_what_meets_every_request_is_asked_once_for_both_streams(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    config["github"]["credentials"]["access_token"] = "ghp_never-issued"

    outcome = connector.sync(config)

    assert len(apis.log) == 1
    assert [error["failure_type"] for error in outcome.errors] == ["config_error"] * 3


def test_both_streams_together_keep_to_githubs_limit(apis: StandIn, connector: Connector, config: Json) -> None:
    calls: list[float] = []

    def noted(request: Request) -> bool:
        calls.append(connector.clock.monotonic())
        return False

    apis.fault("github", "", Answer(500), times=None, when=noted)
    connector.calls_per_minute = 20
    config["github"] |= {"since": "2026-10-15"}

    # One thread: a clock that one of several turns moves under the calls of the others.
    outcome = connector.sync({**config, "num_workers": 1})

    assert not outcome.failed
    assert len(calls) > 30
    assert all(late - early > 60 for early, late in zip(calls, calls[20:], strict=False))


def test_a_limit_is_told_of_the_stream_that_waits(apis: StandIn, connector: Connector, config: Json) -> None:
    apis.fault("github", "/enterprises/", Answer(429, {"message": "Slow down"}, {"retry-after": "130"}))

    outcome = connector.sync(config)

    assert outcome.statuses(STREAM).count("RATE_LIMITED") == 3
    assert outcome.statuses("copilot_days") == ["STARTED", "RUNNING", "COMPLETE"]


def test_the_older_endpoint_is_none_of_an_enterprise(apis: StandIn, connector: Connector, config: Json) -> None:
    apis.github.organizations["acme"].metrics = "open"
    config["github"]["endpoint"] = "metrics"

    outcome = connector.sync(config)

    assert not outcome.failed
    assert outcome.days("acme-corp", STREAM)
    assert {row["source_endpoint"] for row in outcome.days("acme").values()} == {"metrics"}


def test_another_enterprise_under_the_same_name_is_refused(apis: StandIn, connector: Connector, config: Json) -> None:
    connector.sync(config)
    apis.github.add_enterprise("acme-corp", enterprise_id="200002", since="2026-11-01").row_kb = 0.5
    connector.clock.turn_to(connector.clock.now().add(days=1))

    outcome = connector.sync(config)

    assert not outcome.records(STREAM)
    assert "its id was 200001 and is now 200002" in outcome.errors[0]["message"]


def test_an_enterprise_without_any_report_is_told(apis: StandIn, connector: Connector, config: Json) -> None:
    apis.github.enterprises["acme-corp"].since = "2029-01-01"

    outcome = connector.sync(config)

    assert not outcome.failed
    assert any("GitHub has no Copilot usage report of this enterprise yet." in line for line in outcome.said("WARN"))
    assert any(
        line.startswith(f"{STREAM}: 1 enterprise, 0 with reports; 1 without a report so far: Acme-Corp;")
        for line in outcome.said()
    )


def test_the_damage_of_a_saved_state_names_the_enterprise(apis: StandIn, connector: Connector, config: Json) -> None:
    connector.sync(config)
    for state in connector.state:
        if state["stream"]["stream_descriptor"]["name"] == STREAM:
            state["stream"]["stream_state"]["enterprises"]["acme-corp"]["closed"] = "all"

    outcome = connector.sync(config)

    assert (
        f"The connector can't read the saved state of {STREAM}: at acme-corp, closed is not a list."
        in outcome.errors[0]["message"]
    )


def test_warnings_tell_an_enterprise_from_an_organization_of_the_same_name(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    apis.github.add_enterprise("acme", since="2025-10-10").row_kb = 0.5
    config["github"] |= {"since": "2025-10-01", "enterprises": ["acme"]}
    connector.clock.turn_to(connector.clock.now().set(year=2025, month=12, day=20))

    warnings = connector.sync(config).said("WARN")

    assert any(line.startswith("acme: 2025-10-01 to 2025-12-11 ") for line in warnings)
    assert any(line.startswith("enterprise acme: 2025-10-01 to 2025-10-09 ") for line in warnings)


def test_a_connection_that_still_has_the_stream_is_told_why_it_is_gone(
    apis: StandIn, connector: Connector, config: Json
) -> None:
    outcome = connector.run("read", config=without_enterprises(config), catalog=configured(["copilot_days", STREAM]))

    assert outcome.failed
    assert outcome.errors[-1]["failure_type"] == "config_error"
    assert (
        f"The connection has the stream {STREAM}, but these settings don't offer it." in outcome.errors[-1]["message"]
    )
    assert "GitHub Copilot > Enterprises" in outcome.errors[-1]["message"]
