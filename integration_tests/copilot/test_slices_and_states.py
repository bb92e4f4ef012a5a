"""What a future CDK may do with slices, and how many states a sync sends."""

from typing import Any

import pytest
from airbyte_cdk.models import AirbyteMessage, SyncMode

from integration_tests.harness import Connector, Json
from integration_tests.standin import StandIn
from integration_tests.standin.faults import Answer
from source_usage_metrics.errors import Failure
from source_usage_metrics.source import SourceUsageMetrics
from source_usage_metrics.streams.copilot_days import CopilotDays


def stream(connector: Connector, config: Json) -> CopilotDays:
    (made,) = (one for one in SourceUsageMetrics(connector.clock).streams(config) if one.name == "copilot_days")
    assert isinstance(made, CopilotDays)
    return made


def rows(messages: list[Any]) -> set[tuple[str, str]]:
    return {(row["organization"], row["date"]) for row in messages if not isinstance(row, AirbyteMessage)}


def test_listing_all_slices_before_reading_any_loses_no_row(apis: StandIn, connector: Connector) -> None:
    truth = {
        (login, day)
        for login in ("acme", "beta")
        for day in apis.github.add_organization(login, since="2026-08-01").truth()
    }
    config = apis.config()
    config["github"]["since"] = "2026-08-01"
    days = stream(connector, config)
    days.state = {}

    slices = list(days.stream_slices())
    read = [row for one in slices for row in days.read_records(SyncMode.incremental, stream_slice=one)]

    assert rows(read) == truth
    again = stream(connector, config)
    again.state = days.state
    assert not rows(
        [row for one in again.stream_slices() for row in again.read_records(SyncMode.incremental, stream_slice=one)]
    )


def test_a_slice_says_which_organizations_and_days_it_is_about(apis: StandIn, connector: Connector) -> None:
    for login in ("acme", "beta"):
        apis.github.add_organization(login)
    config = apis.config()
    config["github"] |= {"since": "2026-08-01", "until": "2026-08-31"}

    (one,) = stream(connector, config).stream_slices()

    assert one == {"organizations": ["acme", "beta"], "since": "2026-08-01", "until": "2026-08-31"}


@pytest.mark.parametrize("count", [1, 60])
def test_a_sync_that_sends_nothing_sends_one_state(apis: StandIn, connector: Connector, count: int) -> None:
    for number in range(count):
        apis.github.add_organization(f"org-{number}", since="2026-11-10").row_kb = 0.3
    config = apis.config()
    config["github"]["since"] = "2026-11-10"
    config["edge_impulse"] = {"mode": "off"}
    connector.sync(config)

    second = connector.sync(config)

    assert not second.records("copilot_days")
    assert len(second.states) == 1


def test_a_long_backfill_sends_a_state_after_every_28_days(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme")

    first = connector.sync()

    kinds = "".join(message["type"][0] for message in first.messages if message["type"] in ("RECORD", "STATE"))
    assert max(len(run) for run in kinds.split("S")) == 28


def test_listing_the_slices_of_org_metrics_first_hides_no_failure(apis: StandIn, connector: Connector) -> None:
    for number in (100, 101, 102):
        apis.edge_impulse.add_organization(number)
    apis.fault("edge_impulse", "/organizations/101/metrics", Answer(418, {"error": "A teapot"}), times=None)
    metrics = SourceUsageMetrics(connector.clock).streams({"edge_impulse": apis.config()["edge_impulse"]})[0]
    (one,) = list(metrics.stream_slices(sync_mode=SyncMode.full_refresh))

    with pytest.raises(Failure, match="Edge Impulse organization 101: "):
        list(metrics.read_records(SyncMode.full_refresh, stream_slice=one))
